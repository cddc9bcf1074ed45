# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``make chaos``: disturb a cure in every possible way, run it again, and check that all is healthy.

Prints the seed, immediately each failed scenario with the command that repeats it, and at the end the counts. The exit
status is 1 when anything failed, or was not disturbed. ``--all`` runs every scenario there is, in as many parts as one
likes (``--minutes``): a later part goes on where the last one ended. ``--write`` puts what was right into a file of the
repository, from which a part in another clone goes on, and once all have run, their counts into the guide. What was
seen of other files of the product, the simulator or this rig does not count: it is run again.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from random import Random, SystemRandom

from tests.chaos import record
from tests.chaos.reference import undisturbed_calls
from tests.chaos.scenarios import Scenario, batches, draw, everything
from tests.chaos.trial import Trial
from tests.chaos.verdicts import NOT_SEEN, Results, Verdict, product_digest, table, wrong_lines
from tools.guide import put_figures

ROOT = Path(__file__).resolve().parents[2]
#: The verdicts of all parts of ``--all``.
RESULTS = ROOT / ".build" / "chaos-all.jsonl"
#: How many stuck instances of each error management share a fleet at most.
SEATS = 10
#: How many undisturbed runs say how many calls one makes, where all are to be disturbed.
REFERENCES = 3
#: How often a scenario is tried alone whose disturbance did not take place: then it is wrong.
ALONE = 2


class Chaos:
    """Runs scenarios, so many trials side by side, and says how it goes.

    :param until: the time of :func:`time.monotonic` after which no further trial begins.
    :param keep: is given the verdicts of each trial, and its seconds.
    """

    def __init__(
        self,
        work: Path,
        seed: int,
        jobs: int,
        say: Callable[[str], None] = print,
        until: float = float("inf"),
        keep: Callable[[Sequence[Verdict], float], None] = lambda _verdicts, _seconds: None,
    ) -> None:
        self._work, self._seed, self._jobs, self._say, self._until, self._keep = work, seed, jobs, say, until, keep
        self._lock = threading.Lock()
        self._trials = 0
        self._total = 0
        self._verdicts: list[Verdict] = []

    def end(self) -> None:
        """Begin no further trial. Those that are under way end as they would."""
        self._until = 0.0

    def run(self, scenarios: Sequence[Scenario]) -> list[Verdict]:
        """Run all. One whose disturbance was not seen is tried again, alone; it is wrong if it never is."""
        self._total += len(scenarios)
        groups = batches(scenarios, SEATS)
        Random(self._seed).shuffle(groups)
        self._run_groups(groups)
        for _try in range(ALONE):
            missed = [one for one in self._verdicts if one.is_missed]
            self._verdicts = [one for one in self._verdicts if not one.is_missed]
            self._run_groups([[one.scenario] for one in missed])
        given_up = [one for one in self._verdicts if one.is_missed]
        for one in given_up:
            one.problems.append(NOT_SEEN)
        if given_up:
            self._keep(given_up, 0.0)
        return self._verdicts

    def _run_groups(self, groups: Sequence[Sequence[Scenario]]) -> None:
        with ThreadPoolExecutor(self._jobs) as pool:
            list(pool.map(self._run_one, groups))

    def _run_one(self, group: Sequence[Scenario]) -> None:
        began = time.monotonic()
        if began > self._until:
            return
        with self._lock:
            self._trials += 1
            work = self._work / f"trial-{self._trials}"
        found = Trial(group, work, self._seed).run()
        with self._lock:
            before = len(self._verdicts)
            self._verdicts += found
            self._keep(found, time.monotonic() - began)
            for line in wrong_lines(found):
                self._say(line)
            if before // 25 != len(self._verdicts) // 25:
                wrong = sum(bool(verdict.problems) for verdict in self._verdicts)
                self._say(f"{len(self._verdicts):4} of {self._total} scenarios, {wrong} wrong")


def say(line: str) -> None:
    """Print it now, also when a file takes it."""
    print(line, flush=True)


def one_draw(options: argparse.Namespace, work: Path) -> int:
    """Run the scenarios that were named, or so many of all."""
    started = time.monotonic()
    if options.only:
        scenarios = [Scenario.named(name) for name in options.only]
    else:
        scenarios = draw(_calls(work), options.runs, Random(options.seed))
    if options.list:
        print("\n".join(scenario.name for scenario in scenarios))
        return 0
    verdicts = Chaos(work, options.seed, options.jobs, say).run(scenarios)
    print("\n".join([table(verdicts), *wrong_lines(verdicts)]))
    print(f"seed {options.seed}, {time.monotonic() - started:.0f} s")
    return 0 if verdicts and all(verdict.is_right for verdict in verdicts) else 1


def part_of_all(options: argparse.Namespace, work: Path) -> int:
    """Go on with every scenario there is that has no verdict of the present product, or was missed."""
    until = time.monotonic() + options.minutes * 60
    product = product_digest()
    before = record.read(product)
    calls = before.calls or _fewest_calls(work)
    everyone = list(everything(calls))
    results = Results(RESULTS)
    _go_on(results, before, product)
    known = results.read(product)
    rest = [one for one in everyone if one not in known or known[one].is_missed]
    say(f"{len(everyone)} scenarios, {len(everyone) - len(rest)} done before with these files (product {product})")

    def keep(verdicts: Sequence[Verdict], seconds: float) -> None:
        results.add([replace(verdict, product=product) for verdict in verdicts], seconds)

    if not options.list:
        chaos = Chaos(work, options.seed, options.jobs, say, until, keep)
        # Told to end, it keeps what there is, and leaves no process behind.
        before_us = signal.signal(signal.SIGTERM, lambda _number, _frame: chaos.end())
        try:
            chaos.run(rest)
        finally:
            signal.signal(signal.SIGTERM, before_us)
    known = results.read(product)
    verdicts = [known[one] for one in everyone if one in known]
    seconds = results.seconds(product)
    share = (
        f"{len(verdicts)} of {len(everyone)} scenarios, {seconds / 3600:.1f} hours of trials, all of product {product}"
    )
    figures = f"{table(verdicts)}\n{share}"
    print("\n".join([figures, *wrong_lines(verdicts)]))
    if options.write:
        record.write(record.Record(product, calls, seconds, verdicts))
    is_whole = len(verdicts) == len(everyone)
    if options.write and is_whole:
        put_figures("chaos", figures)
    return 0 if is_whole and all(verdict.is_right for verdict in verdicts) else 1


def _go_on(results: Results, before: record.Record, product: str) -> None:
    """Take over what another clone has seen of these files, with its share of the time."""
    known = results.read(product)
    new = [one for one in before.verdicts if one.scenario not in known]
    if new:
        results.add(new, before.seconds * len(new) / len(before.verdicts))


def _fewest_calls(work: Path) -> Mapping[str, int]:
    """On a busy machine a run may look at a workflow again: that call is not there the next time."""
    runs = [_calls(work / f"run-{number}") for number in range(REFERENCES)]
    return {mode: min(run[mode] for run in runs) for mode in runs[0]}


def _calls(work: Path) -> Mapping[str, int]:
    calls = {mode: len(names) for mode, names in undisturbed_calls(work / "reference").items()}
    say("calls of an undisturbed run: " + ", ".join(f"{mode} {number}" for mode, number in calls.items()))
    return calls


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=SystemRandom().randrange(1_000_000))
    parser.add_argument("--runs", type=int, default=320, help="how many scenarios (default: 320)")
    parser.add_argument("--jobs", type=int, default=2, help="trials side by side (default: 2)")
    parser.add_argument("--only", action="append", metavar="NAME", help="repeat a scenario by its name")
    parser.add_argument("--all", action="store_true", help="every scenario that has no result of these files yet")
    parser.add_argument(
        "--minutes", type=float, default=55, help="of --all: begin no trial after so many (default: 55)"
    )
    parser.add_argument(
        "--write", action="store_true", help="of --all: keep what was right, and put whole counts into the guide"
    )
    parser.add_argument("--list", action="store_true", help="only name the scenarios that would be run, or count them")
    options = parser.parse_args(arguments)
    # A mere list must not delete what an earlier run has kept of its failed trials.
    work = ROOT / ".build" / ("chaos-list" if options.list else "chaos")
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    os.environ["ANSIBLE_COLLECTIONS_PATH"] = str(ROOT / ".build" / "collections")
    say(f"seed {options.seed}")
    return part_of_all(options, work) if options.all else one_draw(options, work)


if __name__ == "__main__":
    sys.exit(main())
