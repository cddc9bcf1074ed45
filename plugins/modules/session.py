#!/usr/bin/python
# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: session
short_description: Open a session with an Adobe Campaign Classic instance for several tasks
version_added: 1.0.0
author: campaign.classic maintainers (@campaign-classic)
description:
  - Opens one session that many tasks use through their option O(ignore:session), so that they do not each
    log on and off. Close it when they are done, ideally in C(always).
  - It always runs on the controller, and cannot be used with C(async).
  - It returns a handle and no secret. The tokens of the session are in the temporary directory of this run of
    Ansible (C(local_tmp)), in a file for its user only, which is deleted when the run ends. A task that has the
    handle gets the tokens. The handle cannot be used in another run. Tasks with C(async) and modules on
    other hosts may use it too.
  - Without this module, every module opens and closes a session of its own.
extends_documentation_fragment:
  - campaign.classic.connection
  - campaign.classic.attributes
  - campaign.classic.attributes.action_group
attributes:
  check_mode:
    support: full
    details:
      - A logon does not change the instance. It is done in C(check_mode) too, for the tasks that follow.
  diff_mode:
    support: N/A
    details:
      - The instance is not changed.
  idempotent:
    support: N/A
    details:
      - Each run without O(session) opens a session. With O(session) that session is kept if it has not expired.
options:
  state:
    description:
      - V(open) opens a session. If O(session) is given, it is tried, and opened again only if it has expired.
      - V(closed) closes the one in O(session). It is not an error if it has already expired.
    type: str
    choices: [open, closed]
    default: open
seealso:
  - module: campaign.classic.instance_info
"""

EXAMPLES = r"""
- name: Log on once
  campaign.classic.session:
    url: https://campaign.example.com
    user: ops
    password: "{{ campaign_password }}"
  register: campaign

- name: Read a workflow without a logon
  campaign.classic.workflow_info:
    session: "{{ campaign.session }}"
    names: [defaultMidSourcingDlv]

- name: Read the cursors without a logon
  campaign.classic.option_info:
    session: "{{ campaign.session }}"
    prefix: NmsMidSourcing_Last

- name: Log off
  campaign.classic.session:
    session: "{{ campaign.session }}"
    state: closed
"""

RETURN = r"""
session:
  description:
    - What the option O(ignore:session) of all modules takes. It holds no secret.
  returned: when O(state=open) and the session is open
  type: dict
  contains:
    handle:
      description: The name under which the controller keeps the tokens.
      type: str
      sample: campaign-session-6f1c02ab-9d0c6e5b7a3f1e24
    url:
      description: Where the session was opened.
      type: str
      sample: https://campaign.example.com/nl/jsp/soaprouter.jsp
    instance:
      description: The name of the instance.
      type: str
      sample: mkt-paris
    expires:
      description: When the session ends, by the clock of the controller. Empty where the logon does not tell.
      type: str
      sample: "2026-11-24T08:00:00.000Z"
state:
  description: V(open) or V(closed).
  returned: success
  type: str
  sample: open
user:
  description: The operator, as the instance knows it. Empty when the logon does not tell, as for a technical account.
  returned: when O(state=open) and the session is open
  type: str
  sample: ops
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
from ..module_utils._operations.session import SESSION


def main() -> None:
    """Entry point of the module."""
    run(SESSION)


if __name__ == "__main__":
    main()
