# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The values of a variable in each place of an inventory: a blank of a host must not hide its group's value.

Ansible returns only the strongest value. A blank counts as not given, so the next value below it holds, even a stricter
limit.
"""

from __future__ import annotations

import typing as t
from collections.abc import Iterator, Mapping

from ansible.inventory.group import Group
from ansible.inventory.helpers import sort_groups
from ansible.inventory.host import Host
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.vars.plugins import get_vars_from_inventory_sources, get_vars_from_path

from .reading import is_blank

Place = Mapping[str, t.Any]


class Layers:
    """The places of an inventory. Those of a group are read once, however many hosts it has.

    :param inventory: of this run.
    :param loader: reads files; its directory is that of the playbook.
    """

    def __init__(self, inventory: InventoryManager, loader: DataLoader) -> None:
        self._inventory = inventory
        self._loader = loader
        self._groups: dict[str, tuple[Place, Place, Place]] = {}

    def given(self, host: str, name: str) -> t.Any:
        """The strongest value of a host's variable that is not blank, not templated; None when there is none."""
        return next((place[name] for place in self._places(host) if not is_blank(place.get(name))), None)

    def _places(self, name: str) -> Iterator[Place]:
        """In the order of Ansible, the strongest first: beside the playbook, beside the inventory, in the inventory."""
        host = self._inventory.get_host(name)
        if host is None:
            return
        yield from self._of(host)
        near: list[tuple[Place, Place, Place]] = []
        far: list[tuple[Place, Place, Place]] = []
        for group in reversed(sort_groups(host.get_groups())):
            (far if group.name == "all" else near).append(self._of_group(group))
        beside_playbook, beside, inside = range(3)
        for groups, kind in (
            (near, beside_playbook),
            (near, beside),
            (far, beside_playbook),
            (far, beside),
            (near, inside),
            (far, inside),
        ):
            yield from (places[kind] for places in groups)

    def _of_group(self, group: Group) -> tuple[Place, Place, Place]:
        if group.name not in self._groups:
            self._groups[group.name] = self._of(group)
        return self._groups[group.name]

    def _of(self, entity: Group | Host) -> tuple[Place, Place, Place]:
        return (
            get_vars_from_path(self._loader, self._loader.get_basedir(), [entity], "task"),
            get_vars_from_inventory_sources(self._loader, self._inventory._sources, [entity], "task"),
            entity.vars,
        )
