# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which account a journal names: another one's name may contain it, and so may a URL."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.causes import BUILT_IN
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.journal import failed_runs
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.named import names_account, names_as_cause
from ansible_collections.campaign.classic.plugins.module_utils._resources.workflows import JournalLine
from tests.helpers.corpus import row
from tests.helpers.cursors import TIMEOUT, UNKNOWN


def line(text: str) -> JournalLine:
    return JournalLine(1, 1, datetime(2026, 11, 23, tzinfo=UTC), 2, "query", text, "")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Method 'ExecuteQuery' of external account 'mid': operation timed out.", True),
        ("external account mid", True),
        ("The account is mid. It timed out.", True),
        ("(mid)", True),
        ("mid: timed out", True),
        ("account:mid", True),
        ("external account 'mid-eu': timed out", False),
        ("external account 'eu-mid': timed out", False),
        ("external account 'mid_eu': timed out", False),
        ("amid all of this", False),
        ("timed out (https://mid.example.com/nl/jsp/soaprouter.jsp)", False),
        ("timed out (http://mid/nl/jsp/soaprouter.jsp)", False),
        ("no answer of mid.example.com", False),
        ("no answer of example.mid", False),
        ("/usr/local/mid/log", False),
        ("ops@mid", False),
        ("", False),
    ],
)
def test_name_is_a_whole_word_of_its_own(text: str, named: bool) -> None:
    assert names_account([line(text)], "mid") is named


def test_no_account_is_never_named() -> None:
    assert not names_account([line("anything")], "")


SLOW, SAYS = f"{TIMEOUT} (account zz)", "Operation timed out after 60000 ms with 0 bytes received"
AUDIT = "AuditTrail: Option 'x' with id '1' modified by 'internal'"


@pytest.mark.parametrize(
    "asking", ["Account aa: asking for deliveries", "aa", "Asking https://aa.example, account aa."]
)
@pytest.mark.parametrize("log_type", [None, 0, 1, 2, 3])
@pytest.mark.parametrize("apart", [0, 1, 2, 3, 30])
@pytest.mark.parametrize("after", [True, False], ids=["after", "before"])
def test_row_beside_the_cause_names_no_account(asking: str, log_type: int | None, apart: int, after: bool) -> None:
    beside = row(600 - apart if after else 600 + apart, "", asking, log_type)
    assert named(row(600, SLOW), beside) == ["zz"]
    assert named(row(600, TIMEOUT), beside) == []


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([("", f"Account zz: {SAYS}", 2), (UNKNOWN, "", 0)], ["zz"]),
        ([("", SAYS, 2), (f"{UNKNOWN} Account zz", "", 0)], []),
        ([(f"Account zz: {TIMEOUT}", "", 0), ("Account aa: 3 deliveries were left out", "", 0)], ["zz"]),
        ([(f"Account zz: {TIMEOUT}", "", 0), (f"Account aa: {TIMEOUT}", "", 0)], ["aa", "zz"]),
        ([(f"Account zz: {SAYS}", "Account aa", 0)], ["aa", "zz"]),
        ([("Account zz: XSV-3500", "", 0), ("12 Invalid login.", "", 0)], ["zz"]),
        ([("Account zz: XSV-3500", "", 0), ("12 Invalid login.", "", 0), ("", "Account aa: asking", 2)], ["zz"]),
        ([("", "Account aa: asking", 2), ("Account zz: XSV-3500", "", 0), ("12 Invalid login.", "", 0)], ["zz"]),
        ([("Account zz: why?", "", 0)], []),
    ],
)
def test_account_is_named_only_with_the_cause(rows: list[tuple[str, str, int]], expected: list[str]) -> None:
    assert named(*(row(600, *one) for one in rows)) == expected


def named(*rows: JournalLine) -> list[str]:
    """The accounts that the newest failed run names, in a journal that tells the types of its rows and in one that does
    not."""
    change = row(9000, "", AUDIT, 0)
    found = []
    for journal in (rows, (*rows, change)):
        run = failed_runs(journal, gap_seconds=60)[0]
        found.append([one for one in ("aa", "zz") if names_as_cause(run.lines, one, run.cause, BUILT_IN)])
    assert found[0] == found[1]
    return found[0]
