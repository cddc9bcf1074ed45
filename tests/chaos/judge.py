# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The checks after a disturbed run and a second run."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from simulator.testing import Remote
from tests.chaos.fleets import BYSTANDERS, CURSOR, OLD
from tests.chaos.runs import CURED, Run
from tests.chaos.written import is_executed, moves_cursor
from tests.integration.fleets import WORKFLOW

#: Virtual time in which the workflow runs several times, also where the clock was set back by 20 minutes.
PERIODS = "45m"
#: After these no cursor was written.
_LEFT_ALONE = frozenset({"refused", "unchanged", "planned"})
_STARTED, _PAUSED, _STOPPING, _FINISHED = 11, 13, 15, 20


def written_to(ledgers: Iterable[Mapping[str, Any]]) -> set[str]:
    """The instances that received a write from outside."""
    return {str(call["instance"]) for call in ledgers if call["class"] == "write"}


def recorded_old_values(evidence: Path) -> dict[str, set[str]]:
    """By host: every old value in the evidence of any run."""
    found: dict[str, set[str]] = {}
    for path in evidence.glob("*/*.json"):
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            found.setdefault(path.stem, set()).add(f"{path} is not JSON")
            continue
        found.setdefault(path.stem, set()).update(_old_values(record))
    return found


def _old_values(value: Any) -> Iterable[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == "old_value" and isinstance(inner, str):
                yield inner
            yield from _old_values(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _old_values(inner)


def calls_to(host: str, ledger: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The calls to an instance."""
    return [call for call in ledger if call["instance"] == host]


def truthful(remote: Remote, host: str, run: Run, calls: Sequence[Mapping[str, Any]]) -> list[str]:
    """What a run says of an instance at its end: one that is cured has a cursor that its workflow has moved, and runs;
    the cursor of one that was left alone was not written to.

    :param calls: all calls to the instance that can only be of this run.
    """
    outcomes, problems = run.outcomes(host), []
    if outcomes & CURED:
        value, state = remote.option_time(host, CURSOR), remote.workflow(host, WORKFLOW)["state"]
        standing = {datetime.fromisoformat(text) for text in (OLD, *(call["after"] for call in calls)) if text}
        if value in standing or state != _STARTED:
            problems.append(f"{host}: {run.name} says that it is cured; the cursor is {value}, the workflow at {state}")
    # One that refuses may have stopped the workflow before, and started it again.
    if not outcomes - _LEFT_ALONE and any(map(moves_cursor if outcomes else is_executed, calls)):
        problems.append(f"{host}: {run.name} has written, and says {sorted(outcomes)}: {run.report[host]['line']}")
    return problems


def bystanders(ledgers: Iterable[Mapping[str, Any]]) -> list[str]:
    """Nobody wrote to any other instance."""
    return [f"{name} was written to" for name in sorted(written_to(ledgers) & set(BYSTANDERS))]


def sessions(before: Iterable[Mapping[str, Any]], after: Iterable[Mapping[str, Any]]) -> list[str]:
    """The last run left no session open: killed runs may have."""
    left = {str(one["session"]) for one in after} - {str(one["session"]) for one in before}
    return [f"sessions left open: {sorted(left)}"] if left else []


def old_value_kept(host: str, evidence: Path) -> list[str]:
    """The evidence on the controller's disk suffices to restore the value of 2020."""
    recorded = recorded_old_values(evidence).get(host, set())
    return [] if OLD in recorded else [f"{host}: the old value is lost; recorded are {sorted(recorded)}"]


def cured(remote: Remote, hosts: Sequence[str]) -> dict[str, list[str]]:
    """By host, what is not as after an undisturbed run: started, not failed, with a recent cursor that the workflow
    itself moves on."""
    problems: dict[str, list[str]] = {host: [] for host in hosts}
    before = {host: remote.option_time(host, CURSOR) for host in hosts}
    for host in hosts:
        row = remote.workflow(host, WORKFLOW)
        if row["state"] != _STARTED or row["failed"]:
            problems[host].append(f"{host}: the workflow is at {row['state']}, failed={row['failed']}")
        if remote.now() - before[host] > timedelta(hours=2):
            problems[host].append(f"{host}: the cursor stands at {before[host]}, and it is {remote.now()}")
    remote.advance(PERIODS)
    for host in hosts:
        if remote.option_time(host, CURSOR) <= before[host]:
            problems[host].append(f"{host}: the workflow does not move its cursor, {before[host]}")
    return problems


def not_stopped(remote: Remote, host: str) -> list[str]:
    """An interrupted process has left it started or failed."""
    state = remote.workflow(host, WORKFLOW)["state"]
    return [f"{host}: the workflow was left at {state}"] if state in (_STOPPING, _FINISHED) else []


def respected(remote: Remote, host: str, stopped: bool) -> list[str]:
    """Somebody else changed it, so it need not be cured. It may be stopped only if they have ``stopped`` the workflow.
    Paused by its own error is its initial state."""
    row = remote.workflow(host, WORKFLOW)
    allowed = (_STARTED, _PAUSED, _FINISHED) if stopped else (_STARTED,)
    as_found = row["state"] == _PAUSED and row["failed"]
    return [] if row["state"] in allowed or as_found else [f"{host}: the workflow is left at {row['state']}"]
