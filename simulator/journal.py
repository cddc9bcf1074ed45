# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal of a workflow: rows of xtk:workflowLog (domain.md 5.6)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import IntEnum

from .rows import WORKFLOW_LOG, Rows


class LogType(IntEnum):
    """xtk:workflowLog/@logType; the numbers are those of a sibling enumeration (domain.md 7 row 8)."""

    ERROR = 0
    WARNING = 1
    INFO = 2
    STATUS = 3


class Journal:
    """Writes the lines of one workflow, dated by the instance's own clock. An error's text stands in `error`."""

    def __init__(self, store: Rows, workflow_id: int, now: Callable[[], datetime]) -> None:
        self._store = store
        self._workflow_id = workflow_id
        self._now = now

    def write(self, kind: LogType, text: str, activity: str = "") -> None:
        """Add a line; `activity` is "" for what concerns the whole workflow."""
        self._store.insert(
            WORKFLOW_LOG,
            {
                "workflow-id": self._workflow_id,
                "activity": activity,
                "logDate": self._now(),
                "logType": int(kind),
                "error": text if kind is LogType.ERROR else "",
                "message": "" if kind is LogType.ERROR else text,
            },
        )

    def error(self, text: str, activity: str = "") -> None:
        """Something failed."""
        self.write(LogType.ERROR, text, activity)

    def warning(self, text: str, activity: str = "") -> None:
        """Something was not done, or not as asked."""
        self.write(LogType.WARNING, text, activity)

    def info(self, text: str, activity: str = "") -> None:
        """Something an activity did."""
        self.write(LogType.INFO, text, activity)

    def status(self, text: str) -> None:
        """The workflow's or a run's begin and end."""
        self.write(LogType.STATUS, text)
