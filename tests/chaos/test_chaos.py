# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How ``make chaos`` makes, names, draws and groups its scenarios; and a short run, the same each time."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from random import Random

import pytest

from tests.chaos.main import report, run_scenarios
from tests.chaos.reference import undisturbed_calls
from tests.chaos.scenarios import FAULTS, KILLS, PHASES, TELLS, Scenario, batches, draw, everything

CALLS = {"stop": 29, "ignore": 31}

#: The short run: its number of scenarios (each of the 15 kinds, and more faults, which share a playbook), and its seed.
RUNS, SEED = 18, 2026


def test_everything_disturbs_every_call_in_every_way() -> None:
    scenarios = list(everything(CALLS))
    for mode, calls in CALLS.items():
        for call in range(1, calls + 1):
            here = [one for one in scenarios if one.mode == mode and one.call == call]
            assert {(one.kind, one.how) for one in here if one.kind.startswith("kill-")} == {
                (f"kill-{who}", phase) for who in KILLS for phase in PHASES
            }
            assert {(one.kind, one.how) for one in here if one.kind in TELLS} == {
                (kind, phase) for kind in TELLS for phase in PHASES[1:]
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
    assert set(kinds) == {*(f"kill-{who}" for who in KILLS), *TELLS, "two-runs", "fault"}
    assert min(kinds.values()) >= 10
    assert {one.kind for one in draw(CALLS, len(kinds), Random(7))} == set(kinds)


def test_batches_hold_each_scenario_once_and_no_more_faults_than_there_are_instances() -> None:
    drawn = draw(CALLS, 100, Random(3))
    groups = batches(drawn, 3)
    assert sorted(one.name for group in groups for one in group) == sorted(one.name for one in drawn)
    for group in groups:
        assert len(group) == 1 or all(one.kind == "fault" for one in group)
        assert max(Counter(one.mode for one in group).values()) <= 3


@pytest.mark.timeout(600)  # beside other suites on two cores
def test_a_short_chaos_ends_as_undisturbed_runs_do(tmp_path: Path) -> None:
    started = time.monotonic()
    calls = {mode: len(names) for mode, names in undisturbed_calls(tmp_path / "reference").items()}
    scenarios = draw(calls, RUNS, Random(SEED))
    verdicts = run_scenarios(scenarios, tmp_path, SEED, jobs=2)
    said = report(verdicts, SEED, time.monotonic() - started)
    print(said)
    assert {one.scenario for one in verdicts} == set(scenarios)
    assert not any(one.problems for one in verdicts), said
    assert {one.kind for one in scenarios} == {*(f"kill-{who}" for who in KILLS), *TELLS, "two-runs", "fault"}
    # A disturbance that never happened would prove nothing.
    assert sum(one.struck for one in verdicts) >= RUNS * 3 // 4, said
