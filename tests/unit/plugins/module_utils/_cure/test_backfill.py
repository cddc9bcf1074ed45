# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Backfill against a simulated instance that is healthy again: how far it goes, and where it ends."""

from __future__ import annotations

import itertools
import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._client.mids import Mids
from ansible_collections.campaign.classic.plugins.module_utils._core.errors import TimedOut, ValidationError
from ansible_collections.campaign.classic.plugins.module_utils._core.interrupts import interruptible
from ansible_collections.campaign.classic.plugins.module_utils._core.xtk import format_datetime
from ansible_collections.campaign.classic.plugins.module_utils._cure.backfill_model import (
    SHORTEST_RUN,
    BackfillOptions,
    Window,
    predict,
)
from ansible_collections.campaign.classic.plugins.module_utils._operations import sync_cursor_backfill as _op_backfill
from ansible_collections.campaign.classic.plugins.module_utils._operations.runner import Answer, Request
from ansible_collections.campaign.classic.plugins.module_utils._operations.sync_cursor_backfill import (
    SYNC_CURSOR_BACKFILL,
)
from tests.helpers.cure_world import CURSOR, OLD, START, WORKFLOW, Killed, World, marketing, world

#: Where the cure has put the cursor; the workflow has moved it on since.
CURED = "2026-11-22 02:00:00.000Z"


@contextmanager
def healthy_world(
    *,
    rows: int = 700,
    seconds_per_row: float = 0.1,
    timeout: str = "60s",
    age: timedelta = timedelta(minutes=5),
    on_error: str = "stop",
) -> Iterator[World]:
    """An instance whose workflow is healthy, and a mid on which a delivery changed every hour of the last weeks.

    :param age: of the cursor. An old one belongs to a workflow that rarely runs.
    """
    every = {"every": "8h"} if age > timedelta(hours=1) else {}
    cursor = format_datetime(START - age)
    instance = marketing(cursor=cursor, on_error=on_error, workflow={"timeout": timeout, **every})
    mid = {
        "role": "mid",
        "operators": [{"login": "mid", "password": "mid-canary", "rights": ["admin"]}],
        "seconds_per_row": seconds_per_row,
        "deliveries": {
            "count": rows,
            "from": (START - timedelta(hours=rows)).isoformat(),
            "to": START.isoformat(),
            "for": ["mkt"],
        },
    }
    with world({"mkt": instance, "mid": mid}) as there:
        yield there


def backfill(
    there: World, *, check_mode: bool = False, read_only: bool = False, password: str = "", **params: Any
) -> Answer:
    """The result of the operation; its waits move the simulator's clock.

    :param password: with which the mid can be asked; '' when it cannot.
    """
    mid = {"server": there.sim.instances["mid"], "name": "mid-eu", "user": "mid", "password": password}
    mids = Mids([mid] if password else [])
    given = {
        "cursor": CURSOR,
        "since": OLD,
        "expected_value": CURED,
        "run_id": "refill",
        "poll_interval": 5.0,
        **params,
    }
    defaults = {name: option.get("default") for name, option in SYNC_CURSOR_BACKFILL.options.items()}
    with (
        patch.object(_op_backfill, "Pace", there.pace),
        there.session("mkt", read_only=read_only) as session,
    ):
        return SYNC_CURSOR_BACKFILL.run(Request({**defaults, **given}, check_mode, mids), session)


def ends_well(there: World, answer: Answer) -> None:
    """The workflow is started, and moves its cursor on from where it is."""
    row = there.row("mkt")
    assert (row["state"], bool(row["failed"])) == (11, False)
    before = there.cursor("mkt")
    there.sim.advance("25m")
    assert there.cursor("mkt") > before
    assert datetime.fromisoformat(answer.result["after"].replace(" ", "T")) > START - timedelta(minutes=5)


def outcomes(answer: Answer) -> list[str]:
    return [window["outcome"] for window in answer.result["windows"]]


def test_it_goes_back_by_growing_windows_and_says_what_stays_possibly_affected() -> None:
    with healthy_world() as there:
        answer = backfill(there, max_window="7d", password="mid-canary")
        assert answer.failed is None, answer.result
        assert (answer.result["outcome"], outcomes(answer)) == ("partial", ["fetched", "fetched"])
        assert "as far as allowed (max_window)" in answer.result["reason"]
        first, second = answer.result["windows"]
        assert first["predicted_seconds"] is None
        assert second["predicted_seconds"] >= SHORTEST_RUN
        # A delivery an hour for 700 hours, of which a week is fetched. None of the rest is on the instance.
        assert (first["deliveries"], second["deliveries"]) == (24, 168)
        assert answer.result["affected"] == {"count": 532, "counted_by": "mid-eu", "listed": 0, "deliveries": []}
        ends_well(there, answer)


@pytest.mark.parametrize(
    ("params", "why"),
    [
        ({}, "The mid-sourcing server was not asked: "),
        ({"ask_mid": "never", "password": "mid-canary"}, "asking it is turned off (ask_mid)"),
        ({"password": "wrong"}, "mid-eu could not be asked: "),
    ],
)
def test_what_no_mid_has_counted_is_unknown_and_never_none(params: dict[str, Any], why: str) -> None:
    with healthy_world() as there:
        answer = backfill(there, max_window="1d", **params)
        assert (answer.result["outcome"], outcomes(answer)) == ("partial", ["fetched"])
        assert answer.result["affected"] == {"count": None, "counted_by": "", "listed": 0, "deliveries": []}
        assert answer.result["windows"][0]["deliveries"] is None
        assert "How many deliveries stay possibly affected is not known. " in answer.result["reason"]
        assert why in answer.result["reason"]


def test_figures_of_the_mid_that_are_required_and_missing_refuse_before_anything_is_sent() -> None:
    with healthy_world() as there:
        answer = backfill(there, ask_mid="require")
        assert answer.result["outcome"] == "refused" and "ask_mid requires its figures" in answer.result["reason"]
        assert not there.writes("mkt")
        done = backfill(there, ask_mid="require", max_window="1d", password="mid-canary")
        assert done.result["outcome"] == "partial"


def test_mid_that_stops_counting_leaves_the_number_unknown_with_what_it_said() -> None:
    with healthy_world() as there:
        there.sim.fault("deadlock", instance="mid", method="xtk:queryDef#ExecuteQuery", object="nms:delivery*")
        answer = backfill(there, check_mode=True, password="mid-canary")
        assert answer.result["affected"]["count"] is None
        assert re.search(r"not known\. mid-eu (could not be asked|said|did not count)", answer.result["reason"])


def test_what_the_instance_itself_has_between_the_old_value_and_the_last_window_is_listed() -> None:
    with healthy_world(rows=1500, seconds_per_row=0.01) as there:
        backfill(there, max_window="40d", windows=["40d"], max_run="30m")
        answer = backfill(there, max_window="1d", windows=["1d"], password="mid-canary")
        affected = answer.result["affected"]
        assert affected["count"] == 1476
        assert 500 < affected["listed"] <= 1000
        times = [one["last_modified"] for one in affected["deliveries"]]
        assert times == sorted(times)
        assert all(OLD <= time < answer.result["covered_from"] for time in times)


def test_a_ceiling_beyond_the_last_window_is_a_window_itself() -> None:
    with healthy_world() as there:
        answer = backfill(there, check_mode=True, windows=["1d"], max_window="3d")
        assert [window["since"] for window in answer.result["windows"]] == [
            format_datetime(START - timedelta(days=days)) for days in (1, 3)
        ]


def test_windows_count_back_from_the_earliest_clock() -> None:
    with healthy_world() as there:
        there.sim.change("mkt", skew="5h")
        there.sleep(1500)
        answer = backfill(there, check_mode=True, windows=["1d"], max_window="3d")
        assert [window["since"] for window in answer.result["windows"]] == [
            format_datetime(there.now() - timedelta(days=days)) for days in (1, 3)
        ], answer.result["reason"]


def test_a_window_that_reaches_the_old_value_makes_it_complete() -> None:
    with healthy_world() as there:
        since = format_datetime(START - timedelta(days=3))
        answer = backfill(there, since=since)
        assert (answer.result["outcome"], outcomes(answer)) == ("complete", ["fetched", "fetched"])
        assert answer.result["covered_from"] == since
        assert answer.result["affected"]["count"] == 0


def test_a_window_whose_run_would_take_too_long_is_not_begun() -> None:
    with healthy_world(seconds_per_row=1.0) as there:
        # A day costs 24 seconds of the mid's time, a week 168.
        answer = backfill(there, max_run="40s", mark=False)
        assert (answer.result["outcome"], outcomes(answer)) == ("partial", ["fetched", "not begun", "planned"])
        assert "more than the 40s that are allowed (max_run)" in answer.result["reason"]
        ends_well(there, answer)


def test_a_run_that_takes_much_longer_than_reckoned_is_the_last() -> None:
    with healthy_world(timeout="20m") as there:
        # The mid's data of five days ago are more than the week's share of a day.
        start = START - timedelta(days=5)
        more = {"count": 4000, "from_": start.isoformat(), "to": (start + timedelta(hours=1)).isoformat()}
        there.sim.add_deliveries("mid", for_=["mkt"], **more)
        answer = backfill(there, max_run="10m", verify_timeout=1800.0)
        assert (answer.result["outcome"], outcomes(answer)) == ("partial", ["fetched", "fetched", "planned"])
        assert "the mid cannot be asked for more" in answer.result["reason"]
        ends_well(there, answer)


def test_after_a_run_that_fails_the_last_good_cursor_stands_and_the_workflow_is_well() -> None:
    with healthy_world(seconds_per_row=0.5) as there:
        # A week costs 84 seconds, and the workflow waits for 60.
        answer = backfill(there, max_run="30m")
        assert answer.failed is None, answer.result
        assert (answer.result["outcome"], outcomes(answer)) == ("partial", ["fetched", "failed", "planned"])
        assert "The last good cursor was put back" in answer.result["reason"]
        ends_well(there, answer)


def test_check_mode_says_what_it_would_ask_for_and_sends_nothing() -> None:
    with healthy_world() as there:
        answer = backfill(there, check_mode=True)
        assert (answer.changed, answer.result["outcome"], outcomes(answer)) == (True, "planned", ["planned"] * 3)
        assert not there.writes("mkt")


def test_a_workflow_that_is_not_healthy_is_left_alone() -> None:
    with world(["mkt"]) as there:
        answer = backfill(there)
        assert answer.failed and "not 'healthy'" in answer.failed
        assert not there.writes("mkt")


@pytest.mark.parametrize(
    ("params", "why"),
    [
        ({"cursor": "NmsMidSourcing_LastDelivery_nobody"}, "There is no cursor"),
        ({"expected_value": "2026-12-01 00:00:00.000Z"}, "somebody has set it back"),
        ({"since": "2026-11-23 02:00:00.000Z"}, "there is nothing to fill"),
    ],
)
def test_what_does_not_fit_is_refused_before_anything_is_sent(params: dict[str, str], why: str) -> None:
    with healthy_world() as there:
        answer = backfill(there, **params)
        assert answer.result["outcome"] == "refused"
        assert why in answer.result["reason"]
        assert not there.writes("mkt")


def test_a_read_only_session_refuses() -> None:
    with healthy_world() as there:
        answer = backfill(there, read_only=True)
        assert answer.result["outcome"] == "refused"
        assert "read-only" in answer.result["reason"]


def test_somebody_who_stops_the_workflow_meanwhile_is_left_to_it() -> None:
    with healthy_world() as there:
        seen: list[str] = []

        def after(method: str) -> None:
            seen.append(method)
            if method == "xtk:workflow#Wakeup" and seen.count(method) == 1:
                there.sim.advance("2m")
                there.sim.order("mkt", WORKFLOW, "Stop")
                there.sim.advance("1m")

        there.after = after
        answer = backfill(there)
        assert answer.result["outcome"] in ("kept", "pending"), answer.result
        assert answer.failed
        assert there.row("mkt")["state"] == 20


def calls_of_one_backfill(**params: Any) -> list[str]:
    with healthy_world() as there:
        backfill(there, **{"windows": ["1d"], "max_window": "1d", **params})
        return there.calls("mkt")


@pytest.mark.parametrize("answered", [False, True])
def test_killed_at_any_call_the_workflow_goes_on_by_itself_and_moves_its_cursor(answered: bool) -> None:
    """Nothing is stopped for a window that can be served, so nobody has to clean up after a kill."""
    numbers = range(1, len(calls_of_one_backfill()) + 1)
    assert len(numbers) > 15
    for number in numbers:
        with healthy_world() as there:
            left = itertools.count(number, -1)

            def tap(_method: str, left: Iterator[int] = left) -> None:
                if next(left) == 1:
                    raise Killed

            setattr(there, "after" if answered else "before", tap)
            with suppress(Killed):
                backfill(there, windows=["1d"], max_window="1d")
            assert next(left) <= 0
            there.before = there.after = lambda _method: None
            there.sim.advance("15m")
            row = there.row("mkt")
            assert (row["state"], bool(row["failed"])) == (11, False), number
            assert there.cursor("mkt") >= START, number


def test_a_run_that_begins_in_the_moment_of_the_write_is_not_taken_for_that_of_the_window() -> None:
    with healthy_world() as there:

        def after(method: str) -> None:
            if method == "xtk:persist#Write":
                there.after = lambda _method: None
                there.sim.order("mkt", WORKFLOW, "Wakeup")
                there.sim.advance("4s")

        there.after = after
        answer = backfill(there)
        assert "in the moment of the write" in answer.result["reason"]
        assert outcomes(answer)[0] == "interrupted"
        there.sim.advance("25m")
        assert there.row("mkt")["state"] == 11
        assert there.cursor("mkt") > START


def test_a_write_that_is_refused_leaves_everything_as_it_was() -> None:
    with healthy_world() as there:
        there.sim.fault("deadlock", instance="mkt", method="xtk:persist#Write")
        answer = backfill(there)
        assert (answer.result["outcome"], outcomes(answer)[0]) == ("refused", "interrupted")
        assert "Nothing was written for this window" in answer.result["reason"]


def test_list_that_cannot_be_read_is_said_and_the_number_of_the_mid_stays() -> None:
    with healthy_world() as there:
        there.sim.fault("deadlock", instance="mkt", method="xtk:queryDef#ExecuteQuery", object="nms:delivery*")
        answer = backfill(there, max_window="7d", password="mid-canary")
        assert answer.failed is None, answer.result
        assert (answer.result["affected"]["count"], answer.result["affected"]["listed"]) == (532, None)
        assert "could not be listed" in answer.result["reason"]


def test_a_server_that_is_gone_in_the_middle_is_reported_with_the_last_good_cursor() -> None:
    with healthy_world() as there:

        def before(method: str) -> None:
            if method == "xtk:workflow#Wakeup":
                there.sim.fault("reset", instance="mkt")

        there.before = before
        answer = backfill(there, verify_timeout=60.0, max_run="1m")
        assert answer.result["outcome"] == "pending"
        assert "The last good cursor is" in answer.result["reason"]


@pytest.mark.parametrize("count", [1, 100])
def test_session_that_is_refused_once_something_was_written_says_where_the_cursor_was_left(count: int) -> None:
    """At any call after the first write: an error of its own would hide that the cursor was moved."""
    calls = calls_of_one_backfill(windows=["1d", "2d"], max_window="2d")
    first = calls.index("xtk:persist#Write") + 2
    assert calls[first:].count("xtk:persist#Write") == 1
    for number in range(first, len(calls)):
        with healthy_world() as there:
            there.sim.fault("refused", instance="mkt", nth=number, count=count)
            answer = backfill(there, windows=["1d", "2d"], max_window="2d")
            assert answer.changed and answer.result["outcome"] in ("pending", "partial", "kept"), number
            # As it stands, or as we left it: a run may have moved it on since.
            left = [f"{there.cursor('mkt'):%Y-%m-%d %H:%M:%S}", *(one["since"] for one in answer.result["windows"])]
            told = f"{answer.result['reason']} {answer.result['after']}"
            assert any(value in told for value in left), (number, told)


@pytest.mark.parametrize(
    ("windows", "written", "outcome"),
    [(["1h"], 0, "partial"), (["1h", "1d"], 1, "partial"), (["4h", "6h"], 1, "partial")],
)
def test_cursor_that_is_older_than_a_window_is_never_moved_forward(
    windows: list[str], written: int, outcome: str
) -> None:
    with healthy_world(age=timedelta(hours=5)) as there:
        before = there.cursor("mkt")
        answer = backfill(there, windows=windows, max_window=windows[-1], password="mid-canary")
        assert (answer.result["outcome"], there.writes("mkt").count("Write")) == (outcome, written), answer.result
        assert all(window["since"] < format_datetime(before) for window in answer.result["windows"])
        assert written or there.cursor("mkt") == before
        # The gap is there all the same, and its mid has counted it.
        assert (answer.result["affected"]["counted_by"], answer.result["affected"]["count"] > 0) == ("mid-eu", True)


def test_workflow_that_somebody_pauses_in_the_moment_of_a_write_is_left_paused() -> None:
    with healthy_world() as there:
        good = there.cursor("mkt")

        def after(method: str) -> None:
            if method.endswith("#Write"):
                there.after = lambda _method: None
                there.sim.order("mkt", WORKFLOW, "Pause")
                there.sim.advance("30s")

        there.after = after
        answer = backfill(there, windows=["1d"], max_window="1d")
        assert (answer.result["outcome"], there.row("mkt")["state"]) == ("kept", 13), answer.result["reason"]
        assert (there.writes("mkt"), there.cursor("mkt")) == (["Write", "Write"], good)
        assert f"The last good cursor is {format_datetime(good)}" in answer.result["reason"]


def test_workflow_that_somebody_pauses_in_a_run_of_a_window_is_left_paused_with_the_last_good_cursor() -> None:
    """The mid is too slow for the window: what is paused is not stopped for putting the cursor back, nor started."""
    with healthy_world(rows=700, seconds_per_row=0.1, timeout="10s", on_error="ignore") as there:
        good = there.cursor("mkt")

        def before(_method: str) -> None:
            if there.row("mkt")["processId"] and there.cursor("mkt") < good:
                there.before = lambda _method: None
                there.sim.order("mkt", WORKFLOW, "Pause")

        there.before = before
        answer = backfill(there, windows=["7d"], max_window="7d", verify_timeout=60)
        assert (answer.result["outcome"], there.row("mkt")["state"]) == ("kept", 13), answer.result["reason"]
        assert not {"Stop", "Start"} & set(there.writes("mkt"))
        assert there.cursor("mkt") == good
        assert "Somebody has paused or stopped the workflow meanwhile." in answer.result["reason"]


def test_interrupt_while_a_window_is_undone_is_pending_and_names_the_last_good_cursor() -> None:
    with healthy_world(rows=700, seconds_per_row=0.1, timeout="10s") as there:
        seen: list[str] = []

        def before(method: str) -> None:
            seen.append(method)
            if method.endswith("#Stop"):
                there.before = lambda _method: None
                os.kill(os.getpid(), signal.SIGTERM)

        there.before = before
        good = there.cursor("mkt")
        with interruptible(pass_on=False):
            answer = backfill(there, windows=["7d"], max_window="7d")
        assert "xtk:workflow#Stop" in seen
        assert (answer.result["outcome"], outcomes(answer)) == ("pending", ["interrupted"]), answer.result["reason"]
        assert f"The last good cursor is {format_datetime(good)}" in answer.result["reason"]
        assert there.row("mkt")["state"] != 20


def test_workflow_that_does_not_move_the_cursor_is_refused() -> None:
    with healthy_world() as there:
        answer = backfill(there, workflow="defaultMidSourcingLog")
        assert (answer.result["outcome"], there.writes("mkt")) == ("refused", [])
        assert "is moved by 'defaultMidSourcingDlv', not 'defaultMidSourcingLog'" in answer.result["reason"]


def test_write_of_a_window_that_may_land_later_is_pending() -> None:
    with healthy_world() as there:
        sent = itertools.count(1)

        def before(method: str) -> None:
            if method.endswith("#Write") and next(sent) == 2:
                raise TimedOut("No answer.", reached="maybe")

        there.before = before
        answer = backfill(there, password="mid-canary")
        assert (answer.result["outcome"], outcomes(answer)[:2]) == ("pending", ["fetched", "interrupted"])
        assert answer.failed and "it may land later" in answer.result["reason"]
        assert "was put back" not in answer.result["reason"]


def test_order_of_somebody_in_the_moment_of_a_write_is_theirs_and_no_defect() -> None:
    calls = calls_of_one_backfill()
    for number in (calls.index("xtk:persist#Write") + 1, calls.index("xtk:persist#Write") + 2):
        with healthy_world() as there:
            count, good = itertools.count(1), there.cursor("mkt")

            def before(_method: str, count: Iterator[int] = count, number: int = number) -> None:
                if next(count) == number:
                    there.sim.order("mkt", WORKFLOW, "Stop")
                    there.sim.advance("30s")

            there.before = before
            answer = backfill(there, windows=["1d"], max_window="1d")
            assert (answer.result["outcome"], there.row("mkt")["state"]) == ("kept", 20), answer.result["reason"]
            assert "internal error" not in answer.result["reason"] and "The last good cursor" in answer.result["reason"]
            assert there.cursor("mkt") == good


def test_a_run_that_does_not_end_is_waited_for_and_nothing_is_written() -> None:
    with healthy_world(seconds_per_row=10.0, timeout="2h") as there:

        def before(method: str) -> None:
            # After the diagnosis, somebody sets the cursor back and wakes the workflow: a run of half an hour.
            if method == "xtk:queryDef#ExecuteQuery" and len(there.calls("mkt")) == 5:
                there.sim.set_option("mkt", CURSOR, "2026-11-14T02:00:00Z")
                there.sim.order("mkt", WORKFLOW, "Wakeup")
                there.sim.advance("5s")

        there.before = before
        answer = backfill(there, order_timeout=30.0)
        assert answer.result["outcome"] == "refused", answer.result
        assert "Nothing was written" in answer.result["reason"]
        assert not there.writes("mkt")


def test_a_last_good_cursor_that_fails_too_and_a_start_that_is_refused_are_said() -> None:
    with healthy_world(seconds_per_row=0.5) as there:

        def before(method: str) -> None:
            if method == "xtk:workflow#Stop":
                there.sim.fault("deadlock", instance="mkt", method="xtk:workflow#Start")

        there.before = before
        answer = backfill(there, max_run="30m")
        assert answer.result["outcome"] == "pending", answer.result
        assert "Starting the workflow again failed" in answer.result["reason"]
    with healthy_world(seconds_per_row=0.5) as there:
        there.before = lambda method: (
            there.sim.change("mkt", accounts={"mid": {"password": "rotated"}})
            if method == "xtk:workflow#Stop"
            else None
        )
        answer = backfill(there, max_run="30m")
        assert answer.result["outcome"] == "pending", answer.result
        assert "The run on the last good cursor failed, too" in answer.result["reason"]


def test_the_prediction_grows_with_the_deliveries_and_without_them_with_the_window() -> None:
    now = START
    day, week = (Window(now - timedelta(days=days), deliveries=count) for days, count in ((1, 24), (7, 168)))
    day.seconds = 50.0
    assert predict(day, week, now) == pytest.approx(350.0)
    week.deliveries = None
    assert predict(day, week, now) == pytest.approx(350.0)
    week.deliveries = 3
    assert predict(day, week, now) == pytest.approx(50.0)
    day.seconds = 1.0
    assert predict(day, week, now) == SHORTEST_RUN
    day.deliveries = 0
    day.seconds = 100.0
    assert predict(day, week, datetime(2026, 11, 23, 2, tzinfo=UTC)) == pytest.approx(700.0)


@pytest.mark.parametrize(
    "options", [{"windows": ()}, {"windows": (0,)}, {"max_window": 0}, {"max_run": -1.0}, {"max_run": float("nan")}]
)
def test_options_that_make_no_sense_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        BackfillOptions(**options)
