# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: fleet_outcome
short_description: The outcome of a run in a few words and a small dictionary
version_added: 0.1.0
author: campaign.classic maintainers (@campaign-classic)
description:
  - Sums up the rows of P(campaign.classic.fleet_rows#filter) for C(set_stats) and for the last lines of a job.
options:
  _input:
    description:
      - The rows.
    type: list
    elements: dict
    required: true
  gate:
    description:
      - What P(campaign.classic.fleet_gate#filter) found. Empty when the run had no gate.
    type: dict
    default: {}
  plan:
    description:
      - The digest of the plan of the fleet.
    type: str
    default: ""
  applied:
    description:
      - Whether the run was one that writes.
    type: bool
    default: false
  run_id:
    description:
      - The name of the run.
    type: str
    default: ""
  manifest:
    description:
      - The SHA-256 of the manifest of its evidence.
    type: str
    default: ""
  refusal:
    description:
      - Why the gate ended the run, where it did not come so far as to refuse.
    type: str
    default: ""
  problems:
    description:
      - Other reasons for which the run must fail, as sentences.
    type: list
    elements: str
    default: []
  fail_on:
    description:
      - Verdicts with which a host fails the run. A list, or a text with commas or as JSON.
    type: raw
    default: []
"""

EXAMPLES = r"""
- name: Show the hosts that are not healthy
  ansible.builtin.debug:
    msg: "{{ (groups['campaign'] | campaign.classic.fleet_rows(hostvars) | campaign.classic.fleet_outcome).lines }}"
"""

RETURN = r"""
_value:
  description:
    - A dictionary with C(headline), C(lines) (one for each host that is not healthy), C(failures) (sentences; with
      any, the run must not end as if nothing were left), C(table) (the hosts that are not simply healthy, for a
      screen of 80 columns), C(closing) (the last lines of a run for such a screen, of which the
      very last is its result) and C(stats).
    - C(stats) has C(run_id), C(applied), C(plan), C(hosts) (their number), C(verdicts) and C(outcomes) (numbers
      by name), C(cured), C(unchanged), C(failed), C(postponed), C(blocked), C(not_attempted),
      C(evidence_incomplete) and C(not_healthy) (names of at most 100 hosts), C(refusals) and C(evidence_manifest).
  type: dict
"""

import typing as t
from collections.abc import Mapping, Sequence

from ..plugin_utils._fleet.outcome import fleet_outcome as outcome_of


def fleet_outcome(
    rows: Sequence[Mapping[str, t.Any]],
    gate: Mapping[str, t.Any] | None = None,
    plan: t.Any = "",
    applied: t.Any = False,
    run_id: t.Any = "",
    manifest: t.Any = "",
    refusal: t.Any = "",
    fail_on: t.Any = (),
    problems: Sequence[str] = (),
) -> dict[str, t.Any]:
    """The outcome of a run."""
    return outcome_of(
        rows,
        gate=gate or {},
        plan=str(plan),
        applied=bool(applied),
        run_id=str(run_id),
        manifest=str(manifest),
        refusal=str(refusal),
        fail_on=fail_on,
        problems=problems,
    )


class FilterModule:
    """The filter C(campaign.classic.fleet_outcome)."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Ansible's entry point."""
        return {"fleet_outcome": fleet_outcome}
