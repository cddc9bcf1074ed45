# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: duration_text
short_description: Seconds as a duration that people read
version_added: 1.0.0
author: campaign.classic maintainers (@campaign-classic)
description:
  - Shows the largest two units of days, hours, minutes and seconds. The rest is cut off.
options:
  _input:
    description:
      - Seconds. They may be negative.
    type: float
    required: true
"""

EXAMPLES = r"""
- name: Say how long it was
  ansible.builtin.assert:
    that:
      - 129600 | campaign.classic.duration_text == '1d 12h'
"""

RETURN = r"""
_value:
  description: The duration, as V(1d 12h).
  type: str
"""

import typing as t

from ..plugin_utils._templating import duration_text


class FilterModule:
    """The filter C(campaign.classic.duration_text)."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Ansible's entry point."""
        return {"duration_text": duration_text}
