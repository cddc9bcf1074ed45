# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The side outputs of a run, checked before anything is written: are they possible at all?

A side output never decides how a run ends, so an impossible one must be reported before: a report in a missing
directory, a notification with a syntax error, which would end ansible-playbook itself.
"""

from __future__ import annotations

import os
import re
import typing as t
from pathlib import Path

from ansible.errors import AnsibleError
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.block import Block
from ansible.playbook.helpers import load_list_of_tasks
from ansible.playbook.play import Play
from ansible.playbook.task import Task
from ansible.vars.manager import VariableManager

from ...module_utils._core.trust import problems
from .._variables.host import Templar
from .._variables.names import belongs_to_us

#: Includes within includes are followed to this depth.
DEEPEST = 10
#: The actions of ``meta`` after which the run continues. The others end it without its last lines, and so may an
#: unknown action.
GOING_ON = frozenset(
    {"clear_facts", "clear_host_errors", "flush_handlers", "noop", "refresh_inventory", "reset_connection"}
)
INCLUDE = frozenset({"include_tasks", "ansible.builtin.include_tasks", "ansible.legacy.include_tasks"})
#: What older versions of Ansible add to their message: the place, and its lines.
_SHOWN_LINE = re.compile(r"The error appears to be in .*?line (\d+),.*", re.DOTALL)
SETTING = frozenset(
    prefix + name for name in ("set_fact", "set_stats") for prefix in ("", "ansible.builtin.", "ansible.legacy.")
)
META = frozenset({"meta", "ansible.builtin.meta", "ansible.legacy.meta"})


def unwritable(path: str, what: str) -> list[str]:
    """Why a file cannot be written, as sentences; none if it can, as far as is known beforehand.

    :param what: the variable that names it.
    """
    if not path.strip():
        return []
    try:
        return _unwritable(path, what)
    except (OSError, ValueError) as error:
        return [f"{what}: no file can have this name ({error}). Name another one."]


def _unwritable(path: str, what: str) -> list[str]:
    if "\0" in path:
        raise ValueError("a character NUL is in it")
    # The target of a link is what is written.
    file = Path(os.path.realpath(path))
    folder = file.parent
    if file.is_dir() or path.endswith("/"):
        return [f"{what}: {path} is a directory. Name a file."]
    if not folder.is_dir():
        there = "is no directory" if folder.exists() else "does not exist"
        return [f"{what}: {folder} {there}, so {file.name} cannot be written there. Make it, or name another one."]
    if not os.access(folder, os.W_OK | os.X_OK):
        return [f"{what}: this user may not write to {folder}. Change its rights, or name another directory."]
    if file.exists() and not (file.is_file() and os.access(file, os.W_OK)):
        return [f"{what}: this user may not write {file}. Change its rights, or name another file."]
    return []


def _as_it_is(text: str) -> str:
    return text


def unusable_tasks(
    path: str, what: str, loader: DataLoader, template: Templar = _as_it_is, answer: str = ""
) -> list[str]:
    """Why a file of tasks cannot be run, as sentences; none if it can, as far as is known beforehand.

    :param what: the variable that names it.
    :param loader: Ansible's, which knows the passwords of its vaults.
    :param template: for the names of included files. A name that it cannot resolve is left to the run.
    :param answer: the one variable of ours that the tasks are to set.
    """
    return _Tasks(what, loader, template, answer).problems_of(Path(path), 0) if path.strip() else []


#: The errors that Ansible raises for a file without tasks: the last ones where it does not check the form.
_UNREADABLE = (AnsibleError, OSError, ValueError, AttributeError, LookupError, TypeError)


class _Tasks:
    """Reads files of tasks as Ansible does, and everything that they include by a resolvable name."""

    def __init__(self, what: str, loader: DataLoader, template: Templar, answer: str) -> None:
        self._template = template
        self._answer = answer
        self._what = what
        self._loader = loader
        inventory = InventoryManager(self._loader, sources=["localhost,"])
        self._variables = VariableManager(self._loader, inventory)

    def problems_of(self, path: Path, depth: int) -> list[str]:
        """What is wrong with one file and with those that it includes."""
        try:
            if not path.is_file():
                there = "is no file" if path.exists() else "does not exist"
                return [f"{self._what}: {path} {there}. Name a file of tasks, or leave it out."]
            found = self._untrusted({str(path)})
            if found:
                return found
            tasks = list(self._load(path))
        except RecursionError:
            return [self._wrong(path, "it imports itself")]
        except _UNREADABLE as error:
            return [self._wrong(path, _SHOWN_LINE.sub(r"(line \1)", str(error)))]
        if not tasks and not depth:
            return [self._wrong(path, "there is no task in it")]
        # An imported file has become part of it.
        found = self._untrusted({str(task.get_path()).rpartition(":")[0] for task in tasks} - {"", str(path)})
        for task in tasks:
            found += self._within(path, task, depth)
        return found

    def _load(self, path: Path) -> t.Iterator[Task]:
        data = self._loader.load_from_file(str(path))
        if not isinstance(data or [], list):
            raise AnsibleError("it must be a list of tasks")
        play = Play.load({"name": "Check", "hosts": "localhost", "tasks": []}, self._variables, self._loader)
        before = self._loader.get_basedir()
        self._loader.set_basedir(str(path.parent))
        try:
            loaded = load_list_of_tasks(
                data or [], play, block=Block(play=play), variable_manager=self._variables, loader=self._loader
            )
        finally:
            self._loader.set_basedir(before)
        yield from _flat(loaded)

    def _untrusted(self, paths: t.Collection[str]) -> list[str]:
        return [f"{self._what}: {one}" for one in problems(sorted(paths), "file of tasks")]

    def _within(self, path: Path, task: Task, depth: int) -> list[str]:
        """The problems of a task itself, or those of what it includes."""
        if why := self._refused(task):
            return [self._wrong(path, why)]
        named = _named_file(task)
        known = self._worked_out(named) if task.action in INCLUDE and depth < DEEPEST else ""
        return self._within_included(path, task, known, known == named, depth) if known else []

    def _refused(self, task: Task) -> str:
        """Why a task would end the run, or change what it does or says; '' if it would not."""
        named = _named_file(task)
        if task.action in META and named not in GOING_ON:
            return f"'meta: {named}' would end the run before its last words. Leave it out"
        if task.notify:
            return f"it notifies {_named(task.notify)}, and there are no handlers here"
        ours = sorted(name for name in _names_set(task) if belongs_to_us(name) and name != self._answer)
        return f"it sets {', '.join(ours)}, which this collection works with. Choose other names" if ours else ""

    def _within_included(self, path: Path, task: Task, known: str, is_fixed: bool, depth: int) -> list[str]:
        """What is wrong with an included file.

        :param known: its name.
        :param is_fixed: whether the name is literal. A computed one may differ at the end of the run.
        """
        places = [path.parent / known, path.parent / "tasks" / known]
        there = [one for one in places if one.is_file()]
        # A missing file only fails its task.
        if not is_fixed and not there:
            return []
        if path in places and not task.when:
            return [self._wrong(path, "it includes itself without end")]
        return self.problems_of((there or places)[0], depth + 1)

    def _worked_out(self, named: t.Any) -> str:
        """The name of an included file; '' when it is unknown."""
        try:
            found = self._template(named) if "{{" in named else named
        except (AnsibleError, TypeError):
            return ""
        return found if isinstance(found, str) and "{{" not in found else ""

    def _wrong(self, path: Path, why: str) -> str:
        said = " ".join(why.split()).rstrip(". ")
        return f"{self._what}: {path} cannot be used: {said}."


def _named_file(task: Task) -> t.Any:
    return task.args.get("_raw_params") or task.args.get("file")


def _names_set(task: Task) -> set[str]:
    """The variables that a task sets, as far as it says so."""
    names = set(task.args) if task.action in SETTING else set()
    given = task.args.get("data")
    if "set_stats" in task.action and isinstance(given, dict):
        names |= set(given)
    # A text, or since ansible-core 2.21 a dictionary of names.
    registered = task.register or ()
    names |= {registered} if isinstance(registered, str) else set(registered)
    return set(map(str, names))


def _named(names: t.Any) -> str:
    return names if isinstance(names, str) else ", ".join(map(str, names))


def _flat(entries: t.Iterable[t.Any]) -> t.Iterator[Task]:
    """The tasks of a list, also of the blocks in it."""
    for entry in entries:
        if isinstance(entry, Block):
            for part in (entry.block, entry.rescue, entry.always):
                yield from _flat(part)
        else:
            yield entry
