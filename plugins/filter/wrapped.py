# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: wrapped
short_description: A text as lines that fit on a screen of 80 columns
version_added: 0.2.0
author: campaign.classic maintainers (@campaign-classic)
description:
  - Wraps texts for C(ansible.builtin.debug), whose lines Ansible's default callback shows within quotes and after eight
    columns.
  - A word that is wider than the screen, such as a path, is cut.
options:
  _input:
    description:
      - The text, or a list of texts, each of which begins on a line of its own. Empty ones are left out.
    type: raw
    required: true
"""

EXAMPLES = r"""
- name: Say what happened
  ansible.builtin.debug:
    msg: "{{ ['First this.', 'Then that.'] | campaign.classic.wrapped }}"
"""

RETURN = r"""
_value:
  description:
    - The lines.
  type: list
  elements: str
"""

import typing as t

from ..plugin_utils._fleet.screen import paragraphs


class FilterModule:
    """The filter C(campaign.classic.wrapped)."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Ansible's entry point."""
        return {"wrapped": _wrapped}


def _wrapped(texts: t.Any) -> list[str]:
    return paragraphs([str(text) for text in ([texts] if isinstance(texts, str) else texts)])
