# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""What a backfill is asked, its windows, and how it ended. Plain data."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field
from datetime import datetime

from .._core.cursor_value import CursorValue
from .._core.errors import ValidationError
from .._core.xtk import format_datetime
from .model import Step, text_of
from .workflow_waiter import checked_seconds

if t.TYPE_CHECKING:
    from .._resources.deliveries import Delivery

#: A day, a week, a month. Seconds.
WINDOWS = (86400, 7 * 86400, 30 * 86400)
#: What is predicted is never less than this: a short run says little of a long one. Seconds.
SHORTEST_RUN = 30.0

BackfillOutcome = t.Literal["pending", "kept", "refused", "partial", "complete", "unchanged", "planned"]
#: After these nobody looks what stays possibly affected.
NOT_LISTED: frozenset[BackfillOutcome] = frozenset({"refused", "pending"})
GOOD_ENDS = frozenset({"partial", "complete", "unchanged", "planned"})


@dataclass(frozen=True)
class BackfillOptions:
    """What the operator may choose. Seconds.

    :param windows: how far back, growing.
    :param max_window: no further back than this.
    :param max_run: a run that is predicted to take longer is not begun.
    :raises ValidationError: a window is not above 0, or a time is below 0 or not a number.
    """

    windows: tuple[int, ...] = WINDOWS
    max_window: int = 30 * 86400
    max_run: float = 300.0

    def __post_init__(self) -> None:
        checked_seconds("max_run", self.max_run)
        if not self.windows or any(window <= 0 for window in (*self.windows, self.max_window)):
            raise ValidationError("windows and max_window must be durations of more than 0 seconds.")

    @property
    def steps(self) -> tuple[int, ...]:
        """How far back the cursor is set, one after the other: the last time as far as allowed. Where the old value
        lies nearer, it ends there."""
        return (*sorted({window for window in self.windows if window < self.max_window}), self.max_window)


@dataclass
class Window:
    """One step back: from when on deliveries are fetched again, what was predicted, and what came of it."""

    since: datetime
    deliveries: int | None = None
    predicted: float | None = None
    seconds: float | None = None
    outcome: str = "planned"

    def to_dict(self) -> dict[str, t.Any]:
        """The window as plain data."""
        return {
            "since": format_datetime(self.since),
            "deliveries": self.deliveries,
            "predicted_seconds": None if self.predicted is None else round(self.predicted, 1),
            "seconds": None if self.seconds is None else round(self.seconds, 1),
            "outcome": self.outcome,
        }


@dataclass
class BackfillResult:
    """How a backfill ended. ``covered`` is since when nothing is missing; ``affected`` is how many may be stale, as
    ``counted_by``, the mid, says, and None when nobody has counted. ``deliveries`` are those that the instance has, and
    None when it was not read."""

    option: str
    since: str
    outcome: BackfillOutcome = "refused"
    reason: str = ""
    covered: datetime | None = None
    after: CursorValue | None = None
    changed: bool = False
    windows: list[Window] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    affected: int | None = None
    counted_by: str = ""
    deliveries: list[Delivery] | None = None

    @property
    def covered_from(self) -> str:
        """Since when nothing is missing, XTK text; '' when that is not known."""
        return "" if self.covered is None else format_datetime(self.covered)

    def to_dict(self) -> dict[str, t.Any]:
        """The result as plain data."""
        return {
            "outcome": self.outcome,
            "reason": self.reason,
            "option": self.option,
            "since": self.since,
            "covered_from": self.covered_from,
            "after": text_of(self.after),
            "changed": self.changed,
            "windows": [window.to_dict() for window in self.windows],
            "steps": [step.to_dict() for step in self.steps],
            "affected": {
                "count": self.affected,
                "counted_by": self.counted_by,
                "listed": None if self.deliveries is None else len(self.deliveries),
                "deliveries": [vars(one) for one in self.deliveries or ()],
            },
        }


def predict(before: Window, window: Window, now: datetime) -> float:
    """Seconds that the run of a window will take, predicted from the one before it.

    By the number of deliveries where both are known and there were any, else by the length of the windows.
    """
    if before.deliveries and window.deliveries is not None:
        growth = window.deliveries / before.deliveries
    else:
        growth = (now - window.since).total_seconds() / max((now - before.since).total_seconds(), 1.0)
    return max((before.seconds or 0.0) * max(growth, 1.0), SHORTEST_RUN)
