# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every fault of the simulator at every call of every job: never a wrong success, a second write, a traceback, a hang.

A cell has one of five outcomes: ``right`` (a success, and the instance is as after an undisturbed task),
``failed`` (a clear failure that says what was written), ``changed`` (somebody else changed the instance at
that call, and the task has respected it), ``raced`` (the same, at the very call that writes: Campaign has no lock, and
nobody can see it), and ``missed`` (the disturbed task made fewer calls than that).
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence

from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.model import SILENT
from tests.proof import judging
from tests.proof.catalogue import BY_NAME, JOBS
from tests.proof.cells import BY_OTHERS, FAULTS, Cell, Verdict, cells_of, changes, only_ends_sessions, rule_for
from tests.proof.jobs import Data, Job, Overdue, Place, Undisturbed, places, undisturbed
from tests.proof.limits import TIMEOUT, limit_of, no_longer_than


def everything() -> tuple[list[Cell], dict[str, Undisturbed]]:
    """All cells of all jobs, and the undisturbed run of each job."""
    known = {job.name: undisturbed(job) for job in JOBS}
    return [cell for job in JOBS for cell in cells_of(job, len(known[job.name].calls))], known


#: How often a cell is run when the machine is so busy that a call without a fault gets no answer in time.
TRIES = 5


def run_cells(cells: Sequence[Cell], known: Undisturbed) -> list[Verdict]:
    """Run cells of one job, each on an instance of its own, one after the other in one world.

    :raises TimeoutError: the machine is too busy for them.
    """
    job = BY_NAME[cells[0].job]
    found: dict[Cell, Verdict] = {}
    for _try in range(TRIES):
        rest = [cell for cell in cells if cell not in found]
        if not rest:
            break
        with places(job, len(rest)) as there:
            for cell, place in zip(rest, there, strict=True):
                verdict = _run(cell, job, place, known)
                if verdict.outcome == "hung" or not _was_slow(cell, place):
                    found[cell] = verdict
    if len(found) < len(cells):
        raise TimeoutError(f"{rest[0].name}: {TRIES} times a call that no fault had struck got no answer in time")
    return [found[cell] for cell in cells]


def _was_slow(cell: Cell, place: Place) -> bool:
    """Whether a call got no answer in time that no fault had struck: then the cell says nothing."""
    struck = range(cell.call - 1, cell.call - 1 + cell.times) if place.at == place.name else ()
    return any(sent.timed_out and number not in struck for number, sent in enumerate(place.sent))


def _run(cell: Cell, job: Job, place: Place, known: Undisturbed) -> Verdict:
    sim = place.world.sim
    before, open_before = place.standing(), len(sim.sessions(place.name))
    since, started = sim.mark(), place.world.passed
    rule = sim.fault(**rule_for(cell.fault, job), instance=place.at, nth=cell.call, count=cell.times)
    limit, began = limit_of(job, place, known), time.monotonic()
    result: Data = {}
    try:
        with no_longer_than(place, limit):
            result = job.run(place, timeout=TIMEOUT)
    except Overdue as late:
        sim.clear_faults()
        return Verdict(cell, "hung", [str(late)], time.monotonic() - began, place.world.passed - started)
    seconds, passed = time.monotonic() - began, place.world.passed - started
    fired = sim.faults()[rule]["fired"]
    sim.clear_faults()
    outcome = _outcome(cell, result, fired, known)
    if _was_slow(cell, place):
        return Verdict(cell, outcome, [], seconds, passed)
    ledger = sim.ledger(place.name, since=since)
    trial = judging.Trial(cell, job, place, known, result, outcome, ledger, before, place.standing())
    problems = judging.problems(trial, len(sim.sessions(place.name)) - open_before)
    if changes(cell.fault):
        # An engine that is down, or a clock that is wrong, is the instance's own; nothing of it is left to the next.
        place.world.sim.change(place.at, wfserver="up", skew="0s")
    return Verdict(cell, outcome, problems, seconds, passed)


def _outcome(cell: Cell, result: Data, fired: int, known: Undisturbed) -> str:
    if result.get("failed") or result.get("verdict") in SILENT or "unread" in (result.get("instance") or {}):
        return "failed"
    if not fired:
        return "missed"
    if not changes(cell.fault) or only_ends_sessions(cell.fault):
        return "right"
    by_others = bool(changes(cell.fault).keys() & set(BY_OTHERS))
    return "raced" if by_others and known.kinds[cell.call - 1] == "write" else "changed"


def table(verdicts: Sequence[Verdict]) -> str:
    """A row for each job, with its calls and outcomes."""
    width = max(len(job.name) for job in JOBS)
    columns = ("right", "failed", "changed", "raced", "missed")
    lines = [f"{'job':{width}}  calls  cells  " + "  ".join(f"{name:>7}" for name in columns) + "    wrong"]
    rows = {job.name: [one for one in verdicts if one.cell.job == job.name] for job in JOBS}
    for name, found in {**rows, "all": list(verdicts)}.items():
        if not found:
            continue
        counts = Counter(one.outcome for one in found)
        calls = len({(one.cell.job, one.cell.call) for one in found})
        wrong = sum(bool(one.problems) for one in found)
        cells = "  ".join(f"{counts[column]:7}" for column in columns)
        lines.append(f"{name:{width}}  {calls:5}  {len(found):5}  {cells}  {wrong:7}")
    slowest = max(verdicts, key=lambda one: one.seconds)
    lines.append(
        f"{len(FAULTS)} faults, once and four times in a row; slowest: {slowest.seconds:.1f} s ({slowest.cell.name})"
    )
    return "\n".join(lines)
