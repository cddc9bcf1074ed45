# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The action base of modules that ask mid-sourcing servers: passes on the connections that only the controller knows.

In the worker, a mid's connection is looked up when the mid is asked. A module that is sent elsewhere has no inventory,
and must not get the credentials of a whole fleet: so the action first finds out which mids the module needs, and passes
on only these.
"""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from ...module_utils._client.connect import ENVIRONMENT
from ...module_utils._core.errors import CampaignError
from .._fleet.seen import servers_not_asked
from .._sweep.mids import InventoryMids, found_mids
from .worker import COLLECTION, Result, WorkerAction

if t.TYPE_CHECKING:
    from ...module_utils._client.mids import Finder


class MidAction(WorkerAction):
    """Base class of the actions whose operation asks mids.

    ``WRITES``: it must know them before it begins; otherwise it is run again, once, with those that were missing.
    """

    WRITES: t.ClassVar[bool] = False

    def before(self, arguments: Result) -> None:
        """Complete the mids that the task gives: their credentials never depend on the remote host."""
        given = arguments.get("mids")
        if isinstance(given, (list, tuple)):
            arguments["mids"] = [self._completed(one) for one in given]
        super().before(arguments)

    def find_mid(self) -> Finder | None:
        """The inventory, in this process."""
        return InventoryMids(self.variables, self.environ)

    def run_there(self, arguments: Result) -> Result:
        """Send the module to the host, with the mids that it needs."""
        if arguments.get("ask_mid") == "never":
            return super().run_there(arguments)
        if self.WRITES:
            self._add(arguments, self._servers_there(arguments))
            return super().run_there(arguments)
        result = super().run_there(arguments)
        return super().run_there(arguments) if self._add(arguments, servers_not_asked(result)) else result

    # -- the parts ----------------------------------------------------------------------------------------------------

    def _completed(self, one: t.Any) -> t.Any:
        """Invalid values are left to the validation, which reports them."""
        if not isinstance(one, Mapping):
            return one
        try:
            added = InventoryMids(self.variables, self.environ).resolved(one, str(one.get("name") or ""))
        except CampaignError:
            return dict(one)
        return {**added, **{name: value for name, value in one.items() if value is not None}}

    def _servers_there(self, arguments: Result) -> list[str]:
        """The URLs of the mids that the instance's accounts name; none when they cannot be read, which the module that
        follows reports better, or when the inventory could not find one anyway."""
        if not InventoryMids(self.variables, self.environ).knows_any():
            return []
        connection = {name: arguments[name] for name in (*ENVIRONMENT, "session", "instance") if name in arguments}
        found = self._execute_module(
            module_name=f"{COLLECTION}.external_account_info",
            module_args=self._leaving({**connection, "type": 3}, self.environ),
            task_vars=self.variables,
        )
        accounts = found.get("accounts") or ()
        return [str(one["server"]) for one in accounts if one.get("active") and one.get("server")]

    def _add(self, arguments: Result, servers: t.Iterable[str]) -> bool:
        """Whether there are mids to pass on that are not set yet."""
        given = arguments.get("mids") or []
        if not isinstance(given, (list, tuple)):
            return False
        added = found_mids(InventoryMids(self.variables, self.environ), servers, given)
        arguments["mids"] = [*given, *added]
        return bool(added)
