# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: xtk_timestamp
short_description: A moment as Campaign writes timestamps
version_added: 1.0.0
author: campaign.classic maintainers (@campaign-classic)
description:
  - Makes a timestamp in UTC, as V(2026-11-23 02:00:00.000Z), which options and conditions take.
  - A moment without its time zone is an error, because nobody knows whose time it is.
options:
  _input:
    description:
      - A text such as V(2026-11-23T03:00:00+01:00), seconds since 1970, or a date object with its time zone.
    type: raw
    required: true
"""

EXAMPLES = r"""
- name: Write a local time as Campaign does
  ansible.builtin.assert:
    that:
      - "'2026-11-23T03:00:00+01:00' | campaign.classic.xtk_timestamp == '2026-11-23 02:00:00.000Z'"
"""

RETURN = r"""
_value:
  description: The timestamp.
  type: str
"""

import typing as t

from ..plugin_utils._templating import xtk_timestamp


class FilterModule:
    """The filter C(campaign.classic.xtk_timestamp)."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Ansible's entry point."""
        return {"xtk_timestamp": xtk_timestamp}
