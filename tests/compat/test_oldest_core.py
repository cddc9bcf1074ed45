# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every module and the playbooks under the oldest ansible-core, on the Python of most execution environments."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from simulator.testing import RunningSimulator, running_simulator
from tests.integration.both_ways import compared, interpreter, play
from tests.integration.fleets import CURSOR, OLD, PASSWORD, USER, WORKFLOW, small_fleet
from tests.integration.interrupting import check_last_line
from tests.integration.runner import Ansible, inventory
from tests.integration.test_progress import check_spoken, stop

#: Installing the core may be part of the first test, and each test runs several plays.
pytestmark = pytest.mark.timeout(600)
Serve = Callable[..., RunningSimulator]
NEWEST = Path(sys.executable).parent


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts fleets under clocks that only the test moves."""
    running: list[RunningSimulator] = []

    def start(fleet: dict[str, Any]) -> RunningSimulator:
        running.append(running_simulator(fleet).start())
        return running[-1]

    yield start
    for simulator in running:
        simulator.stop()


@pytest.fixture
def fleet(serve: Serve) -> RunningSimulator:
    return serve(small_fleet())


@pytest.fixture
def ansible(fleet: RunningSimulator, tmp_path: Path, oldest: Path) -> Ansible:
    return Ansible(tmp_path, inventory(dict(fleet.instances), USER, PASSWORD), programs=oldest)


def test_it_is_the_oldest_core(oldest: Path) -> None:
    told = subprocess.run([oldest / "ansible", "--version"], capture_output=True, text=True, check=True).stdout
    assert told.startswith(f"ansible [core {os.environ.get('COMPAT_CORE', '2.16')}.")


def test_every_module_returns_the_same_as_on_the_newest_core_both_ways(
    serve: Serve, tmp_path: Path, oldest: Path
) -> None:
    """In the worker of the newest core, in that of the oldest, and sent elsewhere by the oldest."""
    fleets = [serve(small_fleet()) for _way in range(3)]
    newest = play(fleets[0], tmp_path / "newest", NEWEST)
    here = play(fleets[1], tmp_path / "here", oldest)
    there = play(fleets[2], tmp_path / "there", oldest, python=interpreter(tmp_path, str(oldest / "python")))
    assert "AnsiballZ" not in here.output and "far-python" in there.output
    expected = compared(newest, fleets[0])
    for done, served in ((here, fleets[1]), (there, fleets[2])):
        for (name, wanted), (_name, found) in zip(expected, compared(done, served), strict=True):
            assert found == wanted, name
        assert PASSWORD not in done.output and "far-canary" not in done.output
        assert not served.sessions()


def test_session_is_a_handle_and_usable(ansible: Ansible, fleet: RunningSimulator) -> None:
    tokens = ansible.work / "play-kept.yml"
    keep = f"cat {ansible.work}/ansible/tmp/ansible-local-*/campaign-session-*"
    connection = {"url": "{{ campaign_url }}", "user": USER, "password": PASSWORD}
    shared = {"session": "{{ opened.session }}"}
    fleet.clear_ledger()
    done = ansible.play(
        [
            {"name": "open", "campaign.classic.session": connection, "register": "opened"},
            {"ansible.builtin.shell": f"{keep} > {tokens}", "no_log": True},
            {"name": "read", "campaign.classic.option_info": {**shared, "name": "opsNumber"}},
            {"name": "close", "campaign.classic.session": {**shared, "state": "closed"}},
        ],
        "-vvvv",
        "--diff",
        hosts="healthy",
    )
    assert done.status == 0, done.output
    assert done.result("read")["options"][0]["value"] == 7
    assert done.result("read")["calls"]["logons"] == 0
    token = json.loads(tokens.read_text(encoding="utf-8"))["session_token"]
    assert token.startswith("___") and token not in done.output
    assert set(done.result("open")["session"]) == {"handle", "url", "instance", "expires"}
    assert not fleet.sessions()


def test_each_waiting_instance_speaks_in_whole_lines(ansible: Ansible, fleet: RunningSimulator) -> None:
    check_spoken(stop(ansible, fleet, 0.5))


def test_what_a_server_says_is_never_a_template(ansible: Ansible, fleet: RunningSimulator) -> None:
    """This core templates variables, and therefore everything in them."""
    trap = ansible.work / "sprung"
    label = "{{ lookup('pipe', 'touch " + str(trap) + "') }}"
    fleet.set_option("healthy", "opsText", label)
    connection = {"url": "{{ campaign_url }}", "user": USER, "password": PASSWORD}
    told = [
        {"campaign.classic.query": {**connection, "schema": "xtk:option", "fields": ["@name", "@stringValue"],
         "where": [{"field": "@name", "equals": "opsText"}], "jmespath": "[0].stringValue"}, "register": "asked"},
        {"campaign.classic.option_info": {**connection, "name": "opsText"}, "register": "read"},
        {"ansible.builtin.set_fact": {"kept": "{{ asked.result }}"}},
        {"name": "tell", "ansible.builtin.debug": {"msg": ["{{ kept }}", "{{ read.options[0].value }}"]}},
        {"campaign.classic.option": {**connection, "name": "opsText", "value": "{{ kept }}"}, "name": "write"},
    ]  # fmt: skip
    for keywords in ({}, {"vars": {"ansible_connection": "elsewhere"}}):
        done = ansible.play(told, hosts="healthy", **keywords)
        assert done.status == 0, done.output
        assert done.result("tell")["msg"] == [label, label]
        assert done.result("write")["changed"] is False
        assert not trap.exists()


def test_what_a_server_says_in_the_row_of_a_fleet_is_never_a_template(
    ansible: Ansible, fleet: RunningSimulator
) -> None:
    trap = ansible.work / "sprung"
    label = "{{ lookup('pipe', 'touch " + str(trap) + "') }}"
    fleet.fault("fault", instance="healthy", method="xtk:queryDef#ExecuteQuery", text=f"SOP-330011 {label}", count=99)
    done = ansible.playbook("campaign.classic.detect")
    assert done.status == 0, done.output
    found = done.result("Diagnose every instance")
    assert label in found["rows"]["healthy"]["reason"] and found["counts"]["stuck"] == 2
    (verdict,) = done.results("Verdict", "healthy")
    assert label in verdict["ansible_facts"]["mid_sourcing_diagnosis"]["reason"]
    assert not trap.exists() and len(done.output) < 8000


def test_a_limit_needs_no_localhost_and_no_task_can_be_left_out(ansible: Ansible, fleet: RunningSimulator) -> None:
    fleet.per_call(2)
    quick = ("-e", "mid_sourcing_apply=true", "-e", "mid_sourcing_poll_interval=0.1", "-e", "mid_sourcing_run_id=old")
    for flag in (("--tags", "cure"), ("--start-at-task", "Cure*"), ("--skip-tags", "always"), ("--limit", "localhost")):
        done = ansible.playbook("campaign.classic.reconcile", *quick, *flag)
        # This version of Ansible itself reports that a limit leaves no host of the inventory at all.
        words = "leaves us with no hosts" if flag[1] == "localhost" else "Nothing was done."
        assert done.status != 0 and words in done.output, done.output
    assert not fleet.ledger(kind="write")
    done = ansible.playbook("campaign.classic.reconcile", *quick, "--limit", "stuck")
    assert done.status == 0, done.output
    assert {call["instance"] for call in fleet.ledger(kind="write")} == {"stuck"}
    fleet.clear_ledger()
    wrong = ("-e", "mid_sourcing_run=old", "-e", f"mid_sourcing_manifest={'0' * 64}", "--limit", "stuck")
    done = ansible.playbook("campaign.classic.rollback", *quick, *wrong)
    assert done.status != 0 and "cannot be trusted" in done.output
    assert not fleet.ledger(kind="write")


def test_the_playbooks_detect_plan_cure_and_undo(ansible: Ansible, fleet: RunningSimulator) -> None:
    fleet.per_call(2)
    quick = ("-e", "mid_sourcing_apply=true", "-e", "mid_sourcing_poll_interval=0.1", "-e", "mid_sourcing_run_id=old")
    for name in ("detect", "plan"):
        done = ansible.playbook(f"campaign.classic.{name}")
        assert done.status == 0, done.output
    assert not fleet.ledger(kind="write")
    done = ansible.playbook("campaign.classic.reconcile", *quick)
    assert done.status == 0, done.output
    assert {call["instance"] for call in fleet.ledger(kind="write")} == {"stuck", "ignoring"}
    assert fleet.workflow("stuck", WORKFLOW)["state"] == 11
    fleet.per_call(0)
    done = ansible.playbook("campaign.classic.rollback", "-e", "mid_sourcing_run=old", *quick)
    assert done.status == 0, done.output
    assert fleet.option_time("stuck", CURSOR).isoformat()[:19].replace("T", " ") == OLD[:19]
    assert PASSWORD not in done.output and not fleet.sessions()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_last_line_of_an_interrupted_run_says_what_may_be_written_and_what_to_do(
    number: signal.Signals, ansible: Ansible, fleet: RunningSimulator
) -> None:
    check_last_line(ansible, fleet, number)
