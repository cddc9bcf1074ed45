# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recurrence rules are read strictly: an ambiguous rule is refused, and no search is endless."""

from __future__ import annotations

import runpy
import sys
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
        ("rrule:freq=weekly;byday=su;byhour=22;byminute=30;", None, ["29 22:30", "06 22:30"]),
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
        ("FREQ=DAILY", datetime(2026, 12, 5, 1), ["05 01:00", "06 01:00"]),
    ],
)
def test_rule_gives_its_starts_on_the_wall_clock(text: str, start: Any, expected: list[str]) -> None:
    assert starts(text, start) == expected


def test_rule_without_a_start_has_no_beginning() -> None:
    rule = read_rule("FREQ=DAILY;BYHOUR=2", None, PARIS, "w")
    assert next(rule.starts(datetime(1, 1, 1), datetime(1, 1, 3))) == datetime(1, 1, 1, 2)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "no recurrence rule"),
        (7, "no recurrence rule"),
        ("", "no recurrence rule"),
        ("every night", "no recurrence rule"),
        ("FREQ=DAILY;BYHOUR", "'BYHOUR' has no place"),
        ("FREQ=DAILY;BYHOUR=", "'BYHOUR=' has no place"),
        ("FREQ=DAILY;BYHOUR=2;BYHOUR=3", "'BYHOUR=3' has no place"),
        ("FREQ=DAILY;BYEASTER=1", "BYEASTER"),
        ("FREQ=DAILY;BYSECOND=1", "BYSECOND"),
        ("FREQ=DAILY;BYHOUR=2\nEXDATE:20261124T020000", "a blackout"),
        ("BYHOUR=2", "FREQ must be one of"),
        ("FREQ=SECONDLY", "FREQ must be one of"),
        ("FREQ=DAILY;BYHOUR=2;COUNT=2;UNTIL=20261124T040000", "exclude each other"),
        ("FREQ=DAILY;BYHOUR=2;BYSETPOS=1", "BYSETPOS goes with FREQ=YEARLY or MONTHLY or WEEKLY"),
        ("FREQ=MONTHLY;BYWEEKNO=2;BYDAY=MO;BYHOUR=2", "BYWEEKNO goes with FREQ=YEARLY"),
        ("FREQ=DAILY;BYHOUR=24", "BYHOUR goes from 0 to 23"),
        ("FREQ=DAILY;BYHOUR=two", "'TWO'"),
        ("FREQ=DAILY;BYHOUR=2,", "BYHOUR"),
        ("FREQ=MONTHLY;BYMONTHDAY=0;BYHOUR=2", "BYMONTHDAY"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL goes from 1"),
        ("FREQ=WEEKLY;BYDAY=MON;BYHOUR=2", "'MON' is none of MO"),
        ("FREQ=WEEKLY;BYDAY=1MO;BYHOUR=2", "a number before the day"),
        ("FREQ=MONTHLY;BYDAY=0MO;BYHOUR=2", "a number before the day"),
        ("FREQ=DAILY;BYHOUR=2;WKST=MO,TU", "WKST"),
        ("FREQ=DAILY;BYHOUR=2;WKST=1MO", "WKST"),
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


def test_hours_that_an_interval_never_meets_are_refused() -> None:
    with pytest.raises(ValidationError, match="cannot be read"):
        starts("FREQ=HOURLY;INTERVAL=2;BYHOUR=1", "2026-11-22 00:00")


def test_days_that_exclude_each_other_are_refused() -> None:
    with pytest.raises(ValidationError, match="there is no day"):
        starts("FREQ=YEARLY;BYYEARDAY=366;BYMONTH=1;BYHOUR=1")


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
