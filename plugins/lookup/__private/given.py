# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
from __future__ import annotations

DOCUMENTATION = r"""
name: given
short_description: Reads the variables of the command line as their argument specs say
version_added: 1.0.0
author: campaign.classic maintainers (@campaign-classic)
description:
  - A survey sends an empty text for a question that nobody answered, and the command line sends text for everything.
    This takes out what is blank, so that the value of the inventory holds, or else the default of the role. It reads
    numbers, booleans, lists and dictionaries that came as text.
  - It does the same in each place of the inventory, so that what stands above the inventory stays above it, and a blank
    of a host leaves what its groups say.
  - It works where Ansible asks in its main process, and is made for the roles and playbooks of this collection.
options:
  returns:
    description:
      - What is returned.
    type: raw
    default: 0
  otherwise:
    description:
      - What is returned when Ansible does not yet know the hosts of the play, because it is still loading it.
      - Without this, it is O(returns) as well.
    type: raw
"""

RETURN = r"""
_raw:
  description:
    - What O(returns) says.
  type: raw
"""

import typing as t
from collections.abc import Mapping
from weakref import WeakKeyDictionary

from ansible.plugins.lookup import LookupBase
from ansible.utils.vars import load_extra_vars

from ...plugin_utils._playbook.here import stand_here
from ...plugin_utils._variables.command_line import read_command_line
from ...plugin_utils._variables.places import read_inventory

#: The hosts whose files Ansible has loaded in each run, and beside which playbook.
_LOADED: WeakKeyDictionary[t.Any, set[tuple[str, str]]] = WeakKeyDictionary()


class LookupModule(LookupBase):  # type: ignore[misc]  # ansible-core ships no types
    """The lookup ``given`` of the playbooks and roles."""

    def run(
        self, _terms: t.Sequence[t.Any], variables: Mapping[str, t.Any] | None = None, **kwargs: t.Any
    ) -> list[t.Any]:
        """Ansible's entry point."""
        self.set_options(var_options=variables, direct=kwargs)
        stand_here()
        read_command_line(load_extra_vars(self._loader))
        hostvars = (variables or {}).get("hostvars")
        if hostvars is None:
            later = self.get_option("otherwise")
            return [self.get_option("returns") if later is None else later]
        self._load(hostvars, (variables or {}).get("ansible_play_hosts_all") or ())
        read_inventory(hostvars._variable_manager._inventory, self._loader)
        return [self.get_option("returns")]

    def _load(self, hostvars: t.Any, hosts: t.Iterable[str]) -> None:
        """Let Ansible load the files of all these hosts, and of their groups, once beside each playbook. It does so
        where a host is asked for: a worker that asks for others would see what nobody has read."""
        loaded = _LOADED.setdefault(hostvars._variable_manager, set())
        beside = self._loader.get_basedir()
        for host in [one for one in hosts if (one, beside) not in loaded and one in hostvars]:
            hostvars.raw_get(host)
            loaded.add((host, beside))
