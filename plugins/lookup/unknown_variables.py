# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: unknown_variables
short_description: Which variables look like the collection's and are none
version_added: 1.0.0
author: campaign.classic maintainers (@campaign-classic)
description:
  - A mistyped variable would be ignored in silence. This finds each one that begins with C(mid_sourcing_),
    C(change_window_), C(siblings_), C(fleet_report_), C(controller_kit_) or C(campaign_) and is none of the
    collection's, or that is one but for one letter, and says which one was most likely meant.
  - It looks at the variables of the task's host, wherever they come from, and of further hosts as the inventory has
    them. No value is templated, but for that of C(campaign_own_variables).
  - It also finds a value that is none of its variable's type, and that nobody could read as one.
  - With O(shared), it finds a permission that not all further hosts have.
  - It finds what the command line has beside all variables, since a text was cut at its first blank.
  - On the command line it also refuses what the roles themselves set, because that would stand above what they set.
options:
  _terms:
    description:
      - Inventory names of further hosts.
    type: list
    elements: str
  refuse:
    description:
      - Fail when there is any, in place of returning it.
    type: bool
    default: false
  shared:
    description:
      - The name of a boolean variable, by which one gate judges for all further hosts. It must be true for all of them,
        or for none. It alone is templated, if necessary.
      - Where it ends in C(_apply), it also finds a pattern of hosts, the same with C(_hosts), in the inventory.
    type: str
    version_added: 1.0.0
notes:
  - Variables of your own that begin like this are named in the variable C(campaign_own_variables), a list of names, or
    of their beginnings with a C(*) behind.
"""

EXAMPLES = r"""
- name: Require that no variable is mistyped on any host
  ansible.builtin.assert:
    that: query('campaign.classic.unknown_variables', *groups['campaign'], refuse=true) | length == 0
"""

RETURN = r"""
_list:
  description:
    - One sentence for each name. Empty when all are known.
  type: list
  elements: str
"""

import typing as t
from collections.abc import Mapping

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase
from ansible.utils.vars import load_extra_vars

from ..module_utils._client.connect import is_true
from ..module_utils._core.errors import CampaignError
from ..plugin_utils._variables.names import MOST_HOSTS, OWN, unknown_variables
from ..plugin_utils._variables.reading import is_opaque, leftovers, refusals


class LookupModule(LookupBase):  # type: ignore[misc]  # ansible-core ships no types
    """The lookup C(campaign.classic.unknown_variables)."""

    # Complex: one condition for each thing that may be wrong with a host's variables.
    def run(
        self, terms: t.Sequence[t.Any], variables: Mapping[str, t.Any] | None = None, **kwargs: t.Any
    ) -> list[t.Any]:
        """Ansible's entry point."""
        self.set_options(var_options=variables, direct=kwargs)
        task: Mapping[str, t.Any] = variables or {}
        own = list(self._templar.template(task[OWN])) if OWN in task else []
        names = {str(task.get("inventory_hostname") or "localhost"): list(task)}
        # A value that many hosts share is told once.
        unread = dict.fromkeys(refusals(task))
        hostvars = task.get("hostvars") or {}
        shared, allowed = self.get_option("shared"), set()
        pattern, choosing = str(shared or "").replace("_apply", "_hosts"), list[str]()
        for host in map(str, terms):
            # As they stand: a template of a user's is none of our business. A host that is not known has none.
            there = hostvars.raw_get(host) if host in hostvars else {}
            names.setdefault(host, list(there))
            unread.update(dict.fromkeys(refusals(there)))
            if OWN in there:
                own += list(hostvars[host][OWN])
            choosing += [host] if shared and str(there.get(pattern) or "").strip() else []
            allowed.add(_is_true(shared, host, there, hostvars))
        extra = load_extra_vars(self._loader)
        unheard = [] if pattern in extra else _unheard(pattern, choosing)
        found = [*leftovers(extra), *self._unknown(names, own, extra), *unread, *unheard, *_differs(shared, allowed)]
        if found and self.get_option("refuse"):
            raise AnsibleLookupError(f"{' '.join(found)} Nothing was written.")
        return found

    def _unknown(
        self, names: Mapping[str, t.Sequence[str]], own: t.Sequence[t.Any], extra: Mapping[str, t.Any]
    ) -> list[str]:
        try:
            return unknown_variables(names, own, extra)
        except CampaignError as error:
            raise AnsibleLookupError(str(error)) from None


def _unheard(name: str, hosts: t.Sequence[str]) -> list[str]:
    """What is wrong where the inventory says which hosts are meant: a play's hosts are chosen before their variables
    are known."""
    if not hosts:
        return []
    return [
        f"{name} stands in the inventory ({', '.join(hosts[:MOST_HOSTS])}), where no playbook can read it. Give it "
        f"with -e {name}=PATTERN, or choose hosts with --limit."
    ]


def _is_true(name: str, host: str, there: Mapping[str, t.Any], hostvars: Mapping[str, t.Any]) -> bool:
    """Whether a variable of a host is true; ``there`` are those of the host, untemplated."""
    value = there.get(name, False)
    return is_true(hostvars[host][name] if is_opaque(value) else value)


def _differs(name: str, said: t.Collection[bool]) -> list[str]:
    """What is wrong when some hosts have said one thing and others another."""
    if len(said) < 2:
        return []
    return [
        f"{name} is true for some hosts and false for others, and one gate judges for all of them. Give it once, with "
        f"-e {name}=true, and choose hosts with --limit."
    ]
