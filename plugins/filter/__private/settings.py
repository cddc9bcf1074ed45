# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The filters of the roles that read change windows and the objects of AWX."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone

from ansible.errors import AnsibleFilterError

from ...module_utils._change_window.calendar import read_calendar
from ...module_utils._change_window.policy import decide
from ...module_utils._change_window.schedules import schedules_of
from ...module_utils._core.errors import CampaignError
from ...plugin_utils._controller.objects import read_objects


def window_decision(settings: t.Any) -> dict[str, t.Any]:
    """The decision by the controller's clock."""
    if not isinstance(settings, t.Mapping):
        raise AnsibleFilterError(f"window_decision: the settings must be a dictionary, and are {settings!r}.")
    return decide(settings, datetime.now(timezone.utc)).to_dict()


def controller_objects(files: Sequence[Mapping[str, t.Any]], marker: str = "") -> list[dict[str, t.Any]]:
    """The objects of all files.

    :raises AnsibleFilterError: a file or an object that cannot be right.
    """
    try:
        return read_objects(files, marker)
    except CampaignError as error:
        raise AnsibleFilterError(str(error)) from None


def controller_schedules(settings: t.Any, by_gate: t.Any = False, prefix: str = "") -> list[dict[str, str]]:
    """The schedules of a calendar.

    :raises AnsibleFilterError: a window or blackout that cannot be read, or that has no schedule.
    """
    if not isinstance(settings, t.Mapping):
        raise AnsibleFilterError(f"controller_schedules: the settings must be a dictionary, and are {settings!r}.")
    try:
        calendar = read_calendar(
            settings.get("windows") or [], settings.get("blackouts") or [], settings.get("timezone") or "UTC"
        )
        found = schedules_of(calendar, by_gate=bool(by_gate))
    except CampaignError as error:
        raise AnsibleFilterError(str(error)) from None
    return [{"name": f"{prefix}{one.name}", "rrule": one.rrule} for one in found]


class FilterModule:
    """What the roles read in settings."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Ansible's entry point."""
        return {
            "controller_objects": controller_objects,
            "controller_schedules": controller_schedules,
            "window_decision": window_decision,
        }
