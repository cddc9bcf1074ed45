# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run of the mid-sourcing workflow in a small fleet, for the tests of what is not known of Campaign."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from simulator.testing import RunningSimulator, running_simulator
from tests.unit.simulator.by_hand import COUNTERS, CURSOR, Fault, Hand

BULK = "second"
OTHER = "NmsMidSourcing_LastDelivery_Other"
MOMENT = "2026-11-22T10:00:00Z"
OPERATORS = [
    {"login": "ops", "password": "ops-secret", "rights": ["admin"]},
    {"login": "mid", "password": "mid-secret"},
]


@dataclass(frozen=True)
class Run:
    """What the first run of the workflow on `mkt-a` has left."""

    sim: RunningSimulator

    @property
    def failed(self) -> bool:
        return bool(self.sim.workflow("mkt-a", COUNTERS)["failed"])

    @property
    def ended(self) -> tuple[int, float]:
        """The state of the workflow, and how many seconds after the end of its run it came there."""
        lines = self.sim.journal("mkt-a", COUNTERS)
        failed = next(line for line in lines if str(line["message"]).startswith("Run failed"))
        took = datetime.fromisoformat(lines[0]["at"]) - datetime.fromisoformat(failed["at"])
        return int(self.sim.workflow("mkt-a", COUNTERS)["state"]), took.total_seconds()

    @property
    def runs(self) -> int:
        """How many runs the journal tells of."""
        return sum(str(line["message"]).startswith("Run started") for line in self.sim.journal("mkt-a", COUNTERS))

    @property
    def error(self) -> str:
        """The first error in the journal."""
        return next(str(line["error"]) for line in self.sim.journal("mkt-a", COUNTERS) if line["error"])

    @property
    def errors(self) -> tuple[str, ...]:
        """All errors in the journal, in their order."""
        return tuple(str(line["error"]) for line in reversed(self.sim.journal("mkt-a", COUNTERS)) if line["error"])

    def _refusal(self) -> dict[str, Any]:
        lines = self.sim.journal("mkt-a", COUNTERS)
        return next(line for line in lines if "XSV-350012" in str(line["error"]) + str(line["message"]))

    @property
    def place(self) -> str:
        """In which columns the text of a refused logon stands."""
        return " and ".join(name for name in ("error", "message") if self._refusal()[name])

    @property
    def log_type(self) -> int:
        """The type of the line of a refused logon."""
        return int(self._refusal()["type"])

    def option(self, name: str) -> dict[str, Any]:
        found = self.sim.option("mkt-a", name)
        assert found is not None
        return found

    def moved(self, name: str) -> bool:
        return self.sim.option_time("mkt-a", name) > datetime.fromisoformat(MOMENT)

    def ahead(self, name: str) -> bool:
        """Whether a cursor is ahead of the marketing instance's own clock."""
        return self.sim.option_time("mkt-a", name) > self.sim.now()

    def server(self, account: str) -> str:
        (row,) = (row for row in self.sim.state("mkt-a")["accounts"] if row["name"] == account)
        return str(row["server"])

    def asked(self, mid: int) -> bool:
        """Whether the first or the second mid had any call."""
        return bool(self.sim.ledger(f"mid-{mid}", origin="internal"))


def _account(name: str, mid: int, *, wrong: bool, **more: Any) -> dict[str, Any]:
    password = "rotated" if wrong else "mid-secret"
    return {"name": name, "mid": f"mid-{mid}", "login": "mid", "password": password, **more}


@contextlib.contextmanager
def run(
    *,
    switches: dict[str, Any] | None = None,
    suffix: str = "defaultEmailMid",
    cursor_type: str = "datetime",
    seconds_per_row: float = 0,
    timeout: str = "60s",
    mid_skew: str = "0s",
    second_mid: bool | None = None,
    wrong: str = "",
) -> Iterator[Run]:
    """`second_mid`: a second account of the same type, with a mid or without; `wrong`: whose password is refused."""
    accounts = [_account("defaultEmailMid", 1, wrong=wrong == "first", suffix=suffix)]
    if second_mid is not None:
        accounts.append(_account(BULK, 2, wrong=wrong == "second") if second_mid else {"name": BULK})
    options = {
        name: {"type": cursor_type, "value": MOMENT}
        for name in (CURSOR, OTHER, f"NmsMidSourcing_LastDelivery_{BULK}")
        if cursor_type != "none"
    }
    deliveries = {"count": 5, "from": "2026-11-22T12:00:00Z", "to": "2026-11-22T13:00:00Z", "for": ["mkt-a"]}
    mid = {"role": "mid", "seconds_per_row": seconds_per_row, "skew": mid_skew, "deliveries": deliveries}
    fleet = {
        "start": "2026-11-23T02:00:00Z",
        "defaults": {"operators": OPERATORS},
        "instances": {
            "mid-1": mid,
            "mid-2": mid,
            "mkt-a": {
                "role": "marketing",
                "accounts": accounts,
                "options": options,
                "workflows": {COUNTERS: {"every": "4h", "timeout": timeout, "first_run": "10m"}},
                "switches": switches or {},
            },
        },
    }
    with running_simulator(fleet) as sim:
        sim.advance("30m")
        yield Run(sim)


def fault_in_zone(zone: dict[str, Any]) -> str:
    """What a zone leaves of a fault: 'code and detail', 'code' or 'neither'."""
    fleet = {
        "start": "2026-11-23T02:00:00Z",
        "instances": {"mkt-a": {"role": "marketing", "zone": zone, "operators": OPERATORS}},
    }
    with running_simulator(fleet) as sim:
        hand = Hand(sim.instances["mkt-a"]).logon()
        try:
            hand.query("xtk:option", "@nope")
        except Fault as fault:
            has_code = fault.string.startswith("SOP-330011 ")
            return "neither" if not has_code else "code" if fault.detail is None else "code and detail"
    raise AssertionError("no fault")
