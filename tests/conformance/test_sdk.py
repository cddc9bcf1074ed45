# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Adobe's own client, unmodified, cannot tell the simulator from a Campaign server: each of its checks is a test."""

from __future__ import annotations

import pytest

from tests.conformance.conftest import Run
from tests.conformance.sdk import declared, installed, pinned, sdk_folder

pytestmark = pytest.mark.timeout(850)  # npm may have to fetch the SDK first

CHECKS = declared()


@pytest.mark.parametrize(("concern", "name"), CHECKS, ids=[f"{concern}: {name}" for concern, name in CHECKS])
def test_sdk(run: Run, concern: str, name: str) -> None:
    result = run.report.results.get(name)
    assert result is not None, f"the check did not run; node ended with {run.report.status}:\n{run.report.output}"
    assert result.outcome == "pass", result.error
    assert result.soap + result.pages > 0


def test_the_sdk_is_the_pinned_one() -> None:
    assert installed(sdk_folder()) == pinned() == "1.2.0"


def test_every_check_that_ran_is_declared_and_has_a_name_of_its_own(run: Run) -> None:
    assert sorted(run.report.results) == sorted(name for _concern, name in CHECKS)
    assert run.report.status == 0, run.report.output


def test_the_ledger_holds_exactly_the_calls_that_the_sdk_says_it_made(run: Run) -> None:
    assert len(run.calls) == run.report.soap > 0
    assert {call["origin"] for call in run.calls} == {"external"}
    assert all(call["outcome"] for call in run.calls)


def test_only_the_calls_that_were_to_be_spoilt_have_been(run: Run) -> None:
    spoilt = {call["instance"] for call in run.calls if call["outcome"] in ("injected", "lost")}
    assert spoilt == {"faults"}


def test_no_session_was_left_open(run: Run) -> None:
    assert run.sessions == 0
