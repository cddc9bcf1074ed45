# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: fleet_rows
short_description: One row for each host from what the role mid_sourcing registered
version_added: 0.1.0
author: campaign.classic maintainers (@campaign-classic)
description:
  - Builds one row for every host name that it is given, also for a host of which nothing is known.
positional: hostvars
extends_documentation_fragment: [campaign.classic.hosts]
options:
  fleet:
    description:
      - What M(campaign.classic.fleet_info) returned. A host without a diagnosis of its own has that of its row.
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Show one line for each host
  ansible.builtin.debug:
    msg: "{{ groups['campaign'] | campaign.classic.fleet_rows(hostvars) | map(attribute='line') }}"
"""

RETURN = r"""
_value:
  description:
    - A list of dictionaries with the keys C(host), C(verdict), C(verdicts) (those of its cursors too), C(reason),
      C(proposal), C(server_time), C(skew_seconds), C(url), C(plans), C(cures) and C(line).
  type: list
  elements: dict
"""

import typing as t

from ..plugin_utils._fleet.rows import fleet_rows as rows_of
from ..plugin_utils._fleet.seen import Seen


def fleet_rows(
    hosts: t.Sequence[str], hostvars: t.Mapping[str, t.Any], fleet: t.Mapping[str, t.Any] | None = None
) -> list[dict[str, t.Any]]:
    """One row for each host."""
    return rows_of(hosts, Seen(hostvars, fleet))


class FilterModule:
    """The filter C(campaign.classic.fleet_rows)."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Ansible's entry point."""
        return {"fleet_rows": fleet_rows}
