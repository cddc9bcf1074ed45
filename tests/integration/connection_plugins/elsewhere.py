# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host that is not the controller as far as Ansible can tell: it gets modules sent, as over SSH."""

from __future__ import annotations

from typing import Any

from ansible.plugins.connection.local import Connection as LocalConnection

DOCUMENTATION = """
name: elsewhere
short_description: This machine, as if it were another
description:
  - Copies modules and runs them with the interpreter of the host, as a connection to another machine does.
author: campaign.classic maintainers (@campaign-classic)
options:
  pipelining:
    description: Never.
    type: boolean
    default: false
    vars:
      - name: ansible_pipelining
  become_success_timeout:
    description: As for the connection local.
    type: int
    default: 10
    vars:
      - name: ansible_local_become_success_timeout
  become_strip_preamble:
    description: As for the connection local.
    type: bool
    default: true
    vars:
      - name: ansible_local_become_strip_preamble
"""


class Connection(LocalConnection):  # type: ignore[misc]
    """Another transport than local."""

    transport = "elsewhere"
    has_pipelining = False

    def _connect(self) -> Any:
        return super()._connect()
