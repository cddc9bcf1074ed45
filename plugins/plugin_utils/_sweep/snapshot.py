# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The snapshot of a fleet: what ``_operations/snapshot.py`` reads of each host, in one sweep."""

from __future__ import annotations

import time
import typing as t
from collections.abc import Callable, Mapping

from ...module_utils._client.connect import resolve
from ...module_utils._core.errors import CampaignError
from ...module_utils._diagnosis.model import Verdict
from ...module_utils._operations.runner import execute
from ...module_utils._operations.snapshot import FLEET_READING, unread_row
from .._variables.as_module import Unfit, Validator
from .threads import AGAIN, Result, SessionOpener, SweepTarget, may_ask_again, opener


class Photographing:
    """Reads targets, whose ``options`` are the reading's own, and makes a row of each for the snapshot.

    :param connections: by name, the options of the connection that the variables of a host give.
    :param environ: of the task, with that of the process below it.
    :param clock: monotonic seconds, for how long the mids take.
    :param opened: makes a session that ends by a moment, in place of the sweep's.
    """

    def __init__(
        self,
        connections: Mapping[str, Mapping[str, t.Any]],
        environ: Mapping[str, str],
        clock: Callable[[], float] = time.monotonic,
        opened: Callable[[float], SessionOpener] = opener,
    ) -> None:
        self._connections = connections
        self._environ = dict(environ)
        self._clock = clock
        self._opened = opened
        self._validator = Validator(FLEET_READING)

    def __call__(self, target: SweepTarget, until: float) -> Result:
        """``row`` of the snapshot, ``verdict`` ('' for one that was read) and ``calls``. Contains no secret."""
        try:
            arguments = resolve(
                {**target.options, "read_only": True}, self._environ, target.name, self._connections.get(target.name)
            )
            params = self._validator.read(arguments, self._environ)
        except CampaignError as error:
            return _result(unread_row(error))
        except Unfit as error:
            return _result({"unread": {"verdict": Verdict.MISCONFIGURED.value, "why": str(error)}})
        result, _distinct = execute(
            FLEET_READING, params, check_mode=True, environ=self._environ, opened=self._opened(until), clock=self._clock
        )
        if "instance" not in result:
            why = str(result.get("msg") or "")
            return _result({"unread": {"verdict": Verdict.MISCONFIGURED.value, "why": why}}, result)
        found = _result(result["instance"], result)
        return {**found, AGAIN: True} if may_ask_again(result, until) else found


def _result(row: Result, result: Mapping[str, t.Any] | None = None) -> Result:
    verdict = (row.get("unread") or {}).get("verdict", "")
    return {"row": row, "verdict": verdict, "calls": (result or {}).get("calls") or {}}
