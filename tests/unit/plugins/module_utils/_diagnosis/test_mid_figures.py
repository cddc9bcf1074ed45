# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The meaning of a mid's figures: each boundary on either side, and the words."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.mid_figures import Count, MidFigures

CURSOR = datetime(2020, 3, 1, 10, tzinfo=UTC)
PLANNED = datetime(2026, 11, 22, 2, tzinfo=UTC)


def figures(all_of_it: int | None = 41203, recent: int | None = 38, **more: Any) -> MidFigures:
    given: dict[str, Any] = {
        "seconds": 0.21,
        "since_cursor": Count(CURSOR, all_of_it, 3.0),
        "since_planned": Count(PLANNED, recent, 0.1),
        "last_day": Count(PLANNED, recent, 0.1),
        **more,
    }
    return MidFigures("mid-eu", "answered", **given)


def test_a_mid_that_answers_says_how_soon_and_how_much_changed() -> None:
    assert figures().says() == (
        "mid-eu answers in 0.2 s; 41,203 deliveries changed since 2020-03-01, 38 since the planned value"
    )
    assert (
        figures(1, 0).says()
        == "mid-eu answers in 0.2 s; 1 delivery changed since 2020-03-01, 0 since the planned value"
    )
    assert figures(since_planned=None).says() == "mid-eu answers in 0.2 s; 41,203 deliveries changed since 2020-03-01"


@pytest.mark.parametrize(
    ("ahead", "words"),
    [(None, ""), (0.0, ""), (7200.0, ""), (-600.0, ""), (-601.0, ", its clock is 10m 1s behind")],
)
def test_clock_that_is_clearly_behind_is_told(ahead: float | None, words: str) -> None:
    assert figures(ahead_seconds=ahead).says() == f"{figures().says()}{words}"


def test_a_count_that_did_not_come_in_time_fits_the_incident() -> None:
    slow = figures(None)
    assert slow.says() == (
        "mid-eu answers in 0.2 s; what changed since 2020-03-01 could not be counted within 3 s, 38 since the planned "
        "value"
    )
    assert (slow.cause, slow.is_small(500), slow.jumped_over) == ("", False, None)


@pytest.mark.parametrize("more", [{}, {"since_planned": None, "last_day": Count(PLANNED, None, 9.0)}])
def test_a_mid_that_cannot_tell_of_the_recent_past_either_is_not_helped_by_a_move(more: dict[str, Any]) -> None:
    slow = figures(None, None, **more)
    assert slow.cause == "mid_overloaded"
    assert "(mid_overloaded)" in slow.says()
    assert "look at its load" in slow.remedy


def test_a_mid_whose_answers_break_is_not_told_that_it_is_slow() -> None:
    broken = "mid1 closed the connection without an answer."
    once = figures(since_cursor=Count(CURSOR, None, 0.2, broken))
    assert once.cause == "", "the smaller question was answered"
    assert "what changed since 2020-03-01 could not be counted: mid1 closed the connection without an answer, " in (
        once.says()
    )
    twice = figures(since_cursor=Count(CURSOR, None, 0.2, broken), since_planned=Count(PLANNED, None, 0.1, broken))
    assert (twice.cause, "gives no usable answer" in twice.remedy) == ("mid_unreachable", True)
    mixed = figures(since_cursor=Count(CURSOR, None, 9.0), since_planned=Count(PLANNED, None, 0.1, broken))
    assert mixed.cause == "mid_overloaded"


def test_a_silent_mid_is_a_cause_and_one_that_was_not_asked_is_none() -> None:
    silent = MidFigures("mid-eu", "silent", "The connection was refused.")
    assert (silent.cause, silent.is_missing) == ("mid_unreachable", False)
    assert silent.says() == "mid-eu does not answer (mid_unreachable): The connection was refused"
    assert "cursor is not moved" in silent.remedy
    unknown = MidFigures("mid-eu", "not_asked", "Why not.")
    assert (unknown.cause, unknown.remedy, unknown.is_missing, unknown.is_small(500)) == ("", "", False, False)
    assert unknown.says() == "The mid-sourcing server was not asked: Why not"
    assert MidFigures("mid-eu", "not_asked", "Why not.", required=True).is_missing
    assert not figures(required=True).is_missing


@pytest.mark.parametrize(
    ("all_of_it", "recent", "small_gap", "small"),
    [
        (500, 0, 500, True),
        (501, 0, 500, False),
        (0, 0, 500, True),
        (0, 0, 0, False),
        (500, 0, 0, False),
        # moving would hardly ask for less
        (2000, 1000, 500, True),
        (2001, 1000, 500, False),
        (2000, 1000, 0, False),
        # nothing is left after the move: that is no small share
        (501, None, 500, False),
        (None, 0, 500, False),
    ],
)
def test_what_lies_between_is_small_up_to_the_bound_and_where_moving_hardly_helps(
    all_of_it: int | None, recent: int | None, small_gap: int, small: bool
) -> None:
    assert figures(all_of_it, recent).is_small(small_gap) is small


@pytest.mark.parametrize(
    ("all_of_it", "recent", "between"), [(41203, 38, 41165), (5, 5, 0), (4, 5, 0), (None, 5, None), (5, None, None)]
)
def test_the_gap_is_what_changed_between_the_two_values(
    all_of_it: int | None, recent: int | None, between: int | None
) -> None:
    assert figures(all_of_it, recent).jumped_over == between


def test_the_figures_are_plain_data() -> None:
    plain = figures().to_dict()
    assert json.loads(json.dumps(plain)) == plain
    assert (plain["changed_since_cursor"], plain["changed_since_planned"], plain["changed_between"]) == (
        41203,
        38,
        41165,
    )
    assert plain["counted"]["cursor"] == {"since": "2020-03-01 10:00:00.000Z", "seconds": 3.0}
    assert MidFigures("mid-eu", "silent", "Why.").to_dict()["cause"] == "mid_unreachable"
