# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import random

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._journal import (
    cause_of_lines,
    cursor_moves,
    failed_runs,
    said,
)
from tests.helpers.cursors import KIND, OTHER, TIMEOUT, UNKNOWN, ago, audit, line


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ([UNKNOWN, TIMEOUT], "timeout"),
        ([TIMEOUT, UNKNOWN], "timeout"),
        ([TIMEOUT, OTHER], "address_refused"),
        ([OTHER, TIMEOUT, UNKNOWN], "address_refused"),
        (["CRL-290002 x", TIMEOUT], "timeout"),
        (["DLV-490004 x", OTHER], "address_refused"),
        ([OTHER, "DLV-490004 x"], "address_refused"),
        ([UNKNOWN, UNKNOWN], None),
        ([], None),
    ],
)
def test_cause_of_a_run_is_the_first_of_the_table_that_any_line_names(texts: list[str], expected: str | None) -> None:
    found = cause_of_lines([line(10 * number, text) for number, text in enumerate(texts)])
    assert (found and found.id) == expected


def test_cause_is_found_in_the_message_beside_an_error_without_one() -> None:
    (run,) = failed_runs([line(10, UNKNOWN, TIMEOUT)], gap_seconds=60)
    assert run.is_slow
    assert said(run.lines[0]) == f"{UNKNOWN}\n{TIMEOUT}"


def test_cause_is_found_in_the_message_when_the_error_is_a_flag() -> None:
    assert said(line(10, "1", TIMEOUT)) == TIMEOUT


@pytest.mark.parametrize(("apart", "runs"), [(59, 1), (60, 1), (61, 2)])
def test_errors_up_to_the_gap_apart_are_one_run(apart: int, runs: int) -> None:
    assert len(failed_runs([line(500, UNKNOWN), line(500 - apart, UNKNOWN)], gap_seconds=60)) == runs


def test_run_goes_on_while_each_error_is_near_the_one_before() -> None:
    (run,) = failed_runs([line(seconds, UNKNOWN) for seconds in (300, 250, 200, 150)], gap_seconds=60)
    assert (run.started, run.ended, len(run.lines)) == (ago(300), ago(150), 4)


def test_runs_come_newest_first_whatever_the_order_of_the_lines() -> None:
    lines = [line(seconds, UNKNOWN) for seconds in (10, 620, 1220, 1230, 640)]
    random.Random(7).shuffle(lines)
    found = failed_runs(lines, gap_seconds=60)
    assert [(run.started, run.ended) for run in found] == [
        (ago(10), ago(10)),
        (ago(640), ago(620)),
        (ago(1230), ago(1220)),
    ]


def test_lines_that_are_no_errors_neither_make_nor_join_runs() -> None:
    lines = [line(300, UNKNOWN), line(250, message="Starting"), line(200, UNKNOWN), audit(100)]
    assert [run.started for run in failed_runs(lines, gap_seconds=60)] == [ago(200), ago(300)]


def test_mail_to_supervisors_that_failed_is_no_failed_run() -> None:
    lines = [line(10, "WKF-560044 Error sending the notification: timeout"), line(500, UNKNOWN)]
    (run,) = failed_runs(lines, gap_seconds=60)
    assert run.started == ago(500)


def test_journal_without_errors_has_no_failed_run() -> None:
    assert failed_runs([], gap_seconds=60) == ()


def test_moves_of_the_cursor_come_newest_first_and_only_its_own() -> None:
    name = f"{KIND.prefix}mid1"
    lines = [audit(900), audit(300), audit(100, f"{name}2"), line(50, message=f"Option '{name}' was read")]
    assert cursor_moves(lines, name) == (ago(300), ago(900))
    assert cursor_moves(lines, "other") == ()
