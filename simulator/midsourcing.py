# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``defaultMidSourcingDlv``: the marketing instance asks each mid for the deliveries that changed since the cursor.

Nothing here fails by script. The mid takes time for every row that the question matches; when the cursor is old the
question covers years, the mid is not done within the time limit, the run fails, the cursor stays, and the next run asks
for even more (domain.md 2.1). Everything else that goes wrong at the mid ends up in the journal in the mid's own words.

The workflow document is not public. These two activities are the least that explains what is known: a run that resumes
after a failure repeats the question with the cursors it had read before, and so does not see a cursor that was moved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from lxml import etree
from lxml.etree import _Element as Element

from .outgoing import Connection, Outgoing, PeerError, PeerTimeoutError
from .rows import ACCOUNT, DELIVERY, OPTION
from .runs import Activity, ActivityError, RunContext

WORKFLOW_NAME = "defaultMidSourcingDlv"
CURSOR_PREFIX = "NmsMidSourcing_LastDelivery_"
ROUTING = 3  # nms:extAccount/@type of routing accounts, whether they have a mid or not (domain.md 5.6)
MID_SOURCING = 4  # nms:delivery/@deliveryMode

PAGE = 1_000
"""Rows asked for at once, by increasing id (domain.md 5.4)."""

TIMEOUT_TEXTS: Mapping[str, str] = {
    "timed_out": "Method '{method}' of external account '{account}': operation timed out after {seconds} s (iRc=-53)",
    "gateway": "INT-150012 HTTP query returned error type (504)",
    "statement": "PGS-220000 PostgreSQL error: ERROR:  canceling statement due to user request",
    "curl": "CRL-290002 Operation timed out after {milliseconds} milliseconds with 0 bytes received (iRc=-2006)",
    "unnamed": "Error while executing the activity '{activity}'.",
}
"""What the journal says when a mid does not answer in time, by switch `timeout_text`: the literal text is not known."""


@dataclass(frozen=True, slots=True)
class Secret:
    """What an account needs that its row does not show."""

    password: str
    suffix: str
    """Of the cursor's name. Normally the account's internal name (domain.md 7 row 1)."""


@dataclass(frozen=True, slots=True)
class Target:
    """An account as `ReadCursors` found it. `since` is the cursor as a query writes it, "" for "from the beginning"."""

    account_id: int
    account: str
    option: str
    since: str


def mid_sourcing(outgoing: Outgoing, secret_of: Callable[[str, str], Secret], timeout: float) -> tuple[Activity, ...]:
    """The activities of the workflow. `secret_of`: by instance and account name; `timeout`: virtual seconds a call."""
    return ReadCursors(secret_of), Synchronise(outgoing, secret_of, timeout)


@dataclass(frozen=True, slots=True)
class ReadCursors:
    """Find the active routing accounts that have a server, and how far each has been synchronised."""

    secret_of: Callable[[str, str], Secret]
    name: str = "readCursors"

    async def run(self, context: RunContext, /) -> None:
        """Leave `targets` and the `moment` of the run for the next activity."""
        context.data["moment"] = context.now()
        context.data["targets"] = [
            self._target(context, row)
            for row in context.store.find(ACCOUNT, type=ROUTING)
            if row["active"] and row["server"]
        ]

    def _target(self, context: RunContext, row: Mapping[str, Any]) -> Target:
        option = CURSOR_PREFIX + self.secret_of(context.instance, row["name"]).suffix
        rows = context.store.find(OPTION, name=option)
        since = _since(rows[0]) if rows else ""
        if not since and context.switches.missing_cursor == "fail":
            raise ActivityError(f"Option '{option}' is missing or empty.")
        return Target(row["id"], row["name"], option, since)


def _since(option: Mapping[str, Any]) -> str:
    """The cursor as a query writes it. A text that is no date is handed on as it is: the mid refuses the query."""
    if option["dataType"] == 7:
        value = option["timeStampValue"]
    else:
        text = str(option["stringValue"] or "").strip()
        try:
            value = datetime.fromisoformat(text) if text else None
        except ValueError:
            return text
        if value is not None and value.tzinfo is None:
            value = value.replace(tzinfo=UTC)
    if value is None:
        return ""
    value = value.astimezone(UTC)
    return f"#{value:%Y-%m-%dT%H:%M:%S}.{value.microsecond // 1000:03d}Z#"


@dataclass(frozen=True, slots=True)
class Synchronise:
    """Ask each account's mid, copy what it answers, and move the cursors."""

    outgoing: Outgoing
    secret_of: Callable[[str, str], Secret]
    timeout: float
    name: str = "synchronise"

    async def run(self, context: RunContext, /) -> None:
        """Raises ActivityError with the text of the last account that failed; the others are in the journal."""
        targets: list[Target] = context.data["targets"]
        failure: ActivityError | None = None
        for target in targets:
            try:
                await self._account(context, target)
            except PeerError as error:
                if failure is not None:
                    context.journal.error(failure.text, self.name)
                failure = ActivityError(self._text(context, target, error))
                if context.switches.failing_account == "stop":
                    break
            else:
                if context.switches.cursor_written == "per_account":
                    self._move(context, [target])
        if failure is None:
            if context.switches.cursor_written == "at_end":
                self._move(context, targets)
            return
        if context.switches.cursor_after_failure == "move":
            self._move(context, targets)
        raise failure

    def _move(self, context: RunContext, targets: list[Target]) -> None:
        for target in targets:
            context.write_date(target.option, context.data["moment"])

    def _text(self, context: RunContext, target: Target, error: PeerError) -> str:
        if not isinstance(error, PeerTimeoutError):
            return error.text
        return TIMEOUT_TEXTS[context.switches.timeout_text].format(
            method=error.method,
            account=target.account,
            seconds=f"{error.seconds:g}",
            milliseconds=f"{error.seconds * 1000:.0f}",
            activity=self.name,
        )

    def _row(self, context: RunContext, target: Target) -> Mapping[str, Any]:
        row = context.store.get(ACCOUNT, target.account_id)
        if row is None:
            raise ActivityError(f"External account '{target.account}' does not exist any more.")
        return row

    async def _account(self, context: RunContext, target: Target) -> None:
        # Server and login are read now, not with the cursor: a resumed run sees an account that was mended.
        row = self._row(context, target)
        connection = Connection(self.outgoing, row["server"], self.timeout)
        await connection.logon(row["account"], self.secret_of(context.instance, target.account).password)
        try:
            await self._copy(context, target, connection)
        except PeerError:
            await connection.logoff()
            raise
        await connection.logoff()

    async def _copy(self, context: RunContext, target: Target, connection: Connection) -> None:
        last = None
        while True:
            rows = await connection.select(delivery_query(context.instance, target.since, last))
            for row in rows:
                _copy_delivery(context, target, row)
            if len(rows) < PAGE:
                return
            last = int(rows[-1].get("id", "0"))


_COLUMNS = ("@id", "@internalName", "@label", "@state", "@status", "@messageType", "@lastModified")
_COUNTERS = ("toDeliver", "processed")


def delivery_name(instance: str, number: int) -> str:
    """The internal name of a delivery of a marketing instance: the same on its mid, where it tells whose it is."""
    return f"{instance}:DM{number}"


def delivery_query(instance: str, since: str, last: int | None) -> Element:
    """The question to a mid: the deliveries of one marketing instance that changed since the cursor, a page of them.

    `since`: a date literal, "" for all; `last`: the id after which the page begins.
    """
    conditions = [f"@lastModified >= {since}"] if since else []
    # All names that begin with "<instance>:", as a range: the database has an index for it. ";" follows ":".
    conditions += [f"@internalName >= '{instance}:'", f"@internalName < '{instance};'"]
    if last is not None:
        conditions.append(f"@id > {last}")
    query = etree.Element(
        "queryDef", operation="select", schema=DELIVERY, lineCount=str(PAGE), xtkschema="xtk:queryDef"
    )
    select = etree.SubElement(query, "select")
    for column in _COLUMNS:
        etree.SubElement(select, "node", expr=column)
    for counter in _COUNTERS:
        etree.SubElement(select, "node", expr=f"[indicators/@{counter}]", alias=f"@{counter}")
    where = etree.SubElement(query, "where")
    etree.SubElement(where, "condition", expr=" and ".join(conditions))
    etree.SubElement(etree.SubElement(query, "orderBy"), "node", expr="@id")
    return query


def _copy_delivery(context: RunContext, target: Target, row: Element) -> None:
    """Bring the marketing instance's delivery up to date; one that it does not have (any more) is made."""
    changed = row.get("lastModified")
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
        "deliveryProvider-id": target.account_id,
    }
    context.store.insert(DELIVERY, values)


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
