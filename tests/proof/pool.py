# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the cells of the fault matrix in several processes: each has simulators and a clock of its own."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from random import Random

from tests.proof.cells import Cell, Verdict
from tests.proof.faults import run_cells
from tests.proof.jobs import Undisturbed

#: Cells that share a world. Every instance costs a little in each of its minutes: few together are fastest.
TOGETHER = 6
#: More than cores: a cell with a fault that waits does nothing else meanwhile.
JOBS = 3 * (os.cpu_count() or 1)


def batches(cells: Sequence[Cell]) -> list[list[Cell]]:
    """Cells of one job each, a few at a time."""
    by_job: dict[str, list[Cell]] = {}
    for cell in cells:
        by_job.setdefault(cell.job, []).append(cell)
    return [group[n : n + TOGETHER] for group in by_job.values() for n in range(0, len(group), TOGETHER)]


def run_all(
    cells: Sequence[Cell], known: Mapping[str, Undisturbed], jobs: int, say: Callable[[str], None] = print
) -> list[Verdict]:
    """Run cells, with a line for each problem and now and then one for the progress."""
    found: dict[Cell, Verdict] = {}
    # Not fork: a process with threads of a simulator must not be copied.
    with ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("spawn")) as pool:
        groups = batches(cells)
        # Cells that wait beside cells that compute: those of one job are much alike.
        Random(0).shuffle(groups)
        waiting = [pool.submit(run_cells, group, known[group[0].job]) for group in groups]
        try:
            for done in as_completed(waiting):
                before = len(found)
                for verdict in done.result():
                    found[verdict.cell] = verdict
                    for problem in verdict.problems:
                        say(f"WRONG {verdict.cell.name}: {problem}")
                if len(found) // 500 > before // 500:
                    say(f"{len(found):5} of {len(cells)} cells")
        finally:
            # A defect of the matrix itself is shown now, and not when all others are done.
            pool.shutdown(wait=False, cancel_futures=True)
    return [found[cell] for cell in cells]
