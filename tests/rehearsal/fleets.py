# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Random fleets, each by its seed: every family of verdicts, and what decides how a cure ends."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Any, get_args, get_type_hints

from simulator.config.switches import Switches

USER, PASSWORD = "ops", "ops-canary-7f3a"
PREFIX = "NmsMidSourcing_LastDelivery_"
WORKFLOW = "defaultMidSourcingDlv"
START = "2026-11-23T12:00:00Z"

#: A mid that needs longer to count is not asked any more. Seconds. Virtual time does not end a call of ours.
MOST_COUNTING = 25.0
#: The switches that a cure can meet.
SWITCHES = (
    *("cursor_clock", "cursor_after_failure", "timeout_text", "order_without_effect", "error_place", "error_rows"),
    *("log_type_numbers", "on_error_numbers", "cursor_written", "failing_account", "missing_cursor"),
    *("rights_refusal", "system_tables", "server_time_name", "start_line"),
)
_HINTS = get_type_hints(Switches)


def random_fleet(seed: int) -> dict[str, Any]:
    """The fleet file of a seed."""
    random = Random(seed)
    mids = [f"mid-{letter}" for letter in "abc"[: random.choice((1, 1, 1, 2, 3))]]
    hosts = [f"mkt-{number}" for number in range(1, random.choice((2, 2, 3, 4)))]
    incident = random.random() < 0.7
    instances: dict[str, Any] = {name: _marketing(random, mids, incident) for name in hosts}
    for mid in mids:
        users = [name for name in hosts if any(one.get("mid") == mid for one in instances[name]["accounts"])]
        instances[mid] = _mid(random, users, incident)
    return {
        "start": START,
        "warm_up": f"{random.choice((15, 35, 65, 130, 185))}m{random.randrange(60)}s",
        "seed": seed,
        "stagger": random.random() < 0.3,
        "defaults": {"operators": [{"login": USER, "password": PASSWORD, "rights": ["admin"]}]},
        "instances": instances,
    }


def known_mids(seed: int, fleet: dict[str, Any]) -> list[str]:
    """The mids that are hosts of the inventory."""
    random = Random(f"inventory {seed}")
    return [name for name, one in fleet["instances"].items() if one["role"] == "mid" and random.random() > 0.1]


def _switches(random: Random) -> dict[str, str]:
    chosen = random.sample(SWITCHES, random.choice((0, 0, 0, 1, 1, 2, 3)))
    return {name: random.choice(get_args(_HINTS[name])) for name in chosen}


def _marketing(random: Random, mids: list[str], incident: bool) -> dict[str, Any]:
    accounts: list[dict[str, Any]] = [
        {
            "name": name,
            "mid": random.choice(mids),
            "login": "mid",
            "password": "mid-canary" if random.random() > 0.06 else "an-old-one",
            "active": random.random() > 0.04,
            **({"suffix": f"{name}Old"} if random.random() < 0.04 else {}),
        }
        for name in ("defaultEmailMid", "second", "third")[: random.choice((1, 1, 1, 2, 2, 3))]
    ]
    if random.random() < 0.1:
        accounts.append({"name": "defaultEmailBulk", "type": 3})
    options = {
        PREFIX + one.get("suffix", one["name"]): _cursor(random, incident)
        for one in accounts
        if one.get("mid") and random.random() > 0.05
    }
    instance: dict[str, Any] = {
        "role": "marketing",
        "accounts": accounts,
        "options": options,
        "skew": random.choice((0, 0, 0, 7, -45, 240, -900)),
        "switches": _switches(random),
        "workflows": {WORKFLOW: _workflow(random)} if random.random() > 0.03 else {},
    }
    if random.random() < 0.04:
        instance["down"] = True
    if random.random() < 0.05:
        instance["wfserver"] = "down"
    if random.random() < 0.06:
        rights = random.choice(([], ["workflow"]))
        instance["operators"] = [{"login": USER, "password": PASSWORD, "rights": rights}]
    if random.random() < 0.03:
        instance["operators"] = [{"login": USER, "password": "another", "rights": ["admin"]}]
    return instance


def _cursor(random: Random, incident: bool) -> dict[str, Any]:
    if incident and random.random() < 0.7:
        return {"type": "datetime", "age": random.choice(("200d", "900d", "2400d", "2400d"))}
    kind = random.random()
    if kind < 0.04:
        return {"type": "datetime"}
    if kind < 0.08:
        return {"type": "string", "value": random.choice(("2024-03-01 10:00:00.000Z", "not a date"))}
    if kind < 0.11:
        return {"type": "datetime", "age": random.choice(("-3h", "-2d"))}
    ages = ("5m", "1h", "8h", "3d", "8d", "12d", "40d", "200d", "900d", "2400d", "2400d", "2400d")
    return {"type": "datetime", "age": random.choice(ages)}


def _workflow(random: Random) -> dict[str, Any]:
    return {
        "every": random.choice(("5m", "10m", "10m", "10m", "1h", "80m")),
        "timeout": random.choice(("20s", "60s", "60s", "120s", "300s")),
        "on_error": random.choice(("stop", "stop", "ignore")),
        "error_limit": random.choice((0, 0, 0, 3)),
        "state": random.choice(("started",) * 12 + ("stopped", "paused", "edit")),
    }


def _mid(random: Random, users: list[str], incident: bool) -> dict[str, Any]:
    """A mid that cannot serve years in time, where there is an incident, and days often."""
    days = 2500 if incident else random.choice((20, 60, 400, 2500))
    count = random.choice((1000, 2500, 4000) if incident else (0, 30, 300, 1000, 2500))
    mid: dict[str, Any] = {
        "role": "mid",
        "operators": [{"login": "mid", "password": "mid-canary", "rights": ["admin"]}],
        "seconds_per_row": random.choice((0.1, 0.3, 0.5, 1.0, 3.0, 20.0) if incident else (0.0, 0.01, 0.1, 1.0)),
        "skew": random.choice((0, 0, 0, 5, -60, 600)),
    }
    if mid["seconds_per_row"] * count < MOST_COUNTING and random.random() < 0.4:
        mid["switches"] = {"counting": "rows"}
    if users:
        mid["deliveries"] = {"count": count, "from": _ago(days), "to": "now", "for": users}
    if random.random() < 0.05:
        mid["down"] = True
    return mid


def _ago(days: int) -> str:
    return (datetime.fromisoformat(START) - timedelta(days=days)).isoformat()
