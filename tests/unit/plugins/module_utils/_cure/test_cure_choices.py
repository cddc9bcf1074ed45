# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the operator may choose beyond the plain cure: several cursors, a second run, a mark, a stopped workflow."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._core.errors import ValidationError
from ansible_collections.campaign.classic.plugins.module_utils._cure.model import (
    CureOptions,
    CureResult,
    Move,
)
from ansible_collections.campaign.classic.plugins.module_utils._cure.plan import Plan
from ansible_collections.campaign.classic.plugins.module_utils._cure.state import CureState
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.attempts import Mark, read_mark
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.outcomes import OUTCOMES
from ansible_collections.campaign.classic.plugins.module_utils._resources.options import Option, Options
from tests.helpers.cure_world import (
    CURSOR,
    OLD,
    OLD_TIME,
    PREFIX,
    START,
    WORKFLOW,
    World,
    at,
    attempt_for,
    make_slow,
    plan_for,
    stage,
)
from tests.helpers.unfinished_cures import fail_second_look

DAY = timedelta(days=1)
Enter = Callable[..., World]
OTHER = PREFIX + "other"


@pytest.fixture
def enter() -> Iterator[Enter]:
    """Starts a world with one instance ``mkt``, made with these arguments of ``marketing``."""
    with stage() as start:
        yield start


def plans(*accounts: str) -> list[Plan]:
    return [plan_for("mkt", option=PREFIX + name, account=name) for name in accounts]


def ends(result: CureResult) -> dict[str, str | None]:
    return {move.plan.account: move.outcome for move in result.moves}


# -- several cursors ---------------------------------------------------------------------------------------------------


def test_two_stuck_cursors_are_cured_one_after_the_other_in_one_session(enter: Enter) -> None:
    there = enter("mid", "other")
    result = there.cure("mkt", plans=plans("mid", "other"))
    assert (result.outcome, ends(result)) == ("cured", {"mid": "cured", "other": "cured"}), result.reason
    assert there.writes("mkt") == ["Write", "Stop", "Start", "Wakeup"] * 2
    assert there.calls("mkt").count("xtk:session#Logon") == 1
    assert there.cursor("mkt", CURSOR) > START
    assert there.cursor("mkt", OTHER) > START
    assert result.errors == []
    data = result.to_dict()
    assert [move["old_value"] for move in data["moves"]] == [OLD, OLD]
    assert all(move["after"] > move["written"] > OLD for move in data["moves"])


def test_only_the_first_is_moved_when_its_run_moves_the_other_too(enter: Enter) -> None:
    """The other is old, and its mid answers all the same: moving it would lose what it has not fetched."""
    there = enter("mid", "other")
    there.sim.set_option("mkt", OTHER, "2026-11-10T00:00:00Z")
    second = plan_for("mkt", option=OTHER, account="other", old_value="2026-11-10 00:00:00.000Z")
    result = there.cure("mkt", plans=[plans("mid")[0], second])
    assert ends(result) == {"mid": "cured", "other": "unchanged"}, result.reason
    assert there.writes("mkt") == ["Write", "Stop", "Start", "Wakeup"]
    # What was moved is told by the diagnosis before it, and what was not by the last one.
    diagnoses = {move.plan.account: move.diagnosis for move in result.moves}
    assert {name: one.verdict.value if one else None for name, one in diagnoses.items()} == {
        "mid": "stuck",
        "other": "healthy",
    }
    after = result.moves[1].after
    assert after is not None and after.moment == there.cursor("mkt", OTHER)


def test_account_that_the_journal_names_is_moved_first(enter: Enter) -> None:
    there = enter("a", "b")
    there.sim.set_option("mkt", PREFIX + "b", "2019-01-01T00:00:00Z")
    older = plan_for("mkt", option=PREFIX + "b", account="b", old_value="2019-01-01 00:00:00.000Z")
    at(there, "Stop", lambda: seen.append(there.cursor("mkt", PREFIX + "a") > OLD_TIME))
    seen: list[bool] = []
    result = there.cure("mkt", plans=[older, *plans("a")])
    assert result.outcome == "cured", result.reason
    assert seen == [True]


def test_all_that_is_not_moved_is_put_back_when_the_last_run_fails(enter: Enter) -> None:
    there = enter("mid", "other")
    at(there, "Write", lambda: make_slow(there), nth=2)
    result = there.cure("mkt", plans=plans("mid", "other"))
    assert ends(result) == {"mid": "restored", "other": "restored"}, result.reason
    assert there.cursor("mkt", CURSOR) == there.cursor("mkt", OTHER) == OLD_TIME
    assert there.row("mkt")["state"] == 11


def test_failure_that_names_the_first_leaves_the_second_alone(enter: Enter) -> None:
    there = enter("mid", "other")
    make_slow(there)
    result = there.cure("mkt", plans=plans("mid", "other"))
    assert ends(result) == {"mid": "restored", "other": "refused"}, result.reason
    assert result.outcome == "restored"
    assert "before it was its turn" in result.moves[1].reason
    assert f"{CURSOR}: restored." in result.reason
    (failed,) = [step.detail for step in result.steps if step.action == "failed"]
    assert "timed out" in failed
    assert there.cursor("mkt", OTHER) == OLD_TIME


def test_each_is_judged_by_its_own_cursor(enter: Enter) -> None:
    """A workflow that moves each as soon as its account is done, and then fails for another."""
    there = enter("mid", "other")
    there.sim.change("mkt", switches={"failing_account": "continue", "cursor_written": "per_account"})
    result = there.cure("mkt", plans=plans("mid", "other"))
    assert ends(result) == {"mid": "cured_with_warnings", "other": "cured"}, result.reason
    assert result.outcome == "cured_with_warnings"
    assert "failed for another account then" in result.reason


def test_drift_of_one_refuses_all(enter: Enter) -> None:
    there = enter("mid", "other")
    there.sim.set_option("mkt", OTHER, "2020-03-01T10:00:01Z")
    result = there.cure("mkt", plans=plans("mid", "other"))
    assert ends(result) == {"mid": "refused", "other": "refused"}
    assert there.writes("mkt") == []


def test_one_that_is_not_there_does_not_hide_what_the_others_are(enter: Enter) -> None:
    there = enter("mid")
    result = there.cure("mkt", plans=plans("gone", "mid"))
    assert ends(result) == {"gone": "refused", "mid": "refused"}
    gone, mid = (move.diagnosis for move in result.moves)
    assert gone is None and mid is not None and mid.verdict.value == "stuck"


def test_healthy_one_among_them_needs_nothing(enter: Enter) -> None:
    there = enter("mid", "other", on_error="ignore")
    there.sim.change("mkt", switches={"failing_account": "continue", "cursor_written": "per_account"})
    there.sim.set_option("mkt", OTHER, "2026-11-23T01:58:00Z")
    result = there.cure("mkt", plans=plans("mid", "other"))
    assert ends(result) == {"mid": "cured", "other": "unchanged"}, result.reason


def test_other_that_cannot_be_looked_at_after_the_first_run_hides_nothing(
    enter: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = enter("mid", "other")
    fail_second_look(monkeypatch)
    result = there.cure("mkt", plans=plans("mid", "other"))
    assert ends(result) == {"mid": "kept", "other": "refused"}, result.reason
    assert "could not be looked at: Reading failed." in result.reason
    assert result.moves[1].reason == (
        "The cure ended before it was its turn. Nothing was written to it. Reading failed."
    )
    assert result.moves[0].written is not None
    assert there.writes("mkt") == ["Write", "Stop", "Start", "Wakeup"]


def test_other_that_is_not_stuck_any_more_after_the_first_run_is_not_moved(enter: Enter) -> None:
    there = enter("mid", "other")
    at(there, "Wakeup", lambda: there.sim.change("mkt", accounts={"other": {"active": False}}))
    result = there.cure("mkt", plans=plans("mid", "other"))
    assert ends(result) == {"mid": "cured", "other": "refused"}, result.reason
    assert "the verdict is 'inactive'" in result.moves[1].reason
    assert there.cursor("mkt", OTHER) == OLD_TIME


def test_workflow_that_somebody_stops_between_two_is_left_to_him(enter: Enter) -> None:
    there = enter("mid", "other")
    seen: list[int] = []

    def meanwhile() -> None:
        if there.row("mkt")["failed"] and not seen:
            seen.append(1)
            at(there, "ExecuteQuery", lambda: there.sim.order("mkt", WORKFLOW, "Stop"), nth=7)

    at(there, "Wakeup", lambda: setattr(there, "meanwhile", meanwhile))
    result = there.cure("mkt", plans=plans("mid", "other"))
    assert result.outcome in ("kept", "restored"), result.reason
    assert ends(result)["other"] in ("refused", "restored")
    assert there.row("mkt")["state"] in (15, 20)


@pytest.mark.parametrize(
    "wrong", [[], [plan_for("mkt"), plan_for("mkt")], [plan_for("mkt"), plan_for("mkt", option="x", workflow="y")]]
)
def test_cure_is_of_one_workflow_and_of_each_cursor_once(enter: Enter, wrong: list[Plan]) -> None:
    there = enter()
    with pytest.raises(ValidationError, match="each of its cursors once"):
        there.cure("mkt", plans=wrong or [plan_for("mkt"), plan_for("mkt")])


# -- waiting -----------------------------------------------------------------------------------------------------------


def test_run_that_goes_on_is_waited_for(enter: Enter) -> None:
    """Two accounts: one moves with every run, so that its verdict is ``running`` while the other is stuck."""
    there = enter("mid", "other", on_error="ignore")
    there.sim.change("mkt", switches={"failing_account": "continue", "cursor_written": "per_account"})
    there.sim.set_option("mkt", OTHER, "2026-11-23T01:58:00Z")
    there.sleep(8 * 60 + 20)
    assert there.row("mkt")["processId"]
    result = there.cure("mkt")
    assert result.outcome == "cured", result.reason
    assert there.writes("mkt")[:2] == ["Stop", "Write"]


def test_run_on_a_cursor_that_is_not_shown_to_be_stuck_is_refused_at_once(enter: Enter) -> None:
    there = enter(workflow={"timeout": "3h", "first_run": "8m"})
    there.sim.add_deliveries("mid", count=9000, from_="2026-10-02T00:00:00Z", to="2026-11-22T01:00:00Z", for_=["mkt"])
    there.sleep(90)
    assert there.row("mkt")["processId"]
    before = there.passed
    result = there.cure("mkt")
    assert (result.outcome, there.writes("mkt")) == ("refused", []), result.reason
    assert "A run is going on" in result.reason
    assert "detect again when it has ended" in result.reason
    assert there.passed == before, "nothing is waited for"
    assert there.calls("mkt", "read") == ["xtk:queryDef#ExecuteQuery"] * 4


def test_run_that_an_attempt_of_ours_has_begun_is_waited_for_as_long_as_is_allowed(enter: Enter) -> None:
    there = enter(workflow={"timeout": "3h", "first_run": "8m"})
    there.sim.add_deliveries("mid", count=9000, from_="2026-10-02T00:00:00Z", to="2026-11-22T01:00:00Z", for_=["mkt"])
    there.sleep(90)
    assert there.row("mkt")["processId"]
    ours = attempt_for(there.now(), [plan_for("mkt")])
    before = there.passed
    assert there.cure("mkt", attempts=[ours], check_mode=True).outcome == "refused"
    assert there.passed == before, "check mode waits for nothing"
    result = there.cure("mkt", attempts=[ours], verify_timeout=60)
    assert (result.outcome, there.writes("mkt")) == ("refused", []), result.reason
    assert "Waited 60 s for the run that is going on" in result.reason


# -- a second run ------------------------------------------------------------------------------------------------------


def test_second_run_of_the_scheduler_confirms_the_cure(enter: Enter) -> None:
    there = enter()
    result = there.cure("mkt", confirm=True)
    assert result.outcome == "confirmed", result.reason
    assert there.writes("mkt") == ["Write", "Stop", "Start", "Wakeup"]
    assert result.steps[-1].action == "confirmed"
    assert there.passed > 300


def test_second_run_that_fails_is_told(enter: Enter) -> None:
    there = enter()
    other = {"login": "mid", "password": "rotated", "rights": ["admin"]}
    seen: list[int] = []

    def meanwhile() -> None:
        if there.cursor("mkt") > START and not seen:
            seen.append(1)
            there.sim.change("mid", operators=[other])

    there.meanwhile = meanwhile
    result = there.cure("mkt", confirm=True)
    assert result.outcome == "kept", result.reason
    assert "The run that the scheduler started then failed: XSV-350012" in result.reason
    assert result.errors


def test_second_run_that_does_not_come_leaves_the_cure_as_it_is(enter: Enter) -> None:
    there = enter()

    def meanwhile() -> None:
        if there.cursor("mkt") > START:
            there.sim.change("mkt", wfserver="down")

    there.meanwhile = meanwhile
    result = there.cure("mkt", confirm=True, verify_timeout=60)
    assert result.outcome == "cured", result.reason
    assert "Not confirmed: Waited 60 s for a run that the scheduler starts" in result.reason


def test_bad_end_is_not_confirmed(enter: Enter) -> None:
    there = enter()
    make_slow(there)
    assert there.cure("mkt", confirm=True).outcome == "restored"


# -- the mark ----------------------------------------------------------------------------------------------------------


def set_marked(there: World, mark: Mark) -> None:
    """The cursor as the run of a mark has left it."""
    row = {"type": "datetime", "value": mark.written.text, "description": mark.added_to("")}
    there.sim.set_option("mkt", CURSOR, row)


def description(there: World) -> str:
    found = there.sim.option("mkt", CURSOR)
    assert found is not None
    return str(found["description"])


def test_mark_is_written_in_the_same_call_and_stays(enter: Enter) -> None:
    there = enter(options={CURSOR: {"type": "datetime", "value": OLD, "description": "Counters."}})
    result = there.cure("mkt", mark=True, run_id="change-4711")
    assert result.outcome == "cured", result.reason
    assert there.writes("mkt").count("Write") == 1
    assert description(there) == Mark(OLD, result.written or "", "change-4711").added_to("Counters.")


def test_mark_is_taken_away_with_the_value_that_is_put_back(enter: Enter) -> None:
    there = enter(options={CURSOR: {"type": "datetime", "value": OLD, "description": "Counters."}})
    make_slow(there)
    result = there.cure("mkt", mark=True, run_id="change-4711")
    assert result.outcome == "restored", result.reason
    assert description(there) == "Counters."


def test_mark_of_an_older_cure_is_taken_away_by_one_that_does_not_mark(enter: Enter) -> None:
    old = Mark("2019-01-01 00:00:00Z", "2020-01-01 00:00:00Z", "long-ago").added_to("Counters.")
    there = enter(options={CURSOR: {"type": "datetime", "value": OLD, "description": old}})
    make_slow(there)
    result = there.cure("mkt", mark=True, run_id="r2")
    assert result.outcome == "restored", result.reason
    assert description(there) == "Counters."


@pytest.mark.parametrize("run_id", ["", "two words", "-x", "a]b"])
def test_mark_needs_a_run_that_can_stand_in_it(run_id: str) -> None:
    with pytest.raises(ValidationError, match="A mark needs the name of the run"):
        CureOptions(mark=True, run_id=run_id)


def test_mark_alone_is_enough_to_go_on_with_a_cure(enter: Enter) -> None:
    """The value is ours, the workflow has failed, and nothing is known on the controller."""
    there = enter()
    mark = Mark(OLD, "2026-11-22 02:00:00.000Z", "r1")
    there.sim.set_option(
        "mkt", CURSOR, {"type": "datetime", "value": mark.written.text, "description": mark.added_to("")}
    )
    result = there.cure("mkt", mark=True, run_id="r2")
    assert result.outcome == "cured", result.reason
    assert result.moves[0].resumed == "r1"
    assert there.writes("mkt") == ["Stop", "Start", "Wakeup"]


def test_workflow_that_is_started_on_a_marked_value_only_has_its_next_run_waited_for(enter: Enter) -> None:
    there = enter(on_error="ignore")
    set_marked(there, Mark(OLD, "2026-11-22 02:00:00.000Z", "r1"))
    result = there.cure("mkt", mark=True, run_id="r2")
    assert result.outcome == "cured", result.reason
    assert there.writes("mkt") == ["Wakeup"]


def test_mark_that_the_server_does_not_keep_is_noted(enter: Enter, monkeypatch: pytest.MonkeyPatch) -> None:
    there = enter()
    write = Options.write_and_verify

    def forget(self: Options, option: Option, value: object, **more: Any) -> Option:
        return replace(write(self, option, value, **more), description="")

    monkeypatch.setattr(Options, "write_and_verify", forget)
    result = there.cure("mkt", mark=True, run_id="r1")
    assert result.outcome == "cured", result.reason
    assert ("mark", "the server did not keep the mark in the description") in [
        (step.action, step.detail) for step in result.steps
    ]


def test_cursor_that_an_earlier_run_has_moved_gets_its_run_before_another_is_moved(enter: Enter) -> None:
    there = enter("mid", "other")
    set_marked(there, Mark(OLD, "2026-11-22 02:00:00.000Z", "r1"))
    planned = there.cure("mkt", plans=plans("mid", "other"), check_mode=True)
    assert planned.reason == (
        f"Would move {CURSOR}, which the run 'r1' has moved from {OLD}, then {OTHER} from {OLD} to "
        f"2026-11-22 02:00:00.000Z and run '{WORKFLOW}' afresh."
    )
    refused = there.cure("mkt", plans=plans("mid", "other"), session={"read_only": True})
    assert refused.reason.startswith(
        f"Would move {CURSOR}, which the run 'r1' has moved from {OLD}, {OTHER} from {OLD} to 2026-11-22 02:00:00.000Z"
        ", but the session is read-only."
    )
    result = there.cure("mkt", plans=plans("mid", "other"))
    assert ends(result) == {"mid": "cured", "other": "cured"}, result.reason
    # It is not known why the earlier run had moved it, and the journal names the other: it is tried without the first.
    assert there.writes("mkt") == [
        *("Stop", "Start", "Wakeup"),
        *("Stop", "Write", "Write", "Start", "Wakeup"),
        *("Write", "Stop", "Start", "Wakeup"),
    ]


def test_check_mode_says_that_an_earlier_run_has_moved_it(enter: Enter) -> None:
    there = enter()
    mark = Mark(OLD, "2026-11-22 02:00:00.000Z", "r1")
    there.sim.set_option(
        "mkt", CURSOR, {"type": "datetime", "value": mark.written.text, "description": mark.added_to("")}
    )
    result = there.cure("mkt", check_mode=True)
    assert result.outcome == "planned"
    assert result.reason == (
        f"Would see on {CURSOR}, which the run 'r1' has moved from {OLD} and run '{WORKFLOW}' afresh."
    )
    assert there.writes("mkt") == []


@pytest.mark.parametrize(
    ("ended", "outcome"),
    [
        ({}, "unchanged"),
        ({"outcome": "pending", "writes": 4, "written": {CURSOR: "2026-11-22 02:00:00.000Z"}}, "cured"),
        ({"outcome": "cured", "writes": 4, "orders": ("start",)}, "unchanged"),
    ],
)
@pytest.mark.parametrize("mark", [False, True])
def test_cursor_that_was_moved_on_is_cured_only_if_it_is_known_that_an_attempt_had_moved_it(
    enter: Enter, ended: dict[str, Any], outcome: str, mark: bool
) -> None:
    there = enter()
    began = there.now()
    assert there.cure("mkt", mark=mark, run_id="r1").outcome == "cured"
    there.sim.clear_ledger()
    result = there.cure("mkt", attempts=[attempt_for(began, plans("mid"), **ended)])
    if not ended:
        # The evidence of a killed attempt has only what was meant. The mark was written with the value.
        outcome = "cured" if mark else "unchanged"
        assert mark or result.reason.endswith("Whether the run 'r1', which did not end, had moved it is not known.")
    assert (result.outcome, result.changed) == (outcome, False), result.reason
    assert there.writes("mkt") == []


def test_cursor_that_a_person_has_moved_after_a_kill_is_not_called_cured(enter: Enter) -> None:
    there = enter()
    attempt = attempt_for(there.now(), plans("mid"))
    there.sleep(600)
    there.sim.set_option("mkt", CURSOR, there.now().isoformat())
    there.sim.order("mkt", WORKFLOW, "Stop")
    there.sleep(5)
    there.sim.order("mkt", WORKFLOW, "Start")
    there.sleep(1300)
    result = there.cure("mkt", attempts=[attempt])
    assert (result.outcome, result.changed) == ("unchanged", False), result.reason


# -- a workflow that somebody had stopped ------------------------------------------------------------------------------


def stopped(there: World) -> None:
    there.sim.order("mkt", WORKFLOW, "Stop")
    there.sleep(5)


def paused(there: World) -> None:
    """A workflow that ignores errors is paused by a person; one that failed waits at 13 anyway."""
    there.sim.order("mkt", WORKFLOW, "Pause")
    there.sleep(5)


@pytest.mark.parametrize(
    ("on_error", "hold", "state", "writes"),
    [
        ("stop", stopped, 20, ["Write", "Start", "Wakeup"]),
        ("ignore", stopped, 20, ["Write", "Start", "Wakeup"]),
        ("ignore", paused, 13, ["Write", "Stop", "Start", "Wakeup"]),
    ],
)
def test_workflow_that_somebody_stopped_is_treated_on_request_only(
    enter: Enter, on_error: str, hold: Callable[[World], None], state: int, writes: list[str]
) -> None:
    there = enter(on_error=on_error)
    hold(there)
    assert there.row("mkt")["state"] == state
    refused = there.cure("mkt")
    assert refused.outcome == "refused"
    assert "The verdict is 'held'" in refused.reason
    assert there.writes("mkt") == []
    result = there.cure("mkt", start_stopped=True)
    assert result.outcome == "cured", result.reason
    assert there.writes("mkt") == writes
    assert there.row("mkt")["state"] == 11


@pytest.mark.parametrize("on_failure", ["restore", "keep"])
@pytest.mark.parametrize(("on_error", "hold"), [("stop", stopped), ("ignore", paused)])
def test_workflow_that_was_found_stopped_is_left_stopped_after_a_failure(
    enter: Enter, on_error: str, hold: Callable[[World], None], on_failure: str
) -> None:
    there = enter(on_error=on_error)
    hold(there)
    make_slow(there)
    result = there.cure("mkt", start_stopped=True, on_failure=on_failure)
    assert result.outcome == {"restore": "restored", "keep": "kept"}[on_failure], result.reason
    assert there.row("mkt")["state"] == 20
    assert there.cursor("mkt") == {"restore": OLD_TIME, "keep": START - DAY + timedelta(seconds=5)}[on_failure]
    there.sleep(1800)
    assert there.row("mkt")["state"] == 20


def test_stop_of_an_attempt_that_was_killed_is_not_a_persons_whatever_is_asked(enter: Enter) -> None:
    there = enter()
    began = there.now()
    stopped(there)
    result = there.cure("mkt", attempts=[attempt_for(began, plans("mid"))])
    assert result.outcome == "cured", result.reason
    assert there.row("mkt")["state"] == 11


def test_found_stopped_is_remembered_by_the_mark(enter: Enter) -> None:
    there = enter()
    stopped(there)
    make_slow(there)
    mark = Mark(OLD, "2026-11-22 02:00:00.000Z", "r1", found_stopped=True)
    there.sim.set_option(
        "mkt", CURSOR, {"type": "datetime", "value": mark.written.text, "description": mark.added_to("")}
    )
    result = there.cure("mkt", mark=True, run_id="r2", start_stopped=True)
    assert result.outcome == "restored", result.reason
    assert "as it was found" in result.reason
    assert there.row("mkt")["state"] == 20
    assert description(there) == ""


def test_mark_of_a_stopped_workflow_says_so(enter: Enter) -> None:
    there = enter()
    stopped(there)
    result = there.cure("mkt", mark=True, run_id="r1", start_stopped=True)
    assert result.outcome == "cured", result.reason
    mark = read_mark(description(there))
    assert mark is not None
    assert mark.found_stopped


def test_write_that_is_refused_leaves_a_paused_workflow_paused(enter: Enter) -> None:
    there = enter(on_error="ignore")
    paused(there)
    there.sim.fault("deadlock", instance="mkt", method="xtk:persist#Write", count=1)
    result = there.cure("mkt", start_stopped=True)
    assert result.outcome == "refused", result.reason
    assert there.row("mkt")["state"] == 13
    assert there.writes("mkt") == ["Write"]


def test_stop_that_fails_after_a_failure_is_told(enter: Enter) -> None:
    there = enter()
    stopped(there)
    make_slow(there)
    there.sim.fault("deadlock", instance="mkt", method="xtk:workflow#Stop", count=1)
    result = there.cure("mkt", start_stopped=True, on_failure="keep")
    assert result.outcome == "kept", result.reason
    assert "Stopping the workflow again failed: " in result.reason


def test_workflow_that_somebody_starts_before_the_write_is_left_to_him(enter: Enter) -> None:
    there = enter(on_error="ignore")
    seen: list[int] = []

    def meanwhile() -> None:
        if there.row("mkt")["state"] == 20 and not seen:
            seen.append(1)
            at(there, "ExecuteQuery", lambda: there.sim.order("mkt", WORKFLOW, "Start"), nth=2)

    there.meanwhile = meanwhile
    result = there.cure("mkt")
    assert (result.outcome, result.written) == ("refused", None), result.reason
    assert there.writes("mkt") == ["Stop"]
    assert there.cursor("mkt") == OLD_TIME


# -- how it ends -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("worst", range(len(OUTCOMES)))
def test_outcome_of_several_is_the_worst(worst: int) -> None:
    moves = tuple(
        Move(plan_for("mkt", option=f"{PREFIX}{number}")).ended(OUTCOMES[max(number, worst)], f"Reason {number}.")
        for number in range(len(OUTCOMES))
    )
    result = CureResult(CureState(moves))
    assert result.outcome == OUTCOMES[worst]
    assert result.decisive is moves[0]


def test_outcome_that_was_given_stays() -> None:
    move = Move(plan_for("mkt")).ended("cured", "First.").ended("kept", "Second.")
    assert (move.outcome, move.reason) == ("cured", "First.")
