# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a cure reads, writes and puts back, one by one, and without a server."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._client.methods import MethodClass
from ansible_collections.campaign.classic.plugins.module_utils._core.cursor_value import CursorValue
from ansible_collections.campaign.classic.plugins.module_utils._core.errors import (
    CampaignError,
    ConflictError,
    FaultError,
    TimedOut,
    TransportError,
)
from ansible_collections.campaign.classic.plugins.module_utils._core.interrupts import Interrupted
from ansible_collections.campaign.classic.plugins.module_utils._cure.lost_orders import (
    QUIET,
    QUIET_AFTER_TIMEOUT,
)
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.attempts import Mark, read_mark
from ansible_collections.campaign.classic.plugins.module_utils._resources.options import Option
from ansible_collections.campaign.classic.plugins.module_utils._resources.workflows import Workflow
from tests.helpers.cure_world import CURSOR, OLD
from tests.helpers.cursors import NOW, workflow
from tests.helpers.single_actions import (
    EDITED,
    FAILED,
    NEW,
    PAUSED,
    RUNNING,
    STARTED,
    STOPPED,
    STOPPING,
    THEIRS,
    WRITTEN,
    actions,
    call_of,
    move_of,
    orders_of,
    row,
)

UNSENT = TransportError("It refused the connection.", reached="no")
LOST = TimedOut("No answer came.", reached="maybe")
STOP = Interrupted("SIGTERM")


# -- to read and write -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("found", "words"), [(None, "is gone"), (row(data_type=6), "has type 6")])
def test_a_cursor_that_is_none_any_more_is_somebody_elses(found: Option | None, words: str) -> None:
    with pytest.raises(ConflictError) as caught:
        actions(option=[found]).read(CURSOR)
    assert str(caught.value) == (
        f"mkt: The option '{CURSOR}' {words}. Somebody changed it during the cure: detect again."
    )


def test_cursors_that_are_there_and_are_times_are_read_at_once() -> None:
    there: Any = actions()
    asked: list[list[str]] = []

    def named(names: list[str]) -> list[Option]:
        asked.append(names)
        return [row(), row(name="text", data_type=6)]

    there.options = SimpleNamespace(named=named)
    assert there.values([CURSOR, "", "gone"]) == {CURSOR: CursorValue.read(OLD)}
    assert asked == [[CURSOR, "gone"]]


def test_the_clock_of_a_mid_that_was_asked_counts() -> None:
    there = actions()
    there.session.skew = 7.0
    assert there.clocks(CURSOR).earliest.now < NOW
    mid = SimpleNamespace(mid=SimpleNamespace(name="mid-eu", ahead_seconds=-600.0, has_answered=True))
    there.course.update_move(CURSOR, diagnosis=mid)
    assert (NOW - there.clocks(CURSOR).earliest.now).total_seconds() >= 600.0


@pytest.mark.parametrize(("where_stopped", "now"), [(True, STOPPED), (True, EDITED), (False, RUNNING)])
def test_a_write_follows_on_the_row_that_was_just_read(where_stopped: bool, now: Workflow) -> None:
    there = actions(now)
    there.write(CURSOR, where_stopped=where_stopped)
    ((value, how),) = there.options.sent
    assert (value, how["before"], how["expected"], how["description"], how["just_read"]) == (
        NEW,
        row(),
        row().value,
        None,
        True,
    )
    move = move_of(there)
    assert (str(move.written), str(move.target), str(move.after), move.unsure) == (NEW, NEW, NEW, False)
    assert there.state.changed
    (step,) = there.state.steps
    assert (step.action, step.detail) == ("write", f"{CURSOR}: {OLD} -> {NEW}")


@pytest.mark.parametrize("now", [STARTED, STOPPING, workflow(20, pid=7), FAILED])
def test_nothing_is_written_where_a_run_could_race(now: Workflow) -> None:
    there = actions(now)
    with pytest.raises(ConflictError, match="gave it an order meanwhile"):
        there.write(CURSOR, where_stopped=True)
    assert there.options.sent == [] and move_of(there).written is None


@pytest.mark.parametrize(("raw", "said"), [(THEIRS, THEIRS), ("", "empty")])
def test_nothing_is_written_over_another_value(raw: str, said: str) -> None:
    there = actions(option=[row(raw)])
    with pytest.raises(ConflictError) as caught:
        there.write(CURSOR, where_stopped=True)
    assert str(caught.value) == (
        f"mkt: The cursor '{CURSOR}' is {said} and not {OLD} any more. Somebody moved it during the cure: detect again."
    )
    assert there.options.sent == [] and not there.state.changed


@pytest.mark.parametrize(
    ("error", "outcome", "written", "unsure", "changed"),
    [
        (FaultError("No."), "fault", None, False, False),
        (FaultError("No."), "denied", None, False, False),
        (FaultError("No."), "session_expired", None, False, False),
        (CampaignError("Odd."), "ok", NEW, False, True),
        (CampaignError("Odd."), "timeout", NEW, True, True),
        (STOP, "interrupted", NEW, True, True),
    ],
)
def test_a_write_that_fails_may_stand_there_unless_it_was_refused(
    error: BaseException, outcome: str, written: str | None, unsure: bool, changed: bool
) -> None:
    there = actions(writes=[error], outcome=outcome)
    with pytest.raises(type(error)):
        there.write(CURSOR, where_stopped=True)
    move = move_of(there)
    assert (move.written and str(move.written), move.unsure, there.state.changed) == (written, unsure, changed)
    assert move.after is None and there.state.steps == ()


@pytest.mark.parametrize(("kind", "sent"), [(MethodClass.READ, 900), (MethodClass.WRITE, 0)])
def test_a_call_that_wrote_nothing_is_no_write(kind: MethodClass, sent: int) -> None:
    there = actions()
    there.session.calls = [call_of(kind, sent=sent)]
    assert not there._may_have_written(0)
    there.session.calls = [call_of(outcome="timeout")]
    assert there._may_have_written(0) and there._is_lost(0)
    assert not there._may_have_written(1)


def test_the_mark_holds_the_old_value_the_new_one_and_the_run() -> None:
    there = actions(mark=True, run_id="r1", option=[row(description="Ours.")], state={"found_stopped": True})
    old, new = CursorValue.read(OLD), CursorValue.read(NEW)
    mark = Mark(old, new, "r1", True).added_to("Ours.")
    there.options.writes = [row(NEW, description=mark)]
    there.write(CURSOR, where_stopped=True)
    assert there.options.sent[0][1]["description"] == mark
    assert [step.action for step in there.state.steps] == ["write"]


def test_a_description_that_is_not_kept_is_noted() -> None:
    there = actions(mark=True, run_id="r1", writes=[row(NEW)])
    there.write(CURSOR, where_stopped=True)
    assert [(step.action, step.detail) for step in there.state.steps][1:] == [
        ("mark", "the server did not keep the mark in the description")
    ]


def theirs(value: str = NEW) -> Option:
    """The cursor with the mark of another run."""
    mark = Mark(CursorValue.read(OLD), CursorValue.read(NEW), "r2", False).added_to("")
    assert read_mark(mark)
    return row(value, description=mark)


def test_another_run_that_wrote_the_same_second_has_it() -> None:
    there = actions(mark=True, run_id="r1", writes=[theirs()])
    with pytest.raises(ConflictError) as caught:
        there.write(CURSOR, where_stopped=True)
    assert str(caught.value) == (
        f"mkt: Another run has written the cursor '{CURSOR}' at the same time. It is left to that run. Detect again."
    )
    there = actions(mark=True, run_id="r1", writes=[theirs()], move={"resumed": "r2"})
    there.write(CURSOR, where_stopped=True)
    there = actions(writes=[theirs()])
    there.write(CURSOR, where_stopped=True)


# -- a write whose answer was lost -------------------------------------------------------------------------------------


def test_a_write_that_never_left_is_not_looked_for() -> None:
    there = actions(writes=[UNSENT])
    with pytest.raises(TransportError) as caught:
        there._written(row(), CursorValue.read(NEW), None)
    assert caught.value is UNSENT and there.watch.rests == []
    assert not there.options.sent[0][1]["just_read"]


def test_a_lost_write_is_looked_for_until_it_shows() -> None:
    there = actions(option=[row(), row(), row(NEW)], writes=[LOST])
    assert there._written(row(), CursorValue.read(NEW), None).raw == NEW
    assert len(there.watch.rests) == 3 and len(there.options.sent) == 1
    words = [said for _seconds, said in there.watch.rests]
    assert all(f"the write of {CURSOR} to show" in one and one.startswith("mkt") for one in words)
    assert len(set(words)) == 3, "the time that has passed is told"


@pytest.mark.parametrize(
    ("lost", "most", "said"),
    [
        (LOST, QUIET_AFTER_TIMEOUT, "0s so far, at most 15s"),
        (TransportError("It closed the connection.", reached="maybe"), QUIET, "0s so far, at most 7s"),
    ],
)
def test_a_lost_write_that_never_shows_is_looked_for_as_long_as_an_order(
    lost: TransportError, most: float, said: str
) -> None:
    there = actions(writes=[lost])
    with pytest.raises(TransportError) as caught:
        there._written(row(), CursorValue.read(NEW), None)
    assert caught.value is lost
    assert sum(seconds for seconds, _said in there.watch.rests) == most
    assert said in there.watch.rests[0][1]


def test_a_lost_write_over_which_somebody_writes_is_lost() -> None:
    there = actions(option=[row(THEIRS)], writes=[LOST])
    with pytest.raises(TimedOut):
        there._written(row(), CursorValue.read(NEW), None)
    assert len(there.watch.rests) == 1


# -- whose value it is -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("now", "said"), [(THEIRS, THEIRS), ("", "empty"), (OLD, OLD)])
def test_a_value_that_is_not_ours_any_more_is_told(now: str, said: str) -> None:
    there = actions(option=[row(now)], move=WRITTEN)
    with pytest.raises(ConflictError) as caught:
        there.check_ours(CURSOR)
    assert str(caught.value) == (
        f"mkt: The cursor '{CURSOR}' is {said}, and {NEW} is not ours any more: somebody else, or another run of this "
        "cure, moved it. It is left to them. Detect again."
    )
    assert str(move_of(there).after) == now


def test_a_value_that_is_ours_is_no_error() -> None:
    there = actions(option=[row("2026-11-22 02:00:00.900Z")], move=WRITTEN)
    there.check_ours(CURSOR)
    assert str(move_of(there).after) == "2026-11-22 02:00:00.900Z"


def test_no_value_is_not_ours_where_nothing_was_written() -> None:
    with pytest.raises(ConflictError):
        actions(option=[row("")]).check_ours(CURSOR)


def test_a_cursor_that_was_never_seen_is_told_as_empty() -> None:
    assert f"'{CURSOR}' is empty, and None is not ours" in str(actions()._not_ours(move_of(actions())))


@pytest.mark.parametrize(
    ("written", "now", "moved"), [(NEW, "2026-11-22 02:00:01.000Z", True), (NEW, NEW, False), (None, NEW, False)]
)
def test_a_cursor_has_moved_when_it_is_past_what_we_wrote(written: str | None, now: str, moved: bool) -> None:
    move = {} if written is None else WRITTEN
    assert actions(option=[row(now)], move=move).moved(CURSOR) is moved


# -- to put back -------------------------------------------------------------------------------------------------------


def test_nothing_written_is_nothing_to_put_back() -> None:
    there = actions(option=[None])
    assert there.restore(CURSOR) == "untouched"
    assert not move_of(there).undone


def test_an_old_value_that_stands_there_is_back() -> None:
    there = actions(option=[row()], move=WRITTEN)
    assert (there.restore(CURSOR), move_of(there).undone, there.options.sent) == ("old", True, [])


@pytest.mark.parametrize(("move", "stands"), [({}, "other"), ({"assumed": True}, "other")])
def test_a_value_of_somebody_else_stays(move: dict[str, Any], stands: str) -> None:
    there = actions(option=[row(THEIRS)], move={**WRITTEN, **move})
    assert (there.restore(CURSOR), there.options.sent, move_of(there).undone) == (stands, [], False)
    there = actions(option=[theirs()], move=WRITTEN, mark=True, run_id="r1")
    assert (there.restore(CURSOR), there.options.sent) == ("other", [])


def test_a_mark_of_another_run_beside_a_value_that_stood_there_before_makes_ours_no_one_elses() -> None:
    mark = Mark(CursorValue.read(OLD), CursorValue.read(THEIRS), "r2", False).added_to("")
    there = actions(option=[row(NEW, description=mark)], move=WRITTEN, mark=True, run_id="r1")
    there.check_ours(CURSOR)


@pytest.mark.parametrize(
    ("now", "state", "orders", "theirs"),
    [
        (PAUSED, {}, [], True),
        (STOPPED, {}, [], True),
        (PAUSED, {"found_stopped": True}, ["stop"], False),
        (STOPPED, {"found_stopped": True}, [], False),
        (STOPPED, {"stopped_by_us": True}, [], False),
        (STARTED, {}, ["stop"], False),
    ],
)
def test_a_workflow_that_somebody_holds_is_left_so_while_the_old_value_is_put_back(
    now: Workflow, state: dict[str, Any], orders: list[str], theirs: bool
) -> None:
    there = actions(now, option=[row(NEW)], move=WRITTEN, state=state)
    assert there.restore(CURSOR) == "old"
    assert (orders_of(there), there.state.stopped_by_others) == (orders, theirs)


def test_a_value_that_is_only_assumed_to_be_ours_stays() -> None:
    there = actions(option=[row(NEW)], move={**WRITTEN, "assumed": True})
    assert (there.restore(CURSOR), there.options.sent) == ("assumed", [])


def test_an_old_value_whose_answer_was_lost_is_not_sent_again() -> None:
    there = actions(option=[row(NEW)], move={**WRITTEN, "back_lost": True})
    with pytest.raises(CampaignError) as caught:
        there.restore(CURSOR)
    assert str(caught.value) == (
        f"mkt: The old value {OLD} was sent to the cursor '{CURSOR}' before, and its answer was lost: it is not sent "
        "again. Look at the cursor again in a few minutes."
    )
    assert there.options.sent == []


def test_our_value_is_replaced_by_the_old_one() -> None:
    there = actions(option=[row(NEW)], move={**WRITTEN, "unsure": True})
    assert there.restore(CURSOR) == "old"
    ((value, how),) = there.options.sent
    assert (value, how["description"], how["just_read"], how["expected"]) == (OLD, None, True, row(NEW).value)
    move = move_of(there)
    assert (str(move.after), move.undone, move.unsure) == (OLD, True, False)
    (step,) = there.state.steps
    assert (step.action, step.detail) == ("restore", f"{CURSOR}: {NEW} -> {OLD}")


def test_a_mark_is_taken_out_with_the_old_value() -> None:
    mark = Mark(CursorValue.read(OLD), CursorValue.read(NEW), "r1", False).added_to("Ours.")
    there = actions(option=[row(NEW, description=mark)], move=WRITTEN, mark=True, run_id="r1")
    there.restore(CURSOR)
    assert there.options.sent[0][1]["description"].strip() == "Ours."


@pytest.mark.parametrize(("later", "stands", "undone"), [(THEIRS, "other", False), (OLD, "old", True)])
def test_what_somebody_writes_during_our_stop_stays(later: str, stands: str, undone: bool) -> None:
    there = actions(STARTED, option=[row(NEW), row(later)], move=WRITTEN)
    assert (there.restore(CURSOR), move_of(there).undone) == (stands, undone)
    assert (orders_of(there), there.options.sent) == (["stop"], [])


@pytest.mark.parametrize(
    ("error", "outcome", "lost"),
    [(FaultError("No."), "fault", False), (STOP, "interrupted", True), (CampaignError("No."), "timeout", True)],
)
def test_an_old_value_that_is_not_taken_may_land_unless_it_was_refused(
    error: BaseException, outcome: str, lost: bool
) -> None:
    there = actions(option=[row(NEW)], move=WRITTEN, writes=[error], outcome=outcome)
    with pytest.raises(type(error)):
        there.restore(CURSOR)
    assert (move_of(there).back_lost, move_of(there).undone) == (lost, False)


def test_what_was_moved_in_vain_waits_again() -> None:
    there = actions(option=[row(NEW)], move={**WRITTEN, "resumed": "r1"})
    there.take_back(CURSOR)
    move = move_of(there)
    assert (move.written, move.resumed, move.put_back, move.undone) == (None, "", True, False)
    there = actions(option=[row(THEIRS)], move=WRITTEN)
    with pytest.raises(ConflictError, match=f"is {THEIRS}, and {NEW} is not ours any more"):
        there.take_back(CURSOR)
    assert move_of(there).written is not None


# -- small things ------------------------------------------------------------------------------------------------------


def test_a_second_run_is_waited_for_two_periods_unless_a_time_is_given() -> None:
    due = workflow(11, due=-7200)
    assert actions(verify_timeout=45.0).verify_timeout((due, NOW)) == 45.0
    there = actions()
    longest = there.verify_timeout((due, NOW), (workflow(11, due=None), NOW), (due, None))
    assert longest == there.verify_timeout((due, NOW))
    assert longest > there.verify_timeout()


def test_an_error_is_told_without_the_instance_and_a_mistake_of_ours_as_one() -> None:
    there = actions()
    error = FaultError("No.", instance="mkt", next_step="Look.")
    assert there.words(error) == "No. Look."
    assert there.words(error, advice=False) == "No."
    assert there.words(FaultError("No.", instance="another")) == "another: No."
    assert there.words(ValueError("x")) == (
        "campaign.classic had an internal error (ValueError: x): please report this."
    )
