# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The incident of KA-17742 end to end over real HTTP, with hand-made envelopes: it breaks by itself, and is cured."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
import requests

from simulator.testing import RunningSimulator, running_simulator
from tests.unit.simulator.by_hand import COUNTERS, CURSOR, Hand

STUCK_SINCE = "2020-03-01 10:00:00.000Z"
READY = datetime.fromisoformat("2026-11-23T02:00:00+00:00")


def _marketing(cursor: dict[str, Any], on_error: str = "stop", password: str = "mid-secret") -> dict[str, Any]:  # noqa: S107
    return {
        "role": "marketing",
        "accounts": [
            {"name": "defaultEmailMid", "mid": "mid-eu", "login": "mid", "password": password},
            {"name": "defaultEmailBulk"},
        ],
        "options": {CURSOR: {"type": "datetime", **cursor}},
        "workflows": {COUNTERS: {"every": "10m", "on_error": on_error, "timeout": "60s"}},
    }


def fleet() -> dict[str, Any]:
    """A healthy instance, two that are stuck since 2020, one whose mid refuses the logon, one that is down."""
    since_2020 = {"value": "2020-03-01T10:00:00Z"}
    return {
        "start": "2026-11-23T02:00:00Z",
        "warm_up": "1h",
        "seed": 7,
        "defaults": {"operators": [{"login": "ops", "password": "ops-secret", "rights": ["admin"]}]},
        "instances": {
            "mid-eu": {
                "role": "mid",
                "operators": [{"login": "mid", "password": "mid-secret", "rights": ["admin"]}],
                "seconds_per_row": 0.1,
                "deliveries": {
                    "count": 3000,
                    "from": "2020-01-01T00:00:00Z",
                    "to": "now",
                    "for": ["healthy", "stuck", "ignoring"],
                },
            },
            "healthy": _marketing({"age": "1d"}),
            "stuck": _marketing(since_2020),
            "ignoring": _marketing(since_2020, on_error="ignore"),
            "refused": _marketing({"age": "1d"}, password="rotated-on-the-mid"),
            "gone": {**_marketing({"age": "1d"}), "down": True},
        },
    }


@pytest.fixture
def sim() -> Iterator[RunningSimulator]:
    with running_simulator(fleet()) as running:
        yield running


def logged_on(sim: RunningSimulator, instance: str) -> Hand:
    return Hand(sim.instances[instance]).logon()


def test_the_warm_up_leaves_each_instance_in_the_state_that_its_runs_made(sim: RunningSimulator) -> None:
    healthy, stuck = logged_on(sim, "healthy"), logged_on(sim, "stuck")
    ignoring, refused = logged_on(sim, "ignoring"), logged_on(sim, "refused")

    assert (healthy.workflow()["state"], healthy.workflow()["failed"]) == ("11", "0")
    assert healthy.errors() == []
    assert (stuck.workflow()["state"], stuck.workflow()["failed"]) == ("13", "1")
    assert stuck.option() == (STUCK_SINCE, "7")
    assert "timed out" in stuck.errors()[-1]["error"]
    # Six runs in an hour, all failed, and yet the state says nothing of it (campaign_facts, Health).
    assert (ignoring.workflow()["state"], ignoring.workflow()["failed"]) == ("11", "0")
    assert len(ignoring.errors()) == 6
    assert ignoring.option() == (STUCK_SINCE, "7")
    assert refused.workflow()["state"] == "13"
    assert "XSV-350012" in refused.errors()[-1]["error"]
    with pytest.raises(requests.ConnectionError):
        logged_on(sim, "gone")


def test_the_stuck_instance_fails_on_every_run_and_keeps_its_cursor(sim: RunningSimulator) -> None:
    ignoring = logged_on(sim, "ignoring")
    for run in range(3):
        sim.advance("10m")
        assert len(ignoring.errors()) == 7 + run
        assert ignoring.option() == (STUCK_SINCE, "7")


def test_stop_and_start_do_not_help(sim: RunningSimulator) -> None:
    stuck = logged_on(sim, "stuck")
    known = int(stuck.errors()[-1]["id"])
    stuck.order("Stop")
    sim.advance("30s")
    assert (stuck.workflow()["state"], stuck.workflow()["failed"]) == ("20", "0")
    stuck.order("Start")
    sim.advance("30s")
    assert stuck.workflow()["state"] == "11"
    sim.advance("15m")
    assert (stuck.workflow()["state"], stuck.workflow()["failed"]) == ("13", "1")
    assert "timed out" in stuck.errors(after=known)[-1]["error"]
    assert stuck.option() == (STUCK_SINCE, "7")


def test_start_from_the_failed_state_repeats_what_the_failed_run_had_read(sim: RunningSimulator) -> None:
    stuck = logged_on(sim, "stuck")
    stuck.write_option(CURSOR, "2026-11-22 02:00:00.000Z")
    stuck.order("Start")
    sim.advance("3m")
    assert stuck.workflow()["state"] == "13", "resumed with the old cursor, so it failed again"
    assert stuck.option() == ("2026-11-22 02:00:00.000Z", "7")


def test_a_recent_cursor_and_a_fresh_start_cure_the_instance_for_good(sim: RunningSimulator) -> None:
    stuck = logged_on(sim, "stuck")
    known = int(stuck.errors()[-1]["id"])
    stuck.write_option(CURSOR, "2026-11-22 02:00:00.000Z")
    assert stuck.option() == ("2026-11-22 02:00:00.000Z", "7")
    stuck.order("Stop")
    sim.advance("30s")
    stuck.order("Start")
    sim.advance("30s")
    stuck.order("Wakeup")

    sim.advance("2m")
    first = sim.option_time("stuck", CURSOR)
    assert abs(first - READY) < timedelta(minutes=3), "the run itself moved the cursor to its own time"
    seen = [first]
    for _unused in range(3):
        sim.advance("10m")
        seen.append(sim.option_time("stuck", CURSOR))
    steps = [later - earlier for earlier, later in pairwise(seen)]
    assert all(step > timedelta(minutes=5) for step in steps), steps
    assert (stuck.workflow()["state"], stuck.workflow()["failed"]) == ("11", "0")
    assert stuck.errors(after=known) == []
    copied = stuck.query("nms:delivery", "@id", where="@deliveryMode = 4", operation="count")
    assert int(copied.attrib["count"]) > 0, "the counters of the deliveries in the window were copied"


def test_the_cursor_of_the_healthy_instance_moves_every_ten_minutes(sim: RunningSimulator) -> None:
    healthy = logged_on(sim, "healthy")
    before = sim.option_time("healthy", CURSOR)
    for _unused in range(4):
        sim.advance("10m")
        after = sim.option_time("healthy", CURSOR)
        assert after - before == timedelta(minutes=10)
        before = after
    audit = [line["message"] for line in sim.journal("healthy") if line["message"].startswith("AuditTrail")]
    assert audit[0].startswith(f"AuditTrail: Option '{CURSOR}' with id '")
    assert healthy.errors() == []


def test_an_account_with_the_right_password_lets_the_refused_instance_recover(sim: RunningSimulator) -> None:
    refused = logged_on(sim, "refused")
    sim.change("refused", accounts={"defaultEmailMid": {"password": "mid-secret"}})
    refused.order("Start")
    sim.advance("11m")
    assert (refused.workflow()["state"], refused.workflow()["failed"]) == ("11", "0")
    assert sim.now() - sim.option_time("refused", CURSOR) < timedelta(minutes=10)


def test_an_instance_that_comes_up_again_has_gone_on_meanwhile(sim: RunningSimulator) -> None:
    sim.change("gone", down=False)
    gone = logged_on(sim, "gone")
    assert gone.workflow()["state"] == "11"
    assert sim.now() - sim.option_time("gone", CURSOR) < timedelta(minutes=10)


def test_the_ledger_shows_the_cure_and_nothing_else(sim: RunningSimulator) -> None:
    mark = sim.mark()
    stuck = logged_on(sim, "stuck")
    stuck.write_option(CURSOR, "2026-11-22 02:00:00.000Z")
    stuck.order("Stop")
    sim.advance("30s")
    stuck.order("Start")
    sim.advance("15m")
    stuck.logoff()

    writes = [(call["instance"], call["call"], call["object"]) for call in sim.ledger(kind="write", since=mark)]
    assert writes == [
        ("stuck", "xtk:persist#Write", f"xtk:option {CURSOR} update"),
        ("stuck", "xtk:workflow#Stop", COUNTERS),
        ("stuck", "xtk:workflow#Start", COUNTERS),
    ]
    assert sim.ledger(kind="write", origin="internal") == [], "the servers themselves only read of each other"
    assert {call["outcome"] for call in sim.ledger("stuck", since=mark)} == {"ok"}
    assert sim.sessions("stuck") == []


def test_sessions_between_the_servers_are_closed(sim: RunningSimulator) -> None:
    sim.advance("1h")
    assert sim.sessions("mid-eu", origin="internal") == []
