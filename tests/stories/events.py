# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can happen in a story, drawn at random: who does what, how a run is disturbed, and what time passes."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any

from ansible_collections.campaign.classic.plugins.module_utils._core.xtk import format_datetime
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
#: Where a person sets a cursor who wants to repair it: these seconds ago; and where one who sets it back.
RECENT, FURTHER = (0, 3 * 3600, 26 * 3600), ("2026-11-05T00:00:00Z", "2026-11-12T00:00:00Z")
#: In which states a person's order is one that changes something, and not beside an order of ours.
TAKEN = {"Stop": (11, 13), "Pause": (11,)}


@dataclass(frozen=True)
class Disturbance:
    """What happens at the call of a number, which counts from 1.

    :param kind: calm, killed before or after it, told to end, a fault, a person who stops, pauses or starts it
        or sets a cursor, or a mid that goes down.
    :param ago: where a person sets the cursor, in seconds.
    """

    kind: str = "calm"
    call: int = 0
    name: str = ""
    ago: float = 0

    def __str__(self) -> str:
        return self.kind if self.kind == "calm" else f"{self.kind} {self.name} at call {self.call}".replace("  ", " ")

    @property
    def by_person(self) -> bool:
        return self.kind.startswith("person")

    @property
    def by_order(self) -> str:
        """The order by which a person wants the workflow to stand still; '' where none does."""
        return {"person stops": "Stop", "person pauses": "Pause"}.get(self.kind, "")

    def in_the_moment_of_a_run(self, calls: Sequence[str]) -> bool:
        """Whether a person sets a cursor between the last look before a Start and the run: nobody can see that."""
        starts = [number for number, call in enumerate(calls, 1) if call == "Start" and number <= self.call]
        if self.kind != "person sets" or not starts:
            return False
        wakeups = [number for number, call in enumerate(calls, 1) if call == "Wakeup" and number > starts[-1]]
        # The simulator's clock stands still within a call: the run begins in the second one after it.
        return self.call <= (wakeups[0] + 2 if wakeups else starts[-1] + 8)


def drawn(random: Random, names: str) -> Disturbance:
    """A disturbance of a cure. A third of them have none."""
    kind = random.choice(
        ["calm"] * 5
        + ["killed before", "killed after", "told to end", "fault", "fault", "fault"]
        + ["person stops", "person pauses", "person starts", "person sets", "person sets", "mid down"]
    )
    if kind == "calm":
        return Disturbance()
    name = random.choice(sorted(FAULTS)) if kind == "fault" else ""
    if kind in ("person sets", "mid down"):
        name = random.choice(names)
    return Disturbance(kind, random.randint(1, MOST_CALLS), name, random.choice(RECENT))


@dataclass
class Disturbed:
    """What was called; and the state of the workflow, whether it ran, and the end of the ledger in the moment of the
    disturbance."""

    calls: list[str] = field(default_factory=list)
    state: int = 0
    running: bool = False
    at: int = 0


@contextmanager
def disturbing(there: World, disturbance: Disturbance) -> Iterator[Disturbed]:
    """Have it happen in what is called within. Gives the calls that were made."""
    disturbed = Disturbed()
    calls = disturbed.calls
    dead = False
    act = _act(there, disturbance)

    def before(method: str) -> None:
        nonlocal dead
        calls.append(method.partition("#")[2])
        if len(calls) == disturbance.call and disturbance.kind != "killed after":
            dead = dead or disturbance.kind == "killed before"
            row = there.row(HOST)
            disturbed.state, disturbed.running = row["state"], bool(row["processId"])
            act()
            disturbed.at = there.sim.mark()
        if dead:
            raise Killed

    def after(_method: str) -> None:
        nonlocal dead
        if len(calls) == disturbance.call and disturbance.kind == "killed after":
            dead = True
            raise Killed

    there.before, there.after = before, after
    try:
        yield disturbed
    finally:
        there.before = there.after = lambda _method: None
        there.sim.clear_faults()


def ago(there: World, seconds: float) -> str:
    """A value for a cursor: so long ago."""
    return format_datetime(there.now() - timedelta(seconds=seconds))


def _act(there: World, disturbance: Disturbance) -> Callable[[], None]:
    if disturbance.kind == "fault":
        return lambda: _fault(there, FAULTS[disturbance.name])
    acts: dict[str, Callable[[], Any]] = {
        "told to end": lambda: os.kill(os.getpid(), signal.SIGTERM),
        "person stops": lambda: there.sim.order(HOST, WORKFLOW, "Stop"),
        "person pauses": lambda: there.sim.order(HOST, WORKFLOW, "Pause"),
        "person starts": lambda: there.sim.order(HOST, WORKFLOW, "Start"),
        "person sets": lambda: there.sim.set_option(HOST, PREFIX + disturbance.name, ago(there, disturbance.ago)),
        "mid down": lambda: there.sim.change(f"mid-{disturbance.name}", down=True),
    }
    return acts.get(disturbance.kind, lambda: None)


def _fault(there: World, rule: dict[str, Any]) -> None:
    """Strike the next call, which is the one before which this is called."""
    there.sim.fault(**rule, instance=HOST, method="*", count=1)
