# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""Whether the instance is what the plans were made for. Pure: from one state of the cure to the next, or its end."""

from __future__ import annotations

import typing as t
from dataclasses import replace

from .._core.errors import ConflictError, ValidationError
from .._core.xtk import format_datetime
from .._diagnosis.attempts import read_mark
from .._diagnosis.diagnose import Verdict, is_named, next_to_move
from .._resources.workflow_states import WorkflowState
from .model import Ended
from .plan import is_written
from .state import MOVED_FOR_NOTHING
from .turns import in_use

if t.TYPE_CHECKING:
    from collections.abc import Container, Sequence
    from datetime import datetime

    from .._core.cursor_value import CursorValue
    from .._diagnosis.attempts import Attempt, Mark, ResumePoint
    from .._diagnosis.diagnose import Diagnosis
    from .._diagnosis.outcomes import Outcome
    from .._resources.workflows import Workflow
    from .clocks import Clocks
    from .model import Move
    from .plan import Plan
    from .state import CureState


#: The verdicts on an account because of which no run fails: it is served, or not asked.
_NO_SUSPECTS = frozenset({Verdict.HEALTHY, Verdict.INACTIVE, Verdict.NOT_APPLICABLE})


def diagnosis_of(option: str, found: Sequence[Diagnosis]) -> Diagnosis | None:
    """What was found of one cursor; None when it is not there, or the operator may not see it."""
    return next((one for one in found if one.option == option), None)


def target_of(plan: Plan, clocks: Clocks) -> datetime | None:
    """Where a plan leads now; None where it leads nowhere."""
    try:
        return plan.target(clocks)
    except (ValidationError, ConflictError):
        return None


def check_runs(state: CureState, found: Sequence[Diagnosis], attempts: Sequence[Attempt]) -> None:
    """Refuse where a planned cursor is ``running`` and no attempt of ours may have begun that run.

    :raises Ended: ``refused``.
    """
    for move in state.moves:
        mine = diagnosis_of(move.option, found)
        if mine is not None and mine.verdict is Verdict.RUNNING and not _may_be_ours(mine, attempts):
            raise Ended(
                "refused",
                f"A run is going on, and nothing shows that the cursor is stuck: {mine.reason} Nothing was sent; "
                "detect again when it has ended.",
            )


def _may_be_ours(mine: Diagnosis, attempts: Sequence[Attempt]) -> bool:
    """Whether an attempt that did not end may have begun the run that is going on."""
    return mine.resume_point is not None or any(
        one.unfinished and one.workflow == mine.workflow and mine.option in one.old_values for one in attempts
    )


def check_move(
    state: CureState,
    option: str,
    found: Sequence[Diagnosis],
    *,
    workflow: str,
    attempts: Sequence[Attempt],
    clocks: Clocks,
) -> CureState:
    """The state after one cursor was compared with its plan: to be moved, moved already, or with nothing to do.

    :raises Ended: it is not what the plan was made for. That ends the whole cure, which was approved as one.
    """
    move, mine = state.move(option), diagnosis_of(option, found)
    if mine is None:
        raise Ended("refused", f"The workflow '{workflow}' has no cursor '{option}', or the operator may not see it.")
    point = mine.resume_point
    if is_written(point, move.plan):
        state = _resumed(state, option, mine)
    elif mine.verdict is Verdict.HEALTHY:
        return state.ended(*_nothing_to_do(move.plan, mine, attempts), {option})
    else:
        _check_value(mine.cursor_value, move.plan.old_value)
    if not mine.cures:
        raise Ended("refused", f"The verdict is '{mine.verdict.value}' and not 'stuck': {mine.reason}")
    if (
        point is not None
        and point.stopped
        and _workflow_state(mine) not in (WorkflowState.STARTED, WorkflowState.PAUSED)
    ):
        state = replace(state, stopped_by_us=True)
    _check_target(state.move(option), clocks)
    return state


def _resumed(state: CureState, option: str, mine: Diagnosis) -> CureState:
    """The state with a cursor that an earlier attempt has written."""
    point = t.cast("ResumePoint", mine.resume_point)
    return replace(
        state.with_move(option, written=mine.cursor_value, resumed=point.run_id, assumed=not point.certain),
        found_stopped=state.found_stopped or point.found_stopped,
    )


def _nothing_to_do(plan: Plan, mine: Diagnosis, attempts: Sequence[Attempt]) -> tuple[Outcome, str]:
    """How a cursor ends that is healthy: cured by an earlier attempt, or without anything to do."""
    if not _was_moved_on(plan, mine, attempts):
        open_ones = [one.run_id for one in attempts if _is_open(one, plan)]
        known = f" Whether the run '{open_ones[0]}', which did not end, had moved it is not known." if open_ones else ""
        return "unchanged", f"Nothing to do: {mine.reason}{known}"
    return (
        "cured",
        f"An earlier attempt moved the cursor from {plan.old_value}, and the workflow has moved it on "
        f"since, to {mine.value_text}. {mine.reason}",
    )


def _check_value(now: CursorValue, old_value: CursorValue) -> None:
    if not now.is_same(old_value):
        raise Ended(
            "refused",
            f"The cursor is {now.text or 'empty'} and not {old_value} as planned: somebody moved it since. Detect "
            "again and make a new plan.",
        )


def _check_target(move: Move, clocks: Clocks) -> None:
    if move.written is not None or move.target is not None:
        return
    try:
        move.plan.target(clocks)
    except (ValidationError, ConflictError) as error:
        raise Ended("refused", error.message) from error


def _was_moved_on(plan: Plan, mine: Diagnosis, attempts: Sequence[Attempt]) -> bool:
    """Whether an attempt that did not end is known to have moved this cursor, which has been moved on since.

    One that was killed tells nothing: it may have sent nothing, and a person may have moved the cursor.
    """
    if mine.value is None or mine.value <= plan.old_value.known():
        return False
    if any(_has_moved(one, plan) for one in attempts):
        return True
    mark = read_mark(mine.description)
    # Of a run that nothing else is known of a mark may be old: a rollback leaves it there.
    if mark is None or mark.run_id not in {one.run_id for one in attempts if one.unfinished}:
        return False
    return _has_passed(mark, plan, mine)


def _has_passed(mark: Mark, plan: Plan, mine: Diagnosis) -> bool:
    """Whether the cursor was moved from the plan's value as the mark says, and stands elsewhere now."""
    return mark.old_value.is_same(plan.old_value) and not mark.written.is_same(mine.cursor_value)


def _has_moved(attempt: Attempt, plan: Plan) -> bool:
    """Whether an attempt that did not end is known to have moved the plan's cursor: no answer to its write was lost."""
    known = attempt.written.get(plan.option) and plan.option not in attempt.unsure
    return bool(known) and _is_open(attempt, plan)


def _is_open(attempt: Attempt, plan: Plan) -> bool:
    """Whether an attempt meant to move the same cursor from the same value, and did not end."""
    return attempt.unfinished and plan.old_value.is_same(attempt.old_values.get(plan.option))


def started_since(now: Workflow, found: Diagnosis | None) -> bool:
    """Whether a workflow has been started since it was diagnosed: it does not start by itself."""
    row = found.evidence.get("workflow") if found else None
    if not row or now.state != WorkflowState.STARTED:
        return False
    last_start = None if now.last_start is None else format_datetime(now.last_start)
    return bool(row["state"] != WorkflowState.STARTED or row["last_start"] != last_start)


def _workflow_state(found: Diagnosis) -> int | None:
    row = found.evidence.get("workflow")
    return row["state"] if row else None


def check_turn(state: CureState, found: Sequence[Diagnosis]) -> CureState:
    """The state with the cursors that are not planned: those that are stuck, and those that may make a run fail.

    :raises Ended: one of them comes first, and would make every run fail: nothing is begun.
    """
    planned = {move.option for move in state.moves}
    first = next_to_move(found)
    if first is not None and not state.in_flight and not _may_wait(first, found, planned):
        raise Ended(
            "refused",
            f"The cursor '{first.option}' of the same workflow is stuck too and is to be moved "
            "first: it may be what holds this one back.",
        )
    return _with_others(state, found)


def _with_others(state: CureState, found: Sequence[Diagnosis]) -> CureState:
    planned = {move.option for move in state.moves}
    others = [one for one in found if one.option not in planned]
    return replace(
        state,
        stood=in_use(found),
        rivals=tuple(one.option for one in others if one.cures),
        suspects=tuple(one.option for one in others if _is_suspect(one)),
        beside=tuple(filter(_is_in_use, others)),
    )


def _is_suspect(one: Diagnosis) -> bool:
    return bool(one.account) and not one.cures and one.verdict not in _NO_SUSPECTS


def _is_in_use(one: Diagnosis) -> bool:
    return bool(one.account) and one.value is not None and one.verdict is not Verdict.INACTIVE


def _may_wait(first: Diagnosis, found: Sequence[Diagnosis], planned: Container[str]) -> bool:
    """Whether a planned cursor may be moved although this one comes first: where this one is planned too, or where
    nothing but its name, or what its mid says, puts it first, since whoever has planned the other may know."""
    if first.option in planned or is_named(first):
        return first.option in planned
    return any(one.cures and one.option in planned and one.value == first.value for one in found)


def settle(state: CureState, found: Sequence[Diagnosis]) -> CureState:
    """The state after a run: planned cursors that are not stuck any more need nothing."""
    for move in state.waiting:
        mine = diagnosis_of(move.option, found)
        if mine is not None and mine.verdict is Verdict.HEALTHY:
            back = f"{MOVED_FOR_NOTHING} " if move.put_back else ""
            state = state.ended("unchanged", f"{back}Nothing to do any more: {mine.reason}", {move.option})
        elif mine is None or not mine.cures:
            why = "it is gone" if mine is None else f"the verdict is '{mine.verdict.value}': {mine.reason}"
            if move.put_back:
                state = state.ended("restored", f"{MOVED_FOR_NOTHING} After the next run {why}", {move.option})
            state = state.ended("refused", f"Nothing was written to it, because after the run {why}", {move.option})
    return state
