# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""queryDef: an unknown part faults, and what an operator may not see does not exist for it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from lxml import etree

from simulator.config.switches import Switches
from simulator.database.answers import select_all
from simulator.database.store import Store
from simulator.soap.errors import MethodFailure
from tests.helpers.queries import SELECT, answer, condition, ids, query, some_workflows, where

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


@pytest.fixture
def store() -> Store:
    return some_workflows(NOW)


@pytest.mark.parametrize(
    ("attributes", "inner"),
    [
        ('schema="xtk:workflow"', SELECT),
        ('operation="update" schema="xtk:workflow"', SELECT),
        ('operation="select" schema="xtk:workflow" lineCount="0"', SELECT),
        ('operation="select" schema="xtk:workflow" lineCount="-1"', SELECT),
        ('operation="select" schema="xtk:workflow" lineCount="all"', SELECT),
        ('operation="select" schema="xtk:workflow" lineCount="99999999999"', SELECT),
        ('operation="select" schema="xtk:workflow" startLine="-1"', SELECT),
        ('operation="select" schema="xtk:workflow" startPath="/folder"', SELECT),
        ('operation="select" schema="xtk:workflow" firstRows="yes"', SELECT),
        ('operation="select" schema="xtk:workflow" distinct="true"', SELECT),
        ('operation="select" schema="xtk:workflow"', ""),
        ('operation="get" schema="xtk:workflow"', "<select/>"),
        ('operation="select" schema="xtk:workflow"', SELECT + SELECT),
        ('operation="select" schema="xtk:workflow"', SELECT + "<union/>"),
        ('operation="select" schema="xtk:workflow"', SELECT + "<where>@id = 1</where>"),
        ('operation="select" schema="xtk:workflow"', SELECT + "<where><!-- one -->@id = 1</where>"),
        ('operation="select" schema="xtk:workflow"', SELECT + '<where filter="1"/>'),
        ('operation="select" schema="xtk:workflow"', SELECT + '<orderBy all="1"/>'),
        ('operation="select" schema="xtk:workflow"', '<select all="true"><node expr="@id"/></select>'),
        ('operation="select" schema="xtk:workflow"', '<select><node expr="@name"/></select>'),
        ('operation="select" schema="xtk:workflow"', '<select><node alias="@name"/></select>'),
        ('operation="select" schema="xtk:workflow"', '<select><node expr="@id"><node expr="@id"/></node></select>'),
        ('operation="select" schema="xtk:workflow"', '<select><column expr="@id"/></select>'),
        ('operation="select" schema="xtk:workflow"', '<select><node expr="@id" sum="1"/></select>'),
        ('operation="select" schema="xtk:workflow"', '<select><node expr="@id" analyze="maybe"/></select>'),
        ('operation="select" schema="xtk:workflow"', '<select><node expr="@id + 1"/></select>'),
        ('operation="select" schema="xtk:workflow"', '<select><node expr="@id = 1" alias="@x"/></select>'),
        ('operation="select" schema="xtk:workflow"', '<select><node expr="@id" alias="a b"/></select>'),
        ('operation="select" schema="xtk:workflow"', '<select><node expr="folder"/></select>'),
        ('operation="count" schema="xtk:workflow"', '<select><node expr="@name"/></select>'),
        ('operation="count" schema="xtk:workflow"', '<select><node expr="@state" groupBy="true"/></select>'),
        ('operation="get" schema="xtk:workflow"', '<select><node expr="CountAll()" alias="@n"/></select>'),
    ],
)
def test_a_query_that_is_not_understood_faults(store: Store, attributes: str, inner: str) -> None:
    with pytest.raises(MethodFailure, match="XTK-170036"):
        query(store, inner, attributes)


@pytest.mark.parametrize("name", ["", "xtk:nothing", "nms:recipient"])
def test_an_unknown_schema_faults(store: Store, name: str) -> None:
    with pytest.raises(MethodFailure, match=f"XFR-180000 Unknown schema '{name}'"):
        query(store, SELECT, f'operation="select" schema="{name}"')
    with pytest.raises(MethodFailure, match="XFR-180000"):
        select_all(etree.fromstring(f'<queryDef schema="{name}"/>'))


def test_guessed_attributes_need_the_switch_or_an_internal_caller(store: Store) -> None:
    store.insert("nms:delivery", {"internalName": "DM1", "toDeliver": 7})
    document = etree.fromstring(
        '<queryDef operation="get" schema="nms:delivery"><select><node expr="[indicators/@toDeliver]"/></select>'
        "</queryDef>"
    )
    with pytest.raises(MethodFailure, match="Attribute 'indicators/@toDeliver' unknown"):
        store.query(document, login="ops")
    counters = store.query(document, login="mid", internal=True).element
    assert etree.tostring(counters) == b'<delivery><indicators toDeliver="7"/></delivery>'
    store.switches = Switches(guessed_attributes="served")
    assert etree.tostring(store.query(document, login="ops").element) == etree.tostring(counters)


def test_rows_in_folders_without_rights_do_not_exist(store: Store) -> None:
    other = store.find("xtk:folder", name="other")[0]["id"]
    store.readable_folders = lambda login: None if login == "admin" else frozenset({int(str(other))})
    assert ids(store, "") == [4]
    assert ids(store, where(condition("@id = 1 or @id = 4"))) == [4]
    document = etree.fromstring('<queryDef operation="count" schema="xtk:workflow"/>')
    assert store.query(document, login="admin").element.get("count") == "5"
    journal = 'operation="select" schema="xtk:workflowLog"'
    assert answer(store, '<select><node expr="@id"/></select>', journal) == "<workflowLog-collection/>"
    sub = '<subQuery schema="xtk:workflowLog"><select><node expr="[@workflow-id]"/></select><where/></subQuery>'
    assert ids(store, where(f'<condition expr="@id + 3" setOperator="NOT IN">{sub}</condition>')) == [4]
    assert ids(store, where(f'<condition expr="@id - 3" setOperator="IN">{sub}</condition>')) == []
    store.readable_folders = lambda _: None
    assert ids(store, where(f'<condition expr="@id - 3" setOperator="IN">{sub}</condition>')) == [4]
    store.readable_folders = lambda _: frozenset()
    assert ids(store, "") == []


@pytest.mark.parametrize(
    "broken",
    [
        "<condition/>",
        condition(""),
        f'<condition expr="@id = 1">{condition("@id = 2")}</condition>',
        condition("@id = 1", 'enabledIf="$(x) = 1"'),
        condition("@id = 1", 'boolOperator="XOR"'),
        condition("@id = 1", 'surprise="1"'),
        "<other/>",
        condition("@id", 'setOperator="IN"'),
        '<condition expr="@id" setOperator="EXISTS"><subQuery schema="xtk:workflowLog">'
        '<select><node expr="@id"/></select></subQuery></condition>',
        '<condition expr="@id" setOperator="IN"><subQuery schema="xtk:workflowLog"/></condition>',
        '<condition expr="@id" setOperator="IN"><subQuery schema="xtk:workflowLog" lineCount="1">'
        '<select><node expr="@id"/></select></subQuery></condition>',
        '<condition expr="@id" setOperator="IN"><subQuery schema="xtk:workflowLog">'
        '<select><node expr="@id"/><node expr="@activity"/></select></subQuery></condition>',
        '<condition expr="@id" setOperator="IN"><subQuery schema="xtk:workflowLog"><select distinct="true">'
        '<node expr="@id"/></select></subQuery></condition>',
        '<condition expr="@id" setOperator="IN"><subQuery schema="xtk:workflowLog">'
        '<select><node expr="@activity"/></select></subQuery></condition>',
        '<condition expr="@id" setOperator="IN"><subQuery schema="xtk:workflowLog">'
        '<select><node expr="@id"/></select><where><condition expr="@state = 1"/></where></subQuery></condition>',
    ],
)
def test_a_condition_that_is_not_understood_faults(store: Store, broken: str) -> None:
    with pytest.raises(MethodFailure, match="XTK-170036"):
        ids(store, where(broken))


@pytest.mark.parametrize(
    "parts",
    [
        '<select><node expr="@id"/><node expr="CountAll()" alias="@n"/></select>',
        '<select><node expr="@state" groupBy="true"/><node expr="@id"/></select>',
        '<select><node expr="@state" groupBy="true"/></select><orderBy><node expr="@id"/></orderBy>',
        '<select><node expr="@state" groupBy="true"/>'
        '<node expr="Iif(not @label like \'x%\' and @state is null, 1, 2)" alias="@n"/></select>',
        '<select><node expr="Max(CountAll())" alias="@n"/></select>',
        '<select><node expr="CountAll()" alias="@n" groupBy="true"/></select>',
        f"{SELECT}<having>{condition('@state = 1')}</having>",
        f"{SELECT}<where>{condition('CountAll() = 1')}</where>",
        f'<select><node expr="@state" groupBy="true"/></select><having>{condition("Lower(@state) = 1")}</having>',
    ],
)
def test_groups_that_make_no_sense_fault(store: Store, parts: str) -> None:
    with pytest.raises(MethodFailure, match="XTK-170036"):
        query(store, parts)


def nested(depth: int, inner: str) -> str:
    return "<condition>" * depth + inner + "</condition>" * depth


def test_conditions_may_nest_and_what_nests_too_deeply_faults(store: Store) -> None:
    assert ids(store, where(nested(200, condition("@id = 1")))) == [1]
    other = condition("@id = 2")
    tree = condition("@id = 1")
    for level in range(60):
        if level == 20:
            assert ids(store, where(tree)) == [1, 2]
        tree = f'<condition boolOperator="OR">{other}{tree}</condition>{condition("@id &lt; 3")}'
        tree = f"<condition>{tree}</condition>"
    with pytest.raises(MethodFailure, match="XTK-170092"):
        ids(store, where(tree))
