# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The environments of ``make matrix``, what is kept of a run, and its table."""

from __future__ import annotations

import subprocess
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
    Environment,
    Row,
    environments,
    missing,
    requirements,
    table,
)
from tools.matrix_suites import SUITES, Installed, Outcome
from tools.results import Case
from tools.sanity import OLDEST, SETTINGS

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
    assert missing(["3.10", "3.11", "3.13"]) == ["3.12", "3.14"]


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
    assert [one.is_right for one in rows] == [True, False, False, False]
    said = "\n".join(table(rows, ["3.14"]))
    assert "failed: two: it is not (2.17-3.12-newest)" in said and "skipped: two: there is no disk (2.17-3.11" in said
    assert "2.17.4   3.11              6.0                         1/0/1         -          -\n" in said
    assert "it cannot be installed" in said and "The unit tests need a newer Python than 3.10" in said
    assert said.endswith("not installed here, and not tried: Python 3.14")


def test_what_is_skipped_everywhere_is_said_once() -> None:
    skipped = Case("two", "skipped", "no disk")
    said = list(table([row("3.11", skipped), row("3.12", skipped)], []))
    assert said[-1] == "skipped: two: no disk (everywhere)"


def test_result_is_kept_and_taken_again_only_if_it_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = iter([[Case("a", "passed", "", 1.5)], []])
    monkeypatch.setattr(matrix_suites, "BUILD", tmp_path)
    monkeypatch.setattr(matrix_suites, "ROOT", tmp_path)
    monkeypatch.setattr(matrix_suites, "_units", lambda *_arguments: next(runs))
    (tmp_path / "matrix").mkdir()
    where = Installed("2.17-3.11-newest", "2.17", "3.11", tmp_path)
    first = matrix_suites.run("units", where, {}, kept=True)
    assert first.is_right and matrix_suites.run("units", where, {}, kept=True) == first
    again = matrix_suites.run("units", where, {}, kept=False)
    assert not again.is_right and again.problem == "no test has run; see matrix/2.17-3.11-newest-units.log"


def test_environment_that_cannot_be_installed_is_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_arguments: str) -> Installed:
        raise subprocess.CalledProcessError(1, "pip")

    monkeypatch.setattr(matrix, "installed", fails)
    found = matrix.row_of(Environment("2.17", "3.12", NEWEST), "python", SUITES, kept=False)
    assert not found.is_right and "cannot be installed" in found.problem


def test_programs_of_the_environment_come_first_on_its_path(tmp_path: Path) -> None:
    path = matrix_suites.inside(Installed("x", "2.17", "3.11", tmp_path), {"PATH": "/usr/bin"})["PATH"]
    assert path.startswith(f"{tmp_path}:") and path.endswith("/usr/bin")


def test_ansible_test_is_told_the_pythons_that_the_collection_says_its_modules_run_on() -> None:
    oldest = ".".join(map(str, OLDEST))
    assert yaml.safe_load(SETTINGS.read_text(encoding="utf-8")) == {"modules": {"python_requires": f">={oldest}"}}
    assert f"Python {oldest} or newer where modules run" in (ROOT / "README.md").read_text(encoding="utf-8")
