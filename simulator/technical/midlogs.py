# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``defaultMidSourcingLog``: the marketing instance asks each mid what became of the messages (campaign_facts,
Technical workflows and Cursor names).

On the marketing instance a delivery log is *pending* from the moment the delivery is handed to the mid. What the mid
has done with it comes with the logs, and only the logs that changed since the cursor are asked for: a log that lies
before a cursor that was moved forward stays pending, until the cleanup takes it for cancelled (cleanup.py).

`NmsMidSourcing_LogsPeriodHour` limits a run to so many hours from the cursor on. It counts over FDA only, and only when
there is a cursor; FDA itself is not simulated, the question goes over SOAP all the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from lxml.etree import _Element as Element

from ..database.guesses import BROAD_LOG
from ..database.rows import DELIVERY, OPTION
from ..engine.runs import Activity, RunContext
from .midsourcing import ROUTING
from .outgoing import Outgoing
from .synchronising import CHANGED, AccountPull, SecretOf, between, everything, literal, question, synchronisation

WORKFLOW_NAME = "defaultMidSourcingLog"
CURSOR_PREFIX = "NmsMidSourcing_LastBroadLog_"
PERIOD_OPTION = "NmsMidSourcing_LogsPeriodHour"

SENT, PENDING, CANCELLED = 1, 6, 7
"""Values of a delivery log's status (campaign_facts, Attributes)."""


def mid_logs(outgoing: Outgoing, secret_of: SecretOf, timeout: float, *, fda: bool) -> tuple[Activity, ...]:
    """The activities of the workflow. `timeout`: virtual seconds a call."""
    return synchronisation(LogFeed(), outgoing, secret_of, timeout, _period if fda else everything)


def _period(context: RunContext) -> float:
    rows = context.store.find(OPTION, name=PERIOD_OPTION)
    return max(0, int(rows[0]["longValue"] or 0)) * 3600.0 if rows else 0.0


@dataclass(frozen=True, slots=True)
class LogFeed:
    """The delivery logs of this instance's deliveries."""

    prefix: str = CURSOR_PREFIX

    def concerns(self, account: Mapping[str, Any], /) -> bool:
        """All routing accounts."""
        return bool(account["type"] == ROUTING)

    def question(self, context: RunContext, pull: AccountPull, last: int | None, /) -> Element:
        """A log's name begins with that of its delivery, and so with the marketing instance's.

        The simulated mid has the logs of all its deliveries from the start; those that are dated after the run are
        messages that are yet to be sent.
        """
        columns = {f"@{name}": name for name in ("name", "status")}
        conditions = [*between("@name", context.instance), f"@lastModified <= {literal(pull.moment)}"]
        return question(BROAD_LOG, "@lastModified", columns, pull, last, conditions)

    def keep(self, context: RunContext, _pull: AccountPull, row: Element, /) -> None:
        """Note what the mid did with a message. A log has one name on both sides."""
        name = row.get("name", "")
        values: dict[str, object] = {
            "status": int(row.get("status") or 0),
            "lastModified": datetime.fromisoformat(row.get(CHANGED, "")),
        }
        rows = context.store.find(BROAD_LOG, name=name)
        if rows:
            context.store.update(BROAD_LOG, rows[0]["id"], values)
            return
        deliveries = context.store.find(DELIVERY, internalName=name.partition("/")[0])
        delivery = deliveries[0]["id"] if deliveries else 0
        context.store.insert(BROAD_LOG, {"name": name, "delivery-id": delivery, **values})


def log_name(delivery: str, number: int) -> str:
    """The name of a delivery's log, the same on the mid."""
    return f"{delivery}/{number}"


def sent_logs(
    delivery: str, delivery_id: int, count: int, end: datetime, sending: timedelta
) -> Iterator[dict[str, object]]:
    """The logs of one delivery on its mid: all sent, evenly spread over the time of sending, the last at its end."""
    for number in range(1, count + 1):
        yield {
            "name": log_name(delivery, number),
            "delivery-id": delivery_id,
            "status": SENT,
            "lastModified": end - sending * (count - number) / max(count - 1, 1),
        }


def pending_logs(delivery: str, delivery_id: int, count: int, since: datetime) -> Iterator[dict[str, object]]:
    """The logs of one delivery on the marketing instance, before any was recovered from the mid."""
    for number in range(1, count + 1):
        yield {
            "name": log_name(delivery, number),
            "delivery-id": delivery_id,
            "status": PENDING,
            "lastModified": since,
        }
