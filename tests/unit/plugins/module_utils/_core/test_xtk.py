# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import functools
import math
import re
import sys
import time
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import etree

from ansible_collections.campaign.classic.plugins.module_utils._core import xtk
from ansible_collections.campaign.classic.plugins.module_utils._core.errors import ValidationError, XtkValueError
from ansible_collections.campaign.classic.plugins.module_utils._core.xtk import (
    LONGEST_DURATION,
    XtkType,
    column_of,
    decode,
    encode,
    format_date,
    format_datetime,
    format_duration,
    like_prefix,
    literal,
    parse_date,
    parse_datetime,
    parse_duration,
    parse_stated_duration,
    same_value,
    xml_text,
)

XML_TEXT = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff", include_characters="\t\n\r$'\\%_")
)
NASTY_TEXT = st.one_of(XML_TEXT, st.text(st.sampled_from("a'\\$%_ +()36Char\"&<>#")))
MOMENTS = st.datetimes(
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30)), timezone(timedelta(hours=-7))]),
    min_value=datetime(2, 1, 1),
    max_value=datetime(9998, 12, 31),
)
INTEGERS = {XtkType.BYTE: 2**7, XtkType.SHORT: 2**15, XtkType.LONG: 2**31, XtkType.TIMESPAN: 2**31}
VALUES: dict[int, Any] = {
    **{kind: st.integers(-size, size - 1) for kind, size in INTEGERS.items()},
    XtkType.FLOAT: st.floats(allow_nan=False, allow_infinity=False),
    XtkType.DOUBLE: st.floats(allow_nan=False, allow_infinity=False),
    XtkType.STRING: XML_TEXT,
    XtkType.MEMO: XML_TEXT,
    XtkType.CDATA: XML_TEXT,
    XtkType.DATETIME: MOMENTS,
    XtkType.DATE: st.dates(),
    XtkType.BOOLEAN: st.booleans(),
}
TYPED_VALUES = st.sampled_from(sorted(VALUES)).flatmap(lambda kind: st.tuples(st.just(kind), VALUES[kind]))


def cut_to_milliseconds(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(microsecond=moment.microsecond // 1000 * 1000)


# -- types


def test_every_type_but_none_has_a_column() -> None:
    columns = {kind: column_of(kind) for kind in XtkType if kind is not XtkType.NONE}
    assert columns == {
        1: "longValue",
        2: "longValue",
        3: "longValue",
        4: "doubleValue",
        5: "doubleValue",
        6: "stringValue",
        7: "timeStampValue",
        10: "timeStampValue",
        12: "memoValue",
        13: "memoValue",
        14: "longValue",
        15: "longValue",
    }


def test_type_none_has_no_column() -> None:
    with pytest.raises(XtkValueError, match="there is no value"):
        column_of(0)


@pytest.mark.parametrize(
    "use",
    [
        column_of,
        lambda code: encode(code, "x"),
        lambda code: decode(code, "x"),
        lambda code: same_value(code, "x", "x"),
    ],
)
def test_an_unknown_type_is_refused_with_the_known_ones(use: Any) -> None:
    with pytest.raises(
        XtkValueError, match=r"data type 8 is not known. Known are: 0 \(none\), 1 \(byte\), .*7 \(datetime\), 10"
    ):
        use(8)


# -- values


@given(TYPED_VALUES)
def test_what_is_encoded_decodes_to_the_same_value(typed: tuple[int, Any]) -> None:
    kind, value = typed
    back = decode(kind, encode(kind, value))
    assert back == (cut_to_milliseconds(value) if kind == XtkType.DATETIME else value)
    assert type(back) is type(value)
    assert same_value(kind, value, back)
    assert same_value(kind, encode(kind, value), value)


@given(TYPED_VALUES)
def test_encoding_is_stable(typed: tuple[int, Any]) -> None:
    kind, value = typed
    text = encode(kind, value)
    assert encode(kind, decode(kind, text) if text else text) == text


@given(TYPED_VALUES)
def test_every_encoded_value_survives_an_xml_attribute(typed: tuple[int, Any]) -> None:
    kind, value = typed
    node = etree.Element("option")
    node.set("value", encode(kind, value))
    assert etree.fromstring(etree.tostring(node)).get("value") == encode(kind, value)


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        (XtkType.LONG, "42", "42"),
        (XtkType.LONG, " +7 ", "7"),
        (XtkType.LONG, 42.0, "42"),
        (XtkType.LONG, "-0", "0"),
        (XtkType.TIMESPAN, timedelta(minutes=10, seconds=1), "601"),
        (XtkType.TIMESPAN, "1d12h", "129600"),
        (XtkType.TIMESPAN, " 90s ", "90"),
        (XtkType.TIMESPAN, "90", "90"),
        (XtkType.BYTE, XtkType.LONG, "3"),
        (XtkType.DOUBLE, 1, "1"),
        (XtkType.DOUBLE, " -42.3 ", "-42.3"),
        (XtkType.DOUBLE, 1e20, "100000000000000000000"),
        (XtkType.DOUBLE, 1e-7, "0.0000001"),
        (XtkType.FLOAT, ".5", "0.5"),
        (XtkType.DOUBLE, "1e3", "1000"),
        (XtkType.STRING, "", ""),
        (XtkType.BOOLEAN, True, "1"),
        (XtkType.BOOLEAN, "no", "0"),
        (XtkType.BOOLEAN, "True", "1"),
        (XtkType.BOOLEAN, 0, "0"),
        (XtkType.BOOLEAN, "off", "0"),
        (XtkType.BOOLEAN, " Yes ", "1"),
        (XtkType.DATE, "2002-02-01", "2002/02/01"),
        (XtkType.DATE, date(3, 2, 1), "0003/02/01"),
        (XtkType.DATETIME, "2026-11-23T03:00:00+01:00", "2026-11-23 02:00:00.000Z"),
    ],
)
def test_values_are_taken_as_people_write_them(kind: int, value: object, text: str) -> None:
    assert encode(kind, value) == text


@pytest.mark.parametrize(
    ("kind", "value", "reason"),
    [
        (XtkType.LONG, "abc", "'abc' is not a whole number"),
        (XtkType.LONG, 1.5, "1.5 is not a whole number"),
        (XtkType.LONG, True, "True is not a whole number"),
        (XtkType.LONG, [1], "is not a whole number"),
        (XtkType.TIMESPAN, timedelta(milliseconds=1), "is not a whole number"),
        (XtkType.TIMESPAN, "1x", "is not a whole number"),
        (XtkType.LONG, "1d", "is not a whole number"),
        (XtkType.LONG, "1_000", "is not a whole number"),
        (XtkType.LONG, "٣", "is not a whole number"),
        (XtkType.DOUBLE, "abc", "'abc' is not a number"),
        (XtkType.DOUBLE, False, "False is not a number"),
        (XtkType.DOUBLE, math.nan, "nan is not a number"),
        (XtkType.DOUBLE, math.inf, "inf is out of range"),
        (XtkType.DOUBLE, 10**400, "is out of range"),
        (XtkType.FLOAT, "1e999", "is out of range"),
        (XtkType.STRING, True, "True is not a text"),
        (XtkType.STRING, 83, "83 is not a text"),
        (XtkType.MEMO, 510, "510 is not a text"),
        (XtkType.STRING, 1.1, "1.1 is not a text"),
        (XtkType.MEMO, {"a": 1}, "{'a': 1} is not a text"),
        (XtkType.STRING, b"x", "b'x' is not a text"),
        (XtkType.BOOLEAN, "maybe", "'maybe' is neither true nor false"),
        (XtkType.BOOLEAN, 2, "neither true nor false"),
        (XtkType.BOOLEAN, 0.5, "neither true nor false"),
        (XtkType.DATETIME, 1700000000, "is not a date with a time"),
        (XtkType.DATETIME, date(2026, 1, 1), "with a time"),
        (XtkType.DATE, datetime(2026, 1, 1, tzinfo=UTC), "is not a date alone"),
        (XtkType.DATE, 20260101, "date alone"),
        (XtkType.NONE, "x", "there is no value"),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused_with_the_reason(kind: int, value: object, reason: str) -> None:
    with pytest.raises(XtkValueError, match=re.escape(reason)) as caught:
        encode(kind, value)
    assert isinstance(caught.value, ValidationError)


def test_largest_number_of_a_server_is_taken_as_a_whole_number_too() -> None:
    largest = int(sys.float_info.max)
    assert decode(XtkType.DOUBLE, encode(XtkType.DOUBLE, largest)) == largest


def test_misfit_names_the_type_and_shows_at_most_sixty_characters_of_the_value() -> None:
    whole, too_long = "x" * 58, "x" * 59
    with pytest.raises(
        XtkValueError, match=re.escape(f"does not fit type 3 (long): '{whole}' is not a whole number")
    ) as caught:
        encode(XtkType.LONG, whole)
    assert caught.value.next_step == ""
    with pytest.raises(XtkValueError, match=re.escape(f": '{too_long} [1 more characters] is not")):
        encode(XtkType.LONG, too_long)


@pytest.mark.parametrize(("kind", "size"), sorted(INTEGERS.items()))
def test_whole_numbers_are_taken_up_to_their_limits_and_not_beyond(kind: int, size: int) -> None:
    assert encode(kind, -size) == str(-size)
    assert encode(kind, size - 1) == str(size - 1)
    for outside in (-size - 1, size):
        with pytest.raises(XtkValueError, match=f"out of range.*from {-size} to {size - 1}"):
            encode(kind, outside)


@pytest.mark.parametrize("kind", sorted(set(VALUES) - {XtkType.STRING, XtkType.MEMO, XtkType.CDATA}))
@pytest.mark.parametrize("value", ["", "   "])
def test_an_empty_value_is_refused_for_every_type_that_is_not_a_text(kind: int, value: str) -> None:
    with pytest.raises(XtkValueError, match="it is empty.*An empty value is never sent"):
        encode(kind, value)


@pytest.mark.parametrize("kind", sorted(VALUES))
def test_no_value_is_refused_for_every_type(kind: int) -> None:
    with pytest.raises(XtkValueError, match="no value at all"):
        encode(kind, None)


@pytest.mark.parametrize("bad", ["\x00b", "\x0b", "\ud800", "\ufffe", "\uffff", "\x1f"])
def test_a_text_that_xml_cannot_carry_is_refused_without_showing_it(bad: str) -> None:
    for use in (xml_text, literal, like_prefix, functools.partial(encode, XtkType.MEMO)):
        with pytest.raises(XtkValueError, match=r"U\+[0-9A-F]{4} at position 7") as caught:
            use("secret" + bad)
        assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (XtkType.LONG, "", 0),
        (XtkType.DOUBLE, "", 0.0),
        (XtkType.BOOLEAN, "", False),
        (XtkType.DATETIME, "", None),
        (XtkType.DATE, " ", None),
        (XtkType.STRING, "", ""),
        (XtkType.NONE, "", None),
        (XtkType.BOOLEAN, "true", True),
        (XtkType.BOOLEAN, "FALSE", False),
        *[(XtkType.BOOLEAN, word, True) for word in ("1", "yes", "On")],
        *[(XtkType.BOOLEAN, word, False) for word in ("0", "No", "off")],
        (XtkType.LONG, " 12 ", 12),
        (XtkType.DOUBLE, "-4.5E2", -450.0),
        (XtkType.STRING, " a ", " a "),
    ],
)
def test_texts_decode_in_all_their_forms_and_null_is_none_or_zero(kind: int, text: str, value: object) -> None:
    assert decode(kind, text) == value
    assert type(decode(kind, text)) is type(value)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (XtkType.LONG, "1.5"),
        (XtkType.DOUBLE, "1,5"),
        (XtkType.DOUBLE, "nan"),
        (XtkType.BOOLEAN, "2"),
        (XtkType.DATETIME, "yesterday"),
        (XtkType.DATE, "2026-13-01"),
        (XtkType.NONE, "x"),
    ],
)
def test_a_text_that_cannot_be_a_value_of_its_type_is_refused(kind: int, text: str) -> None:
    with pytest.raises(XtkValueError):
        decode(kind, text)


# -- equality


@pytest.mark.parametrize(
    ("kind", "a", "b", "same"),
    [
        (XtkType.DATETIME, "2026-11-23 02:00:00.999Z", datetime(2026, 11, 23, 2, tzinfo=UTC), True),
        (XtkType.DATETIME, "2026-11-23 02:00:00.000Z", "2026-11-23T03:00:00+01", True),
        (XtkType.DATETIME, "2026-11-23 02:00:01.000Z", "2026-11-23 02:00:00.999Z", False),
        (XtkType.DATETIME, None, "", True),
        (XtkType.DATETIME, "", "2026-11-23 02:00:01Z", False),
        (XtkType.DATETIME, "no date", "no date", True),
        (XtkType.DATETIME, "no date", "2026-11-23 02:00:01Z", False),
        (XtkType.DATETIME, "no date", None, False),
        (XtkType.LONG, "042", 42, True),
        (XtkType.LONG, "", 0, True),
        (XtkType.LONG, "42", 43, False),
        (XtkType.LONG, 1.5, 1.5, False),
        (XtkType.BOOLEAN, "true", "1", True),
        (XtkType.BOOLEAN, "true", False, False),
        (XtkType.DOUBLE, "0.1000000000000000055", 0.1, True),
        (XtkType.DOUBLE, 0.1, 0.100001, False),
        (XtkType.FLOAT, "0.1000000015", 0.1, True),
        (XtkType.FLOAT, 0.1, 0.10001, False),
        (XtkType.STRING, "A", "a", False),
        (XtkType.STRING, "9364", 9364, False),
        (XtkType.STRING, None, "", True),
        (XtkType.DATE, "2026/11/23", " 2026-11-23 ", True),
        (XtkType.DATE, datetime(2026, 11, 23, tzinfo=UTC), datetime(2026, 11, 23, tzinfo=UTC), False),
        (XtkType.DATE, "2026-11-23 00:00:00.000Z", "2026/11/23", True),
        (XtkType.NONE, "", None, True),
        (XtkType.NONE, "x", "", False),
    ],
)
def test_values_are_compared_in_their_type(kind: int, a: object, b: object, same: bool) -> None:
    assert same_value(kind, a, b) is same
    assert same_value(kind, b, a) is same


# -- dates


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-23 02:03:04.567Z",
        "2026-11-23T02:03:04.567Z",
        "2026-11-23t02:03:04.567z",
        "2026/11/23 02:03:04.567Z",
        "2026-11-23 04:03:04.567+02",
        "2026-11-23 04:03:04.567+0200",
        "2026-11-23 04:03:04.567+02:00",
        "2026-11-22 19:03:04.567-07",
        " 2026-11-23 02:03:04.567000Z ",
        "2026-11-23 02:03:04,567 Z",
        "2026-11-23 02:03:04.567000999Z",
        "2026-11-23 07:33:04.567+05:30",
        "2026-11-22 22:33:04.567-0330",
    ],
)
def test_a_moment_is_read_in_every_form_and_comes_in_utc(text: str) -> None:
    moment = parse_datetime(text)
    assert moment == datetime(2026, 11, 23, 2, 3, 4, 567000, UTC)
    assert moment.tzinfo is UTC


def test_moment_as_servers_send_it_needs_no_pattern(monkeypatch: pytest.MonkeyPatch) -> None:
    # A sweep reads hundreds of them in each instance, and the pattern takes ten times as long.
    monkeypatch.setattr(xtk, "_DATETIME", None)
    assert parse_datetime("2026-11-23 02:03:04.567Z") == datetime(2026, 11, 23, 2, 3, 4, 567000, UTC)


def test_moment_does_not_depend_on_the_zone_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        read = [parse_datetime(text) for text in ("2026-11-23 02:03Z", "2026-11-23T02:03:00z", "2026-11-23 03:03+01")]
        assert set(read) == {datetime(2026, 11, 23, 2, 3, tzinfo=UTC)}
        assert literal(read[0]) == "#2026-11-23T02:03:00.000Z#"
    finally:
        monkeypatch.undo()
        time.tzset()


def test_fraction_and_seconds_may_be_left_out() -> None:
    assert parse_datetime("2026-11-23 02:03Z") == datetime(2026, 11, 23, 2, 3, tzinfo=UTC)
    assert parse_datetime("2026-11-23 02:03:04.5Z").microsecond == 500000
    assert parse_datetime("2026-11-23 02:03:04.005Z") == datetime(2026, 11, 23, 2, 3, 4, 5000, tzinfo=UTC)
    for text in ("2026-13-23 02:03:04.000Z", "2026-11-23 24:03:04.000Z"):
        with pytest.raises(XtkValueError, match="is not a moment that exists"):
            parse_datetime(text)


@pytest.mark.parametrize(
    "text", ["2026-11-23 02:03:04", "2026-11-23T02:03:04.123", "2018-12-25 11:05", "2026-11-23 02:03:04.5670"]
)
def test_a_moment_without_a_time_zone_is_refused_saying_so(text: str) -> None:
    with pytest.raises(XtkValueError, match="has no time zone.*Write it with a time and a zone"):
        parse_datetime(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2026-11-23",
        "23.11.2026 02:00:00Z",
        "2026-11-23 02:00:00 CET",
        "12",
        "2026-11/23 02:00:00Z",
        "2026-11-23 02:00:00+2",
        "2026-11-23 02:00:00+01:60",
        # As long as the form that servers send, and Python reads all but their ends.
        "2026-W48-1 02:03:04.567Z",
        "2026-11-23x02:03:04.567Z",
        "2026-11-23 020304.56789Z",
        "2026-11-23 02:03:04.567Z or so",
    ],
)
def test_a_text_that_is_no_moment_is_refused_with_the_form(text: str) -> None:
    with pytest.raises(XtkValueError, match="is not a date with a time. Write it"):
        parse_datetime(text)


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-30 02:00:00Z",
        "2026-11-23 24:00:00Z",
        "2026-11-23 02:00:60Z",
        "0001-01-01 00:00:00+01:00",
        "2026-11-23 02:00:00+24",
        "0000-01-01 00:00:00Z",
    ],
)
def test_a_moment_that_does_not_exist_is_refused(text: str) -> None:
    with pytest.raises(XtkValueError, match="is not a moment that exists"):
        parse_datetime(text)


@given(MOMENTS)
def test_a_written_moment_is_never_later_than_the_moment(moment: datetime) -> None:
    back = parse_datetime(format_datetime(moment))
    assert timedelta(0) <= moment - back < timedelta(milliseconds=1)
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}Z", format_datetime(moment))


def test_a_moment_is_written_as_servers_write_it() -> None:
    assert (
        format_datetime(datetime(2022, 9, 26, 5, 13, 36, 480999, timezone(timedelta(hours=2))))
        == "2022-09-26 03:13:36.480Z"
    )


def test_a_naive_datetime_is_refused() -> None:
    for use in (format_datetime, literal, functools.partial(encode, XtkType.DATETIME)):
        with pytest.raises(XtkValueError, match="2026-11-23 02:00:00 has no time zone"):
            use(datetime(2026, 11, 23, 2))


def test_a_moment_outside_of_the_years_in_utc_is_refused() -> None:
    with pytest.raises(XtkValueError, match="out of range in UTC"):
        format_datetime(datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=1))))


@given(st.dates())
def test_a_date_is_read_in_both_forms(day: date) -> None:
    assert parse_date(format_date(day)) == day
    assert parse_date(day.isoformat()) == day
    assert parse_date(f"{day.isoformat()} 00:00:00.000Z") == day


@pytest.mark.parametrize("text", ["", "2026-11/23", "2026-1-2", "2026-11-23 01:00:00Z", "20261123"])
def test_a_text_that_is_no_date_alone_is_refused(text: str) -> None:
    with pytest.raises(XtkValueError, match="is not a date alone"):
        parse_date(text)


def test_a_day_that_does_not_exist_is_refused() -> None:
    with pytest.raises(XtkValueError, match="is not a day that exists"):
        parse_date("2026/02/30")


# -- durations


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        (90, 90),
        ("90", 90),
        (90.0, 90),
        ("10m", 600),
        ("1d", 86400),
        ("1d12h", 129600),
        ("2w", 1209600),
        ("0", 0),
        ("  1d 12h \n", 129600),
        ("1w1d1h1m1s", 694861),
        ("36525d", LONGEST_DURATION),
    ],
)
def test_durations_are_read_in_every_form(text: str | float, seconds: int) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "d", "1.5h", "1h1d", "10 min", "-1", "1M", "1d1d", True, 1.5, -1, "1y", None, "1d12"]
)
def test_other_texts_are_no_durations_and_the_error_names_the_form(text: Any) -> None:
    with pytest.raises(XtkValueError, match="is not a duration.*10m, 1d12h, 2w"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        (480, "8m or, as YAML reads 8:00"),
        (3599, "59m 59s or, as YAML reads 59:59"),
        ("7", "7s or"),
        (" 3600 ", "1h or"),
    ],
)
def test_a_number_alone_that_a_person_has_set_is_refused(text: str | int, meant: str) -> None:
    with pytest.raises(XtkValueError, match=f"has no unit, and may be {meant}"):
        parse_stated_duration(text)
    assert [parse_stated_duration(one) for one in ("0", 0, "8h", " 1d 12h ")] == [0, 0, 28800, 129600]


@pytest.mark.parametrize("text", ["36526d", LONGEST_DURATION + 1, "9999999999w"])
def test_a_duration_of_more_than_a_hundred_years_is_refused(text: str | int) -> None:
    with pytest.raises(XtkValueError, match="longer than a hundred years"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0s"),
        (59.9, "59s"),
        (600, "10m"),
        (661, "11m 1s"),
        (86400, "1d"),
        (86460, "1d"),
        (203745600, "2358d 4h"),
        (-90, "-1m 30s"),
        (-0.5, "0s"),
        (-1, "-1s"),
        (3600 + 1, "1h"),
    ],
)
def test_durations_are_shown_in_their_two_largest_units(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


@given(st.integers(0, LONGEST_DURATION))
def test_a_shown_duration_is_the_duration_cut_off(seconds: int) -> None:
    shown = parse_duration(format_duration(seconds))
    assert shown <= seconds
    assert seconds - shown < (3600 if seconds >= 86400 else 60 if seconds >= 3600 else 1)


# -- literals

#: The tokens of a literal for a text (campaign_facts, Literals): quoted parts in which a backslash hides the next
#: character, joined by +, and one function. Anything else in the text is not part of the literal.
TOKEN = re.compile(r"'((?:[^'\\]|\\.)*)'|Char\('([0-9]+)'\)| \+ ", re.DOTALL)


def read_literal(text: str) -> str:
    """What a server reads in a text literal; fails when there is anything else in it."""
    decoded, position, operand_expected = [], 0, True
    while position < len(text):
        token = TOKEN.match(text, position)
        assert token, f"not a literal from {position}: {text!r}"
        is_operand = token.group() != " + "
        assert is_operand == operand_expected, text
        operand_expected = not operand_expected
        if token.group(2):
            decoded.append(chr(int(token.group(2))))
        elif is_operand:
            decoded.append(re.sub(r"\\(.)", r"\1", token.group(1), flags=re.DOTALL))
        position = token.end()
    assert not operand_expected, text
    return "".join(decoded)


@given(NASTY_TEXT)
@example("x' or '1' = '1")
@example("\\' or 1=1 --")
@example("' + Char('36') + '")
@example("$(login)")
@example("trailing\\")
def test_a_text_literal_means_exactly_the_text_and_cannot_be_broken_out_of(text: str) -> None:
    assert read_literal(literal(text)) == text
    assert "$" not in literal(text)


def test_the_documented_examples_come_out() -> None:
    assert literal("Rock 'n' Roll") == r"'Rock \'n\' Roll'"
    assert literal("a$b") == "'a' + Char('36') + 'b'"
    assert literal(datetime(2022, 2, 15, 9, 49, 4, tzinfo=UTC)) == "#2022-02-15T09:49:04.000Z#"
    assert literal(date(2002, 2, 1)) == "#2002/02/01#"
    assert literal(-42.3) == "-42.3"
    assert (literal(42), literal(-5), literal(True), literal(False)) == ("42", "-5", "1", "0")
    assert like_prefix("NmsMidSourcing_Last") == r"'NmsMidSourcing\_Last%'"


@given(st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False)))
def test_a_number_literal_is_digits_that_mean_the_number(number: float) -> None:
    assert re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", literal(number))
    assert type(number)(literal(number)) == number


@given(MOMENTS)
def test_a_moment_literal_means_the_moment(moment: datetime) -> None:
    text = literal(moment)
    assert text[0] == text[-1] == "#"
    assert parse_datetime(text[1:-1]) == cut_to_milliseconds(moment)


@pytest.mark.parametrize("value", [None, b"x", [], math.nan, math.inf])
def test_other_values_are_no_literals(value: Any) -> None:
    with pytest.raises(XtkValueError):
        literal(value)


def like(pattern: str, text: str) -> bool:
    """What LIKE does with a literal's pattern (campaign_facts, Literals): % any text, _ any character, a backslash
    hides both."""
    whole = re.sub(r"' \+ Char\('36'\) \+ '", "$", pattern)[1:-1]
    parts = re.findall(r"\\.|.", whole, re.DOTALL)
    meaning = {"%": ".*", "_": "."}
    return re.fullmatch("".join(meaning.get(part, re.escape(part[-1])) for part in parts), text, re.DOTALL) is not None


@given(NASTY_TEXT, NASTY_TEXT)
@example("a_b", "aXb")
@example("100%", "1000")
@example("it's\\", "it's\\n")
def test_a_prefix_pattern_matches_what_begins_with_the_prefix_and_nothing_else(prefix: str, other: str) -> None:
    pattern = like_prefix(prefix)
    assert like(pattern, prefix + other)
    assert like(pattern, other) is other.startswith(prefix)
    assert "$" not in pattern
    read_literal(pattern)


@given(NASTY_TEXT)
def test_literals_survive_an_xml_attribute(text: str) -> None:
    node = etree.Element("condition", expr=f"@name = {literal(text)}")
    assert etree.fromstring(etree.tostring(node)).get("expr") == f"@name = {literal(text)}"
