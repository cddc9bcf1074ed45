# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cursor that is moved without being shown to be the cause does not stay so because another account fails."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._core.errors import FaultError
from ansible_collections.campaign.classic.plugins.module_utils._core.interrupts import Interrupted
from ansible_collections.campaign.classic.plugins.module_utils._cure.actions import WorkflowActions
from ansible_collections.campaign.classic.plugins.module_utils._cure.judging import NOT_SHOWN
from ansible_collections.campaign.classic.plugins.module_utils._cure.plan import Plan
from ansible_collections.campaign.classic.plugins.module_utils._cure.preflight import Preflight
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.diagnose import (
    Diagnosis,
    Thresholds,
    Verdict,
)
from tests.helpers.backfills import raising
from tests.helpers.cure_world import PREFIX, WORKFLOW, Killed, World, at, attempt_for
from tests.helpers.several_accounts import (
    EACH,
    OLD_TIME,
    POSITIONS,
    accounts,
    actions,
    at_the_second_look,
    ends,
    fetched,
    plans,
)

#: A cause that moving a cursor cannot cure.
NO_LOGON = "Empty return for method 'Logon' of service 'xtk:session'"


def somebody_moves(monkeypatch: pytest.MonkeyPatch, there: World, name: str, value: str) -> None:
    """Somebody moves the cursor of an account after the first run, right before the cure looks again."""
    at_the_second_look(monkeypatch, lambda: there.sim.set_option("mkt", PREFIX + name, value))


@pytest.mark.parametrize("on_failure", ["restore", "keep"])
def test_what_was_moved_as_a_guess_is_put_back_where_another_account_turns_out_to_fail_otherwise(
    monkeypatch: pytest.MonkeyPatch, on_failure: str
) -> None:
    look, seen = Preflight.look, list[int]()

    def later(preflight: Preflight) -> list[Diagnosis]:
        seen.append(1)
        found = look(preflight)
        fails = {"verdict": Verdict.FAILING_OTHER, "cure": "none", "reason": "Its mid does not answer."}
        return [replace(one, **fails) if len(seen) > 1 and one.account == "z" else one for one in found]

    monkeypatch.setattr(Preflight, "look", later)
    with accounts("az", "z") as there:
        result = there.cure("mkt", plans=plans(there, "az"), on_failure=on_failure)
        assert ends(result) == {"a": "restored", "z": "refused"}, result.reason
        assert NOT_SHOWN in result.moves[0].reason
        assert there.cursor("mkt", PREFIX + "a") == OLD_TIME
        assert actions(result).count("failed") == 1, "the same run again shows nothing"
        assert there.row("mkt")["state"] == 11


def test_what_was_moved_is_run_again_where_somebody_has_moved_the_other_meanwhile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with accounts("az", "az", on_error="ignore") as there:
        somebody_moves(monkeypatch, there, "z", "2026-11-23T02:05:00Z")
        result = there.cure("mkt", plans=plans(there, "az"))
        assert ends(result) == {"a": "cured", "z": "unchanged"}, result.reason


def test_what_somebody_has_repaired_during_the_cure_needs_nothing_of_another_account(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """a is moved and served; then somebody moves b, because of which the run has failed, and z is not moved for it."""
    with accounts("abz", "ab", on_error="ignore", cursor_written="per_account", failing_account="stop") as there:
        somebody_moves(monkeypatch, there, "b", "2026-11-22T00:00:00Z")
        result = there.cure("mkt", plans=plans(there, "abz"))
        assert ends(result)["z"] == "unchanged", result.reason
        assert fetched(there) == EACH


def test_a_cursor_moved_alone_is_put_back_where_an_account_that_is_not_stuck_may_be_the_cause(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    look = Preflight.look
    fails = {"verdict": Verdict.FAILING_OTHER, "cure": "none", "reason": "Its mid does not answer."}

    def silent(preflight: Preflight) -> list[Diagnosis]:
        return [replace(one, **fails) if one.account == "z" else one for one in look(preflight)]

    monkeypatch.setattr(Preflight, "look", silent)
    with accounts("az", "z") as there:
        for name in "az":
            there.sim.fault("fault", instance=f"mid-{name}", method="*", origin="internal", text=NO_LOGON, count=99)
        result = there.cure("mkt", plans=plans(there, "a"))
        assert result.outcome == "restored", result.reason
        assert "The run failed for another reason than before" in result.reason and NOT_SHOWN in result.reason
        assert there.cursor("mkt", PREFIX + "a") == OLD_TIME
        assert there.row("mkt")["state"] == 11


@pytest.mark.parametrize(("moved_to", "repaired"), [("2026-11-22T00:00:00Z", True), ("2026-11-06T00:00:00Z", False)])
def test_where_a_person_has_moved_another_cursor_since_the_runs_failed_the_workflow_is_run_first(
    moved_to: str, repaired: bool
) -> None:
    """What that person has repaired needs nothing of another account, which would skip what it has to fetch."""
    with accounts("za", "z") as there:
        there.sim.set_option("mkt", PREFIX + "z", moved_to)
        result = there.cure("mkt", plans=plans(there, "a"))
        assert there.writes("mkt")[:3] == ["Stop", "Start", "Wakeup"], "nothing was written before a run"
        if repaired:
            assert ends(result) == {"a": "unchanged"}, result.reason
            assert fetched(there) == EACH and "Write" not in there.writes("mkt")
        else:
            assert "Write" in there.writes("mkt")
            assert result.outcome == "restored" and there.cursor("mkt", PREFIX + "a") == OLD_TIME, result.reason
        assert there.row("mkt")["state"] == 11


@pytest.mark.parametrize("on_failure", ["restore", "keep"])
def test_our_own_starts_do_not_make_a_planned_cursor_too_little_proven(on_failure: str) -> None:
    with accounts("az", "z", on_error="ignore") as there:
        there.sleep(1800)
        result = there.cure(
            "mkt", plans=plans(there, "az"), thresholds=Thresholds(min_failed_runs=2), on_failure=on_failure
        )
        assert ends(result)["z"] == "cured", result.reason
        assert fetched(there) >= EACH


@pytest.mark.parametrize("fails", [False, True])
def test_a_workflow_that_was_found_stopped_and_only_run_as_it_stood_is_stopped_again(
    fails: bool,
) -> None:
    """With the permission to start it, it stays started where it is healthy."""
    with accounts("za", "z") as there:
        there.sim.set_option("mkt", PREFIX + "z", "2026-11-22T00:00:00Z")
        there.sim.order("mkt", WORKFLOW, "Stop")
        there.sleep(30)
        if fails:
            there.sim.fault("fault", instance="mid-z", method="*", origin="internal", text=NO_LOGON, count=99)
        result = there.cure("mkt", plans=plans(there, "a"), start_stopped=True)
        assert there.writes("mkt")[:2] == ["Start", "Wakeup"]
        assert (result.outcome, there.row("mkt")["state"]) == (("refused", 20) if fails else ("unchanged", 11))


def test_that_it_could_not_be_stopped_again_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with accounts("za", "z") as there:
        there.sim.set_option("mkt", PREFIX + "z", "2026-11-22T00:00:00Z")
        there.sim.order("mkt", WORKFLOW, "Stop")
        there.sleep(30)
        there.sim.fault("fault", instance="mid-z", method="*", origin="internal", text=NO_LOGON, count=99)
        monkeypatch.setattr(WorkflowActions, "leave_as_found", raising(FaultError("No.")))
        result = there.cure("mkt", plans=plans(there, "a"), start_stopped=True)
        assert result.outcome == "refused"
        assert result.reason.endswith("Stopping the workflow again failed: No. See that it is stopped.")


def stands_elsewhere(there: World) -> list[Plan]:
    """Somebody has moved z, and a is planned: the workflow is run first."""
    there.sim.set_option("mkt", PREFIX + "z", "2026-11-06T00:00:00Z")
    return plans(there, "a")


def test_a_start_that_gets_no_answer_before_anything_is_written_leaves_it_pending() -> None:
    """The next run knows then that the workflow is stopped by us."""
    with accounts("za", "z") as there:
        planned = stands_elsewhere(there)
        there.sim.fault("reset", instance="mkt", method="xtk:workflow#Start", count=9)
        result = there.cure("mkt", plans=planned)
        assert (result.outcome, result.state.left_stopped) == ("pending", True)
        assert "Sent start 3 times" in result.reason and "its turn" not in result.reason


def test_a_cure_that_is_told_to_end_says_that_it_has_started_what_was_stopped() -> None:
    with accounts("za", "z") as there:
        planned = stands_elsewhere(there)
        there.sim.order("mkt", WORKFLOW, "Stop")
        there.sleep(30)

        def end() -> None:
            if "Wakeup" in there.writes("mkt"):
                there.meanwhile = lambda: None
                raise Interrupted("Stopped by a signal.")

        there.meanwhile = end
        result = there.cure("mkt", plans=planned, start_stopped=True)
        assert (result.outcome, there.row("mkt")["state"]) == ("pending", 11), result.reason
        assert "The workflow had been stopped, and this cure has started it." in result.reason


def test_what_was_tried_before_somebody_moved_a_cursor_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    with accounts("cab", "ca") as there:
        somebody_moves(monkeypatch, there, "c", "2026-11-22T00:00:00Z")
        result = there.cure("mkt", plans=plans(there, "ab"))
        assert ends(result) == {"a": "cured", "b": "unchanged"}, result.reason
        assert fetched(there) == EACH


@pytest.mark.parametrize("on_error", ["stop", "ignore"])
def test_a_mid_whose_clock_is_far_off_does_not_make_the_cure_run_without_end(on_error: str) -> None:
    """Each run moves its account's cursor to a time that the server's clock does not know."""
    with accounts("cay", "ay", on_error=on_error, cursor_clock="mid", **POSITIONS[3]) as there:
        there.sim.change("mid-c", skew="-20m")
        there.sleep(1200)
        result = there.cure("mkt", plans=plans(there, "ay"))
        assert set(ends(result).values()) <= {"cured", "cured_with_warnings"}, result.reason
        assert there.writes("mkt").count("Start") + there.writes("mkt").count("Wakeup") < 10


@pytest.mark.parametrize(("slow", "outcome"), [("a", "cured"), ("az", "restored")])
def test_what_was_begun_is_completed_without_a_cursor_that_was_not(slow: str, outcome: str) -> None:
    """As outside of a change window: the other one is not written, and the workflow is left started."""

    def kill() -> None:
        raise Killed

    with accounts("az", slow) as there:
        alone, began = plans(there, "a"), there.now()
        at(there, "Wakeup", kill)
        with pytest.raises(Killed):
            there.cure("mkt", plans=alone, mark=True, run_id="r1")
        there.before = lambda _method: None
        result = there.cure("mkt", plans=alone, mark=True, run_id="r2", attempts=[attempt_for(began, alone)])
        assert ends(result) == {"a": outcome}, result.reason
        assert "write" not in actions(result)
        assert (there.cursor("mkt", PREFIX + "z") == OLD_TIME) == (outcome == "restored")
        assert there.row("mkt")["state"] == 11
