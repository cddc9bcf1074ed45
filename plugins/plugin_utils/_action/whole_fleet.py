# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""What the actions have in common that are for a whole fleet, and have no instance of their own."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence

from ...module_utils._core.errors import CampaignError
from ...module_utils._core.interrupts import Interrupted
from ...module_utils._core.text import shown
from ...module_utils._operations.runner import invocation
from .._sweep.pace import concurrency_of
from .._sweep.threads import SweepLimits
from .worker import ControllerAction, Result


def limits_of(params: Result) -> SweepLimits:
    """The limits of a sweep, from the options of a task. Raises ValidationError."""
    return SweepLimits(concurrency_of(params["concurrency"]), params["instance_timeout"], params["deadline"])


def calls_of(costs: Sequence[Result]) -> Result:
    """``calls`` of a task, from those of the instances that it has read."""
    return {name: sum(cost.get(name, 0) for cost in costs) for name in ("total", "logons", "writes")}


class FleetWideAction(ControllerAction):
    """Runs once, on the controller, and ends with the result or with what a person reads."""

    @abstractmethod
    def _result(self, params: Result, arguments: Result) -> Result:
        """What the task returns.

        :param params: validated, with defaults; ``arguments`` are those that were given.
        :raises CampaignError: the task fails with it. :raises Interrupted: likewise.
        """

    def _resolve(self, arguments: Result, _variables: Result, _environ: Mapping[str, str]) -> Result:
        """Each host has its own connection, and the connection of the first host is not for the others."""
        return arguments

    def _run_here(self, arguments: Result, environ: Mapping[str, str]) -> Result:
        params = self.validated(arguments)
        try:
            result = self._result(params, arguments)
        except CampaignError as error:
            return {"changed": False, "failed": True, **error.to_result()}
        except Interrupted as stop:
            return {"changed": False, "failed": True, **stop.as_error().to_result()}
        result["invocation"] = shown(invocation(self.OPERATION, params, environ))
        return result
