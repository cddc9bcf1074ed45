# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which functions of some files a target can reach, and how much of them it has reached.

A function counts if a target calls it, or if one that counts names it: as a function, as a method or property of
anything, or by its class. So a function that no input comes to counts as well, and a few count that belong to
another object with a method of that name; the share of what is reached is never too high for it.
"""

from __future__ import annotations

import ast
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import coverage

PLUGINS = Path(__file__).resolve().parents[2] / "plugins"
#: By file below ``plugins/``: names of functions, as in ``Plan.to_dict``.
Functions = Mapping[str, Sequence[str]]
#: What a class runs when it is called.
_MADE_BY = ("__init__", "__new__", "__post_init__")


@dataclass(frozen=True)
class _Function:
    """One function of a file, or a constant that may hold functions.

    :param names: what it names, as a plain name and as an attribute.
    """

    file: str
    name: str
    names: frozenset[str]
    attributes: frozenset[str]
    counts: bool


def reachable(entries: Sequence[Callable[..., Any]], files: Sequence[str]) -> Functions:
    """The functions of these files that can be reached from what is called.

    :param entries: the functions that are called.
    :raises ValueError: one of them is in none of these files.
    """
    known = [one for file in files for one in _functions_of(file)]
    todo = [one for entry in entries for one in known if _is(one, entry)]
    if len(todo) != len(entries):
        raise ValueError(
            f"{', '.join(one.__qualname__ for one in entries)}: not all of them are in {', '.join(files)}."
        )
    found: list[_Function] = []
    while todo:
        here = todo.pop()
        found.append(here)
        todo += [one for one in known if one not in found and one not in todo and _leads_to(here, one)]
    return {file: sorted(one.name for one in found if one.file == file and one.counts) for file in files}


def _is(one: _Function, entry: Callable[..., Any]) -> bool:
    return one.name == entry.__qualname__ and f"plugins.{one.file[:-3].replace('/', '.')}" in entry.__module__


def _leads_to(here: _Function, there: _Function) -> bool:
    owner, _dot, name = there.name.rpartition(".")
    if not owner:
        return name in here.names and (here.file == there.file or not name.startswith("_")) or name in here.attributes
    return name in here.attributes or (name in _MADE_BY and owner in here.names | here.attributes)


def _functions_of(file: str) -> Iterator[_Function]:
    tree = ast.parse((PLUGINS / file).read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef):
                    yield _function(file, f"{node.name}.{inner.name}", inner.body)
        elif isinstance(node, ast.FunctionDef):
            yield _function(file, node.name, node.body)
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                if isinstance(target, ast.Name):
                    yield _function(file, target.id, [node.value], counts=False)


def _function(file: str, name: str, body: Sequence[ast.AST], *, counts: bool = True) -> _Function:
    inside = [inner for part in body for inner in ast.walk(part)]
    names = frozenset(inner.id for inner in inside if isinstance(inner, ast.Name))
    attributes = frozenset(inner.attr for inner in inside if isinstance(inner, ast.Attribute))
    return _Function(file, name, names, attributes, counts)


@dataclass(frozen=True)
class Reached:
    """How many lines and branches of some functions were reached, and of how many.

    :param missing: where some were not: the file, the function and its lines.
    """

    functions: int
    done: int
    whole: int
    missing: Sequence[str]

    @property
    def share(self) -> int:
        """In whole percent."""
        return 100 * self.done // max(1, self.whole)


def figures_of(measuring: coverage.Coverage) -> Mapping[str, Any]:
    """What was measured, by file below ``plugins/`` and by function, as coverage reports it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "coverage.json"
        measuring.json_report(outfile=str(path))
        files = json.loads(path.read_text(encoding="utf-8"))["files"]
    # The collection is imported through a link.
    return {str(Path(name).resolve().relative_to(PLUGINS)): one["functions"] for name, one in files.items()}


def reached_of(functions: Functions, figures: Mapping[str, Any]) -> Reached:
    """How much of these functions was reached."""
    done = whole = 0
    missing = []
    for file, name in ((file, name) for file, names in functions.items() for name in names):
        found = figures.get(file, {}).get(name)
        if found is None:  # nothing of its file has run
            whole += 1
            missing.append(f"{file} {name}")
            continue
        told = found["summary"]
        done += told["covered_lines"] + told["covered_branches"]
        whole += told["num_statements"] + told["num_branches"]
        lines = sorted({*found["missing_lines"], *(abs(end) for _begin, end in found["missing_branches"])})
        if lines:
            missing.append(f"{file} {name}: {', '.join(map(str, lines))}")
    return Reached(sum(map(len, functions.values())), done, whole, missing)
