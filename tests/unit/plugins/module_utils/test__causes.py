# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._cause_table import (
    BY_ID,
    CAMPAIGN,
    CAUSES,
    CURL,
    ERRNO,
    HTTP,
    NUMBERS,
    ORACLE,
    SQLSTATE,
)
from ansible_collections.campaign.classic.plugins.module_utils._cause_words import BEFORE, SLOW, WORDS
from ansible_collections.campaign.classic.plugins.module_utils._causes import (
    BUILT_IN,
    SEARCH_LIMIT,
)
from tests.helpers.cursors import OTHER, TIMEOUT

#: A text of each cause that was ever told of, and the cause that it names. More are in causes_corpus.txt.
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
    ("The connection timed out", "not_connected"),
    ("Operation timed-out (iRc=-53)", "timeout"),
    ("Gateway Time-out", "gateway_timeout"),
    ("INT-150012 HTTP query returned error type (504)", "gateway_timeout"),
    ("504 Bad gateway", "gateway_timeout"),
    ("HTTP status 504", "gateway_timeout"),
    ("INT-150012 HTTP query returned error type (500)", "http_error"),
]
NAMELESS = [
    "",
    "SCR-160012 JavaScript error while evaluating script",
    "504 deliveries were read",
    "Folder 504 was read",
    "the time out of range",
    "see http://mid:504/nl",
    "Delivery DM504 failed",
    "status of delivery 504",
    "the attribute is unknown",
    "CRL-290002 could not read",
    "Something failed (iRc=16384)",
    "apache RequestReadTimeout was reached",
]


@pytest.mark.parametrize(("text", "expected"), TEXTS)
def test_text_names_its_cause(text: str, expected: str) -> None:
    found = BUILT_IN.of(text)
    assert found is not None
    assert found.id == expected


@pytest.mark.parametrize("text", NAMELESS)
def test_text_without_a_known_cause_names_none(text: str) -> None:
    assert BUILT_IN.of(text) is None


# -- the tables -------------------------------------------------------------------------------------------------------


def test_every_sign_leads_to_a_cause_and_every_cause_has_a_sign_a_remedy_and_a_source() -> None:
    signs: set[str] = {"operator_disabled"}
    for table in (CAMPAIGN, ORACLE, SQLSTATE, NUMBERS, HTTP, CURL, ERRNO):
        signs |= set(table.values())
    for words in (BEFORE, SLOW, WORDS):
        signs |= {name for name, _pattern in words}
    assert signs == set(BY_ID)
    assert len(BY_ID) == len(CAUSES)
    assert all(cause.remedy.endswith(".") and cause.source for cause in CAUSES)


def test_table_puts_what_rules_out_before_a_slow_answer() -> None:
    assert [cause.is_slow for cause in CAUSES] == sorted(cause.is_slow for cause in CAUSES)
    assert {cause.id for cause in CAUSES if cause.is_slow} == {"gateway_timeout", "statement_cancelled", "timeout"}
    assert all(cause.rules_out != cause.is_slow for cause in CAUSES)


def test_remedy_for_what_was_never_asked_says_to_start() -> None:
    asked = [cause for cause in CAUSES if cause.kind == "never_asked" and cause.id != "peer_restarting"]
    assert [cause.id for cause in asked if "start the workflow" not in cause.remedy] == []


def test_other_cause_wins_over_a_timeout_in_one_text() -> None:
    found = BUILT_IN.of(f"{TIMEOUT}\n{OTHER}")
    assert found is not None
    assert found.id == "address_refused"


def test_cause_beyond_the_search_limit_is_not_looked_for() -> None:
    assert BUILT_IN.of("x" * SEARCH_LIMIT + TIMEOUT) is None
    assert BUILT_IN.of("x " * (SEARCH_LIMIT // 2 - 100) + TIMEOUT) is not None
