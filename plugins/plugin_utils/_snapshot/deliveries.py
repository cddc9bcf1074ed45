# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""When the deliveries of a mid changed, as far as a snapshot tells: how many on each day, and how many in the last one.
Pure."""

from __future__ import annotations

import typing as t
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from ...module_utils._core.xtk import parse_datetime

Data = dict[str, t.Any]

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Series:
    """So many deliveries that changed between two moments, evenly."""

    first: datetime
    end: datetime
    count: int

    def since(self, moment: datetime) -> float:
        """How many of them changed from a moment on."""
        length = (self.end - self.first).total_seconds()
        if moment <= self.first or length <= 0:
            return self.count if moment <= self.first else 0.0
        return self.count * max(0.0, (self.end - moment).total_seconds()) / length

    def ends(self, count: int) -> tuple[datetime, datetime]:
        """The moments of the first and of the last, when so many are spread over the time evenly."""
        half = (self.end - self.first) / (2 * count)
        return self.first + half, self.end - half


# Complex: the clock of the server cuts the days at both ends.
def series_of(row: Data, now: datetime, cursors: Iterable[datetime | None]) -> list[Series]:
    """The deliveries of a mid, oldest first. What changed before the oldest cursor, nobody asks for.

    :param row: of the mid, in a snapshot.
    :param now: its server's time.
    :param cursors: of its customers.
    """
    told = row.get("deliveries") or {}
    known = [one for one in cursors if one is not None]
    oldest = min(known, default=now - _DAY)
    found: list[Series] = []
    for day, count in sorted((told.get("by_day") or {}).items()):
        begin = parse_datetime(f"{day} 00:00:00Z")
        # The day is the server's own; what is ahead of its clock by the zone changed lately.
        end = min(begin + _DAY, now)
        if count > 0 and end > oldest:
            found.append(
                Series(
                    min(begin, now - timedelta(seconds=1)),
                    max(end, now - timedelta(seconds=1)) if begin >= now else end,
                    count,
                )
            )
    number = (told.get("last_day") or {}).get("deliveries")
    return found if number is None else _with_last_day(found, now - _DAY, number)


def _with_last_day(series: list[Series], since: datetime, number: int) -> list[Series]:
    """The same, with the day in which the last 24 hours begin split there, as the count of these says."""
    found = []
    for part in series:
        if not part.first < since < part.end:
            found.append(part)
            continue
        later = sum(other.count for other in series if other.first >= part.end)
        after = min(max(number - later, 0), part.count)
        found += [
            one for one in (Series(part.first, since, part.count - after), Series(since, part.end, after)) if one.count
        ]
    return found
