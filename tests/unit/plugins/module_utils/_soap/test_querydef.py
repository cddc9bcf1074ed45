# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from ansible_collections.campaign.classic.plugins.module_utils._core.errors import (
    FaultError,
    MissingLibrary,
    ProtocolError,
    ValidationError,
    XtkValueError,
)
from ansible_collections.campaign.classic.plugins.module_utils._core.xtk import literal
from ansible_collections.campaign.classic.plugins.module_utils._soap import envelope as _soap
from ansible_collections.campaign.classic.plugins.module_utils._soap import querydef as _querydef
from ansible_collections.campaign.classic.plugins.module_utils._soap.querydef import (
    all_of,
    any_of,
    at_least,
    at_most,
    begins_with,
    count,
    element,
    equals,
    fetch,
    flag,
    integer,
    less_than,
    moment,
    more_than,
    one_of,
    query,
    rows,
    single,
    xpath,
)
from tests.helpers.fake_session import FakeSession, collection, module_without_lxml, outputs, result

NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,8}", fullmatch=True)


def text_of(node: Any) -> str:
    return etree.tostring(node).decode()


# -- building


def test_a_query_has_the_documented_shape() -> None:
    node = query(
        "xtk:workflow",
        "select",
        ["@id", "folder/@label as @folderLabel", "@folder-id"],
        where="@id > 5",
        order_by=[("@logDate", True), ("@workflow-id", False)],
        line_count=50,
        start_line=10,
    )
    assert text_of(node) == (
        '<queryDef operation="select" schema="xtk:workflow" lineCount="50" startLine="10" xtkschema="xtk:queryDef">'
        '<select><node expr="@id"/><node expr="[folder/@label]" alias="@folderLabel"/><node expr="[@folder-id]"/>'
        '</select><where><condition expr="@id &gt; 5"/></where>'
        '<orderBy><node expr="@logDate" sortDesc="true"/><node expr="[@workflow-id]"/></orderBy></queryDef>'
    )


def test_parts_that_are_not_asked_for_are_left_out() -> None:
    node = query("xtk:option", "count", [], line_count=1)
    assert text_of(node) == (
        '<queryDef operation="count" schema="xtk:option" lineCount="1" startLine="0" xtkschema="xtk:queryDef"/>'
    )


def test_functions_may_be_columns_with_an_alias() -> None:
    node = query("xtk:workflowLog", "get", ["Max(@id) as @last", "CountAll()"], line_count=1)
    assert [dict(child.attrib) for child in node[0]] == [{"expr": "Max(@id)", "alias": "@last"}, {"expr": "CountAll()"}]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"schema": "option"}, "is not the name of a schema"),
        ({"schema": "xtk:a b"}, "is not the name of a schema"),
        ({"operation": "delete"}, "is not an operation"),
        ({"line_count": 0}, "at least one row"),
        ({"start_line": -1}, "counted from line 0"),
        ({"columns": ["@a as b"]}, "cannot be the alias"),
        ({"columns": ["@a, @b"]}, "is not the path"),
        ({"columns": [""]}, "is not the path"),
        ({"columns": ["F(\x00)"]}, r"U\+0000"),
        ({"where": "@a = '\x01'"}, r"U\+0001"),
        ({"order_by": [("@a desc", True)]}, "is not the path"),
    ],
)
def test_a_query_that_cannot_be_right_is_refused(change: dict[str, Any], reason: str) -> None:
    arguments: dict[str, Any] = {"schema": "xtk:option", "operation": "select", "columns": ["@id"], "line_count": 1}
    with pytest.raises(ValidationError, match=reason):
        query(**{**arguments, **change})


def test_without_lxml_the_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_soap, "LXML_IMPORT_ERROR", "Traceback")
    with pytest.raises(MissingLibrary, match="lxml"):
        element("queryDef")


def test_the_module_can_be_imported_without_lxml(monkeypatch: pytest.MonkeyPatch) -> None:
    assert module_without_lxml("_soap.querydef", monkeypatch).xpath("@a-b") == "[@a-b]"


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("@name", "@name"),
        ("memoValue", "memoValue"),
        ("@workflow-id", "[@workflow-id]"),
        ("[@workflow-id]", "[@workflow-id]"),
        ("folder/@label", "[folder/@label]"),
        ("[@name]", "@name"),
        ("data/cus:box", "[data/cus:box]"),
        ("@xtk-x", "[@xtk-x]"),
    ],
)
def test_names_are_put_in_brackets_when_they_must_be(name: str, path: str) -> None:
    assert xpath(name) == path


@pytest.mark.parametrize(
    "name",
    [
        "",
        "@",
        "@a b",
        "@a=1",
        "@a or 1=1",
        "a/",
        "/a",
        "@a/@b",
        "[@a",
        "@a]",
        "'x'",
        "@a\n",
        "[@a] = 1 or [@b]",
        "@1",
        "@a(",
        "@é",
        "..",
        "$a",
    ],
)
def test_no_name_can_change_the_meaning_of_an_expression(name: str) -> None:
    for use in (xpath, lambda bad: equals(bad, 1), lambda bad: begins_with(bad, "x"), lambda bad: one_of(bad, [1])):
        with pytest.raises(ValidationError, match="is not the path of an attribute"):
            use(name)


@given(st.lists(NAMES, min_size=1, max_size=3), st.booleans())
def test_a_path_means_itself_with_or_without_brackets(steps: list[str], attribute: bool) -> None:
    bare = "/".join([*steps[:-1], ("@" if attribute else "") + steps[-1]])
    assert xpath(bare).strip("[]") == bare
    assert xpath(xpath(bare)) == xpath(bare)


# -- conditions


def test_conditions_are_joined_with_explicit_parentheses() -> None:
    assert all_of("a = 1", "b = 2 or c = 3") == "(a = 1) and (b = 2 or c = 3)"
    assert any_of("a = 1", "b = 2", "c = 3") == "(a = 1) or (b = 2) or (c = 3)"
    assert all_of("a = 1", "") == "a = 1"
    assert all_of("", "") == ""
    assert any_of("a = 1") == "a = 1"


@pytest.mark.parametrize("conditions", [(), ("",), ("@a = 1", "")])
def test_an_empty_choice_is_refused_because_it_would_mean_every_row(conditions: tuple[str, ...]) -> None:
    with pytest.raises(ValidationError, match="at least one"):
        any_of(*conditions)


def test_comparisons_take_their_values_as_literals() -> None:
    moment_ = datetime(2026, 11, 23, 2, tzinfo=UTC)
    assert equals("@name", "it's") == r"@name = 'it\'s'"
    assert equals("@failed", True) == "@failed = 1"
    assert at_least("@logDate", moment_) == "@logDate >= #2026-11-23T02:00:00.000Z#"
    assert less_than("@logDate", date(2026, 11, 23)) == "@logDate < #2026/11/23#"
    assert more_than("@id", -5) == "@id > -5"
    assert at_most("@id", 1.5) == "@id <= 1.5"


def test_one_of_lists_its_values() -> None:
    assert one_of("@workflow-id", [3, -7]) == "[@workflow-id] IN (3, -7)"
    assert one_of("@name", ["a", "b'"]) == r"@name IN ('a', 'b\'')"
    assert one_of("@name", ["a"]) == "@name = 'a'"


def test_one_of_compares_one_by_one_when_a_value_is_no_single_literal() -> None:
    assert one_of("@name", ["a$", "b"]) == "(@name = 'a' + Char('36') + '') or (@name = 'b')"


def test_one_of_nothing_is_refused() -> None:
    with pytest.raises(ValidationError, match="No value was given for @name"):
        one_of("@name", [])


def test_begins_with_escapes_the_wildcards() -> None:
    assert begins_with("@name", "NmsMidSourcing_Last") == r"@name like 'NmsMidSourcing\_Last%'"
    with pytest.raises(ValidationError, match="No text was given"):
        begins_with("@name", "")


@given(st.text("a'\\$%_) or(=1&<\"", max_size=20))
def test_no_text_changes_the_condition_it_stands_in(text: str) -> None:
    node = query("xtk:option", "select", ["@id"], where=all_of(equals("@name", text), equals("@id", 1)), line_count=1)
    sent = etree.fromstring(etree.tostring(node)).xpath("where/condition/@expr")
    assert sent == [f"(@name = {literal(text)}) and (@id = 1)"]


# -- reading


def test_rows_come_with_attributes_child_texts_and_linked_attributes() -> None:
    found = rows(
        result(
            "<option-collection><option name='a' id='1' _cs='a'><memoValue><![CDATA[<x/>]]></memoValue>"
            "<folder label='F'><parent name='P'/></folder><empty/></option><option/></option-collection>"
        )[0],
        "xtk:option",
    )
    assert found == [
        {
            "name": "a",
            "id": "1",
            "_cs": "a",
            "memoValue": "<x/>",
            "folder/@label": "F",
            "folder/parent/@name": "P",
            "empty": "",
        },
        {},
    ]


def test_repeated_child_elements_are_all_there() -> None:
    found = rows(result("<a-collection><a><b>1</b><b x='2'/><b>3</b></a></a-collection>")[0], "xtk:a")
    assert found == [{"b": "1", "b[2]/@x": "2", "b[3]": "3"}]


@pytest.mark.parametrize("row", ["<a v='1'><v/></a>", "<a v=''><v>1</v></a>", "<a><v>1</v></a>", "<a v='1'/>"])
def test_a_value_is_found_as_attribute_or_as_element(row: str) -> None:
    assert rows(result(f"<a-collection>{row}</a-collection>")[0], "xtk:a") == [{"v": "1"}]


def test_text_round_a_child_element_is_kept() -> None:
    assert rows(result("<a-collection><a><v>1<w/>2</v></a></a-collection>")[0], "xtk:a") == [{"v": "12", "v/w": ""}]


def test_names_are_matched_without_their_prefix() -> None:
    answer = result("<n:a-collection xmlns:n='urn:n'><n:a n:id='1'><n:v>2</n:v></n:a></n:a-collection>")
    assert rows(answer[0], "xtk:a") == [{"id": "1", "v": "2"}]


def test_an_empty_collection_has_no_rows() -> None:
    assert rows(collection("option")[0], "xtk:option") == []


@pytest.mark.parametrize(("inner", "found"), [("", "nothing"), ("<option/>", "<option>")])
def test_an_answer_that_is_no_collection_is_refused(inner: str, found: str) -> None:
    with pytest.raises(ProtocolError, match=f"xtk:option was answered with {found}"):
        rows(result(inner)[0], "xtk:option")


def test_a_single_row_is_there_or_none() -> None:
    assert single(result("<extAccount id='1' name=''/>")[0]) == {"id": "1", "name": ""}
    assert single(result("<extAccount/>")[0]) is None


@pytest.mark.parametrize("inner", ["", "<a-collection/>"])
def test_an_answer_that_is_no_single_row_is_refused(inner: str) -> None:
    with pytest.raises(ProtocolError, match="one row"):
        single(result(inner)[0])


def test_a_count_is_read() -> None:
    assert count(result("<workflow count='3'/>")[0]) == 3
    assert count(result("<workflow count='0'/>")[0]) == 0


@pytest.mark.parametrize("inner", ["", "<workflow/>", "<workflow count='many'/>"])
def test_an_answer_without_a_count_is_refused(inner: str) -> None:
    with pytest.raises(ProtocolError):
        count(result(inner)[0])


# -- executing


def definition() -> Any:
    return query("xtk:option", "select", ["@id"], line_count=1)


def test_fetch_sends_the_query_as_the_entity_and_builds_a_value_a_row() -> None:
    session = FakeSession(collection("option", {"id": 1}, {"id": -2}))
    node = definition()
    assert fetch(session, node, lambda row: integer(row, "id")) == [1, -2]
    (sent,) = session.sent
    assert (sent.service, sent.method, sent.params) == ("xtk:queryDef", "ExecuteQuery", [_soap.Param("entity", node)])


@pytest.mark.parametrize("answer", [outputs(""), result("<html/>"), collection("option", {"id": "x"})])
def test_an_answer_that_cannot_be_understood_names_the_instance(answer: Any) -> None:
    with pytest.raises(ProtocolError) as caught:
        fetch(FakeSession(answer), definition(), lambda row: integer(row, "id"))
    assert caught.value.instance == "mkt-a"
    assert caught.value.reached == "maybe"


def test_a_fault_passes_as_it_is() -> None:
    fault = FaultError("The query failed.", fault_string="XTK-170036 Unable to parse expression", instance="other")
    with pytest.raises(FaultError) as caught:
        fetch(FakeSession(fault), definition(), dict)
    assert caught.value is fault
    assert fault.instance == "other"


# -- the values of a row


ROW: Mapping[str, str] = {"n": "-12", "b": "true", "c": "0", "at": "2026-11-23 02:00:00.000Z", "bad": "?", "empty": ""}


def test_values_of_a_row_are_read_in_their_type() -> None:
    assert (integer(ROW, "n"), integer(ROW, "empty"), integer(ROW, "none")) == (-12, 0, 0)
    assert (flag(ROW, "b"), flag(ROW, "c"), flag(ROW, "empty"), flag(ROW, "none")) == (True, False, False, False)
    assert moment(ROW, "at") == datetime(2026, 11, 23, 2, tzinfo=UTC)
    assert (moment(ROW, "empty"), moment(ROW, "none")) == (None, None)


@pytest.mark.parametrize("read", [integer, flag, moment])
def test_a_value_of_another_type_is_the_servers_mistake_and_not_the_users(read: Any) -> None:
    with pytest.raises(ProtocolError, match=r"The server sent bad = '\?'") as caught:
        read(ROW, "bad")
    assert not isinstance(caught.value, XtkValueError)


def test_everything_public_is_documented() -> None:
    undocumented = [
        name
        for name, thing in vars(_querydef).items()
        if callable(thing)
        and getattr(thing, "__module__", "") == _querydef.__name__
        and not name.startswith("_")
        and not thing.__doc__
    ]
    assert undocumented == []
