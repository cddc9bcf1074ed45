# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""When a recurrence rule holds, calculated from the calendar and in bounded time. Pure.

Nothing is walked from the start of a rule to the moment that is asked for, as python-dateutil does: whether a day
belongs to a rule is seen from the day itself, and whether an interval meets it from a remainder. Which days of a year
are chosen depends on its length, those of its neighbours and the weekday it begins on: there are some twenty such
kinds of years, and each is looked through once.
"""

from __future__ import annotations

import typing as t
from calendar import isleap
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import groupby, islice

#: A rule is searched for its first time, and counted, within this time after its start.
SEARCHED = timedelta(days=36525)
_MONTHS = {
    False: (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31),
    True: (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31),
}


class _Year(t.NamedTuple):
    """What tells one year's calendar from another's. ``first`` is the weekday of 1 January, Monday 0."""

    leap: bool
    first: int
    after_leap: bool
    before_leap: bool

    @property
    def length(self) -> int:
        return 366 if self.leap else 365


@dataclass(frozen=True)
class Pattern:
    """A rule with every part that its start gives it. Empty parts choose nothing out.

    :param start: where it begins, and what an interval counts from; None for a rule that has no beginning.
    :param until: the last moment at which it can hold; None when it goes on.
    :param weekdays: pairs of a number and a weekday (Monday 0); the number is 0 for each such day.
    :param second: the second within the minute, from the start.
    """

    frequency: str
    interval: int = 1
    start: datetime | None = None
    until: datetime | None = None
    week_start: int = 0
    months: frozenset[int] = frozenset()
    month_days: frozenset[int] = frozenset()
    year_days: frozenset[int] = frozenset()
    weeks: frozenset[int] = frozenset()
    weekdays: frozenset[tuple[int, int]] = frozenset()
    hours: tuple[int, ...] = ()
    minutes: tuple[int, ...] = (0,)
    second: int = 0
    positions: tuple[int, ...] = ()
    _known: dict[_Year, tuple[int, ...]] = field(default_factory=dict, repr=False, compare=False)

    def has_days(self) -> bool:
        """Whether there is any day at all that it could hold on: all years of the calendar's cycle are looked at."""
        return any(self._days_of_year(year) for year in range(2000, 2400))

    def first(self) -> datetime | None:
        """The first time it holds, within a hundred years of its start; None when there is none."""
        return next(self._from_its_start(), None)

    def unmet(self) -> tuple[str, t.Any] | None:
        """A field and a value in it that an interval or a position always leaves out; None when there is none.

        Whoever lists two days and gets one of them has a hole in a blackout, and does not see it.
        """
        fields = ["positions"] if self.positions else []
        if self.interval > 1:
            fields += ["months", "month_days", "year_days", "weeks", "weekdays"]
            fields += ["hours"] if self.frequency == "HOURLY" and len(self.hours) < 24 else []
        for name in fields:
            values = getattr(self, name)
            for value in sorted(values) if len(values) > 1 else ():
                # Beside the others a value counts for the positions; alone it would have them all to itself.
                alone = replace(self, **{"positions": (), name: type(values)([value])}, until=None, _known={})
                if alone.first() is None:
                    return name, value
        return None

    def last_of(self, count: int) -> datetime | None:
        """The time at which it holds for the so manieth time, within a hundred years of its start."""
        return next(islice(self._from_its_start(), count - 1, None), None)

    def _from_its_start(self) -> t.Iterator[datetime]:
        """A hundred years of it. Where it has no start, any of the years before its end are as good as others."""
        begin = self.start or min(datetime(2000, 1, 1), _before(self.until or datetime.max))
        return self.starts(begin, _after(begin))

    def per_day(self) -> int:
        """How often it begins on one day, at most."""
        hours = len(self.hours)
        if self.frequency == "HOURLY":
            hours = min(hours, -(-24 // self.interval))
        return hours * len(self.minutes)

    def starts(self, first: datetime, last: datetime) -> t.Iterator[datetime]:
        """Every time it holds on the wall clock from ``first`` to ``last``, in order."""
        first = max(first, self.start or first)
        last = min(last, self.until or last)
        if first <= last:
            yield from (moment for moment in self._moments(first.date(), last.date()) if first <= moment <= last)

    # -- times of a day ------------------------------------------------------------------------------------------------

    def _moments(self, first: date, last: date) -> t.Iterator[datetime]:
        """Every time it holds on days from ``first`` to ``last``, and perhaps a few before and after them."""
        if self.frequency == "HOURLY":
            for day in self._days(first.toordinal(), last.toordinal()):
                yield from self._on(day, self._met_hours(day))
        elif not self.positions:
            for day in self._days(first.toordinal(), last.toordinal()):
                yield from self._on(day, self.hours)
        else:  # a position counts within a whole period
            low, high = max(1, first.toordinal() - 366), min(date.max.toordinal(), last.toordinal() + 366)
            for _period, days in groupby(self._days(low, high), key=self._period):
                yield from self._at_positions(list(days))

    def _at_positions(self, days: t.Sequence[int]) -> list[datetime]:
        """Those of all times in a period that BYSETPOS names."""
        on_each = len(self.hours) * len(self.minutes)
        total = len(days) * on_each
        places = {at - 1 if at > 0 else total + at for at in self.positions if abs(at) <= total}
        return [next(islice(self._on(days[at // on_each], self.hours), at % on_each, None)) for at in sorted(places)]

    def _on(self, day: int, hours: t.Iterable[int]) -> t.Iterator[datetime]:
        midnight = datetime.fromordinal(day)
        for hour in hours:
            for minute in self.minutes:
                yield midnight.replace(hour=hour, minute=minute, second=self.second)

    def _met_hours(self, day: int) -> t.Sequence[int]:
        """The hours of a day that an interval of hours meets."""
        if self.interval == 1 or self.start is None:
            return self.hours
        begin = self.start.toordinal() * 24 + self.start.hour
        met = range((begin - day * 24) % self.interval, 24, self.interval)
        return [hour for hour in self.hours if hour in met]

    # -- days ----------------------------------------------------------------------------------------------------------

    def _days(self, low: int, high: int) -> t.Iterator[int]:
        """The days that it chooses and its interval meets, as ordinals."""
        step = 1 if self.frequency == "HOURLY" else self.interval
        base = self._period(self.start.toordinal()) if self.start else 0
        for year in range(date.fromordinal(low).year, date.fromordinal(high).year + 1):
            if self.frequency == "YEARLY" and (year - base) % step:
                continue
            january = date(year, 1, 1).toordinal()
            for index in self._days_of_year(year):
                day = january + index
                if low <= day <= high and (step == 1 or (self._period(day) - base) % step == 0):
                    yield day

    def _period(self, day: int) -> int:
        """The number of the period of a day. ``self.interval`` counts in these."""
        if self.frequency == "WEEKLY":
            return (day - 1 - self.week_start) // 7  # day 1 of the calendar is a Monday
        if self.frequency in ("YEARLY", "MONTHLY"):
            found = date.fromordinal(day)
            return found.year if self.frequency == "YEARLY" else found.year * 12 + found.month
        return day

    def _days_of_year(self, year: int) -> tuple[int, ...]:
        kind = _Year(isleap(year), date(year, 1, 1).weekday(), isleap(year - 1), isleap(year + 1))
        if kind not in self._known:
            self._known[kind] = tuple(self._chosen(kind))
        return self._known[kind]

    # Complex: one condition for each part of a rule.
    def _chosen(self, year: _Year) -> t.Iterator[int]:
        """The days of a kind of year that every part of the rule agrees to, counted from 0."""
        index = -1
        for month, length in enumerate(_MONTHS[year.leap], 1):
            for day in range(1, length + 1):
                index += 1
                if self.months and month not in self.months:
                    continue
                if self.month_days and not self.month_days & {day, day - length - 1}:
                    continue
                if self.year_days and not self.year_days & {index + 1, index - year.length}:
                    continue
                if self.weekdays and not self._weekday(year, index, day, length):
                    continue
                if self.weeks and not self.weeks & self._week(year, index):
                    continue
                yield index

    def _weekday(self, year: _Year, index: int, day: int, length: int) -> bool:
        """Whether BYDAY has a day. Its numbers count in the month, or in the year where no month is given."""
        weekday = (year.first + index) % 7
        if self.frequency == "YEARLY" and not self.months:
            day, length = index + 1, year.length
        numbers = (0, (day - 1) // 7 + 1, -((length - day) // 7) - 1)
        return any((number, weekday) in self.weekdays for number in numbers)

    def _week(self, year: _Year, index: int) -> set[int]:
        """The number of a day's week, from the beginning and from the end of the year that the week belongs to.

        A week belongs to the year that has its middle day.
        """
        middle = index - (year.first + index - self.week_start) % 7 + 3
        length, first = year.length, year.first
        if middle < 0:
            length = 366 if year.after_leap else 365
            middle, first = middle + length, (first - length) % 7
        elif middle >= length:
            middle, first = middle - length, (first + length) % 7
            length = 366 if year.before_leap else 365
        weeks = (length - 1 - (self.week_start + 3 - first) % 7) // 7 + 1
        return {middle // 7 + 1, middle // 7 - weeks}


def _after(moment: datetime) -> datetime:
    return datetime.max if moment > datetime.max - SEARCHED else moment + SEARCHED


def _before(moment: datetime) -> datetime:
    return datetime.min if moment < datetime.min + SEARCHED else moment - SEARCHED
