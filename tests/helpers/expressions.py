# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Queries for the workflows of a simulated store, for the tests of the expression language."""

from __future__ import annotations

from lxml import etree

from simulator.database.store import Store


def ask(store: Store, where: str = "", *nodes: tuple[str, str]) -> list[dict[str, str]]:
    """Select @internalName and the (expression, alias) pairs of the workflows that match."""
    query = etree.Element("queryDef", operation="select", schema="xtk:workflow", lineCount="1000")
    select = etree.SubElement(query, "select")
    for expression, alias in (("@internalName", "@internalName"), *nodes):
        etree.SubElement(select, "node", expr=expression, alias=alias)
    if where:
        etree.SubElement(etree.SubElement(query, "where"), "condition", expr=where)
    rows = store.query(query, login="ops").element
    return [{str(name): str(value) for name, value in row.attrib.items()} for row in rows]


def names(store: Store, where: str) -> set[str]:
    """The internal names of the workflows that match."""
    return {row["internalName"] for row in ask(store, where)}


def quoted(raw: str) -> str:
    """A string as an XTK literal, escaped as the SDK does (campaign_facts, Literals)."""
    return "'" + raw.replace("\\", "\\\\").replace("'", "\\'") + "'"
