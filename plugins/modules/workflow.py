#!/usr/bin/python
# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: workflow
short_description: Start, stop, restart or pause workflows of an Adobe Campaign Classic instance
version_added: 1.0.0
author: campaign.classic maintainers (@campaign-classic)
description:
  - Brings a workflow, or several in one session, to a state and waits until it is there. Campaign takes orders
    asynchronously.
  - The state is read first. No order is sent if the workflow has this state, or is about to.
extends_documentation_fragment:
  - campaign.classic.connection
  - campaign.classic.attributes
  - campaign.classic.attributes.action_group
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: partial
    details: With O(state=restarted) each execution restarts the workflow.
options:
  name:
    description:
      - The internal name of the workflow.
      - Exactly one of O(name) and O(names) is needed.
    type: str
  names:
    description:
      - Internal names of several workflows, which are brought to the state one after the other, each within
        O(wait_timeout). It stops at the first failure.
      - If one of them does not exist, no order is sent.
    type: list
    elements: str
  state:
    description:
      - V(started) includes waiting for the next schedule. Starting a paused or failed workflow resumes it at
        the activity
        where it stopped, with the data that this activity has already read; to begin again, stop it first.
      - V(stopped) is reached only when no process of the workflow is left.
      - V(paused) does not interrupt an activity that is in progress.
      - V(restarted) stops the workflow, unless it is stopped, waits until no process of it is left, and starts it
        again. It is not started where the stop fails or times out, or the task is killed; the error says so.
    type: str
    choices: [started, stopped, paused, restarted]
    required: true
  force:
    description:
      - Stop unconditionally (Campaign's C(Kill)) when an ordinary stop has not ended within O(wait_timeout).
      - Needs the Admin right. Only if nothing is really running, because the workflow's database connections
        are not
        closed cleanly.
    type: bool
    default: false
  wait:
    description:
      - Wait until the state is reached. Otherwise an accepted order is success.
    type: bool
    default: true
  wait_timeout:
    description:
      - How long to wait, in seconds. After that the task fails and returns the last state that it saw.
      - An order whose answer was lost, and of which the workflow shows nothing for 7 seconds (15 after a timeout), is
        sent again, at most three times in all.
    type: float
    default: 300.0
  poll_interval:
    description:
      - The longest time between two polls, in seconds. The first ones come sooner.
    type: float
    default: 15.0
  progress:
    description:
      - While the task waits, it prints a line every so many seconds - what it waits for, and for how long at most.
        The first line comes after 10 seconds; with V(0) there is none.
      - The lines go to standard error and are not part of the result. As a module on another host, in the
        background (C(async)) or with C(no_log) the task prints nothing.
    type: float
    default: 30.0
  evidence_dir:
    description:
      - A directory on the controller. The intent is written below it before anything is sent, and the outcome
        afterwards.
    type: path
  run_id:
    description:
      - The name of the run, which is the directory of its evidence.
    type: str
seealso:
  - module: campaign.classic.workflow_info
  - module: campaign.classic.workflow_run
"""

EXAMPLES = r"""
- name: Stop a workflow and start it again, and leave evidence of it
  campaign.classic.workflow:
    url: https://campaign.example.com
    user: ops
    password: "{{ campaign_password }}"
    name: defaultMidSourcingDlv
    state: restarted
    poll_interval: 2
    evidence_dir: /tmp/campaign-evidence
    run_id: change-4711

- name: Stop several workflows in one session
  campaign.classic.workflow:
    url: https://campaign.example.com
    user: ops
    password: "{{ campaign_password }}"
    names: [defaultMidSourcingDlv]
    state: stopped
    poll_interval: 2
"""

RETURN = r"""
workflow:
  description: The workflow as it is now. In check mode, as it is before.
  returned: when O(name) is given
  type: dict
  contains:
    # From tools/returns.yml (make returns): workflow_row
    name:
      description: The internal name.
      type: str
      sample: defaultMidSourcingDlv
    label:
      description: The label.
      type: str
      sample: Mid-sourcing (delivery counters)
    id:
      description: The primary key.
      type: int
      sample: 1771
    state:
      description: Campaign's number of the state.
      type: int
      sample: 11
    state_name:
      description: The state as a word. V(started) includes waiting for the next schedule.
      type: str
      sample: started
    failed:
      description: Whether the workflow is in error.
      type: bool
      sample: false
    running:
      description: Whether a run is on at this moment.
      type: bool
      sample: false
    process_id:
      description: The process of the run that is on, or V(0).
      type: int
      sample: 0
    error_count:
      description: Consecutive errors, as the workflow counts them.
      type: int
      sample: 0
    last_start:
      description: When the workflow was last started, in UTC; empty if never.
      type: str
      sample: "2026-11-20 09:00:00.000Z"
    process_date:
      description: When the workflow was last processed, in UTC.
      type: str
      sample: "2026-11-23 01:10:02.120Z"
    next_processing_date:
      description: When it is due next, in UTC; empty if nothing is scheduled.
      type: str
      sample: "2026-11-23 01:20:02.120Z"
previous:
  description: The workflow as it was, with the same keys.
  returned: when O(name) is given
  type: dict
  sample:
    name: defaultMidSourcingDlv
    state: 13
    state_name: paused
    failed: true
workflows:
  description: What became of each workflow, in the order in which they were given.
  returned: when O(names) is given, and all of them are there
  type: list
  elements: dict
  contains:
    name:
      description: The internal name.
      type: str
      sample: defaultMidSourcingDlv
    outcome:
      description: V(changed), V(unchanged), V(failed), or V(not_attempted) after a failure.
      type: str
      sample: changed
    workflow:
      description: As RV(workflow). Not there after a failure.
      type: dict
    previous:
      description: As RV(previous). Not there after a failure.
      type: dict
    error:
      description: As RV(error), for the one that failed.
      type: dict
    last_state:
      description: As RV(last_state), for the one that was waited for without success.
      type: dict
last_state:
  description: What was seen last of the workflow when a wait ended without success.
  returned: when a wait timed out
  type: dict
  sample:
    state: 15
    state_name: stopping
    failed: false
    process_id: 4711
# From tools/returns.yml (make returns): evidence
evidence:
  description: The evidence file on the controller.
  returned: when O(evidence_dir) was given, not in check mode
  type: str
  sample: /var/lib/campaign/evidence/change-4711/mkt-paris.json
# From tools/returns.yml (make returns): evidence_problem
evidence_problem:
  description:
    - Which evidence could not be completed, why, and what to do, as sentences. What was done is as this result says,
      and the file may not say how it ended.
    - The playbooks show it in their last lines, and end with another exit code than 0.
  returned: when the outcome could not be added to RV(evidence)
  type: str
  sample: >-
    The evidence file /var/lib/campaign/evidence/change-4711/mkt-paris.json could not be completed (No space left on
    device): how this ended stands in this output alone. Make room there, and keep this output in its place: it says
    what stood there before.
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
    # From tools/returns.yml (make returns): log
    log:
      description: Every call in its order.
      returned: when O(run_id) was given
      type: list
      elements: dict
      contains:
        at:
          description: When it was sent, by the controller's clock.
          type: str
          sample: "2026-11-23T02:00:00.412Z"
        method:
          description: The SOAP method.
          type: str
          sample: xtk:persist#Write
        class:
          description: Whether it belongs to the session, reads, or may write.
          type: str
          sample: write
        outcome:
          description: V(ok), or the kind of the error.
          type: str
          sample: ok
        seconds:
          description: How long it took.
          type: float
          sample: 0.021
        attempt:
          description: How many times the same call had been sent by then.
          type: int
          sample: 1
        may_have_written:
          description: Whether it is a write that was sent and not refused, so that the server may have carried it out.
          type: bool
          sample: true
# From tools/returns.yml (make returns): server_time
server_time:
  description: The server's clock at the end, in UTC. Empty when it is not known.
  returned: when O(run_id) was given and the instance was asked
  type: str
  sample: "2026-11-23 02:00:31.000Z"
# From tools/returns.yml (make returns): skew_seconds
skew_seconds:
  description: How far the server's clock is ahead of the controller's.
  returned: when O(run_id) was given and the instance was asked
  type: float
  sample: 0.4
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
from ..module_utils._operations.workflow import WORKFLOW


def main() -> None:
    """Entry point of the module."""
    run(WORKFLOW)


if __name__ == "__main__":
    main()
