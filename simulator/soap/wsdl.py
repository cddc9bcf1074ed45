# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The WSDL of a service, made of the schema that GetEntityIfMoreRecent serves (campaign_facts, Endpoints and Requests).
Pure.

The document describes the minimal dialect (campaign_facts, Envelopes): document style, literal, every element in the
service's namespace, the session token first. Its own shape is a choice: no public source shows a WSDL of Campaign.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lxml import etree
from lxml.etree import _Element as Element

WSDL = "http://schemas.xmlsoap.org/wsdl/"
SOAP = "http://schemas.xmlsoap.org/wsdl/soap/"
XSD = "http://www.w3.org/2001/XMLSchema"
HTTP = "http://schemas.xmlsoap.org/soap/http"

PERSIST = "urn:wpp:default"
"""The namespace in which the methods of xtk:persist answer (campaign_facts, Answers)."""

_TYPES: Mapping[str, tuple[str, str, str]] = {
    # type of a schema's param: the type on the wire, the prefix of a parameter's name, that of a result's
    "string": ("s:string", "str", "pstr"),
    "boolean": ("s:boolean", "b", "pb"),
    "byte": ("s:byte", "bt", "pbt"),
    "short": ("s:short", "s", "ps"),
    "long": ("s:int", "l", "pl"),
    "int64": ("s:long", "ll", "pll"),
    "float": ("s:float", "f", "pf"),
    "double": ("s:double", "d", "pd"),
    "datetime": ("s:dateTime", "ts", "pts"),
    "date": ("s:date", "d", "pd"),
    "DOMElement": ("Element", "elem", "p"),
    "DOMDocument": ("Element", "dom", "pdom"),
}


@dataclass(frozen=True, slots=True)
class Operation:
    """One method. `takes` and `gives` are names on the wire with their types, the token not counted."""

    service: str
    name: str
    takes: tuple[tuple[str, str], ...]
    gives: tuple[tuple[str, str], ...]

    @property
    def request_namespace(self) -> str:
        """Of the call's elements."""
        return f"urn:{self.service}"

    @property
    def answer_namespace(self) -> str:
        """Of the answer's elements."""
        return PERSIST if self.service == "xtk:persist" else f"urn:{self.service}"


def wire_name(name: str, type_: str, *, out: bool) -> str:
    """How a param of a schema is called in an envelope: `value`, a string that is returned, is `pstrValue`."""
    _wire, into, outof = _TYPES[type_]
    return (outof if out else into) + name[0].upper() + name[1:]


def operations(schema: Element) -> list[Operation]:
    """The methods of a schema, those of the interfaces that it implements included."""
    own = f"{schema.get('namespace')}:{schema.get('name')}"
    implemented = str(schema.get("implements") or own)
    return [
        *(_operation(own, method) for method in schema.iterfind("methods/method")),
        *(_operation(implemented, method) for method in schema.iterfind("interface/method")),
    ]


def _operation(service: str, method: Element) -> Operation:
    takes, gives = [], []
    if method.get("static") != "true":
        # A method of an object: the object comes first, and may come back changed unless the method leaves it alone.
        takes.append(("entity", "Element"))
        if method.get("const") != "true":
            gives.append(("entity", "Element"))
    for param in method.iterfind("parameters/param"):
        name, type_, out = str(param.get("name")), str(param.get("type")), param.get("inout") == "out"
        (gives if out else takes).append((wire_name(name, type_, out=out), _TYPES[type_][0]))
    return Operation(service, str(method.get("name")), tuple(takes), tuple(gives))


def document(schema: Element, address: str) -> bytes:
    """The WSDL of a schema's service; `address` is the URL of the SOAP router."""
    name = str(schema.get("name"))
    service = f"{schema.get('namespace')}:{name}"
    found = operations(schema)
    namespaces = sorted({f"urn:{service}", *_namespaces(found)})
    prefixes = {f"n{index}": namespace for index, namespace in enumerate(namespaces)}
    root = etree.Element(
        f"{{{WSDL}}}definitions",
        {"name": name, "targetNamespace": f"urn:{service}"},
        nsmap={"wsdl": WSDL, "soap": SOAP, "s": XSD, "tns": f"urn:{service}", **prefixes},
    )
    prefix_of = {namespace: prefix for prefix, namespace in prefixes.items()}
    types = etree.SubElement(root, f"{{{WSDL}}}types")
    for namespace in namespaces:
        _add_schema(types, namespace, prefix_of[namespace], found)
    for operation in found:
        _add_message(root, f"{operation.name}In", f"{prefix_of[operation.request_namespace]}:{operation.name}")
        _add_message(root, f"{operation.name}Out", f"{prefix_of[operation.answer_namespace]}:{operation.name}Response")
    port_type = f"{name}MethodsSoap"
    _add_port_type(root, port_type, found)
    _add_binding(root, port_type, found)
    _add_service(root, name, port_type, address)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="utf-8", pretty_print=True))


def _namespaces(found: list[Operation]) -> Iterator[str]:
    for operation in found:
        yield operation.request_namespace
        yield operation.answer_namespace


def _add_schema(types: Element, namespace: str, prefix: str, found: list[Operation]) -> None:
    schema = etree.SubElement(
        types, f"{{{XSD}}}schema", {"targetNamespace": namespace, "elementFormDefault": "qualified"}
    )
    # What an answer calls `ns:Element`: a document, or none.
    holder = etree.SubElement(schema, f"{{{XSD}}}complexType", {"name": "Element", "mixed": "true"})
    content = etree.SubElement(holder, f"{{{XSD}}}sequence")
    free = {"namespace": "##any", "processContents": "skip", "minOccurs": "0"}
    etree.SubElement(content, f"{{{XSD}}}any", free)
    for operation in found:
        if operation.request_namespace == namespace:
            _add_element(schema, operation.name, prefix, (("sessiontoken", "s:string"), *operation.takes))
        if operation.answer_namespace == namespace:
            _add_element(schema, f"{operation.name}Response", prefix, operation.gives)


def _add_element(schema: Element, name: str, prefix: str, parts: tuple[tuple[str, str], ...]) -> None:
    """Every part is required, for parameters are known by their position; only the object itself may be left out of an
    answer (campaign_facts, Answers)."""
    element = etree.SubElement(schema, f"{{{XSD}}}element", {"name": name})
    content = etree.SubElement(etree.SubElement(element, f"{{{XSD}}}complexType"), f"{{{XSD}}}sequence")
    for part, type_ in parts:
        described = {"name": part, "type": type_ if type_.startswith("s:") else f"{prefix}:{type_}"}
        if part == "entity" and name.endswith("Response"):
            described["minOccurs"] = "0"
        etree.SubElement(content, f"{{{XSD}}}element", described)


def _add_message(root: Element, name: str, element: str) -> None:
    message = etree.SubElement(root, f"{{{WSDL}}}message", {"name": name})
    etree.SubElement(message, f"{{{WSDL}}}part", {"name": "parameters", "element": element})


def _add_port_type(root: Element, name: str, found: list[Operation]) -> None:
    port_type = etree.SubElement(root, f"{{{WSDL}}}portType", {"name": name})
    for operation in found:
        node = etree.SubElement(port_type, f"{{{WSDL}}}operation", {"name": operation.name})
        etree.SubElement(node, f"{{{WSDL}}}input", {"message": f"tns:{operation.name}In"})
        etree.SubElement(node, f"{{{WSDL}}}output", {"message": f"tns:{operation.name}Out"})


def _add_binding(root: Element, name: str, found: list[Operation]) -> None:
    binding = etree.SubElement(root, f"{{{WSDL}}}binding", {"name": name, "type": f"tns:{name}"})
    etree.SubElement(binding, f"{{{SOAP}}}binding", {"style": "document", "transport": HTTP})
    for operation in found:
        node = etree.SubElement(binding, f"{{{WSDL}}}operation", {"name": operation.name})
        action = {"soapAction": f"{operation.service}#{operation.name}", "style": "document"}
        etree.SubElement(node, f"{{{SOAP}}}operation", action)
        for way in ("input", "output"):
            body = etree.SubElement(node, f"{{{WSDL}}}{way}")
            etree.SubElement(body, f"{{{SOAP}}}body", {"use": "literal"})


def _add_service(root: Element, name: str, binding: str, address: str) -> None:
    service = etree.SubElement(root, f"{{{WSDL}}}service", {"name": f"{name}Service"})
    port = etree.SubElement(service, f"{{{WSDL}}}port", {"name": binding, "binding": f"tns:{binding}"})
    etree.SubElement(port, f"{{{SOAP}}}address", {"location": address})
