# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a cure does, and says, when it cannot go on: to the letter, with orders that succeed or fail as is wanted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._core.cursor_value import CursorValue
from ansible_collections.campaign.classic.plugins.module_utils._core.errors import ConflictError, FaultError
from ansible_collections.campaign.classic.plugins.module_utils._core.interrupts import Interrupted
from ansible_collections.campaign.classic.plugins.module_utils._cure.compensation import (
    STOP_MAY_COME,
    THEIRS_STARTED,
    interrupted,
    keep,
    leave_running,
    undo,
)
from ansible_collections.campaign.classic.plugins.module_utils._cure.model import Ended, Move, Step
from ansible_collections.campaign.classic.plugins.module_utils._cure.state import Course, CureState
from tests.helpers.cure_world import OLD, PREFIX, plan_for

A, B, WAITS = (f"{PREFIX}{name}" for name in ("a", "b", "waits"))
NEW = CursorValue.read("2026-11-22 02:00:00.000Z")
TURN = "The cure ended before it was its turn. Nothing was written to it."
AGAIN = f"The cursor is at its old value {OLD} again, and the workflow is started or failed, as it was found."
LEFT = "the workflow is started or failed, as it was found"
SEEN = "Starting the workflow again failed: No engine. See that it is started."


class Actions:
    """Acts on nothing, and notes what it is asked to do.

    :param written: the cursors that stand where the cure wrote.
    :param stands: whose value a cursor has when it is to be put back, or the error of trying.
    :param fails: the error of the orders to the workflow.
    """

    def __init__(
        self,
        *written: str,
        waits: bool = True,
        stands: dict[str, Any] | None = None,
        fails: Exception | None = None,
        **state: Any,
    ) -> None:
        moves = [Move(plan_for("mkt", option=option), written=NEW, after=NEW) for option in written]
        moves += [Move(plan_for("mkt", option=WAITS))] if waits else []
        self.course = Course(CureState(tuple(moves), **state))
        self.stands, self.fails, self.asked = stands or {}, fails, list[object]()

    @property
    def state(self) -> CureState:
        return self.course.state

    def restore(self, option: str) -> Any:
        self.asked.append(option)
        found = self.stands.get(option, "old")
        if isinstance(found, Exception):
            raise found
        return found

    def leave_as_found(self) -> None:
        self.start_again("as found")

    def start_again(self, how: object) -> None:
        self.asked.append(how)
        if self.fails is not None:
            raise self.fails

    def words(self, error: Exception, *, advice: bool = True) -> str:
        return f"{error}{' Do something.' if advice else ''}"


def ending(do: Callable[[Any, str], Any], actions: Actions) -> tuple[str, str]:
    with pytest.raises(Ended) as end:
        do(actions, "It failed.")
    return end.value.outcome, end.value.reason


def outcomes(actions: Actions) -> dict[str, tuple[str | None, str]]:
    return {move.option.removeprefix(PREFIX): (move.outcome, move.reason) for move in actions.state.moves}


def where(name: str = "", value: object = NEW, sent: object = NEW) -> str:
    return f"The cursor{name and f' {name}'} was last seen at {value}, after {sent} was sent; its old value is {OLD}."


FAILED = FaultError("No engine.")
NOT_BACK = "Putting the cursor back failed:"


# -- to undo -----------------------------------------------------------------------------------------------------------


def test_undo_puts_back_the_last_first_and_then_the_workflow() -> None:
    actions = Actions(A, B)
    assert ending(undo, actions) == ("refused", f"It failed. Nothing was written, and {LEFT}.")
    assert actions.asked == [B, A, "as found"]
    back = ("restored", f"It failed. {AGAIN}")
    assert outcomes(actions) == {"a": back, "b": back, "waits": ("refused", TURN)}


def test_undo_without_anything_written_only_sees_to_the_workflow() -> None:
    actions = Actions()
    assert ending(undo, actions) == ("refused", f"It failed. Nothing was written, and {LEFT}.")
    assert actions.asked == ["as found"]
    # The end of the cure, and its reason, is that of the cursor.
    assert outcomes(actions) == {"waits": (None, "")}


def test_undo_leaves_what_somebody_else_has_written() -> None:
    actions = Actions(A, waits=False, stands={A: "other"})
    ending(undo, actions)
    moved = (
        f"The cursor is {NEW}: somebody else, or the workflow, moved it after our write, so nothing was put back. Its "
        f"old value was {OLD}."
    )
    assert outcomes(actions) == {"a": ("kept", f"It failed. {moved}")}


def test_undo_that_fails_for_one_tries_the_others_and_says_so() -> None:
    actions = Actions(A, B, stands={B: FAILED})
    ending(undo, actions)
    assert actions.asked == [B, A, "as found"]
    pending = f"It failed. {NOT_BACK} No engine."
    assert outcomes(actions) == {
        "a": ("pending", f"{pending} {where(A)}"),
        "b": ("pending", f"{pending} {where(B)}"),
        "waits": ("pending", f"{pending} The cursor {WAITS} was last seen at None; its old value is {OLD}."),
    }


def test_undo_of_a_cursor_that_meets_somebody_else_is_over() -> None:
    actions = Actions(A, B, waits=False, stands={A: ConflictError("Taken."), B: FAILED})
    ending(undo, actions)
    failures = f"{NOT_BACK} No engine. {NOT_BACK} Taken."
    assert outcomes(actions) == {
        "a": ("kept", f"It failed. {failures} {where(A)}"),
        "b": ("pending", f"It failed. {failures} {where(B)}"),
    }


def test_undo_that_met_somebody_else_at_one_cursor_leaves_the_others_to_the_next_run() -> None:
    actions = Actions(A, B, stands={A: FAILED, B: ConflictError("Taken.")})
    ending(undo, actions)
    failures = f"{NOT_BACK} Taken. {NOT_BACK} No engine."
    assert outcomes(actions) == {
        "a": ("pending", f"It failed. {failures} {where(A)}"),
        "b": ("kept", f"It failed. {failures} {where(B)}"),
        "waits": (
            "pending",
            f"It failed. {failures} The cursor {WAITS} was last seen at None; its old value is {OLD}.",
        ),
    }


def test_undo_says_that_the_workflow_could_not_be_started() -> None:
    actions = Actions(fails=FAILED)
    ending(undo, actions)
    assert outcomes(actions)["waits"] == (
        "pending",
        f"It failed. {SEEN} The cursor was last seen at None; its old value is {OLD}.",
    )


def test_undo_says_of_a_workflow_that_had_been_stopped_that_it_could_not_be_stopped() -> None:
    actions = Actions(A, waits=False, fails=FAILED, found_stopped=True)
    ending(undo, actions)
    stopping = "Stopping the workflow again failed: No engine. See that it is stopped."
    assert outcomes(actions) == {"a": ("pending", f"It failed. {stopping} {where()}")}


@pytest.mark.parametrize("found_stopped", [False, True])
def test_undo_after_a_stop_that_got_no_answer_says_that_it_may_come(found_stopped: bool) -> None:
    actions = Actions(A, waits=False, stop_lost=True, found_stopped=found_stopped)
    ending(undo, actions)
    (told,) = outcomes(actions).values()
    if found_stopped:
        assert told[0] == "restored"
    else:
        assert told == ("pending", f"It failed. {STOP_MAY_COME} {where()}")


# -- to keep, to leave -------------------------------------------------------------------------------------------------


def test_keep_leaves_the_new_values_and_the_workflow_as_found() -> None:
    actions = Actions(A)
    assert ending(keep, actions) == ("kept", "It failed.")
    assert actions.asked == ["as found"]
    assert outcomes(actions) == {"a": (None, ""), "waits": ("refused", TURN)}
    assert ending(keep, Actions(A, fails=FAILED)) == (
        "kept",
        "It failed. Stopping the workflow again failed: No engine.",
    )


def test_leave_running_does_nothing_and_says_where_the_cursors_are() -> None:
    actions = Actions(A)
    seen = f"{where(A)} The cursor {WAITS} was last seen at None; its old value is {OLD}."
    assert ending(leave_running, actions) == ("pending", f"It failed. {seen}")
    assert actions.asked == []
    assert outcomes(actions) == {"a": (None, ""), "waits": ("refused", TURN)}


def test_leave_running_in_a_run_of_the_workflow_as_it_stood_leaves_the_cursors_their_turn() -> None:
    actions = Actions()
    outcome, _reason = ending(leave_running, actions)
    assert (outcome, outcomes(actions)) == ("pending", {"waits": (None, "")})


# -- moved without success before --------------------------------------------------------------------------------------

IN_VAIN = "It was moved for nothing, and its old value was put back. The cure ended then."


def test_cursor_that_was_moved_in_vain_is_restored_however_the_cure_ends() -> None:
    for end in (undo, keep, leave_running):
        actions = Actions(A)
        actions.course.update_move(WAITS, put_back=True)
        ending(end, actions)
        assert outcomes(actions)["waits"] == ("restored", IN_VAIN)
    actions = Actions()
    actions.course.update_move(WAITS, put_back=True)
    ending(undo, actions)
    assert outcomes(actions) == {"waits": ("restored", IN_VAIN)}


def test_cure_that_is_interrupted_when_all_is_put_back_does_not_say_that_nothing_was_written() -> None:
    actions: Any = Actions()
    actions.course.update(moves=(*actions.state.moves, Move(plan_for("mkt", option=A), put_back=True)))
    interrupted(actions, Interrupted("SIGTERM"), 7.5)
    assert outcomes(actions) == {
        "a": ("restored", IN_VAIN),
        "waits": ("refused", f"{TURN} Interrupted by SIGTERM. Run the same again."),
    }


# -- to be interrupted -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "known", "says"),
    [
        ([], {"fails": FAILED}, [SEEN]),
        ([A], {}, [f"T{LEFT[1:]}."]),
        ([A], {"fails": FAILED}, [SEEN]),
        ([A], {"found_stopped": True}, []),
        (
            [A],
            {"found_stopped": True, "stopped_by_others": True},
            ["The workflow is left to whoever gave it an order meanwhile."],
        ),
    ],
)
def test_interrupted_cure_starts_the_workflow_and_says_what_is_left(
    written: list[str], known: dict[str, Any], says: list[str]
) -> None:
    actions: Any = Actions(*written, **known)
    end = interrupted(actions, Interrupted("SIGTERM"), 7.5)
    name = f" {WAITS}" if written else ""
    seen = [*map(where, written), f"The cursor{name} was last seen at None; its old value is {OLD}."]
    said = ["Interrupted by SIGTERM.", *says, *seen, "Run the same again: it resumes from there."]
    assert (end.outcome, end.reason) == ("pending", " ".join(said))
    assert actions.asked == [7.5]
    # Without a cursor of its own in flight, what has not begun ends as the cure does.
    assert outcomes(actions)["waits"] == (("refused", TURN) if written else (None, ""))


def test_interrupted_cure_that_has_written_nothing_is_only_to_be_run_again() -> None:
    actions: Any = Actions()
    end = interrupted(actions, Interrupted("SIGTERM"), 7.5)
    assert (end.outcome, end.reason) == (
        "refused",
        f"Interrupted by SIGTERM. Nothing was written, and {LEFT}. Run the same again.",
    )
    assert actions.asked == [7.5]
    assert outcomes(actions) == {"waits": (None, "")}


@pytest.mark.parametrize(
    ("steps", "ended"),
    [
        ("stop start", "refused"),
        ("run", "refused"),
        ("run start", "pending"),
        ("run wakeup", "pending"),
        ("run start verified", "refused"),
        ("run start failed", "refused"),
        ("run start failed run start", "pending"),
        ("run start failed run", "refused"),
        ("run start failed write start", "refused"),
    ],
)
def test_cure_that_is_interrupted_in_a_run_of_the_workflow_as_it_stands_goes_on(steps: str, ended: str) -> None:
    actions: Any = Actions(steps=tuple(Step("", step, "") for step in steps.split()))
    assert interrupted(actions, Interrupted("SIGTERM"), 7.5).outcome == ended


@pytest.mark.parametrize(
    ("steps", "found_stopped", "started"),
    [
        ("start", True, True),
        ("start wakeup", True, True),
        ("stop start", True, True),
        ("start stop", True, False),
        ("start kill", True, False),
        ("stop kill", True, False),
        ("stop start", False, False),
    ],
)
def test_cure_that_has_started_what_had_been_stopped_says_so_when_it_is_interrupted(
    steps: str, found_stopped: bool, started: bool
) -> None:
    done = tuple(Step("", step, "") for step in steps.split())
    actions: Any = Actions(steps=done, found_stopped=found_stopped)
    end = interrupted(actions, Interrupted("SIGTERM"), 7.5)
    assert (end.outcome, THEIRS_STARTED in end.reason) == (("pending", True) if started else ("refused", False))
