# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bytes in, bytes out: each dialect (campaign_facts, Envelopes) over a socket, with its exact answer (campaign_facts,
Answers to Failures).

The expected answers are written out, not composed: whoever changes one letter of the wire changes it here too. Which
dialect a client uses makes no difference to what it gets.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from simulator.testing import RunningSimulator, running_simulator
from tests.unit.simulator.by_hand import COUNTERS, CURSOR
from tests.unit.simulator.dialects import (
    DIALECTS,
    PATH,
    Dialect,
    Param,
    Request,
    Tokens,
    console,
    http,
    minimal,
    misnamed,
    sdk,
)

FLEET: dict[str, Any] = {
    "start": "2026-11-23T02:00:00Z",
    "seed": 7,
    "instances": {
        "mkt-a": {
            "role": "marketing",
            "database_id": "uFE80",
            "operators": [
                {"login": "ops", "password": "a<&>b", "rights": ["admin"]},
                {"login": "robot", "token": "ims-token", "rights": ["admin"]},
            ],
            "options": {
                CURSOR: {"type": "datetime", "value": "2020-03-01T10:00:00Z"},
                "Text": {"value": '5 < 6 & it\'s > "4"'},
            },
            "workflows": {COUNTERS: {"state": "stopped"}},
        }
    },
}
# The first session of this fleet: tokens follow from the seed.
SESSION = "___573a34e5-a74f-490f-8559-a7fe129ba379"
SECURITY = (
    "@NhA471u3ZAyvA8UpcFVOExdqbtcL9BobDYmuhlpcBy9sPm7UBzvZtxLzq3O4jcf8eMXgHzCyv-HmD0DNEqD06KVmQihFrkySR2RiBqtsKA=="
)


@pytest.fixture
def sim() -> Iterator[RunningSimulator]:
    with running_simulator(FLEET) as running:
        yield running


def exchange(sim: RunningSimulator, data: bytes) -> bytes:
    """Send bytes as they are; everything that comes back."""
    address = urlsplit(sim.url)
    with socket.create_connection((address.hostname or "", address.port or 0), timeout=30) as connection:
        connection.sendall(data)
        answer = b""
        while part := connection.recv(65536):
            answer += part
    return answer


def whole(body: str, status: str = "200 OK", kind: str = "text/xml;charset=utf-8") -> bytes:
    """The answer with its head, but for the date and the name of the HTTP server."""
    data = body.encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(data)}\r\nConnection: close\r\n\r\n"
    return head.encode() + data


def undated(answer: bytes) -> bytes:
    return re.sub(rb"\r\n(?:Date|Server): [^\r]*", b"", answer)


LOGON = Request(
    "xtk:session",
    "Logon",
    (
        Param("login", "strLogin", "strLogin", "string", "ops"),
        Param("password", "strPassword", "strPassword", "string", "a&lt;&amp;&gt;b"),
        Param("parameters", "elemParameters", "elemParameters", "DOMDocument", ""),
    ),
)


def text(sdk_name: str, name: str, value: str, type_: str = "string") -> Param:
    return Param(sdk_name, name, name, type_, value)


def document(xml: str) -> Param:
    return Param("domDoc", "domDoc", "domDoc", "DOMDocument", xml)


def query(xml: str) -> Param:
    """The SDK sends it with an empty type (campaign_facts, Calls)."""
    return Param("document", "entity", "entity", "", xml)


def option(name: str) -> Request:
    return Request("xtk:session", "GetOption", (text("name", "strName", name),))


def write(xml: str) -> Request:
    return Request("xtk:persist", "Write", (document(xml),), "xtk:persist|xtk:session")


HEAD = (
    "<?xml version='1.0'?>\n<SOAP-ENV:Envelope xmlns:xsd='http://www.w3.org/2001/XMLSchema'"
    " xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xmlns:ns='urn:xtk:session'"
    " xmlns:SOAP-ENV='http://schemas.xmlsoap.org/soap/envelope/'><SOAP-ENV:Body>"
)
QUERY_HEAD = HEAD.replace("urn:xtk:session", "urn:xtk:queryDef")
WORKFLOW_HEAD = HEAD.replace("urn:xtk:session", "urn:xtk:workflow")
PERSIST_HEAD = HEAD.replace("urn:xtk:session", "urn:wpp:default")
FAULT_HEAD = HEAD.replace(" xmlns:ns='urn:xtk:session'", "")
TAIL = "</SOAP-ENV:Body></SOAP-ENV:Envelope>"

LOGON_ANSWER = (
    HEAD
    + "<LogonResponse xmlns='urn:xtk:session' SOAP-ENV:encodingStyle='http://schemas.xmlsoap.org/soap/encoding/'>"
    + f"<pstrSessionToken xsi:type='xsd:string'>{SESSION}</pstrSessionToken>"
    + "<pSessionInfo xsi:type='ns:Element' SOAP-ENV:encodingStyle='http://xml.apache.org/xml-soap/literalxml'>"
    + '<sessionInfo><serverInfo advisedClientBuildNumber="0" allowSQL="false" buildNumber="9396" commitId="0000000"'
    + ' databaseId="uFE80" defaultNameSpace="cus" fohVersion="2" instanceName="mkt-a" majNumber="6"'
    + ' minClientBuildNumber="9333" minNumber="7" minNumberTechnical="0" releaseName="7.4.3" securityTimeOut="86400"'
    + ' serverDate="2026-11-23 02:00:00.000Z" servicePack="0" sessionTimeOut="86400" useVault="false"/>'
    + '<userInfo datakitInDatabase="true" homeDir="" instanceLocale="en-US" locale="en-US" login="ops"'
    + ' loginCS="ops (ops)" loginId="1000" noConsoleCnx="false" orgUnitId="0" theme="" timezone="UTC">'
    + '<login-right right="admin"/><installed-package name="core" namespace="nms"/></userInfo>'
    + '<option name="Nms_DefaultRcpSchema" type="6" value="nms:recipient"/></sessionInfo></pSessionInfo>'
    + f"<pstrSecurityToken xsi:type='xsd:string'>{SECURITY}</pstrSecurityToken></LogonResponse>"
    + TAIL
)

CONDITION = f"@name = '{CURSOR}'"
SELECT = (
    '<queryDef operation="select" schema="xtk:option" lineCount="5" startLine="0" xtkschema="xtk:queryDef"><select>'
    '<node expr="@name"/><node expr="@timeStampValue"/></select><where>'
    f'<condition expr="{CONDITION}"/></where></queryDef>'
)

CALLS: dict[str, tuple[Request, str]] = {
    "an option": (
        option(CURSOR),
        HEAD + "<GetOptionResponse xmlns='urn:xtk:session'"
        " SOAP-ENV:encodingStyle='http://schemas.xmlsoap.org/soap/encoding/'>"
        "<pstrValue xsi:type='xsd:string'>2020-03-01 10:00:00.000Z</pstrValue>"
        "<pbtType xsi:type='xsd:byte'>7</pbtType></GetOptionResponse>" + TAIL,
    ),
    "a text": (
        option("Text"),
        HEAD + "<GetOptionResponse xmlns='urn:xtk:session'"
        " SOAP-ENV:encodingStyle='http://schemas.xmlsoap.org/soap/encoding/'>"
        "<pstrValue xsi:type='xsd:string'>5 &lt; 6 &amp; it's &gt; \"4\"</pstrValue>"
        "<pbtType xsi:type='xsd:byte'>6</pbtType></GetOptionResponse>" + TAIL,
    ),
    "a missing option": (
        option("Missing"),
        HEAD + "<GetOptionResponse xmlns='urn:xtk:session'"
        " SOAP-ENV:encodingStyle='http://schemas.xmlsoap.org/soap/encoding/'>"
        "<pstrValue xsi:type='xsd:string'></pstrValue>"
        "<pbtType xsi:type='xsd:byte'>0</pbtType></GetOptionResponse>" + TAIL,
    ),
    "the server's time": (
        Request("xtk:session", "GetServerTime"),
        HEAD + "<GetServerTimeResponse xmlns='urn:xtk:session'"
        " SOAP-ENV:encodingStyle='http://schemas.xmlsoap.org/soap/encoding/'>"
        "<ptsDate xsi:type='xsd:dateTime'>2026-11-23T02:00:00.000Z</ptsDate></GetServerTimeResponse>" + TAIL,
    ),
    "a test of the connection": (
        Request("xtk:session", "TestCnx"),
        HEAD + "<TestCnxResponse xmlns='urn:xtk:session'"
        " SOAP-ENV:encodingStyle='http://schemas.xmlsoap.org/soap/encoding/'></TestCnxResponse>" + TAIL,
    ),
    "who one is": (
        Request("xtk:session", "GetUserInfo"),
        HEAD + "<GetUserInfoResponse xmlns='urn:xtk:session'"
        " SOAP-ENV:encodingStyle='http://schemas.xmlsoap.org/soap/encoding/'>"
        "<pUserInfo xsi:type='ns:Element' SOAP-ENV:encodingStyle='http://xml.apache.org/xml-soap/literalxml'>"
        '<userInfo datakitInDatabase="true" homeDir="" instanceLocale="en-US" locale="en-US" login="ops"'
        ' loginCS="ops (ops)" loginId="1000" noConsoleCnx="false" orgUnitId="0" theme="" timezone="UTC">'
        '<login-right right="admin"/><installed-package name="core" namespace="nms"/></userInfo></pUserInfo>'
        "</GetUserInfoResponse>" + TAIL,
    ),
    "a query": (
        Request("xtk:queryDef", "ExecuteQuery", (query(SELECT),)),
        QUERY_HEAD + "<ExecuteQueryResponse xmlns='urn:xtk:queryDef'"
        " SOAP-ENV:encodingStyle='http://schemas.xmlsoap.org/soap/encoding/'>"
        "<pdomOutput xsi:type='ns:Element' SOAP-ENV:encodingStyle='http://xml.apache.org/xml-soap/literalxml'>"
        f'<option-collection><option name="{CURSOR}" timeStampValue="2020-03-01 10:00:00.000Z"/></option-collection>'
        "</pdomOutput></ExecuteQueryResponse>" + TAIL,
    ),
    "a query that finds nothing": (
        Request("xtk:queryDef", "ExecuteQuery", (query(SELECT.replace(CURSOR, "Missing")),)),
        QUERY_HEAD + "<ExecuteQueryResponse xmlns='urn:xtk:queryDef'"
        " SOAP-ENV:encodingStyle='http://schemas.xmlsoap.org/soap/encoding/'>"
        "<pdomOutput xsi:type='ns:Element' SOAP-ENV:encodingStyle='http://xml.apache.org/xml-soap/literalxml'>"
        "<option-collection/></pdomOutput></ExecuteQueryResponse>" + TAIL,
    ),
    "a write": (
        write(
            f'<option xtkschema="xtk:option" _operation="update" _key="@name" name="{CURSOR}" dataType="7"'
            ' timeStampValue="2026-11-22 02:00:00.000Z"/>'
        ),
        PERSIST_HEAD + "<WriteResponse xmlns='urn:wpp:default'"
        " SOAP-ENV:encodingStyle='http://schemas.xmlsoap.org/soap/encoding/'></WriteResponse>" + TAIL,
    ),
    "a schema that does not exist": (
        Request(
            "xtk:persist",
            "GetEntityIfMoreRecent",
            (text("pk", "strPk", "xtk:schema|cus:x"), text("md5", "strMd5", ""),
             text("mustExist", "bMustExist", "false", "boolean")),
            "xtk:session",
        ),
        PERSIST_HEAD + "<GetEntityIfMoreRecentResponse xmlns='urn:wpp:default'"
        " SOAP-ENV:encodingStyle='http://schemas.xmlsoap.org/soap/encoding/'>"
        "<pdomDoc xsi:type='ns:Element' SOAP-ENV:encodingStyle='http://xml.apache.org/xml-soap/literalxml'></pdomDoc>"
        "</GetEntityIfMoreRecentResponse>" + TAIL,
    ),
    "an order": (
        Request("xtk:workflow", "Start", (text("workflowId", "strWorkflowId", COUNTERS),)),
        WORKFLOW_HEAD + "<StartResponse xmlns='urn:xtk:workflow'"
        " SOAP-ENV:encodingStyle='http://schemas.xmlsoap.org/soap/encoding/'></StartResponse>" + TAIL,
    ),
    "an event": (
        Request(
            "xtk:workflow",
            "PostEvent",
            (text("workflowId", "strWorkflowId", COUNTERS), text("activity", "strActivity", "in"),
             text("transition", "strTransition", "ok"),
             Param("parameters", "elemParameters", "elemParameters", "DOMDocument", '<variables a="b"/>'),
             text("complete", "bComplete", "true", "boolean")),
        ),
        WORKFLOW_HEAD + "<PostEventResponse xmlns='urn:xtk:workflow'"
        " SOAP-ENV:encodingStyle='http://schemas.xmlsoap.org/soap/encoding/'></PostEventResponse>" + TAIL,
    ),
    "an expression that is not understood": (
        Request("xtk:queryDef", "ExecuteQuery", (query(SELECT.replace("@timeStampValue", "@nope")),)),
        FAULT_HEAD + "<SOAP-ENV:Fault><faultcode>SOAP-ENV:Server</faultcode><faultstring xsi:type='xsd:string'>"
        "SOP-330011 Error while executing the method 'ExecuteQuery' of service 'xtk:queryDef'.</faultstring>"
        "<detail xsi:type='xsd:string'>Attribute 'nope' unknown (see definition of schema 'Options (xtk:option)').\n"
        "XTK-170036 Unable to parse expression '@nope'.</detail></SOAP-ENV:Fault>" + TAIL,
    ),
    "a document that cannot be saved": (
        write('<option xtkschema="xtk:option" _operation="insert" name="Text" dataType="6"/>'),
        FAULT_HEAD + "<SOAP-ENV:Fault><faultcode>SOAP-ENV:Server</faultcode><faultstring xsi:type='xsd:string'>"
        "SOP-330011 Error while executing the method 'Write' of service '{service}'.</faultstring>"
        "<detail xsi:type='xsd:string'>PGS-220000 PostgreSQL error: ERROR:  duplicate key value violates unique"
        ' constraint "xtkoption_name"\nXSV-350023 Unable to save document of type \'Options (xtk:option)\'.</detail>'
        "</SOAP-ENV:Fault>" + TAIL,
    ),
    "a method that does not exist": (
        Request("xtk:session", "GetModifiedEntities"),
        FAULT_HEAD + "<SOAP-ENV:Fault><faultcode>SOAP-ENV:Client</faultcode><faultstring xsi:type='xsd:string'>"
        "SOP-330006 The method 'GetModifiedEntities' is not defined in SOAP service 'xtk:session'.</faultstring>"
        "</SOAP-ENV:Fault>" + TAIL,
    ),
    "the end of the session": (
        Request("xtk:session", "Logoff"),
        HEAD + "<LogoffResponse xmlns='urn:xtk:session'"
        " SOAP-ENV:encodingStyle='http://schemas.xmlsoap.org/soap/encoding/'></LogoffResponse>" + TAIL,
    ),
}  # fmt: skip


# What the SDK calls by another name than the documentation: the name comes back in faults.
def service_of(request: Request, dialect: Dialect) -> str:
    return request.sdk_service or request.service if dialect is sdk else request.service


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=list(DIALECTS))
def test_a_logon_is_answered_alike_in_every_dialect(sim: RunningSimulator, dialect: Dialect) -> None:
    assert undated(exchange(sim, dialect(LOGON, Tokens()))) == whole(LOGON_ANSWER)


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=list(DIALECTS))
@pytest.mark.parametrize("name", CALLS)
def test_a_call_is_answered_alike_in_every_dialect(sim: RunningSimulator, dialect: Dialect, name: str) -> None:
    exchange(sim, minimal(LOGON, Tokens()))
    request, answer = CALLS[name]
    if request.method == "GetEntityIfMoreRecent":
        request = request._replace(sdk_service="xtk:persist|xtk:session")
    expected = whole(answer.replace("{service}", service_of(request, dialect)))
    assert undated(exchange(sim, dialect(request, Tokens(SESSION, SECURITY)))) == expected


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=list(DIALECTS))
def test_a_refused_logon_is_one_line_of_text_in_every_dialect(sim: RunningSimulator, dialect: Dialect) -> None:
    login, _password, parameters = LOGON.params
    wrong = LOGON._replace(params=(login, _password._replace(xml="wrong"), parameters))
    line = "XSV-350012 Invalid login or password. Connection denied."
    assert undated(exchange(sim, dialect(wrong, Tokens()))) == whole(line, "403 Forbidden", "text/plain;charset=utf-8")


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=list(DIALECTS))
def test_an_unknown_session_is_one_line_of_text_in_every_dialect(sim: RunningSimulator, dialect: Dialect) -> None:
    line = "XSV-350008 Session has expired or is invalid. Please reconnect."
    answer = undated(exchange(sim, dialect(option(CURSOR), Tokens("___gone", "@gone"))))
    assert answer == whole(line, "403 Forbidden", "text/plain;charset=utf-8")


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=list(DIALECTS))
@pytest.mark.parametrize(
    "name", ["an option", "a query", "a write", "an order", "an expression that is not understood"]
)
def test_with_a_bearer_token_there_is_no_other_in_any_dialect(
    sim: RunningSimulator, dialect: Dialect, name: str
) -> None:
    request, answer = CALLS[name]
    data = dialect(request, Tokens())
    assert not any(word in data for word in (b"__sessiontoken=", b"X-Security-Token", b"x-security-token"))
    sent = data.replace(b"Host: campaign\r\n", b"Host: campaign\r\nAuthorization: Bearer ims-token\r\n", 1)
    assert undated(exchange(sim, sent)) == whole(answer.replace("{service}", service_of(request, dialect)))
    other = sent.replace(b"Bearer ims-token", b"Bearer another")
    line = "XSV-350008 Session has expired or is invalid. Please reconnect."
    assert undated(exchange(sim, other)) == whole(line, "403 Forbidden", "text/plain;charset=utf-8")


# -- positions, not names -----------------------------------------------------------------------------------------


def test_parameters_are_taken_by_position_though_their_names_say_otherwise(sim: RunningSimulator) -> None:
    data = misnamed(LOGON, Tokens())
    assert b"<urn:strPassword></urn:strPassword><urn:strPassword>ops</urn:strPassword>" in data
    assert b"<urn:elemParameters>a&lt;&amp;&gt;b</urn:elemParameters>" in data
    assert undated(exchange(sim, data)) == whole(LOGON_ANSWER)


def test_right_names_in_the_wrong_order_are_wrong(sim: RunningSimulator) -> None:
    login, password, parameters = LOGON.params
    answer = exchange(sim, minimal(LOGON._replace(params=(password, login, parameters)), Tokens()))
    assert answer.startswith(b"HTTP/1.1 403 Forbidden\r\n")


def test_without_the_leading_token_the_first_parameter_is_taken_for_it(sim: RunningSimulator) -> None:
    exchange(sim, minimal(LOGON, Tokens()))
    data = minimal(option(CURSOR), Tokens(SESSION, SECURITY))
    token = f"<urn:sessiontoken>{SESSION}</urn:sessiontoken>".encode()
    assert token in data
    length = len(data.partition(b"\r\n\r\n")[2])
    data = data.replace(token, b"").replace(str(length).encode(), str(length - len(token)).encode(), 1)
    line = "XSV-350008 Session has expired or is invalid. Please reconnect."
    assert undated(exchange(sim, data)) == whole(line, "403 Forbidden", "text/plain;charset=utf-8")


# -- headers ------------------------------------------------------------------------------------------------------

BODY = minimal(Request("xtk:session", "GetServerTime"), Tokens()).partition(b"\r\n\r\n")[2].decode()


@pytest.mark.parametrize("action", ["SOAPAction", "SoapAction", "soapaction", "SOAPACTION"])
@pytest.mark.parametrize("quote", ["", '"'])
def test_the_action_is_found_in_any_case_and_quoted_or_not(sim: RunningSimulator, action: str, quote: str) -> None:
    answer = exchange(sim, http([f"{action}: {quote}xtk:session#GetServerTime{quote}"], BODY))
    assert undated(answer) == whole(CALLS["the server's time"][1])


@pytest.mark.parametrize(
    "kind",
    ["text/xml; charset=utf-8", "application/soap+xml;charset=UTF-8", "application/xml", "text/plain", ""],
)
def test_the_content_type_makes_no_difference(sim: RunningSimulator, kind: str) -> None:
    sent = ["SOAPAction: xtk:session#GetServerTime", *([f"Content-Type: {kind}"] if kind else [])]
    assert undated(exchange(sim, http(sent, BODY))) == whole(CALLS["the server's time"][1])


def test_the_method_in_the_url_counts_for_nothing(sim: RunningSimulator) -> None:
    for path in (f"{PATH}?soapAction=xtk%3Asession%23Logoff", f"{PATH}?soapAction=", f"{PATH}?x=y"):
        answer = exchange(sim, http(["SOAPAction: xtk:session#GetServerTime"], BODY, path))
        assert undated(answer) == whole(CALLS["the server's time"][1])
    without = exchange(sim, http([], BODY, f"{PATH}?soapAction=xtk%3Asession%23GetServerTime"))
    assert b"The XML SOAP message is invalid" in without, "the header is what counts"


def test_the_console_needs_no_token_in_the_body_and_none_is_sent(sim: RunningSimulator) -> None:
    data = console(option(CURSOR), Tokens(SESSION, SECURITY))
    assert b"<__sessiontoken xsi:type='xsd:string'></__sessiontoken>" in data
    assert data.count(SESSION.encode()) == 1


def test_the_minimal_dialect_has_neither_types_nor_an_encoding() -> None:
    for name, (request, _unused) in CALLS.items():
        data = minimal(request, Tokens(SESSION, SECURITY))
        assert b"xsi:" not in data and b"encodingStyle" not in data, name
