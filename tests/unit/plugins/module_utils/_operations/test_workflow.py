# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the workflow modules read, order and wait for, against a simulated instance in virtual time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._core.errors import (
    ConflictError,
    FaultError,
    NotFoundError,
    ValidationError,
    WaitTimeout,
)
from ansible_collections.campaign.classic.plugins.module_utils._core.interrupts import Interrupted
from ansible_collections.campaign.classic.plugins.module_utils._operations import workflow as _op_workflow
from ansible_collections.campaign.classic.plugins.module_utils._operations.runner import Answer
from ansible_collections.campaign.classic.plugins.module_utils._operations.workflow import (
    WORKFLOW_INFO,
    WORKFLOW_RUN,
    describe,
    describe_line,
)
from ansible_collections.campaign.classic.plugins.module_utils._resources.workflow_states import WorkflowState
from ansible_collections.campaign.classic.plugins.module_utils._resources.workflows import Workflow, Workflows
from tests.helpers.cure_world import START, WORKFLOW, World, marketing, world
from tests.helpers.cursors import TIMEOUT, line, workflow

Enter = Callable[..., World]
HEALTHY = "2026-11-22T00:00:00Z"


@pytest.fixture
def enter() -> Iterator[Enter]:
    """Starts a world with one instance ``mkt``."""
    with ExitStack() as stack:

        def start(**more: Any) -> World:
            return stack.enter_context(world({"mkt": marketing(**{"cursor": HEALTHY, **more})}))

        yield start


def control(there: World, state: str, **more: Any) -> Answer:
    return there.ask("mkt", _op_workflow.WORKFLOW, name=WORKFLOW, state=state, **more)


def run(there: World, **more: Any) -> Answer:
    return there.ask("mkt", WORKFLOW_RUN, name=WORKFLOW, **more)


def order(there: World, name: str, *, wait: float = 3) -> None:
    there.sim.order("mkt", WORKFLOW, name)
    there.sleep(wait)


def state_of(there: World) -> int:
    return int(there.row("mkt")["state"])


# -- reading -----------------------------------------------------------------------------------------------------------


def test_info_shows_rows_with_their_newest_lines_and_names_what_is_missing(enter: Enter) -> None:
    answer = enter().ask("mkt", WORKFLOW_INFO, names=["nowhere", WORKFLOW, "neither"], journal_lines=2)
    assert answer.changed is False
    assert answer.result["missing"] == ["neither", "nowhere"]
    (found,) = answer.result["workflows"]
    assert (found["name"], found["state_name"], found["running"]) == (WORKFLOW, "started", False)
    assert found["next_processing_date"] == "2026-11-23 02:08:00.000Z"
    assert [entry["at"] for entry in found["journal"]] == sorted((e["at"] for e in found["journal"]), reverse=True)
    assert len(found["journal"]) == 2


def test_info_without_lines_asks_for_none(enter: Enter) -> None:
    there = enter()
    answer = there.ask("mkt", WORKFLOW_INFO, names=[WORKFLOW], journal_lines=0)
    assert answer.result["workflows"][0]["journal"] == []
    assert there.calls("mkt").count("xtk:queryDef#ExecuteQuery") == 1


def test_dates_that_are_not_there_are_empty() -> None:
    row = workflow(13, failed=True, processed=None, due=None, started=None)
    shown = describe(row)
    assert (shown["process_date"], shown["next_processing_date"], shown["last_start"]) == ("", "", "")
    assert shown["failed"] is True


def test_line_says_what_was_said_and_whether_it_is_an_error() -> None:
    assert describe_line(line(0, message="It failed"), fails=True)["error"] is True
    assert describe_line(line(0, message="It failed"))["error"] is False
    shown = describe_line(line(0, TIMEOUT))
    assert shown == {"at": "2026-11-23 12:00:00.000Z", "activity": "soap", "error": True, "text": TIMEOUT}


# -- declarative states ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "state", "orders", "after"),
    [
        ([], "stopped", ["Stop"], 20),
        ([], "paused", ["Pause"], 13),
        (["Stop"], "started", ["Start"], 11),
        (["Pause"], "started", ["Start"], 11),
        (["Pause"], "stopped", ["Stop"], 20),
    ],
)
def test_state_is_ordered_once_waited_for_and_then_left(
    enter: Enter, before: list[str], state: str, orders: list[str], after: int
) -> None:
    there = enter()
    for name in before:
        order(there, name)
    planned = control(there, state, check_mode=True)
    assert planned.changed
    assert there.writes("mkt") == []
    assert planned.diff is not None
    assert planned.diff["after"] == f"state = {state}\n"
    done = control(there, state)
    assert done.changed
    assert there.writes("mkt") == orders
    assert state_of(there) == after
    assert done.result["workflow"]["state"] == after
    assert done.diff == {**planned.diff, "before": f"state = {done.result['previous']['state_name']}\n"}
    again = control(there, state)
    assert (again.changed, again.result["workflow"]) == (False, again.result["previous"])
    assert there.writes("mkt") == orders
    assert not control(there, state, check_mode=True).changed


def test_workflow_that_was_never_started_is_as_good_as_stopped(enter: Enter) -> None:
    there = enter(workflow={"state": "edit"})
    assert not control(there, "stopped").changed
    assert there.writes("mkt") == []


@pytest.mark.parametrize("state", ["edit", "stopped"])
def test_workflow_that_is_not_started_cannot_be_paused(enter: Enter, state: str) -> None:
    there = enter(workflow={"state": state})
    with pytest.raises(ConflictError, match="cannot be paused. Only a started workflow"):
        control(there, "paused")
    assert there.writes("mkt") == []


def test_unknown_workflow_is_not_found(enter: Enter) -> None:
    with pytest.raises(NotFoundError, match="'nowhere', or the operator has no rights"):
        enter().ask("mkt", _op_workflow.WORKFLOW, name="nowhere", state="stopped")


@pytest.mark.parametrize("operation", [_op_workflow.WORKFLOW, WORKFLOW_RUN], ids=lambda one: one.name)
@pytest.mark.parametrize("times", [{"wait_timeout": -1.0}, {"wait_timeout": float("nan")}, {"poll_interval": 0.0}])
def test_times_that_would_never_end_are_refused_before_anything_is_ordered(
    enter: Enter, operation: Any, times: dict[str, float]
) -> None:
    there = enter()
    more = {"state": "stopped"} if operation is _op_workflow.WORKFLOW else {}
    with pytest.raises(ValidationError):
        there.ask("mkt", operation, name=WORKFLOW, **more, **times)
    assert there.writes("mkt") == []


def test_without_waiting_the_order_is_sent_and_the_row_is_as_it_is_then(enter: Enter) -> None:
    there = enter()
    done = control(there, "stopped", wait=False)
    assert done.changed
    assert done.result["workflow"]["state"] == 15
    assert there.passed == 0


def test_order_on_its_way_is_waited_for_and_not_given_again(enter: Enter) -> None:
    there = enter()
    there.sim.order("mkt", WORKFLOW, "Stop")
    assert not control(there, "stopped", check_mode=True).changed
    done = control(there, "stopped")
    assert (done.changed, done.result["workflow"]["state"]) == (False, 20)
    assert there.writes("mkt") == []


def test_order_on_its_way_without_waiting_is_only_looked_at(enter: Enter) -> None:
    there = enter()
    there.sim.order("mkt", WORKFLOW, "Stop")
    done = control(there, "stopped", wait=False)
    assert (done.changed, done.result["workflow"]["state"]) == (False, 15)


@pytest.mark.parametrize(
    ("theirs", "state", "ours"), [("Stop", "started", ["Start"]), ("Restart", "stopped", ["Stop"])]
)
def test_order_on_its_way_somewhere_else_must_have_arrived_first(
    enter: Enter, theirs: str, state: str, ours: list[str]
) -> None:
    there = enter()
    there.sim.order("mkt", WORKFLOW, theirs)
    done = control(there, state)
    assert done.changed
    assert there.writes("mkt") == ours
    assert done.result["workflow"]["state_name"] == state


def test_order_of_somebody_else_may_arrive_where_we_want_to_be(enter: Enter) -> None:
    there = enter()
    order(there, "Pause")
    there.sim.order("mkt", WORKFLOW, "Start")
    done = control(there, "started")
    assert (done.changed, done.result["workflow"]["state"]) == (False, 11)
    assert there.writes("mkt") == []


@pytest.mark.parametrize("check_mode", [True, False])
def test_workflow_that_is_being_stopped_cannot_be_paused(enter: Enter, check_mode: bool) -> None:
    there = enter()
    there.sim.order("mkt", WORKFLOW, "Stop")
    with pytest.raises(ConflictError, match="is stopping and cannot be paused"):
        control(there, "paused", check_mode=check_mode)
    assert there.writes("mkt") == []


def test_stopped_workflow_of_which_a_process_is_left_is_waited_for_and_gets_no_second_stop(enter: Enter) -> None:
    there = enter()
    rows = Workflows.find
    left = [WorkflowState.STOPPED] * 3

    def lingering(self: Workflows, names: Sequence[str]) -> list[Workflow]:
        return [replace(row, state=left.pop(), process_id=7) if left else row for row in rows(self, names)]

    order(there, "Stop")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Workflows, "find", lingering)
        assert not control(there, "stopped", check_mode=True).changed
        done = control(there, "stopped")
    assert (left, done.changed, done.result["previous"]["running"], done.result["workflow"]["running"]) == (
        [],
        False,
        True,
        False,
    )
    assert there.writes("mkt") == []


def test_order_that_somebody_gave_before_is_no_change_of_ours(enter: Enter) -> None:
    there = enter()
    there.sim.change("mkt", switches={"order_without_effect": "fault"})

    def before(method: str) -> None:
        if method.endswith("#Stop"):
            there.sim.order("mkt", WORKFLOW, "Stop")

    there.before = before
    done = control(there, "stopped")
    assert (done.changed, done.result["workflow"]["state"]) == (False, 20)


def test_fault_passes(enter: Enter) -> None:
    there = enter()
    there.sim.fault("deadlock", instance="mkt", method="xtk:workflow#Stop")
    with pytest.raises(FaultError, match="PGS-220000"):
        control(there, "stopped")


def test_stop_that_is_not_taken_warns_of_a_second_one(enter: Enter) -> None:
    there = enter()
    there.sim.change("mkt", wfserver="down")
    with pytest.raises(WaitTimeout, match="mkt: Waited 30 s for the stop.*Do not order a second stop"):
        control(there, "stopped", wait_timeout=30.0)
    assert there.writes("mkt") == ["Stop"]


def test_stop_that_never_came_is_sent_again(enter: Enter) -> None:
    there = enter()
    there.sim.fault("reset", instance="mkt", method="xtk:workflow#Stop", count=1)
    assert control(there, "stopped", wait_timeout=30.0).changed
    assert there.writes("mkt") == ["Stop", "Stop"]
    assert there.passed < 30


def test_force_kills_what_does_not_stop_and_that_is_a_change(enter: Enter) -> None:
    there = enter()
    there.sim.change("mkt", wfserver="down")
    there.sim.order("mkt", WORKFLOW, "Stop")
    done = control(there, "stopped", wait_timeout=30.0, force=True)
    assert (done.changed, done.result["workflow"]["state"]) == (True, 20)
    assert there.writes("mkt") == ["Kill"]


def test_force_does_not_kill_where_no_stop_has_come(enter: Enter) -> None:
    """It is for a stop that is under way for too long; this one nobody has waited for."""
    there = enter()
    there.sim.fault("reset", instance="mkt", method="xtk:workflow#Stop")
    with pytest.raises(WaitTimeout, match="Sent stop 3 times"):
        control(there, "stopped", wait_timeout=300.0, force=True)
    assert there.writes("mkt") == ["Stop"] * 3
    assert there.row("mkt")["state"] == 11


def test_force_has_no_part_in_a_start(enter: Enter) -> None:
    there = enter(workflow={"state": "stopped"})
    there.sim.change("mkt", wfserver="down")
    with pytest.raises(WaitTimeout, match="for the start.*check that the workflow server"):
        control(there, "started", wait_timeout=30.0, force=True)
    assert there.writes("mkt") == ["Start"]


def test_start_that_fails_at_once_points_to_the_journal(enter: Enter) -> None:
    there = enter(cursor="2020-03-01T10:00:00Z")  # at 13 and failed: a start resumes, and fails again after a minute
    there.sim.fault("reset", instance="mkt", method="xtk:workflow#Start")
    with pytest.raises(WaitTimeout, match="failed. It is in error: look at its journal with workflow_info"):
        control(there, "started", wait_timeout=30.0)


@pytest.mark.parametrize(
    ("before", "was", "orders"),
    [([], 11, ["Stop", "Start"]), (["Pause"], 13, ["Stop", "Start"]), (["Stop"], 20, ["Start"])],
)
def test_restart_begins_afresh_from_wherever_the_workflow_is(
    enter: Enter, before: list[str], was: int, orders: list[str]
) -> None:
    there = enter()
    for name in before:
        order(there, name)
    planned = control(there, "restarted", check_mode=True)
    assert planned.changed
    assert there.writes("mkt") == []
    # Without waiting for the start; the stop is waited for all the same, or the start would resume.
    done = control(there, "restarted", wait=was != 11)
    assert done.changed
    assert there.writes("mkt") == orders
    assert done.result["previous"]["state"] == was
    assert planned.diff == done.diff
    assert done.diff is not None
    assert done.diff["after"] == "state = started, afresh\n"


def test_restart_that_does_not_start_says_that_the_workflow_is_stopped_now(enter: Enter) -> None:
    there = enter()
    there.sim.fault("fault", instance="mkt", method="xtk:workflow#Start", text="SOP-330011 no")
    with pytest.raises(FaultError, match="It was started before, and has been stopped"):
        control(there, "restarted")
    assert state_of(there) == 20


def test_restart_of_a_stopped_workflow_that_does_not_start_does_not_say_that_it_has_stopped_it(enter: Enter) -> None:
    there = enter()
    order(there, "Stop")
    there.sim.fault("fault", instance="mkt", method="xtk:workflow#Start", text="SOP-330011 no")
    with pytest.raises(FaultError) as failed:
        control(there, "restarted")
    assert "has been stopped" not in str(failed.value)
    assert there.writes("mkt") == ["Start"]


def test_restart_whose_stop_got_no_answer_and_does_not_end_says_that_it_is_not_started_again(enter: Enter) -> None:
    there = enter()
    there.sim.change("mkt", wfserver="down")
    there.sim.fault("status", instance="mkt", method="xtk:workflow#Stop", status=504, executed=True)
    with pytest.raises(WaitTimeout, match="It was ordered to stop, and is not started again: see that it is started"):
        control(there, "restarted", wait_timeout=30.0)
    assert state_of(there) == 15


def test_restart_whose_stop_is_refused_does_not_say_that_it_was_ordered(enter: Enter) -> None:
    there = enter()
    there.sim.fault("fault", instance="mkt", method="xtk:workflow#Stop", text="SOP-330011 no")
    with pytest.raises(FaultError) as failed:
        control(there, "restarted")
    assert "ordered to stop" not in str(failed.value)


def test_interrupted_restart_leaves_stopped_what_somebody_else_has_stopped(enter: Enter) -> None:
    there = enter()
    there.sim.change("mkt", switches={"order_without_effect": "fault"})
    seen: list[str] = []

    def before(method: str) -> None:
        seen.append(method)
        if method.endswith("#Stop"):
            there.sim.order("mkt", WORKFLOW, "Stop")
        elif "xtk:workflow#Stop" in seen and state_of(there) == 20:
            there.before = lambda _method: None
            raise Interrupted("Ctrl-C (SIGINT)")

    there.before = before
    with pytest.raises(Interrupted) as stop:
        control(there, "restarted")
    assert stop.value.left == ""
    assert state_of(there) == 20


@pytest.mark.parametrize("kind", ["reset", "html", "redirect", "empty", "other_method"])
@pytest.mark.parametrize(("wanted", "order"), [("stopped", "Stop"), ("paused", "Pause"), ("restarted", "Start")])
def test_order_that_got_no_soap_and_never_came_is_sent_again(enter: Enter, wanted: str, order: str, kind: str) -> None:
    there = enter()
    there.sim.fault(kind, instance="mkt", method=f"xtk:workflow#{order}", count=1)
    assert control(there, wanted).changed
    assert there.writes("mkt").count(order) == 2
    assert there.passed < 30


@pytest.mark.parametrize("kind", ["lose_answer", "html", "redirect", "empty", "other_method"])
@pytest.mark.parametrize(("wanted", "order"), [("stopped", "Stop"), ("paused", "Pause"), ("restarted", "Start")])
def test_order_that_got_no_soap_and_came_is_not_sent_again(enter: Enter, wanted: str, order: str, kind: str) -> None:
    there = enter()
    executed = {} if kind == "lose_answer" else {"executed": True}
    there.sim.fault(kind, instance="mkt", method=f"xtk:workflow#{order}", count=1, **executed)
    assert control(there, wanted).changed
    assert there.writes("mkt").count(order) == 1


def test_order_without_waiting_is_sent_again_too_when_it_never_came(enter: Enter) -> None:
    there = enter()
    there.sim.fault("html", instance="mkt", method="xtk:workflow#Stop", count=1)
    assert control(there, "stopped", wait=False).changed
    assert there.writes("mkt") == ["Stop", "Stop"]


# -- running now -------------------------------------------------------------------------------------------------------


def test_run_is_woken_and_waited_for(enter: Enter) -> None:
    there = enter()
    planned = run(there, check_mode=True)
    assert (planned.changed, planned.result["run"]) == (True, None)
    assert there.writes("mkt") == []
    done = run(there)
    assert done.changed
    assert done.failed is None
    assert done.result["run"] == {"ok": True, "woken": True, "errors": []}
    assert there.writes("mkt") == ["Wakeup"]
    assert there.cursor("mkt") >= START


@pytest.mark.parametrize("executed", [False, True])
@pytest.mark.parametrize("kind", ["reset", "html", "redirect"])
def test_run_whose_wakeup_got_no_answer_is_woken_and_waited_for(enter: Enter, kind: str, executed: bool) -> None:
    there = enter()
    there.sim.fault(kind, instance="mkt", method="xtk:workflow#Wakeup", count=1, executed=executed)
    done = run(there)
    assert done.result["run"] == {"ok": True, "woken": True, "errors": []}
    assert there.writes("mkt") == ["Wakeup"] * (1 if executed else 2)
    assert there.passed < 60


def test_run_that_goes_on_is_only_waited_for(enter: Enter) -> None:
    there = enter()
    there.sim.add_deliveries("mid", count=40, from_="2026-11-23T01:59:00Z", to="2026-11-23T02:00:00Z", for_=["mkt"])
    order(there, "Wakeup")
    assert not run(there, check_mode=True).changed
    done = run(there)
    assert (done.changed, done.result["run"]["woken"]) == (False, False)
    assert there.writes("mkt") == []
    assert there.cursor("mkt") >= START
    assert "warnings" not in done.result


def test_run_that_goes_on_may_have_told_of_a_failure_before(enter: Enter) -> None:
    """Of a workflow that ignores errors nothing else tells."""
    there = enter(on_error="ignore")
    there.sim.change("mid", operators=[{"login": "mid", "password": "rotated", "rights": ["admin"]}])
    assert run(there).failed
    there.sim.change("mid", operators=[{"login": "mid", "password": "mid-canary", "rights": ["admin"]}])
    there.sim.add_deliveries("mid", count=40, from_="2026-11-23T01:59:00Z", to="2026-11-23T02:00:00Z", for_=["mkt"])
    order(there, "Wakeup")
    done = run(there)
    assert done.result["run"] == {"ok": True, "woken": False, "errors": []}
    (warning,) = done.result["warnings"]
    assert "was on already, and the journal told of a failure before" in warning


@pytest.mark.parametrize("on_error", ["stop", "ignore"])
def test_run_that_fails_fails_the_task_with_the_journals_words(enter: Enter, on_error: str) -> None:
    there = enter(on_error=on_error)
    other = {"login": "mid", "password": "rotated", "rights": ["admin"]}
    there.sim.change("mid", operators=[other])
    done = run(there)
    assert done.changed
    assert done.failed is not None
    assert done.failed.startswith(f"mkt: The run of '{WORKFLOW}' failed. The journal says: ")
    assert "XSV-350012" in done.failed
    assert done.result["run"]["ok"] is False
    assert done.result["run"]["errors"][0]["error"] is True


def test_run_of_which_the_journal_says_nothing_points_to_the_servers_log(
    enter: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = enter()
    monkeypatch.setattr(_op_workflow.Watch, "new_errors", lambda _self, _baseline: ())
    there.sim.change("mid", operators=[{"login": "mid", "password": "rotated", "rights": ["admin"]}])
    done = run(there)
    assert done.failed is not None
    assert "runwf.log" in done.failed


def ended_by(there: World, theirs: str) -> Answer:
    """A run that gets this order of somebody's once it is seen."""
    there.sim.add_deliveries("mid", count=40, from_="2026-11-23T01:59:00Z", to="2026-11-23T02:00:00Z", for_=["mkt"])
    meant = [theirs]

    def meanwhile() -> None:
        if meant and there.row("mkt")["processId"]:
            there.sim.order("mkt", WORKFLOW, meant.pop())

    there.meanwhile = meanwhile
    done = run(there, poll_interval=1.0)
    assert not meant
    return done


@pytest.mark.parametrize(
    ("theirs", "now", "every"),
    [
        ("Stop", "stopped (20)", 600),
        ("Kill", "stopped (20)", 600),
        ("Pause", "paused (13)", 600),
        ("Pause", "paused (13)", 0),
    ],
)
def test_run_that_somebody_ends_is_no_success(enter: Enter, theirs: str, now: str, every: int) -> None:
    done = ended_by(enter(workflow={"every": every}), theirs)
    assert done.failed == (
        f"mkt: The run of '{WORKFLOW}' did not end by itself: the workflow is {now} now, so somebody has stopped or "
        "paused it. It is left to them; to run it, start it first."
    )
    assert (done.changed, done.result["run"]) == (True, {"ok": False, "woken": True, "errors": []})
    assert f"({done.result['workflow']['state']})" in now


def test_stopped_workflow_without_a_schedule_may_have_ended_by_itself(enter: Enter) -> None:
    """The simulator keeps such a workflow started: what stops it here is an order."""
    done = ended_by(enter(workflow={"every": 0}), "Stop")
    assert (done.failed, done.result["run"]["ok"], done.result["workflow"]["state"]) == (None, True, 20)
    assert done.result["warnings"] == [
        f"mkt: The workflow '{WORKFLOW}' is stopped (20) now: it has finished, or somebody has stopped it."
    ]


def test_run_that_does_not_end_in_time_is_a_timeout(enter: Enter) -> None:
    there = enter()
    there.sim.change("mkt", wfserver="down")
    with pytest.raises(WaitTimeout, match="mkt: Waited 20 s for a run to end"):
        run(there, wait_timeout=20.0)
    assert there.writes("mkt") == ["Wakeup"]


def test_workflow_that_is_about_to_be_started_is_not_to_be_started_again(enter: Enter) -> None:
    there = enter(workflow={"state": "stopped"})
    there.sim.change("mkt", wfserver="down")
    order(there, "Start")
    with pytest.raises(ConflictError, match="and not started. An order to it is being carried out: try again"):
        run(there)


@pytest.mark.parametrize("state", ["stopped", "paused"])
def test_workflow_that_is_not_started_does_not_run(enter: Enter, state: str) -> None:
    there = enter(workflow={"state": state})
    with pytest.raises(ConflictError, match=f"is {state} and not started. Start it first"):
        run(there)
    assert there.writes("mkt") == []
