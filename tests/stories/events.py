# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can happen in a story, drawn at random: who does what, how a run is disturbed, and what time passes."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random
from typing import Any

from tests.helpers.cure_world import PREFIX, WORKFLOW, Killed, World
from tests.stories.controller import HOST

#: Faults at one call: the answer is lost though it was carried out, it never came, or the server refuses.
FAULTS: dict[str, dict[str, Any]] = {
    "reset-after": {"kind": "reset", "executed": True},
    "504-after": {"kind": "status", "status": 504, "executed": True},
    "503": {"kind": "status", "status": 503},
    "reset": {"kind": "reset"},
    "soap-fault": {"kind": "fault", "text": "XTK-170006 The database is not there."},
    "session-lost": {"kind": "change", "change": {"instance": {"expire_sessions": True}}},
}
#: Calls of a cure: a disturbance comes at one of these.
MOST_CALLS = 45
#: Where a person sets a cursor: the day before, and further back.
RECENT, FURTHER = "2026-11-22T00:00:00Z", ("2026-11-05T00:00:00Z", "2026-11-12T00:00:00Z")


@dataclass(frozen=True)
class Disturbance:
    """What happens at the call of a number, which counts from 1.

    :param kind: calm, killed before or after it, told to end, a fault, a person who stops or starts the workflow or
        sets a cursor, or a mid that goes down.
    """

    kind: str = "calm"
    call: int = 0
    name: str = ""

    def __str__(self) -> str:
        return self.kind if self.kind == "calm" else f"{self.kind} {self.name} at call {self.call}".replace("  ", " ")

    @property
    def by_person(self) -> bool:
        return self.kind.startswith("person")


def drawn(random: Random, names: str) -> Disturbance:
    """A disturbance of a cure. A third of them have none."""
    kind = random.choice(
        ["calm"] * 5
        + ["killed before", "killed after", "told to end", "fault", "fault", "fault"]
        + ["person stops", "person starts", "person sets", "mid down"]
    )
    if kind == "calm":
        return Disturbance()
    name = random.choice(sorted(FAULTS)) if kind == "fault" else ""
    if kind in ("person sets", "mid down"):
        name = random.choice(names)
    return Disturbance(kind, random.randint(1, MOST_CALLS), name)


@contextmanager
def disturbing(there: World, disturbance: Disturbance) -> Iterator[list[str]]:
    """Have it happen in what is called within. Gives the calls that were made."""
    calls: list[str] = []
    dead = False
    act = _act(there, disturbance)

    def before(method: str) -> None:
        nonlocal dead
        calls.append(method.partition("#")[2])
        if len(calls) == disturbance.call and disturbance.kind != "killed after":
            dead = dead or disturbance.kind == "killed before"
            act()
        if dead:
            raise Killed

    def after(_method: str) -> None:
        nonlocal dead
        if len(calls) == disturbance.call and disturbance.kind == "killed after":
            dead = True
            raise Killed

    there.before, there.after = before, after
    try:
        yield calls
    finally:
        there.before = there.after = lambda _method: None
        there.sim.clear_faults()


def _act(there: World, disturbance: Disturbance) -> Callable[[], None]:
    if disturbance.kind == "fault":
        return lambda: _fault(there, FAULTS[disturbance.name])
    acts: dict[str, Callable[[], Any]] = {
        "told to end": lambda: os.kill(os.getpid(), signal.SIGTERM),
        "person stops": lambda: there.sim.order(HOST, WORKFLOW, "Stop"),
        "person starts": lambda: there.sim.order(HOST, WORKFLOW, "Start"),
        "person sets": lambda: there.sim.set_option(HOST, PREFIX + disturbance.name, RECENT),
        "mid down": lambda: there.sim.change(f"mid-{disturbance.name}", down=True),
    }
    return acts.get(disturbance.kind, lambda: None)


def _fault(there: World, rule: dict[str, Any]) -> None:
    """Strike the next call, which is the one before which this is called."""
    there.sim.fault(**rule, instance=HOST, method="*", count=1)
