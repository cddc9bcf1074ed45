# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Literal

import pytest

from simulator.config.switches import Switches, read_switches, switches_of
from simulator.config.validation import Section
from simulator.database.rows import OPTION, WORKFLOW, Rows
from simulator.database.store import Store
from simulator.engine.engine import EngineConfig
from simulator.engine.orders import METHODS, TRANSITIONAL, State, requested
from simulator.engine.runs import Busy, MarkDate
from simulator.soap.errors import FleetError, MethodFailure
from tests.unit.simulator.engine_world import (
    HOUR,
    MINUTE,
    START,
    WORK,
    Step,
    World,
    fake_store,
    real_store,
    run,
)

ERROR, WARNING, INFO, STATUS = 0, 1, 2, 3
Maker = Callable[..., World]


@pytest.fixture(params=[fake_store, real_store], ids=["fake store", "real store"])
def world(request: pytest.FixtureRequest) -> Maker:
    store: Callable[[Callable[[], datetime]], Rows] = request.param

    def make(**options: Any) -> World:
        return World(store, **options)

    return make


# -- orders: accepted now, taken later ------------------------------------------------------------------------------


def test_start_is_visible_as_requested_until_wfserver_takes_it(world: Maker) -> None:
    async def scenario() -> None:
        here = world()
        here.add(state="stopped")
        here.order("Start")
        assert here.state == (10, False)
        await here.clock.advance(1.9)
        assert here.state == (10, False)
        await here.clock.advance(0.1)
        assert here.state == (11, False)
        assert here.seconds("lastStart") == 2
        assert here.seconds("nextProcessingDate") == 2 + 10 * MINUTE

    run(scenario())


@pytest.mark.parametrize(
    ("method", "before", "requested_state", "after"),
    [
        ("Start", "edit", 10, 11),
        ("Start", "stopped", 10, 11),
        ("Start", "paused", 14, 11),
        ("Stop", "started", 15, 20),
        ("Stop", "paused", 15, 20),
        ("Pause", "started", 12, 13),
        ("Restart", "started", 17, 11),
        ("Restart", "paused", 17, 11),
        ("Restart", "stopped", 17, 11),
        ("Kill", "started", 20, 20),
        ("Kill", "paused", 20, 20),
        ("Kill", "edit", 20, 20),
    ],
)
def test_each_order_passes_through_its_state(
    world: Maker, method: str, before: str, requested_state: int, after: int
) -> None:
    async def scenario() -> None:
        here = world()
        here.add(state=before)
        here.order(method)
        assert here.row()["state"] == requested_state
        await here.clock.advance(10)
        assert here.state == (after, False)
        assert not here.row()["failed"]

    run(scenario())


@pytest.mark.parametrize(
    ("method", "state"),
    [("Start", "started"), ("Stop", "stopped"), ("Stop", "edit"), ("Pause", "stopped"), ("Pause", "paused"),
     ("Wakeup", "paused"), ("Wakeup", "stopped"), ("Kill", "stopped")],
)  # fmt: skip
def test_an_order_without_effect_is_accepted_in_silence_or_refused_by_switch(
    world: Maker, method: str, state: str
) -> None:
    async def scenario() -> None:
        here = world()
        here.add(state=state)
        before = here.row()
        here.order(method)
        await here.clock.advance(MINUTE)
        assert here.row() == before
        here.engine.switches = Switches(order_without_effect="fault")
        with pytest.raises(MethodFailure, match="BAS-010003"):
            here.order(method)
        assert here.row() == before
        assert here.journal() == []

    run(scenario())


def test_an_unknown_workflow_is_a_missing_record_or_by_switch_nothing(world: Maker) -> None:
    async def scenario() -> None:
        here = world()
        here.add()
        for reference in ("noSuchWorkflow", "424242", "-7", ""):
            with pytest.raises(MethodFailure, match="requested database record does not exist"):
                here.engine.order("Start", reference, "ops")
        here.engine.switches = Switches(unknown_workflow="accept")
        here.engine.order("Start", "noSuchWorkflow", "ops")

    run(scenario())


def test_a_workflow_is_named_by_its_id_too(world: Maker) -> None:
    async def scenario() -> None:
        here = world()
        row_id = here.add(state="stopped")
        here.engine.order("Start", str(row_id), "ops")
        assert here.row()["state"] == 10

    run(scenario())


def test_a_method_that_is_no_order_is_a_programming_error(world: Maker) -> None:
    here = world()
    with pytest.raises(LookupError, match="Reply"):
        here.engine.order("Reply", WORK, "ops")


def test_a_later_order_overrules_an_earlier_one_that_was_not_taken(world: Maker) -> None:
    async def scenario() -> None:
        here = world()
        here.add(state="stopped")
        here.order("Start")
        here.order("Stop")
        assert here.row()["state"] == 15
        await here.clock.advance(10)
        assert here.state == (20, False)
        assert here.journal(STATUS) == ["Workflow stopped."]

    run(scenario())


def test_a_second_stop_while_stopping_is_a_warning_in_the_journal(world: Maker) -> None:
    async def scenario() -> None:
        here = world()
        here.add(first_run=5)
        await here.clock.advance(10)
        here.order("Stop")
        here.order("Stop")
        await here.clock.advance(2)
        assert here.row()["state"] == 16
        here.order("Stop")
        await here.clock.advance(10)
        assert here.state == (20, False)
        warnings = here.journal(WARNING)
        assert len(warnings) == 2
        assert all("'Stop' of 'ops' not carried out" in text for text in warnings)
        assert "stopping, state 15" in warnings[0] and "stopping2, state 16" in warnings[1]

    run(scenario())


def test_a_start_while_stopping_is_lost(world: Maker) -> None:
    async def scenario() -> None:
        here = world()
        here.add()
        here.order("Stop")
        here.order("Start")
        await here.clock.advance(HOUR)
        assert here.state == (20, False)
        assert "'Start'" in here.journal(WARNING)[0]

    run(scenario())


def test_no_order_has_an_effect_on_a_transitional_state_but_stop_kill_and_restart() -> None:
    effective = {
        (method, state) for method in METHODS if method != "PostEvent" for state in TRANSITIONAL
        if requested(method, state) is not None
    }  # fmt: skip
    assert {method for method, _unused in effective} == {"Stop", "Kill", "Restart", "Pause"}
    assert requested("Pause", State.RESUMING) is State.PAUSING
    assert requested("Stop", State.STOPPING) is None
    assert requested("Stop", State.STOPPING2) is None


# -- the scheduler --------------------------------------------------------------------------------------------------


def test_the_scheduler_runs_the_workflow_every_period(world: Maker) -> None:
    async def scenario() -> None:
        here = world()
        here.add(first_run=60)
        assert here.seconds("nextProcessingDate") == 60
        await here.clock.advance(60)
        assert here.state == (11, True)
        assert here.seconds("nextProcessingDate") == 60 + 10 * MINUTE
        assert here.seconds("processDate") == 60
        await here.clock.advance(31)
        assert here.state == (11, False)
        assert here.seconds("processDate") == 91
        await here.clock.advance(HOUR)
        assert [(when - START).total_seconds() for when in here.step.done] == [91 + n * 600 for n in range(7)]
        assert here.row()["failed"] == 0 and here.row()["errorCount"] == 0

    run(scenario())


def test_each_run_has_a_process_id_of_its_own(world: Maker) -> None:
    async def scenario() -> None:
        here = world()
        here.add()
        seen = set()
        for _unused in range(3):
            await here.clock.advance(10 * MINUTE)
            seen.add(here.row()["processId"])
        assert len(seen) == 3 and 0 not in seen

    run(scenario())


def test_a_workflow_without_a_schedule_stays_started_and_runs_when_woken(world: Maker) -> None:
    async def scenario() -> None:
        here = world()
        here.add(every=0.0)
        await here.clock.advance(HOUR)
        assert here.state == (11, False) and here.seconds("nextProcessingDate") is None
        here.order("Wakeup")
        await here.clock.advance(MINUTE)
        assert len(here.step.done) == 1

    run(scenario())


def test_a_due_date_that_passes_during_a_run_begins_the_next_when_that_ends(world: Maker) -> None:
    async def scenario() -> None:
        here = world()
        here.step.seconds = 15 * MINUTE
        here.add()
        await here.clock.advance(10 * MINUTE + 2 * (15 * MINUTE + 1))
        assert [(when - START).total_seconds() for when in here.step.done] == [1501, 2402]
        assert here.row()["processId"] != 0
        assert here.seconds("nextProcessingDate") == 3000

    run(scenario())


def test_wakeup_does_the_pending_task_now_and_leaves_the_schedule(world: Maker) -> None:
    async def scenario() -> None:
        here = world()
        here.add()
        here.order("Wakeup")
        assert here.state == (11, False)
        await here.clock.advance(2)
        assert here.state == (11, True)
        assert here.seconds("nextProcessingDate") == 600
        await here.clock.advance(10 * MINUTE + 31)
        assert len(here.step.done) == 2

    run(scenario())


def test_wakeup_during_a_run_begins_no_second_one(world: Maker) -> None:
    async def scenario() -> None:
        here = world()
        here.add(first_run=1)
        await here.clock.advance(5)
        here.order("Wakeup")
        await here.clock.advance(MINUTE)
        assert len(here.step.seen) == 1

    run(scenario())


def test_wakeup_task_wakes_the_scheduler_and_nothing_else(world: Maker) -> None:
    async def scenario() -> None:
        here = world()
        here.add()
        here.order("WakeupTask", taskIdentifier="", activityName="step")
        await here.clock.advance(MINUTE)
        assert here.step.seen == [] and here.journal(WARNING) == ["No task of this activity is pending."]
        here.order("WakeupTask", taskIdentifier="", activityName="scheduler")
        await here.clock.advance(MINUTE)
        assert len(here.step.seen) == 1

    run(scenario())


def test_dates_in_rows_follow_the_instances_own_clock(world: Maker) -> None:
    async def scenario() -> None:
        here = world(skew=90)
        here.add()
        assert here.seconds("nextProcessingDate") == 690
        await here.clock.advance(600)
        assert here.row()["processId"] != 0
        assert here.seconds("processDate") == 690
        assert here.dated_journal()[0][0] == 690

    run(scenario())


# -- a clock that is set --------------------------------------------------------------------------------------------


async def begins_in(here: World, seconds: float) -> None:
    """The workflow begins to run after so long, and not before."""
    await here.clock.advance(seconds - 1)
    assert here.state == (11, False)
    await here.clock.advance(2)
    assert here.state == (11, True)


@pytest.mark.parametrize(
    ("clock_set", "skew", "begins"),
    [
        ("elapsed", 5 * MINUTE, 10 * MINUTE),
        ("elapsed", -5 * MINUTE, 10 * MINUTE),
        ("date", 5 * MINUTE, 5 * MINUTE),
        ("date", -5 * MINUTE, 15 * MINUTE),
    ],
)
def test_by_switch_a_workflow_waits_for_a_time_or_for_a_date(
    world: Maker, clock_set: Literal["elapsed", "date"], skew: float, begins: float
) -> None:
    async def scenario() -> None:
        here = world(switches=Switches(clock_set=clock_set))
        here.add()
        await here.clock.advance(2 * MINUTE)
        here.set_clock(skew)
        assert here.seconds("nextProcessingDate") == 10 * MINUTE
        await begins_in(here, begins - 2 * MINUTE)

    run(scenario())


def test_by_switch_what_the_clock_has_skipped_is_due_at_once(world: Maker) -> None:
    async def scenario() -> None:
        here = world(switches=Switches(clock_set="date"))
        here.add()
        here.set_clock(12 * MINUTE)
        await here.clock.advance(1)
        assert here.state == (11, True)
        assert here.seconds("nextProcessingDate") == 20 * MINUTE

    run(scenario())


@pytest.mark.parametrize("clock_set", ["elapsed", "date"])
@pytest.mark.parametrize(("skew", "begins"), [(5 * MINUTE, 5 * MINUTE), (-5 * MINUTE, 15 * MINUTE)])
def test_a_workflow_server_that_is_started_reads_the_dates_anew(
    world: Maker, clock_set: Literal["elapsed", "date"], skew: float, begins: float
) -> None:
    async def scenario() -> None:
        here = world(switches=Switches(clock_set=clock_set))
        here.add()
        here.engine.set_wfserver(False)
        here.set_clock(skew)
        here.engine.set_wfserver(True)
        await begins_in(here, begins)

    run(scenario())


def test_what_was_due_is_not_due_any_more_once_the_clock_was_set_back(world: Maker) -> None:
    async def scenario() -> None:
        here = world()
        here.add()
        here.engine.set_wfserver(False)
        await here.clock.advance(11 * MINUTE)
        here.set_clock(-5 * MINUTE)
        here.engine.set_wfserver(True)
        await begins_in(here, 4 * MINUTE)

    run(scenario())


def test_what_was_due_stays_late_when_the_clock_was_set_ahead(world: Maker) -> None:
    async def scenario() -> None:
        here = world()
        here.add()
        here.engine.set_wfserver(False)
        await here.clock.advance(11 * MINUTE)
        here.set_clock(5 * MINUTE)
        here.engine.set_wfserver(True)
        await here.clock.advance(1)
        assert here.state == (11, False), "orders come first, as after any start"
        await here.clock.advance(2)
        assert here.state == (11, True)

    run(scenario())


# -- wfserver -------------------------------------------------------------------------------------------------------


def test_orders_wait_while_wfserver_is_down_and_due_dates_pass(world: Maker) -> None:
    async def scenario() -> None:
        here = world()
        here.add()
        here.engine.set_wfserver(False)
        await here.clock.advance(35 * MINUTE)
        assert here.state == (11, False)
        assert here.seconds("nextProcessingDate") == 600
        here.order("Pause")
        await here.clock.advance(HOUR)
        assert here.state == (12, False)
        here.engine.set_wfserver(True)
        await here.clock.advance(10)
        assert here.state == (13, False)
        assert here.step.seen == []

    run(scenario())


def test_after_an_outage_a_due_date_fires_late_and_once(world: Maker) -> None:
    async def scenario() -> None:
        here = world()
        here.add()
        here.engine.set_wfserver(False)
        await here.clock.advance(35 * MINUTE)
        here.engine.set_wfserver(True)
        await here.clock.advance(2)
        assert here.state == (11, True)
        assert here.seconds("nextProcessingDate") == 40 * MINUTE
        await here.clock.advance(MINUTE)
        assert len(here.step.done) == 1
        await here.clock.advance(10 * MINUTE)
        assert len(here.step.done) == 2

    run(scenario())


def test_orders_given_during_an_outage_are_taken_in_their_sequence(world: Maker) -> None:
    async def scenario() -> None:
        here = world()
        here.add()
        here.engine.set_wfserver(False)
        here.engine.set_wfserver(False)
        here.order("Restart")
        await here.clock.advance(MINUTE)
        assert here.row()["state"] == 17
        here.engine.set_wfserver(True)
        here.engine.set_wfserver(True)
        await here.clock.advance(1)
        assert here.row()["state"] == 17
        await here.clock.advance(1)
        assert here.state == (11, False)
        assert here.journal(STATUS) == ["Workflow started."]

    run(scenario())


def test_a_run_that_is_on_survives_its_wfserver(world: Maker) -> None:
    async def scenario() -> None:
        here = world()
        here.add(first_run=1)
        await here.clock.advance(5)
        here.engine.set_wfserver(False)
        await here.clock.advance(HOUR)
        assert len(here.step.done) == 1
        assert here.state == (11, False)

    run(scenario())


def test_kill_needs_no_wfserver(world: Maker) -> None:
    async def scenario() -> None:
        here = world()
        here.add()
        here.engine.set_wfserver(False)
        here.order("Stop")
        await here.clock.advance(HOUR)
        assert here.row()["state"] == 15
        here.order("Kill")
        assert here.state == (20, False)
        here.engine.set_wfserver(True)
        await here.clock.advance(HOUR)
        assert here.state == (20, False)

    run(scenario())


# -- errors ---------------------------------------------------------------------------------------------------------


def test_stop_on_error_pauses_the_workflow_as_failed(world: Maker) -> None:
    async def scenario() -> None:
        here = world()
        here.add(first_run=0)
        here.step.failing = "PGS-220000 PostgreSQL error"
        await here.clock.advance(40)
        row = here.row()
        assert here.state == (13, False)
        assert row["failed"] == 1 and row["errorCount"] == 1 and row["errorActivity"] == "step"
        assert row["nextProcessingDate"] is None and row["status"] == 3
        assert here.journal(ERROR) == ["PGS-220000 PostgreSQL error"]
        await here.clock.advance(HOUR)
        assert len(here.step.seen) == 1

    run(scenario())


@pytest.mark.parametrize(("where", "at_once", "later"), [("paused", 13, 13), ("pausing", 12, 13), ("stopped", 20, 20)])
def test_by_switch_an_error_pauses_by_way_of_pausing_or_stops(
    world: Maker, where: Any, at_once: int, later: int
) -> None:
    async def scenario() -> None:
        here = world()
        here.engine.switches = Switches(error_state=where)
        here.add(first_run=0)
        here.step.failing = "PGS-220000 PostgreSQL error"
        await here.clock.advance(40)
        assert here.row()["failed"] == 1 and here.state == (at_once, False)
        await here.clock.advance(HOUR)
        assert here.row()["failed"] == 1 and here.state == (later, False)
        assert len(here.step.seen) == 1 and here.row()["nextProcessingDate"] is None

    run(scenario())


def test_a_stop_on_the_way_to_a_pause_is_carried_out(world: Maker) -> None:
    async def scenario() -> None:
        here = world()
        here.engine.switches = Switches(error_state="pausing")
        here.add(first_run=0)
        here.step.failing = "PGS-220000 PostgreSQL error"
        await here.clock.advance(40)
        here.order("Stop")
        await here.clock.advance(HOUR)
        assert here.state == (20, False) and here.row()["failed"] == 0

    run(scenario())


def test_ignore_keeps_the_workflow_started_and_only_journal_and_count_show_it(world: Maker) -> None:
    async def scenario() -> None:
        here = world()
        here.add(first_run=0, on_error="ignore")
        here.step.failing = "PGS-220000 PostgreSQL error"
        await here.clock.advance(25 * MINUTE)
        row = here.row()
        assert here.state == (11, False)
        assert row["failed"] == 0 and row["errorCount"] == 3
        assert len(here.journal(ERROR)) == 3
        here.step.failing = ""
        await here.clock.advance(10 * MINUTE)
        assert here.row()["errorCount"] == 0 and here.row()["errorActivity"] == ""

    run(scenario())


def test_ignore_with_a_limit_stops_when_the_count_reaches_it(world: Maker) -> None:
    async def scenario() -> None:
        here = world()
        here.add(first_run=0, on_error="ignore", error_limit=3)
        here.step.failing = "down"
        await here.clock.advance(15 * MINUTE)
        assert here.state == (11, False) and here.row()["errorCount"] == 2
        await here.clock.advance(10 * MINUTE)
        assert here.state == (13, False)
        assert here.row()["failed"] == 1 and here.row()["errorCount"] == 3

    run(scenario())


def test_start_from_failed_resumes_at_the_failed_activity_and_not_before(world: Maker) -> None:
    async def scenario() -> None:
        first, second, third = Step("first"), Step("second"), Step("third")
        here = world(steps=[first, second, third])
        here.add(first_run=0)
        second.failing = "down"
        await here.clock.advance(2 * MINUTE)
        assert here.state == (13, False) and here.row()["errorActivity"] == "second"
        second.failing = ""
        here.order("Start")
        assert here.row()["state"] == 14
        await here.clock.advance(2)
        assert here.state == (11, True)
        assert here.row()["failed"] == 0
        await here.clock.advance(2 * MINUTE)
        assert (len(first.seen), len(second.seen), len(third.seen)) == (1, 2, 1)
        assert here.state == (11, False) and here.row()["errorCount"] == 0
        await here.clock.advance(10 * MINUTE)
        assert len(first.seen) == 2  # the next scheduled run is a whole one

    run(scenario())


def test_stop_then_start_from_failed_starts_from_the_beginning(world: Maker) -> None:
    async def scenario() -> None:
        first, second = Step("first"), Step("second")
        here = world(steps=[first, second])
        here.add(first_run=0)
        second.failing = "down"
        await here.clock.advance(2 * MINUTE)
        second.failing = ""
        here.order("Stop")
        await here.clock.advance(10)
        assert here.state == (20, False) and here.row()["failed"] == 0
        here.order("Start")
        await here.clock.advance(2)
        assert here.state == (11, False)
        here.order("Wakeup")
        await here.clock.advance(2 * MINUTE)
        assert (len(first.done), len(second.done)) == (2, 1)

    run(scenario())


def test_restart_from_failed_starts_from_the_beginning_too(world: Maker) -> None:
    async def scenario() -> None:
        first, second = Step("first"), Step("second")
        here = world(steps=[first, second])
        here.add(first_run=0)
        second.failing = "down"
        await here.clock.advance(2 * MINUTE)
        here.order("Restart")
        await here.clock.advance(2)
        assert here.state == (11, False) and here.row()["failed"] == 0 and here.row()["errorCount"] == 0
        await here.clock.advance(11 * MINUTE)
        assert len(first.done) == 2

    run(scenario())


def test_a_disabled_operator_fails_the_run(world: Maker) -> None:
    async def scenario() -> None:
        here = world()
        here.add(first_run=0)
        here.disabled.add("admin")
        await here.clock.advance(MINUTE)
        assert here.row()["failed"] == 1
        error = here.journal(ERROR)[0]
        assert error.startswith("XSV-350012 Invalid login or password.") and "SCR-160012" in error
        assert "'step/script'" in error

    run(scenario())


# -- stop, pause, kill, restart during a run ------------------------------------------------------------------------


def test_stop_cancels_the_operation_in_progress(world: Maker) -> None:
    async def scenario() -> None:
        here = world()
        here.step.seconds = HOUR
        here.add(first_run=0)
        await here.clock.advance(10 * MINUTE + 5)
        here.order("Stop")
        assert here.state == (15, True)
        await here.clock.advance(2)
        assert here.state == (16, True)
        assert here.step.cut_off == 1
        await here.clock.advance(1)
        assert here.state == (20, False)
        assert here.seconds("nextProcessingDate") is None
        await here.clock.advance(HOUR)
        assert here.step.done == [] and here.state == (20, False)

    run(scenario())


def test_kill_finishes_at_once_also_while_a_stop_is_cancelling(world: Maker) -> None:
    async def scenario() -> None:
        here = world(config=EngineConfig(cancel_seconds=600))
        here.step.seconds = HOUR
        here.add(first_run=0)
        await here.clock.advance(5)
        here.order("Stop")
        await here.clock.advance(60)
        assert here.state == (16, True)
        here.order("Kill")
        assert here.state == (20, False)
        await here.clock.advance(2 * HOUR)
        assert here.state == (20, False)
        assert [text for text in here.journal(STATUS) if "stopped" in text] == ["Workflow stopped unconditionally."]
        here.order("Start")
        await here.clock.advance(2)
        assert here.state == (11, False)

    run(scenario())


def test_pause_lets_the_operation_in_progress_finish(world: Maker) -> None:
    async def scenario() -> None:
        first, second = Step("first", 100), Step("second", 100)
        here = world(steps=[first, second])
        here.add(first_run=0)
        await here.clock.advance(10)
        here.order("Pause")
        await here.clock.advance(50)
        assert here.state == (12, True)
        await here.clock.advance(50)
        assert here.state == (13, False)
        assert (len(first.done), len(second.seen)) == (1, 0)
        assert here.row()["failed"] == 0
        here.order("Start")
        await here.clock.advance(200)
        assert (len(first.done), len(second.done)) == (1, 1)
        assert here.state == (11, False)

    run(scenario())


def test_a_run_that_fails_while_pausing_ends_failed(world: Maker) -> None:
    async def scenario() -> None:
        here = world()
        here.add(first_run=0)
        here.step.failing = "down"
        await here.clock.advance(10)
        here.order("Pause")
        await here.clock.advance(MINUTE)
        assert here.state == (13, False) and here.row()["failed"] == 1

    run(scenario())


def test_a_run_that_fails_while_a_stop_waits_ends_stopped(world: Maker) -> None:
    async def scenario() -> None:
        here = world(config=EngineConfig(order_delay=100))
        here.add(first_run=0)
        here.step.failing = "down"
        await here.clock.advance(10)
        here.order("Stop")
        await here.clock.advance(50)
        assert here.state == (15, False)
        await here.clock.advance(100)
        assert here.state == (20, False) and here.row()["failed"] == 0
        assert here.journal(ERROR) == ["down"]

    run(scenario())


def test_restart_during_a_run_cancels_it_and_starts_from_the_beginning(world: Maker) -> None:
    async def scenario() -> None:
        here = world()
        here.step.seconds = HOUR
        here.add(first_run=0)
        await here.clock.advance(10)
        here.order("Restart")
        await here.clock.advance(2)
        assert here.state == (18, True)
        await here.clock.advance(1)
        assert here.state == (11, False)
        assert here.step.cut_off == 1
        await here.clock.advance(10 * MINUTE + 1)
        assert len(here.step.seen) == 2

    run(scenario())


# -- variables and events -------------------------------------------------------------------------------------------


def test_variables_are_kept_by_restart_and_cleared_by_stop_and_start(world: Maker) -> None:
    async def scenario() -> None:
        here = world()
        here.add(state="stopped")
        here.order("StartWithParameters", region="eu")
        await here.clock.advance(11 * MINUTE)
        here.order("Restart")
        await here.clock.advance(11 * MINUTE)
        here.order("Stop")
        await here.clock.advance(10)
        here.order("Start")
        await here.clock.advance(11 * MINUTE)
        assert here.step.seen == [{"region": "eu"}, {"region": "eu"}, {}]

    run(scenario())


def test_an_event_is_taken_kept_or_refused_by_the_state(world: Maker) -> None:
    async def scenario() -> None:
        here = world()
        here.add()
        event = {"activity": "signal", "transition": "done", "complete": False, "size": "3"}
        here.order("PostEvent", **event)
        await here.clock.advance(2)
        assert here.journal(INFO) == ["Event posted on transition 'done'."]
        here.order("Pause")
        await here.clock.advance(2)
        here.order("PostEvent", **event)
        await here.clock.advance(MINUTE)
        assert len(here.journal(INFO)) == 1
        here.order("Start")
        await here.clock.advance(2)
        assert len(here.journal(INFO)) == 2
        here.order("Stop")
        await here.clock.advance(2)
        here.order("PostEvent", **event)
        await here.clock.advance(2)
        assert [text[:10] for text in here.journal(ERROR)] == ["BAS-010003"]
        assert here.state == (20, False)

    run(scenario())


# -- journal, rows, other activities --------------------------------------------------------------------------------


def test_the_journal_of_a_good_run_is_short_and_dated(world: Maker) -> None:
    async def scenario() -> None:
        here = world()
        here.add()
        await here.clock.advance(11 * MINUTE)
        assert here.dated_journal() == [
            (600, STATUS, "", "Run started (process 1001)."),
            (631, STATUS, "", "Run finished (process 1001)."),
        ]

    run(scenario())


def test_the_same_steps_give_the_same_journal(world: Maker) -> None:
    def history() -> list[tuple[float, int, str, str]]:
        found: list[tuple[float, int, str, str]] = []

        async def scenario() -> None:
            here = world(steps=[Step("first", 7), Step("second", 200)])
            here.add(on_error="ignore")
            await here.clock.advance(25 * MINUTE)
            here.order("Pause")
            here.order("Wakeup")
            await here.clock.advance(3)
            here.order("Start")
            await here.clock.advance(2 * HOUR)
            here.order("Stop")
            await here.clock.advance(HOUR)
            found.extend(here.dated_journal())

        run(scenario())
        return found

    first = history()
    assert len(first) > 20
    assert first == history()


def test_rows_show_the_error_management(world: Maker) -> None:
    here = world()
    here.add(state="stopped", on_error="ignore", error_limit=5)
    assert (here.row()["onError"], here.row()["errorLimit"]) == (1, 5)
    other = world(switches=Switches(on_error_numbers="stop_1_ignore_0"))
    other.add(state="stopped", on_error="ignore")
    assert other.row()["onError"] == 0


def test_a_workflow_without_known_activities_just_takes_its_time(world: Maker) -> None:
    async def scenario() -> None:
        here = world()
        here.add(name="billing", first_run=0)
        await here.clock.advance(3)
        row = here.store.find(WORKFLOW, internalName="billing")[0]
        assert row["processId"] != 0
        await here.clock.advance(10)
        row = here.store.find(WORKFLOW, internalName="billing")[0]
        assert row["processId"] == 0 and row["failed"] == 0

    run(scenario())


def test_an_option_is_marked_with_the_time_of_the_run_in_its_own_type(world: Maker) -> None:
    async def scenario() -> None:
        here = world(steps=[Busy(5), MarkDate("Date"), MarkDate("Text"), MarkDate("Fresh")])
        here.store.insert(OPTION, {"name": "Date", "dataType": 7, "timeStampValue": START})
        text_id = here.store.insert(OPTION, {"name": "Text", "dataType": 6, "stringValue": "old"})
        here.add(first_run=0)
        await here.clock.advance(10)
        date, text, fresh = (here.option(name) for name in ("Date", "Text", "Fresh"))
        assert date is not None and date["timeStampValue"] == START + timedelta(seconds=6)
        assert text is not None and (text["dataType"], text["stringValue"]) == (6, "2026-11-23 02:00:06.000Z")
        assert fresh is not None and fresh["dataType"] == 7
        assert here.journal(INFO)[1] == f"AuditTrail: Option 'Text' with id '{text_id}' modified by 'admin'"

    run(scenario())


def test_an_option_that_cannot_hold_a_date_fails_the_run(world: Maker) -> None:
    async def scenario() -> None:
        here = world(steps=[MarkDate("Count")])
        here.store.insert(OPTION, {"name": "Count", "dataType": 3, "longValue": 5})
        here.add(first_run=0)
        await here.clock.advance(10)
        assert here.row()["failed"] == 1
        assert "type 3" in here.journal(ERROR)[0]

    run(scenario())


# -- stored data ----------------------------------------------------------------------------------------------------


def test_an_engine_on_stored_data_keeps_schedule_and_waiting_orders(world: Maker) -> None:
    async def scenario() -> None:
        here = world()
        here.add()
        await here.clock.advance(4 * MINUTE)
        here.engine.close()
        here.engine = here.new_engine()
        here.add(state="stopped")
        assert len(here.store.find(WORKFLOW)) == 1
        await here.clock.advance(6 * MINUTE)
        assert here.state == (11, True)
        here.order("Stop")
        here.engine.close()
        assert here.state == (15, True)
        here.engine = here.new_engine()
        here.add()
        assert here.state == (15, False)
        await here.clock.advance(10)
        assert here.state == (20, False)

    run(scenario())


def test_a_due_date_that_passed_while_the_process_was_off_fires_at_once(world: Maker) -> None:
    async def scenario() -> None:
        here = world()
        here.add()
        here.engine.close()
        await here.clock.advance(HOUR)
        assert here.step.seen == []
        here.engine = here.new_engine()
        here.add()
        await here.clock.advance(0)
        assert here.state == (11, True)

    run(scenario())


def test_a_row_written_by_a_client_takes_orders(world: Maker) -> None:
    async def scenario() -> None:
        here = world()
        here.store.insert(WORKFLOW, {"internalName": "copied", "state": 0})
        here.engine.order("Start", "copied", "ops")
        await here.clock.advance(2)
        assert here.store.find(WORKFLOW, internalName="copied")[0]["state"] == 11

    run(scenario())


@pytest.mark.parametrize("when", [5, 10 * MINUTE + 40])
def test_a_workflow_whose_row_is_deleted_is_forgotten_with_its_run_and_its_orders(when: float) -> None:
    async def scenario() -> None:
        here = World(real_store)
        assert isinstance(here.store, Store)
        here.step.seconds = 10 * MINUTE + 30
        row_id = here.add(first_run=0)
        await here.clock.advance(when)
        here.order("Wakeup")
        here.order("Pause")
        done = list(here.step.done)
        here.store.delete(WORKFLOW, row_id)
        here.engine.forget(row_id)
        here.engine.forget(row_id)
        await here.clock.advance(HOUR)
        assert here.step.done == done
        with pytest.raises(MethodFailure, match="does not exist"):
            here.order("Start")

    run(scenario())


# -- switches -------------------------------------------------------------------------------------------------------


def test_switches_are_words_and_a_wrong_one_says_what_is_allowed() -> None:
    given = read_switches(Section("f", "instances.a.switches", {"timeout_text": "curl", "row_cap": 10}))
    assert given == {"timeout_text": "curl", "row_cap": 10}
    assert switches_of(given) == Switches(timeout_text="curl", row_cap=10)
    with pytest.raises(FleetError, match=r"switches\.timeout_text: 'late' is not one of: timed_out, gateway"):
        read_switches(Section("f", "instances.a.switches", {"timeout_text": "late"}))
    with pytest.raises(FleetError, match=r"switches\.colour: unknown key; allowed here: .*cursor_after_failure"):
        read_switches(Section("f", "instances.a.switches", {"colour": "red"}))
