# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""Where a cure is: one value, which every step takes and gives back changed.

What decides is a function from one state to the next. What acts on the instance can break off at any call (an error, a
signal), and what it has sent until then must not be lost: so it notes each change in the moment in which it happens, by
putting the next state in the place of the last (``Course``).
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field, replace

if t.TYPE_CHECKING:
    from .._diagnosis.diagnose import Diagnosis
    from .._diagnosis.outcomes import Outcome
    from .model import Move, Step

#: What is said of a cursor that was tried.
MOVED_FOR_NOTHING = "It was moved for nothing, and its old value was put back."


@dataclass(frozen=True)
class CureState:
    """All that a cure knows of what it has found and done.

    :param moves: the cursors that may be moved, each with what became of it.
    :param found_stopped: the workflow had been stopped before the cure began.
    :param stopped_by_us: a stop of ours was sent, or of the attempt that is resumed, and no start has followed it yet.
    :param stop_lost: no answer came to our orders to stop, and the workflow shows nothing of them.
    :param stopped_by_others: somebody else has stopped the workflow meanwhile, and it is left so.
    :param rivals: options of the workflow's cursors that are stuck and not planned.
    :param suspects: options of its other cursors in use that are not planned, not stuck, and not healthy: a run may
        fail because of each of them, too.
    :param stood: where the cursors stood that the workflow asks for, before anything was sent, by option.
    :param beside: what was found, before anything was sent, of its other cursors that it should move.
    :param tried: for each run that failed, the cursors that were not at their old values.
    :param met: cursors that somebody else was seen to move during the cure.
    :param changed: something was sent that may have changed the instance.
    :param steps: what was done, in order.
    :param errors: the journal's errors of the last run.
    """

    moves: tuple[Move, ...] = ()
    found_stopped: bool = False
    stopped_by_us: bool = False
    stop_lost: bool = False
    stopped_by_others: bool = False
    rivals: tuple[str, ...] = ()
    suspects: tuple[str, ...] = ()
    stood: t.Mapping[str, str] = field(default_factory=dict)
    beside: tuple[Diagnosis, ...] = ()
    tried: tuple[frozenset[str], ...] = ()
    met: frozenset[str] = frozenset()
    changed: bool = False
    steps: tuple[Step, ...] = ()
    errors: tuple[str, ...] = ()

    def move(self, option: str) -> Move:
        """The move of this cursor, which must be one of the moves."""
        return next(move for move in self.moves if move.option == option)

    def with_move(self, option: str, **changes: t.Any) -> CureState:
        """The state with other values in one move."""
        return replace(
            self, moves=tuple(replace(move, **changes) if move.option == option else move for move in self.moves)
        )

    def ended(self, outcome: Outcome, reason: str, options: t.Container[str] | None = None) -> CureState:
        """The state with this outcome for these cursors, or for all, that have none yet."""
        return replace(
            self,
            moves=tuple(
                move.ended(outcome, reason) if options is None or move.option in options else move
                for move in self.moves
            ),
        )

    @property
    def left_stopped(self) -> bool:
        """Whether the workflow may stand still because of a stop of ours. One that was found stopped is theirs."""
        return self.stopped_by_us and not (self.stopped_by_others or self.found_stopped)

    @property
    def still_open(self) -> tuple[Move, ...]:
        """Cursors that have no outcome yet."""
        return tuple(move for move in self.moves if move.is_open)

    @property
    def in_flight(self) -> tuple[Move, ...]:
        """Cursors that stand where we, or an earlier attempt, have written, and are not judged yet."""
        return tuple(move for move in self.still_open if move.written is not None)

    @property
    def waiting(self) -> tuple[Move, ...]:
        """Planned cursors that have not been written yet."""
        return tuple(move for move in self.still_open if move.written is None)

    @property
    def guesses(self) -> tuple[Move, ...]:
        """Cursors in flight that may be moved for nothing: another one of the workflow may be what makes it fail, or
        may have been until a person has repaired it.

        Not those that an earlier run may have moved, or somebody else: they are not put back.
        """
        if not (len(self.moves) > 1 or self.rivals or self.suspects):
            return ()
        return tuple(move for move in self.in_flight if not (move.shown or move.assumed))

    @property
    def put_back(self) -> tuple[str, ...]:
        """Cursors that were moved without success, and wait again."""
        return tuple(move.option for move in self.waiting if move.put_back)

    @property
    def moved_now(self) -> frozenset[str]:
        """The cursors that are not at their old values: those in flight, and those that have an outcome."""
        return frozenset(move.option for move in self.moves) - {move.option for move in self.waiting}

    def waiting_ended(self, reason: str) -> CureState:
        """The state with an outcome for the cursors that are not written: ``refused``, or ``restored`` where they were
        moved for nothing before."""
        state = self.ended("restored", f"{MOVED_FOR_NOTHING} The cure ended then.", self.put_back)
        return state.ended("refused", reason, {move.option for move in self.waiting})


class Course:
    """The course of one cure: the state that is true now."""

    def __init__(self, state: CureState) -> None:
        self.state = state

    def update(self, **changes: t.Any) -> None:
        """Put other values into the state."""
        self.state = replace(self.state, **changes)

    def update_move(self, option: str, **changes: t.Any) -> None:
        """Put other values into one move."""
        self.state = self.state.with_move(option, **changes)

    def note(self, step: Step) -> None:
        """Add one thing that was done."""
        self.update(steps=(*self.state.steps, step))
