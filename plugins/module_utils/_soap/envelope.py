# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""SOAP envelopes: a call in, its outputs or a typed error out (campaign_facts, Requests to Failures). Pure: no network,
no state.

Parameters and outputs are matched by position, and elements by their local names: servers may choose prefixes and
the names of outputs (campaign_facts, Answers).
"""

from __future__ import annotations

import codecs
import re
import sys
import traceback
import typing as t
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from xml.sax.saxutils import escape

from .._core.errors import MissingLibrary, ProtocolError, ValidationError, XtkValueError, shorten
from .._core.limits import MOST_SAID
from .._core.xtk import xml_text
from .faults import fault_error, leading_code, looks_like_html, plain_error, status_error, visible_text
from .repair import LONG, readable, repaired, told, too_deep

LXML_IMPORT_ERROR: str | None = None
if t.TYPE_CHECKING:
    from lxml import etree
    from lxml.etree import _Element as Element
else:
    try:
        from lxml import etree
    except ImportError:
        LXML_IMPORT_ERROR = traceback.format_exc()
        etree = None

_SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
#: A line break that XML would read as another one.
_ENTITIES = {"\r": "&#13;"}
_FAULT_PARTS = ("faultcode", "faultstring", "detail")
_XML_BEGINS = (b"<", codecs.BOM_UTF16_LE + b"<", codecs.BOM_UTF16_BE + b"\0<")
_SERVICE = re.compile(r"[A-Za-z]\w*:[A-Za-z]\w*")
_NAME = re.compile(r"[A-Za-z_]\w*")

#: Outputs that come before the real ones: the object itself, as the method changed it (campaign_facts, Answers).
_SELF = frozenset(("entity", "this"))


class Param(t.NamedTuple):
    """One parameter: a text, a boolean, an integer, or an element that becomes its child."""

    name: str
    value: t.Any  # str | bool | int | Element


@dataclass(frozen=True)
class Reply:
    """An HTTP answer. Header names are in lower case."""

    status: int
    content_type: str
    body: bytes = field(repr=False)  # a logon's holds tokens
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


class Output:
    """One output of a call."""

    def __init__(self, node: Element) -> None:
        self._node = node

    @property
    def text(self) -> str:
        """All the text in it, '' when there is none."""
        return _text(self._node)

    @property
    def element(self) -> Element | None:
        """The first element in it: the document that a query returns."""
        return next(iter(self._node), None)


def require_lxml() -> None:
    """Raise MissingLibrary when lxml is not installed."""
    if LXML_IMPORT_ERROR is not None:
        raise MissingLibrary("lxml", sys.executable or "python3")


# -- requests ---------------------------------------------------------------------------------------------------------


def soap_action(service: str, method: str) -> str:
    """The value of the header SOAPAction, as ``xtk:persist#Write`` (campaign_facts, Requests)."""
    return f"{_checked(_SERVICE, service)}#{_checked(_NAME, method)}"


def build_request(service: str, method: str, session_token: str, params: Sequence[Param]) -> bytes:
    """One call in the minimal dialect (campaign_facts, Envelopes): UTF-8, the session's token first, then the
    parameters in order.

    :raises ValidationError: a text has characters that XML does not allow. It is not shown: it may be a password.
    """
    require_lxml()
    call = f"urn:{_checked(_NAME, method)}"
    inner = "".join(map(_element, (Param("sessiontoken", session_token), *params)))
    return (
        "<?xml version='1.0' encoding='UTF-8'?>\n"
        f'<soapenv:Envelope xmlns:soapenv="{_SOAP}" xmlns:urn="urn:{_checked(_SERVICE, service)}"><soapenv:Header/>'
        f"<soapenv:Body><{call}>{inner}</{call}></soapenv:Body></soapenv:Envelope>"
    ).encode()


def _element(param: Param) -> str:
    """A parameter as an element."""
    name = f"urn:{_checked(_NAME, param.name)}"
    content = _content(param)
    return f"<{name}>{content}</{name}>" if content else f"<{name}/>"


def _content(param: Param) -> str:
    value = param.value
    if isinstance(value, bool):  # before int: a bool is an int
        return "true" if value else "false"
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, str):
        try:
            return escape(xml_text(value), _ENTITIES)
        except XtkValueError as error:
            raise ValidationError(f"The parameter {param.name}: {error.message}", next_step=error.next_step) from None
    if isinstance(value, etree._Element):
        return str(etree.tostring(value, encoding="unicode", with_tail=False))
    raise ValidationError(f"The parameter {param.name} is a {type(value).__name__}: no SOAP call can carry that.")


def _checked(form: re.Pattern[str], name: str) -> str:
    if not form.fullmatch(name):
        raise ValidationError(f"{name!r} is not the name of a Campaign service, method or parameter.")
    return name


# -- answers ----------------------------------------------------------------------------------------------------------


def parse_xml(data: bytes, notes: list[str] | None = None) -> Element:
    """The root element of a document; comments and processing instructions are left out.

    Strict: no network, no entities, no DTD of any kind, and a limit on depth. Characters that XML forbids are read as
    U+FFFD, and a text is as long as the transport lets an answer be: see ``_soap/repair.py``.

    :param notes: gets a sentence for each field that was repaired or is very long.
    :raises ProtocolError: with one sentence. What was received is not shown: a logon's answer holds tokens.
    """
    require_lxml()
    data = readable(data)
    try:
        root = etree.fromstring(data, _parser(huge=False))
        # An older libxml2 takes a long text as it is.
        is_odd = len(data) > LONG
    except etree.XMLSyntaxError as error:
        fixed = _fixed(data, error)
        if fixed is None:
            raise ProtocolError(
                f"The answer is not well-formed XML, or ends too early: {shorten(error.msg, 200)}.",
                reached="maybe",
                next_step="Run it again. If it stays so, check any proxy or gateway in front of the server.",
            ) from None
        root, is_odd = fixed, True
    if notes is not None and is_odd:
        notes += told(root)
    return root


def _parser(*, huge: bool) -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=huge,
        recover=False,
        remove_comments=True,
        remove_pis=True,
    )


def _fixed(data: bytes, error: etree.XMLSyntaxError) -> Element | None:
    """The document without forbidden characters, or with a very long text; None if the problem is another."""
    huge, fixed = len(data) > LONG, repaired(data)
    if fixed is None or (fixed == data and not huge) or "depth" in error.msg:
        return None
    try:
        root = etree.fromstring(fixed, _parser(huge=huge))
    except etree.XMLSyntaxError:
        return None
    return None if huge and too_deep(root) else root


def read_reply(
    reply: Reply, service: str, method: str, *, skip_entity: bool = True, notes: list[str] | None = None
) -> list[Output]:
    """The outputs of a call, in order.

    Checked in this order (campaign_facts, Failures): a body that begins with an error code, a ``Fault``, the HTTP
    status, then the expected ``<Method>Response``.

    :param notes: see :func:`parse_xml`.
    :param skip_entity: leave out a leading ``<entity>`` or ``<this>``, which holds the object that the method changed.
    :raises SessionExpired: XSV-350008, in any shape.
    :raises DeniedError: user, password, address or right refused.
    :raises FaultError: the method failed.
    :raises HttpStatusError: a status that is not Campaign's.
    :raises ProtocolError: not what Campaign sends.
    """
    call = soap_action(service, method)
    code = leading_code(reply.body)
    if code:
        raise plain_error(call, code, visible_text(reply.body, reply.content_type))
    body: Element | None = None
    problem: ProtocolError | None = None
    try:
        body = _body_of(reply, notes)
    except ProtocolError as error:
        problem = error
    if body is not None:
        fault = _child(body, "Fault")
        if fault is not None:
            raise fault_error(call, *(_said(_child(fault, part)) for part in _FAULT_PARTS))
    if not 200 <= reply.status < 300:
        # An envelope without a fault explains nothing, and may be the answer to a logon, which holds tokens.
        text = visible_text(reply.body, reply.content_type) if body is None else ""
        page = looks_like_html(reply.body)
        raise status_error(call, reply.status, reply.headers, text, by_page=page)
    if body is None:
        raise t.cast("ProtocolError", problem)
    return _outputs(body, method, skip_entity)


def _body_of(reply: Reply, notes: list[str] | None) -> Element:
    """The element ``Body`` of an answer."""
    data = reply.body.lstrip()
    if data.startswith(codecs.BOM_UTF8):
        data = data[len(codecs.BOM_UTF8) :].lstrip()
    if not data:
        raise ProtocolError("The answer is empty.", reached="maybe")
    if looks_like_html(data):
        raise _not_soap("a web page", reply)
    if not data.startswith(_XML_BEGINS):
        raise _not_soap("plain text", reply)
    root = parse_xml(data, notes)
    body = _child(root, "Body") if _local(root) == "Envelope" else None
    if body is None:
        raise _not_soap(f"an XML document <{shorten(_local(root), 60)}>", reply)
    return body


def _not_soap(what: str, reply: Reply) -> ProtocolError:
    return ProtocolError(
        f"The answer is {what} and not a SOAP message.",
        reached="maybe",
        server_text=shorten(visible_text(reply.body, reply.content_type)),
    )


def _outputs(body: Element, method: str, skip_entity: bool) -> list[Output]:
    wanted = f"{method}Response"
    answer = _child(body, wanted)
    if answer is None:
        # Of many children a few say enough.
        found = shorten(", ".join(f"<{_local(child)}>" for child in islice(body, 10)), 200) or "nothing"
        raise ProtocolError(f"The answer holds {found} where <{wanted}> was expected.", reached="maybe")
    nodes = list(answer)
    if skip_entity and nodes and _local(nodes[0]) in _SELF:
        del nodes[0]
    return [Output(node) for node in nodes]


def _child(parent: Element, name: str) -> Element | None:
    return next((child for child in parent if _local(child) == name), None)


def _local(node: Element) -> str:
    return str(etree.QName(node).localname)


def _text(node: Element | None) -> str:
    return "" if node is None else "".join(t.cast("t.Iterator[str]", node.itertext()))


def _said(node: Element | None) -> str:
    """The text in it for a message: cut before it is put together."""
    parts: list[str] = []
    left = MOST_SAID
    for part in () if node is None else node.itertext():
        parts.append(str(part)[:left])
        left -= len(parts[-1])
        if left <= 0:
            break
    return "".join(parts).strip()
