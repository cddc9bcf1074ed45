# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The data of one instance: an SQLite database that is opened, and its tables made, only when something is asked.

A thousand stores fit one process: parsed schemas, expressions and query plans are shared (``database/schemas.py``,
``database/expression.py``, ``database/querydef.py``), and what is left is one small in-memory database each.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache, partial

from lxml.etree import _Element as Element

from ..config.switches import Switches
from ..soap.errors import MethodFailure, save_failed
from .answers import QueryResult, Row, answer
from .persist import Author, Change, Writer
from .querydef import plan
from .schemas import Attribute, Schema, schema_of
from .sql import database_failure, prepare
from .values import OPTION_COLUMNS, OPTION_DATE, Kind, Stored, Value, encode, load, store, to_millis

_FIRST_ID = 1000  # ids come from one sequence for all tables
# A connection keeps no prepared statement. Kept ones come and go at different sizes in each of hundreds of databases,
# and leave holes that nothing fits into: the process grew by 10 MB in an hour, though what it used did not.
_STATEMENTS = 0


class Store:
    """The tables of one instance. Not for use by two threads at once.

    `now` gives the instance's time. `path` keeps the data in a file; by default they live in memory.
    `readable_folders` maps a login to the ids of the folders it may read, None for all; rows in other folders are
    invisible to its queries, as if they did not exist (campaign_facts, Rights). `guard` says what a login may write in
    a folder.

    Methods that take attribute values use Python forms (``database/values.py``) and raise LookupError for a name
    that the schema does not have. Those that serve SOAP calls raise MethodFailure.
    """

    __slots__ = ("_connection", "_made", "_next_id", "_now", "_path", "guard", "readable_folders", "switches")

    def __init__(
        self, now: Callable[[], datetime], switches: Switches | None = None, *, path: str = ":memory:"
    ) -> None:
        self._now = now
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._made: set[str] = set()
        self._next_id = _FIRST_ID
        self.switches = switches or Switches()
        self.readable_folders: Callable[[str], frozenset[int] | None] | None = None
        self.guard: Callable[[str, Schema, str, int], None] | None = None

    def close(self) -> None:
        """Close the database; one in memory is gone. Closing twice is harmless."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None
        self._made.clear()

    def __del__(self) -> None:
        # A store may be dropped half-made, when its constructor raised.
        if getattr(self, "_connection", None) is not None:
            self.close()

    # -- rows as Python values

    def insert(self, schema: str, values: Mapping[str, object]) -> int:
        """Add a row and return its id, from the sequence unless `values` has one.

        `created` and `lastModified` become the present time when they are not given. A taken unique key raises
        MethodFailure.
        """
        return self.insert_many(schema, [values])[0]

    def insert_many(self, schema: str, rows: Iterable[Mapping[str, object]]) -> list[int]:
        """Add many rows in one transaction and return their ids in order."""
        table = schema_of(schema)
        defaults = self._defaults(table)
        prepared = []
        for values in rows:
            row = dict(defaults)
            for name, value in values.items():
                row[name] = store(table.attribute(name).kind, value)
            row["id"] = self._take_id(row["id"])
            prepared.append(tuple(row.values()))
        with self._transaction():
            self._insert_rows(table, prepared)
        return [int(row[0] or 0) for row in prepared]

    def update(self, schema: str, row: int, values: Mapping[str, object]) -> bool:
        """Change one row; whether it exists. Only the given attributes change: `lastModified` is not touched."""
        table = schema_of(schema)
        return self._change(table, row, {name: store(table.attribute(name).kind, v) for name, v in values.items()})

    def delete(self, schema: str, row: int) -> bool:
        """Delete one row; whether it was there."""
        table = schema_of(schema)
        return self._database(table).execute(f'DELETE FROM "{table.name}" WHERE "id" = ?', (row,)).rowcount > 0

    def count_between(self, schema: str, attribute: str, after: datetime, until: datetime, /, **equals: object) -> int:
        """How many rows with these values have a date after one moment and not after another."""
        table = schema_of(schema)
        key = {name: store(table.attribute(name).kind, value) for name, value in equals.items()}
        dated = table.attribute(attribute)
        joint = "AND" if key else "WHERE"
        sql = f'SELECT COUNT(*) FROM {_where(table, key)} {joint} "{dated.name}" > ? AND "{dated.name}" <= ?'
        limits = (store(dated.kind, after), store(dated.kind, until))
        return int(self._database(table).execute(sql, [*key.values(), *limits]).fetchone()[0])

    def delete_before(self, schema: str, attribute: str, moment: datetime, /, **equals: object) -> int:
        """Delete the rows with these values whose date lies before a moment; how many went."""
        table = schema_of(schema)
        key = {name: store(table.attribute(name).kind, value) for name, value in equals.items()}
        dated = table.attribute(attribute)
        sql = f'DELETE FROM {_where(table, key)} {"AND" if key else "WHERE"} "{dated.name}" < ?'
        return self._database(table).execute(sql, [*key.values(), store(dated.kind, moment)]).rowcount

    def get(self, schema: str, row: int) -> dict[str, Value] | None:
        """One row by id, or None."""
        found = self.find(schema, id=row)
        return found[0] if found else None

    def find(self, schema: str, /, **equals: object) -> list[dict[str, Value]]:
        """The rows with these values, all rows without any, ordered by id. ``**{"folder-id": 3}`` works."""
        table = schema_of(schema)
        key = {name: store(table.attribute(name).kind, value) for name, value in equals.items()}
        columns = table.stored
        sql = f'SELECT {_names(columns)} FROM {_where(table, key)} ORDER BY "id"'
        rows = self._database(table).execute(sql, list(key.values()))
        return [
            {column.name: load(column.kind, value) for column, value in zip(columns, row, strict=True)} for row in rows
        ]

    def get_option(self, name: str) -> tuple[str, int]:
        """The value as text and its dataType; ("", 0) for a missing option (campaign_facts, GetOption)."""
        options = schema_of("xtk:option")
        row = self._database(options).execute(_OPTION, (name,)).fetchone()
        if row is None:
            return "", 0
        data_type = int(row[0])
        column = OPTION_COLUMNS.get(data_type, "stringValue")
        kind = Kind.DATE if data_type == OPTION_DATE else options.attribute(column).kind
        return encode(kind, row[1 + _OPTION_VALUES.index(column)]), data_type

    # -- SOAP calls

    def query(self, query: Element, *, login: str, internal: bool = False) -> QueryResult:
        """Execute a `queryDef` element for an operator.

        `internal` is for calls between simulated servers: these may use the attributes that are only guesses.
        """
        guessed = internal or self.switches.guessed_attributes == "served"
        folders = self.readable_folders(login) if self.readable_folders else None
        compiled = plan(query, guessed=guessed, folders=folders)
        database = self._database(*(schema_of(name) for name in compiled.tables))

        def run(sql: str, parameters: Sequence[Stored]) -> list[Row]:
            return database.execute(sql, parameters).fetchall()

        try:
            return answer(compiled, run, to_millis(self._now()), self.switches)
        except sqlite3.Error as error:
            raise MethodFailure(database_failure(error)) from error

    def write(
        self,
        document: Element,
        *,
        login: str,
        on_change: Callable[[Change], None] | None = None,
        internal: bool = False,
    ) -> list[Change]:
        """xtk:persist#Write. All of the document is written or nothing; `on_change` is called for each row after."""
        writer = self._writer(login, internal)
        with self._transaction():
            changes = writer.write(document)
        return _reported(changes, on_change)

    def write_collection(
        self,
        document: Element,
        *,
        login: str,
        on_change: Callable[[Change], None] | None = None,
        internal: bool = False,
    ) -> list[Change]:
        """xtk:persist#WriteCollection; the switch `collection` says what a fault in the middle leaves."""
        writer = self._writer(login, internal)
        changes: list[Change] = []
        if self.switches.collection == "atomic":
            with self._transaction():
                for part in writer.parts(document):
                    changes += writer.write(part)
            return _reported(changes, on_change)
        for part in writer.parts(document):
            changes += self.write(part, login=login, on_change=on_change, internal=internal)
        return changes

    # -- what the writer needs (persist.RowStore)

    def match(self, schema: Schema, key: Mapping[str, Stored]) -> list[int]:
        sql = f'SELECT "id" FROM {_where(schema, key)}'
        return [int(row[0]) for row in self._database(schema).execute(sql, list(key.values()))]

    def name_of(self, schema: Schema, row: int) -> str:
        if not schema.natural_key:
            return ""
        sql = f'SELECT "{schema.natural_key}" FROM "{schema.name}" WHERE "id" = ?'
        found = self._database(schema).execute(sql, (row,)).fetchone()
        return str(found[0]) if found else ""

    def folder_of(self, schema: Schema, row: int) -> int:
        *links, last = schema.folder_path.split("/")
        for name in links:
            link = schema.link_by_name[name]
            row, schema = self._number(schema, row, link.column), schema_of(link.target)
        return self._number(schema, row, last.removeprefix("@"))

    def _number(self, schema: Schema, row: int, column: str) -> int:
        sql = f'SELECT "{column}" FROM "{schema.name}" WHERE "id" = ?'
        found = self._database(schema).execute(sql, (row,)).fetchone()
        return int(found[0] or 0) if found else 0

    def add(self, schema: Schema, values: Mapping[str, Stored]) -> int:
        row = {**self._defaults(schema), **values}
        row["id"] = identifier = self._take_id(row["id"])
        self._insert_rows(schema, [tuple(row.values())])
        return identifier

    def change(self, schema: Schema, row: int, values: Mapping[str, Stored]) -> None:
        self._change(schema, row, values)

    def remove(self, schema: Schema, row: int) -> None:
        self.delete(schema.name, row)

    # -- the database

    def _writer(self, login: str, internal: bool) -> Writer:
        operators = self.match(schema_of("xtk:operator"), {"name": login})
        author = Author(operators[0] if operators else 0, to_millis(self._now()))
        guessed = internal or self.switches.guessed_attributes == "served"
        guard = partial(self.guard, login) if self.guard else None
        return Writer(self, author, empty_element=self.switches.empty_element, guessed=guessed, guard=guard)

    def _defaults(self, schema: Schema) -> dict[str, Stored]:
        """A row in column order without anything given; id 0 stands for "take the next one"."""
        row: dict[str, Stored] = dict(_empty_row(schema.name))
        now = to_millis(self._now())
        for name in ("created", "lastModified"):
            if name in row:
                row[name] = now
        return row

    def _take_id(self, wanted: Stored) -> int:
        self._database()
        identifier = int(wanted or self._next_id)
        self._next_id = max(self._next_id, identifier + 1)
        return identifier

    def _insert_rows(self, schema: Schema, rows: Sequence[Row]) -> None:
        marks = ", ".join("?" * len(schema.stored))
        sql = f'INSERT INTO "{schema.name}" ({_names(schema.stored)}) VALUES ({marks})'
        with _unique_keys(schema):
            self._database(schema).executemany(sql, rows)

    def _change(self, schema: Schema, row: int, values: Mapping[str, Stored]) -> bool:
        if not values:
            return bool(self.match(schema, {"id": row}))
        assignments = ", ".join(f'"{name}" = ?' for name in values)
        sql = f'UPDATE "{schema.name}" SET {assignments} WHERE "id" = ?'
        with _unique_keys(schema):
            return self._database(schema).execute(sql, [*values.values(), row]).rowcount > 0

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        database = self._database()
        database.execute("BEGIN")
        try:
            yield
        except BaseException:
            database.execute("ROLLBACK")
            self._made.clear()  # tables made since BEGIN are gone; making the others again is harmless
            raise
        database.execute("COMMIT")

    def _database(self, *schemas: Schema) -> sqlite3.Connection:
        """The connection, with these tables in it."""
        if self._connection is None:
            self._connection = self._open()
        for schema in schemas:
            if schema.name not in self._made:
                for statement in _definition(schema.name):
                    self._connection.execute(statement)
                self._made.add(schema.name)
        return self._connection

    def _open(self) -> sqlite3.Connection:
        # One thread uses a store at a time, though not always the one that made it (a server started in a thread).
        connection = sqlite3.connect(
            self._path, isolation_level=None, check_same_thread=False, cached_statements=_STATEMENTS
        )
        connection.execute("PRAGMA synchronous = OFF")  # what is kept need not survive a power cut
        connection.execute("PRAGMA page_size = 1024")  # most tables hold a few rows: small pages waste less
        prepare(connection)
        for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall():
            highest = connection.execute(f'SELECT MAX("id") FROM "{name}"').fetchone()[0]
            self._next_id = max(self._next_id, (highest or 0) + 1)
        return connection


def _reported(changes: list[Change], on_change: Callable[[Change], None] | None) -> list[Change]:
    if on_change is not None:
        for change in changes:
            on_change(change)
    return changes


_OPTION_VALUES = ("stringValue", "longValue", "doubleValue", "timeStampValue", "memoValue")
_OPTION = (
    f"""SELECT "dataType", {", ".join(f'"{name}"' for name in _OPTION_VALUES)} FROM "xtk:option" WHERE "name" = ?"""
)


def _names(columns: Sequence[Attribute]) -> str:
    return ", ".join(f'"{column.name}"' for column in columns)


def _where(schema: Schema, key: Mapping[str, Stored]) -> str:
    conditions = " AND ".join(f'"{name}" IS ?' for name in key)
    return f'"{schema.name}"{" WHERE " if key else ""}{conditions}'


@lru_cache(maxsize=64)
def _definition(name: str) -> tuple[str, ...]:
    """The statements that make a table. No DEFAULT clauses: every insert gives every column, and each would cost
    memory in each of a thousand databases."""
    schema = schema_of(name)
    columns = []
    for column in schema.stored:
        sort = "TEXT" if column.kind.textual else "REAL" if column.kind is Kind.DOUBLE else "INTEGER"
        constraint = "PRIMARY KEY" if column.name == "id" else "" if column.kind.temporal else "NOT NULL"
        columns.append(f'"{column.name}" {sort} {constraint}'.rstrip())
    statements = [f'CREATE TABLE IF NOT EXISTS "{name}" ({", ".join(columns)})']
    for index in schema.indexes:
        unique = index == (schema.natural_key,)
        keyed = ", ".join(f'"{column}"' for column in index)
        filled = f" WHERE \"{schema.natural_key}\" <> ''" if unique else ""
        statements.append(
            f'CREATE {"UNIQUE " * unique}INDEX IF NOT EXISTS "{name}({",".join(index)})" ON "{name}" ({keyed}){filled}'
        )
    return tuple(statements)


@lru_cache(maxsize=64)
def _empty_row(name: str) -> tuple[tuple[str, Stored], ...]:
    return tuple((column.name, store(column.kind, None)) for column in schema_of(name).stored)


@contextlib.contextmanager
def _unique_keys(schema: Schema) -> Iterator[None]:
    """Turn a taken key into the fault of the database and of the document (campaign_facts, Failures)."""
    try:
        yield
    except sqlite3.IntegrityError as error:
        column = str(error).rpartition(".")[2]
        constraint = f"{schema.name.replace(':', '')}_{column}".lower()
        raise save_failed(
            schema.title,
            f'PGS-220000 PostgreSQL error: ERROR:  duplicate key value violates unique constraint "{constraint}"',
        ) from error
