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
  - With hosts, it does the same for what the inventory says of them. A blank variable of a host leaves what its groups
    say. Each host is read once in a run. What the play itself says stands above all of that.
  - It works where Ansible asks in its main process, and is made for the roles and playbooks of this collection.
options:
  _terms:
    description:
      - Inventory names of hosts.
    type: list
    elements: str
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
from collections.abc import Mapping, MutableMapping
from functools import partial
from weakref import WeakKeyDictionary

from ansible.plugins.lookup import LookupBase
from ansible.utils.vars import load_extra_vars

from ...plugin_utils._playbook.here import stand_here
from ...plugin_utils._variables.facts import KeptFacts, facts_of
from ...plugin_utils._variables.played import asking_tasks, played
from ...plugin_utils._variables.precedence import Layers
from ...plugin_utils._variables.reading import read_inventory, repair

#: What is kept on the hosts of each run.
_KEPT: WeakKeyDictionary[t.Any, KeptFacts] = WeakKeyDictionary()
#: What the gate of a fleet looks up on each host, also where the play says it.
_OF_EACH_HOST = "change_window_"


class LookupModule(LookupBase):  # type: ignore[misc]  # ansible-core ships no types
    """The lookup ``given`` of the playbooks and roles."""

    def run(
        self, terms: t.Sequence[t.Any], variables: Mapping[str, t.Any] | None = None, **kwargs: t.Any
    ) -> list[t.Any]:
        """Ansible's entry point."""
        self.set_options(var_options=variables, direct=kwargs)
        stand_here()
        # Ansible keeps this one dictionary for the whole run, and puts it above all other variables.
        extra = load_extra_vars(self._loader)
        repair(extra)
        hostvars = (variables or {}).get("hostvars")
        if hostvars is None:
            later = self.get_option("otherwise")
            return [self.get_option("returns") if later is None else later]
        self._read_hosts(hostvars, [host for host in map(str, terms) if host in hostvars], extra)
        return [self.get_option("returns")]

    def _read_hosts(self, hostvars: t.Any, hosts: t.Sequence[str], extra: t.Container[str]) -> None:
        manager, facts = hostvars._variable_manager, facts_of(hostvars) or {}
        kept = _KEPT.setdefault(manager, KeptFacts())
        by_play = _by_play(hostvars, hosts, kept, facts)
        of_each_host = {one: by_play[one] for one in by_play if one.startswith(_OF_EACH_HOST) and one not in extra}
        layers = Layers(manager._inventory, self._loader)
        for host in hosts:
            meant = kept.meant.get(host)
            if meant is None:
                meant = read_inventory(hostvars.raw_get(host), extra, partial(layers.given, host))
            wanted = {**{name: meant[name] for name in meant if name not in by_play}, **of_each_host}
            if found := kept.changed(host, meant, wanted, facts.get(host, {})):
                manager.set_nonpersistent_facts(host, found)


def _by_play(
    hostvars: t.Any, hosts: t.Sequence[str], kept: KeptFacts, facts: Mapping[str, MutableMapping[str, t.Any]]
) -> Mapping[str, t.Any]:
    """What the play sets itself, for all its hosts alike."""
    for host in hosts[:1]:
        with kept.aside(host, facts.get(host, {})):
            return played(asking_tasks(), hostvars, host)
    return {}
