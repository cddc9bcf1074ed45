# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``defaultMidSourcingDlv``: the marketing instance asks each mid for the deliveries that changed since the cursor.

No failure is scripted. The mid takes time for every row that the question matches; when the cursor is old the
question covers years, the mid is not done within the time limit, the run fails, the cursor stays, and the next run asks
for even more (campaign_facts, The stuck cursor).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from lxml.etree import _Element as Element

from ..database.rows import DELIVERY
from ..engine.runs import Activity, RunContext
from .outgoing import Outgoing
from .synchronising import (
    CHANGED,
    PAGE,
    TIMEOUT_TEXTS,
    AccountPull,
    Secret,
    SecretOf,
    between,
    question,
    synchronisation,
)

__all__ = ["PAGE", "TIMEOUT_TEXTS", "Secret"]

WORKFLOW_NAME = "defaultMidSourcingDlv"
CURSOR_PREFIX = "NmsMidSourcing_LastDelivery_"
ROUTING = 3  # nms:extAccount/@type of routing accounts, whether they have a mid or not (campaign_facts, Attributes)
MID_SOURCING = 4  # nms:delivery/@deliveryMode

_COLUMNS = ("internalName", "label", "state", "status", "messageType")
_COUNTERS = ("toDeliver", "processed")


def mid_sourcing(outgoing: Outgoing, secret_of: SecretOf, timeout: float) -> tuple[Activity, ...]:
    """The activities of the workflow. `timeout`: virtual seconds a call."""
    return synchronisation(DeliveryFeed(), outgoing, secret_of, timeout)


@dataclass(frozen=True, slots=True)
class DeliveryFeed:
    """The deliveries of this instance, with their counters."""

    prefix: str = CURSOR_PREFIX

    def concerns(self, account: Mapping[str, Any], /) -> bool:
        """All routing accounts."""
        return bool(account["type"] == ROUTING)

    def question(self, context: RunContext, pull: AccountPull, last: int | None, /) -> Element:
        """A mid serves several marketing instances; the internal name shows which one owns a delivery."""
        columns = {f"@{name}": name for name in _COLUMNS}
        columns |= {f"[indicators/@{counter}]": counter for counter in _COUNTERS}
        mine = between("@internalName", context.instance)
        return question(DELIVERY, "@lastModified", columns, pull, last, mine)

    def keep(self, context: RunContext, pull: AccountPull, row: Element, /) -> None:
        """Bring the instance's own delivery up to date; one that it does not have (any more) is made."""
        changed = row.get(CHANGED)
        values: dict[str, object] = {
            "state": int(row.get("state") or 0),
            "status": int(row.get("status") or 0),
            "lastModified": datetime.fromisoformat(changed) if changed else None,
            **{counter: int(row.get(counter) or 0) for counter in _COUNTERS},
        }
        name = row.get("internalName", "")
        rows = context.store.find(DELIVERY, internalName=name)
        if rows:
            context.store.update(DELIVERY, rows[0]["id"], values)
            return
        values |= {
            "internalName": name,
            "label": row.get("label", ""),
            "messageType": int(row.get("messageType") or 0),
            "deliveryMode": MID_SOURCING,
            "deliveryProvider-id": pull.account_id,
        }
        context.store.insert(DELIVERY, values)


def delivery_name(instance: str, number: int) -> str:
    """The internal name of a delivery of a marketing instance: the same on its mid, where it shows the owner."""
    return f"{instance}:DM{number}"


def mid_deliveries(
    owners: tuple[str, ...], count: int, first: datetime, last: datetime, *, start: int = 1
) -> Iterator[dict[str, object]]:
    """Rows of nms:delivery for a mid: `count` finished deliveries, evenly spread over time, in turn for each owner.

    `start` numbers them, so that several series on one mid do not collide.
    """
    step = (last - first) / max(count - 1, 1)
    for index in range(count):
        changed = first + index * step
        sent = 1_000 + index % 9_000
        yield {
            "internalName": delivery_name(owners[index % len(owners)], start + index),
            "label": f"Delivery {start + index}",
            "state": 95,
            "deliveryMode": MID_SOURCING,
            "created": changed - timedelta(hours=6),
            "lastModified": changed,
            "toDeliver": sent,
            "processed": sent,
        }
