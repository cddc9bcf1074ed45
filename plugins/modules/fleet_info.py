#!/usr/bin/python
# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: fleet_info
short_description: Diagnose the synchronisation cursors of many Adobe Campaign Classic instances in one task
version_added: 1.0.0
author: campaign.classic maintainers (@campaign-classic)
description:
  - Says of each host in O(hosts) what M(campaign.classic.sync_cursor_info) would say in a task of that host. All of
    them are asked at the same time, by threads and processes, as the inventory plugin does.
  - Ansible needs far longer for a task on a host than an instance needs to answer. So run it once for a fleet, with
    C(run_once), and give tasks of their own only to the hosts that need one.
  - Each host is asked with its own connection. The variables C(campaign_url), C(campaign_user) and so on are read as
    Ansible resolves them for that host, with its templates and vaulted values.
  - An instance that cannot be asked, does not answer, or refuses, is a verdict of its row. A host whose variables
    cannot be read has a row that says so (C(failed)). Neither fails the task.
  - An instance costs one logon, at most four queries and one logoff. Its session cannot write.
  - It runs on the controller only, and cannot be used with C(async). A host whose tasks run on another machine
    (C(ansible_connection), C(ansible_become)) is not asked, and is in RV(elsewhere). Use
    M(campaign.classic.sync_cursor_info) there.
extends_documentation_fragment:
  - campaign.classic.connection
  - campaign.classic.cursor
  - campaign.classic.cursor.mids
  - campaign.classic.cursor.judging
  - campaign.classic.attributes
  - campaign.classic.attributes.action_group
  - campaign.classic.attributes.info_module
options:
  hosts:
    description:
      - Inventory names. One that is there twice counts once.
    type: list
    elements: str
    required: true
  prefix:
    description:
      - How the variables of the hosts begin that give the options of the diagnosis. With V(mid_sourcing_), a host's
        C(mid_sourcing_max_age) is its O(max_age), and so on for all of them, O(evidence_dir) and O(run_id).
      - A host without such a variable, or with a blank one, has what the task gives.
    type: str
    default: ""
  extra_cursors:
    description:
      - Cursors of your own, or of packages that the catalogue does not know, to be shown among the siblings. They are
        never moved.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description:
          - The name of the option, or the beginning of the names of several, which then ends in V(_).
        type: str
        required: true
      workflow:
        description:
          - The internal name of the workflow that moves it, or the beginning of that name, which then ends in V(_).
        type: str
      label:
        description:
          - What people call the workflow.
        type: str
      max_age:
        description:
          - A cursor older than this is V(stale). A duration.
        type: str
        default: 1d
      text:
        description:
          - The option is a text in which a moment stands.
        type: bool
        default: false
  evidence_dir:
    description:
      - The directory with the evidence of earlier runs. What an attempt of ours left half done is not taken for
        somebody else's doing. The directory is listed once for all hosts.
      - With O(prefix), V(campaign-evidence) in the working directory. Otherwise nothing is read when this is not given.
    type: path
  run_id:
    description:
      - The run that goes on, whose evidence counts too.
    type: str
  values:
    description:
      - Whether the rows also say where the cursors of healthy hosts stand, and what the siblings are, as the role
        C(campaign.classic.fleet_report) needs it. Nothing more is asked of an instance, but the result grows.
    type: bool
    default: false
    version_added: 1.0.0
  concurrency:
    description:
      - How many instances are asked at the same time, at most. A whole number, or V(auto), which is 512. How many are
        asked in fact depends on this machine and on how fast the instances answer, as with the inventory plugin.
    type: str
    default: auto
  processes:
    description:
      - How many processes share the work, each with at least 50 instances and its part of O(concurrency).
      - V(0) is as many as there are processors, at most 4. A process takes up to 50 MB.
    type: int
    default: 0
  instance_timeout:
    description:
      - How long one instance may take in all, in seconds. Beyond it there are only the two seconds of a logoff.
    type: float
    default: 300
  deadline:
    description:
      - How long all of them may take, in seconds. An instance that was not asked by then, or not all that it is
        asked, is V(not_asked), and its reason says how far the reading came.
    type: float
    default: 3600
seealso:
  - module: campaign.classic.sync_cursor_info
  - plugin: campaign.classic.instances
    plugin_type: inventory
"""

EXAMPLES = r"""
- name: Diagnose a whole fleet in one task
  campaign.classic.fleet_info:
    hosts: "{{ ansible_play_hosts_all }}"
  run_once: true
  register: fleet

- name: Say how many have which verdict
  ansible.builtin.debug:
    var: fleet.counts
  run_once: true

- name: Say what is wrong, and where
  ansible.builtin.debug:
    msg: "{{ item }}: {{ fleet.rows[item].verdict }}: {{ fleet.rows[item].reason }}"
  loop: "{{ fleet.unhealthy }}"
  run_once: true
"""

RETURN = r"""
hosts:
  description: All hosts that were named, each once.
  returned: success
  type: list
  elements: str
  sample: [mkt-paris, mkt-oslo]
rows:
  description:
    - One row for each host that was asked, by its name. C(verdict), C(reason), C(proposal), C(url), C(server_time),
      C(skew_seconds), C(cursors) and C(plans) are as M(campaign.classic.sync_cursor_info) returns them.
    - The cursors of a healthy host have their name and verdict only, unless O(values) is true. A host with a plan has
      the whole diagnosis, without the siblings.
    - With O(values) there are also C(siblings), C(release) and C(build).
    - A host whose variables cannot be read has C(failed) and C(msg) too.
  returned: success
  type: dict
  sample:
    mkt-paris: {verdict: healthy, reason: The cursor is 5 min behind., proposal: '', plans: []}
counts:
  description: How many hosts have each verdict.
  returned: success
  type: dict
  sample: {healthy: 998, stuck: 2}
unhealthy:
  description: The hosts whose verdict is none of V(healthy), V(not_applicable) and V(inactive).
  returned: success
  type: list
  elements: str
  sample: [mkt-oslo]
stuck:
  description: The hosts that have a plan.
  returned: success
  type: list
  elements: str
  sample: [mkt-oslo]
failing:
  description: The hosts whose variables cannot be read.
  returned: success
  type: list
  elements: str
  sample: []
seconds:
  description: How long it took to read their variables and to ask them.
  returned: success
  type: float
  sample: 3.812
elsewhere:
  description: The hosts whose tasks run on another machine. They were not asked and have no row.
  returned: success
  type: list
  elements: str
  sample: []
# From tools/returns.yml (make returns): calls
calls:
  description: What the task cost the server.
  returned: always
  type: dict
  contains:
    total:
      description: All SOAP calls, repeated ones included.
      type: int
      sample: 4
    logons:
      description: Logons among them.
      type: int
      sample: 1
    writes:
      description: Calls that may change the server. V(0) in check mode.
      type: int
      sample: 0
# From tools/returns.yml (make returns): error
error:
  description: What went wrong, as data.
  returned: when the instance could not be read, or the task failed because of an error
  type: dict
  contains:
    kind:
      description: The kind of error, such as V(denied), V(timeout), V(fault), V(conflict) or V(not_found).
      type: str
      sample: denied
    message:
      description: What happened.
      type: str
      sample: The logon was refused.
    instance:
      description: The instance it happened on.
      type: str
      sample: mkt-paris
    server_text:
      description: What the server said, verbatim.
      type: str
      sample: XSV-350012 Invalid login or password. Connection denied.
    codes:
      description: Campaign's error codes in that text.
      type: list
      elements: str
      sample: [XSV-350012]
    next_step:
      description: What to do next.
      type: str
      sample: Check user and password.
"""

from ..module_utils._operations.fleet import FLEET_INFO
from ..module_utils._operations.runner import main as run


def main() -> None:
    """Entry point of the module."""
    run(FLEET_INFO)


if __name__ == "__main__":
    main()
