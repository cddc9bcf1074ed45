# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds unused names of the collection, and types of one name with several meanings.

Run as ``python -m tools.symbols`` it checks ``plugins/module_utils`` and ``plugins/plugin_utils``, and ends with 1 if
it finds one. A name that only tests use is dead, and looks alive. Functions, classes, constants, methods, properties
and fields count. A field is used where it is read, not where it is set. Names are compared without types, so one used
``to_dict`` hides another.

A name that another program uses, such as a method that a library calls, has a comment above it or behind it::

    # Kept: urllib3 calls it.
"""

from __future__ import annotations

import ast
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from .environment import ROOT

DEFINING = ("plugins/module_utils/", "plugins/plugin_utils/")
#: How the name of a public class, or of an alias of a type, is written.
_TYPE = re.compile(r"[A-Z]\w*[a-z]\w*")
_KEPT = re.compile(r"# Kept: \S")

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Assign | ast.AnnAssign


@dataclass(frozen=True)
class Defined:
    """A name, and the statement that defines it. A member is one of a class."""

    path: str
    name: str
    node: Definition
    is_member: bool


def definitions(path: str, tree: ast.Module) -> Iterator[Defined]:
    """The definitions of a source, in modules and in classes."""
    yield from _of_block(path, tree.body, is_member=False)
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and not _is_data(node):
            yield from _of_block(path, node.body, is_member=True)


def _of_block(path: str, block: list[ast.stmt], *, is_member: bool) -> Iterator[Defined]:
    for node in block:
        for name in _names(node):
            if not name.startswith("__"):
                yield Defined(path, name, node, is_member)  # type: ignore[arg-type]


def _names(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    names = [one for target in targets for one in ast.walk(target) if isinstance(one, ast.Name)]
    return [name.id for name in names if isinstance(name.ctx, ast.Store)]


def _is_data(node: ast.ClassDef) -> bool:
    """Whether a class is read as a whole: an enumeration, a tuple, or one whose fields are read all at once."""
    whole = {"asdict", "fields", "astuple", "_asdict"}
    bases = {ast.unparse(base).rpartition(".")[2] for base in node.bases}
    called = {ast.unparse(one.func).rpartition(".")[2] for one in ast.walk(node) if isinstance(one, ast.Call)}
    return bool(bases & {"Enum", "IntEnum", "NamedTuple", "TypedDict", "Protocol"} or called & whole)


def uses(tree: ast.AST) -> Iterator[tuple[str, bool]]:
    """Every name that a source reads, and whether it is read as a member of something."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
            yield node.attr, True
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            yield node.id, False
        elif isinstance(node, ast.ImportFrom):
            yield from ((alias.name, False) for alias in node.names)


def find_unused(sources: Mapping[str, str]) -> list[str]:
    """The unused definitions, one line each.

    :param sources: path -> text, of everything that may use it.
    """
    trees = {path: ast.parse(source, path) for path, source in sources.items()}
    used = Counter(use for tree in trees.values() for use in uses(tree))
    return [
        f"{path}:{one.node.lineno}: {one.name} is used nowhere in plugins/."
        for path, tree in trees.items()
        if path.startswith(DEFINING)
        for one in definitions(path, tree)
        if not _is_used(one, used) and not _is_kept(sources[path].splitlines(), one.node)
    ]


def _is_used(one: Defined, used: Mapping[tuple[str, bool], int]) -> bool:
    # A function's mention of itself is no use of it.
    own = Counter(uses(one.node))
    kinds = [True] if one.is_member else [True, False]
    return any(used[one.name, kind] > own[one.name, kind] for kind in kinds)


def find_ambiguous(sources: Mapping[str, str]) -> list[str]:
    """Public types with several different definitions, one line each."""
    places: dict[str, dict[str, str]] = {}
    for path, source in sources.items():
        if path.startswith(DEFINING):
            for one in definitions(path, ast.parse(source, path)):
                if not one.is_member and _TYPE.fullmatch(one.name):
                    meaning = ast.unparse(one.node) if not isinstance(one.node, ast.ClassDef) else path
                    places.setdefault(one.name, {}).setdefault(meaning, path)
    return [
        f"{name} means several things, in {', '.join(sorted(found.values()))}: give each a name of its own."
        for name, found in sorted(places.items())
        if len(found) > 1
    ]


def _is_kept(lines: list[str], node: Definition) -> bool:
    first = min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", ()))])
    return any(_KEPT.search(line) for line in lines[max(0, first - 2) : node.lineno])


def main(root: Path = ROOT) -> int:
    """Look through the collection's Python files."""
    paths = sorted((root / "plugins").rglob("*.py"))
    sources = {path.relative_to(root).as_posix(): path.read_text(encoding="utf-8") for path in paths}
    found = find_unused(sources) + find_ambiguous(sources)
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
