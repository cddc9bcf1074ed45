# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was right of all scenarios, as a small file of the repository: the next part may run in another clone.

All scenarios take hours, and no machine is there for as long. What was wrong, or was missed, is not in it, and is run
again.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.chaos.fleets import MODES
from tests.chaos.scenarios import Scenario, everything
from tests.chaos.verdicts import ROOT, Verdict

FILE = ROOT / "tests" / "records" / "chaos.txt"
_HEAD = """\
# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Written by: make chaos ARGS="--all --write". A line for each kind and error management, in the order of
# tests/chaos/scenarios.py, with a character for each scenario:
# . right   + right, after more than one run   - not yet
"""
_RIGHT, _AGAIN, _NOT_YET = ".", "+", "-"


@dataclass(frozen=True)
class Record:
    """What a file holds.

    :param product: which files it was seen with; see :func:`tests.chaos.verdicts.product_digest`.
    :param calls: of an undisturbed run, by error management: all parts have the same scenarios, though a busy machine
        may need a call more.
    :param seconds: how long the trials took together.
    """

    product: str = ""
    calls: Mapping[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    verdicts: Sequence[Verdict] = ()


def write(record: Record, path: Path = FILE) -> None:
    """Put the verdicts that are right into the file, instead of what it has."""
    marks = {one.scenario: _AGAIN if one.runs > 1 else _RIGHT for one in record.verdicts if one.is_right}
    lines = [f"product {record.product}", f"seconds {record.seconds:.0f}"]
    lines += [f"calls/{mode} {number}" for mode, number in record.calls.items()]
    lines += [f"{name} {''.join(marks.get(one, _NOT_YET) for one in some)}" for name, some in _rows(record.calls)]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_HEAD + "".join(f"{line}\n" for line in lines), encoding="ascii")


def read(product: str, path: Path = FILE) -> Record:
    """What the file has of these files of the product: nothing when there is none, or when it is of others."""
    if not path.exists():
        return Record()
    lines = [line for line in path.read_text(encoding="ascii").splitlines() if not line.startswith("#")]
    kept = dict(line.split(" ", 1) for line in lines)
    if kept["product"] != product:
        return Record()
    calls = {mode: int(kept[f"calls/{mode}"]) for mode in MODES}
    found = [
        Verdict(scenario, struck=True, runs=2 if mark == _AGAIN else 1, product=product)
        for name, some in _rows(calls)
        for scenario, mark in zip(some, kept[name], strict=True)
        if mark != _NOT_YET
    ]
    return Record(product, calls, float(kept["seconds"]), found)


def _rows(calls: Mapping[str, int]) -> Iterator[tuple[str, list[Scenario]]]:
    def name(one: Scenario) -> str:
        return f"{one.kind}/{one.mode}"

    ordered = sorted(everything(calls), key=name)  # stable: those of one row keep their order
    return ((row, list(some)) for row, some in itertools.groupby(ordered, name))
