# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""Which of several stuck cursors of one workflow stand moved in its next run. Pure.

One account that is too slow makes the whole run fail, and by default no cursor is moved then. So all of them look
stuck, and moving the cursor of an account that is not slow loses what it would have fetched. A cursor whose account the
journal names is moved and stays so. Of the others nothing tells which it is, except that a run succeeds as soon as all
of those that are too slow are moved. So they are tried, first those whose mids were too slow to count: each alone, then
two together, and so on, and what was moved without success is put back before the next try. The first run that succeeds
has then moved no more than it had to, since anything less was tried before.

That also holds of nothing at all: the runs that failed have tried it. But not where a person has moved another cursor
since, also during the cure, or has put an account out of use, and may have repaired by that what made them fail. Then
the workflow is run as it stands, without guesses, which loses nothing. That is asked for the last time right before a
run begins.
"""

from __future__ import annotations

import itertools
import typing as t
from dataclasses import dataclass
from datetime import timedelta

from .._core.cursor_value import NO_VALUE
from .._core.xtk import parse_datetime
from .._diagnosis.attempts import CLOCK_TOLERANCE
from .._diagnosis.diagnose import Verdict, in_turn, is_named

if t.TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from .._core.cursor_value import CursorValue
    from .._diagnosis.attempts import Attempt
    from .._diagnosis.diagnose import Diagnosis
    from .state import CureState

#: The verdicts on a cursor that no run asks for any more: its account is disabled or has no server, or is gone.
_OUT_OF_USE = frozenset({Verdict.INACTIVE, Verdict.UNMATCHED})
#: A workflow is run this often at most: each run keeps a slow mid busy until it gives up. It is enough for everything
#: that four accounts can be, for any two of five, and for any one of fifteen.
MOST_TRIES = 15


class Tries(t.NamedTuple):
    """What decides how often a cure runs its workflow.

    :param planned: how many cursors may be moved, one or more.
    :param named: the journal names the account of one of them: it is moved first, and stays so.
    :param several: the workflow has more than one cursor, planned or not: it may be run as it stands first.
    """

    planned: int
    named: bool
    several: bool

    @property
    def as_it_stands(self) -> bool:
        """Whether the workflow may have to be run before anything is moved."""
        return self.several and not self.named

    @property
    def most(self) -> int:
        """How often the workflow is run at most, unless somebody acts meanwhile."""
        # Every choice of them but none. One that stays moved leaves every choice of the others.
        choices = 1 << self.planned - 1 if self.named else (1 << self.planned) - 1
        return min(choices + self.as_it_stands, MOST_TRIES)


@dataclass(frozen=True)
class Turn:
    """What is to be done before the next run: these cursors are put back, and those are written.

    :param shown: those that are written are known to be too slow.
    """

    back: tuple[str, ...] = ()
    write: tuple[str, ...] = ()
    shown: bool = False


def next_turn(state: CureState, found: Sequence[Diagnosis], attempts: Sequence[Attempt] = ()) -> Turn | None:
    """What to do next; None where nothing is left to be run. What was moved already may still need its run.

    :param attempts: what is known of earlier attempts.
    """
    waiting = {move.option for move in state.waiting}
    movable = in_turn(one for one in found if one.option in waiting)
    first = None if state.steps else _first_turn(state, movable, found, attempts)
    if first is not None:
        return first
    turn = _of_movable(state, movable) if movable else None
    return turn or (Turn() if state.in_flight else None)


def _first_turn(
    state: CureState, movable: Sequence[Diagnosis], found: Sequence[Diagnosis], attempts: Sequence[Attempt]
) -> Turn | None:
    """The turn in which the workflow is run before anything is written; None where it is not."""
    if any(move.resumed for move in state.in_flight):
        moved = _known_ours(state, found)
        return Turn(back=tuple(one.option for one in moved if is_untried(one, found, attempts)))
    return Turn() if movable and is_untried(movable[0], found, attempts) else None


def _known_ours(state: CureState, found: Sequence[Diagnosis]) -> list[Diagnosis]:
    """The cursors that an earlier attempt is known to have moved to where they are, and are not shown to be slow."""
    ours = {move.option for move in state.in_flight if not (move.shown or move.assumed)}
    return [one for one in found if one.option in ours]


def is_untried(first: Diagnosis, found: Sequence[Diagnosis], attempts: Sequence[Attempt] = ()) -> bool:
    """Whether no run is known to have failed with the cursors as they stand, and nothing shows that this one is the
    cause. It counts as standing where a cure would move it from.

    Accounts of one workflow stand where one run has left them all, or where the last one that failed has moved those
    that it has served. Another cursor that stands elsewhere may have been moved by a person since; and one that stands
    beside it, and is not asked for any more, was put out of use.
    """
    if is_named(first):
        return False
    errors = first.evidence.get("last_errors")
    if not errors:
        return False
    failed = parse_datetime(errors[0]["at"])
    others = (one for one in found if one.option != first.option and (one.account or one.verdict in _OUT_OF_USE))
    return any(_is_news(one, first, failed) and not _was_run(one, failed, attempts) for one in others)


def somebody_moved(
    state: CureState,
    before: Sequence[Diagnosis],
    now: Mapping[str, CursorValue],
    *,
    ran: tuple[datetime, datetime] | None,
) -> frozenset[str]:
    """The cursors that somebody else has moved since a look for the first time: neither the cure, nor a run.

    Only the first time: where a mid is far off the server's clock, each run moves its cursor so.

    :param now: where the cursors of accounts stand, by option.
    :param ran: from when until when a run can have moved them, by the server's clock; None where none can.
    """
    ours = {move.option for move in state.moves if move.written is not None}
    back = {move.option: move.plan.old_value for move in state.moves if move.put_back}
    # What was put back after that look is where we have put it.
    stood = {**_values(before), **{option: back[option] for option in state.put_back}}
    others = now.keys() - ours - state.met
    moved = (option for option in others if _is_moved(stood.get(option, NO_VALUE), now[option], ran))
    return frozenset(option for option in moved if not now[option].is_same(back.get(option)))


def _values(found: Sequence[Diagnosis]) -> dict[str, CursorValue]:
    """Where the cursors of accounts stand, by option."""
    return {one.option: one.cursor_value for one in found if one.account}


def put_out_of_use(before: Sequence[Diagnosis], now: Sequence[Diagnosis]) -> frozenset[str]:
    """The cursors whose accounts somebody has disabled or deleted between two looks."""
    out = {one.option for one in now if one.verdict in _OUT_OF_USE}
    return frozenset(one.option for one in before if one.option in out and one.verdict not in _OUT_OF_USE)


def _is_moved(stood: CursorValue, now: CursorValue, ran: tuple[datetime, datetime] | None) -> bool:
    """Whether a cursor has moved from where it stood, and not by a run of this time."""
    if stood.moment is None or now.moment is None or now.is_same(stood):
        return False
    tolerance = timedelta(seconds=CLOCK_TOLERANCE)
    return ran is None or not ran[0] - tolerance <= now.moment <= ran[1] + tolerance


def _is_news(one: Diagnosis, first: Diagnosis, failed: datetime) -> bool:
    """Whether another cursor is not as the runs that failed have had it, the last of them at this time."""
    old = first.old_value.moment
    stood = one.old_value.moment
    if stood is None or old is None:
        return False
    run = timedelta(seconds=first.evidence["thresholds"]["max_run"])
    is_beside = abs(stood - old) <= run
    if one.verdict in _OUT_OF_USE:
        return is_beside
    tolerance = timedelta(seconds=CLOCK_TOLERANCE)
    after = first.evidence["last_failed_after"]
    began = max(failed - run, parse_datetime(after) - tolerance) if after else failed - run
    return not is_beside and not began <= stood <= failed + tolerance


def _was_run(one: Diagnosis, failed: datetime, attempts: Sequence[Attempt]) -> bool:
    """Whether an earlier attempt has run the workflow with this cursor as it is, and it has failed since: it is not run
    so by every cure."""
    return any(start < failed for attempt in attempts if _was_so(one, attempt.stood) for start in attempt.runs)


def _was_so(one: Diagnosis, stood: Mapping[str, CursorValue]) -> bool:
    """Whether a cursor stood there already, and whether it was in use or not as now."""
    if one.verdict in _OUT_OF_USE:
        return one.option not in stood
    return one.option in stood and one.cursor_value.is_same(stood[one.option])


def in_use(found: Sequence[Diagnosis]) -> dict[str, str]:
    """Where the cursors stand that a run asks for, by option."""
    return {one.option: one.value_text for one in found if one.option and one.verdict not in _OUT_OF_USE}


def _of_movable(state: CureState, movable: Sequence[Diagnosis]) -> Turn | None:
    guesses, names = [move.option for move in state.guesses], [one.option for one in movable]
    if is_named(movable[0]):
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
