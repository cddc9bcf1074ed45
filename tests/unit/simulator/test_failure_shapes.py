# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every shape in which a call can fail (campaign_facts, Failures), over HTTP: the status, the kind of body, and its
exact text.

Where the real shape is not known, each one that an instance can be told to give stands here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, get_args, get_type_hints

import pytest
import requests

from simulator.config.spec import REFUSALS
from simulator.config.switches import Switches
from simulator.soap.envelope import SOAP_NS
from simulator.testing import RunningSimulator, running_simulator
from tests.unit.simulator.by_hand import COUNTERS, CURSOR, ROUTER, Hand, envelope

EXPIRED = get_args(get_type_hints(Switches)["expired_answer"])
TOKENS = {"session_token_only": True, "allow_user_password": True}
FLEET: dict[str, Any] = {
    "start": "2026-11-23T02:00:00Z",
    "defaults": {
        "operators": [
            {"login": "ops", "password": "ops-secret", "rights": ["admin"]},
            {"login": "runner", "password": "pw", "rights": ["workflow"]},
        ],
        "workflows": {COUNTERS: {"state": "stopped"}, "other": {"state": "stopped", "technical": False}},
    },
    "instances": {
        "plain": {"role": "marketing", "options": {CURSOR: {"type": "datetime"}}},
        "missing": {"role": "marketing", "switches": {"rights_refusal": "missing"}},
        "strict": {"role": "marketing", "switches": {"order_without_effect": "fault"}},
        "silent": {"role": "marketing", "zone": {"show_errors": False}},
        "generic": {"role": "marketing", "zone": {"show_codes": False, "show_errors": False}},
        "tokens": {"role": "marketing", "zone": TOKENS},
        "http": {"role": "marketing", "zone": {"allow_http": False}},
        **{f"address-{status}": {"role": "marketing", "zone": {"refused": status}} for status in REFUSALS},
        **{f"expired-{word}": {"role": "marketing", "switches": {"expired_answer": word}} for word in EXPIRED},
    },
}


@pytest.fixture(scope="module")
def sim() -> Iterator[RunningSimulator]:
    with running_simulator(FLEET) as running:
        yield running


# -- what is sent -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Call:
    """A call: in a session of `login`, or without one when that is empty; `fault` is injected before it."""

    service: str
    method: str
    params: tuple[str, ...] = ()
    login: str = "ops"
    instance: str = "plain"
    token: str = ""
    fault: dict[str, Any] = field(default_factory=dict)
    body: str = ""


def send(sim: RunningSimulator, call: Call) -> requests.Response:
    hand = Hand(sim.instances[call.instance])
    if call.login:
        hand.logon(call.login, {"ops": "ops-secret", "runner": "pw"}[call.login])
    if call.token:
        hand.token = call.token
    rule = sim.fault(**call.fault) if call.fault else 0
    try:
        if call.body:
            headers = {"SOAPAction": f"{call.service}#{call.method}"}
            return hand.session.post(hand.url + ROUTER, data=call.body.encode(), headers=headers, timeout=30)
        return hand.post(call.service, call.method, *call.params)
    finally:
        if rule:
            sim.clear_faults(rule)
        hand.session.close()


def logon(password: str = "ops-secret", **more: Any) -> Call:  # noqa: S107
    return Call("xtk:session", "Logon", ("ops", password, ""), login="", **more)


def query(text: str, **more: Any) -> Call:
    return Call("xtk:queryDef", "ExecuteQuery", (text,), **more)


def write(text: str, **more: Any) -> Call:
    return Call("xtk:persist", "Write", (text,), **more)


def order(method: str, workflow: str = COUNTERS, **more: Any) -> Call:
    return Call("xtk:workflow", method, (workflow,), **more)


# -- what comes back ----------------------------------------------------------------------------------------------


def fault(string: str, detail: str | None = None, code: str = "SOAP-ENV:Server") -> tuple[int, str, str]:
    """A fault: an envelope with HTTP 200."""
    listed = "" if detail is None else f"<detail xsi:type='xsd:string'>{detail}</detail>"
    return (
        200,
        "text/xml;charset=utf-8",
        "<?xml version='1.0'?>\n<SOAP-ENV:Envelope xmlns:xsd='http://www.w3.org/2001/XMLSchema'"
        " xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'"
        " xmlns:SOAP-ENV='http://schemas.xmlsoap.org/soap/envelope/'><SOAP-ENV:Body><SOAP-ENV:Fault>"
        f"<faultcode>{code}</faultcode><faultstring xsi:type='xsd:string'>{string}</faultstring>{listed}"
        "</SOAP-ENV:Fault></SOAP-ENV:Body></SOAP-ENV:Envelope>",
    )


def failed(service: str, method: str, detail: str) -> tuple[int, str, str]:
    """The generic wrapper with the cause as its detail."""
    return fault(f"SOP-330011 Error while executing the method '{method}' of service '{service}'.", detail)


def bad_call(string: str, detail: str | None = None) -> tuple[int, str, str]:
    return fault(string, detail, "SOAP-ENV:Client")


def plain(status: int, line: str) -> tuple[int, str, str]:
    """One line of text, no XML."""
    return status, "text/plain;charset=utf-8", line


def of_a_proxy(status: int, reason: str) -> tuple[int, str, str]:
    page = f"<html><head><title>{status} {reason}</title></head><body><h1>{reason}</h1></body></html>"
    return status, "text/html", page


GONE = "XSV-350008 Session has expired or is invalid. Please reconnect."
ADDRESS = " The '127.0.0.1' IP address via which you are accessing the server is not accepted. Connection refused."
NO_RECORD = "The requested database record does not exist.\nCannot load document of type 'Workflows (xtk:workflow)'."
QUERY = '<queryDef operation="{}" schema="xtk:option"><select><node expr="{}"/></select>{}</queryDef>'
NOWHERE = QUERY.format("get", "@id", """<where><condition expr="@name = 'x'"/></where>""")
OPTION = '<option xtkschema="xtk:option" {}/>'
OPTION_TYPE = "Options (xtk:option)"
DEADLOCK = (
    "PGS-220000 PostgreSQL error: ERROR:  deadlock detected\n"
    "DETAIL:  Process 4242 waits for ShareLock on transaction 777; blocked by process 4343."
)
PAY = '<soapenv:Header><t:Pay xmlns:t="urn:t" soapenv:mustUnderstand="1"/></soapenv:Header>'
NO_SOURCE = {"kind": "fault", "instance": "plain", "method": "xtk:session#Logon", "text": "XSV-350063 No data source."}

SHAPES: dict[str, tuple[Call, tuple[int, str, str]]] = {
    # the method was executed and failed
    "an expression": (
        query(QUERY.format("select", "@id +", "")),
        failed("xtk:queryDef", "ExecuteQuery", "XTK-170036 Unable to parse expression '@id +'."),
    ),
    "an attribute": (
        query(QUERY.format("select", "@nope", "")),
        failed(
            "xtk:queryDef", "ExecuteQuery",
            f"Attribute 'nope' unknown (see definition of schema '{OPTION_TYPE}').\n"
            "XTK-170036 Unable to parse expression '@nope'.",
        ),
    ),
    "get that finds nothing": (
        query(NOWHERE),
        failed(
            "xtk:queryDef", "ExecuteQuery",
            "The requested database record does not exist.\nCannot load document of type 'Options (xtk:option)'.",
        ),
    ),
    "a schema that does not exist": (
        write('<x xtkschema="cus:x"/>'), failed("xtk:persist", "Write", "XFR-180000 Unknown schema 'cus:x'."),
    ),
    "an entity that must exist": (
        Call("xtk:persist", "GetEntityIfMoreRecent", ("xtk:schema|cus:x", "", "true")),
        failed(
            "xtk:persist", "GetEntityIfMoreRecent",
            "The requested database record does not exist.\nCannot load document of type 'xtk:schema' (cus:x).",
        ),
    ),
    "a key without value": (
        write(OPTION.format('stringValue="x"')),
        failed(
            "xtk:persist", "Write",
            "SCM-120008 Cannot find key values for element 'option'.\n"
            f"XSV-350023 Unable to save document of type '{OPTION_TYPE}'.",
        ),
    ),
    "a taken name": (
        write(OPTION.format(f'_operation="insert" name="{CURSOR}"')),
        failed(
            "xtk:persist", "Write",
            'PGS-220000 PostgreSQL error: ERROR:  duplicate key value violates unique constraint "xtkoption_name"\n'
            f"XSV-350023 Unable to save document of type '{OPTION_TYPE}'.",
        ),
    ),
    "a deadlock": (
        write(OPTION.format(f'name="{CURSOR}"'), fault={"kind": "deadlock", "instance": "plain"}),
        failed("xtk:persist", "Write", DEADLOCK),
    ),
    "a write without the right": (
        write(OPTION.format(f'name="{CURSOR}"'), login="runner"),
        failed(
            "xtk:persist", "Write", f"QUE-370023 You do not have the right to write documents of type '{OPTION_TYPE}'."
        ),
    ),
    "an order without the right": (
        order("Kill", "other", login="runner"),
        failed("xtk:workflow", "Kill", "QUE-370030 You do not have the rights needed: named right 'admin'."),
    ),
    "an order for a technical workflow": (
        order("Start", login="runner", instance="missing"), failed("xtk:workflow", "Start", NO_RECORD),
    ),
    "an order for no workflow": (order("Start", "nothing"), failed("xtk:workflow", "Start", NO_RECORD)),
    "an order that has no effect": (
        order("Stop", instance="strict"),
        failed(
            "xtk:workflow", "Stop",
            f"BAS-010003 Unable to complete operation 'Stop' in current status of '{COUNTERS}'.",
        ),
    ),
    "a method of another service": (
        Call("xtk:session", "Write", (OPTION.format('name="x"'),)),
        failed(
            "xtk:session", "Write",
            "SOP-330024 Unspecified function library ('library' attribute) for JavaScript SOAP call"
            " ('Write' method of 'xtk:session' service).",
        ),
    ),
    "no data source at the logon": (logon(fault=NO_SOURCE), fault("XSV-350063 No data source.")),
    # bad calls
    "a method that does not exist": (
        Call("xtk:session", "GetCnxInfo"),
        bad_call("SOP-330006 The method 'GetCnxInfo' is not defined in SOAP service 'xtk:session'."),
    ),
    "a service that does not exist": (
        Call("cus:x", "Start"), bad_call("SOP-330006 The method 'Start' is not defined in SOAP service 'cus:x'."),
    ),
    "a parameter too few": (
        Call("xtk:session", "GetOption"),
        bad_call(
            "Error while reading parameters of method 'GetOption' of service 'xtk:session'.",
            "Parameter 1: only 0 parameters after the session token.",
        ),
    ),
    "a wrong login as token": (
        Call("xtk:session", "TestCnx", login="", token="ops/wrong", instance="tokens"),
        bad_call(
            "Error while reading parameters of method 'TestCnx' of service 'xtk:session'.",
            "Invalid login or password. Connection denied.",
        ),
    ),
    "no SOAP message": (
        Call("xtk:session", "TestCnx", body=f"<e:Envelope xmlns:e='{SOAP_NS}'/>"),
        bad_call("The XML SOAP message is invalid (there is no Body)."),
    ),
    "another version of SOAP": (
        Call("xtk:session", "TestCnx", body="<e:Envelope xmlns:e='http://www.w3.org/2003/05/soap-envelope'/>"),
        fault(
            "The envelope's namespace 'http://www.w3.org/2003/05/soap-envelope' is not"
            f" '{SOAP_NS}'.",
            None, "SOAP-ENV:VersionMismatch",
        ),
    ),
    "a header that must be understood": (
        Call(
            "xtk:session", "GetServerTime",
            body=envelope("xtk:session", "GetServerTime").replace("<soapenv:Header/>", PAY),
        ),
        fault("The header 'Pay' is not understood.", None, "SOAP-ENV:MustUnderstand"),
    ),
    # who and from where
    "a refused logon": (logon("wrong"), plain(403, "XSV-350012 Invalid login or password. Connection denied.")),
    "an address, 403": (logon(instance="address-403"), plain(403, f"XSV-350013{ADDRESS}")),
    "an address, 500": (logon(instance="address-500"), plain(500, f"XSV-350014{ADDRESS}")),
    "an address, a fault": (logon(instance="address-200"), fault(f"XSV-350013{ADDRESS}")),
    "an address, once": (
        Call("xtk:session", "TestCnx", fault={"kind": "address", "instance": "plain", "status": 200}),
        fault(f"XSV-350013{ADDRESS}"),
    ),
    "plain HTTP": (
        logon(instance="http"), plain(403, "A session cannot be created over plain HTTP. Connection refused."),
    ),
    **{
        f"an expired session, {word}": (
            Call("xtk:session", "TestCnx", login="", token="___gone", instance=f"expired-{word}"),
            fault(GONE, "Method 'TestCnx' of service 'xtk:session'.")
            if word == "200-fault"
            else plain(int(word[:3]), GONE),
        )
        for word in EXPIRED
    },
    # what a zone hides
    "no detail": (
        query(QUERY.format("select", "@nope", ""), instance="silent"),
        fault("SOP-330011 Error while executing the method 'ExecuteQuery' of service 'xtk:queryDef'."),
    ),
    "no code": (
        query(QUERY.format("select", "@nope", ""), instance="generic"),
        fault("Error while executing the method 'ExecuteQuery' of service 'xtk:queryDef'."),
    ),
    # what does not come from Campaign
    **{
        f"a gateway, {status}": (
            Call("xtk:session", "TestCnx", fault={"kind": "status", "instance": "plain", "status": status}),
            of_a_proxy(status, reason),
        )
        for status, reason in ((502, "Bad Gateway"), (503, "Service Unavailable"), (504, "Gateway Timeout"))
    },
}  # fmt: skip


@pytest.mark.parametrize("name", SHAPES)
def test_a_failure_has_its_shape(sim: RunningSimulator, name: str) -> None:
    call, (status, kind, body) = SHAPES[name]
    answer = send(sim, call)
    assert (answer.status_code, answer.headers["Content-Type"], answer.text) == (status, kind, body)


def test_a_refused_address_is_the_one_that_the_server_sees(
    sim: RunningSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aiohttp.web.BaseRequest.remote", property(lambda _request: "10.1.2.3"))
    assert send(sim, logon(instance="address-403")).text == f"XSV-350013{ADDRESS}".replace("127.0.0.1", "10.1.2.3")
    sim.change("plain", zone={"networks": ["127.0.0.0/8"], "refused": 500})
    assert send(sim, logon()).text == f"XSV-350014{ADDRESS}".replace("127.0.0.1", "10.1.2.3")
    sim.change("plain", zone={"networks": ["127.0.0.0/8", "10.0.0.0/8"]})
    assert send(sim, logon()).status_code == 200


def test_lifetimes_of_tokens_can_be_changed_and_count_for_new_sessions(sim: RunningSimulator) -> None:
    before = Hand(sim.instances["plain"]).logon()
    sim.change("plain", timeouts={"security": "10m"})
    assert sim.state("plain")["timeouts"] == {"session": 86400, "security": 600, "long_session": 1296000}
    after = Hand(sim.instances["plain"]).logon()
    sim.advance("10m")
    assert before.post("xtk:session", "TestCnx").status_code == 200
    assert (after.post("xtk:session", "TestCnx").status_code, after.post("xtk:session", "TestCnx").text) == (403, GONE)
    sim.change("plain", timeouts={"security": "24h"})


def test_a_page_without_a_session_is_a_redirection(sim: RunningSimulator) -> None:
    url = sim.instances["plain"] + "/nl/jsp/ping.jsp"
    answer = requests.get(url, allow_redirects=False, timeout=30)
    assert (answer.status_code, answer.content) == (302, b"")
    assert (
        requests.get(sim.url + answer.headers["Location"], timeout=30).headers["Content-Type"].startswith("text/html")
    )


def test_the_codes_that_nobody_knows_are_passed_on_and_never_made_up(sim: RunningSimulator) -> None:
    for code in ("SOP-330007", "XTK-170006"):
        assert not any(code in body for _call, (_status, _kind, body) in SHAPES.values())
        rule = {"kind": "fault", "instance": "plain", "text": f"{code} What is it?"}
        assert send(sim, Call("xtk:session", "TestCnx", fault=rule)).text == fault(f"{code} What is it?")[2]
