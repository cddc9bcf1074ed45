# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""Moments and durations as a report has them. Pure."""

from __future__ import annotations

import typing as t
from datetime import datetime, timedelta

from ...module_utils._core.errors import CampaignError
from ...module_utils._core.xtk import parse_datetime

MINUTE, HOUR, DAY = 60, 3600, 86400
YEAR = 365.25 * DAY
#: From here on years say more than days.
_MANY_DAYS = 730


def moment_of(text: t.Any) -> datetime | None:
    """The moment in a text; None where there is none."""
    try:
        return parse_datetime(str(text)) if text else None
    except CampaignError:
        return None


def seconds_between(earlier: t.Any, later: t.Any) -> int | None:
    """Whole seconds from one moment, as text, to another; None where one is not known."""
    begin, end = moment_of(earlier), moment_of(later)
    return None if begin is None or end is None else round((end - begin).total_seconds())


def iso(text: t.Any) -> str:
    """A moment as ISO 8601 in UTC, to the second; '' where there is none."""
    return _stamp(moment_of(text))


def earlier(text: t.Any, seconds: float | None) -> str:
    """So many seconds before a moment, as :func:`iso`; '' where one of the two is not known."""
    moment = moment_of(text)
    return "" if moment is None or seconds is None else _stamp(moment - timedelta(seconds=seconds))


def _stamp(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def short(text: t.Any) -> str:
    """A moment as people read it, in UTC: ``2026-11-29 00:41``; what is none as it is."""
    found = iso(text)
    return f"{found[:10]} {found[11:16]}" if found else str(text or "")


def age_text(seconds: float | None) -> str:
    """An age as people say it: ``6 min``, ``20 h``, ``40 d``, ``6.7 y``; ``-3 d`` ahead of the clock."""
    if seconds is None:
        return ""
    size = abs(seconds)
    number = _rounded(size)
    return f"-{number}" if seconds < 0 else number


def words_of(seconds: float) -> str:
    """An age in a sentence: ``6.7 years``, ``40 days``, ``1 hour``."""
    number, unit = _rounded(abs(seconds)).split()
    return f"{number} {_UNITS[unit]}" if number == "1" else f"{number} {_UNITS[unit]}s"


_UNITS = {"s": "second", "min": "minute", "h": "hour", "d": "day", "y": "year"}


def lag_text(seconds: float | None) -> str:
    """The same in words: ``6.7 y behind``, ``3 d ahead``."""
    if seconds is None:
        return ""
    return f"{_rounded(abs(seconds))} {'ahead' if seconds < 0 else 'behind'}"


def _rounded(size: float) -> str:
    if size < MINUTE:
        return f"{int(size)} s"
    if size < HOUR:
        return f"{int(size // MINUTE)} min"
    if size < DAY:
        return f"{int(size // HOUR)} h"
    if size < _MANY_DAYS * DAY:
        return f"{int(size // DAY)} d"
    return f"{size / YEAR:.1f} y"
