# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The last words of a run, and the small dictionary for other tools."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.plugin_utils._fleet import fleet_rows
from ansible_collections.campaign.classic.plugins.plugin_utils._fleet_outcome import fleet_outcome
from tests.helpers.diagnoses import fleet, plan


def cured(host: str, outcome: str, reason: str = "So it was.") -> dict[str, Any]:
    return {
        "mid_sourcing_cure": {
            "results": [{"moves": [{"outcome": outcome, "reason": reason, "option": plan(host)["option"]}]}]
        }
    }


def outcome(stuck: int, healthy: int = 0, *, gate: Any = None, applied: bool = True, **more: Any) -> dict[str, Any]:
    hosts, variables = fleet(stuck, healthy, **more)
    rows = fleet_rows(hosts, variables)
    return fleet_outcome(rows, gate=gate or {}, plan="d" * 64, applied=applied, run_id="night", manifest="e" * 64)


@pytest.mark.parametrize(
    ("name", "listed", "ill"),
    [
        ("cured", "cured", False),
        ("confirmed", "cured", False),
        ("unchanged", "unchanged", False),
        ("cured_with_warnings", "cured", True),
        ("pending", "failed", True),
        ("restored", "failed", True),
        ("kept", "failed", True),
        ("refused", "failed", True),
    ],
)
def test_each_outcome_is_counted_and_what_is_not_well_has_a_line(name: str, listed: str, ill: bool) -> None:
    found = outcome(1, 1, s0=cured("s0", name))
    assert found["stats"][listed] == ["s0"] and found["stats"]["outcomes"] == {name: 1}
    assert found["stats"]["not_healthy"] == (["s0"] if ill else [])
    assert found["lines"] == ([f"s0  {name}: So it was."] if ill else [])


def test_host_that_became_well_by_itself_is_not_said_to_be_cured() -> None:
    found = outcome(1, s0=cured("s0", "unchanged"))
    assert found["headline"].startswith("Run night: 1 unchanged. ")
    assert found["stats"]["cured"] == []
    both = {
        "mid_sourcing_cure": {
            "results": [{"moves": [{"outcome": one, "reason": "So."}]} for one in ("unchanged", "cured")]
        }
    }
    assert outcome(1, s0=both)["stats"]["cured"] == ["s0"]


def test_task_that_failed_without_an_outcome_is_failed() -> None:
    found = outcome(1, s0={"mid_sourcing_cure": {"results": [{"failed": True, "msg": "The window\n is shut."}]}})
    assert found["stats"]["failed"] == ["s0"] and found["lines"] == ["s0  failed: The window is shut."]


def test_hosts_that_were_not_reached_say_why() -> None:
    found = outcome(3, s0=cured("s0", "kept"), gate={"postponed": [{"host": "s1", "reason": "It opens at ten."}]})
    assert found["stats"]["postponed"] == ["s1"] and found["stats"]["not_attempted"] == ["s2"]
    assert found["lines"][1:] == [
        "s1  postponed: It opens at ten.",
        "s2  not_attempted: The run stopped after an earlier batch, in which a cure did not end well.",
    ]
    assert found["headline"].startswith("Run night: 1 failed, 1 postponed, 1 not attempted. The manifest")
    refused = outcome(1, gate={"refusals": ["Too many."]})
    assert refused["lines"] == ["s0  not_attempted: The gate refused the run."]
    assert refused["stats"]["refusals"] == ["Too many."]


def test_rehearsal_says_that_nothing_was_written() -> None:
    found = outcome(2, 1, applied=False, gate={"refusals": ["Too many."]})
    assert found["headline"] == (
        "PLAN ONLY: nothing was written. 2 host(s) would be cured: s0, s1. The gate would refuse: Too many. To do it, "
        "run reconcile with -e mid_sourcing_apply=true. 2 of 3 host(s) are not healthy:"
    )
    assert found["lines"][0] == "s0  stuck: It is stuck. Look."
    assert "Every host is healthy." in outcome(0, 2, applied=False)["headline"]


def test_dictionary_stays_small_whatever_the_fleet() -> None:
    found = outcome(500, 500)
    assert len(json.dumps(found["stats"])) < 4000
    assert found["stats"]["verdicts"] == {"healthy": 500, "stuck": 500}
    assert len(found["lines"]) == 500
