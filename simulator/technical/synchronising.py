# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shape that several technical workflows share (campaign_facts, Siblings): read a cursor, ask another server for
what has changed since, store the answer, move the cursor to the time of the run.

What differs is a `Feed`: which accounts are asked, in which option the cursor is, what is asked and how an answer is
stored. No failure is scripted. The other server takes its time for every row that the question matches; what goes
wrong there ends up in the journal in that server's own words.

The workflow documents are not public. These two activities are the least that explains what is known: a run that
resumes after a failure repeats the question with the cursors it had read before, and does not see one that was moved.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from lxml import etree
from lxml.etree import _Element as Element

from ..database.rows import ACCOUNT, OPTION
from ..engine.runs import Activity, ActivityError, RunContext
from .outgoing import Connection, Outgoing, PeerError, PeerTimeoutError

PAGE = 1_000
"""Rows asked for at once, by increasing id (campaign_facts, Paging)."""

TIMEOUT_TEXTS: Mapping[str, str] = {
    "timed_out": "Method '{method}' of external account '{account}': operation timed out after {seconds} s (iRc=-53)",
    "gateway": "INT-150012 HTTP query returned error type (504)",
    "statement": "PGS-220000 PostgreSQL error: ERROR:  canceling statement due to user request",
    "curl": "CRL-290002 Operation timed out after {milliseconds} milliseconds with 0 bytes received (iRc=-2006)",
    "unnamed": "Error while executing the activity '{activity}'.",
}
"""The journal's text when no answer comes in time, by switch `timeout_text`: the literal text is not known."""


@dataclass(frozen=True, slots=True)
class Secret:
    """What an account needs that its row does not show."""

    password: str
    suffix: str
    """Of the cursor's name. For a mid, normally the account's internal name (campaign_facts, unknown 1)."""


SecretOf = Callable[[str, str], Secret]
"""By instance and account name."""


@dataclass(frozen=True, slots=True)
class AccountPull:
    """An account as `ReadCursors` found it, and what its server is asked for.

    That is the rows changed from `since` on, before `until`. `since` is as a query writes it, "" for "from the
    beginning"; `until` None is no limit. `moment` is where the cursor goes after a good run.
    """

    account_id: int
    account: str
    option: str
    since: str
    moment: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Pulled:
    """An account whose rows all came: the date of the last of them, and its server's time when it was asked."""

    latest: datetime | None
    server_time: datetime | None


class Feed(Protocol):
    """What one workflow synchronises."""

    @property
    def prefix(self) -> str:
        """The cursor's option is this and the account's suffix."""

    def concerns(self, account: Mapping[str, Any], /) -> bool:
        """Whether an active account with a server is one to ask."""

    def question(self, context: RunContext, pull: AccountPull, last: int | None, /) -> Element:
        """The queryDef for a page of rows; `last` is the id after which it begins."""

    def keep(self, context: RunContext, pull: AccountPull, row: Element, /) -> None:
        """Store one row of the answer."""


Window = Callable[[RunContext], float]
"""How many seconds from a cursor on are asked for at once; 0 = all."""


def everything(_context: RunContext) -> float:
    """No window."""
    return 0.0


def synchronisation(
    feed: Feed, outgoing: Outgoing, secret_of: SecretOf, timeout: float, window: Window = everything
) -> tuple[Activity, ...]:
    """The activities of a workflow. `timeout`: virtual seconds a call."""
    return ReadCursors(feed, secret_of, window), Synchronise(feed, outgoing, secret_of, timeout)


@dataclass(frozen=True, slots=True)
class ReadCursors:
    """Find the active accounts that have a server, and how far each has been synchronised."""

    feed: Feed
    secret_of: SecretOf
    window: Window = everything
    name: str = "readCursors"

    async def run(self, context: RunContext, /) -> None:
        """Leave `pulls` for the next activity."""
        moment = context.now()
        context.data["pulls"] = [
            self._account_pull(context, row, moment)
            for row in context.store.find(ACCOUNT)
            if row["active"] and row["server"] and self.feed.concerns(row)
        ]

    def _account_pull(self, context: RunContext, row: Mapping[str, Any], moment: datetime) -> AccountPull:
        option = self.feed.prefix + self.secret_of(context.instance, row["name"]).suffix
        rows = context.store.find(OPTION, name=option)
        since = _value(rows[0]) if rows else None
        if since is None and context.switches.missing_cursor == "fail":
            raise ActivityError(f"Option '{option}' is missing or empty.")
        if not isinstance(since, datetime):
            return AccountPull(row["id"], row["name"], option, since or "", moment)
        seconds = self.window(context)
        ends = since + timedelta(seconds=seconds) if seconds else moment
        if ends >= moment:
            return AccountPull(row["id"], row["name"], option, literal(since), moment)
        return AccountPull(row["id"], row["name"], option, literal(since), ends, ends)


def _value(option: Mapping[str, Any]) -> datetime | str | None:
    """The cursor. A text that is not a date is passed on unchanged: the other server refuses the query."""
    if option["dataType"] == 7:
        value: datetime | None = option["timeStampValue"]
        return value
    text = str(option["stringValue"] or "").strip()
    try:
        value = datetime.fromisoformat(text) if text else None
    except ValueError:
        return text
    return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


def literal(moment: datetime) -> str:
    """A date as a query writes it."""
    moment = moment.astimezone(UTC)
    return f"#{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z#"


@dataclass(frozen=True, slots=True)
class Synchronise:
    """Ask each account's server, store what it answers, and move the cursors."""

    feed: Feed
    outgoing: Outgoing
    secret_of: SecretOf
    timeout: float
    name: str = "synchronise"

    async def run(self, context: RunContext, /) -> None:
        """Raises ActivityError with the text of the last account that failed; the others are in the journal."""
        pulls: list[AccountPull] = context.data["pulls"]
        failure: ActivityError | None = None
        pulled: dict[str, Pulled] = {}
        for pull in pulls:
            try:
                pulled[pull.option] = await self._account(context, pull)
            except PeerError as error:
                if failure is not None:
                    context.journal.error(failure.text, self.name)
                failure = ActivityError(self._text(context, pull, error))
                if context.switches.failing_account == "stop":
                    break
            else:
                if context.switches.cursor_written == "per_account":
                    self._move(context, [pull], pulled)
        if failure is None:
            if context.switches.cursor_written == "at_end":
                self._move(context, pulls, pulled)
            return
        if context.switches.cursor_after_failure == "move":
            self._move(context, pulls, pulled)
        raise failure

    def _move(self, context: RunContext, pulls: Sequence[AccountPull], pulled: Mapping[str, Pulled]) -> None:
        for pull in pulls:
            moment = _end(context, pull, pulled.get(pull.option))
            if moment is not None:
                context.write_date(pull.option, moment)

    def _text(self, context: RunContext, pull: AccountPull, error: PeerError) -> str:
        if not isinstance(error, PeerTimeoutError):
            return error.text
        return TIMEOUT_TEXTS[context.switches.timeout_text].format(
            method=error.method,
            account=pull.account,
            seconds=f"{error.seconds:g}",
            milliseconds=f"{error.seconds * 1000:.0f}",
            activity=self.name,
        )

    def _row(self, context: RunContext, pull: AccountPull) -> Mapping[str, Any]:
        row = context.store.get(ACCOUNT, pull.account_id)
        if row is None:
            raise ActivityError(f"External account '{pull.account}' does not exist any more.")
        return row

    async def _account(self, context: RunContext, pull: AccountPull) -> Pulled:
        """Raises PeerError."""
        # Server and login are read now, not with the cursor: a resumed run sees an account that was repaired.
        row = self._row(context, pull)
        connection = Connection(self.outgoing, row["server"], self.timeout)
        await connection.logon(row["account"], self.secret_of(context.instance, pull.account).password)
        try:
            latest = await self._rows(context, pull, connection)
        except PeerError:
            await connection.logoff()
            raise
        await connection.logoff()
        return Pulled(latest, connection.server_time)

    async def _rows(self, context: RunContext, pull: AccountPull, connection: Connection) -> datetime | None:
        last, latest = None, ""
        while True:
            rows = await connection.select(self.feed.question(context, pull, last))
            for row in rows:
                self.feed.keep(context, pull, row)
                latest = max(latest, row.get(CHANGED, ""))
            if len(rows) < PAGE:
                return datetime.fromisoformat(latest) if latest else None
            last = int(rows[-1].get("id", "0"))


def _end(context: RunContext, pull: AccountPull, pulled: Pulled | None) -> datetime | None:
    """Where a cursor goes; None leaves it."""
    if pull.until is not None and context.switches.window_end == "last_row":
        return pulled.latest if pulled else None
    if pull.until is None and context.switches.cursor_clock == "mid" and pulled and pulled.server_time:
        return pulled.server_time
    return pull.moment


CHANGED = "lastModified"
"""In an answer, the attribute with the date that the cursor is about."""


def question(
    schema: str,
    dated: str,
    columns: Mapping[str, str],
    pull: AccountPull,
    last: int | None,
    conditions: Sequence[str] = (),
) -> Element:
    """A page of the rows of a schema that an account's server is asked for.

    `dated` is the attribute that the cursor is about; `columns` are the others, with the names that they have in the
    answer; `conditions` narrow it further.
    """
    found = [f"{dated} >= {pull.since}"] if pull.since else []
    if pull.until is not None:
        found.append(f"{dated} < {literal(pull.until)}")
    found += conditions
    if last is not None:
        found.append(f"@id > {last}")
    query = etree.Element("queryDef", operation="select", schema=schema, lineCount=str(PAGE), xtkschema="xtk:queryDef")
    select = etree.SubElement(query, "select")
    for expr, name in {"@id": "id", dated: CHANGED, **columns}.items():
        etree.SubElement(select, "node", expr=expr, alias=f"@{name}")
    if found:
        etree.SubElement(etree.SubElement(query, "where"), "condition", expr=" and ".join(found))
    etree.SubElement(etree.SubElement(query, "orderBy"), "node", expr="@id")
    return query


def between(attribute: str, owner: str) -> list[str]:
    """The conditions for all names that begin with "<owner>:", as a range: the database has an index for it."""
    return [f"{attribute} >= '{owner}:'", f"{attribute} < '{owner};'"]  # ";" follows ":"
