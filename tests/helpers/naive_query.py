# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Random queryDef documents, their XML, and their answers, computed row by row.

The interpreter shares nothing with the simulator. It filters, groups, sorts and cuts lists of Python values by the
known rules, campaign_facts, Query syntax and Paging (a missing date satisfies nothing, AND binds tighter than OR, each
operator is on the left condition of its pair).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from hypothesis import strategies as st
from lxml import etree
from lxml.etree import _Element as Element

from .xtk_trees import DATES, NUMBERS, TEXTS, Trees, deeper, leaves, op, run, run_any, show, small

KINDS = ("text", "number", "date")
SHALLOW = deeper(leaves())


@dataclass(frozen=True)
class Condition:
    """An expression, a group of conditions, or a comparison with a sub-query; `joint` links it to the next one."""

    joint: str | None
    spelling: str
    tree: Any = None
    group: tuple[Condition, ...] = ()
    sub: SubQuery | None = None


@dataclass(frozen=True)
class SubQuery:
    operator: str
    outer: Any
    selected: Any
    where: tuple[Condition, ...]


@dataclass(frozen=True)
class Column:
    """A selected value: its type and how it is grouped ("", "node" by an attribute, "part" in groupBy)."""

    kind: str
    tree: Any
    grouped: str = ""


@dataclass(frozen=True)
class Document:
    operation: str
    columns: tuple[Column, ...]
    where: tuple[Condition, ...] | None
    sys_filter: tuple[Condition, ...] | None
    having: tuple[Condition, ...] | None
    order: tuple[tuple[Any, bool], ...]
    in_groups: bool
    line_count: int | None
    start_line: int | None

    @property
    def groups(self) -> list[Any]:
        """The common values of a group's rows: first the selected nodes with a group, then those of groupBy."""
        return [column.tree for how in ("node", "part") for column in self.columns if column.grouped == how]


@dataclass
class Server:
    """The settings of the instance on which the answer depends."""

    cap: int = 200
    quirk: bool = False
    readable: list[bool] | None = field(default=None)  # by row: its folder may be read


# -- random documents ---------------------------------------------------------------------------------------------


def _conditions(trees: Trees, *, nested: bool) -> st.SearchStrategy[tuple[Condition, ...]]:
    joint, spelling = st.sampled_from([None, "AND", "OR"]), st.sampled_from(["boolOperator", "bool-operator"])
    plain = st.builds(Condition, joint, spelling, tree=trees.condition)
    if nested:
        inner = _conditions(trees, nested=False)
        plain |= st.builds(Condition, joint, spelling, group=inner.filter(bool))
        of_a_kind = [getattr(leaves(), kind) for kind in KINDS]
        sub = st.one_of(
            *(st.builds(SubQuery, st.sampled_from(["IN", "NOT IN"]), kind, kind, inner) for kind in of_a_kind)
        )
        plain |= st.builds(Condition, joint, spelling, sub=sub)
    return st.lists(plain, max_size=3).map(tuple)


def _columns(trees: Trees) -> st.SearchStrategy[Column]:
    return st.one_of(*(st.builds(Column, st.just(kind), getattr(trees, kind)) for kind in KINDS))


WHERE = st.none() | _conditions(SHALLOW, nested=True)
PAGE = {"line_count": st.none() | st.integers(1, 4), "start_line": st.none() | st.integers(0, 4)}


def _plain_documents() -> st.SearchStrategy[Document]:
    """Queries without groups."""
    trees = st.one_of(op("attribute", st.sampled_from(DATES)), *(getattr(SHALLOW, kind) for kind in KINDS))
    return st.builds(
        Document,
        st.sampled_from(["select", "select", "get", "getIfExists", "count"]),
        st.lists(_columns(SHALLOW), max_size=3).map(tuple),
        WHERE,
        WHERE,
        st.none(),
        st.lists(st.tuples(trees, st.booleans()), max_size=2).map(tuple),
        st.just(False),
        **PAGE,
    )


_ADDED = op("attribute", st.sampled_from(NUMBERS)) | op("number", small | st.sampled_from([0.5, -1.25]))
AGGREGATES = st.one_of(
    st.builds(Column, st.just("number"), op("CountAll")),
    st.builds(Column, st.just("number"), op("Count", st.one_of(*(getattr(SHALLOW, kind) for kind in KINDS)))),
    # Only values that add up without rounding: the order of a sum is not the subject here.
    st.builds(Column, st.just("number"), op("Sum", _ADDED) | op("Avg", _ADDED)),
    *(
        st.builds(Column, st.just(kind), op("Min", getattr(SHALLOW, kind)) | op("Max", getattr(SHALLOW, kind)))
        for kind in KINDS
    ),
)


@st.composite
def _grouped_documents(draw: st.DrawFn) -> Document:
    """Queries with groups or aggregates; what is shown, sorted by or used in having is equal within a group."""
    how = st.sampled_from(["node", "part"])
    names = st.one_of(
        *(
            st.builds(Column, st.just(kind), op("attribute", st.sampled_from(paths)), how)
            for kind, paths in zip(KINDS, (TEXTS, NUMBERS, DATES), strict=True)
        )
    )
    computed = st.one_of(*(st.builds(Column, st.just(kind), getattr(SHALLOW, kind), how) for kind in KINDS))
    keys = draw(st.lists(names | computed, max_size=2))
    aggregates = draw(st.lists(AGGREGATES, min_size=0 if keys else 1, max_size=3))
    columns = (*keys, *aggregates)
    having: tuple[Condition, ...] | None = None
    numbers = [column.tree for column in columns if column.kind == "number"]
    if numbers and draw(st.booleans()):
        counted = op(draw(st.sampled_from(["=", "<>", "<", ">="])), st.sampled_from(numbers), op("number", small))
        having = draw(_conditions(Trees(st.nothing(), st.nothing(), st.nothing(), counted), nested=False))
    order = draw(st.lists(st.tuples(st.sampled_from([column.tree for column in columns]), st.booleans()), max_size=2))
    page = {name: draw(value) for name, value in PAGE.items()}
    return Document("select", columns, draw(WHERE), draw(WHERE), having, tuple(order), True, **page)


PLAIN, GROUPED = _plain_documents(), _grouped_documents()


# -- as XML -------------------------------------------------------------------------------------------------------


# Complex: one case for each part of a query, in the order of the document.
def xml(document: Document) -> Element:
    """The queryDef element; the first column without groups is the name of the row."""
    query = etree.Element("queryDef", operation=document.operation, schema="xtk:workflow")
    for name, number in (("lineCount", document.line_count), ("startLine", document.start_line)):
        if number is not None:
            query.set(name, str(number))
    select = etree.SubElement(query, "select")
    grouping = any(column.grouped == "part" for column in document.columns)
    group_by = etree.SubElement(query, "groupBy") if grouping else None
    if not document.in_groups:
        etree.SubElement(select, "node", expr="@internalName")
    for place, column in enumerate(document.columns):
        node = etree.SubElement(select, "node", expr=show(column.tree), alias=f"@v{place}")
        if column.grouped == "node":
            node.set("groupBy", "true")
        if column.grouped == "part" and group_by is not None:
            etree.SubElement(group_by, "node", expr=show(column.tree))
    for name, conditions in (
        ("where", document.where),
        ("sysFilter", document.sys_filter),
        ("having", document.having),
    ):
        if conditions is not None:
            _fill(etree.SubElement(query, name), conditions)
    if document.order:
        order = etree.SubElement(query, "orderBy")
        for tree, descending in document.order:
            node = etree.SubElement(order, "node", expr=show(tree))
            if descending:
                node.set("sortDesc", "true")
    return query


def _fill(parent: Element, conditions: tuple[Condition, ...]) -> None:
    for condition in conditions:
        element = etree.SubElement(parent, "condition")
        if condition.joint:
            element.set(condition.spelling, condition.joint)
        if condition.tree is not None:
            element.set("expr", show(condition.tree))
        _fill(element, condition.group)
        if condition.sub is not None:
            element.set("expr", show(condition.sub.outer))
            element.set("setOperator", condition.sub.operator)
            inner = etree.SubElement(element, "subQuery", schema="xtk:workflow")
            etree.SubElement(etree.SubElement(inner, "select"), "node", expr=show(condition.sub.selected))
            _fill(etree.SubElement(inner, "where"), condition.sub.where)


# -- the answer ---------------------------------------------------------------------------------------------------

Row = dict[str, Any]


# Complex: it answers a query in the plainest way, step by step, so that a reader can check it.
def expected(document: Document, rows: list[Row], server: Server) -> list[list[Any]] | int | None:
    """The rows of the answer as lists of values; a number for a count; None for a get that finds nothing."""
    seen = [row for row in rows if server.readable is None or server.readable[row["place"]]]
    kept = [row for row in seen if all(_holds(part, row, seen) for part in (document.where, document.sys_filter))]
    if document.operation == "count":
        return len(kept)
    table = _groups(document, kept, seen) if document.in_groups else _lines(document, kept)
    if document.operation != "select":
        return table[:1] or (None if document.operation == "get" else [])
    start = document.start_line or 0
    if server.quirk and start:
        start -= 1
    count = document.line_count or server.cap
    return table[start : start + count]


def _holds(conditions: tuple[Condition, ...] | None, row: Row, seen: list[Row]) -> bool:
    return not conditions or _together(conditions, row, seen) is True


def _together(conditions: tuple[Condition, ...], row: Row, seen: list[Row]) -> bool | None:
    """A row of conditions: split at each OR; the operator of the last one links it to nothing."""
    alternatives: list[list[bool | None]] = [[]]
    for condition in conditions:
        alternatives[-1].append(_truth(condition, row, seen))
        if condition.joint == "OR" and condition is not conditions[-1]:
            alternatives.append([])
    return run_any([_all(terms) for terms in alternatives])


def _all(truths: list[bool | None]) -> bool | None:
    return False if False in truths else None if None in truths else True


def _truth(condition: Condition, row: Row, seen: list[Row]) -> bool | None:
    if condition.group:
        return _together(condition.group, row, seen)
    if condition.sub is None:
        truth: bool | None = run(condition.tree, row)
        return truth
    inner = [other for other in seen if _holds(condition.sub.where, other, seen)]
    items = [("known", run(condition.sub.selected, other)) for other in inner]
    known: bool | None = run(("in", condition.sub.outer, items), row) if items else False
    return known if condition.sub.operator == "IN" or known is None else not known


def _lines(document: Document, rows: list[Row]) -> list[list[Any]]:
    table = [
        (
            [(run(tree, row), descending) for tree, descending in document.order],
            [row["internalName"], *(run(column.tree, row) for column in document.columns)],
        )
        for row in rows
    ]
    return [line for _unused, line in sorted(table, key=lambda entry: [_rank(*key) for key in entry[0]])]


def _groups(document: Document, rows: list[Row], seen: list[Row]) -> list[list[Any]]:
    def key(row: Row) -> list[Any]:
        return [_rank(run(tree, row), False) for tree in document.groups]

    members = [list(group) for _unused, group in groupby(sorted(rows, key=key), key)] if document.groups else [rows]
    table = []
    for group in members:
        if document.having and _together(_of_group(document.having, document, group), {}, seen) is not True:
            continue
        order = [_rank(_group_value(tree, document, group), descending) for tree, descending in document.order]
        table.append((order, [_group_value(column.tree, document, group) for column in document.columns]))
    return [line for _unused, line in sorted(table, key=lambda entry: entry[0])]


def _of_group(conditions: tuple[Condition, ...], document: Document, group: list[Row]) -> tuple[Condition, ...]:
    """The conditions of having (comparisons of a value of the group with a number) with that value filled in."""
    return tuple(
        Condition(
            condition.joint,
            condition.spelling,
            tree=(condition.tree[0], ("known", _group_value(condition.tree[1], document, group)), condition.tree[2]),
        )
        for condition in conditions
    )


# Complex: one case for each aggregate function.
def _group_value(tree: Any, document: Document, group: list[Row]) -> Any:
    if tree in document.groups:
        return run(tree, group[0])
    name, *operands = tree
    if name == "CountAll":
        return len(group)
    values = [value for value in (run(operands[0], row) for row in group) if value not in (None, "")]
    match name:
        case "Count":
            return len(values)
        case "Sum":
            return math.fsum(values)
        case "Avg":
            return math.fsum(values) / len(values) if values else 0
        case _:
            # Without values: only dates can be missing.
            kind = next(column.kind for column in document.columns if column.tree == tree)
            return (min if name == "Min" else max)(values) if values else {"text": "", "number": 0}.get(kind)


def _rank(value: Any, descending: bool) -> Any:
    """Sorts missing values last, and first when descending."""
    if value is None:
        return (0 if descending else 1, _Order(0, False))
    return (1 if descending else 0, _Order(value, descending))


@dataclass(frozen=True)
class _Order:
    value: Any
    descending: bool

    def __lt__(self, other: _Order) -> bool:
        return bool(other.value < self.value if self.descending else self.value < other.value)
