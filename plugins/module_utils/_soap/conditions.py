# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""Conditions of a query as data, and the checks of expressions that a user writes himself. Pure.

A value in structured conditions can never change the query: it enters the expression through ``_core.xtk.literal``.
An expression of the user's own is passed on unchanged once it is known to be balanced: one that closed a parenthesis
too many could disable the conditions beside it.
"""

from __future__ import annotations

import re
import typing as t
from collections.abc import Callable, Iterator, Mapping, Sequence

from .._core.errors import ValidationError, shorten
from .._core.xtk import XtkType, decode, encode, like_prefix, xml_text
from .querydef import all_of, any_of, at_least, at_most, begins_with, equals, less_than, more_than, one_of, xpath

#: The types that a condition may name for its value, with their XTK types.
TYPES: dict[str, XtkType] = {
    "string": XtkType.STRING,
    "integer": XtkType.LONG,
    "float": XtkType.DOUBLE,
    "boolean": XtkType.BOOLEAN,
    "date": XtkType.DATE,
    "datetime": XtkType.DATETIME,
}

#: Encrypted passwords are never selected, compared or sorted by
#: (docs/architecture.md, Layers).
_FORBIDDEN = re.compile(r"@\s*password(?![A-Za-z0-9_-])", re.IGNORECASE)


def _not_equals(field: str, value: t.Any) -> str:
    return f"not ({equals(field, value)})"


def _contains(field: str, value: t.Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValidationError(f"No text was given for {field} to contain.")
    return f"{xpath(field)} like '%{like_prefix(value)[1:]}"


def _begins_with(field: str, value: t.Any) -> str:
    return begins_with(field, value if isinstance(value, str) else str(value))


#: The comparisons of a field. ``is_null`` and ``one_of`` are handled separately.
_COMPARE: dict[str, Callable[[str, t.Any], str]] = {
    "equals": equals,
    "not_equals": _not_equals,
    "less_than": less_than,
    "at_most": at_most,
    "more_than": more_than,
    "at_least": at_least,
    "begins_with": _begins_with,
    "contains": _contains,
}
_COMBINE: dict[str, Callable[..., str]] = {"all_of": all_of, "any_of": any_of}
OPERATORS = (*_COMPARE, "one_of", "is_null")
#: The deepest nesting of conditions: more than anybody writes, less than the recursion limit.
_DEEPEST = 20


def condition(conditions: t.Any) -> str:
    """The expression of a list of conditions that must all hold; empty for an empty list.

    :raises ValidationError: an invalid condition; the message says where it is.
    """
    return all_of(*_each(conditions, "where", 0))


def _each(conditions: t.Any, place: str, depth: int) -> list[str]:
    if not isinstance(conditions, Sequence) or isinstance(conditions, str):
        raise ValidationError(f"{place} is not a list of conditions.")
    if depth > _DEEPEST:
        raise ValidationError(f"The conditions are nested more than {_DEEPEST} deep.")
    return [_one(one, f"{place}[{number}]", depth) for number, one in enumerate(conditions)]


def _one(one: t.Any, place: str, depth: int) -> str:
    if not isinstance(one, Mapping):
        raise ValidationError(f"{place} is not a condition.", next_step="Write it as {field: '@name', equals: value}.")
    for name in _COMBINE:
        if name in one:
            return _combined(one, name, place, depth)
    operator = _operator_of(one, place)
    try:
        return _compared(str(one["field"]), operator, one[operator], one.get("type"))
    except ValidationError as error:
        error.message = f"{place}: {error.message}"
        raise


def _combined(one: Mapping[t.Any, t.Any], name: str, place: str, depth: int) -> str:
    inner = _each(one[name], f"{place}.{name}", depth + 1)
    if len(one) > 1 or not inner:
        raise ValidationError(f"{place}: {name} holds a list of conditions, and allows no other key beside it.")
    return _COMBINE[name](*inner)


def _operator_of(one: Mapping[t.Any, t.Any], place: str) -> str:
    """The one operator of a condition that has a field and nothing unknown."""
    operators = [name for name in OPERATORS if name in one]
    unknown = sorted(str(name) for name in set(one) - {"field", "type", *OPERATORS})
    if not isinstance(one.get("field"), str) or len(operators) != 1 or unknown:
        found = f" It has {', '.join(unknown)}, which is unknown." if unknown else ""
        raise ValidationError(
            f"{place} is not a condition: it needs a field and one operator.{found}",
            next_step=f"Operators are: {', '.join(OPERATORS)}; any_of and all_of hold lists of conditions.",
        )
    return operators[0]


def _compared(field: str, operator: str, value: t.Any, kind: t.Any) -> str:
    no_password(field)
    if operator == "is_null":
        if not isinstance(value, bool):
            raise ValidationError("is_null is true or false.")
        return f"{xpath(field)} IS {'' if value else 'NOT '}NULL"
    if operator == "one_of":
        if not isinstance(value, Sequence) or isinstance(value, str):
            raise ValidationError("one_of holds a list of values.")
        return one_of(field, [_typed(one, kind) for one in value])
    return _COMPARE[operator](field, _typed(value, kind))


def _typed(value: t.Any, kind: t.Any) -> t.Any:
    """The value in the type that the user names; unchanged if none is named."""
    if kind is None:
        return value
    if not isinstance(kind, str) or kind not in TYPES:
        raise ValidationError(f"{shorten(str(kind), 40)!r} is not a type.", next_step=f"Types are: {', '.join(TYPES)}.")
    return decode(TYPES[kind], encode(TYPES[kind], value))


def checked_expression(text: str, what: str = "expression") -> str:
    """An expression of the user's own, unchanged, once it is known to be balanced.

    :raises ValidationError: it is empty, a text or a parenthesis in it is not closed, or it asks for a password.
    """
    if not text.strip():
        raise ValidationError(f"The {what} is empty.")
    no_password(text)
    xml_text(text)
    closing: list[str] = []
    for character in _without_texts(text, what):
        if character in "([":
            closing.append(")" if character == "(" else "]")
        elif character in ")]" and (not closing or closing.pop() != character):
            raise ValidationError(f"The {what} has a closing {character} without an opening one.", next_step=_QUOTING)
    if closing:
        raise ValidationError(f"The {what} has an opening bracket that is never closed.", next_step=_QUOTING)
    return text


def _without_texts(text: str, what: str) -> Iterator[str]:
    """The characters of an expression that are in no text and no date of it."""
    quote = ""
    escaped = False
    for character in text:
        if not quote:
            quote = character if character in "'\"#" else ""
            yield character
        elif escaped:
            escaped = False
        elif character == "\\" and quote != "#":
            escaped = True
        elif character == quote:
            quote = ""
    if quote:
        raise ValidationError(f"The {what} does not close the text or date after {quote}.", next_step=_QUOTING)


_QUOTING = "Put values into where, which quotes them, and not into an expression."


def no_password(text: str) -> None:
    """Refuse an expression that names a password.

    :raises ValidationError: it does.
    """
    if _FORBIDDEN.search(text):
        raise ValidationError("Passwords are never read, not even encrypted ones.", next_step="Leave @password out.")
