# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The variables of every host of a fleet, read in one task: as a task of each host would see them.

Ansible itself resolves them (inventory, play, role, command line), and each template is resolved with the variables of
its host.
"""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Collection, Mapping
from functools import partial

from ansible.template import Templar
from ansible.utils.vars import load_extra_vars

from ...module_utils._client.connect import is_true
from ...module_utils._core.errors import ValidationError
from .host import connection_of, is_omitted, read_variable, require_known
from .reading import is_blank_text

Data = dict[str, t.Any]

#: The connections with which a task runs on the controller.
_LOCAL = frozenset({"local", "ansible.builtin.local"})


class FleetVariables:
    """The variables of each host, for one task.

    :param task: Ansible's, whose play and role count.
    :param variables: of the task.
    :param loader: reads files, and has the passwords of vaults.
    """

    def __init__(self, task: t.Any, variables: Mapping[str, t.Any], loader: t.Any) -> None:
        self._task = task
        self._hostvars = variables["hostvars"]
        self._manager = self._hostvars._variable_manager
        self._play = _play_of(task)
        self._hosts = list(variables.get("ansible_play_hosts") or ())
        self._hosts_all = list(variables.get("ansible_play_hosts_all") or ())
        self._loader = loader
        #: The names of valid variables: most hosts have the same.
        self._known: set[frozenset[str]] = set()

    def of(self, name: str) -> HostVariables:
        """Those of one host.

        :raises ValidationError: the inventory has no such host.
        """
        host = self._manager._inventory.get_host(name)
        if host is None:
            raise ValidationError(f"There is no host {name} in the inventory.", next_step="Check hosts.")
        found = self._manager.get_vars(
            play=self._play,
            host=host,
            task=self._task,
            include_hostvars=False,
            _hosts=self._hosts,
            _hosts_all=self._hosts_all,
        )
        found["hostvars"] = self._hostvars
        return HostVariables(found, partial(self._template, found), self._task)

    def require_known(self, own: HostVariables) -> None:
        """Refuse mistyped variables of a host, as every task does.

        :raises ValidationError: there is one.
        """
        names = frozenset(own.raw)
        if names not in self._known:
            require_known(own.raw, own.template, lambda: load_extra_vars(self._loader))
            self._known.add(names)

    def _template(self, variables: Mapping[str, t.Any], value: t.Any) -> t.Any:
        return Templar(loader=self._loader, variables=variables).template(value)


class HostVariables:
    """The variables of one host, not yet templated."""

    def __init__(self, raw: Data, template: Callable[[t.Any], t.Any], task: t.Any) -> None:
        self.raw = raw
        self.template = template
        self._task = task

    def runs_here(self) -> bool:
        """Whether a task of this host would run on the controller as the same user.

        :raises ValidationError: that cannot be read.
        """
        connection = self.value("ansible_connection", self._task.connection)
        return str(connection) in _LOCAL and not is_true(self.value("ansible_become", self._task.become))

    def connection(self, given: Mapping[str, t.Any]) -> Data:
        """The options of the connection, as ``connection_of`` has them."""
        return connection_of(given, self.raw, self.template)

    def options(self, prefix: str, names: Collection[str], defaults: Collection[str] = ()) -> Data:
        """The values of the variables ``prefix`` + name, by name, without those that are missing or blank.

        :param defaults: templates of the values that replace missing ones.
        :raises ValidationError: one of them cannot be read.
        """
        found = {}
        for name in names:
            if self.raw.get(prefix + name) in defaults:
                continue
            value = self.value(prefix + name)
            if not is_blank_text(value):
                found[name] = value
        return found

    def value(self, variable: str, otherwise: t.Any = None) -> t.Any:
        """One variable as a module would get it.

        :raises ValidationError: it cannot be read.
        """
        if variable not in self.raw:
            return otherwise
        value = read_variable(variable, self.raw[variable], self.template).get(variable)
        return None if is_omitted(value, self.raw) else value


def _play_of(task: t.Any) -> t.Any:
    """The play of a task; None if it is unknown."""
    parent = task
    while parent is not None:
        play = getattr(parent, "_play", None)
        if play is not None:
            return play
        parent = getattr(parent, "_parent", None)
    return None
