# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Expression trees to SQL with bound values. What is unknown or ill-typed raises, it never compiles to less.

Missing values (campaign_facts, Types and Values: numbers are never null, dates can be; for strings "",
null and missing are equivalent):

* a string column is never NULL, and ``@s is null`` means ``@s = ''``; a row without a link reads "" through it;
* a number is never null, 0 through a missing link, and ``@n is null`` holds for no row;
* a date can be null, and then follows SQL: it satisfies no comparison, nor the negation of one.

Strings compare and match case-sensitively, as PostgreSQL does (the database of the error texts that are known,
campaign_facts, Failures). Strings, numbers and dates do not compare with one another: a mixed comparison faults.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from .expression import (
    Arithmetic,
    Comparison,
    Conditional,
    ConditionNode,
    ExpressionError,
    FunctionCall,
    In,
    IsNull,
    Like,
    Logic,
    Moment,
    Negative,
    Node,
    Not,
    Number,
    Path,
    Text,
    TooComplex,
    Truth,
    ValueNode,
    children,
)
from .functions import FUNCTIONS, Function, accepts
from .schemas import SCHEMAS, Attribute, Schema
from .sql import Fragment, combine, joined, literal
from .values import Kind

MAX_DEPTH = 100  # nested operations
MAX_TERMS = 500  # terms of one chain; SQLite gives up at a depth of 1000


class UnknownAttribute(ExpressionError):
    """No such attribute, link or element in the schema."""

    def __init__(self, attribute: str, schema: Schema) -> None:
        super().__init__(f"Attribute '{attribute}' unknown (see definition of schema '{schema.title}').")
        self.attribute = attribute
        self.schema = schema


class Scope:
    """The row that an expression refers to: a schema, and the links that the expressions of one query follow."""

    def __init__(self, schema: Schema, *, guessed: bool = False, numbers: Iterator[int] | None = None) -> None:
        self.schema = schema
        self.guessed = guessed
        self.tables = {schema.name}
        self._numbers = numbers or itertools.count()
        self.alias = f"t{next(self._numbers)}"
        self._links: dict[tuple[str, ...], tuple[str, str]] = {}

    def inner(self, schema: Schema) -> Scope:
        """The scope of a sub-query; its aliases differ from this one's and its tables are counted here."""
        scope = Scope(schema, guessed=self.guessed, numbers=self._numbers)
        self.tables.add(schema.name)
        scope.tables = self.tables
        return scope

    @property
    def source(self) -> str:
        """The FROM clause. Links are to-one, so a join never repeats a row."""
        joins = "".join(join for _unused, join in self._links.values())
        return f'"{self.schema.name}" AS {self.alias}{joins}'

    def resolve(self, steps: tuple[str, ...]) -> tuple[Fragment, Attribute]:
        """The column that a path leads to."""
        schema, alias, followed = self.schema, self.alias, 0
        while (path := "/".join(steps[followed:])) not in schema.by_path:
            link = schema.link_by_name.get(steps[followed])
            if link is None or followed == len(steps) - 1:
                raise UnknownAttribute(path.lstrip("@"), schema)
            followed += 1
            schema, alias = SCHEMAS[link.target], self._join(steps[:followed], alias, link.column, link.target)
        attribute = schema.by_path[path]
        if attribute.guessed and not self.guessed:
            raise UnknownAttribute(path.lstrip("@"), schema)
        sql = f'{alias}."{attribute.name}"'
        if attribute.computed:
            label, key = attribute.computed
            sql = f"""({alias}."{label}" || ' (' || {alias}."{key}" || ')')"""
        if followed and not attribute.kind.temporal:
            missing = "''" if attribute.kind.textual else "0"
            sql = f"COALESCE({sql}, {missing})"
        return Fragment(sql, (), attribute.kind), attribute

    def _join(self, steps: tuple[str, ...], parent: str, column: str, target: str) -> str:
        if steps not in self._links:
            alias = f"t{next(self._numbers)}"
            self.tables.add(target)
            join = f' LEFT JOIN "{target}" AS {alias} ON {alias}."id" = {parent}."{column}"'
            self._links[steps] = (alias, join)
        return self._links[steps][0]


class Compiler:
    """Compiles the expressions of one scope. `aggregates` says whether Count, Max and the like may appear."""

    def __init__(self, scope: Scope, *, aggregates: bool = False) -> None:
        self._scope = scope
        self._aggregates = aggregates
        self._depth = 0

    def condition(self, node: Node) -> Fragment:
        """SQL of an expression that must be true or false."""
        fragment = self._compile(node)
        if fragment.kind is not None:
            raise ExpressionError("a condition must compare something")
        return fragment

    def value(self, node: Node) -> Fragment:
        """SQL of an expression that must have a value."""
        fragment = self._compile(node)
        if fragment.kind is None:
            raise ExpressionError("a condition is not a value")
        return fragment

    def _compile(self, node: Node) -> Fragment:
        if self._depth >= MAX_DEPTH:
            raise TooComplex("")
        self._depth += 1
        try:
            return self._condition(node) if isinstance(node, ConditionNode) else self._value(node)
        finally:
            self._depth -= 1

    # -- values

    def _value(self, node: ValueNode) -> Fragment:
        match node:
            case Text() | Number() | Truth() | Moment():
                return _literal(node)
            case Path(steps):
                return self._scope.resolve(steps)[0]
            case Negative(operand):
                return combine("(-{})", *self._number(operand))
            case Arithmetic():
                return self._arithmetic(node)
            case Conditional():
                return self._conditional(node)
            case FunctionCall():
                return self._call(node)

    def _number(self, node: Node) -> tuple[Kind, Fragment]:
        fragment = self.value(node)
        if fragment.kind is None or not fragment.kind.numeric:
            raise ExpressionError("a number is needed")
        return (Kind.DOUBLE if fragment.kind is Kind.DOUBLE else Kind.LONG), fragment

    def _arithmetic(self, node: Arithmetic) -> Fragment:
        left, right = self.value(node.left), self.value(node.right)
        if node.operator == "+" and _textual(left) and _textual(right):
            return combine("({} || {})", Kind.STRING, left, right)
        if not (_numeric(left) and _numeric(right)):
            raise ExpressionError(f"'{node.operator}' needs two numbers{' or two strings' * (node.operator == '+')}")
        kind = Kind.DOUBLE if Kind.DOUBLE in (left.kind, right.kind) else Kind.LONG
        template = "xtk_divide({}, {})" if node.operator == "/" else f"({{}} {node.operator} {{}})"
        return combine(template, kind, left, right)

    def _conditional(self, node: Conditional) -> Fragment:
        condition = self.condition(node.condition)
        then, otherwise = self.value(node.then), self.value(node.otherwise)
        return combine("CASE WHEN {} THEN {} ELSE {} END", _unified(then, otherwise), condition, then, otherwise)

    def _function(self, node: FunctionCall) -> Function:
        """The function that a node calls, when it may stand there with as many arguments."""
        function = FUNCTIONS.get(node.name)
        if function is None or (function.guessed and not self._scope.guessed):
            raise ExpressionError(f"Function '{node.name}' unknown")
        if len(node.arguments) != len(function.parameters):
            raise ExpressionError(f"Function '{node.name}' takes {len(function.parameters)} arguments")
        if function.aggregate and not self._aggregates:
            raise ExpressionError(f"Function '{node.name}' is not allowed here")
        return function

    def _call(self, node: FunctionCall) -> Fragment:
        function = self._function(node)
        allowed, self._aggregates = self._aggregates, self._aggregates and not function.aggregate
        arguments = [self.value(argument) for argument in node.arguments]
        self._aggregates = allowed
        for letter, argument in zip(function.parameters, arguments, strict=True):
            if argument.kind is None or not accepts(letter, argument.kind):
                raise ExpressionError(f"Function '{node.name}' got an argument of the wrong type")
        return function.build(*arguments)

    # -- conditions

    def _condition(self, node: ConditionNode) -> Fragment:
        match node:
            case Logic(operator, terms):
                if len(terms) > MAX_TERMS:
                    raise TooComplex("")
                return joined(f" {operator.upper()} ", [self.condition(term) for term in terms])
            case Not(operand):
                return combine("(NOT {})", None, self.condition(operand))
            case Comparison(operator, left, right):
                first, second = self.value(left), self.value(right)
                same_family(first, second)
                return combine(f"({{}} {operator} {{}})", None, first, second)
            case In(operand, items, negated):
                return self._in(operand, items, negated)
            case Like(operand, pattern, negated):
                return self._like(operand, pattern, negated)
            case IsNull(operand, negated):
                return self._is_null(operand, negated)

    def _in(self, operand: Node, items: tuple[Node, ...], negated: bool) -> Fragment:
        parts = tuple(self.value(item) for item in (operand, *items))
        same_family(*parts)
        marks = ", ".join(["{}"] * len(items))
        return combine(f"({{}} {'NOT ' * negated}IN ({marks}))", None, *parts)

    def _is_null(self, operand: Node, negated: bool) -> Fragment:
        value = self.value(operand)
        if _textual(value):
            return combine(f"({{}} {'<>' if negated else '='} '')", None, value)
        return combine(f"({{}} IS {'NOT ' * negated}NULL)", None, value)

    def _like(self, operand: Node, pattern: Node, negated: bool) -> Fragment:
        text, match = self.value(operand), self._pattern(pattern)
        if not (_textual(text) and _textual(match)):
            raise ExpressionError("'like' needs strings")
        return combine(f"({{}} {'NOT ' * negated}LIKE {{}} ESCAPE '\\')", None, text, match)

    def _pattern(self, node: Node) -> Fragment:
        """A LIKE pattern. Literals keep their escapes of % and _, also inside ``'a' + Char('36') + 'b%'``."""
        if isinstance(node, Text):
            return literal(node.pattern, Kind.STRING)
        if isinstance(node, Arithmetic) and node.operator == "+":
            left, right = self._pattern(node.left), self._pattern(node.right)
            if _textual(left) and _textual(right):
                return combine("({} || {})", Kind.STRING, left, right)
        return self.value(node)


def _literal(node: Text | Number | Truth | Moment) -> Fragment:
    match node:
        case Text():
            return literal(node.value, Kind.STRING)
        case Number(value):
            return literal(value, Kind.DOUBLE if isinstance(value, float) else Kind.LONG)
        case Truth(value):
            return literal(int(value), Kind.BOOLEAN)
        case Moment(millis, day):
            return literal(millis, Kind.DATE if day else Kind.DATETIME)


def _textual(fragment: Fragment) -> bool:
    return fragment.kind is not None and fragment.kind.textual


def _numeric(fragment: Fragment) -> bool:
    return fragment.kind is not None and fragment.kind.numeric


def same_family(*fragments: Fragment) -> None:
    """Raise unless all are numbers, all strings or all dates."""
    families = {(_textual(fragment), _numeric(fragment)) for fragment in fragments}
    if len(families) > 1:
        raise ExpressionError("values of different types do not compare")


def _unified(left: Fragment, right: Fragment) -> Kind | None:
    """The type of a value that is either."""
    same_family(left, right)
    if left.kind is right.kind:
        return left.kind
    if _textual(left):
        return Kind.STRING
    if _numeric(left):
        return Kind.DOUBLE if Kind.DOUBLE in (left.kind, right.kind) else Kind.LONG
    return Kind.DATETIME


def _is_aggregate(node: Node) -> bool:
    return isinstance(node, FunctionCall) and node.name in FUNCTIONS and FUNCTIONS[node.name].aggregate


def has_aggregate(node: Node) -> bool:
    """Whether the tree holds an aggregate function."""
    return _is_aggregate(node) or any(has_aggregate(child) for child in children(node))


def is_grouped(node: Node, groups: Sequence[Node]) -> bool:
    """Whether a value is the same for all rows of a group: a group expression, an aggregate, or built from these."""
    if node in groups or _is_aggregate(node):
        return True
    return not isinstance(node, Path) and all(is_grouped(child, groups) for child in children(node))
