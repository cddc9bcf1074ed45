# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""How rollback, backfill and the playbooks for siblings end. Every host has one row. Pure."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping, Sequence

from ...module_utils._core.counted import counted, verb
from ...module_utils._core.errors import ValidationError
from .fail_on import read_fail_on
from .findings import some
from .role_words import in_role_words
from .rows import FAILURE
from .screen import paragraphs, table

Data = dict[str, t.Any]
Variables = Mapping[str, t.Any]

#: What each host of a rollback or a backfill records: one entry for each cursor that was processed.
TOLD = "__mid_sourcing_told"
#: The outcomes that fulfil the request, and the one that fulfils a part of it.
DONE = frozenset(
    {
        "rolled_back",
        "complete",
        "unchanged",
        "cured",
        "planned",
        "would_change",
        "healthy",
        "nothing_to_do",
        "left_alone",
    }
)
PARTIAL = "partial"
#: The table does not list these hosts.
HEALTHY = frozenset({"healthy"})
#: Lists of names in the order of the report, the worst last. ``{}`` is a verb of the kind.
SAID = (
    ("planned", "Would {}"),
    ("would_change", "Would change"),
    ("rolled_back", "Rolled back"),
    ("complete", "Backfilled"),
    ("cured", "Changed and proved"),
    ("unchanged", "Nothing was to be done"),
    ("not_possible", "Not possible"),
    (PARTIAL, "PARTIAL"),
    ("failed", "FAILED"),
    ("not_reached", "NOT REACHED"),
)
VERBS = {"rollback": "roll back", "backfill": "backfill", "siblings": "change"}
NOTHING = {
    "rollback": "No host of this pattern has anything to put back.",
    "backfill": "No host of this pattern has anything to fetch again.",
    "siblings": "Nothing had to be written.",
}
MODULES = {"rollback": "option", "backfill": "sync_cursor_backfill"}


def fleet_done(
    hosts: Sequence[str],
    hostvars: Mapping[str, Variables],
    kind: str,
    *,
    expected: t.Collection[str] = (),
    rehearsal: bool,
    run: str = "",
    beside: Sequence[str] = (),
    fail_on: t.Any = (),
) -> Data:
    """How a run ended.

    :param kind: ``rollback``, ``backfill`` or ``siblings``.
    :param expected: hosts that the run should have reached.
    :param run: its name, for the last line.
    :param beside: sentences before the result, such as on closed windows.
    :param fail_on: verdicts and outcomes with which a host fails the run.
    :returns: ``rows`` (``host``, ``outcome``, ``reason``), ``table`` and ``closing`` for a screen, the very last line
        being the result, and ``failures``: with any, the run must fail.
    """
    of_host = _of_siblings if kind == "siblings" else _of_targets
    rows = [row for host in hosts if (row := of_host(host, hostvars.get(host) or {}, kind, expected, rehearsal))]
    by_outcome: dict[str, list[str]] = {}
    for row in rows:
        by_outcome.setdefault(row["outcome"], []).append(row["host"])
    failures = _failures(rows, by_outcome, rehearsal, fail_on)
    said = [*_summary(rows, by_outcome, kind), *beside, *failures]
    return {
        "rows": rows,
        "table": table([(row["host"], row["outcome"], row["reason"]) for row in rows if row["outcome"] not in HEALTHY]),
        "closing": paragraphs([*said, _result(by_outcome, rows, rehearsal, run, failures)]),
        "failures": failures,
    }


def _summary(rows: Sequence[Data], by_outcome: Mapping[str, list[str]], kind: str) -> list[str]:
    """Which hosts ended how, a sentence for each outcome."""
    number = len(by_outcome.get("healthy", ()))
    healthy = f"{counted(number, 'host')} {verb(number)} healthy." if number else ""
    if all(outcome in HEALTHY | {"left_alone", "nothing_to_do"} for outcome in by_outcome):
        return [healthy, NOTHING[kind]]
    said = [
        f"{words.format(VERBS[kind])}: {some(by_outcome[name], 100)}.{_hint(name, kind, rows)}"
        for name, words in SAID
        if name in by_outcome
    ]
    return [healthy, *said]


def _of_targets(
    host: str, variables: Variables, kind: str, expected: t.Collection[str], _rehearsal: bool
) -> Data | None:
    """The row of a host of a rollback or a backfill; None when it has none."""
    targets = variables.get(f"mid_sourcing_{kind}_targets")
    failure = str(variables.get(FAILURE) or "")
    if not targets and not failure:
        waited = targets is None and host in expected
        return _row(host, "not_reached", "Nothing was done on it: the run ended before.") if waited else None
    return _row_of_told(host, kind, _all_told(variables, failure, targets or ()))


def _row_of_told(host: str, kind: str, told: Sequence[Data]) -> Data:
    """The row of a host, from the records of its cursors."""
    outcome = _worst(one["outcome"] for one in told)
    several = len({one.get("option") for one in told}) > 1
    problem = _each_once(str(one.get("evidence_problem") or "") for one in told)
    text = f"{_each_once(_told(one, several, outcome) for one in told)} {problem}"
    return {
        **_row(host, outcome, " ".join(in_role_words(text, MODULES[kind]).split())),
        **_counted(told),
        "evidence_problem": problem,
        "again": any(one["outcome"] == "failed" and one.get("again", True) for one in told),
    }


def _counted(told: Sequence[Data]) -> Data:
    """How many deliveries of a host's cursors stay possibly affected, of how many cursors nobody has counted them, and
    whether there is a list."""
    return {
        "affected": sum(_number(one) or 0 for one in told),
        "uncounted": sum(one["outcome"] == PARTIAL and _number(one) is None for one in told),
        "listed": any(one.get("affected_file") for one in told),
    }


def _each_once(texts: t.Iterable[str]) -> str:
    return " ".join(dict.fromkeys(filter(None, texts)))


def _all_told(variables: Variables, failure: str, targets: Sequence[Variables]) -> list[Data]:
    """The records of a host's cursors, those that were not reached, and a failure that none of them mentions."""
    told = [dict(one) for one in variables.get(TOLD) or []]
    told += _not_reached(told, targets)
    if not told or (failure and all(one["outcome"] in DONE | {PARTIAL} for one in told)):
        told.append({"outcome": "failed", "reason": failure or "It did not finish."})
    return told


def _not_reached(told: Sequence[Data], targets: Sequence[Variables]) -> list[Data]:
    """A record for each cursor that has none, where others have one."""
    reached = {one.get("option") for one in told}
    lacking = [one["option"] for one in targets if told and one["option"] not in reached]
    return [{"option": name, "outcome": "failed", "reason": "It was not reached."} for name in lacking]


def _worst(outcomes: t.Iterable[str]) -> str:
    """The outcome of a host: the first that is all that was asked for, unless one is a part of it, or worse. Where
    something was done at one cursor, the host is not one at which nothing was."""
    found = list(outcomes)
    if any(outcome not in DONE | {PARTIAL} for outcome in found):
        return "failed"
    if PARTIAL in found:
        return PARTIAL
    return next((outcome for outcome in found if outcome != "unchanged"), found[0])


def _told(one: Mapping[str, t.Any], several: bool, outcome: str) -> str:
    """What is said of one cursor: by its name and outcome where they are not those of the row."""
    before = f"{one['option']}: " if several and one.get("option") else ""
    own = "" if one["outcome"] == outcome else f"{one['outcome']}: "
    number = _number(one)
    affected = f" At most {counted(number, 'delivery')} possibly affected." if number else ""
    listed = f" Those that are on the instance: {one['affected_file']}" if one.get("affected_file") else ""
    return f"{before}{own}{one.get('reason') or ''}{affected}{listed}"


def _number(one: Mapping[str, t.Any]) -> int | None:
    """How many deliveries stay possibly affected; None when nobody has counted them."""
    number = one.get("affected")
    return None if number in (None, "") else int(number)


def _of_siblings(
    host: str, variables: Variables, _kind: str, _expected: t.Collection[str], rehearsal: bool
) -> Data | None:
    """The row of a host of a playbook for siblings; None when nothing is known of it."""
    plan, failure = variables.get("siblings_plan"), variables.get("siblings_failure")
    planned = f" It was planned: {plan['line']}" if plan and plan["action"] == "change" else ""
    if failure:
        return _row(host, "failed", f"{failure}{planned}")
    if not plan:
        return None
    if variables.get("siblings_outcome"):
        return _row(host, "cured", f"{str(variables['siblings_outcome']).replace('cured: ', '', 1).strip()}{planned}")
    words = {
        "none": "healthy" if plan.get("healthy") else "nothing_to_do",
        # What could not be looked at is not known to need nothing.
        "look": "left_alone" if plan.get("judged", True) else "failed",
        "refused": "not_possible",
    }
    if plan["action"] in words:
        return _row(host, words[plan["action"]], str(plan["line"]))
    return _row(host, "would_change" if rehearsal else "not_reached", str(plan["line"]))


def _row(host: str, outcome: str, reason: str) -> Data:
    return {
        "host": host,
        "outcome": outcome,
        "reason": reason,
        "affected": 0,
        "uncounted": 0,
        "listed": False,
        "evidence_problem": "",
        "again": outcome == "failed",
    }


def _hint(name: str, kind: str, rows: Sequence[Data]) -> str:
    """What follows from a list of names."""
    if name == PARTIAL:
        return f" Not everything was fetched again: {_possibly_affected(rows)}"
    if name == "failed" and kind == "rollback":
        return _hint_for_failed([row for row in rows if row["outcome"] == name])
    return ""


def _hint_for_failed(rows: Sequence[Data]) -> str:
    """What to do where a rollback has failed: it may have put the value back all the same."""
    again = [row["host"] for row in rows if row["again"]]
    if len(again) == len(rows):
        return " Run the same again for these, once their causes are repaired."
    if not again:
        return " The values are back there: what is left to do stands in the reasons, and the same again does not help."
    return (
        f" Run the same again for {some(again, 100)}, once their causes are repaired. For the others that does not "
        "help: the values are back there, and what is left to do stands in the reasons."
    )


def _possibly_affected(rows: Sequence[Data]) -> str:
    """How many deliveries stay possibly affected. What nobody has counted is unknown, and not none."""
    number, uncounted = (sum(row[name] for row in rows) for name in ("affected", "uncounted"))
    unknown = f"how many deliveries of {counted(uncounted, 'cursor')} stay possibly affected is not known"
    if uncounted and not number:
        said = unknown
    else:
        most = f"at most {counted(number, 'delivery')} possibly affected, as the mid-sourcing servers count them"
        said = f"{most}; {unknown}" if uncounted else most
    listed = " What the instances have of them is listed beside the evidence." if any(r["listed"] for r in rows) else ""
    return f"{said}.{listed}"


def _failures(rows: Sequence[Data], by_outcome: Mapping[str, list[str]], rehearsal: bool, fail_on: t.Any) -> list[str]:
    """Why the run must fail; what a list of names says already is in no further sentence."""
    torn = [row["host"] for row in rows if row["evidence_problem"]]
    found = [f"The evidence of {counted(len(torn), 'host')} could not be completed: {some(torn)}."] if torn else []
    # A rehearsal fails where a host could not be looked at: what would be done there is not known.
    for name in ("failed",) if rehearsal else ("failed", "not_reached", "not_possible"):
        if name in by_outcome:
            found.append(f"{counted(len(by_outcome[name]), 'host')} {name.replace('_', ' ')}.")
    try:
        wanted = read_fail_on(fail_on)
    except ValidationError as error:
        return [*found, str(error)]
    if PARTIAL in wanted and PARTIAL in by_outcome:
        found.append(f"mid_sourcing_fail_on: {counted(len(by_outcome[PARTIAL]), 'host')} partial.")
    return found


def _result(
    by_outcome: Mapping[str, list[str]], rows: Sequence[Data], rehearsal: bool, run: str, failures: Sequence[str]
) -> str:
    """The very last line."""
    counts = ", ".join(
        f"{len(by_outcome[name])} {name.replace('_', ' ')}"
        for name, _words in SAID
        if name in by_outcome and name != "would_change"
    )
    said = "PLAN ONLY: nothing was written." if rehearsal else f"{run}: {counts or 'nothing was to be done'}."
    incomplete = " EVIDENCE INCOMPLETE." if any(row["evidence_problem"] for row in rows) else ""
    return f"{said}{incomplete}{' FAILED, as said above.' if failures else ''}"
