# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The variables of the command line, read once for the whole run; and what stood blank there, which hides nothing then.

Ansible keeps one dictionary of them, above all other variables. Whatever asks first takes the blanks out of it, so they
are remembered here for whatever must know of them.
"""

from __future__ import annotations

import typing as t
from collections.abc import MutableMapping

from .reading import is_left_out, rejoin, repair

#: One process of ansible-playbook has one command line.
_BLANK: set[str] = set()


def read_command_line(extra: MutableMapping[str, t.Any]) -> None:
    """Read these variables, and take out what is blank.

    :param extra: Ansible's own dictionary.
    """
    rejoin(extra)
    _BLANK.update(name for name, value in extra.items() if is_left_out(name, value))
    repair(extra)


def is_left_blank(name: str) -> bool:
    """Whether the command line of this run leaves a variable blank."""
    return name in _BLANK
