# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every place in which Ansible looks for a variable of a host is read there, and a blank hides nothing."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.vars.manager import VariableManager

from ansible_collections.campaign.classic.plugins.plugin_utils._variables.places import read_inventory

NAME = "mid_sourcing_max_hosts"
#: From the weakest to the strongest, as Ansible documents them.
PLACES = (
    "all",
    "parent",
    "child",
    "group_vars/all.json",
    "play/group_vars/all.json",
    "group_vars/child.json",
    "play/group_vars/child.json",
    "host",
    "host_vars/one.json",
    "play/host_vars/one.json",
)


def lay_out(folder: Path, says: Mapping[str, Any]) -> tuple[InventoryManager, DataLoader]:
    """An inventory whose places say something of the variable, and where its playbook is."""
    said = {place: {NAME: value} for place, value in says.items()}
    child = {"vars": said.get("child", {}), "hosts": {"one": said.get("host", {})}}
    parent = {"vars": said.get("parent", {}), "children": {"child": child}}
    everything = {"all": {"vars": said.get("all", {}), "children": {"parent": parent}}}
    for place in (one for one in said if "/" in one):
        path = folder / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(said[place]), encoding="utf-8")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "hosts.yml").write_text(json.dumps(everything), encoding="utf-8")
    (folder / "play").mkdir(exist_ok=True)
    loader = DataLoader()
    loader.set_basedir(str(folder / "play"))
    return InventoryManager(loader=loader, sources=[str(folder / "hosts.yml")]), loader


def holds(folder: Path, says: Mapping[str, Any]) -> Any:
    """What Ansible says of the host once the inventory was read, as it is when a play begins."""
    inventory, loader = lay_out(folder, says)
    variables = VariableManager(loader=loader, inventory=inventory)
    host = inventory.get_host("one")
    variables.get_vars(host=host)
    read_inventory(inventory, loader)
    return variables.get_vars(host=host).get(NAME)


@pytest.mark.parametrize(("weaker", "stronger"), list(itertools.combinations(PLACES, 2)))
def test_a_blank_leaves_what_the_next_place_says(weaker: str, stronger: str, tmp_path: Path) -> None:
    assert holds(tmp_path / "both", {weaker: "1", stronger: "2"}) == 2
    assert holds(tmp_path / "blank", {weaker: "1", stronger: " "}) == 1


def test_blanks_everywhere_are_none(tmp_path: Path) -> None:
    assert holds(tmp_path, dict.fromkeys(PLACES, "")) is None


def test_a_file_of_another_name_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "others.json").write_text(json.dumps({NAME: "7"}), encoding="utf-8")
    inventory, loader = lay_out(tmp_path, {})
    loader.load_from_file(str(tmp_path / "others.json"), unsafe=True)
    read_inventory(inventory, loader)
    assert loader.load_from_file(str(tmp_path / "others.json"), unsafe=True) == {NAME: "7"}


def read_of(folder: Path, group: dict[str, Any]) -> dict[str, Any]:
    """What is left of the variables of a group."""
    inventory, loader = lay_out(folder, {"child": 1})
    inventory.groups["child"].vars = group
    read_inventory(inventory, loader)
    return group


def test_what_a_place_says_is_read_by_the_argument_specs(tmp_path: Path) -> None:
    given = {
        NAME: "",
        "mid_sourcing_serial": "[1]",
        "mid_sourcing_confirm": "yes",
        "mid_sourcing_lookback": "2d",
        "mid_sourcing_max_percent": "many",
        "mid_sourcing_plan_file": None,
        "other": "",
        "template": "{{ x }}",
        "mid_sourcing_max_age": "{{ x }}",
    }
    assert read_of(tmp_path, given) == {
        "mid_sourcing_serial": [1],
        "mid_sourcing_confirm": True,
        "mid_sourcing_lookback": "2d",
        "mid_sourcing_max_percent": "many",
        "other": "",
        "template": "{{ x }}",
        "mid_sourcing_max_age": "{{ x }}",
    }


def test_a_permission_a_pattern_and_the_connection_keep_the_meaning_of_their_blanks(tmp_path: Path) -> None:
    given = {
        "mid_sourcing_apply": "",
        "siblings_apply": None,
        "mid_sourcing_hosts": "",
        "siblings_hosts": " ",
        "campaign_read_only": "",
        "campaign_url": " x\n",
    }
    assert read_of(tmp_path, given) == {
        "mid_sourcing_apply": False,
        "siblings_apply": False,
        "mid_sourcing_hosts": "",
        "siblings_hosts": " ",
        "campaign_read_only": "",
        "campaign_url": " x\n",
    }


def test_a_file_of_a_group_that_says_nothing_is_left_alone(tmp_path: Path) -> None:
    inventory, loader = lay_out(tmp_path, {"group_vars/child.json": ""})
    (tmp_path / "group_vars/child.json").write_text("null", encoding="utf-8")
    variables = VariableManager(loader=loader, inventory=inventory)
    variables.get_vars(host=inventory.get_host("one"))
    read_inventory(inventory, loader)
    assert NAME not in variables.get_vars(host=inventory.get_host("one"))
