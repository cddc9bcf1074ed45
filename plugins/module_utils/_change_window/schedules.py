# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""Change windows as schedules of AWX, one for each time that a window begins again and again. Pure.

A schedule of AWX is one DTSTART with rules of RFC 5545, each with its INTERVAL. AWX has no EXDATE, no number before a
weekday (2TU) and no COUNT above 999. So a rule is written in the words that AWX has, and a blackout cuts it in two: one
that ends before, and one that begins after. What is written is calculated again with python-dateutil, as AWX does it,
and refused if it begins at any other time than the window.
"""

from __future__ import annotations

import typing as t
from datetime import datetime, timedelta, tzinfo
from itertools import islice, product

from .._core.errors import ValidationError
from .calendar import Calendar, CalendarEntry, Span, merged_spans, utc_moment
from .occurrences import Pattern

try:
    from dateutil.rrule import rrulestr
except ImportError:  # no rule was read without it
    rrulestr = None  # type: ignore[assignment]

#: A rule that says everything itself has no beginning, and a schedule needs one.
ANCHOR = datetime(2026, 1, 1)
#: No time is looked at after this.
LAST = datetime(2200, 1, 1)
#: How far a blackout without an end is compared with a window without one: over a leap year.
LOOKED_AT = timedelta(days=1500)
#: A window that blackouts cut into more pieces gets no schedules.
MOST_PIECES = 50
#: So many times of a piece are calculated again.
COMPARED = 400
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_BY_GATE = (
    "Give the blackout as ranges (from, to), or set controller_kit_blackouts_by_gate: the job then begins and changes "
    "nothing, since its own gate reads the blackout too."
)


class Schedule(t.NamedTuple):
    """One schedule: a name that no other of the calendar has, and the rule as AWX takes it."""

    name: str
    rrule: str


def schedules_of(calendar: Calendar, *, by_gate: bool = False) -> list[Schedule]:
    """A schedule for every beginning of every window.

    :param by_gate: leave blackouts to the gate of the job.
    :raises ValidationError: a window cannot be written as schedules; the message names it and says why.
    """
    blackouts = () if by_gate else calendar.blackouts
    found: list[Schedule] = []
    for number, window in enumerate(calendar.windows):
        place = f"windows[{number}]{f' ({window.name})' if window.name else ''}"
        pieces = list(_pieces(window, blackouts, place))
        for begin, rrule in pieces:
            name = window.name or f"window {number + 1}"
            found.append(Schedule(name if len(pieces) == 1 else f"{name} from {begin:%Y-%m-%d %H:%M}", rrule))
    return _named_apart(found)


def _named_apart(schedules: t.Sequence[Schedule]) -> list[Schedule]:
    """The same, with a number behind a name that comes again."""
    seen: dict[str, int] = {}
    found = []
    for name, rrule in schedules:
        seen[name] = seen.get(name, 0) + 1
        found.append(Schedule(name if seen[name] == 1 else f"{name} ({seen[name]})", rrule))
    return found


def _pieces(
    window: CalendarEntry, blackouts: t.Sequence[CalendarEntry], place: str
) -> t.Iterator[tuple[datetime, str]]:
    """The beginnings of a window, each with the rule for it and for all that it repeats."""
    if window.span is not None:
        for span in Calendar((window,), tuple(blackouts)).look(*window.span)[0]:
            begin = span.begin.astimezone(window.zone).replace(tzinfo=None)
            yield begin, _text(begin, window.zone, ["FREQ=DAILY;INTERVAL=1;COUNT=1"])
    if window.rule is None:
        return
    pattern = window.rule.pattern
    first = next(pattern.starts(ANCHOR, LAST), None)
    if first is None:
        return  # it has ended
    rules = _rules(dict(piece.split("=", 1) for piece in window.rule.text.split(";")), pattern, place)
    _require_same(rules, pattern, first, place)
    for begin, until in _between(pattern, first, _cuts(window, pattern, blackouts, first, place)):
        end = "" if until is None else f";UNTIL={utc_moment(until, window.zone):%Y%m%dT%H%M%SZ}"
        yield begin, _text(begin, window.zone, [f"{rule}{end}" for rule in rules])


def _text(begin: datetime, zone: tzinfo, rules: t.Sequence[str]) -> str:
    key = getattr(zone, "key", None)
    start = f"DTSTART;TZID={key}:{begin:%Y%m%dT%H%M%S}" if key else f"DTSTART:{begin:%Y%m%dT%H%M%SZ}"
    return " ".join([start, *(f"RRULE:{rule}" for rule in rules)])


# -- blackouts --------------------------------------------------------------------------------------------------------


class _Cut(t.NamedTuple):
    """The first and the last beginning that a blackout shuts, on the wall clock of the window."""

    first: datetime
    last: datetime


def _cuts(
    window: CalendarEntry, pattern: Pattern, blackouts: t.Sequence[CalendarEntry], first: datetime, place: str
) -> list[_Cut]:
    """What the blackouts shut, in order."""
    spans = [span for blackout in blackouts for span in _met(window, pattern, blackout, first, place)]
    if len(spans) > MOST_PIECES:
        raise ValidationError(
            f"{place} begins in {len(spans)} blackouts, and each would cut its schedule in two; at most {MOST_PIECES} "
            "are cut.",
            next_step=_BY_GATE,
        )
    found = (_shut(window, pattern, span) for span in merged_spans(spans))
    return [_Cut(shut[0], shut[-1]) for shut in found]


def _met(window: CalendarEntry, pattern: Pattern, blackout: CalendarEntry, first: datetime, place: str) -> list[Span]:
    """The spans of a blackout in which the window begins."""
    since = utc_moment(first, window.zone) - timedelta(days=1)
    last = _end(blackout, pattern)
    until = since + LOOKED_AT if last is None else utc_moment(last, window.zone) + timedelta(days=2)
    met = [one for one in blackout.spans(since, until) if _shut(window, pattern, one)]
    if met and last is None:
        name = f" {blackout.name!r}" if blackout.name else ""
        raise ValidationError(
            f"{place} begins again and again in the blackout{name}, first on "
            f"{_shut(window, pattern, met[0])[0]:%Y-%m-%d}. A schedule of AWX cannot leave out dates (EXDATE).",
            next_step=_BY_GATE,
        )
    return met


def _end(blackout: CalendarEntry, pattern: Pattern) -> datetime | None:
    """Up to when a blackout can meet a window; None when neither has an end."""
    if blackout.span is not None:
        return blackout.span.end.replace(tzinfo=None)
    theirs = None if blackout.rule is None else blackout.rule.pattern.until
    return min((one for one in (pattern.until, theirs) if one is not None), default=None)


def _shut(window: CalendarEntry, pattern: Pattern, span: Span) -> list[datetime]:
    """The beginnings of a window in a span."""
    day = timedelta(days=1)  # no wall clock is further from UTC
    begin, end = (moment.replace(tzinfo=None) for moment in span)
    return [
        start
        for start in pattern.starts(max(begin - day, ANCHOR), end + day)
        if span.begin <= utc_moment(start, window.zone) < span.end
    ]


def _between(pattern: Pattern, first: datetime, cuts: t.Sequence[_Cut]) -> t.Iterator[tuple[datetime, datetime | None]]:
    """The first beginning and the end of each piece that the cuts leave; without an end it goes on."""
    second = timedelta(seconds=1)
    begin: datetime | None = first
    for cut in cuts:
        if begin is not None and begin < cut.first:
            yield begin, cut.first - second
        begin = next(pattern.starts(cut.last + second, LAST), None)
    if begin is not None:
        yield begin, pattern.until


# -- rules ------------------------------------------------------------------------------------------------------------


def _rules(parts: t.Mapping[str, str], pattern: Pattern, place: str) -> list[str]:
    """A rule in the words of AWX, without its end; several where one does not say it."""
    plain = {**parts, "INTERVAL": parts.get("INTERVAL", "1")}
    plain.pop("COUNT", None)
    plain.pop("UNTIL", None)
    if not any(number for number, _day in pattern.weekdays):
        return [_joined(plain)]
    # The number of a weekday becomes its position among all of them.
    in_months = pattern.frequency == "YEARLY" and bool(pattern.months)
    if not plain.keys().isdisjoint(("BYSETPOS", "BYMONTHDAY", "BYYEARDAY")):
        raise _not_said(place, parts, "BYDAY has a number, as in 2TU, together with another part that counts days")
    if in_months and pattern.interval > 1:
        raise _not_said(place, parts, "BYDAY has a number, as in 2TU, within months and an INTERVAL of years")
    if in_months:
        plain["FREQ"] = "MONTHLY"
    times = product(_days(pattern), pattern.hours, pattern.minutes)
    return [_joined({**plain, **day, "BYHOUR": str(hour), "BYMINUTE": str(minute)}) for day, hour, minute in times]


def _days(pattern: Pattern) -> list[dict[str, str]]:
    """The parts that choose each weekday, without a position where every one of it counts."""
    numbers: dict[int, list[int]] = {}
    for number, day in sorted(pattern.weekdays):
        numbers.setdefault(day, []).append(number)
    return [
        {"BYDAY": _WEEKDAYS[day], **({} if 0 in those else {"BYSETPOS": ",".join(map(str, those))})}
        for day, those in sorted(numbers.items())
    ]


def _joined(parts: t.Mapping[str, str]) -> str:
    return ";".join(f"{key}={value}" for key, value in parts.items())


def _not_said(place: str, parts: t.Mapping[str, str], why: str) -> ValidationError:
    return ValidationError(
        f"{place}: rrule: {_joined(parts)} has no schedule of AWX: {why}.",
        next_step="Write the window in several entries with simpler rules.",
    )


def _require_same(rules: t.Sequence[str], pattern: Pattern, first: datetime, place: str) -> None:
    """Calculate the rules as AWX does, and refuse them if they begin at other times than the window."""
    told = rrulestr("\n".join(f"RRULE:{rule}" for rule in rules), dtstart=first, forceset=True)
    theirs = list(islice(told.xafter(first, inc=True), COMPARED))
    ours = list(islice(pattern.starts(first, LAST), COMPARED))
    if theirs[: len(ours)] != ours:
        raise ValidationError(
            f"{place}: rrule: AWX would begin {rules[0]} at other times than the window.",
            next_step="Write the window in several entries with simpler rules.",
        )
