# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""What a cure does when it cannot go on: undo what it has done, or leave it and say so."""

from __future__ import annotations

import typing as t

from .._core.errors import ConflictError
from .endings import NOT_ITS_TURN, left, put_back, whereabouts
from .model import Ended

if t.TYPE_CHECKING:
    from .._core.interrupts import Interrupted
    from .actions import Stands, WorkflowActions


def undo(actions: WorkflowActions, reason: str) -> t.NoReturn:
    """Put back what was found: the old values where those there are ours, and a workflow that is not stopped.

    One that fails does not keep the others from being tried.
    """
    failures: list[str] = []
    met_others = False
    touched = [move.option for move in actions.state.in_flight]
    stands: dict[str, Stands | None] = dict.fromkeys(touched)
    for option in reversed(touched):
        try:
            stands[option] = actions.restore(option)
        except Exception as error:
            met_others = met_others or isinstance(error, ConflictError)
            failures.append(f"Putting the cursor back failed: {actions.words(error, advice=False)}")
    try:
        actions.leave_as_found()
    except Exception as error:
        failures.append(_not_started(actions, error))
    course = actions.course
    for option in touched:
        course.state = put_back(course.state, option, stands[option], reason, failures, met_others=met_others)
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
        failure = f" {_not_started(actions, error)}"
    state = actions.state
    if not state.in_flight and not failure:
        if state.put_back:
            actions.course.state = state.waiting_ended(f"{NOT_ITS_TURN} {stop} Run the same again.")
        return Ended("refused", f"{stop} Nothing was written, and {left(state)}. Run the same again.")
    # One that had been stopped before may have been started by us, and runs on: that is the proof to come.
    known = state.stopped_by_others or not state.found_stopped
    how = failure or (f" T{left(state)[1:]}." if known else "")
    if state.in_flight:
        actions.course.state = state.waiting_ended(NOT_ITS_TURN)
    return Ended("pending", f"{stop}{how} {whereabouts(state)} Run the same again: it resumes from there.")


def _not_started(actions: WorkflowActions, error: Exception) -> str:
    words = actions.words(error, advice=False)
    return f"Starting the workflow again failed: {words} See that it is started."
