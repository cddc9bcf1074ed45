# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""Which of several stuck cursors of one workflow stand moved in its next run. Pure.

One account that is too slow makes the whole run fail, and by default no cursor is moved then. So all of them look
stuck, and moving the cursor of an account that is not slow loses what it would have fetched. A cursor that is shown to
be the slow one (the journal names its account, or its mid could not count) is moved and stays so. Of the others nothing
tells which it is, except that a run succeeds as soon as all of those that are too slow are moved. So they are tried:
each alone, then two together, and so on, and what was moved without success is put back before the next try. The first
run that succeeds has then moved no more than it had to, since anything less was tried before.
"""

from __future__ import annotations

import itertools
import typing as t
from dataclasses import dataclass

from .._diagnosis.diagnose import in_turn, is_shown

if t.TYPE_CHECKING:
    from collections.abc import Sequence

    from .._diagnosis.diagnose import Diagnosis
    from .state import CureState

#: A workflow is run this often at most: each run keeps a slow mid busy until it gives up. It is enough for everything
#: that four accounts can be, for any two of five, and for any one of fifteen.
MOST_TRIES = 15


@dataclass(frozen=True)
class Turn:
    """What is to be done before the next run: these cursors are put back, and those are written.

    :param shown: those that are written are known to be too slow.
    """

    back: tuple[str, ...] = ()
    write: tuple[str, ...] = ()
    shown: bool = False


def next_turn(state: CureState, found: Sequence[Diagnosis]) -> Turn | None:
    """What to do next; None where nothing is left to be run. What was moved already may still need its run."""
    if any(move.resumed for move in state.in_flight) and not state.steps:
        return Turn()
    waiting = {move.option for move in state.waiting}
    movable = in_turn(one for one in found if one.option in waiting)
    turn = _of_movable(state, movable) if movable else None
    return turn or (Turn() if state.in_flight else None)


def _of_movable(state: CureState, movable: Sequence[Diagnosis]) -> Turn | None:
    guesses, names = [move.option for move in state.guesses], [one.option for one in movable]
    if is_shown(movable[0]):
        return Turn(back=tuple(guesses), write=(names[0],), shown=True)
    chosen = _untried(state, [*guesses, *names])
    if chosen is None:
        return None
    back = tuple(option for option in guesses if option not in chosen)
    return Turn(back, write=tuple(option for option in chosen if option in names))


def _untried(state: CureState, order: Sequence[str]) -> tuple[str, ...] | None:
    """The fewest of these cursors whose move was not tried yet, beside what stays moved."""
    stay = state.moved_now - set(order)
    for size in range(1, len(order) + 1):
        for chosen in itertools.combinations(order, size):
            if stay.union(chosen) not in state.tried:
                return chosen
    return None
