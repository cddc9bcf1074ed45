# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The action behind ``fleet_info``: the diagnosis of every host of a fleet, in one task.

Ansible's own cost per host and task is far above that of reading an instance. So one worker reads the variables of all
hosts, and a sweep asks the instances.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import replace

from ansible.errors import AnsibleActionFail

from ...module_utils._client.connect import ENVIRONMENT
from ...module_utils._core.errors import CampaignError
from ...module_utils._core.interrupts import current
from ...module_utils._operations.fleet import FLEET_INFO, JUDGING
from .._evidence.attempts import earlier_attempts
from .._evidence.records import Listing
from .._evidence.runs import DEFAULT_DIRECTORY
from .._fleet.seen import row_of_error, summary
from .._playbook.here import user_path
from .._sweep.fleet import Diagnosing, SharedFinder
from .._sweep.forks import shared_sweep
from .._sweep.mids import InventoryMids
from .._sweep.threads import SweepTarget
from .._variables.as_module import environment
from .._variables.fleet import FleetVariables, HostVariables
from .._variables.reading import specs
from .whole_fleet import FleetWideAction, calls_of, limits_of
from .worker import Result

#: The role's default, which means the same: working it out for each host would take long.
_DEFAULTS = frozenset({str(specs()["mid_sourcing_evidence_dir"]["default"])})
#: A key of the result of a host that is not asked from here, with true.
ELSEWHERE = "elsewhere"
#: This many warnings are shown.
MOST_WARNINGS = 20


class FleetAction(FleetWideAction):
    """Asks every host of the option ``hosts``, and returns a row for each."""

    OPERATION = FLEET_INFO

    def _result(self, params: Result, arguments: Result) -> Result:
        limits = limits_of(params)
        hosts = list(dict.fromkeys(params["hosts"]))
        questions = self._questions(params, arguments)
        mids = SharedFinder(InventoryMids(self.variables, self.environ))
        look = Diagnosing(questions.connections, self.environ, mids, values=params["values"])
        begun = time.monotonic()
        targets = [SweepTarget(host, "", {}) for host in hosts]
        # The templates of the hosts' variables see the environment of the process.
        prepare = environment(dict(os.environ))(questions.about)
        # Libraries read the environment of their process; in a module they would read the task's own.
        with environment(self.environ):
            found = shared_sweep(targets, look, limits, params["processes"], prepare=prepare)
        return {**_whole(found), "seconds": round(time.monotonic() - begun, 3)}

    def _questions(self, params: Result, arguments: Result) -> Questions:
        given = {name: arguments[name] for name in (*ENVIRONMENT, *JUDGING) if arguments.get(name) is not None}
        return Questions(given, params, FleetVariables(self._task, self.variables, self._loader))


def _whole(found: dict[str, Result]) -> Result:
    """The result of the task, from those of all hosts."""
    rows = {host: row for host, row in found.items() if not row.get(ELSEWHERE)}
    costs = [row.pop("calls", {}) for row in rows.values()]
    return {
        "changed": False,
        **summary(list(found), rows, [host for host in found if host not in rows]),
        "calls": calls_of(costs),
        **_told([one for row in rows.values() for one in row.pop("warnings", ())]),
    }


class Questions:
    """What to ask each host. To read the variables of a host takes nearly as long as to ask its instance, so each
    process of the sweep does that for its share.

    :param given: what the task sets for every host, by option.
    :param params: validated parameters of the task.

    ``connections`` has the options of each host that is asked.
    """

    def __init__(self, given: Result, params: Result, variables: FleetVariables) -> None:
        self.connections: dict[str, Result] = {}
        self._given = given
        self._prefix = str(params["prefix"])
        self._evidence = Evidence(params)
        self._variables = variables

    def about(self, hosts: Sequence[SweepTarget]) -> tuple[list[SweepTarget], dict[str, Result]]:
        """The targets with what to ask them; and of the hosts that are not asked a row, or only ``ELSEWHERE`` for one
        whose tasks run on another machine, which alone may reach the instance.

        :raises Interrupted: nothing was asked.
        """
        targets, rows = [], {}
        for host in hosts:
            current().check()
            try:
                judging = self._about(host.name)
            except CampaignError as error:
                error.instance = error.instance or host.name
                rows[host.name] = row_of_error(error)
                continue
            if judging is None:
                rows[host.name] = {ELSEWHERE: True}
            else:
                targets.append(replace(host, options=judging))
        return targets, rows

    def _about(self, host: str) -> Result | None:
        """The options of the diagnosis; None for a host that is elsewhere. Raises CampaignError."""
        own = self._variables.of(host)
        if not own.runs_here():
            return None
        self._variables.require_known(own)
        judging = {**self._given, **self._judging(own)}
        self.connections[host] = own.connection(self._given)
        url = str(self.connections[host].get("url") or "")
        judging["earlier"], judging["warnings"] = self._evidence.earlier(host, own, self._prefix, url)
        return judging

    def _judging(self, own: HostVariables) -> Result:
        return own.options(self._prefix, JUDGING) if self._prefix else {}


class Evidence:
    """What earlier runs did, by host. Each directory of runs is listed once for all hosts."""

    def __init__(self, params: Result) -> None:
        self._given = {name: params[name] for name in ("evidence_dir", "run_id") if params.get(name)}
        self._listings: dict[str, tuple[Listing | None, list[str]]] = {}

    def earlier(self, host: str, own: HostVariables, prefix: str, url: str) -> tuple[list[Result], list[str]]:
        """The same as the module option, and warnings. Untrusted evidence is ignored, with a warning.

        :param url: where the instance is.
        :raises ValidationError: a variable cannot be read.
        """
        said = {**self._given, **(own.options(prefix, ("evidence_dir", "run_id"), _DEFAULTS) if prefix else {})}
        if not prefix and "evidence_dir" not in said:
            return [], []
        directory = user_path(str(said.get("evidence_dir", DEFAULT_DIRECTORY)))
        listing, warnings = self._listing(directory)
        if listing is None:
            return [], warnings
        noted: list[str] = []
        try:
            run_id = str(said.get("run_id", ""))
            return earlier_attempts(directory, run_id, host, noted.append, listing, url=url), noted
        except (AnsibleActionFail, OSError) as error:
            return [], [*noted, str(error)]

    def _listing(self, directory: str) -> tuple[Listing | None, list[str]]:
        if directory not in self._listings:
            try:
                self._listings[directory] = (Listing(directory), [])
            except (AnsibleActionFail, OSError) as error:
                self._listings[directory] = (None, [str(error)])
        return self._listings[directory]


def _told(warnings: list[str]) -> Result:
    """The warnings of a result: a fleet may have thousands."""
    found = list(dict.fromkeys(warnings))
    more = [f"There are {len(found) - MOST_WARNINGS} more warnings."] if len(found) > MOST_WARNINGS else []
    return {"warnings": [*found[:MOST_WARNINGS], *more]} if found else {}
