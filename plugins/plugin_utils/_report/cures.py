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
from .._fleet.role_words import in_role_words
from .ends import DONE, FAILED, INTERRUPTED, decisive_end, still_cured
from .gaps import Gaps, counted_again, fetched, moved, total
from .times import iso, seconds_between, short

Data = dict[str, t.Any]
Change = Mapping[str, t.Any]

#: An attempt has at most so many steps and lines of the journal in a report; the evidence has more.
MOST_LINES = 20


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


def _host(host: str, changes: Sequence[Change]) -> Data:
    attempts = [_attempt(change) for change in changes]
    return {
        "host": host,
        "outcome": decisive_end(attempts).outcome,
        "cured_at": max((end.attempt["ended"] for end in still_cured(attempts)), default=""),
        "attempts": _with_accounts(attempts),
        "affected": _affected(changes),
    }


def _with_accounts(attempts: Sequence[Data]) -> list[Data]:
    """The attempts, in which a cursor without an account has the one that another attempt names."""
    known = {cursor["option"]: cursor["account"] for one in attempts for cursor in one["cursors"] if cursor["account"]}
    return [
        {**one, "cursors": [{**cursor, "account": known.get(cursor["option"], "")} for cursor in one["cursors"]]}
        for one in attempts
    ]


def _attempt(change: Change) -> Data:
    result: Mapping[str, t.Any] = change.get("result") or {}
    return {
        "run_id": str(change["run_id"]),
        "kind": str(change["kind"]),
        "by": str(change["by"]),
        "ticket": str(change.get("ticket") or ""),
        "started": iso(change.get("started")),
        "ended": iso(change.get("ended")),
        "outcome": _outcome(change),
        "reason": in_role_words(str(result.get("reason") or result.get("msg") or ""), "sync_cursor"),
        "cursors": [_cursor(one, change, result) for one in change.get("cursors") or [{}]],
        "steps": [_step(one) for one in _rows(result.get("steps"))],
        "journal": [_line(one) for one in _rows(result.get("journal"))],
    }


def _outcome(change: Change) -> str:
    if change.get("state") != "ended":
        return INTERRUPTED
    result: Mapping[str, t.Any] = change.get("result") or {}
    return str(result.get("outcome") or (FAILED if change.get("failed") else DONE))


def _rows(rows: t.Any) -> Sequence[Mapping[str, t.Any]]:
    """The last of these rows: what came last says how it ended."""
    return list(rows or ())[-MOST_LINES:]


def _step(step: Mapping[str, t.Any]) -> Data:
    return {"at": iso(step.get("at")), "action": str(step.get("action") or ""), "detail": str(step.get("detail") or "")}


def _line(line: Mapping[str, t.Any]) -> Data:
    names = ("when", "activity", "class", "cause", "text")
    return {"at": iso(line.get("at")), **{name: str(line.get(name) or "") for name in names}}


def _cursor(cursor: Mapping[str, t.Any], change: Change, result: Mapping[str, t.Any]) -> Data:
    """What an attempt did to one cursor: where it stood, what was written, and where the workflow has moved it."""
    option, move = _option(cursor), _move(cursor, change)
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
        "affected": _count(move),
    }


def _option(cursor: Mapping[str, t.Any]) -> str:
    return str(cursor.get("option") or "")


def _move(cursor: Mapping[str, t.Any], change: Change) -> Mapping[str, t.Any]:
    """What the result of an attempt says of one cursor; empty where it says nothing."""
    result: Mapping[str, t.Any] = change.get("result") or {}
    moves = [one for one in result.get("moves") or () if _option(one) == _option(cursor)]
    # A backfill treats one cursor, and its result is that of the cursor.
    return moves[-1] if moves else result if change["kind"] == "backfill" else {}


def _count(move: Mapping[str, t.Any]) -> int | None:
    """How many deliveries a backfill has left."""
    count: int | None = (move.get("affected") or {}).get("count")
    return count


# -- what stays possibly affected -------------------------------------------------------------------------------------


def _affected(changes: Sequence[Change]) -> list[Data]:
    """For each cursor that was moved over something that nothing has fetched since: since and until when, how many, and
    in a sentence."""
    found: dict[str, Gaps] = {}
    for change in changes:
        for cursor in change.get("cursors") or ():
            option = _option(cursor)
            found[option] = _GAPS_AFTER[change["kind"]](found.get(option, ()), cursor, change)
    return [_told(option, gaps) for option, gaps in sorted(found.items()) if gaps]


def _after_cure(gaps: Gaps, cursor: Mapping[str, t.Any], change: Change) -> Gaps:
    move, before = _move(cursor, change), iso(cursor.get("old_value"))
    written = iso(move.get("written"))
    if not written:
        return gaps
    # What may land yet counts as written.
    is_undone = move.get("outcome") == "restored" or (move.get("undone") and not move.get("unsure"))
    return moved(gaps, before, before if is_undone else written, move.get("changed_between"))


def _after_backfill(gaps: Gaps, cursor: Mapping[str, t.Any], change: Change) -> Gaps:
    move = _move(cursor, change)
    covered = iso(move.get("covered_from"))
    if not gaps or not covered:
        return gaps
    return counted_again(fetched(gaps, covered), iso(move.get("since")) or gaps[0].since, covered, _count(move))


def _after_rollback(gaps: Gaps, cursor: Mapping[str, t.Any], change: Change) -> Gaps:
    """Mostly the cursor goes back. It goes forwards, over what nothing has fetched, where an earlier rollback has gone
    back further."""
    if _outcome(change) in (INTERRUPTED, FAILED):
        return gaps
    move = _move(cursor, change)
    after = iso(move.get("after"))
    if not after:
        # What was put back is not told: at least the last cure is undone.
        return gaps[:-1]
    return moved(gaps, iso(move.get("old_value")) or after, after)


_GAPS_AFTER: Mapping[str, t.Callable[[Gaps, Mapping[str, t.Any], Change], Gaps]] = {
    "cure": _after_cure,
    "backfill": _after_backfill,
    "rollback": _after_rollback,
}


def _told(option: str, gaps: Gaps) -> Data:
    """All gaps of one cursor, as one."""
    since, until, count = gaps[0].since, gaps[-1].until, total(gaps)
    return {
        "option": option,
        "since": since,
        "until": until,
        "count": count,
        "text": _sentence(_time(since, until, len(gaps)), count),
    }


def _time(since: str, until: str, number: int) -> str:
    where = f"in {number} gaps " if number > 1 else ""
    return f"{where}between {short(since)} and {short(until)} UTC" if since else f"{where}before {short(until)} UTC"


def _sentence(when: str, count: int | None) -> str:
    if count is None:
        return (
            f"How many deliveries changed {when} is not known, since the mid-sourcing server has not counted them. "
            "Those that do not change again keep old counters here."
        )
    if count == 0:
        return f"No delivery changed {when}: nothing is affected."
    return (
        f"{counted(count, 'delivery')} changed {when}. Those that do not change again keep old counters "
        "here, until a backfill fetches them."
    )
