# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One fleet: its snapshot, the rehearsal of that, and then the cure itself; and what of it is the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.campaign.classic.plugins.module_utils._client.connect import DEFAULTS, open_session
from ansible_collections.campaign.classic.plugins.module_utils._client.mids import address
from ansible_collections.campaign.classic.plugins.module_utils._http.transport import HttpTransport
from ansible_collections.campaign.classic.plugins.plugin_utils._rehearsal.control import Control, VirtualTime
from ansible_collections.campaign.classic.plugins.plugin_utils._rehearsal.rehearsing import (
    Rehearsal,
    Settings,
    Started,
)
from ansible_collections.campaign.classic.plugins.plugin_utils._rehearsal.virtual import Ending, Noting, VirtualRun
from ansible_collections.campaign.classic.plugins.plugin_utils._snapshot.document import document, from_text, to_text
from ansible_collections.campaign.classic.plugins.plugin_utils._snapshot.unknowns import (
    BEHAVIOUR,
    NOT_SERVED,
    ORDERS,
    REFUSED,
    RENAMED,
    SERVED,
)
from ansible_collections.campaign.classic.plugins.plugin_utils._sweep.snapshot import Photographing
from ansible_collections.campaign.classic.plugins.plugin_utils._sweep.threads import SweepTarget
from simulator.testing import RunningSimulator, running_simulator
from tests.rehearsal.fleets import PASSWORD, USER, known_mids, random_fleet


@dataclass(frozen=True)
class Case:
    """One instance of one fleet: what was rehearsed, and what came.

    :param explained: the unknown whose other answer leads to what came; '' where none does, or none is needed.
    """

    seed: int
    host: str
    rehearsed: Ending
    real: Ending
    explained: str = ""

    @property
    def is_same(self) -> bool:
        return self.rehearsed.what == self.real.what


@dataclass
class Trial:
    """A fleet that was rehearsed and cured."""

    seed: int
    data: dict[str, Any]
    cases: list[Case] = field(default_factory=list)
    calls_while_rehearsed: int = 0


@contextmanager
def copied(fleet: dict[str, Any]) -> Iterator[Started]:
    """A simulator in this process."""
    with running_simulator(fleet) as sim:
        yield Started(sim.url, dict(sim.instances))


def snapshot(sim: RunningSimulator, hosts: list[str]) -> dict[str, Any]:
    """What the playbook snapshot writes of these hosts, read as the sweep reads it, and through its text."""
    time = VirtualTime(Control(sim.url))
    time._control.calls_advance()

    def opened(_until: float) -> Any:
        return lambda params, environ: open_session(
            params,
            environ,
            transport=lambda settings: Noting(HttpTransport(settings), time),
            clock=time.clock,
            sleep=time.sleep,
            now=time.now,
        )

    began = time.now()
    connections = {
        name: {**DEFAULTS, "url": sim.instances[name], "user": USER, "password": PASSWORD, "instance": name}
        for name in hosts
    }
    look = Photographing(connections, {}, clock=time.clock, opened=opened)
    rows = {name: look(SweepTarget(name, "", {}), float("inf"))["row"] for name in hosts}
    addresses = {address(sim.instances[name]): name for name in hosts}
    return from_text(to_text(document(rows, addresses, began, time.now())), "snapshot.json")


def cured(sim: RunningSimulator, hosts: list[str], settings: Settings, mids: list[str]) -> dict[str, Ending]:
    """Reconcile on the fleet itself."""
    urls = {sim.instances[mid].rstrip("/"): sim.instances[mid] for mid in mids}
    run = VirtualRun(sim.instances, USER, PASSWORD, VirtualTime(Control(sim.url)), mids=urls)
    return run.reconcile(hosts, settings.judging, settings.curing)


def trial(seed: int, fleet: dict[str, Any] | None = None, settings: Settings | None = None) -> Trial:
    """Photograph a fleet, rehearse on the copy, cure the fleet, compare."""
    fleet, settings = fleet or random_fleet(seed), settings or Settings()
    marketing = [name for name, one in fleet["instances"].items() if one["role"] == "marketing"]
    mids = known_mids(seed, fleet)
    with running_simulator(fleet) as sim:
        data = snapshot(sim, [*marketing, *mids])
        found = Trial(seed, data)
        mark = sim.mark()
        rehearsal = Rehearsal(data, settings, copied)
        rehearsed = rehearsal.once()
        found.calls_while_rehearsed = len(sim.ledger(since=mark))
        real = cured(sim, marketing, settings, mids)
    for host in marketing:
        # A host that could not even be asked is no instance of the copy.
        expected = rehearsed.get(host) or Ending(data["instances"][host]["unread"]["verdict"], "")
        case = Case(seed, host, expected, real[host])
        if not case.is_same:
            case = Case(seed, host, expected, real[host], explanation(rehearsal, host, real[host]))
        found.cases.append(case)
    return found


def explanation(rehearsal: Rehearsal, host: str, real: Ending) -> str:
    """The first unknown whose other answer leads to what came: on this host alone, or on the whole fleet, whose other
    hosts take the time of the mids and that of the clock."""
    for hosts in ([host], None):
        for unknown in (*BEHAVIOUR, ORDERS, SERVED, NOT_SERVED, REFUSED, RENAMED):
            ended = rehearsal.once(unknown.other, hosts).get(host)
            if ended is not None and ended.what == real.what:
                return unknown.name
    return ""
