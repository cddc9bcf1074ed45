# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The gaps of one cursor: the times of which it has fetched nothing, since it was moved over them. Pure.

A workflow fetches everything from its cursor on. So wherever a cursor is put, no gap is left after that place, and
only a move forwards makes one. Hence the gaps of a cursor never overlap, and the newest is the last.

Moments are texts of ISO 8601 in UTC, which compare as they are; '' is before all of them: the cursor had no value.
"""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Gap:
    """From ``since`` on, and before ``until``.

    :param count: deliveries that changed in it; None where that is not known.
    """

    since: str
    until: str
    count: int | None = None

    def before(self, moment: str) -> Gap:
        """The part before a moment. How many deliveries a part has is only known where the whole has none."""
        if self.until <= moment:
            return self
        return replace(self, until=moment, count=0 if self.count == 0 else None)


#: Of one cursor, oldest first.
Gaps = tuple[Gap, ...]


def fetched(gaps: Gaps, since: str) -> Gaps:
    """What is left where the workflow has fetched, or will fetch, everything since a moment."""
    return tuple(one.before(since) for one in gaps if one.since < since)


def moved(gaps: Gaps, before: str, after: str, count: int | None = None) -> Gaps:
    """The gaps of a cursor that was moved.

    :param count: deliveries that changed between the two; None where that is not known.
    """
    left = fetched(gaps, min(before, after))
    return (*left, Gap(before, after, count)) if before < after else left


def counted_again(gaps: Gaps, since: str, until: str, count: int | None) -> Gaps:
    """The same gaps, after the mid has said how many deliveries changed in this time. It says nothing of a gap that is
    only a part of it, unless there are none."""
    if count == 0:
        return tuple(one for one in gaps if one.since < since or one.until > until)
    return tuple(replace(one, count=count) if (one.since, one.until) == (since, until) else one for one in gaps)


def total(gaps: Gaps) -> int | None:
    """How many deliveries changed in all of them; None where that is not known of one."""
    counts = [one.count for one in gaps]
    return None if None in counts else sum(filter(None, counts))
