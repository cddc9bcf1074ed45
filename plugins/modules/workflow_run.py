#!/usr/bin/python
# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: workflow_run
short_description: Run a started workflow of an Adobe Campaign Classic instance now, and wait for the run to end
version_added: 1.0.0
author: campaign.classic maintainers (@campaign-classic)
description:
  - Has a started workflow process its pending task now instead of at its next schedule, and waits for that run
    to end.
  - If a run is already in progress, it sends no order and waits for that run. What that run wrote to the journal before
    is not judged; if the journal told of a failure by then, the task warns of it, since a workflow that ignores errors
    shows them nowhere else.
  - The task fails if the run fails, with the text of the journal, and if somebody stops or pauses the workflow
    meanwhile.
  - A workflow without a schedule may stop by itself at the end of a run. That cannot be told from an order to stop, so
    the task succeeds, and warns that the workflow is stopped now.
extends_documentation_fragment:
  - campaign.classic.connection
  - campaign.classic.attributes
  - campaign.classic.attributes.action_group
attributes:
  check_mode:
    support: full
    details: Says whether a run would be ordered.
  diff_mode:
    support: none
    details: No declarative state is changed.
  idempotent:
    support: none
    details: Each execution runs the workflow.
options:
  name:
    description:
      - The internal name of the workflow.
    type: str
    required: true
  wait_timeout:
    description:
      - How long to wait, in seconds. After that the task fails and returns the last state that it saw.
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
seealso:
  - module: campaign.classic.workflow
"""

EXAMPLES = r"""
- name: Run the counters workflow now
  campaign.classic.workflow_run:
    url: https://campaign.example.com
    user: ops
    password: "{{ campaign_password }}"
    name: defaultMidSourcingDlv
    wait_timeout: 600
    poll_interval: 2
"""

RETURN = r"""
workflow:
  description: The workflow after the run. In check mode, as it is.
  returned: success, or when the run ended badly
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
run:
  description: How the run ended. Null in check mode.
  returned: success, or when the run ended badly
  type: dict
  contains:
    ok:
      description: Whether it ended by itself, and without an error.
      type: bool
      sample: true
    woken:
      description: Whether this task ordered the run.
      type: bool
      sample: true
    errors:
      description: The error lines that the run wrote to the journal, the newest first.
      type: list
      elements: dict
      contains:
        at:
          description: When, by the server's clock, in UTC.
          type: str
          sample: "2026-11-23 01:10:02.120Z"
        activity:
          description: The activity that wrote the line.
          type: str
          sample: sync
        error:
          description: Whether it is an error.
          type: bool
          sample: true
        text:
          description: The line, verbatim.
          type: str
          sample: "SOP-330011 Error while executing the method 'ExecuteQuery' of service 'xtk:queryDef'."
last_state:
  description: What was seen last of the workflow when the wait ended without success.
  returned: when the wait timed out
  type: dict
  sample:
    state: 11
    state_name: started
    failed: false
    process_id: 4711
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
from ..module_utils._operations.workflow import WORKFLOW_RUN


def main() -> None:
    """Entry point of the module."""
    run(WORKFLOW_RUN)


if __name__ == "__main__":
    main()
