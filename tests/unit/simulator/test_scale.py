# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many instances in one process, judged by counts: what a fleet costs must not grow with time. ``make bench-simulator``
measures seconds and bytes."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import pytest

from simulator.fleet import parse_fleet
from simulator.http.server import Server
from simulator.simulator import Simulator
from tests.bench.simulator_load import OPTION
from tests.bench.simulator_scale import Size, fleet, measure, report
from tests.helpers.simulator_process import LINUX

SMALL = Size(marketing=20, mids=2, connections=4, seconds=0.1, rounds=1)
COUNTERS = ("xtk:session#Logon", "xtk:queryDef#ExecuteQuery", "xtk:session#Logoff")


def small_fleet(*workflows: str, size: Size = SMALL) -> dict[str, Any]:
    found = fleet(size)
    defaults = found["defaults"]["workflows"]
    found["defaults"]["workflows"] = {name: defaults[name] for name in workflows}
    return found


def test_each_run_of_the_counters_makes_three_calls_whatever_the_size_of_the_fleet() -> None:
    async def scenario() -> None:
        server = Server(Simulator(parse_fleet(small_fleet("defaultMidSourcingDlv"), "fleet")))
        await server.start()
        simulator = server.simulator
        await simulator.clock.advance(3600)
        calls = Counter(entry.call for entry in simulator.ledger.select(origin="internal"))
        assert calls == dict.fromkeys(COUNTERS, SMALL.marketing * 6)
        assert {entry.outcome for entry in simulator.ledger.select()} == {"ok"}
        await server.stop()

    asyncio.run(scenario())


def test_a_fleet_that_runs_for_hours_keeps_no_sessions_tasks_or_jobs() -> None:
    async def scenario() -> None:
        few = small_fleet("defaultMidSourcingDlv", "defaultMidSourcingLog", size=Size(marketing=4, mids=1))
        server = Server(Simulator(parse_fleet(few, "fleet")))
        await server.start()
        simulator = server.simulator
        await simulator.clock.advance(3600)
        before = len(asyncio.all_tasks())
        await simulator.clock.advance(6 * 3600)
        assert len(asyncio.all_tasks()) <= before
        assert [len(instance.sessions.open_sessions()) for instance in simulator.instances.values()] == [0] * 5
        await server.stop()

    asyncio.run(scenario())


@pytest.mark.skipif(not LINUX, reason="the process is looked at through /proc")
def test_the_bench_runs_on_a_small_fleet_and_every_answer_is_right() -> None:
    found = measure(SMALL)
    assert found["errors"] == 0
    assert found["calls"] > 0
    assert found["all_calls"] >= found["calls"] + 2 * SMALL.connections, "each connection logs on and off"


@pytest.mark.parametrize(
    ("name", "value"),
    [("ready_seconds", 10.1), ("memory_highest", 1024), ("per_second", 999), ("errors", 1)],
)
def test_the_bench_says_which_bar_is_missed(name: str, value: float) -> None:
    good = {
        "ready_seconds": 10, "memory_at_start": 1, "memory_at_end": 1, "memory_highest": 1023, "hour_seconds": 1,
        "all_calls": 1, "calls": 1, "errors": 0, "per_second": 1000, "median_ms": 1, "p99_ms": 1,
    }  # fmt: skip
    text, met = report(Size(), good)
    assert (met, "MISSED" in text) == (True, False)
    text, met = report(Size(), {**good, name: value})
    assert (met, text.count("MISSED")) == (False, 1)


def test_every_marketing_instance_of_the_bench_has_its_mid_and_its_cursor() -> None:
    instances = fleet(Size())["instances"]
    marketing = {name: spec for name, spec in instances.items() if spec["role"] == "marketing"}
    assert (len(marketing), len(instances)) == (1000, 1020)
    for name, spec in marketing.items():
        assert OPTION in spec["options"]
        assert name in instances[spec["accounts"][0]["mid"]]["deliveries"]["for"]
