# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""What a cure does to one workflow and its cursors, one action at a time.

Campaign has no lock. So every action checks first whether the instance still is as the action before has left it. What
somebody else has done in between, a person or a second run, ends the cure.
"""

from __future__ import annotations

import typing as t

from .._core.cursor_value import CursorValue
from .._core.errors import CampaignError, ConflictError, TransportError, WaitTimeout
from .._core.interrupts import Interrupted
from .._core.xtk import XtkType, format_datetime
from .._diagnosis.attempts import Mark, read_mark, without_mark
from .._resources.options import Options
from .._resources.workflow_states import WorkflowState
from .._resources.workflows import Workflows
from .clocks import Clocks
from .lost_orders import LOOKS, quiet_seconds
from .model import Step
from .progress import waiting_for
from .verify_timeout import two_periods
from .workflow_waiter import ALREADY, Unanswered, Watch

if t.TYPE_CHECKING:
    from .._client.session import Session
    from .._resources.options import Option
    from .._resources.workflows import Workflow
    from .model import CureOptions, Move
    from .state import Course, CureState
    from .workflow_waiter import Baseline, Pace

#: What to do when the engine does not carry an order out.
LOOK_AT_ENGINE = (
    "Check that the workflow server (wfserver) of the instance is running, and then look at the "
    "workflow: start it if it is stopped."
)

#: Whose value stands where we wrote.
Stands = t.Literal["untouched", "old", "other", "assumed"]


class WorkflowActions:
    """The actions of one cure in one session. Each notes in the course what it has done, in the moment it has done it.

    A cursor is named by its option, which must be one of the course's moves.
    """

    def __init__(self, session: Session, workflow: str, choices: CureOptions, course: Course, *, pace: Pace) -> None:
        self.session = session
        self.choices = choices
        self.course = course
        self.options = Options(session)
        self.watch = Watch(Workflows(session), workflow, pace=pace, now=session.server_now, on_order=self._on_order)

    @property
    def state(self) -> CureState:
        """Where the cure is now."""
        return self.course.state

    # -- orders -----------------------------------------------------------------------------------------------

    def stop(self, timeout: float | None = None, found: Workflow | None = None) -> None:
        """Stop, and wait until the state is 20 and no process is left. Kill only with ``force``.

        :param timeout: seconds that the engine may take, in place of ``order_timeout``. So it is below.
        :param found: as it was seen before. One that stood failed does not start by itself, nor does one that was
            started pause without a failure: then somebody else has done that.
        :raises ConflictError: somebody else has stopped it, or has given it another order.
        """
        row = self.watch.row()
        if row.state not in (WorkflowState.STARTED, WorkflowState.PAUSED) or _is_otherwise(row, found):
            self.course.update(stopped_by_others=True)
            raise self._interfered(row)
        wait = self._wait(timeout)
        self.course.update(stop_lost=False)
        try:
            self.watch.carry_out("stop", is_stopped, what="the stop", **wait)
        except Unanswered:
            self.course.update(stop_lost=True)
            raise
        except WaitTimeout:
            if not self.choices.force:
                raise
            self.watch.carry_out("kill", is_stopped, what="the unconditional stop", **wait)

    def start(self, row: Workflow, timeout: float | None = None) -> Workflow:
        """Start, and wait until the engine has taken it. Sends nothing unless the row is stopped with no process."""
        if stands_still(row):
            # One that its own error stops may have run and be stopped again by the first look.
            before = row.last_start
            row = self.watch.carry_out(
                "start",
                lambda now: has_started(now) or now.last_start != before,
                what="the start",
                **self._wait(timeout),
            )
        self.course.update(stopped_by_us=False)
        return row

    def leave_as_found(self, timeout: float | None = None) -> None:
        """Leave started what was found started or failed: it then fails visibly again, which supervisors see. What had
        been stopped before is stopped again, and what somebody else has stopped is left to him."""
        if self.state.stopped_by_others:
            return
        if self.state.found_stopped:
            if is_ready(self.watch.row()):
                self.stop(timeout)
            return
        if not self.state.stopped_by_us:
            return
        # A Stop whose end was not seen may still be on its way, and Start is only sent at 20 with no process left. One
        # that never came has changed nothing.
        row = self.watch.until(is_at_rest, what="the stop", **self._wait(timeout))
        self.start(row, timeout)

    def start_again(self, seconds: float) -> None:
        """Start what a stop of ours has left standing, before this process ends. Nothing else is put back: what was
        found stopped may stand, and whoever comes next finds what we have written."""
        if not self.state.found_stopped:
            self.leave_as_found(min(self.choices.order_timeout, seconds))

    def _wait(self, timeout: float | None) -> dict[str, t.Any]:
        """For how long the engine is waited for, and what to do when it does not act."""
        return {
            "timeout": self.choices.order_timeout if timeout is None else timeout,
            "next_step": LOOK_AT_ENGINE,
        }

    def _interfered(self, row: Workflow) -> ConflictError:
        return ConflictError(
            f"The workflow is {row.state_name} ({row.state}) now: somebody else, or another run of this cure, gave it "
            "an order meanwhile.",
            instance=self.session.name,
            next_step="It is left to them. Detect again.",
        )

    # -- cursors ----------------------------------------------------------------------------------------------

    def read(self, option: str) -> Option:
        """The cursor's row. Raises ConflictError when it is gone or has another type."""
        row = self.options.get(option)
        if row is None or row.data_type != XtkType.DATETIME:
            found = "is gone" if row is None else f"has type {row.data_type}"
            raise ConflictError(
                f"The option '{option}' {found}.",
                instance=self.session.name,
                next_step="Somebody changed it during the cure: detect again.",
            )
        return row

    def values(self, options: t.Sequence[str]) -> dict[str, CursorValue]:
        """Where these cursors stand: those that are there, and are times."""
        rows = self.options.named([option for option in options if option])
        return {row.name: row.cursor_value for row in rows if row.data_type == XtkType.DATETIME}

    def clocks(self, option: str) -> Clocks:
        """The clocks that are known now, with that of the cursor's mid where it was asked. Sends nothing."""
        found = self.state.move(option).diagnosis
        return Clocks.known(self.session.server_now(), self.session.skew, None if found is None else found.mid)

    def write(self, option: str, *, where_stopped: bool) -> None:
        """Compare and set: the value must still be the plan's. Read back by query, compared at whole seconds.

        The row is read once, right before it is written: what is compared is what the write follows on. Nothing but
        this process's own work lies between the two, and Campaign has no lock that could make the time any shorter.

        :param where_stopped: the workflow must stand still, because its next run would race with the write.
        """
        if where_stopped:
            workflow = self.watch.row()
            if not stands_still(workflow):
                raise self._interfered(workflow)
        row, plan = self.read(option), self.state.move(option).plan
        if not row.cursor_value.is_same(plan.old_value):
            raise ConflictError(
                f"The cursor '{option}' is {row.raw or 'empty'} and not {plan.old_value} any more.",
                next_step="Somebody moved it during the cure: detect again.",
                instance=self.session.name,
            )
        written = CursorValue.at(plan.target(self.clocks(option)))
        mark = self._mark(row, plan.old_value, written)
        calls = len(self.session.calls)
        # Noted before it is sent: if the answer is lost, the compensation must know what may stand there.
        self.course.update_move(option, written=written, target=written)
        try:
            after = self._written(row, written, mark, just_read=True)
        except (CampaignError, Interrupted):
            if not self._may_have_written(calls):
                self.course.update_move(option, written=None)
            else:
                self.course.update_move(option, unsure=self._is_lost(calls))
            raise
        finally:
            if self.state.move(option).written is not None:
                self.course.update(changed=True)
        self.course.update_move(option, after=after.cursor_value)
        self.note("write", f"{option}: {plan.old_value} -> {after.raw}")
        self._check_mark(option, after, mark)

    def _mark(self, row: Option, old_value: CursorValue, written: CursorValue) -> str | None:
        """The description to be written with the value; None when it is to stay as it is."""
        if not self.choices.mark:
            return None
        return Mark(old_value, written, self.choices.run_id, self.state.found_stopped).added_to(row.description)

    def _written(self, row: Option, value: CursorValue, description: str | None, *, just_read: bool = False) -> Option:
        """Write, and read back. A write whose answer was lost is never sent again. Where nothing shows of it at first,
        it is looked for as long as an order is: a gateway may still deliver it.

        :param just_read: the row was read right now; else it is read again, and must not have changed.
        """
        target = value.known()
        try:
            return self.options.write_and_verify(
                row, target, expected=row.value, description=description, just_read=just_read
            )
        except TransportError as lost:
            if lost.reached == "no":
                raise
            passed, quiet = 0.0, quiet_seconds(lost)

            def words() -> str:
                what = f"the write of {row.name} to show"
                return waiting_for(self.session.name, what, self.watch.name, passed, quiet)

            for wait in LOOKS:
                self.watch.pace.rest(wait, words)
                passed += wait
                after = self.read(row.name)
                if not after.cursor_value.is_same(row.cursor_value) or passed >= quiet:
                    break
            if after.holds(target):
                return after
            raise

    def _check_mark(self, option: str, after: Option, mark: str | None) -> None:
        """The mark tells two runs apart that have written the same second."""
        if self._is_theirs(after, self.state.move(option)):
            raise ConflictError(
                f"Another run has written the cursor '{option}' at the same time.",
                instance=self.session.name,
                next_step="It is left to that run. Detect again.",
            )
        if mark is not None and after.description != mark:
            self.note("mark", "the server did not keep the mark in the description")

    def check_ours(self, option: str) -> None:
        """Raise ConflictError when the value that we wrote does not stand there any more."""
        row = self._seen(option)
        move = self.state.move(option)
        if not self._is_ours(row, move):
            raise self._not_ours(move)

    def _not_ours(self, move: Move) -> ConflictError:
        now = (move.after and move.after.text) or "empty"
        return ConflictError(
            f"The cursor '{move.option}' is {now}, and {move.written} is not ours any more: somebody else, or "
            "another run of this cure, moved it.",
            instance=self.session.name,
            next_step="It is left to them. Detect again.",
        )

    def moved(self, option: str) -> bool:
        """Whether the cursor stands past what we wrote."""
        written = self.state.move(option).written
        after = self._seen(option).cursor_value
        return written is not None and after.is_past(written)

    def restore(self, option: str) -> Stands:
        """Have the old value stand where we wrote. Says whose value stands: only what is surely ours is replaced."""
        move = self.state.move(option)
        if move.written is None:
            return "untouched"
        row = self._seen(option)
        if row.cursor_value.is_same(move.plan.old_value):
            return self._undone(option)
        if not self._is_ours(row, move):
            return "other"
        if move.assumed:
            return "assumed"
        if move.back_lost:
            raise self._may_come_back(move)
        self.course.update_move(option, unsure=False)
        self._have_it_stopped()
        # The stop may have taken minutes, in which somebody can have edited the value or the description.
        row = self._seen(option)
        if not self._is_ours(row, move):
            return self._undone(option) if row.cursor_value.is_same(move.plan.old_value) else "other"
        clean = without_mark(row.description)
        after = self._put_back(row, move, clean if clean != row.description else None)
        self.course.update_move(option, after=after.cursor_value)
        self.note("restore", f"{option}: {row.raw} -> {after.raw}")
        return self._undone(option)

    def _undone(self, option: str) -> Stands:
        self.course.update_move(option, undone=True)
        return "old"

    def _put_back(self, row: Option, move: Move, description: str | None) -> Option:
        """Write the old value. Whether a write whose answer was lost arrives is not known: it is not sent again."""
        calls = len(self.session.calls)
        try:
            return self._written(row, move.plan.old_value, description, just_read=True)
        except (CampaignError, Interrupted):
            self.course.update_move(move.option, back_lost=self._is_lost(calls))
            raise

    def _may_come_back(self, move: Move) -> CampaignError:
        return CampaignError(
            f"The old value {move.plan.old_value} was sent to the cursor '{move.option}' before, and its answer was "
            "lost: it is not sent again.",
            instance=self.session.name,
            next_step="Look at the cursor again in a few minutes.",
        )

    def take_back(self, option: str) -> None:
        """Have the old value stand again where a move did not help. The cursor waits for its turn then, as before.

        :raises ConflictError: the value there is somebody else's.
        """
        if self.restore(option) == "other":
            raise self._not_ours(self.state.move(option))
        self.course.update_move(option, written=None, resumed="", put_back=True, undone=False)

    def _seen(self, option: str) -> Option:
        """The cursor's row, whose value is remembered for the result."""
        row = self.read(option)
        self.course.update_move(option, after=row.cursor_value)
        return row

    def _is_ours(self, row: Option, move: Move) -> bool:
        """Whether the present value is the one that was written."""
        return move.written is not None and row.cursor_value.is_same(move.written) and not self._is_theirs(row, move)

    def _is_theirs(self, row: Option, move: Move) -> bool:
        """Whether another run has put its mark where ours was: it wrote the same second."""
        found = read_mark(row.description) if self.choices.mark else None
        if found is None or not found.written.is_same(row.cursor_value):  # of a value that stood there before
            return False
        return found.run_id not in (self.choices.run_id, move.resumed)

    def _have_it_stopped(self) -> None:
        """A value is only put back while nothing runs. A stop that was sent already is not sent again: where the
        workflow is started all the same, somebody else has started it, unless our stop has not come or is slow."""
        row = self.watch.row()
        if self._is_held_by_others(row) or stands_still(row):
            return
        if self.state.stopped_by_others or self._is_paused_by_others(row):
            raise self._interfered(row)
        if not self.state.stopped_by_us:
            self.stop()
        elif row.state == WorkflowState.STARTED or row.running:
            if not (self.state.stop_lost or row.transitional):
                raise self._interfered(row)
            raise CampaignError(
                f"The workflow is {row.state_name} ({row.state}): our order to stop is not carried out.",
                instance=self.session.name,
                next_step=LOOK_AT_ENGINE,
            )

    def _is_paused_by_others(self, row: Workflow) -> bool:
        """Whether somebody has paused it meanwhile. What was on then goes on to its end."""
        return self._are_others(is_paused(row))

    def was_aborted(self, row: Workflow) -> bool:
        """Whether a run of ours has left the workflow stopped and failed, as an activity may be set to (campaign_facts,
        unknown 23). A person's Stop right after a failure may look the same, so it only counts for one where a stopped
        workflow may be started."""
        return is_stopped(row) and row.failed and self.choices.start_stopped and bool(self.state.steps)

    def _is_held_by_others(self, row: Workflow) -> bool:
        """Whether somebody has stopped or paused it meanwhile: nothing runs then, and it is left so."""
        return self._are_others(is_held(row) and not self.was_aborted(row))

    def _are_others(self, stands: bool) -> bool:
        """Whether it stands because of others, who are remembered then, and neither as it was found nor by our stop."""
        others = stands and not (self.state.found_stopped or self.state.stopped_by_us)
        if others:
            self.course.update(stopped_by_others=True)
        return others

    def _may_have_written(self, since: int) -> bool:
        """Whether, of the calls from this one on, a write went out that the server did not refuse."""
        return bool(self._taken_writes(since))

    def _is_lost(self, since: int) -> bool:
        """Whether one of these writes got no answer, so that it may arrive yet."""
        return any(outcome != "ok" for outcome in self._taken_writes(since))

    def _taken_writes(self, since: int) -> list[str]:
        """How the writes ended that the server may have carried out, from this call on."""
        return [call.outcome for call in self.session.calls[since:] if call.may_have_written]

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
        self.course.note(Step(format_datetime(self.session.server_now()), action, detail))

    def _on_order(self, order: str, answer: str) -> None:
        """What the watch tells of each order that was sent."""
        self.note(order, answer)
        if answer != ALREADY:
            self.course.update(changed=True)
        if order in ("stop", "kill"):
            if answer == ALREADY and not self.state.stopped_by_us:
                self.course.update(stopped_by_others=True)
                raise self._interfered(self.watch.row())
            self.course.update(stopped_by_us=True)


def is_stopped(row: Workflow) -> bool:
    """Stopped, with no process left."""
    return row.state == WorkflowState.STOPPED and not row.running


def stands_still(row: Workflow) -> bool:
    """Stopped with no process left, or never started: no run of it can race with a write."""
    return is_stopped(row) or row.state == WorkflowState.EDITION


def is_ready(row: Workflow) -> bool:
    """Started, or failed and waiting: what a cure treats, and what it leaves behind."""
    return row.state == WorkflowState.STARTED or (row.state == WorkflowState.PAUSED and row.failed)


def is_held(row: Workflow) -> bool:
    """Stopped or paused by somebody, or never started, with no process left."""
    return (stands_still(row) or is_paused(row)) and not row.running


def is_settled(row: Workflow) -> bool:
    """No order is on its way, and no process is left of a run that somebody has stopped or paused."""
    return is_at_rest(row) and not (is_paused(row) and row.running)


def is_paused(row: Workflow) -> bool:
    """Paused by somebody, and not by an error."""
    return row.state == WorkflowState.PAUSED and not row.failed


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


def _is_otherwise(row: Workflow, found: Workflow | None) -> bool:
    """Whether a workflow that was paused is started now, or one that was started is paused and has not failed."""
    was, now = (None if found is None else found.state), row.state
    if was == WorkflowState.PAUSED:
        return now == WorkflowState.STARTED
    return was == WorkflowState.STARTED and now == WorkflowState.PAUSED and not row.failed
