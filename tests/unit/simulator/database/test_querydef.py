# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""queryDef: the shapes of the answers, conditions, groups, paging, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from lxml import etree

from simulator.config.switches import Switches
from simulator.database.answers import select_all
from simulator.database.schemas import SCHEMAS
from simulator.database.store import Store
from simulator.soap.errors import MethodFailure
from tests.helpers.queries import OR, SELECT, answer, condition, ids, order, query, some_workflows, where

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


@pytest.fixture
def store() -> Store:
    return some_workflows(NOW)


# -- the shapes of answers (campaign_facts, Calls) --------------------------------------------------------------------


def test_select_returns_a_collection(store: Store) -> None:
    assert answer(store, SELECT + where(condition("@state = 11"))) == (
        '<workflow-collection><workflow id="2" state="11"/><workflow id="3" state="11"/></workflow-collection>'
    )
    assert answer(store, SELECT + where(condition("@state = 99"))) == "<workflow-collection/>"


@pytest.mark.parametrize("operation", ["get", "getIfExists"])
def test_get_returns_one_bare_element(store: Store, operation: str) -> None:
    attributes = f'operation="{operation}" schema="xtk:workflow"'
    assert answer(store, SELECT + where(condition("@id = 1")), attributes) == '<workflow id="1" state="13"/>'


def test_get_faults_when_nothing_is_found_and_get_if_exists_returns_an_empty_element(store: Store) -> None:
    nothing = SELECT + where(condition("@id = 99"))
    with pytest.raises(MethodFailure) as caught:
        query(store, nothing, 'operation="get" schema="xtk:workflow"')
    fault = caught.value.wrapped("xtk:queryDef", "ExecuteQuery")
    assert fault.string == "SOP-330011 Error while executing the method 'ExecuteQuery' of service 'xtk:queryDef'."
    assert "'Workflows (xtk:workflow)'" in (fault.detail or "")
    assert answer(store, nothing, 'operation="getIfExists" schema="xtk:workflow"') == "<workflow/>"


def test_count_returns_the_number_without_a_wrapper(store: Store) -> None:
    attributes = 'operation="count" schema="xtk:workflow" lineCount="1"'
    assert answer(store, where(condition("@state = 11")), attributes) == '<workflow count="2"/>'
    assert answer(store, SELECT + where(condition("@state = 99")), attributes) == '<workflow count="0"/>'


def test_values_have_the_forms_of_the_wire(store: Store) -> None:
    nodes = "".join(f'<node expr="{path}"/>' for path in ("@failed", "@lastStart", "@label", "[@folder-id]", "@port"))
    assert answer(store, f"<select>{nodes}</select>" + where(condition("@id in (1, 5)"))) == (
        "<workflow-collection>"
        '<workflow failed="1" lastStart="2026-11-22 02:00:00.000Z" label="The defaultMidSourcingDlv"'
        ' folder-id="1000" port="0"/>'
        '<workflow failed="0" lastStart="" label="The draft" folder-id="0" port="0"/>'
        "</workflow-collection>"
    )


def test_links_are_nested_and_aliases_move_the_value(store: Store) -> None:
    nodes = (
        '<node expr="[folder/@label]"/><node expr="[folder/@name]"/><node expr="[folder/@label]" alias="@folderLabel"/>'
        '<node expr="@state" alias="[more/deep/@code]"/><node expr="@state" alias="note"/>'
    )
    assert answer(store, f"<select>{nodes}</select>" + where(condition("@id = 1"))) == (
        '<workflow-collection><workflow folderLabel="Technical"><folder label="Technical" name="technical"/>'
        '<more><deep code="13"/></more><note><![CDATA[13]]></note></workflow></workflow-collection>'
    )


def test_a_link_through_a_link_and_conditions_on_links(store: Store) -> None:
    nodes = '<select><node expr="@id"/><node expr="[workflow/folder/@name]"/></select>'
    found = answer(
        store,
        nodes + where(condition("[workflow/@label] like 'The default%' and @id = 101")),
        'operation="select" schema="xtk:workflowLog"',
    )
    assert found == (
        '<workflowLog-collection><workflowLog id="101"><workflow><folder name="technical"/></workflow></workflowLog>'
        "</workflowLog-collection>"
    )
    assert ids(store, where(condition("[folder/@name] = ''"))) == [5]


def test_analyze_adds_the_name_and_label_of_an_enumeration(store: Store) -> None:
    nodes = '<node expr="@state" analyze="true"/><node expr="@id" analyze="true"/><node expr="@failed" analyze="0"/>'
    assert answer(store, f"<select>{nodes}</select>" + where(condition("@id = 1"))) == (
        '<workflow-collection><workflow state="13" stateName="paused" stateLabel="Paused" id="1" failed="1"/>'
        "</workflow-collection>"
    )


def test_analyze_leaves_name_and_label_empty_outside_the_enumeration(store: Store) -> None:
    store.update("xtk:workflow", 1, {"state": 77})
    select = '<select><node expr="@state" analyze="true"/></select>'
    assert 'state="77" stateName="" stateLabel=""' in answer(store, select + where(condition("@id = 1")))


def test_a_memo_is_a_text_among_texts(store: Store) -> None:
    store.insert("xtk:option", {"name": "a", "memoValue": "a"})
    query = '<select><node expr="Iif(@name = memoValue, memoValue, @name)" alias="@v"/></select>'
    attributes = 'operation="get" schema="xtk:option"'
    assert answer(store, query + where(condition("memoValue like 'a' + Left(@name, 0)")), attributes) == (
        '<option v="a"/>'
    )


def test_a_memo_is_a_child_element(store: Store) -> None:
    store.insert("xtk:option", {"name": "Text", "dataType": 12, "memoValue": "<a/> & b"})
    found = answer(store, '<select><node expr="memoValue"/></select>', 'operation="select" schema="xtk:option"')
    assert found == (
        "<option-collection><option><memoValue><![CDATA[<a/> & b]]></memoValue></option></option-collection>"
    )
    store.update("xtk:option", store.find("xtk:option")[0]["id"], {"memoValue": "]]>"})  # type: ignore[arg-type]
    found = answer(store, '<select><node expr="memoValue"/></select>', 'operation="get" schema="xtk:option"')
    assert found == "<option><memoValue>]]&gt;</memoValue></option>"


def test_the_query_may_stand_in_a_namespace_and_hold_comments(store: Store) -> None:
    document = (
        '<queryDef xmlns="urn:xtk:queryDef" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type=""'
        ' operation="select" schema="xtk:workflow" xtkschema="xtk:queryDef" firstRows="true" startPath="/">'
        '<!-- one --><select><node expr="@id" noSqlBind="true"/><!-- two --></select><where/></queryDef>'
    )
    result = store.query(etree.fromstring(document), login="ops")
    assert [row.get("id") for row in result.element] == ["1", "2", "3", "4", "5"]
    assert result.element.tag == "workflow-collection"


# -- conditions -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("conditions", "found"),
    [
        ((), [1, 2, 3, 4, 5]),
        ((condition("@state = 11"), condition("@id = 2")), [2]),
        ((condition("@id = 1", OR), condition("@id = 2")), [1, 2]),
        ((condition("@id = 1", 'bool-operator="OR"'), condition("@id = 2")), [1, 2]),
        ((condition("@id = 1", 'boolOperator="AND"'), condition("@id = 2")), []),
        ((condition("@id = 1"), condition("@id = 2", OR)), []),
        ((condition("@id = 4", OR), condition("@state = 11"), condition("@id = 2")), [2, 4]),
        ((condition("@state = 11"), condition("@id = 2", OR), condition("@id = 4")), [2, 4]),
        (
            (
                condition("@state = 11"),
                "<condition>" + condition("@id = 2", OR) + condition("@id = 4") + "</condition>",
            ),
            [2],
        ),
        (
            (
                f'<condition boolOperator="OR">{condition("@id = 2")}{condition("@state = 11")}</condition>',
                f"<condition>{condition('@id = 4')}</condition>",
            ),
            [2, 4],
        ),
    ],
)
def test_conditions_combine(store: Store, conditions: tuple[str, ...], found: list[int]) -> None:
    assert ids(store, where(*conditions)) == found


def test_sys_filter_narrows_the_where(store: Store) -> None:
    more = f"<sysFilter>{condition('@failed = 0')}</sysFilter>"
    assert ids(store, where(condition("@id &lt; 3")) + more) == [2]
    assert ids(store, more) == [2, 3, 4, 5]


@pytest.mark.parametrize(("operator", "found"), [("IN", [1]), ("NOT IN", [2, 3, 4, 5]), ("in", [1])])
def test_a_set_operator_compares_with_a_sub_query(store: Store, operator: str, found: list[int]) -> None:
    sub = (
        f'<condition expr="@id" setOperator="{operator}"><subQuery schema="xtk:workflowLog">'
        f'<select><node expr="[@workflow-id]"/></select>{where(condition("[workflow/@state] = 13"))}'
        "</subQuery></condition>"
    )
    assert ids(store, where(sub)) == found
    assert ids(store, where(sub, condition("@id = 1"))) == [identifier for identifier in found if identifier == 1]


# -- order and pages ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("nodes", "found"),
    [
        (('expr="@id" sortDesc="true"',), [5, 4, 3, 2, 1]),
        (('expr="@state"', 'expr="@internalName" sortDesc="true"'), [5, 2, 3, 1, 4]),
        (('expr="@state" sortDesc="1"', 'expr="@internalName" sortDesc="false"'), [4, 1, 3, 2, 5]),
        (('expr="[folder/@name]"',), [5, 4, 1, 2, 3]),
        (('expr="@lastStart"',), [4, 3, 2, 1, 5]),
        (('expr="@lastStart" sortDesc="true"',), [5, 1, 2, 3, 4]),
        (('expr="Length(@internalName)"',), [5, 3, 4, 1, 2]),
    ],
)
def test_rows_are_ordered(store: Store, nodes: tuple[str, ...], found: list[int]) -> None:
    assert ids(store, order(*nodes)) == found


def test_pages_follow_one_another(store: Store) -> None:
    by_id = order('expr="@id"')
    pages = [ids(store, by_id, f'lineCount="2" startLine="{start}"') for start in (0, 2, 4, 6)]
    assert pages == [[1, 2], [3, 4], [5], []]


def test_with_the_quirk_a_page_repeats_the_last_row_of_the_page_before(store: Store) -> None:
    store.switches = Switches(start_line="off_by_one")
    by_id = order('expr="@id"')
    pages = [ids(store, by_id, f'lineCount="2" startLine="{start}"') for start in (0, 2, 4)]
    assert pages == [[1, 2], [2, 3], [4, 5]]


def test_a_query_without_line_count_is_capped_and_the_cap_is_a_switch(store: Store) -> None:
    store.insert_many("xtk:workflow", ({"internalName": f"w{n}"} for n in range(300)))
    assert len(ids(store, "")) == 200
    assert len(ids(store, "", 'lineCount="250"')) == 250
    store.switches = Switches(row_cap=10)
    assert len(ids(store, "")) == 10
    store.switches = Switches(row_cap=1000)
    assert len(ids(store, "")) == 305


def test_matched_rows_do_not_depend_on_the_page(store: Store) -> None:
    for attributes, returned in (("", 5), ('lineCount="2"', 2), ('lineCount="2" startLine="4"', 1)):
        result = query(store, SELECT, f'operation="select" schema="xtk:workflow" {attributes}')
        assert (result.matched_rows, len(result.element)) == (5, returned)
    result = query(store, SELECT + where(condition("@state = 11")), 'operation="get" schema="xtk:workflow"')
    assert (result.matched_rows, result.element.tag) == (2, "workflow")
    result = query(store, where(condition("@state = 11")), 'operation="count" schema="xtk:workflow"')
    assert result.matched_rows == 2
    grouped = '<select><node expr="@state" groupBy="true"/></select>'
    result = query(store, grouped)
    assert (result.matched_rows, len(result.element)) == (5, 4)


def test_keyset_pages_start_below_zero_where_ids_are_negative(store: Store) -> None:
    for identifier in (-2137278711, -5):
        store.insert("xtk:workflow", {"id": identifier, "internalName": f"w{identifier}"})
    pages, last = [], -2147483648
    while page := ids(store, where(condition(f"@id &gt; {last}")) + order('expr="@id"'), 'lineCount="3"'):
        pages.append(page)
        last = page[-1]
    assert pages == [[-2137278711, -5, 1], [2, 3, 4], [5]]


# -- groups ---------------------------------------------------------------------------------------------------------

STATES = (
    '<workflow-collection><workflow state="11" n="2"/><workflow state="13" n="1"/><workflow state="20" n="1"/>'
    "</workflow-collection>"
)


@pytest.mark.parametrize(
    "parts",
    [
        '<select><node expr="@state" groupBy="true"/><node expr="Count(@id)" alias="@n"/></select>',
        '<select><node expr="@state"/><node expr="CountAll()" alias="@n"/></select>'
        '<groupBy><node expr="@state"/></groupBy>',
    ],
)
def test_rows_are_grouped(store: Store, parts: str) -> None:
    assert answer(store, parts + where(condition("@state &lt;&gt; 0")) + order('expr="@state"')) == STATES


def test_having_keeps_groups(store: Store) -> None:
    parts = '<select><node expr="@state" groupBy="true"/><node expr="CountAll()" alias="@n"/></select>'
    having = f"<having>{condition('CountAll() &gt; 1')}</having>"
    assert answer(store, parts + having) == ('<workflow-collection><workflow state="11" n="2"/></workflow-collection>')


def test_groups_are_ordered_by_aggregates_and_by_expressions_of_the_group(store: Store) -> None:
    parts = (
        '<select><node expr="Iif(@state = 11, \'up\', \'down\')" alias="@s" groupBy="true"/>'
        '<node expr="CountAll() * 10" alias="@n"/></select>'
    )
    assert answer(store, parts + order('expr="CountAll()"')) == (
        '<workflow-collection><workflow s="up" n="20"/><workflow s="down" n="30"/></workflow-collection>'
    )


def test_aggregates_without_groups_make_one_row(store: Store) -> None:
    nodes = "".join(
        f'<node expr="{expression}" alias="@{alias}"/>'
        for expression, alias in (
            ("CountAll()", "all"), ("Count(@lastStart)", "started"), ("Count([folder/@label])", "filed"),
            ("Sum(@errorCount)", "sum"), ("Avg(@errorCount)", "avg"), ("Min(@lastStart)", "first"),
            ("Max(@state)", "max"), ("Min([folder/@name])", "name"),
        )
    )  # fmt: skip
    assert answer(store, f"<select>{nodes}</select>") == (
        '<workflow-collection><workflow all="5" started="4" filed="4" sum="12" avg="2.4"'
        ' first="2026-11-19 02:00:00.000Z" max="20" name="other"/></workflow-collection>'
    )
    assert answer(store, f"<select>{nodes}</select>" + where(condition("@id = 99"))) == (
        '<workflow-collection><workflow all="0" started="0" filed="0" sum="0" avg="0" first="" max="0" name=""/>'
        "</workflow-collection>"
    )


def test_select_all_fills_the_select_with_columns_that_can_be_read(store: Store) -> None:
    for schema in (name for name, schema in SCHEMAS.items() if not schema.guessed):
        filled = select_all(etree.fromstring(f'<queryDef operation="select" schema="{schema}"/>'))
        assert len(filled[0]) > 2
        assert len(store.query(filled, login="ops").element) == len(store.find(schema))
    with pytest.raises(MethodFailure, match="twice"):
        select_all(etree.fromstring('<queryDef schema="xtk:folder"><select/><select/></queryDef>'))
    again = select_all(etree.fromstring('<queryDef schema="xtk:folder"><select><node expr="@x"/></select></queryDef>'))
    assert [node.get("expr") for node in again[0]] == ["@id", "@name", "@label"]
