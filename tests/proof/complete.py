# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the matrices leave out: a module, a playbook, a role, a mode or a fault of the simulator without a cell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from simulator.faults.rules import AFTER, EITHER
from tests.guards.cells import PLAYBOOKS as GUARDED
from tests.helpers.faults import NO_FAULT
from tests.proof.books import BOOKS, CHECK, OF_CONTROLLER, READ_ONLY, Book
from tests.proof.catalogue import JOBS, WITHOUT
from tests.proof.cells import FAULTS
from tests.proof.guarded import WORDS
from tests.proof.jobs import Job

ROOT = Path(__file__).resolve().parents[2]


def of_modules(jobs: Sequence[Job] = JOBS) -> list[str]:
    """What is wrong with the list of jobs."""
    there = {path.stem for path in (ROOT / "plugins/modules").glob("*.py")}
    with_job = {job.module for job in jobs}
    found = _differences("module", there, with_job | set(WITHOUT))
    found += [f"module {name} has a job, and a reason to have none" for name in sorted(with_job & set(WITHOUT))]
    twice = [name for name, times in Counter(job.name for job in jobs).items() if times > 1]
    return found + [f"job {name} is there twice" for name in twice]


def of_playbooks(
    books: Sequence[Book] = (*BOOKS, *OF_CONTROLLER), guarded: Iterable[str] = tuple(GUARDED)
) -> list[str]:
    """What is wrong with the lists of playbooks and roles."""
    found = _differences("playbook", playbooks(), {*guarded, *(one.name for one in books if not one.roles)})
    roles = {path.name for path in (ROOT / "roles").iterdir()}
    found += _differences("role", roles, {one.name for one in books if one.roles})
    found += [f"playbook {name} says nothing in the matrix" for name in sorted(set(guarded) ^ set(WORDS))]
    return found + [
        f"{one.kind} {one.name} is not tried in {mode}"
        for one in books
        for mode in (CHECK, READ_ONLY)
        if mode not in one.modes
    ]


def of_faults(faults: Mapping[str, Mapping[str, Any]] = FAULTS) -> list[str]:
    """What is wrong with the list of faults."""
    return _differences("fault", set(EITHER | AFTER) - NO_FAULT, {str(rule["kind"]) for rule in faults.values()})


def playbooks() -> set[str]:
    """The names of all playbooks."""
    return {path.stem for path in (ROOT / "playbooks").glob("*.yml")}


def _differences(what: str, there: set[str], covered: set[str]) -> list[str]:
    found = [f"{what} {name} is not in the matrix" for name in sorted(there - covered)]
    return found + [f"{what} {name} is in the matrix, and does not exist" for name in sorted(covered - there)]
