# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: xtk_literal
short_description: A value as it stands in an expression of Campaign
version_added: 1.0.0
author: campaign.classic maintainers (@campaign-classic)
description:
  - Quotes a text so that nothing in it can end it or be taken for something else, and writes numbers, booleans, dates
    and timestamps as XTK does.
  - O(ignore:where) of M(campaign.classic.query) does this by itself. Use it where only an expression will do.
  - A text that a task has returned with V(********) in place of a secret is not the text that the server has. The query
    warns of it.
positional: kind
options:
  _input:
    description:
      - The value.
    type: raw
    required: true
  kind:
    description:
      - How it is meant. Without it, a number is a number and a text is a text.
    type: str
    choices: [string, integer, float, boolean, date, datetime]
"""

EXAMPLES = r"""
- name: Put a text into an expression
  ansible.builtin.assert:
    that:
      - "'it is ' ~ (name | campaign.classic.xtk_literal) == expected"
      - "'2026-11-23T02:00:00Z' | campaign.classic.xtk_literal('datetime') == '#2026-11-23T02:00:00.000Z#'"
  vars:
    name: Rock 'n' Roll
    expected: it is 'Rock \'n\' Roll'
"""

RETURN = r"""
_value:
  description: The literal.
  type: str
"""

import typing as t

from ..plugin_utils._templating import xtk_literal


class FilterModule:
    """The filter C(campaign.classic.xtk_literal)."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Ansible's entry point."""
        return {"xtk_literal": xtk_literal}
