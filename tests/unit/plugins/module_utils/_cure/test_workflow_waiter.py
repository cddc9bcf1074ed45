# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Orders and waits: what is sent, how often, and how long the wait for it is."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any, TypeAlias

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._core.errors import (
    CampaignError,
    DeniedError,
    FaultError,
    HttpStatusError,
    NotFoundError,
    ProtocolError,
    TimedOut,
    TransportError,
    ValidationError,
    WaitTimeout,
)
from ansible_collections.campaign.classic.plugins.module_utils._cure.lost_orders import (
    LOOKS,
    MOST_SENT,
    QUIET,
    QUIET_AFTER_TIMEOUT,
    may_have_come,
)
from ansible_collections.campaign.classic.plugins.module_utils._cure.workflow_waiter import (
    ACCEPTED,
    ALREADY,
    LOST,
    MOST_LINES,
    Baseline,
    Pace,
    RunEnd,
    Watch,
    checked_seconds,
    describe,
    sentence,
)
from ansible_collections.campaign.classic.plugins.module_utils._resources.workflows import JournalLine, Workflow
from tests.helpers.cursors import NOW, OTHER, TIMEOUT, line, workflow

Row: TypeAlias = "Workflow | CampaignError"

GONE = TransportError("mkt1:8080 closed the connection without an answer.", reached="maybe")
UNSENT = TransportError("mkt1:8080 refused the connection.", reached="no")
FAULT = FaultError("xtk:workflow#Stop failed.", fault_string="BAS-010003 Unable to complete operation.")
STARTED, STOPPING, STOPPED = workflow(11), workflow(15), workflow(20)
RUNNING = workflow(11, pid=4711)
BEFORE = workflow(20)


def later(row: Workflow) -> Workflow:
    """The row after a run that nobody saw."""
    return replace(row, process_date=NOW)


class Script:
    """Workflows whose row is the next of ``rows`` each time (the last one stays), and a clock that waits move."""

    def __init__(
        self, *rows: Row, lines: Sequence[JournalLine] = (), orders: Sequence[CampaignError | None] = ()
    ) -> None:
        self.session = SimpleNamespace(name="mkt1")
        self.rows = list(rows)
        self.lines = lines
        self.answers = itertools.chain(orders, itertools.repeat(None))
        self.sent: list[str] = []
        self.looks = 0
        #: How many lines of the journal were asked for, and how many an answer can hold.
        self.limits: list[int] = []
        self.room = MOST_LINES
        self.waits: list[float] = []

    def get(self, name: str) -> Workflow:
        assert name == "defaultMidSourcingDlv"
        self.looks += 1
        row = self.rows.pop(0) if len(self.rows) > 1 else self.rows[0]
        if isinstance(row, CampaignError):
            raise row
        return row

    def journal(self, ids: list[int], *, limit: int) -> list[JournalLine]:
        assert ids == [1771]
        self.limits.append(limit)
        if limit > self.room:
            raise ProtocolError("The answer is too large.", reached="yes")
        return list(self.lines)[:limit]

    def order(self, order: str, name: str) -> None:
        assert name == "defaultMidSourcingDlv"
        self.sent.append(order)
        answer = next(self.answers)
        if answer is not None:
            raise answer

    def watch(self, poll_interval: float = 15.0, **more: Any) -> Watch:
        pace = Pace(poll_interval, clock=lambda: sum(self.waits), sleep=self.waits.append)
        workflows: Any = self
        return Watch(workflows, "defaultMidSourcingDlv", pace=pace, now=lambda: NOW, **more)


def is_stopped(row: Workflow) -> bool:
    return row.state == 20


# -- numbers -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [-1, float("nan"), float("inf")])
def test_seconds_that_would_never_end_are_refused_by_name(number: float) -> None:
    with pytest.raises(ValidationError, match="order_timeout must be a number of seconds, 0 or more"):
        checked_seconds("order_timeout", number)


@pytest.mark.parametrize("number", [0, -0.5, float("nan")])
def test_pace_refuses_an_interval_that_would_ask_without_a_pause(number: float) -> None:
    with pytest.raises(ValidationError, match="^poll_interval must be "):
        Pace(number)


def test_no_time_at_all_is_a_time_and_a_pace_without_an_interval_looks_every_quarter_of_a_minute() -> None:
    assert checked_seconds("order_timeout", 0) == 0
    assert Pace().poll_interval == 15.0


def test_two_hundred_lines_of_the_journal_are_read_before_an_order_and_after() -> None:
    lines = [line(number, TIMEOUT) for number in range(300)]
    watch = Script(STARTED, lines=lines).watch()
    before = watch.baseline()
    assert before.lines == {one.id for one in lines[:200]}
    assert before.tells_of_failure
    watch.new_errors(before)
    assert watch.told == ()


@pytest.mark.parametrize(("new", "asked"), [(0, [200]), (198, [200]), (199, [200, 2000]), (2500, [200, 2000, 10_000])])
def test_as_many_lines_are_read_as_a_run_has_written(new: int, asked: list[int]) -> None:
    # Of those that were not read before, too, none is news.
    old = [
        replace(line(1 + number, message="old" if number < 300 else TIMEOUT), id=400 - number) for number in range(400)
    ]
    script = Script(STARTED, lines=old)
    watch = script.watch()
    before = watch.baseline()
    script.limits.clear()
    news = [replace(line(0, message="new"), id=1000 + number) for number in range(new)]
    # The oldest line of the run is its error.
    script.lines = [*news, replace(line(0, TIMEOUT), id=999), *old]
    assert [one.id for one in watch.new_errors(before)] == [999]
    assert script.limits == asked and len(watch.told) == new + 1
    assert not before.tells_of_failure


def test_a_journal_that_is_read_to_its_end_is_not_asked_for_more() -> None:
    script = Script(STARTED, lines=[replace(line(0, TIMEOUT), id=999)])
    assert script.watch().new_errors(Baseline(STARTED, frozenset()))
    assert script.limits == [200]


def test_line_that_is_written_late_is_news_and_an_older_one_that_was_not_read_is_none() -> None:
    lines = [replace(line(seconds), id=seconds) for seconds in (300, 100)]
    before = Baseline.of(STARTED, lines)
    assert [before.is_news(replace(line(seconds), id=7)) for seconds in (400, 200, 50)] == [False, True, True]
    assert not any(map(before.is_news, lines)) and not before.tells_of_failure
    assert not Baseline(STARTED, frozenset()).tells_of_failure


def test_no_more_lines_are_read_than_an_answer_can_hold() -> None:
    endless = [replace(line(0, message="new"), id=1000 + number) for number in range(10_100)]
    script = Script(STARTED, lines=endless)
    watch = script.watch()
    for script.room in (10_000, 2000, 200):
        assert watch.new_errors(Baseline(STARTED, frozenset({1}))) == () and len(watch.told) == script.room
    # Of one that was too large, no larger one is asked for.
    assert script.limits[-2:] == [200, 2000]
    script.room = 0
    with pytest.raises(ProtocolError):
        watch.new_errors(Baseline(STARTED, frozenset({1})))


def test_what_came_of_an_order_is_said_in_these_words() -> None:
    assert (ACCEPTED, LOST, ALREADY) == ("accepted", "answer lost", "already ordered")


def test_first_looks_come_quickly_and_later_ones_as_seldom_as_the_interval() -> None:
    assert list(itertools.islice(Pace(15).intervals(), 7)) == [1, 2, 4, 8, 15, 15, 15]
    assert list(itertools.islice(Pace(0.2).intervals(), 3)) == [0.2, 0.2, 0.2]


# -- orders ------------------------------------------------------------------------------------------------------------


def test_order_is_sent_once_and_told_of() -> None:
    script, told = Script(STARTED), []
    answer = script.watch(on_order=lambda *order: told.append(order)).order("stop", is_stopped)
    assert (answer, script.sent, told) == (ACCEPTED, ["stop"], [("stop", ACCEPTED)])


def test_order_whose_answer_is_lost_is_no_error() -> None:
    script = Script(STARTED, orders=[GONE])
    assert script.watch().order("stop", is_stopped) == LOST
    assert script.sent == ["stop"]


def test_order_that_cannot_have_been_sent_is_an_error_and_told_to_nobody() -> None:
    told: list[Any] = []
    with pytest.raises(TransportError) as caught:
        Script(STARTED, orders=[UNSENT]).watch(on_order=lambda *order: told.append(order)).order("stop", is_stopped)
    assert caught.value is UNSENT
    assert told == []


@pytest.mark.parametrize("row", [STOPPED, STOPPING], ids=["there", "on its way"])
def test_fault_is_harmless_when_somebody_gave_the_order_before(row: Workflow) -> None:
    assert Script(row, orders=[FAULT]).watch().order("stop", is_stopped) == ALREADY


@pytest.mark.parametrize("row", [STARTED, GONE, NotFoundError("no")], ids=["elsewhere", "no answer", "no row"])
def test_fault_passes_when_the_row_does_not_explain_it(row: Row) -> None:
    with pytest.raises(FaultError) as caught:
        Script(row, orders=[FAULT]).watch().order("stop", is_stopped)
    assert caught.value is FAULT


def test_refusal_passes_without_a_look() -> None:
    script = Script(STARTED, orders=[DeniedError("no right")])
    with pytest.raises(DeniedError):
        script.watch().order("stop", is_stopped)
    assert script.looks == 0


# -- execution ---------------------------------------------------------------------------------------------------------


def carry_out_stop(script: Script, timeout: float = 60) -> Workflow:
    return script.watch().carry_out("stop", is_stopped, timeout=timeout, what="the stop", next_step="Do this.")


def test_carrying_out_waits_until_the_state_is_there() -> None:
    script = Script(STARTED, STOPPING, STOPPING, STOPPED)
    assert carry_out_stop(script) is STOPPED
    assert script.sent == ["stop"]
    assert script.waits == [1, 2, 4]


def test_accepted_order_is_not_sent_again_however_long_it_takes() -> None:
    script = Script(STARTED)
    with pytest.raises(WaitTimeout, match="Do this.") as caught:
        carry_out_stop(script)
    assert script.sent == ["stop"]
    assert caught.value.last_state == describe(STARTED)
    assert caught.value.instance == "mkt1"


def test_lost_order_that_is_on_its_way_is_not_sent_again() -> None:
    script = Script(STOPPING, orders=[GONE])
    with pytest.raises(WaitTimeout):
        carry_out_stop(script)
    assert script.sent == ["stop"]


def test_lost_order_of_which_nothing_is_known_is_not_sent_again() -> None:
    script = Script(GONE, orders=[GONE])
    with pytest.raises(WaitTimeout):
        carry_out_stop(script)
    assert script.sent == ["stop"]


def test_lost_order_that_never_came_is_sent_again_within_seconds() -> None:
    script = Script(STARTED, orders=[GONE])
    script.rows = [STARTED] * 5 + [STOPPED]
    assert carry_out_stop(script, timeout=300) is STOPPED
    assert script.sent == ["stop", "stop"]
    assert script.waits[:3] == list(LOOKS[:3])
    assert QUIET <= sum(script.waits) < 20


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (GONE, QUIET),
        (ProtocolError("a page", reached="maybe"), QUIET),
        (HttpStatusError("x", status=302), QUIET),
        (HttpStatusError("x", status=503), QUIET),
        (HttpStatusError("x", status=504), QUIET_AFTER_TIMEOUT),
        (HttpStatusError("x", status=408), QUIET_AFTER_TIMEOUT),
        (TimedOut("late", reached="maybe"), QUIET_AFTER_TIMEOUT),
    ],
)
def test_order_that_may_lie_at_the_server_still_is_given_more_time(error: TransportError, seconds: float) -> None:
    script = Script(STARTED, orders=[error] * MOST_SENT)
    with pytest.raises(WaitTimeout):
        carry_out_stop(script, timeout=300)
    assert sum(script.waits) == MOST_SENT * seconds
    assert MOST_SENT * seconds < 60


def test_lost_order_is_sent_again_after_its_timeout_where_that_is_shorter() -> None:
    script = Script(*[STARTED] * 5, STOPPED, orders=[GONE])
    assert carry_out_stop(script, timeout=5) is STOPPED
    assert script.sent == ["stop", "stop"]


def test_looks_after_a_lost_answer_do_not_depend_on_the_poll_interval() -> None:
    script = Script(*[STARTED] * 4, STOPPED, orders=[GONE])
    watch = script.watch(poll_interval=0.1)
    assert watch.carry_out("stop", is_stopped, timeout=300, what="the stop") is STOPPED
    assert script.looks == 5
    assert script.sent == ["stop", "stop"]


def test_lost_order_whose_effect_shows_late_is_not_sent_again() -> None:
    script = Script(STARTED, STARTED, STARTED, STOPPING, STOPPED, orders=[GONE])
    assert carry_out_stop(script) is STOPPED
    assert script.sent == ["stop"]


def test_order_that_is_lost_each_time_ends_with_what_came_in_place_of_the_answer() -> None:
    script = Script(STARTED, orders=[GONE] * MOST_SENT)
    with pytest.raises(WaitTimeout, match="closed the connection without an answer") as caught:
        carry_out_stop(script, timeout=300)
    assert script.sent == ["stop"] * MOST_SENT
    assert sum(script.waits) == MOST_SENT * QUIET
    assert caught.value.last_state == describe(STARTED)


def test_lost_order_is_not_decided_while_no_row_can_be_read() -> None:
    script = Script(*[GONE] * 6, *[STARTED] * 6, STOPPED, orders=[GONE])
    assert carry_out_stop(script, timeout=300) is STOPPED
    assert script.sent == ["stop", "stop"]


@pytest.mark.parametrize("order", ["start", "wakeup"])
def test_lost_order_for_a_run_that_came_and_went_is_not_sent_again(order: str) -> None:
    script = Script(STOPPED, later(STOPPED), orders=[GONE])
    watch = script.watch()
    watch.row()
    watch.order_surely(order, lambda row: row.state == 11, timeout=300, what=order)
    assert script.sent == [order]


@pytest.mark.parametrize(
    ("order", "before", "now", "may"),
    [
        ("start", STOPPED, STOPPED, False),
        ("start", STOPPED, workflow(10), True),
        ("start", STOPPED, later(STOPPED), True),
        ("start", STOPPED, replace(STOPPED, last_start=NOW), True),
        ("start", STOPPED, workflow(20, pid=7), True),
        ("start", workflow(13, failed=True), workflow(13, failed=True), False),
        ("start", workflow(13, failed=True), workflow(14), True),
        ("stop", STARTED, STARTED, False),
        ("stop", STARTED, RUNNING, False),  # a run has begun, which is no stop
        ("stop", RUNNING, later(STARTED), False),
        ("stop", STARTED, workflow(15), True),
        ("stop", STARTED, workflow(13, failed=True), True),
        ("stop", workflow(10), workflow(10), False),  # the start that nobody takes
        ("stop", workflow(10), workflow(16), True),
        ("pause", STARTED, workflow(12), True),
        ("pause", STARTED, STARTED, False),
        ("kill", workflow(15), workflow(15), False),
        ("kill", workflow(15), STOPPED, True),
        ("wakeup", STARTED, STARTED, False),
        ("wakeup", STARTED, RUNNING, True),
        ("wakeup", STARTED, later(STARTED), True),
        ("wakeup", STARTED, replace(STARTED, next_processing_date=None), True),
    ],
)
def test_what_a_row_tells_of_an_order_whose_answer_was_lost(
    order: str, before: Workflow, now: Workflow, may: bool
) -> None:
    assert may_have_come(order, before, now) is may


# -- waiting -----------------------------------------------------------------------------------------------------------


def wait_for_stop(script: Script, timeout: float = 60) -> Workflow:
    return script.watch().until(is_stopped, timeout=timeout, what="the stop")


@pytest.mark.parametrize("problem", [GONE, UNSENT, FAULT], ids=["lost", "unsent", "fault"])
def test_wait_outlasts_an_instance_that_does_not_answer(problem: CampaignError) -> None:
    assert wait_for_stop(Script(STOPPING, problem, problem, STOPPED)) is STOPPED


@pytest.mark.parametrize("problem", [DeniedError("no"), NotFoundError("no")], ids=["denied", "gone"])
def test_wait_ends_when_waiting_does_not_help(problem: CampaignError) -> None:
    script = Script(STOPPING, problem)
    with pytest.raises(type(problem)):
        wait_for_stop(script)
    assert script.looks == 2


def test_wait_ends_exactly_at_its_deadline_with_a_last_look() -> None:
    script = Script(STOPPING)
    with pytest.raises(WaitTimeout) as caught:
        wait_for_stop(script, timeout=20)
    assert script.waits == [1, 2, 4, 8, 5]
    assert script.looks == len(script.waits) + 1
    assert caught.value.message == (
        "Waited 20 s for the stop (workflow 'defaultMidSourcingDlv'); last seen: state stopping (15)."
    )
    assert caught.value.next_step == "Look at the workflow's journal; nothing more was sent."


def test_wait_without_time_looks_once() -> None:
    assert wait_for_stop(Script(STOPPED), timeout=0) is STOPPED
    script = Script(STOPPING)
    with pytest.raises(WaitTimeout):
        wait_for_stop(script, timeout=0)
    assert (script.looks, script.waits) == (1, [])


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([GONE], "last seen: mkt1:8080 closed the connection without an answer."),
        ([STOPPING, GONE], "last seen: state stopping (15), and then: mkt1:8080 closed the connection"),
        ([STOPPING, FAULT], 'and then: xtk:workflow#Stop failed "BAS-010003 Unable to complete operation.".'),
        ([workflow(13, failed=True)], "last seen: state paused (13), failed."),
        ([RUNNING], "last seen: state started (11), running as process 4711."),
    ],
)
def test_timeout_says_what_was_seen_last(rows: list[Row], words: str) -> None:
    with pytest.raises(WaitTimeout) as caught:
        wait_for_stop(Script(*rows))
    assert words in caught.value.message


def test_nothing_seen_at_all_is_no_answer() -> None:
    assert sentence({}) == "no answer"


# -- the end of a run --------------------------------------------------------------------------------------------------


def wait_for_run(script: Script, before: Workflow = BEFORE, **more: Any) -> RunEnd:
    settings: dict[str, Any] = {"timeout": 60, "wake": False, **more}
    return script.watch().run_end(Baseline(before, frozenset({1})), **settings)


def test_baseline_holds_the_lines_that_are_no_news() -> None:
    old = replace(line(900, TIMEOUT), id=1)
    watch = Script(STOPPED, lines=[old]).watch()
    baseline = watch.baseline()
    assert baseline == Baseline(STOPPED, frozenset({1}), (old.at, 1), tells_of_failure=True)
    assert watch.new_errors(baseline) == ()


def test_run_that_was_seen_has_ended_well() -> None:
    end = wait_for_run(Script(STARTED, RUNNING, RUNNING, STARTED))
    assert end.ok
    assert end.workflow is STARTED


def test_run_that_was_too_quick_to_be_seen_is_known_by_its_date() -> None:
    assert wait_for_run(Script(STARTED, later(STARTED))).workflow.process_date == NOW


def test_no_run_is_no_good_end() -> None:
    with pytest.raises(WaitTimeout, match="for a run to end"):
        wait_for_run(Script(STARTED))


def test_end_in_a_transitional_state_is_waited_out() -> None:
    assert wait_for_run(Script(RUNNING, workflow(12), STARTED)).workflow is STARTED


@pytest.mark.parametrize("way", [workflow(12), workflow(12, failed=True), workflow(15, failed=True)])
def test_an_error_that_leads_to_a_pause_or_a_stop_by_way_of_another_state_is_waited_out(way: Workflow) -> None:
    paused = workflow(13, failed=True)
    end = wait_for_run(Script(RUNNING, way, paused, lines=[line(0, OTHER)]))
    assert end.workflow is paused and not end.ok


FOLLOWING, THIRD = replace(RUNNING, process_id=4712), replace(RUNNING, process_id=4713)


def test_a_run_has_ended_where_another_process_is_on() -> None:
    assert wait_for_run(Script(RUNNING, RUNNING, FOLLOWING, THIRD)).workflow is FOLLOWING
    error = line(10, OTHER)
    following = replace(FOLLOWING, process_date=error.at)
    end = wait_for_run(Script(RUNNING, following, lines=[error]))
    assert (end.workflow, end.errors) == (following, (error,))


def test_a_run_that_has_shown_nothing_is_followed_by_the_next_one_to_its_end() -> None:
    """Of a start the first process may have done no more than the scheduler."""
    signs = iter([False, True])
    end = wait_for_run(Script(RUNNING, FOLLOWING, FOLLOWING, THIRD), done=lambda: next(signs))
    assert end.workflow is THIRD
    # Also where none was on in between.
    signs = iter([False, True])
    end = wait_for_run(Script(RUNNING, STARTED, FOLLOWING, FOLLOWING, STARTED), done=lambda: next(signs))
    assert end.workflow is STARTED and end.ok


@pytest.mark.parametrize("began", [None, NOW - timedelta(seconds=11)])
def test_an_error_of_the_run_that_is_on_is_none_of_the_run_before(began: datetime | None) -> None:
    """It may go on after it."""
    following = replace(FOLLOWING, process_date=began)
    signs = iter([False, True])
    end = wait_for_run(
        Script(RUNNING, following, following, STARTED, lines=[line(10, OTHER)]), done=lambda: next(signs)
    )
    assert end.workflow is STARTED and end.errors


def test_the_run_that_is_on_is_over_where_the_next_one_is_on_and_no_order_is_on_its_way() -> None:
    following = replace(RUNNING, process_id=4712)
    assert Script(RUNNING, RUNNING, following).watch().run_over(timeout=60, what="it") is following
    assert Script(RUNNING, workflow(12), STARTED).watch().run_over(timeout=60, what="it") is STARTED
    with pytest.raises(WaitTimeout, match="for it "):
        Script(RUNNING).watch().run_over(timeout=60, what="it")


def test_additional_sign_of_a_good_end_is_waited_for_over_several_runs() -> None:
    signs = iter([False, False, True])
    end = wait_for_run(Script(RUNNING, STARTED, RUNNING, STARTED, STARTED), done=lambda: next(signs))
    assert end.ok
    assert next(signs, "spent") == "spent"


def test_additional_sign_without_a_run_is_somebody_elses() -> None:
    with pytest.raises(WaitTimeout, match="for a proof .*Do this.") as caught:
        wait_for_run(Script(STARTED), done=lambda: True, what="a proof", next_step="Do this.")
    assert caught.value.last_state["state"] == 11


def test_run_that_left_errors_has_failed_even_where_errors_are_ignored() -> None:
    new = line(0, OTHER)
    end = wait_for_run(Script(RUNNING, STARTED, lines=[new]))
    assert not end.ok
    assert end.errors == (new,)


def test_errors_of_before_and_messages_and_aftermath_are_no_errors_of_the_run() -> None:
    old, news = replace(line(900, TIMEOUT), id=1), line(0, message="Run finished")
    aftermath = line(0, "WKF-560044 The notification could not be sent to the supervisors.")
    assert wait_for_run(Script(RUNNING, STARTED, lines=[news, aftermath, old])).ok


def test_errors_without_a_run_are_not_its_failure() -> None:
    assert wait_for_run(Script(STARTED, RUNNING, STARTED), done=lambda: True).ok
    with pytest.raises(WaitTimeout):
        wait_for_run(Script(STARTED, lines=[line(0, OTHER)]))


def test_workflow_that_turns_to_failed_has_failed_though_no_run_was_seen() -> None:
    failed = workflow(13, failed=True)
    end = wait_for_run(Script(STARTED, failed))
    assert not end.ok
    assert end.workflow is failed
    assert end.errors == ()


def test_row_that_was_failed_before_says_nothing_until_a_run_was_there() -> None:
    failed = workflow(13, failed=True)
    end = wait_for_run(Script(failed, failed, later(failed)), before=failed)
    assert end.workflow.process_date == NOW


def test_wakeup_is_sent_once_when_the_due_time_lies_ahead() -> None:
    script = Script(STARTED, STARTED, STARTED, RUNNING, STARTED)
    assert wait_for_run(script, wake=True).ok
    assert script.sent == ["wakeup"]


@pytest.mark.parametrize(
    "row",
    [workflow(11, due=None), workflow(11, due=30), workflow(10), workflow(20)],
    ids=["no schedule", "due already", "starting", "stopped"],
)
def test_wakeup_is_not_sent_when_a_run_comes_by_itself_or_cannot(row: Workflow) -> None:
    script = Script(row)
    with pytest.raises(WaitTimeout):
        wait_for_run(script, wake=True)
    assert script.sent == []


def test_wakeup_that_could_not_be_sent_is_tried_at_the_next_look() -> None:
    script = Script(STARTED, STARTED, RUNNING, STARTED, orders=[UNSENT])
    assert wait_for_run(script, wake=True).ok
    assert script.sent == ["wakeup", "wakeup"]


def test_wakeup_whose_answer_was_lost_and_that_came_is_not_sent_again() -> None:
    script = Script(STARTED, STARTED, STARTED, RUNNING, STARTED, orders=[GONE])
    assert wait_for_run(script, wake=True).ok
    assert script.sent == ["wakeup"]


def test_wakeup_that_never_came_is_sent_again_and_a_run_is_waited_for_all_the_same() -> None:
    script = Script(*[STARTED] * 6, RUNNING, STARTED, orders=[GONE])
    assert wait_for_run(script, wake=True).ok
    assert script.sent == ["wakeup", "wakeup"]
    script = Script(*[STARTED] * 20, RUNNING, STARTED, orders=[GONE] * MOST_SENT)
    assert wait_for_run(script, wake=True, timeout=300).ok
    assert script.sent == ["wakeup"] * MOST_SENT


def test_run_that_goes_on_is_not_asked_for_its_journal() -> None:
    script = Script(RUNNING)
    script.lines = [line(0, TIMEOUT)]
    with pytest.raises(WaitTimeout, match="running as process 4711"):
        wait_for_run(script, wake=True)
    assert script.sent == []


def test_due_time_is_compared_with_the_servers_clock() -> None:
    script = Script(STARTED)
    watch = script.watch()
    watch.now = lambda: NOW + timedelta(days=1)
    with pytest.raises(WaitTimeout):
        watch.run_end(Baseline(BEFORE, frozenset()), timeout=5, wake=True)
    assert script.sent == []
