# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A journal that says "failed", and is not about the workflow as it runs now: nothing is written by it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.attempts import Attempt
from ansible_collections.campaign.classic.plugins.module_utils._operations.sync_cursor import SYNC_CURSOR_INFO
from tests.helpers.cure_world import CURSOR, WORKFLOW, World, attempt_for, marketing, plan_for, world

#: Somebody's choice: ten days before the simulator's start.
BY_HAND = "2026-11-13T02:00:00Z"
DELIVERIES = 30


def fetched(there: World) -> int:
    return len(there.sim.rows("mkt", "nms:delivery", limit=5000))


def told(there: World) -> dict[str, Any]:
    return there.ask("mkt", SYNC_CURSOR_INFO).result


def refused(there: World, *attempts: Attempt) -> bool:
    """Whether a cure of the cursor as it stands writes nothing."""
    old_value = there.cursor("mkt").isoformat()
    result = there.cure("mkt", plan=plan_for("mkt", old_value=old_value), attempts=attempts)
    return result.outcome == "refused" and there.writes("mkt") == []


@pytest.mark.parametrize("on_error", ["stop", "ignore"])
@pytest.mark.parametrize("running", [True, False], ids=["run is on", "run is due"])
def test_cure_by_hand_that_is_going_on_is_not_overwritten(on_error: str, running: bool) -> None:
    with world({"mkt": marketing(on_error=on_error)}) as there:
        there.sim.add_deliveries(
            "mid", count=DELIVERIES, from_="2026-11-14T00:00:00Z", to="2026-11-20T00:00:00Z", for_=["mkt"]
        )
        there.sim.order("mkt", WORKFLOW, "Stop")
        there.sleep(60)
        there.sim.set_option("mkt", CURSOR, BY_HAND)
        there.sim.order("mkt", WORKFLOW, "Start")
        there.sleep(4)
        if running:
            there.sim.order("mkt", WORKFLOW, "Wakeup")
            there.sleep(8)
        before = told(there)
        assert before["verdict"] == ("running" if running else "stale"), before["reason"]
        assert before["plans"] == [] and refused(there)
        if not running:
            assert "since the workflow was started at" in before["cursors"][0]["reason"]
        there.sleep(1200)
        assert fetched(there) == DELIVERIES, "the operator's cure has fetched what lay behind"


@pytest.mark.parametrize("on_error", ["stop", "ignore"])
def test_start_that_did_not_help_is_seen_by_the_next_run(on_error: str) -> None:
    with world({"mkt": marketing(on_error=on_error)}) as there:
        there.sim.order("mkt", WORKFLOW, "Stop")
        there.sleep(60)
        there.sim.order("mkt", WORKFLOW, "Start")
        there.sleep(4)
        assert told(there)["verdict"] == "stale"
        there.sleep(1200)
        assert told(there)["verdict"] == "stuck"
        assert there.cure("mkt").outcome == "cured"


def with_a_clock_that_was_ahead(there: World, by: timedelta, runs_for: timedelta) -> None:
    """The workflow fails for too much data while the clock of its server is wrong; then somebody repairs both."""
    there.sim.change("mkt", skew=by.total_seconds())
    there.sleep(runs_for.total_seconds())
    there.sim.change("mkt", skew=0)
    there.sim.set_option("mkt", CURSOR, there.sim.now().isoformat())
    there.sim.order("mkt", WORKFLOW, "Restart")
    there.sleep(1300)
    assert told(there)["verdict"] == "healthy"


@pytest.mark.parametrize("clock_set", ["elapsed", "date"])
def test_failures_that_are_dated_ahead_of_the_clock_are_no_evidence(clock_set: str) -> None:
    with world({"mkt": marketing(on_error="ignore", switches={"clock_set": clock_set})}) as there:
        with_a_clock_that_was_ahead(there, timedelta(days=60), timedelta(hours=1))
        there.sim.change("mkt", wfserver="down")
        there.sleep(9 * 86400)
        assert told(there)["verdict"] == "engine_down"
        there.sim.change("mkt", wfserver="up")
        assert told(there)["plans"] == [] and refused(there)


@pytest.mark.whole  # a run a minute for eight days
def test_lines_dated_ahead_do_not_hide_the_cause_of_today() -> None:
    with world({"mkt": marketing(on_error="ignore", workflow={"every": "1m"})}) as there:
        with_a_clock_that_was_ahead(there, timedelta(days=60), timedelta(hours=2))
        there.sim.change("mkt", accounts={"mid": {"password": "rotated"}})
        there.sleep(8 * 86400)
        found = told(there)
        assert found["verdict"] == "failing_other" and found["plans"] == [], found["reason"]
        assert "password_refused" in found["reason"] and "dated ahead of the server's clock" in found["reason"]
        assert refused(there)


# -- evidence that claims too much ------------------------------------------------------------------------------------


def test_value_of_a_person_is_not_put_back_because_an_attempt_could_have_calculated_it() -> None:
    """An attempt was killed before it sent anything. A person sets the cursor a day back, and that fails too."""
    with world({"mkt": marketing()}) as there:
        killed = attempt_for(there.now(), [plan_for("mkt")])
        there.sleep(3600)
        by_hand = there.now() - timedelta(days=1)
        there.sim.add_deliveries(
            "mid", count=100, from_=(by_hand + timedelta(hours=1)).isoformat(), to=there.now().isoformat(), for_=["mkt"]
        )
        there.sim.set_option("mkt", CURSOR, by_hand.isoformat())
        there.sim.order("mkt", WORKFLOW, "Restart")
        there.sleep(1300)
        result = there.cure("mkt", plan=plan_for("mkt"), attempts=[killed])
        assert result.outcome == "kept", result.reason
        assert "or somebody else wrote that is not known" in result.reason and "2020-03-01" in result.reason
        assert there.cursor("mkt") == by_hand.replace(microsecond=0) and "Write" not in there.writes("mkt")


@pytest.mark.whole  # runs of eight days
def test_stop_of_a_person_days_after_an_attempt_is_not_ours() -> None:
    with world({"mkt": marketing()}) as there:
        killed = attempt_for(there.now(), [plan_for("mkt")])
        assert there.cure("mkt").outcome == "cured"
        there.sleep(8 * 86400)
        there.sim.order("mkt", WORKFLOW, "Stop")
        there.sleep(60)
        stood = there.cursor("mkt").isoformat()
        result = there.cure("mkt", plan=plan_for("mkt", old_value=stood), attempts=[killed])
        assert result.outcome == "refused" and there.row("mkt")["state"] == 20, result.reason
