# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a simulated server calls another one: SOAP over real HTTP, in the console's dialect (campaign_facts, Envelopes).

The connection is real, the time limit is virtual. A failure is raised as `PeerError`, with the text that belongs in
a journal: the other server's own words wherever it said any.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import aiohttp
from lxml import etree
from lxml.etree import _Element as Element

from ..clock.clock import WORK_HEADER, Clock, VirtualTimeoutError
from ..config.validation import parse_moment

ROUTER = "/nl/jsp/soaprouter.jsp"

_SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_ENCODING = "http://schemas.xmlsoap.org/soap/encoding/"
_LITERAL = "http://xml.apache.org/xml-soap/literalxml"
_STYLE = f"{{{_SOAP}}}encodingStyle"
_TYPE = f"{{{_XSI}}}type"
_CODE = re.compile(r"[A-Z]{2,4}-\d{6}\b")
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)


class PeerError(Exception):
    """A call of another server failed; `text` is for the journal."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class PeerTimeoutError(PeerError):
    """The other server did not answer within the virtual time limit."""

    def __init__(self, service: str, method: str, seconds: float) -> None:
        super().__init__(f"No answer to method '{method}' of service '{service}' within {seconds:g} seconds.")
        self.service = service
        self.method = method
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Tokens:
    """What Logon gave."""

    session: str
    security: str


class Outgoing:
    """Makes the calls of all instances. One for a process; close it before the event loop ends."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Close the connections."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def call(
        self,
        server: str,
        service: str,
        method: str,
        parameters: Sequence[str | Element],
        *,
        timeout: float,
        tokens: Tokens | None = None,
    ) -> list[Element]:
        """Call a method and return its results in order, free of namespaces.

        `server`: the URL before `/nl/jsp`; `parameters`: after the session token, text or one document each;
        `timeout`: virtual seconds. Raises PeerError.
        """
        body = _envelope(service, method, parameters)
        headers = {"SOAPAction": f"{service}#{method}", "Content-Type": "text/xml; charset=utf-8"}
        if tokens is not None:
            headers["Cookie"] = f"__sessiontoken={tokens.session}"
            headers["X-Security-Token"] = tokens.security
        url = server.rstrip("/") + ROUTER

        async def send(work: str) -> tuple[int, bytes]:
            return await self._post(url, body, {**headers, WORK_HEADER: work})

        try:
            status, answer = await self._clock.ask(send, timeout, f"{service}#{method} at {server}")
        except VirtualTimeoutError:
            raise PeerTimeoutError(service, method, timeout) from None
        except aiohttp.ClientConnectorError as error:
            reason = os.strerror(error.errno) if error.errno else str(error.os_error)
            raise PeerError(f"Unable to connect to '{server}': {reason}.") from error
        except aiohttp.ClientPayloadError as error:
            raise PeerError(f"Incomplete answer to method '{method}' of service '{service}'.") from error
        except aiohttp.InvalidURL as error:
            raise PeerError(f"Unable to connect to '{server}': this is no URL.") from error
        except (aiohttp.ClientError, OSError) as error:
            # A peer that goes down while it is asked (KA-05406).
            raise PeerError(_empty(service, method)) from error
        return _results(service, method, status, answer)

    async def _post(self, url: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        if self._session is None:
            # No time limit in real seconds: the clock's is the only one. No limit on connections either: those that
            # sleep on virtual time would keep the others from being made, and so time from passing.
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0),
                timeout=aiohttp.ClientTimeout(total=None),
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,
            )
        async with self._session.post(url, data=body, headers=headers, allow_redirects=False) as answer:
            return answer.status, await answer.read()


class Connection:
    """A session at another server."""

    def __init__(self, outgoing: Outgoing, server: str, timeout: float) -> None:
        """`timeout`: virtual seconds for each call."""
        self._outgoing = outgoing
        self._server = server
        self._timeout = timeout
        self._tokens: Tokens | None = None
        self.server_time: datetime | None = None  # the other server's, at the logon, if its answer has it

    async def logon(self, login: str, password: str) -> None:
        """Open the session. Raises PeerError, with the server's own words for a refusal."""
        results = await self._call("xtk:session", "Logon", [login, password, ""])
        texts = [(result.text or "").strip() for result in results]
        if len(texts) < 3 or not texts[0] or not texts[2]:
            raise PeerError(_empty("xtk:session", "Logon"))
        self._tokens = Tokens(texts[0], texts[2])
        for info in results[1].iter("serverInfo"):
            self.server_time = parse_moment(info.get("serverDate"))

    async def select(self, query: Element) -> list[Element]:
        """The rows that a queryDef of operation `select` finds."""
        results = await self._call("xtk:queryDef", "ExecuteQuery", [query])
        if not results or not len(results[0]):
            raise PeerError(_empty("xtk:queryDef", "ExecuteQuery"))
        return list(results[0][0])

    async def logoff(self) -> None:
        """Close the session, if one is open. A failure here does not matter: sessions end by themselves."""
        if self._tokens is None:
            return
        try:
            await self._call("xtk:session", "Logoff", [])
        except PeerError:
            pass
        finally:
            self._tokens = None

    async def _call(self, service: str, method: str, parameters: Sequence[str | Element]) -> list[Element]:
        return await self._outgoing.call(
            self._server, service, method, parameters, timeout=self._timeout, tokens=self._tokens
        )


_XSD = "http://www.w3.org/2001/XMLSchema"
_PREFIXES = {"SOAP-ENV": _SOAP, "xsi": _XSI, "xsd": _XSD}


def _envelope(service: str, method: str, parameters: Sequence[str | Element]) -> bytes:
    """The token's element is empty: the cookie carries it. Parameters are known by position, so any name will do."""
    namespace = f"urn:{service}"
    envelope = etree.Element(f"{{{_SOAP}}}Envelope", nsmap=_PREFIXES)
    body = etree.SubElement(envelope, f"{{{_SOAP}}}Body")
    call = etree.SubElement(body, f"{{{namespace}}}{method}", {_STYLE: _ENCODING}, nsmap={"ns": namespace})
    for position, value in enumerate(["", *parameters]):
        name = f"{{{namespace}}}param{position}" if position else f"{{{namespace}}}__sessiontoken"
        if isinstance(value, str):
            etree.SubElement(call, name, {_TYPE: "xsd:string"}).text = value
        else:
            etree.SubElement(call, name, {_TYPE: "ns:Element", _STYLE: _LITERAL}).append(value)
    return etree.tostring(envelope, xml_declaration=True, encoding="UTF-8")


def _results(service: str, method: str, status: int, answer: bytes) -> list[Element]:
    """The results of an answer, or PeerError. A body that begins with an error code comes first, then a fault, then
    the HTTP status, then the response that is expected (campaign_facts, Failures)."""
    line = answer[:2000].decode("utf-8", "replace").strip()
    if _CODE.match(line):
        raise PeerError(line.splitlines()[0].strip())
    node = _content(answer)
    if node is not None and _local(node) == "Fault":
        raise PeerError(_fault_text(node))
    if status != 200:
        raise PeerError(f"INT-150012 HTTP query returned error type ({status})")
    if node is None or _local(node) != f"{method}Response":
        raise PeerError(_empty(service, method))
    for part in node.iter():
        if isinstance(part.tag, str):
            part.tag = _local(part)
    return list(node)


def _content(answer: bytes) -> Element | None:
    """The first element of the Body; None for an answer without one."""
    try:
        envelope = etree.fromstring(answer, _PARSER)
    except (etree.XMLSyntaxError, ValueError):
        return None
    body = next((part for part in envelope if isinstance(part.tag, str) and _local(part) == "Body"), None)
    return body[0] if body is not None and len(body) else None


def _fault_text(fault: Element) -> str:
    texts = {_local(part): (part.text or "").strip() for part in fault}
    return "\n".join(text for text in (texts.get("faultstring"), texts.get("detail")) if text)


def _local(element: Element) -> str:
    return etree.QName(element).localname


def _empty(service: str, method: str) -> str:
    return f"Empty return for method '{method}' of service '{service}'"
