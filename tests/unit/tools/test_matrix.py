# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The environments of ``make matrix``, what is kept of a run, and its table."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tools import matrix, matrix_suites
from tools.environment import ROOT
from tools.matrix import (
    CORES,
    LIBRARIES,
    LOWEST,
    NEWEST,
    environments,
    gaps,
    missing,
    requirements,
    table,
)
from tools.matrix_rows import Environment, Row, problems
from tools.matrix_suites import SUITES, Installed, Outcome
from tools.results import Case
from tools.sanity import OLDEST, SETTINGS
from tools.tree import CHANGED, revision

WITHOUT_UNITS = ("sanity", "integration")


def test_each_core_runs_on_the_lowest_and_the_highest_python_that_is_here() -> None:
    found = environments(["3.10", "3.11", "3.13"])
    assert [one for one in found if one.core == "2.16"] == [
        Environment("2.16", "3.10", LOWEST, WITHOUT_UNITS),
        Environment("2.16", "3.11", LOWEST, ("units",)),
        Environment("2.16", "3.11", NEWEST),
    ]
    assert {one.python for one in found if one.core == "2.21"} == {"3.13"}
    assert {one.core for one in found} == set(CORES)


@pytest.mark.parametrize("pythons", [["3.10", "3.12"], ["3.11", "3.12", "3.13", "3.14"], ["3.13"]])
def test_every_suite_runs_under_each_core_with_the_lower_bounds_and_the_newest(pythons: list[str]) -> None:
    found = environments(pythons)
    for core in {one.core for one in found}:
        for libraries in (LOWEST, NEWEST):
            run = sorted(
                suite for one in found if (one.core, one.libraries) == (core, libraries) for suite in one.suites
            )
            assert run == sorted(SUITES), core


def test_where_our_tests_cannot_run_the_rest_does() -> None:
    assert [one.suites for one in environments(["3.10"])] == [WITHOUT_UNITS] * 4


def test_pythons_that_are_not_here_are_named() -> None:
    assert missing(["3.10", "3.11", "3.13"]) == ["3.9", "3.12", "3.14"]
    assert missing(["3.9", "3.10", "3.11", "3.12", "3.13", "3.14"]) == []


def test_core_that_cannot_be_tried_here_is_a_row_and_wrong() -> None:
    assert list(gaps(["3.11", "3.12"])) == []
    rows = list(gaps(["3.10"]))
    assert [(row.where.core, row.where.suites) for row in rows] == [
        *((core, ("units",)) for core in ("2.16", "2.17")),
        *((core, SUITES) for core in ("2.18", "2.19", "2.20", "2.21")),
    ]
    assert "2.16 on Python -, lower bounds: not tried: no Python 3.11, 3.12 here" in problems(rows)
    assert "not tried: no Python 3.12, 3.13, 3.14 here" in "\n".join(table(rows, []))


def test_libraries_are_at_their_lower_bounds_or_free() -> None:
    libraries = LIBRARIES.read_text(encoding="utf-8")
    lowest = requirements(Environment("2.18", "3.11", LOWEST, WITHOUT_UNITS), libraries)
    assert lowest.startswith("ansible-core>=2.18,<2.19\n") and ">=" not in lowest.partition("\n")[2].replace("#", "")
    assert "requests~=2.28.0" in lowest and "lxml~=4.9.0" in lowest
    newest = requirements(Environment("2.18", "3.11", NEWEST), libraries)
    assert newest.endswith(libraries) and "requirements/units.txt" in newest and "units.txt" not in lowest


def row(python: str, *cases: Case, problem: str = "") -> Row:
    where = Environment("2.17", python, NEWEST)
    return Row(where, {"units": Outcome(cases, 3.0)}, {"ansible-core": "2.17.4", "lxml": "6.0"}, problem)


def test_table_names_failures_and_what_is_missing() -> None:
    right, skipped = Case("one", "passed"), Case("two", "skipped", "there is\nno disk")
    rows = [
        row("3.11", right, skipped),
        row("3.12", right, Case("two", "failed", "it is not")),
        row("3.13"),
        row("3.10", right, problem="it cannot be installed"),
    ]
    said = "\n".join(table(rows, ["3.14"]))
    assert "failed: two: it is not (2.17-3.12-newest)" in said and "skipped: two: there is no disk (2.17-3.11" in said
    assert "2.17.4   3.11              6.0                         1/0/1         -          -\n" in said
    assert "it cannot be installed" in said and "The unit tests need a newer Python than 3.10" in said
    assert said.endswith("not installed here, and not tried: Python 3.14")


PASSED = [Case("one", "passed"), Case("two", "passed")]


def whole(python: str, **outcomes: Outcome) -> Row:
    """A row in which everything has passed, but for what is given."""
    usual = {suite: Outcome(PASSED, 1.0) for suite in SUITES}
    return Row(Environment("2.18", python, NEWEST), {**usual, **outcomes})


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        (Outcome([*PASSED, Case("three", "failed")], 1.0), "1 failed"),
        (Outcome([], 1.0), "none has passed"),
        (Outcome(PASSED, 1.0, "no end after 3000 s"), "no end after 3000 s"),
        (Outcome([*PASSED[:1], Case("two", "skipped", "no lxml")], 1.0), "1 skipped without a reason that counts"),
        (Outcome(PASSED[:1], 1.0), "1 tests have run elsewhere and not here, such as two"),
    ],
)
def test_what_fails_is_skipped_or_does_not_run_is_wrong(outcome: Outcome, said: str) -> None:
    found = problems([whole("3.11"), whole("3.12", units=outcome)])
    assert f"2.18 on Python 3.12, newest: units: {said}" in "; ".join(found)
    assert not [one for one in found if "3.11" in one and "elsewhere" not in one]


def test_matrix_is_right_when_the_same_tests_have_passed_everywhere() -> None:
    given = Outcome([*PASSED, Case("three", "skipped", "only root can give files away")], 1.0)
    rows = [whole("3.11", units=given), whole("3.12", units=given)]
    assert problems(rows) == []
    # Each ansible-test has sanity tests of its own.
    assert problems([*rows, whole("3.13", units=given, sanity=Outcome(PASSED[:1], 1.0))]) == []
    assert problems([]) == ["nothing was tried"]


def test_suite_that_has_not_run_is_wrong_if_it_was_asked_for() -> None:
    row_of_sanity = Row(Environment("2.18", "3.12", NEWEST), {"sanity": Outcome(PASSED, 1.0)})
    assert problems([row_of_sanity], ("sanity",)) == []
    assert [one.rpartition(", ")[2] for one in problems([row_of_sanity])] == [
        "newest: units: it has not run",
        "newest: integration: it has not run",
    ]


def test_what_is_skipped_everywhere_is_said_once() -> None:
    skipped = Case("two", "skipped", "no disk")
    said = list(table([row("3.11", skipped), row("3.12", skipped)], []))
    assert said[-1] == "skipped: two: no disk (everywhere)"


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Outcome]:
    """Runs the unit tests of an environment, at the commits that are given one after the other."""
    runs = iter([[Case("a", "passed", "", 1.5)], [], [], []])
    monkeypatch.setattr(matrix_suites, "BUILD", tmp_path)
    monkeypatch.setattr(matrix_suites, "ROOT", tmp_path)
    monkeypatch.setattr(matrix_suites, "_units", lambda *_arguments: next(runs))
    (tmp_path / "matrix").mkdir()
    where = Installed("2.17-3.11-newest", "2.17", "3.11", tmp_path)

    def run(*commits: str, kept: bool = True) -> Outcome:
        there = iter(commits)
        monkeypatch.setattr(matrix_suites, "commit_here", lambda: next(there))
        return matrix_suites.run("units", where, {}, kept=kept)

    return run


def test_result_is_kept_and_taken_again_only_if_it_is_asked_for(kept: Callable[..., Outcome]) -> None:
    first = kept("c1", "c1")
    assert first.count("passed") == 1 and first.commit == "c1" and kept("c1") == first
    again = kept("c1", "c1", kept=False)
    assert again.problem == "no test has run; see matrix/2.17-3.11-newest-units.log"


@pytest.mark.parametrize("now", ["c2", f"c1{CHANGED}", ""])
def test_result_of_another_tree_is_not_taken(now: str, kept: Callable[..., Outcome]) -> None:
    assert kept("c1", "c1").cases and not kept(now, now).cases


@pytest.mark.parametrize("tree", [f"c1{CHANGED}", ""])
def test_result_of_a_tree_that_nobody_can_name_is_never_taken(tree: str, kept: Callable[..., Outcome]) -> None:
    assert kept(tree, tree).cases and not kept(tree, tree).cases


def test_result_of_a_tree_that_changes_meanwhile_is_wrong(kept: Callable[..., Outcome]) -> None:
    assert kept("c1", "c2").problem == "the tree was c1 at the beginning, and c2 at the end"


def test_revision_is_the_commit_and_whether_there_is_more(tmp_path: Path) -> None:
    def git(*arguments: str) -> str:
        who = ("-c", "user.name=x", "-c", "user.email=x@example.org")
        done = subprocess.run(["git", *who, *arguments], cwd=tmp_path, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    assert revision(tmp_path) == ""
    git("init", "--quiet")
    (tmp_path / "a").touch()
    git("add", "a")
    git("commit", "--quiet", "--message", "a")
    commit = git("rev-parse", "HEAD")
    assert revision(tmp_path) == commit
    (tmp_path / "a").write_text("b", encoding="utf-8")
    assert revision(tmp_path) == commit + CHANGED
    assert revision(tmp_path, [tmp_path / "a"]) == commit
    (tmp_path / "new").touch()
    assert revision(tmp_path, [tmp_path / "a"]) == commit + CHANGED


@pytest.mark.parametrize(
    ("arguments", "commit", "said"),
    [
        (["--write", "--only", "2.18"], "c1", "the table of everything"),
        (["--write", "--suite", "sanity"], "c1", "the table of everything"),
        (["--write"], f"c1{CHANGED}", "commit them"),
    ],
)
def test_part_of_the_matrix_or_a_tree_with_changes_is_not_written_into_the_guide(
    arguments: list[str],
    commit: str,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(matrix, "commit_here", lambda: commit)
    with pytest.raises(SystemExit):
        matrix.main(arguments)
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(("cases", "status"), [(PASSED, 0), ([*PASSED, Case("x", "skipped", "no disk")], 1)])
def test_table_of_everything_is_written_with_its_commit(
    cases: list[Case], status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    put: list[str] = []
    monkeypatch.setattr(matrix, "commit_here", lambda: "c1")
    monkeypatch.setattr(matrix, "provide", lambda *_arguments: "")
    monkeypatch.setattr(matrix, "put_figures", lambda _name, text: put.append(text))
    monkeypatch.setattr(matrix, "pythons_here", lambda _environ: {"3.12": "python"})
    outcome = Outcome(cases, 1.0, commit="c1")
    monkeypatch.setattr(matrix, "row_of", lambda where, *_given, **_kept: Row(where, dict.fromkeys(SUITES, outcome)))
    assert matrix.main(["--write"]) == status
    assert "\nof the commit c1\n" in put[0] and "not tried: Python 3.9, 3.10, 3.11, 3.13, 3.14" in put[0]


def test_environment_that_cannot_be_installed_is_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_arguments: str) -> Installed:
        raise subprocess.CalledProcessError(1, "pip")

    monkeypatch.setattr(matrix, "installed", fails)
    found = matrix.row_of(Environment("2.17", "3.12", NEWEST), "python", SUITES, kept=False)
    assert "cannot be installed" in found.problem and "cannot be installed" in problems([found])[0]


def test_programs_of_the_environment_come_first_on_its_path(tmp_path: Path) -> None:
    path = matrix_suites.inside(Installed("x", "2.17", "3.11", tmp_path), {"PATH": "/usr/bin"})["PATH"]
    assert path.startswith(f"{tmp_path}:") and path.endswith("/usr/bin")


def test_ansible_test_is_told_the_pythons_that_the_collection_says_its_modules_run_on() -> None:
    oldest = ".".join(map(str, OLDEST))
    assert yaml.safe_load(SETTINGS.read_text(encoding="utf-8")) == {"modules": {"python_requires": f">={oldest}"}}
    assert f"Python {oldest} or newer where modules run" in (ROOT / "README.md").read_text(encoding="utf-8")
