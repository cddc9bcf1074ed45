# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``make fuzz``: inputs that are nearly right for everything that reads what servers and people have written.

``ARGS="--seconds 600 --seed 1 --only windows"``. Prints, for each target, how many inputs it was given, how many it
refused, and how much of its files they have covered; and the smallest input that was a defect. Ends with 1 then.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import coverage
import hypothesis
from hypothesis import HealthCheck, Phase, given, settings

import tests.conftest  # noqa: F401  # makes the collection importable  # pylint: disable=unused-import
from tests.fuzz.targets import REFUSALS, TARGETS, Target

ROOT = Path(__file__).resolve().parents[2]
#: Inputs between two looks at the clock.
ROUND = 300


@dataclass
class Tally:
    """What came of one target: inputs, those of them that were refused, and the defect, if there was one."""

    name: str
    inputs: int = 0
    refused: int = 0
    problem: str = ""


def fuzz(name: str, target: Target, seconds: float, seed: int, clock: Callable[[], float] = time.monotonic) -> Tally:
    """Give a target inputs for so long. The same seed gives the same inputs, in the same order."""
    tally = Tally(name)
    until = clock() + seconds

    def once(value: Any) -> None:
        tally.inputs += 1
        try:
            target.read(value)
        except REFUSALS:
            tally.refused += 1

    turn = 0
    while not tally.problem and (turn == 0 or clock() < until):
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


def fuzz_all(names: Sequence[str], seconds: float, seed: int) -> tuple[list[Tally], dict[str, tuple[int, int]]]:
    """Every target for its share of the time; and by file, how many of its lines and branches were reached, of all."""
    files = sorted({str(ROOT / "plugins" / file) for name in names for file in TARGETS[name].files})
    # Not as pyproject.toml has it: what counts lines fast cannot count branches before Python 3.14.
    places = [f"*/plugins/{Path(file).relative_to(ROOT / 'plugins')}" for file in files]
    measuring = coverage.Coverage(config_file=False, branch=True, data_file=None, include=places)
    measuring.start()
    try:
        tallies = [fuzz(name, TARGETS[name], seconds / len(names), seed) for name in names]
    finally:
        measuring.stop()
    return tallies, _reached(measuring, files)


def _reached(measuring: coverage.Coverage, files: Sequence[str]) -> dict[str, tuple[int, int]]:
    """By file below ``plugins/``: lines and branches reached, and all of them."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "coverage.json"
        measuring.json_report(outfile=str(path))
        found = {str(Path(name).resolve()): one for name, one in json.loads(path.read_text())["files"].items()}
    reached = {}
    for file in files:
        told = found.get(file, {}).get("summary", {})
        parts = (told.get("covered_lines", 0) + told.get("covered_branches", 0),
                 told.get("num_statements", 0) + told.get("num_branches", 0))  # fmt: skip
        reached[str(Path(file).relative_to(ROOT / "plugins"))] = parts
    return reached


def report(tallies: Sequence[Tally], reached: Mapping[str, tuple[int, int]]) -> str:
    """The table, and the defects."""
    lines = [f"{'target':12}   inputs  refused  lines and branches reached"]
    for one in tallies:
        covered = ", ".join(
            f"{Path(file).name} {100 * reached[file][0] // max(1, reached[file][1])} %"
            for file in TARGETS[one.name].files
        )
        lines.append(f"{one.name:12}  {one.inputs:7}  {one.refused:7}  {covered}")
    lines.append(f"{sum(one.inputs for one in tallies)} inputs, {sum(bool(one.problem) for one in tallies)} defects")
    return "\n".join([*lines, *(f"DEFECT {one.name}: {one.problem}" for one in tallies if one.problem)])


def _share(part: int, whole: int) -> int:
    """In whole percent."""
    return 100 * part // max(1, whole)


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="make fuzz", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=600, help="for how long, all targets together")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="the same seed gives the same inputs")
    parser.add_argument("--only", choices=list(TARGETS), action="append", help="one target; may be given again")
    options = parser.parse_args(arguments)
    print(f"seed {options.seed}")
    tallies, reached = fuzz_all(options.only or list(TARGETS), options.seconds, options.seed)
    print(report(tallies, reached))
    return 1 if any(one.problem for one in tallies) else 0


if __name__ == "__main__":
    sys.exit(main())
