# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A backfill that has got so far, without a server, and how it ends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._core.cursor_value import CursorValue
from ansible_collections.campaign.classic.plugins.module_utils._cure.backfill import Backfill, _Ended
from ansible_collections.campaign.classic.plugins.module_utils._cure.backfill_model import BackfillOptions, Window
from ansible_collections.campaign.classic.plugins.module_utils._cure.model import CureOptions, Move
from ansible_collections.campaign.classic.plugins.module_utils._cure.workflow_waiter import Pace, RunEnd
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.catalogue import CATALOGUE
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.diagnose import Thresholds
from tests.helpers.cure_world import CURSOR, OLD_TIME, WORKFLOW, plan_for
from tests.helpers.cursors import DAY, NOW, ago, line, workflow

GOOD = CursorValue.read("2026-11-23 11:50:00.000Z")
BACK = CursorValue.read("2026-11-22 12:00:00.000Z")
LATER = CursorValue.read("2026-11-23 11:55:00.000Z")


def backfill(*windows: Window, changed: bool = False, skew: float = 0.0, **options: Any) -> Backfill:
    """A backfill that has got so far. Its session can tell the time, and nothing else."""
    session: Any = SimpleNamespace(name="mkt", read_only=False, server_now=lambda: NOW, skew=skew, calls=[])
    asker: Any = SimpleNamespace(policy="auto", changed_since=lambda _server, _since: counts({}))
    found = Backfill(
        session,
        workflow=WORKFLOW,
        option=CURSOR,
        since=OLD_TIME,
        expected=ago(DAY),
        thresholds=Thresholds(),
        kinds=CATALOGUE,
        cursor_map={},
        choices=CureOptions(),
        options=BackfillOptions(**options),
        asker=asker,
        pace=Pace(),
    )
    found.result.windows = list(windows)
    found.result.after = GOOD
    found.course.update(changed=changed)
    return found


def counts(known: dict[datetime, int]) -> Any:
    """What a mid has told."""
    return SimpleNamespace(
        name="mid-eu", since=known.get, why_unknown=lambda at: f"The mid was not asked about {at:%Y-%m-%d}"
    )


def moving(there: Backfill, **changes: Any) -> Backfill:
    """The same, in the middle of a window."""
    plan = plan_for("mkt", old_value=GOOD, strategy="explicit", lookback_seconds=None, explicit_value=BACK,
                    allow_backwards=True)  # fmt: skip
    there.course.update(moves=(Move(plan, written=BACK, after=BACK, **changes),))
    return there


def ends(do: Callable[..., Any], *given: Any) -> tuple[str, str]:
    with pytest.raises(_Ended) as end:
        do(*given)
    return end.value.outcome, end.value.reason


def raising(error: BaseException) -> Callable[..., Any]:
    def do(*_given: Any, **_more: Any) -> Any:
        raise error

    return do


def run_end(*, failed: bool = False, text: str = "") -> RunEnd:
    lines = (line(60, text),) if text else ()
    return RunEnd(workflow(13 if failed else 11, failed=failed), lines if failed else (), lines)
