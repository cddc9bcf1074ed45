# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The action behind ``fleet_rehearsal``: what a cure of the fleet would do, on a copy of it."""

from __future__ import annotations

import time
from pathlib import Path

from ...module_utils._core.errors import ValidationError, WaitTimeout
from ...module_utils._core.text import shown
from ...module_utils._operations.fleet import JUDGING
from ...module_utils._operations.rehearsal import CURING, FLEET_REHEARSAL, REHEARSED, UNUSED
from ...module_utils._operations.sync_cursor import DIAGNOSIS_OPTIONS
from .._playbook.here import user_path
from .._rehearsal.control import Control
from .._rehearsal.playbook import SPEED, Played, play
from .._rehearsal.rehearsing import Rehearsal, Rehearsed, Settings
from .._rehearsal.simulator import require_simulator, started
from .._rehearsal.virtual import Ending
from .._rehearsal.words import rehearsal_lines
from .._snapshot.document import from_text
from .._variables.fleet import FleetVariables
from .whole_fleet import FleetWideAction
from .worker import Result

_USED = tuple(name for name in REHEARSED if name not in UNUSED)
_JUDGING = tuple(name for name in _USED if name in JUDGING)
#: What the cure needs of the diagnosis's options.
_BOTH = tuple(name for name in _JUDGING if name in DIAGNOSIS_OPTIONS)


class RehearsalAction(FleetWideAction):
    """Rehearses the cure of the fleet in the option ``snapshot``."""

    OPERATION = FLEET_REHEARSAL

    def _result(self, params: Result, arguments: Result) -> Result:
        require_simulator()
        found: Result = shown(self._rehearsed(params, arguments))
        return found

    # Complex: one line for each key of the result.
    def _rehearsed(self, params: Result, arguments: Result) -> Result:
        until = time.monotonic() + params["deadline"]
        path = Path(user_path(params["snapshot"]))
        data = from_text(_read(path), str(path))
        options = self._options(list(data["instances"]), params["prefix"], arguments)
        settings = Settings(
            {host: {name: own[name] for name in _JUDGING if name in own} for host, own in options.items()},
            {host: {name: own[name] for name in (*CURING, *_BOTH) if name in own} for host, own in options.items()},
        )
        rehearsal = Rehearsal(data, settings, started)
        found = _found(rehearsal, until, both_ways=params["both_ways"])
        absent = {host: _not_copied(row) for host, row in data["instances"].items() if host not in found}
        played = self._played(rehearsal, params, options, data, until) if params["play"] else None
        return {
            "changed": False,
            "snapshot": str(path),
            "taken": data["taken"],
            "rows": {
                **{host: _row(one, played, host) for host, one in found.items()},
                **{host: {**_row(Rehearsed(Ending(verdict, "")), played, host)} for host, verdict in absent.items()},
            },
            "reconcile": None if played is None else {"rc": played.status, "refusals": list(played.refusals)},
            "lines": rehearsal_lines(data, str(path), found, absent, played),
        }

    def _options(self, hosts: list[str], prefix: str, arguments: Result) -> dict[str, Result]:
        """The options of each host: of its variables, where the inventory has it, before those of the task."""
        given = {name: arguments[name] for name in _USED if arguments.get(name) is not None}
        variables = FleetVariables(self._task, self.variables, self._loader)
        known = set(self.variables.get("groups", {}).get("all", ())) if prefix else set()
        return {
            host: {**given, **(variables.of(host).options(prefix, _USED) if host in known else {})} for host in hosts
        }

    def _played(
        self, rehearsal: Rehearsal, params: Result, options: dict[str, Result], data: Result, until: float
    ) -> Played:
        """The playbook reconcile, on a copy of its own."""
        _require_time(until)
        copy = rehearsal.copy()
        with started(copy.fleet) as simulator:
            control = Control(simulator.url)
            control.advance(copy.seconds)
            control.run_at(SPEED)
            urls = {host: simulator.instances.get(host, "") for host in data["instances"]}
            left = until - time.monotonic()
            return play(urls, rehearsal.login, options, data["instances"], params["gate"], seconds=left)


def _found(rehearsal: Rehearsal, until: float, *, both_ways: bool) -> dict[str, Rehearsed]:
    """What becomes of each instance of the copy."""
    first = rehearsal.once()
    if both_ways:
        return rehearsal.both_ways(first, lambda: _require_time(until))
    return {name: Rehearsed(ended) for name, ended in first.items()}


def _require_time(until: float) -> None:
    if time.monotonic() >= until:
        raise WaitTimeout(
            "The time for the rehearsal was over.",
            last_state={},
            next_step="Raise deadline, or set both_ways to false.",
        )


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ValidationError(
            f"The snapshot {path} cannot be read: {error}.",
            next_step="The playbook campaign.classic.snapshot writes one.",
        ) from error


def _not_copied(row: Result) -> str:
    return str((row.get("unread") or {}).get("verdict") or "not_asked")


def _row(rehearsed: Rehearsed, played: Played | None, host: str) -> Result:
    ended = rehearsed.ended
    return {
        "verdict": ended.verdict,
        "outcome": ended.outcome,
        "reason": ended.reason,
        "seconds": round(ended.seconds, 1),
        "possibly_affected": ended.affected,
        "reconcile": "" if played is None else played.what.get(host, ""),
        "otherwise": [
            {"unknown": one.name, "assumed": one.assumed, "if": one.otherwise, "then": other.what}
            for one, other in rehearsed.otherwise
        ],
        "tried": rehearsed.tried,
        "not_known": list(rehearsed.silent),
    }
