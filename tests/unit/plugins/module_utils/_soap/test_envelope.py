# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Envelopes and answers, and the order in which an answer is checked."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import etree

from ansible_collections.campaign.classic.plugins.module_utils._core.errors import (
    CampaignError,
    DeniedError,
    FaultError,
    HttpStatusError,
    MissingLibrary,
    ProtocolError,
    SessionExpired,
    ValidationError,
)
from ansible_collections.campaign.classic.plugins.module_utils._soap import envelope as _soap
from ansible_collections.campaign.classic.plugins.module_utils._soap.envelope import (
    Output,
    Param,
    Reply,
    build_request,
    parse_xml,
    read_reply,
    require_lxml,
    soap_action,
)
from tests.unit.plugins.module_utils._http.test_transport import without

#: As servers answer (campaign_facts, Answers).
ENVELOPE = (
    "<?xml version='1.0'?>\n<SOAP-ENV:Envelope xmlns:xsd='http://www.w3.org/2001/XMLSchema' "
    "xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xmlns:ns='urn:xtk:session' "
    "xmlns:SOAP-ENV='http://schemas.xmlsoap.org/soap/envelope/'><SOAP-ENV:Body>{}</SOAP-ENV:Body></SOAP-ENV:Envelope>"
)
ENCODING = "SOAP-ENV:encodingStyle='http://schemas.xmlsoap.org/soap/encoding/'"


def reply(inner: str, status: int = 200) -> Reply:
    """An answer whose envelope has this in its body."""
    return Reply(status, "text/xml", ENVELOPE.format(inner).encode())


def response(inner: str, method: str = "GetOption") -> Reply:
    return reply(f"<{method}Response xmlns='urn:xtk:session' {ENCODING}>{inner}</{method}Response>")


def fault(string: str = "", detail: str = "", status: int = 200) -> Reply:
    return reply(
        "<SOAP-ENV:Fault><faultcode>SOAP-ENV:Server</faultcode>"
        f"<faultstring xsi:type='xsd:string'>{string}</faultstring><detail xsi:type='xsd:string'>{detail}</detail>"
        "</SOAP-ENV:Fault>",
        status,
    )


def outputs(answer: Reply, **kwargs: Any) -> list[Output]:
    return read_reply(answer, "xtk:session", "GetOption", **kwargs)


def error_of(answer: Reply, method: str = "GetOption") -> CampaignError:
    with pytest.raises(CampaignError) as caught:
        read_reply(answer, "xtk:session", method)
    return caught.value


# -- requests ---------------------------------------------------------------------------------------------------------


def test_request_is_the_minimal_dialect() -> None:
    document = etree.fromstring("<queryDef><select/></queryDef>")
    params = [
        Param("strName", "a"),
        Param("bFlag", True),
        Param("bOther", False),
        Param("lCount", -3),
        Param("entity", document),
    ]
    assert build_request("xtk:queryDef", "ExecuteQuery", "___token", params) == (
        b"<?xml version='1.0' encoding='UTF-8'?>\n"
        b'<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:urn="urn:xtk:queryDef">'
        b"<soapenv:Header/><soapenv:Body><urn:ExecuteQuery><urn:sessiontoken>___token</urn:sessiontoken>"
        b"<urn:strName>a</urn:strName><urn:bFlag>true</urn:bFlag><urn:bOther>false</urn:bOther>"
        b"<urn:lCount>-3</urn:lCount><urn:entity><queryDef><select/></queryDef></urn:entity></urn:ExecuteQuery>"
        b"</soapenv:Body></soapenv:Envelope>"
    )


def test_request_without_token_keeps_its_place() -> None:
    assert b"<urn:Logon><urn:sessiontoken/><urn:strLogin/></urn:Logon>" in build_request(
        "xtk:session", "Logon", "", [Param("strLogin", "")]
    )


def test_document_of_the_caller_stays_whole_and_where_it_is() -> None:
    parent = etree.fromstring("<a><b x='1'/>tail</a>")
    sent = build_request("xtk:persist", "Write", "", [Param("domDoc", parent[0])])
    assert b'<urn:domDoc><b x="1"/></urn:domDoc>' in sent
    assert etree.tostring(parent) == b'<a><b x="1"/>tail</a>'


XML_TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff") | st.sampled_from("\t\n\r<>&\"']")
)


@settings(deadline=None)  # a busy machine is no failure
@given(text=XML_TEXT)
@example("]]>")
@example("<![CDATA[ \"quoted\" & 'quoted' ]]> &amp; &#13;\r\n\t $(x) {{ y }}")
@example("\u20ac \u00e9 \U0001f511")
def test_text_arrives_as_it_was_given(text: str) -> None:
    root = parse_xml(build_request("xtk:session", "GetOption", text, [Param("strName", text)]))
    token, name = root[1][0]
    assert ((token.text or ""), (name.text or "")) == (text, text)


@settings(deadline=None)  # a busy machine is no failure
@given(text=XML_TEXT)
def test_attribute_of_a_document_arrives_as_it_was_given(text: str) -> None:
    document = etree.Element("option", value=text)
    root = parse_xml(build_request("xtk:persist", "Write", "", [Param("domDoc", document)]))
    assert [option.get("value") for option in root.iter("option")] == [text]


@settings(deadline=None)  # a busy machine is no failure
@given(before=XML_TEXT, bad=st.sampled_from("\x00\x01\x08\x0b\x0c\x0e\x1f\ud800\udfff\ufffe\uffff"))
def test_text_that_xml_cannot_hold_is_invalid_and_not_shown(before: str, bad: str) -> None:
    said = f"strPassword: .*U\\+{ord(bad):04X} at position {len(before) + 1}"
    with pytest.raises(ValidationError, match=said) as caught:
        build_request("xtk:session", "Logon", "", [Param("strPassword", f"{before}{bad}hidden")])
    assert "hidden" not in str(caught.value)
    assert caught.value.next_step


@pytest.mark.parametrize("value", [None, 1.5, b"bytes", ["list"]])
def test_value_that_no_call_carries_is_invalid(value: object) -> None:
    with pytest.raises(ValidationError, match=f"The parameter x is a {type(value).__name__}"):
        build_request("xtk:session", "GetOption", "", [Param("x", value)])


@pytest.mark.parametrize(
    ("service", "method"),
    [
        ("xtk:session", "Get Option"),
        ("xtk:session", ""),
        ("session", "GetOption"),
        ("xtk:persist|xtk:session", "Write"),
        ("xtk:session\r\nX: 1", "GetOption"),
        ("xtk:session", "GetOption\n"),
    ],
)
def test_name_that_is_none_is_invalid(service: str, method: str) -> None:
    with pytest.raises(ValidationError, match="is not the name of a Campaign service"):
        soap_action(service, method)
    with pytest.raises(ValidationError, match="is not the name of a Campaign service"):
        build_request(service, method, "", [])


def test_name_of_a_parameter_is_checked() -> None:
    with pytest.raises(ValidationError, match="is not the name of a Campaign"):
        build_request("xtk:session", "GetOption", "", [Param("a><b", "x")])


def test_soap_action_is_service_and_method() -> None:
    assert soap_action("xtk:persist", "Write") == "xtk:persist#Write"


# -- outputs ----------------------------------------------------------------------------------------------------------


def test_outputs_come_by_position_with_text_and_type() -> None:
    value, kind = outputs(
        response("<pstrValue xsi:type='xsd:string'>uFE80</pstrValue><pbtType xsi:type='xsd:byte'>6</pbtType>")
    )
    assert (value.text, value.element) == ("uFE80", None)
    assert kind.text == "6"


def test_output_may_be_a_document() -> None:
    (output,) = outputs(
        response("<pdomOutput><workflow-collection><workflow id='1'/></workflow-collection></pdomOutput>")
    )
    assert output.element is not None
    assert output.element.tag == "{urn:xtk:session}workflow-collection"
    assert output.text == ""


def test_method_without_outputs_returns_none() -> None:
    assert outputs(response("")) == []


def test_text_in_several_pieces_is_joined() -> None:
    (output,) = outputs(response("<a>one <![CDATA[<two>]]><!-- no --><?no no?> &amp; three</a>"))
    assert output.text == "one <two> & three"


def test_comments_and_instructions_are_passed_over() -> None:
    for extra in ("<!-- x -->", "<?x y?>"):
        answer = reply(f"{extra}<GetOptionResponse>{extra}<a>{extra}<b/></a>{extra}</GetOptionResponse>")
        (output,) = outputs(answer)
        assert output.element is not None
        assert output.element.tag == "b"


@pytest.mark.parametrize("name", ["entity", "this"])
def test_leading_object_is_left_out_unless_asked_for(name: str) -> None:
    answer = response(f"<{name}><queryDef/></{name}><a>1</a>")
    assert [output.text for output in outputs(answer)] == ["1"]
    assert len(outputs(answer, skip_entity=False)) == 2


def test_object_that_does_not_lead_is_an_output() -> None:
    assert len(outputs(response("<a>1</a><entity/>"))) == 2


@pytest.mark.parametrize(
    "body",
    [
        "<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'><e:Header/><e:Body><m:GetOptionResponse "
        "xmlns:m='urn:xtk:session'><m:a>1</m:a></m:GetOptionResponse></e:Body></e:Envelope>",
        "<Envelope><Body><GetOptionResponse><a>1</a></GetOptionResponse></Body></Envelope>",
        "\ufeff <Envelope><Body><GetOptionResponse xmlns='urn:wpp:default'><a>1</a></GetOptionResponse>"
        "</Body></Envelope>",
        "\n<Envelope><Body><GetOptionResponse><a>1</a></GetOptionResponse></Body></Envelope>\n",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_prefixes_namespaces_and_encodings_do_not_matter(body: str, encoding: str) -> None:
    if encoding == "utf-16":
        body = body.lstrip("\ufeff \n")  # its mark goes before everything
    (output,) = outputs(Reply(200, "", body.encode(encoding)))
    assert output.text == "1"


def test_html_within_an_answer_is_no_web_page() -> None:
    (output,) = outputs(response("<a><![CDATA[<!DOCTYPE html><html><body>Hello</body></html>]]></a>"))
    assert output.text.startswith("<!DOCTYPE html>")


# -- the order of the checks ------------------------------------------------------------------------------------------


def test_code_at_the_beginning_goes_before_everything() -> None:
    body = b"XSV-350008 Session has expired or is invalid. Please reconnect.\n" + fault("SOP-330011 x").body
    for status in (200, 403, 500):
        assert error_of(Reply(status, "text/plain", body)).__class__ is SessionExpired


def test_fault_goes_before_the_status() -> None:
    error = error_of(fault("SOP-330011 x", status=503))
    assert error.__class__ is FaultError


def test_fault_goes_before_the_response() -> None:
    inner = "<GetOptionResponse/><SOAP-ENV:Fault><faultstring>SOP-330011 x</faultstring></SOAP-ENV:Fault>"
    assert error_of(reply(inner)).__class__ is FaultError


def test_status_goes_before_the_response_whose_text_is_not_shown() -> None:
    answer = Reply(500, "text/xml", response("<a>___a-token</a>").body)
    error = error_of(answer)
    assert error.__class__ is HttpStatusError
    assert "a-token" not in str(error)


def test_status_goes_before_what_is_wrong_with_the_body() -> None:
    for body in (b"", b"<html>Gateway</html>", b"<a", b"Bad gateway", b"<a/>"):
        error = error_of(Reply(502, "", body))
        assert isinstance(error, HttpStatusError)
        assert error.status == 502


# -- codes and faults -------------------------------------------------------------------------------------------------


def test_refused_logon_says_what_to_check() -> None:
    text = "XSV-350012 Invalid login or password. Connection denied."
    error = error_of(Reply(403, "text/plain", text.encode()), "Logon")
    assert error.__class__ is DeniedError
    assert error.server_text == text
    assert "xtk:session#Logon was refused. The user or the password is not accepted." in str(error)
    assert "Adobe ID" in error.next_step


@pytest.mark.parametrize("status", [200, 403, 500])
@pytest.mark.parametrize("code", ["XSV-350013", "XSV-350014"])
def test_refused_address_says_what_to_do(code: str, status: int) -> None:
    error = error_of(Reply(status, "text/plain", f"{code} The '10.0.0.1' IP address via which ...".encode()))
    assert error.__class__ is DeniedError
    assert "security zone" in error.next_step
    assert "10.0.0.1" in error.server_text


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(Reply(200, "text/plain", b"XSV-350008 Session has expired or is invalid."), id="plain"),
        pytest.param(Reply(200, "", b"\xef\xbb\xbf\r\n XSV-350008 Session has expired"), id="after-a-byte-order-mark"),
        pytest.param(Reply(500, "text/html", b"<html><body>Error: XSV-350008 Session</body></html>"), id="in-a-page"),
        pytest.param(Reply(401, "", b"Please note: XSV-350008 Session"), id="within-a-text"),
        pytest.param(fault("XSV-350008 Session has expired or is invalid. Please reconnect."), id="fault"),
        pytest.param(fault("SOP-330011 Error", "XSV-350008 Session"), id="detail"),
        pytest.param(fault("", "XSV-350008 Session", status=500), id="detail-500"),
        pytest.param(Reply(200, "", b"SOP-330011 Error while executing: XSV-350008 Session"), id="behind-another-code"),
    ],
)
def test_expired_session_is_known_in_every_shape(answer: Reply) -> None:
    error = error_of(answer)
    assert error.__class__ is SessionExpired
    assert "XSV-350008" in error.server_text


@pytest.mark.parametrize("code", ["QUE-370030", "QUE-370023"])
def test_missing_folder_right_is_a_refusal(code: str) -> None:
    error = error_of(fault("SOP-330011 Error while executing the method", f"{code} You do not have the rights"))
    assert error.__class__ is DeniedError
    assert "folder" in error.next_step
    assert error.server_text == f"SOP-330011 Error while executing the method\n{code} You do not have the rights"


def test_refusal_of_somebody_else_within_a_script_is_a_fault() -> None:
    error = error_of(fault("SOP-330011 Error", "SCR-160012 JavaScript: error\nXSV-350012 Invalid login or password."))
    assert error.__class__ is FaultError


def test_fault_keeps_what_the_server_says() -> None:
    detail = "PGS-220000 PostgreSQL error: x\nXSV-350023 Unable to save document of type 'Options (xtk:option)'."
    error = error_of(fault("SOP-330011 Error while executing the method 'Write'.", detail))
    assert isinstance(error, FaultError)
    assert (error.fault_code, error.detail) == ("SOAP-ENV:Server", detail)
    assert error.codes == ["SOP-330011", "PGS-220000", "XSV-350023"]
    assert error.message == "xtk:session#GetOption failed."
    assert "database" in error.next_step


@pytest.mark.parametrize(
    ("code", "hint"),
    [("SOP-330006", "build"), ("SOP-330024", "service"), ("XTK-170036", "schemas"), ("ORA-210000", "database")],
)
def test_fault_with_a_known_code_says_what_to_do(code: str, hint: str) -> None:
    for answer in (fault("SOP-330011 x", f"{code} y"), Reply(200, "", f"{code} y".encode())):
        assert hint in error_of(answer).next_step


def test_unknown_code_at_the_beginning_is_a_fault() -> None:
    error = error_of(Reply(200, "text/plain", b"ABC-123456 Something else."))
    assert error.__class__ is FaultError
    assert error.server_text == "ABC-123456 Something else."


def test_fault_without_code_and_detail_works() -> None:
    error = error_of(reply("<SOAP-ENV:Fault><faultstring>An error has occurred.</faultstring></SOAP-ENV:Fault>"))
    assert isinstance(error, FaultError)
    assert (error.fault_code, error.detail, error.server_text) == ("", "", "An error has occurred.")
    assert "showErrors" in error.next_step


def test_fault_without_anything_works() -> None:
    error = error_of(reply("<SOAP-ENV:Fault/>"))
    assert isinstance(error, FaultError)
    assert "did not say why" in error.message
    assert "showErrors" in error.next_step


def test_detail_of_a_fault_may_be_a_document() -> None:
    error = error_of(fault("SOP-330011 x", "<log><line>XSV-350023 one</line></log>"))
    assert error.codes == ["SOP-330011", "XSV-350023"]


# -- what is no answer ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "says", "text"),
    [
        (b"", "The answer is empty.", ""),
        (b" \r\n", "The answer is empty.", ""),
        (
            b"<!DOCTYPE html><html><head><title>Logon</title></head><body>Log on</body></html>",
            "a web page",
            "Logon Log on",
        ),
        (b"<?xml version='1.0'?>\n<!-- x --><html><body>Hi</body></html>", "a web page", "Hi"),
        (b"<HTML>Maintenance</HTML>", "a web page", "Maintenance"),
        (b"OK\n2021-08-27 15:43:48.862Z", "plain text", "OK\n2021-08-27 15:43:48.862Z"),
        (b'{"a": 1}', "plain text", '{"a": 1}'),
        (b"<redir status='OK'>fine</redir>", "an XML document <redir>", "fine"),
        (b"<Envelope><Header/></Envelope>", "an XML document <Envelope>", ""),
    ],
)
def test_what_is_not_soap_is_said_in_one_sentence(body: bytes, says: str, text: str) -> None:
    error = error_of(Reply(200, "text/html", body))
    assert error.__class__ is ProtocolError
    assert says in error.message
    assert error.message.count(".") == 1
    assert error.server_text == text
    assert error.reached == "maybe"
    assert error.next_step


def test_long_page_is_shortened() -> None:
    error = error_of(Reply(200, "text/html", b"<html>" + b"word " * 10_000 + b"</html>"))
    assert len(error.server_text) < 600


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(response("<a>___a-token</a>").body[:-20], id="truncated"),
        pytest.param(response("<a>___a-token</b>").body, id="crossed"),
        pytest.param(response("<a>___a-token &entity;</a>").body, id="entity"),
        pytest.param(response("<a>___a-token</a>").body + b"<more/>", id="two-documents"),
        pytest.param(response("<a>" * 300 + "___a-token" + "</a>" * 300).body, id="too-deep"),
    ],
)
def test_broken_xml_is_refused_and_not_shown(answer: bytes) -> None:
    error = error_of(Reply(200, "text/xml", answer))
    assert error.__class__ is ProtocolError
    assert error.message.startswith("The answer is not well-formed XML, or ends too early: ")
    assert "a-token" not in str(error)


LAUGHS = "".join(f"<!ENTITY a{i + 1} '{f'&a{i};' * 10}'>" for i in range(9))


@pytest.mark.parametrize(
    "declaration",
    [
        pytest.param("<!DOCTYPE Envelope>", id="plain"),
        pytest.param("<!DOCTYPE Envelope SYSTEM 'http://127.0.0.1:1/x.dtd'>", id="external"),
        pytest.param("<!DOCTYPE Envelope [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>", id="file"),
        pytest.param(f"<!DOCTYPE Envelope [<!ENTITY a0 'ha'>{LAUGHS}]>", id="laughs"),
    ],
)
@pytest.mark.parametrize("use", ["", "<a>&x;&a9;</a>", "<a b='&a9;'/>"])
def test_document_type_is_refused(declaration: str, use: str) -> None:
    body = f"{declaration}<Envelope><Body><GetOptionResponse>{use}</GetOptionResponse></Body></Envelope>"
    error = error_of(Reply(200, "text/xml", body.encode()))
    assert error.__class__ is ProtocolError
    assert "root:" not in str(error)


@pytest.mark.parametrize(
    ("inner", "found"),
    [
        ("", "nothing"),
        ("<OtherResponse/>", "<OtherResponse>"),
        ("<GetOption/><x/>", "<GetOption>, <x>"),
    ],
)
def test_response_of_another_method_is_refused(inner: str, found: str) -> None:
    error = error_of(reply(inner))
    assert error.__class__ is ProtocolError
    assert error.message == f"The answer holds {found} where <GetOptionResponse> was expected."


@settings(deadline=None)  # a busy machine is no failure
@given(body=st.binary(max_size=300), status=st.sampled_from([200, 302, 403, 404, 500, 503]))
@example(b"<![if", 200)
@example(b"<![foo[", 500)
@example(b"<!--", 500)
@example(b"<a><script><b></script></script>", 500)
@example(b"\xff\xfe<", 200)
def test_any_body_gives_a_typed_error(body: bytes, status: int) -> None:
    error = error_of(Reply(status, "text/html; charset=nonsense", body))
    assert error.message
    str(error)


def test_repr_of_an_answer_does_not_show_it() -> None:
    assert "a-token" not in repr(Reply(200, "text/xml", b"a-token", {"set-cookie": "a-token"}))


# -- without lxml -----------------------------------------------------------------------------------------------------


def test_lxml_is_there() -> None:
    assert _soap.LXML_IMPORT_ERROR is None
    require_lxml()


def test_missing_lxml_is_reported_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    soap = without(monkeypatch, _soap, "lxml")
    assert "lxml" in soap.LXML_IMPORT_ERROR
    with pytest.raises(MissingLibrary, match="pip install lxml"):
        soap.build_request("xtk:session", "Logon", "", [])
    with pytest.raises(MissingLibrary):
        soap.parse_xml(b"<a/>")
