# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The action base of what changes a cursor: window and evidence on the controller, before and after the change."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping
from datetime import datetime, timezone
from functools import partial
from pathlib import Path

from ansible.errors import AnsibleActionFail

from ...module_utils._change_window.policy import Decision, decide, window_settings
from ...module_utils._client.connect import is_true
from ...module_utils._core.errors import CampaignError
from ...module_utils._core.text import visible
from ...module_utils._cure.plan import Plan, fleet_digest
from ...module_utils._operations.given_plans import given_plans
from ...module_utils._operations.runner import masking_of
from .._evidence.attempt import changed_by, is_recent
from .._evidence.attempts import earlier_attempts, ended_options, half_done, open_attempts, standing
from .._evidence.files import FORMAT, attempts_in, evidence_file, read_evidence, update_evidence
from .._evidence.provenance import who
from .._evidence.records import require_here
from .._fleet.gate import going_on
from .._playbook.here import user_path
from .worker import Result, WorkerAction

#: The variable of a task by which a role passes the settings of the change window: see
#: module_utils/_change_window/policy.py.
WINDOW = "campaign_change_window"
#: The same for whether all that the task is to do completes an attempt of ours, as the gate of the fleet sees it.
BEGUN = "campaign_change_window_begun"
#: The arguments that belong in the record. Never a credential.
INTENT = (
    "workflow",
    "strategy",
    "lookback",
    "value",
    "on_failure",
    "confirm",
    "start_stopped",
    "mark",
    "url",
    "name",
    "names",
    "state",
    "force",
)
#: The parts of the result that belong in the record.
OUTCOME = (
    "outcome",
    "reason",
    "moves",
    "changed",
    "found_stopped",
    "left_stopped",
    "stood",
    "steps",
    "diagnosis",
    "since",
    "covered_from",
    "windows",
    "affected",
    "calls",
    "server_time",
    "skew_seconds",
    "msg",
)
#: The most journal lines that the record keeps.
JOURNAL_LINES = 20

NOTE = "Make room there, and keep this output in its place: it says what stood there before."


class EvidenceAction(WorkerAction):
    """A change leaves its intent on disk before anything is sent, and its outcome afterwards. Check mode leaves none.

    If the task has settings of a change window, they are checked here, right before the first write: a batch takes
    time, and the window may have closed when its last host has its turn.
    """

    #: What kind of change it is: ``cure``, ``option`` or ``workflow``.
    KIND: t.ClassVar[str] = "cure"
    #: The parts of its result that belong in the record beside ``OUTCOME``.
    MORE: t.ClassVar[tuple[str, ...]] = ()
    #: What to do when the evidence could not be completed.
    WAY_ON: t.ClassVar[str] = (
        "To undo it, the old value may be put back from this job's output: give its lines OLD VALUE HOST,OPTION,VALUE "
        "to the playbook rollback, in mid_sourcing_restore."
    )

    _path: Path | None = None
    _record: Result
    #: The message about damaged evidence of other runs.
    _damaged: tuple[str, ...] = ()
    #: The attempts that the file had before this one.
    _earlier: t.Sequence[Result] = ()
    #: Whether the file was not there any more as it was written, when this attempt ended.
    _is_gone = False

    def before(self, arguments: Result) -> None:
        """Check the window and write the intent. Raises AnsibleActionFail when one refuses: then nothing is sent."""
        has_evidence = bool(arguments.get("evidence_dir")) and arguments.get("run_id") is not None
        if not has_evidence:
            if not self._task.check_mode:
                self._require_window([], frozenset())
            return
        instance = str(arguments.get("instance") or "")
        # According to the option's type, which is validated later and elsewhere.
        directory = user_path(str(arguments["evidence_dir"]))
        run_id = str(arguments["run_id"])
        path = evidence_file(directory, run_id, instance)
        try:
            self._earlier = _attempts_here(path, str(arguments.get("url") or ""))
            self._hand_over(arguments, directory, run_id, instance)
            if self._task.check_mode:
                return
            record = self._intent(arguments, run_id, instance)
            ended = partial(ended_options, directory, run_id, instance, url=str(arguments.get("url") or ""))
            decision = self._require_window(self._earlier, changed_by(record), ended)
            self._record = {**record, **self._allowed(arguments, decision)}
            update_evidence(path, self._with_intent)
        except (OSError, ValueError) as error:
            raise AnsibleActionFail(
                f"The evidence file {path} cannot be {'read' if self._task.check_mode else 'written'} ({why(error)}). "
                "Nothing was sent to the instance. Give a directory on the controller that this user may write, with "
                "evidence_dir."
            ) from None
        self._path = path

    def after(self, arguments: Result, result: Result) -> None:
        """Write the outcome beside the intent. The change is over: whatever goes wrong now must not hide its result."""
        if self._damaged:
            result["warnings"] = [*(result.get("warnings") or []), *self._damaged]
        if self._path is None:
            return
        result["evidence"] = str(self._path)
        if "ansible_job_id" in result:
            # The task continues elsewhere, and this action does not learn its outcome: the intent stays unchanged.
            return
        try:
            self._record.update(
                state="ended",
                ended=_now(),
                failed=bool(result.get("failed")),
                result=masking_of(arguments, self.environ).result(_outcome(result, self.MORE)),
            )
            update_evidence(self._path, self._in_its_place)
        except Exception as error:  # noqa: BLE001  # a full disk, a directory that is gone, an outcome that is no JSON
            self.incomplete(
                result,
                f"The evidence file {self._path} could not be completed ({why(error)}): how this ended stands in this "
                f"output alone. {self.WAY_ON}",
            )
            return
        if self._is_gone:
            self.incomplete(
                result,
                f"The evidence file {self._path} was taken away, or changed, while the change was going on. It was "
                f"written again; other evidence of the run {self._record['run_id']} may be gone. {self.WAY_ON}",
            )

    def _in_its_place(self, there: Result | None) -> Result:
        """The file with the end of this attempt. Another one with the name of this run may have begun meanwhile, and is
        to stay there."""
        attempts = attempts_in(there or {}) or [*self._earlier, self._record]
        mine = [number for number, one in enumerate(attempts) if _same_attempt(one, self._record)]
        self._is_gone = there is None
        if not mine:
            return {**self._record, "earlier": attempts}
        attempts[mine[-1]] = self._record
        return {**attempts[-1], "earlier": attempts[:-1]}

    def _with_intent(self, there: Result | None) -> Result:
        """The file with the intent of this attempt."""
        self._earlier = attempts_in(there or {}) or self._earlier
        return {**self._record, "earlier": self._earlier}

    @staticmethod
    def incomplete(result: Result, sentence: str) -> None:
        """Report incomplete evidence: to whoever runs the task, and to the report, which fails the run."""
        result["evidence_problem"] = " ".join(filter(None, [result.get("evidence_problem"), sentence]))
        result["warnings"] = [*(result.get("warnings") or []), sentence]

    # -- the parts ----------------------------------------------------------------------------------------------------

    def _allowed(self, arguments: Result, decision: Decision | None) -> Result:
        """What the record keeps of the change window."""
        told = {} if decision is None else {"ticket": decision.ticket, "window": decision.to_dict()}
        return masking_of(arguments, self.environ).result({"ticket": "", "window": None, **told})

    def _intent(self, arguments: Result, run_id: str, instance: str) -> Result:
        """The record before anything is sent. A password in the URL does not belong there."""
        asked = {name: arguments.get(name) for name in INTENT if arguments.get(name) is not None}
        asked["url"] = str(asked.get("url") or "").rpartition("@")[2]
        plans = self.plans(arguments, instance)
        if plans and arguments.get("plans") is not None:
            asked.update(_choices(plans[0]))
        record: Result = {
            "format": FORMAT,
            "kind": self.KIND,
            "run_id": run_id,
            "instance": instance,
            "task": str(getattr(self._task, "_uuid", "") or ""),
            "started": _now(),
            "by": who(self.variables, self.environ),
            "intent": asked,
            "cursors": self.cursors(arguments, plans),
            "digest": fleet_digest(plans) if plans else "",
            "state": "started",
        }
        return masking_of(arguments, self.environ).result(record)

    def plans(self, arguments: Result, instance: str) -> list[Plan]:
        """The plans in the task's arguments; none if the arguments are invalid, which is reported later.

        :raises AnsibleActionFail: a plan is not as it was written. Then there is nothing to record.
        """
        try:
            return given_plans(self.validated(arguments), instance)
        except (AnsibleActionFail, CampaignError) as error:
            if arguments.get("plans") is None:
                return []
            raise AnsibleActionFail(visible(masking_of(arguments, self.environ).others(str(error)))) from None

    def cursors(self, arguments: Result, plans: t.Sequence[Plan]) -> list[Result]:
        """The options to change, each with the value that it must still hold, and with its plan."""
        if plans:
            return [{"option": one.option, "old_value": one.old_value.text, "plan": one.to_dict()} for one in plans]
        given = _rows(arguments.get("cursors")) or [arguments]
        return [
            {"option": str(one.get("cursor") or ""), "old_value": one.get("expected_value"), "plan": None}
            for one in given
        ]

    def _hand_over(self, arguments: Result, directory: str, run_id: str, instance: str) -> None:
        """Tell the module what earlier attempts did, so that it does not take their changes for somebody else's."""
        if "earlier" in self.OPERATION.options and not arguments.get("earlier"):
            damaged: list[str] = []
            arguments["earlier"] = earlier_attempts(
                directory, run_id, instance, damaged.append, url=str(arguments.get("url") or "")
            )
            self._damaged = tuple(damaged)

    def _require_window(
        self, earlier: t.Sequence[Result], changes: frozenset[str], ended: t.Callable[[], Mapping[str, Result]] = dict
    ) -> Decision | None:
        """The decision of the change window, if the task has one. Raises AnsibleActionFail when it is closed.

        :param changes: what the task is to change, by name.
        :param ended: reads at which options what was begun has ended since.
        """
        if WINDOW not in self.variables:
            return None
        now = datetime.now(timezone.utc)
        # A default of the role replaces what is not given, but not what cannot be read.
        own = window_settings(self.variables, lambda name: self._templar.template(self.variables[name]))
        decision = decide({**self._templar.template(self.variables[WINDOW]), **own}, now)
        if decision.is_only_closed and self._has_begun(earlier, changes, ended, now):
            decision = going_on(decision)
        if not decision.allowed:
            raise AnsibleActionFail(f"{decision.reason} Nothing was sent to the instance.")
        return decision

    def _has_begun(
        self,
        earlier: t.Sequence[Result],
        changes: frozenset[str],
        ended: t.Callable[[], Mapping[str, Result]],
        now: datetime,
    ) -> bool:
        """Whether nothing is changed but what must be completed: the diagnosis has seen all of it half done, by an
        attempt of any run; or this very task has changed it, or an attempt of this run that was interrupted, and that
        no attempt of any run has ended since."""
        if is_true(self._templar.template(self.variables.get(BEGUN, False))):
            return True
        task = str(getattr(self._task, "_uuid", None) or "")
        begun = [one for one in earlier if _is_of_task(one, task)]
        # To put back what is left of a cure of which a rollback has put something back is no new change; to go on is.
        among = open_attempts if self.KIND == "option" else standing
        begun += [one for one in half_done(_standing(earlier, among), ended()) if is_recent(one, now)]
        return bool(begun) and changes <= frozenset().union(*map(changed_by, begun))


class OptionAction(EvidenceAction):
    """A change of options that leaves evidence on request, as a rollback does."""

    KIND = "option"
    WAY_ON = NOTE

    def plans(self, arguments: Result, instance: str) -> list[Plan]:  # noqa: ARG002 - options have no plan
        """None."""
        return []

    def cursors(self, arguments: Result, plans: t.Sequence[Plan]) -> list[Result]:  # noqa: ARG002 - as above
        """The single option of the task, or those of its list."""
        given = _rows(arguments.get("options")) or [arguments]
        return [
            {"option": str(one.get("name") or ""), "old_value": one.get("expected_value"), "plan": None}
            for one in given
        ]


class WorkflowAction(EvidenceAction):
    """Orders to workflows that leave evidence on request: the states before and after."""

    KIND = "workflow"
    MORE = ("workflow", "previous", "workflows")
    WAY_ON = NOTE

    def plans(self, arguments: Result, instance: str) -> list[Plan]:  # noqa: ARG002 - a workflow has no plan
        """None."""
        return []

    def cursors(self, arguments: Result, plans: t.Sequence[Plan]) -> list[Result]:  # noqa: ARG002 - none is written
        """None: the task itself writes no option."""
        return []


def _is_of_task(attempt: Mapping[str, t.Any], task: str) -> bool:
    """Whether this very task has changed something in an attempt, say in an earlier round of its loop."""
    return bool(task) and attempt.get("task") == task and _may_have_written(attempt)


def _standing(attempts: t.Sequence[Result], among: t.Callable[[Result], list[Result]]) -> list[Result]:
    """The attempts of a run without the cures that a rollback has ended, as ``among`` tells them."""
    others = [one for one in attempts if one.get("kind") != "cure"]
    return [*others, *among({**attempts[-1], "earlier": attempts[:-1]})] if attempts else others


def _may_have_written(attempt: Mapping[str, t.Any]) -> bool:
    return bool(((attempt.get("result") or {}).get("calls") or {}).get("writes", 1))


def _same_attempt(one: Mapping[str, t.Any], other: Mapping[str, t.Any]) -> bool:
    return (one.get("task"), one.get("started")) == (other.get("task"), other.get("started"))


def _attempts_here(path: Path, url: str) -> t.Sequence[Result]:
    """The attempts of a file, if there is one. Raises AnsibleActionFail where one was at an instance elsewhere."""
    if not path.exists():
        return []
    record = read_evidence(path)
    require_here(record, url)
    return attempts_in(record)


def _rows(given: t.Any) -> list[Result]:
    """The dictionaries in an option that is not validated yet."""
    return [dict(one) for one in given if isinstance(one, Mapping)] if isinstance(given, (list, tuple)) else []


def _choices(plan: Plan) -> Result:
    """The options with which a plan was made, in the form of the task's options."""
    back, explicit = plan.lookback_seconds, plan.explicit_value
    found = {"workflow": plan.workflow, "strategy": plan.strategy}
    return {
        **found,
        **({} if back is None else {"lookback": f"{back}s"}),
        **({} if explicit is None else {"value": explicit.text}),
    }


def _outcome(result: Result, more: tuple[str, ...] = ()) -> Result:
    """The parts of a result that the record keeps: the journal once, and only as much of it as is needed to understand
    the result.
    """
    kept = {name: result[name] for name in (*OUTCOME, *more) if name in result}
    if "moves" not in kept:
        kept["moves"] = _set_options(result)
    diagnosis = kept.get("diagnosis") or {}
    facts = dict(diagnosis.get("evidence") or {})
    kept["journal"] = _journal(result.get("errors") or [], facts.pop("last_errors", None) or [])
    if diagnosis:
        kept["diagnosis"] = {**diagnosis, "evidence": facts}
    return kept


def _journal(errors: t.Iterable[t.Any], lines: t.Iterable[Result]) -> list[Result]:
    """The journal's errors of the run that followed, and those that the diagnosis had read."""
    after = [{"when": "after", "text": str(line)} for line in errors]
    before = [{"when": "before", **line} for line in lines]
    return [*after[: JOURNAL_LINES // 2], *before][:JOURNAL_LINES]


def _set_options(result: Result) -> list[Result]:
    """What the module option did, in the form of a cure's moves."""
    rows = _rows(result.get("options"))
    if isinstance(result.get("option"), Mapping):
        rows = [{**result, "outcome": "changed" if result.get("changed") else "unchanged"}]
    found = []
    for row in rows:
        before, after = (row.get(name) or {} for name in ("previous", "option"))
        name = after.get("name") or row.get("name") or ""
        written = after.get("value") if row["outcome"] == "changed" else None
        found.append(
            {
                "option": name,
                "outcome": row["outcome"],
                "old_value": before.get("value"),
                "written": written,
                "after": after.get("value"),
            }
        )
    return found


def why(error: Exception) -> str:
    """Why a file could not be written, as part of a sentence."""
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    return str(error) if isinstance(error, AnsibleActionFail) else f"it is not to be written as JSON: {error}"


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
