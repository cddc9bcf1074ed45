# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""For how long a change window is asked, by what is known of a host. test_budget.py shows that it is enough."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._core.errors import ValidationError
from ansible_collections.campaign.classic.plugins.plugin_utils._fleet.needs import (
    backfill_needs,
    cure_needs,
    proof_seconds,
    restart_needs,
)
from tests.helpers.diagnoses import diagnosis

FLOW = "defaultMidSourcingDlv"
SHORT: dict[str, Any] = {"order_timeout": 10, "verify_timeout": 60}


def several(*cursors: dict[str, Any]) -> dict[str, Any]:
    """A diagnosis with one cursor for each of these, beside what a stuck one has."""
    return {"cursors": [diagnosis("s0", cursor=one)["cursors"][0] for one in cursors]}


def named(cursor: dict[str, Any]) -> dict[str, Any]:
    return {**cursor, "evidence": {"named_in_errors": True}}


def test_time_that_a_cure_needs() -> None:
    assert cure_needs({}) == 0
    assert cure_needs(diagnosis("s0", "healthy")) == 0
    assert cure_needs(diagnosis("s0")) == 4 * 300 + 2 * 600
    assert cure_needs(diagnosis("s0"), **SHORT) == 4 * 10 + 60
    assert cure_needs(diagnosis("s0"), **SHORT, confirm=True) == 4 * 10 + 2 * 60
    assert cure_needs(diagnosis("s0"), **SHORT, force=True) == 6 * 10 + 60
    assert cure_needs(diagnosis("s0"), **SHORT, ask_mid="auto") == 4 * 10 + 60 + 30
    assert cure_needs(diagnosis("s0"), **SHORT, ask_mid="require", ask_mid_timeout=7.5) == 108, "rounded up"


def test_cursors_of_which_nothing_tells_the_slow_one_need_a_run_for_each_choice() -> None:
    assert cure_needs(several({}, {}), **SHORT) == (4 + 1) * 20 + (4 + 2) * 60
    assert cure_needs(several({}, {}, {}), **SHORT) == (8 + 1) * 20 + (8 + 2) * 60
    assert cure_needs(several(named({}), {}), **SHORT) == (2 + 1) * 20 + (2 + 1) * 60
    # One that is not stuck is not moved, but the workflow may have to be run as it stands.
    assert cure_needs(several({}, {"cure": "none"}), **SHORT) == (2 + 1) * 20 + (2 + 2) * 60
    assert cure_needs(several(named({}), {"cure": "none"}), **SHORT) == (1 + 1) * 20 + (1 + 1) * 60


def test_a_cursor_of_which_no_more_is_known_takes_what_any_does() -> None:
    unknown = several({"evidence": None})
    assert cure_needs(unknown, **SHORT) == 4 * 10 + 60
    assert cure_needs(unknown, order_timeout=0) == 2 * 600


def test_workflows_are_cured_one_after_the_other_and_each_task_asks_for_its_own() -> None:
    both = several({}, {"workflow": "another"})
    assert cure_needs(both, **SHORT) == 2 * 100
    assert cure_needs(both, **SHORT, workflow="another") == 100
    assert cure_needs(both, **SHORT, workflow="a third") == 0


def test_time_that_a_backfill_needs() -> None:
    """As many runs as windows that are nearer than the last allowed one, and that one."""
    three = backfill_needs(["1d", "7d", "30d"], {}, workflow=FLOW)
    assert three == 3 * (300 + 1200) + 3 * 300 + 1200
    assert backfill_needs(["1d", "7d"], {}, workflow=FLOW) == three, "the last allowed one is a window itself"
    assert backfill_needs(["1d", "90d"], {}, workflow=FLOW) == three - 1500
    one: dict[str, Any] = {"windows": ["1d"], "diagnosis": {}, "workflow": FLOW, "max_window": "1d"}
    assert backfill_needs(**one, order_timeout=10, max_run="1m", verify_timeout=100) == 110 + 30 + 100
    assert backfill_needs(**one, order_timeout=10, max_run="1m", verify_timeout=30) == 70 + 30 + 30
    assert backfill_needs(**one, **SHORT, max_run="1m", ask_mid="auto") == 70 + 30 + 60 + 30
    with pytest.raises(ValidationError):
        backfill_needs(["soon"], {}, workflow=FLOW)


def test_time_that_a_restart_needs() -> None:
    assert restart_needs(300, 1800) == 3 * 300 + 1800


@pytest.mark.parametrize(
    ("following", "period"),
    [
        ("2026-11-24 12:30:00.000Z", 1800),
        ("2026-11-29 12:00:00.000Z", 86400),
        ("2026-11-24 11:00:00.000Z", 600),
        (None, 600),
        ("soon", 600),
    ],
)
def test_proof_takes_two_periods_of_the_schedule_within_bounds(following: Any, period: int) -> None:
    seen = diagnosis("s0", workflow={"process_date": "2026-11-24 12:00:00.000Z", "next_processing_date": following})
    assert proof_seconds(seen, FLOW) == 2 * period
    assert proof_seconds(seen, "another") == 2 * 600
    assert cure_needs(seen, order_timeout=0) == 2 * period
    assert backfill_needs(["1d"], seen, workflow=FLOW, max_window="1d", order_timeout=0) == 2 * 2 * period
    never_run = diagnosis("s0", workflow={"process_date": None, "next_processing_date": following})
    assert proof_seconds(never_run, FLOW) == 2 * 600
