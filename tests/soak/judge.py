# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run of the playbook has done, by the ledger of the servers and by what it said itself. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from tests.soak.incidents import Stuck

#: So long after the workflow has moved a cursor, the cure may still end what it has begun.
ENDING = timedelta(hours=1)


def _of(stuck: Sequence[Stuck], host: str, at: datetime) -> Stuck | None:
    """The last cursor of an instance that had got stuck by then. Another may follow before the run has ended."""
    return max((one for one in stuck if one.host == host and one.made <= at), key=lambda one: one.made, default=None)


def writes(calls: Iterable[Mapping[str, Any]], stuck: Sequence[Stuck]) -> list[str]:
    """Only a stuck instance is written to, and first within its window; the writes are counted with it.

    :param calls: writes of the ledger, oldest first.
    :param stuck: all cursors that got stuck.
    """
    wrong = []
    for call in calls:
        at, host = datetime.fromisoformat(call["time"]), call["instance"]
        one = _of(stuck, host, at)
        if one is None or (one.cured and at > one.cured + ENDING):
            wrong.append(f"{host}: written to at {at:%d %H:%M}, and not stuck: {call['call']}")
        elif not one.writes and not one.window.is_open(at):
            wrong.append(f"{host}: written to outside of its window at {at:%d %H:%M}")
        else:
            one.writes += 1
    return wrong


def left_open(sessions: Iterable[Mapping[str, Any]], before: datetime) -> list[Mapping[str, Any]]:
    """Those that the product opened before then.

    A workflow that is stopped during a run may leave its own at the mid: that is not known of Campaign, and not the
    product's business.
    """
    ours = (one for one in sessions if one["origin"] == "external")
    return [one for one in ours if datetime.fromisoformat(one["opened"]) < before]


def outcomes(said: str, rows: Mapping[str, Mapping[str, Any]], stuck: Sequence[Stuck], began: datetime) -> list[str]:
    """A run leaves a report, no traceback, and no success that the servers do not show.

    :param rows: those of its report, by host.
    :param began: when it began, by the clock of the fleet.
    """
    wrong = ["no report"] if not rows else []
    wrong += ["a traceback"] if "Traceback" in said else []
    cured = {one.host for one in stuck if one.cured and one.cured >= began}
    for host, row in rows.items():
        told = any(cure["outcome"] == "cured" for cure in row["cures"])
        if told and host not in cured:
            wrong.append(f"{host} is said to be cured, and is not")
    return wrong
