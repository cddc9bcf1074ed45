# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every module in its four runs: change, repeat, check mode before, check mode after. The ledger is the judge."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from simulator.testing import RunningSimulator
from tests.integration.fleets import CURSOR, OLD, PASSWORD, WORKFLOW
from tests.integration.runner import Ansible, Run

MODULES = Path(__file__).resolve().parents[2] / "plugins" / "modules"


@dataclass(frozen=True)
class Case:
    """How one module is run four times. ``changes`` says for each run whether it must report a change."""

    module: str
    host: str
    arguments: dict[str, Any]
    #: check mode before, change, repeat, check mode after
    changes: tuple[bool, bool, bool, bool]
    writes: bool = True
    #: How many sessions it leaves open by design.
    leaves: int = 0


NEVER = (False, False, False, False)
ONCE = (True, True, False, False)

CASES = [
    Case("option", "healthy", {"name": "opsNumber", "value": 14, "expected_value": 7}, ONCE),
    Case("external_account_info", "healthy", {}, NEVER, writes=False),
    Case("fleet_info", "healthy", {"hosts": ["healthy"]}, NEVER, writes=False),
    # Each file has the times of its reading.
    Case("fleet_snapshot", "healthy", {"hosts": ["healthy"], "dest": "s.json"}, (True, True, True, True), writes=False),
    Case("instance_info", "healthy", {}, NEVER, writes=False),
    Case("query", "healthy", {"schema": "xtk:workflow", "fields": ["@internalName"]}, NEVER, writes=False),
    Case("option_info", "healthy", {"prefix": "NmsMidSourcing_Last"}, NEVER, writes=False),
    Case("workflow", "healthy", {"name": WORKFLOW, "state": "stopped", "poll_interval": 0.1}, ONCE),
    Case("workflow_info", "healthy", {"name": WORKFLOW}, NEVER, writes=False),
    # Imperative: each execution runs the workflow, and check mode says so.
    Case("workflow_run", "healthy", {"name": WORKFLOW, "poll_interval": 0.1}, (True, True, True, True)),
    Case("session", "healthy", {}, NEVER, writes=False, leaves=1),
    Case("sync_cursor_info", "stuck", {}, NEVER, writes=False),
    Case("sync_cursor", "stuck", {"cursor": CURSOR, "expected_value": OLD, "poll_interval": 0.1}, ONCE),
    # Imperative, too: each execution fetches the windows again.
    Case(
        "sync_cursor_backfill",
        "healthy",
        {
            "cursor": CURSOR,
            "since": OLD,
            "expected_value": "2026-11-23 00:00:00.000Z",
            "windows": ["1d"],
            "max_window": "1d",
            "run_id": "refill",
            "poll_interval": 0.1,
        },
        (True, True, True, True),
    ),
]


def run_case(ansible: Ansible, case: Case, *arguments: str) -> Run:
    """One run of the module against its host."""
    task = {"name": "the module", f"campaign.classic.{case.module}": case.arguments}
    return ansible.play(
        [task],
        *arguments,
        hosts=case.host,
        module_defaults={
            "group/campaign.classic.all": {
                "url": "{{ campaign_url }}",
                "user": "{{ campaign_user }}",
                "password": "{{ campaign_password }}",
            }
        },
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.module)
def test_four_runs_change_once_and_never_write_in_check_mode(
    case: Case, ansible: Ansible, fleet: RunningSimulator
) -> None:
    fleet.per_call(2)  # each look at the server costs two of its seconds, so that waiting makes time pass
    seen = []
    for arguments in (["--check", "--diff"], [], [], ["--check", "--diff"]):
        fleet.clear_ledger()
        done = run_case(ansible, case, *arguments)
        assert done.status == 0, done.output
        result = done.result("the module")
        seen.append(result["changed"])
        writes = fleet.ledger(kind="write")
        assert not arguments or not writes, f"check mode wrote: {writes}"
        assert bool(writes) == (case.writes and result["changed"] and not arguments)
        if "censored" not in result:
            assert result["calls"]["writes"] == len(writes)
            assert result["calls"]["logons"] == 1
        assert len(fleet.sessions()) == case.leaves, "a session stayed open"
        fleet.change(case.host, expire_sessions=True)
    assert tuple(seen) == case.changes


def test_every_module_has_its_four_runs() -> None:
    modules = {path.stem for path in MODULES.glob("*.py") if path.stem != "__init__"}
    # It asks no instance: test_rehearsal.py runs it.
    assert modules - {"fleet_rehearsal"} == {case.module for case in CASES}


@pytest.mark.parametrize("connection", ["local", "elsewhere"])
def test_text_that_a_task_has_returned_masked_is_not_put_back(
    connection: str, ansible: Ansible, fleet: RunningSimulator
) -> None:
    fleet.set_option("healthy", "opsText", f"https://svc:{PASSWORD}@files.example.com/drop")
    done = ansible.play(
        [
            {"campaign.classic.option": {"name": "opsText", "value": "temporary"}, "register": "set"},
            {"name": "restore", "campaign.classic.option": {"name": "opsText", "value": "{{ set.previous.value }}"}},
        ],
        hosts="healthy",
        vars={"ansible_connection": connection},
    )
    assert done.status != 0
    assert "was masked when it was read" in done.result("restore")["msg"]
    option = fleet.option("healthy", "opsText")
    assert option is not None
    assert option["value"] == "temporary"
