# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The filter of the role fleet_report."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleFilterError

from ...module_utils._core.errors import CampaignError
from ...plugin_utils._fleet.seen import Seen
from ...plugin_utils._report.document import TITLE, document


def fleet_report(
    hosts: t.Sequence[str],
    hostvars: t.Mapping[str, t.Any],
    made: str,
    fleet: t.Mapping[str, t.Any] | None = None,
    evidence: t.Mapping[str, t.Any] | None = None,
    since: str = "",
    title: str = TITLE,
) -> dict[str, t.Any]:
    """The document of a report: what is known of each host, also of one that could not be asked, and what was done.

    :param made: when the report is made, in ISO 8601 with a time zone. When a host was read is in its row.
    :param fleet: what ``fleet_info`` returned. Healthy hosts have the ages of their cursors if it was asked for
        ``values``.
    :param evidence: what was done, as the lookup ``evidence`` returns it with the view ``changes``.
    :param since: since when what was done is in ``evidence``, for the reader.
    :returns: its schema is ``roles/fleet_report/files/report.schema.json``. The same values give the same document.
    """
    try:
        return document(
            hosts, Seen(hostvars, fleet), made=str(made), fleet=fleet, evidence=evidence, since=str(since), title=title
        )
    except CampaignError as error:
        raise AnsibleFilterError(str(error)) from None


class FilterModule:
    """What the role fleet_report asks."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Ansible's entry point."""
        return {"fleet_report": fleet_report}
