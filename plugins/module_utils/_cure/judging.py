# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""What a run has shown of each cursor, and what becomes of the cure then. Pure: from one state to the next."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

from .._core.errors import shorten
from .._diagnosis.journal import said, story

if t.TYPE_CHECKING:
    from .._diagnosis.causes import Causes
    from .._resources.workflows import JournalLine
    from .model import CureOptions, Move
    from .state import CureState
    from .workflow_waiter import RunEnd


@dataclass(frozen=True)
class WayOn:
    """How the cure goes on after a run that failed, and why."""

    way: t.Literal["next", "keep", "restore"]
    reason: str = ""


def journal_text(lines: t.Sequence[JournalLine], causes: Causes) -> str:
    """What the journal says of a run that failed."""
    _cause, text = story(lines, causes)
    return shorten(text) or "the journal names no error"


def is_named(end: RunEnd, move: Move) -> bool:
    """Whether the errors name the account of this cursor as a word of its own."""
    account = move.diagnosis.account if move.diagnosis else ""
    name = re.compile(rf"(?<!\w){re.escape(account)}(?!\w)")
    return bool(account) and any(name.search(said(line)) for line in end.errors or end.told)


def proven(state: CureState, option: str, end: RunEnd, text: str) -> CureState:
    """The state with a cursor that its workflow has moved, in a run that did not fail."""
    move = state.move(option)
    if end.errors:
        reason = f"The workflow moved its cursor to {move.after}, but its journal has errors: {text}"
        return state.ended("cured_with_warnings", reason, {option})
    went = f"from {move.written} to {move.after}.{move.jumped_over()}"
    return state.ended("cured", f"The workflow ran and moved its cursor itself, {went}", {option})


def moved_and_failed(state: CureState, option: str, end: RunEnd, text: str) -> CureState:
    """The state with a cursor that was moved in a run that failed: for another account, it seems, while one is yet to
    be treated."""
    move = state.move(option)
    if state.waiting and not is_named(end, move):
        reason = f"The workflow moved its cursor to {move.after}, and failed for another account then."
        return state.ended("cured_with_warnings", reason, {option})
    return state.ended(
        "kept", f"The cursor was moved to {move.after}, and the run failed all the same: {text}", {option}
    )


def after_failure(state: CureState, end: RunEnd, choices: CureOptions, causes: Causes) -> WayOn:
    """What becomes of the cursors that a failed run has not moved."""
    unmoved, text = state.in_flight, journal_text(end.told, causes)
    stays = _stays(unmoved)
    if not unmoved and state.waiting:
        return WayOn("next")
    cause, _text = story(end.told, causes)
    # A text that nobody knows is taken for the cause of before, and the old value comes back.
    if cause is not None and cause.rules_out:
        return WayOn(
            "keep", f"The run failed for another reason than before ({cause.id}): {text} {stays}. {cause.remedy}"
        )
    named = _names_one_of(end, unmoved)
    if state.waiting and not named:
        return WayOn("next")
    if state.rivals and not named:
        return WayOn(
            "keep",
            f"The run failed: {text} {stays}, because {', '.join(state.rivals)} of the same workflow is "
            "stuck too and may be the cause. Detect again and cure it next.",
        )
    if choices.on_failure == "keep":
        return WayOn("keep", f"The run failed: {text} {stays} (on_failure=keep).")
    return WayOn("restore", f"The run failed again: {text}")


def _names_one_of(end: RunEnd, moves: t.Sequence[Move]) -> bool:
    return any(is_named(end, move) for move in moves)


def _stays(unmoved: t.Sequence[Move]) -> str:
    if len(unmoved) > 1:
        return "The new value stays"
    return f"The new value {unmoved[0].written if unmoved else ''} stays"
