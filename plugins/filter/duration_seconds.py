# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: duration_seconds
short_description: The seconds of a duration such as 1d12h
version_added: 1.0.0
author: campaign.classic maintainers (@campaign-classic)
description:
  - Takes what the options of this collection take as a duration.
options:
  _input:
    description:
      - Seconds, or a text with the units C(w), C(d), C(h), C(m) and C(s), as V(1d12h).
    type: raw
    required: true
"""

EXAMPLES = r"""
- name: Calculate with a duration
  ansible.builtin.assert:
    that:
      - "'1d12h' | campaign.classic.duration_seconds == 129600"
"""

RETURN = r"""
_value:
  description: The seconds.
  type: int
"""

import typing as t

from ..plugin_utils._templating import duration_seconds


class FilterModule:
    """The filter C(campaign.classic.duration_seconds)."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Ansible's entry point."""
        return {"duration_seconds": duration_seconds}
