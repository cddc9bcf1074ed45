# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Envelopes in and out. Pure: bytes in, a `Call` out; values in, bytes out (campaign_facts, Requests to Failures).

A request is read by position: neither the prefix, the namespace nor the names of the parameters count, only the local
name of the method element and the order of its children. An answer keeps the rules to the letter (campaign_facts,
Answers), because Adobe's own JavaScript client looks for those very prefixes and types.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from xml.sax.saxutils import escape

from lxml import etree
from lxml.etree import _Element as Element

from .errors import SoapFault, invalid_message, unreadable_parameters

SOAP_NS = "http://schemas.xmlsoap.org/soap/envelope/"
MAX_BODY = 16 * 1024 * 1024
_ENCODING = "http://schemas.xmlsoap.org/soap/encoding/"
_LITERAL = "http://xml.apache.org/xml-soap/literalxml"

_PARSER = etree.XMLParser(
    resolve_entities=False,
    no_network=True,
    load_dtd=False,
    dtd_validation=False,
    huge_tree=False,
    recover=False,
    remove_comments=True,
    remove_pis=True,
)

# Adobe's SDK declares "urn:xtk:persist|xtk:session", which is no valid URI: libxml2 refuses the document. Only this one
# declaration is repaired, rather than letting the parser recover from anything (campaign_facts, Calls).
_PIPE_NAMESPACE = re.compile(rb"""(xmlns(?::[A-Za-z_][\w.-]*)?\s*=\s*["']urn:[\w.:-]+)\|([\w.:-]+["'])""")

_ACTION = re.compile(r"([A-Za-z][\w.|:-]*)#([A-Za-z_]\w*)")


@dataclass(slots=True)
class Call:
    """One SOAP call: what the header and the body say. `token` is the body's own session token."""

    service: str
    method: str
    token: str = ""
    params: list[Element] = field(default_factory=list)
    size: int = 0

    def text(self, index: int) -> str:
        """The string parameter at `index` (the token not counted). A missing one is a fault."""
        element = self._param(index)
        if len(element):
            raise self._unreadable(index, "a string is expected, not elements")
        return element.text or ""

    def boolean(self, index: int) -> bool:
        """A boolean parameter: true, false, 1 or 0."""
        text = self.text(index).strip().lower()
        if text in ("true", "1"):
            return True
        if text in ("false", "0", ""):
            return False
        raise self._unreadable(index, f"'{text[:40]}' is no boolean")

    def element(self, index: int, name: str = "") -> Element:
        """The document inside the parameter at `index`, free of namespaces. `name` is the required local name."""
        holder = self._param(index)
        children = [child for child in holder if isinstance(child.tag, str)]
        if len(children) != 1:
            raise self._unreadable(index, f"one element is expected, {len(children)} found")
        document = plain(children[0])
        if name and document.tag != name:
            raise self._unreadable(index, f"the element must be named '{name}', not '{document.tag}'")
        return document

    def _param(self, index: int) -> Element:
        if index >= len(self.params):
            raise self._unreadable(index, f"only {len(self.params)} parameters after the session token")
        return self.params[index]

    def _unreadable(self, index: int, why: str) -> SoapFault:
        return unreadable_parameters(self.service, self.method, f"Parameter {index + 1}: {why}.")


def soap_action(header: str | None) -> tuple[str, str]:
    """'service', 'method' of a SOAPAction header, quoted or not. Raises the fault of a call without a usable one."""
    match = _ACTION.fullmatch((header or "").strip().strip("\"'"))
    if match is None:
        raise invalid_message(f"SOAPAction header '{(header or '')[:80]}' names no service and method")
    return match[1], match[2]


def read_call(header: str | None, body: bytes) -> Call:
    """Parse a request. Raises `SoapFault` for anything that is not one well-formed envelope with one call."""
    service, method = soap_action(header)
    envelope = read_xml(body)
    namespace, name = split_tag(envelope.tag)
    if name != "Envelope":
        raise invalid_message(f"the document element is '{name}', not an Envelope")
    if namespace != SOAP_NS:
        raise SoapFault("SOAP-ENV:VersionMismatch", f"The envelope's namespace '{namespace}' is not '{SOAP_NS}'.")
    _check_headers(envelope)
    node = _body_child(envelope)
    named = split_tag(node.tag)[1]
    # One public client sends '#WakeUp' with a body of 'Wakeup': the body decides, the case of the header does not.
    if named.lower() != method.lower():
        raise invalid_message(f"SOAPAction names method '{method}', the body holds '{named}'")
    params = [child for child in node if isinstance(child.tag, str)]
    token = ""
    if params:
        # Whatever comes first is taken for the token; without one, the first real parameter is (campaign_facts,
        # Requests).
        first = params.pop(0)
        token = "?" if len(first) else (first.text or "").strip()
    return Call(service, named, token, params, len(body))


# What Adobe's JavaScript client puts into the envelope's Header (campaign_facts, Envelopes).
_KNOWN_HEADERS = frozenset({"Cookie", "X-Security-Token"})


def _check_headers(envelope: Element) -> None:
    """SOAP's own rule: a header block that must be understood and is not ends the call. The text is a guess."""
    for header in envelope.iterchildren(f"{{{SOAP_NS}}}Header"):
        for block in header.iterchildren(etree.Element):
            name = split_tag(block.tag)[1]
            if block.get(f"{{{SOAP_NS}}}mustUnderstand") in ("1", "true") and name not in _KNOWN_HEADERS:
                raise SoapFault("SOAP-ENV:MustUnderstand", f"The header '{name}' is not understood.")


def _body_child(envelope: Element) -> Element:
    for child in envelope:
        if isinstance(child.tag, str) and split_tag(child.tag)[1] == "Body":
            nodes = [node for node in child if isinstance(node.tag, str)]
            if len(nodes) != 1:
                raise invalid_message(f"the Body holds {len(nodes)} elements instead of one call")
            return nodes[0]
    raise invalid_message("there is no Body")


def read_xml(body: bytes) -> Element:
    """The document element. No entities, no document type, no network; a fault for everything else."""
    if len(body) > MAX_BODY:
        raise invalid_message(f"it is larger than {MAX_BODY} bytes")
    try:
        root = etree.fromstring(body, _PARSER)
    except etree.XMLSyntaxError as error:
        mended = _PIPE_NAMESPACE.sub(rb"\1%7C\2", body, count=1)
        if mended == body:
            raise invalid_message(_one_line(error)) from None
        try:
            root = etree.fromstring(mended, _PARSER)
        except (etree.XMLSyntaxError, ValueError, LookupError) as again:
            raise invalid_message(_one_line(again)) from None
    except (ValueError, LookupError) as error:  # an encoding that Python or libxml2 does not know
        raise invalid_message(_one_line(error)) from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise invalid_message("a document type declaration is not accepted")
    return root


def split_tag(tag: str) -> tuple[str, str]:
    """'{namespace}local' -> (namespace, local)."""
    if tag.startswith("{"):
        namespace, _unused, local = tag[1:].partition("}")
        return namespace, local
    return "", tag


def plain(element: Element) -> Element:
    """The element itself, detached, with every namespace taken off tags and qualified attributes dropped."""
    for node in element.iter():
        if not isinstance(node.tag, str):
            continue
        if node.tag.startswith("{"):
            node.tag = split_tag(node.tag)[1]
        for key in [key for key in node.attrib if str(key).startswith("{")]:
            del node.attrib[key]
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)
    element.tail = None
    etree.cleanup_namespaces(element)
    return element


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or "no XML"


# -- answers ------------------------------------------------------------------------------------------------------


class Out(NamedTuple):
    """One result: the element's name (free), its xsi:type without prefix rules, and its value."""

    name: str
    type: str
    value: str | Element | None


_HEAD = (
    "<?xml version='1.0'?>\n"
    "<SOAP-ENV:Envelope xmlns:xsd='http://www.w3.org/2001/XMLSchema'"
    " xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'{service}"
    f" xmlns:SOAP-ENV='{SOAP_NS}'>"
    "<SOAP-ENV:Body>"
)
_TAIL = "</SOAP-ENV:Body></SOAP-ENV:Envelope>"
_FAULT_HEAD = _HEAD.format(service="")
_WPP = "urn:wpp:default"


def response(service: str, method: str, outputs: Sequence[Out] = ()) -> bytes:
    """The envelope of a successful call. Methods of xtk:persist answer in `urn:wpp:default`, as real servers do."""
    namespace = _WPP if service.startswith("xtk:persist") else f"urn:{service}"
    parts = [
        _HEAD.format(service=f" xmlns:ns='{namespace}'"),
        f"<{method}Response xmlns='{namespace}' SOAP-ENV:encodingStyle='{_ENCODING}'>",
    ]
    parts.extend(_output(out) for out in outputs)
    parts.append(f"</{method}Response>{_TAIL}")
    return "".join(parts).encode()


def _output(out: Out) -> str:
    if out.type == "ns:Element":
        # Inside, the document takes the default namespace of the response, as in every recorded answer.
        inner = "" if out.value is None or isinstance(out.value, str) else etree.tostring(out.value, encoding="unicode")
        return f"<{out.name} xsi:type='ns:Element' SOAP-ENV:encodingStyle='{_LITERAL}'>{inner}</{out.name}>"
    return f"<{out.name} xsi:type='{out.type}'>{escape(str(out.value or ''))}</{out.name}>"


_OPTION_HEAD = (
    _HEAD.format(service=" xmlns:ns='urn:xtk:session'")
    + f"<GetOptionResponse xmlns='urn:xtk:session' SOAP-ENV:encodingStyle='{_ENCODING}'>"
    + "<pstrValue xsi:type='xsd:string'>"
)
_OPTION_MIDDLE = "</pstrValue><pbtType xsi:type='xsd:byte'>"
_OPTION_TAIL = f"</pbtType></GetOptionResponse>{_TAIL}"


def option_response(value: str, data_type: int) -> bytes:
    """GetOption's answer, from a template: it is the call that fleets make most."""
    return f"{_OPTION_HEAD}{escape(value)}{_OPTION_MIDDLE}{data_type}{_OPTION_TAIL}".encode()


def fault(error: SoapFault) -> bytes:
    """The envelope of a fault; `detail` is left out when there is none."""
    detail = ""
    if error.detail is not None:
        detail = f"<detail xsi:type='xsd:string'>{escape(printable(error.detail))}</detail>"
    return (
        f"{_FAULT_HEAD}<SOAP-ENV:Fault><faultcode>{error.code}</faultcode>"
        f"<faultstring xsi:type='xsd:string'>{escape(printable(error.string))}</faultstring>{detail}"
        f"</SOAP-ENV:Fault>{_TAIL}"
    ).encode()


_UNPRINTABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def printable(text: str) -> str:
    """The text without the characters that XML 1.0 cannot hold, so that an echoed request never breaks an answer."""
    return _UNPRINTABLE.sub("?", text)
