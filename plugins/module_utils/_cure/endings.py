# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""How a cure ends that did not succeed, in words. Pure: from one state to the next."""

from __future__ import annotations

import typing as t

if t.TYPE_CHECKING:
    from .._diagnosis.outcomes import Outcome
    from .actions import Stands
    from .model import Move
    from .state import CureState

NOT_ITS_TURN = "The cure ended before it was its turn. Nothing was written to it."


def whereabouts(state: CureState) -> str:
    """Where the cursors stand when it is not known to be where they should."""
    return " ".join(_whereabouts(state, move) for move in state.still_open)


def _whereabouts(state: CureState, move: Move) -> str:
    sent = f", after {move.written} was sent" if move.written else ""
    name = "" if len(state.moves) == 1 else f" {move.option}"
    seen = f"The cursor{name} was last seen at {move.after}{sent}; its old value is {move.plan.old_value}."
    return f"{seen}{may_land(move)}"


def left(state: CureState) -> str:
    """How the workflow is left, as part of a sentence."""
    if state.stopped_by_others:
        return "the workflow is left to whoever gave it an order meanwhile"
    if state.found_stopped:
        return "the workflow is stopped or paused, as it was found"
    return "the workflow is started or failed, as it was found"


def _may_come(state: CureState, move: Move) -> str:
    """What is known of a write whose answer was lost, and what to do."""
    return (
        f"The cursor is at its old value {move.plan.old_value}.{may_land(move)} {left(state).capitalize()}. Look at "
        "the cursor again in a few minutes, and run the same again then: it resumes if the value has landed. To have "
        "the old value, roll this run back."
    )


def may_land(move: Move) -> str:
    """What is known of the writes whose answers were lost, as further sentences; '' where there are none."""
    writes = ((move.written, move.unsure), (move.plan.old_value, move.back_lost))
    return "".join(
        f" Whether the write of {value} was lost or is still on its way is not known: it may land later."
        for value, is_lost in writes
        if is_lost
    )


def put_back(
    state: CureState, option: str, stands: Stands | None, reason: str, failures: t.Sequence[str], *, met_others: bool
) -> CureState:
    """The state with a cursor whose old value was to be put back.

    :param stands: whose value the cursor has now; None when that is not known.
    :param failures: what could not be undone. It is unfinished, and the next run resumes it; what is somebody else's is
        over.
    :param met_others: somebody else acted on this cursor, or on the workflow, meanwhile.
    """
    move = state.move(option)
    if failures:
        theirs = stands in ("other", "assumed") or (stands is None and met_others)
        where = _whereabouts(state, move)
        outcome: Outcome = "kept" if theirs and not may_land(move) else "pending"
        return state.ended(outcome, f"{reason} {' '.join(failures)} {where}", {option})
    if stands == "other":
        moved = f"The cursor is {move.after}: somebody else, or the workflow, moved it after our write"
        back = f"so nothing was put back. Its old value was {move.plan.old_value}.{may_land(move)}"
        return state.ended("pending" if may_land(move) else "kept", f"{reason} {moved}, {back}", {option})
    if stands == "assumed":
        who = f"whether the interrupted run '{move.resumed}' or somebody else wrote that is not known"
        back = f"Its old value was {move.plan.old_value}: a rollback of that run puts it back."
        return state.ended("kept", f"{reason} The cursor stays at {move.after}: {who}. {back}", {option})
    if move.unsure:
        return state.ended("pending", f"{reason} {_may_come(state, move)}", {option})
    there = f"The cursor is at its old value {move.plan.old_value} again, and {left(state)}."
    return state.ended("restored", f"{reason} {there}", {option})
