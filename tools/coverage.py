# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``make coverage``: the lines and branches of ``plugins/`` that the tests reach, by folder. Less than 95 % fails.

Actions, filters, lookups and the inventory run in processes that Ansible starts, and in forks of these. So every Python
that a test starts measures itself, and at the end all is added up: the unit tests, and the integration tests as
``make test`` runs them. ``ARGS=--units`` leaves out the latter; ``--write`` puts the table of both into the guide to
the proof. What is not reached is listed in ``.build/covered/missing.txt``. That a test fails is said, but judged
elsewhere: to be measured takes time, and some tests have a deadline.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .environment import BUILD, ROOT, make_folders, suite_environment
from .guide import put_figures

#: Per cent of the lines and branches, each counted as one.
GATE = 95
FOLDER = BUILD / "covered"
#: What each process takes its settings from. Ansible ends its workers by os._exit.
SETTINGS = f"""\
[run]
core = ctrace
branch = true
source = {ROOT / "plugins"}
parallel = true
data_file = {FOLDER / "data" / "of"}
patch = _exit
disable_warnings = no-data-collected, module-not-imported, couldnt-parse

[report]
exclude_also =
    if t.TYPE_CHECKING:
    if TYPE_CHECKING:
show_missing = true
skip_covered = true
"""
#: By name, what runs, two at a time. The simulator imports nothing of the collection.
UNITS: Mapping[str, tuple[str, ...]] = {
    "module_utils": ("tests/unit/plugins/module_utils",),
    "units": ("tests/unit", "--ignore=tests/unit/simulator", "--ignore=tests/unit/plugins/module_utils"),
}
RUNS: Mapping[str, tuple[str, ...]] = {
    "integration": ("tests/integration", "--numprocesses=2", "--dist=loadfile"),
    **UNITS,
}
#: Seconds for one of them.
LIMIT = 5400


@dataclass(frozen=True)
class Reached:
    """How much of a folder was reached."""

    folder: str
    lines: int
    lines_of: int
    branches: int
    branches_of: int

    @property
    def share(self) -> float:
        """Per cent; all, where there is nothing."""
        whole = self.lines_of + self.branches_of
        return 100 * (self.lines + self.branches) / whole if whole else 100.0


def by_folder(report: Mapping[str, Any]) -> list[Reached]:
    """What a report of coverage in JSON says of each folder below ``plugins/``, and of all.

    Two levels of folders, where there are two.
    """
    found: dict[str, list[int]] = {}
    for name, told in report["files"].items():
        parts = Path(os.path.relpath(ROOT / name, ROOT / "plugins")).parts[:-1]
        counts = told["summary"]
        numbers = [counts[key] for key in ("covered_lines", "num_statements", "covered_branches", "num_branches")]
        for folder in ("/".join(parts[:2]), "all"):
            found[folder] = [a + b for a, b in zip(found.get(folder, [0] * 4), numbers, strict=True)]
    whole = found.pop("all", [0] * 4)
    return [Reached(folder, *numbers) for folder, numbers in [*sorted(found.items()), ("all of plugins/", whole)]]


def table(found: Sequence[Reached]) -> Iterator[str]:
    """A line for each folder."""
    yield f"{'folder':32}{'lines':>14}{'branches':>14}{'reached':>10}"
    for one in found:
        lines, branches = f"{one.lines}/{one.lines_of}", f"{one.branches}/{one.branches_of}"
        yield f"{one.folder:32}{lines:>14}{branches:>14}{one.share:8.1f} %"


def measure(names: Sequence[str], environ: Mapping[str, str]) -> list[str]:
    """Run these, measured; a sentence for each that has failed."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    (FOLDER / "data").mkdir(parents=True)
    settings = FOLDER / "settings"
    settings.write_text(SETTINGS, encoding="utf-8")
    environment = {**suite_environment(environ), "COVERAGE_PROCESS_START": str(settings)}
    with ThreadPoolExecutor(2) as pool:
        ends = list(pool.map(lambda name: _measured(name, environment), names))
    return [
        f"A test of {name} has failed: see {_log(name).relative_to(ROOT)}."
        for name, status in zip(names, ends, strict=True)
        if status
    ]


def _log(name: str) -> Path:
    return FOLDER / f"{name}.log"


def _measured(name: str, environment: Mapping[str, str]) -> int:
    """The exit status of one of them."""
    with _log(name).open("wb") as output:
        return subprocess.run(
            [sys.executable, "-m", "pytest", *RUNS[name], "--no-cov", "-q"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            timeout=LIMIT,
            check=False,
        ).returncode


def read() -> dict[str, Any]:
    """Add up what all processes have left; the report of it in JSON."""
    # Tests kill processes, also while these write what they have measured: combine says so of each, and goes on.
    _coverage("combine", "--quiet")
    (FOLDER / "missing.txt").write_text(_coverage("report"), encoding="utf-8")
    _coverage("json", "-o", str(FOLDER / "report.json"))
    report: dict[str, Any] = json.loads((FOLDER / "report.json").read_text(encoding="utf-8"))
    return report


def _coverage(command: str, *arguments: str) -> str:
    """What a command of coverage says. In a process of its own: this one may be measured itself."""
    environment = {name: value for name, value in os.environ.items() if name != "COVERAGE_PROCESS_START"}
    return subprocess.run(
        [sys.executable, "-m", "coverage", command, f"--rcfile={FOLDER / 'settings'}", *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=True,
    ).stdout


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="make coverage", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--units", action="store_true", help="only the unit tests")
    parser.add_argument("--write", action="store_true", help="put the table of everything into the guide")
    options = parser.parse_args(arguments)
    if options.write and options.units:
        parser.error("--write is for the table of everything")
    make_folders(os.environ)
    problems = measure(list(UNITS if options.units else RUNS), os.environ)
    found = by_folder(read())
    said = "\n".join(table(found))
    print("\n".join([said, *problems]))
    if options.write:
        put_figures("coverage", said)
    enough = found[-1].share >= GATE
    if not enough:
        print(f"less than {GATE} %; see {(FOLDER / 'missing.txt').relative_to(ROOT)}")
    return 0 if enough else 1


if __name__ == "__main__":
    sys.exit(main())
