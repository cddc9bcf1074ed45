# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``tracking``: the log files of the redirection server become tracking logs (campaign_facts, Technical workflows and
Siblings).

`NmsTracking_Pointer` is a text: the date of the last message that was processed, and its id; the id in hex is the name
of the log file. It is written at the end of a run. A run that is stopped before leaves it, and the next one reads the
same messages again; each becomes one tracking log, however often it is read. Messages that lie before a pointer which
was moved forward are never read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ..database.guesses import TRACKING_LOG
from ..database.rows import OPTION
from ..engine.runs import Activity, ActivityError, Busy, RunContext, date_text
from .event_streams import EPOCH, happened, read_text

WORKFLOW_NAME = "tracking"
POINTER = "NmsTracking_Pointer"
CONSOLIDATION = "NmsTracking_LastConsolidation"


def tracking(hits: float, seconds: float) -> tuple[Activity, ...]:
    """The activities of the workflow, for a redirection server with one message every `hits` seconds."""
    return ReadLogFiles(hits), Busy(seconds, "recover"), Consolidate()


def pointer_text(message: int, moment: datetime) -> str:
    """A pointer's value. How date and id are set apart is not documented."""
    return f"{date_text(moment)};{message}"


def read_pointer(text: str) -> tuple[int, datetime]:
    """The message and the date of a pointer; the beginning of time for an empty one. ValueError for any other text."""
    if not text.strip():
        return 0, EPOCH
    moment, _unused, message = text.strip().partition(";")
    return int(message), datetime.fromisoformat(moment)


def file_name(message: int) -> str:
    """The log file in which a message is."""
    return f"{message:x}"


@dataclass(frozen=True, slots=True)
class ReadLogFiles:
    """Read what the redirection server has written since the pointer."""

    hits: float
    name: str = "download"

    async def run(self, context: RunContext, /) -> None:
        """Leave the `messages` for the next activities. Raises ActivityError for a pointer that is none."""
        text = read_text(context.store, POINTER)
        try:
            last, since = read_pointer(text)
        except ValueError:
            raise ActivityError(f"Option '{POINTER}' holds no date with a message: '{text[:100]}'.") from None
        found = happened(self.hits, since, context.now())
        context.data["messages"] = [(number, moment) for number, moment in found if number > last]


@dataclass(frozen=True, slots=True)
class Consolidate:
    """Make tracking logs of the messages, and write the pointer when all are made."""

    name: str = "consolidate"

    async def run(self, context: RunContext, /) -> None:
        """One log a message, whether or not it was read before."""
        messages: Sequence[tuple[int, datetime]] = context.data["messages"]
        for number, moment in messages:
            if not context.store.find(TRACKING_LOG, name=file_name(number)):
                context.store.insert(TRACKING_LOG, {"name": file_name(number), "logDate": moment})
        if not messages:
            return
        context.write_date(CONSOLIDATION, context.now())
        _write_text(context, POINTER, pointer_text(*messages[-1]))
        context.journal.info(
            f"{len(messages)} messages processed, up to log file {file_name(messages[-1][0])}.", self.name
        )


def _write_text(context: RunContext, option: str, value: str) -> None:
    rows = context.store.find(OPTION, name=option)
    if rows:
        context.store.update(OPTION, rows[0]["id"], {"stringValue": value})
    else:
        context.store.insert(OPTION, {"name": option, "dataType": 6, "stringValue": value})
