# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""Recurrence rules of RFC 5545 on the wall clock of a time zone, read strictly. Pure.

What python-dateutil would guess is refused here: a window that is open on another day than its author meant is worse
than one that does not open. So is a rule that never comes true: as a blackout it would let every write through. A rule
that has ended (UNTIL, COUNT) is none of these: last year's blackout may stay in the list.
"""

from __future__ import annotations

import re
import sys
import typing as t
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from .._core.errors import MissingLibrary, ValidationError
from .occurrences import Pattern

try:
    from dateutil.rrule import rrulestr
except ImportError:  # said when a rule is read, in words
    rrulestr = None  # type: ignore[assignment]

FREQUENCIES = ("YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY")
#: Of these, one must be there for a rule without a start to say on which days it holds.
DAYS = {
    "YEARLY": {"BYDAY", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO"},
    "MONTHLY": {"BYDAY", "BYMONTHDAY"},
    "WEEKLY": {"BYDAY"},
}
#: The numbers that a part may hold; with a sign where it counts from the end too. Out of range, python-dateutil would
#: search without end or raise in the middle.
RANGES: dict[str, tuple[int, int]] = {
    "COUNT": (1, 10000),
    "INTERVAL": (1, 10000),
    "BYMINUTE": (0, 59),
    "BYHOUR": (0, 23),
    "BYMONTH": (1, 12),
    "BYMONTHDAY": (-31, 31),
    "BYYEARDAY": (-366, 366),
    "BYWEEKNO": (-53, 53),
    "BYSETPOS": (-366, 366),
}
#: The parts of a rule. BYSECOND is none of them: no change begins at a second.
PARTS = frozenset({"FREQ", "UNTIL", "BYDAY", "WKST"} | set(RANGES))
#: Parts that RFC 5545 allows only with some frequencies; python-dateutil would take them for something else.
ONLY_WITH: dict[str, tuple[str, ...]] = {
    "BYWEEKNO": ("YEARLY",),
    "BYYEARDAY": ("YEARLY", "HOURLY"),
    "BYMONTHDAY": ("YEARLY", "MONTHLY", "DAILY", "HOURLY"),
    "BYSETPOS": ("YEARLY", "MONTHLY", "WEEKLY"),
}
#: What chooses days, for the question whether there are any such.
DAY_PARTS = ("BYMONTH", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYDAY")

#: Years that a rule may start in: an interval is counted from there.
YEARS = range(1900, 2200)
#: A rule that begins more often on one day chooses no time for a change.
MOST_A_DAY = 96

#: The parts of a rule by the fields of a pattern.
_PART_OF = {
    "positions": "BYSETPOS",
    "months": "BYMONTH",
    "month_days": "BYMONTHDAY",
    "year_days": "BYYEARDAY",
    "weeks": "BYWEEKNO",
    "weekdays": "BYDAY",
    "hours": "BYHOUR",
}
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
#: A part that counts from a start, with the value by which it does not.
_UNCOUNTED = {"INTERVAL": "1"}

_LOCAL = re.compile(r"(\d{4})-(\d\d)-(\d\d)[ Tt](\d\d):(\d\d)(?::(\d\d))?(?: ?([Zz]|[+-]\d\d:?\d\d))?", re.ASCII)
_DAY = re.compile(r"([+-]?[0-9]{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
_UNTIL = re.compile(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(Z?)", re.ASCII)


@dataclass(frozen=True)
class Recurrence:
    """A rule that was read. ``start`` is None when the rule says everything itself, so that it has no beginning."""

    text: str
    start: datetime | None
    pattern: Pattern

    def starts(self, first: datetime, last: datetime) -> t.Iterator[datetime]:
        """Every start on the wall clock from ``first`` to ``last``."""
        return self.pattern.starts(first, last)


def read_zone(name: t.Any, place: str) -> tzinfo:
    """The IANA time zone of this name.

    :raises ValidationError: there is none, here.
    """
    if isinstance(name, str) and name in ("UTC", "Etc/UTC"):
        return timezone.utc
    try:
        if not isinstance(name, str) or not name:
            raise ValueError("no text")
        return ZoneInfo(str(name))
    except (KeyError, ValueError, OSError):
        raise ValidationError(
            f"{place}: {name!r} is no time zone that is known here.",
            next_step="Give an IANA name such as Europe/Paris. If it is one, this system has no time zone data: "
            f"install it with: {sys.executable} -m pip install tzdata",
        ) from None


def local_moment(given: t.Any, place: str) -> datetime:
    """A date with a time of day, aware only if it says its offset.

    :raises ValidationError: no such form or no such day.
    """
    if isinstance(given, datetime):  # as YAML reads it when it is not quoted
        return given
    found = _LOCAL.fullmatch(given.strip()) if isinstance(given, str) else None
    if found is None:
        raise ValidationError(
            f"{place}: {given!r} is not a date with a time of day.",
            next_step="Write it as '2026-12-24 18:00'. It counts in the time zone, unless it has an offset of its own.",
        )
    *numbers, zone = found.groups()
    try:
        moment = datetime(*(int(number or 0) for number in numbers))  # type: ignore[arg-type]
        return moment.replace(tzinfo=_offset(zone)) if zone else moment
    except ValueError as error:
        raise ValidationError(f"{place}: {given!r} is not a moment that exists: {error}.") from None


def _offset(text: str) -> timezone:
    if text in "Zz":
        return timezone.utc
    minutes = int(text[1:3]) * 60 + int(text[-2:])
    return timezone(timedelta(minutes=-minutes if text[0] == "-" else minutes))


def read_rule(given: t.Any, start: t.Any, zone: tzinfo, place: str) -> Recurrence:
    """A rule, with its start if it has one.

    :raises ValidationError: it cannot be right, leaves open when something begins, or never comes true.
    :raises MissingLibrary: python-dateutil is not installed.
    """
    if rrulestr is None:
        raise MissingLibrary("python-dateutil", sys.executable)
    parts = _parts(given, f"{place}: rrule")
    begin = None
    if start not in (None, ""):
        begin = local_moment(start, f"{place}: start")
        if begin.tzinfo is not None:
            raise ValidationError(f"{place}: start is a time of the wall clock and has no offset; it is {start!r}.")
        if begin.year not in YEARS:
            raise ValidationError(f"{place}: start must lie in the years {YEARS[0]} to {YEARS[-1]}; it is {start!r}.")
    else:
        _check_complete(parts, place)
    if "UNTIL" in parts:
        parts["UNTIL"] = _until(parts["UNTIL"], zone, place)
    text = ";".join(f"{key}={value}" for key, value in parts.items())
    try:
        return Recurrence(text, begin, _pattern(text, begin))
    except (ValueError, TypeError) as error:
        raise ValidationError(f"{place}: rrule: {given!r} cannot be read: {error}.") from None
    except ValidationError as error:
        raise ValidationError(f"{place}: rrule: {error.message}", next_step=error.next_step) from None


@lru_cache(maxsize=512)  # one calendar is read for each host of a fleet, and again before each write
def _pattern(text: str, begin: datetime | None) -> Pattern:
    """The pattern of a rule whose parts are right in themselves.

    :raises ValueError: python-dateutil, which reads the rule too, refuses it.
    :raises ValidationError: it never comes true, or without end.
    """
    rrulestr(text, dtstart=begin or datetime(2000, 1, 1))
    parts = dict(piece.split("=", 1) for piece in text.split(";"))
    pattern = _as_pattern(parts, begin)
    _require_days(pattern, parts)
    _require_met(pattern, text, begin)
    if "COUNT" in parts:
        pattern = replace(pattern, until=pattern.last_of(int(parts["COUNT"])))
    return pattern


def _require_days(pattern: Pattern, parts: t.Mapping[str, str]) -> None:
    """Refuse a rule that has no day, or that begins too often on one."""
    if not pattern.has_days():
        chosen = ", ".join(f"{part}={parts[part]}" for part in DAY_PARTS if part in parts)
        raise ValidationError(f"there is no day that is {chosen}.")
    if pattern.per_day() > MOST_A_DAY:
        raise ValidationError(
            f"it begins {pattern.per_day()} times a day, and at most {MOST_A_DAY} are looked at.",
            next_step="Say with duration how long a window is, and give BYHOUR and BYMINUTE only where it begins.",
        )


def _require_met(pattern: Pattern, text: str, begin: datetime | None) -> None:
    """Refuse a rule that never comes true, or of which a part is never met."""
    if pattern.first() is None:
        raise ValidationError(
            f"it never comes true: in a hundred years there is no time at which all of {text} hold"
            + (f" from {begin} on." if begin else "."),
            next_step="An INTERVAL counts from start, and BYSETPOS within one period of FREQ: change one of them.",
        )
    unmet = pattern.unmet()
    if unmet is not None:
        part, value = _PART_OF[unmet[0]], unmet[1]
        shown = f"{value[0] or ''}{_WEEKDAYS[value[1]]}" if part == "BYDAY" else value
        raise ValidationError(
            f"{part}={shown} is never met: INTERVAL and BYSETPOS always leave it out.",
            next_step=f"Leave {shown} out of {part}, or change INTERVAL, BYSETPOS or start so that it is met.",
        )


def _as_pattern(parts: t.Mapping[str, str], begin: datetime | None) -> Pattern:
    """The parts as numbers; where the rule names no day and no time of day, those of its start."""

    def numbers(part: str, *default: int) -> list[int]:
        return sorted({int(number) for number in parts[part].split(",")}) if part in parts else sorted(default)

    frequency, start = parts["FREQ"], begin or datetime(2000, 1, 1)
    months, month_days, weekdays = numbers("BYMONTH"), numbers("BYMONTHDAY"), _weekdays(parts.get("BYDAY", ""))
    if parts.keys().isdisjoint(("BYDAY", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO")):
        months = months or ([start.month] if frequency == "YEARLY" else [])
        month_days = [start.day] if frequency in ("YEARLY", "MONTHLY") else []
        weekdays = {(0, start.weekday())} if frequency == "WEEKLY" else set()
    return Pattern(
        frequency=frequency,
        interval=int(parts.get("INTERVAL", 1)),
        start=begin,
        until=datetime.strptime(parts["UNTIL"], "%Y%m%dT%H%M%S") if "UNTIL" in parts else None,
        week_start=_WEEKDAYS.index(parts.get("WKST", "MO")),
        months=frozenset(months),
        month_days=frozenset(month_days),
        year_days=frozenset(numbers("BYYEARDAY")),
        weeks=frozenset(numbers("BYWEEKNO")),
        weekdays=frozenset(weekdays),
        hours=tuple(numbers("BYHOUR", *(range(24) if frequency == "HOURLY" else [start.hour]))),
        minutes=tuple(numbers("BYMINUTE", start.minute)),
        second=start.second,
        positions=tuple(numbers("BYSETPOS")),
    )


def _weekdays(text: str) -> set[tuple[int, int]]:
    found = (_DAY.fullmatch(day) for day in text.split(",") if day)
    return {(int(day.group(1) or 0), _WEEKDAYS.index(day.group(2))) for day in found if day}


def _parts(given: t.Any, place: str) -> dict[str, str]:
    """The parts of a rule by name, in capitals."""
    parts = _pieces(given, place)
    if parts.get("FREQ") not in FREQUENCIES:
        raise ValidationError(f"{place}: FREQ must be one of {', '.join(FREQUENCIES)}.")
    if "COUNT" in parts and "UNTIL" in parts:
        raise ValidationError(f"{place}: COUNT and UNTIL exclude each other.")
    for key in parts:
        _check_part(key, parts, place)
    return parts


def _pieces(given: t.Any, place: str) -> dict[str, str]:
    """The parts of a rule, each of which occurs once."""
    text = given.strip().upper() if isinstance(given, str) else ""
    text = text[len("RRULE:") :] if text.startswith("RRULE:") else text
    parts: dict[str, str] = {}
    for piece in text.rstrip(";").split(";"):
        key, _sign, value = piece.partition("=")
        if not value or key not in PARTS or key in parts or "\n" in piece:
            raise ValidationError(
                f"{place}: {given!r} is no recurrence rule: {piece!r} has no place in it.",
                next_step="Write one rule of RFC 5545 such as FREQ=WEEKLY;BYDAY=TU,TH;BYHOUR=2. What is to be left out "
                "is a blackout.",
            )
        parts[key] = value
    return parts


def _check_part(key: str, parts: t.Mapping[str, str], place: str) -> None:
    if parts["FREQ"] not in ONLY_WITH.get(key, FREQUENCIES):
        raise ValidationError(f"{place}: {key} goes with FREQ={' or '.join(ONLY_WITH[key])} alone.")
    if key in RANGES:
        _check_numbers(key, parts[key], place)
    if key == "WKST" and parts[key] not in _WEEKDAYS:
        raise _no_day(key, parts[key], place)
    if key == "BYDAY":
        for day in parts[key].split(","):
            _check_day(day, parts, place)


def _check_numbers(key: str, value: str, place: str) -> None:
    lowest, highest = RANGES[key]
    for number in value.split(",") if key.startswith("BY") else [value]:
        fits = re.fullmatch(r"[+-]?[0-9]{1,6}", number) is not None and lowest <= int(number) <= highest
        if not fits or (int(number) == 0 and lowest < 0):
            raise ValidationError(f"{place}: {key} goes from {lowest} to {highest}, and {number!r} is not in it.")


def _check_day(day: str, parts: t.Mapping[str, str], place: str) -> None:
    found = _DAY.fullmatch(day)
    if found is None:
        raise _no_day("BYDAY", day, place)
    number = found.group(1)
    if number and (parts["FREQ"] not in ("YEARLY", "MONTHLY") or int(number) == 0):
        raise ValidationError(
            f"{place}: BYDAY={day}: a number before the day goes with FREQ=MONTHLY or FREQ=YEARLY alone."
        )
    if number and "BYWEEKNO" in parts:
        raise ValidationError(f"{place}: BYDAY={day}: a number before the day does not go with BYWEEKNO.")


def _no_day(key: str, day: str, place: str) -> ValidationError:
    return ValidationError(f"{place}: {key}: {day!r} is none of MO, TU, WE, TH, FR, SA, SU.")


def _check_complete(parts: t.Mapping[str, str], place: str) -> None:
    """Without a start, the rule itself has to say when something begins."""
    frequency, missing = parts["FREQ"], []
    counted = [part for part in ("COUNT", "INTERVAL") if part in parts and parts[part] != _UNCOUNTED.get(part)]
    if counted:
        missing.append(f"{counted[0]} counts from a start")
    if frequency in DAYS and not DAYS[frequency] & set(parts):
        missing.append(f"the days ({' or '.join(sorted(DAYS[frequency]))}) are missing")
    if frequency != "HOURLY" and "BYHOUR" not in parts:
        missing.append("the hour (BYHOUR) is missing")
    if missing:
        raise ValidationError(
            f"{place}: rrule leaves open when it begins: {', and '.join(missing)}.",
            next_step="Complete the rule, or give start, such as '2026-01-05 02:00'.",
        )


def _until(text: str, zone: tzinfo, place: str) -> str:
    """UNTIL on the wall clock. RFC 5545 wants it in UTC where a rule has a time zone; without Z it is local."""
    found = _UNTIL.fullmatch(text)
    if found is None:
        raise ValidationError(f"{place}: rrule: UNTIL must be such as 20261231T235959Z or 20261231T235959.")
    try:
        moment = datetime(*(int(number) for number in found.groups()[:6]))  # type: ignore[arg-type]
    except ValueError as error:
        raise ValidationError(f"{place}: rrule: UNTIL is not a moment that exists: {error}.") from None
    if found.group(7) and moment.year not in (1, 9999):  # at the ends of the calendar an offset leads out of it
        moment = moment.replace(tzinfo=timezone.utc).astimezone(zone).replace(tzinfo=None)
    return f"{moment.year:04d}{moment:%m%dT%H%M%S}"  # %Y has no zeros in front on every system
