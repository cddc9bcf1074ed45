# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Message Center: what the marketing (control) instance fetches from an execution instance, and what that one counts.

``mcSynch_<account>`` asks for the tracking logs *dated* since `MC_LastTlRtSynch_<n>`, and moves that pointer to the
time of the run. On the execution instance a tracking log is dated when the click came, but it is there only once that
instance's own ``tracking`` has run. With a pointer that is moved every two minutes and a source that fills once an hour
most logs lie before the pointer when they appear: they are lost, and nothing fails (KA-22897). With the same schedule
on both sides, the source first, none is; a pointer that is moved back brings the lost ones.

``updateEventsStatus`` runs on the execution instance: it marks the events that were sent since `MC_LastUpdateFromBL`
and counts those since `MC_LastRtEventStat`. While it is stopped both options stand still and the reports stay empty;
once it is started again it resumes where it stopped (KA-15976).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from lxml.etree import _Element as Element

from ..database.guesses import RT_EVENT, RT_EVENT_STAT, TRACKING_LOG
from ..engine.runs import Activity, Busy, RunContext
from .event_streams import EPOCH, happened, read_date
from .outgoing import Outgoing
from .synchronising import CHANGED, AccountPull, SecretOf, question, synchronisation

SYNCH_PREFIX = "mcSynch_"
"""The name of a synchronisation workflow is this and the external account's internal name (campaign_facts, Technical
workflows)."""

POINTER_PREFIX = "MC_LastTlRtSynch_"
STATUS_WORKFLOW = "updateEventsStatus"
LAST_UPDATE = "MC_LastUpdateFromBL"
LAST_STATISTICS = "MC_LastRtEventStat"

_SENDING = timedelta(seconds=5)
"""From an event to the delivery log of its message."""


def message_center(workflow: str, outgoing: Outgoing, secret_of: SecretOf, timeout: float) -> tuple[Activity, ...]:
    """The activities of a synchronisation workflow. `timeout`: virtual seconds a call."""
    return synchronisation(TrackingFeed(workflow.removeprefix(SYNCH_PREFIX)), outgoing, secret_of, timeout)


@dataclass(frozen=True, slots=True)
class TrackingFeed:
    """The tracking logs of one execution instance."""

    account: str
    prefix: str = POINTER_PREFIX

    def concerns(self, account: Mapping[str, Any], /) -> bool:
        """The account that the workflow is named after."""
        return bool(account["name"] == self.account)

    def question(self, _context: RunContext, pull: AccountPull, last: int | None, /) -> Element:
        """Everything of that instance, whoever asks."""
        return question(TRACKING_LOG, "@logDate", {"@name": "name"}, pull, last)

    def keep(self, context: RunContext, pull: AccountPull, row: Element, /) -> None:
        """A log that came before is not doubled."""
        name = f"{pull.account}:{row.get('name', '')}"
        if not context.store.find(TRACKING_LOG, name=name):
            moment = datetime.fromisoformat(row.get(CHANGED, ""))
            context.store.insert(TRACKING_LOG, {"name": name, "logDate": moment})


def update_events_status(events: float, seconds: float) -> tuple[Activity, ...]:
    """The activities of the workflow, for an instance to which an event comes every `events` seconds."""
    return Busy(seconds, "prepare"), UpdateStatus(events), Statistics()


@dataclass(frozen=True, slots=True)
class UpdateStatus:
    """Mark the events whose messages were sent since the last time."""

    events: float
    name: str = "updateStatus"

    async def run(self, context: RunContext, /) -> None:
        """By the delivery logs since the pointer, which goes to the time of the run."""
        now = context.now()
        since = read_date(context.store, LAST_UPDATE) or EPOCH
        for number, moment in happened(self.events, since - _SENDING, now - _SENDING):
            name = f"{number:x}"
            if not context.store.find(RT_EVENT, name=name):
                context.store.insert(RT_EVENT, {"name": name, "eventDate": moment + _SENDING, "sent": True})
        context.write_date(LAST_UPDATE, now)


@dataclass(frozen=True, slots=True)
class Statistics:
    """Count what the reports show: the events sent since the last statistics."""

    name: str = "statistics"

    async def run(self, context: RunContext, /) -> None:
        """One row for the period since the pointer, which goes to the time of the run."""
        now = context.now()
        since = read_date(context.store, LAST_STATISTICS) or EPOCH
        sent = context.store.count_between(RT_EVENT, "eventDate", since, now, sent=True)
        context.store.insert(RT_EVENT_STAT, {"begin": since, "end": now, "sent": sent})
        context.write_date(LAST_STATISTICS, now)
