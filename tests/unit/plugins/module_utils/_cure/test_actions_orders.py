# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The orders of a cure to its workflow, one by one, and without a server."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._core.cursor_value import CursorValue
from ansible_collections.campaign.classic.plugins.module_utils._core.errors import (
    CampaignError,
    ConflictError,
    WaitTimeout,
)
from ansible_collections.campaign.classic.plugins.module_utils._cure.actions import LOOK_AT_ENGINE, is_held, is_settled
from ansible_collections.campaign.classic.plugins.module_utils._cure.workflow_waiter import ALREADY, Unanswered
from ansible_collections.campaign.classic.plugins.module_utils._resources.workflows import Workflow
from tests.helpers.cure_in_course import SENT as STEP
from tests.helpers.cursors import NOW, workflow
from tests.helpers.single_actions import EDITED, FAILED, PAUSED, RUNNING, STARTED, STOPPED, STOPPING, actions, orders_of

# -- to stop -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("found", [STARTED, FAILED, PAUSED])
def test_what_is_started_or_waits_is_stopped(found: Workflow) -> None:
    there = actions(found, state={"stop_lost": True}, order_timeout=90.0)
    there.stop()
    ((order, how),) = there.watch.took
    assert (order, how["what"], how["timeout"], how["next_step"]) == ("stop", "the stop", 90.0, LOOK_AT_ENGINE)
    assert [how["done"](one) for one in (STOPPED, workflow(20, pid=7), STOPPING)] == [True, False, False]
    assert not there.state.stop_lost and not there.state.stopped_by_others
    there.stop(7.5)
    assert there.watch.took[-1][1]["timeout"] == 7.5


@pytest.mark.parametrize(
    ("now", "found"),
    [
        (STOPPED, None),
        (STOPPING, None),
        (EDITED, None),
        (STOPPED, FAILED),
        (STARTED, FAILED),
        (STARTED, PAUSED),
        (PAUSED, STARTED),
    ],
)
def test_what_somebody_else_has_stopped_or_started_is_theirs(now: Workflow, found: Workflow | None) -> None:
    there = actions(now)
    with pytest.raises(ConflictError) as caught:
        there.stop(found=found)
    assert str(caught.value) == (
        f"mkt: The workflow is {now.state_name} ({now.state}) now: somebody else, or another run of this cure, gave it "
        "an order meanwhile. It is left to them. Detect again."
    )
    assert there.state.stopped_by_others and orders_of(there) == []


def test_what_was_found_started_and_is_or_failed_meanwhile_is_stopped() -> None:
    for now, found in ((STARTED, STARTED), (FAILED, STARTED), (FAILED, FAILED), (PAUSED, PAUSED)):
        there = actions(now)
        there.stop(found=found)
        assert orders_of(there) == ["stop"]


def test_a_stop_without_an_answer_may_come_yet() -> None:
    lost = Unanswered("No answer.", last_state={}, next_step="Look.")
    there = actions(STARTED, orders={"stop": lost}, force=True)
    with pytest.raises(Unanswered):
        there.stop()
    assert there.state.stop_lost and orders_of(there) == ["stop"]


def test_only_force_kills_what_does_not_stop() -> None:
    late = WaitTimeout("Waited.", last_state={}, next_step="Look.")
    there = actions(STARTED, orders={"stop": late})
    with pytest.raises(WaitTimeout):
        there.stop()
    assert orders_of(there) == ["stop"]
    there = actions(STARTED, orders={"stop": late}, force=True)
    there.stop(5.0)
    assert orders_of(there) == ["stop", "kill"]
    how = there.watch.took[-1][1]
    assert (how["what"], how["timeout"], how["next_step"]) == ("the unconditional stop", 5.0, LOOK_AT_ENGINE)
    assert how["done"](STOPPED) and not there.state.stop_lost


@pytest.mark.parametrize(
    ("now", "start_stopped", "has_begun", "aborted"),
    [
        (workflow(20, failed=True), True, True, True),
        (workflow(20, failed=True), True, False, False),
        (workflow(20, failed=True), False, True, False),
        (STOPPED, True, True, False),
        (FAILED, True, True, False),
    ],
)
def test_what_stands_stopped_and_failed_after_a_step_was_aborted_where_it_may_be_started(
    now: Workflow, start_stopped: bool, has_begun: bool, aborted: bool
) -> None:
    """And it is not held by others then."""
    there = actions(now, state={"steps": (STEP,) if has_begun else ()}, start_stopped=start_stopped)
    assert there.was_aborted(now) is aborted
    assert there._is_held_by_others(now) is (now is not FAILED and not aborted)
    assert there.state.stopped_by_others is (now is not FAILED and not aborted)


# -- to start ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "sent"), [(STOPPED, True), (EDITED, True), (STARTED, False), (workflow(20, pid=7), False)]
)
def test_a_start_is_sent_to_what_stands_still(now: Workflow, sent: bool) -> None:
    there = actions(state={"stopped_by_us": True})
    assert there.start(now, 9.0) == (STARTED if sent else now)
    assert not there.state.stopped_by_us
    assert orders_of(there) == (["start"] if sent else [])
    if sent:
        how = there.watch.took[0][1]
        assert (how["what"], how["timeout"], how["next_step"]) == ("the start", 9.0, LOOK_AT_ENGINE)
        seen = [how["done"](one) for one in (STARTED, RUNNING, FAILED, workflow(15, pid=7), PAUSED, STOPPED, EDITED)]
        assert seen == [True, True, True, True, False, False, False]
        assert not how["done"](workflow(20, failed=True)) and not how["done"](workflow(0, failed=True))
        # It was started, and its own error has stopped it again since.
        assert how["done"](replace(now, failed=True, last_start=NOW))


@pytest.mark.parametrize(
    ("now", "state", "sent"),
    [
        (STARTED, {"stopped_by_others": True, "stopped_by_us": True}, []),
        (STARTED, {"stopped_by_others": True, "found_stopped": True}, []),
        (STARTED, {"found_stopped": True}, ["stop"]),
        (FAILED, {"found_stopped": True}, ["stop"]),
        (STOPPED, {"found_stopped": True, "stopped_by_us": True}, []),
        (PAUSED, {"found_stopped": True}, []),
        (STOPPED, {}, []),
        (STOPPED, {"stopped_by_us": True}, ["until", "start"]),
        (STARTED, {"stopped_by_us": True}, ["until"]),
    ],
)
def test_a_workflow_is_left_as_it_was_found(now: Workflow, state: dict[str, bool], sent: list[str]) -> None:
    there = actions(now, state=state)
    there.leave_as_found(8.0)
    assert orders_of(there) == sent
    assert all(how["timeout"] == 8.0 for _order, how in there.watch.took)
    if sent[:1] == ["until"]:
        how = there.watch.took[0][1]
        assert (how["what"], how["next_step"]) == ("the stop", LOOK_AT_ENGINE)
        at_rest = [how["done"](one) for one in (STOPPED, STARTED, RUNNING, STOPPING, workflow(20, pid=7))]
        assert at_rest == [True, True, True, False, False]


@pytest.mark.parametrize(
    ("seconds", "waits", "found_stopped"), [(4.0, [4.0, 4.0], False), (900.0, [60.0, 60.0], False), (4.0, [], True)]
)
def test_a_process_that_ends_starts_what_it_has_stopped_within_its_time(
    seconds: float, waits: list[float], found_stopped: bool
) -> None:
    there = actions(STARTED, state={"stopped_by_us": True, "found_stopped": found_stopped}, order_timeout=60.0)
    if not found_stopped:  # what was found stopped is not stopped again
        there.watch.rows = [STOPPED]
    there.start_again(seconds)
    assert [how["timeout"] for _order, how in there.watch.took] == waits


def test_orders_are_noted_and_an_order_that_was_not_needed_is_no_change() -> None:
    there = actions(STOPPED)
    there._on_order("start", ALREADY)
    assert not there.state.changed
    there._on_order("start", "accepted")
    assert there.state.changed and not there.state.stopped_by_us
    assert [(step.at, step.action, step.detail) for step in there.state.steps] == [
        (str(CursorValue.at(NOW)), "start", ALREADY),
        (str(CursorValue.at(NOW)), "start", "accepted"),
    ]


@pytest.mark.parametrize("order", ["stop", "kill"])
def test_a_stop_that_somebody_else_was_faster_with_is_theirs(order: str) -> None:
    there = actions(STOPPED)
    with pytest.raises(ConflictError, match=r"The workflow is stopped \(20\) now"):
        there._on_order(order, ALREADY)
    assert there.state.stopped_by_others and not there.state.stopped_by_us
    there = actions(STOPPED)
    there._on_order(order, "accepted")
    assert there.state.stopped_by_us
    there._on_order(order, ALREADY)  # our own, sent before
    assert not there.state.stopped_by_others


# -- to have it stopped ------------------------------------------------------------------------------------------------

OURS = {"stopped_by_us": True}


@pytest.mark.parametrize("now", [STOPPED, EDITED])
def test_what_stands_still_needs_no_stop(now: Workflow) -> None:
    there = actions(now, state={"stopped_by_others": True})
    there._have_it_stopped()
    assert orders_of(there) == []


def test_what_somebody_else_has_given_an_order_is_not_stopped() -> None:
    there = actions(STARTED, state={"stopped_by_others": True})
    with pytest.raises(ConflictError, match="gave it an order meanwhile"):
        there._have_it_stopped()


def test_what_somebody_has_paused_goes_on_to_its_end_and_is_theirs() -> None:
    pausing = workflow(13, pid=7)
    there = actions(pausing)
    with pytest.raises(ConflictError, match="gave it an order meanwhile"):
        there._have_it_stopped()
    assert orders_of(there) == [] and there.state.stopped_by_others
    # What was found stopped, and we have started, is stopped again in any case.
    there = actions(pausing, state={"found_stopped": True})
    there._have_it_stopped()
    assert orders_of(there) == ["stop"]
    # Of an error's pause nobody has to be asked.
    there = actions(workflow(13, failed=True, pid=7))
    there._have_it_stopped()
    assert orders_of(there) == ["stop"]


@pytest.mark.parametrize(
    ("now", "settled"),
    [
        (STARTED, True),
        (RUNNING, True),
        (STOPPED, True),
        (PAUSED, True),
        (FAILED, True),
        (workflow(13, failed=True, pid=7), True),
        (workflow(13, pid=7), False),
        (workflow(20, pid=7), False),
        (workflow(12), False),
        (workflow(15, pid=7), False),
    ],
)
def test_an_order_is_carried_out_when_nothing_is_on_that_it_was_for(now: Workflow, settled: bool) -> None:
    assert is_settled(now) is settled


def test_what_we_have_stopped_and_is_started_was_started_by_somebody() -> None:
    for now in (STARTED, workflow(20, pid=7), RUNNING):
        there = actions(now, state=OURS)
        with pytest.raises(ConflictError, match="gave it an order meanwhile"):
            there._have_it_stopped()
        assert orders_of(there) == []
    there = actions(PAUSED, state=OURS)
    there._have_it_stopped()
    assert orders_of(there) == []


@pytest.mark.parametrize(("now", "state"), [(STARTED, {**OURS, "stop_lost": True}), (workflow(15, pid=7), OURS)])
def test_our_stop_that_has_not_come_is_not_sent_again(now: Workflow, state: dict[str, bool]) -> None:
    there = actions(now, state=state)
    with pytest.raises(CampaignError) as caught:
        there._have_it_stopped()
    assert not isinstance(caught.value, ConflictError)
    assert str(caught.value) == (
        f"mkt: The workflow is {now.state_name} ({now.state}): our order to stop is not carried out. {LOOK_AT_ENGINE}"
    )
    assert orders_of(there) == []


@pytest.mark.parametrize(
    ("now", "held"),
    [
        (STOPPED, True),
        (EDITED, True),
        (PAUSED, True),
        (FAILED, False),
        (STARTED, False),
        (workflow(0, pid=7), False),
        (workflow(13, pid=7), False),
    ],
)
def test_what_somebody_holds_stands_without_a_process(now: Workflow, held: bool) -> None:
    assert is_held(now) is held
