# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: window_decision
short_description: Whether a change may begin now, and why or why not
version_added: 0.1.0
author: campaign.classic maintainers (@campaign-classic)
description:
  - Decides on change window, ticket and override together, by the controller's clock. The role
    P(campaign.classic.change_window#role) is built on it.
  - Settings that cannot be right deny; they are no error, so that the decision can be reported.
options:
  _input:
    description:
      - The settings of the role P(campaign.classic.change_window#role) without the beginning of their names, such as
        C(windows), C(needs) or C(ticket). What is left out or null has the role's default.
    type: dict
    required: true
seealso:
  - plugin: campaign.classic.within_window
    plugin_type: test
"""

EXAMPLES = r"""
- name: Show whether a change of half an hour may begin
  ansible.builtin.debug:
    msg: "{{ ({'windows': windows, 'needs': '30m'} | campaign.classic.window_decision).reason }}"
  vars:
    windows:
      - rrule: FREQ=WEEKLY;BYDAY=SA,SU;BYHOUR=6
        duration: 6h
        timezone: Europe/Oslo
"""

RETURN = r"""
_value:
  description:
    - A dictionary with the keys C(allowed), C(state), C(reason), C(checked_at), C(ticket), C(override),
      C(window), C(closes) and C(opens). Moments are in UTC, and null where there is none.
    - C(state) is V(open), V(unset) (no window is configured, and none is required) or V(overridden); or, where
      it is not allowed, V(closed), V(short) (it closes too soon), V(required) (none is configured), V(wrong)
      (the settings cannot be right) or V(no_ticket).
  type: dict
"""

import typing as t
from datetime import datetime, timezone

from ansible.errors import AnsibleFilterError

from ..module_utils._change_window.policy import decide


def window_decision(settings: t.Any) -> dict[str, t.Any]:
    """The decision by the controller's clock."""
    if not isinstance(settings, t.Mapping):
        raise AnsibleFilterError(f"window_decision: the settings must be a dictionary, and are {settings!r}.")
    return decide(settings, datetime.now(timezone.utc)).to_dict()


class FilterModule:
    """The filter C(campaign.classic.window_decision)."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Ansible's entry point."""
        return {"window_decision": window_decision}
