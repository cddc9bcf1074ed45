# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All that a simulator is made of, without HTTP: the clock, the instances of a fleet, the ledger, the faults."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime
from functools import partial
from pathlib import Path
from random import Random

from .clock.clock import Clock
from .config.spec import Deliveries, FleetSpec, WorkflowSpec
from .config.validation import parse_moment
from .faults.rules import Faults
from .instance import Instance
from .ledger import Ledger
from .methods.ims import IdentityService
from .methods.services import build_router
from .technical.deliveries import hand_over
from .technical.outgoing import Outgoing
from .technical.synchronising import Secret


class Simulator:
    """A fleet that can be started. `url_of` an instance is known once the server listens."""

    def __init__(self, fleet: FleetSpec, *, time_scale: float = 0.0, state: Path | None = None) -> None:
        """`state`: a directory that keeps the data from one start to the next; None for memory only."""
        self.fleet = fleet
        self.time_scale = time_scale
        self._state = state
        if state is not None:
            state.mkdir(parents=True, exist_ok=True)
        self._resumed = self._saved_time()
        self.clock = Clock(self._resumed or fleet.begin)
        self.ledger = Ledger()
        self.faults = Faults()
        self.router = build_router()
        self.outgoing = Outgoing(self.clock)
        self.base_url = ""
        self.ready = False
        self.instances = {
            name: Instance(spec, self.clock, seed=fleet.seed, path=self._path(name))
            for name, spec in fleet.instances.items()
        }
        self.ims = IdentityService(self.instances.values, self.clock.now, fleet.seed)

    def _path(self, name: str) -> str:
        return ":memory:" if self._state is None else str(self._state / f"{name}.sqlite")

    def _saved_time(self) -> datetime | None:
        if self._state is None or not (self._state / "clock.json").exists():
            return None
        return parse_moment(json.loads((self._state / "clock.json").read_text(encoding="utf-8"))["now"])

    def save_time(self) -> None:
        """Note the virtual time, so that the next start on the same state continues from there."""
        if self._state is not None and self.ready:
            text = json.dumps({"now": self.clock.now().isoformat()})
            fresh = self._state / "clock.new"
            fresh.write_text(text, encoding="utf-8")
            fresh.replace(self._state / "clock.json")  # whole or not at all: the process may be killed at any moment

    def url_of(self, instance: str) -> str:
        """The base URL of an instance, before /nl/jsp."""
        return f"{self.base_url}/{instance}"

    async def begin(self) -> None:
        """Start the instances and run the engines for `warm_up`: failures in that time are part of the starting state.

        The server must be listening: instances call each other. Data that were kept are not warmed up again.
        """
        for instance in self.instances.values():
            spread = Random(f"{self.fleet.seed}:{instance.name}") if self.fleet.stagger else None
            instance.begin(self.outgoing, self._secret, self.url_of, partial(_first_run, self.clock.now(), spread))
            await asyncio.sleep(0)  # /_simulator/ready is answered meanwhile
        for instance in self.instances.values():
            first = 1
            for series in instance.spec.deliveries:
                self._hand_over(instance, series, first)
                first += series.count
        if self._resumed is None:
            await self.clock.advance(self.fleet.warm_up)
        self.ready = True
        await self.clock.set_time_scale(self.time_scale)

    def send(self, mid: Instance, series: Deliveries) -> None:
        """More deliveries on a mid."""
        self._hand_over(mid, series, mid.deliveries.add(series))

    def _hand_over(self, mid: Instance, series: Deliveries, first: int) -> None:
        for name in series.owners:
            owner = self.instances[name]
            account = next((one.name for one in owner.spec.accounts if one.mid == mid.name), "")
            hand_over(series, first, name, owner.store, account)

    async def end(self) -> None:
        """Stop the clock, the engines and the connections; keep what is to be kept."""
        self.save_time()
        await self.clock.close()
        await self.outgoing.close()
        for instance in self.instances.values():
            instance.end()

    def _secret(self, instance: str, account: str) -> Secret:
        return self.instances[instance].secret(account)


def _first_run(now: datetime, spread: Random | None, workflow: WorkflowSpec) -> float:
    """Seconds to a workflow's first due date."""
    if workflow.first_run is not None:
        return workflow.first_run
    if workflow.at is not None:
        passed = (now - now.replace(hour=0, minute=0, second=0, microsecond=0)).total_seconds()
        return (workflow.at - passed) % 86_400.0
    return workflow.every * (spread.random() if spread else 0.5)
