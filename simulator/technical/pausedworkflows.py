# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``cleanupPausedWorkflows``: a workflow that stays paused too long is stopped by the server itself (campaign_facts,
Other causes).

After a week there is a warning; after four weekly ones the workflow is stopped unconditionally. A failed workflow is a
paused one, so a stuck synchronisation does not stay *failed*: after some five weeks it is *stopped*, and shows
no error any more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ..database.rows import OPTION, WORKFLOW, WORKFLOW_LOG
from ..engine.journal import Journal, LogType
from ..engine.orders import State
from ..engine.runs import Activity, Busy, RunContext

WORKFLOW_NAME = "cleanupPausedWorkflows"
PERIOD_OPTION = "NmsServer_PausedWorkflowPeriod"
FIRST_BUILD = 8880
"""Older builds have no such workflow."""

PERIOD = 7
"""Days between two checks of a workflow, unless the option says otherwise."""

NOTICES = 4
"""How many warnings come before the end."""

_PAUSED = "Workflow paused."
_NOTICE = "This workflow has been paused for more than"

Stop = Callable[[int], None]
"""Stops a workflow unconditionally, by its id."""


def cleanup_paused(stop: Stop, seconds: float) -> tuple[Activity, ...]:
    """The activities of the workflow."""
    return Busy(seconds, "prepare"), CheckPaused(stop)


@dataclass(frozen=True, slots=True)
class CheckPaused:
    """Warn of each workflow that is paused for too long, or stop it."""

    stop: Stop
    name: str = "checkPaused"

    async def run(self, context: RunContext, /) -> None:
        """The warnings stand in the journal of the workflow that they are about."""
        rows = context.store.find(OPTION, name=PERIOD_OPTION)
        days = int(rows[0]["longValue"] or PERIOD) if rows else PERIOD
        for workflow in context.store.find(WORKFLOW, state=int(State.PAUSED)):
            lines = context.store.find(WORKFLOW_LOG, **{"workflow-id": workflow["id"]})
            since = paused_since(workflow, lines)
            if since is None or context.now() - since < timedelta(days=days):
                continue
            if warned(lines, since) >= NOTICES:
                self.stop(workflow["id"])
            else:
                journal = Journal(context.store, workflow["id"], context.now)
                journal.warning(f"{_NOTICE} {days} days. It will be stopped after {NOTICES} such warnings.")


def paused_since(workflow: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> datetime | None:
    """When a workflow was paused for the last time, by its journal; when that does not reach back so far (the cleanup
    shortens it), the end of its last run."""
    noted = max((line["logDate"] for line in lines if line["message"] == _PAUSED), default=None)
    ended: datetime | None = workflow["processDate"]
    return noted or ended


def warned(lines: Sequence[Mapping[str, Any]], since: datetime) -> int:
    """How many warnings there were since then."""
    return sum(
        line["logType"] == LogType.WARNING and line["message"].startswith(_NOTICE) and line["logDate"] >= since
        for line in lines
    )
