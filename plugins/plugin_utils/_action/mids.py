# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The action base of what asks mid-sourcing servers: passes on the connections that only the controller knows.

In the worker a mid is looked for when it is asked. A module that is sent elsewhere has no inventory, and must not get
the credentials of a whole fleet: so it is looked first which mids it needs, and these alone are handed to it.
"""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from ...module_utils._client.connect import ENVIRONMENT
from ...module_utils._core.errors import CampaignError
from .._sweep.mids import InventoryMids, found_mids, servers_not_asked
from .worker import COLLECTION, Result, WorkerAction

if t.TYPE_CHECKING:
    from ...module_utils._client.mids import Finder


class MidAction(WorkerAction):
    """Base class of the actions whose operation asks mids.

    ``WRITES``: it must know them before it begins; else it is run again, once, with those that it lacked.
    """

    WRITES: t.ClassVar[bool] = False

    def before(self, arguments: Result) -> None:
        """Complete the mids that the task gives: their credentials never depend on the far side."""
        given = arguments.get("mids")
        if isinstance(given, (list, tuple)):
            arguments["mids"] = [self._completed(one) for one in given]
        super().before(arguments)

    def find_mid(self) -> Finder | None:
        """The inventory, in this process."""
        return InventoryMids(self.variables, self.environ)

    def run_there(self, arguments: Result) -> Result:
        """Send the module where the host is, with the mids that it needs."""
        if arguments.get("ask_mid") == "never":
            return super().run_there(arguments)
        if self.WRITES:
            self._add(arguments, self._servers_there(arguments))
            return super().run_there(arguments)
        result = super().run_there(arguments)
        return super().run_there(arguments) if self._add(arguments, servers_not_asked(result)) else result

    # -- the parts ----------------------------------------------------------------------------------------------------

    def _completed(self, one: t.Any) -> t.Any:
        """What cannot be right is left to the validation, which says so."""
        if not isinstance(one, Mapping):
            return one
        try:
            added = InventoryMids(self.variables, self.environ).resolved(one, str(one.get("name") or ""))
        except CampaignError:
            return dict(one)
        return {**added, **{name: value for name, value in one.items() if value is not None}}

    def _servers_there(self, arguments: Result) -> list[str]:
        """The URLs of the mids that the instance's accounts name; none when they cannot be read, which the module that
        follows says better, or where the inventory could not find one anyway."""
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
        """Whether there are mids to pass on that were not set yet."""
        given = arguments.get("mids") or []
        if not isinstance(given, (list, tuple)):
            return False
        added = found_mids(InventoryMids(self.variables, self.environ), servers, given)
        arguments["mids"] = [*given, *added]
        return bool(added)
