# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Envelopes: the dialects in, the answers out (campaign_facts, Envelopes to Failures)."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from simulator.soap import envelope as wire
from simulator.soap.envelope import Out, read_call
from simulator.soap.errors import CLIENT, SERVER, SoapFault, method_failed

SDK = """<SOAP-ENV:Envelope xmlns:xsd="http://www.w3.org/2001/XMLSchema"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/"
 xmlns:ns="http://xml.apache.org/xml-soap">
<SOAP-ENV:Header><Cookie>__sessiontoken=___S</Cookie><X-Security-Token>@T==</X-Security-Token></SOAP-ENV:Header>
<SOAP-ENV:Body><m:{method} xmlns:m="urn:{service}" SOAP-ENV:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/">
<sessiontoken xsi:type="xsd:string">___S</sessiontoken>{params}</m:{method}></SOAP-ENV:Body></SOAP-ENV:Envelope>"""

CONSOLE = """<?xml version='1.0'?>
<SOAP-ENV:Envelope xmlns:xsd='http://www.w3.org/2001/XMLSchema' xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'
 xmlns:ns='http://xml.apache.org/xml-soap' xmlns:SOAP-ENV='http://schemas.xmlsoap.org/soap/envelope/'><SOAP-ENV:Body>
<{method} xmlns='urn:{service}' SOAP-ENV:encodingStyle='http://schemas.xmlsoap.org/soap/encoding/'>
<__sessiontoken xsi:type='xsd:string'></__sessiontoken>{params}</{method}></SOAP-ENV:Body></SOAP-ENV:Envelope>"""

MINIMAL = """<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:urn="urn:{service}">
<soapenv:Header/><soapenv:Body><urn:{method}><urn:sessiontoken>___S</urn:sessiontoken>{params}</urn:{method}>
</soapenv:Body></soapenv:Envelope>"""


def read(text: str, action: str = "xtk:session#GetOption") -> wire.Call:
    return read_call(action, text.encode())


@pytest.mark.parametrize(
    ("dialect", "name", "token"),
    [
        (SDK, "<name xsi:type='xsd:string'>XtkDatabaseId</name>", "___S"),
        (CONSOLE, "<strName xsi:type='xsd:string'>XtkDatabaseId</strName>", ""),
        (MINIMAL, "<urn:strName>XtkDatabaseId</urn:strName>", "___S"),
    ],
)
def test_the_same_call_is_read_from_each_dialect(dialect: str, name: str, token: str) -> None:
    call = read(dialect.format(service="xtk:session", method="GetOption", params=name))
    assert (call.service, call.method, call.token) == ("xtk:session", "GetOption", token)
    assert call.text(0) == "XtkDatabaseId"


def test_parameters_are_known_by_position_whatever_their_names() -> None:
    params = "<urn:second>login</urn:second><urn:first>password</urn:first>"
    call = read(MINIMAL.format(service="xtk:session", method="Logon", params=params), "xtk:session#Logon")
    assert [call.text(0), call.text(1)] == ["login", "password"]


def test_the_namespace_that_is_no_uri_is_accepted_and_the_text_keeps_its_pipes() -> None:
    document = '<option xtkschema="xtk:option" name="urn:a|b"/>'
    text = SDK.format(service="xtk:persist|xtk:session", method="Write", params=f"<domDoc>{document}</domDoc>")
    call = read(text, "xtk:persist|xtk:session#Write")
    assert call.service == "xtk:persist|xtk:session"
    assert list(call.element(0).items()) == [("xtkschema", "xtk:option"), ("name", "urn:a|b")]


def test_a_document_loses_its_namespaces_and_the_marks_of_soap() -> None:
    query = """<entity xsi:type='ns:Element'><queryDef schema='xtk:option' xsi:type='x'><select><node expr='@id'/>
      </select></queryDef></entity>"""
    text = CONSOLE.format(service="xtk:queryDef", method="ExecuteQuery", params=query)
    call = read(text, "xtk:queryDef#ExecuteQuery")
    found = call.element(0, "queryDef")
    assert [node.tag for node in found.iter()] == ["queryDef", "select", "node"]
    assert list(found.items()) == [("schema", "xtk:option")]
    assert found.getparent() is None


@pytest.mark.parametrize("action", ["xtk:session#GetOption", '"xtk:session#GetOption"', "'xtk:session#GetOption' "])
def test_the_action_may_be_quoted(action: str) -> None:
    assert wire.soap_action(action) == ("xtk:session", "GetOption")


@pytest.mark.parametrize("action", [None, "", "GetOption", "xtk:session#", "#GetOption", "xtk:session#a b", "a#b#c"])
def test_an_action_without_service_and_method_is_the_callers_fault(action: str | None) -> None:
    with pytest.raises(SoapFault) as caught:
        wire.soap_action(action)
    assert caught.value.code == CLIENT


def test_the_case_of_the_methods_name_in_the_header_does_not_count() -> None:
    call = read(MINIMAL.format(service="xtk:workflow", method="Wakeup", params=""), "xtk:workflow#WakeUp")
    assert call.method == "Wakeup"


def test_a_header_that_names_another_method_than_the_body_is_refused() -> None:
    with pytest.raises(SoapFault, match="SOAPAction names method 'Stop', the body holds 'Start'"):
        read(MINIMAL.format(service="xtk:workflow", method="Start", params=""), "xtk:workflow#Stop")


BROKEN = {
    "nothing": b"",
    "no xml": b"hello",
    "cut short": MINIMAL.format(service="a", method="GetOption", params="").encode()[:-20],
    "not utf-8": b"<?xml version='1.0' encoding='utf-8'?><a>\xff\xfe</a>",
    "unknown encoding": b"<?xml version='1.0' encoding='klingon'?><a/>",
    "no envelope": b"<a/>",
    "no body": b"<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'/>",
    "empty body": b"<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'><e:Body/></e:Envelope>",
    "two calls": b"<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'><e:Body><GetOption/><GetOption/>"
    b"</e:Body></e:Envelope>",
    "deep": b"<a>" * 100_000,
    "doctype": b"<!DOCTYPE a SYSTEM 'http://127.0.0.1:1/x.dtd'>"
    + MINIMAL.format(service="a", method="GetOption", params="").encode(),
    "entities": b'<!DOCTYPE a [<!ENTITY x "y"><!ENTITY z "&x;&x;&x;">]>'
    + MINIMAL.format(service="a", method="GetOption", params="<n>&z;</n>").encode(),
    "too large": b" " * (wire.MAX_BODY + 1),
}


@pytest.mark.parametrize("body", BROKEN.values(), ids=list(BROKEN))
def test_what_is_no_soap_message_is_the_callers_fault(body: bytes) -> None:
    with pytest.raises(SoapFault, match="The XML SOAP message is invalid") as caught:
        read_call("xtk:session#GetOption", body)
    assert caught.value.code == CLIENT
    etree.fromstring(wire.fault(caught.value))


def test_an_envelope_of_another_soap_version_is_named_as_such() -> None:
    with pytest.raises(SoapFault) as caught:
        read_call("a:b#c", b"<e:Envelope xmlns:e='http://www.w3.org/2003/05/soap-envelope'><e:Body/></e:Envelope>")
    assert caught.value.code == "SOAP-ENV:VersionMismatch"


@given(st.binary(max_size=300))
def test_random_bytes_never_raise_anything_but_a_fault(body: bytes) -> None:
    with contextlib.suppress(SoapFault):
        read_call("xtk:session#GetOption", body)


@given(st.text(max_size=60), st.text(max_size=60), st.integers(0, 3))
def test_random_actions_and_parameters_never_raise_anything_but_a_fault(action: str, text: str, index: int) -> None:
    body = MINIMAL.format(service="xtk:session", method="GetOption", params=f"<n>{text}</n>").encode(
        errors="surrogatepass"
    )
    for header in (action, "xtk:session#GetOption"):
        with contextlib.suppress(SoapFault):
            call = read_call(header, body)
            for reader in (call.text, call.boolean, call.element):
                with contextlib.suppress(SoapFault):
                    reader(index)


def test_wrong_kinds_of_parameters_are_the_callers_fault() -> None:
    params = "<a><b/></a><b>maybe</b><c/><d><e/><f/></d>"
    call = read(MINIMAL.format(service="xtk:session", method="GetOption", params=params))
    readers: list[Callable[[], object]] = [
        lambda: call.text(0),
        lambda: call.boolean(1),
        lambda: call.element(2),
        lambda: call.element(3),
        lambda: call.element(0, "x"),
        lambda: call.text(9),
    ]
    for reader in readers:
        with pytest.raises(SoapFault, match="Error while reading parameters of method 'GetOption'") as caught:
            reader()
        assert caught.value.code == CLIENT


def test_without_a_leading_token_the_first_parameter_is_taken_for_it() -> None:
    text = MINIMAL.format(service="xtk:session", method="GetOption", params="").replace("___S", "XtkDatabaseId")
    call = read(text)
    assert (call.token, call.params) == ("XtkDatabaseId", [])
    document = MINIMAL.format(service="xtk:persist", method="Write", params="").replace("___S", "<option/>")
    assert read(document, "xtk:persist#Write").token == "?"


def test_a_pipe_does_not_mend_what_is_broken_otherwise() -> None:
    text = SDK.format(service="xtk:persist|xtk:session", method="Write", params="<a>")
    with pytest.raises(SoapFault, match="The XML SOAP message is invalid"):
        read(text, "xtk:persist#Write")


def test_booleans_are_words_or_digits() -> None:
    params = "<a>true</a><b>0</b><c>1</c><d>False</d><e/>"
    call = read(MINIMAL.format(service="xtk:session", method="GetOption", params=params))
    assert [call.boolean(index) for index in range(5)] == [True, False, True, False, False]


# -- answers ------------------------------------------------------------------------------------------------------


def test_an_answer_keeps_the_prefixes_the_quotes_and_the_types_that_the_sdk_looks_for() -> None:
    outputs = (Out("v", "xsd:string", "a<b"), Out("t", "xsd:byte", "6"))
    text = wire.response("xtk:session", "GetOption", outputs).decode()
    assert text.startswith("<?xml version='1.0'?>\n<SOAP-ENV:Envelope xmlns:xsd='http://www.w3.org/2001/XMLSchema'")
    assert "<SOAP-ENV:Body><GetOptionResponse xmlns='urn:xtk:session' SOAP-ENV:encodingStyle=" in text
    assert "<v xsi:type='xsd:string'>a&lt;b</v><t xsi:type='xsd:byte'>6</t></GetOptionResponse>" in text
    assert "xmlns:ns='urn:xtk:session'" in text


def test_methods_of_persist_answer_in_their_own_namespace() -> None:
    assert b"<WriteResponse xmlns='urn:wpp:default'" in wire.response("xtk:persist|xtk:session", "Write")


def test_a_document_is_an_element_with_the_literal_encoding_and_may_be_empty() -> None:
    text = wire.response("xtk:queryDef", "ExecuteQuery", (Out("o", "ns:Element", etree.Element("a", b="1")),)).decode()
    assert "<o xsi:type='ns:Element' SOAP-ENV:encodingStyle='http://xml.apache.org/xml-soap/literalxml'><a b" in text
    empty = wire.response("xtk:persist", "GetEntityIfMoreRecent", (Out("o", "ns:Element", None),)).decode()
    assert "literalxml'></o>" in empty


def test_the_template_of_get_option_equals_the_general_answer() -> None:
    outputs = (Out("pstrValue", "xsd:string", "x & y"), Out("pbtType", "xsd:byte", "7"))
    assert wire.option_response("x & y", 7) == wire.response("xtk:session", "GetOption", outputs)


def test_a_fault_without_detail_has_no_detail_element() -> None:
    assert b"<detail" not in wire.fault(SoapFault(SERVER, "text"))
    text = wire.fault(method_failed("xtk:persist", "Write", "PGS-220000 a\nXSV-350023 b")).decode()
    assert "<faultcode>SOAP-ENV:Server</faultcode><faultstring xsi:type='xsd:string'>SOP-330011 Error while" in text
    assert "<detail xsi:type='xsd:string'>PGS-220000 a\nXSV-350023 b</detail>" in text


@given(st.text())
def test_whatever_a_fault_says_is_well_formed(text: str) -> None:
    node = etree.fromstring(wire.fault(SoapFault(CLIENT, text, text)))
    assert node.findtext(".//faultstring") is not None
