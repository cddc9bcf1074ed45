# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._core.errors import ValidationError
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.diagnose import judge
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.model import SEVERITY, Thresholds, Verdict
from tests.helpers.cursors import (
    DAY,
    HOUR,
    MINUTE,
    OTHER,
    TIMEOUT,
    UNKNOWN,
    YEARS,
    ago,
    audit,
    cursor,
    failed_cursor,
    line,
    option,
    workflow,
)

T = Thresholds()


def test_severity_orders_every_verdict_once() -> None:
    assert sorted(SEVERITY) == sorted(Verdict)


def test_severity_puts_what_is_unknown_first_and_what_is_well_last() -> None:
    assert SEVERITY[:4] == (Verdict.MISCONFIGURED, Verdict.UNREACHABLE, Verdict.DENIED, Verdict.STUCK)
    assert SEVERITY[-3:] == (Verdict.HEALTHY, Verdict.INACTIVE, Verdict.NOT_APPLICABLE)


def test_thresholds_have_the_defaults_of_the_design() -> None:
    assert T.to_dict() == {
        "max_age": 6 * HOUR,
        "remediate_after": 7 * DAY,
        "min_failed_runs": 1,
        "max_run": 2 * HOUR,
        "engine_grace": 15 * MINUTE,
        "future_tolerance": 10 * MINUTE,
        "run_gap": MINUTE,
        "small_gap": 500,
    }


@pytest.mark.parametrize(
    "wrong",
    [
        {"max_age": -1},
        {"max_run": float("nan")},
        {"max_run": float("inf")},
        {"engine_grace": "15m"},
        {"run_gap": None},
        {"future_tolerance": True},
        {"min_failed_runs": 0},
        {"min_failed_runs": 1.5},
        {"min_failed_runs": -2},
        {"min_failed_runs": True},
        {"max_age": 2 * DAY, "remediate_after": DAY},
    ],
)
def test_thresholds_that_cannot_be_right_are_refused_by_name(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=next(reversed(wrong))):
        Thresholds(**wrong)


@pytest.mark.parametrize(
    "right",
    [{"max_age": 0, "remediate_after": 0}, {"run_gap": 0.5}, {"min_failed_runs": 1}, {"remediate_after": 6 * HOUR}],
)
def test_thresholds_at_the_edge_are_taken(right: dict[str, Any]) -> None:
    assert Thresholds(**right).to_dict().items() >= right.items()


# -- the value --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("found", "readable", "value"),
    [
        (None, False, None),
        (option(90), True, ago(90)),
        (option(raw=""), True, None),
        (option(raw="soon"), False, None),
        (option(raw="2020-03-01 10:00:00"), False, None),
        (option(90, data_type=6), False, None),
        (option(raw="2020/03/01", data_type=10), False, None),
    ],
)
def test_value_is_a_moment_only_of_a_readable_datetime(found: Any, readable: bool, value: datetime | None) -> None:
    seen = cursor(option=found)
    assert (seen.readable, seen.value) == (readable, value)
    assert seen.age == (90 if value else 0)


# -- the workflow -----------------------------------------------------------------------------------------------------


def test_cursor_without_a_workflow_has_no_state_and_no_signs() -> None:
    seen = cursor(workflow=None)
    assert (seen.state, seen.failed, seen.executing, seen.transitional, seen.overdue) == (None, *[False] * 4)
    assert (seen.last_sign, seen.idle, seen.run_started) == (None, 0, None)


@pytest.mark.parametrize(
    ("state", "ours", "expected"),
    [(20, True, True), (20, False, False), (13, True, False), (0, True, False), (11, True, False)],
)
def test_only_a_stopped_workflow_can_have_been_stopped_by_us(state: int, ours: bool, expected: bool) -> None:
    assert cursor(workflow=workflow(state), ours=ours).stopped_by_us is expected


@pytest.mark.parametrize(
    ("state", "pid", "due", "expected"),
    [
        (11, 0, 1, True),
        (11, 0, 0, True),
        (11, 0, -1, False),
        (11, 0, None, False),
        (11, 5, 1, False),
        (13, 0, 1, False),
        (20, 0, 1, False),
        (10, 0, 1, False),
    ],
)
def test_only_a_started_workflow_that_does_not_run_is_overdue(
    state: int, pid: int, due: float | None, expected: bool
) -> None:
    assert cursor(workflow=workflow(state, pid=pid, due=due)).overdue is expected


@pytest.mark.parametrize(
    ("row", "journal", "expected"),
    [
        ({"processed": 100, "started": 200}, [], 100),
        ({"processed": 300, "started": 200}, [], 200),
        ({"processed": 300, "started": 200}, [line(150), line(250)], 150),
        ({"processed": 300, "started": None, "due": 50}, [], 50),
        ({"processed": 300, "started": None, "due": -50}, [], 300),
        ({"processed": 300, "started": None, "due": 50, "pid": 9}, [], 300),
        ({"processed": None, "started": None, "due": None}, [], 5 * MINUTE),
        ({"processed": None, "started": None, "due": None}, [line(20)], 20),
    ],
)
def test_last_sign_is_the_latest_known_and_only_else_the_value(
    row: dict[str, Any], journal: list[Any], expected: float
) -> None:
    seen = cursor(workflow=workflow(**row), journal=tuple(journal))
    assert (seen.last_sign, seen.idle) == (ago(expected), expected)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"pid": 0}, None),
        ({"pid": 7, "processed": 100, "started": 200}, 100),
        ({"pid": 7, "processed": 300, "started": 200}, 200),
        ({"pid": 7, "processed": 300, "started": 200, "due": 30}, 30),
        ({"pid": 7, "processed": -5, "started": 200}, 200),
        ({"pid": 7, "processed": None, "started": None, "due": -300}, None),
    ],
)
def test_run_began_at_the_latest_time_that_has_passed(row: dict[str, Any], expected: float | None) -> None:
    assert cursor(workflow=workflow(**row)).run_started == (None if expected is None else ago(expected))


# -- the failures -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("error_at", "counts"), [(599, True), (600, False), (601, False)])
def test_failure_counts_only_when_it_is_later_than_the_value(error_at: int, counts: bool) -> None:
    seen = failed_cursor(600, line(error_at, UNKNOWN))
    assert bool(seen.failing_runs(T)) is counts


@pytest.mark.parametrize(("error_at", "counts"), [(299, True), (300, False), (301, False)])
def test_failure_counts_only_when_it_is_later_than_the_last_move(error_at: int, counts: bool) -> None:
    seen = failed_cursor(YEARS, line(error_at, UNKNOWN), audit(300), audit(9000))
    assert bool(seen.failing_runs(T)) is counts


@pytest.mark.parametrize(("error_at", "counts"), [(299, True), (300, False)])
def test_failure_counts_only_when_it_is_later_than_our_own_write(error_at: int, counts: bool) -> None:
    seen = failed_cursor(30 * DAY, line(error_at, UNKNOWN), moved_at=ago(300))
    assert bool(seen.failing_runs(T)) is counts


def test_move_of_another_cursor_does_not_clear_a_failure() -> None:
    seen = failed_cursor(YEARS, line(600, UNKNOWN), audit(300, "NmsMidSourcing_LastDelivery_mid2"))
    assert len(seen.failing_runs(T)) == 1


def test_cursor_without_a_value_has_no_failures() -> None:
    seen = failed_cursor(0, line(600, TIMEOUT), option=option(raw=""))
    assert (seen.value_since, seen.failing_runs(T)) == (None, ())


@pytest.mark.parametrize(
    ("row", "counts"),
    [
        ({"processed": 1800}, True),
        ({"processed": 1799}, False),
        ({"processed": None}, True),
        ({"processed": 1799, "failed": True}, True),
        ({"processed": 1799, "pid": 4}, True),
        ({"processed": 1799, "state": 13}, True),
    ],
)
def test_processing_long_after_the_last_error_is_a_later_success(row: dict[str, Any], counts: bool) -> None:
    seen = cursor(option=option(YEARS), workflow=workflow(**row), journal=(line(2 * HOUR + 1800, TIMEOUT),))
    assert bool(seen.failing_runs(T)) is counts


@pytest.mark.parametrize(("processed", "expected"), [(50, 2), (200, 2), (201, 1), (300, 1), (2000, 0)])
def test_earlier_failures_ended_before_the_run_began_or_as_it_did(processed: float, expected: int) -> None:
    row = workflow(pid=7, processed=processed, started=None)
    seen = cursor(option=option(YEARS), workflow=row, journal=(line(900, UNKNOWN), line(200, UNKNOWN)))
    assert len(seen.earlier_failing_runs(T)) == expected


def test_newest_failure_may_be_that_of_a_run_whose_beginning_is_unknown() -> None:
    row = workflow(pid=7, processed=None, started=None, due=None)
    seen = cursor(option=option(YEARS), workflow=row, journal=(line(900, UNKNOWN), line(200, UNKNOWN)))
    assert [run.started for run in seen.earlier_failing_runs(T)] == [ago(900)]


@pytest.mark.parametrize(
    ("errors", "slow"),
    [
        ([], 0),
        ([UNKNOWN], 0),
        ([TIMEOUT], 1),
        ([TIMEOUT, TIMEOUT], 2),
        ([OTHER], 0),
        (["CRL-290002 x"], 0),
        ([UNKNOWN, TIMEOUT], 0),
        ([OTHER, TIMEOUT], 0),
        ([TIMEOUT, OTHER, TIMEOUT], 0),
    ],
)
def test_slow_runs_count_only_where_no_run_failed_otherwise(errors: list[str], slow: int) -> None:
    lines = [line(600 * (number + 1), text) for number, text in enumerate(errors)]
    assert failed_cursor(YEARS, *lines).slow_runs(T) == slow


@pytest.mark.parametrize(("whole", "slow"), [(True, 0), (False, 2)])
def test_oldest_run_of_a_journal_that_was_cut_may_have_lost_its_cause(whole: bool, slow: int) -> None:
    lines = (line(1800, UNKNOWN), line(1200, TIMEOUT), line(600, TIMEOUT))
    assert failed_cursor(YEARS, *lines, journal_whole=whole).slow_runs(T) == slow


@pytest.mark.parametrize(
    ("failed", "age", "errors", "expected"),
    [
        (True, 3 * HOUR, 0, True),
        (False, 3 * HOUR, 0, False),
        (False, 3 * HOUR, 1, False),
        (False, 3 * HOUR, 2, True),
        (False, 6 * HOUR, 1, False),
        (False, 6 * HOUR + 1, 1, True),
        (False, 6 * HOUR + 1, 0, False),
    ],
)
def test_failure_under_ignored_errors_must_last(failed: bool, age: float, errors: int, expected: bool) -> None:
    lines = tuple(line(600 * (number + 1), TIMEOUT) for number in range(errors))
    seen = cursor(option=option(age), workflow=workflow(failed=failed), journal=lines)
    assert seen.keeps_failing(T) is expected


def test_runs_are_grouped_by_the_gap_of_the_thresholds_that_are_asked_with() -> None:
    seen = failed_cursor(YEARS, line(300, UNKNOWN), line(200, UNKNOWN))
    assert [len(seen.all_failed_runs(Thresholds(run_gap=gap))) for gap in (60, 100, 60)] == [2, 1, 2]


def test_thresholds_are_plain_data() -> None:
    assert json.loads(json.dumps(T.to_dict())) == T.to_dict()


@pytest.mark.parametrize(
    ("row", "slow"),
    [
        # It waits since the failure that its journal shows, however long ago that was.
        ({"processed": 2 * DAY - 30, "started": 9 * DAY}, 1),
        ({"processed": 2 * DAY - 2 * HOUR, "started": 9 * DAY}, 1),
        ({"processed": None, "started": None}, 1),
        # Somebody has started it, and that run has its row.
        ({"processed": 2 * DAY - 5, "started": 2 * DAY + 60}, 1),
        # A later run has failed, and left none.
        ({"processed": 2 * DAY - 2 * HOUR - 1, "started": 9 * DAY}, 0),
        ({"processed": HOUR, "started": 9 * DAY}, 0),
        ({"processed": HOUR - 60, "started": HOUR}, 0),
        ({"processed": 2 * DAY, "started": 2 * DAY - 1}, 0),
        ({"processed": HOUR, "started": HOUR}, 0),
        ({"processed": None, "started": -5 * MINUTE}, 0),
        # The clock was wrong then.
        ({"processed": 2 * DAY, "started": -3 * HOUR}, 1),
    ],
)
def test_old_failure_does_not_tell_why_a_later_run_failed_that_left_no_error(row: dict[str, Any], slow: int) -> None:
    failed = workflow(13, failed=True, due=None, **row)
    plain = (line(HOUR, message="Workflow started"), line(HOUR - 60, message="Script failed, see the server's logs"))
    for rows in ((), plain):
        seen = failed_cursor(60 * DAY, line(2 * DAY, TIMEOUT), *rows, workflow=failed)
        assert seen.slow_runs(T) == slow
        found = judge(seen, T)
        assert found.verdict is (Verdict.STUCK if slow else Verdict.FAILING_UNKNOWN)
        assert ("no error tells why it is in error since" in found.reason) is (slow == 0)


def test_failure_that_was_never_followed_by_a_run_is_seen() -> None:
    assert failed_cursor(YEARS).failed_unseen(T) is None
    assert cursor(option=option(YEARS), workflow=None).failed_unseen(T) is None
