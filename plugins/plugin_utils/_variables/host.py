# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""What a host's variables say of its connection: ``campaign_url`` for ``url``, and so on for every option.

They are those of the task, so that ``vars`` of a loop count, and those of the host in the inventory, wherever the task
is delegated to. Only those that are there are templated: a fleet would otherwise pay for each option on each host.
"""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Iterable, Mapping

from ...module_utils._client.connect import ENVIRONMENT, is_true
from ...module_utils._core.errors import ValidationError
from .as_module import as_module_sees
from .names import OWN, is_unknown, one_edit, unknown_variables
from .reading import is_blank_text

#: The variable behind each option of the connection.
VARIABLES = {option: f"campaign_{option}" for option in ENVIRONMENT}
#: What a blank variable means. All else that is blank is not given; a switch that holds back is not loosened by it.
BLANK = {"read_only": True, "validate_certs": True}
#: The roles, all of whose variables are looked at.
_ROLES = "campaign.classic."

Templar = Callable[[t.Any], t.Any]


def connection_of(given: Mapping[str, t.Any], variables: Mapping[str, t.Any], template: Templar) -> dict[str, t.Any]:
    """The options that the variables give. Values are not validated.

    :param given: the options of the task, whose variables need not be read.
    :param variables: of the task, not yet templated.
    :raises ValidationError: there is a variable that cannot be read. What comes from elsewhere would stand in for it in
        silence: another server or account, and no read-only switch.
    """
    found = {}
    for option, variable in VARIABLES.items():
        if variable in variables and not _is_settled(option, given):
            value = _read(option, variables, template)
            if value is not None:
                found[option] = value
    return found


def _is_settled(option: str, given: Mapping[str, t.Any]) -> bool:
    """Whether the task's own word is the last; nothing that it says undoes a read-only switch."""
    return is_true(given.get(option)) if option == "read_only" else given.get(option) is not None


def _read(option: str, variables: Mapping[str, t.Any], template: Templar) -> t.Any:
    """What one variable says of its option; None when it does not give it."""
    variable = VARIABLES[option]
    seen = read_variable(variable, variables[variable], template)
    return said(option, seen[variable], variables.get("omit")) if variable in seen else None


def read_variable(name: str, raw: t.Any, template: Templar) -> dict[str, t.Any]:
    """One variable as a module would get it, by its name; empty where ``default(omit)`` has omitted it.

    :param raw: its value, not yet templated.
    :raises ValidationError: it cannot be read.
    """
    try:
        # In a dictionary, from which ansible-core 2.19 and newer leave out what default(omit) has omitted.
        return as_module_sees(template({name: raw}))
    except Exception as error:  # whatever a template of an inventory may raise
        cause = error.message if isinstance(error, ValidationError) else error
        raise ValidationError(
            f"The variable {name} cannot be read: {cause}", next_step="Nothing was sent. Correct it."
        ) from None


def said(option: str, value: t.Any, omit: t.Any = None) -> t.Any:
    """What the value of a variable says of an option; None when it does not give it.

    :param omit: the text that stands for what is omitted, before ansible-core 2.19.
    """
    if is_blank_text(value):
        return BLANK.get(option)
    return None if isinstance(value, str) and value == omit else value


def require_known(variables: Mapping[str, t.Any], template: Templar, extra: Callable[[], Iterable[str]]) -> None:
    """Refuse variables that are mistyped: they would be ignored in silence, such as a read-only switch.

    In a task of our roles all of the collection's variables are looked at, and elsewhere those that miss one of the
    connection by a letter: a playbook of somebody's own may have variables that begin like ours. Only names are read.

    :param extra: tells the names of the variables of the command line.
    :raises ValidationError: there is one. Names each, and what was meant.
    """
    host = str(variables.get("inventory_hostname") or "localhost")
    ours = str(variables.get("ansible_role_name") or "").startswith(_ROLES)
    names = [name for name in variables if ours or misses_connection(name)]
    if not names:
        return
    own = list(template(variables[OWN])) if OWN in variables else []
    found = unknown_variables({host: names}, own, extra() if ours else set(extra()).intersection(names))
    if found:
        raise ValidationError(" ".join(found), next_step="Nothing was written.")


def misses_connection(name: str) -> bool:
    """Whether a name is that of an option of the connection but for a letter."""
    # An edit leaves the beginning or the end as it is.
    if not name.startswith("camp") and name[-4:] not in _ENDS:
        return False
    return any(one_edit(name, known) for known in VARIABLES.values()) and is_unknown(name)


_ENDS = frozenset(variable[-4:] for variable in VARIABLES.values())
