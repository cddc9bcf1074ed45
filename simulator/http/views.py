# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the control endpoints show: the state of things as JSON-able values. Times are ISO texts in UTC."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from ..config.spec import OPTION_TYPES
from ..database.rows import ACCOUNT, OPTION, WORKFLOW, WORKFLOW_LOG
from ..database.values import OPTION_COLUMNS
from ..instance import Instance
from ..simulator import Simulator

_TYPE_NAMES = {code: name for name, code in OPTION_TYPES.items()}
_WORKFLOW_SHOWN = (
    "id", "internalName", "label", "state", "failed", "processId", "processDate", "nextProcessingDate", "lastStart",
    "errorCount", "errorActivity", "onError", "errorLimit",
)  # fmt: skip


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def ready(simulator: Simulator) -> dict[str, Any]:
    """Whether the warm-up is over, and where the instances are."""
    urls = {name: simulator.url_of(name) for name in simulator.instances}
    return {"ready": simulator.ready, "url": simulator.base_url, "instances": urls}


def clock(simulator: Simulator) -> dict[str, Any]:
    """The virtual clock."""
    clock = simulator.clock
    return {
        "now": clock.now().isoformat(),
        "time_scale": clock.time_scale,
        "per_call": clock.per_call,
        "calls_advance": clock.calls_advance,
        "next_due": _plain(clock.next_due),
    }


async def instances(simulator: Simulator, chosen: Iterable[Instance]) -> AsyncIterator[tuple[str, dict[str, Any]]]:
    """The instances one by one; others get their turn in between."""
    for one in chosen:
        yield one.name, instance(simulator, one)
        await asyncio.sleep(0)


def instance(simulator: Simulator, one: Instance) -> dict[str, Any]:
    """One instance. No password is shown."""
    accounts = [
        {name: row[name] for name in ("id", "name", "label", "type", "active", "server", "account")}
        for row in one.rows.find(ACCOUNT)
    ]
    return {
        "role": one.spec.role,
        "url": simulator.url_of(one.name),
        "time": one.now().isoformat(),
        "down": one.down,
        "skew": one.skew,
        "wfserver": "up" if one.engine.wfserver else "down",
        "switches": asdict(one.switches),
        "zone": asdict(one.zone),
        "timeouts": asdict(one.sessions.timeouts),
        "options": {row["name"]: option(row) for row in one.rows.find(OPTION)},
        "workflows": {
            row["internalName"]: {name: _plain(row[name]) for name in _WORKFLOW_SHOWN}
            for row in one.rows.find(WORKFLOW)
        },
        "accounts": accounts,
        "sessions": len(one.sessions.open_sessions()),
    }


def option(row: dict[str, Any]) -> dict[str, Any]:
    """An option's row: type by name and code, value by its type (None for a null date)."""
    code = row["dataType"]
    return {
        "id": row["id"],
        "type": _TYPE_NAMES.get(code, str(code)),
        "data_type": code,
        "value": _plain(row.get(OPTION_COLUMNS.get(code, "stringValue"))),
        "description": row["description"],
    }


def journal(one: Instance, workflow: str, limit: int) -> list[dict[str, Any]]:
    """The newest lines of one workflow's journal, or of all."""
    names = {row["id"]: row["internalName"] for row in one.rows.find(WORKFLOW)}
    wanted = next((key for key, name in names.items() if name == workflow), 0)
    rows = one.rows.find(WORKFLOW_LOG, **{"workflow-id": wanted}) if workflow else one.rows.find(WORKFLOW_LOG)
    return [
        {
            "id": row["id"],
            "workflow": names.get(row["workflow-id"], ""),
            "at": _plain(row["logDate"]),
            "type": row["logType"],
            "activity": row["activity"],
            "error": row["error"],
            "message": row["message"],
        }
        for row in reversed(rows[-limit:] if limit else [])
    ]


def rows(one: Instance, schema: str, limit: int) -> list[dict[str, Any]]:
    """The newest rows of a table. No password is shown."""
    found = one.store.find(schema)
    return [
        {name: _plain(value) for name, value in row.items() if name != "password"}
        for row in (found[-limit:] if limit else [])
    ]


def sessions(chosen: Iterable[Instance], origin: str) -> list[dict[str, Any]]:
    """Open sessions without their tokens."""
    return [
        {
            "instance": one.name,
            "session": session.short,
            "login": session.operator.login,
            "origin": "internal" if session.internal else "external",
            "opened": session.opened.isoformat(),
            "expires": session.expires.isoformat(),
            "calls": session.calls,
        }
        for one in chosen
        for session in one.sessions.open_sessions()
        if origin == "any" or session.internal == (origin == "internal")
    ]
