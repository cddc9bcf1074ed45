# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Expressions of XTK: text to a tree (campaign_facts, Query syntax to Literals).

``parse`` knows the grammar only. Whether an attribute exists and whether types agree is the compiler's business
(``database/compiler.py``). Trees are immutable and shared between instances by a bounded cache.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path as FilePath

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import LarkError

from .values import BadValue, parse_moment


class ExpressionError(Exception):
    """The expression cannot be understood; becomes XTK-170036. The text gives the reason, "" for plain syntax."""


class TooComplex(ExpressionError):
    """The expression is understood and nested too deeply; becomes XTK-170092."""


# -- the tree -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Text:
    """A string literal. `raw` is what stands between the quotes, because LIKE reads its escapes differently."""

    raw: str

    @property
    def value(self) -> str:
        r"""The string outside LIKE: ``\\`` and ``\'`` are escapes; a backslash before anything else is itself."""
        return re.sub(r"\\([\\'])", r"\1", self.raw)

    @property
    def pattern(self) -> str:
        r"""The string as part of a LIKE pattern with ``\`` as its escape character.

        In one pass over the raw text ``\\`` is a backslash, ``\%`` and ``\_`` are plain characters: the only reading
        under which the SDK's escapeForLike, which escapes all of them once, matches the text it was given.
        """
        return re.sub(r"\\(.)", lambda match: "'" if match[1] == "'" else match[0], self.raw, flags=re.DOTALL)


@dataclass(frozen=True, slots=True)
class Number:
    value: int | float


@dataclass(frozen=True, slots=True)
class Truth:
    value: bool


@dataclass(frozen=True, slots=True)
class Moment:
    """A date literal in milliseconds since 1970 UTC; `day` when it names no time."""

    millis: int
    day: bool


@dataclass(frozen=True, slots=True)
class Path:
    """Steps from the row: links or elements, then ``@attribute`` or an element."""

    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FunctionCall:
    name: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Conditional:
    """``Iif(condition, then, otherwise)``."""

    condition: Node
    then: Node
    otherwise: Node


@dataclass(frozen=True, slots=True)
class Arithmetic:
    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Negative:
    operand: Node


@dataclass(frozen=True, slots=True)
class Comparison:
    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class In:
    operand: Node
    items: tuple[Node, ...]
    negated: bool


@dataclass(frozen=True, slots=True)
class Like:
    operand: Node
    pattern: Node
    negated: bool


@dataclass(frozen=True, slots=True)
class IsNull:
    operand: Node
    negated: bool


@dataclass(frozen=True, slots=True)
class Not:
    operand: Node


@dataclass(frozen=True, slots=True)
class Logic:
    """``and`` or ``or`` of two or more terms; flat, so that a long chain is not a deep tree."""

    operator: str
    terms: tuple[Node, ...]


ValueNode = Text | Number | Truth | Moment | Path | FunctionCall | Conditional | Arithmetic | Negative
ConditionNode = Comparison | In | Like | IsNull | Not | Logic
Node = ValueNode | ConditionNode


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below."""
    match node:
        case FunctionCall():
            return node.arguments
        case Conditional():
            return (node.condition, node.then, node.otherwise)
        case Arithmetic() | Comparison():
            return (node.left, node.right)
        case In():
            return (node.operand, *node.items)
        case Like():
            return (node.operand, node.pattern)
        case Negative() | IsNull() | Not():
            return (node.operand,)
        case Logic():
            return node.terms
        case _:
            return ()


# -- the parser ---------------------------------------------------------------------------------------------------

_LARGEST = 2**63 - 1  # what the database can bind
_STEP = r"[A-Za-z_][\w-]*"
_PATH = re.compile(rf"(?:{_STEP}/)*@?{_STEP}", re.ASCII)


@v_args(inline=True)
class _Build(Transformer[Token, Node]):
    """One method a production of expression.lark."""

    def text(self, token: Token) -> Node:
        return Text(token[1:-1])

    def number(self, token: Token) -> Node:
        value = float(token) if "." in token else int(token)
        if value > _LARGEST:
            raise ExpressionError(f"the number {token} is too large")
        return Number(value)

    def moment(self, token: Token) -> Node:
        try:
            millis, _unused = parse_moment(token[1:-1])
        except BadValue as error:
            raise ExpressionError(str(error)) from error
        return Moment(millis, ":" not in token)

    def true(self, _token: Token) -> Node:
        return Truth(True)

    def false(self, _token: Token) -> Node:
        return Truth(False)

    def path(self, token: Token) -> Node:
        return Path(parse_path(token))

    def call(self, name: Token, *arguments: Node) -> Node:
        return FunctionCall(str(name), arguments)

    def conditional(self, _name: Token, condition: Node, then: Node, otherwise: Node) -> Node:
        return Conditional(condition, then, otherwise)

    def negative(self, _sign: Token, operand: Node) -> Node:
        return Number(-operand.value) if isinstance(operand, Number) else Negative(operand)

    def arithmetic(self, left: Node, operator: Token, right: Node) -> Node:
        return Arithmetic(str(operator), left, right)

    def comparison(self, left: Node, operator: Token, right: Node) -> Node:
        return Comparison("<>" if operator == "!=" else str(operator), left, right)

    def is_in(self, operand: Node, *items: Node) -> Node:
        return In(operand, items, negated=False)

    def is_not_in(self, operand: Node, *items: Node) -> Node:
        return In(operand, items, negated=True)

    def is_like(self, operand: Node, pattern: Node) -> Node:
        return Like(operand, pattern, negated=False)

    def is_not_like(self, operand: Node, pattern: Node) -> Node:
        return Like(operand, pattern, negated=True)

    def is_null(self, operand: Node) -> Node:
        return IsNull(operand, negated=False)

    def is_not_null(self, operand: Node) -> Node:
        return IsNull(operand, negated=True)

    def negation(self, operand: Node) -> Node:
        return Not(operand)

    def conjunction(self, *terms: Node) -> Node:
        return Logic("and", terms)

    def disjunction(self, *terms: Node) -> Node:
        return Logic("or", terms)


@lru_cache(maxsize=1)
def _parser() -> Lark:
    grammar = FilePath(__file__).with_name("expression.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", transformer=_Build())


def parse(text: str) -> Node:
    """The tree of an expression; raises ExpressionError for what is outside the grammar."""
    return _cached_parse(text) if len(text) <= _CACHED_LENGTH else _parse(text)


def _parse(text: str) -> Node:
    try:
        tree: Node = _parser().parse(text)  # type: ignore[assignment]
    except LarkError as error:
        raise ExpressionError("") from error
    return tree


# One cache for every instance, and a small one: most texts have a time in them and never come again. Long lists of
# names are parsed each time: they would only fill the memory.
_CACHED_LENGTH = 1000
_cached_parse = lru_cache(maxsize=256)(_parse)


def parse_path(text: str) -> tuple[str, ...]:
    """The steps of a path, with or without its brackets; raises ExpressionError when it is none."""
    inner = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    if not _PATH.fullmatch(inner):
        raise ExpressionError(f"'{text}' is not a path")
    return tuple(inner.split("/"))
