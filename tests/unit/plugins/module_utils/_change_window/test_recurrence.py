# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recurrence rules are read strictly: an ambiguous rule is refused, and no search is endless."""

from __future__ import annotations

import runpy
import sys
import time
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._change_window import recurrence as _recurrence
from ansible_collections.campaign.classic.plugins.module_utils._change_window.recurrence import (
    local_moment,
    read_rule,
    read_zone,
)
from ansible_collections.campaign.classic.plugins.module_utils._core.errors import MissingLibrary, ValidationError

PARIS = ZoneInfo("Europe/Paris")
FIRST, LAST = datetime(2026, 11, 23), datetime(2026, 12, 6, 23, 59)


def starts(text: str, start: Any = None, zone: Any = PARIS) -> list[str]:
    """Every start in two weeks from a Monday."""
    rule = read_rule(text, start, zone, "windows[0]")
    return [f"{local:%d %H:%M}" for local in rule.starts(FIRST, LAST)]


@pytest.mark.parametrize(
    ("text", "start", "expected"),
    [
        ("FREQ=WEEKLY;BYDAY=TU,SA;BYHOUR=2", None, ["24 02:00", "28 02:00", "01 02:00", "05 02:00"]),
        (" rrule:freq=weekly;byday=su;byhour=22;byminute=30;", None, ["29 22:30", "06 22:30"]),
        ("FREQ=MONTHLY;BYDAY=1MO;BYHOUR=1", None, []),
        ("FREQ=MONTHLY;BYDAY=-1MO;BYHOUR=1", None, ["30 01:00"]),
        ("FREQ=MONTHLY;BYMONTHDAY=-1;BYHOUR=1", None, ["30 01:00"]),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;BYHOUR=3", None, ["30 03:00"]),
        ("FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=1;BYHOUR=0", None, ["01 00:00"]),
        ("FREQ=DAILY;BYDAY=SA,SU;BYHOUR=6", None, ["28 06:00", "29 06:00", "05 06:00", "06 06:00"]),
        ("FREQ=HOURLY;BYDAY=MO;BYHOUR=1,2;BYMINUTE=15", None, ["23 01:15", "23 02:15", "30 01:15", "30 02:15"]),
        ("FREQ=WEEKLY;INTERVAL=2", "2026-11-17 20:00", ["01 20:00"]),
        ("FREQ=DAILY;COUNT=3", "2026-11-22 04:30:00", ["23 04:30", "24 04:30"]),
        ("FREQ=DAILY;BYHOUR=4;UNTIL=20261124T040000", None, ["23 04:00", "24 04:00"]),
        ("FREQ=DAILY;BYHOUR=4;UNTIL=20261124T030000Z", None, ["23 04:00", "24 04:00"]),
        ("FREQ=DAILY;BYHOUR=4;UNTIL=20261124T025959Z", None, ["23 04:00"]),
        ("FREQ=DAILY;BYHOUR=4;UNTIL=20261124T033000", None, ["23 04:00"]),
        ("FREQ=DAILY;UNTIL=20261124T040030", "2026-11-22 04:00:20", ["23 04:00", "24 04:00"]),
        ("FREQ=DAILY", datetime(2026, 12, 5, 1), ["05 01:00", "06 01:00"]),
    ],
)
def test_rule_gives_its_starts_on_the_wall_clock(text: str, start: Any, expected: list[str]) -> None:
    assert starts(text, start) == expected


def test_end_in_utc_does_not_depend_on_the_zone_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert read_rule("FREQ=DAILY;BYHOUR=4;UNTIL=20261124T030000Z", None, PARIS, "w").pattern.until == datetime(
            2026, 11, 24, 4
        )
    finally:
        monkeypatch.undo()
        time.tzset()


def test_rule_without_a_start_has_no_beginning() -> None:
    rule = read_rule("FREQ=DAILY;BYHOUR=2", None, PARIS, "w")
    assert next(rule.starts(datetime(1, 1, 1), datetime(1, 1, 3))) == datetime(1, 1, 1, 2)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "None is no recurrence rule: '' has no place in it"),
        (7, "no recurrence rule"),
        ("", "no recurrence rule"),
        ("every night", "no recurrence rule"),
        ("FREQ=DAILY;BYHOUR", "'BYHOUR' has no place"),
        ("FREQ=DAILY;BYHOUR=", "'BYHOUR=' has no place"),
        ("FREQ=DAILY;BYHOUR=2;BYHOUR=3", "'BYHOUR=3' has no place"),
        ("FREQ=DAILY;BYEASTER=1", "BYEASTER"),
        ("FREQ=DAILY;BYSECOND=1", "BYSECOND"),
        ("FREQ=DAILY;BYHOUR=2;X", "'X' has no place"),
        ("FREQ=DAILY;BYHOUR=2\nEXDATE:20261124T020000", "a blackout"),
        ("BYHOUR=2", "FREQ must be one of"),
        ("FREQ=SECONDLY", "FREQ must be one of YEARLY, MONTHLY, WEEKLY, DAILY, HOURLY"),
        ("FREQ=DAILY;BYHOUR=2;COUNT=2;UNTIL=20261124T040000", "exclude each other"),
        ("FREQ=DAILY;BYHOUR=2;BYSETPOS=1", "BYSETPOS goes with FREQ=YEARLY or MONTHLY or WEEKLY"),
        ("FREQ=MONTHLY;BYWEEKNO=2;BYDAY=MO;BYHOUR=2", "BYWEEKNO goes with FREQ=YEARLY"),
        ("FREQ=DAILY;BYHOUR=24", "BYHOUR goes from 0 to 23"),
        ("FREQ=DAILY;BYHOUR=two", "'TWO'"),
        ("FREQ=DAILY;BYHOUR=2,", "BYHOUR"),
        ("FREQ=MONTHLY;BYMONTHDAY=0;BYHOUR=2", "BYMONTHDAY"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL goes from 1"),
        ("FREQ=WEEKLY;BYDAY=MON;BYHOUR=2", "rrule: BYDAY: 'MON' is none of MO"),
        ("FREQ=DAILY;BYHOUR=2;COUNT=1,2", "COUNT goes from 1 to 10000, and '1,2' is not in it"),
        ("FREQ=DAILY;BYHOUR=2;INTERVAL=2;COUNT=1", "begins: COUNT counts from a start"),
        ("FREQ=WEEKLY;BYDAY=1MO;BYHOUR=2", "a number before the day"),
        ("FREQ=MONTHLY;BYDAY=0MO;BYHOUR=2", "a number before the day"),
        ("FREQ=DAILY;BYHOUR=2;WKST=MO,TU", "rrule: WKST: 'MO,TU' is none of MO"),
        ("FREQ=DAILY;BYHOUR=2;WKST=1MO", "rrule: WKST: '1MO' is none of MO"),
        ("FREQ=DAILY", r"the hour \(BYHOUR\) is missing"),
        ("FREQ=WEEKLY;BYHOUR=2", r"the days \(BYDAY\) are missing"),
        ("FREQ=MONTHLY;BYHOUR=2", r"the days \(BYDAY or BYMONTHDAY\)"),
        ("FREQ=YEARLY;BYMONTH=2;BYHOUR=2", "the days"),
        ("FREQ=DAILY;BYHOUR=2;INTERVAL=2", "INTERVAL counts from a start"),
        ("FREQ=DAILY;BYHOUR=2;COUNT=1", "COUNT counts from a start"),
        ("FREQ=DAILY;BYHOUR=2;UNTIL=20261231", "UNTIL must be such as"),
        ("FREQ=DAILY;BYHOUR=2;UNTIL=20261331T000000", "UNTIL is not a moment"),
        ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;BYHOUR=2", "there is no day that is BYMONTH=2, BYMONTHDAY=30"),
    ],
)
def test_rule_that_cannot_be_right_is_refused_in_words(text: Any, words: str) -> None:
    with pytest.raises(ValidationError, match=words) as error:
        starts(text)
    assert error.value.message.startswith("windows[0]: ")


#: By part: the frequency under which it is tried, and its lowest and highest number.
LIMITS = {
    "COUNT": ("DAILY", 1, 10000),
    "INTERVAL": ("DAILY", 1, 10000),
    "BYMINUTE": ("DAILY", 0, 59),
    "BYHOUR": ("DAILY", 0, 23),
    "BYMONTH": ("DAILY", 1, 12),
    "BYMONTHDAY": ("DAILY", -31, 31),
    "BYYEARDAY": ("YEARLY", -366, 366),
    "BYWEEKNO": ("YEARLY", -53, 53),
    "BYSETPOS": ("YEARLY", -366, 366),
}
#: Of these every day of a year is one, so that each position in it is met in some year.
EVERY_DAY = ";BYDAY=MO,TU,WE,TH,FR,SA,SU"


@pytest.mark.parametrize("part", LIMITS)
def test_numbers_of_a_part_are_taken_up_to_their_limits_and_not_beyond(part: str) -> None:
    frequency, lowest, highest = LIMITS[part]
    rule = f"FREQ={frequency}{EVERY_DAY if part == 'BYSETPOS' else ''};{part}="
    for number in (lowest, highest):
        assert read_rule(f"{rule}{number}", "2026-01-05 02:00", PARIS, "w").text.endswith(f"{part}={number}")
    for number in (lowest - 1, highest + 1, *([0] if lowest < 0 else [])):
        with pytest.raises(
            ValidationError, match=f"^w: rrule: {part} goes from {lowest} to {highest}, and '{number}' is"
        ):
            read_rule(f"{rule}{number}", "2026-01-05 02:00", PARIS, "w")


@pytest.mark.parametrize(
    ("part", "frequencies"),
    [
        ("BYWEEKNO=10", ["YEARLY"]),
        ("BYYEARDAY=10", ["YEARLY", "HOURLY"]),
        ("BYMONTHDAY=10", ["YEARLY", "MONTHLY", "DAILY", "HOURLY"]),
        ("BYDAY=MO,TU;BYSETPOS=1", ["YEARLY", "MONTHLY", "WEEKLY"]),
        ("BYDAY=MO", ["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY"]),
        ("BYDAY=1MO", ["YEARLY", "MONTHLY"]),
    ],
)
def test_part_goes_with_its_frequencies_alone(part: str, frequencies: list[str]) -> None:
    taken = []
    for frequency in ("YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY"):
        try:
            read_rule(f"FREQ={frequency};{part}", "2026-01-05 02:00", PARIS, "w")
            taken.append(frequency)
        except ValidationError as error:
            assert " goes with FREQ=" in error.message
    assert taken == frequencies


@pytest.mark.parametrize(
    ("rule", "complete"),
    [
        ("FREQ=YEARLY;BYHOUR=2;BYDAY=1MO", True),
        ("FREQ=YEARLY;BYHOUR=2;BYMONTHDAY=1", True),
        ("FREQ=YEARLY;BYHOUR=2;BYYEARDAY=1", True),
        ("FREQ=YEARLY;BYHOUR=2;BYWEEKNO=1", True),
        ("FREQ=YEARLY;BYHOUR=2;BYMONTH=1", False),
        ("FREQ=MONTHLY;BYHOUR=2;BYDAY=1MO", True),
        ("FREQ=MONTHLY;BYHOUR=2;BYMONTHDAY=1", True),
        ("FREQ=MONTHLY;BYHOUR=2;BYMONTH=1", False),
        ("FREQ=WEEKLY;BYHOUR=2;BYDAY=MO", True),
        ("FREQ=WEEKLY;BYHOUR=2", False),
        ("FREQ=DAILY;BYHOUR=2", True),
        ("FREQ=DAILY;BYHOUR=2;INTERVAL=1", True),
        ("FREQ=DAILY;BYMINUTE=2", False),
        ("FREQ=HOURLY", True),
        ("FREQ=HOURLY;INTERVAL=2", False),
        ("FREQ=HOURLY;COUNT=1", False),
    ],
)
def test_rule_without_a_start_says_everything_itself(rule: str, complete: bool) -> None:
    if complete:
        assert read_rule(rule, "", PARIS, "w").start is None
        return
    with pytest.raises(ValidationError, match="rrule leaves open when it begins: .*Complete the rule"):
        read_rule(rule, "", PARIS, "w")


def test_all_that_is_missing_is_said() -> None:
    with pytest.raises(ValidationError) as error:
        read_rule("FREQ=YEARLY;INTERVAL=2", None, PARIS, "w")
    assert error.value.message.partition(" when it begins: ")[2].split(", and ") == [
        "INTERVAL counts from a start",
        "the days (BYDAY or BYMONTHDAY or BYWEEKNO or BYYEARDAY) are missing",
        "the hour (BYHOUR) is missing.",
    ]


@pytest.mark.parametrize(("year", "allowed"), [(1899, False), (1900, True), (2199, True), (2200, False)])
def test_start_lies_in_three_hundred_years(year: int, allowed: bool) -> None:
    if allowed:
        assert read_rule("FREQ=DAILY", f"{year}-01-05 00:00", PARIS, "w").start == datetime(year, 1, 5)
        return
    with pytest.raises(ValidationError, match="^w: start must lie in the years 1900 to 2199; it is"):
        read_rule("FREQ=DAILY", f"{year}-01-05 00:00", PARIS, "w")


@pytest.mark.parametrize(("hours", "minutes", "allowed"), [(24, 4, True), (14, 7, False)])
def test_rule_begins_at_most_ninety_six_times_a_day(hours: int, minutes: int, allowed: bool) -> None:
    numbers = [",".join(map(str, range(most))) for most in (hours, minutes)]
    rule = f"FREQ=DAILY;BYHOUR={numbers[0]};BYMINUTE={numbers[1]}"
    if allowed:
        assert len(starts(rule)) == 14 * 96
        return
    with pytest.raises(ValidationError, match="it begins 98 times a day, and at most 96 are looked at"):
        starts(rule)


def test_each_day_of_the_week_has_its_name() -> None:
    names = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
    found = [starts(f"FREQ=WEEKLY;BYDAY={name};BYHOUR=2")[0] for name in names]
    assert found == [f"{day} 02:00" for day in range(23, 30)]
    assert [starts(f"FREQ=WEEKLY;BYHOUR=2;BYDAY=SU,MO;WKST={name}")[0] for name in names] == ["23 02:00"] * 7


def test_parts_are_read_in_any_order_and_each_value_counts_once() -> None:
    assert starts("BYHOUR=22,3,3;FREQ=DAILY;UNTIL=20261123T235959") == ["23 03:00", "23 22:00"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("FREQ=YEARLY", ["2026-03-05", "2027-03-05"]),
        ("FREQ=YEARLY;BYMONTH=4", ["2026-04-05", "2027-04-05"]),
        ("FREQ=MONTHLY", ["2026-03-05", "2026-04-05"]),
        ("FREQ=WEEKLY", ["2026-03-05", "2026-03-12"]),
        ("FREQ=WEEKLY;BYMONTH=4", ["2026-04-02", "2026-04-09"]),
        ("FREQ=DAILY", ["2026-03-05", "2026-03-06"]),
        ("FREQ=HOURLY;BYHOUR=2", ["2026-03-05", "2026-03-06"]),
        ("FREQ=YEARLY;BYDAY=1MO", ["2027-01-04", "2028-01-03"]),
        ("FREQ=YEARLY;BYYEARDAY=1", ["2027-01-01", "2028-01-01"]),
        ("FREQ=YEARLY;BYWEEKNO=2;BYDAY=MO", ["2027-01-11", "2028-01-10"]),
        ("FREQ=MONTHLY;BYMONTHDAY=9", ["2026-03-09", "2026-04-09"]),
    ],
)
def test_what_a_rule_does_not_say_is_as_at_its_start(given: str, expected: list[str]) -> None:
    rule = read_rule(given, "2026-03-05 02:03:04", PARIS, "w")
    found = rule.starts(datetime(2026, 1, 1), datetime(2029, 1, 1))
    assert [next(found).isoformat(" ") for _one in expected] == [f"{day} 02:03:04" for day in expected]


def test_hours_that_an_interval_never_meets_are_refused() -> None:
    with pytest.raises(ValidationError, match="cannot be read"):
        starts("FREQ=HOURLY;INTERVAL=2;BYHOUR=1", "2026-11-22 00:00")


@pytest.mark.parametrize(
    ("rule", "named"),
    [
        ("BYYEARDAY=366;BYMONTH=1", "BYMONTH=1, BYYEARDAY=366"),
        ("BYDAY=MO;BYWEEKNO=2;BYMONTH=6", "BYMONTH=6, BYWEEKNO=2, BYDAY=MO"),
        ("BYMONTHDAY=31;BYMONTH=4,6", "BYMONTH=4,6, BYMONTHDAY=31"),
    ],
)
def test_days_that_exclude_each_other_are_refused(rule: str, named: str) -> None:
    with pytest.raises(ValidationError) as error:
        starts(f"FREQ=YEARLY;{rule};BYHOUR=1")
    assert error.value.message == f"windows[0]: rrule: there is no day that is {named}."


@pytest.mark.parametrize(
    ("rule", "start", "words"),
    [
        ("FREQ=DAILY;INTERVAL=7;BYDAY=SA", "2026-11-27 02:00", " from 2026-11-27 02:00:00 on."),
        ("FREQ=WEEKLY;BYDAY=MO;BYHOUR=2;BYSETPOS=3", None, "."),
    ],
)
def test_rule_that_never_comes_true_is_quoted(rule: str, start: Any, words: str) -> None:
    with pytest.raises(ValidationError) as error:
        starts(rule, start)
    never = "it never comes true: in a hundred years there is no time at which all of"
    assert error.value.message == f"windows[0]: rrule: {never} {rule} hold{words}"


def test_start_with_an_offset_is_refused() -> None:
    with pytest.raises(ValidationError, match="start is a time of the wall clock"):
        starts("FREQ=DAILY", "2026-11-22 00:00Z")


def test_module_loads_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "dateutil.rrule", None)
    again = runpy.run_path(str(_recurrence.__file__), run_name=_recurrence.__name__)
    assert again["rrulestr"] is None


def test_missing_library_is_said_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_recurrence, "rrulestr", None)
    with pytest.raises(MissingLibrary, match="pip install python-dateutil"):
        starts("FREQ=DAILY;BYHOUR=2")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("2026-12-24 18:00", datetime(2026, 12, 24, 18)),
        ("2026-12-24T18:00:07", datetime(2026, 12, 24, 18, 0, 7)),
        ("2026-12-24 18:00Z", datetime(2026, 12, 24, 18, tzinfo=UTC)),
        ("2026-12-24 18:00 -03:30", datetime(2026, 12, 24, 18, tzinfo=timezone(-timedelta(hours=3, minutes=30)))),
        (" 2026-12-24 18:00z ", datetime(2026, 12, 24, 18, tzinfo=UTC)),
        ("2026-12-24 18:00+0230", datetime(2026, 12, 24, 18, tzinfo=timezone(timedelta(hours=2, minutes=30)))),
        ("2026-12-24 18:00-10:30", datetime(2026, 12, 24, 18, tzinfo=timezone(-timedelta(hours=10, minutes=30)))),
        ("2026-12-24 18:00+0200", datetime(2026, 12, 24, 18, tzinfo=timezone(timedelta(hours=2)))),
        (datetime(2026, 12, 24, 18), datetime(2026, 12, 24, 18)),
    ],
)
def test_moment_is_local_unless_it_has_an_offset(given: Any, expected: datetime) -> None:
    assert local_moment(given, "here") == expected


@pytest.mark.parametrize("given", ["2026-12-24", "24.12.2026 18:00", "2026-02-30 01:00", None, 20261224])
def test_moment_that_is_none_is_refused(given: Any) -> None:
    with pytest.raises(ValidationError, match="^here: "):
        local_moment(given, "here")


@pytest.mark.parametrize("name", ["Europe/Atlantis", "", None, "../etc/passwd", "Europe", 1])
def test_unknown_zone_says_what_to_install(name: Any) -> None:
    with pytest.raises(ValidationError, match="no time zone that is known here") as error:
        read_zone(name, "timezone")
    assert "pip install tzdata" in error.value.next_step


@pytest.mark.parametrize("name", ["UTC", "Etc/UTC"])
def test_utc_needs_no_time_zone_data(name: str) -> None:
    assert read_zone(name, "timezone") is UTC
