# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a cure decides between its calls, from what was found and what it has done: nothing is sent here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._core.cursor_value import CursorValue
from ansible_collections.campaign.classic.plugins.module_utils._core.errors import FaultError, WaitTimeout
from ansible_collections.campaign.classic.plugins.module_utils._core.interrupts import Interrupted
from ansible_collections.campaign.classic.plugins.module_utils._cure import cure as _cure
from ansible_collections.campaign.classic.plugins.module_utils._cure.actions import WorkflowActions
from ansible_collections.campaign.classic.plugins.module_utils._cure.clocks import Clock, Clocks
from ansible_collections.campaign.classic.plugins.module_utils._cure.cure import Cure
from ansible_collections.campaign.classic.plugins.module_utils._cure.judging import WayOn
from ansible_collections.campaign.classic.plugins.module_utils._cure.model import Ended, Move
from ansible_collections.campaign.classic.plugins.module_utils._cure.preflight import Preflight
from ansible_collections.campaign.classic.plugins.module_utils._cure.turns import Turn
from ansible_collections.campaign.classic.plugins.module_utils._cure.workflow_waiter import Baseline, RunEnd
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.catalogue import CATALOGUE
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.mid_figures import MidFigures
from ansible_collections.campaign.classic.plugins.module_utils._resources.workflows import Workflow
from tests.helpers.cure_in_course import SENT, cure, ending_so
from tests.helpers.cure_world import CURSOR, PREFIX, START
from tests.helpers.cursors import DAY, TIMEOUT, line, stuck, workflow

OTHER = f"{PREFIX}other"
WRITTEN, LATER, LATEST, AHEAD = (
    CursorValue.read(f"2026-11-{time}.000Z") for time in ("22 02:00:00", "23 02:00:00", "23 02:10:00", "23 02:10:01")
)
NO_TURN = "The cure ended before it was its turn. Nothing was written to it."


def ended(there: Cure, *outcomes: tuple[str, CursorValue | None, CursorValue | None]) -> Cure:
    """The same, where each move has an outcome, what was written, and where the cursor stands."""
    for move, (outcome, written, after) in zip(there.state.moves, outcomes, strict=True):
        there.course.update_move(move.option, outcome=outcome, written=written, after=after)
    return there


def late(words: str) -> WaitTimeout:
    return WaitTimeout(words, last_state={}, next_step="Look at the journal.", instance="mkt")


# -- the row before the first step -------------------------------------------------------------------------------------

STOPPED, STOPPING = workflow(20), workflow(15)
FAILED = workflow(13, failed=True)
PAUSED = workflow(13)


@pytest.mark.parametrize("row", [workflow(11), FAILED])
def test_a_row_that_is_started_or_failed_is_treated(row: Workflow) -> None:
    there = cure()
    there._check_row(row)
    assert not there.state.found_stopped


def test_a_row_that_our_own_stop_has_left_is_treated_and_no_other() -> None:
    there = cure()
    there.course.update(stopped_by_us=True, steps=(SENT,))
    there._check_row(STOPPED)
    for row in (PAUSED, STOPPING):
        with pytest.raises(Ended, match=r"during the cure\."):
            there._check_row(row)


@pytest.mark.parametrize("row", [STOPPED, PAUSED])
def test_a_row_that_somebody_stopped_is_treated_where_that_is_asked_for(row: Workflow) -> None:
    there = cure(start_stopped=True)
    there._check_row(row)
    assert there.state.found_stopped


@pytest.mark.parametrize(("row", "asked"), [(STOPPED, False), (PAUSED, False), (STOPPING, True), (STOPPING, False)])
def test_any_other_row_is_refused_before_the_first_step(row: Workflow, asked: bool) -> None:
    there = cure(start_stopped=asked)
    with pytest.raises(Ended) as end:
        there._check_row(row)
    assert (end.value.outcome, there.state.found_stopped) == ("refused", False)
    assert end.value.reason == (
        f"The workflow is {row.state_name} ({row.state}) now: somebody gave it an order since the diagnosis. "
        "Detect again."
    )


@pytest.mark.parametrize(
    ("row", "shown", "way"),
    [
        # What was moved as a guess is put back, where nothing runs.
        (STOPPED, False, ["undo"]),
        (PAUSED, False, ["undo"]),
        (STOPPING, False, []),
        (STOPPED, True, []),
    ],
)
def test_a_row_that_somebody_stopped_after_our_first_step_is_left_to_him(
    monkeypatch: pytest.MonkeyPatch, row: Workflow, shown: bool, way: list[str]
) -> None:
    ends = ending_so(monkeypatch)
    there = cure(CURSOR, OTHER, start_stopped=True, moves={CURSOR: {"written": WRITTEN, "shown": shown}})
    there.course.update(steps=(SENT,))
    with pytest.raises(Ended) as end:
        there._check_row(row)
    assert end.value.outcome == "kept" and "somebody gave it an order during the cure." in end.value.reason
    assert [(move.outcome, move.reason) for move in there.state.moves] == [(None, ""), ("refused", NO_TURN)]
    assert [name for name, _reason in ends] == way


def test_a_row_that_a_run_of_ours_has_left_stopped_and_failed_is_treated_where_that_is_asked_for() -> None:
    """An activity may stop the workflow by its error (campaign_facts, unknown 23)."""
    aborted = workflow(20, failed=True)
    there = cure(start_stopped=True)
    there.course.update(steps=(SENT,))
    there._check_row(aborted)
    assert not there.state.found_stopped
    for row, given in ((aborted, False), (STOPPED, True)):
        there = cure(start_stopped=given)
        there.course.update(steps=(SENT,))
        with pytest.raises(Ended, match=r"during the cure\."):
            there._check_row(row)


# -- the steps ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "steps"),
    [
        (workflow(11), ["stop", "write where it stands still"]),
        (workflow(13, failed=True, pid=4711), ["stop", "write where it stands still"]),
        (FAILED, ["write", "stop"]),
        (STOPPED, ["write where it stands still"]),
        (workflow(0), ["write where it stands still"]),
    ],
)
def test_what_could_race_with_the_write_is_stopped_before_it(row: Workflow, steps: list[str]) -> None:
    there = cure()
    found = []
    for step in there._steps(row, Turn(write=(CURSOR,))):
        assert isinstance(step, partial)
        if step.func == there.actions.stop:
            assert step.keywords == {"found": row}
            found.append("stop")
            continue
        assert step.func == there.actions.write and step.args == (CURSOR,)
        found.append("write where it stands still" if step.keywords["where_stopped"] else "write")
    assert found == steps


@pytest.mark.parametrize(
    ("row", "steps"),
    [
        (workflow(11), ["stop", "take_back", "write"]),
        (FAILED, ["stop", "take_back", "write"]),
        (STOPPED, ["take_back", "write"]),
    ],
)
def test_what_was_moved_in_vain_is_put_back_before_the_next_is_written_and_nothing_runs_then(
    row: Workflow, steps: list[str]
) -> None:
    there = cure(CURSOR, OTHER)
    found = there._steps(row, Turn(back=(CURSOR,), write=(OTHER,)))
    assert [getattr(step, "func", step).__name__ for step in found] == steps
    back, write = [step for step in found if isinstance(step, partial)][-2:]
    assert (back.args, write.args, write.keywords) == ((CURSOR,), (OTHER,), {"where_stopped": True})


def test_what_was_moved_in_vain_is_put_back_though_nothing_is_written_then() -> None:
    there = cure(CURSOR, OTHER)
    found = there._steps(workflow(11), Turn(back=(CURSOR,)))
    assert [getattr(step, "func", step).__name__ for step in found] == ["stop", "take_back"]


# -- what cannot be seen -----------------------------------------------------------------------------------------------


def test_a_workflow_that_cannot_be_seen_ends_what_has_begun_and_is_the_callers_error_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ends = ending_so(monkeypatch)
    there = cure(moves={CURSOR: {"written": WRITTEN}})

    def row() -> Workflow:
        raise FaultError("No.", instance="mkt", next_step="Look.")

    monkeypatch.setattr(there.actions.watch, "row", row)
    with pytest.raises(FaultError):
        there._row()
    there.course.update(steps=(SENT,))
    with pytest.raises(Ended):
        there._row()
    ((how, reason),) = ends
    assert how == "keep" and reason.startswith(
        "The workflow could not be looked at: No. Look. The cursor was last seen"
    )


def test_what_is_moved_without_being_shown_to_be_the_cause_is_undone(monkeypatch: pytest.MonkeyPatch) -> None:
    ends = ending_so(monkeypatch)
    there = cure(CURSOR, OTHER, moves={CURSOR: {"written": WRITTEN}})
    with pytest.raises(Ended):
        there._unseen("The other cursors", FaultError("No.", instance="mkt"))
    assert ends[0][0] == "undo"
    there.course.update_move(CURSOR, shown=True)
    with pytest.raises(Ended):
        there._unseen("The other cursors", FaultError("No.", instance="mkt"))
    assert ends[1][0] == "keep"


def test_a_start_since_the_diagnosis_of_any_of_its_cursors_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    there = cure(CURSOR, OTHER, moves={OTHER: {"diagnosis": stuck("other", 30 * DAY)}})
    with pytest.raises(Ended, match="was started since the diagnosis") as end:
        there._check_not_started(workflow(11))
    assert end.value.outcome == "refused"
    there._check_not_started(FAILED)
    there.course.update(steps=(SENT,))
    there._check_not_started(workflow(11))


# -- judging a run -----------------------------------------------------------------------------------------------------


def run_end(*, failed: bool = False) -> RunEnd:
    lines = (line(10, TIMEOUT),) if failed else ()
    return RunEnd(workflow(13 if failed else 11, failed=failed), lines, lines)


def test_a_run_that_succeeded_has_moved_every_cursor_in_flight_and_none_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    there = cure(CURSOR, OTHER, moves={CURSOR: {"written": WRITTEN}, OTHER: {"written": WRITTEN}})
    monkeypatch.setattr(there.actions, "moved", lambda _option: False)
    assert there._moved(run_end()) == [CURSOR, OTHER]
    assert there._moved(run_end(failed=True)) == []


def test_a_cursor_that_was_moved_is_proven_though_another_was_not(monkeypatch: pytest.MonkeyPatch) -> None:
    there = cure(CURSOR, OTHER, moves={CURSOR: {"written": WRITTEN, "after": LATER}, OTHER: {"written": WRITTEN}})
    monkeypatch.setattr(there, "_moved", lambda _end: [CURSOR])
    monkeypatch.setattr(there, "_doubtful", lambda _moved, _end: set())
    monkeypatch.setattr(_cure, "after_failure", lambda *_given: WayOn("next"))
    there._judge(RunEnd(workflow(11), (), (line(10, TIMEOUT),)))
    assert (there.state.move(CURSOR).outcome, there.state.move(OTHER).outcome) == ("cured", None)


@pytest.mark.parametrize(
    ("named", "stays", "doubtful"),
    [([], True, []), ([], False, [CURSOR, OTHER]), ([OTHER], True, [OTHER]), ([CURSOR, OTHER], True, [CURSOR, OTHER])],
)
def test_where_another_cursor_stays_only_those_that_are_named_are_in_doubt(
    monkeypatch: pytest.MonkeyPatch, named: list[str], stays: bool, doubtful: list[str]
) -> None:
    there = cure(CURSOR, OTHER)
    monkeypatch.setattr(_cure, "is_doubtful", lambda *_given: True)
    monkeypatch.setattr(_cure, "is_named", lambda _end, move, _causes: move.option in named)
    monkeypatch.setattr(there, "_one_stays", lambda: stays)
    assert there._doubtful([CURSOR, OTHER], run_end()) == set(doubtful)


def test_another_cursor_stays_where_it_is_read_so(monkeypatch: pytest.MonkeyPatch) -> None:
    there = cure()
    there.course.update(beside=(stuck("other", 30 * DAY),))
    stood = there.state.beside[0].cursor_value
    for now, stays in ((stood, True), (LATER, False)):
        monkeypatch.setattr(there.actions, "read", lambda _option, now=now: SimpleNamespace(cursor_value=now))
        assert there._one_stays() is stays

    def read(_option: str) -> None:
        raise FaultError("No.")

    monkeypatch.setattr(there.actions, "read", read)
    assert not there._one_stays()


def test_what_cannot_be_read_after_a_run_that_failed_leaves_the_cure_pending(monkeypatch: pytest.MonkeyPatch) -> None:
    there = cure(moves={CURSOR: {"written": WRITTEN}})

    def moved(_option: str) -> bool:
        raise late("No answer.")

    monkeypatch.setattr(there.actions, "moved", moved)
    with pytest.raises(Ended, match=r"^No answer\. .*The proof is missing; detect again later\.") as end:
        there._moved(run_end(failed=True))
    assert end.value.outcome == "pending"


# -- the second run ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outcomes", "proven"),
    [
        ([("cured", WRITTEN, LATER), ("cured", WRITTEN, LATER)], [CURSOR, OTHER]),
        ([("cured", WRITTEN, LATER), ("unchanged", WRITTEN, LATER)], [CURSOR]),
        ([("cured", WRITTEN, LATER), ("cured", None, LATER)], [CURSOR]),
        ([("cured", WRITTEN, LATER), ("cured", WRITTEN, None)], [CURSOR]),
        ([("unchanged", None, LATER), ("unchanged", None, LATER)], []),
        ([("cured", WRITTEN, LATER), ("kept", WRITTEN, LATER)], []),
        ([("cured", WRITTEN, LATER), ("cured_with_warnings", WRITTEN, LATER)], []),
    ],
)
def test_what_a_second_run_is_to_confirm(outcomes: list[Any], proven: list[str]) -> None:
    there = ended(cure(CURSOR, OTHER), *outcomes)
    assert there._proof() == dict.fromkeys(proven, LATER)


def confirmed(end: RunEnd | BaseException, now: CursorValue, monkeypatch: pytest.MonkeyPatch) -> Move:
    """The move after a second run that ended so, with the cursor there."""
    there = ended(cure(confirm=True), ("cured", WRITTEN, LATER))

    def scheduled(_proof: object) -> RunEnd:
        if isinstance(end, BaseException):
            raise end
        return end

    monkeypatch.setattr(there, "_scheduled_run", scheduled)
    monkeypatch.setattr(there.actions, "read", lambda _option: SimpleNamespace(cursor_value=now))
    there._confirm()
    there._check_ahead()
    return there.state.move(CURSOR)


def test_a_second_run_confirms_where_it_succeeds_and_moves_the_cursor(monkeypatch: pytest.MonkeyPatch) -> None:
    move = confirmed(run_end(), LATEST, monkeypatch)
    assert (move.outcome, move.after) == ("confirmed", LATEST)
    assert move.reason == f" The run that the scheduler started moved it on, to {LATEST}."


def test_a_value_that_lies_ahead_of_a_clock_is_told_and_not_confirmed(monkeypatch: pytest.MonkeyPatch) -> None:
    clocks = Clocks(START + timedelta(seconds=601), (Clock("the controller", START),))
    monkeypatch.setattr(WorkflowActions, "clocks", lambda _self, _option: clocks)
    move = confirmed(run_end(), AHEAD, monkeypatch)
    assert move.outcome == "cured_with_warnings"
    assert move.reason.endswith(f"to {AHEAD}. That is 10m 1s ahead of the clock of the controller: compare the clocks.")
    assert confirmed(run_end(), LATEST, monkeypatch).outcome == "confirmed"
    # A server's time that runs faster than ours in a test, or is set, is not what a logon has shown.
    clocks = Clocks(START + timedelta(seconds=600), (Clock("the controller", START),))
    assert confirmed(run_end(), AHEAD, monkeypatch).outcome == "confirmed"


@pytest.mark.parametrize(("failed", "now"), [(True, LATEST), (True, LATER), (False, LATER)])
def test_a_second_run_that_fails_or_moves_nothing_confirms_nothing(
    failed: bool, now: CursorValue, monkeypatch: pytest.MonkeyPatch
) -> None:
    move = confirmed(run_end(failed=failed), now, monkeypatch)
    assert (move.outcome, move.after) == ("kept", now)
    assert move.reason.startswith(" The run that the scheduler started then failed: ")


def test_why_nothing_was_confirmed_is_said_without_advice(monkeypatch: pytest.MonkeyPatch) -> None:
    assert confirmed(late("Waited 60 s."), LATER, monkeypatch).reason == " Not confirmed: Waited 60 s."
    assert confirmed(Interrupted("SIGTERM"), LATER, monkeypatch).reason == " Not confirmed: Interrupted by SIGTERM."


def test_a_second_run_is_over_when_it_has_moved_every_cursor(monkeypatch: pytest.MonkeyPatch) -> None:
    there = cure(CURSOR, OTHER)
    values = {CURSOR: LATEST, OTHER: LATER}
    monkeypatch.setattr(there.actions, "read", lambda name: SimpleNamespace(cursor_value=values[name]))
    monkeypatch.setattr(there.actions, "baseline", lambda: Baseline(workflow(11), frozenset()))
    monkeypatch.setattr(there.actions, "verify_timeout", lambda *_known: 60.0)

    def watched(_baseline: Baseline, *, wake: bool, done: Any, **_more: Any) -> RunEnd:
        assert not wake, "nothing is sent"
        assert not done(), "one has not been moved yet"
        values[OTHER] = LATEST
        assert done()
        return run_end()

    monkeypatch.setattr(there.actions.watch, "run_end", watched)
    assert there._scheduled_run({CURSOR: LATER, OTHER: LATER}).ok


def test_only_what_is_cured_is_compared_with_the_clocks_and_each_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    third = f"{PREFIX}third"
    clocks = Clocks(START + timedelta(seconds=601), (Clock("the controller", START),))
    monkeypatch.setattr(WorkflowActions, "clocks", lambda _self, _option: clocks)
    there = ended(
        cure(CURSOR, OTHER, third), ("kept", WRITTEN, AHEAD), ("cured", WRITTEN, None), ("cured", WRITTEN, AHEAD)
    )
    there._check_ahead()
    assert [(move.outcome, "ahead of the clock" in move.reason) for move in there.state.moves] == [
        ("kept", False),
        ("cured", False),
        ("cured", True),
    ]


# -- before anything is sent -------------------------------------------------------------------------------------------


def test_siblings_have_no_part_in_a_cure() -> None:
    assert any(kind.sibling for kind in CATALOGUE)
    kinds = cure().preflight.kinds
    assert kinds and not any(kind.sibling for kind in kinds)


def test_a_mid_is_asked_about_the_value_that_would_be_written() -> None:
    facts: Any = SimpleNamespace(server_time=START, skew_seconds=60.0)
    one, mid = stuck("mid", 30 * DAY), MidFigures("mid-eu", "answered")
    assert cure().preflight._planned(facts, one, mid) == START - timedelta(days=1, seconds=60)
    behind = replace(mid, ahead_seconds=-120.0)
    assert cure().preflight._planned(facts, one, behind) == START - timedelta(days=1, seconds=120)


def test_where_a_cursor_would_go_counts_back_from_the_clock_of_its_mid() -> None:
    behind = replace(stuck("mid", 30 * DAY), mid=MidFigures("mid-eu", "answered", ahead_seconds=-600.0))
    there = cure(CURSOR, OTHER, moves={CURSOR: {"diagnosis": behind}})
    facts: Any = SimpleNamespace(server_time=START, skew_seconds=0.0)
    there.preflight._aim(facts)
    assert [move.target and move.target.known() for move in there.state.moves] == [
        START - timedelta(days=1, seconds=600),
        START - timedelta(days=1),
    ]


def while_a_run_goes_on(until: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> Preflight:
    """What comes before a cure, where a run goes on and this waits for its end."""
    preflight = cure().preflight
    monkeypatch.setattr(preflight.actions.watch, "row", lambda: workflow(11, pid=4711))
    monkeypatch.setattr(preflight.actions, "verify_timeout", lambda *_known: 60.0)
    monkeypatch.setattr(preflight.actions.watch, "until", until)
    return preflight


def test_a_run_or_an_order_that_is_going_on_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []

    def until(over: Any, **_more: Any) -> None:
        asked.extend(over(row) for row in (workflow(11, pid=4711), STOPPING, workflow(11), STOPPED))

    preflight = while_a_run_goes_on(until, monkeypatch)
    monkeypatch.setattr(preflight, "look", lambda: ["what is there then"])
    assert preflight._after_the_run() == ["what is there then"]
    assert asked == [False, False, True, True]


def test_a_run_that_does_not_end_is_refused_without_advice(monkeypatch: pytest.MonkeyPatch) -> None:
    def until(_over: Any, **_more: Any) -> None:
        raise late("Waited 60 s.")

    preflight = while_a_run_goes_on(until, monkeypatch)
    with pytest.raises(Ended) as end:
        preflight._after_the_run()
    assert (end.value.outcome, end.value.reason) == ("refused", "Waited 60 s. Nothing was sent; detect again later.")
