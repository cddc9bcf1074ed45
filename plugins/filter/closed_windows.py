# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: closed_windows
short_description: Which hosts may not be changed now, and why
version_added: 1.0.0
author: campaign.classic maintainers (@campaign-classic)
description:
  - Asks the C(change_window_) variables of each host, by the controller's clock, as the role
    P(campaign.classic.change_window#role) does.
positional: hostvars
extends_documentation_fragment: [campaign.classic.hosts]
options:
  needs:
    description:
      - How long the change may take, in seconds, where C(change_window_needs) does not say.
    type: float
    default: 0
"""

EXAMPLES = r"""
- name: Show where nothing may be changed now
  ansible.builtin.debug:
    msg: "{{ groups['campaign'] | campaign.classic.closed_windows(hostvars) }}"
"""

RETURN = r"""
_value:
  description:
    - A sentence for each host that may not be changed now.
  type: list
  elements: str
"""

import typing as t
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone

from ..plugin_utils._fleet.other_gates import closed_windows as closed


def closed_windows(hosts: Sequence[str], hostvars: Mapping[str, t.Any], needs: t.Any = 0) -> list[str]:
    """Where nothing may be changed now."""
    return closed(hosts, hostvars, datetime.now(timezone.utc), float(needs))


class FilterModule:
    """The filter C(campaign.classic.closed_windows)."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Ansible's entry point."""
        return {"closed_windows": closed_windows}
