# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``make bench``: one job for all contestants, on 1, 10, 100, 1,000 and 5,000 instances, without and with latency.

The job is a logon, four reads, a decision and a logoff for each instance. Results go to .build/bench (bench.json and
bench.svg), or to --output. It judges no test: ``make test`` counts calls, and never reads a clock.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

from .contestants import CONTESTANTS, ROOT, Stage
from .measure import BenchError, Figure, Server, round_of, scaled, serving
from .record import record
from .report import chart, judged, table

#: At larger sizes the figures of slow contestants are scaled from this size.
MEASURED = 100
LATENCY = 0.2


@dataclass(frozen=True)
class Step:
    """Contestants at one size. ``runs`` for the quick ones, ``slow_runs`` for the others (0: scaled); those
    of ``once`` take minutes, and run once."""

    keys: str
    size: int
    latency: float
    runs: int
    slow_runs: int
    once: str = ""


QUICK = (
    Step("abcdefg", 1, 0.0, 1, 1),
    Step("cdefg", 10, 0.0, 1, 0),
    Step("def", 100, 0.0, 1, 0),
    Step("hij", 10, 0.0, 1, 0),
    Step("lm", 12, 0.0, 1, 0),
)
#: The figures that the bars need come first: an interrupted bench leaves out the rest.
FULL = (
    Step("abcdefghij", MEASURED, 0.0, 5, 5),
    Step("abcdefghijklm", 1000, 0.0, 3, 0),
    Step("df", 5000, 0.0, 3, 0),
    Step("d", 10000, 0.0, 3, 0),
    *(Step("abcdefg", size, 0.0, 3, 3) for size in (1, 10)),
    Step("abcdefg", MEASURED, LATENCY, 5, 5),
    Step("abcdefg", 1000, LATENCY, 3, 0),
    *(Step("abcdefg", size, LATENCY, 3, 3) for size in (1, 10)),
)


#: With --only playbooks: what users type, beside a task that does nothing and the sweep. In less than ten minutes, so
#: that the other build, which takes two minutes a run, has one; the whole bench gives it three.
ONLY_PLAYBOOKS = (
    Step("cdghij", MEASURED, 0.0, 5, 0),
    Step("dghijklm", 1000, 0.0, 3, 0, once="k"),
    Step("d", 10000, 0.0, 3, 0),
)


def measure(
    steps: Sequence[Step], stage: Stage, server: Server, until: float, slow_runs: int | None
) -> Iterator[list[Figure]]:
    """The figures of each step that begins before ``until`` (monotonic), as it ends."""
    measured: list[Figure] = []
    for step in steps:
        if time.monotonic() > until:
            print(f"  left out for want of time: {step.keys} at {step.size}, latency {step.latency}")
            continue
        most = step.slow_runs if slow_runs is None else min(step.slow_runs, slow_runs)
        runs = {key: most if CONTESTANTS[key].slow else step.runs for key in step.keys}
        runs.update(dict.fromkeys(step.once, 1))
        figures = round_of(stage, server, list(step.keys), step.size, step.latency, runs)
        for key in (one for one in step.keys if runs[one] == 0 and step.size > MEASURED):
            known = [f for f in measured if (f.contestant, f.size, f.latency) == (key, MEASURED, step.latency)]
            figures += [scaled(figure, step.size) for figure in known]
        measured += figures
        yield figures


def conditions() -> dict[str, object]:
    """Where it was measured."""
    return {
        "python": platform.python_version(),
        "ansible_core": version("ansible-core"),
        "requests": version("requests"),
        "machine": platform.machine(),
        "cpus": os.cpu_count(),
        "load_before": os.getloadavg()[0],
    }


def write(output: Path, where: dict[str, object], figures: Sequence[Figure]) -> None:
    """Write bench.json and bench.svg."""
    content = {"conditions": where, "bars": judged(figures), "figures": [figure.as_dict() for figure in figures]}
    (output / "bench.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    (output / "bench.svg").write_text(chart(figures), encoding="utf-8")


def main() -> int:
    """Entry point. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="make bench", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one run of each, a minute in all: does it still work?")
    parser.add_argument("--slow-runs", type=int, help="how often the slow contestants run at most (default: 5)")
    parser.add_argument("--minutes", type=float, default=90, help="begin no further step after so long (default: 90)")
    parser.add_argument("--only", choices=["playbooks"], help="measure what users type, and what it is compared to")
    parser.add_argument("--before", type=Path, help="a directory of collections with another build, to run beside this")
    parser.add_argument(
        "--output", type=Path, default=ROOT / ".build" / "bench", help="where bench.json and bench.svg go"
    )
    options = parser.parse_args()
    work = ROOT / ".build" / "bench" / "work"
    work.mkdir(parents=True, exist_ok=True)
    options.output.mkdir(parents=True, exist_ok=True)
    where = conditions()
    record(work / "recording.json")
    figures: list[Figure] = []
    try:
        with serving(work / "recording.json") as server:
            steps = QUICK if options.quick else ONLY_PLAYBOOKS if options.only else FULL
            if options.before is None:
                steps = tuple(replace(step, keys=step.keys.replace("k", ""), once="") for step in steps)
            until = time.monotonic() + options.minutes * 60
            stage = Stage(work, server.url, options.before)
            for found in measure(steps, stage, server, until, options.slow_runs):
                figures += found
                # After each step: the results of an hour must not be lost to a later failure.
                write(options.output, where, figures)
    except (BenchError, OSError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    print(table(figures))
    for aim in judged(figures):
        print(f"{'reached' if aim['reached'] else 'MISSED ':8} {aim['value']:>8}  {aim['bar']}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
