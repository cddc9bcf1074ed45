# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Injected faults: which calls a rule takes, and what a client sees of each kind over HTTP."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from lxml import etree

from simulator.faults.rules import AFTER, EITHER, Faults
from simulator.faults.subject import subject
from simulator.soap.envelope import read_call
from simulator.soap.errors import FleetError
from simulator.testing import ControlError, RunningSimulator, running_simulator
from tests.unit.simulator.by_hand import COUNTERS, CURSOR, ROUTER, Fault, Hand, envelope, results

FLEET: dict[str, Any] = {
    "start": "2026-11-23T02:00:00Z",
    "defaults": {"operators": [{"login": "ops", "password": "ops-secret", "rights": ["admin"]}]},
    "instances": {
        "mkt-a": {
            "role": "marketing",
            "options": {CURSOR: {"type": "datetime", "value": "2020-03-01T10:00:00Z"}},
            "workflows": {COUNTERS: {"state": "stopped", "every": "10m"}},
        },
        "mkt-b": {"role": "marketing"},
    },
}


# -- which calls --------------------------------------------------------------------------------------------------


def taken(rule: dict[str, Any], calls: int, methods: tuple[str, ...] = ("xtk:session#Logon",)) -> list[int]:
    """Which of so many calls, of these methods in turn, a rule takes."""
    faults = Faults()
    faults.add({"kind": "reset", **rule})
    found = []
    for number in range(1, calls + 1):
        name = methods[(number - 1) % len(methods)]
        call = read_call(name, envelope(*name.split("#"), "ops", "ops-secret").encode())
        if faults.matching("mkt-a", name, "external", call):
            found.append(number)
    return found


@pytest.mark.parametrize(
    ("rule", "calls"),
    [
        ({}, [1, 2, 3, 4, 5]),
        ({"nth": 2}, [2, 3, 4, 5]),
        ({"count": 2}, [1, 2]),
        ({"nth": 3, "count": 1}, [3]),
        ({"instance": "mkt-*", "method": "xtk:session#*"}, [1, 2, 3, 4, 5]),
        ({"instance": "mkt-b"}, []),
        ({"method": "*#Write"}, []),
        ({"origin": "internal"}, []),
        ({"origin": "any"}, [1, 2, 3, 4, 5]),
        ({"object": "op?"}, [1, 2, 3, 4, 5]),
        ({"object": "mid"}, []),
    ],
)
def test_a_rule_takes_the_calls_that_it_names(rule: dict[str, Any], calls: list[int]) -> None:
    assert taken(rule, 5) == calls


@pytest.mark.parametrize(
    ("rule", "calls"),
    [
        ({"after": "*#Write"}, [4, 5, 6, 7, 8, 9]),
        ({"after": "*#Write", "method": "*#Logon"}, [4, 7]),
        ({"after": "*#Write", "method": "*#Write", "count": 1}, [6]),
        ({"after": "*#Write", "nth": 2, "count": 2}, [5, 6]),
        ({"after": "*#Kill"}, []),
    ],
)
def test_a_rule_may_begin_to_count_after_another_call(rule: dict[str, Any], calls: list[int]) -> None:
    assert taken(rule, 9, ("xtk:session#Logon", "xtk:session#TestCnx", "xtk:persist#Write")) == calls


@pytest.mark.parametrize(
    ("service", "method", "params", "expected"),
    [
        ("xtk:session", "TestCnx", (), ""),
        ("xtk:session", "GetOption", ("Name",), "Name"),
        ("xtk:workflow", "Start", (COUNTERS,), COUNTERS),
        ("xtk:persist", "Write", ('<option xtkschema="xtk:option" name="N" _operation="update"/>',),
         "xtk:option N update"),
        ("xtk:persist", "Write", ('<x xtkschema="xtk:workflow" id="7"/>',), "xtk:workflow 7 insertOrUpdate"),
        ("xtk:queryDef", "ExecuteQuery", ('<queryDef schema="xtk:workflow" operation="select"/>',),
         "xtk:workflow select"),
    ],
)  # fmt: skip
def test_a_call_is_about_its_first_parameter(service: str, method: str, params: tuple[str, ...], expected: str) -> None:
    call = read_call(f"{service}#{method}", envelope(service, method, *params).encode())
    assert subject(call) == expected


@pytest.mark.parametrize(
    ("rule", "place"),
    [
        ({}, "kind"),
        ({"kind": "explode"}, "kind"),
        ({"kind": "reset", "nth": 0}, "nth"),
        ({"kind": "reset", "count": 0}, "count"),
        ({"kind": "reset", "seconds": 1}, "seconds"),
        ({"kind": "delay"}, "seconds"),
        ({"kind": "delay", "seconds": "soon"}, "seconds"),
        ({"kind": "status", "status": 418}, "status"),
        ({"kind": "address", "status": 404}, "status"),
        ({"kind": "fault"}, "text"),
        ({"kind": "expired", "answer": "404-plain"}, "answer"),
        ({"kind": "reset", "origin": "mars"}, "origin"),
        ({"kind": "reset", "executed": "yes"}, "executed"),
        ({"kind": "late", "seconds": 1, "executed": False}, "executed"),
        ({"kind": "change"}, "change"),
        ({"kind": "change", "change": {"advance": 1}, "origin": "internal"}, "origin"),
        ({"kind": "hold", "origin": "any"}, "origin"),
        ({"kind": "drip", "seconds": 1, "size": 0}, "size"),
        ({"kind": "drip"}, "seconds"),
        ({"kind": "flood"}, "size"),
        ({"kind": "interim", "status": 101}, "status"),
        ({"kind": "interim", "status": 200}, "status"),
        ({"kind": "interim", "times": 0}, "times"),
        ({"kind": "forbidden", "text": ""}, "text"),
        ({"kind": "forbidden", "text": "?"}, "text"),
        ({"kind": "forbidden", "text": "\x01a"}, "text"),
        ({"kind": "forbidden", "text": "\t"}, "text"),
        ({"kind": "forbidden", "form": "escaped"}, "form"),
        ({"kind": "flood", "size": 2**40}, "size"),
    ],
)
def test_a_wrong_rule_is_refused_with_its_place(rule: dict[str, Any], place: str) -> None:
    with pytest.raises(FleetError) as caught:
        Faults().add(rule)
    assert caught.value.place == place


def test_rules_can_be_taken_away_one_by_one_or_all() -> None:
    faults = Faults()
    first, second = faults.add({"kind": "reset"}), faults.add({"kind": "html"})
    assert faults.remove(first.id) == 1
    assert faults.rules() == [second]
    assert (faults.remove(), faults.rules()) == (1, [])


# -- what a client sees -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def running() -> Iterator[RunningSimulator]:
    with running_simulator(FLEET) as sim:
        yield sim


@pytest.fixture
def sim(running: RunningSimulator) -> Iterator[RunningSimulator]:
    yield running
    running.clear_faults()


@pytest.fixture
def hand(sim: RunningSimulator) -> Iterator[Hand]:
    client = Hand(sim.instances["mkt-a"]).logon()
    yield client
    sim.clear_faults()
    client.logoff()


def outcome_of_last(sim: RunningSimulator) -> str:
    return str(sim.ledger()[-1]["outcome"])


def test_a_delay_holds_one_instance_back_and_not_another(sim: RunningSimulator, hand: Hand) -> None:
    sim.fault("delay", instance="mkt-a", seconds="1s")
    other = Hand(sim.instances["mkt-b"]).logon()
    begun = time.monotonic()
    with pytest.raises(requests.Timeout):
        requests.post(
            hand.url + ROUTER,
            data=envelope("xtk:session", "TestCnx"),
            headers={"SOAPAction": "xtk:session#TestCnx"},
            timeout=0.2,
        )
    other.option("XtkDatabaseId")
    other.logoff()
    assert time.monotonic() - begun < 1


@pytest.mark.parametrize("kind", ["reset", "lose_answer"])
def test_a_connection_is_cut_without_an_answer(sim: RunningSimulator, hand: Hand, kind: str) -> None:
    sim.fault(kind)
    with pytest.raises(requests.ConnectionError):
        hand.option()
    assert outcome_of_last(sim) == {"reset": "injected", "lose_answer": "lost"}[kind]


def test_a_lost_answer_was_executed_and_a_reset_call_was_not(sim: RunningSimulator, hand: Hand) -> None:
    sim.fault("lose_answer", method="xtk:persist#Write", count=1)
    with pytest.raises(requests.ConnectionError):
        hand.write_option(CURSOR, "2026-01-01 00:00:00.000Z")
    assert hand.option() == ("2026-01-01 00:00:00.000Z", "7")
    sim.fault("reset", method="xtk:persist#Write", count=1)
    with pytest.raises(requests.ConnectionError):
        hand.write_option(CURSOR, "2026-01-02 00:00:00.000Z")
    assert hand.option() == ("2026-01-01 00:00:00.000Z", "7")


def test_a_truncated_answer_ends_before_its_announced_length(sim: RunningSimulator, hand: Hand) -> None:
    sim.fault("truncate", size=40)
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        hand.option()


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_proxys_page_has_its_status_and_is_html(sim: RunningSimulator, hand: Hand, status: int) -> None:
    sim.fault("status", status=status, retry_after="7")
    answer = hand.post("xtk:session", "TestCnx")
    assert (answer.status_code, answer.headers["Retry-After"]) == (status, "7")
    assert answer.text.startswith("<html>")
    assert answer.headers["Content-Type"] == "text/html"


def test_a_portals_page_comes_with_200(sim: RunningSimulator, hand: Hand) -> None:
    sim.fault("html")
    answer = hand.post("xtk:session", "TestCnx")
    assert (answer.status_code, answer.text[:15]) == (200, "<!DOCTYPE html>")


@pytest.mark.parametrize(
    ("rule", "status", "text"),
    [
        ({"kind": "expired"}, 403, "XSV-350008 Session has expired or is invalid. Please reconnect."),
        ({"kind": "expired", "answer": "200-plain"}, 200, "XSV-350008 Session has expired or is invalid. Please "),
        ({"kind": "refused"}, 403, "XSV-350012 Invalid login or password. Connection denied."),
        ({"kind": "address"}, 403, "XSV-350013 The '127.0.0.1' IP address via which you are accessing the server"),
        ({"kind": "address", "status": 500}, 500, "XSV-350014 The '127.0.0.1' IP address via which"),
    ],
)
def test_refusals_are_plain_text(
    sim: RunningSimulator, hand: Hand, rule: dict[str, Any], status: int, text: str
) -> None:
    sim.fault(**rule)
    answer = hand.post("xtk:session", "TestCnx")
    assert answer.status_code == status
    assert answer.text.startswith(text)
    assert answer.headers["Content-Type"].startswith("text/plain")


@pytest.mark.parametrize(
    ("rule", "string", "detail"),
    [
        ({"kind": "fault", "text": "ABC-123456 Broken"}, "ABC-123456 Broken", None),
        ({"kind": "fault", "text": "x", "detail": "y"}, "x", "y"),
        ({"kind": "deadlock"}, "SOP-330011 Error while executing the method 'TestCnx'", "deadlock detected"),
        ({"kind": "expired", "answer": "200-fault"}, "XSV-350008", "TestCnx"),
    ],
)
def test_faults_are_envelopes_with_200(
    sim: RunningSimulator, hand: Hand, rule: dict[str, Any], string: str, detail: str | None
) -> None:
    sim.fault(**rule)
    answer = hand.post("xtk:session", "TestCnx")
    assert answer.status_code == 200
    with pytest.raises(Fault) as caught:
        results(answer.content, "TestCnx")
    assert string in caught.value.string
    assert (caught.value.detail is None) if detail is None else (detail in (caught.value.detail or ""))


def test_an_answer_with_entities_harms_only_a_parser_that_expands_them(sim: RunningSimulator, hand: Hand) -> None:
    sim.fault("entities", method="*#GetOption")
    answer = hand.post("xtk:session", "GetOption", CURSOR)
    assert b"<!ENTITY" in answer.content
    careful = etree.XMLParser(resolve_entities=False, no_network=True)
    assert "GetOptionResponse" in etree.fromstring(answer.content, careful)[0][0].tag


FORBIDDEN = "\0\x01\x08\x0b\x0c\x0e\x1f\ud800\udfff\ufffe\uffff"


@pytest.mark.parametrize("form", ["raw", "reference"])
@pytest.mark.parametrize("character", FORBIDDEN, ids=[f"{ord(one):04X}" for one in FORBIDDEN])
def test_a_value_with_forbidden_characters_makes_an_answer_that_is_no_xml(
    sim: RunningSimulator, hand: Hand, character: str, form: str
) -> None:
    columns = '<select><node expr="@name"/></select>'
    query = f'<queryDef schema="xtk:option" operation="select">{columns}</queryDef>'
    good = hand.post("xtk:queryDef", "ExecuteQuery", query).content
    etree.fromstring(good)
    sim.fault("forbidden", method="*#ExecuteQuery", text=character, form=form)
    bad = hand.post("xtk:queryDef", "ExecuteQuery", query)
    assert bad.status_code == 200
    added = f"&#x{ord(character):X};".encode() if form == "reference" else character.encode("utf-8", "surrogatepass")
    assert bad.content == good.replace(b'<option name="', b'<option name="' + added, 1)
    with pytest.raises(etree.XMLSyntaxError):
        etree.fromstring(bad.content)


def test_an_options_text_may_hold_the_forbidden_character_too(sim: RunningSimulator, hand: Hand) -> None:
    good = hand.post("xtk:session", "GetOption", CURSOR).content
    sim.fault("forbidden", method="*#GetOption")
    bad = hand.post("xtk:session", "GetOption", CURSOR).content
    assert bad == good.replace(b"<pstrValue xsi:type='xsd:string'>", b"<pstrValue xsi:type='xsd:string'>\x01", 1)
    sim.fault("forbidden", method="*#TestCnx")
    hand.call("xtk:session", "TestCnx")  # there is no value in its answer


def raw_call(hand: Hand, method: str, version: str = "1.1") -> bytes:
    """All bytes that come back for one call on a connection of its own."""
    body = envelope("xtk:session", method, token=hand.token).encode()
    address = urlsplit(hand.url)
    head = (
        f"POST {address.path}{ROUTER} HTTP/{version}\r\nHost: x\r\nConnection: close\r\nContent-Length: {len(body)}\r\n"
        f"SOAPAction: xtk:session#{method}\r\nCookie: __sessiontoken={hand.token}\r\n"
        f"X-Security-Token: {hand.security}\r\n\r\n"
    ).encode()
    with socket.create_connection((address.hostname, address.port), timeout=30) as connection:
        connection.sendall(head + body)
        return b"".join(iter(lambda: connection.recv(65536), b""))


@pytest.mark.parametrize("executed", [False, True])
@pytest.mark.parametrize(
    ("rule", "interim"),
    [
        ({}, b"HTTP/1.1 103 Early Hints\r\n\r\n"),
        ({"status": 100}, b"HTTP/1.1 100 Continue\r\n\r\n"),
        ({"status": 102, "times": 3}, b"HTTP/1.1 102 Processing\r\n\r\n" * 3),
    ],
)
def test_interim_answers_come_before_the_answer(
    sim: RunningSimulator, hand: Hand, rule: dict[str, Any], interim: bytes, executed: bool
) -> None:
    sim.fault("interim", method="*#TestCnx", executed=executed, **rule)
    answer = raw_call(hand, "TestCnx")
    assert answer.startswith(interim + b"HTTP/1.1 200 OK\r\n")
    assert answer.endswith(b"</SOAP-ENV:Envelope>")
    assert outcome_of_last(sim) == "ok"
    assert raw_call(hand, "TestCnx", "1.0").startswith(b"HTTP/1.0 200 OK\r\n")  # HTTP/1.0 has no interim answers


def test_interim_answers_go_with_another_fault(sim: RunningSimulator, hand: Hand) -> None:
    sim.fault("interim", method="*#TestCnx")
    sim.fault("status", method="*#TestCnx", status=503)
    assert raw_call(hand, "TestCnx").startswith(b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 503 ")
    assert outcome_of_last(sim) == "injected"


def test_a_late_answer_comes_after_the_call_was_executed(sim: RunningSimulator, hand: Hand) -> None:
    sim.fault("late", seconds=0.05, method="*#Write", count=1)
    begun = time.monotonic()
    hand.write_option(CURSOR, "2026-01-03 00:00:00.000Z")
    assert time.monotonic() - begun >= 0.05
    assert hand.option()[0] == "2026-01-03 00:00:00.000Z"


@pytest.mark.parametrize(
    ("kind", "status", "content_type", "body"),
    [
        ("empty", 200, "text/xml", ""),
        ("plain", 200, "text/plain", "The service starts."),
        ("json", 200, "application/json", '{"status": "starting"}'),
        ("redirect", 302, "", ""),
    ],
)
def test_what_is_no_soap_has_its_status_type_and_body(
    sim: RunningSimulator, hand: Hand, kind: str, status: int, content_type: str, body: str
) -> None:
    sim.fault(kind, method="*#TestCnx", count=1)
    answer = hand.post("xtk:session", "TestCnx")
    found = (answer.status_code, answer.headers.get("Content-Type", "").partition(";")[0], answer.text)
    assert found[0] == status
    assert found[2] == body
    assert not content_type or found[1] == content_type
    assert outcome_of_last(sim) == "injected"


def test_a_redirect_leads_to_the_logon_page_or_where_it_says(sim: RunningSimulator, hand: Hand) -> None:
    sim.fault("redirect", method="*#TestCnx", count=1)
    assert hand.post("xtk:session", "TestCnx").headers["Location"] == "/nl/jsp/logon.jsp"
    sim.clear_faults()
    sim.fault("redirect", method="*#TestCnx", count=1, location="https://elsewhere.example/")
    assert hand.post("xtk:session", "TestCnx").headers["Location"] == "https://elsewhere.example/"


@pytest.mark.parametrize(
    ("rule", "error"),
    [
        ({"kind": "broken_chunks"}, requests.exceptions.ChunkedEncodingError),
        ({"kind": "broken_gzip"}, requests.exceptions.ContentDecodingError),
    ],
)
def test_an_answer_that_breaks_on_the_way_was_executed(
    sim: RunningSimulator, hand: Hand, rule: dict[str, Any], error: type[Exception]
) -> None:
    sim.fault(**rule, method="*#Write", count=1)
    with pytest.raises(error):
        hand.write_option(CURSOR, "2026-01-04 00:00:00.000Z")
    assert outcome_of_last(sim) == "lost"
    assert hand.option()[0] == "2026-01-04 00:00:00.000Z"


# -- before, during, after one call ---------------------------------------------------------------------------------

WRITTEN = "2026-02-01 00:00:00.000Z"


@pytest.mark.parametrize("executed", [False, True])
@pytest.mark.parametrize(
    ("rule", "seen"),
    [
        ({"kind": "status", "status": 504}, 504),
        ({"kind": "html"}, 200),
        ({"kind": "redirect"}, 302),
        ({"kind": "empty"}, 200),
        ({"kind": "plain"}, 200),
        ({"kind": "json"}, 200),
        ({"kind": "other_method"}, 200),
        ({"kind": "status", "status": 429, "retry_after": "1"}, 429),
        ({"kind": "expired"}, 403),
        ({"kind": "deadlock"}, 200),
        ({"kind": "fault", "text": "SOP-330011 x"}, 200),
        ({"kind": "address", "status": 500}, 500),
        ({"kind": "reset"}, 0),
    ],
)
def test_a_write_is_spoilt_before_or_after_it_was_made(
    sim: RunningSimulator, hand: Hand, rule: dict[str, Any], seen: int, executed: bool
) -> None:
    old = "2026-01-31 00:00:00.000Z"
    hand.write_option(CURSOR, old)
    sim.fault(**rule, method="*#Write", object=f"xtk:option {CURSOR} *", count=1, executed=executed)
    document = f'<option xtkschema="xtk:option" _operation="update" _key="@name" name="{CURSOR}" dataType="7"'
    if seen:
        answer = hand.post("xtk:persist", "Write", f'{document} timeStampValue="{WRITTEN}"/>')
        assert answer.status_code == seen
        assert "WriteResponse" not in answer.text
    else:
        with pytest.raises(requests.ConnectionError):
            hand.post("xtk:persist", "Write", f'{document} timeStampValue="{WRITTEN}"/>')
    assert outcome_of_last(sim) == ("lost" if executed else "injected")
    assert hand.option()[0] == (WRITTEN if executed else old)
    hand.write_option(CURSOR, old)  # the rule is used up


@pytest.mark.parametrize("executed", [False, True])
def test_a_call_can_be_held_before_or_after_it_is_executed(sim: RunningSimulator, hand: Hand, executed: bool) -> None:
    old = "2026-01-30 00:00:00.000Z"
    hand.write_option(CURSOR, old)
    rule = sim.fault("hold", method="*#Write", executed=executed)
    writer = threading.Thread(target=hand.write_option, args=(CURSOR, WRITTEN))
    writer.start()
    sim.wait_held(rule)
    assert sim.ledger()[-1]["outcome"] == ("ok" if executed else "")
    other = Hand(sim.instances["mkt-a"]).logon()
    assert other.option()[0] == (WRITTEN if executed else old)
    assert writer.is_alive()
    sim.clear_faults(rule)
    writer.join(30)
    assert other.option()[0] == WRITTEN
    other.logoff()


def test_a_held_call_is_executed_though_its_client_is_gone(sim: RunningSimulator, hand: Hand) -> None:
    rule = sim.fault("hold", method="*#Write", count=1)
    document = f'<option xtkschema="xtk:option" _operation="update" _key="@name" name="{CURSOR}" dataType="7"'
    with pytest.raises(requests.Timeout):
        requests.post(
            hand.url + ROUTER,
            data=envelope("xtk:persist", "Write", f'{document} timeStampValue="{WRITTEN}"/>', token=hand.token),
            headers={
                "SOAPAction": "xtk:persist#Write",
                "Cookie": f"__sessiontoken={hand.token}",
                "X-Security-Token": hand.security,
            },
            timeout=0.2,
        )
    hand.write_option(CURSOR, "2026-01-29 00:00:00.000Z")
    sim.wait_held(rule)
    mark = sim.mark()
    sim.clear_faults(rule)
    for _attempt in range(200):
        if hand.option()[0] == WRITTEN:
            break
    assert hand.option()[0] == WRITTEN
    assert all(entry["class"] == "read" for entry in sim.ledger(since=mark))


def test_the_helper_says_when_nothing_is_held(sim: RunningSimulator) -> None:
    with pytest.raises(TimeoutError, match="did not hold 1 calls"):
        sim.wait_held(sim.fault("hold"), limit=0.05)


def test_somebody_else_moves_the_cursor_between_two_calls(sim: RunningSimulator, hand: Hand) -> None:
    sim.fault("change", after="*#GetOption", method="*#Write", change={"options": {CURSOR: "2026-01-28T00:00:00Z"}})
    assert hand.option()[0] != "2026-01-28 00:00:00.000Z"
    hand.write_option("XtkDatabaseId", "x", 6, "stringValue")
    assert hand.option()[0] == "2026-01-28 00:00:00.000Z"


def test_a_session_ends_after_one_call(sim: RunningSimulator, hand: Hand) -> None:
    sim.fault("change", method="*#Write", executed=True, count=1, change={"instance": {"expire_sessions": True}})
    hand.write_option(CURSOR, WRITTEN)
    assert hand.post("xtk:session", "TestCnx").text.startswith("XSV-350008")
    hand.logon()
    assert hand.option()[0] == WRITTEN


def test_the_clock_of_a_server_jumps_at_one_call(sim: RunningSimulator, hand: Hand) -> None:
    def time_of(client: Hand) -> datetime:
        return datetime.fromisoformat(client.call("xtk:session", "GetServerTime")[0].text or "")

    other = Hand(sim.instances["mkt-b"]).logon()
    sim.fault("change", nth=2, count=1, method="*#GetServerTime", change={"instance": {"skew": "1h"}})
    first, second, third = time_of(hand), time_of(hand), time_of(hand)
    assert (second - first, third - second) == (timedelta(hours=1), timedelta())
    assert time_of(other) == first
    sim.change("mkt-a", skew=0)
    other.logoff()


def test_virtual_time_goes_by_during_one_call(sim: RunningSimulator, hand: Hand) -> None:
    before = sim.now()
    sim.fault("change", method="*#TestCnx", change={"advance": "10m"}, count=1)
    hand.call("xtk:session", "TestCnx")
    hand.call("xtk:session", "TestCnx")
    assert sim.now() - before == timedelta(minutes=10)


def test_the_workflow_server_stops_after_an_order_and_takes_none_any_more(sim: RunningSimulator, hand: Hand) -> None:
    """wfserver down: the answer to Start is the usual one, and nothing happens (campaign_facts, Other causes)."""
    change = {"instance": {"wfserver": "down"}}
    sim.fault("change", method="*#Start", object=COUNTERS, count=1, executed=True, change=change)
    hand.order("Start")
    sim.advance("1h")
    assert sim.workflow("mkt-a", COUNTERS)["state"] == 10  # start requested, not yet taken
    hand.order("Kill")
    assert sim.workflow("mkt-a", COUNTERS)["state"] == 20  # needs no workflow server
    hand.order("Start")
    sim.change("mkt-a", wfserver="up")
    sim.advance("10s")
    assert sim.workflow("mkt-a", COUNTERS)["state"] == 11
    sim.order("mkt-a", COUNTERS, "Kill")


def test_somebody_else_gives_an_order_at_a_call(sim: RunningSimulator, hand: Hand) -> None:
    sim.fault("change", method="*#TestCnx", count=1, change={"orders": {COUNTERS: "Start"}, "advance": "10s"})
    hand.call("xtk:session", "TestCnx")
    assert sim.workflow("mkt-a", COUNTERS)["state"] == 11
    sim.order("mkt-a", COUNTERS, "Kill")


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"instance": {"skew": "soon"}}, "change.instance.skew"),
        ({"options": {"None": 1}}, "change.options.None: there is no such option"),
        ({"orders": {"nothing": "Start"}}, "there is no workflow 'nothing' on mkt-a"),
        ({"orders": {COUNTERS: "Jump"}}, "'Jump' is not one of"),
        ({"advance": "-1s"}, "change.advance"),
        ({"weather": 1}, "change.weather: unknown key"),
    ],
)
def test_a_change_that_cannot_be_made_is_refused_at_once(
    sim: RunningSimulator, change: dict[str, Any], problem: str
) -> None:
    with pytest.raises(ControlError, match=re.escape(problem)):
        sim.fault("change", instance="mkt-a", change=change)
    assert sim.faults() == {}


def test_a_change_that_can_no_longer_be_made_lets_the_call_go_on(sim: RunningSimulator, hand: Hand) -> None:
    sim.set_option("mkt-a", "Brief", {"type": "string", "value": "x"})
    sim.fault("change", instance="mkt-a", method="*#TestCnx", change={"options": {"Brief": {"delete": True}}})
    hand.call("xtk:session", "TestCnx")
    assert sim.option("mkt-a", "Brief") is None
    hand.call("xtk:session", "TestCnx")


# -- answers that are badly sent ----------------------------------------------------------------------------------


def test_a_garbled_answer_is_complete_to_http_and_no_xml(sim: RunningSimulator, hand: Hand) -> None:
    sim.fault("garble", size=60)
    answer = hand.post("xtk:session", "GetOption", CURSOR)
    assert (answer.status_code, len(answer.content)) == (200, 60)
    with pytest.raises(etree.XMLSyntaxError):
        etree.fromstring(answer.content)


def test_an_answer_that_drips_comes_whole_in_the_end(sim: RunningSimulator, hand: Hand) -> None:
    sim.fault("drip", seconds=0.01, size=200)
    begun = time.monotonic()
    assert hand.option()[1] == "7"
    assert time.monotonic() - begun >= 0.02


def test_an_answer_is_followed_by_a_flood(sim: RunningSimulator, hand: Hand) -> None:
    sim.fault("flood", size=1_000_000)
    answer = hand.post("xtk:session", "GetOption", CURSOR)
    assert len(answer.content.rstrip()) == len(answer.content) - 1_000_000


def test_a_flood_ends_when_nobody_listens(sim: RunningSimulator, hand: Hand) -> None:
    sim.fault("flood", size=2**30, count=1)
    body = envelope("xtk:session", "GetServerTime")
    headers = {"SOAPAction": "xtk:session#GetServerTime"}
    with requests.post(hand.url + ROUTER, data=body, headers=headers, timeout=30, stream=True) as answer:
        assert answer.raw.read(100)
    assert hand.option()[1] == "7"


def test_a_rule_for_no_instance_is_a_typing_error(sim: RunningSimulator) -> None:
    with pytest.raises(ControlError, match="instance: 'mkt-z' matches no instance"):
        sim.fault("reset", instance="mkt-z")


def test_every_kind_of_fault_is_tried_here() -> None:
    text = Path(__file__).read_text(encoding="utf-8")
    assert [kind for kind in sorted(EITHER | AFTER) if f'fault("{kind}"' not in text and f'"kind": "{kind}"' not in text
            and f'"{kind}", "lose_answer"' not in text] == []  # fmt: skip
