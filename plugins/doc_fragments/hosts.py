# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations


class ModuleDocFragment:
    """What the filters take that look at hosts."""

    DOCUMENTATION = r"""
options:
  _input:
    description:
      - The inventory names of the hosts.
    type: list
    elements: str
    required: true
  hostvars:
    description:
      - Ansible's hostvars.
    type: dict
    required: true
"""
