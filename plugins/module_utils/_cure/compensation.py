# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""What a cure does when it cannot go on: undo what it has done, or leave it and say so."""

from __future__ import annotations

import typing as t

from .._core.errors import ConflictError
from .._diagnosis.attempts import AS_IT_STANDS
from .endings import NOT_ITS_TURN, left, put_back, whereabouts
from .model import Ended

if t.TYPE_CHECKING:
    from .._core.interrupts import Interrupted
    from .actions import Stands, WorkflowActions
    from .state import CureState

#: What is said where our orders to stop got no answer, and the workflow shows nothing of them.
STOP_MAY_COME = (
    "Whether the order to stop was lost or is still on its way is not known: it may come later. See in a few minutes "
    "that the workflow is started."
)


#: What is said where a cure ends at once that was allowed to start a workflow which had been stopped.
THEIRS_STARTED = " The workflow had been stopped, and this cure has started it."


# Complex: each thing that is to be undone is tried, whatever became of the others.
def undo(actions: WorkflowActions, reason: str) -> t.NoReturn:
    """Put back what was found: the old values where those there are ours, and a workflow that is not stopped.

    One that fails does not keep the others from being tried.
    """
    failures: list[str] = []
    theirs: set[str] = set()
    touched = [move.option for move in actions.state.in_flight]
    stands: dict[str, Stands | None] = dict.fromkeys(touched)
    for option in reversed(touched):
        try:
            stands[option] = actions.restore(option)
        except Exception as error:
            theirs.update({option} if isinstance(error, ConflictError) else ())
            failures.append(f"Putting the cursor back failed: {actions.words(error, advice=False)}")
    try:
        actions.leave_as_found()
    except Exception as error:
        failures.append(not_left(actions, error))
    course = actions.course
    if course.state.stop_lost and not course.state.found_stopped:
        failures.append(STOP_MAY_COME)
    for option in touched:
        course.state = put_back(course.state, option, stands[option], reason, failures, met_others=option in theirs)
    if failures:
        course.state = course.state.ended("pending", f"{reason} {' '.join(failures)} {whereabouts(course.state)}")
    if touched or course.state.put_back:
        course.state = course.state.waiting_ended(NOT_ITS_TURN)
    raise Ended("refused", f"{reason} Nothing was written, and {left(course.state)}.")


def keep(actions: WorkflowActions, reason: str) -> t.NoReturn:
    """Leave the new values; a workflow that had been stopped is stopped again."""
    try:
        actions.leave_as_found()
    except Exception as error:
        reason = f"{reason} Stopping the workflow again failed: {actions.words(error, advice=False)}"
    actions.course.state = actions.state.waiting_ended(NOT_ITS_TURN)
    raise Ended("kept", reason)


def leave_running(actions: WorkflowActions, reason: str) -> t.NoReturn:
    """Put nothing back, since the run may still succeed."""
    where = whereabouts(actions.state)
    # In a run of the workflow as it stood, all of them wait, and none of them was the one whose turn it was.
    if actions.state.in_flight:
        actions.course.state = actions.state.waiting_ended(NOT_ITS_TURN)
    raise Ended("pending", f"{reason} {where}")


def interrupted(actions: WorkflowActions, stop: Interrupted, seconds: float) -> Ended:
    """How the cure ends when this process is to end within seconds.

    What was written stays, since the next run resumes from it, and the workflow must not stay stopped because of us;
    for a run on the old value, or for its proof, there is no time.
    """
    failure = ""
    try:
        actions.start_again(seconds)
    except Exception as error:
        failure = f" {not_left(actions, error)}"
    state = actions.state
    started = _has_started_theirs(state)
    if not state.in_flight and not failure and not started and not _runs_as_it_stands(state):
        if state.put_back:
            actions.course.state = state.waiting_ended(f"{NOT_ITS_TURN} {stop} Run the same again.")
        return Ended("refused", f"{stop} Nothing was written, and {left(state)}. Run the same again.")
    # One that had been stopped before may have been started by us, and runs on: that is the proof to come.
    how = failure or _left_so(state, started=started)
    if state.in_flight:
        actions.course.state = state.waiting_ended(NOT_ITS_TURN)
    return Ended("pending", f"{stop}{how} {whereabouts(state)} Run the same again: it resumes from there.")


def _runs_as_it_stands(state: CureState) -> bool:
    """Whether a run of the workflow as it stands was begun, and not seen to end."""
    steps = [step.action for step in state.steps]
    begun = steps[len(steps) - steps[::-1].index(AS_IT_STANDS) :] if AS_IT_STANDS in steps else []
    return bool({"start", "wakeup"} & set(begun)) and not {"verified", "failed"} & set(begun)


def _left_so(state: CureState, *, started: bool) -> str:
    if state.stopped_by_others or not state.found_stopped:
        return f" T{left(state)[1:]}."
    return THEIRS_STARTED if started else ""


def _has_started_theirs(state: CureState) -> bool:
    """Whether a workflow that was found stopped is started by us, as far as we know."""
    orders = [step.action for step in state.steps if step.action in ("stop", "kill", "start")]
    return state.found_stopped and orders[-1:] == ["start"]


def not_left(actions: WorkflowActions, error: Exception) -> str:
    """That a workflow is not left as it was found: a started one is stopped, or a stopped one is started."""
    words = actions.words(error, advice=False)
    if actions.state.found_stopped:
        return f"Stopping the workflow again failed: {words} See that it is stopped."
    return f"Starting the workflow again failed: {words} See that it is started."
