# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The machine that runs the playbooks, over weeks: what it gives to the modules, and what it keeps as evidence.

It does what the roles and the action of a cure do, with their own functions, in the time of the simulator: detect with
what the evidence tells, write the intent, cure, write the end; and put back what a run has written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from ansible_collections.campaign.classic.plugins.module_utils._client.methods import MethodClass
from ansible_collections.campaign.classic.plugins.module_utils._core.errors import CampaignError
from ansible_collections.campaign.classic.plugins.module_utils._core.interrupts import Interrupted, interruptible
from ansible_collections.campaign.classic.plugins.module_utils._core.xtk import format_datetime
from ansible_collections.campaign.classic.plugins.module_utils._operations.option import OPTION, OPTION_INFO
from ansible_collections.campaign.classic.plugins.module_utils._operations.runner import Operation, Request
from ansible_collections.campaign.classic.plugins.module_utils._operations.sync_cursor import (
    SYNC_CURSOR,
    SYNC_CURSOR_INFO,
)
from ansible_collections.campaign.classic.plugins.plugin_utils._action.cure import _outcome
from ansible_collections.campaign.classic.plugins.plugin_utils._evidence.attempts import earlier_attempts
from ansible_collections.campaign.classic.plugins.plugin_utils._evidence.files import (
    FORMAT,
    attempts_in,
    evidence_file,
    update_evidence,
)
from ansible_collections.campaign.classic.plugins.plugin_utils._evidence.records import run_of
from ansible_collections.campaign.classic.plugins.plugin_utils._evidence.undoing import rollback_targets
from tests.helpers.cure_world import WORKFLOW, Killed, World

#: The one instance of a story.
HOST = "mkt"
Data = dict[str, Any]


@dataclass
class Controller:
    """One that keeps its evidence, or a container whose disk is gone after each job.

    :param options: those of a cure that an operator chooses once: mark, on_failure, start_stopped, confirm.
    """

    there: World
    directory: Path
    options: Mapping[str, Any]
    keeps: bool = True
    #: The numbers of the tasks, by which attempts are told apart.
    tasks: count[int] = field(default_factory=count)

    def detect(self, run: str) -> Data:
        """What sync_cursor_info says, with the plans."""
        given = {"earlier": self._earlier(run), "start_stopped": self.options["start_stopped"]}
        return dict(self._ask(SYNC_CURSOR_INFO, given))

    def cure(self, run: str, plans: Sequence[Data]) -> Data | None:
        """Carry plans out. None where the process was killed: then nobody knows how it ended."""
        record = self._begin(run, "cure", plans)
        given = {**self.options, "plans": list(plans), "run_id": run, "earlier": self._earlier(run, record)}
        return self._end(record, SYNC_CURSOR, given)

    def roll_back(self, run: str) -> list[Data]:
        """Put back what a run has written, as the playbook does: while no run is on, and what is there is compared."""
        results = []
        for target in rollback_targets(run_of(str(self.directory), run, HOST)) if self.keeps else []:
            live = self._ask(OPTION_INFO, {"name": target["option"]})["options"]
            if self.there.row(HOST)["processId"] or not live or target["is_back"]:
                continue
            given = {"name": target["option"], "type": "datetime", "value": target["value"]}
            record = self._begin(run, "option", [{**target, "old_value": live[0]["value"]}])
            results.append(self._end(record, OPTION, {**given, "expected_value": live[0]["value"]}) or {})
        return results

    # -- evidence

    def _earlier(self, run: str, record: Data | None = None) -> list[Data]:
        """What earlier attempts did. The action asks before it writes the intent of its own."""
        found: list[Data] = earlier_attempts(str(self.directory), run, HOST) if self.keeps else []
        mine = None if record is None else record["started"]
        return [one for one in found if one["started"] != mine]

    def _begin(self, run: str, kind: str, plans: Sequence[Data]) -> Data:
        record = {
            "format": FORMAT,
            "kind": kind,
            "run_id": run,
            "instance": HOST,
            "task": f"task-{next(self.tasks)}",
            "started": f"{format_datetime(self.there.now()).replace(' ', 'T')}",
            "by": {},
            "intent": {**self.options, "workflow": WORKFLOW, "strategy": "lookback", "lookback": "86400s"},
            "cursors": [{"option": one["option"], "old_value": one["old_value"], "plan": one} for one in plans],
            "state": "started",
        }
        if self.keeps:
            path = evidence_file(str(self.directory), run, HOST)
            update_evidence(path, lambda there: {**record, "earlier": attempts_in(there) if there else []})
        return record

    def _end(self, record: Data, operation: Operation, given: Mapping[str, Any]) -> Data | None:
        try:
            result, failed = self._ask(operation, given), False
        except Killed:
            return None
        except CampaignError as error:
            result, failed = {"msg": str(error), "calls": self._calls}, True
        except Interrupted as stop:
            result, failed = {"msg": str(stop), "calls": self._calls}, True
        failed = failed or bool(result.pop("failed", None))
        record.update(state="ended", ended=format_datetime(self.there.now()), failed=failed, result=_outcome(result))
        if self.keeps:
            path = evidence_file(str(self.directory), record["run_id"], HOST)
            update_evidence(path, lambda there: _in_its_place(record, attempts_in(there or {})))
        return result

    # -- calls

    def _ask(self, operation: Operation, given: Mapping[str, Any]) -> Data:
        """The result of a module, with its calls."""
        defaults = {name: option.get("default") for name, option in operation.options.items()}
        request = Request({**defaults, **given}, clock=self.there.clock, sleep=self.there.sleep)
        self._calls: Data = {"writes": 0}
        with interruptible(pass_on=False), self.there.session(HOST) as session:
            try:
                answer = operation.run(request, session)
            finally:
                self._calls = {"writes": sum(call.kind is MethodClass.WRITE for call in session.calls)}
        return {**answer.result, "calls": self._calls, "failed": answer.failed, "changed": answer.changed}


def _in_its_place(record: Data, there: Sequence[Data]) -> Data:
    """The file with the end of an attempt in the place of its intent."""
    attempts = [record if one.get("task") == record["task"] else one for one in there] or [record]
    return {**attempts[-1], "earlier": attempts[:-1]}
