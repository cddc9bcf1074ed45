# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""One row for each host of a fleet, from what the role registered: also for hosts about which nothing is known."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping, Sequence

from ...module_utils._diagnosis.model import verdict_of_failure
from ...module_utils._diagnosis.outcomes import HEALTHY_AFTER, OUTCOMES
from .role_words import in_role_words

HostRow = dict[str, t.Any]

#: The results that the role registers on each host, and the failure that the playbooks record for one.
DIAGNOSIS, CURE, FAILURE = "mid_sourcing_diagnosis", "mid_sourcing_cure", "mid_sourcing_failure"


def fleet_rows(hosts: Sequence[str], hostvars: Mapping[str, Mapping[str, t.Any]]) -> list[HostRow]:
    """The rows, in the order of ``hosts``, each with a ``line`` whose columns are aligned.

    :param hosts: inventory names.
    :param hostvars: Ansible's hostvars; a host without a diagnosis is ``misconfigured`` where Ansible or the
        collection refused to ask, else ``unreachable``.
    """
    # Not get(): for an unknown host Ansible's hostvars returns an undefined value, and raises no KeyError.
    rows = [_row(host, hostvars[host] if host in hostvars else {}) for host in hosts]  # noqa: SIM401
    width = max((len(row["host"]) for row in rows), default=0)
    words = max((len(word_of(row)) for row in rows), default=0)
    for row in rows:
        row["line"] = f"{row['host']:<{width}}  {word_of(row):<{words}}  {_story(row)}"
    return rows


def verdict_of(diagnosis: Mapping[str, t.Any]) -> str:
    """The verdict of a host, or the one that a failed diagnosis implies. A host without any result has not been
    reached."""
    return str(diagnosis.get("verdict") or verdict_of_failure(diagnosis).value)


def _row(host: str, variables: Mapping[str, t.Any]) -> HostRow:
    diagnosis = diagnosis_of(variables)
    verdict = verdict_of(diagnosis)
    return {
        "host": host,
        "verdict": verdict,
        "verdicts": sorted({verdict, *(str(one.get("verdict", verdict)) for one in diagnosis.get("cursors") or [])}),
        "reason": _said(diagnosis, "reason"),
        "proposal": _said(diagnosis, "proposal"),
        "server_time": diagnosis.get("server_time", ""),
        "skew_seconds": diagnosis.get("skew_seconds"),
        "url": diagnosis.get("url", ""),
        "plans": list(diagnosis.get("plans") or []),
        "cures": [cure for result in _results(variables.get(CURE) or {}) for cure in _cures(result)],
    }


def diagnosis_of(variables: Mapping[str, t.Any]) -> Mapping[str, t.Any]:
    """The diagnosis of a host, or the verdict on a host that has none."""
    found: Mapping[str, t.Any] = variables.get(DIAGNOSIS) or {}
    if "verdict" in found:
        return found
    # A task that Ansible itself has refused, say because of a setting, has registered nothing.
    reason = found.get("msg") or variables.get(FAILURE) or "Nothing is known of this host."
    return {"verdict": verdict_of(found or {"msg": variables.get(FAILURE)}), "reason": reason}


def _said(diagnosis: Mapping[str, t.Any], name: str) -> str:
    return in_role_words(str(diagnosis.get(name) or ""), "sync_cursor_info")


def _results(registered: Mapping[str, t.Any]) -> list[Mapping[str, t.Any]]:
    """The result of each cure of a host. A loop that could not begin has no results of its own, and has failed."""
    results = registered.get("results", [registered] if registered.get("failed") else [])
    return [result for result in results if not result.get("skipped")]


def _cures(result: Mapping[str, t.Any]) -> list[HostRow]:
    """One row for each cursor of a cure, or one for a task that did not get that far."""
    moves: Sequence[Mapping[str, t.Any]] = result.get("moves") or [
        {"outcome": "failed", "reason": result.get("msg", "")}
    ]
    keys = ("option", "outcome", "reason", "old_value", "written", "after")
    proof = {key: result.get(key) for key in ("evidence", "evidence_problem")}
    return [
        {
            **{key: move.get(key) for key in keys},
            "reason": in_role_words(str(move.get("reason") or ""), "sync_cursor"),
            **proof,
        }
        for move in moves
    ]


def word_of(row: Mapping[str, t.Any]) -> str:
    """The state of a host, in one word: the outcome of its cure, the worst of several, or its verdict."""
    cures = sorted(row["cures"], key=lambda cure: WORST_LAST.get(cure["outcome"], len(WORST_LAST)))
    return str(cures[-1]["outcome"] if cures else row["verdict"])


#: The rank of each outcome after which a host is healthy; every other outcome is worse.
WORST_LAST: Mapping[str, int] = {
    outcome: rank for rank, outcome in enumerate(one for one in reversed(OUTCOMES) if one in HEALTHY_AFTER)
}


def _story(row: HostRow) -> str:
    """The most important part of a row, on one line: how its cure ended, else why it has its verdict."""
    word = word_of(row)
    cures = {(cure["outcome"], cure["reason"]): cure["option"] for cure in row["cures"]}
    # The options distinguish several cursors; what holds for all of them appears once, and so does the word of the row.
    told = [
        (f"{option}: " if option and len(cures) > 1 else "") + (reason if outcome == word else f"{outcome}: {reason}")
        for (outcome, reason), option in cures.items()
    ]
    return " ".join((" ".join(told) or why(row)).split())


def why(row: Mapping[str, t.Any]) -> str:
    """Why a host has its verdict and what to do, once if the reason says it already."""
    reason, proposal = str(row["reason"]), str(row["proposal"])
    return reason if proposal in reason else f"{reason} {proposal}"
