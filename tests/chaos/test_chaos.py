# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How ``make chaos`` makes, names, draws and groups its scenarios; and a short run, the same each time."""

from __future__ import annotations

import os
import signal
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import ClassVar

import pytest

from simulator.faults.rules import AFTER, EITHER
from tests.chaos import main as command
from tests.chaos import record
from tests.chaos.main import ALONE, Chaos
from tests.chaos.reference import undisturbed_calls
from tests.chaos.scenarios import ENDINGS, PHASES, TELLS, Scenario, batches, draw, everything
from tests.chaos.verdicts import NOT_SEEN, Results, Verdict, product_digest, table, wrong_lines
from tests.helpers.faults import FAULTS, NO_FAULT

CALLS = {"stop": 29, "ignore": 31}

KINDS = {*ENDINGS, *TELLS, "two-runs", "fault"}

#: The short run takes every second one of so many scenarios, which are of each of the 19 kinds; and its seed.
#: `make chaos` runs the others, too.
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


def test_every_kind_of_fault_strikes_every_call() -> None:
    by_call: dict[tuple[str, int], set[str]] = {}
    for one in everything(CALLS):
        if one.kind == "fault":
            by_call.setdefault((one.mode, one.call), set()).add(FAULTS[one.how]["kind"])
    assert len(by_call) == sum(CALLS.values())
    assert all(kinds | NO_FAULT == EITHER | AFTER for kinds in by_call.values())


def test_a_later_part_knows_what_an_earlier_one_has_done_with_the_same_files(tmp_path: Path) -> None:
    first, second = list(everything(CALLS))[:2]
    names = [first.name, second.name]
    good, bad = Verdict(first, True, 1, [], 7, names, "a"), Verdict(second, True, 3, ["it is stuck"], 7, names, "a")
    Results(tmp_path / "all").add([good, bad], 10.0)
    assert Results(tmp_path / "all").read("a") == {first: good, second: bad}
    again = Verdict(second, True, 1, [], 8, [second.name], "b")
    Results(tmp_path / "all").add([again], 5.0)
    assert Results(tmp_path / "all").read("a") == {first: good, second: bad}
    assert Results(tmp_path / "all").read("b") == {second: again}
    assert (Results(tmp_path / "all").seconds("a"), Results(tmp_path / "all").seconds("b")) == (10.0, 5.0)
    assert wrong_lines([bad])[1].endswith(f'ARGS="--seed 7 --only {first.name} --only {second.name}"')


def test_a_part_in_another_clone_goes_on_with_what_the_repository_has(tmp_path: Path) -> None:
    every = list(everything(CALLS))
    right = [Verdict(every[0], True, 1, product="a"), Verdict(every[1], True, 3, product="a")]
    left = [Verdict(every[2], True, 1, ["it is stuck"], product="a"), Verdict(every[3], False, 1, product="a")]
    record.write(record.Record("a", CALLS, 20.0, [*right, *left]), tmp_path / "record")
    kept = record.read("a", tmp_path / "record")
    assert (kept.product, kept.calls, kept.seconds) == ("a", CALLS, 20.0)
    assert [(one.scenario, one.is_right, one.runs) for one in kept.verdicts] == [
        (every[0], True, 1),
        (every[1], True, 2),
    ]
    # What was seen of other files does not count.
    assert record.read("b", tmp_path / "record") == record.Record() == record.read("a", tmp_path / "none")
    results = Results(tmp_path / "all")
    for _twice in range(2):
        command._go_on(results, kept, "a")
        assert (len(results.read("a")), results.seconds("a")) == (2, 20.0)


class Untouched:
    """A trial in which no disturbance is ever seen."""

    made: ClassVar[list[str]] = []

    def __init__(self, scenarios: Sequence[Scenario], _work: Path, seed: int) -> None:
        self.made += [one.name for one in scenarios]
        self.verdicts = [Verdict(one, seed=seed, runs=1) for one in scenarios]

    def run(self) -> list[Verdict]:
        return self.verdicts


@pytest.fixture
def untouched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the scenarios that are tried, none of which strikes."""
    monkeypatch.setattr(command, "Trial", Untouched)
    monkeypatch.setattr(Untouched, "made", [])
    return Untouched.made


def test_scenario_that_is_never_struck_is_tried_again_alone_and_is_wrong_then(
    untouched: list[str], tmp_path: Path
) -> None:
    scenarios = list(everything(CALLS))[:2]
    kept: list[Verdict] = []
    found = Chaos(tmp_path, 1, 1, lambda _line: None, keep=lambda some, _seconds: kept.extend(some)).run(scenarios)
    assert Counter(untouched) == dict.fromkeys([one.name for one in scenarios], 1 + ALONE)
    assert [one.problems for one in found] == [[NOT_SEEN]] * 2
    assert [one.problems for one in kept[-2:]] == [[NOT_SEEN]] * 2
    assert not any(one.is_right for one in found)
    assert wrong_lines(found)


#: The calls of an undisturbed run, where all of chaos is small.
FEW = {"stop": 1, "ignore": 1}


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """All of chaos is small, nothing of it is known yet, and the product is ``today``. The file with its results."""
    monkeypatch.setattr(command, "ROOT", tmp_path)
    monkeypatch.setattr(command, "RESULTS", tmp_path / "all")
    monkeypatch.setattr(command, "_calls", lambda _work: FEW)
    monkeypatch.setattr(command, "product_digest", lambda: "today")
    monkeypatch.setattr(record, "read", lambda _product: record.Record())
    monkeypatch.setenv("ANSIBLE_COLLECTIONS_PATH", "")  # the command sets it
    return tmp_path / "all"


@pytest.mark.parametrize(
    ("product", "struck", "tried", "status"),
    [("today", True, 0, 0), ("today", False, 1 + ALONE, 1), ("last year", True, 1 + ALONE, 1)],
)
def test_all_of_chaos_is_right_only_where_every_disturbance_was_seen_with_the_present_files(
    untouched: list[str],
    small: Path,
    product: str,
    struck: bool,
    tried: int,
    status: int,
) -> None:
    every = list(everything(FEW))
    Results(small).add([Verdict(one, struck, 1, [], 1, [one.name], product) for one in every], 1.0)
    assert command.main(["--all", "--seed", "1"]) == status
    assert len(untouched) == tried * len(every)


@pytest.mark.parametrize(("missing", "figures"), [(0, ["chaos"]), (1, [])])
def test_guide_gets_all_of_chaos_and_the_next_part_what_there_is(
    small: Path, monkeypatch: pytest.MonkeyPatch, missing: int, figures: list[str]
) -> None:
    kept: list[int] = []
    put: list[str] = []
    monkeypatch.setattr(command, "put_figures", lambda name, _text: put.append(name))
    monkeypatch.setattr(record, "write", lambda it: kept.append(len(it.verdicts)))
    every = list(everything(FEW))
    some = every[missing:]
    Results(small).add([Verdict(one, True, 1, [], 1, [one.name], "today") for one in some], 1.0)
    assert command.main(["--all", "--seed", "1", "--minutes", "0", "--write"]) == missing
    assert (put, kept) == (figures, [len(some)])


@pytest.mark.usefixtures("small")
def test_part_that_is_told_to_end_keeps_what_there_is(untouched: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[record.Record] = []
    ended, end = threading.Event(), Chaos.end

    def told_to_end(trial: Untouched) -> list[Verdict]:
        """It succeeds, and meanwhile the whole chaos is told to end."""
        os.kill(os.getpid(), signal.SIGTERM)
        assert ended.wait(30)
        return [replace(one, struck=True) for one in trial.verdicts]

    def ends(chaos: Chaos) -> None:
        end(chaos)
        ended.set()

    monkeypatch.setattr(Chaos, "end", ends)
    monkeypatch.setattr(record, "write", kept.append)
    monkeypatch.setattr(Untouched, "run", told_to_end)
    assert command.main(["--all", "--seed", "1", "--jobs", "1", "--write"]) == 1
    everyone = len(list(everything(FEW)))
    assert 0 < len(untouched) < everyone and len(kept[0].verdicts) == len(untouched)


def test_product_is_another_one_when_a_file_of_it_changes(tmp_path: Path) -> None:
    (tmp_path / "plugins" / "__pycache__").mkdir(parents=True)
    (tmp_path / "plugins" / "one.py").write_text("1", encoding="utf-8")
    before = product_digest(tmp_path)
    (tmp_path / "plugins" / "__pycache__" / "one.pyc").write_text("2", encoding="utf-8")
    (tmp_path / "plugins" / "test_one.py").write_text("2", encoding="utf-8")
    assert product_digest(tmp_path) == before
    (tmp_path / "plugins" / "one.py").write_text("2", encoding="utf-8")
    assert product_digest(tmp_path) != before


@pytest.mark.timeout(600)  # beside other suites on two cores
def test_a_short_chaos_ends_as_undisturbed_runs_do(tmp_path: Path) -> None:
    calls = {mode: len(names) for mode, names in undisturbed_calls(tmp_path / "reference").items()}
    scenarios = draw(calls, RUNS, Random(SEED))[::2]
    verdicts = Chaos(tmp_path, SEED, jobs=2).run(scenarios)
    said = "\n".join([table(verdicts), *wrong_lines(verdicts)])
    print(said)
    assert {one.scenario for one in verdicts} == set(scenarios)
    # A disturbance that never happened would prove nothing.
    assert all(one.is_right for one in verdicts), said
    assert len({one.kind for one in scenarios}) == 10
