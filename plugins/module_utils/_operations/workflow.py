# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The operations behind the modules ``workflow``, ``workflow_info`` and ``workflow_run``."""

from __future__ import annotations

import typing as t
from collections.abc import Callable
from dataclasses import dataclass, replace

from .._core.errors import CampaignError, ConflictError, NotFoundError, WaitTimeout, shorten
from .._core.interrupts import Interrupted, current
from .._core.xtk import format_datetime
from .._cure.actions import is_held
from .._cure.lost_orders import ON_THE_WAY
from .._cure.workflow_waiter import ALREADY, Pace, Unanswered, Watch, checked_seconds
from .._diagnosis.journal import failures, story
from .._resources.workflow_states import TRANSITIONAL, WorkflowState
from .._resources.workflows import Workflows
from .batch import distinct, one_by_one
from .runner import PROGRESS_OPTION, Answer, Operation, Request

if t.TYPE_CHECKING:
    from datetime import datetime

    from .._client.session import Session
    from .._cure.workflow_waiter import Baseline, RunEnd
    from .._resources.workflows import JournalLine, Workflow

#: Not a state but two orders: stop what is not stopped, and start afresh.
RESTARTED = "restarted"


@dataclass(frozen=True)
class WantedState:
    """A declarative state: the order that asks for it, and when it is reached.

    :param refuses: states from which it cannot be reached.
    :param waits_for: states in which another order is on its way, which must have arrived first: poll, do not act.
    :param carried_out: states to which the order has led, though a process may be left: wait for its end, do not act.
    """

    order: str
    reached: Callable[[Workflow], bool]
    refuses: frozenset[int] = frozenset()
    waits_for: frozenset[int] = frozenset()
    carried_out: frozenset[int] = frozenset()

    @property
    def on_the_way(self) -> frozenset[int]:
        """The states in which it has been asked for already."""
        return ON_THE_WAY[self.order] | self.carried_out


#: Somebody has stopped it, or nobody has started it.
_STANDING = frozenset({WorkflowState.STOPPED, WorkflowState.EDITION})


def _stopped(row: Workflow) -> bool:
    return row.state in _STANDING and not row.running


#: The states that a playbook may ask for (campaign_facts, States and Orders). "Started" includes waiting for the next
#: schedule.
TARGETS: dict[str, WantedState] = {
    "started": WantedState(
        "start", lambda row: row.state == WorkflowState.STARTED, waits_for=TRANSITIONAL - ON_THE_WAY["start"]
    ),
    # A start that nobody takes can be stopped; a restart would start the workflow again after the stop.
    "stopped": WantedState(
        "stop",
        _stopped,
        waits_for=frozenset({WorkflowState.RESTARTING, WorkflowState.RESTARTING2}),
        carried_out=frozenset({WorkflowState.STOPPED}),
    ),
    "paused": WantedState(
        "pause",
        lambda row: row.state == WorkflowState.PAUSED,
        refuses=_STANDING | ON_THE_WAY["stop"],
        waits_for=TRANSITIONAL - ON_THE_WAY["pause"] - ON_THE_WAY["stop"],
    ),
}


def describe(row: Workflow) -> dict[str, t.Any]:
    """A workflow as the modules return it: dates as XTK text in UTC, empty when there is none."""
    return {
        "name": row.internal_name,
        "label": row.label,
        "id": row.id,
        "state": row.state,
        "state_name": row.state_name,
        "failed": row.failed,
        "running": row.running,
        "process_id": row.process_id,
        "error_count": row.error_count,
        "last_start": _text(row.last_start),
        "process_date": _text(row.process_date),
        "next_processing_date": _text(row.next_processing_date),
    }


def describe_line(line: JournalLine, *, fails: bool = False) -> dict[str, t.Any]:
    """A journal line as the modules return it. ``fails``: the lines beside it show that it tells of a failure."""
    wrong = fails or line.is_error
    return {"at": format_datetime(line.at), "activity": line.activity, "error": wrong, "text": line.text}


def read_workflows(request: Request, session: Session) -> Answer:
    """``workflow_info``: rows by name, each with its newest journal lines."""
    workflows = Workflows(session)
    rows = workflows.find(request.params["names"])
    limit = request.params["journal_lines"]
    found = []
    for row in rows:
        lines = workflows.journal([row.id], limit=limit)[:limit] if limit else []
        wrong = set(failures(lines))
        found.append({**describe(row), "journal": [describe_line(line, fails=line in wrong) for line in lines]})
    missing = sorted(set(request.params["names"]) - {row.internal_name for row in rows})
    return Answer(False, {"workflows": found, "missing": missing})


def control_workflow(request: Request, session: Session) -> Answer:
    """``workflow``: one workflow, or several in one session."""
    names = request.params.get("names")
    if names is None:
        return _control_one(request, session)
    missing = sorted(set(names) - {row.internal_name for row in Workflows(session).find(names)})
    if missing:
        raise NotFoundError(
            f"There is no workflow {', '.join(repr(name) for name in missing)}, or the operator has no rights on it.",
            instance=session.name,
            next_step="Nothing was ordered. Check the internal names and the operator's rights on the folders.",
        )
    return one_by_one(
        names,
        "workflows",
        lambda name: _control_one(replace(request, params={**request.params, "name": name}), session),
        session.name,
    )


def check_workflows(params: t.Mapping[str, t.Any]) -> None:
    """What can be seen to be wrong before a session is opened."""
    if params.get("names") is not None:
        distinct(params["names"], "names")


def _control_one(request: Request, session: Session) -> Answer:
    """Read the state first; order only what is not there yet and not already on its way."""
    params = request.params
    if params["state"] == RESTARTED:
        return _restart(request, session)
    target = TARGETS[params["state"]]
    checked_seconds("wait_timeout", params["wait_timeout"])
    answers: list[str] = []
    watch = _watch(request, session, lambda _order, answer: answers.append(answer))
    before = row = watch.row()
    if not request.check_mode and before.state in target.waits_for:
        row = watch.until(
            lambda now: now.state not in target.waits_for,
            timeout=params["wait_timeout"],
            what="the order that is already on its way",
        )
    if target.reached(row):
        return _control_answer(False, before, row)
    if row.state in target.refuses:
        raise ConflictError(
            f"The workflow '{row.internal_name}' is {row.state_name} and cannot be paused.",
            instance=session.name,
            next_step="Only a started workflow can be paused.",
        )
    needed = row.state not in target.on_the_way
    if request.check_mode:
        return _control_answer(needed, before, before, wanted=params["state"])
    after = _bring(watch, target, params, needed)
    return _control_answer(_has_ordered(answers), before, after)


def _restart(request: Request, session: Session) -> Answer:
    """Stop and start in one task, so that nothing but a kill comes between the two.

    Campaign's own ``Restart`` is not used: whether it keeps the variables of the instance is documented both ways
    (campaign_facts, Orders), and in between nobody could see whether the old process is gone.
    """
    if request.check_mode:
        row = Workflows(session).get(request.params["name"])
        return _control_answer(True, row, row, wanted="started, afresh")
    stopped = _stop_first(request, session)
    try:
        started = _control_one(replace(request, params={**request.params, "state": "started"}), session)
    except Interrupted as stop:
        if stopped.changed:
            stop.left = _started_again(request, session)
        raise
    except CampaignError as error:
        if stopped.changed:
            was = stopped.result["previous"]["state_name"]
            error.next_step = f"It was {was} before, and has been stopped. {error.next_step}"
        raise
    diff = {**t.cast("dict[str, t.Any]", stopped.diff), "after": "state = started, afresh\n"}
    result = {"workflow": started.result["workflow"], "previous": stopped.result["previous"]}
    return Answer(stopped.changed or started.changed, result, diff)


def _stop_first(request: Request, session: Session) -> Answer:
    """The stop of a restart. Where it fails after its order, nothing starts the workflow: then the error says so."""
    calls = len(session.calls)
    try:
        return _control_one(replace(request, params={**request.params, "state": "stopped", "wait": True}), session)
    except Interrupted as stop:
        if any(call.may_have_written for call in session.calls[calls:]):
            stop.left = _started_again(request, session)
        raise
    except CampaignError as error:
        if any(call.may_have_written for call in session.calls[calls:]):
            error.next_step = (
                f"It was ordered to stop, and is not started again: see that it is started. {error.next_step}"
            )
        raise


def _started_again(request: Request, session: Session) -> str:
    """Start what was stopped, before this process ends; says what came of it."""
    name, left = request.params["name"], current().left() or 0.0
    watch = _watch(request, session, lambda _order, _answer: None)
    try:
        row = watch.until(
            lambda row: _stopped(row) or row.state == WorkflowState.STARTED, timeout=left, what="the stop"
        )
        if _stopped(row):
            target = TARGETS["started"]
            watch.carry_out(target.order, target.reached, timeout=current().left() or 0.0, what="the start")
    except CampaignError as error:
        return f"Starting the workflow '{name}' again failed: {error.message} See that it is started."
    return f"The workflow '{name}' is started."


def _has_ordered(answers: t.Iterable[str]) -> bool:
    """Whether an order of ours may have changed something: not when somebody else had given it before."""
    return any(answer != ALREADY for answer in answers)


def _bring(watch: Watch, target: WantedState, params: t.Mapping[str, t.Any], needed: bool) -> Workflow:
    """Order what is not on its way, and wait if that is wanted."""
    timeout, what = params["wait_timeout"], f"the {target.order}"
    if not params["wait"]:
        if needed:
            watch.order_surely(target.order, target.reached, timeout=timeout, what=what)
        return watch.row()
    try:
        if needed:
            return watch.carry_out(target.order, target.reached, timeout=timeout, what=what)
        return watch.until(target.reached, timeout=timeout, what=what)
    except WaitTimeout as error:
        if target.order != "stop" or not params["force"] or isinstance(error, Unanswered):
            error.next_step = _advice(target, error.last_state)
            raise
    return watch.carry_out("kill", target.reached, timeout=timeout, what="the unconditional stop")


def _advice(target: WantedState, last: t.Mapping[str, t.Any]) -> str:
    if last.get("state") in target.on_the_way and target.order == "stop":
        return (
            "Do not order a second stop. Stopping may take time; force=true stops it unconditionally (needs the "
            "Admin right; only if nothing is really running)."
        )
    if last.get("failed"):
        return "It is in error: look at its journal with workflow_info."
    return "The order was not carried out: check that the workflow server (wfserver) is running."


def _control_answer(changed: bool, before: Workflow, after: Workflow, wanted: str | None = None) -> Answer:
    diff = {
        "before": f"state = {before.state_name}\n",
        "after": f"state = {wanted or after.state_name}\n",
        "before_header": before.internal_name,
        "after_header": before.internal_name,
    }
    return Answer(changed, {"workflow": describe(after), "previous": describe(before)}, diff)


def run_workflow(request: Request, session: Session) -> Answer:
    """``workflow_run``: process the pending task now, and wait for the run to end."""
    params = request.params
    checked_seconds("wait_timeout", params["wait_timeout"])
    answers: list[str] = []
    watch = _watch(request, session, lambda _order, answer: answers.append(answer))
    baseline = watch.baseline()
    row = baseline.workflow
    if row.state != WorkflowState.STARTED:
        raise ConflictError(
            f"The workflow '{row.internal_name}' is {row.state_name} and not started.",
            instance=session.name,
            next_step="An order to it is being carried out: try again when it is."
            if row.transitional
            else "Start it first, with the module workflow.",
        )
    if request.check_mode:
        return Answer(not row.running, {"workflow": describe(row), "run": None})
    seen: list[Workflow] = []

    def begun(now: Workflow) -> bool:
        seen.extend([now] if now.running else [])
        return now.running

    if not row.running:
        watch.order_surely("wakeup", begun, timeout=params["wait_timeout"], what="the run")
    end = watch.run_end(baseline, timeout=params["wait_timeout"], wake=False, seen=bool(seen))
    return _run_answer(session.name, baseline, end, _has_ordered(answers))


def _run_answer(instance: str, baseline: Baseline, end: RunEnd, woken: bool) -> Answer:
    before = baseline.workflow
    # Without a schedule, "stopped" may mean that it has finished: no flag tells the two apart.
    is_over = end.ok and end.workflow.state == WorkflowState.STOPPED and before.next_processing_date is None
    wrong = "" if is_over else _badly_ended(end)
    run = {"ok": not wrong, "woken": woken, "errors": [describe_line(line, fails=True) for line in end.errors]}
    result: dict[str, t.Any] = {"workflow": describe(end.workflow), "run": run}
    if is_over:
        over = (
            f"The workflow '{before.internal_name}' is stopped (20) now: it has finished, or somebody has stopped it."
        )
        result["warnings"] = [f"{instance}: {over}"]
    elif not wrong and before.running and baseline.tells_of_failure:
        unseen = (
            f"A run of '{before.internal_name}' was on already, and the journal told of a failure before: whether that "
            "was of this run is not known. See workflow_info."
        )
        result["warnings"] = [f"{instance}: {unseen}"]
    return Answer(woken, result, failed=f"{instance}: {wrong}" if wrong else None)


def _badly_ended(end: RunEnd) -> str:
    """What is wrong with the end of a run, as a sentence; empty where it has ended by itself and well."""
    row = end.workflow
    if not end.ok:
        _cause, words = story(end.told)
        text = shorten(words) or "its journal has no error line; see runwf.log on the server"
        return f"The run of '{row.internal_name}' failed. The journal says: {text}"
    if is_held(row):
        return (
            f"The run of '{row.internal_name}' did not end by itself: the workflow is {row.state_name} ({row.state}) "
            "now, so somebody has stopped or paused it. It is left to them; to run it, start it first."
        )
    return ""


def _watch(request: Request, session: Session, on_order: Callable[[str, str], None]) -> Watch:
    pace = Pace(request.params["poll_interval"], clock=request.clock, sleep=request.sleep, progress=request.progress)
    return Watch(Workflows(session), request.params["name"], pace=pace, now=session.server_now, on_order=on_order)


def _text(value: datetime | None) -> str:
    return format_datetime(value) if value is not None else ""


WAIT_OPTIONS: dict[str, dict[str, t.Any]] = {
    "wait_timeout": {"type": "float", "default": 300.0},
    "poll_interval": {"type": "float", "default": 15.0},
    **PROGRESS_OPTION,
}

WORKFLOW_INFO = Operation(
    name="workflow_info",
    options={
        "names": {"type": "list", "elements": "str", "required": True, "aliases": ["name"]},
        "journal_lines": {"type": "int", "default": 20},
    },
    run=read_workflows,
)

WORKFLOW = Operation(
    name="workflow",
    options={
        "name": {"type": "str"},
        "names": {"type": "list", "elements": "str"},
        "state": {"type": "str", "choices": [*TARGETS, RESTARTED], "required": True},
        "force": {"type": "bool", "default": False},
        "wait": {"type": "bool", "default": True},
        **WAIT_OPTIONS,
        "evidence_dir": {"type": "path"},
        "run_id": {"type": "str"},
    },
    run=control_workflow,
    check=check_workflows,
    constraints={
        "required_one_of": [("name", "names")],
        "mutually_exclusive": [("name", "names")],
        "required_by": {"evidence_dir": ("run_id",)},
    },
    traced=True,
)

WORKFLOW_RUN = Operation(
    name="workflow_run",
    options={"name": {"type": "str", "required": True}, **WAIT_OPTIONS},
    run=run_workflow,
)
