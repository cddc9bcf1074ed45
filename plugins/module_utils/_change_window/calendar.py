# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""Change windows: whether one is open at a moment, for how long, and when the next one opens. Pure.

A window, or a blackout, is either a range (``from``, ``to``) or a recurrence rule of RFC 5545 (``rrule``) with a
``duration``. Rules are calculated on the wall clock of an IANA time zone, and lengths in real time:

* a start that the clock skips (a gap) is taken with the offset before the gap, and one that comes twice (a fold) is the
  first of the two, as RFC 5545 has it;
* a blackout errs on the long side: in a fold it covers both, in a gap it begins at the earlier reading.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone, tzinfo
from itertools import chain

from .._core.errors import ValidationError
from .._core.xtk import format_duration, parse_stated_duration
from .recurrence import Recurrence, local_moment, read_rule, read_zone

#: What a window or a blackout may say.
KEYS = frozenset({"name", "timezone", "rrule", "start", "duration", "from", "to"})
#: No window is longer. Seconds.
LONGEST = 366 * 86400
#: How far it is looked for the next opening, step by step, in days: the last covers a rule for the 29th of February.
HORIZONS = (40, 400, 3300)
#: No step is taken that would look at more spans of one window or blackout: what comes so often has come before.
MOST_SPANS = 4000


class Span(t.NamedTuple):
    """A time from ``begin`` up to and without ``end``, in UTC."""

    begin: datetime
    end: datetime


@dataclass(frozen=True)
class CalendarEntry:
    """One configured window or blackout. ``wide``: in doubt it is longer."""

    name: str
    zone: tzinfo
    span: Span | None = None
    rule: Recurrence | None = None
    duration: timedelta = timedelta(0)
    wide: bool = False

    def spans(self, since: datetime, until: datetime) -> t.Iterator[Span]:
        """Every span that has a part between the two moments, in the order of the wall clock."""
        if self.span is not None and self.span.end > since and self.span.begin < until:
            yield self.span
        if self.rule is None:
            return
        # A day more on either side than any time zone's offsets can differ.
        day = timedelta(days=1)
        first = (since - self.duration - day).astimezone(self.zone).replace(tzinfo=None)
        last = (until + day).astimezone(self.zone).replace(tzinfo=None)
        for local in self.rule.starts(first, last):
            begin, latest = _both(local, self.zone) if self.wide else (utc_moment(local, self.zone),) * 2
            end = latest + self.duration
            if end > since and begin < until:
                yield Span(begin, end)


@dataclass(frozen=True)
class Calendar:
    """All that is configured. Without windows it is open, but for the blackouts."""

    windows: tuple[CalendarEntry, ...] = ()
    blackouts: tuple[CalendarEntry, ...] = ()

    def look(self, since: datetime, until: datetime) -> tuple[list[Span], int]:
        """When it is open between the two moments, and the most spans that one window or blackout has in this time.

        Windows that touch are one, and blackouts are cut out.
        """
        windows = [list(source.spans(since, until)) for source in self.windows] or [[Span(since, until)]]
        blackouts = [list(source.spans(since, until)) for source in self.blackouts]
        kept = _without(merged_spans(chain.from_iterable(windows)), merged_spans(chain.from_iterable(blackouts)))
        spans = [Span(max(span.begin, since), min(span.end, until)) for span in kept if span.end > since]
        return spans, max(map(len, (*windows, *blackouts)))

    def names(self, sources: t.Sequence[CalendarEntry], moment: datetime) -> list[CalendarEntry]:
        """Those of the sources that cover a moment."""
        instant = moment + timedelta(microseconds=1)
        return [one for one in sources if any(span.begin <= moment for span in one.spans(moment, instant))]


@dataclass(frozen=True)
class WindowState:
    """What holds at one moment.

    :param open: there is room: it is open, and stays open for as long as is needed.
    :param state: ``open``, ``closed``, or ``short`` (open, and not for long enough).
    :param reason: the same as a sentence, with the next opening in the window's zone and in UTC.
    :param window: name of the window that is open.
    :param closes: when it closes, in UTC; None when it stays open for longer than was looked.
    :param opens: when it opens next for long enough, in UTC; None when it does not.
    """

    open: bool
    state: t.Literal["open", "closed", "short"]
    reason: str
    window: str = ""
    closes: datetime | None = None
    opens: datetime | None = None


def read_calendar(windows: t.Any, blackouts: t.Any = (), zone: t.Any = "UTC", prefix: str = "") -> Calendar:
    """The calendar in plain data, as it stands in an inventory.

    :param windows: a list of dictionaries with ``rrule``, ``duration`` and perhaps ``start``, or with ``from`` and
        ``to``; in each perhaps ``name`` and ``timezone``.
    :param zone: the time zone where none is given.
    :param prefix: of the names under which the user has given them, for messages.
    :raises ValidationError: anything that cannot be right; the message names the place.
    :raises MissingLibrary: python-dateutil is not installed.
    """
    default = read_zone(zone, f"{prefix}timezone")
    return Calendar(
        tuple(_source(one, place, default, wide=False) for place, one in _listed(windows, f"{prefix}windows")),
        tuple(_source(one, place, default, wide=True) for place, one in _listed(blackouts, f"{prefix}blackouts")),
    )


def judge_window(calendar: Calendar, now: datetime, needs: float = 0) -> WindowState:
    """Whether it is open at this moment, and stays open for so many seconds.

    :param now: aware.
    """
    if now.tzinfo is None:
        raise ValidationError("The moment has no time zone.", next_step="Give it with Z or an offset.")
    now = now.astimezone(timezone.utc)
    room = timedelta(seconds=needs)
    here, following, days = _search(calendar, now, room)
    if here is not None and (here.end is None or here.end - now >= room):
        return _open(calendar, now, here.end)
    when = _when(calendar, following, days)
    opens = None if following is None else following.begin
    if here is not None and here.end is not None:
        name, zone = _here(calendar, now)
        return WindowState(
            False,
            "short",
            f"The change window{_quoted(name)} closes at {moment_text(here.end, zone)}, in "
            f"{format_duration((here.end - now).total_seconds())}, and {format_duration(needs)} are needed. {when}",
            name,
            here.end,
            opens,
        )
    black = calendar.names(calendar.blackouts, now)
    why = f" The blackout{_quoted(black[0].name)} is on." if black else ""
    return WindowState(False, "closed", f"The change window is closed.{why} {when}", opens=opens)


def moment_text(moment: datetime, zone: tzinfo) -> str:
    """A moment in a zone and in UTC: ``2026-11-24 02:00 CET (Europe/Paris), 2026-11-24 01:00 UTC``."""
    there, utc = moment.astimezone(zone), moment.astimezone(timezone.utc)
    name = getattr(zone, "key", "UTC")
    if name in ("UTC", "Etc/UTC"):
        return f"{utc:%Y-%m-%d %H:%M} UTC"
    return f"{there:%Y-%m-%d %H:%M} {there:%Z} ({name}), {utc:%Y-%m-%d %H:%M} UTC"


# -- judging ----------------------------------------------------------------------------------------------------------


class _Found(t.NamedTuple):
    """An open span whose end is None when it was not seen."""

    begin: datetime
    end: datetime | None

    def opens_after(self, now: datetime, room: timedelta, until: datetime) -> bool:
        """Whether it opens later, and for so long. Its end was looked for up to ``until``."""
        return self.begin > now and (self.end or until) - self.begin >= room

    def lasts(self, room: timedelta, now: datetime) -> bool:
        """Whether it stays open for so long from now on."""
        return self.end is None or self.end - now >= room


class _Seen(t.NamedTuple):
    """What a search has found: the open span that now is in, the first later one with room, and how far it looked."""

    here: _Found | None
    following: _Found | None
    days: int


def _openings(calendar: Calendar, now: datetime, until: datetime) -> tuple[list[_Found], int]:
    """The open spans up to a moment, and how many spans a source of them has at most."""
    spans, most = calendar.look(now, until)
    return [_Found(one.begin, None if one.end >= until else one.end) for one in spans], most


def _search(calendar: Calendar, now: datetime, room: timedelta) -> _Seen:
    """Look ahead, further each time, until there is an opening with room enough or there are too many spans."""
    here: _Found | None = None
    days = 0
    for days, further in zip(HORIZONS, (*HORIZONS[1:], 0)):
        until = now + room + timedelta(days=days)
        spans, most = _openings(calendar, now, until)
        here = next((one for one in spans if one.begin <= now), None)
        if here is not None and here.lasts(room, now):
            return _Seen(here, None, days)
        following = next((one for one in spans if one.opens_after(now, room, until)), None)
        if following is not None or most * further > MOST_SPANS * days:
            return _Seen(here, following, days)
    return _Seen(here, None, days)


def _open(calendar: Calendar, now: datetime, closes: datetime | None) -> WindowState:
    name, zone = _here(calendar, now)
    if not calendar.windows:
        sentence = "No change window is configured, and no blackout is on"
        until = "" if closes is None else f" until {moment_text(closes, zone)}"
        return WindowState(True, "open", f"{sentence}{until}.", name, closes)
    until = "" if closes is None else f" until {moment_text(closes, zone)}"
    return WindowState(True, "open", f"The change window{_quoted(name)} is open{until}.", name, closes)


def _here(calendar: Calendar, now: datetime) -> tuple[str, tzinfo]:
    """The name and the zone of the window that is open: of several, the first that was configured."""
    found = calendar.names(calendar.windows, now) or list(calendar.blackouts)
    return (found[0].name if calendar.windows else "", found[0].zone) if found else ("", timezone.utc)


def _when(calendar: Calendar, following: _Found | None, days: int) -> str:
    if following is None:
        time = "nine years" if days == HORIZONS[-1] else f"{days} days"
        return f"It does not open for long enough in the next {time}."
    name, zone = _here(calendar, following.begin)
    long = (
        "" if following.end is None else f", for {format_duration((following.end - following.begin).total_seconds())}"
    )
    return f"It opens next for long enough at {moment_text(following.begin, zone)}{long}{name and f' ({name!r})'}."


def _quoted(name: str) -> str:
    return f" '{name}'" if name else ""


# -- spans ------------------------------------------------------------------------------------------------------------


def merged_spans(spans: t.Iterable[Span]) -> list[Span]:
    found: list[Span] = []
    for span in sorted(spans):
        if found and span.begin <= found[-1].end:
            found[-1] = Span(found[-1].begin, max(found[-1].end, span.end))
        else:
            found.append(span)
    return found


def _without(spans: t.Sequence[Span], shut: t.Sequence[Span]) -> list[Span]:
    """What of the spans lies outside of others. Both in order and without overlaps."""
    found, passed = [], 0
    for span in spans:
        begin = span.begin
        while passed < len(shut) and shut[passed].end <= begin:
            passed += 1
        within = passed
        while within < len(shut) and shut[within].begin < span.end:
            if shut[within].begin > begin:
                found.append(Span(begin, shut[within].begin))
            begin = shut[within].end
            within += 1
        if begin < span.end:
            found.append(Span(begin, span.end))
    return found


def utc_moment(local: datetime, zone: tzinfo, fold: int = 0) -> datetime:
    return local.replace(tzinfo=zone, fold=fold).astimezone(timezone.utc)


def _both(local: datetime, zone: tzinfo) -> tuple[datetime, datetime]:
    """The earliest and the latest moment that a wall clock can mean."""
    readings = sorted((utc_moment(local, zone), utc_moment(local, zone, fold=1)))
    return readings[0], readings[1]


# -- reading ----------------------------------------------------------------------------------------------------------


def _listed(given: t.Any, what: str) -> t.Iterator[tuple[str, t.Mapping[str, t.Any]]]:
    if isinstance(given, (str, bytes)) or not isinstance(given, t.Sequence):
        raise ValidationError(f"{what} must be a list, and is {given!r}.", next_step="Write [] for none.")
    for number, one in enumerate(given):
        place = f"{what}[{number}]"
        if not isinstance(one, t.Mapping):
            raise ValidationError(f"{place} must be a dictionary, and is {one!r}.")
        yield f"{place} ({one['name']})" if one.get("name") else place, one


def _source(given: t.Mapping[str, t.Any], place: str, default: tzinfo, *, wide: bool) -> CalendarEntry:
    _require_keys(given, place)
    zone = read_zone(given["timezone"], f"{place}: timezone") if "timezone" in given else default
    name = str(given.get("name") or "")
    has = {key for key in KEYS if given.get(key) not in (None, "")} - {"name", "timezone"}
    if has == {"from", "to"}:
        return CalendarEntry(name, zone, span=_range(given, place, zone, wide=wide), wide=wide)
    if has in ({"rrule", "duration"}, {"rrule", "duration", "start"}):
        rule, duration = _recurring(given, zone, place)
        return CalendarEntry(name, zone, rule=rule, duration=duration, wide=wide)
    raise ValidationError(
        f"{place} has {', '.join(sorted(has)) or 'nothing that says when'}.",
        next_step="Give from and to, or rrule and duration (and start, where the rule does not say it all).",
    )


def _require_keys(given: t.Mapping[str, t.Any], place: str) -> None:
    unknown = sorted(str(key) for key in given if key not in KEYS)
    if unknown:
        raise ValidationError(f"{place} has no {', '.join(unknown)}. It may have: {', '.join(sorted(KEYS))}.")


def _recurring(given: t.Mapping[str, t.Any], zone: tzinfo, place: str) -> tuple[Recurrence, timedelta]:
    rule, duration = read_rule(given["rrule"], given.get("start"), zone, place), _duration(given["duration"], place)
    if rule.pattern.per_day() * (duration / timedelta(days=1)) > MOST_SPANS:
        raise ValidationError(
            f"{place}: rrule begins up to {rule.pattern.per_day()} times a day, and each time for "
            f"{given['duration']}: these are too many at once to be judged.",
            next_step="Let the rule begin less often, or shorten duration.",
        )
    return rule, duration


def _range(given: t.Mapping[str, t.Any], place: str, zone: tzinfo, *, wide: bool) -> Span:
    ends = []
    for key in ("from", "to"):
        moment = local_moment(given[key], f"{place}: {key}")
        if moment.tzinfo is not None:
            ends.append(moment.astimezone(timezone.utc))
        elif wide:
            ends.append(_both(moment, zone)[key == "to"])
        else:
            ends.append(utc_moment(moment, zone))
    if ends[0] >= ends[1]:
        raise ValidationError(f"{place} ends before it begins: from {given['from']} to {given['to']}.")
    return Span(ends[0], ends[1])


def _duration(given: t.Any, place: str) -> timedelta:
    """The length of a window."""
    seconds = read_length(given, f"{place}: duration")
    if not 0 < seconds <= LONGEST:
        raise ValidationError(f"{place}: duration must be more than nothing and at most 366 days, and is {given!r}.")
    return timedelta(seconds=seconds)


def read_length(given: t.Any, place: str) -> int:
    """Seconds of a duration that somebody has set.

    :param place: what the user calls it, for messages.
    :raises ValidationError: no duration, or a number alone.
    """
    try:
        return parse_stated_duration(given)
    except ValidationError as error:
        raise ValidationError(f"{place}: {error.message}", next_step=error.next_step) from error
