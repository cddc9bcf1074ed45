# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What must have happened in a soak at least, by its plan. One in which nothing happens finds nothing wrong, either."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from math import sqrt

from tests.soak.incidents import KINDS, OFTEN, PASSING, World
from tests.soak.soak import QUIET, WITH_A_CURE, Plan, Result
from tests.soak.windows import WINDOWS

#: So far below what is expected chance may leave a number, in standard deviations.
CHANCE = 3.0
#: If a kind is expected so often, at the full pace, it must occur; but chance may leave out one of so many kinds.
EXPECTED, LEAVES_OUT = 5.0, 10


@dataclass(frozen=True)
class Least:
    """Something that is counted, how often it was, and how often it must be at least."""

    name: str
    seen: int
    least: int

    @property
    def problem(self) -> str:
        """What is wrong with it; "" for nothing."""
        return f"{self.seen} {self.name}, and at least {self.least} follow from the plan" * (self.seen < self.least)


def expected(plan: Plan, happening: str, pace: float) -> float:
    """How often it happens on the average at this pace: not in the last share of the time."""
    seconds = 60 * plan.minutes * (1 - QUIET) * pace
    return OFTEN[happening] * seconds / plan.every.total_seconds()


def least(plan: Plan, happening: str) -> int:
    """How often it happens at least, also if a cure runs all the time, which is the lowest pace."""
    mean = expected(plan, happening, min(plan.pace, WITH_A_CURE))
    return max(0, int(mean - CHANCE * sqrt(mean)))


def too_little(result: Result) -> list[str]:
    """What has happened less than it must, one sentence each."""
    return [
        *(one.problem for one in _counted(result) if one.problem),
        *_left_out("others", "disturbances", result.world.made, KINDS, result),
        *_left_out("faults", "faults that have struck", result.world.struck, PASSING, result),
    ]


def _counted(result: Result) -> Iterator[Least]:
    plan, world = result.plan, result.world
    stuck, faults = least(plan, "stuck"), least(plan, "faults")
    yield Least("seconds of the fleet", int((result.ended - result.began).total_seconds()), _seconds(plan))
    yield Least("stuck cursors", len(world.stuck), stuck)
    yield Least("disturbances", sum(world.made[kind] for kind in KINDS), least(plan, "others"))
    yield Least("faults drawn", world.made["faults"], faults)
    # Some never come to the call that they are for.
    yield Least("faults that have struck", world.struck.total(), faults // 2)
    # The event source may be a sweep behind, and the last ones are not due.
    yield Least("stuck cursors named", sum(bool(one.named) for one in world.stuck), stuck // 2)
    yield from _of_cures(result, world, stuck // 2)


def _of_cures(result: Result, world: World, half: int) -> Iterator[Least]:
    cured = [one for one in world.stuck if one.cured]
    yield Least("stuck cursors cured", len(cured), half)
    for window in WINDOWS:
        there = sum(one.window == window for one in cured)
        yield Least(f"stuck cursors cured whose window is '{window.name}'", there, half // len(WINDOWS) // 2)
    yield Least("writes", result.writes, len(cured))
    yield Least("events 'stuck'", result.events["stuck"], half)
    yield Least("events 'healthy'", result.events["healthy"], half)
    yield Least("runs with 'cured'", result.runs["cured"], half)
    for when in ("with an open window", "with all windows closed"):
        yield Least(f"runs {when}", result.runs[when], min(half, 1))


def _seconds(plan: Plan) -> int:
    """Of the fleet, if a cure runs all the time. A tenth is for a machine that is too busy to keep the time."""
    return int(0.9 * 60 * plan.minutes * min(plan.pace, WITH_A_CURE))


def _left_out(
    happening: str, name: str, seen: Mapping[str, int], kinds: Collection[str], result: Result
) -> Iterator[str]:
    """Whether the kinds of something have occurred, if it happens often enough for all of them."""
    if expected(result.plan, happening, result.plan.pace) < EXPECTED * len(kinds):
        return
    missing = sorted(kind for kind in kinds if not seen.get(kind))
    if len(missing) > len(kinds) // LEAVES_OUT:
        yield f"{name}: these kinds are left out: {', '.join(missing)}; another seed may draw them"
