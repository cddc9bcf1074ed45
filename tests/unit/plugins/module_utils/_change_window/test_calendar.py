# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a change window is open: zones, daylight saving, blackouts, room, and the next opening."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.campaign.classic.plugins.module_utils._change_window.calendar import (
    Span,
    judge_window,
    moment_text,
    read_calendar,
)
from ansible_collections.campaign.classic.plugins.module_utils._core.errors import ValidationError

NIGHT = {"name": "night", "rrule": "FREQ=DAILY;BYHOUR=2", "duration": "3h", "timezone": "Europe/Paris"}


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def state(windows: Any, now: str, *, blackouts: Any = (), needs: float = 0, zone: str = "UTC") -> str:
    return judge_window(read_calendar(windows, blackouts, zone), utc(now), needs).state


def spans(source: dict[str, Any], since: str, until: str, *, blackout: bool = False) -> list[str]:
    """When one window, or one blackout, is in effect: in UTC."""
    calendar = read_calendar([] if blackout else [source], [source] if blackout else [])
    one = (calendar.blackouts or calendar.windows)[0]
    return [f"{span.begin:%d %H:%M} {span.end:%d %H:%M}" for span in one.spans(utc(since), utc(until))]


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-11-24T00:59:59.999999", "closed"),
        ("2026-11-24T01:00:00", "open"),
        ("2026-11-24T03:59:59.999999", "open"),
        ("2026-11-24T04:00:00", "closed"),
        # In summer the same wall clock is an hour earlier.
        ("2026-07-01T00:00:00", "open"),
        ("2026-07-01T03:00:00", "closed"),
    ],
)
def test_window_is_open_from_its_first_moment_up_to_its_last(now: str, expected: str) -> None:
    assert state([NIGHT], now) == expected


def test_start_that_the_clock_skips_is_taken_with_the_offset_before_the_gap() -> None:
    # On 29 March 2026 Paris goes from 02:00 CET to 03:00 CEST: 02:30 is 01:30 UTC, which the clock calls 03:30.
    window = {"rrule": "FREQ=DAILY;BYHOUR=2;BYMINUTE=30", "duration": "1h", "timezone": "Europe/Paris"}
    assert spans(window, "2026-03-28T12:00", "2026-03-30T12:00") == ["29 01:30 29 02:30", "30 00:30 30 01:30"]


def test_start_that_comes_twice_is_the_first_and_the_duration_is_real_time() -> None:
    # On 25 October 2026 Paris has the hour from 02:00 to 03:00 twice; 00:30 UTC is the first 02:30.
    window = {"rrule": "FREQ=DAILY;BYHOUR=2;BYMINUTE=30", "duration": "2h", "timezone": "Europe/Paris"}
    assert spans(window, "2026-10-24T12:00", "2026-10-25T12:00") == ["25 00:30 25 02:30"]
    closing = judge_window(read_calendar([window]), utc("2026-10-25T02:00")).reason
    assert "2026-10-25 03:30 CET (Europe/Paris), 2026-10-25 02:30 UTC" in closing


def test_span_is_seen_from_within_whatever_the_clock_does() -> None:
    window = {"rrule": "FREQ=DAILY;BYHOUR=2;BYMINUTE=30", "duration": "1h", "timezone": "Europe/Paris"}
    # In the gap its start is called 03:30, in the fold what comes before its start is called 02:10 again.
    assert spans(window, "2026-03-29T02:00", "2026-03-29T02:10") == ["29 01:30 29 02:30"]
    assert spans(window, "2026-10-25T01:00", "2026-10-25T01:10") == ["25 00:30 25 01:30"]


def test_blackout_in_doubt_is_longer() -> None:
    blackout = {"rrule": "FREQ=DAILY;BYHOUR=2;BYMINUTE=30", "duration": "30m", "timezone": "Europe/Paris"}
    fold = spans(blackout, "2026-10-24T12:00", "2026-10-25T12:00", blackout=True)
    assert fold == ["25 00:30 25 02:00"]
    gap = spans(blackout, "2026-03-28T12:00", "2026-03-29T12:00", blackout=True)
    assert gap == ["29 00:30 29 02:00"]


def test_ends_of_a_range_that_come_twice() -> None:
    window = {"from": "2026-10-25 02:15", "to": "2026-10-25 02:45", "timezone": "Europe/Paris"}
    assert spans(window, "2026-10-24T12:00", "2026-10-25T12:00") == ["25 00:15 25 00:45"]
    assert spans(window, "2026-10-24T12:00", "2026-10-25T12:00", blackout=True) == ["25 00:15 25 01:45"]


def test_range_counts_in_the_default_zone_unless_it_has_an_offset() -> None:
    local = {"from": "2026-11-24 02:00", "to": datetime(2026, 11, 24, 4)}
    assert state([local], "2026-11-24T01:30", zone="Europe/Paris") == "open"
    assert state([local], "2026-11-24T01:30") == "closed"
    offset = {"from": "2026-11-24 02:00+01:00", "to": "2026-11-24T03:00Z"}
    assert state([offset], "2026-11-24T01:30", zone="Asia/Tokyo") == "open"
    span = read_calendar([offset]).windows[0].span
    assert span == Span(utc("2026-11-24T01:00"), utc("2026-11-24T03:00")) and span.begin.tzinfo is UTC


def test_windows_that_touch_are_one_and_a_blackout_cuts() -> None:
    evening = {"name": "evening", "rrule": "FREQ=DAILY;BYHOUR=22", "duration": "2h"}
    night = {"name": "late", "rrule": "FREQ=DAILY;BYHOUR=0", "duration": "2h"}
    assert state([evening, night], "2026-11-24T23:00", needs=3 * 3600) == "open"
    assert state([evening, night], "2026-11-24T23:00", needs=3 * 3600 + 1) == "short"
    blackout = {"name": "backup", "from": "2026-11-25 00:30", "to": "2026-11-25 00:45"}
    found = judge_window(read_calendar([evening, night], [blackout]), utc("2026-11-24T23:00"), 2 * 3600)
    assert (found.state, found.closes, found.opens) == ("short", utc("2026-11-25T00:30"), utc("2026-11-25T22:00"))
    inside = judge_window(read_calendar([evening, night], [blackout]), utc("2026-11-25T00:40"), 600)
    assert inside.state == "closed" and "The blackout 'backup' is on." in inside.reason
    assert inside.opens == utc("2026-11-25T00:45")


def test_of_several_the_one_that_is_on_is_named() -> None:
    def range_(name: str, begin: str, end: str) -> dict[str, Any]:
        return {"name": name, "from": f"2026-11-24 {begin}", "to": f"2026-11-24 {end}"}

    windows = [range_("past", "08:00", "10:00"), range_("early", "10:00", "11:00"), range_("late", "11:00", "14:00")]
    daily = [
        {"name": "morning", "rrule": "FREQ=DAILY;BYHOUR=10", "duration": "1h"},
        {"name": "noon", "rrule": "FREQ=DAILY;BYHOUR=11", "duration": "3h"},
    ]
    for listed, name in ((windows, "late"), (daily, "noon")):
        assert judge_window(read_calendar(listed), utc("2026-11-24T11:00")).window == name
    blackouts = [range_("backup", "09:00", "10:00"), range_("audit", "12:00", "13:00")]
    for now, said in (
        ("09:30", " The blackout 'backup' is on."),
        ("12:00", " The blackout 'audit' is on."),
        ("15:00", ""),
    ):
        found = judge_window(read_calendar(windows, blackouts), utc(f"2026-11-24T{now}"))
        assert found.reason.startswith(f"The change window is closed.{said} It ")


@pytest.mark.parametrize(
    "window",
    [
        {"from": "2027-01-03 12:00", "to": "2027-01-03 13:00"},
        {"rrule": "FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=3;BYHOUR=12", "duration": "1h"},
    ],
)
def test_opening_at_the_end_of_what_is_looked_at_first_is_known_to_its_end(window: dict[str, Any]) -> None:
    found = judge_window(read_calendar([window]), utc("2026-11-24T12:00"))
    assert found.reason.endswith("It opens next for long enough at 2027-01-03 12:00 UTC, for 1h.")


def test_of_several_that_are_on_the_first_that_was_configured_is_named() -> None:
    day = {"from": "2026-11-24 00:00Z", "to": "2026-11-25 00:00Z"}
    both = [{**day, "name": "one", "timezone": "Europe/Paris"}, {**day, "name": "two", "timezone": "Asia/Tokyo"}]
    found = judge_window(read_calendar(both), utc("2026-11-24T12:00"))
    assert (found.window, found.reason) == (
        "one",
        "The change window 'one' is open until 2026-11-25 01:00 CET (Europe/Paris), 2026-11-25 00:00 UTC.",
    )
    shut = judge_window(read_calendar([], both), utc("2026-11-24T12:00"))
    assert shut.reason.startswith("The change window is closed. The blackout 'one' is on. It opens next")
    before = judge_window(read_calendar([], both), utc("2026-11-23T23:00"))
    assert (before.window, before.reason) == (
        "",
        "No change window is configured, and no blackout is on until 2026-11-24 01:00 CET (Europe/Paris), 2026-11-24 "
        "00:00 UTC.",
    )


def test_need_may_be_longer_than_what_is_looked_at_first() -> None:
    calendar = read_calendar([{"from": "2026-11-24 00:00", "to": "2027-01-23 00:00"}])
    assert judge_window(calendar, utc("2026-11-24T00:00"), 60 * 86400).open
    # What is needed is looked at beyond the end of the first step, which is here.
    assert judge_window(calendar, utc("2026-12-14T00:00"), 3600).closes == utc("2027-01-23T00:00")
    found = judge_window(calendar, utc("2026-11-24T00:00"), 61 * 86400)
    assert (found.state, found.open, found.closes) == ("short", False, utc("2027-01-23T00:00"))


def test_nothing_is_needed_unless_it_is_said() -> None:
    assert judge_window(read_calendar([NIGHT]), utc("2026-11-24T03:59:59.500")).open


def test_opening_of_just_the_length_that_is_needed_is_one() -> None:
    found = judge_window(read_calendar([NIGHT]), utc("2026-11-24T12:00"), 3 * 3600)
    assert found.opens == utc("2026-11-25T01:00")


def test_moment_is_told_in_its_zone_and_in_utc() -> None:
    moment = datetime(2026, 11, 24, 4, tzinfo=timezone(timedelta(hours=3)))
    assert moment_text(moment, ZoneInfo("Europe/Paris")) == (
        "2026-11-24 02:00 CET (Europe/Paris), 2026-11-24 01:00 UTC"
    )
    for zone in (UTC, ZoneInfo("UTC"), ZoneInfo("Etc/UTC")):
        assert moment_text(moment, zone) == "2026-11-24 01:00 UTC"


def test_need_is_met_to_the_second() -> None:
    assert state([NIGHT], "2026-11-24T03:00", needs=3600) == "open"
    assert state([NIGHT], "2026-11-24T03:00:01", needs=3600) == "short"


def test_sentence_says_when_it_opens_next_in_its_zone_and_in_utc() -> None:
    found = judge_window(read_calendar([NIGHT]), utc("2026-11-24T12:00"), 1800)
    assert found.reason == (
        "The change window is closed. It opens next for long enough at 2026-11-25 02:00 CET (Europe/Paris), "
        "2026-11-25 01:00 UTC, for 3h ('night')."
    )
    short = judge_window(read_calendar([NIGHT]), utc("2026-11-24T03:50"), 1800)
    assert short.reason.startswith(
        "The change window 'night' closes at 2026-11-24 05:00 CET (Europe/Paris), 2026-11-24 04:00 UTC, in 10m, and "
        "30m are needed. It opens next"
    )


def test_window_that_never_opens_for_long_enough_says_so() -> None:
    past = {"from": "2020-01-01 00:00", "to": "2020-01-02 00:00"}
    for window, needs in ((past, 0), (NIGHT, 4 * 3600)):
        found = judge_window(read_calendar([window]), utc("2026-11-24T12:00"), needs)
        assert found.opens is None
        assert found.reason == "The change window is closed. It does not open for long enough in the next nine years."


def test_rare_opening_is_found() -> None:
    leap = {"rrule": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYHOUR=3", "duration": "1h"}
    nightly = {"rrule": "FREQ=DAILY;BYHOUR=1", "duration": "1h"}
    for blackouts in ([], [nightly]):
        found = judge_window(read_calendar([leap], blackouts), utc("2096-03-01T12:00"))
        assert found.opens == utc("2104-02-29T03:00")


def test_without_windows_only_blackouts_close() -> None:
    freeze = {"name": "freeze", "from": "2026-12-20 00:00", "to": "2027-01-06 00:00"}
    assert state([], "2026-12-24T00:00", blackouts=[freeze]) == "closed"
    before = judge_window(read_calendar([], [freeze]), utc("2026-12-10T00:00"), 3600)
    assert before.open and "no blackout is on until 2026-12-20 00:00 UTC" in before.reason
    long_before = judge_window(read_calendar([], [freeze]), utc("2026-01-01T00:00"), 3600)
    assert long_before.open and long_before.closes is None
    assert long_before.reason == "No change window is configured, and no blackout is on."
    assert state([], "2026-12-19T23:30", blackouts=[freeze], needs=3600) == "short"


def test_window_without_an_end_in_sight_does_not_close() -> None:
    always = {"rrule": "FREQ=DAILY;BYHOUR=0", "duration": "1d"}
    found = judge_window(read_calendar([always]), utc("2026-11-24T12:00"), 30 * 86400)
    assert found.open and found.closes is None and found.reason == "The change window is open."
    shut = read_calendar([always], [{"from": "2026-11-24 00:00", "to": "2026-11-25 00:00"}])
    assert judge_window(shut, utc("2026-11-24T12:00")).reason.endswith("at 2026-11-25 00:00 UTC.")


def test_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValidationError, match="no time zone"):
        judge_window(read_calendar([NIGHT]), datetime(2026, 11, 24, 2))


@pytest.mark.parametrize(
    ("windows", "words"),
    [
        ("FREQ=DAILY", "windows must be a list"),
        ({"rrule": "FREQ=DAILY"}, "windows must be a list"),
        (["FREQ=DAILY"], r"windows\[0\] must be a dictionary"),
        ([{}], r"windows\[0\] has nothing that says when"),
        ([{"name": "x", "durration": "3h"}], r"windows\[0\] \(x\) has no durration"),
        ([NIGHT, {"rrule": "FREQ=DAILY;BYHOUR=1"}], r"windows\[1\] has rrule"),
        ([{**NIGHT, "to": "2026-12-24 18:00"}], "has duration, rrule, to"),
        ([{"from": "2026-12-24 18:00"}], "has from"),
        ([{"from": "2026-12-24", "to": "2026-12-25"}], "from: '2026-12-24' is not a date with a time of day"),
        ([{"from": "2026-12-24 18:00", "to": "2026-12-24 18:00"}], "ends before it begins"),
        ([{**NIGHT, "duration": "3 hours"}], "duration: '3 hours' is not a duration"),
        ([{**NIGHT, "duration": 0}], "more than nothing"),
        ([{**NIGHT, "duration": "366d1s"}], "at most 366 days"),
        ([{**NIGHT, "timezone": "CETT"}], r"windows\[0\] \(night\): timezone: 'CETT' is no time zone"),
        ([{**NIGHT, "rrule": "FREQ=DAILY"}], "BYHOUR"),
    ],
)
def test_window_that_cannot_be_right_is_refused_with_its_place(windows: Any, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        read_calendar(windows)


@pytest.mark.parametrize(
    "duration",
    [480, "480", "8:00", "08:00:00", 8.0, "8", "-8h", "0h", 0, "8 hours", "P1D", "PT8H", "8H", "1.5h", "\uff18h", "h8",
     "12h1d", "9999999h", "", None, True, [], "8h\n8h", "inf", "1e3"],
)  # fmt: skip
def test_duration_that_can_be_read_in_two_ways_is_refused(duration: Any) -> None:
    for kind in ("windows", "blackouts"):
        with pytest.raises(ValidationError, match=rf"^{kind}\[1\]"):
            read_calendar(**{"windows": [], kind: [NIGHT, {**NIGHT, "name": "", "duration": duration}]})


def test_keys_that_there_are_none_of_are_named_beside_those_there_are() -> None:
    with pytest.raises(ValidationError) as error:
        read_calendar([{**NIGHT, **dict.fromkeys(("until", "at", "zone", "days", "length", "every"), 1)}])
    assert error.value.message == (
        "windows[0] (night) has no at, days, every, length, until, zone. It may have: duration, from, name, rrule, "
        "start, timezone, to."
    )


def test_what_is_empty_is_not_given() -> None:
    window = {
        "from": "2026-11-24 02:00",
        "to": "2026-11-24 04:00",
        "rrule": "",
        "duration": None,
        "start": "",
        "name": "",
    }
    assert state([window], "2026-11-24T03:00") == "open"


def test_rule_counts_from_its_start() -> None:
    window = {"rrule": "FREQ=DAILY;INTERVAL=2", "start": "2026-11-23 02:00", "duration": "1h"}
    assert spans(window, "2026-11-23T00:00", "2026-11-27T00:00") == ["23 02:00 23 03:00", "25 02:00 25 03:00"]


def test_longest_and_most_frequent_windows_are_read() -> None:
    assert read_calendar([{**NIGHT, "duration": "366d"}]).windows[0].duration == timedelta(days=366)
    often = {"rrule": f"FREQ=DAILY;BYHOUR={','.join(map(str, range(20)))}", "duration": "200d"}
    assert len(read_calendar([often]).windows) == 1
    with pytest.raises(
        ValidationError, match="begins up to 20 times a day, and each time for 200d1s: these are too many"
    ):
        read_calendar([{**often, "duration": "200d1s"}])


def test_number_that_may_be_a_time_of_day_is_answered_with_both_readings() -> None:
    with pytest.raises(
        ValidationError, match=r"480 has no unit, and may be 8m or, as YAML reads 8:00 without quotes"
    ) as error:
        read_calendar([{**NIGHT, "duration": 480}])
    assert "8h, 90m, 1d12h" in error.value.next_step


@pytest.mark.parametrize(
    ("duration", "hours"),
    [("1s", 1 / 3600), ("8h", 8), (" 90m ", 1.5), ("1d12h", 36), ("1d 12h", 36), ("480s", 480 / 3600)],
)
def test_duration_with_its_units_is_read(duration: str, hours: float) -> None:
    assert read_calendar([{**NIGHT, "duration": duration}]).windows[0].duration == timedelta(hours=hours)


@pytest.mark.parametrize("kind", ["windows", "blackouts"])
@pytest.mark.parametrize(
    ("one", "words"),
    [
        ({"from": "2026-12-24 18:00", "to": "2026-12-24 17:00"}, "ends before it begins"),
        ({"from": "2026-12-24 18:00", "to": "2026-12-24 19:00", "duration": "1h"}, "has duration, from, to"),
        ({**NIGHT, "from": "2026-12-24 18:00"}, "has duration, from, rrule"),
        ({"name": "x", "timezone": "UTC"}, "nothing that says when"),
        ({"until": "2026-12-24 18:00", **NIGHT}, "has no until"),
        ({1: 2}, "has no 1"),
        ({**NIGHT, "rrule": "FREQ=DAILY;BYDAY=XX;BYHOUR=2"}, "'XX' is none of MO"),
        ({**NIGHT, "rrule": ["FREQ=DAILY;BYHOUR=2"]}, "no recurrence rule"),
        ({**NIGHT, "timezone": "Europe/Pariss"}, "is no time zone"),
        ({**NIGHT, "timezone": ""}, "is no time zone"),
        ({**NIGHT, "timezone": None}, "is no time zone"),
        ({"from": "2026-12-24 18:00", "to": "2026-12-25"}, "not a date with a time of day"),
        ({"from": date(2026, 12, 24), "to": date(2026, 12, 25)}, "not a date with a time of day"),
        ({"from": "2026-12-24 24:00", "to": "2026-12-25 12:00"}, "not a moment that exists"),
        ("FREQ=DAILY;BYHOUR=2", "must be a dictionary"),
        (None, "must be a dictionary"),
    ],
)
def test_window_or_blackout_that_says_nothing_clear_is_refused_with_its_place(kind: str, one: Any, words: str) -> None:
    lists = {"windows": [], "blackouts": [], kind: [NIGHT, one]}
    with pytest.raises(ValidationError, match=rf"^change_window_{kind}\[1\].*{words}"):
        read_calendar(lists["windows"], lists["blackouts"], prefix="change_window_")


@pytest.mark.parametrize("given", ["", "[]", "none", {}, None, 0, False, {"name": "x"}, b"[]"])
def test_list_that_is_none_is_refused(given: Any) -> None:
    with pytest.raises(ValidationError, match="must be a list"):
        read_calendar(given)
    with pytest.raises(ValidationError, match="must be a list"):
        read_calendar([], given)


def test_many_blackouts_at_once_are_cut_out_of_many_windows_in_order() -> None:
    windows = [{"from": f"2026-12-{day:02d} 00:00", "to": f"2026-12-{day:02d} 12:00"} for day in range(1, 20)]
    blackouts = [
        {"from": "2026-12-02 06:00", "to": "2026-12-05 06:00"},
        {"rrule": "FREQ=DAILY;BYHOUR=3", "duration": "1h"},
    ]
    found, most = read_calendar(windows, blackouts).look(utc("2026-12-01T00:00"), utc("2026-12-06T00:00"))
    assert most == 5
    assert [f"{span.begin:%d %H}-{span.end:%d %H}" for span in found] == [
        "01 00-01 03", "01 04-01 12", "02 00-02 03", "02 04-02 06", "05 06-05 12",
    ]  # fmt: skip


def test_what_comes_too_often_is_looked_at_for_a_shorter_time() -> None:
    hourly = {"rrule": "FREQ=HOURLY", "start": "1970-01-01 00:00", "duration": "30m"}
    found = judge_window(read_calendar([hourly]), utc("2026-11-24T12:10"), 3600)
    assert found.state == "short" and "It does not open for long enough in the next 40 days." in found.reason


# -- against a calculation by hand, minute by minute --------------------------------------------------------------

BASE = utc("2026-10-24T00:00")
minutes = st.integers(0, 3 * 1440)
ranges = st.tuples(minutes, st.integers(1, 600)).map(lambda pair: (pair[0], pair[0] + pair[1]))


def plain(spans_: list[tuple[int, int]]) -> list[dict[str, Any]]:
    return [{"from": BASE + timedelta(minutes=one), "to": BASE + timedelta(minutes=two)} for one, two in spans_]


@settings(max_examples=150, deadline=None)
@given(st.lists(ranges, min_size=1, max_size=4), st.lists(ranges, max_size=4), minutes, st.integers(0, 300))
def test_verdict_is_that_of_a_count_of_minutes(
    windows: list[tuple[int, int]], blackouts: list[tuple[int, int]], now: int, needs: int
) -> None:
    def is_open(minute: int) -> bool:
        return any(a <= minute < b for a, b in windows) and not any(a <= minute < b for a, b in blackouts)

    calendar = read_calendar(plain(windows), plain(blackouts))
    found = judge_window(calendar, BASE + timedelta(minutes=now), needs * 60)
    assert found.open == all(is_open(minute) for minute in range(now, now + max(needs, 1)))
    if found.opens is not None:
        first = int((found.opens - BASE).total_seconds() // 60)
        assert first > now and all(is_open(minute) for minute in range(first, first + max(needs, 1)))
        earlier = range(now + 1, first)
        assert not any(all(is_open(m) for m in range(start, start + max(needs, 1))) for start in earlier if needs == 0)


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"]),
    st.integers(0, 23),
    st.integers(0, 59),
    st.integers(1, 40),
)
def test_daily_window_is_on_once_a_day_for_its_duration(zone: str, hour: int, minute: int, length: int) -> None:
    rule = {"rrule": f"FREQ=DAILY;BYHOUR={hour};BYMINUTE={minute}", "duration": f"{length}h", "timezone": zone}
    source = read_calendar([rule]).windows[0]
    found = list(source.spans(utc("2026-03-01T00:00"), utc("2026-12-01T00:00")))
    assert all(span.end - span.begin == timedelta(hours=length) for span in found)
    gaps = {
        (later.begin - earlier.begin) / timedelta(hours=1) for earlier, later in zip(found, found[1:], strict=False)
    }
    assert gaps <= {23, 23.5, 24, 24.5, 25}
    assert found == sorted(found) and isinstance(found[0], Span)
