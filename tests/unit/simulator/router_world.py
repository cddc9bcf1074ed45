# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One instance and callers of its methods, without HTTP."""

from __future__ import annotations

import asyncio
import xml.etree.ElementTree as ET
from typing import Any

from simulator.fleet import parse_fleet
from simulator.instance import Instance
from simulator.simulator import Simulator
from tests.unit.simulator.by_hand import COUNTERS, CURSOR, context, instance_of, results

ROBOT = {"login": "robot", "password": "pw", "rights": [], "token": "ims-token"}


class World:
    """One instance and callers of its methods."""

    def __init__(self, **changes: Any) -> None:
        mkt = {
            "role": "marketing",
            "operators": [
                {"login": "ops", "password": "ops-secret", "rights": ["admin"]},
                {"login": "runner", "password": "pw", "rights": ["workflow"]},
                {"login": "blind", "password": "pw", "rights": ["workflow"], "folders": False},
                {"login": "gone", "password": "pw", "enabled": False},
                ROBOT,
            ],
            "accounts": [{"name": "defaultEmailBulk"}],
            "options": {CURSOR: {"type": "datetime", "value": "2020-03-01T10:00:00Z"}, "Text": {"value": "a & b"}},
            "workflows": {COUNTERS: {"every": "10m"}, "campaign": {"state": "stopped", "technical": False}},
            **changes,
        }
        fleet = {"start": "2026-11-23T02:00:00Z", "seed": 7, "instances": {"mkt-a": mkt}}
        self.simulator = Simulator(parse_fleet(fleet, "fleet"))
        self.instance: Instance = instance_of(self.simulator, "mkt-a")
        self.object = ""

    def raw(
        self, service: str, method: str, *params: str, token: str = "", headers: dict[str, str] | None = None
    ) -> bytes:
        """Run a call. Raises SoapFault or PlainRefusal."""
        call = context(self.simulator, self.instance, service, method, *params, token=token, headers=headers)
        try:
            return asyncio.run(self.simulator.router.run(call))
        finally:
            self.object = call.entry.object

    def logon(self, login: str = "ops", password: str = "ops-secret") -> tuple[str, dict[str, str]]:  # noqa: S107
        """(session token, headers)."""
        outputs = results(self.raw("xtk:session", "Logon", login, password, ""), "Logon")
        token, security = outputs[0].text or "", outputs[2].text or ""
        return token, {"Cookie": f"a=b; __sessiontoken={token}", "X-Security-Token": security}

    def as_(self, login: str, service: str, method: str, *params: str) -> list[ET.Element]:
        """One call in a session of its own."""
        token, headers = self.logon(login, "ops-secret" if login == "ops" else "pw")
        return results(self.raw(service, method, *params, token=token, headers=headers), method)

    def pass_time(self, seconds: float) -> None:
        """Advance the clock."""
        asyncio.run(self.simulator.clock.advance(seconds))
