#!/usr/bin/python
# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: fleet_snapshot
short_description: Write what a cure depends on, of many Adobe Campaign Classic instances, to a file for a rehearsal
version_added: 1.0.0
author: campaign.classic maintainers (@campaign-classic)
description:
  - Reads each host in O(hosts) and writes one file, from which M(campaign.classic.fleet_rehearsal) makes a copy of the
    fleet. All of them are read at the same time, as M(campaign.classic.fleet_info) does.
  - It keeps version and rights, external accounts without their passwords, the options of the catalogue, the rows of
    their workflows, when the workflow of the cure failed and for which cause, how many deliveries changed on each day,
    the difference of the clocks, and how long a mid-sourcing server takes to give what changed in the last day.
  - No password, login, label, text of a journal or delivery is in it, and of options only their moments. It is JSON
    with its keys in order and one thing on a line, so that it can be kept in git and compared.
  - An instance that cannot be read has a row that says why, and does not fail the task.
  - An instance costs one logon, at most seven queries and one logoff. Its session cannot write.
  - It runs on the controller only, and cannot be used with C(async). A host whose tasks run on another machine is not
    read, and its row says so.
extends_documentation_fragment:
  - campaign.classic.connection
  - campaign.classic.attributes
  - campaign.classic.attributes.action_group
attributes:
  check_mode:
    support: full
    details:
      - The instances are read, and the file is not written.
  diff_mode:
    support: none
    details:
      - Two snapshots are compared with C(git diff).
  idempotent:
    support: none
    details:
      - The times in the file are those of the reading.
options:
  hosts:
    description:
      - Inventory names. One that is there twice counts once. The mid-sourcing servers belong to them.
    type: list
    elements: str
    required: true
  dest:
    description:
      - The file. It is readable by its owner only, and is replaced as a whole.
    type: path
    required: true
  prefix:
    description:
      - How the variables of the hosts begin that give O(causes) and O(extra_cursors), such as V(mid_sourcing_).
    type: str
    default: ""
  causes:
    description:
      - The causes of texts in your journals that the collection does not know or classifies wrongly. These come
        before its own.
      - Only runs that failed because an answer was too slow show that a cursor is V(stuck). An unknown text
        proves nothing, however many runs fail with it.
      - The guide to verdicts, "What counts as proof", says which texts are known.
    type: list
    elements: dict
    default: []
    suboptions:
      pattern:
        description:
          - A regular expression, searched in the text, case-insensitive. One that matches the empty text or a
            single character is refused, and so is one with nested repetitions.
        type: str
        required: true
      class:
        description:
          - V(slow) when the other server was asked and did not answer in time.
          - V(never_asked) when the query did not get so far, as with a failed connection or a lock.
          - V(other) for any other reason.
        type: str
        choices: [slow, never_asked, other]
        required: true
      remedy:
        description:
          - What the operator should do. It is the proposal of the diagnosis, and needed for V(other).
        type: str
      id:
        description:
          - A name for the cause.
        type: str
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
  - module: campaign.classic.fleet_rehearsal
  - module: campaign.classic.fleet_info
"""

EXAMPLES = r"""
- name: Write a snapshot of the fleet
  campaign.classic.fleet_snapshot:
    hosts: "{{ ansible_play_hosts_all }}"
    dest: campaign-snapshot.json
  run_once: true
  register: snapshot

- name: Say what was read
  ansible.builtin.debug:
    var: snapshot.lines
  run_once: true
"""

RETURN = r"""
dest:
  description: The file.
  returned: success
  type: str
  sample: /home/ops/campaign-snapshot.json
hosts:
  description: All hosts that were named, each once.
  returned: success
  type: list
  elements: str
  sample: [mkt-paris, mid-eu]
unread:
  description: The hosts that could not be read.
  returned: success
  type: list
  elements: str
  sample: []
lines:
  description: What was done, as sentences.
  returned: success
  type: list
  elements: str
  sample: [SNAPSHOT written to /home/ops/campaign-snapshot.json]
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

from ..module_utils._operations.runner import main as run
from ..module_utils._operations.snapshot import FLEET_SNAPSHOT


def main() -> None:
    """Entry point of the module."""
    run(FLEET_SNAPSHOT)


if __name__ == "__main__":
    main()
