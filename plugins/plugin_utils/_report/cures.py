# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""What was done to the cursors of a fleet, from the evidence: for each host its attempts, and what stays possibly
affected. Pure."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping, Sequence

from ...module_utils._core.counted import counted
from ...module_utils._diagnosis.outcomes import CURED_OR_WARNED
from .._fleet.role_words import in_role_words
from .times import iso, seconds_between, short

Data = dict[str, t.Any]
Change = Mapping[str, t.Any]

#: An attempt has at most so many steps and lines of the journal in a report; the evidence has more.
MOST_LINES = 20
#: How an attempt ended that has no outcome of its own.
INTERRUPTED, FAILED, DONE = "interrupted", "failed", "done"
#: How a host stands whose cure was undone.
ROLLED_BACK = "rolled_back"


def treated_hosts(changes: Sequence[Change]) -> list[Data]:
    """One entry for each host on which a cure was attempted, the last treated first.

    :param changes: of ``_evidence/changes.py``, oldest first.
    """
    by_host: dict[str, list[Change]] = {}
    for change in changes:
        by_host.setdefault(str(change["host"]), []).append(change)
    found = [_host(host, own) for host, own in by_host.items() if any(one["kind"] == "cure" for one in own)]
    # The names first, since sorting is stable.
    found.sort(key=lambda one: str(one["host"]))
    found.sort(key=lambda one: str(one["attempts"][-1]["started"]), reverse=True)
    return found


def is_cured(outcome: str) -> bool:
    """Whether the workflow moves its cursor again after this outcome."""
    return outcome in CURED_OR_WARNED


def _host(host: str, changes: Sequence[Change]) -> Data:
    attempts = [_attempt(change) for change in changes]
    last = [one for one in attempts if one["kind"] == "cure" or _is_undone(one)][-1]
    outcome = last["outcome"] if last["kind"] == "cure" else ROLLED_BACK
    return {
        "host": host,
        "outcome": outcome,
        "cured_at": last["ended"] if is_cured(outcome) else "",
        "attempts": _with_accounts(attempts),
        "affected": _affected(attempts),
    }


def _with_accounts(attempts: Sequence[Data]) -> list[Data]:
    """The attempts, in which a cursor without an account has the one that another attempt names."""
    known = {cursor["option"]: cursor["account"] for one in attempts for cursor in one["cursors"] if cursor["account"]}
    return [
        {**one, "cursors": [{**cursor, "account": known.get(cursor["option"], "")} for cursor in one["cursors"]]}
        for one in attempts
    ]


def _is_undone(attempt: Data) -> bool:
    """Whether an attempt has put old values back."""
    return attempt["kind"] == "rollback" and attempt["outcome"] not in (INTERRUPTED, FAILED)


def _attempt(change: Change) -> Data:
    result: Mapping[str, t.Any] = change.get("result") or {}
    return {
        "run_id": str(change["run_id"]),
        "kind": str(change["kind"]),
        "by": str(change["by"]),
        "ticket": str(change.get("ticket") or ""),
        "started": iso(change.get("started")),
        "ended": iso(change.get("ended")),
        "outcome": _outcome(change, result),
        "reason": in_role_words(str(result.get("reason") or result.get("msg") or ""), "sync_cursor"),
        "cursors": [_cursor(one, change, result) for one in change.get("cursors") or ()],
        "steps": [_step(one) for one in _rows(result.get("steps"))],
        "journal": [_line(one) for one in _rows(result.get("journal"))],
    }


def _outcome(change: Change, result: Mapping[str, t.Any]) -> str:
    if change.get("state") != "ended":
        return INTERRUPTED
    return str(result.get("outcome") or (FAILED if change.get("failed") else DONE))


def _rows(rows: t.Any) -> Sequence[Mapping[str, t.Any]]:
    """The last of these rows: what came last says how it ended."""
    return list(rows or ())[-MOST_LINES:]


def _step(step: Mapping[str, t.Any]) -> Data:
    return {"at": iso(step.get("at")), "action": str(step.get("action") or ""), "detail": str(step.get("detail") or "")}


def _line(line: Mapping[str, t.Any]) -> Data:
    names = ("when", "activity", "class", "cause", "text")
    return {"at": iso(line.get("at")), **{name: str(line.get(name) or "") for name in names}}


# Complex: a flat list of values, any of which an older record may lack.
def _cursor(cursor: Mapping[str, t.Any], change: Change, result: Mapping[str, t.Any]) -> Data:
    """What an attempt did to one cursor: where it stood, what was written, and where the workflow has moved it."""
    option = str(cursor.get("option") or "")
    moves = [one for one in result.get("moves") or () if str(one.get("option") or "") == option]
    # A backfill treats one cursor, and its result is that of the cursor.
    move: Mapping[str, t.Any] = moves[-1] if moves else result if change["kind"] == "backfill" else {}
    before = iso(cursor.get("old_value"))
    return {
        "option": option,
        "account": str(move.get("account") or (cursor.get("plan") or {}).get("account") or ""),
        "outcome": str(move.get("outcome") or ""),
        "reason": in_role_words(str(move.get("reason") or ""), "sync_cursor"),
        "before": before,
        "before_age_seconds": seconds_between(before, result.get("server_time") or change.get("started")),
        "written": iso(move.get("written")),
        "after": iso(move.get("after")),
        "changed_between": move.get("changed_between"),
        "covered_from": iso(move.get("covered_from")),
        "affected": (move.get("affected") or {}).get("count"),
    }


# -- what stays possibly affected -------------------------------------------------------------------------------------


def _affected(attempts: Sequence[Data]) -> list[Data]:
    """For each cursor that now stands ahead of what was fetched: since and until when, how many, and in a sentence."""
    found: dict[str, Data] = {}
    for attempt in attempts:
        for cursor in attempt["cursors"]:
            option = cursor["option"]
            if attempt["kind"] == "cure":
                _note_cure(found, option, cursor)
            elif attempt["kind"] == "backfill":
                _note_backfill(found, option, cursor)
            elif _is_undone(attempt):
                # The old value is back: the workflow asks for everything since.
                found.pop(option, None)
    return [{**one, "text": _sentence(one)} for _option, one in sorted(found.items())]


def _note_cure(found: dict[str, Data], option: str, cursor: Data) -> None:
    if cursor["outcome"] == "restored":
        found.pop(option, None)
    elif cursor["written"]:
        # A second cure of the same cursor leaves a second gap; the first one stays in its attempt.
        found[option] = _gap(option, cursor["before"], cursor["written"], cursor["changed_between"])


def _note_backfill(found: dict[str, Data], option: str, cursor: Data) -> None:
    if option in found and cursor["covered_from"]:
        since = found[option]["since"]
        if cursor["affected"] == 0 or cursor["covered_from"] <= since:
            del found[option]
        else:
            found[option] = _gap(option, since, cursor["covered_from"], cursor["affected"])


def _gap(option: str, since: str, until: str, count: t.Any) -> Data:
    return {"option": option, "since": since, "until": until, "count": count}


def _sentence(gap: Data) -> str:
    between = f"between {short(gap['since'])} and {short(gap['until'])} UTC"
    if gap["count"] is None:
        return (
            f"How many deliveries changed {between} is not known, since the mid-sourcing server was not asked. "
            "Those that do not change again keep old counters here."
        )
    if gap["count"] == 0:
        return f"No delivery changed {between}: nothing is affected."
    return (
        f"{counted(gap['count'], 'delivery')} changed {between}. Those that do not change again keep old counters "
        "here, until a backfill fetches them."
    )
