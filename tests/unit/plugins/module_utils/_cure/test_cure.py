# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cures against a simulated instance: what is sent, in which order, and how each of them ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._core.errors import (
    TimedOut,
    TransportError,
    ValidationError,
)
from ansible_collections.campaign.classic.plugins.module_utils._core.interrupts import Interrupted
from ansible_collections.campaign.classic.plugins.module_utils._cure import actions as _actions
from ansible_collections.campaign.classic.plugins.module_utils._cure import cure as _cure
from ansible_collections.campaign.classic.plugins.module_utils._cure.cure import Cure
from ansible_collections.campaign.classic.plugins.module_utils._cure.model import CureOptions
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.diagnose import Thresholds, Verdict
from tests.helpers.cure_world import (
    CURSOR,
    OLD,
    OLD_TIME,
    PREFIX,
    START,
    WORKFLOW,
    World,
    at,
    attempt_for,
    make_slow,
    plan_for,
    stage,
)
from tests.helpers.unfinished_cures import told

DAY = timedelta(days=1)
Enter = Callable[..., World]


@pytest.fixture
def enter() -> Iterator[Enter]:
    """Starts a world with one instance ``mkt``, made with these arguments of ``marketing``."""
    with stage() as start:
        yield start


def engine(there: World, state: str) -> Callable[[], None]:
    return lambda: there.sim.change("mkt", wfserver=state)


def lost() -> None:
    raise TimedOut("No answer.", reached="maybe")


# -- successful ends ---------------------------------------------------------------------------------------------------


def test_failed_workflow_is_written_first_stopped_and_started(enter: Enter) -> None:
    there = enter()
    result = there.cure("mkt")
    assert result.outcome == "cured", result.reason
    assert there.writes("mkt") == ["Write", "Stop", "Start", "Wakeup"]
    assert [step.action for step in result.steps] == ["write", "stop", "start", "wakeup", "verified"]
    assert there.cursor("mkt") > START
    assert there.row("mkt")["state"] == 11
    assert not there.row("mkt")["failed"]
    assert there.sim.sessions("mkt") == []


def test_workflow_that_ignores_errors_is_stopped_before_the_write(enter: Enter) -> None:
    there = enter(on_error="ignore")
    result = there.cure("mkt")
    assert result.outcome == "cured", result.reason
    assert there.writes("mkt") == ["Stop", "Write", "Start", "Wakeup"]


def test_workflow_in_the_middle_of_a_doomed_run_is_stopped_before_the_write(enter: Enter) -> None:
    there = enter(on_error="ignore")
    there.sleep(8 * 60 + 20)
    assert there.row("mkt")["processId"]
    result = there.cure("mkt")
    assert result.outcome == "cured", result.reason
    assert there.writes("mkt")[:2] == ["Stop", "Write"]


def test_result_holds_all_that_is_needed_to_undo_it(enter: Enter) -> None:
    there = enter()
    result = there.cure("mkt").to_dict()
    assert result["old_value"] == OLD
    assert result["written"] == "2026-11-22 02:00:00.000Z"
    assert result["after"] > "2026-11-23"
    assert result["changed"] is True
    assert result["errors"] == []
    assert result["digest"] == plan_for("mkt").digest
    assert result["diagnosis"]["verdict"] == "stuck"
    assert result["steps"][0] == {
        "at": "2026-11-23 02:00:00.000Z",
        "action": "write",
        "detail": f"{CURSOR}: {OLD} -> 2026-11-22 02:00:00.000Z",
    }


@pytest.mark.parametrize(
    ("plan", "written"),
    [
        ({"lookback_seconds": 3600}, START - timedelta(hours=1)),
        ({"strategy": "now", "lookback_seconds": None}, START - timedelta(minutes=10)),
        (
            {"strategy": "explicit", "lookback_seconds": None, "explicit_value": "2026-11-20 00:00:00+02:00"},
            datetime(2026, 11, 19, 22, tzinfo=UTC),
        ),
    ],
    ids=["lookback", "now", "explicit"],
)
def test_strategies_write_what_they_say(enter: Enter, plan: dict[str, Any], written: datetime) -> None:
    there = enter()
    seen: list[datetime] = []
    at(there, "Stop", lambda: seen.append(there.cursor("mkt")))
    result = there.cure("mkt", plan=plan_for("mkt", **plan))
    assert result.outcome == "cured", result.reason
    assert seen == [written]


def test_value_is_reckoned_when_it_is_written_and_not_when_it_was_diagnosed(enter: Enter) -> None:
    there = enter(on_error="ignore")
    at(there, "Stop", lambda: there.sleep(60))
    result = there.cure("mkt")
    assert result.written is not None
    assert result.written > "2026-11-22 02:01:00"


def test_cured_beside_an_account_that_fails_has_warnings(enter: Enter) -> None:
    there = enter("mid", "other", on_error="ignore")
    there.sim.set_option("mkt", PREFIX + "other", "2026-11-23T01:58:00Z")
    there.sim.change("mkt", switches={"failing_account": "continue", "cursor_written": "per_account"})
    at(there, "Start", lambda: there.sim.change("mkt", accounts={"other": {"password": "rotated"}}))
    result = there.cure("mkt")
    assert result.outcome == "cured_with_warnings", result.reason
    assert "XSV-350012" in result.reason
    assert result.errors


@pytest.mark.parametrize("names_it", [True, False])
@pytest.mark.parametrize("after_failure", ["keep", "move"])
def test_cursor_that_was_moved_although_its_account_was_not_served_is_no_cure(
    enter: Enter, after_failure: str, names_it: bool
) -> None:
    there = enter(on_error="ignore")
    make_slow(there)
    text = "timed_out" if names_it else "gateway"
    there.sim.change("mkt", switches={"cursor_after_failure": after_failure, "timeout_text": text})
    result = there.cure("mkt")
    if after_failure == "keep":
        assert (result.outcome, there.cursor("mkt")) == ("restored", OLD_TIME), result.reason
        return
    assert result.outcome == "kept", result.reason
    assert f"A rollback puts the old value {OLD} back." in result.reason
    assert there.writes("mkt") == ["Stop", "Write", "Start", "Wakeup"]
    assert there.cursor("mkt") > START
    assert there.row("mkt")["state"] == 11


def test_account_whose_cursor_stays_is_the_one_that_was_not_served(enter: Enter) -> None:
    """A gateway's text names no account, and where all cursors move nobody knows whose it was."""
    for after_failure, outcome in (("keep", "cured_with_warnings"), ("move", "kept")):
        there = enter("mid", "other", on_error="ignore")
        there.sim.set_option("mkt", PREFIX + "other", "2026-11-20T00:00:00Z")
        switches = {"failing_account": "continue", "cursor_written": "per_account", "timeout_text": "gateway"}
        there.sim.change("mkt", switches={**switches, "cursor_after_failure": after_failure})
        at(there, "Start", partial(slow_since_the_20th, there))
        result = there.cure("mkt")
        assert result.outcome == outcome, result.reason


def slow_since_the_20th(there: World) -> None:
    there.sim.add_deliveries("mid", count=100, from_="2026-11-20T12:00:00Z", to="2026-11-21T01:00:00Z", for_=["mkt"])


def test_order_of_somebody_else_in_place_of_ours_is_as_good(enter: Enter) -> None:
    """Started between our stop and our start: nothing is sent, and the run counts all the same."""
    there = enter(on_error="ignore")
    at(there, "Write", lambda: (there.sim.order("mkt", WORKFLOW, "Start"), there.sleep(3)))  # type: ignore[func-returns-value]
    result = there.cure("mkt")
    assert result.outcome == "cured", result.reason
    assert "Start" not in there.writes("mkt")


# -- nothing to do, or nothing that may be done ------------------------------------------------------------------------


def assert_untouched(there: World, *, cursor: datetime = OLD_TIME) -> None:
    assert there.writes("mkt") == []
    assert there.cursor("mkt") == cursor
    assert there.sim.sessions("mkt") == []


def test_healthy_cursor_is_unchanged(enter: Enter) -> None:
    there = enter(cursor="2026-11-22T00:00:00Z")
    moved = there.cursor("mkt")
    result = there.cure("mkt")
    assert (result.outcome, result.changed, result.written) == ("unchanged", False, None)
    assert result.diagnosis is not None
    assert result.diagnosis.verdict is Verdict.HEALTHY
    assert_untouched(there, cursor=moved)


def test_second_cure_finds_nothing_to_do(enter: Enter) -> None:
    there = enter()
    assert there.cure("mkt").outcome == "cured"
    there.sim.clear_ledger()
    assert there.cure("mkt").outcome == "unchanged"
    assert there.writes("mkt") == []


def test_cursor_that_is_not_the_plans_is_refused(enter: Enter) -> None:
    there = enter()
    result = there.cure("mkt", plan=plan_for("mkt", old_value="2020-03-01 10:00:01Z"))
    assert result.outcome == "refused"
    assert "is 2020-03-01 10:00:00.000Z and not 2020-03-01 10:00:01Z as planned" in result.reason
    assert_untouched(there)


@pytest.mark.parametrize("plan", [{"option": PREFIX + "nowhere"}, {"workflow": "cleanup"}], ids=["cursor", "workflow"])
def test_plan_for_something_that_is_not_there_is_refused(enter: Enter, plan: dict[str, Any]) -> None:
    there = enter()
    result = there.cure("mkt", plan=plan_for("mkt", **plan))
    assert result.outcome == "refused"
    assert "has no cursor" in result.reason
    assert result.to_dict()["diagnosis"] is None
    assert_untouched(there)


def test_other_verdict_is_refused_with_its_reason(enter: Enter) -> None:
    there = enter()
    result = there.cure("mkt", thresholds=Thresholds(remediate_after=4000 * 86400))
    assert result.outcome == "refused"
    assert result.reason.startswith("The verdict is 'failing_unknown' and not 'stuck': ")
    assert_untouched(there)


@pytest.mark.parametrize(
    ("value", "words"),
    [("2026-11-24 00:00:00Z", "lies in the future"), ("2019-01-01 00:00:00Z", "is not later than the old one")],
)
def test_value_that_cannot_be_right_is_refused(enter: Enter, value: str, words: str) -> None:
    there = enter()
    plan = plan_for("mkt", strategy="explicit", lookback_seconds=None, explicit_value=value)
    result = there.cure("mkt", plan=plan)
    assert result.outcome == "refused"
    assert words in result.reason
    assert_untouched(there)


@pytest.mark.parametrize("on_error", ["stop", "ignore"])
def test_check_mode_plans_and_writes_nothing(enter: Enter, on_error: str) -> None:
    there = enter(on_error=on_error)
    result = there.cure("mkt", check_mode=True, session={"read_only": True})
    assert (result.outcome, result.changed, result.written, result.steps) == ("planned", True, None, [])
    assert result.reason == (f"Would move {CURSOR} from {OLD} to 2026-11-22 02:00:00.000Z and run '{WORKFLOW}' afresh.")
    assert_untouched(there)


@pytest.mark.parametrize("on_error", ["stop", "ignore"])
def test_read_only_session_is_refused_before_anything_is_sent(enter: Enter, on_error: str) -> None:
    there = enter(on_error=on_error)
    result = there.cure("mkt", session={"read_only": True})
    assert (result.outcome, result.changed) == ("refused", False)
    assert result.reason == (
        f"Would move {CURSOR} from {OLD} to 2026-11-22 02:00:00.000Z, but the session is read-only. Unset read_only "
        "(and CAMPAIGN_READ_ONLY) if this run is meant to change the instance."
    )
    assert there.passed == 0
    assert_untouched(there)


def test_instance_that_cannot_be_read_is_an_error(enter: Enter) -> None:
    there = enter()
    at(there, "ExecuteQuery", lambda: there.sim.change("mkt", down=True), nth=5)
    with pytest.raises(TransportError, match="mkt: .* closed the connection without an answer"):
        there.cure("mkt")
    assert there.writes("mkt") == []


@pytest.mark.parametrize(
    "options", [{"order_timeout": -1}, {"verify_timeout": float("nan")}, {"order_timeout": float("inf")}]
)
def test_times_that_would_never_end_are_refused(options: dict[str, float]) -> None:
    with pytest.raises(ValidationError, match="_timeout must be a number of seconds"):
        CureOptions(**options)  # type: ignore[arg-type]


@pytest.mark.parametrize("left", [7.5, None])
def test_cure_that_is_interrupted_has_the_seconds_that_are_left_to_start_the_workflow(
    enter: Enter, monkeypatch: pytest.MonkeyPatch, left: float | None
) -> None:
    there, asked = enter(), list[float]()

    def stop(_self: Cure, _found: object) -> None:
        raise Interrupted("SIGTERM")

    monkeypatch.setattr(Cure, "_treat", stop)
    monkeypatch.setattr(_cure, "current", lambda: SimpleNamespace(left=lambda: left))
    monkeypatch.setattr(_actions.WorkflowActions, "start_again", lambda _self, seconds: asked.append(seconds))
    result = there.cure("mkt")
    assert asked == [left or 0.0]
    assert (result.outcome, result.reason) == (
        "refused",
        "Interrupted by SIGTERM. Nothing was written, and the workflow is started or failed, as it was found. Run the "
        "same again.",
    )


# -- somebody else -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("on_error", "orders"), [("stop", []), ("ignore", ["Stop", "Start"])])
def test_cursor_that_is_moved_before_the_write_is_not_written(enter: Enter, on_error: str, orders: list[str]) -> None:
    there = enter(on_error=on_error)
    # The sixth query is the last before anything is sent.
    at(there, "ExecuteQuery", lambda: there.sim.set_option("mkt", CURSOR, "2026-11-20T00:00:00Z"), nth=6)
    result = there.cure("mkt")
    assert (result.outcome, result.written) == ("refused", None)
    assert "Somebody moved it during the cure" in result.reason
    assert there.writes("mkt") == orders
    assert there.row("mkt")["state"] == {"stop": 13, "ignore": 11}[on_error]
    assert there.cursor("mkt") == datetime(2026, 11, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("on_error", "order", "state"),
    [("stop", "Stop", "stopping (15)"), ("stop", "Start", "resuming (14)"), ("ignore", "Pause", "pausing (12)")],
)
def test_workflow_that_is_given_an_order_after_the_diagnosis_is_left_to_it(
    enter: Enter, on_error: str, order: str, state: str
) -> None:
    there = enter(on_error=on_error)
    at(there, "ExecuteQuery", lambda: there.sim.order("mkt", WORKFLOW, order), nth=5)
    result = there.cure("mkt")
    assert result.outcome == "refused"
    assert f"The workflow is {state} now" in result.reason
    assert_untouched(there)


def test_value_that_somebody_else_wrote_over_ours_is_left(enter: Enter) -> None:
    there = enter(on_error="ignore")
    # Of the queries after the write the first reads it back.
    at(there, "Write", lambda: at(there, "ExecuteQuery", lambda: there.sim.set_option(
        "mkt", CURSOR, "2026-11-20T00:00:00Z")))  # fmt: skip
    result = there.cure("mkt")
    assert result.outcome == "kept"
    assert "somebody else, or the workflow, moved it after our write" in result.reason
    assert there.cursor("mkt") == datetime(2026, 11, 20, tzinfo=UTC)
    assert there.row("mkt")["state"] == 11
    assert there.writes("mkt") == ["Stop", "Write", "Start"]


def test_workflow_is_not_started_on_a_value_that_somebody_wrote_while_it_was_stopped(enter: Enter) -> None:
    there = enter()
    at(there, "Stop", lambda: there.sim.set_option("mkt", CURSOR, "2026-11-20T00:00:00Z"))
    result = there.cure("mkt")
    assert result.outcome == "kept", result.reason
    assert there.cursor("mkt") == datetime(2026, 11, 20, tzinfo=UTC)
    assert there.writes("mkt") == ["Write", "Stop", "Start"]


def test_cursor_moved_by_a_person_is_no_proof(enter: Enter) -> None:
    there = enter()
    engine_down = engine(there, "down")
    at(there, "Wakeup", lambda: (engine_down(), there.sim.set_option("mkt", CURSOR, "2026-11-23T01:59:00Z")))  # type: ignore[func-returns-value]
    result = there.cure("mkt", verify_timeout=60)
    assert result.outcome == "pending", result.reason


def test_option_that_changes_its_type_is_not_touched_again(enter: Enter) -> None:
    there = enter()
    text = {"type": "string", "value": "2026-11-20"}
    at(there, "ExecuteQuery", lambda: there.sim.set_option("mkt", CURSOR, text), nth=6)
    result = there.cure("mkt")
    assert result.outcome == "refused"
    assert "has type 6" in result.reason
    assert there.writes("mkt") == []


# -- the run fails -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("on_error", ["stop", "ignore"])
def test_run_that_fails_as_before_has_the_old_value_put_back_and_fails_visibly_again(
    enter: Enter, on_error: str
) -> None:
    there = enter(on_error=on_error)
    make_slow(there)
    result = there.cure("mkt")
    assert result.outcome == "restored", result.reason
    assert "timed out" in result.reason
    assert result.errors
    assert there.cursor("mkt") == OLD_TIME
    assert result.after == OLD
    assert there.row("mkt")["state"] == 11
    assert there.writes("mkt")[-3:] == ["Stop", "Write", "Start"]
    there.sleep(12 * 60)
    assert there.row("mkt")["failed"] == (on_error == "stop")
    assert there.cursor("mkt") == OLD_TIME


def test_run_that_fails_as_before_keeps_the_new_value_when_that_is_wanted(enter: Enter) -> None:
    there = enter()
    make_slow(there)
    result = there.cure("mkt", on_failure="keep")
    assert result.outcome == "kept"
    assert "(on_failure=keep)" in result.reason
    assert there.cursor("mkt") == START - DAY
    assert there.writes("mkt") == ["Write", "Stop", "Start", "Wakeup"]


def test_run_that_fails_for_another_reason_keeps_the_new_value_and_says_so(enter: Enter) -> None:
    there = enter()
    other = {"login": "mid", "password": "rotated", "rights": ["admin"]}
    at(there, "Start", lambda: there.sim.change("mid", operators=[other]))
    result = there.cure("mkt")
    assert result.outcome == "kept"
    assert "for another reason than before (password_refused)" in result.reason
    assert "A logon was refused" in result.reason
    assert there.cursor("mkt") == START - DAY


def test_run_that_moves_the_cursor_and_fails_is_not_undone(enter: Enter) -> None:
    there = enter()
    make_slow(there)
    at(there, "Start", lambda: there.sim.change("mkt", switches={"cursor_after_failure": "move"}))
    result = there.cure("mkt")
    assert result.outcome == "kept"
    assert "failed all the same" in result.reason
    assert there.writes("mkt") == ["Write", "Stop", "Start", "Wakeup"]


def test_old_value_that_cannot_be_put_back_is_in_the_result(enter: Enter) -> None:
    there = enter()
    make_slow(there)
    at(there, "Stop", engine(there, "down"), nth=2)
    result = there.cure("mkt", order_timeout=30)
    assert result.outcome == "pending"
    assert "Putting the cursor back failed: Waited 30 s for the stop" in result.reason
    assert "See that it is started." in result.reason
    assert f"its old value is {OLD}" in result.reason
    assert there.cursor("mkt") == START - DAY


# -- several cursors ---------------------------------------------------------------------------------------------------


def test_cursor_is_refused_while_another_of_the_workflow_is_to_be_moved_first(enter: Enter) -> None:
    there = enter("mid", "other")
    result = there.cure("mkt", plan=plan_for("mkt", option=PREFIX + "other", account="other"))
    assert result.outcome == "refused"
    assert f"'{CURSOR}' of the same workflow is stuck too and is to be moved first" in result.reason
    assert_untouched(there)


def test_planned_cursor_beside_one_that_is_not_planned_is_kept_and_said(enter: Enter) -> None:
    there = enter("mid", "other")
    first = there.cure("mkt")
    assert first.outcome == "kept", first.reason
    assert f"because {PREFIX}other of the same workflow is stuck too" in first.reason
    assert there.cursor("mkt") == START - DAY


def test_planned_cursor_that_is_only_as_old_as_another_is_put_back_and_said(enter: Enter) -> None:
    """Nothing tells which of the two is too slow, so the one that was moved without success must not stay moved."""
    for planned in ("mid", "other"):
        there = enter("mid", "other", switches={"timeout_text": "gateway"})
        result = there.cure("mkt", plan=plan_for("mkt", option=PREFIX + planned, account=planned))
        assert result.outcome == "restored", result.reason
        assert "It is not shown that this is the cursor that has to be moved." in result.reason
        assert "plan them together" in result.reason
        assert there.cursor("mkt") == there.cursor("mkt", PREFIX + "other") == OLD_TIME


def test_failure_that_names_its_own_account_is_its_own(enter: Enter) -> None:
    there = enter("mid", "other")
    make_slow(there)
    result = there.cure("mkt")
    assert result.outcome == "restored", result.reason
    assert there.cursor("mkt") == OLD_TIME


# -- the engine --------------------------------------------------------------------------------------------------------


def test_engine_that_does_not_take_the_stop_gets_no_write_where_runs_go_on(enter: Enter) -> None:
    there = enter(on_error="ignore")
    engine(there, "down")()
    result = there.cure("mkt", order_timeout=30)
    assert result.outcome == "pending"
    assert result.written is None
    assert "state stopping (15)" in result.reason
    assert "wfserver" in result.reason
    assert there.writes("mkt") == ["Stop"]
    assert there.cursor("mkt") == OLD_TIME


def test_engine_that_does_not_take_the_stop_of_a_failed_workflow_has_the_old_value_again(enter: Enter) -> None:
    there = enter()
    engine(there, "down")()
    result = there.cure("mkt", order_timeout=30)
    assert result.outcome == "pending"
    assert "start it if it is stopped" in result.reason
    assert there.cursor("mkt") == OLD_TIME
    assert there.writes("mkt") == ["Write", "Stop", "Write"]
    assert [step.action for step in result.steps] == ["write", "stop", "restore"]


def test_stop_that_comes_late_is_followed_by_a_start(enter: Enter) -> None:
    there = enter(on_error="ignore")
    engine(there, "down")()

    def later() -> None:
        if there.passed > 40:
            engine(there, "up")()

    there.meanwhile = later
    result = there.cure("mkt", order_timeout=30)
    assert result.outcome == "refused", result.reason
    assert there.writes("mkt") == ["Stop", "Start"]
    assert there.row("mkt")["state"] == 11


def test_force_kills_what_does_not_stop(enter: Enter) -> None:
    there = enter()
    engine(there, "down")()
    at(there, "Start", engine(there, "up"))
    result = there.cure("mkt", order_timeout=30, force=True)
    assert result.outcome == "cured", result.reason
    assert there.writes("mkt") == ["Write", "Stop", "Kill", "Start", "Wakeup"]
    assert there.passed > 30


def test_force_does_not_kill_where_no_stop_has_come(enter: Enter) -> None:
    there = enter(on_error="ignore")
    there.sim.fault("reset", instance="mkt", method="xtk:workflow#Stop")
    result = there.cure("mkt", order_timeout=300, force=True)
    assert (result.outcome, "it may come later" in result.reason) == ("pending", True), result.reason
    assert there.writes("mkt") == ["Stop"] * 3
    assert there.row("mkt")["state"] == 11


def test_engine_that_does_not_take_the_start_leaves_the_cure_pending(enter: Enter) -> None:
    there = enter()
    at(there, "Start", engine(there, "down"))
    result = there.cure("mkt", order_timeout=30)
    assert result.outcome == "pending"
    assert "Waited 30 s for the start" in result.reason
    assert "wfserver" in result.reason
    assert there.cursor("mkt") == START - DAY
    assert there.writes("mkt") == ["Write", "Stop", "Start"]


def test_run_that_goes_on_at_the_deadline_is_pending_and_left_alone(enter: Enter) -> None:
    there = enter()
    there.sim.add_deliveries("mid", count=40, from_="2026-11-22T12:00:00Z", to="2026-11-23T01:00:00Z", for_=["mkt"])
    result = there.cure("mkt", verify_timeout=20)
    assert result.outcome == "pending"
    assert "running as process" in result.reason
    assert there.writes("mkt") == ["Write", "Stop", "Start", "Wakeup"]
    there.sleep(60)
    assert there.cursor("mkt") > START


@pytest.mark.parametrize(
    ("on_error", "every", "waited"), [("stop", "30m", 3600), ("ignore", "30m", 3600), ("stop", "3d", 2 * 86400)]
)
def test_proof_is_waited_for_as_long_as_two_periods_last(
    enter: Enter, on_error: str, every: str, waited: float
) -> None:
    there = enter(on_error=on_error, workflow={"every": every, "first_run": "4m"})
    at(there, "Wakeup", engine(there, "down"))
    result = there.cure("mkt", poll_interval=waited / 100)
    assert result.outcome == "pending", result.reason
    assert there.passed == pytest.approx(waited, rel=0.02)


def test_proof_is_waited_for_as_long_as_was_said(enter: Enter) -> None:
    there = enter()
    at(there, "Wakeup", engine(there, "down"))
    result = there.cure("mkt", verify_timeout=45)
    assert "Waited 45 s for a run that moves the cursor or fails" in result.reason
    assert there.passed < 60


# -- lost and found ----------------------------------------------------------------------------------------------------


def test_write_whose_answer_is_lost_is_not_repeated_but_looked_for(enter: Enter) -> None:
    there = enter()
    there.sim.fault("lose_answer", instance="mkt", method="xtk:persist#Write", count=1)
    result = there.cure("mkt")
    assert result.outcome == "cured", result.reason
    assert there.writes("mkt").count("Write") == 1


def test_write_whose_answer_is_lost_and_that_lands_late_is_found(enter: Enter) -> None:
    there = enter()
    moved = "2026-11-20 00:00:00.000Z"
    there.sim.fault("html", instance="mkt", method="xtk:persist#Write", count=1)
    there.meanwhile = lambda: there.sim.set_option("mkt", CURSOR, moved) if there.passed == 3 else None
    result = there.cure("mkt", plan=plan_for("mkt", strategy="explicit", explicit_value=moved, lookback_seconds=None))
    assert result.outcome == "cured", result.reason
    assert there.writes("mkt").count("Write") == 1


def test_write_that_never_came_is_looked_for_and_not_sent_again(enter: Enter) -> None:
    there = enter()
    there.sim.fault("html", instance="mkt", method="xtk:persist#Write", count=1)
    result = there.cure("mkt")
    assert result.outcome == "pending", result.reason
    assert "Sign in" in result.reason
    assert "it may land later. The workflow is started or failed, as it was found. Look at the cursor" in result.reason
    assert there.cursor("mkt") == OLD_TIME
    assert there.writes("mkt").count("Write") == 1


@pytest.mark.parametrize("on_error", ["stop", "ignore"])
@pytest.mark.parametrize("lands", [True, False])
def test_write_whose_fate_is_not_known_is_resumed_if_it_lands(enter: Enter, on_error: str, lands: bool) -> None:
    there = enter(on_error=on_error)
    began = there.now()
    at(there, "Write", lost)
    first = there.cure("mkt")
    assert (first.outcome, first.changed) == ("pending", True), first.reason
    written = first.moves[0].written
    assert written is not None and f"Whether the write of {written} was lost" in first.reason
    assert there.row("mkt")["state"] == (13 if on_error == "stop" else 11)
    if lands:
        there.sim.set_option("mkt", CURSOR, written.text)
    there.sleep(30)
    earlier = attempt_for(began, [plan_for("mkt")], **told(first))
    sent = there.writes("mkt").count("Write")
    second = there.cure("mkt", attempts=[earlier])
    assert second.outcome == "cured", second.reason
    assert there.writes("mkt").count("Write") - sent == (0 if lands else 1)
    assert there.cursor("mkt") > START


def test_write_that_lands_while_the_old_value_is_looked_for_is_put_back(enter: Enter) -> None:
    """It was on its way when it counted as lost, and stands there when everything is undone: nothing is unknown."""
    there = enter()

    def lands(method: str) -> None:
        if method.endswith("#ExecuteQuery") and there.passed > 14:
            there.before = lambda _method: None
            there.sim.set_option("mkt", CURSOR, "2026-11-22 02:00:00.000Z")

    def lose() -> None:
        there.before = lands
        lost()

    at(there, "Write", lose)
    result = there.cure("mkt")
    assert result.outcome in ("restored", "cured"), result.reason
    assert there.cursor("mkt") == OLD_TIME or result.outcome == "cured"


#: What comes in place of the answer to an order that never came.
NEVER_CAME: list[dict[str, Any]] = [
    {"kind": "reset"},
    {"kind": "html"},
    {"kind": "redirect"},
    {"kind": "empty"},
    {"kind": "status", "status": 403},
    {"kind": "status", "status": 504},
]


@pytest.mark.parametrize("fault", NEVER_CAME, ids=lambda fault: " ".join(map(str, fault.values())))
@pytest.mark.parametrize("order", ["Stop", "Start", "Wakeup"])
def test_order_that_never_came_is_sent_again_within_seconds_and_few_calls(
    enter: Enter, order: str, fault: dict[str, Any]
) -> None:
    there = enter()
    assert there.cure("mkt", poll_interval=1).outcome == "cured"
    calls, seconds = len(there.calls("mkt")), there.passed
    there = enter()
    there.sim.fault(instance="mkt", method=f"xtk:workflow#{order}", count=1, **fault)
    result = there.cure("mkt", poll_interval=1)
    assert result.outcome == "cured", result.reason
    assert there.writes("mkt").count(order) == 2
    assert len(there.calls("mkt")) - calls < 10
    assert there.passed - seconds < 30
    assert len(there.calls("mkt")) < 60


def test_start_that_is_lost_each_time_leaves_the_cure_pending_within_a_minute(enter: Enter) -> None:
    there = enter()
    there.sim.fault("html", instance="mkt", method="xtk:workflow#Start")
    result = there.cure("mkt", poll_interval=1)
    assert result.outcome == "pending", result.reason
    assert "Sent start 3 times" in result.reason
    assert "Sign in" in result.reason
    assert "start it if it is stopped" in result.reason
    assert there.passed < 60


def test_write_that_was_refused_leaves_nothing_to_undo(enter: Enter) -> None:
    there = enter(on_error="ignore")
    there.sim.fault("deadlock", instance="mkt", method="xtk:persist#Write", count=1)
    result = there.cure("mkt")
    assert (result.outcome, result.written) == ("refused", None)
    assert "PGS-220000" in result.reason
    assert there.writes("mkt") == ["Stop", "Write", "Start"]
    assert there.row("mkt")["state"] == 11


def test_stop_that_was_never_sent_is_not_waited_for(enter: Enter) -> None:
    there = enter(on_error="ignore")
    there.sim.fault("deadlock", instance="mkt", method="xtk:workflow#Stop", count=1)
    result = there.cure("mkt")
    assert (result.outcome, result.changed) == ("refused", False)
    assert there.passed == 0
    assert there.row("mkt")["state"] == 11


def test_stop_that_somebody_else_gives_in_the_same_moment_is_left_to_him(enter: Enter) -> None:
    there = enter(on_error="ignore")
    there.sim.change("mkt", switches={"order_without_effect": "fault"})
    at(there, "Stop", lambda: there.sim.order("mkt", WORKFLOW, "Stop"))
    result = there.cure("mkt")
    assert (result.outcome, result.written, result.changed) == ("refused", None, False), result.reason
    assert "somebody else, or another run of this cure" in result.reason
    assert [step.detail for step in result.steps] == ["already ordered"]
    assert there.writes("mkt") == ["Stop"]
    assert there.cursor("mkt") == OLD_TIME


@pytest.mark.parametrize(
    ("method", "nth", "outcome", "state"),
    [
        ("Stop", 1, "refused", 11),
        ("Write", 1, "restored", 11),
        ("Start", 1, "restored", 11),
        ("Wakeup", 1, "pending", 11),
    ],
)
def test_defect_of_ours_does_not_leave_the_workflow_stopped(
    enter: Enter, method: str, nth: int, outcome: str, state: int
) -> None:
    there = enter(on_error="ignore")

    def break_down() -> None:
        raise ZeroDivisionError("ours")

    at(there, method, break_down, nth=nth)
    result = there.cure("mkt")
    assert result.outcome == outcome, result.reason
    assert "ZeroDivisionError: ours" in result.reason
    assert "please report" in result.reason
    assert there.row("mkt")["state"] == state


def test_defect_of_ours_in_the_compensation_is_told(enter: Enter) -> None:
    there = enter()
    make_slow(there)

    def break_down() -> None:
        raise ZeroDivisionError("ours")

    at(there, "Start", break_down, nth=2)
    result = there.cure("mkt")
    assert result.outcome == "pending"
    assert "Starting the workflow again failed" in result.reason
    assert there.cursor("mkt") == OLD_TIME


def test_cursor_is_read_once_right_before_it_is_written(enter: Enter) -> None:
    there = enter()
    there.cure("mkt", check_mode=True)
    diagnosed = len([call for call in there.calls("mkt") if call.endswith("#ExecuteQuery")])
    there.sim.clear_ledger()
    assert there.cure("mkt").outcome == "cured"
    before = there.calls("mkt")[: there.calls("mkt").index("xtk:persist#Write")]
    # Beside the diagnosis: the workflow's row, and the cursor's.
    assert before == ["xtk:session#Logon", *["xtk:queryDef#ExecuteQuery"] * (diagnosed + 2)]
