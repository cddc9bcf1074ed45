# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The control endpoints: what they show, what they change, and how they refuse."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import requests

from simulator.ledger import Ledger
from simulator.soap.errors import FleetError
from simulator.testing import ControlError, RunningSimulator, running_simulator
from tests.unit.simulator.by_hand import COUNTERS, CURSOR, Fault, Hand

START = datetime.fromisoformat("2026-11-23T02:00:00+00:00")

FLEET: dict[str, Any] = {
    "start": "2026-11-23T02:00:00Z",
    "defaults": {"operators": [{"login": "ops", "password": "ops-secret", "rights": ["admin"]}]},
    "instances": {
        "mid-eu": {
            "role": "mid",
            "operators": [{"login": "mid", "password": "mid-secret"}],
            "seconds_per_row": 0.5,
        },
        "mkt-a": {
            "role": "marketing",
            "accounts": [{"name": "defaultEmailMid", "mid": "mid-eu", "login": "mid", "password": "mid-secret"}],
            "options": {CURSOR: {"type": "datetime", "age": "5m"}, "Text": {"value": "x"}, "Number": {"type": "long"}},
            "workflows": {COUNTERS: {"every": "10m"}},
        },
    },
}


@pytest.fixture
def sim() -> Iterator[RunningSimulator]:
    with running_simulator(FLEET) as running:
        yield running


@pytest.fixture
def hand(sim: RunningSimulator) -> Hand:
    return Hand(sim.instances["mkt-a"]).logon()


# -- looking ------------------------------------------------------------------------------------------------------


def test_ready_and_state_show_the_fleet_without_passwords(sim: RunningSimulator) -> None:
    ready = sim.control("GET", "ready")
    assert ready == {"ready": True, "url": sim.url, "instances": sim.instances}
    state = sim.control("GET", "state")
    assert list(state["instances"]) == ["mid-eu", "mkt-a"]
    mkt = state["instances"]["mkt-a"]
    assert mkt["options"][CURSOR]["value"] == "2026-11-23T01:55:00+00:00"
    assert (mkt["options"][CURSOR]["type"], mkt["options"]["Number"]["value"]) == ("datetime", 0)
    assert mkt["workflows"][COUNTERS]["state"] == 11
    assert mkt["accounts"][0]["server"] == sim.instances["mid-eu"]
    assert mkt["switches"]["row_cap"] == 200
    assert "secret" not in str(state)


def test_the_ledger_names_session_operator_class_and_object(sim: RunningSimulator, hand: Hand) -> None:
    mark = sim.mark()
    hand.option()
    hand.write_option(CURSOR, "2026-01-01 00:00:00.000Z")
    with pytest.raises(Fault):
        hand.call("xtk:queryDef", "ExecuteQuery", '<queryDef operation="get" schema="xtk:nope"/>')
    with pytest.raises(Fault):
        hand.call("xtk:session", "Nope")
    assert hand.post("xtk:session", "Logon", "ops", "wrong", "").status_code == 403
    calls = sim.ledger("mkt-a", since=mark)
    assert [(call["call"], call["class"], call["outcome"], call["code"]) for call in calls] == [
        ("xtk:session#GetOption", "read", "ok", ""),
        ("xtk:persist#Write", "write", "ok", ""),
        ("xtk:queryDef#ExecuteQuery", "read", "fault", "SOP-330011"),
        ("xtk:session#Nope", "", "fault", "SOP-330006"),
        ("xtk:session#Logon", "session", "refused", "XSV-350012"),
    ]
    assert [call["object"] for call in calls[:3]] == [CURSOR, f"xtk:option {CURSOR} update", "xtk:nope get"]
    assert {call["login"] for call in calls} == {"ops"} | {""}
    assert len({call["session"] for call in calls[:3]}) == 1
    assert hand.token not in str(calls)
    assert [call["sequence"] for call in calls] == list(range(mark + 1, mark + 6))
    assert all(call["size"] > 200 for call in calls)
    assert [call["call"] for call in sim.ledger(kind="write")] == ["xtk:persist#Write"]
    assert sim.ledger("mid-eu") == []


def test_the_ledger_names_what_a_write_to_an_option_replaced(sim: RunningSimulator, hand: Hand) -> None:
    mark = sim.mark()
    hand.write_option(CURSOR, "2026-01-01 00:00:00.000Z")
    hand.write_option(CURSOR, "2026-01-02 00:00:00.000Z")
    first, second = sim.ledger("mkt-a", since=mark, kind="write")
    assert first["before"] not in ("", first["after"])
    assert first["after"] == second["before"] == "2026-01-01 00:00:00.000Z"
    assert second["after"] == "2026-01-02 00:00:00.000Z"


def test_the_ledger_tells_the_servers_calls_from_those_of_clients(sim: RunningSimulator) -> None:
    sim.advance("10m")
    internal = sim.ledger("mid-eu", origin="internal")
    assert [call["call"] for call in internal] == [
        "xtk:session#Logon", "xtk:queryDef#ExecuteQuery", "xtk:session#Logoff",
    ]  # fmt: skip
    assert {call["login"] for call in internal} == {"mid"}
    assert sim.ledger() == []
    assert len(sim.ledger(origin="")) == 3


def test_the_ledger_is_bounded_and_counts_what_it_dropped() -> None:
    ledger = Ledger(capacity=2)
    for name in "abc":
        ledger.open(name, "s#m", "read", "external", START, 1)
    assert [entry.instance for entry in ledger.select()] == ["b", "c"]
    assert (ledger.dropped, ledger.last) == (1, 3)
    ledger.clear()
    assert (list(ledger.select()), ledger.dropped, ledger.last) == ([], 0, 3)


def test_the_ledger_can_be_emptied(sim: RunningSimulator, hand: Hand) -> None:
    hand.option()
    sim.clear_ledger()
    assert sim.ledger(origin="") == []


def test_open_sessions_are_listed_until_they_are_closed(sim: RunningSimulator, hand: Hand) -> None:
    hand.option()
    (session,) = sim.sessions()
    assert (session["instance"], session["login"], session["calls"]) == ("mkt-a", "ops", 1)
    assert (session["origin"], session["expires"]) == ("external", "2026-11-24T02:00:00+00:00")
    hand.logoff()
    assert sim.sessions() == []


def test_the_journal_is_shown_newest_first(sim: RunningSimulator) -> None:
    sim.advance("20m")
    lines = sim.journal("mkt-a", COUNTERS, limit=3)
    assert len(lines) == 3
    assert lines[0]["id"] > lines[1]["id"] > lines[2]["id"]
    assert sim.journal("mkt-a", "unknown") == []


# -- the clock ----------------------------------------------------------------------------------------------------


def test_the_rows_of_a_table_are_shown_without_passwords(sim: RunningSimulator) -> None:
    (account,) = sim.rows("mkt-a", "nms:extAccount")
    assert (account["name"], "password" in account) == ("defaultEmailMid", False)
    assert [row["name"] for row in sim.rows("mkt-a", "xtk:option", limit=2)] == ["Text", "Number"]
    assert sim.rows("mkt-a", "xtk:option", dataType=7)[0]["name"] == CURSOR
    assert sim.rows("mkt-a", "xtk:option", limit=0) == []


def test_the_clock_moves_when_told_and_only_then(sim: RunningSimulator) -> None:
    assert sim.now() == START
    assert sim.advance("10m") == START + timedelta(minutes=10)
    assert sim.advance(1.5) == START + timedelta(minutes=10, seconds=1.5)
    assert sim.now() == START + timedelta(minutes=10, seconds=1.5)


def test_each_call_from_outside_may_let_time_go_by(sim: RunningSimulator, hand: Hand) -> None:
    sim.per_call("30s")
    hand.option()
    hand.option()
    assert sim.now() == START + timedelta(seconds=60)
    sim.per_call(0)
    hand.option()
    assert sim.now() == START + timedelta(seconds=60)


def test_a_running_clock_runs_workflows_by_itself(sim: RunningSimulator) -> None:
    before = sim.option_time("mkt-a", CURSOR)
    sim.time_scale(6000)
    waited = asyncio.run(_until(lambda: sim.option_time("mkt-a", CURSOR) > before))
    sim.time_scale(0)
    assert waited, "no run within the limit"
    assert sim.now() > START


async def _until(condition: Any, limit: float = 20) -> bool:
    async with asyncio.timeout(limit):
        while not await asyncio.to_thread(condition):
            await asyncio.sleep(0.02)
    return True


# -- changes ------------------------------------------------------------------------------------------------------


def test_an_option_is_changed_as_if_by_somebody_else(sim: RunningSimulator, hand: Hand) -> None:
    sim.set_option("mkt-a", CURSOR, "2020-01-01T00:00:00Z")
    assert hand.option() == ("2020-01-01 00:00:00.000Z", "7")
    sim.set_option("mkt-a", CURSOR, {"age": "100d"})
    assert sim.option_time("mkt-a", CURSOR) == START - timedelta(days=100)
    sim.set_option("mkt-a", CURSOR, None)
    assert hand.option() == ("", "7")
    sim.set_option("mkt-a", CURSOR, {"type": "string", "value": "2020"})
    assert hand.option() == ("2020", "6")
    sim.set_option("mkt-a", "New", {"type": "long", "value": 5, "description": "d"})
    made = sim.option("mkt-a", "New") or {}
    assert made | {"type": "long", "data_type": 3, "value": 5, "description": "d"} == made
    sim.set_option("mkt-a", "New", {"delete": True})
    assert sim.option("mkt-a", "New") is None
    assert hand.option("New") == ("", "0")


def test_an_order_is_given_as_if_by_somebody_else(sim: RunningSimulator) -> None:
    sim.order("mkt-a", COUNTERS, "Stop")
    sim.advance("1m")
    assert sim.workflow("mkt-a", COUNTERS)["state"] == 20


def test_a_workflow_server_that_is_down_accepts_orders_and_does_nothing(sim: RunningSimulator, hand: Hand) -> None:
    sim.change("mkt-a", wfserver="down")
    hand.order("Stop")
    sim.advance("1h")
    assert sim.workflow("mkt-a", COUNTERS)["state"] in (15, 16)
    assert sim.option_time("mkt-a", CURSOR) < START
    sim.change("mkt-a", wfserver="up")
    sim.advance("1m")
    assert sim.workflow("mkt-a", COUNTERS)["state"] == 20


def test_an_instance_can_go_down_and_come_back_with_its_data(sim: RunningSimulator, hand: Hand) -> None:
    sim.change("mkt-a", down=True)
    with pytest.raises(requests.ConnectionError):
        hand.option()
    sim.change("mkt-a", down=False)
    assert hand.option()[1] == "7"


def test_clocks_can_differ(sim: RunningSimulator, hand: Hand) -> None:
    sim.change("mkt-a", skew="-5m")
    (time,) = hand.call("xtk:session", "GetServerTime")
    assert time.text == "2026-11-23T01:55:00.000Z"


def test_sessions_can_be_ended_all_at_once(sim: RunningSimulator, hand: Hand) -> None:
    sim.change("mkt-a", expire_sessions=True)
    assert hand.post("xtk:session", "TestCnx").text.startswith("XSV-350008")


def test_switches_zone_operators_and_accounts_can_be_changed(sim: RunningSimulator, hand: Hand) -> None:
    sim.change("mkt-a", switches={"expired_answer": "200-fault"}, zone={"show_errors": False})
    sim.change("mkt-a", operators=[{"login": "ops", "password": "new", "rights": []}])
    with pytest.raises(AssertionError, match="XSV-350012"):
        Hand(sim.instances["mkt-a"]).logon()
    hand.token = "___gone"
    assert hand.post("xtk:session", "TestCnx").status_code == 200
    assert sim.state("mkt-a")["switches"]["expired_answer"] == "200-fault"
    sim.change("mkt-a", accounts={"defaultEmailMid": {"active": False}})
    assert sim.state("mkt-a")["accounts"][0]["active"] == 0


def test_a_password_rotated_on_the_mid_makes_the_next_run_fail(sim: RunningSimulator) -> None:
    sim.change("mid-eu", operators=[{"login": "mid", "password": "rotated"}])
    sim.advance("10m")
    assert sim.workflow("mkt-a", COUNTERS)["failed"] == 1
    assert any("XSV-350012" in line["error"] for line in sim.journal("mkt-a"))


def test_new_deliveries_of_the_mid_are_copied_by_the_next_run(sim: RunningSimulator, hand: Hand) -> None:
    sim.advance("10m")
    sim.add_deliveries("mid-eu", count=3, from_="now", to="2026-11-23T02:20:00Z", for_=["mkt-a"])
    sim.advance("10m")
    assert hand.query("nms:delivery", "@id", operation="count").attrib["count"] == "3"
    sim.add_deliveries("mid-eu", count=2, from_="2026-11-23T02:30:00Z", to="2026-11-23T02:30:00Z", for_=["mkt-a"])
    sim.advance("10m")
    assert hand.query("nms:delivery", "@id", operation="count").attrib["count"] == "5"


def test_more_rows_than_the_mid_can_serve_in_time_fail_the_run(sim: RunningSimulator) -> None:
    sim.add_deliveries("mid-eu", count=150, from_="now", to="2026-11-23T02:01:00Z", for_=["mkt-a"])
    sim.advance("10m")
    assert sim.workflow("mkt-a", COUNTERS)["failed"] == 1, "150 rows at half a second each, against 60 seconds"


def test_an_order_without_effect_is_refused_where_the_switch_says_so(sim: RunningSimulator) -> None:
    sim.change("mkt-a", switches={"order_without_effect": "fault"})
    with pytest.raises(ControlError, match="400 .*order: BAS-010003"):
        sim.order("mkt-a", COUNTERS, "Start")


def test_the_schedules_of_a_staggered_fleet_are_spread() -> None:
    mkt = {"role": "marketing", "workflows": {COUNTERS: {"every": "10m"}}}
    early = {"role": "marketing", "workflows": {COUNTERS: {"every": "10m", "first_run": "1s"}}}
    fleet = {**FLEET, "stagger": True, "instances": {"a": mkt, "b": mkt, "c": mkt, "d": early}}
    with running_simulator(fleet) as sim:
        due = {name: sim.workflow(name, COUNTERS)["nextProcessingDate"] for name in sim.instances}
    assert len(set(due.values())) == 4
    assert due["d"] == "2026-11-23T02:00:01+00:00"
    assert max(due.values()) < "2026-11-23T02:10:00+00:00"


# -- refusals -----------------------------------------------------------------------------------------------------

REFUSED: list[tuple[str, str, Any, str]] = [
    ("GET", "nothing", None, "404 .*there is no /_simulator/nothing"),
    ("DELETE", "clock", None, "405 .*clock answers to GET, POST"),
    ("GET", "state?instance=mkt-z", None, "400 .*there is no instance 'mkt-z'; there are: mid-eu, mkt-a"),
    ("GET", "journal", None, "400 .*name one instance"),
    ("GET", "rows?instance=mkt-a&schema=x", None, "400 .*rows: 'x' is no schema; there are: nms:"),
    ("GET", "rows?schema=xtk:option", None, "400 .*rows: name one instance"),
    ("GET", "ledger?class=reads", None, "400 .*class: 'reads' is not one of: session, read, write"),
    ("GET", "ledger?since=-1", None, "400 .*since: a whole number is expected"),
    ("POST", "clock", {}, "400 .*give one of: advance, per_call, calls_advance, time_scale"),
    ("POST", "clock", {"advance": "soon"}, "400 .*clock.advance: 'soon' is no duration"),
    ("POST", "clock", {"advance": -5}, "400 .*clock.advance"),
    ("POST", "clock", {"advance": 5, "per_call": 5}, "400 .*give one of"),
    ("POST", "clock", {"rewind": 5}, "400 .*clock.rewind: unknown key; allowed here: .*advance"),
    ("POST", "clock", [1], "400 .*clock: a mapping is expected here, not a list"),
    ("POST", "instances/mkt-z", {}, "400 .*there is no instance 'mkt-z'"),
    ("GET", "instances/mkt-a", None, "400 .*answers to POST"),
    ("POST", "instances/mkt-a", {"down": "yes"}, "400 .*instances/mkt-a.down: true or false is expected"),
    ("POST", "instances/mkt-a", {"switches": {"row_cap": "x"}}, "400 .*switches.row_cap: a whole number"),
    ("POST", "instances/mkt-a", {"accounts": {"x": {}}}, "400 .*accounts.x: there is no such external account"),
    ("POST", "instances/mkt-a/options", {"New": 5}, "400 .*options.New: there is no such option; to create"),
    ("POST", "instances/mkt-a/options", {CURSOR: "yesterday"}, "400 .*is no moment with a zone"),
    ("POST", "instances/mkt-a/options", {"Number": "x"}, "400 .*a whole number is expected"),
    ("POST", "instances/mkt-a/options", {"New": {"delete": True}}, "400 .*no such option to delete"),
    ("POST", "instances/mkt-a/workflows/x", {"order": "Stop"}, "400 .*there is no workflow 'x' on mkt-a"),
    ("POST", f"instances/mkt-a/workflows/{COUNTERS}", {"order": "Explode"}, "400 .*order: 'Explode' is not one of"),
    ("POST", "instances/mkt-a/deliveries", {"count": 1}, "400 .*mkt-a is no mid"),
    ("POST", "instances/mid-eu/deliveries", {"count": 1, "from": "now", "for": ["x"]}, "400 .*no instance 'x'"),
    ("POST", "instances/mkt-a/nothing", {}, "400 .*there is no /_simulator/instances/mkt-a/nothing"),
    ("POST", "faults", {"kind": "x"}, "400 .*kind: 'x' is not one of"),
]


@pytest.fixture(scope="module")
def shared() -> Iterator[RunningSimulator]:
    with running_simulator(FLEET) as running:
        yield running


@pytest.mark.parametrize(("method", "path", "body", "text"), REFUSED, ids=[f"{row[1]} {row[2]}" for row in REFUSED])
def test_a_wrong_request_is_refused_with_a_sentence_and_changes_nothing(
    shared: RunningSimulator, method: str, path: str, body: Any, text: str
) -> None:
    before = shared.control("GET", "state")
    with pytest.raises(ControlError, match=text):
        shared.control(method, path, body)
    assert shared.control("GET", "state") == before


@pytest.mark.parametrize("path", ["clock/", "/clock", "//clock//"])
def test_slashes_around_a_path_do_not_matter(shared: RunningSimulator, path: str) -> None:
    assert shared.control("GET", path) == shared.control("GET", "clock")
    with pytest.raises(ControlError, match=r"405 .*clock answers to GET, POST"):
        shared.control("DELETE", path)
    state = shared.control("POST", "instances/mkt-a/", {})
    with pytest.raises(ControlError, match=r"\"instances/mkt-a\.unknown: unknown key"):
        shared.control("POST", "instances/mkt-a/", {"unknown": 1})
    assert (state["role"], state["url"]) == ("marketing", shared.instances["mkt-a"])


@pytest.mark.parametrize("path", ["", "/", "/unknown/"])
def test_an_unknown_path_is_named_without_its_slashes(shared: RunningSimulator, path: str) -> None:
    answer = requests.get(f"{shared.url}/_simulator{path}", timeout=30)
    assert (answer.status_code, answer.json()) == (404, {"error": f"there is no /_simulator/{path.strip('/')}"})


@pytest.mark.parametrize("body", [b"{", b"\xff", b"[" * 100_000, b"x" * 2_000_000])
def test_a_body_that_is_no_json_is_refused(shared: RunningSimulator, body: bytes) -> None:
    answer = requests.post(f"{shared.url}/_simulator/clock", data=body, timeout=30)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("clock: the body is")


# -- the helper ---------------------------------------------------------------------------------------------------


def test_a_wrong_fleet_is_refused_before_anything_starts() -> None:
    with pytest.raises(FleetError, match=r"instances\.a\.role"):
        running_simulator({"instances": {"a": {}}})


def test_the_helper_works_in_asynchronous_tests_too() -> None:
    async def use() -> bool:
        async with running_simulator(FLEET) as sim:
            return bool((await asyncio.to_thread(sim.control, "GET", "ready"))["ready"])

    assert asyncio.run(use())


def test_stopping_twice_is_harmless() -> None:
    with running_simulator(FLEET) as sim:
        sim.stop()
        with pytest.raises(OSError, match="refused"):
            sim.now()
