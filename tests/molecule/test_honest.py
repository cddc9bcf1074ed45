# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each verification can fail, and no simulator outlives its run."""

from __future__ import annotations

import json
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from simulator.testing import RunningSimulator, running_simulator
from tests.controller.recorder import TOKEN, Awx, serving
from tests.integration.waiting import wait_for
from tests.molecule.scenarios import ROOT, SCENARIOS, Molecule, wait_until_gone

#: One for each verify.yml: the scenarios of the verdicts share theirs.
VERIFICATIONS = {
    "waiting": "../verdict/verify.yml",
    **dict.fromkeys(("stuck", "mid_sourcing", "siblings", "change_window", "controller_kit"), "verify.yml"),
}
#: A write that no scenario makes, by the operator of all of them.
STRAY = {"name": "stray", "type": "string", "value": "x", "create": True}
#: Seconds for processes to end.
PATIENCE = 120


@pytest.fixture
def molecule(tmp_path: Path) -> Iterator[Molecule]:
    there = Molecule(tmp_path)
    yield there
    there.end()


@pytest.fixture(scope="module")
def awx() -> Iterator[Awx]:
    """The recorder of the scenario of the controller."""
    with serving(Awx()) as recorder:
        yield recorder


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, awx: Awx) -> Iterator[tuple[Molecule, RunningSimulator]]:
    """The servers of the scenarios, of which no scenario has been played."""
    there = Molecule(tmp_path_factory.mktemp("verified"))
    with running_simulator(SCENARIOS / "fleet.yml") as servers:
        servers.per_call(1)
        state = {"url": servers.url, "instances": servers.instances, "work": str(there.memory / "work")}
        state["controller"] = {"url": awx.url, "token": TOKEN}
        there.state.write_text(json.dumps(state))
        yield there, servers


def test_scenario_fails_if_the_role_writes_in_check_mode(served: tuple[Molecule, RunningSimulator]) -> None:
    there, _servers = served
    copy = there.memory / "broken" / "ansible_collections" / "campaign" / "classic"
    for part in ("meta", "plugins", "roles"):
        shutil.copytree(ROOT / part, copy / part)
    cure = copy / "roles/mid_sourcing/tasks/cure.yml"
    task = "  campaign.classic.sync_cursor:\n"
    assert task in cure.read_text(encoding="utf-8")
    cure.write_text(cure.read_text(encoding="utf-8").replace(task, f"  check_mode: false\n{task}"), encoding="utf-8")
    checked = there.playbook("stuck", "converge.yml", "--check", collections=str(copy.parents[2]))
    assert checked.status != 0
    assert "assertion: writes == []" in checked.output, checked.output


def test_verification_fails_if_a_write_is_missing_or_one_is_too_many(served: tuple[Molecule, RunningSimulator]) -> None:
    there, servers = served
    tasks = [{"name": "Write what no scenario writes", "campaign.classic.option": STRAY}]
    book = there.memory / "stray.yml"
    book.write_text(yaml.safe_dump([{"hosts": "waiting", "gather_facts": False, "tasks": tasks}]), encoding="utf-8")
    written = there.playbook("waiting", str(book))
    assert [call["object"] for call in servers.ledger("waiting-stale", kind="write")] == ["xtk:option stray insert"], (
        written.output
    )
    for name, verification in VERIFICATIONS.items():
        verified = there.playbook(name, verification)
        assert verified.status != 0, name
        assert "assertion: writes == " in verified.output, verified.output


def test_verification_of_the_controller_fails_if_an_object_is_written_twice_or_left(
    served: tuple[Molecule, RunningSimulator], awx: Awx
) -> None:
    there, _servers = served
    inventory = yaml.safe_load((SCENARIOS / "inventory.yml").read_text(encoding="utf-8"))
    expected = inventory["all"]["children"]["controller_kit"]["vars"]["expected_writes"]
    awx.written[:] = expected
    as_it_should_be = there.playbook("controller_kit", "verify.yml")
    assert as_it_should_be.status == 0, as_it_should_be.output
    for written, left, said in (
        ([*expected, "PATCH projects ACC Campaign playbooks"], "", "assertion: writes == expected_writes"),
        (expected, "ACC Campaign playbooks", "assertion: recorder.left == expected_left"),
    ):
        awx.written[:] = written
        if left:
            awx.add("projects", name=left)
        verified = there.playbook("controller_kit", "verify.yml")
        assert verified.status != 0 and said in verified.output, verified.output


def test_verification_fails_if_there_is_no_report(served: tuple[Molecule, RunningSimulator]) -> None:
    there, _servers = served
    verified = there.playbook("fleet_report", "verify.yml")
    assert verified.status != 0 and "fleet.json" in verified.output, verified.output


def test_nothing_is_left_of_a_killed_run_and_the_next_one_starts_afresh(molecule: Molecule) -> None:
    killed = molecule.start("test", "-s", "engine_down")
    wait_for(lambda: molecule.state.exists() or killed.poll() is not None, PATIENCE)
    left = molecule.processes()
    assert len(left) > 1, "no simulator has been started"
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    assert killed.stdout is not None
    killed.stdout.close()
    assert not wait_until_gone(left, PATIENCE)
    wait_for(lambda: not molecule.processes(), PATIENCE)
    assert not molecule.state.exists()
    # molecule creates nothing that it remembers to have created.
    assert not (molecule.memory / "state.yml").exists()
