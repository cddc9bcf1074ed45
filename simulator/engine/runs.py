# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run of a workflow, and the activities that it passes through.

A run that fails keeps what it has read. When it is resumed, it re-executes the activity that failed, but none of the
earlier ones (campaign_facts, Orders): an activity that failed on something an earlier one had read meets the same thing
again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from ..clock.clock import Clock
from ..clock.tasks import Job
from ..config.switches import Switches
from ..database.rows import OPTION, Rows
from .journal import Journal


class ActivityError(Exception):
    """An activity failed; `text` is what the journal will say of it."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class Activity(Protocol):
    """One step of a workflow. It holds no state of its own: many instances share it."""

    @property
    def name(self) -> str:
        """The name in the journal and in @errorActivity."""

    async def run(self, context: RunContext, /) -> None:
        """Do the step. Raises ActivityError; is cancelled when the workflow is stopped or killed."""


@dataclass(slots=True, eq=False)
class Run:
    """One pass through the activities. `position` is the next one; `data` is what the passed ones have left;
    `error` is why it failed."""

    position: int = 0
    data: dict[str, Any] = field(default_factory=dict)
    pausing: bool = False
    stopping: bool = False
    process_id: int = 0
    error: str = ""
    job: Job | None = None


@dataclass(slots=True)
class RunContext:
    """What an activity sees of its instance, its workflow and its run."""

    instance: str
    operator: str
    store: Rows
    clock: Clock
    journal: Journal
    switches: Switches
    variables: dict[str, str]
    data: dict[str, Any]
    now: Callable[[], datetime]
    activity: str = ""

    def write_date(self, option: str, value: datetime) -> None:
        """Set an option to a date and log it, as a workflow's script does (campaign_facts, Option rows).

        The option keeps its type: datetime, or text; a missing one is created as a datetime. Raises ActivityError for
        an option of another type.
        """
        rows = self.store.find(OPTION, name=option)
        if not rows:
            row_id = self.store.insert(OPTION, {"name": option, "dataType": 7, "timeStampValue": value})
        else:
            row_id = rows[0]["id"]
            if rows[0]["dataType"] == 7:
                self.store.update(OPTION, row_id, {"timeStampValue": value})
            elif rows[0]["dataType"] == 6:
                self.store.update(OPTION, row_id, {"stringValue": date_text(value)})
            else:
                raise ActivityError(f"Option '{option}' is of type {rows[0]['dataType']} and cannot hold a date.")
        self.journal.info(
            f"AuditTrail: Option '{option}' with id '{row_id}' modified by '{self.operator}'", self.activity
        )


def date_text(value: datetime) -> str:
    """A datetime as Campaign writes it: ``2026-11-23 02:00:00.000Z`` (campaign_facts, Values). `value` is in UTC."""
    return f"{value:%Y-%m-%d %H:%M:%S}.{value.microsecond // 1000:03d}Z"


@dataclass(frozen=True, slots=True)
class Busy:
    """An activity that takes its time and reads nothing: the body of a workflow whose work is not simulated."""

    seconds: float = 5.0
    name: str = "work"

    async def run(self, context: RunContext, /) -> None:
        """Work for so many virtual seconds."""
        await context.clock.sleep(self.seconds)


@dataclass(frozen=True, slots=True)
class MarkDate:
    """An activity that notes the time of the run in an option, as many technical workflows do (campaign_facts,
    Siblings)."""

    option: str
    name: str = "mark"

    async def run(self, context: RunContext, /) -> None:
        """Set the option to the instance's time."""
        context.write_date(self.option, context.now())
