# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""xtk:persist#Write and WriteCollection: documents to rows (campaign_facts, Calls, Values, Option rows and Writing
options).

A document is a patch: only the attributes it holds are written. What the schema does not know faults, and a document
that faults changes nothing. Choices where the documentation is silent:

* a reconciliation key that matches several rows faults, rather than changing one or all of them;
* ``delete`` faults when the document holds more than its key ("must hold only the key fields");
* an attribute given as a child element with text is an unknown element; an empty one follows the switch
  `empty_element` (campaign_facts, Writing options and unknown 12: a defect of acc-js-sdk);
* a datetime without a zone is read as server time, which is UTC here, and logged.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

from lxml.etree import _Element as Element

from ..soap.documents import attributes, elements, local_name
from ..soap.errors import MethodFailure, save_failed
from .schemas import Attribute, Link, Schema, schema_of, visible_schema
from .values import BadValue, Kind, Stored, decode, parse_moment

_log = logging.getLogger(__name__)

EmptyElement = Literal["null", "ignore", "fault"]
OPERATIONS = ("insert", "insertOrUpdate", "update", "delete", "none")
_BOOLEAN = "15"  # xtk:option/@dataType
_CONTROL = frozenset({"xtkschema", "_operation", "_key", "_cs"})


class Change(NamedTuple):
    """One row that a document changed. `operation` is insert, update or delete; `name` the row's natural key or ""."""

    schema: str
    operation: str
    id: int
    name: str


class RowStore(Protocol):
    """What the writer needs of the store. Values are in stored form, keyed by attribute name."""

    def match(self, schema: Schema, key: Mapping[str, Stored]) -> list[int]:
        """The ids of the rows that have these values."""

    def name_of(self, schema: Schema, row: int) -> str:
        """The natural key of a row, "" for none."""

    def folder_of(self, schema: Schema, row: int) -> int:
        """The id of the folder in which a row lies, 0 for none."""

    def add(self, schema: Schema, values: Mapping[str, Stored]) -> int:
        """Insert and return the id; raises MethodFailure when a unique key is taken."""

    def change(self, schema: Schema, row: int, values: Mapping[str, Stored]) -> None:
        """Update one row; raises MethodFailure when a unique key is taken."""

    def remove(self, schema: Schema, row: int) -> None:
        """Delete one row."""


Guard = Callable[[Schema, str, int], None]
"""Raises MethodFailure when the author lacks a right (read, write, delete) on the rows of a schema in a folder."""


def _unguarded(_schema: Schema, _right: str, _folder: int) -> None:
    """Everything is allowed."""


@dataclass(frozen=True, slots=True)
class Author:
    """Who writes and when: operator id (0 when unknown) and milliseconds since 1970 UTC."""

    operator: int
    now: int


@dataclass(slots=True)
class _Document:
    """One element, read: values of its attributes, and its links to other rows."""

    schema: Schema
    operation: str
    values: dict[str, Stored]
    links: list[tuple[Link, Element]]
    key: tuple[str, ...]


class Writer:
    """Applies documents to the rows of one instance. The caller opens and ends the transaction."""

    def __init__(
        self, rows: RowStore, author: Author, *, empty_element: EmptyElement, guessed: bool, guard: Guard | None = None
    ) -> None:
        self._guard = guard or _unguarded
        self._rows = rows
        self._author = author
        self._empty_element = empty_element
        self._guessed = guessed

    def write(self, document: Element) -> list[Change]:
        """Apply one document; raises MethodFailure."""
        schema = _schema(document, self._guessed)
        try:
            _unused, changes = self._apply(document, schema)
        except BadValue as error:
            raise save_failed(schema.title, str(error)) from error
        return changes

    def parts(self, document: Element) -> list[Element]:
        """The documents of a collection ``<x-collection xtkschema="ns:x">``, each with its schema set."""
        schema = _schema(document, self._guessed)
        if local_name(document) != f"{schema.element}-collection":
            raise save_failed(schema.title, f"A collection of '{schema.name}' is a '{schema.element}-collection'.")
        parts = elements(document)
        for part in parts:
            part.set("xtkschema", str(part.get("xtkschema", schema.name)))
        return parts

    # -- reading

    def _read(self, element: Element, schema: Schema) -> _Document:
        if local_name(element) != schema.element:
            raise BadValue(f"Element '{local_name(element)}' unknown (see definition of schema '{schema.title}').")
        operation = str(element.get("_operation") or "insertOrUpdate")
        if operation not in OPERATIONS:
            raise BadValue(f"Operation '{operation}' unknown; a document has one of {', '.join(OPERATIONS)}.")
        document = _Document(schema, operation, {}, [], ())
        self._read_attributes(element, document, "@")
        for child in elements(element):
            self._read_child(child, document)
        document.key = self._key(element, document)
        return document

    def _read_attributes(self, element: Element, document: _Document, prefix: str) -> None:
        for name, text in attributes(element).items():
            if name in _CONTROL:
                continue
            # The SDK writes a memo option with the value as an attribute (campaign_facts, Writing options): accepted
            # for elements too.
            found = document.schema.by_path.get(f"{prefix}{name}") or document.schema.by_path.get(name)
            attribute = self._known(found, name, document.schema)
            document.values[attribute.name] = self._decoded(attribute.kind, _number_of(element, name, text))

    def _read_child(self, child: Element, document: _Document) -> None:
        name, schema = local_name(child), document.schema
        if name in schema.link_by_name:
            document.links.append((schema.link_by_name[name], child))
        elif (attribute := schema.by_path.get(name)) is not None:
            document.values[self._known(attribute, name, schema).name] = decode(attribute.kind, child.text or "")
        elif any(path.startswith(f"{name}/") for path in schema.by_path):
            self._read_attributes(child, document, f"{name}/@")
        elif (attribute := schema.by_path.get(f"@{name}")) is not None and not (child.text or len(child)):
            self._read_empty(self._known(attribute, name, schema), document)
        else:
            raise BadValue(f"Element '{name}' unknown (see definition of schema '{schema.title}').")

    def _read_empty(self, attribute: Attribute, document: _Document) -> None:
        """An attribute sent as an empty child element (campaign_facts, unknown 12)."""
        if self._empty_element == "fault":
            raise BadValue(f"Element '{attribute.name}' unknown (see definition of schema '{document.schema.title}').")
        _log.warning(
            "a document of '%s' sends '%s' as an empty element: %s",
            document.schema.name,
            attribute.name,
            "the value becomes null" if self._empty_element == "null" else "ignored",
        )
        if self._empty_element == "null":
            document.values[attribute.name] = decode(attribute.kind, "")

    def _known(self, attribute: Attribute | None, name: str, schema: Schema) -> Attribute:
        if attribute is None or (attribute.guessed and not self._guessed) or attribute.computed:
            raise BadValue(f"Attribute '{name}' unknown (see definition of schema '{schema.title}').")
        return attribute

    def _decoded(self, kind: Kind, text: str) -> Stored:
        if kind is Kind.DATETIME and text.strip() and not parse_moment(text)[1]:
            _log.warning("the date '%s' has no zone; it is read as UTC", text)
        return decode(kind, text)

    def _key(self, element: Element, document: _Document) -> tuple[str, ...]:
        """The attributes that find the row: `_key`, or the first key of the schema that the document fills."""
        schema, asked = document.schema, str(element.get("_key", ""))
        if asked:
            names = []
            for path in asked.split(","):
                plain = path.strip().removeprefix("[").removesuffix("]")
                attribute = self._known(schema.by_path.get(plain), path.strip().lstrip("@"), schema)
                if not document.values.get(attribute.name):
                    raise BadValue(f"SCM-120008 Cannot find key values '{asked}' for element '{schema.element}'.")
                names.append(attribute.name)
            return tuple(names)
        eligible = [name for name in ("id", schema.natural_key) if document.values.get(name)]
        return (eligible[0],) if eligible else ()

    # -- writing

    def _apply(self, element: Element, schema: Schema) -> tuple[int, list[Change]]:
        """Write an element and what it links to; returns the id of its row (0 for none) and the changes."""
        document = self._read(element, schema)
        found = self._find(document)
        self._check(document, found)
        if document.operation == "none":
            return self._only(document, found), []
        if document.operation == "delete":
            return 0, self._delete(document, found)
        if document.operation == "update" and not found:
            return 0, []  # "does nothing if the data does not exist"
        changes: list[Change] = []
        for link, child in document.links:
            row, linked = self._apply(child, schema_of(link.target))
            changes += linked
            if row:
                document.values[link.column] = row
        if found and document.operation != "insert":
            return found[0], [*changes, self._update(document, found[0])]
        row, change = self._insert(document)
        return row, [*changes, change]

    def _find(self, document: _Document) -> list[int]:
        schema = document.schema
        if not document.key:
            # Rows with no key people use (a journal line) can be added, never found.
            if document.operation == "insert" and not schema.natural_key:
                return []
            raise BadValue(f"SCM-120008 Cannot find key values for element '{schema.element}'.")
        found = self._rows.match(schema, {name: document.values[name] for name in document.key})
        if len(found) > 1:
            raise BadValue(f"The key {', '.join(document.key)} of element '{schema.element}' matches several records.")
        return found

    def _check(self, document: _Document, found: list[int]) -> None:
        """The rights on the folders that the document concerns: where the row lies, and where it is put."""
        schema = document.schema
        if not schema.folder_path:
            return
        right = {"none": "read", "delete": "delete"}.get(document.operation, "write")
        for row in found:
            self._guard(schema, right, self._rows.folder_of(schema, row))
        target = document.values.get("folder-id")
        if right == "write" and (target is not None or (not found and document.operation != "update")):
            self._guard(schema, right, int(target or 0))

    def _only(self, document: _Document, found: list[int]) -> int:
        if not found:
            raise BadValue(f"The requested database record does not exist (element '{document.schema.element}').")
        return found[0]

    def _delete(self, document: _Document, found: list[int]) -> list[Change]:
        if set(document.values) != set(document.key) or document.links:
            raise BadValue(f"A document that deletes '{document.schema.element}' holds only the key fields.")
        changes = []
        for row in found:
            changes.append(Change(document.schema.name, "delete", row, self._rows.name_of(document.schema, row)))
            self._rows.remove(document.schema, row)
        return changes

    def _update(self, document: _Document, row: int) -> Change:
        schema, values = document.schema, dict(document.values)
        if values.pop("id", row) != row:
            raise BadValue(f"The id of element '{schema.element}' cannot change.")
        if schema.natural_key and not values.get(schema.natural_key, "unchanged"):
            raise BadValue(f"SCM-120008 Cannot find key values for element '{schema.element}'.")
        values.update(self._stamp(schema, "lastModified", "modifiedBy-id"))
        self._rows.change(schema, row, values)
        return Change(schema.name, "update", row, self._rows.name_of(schema, row))

    def _insert(self, document: _Document) -> tuple[int, Change]:
        schema = document.schema
        if schema.natural_key and not document.values.get(schema.natural_key):
            raise BadValue(f"SCM-120008 Cannot find key values for element '{schema.element}'.")
        stamps = self._stamp(schema, "lastModified", "modifiedBy-id", "created", "createdBy-id")
        row = self._rows.add(schema, {**document.values, **stamps})
        return row, Change(schema.name, "insert", row, self._rows.name_of(schema, row))

    def _stamp(self, schema: Schema, *names: str) -> dict[str, Stored]:
        """Who wrote the row and when, for the schemas that keep it."""
        return {
            name: self._author.operator if name.endswith("-id") else self._author.now
            for name in names
            if name in schema.by_name
        }


def _number_of(element: Element, name: str, text: str) -> str:
    """A boolean option lies in a number; Adobe's SDK writes it there in words (campaign_facts, Types and Values: accept
    both)."""
    if name == "longValue" and element.get("dataType") == _BOOLEAN:
        return {"true": "1", "false": "0"}.get(text, text)
    return text


def _schema(document: Element, guessed: bool) -> Schema:
    name = str(document.get("xtkschema", ""))
    try:
        return visible_schema(name, guessed=guessed)
    except LookupError:
        raise MethodFailure(f"XFR-180000 Unknown schema '{name}'.") from None
