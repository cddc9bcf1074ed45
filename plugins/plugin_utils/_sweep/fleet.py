# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The diagnosis of a fleet for ``fleet_info``: what ``sync_cursor_info`` would return of each host, in one sweep.

The threads and processes are those of the inventory's sweep. The differences: an instance may have options of its own,
the mid of a cursor that looks stuck is asked, and a call is repeated as in a task.
"""

from __future__ import annotations

import os
import threading
import typing as t
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

from ...module_utils._client.connect import resolve
from ...module_utils._client.mids import Connection, Finder
from ...module_utils._core.errors import CampaignError
from ...module_utils._http.address import canonical
from ...module_utils._operations.runner import Answer, Request, execute
from ...module_utils._operations.sync_cursor import SYNC_CURSOR_INFO, diagnose_cursors
from .._fleet.seen import failed_row, row_of, row_of_error
from .._variables.as_module import Unfit, Validator, environment
from .threads import AGAIN, Result, SweepTarget, may_ask_again, opener

if t.TYPE_CHECKING:
    from ...module_utils._client.session import Session


def _diagnose_for_row(request: Request, session: Session, *, values: bool) -> Answer:
    """The diagnosis without what its row omits: to escape and mask all texts of a healthy instance takes far longer."""
    answer = diagnose_cursors(request, session)
    return replace(
        answer, result={**row_of(answer.result, values=values), "warnings": answer.result.get("warnings", [])}
    )


class Diagnosing:
    """Diagnoses targets, whose ``options`` are arguments of ``sync_cursor_info``, and makes a row of each result.

    ``warnings`` among them are those that its row begins with.

    :param connections: by name, the options of the connection that the variables of a host give.
    :param environ: of the task, with that of the process below it.
    :param find_mid: finds the connections of mids.
    :param values: as for ``row_of``.
    """

    def __init__(
        self,
        connections: Mapping[str, Mapping[str, t.Any]],
        environ: Mapping[str, str],
        find_mid: Finder,
        *,
        values: bool = False,
    ) -> None:
        self._connections = connections
        self._environ = dict(environ)
        self._find_mid = find_mid
        self._values = values
        self._validator = Validator(SYNC_CURSOR_INFO)
        self._diagnosis = replace(SYNC_CURSOR_INFO, run=partial(_diagnose_for_row, values=values))

    def __call__(self, target: SweepTarget, until: float) -> Result:
        """The row of one instance (see ``_fleet/seen.py``). Contains no secret, and never raises."""
        options = {**target.options, "read_only": True}
        warnings = options.pop("warnings", [])
        try:
            arguments = resolve(options, self._environ, target.name, self._connections.get(target.name))
            params = self._validator.read(arguments, self._environ)
        except CampaignError as error:
            return {**row_of_error(error), "warnings": warnings}
        except Unfit as error:
            return {**failed_row(str(error)), "warnings": warnings}
        result, _distinct = execute(
            self._diagnosis,
            params,
            check_mode=True,
            environ=self._environ,
            opened=opener(until),
            find_mid=self._find_mid,
        )
        row = {
            **row_of(result, values=self._values),
            "calls": result["calls"],
            "warnings": [*warnings, *result.get("warnings", [])],
        }
        return {**row, AGAIN: True} if may_ask_again(result, until) else row


class SharedFinder:
    """A finder of mids for many threads: each server is looked up once, and by one thread at a time.

    :param find: reads the inventory, whose templates are not made for threads.
    """

    def __init__(self, find: Callable[[str], Connection | None]) -> None:
        # The variables of other hosts do not belong to this task: their templates see the environment of the process.
        self._find = environment(dict(os.environ))(find)
        self._lock = threading.Lock()
        self._found: dict[str, Connection | CampaignError | None] = {}

    def __call__(self, server: str) -> Connection | None:
        """As the finder's."""
        with self._lock:
            key = _address(server)
            if key not in self._found:
                try:
                    self._found[key] = self._find(server)
                except CampaignError as error:
                    self._found[key] = error
            found = self._found[key]
        if isinstance(found, CampaignError):
            raise found
        return found


def _address(server: str) -> str:
    try:
        return canonical(server)
    except CampaignError:
        return server
