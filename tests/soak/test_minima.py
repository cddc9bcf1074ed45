# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A soak in which too little has happened is not right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from simulator.testing import Remote
from tests.soak import minima, report
from tests.soak.fleet import Fleet
from tests.soak.incidents import KINDS, PASSING, Stuck, World
from tests.soak.soak import Plan, Result
from tests.soak.windows import WINDOWS

NOON = datetime(2026, 10, 23, 12, tzinfo=UTC)
EUROPE = WINDOWS[0]


def _world() -> World:
    return World(Remote(""), Fleet.of(200, 10), 1, NOON, Plan().every, 5)


@pytest.fixture
def hour() -> Result:
    """Like one that was measured."""
    world, night = _world(), NOON + timedelta(days=6)
    for number in range(83):
        one = Stuck(f"mkt-{number:03}", WINDOWS[number % len(WINDOWS)], NOON, named=NOON, cured=night, writes=4)
        world.stuck.append(one)
    world.made.update(dict.fromkeys(KINDS, 7), faults=172)
    world.struck.update(dict.fromkeys(PASSING, 4))
    runs = Counter({"cured": 83, "with an open window": 34, "with all windows closed": 12})
    events = Counter(stuck=96, healthy=134)
    samples = {name: [50.0] * 350 for name in report.SERIES}
    return Result(Plan(), NOON, night, world, samples, runs, 332, events, seconds=3600.0, mids=10)


def _without(field: str, some: Iterable[Stuck]) -> None:
    for one in some:
        setattr(one, field, None)


def test_hour_in_which_enough_has_happened_is_right(hour: Result) -> None:
    assert report.wrong(hour) == [] and report.table(hour).endswith("\n0 wrong")


def test_hour_in_which_nothing_has_happened_is_wrong() -> None:
    empty = Result(Plan(), NOON, NOON, _world(), {name: [50.0] * 350 for name in report.SERIES}, seconds=3600.0)
    found = report.wrong(empty)
    assert [text for text in found if text.startswith("0 stuck cursors, and at least 19 follow")]
    assert [text for text in found if text.startswith("disturbances: these kinds are left out: clock ahead, ")]
    assert len(found) >= 15, found


@pytest.mark.parametrize(
    ("less", "said"),
    [
        (lambda hour: hour.world.made.update({"engine down": -7}), "kinds are left out: engine down;"),
        (
            lambda hour: hour.world.struck.subtract(dict.fromkeys(list(PASSING)[: len(PASSING) // 10 + 2], 4)),
            "have struck: these kinds",
        ),
        (lambda hour: hour.world.made.update(faults=-150), "22 faults drawn, and at least 50"),
        (lambda hour: hour.runs.update({"with all windows closed": -12}), "0 runs with all windows closed"),
        (lambda hour: hour.runs.update({"with an open window": -34}), "0 runs with an open window"),
        (lambda hour: hour.runs.update(cured=-80), "3 runs with 'cured', and at least 9"),
        (lambda hour: hour.events.update(stuck=-96), "0 events 'stuck'"),
        (lambda hour: hour.events.update(healthy=-134), "0 events 'healthy'"),
        (lambda hour: setattr(hour, "writes", 82), "82 writes, and at least 83"),
        (lambda hour: setattr(hour, "ended", NOON + timedelta(days=2)), "172800 seconds of the fleet"),
        (lambda hour: hour.world.stuck.__delitem__(slice(10, None)), "10 stuck cursors, and at least 19"),
        (lambda hour: _without("named", hour.world.stuck), "0 stuck cursors named"),
        (lambda hour: _without("cured", hour.world.stuck[5:]), "5 stuck cursors cured, and"),
        (
            lambda hour: _without("cured", [one for one in hour.world.stuck if one.window is EUROPE]),
            "0 stuck cursors cured whose window is 'europe'",
        ),
    ],
)
def test_hour_in_which_one_thing_has_not_happened_often_enough_is_wrong(
    less: Callable[[Result], object], said: str, hour: Result
) -> None:
    less(hour)
    assert said in "\n".join(report.wrong(hour))


def test_minima_follow_from_the_length_and_from_how_often_something_happens() -> None:
    usual = Plan()
    found = [
        minima.least(plan, "stuck")
        for plan in (
            usual,
            replace(usual, minutes=120),
            replace(usual, every=usual.every / 2),
            replace(usual, minutes=1),
        )
    ]
    assert found[0] < found[1] == found[2] and found[3] == 0
