# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The plan of a fleet: its digest, its file, and what differs from the one that was approved (docs/architecture.md,
Curing). Pure."""

from __future__ import annotations

import re
import typing as t
from collections.abc import Mapping, Sequence

from ...module_utils._core.errors import ValidationError
from ...module_utils._cure.plan import Plan, drift, fleet_digest
from .rows import DIAGNOSIS

Data = dict[str, t.Any]

FORMAT = "campaign.classic/plan/1"

#: The parts of a plan for the approver, which drift by themselves: the digest covers none of them.
_SHOWN = frozenset({"new_value", "mid"})
_DIGEST = re.compile(r"[0-9a-f]{64}")
_AGAIN = "Plan again, and have the new plan approved."


def fleet_plan(hosts: Sequence[str], hostvars: Mapping[str, Mapping[str, t.Any]]) -> Data:
    """Every plan in the hosts' diagnoses, in one document.

    :returns: ``format``, ``digest`` (over the sorted digests of the plans), ``hosts`` and ``plans``. It contains no
        time, so the same plan has the same document; only the mid's figures, for the approver, may differ.
    """
    found, figures = [], {}
    for host in hosts:
        diagnosis = hostvars[host][DIAGNOSIS] if host in hostvars and DIAGNOSIS in hostvars[host] else {}
        for data in diagnosis.get("plans") or []:
            plan = read_plan(data)
            found.append(plan)
            if data.get("mid"):
                figures[plan.digest] = {"mid": data["mid"]}
    found.sort(key=lambda plan: (plan.instance, plan.option))
    return {
        "format": FORMAT,
        "digest": fleet_digest(found),
        "hosts": sorted({plan.instance for plan in found}),
        "plans": [{**plan.to_dict(), **figures.get(plan.digest, {})} for plan in found],
    }


def approval(
    approved: str, plan_file: Mapping[str, t.Any] | None, now: Mapping[str, t.Any], done: t.Container[str] = ()
) -> list[str]:
    """Why the current plan is not the approved one; nothing when they are the same.

    :param approved: the digest that was approved, or '' to take that of the file.
    :param done: hosts on which this very run has begun: they may be missing now.
    """
    approved = approved.strip().lower()
    if approved and not _DIGEST.fullmatch(approved):
        return [
            f"mid_sourcing_plan must be the whole digest of a plan, of 64 characters, and is '{approved}'. detect and "
            "plan show it."
        ]
    if plan_file is None:
        return [] if approved == now["digest"] else [_drifted_somehow(approved, now)]
    return _against_file(approved, plan_file, now, done)


def _against_file(
    approved: str, plan_file: Mapping[str, t.Any], now: Mapping[str, t.Any], done: t.Container[str]
) -> list[str]:
    """How the current plan differs, if the approved one is available in full."""
    try:
        before = read_plan_file(plan_file)
    except ValidationError as error:
        return [f"The plan file cannot be used: {error}"]
    digest = fleet_digest(before)
    if approved and approved != digest:
        return [f"The plan file holds the plan {digest}, and the approved one is {approved}. {_AGAIN}"]
    if digest == now["digest"]:
        return []
    differences = _differences(before, [read_plan(plan) for plan in now["plans"]], done)
    return [f"The plan has drifted from the approved one: {' '.join(differences)} {_AGAIN}"] if differences else []


def _drifted_somehow(approved: str, now: Mapping[str, t.Any]) -> str:
    """What is known about a drift if only the digest of the approved plan is available."""
    there = " ".join(read_plan(plan).describe() for plan in now["plans"]) or "Nothing is to be moved."
    return (
        f"The plan has drifted: the approved one is {approved}, and now it is {now['digest']}: {there} What has "
        f"changed can be told with mid_sourcing_plan_file. {_AGAIN}"
    )


def read_plan_file(data: t.Any) -> list[Plan]:
    """The plans in a plan file, which must be as they were written.

    :raises ValidationError: it is not one of ours, or was changed since.
    """
    if not isinstance(data, Mapping) or data.get("format") != FORMAT or not isinstance(data.get("plans"), list):
        raise ValidationError("It is not a plan file of this collection.", next_step="The playbook plan writes one.")
    found = [read_plan(plan) for plan in data["plans"]]
    if data.get("digest") != fleet_digest(found):
        raise ValidationError("It was changed since it was written: its digest is another's.", next_step="Plan again.")
    return found


def read_plan(data: t.Any) -> Plan:
    """A plan out of plain data, without the parts that only show where it would lead now, and without the mid's
    figures.

    :raises ValidationError: it is not a plan, or was changed since it was made.
    """
    if not isinstance(data, Mapping) or "digest" not in data:
        raise ValidationError("A plan in it has no digest.", next_step="Plan again.")
    return Plan.from_dict({key: value for key, value in data.items() if key not in _SHOWN})


def _differences(before: Sequence[Plan], now: Sequence[Plan], done: t.Container[str]) -> list[str]:
    """Each difference as a sentence: host, option, old value, strategy."""
    old, new = ({(plan.instance, plan.option): plan for plan in plans} for plans in (before, now))
    found = []
    for key in sorted({*old, *new}):
        host, option = key
        if key not in new:
            if host not in done:
                found.append(f"{host}: {option} was to be moved from {old[key].old_value}, and is not stuck any more.")
        elif key not in old:
            found.append(f"{host}: {option} is stuck at {new[key].old_value}, and was not in the approved plan.")
        elif host not in done or old[key].strategy != new[key].strategy:
            found += [f"{host}: {option}: {sentence}" for sentence in drift(old[key], new[key])]
    return found
