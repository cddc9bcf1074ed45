# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The rows of a report: one for each host, with all that is known of its cursors. Pure.

A cursor's age is what the server's clock said of it when it was read. That can be long before the report: a slice of a
sweep is read in a job of its own.
"""

from __future__ import annotations

import typing as t
from collections.abc import Mapping, Sequence

from .._fleet.role_words import in_role_words
from .._fleet.rows import diagnosis_of, fleet_rows
from .times import earlier, iso, seconds_between
from .verdicts import group_of

Data = dict[str, t.Any]
HostData = Mapping[str, t.Any]


def host_rows(hosts: Sequence[str], hostvars: Mapping[str, HostData]) -> list[Data]:
    """The rows, in the order of the hosts.

    :param hosts: inventory names. One of which nothing is known has a row that says so.
    :param hostvars: Ansible's hostvars, or ``_fleet.seen.Seen``.
    """
    # Not get(): for an unknown host Ansible's hostvars returns an undefined value, and raises no KeyError.
    known = {host: hostvars[host] if host in hostvars else {} for host in hosts}  # noqa: SIM401
    return [_row(row, diagnosis_of(known[row["host"]])) for row in fleet_rows(hosts, known)]


# Complex: a flat list of values, each made by a short expression.
def _row(row: HostData, diagnosis: HostData) -> Data:
    observed = iso(row["server_time"])
    cursors = [_cursor(one, row, observed) for one in diagnosis.get("cursors") or () if one.get("option")]
    siblings = [_cursor(one, row, observed) for one in diagnosis.get("siblings") or () if one.get("option")]
    ages = [one["age_seconds"] for one in cursors if one["age_seconds"] is not None]
    return {
        "host": row["host"],
        "verdict": row["verdict"],
        "group": group_of(row["verdict"]),
        "reason": str(row["reason"]),
        "proposal": str(row["proposal"]),
        "answered": bool(observed),
        "url": row["url"],
        "release": str(diagnosis.get("release") or ""),
        "build": str(diagnosis.get("build") or ""),
        "server_time": observed,
        "skew_seconds": row["skew_seconds"],
        # By the clock of the machine that read it, as the time of the report is: a server's may be wrong.
        "observed_at": earlier(row["server_time"], row["skew_seconds"]),
        "age_seconds": max(ages, default=None),
        "cursors": cursors,
        "siblings": siblings,
        "plans": [_plan(one) for one in row["plans"]],
    }


def _cursor(cursor: HostData, row: HostData, observed: str) -> Data:
    value = iso(cursor.get("value"))
    return {
        "option": str(cursor["option"]),
        "account": str(cursor.get("account") or ""),
        "workflow": str(cursor.get("workflow") or ""),
        "label": str(cursor.get("label") or ""),
        "verdict": str(cursor.get("verdict") or row["verdict"]),
        "reason": in_role_words(str(cursor.get("reason") or ""), "sync_cursor_info"),
        "value": value,
        "age_seconds": seconds_between(value, observed),
    }


def _plan(plan: HostData) -> Data:
    return {
        **{name: str(plan.get(name) or "") for name in ("option", "account", "strategy", "digest")},
        "old_value": iso(plan.get("old_value")),
        "new_value": iso(plan.get("new_value")),
        # Deliveries that changed between the two, if the mid-sourcing server was asked.
        "changed_between": (plan.get("mid") or {}).get("changed_between"),
    }
