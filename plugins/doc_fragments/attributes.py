# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations


class ModuleDocFragment:
    """What a module can do in check mode and the like, for all modules."""

    # A module that names this fragment says for each of these how far it supports it.
    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: Can run in C(check_mode) and say what would be changed without changing it.
  diff_mode:
    description: Returns what was changed, or in C(check_mode) would be, when run with C(--diff).
  idempotent:
    description:
      - When run twice in a row with the same options, the second run finds nothing to change.
      - Under the condition that nobody else changes the instance in between.
"""

    # For modules that only read.
    INFO_MODULE = r"""
options: {}
attributes:
  check_mode:
    support: full
    details:
      - This module only reads, so it does the same in C(check_mode) as otherwise.
  diff_mode:
    support: N/A
    details:
      - This module only reads, so there is no diff.
  idempotent:
    support: full
    details:
      - This module only reads.
"""

    # Every module is in the one group of meta/runtime.yml.
    ACTION_GROUP = r"""
options: {}
attributes:
  action_group:
    description: Connection options can be set once for all modules of the group in C(module_defaults).
    support: full
    membership:
      - campaign.classic.all
"""
