# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``make mutation``: small mistakes in the code that decides and writes. A test must notice each, or an explanation say
why it need not.

``ARGS="--only xtk --function parse_duration --jobs 2"``. What was tried is kept in ``.build/mutation``: a mutant is
tried again when its module has changed, or a test that could notice it. ``--write`` puts the table into the guide.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from tests.mutation import explained
from tests.mutation.kept import Kept, ran
from tests.mutation.mutants import Mutant, mutants_of
from tests.mutation.runs import BUILD, KILLED, SURVIVED, TIMED_OUT, Result, source_of, try_all
from tests.mutation.targets import TARGETS, Target
from tools.guide import put_figures


@dataclass(frozen=True)
class Tried:
    """One line of the table."""

    target: Target
    results: Mapping[Mutant, Result]
    survivors: explained.Survivors
    wordings: int

    def row(self) -> str:
        """It."""
        counts = Counter(result.outcome for result in self.results.values())
        outcomes = [counts[outcome] for outcome in (KILLED, TIMED_OUT, SURVIVED)]
        reasons = [len(self.survivors.explained), len(self.survivors.unexplained)]
        numbers = [len(self.results), *outcomes, *reasons, self.wordings]
        seconds = sum(result.seconds for result in self.results.values())
        return f"{self.target.name:10}" + "".join(f"{number:11}" for number in numbers) + f"{seconds:9.0f}"


_COLUMNS = ("mutants", KILLED, TIMED_OUT, SURVIVED, "explained", "not", "texts")
_HEAD = f"{'target':10}" + "".join(f"{name:>11}" for name in _COLUMNS) + f"{'seconds':>9}"


def table(tried: Sequence[Tried]) -> str:
    """The table."""
    modules = [f"{one.target.name}: {', '.join(one.target.modules)}" for one in tried]
    return "\n".join([_HEAD, *(one.row() for one in tried), "", *modules])


def try_target(target: Target, mutants: Sequence[Mutant], jobs: int) -> dict[Mutant, Result]:
    """Try the mutants of a target that need it."""
    kept, results, again, new = Kept(target), dict[Mutant, Result](), [], []
    for mutant in mutants:
        old, holds = kept.old(mutant)
        if old is not None and holds:
            results[mutant] = old
        elif old is not None and "::" in old.by:
            again.append((mutant, old.by))
        else:
            new.append(mutant)
    if not again and not new:
        return results
    known = ran(target)
    # What one test has noticed it mostly notices again: the others need not run.
    first = [(mutant, [test] if test in known.seconds else []) for mutant, test in again]
    for mutant, result in try_all(first, known, jobs, target.file("log")):
        if result.outcome == SURVIVED:
            new.append(mutant)
        else:
            results[mutant] = result
            kept.add(mutant, result)
    chosen = [(mutant, known.tests_of(mutant)) for mutant in new]
    for number, (mutant, result) in enumerate(try_all(chosen, known, jobs, target.file("log")), 1):
        results[mutant] = result
        kept.add(mutant, result)
        if number % 50 == 0:
            print(f"{target.name}: {number} of {len(new)}, {time.strftime('%H:%M:%S')}", flush=True)
    return results


def _try(target: Target, function: str | None, jobs: int) -> Tried:
    mutants: list[Mutant] = []
    wordings = 0
    for module in target.modules:
        found, texts = mutants_of(module, source_of(module))
        mutants += [one for one in found if function in (None, one.function)]
        wordings += texts
    results = try_target(target, mutants, jobs)
    ordered = {mutant: results[mutant] for mutant in mutants}
    whole = target.modules if function is None else ()
    return Tried(target, ordered, explained.sort(ordered, explained.read(), whole), wordings)


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="make mutation", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", choices=list(TARGETS), action="append", help="one target; may be given again")
    parser.add_argument("--function", help="only the mutants of this function, by its qualified name")
    parser.add_argument("--tests", action="append", help="tests instead of those that hold the target")
    parser.add_argument("--jobs", type=int, default=2, help="mutants side by side")
    parser.add_argument("--write", action="store_true", help="put the table into the documentation")
    options = parser.parse_args(arguments)
    if options.write and (options.only or options.function or options.tests):
        parser.error("--write is for the table of everything")
    # What it has started ends with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    BUILD.mkdir(parents=True, exist_ok=True)
    chosen = [TARGETS[name] for name in options.only or TARGETS]
    if options.tests:
        chosen = [replace(target, tests=tuple(options.tests)) for target in chosen]
    tried = [_try(target, options.function, options.jobs) for target in chosen]
    print(table(tried))
    for one in tried:
        for line in explained.lines(one.survivors):
            print(line)
    if options.write:
        put_figures("mutation", table(tried))
    return 1 if any(one.survivors.unexplained or one.survivors.idle for one in tried) else 0


if __name__ == "__main__":
    sys.exit(main())
