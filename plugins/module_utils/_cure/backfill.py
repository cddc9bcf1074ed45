# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""Fetching again what a cure has skipped, in growing windows (docs/architecture.md, Curing).

A cure moves the cursor forward, and what changed in the gap and does not change again keeps stale counters. On a
healthy workflow the cursor is set back by a day, a week, a month: each time the workflow is run, and must
move the cursor itself. It ends at the first sign that the mid cannot serve more, and always on the last good cursor.

How long a run will take is predicted from the run before it and from how many deliveries changed in both windows, as
the mid counts them: the instance does not have what it never fetched. A window whose run would take longer than allowed
is not begun; one that took much longer than predicted is the last.
"""

from __future__ import annotations

import typing as t
from datetime import timedelta

from .._core.counted import counted
from .._core.cursor_value import CursorValue
from .._core.errors import CampaignError, ConflictError, shorten
from .._core.interrupts import Interrupted, current
from .._core.xtk import format_datetime, format_duration
from .._diagnosis.diagnose import Thresholds, Verdict, diagnose
from .._diagnosis.journal import story
from .._diagnosis.snapshot import read_facts
from .._resources.deliveries import Deliveries
from .._resources.workflow_states import WorkflowState
from .actions import WorkflowActions
from .ask_mid import MidCounts, server_of
from .backfill_model import NOT_LISTED, BackfillOptions, BackfillOutcome, BackfillResult, Window, predict
from .clocks import Clocks
from .endings import may_land
from .model import CureOptions, Move
from .plan import Plan
from .state import Course, CureState
from .verify_timeout import run_timeout

if t.TYPE_CHECKING:
    from datetime import datetime

    from .._client.session import Session
    from .._diagnosis.catalogue import CursorKind
    from .._resources.workflows import Workflow
    from .ask_mid import MidAsker
    from .workflow_waiter import Baseline, Pace, RunEnd

#: A run may take this many times what was predicted before its window counts as the last that the mid can serve.
TOLERANCE = 2.0
#: Most deliveries that are listed by name.
LISTED = 1000

#: What became of a window whose run nobody has seen to its end.
INTERRUPTED = "interrupted"


class _Ended(Exception):
    """Leaves the backfill with its outcome. Internal."""

    def __init__(self, outcome: BackfillOutcome, reason: str) -> None:
        super().__init__(reason)
        self.outcome: BackfillOutcome = outcome
        self.reason = reason


class Backfill:
    """The backfill of one cursor.

    :param since: where the cursor stood before the cure: nothing older than this is asked for.
    :param covered_from: since when the cure has fetched everything; windows go back from the earliest clock.
    :param asker: who asks the mid how many deliveries changed.
    :param expected: the cursor stands here or later; earlier means that somebody has set it back.
    """

    def __init__(
        self,
        session: Session,
        *,
        workflow: str,
        option: str,
        since: datetime,
        expected: datetime,
        thresholds: Thresholds,
        kinds: t.Sequence[CursorKind],
        cursor_map: t.Mapping[str, str],
        choices: CureOptions,
        options: BackfillOptions,
        asker: MidAsker,
        pace: Pace,
    ) -> None:
        self.session = session
        self.workflow = workflow
        self.option = option
        self.since = since
        self.expected = expected
        self.thresholds = thresholds
        self.kinds = kinds
        self.cursor_map = cursor_map
        self.choices = choices
        self.options = options
        self.asker = asker
        self.counts = MidCounts("")
        self.result = BackfillResult(option, format_datetime(since))
        self.course = Course(CureState())
        self.actions = WorkflowActions(session, workflow, choices, self.course, pace=pace)
        self.deliveries = Deliveries(session)
        self.server = ""

    def run(self) -> BackfillResult:
        """Carry it out.

        :raises CampaignError: the instance could not be read, before anything was sent that changes it.
        """
        try:
            self._run()
        finally:
            self.result.steps = list(self.course.state.steps)
            self.result.changed = self.result.changed or self.course.state.changed
        return self.result

    def _run(self) -> None:
        try:
            self._check()
            self._plan_windows()
            if self.choices.check_mode:
                raise _Ended(
                    "planned", f"Would set the cursor back {self._story()}, and run '{self.workflow}' each time."
                )
            if self.session.read_only:
                raise _Ended("refused", "The session is read-only. Unset read_only (and CAMPAIGN_READ_ONLY) first.")
            self._go_back()
        except _Ended as end:
            self.result.outcome, self.result.reason = end.outcome, end.reason
        except Interrupted as stop:
            self._interrupted(stop)
            return
        except CampaignError as error:
            if not self.course.state.changed:
                raise
            self._pending(f"{self.actions.words(error)} Deliveries are fetched from {self.result.covered_from} on.")
        if self.result.outcome == "planned":
            self.result.changed = bool(self.result.windows)
        try:
            self._list_affected()
        except Interrupted as stop:
            self.result.reason += f" What stays possibly affected was not listed: {stop}"

    # -- before anything is sent ------------------------------------------------------------------------------

    # Complex: one refusal for each thing that may not be.
    def _check(self) -> None:
        """Only a healthy workflow is asked for more."""
        facts = read_facts(self.session, [kind for kind in self.kinds if not kind.sibling])
        found = diagnose(facts, self.thresholds, self.kinds, self.cursor_map)
        mine = next((one for one in found if one.option == self.option), None)
        if mine is None:
            raise _Ended("refused", f"There is no cursor '{self.option}', or the operator may not see it.")
        self.result.after = mine.cursor_value
        if mine.workflow != self.workflow:
            raise _Ended("refused", f"The cursor '{self.option}' is moved by '{mine.workflow}', not '{self.workflow}'.")
        if mine.verdict is not Verdict.HEALTHY or mine.value is None:
            raise _Ended(
                "refused", f"The verdict is '{mine.verdict.value}' and not 'healthy': {mine.reason} Cure it first."
            )
        if mine.value < self.expected:
            raise _Ended(
                "refused",
                f"The cursor is {mine.value_text}, before {format_datetime(self.expected)}: somebody has set it back.",
            )
        if mine.value <= self.since:
            raise _Ended("refused", f"The cursor has not moved past {self.result.since}: there is nothing to fill.")
        self.server = server_of(mine)

    def _plan_windows(self) -> None:
        """The windows, none further back than the old value or than allowed, and how many deliveries each holds."""
        now = self.session.server_now().replace(microsecond=0)
        # Counted back as the new value of a cure is. What changed is counted up to the server's own time.
        earliest = Clocks.known(now, self.session.skew).earliest.now.replace(microsecond=0)
        self.result.covered = now
        cursor = self.result.after
        # From its cursor on the workflow fetches everything by itself: a later window would skip what lies between.
        starts = [start for start in self._starts(earliest) if cursor and cursor.is_past(CursorValue.at(start))]
        self.counts = self.asker.changed_since(self.server, list(dict.fromkeys([self.since, *starts])))
        if not starts:
            self.result.covered = cursor.known() if cursor else None
            raise _Ended(
                "partial",
                f"The cursor is {cursor}, before every window that is allowed (max_window). Nothing was fetched again.",
            )
        self.result.windows += [Window(start, self.counts.since(start)) for start in starts]
        if self.asker.policy == "require" and self.counts.since(self.since) is None:
            raise _Ended("refused", f"{self.counts.why_unknown(self.since)}, and ask_mid requires its figures.")

    def _starts(self, now: datetime) -> list[datetime]:
        """Where the cursor is set back to, one after the other, counted from this time."""
        starts: list[datetime] = []
        for seconds in self.options.steps:
            starts.append(max(now - timedelta(seconds=seconds), self.since))
            if starts[-1] == self.since:
                break
        return starts

    def _story(self) -> str:
        told = []
        for window in self.result.windows:
            number = window.deliveries
            told_number = "an unknown number of deliveries" if number is None else counted(number, "delivery")
            told.append(f"to {format_datetime(window.since)} ({told_number})")
        return ", then ".join(told)

    # -- one window after the other ---------------------------------------------------------------------------

    def _go_back(self) -> t.NoReturn:
        before: Window | None = None
        for window in self.result.windows:
            if before is not None:
                window.predicted = predict(before, window, self.session.server_now())
                self._check_prediction(window, window.predicted)
            self._one(window)
            self.result.covered = window.since
            if window.predicted is not None:
                self._check_duration(window.predicted, window.seconds or 0)
            before = window
        if before is not None and before.since <= self.since:
            raise _Ended("complete", f"Everything since {self.result.since} was fetched again.")
        raise _Ended(
            "partial",
            f"Deliveries are fetched from {self.result.covered_from} on, which is as far as allowed (max_window).",
        )

    def _check_prediction(self, window: Window, predicted: float) -> None:
        """Raises _Ended where the run of a window would take longer than it may."""
        if predicted > self.options.max_run:
            window.outcome = "not begun"
            raise _Ended(
                "partial",
                f"Deliveries are fetched from {self.result.covered_from} on. The run for "
                f"{format_datetime(window.since)} would take about {format_duration(int(predicted))}, more "
                f"than the {format_duration(int(self.options.max_run))} that are allowed (max_run).",
            )

    def _check_duration(self, predicted: float, seconds: float) -> None:
        """Raises _Ended where a run took much longer than was predicted."""
        if seconds > TOLERANCE * predicted:
            raise _Ended(
                "partial",
                f"Deliveries are fetched from {self.result.covered_from} on. That run took "
                f"{format_duration(int(seconds))} and not about "
                f"{format_duration(int(predicted))}: the mid cannot be asked for more.",
            )

    def _one(self, window: Window) -> None:
        """Set the cursor back, run the workflow, and see that it moves the cursor past where it had been."""
        good = self._at_rest()
        self._check_good(good)
        move = Move(
            Plan(
                instance=self.session.name,
                workflow=self.workflow,
                option=self.option,
                account="",
                old_value=good,
                strategy="explicit",
                explicit_value=CursorValue.at(window.since),
                allow_backwards=True,
            )
        )
        self.course.update(moves=(move,))
        try:
            baseline = self._set_back()
            started = self.session.server_now()
            timeout = run_timeout(self.actions.verify_timeout((baseline.workflow, started)), self.options.max_run)
            end = self.actions.watch.run_end(
                baseline, timeout=timeout, wake=True, done=lambda: self._stands_past(good), what="the run of a window"
            )
        except Interrupted:
            window.outcome = INTERRUPTED
            raise
        except _Ended as theirs:
            window.outcome = INTERRUPTED
            self._leave_to_others(good, theirs.reason)
        except Exception as error:
            window.outcome = INTERRUPTED
            self._give_up(good, self.actions.words(error))
        window.seconds = (self.session.server_now() - started).total_seconds()
        if end.ok:
            window.outcome = "fetched"
            self.actions.note("fetched", f"{format_datetime(window.since)}: {self.result.after}")
            return
        window.outcome = "failed"
        try:
            self._give_up(good, f"The run for {format_datetime(window.since)} failed: {_text(end)}")
        except Interrupted:
            window.outcome = INTERRUPTED
            raise

    def _check_good(self, good: CursorValue) -> None:
        """A workflow only moves its cursor on: raises _Ended where it stands before what was seen of it last."""
        seen = self.result.after
        if seen is not None and seen.is_past(good):
            self.result.after = good
            raise _Ended(
                self._as_it_is(),
                f"The cursor was {seen} and is {good} now: somebody has set it back. It is left to them; detect again.",
            )

    def _set_back(self) -> Baseline:
        """Write while nothing runs, and see that nothing began to run meanwhile: such a run asks with the old value and
        overwrites ours at its end. The workflow need not be stopped for that, so a kill cannot leave it stopped."""
        before = self.actions.watch.row()
        self.actions.write(self.option, where_stopped=False)
        self.result.after = self.course.state.move(self.option).after
        baseline = self.actions.baseline()
        row = baseline.workflow
        if row.running or row.process_date != before.process_date or row.state != WorkflowState.STARTED:
            self._at_rest()
            raise ConflictError(
                "The workflow began to run, or was given an order, in the moment of the write.",
                instance=self.session.name,
                next_step="Run it again.",
            )
        self.actions.check_ours(self.option)
        return baseline

    def _at_rest(self) -> CursorValue:
        """The cursor as the workflow has left it, once no run is on. Ends when the workflow is not well."""
        try:
            row = self.actions.watch.until(
                lambda row: not row.running and not row.transitional,
                timeout=self.choices.order_timeout,
                what="the run that is going on",
            )
        except CampaignError as error:
            changed = self.course.state.changed
            seen = f"Nothing{' more' if changed else ''} was written; the cursor was last seen at {self.result.after}."
            raise _Ended("pending" if changed else "refused", f"{self.actions.words(error)} {seen}") from error
        if not row.failed and row.state != WorkflowState.STARTED:
            # Somebody wants it so: it is not stopped, nor started again, for what we have to take back.
            self.course.update(stopped_by_others=True)
        if row.state != WorkflowState.STARTED or row.failed:
            self._is_not_well(row)
        return self.actions.read(self.option).cursor_value

    def _is_not_well(self, row: Workflow) -> t.NoReturn:
        why = "it failed by itself" if row.failed else "somebody gave it an order"
        raise _Ended(self._as_it_is(), f"The workflow is {row.state_name} ({row.state}) now: {why}.")

    def _as_it_is(self) -> BackfillOutcome:
        """The outcome where nothing more is written, nor put back."""
        return "kept" if self.course.state.changed else "refused"

    def _stands_past(self, good: CursorValue) -> bool:
        self.result.after = self.actions.read(self.option).cursor_value
        return self.result.after.is_past(good)

    def _give_up(self, good: CursorValue, reason: str) -> t.NoReturn:
        """End on the last good cursor, and see that the workflow runs with it."""
        stands, problems = self._put_back()
        if stands == "old" and self.course.state.stopped_by_others and not problems:
            self._end_as_theirs(good, f"{reason} Somebody has paused or stopped the workflow meanwhile.")
        if stands == "old" and not problems:
            problems = self._prove(good)
        where = self._where(good)
        problems += self._lost_writes()
        if problems:
            raise _Ended("pending", f"{reason} {' '.join(problems)} {where} {self._next_step()}")
        if stands == "untouched":
            raise _Ended(self._as_it_is(), f"{reason} Nothing was written for this window.")
        if stands == "other":
            raise _Ended("kept", f"{reason} Somebody else, or the workflow, moved the cursor to {self.result.after}.")
        raise _Ended(
            "partial",
            f"{reason} The last good cursor was put back, and the workflow goes on from it. Deliveries are fetched "
            f"from {self.result.covered_from} on.",
        )

    def _leave_to_others(self, good: CursorValue, reason: str) -> t.NoReturn:
        """End where somebody gave the workflow an order after our write: our value is taken back, and the workflow is
        left as they want it."""
        _stands, problems = self._put_back()
        self._end_as_theirs(good, reason, *problems)

    def _end_as_theirs(self, good: CursorValue, reason: str, *went_wrong: str) -> t.NoReturn:
        problems = [*went_wrong, *self._lost_writes()]
        raise _Ended("pending" if problems else "kept", " ".join([reason, *problems, self._where(good)]))

    def _lost_writes(self) -> list[str]:
        """What is said of writes of this window that may land later."""
        told = may_land(self.course.state.move(self.option)).strip()
        return [told] if told else []

    def _where(self, good: CursorValue) -> str:
        return f"The last good cursor is {good}; it was last seen at {self.result.after}."

    def _put_back(self) -> tuple[str, list[str]]:
        """Whose value stands now, and what went wrong. One that fails does not keep the other from being tried: a
        workflow must not stay stopped because of us."""
        stands, problems = "", []
        try:
            stands = self.actions.restore(self.option)
        except Exception as error:
            problems.append(f"Putting the cursor back failed: {self.actions.words(error, advice=False)}")
        try:
            self.actions.leave_as_found()
        except Exception as error:
            problems.append(f"Starting the workflow again failed: {self.actions.words(error, advice=False)}")
        self.result.after = self.course.state.move(self.option).after or self.result.after
        return stands, problems

    def _prove(self, good: CursorValue) -> list[str]:
        """A run on the last good cursor, which must move it; what went wrong."""
        try:
            baseline = self.actions.baseline()
            end = self.actions.watch.run_end(
                baseline,
                timeout=self.actions.verify_timeout((baseline.workflow, self.session.server_now())),
                wake=True,
                done=lambda: self._stands_past(good),
                what="a run on the last good cursor",
            )
        except Exception as error:
            return [self.actions.words(error, advice=False)]
        return [] if end.ok else [f"The run on the last good cursor failed, too: {_text(end)}"]

    def _interrupted(self, stop: Interrupted) -> None:
        """This process is to end within seconds: leave the workflow started, and say where the cursor stands. A run
        from there loses nothing, and where it is too much, it fails visibly."""
        problem = ""
        try:
            self.actions.start_again(current().left() or 0.0)
        except Exception as error:
            problem = f" Starting the workflow again failed: {self.actions.words(error, advice=False)}"
        if not problem and not any(window.outcome == INTERRUPTED for window in self.result.windows):
            changed = self.course.state.changed
            fetched = f" Deliveries are fetched from {self.result.covered_from} on." if changed else ""
            self.result.outcome = "partial" if changed else "refused"
            self.result.reason = f"{stop}{fetched} No window was under way. Run the same again."
            return
        self._pending(f"{stop}{problem}")

    def _pending(self, why: str) -> None:
        """Nobody can say how the instance was left: the next detection does."""
        moves = self.course.state.moves
        good = f" The last good cursor is {moves[0].plan.old_value}.{may_land(moves[0])}" if moves else ""
        self.result.outcome = "pending"
        self.result.reason = f"{why} The cursor was last seen at {self.result.after}.{good} {self._next_step()}"

    def _next_step(self) -> str:
        """What helps where it is not known how the instance was left."""
        if self.choices.mark:  # by which the next run knows whose value it is
            return "Detect again; reconcile resumes from there."
        return "Detect again. Where the cursor stands elsewhere than last good, put that back by its OLD VALUE line."

    # -- what stays -------------------------------------------------------------------------------------------

    def _list_affected(self) -> None:
        """Deliveries that changed after the old value and before what is fetched: their counters may be stale. The mid
        counts them, and those of its other customers with them. What the instance has of them itself is listed."""
        until = self.result.covered
        if until is None or self.result.outcome in NOT_LISTED:
            return
        if until <= self.since:
            self.result.affected, self.result.deliveries = 0, []
            return
        self._count_affected(until)
        try:
            self.result.deliveries = self.deliveries.changed(self.since, until, LISTED)
        except CampaignError as error:
            words = self.actions.words(error, advice=False)
            self.result.reason += f" What the instance has of it itself could not be listed: {words}"

    def _count_affected(self, until: datetime) -> None:
        """How many stay possibly affected: what the mid has since the old value, without what was fetched."""
        since = self.counts.since(self.since)
        fetched = self.counts.since(until) if any(window.since == until for window in self.result.windows) else 0
        if since is None or fetched is None:
            why = self.counts.why_unknown(self.since if since is None else until)
            self.result.reason += f" How many deliveries stay possibly affected is not known. {why}."
            return
        self.result.affected = max(since - fetched, 0)
        self.result.counted_by = self.counts.name


def _text(end: RunEnd) -> str:
    _cause, text = story(end.told)
    return shorten(text) or "the journal names no error"
