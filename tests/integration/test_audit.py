# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""extensions/audit/event_query.yml, run by jq on what tasks really return, as Automation Controller does."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from simulator.testing import RunningSimulator
from tests.integration.fleets import CURSOR, OLD, WORKFLOW
from tests.integration.runner import Ansible

ROOT = Path(__file__).resolve().parents[2]
QUERIES = yaml.safe_load((ROOT / "extensions" / "audit" / "event_query.yml").read_text(encoding="utf-8"))
#: A task for each module with a query.
TASKS: dict[str, dict[str, Any]] = {
    "option": {"name": "opsText", "value": "new"},
    "workflow": {"name": WORKFLOW, "state": "started"},
    "workflow_run": {"name": WORKFLOW, "timeout": 1, "poll_interval": 0.1},
    "sync_cursor": {"cursors": [{"cursor": CURSOR, "expected_value": OLD}]},
    "sync_cursor_backfill": {"cursor": CURSOR, "since": OLD, "expected_value": OLD, "run_id": "r"},
}


def nodes(module: str, result: Any) -> list[dict[str, Any]]:
    """What the controller would note of a result."""
    query = QUERIES[f"campaign.classic.{module}"]["query"]
    command = ["jq", "--compact-output", query]
    done = subprocess.run(command, input=json.dumps(result), capture_output=True, text=True, timeout=20, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not installed")
def test_each_task_that_came_to_an_instance_is_one_node_with_its_url(ansible: Ansible, fleet: RunningSimulator) -> None:
    fleet.per_call(2)
    tasks = [
        {"name": module, f"campaign.classic.{module}": arguments, "ignore_errors": True}
        for module, arguments in TASKS.items()
    ]
    nowhere = {"campaign.classic.option": {"name": "a", "value": "b", "url": ""}}
    looped = {"name": "looped", "campaign.classic.option": {"name": "{{ item }}", "value": "x"}, "loop": ["opsText"]}
    tasks += [{"name": "refused", **nowhere, "ignore_errors": True, "vars": {"campaign_url": ""}}, looped]
    done = ansible.play(tasks, "--limit", "healthy")
    url = fleet.instances["healthy"].rstrip("/")
    expected = {
        "name": url.partition("//")[2].partition("/")[0],
        "canonical_facts": {"campaign_url": url},
        "facts": {
            "infra_type": "Application",
            "infra_bucket": "Marketing",
            "device_type": "Adobe Campaign Classic instance",
        },
    }
    assert set(QUERIES) == {f"campaign.classic.{module}" for module in TASKS}
    for module in TASKS:
        assert nodes(module, done.result(module)) == [expected], done.output
    assert nodes("option", done.result("refused")) == []
    whole = done.result("looped")
    assert nodes("option", whole) == [] and nodes("option", whole["results"][0]) == [expected]
    called = {"calls": {"total": 1}}
    for strange in (None, [], "", {}, called, {**called, "invocation": {"module_args": {}}}):
        assert nodes("option", strange) == []
