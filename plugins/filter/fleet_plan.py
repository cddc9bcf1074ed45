# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: fleet_plan
short_description: The plan of a fleet, with the digest that an approval binds
version_added: 0.1.0
author: campaign.classic maintainers (@campaign-classic)
description:
  - Puts the plans that the role P(campaign.classic.mid_sourcing#role) found on each host into one document.
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
- name: Show the digest of the plan
  ansible.builtin.debug:
    msg: "{{ (groups['campaign'] | campaign.classic.fleet_plan(hostvars)).digest }}"
"""

RETURN = r"""
_value:
  description:
    - A dictionary with C(format), C(digest) (SHA-256 over the sorted digests of the plans, so that the order of
      the hosts does not matter), C(hosts) and C(plans).
  type: dict
"""

import typing as t

from ansible.errors import AnsibleFilterError

from ..module_utils._core.errors import CampaignError
from ..plugin_utils._fleet.plan import fleet_plan as plan_of
from ..plugin_utils._fleet.seen import Seen


def fleet_plan(
    hosts: t.Sequence[str], hostvars: t.Mapping[str, t.Any], fleet: t.Mapping[str, t.Any] | None = None
) -> dict[str, t.Any]:
    """The plan of a fleet."""
    try:
        return plan_of(hosts, Seen(hostvars, fleet))
    except CampaignError as error:
        raise AnsibleFilterError(f"fleet_plan: {error}") from None


class FilterModule:
    """The filter C(campaign.classic.fleet_plan)."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Ansible's entry point."""
        return {"fleet_plan": fleet_plan}
