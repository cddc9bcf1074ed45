# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of a cure, and the report of its end: values in, values out, without an instance."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._core.cursor_value import CursorValue
from ansible_collections.campaign.classic.plugins.module_utils._cure.endings import (
    left,
    may_land,
    put_back,
    whereabouts,
)
from ansible_collections.campaign.classic.plugins.module_utils._cure.model import CureResult, Move
from ansible_collections.campaign.classic.plugins.module_utils._cure.state import Course, CureState
from tests.helpers.cure_world import OLD, PREFIX, plan_for

A, B, C = (f"{PREFIX}{name}" for name in "abc")
NEW = CursorValue.read("2026-11-22 02:00:00.000Z")


@pytest.fixture
def state() -> CureState:
    """One cursor that was written, one that waits, one that has its outcome."""
    moves = [Move(plan_for("mkt", option=option)) for option in (A, B, C)]
    written = replace(moves[0], written=NEW, after=NEW)
    return CureState((written, moves[1], moves[2].ended("unchanged", "Nothing to do.")))


def outcomes(state: CureState) -> list[str | None]:
    return [move.outcome for move in state.moves]


def test_cursor_is_in_flight_or_waits_or_has_its_outcome(state: CureState) -> None:
    assert [move.option for move in state.in_flight] == [A]
    assert [move.option for move in state.waiting] == [B]
    assert [move.option for move in state.still_open] == [A, B]


def test_step_gives_another_state_and_leaves_the_one_that_it_took(state: CureState) -> None:
    before = replace(state)
    assert outcomes(state.ended("kept", "Why.")) == ["kept", "kept", "unchanged"]
    assert outcomes(state.ended("kept", "Why.", {A})) == ["kept", None, "unchanged"]
    assert outcomes(state.waiting_ended("Why.")) == [None, "refused", "unchanged"]
    assert state.with_move(B, written=NEW).move(B).written == NEW
    assert state == before
    with pytest.raises(FrozenInstanceError):
        state.changed = True  # type: ignore[misc]


def test_course_holds_the_state_that_is_true_now(state: CureState) -> None:
    course = Course(state)
    course.update(stopped_by_us=True)
    course.update_move(B, written=NEW)
    assert course.state.stopped_by_us and not state.stopped_by_us
    assert [move.option for move in course.state.in_flight] == [A, B]


def test_a_cure_that_has_sent_nothing_has_changed_nothing_and_stopped_nothing(state: CureState) -> None:
    assert not (state.changed or state.left_stopped or state.stop_lost)
    told = CureResult(state).to_dict()
    assert (told["changed"], told["left_stopped"]) == (False, False)


@pytest.mark.parametrize(
    ("known", "ours"),
    [
        ({"stopped_by_us": True}, True),
        ({"stopped_by_us": True, "stop_lost": True}, True),
        ({"stopped_by_us": False, "stop_lost": True}, False),
        ({"stopped_by_us": True, "stopped_by_others": True}, False),
        ({"stopped_by_us": True, "found_stopped": True}, False),
        ({"found_stopped": True}, False),
    ],
)
def test_workflow_is_left_stopped_by_us_only_where_nobody_else_wants_it_so(
    state: CureState, known: dict[str, bool], ours: bool
) -> None:
    assert CureResult(replace(state, **known)).to_dict()["left_stopped"] is ours


@pytest.mark.parametrize(("unsure", "back_lost"), [(True, False), (False, True), (True, True)])
def test_each_write_that_may_land_has_its_own_key(state: CureState, unsure: bool, back_lost: bool) -> None:
    told = replace(state.move(A), unsure=unsure, back_lost=back_lost).to_dict()
    assert (told["unsure"], told["back_lost"]) == (unsure, back_lost)


def test_each_write_that_may_land_is_a_sentence(state: CureState) -> None:
    move = replace(state.move(A), unsure=True, back_lost=True)
    assert may_land(move) == "".join(
        f" Whether the write of {value} was lost or is still on its way is not known: it may land later."
        for value in (NEW, OLD)
    )
    assert may_land(state.move(A)) == ""


def test_whereabouts_name_each_open_cursor_where_there_are_several(state: CureState) -> None:
    assert whereabouts(state) == (
        f"The cursor {A} was last seen at {NEW}, after {NEW} was sent; its old value is {OLD}. "
        f"The cursor {B} was last seen at None; its old value is {OLD}."
    )
    assert whereabouts(CureState(state.moves[:1])).startswith("The cursor was last seen at")


@pytest.mark.parametrize(
    ("known", "says"),
    [
        ({}, "started or failed"),
        ({"stopped_by_us": True}, "started or failed"),
        ({"found_stopped": True}, "stopped or paused"),
        ({"found_stopped": True, "stopped_by_others": True}, "left to whoever"),
    ],
)
def test_how_the_workflow_is_left(state: CureState, known: dict[str, bool], says: str) -> None:
    assert says in left(replace(state, **known))


@pytest.mark.parametrize(
    ("stands", "failures", "met_others", "outcome"),
    [
        ("old", [], False, "restored"),
        ("other", [], False, "kept"),
        ("old", ["No."], False, "pending"),
        ("old", ["No."], True, "pending"),
        (None, ["No."], False, "pending"),
        (None, ["No."], True, "kept"),
        ("other", ["No."], False, "kept"),
        ("assumed", ["No."], False, "kept"),
        ("assumed", [], False, "kept"),
        ("untouched", ["No."], True, "pending"),
    ],
)
def test_end_of_a_cursor_that_was_to_be_put_back(
    state: CureState, stands: str | None, failures: list[str], met_others: bool, outcome: str
) -> None:
    found = put_back(state, A, stands, "It failed.", failures, met_others=met_others)  # type: ignore[arg-type]
    assert outcomes(found) == [outcome, None, "unchanged"]
    assert found.move(A).reason.startswith("It failed. ")
    assert all(failure in found.move(A).reason for failure in failures)


def test_value_of_which_nobody_knows_who_wrote_it_stays_with_the_way_back(state: CureState) -> None:
    found = put_back(state.with_move(A, resumed="monday"), A, "assumed", "It failed.", [], met_others=False)
    assert found.move(A).reason == (
        f"It failed. The cursor stays at {NEW}: whether the interrupted run 'monday' or somebody else wrote that is "
        f"not known. Its old value was {OLD}: a rollback of that run puts it back."
    )


def test_cursor_whose_write_may_still_land_is_not_called_restored(state: CureState) -> None:
    found = put_back(state.with_move(A, unsure=True), A, "old", "No answer.", [], met_others=False)
    assert outcomes(found) == ["pending", None, "unchanged"]
    assert found.move(A).reason == (
        f"No answer. The cursor is at its old value {OLD}. Whether the write of {NEW} was lost or is still on its way "
        "is not known: it may land later. The workflow is started or failed, as it was found. Look at the cursor again "
        "in a few minutes, and run the same again then: it resumes if the value has landed. To have the old value, "
        "roll this run back."
    )
    theirs = put_back(state.with_move(A, unsure=True), A, "other", "No answer.", [], met_others=False)
    assert outcomes(theirs) == ["pending", None, "unchanged"]
    words = f"Whether the write of {NEW} was lost or is still on its way is not known: it may land later."
    assert theirs.move(A).reason.endswith(words)


def test_old_value_that_may_still_land_is_said_whoever_stands_there(state: CureState) -> None:
    lost = state.with_move(A, back_lost=True)
    words = f" Whether the write of {OLD} was lost or is still on its way is not known: it may land later."
    for stands, failures in (("other", []), (None, ["It broke."])):
        found = put_back(lost, A, stands, "No answer.", failures, met_others=True)
        assert (found.move(A).outcome, found.move(A).reason.endswith(words)) == ("pending", True)


def test_result_shows_the_state_with_texts_for_values(state: CureState) -> None:
    told = CureResult(state.ended("kept", "Why.")).to_dict()
    assert (told["outcome"], told["old_value"], told["written"], told["after"]) == ("kept", OLD, NEW.text, NEW.text)
    assert [move["written"] for move in told["moves"]] == [NEW.text, None, None]


def test_a_cursor_in_flight_is_a_guess_while_another_one_may_be_why_the_run_fails() -> None:
    moved = Move(plan_for("mkt"), written=CursorValue.read("2026-11-22 02:00:00.000Z"))
    other = Move(plan_for("mkt", option=f"{PREFIX}other"))
    assert CureState((moved,)).guesses == ()
    assert CureState((moved,), rivals=("A",)).guesses == CureState((moved,), suspects=("A",)).guesses == (moved,)
    for outcome in ("refused", "restored", "kept", "unchanged", "cured", None):
        assert CureState((moved, replace(other, outcome=outcome))).guesses == (moved,), outcome
    for known in ({"shown": True}, {"assumed": True}):
        assert CureState((replace(moved, **known),), suspects=("A",)).guesses == ()
