# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small simulated store and short forms of queries, for the tests of queryDef."""

from __future__ import annotations

from datetime import datetime, timedelta

from lxml import etree

from simulator.database.answers import QueryResult
from simulator.database.store import Store

WORKFLOWS = (
    ("defaultMidSourcingDlv", 13, True, 10, "technical"),
    ("defaultMidSourcingLog", 11, False, 0, "technical"),
    ("cleanup", 11, False, 0, "technical"),
    ("tracking", 20, False, 2, "other"),
    ("draft", 0, False, 0, None),
)


def some_workflows(now: datetime) -> Store:
    """Five workflows in two folders, the first with three journal lines; ids from 1."""
    store = Store(lambda: now)
    folders = {
        name: store.insert("xtk:folder", {"name": name, "label": name.title()}) for name in ("technical", "other")
    }
    for place, (name, state, failed, errors, folder) in enumerate(WORKFLOWS, 1):
        store.insert(
            "xtk:workflow",
            {
                "id": place,
                "internalName": name,
                "label": f"The {name}",
                "state": state,
                "failed": failed,
                "errorCount": errors,
                "folder-id": folders.get(folder or "", 0),
                "lastStart": now - timedelta(days=place) if state else None,
            },
        )
    store.insert_many(
        "xtk:workflowLog",
        ({"id": 100 + n, "workflow-id": 1, "logDate": now - timedelta(minutes=n), "message": f"line {n}", "logType": n}
         for n in range(3)),
    )  # fmt: skip
    return store


def query(store: Store, inner: str, attributes: str = 'operation="select" schema="xtk:workflow"') -> QueryResult:
    return store.query(etree.fromstring(f"<queryDef {attributes}>{inner}</queryDef>"), login="ops")


def answer(store: Store, inner: str, attributes: str = 'operation="select" schema="xtk:workflow"') -> str:
    return etree.tostring(query(store, inner, attributes).element, encoding="unicode")


def ids(store: Store, inner: str, attributes: str = "") -> list[int]:
    """The ids that a select on workflows returns, in order."""
    result = query(
        store, f'<select><node expr="@id"/></select>{inner}', f'operation="select" schema="xtk:workflow" {attributes}'
    )
    return [int(str(row.get("id"))) for row in result.element]


def where(*conditions: str) -> str:
    return f"<where>{''.join(conditions)}</where>"


def condition(expression: str, more: str = "") -> str:
    return f'<condition expr="{expression}" {more}/>'


def order(*nodes: str) -> str:
    return f"<orderBy>{''.join(f'<node {node}/>' for node in nodes)}</orderBy>"


SELECT = '<select><node expr="@id"/><node expr="@state"/></select>'
OR = 'boolOperator="OR"'
