# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The store: rows as Python values, options as text, many rows, many stores."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from lxml import etree

from simulator.database.schemas import SCHEMAS, schema_of
from simulator.database.store import Store
from simulator.database.values import BadValue, Kind, decode, encode
from simulator.soap.errors import MethodFailure

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[4]


@pytest.fixture
def store() -> Store:
    return Store(lambda: NOW)


def test_a_row_is_returned_in_python_values(store: Store) -> None:
    started = datetime(2026, 11, 23, 3, 30, 0, 123_000, tzinfo=timezone(timedelta(hours=2)))
    row = store.insert("xtk:workflow", {"internalName": "w", "failed": True, "lastStart": started, "folder-id": 3})
    found = store.get("xtk:workflow", row)
    assert found is not None
    assert found["lastStart"] == started
    assert str(found["lastStart"]) == "2026-11-23 01:30:00.123000+00:00"
    assert (found["id"], found["failed"], found["label"], found["processDate"]) == (row, 1, "", None)
    assert found["created"] == NOW
    assert set(found) == {attribute.name for attribute in schema_of("xtk:workflow").stored}


def test_rows_are_found_by_their_values(store: Store) -> None:
    rows = [{"internalName": f"w{n}", "state": n % 2, "folder-id": n} for n in range(4)]
    store.insert_many("xtk:workflow", rows)
    assert [row["internalName"] for row in store.find("xtk:workflow", state=1)] == ["w1", "w3"]
    assert [row["internalName"] for row in store.find("xtk:workflow", state=1, **{"folder-id": 3})] == ["w3"]
    assert len(store.find("xtk:workflow", lastStart=None)) == 4
    assert store.find("xtk:workflow", internalName="other") == []
    assert store.get("xtk:workflow", 1) is None


def test_a_row_is_updated_and_deleted(store: Store) -> None:
    row = store.insert("xtk:option", {"name": "o", "doubleValue": 1})
    assert store.update("xtk:option", row, {"doubleValue": 2.5, "timeStampValue": None})
    assert store.find("xtk:option")[0]["doubleValue"] == 2.5
    assert store.update("xtk:option", row, {})
    assert not store.update("xtk:option", row + 1, {"doubleValue": 1})
    assert store.delete("xtk:option", row)
    assert not store.delete("xtk:option", row)


def test_ids_come_from_one_sequence_and_never_meet_a_given_one(store: Store) -> None:
    first = store.insert("xtk:folder", {"name": "a"})
    assert store.insert("xtk:option", {"name": "a"}) == first + 1
    assert store.insert("xtk:option", {"id": first + 50, "name": "b"}) == first + 50
    assert store.insert("xtk:option", {"id": -5, "name": "c"}) == -5
    assert store.insert_many("xtk:folder", ({"name": name} for name in "xy")) == [first + 51, first + 52]


@pytest.mark.parametrize("taken", [{"name": "a"}, {"id": 1, "name": "b"}])
def test_a_taken_key_faults_and_none_of_the_rows_stays(store: Store, taken: dict[str, object]) -> None:
    store.insert("xtk:option", {"id": 1, "name": "a"})
    with pytest.raises(MethodFailure, match="PGS-220000 .* duplicate key"):
        store.insert_many("xtk:option", [{"name": "fine"}, taken])
    assert len(store.find("xtk:option")) == 1


def test_rows_without_a_name_do_not_clash(store: Store) -> None:
    store.insert_many("nms:delivery", [{"label": "a"}, {"label": "b"}])
    assert len(store.find("nms:delivery", internalName="")) == 2


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"surprise": 1}, LookupError),
        ({"_cs": "x"}, LookupError),
        ({"label": 1}, BadValue),
        ({"label": "\x00"}, BadValue),
        ({"state": "11"}, BadValue),
        ({"state": 40000}, BadValue),
        ({"lastStart": datetime(2026, 1, 1)}, BadValue),
        ({"lastStart": "2026-01-01"}, BadValue),
        ({"failed": 2}, BadValue),
    ],
)
def test_a_value_of_the_wrong_type_is_refused(store: Store, values: dict[str, object], error: type[Exception]) -> None:
    with pytest.raises(error):
        store.insert("xtk:workflow", values)
    with pytest.raises(error):
        store.find("xtk:workflow", **values)


def test_an_unknown_schema_is_refused(store: Store) -> None:
    with pytest.raises(LookupError, match="nms:nothing"):
        store.insert("nms:nothing", {})


# -- options --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data_type", "column", "value", "text"),
    [
        (6, "stringValue", "abc", "abc"),
        (3, "longValue", -4, "-4"),
        (15, "longValue", 1, "1"),
        (5, "doubleValue", 1.5, "1.5"),
        (5, "doubleValue", 2, "2"),
        (7, "timeStampValue", datetime(2020, 3, 1, 10, 0, tzinfo=UTC), "2020-03-01 10:00:00.000Z"),
        (7, "timeStampValue", None, ""),
        (10, "timeStampValue", datetime(2020, 3, 1, tzinfo=UTC), "2020/03/01"),
        (12, "memoValue", "long", "long"),
        (99, "stringValue", "unknown type", "unknown type"),
    ],
)
def test_an_option_is_returned_as_text_with_its_type(
    store: Store, data_type: int, column: str, value: object, text: str
) -> None:
    store.insert("xtk:option", {"name": "o", "dataType": data_type, column: value})
    assert store.get_option("o") == (text, data_type)


def test_a_missing_option_has_no_value_and_type_zero(store: Store) -> None:
    assert store.get_option("o") == ("", 0)


# -- types ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Kind.DATETIME, "0001-01-01 00:00:00.000Z"),
        (Kind.DATETIME, "1969-12-31 23:59:59.999Z"),
        (Kind.DATETIME, "9999-12-31 23:59:59.999Z"),
        (Kind.DATE, "0999/12/31"),
        (Kind.DATE, ""),
        (Kind.BYTE, "-128"),
        (Kind.DOUBLE, "0.1"),
        (Kind.DOUBLE, "12"),
        (Kind.STRING, " x "),
    ],
)
def test_the_text_of_a_value_is_read_back(kind: Kind, text: str) -> None:
    assert encode(kind, decode(kind, text)) == text


def test_a_date_out_of_the_calendar_is_refused() -> None:
    for text in ("9999-12-31 23:59:59-05", "0000-01-01"):
        with pytest.raises(BadValue):
            decode(Kind.DATETIME, text)


# -- the database ---------------------------------------------------------------------------------------------------


def test_data_in_a_file_outlive_the_store(tmp_path: Path) -> None:
    path = str(tmp_path / "mkt.sqlite")
    first = Store(lambda: NOW, path=path)
    row = first.insert("xtk:option", {"name": "o", "dataType": 6, "stringValue": "kept"})
    first.close()
    first.close()
    second = Store(lambda: NOW, path=path)
    assert second.get_option("o") == ("kept", 6)
    assert second.insert("xtk:folder", {"name": "f"}) > row
    second.close()


def test_a_closed_store_in_memory_is_empty_and_works(store: Store) -> None:
    store.insert("xtk:option", {"name": "o"})
    store.close()
    assert store.find("xtk:option") == []


def test_rows_are_counted_and_deleted_by_a_date_at_its_very_limits(store: Store) -> None:
    first, second, third = (NOW + timedelta(seconds=number) for number in range(3))
    for moment, workflow in ((first, 1), (second, 1), (third, 1), (second, 2), (None, 1)):
        store.insert("xtk:workflowLog", {"workflow-id": workflow, "logDate": moment})
    dated = ("xtk:workflowLog", "logDate")
    assert store.count_between(*dated, first, third) == 3
    assert store.count_between(*dated, first, third, **{"workflow-id": 1}) == 2
    assert store.delete_before(*dated, second, **{"workflow-id": 1}) == 1
    assert store.delete_before(*dated, third) == 2
    assert [row["logDate"] for row in store.find("xtk:workflowLog")] == [third, None]


def test_every_table_can_be_made_and_its_keys_are_indexed(store: Store) -> None:
    for name, schema in SCHEMAS.items():
        values = {schema.natural_key: "x"} if schema.natural_key else {}
        row = store.insert(name, values)
        assert store.get(name, row) is not None
        if schema.natural_key:
            with pytest.raises(MethodFailure):
                store.insert(name, values)
        for link in schema.links:
            assert link.target in SCHEMAS
            assert schema.attribute(link.column).kind is Kind.LONG


def test_thousands_of_rows_are_inserted_and_answered(store: Store) -> None:
    start = datetime(2020, 1, 1, tzinfo=UTC)
    store.insert_many(
        "nms:delivery",
        ({"internalName": f"DM{n}", "lastModified": start + timedelta(hours=n)} for n in range(5000)),
    )
    query = etree.fromstring(
        '<queryDef operation="select" schema="nms:delivery" lineCount="10"><select><node expr="@id"/></select>'
        '<where><condition expr="@lastModified &gt;= #2020-01-02T00:00:00.000Z#"/></where></queryDef>'
    )
    result = store.query(query, login="mid")
    assert (result.matched_rows, len(result.element)) == (5000 - 24, 10)


def test_a_failure_of_the_database_is_a_fault(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr("simulator.database.store.answer", fail)
    query = etree.fromstring('<queryDef operation="count" schema="nms:delivery"/>')
    with pytest.raises(MethodFailure, match="WDB-200001 .* disk I/O error"):
        store.query(query, login="ops")


MANY = """
import resource, sys
from datetime import datetime, UTC
from lxml import etree
from simulator.database.store import Store

query = etree.fromstring(
    '<queryDef operation="select" schema="xtk:workflow" lineCount="9"><select><node expr="@id"/></select></queryDef>')
now = datetime(2026, 11, 23, tzinfo=UTC)
def grow(number):
    stores = [Store(lambda: now) for _ in range(number)]
    for store in stores:
        store.insert("xtk:workflow", {"internalName": "w"})
        store.insert("xtk:option", {"name": "o"})
        store.query(query, login="ops")
    return stores
kept = grow(10)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
kept += grow(200)
unit = 1024 if sys.platform == "darwin" else 1  # bytes there, kilobytes elsewhere
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / unit / 200)
"""


def test_a_store_in_use_costs_less_than_300_kilobytes() -> None:
    # In a process of its own: the peak of this one says nothing about 200 stores.
    done = subprocess.run(
        [sys.executable, "-c", MANY], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    assert float(done.stdout) < 300
