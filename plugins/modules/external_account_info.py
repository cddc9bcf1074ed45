#!/usr/bin/python
# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: external_account_info
short_description: Read external accounts of an Adobe Campaign Classic instance
version_added: 1.0.0
author: campaign.classic maintainers (@campaign-classic)
description:
  - Reads external accounts (C(nms:extAccount)), through which an instance reaches other systems, such as its
    mid-sourcing server.
  - Their passwords are never read.
extends_documentation_fragment:
  - campaign.classic.connection
  - campaign.classic.attributes
  - campaign.classic.attributes.action_group
  - campaign.classic.attributes.info_module
options:
  names:
    description:
      - Internal names. All accounts when this is not given.
    type: list
    elements: str
    aliases: [name]
  type:
    description:
      - Campaign's number of the type. V(3) are routing accounts, those for mid-sourcing among them.
    type: int
seealso:
  - module: campaign.classic.sync_cursor_info
"""

EXAMPLES = r"""
- name: Read the accounts through which deliveries are sent
  campaign.classic.external_account_info:
    url: https://campaign.example.com
    user: ops
    password: "{{ campaign_password }}"
    type: 3
  register: routing

- name: Show which of them reach another server
  ansible.builtin.debug:
    msg: "{{ routing.accounts | selectattr('active') | selectattr('server') | map(attribute='name') }}"
"""

RETURN = r"""
accounts:
  description: The accounts that were found, by name.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: The primary key.
      type: int
      sample: 2088
    name:
      description: The internal name.
      type: str
      sample: defaultEmailMid
    label:
      description: The label.
      type: str
      sample: Email routing using mid-sourcing
    type:
      description: Campaign's number of the type.
      type: int
      sample: 3
    active:
      description: Whether the account is enabled.
      type: bool
      sample: true
    server:
      description:
        - The address of the other system, without a user and a password in it. Empty for an account that reaches none.
      type: str
      sample: https://mid-eu.campaign.example.com
    login:
      description: With which login it is reached.
      type: str
      sample: mid
missing:
  description: Names that were asked for and not found, or that the operator has no right to see.
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

from ..module_utils._operations.info import EXTERNAL_ACCOUNT_INFO
from ..module_utils._operations.runner import main as run


def main() -> None:
    """Entry point of the module."""
    run(EXTERNAL_ACCOUNT_INFO)


if __name__ == "__main__":
    main()
