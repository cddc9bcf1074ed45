# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._core.errors import (
    HttpStatusError,
    TransportError,
    ValidationError,
)
from ansible_collections.campaign.classic.plugins.module_utils._operations.rehearsal import FLEET_REHEARSAL
from ansible_collections.campaign.classic.plugins.module_utils._operations.runner import Request
from ansible_collections.campaign.classic.plugins.module_utils._operations.snapshot import (
    FLEET_READING,
    FLEET_SNAPSHOT,
    unread_row,
)
from tests.helpers.cure_world import CURSOR, OLD, WORKFLOW, World, marketing, world

Enter = Callable[..., World]


@pytest.fixture
def enter() -> Iterator[Enter]:
    """Starts a world with one instance ``mkt``."""
    with ExitStack() as stack:
        yield lambda *accounts, **more: stack.enter_context(world({"mkt": marketing(*accounts, **more)}))


def row(there: World, instance: str = "mkt") -> dict[str, Any]:
    found: dict[str, Any] = there.ask(instance, FLEET_READING).result["instance"]
    return found


def test_stuck_instance_is_read_without_a_write_or_a_text(enter: Enter) -> None:
    there = enter(options={"NmsTracking_Pointer": {"type": "string", "value": "2026-11-23 01:30:00.000Z secret-4711"}})
    found = row(there)
    assert there.writes("mkt") == []
    assert found["rights"] == ["admin"] and found["build"] == "9396"
    assert found["options"][CURSOR] == {"type": 7, "value": OLD}
    assert found["options"]["NmsTracking_Pointer"] == {"type": 6, "value": "2026-11-23 01:30:00.000Z"}
    workflow = found["workflows"][WORKFLOW]
    assert (workflow["state"], workflow["failed"], workflow["running"]) == (13, True, False)
    failed = [entry for entry in workflow["journal"] if entry["what"] == "failed"]
    assert [(entry["cause"], entry["class"], entry["accounts"]) for entry in failed] == [("timeout", "slow", ["mid"])]
    assert "secret" not in str(found) and "canary" not in str(found)
    assert found["deliveries"] == {"by_day": {}}


def test_instance_costs_one_logon_at_most_seven_queries_and_one_logoff(enter: Enter) -> None:
    there = enter()
    for instance in ("mkt", "mid"):
        there.sim.clear_ledger()
        row(there, instance)
        calls = there.calls(instance)
        assert calls.count("xtk:session#Logon") == calls.count("xtk:session#Logoff") == 1
        assert calls.count("xtk:queryDef#ExecuteQuery") <= 7
        assert len(calls) == calls.count("xtk:queryDef#ExecuteQuery") + 2


def test_mid_says_what_changed_on_each_day_and_how_long_it_takes_to_give_the_last(enter: Enter) -> None:
    there = enter()
    there.sim.add_deliveries("mid", count=5, from_="2026-11-22T22:00:00Z", to="2026-11-23T01:00:00Z", for_=["mkt"])
    deliveries = row(there, "mid")["deliveries"]
    total = len(there.sim.rows("mid", "nms:delivery", limit=100_000))
    assert sum(deliveries["by_day"].values()) == total
    assert deliveries["last_day"]["given"] == deliveries["last_day"]["deliveries"] == 5


def test_option_that_holds_no_moment_is_unreadable_and_its_mark_is_kept(enter: Enter) -> None:
    mark = "[campaign.classic was=2020-03-01T10:00:00.000Z to=2026-11-22T10:00:00.000Z run=r1]"
    there = enter(options={CURSOR: {"type": "string", "value": "a secret text", "description": mark}})
    found = row(there)["options"][CURSOR]
    assert found["unreadable"] is True and found["value"] is None
    assert found["mark"]["run_id"] == "r1" and "secret" not in str(found)


def test_deliveries_that_cannot_be_counted_are_no_reason_for_no_snapshot(enter: Enter) -> None:
    there = enter()
    there.sim.fault("fault", instance="mkt", object="nms:delivery*", text="XTK-170036 Unable to parse expression.")
    assert row(there)["deliveries"] == {"not_counted": "fault"}


def test_instance_that_cannot_be_read_is_a_row_with_its_verdict() -> None:
    lost = TransportError("No answer.", reached="maybe", instance="mkt")
    assert unread_row(lost) == {"unread": {"verdict": "unreachable", "why": "No answer."}}
    refused = HttpStatusError("Refused.", status=403, reached="maybe", instance="mkt")
    assert unread_row(refused)["unread"]["verdict"] == "denied"
    assert FLEET_READING.on_error is not None
    answer = FLEET_READING.on_error(lost, Request({"url": "http://x"}))
    assert answer is not None and answer.result["instance"]["unread"]["verdict"] == "unreachable"


def test_both_run_on_the_controller_only() -> None:
    for operation in (FLEET_SNAPSHOT, FLEET_REHEARSAL):
        assert operation.controller_only
        with pytest.raises(ValidationError, match="on the controller only"):
            operation.run(Request({}), None)  # type: ignore[arg-type]  # it looks at none
