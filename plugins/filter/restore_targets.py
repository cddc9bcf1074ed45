# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: restore_targets
short_description: What a line of a job's output asks to put back
version_added: 0.1.0
author: campaign.classic maintainers (@campaign-classic)
description:
  - Reads the lines C(OLD VALUE HOST,OPTION,VALUE) that detect and reconcile show before anything is written. They are
    enough to undo a cure when its evidence is gone with a container.
  - They are taken as they were copied, with quotes, commas, brackets, C(ok [host] =>), C(msg), times and colours round
    them, or bare. What could mean something else is refused, and the line is named.
  - Only cursors that the collection moves are taken.
options:
  _input:
    description:
      - One line, several, or a list of them. Spaces will do in place of the commas.
    type: raw
    required: true
  rest:
    description:
      - What Ansible has kept of a line with spaces on the command line, which is in the variable C(_raw_params). Of
        C(-e mid_sourcing_restore=OLD VALUE ...) it takes V(OLD) for the value.
    type: str
    default: ""
"""

EXAMPLES = r"""
- name: Show what would be put back
  ansible.builtin.debug:
    msg: "{{ 'mkt-paris,NmsMidSourcing_LastDelivery_eu,2020-03-01T10:00:00.000Z' | campaign.classic.restore_targets }}"
"""

RETURN = r"""
_value:
  description:
    - A list of dictionaries with the keys C(host), C(option), C(value) and C(workflow).
  type: list
  elements: dict
"""

import typing as t

from ansible.errors import AnsibleFilterError

from ..module_utils._core.errors import CampaignError
from ..plugin_utils._evidence.restore import read_restore


def restore_targets(given: t.Any, rest: t.Any = "") -> list[dict[str, t.Any]]:
    """The hosts, options and values in the lines."""
    try:
        return read_restore(given, str(rest or ""))
    except CampaignError as error:
        raise AnsibleFilterError(str(error)) from None


class FilterModule:
    """The filter C(campaign.classic.restore_targets)."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Ansible's entry point."""
        return {"restore_targets": restore_targets}
