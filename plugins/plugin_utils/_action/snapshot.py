# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The action behind ``fleet_snapshot``: reads every host of a fleet in one task, and writes the snapshot."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path

from ...module_utils._client.connect import ENVIRONMENT
from ...module_utils._client.mids import address
from ...module_utils._core.errors import CampaignError, ValidationError
from ...module_utils._core.private_file import replace_file
from ...module_utils._diagnosis.model import Verdict
from ...module_utils._operations.snapshot import FLEET_SNAPSHOT, READING, unread_row
from .._playbook.here import user_path
from .._rehearsal.words import snapshot_lines
from .._snapshot.document import document, to_text, unread
from .._sweep.forks import shared_sweep
from .._sweep.snapshot import Photographing
from .._sweep.threads import SweepTarget
from .._variables.as_module import environment
from .._variables.fleet import FleetVariables, HostVariables
from .whole_fleet import FleetWideAction, calls_of, limits_of
from .worker import Result

_ELSEWHERE = "Its tasks run on another machine, which alone may reach it."


class SnapshotAction(FleetWideAction):
    """Reads every host of the option ``hosts``, and writes a row for each into the file ``dest``."""

    OPERATION = FLEET_SNAPSHOT

    def _result(self, params: Result, arguments: Result) -> Result:
        limits = limits_of(params)
        hosts = list(dict.fromkeys(params["hosts"]))
        given = {name: arguments[name] for name in (*ENVIRONMENT, *READING) if arguments.get(name) is not None}
        subjects = Subjects(given, params["prefix"])
        variables = FleetVariables(self._task, self.variables, self._loader)
        for host in hosts:
            subjects.add(host, variables)
        began = datetime.now(timezone.utc)
        look = Photographing(subjects.connections, self.environ)
        # Libraries read the environment of their process; in a module they would read the task's own.
        with environment(self.environ):
            found = shared_sweep(subjects.targets, look, limits, params["processes"])
        rows = {**{host: one["row"] for host, one in found.items()}, **subjects.unread}
        data = document({host: rows[host] for host in hosts}, subjects.addresses, began, datetime.now(timezone.utc))
        text = to_text(data)
        path = Path(user_path(params["dest"]))
        costs = [one["calls"] for one in found.values()]
        return {
            "changed": self._written(path, text),
            "dest": str(path),
            "hosts": hosts,
            "unread": unread(data),
            "lines": snapshot_lines(data, str(path), written=not self._task.check_mode),
            "calls": calls_of(costs),
        }

    def _written(self, path: Path, text: str) -> bool:
        """Write the file, except in check mode; whether it is, or would be, another one. Raises ValidationError."""
        try:
            before = path.read_bytes() if path.exists() else None
            if not self._task.check_mode:
                replace_file(path, text.encode(), ".campaign-snapshot-")
        except OSError as error:
            raise ValidationError(
                f"The snapshot was not written to {path}: {error.strerror}.", next_step="Name another file with dest."
            ) from error
        return before != text.encode()


class Subjects:
    """What to read of each host, and the hosts that are not read.

    :param given: what the task sets for every host, by option.

    ``targets`` and ``connections`` are for the sweep; ``unread`` holds the rows of the others. ``addresses``: those by
    which accounts may name a host -> its name.
    """

    def __init__(self, given: Result, prefix: str) -> None:
        self.targets: list[SweepTarget] = []
        self.connections: dict[str, Result] = {}
        self.unread: dict[str, Result] = {}
        self.addresses: dict[str, str] = {}
        self._given = given
        self._prefix = prefix

    def add(self, host: str, variables: FleetVariables) -> None:
        """Note what to read of a host."""
        try:
            own = variables.of(host)
            variables.require_known(own)
            connection = own.connection(self._given)
            self._note_addresses(host, own, connection)
            if not own.runs_here():
                self.unread[host] = {"unread": {"verdict": Verdict.NOT_ASKED.value, "why": _ELSEWHERE}}
                return
            reading = own.options(self._prefix, READING) if self._prefix else {}
            self.connections[host] = connection
            self.targets.append(SweepTarget(host, "", {**self._given, **reading}))
        except CampaignError as error:
            self.unread[host] = unread_row(error)

    def _note_addresses(self, host: str, own: HostVariables, connection: Result) -> None:
        further = own.value("campaign_servers") or ()
        for url in (connection.get("url"), *(further if isinstance(further, (list, tuple)) else ())):
            if url:
                self.addresses.setdefault(address(str(url)), host)
