# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: visible
short_description: A text of a server as it may be shown
version_added: 1.0.0
author: campaign.classic maintainers (@campaign-classic)
description:
  - Shows each character that would end a line, move a terminal's cursor, turn the direction of reading or hide, as
    C(\n), C(\x1b) or C(\u202e). Nothing else is changed, and a text that was made visible before not at all.
  - The modules of this collection make all their texts visible but those that are data, which are compared or written
    back, such as the value of an option and the rows of M(campaign.classic.query). Use this filter before you show
    those.
options:
  _input:
    description:
      - The text, or a structure of lists and dictionaries with texts in it.
    type: raw
    required: true
"""

EXAMPLES = r"""
- name: Show a label as it came from a server
  ansible.builtin.debug:
    msg: "{{ label | campaign.classic.visible }}"
  vars:
    label: "Newsletter\nof week 47"
"""

RETURN = r"""
_value:
  description:
    - The same, made visible.
  type: raw
"""

import typing as t

from ..module_utils._core.text import shown


class FilterModule:
    """The filter C(campaign.classic.visible)."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Ansible's entry point."""
        return {"visible": _visible}


def _visible(value: t.Any) -> t.Any:
    return shown(value)
