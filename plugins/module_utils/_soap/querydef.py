# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""Queries: building a ``queryDef``, composing its condition, reading its answer (campaign_facts, Calls and Queries).

A query has one condition with one expression, composed by the functions here, because the sources disagree on how a
server combines several conditions (campaign_facts, Query syntax). Values enter an expression
through ``_core.xtk.literal`` only, and names through :func:`xpath` only.
"""

from __future__ import annotations

import copy
import re
import typing as t
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache

from .._core.errors import CampaignError, ProtocolError, ValidationError, XtkValueError, shorten
from .._core.xtk import XtkType, decode, like_prefix, literal, parse_datetime, xml_text
from .envelope import Param, require_lxml

if t.TYPE_CHECKING:
    from datetime import date, datetime

    from lxml import etree
    from lxml.etree import _Element as Element

    from .envelope import Output

    #: What may be compared with an attribute.
    Comparable = t.Union[str, int, float, bool, datetime, date]
else:
    try:
        from lxml import etree
    except ImportError:
        etree = None

#: One row of an answer: attribute or path -> text.
Row = Mapping[str, str]
T = t.TypeVar("T")

#: A number of fewer digits fits 64 bits.
LONG_DIGITS = 19

OPERATIONS = frozenset({"get", "getIfExists", "select", "count"})

_SCHEMA = re.compile(r"[A-Za-z][A-Za-z0-9]*:[A-Za-z_][A-Za-z0-9_:-]*")
_STEP = r"(?:[A-Za-z_][A-Za-z0-9_]*:)?[A-Za-z_][A-Za-z0-9_-]*"
_XPATH = re.compile(rf"(?:{_STEP}/)*@?{_STEP}")
_FUNCTION = re.compile(r"[A-Za-z][A-Za-z0-9]*\(.*\)")
_ALIAS = re.compile(r"@[A-Za-z_][A-Za-z0-9_]*")
_NEEDS_BRACKETS = frozenset("-/:")


class Answers(t.Protocol):
    """The part of a session that :func:`fetch` uses."""

    name: str

    def call(self, service: str, method: str, params: Sequence[t.Any] = ...) -> Sequence[Output]:
        """Call a method and return its outputs."""


# -- building ---------------------------------------------------------------------------------------------------------


def element(tag: str, attributes: Mapping[str, str] | None = None) -> Element:
    """A new element in no namespace.

    :raises MissingLibrary: lxml is not installed.
    """
    require_lxml()
    return etree.Element(tag, dict(attributes or {}))


def xpath(name: str) -> str:
    """The name of an attribute, element or linked attribute for an expression: in brackets where needed.

    ``@name``, ``memoValue``, ``@workflow-id`` -> ``[@workflow-id]``, ``folder/@label`` -> ``[folder/@label]``.

    :raises ValidationError: anything else, so that no name can change the meaning of an expression.
    """
    bare = name[1:-1] if name.startswith("[") and name.endswith("]") else name
    if not _XPATH.fullmatch(bare):
        raise ValidationError(
            f"{shorten(repr(name), 80)} is not the path of an attribute.",
            next_step="Write it as @name, @folder-id or folder/@label.",
        )
    return f"[{bare}]" if _NEEDS_BRACKETS.intersection(bare) else bare


def query(
    schema: str,
    operation: str,
    columns: Sequence[str],
    *,
    where: str = "",
    order_by: Sequence[tuple[str, bool]] = (),
    line_count: int,
    start_line: int = 0,
) -> Element:
    """A ``queryDef`` element (campaign_facts, Calls and Query syntax).

    :param schema: ``xtk:option``.
    :param operation: one of ``OPERATIONS``.
    :param columns: paths or functions, each with an optional alias: ``@name``, ``folder/@label as @folderLabel``,
        ``Max(@id) as @last``.
    :param where: one expression, ideally composed by the functions below; empty means every row.
    :param order_by: path and whether it is descending.
    :param line_count: the maximum number of rows. Always sent, because the server's own limit is not known
        (campaign_facts, unknown 13).
    :raises ValidationError: before anything is sent.
    """
    return copy.deepcopy(_definition(schema, operation, tuple(columns), where, tuple(order_by), line_count, start_line))


@lru_cache(maxsize=64)
def _definition(
    schema: str,
    operation: str,
    columns: tuple[str, ...],
    where: str,
    order_by: tuple[tuple[str, bool], ...],
    line_count: int,
    start_line: int,
) -> Element:
    """One ``queryDef``, built once: a sweep sends the same query to a thousand instances."""
    if not _SCHEMA.fullmatch(schema):
        raise ValidationError(
            f"{shorten(repr(schema), 80)} is not the name of a schema.", next_step="Write it as xtk:workflow."
        )
    if operation not in OPERATIONS:
        raise ValidationError(
            f"{operation!r} is not an operation of a query.", next_step=f"Use one of {', '.join(sorted(OPERATIONS))}."
        )
    if line_count < 1 or start_line < 0:
        raise ValidationError("A query returns at least one row, counted from line 0.")
    definition = element(
        "queryDef",
        {
            "operation": operation,
            "schema": schema,
            "lineCount": str(line_count),
            "startLine": str(start_line),
            "xtkschema": "xtk:queryDef",
        },
    )
    _add(definition, "select", [_column(column) for column in columns])
    if where:
        _add(definition, "where", [{"expr": xml_text(where)}], "condition")
    _add(
        definition,
        "orderBy",
        [
            {"expr": xpath(path), "sortDesc": "true"} if descending else {"expr": xpath(path)}
            for path, descending in order_by
        ],
    )
    return definition


def _add(parent: Element, tag: str, children: Sequence[Mapping[str, str]], child_tag: str = "node") -> None:
    if children:
        group = element(tag)
        group.extend([element(child_tag, attributes) for attributes in children])
        parent.append(group)


def _column(text: str) -> dict[str, str]:
    expression, separator, alias = (part.strip() for part in xml_text(text).rpartition(" as "))
    if not separator:
        return {"expr": _expression(alias)}
    if not _ALIAS.fullmatch(alias):
        raise ValidationError(
            f"{shorten(repr(alias), 80)} cannot be the alias of a column.", next_step="Write it as @folderLabel."
        )
    return {"expr": _expression(expression), "alias": alias}


def named_column(text: str) -> tuple[str, str]:
    """The expression of a column of :func:`query`, without brackets, and the name under which it comes back in a row:
    ``@id`` and ``id`` for ``[@id]``, ``@name`` and ``id`` for ``@name as @id``."""
    column = _column(text)
    path = column["expr"].strip("[]")
    return path, column.get("alias", path).removeprefix("@")


def _expression(text: str) -> str:
    return text if _FUNCTION.fullmatch(text) else xpath(text)


# -- conditions -------------------------------------------------------------------------------------------------------


def all_of(*conditions: str) -> str:
    """Conditions that must all hold. An empty one restricts nothing and is left out."""
    return _joined(" and ", [condition for condition in conditions if condition])


def any_of(*conditions: str) -> str:
    """Conditions of which one must hold.

    :raises ValidationError: there is none, or one is empty: that would silently match every row.
    """
    if not conditions or not all(conditions):
        raise ValidationError("A choice of conditions needs at least one, and none may be empty.")
    return _joined(" or ", conditions)


def _joined(operator: str, conditions: Sequence[str]) -> str:
    if len(conditions) < 2:
        return "".join(conditions)
    return operator.join(f"({condition})" for condition in conditions)


def equals(attribute: str, value: Comparable) -> str:
    """``attribute = value``."""
    return f"{xpath(attribute)} = {literal(value)}"


def at_least(attribute: str, value: Comparable) -> str:
    """``attribute >= value``."""
    return f"{xpath(attribute)} >= {literal(value)}"


def more_than(attribute: str, value: Comparable) -> str:
    """``attribute > value``."""
    return f"{xpath(attribute)} > {literal(value)}"


def at_most(attribute: str, value: Comparable) -> str:
    """``attribute <= value``."""
    return f"{xpath(attribute)} <= {literal(value)}"


def less_than(attribute: str, value: Comparable) -> str:
    """``attribute < value``."""
    return f"{xpath(attribute)} < {literal(value)}"


def one_of(attribute: str, values: Sequence[Comparable]) -> str:
    """The attribute has one of the values.

    :raises ValidationError: there is no value: that could silently match every row.
    """
    if not values:
        raise ValidationError(f"No value was given for {attribute} to be one of.")
    literals = [literal(value) for value in values]
    # A text with a $ is a sum of literals, and no source says whether a list may contain a sum.
    if len(literals) == 1 or any(isinstance(value, str) and "$" in value for value in values):
        return any_of(*(f"{xpath(attribute)} = {text}" for text in literals))
    return f"{xpath(attribute)} IN ({', '.join(literals)})"


def begins_with(attribute: str, prefix: str) -> str:
    """The attribute's text begins with the prefix.

    A database may compare without regard to case: callers check the rows again.

    :raises ValidationError: when the prefix is empty: every text begins with it.
    """
    if not prefix:
        raise ValidationError(f"No text was given for {attribute} to begin with.")
    return f"{xpath(attribute)} like {like_prefix(prefix)}"


# -- reading ----------------------------------------------------------------------------------------------------------


def fetch(session: Answers, definition: Element, build: Callable[[Row], T]) -> list[T]:
    """Execute a ``select`` and build a value from each row.

    :raises ProtocolError: the answer is not one to this query, or a row cannot be understood.
    """
    outputs = session.call("xtk:queryDef", "ExecuteQuery", [Param("entity", definition)])
    try:
        if not outputs:
            raise ProtocolError("The query was answered without a result.", reached="maybe")
        return [build(row) for row in rows(outputs[0], definition.get("schema", ""))]
    except CampaignError as error:
        error.instance = error.instance or session.name
        raise


def rows(output: Output, schema: str) -> list[dict[str, str]]:
    """The rows of a ``select``: attributes by name, text of child elements by name, deeper ones by their paths.

    A column ``[folder/@label]`` comes back as ``folder/@label``; a repeated element gets a number (``item[2]``).

    :raises ProtocolError: the result is not a collection.
    """
    collection = output.element
    if collection is None or not _local(collection).endswith("-collection"):
        found = "nothing" if collection is None else f"<{_local(collection)}>"
        raise ProtocolError(f"A query on {schema} was answered with {found} instead of a collection.", reached="maybe")
    return [_row(child) for child in _children(collection)]


def single(output: Output) -> dict[str, str] | None:
    """The row of a ``get`` or ``getIfExists``; None for the empty element that means "not there" (campaign_facts,
    Calls).

    :raises ProtocolError: no element at all, or a collection.
    """
    found = output.element
    if found is None or _local(found).endswith("-collection"):
        raise ProtocolError("A query for one row was answered with something else.", reached="maybe")
    return _row(found) or None


def count(output: Output) -> int:
    """The number that a ``count`` returned.

    :raises ProtocolError: there is none.
    """
    found = output.element
    if found is None or "count" not in found.attrib:
        raise ProtocolError("A counting query was answered without a count.", reached="maybe")
    return integer(_row(found), "count")


def _row(node: Element) -> dict[str, str]:
    if not len(node) and not (node.text and node.text.strip()):
        # Attributes only, as in nearly every row: a journal has hundreds.
        attributes = dict(t.cast("list[tuple[str, str]]", node.items()))
        return attributes if "}" not in "".join(attributes) else {_bare(n): v for n, v in attributes.items()}
    row: dict[str, str] = {}
    for path, text in _cells(node, ""):
        # One name may be an attribute and an element (campaign_facts, Option rows, memoValue): the one that holds
        # something wins.
        row[path] = row.get(path) or text
    return row


def _cells(node: Element, prefix: str) -> Iterator[tuple[str, str]]:
    for name, value in node.attrib.items():
        yield (f"{prefix}@" if prefix else "") + _bare(str(name)), str(value)
    seen: dict[str, int] = {}
    for child in _children(node):
        name = _local(child)
        seen[name] = seen.get(name, 0) + 1
        path = prefix + (name if seen[name] == 1 else f"{name}[{seen[name]}]")
        text = _text_of(child)
        if text.strip() or not (child.attrib or _children(child)):
            yield path, text
        yield from _cells(child, f"{path}/")


def _text_of(node: Element) -> str:
    return (node.text or "") + "".join(part.tail or "" for part in node)


def _children(node: Element) -> list[Element]:
    # Comments and processing instructions have no name.
    return [child for child in node if isinstance(child.tag, str)]


def _local(node: Element) -> str:
    return _bare(str(node.tag))


def _bare(name: str) -> str:
    return name.rpartition("}")[2]


# -- the values of a row ----------------------------------------------------------------------------------------------


def integer(row: Row, key: str) -> int:
    """The whole number in a row; 0 when it is missing or empty. Raises ProtocolError."""
    text = row.get(key, "")
    if text.isascii() and text.isdigit() and len(text) < LONG_DIGITS:
        return int(text)  # the common case, without trying other forms
    return int(_decoded(XtkType.LONG, row, key))


def flag(row: Row, key: str) -> bool:
    """The boolean in a row, in either of its forms; False when it is missing or empty. Raises ProtocolError."""
    return bool(_decoded(XtkType.BOOLEAN, row, key))


def moment(row: Row, key: str) -> datetime | None:
    """The moment in a row (UTC); None when it is missing or empty. Raises ProtocolError."""
    text = row.get(key)
    if not text or text.isspace():
        return None
    try:
        return parse_datetime(text)
    except XtkValueError as error:
        raise _unreadable(row, key, error) from error


def _decoded(kind: XtkType, row: Row, key: str) -> t.Any:
    try:
        return decode(kind, row.get(key, ""))
    except XtkValueError as error:
        raise _unreadable(row, key, error) from error


def _unreadable(row: Row, key: str, error: XtkValueError) -> ProtocolError:
    return ProtocolError(
        f"The server sent {key} = {shorten(repr(row[key]), 60)}. {error.message}",
        reached="maybe",
        next_step="Report it together with the build of the server.",
    )
