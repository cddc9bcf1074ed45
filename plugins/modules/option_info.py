#!/usr/bin/python
# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: option_info
short_description: Read options of an Adobe Campaign Classic instance
version_added: 1.0.0
author: campaign.classic maintainers (@campaign-classic)
description:
  - Reads one option by its name, or all options whose name begins with a prefix.
  - An option that does not exist gives an empty list, as does one that the operator has no right to see.
extends_documentation_fragment:
  - campaign.classic.connection
  - campaign.classic.attributes
  - campaign.classic.attributes.action_group
  - campaign.classic.attributes.info_module
options:
  name:
    description:
      - The name of the option.
      - Exactly one of O(name) and O(prefix) is needed.
    type: str
  prefix:
    description:
      - The prefix of the names. Characters such as V(_) and V(%) are not wildcards.
    type: str
seealso:
  - module: campaign.classic.option
"""

EXAMPLES = r"""
- name: Read all cursors of the mid-sourcing workflows
  campaign.classic.option_info:
    url: https://campaign.example.com
    user: ops
    password: "{{ campaign_password }}"
    prefix: NmsMidSourcing_Last
  register: cursors

- name: Show them
  ansible.builtin.debug:
    msg: "{{ cursors.options | map(attribute='name') | zip(cursors.options | map(attribute='value')) }}"
"""

RETURN = r"""
options:
  description:
    - The options that were found, by name.
    - Value and description are data, as the server sent them. Before you show them, make them visible with
      P(campaign.classic.visible#filter).
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: The name of the option.
      type: str
      sample: NmsMidSourcing_LastDelivery_defaultEmailMid
    type:
      description: Its type, in the words of the module M(campaign.classic.option). V(unknown) for a type that
        the collection does not know.
      type: str
      sample: datetime
    data_type:
      description: Campaign's number of the type.
      type: int
      sample: 7
    value:
      description:
        - The value. Dates are text with their time zone, empty when there is none.
        - In a text, each secret of the task is masked (V(********)). M(campaign.classic.option) does not write such a
          text.
      type: raw
      sample: "2026-11-23 01:10:02.000Z"
    description:
      description: The description of the option.
      type: str
      sample: ""
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

from ..module_utils._operations.option import OPTION_INFO
from ..module_utils._operations.runner import main as run


def main() -> None:
    """Entry point of the module."""
    run(OPTION_INFO)


if __name__ == "__main__":
    main()
