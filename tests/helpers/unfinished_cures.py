# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Interrupted cures, and their outcomes when they are run again as by a playbook."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._core.errors import FaultError
from ansible_collections.campaign.classic.plugins.module_utils._cure.model import CureResult
from ansible_collections.campaign.classic.plugins.module_utils._cure.plan import Plan, make_plan
from ansible_collections.campaign.classic.plugins.module_utils._cure.preflight import Preflight
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.attempts import Attempt
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.catalogue import CATALOGUE
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.diagnose import (
    Diagnosis,
    Thresholds,
    Verdict,
    diagnose,
)
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.diagnose import host_verdict as worst_of
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.snapshot import read_facts
from tests.helpers.cure_world import (
    OLD,
    OLD_TIME,
    PREFIX,
    START,
    WORKFLOW,
    World,
    attempt_for,
    make_slow,
    marketing,
    plan_for,
    world,
)

#: Calls that change the server.
CHANGES = ("Write", "Stop", "Start", "Wakeup")
#: The time between the two runs, in seconds: the engine continues with its orders.
PAUSES = (0, 1500)


@dataclass(frozen=True)
class Scene:
    """An incident, and the result of its cure. ``slow``: the mid cannot serve a day either, so the cure fails.
    ``found_stopped``: somebody had stopped the workflow before."""

    on_error: str = "stop"
    slow: bool = False
    accounts: tuple[str, ...] = ("mid",)
    mark: bool = False
    evidence: bool = True
    found_stopped: bool = False

    def instance(self) -> dict[str, Any]:
        return marketing(*self.accounts, on_error=self.on_error)

    def options(self) -> dict[str, Any]:
        return {"mark": self.mark, "run_id": "r1", "start_stopped": self.found_stopped}

    def plan(self) -> list[Plan]:
        return [plan_for("mkt", option=PREFIX + name, account=name) for name in self.accounts]


SCENES = {
    "failed workflow": Scene(),
    "workflow that ignores errors": Scene(on_error="ignore"),
    "cure that fails": Scene(slow=True),
    "cure that fails under ignored errors": Scene(on_error="ignore", slow=True),
    "two accounts": Scene(accounts=("mid", "other")),
    "mark and no evidence": Scene(mark=True, evidence=False),
}


@contextmanager
def stage(scene: Scene) -> Iterator[World]:
    """A world with the one instance ``mkt`` in this scene."""
    with world({"mkt": scene.instance()}) as there:
        if scene.slow:
            make_slow(there)
        if scene.found_stopped:
            there.sim.order("mkt", WORKFLOW, "Stop")
            there.sleep(30)
        yield there


def detect(there: World, attempts: Sequence[Attempt]) -> tuple[Verdict, list[Plan]]:
    """The verdict of the instance, and the plans that a playbook would pass to the cure."""
    with there.session("mkt") as session:
        found = diagnose(read_facts(session, CATALOGUE), Thresholds(), attempts=attempts)
        plans = [make_plan("mkt", one) for one in found if one.cures]
    return worst_of(found), plans


def told(result: CureResult) -> dict[str, Any]:
    """What the evidence of a cure that could tell its end says of it."""
    return {
        "outcome": result.outcome,
        "written": {move.option: move.written for move in result.moves},
        "unsure": frozenset(move.option for move in result.moves if move.unsure),
        "orders": tuple(step.action for step in result.steps),
        "starts": tuple(datetime.fromisoformat(step.at) for step in result.steps if step.action == "start"),
        "found_stopped": result.state.found_stopped,
        "writes": 1,
    }


def again(there: World, scene: Scene, attempts: list[Attempt]) -> list[CureResult]:
    """Run it again as a playbook would, as often as an operator would who finds it neither healthy nor running."""
    results = []
    for number in range(2, 6):
        verdict, plans = detect(there, attempts)
        if verdict is Verdict.RUNNING:
            there.sleep(120)
            continue
        if not plans:
            break
        began = there.now()
        result = there.cure("mkt", plans=plans, attempts=attempts, **{**scene.options(), "run_id": f"r{number}"})
        results.append(result)
        if scene.evidence:
            attempts.insert(0, attempt_for(began, plans, f"r{number}", **told(result)))
        if result.outcome != "refused":
            break
    return results


def undisturbed(scene: Scene) -> tuple[CureResult, list[str]]:
    with stage(scene) as there:
        result = there.cure("mkt", plans=scene.plan(), **scene.options())
        return result, [name.partition("#")[2] for name in there.calls("mkt")]


def executed(there: World, *methods: str) -> list[str]:
    calls = there.sim.ledger("mkt")
    names = [call["call"].partition("#")[2] for call in calls if call["outcome"] in ("ok", "lost")]
    return [name for name in names if name in methods]


# Complex: one sentence for each thing that an interrupted cure must not leave.
def problems(there: World, scene: Scene, results: Sequence[CureResult], right: CureResult) -> Iterator[str]:
    """The differences from the end of an undisturbed cure."""
    # Whether the interrupted run has written is not known: nothing is put back over what may be a person's value.
    assumed = {move.option for result in results for move in result.moves if move.assumed}
    unsure = scene.slow and bool(assumed)
    expected = "kept" if unsure else right.outcome
    state = there.row("mkt")["state"]
    if state != 11 and not (unsure and state == 13):
        yield f"left in state {state}"
    for before, after in pairwise(executed(there, "Stop", "Start")):
        if before == after == "Stop":
            yield "a second stop while stopping"
    for name in scene.accounts:
        cursor = there.cursor("mkt", PREFIX + name)
        if scene.slow and cursor != OLD_TIME and PREFIX + name not in assumed:
            yield f"{name} stands at {cursor} and not at its old value"
        if not scene.slow and cursor < START:
            yield f"{name} stands at {cursor}: its workflow has not moved it"
    for result in results:
        if any(move.plan.old_value.text != OLD for move in result.moves):
            yield "the old value is lost"
        if result.outcome == "kept" and not ("is not known" in result.reason and OLD in result.reason):
            yield f"does not say why it stays and what it was: {result.reason}"
    if results and results[-1].outcome not in (expected, "unchanged"):
        yield f"ended as {results[-1].outcome} and not as {expected}"


def tell_to_end(there: World, number: int, *, after: bool) -> None:
    """Send this process SIGTERM at the call of this number, which counts from 1."""
    count = 0

    def before(_method: str) -> None:
        nonlocal count
        count += 1
        if not after and count == number:
            os.kill(os.getpid(), signal.SIGTERM)

    def answered(_method: str) -> None:
        if after and count == number:
            os.kill(os.getpid(), signal.SIGTERM)

    there.before, there.after = before, answered


def fail_second_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a cure reads after its first run fails."""
    look, seen = Preflight.look, list[int]()

    def once(self: Preflight) -> list[Diagnosis]:
        seen.append(1)
        if len(seen) > 1:
            raise FaultError("Reading failed.", instance="mkt")
        return look(self)

    monkeypatch.setattr(Preflight, "look", once)
