# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ``make matrix`` runs in one environment: the unit tests of ``plugins/``, ansible-test sanity, and every module
and playbook against the simulator. Logs, results and copies are in ``.build/matrix``."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from .compat import install, place_of
from .environment import BUILD, ROOT, suite_environment
from .guide import GUIDE
from .results import Case, read_results
from .sanity import OF_MODULES, OLDEST, find_python, not_on, offer, provide_bootstrap, run_sanity, tree_for
from .tree import CHANGED, revision

SUITES = ("units", "sanity", "integration")
#: Seconds for one suite in one environment.
LIMIT = 3000
#: Prints the version of each distribution that is named.
_VERSIONS = "import importlib.metadata as m, sys; print(*map(m.version, sys.argv[1:]))"


@dataclass(frozen=True)
class Installed:
    """An environment that is there.

    :param name: names it, also as a file.
    :param core: the minor version of its ansible-core.
    :param programs: the folder of its programs.
    """

    name: str
    core: str
    python: str
    programs: Path


@dataclass(frozen=True)
class Outcome:
    """How a suite ended.

    :param commit: of the tree whose tests these are, as ``revision`` has it.
    """

    cases: Sequence[Case]
    seconds: float
    problem: str = ""
    commit: str = ""

    def count(self, outcome: str) -> int:
        """How many tests ended so."""
        return sum(case.outcome == outcome for case in self.cases)


def installed(name: str, core: str, version: str, python: str, wanted: str) -> Installed:
    """The environment with these requirements; it is made if it is not there.

    :param python: the Python to make it with.
    :raises subprocess.SubprocessError: pip could not install them.
    """
    file = BUILD / "matrix" / f"{name}.txt"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(wanted, encoding="utf-8")
    return Installed(name, core, version, install(place_of("matrix", python, (file,)), python, file))


def versions_in(programs: Path, distributions: Sequence[str]) -> dict[str, str]:
    """The versions that are installed there."""
    told = subprocess.run(
        [programs / "python", "-c", _VERSIONS, *distributions], capture_output=True, text=True, check=True
    )
    return dict(zip(distributions, told.stdout.split(), strict=True))


def commit_here() -> str:
    """The commit whose tests run. What commands write into the guide changes none of them."""
    return revision(ROOT, [GUIDE])


def run(suite: str, where: Installed, environ: Mapping[str, str], *, kept: bool) -> Outcome:
    """Run a suite in an environment.

    :param kept: take the result that an earlier run has left, if it is of the commit that is here.
    """
    file = BUILD / "matrix" / f"{where.name}-{suite}.json"
    commit = commit_here()
    if kept and (old := _kept(file, commit)) is not None:
        return old
    file.unlink(missing_ok=True)
    began, log = time.monotonic(), file.with_suffix(".log")
    run_it = {"units": _units, "sanity": _sanity, "integration": _integration}[suite]
    try:
        cases = run_it(where, environ, log)
        problem = "" if cases else f"no test has run; see {log.relative_to(ROOT)}"
    except subprocess.TimeoutExpired:
        cases, problem = [], f"no end after {LIMIT} s; see {log.relative_to(ROOT)}"
    if (now := commit_here()) != commit:
        problem = problem or f"the tree was {commit} at the beginning, and {now} at the end"
    outcome = Outcome(cases, time.monotonic() - began, problem, commit)
    file.write_text(json.dumps(asdict(outcome)), encoding="utf-8")
    return outcome


def _kept(file: Path, commit: str) -> Outcome | None:
    """A result that was left, if it is of this commit. What has changes can be any tree, and so can what has none."""
    if not file.exists() or not commit or commit.endswith(CHANGED):
        return None
    kept: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    if kept.get("commit") != commit:
        return None
    return Outcome([Case(**case) for case in kept["cases"]], kept["seconds"], kept["problem"], commit)


def inside(where: Installed, environ: Mapping[str, str]) -> dict[str, str]:
    """The environment of a suite, where the programs of an ansible-core come first."""
    environment = suite_environment(environ)
    first = [str(where.programs), str(BUILD / "pythons")]
    return {**environment, "PATH": os.pathsep.join([*first, environment["PATH"]])}


def _units(where: Installed, environ: Mapping[str, str], log: Path) -> list[Case]:
    """The unit tests of the collection, by the Python of the environment."""
    return _pytest([str(where.programs / "python"), "-m", "pytest", "tests/unit/plugins"], inside(where, environ), log)


def _integration(where: Installed, environ: Mapping[str, str], log: Path) -> list[Case]:
    """The suite ``compat``: our own Python runs the tests and the simulator, and the environment what they try."""
    environment = {**suite_environment(environ), "COMPAT_PROGRAMS": str(where.programs), "COMPAT_CORE": where.core}
    return _pytest([sys.executable, "-m", "pytest", "tests/compat", "--whole", "--no-cov"], environment, log)


def _pytest(command: Sequence[str], environment: Mapping[str, str], log: Path) -> list[Case]:
    results = log.with_suffix(".xml")
    results.unlink(missing_ok=True)
    with log.open("wb") as output:
        subprocess.run(
            [*command, "-q", f"--junitxml={results}"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            timeout=LIMIT,
            check=False,
        )
    return read_results(results)


def _sanity(where: Installed, environ: Mapping[str, str], log: Path) -> list[Case]:
    """ansible-test of that version: all of its tests on the Python of the environment, and those of modules on the
    oldest that modules run on."""
    environment = inside(where, environ)
    (package,) = where.programs.parent.glob("lib/python*/site-packages/ansible_test")
    lock = log.parent / "sanity.lock"
    with lock.open("w") as alone, log.open("w", encoding="utf-8") as output:
        # ansible-test makes virtual environments that all share, without a lock of its own.
        fcntl.flock(alone, fcntl.LOCK_EX)
        provide_bootstrap(Path(environment["HOME"]), package)
        tree = tree_for(f"matrix/{where.name}", environment)
        cases = run_sanity(tree, where.python, [], environment, output)
        # Not in that environment, where the link to it would be found.
        oldest = find_python(OLDEST, suite_environment(environ))
        cases += run_sanity(tree, offer(OLDEST, oldest), OF_MODULES, environment, output) if oldest else not_on(OLDEST)
    return cases
