# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``make proof``: nothing wrong is written, nothing leaks, nothing hangs; and one table of how often that was tried.

``ARGS="--only dry --jobs 4 --seed 1"``; one cell of the fault matrix again: ``ARGS="--cell 'option/set/3/reset/1'"``.
Each part leaves its result in ``.build/proof``; ``--write`` puts the last results of all parts into the documentation.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import tests.conftest  # noqa: F401  # makes the collection importable  # pylint: disable=unused-import
from tests.fuzz import product
from tests.fuzz.targets import TARGETS
from tests.proof import complete, dry, faults, hostile, played, pool
from tests.proof.cells import Cell
from tests.proof.kept import Part, commit_of, keep, kept
from tools.guide import put_figures
from tools.results import read_results

ROOT = Path(__file__).resolve().parents[2]

#: For how long a whole run makes inputs that are nearly right.
FUZZ_SECONDS = 120.0
#: Suites of tests whose canaries and servers these are.
SECRETS = ("tests/integration/test_secrets.py", "tests/integration/test_secrets_in_playbooks.py",
           "tests/unit/plugins/module_utils/_core/test_masking.py", "tests/unit/test_canaries.py",
           "tests/unit/test_watching.py")  # fmt: skip
HOSTILE = ("tests/integration/test_hostile_texts.py", "tests/unit/plugins/plugin_utils/_sweep/test_hostile.py",
           "tests/unit/plugins/module_utils/_http", "tests/unit/plugins/module_utils/_soap")  # fmt: skip


Options = argparse.Namespace
Made = tuple[str, int, list[str], str]
"""What was tried, how often, what went wrong, and a table of its own."""


def _dry(options: Options, work: Path) -> Made:
    # Most of the time a controller is asked, one module after the other.
    with ThreadPoolExecutor() as pool:
        asking = pool.submit(dry.of_controller, work / "controller")
        found = [*dry.of_modules(), *played.of_played(work / "played")]
        found += [*dry.of_guarded(work / "guarded"), *dry.of_books(work / "books"), *asking.result()]
    writes = sum(one.writes for one in found)
    what = f"modules, roles and playbooks, in check mode, read-only, and both: {writes} writes"
    return what, len(found), complete.of_modules() + complete.of_playbooks() + dry.wrong(found), dry.table(found)


def _faults(options: Options, _work: Path) -> Made:
    cells, known = faults.everything()
    if options.cell:
        cells = [Cell.named(name) for name in options.cell]
    verdicts = pool.run_all(cells, known, options.jobs)
    wrong = complete.of_modules() + complete.of_faults()
    wrong += [f"{one.cell.name}: {problem}" for one in verdicts for problem in one.problems]
    return "faults of a server, each at every call of every module", len(cells), wrong, faults.table(verdicts)


def _secrets(_options: Options, work: Path) -> Made:
    return _suites("tests of canaries for every secret, also for a moment, in files and processes", SECRETS, work)


def _hostile(_options: Options, work: Path) -> Made:
    what, tried, wrong, _table = _suites("", HOSTILE, work)
    costs = hostile.all_costs(work)
    wrong += [f"{one.name}: {problem}" for one in costs for problem in one.problems]
    most = max(one.memory for one in costs)
    what = f"tests of hostile servers, and {len(costs)} of them alone and 200 at once: {most:.0f} MB at most"
    return what, tried + len(costs), wrong, hostile.table(costs)


def _fuzz(options: Options, _work: Path) -> Made:
    tallies, reached = product.fuzz_all(list(TARGETS), options.fuzz_seconds, options.seed)
    wrong = product.problems(tallies, reached)
    what = f"inputs that are nearly right, for {len(tallies)} readers"
    return what, sum(one.inputs for one in tallies), wrong, product.report(tallies, reached)


def _suites(what: str, paths: Sequence[str], work: Path) -> Made:
    """Tests that stand elsewhere, by pytest, all of them."""
    results = work / "results.xml"
    command = [sys.executable, "-m", "pytest", "--whole", "--no-cov", "-q", "-n", "2", f"--junitxml={results}", *paths]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    cases = read_results(results) if results.exists() else []
    wrong = [f"{one.name}: {one.detail}" for one in cases if one.outcome != "passed"]
    if done.returncode or not cases:
        wrong = wrong or [done.stdout[-1000:]]
    return what, len(cases), wrong, f"{len(cases)} tests of {', '.join(paths)}"


PARTS: Mapping[str, Callable[[Options, Path], Made]] = {
    "dry": _dry,
    "faults": _faults,
    "secrets": _secrets,
    "hostile": _hostile,
    "fuzz": _fuzz,
}


def table(parts: Sequence[Part]) -> str:
    """The one table."""
    lines = [f"{'part':8}  {'tried':>6}  {'wrong':>5}  {'seconds':>7}  what"]
    lines += [f"{one.name:8}  {one.tried:6}  {len(one.wrong):5}  {one.seconds:7.0f}  {one.what}" for one in parts]
    return "\n".join(lines)


def documented(parts: Sequence[Part]) -> str:
    """The text that goes into the guide."""
    commit = f"Of commit {parts[0].commit[:12]}, each part whole."
    return "\n\n".join([commit, table(parts), *(one.table for one in parts)])


def why_partial(options: Options) -> str:
    """Why the guide must not have what these options make; '' when each part is whole."""
    if options.cell:
        return "--cell runs a part of the fault matrix"
    if options.fuzz_seconds < FUZZ_SECONDS:
        return f"--fuzz-seconds {options.fuzz_seconds:g} is less than the {FUZZ_SECONDS:g} of a whole run"
    return ""


def _carried_out(name: str, options: Options) -> Part:
    began, commit = time.monotonic(), commit_of(ROOT)
    with tempfile.TemporaryDirectory(prefix="proof-") as work:
        what, tried, wrong, own = PARTS[name](options, Path(work))
    return Part(name, what, tried, wrong, time.monotonic() - began, own, commit)


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="make proof", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", choices=list(PARTS), action="append", help="one part; may be given again")
    parser.add_argument("--cell", action="append", help="one cell of the fault matrix; may be given again")
    parser.add_argument("--jobs", type=int, default=pool.JOBS, help="processes of the fault matrix")
    parser.add_argument("--seed", type=int, default=1, help="of the inputs that are nearly right")
    parser.add_argument("--fuzz-seconds", type=float, default=FUZZ_SECONDS, help="for how long they are made")
    parser.add_argument("--write", action="store_true", help="put the tables into the documentation")
    options = parser.parse_args(arguments)
    os.environ["ANSIBLE_COLLECTIONS_PATH"] = str(ROOT / ".build" / "collections")
    partial = why_partial(options)
    if options.write and partial:
        parser.error(f"--write takes whole runs only, and {partial}.")
    parts = []
    for name in options.only or (["faults"] if options.cell else list(PARTS)):
        parts.append(_carried_out(name, options))
        if not partial:
            keep(parts[-1])
        print(f"\n{parts[-1].table}\n", flush=True)
    print(table(parts))
    if partial:
        print(f"Not kept for the guide: {partial}.")
    for part in parts:
        for problem in part.wrong:
            print(f"WRONG {part.name}: {problem}")
    if options.write:
        put_figures("proof", documented(kept(list(PARTS))))
    return 1 if any(part.wrong for part in parts) else 0


if __name__ == "__main__":
    sys.exit(main())
