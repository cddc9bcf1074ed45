# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""What a run has shown of each cursor, and what becomes of the cure then. Pure: from one state to the next."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .._core.errors import shorten
from .._diagnosis.journal import story
from .._diagnosis.named import names_account, names_as_cause
from .turns import MOST_TRIES

if t.TYPE_CHECKING:
    from .._diagnosis.causes import Causes
    from .._resources.workflows import JournalLine
    from .model import CureOptions, Move
    from .state import CureState
    from .workflow_waiter import RunEnd

#: Why a cursor is put back that would stay moved if it were the only one that is stuck.
NOT_SHOWN = "It is not shown that this is the cursor that has to be moved."


@dataclass(frozen=True)
class WayOn:
    """How the cure goes on after a run that failed, and why."""

    way: t.Literal["next", "keep", "restore"]
    reason: str = ""


def journal_text(lines: t.Sequence[JournalLine], causes: Causes) -> str:
    """What the journal says of a run that failed."""
    _cause, text = story(lines, causes)
    return shorten(text) or "the journal names no error"


def is_named(end: RunEnd, move: Move, causes: Causes) -> bool:
    """Whether what the run said names the account of this cursor: enough for a doubt about it, and no proof.

    Its errors do, or the rows of the cause, which need not be errors themselves (campaign_facts, unknown 8).
    """
    cause, _text = story(end.told, causes)
    account = _account(move)
    return names_account(end.errors or end.told, account) or names_as_cause(end.told, account, cause, causes)


def _account(move: Move) -> str:
    return move.diagnosis.account if move.diagnosis else ""


def is_doubtful(state: CureState, option: str, moved: t.Container[str], end: RunEnd, causes: Causes) -> bool:
    """Whether a cursor that a run has moved may not have been served.

    Where a failed run moves its cursor all the same (campaign_facts, unknown 4), a workflow that ignores errors tells
    it in its journal only.

    :param moved: all that the run has moved. An account whose cursor it has not moved may be the one that failed.
    """
    cause, _text = story(end.told, causes)
    if not end.errors or cause is None:
        return False
    if is_named(end, state.move(option), causes):
        return True
    others = {one.plan.account for one in state.moves} | {one.account for one in state.beside}
    is_another = any(names_as_cause(end.told, other, cause, causes) for other in others)
    return all(one.option in moved for one in state.still_open) and not is_another


def proven(state: CureState, option: str, end: RunEnd, text: str) -> CureState:
    """The state with a cursor that its workflow has moved, in a run that did not fail."""
    move = state.move(option)
    if end.errors:
        reason = f"The workflow moved its cursor to {move.after}, but its journal has errors: {text}"
        return state.ended("cured_with_warnings", reason, {option})
    went = f"from {move.written} to {move.after}.{move.jumped_over()}"
    return state.ended("cured", f"The workflow ran and moved its cursor itself, {went}", {option})


def moved_and_failed(state: CureState, option: str, end: RunEnd, text: str, causes: Causes) -> CureState:
    """The state with a cursor that was moved in a run that failed: for another account, it seems, while one is yet to
    be treated."""
    move = state.move(option)
    if state.waiting and not is_named(end, move, causes):
        reason = f"The workflow moved its cursor to {move.after}, and failed for another account then."
        return state.ended("cured_with_warnings", reason, {option})
    reason = f"The cursor was moved to {move.after}, and the run failed all the same: {text}"
    if not end.workflow.failed:
        # The present value is not ours to overwrite.
        reason += (
            f" Whether it has fetched what changed since {move.written} is not known: repair the cause, and compare "
            f"the deliveries of the two servers. A rollback puts the old value {move.plan.old_value} back."
        )
    return state.ended("kept", reason, {option})


# Complex: one case for each way on, in their order.
def after_failure(state: CureState, end: RunEnd, choices: CureOptions, causes: Causes) -> WayOn:
    """What becomes of the cursors that a failed run has not moved."""
    unmoved, text = state.in_flight, journal_text(end.told, causes)
    stays = _stays(unmoved)
    if not unmoved and state.waiting:
        return WayOn("next")
    cause, _text = story(end.told, causes)
    # A text that nobody knows is taken for the cause of before, and the old value comes back.
    if cause is not None and cause.rules_out:
        why = f"The run failed for another reason than before ({cause.id}): {text}"
        if state.guesses:
            return WayOn("restore", f"{why} {cause.remedy} {NOT_SHOWN}")
        return WayOn("keep", f"{why} {stays}. {cause.remedy}")
    named = any(names_as_cause(end.told, _account(move), cause, causes) for move in unmoved)
    if state.waiting and not named:
        return _next_try(state, text)
    if choices.on_failure == "restore" and state.rivals and state.guesses and not named:
        why = f"{_rivals(state)} {NOT_SHOWN} Detect again and plan them together."
        return WayOn("restore", f"The run failed: {text} {why}")
    if state.rivals and not named:
        return WayOn("keep", f"The run failed: {text} {stays}, because {_rivals(state)} Detect again and cure it next.")
    if choices.on_failure == "keep":
        return WayOn("keep", f"The run failed: {text} {stays} (on_failure=keep).")
    return WayOn("restore", f"The run failed again: {text}")


def _next_try(state: CureState, text: str) -> WayOn:
    if len(state.tried) < MOST_TRIES:
        return WayOn("next")
    return WayOn(
        "restore",
        f"The run failed again: {text} Nothing tells which accounts are too slow, and {MOST_TRIES} tries have not "
        "found it. Let the mid-sourcing servers be asked (ask_mid), or plan alone the cursors whose accounts you know "
        "to be slow.",
    )


def _rivals(state: CureState) -> str:
    return f"{', '.join(state.rivals)} of the same workflow is stuck too and may be the cause."


def _stays(unmoved: t.Sequence[Move]) -> str:
    if len(unmoved) > 1:
        return "The new value stays"
    return f"The new value {unmoved[0].written if unmoved else ''} stays"
