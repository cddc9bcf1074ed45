# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""queryDef documents to SQL (campaign_facts, Query syntax): one immutable plan a query, good for every instance.

``database/answers.py`` runs a plan and writes the XML.

Every element and attribute is either understood or refused; nothing is skipped that could make the answer wider.
Choices where the documentation is silent:

* in a row of conditions AND binds tighter than OR, as in the SQL that Campaign generates;
* NULL dates sort last (first when descending), as in PostgreSQL; ties are broken by id, or by the values that make a
  group, so that pages are stable;
* a computed column needs an alias, and a query with groups may show only what is the same in the whole group.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import NoReturn, TypeVar

from lxml.etree import _Element as Element

from ..soap.documents import Part, read_part
from ..soap.errors import MethodFailure, unknown_attribute, unparsable_expression
from .compiler import Compiler, Scope, UnknownAttribute, has_aggregate, is_grouped, same_family
from .expression import ExpressionError, Node, Path, TooComplex, parse, parse_path
from .schemas import Enumeration, Schema, visible_schema
from .sql import Fragment, Parameter, combine, joined
from .values import Kind

T = TypeVar("T")

OPERATIONS = ("get", "getIfExists", "select", "count")

_QUERY = frozenset({"operation", "schema", "lineCount", "startLine", "xtkschema", "firstRows", "startPath"})
_PARTS = frozenset({"select", "where", "sysFilter", "orderBy", "groupBy", "having"})
_SELECTED = frozenset({"expr", "alias", "groupBy", "analyze", "noSqlBind"})
_ORDERED = frozenset({"expr", "sortDesc", "noSqlBind"})
_GROUPED = frozenset({"expr", "noSqlBind"})
_CONDITION = frozenset({"expr", "boolOperator", "bool-operator", "setOperator", "enabledIf"})


@dataclass(frozen=True, slots=True)
class Output:
    """Where a column goes in a row's element: through `elements` to attribute `name`, or to its text."""

    elements: tuple[str, ...]
    name: str
    is_text: bool
    kind: Kind
    enumeration: Enumeration | None


@dataclass(frozen=True, slots=True)
class Plan:
    """A compiled query. `sql` selects the rows up to, not including, LIMIT; `counting` counts what the where matches.

    `line_count` is None when the query does not limit its rows.
    """

    schema: Schema
    operation: str
    sql: str
    parameters: tuple[Parameter, ...]
    counting: str
    counting_parameters: tuple[Parameter, ...]
    outputs: tuple[Output, ...]
    grouped: bool
    tables: frozenset[str]
    line_count: int | None
    start_line: int


def plan(query: Element, *, guessed: bool = False, folders: frozenset[int] | None = None) -> Plan:
    """The plan of a `queryDef` element; raises MethodFailure (XTK-170036 and others) for what it does not know.

    `guessed` opens the attributes and functions that are only guesses; `folders` limits the rows to those in
    folders the operator may read, None for no limit.
    """
    readable = None if folders is None else tuple(sorted(folders))
    document = read_part(query)
    return (_cached_plan if document.weight <= _CACHED_LENGTH else _plan)(document, guessed, readable)


def _plan(query: Part, guessed: bool, folders: tuple[int, ...] | None) -> Plan:
    return _Planner(query, guessed, folders).plan()


# Instances are asked the same few queries; longer ones are rare and would fill the memory.
_CACHED_LENGTH = 4000
_cached_plan = lru_cache(maxsize=128)(_plan)


def refuse(construct: str, reason: str) -> NoReturn:
    """Fault on a part of the query that is unknown or cannot be answered rightly."""
    raise unparsable_expression(construct, reason)


def options_of(part: Part, allowed: frozenset[str]) -> dict[str, str]:
    """The attributes, each of which must be allowed. No part of a query holds a text, such as a condition might."""
    for name, _unused in part.options:
        if name not in allowed:
            refuse(name, f"Attribute '{name}' of element '{part.name}' is not known in a query.")
    if part.text:
        refuse(part.text[:80], f"Element '{part.name}' holds no text.")
    return dict(part.options)


def flag(value: str) -> bool:
    """A boolean of the query."""
    if value not in ("", "true", "false", "1", "0"):
        refuse(value, f"'{value}' is not a boolean.")
    return value in ("true", "1")


class _Planner:
    """Reads one queryDef element."""

    def __init__(self, query: Part, guessed: bool, folders: tuple[int, ...] | None) -> None:
        self._folders = folders
        self._options = options_of(query, _QUERY)
        self._scope = Scope(_schema(self._options.get("schema", ""), guessed), guessed=guessed)
        self._plain = Compiler(self._scope)
        self._aggregating = Compiler(self._scope, aggregates=True)
        self._parts: dict[str, Part] = {}
        for part in query.parts:
            name = part.name
            if name not in _PARTS or name in self._parts:
                refuse(name, f"Element '{name}' is not known in a query, or is there twice.")
            if name not in ("select", "where"):
                options_of(part, frozenset())
            self._parts[name] = part

    def plan(self) -> Plan:
        operation = self._operation()
        line_count = self._number("lineCount", smallest=1) if "lineCount" in self._options else None
        start_line = self._number("startLine", smallest=0) if "startLine" in self._options else 0

        where = self._where()
        selected = list(self._selected())
        order = list(self._nodes("orderBy", _ORDERED))
        having = self._conditions("having", self._aggregating)
        groups = [node for node, options in selected if flag(options.get("groupBy", ""))]
        groups += [node for node, _unused in self._nodes("groupBy", _GROUPED)]
        grouped = self._check_groups(groups, selected, order, having is not None)
        _check_operation(operation, selects=bool(selected), groups=grouped)
        columns = [self._value(node, options["expr"]) for node, options in selected]
        outputs = tuple(
            self._output(node, options, column) for (node, options), column in zip(selected, columns, strict=True)
        )
        tail = [*self._group_by(groups), *_clause(" HAVING {}", having)]
        tail += self._order_by(order, groups if grouped else None)
        matched = [Fragment(f" FROM {self._scope.source}", (), None), *_clause(" WHERE {}", where)]
        counting = _glued(Fragment("SELECT COUNT(*)", (), None), *matched)
        rows = combine("SELECT " + ", ".join(["{}"] * len(columns)), None, *columns)
        full = _glued(rows, *matched, *tail) if columns else counting
        return Plan(
            self._scope.schema, operation, full.sql, full.parameters, counting.sql, counting.parameters, outputs,
            grouped, frozenset(self._scope.tables), line_count, start_line,
        )  # fmt: skip

    def _operation(self) -> str:
        """What the query asks for. Refuses an operation or a start path that is not known."""
        operation = self._options.get("operation", "")
        if operation not in OPERATIONS:
            refuse(operation, f"Operation '{operation}' is not known; a query has one of {', '.join(OPERATIONS)}.")
        if self._options.get("startPath", "/") != "/":
            refuse(self._options["startPath"], "Only the start path '/' is known.")
        flag(self._options.get("firstRows", ""))
        return operation

    def _number(self, name: str, smallest: int) -> int:
        text = self._options[name]
        if not re.fullmatch("[0-9]{1,9}", text) or int(text) < smallest:
            refuse(text, f"Attribute '{name}' needs a whole number from {smallest}.")
        return int(text)

    # -- where and having

    def _where(self) -> Fragment | None:
        if "where" in self._parts:
            options_of(self._parts["where"], frozenset())
        found = [self._conditions(name, self._plain) for name in ("where", "sysFilter")]
        found.append(_readable(self._scope, self._folders))
        present = [fragment for fragment in found if fragment is not None]
        return joined(" AND ", present) if present else None

    def _conditions(self, part: str, compiler: Compiler) -> Fragment | None:
        if part not in self._parts or not self._parts[part].parts:
            return None
        return self._row_of_conditions(self._parts[part], compiler, self._scope)

    def _row_of_conditions(self, parent: Part, compiler: Compiler, scope: Scope) -> Fragment:
        """Sibling conditions. Each one's operator joins it to the *next*; without one it is AND (campaign_facts, Query
        syntax)."""
        alternatives: list[list[Fragment]] = [[]]
        for position, element in enumerate(parent.parts):
            if element.name != "condition":
                refuse(element.name, f"Element '{element.name}' is not known among conditions.")
            options = options_of(element, _CONDITION)
            operator = (options.get("boolOperator") or options.get("bool-operator") or "AND").upper()
            if operator not in ("AND", "OR"):
                refuse(operator, f"'{operator}' does not join conditions; AND and OR do.")
            alternatives[-1].append(self._condition(element, options, compiler, scope))
            if operator == "OR" and position < len(parent.parts) - 1:
                alternatives.append([])
        return joined(" OR ", [joined(" AND ", terms) for terms in alternatives])

    def _condition(self, element: Part, options: dict[str, str], compiler: Compiler, scope: Scope) -> Fragment:
        expression, nested = options.get("expr", ""), element.parts
        if options.get("enabledIf"):
            refuse(options["enabledIf"], "A condition with 'enabledIf' depends on a context that a query has not.")
        if options.get("setOperator"):
            return self._in_subquery(options, nested, compiler, scope)
        if bool(expression) == bool(nested):
            refuse(expression, "A condition holds either an expression or other conditions.")
        if nested:
            return self._row_of_conditions(element, compiler, scope)
        return _guarded(expression, lambda: compiler.condition(parse(expression)))

    def _in_subquery(
        self, options: dict[str, str], nested: tuple[Part, ...], compiler: Compiler, scope: Scope
    ) -> Fragment:
        """``expr IN (subQuery)``. EXISTS is refused: how its sub-query is tied to the row is not documented."""
        operator, expression = options["setOperator"].upper(), options.get("expr", "")
        if operator not in ("IN", "NOT IN"):
            refuse(operator, f"Set operator '{operator}' is not known here; IN and NOT IN are.")
        if len(nested) != 1 or nested[0].name != "subQuery":
            refuse(expression, f"Set operator {operator} takes one subQuery.")
        name = options_of(nested[0], frozenset({"schema", "xtkschema"})).get("schema", "")
        inner = scope.inner(_schema(name, scope.guessed))
        parts, (node, node_options) = _subquery_parts(nested[0])
        of_inner = Compiler(inner)
        outer = _guarded(expression, lambda: compiler.value(parse(expression)))
        column = _guarded(node_options["expr"], lambda: of_inner.value(node))
        _guarded(expression, lambda: same_family(outer, column))
        where = self._subquery_conditions(parts, of_inner, inner)
        source = Fragment(f" FROM {inner.source}", (), None)
        rows = _glued(combine("SELECT {}", None, column), source, *_clause(" WHERE {}", where))
        return combine(f"({{}} {operator} ({{}}))", None, outer, rows)

    def _subquery_conditions(self, parts: dict[str, Part], compiler: Compiler, scope: Scope) -> Fragment | None:
        found = [_readable(scope, self._folders)]
        if "where" in parts:
            options_of(parts["where"], frozenset())
            if parts["where"].parts:
                found.insert(0, self._row_of_conditions(parts["where"], compiler, scope))
        present = [fragment for fragment in found if fragment is not None]
        return joined(" AND ", present) if present else None

    # -- columns, groups and order

    def _nodes(self, part: str, allowed: frozenset[str]) -> Iterator[tuple[Node, dict[str, str]]]:
        if part in self._parts:
            yield from _nodes_of(self._parts[part], allowed)

    def _selected(self) -> Iterator[tuple[Node, dict[str, str]]]:
        if "select" in self._parts:
            options_of(self._parts["select"], frozenset())
        yield from self._nodes("select", _SELECTED)

    def _value(self, node: Node, expression: str) -> Fragment:
        return _guarded(expression, lambda: self._aggregating.value(node))

    def _output(self, node: Node, options: dict[str, str], column: Fragment) -> Output:
        expression, alias = options["expr"], options.get("alias", "")
        if alias:
            steps = _guarded(alias, lambda: parse_path(alias))
        elif isinstance(node, Path):
            steps = node.steps
        else:
            refuse(expression, "A computed column needs an alias.")
        enumeration = None
        if flag(options.get("analyze", "")) and isinstance(node, Path):
            enumeration = self._scope.resolve(node.steps)[1].enumeration
        last = steps[-1]
        kind = column.kind or Kind.STRING
        return Output(steps[:-1], last.lstrip("@"), not last.startswith("@"), kind, enumeration)

    def _check_groups(
        self,
        groups: list[Node],
        selected: list[tuple[Node, dict[str, str]]],
        order: list[tuple[Node, dict[str, str]]],
        having: bool,
    ) -> bool:
        shown = [*selected, *order]
        grouped = bool(groups) or any(has_aggregate(node) for node, _unused in shown)
        if having and not grouped:
            refuse("having", "'having' needs groups.")
        for node, options in shown if grouped else ():
            if not is_grouped(node, groups):
                refuse(options["expr"], f"'{options['expr']}' is neither grouped nor aggregated.")
        return grouped

    def _group_by(self, groups: list[Node]) -> list[Fragment]:
        if not groups:
            return []
        parts = [_guarded("groupBy", partial(self._plain.value, node)) for node in groups]
        return [combine(" GROUP BY " + ", ".join(["{}"] * len(parts)), None, *parts)]

    def _order_by(self, order: list[tuple[Node, dict[str, str]]], groups: list[Node] | None) -> list[Fragment]:
        parts = []
        for node, options in order:
            direction = "DESC NULLS FIRST" if flag(options.get("sortDesc", "")) else "ASC NULLS LAST"
            parts.append(combine(f"{{}} {direction}", None, self._value(node, options["expr"])))
        if groups is None:
            parts.append(Fragment(f'{self._scope.alias}."id"', (), None))
        else:
            parts += [combine("{} ASC NULLS LAST", None, self._value(node, "groupBy")) for node in groups]
        return [combine(" ORDER BY " + ", ".join(["{}"] * len(parts)), None, *parts)] if parts else []


def _schema(name: str, guessed: bool) -> Schema:
    try:
        return visible_schema(name, guessed=guessed)
    except LookupError:
        raise MethodFailure(f"XFR-180000 Unknown schema '{name}'.") from None


def _nodes_of(part: Part, allowed: frozenset[str]) -> Iterator[tuple[Node, dict[str, str]]]:
    """The nodes of a select, orderBy or groupBy with their attributes."""
    for element in part.parts:
        if element.name != "node" or element.parts:
            refuse(element.name, f"Element '{part.name}' holds simple 'node' elements.")
        options = options_of(element, allowed)
        expression = options.setdefault("expr", "")
        flag(options.get("noSqlBind", ""))  # values are always bound: it changes the SQL's text, not the answer
        yield _guarded(expression, partial(parse, expression)), options


def _subquery_parts(subquery: Part) -> tuple[dict[str, Part], tuple[Node, dict[str, str]]]:
    """The parts of a subQuery by name, and the one node that it selects."""
    parts = {part.name: part for part in subquery.parts}
    if len(parts) != len(subquery.parts) or not {"select"} <= set(parts) <= {"select", "where"}:
        refuse("subQuery", "A subQuery holds one select, and at most one where.")
    options_of(parts["select"], frozenset())
    nodes = list(_nodes_of(parts["select"], _GROUPED))
    if len(nodes) != 1:
        refuse("subQuery", "A subQuery selects one value.")
    return parts, nodes[0]


def _check_operation(operation: str, *, selects: bool, groups: bool) -> None:
    if groups and operation != "select":
        refuse(operation, f"Operation '{operation}' takes no groups.")
    if not selects and operation != "count":
        refuse("select", "The query selects nothing.")


def _readable(scope: Scope, folders: tuple[int, ...] | None) -> Fragment | None:
    """The condition that hides rows in folders the operator may not read."""
    if folders is None or not scope.schema.folder_path:
        return None
    folder, _unused = scope.resolve(tuple(scope.schema.folder_path.split("/")))
    return Fragment(f"({folder.sql} IN ({', '.join('?' * len(folders))}))", folders, None)


def _clause(template: str, conditions: Fragment | None) -> list[Fragment]:
    """A WHERE or HAVING, when there are conditions."""
    return [] if conditions is None else [combine(template, None, conditions)]


def _glued(*parts: Fragment) -> Fragment:
    return combine("{}" * len(parts), None, *parts)


def _guarded(expression: str, work: Callable[[], T]) -> T:
    """Run the compiler on one expression; what it cannot do becomes the server's fault about that expression."""
    try:
        return work()
    except UnknownAttribute as error:
        raise unknown_attribute(error.attribute, error.schema.title, expression) from error
    except TooComplex as error:
        raise MethodFailure(f"XTK-170092 The expression '{expression}' on a condition is too complex.") from error
    except ExpressionError as error:
        raise unparsable_expression(expression, str(error)) from error
