# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""What a mid-sourcing server itself says about a cursor that looks stuck: whether it answers, and how much lies
between.

No journal text can fake these figures. Their limit: we do not know the workflow's own query. So they count *all*
deliveries that the mid shows to our operator there, of every customer and without any condition. They are an upper
bound of what a run has to fetch, and are used as one: a small figure is small for the workflow too.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .._core.counted import counted
from .._core.xtk import format_datetime, format_duration
from .attempts import CLOCK_TOLERANCE

if t.TYPE_CHECKING:
    from datetime import datetime

#: ``answered``: it accepted our logon and counted, or could not count. ``silent``: no usable answer.
#: ``not_asked``: we do not know how to ask it, or it refused us; that says nothing about the workflow, which has a
#: logon of its own.
MidState = t.Literal["answered", "silent", "not_asked"]

#: Causes that only figures can name.
UNREACHABLE, OVERLOADED = "mid_unreachable", "mid_overloaded"

#: If the move shrinks the query by less than this share, it would hardly help.
WORTH_MOVING = 2

_REMEDIES = {
    UNREACHABLE: "The mid-sourcing server gives no usable answer: see that it runs and can be reached, then look "
    "again. A cursor is not moved while its mid is silent, because no run could follow.",
    OVERLOADED: "The mid-sourcing server cannot even tell in time what changed since the value that would be written, "
    "so a moved cursor would fail as well: look at its load and its database first. If it only needs longer to count, "
    "raise ask_mid_timeout.",
}


@dataclass(frozen=True)
class Count:
    """How many deliveries changed since a moment; None if the mid did not tell.

    :param seconds: how long the answer took.
    :param why: what it said instead, or what became of the connection; '' if it was only too slow.
    """

    since: datetime
    deliveries: int | None
    seconds: float
    why: str = ""

    @property
    def is_too_slow(self) -> bool:
        """Whether nothing was told because it took too long."""
        return self.deliveries is None and not self.why


@dataclass(frozen=True)
class MidFigures:
    """The result of asking the mid of one cursor.

    :param name: the mid's, or its host and port.
    :param why: what went wrong, as a sentence.
    :param required: nothing is written without figures.
    :param seconds: from the first byte to the answer of the logon.
    :param ahead_seconds: by how much its clock is ahead of that of the instance; None when it is not known.
    """

    name: str
    state: MidState
    why: str = ""
    required: bool = False
    seconds: float | None = None
    since_cursor: Count | None = None
    since_planned: Count | None = None
    last_day: Count | None = None
    ahead_seconds: float | None = None

    @property
    def cause(self) -> str:
        """The cause that rules the incident out, or ''."""
        if self.state == "silent":
            return UNREACHABLE
        recent = self.since_planned or self.last_day
        unknown = [one for one in (self.since_cursor, recent) if one is not None and one.deliveries is None]
        if len(unknown) < 2:
            return ""
        return UNREACHABLE if all(one.why for one in unknown) else OVERLOADED

    @property
    def remedy(self) -> str:
        """What helps against ``cause``."""
        return _REMEDIES.get(self.cause, "")

    @property
    def is_missing(self) -> bool:
        """Whether figures are required and there are none."""
        return self.required and self.state == "not_asked"

    def is_small(self, small_gap: int) -> bool:
        """Whether a run from the cursor's value could fetch everything, or a move would hardly shrink the query.

        What a mid can serve in one run is not documented, so the operator sets the bound; 0 turns the check off.
        """
        all_of_it = None if self.since_cursor is None else self.since_cursor.deliveries
        if not small_gap or all_of_it is None:
            return False
        recent = None if self.since_planned is None else self.since_planned.deliveries
        return all_of_it <= small_gap or bool(recent and all_of_it <= WORTH_MOVING * recent)

    @property
    def shows_slow(self) -> bool:
        """Whether the mid itself was too slow from the cursor's value on, and was not for less."""
        asked = self.since_cursor
        return self.state == "answered" and not self.cause and asked is not None and asked.is_too_slow

    @property
    def jumped_over(self) -> int | None:
        """How many deliveries changed between the old value and the planned one; None when that is not known."""
        both = [None if one is None else one.deliveries for one in (self.since_cursor, self.since_planned)]
        if both[0] is None or both[1] is None:
            return None
        return max(both[0] - both[1], 0)

    def says(self) -> str:
        """The figures as a sentence without its full stop."""
        if self.state == "silent":
            return f"{self.name} does not answer ({self.cause}): {self.why.rstrip('. ')}"
        if self.state == "not_asked":
            return f"The mid-sourcing server was not asked: {self.why.rstrip('. ')}"
        parts = [self._since(self.since_cursor, "changed"), self._since(self.since_planned, ""), self._clock()]
        told = ", ".join(part for part in parts if part)
        named = f" ({self.cause})" if self.cause else ""
        return f"{self.name} answers in {self.seconds or 0:.1f} s; {told}{named}"

    def _clock(self) -> str:
        """Why the planned value lies earlier than by the clock of the instance; '' where that is not notable."""
        behind = -(self.ahead_seconds or 0.0)
        return f"its clock is {format_duration(behind)} behind" if behind > CLOCK_TOLERANCE else ""

    def _since(self, count: Count | None, what: str) -> str:
        if count is None:
            return ""
        when = "the planned value" if count is self.since_planned else f"{count.since:%Y-%m-%d}"
        if count.deliveries is None:
            reason = f": {count.why.rstrip('. ')}" if count.why else f" within {count.seconds:.0f} s"
            return f"what changed since {when} could not be counted{reason}"
        said = f"{counted(count.deliveries, 'delivery')} {what}" if what else f"{count.deliveries:,}"
        return f"{said} since {when}"

    def to_dict(self) -> dict[str, t.Any]:
        """The figures as plain data."""
        counts = {"cursor": self.since_cursor, "planned": self.since_planned, "last_day": self.last_day}
        return {
            "name": self.name,
            "state": self.state,
            "why": self.why,
            "cause": self.cause,
            "seconds": None if self.seconds is None else round(self.seconds, 3),
            "changed_since_cursor": None if self.since_cursor is None else self.since_cursor.deliveries,
            "changed_since_planned": None if self.since_planned is None else self.since_planned.deliveries,
            "changed_last_day": None if self.last_day is None else self.last_day.deliveries,
            "changed_between": self.jumped_over,
            "counted": {
                name: {"since": format_datetime(one.since), "seconds": round(one.seconds, 3)}
                for name, one in counts.items()
                if one is not None
            },
        }
