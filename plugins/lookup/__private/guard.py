# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
from __future__ import annotations

DOCUMENTATION = r"""
name: guard
short_description: The hosts of a play of the collection's playbooks, unless the run is refused
version_added: 1.0.0
author: campaign.classic maintainers (@campaign-classic)
description:
  - Stands in C(hosts) of every play of the playbooks. Ansible asks for C(hosts) whatever the command line says, so
    that a run which would leave steps out ends here, and not in a partial change or in success with nothing done.
  - Refused are C(--tags), C(--skip-tags), C(--start-at-task), C(--step), also when they come from C(ansible.cfg) or
    the environment, a pattern or a C(--limit) without hosts (also a blank one, which Ansible takes for every host),
    and variables of the command line that would replace the decision of the gate.
  - A play that writes names in O(after) the gate that must have passed in this very run. No variable can stand in for
    it.
  - It is made for the playbooks of this collection. A play of your own that includes the roles has no need of it.
options:
  _terms:
    description:
      - The variable that names the hosts of the playbook, such as V(mid_sourcing_hosts). Where it is not set, they are
        C(campaign).
    type: list
    elements: str
    required: true
  after:
    description:
      - The playbook whose gate must have passed. Its token is taken; another play needs another gate.
    type: str
    default: ""
  passed:
    description:
      - The playbook whose gate has passed, said by that gate. Leaves the token.
    type: str
    default: ""
  here:
    description:
      - The play is for the controller alone and needs no inventory. The pattern is C(localhost). Under a C(--limit)
        that leaves all hosts of the inventory, as C(all) does, it is the first of them, since Ansible does not count
        C(localhost) among them. Any other C(--limit) without C(localhost) is refused, since the run would succeed and
        show nothing.
    type: bool
    default: false
  begins:
    description:
      - The playbook begins with this play. What an earlier playbook of the same process has said to itself on these
        hosts and on C(localhost) is forgotten, but for the results of the other kind of playbooks (siblings, or all
        others), and so is the ticket of a change that it has opened.
    type: bool
    default: false
  chosen:
    description:
      - The hosts of a play that comes after M(campaign.classic.fleet_info). V(unhealthy) are those that are not
        healthy, V(elsewhere) those that it did not ask, V(stuck) those that may have a plan.
      - V(gate) are the first host of the fleet, for what is done once, and those that may have a plan. V(report) are
        the first one and those that have failed.
      - Where that task has failed, V(gate) and V(report) are all hosts of the pattern, and the others none.
      - In a slice of a fleet (O(ignore:mid_sourcing_slice_output=true)) that has no host, V(report) is C(localhost), so
        that the run still ends with a report. It fails.
    type: str
    choices: [unhealthy, elsewhere, stuck, gate, report]
  hosts:
    description:
      - With O(passed), the only hosts that may be written to. All of the pattern when left out.
    type: list
    elements: str
  sizes:
    description:
      - With O(passed), the size of the batches in which they are written to, or a list of sizes, as C(serial) takes it.
    type: raw
    default: 1
  batches:
    description:
      - The playbook whose gate has said the sizes of the batches. They are returned, for C(serial) of the play that
        comes after that gate.
    type: str
    default: ""
"""

RETURN = r"""
_raw:
  description:
    - A pattern of hosts, or with O(batches) the sizes.
  type: list
  elements: str
"""

import typing as t
from contextlib import suppress
from pathlib import Path

from ansible import constants as C
from ansible import context
from ansible.errors import AnsibleError, AnsibleLookupError
from ansible.inventory.manager import InventoryManager
from ansible.module_utils.parsing.convert_bool import BOOLEANS_TRUE
from ansible.plugins.loader import filter_loader
from ansible.plugins.lookup import LookupBase
from ansible.utils.vars import load_extra_vars

from ...plugin_utils._evidence.provenance import JOB_VARIABLES
from ...plugin_utils._playbook.guard import (
    BINDING,
    NOBODY,
    NoHost,
    Refused,
    Token,
    chosen,
    forget,
    is_listing,
    require_bound,
    require_free_words,
    require_here,
    require_hosts,
    require_limit,
    require_names,
    require_whole,
)
from ...plugin_utils._playbook.here import stand_here
from ...plugin_utils._playbook.interrupt_notice import InterruptNotice
from ...plugin_utils._variables.command_line import is_left_blank, read_command_line
from ...plugin_utils._variables.facts import facts_of
from ...plugin_utils._variables.reading import is_blank, is_left_out, is_opaque

DEFAULT_PATTERN = "campaign"
HERE = "localhost"
#: Says that the run is a slice of a fleet.
SLICE = "mid_sourcing_slice_output"
#: To find one filter, Ansible imports all of its folder: so these stand for its own, and for both of ours.
FILTERS = ("default", "campaign.classic.visible", "campaign.classic.__private.counted")

#: One for the run: its lookups of ``hosts`` are made in Ansible's main process, which gets the signal.
_NOTICE = InterruptNotice()


class LookupModule(LookupBase):  # type: ignore[misc]  # ansible-core ships no types
    """The lookup ``guard`` of the playbooks and roles."""

    def run(
        self, terms: t.Sequence[t.Any], variables: t.Mapping[str, t.Any] | None = None, **kwargs: t.Any
    ) -> list[t.Any]:
        """Ansible's entry point."""
        self.set_options(var_options=variables, direct=kwargs)
        if batches := self._text("batches"):
            return self._token(batches).sizes()
        stand_here()
        known = variables or {}
        # The one dictionary that Ansible keeps for the whole run: what is blank in it hides nothing any more.
        extra = load_extra_vars(self._loader)
        read_command_line(extra)
        # This is Ansible's main process. The filters that are loaded here need not be loaded by every worker.
        for name in FILTERS:
            filter_loader.get(name)
        pattern = self._pattern(str(terms[0]), known)
        here = bool(self.get_option("here"))
        if is_listing(context.CLIARGS):
            return [HERE if here else pattern]
        try:
            require_whole(context.CLIARGS)
            require_free_words(extra)
            return self._admitted(str(terms[0]), pattern, known)
        except Refused as error:
            raise AnsibleLookupError(str(error)) from None

    def _admitted(self, variable: str, pattern: str, known: t.Mapping[str, t.Any]) -> list[t.Any]:
        """What a play gets that may run.

        :raises Refused: it may not.
        """
        passed = self._text("passed")
        if passed:
            self._token(passed).grant(self.get_option("hosts"), self.get_option("sizes"))
            return [True]
        if self.get_option("here"):
            return self._here(known)
        hosts = self._named_hosts(variable, pattern, known)
        if self.get_option("begins"):
            forget(facts_of(known.get("hostvars")) or {}, [*hosts, HERE], variable)
        if not hosts:
            return [HERE if self.get_option("chosen") == "report" else NOBODY]
        return [self._granted(variable, pattern, hosts, known)]

    def _named_hosts(self, variable: str, pattern: str, known: t.Mapping[str, t.Any]) -> list[str]:
        """The hosts that are left by pattern and limit. A slice of a fleet may have none.

        :raises Refused: there are none, or a run that writes was given a blank pattern or approval: a shell's empty
            variable must not stand for a fleet, nor for no approval.
        """
        try:
            hosts = self._require_hosts(variable, pattern, known)
        except NoHost:
            if not self._is_reading_slice(known):
                raise
            return []
        if self._is_left_blank(variable, known) and self._is_told_to_write(variable, hosts, known):
            require_names("", variable)
        blank = self._blank_of(BINDING, known)
        if blank and self._may_write(variable, hosts, known):
            require_bound(blank)
        return hosts

    def _blank_of(self, names: t.Iterable[str], known: t.Mapping[str, t.Any]) -> list[str]:
        """Which of these variables somebody has given blank, as far as that is known: a template of a play may need a
        host. In AWX a blank is what a survey sends for a question that nobody has answered: none."""
        if any(one in known for one in JOB_VARIABLES["id"]):
            return []
        found = []
        for name in names:
            with suppress(AnsibleError):
                if self._is_left_blank(name, known):
                    found.append(name)
        return found

    def _is_reading_slice(self, known: t.Mapping[str, t.Any]) -> bool:
        """Whether the play reads a slice of a fleet, which may have no hosts."""
        return not self._text("after") and self._is_yes(known.get(SLICE, False), known)

    def _granted(self, variable: str, pattern: str, hosts: list[str], known: t.Mapping[str, t.Any]) -> str:
        """Those of the hosts of the pattern that the play has, after the gate if it writes."""
        after = self._text("after")
        _NOTICE.end()
        granted = self._token(after).take() if after else self._chosen(hosts, known)
        written = hosts if granted is None else granted
        if after and self._may_write(variable, written, known):
            _NOTICE.begin(after, written)
        return pattern if granted is None else ",".join(granted) or NOBODY

    @staticmethod
    def _token(playbook: str) -> Token:
        return Token(Path(C.DEFAULT_LOCAL_TMP), playbook)

    def _text(self, option: str) -> str:
        return str(self.get_option(option) or "")

    def _may_write(self, variable: str, hosts: t.Sequence[str], known: t.Mapping[str, t.Any]) -> bool:
        """Whether a play with these hosts writes. What is asked last may look at a variable of every host."""
        return bool(hosts) and not context.CLIARGS.get("check") and self._is_told_to_write(variable, hosts, known)

    def _chosen(self, hosts: list[str], known: t.Mapping[str, t.Any]) -> list[str] | None:
        """The hosts of a play after ``fleet_info``; None for all of the pattern."""
        which, hostvars = self.get_option("chosen"), known.get("hostvars")
        return None if not which or hostvars is None else chosen(str(which), hosts, hostvars.raw_get)

    def _is_left_blank(self, variable: str, known: t.Mapping[str, t.Any]) -> bool:
        """Whether somebody has given a blank pattern, or a blank for another variable."""
        if variable in known:
            return is_left_out(variable, self._value(variable, known))
        return is_left_blank(variable)

    def _is_told_to_write(self, variable: str, hosts: t.Sequence[str], known: t.Mapping[str, t.Any]) -> bool:
        """Whether the command line or the play, or else one of these hosts, says that the run may write. A permission
        that cannot be worked out counts as given: before the first play, no variable of a host is known."""
        word = variable.replace("_hosts", "_apply")
        said, hostvars = known.get(word), known.get("hostvars")
        try:
            if hostvars is None or not (is_blank(said) or is_opaque(said)):
                return self._is_yes(said, known)
            return any(
                self._is_yes(there.get(word) if is_blank(said) else said, {**there, **known})
                for there in map(hostvars.raw_get, hosts)
            )
        except AnsibleError:
            return True

    def _is_yes(self, value: t.Any, variables: t.Mapping[str, t.Any]) -> bool:
        """Whether a value, or what its template gives with these variables, says yes. Any other word is refused
        later."""
        templar = self._templar.copy_with_new_env(available_variables=variables)
        return str(templar.template(value)).strip().lower() in BOOLEANS_TRUE

    def _value(self, name: str, known: t.Mapping[str, t.Any]) -> t.Any:
        """What a variable of the play or of the command line, or its template, gives; None when there is none."""
        return self._templar.template(known[name]) if name in known else None

    def _pattern(self, variable: str, known: t.Mapping[str, t.Any]) -> str:
        """What the user gave, or the default; several patterns are joined."""
        value = self._value(variable, known)
        value = DEFAULT_PATTERN if is_blank(value) else value
        return ",".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)

    def _require_hosts(self, variable: str, pattern: str, variables: t.Mapping[str, t.Any]) -> list[str]:
        """The hosts that are left by pattern and limit, judged as Ansible does: a limit may be a file, a group, a
        difference of both."""
        inventory = self._inventory(variables)
        limit = context.CLIARGS.get("subset")
        found = [host.name for host in inventory.get_hosts(pattern)]
        inventory.subset(limit)
        require_limit(limit, inventory._subset or ())
        limited = [host.name for host in inventory.get_hosts(pattern)] if found else []
        require_hosts(pattern, variable, found, limited, limit or "")
        return limited

    def _here(self, variables: t.Mapping[str, t.Any]) -> list[str]:
        """The one host of a play for the controller alone.

        :raises Refused: the limit leaves out the controller and other hosts.
        """
        inventory, limit = self._inventory(variables), context.CLIARGS.get("subset")
        everyone = [host.name for host in inventory.get_hosts("all")]
        inventory.subset(limit)
        require_limit(limit, inventory._subset or ())
        left = [host.name for host in inventory.get_hosts("all")]
        return require_here([host.name for host in inventory.get_hosts(HERE)], left, everyone, limit or "")

    def _inventory(self, variables: t.Mapping[str, t.Any]) -> InventoryManager:
        """The hosts and groups of this run, with no limit."""
        inventory = InventoryManager(self._loader, parse=False)
        for group, hosts in variables["groups"].items():
            inventory.add_group(group)
            for host in hosts:
                inventory.add_host(host, group=group)
        return inventory
