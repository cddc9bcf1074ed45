# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``make fuzz``: inputs that are nearly right for everything that reads what servers and people have written.

``ARGS="--seconds 600 --seed 1 --only windows --missing"``. Prints, for each target, how many inputs it was given, how
many it refused, and how much they have reached of the functions that it can reach; and the smallest input that was a
defect. Ends with 1 then, and when a target has left out more than a tenth, or refuses all of its inputs or none.
"""

from __future__ import annotations

import argparse
import sys
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import coverage
import hypothesis
from hypothesis import HealthCheck, Phase, given, settings

import tests.conftest  # noqa: F401  # makes the collection importable  # pylint: disable=unused-import
from tests.fuzz.reach import Reached, figures_of, reachable, reached_of
from tests.fuzz.targets import REFUSALS, TARGETS, Target

Clock = Callable[[], float]
#: Inputs of one seed. Those of many seeds differ more than as many of one.
ROUND = 100
#: A target that reaches less, in percent, has inputs that leave something out.
LEAST = 90


@dataclass
class Tally:
    """What came of one target: inputs, those of them that were refused, and the defect, if there was one."""

    name: str
    inputs: int = 0
    refused: int = 0
    problem: str = ""


def fuzz(
    name: str, target: Target, seconds: float, seed: int, *, least: float = 0.0,
    clock: Clock = time.monotonic, processor: Clock = time.process_time,
) -> Tally:  # fmt: skip
    """Give a target inputs for so long. The same seed gives the same inputs.

    :param least: seconds of the processor that it gets at least, also where others want it, too.
    """
    tally = Tally(name)
    until, enough = clock() + seconds, processor() + least

    def once(value: Any) -> None:
        tally.inputs += 1
        try:
            target.read(value)
        except REFUSALS:
            tally.refused += 1

    turn = 0
    while not tally.problem and (not turn or clock() < until or processor() < enough):
        tally.problem = _round(once, target, seed * 1_000_003 + turn)
        turn += 1
    return tally


def _round(once: Callable[[Any], None], target: Target, seed: int) -> str:
    """Some inputs; the smallest that is a defect, with the end of its traceback."""
    chosen = settings(
        max_examples=ROUND,
        database=None,
        deadline=None,
        derandomize=False,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink),
        print_blob=False,
    )
    smallest: list[Any] = []

    def told(value: Any) -> None:
        try:
            once(value)
        except Exception:
            smallest[:] = [value]
            raise

    try:
        hypothesis.seed(seed)(chosen(given(target.inputs)(told)))()
    except Exception as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        return f"{type(error).__name__}: {error} ({place.name}) for {smallest[:1]!r:.600}"
    return ""


def fuzz_all(
    names: Sequence[str], seconds: float, seed: int, least: float = 0.0
) -> tuple[list[Tally], dict[str, Reached]]:
    """Every target for its share of the time. By target, how much was reached of the functions that it can reach, by
    all of them together."""
    functions = {name: reachable(TARGETS[name].entries, TARGETS[name].files) for name in names}
    places = [f"*/plugins/{file}" for file in sorted({file for name in names for file in TARGETS[name].files})]
    # Not as pyproject.toml has it: what counts lines fast cannot count branches before Python 3.14.
    measuring = coverage.Coverage(config_file=False, branch=True, data_file=None, include=places)
    measuring.start()
    try:
        tallies = [fuzz(name, TARGETS[name], seconds / len(names), seed, least=least) for name in names]
    finally:
        measuring.stop()
    figures = figures_of(measuring)
    return tallies, {name: reached_of(found, figures) for name, found in functions.items()}


def report(tallies: Sequence[Tally], reached: Mapping[str, Reached]) -> str:
    """The table, and the defects."""
    lines = [f"{'target':12}   inputs  refused  functions  lines and branches of them that were reached"]
    for one in tallies:
        found = reached[one.name]
        share = f"{found.done} of {found.whole}, {found.share} %"
        lines.append(f"{one.name:12}  {one.inputs:7}  {one.refused:7}  {found.functions:9}  {share}")
    lines.append(f"{sum(one.inputs for one in tallies)} inputs, {sum(bool(one.problem) for one in tallies)} defects")
    return "\n".join([*lines, *problems(tallies, reached)])


def problems(tallies: Sequence[Tally], reached: Mapping[str, Reached]) -> list[str]:
    """The defects, and the targets whose inputs are all right or all wrong, or leave out too much."""
    return [
        *(f"DEFECT {one.name}: {one.problem}" for one in tallies if one.problem),
        *(
            f"ONE-SIDED {one.name}: {one.refused} of {one.inputs} inputs were refused"
            for one in tallies
            if not one.problem and not 0 < one.refused < one.inputs
        ),
        *(
            f"LEFT OUT {name}: less than {LEAST} % were reached: {'; '.join(found.missing)}"
            for name, found in reached.items()
            if found.share < LEAST
        ),
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="make fuzz", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=600, help="for how long, all targets together")
    parser.add_argument("--least", type=float, default=0, help="seconds of the processor for each target, at least")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="the same seed gives the same inputs")
    parser.add_argument("--only", choices=list(TARGETS), action="append", help="one target; may be given again")
    parser.add_argument("--missing", action="store_true", help="show the lines that were not reached")
    options = parser.parse_args(arguments)
    print(f"seed {options.seed}")
    tallies, reached = fuzz_all(options.only or list(TARGETS), options.seconds, options.seed, options.least)
    print(report(tallies, reached))
    if options.missing:
        print("\n".join(f"{name}: {where}" for name, found in reached.items() for where in found.missing))
    return 1 if problems(tallies, reached) else 0


if __name__ == "__main__":
    sys.exit(main())
