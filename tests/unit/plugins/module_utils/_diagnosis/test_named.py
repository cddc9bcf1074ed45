# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which account a journal names: another one's name may contain it, and so may a URL."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.named import names_account
from ansible_collections.campaign.classic.plugins.module_utils._resources.workflows import JournalLine


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
