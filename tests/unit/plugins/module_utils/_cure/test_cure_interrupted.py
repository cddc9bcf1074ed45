# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cure whose process is told to end at any call leaves no workflow stopped and no session open, and says what is left
to do. Run again, it ends like an undisturbed one.

The signal is a real one, and comes right before a call is sent, or right after it was answered.
"""

from __future__ import annotations

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._core.interrupts import Interrupted, interruptible
from ansible_collections.campaign.classic.plugins.module_utils._cure.model import CureResult
from tests.helpers.cure_world import World, attempt_for
from tests.helpers.unfinished_cures import (
    CHANGES,
    SCENES,
    Scene,
    again,
    problems,
    stage,
    tell_to_end,
    told,
    undisturbed,
)

#: States of a workflow that stands still, or is about to, because of an order.
STANDS = (15, 20)


def interrupted(there: World, scene: Scene, number: int, *, after: bool) -> CureResult | None:
    """The cure that is told to end at this call; None when it ended before it could begin."""
    tell_to_end(there, number, after=after)
    try:
        with interruptible(pass_on=False):
            return there.cure("mkt", plans=scene.plan(), **scene.options())
    except Interrupted:
        return None
    finally:
        there.before = there.after = lambda _method: None


def wrong_at_once(there: World, result: CureResult | None) -> list[str]:
    """What may not be left, before anybody runs it again."""
    found = []
    if there.row("mkt")["state"] in STANDS:
        found.append(f"the workflow is left in state {there.row('mkt')['state']}")
    if there.sim.sessions("mkt"):
        found.append("a session is left open")
    if result is not None and result.outcome not in ("cured", "unchanged", "restored"):
        if result.outcome not in ("pending", "refused"):
            found.append(f"ended as {result.outcome}")
        if "Interrupted by SIGTERM." not in result.reason or "Run the same again" not in result.reason:
            found.append(f"does not say so: {result.reason}")
        if result.outcome == "refused" and any(move.written for move in result.moves):
            found.append(f"says that nothing was written: {result.reason}")
    return found


def interrupted_and_run_again(scene: Scene, number: int, right: CureResult, *, after: bool) -> list[str]:
    with stage(scene) as there:
        began = there.now()
        result = interrupted(there, scene, number, after=after)
        found = wrong_at_once(there, result)
        writes = len(there.writes("mkt"))
        known = {**({} if result is None else told(result)), "writes": writes}
        attempts = [attempt_for(began, scene.plan(), **known)] if scene.evidence else []
        results = again(there, scene, attempts)
        reasons = [f"{one.outcome}: {one.reason}" for one in (result, *results) if one is not None]
        found += problems(there, scene, results, right)
        return [f"{problem} | {' | '.join(reasons)} {there.calls('mkt', 'write')}" for problem in found]


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
def test_cure_that_is_interrupted_at_any_call_leaves_nothing_open_and_goes_on(scene: Scene) -> None:
    right, calls = undisturbed(scene)
    found: list[str] = []
    for number, method in enumerate(calls, 1):
        for after in (False, True) if method in CHANGES else (False,):
            where = f"told {'after' if after else 'before'} call {number} ({method})"
            found += [f"{where}: {one}" for one in interrupted_and_run_again(scene, number, right, after=after)]
    assert found == []


def test_what_had_been_stopped_before_may_stand_and_is_not_said_to_be_started() -> None:
    """Until the cure has started it, its state is unchanged; afterwards it runs, and the next run observes it."""
    scene = Scene(mark=True, found_stopped=True)
    right, calls = undisturbed(scene)
    assert right.outcome == "cured", right.reason
    found: list[str] = []
    for number in range(2, len(calls)):
        with stage(scene) as there:
            result = interrupted(there, scene, number, after=False)
            assert result is not None
            state, started = there.row("mkt")["state"], "Start" in there.writes("mkt")
            where = f"told before call {number} ({calls[number - 1]}): {result.outcome} at {state}. {result.reason}"
            found += [] if (state == 20) is not started else [where]
            found += [f"a session is left open: {where}"] if there.sim.sessions("mkt") else []
            found += [f"not so: {where}"] if started and "as it was found" in result.reason else []
    assert found == []
