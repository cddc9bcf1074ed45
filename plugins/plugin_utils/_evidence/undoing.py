# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""What a rollback of a run has to put back. Pure."""

from __future__ import annotations

import typing as t
from collections.abc import Iterator, Mapping
from datetime import datetime

from ...module_utils._core.xtk import format_datetime
from ...module_utils._diagnosis.outcomes import CURED_OR_WARNED
from .attempt import (
    Data,
    as_option,
    cured_rows,
    has_left_stopped,
    is_recent,
    lands_until,
    may_land,
    moves_of,
    workflow_of,
    wrote_nothing,
)
from .attempts import UNDOING, last_runs, open_attempts, without_stop
from .files import attempts_in


def rollback_targets(record: Mapping[str, t.Any], now: datetime | None = None) -> list[Data]:
    """What a run has to restore on an instance: for each option the value that its first writing attempt found, since
    the last one that has cured it: a name may be used for another change, months later.

    An attempt without a result may have written; one whose result says that nothing of it remains has not. ``lost`` is
    the new value whose write got no answer, so that it may land until ``lost_until``. With ``is_back`` nothing is to be
    restored, and the run may have left the workflow stopped.

    :param now: the controller's time, in UTC; None where no write can still be on its way.
    """
    found: dict[str, Data] = {}
    cured: set[str] = set()
    for attempt in open_attempts(record, UNDOING):
        until = lands_until(attempt) if now is not None and is_recent(attempt, now) else None
        for target, outcome in _written(attempt, until):
            option = target["option"]
            if option not in found or option in cured:
                found[option] = target
            cured.discard(option)
            cured.update({option} if outcome in CURED_OR_WARNED else ())
    return [*found.values(), *(one for one in _left_stopped(record) if one["option"] not in found)]


def _left_stopped(record: Mapping[str, t.Any]) -> list[Data]:
    """The cursors whose newest attempt in a record may have left the workflow stopped, as targets of a rollback."""
    ran = last_runs([record])
    newest: dict[str, Data] = {}
    for attempt in attempts_in(record):
        newest.update({str(row["option"]): {**attempt, "cursors": [row]} for row in cured_rows(attempt)})
    left = (one for one in newest.values() if has_left_stopped(without_stop(as_option(one), ran)))
    return [{**_target(one, one["cursors"][0]), "is_back": True} for one in left]


def _target(attempt: Mapping[str, t.Any], cursor: Mapping[str, t.Any]) -> Data:
    """One cursor of an attempt as a target of a rollback."""
    option = str(cursor["option"])
    workflow = (attempt.get("intent") or {}).get("workflow") or workflow_of(option)
    return {
        "option": option,
        "value": cursor["old_value"],
        "workflow": workflow,
        "lost": "",
        "lost_until": "",
        "is_back": False,
    }


def _written(attempt: Mapping[str, t.Any], until: datetime | None) -> Iterator[tuple[Data, str]]:
    """What an attempt has written, or may have: how to undo it, and its outcome.

    :param until: a write of it may still be on its way until then; None where none can be.
    """
    moves = moves_of(attempt)
    for cursor in () if wrote_nothing(attempt) else attempt["cursors"]:
        option = str(cursor["option"])
        move = moves.get(option)
        if move is None or _remains(move):
            target = _target(attempt, cursor)
            if until and move and may_land(attempt, option):
                target.update(lost=move["written"], lost_until=format_datetime(until))
            yield target, "" if move is None else str(move.get("outcome"))


def _remains(move: Mapping[str, t.Any]) -> bool:
    """Whether something of a write may stand there, or may yet: it was not undone."""
    if not move.get("written") or move.get("outcome") == "restored":
        return False
    return bool(not move.get("undone") or move.get("unsure"))
