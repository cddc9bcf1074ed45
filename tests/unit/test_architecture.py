# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two walks of docs/architecture.md are true: files, functions, and who imports whom."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
COLLECTION = "ansible_collections.campaign.classic."
WALKS = ("The walk of a value", "The walk of a call")


class Step(NamedTuple):
    """One line of a walk: a file, and what is defined in it, as `Class.method` or `function`."""

    file: str
    name: str


def walk(page: str, title: str) -> list[Step]:
    """The steps of one walk, in their order."""
    section = page.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]
    return [Step(*found) for found in re.findall(r"^\d+\. `([\w./]+): ([\w.]+)`", section, re.MULTILINE)]


def defines(tree: ast.Module, name: str) -> bool:
    """Whether a module defines a function or class, or a class one of its methods."""
    body: list[ast.stmt] = tree.body
    for part in name.split("."):
        found = [
            node
            for node in body
            if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == part
        ]
        if not found:
            return False
        body = found[-1].body
    return True


def imports(root: Path, file: str) -> set[str]:
    """The files of the repository that a file imports, those for its types included."""
    package = Path(file).parent.parts
    found: set[str] = set()
    for node in ast.walk(ast.parse((root / file).read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(part for part in (base, node.module or "") if part).removeprefix(COLLECTION)
            for name in ("", *(f".{alias.name}" for alias in node.names)):
                path = f"{module}{name}".replace(".", "/") + ".py"
                if (root / path).is_file():
                    found.add(path)
    return found


def untrue(root: Path, steps: list[Step]) -> list[str]:
    """The errors of a walk. A step is reached when a file of an earlier step imports its file."""
    found: list[str] = []
    reached: set[str] = set()
    for number, (file, name) in enumerate(steps, 1):
        path = root / file
        if not path.is_file():
            found.append(f"step {number}: there is no file {file}")
            continue
        text = path.read_text(encoding="utf-8")
        if path.suffix != ".py":
            if name not in text:
                found.append(f"step {number}: {file} does not name {name}")
            continue
        if not defines(ast.parse(text), name):
            found.append(f"step {number}: {file} does not define {name}")
        if reached and file not in reached:
            found.append(f"step {number}: no file before imports {file}")
        reached |= {file, *imports(root, file)}
    return found


@pytest.mark.parametrize("title", WALKS)
def test_a_walk_is_true(title: str) -> None:
    steps = walk((ROOT / "docs/architecture.md").read_text(encoding="utf-8"), title)
    assert len(steps) > 10
    assert untrue(ROOT, steps) == []


@pytest.mark.parametrize("folder", ["plugins/module_utils", "plugins/plugin_utils", "simulator"])
def test_the_tables_name_the_layers_that_are_held_lowest_first(folder: str) -> None:
    page = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    table = page.split(f"\n`{folder}/`", 1)[1].split("\n\n", 2)[1]
    named = [name for row in re.findall(r"^\| (`.+?`) \|", table, re.MULTILINE) for name in re.findall(r"`(.+?)`", row)]
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    (held,) = (one["layers"] for one in contracts if one["id"] == folder.rpartition("/")[2])
    layers = [name.removesuffix("/").removesuffix(".py") for name in named]
    assert layers == list(reversed(held))


PAGE = "\n## The walk\n\n1. `a/one.py: begin` Begins.\n2. `a/two.py: Two.go` Goes.\n\n## Others\n\n1. `x.py: y`\n"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "a").mkdir()
    (tmp_path / "a/one.py").write_text("from .two import Two\n\n\ndef begin(): ...\n", encoding="utf-8")
    (tmp_path / "a/two.py").write_text("class Two:\n    async def go(self): ...\n", encoding="utf-8")
    return tmp_path


def test_a_true_walk_has_no_problem(tree: Path) -> None:
    assert walk(PAGE, "The walk") == [Step("a/one.py", "begin"), Step("a/two.py", "Two.go")]
    assert untrue(tree, walk(PAGE, "The walk")) == []


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ("a/two.py: Two.go", "a/three.py: Two.go", "step 2: there is no file a/three.py"),
        ("Two.go", "Two.stop", "step 2: a/two.py does not define Two.stop"),
        (": begin", ": end", "step 1: a/one.py does not define end"),
        (
            "1. `a/one.py: begin` Begins.\n2. `a/two.py: Two.go`",
            "1. `a/two.py: Two`\n2. `a/one.py: begin`",
            "imports a/one.py",
        ),
    ],
)
def test_a_walk_that_is_not_true_is_told(tree: Path, before: str, after: str, problem: str) -> None:
    found = untrue(tree, walk(PAGE.replace(before, after), "The walk"))
    assert any(problem in one for one in found), found
