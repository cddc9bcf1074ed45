# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a cure asks and decides before a run, and after one, where several cursors or somebody else are in play: nothing
is sent here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._core.errors import FaultError, WaitTimeout
from ansible_collections.campaign.classic.plugins.module_utils._cure import cure as _cure
from ansible_collections.campaign.classic.plugins.module_utils._cure import preflight as _preflight
from ansible_collections.campaign.classic.plugins.module_utils._cure.cure import Cure
from ansible_collections.campaign.classic.plugins.module_utils._cure.judging import NOT_SHOWN, WayOn
from ansible_collections.campaign.classic.plugins.module_utils._cure.model import Ended, Step
from ansible_collections.campaign.classic.plugins.module_utils._cure.turns import Turn
from ansible_collections.campaign.classic.plugins.module_utils._cure.workflow_waiter import Baseline, RunEnd
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.attempts import AS_IT_STANDS
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.diagnose import Diagnosis, Thresholds
from ansible_collections.campaign.classic.plugins.module_utils._resources.workflows import Workflow
from tests.helpers.cure_in_course import SENT, cure, ending_so
from tests.helpers.cure_world import CURSOR, PREFIX, START, plan_for
from tests.helpers.cursors import DAY, TIMEOUT, line, stuck, workflow

OTHER, THIRD = f"{PREFIX}other", f"{PREFIX}third"
WRITTEN = plan_for("mkt").old_value
STARTED, STOPPING, STOPPED, RUNNING = workflow(11), workflow(15), workflow(20), workflow(11, pid=4711)
FAILED, FAILED_AND_RUNNING = workflow(13, failed=True), workflow(13, failed=True, pid=4711)
END = RunEnd(FAILED, (line(10, TIMEOUT),), (line(10, TIMEOUT),))
MOVED = {"written": WRITTEN}


def never(*_given: object, **_more: object) -> Any:
    raise AssertionError


# -- before a run ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "turn", "moves", "waits"),
    [
        (RUNNING, Turn(), {}, True),
        (STARTED, Turn(), {}, False),
        (RUNNING, Turn(write=(CURSOR,)), {}, False),
        (RUNNING, Turn(back=(CURSOR,)), {}, False),
        (RUNNING, Turn(), {CURSOR: MOVED}, False),
    ],
)
def test_a_run_that_is_on_is_waited_for_where_nothing_is_moved(
    row: Workflow, turn: Turn, moves: Any, waits: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may have begun before somebody has repaired what made it fail. What is moved ends it anyway."""
    there = cure(moves=moves)
    monkeypatch.setattr(there.actions.watch, "row", lambda: row)
    monkeypatch.setattr(there, "_run_over", lambda: FAILED)
    assert there._ready_for(turn) is (FAILED if waits else row)


@pytest.mark.parametrize(
    ("steps", "row", "waits"), [([SENT], STARTED, False), ([], STOPPING, False), ([SENT], STOPPING, True)]
)
def test_an_order_of_somebodys_is_waited_for_once_the_cure_has_begun(
    steps: list[Step], row: Workflow, waits: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    there, waited = cure(steps=steps), list[tuple[Callable[[Workflow], bool], dict[str, object]]]()

    def until(done: Callable[[Workflow], bool], **how: object) -> Workflow:
        waited.append((done, how))
        return STOPPED

    monkeypatch.setattr(there.actions.watch, "row", lambda: row)
    monkeypatch.setattr(there.actions.watch, "until", until)
    assert there._row() is (STOPPED if waits else row)
    assert bool(waited) is waits
    for done, how in waited:
        assert how == {"timeout": there.actions.choices.order_timeout, "what": "somebody's order"}
        assert done(STOPPED) and not done(STOPPING)


def run_over(there: Cure, error: Exception | None, monkeypatch: pytest.MonkeyPatch) -> Workflow:
    def at_rest() -> Workflow:
        if error is not None:
            raise error
        return FAILED

    monkeypatch.setattr(there.preflight, "at_rest", at_rest)
    return there._run_over()


def test_a_run_that_cannot_be_waited_for_is_the_callers_error_before_the_first_step(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert run_over(cure(), None, monkeypatch) is FAILED
    with pytest.raises(FaultError):
        run_over(cure(), FaultError("No."), monkeypatch)
    late = WaitTimeout("Waited 60 s.", last_state={}, next_step="Look.", instance="mkt")
    with pytest.raises(Ended) as end:
        run_over(cure(), late, monkeypatch)
    assert (end.value.outcome, end.value.reason) == ("refused", "Waited 60 s. Detect again later.")


@pytest.mark.parametrize(
    "error", [FaultError("No."), WaitTimeout("No.", last_state={}, next_step="Look.", instance="mkt")]
)
def test_a_run_that_cannot_be_waited_for_later_ends_the_cure(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    ends = ending_so(monkeypatch)
    with pytest.raises(Ended):
        run_over(cure(moves={CURSOR: MOVED}, steps=[SENT]), error, monkeypatch)
    ((how, reason),) = ends
    assert how == "keep" and reason.startswith("The workflow could not be looked at: No.")


@pytest.mark.parametrize(
    ("found", "may_have_run"),
    [(STARTED, True), (FAILED_AND_RUNNING, True), (FAILED, False), (STOPPED, False)],
)
def test_before_a_start_it_is_asked_once_more_what_somebody_has_moved(
    found: Workflow, may_have_run: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And whether a run can have moved it since it was looked at."""
    there, asked = cure(CURSOR, moves={CURSOR: MOVED}), list[tuple[object, object]]()
    monkeypatch.setattr(there, "_steps", lambda *_given: [])
    monkeypatch.setattr(there.actions, "baseline", lambda: Baseline(STOPPED, frozenset()))
    monkeypatch.setattr(there.actions, "check_ours", lambda _option: None)
    monkeypatch.setattr(there, "_leave_a_repair", lambda *given: asked.append(given))
    seen = [stuck("other")]
    there._prepared(found, Turn(), seen)
    assert asked == [(seen, (START, START) if may_have_run else None)]
    assert AS_IT_STANDS not in [step.action for step in there.state.steps]


def test_where_the_workflow_runs_already_nothing_is_asked_and_nothing_moved_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    there = cure()
    monkeypatch.setattr(there, "_steps", lambda *_given: [])
    monkeypatch.setattr(there.actions, "baseline", lambda: Baseline(STARTED, frozenset()))
    monkeypatch.setattr(there, "_leave_a_repair", never)
    there._prepared(STARTED, Turn(), [])
    assert [step.action for step in there.state.steps] == [AS_IT_STANDS]


def asked_for(there: Cure, seen: Sequence[Diagnosis], monkeypatch: pytest.MonkeyPatch) -> list[str] | None:
    """Of which cursors a cure asks before a start where they stand."""
    asked: list[list[str]] = []

    def values(options: list[str]) -> dict[str, Any]:
        asked.append(options)
        return {}

    monkeypatch.setattr(there.actions, "values", values)
    there._leave_a_repair(seen, None)
    return asked[0] if asked else None


def test_before_a_start_the_other_cursors_of_accounts_are_asked_for_beside_a_guess(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    nobodys = replace(stuck("third"), account="")
    seen = [stuck(CURSOR.removeprefix(PREFIX)), stuck("other"), nobodys]
    guess = cure(CURSOR, OTHER, moves={CURSOR: MOVED})
    assert asked_for(guess, seen, monkeypatch) == [OTHER]
    assert asked_for(guess, [seen[0], nobodys], monkeypatch) is None
    shown = cure(CURSOR, OTHER, moves={CURSOR: {**MOVED, "shown": True}})
    assert asked_for(shown, seen, monkeypatch) is None


def test_what_somebody_has_moved_before_a_start_is_remembered_and_the_guesses_are_put_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    there = cure(CURSOR, OTHER, THIRD, moves={CURSOR: MOVED, OTHER: MOVED})
    there.course.update(met=frozenset({"earlier"}), tried=(frozenset({CURSOR}),))
    back: list[str] = []
    monkeypatch.setattr(there.actions, "values", lambda _options: {THIRD: stuck("third", DAY).cursor_value})
    monkeypatch.setattr(there.actions, "take_back", back.append)
    there._leave_a_repair([stuck("third")], None)
    assert back == [CURSOR, OTHER]
    assert (there.state.met, there.state.tried) == ({"earlier", THIRD}, ())


# -- after a run -------------------------------------------------------------------------------------------------------


def treated(there: Cure, after: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> list[dict[str, bool]]:
    """Have a cure make one run. ``after`` is what becomes of the cursors by then; returns what the next turn is decided
    by."""
    told: list[dict[str, bool]] = []

    def look_again() -> list[Diagnosis]:
        after()
        return []

    def turn_after(*_given: object, **known: bool) -> None:
        told.append(known)

    monkeypatch.setattr(_cure, "next_turn", lambda *_given: Turn())
    monkeypatch.setattr(there, "_run_afresh", lambda *_given: END)
    monkeypatch.setattr(there, "_judge", lambda _end: None)
    monkeypatch.setattr(there, "_look_again", look_again)
    monkeypatch.setattr(there, "_has_met_somebody", lambda *_given: False)
    monkeypatch.setattr(there, "_turn_after", turn_after)
    monkeypatch.setattr(there, "_nothing_came_of_it", lambda: None)
    there._treat([])
    return told


def test_where_nothing_waits_after_a_run_nothing_is_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    assert treated(cure(moves={CURSOR: {"outcome": "cured"}}), never, monkeypatch) == []


@pytest.mark.parametrize(("outcome", "served"), [("unchanged", True), ("refused", False), (None, False)])
def test_one_that_waited_and_is_healthy_after_the_run_was_served_by_it(
    outcome: str | None, served: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = cure(CURSOR, OTHER, THIRD, moves={CURSOR: {"outcome": "unchanged"}})
    after = partial(there.course.update_move, OTHER, outcome=outcome)
    assert treated(there, after, monkeypatch) == [{"met": False, "served": served}]


def test_where_somebody_was_met_what_was_tried_counts_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    there = cure(CURSOR, OTHER, moves={CURSOR: MOVED}, steps=[SENT])
    there.course.update(tried=(frozenset({CURSOR}),))
    assert there._turn_after(END, [], met=True, served=False) == Turn(back=(CURSOR,))
    assert there.state.tried == ()
    over = cure(CURSOR, OTHER, moves={name: {"outcome": "kept"} for name in (CURSOR, OTHER)}, steps=[SENT])
    assert over._turn_after(END, [], met=True, served=False) is None


def test_a_guess_beside_one_that_the_run_has_served_is_put_back() -> None:
    there = cure(CURSOR, OTHER, moves={CURSOR: MOVED, OTHER: {"outcome": "unchanged"}}, steps=[SENT])
    assert there._turn_after(END, [], met=False, served=True) == Turn(back=(CURSOR,))


def test_what_is_shown_beside_one_that_the_run_has_served_gets_its_run() -> None:
    shown = {CURSOR: {**MOVED, "shown": True}, OTHER: {"outcome": "unchanged"}}
    there = cure(CURSOR, OTHER, moves=shown, steps=[SENT])
    assert there._turn_after(END, [], met=False, served=True) == Turn()


def test_a_cursor_that_is_of_no_account_any_more_was_not_moved_by_somebody() -> None:
    there, before = cure(), [stuck("other")]
    gone = replace(stuck("other", DAY), account="")
    assert not there._has_met_somebody(before, [gone], (START, START))
    assert there._has_met_somebody(before, [stuck("other", DAY)], (START, START))
    assert there.state.met == {OTHER}


@pytest.mark.parametrize(
    ("moves", "way", "how", "reason"),
    [
        ({CURSOR: MOVED}, "keep", "undo", f"The run failed: {TIMEOUT} {NOT_SHOWN}"),
        ({CURSOR: {**MOVED, "shown": True}}, "keep", "keep", "Because."),
        ({CURSOR: {**MOVED, "shown": True}}, "restore", "undo", "Because."),
    ],
)
def test_where_nothing_is_left_to_try_a_guess_is_put_back_and_the_rest_is_judged(
    moves: Any, way: Any, how: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends = ending_so(monkeypatch)
    monkeypatch.setattr(_cure, "after_failure", lambda *_given: WayOn(way, "Because."))
    with pytest.raises(Ended):
        cure(CURSOR, OTHER, moves=moves)._nothing_waits(END)
    assert ends == [(how, reason)]


@pytest.mark.parametrize(
    ("found_stopped", "outcomes", "left"),
    [
        (True, ("refused", "refused"), True),
        (True, ("refused", "unchanged"), False),
        (False, ("refused", "refused"), False),
    ],
)
def test_what_was_found_stopped_and_is_not_healthy_is_stopped_again(
    found_stopped: bool, outcomes: tuple[str, str], left: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = cure(CURSOR, OTHER)
    there.course.update(found_stopped=found_stopped)
    for name, outcome in zip((CURSOR, OTHER), outcomes, strict=True):
        there.course.update_move(name, outcome=outcome, reason="So.")
    asked: list[bool] = []

    def leave_as_found() -> None:
        asked.append(True)
        raise FaultError("No engine.")

    monkeypatch.setattr(there.actions, "leave_as_found", leave_as_found)
    there._nothing_came_of_it()
    said = " Stopping the workflow again failed: No engine. See that it is stopped." if left else ""
    assert bool(asked) is left and [move.reason for move in there.state.moves] == [f"So.{said}"] * 2


# -- the diagnosis -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("steps", "needed"), [([], 3), ([SENT], 1)])
def test_once_a_cure_has_begun_one_failed_run_is_enough(
    steps: list[Step], needed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Our own start lets those before it count no more."""
    given: list[Thresholds] = []

    def diagnose(_facts: object, thresholds: Thresholds, *_more: object, **_known: object) -> list[Diagnosis]:
        given.append(thresholds)
        return []

    monkeypatch.setattr(_preflight, "diagnose", diagnose)
    facts: Any = SimpleNamespace()
    preflight = cure(steps=steps).preflight
    preflight.thresholds = replace(preflight.thresholds, min_failed_runs=3)
    preflight._of_workflow(facts)
    assert [one.min_failed_runs for one in given] == [needed]
