# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""Carrying out one plan on one workflow, in one session, with its own compensation (DESIGN 7).

The order of the steps follows from how Campaign works:

* a workflow that failed waits at 13 and runs nothing, so the cursor is written first and the Stop comes after;
* a workflow that ignores errors runs again every few minutes and would race with the write, so the Stop comes first;
* Start from 13 would resume the failed activity with what it had already read (domain.md 6.3), so a Start is only
  sent at 20 with no process left;
* a workflow must not stay stopped because of us: whatever goes wrong after a Stop, it is started again if the server
  lets it, and if not the outcome says that it may be stopped;
* nothing is cured because a write succeeded: the proof is that the workflow itself moves the cursor past it.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass, field

from ._causes import cause_of_lines, said
from ._diagnosis import Diagnosis, Thresholds, Verdict, diagnose, next_to_move
from ._errors import CampaignError, ConflictError, ValidationError, WaitTimeout
from ._facts import read_facts
from ._methods import MethodClass
from ._options import Options
from ._plan import Plan
from ._watch import ALREADY, PAUSED, STARTED, STOPPED, Pace, RunEnd, Watch, checked_seconds
from ._workflows import Workflows
from ._xtk import XtkType, format_datetime, parse_datetime, same_value

if t.TYPE_CHECKING:
    from datetime import datetime

    from ._cursors import CursorKind
    from ._options import Option
    from ._session import Session
    from ._watch import Baseline
    from ._workflows import Workflow

#: Verification waits two periods of the schedule; this is the period when the row does not show one, and the longest
#: that counts: a task does not wait for days. Seconds.
FALLBACK_PERIOD = 600.0
LONGEST_PERIOD = 86400.0

#: How a call ends that the server has refused to carry out; of every other call that was sent it may have been.
REFUSED_CALLS = frozenset({"fault", "denied", "session_expired"})

#: How an attempt ends. ``planned`` is what check mode reports in place of ``cured``.
Outcome = t.Literal["cured", "cured_with_warnings", "pending", "restored", "kept", "refused", "unchanged", "planned"]
#: Outcomes after which nothing is left for a person to do.
GOOD_OUTCOMES = frozenset({"cured", "cured_with_warnings", "unchanged", "planned"})


@dataclass(frozen=True)
class CureOptions:
    """What the operator may choose. Times in seconds; ``verify_timeout`` None means two periods of the schedule.

    :raises ValidationError: a time that is none.
    """

    verify_timeout: float | None = None
    order_timeout: float = 300.0
    on_failure: t.Literal["restore", "keep"] = "restore"
    force: bool = False
    check_mode: bool = False

    def __post_init__(self) -> None:
        checked_seconds("order_timeout", self.order_timeout)
        if self.verify_timeout is not None:
            checked_seconds("verify_timeout", self.verify_timeout)


@dataclass(frozen=True)
class Step:
    """One thing that the cure did, when by the server's clock, and what came of it."""

    at: str
    action: str
    detail: str

    def to_dict(self) -> dict[str, str]:
        """The step as plain data."""
        return {"at": self.at, "action": self.action, "detail": self.detail}


@dataclass
class CureResult:
    """How the cure ended, and everything that is needed to undo it or to go on by hand."""

    outcome: Outcome
    reason: str
    plan: Plan
    diagnosis: Diagnosis | None = None
    written: str | None = None
    after: str | None = None
    changed: bool = False
    steps: list[Step] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def to_dict(self) -> dict[str, t.Any]:
        """The result as plain data: dates as XTK text."""
        return {
            "outcome": self.outcome,
            "reason": self.reason,
            "plan": self.plan.to_dict(),
            "digest": self.plan.digest,
            "diagnosis": self.diagnosis.to_dict() if self.diagnosis else None,
            "old_value": self.plan.old_value,
            "written": self.written,
            "after": self.after,
            "changed": self.changed,
            "steps": [step.to_dict() for step in self.steps],
            "errors": self.errors,
        }


class _Ended(Exception):
    """Leaves the cure with an outcome. Internal."""

    def __init__(self, outcome: Outcome, reason: str) -> None:
        super().__init__(reason)
        self.outcome = outcome
        self.reason = reason


class Cure:
    """The cure of one workflow that moves one cursor.

    :param plan: what was decided; the cure refuses when the instance no longer is what the plan was made for.
    :param kinds: the catalogue of cursors.
    :param cursor_map: cursor option -> account, as for the diagnosis.
    :param pace: how waits pass time.
    """

    def __init__(
        self,
        session: Session,
        plan: Plan,
        *,
        thresholds: Thresholds,
        kinds: t.Sequence[CursorKind],
        cursor_map: t.Mapping[str, str],
        options: CureOptions,
        pace: Pace,
    ) -> None:
        self.session = session
        self.plan = plan
        self.thresholds = thresholds
        self.kinds = kinds
        self.cursor_map = cursor_map
        self.choices = options
        self.options = Options(session)
        self.watch = Watch(Workflows(session), plan.workflow, pace=pace, now=session.server_now, heard=self._heard)
        self.result = CureResult("refused", "", plan)
        self.rivals: list[str] = []
        self.stopped_by_us = False
        self.target: datetime | None = None

    # -- the course of a cure ---------------------------------------------------------------------------------

    def run(self) -> CureResult:
        """Carry the plan out. A workflow that was found started or failed is not left stopped, if the server lets it.

        :raises CampaignError: when the instance could not be read, before anything was sent that changes it.
        """
        try:
            self._check_precondition()
            if self.choices.check_mode:
                raise _Ended("planned", f"Would move {self._move()} and run '{self.plan.workflow}' afresh.")
            self._apply()
        except _Ended as end:
            self.result.outcome, self.result.reason = end.outcome, end.reason
        self.result.changed = self.result.changed or self.result.outcome == "planned"
        return self.result

    def _check_precondition(self) -> None:
        """Diagnose again; only the plan's own incident, on the plan's own value, is treated."""
        facts = read_facts(self.session, self.kinds)
        diagnoses = diagnose(facts, self.thresholds, kinds=self.kinds, cursor_map=self.cursor_map)
        siblings = [found for found in diagnoses if found.workflow == self.plan.workflow]
        mine = [found for found in siblings if found.option == self.plan.option]
        if not mine:
            raise _Ended(
                "refused",
                f"The workflow '{self.plan.workflow}' has no cursor '{self.plan.option}', or the "
                "operator may not see it.",
            )
        diagnosis = self.result.diagnosis = mine[0]
        self.result.after = diagnosis.value_text
        if diagnosis.verdict is Verdict.HEALTHY:
            raise _Ended("unchanged", f"Nothing to do: {diagnosis.reason}")
        if not same_cursor(diagnosis.value_text, self.plan.old_value):
            raise _Ended(
                "refused",
                f"The cursor is {diagnosis.value_text or 'empty'} and not {self.plan.old_value} as "
                "planned: somebody moved it since. Detect again and make a new plan.",
            )
        if not diagnosis.cures:
            raise _Ended("refused", f"The verdict is '{diagnosis.verdict.value}' and not 'stuck': {diagnosis.reason}")
        self._check_turn(diagnosis, siblings)
        try:
            self.target = self.plan.target(facts.server_time)
        except (ValidationError, ConflictError) as error:
            raise _Ended("refused", error.message) from error

    def _check_turn(self, diagnosis: Diagnosis, siblings: t.Sequence[Diagnosis]) -> None:
        """One account that fails holds back the cursors of all others, and to move one that is well loses data."""
        first = next_to_move(siblings)
        if first is not None and first is not diagnosis:
            raise _Ended(
                "refused",
                f"The cursor '{first.option}' of the same workflow is stuck too and is to be moved "
                "first: it may be what holds this one back.",
            )
        self.rivals = [found.option for found in siblings if found.cures and found is not diagnosis]

    def _apply(self) -> t.NoReturn:
        """Write, run the workflow afresh, and judge. Whatever goes wrong before the Start is taken is undone."""
        found = self.watch.row()
        if not (found.state == STARTED or (found.state == PAUSED and found.failed)):
            raise _Ended(
                "refused",
                f"The workflow is {found.state_name} ({found.state}) now: somebody gave it an "
                "order since the diagnosis. Detect again.",
            )
        if self.session.read_only:
            raise _Ended(
                "refused",
                f"Would move {self._move()}, but the session is read-only. Unset read_only (and "
                "CAMPAIGN_READ_ONLY) if this run is meant to change the instance.",
            )
        in_a_race = found.state == STARTED or found.running
        try:
            for step in (self._stop, self._write) if in_a_race else (self._write, self._stop):
                step()
            baseline = self.watch.baseline()
        except Exception as error:  # also a defect of ours: it must not leave the workflow stopped
            self._put_back(self._words(error))
        try:
            started = self._start(baseline.workflow)
        except WaitTimeout as error:
            raise _Ended("pending", f"{self._words(error)} {self._whereabouts()}") from error
        except Exception as error:
            self._put_back(self._words(error))
        self._judge(baseline, self._verify_timeout(found, started))

    def _stop(self) -> None:
        """Stop, and wait until the state is 20 and no process is left. Kill only with ``force``."""
        wait: dict[str, t.Any] = {"timeout": self.choices.order_timeout, "next_step": _LOOK_AT_ENGINE}
        try:
            self.watch.carry_out("stop", _is_stopped, what="the stop", **wait)
        except WaitTimeout:
            if not self.choices.force:
                raise
            self.watch.carry_out("kill", _is_stopped, what="the unconditional stop", **wait)

    def _write(self) -> None:
        """Compare and set: the value must still be the plan's. Read back by query, compared at whole seconds."""
        option = self._read_cursor()
        if not same_cursor(option.raw, self.plan.old_value):
            raise ConflictError(
                f"The cursor '{option.name}' is {option.raw or 'empty'} and not {self.plan.old_value} any more.",
                next_step="Somebody moved it during the cure: detect again.",
                instance=self.session.name,
            )
        self.target = self.plan.target(self.session.server_now())
        calls = len(self.session.calls)
        # Noted before it is sent: if the answer is lost, the compensation must know what may stand there.
        self.result.written = format_datetime(self.target)
        try:
            after = self.options.write_and_verify(option, self.target, expected=option.value)
        except CampaignError:
            if not self._may_have_written(calls):
                self.result.written = None
            raise
        finally:
            self.result.changed = self.result.changed or self.result.written is not None
        self.result.after = after.raw
        self._note("write", f"{option.name}: {self.plan.old_value} -> {after.raw}")

    def _may_have_written(self, since: int) -> bool:
        """Whether, of the calls from this one on, a write went out that the server did not refuse."""
        return any(
            call.kind is MethodClass.WRITE and call.bytes_sent and call.outcome not in REFUSED_CALLS
            for call in self.session.calls[since:]
        )

    def _start(self, row: Workflow) -> Workflow:
        """Start, and wait until the engine has taken it. Sends nothing unless the row is at 20 with no process left."""
        if _is_stopped(row):
            row = self.watch.carry_out(
                "start", _has_started, timeout=self.choices.order_timeout, what="the start", next_step=_LOOK_AT_ENGINE
            )
        self.stopped_by_us = False
        return row

    # -- judging ----------------------------------------------------------------------------------------------

    def _judge(self, baseline: Baseline, timeout: float) -> t.NoReturn:
        """Wait for a run that moves the cursor, or fails. What cannot be seen is not undone: a run may be going on."""
        try:
            end = self.watch.run_end(
                baseline,
                timeout=timeout,
                wake=True,
                done=self._moved,
                what="a run that moves the cursor or fails",
                next_step="Look at the workflow's journal, and start it if it is stopped.",
            )
            self.result.errors = [line.text for line in end.errors]
            moved = end.ok or self._moved()
        except Exception as error:
            raise _Ended(
                "pending", f"{self._words(error)} The proof is missing; detect again later. {self._whereabouts()}"
            ) from error
        text = end.errors[0].text if end.errors else "the journal names no error"
        if moved and not end.workflow.failed:
            self._note("verified", f"the workflow moved its cursor to {self.result.after}")
            if end.errors:
                raise _Ended(
                    "cured_with_warnings",
                    f"The workflow moved its cursor to {self.result.after}, but its journal has errors: {text}",
                )
            raise _Ended(
                "cured",
                f"The workflow ran and moved its cursor itself, from {self.result.written} to {self.result.after}.",
            )
        self._note("failed", text)
        kept = self._why_kept(end, text, moved)
        if kept:
            raise _Ended("kept", kept)
        self._put_back(f"The run failed again: {text}")

    def _moved(self) -> bool:
        """Whether the cursor stands past what we wrote. Remembers the value for the result."""
        raw = self.result.after = self._read_cursor().raw
        written = self.result.written
        return bool(raw and written) and _seconds(raw) > _seconds(written or "")

    def _why_kept(self, end: RunEnd, text: str, moved: bool) -> str:
        """Why the new value stays although the run failed; '' when it failed as before, and is to be put back."""
        if moved:
            return f"The cursor was moved to {self.result.after}, and the run failed all the same: {text}"
        cause = cause_of_lines(end.errors)
        stays = f"The new value {self.result.written} stays"
        if cause is not None and not cause.is_timeout:
            return f"The run failed for another reason than before ({cause.id}): {text} {stays}. {cause.remedy}"
        if self.rivals and not self._is_named(end):
            return (
                f"The run failed: {text} {stays}, because {', '.join(self.rivals)} of the same workflow is stuck "
                "too and may be the cause. Detect again and cure it next."
            )
        if self.choices.on_failure == "keep":
            return f"The run failed: {text} {stays} (on_failure=keep)."
        return ""

    def _is_named(self, end: RunEnd) -> bool:
        """Whether the errors name the account of this cursor as a word of its own."""
        account = self.result.diagnosis.account if self.result.diagnosis else ""
        name = re.compile(rf"(?<!\w){re.escape(account)}(?!\w)")
        return bool(account) and any(name.search(said(line)) for line in end.errors)

    # -- compensation -----------------------------------------------------------------------------------------

    def _put_back(self, reason: str) -> t.NoReturn:
        """Bring back what was found: the old value if the one there is ours, and a workflow that is not stopped.

        One that fails does not keep the other from being tried.
        """
        failures: list[str] = []
        stands = ""
        try:
            stands = self._restore_value()
        except Exception as error:
            failures.append(f"Putting the cursor back failed: {self._words(error, advice=False)}")
        try:
            self._start_again()
        except Exception as error:
            failures.append(
                f"Starting the workflow again failed: {self._words(error, advice=False)} See that it is started."
            )
        if failures:
            raise _Ended(
                "kept" if stands in ("", "other") else "pending", f"{reason} {' '.join(failures)} {self._whereabouts()}"
            )
        left = "the workflow is started or failed, as it was found"
        if stands == "untouched":
            raise _Ended("refused", f"{reason} Nothing was written, and {left}.")
        if stands == "other":
            raise _Ended(
                "kept",
                f"{reason} The cursor is {self.result.after}: somebody else, or the workflow, moved "
                "it after our write, so nothing was put back.",
            )
        raise _Ended("restored", f"{reason} The cursor is at its old value {self.plan.old_value} again, and {left}.")

    def _restore_value(self) -> t.Literal["untouched", "old", "other"]:
        """Have the old value stand where we wrote. Says whose value stands: it is left alone when it is not ours."""
        if self.result.written is None:
            return "untouched"
        option = self._read_cursor()
        self.result.after = option.raw
        if same_cursor(option.raw, self.plan.old_value):
            return "old"
        if not same_cursor(option.raw, self.result.written):
            return "other"
        if not self.stopped_by_us:
            self._stop()
        after = self.options.write_and_verify(option, parse_datetime(self.plan.old_value), expected=option.value)
        self.result.after = after.raw
        self._note("restore", f"{option.name}: {option.raw} -> {after.raw}")
        return "old"

    def _start_again(self) -> None:
        """Leave started what was found started or failed: it then fails visibly again, which supervisors see."""
        if not self.stopped_by_us:
            return
        # A Stop whose end was not seen may still be on its way, and Start is only sent at 20 with no process left. One
        # that never came has changed nothing.
        row = self.watch.until(
            _is_at_rest, timeout=self.choices.order_timeout, what="the stop", next_step=_LOOK_AT_ENGINE
        )
        self._start(row)

    # -- small things -----------------------------------------------------------------------------------------

    def _heard(self, order: str, answer: str) -> None:
        """What the watch tells of each order that was sent."""
        self._note(order, answer)
        self.result.changed = self.result.changed or answer != ALREADY
        self.stopped_by_us = self.stopped_by_us or order in ("stop", "kill")

    def _read_cursor(self) -> Option:
        option = self.options.get(self.plan.option)
        if option is None or option.data_type != XtkType.DATETIME:
            found = "is gone" if option is None else f"has type {option.data_type}"
            raise ConflictError(
                f"The option '{self.plan.option}' {found}.",
                instance=self.session.name,
                next_step="Somebody changed it during the cure: detect again.",
            )
        return option

    def _verify_timeout(self, before: Workflow, started: Workflow) -> float:
        """Two periods of the schedule that the rows show, when the operator gave no time."""
        if self.choices.verify_timeout is not None:
            return self.choices.verify_timeout
        spans = [
            (row.next_processing_date - since).total_seconds()
            for row, since in ((before, before.process_date), (started, self.session.server_now()))
            if row.next_processing_date is not None and since is not None
        ]
        return 2 * min(max((span for span in spans if span > 0), default=FALLBACK_PERIOD), LONGEST_PERIOD)

    def _move(self) -> str:
        target = "" if self.target is None else format_datetime(self.target)
        return f"{self.plan.option} from {self.plan.old_value} to {target}"

    def _whereabouts(self) -> str:
        """Where the cursor stands when it is not known to be where it should."""
        sent = f", after {self.result.written} was sent" if self.result.written else ""
        return f"The cursor was last seen at {self.result.after}{sent}; its old value is {self.plan.old_value}."

    def _words(self, error: Exception, *, advice: bool = True) -> str:
        """An error for a reason, to which the instance's name is added later."""
        if not isinstance(error, CampaignError):
            return (
                f"campaign.classic failed in a way that it does not know ({type(error).__name__}: {error}): please "
                "report this."
            )
        if not advice:
            error.next_step = ""
        text, name = str(error), f"{self.session.name}: "
        return text[len(name) :] if text.startswith(name) else text

    def _note(self, action: str, detail: str) -> None:
        self.result.steps.append(Step(format_datetime(self.session.server_now()), action, detail))


#: What to do when the engine does not carry an order out.
_LOOK_AT_ENGINE = (
    "Check that the workflow server (wfserver) of the instance is running, and then look at the "
    "workflow: start it if it is stopped."
)


def same_cursor(left: str | None, right: str | None) -> bool:
    """Whether two cursor texts are the same moment at whole seconds; an empty one is equal to nothing but another."""
    if not left or not right:
        return (left or "") == (right or "")
    return same_value(XtkType.DATETIME, left, right)


def _seconds(text: str) -> int:
    return int(parse_datetime(text).timestamp())


def _is_stopped(row: Workflow) -> bool:
    return row.state == STOPPED and not row.running


def _is_at_rest(row: Workflow) -> bool:
    """No order is on its way, and no process is left of a run that was stopped."""
    return not row.transitional and (row.state != STOPPED or not row.running)


def _has_started(row: Workflow) -> bool:
    """Taken by the engine: started, already running, or failed at once."""
    return row.state == STARTED or row.running or bool(row.failed and row.state not in (STOPPED, 0))
