# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The copy of a mid: its deliveries, when they changed, and what each costs it. Pure.

A run that was seen to fail must fail in the copy too: so a delivery costs what was measured, or more.
"""

from __future__ import annotations

import typing as t
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from .assumptions import Assumptions
from .deliveries import Series, series_of
from .facts import USUAL_LIMIT, counters, failures_of, limit, measured_cost, mid_of, oldest_cursor

Data = dict[str, t.Any]

#: A run that has failed takes at least this much longer than it was given.
MORE = 1.05


# Complex: one case for each thing that may not be known.
def serving(
    row: Data | None, users: Mapping[str, Data], name: str, share: int, assume: Assumptions, began: datetime
) -> Data:
    """What a mid serves, as keys of an instance in a fleet file.

    :param row: None for a server that is no host.
    :param users: the marketing instances that are copied; ``share``: how many use it in all.
    :param name: how accounts name it.
    :param began: when the copy begins, by the controller's clock.
    """
    skew = 0.0 if row is None or "unread" in row else row["skew_seconds"]
    now = began + timedelta(seconds=skew)
    cursors = {owner: oldest_cursor(one, name) for owner, one in users.items()}
    series = series_of(row or {}, now, cursors.values())
    if not series:
        series = _backlog(cursors.values(), now) if row is None or "by_day" not in (row.get("deliveries") or {}) else []
    copy: Data = {
        "skew": skew,
        "seconds_per_row": cost(row, users, name, series, share, assume),
    }
    if users and series:
        copy["deliveries"] = _placed(series, list(users), share)
    if users and assume.serves == "no":
        # There is something to be served, whatever has changed lately.
        one_each = [Series(now - timedelta(hours=1), now, len(users))]
        copy["deliveries"] = [*copy.get("deliveries", []), *_placed(one_each, list(users), len(users))]
    return copy


def _backlog(cursors: t.Iterable[datetime | None], now: datetime) -> list[Series]:
    """Where nobody could count: enough between the oldest cursor and the last days for what has failed to fail, and
    little in the last days."""
    known = [one for one in cursors if one is not None]
    recent = now - timedelta(days=2)
    if not known or min(known) >= recent:
        return []
    return [Series(min(known), recent, 1000), Series(recent, now, 2)]


# Complex: one bound for each thing that is known of its speed.
def cost(
    row: Data | None, users: Mapping[str, Data], name: str, series: Sequence[Series], share: int, assume: Assumptions
) -> float:
    """Seconds that a delivery costs a mid, so that what was seen to fail fails: what was measured, or more."""
    limits = [limit(workflow) or USUAL_LIMIT for one in users.values() for workflow in counters(one)]
    if assume.serves == "no":
        return 10 * max(limits, default=USUAL_LIMIT)
    bounds = [0.0 if assume.serves == "yes" else measured_cost(row) or 0.0]
    for one in users.values():
        for workflow in counters(one):
            since = _failed_on(one, workflow, name)
            matched = 0.0 if since is None else sum(part.since(since) for part in series) / share
            if matched >= 1:
                bounds.append(MORE * (limit(workflow) or USUAL_LIMIT) / matched)
    return round(max(bounds), 9)


def _failed_on(row: Data, workflow: Data, mid: str) -> datetime | None:
    """Since when a mid was asked by the run that failed last for lack of an answer; None where it was another mid, or
    another failure. Where the journal names no account, it was the one with the oldest cursor."""
    last = failures_of(workflow)[-1:]
    if not last or last[0]["class"] != "slow":
        return None
    named = last[0]["accounts"]
    if named:
        return oldest_cursor(row, mid, named)
    mine = oldest_cursor(row, mid)
    others = [oldest_cursor(row, other) for other in {mid_of(one) for one in row["accounts"].values()} - {mid, ""}]
    return mine if mine is not None and all(other is None or mine <= other for other in others) else None


def _placed(series: Sequence[Series], owners: Sequence[str], share: int) -> list[Data]:
    """The deliveries of a mid, in turn for its customers: whose they are is not in the snapshot.

    Where only some of the customers are copied, they get their share.
    """
    found = []
    turn = 0
    left = 0.0
    for part in series:
        left += part.count * len(owners) / max(share, len(owners))
        count, left = int(left), left - int(left)
        if count:
            first, last = part.ends(count)
            order = [*owners[turn % len(owners) :], *owners[: turn % len(owners)]]
            found.append({"count": count, "from": first.isoformat(), "to": last.isoformat(), "for": order})
            turn += count
    return found
