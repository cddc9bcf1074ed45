# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is measured again and again, and when it counts as growth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

import psutil

#: This share of the samples at the beginning is warm-up, and is not judged.
WARM_UP = 0.15
#: Fewer samples than this in a third say nothing.
FEWEST = 3
_MB = 1_000_000


@dataclass(frozen=True)
class Allowed:
    """How far the median of the last third may be above that of the first one: a share of it, or this much."""

    share: float
    least: float

    def above(self, value: float) -> float:
        """The highest median that is no growth."""
        return value + max(value * self.share, self.least)


#: By the last word of what is measured.
ALLOWED: Mapping[str, Allowed] = {
    "MB": Allowed(0.05, 5.0),
    "files": Allowed(0.0, 2.0),
    "threads": Allowed(0.0, 2.0),
    "sessions": Allowed(0.5, 6.0),
}


@dataclass(frozen=True)
class Growth:
    """What became of one series: its medians after the warm-up, and the highest that the last may be."""

    name: str
    first: float
    last: float
    highest: float
    allowed: float

    @property
    def grown(self) -> bool:
        """Whether it is more than allowed."""
        return self.last > self.allowed


def judge(name: str, values: Sequence[float]) -> Growth:
    """The rule: the median of the last third against that of the first, after the warm-up.

    :raises ValueError: there are too few samples.
    """
    judged = values[int(len(values) * WARM_UP) :]
    third = len(judged) // 3
    if third < FEWEST:
        raise ValueError(f"{len(values)} samples of {name} are too few")
    first, last = median(judged[:third]), median(judged[-third:])
    return Growth(name, first, last, max(judged), ALLOWED[name.rsplit(" ", 1)[-1]].above(first))


class Samples:
    """Series of what remains between two sweeps: each sample is the least that was seen since the last one."""

    def __init__(self) -> None:
        self.series: dict[str, list[float]] = {}
        self._least: dict[str, float] = {}

    def see(self, values: Mapping[str, float]) -> None:
        """Look once."""
        for name, value in values.items():
            self._least[name] = min(value, self._least.get(name, value))

    def take(self) -> None:
        """Make a sample of what was seen."""
        for name, value in self._least.items():
            self.series.setdefault(name, []).append(value)
        self._least.clear()

    def latest(self, name: str) -> float:
        """The last sample; 0 before the first."""
        return self.series.get(name, [0.0])[-1]


def of_process(name: str, process: psutil.Process) -> dict[str, float]:
    """The memory that is its own alone, its open files and connections, its threads."""
    with process.oneshot():
        return {
            f"{name}: MB": process.memory_full_info().uss / _MB,
            f"{name}: files": float(process.num_fds()),
            f"{name}: threads": float(process.num_threads()),
        }


def table(found: Sequence[Growth]) -> str:
    """A row for each series."""
    width = max(len(one.name) for one in found)
    lines = [f"{'':{width}}  first third  last third  allowed  highest"]
    lines += [
        f"{one.name:{width}}  {one.first:11.1f}  {one.last:10.1f}  {one.allowed:7.1f}  {one.highest:7.1f}"
        for one in found
    ]
    return "\n".join(lines)
