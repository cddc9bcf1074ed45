# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""Recurrence rules of RFC 5545 on the wall clock of a time zone, read strictly. Pure.

What python-dateutil would guess is refused here: a window that is open on another day than its author meant is worse
than one that does not open.
"""

from __future__ import annotations

import re
import sys
import typing as t
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from ._errors import MissingLibrary, ValidationError

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
#: search for ever or raise in the middle.
RANGES: dict[str, tuple[int, int]] = {
    "COUNT": (1, 100000),
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

#: A part that counts from a start, with the value by which it does not.
_UNCOUNTED = {"INTERVAL": "1"}

_LOCAL = re.compile(r"(\d{4})-(\d\d)-(\d\d)[ Tt](\d\d):(\d\d)(?::(\d\d))?(?: ?([Zz]|[+-]\d\d:?\d\d))?")
_DAY = re.compile(r"([+-]?\d{1,2})?(?:MO|TU|WE|TH|FR|SA|SU)")
_UNTIL = re.compile(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(Z?)")


@dataclass(frozen=True)
class Rule:
    """A rule that was read. ``start`` is None when the rule says everything itself, so that it has no beginning."""

    text: str
    start: datetime | None

    def starts(self, first: datetime, last: datetime) -> t.Iterator[datetime]:
        """Every start on the wall clock from ``first`` to ``last``."""
        begin = self.start or datetime(max(first.year - 1, 1), 1, 1)
        for local in _made(self.text, begin).xafter(first, inc=True):
            if local > last:
                return
            yield local


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


def read_rule(given: t.Any, start: t.Any, zone: tzinfo, place: str) -> Rule:
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
    else:
        _check_complete(parts, place)
    if "UNTIL" in parts:
        parts["UNTIL"] = _until(parts["UNTIL"], zone, place)
    text = ";".join(f"{key}={value}" for key, value in parts.items())
    try:
        _made(text, begin or datetime(2000, 1, 1))
    except (ValueError, TypeError) as error:
        raise ValidationError(f"{place}: rrule: {given!r} cannot be read: {error}.") from None
    _check_possible(parts, place)
    return Rule(text, begin)


def _made(text: str, start: datetime) -> t.Any:
    return rrulestr(text, dtstart=start)


def _parts(given: t.Any, place: str) -> dict[str, str]:
    """The parts of a rule by name, in capitals."""
    text = given.strip().upper() if isinstance(given, str) else ""
    text = text[len("RRULE:") :] if text.startswith("RRULE:") else text
    parts: dict[str, str] = {}
    for piece in text.rstrip(";").split(";"):
        key, sign, value = piece.partition("=")
        if not sign or not value or key not in PARTS or key in parts or "\n" in piece:
            raise ValidationError(
                f"{place}: {given!r} is no recurrence rule: {piece!r} has no place in it.",
                next_step="Write one rule of RFC 5545 such as FREQ=WEEKLY;BYDAY=TU,TH;BYHOUR=2. What is to be left out "
                "is a blackout.",
            )
        parts[key] = value
    if parts.get("FREQ") not in FREQUENCIES:
        raise ValidationError(f"{place}: FREQ must be one of {', '.join(FREQUENCIES)}.")
    if "COUNT" in parts and "UNTIL" in parts:
        raise ValidationError(f"{place}: COUNT and UNTIL exclude each other.")
    for key, value in parts.items():
        _check_part(key, value, parts["FREQ"], place)
    return parts


def _check_part(key: str, value: str, frequency: str, place: str) -> None:
    if frequency not in ONLY_WITH.get(key, FREQUENCIES):
        raise ValidationError(f"{place}: {key} goes with FREQ={' or '.join(ONLY_WITH[key])} alone.")
    if key in RANGES:
        lowest, highest = RANGES[key]
        numbers = value.split(",") if key.startswith("BY") else [value]
        for number in numbers:
            fits = re.fullmatch(r"[+-]?\d{1,6}", number) is not None and lowest <= int(number) <= highest
            if not fits or (int(number) == 0 and lowest < 0):
                raise ValidationError(f"{place}: {key} goes from {lowest} to {highest}, and {number!r} is not in it.")
    if key in ("BYDAY", "WKST"):
        for day in value.split(","):
            found = _DAY.fullmatch(day)
            if found is None or (key == "WKST" and day != value):
                raise ValidationError(f"{place}: {key}: {day!r} is none of MO, TU, WE, TH, FR, SA, SU.")
            if found.group(1) and (key == "WKST" or frequency not in ("YEARLY", "MONTHLY") or int(found.group(1)) == 0):
                raise ValidationError(
                    f"{place}: {key}={day}: a number before the day goes with FREQ=MONTHLY or FREQ=YEARLY alone."
                )


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
    if found.group(7):
        moment = moment.replace(tzinfo=timezone.utc).astimezone(zone).replace(tzinfo=None)
    return f"{moment:%Y%m%dT%H%M%S}"


def _check_possible(parts: t.Mapping[str, str], place: str) -> None:
    """A rule for a day that never is, such as the 30th of February, would be searched up to the year 9999."""
    chosen = [f"{part}={parts[part]}" for part in DAY_PARTS if part in parts]
    if not chosen:
        return
    days = ";".join(["FREQ=YEARLY", "BYHOUR=0", *chosen])
    if next(iter(_made(days, datetime(2000, 1, 1))), None) is None:
        raise ValidationError(f"{place}: rrule: there is no day that is {', '.join(chosen)}.")
