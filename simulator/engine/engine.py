# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The workflow engine of one instance: takes orders, and carries them out as wfserver does (campaign_facts, Workflows).

`order()` is the SOAP side: it accepts or refuses, puts the workflow into a transitional state and returns at once.
wfserver takes what was accepted `order_delay` seconds later. While wfserver is down orders are still accepted, but not
taken, and due dates pass; when it is up again it takes the orders in their sequence and does late what was due.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..clock.clock import Clock
from ..clock.timers import Timer
from ..config.spec import FoundRow, JournalRow
from ..config.switches import Switches
from ..database.rows import WORKFLOW, Rows
from ..soap.errors import no_template, record_missing, wrong_status
from .orders import (
    METHODS,
    REDONE,
    STATE_WORDS,
    STATUS,
    TRANSITIONAL,
    Order,
    Parameters,
    State,
    as_id,
    parameters_of,
    plain_method,
    requested,
    state_of,
)
from .runs import Activity, Busy
from .workflow import EngineConfig, Host, Workflow, WorkflowLike

_TITLE = "Workflows (xtk:workflow)"
_FIRST_PROCESS = 1_001
_INHERITED = ("label", "schema", "folder-id", "operation-id", "onError", "errorLimit", "history", "timezone")
"""What an instance has of its template."""

__all__ = ["Engine", "EngineConfig", "WorkflowConfig"]


@dataclass(frozen=True, slots=True)
class WorkflowConfig:
    """A workflow in plain values; anything of this shape will do. `every`: seconds, 0 = no schedule."""

    name: str
    label: str = ""
    state: str = "started"
    every: float = 0.0
    on_error: str = "stop"
    error_limit: int = 0


class Engine:
    """The workflows of one instance. `switches` and the rows may be changed at any time; see `set_wfserver` too."""

    def __init__(
        self,
        name: str,
        store: Rows,
        clock: Clock,
        config: EngineConfig,
        activities: Mapping[str, Sequence[Activity]],
        now: Callable[[], datetime],
        *,
        switches: Switches | None = None,
        operator: str = "admin",
        operator_enabled: Callable[[str], bool] = lambda _login: True,
    ) -> None:
        """`activities`: by internal name of the workflow, what a run passes through; one that is not named there just
        takes its time. `now`: the instance's clock (UTC). `operator`: the login in whose name workflows act.
        """
        self._host = Host(
            name, store, clock, now, config, switches or Switches(), itertools.count(_FIRST_PROCESS), operator_enabled
        )
        self._activities = activities
        self._operator = operator
        self._flows: dict[int, Workflow] = {}
        self._queue: deque[Order] = deque()
        self._timer: Timer | None = None
        self._behind = timedelta()  # what wfserver has not noticed yet of how far the clock was set

    @property
    def switches(self) -> Switches:
        """The choices in force."""
        return self._host.switches

    @switches.setter
    def switches(self, switches: Switches) -> None:
        self._host.switches = switches

    @property
    def wfserver(self) -> bool:
        """Whether the workflow server is up."""
        return self._host.wfserver

    # -- setting up -----------------------------------------------------------------------------------------------

    def add_workflow(self, spec: WorkflowLike, *, first_run: float | None = None) -> int:
        """Set up a workflow and return its id. `first_run`: seconds to its first due date, one period by default.

        A row of that name which is there already (stored data) is taken as it stands, schedule and orders included.
        """
        store = self._host.store
        rows = store.find(WORKFLOW, internalName=spec.name)
        if rows:
            return self._adopt(spec, rows[0]["id"]).id
        state = STATE_WORDS[spec.state]
        stop = 0 if self.switches.on_error_numbers == "stop_0_ignore_1" else 1
        row_id = store.insert(
            WORKFLOW,
            {
                "internalName": spec.name,
                "label": spec.label or spec.name,
                "state": int(state),
                "status": STATUS[state],
                "failed": False,
                "processId": 0,
                "errorCount": 0,
                "errorLimit": spec.error_limit,
                "onError": stop if spec.on_error == "stop" else 1 - stop,
                "lastStart": None if state is State.EDITION else self._host.now(),
            },
        )
        flow = self._flow(spec, row_id)
        if state is State.STARTED:
            flow.schedule(first_run)
        return row_id

    def restore(self, row_id: int, found: FoundRow | None, journal: Sequence[JournalRow]) -> None:
        """Make a workflow that was just set up what it is in a copy of another fleet: its row and its journal.

        A run that is on begins from its first activity, and an order that waits is taken as any other.
        """
        flow = self._flows[row_id]
        for row in sorted(journal, key=lambda row: row.at):
            flow.journal.restore(row)
        if found is None:
            return
        state = State(found.state)
        flow.put(state, failed=found.failed, errorCount=found.errors, lastStart=found.started)
        flow.unschedule()
        if found.due is not None:
            flow.schedule_at(self._host.clock.now() + (found.due - self._host.now()))
        if found.running:
            flow.begin_run()
        flow.put(processDate=found.processed)
        if state in REDONE:
            self._queue_up(REDONE[state], flow, "", state, Parameters())

    def _flow(self, spec: WorkflowLike, row_id: int, model: str = "") -> Workflow:
        activities = self._activities.get(spec.name) or self._activities.get(model) or (Busy(),)
        flow = Workflow(self._host, spec, row_id, activities, self._operator)
        self._flows[row_id] = flow
        return flow

    def _adopt(self, spec: WorkflowLike, row_id: int, model: str = "") -> Workflow:
        """A workflow of stored data: no process survived, an order that waited still waits, a due date stands."""
        flow = self._flow(spec, row_id, model)
        row = flow.row()
        flow.simulation = bool(row["simulation"])
        state = state_of(row["state"])
        due = row["nextProcessingDate"]
        if row["processId"]:
            flow.put(processId=0)
        if state is State.STARTED:
            flow.schedule(None if due is None else (due - self._host.now()).total_seconds())
        elif state in REDONE:
            self._queue_up(REDONE[state], flow, "", state, Parameters())
        return flow

    def forget(self, workflow_id: int) -> None:
        """A workflow's row was deleted: its timers, its run and its orders go with it."""
        flow = self._flows.pop(workflow_id, None)
        if flow is not None:
            flow.shut_down()
        self._queue = deque(order for order in self._queue if order.workflow_id != workflow_id)

    def close(self) -> None:
        """Forget timers and runs; the rows stay as they are."""
        self._queue.clear()
        if self._timer is not None:
            self._timer.cancel()
        for flow in self._flows.values():
            flow.shut_down()

    # -- orders: the SOAP side ------------------------------------------------------------------------------------

    def order(self, method: str, workflow_ref: str, login: str, parameters: Mapping[str, object] | None = None) -> None:
        """Accept an order of xtk:workflow for a workflow given by id or internal name. Nothing is done yet, except by
        Kill. `parameters`: the method's other arguments by name, with the instance variables among them. Raises
        MethodFailure: no such workflow, or (switch) no effect in this state; LookupError for a method that is no order
        (campaign_facts, Calls, Orders and unknown 6).
        """
        if method not in METHODS:
            raise LookupError(f"'{method}' is no order of xtk:workflow")
        flow = self._find(workflow_ref)
        if flow is None:
            if self.switches.unknown_workflow == "accept":
                return
            raise record_missing(_TITLE)
        state = flow.state()
        carried = parameters_of(method, parameters)
        if method == "PostEvent":
            self._queue_up(method, flow, login, state, carried)
            return
        wanted = requested(method, state)
        if wanted is None:
            self._without_effect(method, flow, login, state)
        elif method == "Kill":
            flow.kill()
        else:
            if wanted is not state:
                flow.put(wanted)
            self._queue_up(method, flow, login, wanted, carried)

    def spawn(self, template_ref: str, login: str, variables: Mapping[str, object], *, simulation: bool = False) -> int:
        """Make an instance of a template and return its id; the switch `spawned` says whether it is started too.

        Its internal name is not documented: it is the template's with the new id. Raises MethodFailure: no such
        workflow, or it is no template.
        """
        template = self._find(template_ref)
        if template is None:
            raise record_missing(_TITLE)
        row = template.row()
        if not row["isModel"]:
            raise no_template(template.spec.name)
        store = self._host.store
        kept = {name: row[name] for name in _INHERITED}
        row_id = store.insert(WORKFLOW, {**kept, "modelName": template.spec.name})
        name = f"{template.spec.name}_{row_id}"
        store.update(WORKFLOW, row_id, {"internalName": name})
        spec = WorkflowConfig(
            name, row["label"], "edit", template.spec.every, template.spec.on_error, template.spec.error_limit
        )
        self._flow(spec, row_id, template.spec.name)
        if self.switches.spawned == "started":
            method = "SimulateWithParameters" if simulation else "StartWithParameters"
            self.order(method, str(row_id), login, variables)
        return row_id

    async def execute(self, workflow_ref: str, *, simulation: bool = False) -> None:
        """Run a workflow now and wait for its end. Raises MethodFailure: no such workflow, not now, or it failed."""
        flow = self._find(workflow_ref)
        if flow is None:
            raise record_missing(_TITLE)
        if not self.wfserver:
            raise wrong_status("Execute", flow.spec.name)
        await flow.execute(Parameters(simulation=simulation))

    def _find(self, reference: str) -> Workflow | None:
        reference = reference.strip()
        row_id = as_id(reference)
        if row_id is not None:
            row = self._host.store.get(WORKFLOW, row_id)
        else:
            row = next(iter(self._host.store.find(WORKFLOW, internalName=reference)), None)
        if row is None:
            return None
        # A row that was written by a client has no flow yet.
        return self._flows.get(row["id"]) or self._adopt(
            WorkflowConfig(row["internalName"]), row["id"], row["modelName"]
        )

    def _without_effect(self, method: str, flow: Workflow, login: str, state: State) -> None:
        if state in TRANSITIONAL:
            flow.journal.warning(
                f"Order '{method}' of '{login}' not carried out: a previous order is being applied"
                f" ({state.name.lower()}, state {int(state)})."
            )
        if self.switches.order_without_effect == "fault":
            raise wrong_status(method, flow.spec.name)

    def _queue_up(self, method: str, flow: Workflow, login: str, state: State, parameters: Parameters) -> None:
        due = self._host.clock.now() + timedelta(seconds=self._host.config.order_delay)
        self._queue.append(Order(plain_method(method), flow.id, login, state, due, parameters))
        self._look_at(due)

    # -- orders: wfserver's side ----------------------------------------------------------------------------------

    def set_wfserver(self, up: bool) -> None:
        """Stop or start the workflow server. A run under way continues: it is a process of its own."""
        if up and not self._host.wfserver:
            self._host.wfserver = True
            self._put_off()
            self._look_at(self._host.clock.now() + timedelta(seconds=self._host.config.order_delay))
        elif not up:
            self._host.wfserver = False

    def clock_was_set(self, ahead: timedelta) -> None:
        """The instance's clock was set, and `now` shows it. A workflow server that is up notices it by switch; one
        that is started later reads the due dates again.
        """
        self._behind += ahead
        if self.wfserver and self.switches.clock_set == "date":
            self._put_off()

    def _put_off(self) -> None:
        by, self._behind = -self._behind, timedelta()
        if by:
            for flow in self._flows.values():
                flow.put_off(by)

    def _look_at(self, when: datetime) -> None:
        if self._host.wfserver and (self._timer is None or not self._timer.active):
            self._timer = self._host.clock.call_at(when, self._take_all)

    def _take_all(self) -> None:
        if not self._host.wfserver:
            return
        now = self._host.clock.now()
        while self._queue and self._queue[0].due <= now:
            self._take(self._queue.popleft())
        if self._queue:
            self._look_at(self._queue[0].due)
        overdue = [flow for flow in self._flows.values() if flow.late]
        for flow in sorted(overdue, key=lambda flow: (flow.due_at or now, flow.id)):
            flow.catch_up()

    def _take(self, order: Order) -> None:
        flow = self._flows[order.workflow_id]
        if order.method == "PostEvent":
            flow.post(order.parameters)
            return
        if flow.state() is not order.state:
            return  # overruled by a later order, or by Kill
        if order.state is State.STARTING:
            flow.begin(order.parameters)
        elif order.state is State.RESUMING:
            flow.variables.update(order.parameters.variables)
            flow.resume()
        elif order.state is State.PAUSING:
            flow.pause()
        elif order.state in (State.STOPPING, State.STOPPING2):
            flow.stop()
        elif order.state in (State.RESTARTING, State.RESTARTING2):
            flow.restart(order.parameters)
        else:
            flow.wake(order.parameters.activity)
