# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Operations whose process is told to end at any call: nothing stays stopped, and the result says how far it went.

As for a cure, the signal is a real one, right before a call or right after its answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._core.interrupts import interruptible
from ansible_collections.campaign.classic.plugins.module_utils._operations import sync_cursor_backfill as _op_backfill
from ansible_collections.campaign.classic.plugins.module_utils._operations import workflow as _op_workflow
from ansible_collections.campaign.classic.plugins.module_utils._operations.info import INSTANCE_INFO
from ansible_collections.campaign.classic.plugins.module_utils._operations.option import OPTION
from ansible_collections.campaign.classic.plugins.module_utils._operations.runner import Operation, execute
from tests.helpers.cure_world import CURSOR, OLD, WORKFLOW, World, marketing, world
from tests.helpers.unfinished_cures import CHANGES, tell_to_end

#: Before the write of an old cure, and its value: the workflow has moved the cursor on since.
HEALTHY = "2026-11-22 00:00:00.000Z"


class Scene:
    """One operation with its parameters, on fresh instances."""

    def __init__(self, operation: Operation, **params: Any) -> None:
        self.operation = operation
        defaults = {name: option.get("default") for name, option in operation.options.items()}
        self.params = {**defaults, **params}

    def run(self, there: World) -> Mapping[str, Any]:
        """Its result, as Ansible would get it."""
        with interruptible(pass_on=False):
            result, _distinct = execute(
                self.operation,
                self.params,
                check_mode=False,
                environ={},
                opened=lambda _params, _environ: there.unopened("mkt"),
                clock=there.clock,
                sleep=there.sleep,
            )
        there.before = there.after = lambda _method: None
        return result


SCENES = {
    "restart": Scene(_op_workflow.WORKFLOW, name=WORKFLOW, state="restarted"),
    "restart of several": Scene(_op_workflow.WORKFLOW, names=[WORKFLOW, "cleanup"], state="restarted"),
    "start": Scene(_op_workflow.WORKFLOW, name=WORKFLOW, state="started"),
    "run": Scene(_op_workflow.WORKFLOW_RUN, name=WORKFLOW),
    "backfill": Scene(
        _op_backfill.SYNC_CURSOR_BACKFILL,
        cursor=CURSOR,
        since=OLD,
        expected_value=HEALTHY,
        run_id="r1",
        poll_interval=5.0,
    ),
    "options": Scene(
        OPTION,
        options=[{"name": name, "value": name, "type": "string", "create": True} for name in ("cusOne", "cusTwo")],
    ),
    "facts": Scene(INSTANCE_INFO),
}


@pytest.fixture
def enter() -> Iterator[Any]:
    """Starts a world with one healthy instance ``mkt``."""
    with ExitStack() as stack:

        def start() -> World:
            mkt = marketing(cursor=HEALTHY)
            mkt["workflows"]["cleanup"] = {"every": "1d"}
            return stack.enter_context(world({"mkt": mkt}))

        yield start
        stack.pop_all().close()


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
def test_an_operation_that_is_interrupted_at_any_call_leaves_nothing_stopped_or_open(scene: Scene, enter: Any) -> None:
    there = enter()
    right = scene.run(there)
    calls = [name.partition("#")[2] for name in there.calls("mkt")]
    found: list[str] = []
    for number, method in enumerate(calls, 1):
        # After the last answer there is nothing left to interrupt.
        for after in (False, True) if method in CHANGES and number < len(calls) - 1 else (False,):
            there = enter()
            tell_to_end(there, number, after=after)
            result = scene.run(there)
            where = f"told {'after' if after else 'before'} call {number} of {len(calls)} ({method})"
            for name in (WORKFLOW, "cleanup"):
                if there.sim.workflow("mkt", name)["state"] != 11:
                    found.append(f"{where}: {name} is left in state {there.sim.workflow('mkt', name)['state']}")
            if there.sim.sessions("mkt"):
                found.append(f"{where}: a session is left open")
            if number < len(calls) and "Interrupted by SIGTERM." not in result.get("reason", result.get("msg", "")):
                found.append(f"{where}: it does not say so: {result}")
    assert right.get("failed", False) is False, right
    assert found == []
