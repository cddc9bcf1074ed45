# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP: what clients may send, the probes, the command line, and data that are kept."""

from __future__ import annotations

import gzip
import re
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator.clock.clock import ClockStuckError
from simulator.soap import envelope as wire
from simulator.testing import ControlError, RunningSimulator, running_simulator
from tests.unit.simulator.by_hand import COUNTERS, CURSOR, ROUTER, Fault, Hand, envelope, results

FLEET: dict[str, Any] = {
    "start": "2026-11-23T02:00:00Z",
    "defaults": {"operators": [{"login": "ops", "password": "ops-secret", "rights": ["admin"]}]},
    "instances": {
        "mkt-a": {
            "role": "marketing",
            "options": {CURSOR: {"type": "datetime", "value": "2020-03-01T10:00:00Z"}},
            "workflows": {COUNTERS: {"every": "10m"}},
        },
        "mkt-b": {"role": "marketing", "zone": {"show_errors": False, "allow_debug": False}},
        "mkt-c": {"role": "marketing", "zone": {"show_codes": False, "refused": 0}},
        "mkt-d": {"role": "marketing", "zone": {"refused": 500}},
        "down": {"role": "marketing", "down": True},
    },
}


@pytest.fixture(scope="module")
def sim() -> Iterator[RunningSimulator]:
    with running_simulator(FLEET) as running:
        yield running


def post(sim: RunningSimulator, body: bytes, instance: str = "mkt-a", **headers: str) -> requests.Response:
    sent = {"SOAPAction": "xtk:session#TestCnx", **{name.replace("_", "-"): text for name, text in headers.items()}}
    return requests.post(sim.instances[instance] + ROUTER, data=body, headers=sent, timeout=30)


def alive(sim: RunningSimulator) -> None:
    """A whole session works: the process is there and healthy."""
    hand = Hand(sim.instances["mkt-a"]).logon()
    assert hand.option()[1] == "7"
    hand.logoff()


def fault_of(answer: requests.Response) -> Fault:
    assert answer.status_code == 200
    with pytest.raises(Fault) as caught:
        results(answer.content, "TestCnx")
    return caught.value


# -- bad input ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x00\x01\x02",
        b"<a>",
        b"<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>",
        b"<a>" * 50_000,
        b"x" * (wire.MAX_BODY + 1),
        b"<a b='" + b"y" * 200_000 + b"'/>",
    ],
    ids=["empty", "bytes", "broken", "entity", "deep", "huge", "no envelope"],
)
def test_bad_bodies_are_answered_with_a_fault_and_harm_nobody(sim: RunningSimulator, body: bytes) -> None:
    fault = fault_of(post(sim, body))
    assert fault.code == "SOAP-ENV:Client"
    assert fault.string.startswith("The XML SOAP message is invalid")
    assert "root:" not in fault.string
    alive(sim)


def test_a_body_that_grows_when_unpacked_is_cut_off(sim: RunningSimulator) -> None:
    packed = gzip.compress(b" " * (wire.MAX_BODY * 2))
    assert "larger than" in fault_of(post(sim, packed, Content_Encoding="gzip")).string
    assert "cannot be read" in fault_of(post(sim, b"no gzip at all", Content_Encoding="gzip")).string
    alive(sim)


def test_a_body_in_chunks_is_read_like_another(sim: RunningSimulator) -> None:
    def parts() -> Iterator[bytes]:
        yield from (text.encode() for text in envelope("xtk:session", "GetServerTime"))

    headers = {"SOAPAction": "xtk:session#GetServerTime"}
    answer = requests.post(sim.instances["mkt-a"] + ROUTER, data=parts(), headers=headers, timeout=30)
    assert results(answer.content, "GetServerTime")[0].text == "2026-11-23T02:00:00.000Z"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=80).map(lambda text: text.encode(errors="surrogatepass")) | st.binary(max_size=80))
def test_random_parameters_get_an_answer(sim: RunningSimulator, data: bytes) -> None:
    body = envelope("xtk:session", "TestCnx", "{}").encode().replace(b"{}", data)
    assert post(sim, body).status_code in (200, 403)


def raw(sim: RunningSimulator, data: bytes) -> bytes:
    """Send bytes as they are and return what comes back until the server closes."""
    address = urlsplit(sim.url)
    with socket.create_connection((address.hostname or "", address.port or 0), timeout=10) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while part := connection.recv(65536):
            answer += part
    return answer


@pytest.mark.parametrize(
    "data",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"hello\r\n\r\n",
        b"POST /mkt-a/nl/jsp/soaprouter.jsp HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
        b"POST /mkt-a/nl/jsp/soaprouter.jsp HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n<a",
        b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /mkt-a/nl/jsp/soaprouter.jsp HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
    ids=["tls", "words", "negative length", "cut short", "long line", "bad chunk"],
)
def test_bytes_that_are_no_http_harm_nobody(sim: RunningSimulator, data: bytes) -> None:
    raw(sim, data)
    alive(sim)


def test_a_client_that_waits_to_be_asked_for_its_body_is_asked(sim: RunningSimulator) -> None:
    body = envelope("xtk:session", "GetServerTime").encode()
    head = (
        b"POST /mkt-a/nl/jsp/soaprouter.jsp HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nConnection: close\r\n"
        b"SOAPAction: xtk:session#GetServerTime\r\nContent-Length: " + str(len(body)).encode() + b"\r\n\r\n"
    )
    answer = raw(sim, head + body)
    assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")


def test_the_header_of_the_action_is_found_in_any_case(sim: RunningSimulator) -> None:
    body = envelope("xtk:session", "GetServerTime").encode()
    answer = requests.post(
        sim.instances["mkt-a"] + ROUTER + "?soapAction=xtk%3Asession%23GetServerTime",
        data=body,
        headers={"soapaction": '"xtk:session#GetServerTime"', "Content-Type": "application/soap+xml;charset=UTF-8"},
        timeout=30,
    )
    assert results(answer.content, "GetServerTime")[0].text
    assert answer.headers["Content-Type"] == "text/xml;charset=utf-8"


def test_a_defect_of_the_simulator_is_the_fault_of_one_call(
    sim: RunningSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand = Hand(sim.instances["mkt-a"]).logon()

    def defect(_name: object, _option: str) -> tuple[str, int]:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr("simulator.database.store.Store.get_option", defect)
        with pytest.raises(Fault, match="SOP-330011") as caught:
            hand.option()
        assert caught.value.detail == "The simulator failed: ZeroDivisionError."
    assert hand.option()[1] == "7"


def test_a_defect_in_a_page_is_a_500(sim: RunningSimulator, monkeypatch: pytest.MonkeyPatch) -> None:
    def defect(*_: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr("simulator.http.pages.page", defect)
        answer = requests.get(sim.instances["mkt-a"] + "/r/test", timeout=30)
    assert (answer.status_code, answer.text) == (500, "The simulator failed; its log has the cause.\n")
    alive(sim)


def test_a_call_is_served_even_when_the_clock_is_stuck(sim: RunningSimulator, monkeypatch: pytest.MonkeyPatch) -> None:
    async def stuck(*_: object) -> None:
        raise ClockStuckError("busy")

    sim.per_call(1)
    with monkeypatch.context() as patch:
        patch.setattr("simulator.clock.clock.Clock.pass_call", stuck)
        alive(sim)
    with monkeypatch.context() as patch:
        patch.setattr("simulator.clock.clock.Clock.advance", stuck)
        with pytest.raises(ControlError, match="500 .*busy"):
            sim.advance(1)
    sim.per_call(0)


def test_a_fault_can_come_late_too(sim: RunningSimulator) -> None:
    hand = Hand(sim.instances["mkt-a"]).logon()
    rule = sim.fault("late", seconds=0, method="*#ExecuteQuery")
    with pytest.raises(Fault, match="SOP-330011"):
        hand.call("xtk:queryDef", "ExecuteQuery", BAD_QUERY)
    sim.clear_faults(rule)
    assert [call["outcome"] for call in sim.ledger("mkt-a")][-1] == "fault"
    hand.logoff()


# -- zones and instances ------------------------------------------------------------------------------------------

BAD_QUERY = '<queryDef operation="get" schema="xtk:option"><select><node expr="@nope"/></select></queryDef>'


def query_fault(sim: RunningSimulator, instance: str) -> Fault:
    hand = Hand(sim.instances[instance]).logon()
    with pytest.raises(Fault) as caught:
        hand.call("xtk:queryDef", "ExecuteQuery", BAD_QUERY)
    hand.logoff()
    return caught.value


def test_a_zone_may_hide_the_detail_and_even_the_codes(sim: RunningSimulator) -> None:
    shown, hidden, generic = (query_fault(sim, name) for name in ("mkt-a", "mkt-b", "mkt-c"))
    assert "XTK-170036" in (shown.detail or "")
    assert (hidden.string, hidden.detail) == (shown.string, None)
    assert (generic.string, generic.detail) == (shown.string.removeprefix("SOP-330011 "), None)


def test_an_address_that_is_in_no_zone_is_refused_before_anything_else(sim: RunningSimulator) -> None:
    answer = post(sim, envelope("xtk:session", "TestCnx").encode(), "mkt-d")
    assert (answer.status_code, answer.text[:10]) == (500, "XSV-350014")


def test_an_instance_that_is_down_closes_the_connection(sim: RunningSimulator) -> None:
    for path in (ROUTER, "/r/test"):
        with pytest.raises(requests.ConnectionError):
            requests.post(sim.instances["down"] + path, data=b"", timeout=30)


def test_an_instance_that_is_not_in_the_fleet_is_not_found(sim: RunningSimulator) -> None:
    assert requests.post(f"{sim.url}/mkt-z{ROUTER}", data=b"", timeout=30).status_code == 404
    assert requests.get(f"{sim.url}/", timeout=30).status_code == 404


# -- the probes ---------------------------------------------------------------------------------------------------


def test_the_redirection_test_tells_the_build_where_debugging_is_allowed(sim: RunningSimulator) -> None:
    told = requests.get(sim.instances["mkt-a"] + "/r/test", timeout=30).text
    assert told.startswith('<redir status="OK" date="2026-11-23 02:00:00.000+00" build="9396" version="7.4.3"')
    hidden = requests.get(sim.instances["mkt-b"] + "/r/test", timeout=30).text
    assert re.sub('"[^"]*"', "", hidden) == "<redir status= date= sourceIP=/>"


def test_the_ping_of_message_center_tells_how_full_its_queue_is(sim: RunningSimulator) -> None:
    url = sim.instances["mkt-a"] + "/nl/jsp/mcPing.jsp"
    hand = Hand(sim.instances["mkt-a"]).logon()
    cookie = {"Cookie": f"__sessiontoken={hand.token}"}
    for pending, text in (
        (7, "Ok\n2026-11-23 02:00:00.000Z\n7/400 pending events\n"),
        (400, "Error\nThe queue is full (400/400)\n"),
        (0, "Ok\n2026-11-23 02:00:00.000Z\n0/400 pending events\n"),
    ):
        sim.change("mkt-a", pending_events=pending)
        assert requests.get(url, headers=cookie, timeout=30).text == text
    hand.logoff()


def test_pages_need_a_session_or_send_to_the_logon(sim: RunningSimulator) -> None:
    base = sim.instances["mkt-a"]
    for page, text in (("ping", "OK\n2026-11-23 02:00:00.000Z\n"), ("mcPing", "Ok\n")):
        refused = requests.get(f"{base}/nl/jsp/{page}.jsp", allow_redirects=False, timeout=30)
        assert (refused.status_code, refused.headers["Location"][:24]) == (302, "/mkt-a/nl/jsp/logon.jsp?")
        assert requests.get(f"{base}/nl/jsp/{page}.jsp", timeout=30).headers["Content-Type"].startswith("text/html")
        hand = Hand(base).logon()
        cookie = {"Cookie": f"__sessiontoken={hand.token}"}
        assert requests.get(f"{base}/nl/jsp/{page}.jsp", headers=cookie, timeout=30).text.startswith(text)
        hand.logoff()
    assert requests.get(f"{base}/nl/jsp/other.jsp", timeout=30).status_code == 404
    assert requests.get(base + ROUTER, timeout=30).status_code == 405
