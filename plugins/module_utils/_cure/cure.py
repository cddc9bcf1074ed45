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
  cursors one is moved, the workflow is run, everything is diagnosed again, and only then comes the next;
* nothing is cured because a write succeeded: the proof is that the workflow itself moves the cursor past it.
"""

from __future__ import annotations

import re
import typing as t
from functools import partial

from .._core.errors import CampaignError, ConflictError, ValidationError, WaitTimeout, shorten
from .._core.interrupts import Interrupted, current
from .._core.xtk import parse_datetime
from .._diagnosis.causes import BUILT_IN, Causes
from .._diagnosis.diagnose import Diagnosis, Thresholds, next_to_move
from .._diagnosis.journal import said, story
from .._diagnosis.outcomes import Outcome
from .._resources.workflow_states import WorkflowState
from .actions import WorkflowActions, is_stopped
from .model import CureOptions, CureResult, Ended, Move, in_flight, waiting
from .plan import Plan
from .preflight import Preflight

if t.TYPE_CHECKING:
    from .._client.session import Session
    from .._diagnosis.attempts import Attempt
    from .._diagnosis.catalogue import CursorKind
    from .._resources.workflows import Workflow
    from .ask_mid import MidAsker
    from .workflow_waiter import Pace, RunEnd

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
        self._met_others = False
        self.result = CureResult(tuple(Move(plan) for plan in plans))
        self.actions = WorkflowActions(session, self.workflow, options, self.result, pace=pace)
        self.preflight = Preflight(
            self.actions,
            self.result,
            self.workflow,
            thresholds=thresholds,
            kinds=kinds,
            cursor_map=cursor_map,
            attempts=attempts,
            causes=causes,
            asker=asker,
        )

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
            self._end(end.outcome, end.reason)
        except Interrupted as stop:
            self._interrupted(stop)
        if self.result.outcome == "planned":
            self.result.changed = True
        return self.result

    def _treat(self, found: t.Sequence[Diagnosis]) -> None:
        """One cursor after the other, each with a run of the workflow, until none is left to be moved."""
        for _round in self.result.moves:
            move = self._next(found)
            if move is None and not self._in_flight():
                break
            end = self._run_afresh(move)
            if self._judge(end) or not self._waiting():
                break
            found = self._look_again()

    def _look_again(self) -> list[Diagnosis]:
        """What the cursors are after a run. What cannot be read then must not hide what was done."""
        try:
            found = self.preflight.look()
        except Exception as error:
            for move in self._waiting():
                move.end("refused", f"{_NOT_ITS_TURN} {self.actions.words(error)}")
            self._keep(f"The other cursors could not be looked at: {self.actions.words(error)} {self._whereabouts()}")
        self.preflight.settle(found)
        return found

    def _next(self, found: t.Sequence[Diagnosis]) -> Move | None:
        """The cursor to be moved now; None while one that an earlier attempt has moved waits for its run."""
        if any(move.resumed for move in self._in_flight()) and not self.result.steps:
            return None
        waiting = {move.option: move for move in self._waiting()}
        first = next_to_move(one for one in found if one.option in waiting)
        return None if first is None else waiting[first.option]

    def _in_flight(self) -> list[Move]:
        """Cursors that stand where we, or an earlier attempt, have written, and are not judged yet."""
        return in_flight(self.result)

    def _end(self, outcome: Outcome, reason: str) -> None:
        for move in self.result.moves:
            move.end(outcome, reason)

    # -- before anything is sent ------------------------------------------------------------------------------

    def _only_planned(self) -> t.NoReturn:
        """What check mode says."""
        moves = ", then ".join(move.describe() for move in self.result.moves if move.is_open)
        resumed = all(move.resumed for move in self.result.moves if move.is_open)
        what = "see on" if resumed else "move"
        raise Ended("planned", f"Would {what} {moves} and run '{self.workflow}' afresh.")

    def _check_may_write(self) -> None:
        if self.session.read_only:
            moves = ", ".join(move.describe() for move in self.result.moves if move.is_open)
            raise Ended(
                "refused",
                f"Would move {moves}, but the session is read-only. Unset read_only (and "
                "CAMPAIGN_READ_ONLY) if this run is meant to change the instance.",
            )

    # -- writing and running ----------------------------------------------------------------------------------

    def _run_afresh(self, move: Move | None) -> RunEnd:
        """Write, run the workflow afresh, wait for its end. Whatever goes wrong before the Start is taken is undone.

        :param move: the cursor to be written; None when one is only to be seen on.
        """
        found = self.actions.watch.row()
        self._check_row(found)
        try:
            for step in self._steps(found, move):
                step()
            baseline = self.actions.baseline()
            for one in self._in_flight():
                self.actions.check_ours(one)
        except Exception as error:  # also a defect of ours: it must not leave the workflow stopped
            self._put_back(self.actions.words(error))
        try:
            started = self.actions.start(baseline.workflow)
        except WaitTimeout as error:
            self._pending(self.actions.words(error))
        except Exception as error:
            self._put_back(self.actions.words(error))
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
            self._pending(f"{self.actions.words(error)} The proof is missing; detect again later.")

    def _pending(self, reason: str) -> t.NoReturn:
        """Nothing is put back, since the run may still succeed."""
        where = self._whereabouts()
        self._end_untouched(_NOT_ITS_TURN)
        raise Ended("pending", f"{reason} {where}")

    def _check_row(self, found: Workflow) -> None:
        """The state that a cure begins in, and what is to be left behind if it fails."""
        stands = (
            is_stopped(found)
            or found.state == WorkflowState.EDITION
            or (found.state == WorkflowState.PAUSED and not found.failed)
        )
        ready = found.state == WorkflowState.STARTED or (found.state == WorkflowState.PAUSED and found.failed)
        ours = is_stopped(found) and self.actions.stopped_by_us
        if stands and not ours and self.choices.start_stopped and not self.result.steps:
            self.actions.found_stopped = True
            ready = not found.running
        if not (ready or ours):
            reason = f"The workflow is {found.state_name} ({found.state}) now: somebody gave it an order"
            if not self.result.steps:
                raise Ended("refused", f"{reason} since the diagnosis. Detect again.")
            self._end_untouched(_NOT_ITS_TURN)
            raise Ended("kept", f"{reason} during the cure. {self._whereabouts()}")

    def _steps(self, found: Workflow, move: Move | None) -> list[t.Callable[[], None]]:
        """What comes before the Start, in its order."""
        standing = is_stopped(found) or found.state == WorkflowState.EDITION
        in_a_race = found.state == WorkflowState.STARTED or found.running
        if move is None:
            # An earlier attempt has written: a workflow that is started reads the new value in its next run.
            return [] if standing or found.state == WorkflowState.STARTED else [self.actions.stop]
        write = partial(self.actions.write, move, where_stopped=standing or in_a_race)
        if standing:
            return [write]
        return [self.actions.stop, write] if in_a_race else [write, self.actions.stop]

    def _all_moved(self) -> bool:
        """Whether every cursor that stands where we wrote has been moved past that."""
        return all(self.actions.moved(move) for move in self._in_flight())

    # -- judging ----------------------------------------------------------------------------------------------

    def _judge(self, end: RunEnd) -> bool:
        """Judge each cursor by itself after a run. True when nothing more is to be done in this cure."""
        self.result.errors = [line.text for line in end.errors]
        try:
            # A run that succeeded has ended when all of them were seen to have moved.
            moved = {move: end.ok or self.actions.moved(move) for move in self._in_flight()}
        except Exception as error:
            self._pending(f"{self.actions.words(error)} The proof is missing; detect again later.")
        text = self._words(end)
        if all(moved.values()) and not end.workflow.failed:
            for move in moved:
                self._well(move, end, text)
            return False
        self.actions.note("failed", text)
        for move in [one for one, went in moved.items() if went]:
            if self._one_goes_on(end, move):
                continue
            move.end("kept", f"The cursor was moved to {move.after}, and the run failed all the same: {text}")
        return self._after_failure(end, text)

    def _well(self, move: Move, end: RunEnd, text: str) -> None:
        self.actions.note("verified", f"the workflow moved its cursor {move.option} to {move.after}")
        if end.errors:
            move.end(
                "cured_with_warnings",
                f"The workflow moved its cursor to {move.after}, but its journal has errors: {text}",
            )
        else:
            went = f"from {move.written} to {move.after}.{move.jumped_over()}"
            move.end("cured", f"The workflow ran and moved its cursor itself, {went}")

    def _one_goes_on(self, end: RunEnd, move: Move) -> bool:
        """A cursor that was moved while the run failed: for another account, it seems, which is yet to be treated."""
        if not self._waiting() or self._is_named(end, move):
            return False
        move.end(
            "cured_with_warnings",
            f"The workflow moved its cursor to {move.after}, and failed for another account then.",
        )
        return True

    def _after_failure(self, end: RunEnd, text: str) -> bool:
        """What becomes of the cursors that the failed run has not moved. True when the cure is over."""
        unmoved = self._in_flight()
        if not unmoved and self._waiting():
            return False
        cause, _text = story(end.told, self.causes)
        stays = (
            "The new value stays"
            if len(unmoved) > 1
            else f"The new value {unmoved[0].written if unmoved else ''} stays"
        )
        # A text that nobody knows is taken for the cause of before, and the old value comes back.
        if cause is not None and cause.rules_out:
            self._keep(f"The run failed for another reason than before ({cause.id}): {text} {stays}. {cause.remedy}")
        named = any(self._is_named(end, move) for move in unmoved)
        if self._waiting() and not named:
            return False
        if self.preflight.rivals and not named:
            self._keep(
                f"The run failed: {text} {stays}, because {', '.join(self.preflight.rivals)} of the same workflow is "
                "stuck too and may be the cause. Detect again and cure it next."
            )
        if self.choices.on_failure == "keep":
            self._keep(f"The run failed: {text} {stays} (on_failure=keep).")
        return self._put_back(f"The run failed again: {text}")

    def _words(self, end: RunEnd) -> str:
        """What the journal says of a run that failed."""
        _cause, text = story(end.told, self.causes)
        return shorten(text) or "the journal names no error"

    def _keep(self, reason: str) -> t.NoReturn:
        """Leave the new values; a workflow that had been stopped is stopped again."""
        try:
            self.actions.leave_as_found()
        except Exception as error:
            reason = f"{reason} Stopping the workflow again failed: {self.actions.words(error, advice=False)}"
        self._end_untouched(_NOT_ITS_TURN)
        raise Ended("kept", reason)

    def _waiting(self) -> list[Move]:
        """Planned cursors that have not been written yet."""
        return waiting(self.result)

    def _is_named(self, end: RunEnd, move: Move) -> bool:
        """Whether the errors name the account of this cursor as a word of its own."""
        account = move.diagnosis.account if move.diagnosis else ""
        name = re.compile(rf"(?<!\w){re.escape(account)}(?!\w)")
        return bool(account) and any(name.search(said(line)) for line in end.errors or end.told)

    # -- a second run -----------------------------------------------------------------------------------------

    def _confirm(self) -> None:
        """See the cursors moved again, by a run that the scheduler starts: nothing is sent."""
        cured = [move for move in self.result.moves if move.outcome == "cured" and move.written is not None]
        if not self.choices.confirm or not cured or self.result.outcome not in ("cured", "unchanged"):
            return
        proof = {move: move.after for move in cured}
        try:
            baseline = self.actions.baseline()
            end = self.actions.watch.run_end(
                baseline,
                timeout=self.actions.verify_timeout((baseline.workflow, self.session.server_now())),
                wake=False,
                done=lambda: all(_later(self.actions.read(move.option).raw, proof[move]) for move in cured),
                what="a run that the scheduler starts",
            )
            raws = {move: self.actions.read(move.option).raw for move in cured}
        except (CampaignError, Interrupted) as error:
            why = self.actions.words(error, advice=False) if isinstance(error, CampaignError) else str(error)
            for move in cured:
                move.reason += f" Not confirmed: {why}"
            return
        for move in cured:
            move.after = raws[move]
            if end.ok and _later(move.after, proof[move]):
                self.actions.note("confirmed", f"the next run moved its cursor {move.option} to {move.after}")
                move.outcome = "confirmed"
                move.reason += f" The run that the scheduler started moved it on, to {move.after}."
            else:
                move.outcome = "kept"
                text = self._words(end)
                move.reason += f" The run that the scheduler started then failed: {text}"
        self.result.errors = [line.text for line in end.errors]

    # -- compensation -----------------------------------------------------------------------------------------

    def _put_back(self, reason: str) -> t.NoReturn:
        """Bring back what was found: the old values if those there are ours, and a workflow that is not stopped.

        One that fails does not keep the others from being tried.
        """
        failures: list[str] = []
        touched = self._in_flight()
        stands: dict[Move, str] = dict.fromkeys(touched, "")
        for move in reversed(touched):
            try:
                stands[move] = self.actions.restore(move)
            except Exception as error:
                self._met_others = self._met_others or isinstance(error, ConflictError)
                failures.append(f"Putting the cursor back failed: {self.actions.words(error, advice=False)}")
        try:
            self.actions.leave_as_found()
        except Exception as error:
            failures.append(
                f"Starting the workflow again failed: {self.actions.words(error, advice=False)} See that it is started."
            )
        for move in touched:
            self._end_put_back(move, stands[move], reason, failures)
        if failures:
            self._end("pending", f"{reason} {' '.join(failures)} {self._whereabouts()}")
        if touched:
            self._end_untouched(_NOT_ITS_TURN)
        raise Ended("refused", f"{reason} Nothing was written, and {self._left()}.")

    def _interrupted(self, stop: Interrupted) -> None:
        """This process is to end within seconds. What was written stays, since the next run goes on from it, and the
        workflow must not stay stopped because of us; for a run on the old value, or for its proof, there is no time."""
        failure = ""
        try:
            self.actions.start_again(current().left() or 0.0)
        except Exception as error:
            words = self.actions.words(error, advice=False)
            failure = f" Starting the workflow again failed: {words} See that it is started."
        if self._in_flight() or failure:
            # One that had been stopped before may have been started by us, and runs on: that is the proof to come.
            known = self.actions.stopped_by_others or not self.actions.found_stopped
            left = failure or (f" T{self._left()[1:]}." if known else "")
            where = self._whereabouts()
            if self._in_flight():
                self._end_untouched(_NOT_ITS_TURN)
            self._end("pending", f"{stop}{left} {where} Run the same again: it goes on from there.")
        self._end("refused", f"{stop} Nothing was written, and {self._left()}. Run the same again.")

    def _end_put_back(self, move: Move, stands: str, reason: str, failures: t.Sequence[str]) -> None:
        if failures:
            # What could not be undone is unfinished, and the next run takes it up; what is somebody else's is over.
            where = self._whereabouts_of(move)
            theirs = stands == "other" or (stands == "" and self._met_others)
            move.end("kept" if theirs else "pending", f"{reason} {' '.join(failures)} {where}")
        elif stands == "other":
            move.end(
                "kept",
                f"{reason} The cursor is {move.after}: somebody else, or the workflow, moved "
                "it after our write, so nothing was put back.",
            )
        else:
            move.end(
                "restored", f"{reason} The cursor is at its old value {move.plan.old_value} again, and {self._left()}."
            )

    def _end_untouched(self, reason: str) -> None:
        for move in self._waiting():
            move.end("refused", reason)

    def _left(self) -> str:
        if self.actions.stopped_by_others:
            return "the workflow is left to whoever gave it an order meanwhile"
        if self.actions.found_stopped:
            return "the workflow is stopped or paused, as it was found"
        return "the workflow is started or failed, as it was found"

    # -- small things -----------------------------------------------------------------------------------------

    def _whereabouts(self) -> str:
        """Where the cursors stand when it is not known to be where they should."""
        return " ".join(self._whereabouts_of(move) for move in self.result.moves if move.is_open)

    def _whereabouts_of(self, move: Move) -> str:
        sent = f", after {move.written} was sent" if move.written else ""
        name = "" if len(self.result.moves) == 1 else f" {move.option}"
        return f"The cursor{name} was last seen at {move.after}{sent}; its old value is {move.plan.old_value}."


_NOT_ITS_TURN = "The cure ended before it was its turn. Nothing was written to it."


def _later(raw: str, than: str | None) -> bool:
    return bool(raw and than) and parse_datetime(raw) > parse_datetime(than or "")
