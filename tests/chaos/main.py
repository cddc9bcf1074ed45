# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``python -m tests.chaos.main``: disturb a cure in every possible way, run it again, and check that all is healthy.

Prints the seed, immediately each failed scenario with the command that repeats it, and at the end the counts. The exit
status is 1 when anything failed.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random, SystemRandom

from tests.chaos.reference import undisturbed_calls
from tests.chaos.scenarios import Scenario, batches, draw
from tests.chaos.trial import Trial, Verdict

ROOT = Path(__file__).resolve().parents[2]
#: How many stuck instances of each error management share a fleet when their scenarios are faults.
PAIRS = 4


def run_scenarios(
    scenarios: Sequence[Scenario], work: Path, seed: int, jobs: int, say: Callable[[str], None] = print
) -> list[Verdict]:
    """Run all, this many trials in parallel, with a line for every twenty-fifth scenario and for each failure."""
    groups = batches(scenarios, PAIRS)
    Random(seed).shuffle(groups)
    verdicts: list[Verdict] = []
    lock = threading.Lock()

    def one(number: int) -> None:
        found = Trial(groups[number], work / f"trial-{number}", seed).run()
        with lock:
            before = len(verdicts)
            verdicts.extend(found)
            for line in wrong_lines(found, seed):
                say(line)
            if before // 25 != len(verdicts) // 25:
                wrong = sum(bool(verdict.problems) for verdict in verdicts)
                say(f"{len(verdicts):4} of {len(scenarios)} scenarios, {wrong} wrong")

    with ThreadPoolExecutor(jobs) as pool:
        list(pool.map(one, range(len(groups))))
    return verdicts


def wrong_lines(verdicts: Sequence[Verdict], seed: int) -> list[str]:
    """The failures, with the command that repeats each."""
    lines = []
    for verdict in verdicts:
        lines += [f"WRONG {verdict.scenario.name}: {problem}" for problem in verdict.problems]
        if verdict.problems:
            lines.append(f'  repeat it: make chaos ARGS="--seed {seed} --only {verdict.scenario.name}"')
    return lines


def report(verdicts: Sequence[Verdict], seed: int, seconds: float) -> str:
    """The counts, and the failures."""
    kinds = sorted({verdict.scenario.kind for verdict in verdicts})
    lines = [f"{'kind':16} {'runs':>5} {'struck':>7} {'again':>6} {'wrong':>6}"]
    for kind in [*kinds, "all"]:
        some = [verdict for verdict in verdicts if kind in ("all", verdict.scenario.kind)]
        again = Counter(verdict.runs for verdict in some)
        lines.append(
            f"{kind:16} {len(some):5} {sum(one.struck for one in some):7} {sum(again[n] for n in again if n > 1):6}"
            f" {sum(bool(one.problems) for one in some):6}"
        )
    lines.append("struck: the disturbance took place; again: more than one run was needed after it")
    lines += wrong_lines(verdicts, seed)
    lines.append(f"seed {seed}, {seconds:.0f} s")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.main", description=__doc__)
    parser.add_argument("--seed", type=int, default=SystemRandom().randrange(1_000_000))
    parser.add_argument("--runs", type=int, default=320, help="how many scenarios (default: 320)")
    parser.add_argument("--jobs", type=int, default=2, help="trials side by side (default: 2)")
    parser.add_argument("--only", action="append", metavar="NAME", help="repeat one scenario by its name")
    parser.add_argument("--list", action="store_true", help="only name the scenarios that would be run")
    options = parser.parse_args(arguments)
    # A mere list must not delete what an earlier run has kept of its failed trials.
    work = ROOT / ".build" / ("chaos-list" if options.list else "chaos")
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    os.environ["ANSIBLE_COLLECTIONS_PATH"] = str(ROOT / ".build" / "collections")
    print(f"seed {options.seed}", flush=True)
    started = time.monotonic()
    if options.only:
        scenarios = [Scenario.named(name) for name in options.only]
    else:
        calls = {mode: len(names) for mode, names in undisturbed_calls(work / "reference").items()}
        print("calls of an undisturbed run: " + ", ".join(f"{mode} {number}" for mode, number in calls.items()))
        scenarios = draw(calls, options.runs, Random(options.seed))
    if options.list:
        print("\n".join(scenario.name for scenario in scenarios))
        shutil.rmtree(work)
        return 0
    verdicts = run_scenarios(scenarios, work, options.seed, options.jobs, lambda line: print(line, flush=True))
    print(report(verdicts, options.seed, time.monotonic() - started))
    return 1 if any(verdict.problems for verdict in verdicts) or not any(one.struck for one in verdicts) else 0


if __name__ == "__main__":
    sys.exit(main())
