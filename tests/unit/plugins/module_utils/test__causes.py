# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import random

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._causes import (
    CAUSES,
    SEARCH_LIMIT,
    cause_of,
    cause_of_lines,
    cursor_moves,
    failed_runs,
    said,
)
from tests.helpers.cursors import KIND, OTHER, TIMEOUT, UNKNOWN, ago, audit, line

#: Texts composed after domain.md 2.7, 3.6 and 7 row 5, and the cause that each names.
TEXTS = [
    (
        "XSV-350014 The '10.1.2.3' IP address via which you are accessing the server is not accepted. "
        "Connection refused.",
        "address_refused",
    ),
    ("XSV-350013 The address is not allowed (HTTP code 500)", "address_refused"),
    ("XSV-350012 Invalid login or password. Connection denied.", "password_refused"),
    ("SCR-160012 ... INVALID LOGIN OR PASSWORD", "password_refused"),
    (
        "XSV-350012 Invalid login or password. Connection denied.\nSCR-160012 JavaScript error while evaluating script",
        "operator_disabled",
    ),
    ("SCR-160012 JavaScript error while evaluating script 'x': XSV-350012 Invalid login", "operator_disabled"),
    ("SOP-330011 Empty return for method 'Logon' of service 'xtk:session'", "peer_restarting"),
    ("QUE-370030 You do not have the rights needed on folder of identifier 1234", "folder_rights"),
    ("QUE-370023 write", "folder_rights"),
    (
        "The requested database record does not exist. Cannot load document of type 'Workflows (xtk:workflow)'",
        "folder_rights",
    ),
    ("DLV-490004 routing is deactivated", "routing_disabled"),
    ("SCR-160012 Attribute 'midRemoteId' unknown (see definition of schema)", "schema_mismatch"),
    ("XTK-170036 Unable to parse expression '@x'", "schema_mismatch"),
    ("PGS-220000 PostgreSQL error: ERROR: deadlock detected", "deadlock"),
    ("XSV-350023 Unable to save document of type 'Options (xtk:option)'.", "option_not_saved"),
    ("IOB-090013 SSL error", "tls_refused"),
    ("JST-310000 Compile error in library", "script_error"),
    ("PGS-220000 PostgreSQL error: ERROR: canceling statement due to user request", "statement_cancelled"),
    ("ERROR: cancelling statement due to statement timeout", "statement_cancelled"),
    ("The connection timed out", "timeout"),
    ("Operation timed-out (iRc=-53)", "timeout"),
    ("Gateway Time-out", "gateway_timeout"),
    ("apache RequestReadTimeout was reached", "timeout"),
    ("INT-150012 HTTP query returned error type (504)", "gateway_timeout"),
    ("504 Bad gateway", "gateway_timeout"),
    ("HTTP status 504", "gateway_timeout"),
    ("CRL-290002 could not read", "transfer_error"),
    ("INT-150012 HTTP query returned error type (500)", "transfer_error"),
    ("Something failed (iRc=16384)", "transfer_error"),
]
NAMELESS = [
    "",
    "SCR-160012 JavaScript error while evaluating script",
    "504 deliveries were read",
    "Folder 504 was read",
    "the time out of range",
    "see http://mid:504/nl",
    "Delivery DM504 failed",
    "the attribute is unknown",
]


@pytest.mark.parametrize(("text", "expected"), TEXTS)
def test_text_names_its_cause(text: str, expected: str) -> None:
    found = cause_of(text)
    assert found is not None
    assert found.id == expected


@pytest.mark.parametrize("text", NAMELESS)
def test_text_without_a_known_cause_names_none(text: str) -> None:
    assert cause_of(text) is None


def test_every_cause_is_named_by_a_text_and_has_remedy_and_source() -> None:
    assert {cause.id for cause in CAUSES} == {expected for _text, expected in TEXTS}
    assert all(cause.remedy.endswith(".") and cause.source for cause in CAUSES)


def test_table_puts_other_causes_before_the_timeout() -> None:
    order = ["other", "timeout", "transfer"]
    kinds = [order.index(cause.kind) for cause in CAUSES]
    assert kinds == sorted(kinds)
    assert {cause.id for cause in CAUSES if cause.is_timeout} == {
        "gateway_timeout",
        "statement_cancelled",
        "timeout",
    }
    assert {cause.kind for cause in CAUSES if cause.is_other} == {"other"}


def test_other_cause_wins_over_a_timeout_in_one_text() -> None:
    found = cause_of(f"{TIMEOUT}\n{OTHER}")
    assert found is not None
    assert found.id == "address_refused"


def test_cause_beyond_the_search_limit_is_not_looked_for() -> None:
    assert cause_of("x" * SEARCH_LIMIT + TIMEOUT) is None
    assert cause_of("x " * (SEARCH_LIMIT // 2 - 100) + TIMEOUT) is not None


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
    found = cause_of_lines([line(1, text) for text in texts])
    assert (found and found.id) == expected


def test_cause_is_found_in_the_message_beside_an_error_without_one() -> None:
    (run,) = failed_runs([line(10, UNKNOWN, TIMEOUT)], gap_seconds=60)
    assert run.cause is not None
    assert run.cause.is_timeout
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
