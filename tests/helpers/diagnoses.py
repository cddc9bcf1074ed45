# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Diagnoses as the role registers them, for tests of decisions about a fleet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.campaign.classic.plugins.module_utils._cure.plan import Plan

OPTION = "NmsMidSourcing_LastDelivery_eu"
OLD = "2020-03-01 10:00:00.000Z"


def plan(host: str, *, old: str = OLD, option: str = OPTION, **more: Any) -> dict[str, Any]:
    """A plan as sync_cursor_info returns it."""
    made = Plan(
        instance=host,
        workflow="defaultMidSourcingDlv",
        option=option,
        account=option.rpartition("_")[2],
        old_value=old,
        **{"strategy": "lookback", "lookback_seconds": 86400, **more},
    )
    return {**made.to_dict(), "new_value": "2026-11-22 02:00:00.000Z"}


def diagnosis(host: str, verdict: str = "stuck", *, mid: str = "http://mid-eu:8080", **more: Any) -> dict[str, Any]:
    """A diagnosis; that of a stuck host has its plan."""
    stuck = verdict == "stuck"
    cursor = {
        "option": OPTION,
        "account": "eu",
        "workflow": "defaultMidSourcingDlv",
        "cure": "move" if stuck else "none",
        "evidence": {"account": {"name": "eu", "server": mid, "active": True}, "workflow": more.pop("workflow", None)},
        **more.pop("cursor", {}),
    }
    plans = [plan(host)] if stuck else []
    return {
        "verdict": verdict,
        "reason": f"It is {verdict}.",
        "proposal": "Look.",
        "cursors": [cursor],
        "plans": plans,
        **more,
    }


def hostvars(diagnoses: Iterable[tuple[str, Any]], **variables: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Ansible's hostvars after a detection. ``variables`` are those of a host."""
    return {host: {"mid_sourcing_diagnosis": seen, **variables.get(host, {})} for host, seen in diagnoses}


def fleet(stuck: int, healthy: int = 0, **variables: Any) -> tuple[list[str], dict[str, dict[str, Any]]]:
    """The names and the hostvars of a fleet: ``s0``, ``s1`` ... are stuck, ``h0`` ... healthy."""
    verdicts = {**{f"s{n}": "stuck" for n in range(stuck)}, **{f"h{n}": "healthy" for n in range(healthy)}}
    return list(verdicts), hostvars(((host, diagnosis(host, one)) for host, one in verdicts.items()), **variables)
