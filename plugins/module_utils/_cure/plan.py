# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""What would cure one cursor, computed without doing it, with a digest that somebody can approve (docs/architecture.md,
Curing). Pure.

The new value is no part of a plan but for the strategy ``explicit``: the others are calculated from the clocks at the
moment of the write, so that a plan approved in the morning is still good in the evening. The digest binds what must not
have changed between the two: the instance, the workflow, the cursor, its old value, and the strategy.
"""

from __future__ import annotations

import hashlib
import json
import typing as t
from dataclasses import dataclass, fields
from datetime import datetime, timedelta, timezone

from .._core.cursor_value import CursorValue
from .._core.errors import ConflictError, ValidationError
from .._core.xtk import LONGEST_DURATION, format_datetime, format_duration
from .._diagnosis.attempts import CLOCK_TOLERANCE, NOW_OVERLAP
from .._diagnosis.model import Verdict
from .clocks import Clock, Clocks

if t.TYPE_CHECKING:
    from .._diagnosis.attempts import ResumePoint
    from .._diagnosis.model import Diagnosis

Strategy = t.Literal["lookback", "now", "explicit"]
STRATEGIES: tuple[Strategy, ...] = ("lookback", "now", "explicit")

#: How far ``lookback`` goes back by default: long enough for what changed while nobody looked. Seconds.
DEFAULT_LOOKBACK = 86400


@dataclass(frozen=True)
class Plan:
    """The move of one cursor of one instance.

    :param old_value: the cursor's value as it was read. It, and ``explicit_value``, may be given as XTK text.
    :param lookback_seconds: with ``lookback``, how far before the earliest clock the new value lies; else None.
    :param explicit_value: with ``explicit``, the new value; else None.
    :param allow_backwards: an explicit value may lie before the old one (``backfill``). It needs no place in the
        digest, because both values have theirs.
    :raises ValidationError: an unknown strategy, a parameter that is missing, of another strategy or out of range, or a
        value that is no moment.
    """

    instance: str
    workflow: str
    option: str
    account: str
    old_value: CursorValue
    strategy: Strategy
    lookback_seconds: int | None = None
    explicit_value: CursorValue | None = None
    allow_backwards: bool = False

    def __post_init__(self) -> None:
        self._check_texts()
        for name in ("old_value", "explicit_value"):
            value = getattr(self, name)
            object.__setattr__(self, name, None if value is None else CursorValue.stated(value))
        if self.strategy not in STRATEGIES:
            raise ValidationError(f"The strategy '{self.strategy}' is not known. Known are: {', '.join(STRATEGIES)}.")
        if (self.lookback_seconds is not None) != (self.strategy == "lookback"):
            raise ValidationError("lookback_seconds belongs to the strategy 'lookback', which needs it.")
        if (self.explicit_value is not None) != (self.strategy == "explicit"):
            raise ValidationError("explicit_value belongs to the strategy 'explicit', which needs it.")
        self._check_parameter()

    def _check_texts(self) -> None:
        for name in ("instance", "workflow", "option", "account", "old_value"):
            text = getattr(self, name)
            if not isinstance(text, (str, CursorValue)) or not (text or name == "account"):
                raise ValidationError(f"A plan needs a text as its {name}.")
        if not isinstance(self.explicit_value, (str, CursorValue, type(None))):
            raise ValidationError(f"explicit_value must be a moment as text, and is {self.explicit_value!r}.")

    def _check_parameter(self) -> None:
        back: t.Any = self.lookback_seconds
        whole = isinstance(back, int) and not isinstance(back, bool)
        if back is not None and not (whole and 0 <= back <= LONGEST_DURATION):
            raise ValidationError(f"lookback_seconds must be whole seconds, up to a hundred years, and is {back!r}.")
        backwards: t.Any = self.allow_backwards
        if not isinstance(backwards, bool):
            raise ValidationError(f"allow_backwards must be true or false, and is {backwards!r}.")

    @property
    def digest(self) -> str:
        """SHA-256 in hexadecimal over what the plan binds. Moments count as whole seconds in UTC, however written."""
        return _sha256(self._bound())

    def _bound(self) -> dict[str, t.Any]:
        return {
            "instance": self.instance,
            "workflow": self.workflow,
            "option": self.option,
            "old_value": _whole_seconds(self.old_value),
            "strategy": self.strategy,
            "parameter": self.lookback_seconds if self.explicit_value is None else _whole_seconds(self.explicit_value),
        }

    def target(self, clocks: Clocks) -> datetime:
        """The new value, at whole seconds in UTC, for this moment.

        :raises ValidationError: it would lie in the future, or not after the old value.
        """
        # Read back after the write it is compared at whole seconds (campaign_facts, Writing options), so it has none
        # but those.
        found = self._found(clocks.earliest.now).replace(microsecond=0)
        self._check_future(found, clocks)
        old = self.old_value.known().replace(microsecond=0)
        if found <= old and not (self.allow_backwards and self.strategy == "explicit" and found != old):
            counted, first = self._counted_from(clocks)
            raise ValidationError(
                f"The new value {format_datetime(found)}{counted} is not later than the old one, {self.old_value}.",
                next_step=f"{first}Choose a shorter lookback or a later value: moving back asks for even more.",
                instance=self.instance,
            )
        return found

    def _found(self, now: datetime) -> datetime:
        if self.explicit_value is not None:
            return self.explicit_value.known()
        back = NOW_OVERLAP if self.lookback_seconds is None else self.lookback_seconds
        try:
            return CursorValue.at(now).known() - timedelta(seconds=back)
        except OverflowError:  # a clock in the first years of the calendar
            return datetime.min.replace(tzinfo=timezone.utc)

    def _check_future(self, found: datetime, clocks: Clocks) -> None:
        """Only an explicit value can lie in the future: of the server, or of another host that is known."""
        ahead = Clock("the server", clocks.server)
        if found <= clocks.server:
            ahead = clocks.earliest
            if (found - ahead.now).total_seconds() <= CLOCK_TOLERANCE:
                return
        raise ValidationError(
            f"The new value {format_datetime(found)} lies in the future of {ahead.host}, whose clock says "
            f"{format_datetime(ahead.now)}.",
            next_step="A cursor in the future silences the workflow without an error: choose an earlier one.",
            instance=self.instance,
        )

    def _counted_from(self, clocks: Clocks) -> tuple[str, str]:
        """Which clock a calculated value follows, where it is not the server's, and what is to be done first then."""
        if self.strategy == "explicit" or not clocks.behind:
            return "", ""
        behind = format_duration(clocks.behind)
        counted = f", by the clock of {clocks.earliest.host}, which is {behind} behind the server's,"
        return counted, "Compare the clocks, and set right the one that is wrong. "

    def describe(self) -> str:
        """The plan as one sentence."""
        how = {
            "lookback": f"the time minus {format_duration(self.lookback_seconds or 0)}",
            "now": f"the time minus {format_duration(NOW_OVERLAP)}",
            "explicit": str(self.explicit_value),
        }[self.strategy]
        return f"{self.instance}: move {self.option} from {self.old_value} to {how} and run {self.workflow} afresh."

    def to_dict(self) -> dict[str, t.Any]:
        """The plan as plain data, with its digest."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        texts = {name: value.text for name, value in values.items() if isinstance(value, CursorValue)}
        return {**values, **texts, "digest": self.digest}

    @classmethod
    def from_dict(cls, data: t.Mapping[str, t.Any]) -> Plan:
        """The plan that ``to_dict`` gave; a digest beside it must be its own.

        :raises ValidationError: a key is unknown or missing, a value cannot be right, or the digest is another's.
        """
        given = dict(data)
        digest = given.pop("digest", None)
        known = {one.name for one in fields(cls)}
        if set(given) - known:
            raise ValidationError(f"A plan has no {', '.join(sorted(map(str, set(given) - known)))}.")
        try:
            plan = cls(**given)
        except TypeError as error:
            raise ValidationError(f"The plan is not complete: {error}.") from error
        if digest is not None and digest != plan.digest:
            raise ValidationError(
                "The plan is not the one that its digest was made for: it was changed since.",
                next_step="Detect again and make a new plan.",
                instance=plan.instance,
            )
        return plan


# Complex: each strategy has a parameter of its own.
def make_plan(
    instance: str,
    diagnosis: Diagnosis,
    *,
    clocks: Clocks | None = None,
    strategy: Strategy = "lookback",
    lookback_seconds: int = DEFAULT_LOOKBACK,
    explicit_value: datetime | None = None,
    allow_backwards: bool = False,
) -> Plan:
    """The plan for a cursor that was found stuck. ``lookback_seconds`` counts only with ``lookback``, and so on.

    :param clocks: of the moment of the diagnosis; without them the server's alone counts.
    :raises ConflictError: the verdict is another, or the collection does not move this kind of cursor.
    :raises ValidationError: the strategy cannot give a value that is right, as things stand at that time.
    """
    name = diagnosis.option or diagnosis.account or diagnosis.workflow
    if diagnosis.verdict is not Verdict.STUCK:
        raise ConflictError(
            f"No plan for '{name}': the verdict is '{diagnosis.verdict.value}' and not 'stuck'. {diagnosis.reason}",
            next_step=diagnosis.proposal,
            instance=instance,
        )
    if not diagnosis.cures:
        raise ConflictError(
            f"No plan for '{name}': this kind of cursor is shown and never moved.",
            next_step=diagnosis.proposal,
            instance=instance,
        )
    plan = Plan(
        instance=instance,
        workflow=diagnosis.workflow,
        option=diagnosis.option,
        account=diagnosis.account,
        old_value=diagnosis.old_value,
        strategy=strategy,
        lookback_seconds=lookback_seconds if strategy == "lookback" else None,
        explicit_value=CursorValue.at(explicit_value) if explicit_value and strategy == "explicit" else None,
        allow_backwards=allow_backwards,
    )
    if diagnosis.server_time is not None and not is_written(diagnosis.resume_point, plan):
        plan.target(clocks or Clocks(diagnosis.server_time))
    return plan


def is_written(point: ResumePoint | None, plan: Plan) -> bool:
    """Whether an attempt at this very plan wrote the present value: the cursor is only to be seen on."""
    return point is not None and point.written and point.old_value.is_same(plan.old_value)


def fleet_digest(plans: t.Iterable[Plan]) -> str:
    """SHA-256 over the digests of all plans of a fleet, in whatever order they come."""
    return _sha256(sorted(plan.digest for plan in plans))


def drift(approved: Plan, now: Plan) -> list[str]:
    """What differs, of what binds, between the plan that was approved and the one that would be made now."""
    before, after = approved._bound(), now._bound()
    return [
        f"The {name.replace('_', ' ')} was {before[name]} and is {after[name]}."
        for name in before
        if before[name] != after[name]
    ]


def _whole_seconds(value: CursorValue) -> str:
    return format_datetime(value.known().replace(microsecond=0))


def _sha256(data: t.Any) -> str:
    canonical = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()
