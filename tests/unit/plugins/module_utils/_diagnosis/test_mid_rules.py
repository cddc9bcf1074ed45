# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a mid says against the verdict that the journal alone would give, and what the modules make of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._cure.plan import Plan, make_plan
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.diagnose import Diagnosis, diagnose, judge
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.mid_figures import Count, MidFigures
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.model import CursorFacts, Thresholds
from ansible_collections.campaign.classic.plugins.module_utils._operations import sync_cursor as _op_cursor
from ansible_collections.campaign.classic.plugins.module_utils._operations.runner import Answer
from ansible_collections.campaign.classic.plugins.module_utils._operations.sync_cursor import (
    SYNC_CURSOR,
    SYNC_CURSOR_INFO,
)
from tests.helpers.cure_world import CURSOR, OLD, PASSWORD, USER, WORKFLOW, World, make_slow, marketing, world
from tests.helpers.cursors import DAY, MINUTE, TIMEOUT, YEARS, ago, facts, failed_cursor, line, option, workflow

T = Thresholds()
Enter = Callable[..., World]


def figures(all_of_it: int | None = 41203, recent: int | None = 38, **more: Any) -> MidFigures:
    since_cursor, since_planned = Count(ago(YEARS), all_of_it, 0.1), Count(ago(DAY), recent, 0.1)
    return replace(MidFigures("mid-eu", "answered", "", False, 0.2, since_cursor, since_planned, since_planned), **more)


def seen(mid: MidFigures | None, **more: Any) -> CursorFacts:
    return failed_cursor(YEARS, line(20 * MINUTE, TIMEOUT), line(10 * MINUTE, TIMEOUT), mid=mid, **more)


def judged(mid: MidFigures | None, thresholds: Thresholds = T, **more: Any) -> Diagnosis:
    return judge(seen(mid, **more), thresholds)


SILENT = MidFigures("mid-eu", "silent", "mid-eu:443 refused the connection.")
UNKNOWN_MID = MidFigures("mid-eu", "not_asked", "no credentials.")


@pytest.mark.parametrize(
    ("mid", "verdict"),
    [
        (None, "stuck"),
        (figures(), "stuck"),
        (figures(501, 0), "stuck"),
        (figures(500, 0), "failing_unknown"),
        (figures(5000, 2500), "failing_unknown"),
        (figures(5001, 2500), "stuck"),
        (figures(None), "stuck"),
        (figures(None, None), "failing_other"),
        (SILENT, "failing_other"),
        (replace(SILENT, required=True), "failing_other"),
        (UNKNOWN_MID, "stuck"),
        (replace(UNKNOWN_MID, required=True), "failing_unknown"),
        (figures(required=True), "stuck"),
        (figures(None, required=True), "stuck"),
    ],
)
def test_figures_decide_of_a_cursor_that_looks_stuck(mid: MidFigures | None, verdict: str) -> None:
    found = judged(mid)
    assert found.verdict.value == verdict
    assert found.cures is (verdict == "stuck")


def test_a_stuck_cursor_has_the_figures_in_its_reason_and_its_evidence() -> None:
    found = judged(figures())
    assert found.reason.endswith(
        ". mid-eu answers in 0.2 s; 41,203 deliveries changed since 2020-04-28, 38 since the planned value."
    )
    assert found.evidence["mid"]["changed_between"] == 41165
    assert found.mid is not None and found.mid.jumped_over == 41165
    assert "was not asked: no credentials." in judged(UNKNOWN_MID).reason


def test_a_silent_mid_is_named_with_its_remedy() -> None:
    found = judged(SILENT)
    assert "mid-eu does not answer (mid_unreachable): mid-eu:443 refused the connection." in found.reason
    assert found.proposal == SILENT.remedy
    assert found.evidence["mid"]["cause"] == "mid_unreachable"


def test_where_little_lies_between_the_workflow_is_started_first() -> None:
    found = judged(figures(251, 3))
    assert "251 deliveries changed since 2020-04-28" in found.reason
    assert "so little (small_gap: 500) that a run from where it stands could fetch it" in found.reason
    assert found.proposal.startswith("Start it first: ")
    assert "mid_sourcing_small_gap" in found.proposal
    assert judged(figures(251, 3), replace(T, small_gap=0)).verdict.value == "stuck"
    assert judged(figures(251, 3), replace(T, small_gap=250)).verdict.value == "stuck"
    running = workflow(11, pid=7, processed=MINUTE)
    assert judged(figures(251, 3), workflow=running).proposal.startswith("Wait for the run")


def test_what_figures_that_are_required_are_missing_is_said() -> None:
    found = judged(replace(UNKNOWN_MID, required=True))
    assert "ask_mid: require" in found.reason
    assert "mid_sourcing_mids" in found.proposal


@pytest.mark.parametrize("mid", [SILENT, figures(1, 0), replace(UNKNOWN_MID, required=True), figures(None, None)])
def test_a_workflow_that_somebody_stopped_is_left_alone_where_its_mid_speaks_against_the_move(mid: MidFigures) -> None:
    stopped = workflow(20, failed=True, due=None)
    assert judged(None, workflow=stopped, start_stopped=True).verdict.value == "stuck"
    assert judged(figures(), workflow=stopped, start_stopped=True).verdict.value == "stuck"
    assert judged(mid, workflow=stopped, start_stopped=True).verdict.value == "held"


def test_figures_are_laid_over_the_cursor_that_they_are_of_and_over_no_other() -> None:
    rows = facts(
        options=(option(YEARS), option(YEARS, account="sms")),
        accounts=(seen(None).account, replace(seen(None).account, name="sms")),  # type: ignore[type-var]
        workflows=(workflow(13, failed=True, due=None),),
        journal=(line(10 * MINUTE, TIMEOUT),),
    )
    found = diagnose(rows, T, figures={option().name: SILENT})
    assert {one.account: one.verdict.value for one in found if not one.sibling} == {
        "mid1": "failing_other",
        "sms": "stuck",
    }


def test_the_digest_of_a_plan_does_not_depend_on_the_figures() -> None:
    digests = {make_plan("mkt", judged(mid)).digest for mid in (None, figures(), figures(9999, 1), UNKNOWN_MID)}
    assert len(digests) == 1


def test_a_gap_is_a_number_of_deliveries() -> None:
    with pytest.raises(Exception, match="small_gap"):
        Thresholds(small_gap=-1)


# -- the modules -------------------------------------------------------------------------------------------------------


@pytest.fixture
def enter(monkeypatch: pytest.MonkeyPatch) -> Iterator[Enter]:
    """Starts a world with one instance ``mkt``; the cure's waits use its clock."""
    with ExitStack() as stack:

        def start(*accounts: str, **more: Any) -> World:
            there = stack.enter_context(world({"mkt": marketing(*accounts, **more)}))
            monkeypatch.setattr(_op_cursor, "Pace", there.pace)
            there.sim.clear_ledger()
            return there

        yield start


def mids(there: World, **more: Any) -> list[dict[str, Any]]:
    return [{"server": there.sim.instances["mid"], "name": "mid-eu", "user": USER, "password": PASSWORD, **more}]


def info(there: World, **more: Any) -> Answer:
    return there.ask("mkt", SYNC_CURSOR_INFO, **{"mids": mids(there), "small_gap": 50, **more})


def cure(there: World, **more: Any) -> Answer:
    given = {"cursor": CURSOR, "expected_value": OLD, "account": "mid", "mids": mids(there), "small_gap": 50, **more}
    return there.ask("mkt", SYNC_CURSOR, **given)


def test_the_mid_is_asked_by_one_logon_three_reads_and_one_logoff(enter: Enter) -> None:
    there = enter()
    result = info(there).result
    assert result["verdict"] == "stuck"
    figures = r"mid-eu answers in \d+\.\d s; 97 deliveries changed since 2020-03-01, 0 since the planned value\."
    assert re.search(figures, result["reason"])
    (plan,) = result["plans"]
    assert plan["mid"]["changed_between"] == 97
    assert there.calls("mid") == ["xtk:session#Logon", *["xtk:queryDef#ExecuteQuery"] * 3, "xtk:session#Logoff"]
    assert there.calls("mid", "write") == []
    assert not there.sim.sessions()
    assert "warnings" not in result
    # Nothing of it is bound: the plan can be read again, and is the one that it would be without.
    bare = {name: value for name, value in plan.items() if name not in ("mid", "new_value")}
    assert Plan.from_dict(bare).digest == info(there, ask_mid="never").result["plans"][0]["digest"]


@pytest.mark.parametrize("more", [{"ask_mid": "never"}, {"cursor": "2026-11-22T00:00:00Z"}])
def test_no_mid_is_asked_where_nothing_would_be_moved_or_nobody_wants_it(enter: Enter, more: dict[str, Any]) -> None:
    there = enter(**{name: value for name, value in more.items() if name == "cursor"})
    info(there, **{name: value for name, value in more.items() if name != "cursor"})
    assert there.calls("mid") == []


def test_a_mid_that_is_down_refuses_the_cure(enter: Enter) -> None:
    there = enter()
    there.sim.change("mid", down=True)
    found = info(there).result
    assert (found["verdict"], found["plans"]) == ("failing_other", [])
    assert "(mid_unreachable)" in found["reason"]
    answer = cure(there)
    assert answer.result["outcome"] == "refused"
    assert "mid_unreachable" in answer.result["reason"]
    assert answer.result["diagnosis"]["evidence"]["mid"]["state"] == "silent"
    assert there.writes("mkt") == []


def test_a_mid_that_refuses_us_is_a_warning_and_with_require_a_refusal(enter: Enter) -> None:
    there = enter()
    wrong = mids(there, password="wrong-canary")
    found = info(there, mids=wrong).result
    assert found["verdict"] == "stuck"
    (warning,) = found["warnings"]
    assert "mid-eu could not be asked" in warning and "XSV-350012" in warning
    assert "wrong-canary" not in str(found)
    for given in (wrong, []):
        assert info(there, mids=given, ask_mid="require").result["verdict"] == "failing_unknown"
        answer = cure(there, mids=given, ask_mid="require")
        assert answer.result["outcome"] == "refused"
    assert there.writes("mkt") == []


def test_where_a_run_could_fetch_what_lies_between_nothing_is_moved(enter: Enter) -> None:
    there = enter()
    found = info(there, small_gap=97).result
    assert (found["verdict"], found["plans"]) == ("failing_unknown", [])
    assert found["proposal"].startswith("Start it first")
    assert cure(there, small_gap=97).result["outcome"] == "refused"
    assert there.writes("mkt") == []


def test_where_moving_would_hardly_help_nothing_is_moved(enter: Enter) -> None:
    there = enter()
    make_slow(there)
    assert info(there).result["verdict"] == "failing_unknown"
    assert info(there, small_gap=0).result["verdict"] == "stuck"


def test_a_cure_says_what_it_has_jumped_over_and_in_check_mode_before(enter: Enter) -> None:
    there = enter()
    given: dict[str, Any] = {"cursor": CURSOR, "expected_value": OLD, "mids": mids(there), "small_gap": 50}
    planned = there.ask("mkt", SYNC_CURSOR, check_mode=True, **given).result
    assert planned["moves"][0]["changed_between"] == 97
    assert "97 deliveries changed between" in planned["reason"]
    done = cure(there).result
    assert done["outcome"] == "cured"
    assert "97 deliveries changed between its old value and the new one." in done["reason"]
    assert done["moves"][0]["changed_between"] == 97
    assert there.calls("mid", "write") == []


def begun(there: World) -> list[dict[str, Any]]:
    """The evidence of an attempt that began now and was killed."""
    cursors = [{"cursor": CURSOR, "expected_value": OLD}]
    return [{"run_id": "r1", "started": there.now().isoformat(), "workflow": WORKFLOW, "cursors": cursors}]


def test_an_attempt_that_was_killed_is_brought_to_its_end_though_the_mid_is_gone_for_us(enter: Enter) -> None:
    there = enter()
    earlier = begun(there)
    there.sim.set_option("mkt", CURSOR, "2026-11-22T02:00:00Z")
    there.sim.order("mkt", WORKFLOW, "Stop")
    there.sim.advance(60)
    there.passed += 60
    unreachable = mids(there, url="http://127.0.0.1:9/mid")
    answer = cure(there, earlier=earlier, mids=unreachable, ask_mid="require")
    assert answer.result["outcome"] == "cured", answer.result["reason"]
    assert answer.result["moves"][0]["resumed_run"] == "r1"
    assert there.row("mkt")["state"] == 11


def test_a_workflow_that_an_attempt_has_stopped_is_not_left_stopped_because_its_mid_is_silent(enter: Enter) -> None:
    there = enter()
    earlier = begun(there)
    there.sim.order("mkt", WORKFLOW, "Stop")
    there.sim.advance(60)
    there.passed += 60
    cure(there, earlier=earlier, mids=mids(there, url="http://127.0.0.1:9/mid"))
    assert there.row("mkt")["state"] == 11
