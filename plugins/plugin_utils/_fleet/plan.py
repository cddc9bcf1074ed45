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
from .rows import DIAGNOSIS, verdict_of

Data = dict[str, t.Any]

FORMAT = "campaign.classic/plan/1"

#: The parts of a plan for the approver, which drift by themselves: the digest covers none of them.
_SHOWN = frozenset({"new_value", "mid"})
_DIGEST = re.compile(r"[0-9a-f]{64}")
_AGAIN = "Plan again, and have the new plan approved."
_WIDER = "Run it with all hosts of the plan, or plan for these alone."
#: For whoever runs the approved plan again.
FINISHED = "Every cursor of the approved plan is healthy already: nothing is left of it to do."


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
    approved: str,
    plan_file: Mapping[str, t.Any] | None,
    now: Mapping[str, t.Any],
    seen: Mapping[str, Mapping[str, t.Any]],
    done: t.Container[str] = (),
) -> list[str]:
    """Why the current plan is not the approved one; nothing when they are the same, or when nothing is left of it.

    :param approved: the digest that was approved, or '' to take that of the file.
    :param seen: the diagnosis of each host of this run, empty where it has none.
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
    return _against_file(approved, plan_file, now, seen, done)


def is_finished(
    plan_file: Mapping[str, t.Any], now: Mapping[str, t.Any], seen: Mapping[str, Mapping[str, t.Any]]
) -> bool:
    """Whether nothing is left to do of the approved plan: each of its cursors was seen healthy, and no other is stuck.

    Such a run writes nothing, so it needs no approval. Where a part is left, an approval of the whole is none of it.
    """
    if now["plans"]:
        return False
    plans = read_plan_file(plan_file)
    return bool(plans) and all(_verdict_now(seen.get(plan.instance, {}), plan.option) == "healthy" for plan in plans)


def _against_file(
    approved: str,
    plan_file: Mapping[str, t.Any],
    now: Mapping[str, t.Any],
    seen: Mapping[str, Mapping[str, t.Any]],
    done: t.Container[str],
) -> list[str]:
    """How the current plan differs, if the approved one is available in full."""
    try:
        before = read_plan_file(plan_file)
    except ValidationError as error:
        return [f"The plan file cannot be used: {error}"]
    digest = fleet_digest(before)
    if approved and approved != digest:
        return [
            _of_one_cursor(approved, before, digest)
            or f"The plan file holds the plan {digest}, and the approved one is {approved}. {_AGAIN}"
        ]
    if digest == now["digest"] or is_finished(plan_file, now, seen):
        return []
    differences = _differences(before, [read_plan(plan) for plan in now["plans"]], seen, done)
    if not differences:
        return []
    outside = any(plan.instance not in seen for plan in before)
    return [f"The plan has drifted from the approved one: {' '.join(differences)} {f'{_WIDER} Or: ' * outside}{_AGAIN}"]


def _of_one_cursor(approved: str, plans: Sequence[Plan], digest: str) -> str:
    """That a digest is the one of a single cursor, which plan shows beside that of the whole; '' if it is not."""
    for plan in plans:
        if plan.digest == approved:
            return (
                f"mid_sourcing_plan is {approved}: that is the digest of one cursor, {plan.option} on {plan.instance}, "
                f"and an approval needs that of the whole plan, which is {digest}."
            )
    return ""


def _drifted_somehow(approved: str, now: Mapping[str, t.Any]) -> str:
    """What is known about a drift if only the digest of the approved plan is available."""
    plans = [read_plan(plan) for plan in now["plans"]]
    if one := _of_one_cursor(approved, plans, now["digest"]):
        return one
    there = " ".join(plan.describe() for plan in plans) or "Nothing is to be moved."
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


def _differences(
    before: Sequence[Plan],
    now: Sequence[Plan],
    seen: Mapping[str, Mapping[str, t.Any]],
    done: t.Container[str],
) -> list[str]:
    """Each difference as a sentence: host, option, old value, strategy."""
    old, new = ({(plan.instance, plan.option): plan for plan in plans} for plans in (before, now))
    found = []
    for key in sorted({*old, *new}):
        host, option = key
        if key not in new:
            if host not in done:
                was = f"{host}: {option} was to be moved from {old[key].old_value}"
                found.append(f"{was}, and {_state_now(seen, host, option)}.")
        elif key not in old:
            found.append(f"{host}: {option} is stuck at {new[key].old_value}, and was not in the approved plan.")
        else:  # also on a host that this run has begun: what an attempt left half done has the plan that it had
            found += [f"{host}: {option}: {sentence}" for sentence in drift(old[key], new[key])]
    return found


def _state_now(seen: Mapping[str, Mapping[str, t.Any]], host: str, option: str) -> str:
    """What is known of a planned cursor that has no plan now. Only what was seen healthy is said to be so."""
    if host not in seen:
        return "this run leaves the host out: it is outside of the limit or the pattern"
    verdict = _verdict_now(seen[host], option)
    return "is healthy now" if verdict == "healthy" else f"has no plan now: its verdict is '{verdict}'"


def _verdict_now(diagnosis: Mapping[str, t.Any], option: str) -> str:
    """The verdict on a cursor, or that on its host where the cursor was not seen."""
    for cursor in diagnosis.get("cursors") or []:
        if cursor.get("option") == option:
            return str(cursor.get("verdict") or "")
    verdict = verdict_of(diagnosis)
    return "not seen" if verdict == "healthy" else verdict
