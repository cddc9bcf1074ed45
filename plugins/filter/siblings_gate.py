# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: siblings_gate
short_description: Which hosts the role siblings may change, and what prevents it
version_added: 0.1.0
author: campaign.classic maintainers (@campaign-classic)
description:
  - Decides once for a fleet from what the role P(campaign.classic.siblings#role) registered on each host. It changes
    nothing.
positional: hostvars
extends_documentation_fragment: [campaign.classic.hosts]
options:
  max_hosts:
    description:
      - More hosts than this are refused.
    type: int
    default: 20
  needs:
    description:
      - How long a change may take, in seconds, where C(change_window_needs) does not say.
    type: float
    default: 0
"""

EXAMPLES = r"""
- name: Show what would be refused
  ansible.builtin.debug:
    msg: "{{ (groups['campaign'] | campaign.classic.siblings_gate(hostvars)).refusals }}"
"""

RETURN = r"""
_value:
  description:
    - A dictionary with C(change) (names of hosts), C(not_now) (sentences on hosts whose window is closed), C(cannot)
      (sentences on hosts on which what was asked for is not possible) and C(refusals) (sentences; where there is one,
      nothing may be changed).
  type: dict
"""

import typing as t
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone

from ..plugin_utils._fleet.other_gates import siblings_gate as decide_for_fleet


def siblings_gate(
    hosts: Sequence[str], hostvars: Mapping[str, t.Any], max_hosts: t.Any = 20, needs: t.Any = 0
) -> dict[str, t.Any]:
    """The gate by the controller's clock."""
    now = datetime.now(timezone.utc)
    return decide_for_fleet(hosts, hostvars, now, most=int(max_hosts), seconds=float(needs))


class FilterModule:
    """The filter C(campaign.classic.siblings_gate)."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Ansible's entry point."""
        return {"siblings_gate": siblings_gate}
