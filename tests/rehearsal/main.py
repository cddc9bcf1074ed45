# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``make rehearsal-test``: random fleets, each photographed, rehearsed and cured; how often the rehearsal was right,
and why not where it was not. Ends with 1 when a difference has no explanation, or a rehearsal has called
a real instance.

``ARGS="--count 1000 --seed 0 --jobs 2"``; one fleet again: ``ARGS="--seed 39 --count 1 --verbose"``.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import tests.conftest  # noqa: F401  # makes the collection importable  # pylint: disable=unused-import
from tests.rehearsal.trial import Case, trial


@dataclass(frozen=True)
class Judged:
    """What came of one fleet, without its snapshot."""

    seed: int
    cases: tuple[Case, ...]
    calls: int
    problem: str = ""


def judged(seed: int) -> Judged:
    """Try one fleet."""
    try:
        found = trial(seed)
    except Exception as error:  # shown with its seed, and counted as a failure
        return Judged(seed, (), 0, f"{type(error).__name__}: {error}")
    return Judged(seed, tuple(found.cases), found.calls_while_rehearsed)


def difference(case: Case) -> str:
    """A case that was rehearsed otherwise, in a line."""
    return (
        f"fleet {case.seed}, {case.host}: rehearsed {case.rehearsed.what}, came {case.real.what}; "
        f"{case.explained or 'NOT EXPLAINED'}"
    )


def report(results: Sequence[Judged], seconds: float) -> tuple[list[str], bool]:
    """The lines at the end, and whether nothing failed."""
    cases = [case for result in results for case in result.cases]
    same = sum(case.is_same for case in cases)
    cures = [case for case in cases if case.real.outcome]
    same_cures = sum(case.is_same for case in cures)
    apart = [case for case in cases if not case.is_same]
    lines = [
        f"{len(results)} fleets with {len(cases)} instances in {seconds:.0f} s.",
        f"Rehearsed as it came: {same} of {len(cases)} ({_share(same, len(cases))}); of the {len(cures)} that were "
        f"cured {same_cures} ({_share(same_cures, len(cures))}).",
        "What came: "
        + ", ".join(f"{what} {number}" for what, number in Counter(c.real.what for c in cases).most_common()),
    ]
    lines += [difference(case) for case in apart]
    why = Counter(case.explained or "NOT EXPLAINED" for case in apart)
    lines += [
        f"Differences by what the snapshot cannot tell: {', '.join(f'{k} {v}' for k, v in why.most_common())}"
    ] * bool(why)
    lines += [f"fleet {one.seed}: {one.problem}" for one in results if one.problem]
    calls = sum(one.calls for one in results)
    lines.append(f"Calls of the real fleets while their copies were rehearsed: {calls}.")
    well = not (calls or any(one.problem for one in results) or any(not case.explained for case in apart))
    return lines, well


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "-"


def main() -> int:
    """The command. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.rehearsal.main", description=__doc__)
    parser.add_argument("--count", type=int, default=1000, help="how many fleets (default: 1000)")
    parser.add_argument("--seed", type=int, default=0, help="the seed of the first (default: 0)")
    parser.add_argument("--jobs", type=int, default=2, help="processes (default: 2)")
    parser.add_argument("--verbose", action="store_true", help="say of each instance what was rehearsed and what came")
    options = parser.parse_args()
    seeds = range(options.seed, options.seed + options.count)
    began = time.monotonic()
    results: list[Judged] = []
    with multiprocessing.get_context("spawn").Pool(options.jobs) as pool:
        for result in pool.imap_unordered(judged, seeds):
            results.append(result)
            for case in result.cases:
                if options.verbose:
                    print(f"fleet {case.seed}, {case.host}: {case.rehearsed} came {case.real}")
                elif not case.is_same:
                    print(difference(case), flush=True)
            if len(results) % 50 == 0:
                print(f"{len(results)} of {options.count} fleets, {time.monotonic() - began:.0f} s", flush=True)
    lines, well = report(sorted(results, key=lambda one: one.seed), time.monotonic() - began)
    print("\n" + "\n".join(lines))
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
