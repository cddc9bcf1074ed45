# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""What the record of one attempt tells. Pure."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping
from datetime import datetime

from ...module_utils._core.errors import ValidationError
from ...module_utils._core.xtk import parse_datetime
from ...module_utils._cure.workflow_waiter import ALREADY
from ...module_utils._diagnosis.attempts import AS_IT_STANDS, GOES_ON_FOR, may_have_stopped
from ...module_utils._diagnosis.catalogue import CATALOGUE
from ...module_utils._diagnosis.outcomes import UNFINISHED

Data = dict[str, t.Any]
#: The steps of a cure or a backfill by which it has seen a run of the workflow.
_RUNS = frozenset({"verified", "failed", "confirmed", "fetched"})
_ORDERS = frozenset({"start", "stop", "kill", "wakeup"})


def is_unfinished(attempt: Mapping[str, t.Any]) -> bool:
    """Whether an attempt may have left its work half done. A task that has succeeded has not, and an option or a
    workflow has no outcome that could say so."""
    if attempt.get("state") == "ended" and not attempt.get("failed", True):
        return False
    result = attempt.get("result") or {}
    return str(result.get("outcome") or "") in UNFINISHED and not wrote_nothing(attempt)


def changed_by(attempt: Mapping[str, t.Any]) -> frozenset[str]:
    """The names of what an attempt was to change: its options, or of an order its workflows."""
    options = [str(one["option"]) for one in attempt.get("cursors") or []]
    return frozenset(options or workflows_ordered(attempt))


def workflows_ordered(attempt: Mapping[str, t.Any]) -> list[str]:
    """The names of the workflows to which an attempt was to give orders."""
    intent = attempt.get("intent") or {}
    return [str(name) for name in intent.get("names") or [intent.get("name")] if name]


def cured_rows(attempt: Mapping[str, t.Any]) -> list[Data]:
    """The cursors of a cure that may have sent something; none of any other task."""
    return list(attempt["cursors"]) if attempt.get("kind") == "cure" and not wrote_nothing(attempt) else []


def moves_of(attempt: Mapping[str, t.Any]) -> dict[str, Mapping[str, t.Any]]:
    """The known result of each cursor of an attempt."""
    return {str(move["option"]): move for move in (attempt.get("result") or {}).get("moves") or []}


def wrote_nothing(attempt: Mapping[str, t.Any]) -> bool:
    """Whether an attempt is known to have sent nothing that changes the instance."""
    calls = (attempt.get("result") or {}).get("calls") or {}
    return attempt.get("state") == "ended" and calls.get("writes") == 0


def workflow_of(option: str) -> str:
    """The workflow that moves a cursor which the collection may move; '' for any other option."""
    return next((kind.workflow for kind in CATALOGUE if kind.cure == "move" and kind.covers(option)), "")


def workflow_of_attempt(attempt: Mapping[str, t.Any]) -> str:
    """The workflow of a cure or a backfill, whose intent holds no defaults."""
    given = (attempt.get("intent") or {}).get("workflow")
    return str(given or workflow_of(str(attempt["cursors"][0]["option"])))


def has_seen_a_run(attempt: Mapping[str, t.Any]) -> bool:
    return any(step.get("action") in _RUNS for step in _steps(attempt.get("result") or {}))


def has_kept(attempt: Mapping[str, t.Any]) -> bool:
    return attempt.get("kind") == "cure" and (attempt.get("result") or {}).get("outcome") == "kept"


def has_left_stopped(told: Data) -> bool:
    """Whether an attempt that may have sent something, as the module is told of it, may have left its workflow
    stopped."""
    return may_have_stopped(
        told["outcome"] or "", told["orders"], left_stopped=told["left_stopped"], is_theirs=told["found_stopped"]
    )


def is_recent(attempt: Mapping[str, t.Any], now: datetime) -> bool:
    """Whether an attempt began within ``GOES_ON_FOR``. An attempt without a start time did not."""
    until = lands_until(attempt)
    return until is not None and now < until


def lands_until(attempt: Mapping[str, t.Any]) -> datetime | None:
    """From when on no write of an attempt is on its way any more; None where its start is not known."""
    started = _moment(attempt)
    try:
        return None if started is None else started + GOES_ON_FOR
    except OverflowError:  # a year that no calendar goes beyond
        return None


def is_after(attempt: Mapping[str, t.Any], moment: datetime | None) -> bool:
    started = _moment(attempt)
    return started is not None and moment is not None and started >= moment


def may_land(attempt: Mapping[str, t.Any], option: str) -> bool:
    """Whether the answer to the write of a new value was lost. That of the old one does no harm where it lands."""
    return bool(moves_of(attempt).get(option, {}).get("unsure"))


def _moment(attempt: Mapping[str, t.Any]) -> datetime | None:
    """When an attempt began, by the controller's clock; None where that cannot be read."""
    try:
        return parse_datetime(str(attempt.get("started")))
    except ValidationError:
        return None


# Complex: what a record does not tell has a default.
def as_option(attempt: Mapping[str, t.Any]) -> Data:
    """One attempt as the module option ``earlier`` takes it."""
    intent, result = attempt.get("intent") or {}, attempt.get("result") or {}
    return {
        "run_id": attempt.get("run_id"),
        "started": attempt.get("started"),
        "outcome": result.get("outcome"),
        "workflow": workflow_of_attempt(attempt),
        "strategy": intent.get("strategy") or "lookback",
        "lookback": intent.get("lookback") or "1d",
        "value": intent.get("value"),
        "cursors": _cursors(attempt),
        # A result that is not there does not tell: whoever was allowed to treat a stopped workflow may have found one.
        "found_stopped": bool(result.get("found_stopped", intent.get("start_stopped"))),
        "orders": [action for step in _steps(result) if (action := str(step.get("action"))) in _ORDERS],
        "left_stopped": result.get("left_stopped"),
        "runs": [str(step.get("at")) for step in _steps(result) if step.get("action") == AS_IT_STANDS],
        "stood": result.get("stood") or {},
        "starts": [str(step.get("at")) for step in _steps(result) if _is_start(step)],
        "writes": (result.get("calls") or {}).get("writes"),
    }


def _cursors(attempt: Mapping[str, t.Any]) -> list[Data]:
    moves, found = moves_of(attempt), []
    for one in attempt["cursors"]:
        move = moves.get(one["option"], {})
        gone = move.get("undone") or move.get("outcome") == "restored"
        # Where the old value may have landed, whether the new one stayed is as unsure.
        unsure = bool(move.get("unsure") or move.get("back_lost"))
        row = {"written": None if gone else move.get("written"), "unsure": unsure}
        found.append({"cursor": one["option"], "expected_value": one["old_value"], **row})
    return found


def _steps(result: Mapping[str, t.Any]) -> list[Mapping[str, t.Any]]:
    return list(result.get("steps") or [])


def _is_start(step: Mapping[str, t.Any]) -> bool:
    """Whether a step is an order to start that found a workflow which was not started yet."""
    return step.get("action") == "start" and step.get("detail") != ALREADY
