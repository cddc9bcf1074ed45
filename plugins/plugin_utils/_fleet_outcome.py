# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The outcome of a run in a few words and a small dictionary. Pure."""

from __future__ import annotations

import typing as t
from collections import Counter
from collections.abc import Mapping, Sequence

from ._fleet import why

Data = dict[str, t.Any]

#: Verdicts of hosts on which nothing is to be done.
WELL = frozenset({"healthy", "not_applicable", "inactive"})
#: Outcomes of a cure after which a host is well because of it.
CURED = frozenset({"cured", "confirmed"})
#: The host had become well by itself: nothing was done.
UNCHANGED = frozenset({"unchanged"})
#: Outcomes that leave nothing for a person to do; of ``cured_with_warnings`` the errors are still worth a line.
GOOD = CURED | UNCHANGED | {"cured_with_warnings", "planned"}
#: As many names stand in a list: the dictionary stays small, whatever the fleet.
MOST_NAMES = 100


def fleet_outcome(
    rows: Sequence[Mapping[str, t.Any]],
    *,
    gate: Mapping[str, t.Any],
    plan: str,
    applied: bool,
    run_id: str = "",
    manifest: str = "",
    refusal: str = "",
) -> Data:
    """The outcome of a run.

    :param rows: of ``fleet_rows``.
    :param gate: of ``fleet_gate``; empty when the run had none.
    :param applied: whether the run was one that writes.
    :param refusal: why the gate ended the run, where it did not come so far as to refuse.
    :returns: ``stats`` (what is handed on), ``headline`` and ``lines`` (one for each host that is not healthy).
    """
    postponed = {one["host"]: one["reason"] for one in gate.get("postponed") or []}
    refusals = list(gate.get("refusals") or []) or [one for one in [refusal] if one]
    states = {row["host"]: _state(row, postponed, applied, refusals) for row in rows}
    ill = [row for row in rows if states[row["host"]][0] not in WELL | CURED | UNCHANGED]
    stats = {
        "run_id": run_id,
        "applied": applied,
        "plan": plan,
        "hosts": len(rows),
        "verdicts": dict(sorted(Counter(row["verdict"] for row in rows).items())),
        "outcomes": dict(sorted(Counter(cure["outcome"] for row in rows for cure in row["cures"]).items())),
        "refusals": refusals,
        "evidence_manifest": manifest,
    }
    for name, wanted in _LISTS.items():
        stats[name] = [host for host, (state, _text) in states.items() if state in wanted][:MOST_NAMES]
    stats["not_healthy"] = [row["host"] for row in ill][:MOST_NAMES]
    width = max((len(row["host"]) for row in ill), default=0)
    lines = [f"{row['host']:<{width}}  {states[row['host']][0]}: {states[row['host']][1]}" for row in ill]
    return {"stats": stats, "headline": _headline(rows, stats, gate), "lines": lines}


_LISTS: Mapping[str, frozenset[str]] = {
    "cured": CURED | {"cured_with_warnings"},
    "unchanged": UNCHANGED,
    "failed": frozenset({"failed", "pending", "restored", "kept", "refused"}),
    "postponed": frozenset({"postponed"}),
    "not_attempted": frozenset({"not_attempted"}),
}


def _state(
    row: Mapping[str, t.Any], postponed: Mapping[str, str], applied: bool, refusals: Sequence[str]
) -> tuple[str, str]:
    """How a host stands at the end, in a word and a sentence."""
    bad = [cure for cure in row["cures"] if cure["outcome"] not in CURED | UNCHANGED]
    if bad:
        return str(bad[0]["outcome"]), _line(" ".join(str(cure["reason"]) for cure in bad))
    if row["cures"]:
        # A host of which one cursor was cured is cured, though another had become well by itself.
        first = min(row["cures"], key=lambda cure: cure["outcome"] in UNCHANGED)
        return str(first["outcome"]), _line(first["reason"])
    if row["plans"] and applied:
        if row["host"] in postponed:
            return "postponed", _line(postponed[row["host"]])
        if refusals:
            return "not_attempted", "The gate refused the run."
        return "not_attempted", "The run stopped after an earlier batch, in which a cure did not end well."
    return str(row["verdict"]), _line(why(row))


def _headline(rows: Sequence[Mapping[str, t.Any]], stats: Mapping[str, t.Any], gate: Mapping[str, t.Any]) -> str:
    ill = len(stats["not_healthy"])
    left = "Every host is healthy." if not ill else f"{ill} of {len(rows)} host(s) are not healthy:"
    if not stats["applied"]:
        stuck = [str(row["host"]) for row in rows if row["plans"]]
        names = f": {', '.join(stuck[:MOST_NAMES])}" if stuck else ""
        would = f" The gate would refuse: {' '.join(gate['refusals'])}" if gate.get("refusals") else ""
        what = f"PLAN ONLY: nothing was written. {len(stuck)} host(s) would be cured{names}."
        return f"{what}{would} To do it, run reconcile with -e mid_sourcing_apply=true. {left}"
    run = f"Run {stats['run_id']}: " if stats["run_id"] else ""
    counts = ", ".join(f"{len(stats[name])} {name.replace('_', ' ')}" for name in _LISTS if stats[name])
    manifest = stats["evidence_manifest"]
    proof = f" The manifest of the evidence has the SHA-256 {manifest}." if manifest else ""
    return f"{run}{counts or 'nothing was to be cured'}.{proof} {left}"


def _line(text: t.Any) -> str:
    return " ".join(str(text).split())
