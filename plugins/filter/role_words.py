# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: role_words
short_description: A sentence of a module in the words of a role
version_added: 0.2.0
author: campaign.classic maintainers (@campaign-classic)
description:
  - Replaces the names of a module's options, such as V(start_stopped), by the variables of the role that calls it, such
    as V(mid_sourcing_start_stopped). Which these are is read from the tasks of the role.
options:
  _input:
    description:
      - The sentence.
    type: str
    required: true
  module:
    description:
      - The module, without the name of the collection.
    type: str
    required: true
  role:
    description:
      - The role, without the name of the collection.
    type: str
    default: mid_sourcing
positional: module, role
"""

EXAMPLES = r"""
- name: Say mid_sourcing_start_stopped where the module has said start_stopped
  ansible.builtin.debug:
    msg: "{{ 'Set start_stopped to have it started.' | campaign.classic.role_words('sync_cursor') }}"
"""

RETURN = r"""
_value:
  description:
    - The sentence.
  type: str
"""

import typing as t

from ..plugin_utils._fleet.role_words import in_role_words


class FilterModule:
    """The filter C(campaign.classic.role_words)."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Ansible's entry point."""
        return {"role_words": _role_words}


def _role_words(text: t.Any, module: str, role: str = "mid_sourcing") -> str:
    return in_role_words(str(text), module, role)
