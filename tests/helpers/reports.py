# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fleets for reports, without servers: what fleet_info would return, and what the evidence would say. Every call gives
the same."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from ansible_collections.campaign.classic.plugins.module_utils._core.xtk import format_datetime
from ansible_collections.campaign.classic.plugins.plugin_utils._fleet.seen import Seen, summary
from ansible_collections.campaign.classic.plugins.plugin_utils._report.document import document
from ansible_collections.campaign.classic.plugins.plugin_utils._report.verdicts import WORST_FIRST

NOW = datetime(2026, 11, 29, 8, 0, tzinfo=UTC)
#: A label from a server that would run in a page that does not escape it, and ends what a page may have around it.
SCRIPT = "</script></style><img src=x onerror=\"document.title='pwned'\"><script>document.title='pwned'</script>"
OPTION = "NmsMidSourcing_LastDelivery_"
CITIES = (
    *("paris", "oslo", "vienna", "rome", "dublin", "bern", "madrid", "prague", "tokyo", "sofia", "athens", "lisbon"),
    *("riga", "ghent", "turin", "cork", "lima", "milan", "quito", "delhi"),
)
#: The age of a cursor with each verdict, in seconds: at least, at most.
DAY = 86400
AGES = {
    "stuck": (30 * DAY, 2500 * DAY),
    "engine_down": (3600, 9 * 3600),
    "future": (-3 * DAY, -DAY),
    "failing_other": (5 * 3600, 60 * DAY),
    "failing_unknown": (5 * 3600, 60 * DAY),
    "unmatched": (100 * DAY, 2500 * DAY),
    "stale": (6 * 3600, 3 * DAY),
    "held": (DAY, 40 * DAY),
    "running": (600, 7200),
    "healthy": (30, 900),
    "inactive": (100 * DAY, 2500 * DAY),
}
#: How many of a thousand hosts have it.
OF_A_THOUSAND = {
    **dict.fromkeys(WORST_FIRST, 4),
    **{"healthy": 870, "stuck": 12, "not_applicable": 30, "stale": 12, "unreachable": 8},
}
REASONS = {
    "stuck": "The cursor stands at {value}, {age}d ago (more than 7d), and 1 run has failed on this value, the last at "
    "2026-11-28 22:26:35.133Z (timeout): operation timed out after 60 s (iRc=-53).",
    "healthy": "The cursor stands at {value}, 5m 57s ago (allowed: 6h); the workflow 'defaultMidSourcingDlv' is "
    "started (11).",
    "unreachable": "10.0.0.7:443 closed the connection without an answer. It was tried 3 times.",
}


def fleet(verdicts: dict[str, int], seed: int = 17742) -> dict[str, Any]:
    """What fleet_info returns with ``values`` of so many hosts with each verdict, in an order of no meaning."""
    dice = random.Random(seed)
    words = [verdict for verdict, number in verdicts.items() for _one in range(number)]
    dice.shuffle(words)
    names = [
        f"mkt-{CITIES[n % len(CITIES)]}{f'-{n // len(CITIES)}' if n >= len(CITIES) else ''}" for n in range(len(words))
    ]
    rows = {name: row(word, dice) for name, word in zip(names, words, strict=True)}
    calls = {"total": 6 * len(rows), "logons": len(rows), "writes": 0}
    return {"changed": False, **summary(names, rows, []), "seconds": 3.8, "calls": calls}


# Complex: a flat list of values, most of them with a condition.
def row(verdict: str, dice: random.Random, account: str = "defaultEmailMid") -> dict[str, Any]:
    """The row of a host."""
    seconds = dice.randint(*AGES[verdict]) if verdict in AGES else None
    value = None if seconds is None else format_datetime(NOW - timedelta(seconds=seconds))
    reason = REASONS.get(verdict, f"What makes a host {verdict}, in a sentence of some length that names values.")
    reason = reason.format(value=value, age=(seconds or 0) // DAY)
    answered = verdict not in ("misconfigured", "unreachable", "not_asked", "denied")
    option = "" if verdict == "not_applicable" or not answered else f"{OPTION}{account}"
    cursor = {"option": option, "verdict": verdict, "account": account, "workflow": "defaultMidSourcingDlv"}
    plan = {"option": option, "account": account, "strategy": "lookback", "digest": "0" * 64, "old_value": value}
    plan |= {"new_value": format_datetime(NOW - timedelta(days=1)), "mid": {"changed_between": 19513}}
    return {
        "verdict": verdict,
        "reason": reason,
        "proposal": "Nothing to do." if verdict == "healthy" else "What a person does then.",
        "url": "https://campaign.example.com/nl/jsp/soaprouter.jsp",
        "server_time": format_datetime(NOW) if answered else "",
        "skew_seconds": 0.3 if answered else None,
        "release": "7.4.3" if answered else "",
        "build": "9396" if answered else "",
        "cursors": [{**cursor, "reason": reason, "proposal": "", "value": value}],
        "siblings": [],
        "plans": [plan] if verdict == "stuck" else [],
    }


def cure(host: str, *, outcome: str = "cured", days_ago: float = 1, **other: Any) -> dict[str, Any]:
    """A cure of a host, as ``changes_since`` returns it."""
    begun = NOW - timedelta(days=days_ago)
    option, old = f"{OPTION}defaultEmailMid", "2020-03-01 10:00:00.000Z"
    written, after = format_datetime(begun - timedelta(days=1)), format_datetime(begun + timedelta(minutes=4))
    move = {
        "option": option,
        "account": "defaultEmailMid",
        "outcome": outcome,
        "old_value": old,
        "written": written,
        "after": after if outcome == "cured" else old,
        "changed_between": 19513,
        "reason": "The workflow ran and moved its cursor itself."
        if outcome == "cured"
        else "The run failed as before, so the old value was put back.",
    }
    times = [format_datetime(begun + timedelta(seconds=seconds)) for seconds in (0, 1, 2, 3, 200)]
    steps = [
        {"at": times[0], "action": "write", "detail": f"{option}: {old} -> {written}"},
        *(
            {"at": at, "action": name, "detail": "accepted"}
            for at, name in zip(times[1:4], ("stop", "start", "wakeup"), strict=True)
        ),
        {"at": times[4], "action": "verified", "detail": f"the workflow moved its cursor {option} to {after}"},
    ]
    line = {
        "at": format_datetime(begun - timedelta(hours=2)),
        "when": "before",
        "activity": "synchronise",
        "class": "slow",
    }
    text = "Method 'ExecuteQuery' of external account 'defaultEmailMid': operation timed out after 60 s (iRc=-53)"
    return {
        "host": host,
        "run_id": "change-4711",
        "kind": "cure",
        "by": "anna (sudo of root)",
        "started": _iso(begun),
        "ended": _iso(begun + timedelta(minutes=5)),
        "state": "ended",
        "failed": outcome != "cured",
        "ticket": "CHG0004711",
        "cursors": [{"option": option, "old_value": old, "plan": {"account": "defaultEmailMid"}}],
        "result": {
            "outcome": outcome,
            "reason": "",
            "moves": [move],
            "steps": steps,
            "journal": [{**line, "cause": "timeout", "text": text}],
        },
        **other,
    }


def at_cursors(change: dict[str, Any], *names: str, result: dict[str, Any] | None = None) -> dict[str, Any]:
    """The same attempt at the cursors of these accounts.

    :param result: instead of the same end at each of them.
    """
    [cursor], told = change["cursors"], change["result"]
    moves = [{**one, "option": f"{OPTION}{name}", "account": name} for name in names for one in told.get("moves") or ()]
    return {
        **change,
        "cursors": [{**cursor, "option": name and f"{OPTION}{name}", "plan": {"account": name}} for name in names],
        "result": {**told, "moves": moves} if result is None else result,
    }


def _iso(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def report(
    found: dict[str, Any], changes: list[dict[str, Any]] | None = None, damaged: list[str] | None = None
) -> dict[str, Any]:
    """The document of a report on a fleet."""
    evidence = {"changes": changes or [], "damaged": damaged or []}
    return document(
        found["hosts"],
        Seen({}, found),
        made=_iso(NOW),
        fleet=found,
        evidence=evidence,
        since=_iso(NOW - timedelta(days=30)),
    )


def half_undone() -> dict[str, Any]:
    """A report on one host of two cursors, cured by one run each: the rollback of the first failed, and the second was
    put back."""
    found = fleet({"healthy": 1})
    [(host, one)] = found["rows"].items()
    [cursor] = one["cursors"]
    one["cursors"] = [{**cursor, "option": f"{OPTION}{name}", "account": name} for name in ("eu", "us")]
    back: dict[str, Any] = {"kind": "rollback", "result": {}}
    return report(
        found,
        [
            at_cursors(cure(host, days_ago=3, run_id="first"), "eu"),
            at_cursors(cure(host, days_ago=2, run_id="second"), "us"),
            at_cursors(cure(host, days_ago=1, run_id="first", failed=True, **back), "eu"),
            at_cursors(cure(host, days_ago=0.5, run_id="second", **back), "us"),
        ],
    )


def small() -> dict[str, Any]:
    """A report on one host of each verdict, three cures, and some texts of a server that would be markup."""
    found = fleet({**dict.fromkeys(WORST_FIRST, 1), "healthy": 4, "stuck": 2})
    healthy = [host for host in found["hosts"] if found["rows"][host]["verdict"] == "healthy"]
    evil = found["rows"][healthy[0]]
    evil["reason"], evil["cursors"][0]["account"] = f"Label: {SCRIPT}", SCRIPT
    sibling = {"option": "MC_LastRtEventStat", "label": SCRIPT, "verdict": "stale", "value": "2026-10-20 00:20:34.133Z"}
    evil["siblings"] = [sibling]
    back = {
        "covered_from": "2026-10-30 08:00:00.000Z",
        "affected": {"count": 15200},
        "option": f"{OPTION}defaultEmailMid",
    }
    backfill = {"kind": "backfill", "run_id": "backfill-4711", "result": {"outcome": "partial", "steps": [], **back}}
    changes = [
        cure(healthy[0], days_ago=3),
        cure(healthy[1], days_ago=2),
        cure(found["stuck"][0], outcome="restored", days_ago=1.5),
        cure(healthy[1], days_ago=1, **backfill),
    ]
    return report(found, changes)


def large() -> dict[str, Any]:
    """A report on a thousand hosts and some cures."""
    found = fleet(OF_A_THOUSAND)
    rest = 1000 - len(found["hosts"])
    found = fleet({**OF_A_THOUSAND, "healthy": OF_A_THOUSAND["healthy"] + rest})
    healthy = [host for host in found["hosts"] if found["rows"][host]["verdict"] == "healthy"]
    return report(found, [cure(host, days_ago=1 + n / 24) for n, host in enumerate(healthy[:30])])
