# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What it costs a mid to count deliveries, in virtual time: this is unknown, so it is a switch."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.clock.clock import Clock
from simulator.testing import running_simulator
from tests.unit.simulator.by_hand import Hand

COUNT = (
    '<queryDef operation="count" schema="nms:delivery"><where>'
    '<condition expr="@lastModified &gt;= #2026-01-01#"/></where></queryDef>'
)


def fleet(**switches: str) -> dict[str, Any]:
    """A mid that takes ten seconds for each of its sixty deliveries."""
    return {
        "start": "2026-11-23T02:00:00Z",
        "defaults": {"operators": [{"login": "ops", "password": "pw", "rights": ["admin"]}]},
        "instances": {
            "mkt": {"role": "marketing"},
            "mid": {
                "role": "mid",
                "seconds_per_row": 10,
                "switches": switches,
                "deliveries": {
                    "count": 60,
                    "from": "2026-02-01T00:00:00Z",
                    "to": "2026-03-01T00:00:00Z",
                    "for": ["mkt"],
                },
            },
        },
    }


def counted(hand: Hand) -> str:
    (output,) = hand.call("xtk:queryDef", "ExecuteQuery", COUNT)
    return output[0].attrib["count"]


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The virtual seconds for which calls wait; they need not wait for them here."""
    found: list[float] = []

    async def sleep(_clock: Clock, seconds: float) -> None:
        found.append(seconds)

    monkeypatch.setattr(Clock, "sleep", sleep)
    return found


def test_counting_costs_a_mid_no_time(slept: list[float]) -> None:
    with running_simulator(fleet()) as sim:
        hand = Hand(sim.instances["mid"]).logon("ops", "pw")
        slept.clear()
        assert counted(hand) == "60"
        assert not any(slept)


def test_by_switch_counting_costs_as_much_as_the_rows(slept: list[float]) -> None:
    with running_simulator(fleet(counting="rows")) as sim:
        hand = Hand(sim.instances["mid"]).logon("ops", "pw")
        slept.clear()
        assert counted(hand) == "60"
        assert [seconds for seconds in slept if seconds] == [600]


def test_call_advances_a_clock_that_stands_by_the_time_that_it_takes_only_when_asked_to() -> None:
    with running_simulator(fleet(counting="rows")) as sim:
        hand = Hand(sim.instances["mid"]).logon("ops", "pw")
        before = sim.now()
        counted(hand)
        assert sim.now() == before
        sim.calls_advance()
        counted(hand)
        assert (sim.now() - before).total_seconds() == 600
