# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal of a workflow: rows of xtk:workflowLog (campaign_facts, Attributes)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import IntEnum

from ..config.spec import JournalRow
from ..config.switches import Switches
from ..database.rows import WORKFLOW_LOG, Rows


class LogType(IntEnum):
    """xtk:workflowLog/@logType; the numbers are those of a sibling enumeration (campaign_facts, unknown 8)."""

    ERROR = 0
    WARNING = 1
    INFO = 2
    STATUS = 3


OTHER_NUMBERS = {LogType.ERROR: 1, LogType.WARNING: 2, LogType.INFO: 0, LogType.STATUS: 3}
"""The numbers by the switch `log_type_numbers`, where 0 is not an error."""


class Journal:
    """Writes the lines of one workflow, dated by the instance's own clock. The switches say where an error stands."""

    def __init__(
        self, store: Rows, workflow_id: int, now: Callable[[], datetime], switches: Callable[[], Switches] = Switches
    ) -> None:
        self._store = store
        self._workflow_id = workflow_id
        self._now = now
        self._switches = switches

    def restore(self, row: JournalRow) -> None:
        """Add a row of the past as it is."""
        self._insert(LogType[row.type.upper()], row.at, row.activity, row.error, row.message)

    def write(self, kind: LogType, text: str, activity: str = "") -> None:
        """Add a line; `activity` is "" for what concerns the whole workflow."""
        switches = self._switches()
        wrong = kind is LogType.ERROR
        error = text if wrong and switches.error_place != "message" else ""
        message = text if not wrong or switches.error_place != "error" else ""
        self._insert(kind, self._now(), activity, error, message)

    def _insert(self, kind: LogType, at: datetime, activity: str, error: str, message: str) -> None:
        sibling = self._switches().log_type_numbers == "error_0"
        self._store.insert(
            WORKFLOW_LOG,
            {
                "workflow-id": self._workflow_id,
                "activity": activity,
                "logDate": at,
                "logType": int(kind) if sibling else OTHER_NUMBERS[kind],
                "error": error,
                "message": message,
            },
        )

    def error(self, text: str, activity: str = "") -> None:
        """Something failed."""
        rows = self._switches().error_rows
        if rows == "before":
            self.info(text, activity)
            text = f"Error while executing the activity '{activity}'."
        for part in parted(text, rows):
            self.write(LogType.ERROR, part, activity)

    def warning(self, text: str, activity: str = "") -> None:
        """Something was not done, or not as asked."""
        self.write(LogType.WARNING, text, activity)

    def info(self, text: str, activity: str = "") -> None:
        """Something an activity did."""
        self.write(LogType.INFO, text, activity)

    def status(self, text: str) -> None:
        """The workflow's or a run's begin and end."""
        self.write(LogType.STATUS, text)


def parted(text: str, rows: str) -> list[str]:
    """A text as the rows that it is cut into: in the middle, between two words or within one."""
    middle = len(text) // 2
    if rows == "words" and " " in text:
        middle = min((at for at, sign in enumerate(text) if sign == " "), key=lambda at: abs(at - middle))
        return [text[:middle], text[middle + 1 :]]
    if rows == "word" and len(text) > 1:
        # Not beside a space: that would be between two words.
        inside = [at for at in range(1, len(text)) if " " not in text[at - 1 : at + 1]]
        middle = min(inside or [middle], key=lambda at: abs(at - middle))
        return [text[:middle], text[middle:]]
    return [text]
