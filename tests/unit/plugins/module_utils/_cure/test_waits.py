# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waits and lost orders where they turn, and what a wait says while it lasts and when it ends."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._core.errors import FaultError, WaitTimeout
from ansible_collections.campaign.classic.plugins.module_utils._core.interrupts import Interrupted
from ansible_collections.campaign.classic.plugins.module_utils._cure.lost_orders import may_have_come
from ansible_collections.campaign.classic.plugins.module_utils._cure.progress import Progress
from ansible_collections.campaign.classic.plugins.module_utils._cure.workflow_waiter import (
    LOST,
    Baseline,
    Pace,
    Unanswered,
    Watch,
)
from ansible_collections.campaign.classic.plugins.module_utils._resources.workflows import Workflow
from tests.helpers.backfills import raising
from tests.helpers.cursors import NOW, TIMEOUT, line, workflow
from tests.unit.plugins.module_utils._cure.test_workflow_waiter import (
    FAULT,
    GONE,
    RUNNING,
    STARTED,
    STOPPED,
    STOPPING,
    Script,
    is_stopped,
    later,
)

LOOK = "Look at the workflow's journal; nothing more was sent."
#: The same row, and nothing is due.
IDLE = workflow(11, due=None)


def told_watch(script: Script, every: float, *, since: float = 0.0) -> tuple[Watch, list[str]]:
    """A watch that says a line every so many seconds, and begins when some have passed."""
    script.waits.append(since)
    lines: list[str] = []
    watch = script.watch()
    pace = Pace(watch.pace.poll_interval, watch.pace.clock, watch.pace.sleep, Progress(every, lines.append))
    watch.pace = pace
    return watch, lines


# -- what is said ------------------------------------------------------------------------------------------------------


def test_a_rest_says_a_line_whenever_one_is_due() -> None:
    watch, lines = told_watch(Script(STARTED), 10.0)
    watch.pace.rest(35.0, lambda: f"after {watch.pace.clock():g} s")
    assert lines == ["after 10 s", "after 20 s", "after 30 s"]
    assert watch.pace.clock() == 35.0


def test_a_wait_says_how_long_it_has_lasted_and_what_it_waits_for() -> None:
    watch, lines = told_watch(Script(STARTED), 10.0, since=100.0)
    with pytest.raises(WaitTimeout):
        watch.until(is_stopped, timeout=25.0, what="the stop")
    assert lines == [
        f"mkt1: waiting for the stop (defaultMidSourcingDlv, {passed} so far, at most 25s)" for passed in ("10s", "20s")
    ]


@pytest.mark.parametrize(("given", "said"), [("", LOOK), ("Ask Ann.", "Ask Ann.")])
def test_a_wait_that_ends_says_what_to_do(given: str, said: str) -> None:
    how = {"next_step": given} if given else {}
    waits: list[Callable[[Watch], object]] = [
        lambda watch: watch.until(is_stopped, timeout=1.0, what="the stop", **how),
        lambda watch: watch.carry_out("stop", is_stopped, timeout=1.0, what="the stop", **how),
        lambda watch: watch.run_end(Baseline(STARTED, frozenset()), timeout=1.0, wake=False, **how),
    ]
    for wait in waits:
        with pytest.raises(WaitTimeout) as caught:
            wait(Script(IDLE).watch())
        assert (caught.value.next_step, caught.value.instance) == (said, "mkt1")


def test_a_run_that_is_waited_for_is_named() -> None:
    with pytest.raises(WaitTimeout, match=r"^mkt1: Waited 1 s for a run to end \(workflow 'defaultMidSourcingDlv'\)"):
        Script(IDLE).watch().run_end(Baseline(STARTED, frozenset()), timeout=1.0, wake=False)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("", "Find out why there is no answer, and look at the workflow before the stop is tried."),
        ("Ask Ann.", "Ask Ann."),
    ],
)
def test_an_order_that_was_never_answered_says_what_to_do(given: str, said: str) -> None:
    how = {"next_step": given} if given else {}
    watch = Script(STARTED, orders=[GONE] * 3).watch()
    with pytest.raises(Unanswered) as caught:
        watch.order_surely("stop", is_stopped, timeout=60.0, what="the stop", **how)
    assert caught.value.next_step == said


# -- orders ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("under_way", [True, False])
def test_an_order_that_an_interrupt_cuts_off_may_have_come_if_it_was_under_way(
    monkeypatch: pytest.MonkeyPatch, under_way: bool
) -> None:
    script, told = Script(STARTED), list[tuple[str, str]]()
    stop = Interrupted("SIGTERM", under_way=under_way)
    monkeypatch.setattr(script, "order", raising(stop))
    with pytest.raises(Interrupted) as caught:
        script.watch(on_order=lambda *order: told.append(order)).order("stop", is_stopped)
    assert caught.value is stop
    assert told == ([("stop", LOST)] if under_way else [])


def test_it_is_told_whether_the_server_has_answered_an_order() -> None:
    assert Script(STARTED).watch().order_surely("stop", is_stopped, timeout=60.0, what="the stop") is True
    script = Script(STOPPED, orders=[GONE])
    assert script.watch().order_surely("stop", is_stopped, timeout=60.0, what="the stop") is False
    assert script.sent == ["stop"]


@pytest.mark.parametrize(("orders", "rows"), [([], [STARTED]), ([GONE], [STARTED, STOPPING])])
def test_an_order_that_was_taken_and_not_carried_out_is_late_and_not_unanswered(orders: Any, rows: Any) -> None:
    script = Script(*rows, orders=orders)
    watch = script.watch()
    watch.row()
    with pytest.raises(WaitTimeout) as caught:
        watch.carry_out("stop", is_stopped, timeout=60.0, what="the stop")
    assert type(caught.value) is WaitTimeout
    assert script.sent == ["stop"]


@pytest.mark.parametrize("rows", [[STARTED, GONE], [STARTED, STARTED, GONE]])
def test_what_cannot_be_read_after_a_lost_order_may_show_it(rows: Any) -> None:
    script = Script(*rows, orders=[GONE])
    watch = script.watch()
    watch.row()
    assert not watch.order_surely("stop", is_stopped, timeout=30.0, what="the stop")
    assert script.sent == ["stop"]
    # The last of the waits between the looks is that of all that follow.
    assert script.waits[:5] == [1.0, 2.0, 4.0, 8.0, 8.0]


def test_an_order_that_does_not_show_in_the_time_that_there_is_is_sent_again() -> None:
    script = Script(STARTED, orders=[GONE])
    watch = script.watch()
    watch.row()
    assert watch.order_surely("stop", is_stopped, timeout=2.0, what="the stop")
    assert script.sent == ["stop", "stop"]


# -- the end of a run --------------------------------------------------------------------------------------------------


def test_lines_of_before_are_no_news() -> None:
    old, new = line(60, TIMEOUT), line(10, TIMEOUT)
    watch = Script(STARTED, lines=[new, old]).watch()
    assert watch.new_errors(Baseline(STARTED, frozenset({old.id}))) == (new,)
    assert watch.told == (new,)


def test_a_wakeup_that_is_refused_while_a_run_has_been_seen_is_no_error() -> None:
    script = Script(STARTED, orders=[FAULT])
    moved = itertools.chain([False, False], itertools.repeat(True))
    end = script.watch().run_end(
        Baseline(STARTED, frozenset()), timeout=60.0, wake=True, seen=True, done=lambda: next(moved)
    )
    assert end.ok and script.sent == ["wakeup"]
    with pytest.raises(WaitTimeout, match="Unable to complete operation"):
        Script(STARTED, orders=[FAULT] * 99).watch().run_end(
            Baseline(STARTED, frozenset()), timeout=5.0, wake=True, done=lambda: False
        )


def test_nothing_is_woken_where_nothing_is_to_be_sent_or_nothing_is_due_later() -> None:
    script = Script(STARTED)
    with pytest.raises(WaitTimeout):
        script.watch().run_end(Baseline(STARTED, frozenset()), timeout=5.0, wake=False)
    assert script.sent == []
    watch = script.watch()
    due = [workflow(11, due=-1), workflow(11, due=0), workflow(11, due=1), workflow(11, due=None), workflow(20, due=-1)]
    assert [watch._waits_for_due_time(row) for row in due] == [True, False, False, False, False]


def test_a_row_that_was_failed_before_is_failed_again_once_a_run_has_begun() -> None:
    failed = workflow(13, failed=True)
    end = (
        Script(later(failed))
        .watch()
        .run_end(Baseline(failed, frozenset()), timeout=5.0, wake=False, done=lambda: False)
    )
    assert (end.ok, end.workflow.process_date) == (False, NOW)
    with pytest.raises(WaitTimeout):
        Script(failed).watch().run_end(Baseline(failed, frozenset()), timeout=5.0, wake=False)
    assert not Script(RUNNING, failed).watch().run_end(Baseline(failed, frozenset()), timeout=9.0, wake=False).ok


# -- what a lost order leaves ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("order", "before", "now", "come"),
    [
        ("start", workflow(10), workflow(10), True),
        ("pause", workflow(12), workflow(12), True),
        ("stop", STOPPING, STOPPING, True),
        ("start", STOPPING, STOPPING, False),
        ("pause", STARTED, later(STARTED), False),
        ("kill", STARTED, later(STARTED), False),
        ("stop", STARTED, later(STARTED), False),
        ("start", STARTED, later(STARTED), True),
        ("wakeup", STARTED, later(STARTED), True),
        ("wakeup", STARTED, STARTED, False),
        ("kill", STARTED, STOPPED, True),
    ],
)
def test_what_a_row_shows_of_an_order(order: str, before: Workflow, now: Workflow, come: bool) -> None:
    assert may_have_come(order, before, now) is come


def test_an_order_is_sent_three_times_at_most() -> None:
    script = Script(STARTED, orders=[GONE] * 9)
    with pytest.raises(Unanswered, match="Sent stop 3 times"):
        script.watch().order_surely("stop", is_stopped, timeout=60.0, what="the stop")
    assert script.sent == ["stop"] * 3


def test_the_last_look_is_at_the_end_of_the_time() -> None:
    script = Script(STARTED)
    with pytest.raises(WaitTimeout):
        script.watch().until(is_stopped, timeout=1.5, what="the stop")
    assert (script.looks, script.waits) == (3, [1.0, 0.5])


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (FaultError("No answer from MAXX."), "No answer from MAXX"),
        (FaultError("No.", fault_string="x" * 300), f'No "{"x" * 200} [100 more characters]"'),
    ],
)
def test_what_a_server_said_is_a_part_of_the_sentence(error: FaultError, said: str) -> None:
    with pytest.raises(WaitTimeout) as caught:
        Script(error).watch().until(is_stopped, timeout=1.0, what="the stop")
    assert caught.value.last_state == {"last_error": said}
