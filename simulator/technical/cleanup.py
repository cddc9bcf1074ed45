# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``cleanup``: the two parts of the daily database cleanup that matter to cursors (campaign_facts, The cleanup and
Retention).

* Logs that are still pending, of mid-sourced deliveries whose validity ended before the last recovery of logs, are
  taken for *cancelled*. When that was, is read from the log cursor (unless the switch `log_pull_up` says otherwise). If
  the cursor was moved past logs that were never recovered, messages that were really sent are cancelled here, and the
  log workflow will not ask for them again.
* Journals are shortened: what is older than a workflow's `history` goes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ..database.guesses import BROAD_LOG
from ..database.rows import ACCOUNT, DELIVERY, WORKFLOW, WORKFLOW_LOG, WORKFLOW_TASK
from ..engine.runs import Activity, Busy, RunContext
from .event_streams import read_date
from .midlogs import CANCELLED, CURSOR_PREFIX, PENDING
from .midsourcing import MID_SOURCING
from .synchronising import SecretOf

WORKFLOW_NAME = "cleanup"
LAST_CLEANUP = "NmsCleanup_LastCleanup"

STOPPED, FINISHED = 85, 95
"""States of a delivery whose pending logs may be cancelled; the second is also where it goes."""

RECENT = timedelta(days=15)
"""A delivery that changed within it is looked at; a validity that ended before it needs no recovery of logs."""


def cleanup(secret_of: SecretOf, seconds: float) -> tuple[Activity, ...]:
    """The activities of the workflow."""
    return Busy(seconds, "prepare"), CancelPending(secret_of), ShortenJournals(), NoteTime()


def expires(validity: datetime | None, changed: datetime | None, now: datetime, pulled: datetime | None) -> bool:
    """Whether the pending logs of a delivery are to be cancelled, by its dates. `pulled`: the last recovery of logs."""
    if validity is None or changed is None or changed < now - RECENT:
        return False
    return validity < now - RECENT or (pulled is not None and validity < pulled)


@dataclass(frozen=True, slots=True)
class CancelPending:
    """Expire the mid-sourced deliveries of active accounts."""

    secret_of: SecretOf
    name: str = "cancelPending"

    async def run(self, context: RunContext, /) -> None:
        """The journal says what was done to which delivery."""
        now = context.now()
        for account in context.store.find(ACCOUNT):
            if not account["active"]:
                continue
            deliveries = list(_deliveries(context, account))
            if context.switches.log_pull_up == "cursor":
                cursor = CURSOR_PREFIX + self.secret_of(context.instance, account["name"]).suffix
                pulled = read_date(context.store, cursor)
            else:
                pulled = _newest_log(context, deliveries)
            for delivery in deliveries:
                if expires(delivery["validity"], delivery["lastModified"], now, pulled):
                    self._expire(context, delivery)

    def _expire(self, context: RunContext, delivery: Mapping[str, Any]) -> None:
        logs = context.store.find(BROAD_LOG, **{"delivery-id": delivery["id"]})
        pending = [log for log in logs if log["status"] == PENDING]
        if len(pending) == len(logs):
            return  # nothing was recovered yet (or there is nothing at all): left alone
        for log in pending:
            context.store.update(BROAD_LOG, log["id"], {"status": CANCELLED})
        context.store.update(DELIVERY, delivery["id"], {"state": FINISHED, "broadEnd": delivery["validity"]})
        if pending:
            context.journal.info(
                f"Delivery '{delivery['internalName']}': {len(pending)} pending delivery logs cancelled.", self.name
            )


def _deliveries(context: RunContext, account: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for state in (STOPPED, FINISHED):
        yield from context.store.find(
            DELIVERY, deliveryMode=MID_SOURCING, state=state, **{"deliveryProvider-id": account["id"]}
        )


def _newest_log(context: RunContext, deliveries: Sequence[Mapping[str, Any]]) -> datetime | None:
    """The date of the newest delivery log that was recovered, None while there is none."""
    logs = (log for one in deliveries for log in context.store.find(BROAD_LOG, **{"delivery-id": one["id"]}))
    return max((log["lastModified"] for log in logs if log["status"] not in (PENDING, CANCELLED)), default=None)


@dataclass(frozen=True, slots=True)
class ShortenJournals:
    """Delete what is older than a workflow's history: journal lines, and tasks that are done."""

    name: str = "journals"

    async def run(self, context: RunContext, /) -> None:
        """A history of 0 days is never shortened."""
        now = context.now()
        for workflow in context.store.find(WORKFLOW):
            if not workflow["history"]:
                continue
            before = now - timedelta(days=workflow["history"])
            mine = {"workflow-id": workflow["id"]}
            context.store.delete_before(WORKFLOW_LOG, "logDate", before, **mine)
            for task in context.store.find(WORKFLOW_TASK, **mine):
                if task["status"] and task["processingDate"] and task["processingDate"] < before:
                    context.store.delete(WORKFLOW_TASK, task["id"])


@dataclass(frozen=True, slots=True)
class NoteTime:
    """Note when the cleanup last ran."""

    name: str = "end"

    async def run(self, context: RunContext, /) -> None:
        """In an option of its own."""
        context.write_date(LAST_CLEANUP, context.now())
