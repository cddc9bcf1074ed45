# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The terms of a diagnosis: verdicts, thresholds, the facts about one cursor, and the finding (docs/architecture.md,
Diagnosis). Pure.

``CursorFacts`` answers the questions that the rules ask (how old, since when, failed how often). The rules themselves
are in ``_diagnosis/rules.py``.
"""

from __future__ import annotations

import typing as t
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields
from datetime import timedelta
from enum import Enum
from functools import cached_property

from .._core.cursor_value import CursorValue
from .._core.errors import REFUSED_STATUSES, ValidationError, XtkValueError
from .._core.xtk import XtkType, format_datetime
from .._resources.workflow_states import WorkflowState
from .._resources.workflows import AHEAD
from .catalogue import moment_in
from .causes import BUILT_IN, Causes
from .journal import FailedRun, cursor_moves, dated_rightly, failed_runs

if t.TYPE_CHECKING:
    from datetime import datetime

    from .._resources.external_accounts import Account
    from .._resources.options import Option
    from .._resources.workflows import JournalLine, Workflow
    from .attempts import ResumePoint
    from .catalogue import CureKind, CursorKind
    from .mid_figures import MidFigures


#: If errors are ignored, a single failure on a cursor that is not late does not count.
LASTING_RUNS = 2


class Verdict(str, Enum):
    """What the facts say about one cursor."""

    MISCONFIGURED = "misconfigured"
    UNREACHABLE = "unreachable"
    NOT_ASKED = "not_asked"
    DENIED = "denied"
    NOT_APPLICABLE = "not_applicable"
    UNMATCHED = "unmatched"
    INACTIVE = "inactive"
    MISSING = "missing"
    UNSUPPORTED = "unsupported"
    EMPTY = "empty"
    FUTURE = "future"
    ENGINE_DOWN = "engine_down"
    HELD = "held"
    RUNNING = "running"
    FAILING_OTHER = "failing_other"
    STUCK = "stuck"
    FAILING_UNKNOWN = "failing_unknown"
    STALE = "stale"
    HEALTHY = "healthy"


#: Worst first: what is unknown, then the incident that can be cured, then what loses data unseen, then what fails, then
#: what is late or waits for a person, then what is healthy. ``inactive`` and ``not_applicable`` are below ``healthy``:
#: a disabled or bulk account beside a healthy one does not make a host worse. ``not_asked`` says nothing about the
#: instance.
SEVERITY: tuple[Verdict, ...] = (
    Verdict.MISCONFIGURED,
    Verdict.UNREACHABLE,
    Verdict.DENIED,
    Verdict.STUCK,
    Verdict.NOT_ASKED,
    Verdict.ENGINE_DOWN,
    Verdict.FUTURE,
    Verdict.EMPTY,
    Verdict.UNSUPPORTED,
    Verdict.MISSING,
    Verdict.FAILING_OTHER,
    Verdict.FAILING_UNKNOWN,
    Verdict.UNMATCHED,
    Verdict.STALE,
    Verdict.HELD,
    Verdict.RUNNING,
    Verdict.HEALTHY,
    Verdict.INACTIVE,
    Verdict.NOT_APPLICABLE,
)


#: Verdicts of instances that gave no usable answer.
SILENT = frozenset(
    (Verdict.MISCONFIGURED.value, Verdict.UNREACHABLE.value, Verdict.NOT_ASKED.value, Verdict.DENIED.value)
)
#: Kinds of errors, by what they say about the instance; every other kind means that it was not reached.
_OF_KIND = {
    **dict.fromkeys(("misconfigured", "invalid", "missing_library"), Verdict.MISCONFIGURED),
    **dict.fromkeys(("not_asked", "unresolved"), Verdict.NOT_ASKED),
    **dict.fromkeys(("denied", "session_expired", "fault", "not_found"), Verdict.DENIED),
}


def verdict_of_kind(kind: str, status: int = 0) -> Verdict:
    """What an error says about an instance of which nothing could be read. Only this place decides it.

    :param kind: the error's.
    :param status: the HTTP status of the error, if it has one.
    """
    return Verdict.DENIED if status in REFUSED_STATUSES else _OF_KIND.get(kind, Verdict.UNREACHABLE)


def verdict_of_failure(result: t.Mapping[str, t.Any]) -> Verdict:
    """The same for a task that failed without a verdict.

    A failure that is not ours is Ansible's own: a template that cannot be filled, say, or an unknown option. The
    instance was not asked then. If Ansible could not reach the host to run the task, it says so.
    """
    error = result.get("error")
    if isinstance(error, t.Mapping) and error.get("kind"):
        return verdict_of_kind(str(error["kind"]))
    own = bool(result.get("msg")) and not result.get("unreachable")
    return Verdict.MISCONFIGURED if own else Verdict.UNREACHABLE


@dataclass(frozen=True)
class Thresholds:
    """The limits that the rules use. Seconds, except ``min_failed_runs``, a number of runs, and ``small_gap``, a number
    of deliveries.

    ``min_failed_runs``: this many runs must have failed on the unchanged cursor because an answer was too slow.

    :raises ValidationError: a value is negative or not a number, ``min_failed_runs`` is below one, or
        ``remediate_after`` is below ``max_age``: a cursor cannot be due for a cure before it is late.
    """

    max_age: float = 6 * 3600
    remediate_after: float = 7 * 86400
    min_failed_runs: int = 1
    max_run: float = 2 * 3600
    engine_grace: float = 15 * 60
    future_tolerance: float = 10 * 60
    run_gap: float = 60
    small_gap: int = 500

    def __post_init__(self) -> None:
        for one in fields(self):
            number = getattr(self, one.name)
            # Not a number compares as false, so it is refused too.
            if isinstance(number, bool) or not isinstance(number, (int, float)) or not 0 <= number < float("inf"):
                raise ValidationError(f"The threshold {one.name} must be a number, 0 or more, and is {number!r}.")
        runs: t.Any = self.min_failed_runs
        if not isinstance(runs, int) or runs < 1:
            raise ValidationError(f"min_failed_runs must be a whole number, 1 or more, and is {runs!r}.")
        if self.remediate_after < self.max_age:
            raise ValidationError(
                f"remediate_after ({self.remediate_after:g} s) must not be below max_age ({self.max_age:g} s).",
                next_step="A cursor is late (max_age) before it is ripe for a cure (remediate_after).",
            )

    def to_dict(self) -> dict[str, float]:
        """The thresholds as plain data, in seconds."""
        return asdict(self)


@dataclass(frozen=True)
class CursorFacts:
    """All facts about one cursor at one moment of the server's clock.

    :param option: None when an account has no cursor, or when the kind has none at all.
    :param account: None when no account fits, or when the kind has none.
    :param workflow: None when there is no such workflow, or when the operator may not see it (campaign_facts, Rights).
    :param journal: lines of this workflow, in any order.
    :param server_time: the server's clock, aware.
    :param ours: our own evidence says that we stopped the workflow.
    :param started_by_us: our own evidence says that the last start was ours, and that nothing had been repaired by it.
    :param mismatch: a sentence when the option cannot be assigned to one account.
    :param moved_at: when we wrote the cursor last, by our own evidence; the journal does not tell.
    :param resume_point: what an earlier attempt left of its work on this cursor.
    :param start_stopped: the operator asked to treat a workflow that somebody has stopped.
    :param causes: the known causes, those of the site first.
    :param journal_whole: False when lines older than those of ``journal`` may be missing.
    :param mid: what the mid itself said, if it was asked: only about a cursor that is stuck without it.
    """

    kind: CursorKind
    server_time: datetime
    option: Option | None = None
    account: Account | None = None
    workflow: Workflow | None = None
    journal: tuple[JournalLine, ...] = ()
    ours: bool = False
    started_by_us: bool = False
    mismatch: str = ""
    moved_at: datetime | None = None
    resume_point: ResumePoint | None = None
    start_stopped: bool = False
    causes: Causes = BUILT_IN
    journal_whole: bool = True
    mid: MidFigures | None = None
    # The rules ask the same questions repeatedly, and only grouping a journal is expensive.
    _runs: dict[float, tuple[FailedRun, ...]] = field(default_factory=dict, init=False, repr=False, compare=False)

    # -- the value --------------------------------------------------------------------------------------------

    @cached_property
    def readable(self) -> bool:
        """Whether there is a moment to be read: a datetime by its type and its text (an empty one is: see ``value``),
        or where the kind is a text, a text with a moment in it."""
        if self.option is None:
            return False
        if self.kind.reading == "text" and self.option.data_type == XtkType.STRING:
            return self.option.is_null or moment_in(self.option.raw) is not None
        if self.option.data_type != XtkType.DATETIME:
            return False
        try:
            return self.option.is_null or self.option.value is not None
        except XtkValueError:
            return False

    @cached_property
    def value(self) -> datetime | None:
        """Where the cursor stands, or None when it has no moment."""
        if self.option is None or not self.readable or self.option.is_null:
            return None
        if self.option.data_type == XtkType.STRING:
            return moment_in(self.option.raw)
        return t.cast("datetime", self.option.value)

    @property
    def age(self) -> float:
        """Seconds from the value to the server's clock; below zero when the value is ahead; 0 without a value."""
        return 0.0 if self.value is None else (self.server_time - self.value).total_seconds()

    # -- the workflow -----------------------------------------------------------------------------------------

    @property
    def state(self) -> int | None:
        """The workflow's state, or None when we do not see it."""
        return None if self.workflow is None else self.workflow.state

    @property
    def failed(self) -> bool:
        """Whether the workflow's row says that it is in error."""
        return self.workflow is not None and self.workflow.failed

    @property
    def executing(self) -> bool:
        """Whether a run is in progress: ``processId`` is not 0 (campaign_facts, Health)."""
        return self.workflow is not None and self.workflow.process_id != 0

    @property
    def transitional(self) -> bool:
        """Whether the engine is carrying out an order: states 10, 12, 14 to 18 (campaign_facts, States)."""
        return self.workflow is not None and self.workflow.transitional

    @property
    def stopped_by_us(self) -> bool:
        """Whether the workflow is in a state in which our own Stop leaves it. We never pause, and never create."""
        return self.ours and self.state == WorkflowState.STOPPED

    @property
    def unfinished(self) -> bool:
        """Whether the present value is that of an earlier attempt, which did not end."""
        return self.resume_point is not None and self.resume_point.written

    @property
    def overdue(self) -> bool:
        """Whether a started workflow should have run by now and has not.

        Only at 11: a paused or stopped workflow keeps a due time that nobody serves.
        """
        due = None if self.workflow is None else self.workflow.next_processing_date
        return (
            self.state == WorkflowState.STARTED and not self.executing and due is not None and due <= self.server_time
        )

    @cached_property
    def last_sign(self) -> datetime | None:
        """The latest moment at which the workflow engine is known to have done, or to have owed, something.

        No column says how long a workflow has been in its state. So we take the latest of the last processing, the last
        start, the newest journal line, a due time that has passed and an attempt of ours, or without any of them the
        cursor's own value: what has not been done since is at most that long overdue. An order that somebody else gave
        to a workflow after a long silence looks the same as an order that has waited for long.
        """
        if self.workflow is None:
            return None
        row, point = self.workflow, self.resume_point
        signs = [
            row.process_date,
            row.last_start,
            *(line.at for line in self.dated_journal),
            None if point is None else point.since,
            row.next_processing_date if self.overdue else None,
        ]
        # What is dated ahead of the clock is no sign of life: the clock was wrong then.
        latest = self.server_time + AHEAD
        return max((at for at in signs if at is not None and at <= latest), default=self.value)

    @property
    def idle(self) -> float:
        """Seconds since the last sign; 0 when there was none, so that nothing is concluded from it."""
        return 0.0 if self.last_sign is None else (self.server_time - self.last_sign).total_seconds()

    @cached_property
    def run_started(self) -> datetime | None:
        """When the current run began, as far as the row tells; None when it tells nothing.

        The row does not have the start of a run (campaign_facts, Attributes). We take the latest of the last processing
        date, the last start of the workflow and a due time that has passed.
        """
        if self.workflow is None or not self.executing:
            return None
        row = self.workflow
        known = [
            at
            for at in (row.process_date, row.last_start, row.next_processing_date)
            if at is not None and at <= self.server_time
        ]
        return max(known) if known else None

    @cached_property
    def started_since(self) -> datetime | None:
        """When the workflow that waits or runs now was started; None when it does not, or the row does not tell.

        Somebody has started it, perhaps after a repair: what failed before says nothing about how it goes now.
        """
        if self.workflow is None or self.state != WorkflowState.STARTED or self.failed or self.started_by_us:
            return None
        at = self.workflow.last_start
        return at if at is not None and at <= self.server_time else None

    # -- the failures -----------------------------------------------------------------------------------------

    @cached_property
    def dated_journal(self) -> tuple[JournalLine, ...]:
        """The lines whose dates can be compared with the cursor's value."""
        return dated_rightly(self.journal, self.server_time)

    @property
    def journal_doubtful(self) -> bool:
        """Whether lines do not count, since their dates cannot be right."""
        return len(self.dated_journal) < len(self.journal)

    def all_failed_runs(self, thresholds: Thresholds) -> tuple[FailedRun, ...]:
        """Every failed run in the journal that was read, newest first."""
        gap = thresholds.run_gap
        if gap not in self._runs:
            self._runs[gap] = failed_runs(self.dated_journal, gap_seconds=gap, causes=self.causes)
        return self._runs[gap]

    @cached_property
    def value_since(self) -> datetime | None:
        """Failures up to this moment say nothing about the present value.

        It is the value itself, since a workflow moves its cursor to the time of the run; it is later if the journal or
        our own evidence shows that the cursor was set later. A cursor that a person set back by hand looks the same as
        one that was never moved: the journal does not mention it.
        """
        if self.option is None or self.value is None:
            return None
        moves = cursor_moves(self.dated_journal, self.option.name)
        return max(at for at in (self.value, moves[0] if moves else None, self.moved_at) if at is not None)

    def failing_runs(self, thresholds: Thresholds) -> tuple[FailedRun, ...]:
        """The runs that failed on the present value, newest first; none if a later run succeeded.

        A later run succeeded when the workflow is started, not failed and not running, and was last processed more than
        ``max_run`` after the last error: the failed run cannot be the one processed last. If its cursor still did not
        move, that is a contradiction: then we conclude nothing from the old failures.
        """
        found = self._runs_since_value(thresholds)
        whole = self.journal_whole and not self.journal_doubtful
        if len(found) > 1 and not whole and found[-1].cause is None:
            # Where the journal's reading ended, the cause of the oldest run may be cut off.
            found = found[:-1]
        return () if found and self._succeeded_since(found[0], thresholds) else found

    def _runs_since_value(self, thresholds: Thresholds) -> tuple[FailedRun, ...]:
        since = self.value_since
        if since is None:
            return ()
        every = self._runs_on_value(thresholds)
        found = tuple(run for run in every if not self._before_start(run))
        if every or not self.failed:
            return found
        # No row looks like an error, and yet there was one.
        later = tuple(line for line in self.dated_journal if line.at > since)
        return failed_runs(later, gap_seconds=thresholds.run_gap, causes=self.causes, in_error=True)

    def failed_before_start(self, thresholds: Thresholds) -> bool:
        """Whether runs failed on the present value, all of them before the workflow was last started."""
        runs = self._runs_on_value(thresholds)
        return bool(runs) and all(map(self._before_start, runs))

    def _runs_on_value(self, thresholds: Thresholds) -> tuple[FailedRun, ...]:
        """Those that failed on the present value, whenever the workflow was started."""
        since, runs = self.value_since, self.all_failed_runs(thresholds)
        return () if since is None else tuple(run for run in runs if run.started > since)

    def _before_start(self, run: FailedRun) -> bool:
        return self.started_since is not None and run.ended < self.started_since

    def _succeeded_since(self, failure: FailedRun, thresholds: Thresholds) -> bool:
        """Whether a successful run must have come after this one."""
        processed = None if self.workflow is None else self.workflow.process_date
        if processed is None or self.state != WorkflowState.STARTED or self.failed or self.executing:
            return False
        return processed - failure.ended > timedelta(seconds=thresholds.max_run)

    def earlier_failing_runs(self, thresholds: Thresholds) -> tuple[FailedRun, ...]:
        """The failing runs other than the current run.

        The start of the current run is not always known; then the newest failure may be its own, and the others are
        not.
        """
        began = self.run_started
        found = self.failing_runs(thresholds)
        return found[1:] if began is None else tuple(run for run in found if run.ended <= began)

    def failed_unseen(self, thresholds: Thresholds) -> datetime | None:
        """The latest sign of a run after all those that failed on this value, of which the journal does not tell why it
        failed (campaign_facts, Health); None without one.

        The workflow is in error, and was started after the newest failure, or processed more than ``max_run`` after it:
        that failure cannot be the reason.
        """
        runs = self.failing_runs(thresholds)
        if self.workflow is None or not self.failed or not runs:
            return None
        ended, latest = runs[0].ended, self.server_time + AHEAD
        started, processed = self.workflow.last_start, self.workflow.process_date
        signs = ((started, ended), (processed, ended + timedelta(seconds=thresholds.max_run)))
        return max((at for at, after in signs if at is not None and after < at <= latest), default=None)

    def slow_runs(self, thresholds: Thresholds) -> int:
        """How many runs are evidence for a stuck cursor: 0 unless **every** run that failed on this value was too slow.

        A plain start may overcome a failure with another or an unknown cause: then moving the cursor would lose what
        that start would have fetched.
        """
        runs = self.failing_runs(thresholds)
        known = self.failed_unseen(thresholds) is None
        return len(runs) if known and all(run.is_slow for run in runs) else 0

    def keeps_failing(self, thresholds: Thresholds) -> bool:
        """Whether the workflow is in error; or, if it ignores errors (campaign_facts, Error management), whether the
        failure lasts.

        A workflow that ignores errors overcomes a single one by design. If it serves several accounts, the error of one
        must not condemn the cursor of another that moves on with every run.
        """
        runs = self.failing_runs(thresholds)
        return self.failed or len(runs) >= LASTING_RUNS or bool(runs and self.age > thresholds.max_age)


#: Tells whether a rule applies, or describes a cursor to which it applies.
Test = Callable[[CursorFacts, Thresholds], bool]
Sentence = Callable[[CursorFacts, Thresholds], str]


@dataclass(frozen=True)
class VerdictRule:
    """One row of the table of verdicts (docs/architecture.md, Diagnosis). A row with several verdicts is several rules
    with one number."""

    number: int
    verdict: Verdict
    applies: Test
    reason: Sentence
    proposal: Sentence


@dataclass(frozen=True)
class Diagnosis:
    """The finding about one cursor, why, and what should be done.

    :param rule: number of the row that applied in the table of verdicts.
    :param evidence: plain data: values, thresholds, journal lines with their times.
    :param cure: ``move`` if the cure may set this cursor now, else ``none``.
    :param option: name of the cursor, empty when there is none. So are ``account`` and ``workflow``.
    :param value: where the cursor stands; ``value_text`` is the same as the server sent it.
    :param resume_point: what an earlier attempt left of its work on this cursor.
    :param description: the option's, which may contain a mark.
    :param sibling: the cursor is only shown: it does not count for the verdict of the instance or for a cure.
    :param mid: what its mid said when it was asked.
    """

    verdict: Verdict
    rule: int
    reason: str
    proposal: str
    evidence: t.Mapping[str, t.Any]
    cure: CureKind = "none"
    option: str = ""
    account: str = ""
    workflow: str = ""
    label: str = ""
    value: datetime | None = None
    value_text: str = ""
    server_time: datetime | None = None
    resume_point: ResumePoint | None = None
    description: str = ""
    sibling: bool = False
    mid: MidFigures | None = None

    @property
    def cures(self) -> bool:
        """Whether the cure may move this cursor."""
        return self.cure == "move"

    @property
    def cursor_value(self) -> CursorValue:
        """Where the cursor stands: ``value`` and ``value_text`` in one."""
        return CursorValue(self.value_text, self.value)

    @property
    def old_value(self) -> CursorValue:
        """The value that a cure moves: where the cursor stood before an earlier, unfinished attempt."""
        point = self.resume_point
        return point.old_value if point is not None and point.written else self.cursor_value

    def to_dict(self) -> dict[str, t.Any]:
        """The diagnosis as plain data; moments as XTK text, None where there is none."""
        return {
            "verdict": self.verdict.value,
            "rule": self.rule,
            "reason": self.reason,
            "proposal": self.proposal,
            "cure": self.cure,
            "option": self.option,
            "account": self.account,
            "workflow": self.workflow,
            "label": self.label,
            "value": None if self.value is None else format_datetime(self.value),
            "value_text": self.value_text,
            "server_time": None if self.server_time is None else format_datetime(self.server_time),
            "unfinished_run": self.resume_point.run_id
            if self.resume_point is not None and self.resume_point.written
            else "",
            "evidence": dict(self.evidence),
        }
