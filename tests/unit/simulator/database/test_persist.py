# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""persist#Write and WriteCollection: operations, keys, values, and what is refused."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

import pytest
from lxml import etree

from simulator.config.switches import Switches
from simulator.database.persist import Change
from simulator.database.store import Store
from simulator.soap.errors import MethodFailure

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
OLD = datetime(2020, 3, 1, 10, 0, tzinfo=UTC)
CURSOR = "NmsMidSourcing_LastDelivery_defaultEmailMid"


@pytest.fixture
def store() -> Store:
    store = Store(lambda: NOW)
    store.insert("xtk:operator", {"id": 7, "name": "ops"})
    store.insert("xtk:option", {"id": 50, "name": CURSOR, "dataType": 7, "timeStampValue": OLD, "created": OLD,
                                "lastModified": OLD})  # fmt: skip
    return store


def write(store: Store, document: str) -> list[Change]:
    return store.write(etree.fromstring(document), login="ops")


def option(attributes: str, inner: str = "") -> str:
    return f'<option xtkschema="xtk:option" {attributes}>{inner}</option>'


def cursor(store: Store) -> object:
    return store.find("xtk:option", name=CURSOR)[0]["timeStampValue"]


@pytest.mark.parametrize(("text", "value"), [("true", 1), ("false", 0), ("1", 1), ("0", 0)])
def test_a_boolean_option_is_written_in_words_or_numbers(store: Store, text: str, value: int) -> None:
    write(store, option(f'name="B" dataType="15" longValue="{text}"'))
    assert store.find("xtk:option", name="B")[0]["longValue"] == value


def test_words_are_no_number_of_another_type(store: Store) -> None:
    with pytest.raises(MethodFailure, match="not a whole number"):
        write(store, option('name="B" dataType="3" longValue="true"'))


# -- operations -----------------------------------------------------------------------------------------------------


def test_update_changes_only_what_the_document_holds(store: Store) -> None:
    changes = write(
        store, option(f'_operation="update" _key="@name" name="{CURSOR}" timeStampValue="2026-11-22 02:00:00.000Z"')
    )
    assert changes == [Change("xtk:option", "update", 50, CURSOR)]
    row = store.get("xtk:option", 50)
    assert row is not None
    assert row["timeStampValue"] == datetime(2026, 11, 22, 2, tzinfo=UTC)
    assert (row["dataType"], row["created"], row["lastModified"], row["modifiedBy-id"]) == (7, OLD, NOW, 7)


def test_update_of_a_missing_row_does_nothing_silently(store: Store) -> None:
    assert write(store, option('_operation="update" _key="@name" name="Other" stringValue="x"')) == []
    assert [row["name"] for row in store.find("xtk:option")] == [CURSOR]


@pytest.mark.parametrize("operation", ['_operation="insertOrUpdate"', "", '_operation="insert"'])
def test_a_new_row_is_inserted_with_its_author(store: Store, operation: str) -> None:
    changes = write(store, option(f'{operation} name="New" dataType="6" stringValue="x"'))
    (row,) = store.find("xtk:option", name="New")
    assert changes == [Change("xtk:option", "insert", int(str(row["id"])), "New")]
    assert (row["stringValue"], row["created"], row["createdBy-id"]) == ("x", NOW, 7)


def test_insert_or_update_finds_the_row_by_the_first_key_the_document_fills(store: Store) -> None:
    assert write(store, option(f'name="{CURSOR}" description="by name"'))[0].operation == "update"
    assert write(store, option('id="50" name="Renamed"'))[0] == Change("xtk:option", "update", 50, "Renamed")


def test_insert_of_a_taken_name_faults_as_the_database_does(store: Store) -> None:
    with pytest.raises(MethodFailure) as caught:
        write(store, option(f'_operation="insert" name="{CURSOR}"'))
    assert (caught.value.detail or "").splitlines() == [
        'PGS-220000 PostgreSQL error: ERROR:  duplicate key value violates unique constraint "xtkoption_name"',
        "XSV-350023 Unable to save document of type 'Options (xtk:option)'.",
    ]


def test_delete_removes_the_row_and_a_missing_row_is_no_fault(store: Store) -> None:
    document = option(f'_operation="delete" _key="@name" name="{CURSOR}"')
    assert write(store, document) == [Change("xtk:option", "delete", 50, CURSOR)]
    assert write(store, document) == []
    assert store.find("xtk:option") == []


def test_none_changes_nothing(store: Store) -> None:
    assert write(store, option(f'_operation="none" name="{CURSOR}" description="x"')) == []
    assert store.find("xtk:option", description="x") == []


def test_a_row_without_a_natural_key_can_only_be_inserted(store: Store) -> None:
    line = '<workflowLog xtkschema="xtk:workflowLog" {} activity="a" workflow-id="3"/>'
    assert write(store, line.format('_operation="insert"'))[0].name == ""
    with pytest.raises(MethodFailure, match="SCM-120008"):
        write(store, line.format(""))


def test_on_change_is_called_after_the_write(store: Store) -> None:
    seen: list[tuple[Change, object]] = []
    document = etree.fromstring(option(f'name="{CURSOR}" timeStampValue=""'))
    changes = store.write(document, login="nobody", on_change=lambda change: seen.append((change, cursor(store))))
    assert seen == [(changes[0], None)]


# -- values ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("2026-01-02 03:04:05.678Z", datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)),
        ("2026-01-02T03:04:05Z", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ("2026-01-02T03:04:05+02:00", datetime(2026, 1, 2, 1, 4, 5, tzinfo=UTC)),
        ("2026-01-02 03:04:05.678-07", datetime(2026, 1, 2, 10, 4, 5, 678000, tzinfo=UTC)),
        ("2026/01/02", datetime(2026, 1, 2, tzinfo=UTC)),
        ("", None),
    ],
)
def test_dates_are_read(store: Store, text: str, stored: datetime | None) -> None:
    write(store, option(f'name="{CURSOR}" timeStampValue="{text}"'))
    assert cursor(store) == stored


def test_a_date_without_a_zone_is_server_time_and_logged(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    write(store, option(f'name="{CURSOR}" timeStampValue="2026-01-02 03:04:05"'))
    assert cursor(store) == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert "no zone" in caplog.text


@pytest.mark.parametrize(("text", "stored"), [("true", 1), ("1", 1), ("false", 0), ("0", 0), ("", 0)])
def test_booleans_are_read(store: Store, text: str, stored: int) -> None:
    write(store, f'<workflow xtkschema="xtk:workflow" internalName="w" failed="{text}"/>')
    assert store.find("xtk:workflow")[0]["failed"] == stored


def test_what_is_no_boolean_faults(store: Store) -> None:
    with pytest.raises(MethodFailure, match="'yes' is not a boolean"):
        write(store, '<workflow xtkschema="xtk:workflow" internalName="w" failed="yes"/>')


def test_attributes_below_an_element_are_read(store: Store) -> None:
    document = '<delivery xtkschema="nms:delivery" internalName="DM1"><indicators toDeliver="7"/></delivery>'
    with pytest.raises(MethodFailure, match="Attribute 'toDeliver' unknown"):
        write(store, document)
    store.write(etree.fromstring(document), login="mid", internal=True)
    assert store.find("nms:delivery")[0]["toDeliver"] == 7


def test_numbers_and_texts_are_read(store: Store) -> None:
    write(store, option('name="N" dataType="3" longValue="-2147483648" doubleValue="-1.5e3" stringValue=" a &amp; b "'))
    (row,) = store.find("xtk:option", name="N")
    assert (row["longValue"], row["doubleValue"], row["stringValue"]) == (-(2**31), -1500.0, " a & b ")


def test_a_memo_is_read_as_element_and_as_attribute(store: Store) -> None:
    write(store, option('name="M" dataType="12"', "<memoValue><![CDATA[<a/>]]></memoValue>"))
    assert store.get_option("M") == ("<a/>", 12)
    write(store, option('name="M" memoValue="b"'))
    assert store.get_option("M") == ("b", 12)


def test_what_belongs_to_soap_and_the_compute_string_are_ignored(store: Store) -> None:
    document = (
        '<option xmlns="urn:xtk:persist" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type=""'
        f' xtkschema="xtk:option" name="{CURSOR}" _cs="x" description="kept"><!-- note --></option>'
    )
    assert write(store, document)[0].operation == "update"
    assert store.find("xtk:option", description="kept")


@pytest.mark.parametrize(
    "attributes",
    [
        'timeStampValue="yesterday"',
        'timeStampValue="2026-02-30 00:00:00Z"',
        'timeStampValue="1700000000"',
        'longValue="2147483648"',
        'longValue="1.5"',
        'longValue="1_000"',
        'dataType="300"',
        'doubleValue="nan"',
        'dataType="x"',
        'doubleValue="1,5"',
    ],
)
def test_a_value_that_the_type_cannot_hold_faults_and_changes_nothing(store: Store, attributes: str) -> None:
    before = store.find("xtk:option")
    with pytest.raises(MethodFailure, match="XSV-350023 Unable to save document of type 'Options"):
        write(store, option(f'name="{CURSOR}" description="x" {attributes}'))
    assert store.find("xtk:option") == before


# -- the empty element of acc-js-sdk (campaign_facts, Writing options and unknown 12) ----------------------------------

EMPTY = option(f'_operation="insertOrUpdate" _key="@name" name="{CURSOR}" dataType="7"', "<timeStampValue/>")


def test_an_attribute_sent_as_an_empty_element_becomes_null_and_is_logged(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    write(store, EMPTY)
    assert cursor(store) is None
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert "timeStampValue" in caplog.text


def test_the_empty_element_may_be_ignored_or_fault(store: Store) -> None:
    store.switches = Switches(empty_element="ignore")
    assert write(store, EMPTY)[0].operation == "update"
    store.switches = Switches(empty_element="fault")
    with pytest.raises(MethodFailure, match="'timeStampValue' unknown"):
        write(store, EMPTY)
    assert cursor(store) == OLD


# -- keys -----------------------------------------------------------------------------------------------------------


def test_a_key_of_several_attributes_finds_the_row(store: Store) -> None:
    write(store, option(f'_operation="update" _key="@name, [@dataType]" name="{CURSOR}" dataType="7" description="x"'))
    assert store.find("xtk:option", description="x")
    assert not write(store, option(f'_operation="update" _key="@name,@dataType" name="{CURSOR}" dataType="6"'))


def test_a_key_that_matches_several_rows_faults(store: Store) -> None:
    write(store, option('name="Second" dataType="7"'))
    with pytest.raises(MethodFailure, match="several"):
        write(store, option('_operation="update" _key="@dataType" dataType="7" description="x"'))
    assert not store.find("xtk:option", description="x")


@pytest.mark.parametrize(
    "document",
    [
        option('_key="@name" description="x"'),
        option('_key="@name" name=""'),
        option('description="x"'),
        option('_operation="insert" description="x"'),
        option('id="50" name=""'),
        option('id="51" description="new and nameless"'),
    ],
)
def test_a_document_without_its_key_values_faults(store: Store, document: str) -> None:
    with pytest.raises(MethodFailure, match="SCM-120008"):
        write(store, document)


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (f'<option name="{CURSOR}"/>', "XFR-180000 Unknown schema ''"),
        ('<option xtkschema="nms:nothing"/>', "XFR-180000 Unknown schema 'nms:nothing'"),
        (f'<workflow xtkschema="xtk:option" name="{CURSOR}"/>', "Element 'workflow' unknown"),
        (option(f'name="{CURSOR}" surprise="1"'), "Attribute 'surprise' unknown"),
        (option(f'name="{CURSOR}" lastModified="2026-01-01 00:00:00Z"'), "Attribute 'lastModified' unknown"),
        (option(f'name="{CURSOR}"', "<surprise/>"), "Element 'surprise' unknown"),
        (option(f'name="{CURSOR}"', "<timeStampValue>2026-01-01 00:00:00Z</timeStampValue>"), "'timeStampValue' unkn"),
        (option(f'_key="@surprise" name="{CURSOR}"'), "Attribute 'surprise' unknown"),
        (option(f'_operation="upsert" name="{CURSOR}"'), "Operation 'upsert' unknown"),
        (option(f'_operation="delete" name="{CURSOR}" dataType="7"'), "only the key fields"),
        (option('_operation="none" name="Other"'), "does not exist"),
        (option(f'_key="@name" id="51" name="{CURSOR}"'), "cannot change"),
    ],
)
def test_a_document_that_is_not_understood_faults(store: Store, document: str, reason: str) -> None:
    with pytest.raises(MethodFailure, match=reason):
        write(store, document)


# -- links ----------------------------------------------------------------------------------------------------------


def workflow(inner: str) -> str:
    return f'<workflow xtkschema="xtk:workflow" internalName="w">{inner}</workflow>'


def test_a_link_is_reconciled_without_changing_its_target(store: Store) -> None:
    folder = store.insert("xtk:folder", {"name": "f", "label": "Old"})
    changes = write(store, workflow('<folder _operation="none" name="f" label="New"/>'))
    assert [change.schema for change in changes] == ["xtk:workflow"]
    assert store.find("xtk:workflow")[0]["folder-id"] == folder
    assert store.find("xtk:folder")[0]["label"] == "Old"


def test_a_linked_document_without_operation_overwrites_its_target(store: Store) -> None:
    store.insert("xtk:folder", {"name": "f", "label": "Old"})
    changes = write(store, workflow('<folder name="f" label="New"/>'))
    assert [(change.schema, change.operation) for change in changes] == [
        ("xtk:folder", "update"), ("xtk:workflow", "insert"),
    ]  # fmt: skip
    assert store.find("xtk:folder")[0]["label"] == "New"


def test_an_update_of_a_missing_target_leaves_the_link_alone(store: Store) -> None:
    store.insert("xtk:workflow", {"internalName": "w", "folder-id": 3})
    write(store, workflow('<folder _operation="update" name="f" label="New"/>'))
    assert store.find("xtk:workflow")[0]["folder-id"] == 3


def test_a_fault_in_the_document_undoes_what_its_links_wrote(store: Store) -> None:
    store.insert("xtk:workflow", {"internalName": "w"})
    with pytest.raises(MethodFailure, match="duplicate key"):
        write(store, workflow('<folder name="f"/>').replace("<workflow", '<workflow _operation="insert"', 1))
    assert store.find("xtk:folder") == []
    store.insert("xtk:folder", {"name": "f"})  # the table, made in the undone transaction, is there again


# -- collections ----------------------------------------------------------------------------------------------------

COLLECTION = (
    f'<option-collection xtkschema="xtk:option"><option name="{CURSOR}" description="x"/>'
    '<option _operation="insert" name="New"/>{}</option-collection>'
)


def test_each_child_of_a_collection_is_a_document(store: Store) -> None:
    changes = store.write_collection(etree.fromstring(COLLECTION.format("")), login="ops")
    assert [(change.operation, change.name) for change in changes] == [("update", CURSOR), ("insert", "New")]


def test_a_fault_in_a_collection_undoes_all_of_it(store: Store) -> None:
    seen: list[Change] = []
    broken = etree.fromstring(COLLECTION.format('<option name="Third" surprise="1"/>'))
    with pytest.raises(MethodFailure):
        store.write_collection(broken, login="ops", on_change=seen.append)
    assert (len(store.find("xtk:option")), seen) == (1, [])


def test_by_the_switch_a_fault_keeps_the_documents_before_it(store: Store) -> None:
    store.switches = Switches(collection="each")
    seen: list[Change] = []
    broken = etree.fromstring(COLLECTION.format('<option name="Third" surprise="1"/>'))
    with pytest.raises(MethodFailure):
        store.write_collection(broken, login="ops", on_change=seen.append)
    assert [change.name for change in seen] == [CURSOR, "New"]
    assert len(store.find("xtk:option")) == 2
    whole = etree.fromstring(f'<option-collection xtkschema="xtk:option"><option name="{CURSOR}"/></option-collection>')
    assert [change.name for change in store.write_collection(whole, login="ops")] == [CURSOR]


def test_a_collection_has_the_name_of_its_schema(store: Store) -> None:
    with pytest.raises(MethodFailure, match="'option-collection'"):
        store.write_collection(etree.fromstring('<options xtkschema="xtk:option"/>'), login="ops")
