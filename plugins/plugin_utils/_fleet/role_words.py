# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""Sentences in the reader's terms: a user of a role knows its variables, and not the options of modules.

The modules name their own options (``start_stopped``). Which variable of a role sets which option is written in one
place, the role's own tasks, and is read from there.
"""

from __future__ import annotations

import re
import typing as t
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from ...module_utils._client.connect import ENVIRONMENT
from .._variables.names import ROLES
from .._variables.reading import load_yaml, specs

PREFIX = "campaign.classic."
#: The module that makes the plans, and the one by which the playbooks read all hosts at once.
PLANNER, SWEEP = "sync_cursor_info", "fleet_info"
#: Options that are English words are in brackets in a message about the connection or the sweep. Other words there,
#: such as ``(timeout)`` behind a failed run, mean something else.
_BRACKETS = re.compile(
    r"(?<= \()(?:url|proxy|user, password|client_id, client_secret, scope|deadline|concurrency)(?=\))"
    r"|(?<=The option )timeout\b"
)


def in_role_words(text: str, module: str, role: str = "mid_sourcing") -> str:
    """The text with the names of a module's options replaced by the variables of the role that calls it.

    A name of several words (``start_stopped``) always is an option. An English word, such as ``force``, is one only
    before a value, ``force=true``, ``force: true``, or in :data:`_BRACKETS`.

    :param module: without the name of the collection.
    """
    names = variables_behind(module, role)
    told = re.sub(r" \(in the modules: \w+\)", "", text)
    told = _BRACKETS.sub(lambda found: ", ".join(names.get(one, one) for one in found.group().split(", ")), told)
    told = _pattern(module, role).sub(lambda found: names[found.group()], told)
    # A sentence that names the variable beside the option would say it twice.
    return re.sub(r"\b(\w+)((?:: \w+)?) \(\1\)", r"\1\2", told)


@cache
def variables_behind(module: str, role: str = "mid_sourcing") -> Mapping[str, str]:
    """The variable of a role behind each option of a module, as the role's tasks give them.

    An option that is set to something else, or to more than one variable, is missing. An option that is not set here,
    since it comes with a plan, has the variable that made the plan.
    """
    return {
        **{option: f"campaign_{option}" for option in ENVIRONMENT},
        **_given_to(SWEEP, role),
        **_given_to(PLANNER, role),
        **_given_to(module, role),
    }


def _given_to(module: str, role: str) -> Mapping[str, str]:
    found = {}
    own = _load(ROLES / role / "vars" / "main.yml")
    for path in sorted((ROLES / role / "tasks").glob("*.yml")):
        for arguments in _calls(_load(path), PREFIX + module):
            for option, value in arguments.items():
                variable = _variable(str(value), role, own)
                if variable:
                    found[option] = variable
    return found


def _load(path: Path) -> t.Any:
    return load_yaml(path.read_text(encoding="utf-8"))


def _variable(value: str, role: str, own: Mapping[str, t.Any]) -> str:
    """The one variable of a role that an expression begins with, also through a private one made of it; else ''."""
    begins = re.match(rf"\{{\{{ *(_*{role}_\w+) *(?:\||\}}\}}|if \1\b)", value)
    if begins is None:
        return ""
    name = begins.group(1)
    if not name.startswith("_"):
        return name
    behind = {one for one in re.findall(rf"(?<!\w){role}_\w+", str(own.get(name, ""))) if one in specs()}
    return behind.pop() if len(behind) == 1 else ""


def _calls(tasks: t.Any, module: str) -> t.Iterator[Mapping[str, t.Any]]:
    """The arguments of each call of a module in a list of tasks, also within blocks."""
    for task in tasks or []:
        if isinstance(task.get(module), Mapping):
            yield task[module]
        for part in ("block", "rescue", "always"):
            yield from _calls(task.get(part), module)


@cache
def _pattern(module: str, role: str) -> re.Pattern[str]:
    names = sorted(variables_behind(module, role), key=len, reverse=True)
    long = "|".join(re.escape(name) for name in names if "_" in name)
    short = "|".join(re.escape(name) for name in names if "_" not in name)
    # A part of a longer name, of an address or of a path is no option.
    return re.compile(
        rf"(?<![\w.$/@'-])(?:(?:{long})(?![\w/'-])|(?:{short})(?==[\w.\['\"]|: (?:true\b|false\b|[\['\"])))"
    )
