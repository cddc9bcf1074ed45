# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: fleet_gate
short_description: Which hosts may be cured now, in which batches, and what prevents it
version_added: 0.1.0
author: campaign.classic maintainers (@campaign-classic)
description:
  - Decides once for a fleet what the role P(campaign.classic.mid_sourcing#role) may cure, from what it registered on
    each host. It changes nothing. The C(change_window_) variables of each host count for it.
positional: hostvars
extends_documentation_fragment: [campaign.classic.hosts]
options:
  max_hosts:
    description:
      - More stuck hosts than this are refused.
    type: int
    default: 20
  max_percent:
    description:
      - A larger share of the answering hosts is refused, if at least ten hosts answer.
    type: float
    default: 30
  max_per_mid:
    description:
      - No more hosts of one mid-sourcing server in a batch. V(0) for any number.
    type: int
    default: 0
  serial:
    description:
      - The sizes of the batches, as numbers or shares such as V(25%). The last one is repeated.
    type: list
    elements: raw
    default: [1, 5, "25%"]
  plan:
    description:
      - The digest of the plan that was approved.
    type: str
    default: ""
  plan_file:
    description:
      - The plan that was approved in full, so that a difference can be told.
    type: dict
  done:
    description:
      - Hosts that this run has begun with before. That they are healthy now is no drift from the plan.
    type: list
    elements: str
    default: []
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
  fail_on:
    description:
      - The verdicts with which a host fails the run at its end. Here it is only seen whether they are verdicts.
    type: raw
    default: []
  outputs:
    description:
      - The problems of the report file and the notification, as P(campaign.classic.side_outputs#lookup) says it.
    type: list
    elements: str
    default: []
  rehearsal:
    description:
      - Nothing will be written, so a closed window is told and keeps no host out.
    type: bool
    default: false
  fleet:
    description:
      - What M(campaign.classic.fleet_info) returned. A host without a diagnosis of its own has that of its row.
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Show what would be refused
  ansible.builtin.debug:
    msg: "{{ (groups['campaign'] | campaign.classic.fleet_gate(hostvars, max_hosts=5)).refusals }}"
"""

RETURN = r"""
_value:
  description:
    - A dictionary with C(stuck), C(answering), C(now) (those that may be cured now) and C(selected) (names of hosts),
      C(postponed) (hosts outside their change window, each with C(host), C(reason) and C(opens)), C(blocked) (stuck
      hosts that wait for a person, such as those without a plan or a ticket, each with C(host) and C(reason)),
      C(refusals) (sentences; where there is one, nothing may be cured), C(batches), C(order) and C(serial) (the
      batches as a play takes them), C(windows) (the decision for each stuck host) and C(plan) (the plan of the fleet
      with its C(digest)).
  type: dict
"""

import typing as t
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone

from ansible.errors import AnsibleFilterError

from ..module_utils._core.errors import CampaignError
from ..plugin_utils._fleet.gate import FleetLimits
from ..plugin_utils._fleet.gate import fleet_gate as decide_for_fleet
from ..plugin_utils._fleet.seen import Seen


def fleet_gate(
    hosts: Sequence[str],
    hostvars: Mapping[str, t.Any],
    max_hosts: t.Any = 20,
    max_percent: t.Any = 30,
    max_per_mid: t.Any = 0,
    serial: t.Any = (1, 5, "25%"),
    plan: t.Any = "",
    plan_file: t.Any = None,
    done: Sequence[str] = (),
    rehearsal: t.Any = False,
    fail_on: t.Any = (),
    outputs: Sequence[str] = (),
    fleet: Mapping[str, t.Any] | None = None,
    **needs: t.Any,
) -> dict[str, t.Any]:
    """The gate by the controller's clock."""
    try:
        gate = decide_for_fleet(
            hosts,
            Seen(hostvars, fleet),
            FleetLimits(int(max_hosts), float(max_percent), int(max_per_mid), serial),
            datetime.now(timezone.utc),
            approved=str(plan or ""),
            # An empty document is one that approves nothing. Before ansible-core 2.19 none comes as an empty text.
            plan_file=None if plan_file is None or plan_file == "" else plan_file,
            done=done,
            needs=needs,
            rehearsal=bool(rehearsal),
            fail_on=fail_on,
            outputs=outputs,
        )
    except (CampaignError, ValueError) as error:
        raise AnsibleFilterError(f"fleet_gate: {error}") from None
    return gate.to_dict()


class FilterModule:
    """The filter C(campaign.classic.fleet_gate)."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Ansible's entry point."""
        return {"fleet_gate": fleet_gate}
