# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""What a cure does to one workflow and its cursors, one act at a time, each looked at before and after.

Campaign has no lock. So every act looks first whether the instance still is what the act before has left, and whatever
somebody else has done in between ends the cure: a person, or a second run of it.
"""

from __future__ import annotations

import typing as t
from dataclasses import replace

from .._client.methods import MethodClass
from .._core.errors import CampaignError, ConflictError, TransportError, WaitTimeout
from .._core.interrupts import Interrupted
from .._core.xtk import XtkType, format_datetime, parse_datetime
from .._diagnosis.attempts import read_mark, same_cursor, without_mark
from .._resources.options import Options
from .._resources.workflow_states import WorkflowState
from .._resources.workflows import Workflows
from .lost_orders import LOOKS, quiet_seconds
from .model import Step
from .progress import waiting_for
from .verify_timeout import two_periods
from .workflow_waiter import ALREADY, Watch

if t.TYPE_CHECKING:
    from datetime import datetime

    from .._client.session import Session
    from .._resources.options import Option
    from .._resources.workflows import Workflow
    from .model import CureOptions, Move, Record
    from .workflow_waiter import Baseline, Pace

#: How a call ends that the server has refused to carry out; of every other call that was sent it may have been.
REFUSED_CALLS = frozenset({"fault", "denied", "session_expired"})

#: What to do when the engine does not carry an order out.
LOOK_AT_ENGINE = (
    "Check that the workflow server (wfserver) of the instance is running, and then look at the "
    "workflow: start it if it is stopped."
)

#: Whose value stands where we wrote.
Stands = t.Literal["untouched", "old", "other"]


class WorkflowActions:
    """The acts of one cure in one session.

    ``stopped_by_us``: a stop of ours is out, or of the attempt that is resumed, and no start has followed it yet.
    ``stopped_by_others``: somebody else has stopped the workflow meanwhile, and it is left so.
    ``found_stopped``: the workflow had been stopped before the cure began.
    """

    def __init__(self, session: Session, workflow: str, choices: CureOptions, result: Record, *, pace: Pace) -> None:
        self.session = session
        self.choices = choices
        self.result = result
        self.options = Options(session)
        self.watch = Watch(Workflows(session), workflow, pace=pace, now=session.server_now, on_order=self._on_order)
        self.stopped_by_us = False
        self.stopped_by_others = False
        self.found_stopped = False

    # -- orders -----------------------------------------------------------------------------------------------

    def stop(self) -> None:
        """Stop, and wait until the state is 20 and no process is left. Kill only with ``force``.

        :raises ConflictError: somebody else has stopped it, or has given it another order.
        """
        row = self.watch.row()
        if row.state not in (WorkflowState.STARTED, WorkflowState.PAUSED):
            self.stopped_by_others = True
            raise self._interfered(row)
        wait: dict[str, t.Any] = {"timeout": self.choices.order_timeout, "next_step": LOOK_AT_ENGINE}
        try:
            self.watch.carry_out("stop", is_stopped, what="the stop", **wait)
        except WaitTimeout:
            if not self.choices.force:
                raise
            self.watch.carry_out("kill", is_stopped, what="the unconditional stop", **wait)

    def start(self, row: Workflow) -> Workflow:
        """Start, and wait until the engine has taken it. Sends nothing unless the row stands still with no process."""
        if is_stopped(row) or row.state == WorkflowState.EDITION:
            row = self.watch.carry_out(
                "start", has_started, timeout=self.choices.order_timeout, what="the start", next_step=LOOK_AT_ENGINE
            )
        self.stopped_by_us = False
        return row

    def leave_as_found(self) -> None:
        """Leave started what was found started or failed: it then fails visibly again, which supervisors see. What had
        been stopped before is stopped again, and what somebody else has stopped is left to him."""
        if self.stopped_by_others:
            return
        if self.found_stopped:
            row = self.watch.row()
            if row.state == WorkflowState.STARTED or (row.state == WorkflowState.PAUSED and row.failed):
                self.stop()
            return
        if not self.stopped_by_us:
            return
        # A Stop whose end was not seen may still be on its way, and Start is only sent at 20 with no process left. One
        # that never came has changed nothing.
        row = self.watch.until(
            is_at_rest, timeout=self.choices.order_timeout, what="the stop", next_step=LOOK_AT_ENGINE
        )
        self.start(row)

    def start_again(self, seconds: float) -> None:
        """Start what a stop of ours has left standing, before this process ends. Nothing else is put back: what was
        found stopped may stand, and whoever comes next finds what we have written."""
        self.choices = replace(self.choices, order_timeout=min(self.choices.order_timeout, seconds))
        if not self.found_stopped:
            self.leave_as_found()

    def _interfered(self, row: Workflow) -> ConflictError:
        return ConflictError(
            f"The workflow is {row.state_name} ({row.state}) now: somebody else, or another run of this cure, gave it "
            "an order meanwhile.",
            instance=self.session.name,
            next_step="It is left to them. Detect again.",
        )

    # -- cursors ----------------------------------------------------------------------------------------------

    def read(self, name: str) -> Option:
        """The cursor's option. Raises ConflictError when it is gone or has another type."""
        option = self.options.get(name)
        if option is None or option.data_type != XtkType.DATETIME:
            found = "is gone" if option is None else f"has type {option.data_type}"
            raise ConflictError(
                f"The option '{name}' {found}.",
                instance=self.session.name,
                next_step="Somebody changed it during the cure: detect again.",
            )
        return option

    def write(self, move: Move, *, where_stopped: bool) -> None:
        """Compare and set: the value must still be the plan's. Read back by query, compared at whole seconds.

        :param where_stopped: the workflow must stand still, because its next run would race with the write.
        """
        if where_stopped:
            row = self.watch.row()
            if not (is_stopped(row) or row.state == WorkflowState.EDITION):
                raise self._interfered(row)
        option = self.read(move.option)
        if not same_cursor(option.raw, move.plan.old_value):
            raise ConflictError(
                f"The cursor '{option.name}' is {option.raw or 'empty'} and not {move.plan.old_value} any more.",
                next_step="Somebody moved it during the cure: detect again.",
                instance=self.session.name,
            )
        target = move.plan.target(self.session.server_now())
        calls = len(self.session.calls)
        # Noted before it is sent: if the answer is lost, the compensation must know what may stand there.
        move.written = move.target = format_datetime(target)
        mark = move.marked(self.choices, option.description, found_stopped=self.found_stopped)
        try:
            after = self._written(option, target, mark)
        except (CampaignError, Interrupted):
            if not self._may_have_written(calls):
                move.written = None
            raise
        finally:
            self.result.changed = self.result.changed or move.written is not None
        move.after = after.raw
        self.note("write", f"{option.name}: {move.plan.old_value} -> {after.raw}")
        self._check_mark(move, after, mark)

    def _written(self, option: Option, target: datetime, mark: str | None) -> Option:
        """Write, and read back. A write whose answer was lost is never sent again. Where nothing shows of it at first,
        it is looked for as long as an order is: it may lie at a gateway still."""
        try:
            return self.options.write_and_verify(option, target, expected=option.value, description=mark)
        except TransportError as lost:
            if lost.reached == "no":
                raise
            passed, quiet = 0.0, quiet_seconds(lost)

            def words() -> str:
                what = f"the write of {option.name} to show"
                return waiting_for(self.session.name, what, self.watch.name, passed, quiet)

            for wait in LOOKS:
                self.watch.pace.rest(wait, words)
                passed += wait
                after = self.read(option.name)
                if not same_cursor(after.raw, option.raw) or passed >= quiet:
                    break
            if after.holds(target):
                return after
            raise

    def _check_mark(self, move: Move, after: Option, mark: str | None) -> None:
        """The mark tells two runs apart that have written the same second."""
        if self._is_theirs(after, move):
            raise ConflictError(
                f"Another run has written the cursor '{after.name}' at the same time.",
                instance=self.session.name,
                next_step="It is left to that run. Detect again.",
            )
        if mark is not None and after.description != mark:
            self.note("mark", "the server did not keep the mark in the description")

    def check_ours(self, move: Move) -> None:
        """Raise ConflictError when the value that we wrote does not stand there any more."""
        option = self.read(move.option)
        move.after = option.raw
        if not same_cursor(option.raw, move.written) or self._is_theirs(option, move):
            raise ConflictError(
                f"The cursor '{option.name}' is {option.raw or 'empty'}, and {move.written} is not ours any more: "
                "somebody else, or another run of this cure, moved it.",
                instance=self.session.name,
                next_step="It is left to them. Detect again.",
            )

    def moved(self, move: Move) -> bool:
        """Whether the cursor stands past what we wrote. Remembers the value for the result."""
        raw = move.after = self.read(move.option).raw
        return bool(raw and move.written) and _seconds(raw) > _seconds(move.written or "")

    def restore(self, move: Move) -> Stands:
        """Have the old value stand where we wrote. Says whose value stands: it is left alone when it is not ours."""
        if move.written is None:
            return "untouched"
        option = self.read(move.option)
        move.after = option.raw
        if same_cursor(option.raw, move.plan.old_value):
            return "old"
        if self._is_theirs(option, move) or not same_cursor(option.raw, move.written):
            return "other"
        self._have_it_stopped()
        clean = without_mark(option.description)
        old = parse_datetime(move.plan.old_value)
        after = self._written(option, old, clean if clean != option.description else None)
        move.after = after.raw
        self.note("restore", f"{option.name}: {option.raw} -> {after.raw}")
        return "old"

    def _is_theirs(self, option: Option, move: Move) -> bool:
        """Whether another run has put its mark where ours was: it wrote the same second."""
        found = read_mark(option.description) if self.choices.mark else None
        return found is not None and found.run_id not in (self.choices.run_id, move.resumed)

    def _have_it_stopped(self) -> None:
        """A value is only put back while nothing runs. A stop that is out already is not sent again."""
        if self.stopped_by_us:
            return
        row = self.watch.row()
        if is_stopped(row) or row.state == WorkflowState.EDITION:
            return
        if self.stopped_by_others:
            raise self._interfered(row)
        self.stop()

    def _may_have_written(self, since: int) -> bool:
        """Whether, of the calls from this one on, a write went out that the server did not refuse."""
        return any(
            call.kind is MethodClass.WRITE and call.bytes_sent and call.outcome not in REFUSED_CALLS
            for call in self.session.calls[since:]
        )

    # -- small things -----------------------------------------------------------------------------------------

    def baseline(self) -> Baseline:
        """The row and the journal before a start."""
        return self.watch.baseline()

    def verify_timeout(self, *rows: tuple[Workflow, t.Any]) -> float:
        """Two periods of the schedule that rows show from a moment on, when the operator gave no time."""
        if self.choices.verify_timeout is not None:
            return self.choices.verify_timeout
        spans = [
            (row.next_processing_date - since).total_seconds()
            for row, since in rows
            if row.next_processing_date is not None and since is not None
        ]
        return two_periods(spans)

    def words(self, error: Exception, *, advice: bool = True) -> str:
        """An error for a reason, to which the instance's name is added later."""
        if not isinstance(error, CampaignError):
            return f"campaign.classic had an internal error ({type(error).__name__}: {error}): please report this."
        if not advice:
            error.next_step = ""
        text, name = str(error), f"{self.session.name}: "
        return text[len(name) :] if text.startswith(name) else text

    def note(self, action: str, detail: str) -> None:
        """Remember one thing that was done."""
        self.result.steps.append(Step(format_datetime(self.session.server_now()), action, detail))

    def _on_order(self, order: str, answer: str) -> None:
        """What the watch tells of each order that was sent."""
        self.note(order, answer)
        self.result.changed = self.result.changed or answer != ALREADY
        if order in ("stop", "kill"):
            if answer == ALREADY and not self.stopped_by_us:
                self.stopped_by_others = True
                raise self._interfered(self.watch.row())
            self.stopped_by_us = True


def _seconds(text: str) -> int:
    return int(parse_datetime(text).timestamp())


def is_stopped(row: Workflow) -> bool:
    """Stopped, with no process left."""
    return row.state == WorkflowState.STOPPED and not row.running


def is_at_rest(row: Workflow) -> bool:
    """No order is on its way, and no process is left of a run that was stopped."""
    return not row.transitional and (row.state != WorkflowState.STOPPED or not row.running)


def has_started(row: Workflow) -> bool:
    """Taken by the engine: started, already running, or failed at once."""
    return (
        row.state == WorkflowState.STARTED
        or row.running
        or bool(row.failed and row.state not in (WorkflowState.STOPPED, WorkflowState.EDITION))
    )
