# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a backfill decides at each turn, and in which words, without a server."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._core.cursor_value import CursorValue
from ansible_collections.campaign.classic.plugins.module_utils._core.errors import (
    CampaignError,
    ConflictError,
    FaultError,
    WaitTimeout,
)
from ansible_collections.campaign.classic.plugins.module_utils._core.interrupts import Interrupted
from ansible_collections.campaign.classic.plugins.module_utils._cure.backfill import INTERRUPTED, Backfill
from ansible_collections.campaign.classic.plugins.module_utils._cure.backfill_model import (
    BackfillResult,
    Window,
)
from ansible_collections.campaign.classic.plugins.module_utils._cure.workflow_waiter import Baseline, RunEnd
from ansible_collections.campaign.classic.plugins.module_utils._resources.workflows import Workflow
from tests.helpers.backfills import BACK, GOOD, LATER, backfill, counts, ends, moving, raising, run_end
from tests.helpers.cure_world import OLD, OLD_TIME
from tests.helpers.cursors import DAY, HOUR, NOW, ago, workflow

LOST = "is still on its way is not known: it may land later."


# -- the windows -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "days"),
    [
        ({}, [1, 7, 30]),
        ({"windows": (7 * DAY, DAY, DAY), "max_window": 30 * DAY}, [1, 7, 30]),
        ({"windows": (DAY, 7 * DAY), "max_window": 7 * DAY}, [1, 7]),
        ({"windows": (DAY, 7 * DAY), "max_window": 3 * DAY}, [1, 3]),
        ({"windows": (DAY,), "max_window": DAY + 1}, [1, 1 + 1 / DAY]),
        ({"windows": (DAY,), "max_window": DAY}, [1]),
        ({"windows": (2 * DAY,), "max_window": DAY}, [1]),
    ],
)
def test_windows_grow_up_to_the_ceiling(options: dict[str, Any], days: list[float]) -> None:
    assert backfill(**options)._starts(NOW) == [NOW - timedelta(days=one) for one in days]


def test_windows_end_at_the_old_value() -> None:
    there = backfill()
    there.since = ago(3 * DAY)
    assert there._starts(NOW) == [ago(DAY), ago(3 * DAY)]
    there.since = ago(7 * DAY)
    assert there._starts(NOW) == [ago(DAY), ago(7 * DAY)]


def test_windows_lie_before_the_cursor_and_count_back_from_the_earliest_clock() -> None:
    there = backfill(skew=float(DAY))
    there.result.after = CursorValue.at(ago(8 * DAY))
    there._plan_windows()
    # A day behind the server's: the first window is as old as the cursor, and the second is not.
    assert [window.since for window in there.result.windows] == [ago(31 * DAY)]
    assert there.result.covered == NOW


@pytest.mark.parametrize("age", [31 * DAY, 30 * DAY])
def test_cursor_before_every_window_has_nothing_to_fetch_again(age: int) -> None:
    there = backfill()
    there.result.after = CursorValue.at(ago(age))
    outcome, reason = ends(there._plan_windows)
    assert (outcome, there.result.covered, there.result.windows) == ("partial", ago(age), [])
    assert reason == (
        f"The cursor is {there.result.after}, before every window that is allowed (max_window). Nothing was fetched "
        "again."
    )


def test_figures_that_are_required_refuse_where_the_mid_does_not_tell_them() -> None:
    there = backfill()
    there.asker.policy = "require"
    assert ends(there._plan_windows) == (
        "refused",
        "The mid was not asked about 2020-03-01, and ask_mid requires its figures.",
    )
    known = counts({OLD_TIME: 9})
    there.asker.changed_since = lambda _server, _since: known  # type: ignore[method-assign]
    there.result.windows = []
    there._plan_windows()
    assert [window.deliveries for window in there.result.windows] == [None, None, None]


def test_mid_is_asked_about_the_old_value_and_each_window_once() -> None:
    there, asked = backfill(windows=(DAY,), max_window=7 * DAY), []
    there.server = "https://mid"
    there.since = ago(7 * DAY)

    def changed_since(server: str, since: Sequence[datetime]) -> Any:
        asked.append((server, list(since)))
        return counts({ago(DAY): 3, ago(7 * DAY): 8})

    there.asker.changed_since = changed_since  # type: ignore[assignment]
    there._plan_windows()
    assert asked == [("https://mid", [ago(7 * DAY), ago(DAY)])]
    assert [(window.since, window.deliveries) for window in there.result.windows] == [(ago(DAY), 3), (ago(7 * DAY), 8)]


def test_windows_are_told_with_their_deliveries() -> None:
    there = backfill(Window(ago(DAY), 1), Window(ago(7 * DAY)))
    assert there._story() == (
        "to 2026-11-22 12:00:00.000Z (1 delivery), then to 2026-11-16 12:00:00.000Z (an unknown number of deliveries)"
    )


# -- how far it goes ---------------------------------------------------------------------------------------------------


def test_a_run_may_take_as_long_as_is_allowed_and_no_longer() -> None:
    there, window = backfill(max_run=60.0), Window(ago(DAY))
    there.result.covered = ago(HOUR)
    there._check_prediction(window, 60.0)
    assert window.outcome == "planned"
    assert ends(there._check_prediction, window, 61.0) == (
        "partial",
        "Deliveries are fetched from 2026-11-23 11:00:00.000Z on. The run for 2026-11-22 12:00:00.000Z would take "
        "about 1m 1s, more than the 1m that are allowed (max_run).",
    )
    assert window.outcome == "not begun"


def test_a_run_may_take_twice_as_long_as_predicted() -> None:
    there = backfill()
    there.result.covered = ago(HOUR)
    there._check_duration(30.0, 60.0)
    assert ends(there._check_duration, 30.0, 61.0) == (
        "partial",
        "Deliveries are fetched from 2026-11-23 11:00:00.000Z on. That run took 1m 1s and not about 30s: the mid "
        "cannot be asked for more.",
    )


@pytest.mark.parametrize(("last", "outcome"), [(OLD_TIME, "complete"), (ago(7 * DAY), "partial")])
def test_it_ends_complete_where_the_last_window_reaches_the_old_value(
    monkeypatch: pytest.MonkeyPatch, last: datetime, outcome: str
) -> None:
    first, second = Window(ago(DAY)), Window(last)
    there, ran = backfill(first, second, max_run=1e9), []

    def one(window: Window) -> None:
        window.seconds = 30.0
        ran.append(window)

    monkeypatch.setattr(there, "_one", one)
    words = {
        "complete": f"Everything since {OLD} was fetched again.",
        "partial": f"Deliveries are fetched from {CursorValue.at(last)} on, which is as far as allowed (max_window).",
    }
    assert ends(there._go_back) == (outcome, words[outcome])
    assert ran == [first, second]
    assert (there.result.covered, first.predicted, bool(second.predicted)) == (last, None, True)


# -- somebody else -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("changed", "outcome"), [(False, "refused"), (True, "kept")])
def test_cursor_that_stands_before_where_it_was_seen_is_somebody_elses(changed: bool, outcome: str) -> None:
    there = backfill(changed=changed)
    assert ends(there._check_good, BACK) == (
        outcome,
        f"The cursor was {GOOD} and is {BACK} now: somebody has set it back. It is left to them; detect again.",
    )
    assert there.result.after == BACK


@pytest.mark.parametrize("seen", [GOOD, BACK, None])
def test_cursor_that_has_been_moved_on_or_stands_is_gone_on_with(seen: CursorValue | None) -> None:
    there = backfill()
    there.result.after = seen
    there._check_good(GOOD)
    assert there.result.after == seen


@pytest.mark.parametrize(("changed", "outcome"), [(True, "kept"), (False, "refused")])
@pytest.mark.parametrize(
    ("row", "words"),
    [
        (workflow(20), "The workflow is stopped (20) now: somebody gave it an order."),
        (workflow(11, failed=True), "The workflow is started (11) now: it failed by itself."),
    ],
)
def test_workflow_that_is_not_well_between_windows_is_left_alone(
    monkeypatch: pytest.MonkeyPatch, row: Workflow, words: str, changed: bool, outcome: str
) -> None:
    there = backfill(changed=changed)
    monkeypatch.setattr(there.actions.watch, "until", lambda *_given, **_more: row)
    assert ends(there._at_rest) == (outcome, words)


def test_only_by_its_mark_the_next_run_knows_what_a_backfill_left() -> None:
    there = backfill()
    assert there._next_step() == AGAIN
    there.choices = replace(there.choices, mark=True, run_id="night")
    assert there._next_step() == "Detect again; reconcile resumes from there."


def test_run_that_does_not_end_leaves_the_cursor_where_it_was_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    for changed, outcome, nothing in ((True, "pending", "Nothing more"), (False, "refused", "Nothing")):
        there = backfill(changed=changed)
        late = WaitTimeout("Waited.", last_state={}, next_step="Look.")
        monkeypatch.setattr(there.actions.watch, "until", raising(late))
        words = f"Waited. Look. {nothing} was written; the cursor was last seen at {GOOD}."
        assert ends(there._at_rest) == (outcome, words)


def in_the_moment_of_the_write(
    monkeypatch: pytest.MonkeyPatch, before: Workflow, after: Workflow
) -> tuple[Backfill, list[str]]:
    there, did = moving(backfill()), list[str]()
    monkeypatch.setattr(there.actions.watch, "row", lambda: before)
    monkeypatch.setattr(there.actions, "write", lambda _option, *, where_stopped: did.append(f"write {where_stopped}"))
    monkeypatch.setattr(there.actions, "baseline", lambda: Baseline(after, frozenset()))
    monkeypatch.setattr(there.actions, "check_ours", lambda _option: did.append("ours"))
    monkeypatch.setattr(there, "_at_rest", lambda: did.append("rest"))
    return there, did


def test_write_beside_a_workflow_that_waits_is_looked_at_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    row = workflow(11)
    there, did = in_the_moment_of_the_write(monkeypatch, row, row)
    assert there._set_back().workflow == row
    assert (did, there.result.after) == (["write False", "ours"], BACK)


@pytest.mark.parametrize("after", [workflow(11, pid=7), workflow(11, processed=1), workflow(20)])
def test_run_or_order_in_the_moment_of_the_write_is_a_conflict(
    monkeypatch: pytest.MonkeyPatch, after: Workflow
) -> None:
    there, did = in_the_moment_of_the_write(monkeypatch, workflow(11), after)
    with pytest.raises(ConflictError, match="began to run, or was given an order, in the moment of the write") as told:
        there._set_back()
    assert (told.value.instance, told.value.next_step) == ("mkt", "Run it again.")
    assert did == ["write False", "rest"]


# -- ends --------------------------------------------------------------------------------------------------------------


def put_back(
    monkeypatch: pytest.MonkeyPatch, there: Backfill, stands: Any, *, starts: Any = None, proof: Sequence[str] = ()
) -> Backfill:
    """The same, where the old value is put back with this result or error, and the workflow started."""
    restore = raising(stands) if isinstance(stands, Exception) else lambda _option: stands
    monkeypatch.setattr(there.actions, "restore", restore)
    monkeypatch.setattr(there.actions, "leave_as_found", raising(starts) if starts else lambda: None)
    monkeypatch.setattr(there, "_prove", lambda _good: list(proof))
    return there


WHERE = f"The last good cursor is {GOOD}; it was last seen at {BACK}."
AGAIN = "Detect again. Where the cursor stands elsewhere than last good, put that back by its OLD VALUE line."


def test_last_good_cursor_that_moves_again_makes_it_partial(monkeypatch: pytest.MonkeyPatch) -> None:
    there = put_back(monkeypatch, moving(backfill(changed=True)), "old")
    there.result.covered = ago(DAY)
    assert ends(there._give_up, GOOD, "It failed.") == (
        "partial",
        "It failed. The last good cursor was put back, and the workflow goes on from it. Deliveries are fetched from "
        f"{BACK} on.",
    )


@pytest.mark.parametrize(
    ("stands", "starts", "proof", "words"),
    [
        ("old", None, ["No run."], "No run."),
        (FaultError("No."), None, [], "Putting the cursor back failed: No."),
        ("old", FaultError("No."), ["No run."], "Starting the workflow again failed: No."),
    ],
)
def test_what_could_not_be_put_right_is_pending(
    monkeypatch: pytest.MonkeyPatch, stands: Any, starts: Any, proof: list[str], words: str
) -> None:
    there = put_back(monkeypatch, moving(backfill(changed=True)), stands, starts=starts, proof=proof)
    assert ends(there._give_up, GOOD, "It failed.") == ("pending", f"It failed. {words} {WHERE} {AGAIN}")
    assert there.result.after == BACK


@pytest.mark.parametrize("lost", [{"unsure": True}, {"back_lost": True}])
def test_writes_that_may_land_later_are_pending(monkeypatch: pytest.MonkeyPatch, lost: dict[str, bool]) -> None:
    value = BACK if "unsure" in lost else GOOD
    words = f"Whether the write of {value} was lost or {LOST}"
    there = put_back(monkeypatch, moving(backfill(changed=True), **lost), "old")
    assert ends(there._give_up, GOOD, "It failed.") == ("pending", f"It failed. {words} {WHERE} {AGAIN}")
    assert ends(there._leave_to_others, GOOD, "Theirs.") == ("pending", f"Theirs. {words} {WHERE}")


@pytest.mark.parametrize(
    ("stands", "changed", "outcome", "words"),
    [
        ("untouched", False, "refused", "Nothing was written for this window."),
        ("untouched", True, "kept", "Nothing was written for this window."),
        ("other", True, "kept", f"Somebody else, or the workflow, moved the cursor to {BACK}."),
    ],
)
def test_what_is_not_ours_is_left(
    monkeypatch: pytest.MonkeyPatch, stands: str, changed: bool, outcome: str, words: str
) -> None:
    there = put_back(monkeypatch, moving(backfill(changed=changed)), stands)
    assert ends(there._give_up, GOOD, "It failed.") == (outcome, f"It failed. {words}")


def test_order_of_somebody_else_takes_our_value_back_and_is_left_to_them(monkeypatch: pytest.MonkeyPatch) -> None:
    there = put_back(monkeypatch, moving(backfill(changed=True)), "old")
    assert ends(there._leave_to_others, GOOD, "Theirs.") == ("kept", f"Theirs. {WHERE}")
    there = put_back(monkeypatch, moving(backfill(changed=True)), FaultError("No."))
    failed = f"Theirs. Putting the cursor back failed: No. {WHERE}"
    assert ends(there._leave_to_others, GOOD, "Theirs.") == ("pending", failed)


@pytest.mark.parametrize(
    ("end", "problems"),
    [
        (run_end(), []),
        (run_end(failed=True), ["The run on the last good cursor failed, too: the journal names no error"]),
        (run_end(failed=True, text="It broke."), ["The run on the last good cursor failed, too: It broke."]),
        (WaitTimeout("Waited.", last_state={}, next_step="Look."), ["Waited."]),
    ],
)
def test_last_good_cursor_is_proven_by_a_run(
    monkeypatch: pytest.MonkeyPatch, end: RunEnd | Exception, problems: list[str]
) -> None:
    there = backfill()
    monkeypatch.setattr(there.actions, "baseline", lambda: Baseline(workflow(11), frozenset()))
    monkeypatch.setattr(there.actions, "verify_timeout", lambda *_given: 60.0)
    ran = raising(end) if isinstance(end, Exception) else lambda *_given, **_more: end
    monkeypatch.setattr(there.actions.watch, "run_end", ran)
    assert there._prove(GOOD) == problems


@pytest.mark.parametrize(("now", "past"), [(LATER, True), (GOOD, False), (BACK, False)])
def test_run_has_served_a_window_when_the_cursor_stands_past_the_last_good_one(
    monkeypatch: pytest.MonkeyPatch, now: CursorValue, past: bool
) -> None:
    there = backfill()
    monkeypatch.setattr(there.actions, "read", lambda _option: SimpleNamespace(cursor_value=now))
    assert there._stands_past(GOOD) is past
    assert there.result.after == now


# -- interrupted -------------------------------------------------------------------------------------------------------

STOP = Interrupted("SIGTERM")


def interrupted(monkeypatch: pytest.MonkeyPatch, there: Backfill, error: Exception | None = None) -> BackfillResult:
    monkeypatch.setattr(there.actions, "start_again", raising(error) if error else lambda _seconds: None)
    there._interrupted(STOP)
    return there.result


def test_interrupted_between_windows_says_what_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    there = backfill(Window(ago(DAY), outcome="fetched"), Window(ago(7 * DAY)), changed=True)
    there.result.covered = ago(DAY)
    found = interrupted(monkeypatch, there)
    assert (found.outcome, found.reason) == (
        "partial",
        f"Interrupted by SIGTERM. Deliveries are fetched from {BACK} on. No window was under way. Run the same again.",
    )
    found = interrupted(monkeypatch, backfill(Window(ago(DAY))))
    assert (found.outcome, found.reason) == (
        "refused",
        "Interrupted by SIGTERM. No window was under way. Run the same again.",
    )


def test_interrupted_within_a_window_or_without_a_start_is_pending(monkeypatch: pytest.MonkeyPatch) -> None:
    left = f"The cursor was last seen at {GOOD}. {AGAIN}"
    there = moving(backfill(Window(ago(DAY), outcome=INTERRUPTED), changed=True), unsure=True)
    assert interrupted(monkeypatch, there).reason == (
        f"Interrupted by SIGTERM. The cursor was last seen at {GOOD}. The last good cursor is {GOOD}. Whether the "
        f"write of {BACK} was lost or {LOST} {AGAIN}"
    )
    found = interrupted(monkeypatch, backfill(Window(ago(DAY), outcome=INTERRUPTED), changed=True))
    assert (found.outcome, found.reason) == ("pending", f"Interrupted by SIGTERM. {left}")
    found = interrupted(monkeypatch, backfill(Window(ago(DAY))), FaultError("No."))
    assert (found.outcome, found.reason) == (
        "pending",
        f"Interrupted by SIGTERM. Starting the workflow again failed: No. {left}",
    )


# -- what stays --------------------------------------------------------------------------------------------------------


def affected(there: Backfill, monkeypatch: pytest.MonkeyPatch, rows: Any = ()) -> BackfillResult:
    """The result once what stays possibly affected was looked for."""
    listed = raising(rows) if isinstance(rows, Exception) else lambda *given: [SimpleNamespace(given=given)]
    monkeypatch.setattr(there.deliveries, "changed", listed)
    there._list_affected()
    return there.result


def test_what_stays_affected_is_what_the_mid_has_since_the_old_value_without_what_was_fetched(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    there = backfill(Window(ago(DAY)))
    there.result.outcome, there.result.covered = "partial", ago(DAY)
    there.counts = counts({OLD_TIME: 10, ago(DAY): 4})
    found = affected(there, monkeypatch)
    assert (found.affected, found.counted_by, found.reason) == (6, "mid-eu", "")
    assert found.deliveries[0].given == (OLD_TIME, ago(DAY), 1000)  # type: ignore[attr-defined]


def test_nothing_was_fetched_before_the_first_window_is_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    there = backfill(Window(ago(DAY)))
    there.result.outcome, there.result.covered = "partial", ago(HOUR)
    there.counts = counts({OLD_TIME: 10, ago(DAY): 4, ago(HOUR): 3})
    assert affected(there, monkeypatch).affected == 10


def test_more_that_was_fetched_than_there_was_affects_none(monkeypatch: pytest.MonkeyPatch) -> None:
    there = backfill(Window(ago(DAY)))
    there.result.outcome, there.result.covered = "partial", ago(DAY)
    there.counts = counts({OLD_TIME: 3, ago(DAY): 4})
    assert affected(there, monkeypatch).affected == 0


@pytest.mark.parametrize("outcome", ["refused", "pending"])
def test_what_is_not_known_to_have_ended_lists_nothing(monkeypatch: pytest.MonkeyPatch, outcome: Any) -> None:
    there = backfill(Window(ago(DAY)))
    there.result.outcome, there.result.covered = outcome, ago(DAY)
    assert (affected(there, monkeypatch).affected, there.result.deliveries) == (None, None)


def test_everything_that_is_covered_leaves_none_affected(monkeypatch: pytest.MonkeyPatch) -> None:
    for covered in (OLD_TIME, OLD_TIME - timedelta(days=1)):
        there = backfill(Window(OLD_TIME))
        there.result.outcome, there.result.covered = "complete", covered
        assert (affected(there, monkeypatch).affected, there.result.deliveries) == (0, [])


@pytest.mark.parametrize(("known", "date"), [({ago(DAY): 4}, "2020-03-01"), ({OLD_TIME: 10}, "2026-11-22")])
def test_number_that_nobody_knows_is_said_with_why(
    monkeypatch: pytest.MonkeyPatch, known: dict[datetime, int], date: str
) -> None:
    there = backfill(Window(ago(DAY)))
    there.result.outcome, there.result.covered, there.result.reason = "partial", ago(DAY), "Done."
    there.counts = counts(known)
    found = affected(there, monkeypatch)
    assert (found.affected, found.counted_by) == (None, "")
    assert found.reason == (
        f"Done. How many deliveries stay possibly affected is not known. The mid was not asked about {date}."
    )


def test_list_that_cannot_be_read_is_said_without_advice(monkeypatch: pytest.MonkeyPatch) -> None:
    there = backfill(Window(ago(DAY)))
    there.result.outcome, there.result.covered = "partial", ago(DAY)
    there.counts = counts({OLD_TIME: 10, ago(DAY): 4})
    found = affected(there, monkeypatch, CampaignError("No.", next_step="Look."))
    assert found.reason == " What the instance has of it itself could not be listed: No."
