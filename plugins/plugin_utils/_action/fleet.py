# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The action behind ``fleet_info``: the diagnosis of every host of a fleet, in one task.

Ansible's own cost for a host and a task is far above that of reading an instance. So the variables of all hosts are
read here, in one worker, and the instances are asked by a sweep.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from ansible.errors import AnsibleActionFail

from ...module_utils._client.connect import ENVIRONMENT
from ...module_utils._core.errors import CampaignError
from ...module_utils._core.interrupts import Interrupted
from ...module_utils._core.text import shown
from ...module_utils._operations.fleet import FLEET_INFO, JUDGING
from ...module_utils._operations.runner import invocation
from .._evidence.attempts import Listing, earlier_attempts
from .._evidence.runs import DEFAULT_DIRECTORY
from .._fleet.seen import row_of_error, summary
from .._sweep.fleet import Diagnosing, SharedFinder
from .._sweep.forks import shared_sweep
from .._sweep.mids import InventoryMids
from .._sweep.pace import concurrency_of
from .._sweep.threads import SweepLimits, SweepTarget
from .._variables.as_module import environment
from .._variables.fleet import FleetVariables, HostVariables
from .._variables.reading import specs
from .worker import ControllerAction, Result

#: The default of the role, which means just that: to work it out for each host would take long.
_DEFAULTS = frozenset({str(specs()["mid_sourcing_evidence_dir"]["default"])})
#: So many warnings are shown.
MOST_WARNINGS = 20


class FleetAction(ControllerAction):
    """Asks every host of the option ``hosts``, and returns a row for each."""

    OPERATION = FLEET_INFO

    def _resolve(self, arguments: Result, _variables: Result, _environ: Mapping[str, str]) -> Result:
        """Each host has a connection of its own, and what the first one has is not for the others."""
        return arguments

    def _run_here(self, arguments: Result, environ: Mapping[str, str]) -> Result:
        params = self.validated(arguments)
        try:
            limits = SweepLimits(concurrency_of(params["concurrency"]), params["instance_timeout"], params["deadline"])
            result = self._asked(params, arguments, limits)
        except CampaignError as error:
            return {"changed": False, "failed": True, **error.to_result()}
        except Interrupted as stop:
            return {"changed": False, "failed": True, **stop.as_error().to_result()}
        result["invocation"] = shown(invocation(FLEET_INFO, params, environ))
        return result

    def _asked(self, params: Result, arguments: Result, limits: SweepLimits) -> Result:
        hosts = list(dict.fromkeys(params["hosts"]))
        questions = self._questions(hosts, params, arguments)
        mids = SharedFinder(InventoryMids(self.variables, self.environ))
        look = Diagnosing(questions.connections, self.environ, mids)
        # Libraries read the environment of their process, and would read the task's own in a module's.
        with environment(self.environ):
            found = shared_sweep(questions.targets, look, limits, params["processes"])
        found.update(questions.refused)
        rows = {host: found[host] for host in hosts if host in found}
        costs = [row.pop("calls", {}) for row in rows.values()]
        warnings = [*questions.warnings, *(one for row in rows.values() for one in row.pop("warnings", ()))]
        return {
            "changed": False,
            **summary(hosts, rows, questions.elsewhere),
            "calls": {name: sum(cost.get(name, 0) for cost in costs) for name in ("total", "logons", "writes")},
            **_told(warnings),
        }

    def _questions(self, hosts: list[str], params: Result, arguments: Result) -> Questions:
        given = {name: arguments[name] for name in (*ENVIRONMENT, *JUDGING) if arguments.get(name) is not None}
        variables = FleetVariables(self._task, self.variables, self._loader)
        questions = Questions(given, params)
        for host in hosts:
            questions.add(host, variables)
        return questions


class Questions:
    """What each host is asked, and the hosts that are not asked.

    :param given: what the task gives for every host, by option.
    :param params: validated parameters of the task.

    ``targets`` and ``connections`` are for the sweep; ``refused`` holds a row for each host whose options cannot be
    read; ``elsewhere`` are the hosts whose tasks run on another machine, which alone may reach the instance.
    """

    def __init__(self, given: Result, params: Result) -> None:
        self.targets: list[SweepTarget] = []
        self.connections: dict[str, Result] = {}
        self.refused: dict[str, Result] = {}
        self.elsewhere: list[str] = []
        self._given = given
        self._prefix = str(params["prefix"])
        self._evidence = Evidence(params)
        self.warnings = self._evidence.warnings

    def add(self, host: str, variables: FleetVariables) -> None:
        """Note what a host is to be asked."""
        try:
            own = variables.of(host)
            if not own.runs_here():
                self.elsewhere.append(host)
                return
            variables.require_known(own)
            judging = {**self._given, **self._judging(own)}
            judging["earlier"] = self._evidence.earlier(host, own, self._prefix)
            self.connections[host] = own.connection(self._given)
            self.targets.append(SweepTarget(host, "", judging))
        except CampaignError as error:
            error.instance = error.instance or host
            self.refused[host] = row_of_error(error)

    def _judging(self, own: HostVariables) -> Result:
        return own.options(self._prefix, JUDGING) if self._prefix else {}


class Evidence:
    """What earlier runs did, by host. Each directory of runs is listed once for the fleet."""

    def __init__(self, params: Result) -> None:
        self._given = {name: params[name] for name in ("evidence_dir", "run_id") if params.get(name)}
        self._listings: dict[str, Listing | None] = {}
        self.warnings: list[str] = []

    def earlier(self, host: str, own: HostVariables, prefix: str) -> list[Result]:
        """As the module option. Evidence that cannot be trusted tells nothing, which is a warning.

        :raises ValidationError: a variable cannot be read.
        """
        said = {**self._given, **(own.options(prefix, ("evidence_dir", "run_id"), _DEFAULTS) if prefix else {})}
        if not prefix and "evidence_dir" not in said:
            return []
        directory = os.path.join(_here(), Path(str(said.get("evidence_dir", DEFAULT_DIRECTORY))).expanduser())
        listing = self._listing(directory)
        if listing is None:
            return []
        try:
            return earlier_attempts(directory, str(said.get("run_id", "")), host, self.warnings.append, listing)
        except (AnsibleActionFail, OSError) as error:
            self.warnings.append(str(error))
            return []

    def _listing(self, directory: str) -> Listing | None:
        if directory not in self._listings:
            self._listings[directory] = None
            try:
                self._listings[directory] = Listing(directory)
            except (AnsibleActionFail, OSError) as error:
                self.warnings.append(str(error))
        return self._listings[directory]


def _here() -> str:
    """Files are named from where the user stands."""
    return os.environ.get("PWD") or "."


def _told(warnings: list[str]) -> Result:
    """The warnings of a result: a fleet may have thousands."""
    found = list(dict.fromkeys(warnings))
    more = [f"There are {len(found) - MOST_WARNINGS} more warnings."] if len(found) > MOST_WARNINGS else []
    return {"warnings": [*found[:MOST_WARNINGS], *more]} if found else {}
