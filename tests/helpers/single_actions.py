# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The actions of a cure, with a workflow and an option that are as is wanted, and without a server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from ansible_collections.campaign.classic.plugins.module_utils._client.session import CallRecord, MethodClass
from ansible_collections.campaign.classic.plugins.module_utils._core.cursor_value import CursorValue
from ansible_collections.campaign.classic.plugins.module_utils._cure.actions import WorkflowActions
from ansible_collections.campaign.classic.plugins.module_utils._cure.model import CureOptions, Move
from ansible_collections.campaign.classic.plugins.module_utils._cure.state import Course, CureState
from ansible_collections.campaign.classic.plugins.module_utils._cure.workflow_waiter import Pace
from ansible_collections.campaign.classic.plugins.module_utils._resources.options import Option
from ansible_collections.campaign.classic.plugins.module_utils._resources.workflows import Workflow
from tests.helpers.cure_world import CURSOR, OLD, WORKFLOW, plan_for
from tests.helpers.cursors import NOW, workflow

STARTED, STOPPING, STOPPED, EDITED = workflow(11), workflow(15), workflow(20), workflow(0)
FAILED, PAUSED = workflow(13, failed=True), workflow(13)
RUNNING = workflow(11, pid=7)
NEW, THEIRS = "2026-11-22 02:00:00.000Z", "2026-11-20 00:00:00.000Z"


def row(value: str = OLD, **changes: Any) -> Option:
    return replace(Option(name=CURSOR, data_type=7, raw=value), **changes)


def call_of(kind: MethodClass = MethodClass.WRITE, *, sent: int = 900, outcome: str = "ok") -> CallRecord:
    """A call of a session that ended so."""
    return CallRecord(
        "xtk:persist", "Write", kind, started=0.0, seconds=0.0, outcome=outcome, bytes_sent=sent, attempt=1
    )


class Watched:
    """A workflow that has these rows one after the other (the last one stays), and takes these orders so."""

    name = WORKFLOW

    def __init__(self, rows: list[Workflow], orders: dict[str, Exception]) -> None:
        self.rows, self.orders, self.took = rows, orders, list[tuple[str, dict[str, Any]]]()
        self.rests: list[tuple[float, str]] = []
        self.pace = SimpleNamespace(rest=lambda seconds, words: self.rests.append((seconds, words())))

    def row(self) -> Workflow:
        return self.rows.pop(0) if len(self.rows) > 1 else self.rows[0]

    def carry_out(self, order: str, done: Callable[[Workflow], bool], **how: Any) -> Workflow:
        self.took.append((order, {"done": done, **how}))
        if order in self.orders:
            raise self.orders[order]
        return STARTED if order == "start" else STOPPED

    def until(self, done: Callable[[Workflow], bool], **how: Any) -> Workflow:
        self.took.append(("until", {"done": done, **how}))
        return self.row()


class Kept:
    """An option that has these rows one after the other (the last one stays; None: it is gone), and takes writes so.

    A write answers with its row, or raises; each is a call of the session with this end.
    """

    def __init__(self, session: Any, rows: list[Option | None], writes: list[Any], outcome: str) -> None:
        self.session, self.rows, self.writes, self.outcome = session, rows, writes, outcome
        self.sent: list[tuple[str, dict[str, Any]]] = []

    def get(self, _name: str) -> Option | None:
        return self.rows.pop(0) if len(self.rows) > 1 else self.rows[0]

    def write_and_verify(self, before: Option, value: Any, **how: Any) -> Option:
        self.sent.append((str(CursorValue.at(value)), {"before": before, **how}))
        answer = self.writes.pop(0) if self.writes else row(str(CursorValue.at(value)))
        self.session.calls.append(call_of(outcome=self.outcome))
        if isinstance(answer, BaseException):
            raise answer
        found: Option = answer
        return found


def actions(
    *rows: Workflow,
    option: list[Option | None] | None = None,
    writes: list[Any] | None = None,
    outcome: str = "ok",
    orders: dict[str, Exception] | None = None,
    state: dict[str, Any] | None = None,
    move: dict[str, Any] | None = None,
    **choices: Any,
) -> Any:
    """Actions on a workflow that has these rows, with its one cursor."""
    session: Any = SimpleNamespace(name="mkt", server_now=lambda: NOW, skew=0.0, calls=[])
    planned = plan_for("mkt", strategy="explicit", lookback_seconds=None, explicit_value=NEW)
    course = Course(CureState((replace(Move(planned), **(move or {})),), **(state or {})))
    found: Any = WorkflowActions(session, WORKFLOW, CureOptions(**choices), course, pace=Pace())
    found.watch = Watched(list(rows) or [STOPPED], orders or {})
    found.options = Kept(session, option or [row()], writes or [], outcome)
    return found


def move_of(there: Any) -> Move:
    found: Move = there.state.move(CURSOR)
    return found


def orders_of(there: Any) -> list[str]:
    return [order for order, _how in there.watch.took]


WRITTEN = {"written": CursorValue.read(NEW), "after": CursorValue.read(NEW)}
