# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
name: within_window
short_description: Whether a moment lies in a change window, with room enough
version_added: 1.0.0
author: campaign.classic maintainers (@campaign-classic)
description:
  - True when a window is open at the moment, no blackout is on, and it stays so for as long as O(needs) says.
  - Windows or blackouts that cannot be right are an error, so that a mistake opens nothing. A rule that never comes
    true is one; a rule that has ended by C(UNTIL) or C(COUNT) is not.
  - Without windows it is open, but for the blackouts.
positional: windows
options:
  _input:
    description:
      - V(now) for the controller's clock, or a moment with its time zone such as V(2026-11-24T01:30:00Z).
    type: raw
    required: true
  windows:
    description:
      - Windows, each a dictionary with C(rrule), C(duration) and perhaps C(start), or with C(from) and C(to);
        and perhaps with C(name) and C(timezone).
      - C(rrule) is a recurrence rule of RFC 5545 on the wall clock of the time zone. Where the rule does not
        say on which day and at what hour something begins, C(start) has to.
      - C(duration) is text with units such as V(8h) or V(1d12h); a number alone is refused, since YAML reads V(8:00)
        without quotes as 480.
      - C(duration) is real time, also in the nights when the clocks change. A start that the clock skips is
        taken with the offset before the change; one that comes twice is the first.
    type: list
    elements: dict
    required: true
  blackouts:
    description:
      - Times in which nothing is open, in the same form. In the nights when the clocks change they err on the
        long side.
    type: list
    elements: dict
    default: []
  timezone:
    description:
      - The IANA time zone of windows and blackouts that name none.
    type: str
    default: UTC
  needs:
    description:
      - For how long it must stay open, as seconds or a duration such as V(90s), V(45m) or V(2h).
    type: raw
    default: 0
seealso:
  - plugin: campaign.classic.closed_windows
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Only when there is an hour left in the night from Monday to Tuesday
  ansible.builtin.debug:
    msg: Changes may begin
  when: "'now' is campaign.classic.within_window(windows, timezone='Europe/Paris', needs='1h')"
  vars:
    windows:
      - name: Monday night
        rrule: FREQ=WEEKLY;BYDAY=MO;BYHOUR=23
        duration: 5h
"""

RETURN = r"""
_value:
  description:
    - Whether a change that takes O(needs) may begin at that moment.
  type: bool
"""

import typing as t
from datetime import datetime, timezone

from ansible.errors import AnsibleFilterError

from ..module_utils._change_window.calendar import judge_window, read_calendar
from ..module_utils._change_window.recurrence import local_moment
from ..module_utils._core.errors import CampaignError, ValidationError
from ..module_utils._core.xtk import parse_duration


def within_window(
    moment: t.Any, windows: t.Any, blackouts: t.Any = (), timezone: t.Any = "UTC", needs: t.Any = 0
) -> bool:
    """Whether the moment lies in a window, with room for ``needs``."""
    try:
        calendar = read_calendar(windows, blackouts, timezone)
        return judge_window(calendar, _moment(moment), parse_duration(needs)).open
    except CampaignError as error:
        raise AnsibleFilterError(f"within_window: {error}") from None


def _moment(given: t.Any) -> datetime:
    if given == "now":
        return datetime.now(timezone.utc)
    moment = local_moment(given, "The moment")
    if moment.tzinfo is None:
        raise ValidationError(f"The moment {given!r} has no time zone.", next_step="Write 'now', or end it with Z.")
    return moment


class TestModule:
    """The test C(campaign.classic.within_window)."""

    def tests(self) -> dict[str, t.Callable[..., bool]]:
        """Ansible's entry point."""
        return {"within_window": within_window}
