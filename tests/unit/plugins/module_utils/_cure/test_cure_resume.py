# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cure that is killed at any call, and run again, ends like an undisturbed one.

The calls of an undisturbed cure are counted first. Then the cure is repeated for each of them, on a fresh instance,
and its process is gone right before that call, or right after the server has carried it out. (Gone after
a call that only reads is the same as gone before the next.) What a later run knows is what it would know in the field:
the evidence, which was on disk before anything was sent, or the mark on the server. It is run as a playbook runs it:
detect first, and a cure only of what has a plan.
"""

from __future__ import annotations

from contextlib import suppress

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._cure.model import CureResult
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.attempts import Attempt, Mark
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.diagnose import Verdict
from tests.helpers.cure_world import CURSOR, OLD, Killed, World, at, attempt_for, marketing, plan_for, world
from tests.helpers.unfinished_cures import CHANGES, PAUSES, SCENES, Scene, again, detect, problems, stage, undisturbed


def kill(there: World, number: int, *, after: bool) -> None:
    """Have the process killed at the call of this number, which counts from 1."""
    count = 0
    dead = False

    def before(_method: str) -> None:
        nonlocal count, dead
        count += 1
        dead = dead or (not after and count == number)
        if dead:
            raise Killed

    def answered(_method: str) -> None:
        nonlocal dead
        if after and count == number:
            dead = True
            raise Killed

    there.before, there.after = before, answered


def killed_and_run_again(scene: Scene, number: int, *, after: bool, pause: int, right: CureResult) -> list[str]:
    """The problems at the end, if the process is killed at this call."""
    with stage(scene) as there:
        began = there.now()
        kill(there, number, after=after)
        with pytest.raises(Killed):
            there.cure("mkt", plans=scene.plan(), **scene.options())
        there.before = there.after = lambda _method: None
        there.sleep(pause)
        attempts = [attempt_for(began, scene.plan())] if scene.evidence else []
        results = again(there, scene, attempts)
        ends = " ".join(f"{result.outcome}: {result.reason}" for result in results)
        return [
            f"{problem}. {ends} {there.calls('mkt', 'write')}" for problem in problems(there, scene, results, right)
        ]


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
def test_cure_that_is_killed_at_any_call_ends_as_if_it_had_not_been(scene: Scene) -> None:
    right, calls = undisturbed(scene)
    assert right.outcome == ("restored" if scene.slow else "cured"), right.reason
    found: list[str] = []
    for number, method in enumerate(calls, 1):
        for after in (False, True) if method in CHANGES else (False,):
            # If nothing is in progress, time changes nothing.
            for pause in PAUSES if after else PAUSES[:1]:
                where = f"killed {'after' if after else 'before'} call {number} ({method}), again after {pause} s"
                problems_here = killed_and_run_again(scene, number, after=after, pause=pause, right=right)
                found += [f"{where}: {problem}" for problem in problems_here]
    assert found == []


@pytest.mark.parametrize("scene", [SCENES["failed workflow"], SCENES["cure that fails"]], ids=["good", "failing"])
def test_cure_that_is_killed_twice_ends_all_the_same(scene: Scene) -> None:
    """Killed after each call that changes something, and the next attempt after each of its own."""
    right, calls = undisturbed(scene)
    changes = [number for number, name in enumerate(calls, 1) if name in CHANGES]
    found: list[str] = []
    for first in changes:
        for second in range(1, len(changes) + 1):
            with stage(scene) as there:
                attempts: list[Attempt] = []
                for number, run_id in ((first, "r1"), (second * 6, "r2")):
                    attempts.insert(0, attempt_for(there.now(), scene.plan(), run_id))
                    kill(there, number, after=True)
                    with suppress(Killed):
                        there.cure("mkt", plans=scene.plan(), attempts=attempts[1:], run_id=run_id)
                    there.before = there.after = lambda _method: None
                    there.sleep(5)
                results = again(there, scene, attempts)
                ends = " ".join(f"{result.outcome}: {result.reason}" for result in results)
                found += [
                    f"killed after call {first}, then {second * 6}: {problem}. {ends} {there.calls('mkt', 'write')}"
                    for problem in problems(there, scene, results, right)
                ]
    assert found == []


@pytest.mark.parametrize("method", CHANGES)
def test_without_evidence_and_mark_nothing_is_written_and_a_person_is_told(method: str) -> None:
    scene = Scene(evidence=False)
    _right, calls = undisturbed(scene)
    with stage(scene) as there:
        kill(there, calls.index(method) + 1, after=True)
        with pytest.raises(Killed):
            there.cure("mkt", plans=scene.plan(), **scene.options())
        there.before = there.after = lambda _method: None
        there.sleep(30)
        before = there.writes("mkt")
        verdict, plans = detect(there, [])
        assert plans == []
        expected = {"Write": Verdict.FAILING_UNKNOWN, "Stop": Verdict.HELD, "Start": Verdict.STALE}
        assert verdict is expected.get(method, Verdict.HEALTHY)
        assert there.cure("mkt", plans=scene.plan()).outcome in ("refused", "unchanged")
        assert there.writes("mkt") == before


@pytest.mark.parametrize("mark", [False, True])
def test_a_mark_of_long_ago_does_not_make_the_value_of_an_attempt_that_was_killed_anothers(mark: bool) -> None:
    old = Mark("2019-01-01 00:00:00Z", "2020-01-01 00:00:00Z", "spring").added_to("Counters.")
    with world({"mkt": marketing(options={CURSOR: {"type": "datetime", "value": OLD, "description": old}})}) as there:
        began = there.now()

        def kill() -> None:
            raise Killed

        at(there, "Stop", kill)
        with suppress(Killed):
            there.cure("mkt")
        there.before = lambda _method: None
        there.sleep(60)
        killed = attempt_for(began, [plan_for("mkt")])
        result = there.cure("mkt", attempts=[killed], mark=mark, run_id="r2")
        assert result.outcome == "cured", result.reason
