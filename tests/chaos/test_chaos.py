# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How ``make chaos`` makes, names, draws and groups its scenarios."""

from __future__ import annotations

from collections import Counter
from random import Random

from tests.chaos.scenarios import FAULTS, KILLS, PHASES, Scenario, batches, draw, everything

CALLS = {"stop": 29, "ignore": 31}


def test_everything_disturbs_every_call_in_every_way() -> None:
    scenarios = list(everything(CALLS))
    for mode, calls in CALLS.items():
        for call in range(1, calls + 1):
            here = [one for one in scenarios if one.mode == mode and one.call == call]
            assert {(one.kind, one.how) for one in here if one.kind.startswith("kill-")} == {
                (f"kill-{who}", phase) for who in KILLS for phase in PHASES
            }
            assert {one.how for one in here if one.kind == "fault"} == set(FAULTS)
            assert any(one.kind == "two-runs" for one in here)


def test_a_scenario_is_made_again_from_its_name() -> None:
    for scenario in everything(CALLS):
        assert Scenario.named(scenario.name) == scenario


def test_a_seed_draws_the_same_scenarios_again_and_some_of_every_kind() -> None:
    first, second = (draw(CALLS, 300, Random(7)) for _time in range(2))
    assert first == second
    assert len(set(first)) == 300
    kinds = Counter(one.kind for one in first)
    assert set(kinds) == {*(f"kill-{who}" for who in KILLS), "two-runs", "fault"}
    assert min(kinds.values()) >= 25


def test_batches_hold_each_scenario_once_and_no_more_faults_than_there_are_instances() -> None:
    drawn = draw(CALLS, 100, Random(3))
    groups = batches(drawn, 3)
    assert sorted(one.name for group in groups for one in group) == sorted(one.name for one in drawn)
    for group in groups:
        assert len(group) == 1 or all(one.kind == "fault" for one in group)
        assert max(Counter(one.mode for one in group).values()) <= 3
