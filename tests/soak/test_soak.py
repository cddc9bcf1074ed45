# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How ``make soak`` judges; and a short one over a small fleet."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
import tracemalloc
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._change_window.policy import decide
from simulator.testing import Remote, running_simulator
from tests.integration.fleets import PASSWORD, USER
from tests.soak import growth, judge, report
from tests.soak import main as command
from tests.soak.fleet import CURSOR, WORKFLOW, Fleet
from tests.soak.incidents import OLD, Stuck, Trouble, World
from tests.soak.soak import Plan, Soak
from tests.soak.windows import NEEDS, ROOM, WINDOWS, Window
from tests.unit.simulator.by_hand import Hand

ROOT = Path(__file__).resolve().parents[2]
NOON = datetime(2026, 10, 23, 12, tzinfo=UTC)
EUROPE, ANY_HOUR = WINDOWS[0], WINDOWS[-1]


# -- windows


@pytest.mark.parametrize("window", WINDOWS, ids=[one.name for one in WINDOWS])
def test_a_window_is_open_when_the_product_says_so_also_when_the_clocks_change(window: Window) -> None:
    settings = {name.removeprefix("change_window_"): value for name, value in window.variables().items()}
    for quarters in range(4 * 24 * 12):
        moment = NOON + timedelta(minutes=15 * quarters)
        assert decide(settings, moment).allowed == window.is_open(moment, NEEDS), moment


def test_the_first_window_has_room_for_a_second_try() -> None:
    # 22:00 in Paris is 20:00 in UTC before the clocks go back.
    assert EUROPE.first(NOON) == (datetime(2026, 10, 23, 20, tzinfo=UTC), datetime(2026, 10, 24, 2, tzinfo=UTC))
    late = datetime(2026, 10, 24, 2, tzinfo=UTC) - ROOM
    assert EUROPE.first(late)[0] == late
    assert EUROPE.first(late + timedelta(minutes=1))[0] == datetime(2026, 10, 24, 20, tzinfo=UTC)


# -- growth


def test_growth_is_the_median_of_the_last_third_above_what_is_allowed_of_the_first() -> None:
    steady = growth.judge("simulator: MB", [10.0, 20.0, *[100.0, 101.0, 103.0, 400.0] * 10])
    assert not steady.grown and steady.highest == 400.0
    assert growth.judge("simulator: MB", [100.0 + number for number in range(40)]).grown
    assert growth.judge("event source: files", [7.0] * 30 + [10.0] * 20).grown
    assert not growth.judge("event source: files", [7.0] * 30 + [9.0] * 20).grown
    with pytest.raises(ValueError, match="too few"):
        growth.judge("simulator: MB", [1.0] * 8)


def test_a_sample_is_the_least_that_was_seen_since_the_last_one() -> None:
    samples = growth.Samples()
    assert samples.latest("files") == 0
    for value in (9.0, 7.0, 30.0):
        samples.see({"files": value})
    samples.take()
    samples.see({"files": 8.0})
    samples.take()
    assert samples.series == {"files": [7.0, 8.0]} and samples.latest("files") == 8.0


# -- the clock of the playbooks


def test_a_playbook_has_the_clock_of_the_fleet_and_its_times_are_those_of_everybody_else(tmp_path: Path) -> None:
    program = (
        "import datetime, pathlib, pickle, sys; from tests.soak.shifted import keep_time, shift\n"
        "plain, file = datetime.datetime(2020, 2, 29, 23, tzinfo=datetime.timezone.utc), pathlib.Path(sys.argv[1])\n"
        "keep_time(file, plain)\n"
        "shift(file)\n"
        "now = datetime.datetime.now(datetime.timezone.utc)\n"
        "assert datetime.timedelta() <= now - plain < datetime.timedelta(minutes=1), now\n"
        "keep_time(file, plain + datetime.timedelta(days=1))\n"
        "later = datetime.datetime.now(datetime.timezone.utc)\n"
        "assert later - now > datetime.timedelta(hours=23), later\n"
        "assert isinstance(plain, datetime.datetime) and not isinstance(now.date(), datetime.datetime)\n"
        "assert repr(now).startswith('datetime.datetime(2020'), now\n"
        "assert pickle.loads(pickle.dumps(now)) == now\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "clock")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr


# -- the judges


def _written(host: str, at: datetime) -> dict[str, Any]:
    return {"instance": host, "time": at.isoformat(), "call": "xtk:persist#Write"}


def test_a_write_is_wrong_unless_the_instance_is_stuck_and_its_window_open() -> None:
    night = datetime(2026, 10, 23, 21, tzinfo=UTC)
    a, b, c = Stuck("a", EUROPE, NOON), Stuck("b", EUROPE, NOON), Stuck("c", ANY_HOUR, NOON)
    stuck = [a, b, c]
    # What was begun within the window is completed, whatever the hour.
    in_order = [_written("a", night), _written("a", night + timedelta(hours=7)), _written("c", NOON)]
    assert judge.writes(in_order, stuck) == [] and a.writes == 2
    c.cured = NOON
    found = judge.writes(
        [
            _written("b", NOON + timedelta(hours=1)),
            _written("d", night),
            _written("c", NOON + timedelta(hours=2)),
            _written("a", NOON - timedelta(hours=1)),
        ],
        stuck,
    )
    assert [text.partition(" at ")[0] for text in found] == [
        "b: written to outside of its window",
        "d: written to",
        "c: written to",
        "a: written to",
    ]


def test_a_run_is_wrong_that_claims_a_cure_or_breaks() -> None:
    stuck = [Stuck("a", ANY_HOUR, NOON, cured=NOON), Stuck("b", ANY_HOUR, NOON)]
    rows = {name: {"cures": [{"outcome": "cured"}]} for name in ("a", "b", "c")}
    found = judge.outcomes("", rows, stuck, NOON)
    assert found == ["b is said to be cured, and is not", "c is said to be cured, and is not"]
    assert judge.outcomes("Traceback (most recent", {}, stuck, NOON) == ["no report", "a traceback"]
    # What was cured before the run began is none of its own.
    assert len(judge.outcomes("", rows, stuck, NOON + timedelta(minutes=1))) == 3


def test_a_cursor_that_gets_stuck_again_before_the_run_has_ended_changes_nothing_of_what_the_run_did() -> None:
    first = Stuck("a", ANY_HOUR, NOON, cured=NOON + timedelta(minutes=30))
    again = Stuck("a", ANY_HOUR, NOON + timedelta(minutes=40))
    calls = [_written("a", NOON + timedelta(minutes=20)), _written("a", NOON + timedelta(minutes=50))]
    assert judge.writes(calls, [first, again]) == [] and (first.writes, again.writes) == (1, 1)
    assert judge.outcomes("", {"a": {"cures": [{"outcome": "cured"}]}}, [first, again], NOON) == []


class _Servers(Remote):
    """The state of servers that nobody runs."""

    def __init__(self) -> None:
        super().__init__("")
        self.row: dict[str, Any] = {"state": 11, "failed": 0}
        self.cursor = "2020-03-01T10:00:00+00:00"

    def state(self, instance: str) -> dict[str, Any]:
        return {"workflows": {WORKFLOW: self.row}, "options": {CURSOR: {"value": self.cursor}}}


def _world(servers: Remote) -> World:
    return World(servers, Fleet.of(12, 3), 1, NOON, timedelta(hours=1), 5)


def test_a_cursor_is_cured_when_the_workflow_has_moved_it_and_late_after_its_window() -> None:
    servers = _Servers()
    world = _world(servers)
    one, late = Stuck("mkt-003", ANY_HOUR, NOON), Stuck("mkt-004", EUROPE, NOON)
    world.stuck += [one, late]
    for stuck in world.stuck:
        stuck.name(NOON)
        stuck.writes = 1
    # A cure has set it a day back, and no run has come after it.
    servers.cursor = (NOON - timedelta(days=1)).isoformat()
    world.look(NOON + timedelta(minutes=10))
    assert one.cured is None
    servers.cursor = (NOON + timedelta(minutes=30)).isoformat()
    world.look(NOON + timedelta(minutes=31))
    assert one.in_time and not world.wrong

    # One that nobody had named yet was found by the run itself.
    early = Stuck("mkt-007", ANY_HOUR, NOON, writes=1)
    world.stuck.append(early)
    world.look(NOON + timedelta(minutes=31))
    assert early.in_time and early.told and not world.wrong and not world.unaided()
    early.writes = 0
    assert world.unaided() == ["mkt-007: moved, and nobody has written"]

    late.cured = None
    world.look(datetime(2026, 10, 24, 2, 1, tzinfo=UTC))
    assert [text for text in world.wrong if "mkt-004: not cured within its window" in text]


def test_what_is_not_named_or_not_told_is_wrong() -> None:
    world = _world(_Servers())
    world.stuck += [Stuck("a", ANY_HOUR, NOON), Stuck("b", ANY_HOUR, NOON, named=NOON, cured=NOON)]
    world.look(NOON + timedelta(hours=6))
    assert ["not named" in text or "not told" in text for text in world.wrong] == [True, True]


def test_what_cannot_be_seen_because_of_a_fault_need_not_be_named_yet() -> None:
    world = _world(_Servers())
    world.stuck += [Stuck("a", ANY_HOUR, NOON), Stuck("b", ANY_HOUR, NOON)]
    world.troubles += [Trouble("a", NOON, NOON + timedelta(hours=2)), Trouble("b", NOON)]
    world.look(NOON + timedelta(hours=6))
    assert world.wrong == []
    world.look(NOON + timedelta(hours=7, minutes=1))
    assert [text for text in world.wrong if text.startswith("a: stuck")] == world.wrong != []


def test_a_seed_makes_the_same_things_happen_at_the_same_times() -> None:
    def happened(seed: int) -> list[object]:
        seen: list[object] = []

        class Recorder(_Servers):
            def control(self, method: str, path: str, body: Any = None, /, **query: object) -> Any:
                seen.append((method, path, json.dumps(body)))
                return {"now": NOON.isoformat(), "id": len(seen), "faults": []}

        world = World(Recorder(), Fleet.of(40, 3), seed, NOON, timedelta(hours=1), 5)
        for minutes in range(0, 600, 10):
            world.pass_time(NOON + timedelta(minutes=minutes), quiet=False)
            seen.append(minutes)
        return seen

    assert happened(1) == happened(1) != happened(2)
    assert {entry[0] for entry in happened(1) if isinstance(entry, tuple)} >= {"POST"}


def test_a_session_may_be_left_open_only_where_a_trouble_was_until_it_is_really_over() -> None:
    world = _world(_Servers())
    world.troubles += [Trouble("a", NOON, NOON + timedelta(hours=2)), Trouble("b", NOON)]
    hours = (-2, -1, 0, 2, 3)
    assert [world.troubled("a", NOON + timedelta(hours=one)) for one in hours] == [False, True, True, True, False]
    assert [world.troubled("b", NOON + timedelta(hours=one)) for one in hours] == [False, True, True, True, True]
    assert not world.troubled("c", NOON)
    world.troubles.append(Trouble("", NOON, NOON + timedelta(hours=2)))
    assert world.troubled("c", NOON)


def test_a_session_that_the_product_leaves_open_is_seen_and_that_of_a_stopped_run_is_not() -> None:
    fleet = Fleet.of(1, 1)
    with running_simulator(fleet.document(1)) as remote:
        remote.set_option("mkt-000", CURSOR, OLD)
        remote.order("mkt-000", WORKFLOW, "Wakeup")
        remote.advance("30s")
        assert remote.workflow("mkt-000", WORKFLOW)["processId"], "a run is on: it asks the mid for years"
        remote.order("mkt-000", WORKFLOW, "Stop")
        Hand(remote.instances["mkt-000"]).logon(USER, PASSWORD)
        opened = remote.advance("30m")
        everybody = remote.sessions(origin="any")
        assert {one["login"] for one in everybody} == {"mid", USER}
        assert [one["login"] for one in judge.left_open(everybody, opened)] == [USER]
        assert judge.left_open(everybody, opened - timedelta(hours=1)) == []


# -- the documentation


def test_the_last_result_is_written_into_the_guide_and_nothing_is_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put: list[tuple[str, str]] = []
    monkeypatch.setattr(command, "RESULT", tmp_path / "result.json")
    monkeypatch.setattr(command, "put_figures", lambda name, text: put.append((name, text)))
    with pytest.raises(SystemExit, match="no soak has ended"):
        command.main(["--write"])
    whole = {"table": "the table", "minutes": 60.0, "instances": 200}
    for short in ({"minutes": 5.0}, {"instances": 40}):
        (tmp_path / "result.json").write_text(json.dumps({**whole, **short}), encoding="utf-8")
        with pytest.raises(SystemExit, match="documentation is about 60 over 200"):
            command.main(["--write"])
    assert not put
    (tmp_path / "result.json").write_text(json.dumps(whole), encoding="utf-8")
    assert command.main(["--write"]) == 0 and put == [("soak", "the table")]


# -- the simulator


def test_an_instance_that_has_one_incident_after_the_other_needs_no_more_room_than_for_the_first_ones() -> None:
    fleet = Fleet.of(4, 1)
    seen: list[float] = []
    # What its objects take is counted, and not what the process has: an allocator gives back what it likes.
    tracemalloc.start()
    try:
        with running_simulator(fleet.document(1)) as remote:
            for _day in range(24):
                for host in fleet.marketing:
                    remote.set_option(host, CURSOR, OLD)
                remote.advance("12h")
                for host in fleet.marketing:
                    remote.set_option(host, CURSOR, (remote.now() - timedelta(hours=1)).isoformat())
                    remote.order(host, WORKFLOW, "Restart")
                remote.advance("12h")
                remote.clear_ledger()
                gc.collect()
                seen.append(tracemalloc.get_traced_memory()[0] / 1e6)
    finally:
        tracemalloc.stop()
    # The first days are those in which it takes its room. What each incident since would leave is less than two
    # kilobytes then. Other tests of the same process have filled caches or not, which makes some of them.
    first, last = median(seen[10:16]), median(seen[-6:])
    print(f"{seen[0]:.2f} MB after a day, {first:.2f} after two weeks, {last:.2f} at the end")
    assert last - first < 0.08


# -- a short one


@pytest.mark.timeout(600)  # beside other suites on two cores
def test_a_short_soak_cures_what_is_stuck_and_nothing_grows(tmp_path: Path) -> None:
    plan = Plan(
        minutes=0.8,
        instances=12,
        seed=11,
        pace=600,
        every=timedelta(minutes=45),
        interval=2,
        sample=2,
        timeout=4,
        mids=3,
    )
    lines: list[str] = []
    result = Soak(plan, tmp_path / "soak", lines.append).run()
    said = report.table(result)
    print(said, *report.wrong(result), sep="\n")
    assert report.wrong(result) == []
    cured = [one for one in result.world.stuck if one.in_time and one.named]
    # One that proves nothing would pass, too.
    assert cured and result.runs["cured"] and result.writes and result.events["stuck"] >= len(cured)
    assert result.world.made["faults"]
    assert json.loads(json.dumps(report.document(result, said)))["wrong"] == []
