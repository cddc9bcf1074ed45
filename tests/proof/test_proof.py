# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ``make proof`` covers, and a part of it, the same each time. ``tests/fuzz/test_minute.py`` has one more."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from simulator.faults.rules import AFTER, EITHER
from tests.guards.cells import PLAYBOOKS
from tests.helpers.faults import NO_FAULT
from tests.proof import books, dry, faults, hostile, pool
from tests.proof.jobs import JOBS, WITHOUT, Job, undisturbed

ROOT = Path(__file__).resolve().parents[2]
#: How many cells of the fault matrix run here, and their seed.
CELLS, SEED = 60, 17742


def test_every_module_has_a_job() -> None:
    modules = {path.stem for path in (ROOT / "plugins/modules").glob("*.py")}
    assert {job.module for job in JOBS} | set(WITHOUT) == modules
    assert not {job.module for job in JOBS} & set(WITHOUT)
    assert len({job.name for job in JOBS}) == len(JOBS)


def test_every_playbook_and_role_is_in_the_matrix() -> None:
    covered = [*books.BOOKS, *books.OF_CONTROLLER]
    assert set(PLAYBOOKS) | {one.name for one in covered if not one.roles} == dry.playbooks()
    assert {one.name for one in covered if one.roles} == {path.name for path in (ROOT / "roles").iterdir()}
    assert all({books.CHECK, books.READ_ONLY} <= set(one.modes) for one in covered)


def test_every_fault_of_the_simulator_is_in_the_matrix() -> None:
    assert {rule["kind"] for rule in faults.FAULTS.values()} | NO_FAULT == EITHER | AFTER


@pytest.mark.parametrize("job", JOBS, ids=lambda job: job.name)
def test_job_succeeds_undisturbed(job: Job) -> None:
    known = undisturbed(job)
    assert known.calls
    assert [cell.call for cell in faults.cells_of(job, len(known.calls))][-1] == len(known.calls)


def test_no_module_writes_in_check_mode_or_read_only() -> None:
    found = dry.of_modules()
    assert dry.wrong(found) == []
    assert all(one.calls for one in found)


@pytest.mark.timeout(400)
def test_some_faults_end_well() -> None:
    cells, known = faults.everything()
    chosen = Random(SEED).sample(cells, CELLS)
    verdicts = pool.run_all(chosen, known, 2)
    print(faults.table(verdicts))
    assert [f"{one.cell.name}: {one.problems}" for one in verdicts if one.problems] == []
    # A sample in which nothing fails, or nothing succeeds, would prove nothing.
    assert {"right", "failed"} <= {one.outcome for one in verdicts}


@pytest.mark.timeout(400)
def test_playbooks_write_nothing_in_check_mode_or_read_only(tmp_path: Path) -> None:
    chosen = [one for one in books.BOOKS if one.name in ("siblings", "end_failed")]
    found = dry.of_guarded(tmp_path, ["reconcile"]) + dry.of_books(tmp_path / "books", chosen)
    print(dry.table(found))
    assert dry.wrong(found) == []
    assert all(one.calls for one in found if one.name != "end_failed")


def test_cell_of_the_matrix_is_wrong_with_a_write_or_without_its_work() -> None:
    right = dry.Found("playbook", "x", "check mode", 3, 0)
    written, idle = replace(right, writes=1), replace(right, problems=["it has not done its work"])
    assert dry.wrong([right, written, idle]) == [
        "playbook x, check mode: 1 writes",
        "playbook x, check mode: it has not done its work",
    ]
    assert dry.table([right, replace(right, mode="read-only", asked=7, sent=2)]).count("\n") == 3


@pytest.mark.timeout(400)
def test_hostile_servers_cost_little_and_learn_nothing(tmp_path: Path) -> None:
    costs = hostile.all_costs(tmp_path, ("endless-tags", "redirect-307", "5-mb-in-a-logon", "most-rows"), 20)
    print(hostile.table(costs))
    assert [f"{one.name}: {one.problems}" for one in costs if one.problems] == []
