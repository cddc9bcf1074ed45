# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The value below a blank one is the one that Ansible would give if the blank were not there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.vars.manager import VariableManager

from ansible_collections.campaign.classic.plugins.plugin_utils._variables.precedence import Layers

#: Every place of a value, the strongest first, as Ansible's documentation orders them.
PLACES = (
    "playbook/host_vars/one",
    "inventory/host_vars/one",
    "host",
    "playbook/group_vars/child",
    "playbook/group_vars/parent",
    "inventory/group_vars/child",
    "inventory/group_vars/parent",
    "playbook/group_vars/all",
    "inventory/group_vars/all",
    "child",
    "parent",
    "all",
)


def lay_out(folder: Path, values: dict[str, Any]) -> tuple[InventoryManager, DataLoader]:
    """An inventory and a playbook's directory that say these values in these places."""
    said = {place: {"limit": value} for place, value in values.items()}
    child = {"hosts": {"one": said.get("host", {}), "two": {}}, "vars": said.get("child", {})}
    parent = {"children": {"child": child}, "vars": said.get("parent", {})}
    hosts = {"all": {"children": {"parent": parent}, "vars": said.get("all", {})}}
    for place, variables in {"playbook/.keep": {}, "inventory/hosts": hosts, **said}.items():
        if "/" in place:
            path = folder / f"{place}.yml"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(yaml.safe_dump(variables), encoding="utf-8")
    loader = DataLoader()
    loader.set_basedir(str(folder / "playbook"))
    return InventoryManager(loader, sources=[str(folder / "inventory" / "hosts.yml")]), loader


def given_by_ansible(inventory: InventoryManager, loader: DataLoader) -> Any:
    manager = VariableManager(loader=loader, inventory=inventory)
    return manager.get_vars(host=inventory.get_host("one"), include_hostvars=False).get("limit")


@pytest.mark.parametrize("number", range(len(PLACES)))
def test_the_strongest_value_that_is_not_blank_holds(number: int, tmp_path: Path) -> None:
    blank: Sequence[Any] = ["", None, "  "]
    values = {place: blank[at % 3] if at < number else f"of {place}" for at, place in enumerate(PLACES)}
    inventory, loader = lay_out(tmp_path / "blank", values)
    layers = Layers(inventory, loader)
    assert layers.given("one", "limit") == f"of {PLACES[number]}"
    assert (layers.given("one", "other"), layers.given("three", "limit")) == (None, None)
    without = {place: value for place, value in values.items() if value and value.strip()}
    assert given_by_ansible(*lay_out(tmp_path / "without", without)) == f"of {PLACES[number]}"


def test_of_nothing_but_blanks_there_is_no_value(tmp_path: Path) -> None:
    assert Layers(*lay_out(tmp_path, dict.fromkeys(PLACES, ""))).given("one", "limit") is None
