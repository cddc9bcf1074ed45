# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""Waiting for a workflow, by conditions and never by time alone.

Orders are asynchronous (campaign_facts, Orders): an answer means "accepted". So every order is followed by a wait for
the state it leads to, and "the run succeeded" is a combination of facts, because no single flag says so
(campaign_facts, Health).
"""

from __future__ import annotations

import contextlib
import itertools
import time
import typing as t
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from .._core.errors import (
    CampaignError,
    FaultError,
    ProtocolError,
    TransportError,
    ValidationError,
    WaitTimeout,
    shorten,
)
from .._core.interrupts import Interrupted, pause
from .._diagnosis.journal import failures
from .._resources.workflow_states import WorkflowState
from .lost_orders import LOOKS, MOST_SENT, ON_THE_WAY, may_have_come, quiet_seconds
from .progress import Progress, waiting_for

if t.TYPE_CHECKING:
    from datetime import datetime

    from .._resources.workflows import JournalLine, Workflow, Workflows

Found = t.TypeVar("Found")

#: What came of an order: the server took it; nobody knows; it was refused because somebody had given it before.
ACCEPTED, LOST, ALREADY = "accepted", "answer lost", "already ordered"

#: How many journal lines are read to tell new lines from those that stood there before: the most, where a run has
#: written so many that none of the old ones is among fewer.
JOURNAL_WINDOW, MOST_LINES = 200, 10_000


def checked_seconds(name: str, value: float) -> float:
    """The value. Raises ValidationError unless it is a number of seconds, 0 or more: anything else would never end."""
    # Not a number compares as false.
    if not 0 <= value < float("inf"):
        raise ValidationError(f"{name} must be a number of seconds, 0 or more, and is {value!r}.")
    return value


@dataclass(frozen=True)
class Pace:
    """How a wait passes time, and when it prints a line meanwhile. Seconds; ``clock`` is monotonic.

    :raises ValidationError: a ``poll_interval`` of 0, which would ask without a pause, or none at all.
    """

    poll_interval: float = 15.0
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = pause
    progress: Progress = field(default_factory=Progress)

    def __post_init__(self) -> None:
        if not checked_seconds("poll_interval", self.poll_interval):
            raise ValidationError("poll_interval must be more than 0 seconds.")

    def intervals(self) -> Iterator[float]:
        """Growing waits: a quick answer is seen quickly, a slow one is not asked for more often than the interval."""
        wait = min(1.0, self.poll_interval)
        while True:
            yield wait
            wait = min(self.poll_interval, wait * 2)

    def rest(self, seconds: float, words: Callable[[], str]) -> None:
        """Sleep so many seconds, and print a line when it is due: ``words`` returns it."""
        while True:
            silence = self.progress.silence(self.clock())
            if not silence:
                self.progress.speak(self.clock(), words())
            elif seconds > 0:
                self.sleep(min(seconds, silence))
                seconds -= silence
            else:
                return


@dataclass(frozen=True)
class Baseline:
    """What stood before an order: the workflow's row, and the journal lines that are not news.

    ``oldest``: of these lines; what is older than that is no news either. ``tells_of_failure``: some of them do,
    perhaps those of a run that is on.
    """

    workflow: Workflow
    lines: frozenset[int]
    oldest: tuple[datetime, int] | None = None
    tells_of_failure: bool = False

    @classmethod
    def of(cls, workflow: Workflow, lines: Sequence[JournalLine]) -> Baseline:
        """What stands before an order."""
        oldest = min(((line.at, line.id) for line in lines), default=None)
        return cls(workflow, frozenset(line.id for line in lines), oldest, bool(failures(lines)))

    def is_news(self, line: JournalLine) -> bool:
        return line.id not in self.lines and (self.oldest is None or (line.at, line.id) > self.oldest)


@dataclass(frozen=True)
class RunEnd:
    """How a run ended: the workflow's row afterwards, and the error lines that the run wrote to the journal.

    ``told``: all lines that it wrote, since the cause may stand beside the error.
    """

    workflow: Workflow
    errors: tuple[JournalLine, ...]
    told: tuple[JournalLine, ...] = ()

    @property
    def ok(self) -> bool:
        """Neither failed nor an error in the journal."""
        return not self.workflow.failed and not self.errors


class OneRun:
    """Tells whether the run that is seen first goes on. A workflow whose runs last longer than its period begins the
    next one, another process, at once: that the first has ended shows by nothing else then."""

    def __init__(self) -> None:
        self.process = 0

    def is_on(self, row: Workflow) -> bool:
        """Whether it goes on, by the newest row."""
        if not row.running or self.process not in (0, row.process_id):
            return False
        self.process = row.process_id
        return True


class Unanswered(WaitTimeout):
    """An order whose answers were all lost, and which the workflow does not show: nobody has waited for it yet."""


class Watch:
    """Orders and waits for one workflow of one session.

    :param name: the workflow's internal name.
    :param now: the server's clock (UTC), to tell whether a due time lies ahead.
    :param on_order: is told of every order that was sent, and what came of it: ``ACCEPTED``, ``LOST`` or ``ALREADY``.
    """

    def __init__(
        self,
        workflows: Workflows,
        name: str,
        *,
        pace: Pace,
        now: Callable[[], t.Any],
        on_order: Callable[[str, str], None] = lambda _order, _answer: None,
    ) -> None:
        self.workflows = workflows
        self.name = name
        self.pace = pace
        self.now = now
        self.on_order = on_order
        self._last: Workflow | None = None  # the row as it was read last
        self._lost: TransportError | None = None  # what came in place of the answer to the last order
        self.told: tuple[JournalLine, ...] = ()

    def row(self) -> Workflow:
        """The workflow's row. Raises NotFoundError when there is none, or none that the operator may see."""
        self._last = self.workflows.get(self.name)
        return self._last

    def baseline(self) -> Baseline:
        """The row and the newest journal lines, to be read before an order whose effect will be waited for."""
        row = self.row()
        return Baseline.of(row, self.workflows.journal([row.id], limit=JOURNAL_WINDOW))

    def new_errors(self, baseline: Baseline) -> tuple[JournalLine, ...]:
        """Lines that tell of a failure and were not in the journal at the baseline, newest first.

        All lines that were not are in ``told`` afterwards: the cause may stand beside the error.
        """
        lines = self._lines_since(baseline)
        self.told = tuple(filter(baseline.is_news, lines))
        return tuple(filter(baseline.is_news, failures(lines)))

    def _lines_since(self, baseline: Baseline) -> list[JournalLine]:
        """The newest lines of the journal, as many as there are new ones, as far as an answer can hold them."""
        lines: list[JournalLine] = []
        for limit in (JOURNAL_WINDOW, 10 * JOURNAL_WINDOW, MOST_LINES):
            try:
                lines = self.workflows.journal([baseline.workflow.id], limit=limit)
            except ProtocolError:  # too large an answer
                if not lines:
                    raise
                break
            if len(lines) < limit or any(line.id in baseline.lines for line in lines):
                break
        return lines

    # -- orders -----------------------------------------------------------------------------------------------

    def order(self, method: str, reached: Callable[[Workflow], bool]) -> str:
        """Send one order, once, and return what came of it.

        A lost answer is not an error: the order may have been taken, and the row will show it. A fault is passed on,
        unless the workflow is where the order should bring it, or on its way: whether a Stop of what
        is stopped already is a fault is not published.

        :raises CampaignError: the order was refused, or cannot have been sent.
        """
        try:
            self.workflows.order(method, self.name)
            answer = ACCEPTED
        except TransportError as error:
            if error.reached == "no":
                raise
            answer, self._lost = LOST, error
        except FaultError:
            if not self._ordered_before(method, reached):
                raise
            answer = ALREADY
        except Interrupted as stop:
            if stop.under_way:
                self.on_order(method, LOST)
            raise
        self.on_order(method, answer)
        return answer

    def _ordered_before(self, method: str, reached: Callable[[Workflow], bool]) -> bool:
        try:
            row = self.row()
        except CampaignError:  # the fault says more than this
            return False
        return reached(row) or row.state in ON_THE_WAY.get(method, ())

    def carry_out(
        self, method: str, reached: Callable[[Workflow], bool], *, timeout: float, what: str, next_step: str = ""
    ) -> Workflow:
        """Send an order, surely, and wait until it is carried out.

        :raises Unanswered: it never came, as far as the row shows.
        :raises WaitTimeout: it came, and was not carried out.
        :raises CampaignError: as ``order`` does.
        """
        accepted = self.order_surely(method, reached, timeout=timeout, what=what, next_step=next_step)
        try:
            return self.until(reached, timeout=timeout, what=what, next_step=next_step)
        except WaitTimeout as late:
            if accepted or late.last_state.get("state") in ON_THE_WAY.get(method, ()):
                raise
            raise Unanswered(
                late.message, last_state=late.last_state, next_step=late.next_step, instance=late.instance
            ) from late

    def order_surely(
        self, method: str, reached: Callable[[Workflow], bool], *, timeout: float, what: str, next_step: str = ""
    ) -> bool:
        """Send an order; when its answer is lost, see whether it has come, and send it again if it has not. Returns
        whether the server has answered it.

        :param timeout: seconds that the looks after a lost answer may take, where no row can be read at first, or less
            is wanted than ``_cure/lost_orders.py`` says.
        :raises Unanswered: every answer was lost, and the row shows nothing of the order.
        :raises CampaignError: as ``order`` does.
        """
        before = self._last
        for _attempt in range(MOST_SENT):
            if self.order(method, reached) != LOST:
                return True
            if self._has_come(method, reached, before, timeout):
                return False
        last = describe(t.cast("Workflow", self._last))
        raise Unanswered(
            f"Sent {method} {MOST_SENT} times to the workflow '{self.name}' without an answer (the last time: "
            f"{_brief(t.cast('TransportError', self._lost))}), and it shows nothing of it; last seen: "
            f"{sentence(last)}.",
            last_state=last,
            next_step=next_step or f"Find out why there is no answer, and look at the workflow before {what} is tried.",
            instance=self.workflows.session.name,
        )

    def _has_come(
        self, method: str, reached: Callable[[Workflow], bool], before: Workflow | None, timeout: float
    ) -> bool:
        """Whether an order whose answer was lost has come, or may have. What cannot be read may have changed."""
        quiet = quiet_seconds(t.cast("TransportError", self._lost))
        quiet_since: float | None = None

        def look(row: Workflow) -> bool | None:
            nonlocal before, quiet_since
            before = before or row
            if reached(row) or may_have_come(method, before, row):
                return True
            quiet_since = self.pace.clock() if quiet_since is None else quiet_since
            return False if self.pace.clock() - quiet_since >= quiet else None

        try:
            return self._poll(look, timeout=timeout, what=f"the order {method} to show", waits=LOOKS)
        except WaitTimeout as late:
            return quiet_since is None or "last_error" in late.last_state

    # -- waiting ----------------------------------------------------------------------------------------------

    def until(self, wanted: Callable[[Workflow], bool], *, timeout: float, what: str, next_step: str = "") -> Workflow:
        """Wait until the row is as wanted. Raises WaitTimeout with the last row seen after ``timeout`` seconds."""
        return self._poll(lambda row: row if wanted(row) else None, timeout=timeout, what=what, next_step=next_step)

    def run_over(self, *, timeout: float, what: str) -> Workflow:
        """Wait until no order is going on, and the run that is on has ended; the next one may be on then.

        :raises WaitTimeout: one of them did not end.
        """
        run = OneRun()
        return self.until(lambda row: not run.is_on(row) and not row.transitional, timeout=timeout, what=what)

    def run_end(
        self,
        baseline: Baseline,
        *,
        timeout: float,
        wake: bool,
        what: str = "a run to end",
        next_step: str = "",
        done: Callable[[], bool] = lambda: True,
        seen: bool = False,
    ) -> RunEnd:
        """Wait until a run that began after the baseline has ended.

        A run is known by having been seen, or by a last processing date that has changed. What stands in the journal
        without a run is not its failure.

        :param wake: send Wakeup once if the workflow waits for a due time that lies ahead.
        :param done: an additional sign of a good end, such as a cursor that moved; without it the next run is awaited.
        :param seen: a run has been seen since the baseline.
        """
        run, woken = OneRun(), False

        def begun(row: Workflow) -> bool:
            nonlocal seen
            seen = run.is_on(row) or seen
            return seen

        # Complex: one condition for each sign in the row and the journal that a run goes on, failed, or succeeded.
        def look(row: Workflow) -> RunEnd | None:
            nonlocal seen, woken
            if run.is_on(row):
                seen = True
                return None
            if row.transitional:
                return None  # an error, too, may lead to a pause or a stop by way of such a state
            ran = seen or row.process_date != baseline.workflow.process_date
            errors = before_its_run(row, self.new_errors(baseline))
            # A row that was failed before the order may say so until the run has begun: that is not this run's failure.
            if (errors and ran) or (row.failed and (ran or not baseline.workflow.failed)):
                return RunEnd(row, errors, self.told)
            if ran and done():
                return RunEnd(row, ())
            if wake and not woken and self._waits_for_due_time(row):
                with contextlib.suppress(WaitTimeout):  # a run comes without it, if later
                    self.order_surely("wakeup", begun, timeout=timeout, what="the wakeup")
                woken = True
            # That run has shown nothing: the next one is waited for, which may be on already.
            run.process = row.process_id
            return None

        return self._poll(look, timeout=timeout, what=what, next_step=next_step)

    def _waits_for_due_time(self, row: Workflow) -> bool:
        due = row.next_processing_date
        return row.state == WorkflowState.STARTED and due is not None and due > self.now()

    def _poll(
        self,
        look: Callable[[Workflow], Found | None],
        *,
        timeout: float,
        what: str,
        next_step: str = "",
        waits: Sequence[float] = (),
    ) -> Found:
        """Look until the answer is not None. An instance that does not answer, or answers that it cannot (a deadlock in
        its database, say), is asked again until the deadline. One that refuses the logon is not.

        :param waits: seconds between the looks, the last one for all that follow, in place of the pace's own.
        """
        began = self.pace.clock()
        deadline = began + timeout
        last: dict[str, t.Any] = {}

        def words() -> str:
            return waiting_for(self.workflows.session.name, what, self.name, self.pace.clock() - began, timeout)

        for wait in itertools.chain(waits, itertools.repeat(waits[-1])) if waits else self.pace.intervals():
            try:
                row = self.row()
                last = describe(row)
                answer = look(row)
                if answer is not None:
                    return answer
            except (TransportError, FaultError) as error:
                last = {**last, "last_error": _brief(error)}
            remaining = deadline - self.pace.clock()
            if remaining <= 0:
                break
            self.pace.rest(min(wait, remaining), words)
        raise WaitTimeout(
            f"Waited {timeout:g} s for {what} (workflow '{self.name}'); last seen: {sentence(last)}.",
            last_state=last,
            next_step=next_step or "Look at the workflow's journal; nothing more was sent.",
            instance=self.workflows.session.name,
        )


def before_its_run(row: Workflow, lines: Sequence[JournalLine]) -> tuple[JournalLine, ...]:
    """The lines that the run which is on cannot have written: all, where none is on. The row says when it began, or
    when the run before it ended."""
    if not row.running:
        return tuple(lines)
    return tuple(line for line in lines if row.process_date is not None and line.at <= row.process_date)


def describe(row: Workflow) -> dict[str, t.Any]:
    """The part of a row that an operator needs to see."""
    return {"state": row.state, "state_name": row.state_name, "failed": row.failed, "process_id": row.process_id}


def sentence(state: t.Mapping[str, t.Any]) -> str:
    """A description as words."""
    if "state" not in state:
        return str(state.get("last_error", "no answer"))
    text = f"state {state['state_name']} ({state['state']})"
    text += ", failed" if state["failed"] else ""
    text += f", running as process {state['process_id']}" if state["process_id"] else ""
    return text + (f", and then: {state['last_error']}" if "last_error" in state else "")


def _brief(error: CampaignError) -> str:
    """An error as part of a sentence."""
    words = f' "{shorten(error.server_text, 200)}"' if error.server_text else ""
    return error.message.rstrip(".") + words
