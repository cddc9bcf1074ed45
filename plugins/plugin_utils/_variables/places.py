# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The places of an inventory in which a variable stands: its value is read there, and a blank one is taken out there.

So the next place below holds for a blank, and whatever stands above the inventory (a play, a file that it reads, a
task, the command line) stays above it: nothing is set that Ansible would rank otherwise.
"""

from __future__ import annotations

import typing as t
from collections.abc import Iterator, MutableMapping
from pathlib import PurePath

from .host import VARIABLES
from .reading import repair, specs

#: The folders of files that Ansible reads for groups and hosts, beside an inventory and beside a playbook.
_FOLDERS = frozenset({"group_vars", "host_vars"})
#: What is left alone: a blank pattern of hosts, which a run that writes refuses, and the variables of a connection,
#: which are read with their own meaning.
_KEPT = frozenset({"mid_sourcing_hosts", "siblings_hosts", *VARIABLES.values()})


def read_inventory(inventory: t.Any, loader: t.Any) -> None:
    """Read the variables of argument specs in every place of an inventory. Again at each call, as hosts and files come.

    :param inventory: Ansible's own, of this run.
    :param loader: the same. It keeps what the files of groups and hosts say for the whole run.
    """
    # A permission to write must be explicit, and is not inherited past a blank.
    for_blank = {name: spec["default"] for name, spec in specs().items() if name.endswith("_apply")}
    for place in _places(inventory, loader):
        repair(place, _KEPT, for_blank)


def _places(inventory: t.Any, loader: t.Any) -> Iterator[MutableMapping[str, t.Any]]:
    for entity in (*inventory.groups.values(), *inventory.hosts.values()):
        yield entity.vars
    for path, content in loader._FILE_CACHE.items():
        if isinstance(content, MutableMapping) and not _FOLDERS.isdisjoint(PurePath(path).parts):
            yield content
