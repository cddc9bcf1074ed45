#!/usr/bin/python
# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: workflow_info
short_description: Read workflows of an Adobe Campaign Classic instance, with their journal
version_added: 1.0.0
author: campaign.classic maintainers (@campaign-classic)
description:
  - Reads the state of workflows and the newest lines of their journals.
extends_documentation_fragment:
  - campaign.classic.connection
  - campaign.classic.attributes
  - campaign.classic.attributes.action_group
  - campaign.classic.attributes.info_module
options:
  names:
    description:
      - The internal names of the workflows.
    type: list
    elements: str
    required: true
    aliases: [name]
  journal_lines:
    description:
      - How many journal lines to read of each workflow, the newest first. V(0) reads none.
    type: int
    default: 20
seealso:
  - module: campaign.classic.workflow
"""

EXAMPLES = r"""
- name: Read the state of the counters workflow and its last journal lines
  campaign.classic.workflow_info:
    url: https://campaign.example.com
    user: ops
    password: "{{ campaign_password }}"
    name: defaultMidSourcingDlv
    journal_lines: 5
  register: counters

- name: Show the errors among them
  ansible.builtin.debug:
    msg: "{{ counters.workflows[0].journal | selectattr('error') | map(attribute='text') }}"
"""

RETURN = r"""
workflows:
  description: The workflows that were found.
  returned: success
  type: list
  elements: dict
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
    journal:
      description: Journal lines, the newest first.
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
missing:
  description: Names that were not found. Campaign shows a workflow that is not there and one that the operator
    has no
    right to see alike.
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

from ..module_utils._operations.runner import main as run
from ..module_utils._operations.workflow import WORKFLOW_INFO


def main() -> None:
    """Entry point of the module."""
    run(WORKFLOW_INFO)


if __name__ == "__main__":
    main()
