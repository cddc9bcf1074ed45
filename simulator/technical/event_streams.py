# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What technical workflows read of options, and streams of things that happen to an instance by themselves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from ..database.rows import OPTION, Rows

EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
KEPT = timedelta(days=3)
"""How far back what happened can still be read: log files and queues have a limited history."""


def read_date(store: Rows, option: str) -> datetime | None:
    """The date in an option of type datetime; None for a missing or empty one, or one of another type."""
    rows = store.find(OPTION, name=option)
    if not rows or rows[0]["dataType"] != 7:
        return None
    value: datetime | None = rows[0]["timeStampValue"]
    return value


def read_text(store: Rows, option: str) -> str:
    """The text in an option, "" for a missing one."""
    rows = store.find(OPTION, name=option)
    return str(rows[0]["stringValue"] or "") if rows else ""


def happened(every: float, since: datetime, until: datetime) -> Iterator[tuple[int, datetime]]:
    """What happened after `since` and not after `until`: one thing every so many seconds, numbered without end.

    The same question always has the same answer, whatever the clock's start was, and nothing has to be kept for it.
    """
    if every <= 0:
        return
    since = max(since, until - KEPT)
    number = int((since - EPOCH).total_seconds() // every) + 1
    while (moment := EPOCH + timedelta(seconds=number * every)) <= until:
        yield number, moment
        number += 1
