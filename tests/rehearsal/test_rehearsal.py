# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A handful of the random fleets of ``make rehearsal-test``, and fleets whose end is known."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.plugin_utils._rehearsal.virtual import Ending
from tests.rehearsal.fleets import PASSWORD, USER
from tests.rehearsal.main import Judged, report
from tests.rehearsal.trial import Case, Trial, trial

CURSOR = "NmsMidSourcing_LastDelivery_defaultEmailMid"


def fleet(cost: float, **workflow: Any) -> dict[str, Any]:
    """A stuck instance, and a mid that takes so long for a delivery; four changed in the last day."""
    return {
        "start": "2026-11-23T12:00:00Z",
        "warm_up": "35m",
        "defaults": {"operators": [{"login": USER, "password": PASSWORD, "rights": ["admin"]}]},
        "instances": {
            "mkt": {
                "role": "marketing",
                "accounts": [{"name": "defaultEmailMid", "mid": "mid", "login": "mid", "password": "mid-canary"}],
                "options": {CURSOR: {"type": "datetime", "value": "2023-03-01T10:00:00Z"}},
                "workflows": {"defaultMidSourcingDlv": {"every": "10m", "timeout": "60s", **workflow}},
            },
            "mid": {
                "role": "mid",
                "operators": [
                    {"login": "mid", "password": "mid-canary", "rights": ["admin"]},
                    {"login": USER, "password": PASSWORD, "rights": ["admin"]},
                ],
                "seconds_per_row": cost,
                "deliveries": {"count": 5000, "from": "2023-03-01T10:00:00Z", "to": "now", "for": ["mkt"]},
            },
        },
    }


def only(found: Trial) -> Case:
    (case,) = found.cases
    return case


@pytest.mark.parametrize("seed", range(4))
def test_random_fleet_ends_as_it_was_rehearsed_or_the_difference_has_a_name(seed: int) -> None:
    found = trial(seed)
    assert [case for case in found.cases if not (case.is_same or case.explained)] == []
    assert found.calls_while_rehearsed == 0


def test_account_that_was_renamed_is_an_unknown_with_a_name() -> None:
    case = only(trial(1925))
    assert (case.rehearsed.what, case.real.what, case.explained) == ("restored", "cured", "renamed_account")


@pytest.mark.parametrize(("cost", "outcome"), [(0.1, "cured"), (5.0, "cured"), (30.0, "restored")])
def test_speed_of_the_mid_decides_in_the_rehearsal_as_in_the_cure(cost: float, outcome: str) -> None:
    case = only(trial(0, fleet(cost)))
    assert (case.rehearsed.what, case.real.what) == (outcome, outcome)
    assert case.rehearsed.seconds == pytest.approx(case.real.seconds, abs=30)
    if outcome == "cured":
        assert case.rehearsed.affected == pytest.approx(case.real.affected or 0, rel=0.01)


def test_workflow_that_ignores_errors_is_rehearsed_as_one() -> None:
    case = only(trial(0, fleet(0.1, on_error="ignore")))
    assert (case.rehearsed.what, case.real.what) == ("cured", "cured")


def test_difference_without_a_name_fails_the_target() -> None:
    apart = Case(1, "mkt", Ending("stuck", "", "cured"), Ending("stuck", "", "restored"))
    lines, well = report([Judged(1, (apart,), 0)], 1.0)
    assert not well and any("NOT EXPLAINED" in line for line in lines)
    named = Case(1, "mkt", apart.rehearsed, apart.real, "mid_is_slow")
    assert report([Judged(1, (named,), 0)], 1.0)[1]
    assert not report([Judged(1, (), 3)], 1.0)[1]
