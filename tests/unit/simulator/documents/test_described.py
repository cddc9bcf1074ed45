# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The descriptions of schemas with rows."""

from __future__ import annotations

import pytest
from lxml.etree import _Element as Element

from simulator.database.schemas import SCHEMAS
from simulator.documents.entities import entity


def schema(name: str, *, guessed: bool = False) -> Element:
    found = entity(f"xtk:schema|{name}", must_exist=True, guessed=guessed)
    assert found is not None
    return found


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_schema_of_the_store_describes_itself(name: str) -> None:
    root = schema(name)
    assert f"{root.get('namespace')}:{root.get('name')}" == name
    (element,) = root.findall("element")
    assert element.get("name") == root.get("name")
    assert [key.find("keyfield").attrib["xpath"] for key in element.findall("key")][0] == "@id"  # type: ignore[union-attr]
    known = {attribute.path for attribute in SCHEMAS[name].stored if not attribute.guessed}
    told = {f"@{node.get('name')}" for node in element.findall("attribute")}
    told |= {str(node.get("name")) for node in element.findall("element") if node.get("type") != "link"}
    assert told == known


def test_types_keys_and_links_are_named_as_clients_read_them() -> None:
    element = schema("xtk:workflow").find("element")
    assert element is not None
    types = {node.get("name"): node.get("type") for node in element.findall("attribute")}
    assert (types["state"], types["nextProcessingDate"], types["internalName"]) == ("short", "datetime", "string")
    assert "name" not in types
    assert [key.attrib for key in element.findall("key")] == [
        {"name": "id", "internal": "true"},
        {"name": "internalName"},
    ]
    link = element.find("element[@name='folder']")
    assert link is not None
    assert link.attrib == {"name": "folder", "type": "link", "target": "xtk:folder"}
    assert link[0].attrib == {"xpath-dst": "@id", "xpath-src": "@folder-id"}


def test_a_memo_is_an_element_and_not_an_attribute() -> None:
    element = schema("xtk:option").find("element")
    assert element is not None
    memo = element.find("element[@name='memoValue']")
    assert memo is not None
    assert memo.get("type") == "memo"


def test_a_service_with_rows_has_both_its_methods_and_its_attributes() -> None:
    root = schema("xtk:workflow")
    assert root.find("methods/method[@name='Start']") is not None
    assert len(root.findall("element")) == 1


def test_guesses_are_told_only_where_they_are_served() -> None:
    assert schema("nms:delivery").find(".//attribute[@name='midRemoteId']") is None
    served = schema("nms:delivery", guessed=True)
    assert served.find(".//attribute[@name='midRemoteId']") is not None
    nested = served.findall("element/element[@name='indicators']")
    assert [len(node) for node in nested] == [2]


def test_a_name_that_is_no_schema_has_no_description() -> None:
    assert entity("xtk:schema|cus:unknown", must_exist=False) is None
