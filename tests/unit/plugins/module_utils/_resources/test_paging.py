# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows page after page: none missed, none twice, no more than the memory limit."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._core.errors import ProtocolError, ValidationError
from ansible_collections.campaign.classic.plugins.module_utils._resources import paging as _pages
from ansible_collections.campaign.classic.plugins.module_utils._resources.paging import Selection, select
from tests.helpers.fake_session import FakeSession, collection


def page(*numbers: int, **more: Any) -> Any:
    return collection("thing", *({"id": number, "name": f"n{number}", **more} for number in numbers))


def read(*pages: Any, **wanted: Any) -> tuple[list[dict[str, str]], bool, FakeSession]:
    session: Any = FakeSession(*pages)
    rows, more = select(session, Selection("xtk:thing", **{"columns": ("@name",), "page_size": 2, **wanted}))
    assert session.spent()
    return rows, more, session


def test_pages_begin_at_the_smallest_key_and_go_on_after_the_last() -> None:
    rows, more, session = read(page(-7, 0), page(1, 2), page(3), where="@a = 1")
    assert [row["name"] for row in rows] == ["n-7", "n0", "n1", "n2", "n3"]
    assert not more
    assert [sent.where for sent in session.sent] == ["@a = 1", "(@a = 1) and (@id > 0)", "(@a = 1) and (@id > 2)"]
    assert [sent.document.get("lineCount") for sent in session.sent] == ["2", "2", "2"]
    assert {str(sent.document.xpath("string(orderBy/node/@expr)")) for sent in session.sent} == {"@id"}


def test_full_last_page_is_followed_by_an_empty_one() -> None:
    rows, more, session = read(page(1, 2), page())
    assert (len(rows), more, len(session.sent)) == (2, False, 2)


def test_key_that_was_not_asked_for_is_read_and_not_shown() -> None:
    rows, _more, session = read(page(1))
    assert rows == [{"name": "n1"}]
    assert session.sent[0].columns == ["@name", "@id"]
    rows, _more, session = read(page(1), columns=("@id", "@name"))
    assert rows == [{"id": "1", "name": "n1"}]
    assert session.sent[0].columns == ["@id", "@name"]


@pytest.mark.parametrize("asked", [" @id", "[@id]", "@id as @id", "[@id] as @id"])
def test_key_in_any_spelling_is_read_once_and_shown(asked: str) -> None:
    rows, _more, session = read(page(1), columns=("@name", asked))
    assert rows == [{"id": "1", "name": "n1"}]
    assert len(session.sent[0].columns) == 2
    answer = collection("thing", {"number": 4, "name": "a"})
    rows, _more, session = read(answer, columns=("@name", asked.replace("@id", "@number")), key="@number")
    assert rows == [{"number": "4", "name": "a"}]


def test_key_under_another_name_is_read_beside_it() -> None:
    rows, _more, session = read(page(1, number="1"), columns=("@name", "@id as @number"))
    assert rows == [{"name": "n1", "number": "1"}]
    assert session.sent[0].columns[2:] == ["@id"]


@pytest.mark.parametrize("column", ["@name as @id", "id", "ToString(@id) as @id"])
def test_other_column_under_the_name_of_the_key_is_refused_before_anything_is_sent(column: str) -> None:
    with pytest.raises(ValidationError, match="other than @id comes back under the name of that key"):
        Selection("xtk:thing", (column,))
    assert Selection("xtk:thing", (column,), order_by=(("@name", False),)).in_one_page


def test_limit_ends_the_reading_and_tells_that_there_is_more() -> None:
    rows, more, session = read(page(1, 2), page(3, 4), limit=3)
    assert ([row["name"] for row in rows], more) == (["n1", "n2", "n3"], True)
    rows, more, session = read(page(1, 2), page(3), limit=2)
    assert (len(rows), more) == (2, True)
    assert [sent.document.get("lineCount") for sent in session.sent] == ["2", "1"]


def test_another_key_tells_rows_apart() -> None:
    answer = collection("thing", {"number": 4, "name": "a"}, {"number": 9, "name": "b"})
    _rows, _more, session = read(answer, collection("thing"), key="@number")
    assert session.sent[1].where == "@number > 9"


@pytest.mark.parametrize("pages", [[page(1, 2), page(2, 3)], [page(2, 1)], [page(1, 1)], [page(1, 2), page(1)]])
def test_rows_that_come_twice_or_backwards_are_an_error_and_no_endless_loop(pages: list[Any]) -> None:
    with pytest.raises(ProtocolError, match="sent others"):
        read(*pages)


def test_order_of_the_users_own_is_read_in_one_page() -> None:
    rows, more, session = read(page(3, 1, 2), order_by=(("@name", True),), limit=2)
    assert ([row["name"] for row in rows], more) == (["n3", "n1"], True)
    (sent,) = session.sent
    assert (sent.document.get("lineCount"), sent.columns) == ("3", ["@name"])
    assert sent.document.xpath("orderBy/node/@sortDesc") == ["true"]


@pytest.mark.parametrize("column", ["Max(@id) as @last", "countall()", " Sum(@x)"])
def test_row_that_stands_for_many_has_no_key(column: str) -> None:
    _rows, _more, session = read(collection("thing", {"last": 7}), columns=(column.strip(),))
    assert "@id" not in session.sent[0].columns
    assert not session.sent[0].document.xpath("orderBy")


def test_password_that_nobody_asked_for_is_dropped() -> None:
    rows, _more, _session = read(page(1, password="@encrypted"))
    assert rows == [{"name": "n1"}]


def test_result_that_is_too_large_is_an_error_before_memory_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_pages, "MOST_CHARACTERS", 20)
    with pytest.raises(ValidationError, match="more than 20 characters. Ask for fewer"):
        read(page(1, 2), page(3, 4))
    with pytest.raises(ValidationError, match="more than 20 characters"):
        read(page(1, 2, 3), order_by=(("@name", False),))


@pytest.mark.parametrize("wrong", [{"limit": 0}, {"page_size": -1}, {"key": "id"}, {"key": "@id or 1"}, {"key": ""}])
def test_selection_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Selection("xtk:thing", ("@name",), **wrong)
