#!/usr/bin/python
# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: instance_info
short_description: Read version, rights and clock of an Adobe Campaign Classic instance
version_added: 1.0.0
author: campaign.classic maintainers (@campaign-classic)
description:
  - Returns what a logon says - build and version, the rights of the operator, the installed packages, the time of the
    server. It costs a logon and a logoff.
  - In a session that was opened without a logon (a technical account, a token), the information is queried, and its
    build is read from the page C(/r/test), which some instances hide or do not serve.
extends_documentation_fragment:
  - campaign.classic.connection
  - campaign.classic.attributes
  - campaign.classic.attributes.action_group
  - campaign.classic.attributes.info_module
seealso:
  - module: campaign.classic.session
"""

EXAMPLES = r"""
- name: Read the version and the rights
  campaign.classic.instance_info:
    url: https://campaign.example.com
    user: ops
    password: "{{ campaign_password }}"
  register: instance

- name: Require the right to cure
  ansible.builtin.assert:
    that: "'admin' in instance.rights"
"""

RETURN = r"""
instance_name:
  description: What the instance calls itself. Empty when it does not tell.
  returned: success
  type: str
  sample: mkt_paris
url:
  description: Where its SOAP router answers.
  returned: success
  type: str
  sample: https://campaign.example.com/nl/jsp/soaprouter.jsp
build:
  description: The build. Empty when the instance does not tell.
  returned: success
  type: str
  sample: "9396"
version:
  description: The version as Adobe's documentation counts it. Empty when the instance does not tell.
  returned: success
  type: str
  sample: 7.4.3
user:
  description: The operator, as the instance knows it.
  returned: success
  type: str
  sample: ops
rights:
  description: Its named rights, by name.
  returned: success
  type: list
  elements: str
  sample: [admin]
packages:
  description: The installed packages, by name.
  returned: success
  type: list
  elements: str
  sample: ["nms:core"]
server_time:
  description: The time of the server, in UTC.
  returned: success
  type: str
  sample: "2026-11-23 02:00:00.000Z"
skew:
  description: By how many seconds the clock of the server is ahead of that of the controller.
  returned: success
  type: float
  sample: 1.234
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

from ..module_utils._operations.info import INSTANCE_INFO
from ..module_utils._operations.runner import main as run


def main() -> None:
    """Entry point of the module."""
    run(INSTANCE_INFO)


if __name__ == "__main__":
    main()
