# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ``make proof`` covers, and a part of it, the same each time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from tests.proof import books, complete, dry, faults, hostile, kept, main, pool
from tests.proof.catalogue import JOBS
from tests.proof.cells import FAULTS, Cell

#: How many cells of the fault matrix run here, and their seed.
CELLS, SEED = 60, 17742
#: Cells that were wrong once, and run here each time.
ONCE_WRONG = (
    "sync_cursor/cure/14/started-by-somebody/1",  # the old value was put back while somebody's run was on
    "sync_cursor/several plans/14/started-by-somebody/1",
    "sync_cursor/several plans/38/refused/1",  # the result had nothing of the first of two cures
    *(f"sync_cursor_backfill/two days/{call}/moved-by-somebody/1" for call in range(3, 9)),  # written over
)


def test_everything_is_in_the_matrices() -> None:
    assert complete.of_modules() + complete.of_playbooks() + complete.of_faults() == []


def test_what_is_missing_in_a_matrix_is_named() -> None:
    without_query = [job for job in JOBS if job.module != "query"]
    assert complete.of_modules(without_query) == ["module query is not in the matrix"]
    assert complete.of_modules([*JOBS, JOBS[0]]) == [f"job {JOBS[0].name} is there twice"]
    assert "playbook report is not in the matrix" in complete.of_playbooks(books.BOOKS[1:])
    assert "playbook detect is not in the matrix" in complete.of_playbooks(guarded=["plan"])
    reset = {name: rule for name, rule in FAULTS.items() if rule["kind"] != "reset"}
    assert complete.of_faults(reset) == ["fault reset is not in the matrix"]


def test_no_module_writes_in_check_mode_or_read_only() -> None:
    found = dry.of_modules()
    assert dry.wrong(found) == []
    assert all(one.calls for one in found)


@pytest.mark.timeout(400)
def test_some_faults_end_well() -> None:
    cells, known = faults.everything()  # each job succeeds undisturbed, or this fails
    assert {cell.job for cell in cells} == {job.name for job in JOBS}
    once_wrong = [Cell.named(name) for name in ONCE_WRONG]
    assert set(once_wrong) <= set(cells)
    chosen = [*once_wrong, *Random(SEED).sample(cells, CELLS)]
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


def test_run_with_nothing_to_do_is_wrong_in_the_matrix() -> None:
    idle = "4 hosts are healthy. Nothing to do. PLAN ONLY: nothing was written."
    for name in dry.GUARDED:
        for mode in books.ARGUMENTS:
            assert dry.unlike(dry.words_of(name, mode), idle, 0), f"{name}, {mode}"
    busy = "2 hosts would be cured now: ignoring, stuck. To do it, run reconcile.\nPLAN ONLY: nothing was written."
    assert dry.unlike(dry.words_of("reconcile", books.CHECK), busy, 0) == []
    assert dry.unlike(dry.words_of("reconcile", books.CHECK), busy, 2) == ["it ended with 2 and not with 0"]


def _part(name: str, commit: str) -> kept.Part:
    return kept.Part(name, "x", 1, [], 1.0, commit=commit)


def test_guide_gets_whole_runs_of_one_commit(tmp_path: Path) -> None:
    kept.keep(_part("dry", "a" * 40), tmp_path)
    with pytest.raises(SystemExit, match="have not run: faults"):
        kept.kept(["dry", "faults"], tmp_path)
    kept.keep(_part("faults", "b" * 40), tmp_path)
    with pytest.raises(SystemExit, match=f"different commits: dry of {'a' * 12}, faults of {'b' * 12}"):
        kept.kept(["dry", "faults"], tmp_path)
    kept.keep(_part("faults", f"{'a' * 40} {kept.CHANGED}"), tmp_path)
    with pytest.raises(SystemExit, match="not committed: faults"):
        kept.kept(["dry", "faults"], tmp_path)
    kept.keep(_part("faults", "a" * 40), tmp_path)
    assert [one.name for one in kept.kept(["dry", "faults"], tmp_path)] == ["dry", "faults"]


@pytest.mark.parametrize("partial", ["--fuzz-seconds=1", "--cell=option/set/3/reset/1"])
def test_guide_gets_no_partial_run(partial: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main.main(["--write", partial])
    assert "--write takes whole runs only" in capsys.readouterr().err


@pytest.mark.timeout(400)
def test_hostile_servers_cost_little_and_learn_nothing(tmp_path: Path) -> None:
    costs = hostile.all_costs(tmp_path, ("endless-tags", "redirect-307"), 20)
    print(hostile.table(costs))
    assert [f"{one.name}: {one.problems}" for one in costs if one.problems] == []
