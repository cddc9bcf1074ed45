# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``make matrix``: every module and the playbooks under every ansible-core, on the Pythons and libraries people have.

Each ansible-core is installed on the lowest Python of those at hand that it runs on, with every library at its lower
bound, and on the highest, with the newest: no lock, for it tries what users get. In each environment the suite
``compat`` runs. At the end a table, and the Pythons that are not here. ``ARGS="--only 2.18 --jobs 1"``.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from .compat import candidates, install, place_of, version_of
from .environment import BUILD, ROOT, make_folders, suite_environment
from .results import Case, read_results

LIBRARIES = ROOT / "meta" / "ee-requirements.txt"
#: By ansible-core: the Pythons that a controller may have, lowest first, by its own metadata.
CORES: Mapping[str, tuple[str, ...]] = {
    "2.16": ("3.10", "3.11", "3.12"),
    "2.17": ("3.10", "3.11", "3.12"),
    "2.18": ("3.11", "3.12", "3.13"),
    "2.19": ("3.11", "3.12", "3.13"),
    "2.20": ("3.12", "3.13", "3.14"),
    "2.21": ("3.12", "3.13", "3.14"),
}
LOWEST, NEWEST = "lower bounds", "newest"
#: Seconds for the suite in one environment.
LIMIT = 1500
_BOUND = re.compile(r"^([A-Za-z0-9._-]+)>=([0-9.]+)$", re.MULTILINE)


@dataclass(frozen=True)
class Environment:
    """One column: an ansible-core on a Python, with the libraries at one of their ends."""

    core: str
    python: str
    libraries: str

    @property
    def name(self) -> str:
        """Names it, also as a file."""
        return f"{self.core}-{self.python}-{self.libraries.replace(' ', '_')}"


@dataclass(frozen=True)
class Outcome:
    """How the suite ended in an environment."""

    where: Environment
    cases: Sequence[Case]
    seconds: float
    problem: str = ""

    @property
    def is_right(self) -> bool:
        """Whether tests ran, and all of them passed."""
        return not self.problem and bool(self.cases) and all(case.outcome == "passed" for case in self.cases)


def environments(pythons: Sequence[str]) -> list[Environment]:
    """The environments that these Pythons allow: two for each ansible-core that runs on any of them."""
    found = []
    for core, versions in CORES.items():
        here = [version for version in versions if version in pythons]
        if here:
            found += [Environment(core, here[0], LOWEST), Environment(core, here[-1], NEWEST)]
    return found


def missing(pythons: Sequence[str]) -> list[str]:
    """The Pythons that some ansible-core runs on, and that are not here."""
    return sorted({version for versions in CORES.values() for version in versions} - set(pythons))


def requirements(where: Environment, libraries: str) -> str:
    """What pip installs.

    :param libraries: the requirements of the collection, with lower bounds.
    """
    major, minor = where.core.split(".")
    core = f"ansible-core>={where.core},<{major}.{int(minor) + 1}\n"
    if where.libraries == NEWEST:
        return core + libraries
    # ~= and not ==: for a Python of later years only a later bug fix of that version has a wheel.
    return core + _BOUND.sub(lambda found: f"{found[1]}~={_fix(found[2])}", libraries)


def _fix(version: str) -> str:
    """A version with three parts, of which ``~=`` lets the last grow."""
    return ".".join([*version.split("."), "0", "0"][:3])


def pythons_here(environ: Mapping[str, str]) -> dict[str, str]:
    """By version, a Python that runs."""
    found = {}
    for version in sorted({version for versions in CORES.values() for version in versions}):
        right = (one for one in candidates(environ, [version]) if version_of(one) == version)
        python = next(right, None)
        if python is not None:
            found[version] = python
    return found


def run(where: Environment, python: str) -> Outcome:
    """Install an environment, and run the suite in it."""
    began = time.monotonic()
    file = BUILD / "matrix" / f"{where.name}.txt"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(requirements(where, LIBRARIES.read_text(encoding="utf-8")), encoding="utf-8")
    try:
        programs = install(place_of("matrix", python, (file,)), python, file)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        return Outcome(where, [], time.monotonic() - began, f"it cannot be installed: {error}")
    results, log = file.with_suffix(".xml"), file.with_suffix(".log")
    results.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", "tests/compat", "--whole", "--no-cov", "-q", f"--junitxml={results}"]
    environment = {**suite_environment(os.environ), "COMPAT_PROGRAMS": str(programs), "COMPAT_CORE": where.core}
    with log.open("wb") as output:
        try:
            subprocess.run(command, cwd=ROOT, env=environment, stdout=output, stderr=output, timeout=LIMIT, check=False)
        except subprocess.TimeoutExpired:
            return Outcome(where, [], time.monotonic() - began, f"no end after {LIMIT} s; see {log}")
    cases = read_results(results) if results.exists() else []
    return Outcome(where, cases, time.monotonic() - began, "" if cases else f"no test has run; see {log}")


def table(outcomes: Sequence[Outcome], absent: Sequence[str]) -> Iterator[str]:
    """A row for each environment, each failed test, and what is not here."""
    yield f"{'core':6} {'python':7} {'libraries':13} passed  failed  skipped  seconds"
    for one in outcomes:
        counts = [sum(case.outcome == outcome for case in one.cases) for outcome in ("passed", "failed", "skipped")]
        numbers = "  ".join(f"{count:6}" for count in counts)
        where = f"{one.where.core:6} {one.where.python:7} {one.where.libraries:13}"
        yield f"{where} {numbers}   {one.seconds:7.0f}  {one.problem}"
    for one in outcomes:
        for case in one.cases:
            if case.outcome != "passed":
                yield f"{case.outcome}: {one.where.name}: {case.name}: {case.detail}"
    if absent:
        yield f"not installed here, and not tried: Python {', '.join(absent)}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="make matrix", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", action="append", choices=list(CORES), help="one ansible-core; may be given again")
    parser.add_argument("--jobs", type=int, default=2, help="environments side by side")
    options = parser.parse_args(arguments)
    make_folders(os.environ)
    pythons = pythons_here(os.environ)
    chosen = [one for one in environments(list(pythons)) if one.core in (options.only or CORES)]
    with ThreadPoolExecutor(options.jobs) as pool:
        outcomes = list(pool.map(lambda one: run(one, pythons[one.python]), chosen))
    print("\n".join(table(outcomes, missing(list(pythons)))))
    return 0 if outcomes and all(one.is_right for one in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
