# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The little SQL that the compiler needs beyond SQLite's own: fragments with bound values, and functions.

A fragment never holds a value of the client in its text; every literal is a bound parameter (campaign_facts, Literals).
"""

from __future__ import annotations

import enum
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from .values import BadValue, Kind, Stored, encode, from_millis, parse_moment


class _Now(enum.Enum):
    """Stands for the server's time in the parameters of a compiled query, which outlives the moment."""

    NOW = "now"


NOW: Final = _Now.NOW
Parameter = Stored | _Now


@dataclass(frozen=True, slots=True)
class Fragment:
    """A piece of SQL with its parameters in order. `kind` is the type of its value, None for a condition.

    Fragments of a textual kind are never NULL; numbers are NULL only when computed from a missing date.
    """

    sql: str
    parameters: tuple[Parameter, ...]
    kind: Kind | None

    @property
    def constant(self) -> Stored:
        """The value of a literal; None for anything else."""
        value = self.parameters[0] if self.sql == "?" else None
        return None if isinstance(value, _Now) else value


def literal(value: Parameter, kind: Kind) -> Fragment:
    """A bound value."""
    return Fragment("?", (value,), kind)


def combine(template: str, kind: Kind | None, *parts: Fragment) -> Fragment:
    """`template` with one ``{}`` a part, in order, so that the parameters keep the order of the text."""
    return Fragment(
        template.format(*(part.sql for part in parts)),
        tuple(parameter for part in parts for parameter in part.parameters),
        kind,
    )


def joined(separator: str, parts: Sequence[Fragment]) -> Fragment:
    """Conditions joined by AND or OR, in parentheses. One alone has its own already: SQLite limits their number."""
    if len(parts) == 1:
        return parts[0]
    template = f"({separator.join(['{}'] * len(parts))})"
    return combine(template, None, *parts)


def bind(parameters: Iterable[Parameter], now: int) -> list[Stored]:
    """The parameters of one execution; `now` in milliseconds since 1970 UTC."""
    return [now if isinstance(parameter, _Now) else parameter for parameter in parameters]


# -- functions ----------------------------------------------------------------------------------------------------


def divide(left: int | float | None, right: int | float | None) -> int | float | None:
    """As a database divides: integers truncate toward zero, and zero is an error, not a missing value."""
    if left is None or right is None:
        return None
    if isinstance(left, int) and isinstance(right, int):
        quotient = abs(left) // abs(right)
        return quotient if (left < 0) == (right < 0) else -quotient
    return left / right


def shift(millis: int | None, amount: int | float | None, unit: int) -> int | None:
    """A date moved by an amount of units of that many milliseconds; raises OverflowError beyond the calendar."""
    if millis is None or amount is None:
        return None
    moved = millis + int(amount * unit)
    try:
        from_millis(moved)
    except BadValue as error:
        raise OverflowError(str(error)) from error
    return moved


def floor(millis: int | None, step: int | None) -> int | None:
    """The last multiple of `step` milliseconds, also before 1970."""
    return None if millis is None or not step or step < 0 else millis - millis % step


def substring(text: str, start: int, length: int) -> str:
    """From the first character, which is 1; what lies before it counts toward the length, as in PostgreSQL."""
    return text[max(start, 1) - 1 : max(start + length - 1, 0)]


def moment(text: str) -> int | None:
    """Milliseconds of a date held in a string column; null when it is none."""
    try:
        return parse_moment(text)[0]
    except BadValue:
        return None


def text_of(kind: str, value: Stored) -> str:
    """The wire form of a value; raises OverflowError for a date that no calendar holds."""
    try:
        return encode(Kind(kind), value)
    except BadValue as error:
        raise OverflowError(str(error)) from error


_FUNCTIONS: dict[str, tuple[int, Callable[..., Stored]]] = {
    "xtk_lower": (1, str.lower),
    "xtk_upper": (1, str.upper),
    "xtk_divide": (2, divide),
    "xtk_shift": (3, shift),
    "xtk_floor": (2, floor),
    "xtk_substring": (3, substring),
    "xtk_moment": (1, moment),
    "xtk_text": (2, text_of),
}


def prepare(connection: sqlite3.Connection) -> None:
    """Give a connection the functions of XTK and the case-sensitive LIKE of PostgreSQL."""
    connection.execute("PRAGMA case_sensitive_like = ON")
    for name, (arity, function) in _FUNCTIONS.items():
        connection.create_function(name, arity, function, deterministic=True)


def database_failure(error: sqlite3.Error) -> str:
    """The detail line of an execution that the database refused."""
    # Of the functions above one raises ZeroDivisionError; sqlite3 reports an OverflowError as a DataError.
    if "user-defined function raised" in str(error):
        return "PGS-220000 PostgreSQL error: ERROR:  division by zero"
    if any(limit in str(error) for limit in ("parser stack overflow", "Expression tree is too large", "too many SQL")):
        return "XTK-170092 The expressions of the query are too complex."
    if isinstance(error, sqlite3.DataError):
        return "PGS-220000 PostgreSQL error: ERROR:  value out of range"
    return f"WDB-200001 SQL statement could not be executed: {error}"
