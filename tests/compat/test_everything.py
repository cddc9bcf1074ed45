# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every module and every playbook does its work under the oldest ansible-core, or another that ``make matrix`` names.

What writes has written: by the ledger of the servers, and by the recorder that stands for a controller. The modules
that run anywhere are in ``test_oldest_core.py``. A rehearsal needs what the simulator needs: where that is missing, it
must say so. Each ansible-core of the matrix has it in one environment at least.
"""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from simulator.testing import running_simulator
from tests.controller.provide import awx_collection
from tests.guards.cells import PLAYBOOKS, READING
from tests.guards.world import World
from tests.integration.both_ways import CONTROLLER_ONLY, TASKS
from tests.integration.fleets import PASSWORD, USER, small_fleet
from tests.integration.runner import Ansible, inventory
from tests.proof import books

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.timeout(1500)
#: The books of the proof that are playbooks, each with the input by which it does its work.
ALONE = [book for book in books.BOOKS if not book.roles]
OF_CONTROLLER = [book for book in books.OF_CONTROLLER if not book.roles]
CONNECTION = {"user": USER, "password": PASSWORD}
#: The modules that run only on the controller, in an order in which each finds its input, and what shows their work.
HERE: list[tuple[str, dict[str, Any], str]] = [
    ("session", {"url": "{{ campaign_url }}", **CONNECTION}, "handle"),
    ("session", {"session": "{{ opened.session }}", "state": "closed"}, '"state": "closed"'),
    ("fleet_info", {"hosts": ["healthy", "stuck"]}, '"stuck": 1'),
    ("fleet_snapshot", {"hosts": ["healthy", "stuck"], "dest": "fleet.json"}, "2 instances"),
    ("fleet_rehearsal", {"snapshot": "fleet.json"}, "stuck: cured after"),
]
#: What a rehearsal says without what it needs.
WITHOUT = "The simulator cannot start"


@pytest.fixture(scope="session")
def rehearses(oldest: Path) -> bool:
    """Whether the simulator can run where ansible-playbook does."""
    probe = "import sys, aiohttp, lark; sys.exit(sys.version_info < (3, 11))"
    return subprocess.run([oldest / "python", "-c", probe], capture_output=True, check=False).returncode == 0


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory, oldest: Path) -> World:
    """What the incident leaves, and what a cure by this ansible-core makes of it."""
    return World(tmp_path_factory.mktemp("guarded"), oldest)


def test_every_module_and_every_playbook_is_tried_here() -> None:
    modules = {path.stem for path in (ROOT / "plugins/modules").glob("*.py")}
    assert {module for module, _instance, _arguments in TASKS} | {module for module, _given, _says in HERE} == modules
    assert {module for module, _given, _says in HERE} == CONTROLLER_ONLY
    assert {*PLAYBOOKS, *(book.name for book in (*ALONE, *OF_CONTROLLER))} == {
        path.stem for path in (ROOT / "playbooks").glob("*.yml")
    }


@pytest.mark.whole
def test_modules_of_the_controller_do_their_work(tmp_path: Path, oldest: Path, rehearses: bool) -> None:
    tasks = [
        {"name": f"{number} {module}", f"campaign.classic.{module}": given, "register": "other" if number else "opened"}
        for number, (module, given, _says) in enumerate(HERE)
    ]
    with running_simulator(small_fleet()) as there:
        ansible = Ansible(tmp_path, inventory(dict(there.instances), USER, PASSWORD), programs=oldest)
        done = ansible.play(tasks, hosts="stuck")
        assert (done.status == 0) is rehearses, done.output
        for number, (module, _given, says) in enumerate(HERE):
            wanted = WITHOUT if module == "fleet_rehearsal" and not rehearses else says
            assert wanted in json.dumps(done.result(f"{number} {module}")), module
        assert not there.sessions()


@pytest.mark.whole
@pytest.mark.parametrize("name", PLAYBOOKS)
def test_guarded_playbook_does_its_work(name: str, prepared: World) -> None:
    seen = prepared.cell(PLAYBOOKS[name][0], name)
    assert seen.status == 0, seen.output
    assert seen.words, seen.output
    assert {host for host, _method in seen.writes} >= ({PLAYBOOKS[name][2]} if name not in READING else set())
    assert not seen.writes or name not in READING


@pytest.mark.whole
def test_playbooks_that_nothing_guards_do_their_work(tmp_path: Path, oldest: Path, rehearses: bool) -> None:
    with books.world(tmp_path, programs=oldest) as there:
        there.prepare()
        for book in ALONE:
            seen = there.run(book, ())
            wanted = WITHOUT if book.name == "rehearse" and not rehearses else book.says
            assert re.search(wanted, seen.output), f"{book.name}: {seen.output}"
            assert "Traceback" not in seen.output and not seen.writes, book.name


@pytest.mark.whole
def test_playbooks_of_a_controller_make_the_objects_and_remove_them(tmp_path: Path, oldest: Path) -> None:
    with books.world(tmp_path, [awx_collection()], oldest) as there:
        for book in OF_CONTROLLER:
            seen = there.run(book, ())
            assert re.search(book.says, seen.output), f"{book.name}: {seen.output}"
            assert "Traceback" not in seen.output and not seen.writes, book.name
            assert seen.sent, f"{book.name} has changed nothing of the controller"
