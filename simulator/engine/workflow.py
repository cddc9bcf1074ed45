# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One workflow: its state, its schedule and its runs (campaign_facts, States to Error management).

What everybody can see (state, dates, counters) is in the row of xtk:workflow and nowhere else; here is only what a
workflow server holds in memory: the timer of the next due date, the run that is on, the run that was interrupted.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from ..clock.clock import Clock
from ..clock.timers import Timer
from ..config.switches import Switches
from ..database.rows import WORKFLOW, Rows
from ..soap.errors import LOGON_TEXT, MethodFailure, wrong_status
from .journal import Journal
from .orders import STATUS, Parameters, State, state_of
from .runs import Activity, ActivityError, Run, RunContext

SCHEDULER = "scheduler"
"""The activity with which every workflow begins: its task waits for the next due date."""


@dataclass(frozen=True, slots=True)
class EngineConfig:
    """Durations of the workflow server, in virtual seconds."""

    order_delay: float = 2.0
    """From accepting an order to wfserver taking it."""

    start_seconds: float = 1.0
    """From setting processId to the first activity: the runner's start."""

    cancel_seconds: float = 1.0
    """How long the operation in progress takes to be cancelled."""

    pause_seconds: float = 20.0
    """From an error to the pause, where that goes by way of pausing."""


class WorkflowLike(Protocol):
    """How a workflow is set up; the fleet file's WorkflowSpec is one."""

    @property
    def name(self) -> str:
        """Its internal name."""

    @property
    def label(self) -> str:
        """Its label."""

    @property
    def state(self) -> str:
        """Its state at the beginning."""

    @property
    def every(self) -> float:
        """Seconds from the end of a run to the next."""

    @property
    def on_error(self) -> str:
        """What it does when a run has failed."""

    @property
    def error_limit(self) -> int:
        """How many runs may fail one after the other."""


@dataclass(slots=True)
class Host:
    """What an engine gives to its workflows."""

    name: str
    store: Rows
    clock: Clock
    now: Callable[[], datetime]
    config: EngineConfig
    switches: Switches
    process_ids: Iterator[int]
    operator_enabled: Callable[[str], bool]
    wfserver: bool = True


@dataclass(slots=True, eq=False)
class Workflow:
    """One workflow of an instance. The engine calls it when wfserver takes an order; the clock when it is due."""

    host: Host
    spec: WorkflowLike
    id: int
    activities: Sequence[Activity]
    operator: str
    journal: Journal = field(init=False)
    variables: dict[str, str] = field(default_factory=dict)
    events: list[Parameters] = field(default_factory=list)
    late: bool = False
    simulation: bool = False
    due_at: datetime | None = None
    _timer: Timer | None = None
    _run: Run | None = None
    _held: Run | None = None

    def __post_init__(self) -> None:
        self.journal = Journal(self.host.store, self.id, self.host.now, lambda: self.host.switches)

    # -- what can be seen -----------------------------------------------------------------------------------------

    def row(self) -> dict[str, Any]:
        """The workflow's row."""
        row = self.host.store.get(WORKFLOW, self.id)
        if row is None:
            raise LookupError(f"{self.host.name}: the row of workflow '{self.spec.name}' (id {self.id}) is gone")
        return row

    def state(self) -> State:
        """The state in the row."""
        return state_of(self.row()["state"])

    def put(self, state: State | None = None, **changes: object) -> None:
        """Change the row; `changes` are attributes by name."""
        if state is not None:
            changes["state"] = int(state)
            if state in STATUS:
                changes["status"] = STATUS[state]
        self.host.store.update(WORKFLOW, self.id, changes)

    # -- orders, as wfserver takes them ---------------------------------------------------------------------------

    def begin(self, parameters: Parameters, *, keep_variables: bool = False) -> None:
        """Start from the beginning. Stop and Start clear the variables, Restart keeps them."""
        self._held = None
        if not keep_variables:
            self.variables = {}
        self.variables.update(parameters.variables)
        self._started(parameters)
        self.schedule()

    def _started(self, parameters: Parameters) -> None:
        self.simulation = parameters.simulation
        self.put(
            State.STARTED,
            failed=False,
            errorActivity="",
            errorCount=0,
            lastStart=self.host.now(),
            simulation=parameters.simulation,
        )
        self.journal.status("Workflow started in simulation mode." if parameters.simulation else "Workflow started.")

    async def execute(self, parameters: Parameters) -> None:
        """Run once, wait for the end, and finish: xtk:workflow#Execute. Raises MethodFailure when the run failed."""
        if self._run is not None or self.state() not in (State.EDITION, State.STOPPED):
            raise wrong_status("Execute", self.spec.name)
        self._started(parameters)
        run = Run()
        self._launch(run)
        if run.job is not None:
            await asyncio.wait([run.job.task])
        if self.state() is State.STARTED:
            self._finish()
        if run.error:
            raise MethodFailure(*run.error.splitlines())

    def resume(self) -> None:
        """Resume after a pause or an error, at the activity that was next or that failed."""
        run, self._held = self._held, None
        self.put(State.STARTED, failed=False, errorActivity="", lastStart=self.host.now())
        self.journal.status("Workflow resumed.")
        self.schedule()
        for event in self.events:
            self._event(event)
        self.events.clear()
        if run is not None:
            self._launch(run)

    def pause(self) -> None:
        """No new activity begins; the one in progress is let finish, and the workflow is paused then."""
        if self._run is not None:
            self._run.pausing = True
        else:
            self._halt()

    def stop(self) -> None:
        """Cancel the operation in progress, then finish."""
        if self._run is not None:
            self.unschedule()
            self.put(State.STOPPING2)
            self._cancel()
        else:
            self._finish()

    def restart(self, parameters: Parameters) -> None:
        """Stop, then start from the beginning."""
        if self._run is not None:
            self.unschedule()
            self.put(State.RESTARTING2)
            self._cancel()
        else:
            self.begin(parameters, keep_variables=True)

    def kill(self) -> None:
        """Finish at once, even during a run. What it has asked of other servers continues there."""
        run, self._run = self._run, None
        if run is not None and run.job is not None:
            run.job.cancel()
        self.journal.status("Workflow stopped unconditionally.")
        self._finish(quiet=True)

    def wake(self, activity: str = "") -> None:
        """Do the pending task of the scheduler now; no other activity has one. While a run is on, none is pending."""
        if activity not in ("", SCHEDULER):
            self.journal.warning("No task of this activity is pending.", activity)
        elif self._run is None:
            self._launch(Run())

    def post(self, event: Parameters) -> None:
        """An event from outside: taken when started, kept while paused, an error in the journal otherwise."""
        state = self.state()
        if state is State.STARTED:
            self._event(event)
        elif state in (State.PAUSED, State.PAUSING):
            self.events.append(event)
        else:
            self.journal.error("BAS-010003 Unable to complete operation in current status.", event.activity)

    def _event(self, event: Parameters) -> None:
        self.journal.info(f"Event posted on transition '{event.transition}'.", event.activity)

    def shut_down(self) -> None:
        """Forget timers and runs without touching the row: the simulator ends."""
        run, self._run = self._run, None
        if run is not None and run.job is not None:
            run.job.cancel()
        self.late = False
        self._drop_timer()

    # -- schedule -------------------------------------------------------------------------------------------------

    def schedule(self, first: float | None = None) -> None:
        """Set the next due date: one period ahead, or `first` seconds. Without a period there is none."""
        self.unschedule()
        if first is None:
            first = self.spec.every
        if self.spec.every > 0:
            self._set_due(self.host.clock.now() + timedelta(seconds=first))

    def schedule_at(self, due: datetime) -> None:
        """Set the next due date, by the clock; one that has passed is late at once."""
        self._set_due(due)

    def put_off(self, by: timedelta) -> None:
        """The clock was set: the due date in the row comes so much later than expected, or sooner."""
        if self.due_at is None:
            return
        due = self.due_at + by
        if not self.late or due > self.host.clock.now():
            self.late = False
            self._set_due(due)

    def begin_run(self) -> None:
        """A run is on: it begins now."""
        self._launch(Run())

    def unschedule(self) -> None:
        """No due date any more."""
        self._drop_timer()
        self.late = False
        self.due_at = None
        self.put(nextProcessingDate=None)

    def catch_up(self) -> None:
        """Do what has become due while wfserver was down or another run was on: once, however often it was due."""
        if self.late and self._run is None and self.host.wfserver and self.state() is State.STARTED:
            self._launch(Run())

    def _due(self) -> None:
        self.late = True
        self.catch_up()

    def _set_due(self, due: datetime) -> None:
        self._drop_timer()
        self.due_at = due
        self._timer = self.host.clock.call_at(due, self._due)
        # Dates in rows are the instance's own; timers are the clock's.
        self.put(nextProcessingDate=self.host.now() + (due - self.host.clock.now()))

    def _next_due(self) -> None:
        """The next date of the period that lies ahead; dates that were missed are not made up for."""
        if self.due_at is None or self.spec.every <= 0:
            return
        period = timedelta(seconds=self.spec.every)
        missed = (self.host.clock.now() - self.due_at) // period
        if missed >= 0:
            self._set_due(self.due_at + (missed + 1) * period)

    def _drop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    # -- runs -----------------------------------------------------------------------------------------------------

    def _launch(self, run: Run) -> None:
        self.late = False
        self._next_due()
        run.pausing = False
        run.process_id = next(self.host.process_ids)
        self._run = run
        self.put(processId=run.process_id, processDate=self.host.now())
        self.journal.status(f"Run started (process {run.process_id}).")
        run.job = self.host.clock.spawn(self._execute(run), f"{self.host.name}/{self.spec.name}")

    async def _execute(self, run: Run) -> None:
        context = RunContext(
            self.host.name, self.operator, self.host.store, self.host.clock, self.journal, self.host.switches,
            self.variables, run.data, self.host.now,
        )  # fmt: skip
        try:
            await self.host.clock.sleep(self.host.config.start_seconds)
            while run.position < len(self.activities) and not run.pausing:
                activity = self.activities[run.position]
                context.activity = activity.name
                context.switches = self.host.switches
                self._check_operator(activity)
                if self.simulation:
                    self.journal.info("Simulation: not executed.", activity.name)
                else:
                    await activity.run(context)
                run.position += 1
            self._ended(run)
        except ActivityError as error:
            self._failed(run, context.activity, error.text)
        except asyncio.CancelledError:
            if self._run is not run or not run.stopping:  # killed, or the process ends
                raise
            await self._cancelled(run)

    def _check_operator(self, activity: Activity) -> None:
        """A workflow acts in the name of an operator; when that one is disabled it fails (KA-19458, KA-16946)."""
        if not self.host.operator_enabled(self.operator):
            raise ActivityError(
                f"{LOGON_TEXT}\nSCR-160012 JavaScript error while evaluating script '{activity.name}/script'."
            )

    def _cancel(self) -> None:
        if self._run is not None and self._run.job is not None:
            self._run.stopping = True
            self._run.job.cancel()

    def _over(self, run: Run, text: str) -> None:
        self._run = None
        self.put(processId=0, processDate=self.host.now())
        self.journal.status(f"{text} (process {run.process_id}).")

    def _ended(self, run: Run) -> None:
        """The run ended, or reached a pause between two activities."""
        if run.position < len(self.activities):
            self._over(run, "Run interrupted")
            self._held = run
        else:
            self._over(run, "Run finished")
            self.put(errorCount=0, errorActivity="")
        if run.pausing and self.state() is State.PAUSING:
            self._halt()
        else:
            self._look_again()

    def _failed(self, run: Run, activity: str, text: str) -> None:
        run.error = text
        self.journal.error(text, activity)
        self._over(run, "Run failed")
        row = self.row()
        errors = row["errorCount"] + 1
        limit = self.spec.error_limit
        self.put(errorCount=errors, errorActivity=activity)
        if self.spec.on_error == "ignore" and (limit == 0 or errors < limit):
            self.journal.warning(f"Error ignored ({errors} in a row).", activity)
            if row["state"] == State.PAUSING:
                self._halt()
            else:
                self._look_again()
        elif row["state"] in (State.STARTED, State.PAUSING):
            self._stopped_by_error(run)
        # In any other state an order is waiting, which decides what becomes of the workflow.

    def _stopped_by_error(self, run: Run) -> None:
        """Pause as failed, or finish as failed: the switch says which, and how."""
        where = self.host.switches.error_state
        if where == "stopped":
            self._finish(failed=True)
            return
        self._held = run
        self.put(failed=True)
        if where == "paused":
            self._halt()
            return
        self.unschedule()
        self.put(State.PAUSING)
        self.host.clock.call_later(self.host.config.pause_seconds, self._has_paused)

    def _has_paused(self) -> None:
        """The pause after an error is reached, unless an order was carried out meanwhile."""
        if self.state() is State.PAUSING and self._held is not None:
            self._halt()

    async def _cancelled(self, run: Run) -> None:
        await self.host.clock.sleep(self.host.config.cancel_seconds)
        self._over(run, "Operation in progress cancelled")
        if self.state() is State.RESTARTING2:
            self.begin(Parameters(), keep_variables=True)
        else:
            self._finish()

    def _look_again(self) -> None:
        """What became due meanwhile begins as soon as this run's process is gone."""
        if self.late:
            self.host.clock.call_later(0, self.catch_up)

    def _halt(self) -> None:
        self.unschedule()
        self.put(State.PAUSED)
        self.journal.status("Workflow paused.")

    def _finish(self, *, quiet: bool = False, failed: bool = False) -> None:
        self.unschedule()
        self._held = None
        self.events.clear()
        self.put(State.STOPPED, processId=0, failed=failed, **({} if failed else {"errorActivity": ""}))
        if not quiet:
            self.journal.status("Workflow stopped.")
