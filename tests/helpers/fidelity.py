# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads simulator/FIDELITY.md: its rows, and what is wrong with them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

#: A test without a folder in its name is here, by the suffix of its file.
HOMES = {".py": "tests/unit/simulator", ".mjs": "tests/conformance/checks"}

_PAGE = Path(__file__).resolve().parents[2] / "docs/docsite/rst/campaign_facts.rst"
_LABEL = re.compile(r"^\.\. _ansible_collections\.campaign\.classic\.docsite\.campaign_facts\.(\w+):$", re.MULTILINE)


def sections(page: str) -> dict[str, str]:
    """The text of each section of the page of facts, by its label."""
    labels = list(_LABEL.finditer(page))
    ends = [label.start() for label in labels[1:]] + [len(page)]
    return {label[1]: page[label.end() : end] for label, end in zip(labels, ends, strict=True)}


#: The sections of the page of facts, and the rows of the unknowns.
SECTIONS = sections(_PAGE.read_text(encoding="utf-8"))
UNKNOWNS = tuple(int(number) for number in re.findall(r"^(\d+)\. ", SECTIONS["not_known"], re.MULTILINE))

#: The sources that each certainty may have. A conclusion or a guess has none.
SOURCES = {
    "doc": r"KA-\d{5}|ACC|ACS|RN|JSAPI|HELPX",
    "sdk": "SDK",
    "cap": "own",
    "web": "FC|B7|TEAL|OPS",
    "infer": None,
    "guess": None,
}
TESTED = {"doc", "cap"}  # certainties that need a test


@dataclass(frozen=True)
class Row:
    """One statement that the simulator fulfils."""

    line: int
    statement: str
    section: str
    certainty: tuple[str, ...]
    sources: tuple[str, ...]
    tests: tuple[str, ...]


@dataclass(frozen=True)
class Gap:
    """One thing that it deliberately does not do, and what happens instead."""

    line: int
    missing: str
    sections: tuple[str, ...]
    instead: str


@dataclass(frozen=True)
class Unknown:
    """One unknown: its switch, or a sentence that says why there is none."""

    line: int
    number: str
    statement: str
    switch: str
    tests: tuple[str, ...]


@dataclass(frozen=True)
class Fidelity:
    rows: tuple[Row, ...]
    unknowns: tuple[Unknown, ...]
    gaps: tuple[Gap, ...]


#: The head of a table identifies it.
_HEADS = {
    ("Statement", "Section", "Certainty", "Source", "Test"): "rows",
    ("#", "Not known", "Switch", "Test"): "unknowns",
    ("Not done", "Section", "Instead"): "gaps",
}


def read(text: str) -> Fidelity:
    """The document's tables; raises ValueError for a line outside all tables."""
    rows: list[Row] = []
    unknowns: list[Unknown] = []
    gaps: list[Gap] = []
    for line, kind, cells in _cells(text):
        if kind == "rows":
            statement, section, certainty, sources, tests = cells
            rows.append(Row(line, statement, section, _words(certainty), _words(sources), _tests(tests)))
        elif kind == "unknowns":
            number, statement, switch, tests = cells
            unknowns.append(Unknown(line, number, statement, switch, _tests(tests)))
        else:
            missing, sections, instead = cells
            gaps.append(Gap(line, missing, _words(sections), instead))
    return Fidelity(tuple(rows), tuple(unknowns), tuple(gaps))


def _cells(text: str) -> Iterator[tuple[int, str, list[str]]]:
    kind, width = "", 0
    for number, line in enumerate(text.splitlines(), 1):
        if not line.startswith("|"):
            kind = ""
            continue
        cells = [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if not kind:
            kind, width = _HEADS.get(tuple(cells), "other"), len(cells)
        elif kind != "other" and not set(line) <= set("|-: "):
            if len(cells) != width:
                raise ValueError(f"line {number}: {len(cells)} cells instead of {width}")
            yield number, kind, cells


def _words(cell: str) -> tuple[str, ...]:
    return tuple(word for word in re.split(r"[,\s]+", cell) if word)


def _tests(cell: str) -> tuple[str, ...]:
    return tuple(re.findall(r"`([^`]+)`", cell))


# -- what is wrong ------------------------------------------------------------------------------------------------


def problems(fidelity: Fidelity, root: Path) -> list[str]:
    """The problems for a reader, one sentence each."""
    found = [*_of_rows(fidelity.rows), *_of_the_rest(fidelity)]
    listed: list[Row | Unknown] = [*fidelity.rows, *fidelity.unknowns]
    for row in listed:
        found += [f"line {row.line}: no test '{name}'" for name in row.tests if not exists(name, root)]
    told = {row.section for row in fidelity.rows} | {name for gap in fidelity.gaps for name in gap.sections}
    told |= {"not_known"} if fidelity.unknowns else set()
    found += [f"nothing is said of section {name}" for name in SECTIONS if name not in told]
    return found


def _of_rows(rows: tuple[Row, ...]) -> Iterator[str]:
    seen: set[str] = set()
    for row in rows:
        problems = [] if row.statement and row.statement not in seen else ["the statement is empty, or there twice"]
        seen.add(row.statement)
        problems += [*_of_section(row), *_of_certainty(row), *_of_sources(row)]
        yield from (f"line {row.line}: {problem}" for problem in problems)


def _of_section(row: Row) -> Iterator[str]:
    """Where a row and the section of the page of facts that it names do not agree."""
    text = SECTIONS.get(row.section)
    if text is None:
        yield f"the page of facts has no section '{row.section}'"
        return
    where = f"the section '{row.section}' of the page of facts"
    for source in row.sources:
        if source.startswith("KA-") and source not in text:
            yield f"{where} does not name {source}"
    for tag in row.certainty:
        if tag in SOURCES and not re.search(rf"[\[;,]\s*{tag}\b", text):
            yield f"{where} has no statement of certainty '{tag}'"


def _of_certainty(row: Row) -> Iterator[str]:
    yield from (f"unknown certainty '{tag}'" for tag in row.certainty if tag not in SOURCES)
    if not row.certainty:
        yield "no certainty"
    if TESTED & set(row.certainty) and not row.tests:
        yield "a [doc] or [cap] statement without a test"


def _of_sources(row: Row) -> Iterator[str]:
    patterns = [pattern for tag in row.certainty if (pattern := SOURCES.get(tag))]
    for source in row.sources:
        if not any(re.fullmatch(pattern, source) for pattern in patterns):
            yield f"the source '{source}' is unknown, or none for {', '.join(row.certainty)}"
    for pattern in patterns:
        if not any(re.fullmatch(pattern, source) for source in row.sources):
            yield f"a certainty without its source (one of {pattern})"


# Complex: one sentence for each thing that the page may lack.
def _of_the_rest(fidelity: Fidelity) -> Iterator[str]:
    for gap in fidelity.gaps:
        if not gap.missing or not gap.instead or not gap.sections:
            yield f"line {gap.line}: what is not done, where it is stated and what happens instead are all needed"
        yield from (
            f"line {gap.line}: the page of facts has no section '{name}'"
            for name in gap.sections
            if name not in SECTIONS
        )
    told = [unknown.number for unknown in fidelity.unknowns]
    if told != [str(number) for number in UNKNOWNS]:
        yield f"the rows of what is not known are {', '.join(told)}, not 1 to {UNKNOWNS[-1]}"
    for unknown in fidelity.unknowns:
        if not unknown.switch:
            yield f"line {unknown.line}: neither a switch nor a reason why there is none"
        if _tests(unknown.switch) and not unknown.tests:
            yield f"line {unknown.line}: a switch without a test"


def exists(name: str, root: Path) -> bool:
    """Whether a test of that name exists: a Python test function, or a check of the JavaScript conformance suite.

    Files are read and not imported, so that a missing library does not hide a missing test.
    """
    path, _unused, test = name.partition("::")
    home = root / HOMES.get(Path(path).suffix, ".")
    file = root / path if "/" in path else next(home.rglob(path), home / path)
    if not test or not file.is_file():
        return False
    return test in (_functions(file) if file.suffix == ".py" else _checks(file))


@lru_cache
def _checks(file: Path) -> frozenset[str]:
    """The checks of a file of the conformance suite: the first arguments of its calls of check()."""
    called = re.findall(r"""\bcheck\(\s*(["'`])((?:\\.|(?!\1).)*)\1""", file.read_text(encoding="utf-8"))
    return frozenset(re.sub(r"\\(.)", r"\1", name) for _quote, name in called)


@lru_cache
def _functions(file: Path) -> frozenset[str]:
    """The tests of a file; those of a class are Class::test."""
    found = set()
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            found.add(node.name)
        elif isinstance(node, ast.ClassDef):
            found |= {f"{node.name}::{part.name}" for part in node.body
                      if isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef))}  # fmt: skip
    return frozenset(name for name in found if name.rpartition("::")[2].startswith("test_"))
