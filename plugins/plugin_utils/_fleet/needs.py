# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""For how long a change window is asked: how long what is to be done on a host takes at most. Pure.

``_cure/budget.py`` knows that; here it is given what is known of the host. How long a run is waited for is one figure:
a task whose window closes is told the same.
"""

from __future__ import annotations

import math
import typing as t
from collections.abc import Mapping, Sequence

from ...module_utils._core.errors import CampaignError
from ...module_utils._core.xtk import parse_datetime, parse_duration
from ...module_utils._cure.backfill_model import BackfillOptions
from ...module_utils._cure.budget import Timeouts, backfill_seconds, cure_seconds, restart_seconds
from ...module_utils._cure.turns import Tries
from ...module_utils._cure.verify_timeout import two_periods


def cure_needs(
    diagnosis: Mapping[str, t.Any],
    *,
    order_timeout: float = 300,
    verify_timeout: float | None = None,
    ask_mid: str = "never",
    ask_mid_timeout: float = 30,
    confirm: bool = False,
    force: bool = False,
    workflow: str = "",
) -> int:
    """Seconds for the cure of a host, including compensation.

    :param workflow: of this workflow alone; '' for all, one after the other.
    """
    ask = 0.0 if ask_mid == "never" else float(ask_mid_timeout)
    total = 0.0
    for name in _workflows(diagnosis):
        if workflow in ("", name):
            verify = proof_seconds(diagnosis, name) if verify_timeout is None else float(verify_timeout)
            timeouts = Timeouts(float(order_timeout), verify, ask, force)
            total += cure_seconds(_tries(diagnosis, name), timeouts, confirm=confirm)
    return math.ceil(total)


def backfill_needs(
    windows: Sequence[str],
    diagnosis: Mapping[str, t.Any],
    *,
    workflow: str,
    max_window: str = "30d",
    max_run: str = "5m",
    order_timeout: float = 300,
    verify_timeout: float | None = None,
    ask_mid: str = "never",
    ask_mid_timeout: float = 30,
) -> int:
    """Seconds for the backfill of one cursor.

    :param diagnosis: of the host; empty where it was not diagnosed.
    :raises ValidationError: a window or ``max_run`` is no duration.
    """
    run = float(parse_duration(max_run))
    steps = BackfillOptions(tuple(map(parse_duration, windows)), parse_duration(max_window), run).steps
    verify = proof_seconds(diagnosis, workflow) if verify_timeout is None else float(verify_timeout)
    ask = 0.0 if ask_mid == "never" else float(ask_mid_timeout)
    return math.ceil(backfill_seconds(len(steps), Timeouts(float(order_timeout), verify, ask), max_run=run))


def restart_needs(order_timeout: float, verify_timeout: float) -> int:
    """Seconds for a restart of a workflow with its proof, and for less than that."""
    return math.ceil(restart_seconds(Timeouts(float(order_timeout), float(verify_timeout))))


def proof_seconds(diagnosis: Mapping[str, t.Any], workflow: str) -> float:
    """For how long a run of a workflow is waited for where nobody has said it, by the schedule that was seen."""
    return two_periods(period for cursor in _cursors(diagnosis, workflow) for period in _periods(cursor))


def _cursors(diagnosis: Mapping[str, t.Any], workflow: str) -> list[Mapping[str, t.Any]]:
    return [one for one in diagnosis.get("cursors") or [] if one.get("workflow") == workflow]


def _workflows(diagnosis: Mapping[str, t.Any]) -> list[str]:
    """The workflows whose cursors are to be moved."""
    moved = (one for one in diagnosis.get("cursors") or [] if one.get("cure") == "move")
    return list(dict.fromkeys(str(one["workflow"]) for one in moved))


def _tries(diagnosis: Mapping[str, t.Any], workflow: str) -> Tries:
    cursors = _cursors(diagnosis, workflow)
    planned = [one for one in cursors if one.get("cure") == "move"]
    named = any((one.get("evidence") or {}).get("named_in_errors") for one in planned)
    return Tries(len(planned), named=named, several=len(cursors) > 1)


def _periods(cursor: Mapping[str, t.Any]) -> list[float]:
    """The period of a cursor's workflow in seconds, if its row shows one."""
    row = (cursor.get("evidence") or {}).get("workflow") or {}
    following, last = row.get("next_processing_date"), row.get("process_date")
    if not following or not last:
        return []
    try:
        return [(parse_datetime(following) - parse_datetime(last)).total_seconds()]
    except CampaignError:
        return []
