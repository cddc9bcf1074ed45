# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The filters of the roles and playbooks that look at a whole fleet."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone

from ansible.errors import AnsibleFilterError

from ...module_utils._core.errors import CampaignError
from ...plugin_utils._fleet.begun import is_begun
from ...plugin_utils._fleet.done import fleet_done as ended
from ...plugin_utils._fleet.gate import FleetLimits
from ...plugin_utils._fleet.gate import fleet_gate as decide_for_fleet
from ...plugin_utils._fleet.needs import backfill_needs, cure_needs, proof_seconds, restart_needs
from ...plugin_utils._fleet.other_gates import siblings_gate as decide_for_siblings
from ...plugin_utils._fleet.outcome import fleet_outcome as outcome_of
from ...plugin_utils._fleet.plan import fleet_plan as plan_of
from ...plugin_utils._fleet.rows import DIAGNOSIS
from ...plugin_utils._fleet.rows import fleet_rows as rows_of
from ...plugin_utils._fleet.seen import Seen, failed_row, row_of, updated
from ...plugin_utils._slices.packing import Slice, lines_of


def fleet_rows(
    hosts: t.Sequence[str], hostvars: t.Mapping[str, t.Any], fleet: t.Mapping[str, t.Any] | None = None
) -> list[dict[str, t.Any]]:
    """One row for each host, also for one of which nothing is known.

    :param fleet: what ``fleet_info`` returned, here and below. It counts for a host without a diagnosis of its own.
    """
    return rows_of(hosts, Seen(hostvars, fleet))


def fleet_plan(
    hosts: t.Sequence[str], hostvars: t.Mapping[str, t.Any], fleet: t.Mapping[str, t.Any] | None = None
) -> dict[str, t.Any]:
    """The plans of all hosts as one document, with the digest that an approval binds."""
    try:
        return plan_of(hosts, Seen(hostvars, fleet))
    except CampaignError as error:
        raise AnsibleFilterError(f"fleet_plan: {error}") from None


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
    ticket_comes: t.Any = False,
    fleet: Mapping[str, t.Any] | None = None,
    **needs: t.Any,
) -> dict[str, t.Any]:
    """Which hosts may be cured now, in which batches, and what prevents it, by the controller's clock.

    The other arguments are those of the decision in ``_fleet/gate.py``.

    :raises AnsibleFilterError: a setting that cannot be right.
    """
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
            ticket_comes=bool(ticket_comes),
        )
    except (CampaignError, ValueError) as error:
        raise AnsibleFilterError(f"fleet_gate: {error}") from None
    return gate.to_dict()


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
    beside: Sequence[str] = (),
    slice_run: t.Any = "",
) -> dict[str, t.Any]:
    """The outcome of a run: its last lines, why it must fail, and ``stats`` for other tools."""
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
        beside=beside,
        slice_run=str(slice_run).strip(),
    )


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
    """How a rollback, a backfill or a change of siblings ended: a row for each host, and the last lines."""
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


def slice_lines(
    hosts: t.Sequence[str],
    hostvars: t.Mapping[str, t.Any],
    *,
    run: t.Any,
    made: str,
    number: t.Any = 0,
    count: t.Any = 0,
    fleet: t.Mapping[str, t.Any] | None = None,
) -> list[str]:
    """What was found on the hosts of a slice, as lines for the output of its job. The lookup ``slices`` reads them."""
    seen = Seen(hostvars, fleet)
    try:
        moment = datetime.fromisoformat(str(made))
        aware = moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
        rows = {host: _row(seen, host) for host in hosts}
        return lines_of(Slice(str(run or "").strip(), int(number or 0), int(count or 0), aware, rows))
    except (CampaignError, ValueError) as error:
        raise AnsibleFilterError(f"slice_lines: {error}") from None


def _row(seen: Seen, host: str) -> dict[str, t.Any]:
    # Not get(): Ansible's hostvars has something undefined, and no KeyError, for a host that it does not know.
    found = seen[host] if host in seen else {}  # noqa: SIM401
    return row_of(found[DIAGNOSIS]) if DIAGNOSIS in found else failed_row("Nothing is known of this host.")


def siblings_gate(
    hosts: Sequence[str], hostvars: Mapping[str, t.Any], max_hosts: t.Any = 20, needs: t.Any = 0
) -> dict[str, t.Any]:
    """Which hosts the role siblings may change now, by the controller's clock."""
    now = datetime.now(timezone.utc)
    return decide_for_siblings(hosts, hostvars, now, most=int(max_hosts), seconds=float(needs))


class FilterModule:
    """What the roles ask of a fleet."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Ansible's entry point."""
        return {
            "backfill_needs": backfill_needs,
            "cure_needs": cure_needs,
            "fleet_done": fleet_done,
            "fleet_gate": fleet_gate,
            "fleet_outcome": fleet_outcome,
            "fleet_plan": fleet_plan,
            "fleet_rows": fleet_rows,
            "fleet_updated": updated,
            "is_begun": is_begun,
            "proof_seconds": proof_seconds,
            "restart_needs": restart_needs,
            "siblings_gate": siblings_gate,
            "slice_lines": slice_lines,
        }
