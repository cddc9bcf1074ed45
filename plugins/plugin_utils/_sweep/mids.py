# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The mid-sourcing servers in the inventory: from the URL that an account names to the connection of a host.

Credentials for one instance are never sent to another: neither the arguments nor the environment of a task, which may
contain its own host's variables. A mid is reached with its own host's variables, the credentials file, and the
environment in which the fleet's play was started.
"""

from __future__ import annotations

import os
import typing as t
from collections.abc import Iterator, Mapping

from ...module_utils._client.connect import ENVIRONMENT, SESSION_ENVIRONMENT, resolve
from ...module_utils._client.credentials_file import VARIABLE as CREDENTIALS_VARIABLE
from ...module_utils._client.credentials_file import read_credentials
from ...module_utils._client.mids import CONNECTION, address
from ...module_utils._core.errors import CampaignError, ValidationError
from .._variables.host import VARIABLES, said
from .threads import validated

Data = dict[str, t.Any]

#: Hosts that are searched first: those that the inventory plugin has seen, and the group in the README.
_SEEN, _GROUP = "campaign_mids", "campaign_mid"
_MISSING = object()
#: The variables of the environment that belong to the one instance of a task.
_OF_ONE = frozenset({ENVIRONMENT["url"], ENVIRONMENT["read_only"], *SESSION_ENVIRONMENT.values()})


class InventoryMids:
    """Finds the connection of a mid by its URL. It reads nothing before the first request.

    :param variables: of the task, with Ansible's ``hostvars`` and ``groups``.
    :param environ: of the task.
    """

    def __init__(self, variables: Mapping[str, t.Any], environ: Mapping[str, str]) -> None:
        self._variables = variables
        self._environ = fleet_environment(environ)

    def __call__(self, server: str) -> Data | None:
        """The connection, with the host's name as ``name``; None when no host has that URL.

        :raises ValidationError: the host is known, and one of its variables cannot be resolved.
        """
        wanted = address(server)
        for name in self._names():
            url = self._url(name)
            if url and wanted in {address(one) for one in (url, *self._further(name))}:
                return self.resolved({**self._of_host(name), "url": url}, name)
        return None

    def knows_any(self) -> bool:
        """Whether any host has a URL, so that a search may find something."""
        return any(self._url(name) for name in self._names())

    def resolved(self, given: Mapping[str, t.Any], name: str) -> Data:
        """A connection completed from the environment and the credentials file, with the right types."""
        found = validated(resolve({key: given.get(key) for key in CONNECTION}, self._environ, name))
        own = {key: found[key] for key in CONNECTION if found.get(key) is not None}
        return {**own, "name": name} if name else own

    def _names(self) -> Iterator[str]:
        """Every host, the likely ones first; then the entries that only the credentials file has."""
        groups = self._variables.get("groups") or {}
        seen = self._variables.get(_SEEN)
        likely = [str(name) for name in seen] if isinstance(seen, (list, tuple)) else []
        hosts = dict.fromkeys([*likely, *(groups.get(_GROUP) or ()), *(groups.get("all") or ())])
        yield from hosts
        yield from (name for name in self._sections() if name not in hosts)

    def _sections(self) -> Mapping[str, Mapping[str, str]]:
        path = self._environ.get(CREDENTIALS_VARIABLE)
        return read_credentials(path, ENVIRONMENT).instances if path else {}

    def _url(self, name: str) -> str:
        """The URL of a host; '' if it has none, or an unreadable one."""
        try:
            given = self._value(name, "url")
        except ValidationError:
            given = None  # another host's variables are no reason to fail
        return str(given or self._sections().get(name, {}).get("url") or "")

    def _further(self, name: str) -> list[str]:
        """Other URLs by which accounts name this host: ``campaign_servers``."""
        try:
            given = self._raw(name, "campaign_servers")
        except ValidationError:
            return []
        return [str(one) for one in given] if isinstance(given, (list, tuple)) else []

    def _of_host(self, name: str) -> Data:
        return {key: self._value(name, key) for key in CONNECTION}

    def _value(self, name: str, option: str) -> t.Any:
        """One ``campaign_`` variable of a host as plain data. None if it does not set the option."""
        value = self._raw(name, VARIABLES[option], missing=_MISSING)
        return None if value is _MISSING else said(option, value, self._variables)

    def _raw(self, name: str, variable: str, missing: t.Any = None) -> t.Any:
        """A variable of a host as Ansible resolves it: templates, vaults."""
        hostvars = self._variables.get("hostvars") or {}
        try:
            if name not in hostvars or variable not in hostvars[name]:
                return missing
            value = hostvars[name][variable]
            return value if value is None or isinstance(value, (bool, int, float, list, tuple)) else str(value)
        except Exception:  # Ansible's errors quote the value
            raise ValidationError(
                f"The variable {variable} of {name} cannot be resolved.",
                next_step=f"See it with: ansible {name} -m ansible.builtin.debug -a var={variable}",
            ) from None


def fleet_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment for instances other than the task's: credentials only if they are meant for the fleet."""
    own = {name for name in environ if name.startswith("CAMPAIGN_")} - {CREDENTIALS_VARIABLE}
    fleet = {name: value for name, value in os.environ.items() if name.startswith("CAMPAIGN_") and name not in _OF_ONE}
    return {**fleet, **{name: value for name, value in environ.items() if name not in own}}


def found_mids(find: InventoryMids, servers: t.Iterable[str], given: t.Iterable[t.Any]) -> list[Data]:
    """Elements of the option ``mids`` for the servers that are in the inventory and not yet in the option."""
    known = {address(str(one.get("server"))) for one in given if isinstance(one, Mapping)}
    found: list[Data] = []
    for server in servers:
        if address(server) in known:
            continue
        try:
            connection = find(server)
        except CampaignError:
            continue  # the remote host reports that the mid was not asked
        if connection is not None:
            known.add(address(server))
            found.append({**connection, "server": server})
    return found
