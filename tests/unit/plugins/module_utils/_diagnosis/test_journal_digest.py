# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.campaign.classic.plugins.module_utils._core.xtk import format_datetime
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.journal_digest import digest
from ansible_collections.campaign.classic.plugins.module_utils._resources.workflows import JournalLine
from tests.helpers.cursors import MINUTE, TIMEOUT, UNKNOWN, ago

OPTION = "NmsMidSourcing_LastDelivery_mid1"


def line(number: int, seconds: float, *, error: str = "", message: str = "", kind: int = 3) -> JournalLine:
    return JournalLine(number, 1, ago(seconds), 0 if error else kind, "sync", error, message)


def told(*lines: JournalLine, failed: bool = True, complete: bool = True) -> list[tuple[str, str]]:
    newest_first = sorted(lines, key=lambda one: one.at, reverse=True)
    found = digest(newest_first, failed=failed, complete=complete, accounts={"mid1"}, options={OPTION})
    assert [entry["at"] for entry in found] == sorted(entry["at"] for entry in found)
    return [(entry["what"], entry.get("cause", entry.get("option", ""))) for entry in found]


def test_failure_has_its_cause_its_accounts_and_the_line_before_it() -> None:
    lines = [
        line(1, 600, message="Run started."),
        line(2, 540, error=f"{TIMEOUT} mid1"),
        line(3, 539, message="Failed."),
    ]
    found = digest(lines[::-1], failed=True, complete=True, accounts={"mid1", "mid"}, options=set())
    assert [entry["what"] for entry in found] == ["other", "failed", "other"]
    assert found[1]["cause"] == "timeout" and found[1]["class"] == "slow" and found[1]["accounts"] == ["mid1"]
    assert found[1]["at"] == format_datetime(ago(540))
    assert TIMEOUT not in str(found)


def test_unknown_text_is_a_failure_without_a_cause() -> None:
    assert told(line(1, 60, error=UNKNOWN)) == [("failed", "")]


def test_only_the_newest_move_of_a_cursor_of_the_catalogue_is_kept() -> None:
    moves = [line(n, 100 * n, message=f"AuditTrail: Option '{OPTION}' with id '1' modified by 'x'") for n in (1, 2)]
    other = line(3, 50, message="AuditTrail: Option 'other' with id '1' modified by 'x'")
    assert told(*moves, other, failed=False) == [("moved", OPTION), ("other", "")]


def test_run_whose_lines_lie_far_apart_stays_one() -> None:
    lines = [line(n, 600 - 50 * n, error=TIMEOUT) for n in range(4)]
    assert told(*lines) == [("failed", "timeout")] * 4


def test_failed_workflow_without_an_error_row_is_told_by_its_last_lines() -> None:
    assert ("failed", "") in told(line(1, 60, message="Something went wrong.", kind=2))


def test_oldest_failure_without_a_cause_counts_only_if_nothing_older_may_be_missing() -> None:
    lines = [line(1, 30 * MINUTE, error=UNKNOWN), line(2, 10 * MINUTE, error=TIMEOUT)]
    assert [one for one in told(*lines) if one[0] == "failed"] == [("failed", ""), ("failed", "timeout")]
    assert [one for one in told(*lines, complete=False) if one[0] == "failed"] == [("failed", "timeout")]


def test_account_beside_the_cause_is_not_that_of_the_failure() -> None:
    lines = [line(1, 540, error=f"{TIMEOUT} mid1"), line(2, 539, message="mid2: asking", kind=2)]
    found = digest(lines[::-1], failed=True, complete=True, accounts={"mid1", "mid2"}, options=set())
    assert [entry["accounts"] for entry in found if entry["what"] == "failed"] == [["mid1"]]
