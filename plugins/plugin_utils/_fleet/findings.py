# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""What a fleet's diagnoses say before any change: nothing at all, two names for one instance, a stuck cursor without a
plan. And as a sentence: what reconcile would do now. Pure.
"""

from __future__ import annotations

import typing as t
from collections import Counter
from collections.abc import Mapping, Sequence

from ...module_utils._core.counted import counted, verb
from ...module_utils._diagnosis.model import SILENT
from ...module_utils._http.address import duplicate_addresses
from .role_words import in_role_words

Data = dict[str, t.Any]

#: Verdicts that say nothing about the incident.
UNJUDGED = SILENT | {"not_applicable"}

#: A sentence has at most this many names.
MOST_NAMES = 10


def nothing_judged(verdicts: Mapping[str, str]) -> str:
    """Why nothing is known of a fleet; '' when something is.

    :param verdicts: of each host.
    """
    if not verdicts:
        return "No host was looked at: the pattern and the limit leave none."
    if any(verdict not in UNJUDGED for verdict in verdicts.values()):
        return ""
    numbers = ", ".join(f"{number} {verdict}" for verdict, number in sorted(Counter(verdicts.values()).items()))
    said = f"Nothing could be judged on any of {counted(len(verdicts), 'host')}: {numbers}."
    if "not_applicable" in verdicts.values():
        said += (
            " Where no workflow and no cursor of mid-sourcing is to be seen, there may be none, or the operator has no"
            " right to read them: check its rights, and that these are the marketing instances."
        )
    if not SILENT.isdisjoint(verdicts.values()):
        said += " The line of each host says why."
        # A host that was not asked, or whose settings cannot be used, is no instance that did not answer.
        if not (SILENT - {"not_asked", "misconfigured"}).isdisjoint(verdicts.values()):
            said += " Check that the instances answer, and that they take the logon."
    return said


def same_instance(addresses: Mapping[str, str]) -> list[str]:
    """A sentence for each address that several hosts have: one instance would be counted, and cured, twice.

    :param addresses: the address from which each host's diagnosis was read; '' if unknown.
    """
    return [
        f"{some(hosts)} have the same address {addresses[hosts[0]]}: one instance is one host. Leave the others out, "
        "or give each its own campaign_url."
        for hosts in duplicate_addresses(addresses)
    ]


def unplanned(diagnosis: Mapping[str, t.Any]) -> str:
    """Why a stuck cursor of a host has no plan; '' when each has one, or none is stuck."""
    missing = [
        f"{one['option']} is stuck: {in_role_words(one['reason'], 'sync_cursor_info')}"
        for one in diagnosis.get("unplanned") or []
    ]
    if not missing and diagnosis.get("verdict") == "stuck" and not diagnosis.get("plans"):
        missing = ["It is stuck."]
    return f"No plan could be made. {' '.join(missing)}" if missing else ""


def would_do(gate: Mapping[str, t.Any], stuck: Sequence[str] = ()) -> str:
    """What reconcile would do now, and why not.

    :param gate: of ``fleet_gate``; empty when there was none.
    :param stuck: the hosts with a plan, where there was no gate.
    """
    able = list(gate.get("now", stuck))
    postponed, blocked, refusals = (list(gate.get(name) or []) for name in ("postponed", "blocked", "refusals"))
    if refusals:
        waiting = list(dict.fromkeys([*gate.get("stuck", stuck), *(one["host"] for one in blocked)]))
        those = f"{counted(len(waiting), 'host')} {verb(len(waiting))} stuck: {some(waiting)}. " if waiting else ""
        return f"{those}reconcile would refuse now, and write nothing. {' '.join(refusals)}"
    if not able:
        return "reconcile would have nothing to cure."
    said = [f"{counted(len(able), 'host')} would be cured now: {some(able, 100)}."]
    said += [f"{one['host']} would be left for later: {one['reason']}" for one in postponed]
    said += [f"{one['host']} would be left, and fail the run: {one['reason']}" for one in blocked]
    return f"{' '.join(said)} To do it, run reconcile with -e mid_sourcing_apply=true."


def left_to_merge(run: str, hosts: int, stuck: Sequence[str]) -> str:
    """What a slice leaves to do. Limits hold for the fleet, so it does not say what reconcile would do.

    :param run: what its slices have in common.
    :param hosts: how many it has.
    :param stuck: the hosts with a plan.
    """
    if not hosts:
        return f"This slice of run {run} has no host. merge_slices takes it for a slice of none."
    planned = f"{counted(len(stuck), 'host')} {verb(len(stuck), 'has', 'have')} a plan: {some(stuck, 100)}."
    return (
        f"{planned if stuck else 'No host has a plan.'} This is a slice of run {run} with {counted(hosts, 'host')}: it "
        "decides nothing, and its plan approves nothing. merge_slices makes one plan of all slices."
    )


def some(names: Sequence[str], limit: int = MOST_NAMES) -> str:
    """The first of the names, and how many more there are."""
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more
