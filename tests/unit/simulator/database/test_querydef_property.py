# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole queries over random rows give the answers of a plain interpreter, and broken ones never answer."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from lxml import etree
from lxml.etree import _Element as Element

from simulator.config.switches import Switches
from simulator.database.store import Store
from simulator.soap.errors import MethodFailure
from tests.helpers.naive_query import GROUPED, PLAIN, Document, Server, expected, xml
from tests.helpers.queries import some_workflows
from tests.helpers.xtk_trees import NOW, filled, rows

Rows = list[dict[str, Any]]

servers = st.builds(
    Server,
    cap=st.integers(1, 6) | st.just(200),
    quirk=st.booleans(),
    readable=st.none() | st.lists(st.booleans(), min_size=6, max_size=6),
)


def store_of(data: Rows, server: Server) -> Store:
    """The rows in a store, with the instance's choices."""
    store = filled(data)
    store.switches = Switches(row_cap=server.cap, start_line="off_by_one" if server.quirk else "exact")
    if server.readable is not None:
        # A row outside every folder lies in folder 0, which nobody may read unless he may read everything.
        named = {str(folder["name"]): int(str(folder["id"])) for folder in store.find("xtk:folder")}
        seen = frozenset(identifier for name, identifier in named.items() if server.readable[int(name[1:])])
        store.readable_folders = lambda _login: seen
        server.readable = [place in {int(name[1:]) for name in named} and may
                           for place, may in enumerate(server.readable)]  # fmt: skip
    return store


def read(kind: str, text: str | None) -> Any:
    """The value of an attribute of the answer."""
    assert text is not None
    if kind == "number":
        return float(text)
    if kind == "date" and text:
        iso = text.replace("/", "-").replace("Z", "")
        return datetime.fromisoformat(iso).replace(tzinfo=UTC)
    return text


def answered(store: Store, document: Document) -> Any:
    """The answer in the form of `expected`."""
    try:
        element = store.query(xml(document), login="ops").element
    except MethodFailure as failure:
        assert "The requested database record does not exist." in str(failure)
        return None
    if document.operation == "count":
        return int(str(element.get("count")))
    found = list(element) if document.operation == "select" else [element] if element.attrib else []
    names = [] if document.in_groups else ["internalName"]
    return [
        [*(row.get(name) for name in names),
         *(read(column.kind, row.get(f"v{place}")) for place, column in enumerate(document.columns))]
        for row in found
    ]  # fmt: skip


def as_answered(document: Document, wanted: Any) -> Any:
    """What was expected, with missing values as the wire has them: 0 and ""."""
    if not isinstance(wanted, list):
        return wanted
    kinds = [*([] if document.in_groups else ["text"]), *(column.kind for column in document.columns)]
    return [
        [(0 if kind == "number" else "") if value is None else value for kind, value in zip(kinds, line, strict=True)]
        for line in wanted
    ]


def check(data: Rows, document: Document, server: Server) -> None:
    store = store_of(data, server)
    placed = [{"place": place, "internalName": f"w{place}", **row} for place, row in enumerate(data)]
    assert answered(store, document) == as_answered(document, expected(document, placed, server))
    store.close()


@settings(max_examples=250, deadline=None)
@given(rows, PLAIN, servers)
def test_a_query_answers_with_the_rows_in_the_order_and_on_the_page_that_it_asks_for(
    data: Rows, document: Document, server: Server
) -> None:
    check(data, document, server)


@settings(max_examples=250, deadline=None)
@given(rows, GROUPED, servers)
def test_a_query_with_groups_answers_with_one_row_a_group(data: Rows, document: Document, server: Server) -> None:
    check(data, document, server)


# -- what is not understood never answers ---------------------------------------------------------------------------
#
# A mutation makes a valid query one with an unknown part. It returns False if it finds no place for it.

WORDS = st.from_regex("[a-z]{3,8}", fullmatch=True).map(lambda word: f"x{word}")


def parts(query: Element, *names: str) -> list[Element]:
    """The query's elements of these names, all without names."""
    return [part for part in query.iter() if not names or part.tag in names]


def one_of(draw: Any, found: list[Element]) -> Element:
    assume(found)
    return found[draw(st.integers(0, len(found) - 1))]


def unknown_attribute(query: Element, draw: Any, word: str) -> None:
    one_of(draw, parts(query)).set(word, "1")


def unknown_element(query: Element, draw: Any, word: str) -> None:
    etree.SubElement(one_of(draw, parts(query)), word)


def known_element_in_the_wrong_place(query: Element, draw: Any, word: str) -> None:
    name = draw(st.sampled_from(["queryDef", "subQuery", "select", "where", "orderBy"]))
    place = one_of(draw, parts(query, "select", "where", "sysFilter", "orderBy", "node"))
    etree.SubElement(etree.SubElement(place, name), "condition", expr="@id = 1")


def renamed_element(query: Element, draw: Any, word: str) -> None:
    one_of(draw, parts(query)[1:]).tag = word


def renamed_attribute(query: Element, draw: Any, word: str) -> None:
    part = one_of(draw, [part for part in parts(query) if part.attrib])
    name = draw(st.sampled_from(sorted(map(str, part.attrib))))
    part.set(word, str(part.attrib.pop(name)))


def doubled_part(query: Element, draw: Any, word: str) -> None:
    etree.SubElement(query, str(one_of(draw, list(query)).tag))


def text_in_an_element(query: Element, draw: Any, word: str) -> None:
    part = one_of(draw, parts(query))
    if draw(st.booleans()) and len(part):
        part[-1].tail = "@state = 1"
    else:
        part.text = "@state = 1"


def unknown_column(query: Element, draw: Any, word: str) -> None:
    part = one_of(draw, [part for part in parts(query) if "expr" in part.attrib])
    path = draw(st.sampled_from(["@{}", "[@{}]", "[folder/@{}]", "[{}/@label]", "{}"])).format(word)
    sign, text = draw(st.sampled_from(["=", "<>", "<", "like"])), str(part.get("expr"))
    is_condition = part.tag == "condition" and "setOperator" not in part.attrib
    joined = f"({text}) {draw(st.sampled_from(['and', 'or']))} {path} {sign} 'a'"
    part.set("expr", joined if is_condition else path)


def unknown_function(query: Element, draw: Any, word: str) -> None:
    part = one_of(draw, [part for part in parts(query) if "expr" in part.attrib])
    text = str(part.get("expr"))
    is_condition = part.tag == "condition" and "setOperator" not in part.attrib
    part.set("expr", f"{text} or {word}(@state) = 1" if is_condition else f"{word}({text})")


def unknown_operator(query: Element, draw: Any, word: str) -> None:
    part = one_of(draw, [part for part in parts(query) if "expr" in part.attrib])
    sign = draw(st.sampled_from(["==", "=>", "&&", "||", "^", "%", "~", "contains", "between", "xor", ";"]))
    part.set("expr", f"{part.get('expr')} {sign} @state")


def cut_expression(query: Element, draw: Any, word: str) -> None:
    part = one_of(draw, [part for part in parts(query) if "expr" in part.attrib])
    ending = draw(st.sampled_from([" and", " or not", " +", " in (", " like", ")", " '", " #2026", " is", ","]))
    part.set("expr", f"{part.get('expr')}{ending}")


def unknown_joint(query: Element, draw: Any, word: str) -> None:
    part = one_of(draw, parts(query, "condition"))
    part.attrib.pop("bool-operator", "")
    part.set(draw(st.sampled_from(["boolOperator", "setOperator"])), draw(st.sampled_from(["XOR", "LIKE", word])))


def unfounded_existence(query: Element, draw: Any, word: str) -> None:
    """How the sub-query of EXISTS is tied to the row is not documented."""
    one_of(draw, parts(query, "condition")).set("setOperator", draw(st.sampled_from(["EXISTS", "NOT EXISTS"])))


def enabled_if(query: Element, draw: Any, word: str) -> None:
    one_of(draw, parts(query, "condition")).set("enabledIf", f"$({word}) = 1")


def unknown_operation(query: Element, draw: Any, word: str) -> None:
    query.set("operation", word)


def unknown_schema(query: Element, draw: Any, word: str) -> None:
    one_of(draw, parts(query, "queryDef", "subQuery")).set("schema", f"xtk:{word}")


def unknown_page(query: Element, draw: Any, word: str) -> None:
    query.set(draw(st.sampled_from(["lineCount", "startLine"])), draw(st.sampled_from(["-1", "1.5", "all", word])))


CHANGES = (
    unknown_attribute,
    unknown_element,
    known_element_in_the_wrong_place,
    renamed_element,
    renamed_attribute,
    doubled_part,
    text_in_an_element,
    unknown_column,
    unknown_function,
    unknown_operator,
    cut_expression,
    unknown_joint,
    unfounded_existence,
    enabled_if,
    unknown_operation,
    unknown_schema,
    unknown_page,
)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(st.data(), PLAIN | GROUPED, WORDS)
def test_a_query_that_holds_anything_unknown_is_a_fault_and_no_answer(
    change: Any, data: st.DataObject, document: Document, word: str
) -> None:
    store = some_workflows(NOW)
    query = xml(document)
    change(query, data.draw, word)
    with pytest.raises(MethodFailure, match="XTK-170036|XFR-180000"):
        store.query(query, login="ops")
    store.close()


def test_every_element_of_a_query_refuses_what_it_does_not_know() -> None:
    """Each place of a query, once and by name: chance is no excuse."""
    text = (
        '<queryDef operation="select" schema="xtk:workflow"><select><node expr="@state"/>'
        '<node expr="CountAll()" alias="@n"/></select><where><condition><condition expr="@id = 1"/></condition>'
        '<condition expr="@id" setOperator="IN"><subQuery schema="xtk:workflowLog"><select>'
        '<node expr="[@workflow-id]"/></select><where><condition expr="@id = 100"/></where></subQuery></condition>'
        "</where>"
        '<sysFilter><condition expr="@id = 1"/></sysFilter><groupBy><node expr="@state"/></groupBy>'
        '<having><condition expr="CountAll() = 1"/></having><orderBy><node expr="@state"/></orderBy></queryDef>'
    )
    store = some_workflows(NOW)
    assert len(store.query(etree.fromstring(text), login="ops").element) == 1
    places = len(parts(etree.fromstring(text)))
    assert places == 21
    for place in range(places):
        for spoil in ("attribute", "element", "text"):
            query = etree.fromstring(text)
            part = parts(query)[place]
            if spoil == "attribute":
                part.set("surprise", "1")
            elif spoil == "element":
                etree.SubElement(part, "surprise")
            else:
                part.text = "@id = 2"
            with pytest.raises(MethodFailure, match="XTK-170036"):
                store.query(query, login="ops")
