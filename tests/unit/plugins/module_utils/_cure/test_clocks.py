# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cures beside clocks that are wrong, differ, or are set right meanwhile: no value is counted from a clock that is
ahead of another one that is known, and nothing is lost."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._core.errors import ValidationError
from ansible_collections.campaign.classic.plugins.module_utils._cure.clocks import Clock, Clocks
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.mid_figures import MidFigures
from ansible_collections.campaign.classic.plugins.module_utils._operations import sync_cursor as _op_cursor
from ansible_collections.campaign.classic.plugins.module_utils._operations.sync_cursor import (
    SYNC_CURSOR,
    SYNC_CURSOR_INFO,
)
from tests.helpers.cure_world import (
    CURSOR,
    OLD,
    PASSWORD,
    START,
    USER,
    Killed,
    World,
    at,
    attempt_for,
    marketing,
    plan_for,
    stage,
    world,
)
from tests.helpers.cursors import DAY, HOUR, MINUTE, NOW, ago

Enter = Callable[..., World]
NOW_PLAN: dict[str, Any] = {"strategy": "now", "lookback_seconds": None}


def mid(ahead: float | None) -> MidFigures:
    return MidFigures("mid-eu", "answered", ahead_seconds=ahead)


# -- which clock counts ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("skew", "mid_ahead", "host", "behind"),
    [
        (0, None, "the server", 0),
        (-DAY, None, "the server", 0),
        (-DAY, DAY, "the server", 0),
        (0.0, 0.0, "the server", 0),
        (DAY, None, "the controller", DAY),
        (DAY, -HOUR, "the controller", DAY),
        (HOUR, -DAY, "the mid-sourcing server mid-eu", DAY),
        (-HOUR, -DAY, "the mid-sourcing server mid-eu", DAY),
        (1.5, None, "the controller", 2),
    ],
)
def test_earliest_clock_that_is_known_counts(skew: float, mid_ahead: float | None, host: str, behind: int) -> None:
    clocks = Clocks.known(NOW, skew, mid(mid_ahead))
    assert (clocks.earliest.host, clocks.behind) == (host, behind)
    first = min(NOW, NOW - timedelta(seconds=skew), NOW + timedelta(seconds=mid_ahead or 0))
    assert clocks.earliest.now == first
    assert plan_for("mkt").target(clocks) == (first - timedelta(days=1)).replace(microsecond=0)
    assert plan_for("mkt", **NOW_PLAN).target(clocks) == (first - timedelta(minutes=10)).replace(microsecond=0)


def test_of_clocks_in_the_same_second_the_servers_counts() -> None:
    later = NOW + timedelta(milliseconds=900)
    assert Clocks(later, (Clock("the controller", NOW),)).earliest == Clock("the server", later)
    assert Clocks.known(NOW, 0.001).earliest.host == "the controller"


def test_refusal_says_whose_clock_leads_to_it_and_what_to_do() -> None:
    plan = plan_for("mkt", old_value="2026-11-23 11:00:00Z", lookback_seconds=60)
    assert plan.target(Clocks.known(NOW, 0)) == ago(60)
    with pytest.raises(ValidationError) as caught:
        plan.target(Clocks.known(NOW, HOUR, mid(-2 * DAY)))
    assert caught.value.message == (
        "The new value 2026-11-21 11:59:00.000Z, by the clock of the mid-sourcing server mid-eu, which is 2d behind "
        "the server's, is not later than the old one, 2026-11-23 11:00:00Z."
    )
    assert caught.value.next_step.startswith("Compare the clocks, and set right the one that is wrong. Choose a ")


@pytest.mark.parametrize(
    ("seconds_ago", "skew", "host"),
    [
        (0, 0, ""),
        (-1, 0, "the server"),
        (-1, DAY, "the server"),
        (HOUR - 600, HOUR, ""),
        (HOUR - 601, HOUR, "the controller"),
        (-HOUR, -DAY, "the server"),
    ],
)
def test_explicit_value_lies_in_the_future_of_no_clock(seconds_ago: float, skew: float, host: str) -> None:
    value = ago(seconds_ago)
    plan = plan_for("mkt", strategy="explicit", lookback_seconds=None, explicit_value=value.isoformat())
    if not host:
        assert plan.target(Clocks.known(NOW, skew)) == value
        return
    with pytest.raises(ValidationError, match=f"lies in the future of {host}, whose clock says 2026-11-2"):
        plan.target(Clocks.known(NOW, skew))


def test_explicit_value_is_compared_with_the_clock_of_the_mid() -> None:
    plan = plan_for("mkt", strategy="explicit", lookback_seconds=None, explicit_value=ago(DAY).isoformat())
    assert plan.target(Clocks.known(NOW, 0, mid(-DAY))) == ago(DAY)
    with pytest.raises(ValidationError, match="future of the mid-sourcing server mid-eu, whose clock says"):
        plan.target(Clocks.known(NOW, 0, mid(-2 * DAY)))


def test_explicit_value_is_refused_as_too_old_without_a_word_about_clocks() -> None:
    plan = plan_for("mkt", strategy="explicit", lookback_seconds=None, explicit_value="2019-01-01 00:00:00Z")
    with pytest.raises(ValidationError, match=r"00\.000Z is not later than the old one"):
        plan.target(Clocks.known(NOW, DAY))


def test_clock_in_the_first_years_of_the_calendar_is_refused() -> None:
    first = datetime.fromisoformat("0001-01-01T00:00:00+00:00")
    with pytest.raises(ValidationError, match="is not later than the old one"):
        plan_for("mkt").target(Clocks(NOW, (Clock("the controller", first),)))


# -- cures -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def enter() -> Iterator[Enter]:
    with stage() as start:
        yield start


def changed_lately(there: World, minutes: float) -> None:
    """Five deliveries change at the mid within the last minutes, in true time."""
    now = there.sim.now()
    begin = (now - timedelta(minutes=minutes)).isoformat()
    there.sim.add_deliveries("mid", count=5, from_=begin, to=now.isoformat(), for_=["mkt"])


def fetched(there: World) -> int:
    """How many of those the marketing instance has."""
    return sum(row["lastModified"] >= "2026-11-22" for row in there.sim.rows("mkt", "nms:delivery", limit=5000))


@pytest.mark.parametrize("clock_set", ["elapsed", "date"])
@pytest.mark.parametrize(
    ("skew", "plan", "written"),
    [
        ("20m", NOW_PLAN, START - timedelta(minutes=10)),
        ("3d", NOW_PLAN, START - timedelta(minutes=10)),
        ("3d", {}, START - timedelta(days=1)),
    ],
)
def test_clock_that_is_set_right_during_the_stop_loses_nothing(
    enter: Enter, clock_set: str, skew: str, plan: dict[str, Any], written: datetime
) -> None:
    there = enter(on_error="ignore", skew=skew, switches={"clock_set": clock_set})
    changed_lately(there, 6)
    at(there, "Stop", lambda: there.sim.change("mkt", skew="0s"))
    seen: list[datetime] = []
    there.after = lambda method: seen.append(there.cursor("mkt")) if method.endswith("#Write") else None
    result = there.cure("mkt", plan=plan_for("mkt", **plan))
    assert result.outcome == "cured", result.reason
    assert seen[0] - written < timedelta(minutes=1)
    assert seen[0] < there.sim.now()
    assert fetched(there) == 5


@pytest.mark.parametrize("cursor_clock", ["marketing", "mid"])
@pytest.mark.parametrize("skew", ["30d", "-30d"])
def test_server_whose_clock_is_days_off_gets_a_value_that_is_not_in_the_future(
    enter: Enter, skew: str, cursor_clock: str
) -> None:
    there = enter(skew=skew, switches={"cursor_clock": cursor_clock})
    changed_lately(there, 60)
    result = there.cure("mkt")
    assert result.outcome == "cured", result.reason
    assert ("ahead of the clock of" in result.reason) is ((skew, cursor_clock) == ("30d", "marketing"))
    behind = timedelta(days=30) if skew.startswith("-") else timedelta(0)
    assert result.written is not None
    assert result.written[:16] == f"{START - behind - timedelta(days=1):%Y-%m-%d %H:%M}"
    assert fetched(there) == 5


def test_young_cursor_beside_a_clock_that_jumped_ahead_is_not_moved(enter: Enter) -> None:
    there = enter(cursor="2026-11-22T22:00:00Z", workflow={"timeout": "60s"})
    cursor = there.cursor("mkt")
    # One slow moment: no run fails for long, and nothing is stuck.
    now = there.sim.now().isoformat()
    begin = (cursor + timedelta(seconds=5)).isoformat()
    there.sim.add_deliveries("mid", count=100, from_=begin, to=now, for_=["mkt"])
    there.sleep(12 * MINUTE)
    there.sim.change("mkt", skew="30d")
    found = there.ask("mkt", SYNC_CURSOR_INFO).result
    assert (found["verdict"], found["plans"]) == ("stuck", [])
    words = "by the clock of the controller, which is 30d behind the server's, is not later than the old one"
    assert words in found["unplanned"][0]["reason"]
    result = there.cure("mkt", plan=plan_for("mkt", old_value=found["cursors"][0]["value"]))
    assert result.outcome == "refused"
    assert words in result.reason
    assert there.writes("mkt") == []


def test_explicit_value_in_the_true_future_is_refused(enter: Enter) -> None:
    there = enter(skew="3d")
    value = (START + timedelta(days=1)).isoformat()
    plan = plan_for("mkt", strategy="explicit", lookback_seconds=None, explicit_value=value)
    result = there.cure("mkt", plan=plan)
    assert result.outcome == "refused"
    assert "lies in the future of the controller, whose clock says 2026-11-23 02:00:00.000Z" in result.reason
    assert there.writes("mkt") == []


# -- the clock of the mid ----------------------------------------------------------------------------------------------


def asked(there: World, operation: Any, **more: Any) -> dict[str, Any]:
    mids = [{"server": there.sim.instances["mid"], "name": "mid-eu", "user": USER, "password": PASSWORD}]
    return there.ask("mkt", operation, mids=mids, small_gap=50, **more).result


@pytest.mark.parametrize("cursor_clock", ["marketing", "mid"])
@pytest.mark.parametrize(("behind", "strategy"), [("2d", "lookback"), ("20m", "now")])
def test_mid_that_is_behind_is_asked_and_its_clock_counts(
    monkeypatch: pytest.MonkeyPatch, behind: str, strategy: str, cursor_clock: str
) -> None:
    with world({"mkt": marketing(switches={"cursor_clock": cursor_clock})}) as there:
        monkeypatch.setattr(_op_cursor, "Pace", there.pace)
        there.sim.change("mid", skew=f"-{behind}")
        its_now = START - timedelta(**{"days": 2} if behind == "2d" else {"minutes": 20})
        back = timedelta(days=1) if strategy == "lookback" else timedelta(minutes=10)
        begin = (its_now - timedelta(minutes=8)).isoformat()
        there.sim.add_deliveries("mid", count=5, from_=begin, to=its_now.isoformat(), for_=["mkt"])
        found = asked(there, SYNC_CURSOR_INFO, strategy=strategy)
        (plan,) = found["plans"]
        assert abs(datetime.fromisoformat(plan["new_value"]) - (its_now - back)) < timedelta(seconds=2)
        assert (plan["mid"]["changed_since_planned"], plan["mid"]["changed_between"]) == (5, 97)
        calls = len(there.calls("mid"))
        result = asked(there, SYNC_CURSOR, cursor=CURSOR, expected_value=OLD, strategy=strategy)
        # What changes at the mid now bears a date before such a cursor.
        assert result["outcome"] == "cured", result["reason"]
        assert ("ahead of the clock of" in result["reason"]) is (cursor_clock == "marketing")
        assert abs(datetime.fromisoformat(result["written"]) - (its_now - back)) < timedelta(seconds=2)
        assert len([row for row in there.sim.rows("mkt", "nms:delivery") if row["lastModified"] >= begin[:10]]) == 5
        own = [call for call in there.sim.ledger("mid") if call.get("login") == USER]
        assert all(call["call"] != "xtk:session#GetServerTime" for call in own)
        assert calls == 5


# -- after it ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("skew", "after"), [("3d", "3d"), ("3d", "0s"), ("-3d", "-3d")])
@pytest.mark.parametrize("method", ["Write", "Stop", "Start"])
def test_killed_cure_is_resumed_though_the_clock_is_days_off(enter: Enter, method: str, skew: str, after: str) -> None:
    there = enter(skew=skew)

    def kill(called: str) -> None:
        if called.endswith(f"#{method}"):
            raise Killed

    began, plan = there.now(), plan_for("mkt")
    there.after = kill
    with pytest.raises(Killed):
        there.cure("mkt")
    there.after = lambda _method: None
    there.sleep(30)
    there.sim.change("mkt", skew=after)
    result = there.cure("mkt", attempts=[attempt_for(began, [plan])])
    assert result.outcome == "cured", result.reason
    assert there.writes("mkt").count("Write") == 1
    assert there.row("mkt")["state"] == 11


@pytest.mark.parametrize("confirm", [True, False])
@pytest.mark.parametrize(("cursor_clock", "ahead"), [("marketing", True), ("mid", False)])
def test_value_in_the_future_is_said_and_no_confirmation(
    enter: Enter, cursor_clock: str, ahead: bool, confirm: bool
) -> None:
    there = enter(skew="3d", switches={"cursor_clock": cursor_clock})
    result = there.cure("mkt", confirm=confirm)
    confirmed = "cured_with_warnings" if ahead else "confirmed"
    assert result.outcome == (confirmed if confirm else "cured"), result.reason
    words = re.compile(r"That is (2d 23h|3d) ahead of the clock of the controller: compare the clocks\.")
    assert bool(words.search(result.reason)) is ahead
    assert result.steps[-1].action == ("confirmed" if confirm else "verified")
