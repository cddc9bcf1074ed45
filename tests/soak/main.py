# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``make soak``: an hour over 200 instances on an advancing clock, with what goes wrong in a fleet, and its cures.

``ARGS="--minutes 3 --instances 40 --seed 7"``. The result is left in ``.build/soak``; ``--write`` puts the last one
into the documentation if it is a whole one, and runs nothing. The exit status is 1 when anything was wrong.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import tests.conftest  # noqa: F401  # makes the collection importable  # pylint: disable=unused-import
from tests.soak import report
from tests.soak.soak import Plan, Soak
from tools.guide import put_figures

ROOT = Path(__file__).resolve().parents[2]
WORK = ROOT / ".build" / "soak"
RESULT = WORK / "result.json"


def written() -> int:
    """Put the table of the last soak into the documentation."""
    if not RESULT.exists():
        raise SystemExit("Not written: no soak has ended yet.")
    result = json.loads(RESULT.read_text(encoding="utf-8"))
    usual, size = Plan(), (result.get("minutes", 0), result.get("instances", 0))
    if size[0] < usual.minutes or size[1] < usual.instances:
        raise SystemExit(
            f"Not written: the last soak took {size[0]:g} minutes over {size[1]} instances, and the documentation is "
            f"about {usual.minutes:g} over {usual.instances}."
        )
    put_figures("soak", result["table"])
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point. Returns the exit status."""
    plan = Plan()
    parser = argparse.ArgumentParser(prog="make soak", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=float, default=plan.minutes, help=f"default: {plan.minutes:g}")
    parser.add_argument("--instances", type=int, default=plan.instances, help=f"default: {plan.instances}")
    parser.add_argument("--seed", type=int, default=plan.seed, help="of all that happens (default: 1)")
    parser.add_argument("--write", action="store_true", help="put the last result into the documentation; runs nothing")
    options = parser.parse_args(arguments)
    if options.write:
        return written()
    # Told to end, it ends its processes, as after Ctrl-C.
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    chosen = replace(plan, minutes=options.minutes, instances=options.instances, seed=options.seed)
    result = Soak(chosen, WORK, lambda line: print(line, flush=True)).run()
    text, wrong = report.table(result), report.wrong(result)
    RESULT.write_text(json.dumps(report.document(result, text), indent=1), encoding="utf-8")
    print(text)
    for problem in wrong:
        print(f"WRONG, seed {chosen.seed}: {problem}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
