# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""Deliveries of a marketing instance that were sent through a mid-sourcing server (``nms:delivery``), read only.

They show what a jump of the counters' cursor may have left stale: deliveries that changed in the gap (campaign_facts,
Moving a cursor).
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .._core.errors import ProtocolError, XtkValueError
from .._core.xtk import XtkType, decode
from .._soap.envelope import Param
from .._soap.querydef import all_of, at_least, count, equals, fetch, integer, less_than, query

if t.TYPE_CHECKING:
    from datetime import datetime

    from .._client.session import Session
    from .._soap.querydef import Row

SCHEMA = "nms:delivery"
COLUMNS = ("@id", "@internalName", "@label", "@state", "@lastModified")
#: More days than a server has deliveries of.
MOST_DAYS = 10_000
#: Rows of a page, for the time that a server needs to give them.
PAGE = 1_000
#: ``@deliveryMode`` of a delivery that a mid-sourcing server sends (campaign_facts, Moving a cursor and Attributes).
MID_SOURCING = 4


@dataclass(frozen=True)
class Delivery:
    """A delivery. ``last_modified`` is XTK text, as the server sent it."""

    id: int
    internal_name: str
    label: str
    state: int
    last_modified: str  # Kept: a result shows all fields.


def delivery_of(row: Row) -> Delivery:
    """The delivery in a row."""
    return Delivery(
        id=integer(row, "id"),
        internal_name=row.get("internalName", ""),
        label=row.get("label", ""),
        state=integer(row, "state"),
        last_modified=row.get("lastModified", ""),
    )


class Deliveries:
    """The mid-sourced deliveries of one instance."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def changed(self, since: datetime, until: datetime, limit: int) -> list[Delivery]:
        """The first ``limit`` of them, oldest change first."""
        definition = query(
            SCHEMA,
            "select",
            COLUMNS,
            where=_between(since, until),
            order_by=[("@lastModified", False), ("@id", False)],
            line_count=limit,
        )
        return fetch(self.session, definition, delivery_of)

    def by_day(self, since: datetime) -> dict[str, int]:
        """How many changed from ``since`` (aware) on, by the day of their last change. One query."""
        return _by_day(self.session, all_of(equals("@deliveryMode", MID_SOURCING), at_least("@lastModified", since)))


class MidDeliveries:
    """The deliveries of a mid-sourcing server, of all its customers.

    The workflow's own question is published nowhere. What is known is that it asks for what changed since the cursor
    (KA-17742), so that is all that is asked here: ``@deliveryMode`` tells how a delivery is sent from where it stands,
    and which value it has on a mid is not known.
    """

    def __init__(self, session: Session) -> None:
        self.session = session

    def changed_since(self, since: datetime) -> int:
        """How many changed from ``since`` (aware) on, as far as our operator may see them. One query."""
        definition = query(SCHEMA, "count", ("@id",), where=at_least("@lastModified", since), line_count=1)
        return count(self.session.call("xtk:queryDef", "ExecuteQuery", [Param("entity", definition)])[0])

    def by_day(self) -> dict[str, int]:
        """How many changed, by the day of their last change. One query."""
        return _by_day(self.session, "")

    def given_since(self, since: datetime) -> int:
        """Fetch a page of those that changed from ``since`` (aware) on, and say how many came. Their ids and dates
        alone are asked for, and nothing of them is kept. One query."""
        definition = query(
            SCHEMA,
            "select",
            ("@id", "@lastModified"),
            where=at_least("@lastModified", since),
            order_by=[("@id", False)],
            line_count=PAGE,
        )
        return len(fetch(self.session, definition, lambda _row: None))


def _by_day(session: Session, where: str) -> dict[str, int]:
    """``YYYY-MM-DD`` -> deliveries, by day, in the server's time zone (campaign_facts, Functions)."""
    definition = query(
        SCHEMA, "select", ("DateOnly(@lastModified) as @day", "Count(@id) as @deliveries"), where=where,
        line_count=MOST_DAYS,
    )  # fmt: skip
    select = definition.find("select")
    if select is not None:
        select[0].set("groupBy", "true")
    return dict(sorted(fetch(session, definition, _day)))


def _day(row: Row) -> tuple[str, int]:
    """Raises ProtocolError when the row has no day."""
    try:
        day = decode(XtkType.DATE, row.get("day", ""))
    except XtkValueError as error:
        raise ProtocolError(f"The server sent a day that is none: {error.message}", reached="maybe") from error
    return ("" if day is None else f"{day:%Y-%m-%d}"), integer(row, "deliveries")


def _between(since: datetime, until: datetime) -> str:
    return all_of(
        equals("@deliveryMode", MID_SOURCING), at_least("@lastModified", since), less_than("@lastModified", until)
    )
