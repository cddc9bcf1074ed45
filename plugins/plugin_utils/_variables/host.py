# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""What a host's variables say about its connection: ``campaign_url`` for ``url``, and so on for every option.

They are those of the task, so that ``vars`` of a loop count, and those of the host in the inventory, wherever the task
is delegated to. Only existing ones are templated: a fleet would otherwise pay for each option on each host.
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
#: The meaning of a blank variable. Every other blank counts as not given; a blank does not loosen a protective switch.
BLANK = {"read_only": True, "validate_certs": True}
#: The roles, all of whose variables are looked at.
_ROLES = "campaign.classic."

Templar = Callable[[t.Any], t.Any]


def connection_of(given: Mapping[str, t.Any], variables: Mapping[str, t.Any], template: Templar) -> dict[str, t.Any]:
    """The options that the variables set. Values are not validated.

    :param given: the options of the task, whose variables need not be read.
    :param variables: of the task, not yet templated.
    :raises ValidationError: a variable cannot be read. A value from elsewhere would silently replace it: another server
        or account, and no read-only switch.
    """
    found = {}
    for option, variable in VARIABLES.items():
        if variable in variables and not _is_settled(option, given):
            value = _read(option, variables, template)
            if value is not None:
                found[option] = value
    return found


def _is_settled(option: str, given: Mapping[str, t.Any]) -> bool:
    """Whether the task's own value wins; no value of a task turns a read-only switch off."""
    return is_true(given.get(option)) if option == "read_only" else given.get(option) is not None


def _read(option: str, variables: Mapping[str, t.Any], template: Templar) -> t.Any:
    """The value of one variable for its option; None when it does not set it."""
    variable = VARIABLES[option]
    seen = read_variable(variable, variables[variable], template)
    return said(option, seen[variable], variables) if variable in seen else None


def read_variable(name: str, raw: t.Any, template: Templar) -> dict[str, t.Any]:
    """One variable as a module would get it, by its name; empty if ``default(omit)`` has omitted it.

    :param raw: its value, not yet templated.
    :raises ValidationError: it cannot be read.
    """
    if _is_plain(raw):
        return {name: str(raw) if isinstance(raw, str) else raw}
    try:
        # In a dictionary, from which ansible-core 2.19 and newer leave out what default(omit) has omitted.
        return as_module_sees(template({name: raw}))
    except Exception as error:  # a template of an inventory may raise anything
        cause = error.message if isinstance(error, ValidationError) else error
        raise ValidationError(
            f"The variable {name} cannot be read: {str(cause).rstrip('. ')}.", next_step="Nothing was sent. Correct it."
        ) from None


def _is_plain(raw: t.Any) -> bool:
    """Whether a value is literal, as most variables of most hosts are: a vault and a template are not."""
    if isinstance(raw, str):
        return "{" not in raw
    return not raw if isinstance(raw, (list, dict)) else raw is None or isinstance(raw, (bool, int, float))


def said(option: str, value: t.Any, variables: Mapping[str, t.Any]) -> t.Any:
    """The value of a variable for an option; None when it does not set it.

    :param variables: of the task.
    """
    if is_blank_text(value):
        return BLANK.get(option)
    return None if is_omitted(value, variables) else value


def is_omitted(value: t.Any, variables: Mapping[str, t.Any]) -> bool:
    """Whether ``default(omit)`` has omitted a value: before ansible-core 2.19, a placeholder stands for it."""
    return isinstance(value, str) and value == variables.get("omit")


def require_known(variables: Mapping[str, t.Any], template: Templar, extra: Callable[[], Iterable[str]]) -> None:
    """Refuse mistyped variables, such as a read-only switch: Ansible would silently ignore them.

    In a task of our roles all of the collection's variables are checked, and elsewhere those that differ from a
    connection's variable by one letter: a user's own playbook may have variables that begin like ours. Only names are
    read.

    :param extra: returns the names of the variables of the command line.
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
    """Whether a name differs from an option of the connection by one letter."""
    # An edit leaves the beginning or the end unchanged.
    if not name.startswith("camp") and name[-4:] not in _ENDS:
        return False
    return any(one_edit(name, known) for known in VARIABLES.values()) and is_unknown(name)


_ENDS = frozenset(variable[-4:] for variable in VARIABLES.values())
