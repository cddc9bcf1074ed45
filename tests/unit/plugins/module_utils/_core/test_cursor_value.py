# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The value of a cursor: one text, one moment, one comparison."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._core.cursor_value import NO_VALUE, CursorValue
from ansible_collections.campaign.classic.plugins.module_utils._core.errors import XtkValueError

OLD = "2020-03-01 10:00:00.000Z"
AT = datetime(2020, 3, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        (OLD, "2020-03-01T10:00:00.900Z", True),
        (OLD, "2020-03-01 11:00:00+01:00", True),
        (OLD, "2020-03-01 10:00:01Z", False),
        ("", None, True),
        (OLD, "", False),
        (None, OLD, False),
        ("soon", "soon", True),
        ("soon", "later", False),
        ("soon", OLD, False),
        ("soon", "", False),
    ],
)
def test_values_are_compared_at_whole_seconds(left: str | None, right: str | None, same: bool) -> None:
    assert CursorValue.read(left).is_same(CursorValue.read(right)) is same
    assert CursorValue.read(right).is_same(CursorValue.read(left)) is same


def test_what_is_not_known_is_the_same_as_no_value_only() -> None:
    assert NO_VALUE.is_same(None)
    assert not CursorValue.read(OLD).is_same(None)


@pytest.mark.parametrize(("seconds", "past"), [(-1.0, False), (0.0, False), (0.999, False), (1.0, True), (600.0, True)])
def test_value_is_past_another_at_whole_seconds(seconds: float, past: bool) -> None:
    later = CursorValue.at(AT + timedelta(seconds=seconds))
    assert later.is_past(CursorValue.read(OLD)) is past


def test_no_value_is_never_past_and_never_passed() -> None:
    assert not NO_VALUE.is_past(CursorValue.read(OLD))
    assert not CursorValue.read(OLD).is_past(NO_VALUE)


def test_text_that_is_no_moment_is_read_and_cannot_be_reckoned_with() -> None:
    odd = CursorValue.read("soon")
    assert (odd.text, odd.moment, bool(odd)) == ("soon", None, True)
    with pytest.raises(XtkValueError, match="soon"):
        odd.known()
    with pytest.raises(XtkValueError, match="soon"):
        odd.is_past(CursorValue.read(OLD))
    with pytest.raises(XtkValueError, match="soon"):
        CursorValue.stated("soon")
    with pytest.raises(XtkValueError, match="soon"):
        CursorValue.stated(odd)


def test_text_is_kept_as_it_was_read() -> None:
    given = "2020-03-01T12:00:00+02:00"
    value = CursorValue.stated(given)
    assert (str(value), value.moment, value.normal().text) == (given, AT, OLD)


def test_value_of_a_moment_is_what_reading_its_text_gives() -> None:
    moment = datetime(2020, 3, 1, 12, 0, 0, 123999, tzinfo=timezone(timedelta(hours=2)))
    assert CursorValue.at(moment) == CursorValue.read("2020-03-01 10:00:00.123Z")
    with pytest.raises(XtkValueError, match="zone"):
        CursorValue.at(datetime(2020, 3, 1))  # noqa: DTZ001 - the lack of a zone is the point
