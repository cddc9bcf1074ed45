# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds every function to a cyclomatic complexity of at most 10, unless a comment above it gives the reason.

Run as ``python -m tools.complexity`` it prints every function that is more complex and has no such comment, and every
comment that is no longer needed, and ends with 1 if there is one. With ``--table`` it prints figures for each folder.
The comment stands above the function and its decorators::

    # Complex: one line for each kind of condition.

lizard measures: it counts each ``if``, loop and ``except``, each ``and`` and ``or``, and what is in a comprehension.
Ruff's C901 does not count ``and`` and ``or``, and a condition can hide half of a function's cases.
"""

from __future__ import annotations

import ast
import io
import re
import sys
import tokenize
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import lizard  # type: ignore[import-untyped]

from .environment import ROOT
from .tree import project_files

MOST = 10
FOLDERS = ("plugins", "extensions", "simulator", "tools", "tests/helpers")
_REASON = re.compile(r"# Complex: \S")


@dataclass(frozen=True)
class Function:
    """A function: the place of its ``def``, its complexity, its lines, and whether it has a reason."""

    path: str
    line: int
    name: str
    complexity: int
    length: int
    has_reason: bool


def functions_of(path: str, source: str) -> list[Function]:
    """Every function of a source, nested ones too."""
    comments, first = comments_of(source), _first_lines(source)
    return [
        Function(
            path=path,
            line=one.start_line,
            name=one.name,
            complexity=one.cyclomatic_complexity,
            length=one.length,
            has_reason=_has_reason(comments, first.get(one.start_line, one.start_line)),
        )
        for one in lizard.analyze_file.analyze_source_code(path, source).function_list
    ]


def _first_lines(source: str) -> dict[int, int]:
    """The line of each ``def`` -> the line of its first decorator, or its own."""
    functions = [
        node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    return {one.lineno: min([one.lineno, *(decorator.lineno for decorator in one.decorator_list)]) for one in functions}


def comments_of(source: str) -> dict[int, str]:
    """The comments of a source by their lines."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {token.start[0]: token.string for token in tokens if token.type == tokenize.COMMENT}


def _has_reason(comments: Mapping[int, str], first: int) -> bool:
    """Whether the comment that ends above this line gives a reason."""
    line = first - 1
    while line in comments:
        if _REASON.match(comments[line]):
            return True
        line -= 1
    return False


def problems(sources: Mapping[str, str]) -> Iterator[str]:
    """The problems of the functions of some sources, one line each.

    :param sources: path -> text.
    """
    for path, source in sources.items():
        functions = functions_of(path, source)
        for one in functions:
            place = f"{path}:{one.line}: {one.name} has the complexity {one.complexity}"
            if one.complexity > MOST and not one.has_reason:
                yield f"{place}, more than {MOST}. Split it, or give the reason above it: '# Complex: REASON'."
            if one.complexity <= MOST and one.has_reason:
                yield f"{place}: it needs no reason any more. Remove the comment."
        reasons = list(filter(_REASON.match, comments_of(source).values()))
        stray = len(reasons) - sum(one.has_reason for one in functions)
        if stray:
            yield f"{path}: {stray} of its '# Complex:' comments stand above no function."


def table(sources: Mapping[str, str]) -> Iterator[str]:
    """Figures for each folder: functions, the mean and the highest complexity, those above the limit, the longest."""
    by_folder: dict[str, list[Function]] = {}
    for path, source in sources.items():
        folder = "/".join(path.split("/")[:-1])
        by_folder.setdefault(folder, []).extend(functions_of(path, source))
    by_folder["all"] = [one for functions in by_folder.values() for one in functions]
    yield f"{'folder':44}{'functions':>10}{'mean':>6}{'most':>6}{f'above {MOST}':>10}{'longest':>9}"
    for folder, found in by_folder.items():
        if found:
            figures = [one.complexity for one in found]
            mean, above = sum(figures) / len(figures), sum(figure > MOST for figure in figures)
            longest = max(one.length for one in found)
            yield f"{folder:44}{len(found):>10}{mean:>6.1f}{max(figures):>6}{above:>10}{longest:>9}"


def main(arguments: Sequence[str]) -> int:
    """Measure the project's Python files."""
    paths = [path for path in project_files() if path.suffix == ".py" and path.as_posix().startswith(FOLDERS)]
    sources = {path.as_posix(): (ROOT / path).read_text(encoding="utf-8") for path in paths}
    if "--table" in arguments:
        print(*table(sources), sep="\n")
        return 0
    found = list(problems(sources))
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
