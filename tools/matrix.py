# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``make matrix``: the collection under every ansible-core, on the Pythons and libraries people have.

Each ansible-core is installed on the lowest Python of those at hand that it runs on, with every library at its lower
bound, and on the highest, with the newest. In each environment run the unit tests of ``plugins/``, ansible-test sanity
of that version, and the suite ``compat``: every module and playbook against the simulator. At the end a table, and
the Pythons that are not here. ``ARGS="--only 2.18 --suite units --jobs 1"``; ``--resume`` goes on after a break, and
takes the results that are there of the same commit; ``--write`` puts the table of everything into the guide to the
proof.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from .compat import candidates, version_of
from .environment import ROOT, make_folders, suite_environment
from .guide import put_figures
from .matrix_rows import Environment, Row, problems
from .matrix_suites import SUITES, Outcome, commit_here, installed, run, versions_in
from .packages import provide
from .sanity import OLDEST, find_python
from .tree import CHANGED

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


def gaps(pythons: Sequence[str]) -> Iterator[Row]:
    """What these Pythons leave out of an ansible-core: all of it, or its unit tests."""
    for core, versions in CORES.items():
        here = set(versions).intersection(pythons)
        if not here:
            yield _gap(core, versions, SUITES)
        elif here <= set(NO_UNITS):
            yield _gap(core, [one for one in versions if one not in NO_UNITS], ("units",))


def _gap(core: str, pythons: Sequence[str], suites: tuple[str, ...]) -> Row:
    problem = f"not tried: no Python {', '.join(pythons)} here"
    return Row(Environment(core, "-", LOWEST, suites), problem=problem)


def _wanted() -> set[str]:
    """The Pythons that some ansible-core runs on, and the oldest that modules run on."""
    return {".".join(map(str, OLDEST))}.union(*CORES.values())


def missing(pythons: Sequence[str]) -> list[str]:
    """The Pythons that are wanted and not here."""
    return sorted(_wanted() - set(pythons), key=lambda version: [int(part) for part in version.split(".")])


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
    if oldest := find_python(OLDEST, suite_environment(environ)):
        found[".".join(map(str, OLDEST))] = str(oldest)
    for version in sorted(_wanted() - set(found)):
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
    """A line for each environment, each failed or skipped test, the commit, and what is not here."""
    yield f"{'':45}{'python-':10}{'tests passed/failed/skipped'}"
    heads = f"{'core':9}{'python':8}{'requests':10}{'lxml':8}{'jmespath':10}{'dateutil':10}"
    yield f"{heads}{'units':14}{'sanity':11}{'integration':12}".rstrip()
    for row in rows:
        core, requests, lxml, jmespath, dateutil = (row.versions.get(name, "") for name in SHOWN)
        versions = f"{core or row.where.core:9}{row.where.python:8}{requests:10}{lxml:8}{jmespath:10}{dateutil:10}"
        units, sanity, integration = (_counts(row.outcomes.get(suite)) for suite in SUITES)
        yield f"{versions}{units:14}{sanity:11}{integration:12}{row.problem}".rstrip()
    yield from _remarks(rows)
    yield from _circumstances(rows, absent)


def _circumstances(rows: Sequence[Row], absent: Sequence[str]) -> Iterator[str]:
    commits = {outcome.commit for row in rows for outcome in row.outcomes.values() if outcome.commit}
    yield from (f"of the commit {commit}" for commit in sorted(commits))
    if any(row.where.python in NO_UNITS for row in rows):
        yield f"The unit tests need a newer Python than {', '.join(NO_UNITS)}: they run on the next one instead."
    if absent:
        yield f"not installed here, and not tried: Python {', '.join(absent)}"


def _counts(outcome: Outcome | None) -> str:
    """As 12/0/1, or ``-`` for what is not run there."""
    return "-" if outcome is None else "/".join(str(outcome.count(one)) for one in ("passed", "failed", "skipped"))


def _remarks(rows: Sequence[Row]) -> Iterator[str]:
    """Each test that has not passed, with the environments where, many in each for one reason."""
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
    parser.add_argument("--resume", action="store_true", help="take what an earlier run of the same commit has left")
    parser.add_argument("--write", action="store_true", help="put the table of everything into the guide")
    options = parser.parse_args(arguments)
    if options.write and (options.only or options.suite):
        parser.error("--write is for the table of everything")
    if options.write and (not (commit := commit_here()) or commit.endswith(CHANGED)):
        parser.error("--write names the commit in the guide, and this tree has changes that are in none: commit them")
    return options


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point. Returns the exit status."""
    options = _asked(arguments)
    make_folders(os.environ)
    provide("shellcheck", "shellcheck", suite_environment(os.environ))
    pythons, suites = pythons_here(os.environ), options.suite or SUITES
    cores = options.only or CORES

    def chosen(where: Environment) -> bool:
        return where.core in cores and not set(suites).isdisjoint(where.suites)

    there = [one for one in environments(list(pythons)) if chosen(one)]
    with ThreadPoolExecutor(options.jobs) as pool:
        rows = list(pool.map(lambda one: row_of(one, pythons[one.python], suites, kept=options.resume), there))
    rows += [row for row in gaps(list(pythons)) if chosen(row.where)]
    wrong = problems(rows, suites)
    said = "\n".join([*table(rows, missing(list(pythons))), *(f"WRONG: {one}" for one in wrong)])
    print(said)
    if options.write:
        put_figures("matrix", said)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
