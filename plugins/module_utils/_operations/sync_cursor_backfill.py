# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The operation behind the module ``sync_cursor_backfill``."""

from __future__ import annotations

import typing as t

from .._client.mids import MIDS_OPTION
from .._cure.backfill import Backfill
from .._cure.backfill_model import GOOD_ENDS, BackfillOptions, BackfillResult
from .._cure.model import CureOptions
from .._cure.workflow_waiter import Pace
from .._diagnosis.catalogue import CATALOGUE
from .._diagnosis.diagnose import Thresholds
from .runner import PROGRESS_OPTION, Answer, Operation, Request
from .sync_cursor import asker_of
from .times import moment, seconds

if t.TYPE_CHECKING:
    from .._client.session import Session


def backfill_cursor(request: Request, session: Session) -> Answer:
    """``sync_cursor_backfill``: fetch again what a cure has skipped."""
    params = request.params
    backfill = Backfill(
        session,
        workflow=params["workflow"],
        option=params["cursor"],
        since=moment(params["since"], "since"),
        expected=moment(params["expected_value"], "expected_value"),
        thresholds=Thresholds(max_age=seconds(params["max_age"], "max_age")),
        kinds=CATALOGUE,
        cursor_map=params["cursor_map"],
        choices=CureOptions(
            verify_timeout=params["verify_timeout"],
            order_timeout=params["order_timeout"],
            mark=params["mark"],
            run_id=params["run_id"] or "",
            check_mode=request.check_mode,
        ),
        options=BackfillOptions(
            windows=tuple(int(seconds(window, "windows")) for window in params["windows"]),
            max_window=int(seconds(params["max_window"], "max_window")),
            max_run=seconds(params["max_run"], "max_run"),
        ),
        asker=asker_of(request),
        pace=Pace(params["poll_interval"], clock=request.clock, sleep=request.sleep, progress=request.progress),
    )
    result = backfill.run()
    failed = None if result.outcome in GOOD_ENDS else f"{session.name}: {result.outcome}. {result.reason}"
    return Answer(result.changed, result.to_dict(), _diff(result), failed=failed)


def _diff(result: BackfillResult) -> dict[str, t.Any]:
    """Since when deliveries are fetched, and the windows that were, or would be, asked for."""
    windows = "".join(f"{window.to_dict()['since']}: {window.outcome}\n" for window in result.windows)
    return {
        "before": "" if result.changed else windows,
        "after": windows,
        "before_header": result.option,
        "after_header": f"{result.option} (set back, then moved on by its workflow)",
    }


SYNC_CURSOR_BACKFILL = Operation(
    name="sync_cursor_backfill",
    options={
        "cursor": {"type": "str", "required": True},
        "since": {"type": "str", "required": True},
        "expected_value": {"type": "str", "required": True},
        "workflow": {"type": "str", "default": "defaultMidSourcingDlv"},
        "windows": {"type": "list", "elements": "str", "default": ["1d", "7d", "30d"]},
        "max_window": {"type": "str", "default": "30d"},
        "max_run": {"type": "str", "default": "5m"},
        "max_age": {"type": "str", "default": "6h"},
        "cursor_map": {"type": "dict", "default": {}},
        "ask_mid": {"type": "str", "choices": ["auto", "never", "require"], "default": "auto"},
        "ask_mid_timeout": {"type": "float", "default": 30.0},
        "mids": MIDS_OPTION,
        "mark": {"type": "bool", "default": True},
        "verify_timeout": {"type": "float"},
        "order_timeout": {"type": "float", "default": 300.0},
        "poll_interval": {"type": "float", "default": 15.0},
        **PROGRESS_OPTION,
        "evidence_dir": {"type": "path"},
        "run_id": {"type": "str", "required": True},
    },
    run=backfill_cursor,
    traced=True,
)
