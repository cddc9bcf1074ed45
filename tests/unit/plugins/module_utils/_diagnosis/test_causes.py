# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import time
from itertools import count
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._core.errors import ValidationError
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.cause_codes import (
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
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.cause_patterns import PATTERN_LIMIT
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.cause_words import BEFORE, SLOW, WORDS
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.causes import (
    BUILT_IN,
    SEARCH_LIMIT,
    causes_of,
    quoted_code,
    unquoted,
)
from tests.helpers.cursors import OTHER, TIMEOUT

#: A text of each reported cause, and the cause that it names. More are in causes_corpus.txt.
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
    ended = BUILT_IN.of(TIMEOUT + " x" * SEARCH_LIMIT + " XSV-350012 Invalid login or password.")
    assert ended is not None and ended.id == "password_refused"


# -- what is quoted ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("Option 'iTimeout' was read", "Option … was read"),
        ("of type 'Gateway Time-out' (504)", "of type  Gateway Time-out  (504)"),
        ("l'opération d'écriture", "l'opération d'écriture"),
        ("it didn't answer, and wasn't asked", "it didn't answer, and wasn't asked"),
        ("SQL statement 'SELECT a FROM b WHERE c = 'x y' AND d = 1' could not", "SQL statement … could not"),
        ("SQL statement 'UPDATE t SET a='it''s', b=2' failed: why", "SQL statement … failed: why"),
        ("executing SELECT timeout FROM query: ERROR", "executing …: ERROR"),
        ("see https://mid:504/x?timeout=60 there", "see … there"),
        ("see /nl/x.jsp?timeout=60&request=1 there", "see … there"),
        ("in /var/nl6/timeout.log, line 3", "in …, line 3"),
        ("in C:\\nl6\\var\\timeout.log there", "in … there"),
        ("in request/timeout.log there", "in … there"),
        ("mail to timeout@example.com", "mail to …"),
        ("(read timeout=60) and iTimeout=3", "(read …) and …"),
        ("la relation « nmsx » n'existe pas", "la relation   nmsx   n'existe pas"),
        ("the delivery 'It timed out' waits", "the delivery … waits"),
    ],
)
def test_what_is_quoted_is_taken_out(text: str, bare: str) -> None:
    assert unquoted(text) == bare


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("SCR-160012 SCR-160012 JavaScript error", "SCR-160012 JavaScript error"),
        ("SCR-160012: SCR-160012: SCR-160012 JavaScript error", "SCR-160012 JavaScript error"),
        ("SCR-160012 XSV-350012 SCR-160012 x", "SCR-160012 XSV-350012 SCR-160012 x"),
    ],
)
def test_code_that_is_repeated_is_shown_once(text: str, shown: str) -> None:
    assert quoted_code(text) == shown


#: Each text of the measurements below has a number of its own.
SERIAL = count(1)


@pytest.mark.parametrize(
    "text",
    [
        "(" * SEARCH_LIMIT,
        "'" * SEARCH_LIMIT,
        "'SELECT " * 1000,
        "'select a = ' from b, " * 400,
        "SELECT a " * 900,
        "HTTP error " * 700,
        "INT-150012 (" * 600,
        "operation " * 800 + "timed",
        "timed out " * 800,
        "/a" * 4000,
        "a/b" * 2600,
        "a.b-" * 2000,
        "timeout_" * 1000,
        "délai " * 1300,
        "tiempo de espera " * 470,
        "connexion refus verbindung nicht " * 240,
        "http://" * 1100,
        "x@y" * 2600,
        "=" * SEARCH_LIMIT,
        "あ" * SEARCH_LIMIT,
        "attribute " * 800,
        "x" * SEARCH_LIMIT,
        "a-" * 4000,
        "?a" * 4000,
        "time-out" * 1000,
        "x.timeout" * 900,
    ],
    ids=lambda text: text[:20],
)
def test_no_text_takes_long(text: str) -> None:
    def seconds(text: str) -> float:
        """Processor time of the quickest of three; each is another text, so that none is in a cache."""
        found = []
        for _time in range(3):
            other = "".join("abcdefghij"[int(digit)] for digit in str(next(SERIAL)))
            began = time.process_time()
            BUILT_IN.of(f"{other} {text}"[:SEARCH_LIMIT])
            found.append(time.process_time() - began)
        return min(found)

    usual, hostile = seconds("lorem ipsum dolor " * 500), seconds(text)
    assert hostile < 10 * usual, "a hostile text would cost a sweep its budget"


# -- a site's own -----------------------------------------------------------------------------------------------------


def own(pattern: str, kind: str = "slow", **more: Any) -> dict[str, Any]:
    return {"pattern": pattern, "class": kind, "remedy": "Ask somebody.", **more}


def test_pattern_of_a_site_comes_before_the_built_in_ones() -> None:
    causes = causes_of(
        [
            own("no data within \\d+ s"),
            own("lock wait timeout"),
            own("read timed out", "other", id="reader"),
            own("READ"),
        ]
    )
    assert BUILT_IN.of("No data within 60 s") is None
    slow = causes.of("No data within 60 s")
    assert slow is not None
    assert (slow.id, slow.kind, slow.remedy) == ("site_1", "slow", "Ask somebody.")
    lock = causes.of("Lock wait timeout exceeded; try restarting transaction")
    assert lock is not None
    assert (lock.id, lock.is_slow) == ("site_2", True)
    third = causes.of("Read timed out")
    assert third is not None
    assert (third.id, third.rules_out) == ("reader", True)
    assert causes.of(OTHER) == BUILT_IN.of(OTHER)


@pytest.mark.parametrize(("kind", "rules_out"), [("slow", False), ("never_asked", True), ("other", True)])
def test_class_of_a_site_is_the_class_of_its_cause(kind: str, rules_out: bool) -> None:
    found = causes_of([own("purple", kind)]).of("It was purple")
    assert found is not None
    assert (found.kind, found.rules_out) == (kind, rules_out)


def test_remedy_is_needed_for_another_cause_only() -> None:
    for kind in ("slow", "never_asked"):
        found = causes_of([{"pattern": "purple", "class": kind}]).of("purple")
        assert found is not None
        assert found.remedy


@pytest.mark.parametrize(
    "pattern",
    [
        r"timed\s+out after \d+",
        r"error:\s*\w+ was slow",
        r"(?:too|very) slow",
        r"foo.*bar",
        r"(\d{3}){2} purple",
        r"a\+b\+c purple",
        r"[+*]{2} purple",
        r"délai.{1,40}dépassé",
    ],
)
def test_pattern_of_a_site_that_can_be_right_is_taken(pattern: str) -> None:
    assert len(causes_of([own(pattern)]).own) == 1


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("purple", "causes: a list is expected"),
        (["purple"], r"causes\[0\]: a mapping is expected"),
        ([own("purple"), own("(")], r"causes\[1\]\.pattern: '\(' is no regular expression"),
        ([own("")], r"causes\[0\]\.pattern: a regular expression is expected"),
        ([{"class": "slow"}], r"causes\[0\]\.pattern: a regular expression is expected"),
        ([own("x*")], "matches the empty text or a single sign"),
        ([own("a?")], "matches the empty text"),
        ([own("^")], "matches the empty text"),
        ([own("purple|")], "matches the empty text"),
        ([own(".")], "a single sign"),
        ([own("\\w+")], "a single sign"),
        ([own("[^x]")], "a single sign"),
        ([own("(a+)+b")], "could run without end"),
        ([own("(a|b*)*c")], "could run without end"),
        ([own("(a|a)+b")], "could run without end"),
        ([own("a.*b.*c.*d")], "could run without end"),
        ([own("(.*a){25}purple")], "could run without end"),
        ([own("((a+)c)+purple")], "could run without end"),
        ([own("(?:(?:aa|bb)|cc)*purple")], "could run without end"),
        ([own("([)a+]+)+purple")], "could run without end"),
        ([own("(?:x+x+)purple")], "could run without end"),
        ([own("(.*)(.*)purple")], "could run without end"),
        ([own("..")], "words that say nothing"),
        ([own("\\w{2,}")], "words that say nothing"),
        ([own("[^x][^y]")], "words that say nothing"),
        ([own("a{2000000000000}")], "is no regular expression"),
        ([own("x" * (PATTERN_LIMIT + 1))], "too long"),
        ([own("purple", "timeout")], r"causes\[0\]\.class: must be one of slow, never_asked, other"),
        ([{"pattern": "purple"}], r"causes\[0\]\.class"),
        ([own("purple", "other", remedy=" ")], r"causes\[0\]\.remedy: a cause of class 'other' needs one"),
        ([own("purple", kinds="x")], r"causes\[0\]: unknown: kinds"),
    ],
)
def test_cause_of_a_site_that_cannot_be_right_is_refused_with_its_place(given: Any, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        causes_of(given)
