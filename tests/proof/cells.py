# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cells of the fault matrix: a job, one of its calls, and a fault of the simulator."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.helpers.cure_world import CURSOR, WORKFLOW
from tests.helpers.faults import FAULTS as RULES
from tests.helpers.faults import filled
from tests.proof.jobs import Job
from tests.proof.limits import LATE

#: Of one module somebody else may also have started the workflow; whole playbooks find that as any other run.
_MORE: Mapping[str, dict[str, Any]] = {
    "started-by-somebody": {"kind": "change", "change": {"orders": {"WORKFLOW": "Start"}}},
}


def _quick(rule: Mapping[str, Any]) -> dict[str, Any]:
    """A rule whose waits fit the shorter time for an answer, on our names."""
    found = filled(rule, CURSOR, WORKFLOW)
    return {**found, "seconds": LATE} if rule["kind"] in ("delay", "late") else found


FAULTS: Mapping[str, dict[str, Any]] = {name: _quick(rule) for name, rule in {**RULES, **_MORE}.items()}
#: The kind by which the instance changes.
CHANGE = "change"
#: What somebody else changes; all other changes are of the instance itself, such as its clock.
BY_OTHERS = ("options", "orders")


def changes(fault: str) -> Mapping[str, Any]:
    """What a fault changes; nothing for one that only disturbs the call."""
    found: Mapping[str, Any] = FAULTS[fault].get(CHANGE, {})
    return found


def only_ends_sessions(fault: str) -> bool:
    """Whether the instance is the same after it: a task logs on again, and ends as an undisturbed one."""
    return bool(changes(fault).get("instance", {}).get("expire_sessions"))


def rule_for(fault: str, job: Job) -> dict[str, Any]:
    """The rule of a fault; somebody else moves the option that the job is about."""
    rule = dict(FAULTS[fault])
    if "options" in changes(fault):
        name, value = job.theirs
        rule[CHANGE] = {"options": {name: value}}
    return rule


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
    """How a cell ended.

    :param passed: virtual seconds that the task has taken.
    """

    cell: Cell
    outcome: str
    problems: Sequence[str]
    seconds: float
    passed: float = 0.0


def cells_of(job: Job, calls: int) -> Iterator[Cell]:
    """All cells of a job that makes so many calls."""
    for call, (fault, rule) in itertools.product(range(1, calls + 1), FAULTS.items()):
        # A mid has neither the cursor nor the workflow that somebody else could change.
        if not (job.at and changes(fault).keys() & set(BY_OTHERS)):
            yield Cell(job.name, call, fault, 1)
            if rule["kind"] != CHANGE:
                yield Cell(job.name, call, fault, 4)
