# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds duplicated code.

Run as ``python -m tools.duplicates`` it prints every pair of places and ends with 1 if there is one. Only statements
count: imports, docstrings and Ansible's documentation blocks are left out, and so are comments and layout.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping, Sequence

from .environment import ROOT
from .tree import project_files

#: A sequence of this many equal statements is no coincidence.
STATEMENTS = 6
FOLDERS = ("plugins", "extensions", "simulator", "tools", "tests")

Place = tuple[str, int, int]


def blocks_of(tree: ast.Module) -> Iterator[list[ast.stmt]]:
    """Every list of statements in a source, without docstrings, imports and the like.

    Enumerations are left out: a client and a server of one protocol name its constants alike, each from the source.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and any("Enum" in ast.unparse(base) for base in node.bases):
            continue
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if isinstance(block, list):
                yield [statement for statement in block if not _is_documentation(statement)]


def _is_documentation(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Import | ast.ImportFrom | ast.Pass):
        return True
    value = statement.value if isinstance(statement, ast.Expr | ast.Assign) else None
    return isinstance(value, ast.Constant) and isinstance(value.value, str)


def windows_of(block: Sequence[ast.stmt], minimum: int) -> Iterator[Sequence[ast.stmt]]:
    """The shortest run from each statement of a block that contains at least ``minimum`` statements.

    Statements within others count: a loop with five statements in it holds six.
    """
    sizes = [sum(isinstance(node, ast.stmt) for node in ast.walk(statement)) for statement in block]
    for start in range(len(block)):
        total = 0
        for end in range(start, len(block)):
            total += sizes[end]
            if total >= minimum:
                yield block[start : end + 1]
                break


def find_duplicates(sources: Mapping[str, str], minimum: int = STATEMENTS) -> list[str]:
    """Every pair of places with the same statements, one line each.

    :param sources: path -> text.
    :param minimum: how many statements must be the same.
    """
    seen: dict[tuple[str, ...], Place] = {}
    found: list[str] = []
    last: tuple[Place, Place] | None = None
    for here, text in _all_windows(sources, minimum):
        there = seen.setdefault(text, here)
        if not _apart(here, there):
            continue
        # Longer copies match again at each further statement: they are reported once.
        if not (last and _continues(here, last[0]) and _continues(there, last[1])):
            found.append(f"{here[0]}:{here[1]}-{here[2]}: the same as {there[0]}:{there[1]}-{there[2]}")
        last = (here, there)
    return found


def _all_windows(sources: Mapping[str, str], minimum: int) -> Iterator[tuple[Place, tuple[str, ...]]]:
    """Every run of statements in all sources: its place, and its text without layout."""
    for path, source in sources.items():
        for block in blocks_of(ast.parse(source, path)):
            texts = {statement: ast.dump(statement) for statement in block}
            for window in windows_of(block, minimum):
                here = (path, window[0].lineno, window[-1].end_lineno or window[-1].lineno)
                yield here, tuple(texts[statement] for statement in window)


def _apart(one: Place, other: Place) -> bool:
    """Whether two places share no line."""
    return one[0] != other[0] or one[2] < other[1] or other[2] < one[1]


def _continues(place: Place, before: Place) -> bool:
    return place[0] == before[0] and before[1] <= place[1] <= before[2]


def main() -> int:
    """Look through the project's Python files."""
    paths = [path for path in project_files() if path.suffix == ".py" and path.parts[0] in FOLDERS]
    found = find_duplicates({path.as_posix(): (ROOT / path).read_text(encoding="utf-8") for path in paths})
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
