#!/usr/bin/python
# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: fleet_rehearsal
short_description: Rehearse the cure of a fleet on a simulated copy of it
version_added: 1.0.0
author: campaign.classic maintainers (@campaign-classic)
description:
  - Starts the simulator of this collection with the fleet of a snapshot (M(campaign.classic.fleet_snapshot)), detects
    and cures there, and says of each instance what would happen - the outcome, how long it takes by the server's
    clock, how many deliveries stay possibly affected, and what nobody can know before.
  - What Campaign does in some cases is not published. Each of these that can matter is rehearsed both ways, and
    RV(rows) has the cases in which the other way leads elsewhere.
  - Waiting takes no time there. The simulated time moves when the cure waits.
  - No real instance is asked. All addresses in the copy are on loopback, with a login that is made for it. Credentials,
    proxies and settings of the environment are not used.
  - The simulator ends with the task. It needs Python 3.11 or newer and the Python libraries aiohttp and lark for
    the Python that runs Ansible, and the folder C(simulator) of the collection.
  - It runs on the controller only, and cannot be used with C(async).
extends_documentation_fragment:
  - campaign.classic.connection
  - campaign.classic.cursor
  - campaign.classic.cursor.mids
  - campaign.classic.cursor.judging
  - campaign.classic.attributes
  - campaign.classic.attributes.action_group
attributes:
  check_mode:
    support: full
    details:
      - Nothing real is changed, so it does the same in C(check_mode) as otherwise.
  diff_mode:
    support: N/A
    details:
      - Nothing real is changed.
  idempotent:
    support: full
    details:
      - Nothing real is changed.
options:
  snapshot:
    description:
      - The file that M(campaign.classic.fleet_snapshot) has written.
    type: path
    required: true
  prefix:
    description:
      - How the variables of the hosts begin that give the options of the diagnosis and of the cure, such as
        V(mid_sourcing_). A host that the inventory does not have, or without such a variable, has what the task gives.
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
  on_failure:
    description:
      - Whether the old value is restored if the run fails for the same reason as before, as in
        M(campaign.classic.sync_cursor).
    type: str
    choices: [restore, keep]
    default: restore
  confirm:
    description:
      - After the proof, wait for a second run, which the scheduler starts, to move the cursor again. That is waited
        for as long as for the proof; when it does not come, the outcome stays V(cured).
    type: bool
    default: false
  mark:
    description:
      - Write the old value, the new value and the name of the run into the description of the option, in the same call
        as the value. Whoever looks at the option sees it, and a cure that was killed is resumed even when the evidence
        on the controller is lost.
      - The description is put back together with the old value. After a good end the mark stays; the next cure replaces
        it.
    type: bool
    default: false
  force:
    description:
      - Stop the workflow unconditionally when an ordinary stop has not ended within O(order_timeout).
    type: bool
    default: false
  verify_timeout:
    description:
      - How long to wait for the proof, in seconds. The default is two periods of the schedule that the
        workflow shows.
    type: float
  order_timeout:
    description:
      - How long the workflow engine may take to carry out an order, in seconds.
      - An order whose answer was lost, and of which the workflow shows nothing for 7 seconds (15 after a timeout), is
        sent again, at most three times in all.
    type: float
    default: 300.0
  poll_interval:
    description:
      - The longest time between two polls, in seconds. The first ones come sooner.
    type: float
    default: 15.0
  gate:
    description:
      - Variables of the gate of the playbook C(reconcile), such as V(mid_sourcing_max_hosts).
    type: dict
    default: {}
  both_ways:
    description:
      - Rehearse what is not known both ways.
    type: bool
    default: true
  play:
    description:
      - Run the playbook C(reconcile) itself on the copy too, with its gate and its batches. It takes real time, in
        which the simulated time goes thirty times as fast.
    type: bool
    default: true
  deadline:
    description:
      - How long all of it may take, in seconds.
    type: float
    default: 3600
seealso:
  - module: campaign.classic.fleet_snapshot
  - module: campaign.classic.sync_cursor
"""

EXAMPLES = r"""
- name: Write a snapshot of the fleet
  campaign.classic.fleet_snapshot:
    hosts: "{{ ansible_play_hosts_all }}"
    dest: campaign-snapshot.json
  run_once: true

- name: Rehearse the cure of the fleet in it
  campaign.classic.fleet_rehearsal:
    snapshot: campaign-snapshot.json
    lookback: 2d
  delegate_to: localhost
  run_once: true
  register: rehearsal

- name: Say what would happen
  ansible.builtin.debug:
    var: rehearsal.lines
  run_once: true
"""

RETURN = r"""
snapshot:
  description: The file.
  returned: success
  type: str
  sample: /home/ops/campaign-snapshot.json
taken:
  description: When it was taken, by the clock of the controller that has taken it.
  returned: success
  type: str
  sample: '2026-11-23 12:00:05.000Z'
rows:
  description:
    - What would happen on each instance, by its name.
    - C(outcome) is that of M(campaign.classic.sync_cursor), and empty where nothing would be cured. C(seconds) are the
      server's. C(possibly_affected) is a number of deliveries, or null where nobody could count them.
    - C(otherwise) are the unknowns whose other answer leads elsewhere, each with C(unknown), C(assumed), C(if)
      and C(then); of
      C(tried) that were tried. C(not_known) are facts that the snapshot does not have. C(reconcile) is what became
      of it in the playbook.
  returned: success
  type: dict
  sample:
    mkt-paris:
      verdict: stuck
      outcome: cured
      reason: The workflow ran and moved its cursor itself.
      seconds: 42.0
      possibly_affected: 1234
      reconcile: cured
      otherwise: []
      tried: 8
      not_known: []
reconcile:
  description: How the playbook C(reconcile) ended on the copy. Null without O(play).
  returned: success
  type: dict
  contains:
    rc:
      description: Its exit code.
      type: int
      sample: 0
    refusals:
      description: Why its gate refused, as sentences.
      type: list
      elements: str
      sample: []
lines:
  description: The same as sentences.
  returned: success
  type: list
  elements: str
  sample: ['mkt-paris: cured after 42s; 1,234 deliveries stay possibly affected.']
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

from ..module_utils._operations.rehearsal import FLEET_REHEARSAL
from ..module_utils._operations.runner import main as run


def main() -> None:
    """Entry point of the module."""
    run(FLEET_REHEARSAL)


if __name__ == "__main__":
    main()
