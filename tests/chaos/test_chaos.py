# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How ``make chaos`` makes, names, draws and groups its scenarios; and a short run, the same each time."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random

import pytest

from tests.chaos.main import Chaos
from tests.chaos.reference import undisturbed_calls
from tests.chaos.scenarios import ENDINGS, FAULTS, PHASES, TELLS, Scenario, batches, draw, everything
from tests.chaos.verdicts import Results, Verdict, product_digest, table, wrong_lines

CALLS = {"stop": 29, "ignore": 31}

KINDS = {*ENDINGS, *TELLS, "two-runs", "fault"}

#: The short run: its number of scenarios (each of the 19 kinds, and more faults, which share a playbook), and its seed.
RUNS, SEED = 22, 2026


def test_everything_disturbs_every_call_in_every_way() -> None:
    scenarios = list(everything(CALLS))
    for mode, calls in CALLS.items():
        for call in range(1, calls + 1):
            here = [one for one in scenarios if one.mode == mode and one.call == call]
            assert {(one.kind, one.how) for one in here if one.kind in ENDINGS} == {
                (kind, phase) for kind in ENDINGS for phase in PHASES
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
    assert set(kinds) == KINDS
    assert min(kinds.values()) >= 8
    assert {one.kind for one in draw(CALLS, len(kinds), Random(7))} == set(kinds)


def test_batches_hold_each_scenario_once_and_all_of_one_have_an_instance() -> None:
    every = list(everything(CALLS))
    groups = batches(every, 3)
    assert sorted(one.name for group in groups for one in group) == sorted(one.name for one in every)
    for group in groups:
        (kind,) = {one.kind for one in group}
        calls = sorted({one.call for one in group})
        assert kind == "fault" or calls[-1] - calls[0] <= 1
        assert max(Counter(one.mode for one in group).values()) <= 3
    assert len(groups) < len(every) / 4


def test_a_later_part_knows_what_an_earlier_one_has_done(tmp_path: Path) -> None:
    first, second = list(everything(CALLS))[:2]
    names = [first.name, second.name]
    good, bad = Verdict(first, True, 1, [], 7, names, "a"), Verdict(second, True, 3, ["it is stuck"], 7, names, "a")
    Results(tmp_path / "all").add([good, bad], 10.0)
    assert Results(tmp_path / "all").read() == {first: good, second: bad}
    again = Verdict(second, True, 1, [], 8, [second.name], "b")
    Results(tmp_path / "all").add([again], 5.0)
    assert Results(tmp_path / "all").read() == {first: good, second: again}
    assert Results(tmp_path / "all").seconds() == 15.0
    assert wrong_lines([bad])[1].endswith(f'ARGS="--seed 7 --only {first.name} --only {second.name}"')


def test_scenario_that_was_missed_beside_others_is_tried_again() -> None:
    first, second = list(everything(CALLS))[:2]
    names = [first.name, second.name]
    assert Verdict(first, False, 1, [], 7, names).is_missed
    assert not Verdict(first, False, 1, [], 7, [first.name]).is_missed, "it was alone: that call does not come"
    assert not Verdict(first, True, 1, [], 7, names).is_missed
    assert not Verdict(first, False, 1, ["it is stuck"], 7, names).is_missed


def test_product_is_another_one_when_a_file_of_it_changes(tmp_path: Path) -> None:
    (tmp_path / "plugins" / "__pycache__").mkdir(parents=True)
    (tmp_path / "plugins" / "one.py").write_text("1", encoding="utf-8")
    before = product_digest(tmp_path)
    (tmp_path / "plugins" / "__pycache__" / "one.pyc").write_text("2", encoding="utf-8")
    assert product_digest(tmp_path) == before
    (tmp_path / "plugins" / "one.py").write_text("2", encoding="utf-8")
    assert product_digest(tmp_path) != before


@pytest.mark.timeout(600)  # beside other suites on two cores
def test_a_short_chaos_ends_as_undisturbed_runs_do(tmp_path: Path) -> None:
    calls = {mode: len(names) for mode, names in undisturbed_calls(tmp_path / "reference").items()}
    scenarios = draw(calls, RUNS, Random(SEED))
    verdicts = Chaos(tmp_path, SEED, jobs=2).run(scenarios)
    said = "\n".join([table(verdicts), *wrong_lines(verdicts)])
    print(said)
    assert {one.scenario for one in verdicts} == set(scenarios)
    assert not any(one.problems for one in verdicts), said
    assert {one.kind for one in scenarios} == KINDS
    # A disturbance that never happened would prove nothing.
    assert sum(one.struck for one in verdicts) >= RUNS * 3 // 4, said
