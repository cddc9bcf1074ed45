# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: fleet_done
short_description: How a rollback, a backfill or a change of siblings ended
version_added: 0.2.0
author: campaign.classic maintainers (@campaign-classic)
description:
  - Draws up one row for each host from what the roles remembered on it, and the last lines of the run for a screen of
    80 columns. Also when every host has failed.
extends_documentation_fragment: [campaign.classic.hosts]
options:
  kind:
    description:
      - What was done.
    type: str
    choices: [rollback, backfill, siblings]
    required: true
  expected:
    description:
      - The hosts that the run should have come to.
    type: list
    elements: str
    default: []
  rehearsal:
    description:
      - Whether nothing was to be written.
    type: bool
    default: true
  run:
    description:
      - The name of the run, as it begins the last line.
    type: str
    default: ""
  beside:
    description:
      - Sentences to say before the result. Empty ones are left out.
    type: list
    elements: str
    default: []
  fail_on:
    description:
      - Outcomes, such as V(partial), with which a host fails the run. A list, or a text with commas or as JSON.
    type: raw
    default: []
positional: hostvars, kind
"""

EXAMPLES = r"""
- name: Say how a backfill ended
  ansible.builtin.debug:
    msg: "{{ (groups['campaign'] | campaign.classic.fleet_done(hostvars, 'backfill')).closing }}"
"""

RETURN = r"""
_value:
  description:
    - A dictionary with C(rows) (each with C(host), C(outcome), C(reason), C(affected) and C(evidence_problem)),
      C(table) and C(closing) (lines for a screen) and C(failures) (sentences; with any, the run must fail).
  type: dict
"""

import typing as t
from collections.abc import Mapping, Sequence

from ..plugin_utils._fleet.done import fleet_done as ended


def fleet_done(
    hosts: Sequence[str],
    hostvars: Mapping[str, t.Any],
    kind: str,
    expected: Sequence[str] = (),
    rehearsal: t.Any = True,
    run: t.Any = "",
    beside: Sequence[str] = (),
    fail_on: t.Any = (),
) -> dict[str, t.Any]:
    """How the run ended."""
    known = {host: hostvars[host] for host in hosts if host in hostvars}
    return ended(
        hosts,
        known,
        kind,
        expected=expected,
        rehearsal=bool(rehearsal),
        run=str(run),
        beside=[str(one) for one in beside],
        fail_on=fail_on,
    )


class FilterModule:
    """The filter C(campaign.classic.fleet_done)."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Ansible's entry point."""
        return {"fleet_done": fleet_done}
