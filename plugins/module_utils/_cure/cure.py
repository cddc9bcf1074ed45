# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""Carrying out the plans of one workflow, in one session, with its own compensation (docs/architecture.md, Curing).

The order of the steps follows from how Campaign works:

* a workflow that failed waits at 13 and runs nothing, so the cursor is written first and the Stop comes after;
* a workflow that ignores errors runs again every few minutes and would race with the write, so the Stop comes first;
* Start from 13 would resume the failed activity with what it had already read (campaign_facts, Orders), so a Start is
  only sent at 20 with no process left;
* a workflow must not stay stopped because of us: whatever goes wrong after a Stop, it is started again if the server
  lets it, and if not the outcome says that it may be stopped;
* one account that fails holds back the cursors of all others, and moving a healthy one loses data: so of several
  cursors one is moved, the workflow is run, everything is diagnosed again, and only then comes the next. What was
  moved for nothing is put back first (``turns.py``);
* nothing is cured because a write succeeded: the proof is that the workflow itself moves the cursor past it.

What it knows of itself is one value (``state.py``). ``checks.py``, ``judging.py`` and ``endings.py`` decide from it
alone, ``actions.py`` acts on the instance, and ``compensation.py`` undoes.
"""

from __future__ import annotations

import typing as t
from functools import partial

from .._core.errors import CampaignError, ValidationError, WaitTimeout
from .._core.interrupts import Interrupted, current
from .._core.xtk import format_duration
from .._diagnosis.attempts import AS_IT_STANDS, CLOCK_TOLERANCE
from .._diagnosis.causes import BUILT_IN, Causes
from .._diagnosis.diagnose import Diagnosis, Thresholds
from .._diagnosis.outcomes import CURED, HEALTHY_AFTER
from .._resources.workflow_states import WorkflowState
from .actions import WorkflowActions, is_held, is_ready, is_settled, is_stopped, stands_still
from .checks import settle, started_since
from .compensation import interrupted, keep, leave_running, not_left, undo
from .endings import NOT_ITS_TURN, whereabouts
from .judging import NOT_SHOWN, after_failure, is_doubtful, is_named, journal_text, moved_and_failed, proven
from .model import CureOptions, CureResult, Ended, Move
from .plan import Plan
from .preflight import Preflight
from .state import Course, CureState
from .turns import Turn, next_turn, put_out_of_use, somebody_moved

if t.TYPE_CHECKING:
    from datetime import datetime

    from .._client.session import Session
    from .._core.cursor_value import CursorValue
    from .._diagnosis.attempts import Attempt
    from .._diagnosis.catalogue import CursorKind
    from .._resources.workflows import Workflow
    from .ask_mid import MidAsker
    from .workflow_waiter import Baseline, Pace, RunEnd

__all__ = ["Cure"]


class Cure:
    """The cure of one workflow.

    :param plans: what was decided, for cursors of one workflow; no other is moved. The cure refuses when the instance
        no longer is what the plans were made for.
    :param kinds: the catalogue of cursors.
    :param cursor_map: cursor option -> account, as for the diagnosis.
    :param pace: how waits pass time.
    :param attempts: what is known of earlier attempts, newest first.
    :param causes: the causes that are known.
    :param asker: asks the mids before anything is sent; None to ask none.
    :raises ValidationError: no plan, or plans of several workflows, or two for one cursor.
    """

    def __init__(
        self,
        session: Session,
        plans: t.Sequence[Plan],
        *,
        thresholds: Thresholds,
        kinds: t.Sequence[CursorKind],
        cursor_map: t.Mapping[str, str],
        options: CureOptions,
        pace: Pace,
        attempts: t.Sequence[Attempt] = (),
        causes: Causes = BUILT_IN,
        asker: MidAsker | None = None,
    ) -> None:
        if len({plan.workflow for plan in plans}) != 1 or len({plan.option for plan in plans}) != len(plans):
            raise ValidationError(
                "A cure treats one workflow, and each of its cursors once.",
                next_step="Give the cursors of one workflow, each once.",
                instance=session.name,
            )
        self.session = session
        self.workflow = plans[0].workflow
        self.choices = options
        self.causes = causes
        self.course = Course(CureState(tuple(Move(plan) for plan in plans)))
        self.actions = WorkflowActions(session, self.workflow, options, self.course, pace=pace)
        self.preflight = Preflight(
            self.actions,
            self.workflow,
            thresholds=thresholds,
            kinds=kinds,
            cursor_map=cursor_map,
            attempts=attempts,
            causes=causes,
            asker=asker,
        )

    @property
    def state(self) -> CureState:
        """Where the cure is now."""
        return self.course.state

    # -- the course of a cure ---------------------------------------------------------------------------------

    def run(self) -> CureResult:
        """Carry the plans out. A workflow that was found started or failed is not left stopped, if the server lets it.

        :raises CampaignError: when the instance could not be read, before anything was sent that changes it.
        """
        try:
            found = self.preflight.check()
            if self.choices.check_mode:
                self._only_planned()
            self._check_may_write()
            self._treat(found)
            self._confirm()
        except Ended as end:
            self.course.state = self.state.ended(end.outcome, end.reason)
        except Interrupted as stop:
            cut_off = interrupted(self.actions, stop, current().left() or 0.0)
            self.course.state = self.state.ended(cut_off.outcome, cut_off.reason)
        self._check_ahead()
        return CureResult(self.state)

    def _treat(self, found: t.Sequence[Diagnosis]) -> None:
        """One try after the other, each with a run of the workflow, until none is left to be moved."""
        turn = next_turn(self.state, found, self.preflight.attempts)
        while turn is not None:
            began = self.session.server_now()
            end = self._run_afresh(turn, found)
            self._judge(end)
            if not self.state.waiting:
                return
            waited = [move.option for move in self.state.waiting]
            before, found = found, self._look_again()
            met = self._has_met_somebody(before, found, (began, self.session.server_now()))
            served = any(self.state.move(option).outcome == "unchanged" for option in waited)
            turn = self._turn_after(end, found, met=met, served=served)
        self._nothing_came_of_it()

    def _turn_after(self, end: RunEnd, found: t.Sequence[Diagnosis], *, met: bool, served: bool) -> Turn | None:
        """What to do after a run, where something waited for its turn.

        :param met: somebody has moved a cursor, or has put it out of use.
        :param served: one that waited is healthy now.
        """
        guesses = tuple(move.option for move in self.state.guesses)
        if (met and self.state.still_open) or (served and guesses):
            # What was tried, was tried with a cause that may be gone now.
            self.course.update(tried=())
            return Turn(back=guesses)
        if self.state.in_flight and not self.state.waiting and not served:
            self._nothing_waits(end)
        return next_turn(self.state, found)

    def _has_met_somebody(
        self, before: t.Sequence[Diagnosis], found: t.Sequence[Diagnosis], ran: tuple[datetime, datetime]
    ) -> bool:
        """Whether somebody has moved another cursor between two looks, or has put it out of use: that may have repaired
        what makes the runs fail."""
        now = {one.option: one.cursor_value for one in found if one.account}
        met = somebody_moved(self.state, before, now, ran=ran) | put_out_of_use(before, found) - self.state.met
        self.course.update(met=self.state.met | met)
        return bool(met)

    def _look_again(self) -> list[Diagnosis]:
        """What the cursors are after a run. What cannot be read then must not hide what was done."""
        try:
            found = self.preflight.look()
        except Exception as error:
            self._unseen("The other cursors", error)
        self.course.state = settle(self.state, found)
        return found

    def _row(self) -> Workflow:
        """The workflow before a run. The same holds for it from the second run on, and an order of somebody's is waited
        for: until it is carried out, nothing can be put back."""
        try:
            row = self.actions.watch.row()
            if is_settled(row) or not self.state.steps:
                return row
            timeout = self.actions.choices.order_timeout
            return self.actions.watch.until(is_settled, timeout=timeout, what="somebody's order")
        except Exception as error:
            if not self.state.steps:
                raise
            self._unseen("The workflow", error)

    def _run_over(self) -> Workflow:
        """The workflow, once the run that is on has ended."""
        try:
            return self.preflight.at_rest()
        except Exception as error:
            if self.state.steps:
                self._unseen("The workflow", error)
            if not isinstance(error, WaitTimeout):
                raise
            raise Ended("refused", f"{self.actions.words(error, advice=False)} Detect again later.") from error

    def _unseen(self, what: str, error: Exception) -> t.NoReturn:
        """End where something could not be looked at after a run."""
        words = self.actions.words(error)
        # Of one that is moved without being shown to be the cause, nothing may be lost. Those that wait are why it is a
        # guess, so they are asked for before they end.
        end = undo if self.state.guesses else keep
        self.course.state = self.state.waiting_ended(f"{NOT_ITS_TURN} {words}")
        end(self.actions, f"{what} could not be looked at: {words} {whereabouts(self.state)}")

    # -- before anything is sent ------------------------------------------------------------------------------

    def _only_planned(self) -> t.NoReturn:
        """What check mode says."""
        moves = ", then ".join(move.describe() for move in self.state.still_open)
        what = "see on" if all(move.resumed for move in self.state.still_open) else "move"
        raise Ended("planned", f"Would {what} {moves} and run '{self.workflow}' afresh.")

    def _check_may_write(self) -> None:
        if self.session.read_only:
            moves = ", ".join(move.describe() for move in self.state.still_open)
            raise Ended(
                "refused",
                f"Would move {moves}, but the session is read-only. Unset read_only (and "
                "CAMPAIGN_READ_ONLY) if this run is meant to change the instance.",
            )

    # -- writing and running ----------------------------------------------------------------------------------

    def _run_afresh(self, turn: Turn, seen: t.Sequence[Diagnosis]) -> RunEnd:
        """Write, run the workflow afresh, wait for its end. Whatever goes wrong before the Start is taken is undone.

        :param seen: the cursors, as they were looked at last.
        """
        found = self._ready_for(turn)
        try:
            baseline = self._prepared(found, turn, seen)
        except Exception as error:  # also a defect of ours: it must not leave the workflow stopped
            undo(self.actions, self.actions.words(error))
        try:
            started = self.actions.start(baseline.workflow)
        except WaitTimeout as error:
            leave_running(self.actions, self.actions.words(error))
        except Exception as error:
            undo(self.actions, self.actions.words(error))
        timeout = self.actions.verify_timeout((found, found.process_date), (started, self.session.server_now()))
        try:
            return self.actions.watch.run_end(
                baseline,
                timeout=timeout,
                wake=True,
                done=self._all_moved,
                what="a run that moves the cursor or fails",
                next_step="Look at the workflow's journal, and start it if it is stopped.",
            )
        except Exception as error:
            # What cannot be seen is not undone: a run may be going on.
            leave_running(self.actions, f"{self.actions.words(error)} The proof is missing; detect again later.")

    def _ready_for(self, turn: Turn) -> Workflow:
        """The workflow before a turn. Raises Ended where somebody has given it an order."""
        found = self._row()
        if found.running and not (turn.write or turn.back or self.state.in_flight):
            # That run may have read what somebody has moved since.
            found = self._run_over()
        self._check_not_started(found)
        self._check_row(found)
        return found

    def _prepared(self, found: Workflow, turn: Turn, seen: t.Sequence[Diagnosis]) -> Baseline:
        """Do what comes before the Start. Gives the workflow and its journal right before it."""
        began = self.session.server_now()
        for option in turn.write:
            self.course.update_move(option, shown=turn.shown)
        for step in self._steps(found, turn):
            step()
        if not self.state.in_flight:
            self.actions.note(AS_IT_STANDS, "the workflow as it stands, before a cursor is moved")
        baseline = self.actions.baseline()
        for move in self.state.in_flight:
            self.actions.check_ours(move.option)
        if stands_still(baseline.workflow):
            may_have_run = found.state == WorkflowState.STARTED or found.running
            self._leave_a_repair(seen, (began, self.session.server_now()) if may_have_run else None)
        return baseline

    def _leave_a_repair(self, seen: t.Sequence[Diagnosis], ran: tuple[datetime, datetime] | None) -> None:
        """Put back what was moved as a guess where somebody has moved another cursor meanwhile: the workflow is run as
        it stands then. It stands still now."""
        guesses = [move.option for move in self.state.guesses]
        others = [one.option for one in seen if one.account and one.option not in guesses]
        met = somebody_moved(self.state, seen, self.actions.values(others), ran=ran) if guesses and others else None
        if met:
            self.course.update(met=self.state.met | met, tried=())
            for option in guesses:
                self.actions.take_back(option)

    def _check_not_started(self, found: Workflow) -> None:
        """Raises Ended where somebody has started the workflow since the diagnosis: that run comes first."""
        if not self.state.steps and any(started_since(found, move.diagnosis) for move in self.state.moves):
            raise Ended("refused", "The workflow was started since the diagnosis. Its run comes first; detect again.")

    def _check_row(self, found: Workflow) -> None:
        """The state that a cure begins in, and what is to be left behind if it fails."""
        if is_ready(found) or self._stands_by_us(found):
            return
        if is_held(found) and self.choices.start_stopped and not self.state.steps:
            self.course.update(found_stopped=True)
            return
        reason = f"The workflow is {found.state_name} ({found.state}) now: somebody gave it an order"
        if not self.state.steps:
            raise Ended("refused", f"{reason} since the diagnosis. Detect again.")
        self.course.state = self.state.waiting_ended(NOT_ITS_TURN)
        if self.state.guesses and is_held(found):
            # Nothing runs, and nothing shows that what was moved had to be.
            undo(self.actions, f"{reason} during the cure. {NOT_SHOWN}")
        raise Ended("kept", f"{reason} during the cure. {whereabouts(self.state)}")

    def _stands_by_us(self, found: Workflow) -> bool:
        """Whether our own stop, or a run of ours, has left it standing."""
        return (is_stopped(found) and self.state.stopped_by_us) or self.actions.was_aborted(found)

    # Complex: the order depends on the state of the workflow and on what is to be done, each with its reason.
    def _steps(self, found: Workflow, turn: Turn) -> list[t.Callable[[], None]]:
        """What comes before the Start, in its order."""
        standing = stands_still(found)
        stop: list[t.Callable[[], None]] = [] if standing else [partial(self.actions.stop, found=found)]
        if not turn.write and not turn.back:
            # An earlier attempt has written: a workflow that is started reads the new value in its next run.
            return [] if found.state == WorkflowState.STARTED else stop
        stop_first = found.state == WorkflowState.STARTED or found.running or bool(turn.back)
        back: list[t.Callable[[], None]] = [partial(self.actions.take_back, option) for option in turn.back]
        write: list[t.Callable[[], None]] = [
            partial(self.actions.write, option, where_stopped=standing or stop_first) for option in turn.write
        ]
        return [*stop, *back, *write] if stop_first else [*write, *stop]

    def _all_moved(self) -> bool:
        """Whether every cursor that stands where we wrote has been moved past that."""
        return all(self.actions.moved(move.option) for move in self.state.in_flight)

    # -- judging ----------------------------------------------------------------------------------------------

    # Complex: what was moved, what was moved and is in doubt, and what was not.
    def _judge(self, end: RunEnd) -> None:
        """Judge each cursor by itself after a run.

        :raises Ended: nothing more is to be done in this cure.
        """
        self.course.update(errors=tuple(line.text for line in end.errors))
        moved = self._moved(end)
        text = journal_text(end.told, self.causes)
        doubtful = self._doubtful(moved, end)
        if len(moved) == len(self.state.in_flight) and not end.workflow.failed and not doubtful:
            for option in moved:
                after = self.state.move(option).after
                self.actions.note("verified", f"the workflow moved its cursor {option} to {after}")
                self.course.state = proven(self.state, option, end, text)
            return
        self.actions.note("failed", text)
        self.course.update(tried=(*self.state.tried, self.state.moved_now))
        for option in moved:
            if end.workflow.failed or option in doubtful:
                self.course.state = moved_and_failed(self.state, option, end, text, self.causes)
            else:
                self.course.state = proven(self.state, option, end, text)
        way_on = after_failure(self.state, end, self.choices, self.causes)
        if way_on.way == "keep":
            keep(self.actions, way_on.reason)
        if way_on.way == "restore":
            undo(self.actions, way_on.reason)

    def _nothing_waits(self, run: RunEnd) -> t.NoReturn:
        """End after a run that failed, where none of those that were to be tried next may be moved now: the same run
        again would show nothing."""
        if self.state.guesses:
            undo(self.actions, f"The run failed: {journal_text(run.told, self.causes)} {NOT_SHOWN}")
        way_on = after_failure(self.state, run, self.choices, self.causes)
        end = keep if way_on.way == "keep" else undo
        end(self.actions, way_on.reason)

    def _nothing_came_of_it(self) -> None:
        """Where the workflow was only run as it stood, and is not healthy after it, one that was found stopped is
        stopped again."""
        if not self.state.found_stopped or any(move.outcome in HEALTHY_AFTER for move in self.state.moves):
            return
        try:
            self.actions.leave_as_found()
        except Exception as error:
            for move in self.state.moves:
                self._add(move.option, f" {not_left(self.actions, error)}")

    def _moved(self, end: RunEnd) -> list[str]:
        """The cursors in flight that the run has moved. One that succeeded has moved all of them."""
        try:
            return [move.option for move in self.state.in_flight if end.ok or self.actions.moved(move.option)]
        except Exception as error:
            leave_running(self.actions, f"{self.actions.words(error)} The proof is missing; detect again later.")

    def _doubtful(self, moved: t.Sequence[str], end: RunEnd) -> set[str]:
        """The cursors that the run has moved, and whose account it may not have served all the same."""
        found = {option for option in moved if is_doubtful(self.state, option, moved, end, self.causes)}
        named = {option for option in found if is_named(end, self.state.move(option), self.causes)}
        return named if found != named and self._one_stays() else found

    def _one_stays(self) -> bool:
        """Whether the run has not moved another cursor of the workflow: then it is that one's account that failed."""
        try:
            return any(
                self.actions.read(one.option).cursor_value.is_same(one.cursor_value) for one in self.state.beside
            )
        except CampaignError:
            return False

    # -- a second run -----------------------------------------------------------------------------------------

    def _confirm(self) -> None:
        """See the cursors moved again, by a run that the scheduler starts: nothing is sent."""
        proof = self._proof() if self.choices.confirm else {}
        if not proof:
            return
        try:
            end = self._scheduled_run(proof)
            now = {option: self.actions.read(option).cursor_value for option in proof}
        except (CampaignError, Interrupted) as error:
            why = self.actions.words(error, advice=False) if isinstance(error, CampaignError) else str(error)
            for option in proof:
                self._add(option, f" Not confirmed: {why}")
            return
        for option, before in proof.items():
            self.course.update_move(option, after=now[option])
            self._confirm_one(option, end, moved=end.ok and now[option].is_past(before))
        self.course.update(errors=tuple(line.text for line in end.errors))

    def _proof(self) -> dict[str, CursorValue]:
        """Where the cursors stood when they were seen to have moved; nothing unless all of the cure succeeded."""
        if CureResult(self.state).outcome != "cured":
            return {}
        return {
            move.option: move.after
            for move in self.state.moves
            if move.outcome == "cured" and move.written is not None and move.after is not None
        }

    def _scheduled_run(self, proof: t.Mapping[str, CursorValue]) -> RunEnd:
        """Wait for a run that moves the cursors past these values, and send nothing."""
        baseline = self.actions.baseline()
        return self.actions.watch.run_end(
            baseline,
            timeout=self.actions.verify_timeout((baseline.workflow, self.session.server_now())),
            wake=False,
            done=lambda: all(self.actions.read(option).cursor_value.is_past(proof[option]) for option in proof),
            what="a run that the scheduler starts",
        )

    def _confirm_one(self, option: str, end: RunEnd, *, moved: bool) -> None:
        if moved:
            after = self.state.move(option).after
            self.actions.note("confirmed", f"the next run moved its cursor {option} to {after}")
            self._add(option, f" The run that the scheduler started moved it on, to {after}.", outcome="confirmed")
        else:
            text = journal_text(end.told, self.causes)
            self._add(option, f" The run that the scheduler started then failed: {text}", outcome="kept")

    def _check_ahead(self) -> None:
        """Say of a value that lies in the future: when the clock that it follows is set right, nothing is fetched until
        then. The workflow has moved its cursor all the same; but nothing is confirmed by such a value."""
        for move in self.state.moves:
            clocks = self.actions.clocks(move.option)
            if move.outcome not in CURED or move.after is None or clocks.behind <= CLOCK_TOLERANCE:
                continue
            clock = clocks.earliest
            ahead = (move.after.known() - clock.now).total_seconds()
            if ahead > CLOCK_TOLERANCE:
                where = f" That is {format_duration(ahead)} ahead of the clock of {clock.host}: compare the clocks."
                self._add(move.option, where, outcome="cured_with_warnings" if self.choices.confirm else move.outcome)

    def _add(self, option: str, sentence: str, **changes: t.Any) -> None:
        """Add a sentence to the reason of a cursor that has its outcome."""
        self.course.update_move(option, reason=self.state.move(option).reason + sentence, **changes)
