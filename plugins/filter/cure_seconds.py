# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: cure_seconds
short_description: How long the cure of a host may take at most, putting back included
version_added: 0.1.0
author: campaign.classic maintainers (@campaign-classic)
description:
  - Calculates from a diagnosis of M(campaign.classic.sync_cursor_info) and the timeouts of
    M(campaign.classic.sync_cursor) how long a change window must stay open.
options:
  _input:
    description:
      - The diagnosis.
    type: dict
    required: true
  order_timeout:
    description:
      - How long the cure waits for an order, in seconds.
    type: float
    default: 300
  verify_timeout:
    description:
      - How long it waits for the proof, in seconds. The default is two periods of the workflow's schedule.
    type: float
  confirm:
    description:
      - Whether it waits for a second run.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Show how long the cure would take at most
  ansible.builtin.debug:
    msg: "{{ diagnosis | campaign.classic.cure_seconds(order_timeout=60) }} seconds"
  vars:
    diagnosis:
      cursors:
        - cure: move
"""

RETURN = r"""
_value:
  description:
    - Seconds.
  type: int
"""

import typing as t

from ..plugin_utils._fleet.gate import cure_seconds


class FilterModule:
    """The filter C(campaign.classic.cure_seconds)."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Ansible's entry point."""
        return {"cure_seconds": cure_seconds}
