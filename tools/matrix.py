# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``make matrix``: the collection under every ansible-core, on the Pythons and libraries people have.

Each ansible-core is installed on the lowest Python of those at hand that it runs on, with every library at its lower
bound, and on the highest, with the newest. In each environment run the unit tests of ``plugins/``, ansible-test sanity
of that version, and the suite ``compat``: every module and the playbooks against the simulator. At the end a table, and
the Pythons that are not here. ``ARGS="--only 2.18 --suite units --jobs 1"``; ``--resume`` goes on after a break, and
takes the results that are there; ``--write`` puts the table into the guide to the proof.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from .compat import candidates, version_of
from .environment import ROOT, make_folders, suite_environment
from .guide import put_figures
from .matrix_suites import SUITES, Outcome, installed, run, versions_in
from .packages import provide

LIBRARIES = ROOT / "meta" / "ee-requirements.txt"
FOR_UNITS = ROOT / "requirements" / "units.txt"
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
#: The Pythons on which our tests cannot run; what they test can.
NO_UNITS = ("3.10",)
#: What the table shows the versions of.
SHOWN = ("ansible-core", "requests", "lxml", "jmespath", "python-dateutil")
_BOUND = re.compile(r"^([A-Za-z0-9._-]+)>=([0-9.]+)$", re.MULTILINE)


@dataclass(frozen=True)
class Environment:
    """A row: an ansible-core on a Python, with the libraries at one of their ends, and what is run there."""

    core: str
    python: str
    libraries: str
    suites: tuple[str, ...] = SUITES

    @property
    def name(self) -> str:
        """Names it, also as a file."""
        return f"{self.core}-{self.python}-{self.libraries.replace(' ', '_')}"


@dataclass(frozen=True)
class Row:
    """What was found in an environment."""

    where: Environment
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""

    @property
    def is_right(self) -> bool:
        """Whether all that was to run has run, without a failure."""
        return not self.problem and all(outcome.is_right for outcome in self.outcomes.values())


def environments(pythons: Sequence[str]) -> list[Environment]:
    """The environments that these Pythons allow, for each ansible-core that runs on any of them."""
    return [
        one
        for core, versions in CORES.items()
        for one in _of_core(core, [each for each in versions if each in pythons])
    ]


def _of_core(core: str, here: Sequence[str]) -> Iterator[Environment]:
    """The lowest and the highest of these Pythons; and the lowest for the unit tests, if that is another."""
    for python, libraries in zip((*here[:1], *here[-1:]), (LOWEST, NEWEST), strict=False):
        runs = python not in NO_UNITS
        yield Environment(core, python, libraries, SUITES if runs else tuple(one for one in SUITES if one != "units"))
        others = [] if runs else [one for one in here if one not in NO_UNITS]
        yield from (Environment(core, other, libraries, ("units",)) for other in others[:1])


def missing(pythons: Sequence[str]) -> list[str]:
    """The Pythons that some ansible-core runs on, and that are not here."""
    return sorted({version for versions in CORES.values() for version in versions} - set(pythons))


def requirements(where: Environment, libraries: str) -> str:
    """What pip installs.

    :param libraries: the requirements of the collection, with lower bounds.
    """
    major, minor = where.core.split(".")
    wanted = f"ansible-core>={where.core},<{major}.{int(minor) + 1}\n"
    if "units" in where.suites:
        wanted += f"-r {FOR_UNITS}\n"
    if where.libraries == NEWEST:
        return wanted + libraries
    # ~= and not ==: for a Python of later years only a later bug fix of that version has a wheel.
    return wanted + _BOUND.sub(lambda found: f"{found[1]}~={_fix(found[2])}", libraries)


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


def row_of(where: Environment, python: str, suites: Sequence[str], *, kept: bool) -> Row:
    """Install an environment, and run these suites in it, as far as they are to run there."""
    wanted = requirements(where, LIBRARIES.read_text(encoding="utf-8"))
    try:
        there = installed(where.name, where.core, where.python, python, wanted)
    except subprocess.SubprocessError as error:
        return Row(where, problem=f"it cannot be installed: {error}")
    outcomes = {}
    for suite in where.suites:
        if suite in suites:
            outcomes[suite] = run(suite, there, os.environ, kept=kept)
            print(f"{where.name:24} {suite:12} {_counts(outcomes[suite])}  {outcomes[suite].seconds:.0f} s", flush=True)
    return Row(where, outcomes, versions_in(there.programs, SHOWN))


def table(rows: Sequence[Row], absent: Sequence[str]) -> Iterator[str]:
    """A line for each environment, each failed or skipped test, and what is not here."""
    yield f"{'':45}{'python-':10}{'tests passed/failed/skipped'}"
    heads = f"{'core':9}{'python':8}{'requests':10}{'lxml':8}{'jmespath':10}{'dateutil':10}"
    yield f"{heads}{'units':14}{'sanity':11}{'integration':12}".rstrip()
    for row in rows:
        core, requests, lxml, jmespath, dateutil = (row.versions.get(name, "") for name in SHOWN)
        versions = f"{core or row.where.core:9}{row.where.python:8}{requests:10}{lxml:8}{jmespath:10}{dateutil:10}"
        units, sanity, integration = (_counts(row.outcomes.get(suite)) for suite in SUITES)
        yield f"{versions}{units:14}{sanity:11}{integration:12}{row.problem}".rstrip()
    yield from _remarks(rows)
    if any(row.where.python in NO_UNITS for row in rows):
        yield f"The unit tests need a newer Python than {', '.join(NO_UNITS)}: they run on the next one instead."
    if absent:
        yield f"not installed here, and not tried: Python {', '.join(absent)}"


def _counts(outcome: Outcome | None) -> str:
    """As 12/0/1, or ``-`` for what is not run there."""
    return "-" if outcome is None else "/".join(str(outcome.count(one)) for one in ("passed", "failed", "skipped"))


def _remarks(rows: Sequence[Row]) -> Iterator[str]:
    """Each test that has not passed, with the environments where; many are skipped in each for one reason."""
    places: dict[str, list[str]] = {}
    for row in rows:
        for suite, outcome in row.outcomes.items():
            if outcome.problem:
                places.setdefault(f"failed: {suite}: {outcome.problem}", []).append(row.where.name)
            for case in outcome.cases:
                if case.outcome != "passed":
                    said = " ".join(case.detail.split())[:200]
                    places.setdefault(f"{case.outcome}: {case.name}: {said}", []).append(row.where.name)
    for what, names in places.items():
        yield f"{what} ({', '.join(names) if len(names) < len(rows) else 'everywhere'})"


def _asked(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make matrix", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", action="append", choices=list(CORES), help="one ansible-core; may be given again")
    parser.add_argument("--suite", action="append", choices=SUITES, help="one suite; may be given again")
    parser.add_argument("--jobs", type=int, default=2, help="environments side by side")
    parser.add_argument("--resume", action="store_true", help="take the results that an earlier run has left")
    parser.add_argument("--write", action="store_true", help="put the table into the guide")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point. Returns the exit status."""
    options = _asked(arguments)
    make_folders(os.environ)
    provide("shellcheck", "shellcheck", suite_environment(os.environ))
    pythons, suites = pythons_here(os.environ), options.suite or SUITES
    cores = options.only or CORES
    chosen = [
        one for one in environments(list(pythons)) if one.core in cores and not set(suites).isdisjoint(one.suites)
    ]
    with ThreadPoolExecutor(options.jobs) as pool:
        rows = list(pool.map(lambda one: row_of(one, pythons[one.python], suites, kept=options.resume), chosen))
    said = "\n".join(table(rows, missing(list(pythons))))
    print(said)
    if options.write:
        put_figures("matrix", said)
    return 0 if _are_right(rows) else 1


def _are_right(rows: Sequence[Row]) -> bool:
    return bool(rows) and all(row.is_right for row in rows)


if __name__ == "__main__":
    sys.exit(main())
