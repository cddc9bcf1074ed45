# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""Rows of any schema, page after page, within a memory limit.

Pages are told apart by the key and not by line, because a live server repeated rows at the edges of pages; they begin
at the smallest key, which may be negative (campaign_facts, Paging).
"""

from __future__ import annotations

import itertools
import re
import typing as t
from dataclasses import dataclass
from functools import cached_property

from .._core.errors import ProtocolError, ValidationError
from .._soap.querydef import all_of, fetch, integer, more_than, named_column, query

if t.TYPE_CHECKING:
    from collections.abc import Iterable

    from .._client.session import Session
    from .._soap.querydef import Row

_KEY = re.compile(r"@[A-Za-z_][A-Za-z0-9_]*")
_AGGREGATE = re.compile(r"\s*(?:Count|CountAll|Min|Max|Sum|Avg)\(", re.IGNORECASE)
#: Characters of a whole result: the limit for one process beside many others like it. One that is not ASCII counts four
#: times, as in memory, and a row itself takes some as well.
MOST_CHARACTERS = 24 * 1024 * 1024
_A_ROW = 100


@dataclass(frozen=True)
class Selection:
    """What to read.

    :param limit: the most rows.
    :param order_by: path and whether it is descending. Without it, rows come by their key, in as many pages as needed;
        with it, in one.
    :param key: the attribute with a whole number that tells rows apart.
    """

    schema: str
    columns: tuple[str, ...]
    where: str = ""
    limit: int = 1000
    order_by: tuple[tuple[str, bool], ...] = ()
    key: str = "@id"
    page_size: int = 500

    def __post_init__(self) -> None:
        for name in ("limit", "page_size"):
            if getattr(self, name) < 1:
                raise ValidationError(f"{name} must be at least 1, not {getattr(self, name)}.")
        if not _KEY.fullmatch(self.key):
            raise ValidationError("The key is not the name of an attribute.", next_step="Write it as @id.")
        if not self.in_one_page and any(path != self.key for path in self._named_as_the_key):
            raise ValidationError(
                f"A column other than {self.key} comes back under the name of that key, which tells the rows apart.",
                next_step="Give it another name, as in '@label as @other', or name another key.",
            )

    @property
    def has_key(self) -> bool:
        """Whether the user asks for the key, in any spelling: by its own name."""
        return bool(self._named_as_the_key)

    @cached_property
    def _named_as_the_key(self) -> list[str]:
        """The paths of the columns that come back under the name of the key."""
        named = map(named_column, self.columns)
        return [path for path, name in named if name == self.key[1:]]

    @property
    def in_one_page(self) -> bool:
        """Whether there is an order, or a row that stands for many, by which pages cannot be told apart."""
        return bool(self.order_by) or any(_AGGREGATE.match(column) for column in self.columns)


class Total:
    """How much all pages of a result hold: each one may be short, and they may have no end.

    :param next_step: what the operator does about too much.
    """

    def __init__(self, session: Session, next_step: str) -> None:
        self._session = session
        self._next_step = next_step
        self._weight = 0

    def add(self, texts: Iterable[str]) -> None:
        """Count the texts of a row. Raises ValidationError when it becomes more than ``MOST_CHARACTERS``."""
        self._weight += _A_ROW + sum(len(text) * (1 if text.isascii() else 4) for text in texts)
        if self._weight > MOST_CHARACTERS:
            raise ValidationError(
                f"The result holds more than {MOST_CHARACTERS} characters.",
                instance=self._session.name,
                next_step=self._next_step,
            )


def select(session: Session, selection: Selection) -> tuple[list[dict[str, str]], bool]:
    """The rows, and whether there are more of them than the limit.

    :raises ValidationError: before anything is sent; or the rows hold more than ``MOST_CHARACTERS``.
    :raises ProtocolError: the rows do not come in the order that was asked for.
    """
    wanted = selection.limit + 1  # one more than wanted tells whether there are more
    total = Total(session, "Ask for fewer fields, for fewer rows with limit, or for a part of them with where.")
    if selection.in_one_page:
        found = _page(session, selection, selection.where, wanted, selection.order_by, total)
    else:
        found = _pages(session, selection, wanted, total)
    return found[: selection.limit], len(found) > selection.limit


def _pages(session: Session, selection: Selection, wanted: int, total: Total) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    last: int | None = None
    while len(found) < wanted:
        size = min(selection.page_size, wanted - len(found))
        where = selection.where if last is None else all_of(selection.where, more_than(selection.key, last))
        page = _page(session, selection, where, size, ((selection.key, False),), total)
        for row in page:
            number = integer(row, selection.key[1:])
            if last is not None and number <= last:
                raise ProtocolError(
                    f"The server was asked for rows after {selection.key} {last} and sent others.",
                    reached="maybe",
                    instance=session.name,
                )
            last = number
        found += page if selection.has_key else [_without(row, selection.key[1:]) for row in page]
        if len(page) < size:
            break
    return found


def _page(
    session: Session,
    selection: Selection,
    where: str,
    size: int,
    order_by: tuple[tuple[str, bool], ...],
    total: Total,
) -> list[dict[str, str]]:
    columns = selection.columns
    if not selection.in_one_page and not selection.has_key:
        columns = (*columns, selection.key)
    definition = query(selection.schema, "select", columns, where=where, order_by=order_by, line_count=size)
    rows = fetch(session, definition, without_password)
    for row in rows:
        total.add(itertools.chain(row, row.values()))
    return rows


def without_password(row: Row) -> dict[str, str]:
    """The row as a server may send it, unasked, without a password."""
    return {name: text for name, text in row.items() if name.rpartition("@")[2].lower() != "password"}


def _without(row: dict[str, str], name: str) -> dict[str, str]:
    return {key: text for key, text in row.items() if key != name}
