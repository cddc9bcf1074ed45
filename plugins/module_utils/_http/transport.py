# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""HTTP: one request and its answer, within a deadline, through one kept connection. Knows nothing of SOAP.

Every failure says which host and port, what happened, and whether the request may have reached the server
(``reached``). The transport never sends anything twice: the session decides what may be repeated.

Kept connections and writes. A server may close an idle connection at any time. Before urllib3 uses one, it checks
whether the server has closed it, and reconnects if so. There remains the short time in which the server's close is in
transit. A send that fails at once did not leave (``reached`` "no"). One that is accepted and then answered by a close
may have been read ("maybe"). ``max_idle`` closes this gap where it matters: a write does not use a connection that
was idle for longer.
"""

from __future__ import annotations

import ipaddress
import re
import sys
import time
import typing as t
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial
from http.client import HTTPException
from urllib.parse import SplitResult, urlsplit

from .._core.errors import (
    CampaignError,
    ConfigurationError,
    MissingLibrary,
    NotAsked,
    ProtocolError,
    TransportError,
    ValidationError,
    shorten,
)
from .._core.interrupts import Interrupted, current
from .._core.limits import MODULE, AnswerLimits, attributes_in
from .address import PORTS, read_url
from .connections import REQUESTS_IMPORT_ERROR, Wire, WireAdapter
from .direct import DirectConnection, RequestTarget, pieces, target_of
from .long_answers import LongAnswers
from .packed import unpacked
from .tls import client_refused, tls_context

if t.TYPE_CHECKING:
    from collections.abc import Callable

    import requests
    import urllib3
else:
    try:
        import requests
        import urllib3
    except ImportError:
        requests = urllib3 = None

#: Status, headers, body.
_Answer = tuple[int, t.Any, bytes]

#: Sent even when the process was asked to stop: it takes a moment, and leaves no session open.
LOGOFF = "xtk:session#Logoff"

_CHUNK = 64 * 1024
#: As the library requests has them.
_HEADER_NAME, _HEADER_VALUE = re.compile(r"[^:\s][^:\r\n]*"), re.compile(r"\S[^\r\n]*|")


@dataclass(frozen=True)
class HttpSettings:
    """How requests are made.

    :param timeout: seconds for a whole request: connecting, sending, and the last byte of the answer.
    :param connect_timeout: of these, seconds for connecting and the TLS handshake.
    :param validate_certs: whether the server's certificate is verified.
    :param ca_path: file or directory of the authorities to trust instead of the system's.
    :param client_cert: file with the client certificate; ``client_key``: file with its key.
    :param proxies: the proxy URL for each scheme of the request's URL; see :func:`proxies_from_environment`.
    :param answers: the longest answers that are read.
    :param long_answers: what all transports of a process may hold together.
    """

    timeout: float = 30.0
    connect_timeout: float = 10.0
    validate_certs: bool = True
    ca_path: str | None = None
    client_cert: str | None = None
    client_key: str | None = None
    proxies: Mapping[str, str] = field(default_factory=dict, repr=False)  # may hold a password
    answers: AnswerLimits = MODULE
    long_answers: LongAnswers | None = None
    user_agent: str = "campaign.classic"

    def __post_init__(self) -> None:
        for name in ("timeout", "connect_timeout"):
            positive = getattr(self, name) > 0  # false for a NaN too
            if not positive:
                raise ValidationError(f"The option {name} must be more than 0, not {getattr(self, name)}.")
        for proxy in self.proxies.values():
            try:
                read_url(proxy, "proxy", user_info=True)
            except ValidationError as error:
                raise ValidationError(
                    f"The URL of a proxy must be http://HOST:PORT or https://HOST:PORT. {error.message}",
                    next_step="Check http_proxy and https_proxy; SOCKS proxies are not supported.",
                ) from None


@dataclass(frozen=True)
class HttpReply:
    """An answer. Header names are in lower case; ``seconds`` is the duration of the request."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)  # a logon's holds tokens
    seconds: float

    @property
    def content_type(self) -> str:
        """The header Content-Type, or ''."""
        return self.headers.get("content-type", "")


class HttpTransport:
    """Requests over one kept connection. Not for use by two threads at once.

    Through a proxy it uses the adapter of requests, but not its session, which would handle redirects and cookies and
    replace our Authorization header by an entry of netrc; else a connection of its own (see ``_http/direct.py``).

    :raises MissingLibrary: requests is not installed.
    """

    def __init__(self, settings: HttpSettings | None = None, *, clock: Callable[[], float] = time.monotonic) -> None:
        if REQUESTS_IMPORT_ERROR is not None:
            raise MissingLibrary("requests", sys.executable or "python3")
        self.settings = settings or HttpSettings()
        self._clock = clock
        self._last_used = clock()
        self._wire = Wire(clock, self.settings.connect_timeout)
        chosen = self.settings
        self._context = partial(
            tls_context, chosen.validate_certs, chosen.ca_path, chosen.client_cert, chosen.client_key
        )
        self._direct = DirectConnection(self._wire, self._context)
        self._through_proxy: WireAdapter | None = None
        self._has_place = False
        self._limit, self._call = self.settings.answers.other, ""
        self._prepared: dict[tuple[str, str], tuple[requests.PreparedRequest, RequestTarget]] = {}

    def __enter__(self) -> HttpTransport:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def post(
        self,
        url: str,
        body: bytes,
        headers: Mapping[str, str],
        *,
        timeout: float | None = None,
        max_idle: float | None = None,
    ) -> HttpReply:
        """Send ``body`` and read the answer, whatever its status; redirects are not followed.

        :param timeout: seconds, if less than the settings' ``timeout``.
        :param max_idle: seconds for which a kept connection may have been idle and still be used.
        :raises ValidationError: the URL or a header is malformed, or ``ca_path`` cannot be read. Nothing was sent.
        :raises TransportError: there is no complete answer; ``reached`` says whether the request may have arrived.
        """
        if max_idle is not None and self._clock() - self._last_used > max_idle:
            self._forget_connections()
        return self._exchange("POST", url, body, headers, timeout)

    def get(self, url: str, headers: Mapping[str, str], *, timeout: float | None = None) -> HttpReply:
        """As :meth:`post`, without a body."""
        return self._exchange("GET", url, None, headers, timeout)

    def close(self) -> None:
        """Close the connection."""
        if self._has_place and self.settings.long_answers is not None:
            self.settings.long_answers.end()
            self._has_place = False
        self._direct.close()
        if self._through_proxy is not None:
            self._through_proxy.close()

    def _forget_connections(self) -> None:
        """Close the idle connection; the next request makes a new one."""
        self._direct.close()
        if self._through_proxy is not None:
            self._through_proxy.forget_connections()

    def _exchange(
        self, method: str, url: str, body: bytes | None, headers: Mapping[str, str], timeout: float | None
    ) -> HttpReply:
        seconds = self.settings.timeout if timeout is None else min(timeout, self.settings.timeout)
        if headers.get("SOAPAction") == LOGOFF:
            return self._answered(method, url, body, headers, seconds)
        with current().request(seconds, host_of(url)) as seconds:
            try:
                return self._answered(method, url, body, headers, seconds)
            except Interrupted:
                # The rest of the answer must not be read as that of the next request.
                self._forget_connections()
                raise

    def _answered(
        self, method: str, url: str, body: bytes | None, headers: Mapping[str, str], seconds: float
    ) -> HttpReply:
        started = self._clock()
        self._wire.begin(host_of(url), seconds)
        self._limit, self._call = self.settings.answers.of(headers), headers.get("SOAPAction", "")
        try:
            request, place = self._request(method, url, body, headers)
            proxied = place.scheme in self.settings.proxies
            answer = self._proxied(request, seconds) if proxied else self._answer(request, place)
        except CampaignError:
            raise
        except ValueError as error:
            if not self._wire.sent:
                # Neither shown nor kept as the cause: it quotes the URL or the header, which may contain a secret.
                raise self._malformed() from None
            raise self._broken() from error
        except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, HTTPException, OSError) as error:
            raise self._broken() from error
        finally:
            self._last_used = self._clock()
        status, received, content = answer
        return HttpReply(
            status,
            {name.lower(): value for name, value in received.items()},
            content,
            self._last_used - started,
        )

    def _answer(self, request: requests.PreparedRequest, place: RequestTarget) -> _Answer:
        """Status, headers and body of the answer of the server."""
        body = t.cast("t.Optional[bytes]", request.body)
        response = self._direct.exchange(str(request.method), place, t.cast("dict[str, str]", request.headers), body)
        try:
            return (
                response.status,
                response.headers,
                self._read(unpacked(pieces(response, _CHUNK), response.headers), response.headers),
            )
        except BaseException:
            self._direct.close()
            raise
        finally:
            response.close()

    def _proxied(self, request: requests.PreparedRequest, seconds: float) -> _Answer:
        """The same through a proxy."""
        if self._through_proxy is None:
            self._through_proxy = WireAdapter(self._wire, self._context)
        response = self._through_proxy.exchange(
            request, timeout=seconds, verify=self.settings.validate_certs, proxies=dict(self.settings.proxies)
        )
        try:
            packed = response.stream(_CHUNK, decode_content=False)
            content = self._read(unpacked(packed, response.headers), response.headers)
        except BaseException:
            response.close()
            raise
        finally:
            response.release_conn()
        return response.status, response.headers, content

    def _request(
        self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]
    ) -> tuple[requests.PreparedRequest, RequestTarget]:
        """The request, and where it goes. Each URL is parsed once.

        :raises ValueError: the URL or a header is malformed.
        """
        found = self._prepared.get((method, url))
        if found is None:
            prepared = requests.PreparedRequest()
            prepared.prepare_method(method)
            prepared.prepare_url(url, None)
            found = self._prepared[method, url] = (prepared, target_of(prepared))
        request = found[0]
        # identity: the limit on bytes then applies to what arrives, and nothing grows when it is unpacked.
        sent_headers = {"User-Agent": self.settings.user_agent, "Accept-Encoding": "identity", **headers}
        if body is not None:
            sent_headers["Content-Length"] = str(len(body))
        for name, value in sent_headers.items():
            if not _HEADER_NAME.fullmatch(name) or not _HEADER_VALUE.fullmatch(value):
                raise ValueError("a header")
        request.headers = sent_headers  # type: ignore[assignment]  # the adapter asks for Content-Length, in this spelling
        request.body = body
        return found

    def _read(self, chunks: Iterable[bytes], headers: t.Any) -> bytes:
        """The body, within the limits of an answer to this call."""
        size, marks = self._limit.size, self._limit.marks
        content = bytearray()
        tags = equals = 0
        for chunk in chunks:
            content += chunk
            tags += chunk.count(b"<")
            equals += chunk.count(b"=")
            self._require_place(len(content), max(tags, equals))
            if len(content) > size:
                raise self._too_much(f"is longer than {size} bytes", len(content), headers)
            if tags > marks:
                raise self._too_much(f"holds more than {marks} tags or attributes", len(content), headers)
        if equals > marks and attributes_in(content, marks) > marks:
            raise self._too_much(f"holds more than {marks} tags or attributes", len(content), headers)
        announced = headers.get("Content-Length", "")
        # http.client, and urllib3 before 2, accept a body that ends too early.
        if announced.isdigit() and int(announced) > len(content) and "Content-Encoding" not in headers:
            raise self._cut_off()
        return bytes(content)

    def _require_place(self, size: int, marks: int) -> None:
        """Wait for a place for a long answer.

        :raises NotAsked: there was none within the time of the request.
        """
        shared = self.settings.long_answers
        if shared is None or self._has_place or (size <= shared.limit.size and marks <= shared.limit.marks):
            return
        self._has_place = shared.begin(self._wire.left())
        if not self._has_place:
            raise NotAsked(
                f"{self._wire.peer} was not asked all that it should be: this controller reads at most {shared.most} "
                f"answers of more than {shared.limit.size} bytes, or {shared.limit.marks} tags or attributes, at the "
                "same time.",
                reached="maybe",
                next_step="Raise instance_timeout and the time of the whole sweep (deadline), or ask fewer at once "
                "(concurrency).",
            )

    def _too_much(self, what: str, came: int, headers: t.Any) -> ProtocolError:
        announced = headers.get("Content-Length", "")
        size = f"It has {announced} bytes" if announced.isdigit() else f"Of it {came} bytes came"
        kind = shorten(headers.get("Content-Type", ""), 60)
        error = ProtocolError(
            f"The answer of {self._wire.peer}{f' to {self._call}' if self._call else ''} {what}, the limit of such an "
            f"answer. {size}{f' ({kind})' if kind else ''}.",
            reached=self._wire.reached,
            next_step=self._limit.next_step,
        )
        error.transient = False  # the next one would be as long
        return error

    def _malformed(self) -> ConfigurationError:
        return ConfigurationError(
            f"No request can be made to {self._wire.peer}: its URL, or a header such as the one for the access token, "
            "is malformed.",
            next_step="The URL must begin with http:// or https://. Neither may contain a space or a line break.",
        )

    def _broken(self) -> TransportError:
        """The error for a failed request, from what happened on the wire."""
        wire = self._wire
        refused = client_refused(wire.peer, wire.failure)
        if refused is not None:
            return refused
        if not wire.sent:
            what = f"{wire.peer} closed the connection before the request could be sent"
            return TransportError(
                f"{what} ({_reason(wire.failure)})." if wire.failure else f"{what}.",
                reached="no",
                next_step="Nothing was sent. Run it again.",
            )
        if wire.failure is not None:
            return TransportError(
                f"{wire.peer} closed the connection ({_reason(wire.failure)}).", reached="maybe", next_step=_LOOK
            )
        if wire.ended and wire.received and wire.speaks_http:
            return self._cut_off()
        if wire.ended and not wire.received:
            return TransportError(
                f"{wire.peer} closed the connection without an answer.", reached="maybe", next_step=_LOOK
            )
        return ProtocolError(
            f"{wire.peer} answered with something that is not HTTP.",
            reached="maybe",
            next_step=("Check the port in the URL, and whether the URL must begin with https://."),
        )

    def _cut_off(self) -> TransportError:
        return TransportError(
            f"{self._wire.peer} closed the connection in the middle of its answer ({self._wire.received} bytes came).",
            reached="maybe",
            next_step=_LOOK,
        )


_LOOK = "See the logs of the web server, and of any proxy or load balancer in front of it."


def _reason(failure: OSError) -> str:
    return failure.strerror or type(failure).__name__


@lru_cache(maxsize=256)
def host_of(url: str) -> str:
    """``host:port`` of a URL, for messages; the text before the first slash when it is not a URL."""
    try:
        parts = urlsplit(url)
        host, port = _host_and_port(parts)
    except ValueError:
        host, port = "", 0
    if not host:
        # Only the part after an @: a malformed URL may still contain a password.
        return url.rpartition("@")[2].split("/")[0]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _host_and_port(parts: SplitResult) -> tuple[str, int]:
    return parts.hostname or "", parts.port or PORTS.get(parts.scheme, 0)


def proxies_from_environment(url: str, environ: Mapping[str, str]) -> dict[str, str]:
    """The proxy for ``url`` that ``http_proxy``, ``https_proxy``, ``all_proxy`` and ``no_proxy`` name.

    Lower case wins over upper case, as in other tools. ``no_proxy`` takes ``*``, domain names (with their subdomains),
    ``host:port``, addresses and networks.

    :returns: a value for ``HttpSettings.proxies``: empty, or one entry for the URL's scheme. Empty, too, for a text
        that is no URL.
    """

    def variable(name: str) -> str:
        return (environ.get(name) or environ.get(name.upper()) or "").strip()

    try:
        parts = urlsplit(url)
        host, port = _host_and_port(parts)
    except ValueError:
        # Whoever sends a request refuses it by name.
        return {}
    proxy = variable(f"{parts.scheme}_proxy") or variable("all_proxy")
    entries = (entry.strip().lower() for entry in variable("no_proxy").replace(" ", ",").split(","))
    if not proxy or any(_exempts(entry, host, port) for entry in entries if entry):
        return {}
    return {parts.scheme: proxy if "://" in proxy else f"http://{proxy}"}


def _exempts(entry: str, host: str, port: int) -> bool:
    """Whether one entry of ``no_proxy`` matches this host."""
    if entry in ("*", host, f"{host}:{port}", f"[{host}]:{port}"):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        name, _colon, wanted_port = entry.partition(":")
        return wanted_port in ("", str(port)) and f".{host}".endswith("." + name.lstrip("."))
    try:
        return address in ipaddress.ip_network(entry, strict=False)
    except ValueError:
        return False  # a name, and no address ends in a name
