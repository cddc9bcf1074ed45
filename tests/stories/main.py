# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``make stories``: an instance over days, with cures, persons, faults and lost evidence, drawn at random: is anything
of a person's written over or started, and is anything lost? Ends with 1 when something is wrong.

``ARGS="--count 1000 --seed 0 --jobs 2"``; one story again, with all that happened:
``ARGS="--seed 39 --count 1 --verbose"``.
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
from tests.chaos.verdicts import product_digest
from tests.stories.story import Story
from tools.guide import put_figures


@dataclass(frozen=True)
class Told:
    """What came of one story."""

    seed: int
    problems: tuple[str, ...]
    lines: tuple[str, ...]
    struck: tuple[str, ...]
    outcomes: tuple[str, ...]


def told(seed: int) -> Told:
    """Tell one story."""
    story = Story(seed)
    try:
        story.tell()
    except Exception as error:  # shown with its seed, and counted as wrong
        story.problems.append(f"{type(error).__name__}: {error}")
    return Told(seed, tuple(story.problems), tuple(story.lines), tuple(story.struck), tuple(story.outcomes))


def report(stories: Sequence[Told], first: int) -> list[str]:
    """The lines at the end: how many there were, how the cures were disturbed, and how they ended.

    :param first: the seed of the first story.
    """
    wrong = [one for one in stories if one.problems]
    struck = Counter(kind for one in stories for kind in one.struck)
    outcomes = Counter(outcome for one in stories for outcome in one.outcomes)
    return [
        f"{len(stories)} stories from seed {first} on, {sum(struck.values())} cures, {len(wrong)} stories wrong",
        "disturbed: " + ", ".join(f"{name} {number}" for name, number in struck.most_common()),
        "ended: " + ", ".join(f"{name} {number}" for name, number in outcomes.most_common()),
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """The command. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="make stories", description=__doc__)
    parser.add_argument("--count", type=int, default=1000, help="how many stories (default: 1000)")
    parser.add_argument("--seed", type=int, default=0, help="the seed of the first (default: 0)")
    parser.add_argument("--jobs", type=int, default=2, help="processes (default: 2)")
    parser.add_argument("--verbose", action="store_true", help="tell all that happened in each")
    parser.add_argument("--write", action="store_true", help="put the figures into the guide Proof")
    options = parser.parse_args(arguments)
    seeds = range(options.seed, options.seed + options.count)
    began, stories = time.monotonic(), list[Told]()
    with multiprocessing.get_context("spawn").Pool(options.jobs) as pool:
        for one in pool.imap_unordered(told, seeds):
            stories.append(one)
            for problem in one.problems:
                print(f"story {one.seed}: {problem}", flush=True)
            if options.verbose:
                print("\n".join(one.lines), flush=True)
            if len(stories) % 50 == 0:
                print(f"{len(stories)} of {options.count}, {time.monotonic() - began:.0f} s", flush=True)
    figures = report(stories, options.seed)
    print("\n".join([*figures, f"{time.monotonic() - began:.0f} s"]))
    if options.write:
        put_figures("stories", "\n".join([*figures, f"product {product_digest()}"]))
    return 1 if any(one.problems for one in stories) else 0


if __name__ == "__main__":
    sys.exit(main())
