# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The outcome of a run in a few words and a small dictionary. Pure."""

from __future__ import annotations

import typing as t
from collections import Counter
from collections.abc import Mapping, Sequence

from ...module_utils._core.counted import counted, verb
from ...module_utils._core.errors import ValidationError
from ...module_utils._diagnosis.outcomes import CURED, CURED_OR_WARNED, HEALTHY_AFTER, rank
from .attention import Need, attention, fitted, old_values, room_for
from .fail_on import read_fail_on
from .findings import left_to_merge, nothing_judged, some, would_do
from .rows import why

Data = dict[str, t.Any]
Rows = Sequence[Mapping[str, t.Any]]
#: The final state of each host: a word and a sentence.
States = Mapping[str, tuple[str, str]]

#: Verdicts of hosts that need nothing.
NOTHING_TO_DO = frozenset({"healthy", "not_applicable", "inactive"})
#: The outcome of a rehearsed cure: nothing was tried.
PLANNED = "planned"
#: The host recovered by itself: nothing was done.
UNCHANGED = frozenset({"unchanged"})
#: A list has at most this many names: the dictionary stays small, whatever the fleet.
MOST_NAMES = 100


def fleet_outcome(
    rows: Rows,
    *,
    gate: Mapping[str, t.Any],
    plan: str,
    applied: bool,
    run_id: str = "",
    manifest: str = "",
    refusal: str = "",
    fail_on: t.Any = (),
    problems: Sequence[str] = (),
    beside: Sequence[str] = (),
    slice_run: str = "",
) -> Data:
    """The outcome of a run.

    :param rows: of ``fleet_rows``.
    :param gate: of ``fleet_gate``; empty when the run had none.
    :param applied: whether the run was one that writes.
    :param refusal: why the gate ended the run, if it ended before it could refuse.
    :param fail_on: verdicts with which a host fails the run, as ``read_fail_on`` takes them.
    :param problems: other reasons for which the run must fail, as sentences.
    :param beside: sentences for the last lines that change nothing, such as on slices of the fleet.
    :param slice_run: what the run is a slice of; '' where it is of the whole fleet.
    :returns: ``stats`` (for ``set_stats``), ``headline``, ``lines`` (one for each host that is not healthy),
        ``failures`` (sentences: with any, the run must fail), and as it is shown on a screen: ``table`` (the
        hosts that are not healthy) and ``closing`` (the last lines, of which the very last is the result).
    """
    refusals = list(gate.get("refusals") or []) or [one for one in [refusal] if one]
    states = {row["host"]: _state(row, gate, applied, refusals) for row in rows}
    names = _names(rows, states)
    stats = {
        "run_id": run_id,
        "applied": applied,
        "plan": plan,
        **_numbers(rows),
        "refusals": refusals,
        "evidence_manifest": manifest,
        **names,
    }
    left = _left_to_do(rows, {**gate, "refusals": refusals}, slice_run)
    done = _what_was_done(stats, left)
    health = _health(rows, states, _not_healthy(rows, states), done)
    failures = [*problems, *_failures(rows, states, stats, fail_on)]
    needs = _needs(rows, states, stats)
    result = _result(stats, slice_run, failed=_is_failed(failures, refusal, applied))
    said = [*gate.get("said", ()), *beside, *failures]
    closing = fitted(_closing(rows, states, stats, left, said) + [result], len(needs))
    room = room_for(len(needs), old_values=old_values(rows), closing=closing)
    return {
        "stats": {**stats, **{name: stats[name][:MOST_NAMES] for name in names}},
        "headline": " ".join(filter(None, [done, health])),
        "lines": _lines(rows, states),
        "failures": failures,
        "table": attention(needs, room),
        "closing": closing,
    }


def _is_failed(failures: Sequence[str], refusal: str, applied: bool) -> bool:
    """Whether the result says so. A gate that could not begin fails the run also where nothing is written; where
    something should have been, REFUSED says it."""
    return bool(failures) or bool(refusal and not applied)


def _numbers(rows: Rows) -> Data:
    """How many hosts there are, and how many of each verdict and each outcome."""
    return {
        "hosts": len(rows),
        "verdicts": dict(sorted(Counter(row["verdict"] for row in rows).items())),
        "outcomes": dict(sorted(Counter(cure["outcome"] for row in rows for cure in row["cures"]).items())),
    }


def _names(rows: Rows, states: States) -> Data:
    """Which hosts ended how."""
    names = {name: [host for host, (word, _text) in states.items() if word in words] for name, words in _LISTS.items()}
    names["evidence_incomplete"] = [
        row["host"] for row in rows if any(cure["evidence_problem"] for cure in row["cures"])
    ]
    names["not_healthy"] = [row["host"] for row in _not_healthy(rows, states)]
    return names


def _not_healthy(rows: Rows, states: States) -> Rows:
    return [row for row in rows if states[row["host"]][0] not in NOTHING_TO_DO | CURED | UNCHANGED]


def _lines(rows: Rows, states: States) -> list[str]:
    """One aligned line for each host that is not healthy."""
    hosts = [row["host"] for row in _not_healthy(rows, states)]
    width = max(map(len, hosts), default=0)
    return [f"{host:<{width}}  {states[host][0]}: {states[host][1]}" for host in hosts]


_LISTS: Mapping[str, frozenset[str]] = {
    "cured": CURED_OR_WARNED,
    "unchanged": UNCHANGED,
    "failed": frozenset({"failed", "pending", "restored", "kept", "refused"}),
    "postponed": frozenset({"postponed"}),
    "blocked": frozenset({"blocked"}),
    "not_attempted": frozenset({"not_attempted"}),
}


def _state(
    row: Mapping[str, t.Any], gate: Mapping[str, t.Any], applied: bool, refusals: Sequence[str]
) -> tuple[str, str]:
    """The final state of a host, as a word and a sentence."""
    word, text = _state_of_cure(row, gate, applied, refusals)
    missing = list(
        dict.fromkeys(str(cure["evidence_problem"]) for cure in row["cures"] if cure.get("evidence_problem"))
    )
    return word, _line(" ".join([text, *missing]))


def _state_of_cure(
    row: Mapping[str, t.Any], gate: Mapping[str, t.Any], applied: bool, refusals: Sequence[str]
) -> tuple[str, str]:
    cures = _tried(row, applied)
    bad = sorted(
        (cure for cure in cures if cure["outcome"] not in CURED | UNCHANGED), key=lambda cure: rank(cure["outcome"])
    )
    if bad:
        return str(bad[0]["outcome"]), _line(" ".join(dict.fromkeys(str(cure["reason"]) for cure in bad)))
    if applied and (waits := _waiting(row["host"], gate, reached=bool(cures))):
        return waits
    if cures:
        # A host with one cured cursor is cured, even if another recovered by itself.
        first = min(cures, key=lambda cure: cure["outcome"] in UNCHANGED)
        return str(first["outcome"]), _line(f"{first['reason']} {_further(cures, first)}")
    if row["plans"] and applied:
        return _state_of_uncured(refusals)
    return str(row["verdict"]), _line(why(row))


def _waiting(host: str, gate: Mapping[str, t.Any], *, reached: bool) -> tuple[str, str] | None:
    """The state of a host that the gate has left out, also where another cursor of it was cured.

    :param reached: the run has come to it. One that is left out in part, and not reached, waits for more than its
        window.
    """
    if reached or host not in (gate.get("later") or {}):
        for word in ("blocked", "postponed"):
            if host in (why_not := _kept_out(gate, word)):
                return word, _line(why_not[host])
    return None


def _further(cures: Rows, first: Mapping[str, t.Any]) -> str:
    """How the other cursors of a host ended, as numbers; '' when there are none."""
    others = Counter(str(cure["outcome"]) for cure in cures if cure is not first)
    return " ".join(f"{counted(number, 'more cursor')}: {outcome}." for outcome, number in others.items())


def _tried(row: Mapping[str, t.Any], applied: bool) -> Rows:
    """The cures of a host. A cure that a check run planned does not count: the host stays as after a run without
    writes.
    """
    return [cure for cure in row["cures"] if applied or cure["outcome"] != PLANNED]


def _state_of_uncured(refusals: Sequence[str]) -> tuple[str, str]:
    """The state of a stuck host that the run has not reached."""
    if refusals:
        return "not_attempted", "The gate refused the run."
    return "not_attempted", "The run stopped after an earlier batch, in which a cure failed."


def _kept_out(gate: Mapping[str, t.Any], name: str) -> dict[str, str]:
    """Why the gate has excluded each host of ``postponed`` (it opens by itself) or ``blocked`` (a person must act)."""
    return {one["host"]: one["reason"] for one in gate.get(name) or []}


def _needs(rows: Rows, states: States, stats: Mapping[str, t.Any]) -> list[Need]:
    """What the table says: of the hosts that are not healthy."""
    found = []
    for row in rows:
        word, text = states[row["host"]]
        if word not in NOTHING_TO_DO:
            said, advice = _once(text, stats), _line(row["proposal"])
            # A verdict has the next step behind it.
            reason = said.removesuffix(advice)
            found.append(Need(row["host"], word, reason.strip(), advice if reason != said else ""))
    return found


def _once(text: str, stats: Mapping[str, t.Any]) -> str:
    """The table's text about a host, without what the last lines say, such as the reason of a refused run."""
    refused = stats["applied"] and any(text in refusal for refusal in stats["refusals"])
    return "The gate refused the run." if refused else text


def _left_to_do(rows: Rows, gate: Mapping[str, t.Any], slice_run: str) -> str:
    """What comes after a run that writes nothing."""
    stuck = [str(row["host"]) for row in rows if row["plans"]]
    return left_to_merge(slice_run, len(rows), stuck) if slice_run else would_do(gate, stuck)


def _what_was_done(stats: Mapping[str, t.Any], left: str) -> str:
    """What was written, or what is left to do."""
    if not stats["applied"]:
        return f"PLAN ONLY: nothing was written. {left}"
    run = f"Run {stats['run_id']}: " if stats["run_id"] else ""
    return " ".join(filter(None, [f"{run}{_counts(stats)}.", _proof(stats)]))


def _counts(stats: Mapping[str, t.Any]) -> str:
    """How many hosts ended how."""
    counts = ", ".join(f"{len(stats[name])} {name.replace('_', ' ')}" for name in _LISTS if stats[name])
    return counts or "nothing was to be cured"


def _proof(stats: Mapping[str, t.Any]) -> str:
    manifest = stats["evidence_manifest"]
    return f"The manifest of the evidence has the SHA-256 {manifest}." if manifest else ""


def _closing(
    rows: Rows,
    states: States,
    stats: Mapping[str, t.Any],
    left: str,
    said: Sequence[str],
) -> list[str]:
    """The last lines in front of the result: its background. Nothing is repeated.

    :param left: what is left to do after a run that writes nothing.
    :param said: further sentences, such as why the run fails.
    """
    behind = [_proof(stats), *stats["refusals"]] if stats["applied"] else [left]
    unhealthy = _not_healthy(rows, states)
    health = _health(rows, states, unhealthy, " ".join(behind))
    healthy = sum(state == "healthy" for state, _text in states.values())
    if unhealthy and healthy:
        health = f"{counted(healthy, 'host')} {verb(healthy)} healthy. {health}"
    if health.endswith(":"):
        health = f"{health[:-1]}."
    lines = list(dict.fromkeys([health, *behind]))
    return [*lines, *(one for one in dict.fromkeys(said) if not any(one in line for line in lines))]


def _result(stats: Mapping[str, t.Any], slice_run: str, *, failed: bool) -> str:
    """The very last line: how the run ended."""
    if slice_run:
        said = f"SLICE of run {slice_run}: nothing was written. Run merge_slices when all slices have ended."
    elif not stats["applied"]:
        said = "PLAN ONLY: nothing was written."
    elif stats["refusals"]:
        said = "REFUSED: nothing was written."
    else:
        run = f"Run {stats['run_id']}: " if stats["run_id"] else ""
        said = f"{run}{_counts(stats)}."
    incomplete = " EVIDENCE INCOMPLETE." if stats["evidence_incomplete"] else ""
    return f"{said}{incomplete}{' FAILED, as said above.' if failed else ''}"


def _health(
    rows: Rows,
    states: States,
    unhealthy: Rows,
    said: str,
) -> str:
    """The state of the fleet: only hosts seen healthy count as healthy. Nothing is repeated."""
    verdicts = {row["host"]: str(row["verdict"]) for row in rows}
    unknown = nothing_judged(verdicts)
    if unknown:
        return " ".join([unknown] * (unknown not in said) + [_unhealthy(rows, unhealthy)] * bool(unhealthy))
    beside = [
        f"{name}: {some(hosts)}."
        for name in ("not_applicable", "inactive")
        if (hosts := [host for host, (state, _text) in states.items() if state == name])
    ]
    if unhealthy:
        return " ".join([*beside, _unhealthy(rows, unhealthy)])
    healthy = len(rows) - sum(state in ("not_applicable", "inactive") for state, _text in states.values())
    if not beside:
        return "Every host is healthy."
    return " ".join([f"{healthy} of {counted(len(rows), 'host')} {verb(healthy)} healthy, none is unhealthy.", *beside])


def _unhealthy(rows: Rows, unhealthy: Rows) -> str:
    return f"{len(unhealthy)} of {counted(len(rows), 'host')} {verb(len(unhealthy))} not healthy:"


def _failures(
    rows: Rows,
    states: States,
    stats: Mapping[str, t.Any],
    fail_on: t.Any,
) -> list[str]:
    """Why the run must fail, though every task did what it could."""
    if stats["applied"] and stats["refusals"]:
        return []  # the gate has failed already, and its message must be the last one
    found = [] if rows else [nothing_judged({})]
    if torn := stats["evidence_incomplete"]:
        found.append(f"The evidence of {counted(len(torn), 'host')} could not be completed: {some(torn)}.")
    if stats["applied"]:
        # After a failed cure the run fails anyway, and those after it have their line.
        missing = frozenset({"blocked"}) if stats["failed"] else frozenset({"blocked", "not_attempted"})
        if left := [host for host, (state, _text) in states.items() if state in missing]:
            found.append(
                f"{counted(len(left), 'stuck host')} {verb(len(left), 'was', 'were')} not cured: {some(left)}."
            )
    return found + _unwanted(rows, states, fail_on)


def _unwanted(rows: Rows, states: States, fail_on: t.Any) -> list[str]:
    """A sentence for each verdict that the operator does not want at the end."""
    try:
        wanted = sorted(read_fail_on(fail_on))
    except ValidationError as error:
        return [str(error)]
    having = {
        verdict: [row["host"] for row in rows if verdict in _left(row, states[row["host"]][0])] for verdict in wanted
    }
    return [
        f"mid_sourcing_fail_on: {counted(len(hosts), 'host')} {verb(len(hosts))} {verdict}: {some(hosts)}."
        for verdict, hosts in having.items()
        if hosts
    ]


def _left(row: Mapping[str, t.Any], state: str) -> set[str]:
    """The verdicts that still hold for a host: a successful cure removes ``stuck``."""
    found = set(row.get("verdicts") or [row["verdict"]])
    return found - {"stuck"} if state in HEALTHY_AFTER else found


def _line(text: t.Any) -> str:
    return " ".join(str(text).split())
