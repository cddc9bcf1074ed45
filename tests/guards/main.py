# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``python -m tests.guards.main``: try every playbook under every setting that could bypass its gate or its report.

Prints one table, each problem with the command that repeats it, and the number of cells. The exit status is 1 when a
cell is partial: neither what an undisturbed run does, nor refused with the reason.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.guards.cells import PLAYBOOKS, READING, Cell, cells, joined, together
from tests.guards.judge import Verdict, judge
from tests.guards.world import Effects, World

ROOT = Path(__file__).resolve().parents[2]
#: One more than cores: a run also waits, for the servers and for the next look.
JOBS = (os.cpu_count() or 1) + 1
SIGNS = {"full": "full", "refused": "refused", "partial": "PARTIAL", "": "-"}


#: Playbook, scope, whether it is a rehearsal, whether the server refuses to change its host.
Key = tuple[str, str, bool, bool]


class Trials:
    """Runs cells, and once each undisturbed run for the comparison."""

    def __init__(self, work: Path) -> None:
        self.world = World(work)
        self._known: dict[Key, Effects] = {}
        self._lock = threading.Lock()
        self._locks: dict[Key, threading.Lock] = {}

    def undisturbed(self, playbook: str, scope: str, rehearsal: bool, broken: bool) -> Effects:
        """What the playbook does with these hosts without a disturbance."""
        key = (playbook, scope, rehearsal and playbook not in READING, broken)
        with self._lock:
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            if key not in self._known:
                self._known[key] = self._run_undisturbed(*key)
            return self._known[key]

    def _run_undisturbed(self, playbook: str, scope: str, rehearsal: bool, broken: bool) -> Effects:
        state, prefix, one = PLAYBOOKS[playbook]
        variables = {f"{prefix}_hosts": one if scope == "one" else scope}
        if rehearsal:
            variables[f"{prefix}_apply"] = "false"
        name = f"undisturbed-{playbook}-{scope}-{rehearsal}-{broken}"
        seen = self.world.cell(state, playbook, variables=variables, broken=one if broken else "")
        wanted = rehearsal or playbook in READING
        assert (seen.status != 0) is broken and seen.words, f"{name}: {seen}"
        assert broken or bool(seen.writes) is not wanted, f"{name}: {seen}"
        return seen

    def cell(self, cell: Cell) -> Verdict:
        """Run one and judge it."""
        column = cell.column
        seen = self.world.cell(
            PLAYBOOKS[cell.playbook][0], cell.playbook, arguments=cell.arguments,
            variables=cell.variables, environment=column.environment, before=column.before,
            broken=PLAYBOOKS[cell.playbook][2] if column.broken else "",
        )  # fmt: skip
        return judge(cell, seen, lambda: self.undisturbed(cell.playbook, column.scope, column.rehearsal, column.broken))

    def cells(self, chosen: Sequence[Cell]) -> list[Verdict]:
        """Run several in one run; each separately if the result is not full."""
        if len(chosen) > 1 and self.cell(joined(chosen)).result == "full":
            return [Verdict(cell, "full") for cell in chosen]
        return [self.cell(cell) for cell in chosen]


def run_cells(
    chosen: Sequence[Cell], work: Path, jobs: int, *, apart: bool = False, say: Callable[[str], None] = print
) -> list[Verdict]:
    """Run all, this many in parallel, with a line for every fiftieth cell and for each problem.

    :param apart: try no settings together.
    """
    trials = Trials(work)
    verdicts: dict[str, Verdict] = {}
    lock = threading.Lock()

    def run(found: Sequence[Cell]) -> None:
        for verdict in trials.cells(found):
            with lock:
                verdicts[verdict.cell.name] = verdict
                if verdict.result == "partial":
                    say(f"PARTIAL {verdict.cell.name}: {verdict.why}")
                if len(verdicts) % 50 == 0:
                    say(f"{len(verdicts):4} of {len(chosen)} cells")

    sets = [] if apart else together(chosen)
    alone = [[cell] for cell in chosen if not any(cell in found for found in sets)]
    with ThreadPoolExecutor(jobs) as pool:
        for done in [pool.submit(run, found) for found in [*sets, *alone]]:
            done.result()
    return [verdicts[cell.name] for cell in chosen]


def table(verdicts: Sequence[Verdict]) -> str:
    """A row for each disturbance, a column for each playbook, the counts, and the problems."""
    results = {(one.cell.column.name, one.cell.playbook): one.result for one in verdicts}
    names = list(dict.fromkeys((one.cell.column.kind, one.cell.column.name) for one in verdicts))
    width = max(len(name) for _kind, name in names)
    short = {book: book.removesuffix("_event_status").removesuffix("_tracking") for book in PLAYBOOKS}
    lines = [f"{'':8} {'':{width}} " + " ".join(f"{short[book]:9}" for book in PLAYBOOKS)]
    for kind, name in names:
        row = " ".join(f"{SIGNS[results.get((name, book), '')]:9}" for book in PLAYBOOKS)
        lines.append(f"{kind:8} {name:{width}} {row}".rstrip())
    lines += ["", "reasons of refusals:"]
    lines += [f"  {reason}" for reason in sorted({one.why[:230] for one in verdicts if one.result == "refused"})]
    for one in verdicts:
        if one.result == "partial":
            lines.append(f"PARTIAL {one.cell.name}: {one.why}")
            lines.append(f"  repeat it: make guards ARGS=\"--only '{one.cell.name}'\"")
    counts = {result: sum(one.result == result for one in verdicts) for result in ("full", "refused", "partial")}
    lines.append(f"{len(verdicts)} cells: " + ", ".join(f"{number} {result}" for result, number in counts.items()))
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.guards.main", description=__doc__)
    parser.add_argument("--jobs", type=int, default=JOBS, help=f"runs side by side (default: {JOBS})")
    parser.add_argument("--only", action="append", metavar="TEXT", help="the cells whose name has this text")
    parser.add_argument("--apart", action="store_true", help="try each setting by itself, none together")
    parser.add_argument("--list", action="store_true", help="only name the cells")
    options = parser.parse_args(arguments)
    chosen = [one for one in cells() if not options.only or any(text in one.name for text in options.only)]
    if options.list or not chosen:
        print("\n".join(one.name for one in chosen))
        return 0 if chosen else 1
    os.environ["ANSIBLE_COLLECTIONS_PATH"] = str(ROOT / ".build" / "collections")
    work = ROOT / ".build" / "guards"
    shutil.rmtree(work, ignore_errors=True)
    started = time.monotonic()
    verdicts = run_cells(chosen, work, options.jobs, apart=options.apart, say=lambda line: print(line, flush=True))
    print("\n" + table(verdicts))
    print(f"{time.monotonic() - started:.0f} s")
    return 1 if any(one.result == "partial" for one in verdicts) else 0


if __name__ == "__main__":
    sys.exit(main())
