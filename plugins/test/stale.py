# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: stale
short_description: Whether a timestamp is older than it may be
version_added: 1.0.0
author: campaign.classic maintainers (@campaign-classic)
description:
  - True when the moment lies longer ago than O(max_age). No value at all is stale, and a moment ahead is not.
  - A moment without its time zone is an error.
positional: max_age, now
options:
  _input:
    description:
      - A timestamp as the modules return it, or a moment with its time zone.
    type: raw
    required: true
  max_age:
    description:
      - How old it may be, as seconds or a duration such as V(6h).
    type: raw
    required: true
  now:
    description:
      - The moment to count from. V(now) is the clock of the controller. The time of the server is the better one.
    type: raw
    default: now
seealso:
  - module: campaign.classic.instance_info
"""

EXAMPLES = r"""
- name: Cursors that lag behind
  ansible.builtin.assert:
    that:
      - "'2020-03-01 10:00:00.000Z' is campaign.classic.stale('7d')"
      - "'2026-11-23 01:50:00.000Z' is not campaign.classic.stale('6h', now='2026-11-23T02:00:00Z')"
"""

RETURN = r"""
_value:
  description: Whether it is too old.
  type: bool
"""

import typing as t

from ..plugin_utils._templating import stale


class TestModule:
    """The test C(campaign.classic.stale)."""

    def tests(self) -> dict[str, t.Callable[..., t.Any]]:
        """Ansible's entry point."""
        return {"stale": stale}
