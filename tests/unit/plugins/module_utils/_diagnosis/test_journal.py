# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import random

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.diagnose import judge
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.journal import (
    cause_of_lines,
    cursor_moves,
    failed_runs,
    failures,
    messages,
    readings,
    said,
    story,
)
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.model import Thresholds
from ansible_collections.campaign.classic.plugins.module_utils._resources.workflows import JournalLine
from tests.helpers.corpus import row
from tests.helpers.cursors import DAY, KIND, OTHER, TIMEOUT, UNKNOWN, ago, audit, cursor, failed_cursor, line, option


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


# -- rows and messages ------------------------------------------------------------------------------------------------

INFORMING = (
    "JST-310034 12 deliveries were read",
    "JST-310027 output of a script",
    "XSV-350201 the page was redirected",
    "ODB-240007 the driver changed a setting",
    "WKF-560044 Error while sending the notification",
    "AuditTrail: Option 'x' with id '1' modified by 'internal'",
)


@pytest.mark.parametrize("text", INFORMING)
@pytest.mark.parametrize("place", ["error", "message"])
@pytest.mark.parametrize("log_type", [None, 0, 2])
def test_row_that_only_informs_is_no_failure_and_hides_none(text: str, place: str, log_type: int | None) -> None:
    lines = [row(at, **{place: text}, log_type=log_type) for at in (300, 200, 100)]
    assert failed_runs(lines, gap_seconds=60) == ()
    started = cursor(option=option(30 * DAY), journal=tuple(lines))
    assert judge(started, Thresholds()).verdict.value == "stale"
    refused = failed_cursor(30 * DAY, line(900, "XSV-350012 Invalid login or password."), *lines)
    assert judge(refused, Thresholds()).verdict.value == "failing_other"


def test_harmless_row_that_begins_with_a_code_is_no_failure() -> None:
    lines = tuple(row(at, "", "CUS-990001 12 deliveries were synchronised", 2) for at in (300, 200, 100))
    assert failures(lines) == []
    assert judge(cursor(option=option(30 * DAY), journal=lines), Thresholds()).verdict.value == "stale"


@pytest.mark.parametrize(
    ("log_type", "text", "fails"),
    [
        (0, "the operation timed out after 60 seconds", True),
        (0, "something", True),
        (1, "something", False),
        (2, "something", False),
        (None, "something", False),
        (None, "SCR-160012 something", True),
        (2, "SCR-160012 something", False),
        (2, "XSV-350012 Invalid login", True),
        (0, "", False),
        (0, "  ", False),
    ],
)
def test_row_without_an_error_fails_by_its_type_or_by_a_code_that_is_known(
    log_type: int | None, text: str, fails: bool
) -> None:
    assert bool(failures([row(10, "", text, log_type)])) is fails


def test_type_of_a_row_says_nothing_in_a_journal_that_gives_it_to_changes() -> None:
    change = row(10, "", "AuditTrail: Option 'x' with id '1' modified by 'internal'", 0)
    told = row(20, "", "12 deliveries were read", 0)
    assert failures([told]) == [told]
    assert failures([told, change]) == []
    assert failures([row(20, "It failed"), change]) != []


def test_rows_of_one_moment_are_one_message() -> None:
    rows = [row(at, "x") for at in (100, 99, 97, 94, 90)]
    assert [len(one) for one in messages(rows)] == [3, 1, 1]


def test_message_is_read_as_lines_as_words_and_as_one_word() -> None:
    assert readings([row(10, "XSV-3500"), row(10, "12 Invalid login")]) == (
        "XSV-3500\n12 Invalid login",
        "XSV-3500 12 Invalid login",
        "XSV-350012 Invalid login",
    )
    assert readings([row(10, "x", "x")]) == ("x",)
    assert readings([row(10, "", "")]) == ()


def test_cause_that_was_cut_within_a_word_is_found_and_shown_whole() -> None:
    lines = (row(10, "SCR-160012 JavaScript error. XSV-3500"), row(10, "12 Invalid login or password."))
    (run,) = failed_runs(lines, gap_seconds=60)
    assert run.named == "operator_disabled"
    assert "XSV-350012 Invalid login or password." in run.quote


def test_cause_is_quoted_and_not_what_it_is_wrapped_in() -> None:
    text = (
        "SCR-160012 SCR-160012 JavaScript error while evaluating script 'a/b'.\nDLV-490004 The routing is deactivated"
    )
    (run,) = failed_runs([row(10, text)], gap_seconds=60)
    assert run.quote == "DLV-490004 The routing is deactivated"
    (beside,) = failed_runs([row(15, "", "DLV-490004 The routing is deactivated", 2), row(10, UNKNOWN)], gap_seconds=60)
    assert beside.quote == "DLV-490004 The routing is deactivated"
    (unknown,) = failed_runs([row(10, "SCR-160012 SCR-160012 why?")], gap_seconds=60)
    assert unknown.quote == "SCR-160012 why?"


def test_rows_of_another_time_do_not_belong_to_a_run() -> None:
    lines = [row(500, "", "XSV-350012 was told of then", 3), row(100, TIMEOUT)]
    (newest, *_older) = failed_runs(lines, gap_seconds=60)
    assert newest.is_slow


@pytest.mark.parametrize(
    ("lines", "named", "text"),
    [
        ([], None, ""),
        ([row(10, "", "Workflow paused.", 3)], None, ""),
        ([row(10, UNKNOWN)], None, UNKNOWN),
        ([row(12, "", "Read timed out", 2), row(10, UNKNOWN)], "timeout", "Read timed out"),
        ([row(12, "", "Read timed out", 2)], "timeout", "Read timed out"),
        ([row(900, TIMEOUT), row(10, OTHER)], "address_refused", OTHER),
    ],
)
def test_story_of_one_run(lines: list[JournalLine], named: str | None, text: str) -> None:
    cause, told = story(lines)
    assert ((cause and cause.id), told) == (named, text)
