# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why some mutants may survive: ``explained.toml``. An entry names one change of a line, wherever that line is."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.mutation.mutants import Mutant, Name
from tests.mutation.runs import SURVIVED, Result

FILE = Path(__file__).with_name("explained.toml")
#: The keys of an entry but for its reason.
_KEYS = ("module", "function", "line", "becomes")


def read(file: Path = FILE) -> dict[Name, str]:
    """The reasons by the names of the mutants.

    :raises ValueError: an entry is not complete, or there twice.
    """
    found: dict[Name, str] = {}
    for entry in tomllib.loads(file.read_text(encoding="utf-8")).get("mutant", []):
        if set(entry) != {*_KEYS, "why"} or not all(isinstance(text, str) and text for text in entry.values()):
            raise ValueError(f"An entry needs {', '.join(_KEYS)} and why, and no more: {entry}")
        name: Name = (entry["module"], entry["function"], entry["line"], entry["becomes"])
        if name in found:
            raise ValueError(f"An entry is there twice: {entry}")
        found[name] = entry["why"]
    return found


@dataclass(frozen=True)
class Survivors:
    """The mutants that no test has noticed.

    :param idle: explanations without a survivor: the change is gone, or a test notices it.
    """

    explained: list[Mutant]
    unexplained: list[Mutant]
    idle: list[Name]


def sort(results: Mapping[Mutant, Result], reasons: Mapping[Name, str], modules: Iterable[str]) -> Survivors:
    """Which survivors are explained, and which explanations are needed.

    :param modules: whose explanations must have a survivor: all of their mutants have been tried.
    """
    survivors = [mutant for mutant, result in results.items() if result.outcome == SURVIVED]
    names = {mutant.name for mutant in survivors}
    return Survivors(
        [one for one in survivors if one.name in reasons],
        [one for one in survivors if one.name not in reasons],
        [name for name in reasons if name[0] in set(modules) and name not in names],
    )


def lines(survivors: Survivors) -> Iterator[str]:
    """What is wrong, as text."""
    for mutant in survivors.unexplained:
        yield f"SURVIVED plugins/{mutant.module}:{mutant.line} {mutant.function}"
        yield f"  - {mutant.before}"
        yield f"  + {mutant.after}"
    for module, function, before, after in survivors.idle:
        yield f"NOT NEEDED {FILE.name}: {module} {function}: a test notices it, or the line is gone"
        yield f"  - {before}"
        yield f"  + {after}"
