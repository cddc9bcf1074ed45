# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""What a cure is asked, what it has done to each cursor, and how it ended. Plain data."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, replace

from .._core.counted import counted
from .._core.errors import ValidationError
from .._diagnosis.attempts import RUN_NAME
from .._diagnosis.outcomes import OUTCOMES, Outcome
from .workflow_waiter import checked_seconds

if t.TYPE_CHECKING:
    from .._core.cursor_value import CursorValue
    from .._diagnosis.diagnose import Diagnosis
    from .plan import Plan
    from .state import CureState


class Ended(Exception):
    """Leaves the cure with an outcome for every cursor that has none yet. Never leaves ``Cure.run``."""

    def __init__(self, outcome: Outcome, reason: str) -> None:
        super().__init__(reason)
        self.outcome: Outcome = outcome
        self.reason = reason


@dataclass(frozen=True)
class CureOptions:
    """What the operator may choose. Times in seconds; ``verify_timeout`` None means two periods of the schedule.

    :param confirm: wait for a second run, which the scheduler starts.
    :param mark: write the old value and the name of the run into the option's description.
    :param run_id: the name of the run; needed for a mark.
    :param start_stopped: treat a workflow that somebody has stopped, too.
    :raises ValidationError: a time is below 0 or not a number, or a mark is asked for without a valid ``run_id``.
    """

    verify_timeout: float | None = None
    order_timeout: float = 300.0
    on_failure: t.Literal["restore", "keep"] = "restore"
    force: bool = False
    confirm: bool = False
    mark: bool = False
    run_id: str = ""
    start_stopped: bool = False
    check_mode: bool = False

    def __post_init__(self) -> None:
        checked_seconds("order_timeout", self.order_timeout)
        if self.verify_timeout is not None:
            checked_seconds("verify_timeout", self.verify_timeout)
        if self.mark and not RUN_NAME.fullmatch(self.run_id):
            raise ValidationError(
                f"A mark needs the name of the run, and {self.run_id!r} is none.",
                next_step="Give run_id as one word of letters, digits, '.', '_' and '-'.",
            )


@dataclass(frozen=True)
class Step:
    """One thing that the cure did, when by the server's clock, and what came of it."""

    at: str
    action: str
    detail: str

    def to_dict(self) -> dict[str, str]:
        """The step as plain data."""
        return {"at": self.at, "action": self.action, "detail": self.detail}


@dataclass(frozen=True)
class Move:
    """One cursor of the cure: what was planned, what we wrote, and how it ended.

    :param written: the value that we sent, or that an earlier attempt has written; None when neither is the case.
    :param unsure: whether what we sent has arrived, or will, is not known.
    :param back_lost: whether the old value, which we sent to put it back, has arrived, or will, is not known.
    :param undone: the old value was put back, or was still there: nothing of what we sent remains, unless it is unsure.
    :param shown: it is known that this cursor's query is too slow, and not only that its workflow fails.
    :param put_back: it was moved, that did not help, and its old value was put back.
    :param resumed: the name of the earlier run that has written it.
    :param assumed: that this run has written it is not known: it can have calculated the value.
    :param after: the value as it was last read.
    :param target: where the cursor would go now; None where the plan leads nowhere.
    """

    plan: Plan
    diagnosis: Diagnosis | None = None
    written: CursorValue | None = None
    unsure: bool = False
    back_lost: bool = False
    undone: bool = False
    shown: bool = False
    put_back: bool = False
    resumed: str = ""
    assumed: bool = False
    after: CursorValue | None = None
    target: CursorValue | None = None
    outcome: Outcome | None = None
    reason: str = ""

    @property
    def option(self) -> str:
        """The cursor's option."""
        return self.plan.option

    @property
    def is_open(self) -> bool:
        """Whether it has no outcome yet."""
        return self.outcome is None

    def ended(self, outcome: Outcome, reason: str) -> Move:
        """The move with this outcome, unless it has one already."""
        return replace(self, outcome=outcome, reason=reason) if self.is_open else self

    def describe(self) -> str:
        """The move as part of a sentence."""
        if self.resumed:
            return f"{self.option}, which the run '{self.resumed}' has moved from {self.plan.old_value}"
        number = self.changed_between
        between = "" if number is None else f" ({counted(number, 'delivery')} changed between)"
        return f"{self.option} from {self.plan.old_value} to {self.target or ''}{between}"

    @property
    def changed_between(self) -> int | None:
        """How many deliveries changed between the old value and the new one, as the mid said; None if it did not."""
        told = None if self.diagnosis is None else self.diagnosis.mid
        return None if told is None else told.jumped_over

    def jumped_over(self) -> str:
        """The same as a further sentence, or ''."""
        number = self.changed_between
        return (
            "" if number is None else f" {counted(number, 'delivery')} changed between its old value and the new one."
        )

    def to_dict(self) -> dict[str, t.Any]:
        """The move as plain data."""
        return {
            "option": self.option,
            "account": self.plan.account,
            "outcome": self.outcome or "refused",
            "reason": self.reason,
            "old_value": self.plan.old_value.text,
            "written": text_of(self.written),
            "unsure": self.unsure,
            "back_lost": self.back_lost,
            "undone": self.undone and not self.unsure,
            "after": text_of(self.after),
            "resumed_run": self.resumed,
            "changed_between": self.changed_between,
            "digest": self.plan.digest,
        }


def text_of(value: CursorValue | None) -> str | None:
    """A value for a result."""
    return None if value is None else value.text


@dataclass(frozen=True)
class CureResult:
    """How the cure ended, and everything that is needed to undo it or to finish it manually."""

    state: CureState

    @property
    def moves(self) -> tuple[Move, ...]:
        """What became of each cursor."""
        return self.state.moves

    @property
    def steps(self) -> list[Step]:
        """What was done, in order."""
        return list(self.state.steps)

    @property
    def errors(self) -> list[str]:
        """The journal's errors of the run that followed."""
        return list(self.state.errors)

    @property
    def changed(self) -> bool:
        """Whether something was changed, or would be."""
        return self.state.changed or self.outcome == "planned"

    @property
    def decisive(self) -> Move:
        """The cursor whose outcome is the worst; the first of several."""
        return min(self.moves, key=lambda move: OUTCOMES.index(move.outcome or "refused"))

    @property
    def outcome(self) -> Outcome:
        """The worst outcome of its cursors."""
        return self.decisive.outcome or "refused"

    @property
    def reason(self) -> str:
        """Why it ended so; of several cursors each with its name, the worst first."""
        reasons = dict.fromkeys(move.reason for move in self.moves)
        if len(reasons) == 1:
            return self.decisive.reason
        order = sorted(self.moves, key=lambda move: OUTCOMES.index(move.outcome or "refused"))
        return " ".join(f"{move.option}: {move.outcome}. {move.reason}" for move in order)

    @property
    def plan(self) -> Plan:
        """The plan of the decisive cursor. So are the properties below."""
        return self.decisive.plan

    @property
    def diagnosis(self) -> Diagnosis | None:
        """What was found of it before anything was sent."""
        return self.decisive.diagnosis

    @property
    def written(self) -> str | None:
        """What was written to it."""
        return text_of(self.decisive.written)

    @property
    def after(self) -> str | None:
        """Where it was last seen."""
        return text_of(self.decisive.after)

    def to_dict(self) -> dict[str, t.Any]:
        """The result as plain data: dates as XTK text."""
        return {
            "outcome": self.outcome,
            "reason": self.reason,
            "plan": self.plan.to_dict(),
            "digest": self.plan.digest,
            "diagnosis": self.diagnosis.to_dict() if self.diagnosis else None,
            "old_value": self.plan.old_value.text,
            "written": self.written,
            "after": self.after,
            "moves": [move.to_dict() for move in self.moves],
            "changed": self.changed,
            "found_stopped": self.state.found_stopped,
            "left_stopped": self.state.left_stopped,
            "stood": dict(self.state.stood),
            "steps": [step.to_dict() for step in self.steps],
            "errors": self.errors,
        }
