# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every fault of the simulator at every call of every job: never a wrong success, a second write, a traceback, a hang.

A cell has one of four outcomes: ``right`` (a success, and the instance is as after an undisturbed task),
``failed`` (a clear failure that does not deny what was written), ``changed`` (somebody else changed the instance at
that call, and the task has respected it), and ``missed`` (the disturbed task made fewer calls than that).
"""

from __future__ import annotations

import itertools
import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.model import SILENT
from tests.helpers.cure_world import CURSOR, WORKFLOW
from tests.helpers.faults import FAULTS as RULES
from tests.helpers.faults import STOPPED as BY_STOP
from tests.helpers.faults import filled
from tests.proof.jobs import (
    BY_NAME,
    JOBS,
    STOPPED,
    STOPPING,
    Data,
    Job,
    Place,
    Undisturbed,
    executed,
    places,
    undisturbed,
)

#: Real seconds: for an answer, and for a late one. A cell with a fault that waits takes a few of them.
TIMEOUT, LATE = 0.6, 0.9
#: Real seconds after which a cell counts as hanging: ten times what the slowest takes on an idle machine.
LIMIT = 60.0


def _quick(rule: Mapping[str, Any]) -> dict[str, Any]:
    """A rule whose waits fit the shorter time for an answer, on our names."""
    found = filled(rule, CURSOR, WORKFLOW)
    return {**found, "seconds": LATE} if rule["kind"] in ("delay", "late") else found


FAULTS: Mapping[str, dict[str, Any]] = {name: _quick(rule) for name, rule in RULES.items()}
#: Kinds by which somebody else changes the instance: a success need not be that of an undisturbed task.
_CHANGES = "change"
#: Calls after whose fault a client cannot know its session, or cannot close it; and a fault that says it is closed.
_SESSION, _CLOSED = ("Logon", "Logoff"), "expired"


@dataclass(frozen=True)
class Cell:
    """A job, the number of the disturbed call from 1, the fault, and how many calls in a row it strikes."""

    job: str
    call: int
    fault: str
    times: int

    @property
    def name(self) -> str:
        """Names the cell, and is enough to run it again."""
        return f"{self.job}/{self.call}/{self.fault}/{self.times}"

    @classmethod
    def named(cls, name: str) -> Cell:
        """The cell of this name. Raises ValueError."""
        job, call, fault, times = name.rsplit("/", 3)
        return cls(job, int(call), fault, int(times))


@dataclass(frozen=True)
class Verdict:
    """How a cell ended."""

    cell: Cell
    outcome: str
    problems: Sequence[str]
    seconds: float


def cells_of(job: Job, calls: int) -> Iterator[Cell]:
    """All cells of a job that makes so many calls."""
    for call, (fault, rule) in itertools.product(range(1, calls + 1), FAULTS.items()):
        # A mid has neither the cursor nor the workflow that somebody else could change.
        if not (job.at and rule.get("change", {}).keys() & {"options", "orders"}):
            yield Cell(job.name, call, fault, 1)
            if rule["kind"] != _CHANGES:
                yield Cell(job.name, call, fault, 4)


def everything() -> tuple[list[Cell], dict[str, Undisturbed]]:
    """All cells of all jobs, and the undisturbed run of each job."""
    known = {job.name: undisturbed(job) for job in JOBS}
    return [cell for job in JOBS for cell in cells_of(job, len(known[job.name].calls))], known


def run_cells(cells: Sequence[Cell], known: Undisturbed) -> list[Verdict]:
    """Run cells of one job, each on an instance of its own, one after the other in one world."""
    job = BY_NAME[cells[0].job]
    with places(job, len(cells)) as there:
        return [_run(cell, job, place, known) for cell, place in zip(cells, there, strict=True)]


def _run(cell: Cell, job: Job, place: Place, known: Undisturbed) -> Verdict:
    sim = place.world.sim
    since = sim.mark()
    open_before = len(sim.sessions(place.name))
    rule = sim.fault(**FAULTS[cell.fault], instance=place.at, nth=cell.call, count=cell.times)
    began = time.monotonic()
    result = job.run(place, timeout=TIMEOUT)
    seconds = time.monotonic() - began
    fired = sim.faults()[rule]["fired"]
    sim.clear_faults()
    problems = _unclear(result) + _written_twice(place, since) + _denied(place, since, result)
    problems += [f"took {seconds:.0f} s"] if seconds > LIMIT else []
    left = len(sim.sessions(place.name)) - open_before - known.left
    if left > 0 and not _may_leave(cell, known.calls[cell.call - 1]):
        problems.append(f"{left} sessions are left open")
    outcome = _outcome(cell, result, fired)
    if outcome == "right":
        problems += _wrong(job, place, result, known)
    if outcome == "failed" and cell.times == 1 and CURSOR in str(known.written):
        problems += _left(place, cell)
    if FAULTS[cell.fault]["kind"] == _CHANGES:
        _undo(place)
    return Verdict(cell, outcome, problems, seconds)


def _may_leave(cell: Cell, call: str) -> bool:
    """Whether a session may stay open because of the fault alone."""
    return cell.times > 1 or call.endswith(_SESSION) or FAULTS[cell.fault]["kind"] == _CLOSED


def _undo(place: Place) -> None:
    """An engine that is down, or a clock that is wrong, is the instance's own; nothing of it is left to the next."""
    place.world.sim.change(place.at, wfserver="up", skew="0s")


def _outcome(cell: Cell, result: Data, fired: int) -> str:
    if result.get("failed") or result.get("verdict") in SILENT or "unread" in (result.get("instance") or {}):
        return "failed"
    if not fired:
        return "missed"
    return "changed" if FAULTS[cell.fault]["kind"] == _CHANGES else "right"


def _unclear(result: Data) -> list[str]:
    """A failure is told in a sentence, and is no defect of ours."""
    text = json.dumps(result, default=str)
    problems = ["a defect: " + str(result.get("msg"))] if (result.get("error") or {}).get("kind") == "defect" else []
    problems += ["a traceback"] if "Traceback" in text else []
    return problems + (["no message"] if result.get("failed") and not str(result.get("msg") or "").strip() else [])


def _written_twice(place: Place, since: int) -> list[str]:
    """No write is executed twice: the same request, without another write between the two, such as the way back."""
    problems, before = [], ""
    for call, sent in zip(place.world.sim.ledger(place.name, since=since), place.sent, strict=True):
        if call["class"] == "write" and call["outcome"] in ("ok", "lost"):
            problems += [f"{call['call']} of '{call['object']}' was executed twice"] if sent == before else []
            before = sent
    return problems


def _denied(place: Place, since: int, result: Data) -> list[str]:
    """A task that has written says so, or that it may have."""
    if not executed(place, since) or result.get("changed") or _is_open(result):
        return []
    return [f"it has written, and says: {result.get('msg') or result.get('reason')}"]


def _is_open(result: Data) -> bool:
    """Whether a failure says that it does not know what became of a write."""
    text = f"{result.get('msg')} {result.get('reason')}".lower()
    return any(words in text for words in ("may have", "not known", "unknown", "nobody knows", "cannot be told"))


def _wrong(job: Job, place: Place, result: Data, known: Undisturbed) -> list[str]:
    """What a success has left undone, or has answered wrongly. A character that XML forbids is shown as one that says
    so, beside a warning."""
    answer = job.answer(result)
    shown = json.loads(json.dumps(answer).replace("\\ufffd", "")) if result.get("warnings") else answer
    problems = [] if shown == known.answer else [f"it answered {answer!r} and not {known.answer!r}"]
    return problems + job.done(place)


def _left(place: Place, cell: Cell) -> list[str]:
    """A cure that fails by one fault leaves no workflow stopped, unless somebody else stopped it, or no engine runs."""
    state = place.row["state"]
    stopped = state in (STOPPING, STOPPED) and cell.fault not in (BY_STOP, "engine-down")
    return [f"the workflow is left at {state}"] if stopped else []


def table(verdicts: Sequence[Verdict]) -> str:
    """A row for each job, with its calls and outcomes."""
    width = max(len(job.name) for job in JOBS)
    columns = ("right", "failed", "changed", "missed")
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
