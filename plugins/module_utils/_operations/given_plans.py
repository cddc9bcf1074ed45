# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The plans that ``sync_cursor`` is given: as ``sync_cursor_info`` wrote them, or in options of their own. Pure.

A plan is only read here, and checked against its digest: what a caller has changed, or lost a part of, is refused.
"""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from .._core.cursor_value import CursorValue
from .._core.errors import ValidationError
from .._cure.plan import STRATEGIES, Plan, Strategy
from .times import moment, seconds

#: What ``sync_cursor_info`` shows beside a plan. It changes with the time, and the digest does not bind it.
_SHOWN = frozenset({"new_value", "mid"})
#: What every plan has, beside what its strategy needs.
_NEEDED = ("instance", "workflow", "option", "old_value", "strategy", "digest")

#: The option ``plans``. A key that is missing is refused below, with the name of its plan.
PLANS_OPTION: dict[str, t.Any] = {
    "type": "list",
    "elements": "dict",
    "options": {
        "instance": {"type": "str"},
        "workflow": {"type": "str"},
        "option": {"type": "str"},
        "account": {"type": "str"},
        "old_value": {"type": "str"},
        "strategy": {"type": "str", "choices": list(STRATEGIES)},
        "lookback_seconds": {"type": "int"},
        "explicit_value": {"type": "str"},
        "allow_backwards": {"type": "bool"},
        "digest": {"type": "str"},
        "new_value": {"type": "str"},
        "mid": {"type": "dict"},
    },
}


def given_plans(params: Mapping[str, t.Any], instance: str) -> list[Plan]:
    """The plans for one instance. What is not in them is not moved.

    :param params: the validated options of ``sync_cursor``.
    :raises ValidationError: a plan is not as it was written, or is another instance's; an option cannot be right.
    """
    if params.get("plans") is not None:
        return [_as_written(one, number, instance) for number, one in enumerate(params["plans"])]
    return _from_options(params, instance)


def _as_written(data: Mapping[str, t.Any], number: int, instance: str) -> Plan:
    name = f"plans[{number}] ({data.get('option') or 'of no option'})"
    again = "Nothing was sent. Detect again, and give the plans as they are in its result."
    try:
        plan = _whole(data)
    except ValidationError as error:
        raise ValidationError(f"{name}: {error.message}", instance=instance, next_step=again) from error
    if plan.instance != instance:
        raise ValidationError(
            f"{name}: the plan was made for '{plan.instance}', and this is '{instance}'.",
            instance=instance,
            next_step="Nothing was sent. Give each instance its own plans.",
        )
    if plan.allow_backwards:
        # The digest does not bind it, and no plan of sync_cursor_info has it.
        raise ValidationError(f"{name}: a cure moves no cursor backwards.", instance=instance, next_step=again)
    return plan


def _whole(data: Mapping[str, t.Any]) -> Plan:
    """The plan, when it has all of its parts and its digest is its own. Raises ValidationError."""
    kept = {name: value for name, value in data.items() if name not in _SHOWN and value is not None}
    missing = [name for name in _NEEDED if name not in kept]
    if missing:
        raise ValidationError(f"The plan has no {', '.join(missing)}.")
    return Plan.from_dict({"account": "", **kept})


def _from_options(params: Mapping[str, t.Any], instance: str) -> list[Plan]:
    # Of the options of a backfill, whose evidence names the cursor in the same way, these are missing.
    strategy: Strategy = params.get("strategy") or "lookback"
    explicit = params.get("value")
    if (strategy == "explicit") != (explicit is not None):
        raise ValidationError("strategy=explicit and value belong together.", next_step="Give both, or neither.")
    lookback = int(seconds(params.get("lookback") or "1d", "lookback")) if strategy == "lookback" else None
    target = None if explicit is None else CursorValue.at(moment(explicit, "value"))
    alone = {name: params.get(name) for name in ("cursor", "expected_value", "account")}
    return [
        Plan(
            instance=instance,
            workflow=params["workflow"],
            option=one["cursor"],
            account=one.get("account") or "",
            old_value=CursorValue.at(moment(one["expected_value"], "expected_value")),
            strategy=strategy,
            lookback_seconds=lookback,
            explicit_value=target,
        )
        for one in params.get("cursors") or [alone]
    ]
