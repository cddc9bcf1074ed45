# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The console output while tasks wait: two instances whose engine is down accept a Stop, and never carry it out."""

from __future__ import annotations

import re
from typing import Any

import pytest

from simulator.testing import RunningSimulator
from tests.integration.fleets import WORKFLOW
from tests.integration.runner import Ansible, Run

#: Two servers that never stop: both waits run at once, in two workers.
WAITING = ("healthy", "ignoring")
LINE = re.compile(rf"(\w+): waiting for the stop \({WORKFLOW}, \d+s so far, at most 3s\)")


def stop(ansible: Ansible, fleet: RunningSimulator, progress: Any, **keywords: Any) -> Run:
    """A task that waits three seconds for a Stop on each of the two."""
    for name in WAITING:
        fleet.change(name, wfserver="down")
    wait = {"wait_timeout": 3, "poll_interval": 0.5, "progress": progress}
    task = {"name": "stop", "campaign.classic.workflow": {"name": WORKFLOW, "state": "stopped", **wait}, **keywords}
    return ansible.play([task], hosts=":".join(WAITING))


def lines_of(text: str) -> list[str]:
    return [line for line in text.splitlines() if "waiting for" in line]


def check_spoken(done: Run) -> None:
    """Both hosts have printed, in whole lines, each once, and to standard error alone."""
    assert done.status == 2, done.output
    said = lines_of(done.errors)
    found = [LINE.fullmatch(line) for line in said]
    assert all(found), said
    for name in WAITING:
        assert 2 <= [match[1] for match in found if match].count(name) <= 6, done.output
    assert lines_of(done.output) == said
    assert all("Waited 3 s for the stop" in done.result("stop", name)["msg"] for name in WAITING)


def test_each_waiting_instance_speaks_in_whole_lines(ansible: Ansible, fleet: RunningSimulator) -> None:
    check_spoken(stop(ansible, fleet, 0.5))


@pytest.mark.parametrize(
    ("progress", "keywords"),
    [(0, {}), (0.5, {"vars": {"ansible_connection": "elsewhere"}}), (0.5, {"no_log": True})],
    ids=["quiet", "elsewhere", "no_log"],
)
def test_quiet_is_quiet(ansible: Ansible, fleet: RunningSimulator, progress: float, keywords: dict[str, Any]) -> None:
    done = stop(ansible, fleet, progress, **keywords)
    assert done.status == 2, done.output
    assert not lines_of(done.output)


@pytest.mark.parametrize(("progress", "speaks"), [("0.2", True), ("0", False)])
def test_variable_of_the_role_decides_for_a_cure(
    ansible: Ansible, fleet: RunningSimulator, progress: str, speaks: bool
) -> None:
    fleet.per_call(2)
    given = ("apply=true", "poll_interval=0.3", f"progress={progress}")
    done = ansible.playbook(
        "campaign.classic.reconcile", "--limit", "stuck", *(f"-emid_sourcing_{one}" for one in given)
    )
    assert done.status == 0, done.output
    assert bool(lines_of(done.errors)) is speaks, done.output
    assert all(line.startswith("stuck: waiting for ") and WORKFLOW in line for line in lines_of(done.output))
