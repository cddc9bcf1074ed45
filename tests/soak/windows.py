# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The change windows of the fleet, each in its own time zone; and when they open, computed apart from the product."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

#: A cure begins only if its window stays open for so long.
NEEDS = timedelta(hours=1)
#: A window counts as one in which a cursor could be cured when so much of it is left after the cursor was named: room
#: for a run into which a fault is injected, and another one.
ROOM = timedelta(hours=2)


@dataclass(frozen=True)
class Window:
    """Opens every day at a time of its zone, for some hours; with 24 hours it is always open, and is not configured."""

    name: str
    zone: str
    hour: int
    minute: int
    hours: int

    @property
    def always(self) -> bool:
        """Whether its hosts have no change window at all."""
        return self.hours == 24

    def variables(self) -> dict[str, Any]:
        """What the inventory says of it."""
        if self.always:
            return {}
        rule = f"FREQ=DAILY;BYHOUR={self.hour};BYMINUTE={self.minute}"
        return {
            "change_window_timezone": self.zone,
            "change_window_windows": [{"name": self.name, "rrule": rule, "duration": f"{self.hours}h"}],
            "change_window_needs": f"{NEEDS.total_seconds() / 3600:.0f}h",
        }

    def _around(self, moment: datetime) -> list[tuple[datetime, datetime]]:
        """When it opens and closes on the days before, of and after a moment, in UTC. A duration is elapsed time."""
        here = moment.astimezone(ZoneInfo(self.zone))
        found = []
        for days in (-1, 0, 1, 2):
            day = here.date() + timedelta(days=days)
            opens = datetime(day.year, day.month, day.day, self.hour, self.minute, tzinfo=ZoneInfo(self.zone))
            begin = opens.astimezone(UTC)
            found.append((begin, begin + timedelta(hours=self.hours)))
        return found

    def is_open(self, moment: datetime, needs: timedelta = timedelta()) -> bool:
        """Whether it is open at a moment, and for so long afterwards."""
        return self.always or any(
            begin <= moment < end and moment + needs <= end for begin, end in self._around(moment)
        )

    def first(self, named: datetime) -> tuple[datetime, datetime]:
        """The first one in which a cursor could be cured that was named at this moment: from when until when."""
        if self.always:
            return named, named + 2 * ROOM
        left = [(max(begin, named), end) for begin, end in self._around(named) if end - max(begin, named) >= ROOM]
        return left[0]


WINDOWS = (
    Window("europe", "Europe/Paris", 22, 0, 6),
    Window("america", "America/New_York", 1, 0, 5),
    Window("asia", "Asia/Tokyo", 2, 30, 5),
    Window("any hour", "UTC", 0, 0, 24),
)
