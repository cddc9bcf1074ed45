# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Orders that get no answer at all, and what the next run makes of the evidence: whose stop it is that a workflow
stands in, and whose move it was that a cursor was moved by."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._cure.model import CureResult
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.attempts import Attempt, attempts_of
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.model import Verdict
from ansible_collections.campaign.classic.plugins.plugin_utils._action.cure import OUTCOME
from ansible_collections.campaign.classic.plugins.plugin_utils._evidence.attempt import as_option
from tests.helpers.cure_world import CURSOR, OLD, OLD_TIME, PREFIX, START, WORKFLOW, World, at, make_slow, stage
from tests.helpers.unfinished_cures import detect
from tests.unit.plugins.module_utils._cure.test_cure_tries import accounts, plans

STOPPED = 20
MAY_COME = "Whether the order to stop was lost or is still on its way is not known: it may come later."


@pytest.fixture
def enter() -> Iterator[Any]:
    with stage() as start:
        yield start


def evidence(began: datetime, result: CureResult) -> list[Attempt]:
    """What the record of this cure tells the next run, by way of the controller."""
    told = {name: value for name, value in result.to_dict().items() if name in OUTCOME}
    record = {
        "run_id": "r1",
        "started": began.isoformat(),
        "kind": "cure",
        "state": "ended",
        "intent": {"workflow": WORKFLOW, "strategy": "lookback", "lookback": "1d", "start_stopped": True},
        "cursors": [{"option": move.option, "old_value": move.plan.old_value.text} for move in result.moves],
        "result": {**told, "calls": {"writes": len(result.steps)}},
    }
    return list(attempts_of([as_option(record)]))


def lose(there: World, order: str, *, nth: int = 1, count: int = 3) -> None:
    """These orders get no answer, and do not arrive."""
    there.sim.fault("reset", instance="mkt", method=f"xtk:workflow#{order}", nth=nth, count=count)


# -- whose stop it is --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("slow", [False, True])
def test_workflow_that_a_person_stops_after_our_lost_stops_is_theirs(enter: Any, slow: bool) -> None:
    there = enter(on_error="ignore")
    if slow:
        make_slow(there)
    lose(there, "Stop", nth=2 if slow else 1)
    began = there.now()
    result = there.cure("mkt")
    assert (result.outcome, result.state.left_stopped) == ("pending", False), result.reason
    assert MAY_COME in result.reason
    there.sleep(3600)
    there.sim.order("mkt", WORKFLOW, "Stop")
    there.sleep(60)
    attempts, writes = evidence(began, result), len(there.writes("mkt"))
    verdict, _plans = detect(there, attempts)
    assert verdict is Verdict.HELD
    if not slow:
        assert there.cure("mkt", attempts=attempts).outcome == "refused"
    assert (len(there.writes("mkt")), there.row("mkt")["state"]) == (writes, STOPPED)


@pytest.mark.parametrize("slow", [False, True])
def test_workflow_whose_start_got_no_answer_is_taken_up_by_the_next_run(enter: Any, slow: bool) -> None:
    there = enter()
    if slow:
        make_slow(there)
    lose(there, "Start", nth=2 if slow else 1, count=30)
    began = there.now()
    result = there.cure("mkt")
    assert (result.outcome, result.state.left_stopped) == ("pending", True), result.reason
    assert there.row("mkt")["state"] == STOPPED
    there.sim.clear_faults()
    there.sleep(600)
    attempts = evidence(began, result)
    assert attempts[0].may_have_stopped
    verdict, found = detect(there, attempts)
    assert verdict is Verdict.STUCK
    there.cure("mkt", plans=found, attempts=attempts)
    assert there.row("mkt")["state"] in (11, 13)


def test_evidence_without_that_word_is_judged_by_its_orders() -> None:
    def one(*orders: str, **more: Any) -> Attempt:
        return Attempt("r1", START, WORKFLOW, {CURSOR: OLD}, outcome="pending", orders=orders, **more)  # type: ignore[arg-type]

    assert one("stop").may_have_stopped
    assert not one("stop", "start").may_have_stopped
    assert not one("stop", left_stopped=False).may_have_stopped
    assert one("stop", "start", left_stopped=True).may_have_stopped
    assert not one("stop", left_stopped=True, found_stopped=True).may_have_stopped


def test_lost_stop_is_not_somebody_elses_order(enter: Any) -> None:
    with accounts("az", "z", on_error="ignore") as there:
        lose(there, "Stop", nth=2)
        result = there.cure("mkt", plans=plans(there, "az"))
        first = result.moves[0]
        assert first.outcome == "pending", result.reason
        assert "our order to stop is not carried out" in first.reason
        assert "somebody else" not in first.reason
        assert MAY_COME in first.reason


def test_stop_that_is_slow_is_not_somebody_elses_order(enter: Any) -> None:
    with accounts("az", "z", on_error="ignore") as there:
        at(there, "Stop", lambda: there.sim.change("mkt", wfserver="down"), nth=2)
        result = there.cure("mkt", plans=plans(there, "az"))
        assert result.moves[0].outcome == "pending", result.reason
        assert "Waited 300 s for the stop" in result.moves[0].reason
        assert "somebody else" not in result.moves[0].reason


def test_workflow_that_was_found_stopped_and_runs_on_is_to_be_stopped(enter: Any) -> None:
    there = enter(on_error="ignore")
    make_slow(there)
    there.sim.order("mkt", WORKFLOW, "Stop")
    there.sleep(30)
    lose(there, "Stop", count=30)
    result = there.cure("mkt", start_stopped=True)
    assert result.outcome == "pending", result.reason
    assert "Stopping the workflow again failed:" in result.reason
    assert "See that it is stopped." in result.reason
    assert "See that it is started" not in result.reason and MAY_COME not in result.reason


def test_force_does_not_kill_what_could_not_be_seen_to_be_stopping(enter: Any) -> None:
    """The order got no answer, and rows could not be read until the deadline: it may never have come."""
    there = enter(on_error="ignore")
    lose(there, "Stop", count=1)
    rule: list[int] = []
    at(there, "Stop", lambda: rule.append(there.sim.fault("reset", instance="mkt", method="xtk:queryDef#ExecuteQuery")))
    began = there.passed

    def meanwhile() -> None:
        if rule and there.passed - began >= 70:
            there.sim.clear_faults(rule.pop())

    there.meanwhile = meanwhile
    there.cure("mkt", force=True, order_timeout=60.0)
    assert "Kill" not in there.writes("mkt")


# -- whose move it was -------------------------------------------------------------------------------------------------


def test_move_that_was_put_back_beside_one_that_is_pending_has_cured_nothing() -> None:
    with accounts("az", "az") as there:
        there.sim.fault("reset", instance="mkt", method="xtk:persist#Write", nth=4, count=1)
        began, planned = there.now(), plans(there, "az")
        result = there.cure("mkt", plans=planned)
        assert {move.outcome for move in result.moves} == {"restored", "pending"}, result.reason
        for name in "az":
            there.sim.set_option("mkt", PREFIX + name, "2026-11-23T02:00:00Z")
        there.sim.change("mid-a", down=True)
        attempts = evidence(began, result)
        gone = next(move.option for move in result.moves if move.outcome == "restored")
        assert attempts[0].written.get(gone) is None
        assert attempts[0].written or attempts[0].unsure


def test_old_value_whose_write_is_lost_claims_no_cure(enter: Any) -> None:
    there = enter()
    make_slow(there)
    there.sim.fault("reset", instance="mkt", method="xtk:persist#Write", nth=2, count=1)
    result = there.cure("mkt")
    (one,) = evidence(there.now(), result)
    assert (result.moves[0].back_lost, one.unsure) == (True, {CURSOR})
    assert result.moves[0].to_dict()["undone"] is False


def test_move_that_was_put_back_though_its_workflow_could_not_be_started_is_undone(enter: Any) -> None:
    there = enter()
    make_slow(there)
    lose(there, "Start", nth=2, count=30)
    began = there.now()
    result = there.cure("mkt")
    (one,) = evidence(began, result)
    assert (result.outcome, result.moves[0].undone, there.cursor("mkt")) == ("pending", True, OLD_TIME)
    assert (dict(one.written), one.left_stopped) == ({}, True)


def test_mark_that_a_rollback_has_left_cures_nothing(enter: Any) -> None:
    there = enter()
    make_slow(there)
    assert there.cure("mkt", mark=True, run_id="r1", on_failure="keep").outcome == "kept"
    found = there.sim.option("mkt", CURSOR)
    assert found is not None and "run=r1" in found["description"]
    # A rollback writes the value alone; then a person repairs it, before a plan made in between is carried out.
    there.sim.set_option("mkt", CURSOR, OLD)
    there.sim.set_option("mkt", CURSOR, "2026-11-23T02:05:00Z")
    there.sim.order("mkt", WORKFLOW, "Stop")
    there.sleep(30)
    there.sim.order("mkt", WORKFLOW, "Start")
    there.sleep(900)
    result = there.cure("mkt")
    assert result.outcome == "unchanged", result.reason
