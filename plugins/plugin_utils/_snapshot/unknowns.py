# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""What a snapshot cannot tell: each of these unknowns is rehearsed both ways. Data and pure functions.

The rows of *Not known* in ``docs/docsite/rst/campaign_facts.rst`` that can change how a cure ends are here; so is what
the facts of this very snapshot leave open.
"""

from __future__ import annotations

import typing as t
from collections.abc import Mapping
from dataclasses import dataclass, field

from .assumptions import Assumptions
from .facts import (
    MOVED,
    counters,
    failures_of,
    limit,
    measured_cost,
    mid_of,
    renamed,
    timeout_text,
    unproven,
)

Data = dict[str, t.Any]


@dataclass(frozen=True)
class Unknown:
    """Something that nobody can tell before the cure.

    :param name: a word for it.
    :param assumed: what is assumed, as a sentence; ``otherwise``: the other way.
    :param other: the assumptions of the other way.
    """

    name: str
    assumed: str
    otherwise: str
    other: Assumptions = field(default_factory=Assumptions)


def _switch(name: str, assumed: str, otherwise: str, **switches: str) -> Unknown:
    return Unknown(name, assumed, otherwise, Assumptions(switches=switches))


#: By name: behaviour of Campaign that is published nowhere.
BEHAVIOUR: tuple[Unknown, ...] = (
    _switch(
        "cursor_clock",
        "A run moves the cursor to the time of the marketing instance.",
        "A run moves the cursor to the time of the mid.",
        cursor_clock="mid",
    ),
    _switch(
        "cursor_after_failure",
        "A run that fails leaves the cursor as it was.",
        "A run that fails moves the cursor all the same.",
        cursor_after_failure="move",
    ),
    _switch(
        "failure_text",
        "A run that is too slow again fails with the words that the journal has.",
        "A run that is too slow again fails with words that nobody knows.",
        timeout_text="unnamed",
    ),
    _switch(
        "failure_place",
        "The cause of a failure is in the row of the error.",
        "The cause of a failure is in a row before the error.",
        error_rows="before",
    ),
    _switch(
        "order_without_effect",
        "An order without effect is accepted in silence.",
        "An order without effect is a fault.",
        order_without_effect="fault",
    ),
    _switch(
        "cursor_written",
        "A run moves the cursors of all accounts at its end.",
        "A run moves the cursor of each account as soon as that is done.",
        cursor_written="per_account",
    ),
    _switch(
        "failing_account",
        "A run stops at the first account that fails.",
        "A run goes on with the other accounts when one fails.",
        failing_account="continue",
    ),
    _switch(
        "missing_cursor",
        "An account without a cursor is asked for everything.",
        "A run fails when an account has no cursor.",
        missing_cursor="fail",
    ),
)
_SEVERAL = frozenset({"cursor_written", "failing_account"})

ORDERS = Unknown(
    "orders",
    "The workflow server takes orders.",
    "The workflow server takes no orders.",
    Assumptions(takes_orders=False),
)
SERVED = Unknown(
    "mid_is_slow",
    "The mid can serve in time what changed since the new value.",
    "The mid cannot serve in time what changed since the new value.",
    Assumptions(serves="no"),
)
NOT_SERVED = Unknown(
    "mid_is_fast",
    "The mid needs as long for a run as the snapshot says.",
    "The mid serves a run in time.",
    Assumptions(serves="yes"),
)
REFUSED = Unknown(
    "mid_refuses",
    "The mid accepts the logon of the workflow.",
    "The mid refuses the logon of the workflow.",
    Assumptions(logs_on=False),
)


RENAMED = Unknown(
    "renamed_account",
    "The account without a cursor of its name has none.",
    "The cursor that no account is named after is that of the account without one.",
    Assumptions(renamed=True),
)


# Complex: one condition for each unknown.
def open_questions(row: Data) -> list[Unknown]:
    """What is to be rehearsed both ways for an instance that would be cured.

    :param row: of the instance, in the snapshot.
    """
    accounts = [one for one in row["accounts"].values() if one["active"]]
    cursors = {kind.suffix(name) for kind in MOVED for name in row["options"] if kind.covers(name)}
    without = [name for name, one in row["accounts"].items() if one["active"] and name not in cursors]
    found = []
    for unknown in BEHAVIOUR:
        if unknown.name in _SEVERAL and len(accounts) < 2:
            continue
        if unknown.name == "missing_cursor" and not (without or any(_empty(row, name) for name in row["options"])):
            continue
        if unknown.name == "failure_text" and timeout_text(row) == "unnamed":
            continue
        found.append(unknown)
    found += [ORDERS, SERVED, NOT_SERVED]
    return found + [REFUSED] * bool(unproven(row)) + [RENAMED] * bool(renamed(row))


def _empty(row: Data, option: str) -> bool:
    return any(kind.covers(option) for kind in MOVED) and not row["options"][option]["value"]


def silent_facts(row: Data, rows: Mapping[str, Data]) -> list[str]:
    """What the snapshot does not say of an instance that would be cured, as sentences.

    :param rows: of all instances.
    """
    found: list[str] = []
    if row.get("rights") is None:
        found.append("The rights of the operator are not known: a cure needs the Administration right.")
    elif "admin" not in row["rights"]:
        found.append("The operator has no Administration right, which a cure needs.")
    mids = {mid_of(one) for one in row["accounts"].values() if one["active"]} - {""}
    for mid in sorted(mids):
        found += _of_mid(mid, rows.get(mid), sum(_uses(one, mid) for one in rows.values()))
    for workflow in counters(row):
        if failures_of(workflow) and limit(workflow) is None:
            found.append("The journal does not show how long a run waits for its mid.")
    return found


def _uses(row: Data, mid: str) -> bool:
    return any(mid_of(one) == mid for one in (row.get("accounts") or {}).values())


def _of_mid(mid: str, row: Data | None, users: int) -> list[str]:
    if row is None:
        return [f"The mid {mid} is no host of the snapshot: how fast it answers and what changed there is not known."]
    if "unread" in row:
        return [f"The mid {mid} could not be read ({row['unread']['verdict']})."]
    deliveries = row.get("deliveries") or {}
    if "by_day" not in deliveries:
        return [f"The deliveries of the mid {mid} could not be counted ({deliveries.get('not_counted', 'unknown')})."]
    found = []
    if measured_cost(row) is None:
        found.append(f"On the mid {mid} nothing changed in the last day, so how fast it answers is not known.")
    if users > 1:
        found.append(
            f"{users} instances use the mid {mid}, and whose its deliveries are is not known: each is given its share."
        )
    return found
