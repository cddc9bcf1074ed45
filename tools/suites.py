# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The suites, how each is started, and what each needs."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from .eda import JAVA, JAVA_PACKAGE
from .environment import BUILD, ROOT

#: Folders below tests/ whose tests are not a suite of their own, and why not.
NO_SUITE = {"bench": "measures and judges nothing: make bench", "fuzz": "runs beside the soak, which mostly waits"}


#: Which suites start first. The long ones do, and beside units and integration, which compute all the time, those that
#: wait for a clock most of the time: so neither of two processors is idle. The others follow.
FIRST = ("sanity", "lint", "units", "chaos", "soak", "demo", "integration", "molecule", "guards", "compat", "proof")


@dataclass(frozen=True)
class Suite:
    """One suite. ``results`` is the file that it writes; a suite without one counts as a single test.

    ``path`` must exist, relative to the root, for the suite to have something to run. ``needs`` are programs of the
    system, each with its Debian package; without those of ``wants`` it runs as well, and skips what needs them.
    ``takes_arguments`` says whether the suite accepts extra arguments.
    """

    name: str
    command: tuple[str, ...]
    path: str
    has_results: bool = True
    needs: tuple[tuple[str, str], ...] = ()
    wants: tuple[tuple[str, str], ...] = ()
    takes_arguments: bool = False

    @property
    def results(self) -> Path:
        return BUILD / "results" / f"{self.name}.xml"

    @property
    def left_out(self) -> Path:
        """Where a suite leaves the number of tests that it did not run."""
        return self.results.with_suffix(".left_out")

    @property
    def log(self) -> Path:
        return BUILD / "logs" / f"{self.name}.log"

    @property
    def lock(self) -> Path:
        return BUILD / "locks" / self.name


def pytest_suite(name: str, folder: str, *options: str) -> Suite:
    """A suite of the tests below a folder."""
    results = f"--junitxml={BUILD / 'results' / f'{name}.xml'}"
    command = (sys.executable, "-m", "pytest", folder, results, *options)
    return Suite(name, command, folder, takes_arguments=True)


def all_suites() -> list[Suite]:
    """Every suite, in the order in which they start: the last one running is a short one."""
    known = [
        Suite("sanity", (sys.executable, "-m", "tools.sanity"), "galaxy.yml"),
        Suite("lint", (sys.executable, "-m", "tools.lint"), "galaxy.yml", takes_arguments=True),
        replace(
            pytest_suite("integration", "tests/integration", "--numprocesses=3", "--dist=loadfile"),
            wants=(("jq", "jq"),),
        ),
        pytest_suite("units", "tests/unit", "--numprocesses=2", "--cov"),
        replace(pytest_suite("conformance", "tests/conformance"), wants=(("node", "nodejs"), ("npm", "npm"))),
        pytest_suite("molecule", "tests/molecule"),
        # A few of its tests; `make report-test` runs them all.
        replace(
            pytest_suite("report", "tests/report"),
            wants=(("chromium", "chromium"), ("npm", "npm"), ("promtool", "prometheus")),
        ),
        # A few of its tests; `make eda-test` runs them all.
        replace(pytest_suite("eda", "tests/eda"), wants=((JAVA, JAVA_PACKAGE),)),
        # Those that are left out are in make runner-test.
        pytest_suite("runner", "tests/runner", "--timeout=400", "-m", "not every_job"),
        pytest_suite("soak", "tests/soak", "tests/fuzz", "--numprocesses=2", "--dist=loadfile"),
        Suite("demo", (sys.executable, "examples/demo/demo.py"), "examples/demo/demo.py", has_results=False),
    ]
    suites = known + further_suites(ROOT, [suite.path for suite in known])
    return sorted(suites, key=lambda suite: FIRST.index(suite.name) if suite.name in FIRST else len(FIRST))


def further_suites(root: Path, known: Sequence[str]) -> list[Suite]:
    """A suite for every other folder of tests, so that a new one cannot be forgotten."""
    folders = sorted(folder.name for folder in (root / "tests").iterdir() if folder.is_dir())
    return [
        pytest_suite(name, f"tests/{name}")
        for name in folders
        if name not in NO_SUITE and f"tests/{name}" not in known and any((root / "tests" / name).rglob("test_*.py"))
    ]
