# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: counted
short_description: A number with the noun that goes with it
version_added: 0.2.0
author: campaign.classic maintainers (@campaign-classic)
description:
  - Says V(1 host) and V(2 hosts), V(1 delivery) and V(2 deliveries).
options:
  _input:
    description:
      - The number.
    type: int
    required: true
  what:
    description:
      - The noun in the singular.
    type: str
    required: true
positional: what
"""

EXAMPLES = r"""
- name: Say how many hosts a group has
  ansible.builtin.debug:
    msg: "{{ groups['campaign'] | length | campaign.classic.counted('host') }}"
"""

RETURN = r"""
_value:
  description:
    - The number and the noun.
  type: str
"""

import typing as t

from ..module_utils._core.counted import counted


class FilterModule:
    """The filter C(campaign.classic.counted)."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Ansible's entry point."""
        return {"counted": _counted}


def _counted(number: t.Any, what: t.Any) -> str:
    return counted(int(number), str(what))
