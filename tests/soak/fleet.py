# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fleet of the soak: healthy instances in four groups of change windows, and their mids."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.integration.fleets import CURSOR, PASSWORD, USER, WORKFLOW, marketing
from tests.integration.runner import inventory
from tests.soak.windows import WINDOWS, Window

ACCOUNT, MID_PASSWORD = "defaultEmailMid", "mid-canary-51c9"
#: The event source has an operator of its own, so that its sessions can be told from those of the playbooks.
WATCHER = "watcher"
#: Deliveries of an instance since 2020, and what each costs its mid: two minutes for all, nothing for those of a day.
DELIVERIES, SECONDS_PER_ROW = 600, 0.2
#: It starts two days before the clocks of Europe go back. By then nightly cleanups have shortened the journals twice.
START, WARM_UP = "2026-10-23T06:00:00Z", "50h"
EVERY = "1h"


@dataclass(frozen=True)
class Fleet:
    """The marketing instances by name with their windows, and the names of the mids."""

    marketing: Mapping[str, Window]
    mids: tuple[str, ...]

    @classmethod
    def of(cls, instances: int, mids: int) -> Fleet:
        """So many instances; window, mid and error management are those of its number. No mid is without any."""
        names = {f"mkt-{number:03}": WINDOWS[number % len(WINDOWS)] for number in range(instances)}
        return cls(names, tuple(f"mid-{number:02}" for number in range(min(mids, -(-instances // len(WINDOWS))))))

    def mid_of(self, name: str) -> str:
        """The mid of an instance."""
        return self.mids[list(self.marketing).index(name) // len(WINDOWS) % len(self.mids)]

    def document(self, seed: int) -> dict[str, Any]:
        """The fleet file."""
        operators = [{"login": login, "password": PASSWORD, "rights": ["admin"]} for login in (USER, WATCHER)]
        return {
            "start": START,
            "warm_up": WARM_UP,
            "seed": seed,
            "stagger": True,
            # What a fault leaves open on a server is gone after some hours.
            "defaults": {"build": 9396, "release": "7.4.3", "operators": operators, "timeouts": {"session": "6h"}},
            "instances": {
                **{mid: self._mid([name for name in self.marketing if self.mid_of(name) == mid]) for mid in self.mids},
                **{name: self._marketing(number, name) for number, name in enumerate(self.marketing)},
            },
        }

    @staticmethod
    def _mid(customers: list[str]) -> dict[str, Any]:
        return {
            "role": "mid",
            "operators": [{"login": "mid", "password": MID_PASSWORD, "rights": ["admin"]}],
            "seconds_per_row": SECONDS_PER_ROW,
            "deliveries": {
                "count": DELIVERIES * len(customers),
                "from": "2020-01-01T00:00:00Z",
                "to": "now",
                "for": customers,
            },
        }

    def _marketing(self, number: int, name: str) -> dict[str, Any]:
        mode = ("stop", "ignore")[number // len(WINDOWS) % 2]
        instance = marketing(cursor={"age": "5m"}, on_error=mode, workflow={"every": EVERY, "history": 1})
        instance["accounts"] = [
            {"name": ACCOUNT, "mid": self.mid_of(name), "login": "mid", "password": MID_PASSWORD},
        ]
        instance["workflows"]["cleanup"] = {"at": "04:00"}
        return instance

    def inventory(self, urls: Mapping[str, str]) -> dict[str, Any]:
        """All of it for ansible-playbook, each instance with its window."""
        found = inventory(urls, USER, PASSWORD)
        for name, window in self.marketing.items():
            found["campaign"]["hosts"][name].update(window.variables())
        return found


__all__ = ["ACCOUNT", "CURSOR", "MID_PASSWORD", "PASSWORD", "WATCHER", "WORKFLOW", "Fleet"]
