# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Technical workflows that share the cursor's shape (campaign_facts, Cursor names, The cleanup and Siblings), over HTTP
and with real schedules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from simulator.database.guesses import BROAD_LOG, RT_EVENT, RT_EVENT_STAT, TRACKING_LOG
from simulator.database.rows import DELIVERY
from simulator.technical.cleanup import WORKFLOW_NAME as CLEANUP
from simulator.technical.cleanup import expires
from simulator.technical.midlogs import WORKFLOW_NAME as LOGS
from simulator.technical.tracking import CONSOLIDATION, POINTER, pointer_text, read_pointer
from simulator.testing import RunningSimulator, running_simulator
from tests.unit.simulator.by_hand import Hand

NOON = datetime.fromisoformat("2026-11-23T12:00:00+00:00")
LOG_CURSOR = "NmsMidSourcing_LastBroadLog_defaultEmailMid"
SYNCH_CURSOR = "MC_LastTlRtSynch_1"
OPERATORS = [{"login": "ops", "password": "ops-secret", "rights": ["admin"]}]
ACCOUNT = {"name": "defaultEmailMid", "mid": "mid-eu", "login": "ops", "password": "ops-secret"}


def fleet(mkt: dict[str, Any], **others: Any) -> dict[str, Any]:
    return {
        "start": NOON.isoformat(),
        "defaults": {"operators": OPERATORS},
        "instances": {**others, "mkt-a": {"role": "marketing", **mkt}},
    }


def moment(value: str | None) -> datetime:
    assert value is not None
    return datetime.fromisoformat(value)


# -- delivery logs ------------------------------------------------------------------------------------------------


def sending(start: str, *, fda: bool = False, options: dict[str, Any] | None = None, **account: Any) -> dict[str, Any]:
    """One delivery, whose ten messages are sent between 08:00 and 08:45; it is valid until 10:00. The log workflow has
    its first run one minute after the start, then every hour."""
    series = {
        "count": 1, "from": "2026-11-23T08:45:00Z", "to": "2026-11-23T08:45:00Z", "for": ["mkt-a"],
        "logs": 10, "sending": "45m", "validity": "75m",
    }  # fmt: skip
    mkt = {
        "accounts": [{**ACCOUNT, **account}],
        "options": {LOG_CURSOR: {"type": "datetime", "value": "2026-11-23T07:00:00Z"}, **(options or {})},
        "workflows": {
            "defaultMidSourcingDlv": {"every": "10m"},
            LOGS: {"every": "1h", "first_run": "1m", "fda": fda},
            CLEANUP: {"at": "04:00"},
        },
    }
    return {**fleet(mkt, **{"mid-eu": {"role": "mid", "deliveries": series}}), "start": start}


def statuses(sim: RunningSimulator, instance: str = "mkt-a") -> dict[int, int]:
    """How many delivery logs are sent (1), pending (6), cancelled (7)."""
    return dict(Counter(row["status"] for row in sim.rows(instance, BROAD_LOG)))


def test_logs_are_pending_until_the_workflow_has_recovered_them() -> None:
    with running_simulator(sending("2026-11-23T12:00:00Z")) as sim:
        assert statuses(sim) == {6: 10}
        sim.advance("2m")
        assert statuses(sim) == statuses(sim, "mid-eu") == {1: 10}
        assert sim.option_time("mkt-a", LOG_CURSOR) == NOON + timedelta(minutes=1, seconds=1)


def test_only_what_was_sent_since_the_cursor_and_until_now_is_recovered() -> None:
    with running_simulator(sending("2026-11-23T08:22:30Z")) as sim:
        sim.set_option("mkt-a", LOG_CURSOR, "2026-11-23T08:07:00Z")
        sim.advance("2m")
        assert statuses(sim) == {6: 7, 1: 3}  # 08:10, 08:15, 08:20
        sim.advance("1h")
        assert statuses(sim) == {6: 2, 1: 8}  # those before the cursor are never requested


def test_an_old_log_cursor_asks_for_more_than_the_mid_can_serve_in_time() -> None:
    world = sending("2026-11-23T12:00:00Z")
    world["instances"]["mid-eu"]["seconds_per_row"] = 10
    with running_simulator(world) as sim:
        sim.advance("10m")
        assert sim.workflow("mkt-a", LOGS)["failed"]
        assert "timed out" in sim.journal("mkt-a", LOGS)[2]["error"]
        assert sim.option_time("mkt-a", LOG_CURSOR).hour == 7


PERIOD = "NmsMidSourcing_LogsPeriodHour"


def hourly(**value: Any) -> dict[str, Any]:
    return {
        PERIOD: {"type": "long", "value": 1, **value},
        LOG_CURSOR: {"type": "datetime", "value": "2026-11-23T07:10:00Z"},
    }


def recovered_run_by_run(world: dict[str, Any], runs: int) -> list[tuple[int, str]]:
    """After each run: how many logs are recovered, and where the cursor stands."""
    found = []
    with running_simulator(world) as sim:
        for number in range(runs):
            sim.advance("1h" if number else "2m")
            found.append((statuses(sim).get(1, 0), f"{sim.option_time('mkt-a', LOG_CURSOR):%H:%M}"))
    return found


def test_a_period_limits_each_run_over_fda() -> None:
    world = sending("2026-11-23T12:00:00Z", fda=True, options=hourly())
    assert recovered_run_by_run(world, 3) == [(2, "08:10"), (10, "09:10"), (10, "10:10")]


@pytest.mark.parametrize(
    "world",
    [
        pytest.param(sending("2026-11-23T12:00:00Z", options=hourly()), id="not over FDA"),
        pytest.param(sending("2026-11-23T12:00:00Z", fda=True, options=hourly(value=0)), id="no hours"),
        pytest.param(
            sending("2026-11-23T12:00:00Z", fda=True, options={**hourly(), LOG_CURSOR: {"type": "datetime"}}),
            id="no cursor",
        ),
    ],
)
def test_the_period_counts_over_fda_and_with_a_cursor_only(world: dict[str, Any]) -> None:
    assert recovered_run_by_run(world, 1) == [(10, "12:01")]


def test_a_cursor_that_goes_to_the_last_row_never_leaves_a_period_without_rows() -> None:
    """NEO-30833: stuck inside the time frame."""
    world = sending("2026-11-23T12:00:00Z", fda=True, options=hourly())
    world["instances"]["mkt-a"]["switches"] = {"window_end": "last_row"}
    assert recovered_run_by_run(world, 4) == [(2, "08:05"), (10, "08:45"), (10, "08:45"), (10, "08:45")]


# -- the cleanup: why the log cursor must not be moved ------------------------------------------------------------


@pytest.fixture
def half(request: pytest.FixtureRequest) -> Iterator[RunningSimulator]:
    """Half of the logs were recovered at 08:23; then the log workflow was stopped, and the next morning has come. The
    delivery is finished, and its validity over. Parameters are those of the account."""
    with running_simulator(sending("2026-11-23T08:22:30Z", **getattr(request, "param", {}))) as sim:
        sim.advance("2m")
        sim.order("mkt-a", LOGS, "Stop")
        sim.advance("19h")  # 03:24:30
        assert statuses(sim) == {1: 5, 6: 5}
        assert statuses(sim, "mid-eu") == {1: 10}
        assert [row["state"] for row in sim.rows("mkt-a", DELIVERY)] == [95]
        yield sim


def restart_logs(sim: RunningSimulator) -> None:
    sim.order("mkt-a", LOGS, "Start")
    sim.advance("2h")
    assert not sim.workflow("mkt-a", LOGS)["failed"]


def test_with_its_cursor_left_alone_the_cleanup_waits_and_the_logs_come_in_the_end(half: RunningSimulator) -> None:
    half.advance("1h")  # the cleanup has run at 04:00
    assert half.option_time("mkt-a", "NmsCleanup_LastCleanup").hour == 4
    assert statuses(half) == {1: 5, 6: 5}
    restart_logs(half)
    assert statuses(half) == {1: 10}


def test_a_log_cursor_moved_forward_makes_the_cleanup_cancel_messages_that_were_sent(half: RunningSimulator) -> None:
    """Why the cure never moves NmsMidSourcing_LastBroadLog_* (campaign_facts, The cleanup)."""
    half.set_option("mkt-a", LOG_CURSOR, "now")
    half.advance("1h")
    assert statuses(half) == {1: 5, 7: 5}
    (delivery,) = half.rows("mkt-a", DELIVERY)
    assert (delivery["state"], delivery["broadEnd"]) == (95, "2026-11-23T10:00:00+00:00")
    assert "5 pending delivery logs cancelled" in "".join(line["message"] for line in half.journal("mkt-a", CLEANUP))
    restart_logs(half)
    assert statuses(half) == {1: 5, 7: 5}  # the mid knows better, but nobody asks it for what is before the cursor
    assert statuses(half, "mid-eu") == {1: 10}
    half.set_option("mkt-a", LOG_CURSOR, "2026-11-23T08:00:00Z")
    half.advance("1h")
    assert statuses(half) == {1: 10}  # moved back, it brings them


def test_by_switch_the_cleanup_goes_by_the_logs_and_not_by_the_cursor(half: RunningSimulator) -> None:
    half.change("mkt-a", switches={"log_pull_up": "last_log"})
    half.set_option("mkt-a", LOG_CURSOR, "now")
    half.advance("1h")
    assert half.option_time("mkt-a", "NmsCleanup_LastCleanup").hour == 4
    assert statuses(half) == {1: 5, 6: 5}, "the newest recovered log is older than the end of the validity"


def test_a_log_cursor_moved_to_before_the_end_of_the_validity_cancels_nothing(half: RunningSimulator) -> None:
    half.set_option("mkt-a", LOG_CURSOR, "2026-11-23T10:00:00Z")
    half.advance("1h")
    assert statuses(half) == {1: 5, 6: 5}


def test_the_logs_of_a_disabled_account_are_left_alone(half: RunningSimulator) -> None:
    half.set_option("mkt-a", LOG_CURSOR, "now")
    half.change("mkt-a", accounts={"defaultEmailMid": {"active": False}})
    half.advance("1h")
    assert statuses(half) == {1: 5, 6: 5}


def test_a_delivery_without_any_recovered_log_is_left_alone() -> None:
    world = sending("2026-11-23T12:00:00Z")
    world["instances"]["mkt-a"]["workflows"][LOGS]["state"] = "stopped"
    with running_simulator(world) as sim:
        sim.set_option("mkt-a", LOG_CURSOR, "now")
        sim.advance("17h")
        assert sim.option_time("mkt-a", "NmsCleanup_LastCleanup").hour == 4
        assert statuses(sim) == {6: 10}


DAY = timedelta(days=1)
TICK = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("validity", "changed", "pulled", "expected"),
    [
        pytest.param(None, NOON, NOON, False, id="no validity"),
        pytest.param(NOON - DAY, NOON, None, False, id="never pulled"),
        pytest.param(NOON - DAY, NOON, NOON - DAY, False, id="pulled when it ended"),
        pytest.param(NOON - DAY, NOON, NOON - DAY + TICK, True, id="pulled after it ended"),
        pytest.param(NOON - 15 * DAY, NOON, None, False, id="15 days ago"),
        pytest.param(NOON - 15 * DAY - TICK, NOON, None, True, id="more than 15 days ago"),
        pytest.param(NOON - DAY, NOON - 15 * DAY, NOON, True, id="changed 15 days ago"),
        pytest.param(NOON - DAY, NOON - 15 * DAY - TICK, NOON, False, id="not changed for long"),
        pytest.param(NOON - DAY, None, NOON, False, id="never changed"),
    ],
)
def test_a_delivery_expires_by_its_dates(
    validity: datetime | None, changed: datetime | None, pulled: datetime | None, expected: bool
) -> None:
    assert expires(validity, changed, NOON, pulled) is expected


def test_the_cleanup_shortens_journals_and_tasks_to_each_workflows_history() -> None:
    workflows = {
        CLEANUP: {"at": "04:00", "history": 1},
        "unlimited": {"every": "6h", "history": 0},
        "brief": {"every": "6h", "history": 1},
        "usual": {"every": "6h"},
    }
    with running_simulator(fleet({"workflows": workflows})) as sim:
        sim.advance("4d")
        days = {name: len({line["at"][:10] for line in sim.journal("mkt-a", name, limit=1000)}) for name in workflows}
        assert days == {CLEANUP: 2, "unlimited": 5, "brief": 2, "usual": 5}


def test_done_tasks_go_with_the_journal_and_others_stay() -> None:
    with running_simulator(fleet({"workflows": {CLEANUP: {"at": "04:00", "history": 1}}})) as sim:
        number = sim.workflow("mkt-a", CLEANUP)["id"]
        hand = Hand(sim.instances["mkt-a"]).logon()
        for title, status, processed in (
            ("done", 1, "2026-11-20"),
            ("open", 0, "2026-11-20"),
            ("new", 1, "2026-11-24"),
        ):
            hand.call(
                "xtk:persist",
                "Write",
                f'<workflowTask xtkschema="xtk:workflowTask" _operation="insert" title="{title}" status="{status}"'
                f' workflow-id="{number}" processingDate="{processed} 00:00:00.000Z"/>',
            )
        sim.advance("17h")
        assert [row["title"] for row in sim.rows("mkt-a", "xtk:workflowTask")] == ["open", "new"]
        hand.logoff()


# -- workflows that stay paused -----------------------------------------------------------------------------------


def paused(**mkt: Any) -> dict[str, Any]:
    """A workflow that somebody pauses at noon; the check runs on Mondays at 05:00."""
    workflows = {"cleanupPausedWorkflows": {"at": "05:00", "every": "7d"}, "other": {"every": "1h"}}
    return fleet({"workflows": workflows, **mkt})


def week_by_week(sim: RunningSimulator, weeks: int) -> list[tuple[int, int]]:
    """After each week: the state of the paused workflow, and how many warnings it had."""
    sim.order("mkt-a", "other", "Pause")
    found = []
    for _week in range(weeks):
        sim.advance("7d")
        warnings = [line for line in sim.journal("mkt-a", "other", limit=1000) if line["type"] == 1]
        found.append((sim.workflow("mkt-a", "other")["state"], len(warnings)))
    return found


def test_a_workflow_that_stays_paused_is_warned_of_four_times_and_then_stopped() -> None:
    with running_simulator(paused()) as sim:
        assert week_by_week(sim, 6) == [(13, 0), (13, 1), (13, 2), (13, 3), (13, 4), (20, 4)]
        assert not sim.workflow("mkt-a", "other")["failed"]


def test_a_failed_workflow_is_a_paused_one_and_ends_stopped_without_an_error() -> None:
    world = sending("2026-11-23T12:00:00Z")
    mkt = world["instances"]["mkt-a"]
    mkt["accounts"][0]["password"] = "wrong"
    mkt["workflows"]["cleanupPausedWorkflows"] = {"at": "05:00", "every": "7d"}
    with running_simulator(world) as sim:
        sim.advance("1d")
        assert (sim.workflow("mkt-a", LOGS)["state"], bool(sim.workflow("mkt-a", LOGS)["failed"])) == (13, True)
        sim.advance("42d")
        assert (sim.workflow("mkt-a", LOGS)["state"], bool(sim.workflow("mkt-a", LOGS)["failed"])) == (20, False)


def test_warnings_begin_anew_when_the_workflow_was_resumed_in_between() -> None:
    with running_simulator(paused()) as sim:
        assert week_by_week(sim, 4)[-1] == (13, 3)
        sim.order("mkt-a", "other", "Start")
        sim.advance("1m")
        assert week_by_week(sim, 5) == [(13, 3), (13, 4), (13, 5), (13, 6), (13, 7)]


@pytest.mark.parametrize(
    ("mkt", "expected"),
    [
        pytest.param(
            {"options": {"NmsServer_PausedWorkflowPeriod": {"type": "long", "value": 20}}}, (13, 1), id="period"
        ),
        pytest.param({"build": 8879}, (13, 0), id="old build"),
    ],
)
def test_the_period_is_an_option_and_old_builds_stop_nothing(mkt: dict[str, Any], expected: tuple[int, int]) -> None:
    with running_simulator(paused(**mkt)) as sim:
        assert week_by_week(sim, 4)[-1] == expected


# -- tracking -----------------------------------------------------------------------------------------------------


def test_tracking_notes_date_and_id_of_the_last_message_at_the_end_of_a_run() -> None:
    with running_simulator(fleet({"hits": "1m", "workflows": {"tracking": {"every": "1h"}}})) as sim:
        sim.set_option("mkt-a", POINTER, {"type": "string", "value": pointer_text(0, NOON)})
        sim.advance("30m")
        assert sim.rows("mkt-a", TRACKING_LOG) == []
        sim.advance("10s")
        logs = sim.rows("mkt-a", TRACKING_LOG)
        assert [moment(row["logDate"]) - NOON for row in logs] == [timedelta(minutes=n) for n in range(1, 31)]
        pointer = sim.option("mkt-a", POINTER)
        assert pointer is not None
        message, date = read_pointer(pointer["value"])
        assert (date, f"{message:x}") == (NOON + timedelta(minutes=30), logs[-1]["name"])
        assert f"log file {logs[-1]['name']}" in sim.journal("mkt-a", "tracking")[1]["message"]
        assert sim.option_time("mkt-a", CONSOLIDATION) > NOON


def test_a_run_of_tracking_that_is_stopped_leaves_the_pointer_and_the_next_one_reads_again() -> None:
    workflow = {"every": "1h", "seconds": 600}
    with running_simulator(fleet({"hits": "1m", "workflows": {"tracking": workflow}})) as sim:
        sim.set_option("mkt-a", POINTER, {"type": "string", "value": pointer_text(0, NOON)})
        sim.advance("35m")
        sim.order("mkt-a", "tracking", "Stop")
        sim.advance("1m")
        assert sim.rows("mkt-a", TRACKING_LOG) == []
        assert (sim.option("mkt-a", POINTER) or {})["value"] == pointer_text(0, NOON)
        sim.order("mkt-a", "tracking", "Start")
        sim.advance("1h15m")  # started at 12:36, due at 13:36
        assert len(sim.rows("mkt-a", TRACKING_LOG)) == 96


def test_a_tracking_pointer_moved_back_reads_again_and_doubles_nothing_and_moved_forward_skips() -> None:
    with running_simulator(fleet({"hits": "1m", "workflows": {"tracking": {"every": "1h"}}})) as sim:
        sim.set_option("mkt-a", POINTER, {"type": "string", "value": pointer_text(0, NOON)})
        sim.advance("31m")
        sim.set_option("mkt-a", POINTER, pointer_text(0, NOON))
        sim.advance("1h")
        assert len(sim.rows("mkt-a", TRACKING_LOG)) == 90
        sim.set_option("mkt-a", POINTER, pointer_text(0, NOON + timedelta(hours=2)))
        sim.advance("1h")  # the run at 14:30 reads from 14:00 on
        assert len(sim.rows("mkt-a", TRACKING_LOG)) == 120


def test_a_tracking_pointer_that_is_none_fails_the_run() -> None:
    with running_simulator(fleet({"hits": "1m", "workflows": {"tracking": {"every": "1h"}}})) as sim:
        sim.set_option("mkt-a", POINTER, {"type": "string", "value": "yesterday"})
        sim.advance("31m")
        assert sim.workflow("mkt-a", "tracking")["failed"]
        assert "holds no date with a message: 'yesterday'" in sim.journal("mkt-a", "tracking")[2]["error"]


def test_without_new_messages_tracking_writes_nothing() -> None:
    with running_simulator(fleet({"hits": "1d", "workflows": {"tracking": {"every": "1h"}}})) as sim:
        sim.set_option("mkt-a", POINTER, {"type": "string", "value": pointer_text(0, NOON)})
        sim.advance("5h")
        assert (sim.option("mkt-a", POINTER) or {})["value"] == pointer_text(0, NOON)
        assert sim.option("mkt-a", CONSOLIDATION) is None


# -- Message Center -----------------------------------------------------------------------------------------------


def message_center(every: str, first_run: str) -> dict[str, Any]:
    """An execution instance whose tracking runs at full hours, with a click a minute; a control instance asks it."""
    execution = {
        "role": "execution",
        "hits": "1m",
        "options": {POINTER: {"value": pointer_text(0, NOON)}},
        "workflows": {"tracking": {"every": "1h", "first_run": "1h", "seconds": 0}},
    }
    account = {"name": "rt", "execution": "rt-1", "login": "ops", "password": "ops-secret"}
    options = {SYNCH_CURSOR: {"type": "datetime", "value": NOON.isoformat()}}
    workflows = {"mcSynch_rt": {"every": every, "first_run": first_run}}
    return fleet({"accounts": [account], "options": options, "workflows": workflows}, **{"rt-1": execution})


def test_a_pointer_that_runs_ahead_of_its_source_loses_logs_silently_and_moved_back_it_brings_them() -> None:
    """KA-22897: the control instance synchronises every 2 minutes, the execution instance tracks every hour."""
    with running_simulator(message_center("2m", "2m")) as sim:
        sim.advance("4h30s")
        assert len(sim.rows("rt-1", TRACKING_LOG)) == 240
        assert len(sim.rows("mkt-a", TRACKING_LOG)) < 20
        workflow = sim.workflow("mkt-a", "mcSynch_rt")
        assert (workflow["failed"], workflow["errorCount"], workflow["state"]) == (False, 0, 11)
        assert not [line for line in sim.journal("mkt-a", "mcSynch_rt", limit=1000) if line["error"]]
        sim.set_option("mkt-a", SYNCH_CURSOR, NOON.isoformat())
        sim.advance("2m")
        assert len(sim.rows("mkt-a", TRACKING_LOG)) == 240


def test_with_the_same_schedule_on_both_sides_nothing_is_lost() -> None:
    with running_simulator(message_center("1h", "1h")) as sim:
        sim.advance("4h30s")
        names = {row["name"] for row in sim.rows("rt-1", TRACKING_LOG)}
        assert {row["name"] for row in sim.rows("mkt-a", TRACKING_LOG)} == {f"rt:{name}" for name in names}
        assert len(names) == 240


def test_each_execution_instance_has_a_pointer_of_its_own() -> None:
    world = message_center("1h", "1h")
    world["instances"]["mkt-a"]["accounts"][0]["execution_id"] = 7
    with running_simulator(world) as sim:
        sim.advance("1h10s")
        assert sim.option_time("mkt-a", "MC_LastTlRtSynch_7") == NOON + timedelta(hours=1, seconds=1)
        assert sim.option_time("mkt-a", SYNCH_CURSOR) == NOON


def events(state: str) -> dict[str, Any]:
    execution = {
        "role": "execution",
        "events": "1m",
        "options": {
            "MC_LastUpdateFromBL": {"type": "datetime", "value": NOON.isoformat()},
            "MC_LastRtEventStat": {"type": "datetime", "value": NOON.isoformat()},
        },
        "workflows": {"updateEventsStatus": {"every": "10m", "first_run": "10m", "state": state}},
    }
    return fleet({}, **{"rt-1": execution})


def test_event_status_and_statistics_are_brought_up_to_date_at_each_run() -> None:
    with running_simulator(events("started")) as sim:
        sim.advance("1h10s")
        assert [row["sent"] for row in sim.rows("rt-1", RT_EVENT_STAT)] == [11, 10, 10, 10, 10, 10]  # noon's own too
        assert len(sim.rows("rt-1", RT_EVENT, sent=True)) == 61
        assert sim.option_time("rt-1", "MC_LastRtEventStat") == NOON + timedelta(hours=1, seconds=6)


def test_while_the_workflow_is_stopped_the_reports_are_empty_and_a_restart_catches_up() -> None:
    """KA-15976: not running after an upgrade."""
    with running_simulator(events("stopped")) as sim:
        sim.advance("2d")
        assert sim.option_time("rt-1", "MC_LastRtEventStat") == NOON
        assert sim.rows("rt-1", RT_EVENT_STAT) == []
        sim.order("rt-1", "updateEventsStatus", "Start")
        sim.advance("11m")
        assert sum(row["sent"] for row in sim.rows("rt-1", RT_EVENT_STAT)) == 2 * 1440 + 11
        assert sim.option_time("rt-1", "MC_LastRtEventStat") > NOON + 2 * DAY


# -- later deliveries, and data that are kept ---------------------------------------------------------------------


def test_deliveries_that_are_added_later_have_logs_too() -> None:
    with running_simulator(sending("2026-11-23T12:00:00Z")) as sim:
        sim.add_deliveries("mid-eu", count=2, from_="now", to="now", for_=["mkt-a"], logs=3, sending=0)
        assert statuses(sim) == {6: 16}
        sim.advance("2m")
        assert statuses(sim) == {1: 16}


def test_kept_data_are_not_handed_over_twice(tmp_path: Path) -> None:
    for _time in range(2):
        with running_simulator(sending("2026-11-23T12:00:00Z"), state=tmp_path) as sim:
            sim.advance("2m")
            assert statuses(sim) == {1: 10}
            assert len(sim.rows("mid-eu", DELIVERY)) == 1
