# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""Workflows (``xtk:workflow``), their journal (``xtk:workflowLog``) and their orders (campaign_facts, Attributes and
Workflows)."""

from __future__ import annotations

import re
import typing as t
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from itertools import filterfalse

from .._core.errors import CODE, NotFoundError, ProtocolError, ValidationError
from .._soap.envelope import Param
from .._soap.querydef import (
    all_of,
    any_of,
    at_least,
    at_most,
    begins_with,
    equals,
    fetch,
    flag,
    integer,
    moment,
    one_of,
    query,
)
from .workflow_states import TRANSITIONAL, state_word

if t.TYPE_CHECKING:
    from .._client.session import Session
    from .._soap.querydef import Row

SCHEMA = "xtk:workflow"
#: Only names seen in exports and traffic (campaign_facts, Attributes); one unknown attribute fails the whole query.
COLUMNS = (
    "@id",
    "@internalName",
    "@label",
    "@state",
    "@failed",
    "@processId",
    "@processDate",
    "@nextProcessingDate",
    "@lastStart",
    "@errorCount",
)
JOURNAL_SCHEMA = "xtk:workflowLog"
JOURNAL_COLUMNS = ("@id", "@workflow-id", "@activity", "@logDate", "@logType", "@error", "@message")
#: Lines of the journal that are read when the caller does not say.
JOURNAL_LINES = 200
#: A line that is dated further ahead of the server's clock than this was written while that clock was wrong.
AHEAD = timedelta(minutes=10)
#: Most rows that one query for workflows takes; names are unique, so this is never reached.
MOST_WORKFLOWS = 1000

#: The methods of the orders (campaign_facts, Calls and Orders). All take a workflow and nothing else, and are
#: asynchronous.
ORDERS: t.Mapping[str, str] = {
    "start": "Start",  # or resume at the failed activity, when the workflow is paused
    "pause": "Pause",  # start no further activity; operations in progress go on
    "stop": "Stop",  # may take time: never send a second one meanwhile
    "kill": "Kill",  # stop unconditionally: only when a Stop has failed for minutes and nothing runs. Needs Admin
    "wakeup": "Wakeup",  # process all pending tasks now; the workflow must be started
}

#: ``@error`` is a text in every sample; should a server use it as a flag, these mean that there was none.
_NO_ERROR = frozenset({"", "0", "false"})
_ERROR_FLAG = frozenset({"1", "true"})

#: Codes of rows that only inform: a script's own output, a page's redirection, a warning of an ODBC driver (KA-24392,
#: and Adobe's pages on URL permissions and Teradata).
INFORMS = re.compile(r"\s*(?:JST-310034|JST-310027|XSV-350201|ODB-240007)\b")


@dataclass(frozen=True)
class Workflow:
    """A row of ``xtk:workflow``. Times are UTC, None where the row has none."""

    id: int
    internal_name: str
    label: str
    state: int
    failed: bool
    process_id: int
    process_date: datetime | None = None
    next_processing_date: datetime | None = None
    last_start: datetime | None = None
    error_count: int = 0

    @property
    def state_name(self) -> str:
        """The state in a word."""
        return state_word(self.state)

    @property
    def running(self) -> bool:
        """Whether a run is going on now; "started" alone does not mean that (campaign_facts, Health)."""
        return self.process_id != 0

    @property
    def transitional(self) -> bool:
        """Whether an order is on its way and has not taken effect."""
        return self.state in TRANSITIONAL


@dataclass(frozen=True)
class JournalLine:
    """A line of a workflow's journal. ``at`` is the server's time, in UTC."""

    id: int
    workflow_id: int
    at: datetime
    log_type: int | None
    activity: str
    error: str
    message: str

    # The rules ask each line the same things many times over.
    @cached_property
    def text(self) -> str:
        """What the line says: its error, else its message."""
        error = self._error_text
        return error if error and error.lower() not in _ERROR_FLAG else self.message or error

    @property
    def is_error(self) -> bool:
        """Whether there is an error text, or the text begins with an error code that does not only inform.

        That is what the row says by itself. Which rows tell of a failed run is decided in ``_diagnosis/journal.py``,
        which sees the rows beside it and their types too.
        """
        if INFORMS.match(self.text):
            return False
        return self.has_error or CODE.match(self.message.strip()) is not None

    @property
    def has_error(self) -> bool:
        """Whether ``@error`` says that there was one."""
        return bool(self._error_text)

    @cached_property
    def said(self) -> str:
        """All that the line says: the cause may stand in its error or in its message."""
        text, message = self.text, self.message
        if text and message and text != message:
            return f"{text}\n{message}"
        return text or message

    @cached_property
    def _error_text(self) -> str:
        text = self.error.strip()
        return "" if text.lower() in _NO_ERROR else text


def workflow_of(row: Row) -> Workflow:
    """The workflow in a row."""
    return Workflow(
        id=integer(row, "id"),
        internal_name=row.get("internalName", ""),
        label=row.get("label", ""),
        state=integer(row, "state"),
        failed=flag(row, "failed"),
        process_id=integer(row, "processId"),
        process_date=moment(row, "processDate"),
        next_processing_date=moment(row, "nextProcessingDate"),
        last_start=moment(row, "lastStart"),
        error_count=integer(row, "errorCount"),
    )


def line_of(row: Row) -> JournalLine:
    """The journal line in a row. Raises ProtocolError when it has no date: nothing could be said about its order."""
    at = moment(row, "logDate")
    if at is None:
        raise ProtocolError(f"The server sent line {row.get('id', '?')} of a journal without a date.", reached="maybe")
    return JournalLine(
        id=integer(row, "id"),
        workflow_id=integer(row, "workflow-id"),
        at=at,
        log_type=integer(row, "logType") if row.get("logType") else None,
        activity=row.get("activity", ""),
        error=row.get("error", ""),
        message=row.get("message", ""),
    )


def _is_family(name: str) -> bool:
    return name.endswith("_")


class Workflows:
    """The workflows of one instance. Orders only send: they are accepted now and carried out later (campaign_facts,
    Orders)."""

    def __init__(self, session: Session) -> None:
        self.session = session

    # -- reading ------------------------------------------------------------------------------------------------------

    def get(self, internal_name: str) -> Workflow:
        """The workflow of this internal name.

        :raises NotFoundError: there is none, or none that the operator may see.
        """
        found = self.find([internal_name])
        if not found:
            raise NotFoundError(
                f"There is no workflow with the internal name '{internal_name}', or the operator has no rights on its "
                "folder.",
                instance=self.session.name,
                next_step="Check the spelling, and that the operator may read the folder (for a technical workflow: "
                "that it has the Administration right).",
            )
        return found[0]

    def find(self, names: Sequence[str]) -> list[Workflow]:
        """The workflows of these internal names, by name, in one query. Those not there are left out."""
        wanted = self._checked(names)
        if not wanted:
            return []
        condition = equals("@internalName", wanted[0]) if len(wanted) == 1 else one_of("@internalName", wanted)
        # A database may compare without regard to case.
        return [workflow for workflow in self._select(condition) if workflow.internal_name in wanted]

    def matching(self, names: Sequence[str]) -> list[Workflow]:
        """The same, and of a name that ends in ``_`` all workflows whose internal name begins with it."""
        wanted = self._checked(names)
        families, whole = tuple(filter(_is_family, wanted)), list(filterfalse(_is_family, wanted))
        if not families:
            return self.find(wanted)
        conditions = [one_of("@internalName", whole)] if whole else []
        conditions += [begins_with("@internalName", family) for family in families]
        found = self._select(any_of(*conditions))
        return [one for one in found if one.internal_name in whole or one.internal_name.startswith(families)]

    def _checked(self, names: Sequence[str]) -> list[str]:
        if not all(name.strip() for name in names):
            raise ValidationError("The internal name of a workflow must not be empty.")
        return list(dict.fromkeys(names))

    def _select(self, condition: str) -> list[Workflow]:
        definition = query(
            SCHEMA, "select", COLUMNS, where=condition, order_by=[("@id", False)], line_count=MOST_WORKFLOWS
        )
        return sorted(
            fetch(self.session, definition, workflow_of), key=lambda workflow: (workflow.internal_name, workflow.id)
        )

    def journal(
        self, workflow_ids: Iterable[int], *, limit: int = JOURNAL_LINES, since: datetime | None = None
    ) -> list[JournalLine]:
        """The newest lines of the journals of these workflows together, newest first, in one query.

        Lines that are dated ahead of the server's clock would be the newest for as long as the clock was wrong by. If
        there are any, they are returned beside those of today, for which there is a second query. Where the session
        does not know the server's time yet, it is not asked for that.

        :param limit: the most lines over all these workflows; a verbose one can displace those of another.
        :param since: leave out lines before this moment of the server's clock.
        """
        ids = list(dict.fromkeys(workflow_ids))
        if not ids:
            return []
        condition = one_of("@workflow-id", ids)
        if since is not None:
            condition = all_of(condition, at_least("@logDate", since))
        lines = self._lines(condition, limit)
        if not lines or not self.session.knows_time:
            return lines
        latest = self.session.server_now() + AHEAD
        ahead = [line for line in lines if line.at > latest]
        return [*ahead, *self._lines(all_of(condition, at_most("@logDate", latest)), limit)] if ahead else lines

    def _lines(self, condition: str, limit: int) -> list[JournalLine]:
        order = [("@logDate", True), ("@id", True)]
        definition = query(JOURNAL_SCHEMA, "select", JOURNAL_COLUMNS, where=condition, order_by=order, line_count=limit)
        lines = fetch(self.session, definition, line_of)
        return sorted(lines, key=lambda line: (line.at, line.id), reverse=True)

    # -- orders -------------------------------------------------------------------------------------------------------

    def order(self, order: str, workflow: str | int) -> None:
        """Send one order to a workflow, by internal name or id. The caller waits for its effect; a fault passes.

        :param order: a key of ``ORDERS``.
        :raises ValidationError: no such order, or no workflow is named.
        """
        if order not in ORDERS:
            raise ValidationError(f"{order!r} is not an order.", next_step=f"Use one of {', '.join(sorted(ORDERS))}.")
        if not str(workflow).strip():
            raise ValidationError(f"{order} needs the internal name or the id of a workflow.")
        self.session.call(SCHEMA, ORDERS[order], [Param("strWorkflowId", str(workflow))])
