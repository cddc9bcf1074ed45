# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Change windows as schedules of AWX: they begin when the windows do, in words that AWX takes, or are refused."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from dateutil.rrule import rrulestr

from ansible_collections.campaign.classic.plugins.module_utils._change_window.calendar import read_calendar
from ansible_collections.campaign.classic.plugins.module_utils._change_window.schedules import schedules_of
from ansible_collections.campaign.classic.plugins.module_utils._core.errors import ValidationError

NIGHTS = {"name": "nights", "rrule": "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH;BYHOUR=22", "duration": "6h"}
YEAR_END = {"name": "end of year", "from": "2026-12-18 00:00", "to": "2027-01-04 06:00"}
FIRST_DAYS = {"name": "first days", "rrule": "FREQ=MONTHLY;BYMONTHDAY=1;BYHOUR=0", "duration": "24h"}
#: What begins in between is compared.
SINCE, UNTIL = (datetime(year, 1, 2, tzinfo=UTC) for year in (2026, 2028))


def told(windows: list[Any], blackouts: list[Any] | None = None, zone: str = "UTC", **more: Any) -> dict[str, str]:
    return {one.name: one.rrule for one in schedules_of(read_calendar(windows, blackouts or [], zone), **more)}


def begins(rules: dict[str, str]) -> list[datetime]:
    """When AWX begins jobs: as python-dateutil reads each rule."""
    sets = [rrulestr(rule, forceset=True) for rule in rules.values()]
    return sorted({one.astimezone(UTC) for rule in sets for one in rule.between(SINCE, UNTIL, inc=True)})


def opens(window: dict[str, Any], blackouts: list[Any], zone: str) -> list[datetime]:
    """When the calendar itself opens, except in a blackout."""
    calendar = read_calendar([window], blackouts, zone)
    shut = [span for blackout in calendar.blackouts for span in blackout.spans(SINCE, UNTIL)]
    spans = (span for entry in calendar.windows for span in entry.spans(SINCE, UNTIL))
    return sorted(
        span.begin
        for span in spans
        if SINCE <= span.begin < UNTIL and not any(one.begin <= span.begin < one.end for one in shut)
    )


RULES = [
    ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH;BYHOUR=22", ""),
    ("FREQ=WEEKLY;INTERVAL=2", "2026-01-10 06:00"),
    ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU;WKST=SU", "2026-01-11 06:00"),
    ("FREQ=DAILY;INTERVAL=3", "2025-11-02 04:30"),
    ("FREQ=DAILY;BYHOUR=4,16;BYMINUTE=0,30", ""),
    ("FREQ=DAILY;COUNT=1200", "2026-02-01 04:00"),
    ("FREQ=DAILY;UNTIL=20270301T000000Z;BYHOUR=3", ""),
    ("FREQ=MONTHLY;BYDAY=2TU;BYHOUR=4", ""),
    ("FREQ=MONTHLY;BYDAY=1MO,3MO,-1FR;BYHOUR=4,6", ""),
    ("FREQ=MONTHLY;BYDAY=SA,2TU;BYHOUR=4", ""),
    ("FREQ=MONTHLY;BYDAY=2WE,3TH;BYHOUR=4", ""),
    ("FREQ=MONTHLY;INTERVAL=2;BYMONTH=1,3,5;BYDAY=2TU;BYHOUR=4", "2026-01-01 00:00"),
    ("FREQ=MONTHLY;BYMONTHDAY=1,15,-1;BYHOUR=4", ""),
    ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;BYHOUR=4", ""),
    ("FREQ=MONTHLY", "2026-01-31 04:00"),
    ("FREQ=YEARLY;BYMONTH=3,9;BYDAY=1SU;BYHOUR=4", ""),
    ("FREQ=YEARLY;BYDAY=20MO;BYHOUR=4", ""),
    ("FREQ=YEARLY;INTERVAL=2;BYDAY=20MO;BYHOUR=4", "2026-01-01 00:00"),
    ("FREQ=YEARLY;BYWEEKNO=10;BYDAY=WE;BYHOUR=4", ""),
    ("FREQ=YEARLY;BYYEARDAY=100;BYHOUR=4", ""),
    ("FREQ=HOURLY;INTERVAL=6;BYMONTH=5", "2026-01-01 00:00"),
]


@pytest.mark.parametrize("zone", ["Europe/Paris", "America/New_York"])
@pytest.mark.parametrize("blackouts", [[], [YEAR_END, {"from": "2027-05-10 00:00", "to": "2027-05-16 00:00"}]])
@pytest.mark.parametrize(("rule", "start"), RULES)
def test_a_schedule_begins_when_its_window_does_and_in_no_blackout(
    rule: str, start: str, blackouts: list[Any], zone: str
) -> None:
    window = {"rrule": rule, "duration": "1h", **({"start": start} if start else {})}
    rules = told([window], blackouts, zone)
    assert begins(rules) == opens(window, blackouts, zone)
    for text in rules.values():
        acceptable(text)


def acceptable(text: str) -> None:
    """What AWX 24.6 requires of the text of a rule."""
    assert len(re.findall(r"DTSTART(;TZID=[A-Za-z_/]+:[0-9T]+|:[0-9T]+Z)( |$)", text)) == 1
    rules = re.findall(r"RRULE:(\S+)", text)
    assert rules and not re.search("EXDATE|RDATE|SECONDLY", text)
    for rule in rules:
        assert "INTERVAL=" in rule and "FREQ=" in rule
        assert not re.search(r"BYDAY=[^;]*[0-9]", rule)
        assert not ("COUNT" in rule and "UNTIL" in rule) and rule.count("UNTIL") <= 1
        assert "COUNT" not in rule or rule.endswith("COUNT=1")


def test_a_blackout_cuts_a_schedule_into_one_before_and_one_after_it() -> None:
    assert told([NIGHTS], [YEAR_END], "Europe/Paris") == {
        "nights from 2026-01-01 22:00": "DTSTART;TZID=Europe/Paris:20260101T220000 "
        "RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH;BYHOUR=22;INTERVAL=1;UNTIL=20261221T205959Z",
        "nights from 2027-01-04 22:00": "DTSTART;TZID=Europe/Paris:20270104T220000 "
        "RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH;BYHOUR=22;INTERVAL=1",
    }


def test_blackouts_that_touch_cut_once() -> None:
    more = {"from": "2027-01-04 06:00", "to": "2027-01-08 00:00"}
    assert list(told([NIGHTS], [more, YEAR_END])) == ["nights from 2026-01-01 22:00", "nights from 2027-01-11 22:00"]


def test_a_blackout_over_the_first_beginning_leaves_no_piece_before_it() -> None:
    shut = {"from": "2026-01-01 21:00", "to": "2026-01-01 23:00"}
    assert told([NIGHTS], [shut]) == {
        "nights": "DTSTART:20260105T220000Z RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH;BYHOUR=22;INTERVAL=1"
    }


def test_a_blackout_over_the_last_beginnings_leaves_no_piece_after_it() -> None:
    rule = "FREQ=DAILY;BYHOUR=2"
    window = {"rrule": f"{rule};UNTIL=20261220T030000Z", "duration": "1h"}
    assert told([window], [YEAR_END]) == {
        "window 1": f"DTSTART:20260101T020000Z RRULE:{rule};INTERVAL=1;UNTIL=20261218T015959Z"
    }


def test_a_range_that_comes_after_years_cuts_too() -> None:
    shut = {"from": "2031-06-02 21:00", "to": "2031-06-02 23:00"}
    assert list(told([NIGHTS], [shut])) == ["nights from 2026-01-01 22:00", "nights from 2031-06-03 22:00"]


@pytest.mark.parametrize("zone", ["Europe/Paris", "America/New_York", "Pacific/Kiritimati"])
def test_a_beginning_in_the_hour_that_the_clocks_leave_out_is_shut_by_what_covers_the_next_hour(zone: str) -> None:
    window = {"rrule": "FREQ=DAILY;BYHOUR=2;BYMINUTE=30", "duration": "1h"}
    for night in ("2026-03-08", "2026-03-29"):
        shut = [{"from": f"{night} 03:00", "to": f"{night} 05:00"}]
        assert begins(told([window], shut, zone)) == opens(window, shut, zone)


def test_a_blackout_rule_that_ends_cuts_a_window_that_goes_on() -> None:
    ends = {**FIRST_DAYS, "rrule": FIRST_DAYS["rrule"] + ";UNTIL=20260901T000000Z"}
    rules = told([NIGHTS], [ends])
    assert begins(rules) == opens(NIGHTS, [ends], "UTC")
    # January, which it would begin with, April, June, July and September begin on one of its days.
    assert len(rules) == 5


def test_a_range_begins_once_and_where_a_blackout_has_ended() -> None:
    move = {"name": "the move", "from": "2027-01-03 20:00", "to": "2027-01-04 20:00", "timezone": "Europe/Oslo"}
    once = "RRULE:FREQ=DAILY;INTERVAL=1;COUNT=1"
    assert told([move]) == {"the move": f"DTSTART;TZID=Europe/Oslo:20270103T200000 {once}"}
    assert told([move], [YEAR_END]) == {"the move": f"DTSTART;TZID=Europe/Oslo:20270104T070000 {once}"}
    assert told([move], [{"from": "2027-01-01 00:00", "to": "2027-02-01 00:00"}]) == {}


def test_a_window_that_has_ended_has_no_schedule() -> None:
    assert told([{"rrule": "FREQ=DAILY;BYHOUR=2;UNTIL=20250101T000000Z", "duration": "1h"}]) == {}


def test_windows_without_a_name_or_with_the_same_one_are_told_apart() -> None:
    plain = {key: value for key, value in NIGHTS.items() if key != "name"}
    assert list(told([NIGHTS, NIGHTS, plain])) == ["nights", "nights (2)", "window 3"]


def test_a_blackout_without_end_is_refused_or_left_to_the_gate() -> None:
    with pytest.raises(ValidationError) as refused:
        told([NIGHTS], [FIRST_DAYS])
    assert refused.value.message == (
        "windows[0] (nights) begins again and again in the blackout 'first days', first on 2026-01-01. "
        "A schedule of AWX cannot leave out dates (EXDATE)."
    )
    assert "controller_kit_blackouts_by_gate" in str(refused.value)
    plain = [{key: value for key, value in entry.items() if key != "name"} for entry in (NIGHTS, FIRST_DAYS)]
    with pytest.raises(ValidationError) as refused:
        told(plain[:1], [plain[1] | {"rrule": "FREQ=MONTHLY;BYMONTHDAY=20;BYHOUR=0", "duration": "72h"}])
    assert refused.value.message == (
        "windows[0] begins again and again in the blackout, first on 2026-01-20. "
        "A schedule of AWX cannot leave out dates (EXDATE)."
    )
    assert list(told([NIGHTS], [FIRST_DAYS], by_gate=True)) == ["nights"]


def test_a_blackout_without_end_that_shuts_no_beginning_is_none_of_its_business() -> None:
    weekend = {"rrule": "FREQ=WEEKLY;BYDAY=SA,SU;BYHOUR=0", "duration": "24h"}
    assert list(told([NIGHTS], [weekend])) == ["nights"]


def test_a_blackout_without_end_cuts_a_window_with_one() -> None:
    window = {**NIGHTS, "rrule": NIGHTS["rrule"] + ";UNTIL=20260601T000000Z"}
    assert begins(told([window], [FIRST_DAYS])) == opens(window, [FIRST_DAYS], "UTC")


def test_too_many_cuts_are_refused() -> None:
    daily = {"rrule": "FREQ=DAILY;BYHOUR=12;UNTIL=20300101T000000Z", "duration": "1h"}
    with pytest.raises(ValidationError, match="at most 50"):
        told([daily], [FIRST_DAYS | {"duration": "25h"}, {**NIGHTS, "duration": "20h"}])


def test_fifty_cuts_are_made_and_one_more_is_refused() -> None:
    daily = {"rrule": "FREQ=DAILY;BYHOUR=12", "duration": "1h"}
    days = (datetime(2026, 2, 1) + timedelta(days=2 * number) for number in range(51))
    shut = [{"from": f"{day:%Y-%m-%d} 11:00", "to": f"{day:%Y-%m-%d} 13:00"} for day in days]
    assert len(told([daily], shut[:50])) == 51
    with pytest.raises(ValidationError, match=r"^windows\[0\] begins in 51 blackouts, .* at most 50 are cut"):
        told([daily], shut)


def test_numbers_of_a_weekday_are_positions_in_order_one_rule_for_each_weekday() -> None:
    rule = "FREQ=MONTHLY;BYDAY=-5SU,-1MO,3FR,1MO,-3MO,4TU,-2MO,2MO,5MO,TU;BYHOUR=4"
    (text,) = told([{"rrule": rule, "duration": "1h"}]).values()
    parts = [dict(part.split("=") for part in one.split(";")) for one in text.split(" RRULE:")[1:]]
    assert [(one["BYDAY"], one.get("BYSETPOS")) for one in parts] == [
        ("MO", "-3,-2,-1,1,2,5"),
        ("TU", None),
        ("FR", "3"),
        ("SU", "-5"),
    ]


def test_a_rule_that_awx_would_read_otherwise_is_refused() -> None:
    # python-dateutil, by which AWX calculates, does not know the week that begins a year backwards.
    rule = "FREQ=YEARLY;BYWEEKNO=-53;BYDAY=MO;BYHOUR=0"
    with pytest.raises(ValidationError) as refused:
        told([{"rrule": rule, "duration": "1h"}])
    assert refused.value.message == (
        f"windows[0]: rrule: AWX would begin {rule};INTERVAL=1 at other times than the window."
    )


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("FREQ=YEARLY;BYDAY=15FR,15TU;BYYEARDAY=100,104;BYHOUR=2", "counts days"),
        ("FREQ=MONTHLY;BYDAY=2TU;BYMONTHDAY=8,9;BYHOUR=2", "counts days"),
        ("FREQ=MONTHLY;BYDAY=1MO,3MO;BYSETPOS=1;BYHOUR=2", "counts days"),
        ("FREQ=YEARLY;INTERVAL=2;BYMONTH=3;BYDAY=2TU", "INTERVAL of years"),
    ],
)
def test_a_rule_that_awx_has_no_words_for_is_refused_with_the_reason(rule: str, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        told([{"rrule": rule, "start": "2026-03-10 02:00", "duration": "1h"}])


@pytest.mark.parametrize("rule", ["FREQ=SECONDLY;BYHOUR=2", "FREQ=DAILY;BYHOUR=2;EXDATE=20260101T000000", "soon"])
def test_what_is_no_rule_of_a_window_is_refused_before(rule: str) -> None:
    with pytest.raises(ValidationError, match=r"windows\[0\]"):
        told([{"rrule": rule, "duration": "1h"}])


def test_the_beginning_of_a_rule_is_kept_in_the_year_that_it_counts_from() -> None:
    rule = told([{"rrule": "FREQ=DAILY;INTERVAL=10", "start": "1999-12-27 02:00", "duration": "1h"}])["window 1"]
    first = datetime.strptime(rule[8:23], "%Y%m%dT%H%M%S")
    assert (first - datetime(1999, 12, 27, 2)) % timedelta(days=10) == timedelta(0)
