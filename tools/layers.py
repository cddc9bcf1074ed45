# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which part of the collection may import which: the table, and the check of the source against it.

Run as ``python -m tools.layers`` it prints every violation and ends with 1 if there is one. Only the source is read,
nothing is imported, so that a check of a broken tree still works.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

COLLECTION = "ansible_collections.campaign.classic"

#: The layers of plugins/module_utils, lowest first. A file imports from its own layer and from lower ones.
LAYERS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("errors", ("_counted", "_forms", "_masking", "_text", "_errors", "_interrupts", "_trust", "_content")),
    ("transport", ("_address", "_tls", "_wire", "_http")),
    ("protocol", ("_xtk", "_replies", "_repair", "_soap", "_querydef", "_conditions")),
    (
        "session",
        ("_methods", "_retry", "_logon", "_ims", "_session", "_ending", "_credentials", "_connection", "_mids"),
    ),
    ("repositories", ("_options", "_workflows", "_accounts", "_pages", "_deliveries", "_facts")),
    (
        "rules",
        (
            "_cursors",
            "_cause_patterns",
            "_cause_table",
            "_cause_words",
            "_causes",
            "_earlier",
            "_figures",
            "_journal",
            "_verdicts",
            "_views",
            "_rules",
            "_diagnosis",
            "_plan",
            "_occurrences",
            "_recurrence",
            "_window",
            "_gate",
        ),
    ),
    ("waiting", ("_progress", "_lost", "_watch")),
    ("cure", ("_outcomes", "_hand", "_ask_mid", "_examine", "_cure", "_backfill")),
    ("shell", ("_module",)),
    ("operations", ("_op_*",)),
)

#: The parts of the collection outside module_utils, lowest first: a part imports from itself and from lower ones.
#: Modules stand below plugin_utils because Ansible sends them away without it.
PARTS: tuple[tuple[str, ...], ...] = (
    ("plugins.module_utils",),
    ("plugins.modules",),
    ("plugins.plugin_utils",),
    (
        "plugins.action",
        "plugins.callback",
        "plugins.filter",
        "plugins.inventory",
        "plugins.lookup",
        "plugins.test",
        "extensions.eda.plugins",
    ),
    ("plugins.doc_fragments",),
)

#: Libraries that only some files of module_utils may know.
GUARDED: tuple[tuple[frozenset[str], frozenset[str], str], ...] = (
    (
        frozenset({"requests", "urllib3", "socket"}),
        frozenset({"_errors", "_tls", "_wire", "_http", "_session"}),
        "only errors, transport and session know the network",
    ),
    (frozenset({"ansible"}), frozenset({"_module"}), "only _module knows Ansible"),
)

#: What a whole folder must never import: it would not be there, or would make a judge of the accused.
FORBIDDEN: tuple[tuple[str, frozenset[str], str], ...] = (
    (
        "plugins",
        frozenset({"simulator", "tests", "tools", "extensions"}),
        "the collection works without everything beside it",
    ),
    (
        "extensions",
        frozenset({"simulator", "tests", "tools"}),
        "the collection works without everything beside it",
    ),
    (
        "simulator",
        frozenset({"ansible", "ansible_collections", "plugins", "extensions", "tests", "tools"}),
        "the simulator is built from the domain alone",
    ),
)


@dataclass(frozen=True)
class Violation:
    """One import that the table does not allow. ``line`` counts from 1."""

    path: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


def layer_of(stem: str) -> int | None:
    """The number of the layer that a file of module_utils is in, lowest 0; None when the table does not have it."""
    for number, (_name, patterns) in enumerate(LAYERS):
        if any(fnmatchcase(stem, pattern) for pattern in patterns):
            return number
    return None


def imports_of(path: str, source: str) -> Iterator[tuple[int, str]]:
    """Line and full dotted name of everything that a source imports, however it does it.

    :param path: path below the repository's root, with ``/``: relative imports start there.
    :raises SyntaxError: the source is not Python.
    """
    package = list(PurePosixPath(path).parts[:-1])
    for node in ast.walk(ast.parse(source, path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, _own(alias.name)) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = [*base, node.module] if node.module else base
            yield from ((node.lineno, _own(".".join([*module, alias.name]))) for alias in node.names)
        elif isinstance(node, ast.Call) and _is_dynamic_import(node):
            argument = node.args[0]
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                yield node.lineno, _own(argument.value)


def _own(name: str) -> str:
    """The collection's own names without the part that is the same for all: ``plugins.module_utils._xtk``."""
    return name.removeprefix(f"{COLLECTION}.")


def _is_dynamic_import(node: ast.Call) -> bool:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    return name in {"import_module", "__import__"} and bool(node.args)


def check_source(path: str, source: str) -> list[Violation]:
    """Every import of one file that is against the table.

    :param path: path below the repository's root, with ``/``.
    :param source: the file's text.
    """
    found = []
    stem = PurePosixPath(path).stem
    in_module_utils = _below(path, "plugins.module_utils")
    if in_module_utils and stem != "__init__" and layer_of(stem) is None:
        found.append(Violation(path, 1, f"{stem} is in no layer: add it to LAYERS in tools/layers.py"))
    for line, name in imports_of(path, source):
        rules = [_forbidden(path, name), _part(path, name)]
        if in_module_utils:
            rules += [_layer(stem, name), _guarded(stem, name)]
        found += [Violation(path, line, message) for message in rules if message]
    return found


def _below(path: str, part: str) -> bool:
    return path.startswith(part.replace(".", "/") + "/")


def _forbidden(path: str, name: str) -> str:
    top = name.split(".", 1)[0]
    for folder, names, why in FORBIDDEN:
        if _below(path, folder) and top in names:
            return f"{folder}/ must not import {name}: {why}"
    return ""


def _rank(dotted: str) -> int | None:
    for number, parts in enumerate(PARTS):
        if any(dotted == part or dotted.startswith(f"{part}.") for part in parts):
            return number
    return None


def _part(path: str, name: str) -> str:
    mine = _rank(".".join(PurePosixPath(path).parts[:-1]))
    other = _rank(name)
    if mine is None or other is None or other <= mine:
        return ""
    return f"{PARTS[mine][0]} must not import {name}, which stands above it"


def _layer(stem: str, name: str) -> str:
    prefix = "plugins.module_utils."
    if not name.startswith(prefix):
        return ""
    target = name.removeprefix(prefix).split(".", 1)[0]
    mine, other = layer_of(stem), layer_of(target)
    if mine is None or other is None or other <= mine:
        return ""
    return f"{stem} ({LAYERS[mine][0]}) must not import {target} ({LAYERS[other][0]}), which stands above it"


def _guarded(stem: str, name: str) -> str:
    top = name.split(".", 1)[0]
    for libraries, allowed, why in GUARDED:
        if top in libraries and stem not in allowed:
            return f"{stem} must not import {name}: {why}"
    return ""


def find_cycles(sources: dict[str, str]) -> list[str]:
    """Circles of imports among files of module_utils, each as ``_a -> _b -> _a``, found once.

    The order of the layers forbids circles between layers; this finds those within one.
    """
    prefix = "plugins.module_utils."
    graph: dict[str, list[str]] = {}
    for path, source in sources.items():
        names = {name for _line, name in imports_of(path, source) if name.startswith(prefix)}
        graph[PurePosixPath(path).stem] = sorted({name.removeprefix(prefix).split(".", 1)[0] for name in names})
    cycles: list[str] = []
    finished: set[str] = set()

    def visit(stem: str, trail: tuple[str, ...]) -> None:
        if stem in trail:
            cycles.append(" -> ".join([*trail[trail.index(stem) :], stem]))
        elif stem not in finished:
            for target in graph.get(stem, ()):
                visit(target, (*trail, stem))
            finished.add(stem)

    for stem in graph:
        visit(stem, ())
    return cycles


def check_tree(root: Path) -> list[str]:
    """Every violation in a tree, one line each."""
    found: list[str] = []
    module_utils: dict[str, str] = {}
    for folder in ("plugins", "extensions", "simulator"):
        for file in sorted((root / folder).rglob("*.py")):
            path = file.relative_to(root).as_posix()
            source = file.read_text(encoding="utf-8")
            found += map(str, check_source(path, source))
            if _below(path, "plugins.module_utils"):
                module_utils[path] = source
    return found + [f"plugins/module_utils: imports in a circle: {cycle}" for cycle in find_cycles(module_utils)]


def main() -> int:
    """Check the tree that this file is in."""
    violations = check_tree(Path(__file__).resolve().parents[1])
    for violation in violations:
        print(violation)
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
