# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""What is assumed where a snapshot is silent. Data."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Assumptions:
    """What is assumed where the snapshot is silent.

    :param serves: whether a mid can serve what changed since the new value within the time of a run: ``measured`` by
        what it took to answer, ``yes``, or ``no``.
    :param takes_orders: whether the workflow servers take orders.
    :param logs_on: whether mids accept the logon of a workflow that the journal does not show to have been accepted.
    :param renamed: whether the one cursor that no account is named after is that of the one account without a cursor.
    :param switches: of the simulator, for all instances.
    """

    serves: t.Literal["measured", "yes", "no"] = "measured"
    takes_orders: bool = True
    logs_on: bool = True
    renamed: bool = False
    switches: Mapping[str, str] = field(default_factory=dict)
