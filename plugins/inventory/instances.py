# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: instances
short_description: Reads a list of Adobe Campaign Classic instances at once and groups them by verdict
version_added: 1.0.0
author: campaign.classic maintainers (@campaign-classic)
description:
  - Adds a host for every instance in a list, reads all of them at the same time, and groups them
    by verdict, role and version. The verdicts are those of M(campaign.classic.sync_cursor_info).
  - Reading an instance takes one logon, at most four queries and one logoff, however many cursors it has. Sessions
    of a sweep are read-only.
  - An instance that is down, slow, or refuses the logon does not fail the inventory. Its verdict is V(unreachable) or
    V(denied), or V(misconfigured) if its options cannot work, such as a missing certificate file.
    C(campaign_reason) says why.
  - V(not_asked) is an instance of which nothing is known for a reason that lies with the controller, such as the end of
    O(deadline) or its limit of open files (C(ulimit -n)).
  - Use the verdicts of an inventory to choose hosts, not as a plan. The role
    P(campaign.classic.mid_sourcing#role) always diagnoses again. Unlike the role, the inventory does not ask the
    mid-sourcing server about a stuck cursor.
  - Every host is in the group C(campaign), and in C(campaign_verdict_stuck) and so on by its verdict, in
    C(campaign_marketing), C(campaign_mid) or C(campaign_role_unknown), in C(campaign_version_7_4_3) and so on by its
    version, and in C(campaign_uses_mid_eu) and so on by the mid-sourcing instances that its accounts name.
  - 'Host variables: C(campaign_url), C(campaign_verdict), C(campaign_reason), C(campaign_proposal), C(campaign_cursors)
    (option, account, workflow, verdict, reason, value and age of each), C(campaign_role), C(campaign_version),
    C(campaign_build), C(campaign_mids) (the hosts that it sends through), C(campaign_used_by) (the hosts that send
    through it), C(campaign_other_servers) (servers of its accounts that are in no inventory), C(campaign_server_time),
    C(campaign_skew_seconds), C(campaign_observed_at), C(campaign_observed_age_seconds) and C(campaign_cached),
    C(campaign_servers) (the further URLs of the list), and the options of the connection that the list gives, as
    C(campaign_ca_path). Modules run on the controller
    (C(ansible_connection=local)) unless C(vars) say otherwise.'
  - No secret becomes a host variable, and none is taken from the list. Credentials come from E(CAMPAIGN_USER) and
    E(CAMPAIGN_PASSWORD), E(CAMPAIGN_CLIENT_ID) and E(CAMPAIGN_CLIENT_SECRET), E(CAMPAIGN_ACCESS_TOKEN) and so on, or
    from the file that E(CAMPAIGN_CREDENTIALS_FILE) names, as for modules.
  - A value of the list that is encrypted by ansible-vault (C(!vault)) is used by the sweep, and stays encrypted in the
    host's variables. A name cannot be encrypted. A reason still names the host and the port that did not answer.
  - All hosts, their variables and these groups exist before O(compose), O(groups) and O(keyed_groups) are
    evaluated, separately for each host and entry. A failed entry is a warning that names entry and hosts, and with
    O(strict=true) an error after all others. A key of O(keyed_groups) that is a number, a boolean or a date becomes
    text, in every version of Ansible.
  - Texts of servers are data. A label such as C({{ lookup('pipe', 'id') }}) is never run as a template.
extends_documentation_fragment:
  - ansible.builtin.constructed
  - ansible.builtin.inventory_cache
  - campaign.classic.cursor.judging
notes:
  - With O(cache=true), verdicts are as old as the cache. C(campaign_cached) and C(campaign_observed_age_seconds) say
    so, and C(--flush-cache) reads again. A change of the list (a name, a URL, an option of a connection) or of a
    threshold reads again too. The cache contains the answers of servers and no secret.
  - The resolver of the operating system cannot be interrupted. If name servers do not answer, an instance may take
    longer than O(instance_timeout).
requirements:
  - requests >= 2.28
  - lxml >= 4.9
options:
  plugin:
    description:
      - Says that this file is for this plugin.
    type: str
    required: true
    choices: [campaign.classic.instances]
  instances:
    description:
      - The instances.
      - Two with the same name, or with the same address in any spelling, are an error. Nothing is read then.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description:
          - The host's name in the inventory.
          - It cannot be that of a group, such as C(campaign), C(all), one that this plugin or its O(groups) make, or
            one of a source that was read before. Nothing is read then, and the error lists every such name. A name that
            a later source or O(keyed_groups) give to a group is not known yet; Ansible warns of it.
        type: str
        required: true
      url:
        description:
          - The URL of the instance, such as V(https://campaign.example.com).
        type: str
        required: true
      role:
        description:
          - The role of the instance. If this is not set, an instance with the counters workflow or its cursor is
            V(marketing), and one that an account of another instance names is V(mid).
        type: str
        choices: [marketing, mid]
      servers:
        description:
          - Further URLs by which accounts of marketing instances name this one.
        type: list
        elements: str
      vars:
        description:
          - Host variables of your own. A password or token may only be named there, as in C({{ vault_of_this }}).
        type: dict
      user:
        description:
          - The login of a Campaign operator, if it differs.
        type: str
      validate_certs:
        description:
          - Whether the certificate of the server must be valid.
        type: bool
      ca_path:
        description:
          - A file or a directory with the certificates of the authorities to trust.
        type: path
      client_cert:
        description:
          - A file with the client certificate.
        type: path
      client_key:
        description:
          - The file of its key, unless that is in the same file.
        type: path
      timeout:
        description:
          - Timeout of a request, in seconds.
        type: float
  instances_from:
    description:
      - Further lists. Each is a YAML file, or a directory whose YAML files are all read, in the order of their names.
      - A file holds a list as O(instances) does, by itself or under the key C(instances). Relative paths begin where
        the inventory's own file is.
    type: list
    elements: path
    default: []
  concurrency:
    description:
      - How many instances are read at the same time, at most. A whole number, or V(auto), which is 512.
      - The sweep begins with 32 and reads more at once while this machine has processor time left and the instances
        answer no more slowly. An instance that has not finished after a second gives its place to the next one, and is
        read on.
      - The limit of open files of the process that runs Ansible (C(ulimit -n)) bounds it too, at two for each instance.
    type: str
    default: auto
  processes:
    description:
      - How many processes share the reading, each with at least 50 instances and its part of O(concurrency).
      - V(0) means one for each processor, at most 4. A process takes up to 50 MB.
      - Where Ansible has threads of its own, as when a play refreshes the inventory, one process reads all.
    type: int
    default: 0
  instance_timeout:
    description:
      - Timeout of one instance, in seconds. A Logoff may take two more.
    type: float
    default: 30
  deadline:
    description:
      - Timeout of the whole sweep, in seconds. Instances that were not asked by then, or not all that
        they are asked, have the verdict V(not_asked) and a reason that says how far the reading came.
    type: float
    default: 300
  cursor_map:
    description:
      - For cursors whose name does not end in the internal name of an account, the account of each option.
    type: dict
    default: {}
seealso:
  - module: campaign.classic.sync_cursor_info
"""

EXAMPLES = r"""
# A file of its own, such as campaign.instances.yml, given with -i. The password comes from CAMPAIGN_PASSWORD.
plugin: campaign.classic.instances
instances:
  - name: mkt-paris
    url: https://paris.campaign.example.com
  - name: mkt-oslo
    url: https://oslo.campaign.example.com
    vars:
      site: oslo
  - name: mid-eu
    url: https://mid-eu.campaign.example.com
    role: mid

# What follows may be left out: lists of several teams in a directory, custom groups, and a cache of ten minutes.
instances_from:
  - instances.d
concurrency: 64
deadline: 60
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: campaign-cache
cache_timeout: 600
compose:
  oldest_cursor: campaign_cursors | map(attribute='age_seconds') | select('number') | max | default(0)
keyed_groups:
  - key: site | default('nowhere')
    prefix: site
groups:
  worth_a_look: campaign_verdict in ('stuck', 'failing_other', 'engine_down', 'unreachable', 'misconfigured')
"""

import hashlib
import json
import os
import sys
import typing as t
from collections.abc import Mapping
from datetime import datetime, timezone

from ansible.errors import AnsibleError, AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable

from ..module_utils._core.content import before_any_write, load_text
from ..module_utils._core.errors import CampaignError
from ..module_utils._diagnosis.causes import causes_of
from ..module_utils._operations.sync_cursor import thresholds_of
from ..plugin_utils._sweep.forks import shared_sweep
from ..plugin_utils._sweep.instances import Instance, files_of, read_instances
from ..plugin_utils._sweep.observations import ALL, Observation, ObservedFleet, first_of, is_observation, unread
from ..plugin_utils._sweep.pace import concurrency_of
from ..plugin_utils._sweep.threads import Reader, SweepLimits, SweepTarget

try:
    from ansible.template import trust_as_template
except ImportError:
    # Before ansible-core 2.19 every text is a template unless it is marked; since then, none that is not.
    from ansible.utils.unsafe_proxy import wrap_var as untrusted

    trust_as_template = None
else:

    def untrusted(value: t.Any) -> t.Any:
        """The same: nothing trusts it."""
        return value


#: Options of the diagnosis that the inventory passes on.
DIAGNOSIS = ("max_age", "remediate_after", "max_run", "engine_grace", "min_failed_runs", "cursor_map", "causes")
#: What the cache holds has this form.
CACHE_FORMAT = 3


def _observations(kept: t.Any, names: t.Collection[str]) -> dict[str, Observation] | None:
    """The observations of these instances in what a cache has kept; None when it is something else."""
    seen = kept.get("seen") if isinstance(kept, Mapping) else None
    if isinstance(seen, Mapping) and set(seen) == names and all(map(is_observation, seen.values())):
        return dict(seen)
    return None


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):
    """Reads the list, sweeps, and fills Ansible's inventory."""

    NAME = "campaign.classic.instances"

    def verify_file(self, path: str) -> bool:
        """Any YAML or JSON file: its key C(plugin) decides."""
        return bool(super().verify_file(path)) and path.endswith((".yml", ".yaml", ".json"))

    def parse(self, inventory: t.Any, loader: t.Any, path: str, cache: bool = True) -> None:
        """Ansible's entry point.

        :raises AnsibleParserError: the list or an option is wrong. What is wrong with a server is a verdict.
        """
        super().parse(inventory, loader, path, cache)
        self._read_config_data(path)
        try:
            instances = self._instances(path)
            seen, cached = self._observations(instances, path, cache)
        except CampaignError as error:
            raise AnsibleParserError(str(error)) from None
        self._report(seen)
        self._fill(instances, seen, cached)

    # -- the list --------------------------------------------------------------------------------------------------

    def _instances(self, path: str) -> list[Instance]:
        base = os.path.dirname(os.path.abspath(path))
        files = [file for given in self.get_option("instances_from") for file in files_of(given, base)]
        groups = {*self.inventory.groups, *(self.get_option("groups") or {})}
        return read_instances(self.get_option("instances"), path, files, self._load, groups)

    def _load(self, path: str) -> t.Any:
        """What is in a file. C(unsafe): not a copy of it, which would take as long as the reading itself.

        :raises ValidationError: it is empty or no text: an inventory that was cut off must not look whole.
        """
        with before_any_write():
            load_text(path, "list of instances")
        if trust_as_template is None:
            return self.loader.load_from_file(path, cache=False, unsafe=True)
        return self.loader.load_from_file(path, cache="none", unsafe=True, trusted_as_template=True)

    # -- what was seen ---------------------------------------------------------------------------------------------

    def _observations(self, instances: list[Instance], path: str, cache: bool) -> tuple[dict[str, Observation], bool]:
        """The observation of each instance by name, and whether they come from the cache."""
        params = {name: self.get_option(name) for name in DIAGNOSIS}
        # A wrong one is an error once, and not a verdict a thousand times.
        thresholds_of(params)
        causes_of(params["causes"])
        limits = SweepLimits(
            concurrency=concurrency_of(self.get_option("concurrency")),
            instance_timeout=self.get_option("instance_timeout"),
            deadline=self.get_option("deadline"),
        )
        cached = self.get_option("cache")
        key = self.get_cache_key(path)
        question = {"format": CACHE_FORMAT, "instances": [[one.name, _digest(one)] for one in instances], **params}
        if cached and cache:
            kept = self._kept(key, question)
            if kept is not None:
                return kept, True
        targets = [SweepTarget(str(one.name), str(one.url), one.connection) for one in instances]
        seen = shared_sweep(targets, Reader(params, os.environ, limits), limits, self.get_option("processes"))
        if cached:
            self._cache[key] = {"question": question, "seen": seen}
        return seen, False

    def _kept(self, key: str, question: dict[str, t.Any]) -> dict[str, Observation] | None:
        """What the cache holds of the same question. A damaged one costs a sweep, and is told."""
        try:
            kept = self._cache.get(key)
        except AnsibleError as error:
            self._tell_damaged(str(error))
            return None
        except Exception:  # noqa: BLE001  # whatever a cache plugin raises for what it cannot read
            self._tell_damaged("It is not what was written.")
            return None
        if not kept or (isinstance(kept, Mapping) and kept.get("question") != question):
            return None
        seen = _observations(kept, {one[0] for one in question["instances"]})
        if seen is None:
            self._tell_damaged("It is not what was written.")
        return seen

    def _tell_damaged(self, why: str) -> None:
        self.display.warning(
            f"The cache of this inventory ({self.get_option('cache_connection') or self.get_option('cache_plugin')}) "
            f"cannot be used, and every instance is read again. {why}"
        )

    def _report(self, seen: dict[str, Observation]) -> None:
        """Say of how many instances nothing is known: an inventory that looks whole must not hide it."""
        lost = unread(seen)
        if lost:
            self.display.warning(
                f"{len(lost)} of {len(seen)} Campaign instances could not be read ({first_of(lost)}). "
                f"{seen[lost[0]]['reason']}"
            )

    # -- Ansible's inventory ---------------------------------------------------------------------------------------

    def _fill(self, instances: list[Instance], seen: dict[str, Observation], cached: bool) -> None:
        now = datetime.now(timezone.utc)
        fleet = ObservedFleet(
            seen,
            {one.name: (one.url, *one.servers) for one in instances},
            {one.name: one.role for one in instances},
        )
        groups = {one.name: fleet.groups(one.name) for one in instances}
        self.inventory.add_group(ALL)
        for group in sorted(set().union(*groups.values())):
            self.inventory.add_group(group)
            self.inventory.add_child(ALL, group)
        for one in instances:
            self.inventory.add_host(one.name)
            for group in groups[one.name]:
                self.inventory.add_child(group, one.name)
        for one in instances:
            self._set_variables(one, untrusted(fleet.variables(one.name, now, cached)))
        self._make_own(instances)

    def _set_variables(self, one: Instance, observed: dict[str, t.Any]) -> None:
        variables = {
            "ansible_connection": "local",
            "ansible_python_interpreter": sys.executable,
            **one.host_variables(),
            **observed,
        }
        for name, value in variables.items():
            self.inventory.set_variable(one.name, name, value)

    def _make_own(self, instances: list[Instance]) -> None:
        """The user's own variables and groups, once every host is there: what goes wrong for one costs no other.

        :raises AnsibleParserError: O(strict) is on, and something went wrong; all else is done.
        """
        wrong: dict[str, tuple[Exception, list[str]]] = {}
        for one in instances:
            for place, error in self._own(one):
                wrong.setdefault(place, (error, []))[1].append(one.name)
        if not wrong:
            return
        told = "; ".join(f"{place} for {first_of(names)}: {error}" for place, (error, names) in wrong.items())
        message = f"Not all variables and groups that the inventory asks for could be made: {told.rstrip('.')}."
        if self.get_option("strict"):
            raise AnsibleParserError(f"{message} Every host is there; it may lack these.")
        self.display.warning(message)

    def _own(self, one: Instance) -> t.Iterator[tuple[str, Exception]]:
        """One host's own variables and groups, each by itself; yields what went wrong, with its place.

        Templates cost far more than the sweep, so none is made for nothing.
        """
        for key, value in one.variables.items():
            try:
                self.inventory.set_variable(one.name, key, value)
            except Exception as error:  # noqa: BLE001  # what a name must be depends on Ansible's version
                yield f"vars.{key}", error
        compose, groups, keyed = (self.get_option(option) for option in ("compose", "groups", "keyed_groups"))
        if compose or groups or keyed:
            yield from self._construct(one.name, compose or {}, groups or {}, keyed or [])

    def _construct(
        self, name: str, compose: dict[str, t.Any], groups: dict[str, t.Any], keyed: list[t.Any]
    ) -> t.Iterator[tuple[str, Exception]]:
        """What Ansible's C(constructed) makes, entry by entry; without O(strict) it passes over what is undefined."""
        strict = self.get_option("strict")
        variables = self.inventory.get_host(name).get_vars()
        steps: list[tuple[str, t.Callable[..., None], t.Any]] = []
        steps += [(f"compose.{key}", self._set_composite_vars, {key: value}) for key, value in compose.items()]
        steps += [(f"groups.{key}", self._add_host_to_composed_groups, {key: value}) for key, value in groups.items()]
        steps += [
            (f"keyed_groups[{number}] ({_shown_key(one)})", self._add_host_to_keyed_groups, [one])
            for number, one in enumerate(keyed)
        ]
        for place, make, what in steps:
            self._keys_are_text = what.__class__ is list
            try:
                make(what, variables, name, strict=strict)
            except Exception as error:  # noqa: BLE001  # whatever a user's template raises
                yield place, error

    #: Whether what is composed becomes a group's name.
    _keys_are_text = False

    def _compose(self, template: t.Any, variables: t.Any, *more: t.Any, **options: t.Any) -> t.Any:
        """As Ansible has it, but a group's key that is a number, a truth or a date is its text, as before 2.19."""
        value = super()._compose(template, variables, *more, **options)
        return _key(value) if self._keys_are_text else value


def _digest(one: Instance) -> str:
    """What the cache's file has in place of an address and the options of its connection, which may be vaulted. The
    list has no password. One digest of all: a user by itself could be guessed from a digest of it."""
    reached = json.dumps([one.url, dict(one.connection)], sort_keys=True, default=str)
    return hashlib.sha256(reached.encode()).hexdigest()


def _key(value: t.Any) -> t.Any:
    """A group's key in a form that Ansible takes: a text, a list of them, or a dictionary. Nothing stays nothing."""
    if value is None or isinstance(value, (str, Mapping)):
        return value
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_key(one) for one in value]
    return str(value)


def _shown_key(entry: t.Any) -> str:
    return str(entry.get("key") if isinstance(entry, Mapping) else entry)
