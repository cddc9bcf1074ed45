# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""What follows from a row of a snapshot: the schedule of a workflow, how long its runs wait, how fast a
mid is. Pure."""

from __future__ import annotations

import typing as t
from collections.abc import Collection
from datetime import datetime

from ...module_utils._core.xtk import parse_datetime
from ...module_utils._cure.verify_timeout import FALLBACK_PERIOD
from ...module_utils._diagnosis.catalogue import CATALOGUE, CursorKind
from ...module_utils._diagnosis.model import Thresholds
from .texts import TIMEOUT_TEXTS

Data = dict[str, t.Any]

#: The cursors that a cure may move.
MOVED: tuple[CursorKind, ...] = tuple(kind for kind in CATALOGUE if kind.cure == "move")
#: How long a call of a workflow may take where no failed run tells. Seconds.
USUAL_LIMIT = 60.0
#: The simulator's runner takes this long before its first activity. Seconds.
RUNNER_START = 1.0
_REFUSALS = frozenset({"password_refused", "operator_disabled"})


def mid_of(account: Data) -> str:
    """The mid that an account names: a host, or the address of a server that is none; '' for none."""
    return str(account["mid"] or account["server"])


def is_marketing(row: Data) -> bool:
    """An instance that could not be read may be one."""
    if "unread" in row:
        return True
    return any(kind.workflow in row["workflows"] or any(map(kind.covers, row["options"])) for kind in MOVED)


def failures_of(row: Data) -> list[Data]:
    """The failures in the journal of a workflow, oldest first."""
    return [entry for entry in row.get("journal") or () if entry["what"] == "failed"]


def timeout_text(row: Data) -> str:
    """In which words the simulator tells of a mid that was too slow: those of the last failure."""
    found = [entry for kind in MOVED for entry in failures_of(row["workflows"].get(kind.workflow) or {})]
    if not found:
        return TIMEOUT_TEXTS["timeout"]
    if found[-1]["cause"] == "timeout" and not found[-1]["accounts"]:
        return "curl"
    return TIMEOUT_TEXTS.get(found[-1]["cause"], TIMEOUT_TEXTS["timeout"])


def period(row: Data) -> float:
    """The schedule of a workflow, in seconds, as far as its rows show one."""
    starts = [parse_datetime(entry["at"]) for entry in failures_of(row)]
    gaps = [(later - earlier).total_seconds() for earlier, later in zip(starts, starts[1:])]
    told = [gap for gap in gaps if gap > Thresholds.run_gap]
    if not told and row.get("due") and row.get("processed"):
        told = [(parse_datetime(row["due"]) - parse_datetime(row["processed"])).total_seconds()]
    return next((gap for gap in reversed(told) if gap > 0), FALLBACK_PERIOD)


def limit(row: Data) -> float | None:
    """How long a call of the workflow was waited for, in seconds: the time from the line before a failure for lack of
    an answer to that failure. None where no failure tells."""
    before: datetime | None = None
    found: float | None = None
    for entry in row.get("journal") or ():
        at = parse_datetime(entry["at"])
        if entry["what"] == "other":
            before = at
        elif entry["what"] == "failed" and entry["class"] == "slow" and before is not None:
            seconds = (at - before).total_seconds() - RUNNER_START
            found = seconds if 0 < seconds <= Thresholds.max_run else found
            before = None
    return found


def counters(row: Data) -> list[Data]:
    """The workflows of an instance that a cure may run."""
    return [row["workflows"][kind.workflow] for kind in MOVED if kind.workflow in (row.get("workflows") or {})]


# Complex: which options are cursors of these accounts.
def oldest_cursor(row: Data, mid: str, only: Collection[str] = ()) -> datetime | None:
    """Where the oldest cursor of an instance stands among those that go through a mid.

    :param only: the accounts that count; empty for all.
    """
    named = only or row.get("accounts") or ()
    names = {name for name, one in (row.get("accounts") or {}).items() if mid_of(one) == mid and name in named}
    values = [
        parse_datetime(option["value"])
        for name, option in (row.get("options") or {}).items()
        for kind in MOVED
        if option["value"] and kind.covers(name) and (kind.suffix(name) in names or names == set(row["accounts"]))
    ]
    return min(values, default=None)


def measured_cost(row: Data | None) -> float | None:
    """Seconds for a delivery, by what the mid took to give those of the last day; None where that is not known."""
    told = ((row or {}).get("deliveries") or {}).get("last_day") or {}
    number = told.get("deliveries") or 0
    return told["seconds"] / number if number and told.get("seconds") is not None else None


def renamed(row: Data) -> dict[str, str]:
    """The one cursor that no account is named after, and the one active account without a cursor; empty where there
    are none, or several."""
    named, accounts = _by_account(row), row.get("accounts") or {}
    without = [name for name, account in accounts.items() if account["active"] and name not in named]
    orphans = [option for name, option in named.items() if name not in accounts]
    return {orphans[0]: without[0]} if len(orphans) == len(without) == 1 else {}


def _by_account(row: Data) -> dict[str, str]:
    """The cursors that a cure may move, by the name of the account that is in theirs."""
    return {kind.suffix(option): option for option in row.get("options") or {} for kind in MOVED if kind.covers(option)}


# Complex: what shows that a logon was accepted.
def unproven(row: Data) -> set[str]:
    """The active accounts of which no failure shows that their mid has accepted the logon: a mid that was too slow has
    accepted it."""
    active = {name for name, one in row["accounts"].items() if one["active"] and mid_of(one)}
    slow = [entry for workflow in counters(row) for entry in failures_of(workflow) if entry["class"] == "slow"]
    named = {name for entry in slow for name in entry["accounts"]}
    return active - (active if slow and len(active) == 1 else named)


def refused(row: Data) -> set[str]:
    """The accounts whose logon was refused when the workflow failed last: those that it names, or all."""
    last = [entry for workflow in counters(row) for entry in failures_of(workflow)[-1:]]
    found = [entry for entry in last if entry["cause"] in _REFUSALS]
    return {name for entry in found for name in (entry["accounts"] or row["accounts"])}
