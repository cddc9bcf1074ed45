# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every module once, in one play: in the controller's worker, or as a module where the host is.

A fleet's clock is moved by the calls alone, so two fleets that are asked the same answer the same, to the millisecond.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from simulator.testing import RunningSimulator
from tests.helpers.diagnoses import plan
from tests.integration.fleets import CURSOR, OLD, PASSWORD, USER, WORKFLOW
from tests.integration.runner import Ansible, Run, inventory

QUICK = {"poll_interval": 0.1}
PLAN = plan("stuck", option=CURSOR, old=OLD)
#: One task or more for each module, with the instance that it is for, in an order in which each finds work to do.
TASKS: list[tuple[str, str, dict[str, Any]]] = [
    ("instance_info", "healthy", {}),
    ("external_account_info", "healthy", {"type": 3}),
    ("query", "healthy", {"schema": "xtk:workflow", "fields": ["@internalName", "@label"], "jmespath": "[].label"}),
    ("query", "healthy", {"schema": "xtk:option", "operation": "count", "expression": "@name like 'ops%'"}),
    ("option_info", "healthy", {"prefix": "ops"}),
    ("option", "healthy", {"name": "opsNumber", "value": 14, "expected_value": 7}),
    ("option", "healthy", {"options": [{"name": "opsText", "value": "x"}, {"name": "opsNumber", "value": 14}]}),
    ("workflow_info", "healthy", {"names": [WORKFLOW, "nowhere"]}),
    ("workflow_run", "healthy", {"name": WORKFLOW, **QUICK}),
    ("workflow", "healthy", {"name": WORKFLOW, "state": "stopped", **QUICK}),
    ("workflow", "healthy", {"names": [WORKFLOW], "state": "started", **QUICK}),
    ("sync_cursor_info", "stuck", {}),
    ("sync_cursor", "stuck", {"plans": [PLAN], **QUICK}),
    ("sync_cursor", "stuck", {"cursor": CURSOR, "expected_value": OLD, **QUICK}),
    ("sync_cursor", "stuck", {"plans": [{**PLAN, "old_value": "2020-03-02 10:00:00.000Z"}], **QUICK}),
    (
        "sync_cursor_backfill",
        "healthy",
        {
            "cursor": CURSOR,
            "since": OLD,
            "expected_value": OLD,
            "windows": ["1d"],
            "max_window": "1d",
            "run_id": "r",
            **QUICK,
        },
    ),
    # Errors come back alike too.
    ("option", "healthy", {"name": "opsNumbr", "value": 1}),
    ("query", "healthy", {"schema": "xtk:option", "fields": ["@nothing"]}),
    ("option_info", "healthy", {"name": "opsText", "password": "wrong-canary-99"}),
]
#: Only on the controller, whatever the host.
CONTROLLER_ONLY = {"fleet_info", "fleet_rehearsal", "fleet_snapshot", "session"}

#: What Ansible itself adds to a result, by the way on which it comes.
ADDED = {
    "invocation",  # ... which async_status does not return
    "warnings",
    "deprecations",
    "exception",
    "failed",  # ... of which a module's own result has none when it succeeded
    "diff",  # ... as a list of one where the core is old
    # of a module that runs by itself
    "ansible_job_id",
    "finished",
    "started",
    "results_file",
    "stdout",
    "stdout_lines",
    "stderr",
    "stderr_lines",
    "rc",
    "module_stdout",
    "module_stderr",
    "_ansible_parsed",
    "_ansible_no_log",
    "_ansible_verbose_override",
}
#: What tells the real time, which no two runs share. A step of a cure, and how long the run of a window takes, is noted
#: by the server's clock as it is counted on here.
MOMENTS = {"skew", "skew_seconds", "server_time", "steps.at", "log.at", "log.seconds", "windows.seconds"}


def tasks(fleet: RunningSimulator, **keywords: Any) -> list[dict[str, Any]]:
    """The tasks of a play. ``keywords`` are keywords of each of them."""
    made = []
    for number, (module, instance, arguments) in enumerate(TASKS):
        connection = {"url": fleet.instances[instance], "instance": instance, "user": USER, "password": PASSWORD}
        made.append(
            {
                "name": f"{number} {module}",
                f"campaign.classic.{module}": {**connection, **arguments},
                "ignore_errors": True,
                **keywords,
            }
        )
    return made


def interpreter(folder: Path, python: str) -> str:
    """An interpreter of another path, on a far side whose environment means harm."""
    path = folder / "far-python"
    hostile = "export CAMPAIGN_PASSWORD=far-canary CAMPAIGN_READ_ONLY=true CAMPAIGN_URL=http://127.0.0.1:9"
    path.write_text(f'#!/bin/sh\n{hostile}\nexec {python} "$@"\n', encoding="utf-8")
    path.chmod(0o755)
    return str(path)


def play(fleet: RunningSimulator, work: Path, programs: Path, *, python: str = "", **keywords: Any) -> Run:
    """Run every module once against a fresh fleet.

    :param programs: the folder of ansible-playbook.
    :param python: the interpreter of a host that is not the controller; "" for the worker.
    """
    work.mkdir()
    host: dict[str, Any] = {"ansible_connection": "elsewhere", "ansible_python_interpreter": python} if python else {}
    fleet.per_call(2)
    ansible = Ansible(work, inventory({"healthy": ""}, USER, PASSWORD, **host), programs=programs)
    return ansible.play(tasks(fleet, **keywords), "-vvvv", "--diff")


def compared(done: Run, fleet: RunningSimulator) -> list[tuple[str, dict[str, Any]]]:
    """What every task returned, without what Ansible adds, the real time, and the port of the fleet."""
    return [(line["task"], _plain(line["result"], fleet.url)) for line in done.tasks]


def _plain(value: Any, url: str, place: str = "") -> Any:
    if isinstance(value, dict):
        return {
            key: type(inner).__name__ if {key, f"{place}.{key}"} & MOMENTS else _plain(inner, url, key)
            for key, inner in value.items()
            if key not in ADDED
        }
    if isinstance(value, list):
        return [_plain(inner, url, place) for inner in value]
    return value.replace(url, "http://FLEET") if isinstance(value, str) else value
