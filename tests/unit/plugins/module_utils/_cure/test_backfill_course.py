# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The course of a backfill from its first look to its result, and of one window, without a server."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._core.cursor_value import CursorValue
from ansible_collections.campaign.classic.plugins.module_utils._core.errors import FaultError
from ansible_collections.campaign.classic.plugins.module_utils._core.interrupts import Interrupted
from ansible_collections.campaign.classic.plugins.module_utils._cure import backfill as _backfill
from ansible_collections.campaign.classic.plugins.module_utils._cure.backfill import INTERRUPTED, Backfill, _Ended
from ansible_collections.campaign.classic.plugins.module_utils._cure.backfill_model import Window
from ansible_collections.campaign.classic.plugins.module_utils._cure.workflow_waiter import Baseline
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.catalogue import CATALOGUE
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.diagnose import Verdict
from tests.helpers.backfills import BACK, GOOD, LATER, backfill, ends, raising, run_end
from tests.helpers.cure_world import CURSOR, OLD, WORKFLOW
from tests.helpers.cursors import DAY, HOUR, NOW, ago, workflow

STOP = Interrupted("SIGTERM")


def test_an_end_says_its_reason() -> None:
    assert str(_Ended("kept", "Somebody else.")) == "Somebody else."


# -- from the first look to the result ---------------------------------------------------------------------------------


def run(
    monkeypatch: pytest.MonkeyPatch, there: Backfill, *, go_back: Callable[[], Any], listing: Any = None
) -> list[str]:
    """The steps that it took, where nothing is refused at first, and this is how it goes back and lists what stays."""
    took: list[str] = []

    def list_affected() -> None:
        took.append("list")
        if listing is not None:
            raise listing

    def going_back() -> Any:
        took.append("go back")
        return go_back()

    monkeypatch.setattr(there, "_check", lambda: took.append("check"))
    monkeypatch.setattr(there, "_plan_windows", lambda: took.append("plan"))
    monkeypatch.setattr(there, "_go_back", going_back)
    monkeypatch.setattr(there, "_list_affected", list_affected)
    assert there.run() is there.result
    return took


def test_its_end_is_the_result_with_its_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    there = backfill(Window(ago(DAY)), changed=True)
    there.actions.note("fetched", "a day")
    took = run(monkeypatch, there, go_back=raising(_Ended("complete", "Done.")))
    assert took == ["check", "plan", "go back", "list"]
    assert (there.result.outcome, there.result.reason, there.result.changed) == ("complete", "Done.", True)
    assert [(step.action, step.detail) for step in there.result.steps] == [("fetched", "a day")]


def test_nothing_that_was_done_is_no_change(monkeypatch: pytest.MonkeyPatch) -> None:
    there = backfill(Window(ago(DAY)))
    run(monkeypatch, there, go_back=raising(_Ended("refused", "No.")))
    assert (there.result.outcome, there.result.changed) == ("refused", False)


@pytest.mark.parametrize("windows", [0, 2])
def test_check_mode_goes_nowhere_and_would_change_what_has_windows(
    monkeypatch: pytest.MonkeyPatch, windows: int
) -> None:
    there = backfill(*(Window(ago(DAY), 1) for _ in range(windows)))
    there.choices = there.choices.__class__(check_mode=True)
    assert run(monkeypatch, there, go_back=raising(AssertionError())) == ["check", "plan", "list"]
    assert (there.result.outcome, there.result.changed) == ("planned", bool(windows))
    assert there.result.reason == f"Would set the cursor back {there._story()}, and run '{WORKFLOW}' each time."


def test_read_only_goes_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    there = backfill(Window(ago(DAY)))
    there.session.read_only = True
    assert run(monkeypatch, there, go_back=raising(AssertionError())) == ["check", "plan", "list"]
    assert (there.result.outcome, there.result.reason) == (
        "refused",
        "The session is read-only. Unset read_only (and CAMPAIGN_READ_ONLY) first.",
    )


def test_an_error_before_anything_was_sent_is_the_callers(monkeypatch: pytest.MonkeyPatch) -> None:
    there = backfill(Window(ago(DAY)))
    with pytest.raises(FaultError, match=r"^No\.$"):
        run(monkeypatch, there, go_back=raising(FaultError("No.")))


def test_an_error_after_something_was_sent_is_pending(monkeypatch: pytest.MonkeyPatch) -> None:
    there = backfill(Window(ago(DAY)), changed=True)
    there.result.covered = ago(HOUR)
    took = run(monkeypatch, there, go_back=raising(FaultError("No.", next_step="Look.")))
    assert (took[-1], there.result.outcome, there.result.changed) == ("list", "pending", True)
    assert there.result.reason == (
        f"No. Look. Deliveries are fetched from {CursorValue.at(ago(HOUR))} on. The cursor was last seen at {GOOD}. "
        "Detect again. Where the cursor stands elsewhere than last good, put that back by its OLD VALUE line."
    )


def test_an_interrupt_lists_nothing_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    there = backfill(Window(ago(DAY)))
    monkeypatch.setattr(there, "_interrupted", lambda stop: setattr(there.result, "reason", str(stop)))
    assert run(monkeypatch, there, go_back=raising(STOP)) == ["check", "plan", "go back"]
    assert there.result.reason == "Interrupted by SIGTERM."


def test_an_interrupt_of_the_list_is_said_beside_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    there = backfill(Window(ago(DAY)), changed=True)
    run(monkeypatch, there, go_back=raising(_Ended("complete", "Done.")), listing=STOP)
    assert (there.result.outcome, there.result.reason) == (
        "complete",
        "Done. What stays possibly affected was not listed: Interrupted by SIGTERM.",
    )


# -- the first look ----------------------------------------------------------------------------------------------------


def cursor_seen(value: CursorValue = GOOD, verdict: Verdict = Verdict.HEALTHY, **changes: Any) -> Any:
    """A cursor as a diagnosis gives it."""
    usual = {
        "option": CURSOR,
        "workflow": WORKFLOW,
        "verdict": verdict,
        "reason": "It stands still.",
        "cursor_value": value,
        "value": value.moment,
        "value_text": str(value),
        "evidence": {"account": {"server": "https://mid"}},
    }
    return SimpleNamespace(**{**usual, **changes})


def look(monkeypatch: pytest.MonkeyPatch, there: Backfill, *found: Any) -> list[Any]:
    """The kinds whose facts are read, where these cursors are found."""
    asked: list[Any] = []
    monkeypatch.setattr(_backfill, "read_facts", lambda _session, kinds: asked.append(list(kinds)))
    monkeypatch.setattr(_backfill, "diagnose", lambda *_given: list(found))
    return asked


def test_a_healthy_cursor_is_gone_on_with(monkeypatch: pytest.MonkeyPatch) -> None:
    there = backfill()
    asked = look(monkeypatch, there, cursor_seen(BACK, Verdict.STUCK, option="another"), cursor_seen())
    there._check()
    assert (there.result.after, there.server) == (GOOD, "https://mid")
    assert asked == [[kind for kind in CATALOGUE if not kind.sibling]]
    assert len(asked[0]) < len(CATALOGUE)


def test_a_cursor_that_stands_where_it_is_expected_is_gone_on_with(monkeypatch: pytest.MonkeyPatch) -> None:
    there = backfill()
    there.expected = GOOD.known()
    look(monkeypatch, there, cursor_seen())
    there._check()


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        ([], f"There is no cursor '{CURSOR}', or the operator may not see it."),
        ([cursor_seen(workflow="mine")], f"The cursor '{CURSOR}' is moved by 'mine', not '{WORKFLOW}'."),
        (
            [cursor_seen(verdict=Verdict.STUCK)],
            "The verdict is 'stuck' and not 'healthy': It stands still. Cure it first.",
        ),
        (
            [cursor_seen(CursorValue.at(ago(DAY + 1)))],
            f"The cursor is {CursorValue.at(ago(DAY + 1))}, before {BACK}: somebody has set it back.",
        ),
    ],
)
def test_what_does_not_fit_is_refused_in_these_words(
    monkeypatch: pytest.MonkeyPatch, found: list[Any], reason: str
) -> None:
    there = backfill()
    look(monkeypatch, there, *found)
    assert ends(there._check) == ("refused", reason)


def test_a_cursor_at_the_old_value_has_no_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    there = backfill()
    there.since = there.expected = GOOD.known()
    look(monkeypatch, there, cursor_seen())
    assert ends(there._check) == ("refused", f"The cursor has not moved past {OLD}: there is nothing to fill.")


# -- one window --------------------------------------------------------------------------------------------------------


class Windowed:
    """One window, with what its steps give."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, run: Any, *, rest: Any = GOOD, back: Any = None) -> None:
        self.there, self.window = backfill(Window(ago(DAY)), max_run=90.0), Window(ago(DAY))
        self.asked: dict[str, Any] = {}
        self.now = NOW
        self.there.session.server_now = lambda: self.now
        baseline = Baseline(workflow(11), frozenset())
        monkeypatch.setattr(self.there, "_at_rest", self._gives(rest))
        monkeypatch.setattr(self.there, "_set_back", self._gives(back or baseline))
        monkeypatch.setattr(self.there.actions, "verify_timeout", lambda _given: 60.0)
        monkeypatch.setattr(self.there.actions.watch, "run_end", lambda *_given, **asked: self._run(run, asked))

    def _gives(self, what: Any) -> Callable[[], Any]:
        return raising(what) if isinstance(what, BaseException) else lambda: what

    def _run(self, run: Any, asked: dict[str, Any]) -> Any:
        self.asked = asked
        self.now += timedelta(seconds=12.5)
        return self._gives(run)()


def test_a_window_that_is_fetched_takes_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Windowed(monkeypatch, run_end())
    one.there._one(one.window)
    assert (one.window.outcome, one.window.seconds) == ("fetched", 12.5)
    (move,) = one.there.course.state.moves
    plan = move.plan
    assert (plan.instance, plan.workflow, plan.option, plan.account) == ("mkt", WORKFLOW, CURSOR, "")
    assert (plan.old_value, plan.strategy, plan.explicit_value) == (GOOD, "explicit", BACK)
    assert plan.allow_backwards
    assert (one.asked["timeout"], one.asked["wake"], one.asked["what"]) == (90.0, True, "the run of a window")
    (step,) = one.there.course.state.steps
    assert (step.action, step.detail) == ("fetched", f"{BACK}: {GOOD}")


def test_a_run_has_as_long_as_the_workflow_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    one, given = Windowed(monkeypatch, run_end()), list[tuple[Any, datetime]]()

    def verify_timeout(run: tuple[Any, datetime]) -> float:
        given.append(run)
        return 600.0

    monkeypatch.setattr(one.there.actions, "verify_timeout", verify_timeout)
    one.there._one(one.window)
    assert (one.asked["timeout"], given) == (600.0, [(workflow(11), NOW)])
    monkeypatch.setattr(one.there.actions, "read", lambda _option: SimpleNamespace(cursor_value=LATER))
    assert one.asked["done"]()


def test_a_run_that_fails_gives_up(monkeypatch: pytest.MonkeyPatch) -> None:
    one, given = Windowed(monkeypatch, run_end(failed=True, text="It broke.")), list[Any]()
    monkeypatch.setattr(one.there, "_give_up", lambda *with_: given.append(with_))
    one.there._one(one.window)
    assert (one.window.outcome, one.window.seconds) == ("failed", 12.5)
    assert given == [(GOOD, f"The run for {BACK} failed: It broke.")]


def test_an_interrupt_after_a_run_that_fails_is_one_of_its_window(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Windowed(monkeypatch, run_end(failed=True))
    monkeypatch.setattr(one.there, "_give_up", raising(STOP))
    with pytest.raises(Interrupted):
        one.there._one(one.window)
    assert one.window.outcome == INTERRUPTED


@pytest.mark.parametrize("when", ["back", "run"])
def test_an_interrupt_of_a_window_goes_on_to_the_end(monkeypatch: pytest.MonkeyPatch, when: str) -> None:
    one = Windowed(monkeypatch, STOP if when == "run" else run_end(), back=STOP if when == "back" else None)
    monkeypatch.setattr(one.there, "_give_up", raising(AssertionError()))
    with pytest.raises(Interrupted):
        one.there._one(one.window)
    assert one.window.outcome == INTERRUPTED


@pytest.mark.parametrize(
    ("back", "run", "way_out", "reason"),
    [
        (_Ended("kept", "Theirs."), run_end(), "_leave_to_others", "Theirs."),
        (None, FaultError("No.", next_step="Look."), "_give_up", "No. Look."),
    ],
)
def test_an_order_of_somebody_else_leaves_the_window_to_them_and_an_error_gives_it_up(
    monkeypatch: pytest.MonkeyPatch, back: Any, run: Any, way_out: str, reason: str
) -> None:
    one, given = Windowed(monkeypatch, run, back=back), list[Any]()

    def end(*with_: Any) -> None:
        given.append(with_)
        raise _Ended("partial", "ended")

    monkeypatch.setattr(one.there, way_out, end)
    assert ends(one.there._one, one.window) == ("partial", "ended")
    assert (one.window.outcome, given) == (INTERRUPTED, [(GOOD, reason)])


def test_a_workflow_that_is_not_well_before_a_window_ends_it_before_it_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Windowed(monkeypatch, run_end(), rest=_Ended("kept", "Stopped."))
    assert ends(one.there._one, one.window) == ("kept", "Stopped.")
    assert (one.window.outcome, one.there.course.state.moves) == ("planned", ())


def test_a_cursor_that_somebody_has_set_back_ends_it_before_it_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Windowed(monkeypatch, run_end(), rest=BACK)
    assert ends(one.there._one, one.window)[0] == "refused"
    assert one.there.course.state.moves == ()


# -- the windows -------------------------------------------------------------------------------------------------------


def test_windows_are_counted_from_whole_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    there = backfill(skew=0.25)
    there.session.server_now = lambda: NOW + timedelta(milliseconds=900)
    there._plan_windows()
    assert [window.since for window in there.result.windows] == [ago(days * DAY + 1) for days in (1, 7, 30)]
    assert there.result.covered == NOW


def test_a_cursor_that_is_not_known_has_no_windows() -> None:
    there = backfill()
    there.result.after = None
    assert ends(there._plan_windows)[0] == "partial"
    assert (there.result.windows, there.result.covered) == ([], None)


# -- between two windows -----------------------------------------------------------------------------------------------


def going_back(monkeypatch: pytest.MonkeyPatch, seconds: list[float], **options: Any) -> Backfill:
    """Windows of a day and a week whose runs take so long."""
    there = backfill(Window(ago(DAY)), Window(ago(7 * DAY)), **options)
    left = iter(seconds)
    monkeypatch.setattr(there, "_one", lambda window: setattr(window, "seconds", next(left)))
    return there


def test_the_second_window_is_predicted_from_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    there = going_back(monkeypatch, [40.0], max_run=279.0)
    assert ends(there._go_back)[0] == "partial"
    assert [window.outcome for window in there.result.windows] == ["planned", "not begun"]
    assert there.result.windows[1].predicted == pytest.approx(280.0)
    assert there.result.covered == ago(DAY)


def test_a_second_window_that_takes_too_long_is_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    there = going_back(monkeypatch, [40.0, 561.0])
    outcome, reason = ends(there._go_back)
    assert (outcome, there.result.covered) == ("partial", ago(7 * DAY))
    assert reason.endswith("That run took 9m 21s and not about 4m 40s: the mid cannot be asked for more.")


def test_a_window_without_a_time_took_none(monkeypatch: pytest.MonkeyPatch) -> None:
    there = backfill(Window(ago(DAY)), Window(ago(7 * DAY)))
    monkeypatch.setattr(there, "_one", lambda _window: None)
    assert ends(there._go_back)[1].endswith("which is as far as allowed (max_window).")


def test_a_run_without_a_time_is_none_that_took_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    there, checked = backfill(Window(ago(DAY)), Window(ago(7 * DAY))), list[float]()
    monkeypatch.setattr(there, "_one", lambda _window: None)
    monkeypatch.setattr(there, "_check_duration", lambda _predicted, seconds: checked.append(seconds))
    ends(there._go_back)
    assert checked == [0]


# -- at rest -----------------------------------------------------------------------------------------------------------


def at_rest(monkeypatch: pytest.MonkeyPatch, there: Backfill, row: Any) -> dict[str, Any]:
    """What the wait is asked for, where the workflow is so."""
    asked: dict[str, Any] = {}

    def until(done: Callable[[Any], bool], **more: Any) -> Any:
        asked.update(more, done=done)
        return row

    monkeypatch.setattr(there.actions.watch, "until", until)
    monkeypatch.setattr(there.actions, "read", lambda _option: SimpleNamespace(cursor_value=LATER))
    return asked


def test_at_rest_no_run_is_on_and_no_order(monkeypatch: pytest.MonkeyPatch) -> None:
    there = backfill()
    asked = at_rest(monkeypatch, there, workflow(11))
    assert there._at_rest() == LATER
    assert (asked["timeout"], asked["what"]) == (there.choices.order_timeout, "the run that is going on")
    found = [asked["done"](one) for one in (workflow(11), workflow(11, pid=7), workflow(15))]
    assert found == [True, False, False]
    assert not there.course.state.stopped_by_others


@pytest.mark.parametrize(("state", "failed", "theirs"), [(20, False, True), (13, True, False), (11, True, False)])
def test_a_stop_of_somebody_else_is_remembered_and_a_failure_is_not_one(
    monkeypatch: pytest.MonkeyPatch, state: int, failed: bool, theirs: bool
) -> None:
    there = backfill()
    at_rest(monkeypatch, there, workflow(state, failed=failed))
    assert ends(there._at_rest)[0] == "refused"
    assert there.course.state.stopped_by_others is theirs
