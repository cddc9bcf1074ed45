# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""Which variables a play sets itself: they stand above the inventory.

What is read from the inventory is kept as facts of the hosts, which Ansible puts above the variables of a play. So
whoever sets them must know these names: a limit that a play sets would else give way to a blank of the inventory.
"""

from __future__ import annotations

import sys
import typing as t
from collections.abc import Mapping
from types import FrameType

from ansible.playbook.task import Task

from .reading import is_blank, specs

_NONE: t.Final = object()


def asking_tasks() -> list[t.Any]:
    """The task for which Ansible asks a lookup in its main process, which does not tell it; and, while a role is being
    included, the task that includes it, since the tasks of the role do not know that one yet."""
    found: list[t.Any] = []
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        # By the type alone: some objects of templates answer to everything.
        values = [one for one in frame.f_locals.values() if issubclass(type(one), Task)]
        found += values[:1] if not found else [one for one in values if one is frame.f_locals.get("self")]
        frame = frame.f_back
    return found


def play_of(task: t.Any) -> t.Any:
    """The play of a task; None if it is unknown."""
    parent = task
    while parent is not None:
        play = getattr(parent, "_play", None)
        if play is not None:
            return play
        parent = getattr(parent, "_parent", None)
    return None


def played(tasks: t.Sequence[t.Any], hostvars: t.Any, name: str) -> dict[str, t.Any]:
    """The variables of argument specs that the play of these tasks sets, or the files, roles and blocks that they are
    in, not templated. A blank one counts as not set.

    :param hostvars: Ansible's own.
    :param name: of any host of the play.
    """
    play = next((play for play in map(play_of, tasks) if play is not None), None)
    manager = hostvars._variable_manager
    host = manager._inventory.get_host(name)
    if play is None or host is None:
        return {}
    explicit = dict(play.get_vars())
    for task in reversed(tasks):
        explicit.update({**_of_roles(task), **task.get_vars()})
    # With a host, since the names of files of variables may be templates of it.
    said = manager.get_vars(play=play, host=host, task=tasks[0], include_hostvars=False)
    below = {**_defaults(tasks[0], play), **hostvars.raw_get(name)}
    said.update(explicit)
    return {one: said[one] for one in specs() if one in said and _is_set(one, said[one], explicit, below)}


def _is_set(name: str, said: t.Any, explicit: t.Container[str], below: Mapping[str, t.Any]) -> bool:
    return not is_blank(said) and (name in explicit or not _is_same(said, below.get(name, _NONE)))


def _of_roles(task: t.Any) -> Mapping[str, t.Any]:
    role = task._role
    return role.get_vars(task.get_dep_chain(), include_params=False) if role else {}


def _defaults(task: t.Any, play: t.Any) -> dict[str, t.Any]:
    found: dict[str, t.Any] = {}
    for role in play.roles:
        found.update(role.get_default_vars())
    if task._role:
        found.update(task._role.get_default_vars(dep_chain=task.get_dep_chain()))
    return found


def _is_same(one: t.Any, other: t.Any) -> bool:
    """Whether two values are the same. A vaulted one is not decrypted for that: its password may be missing."""
    plain = (str, bool, int, float, list, dict)
    return one is other or (isinstance(one, plain) and isinstance(other, plain) and one == other)
