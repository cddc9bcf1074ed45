# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables whose names are guesses: they exist for the simulator's own workflows, and not for clients."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from lxml import etree

from simulator.config.switches import Switches
from simulator.database.answers import select_all
from simulator.database.guesses import GUESSED
from simulator.database.store import Store
from simulator.soap.errors import MethodFailure

NOW = datetime(2026, 11, 23, tzinfo=UTC)
NAMES = [schema.name for schema in GUESSED]


def count(schema: str) -> etree._Element:
    return etree.fromstring(f'<queryDef operation="count" schema="{schema}"/>')


@pytest.mark.parametrize("name", NAMES)
def test_a_guessed_table_is_unknown_to_clients(name: str) -> None:
    store = Store(lambda: NOW)
    unknown = f"XFR-180000 Unknown schema '{name}'"
    with pytest.raises(MethodFailure, match=unknown):
        store.query(count(name), login="ops")
    with pytest.raises(MethodFailure, match=unknown):
        store.write(etree.fromstring(f'<x xtkschema="{name}"/>'), login="ops")
    with pytest.raises(MethodFailure, match=unknown):
        select_all(count(name))
    inner = etree.fromstring(
        '<queryDef operation="count" schema="xtk:option"><where><condition expr="@id" setOperator="IN">'
        f'<subQuery schema="{name}"><select><node expr="@id"/></select></subQuery></condition></where></queryDef>'
    )
    with pytest.raises(MethodFailure, match=unknown):
        store.query(inner, login="ops")


@pytest.mark.parametrize("name", NAMES)
def test_it_is_there_for_servers_and_for_those_who_switch_it_on(name: str) -> None:
    store = Store(lambda: NOW)
    assert store.query(count(name), login="mid", internal=True).element.get("count") == "0"
    store.switches = Switches(guessed_attributes="served")
    assert store.query(count(name), login="ops").element.get("count") == "0"
