# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""What the clocks say that are known at one moment, and which of them new values are counted back from. Pure.

It is not known whose clock a cursor follows (campaign_facts, unknown 3), and any clock may be wrong, or be corrected
while a cure waits. A value that is too late loses what changed before it; one that is too early only has more fetched
again. So the earliest clock counts. That is safe, too, for a server that returns its local time as if it were UTC, and
so looks hours ahead or behind.
"""

from __future__ import annotations

import math
import typing as t
from dataclasses import dataclass
from datetime import datetime, timedelta

if t.TYPE_CHECKING:
    from .._diagnosis.mid_figures import MidFigures
    from .._diagnosis.snapshot import Facts


class Clock(t.NamedTuple):
    """What a clock says, and how a sentence calls the host that it belongs to."""

    host: str
    now: datetime


@dataclass(frozen=True)
class Clocks:
    """The clocks of one moment.

    :param server: what the marketing server's says: as it was at the logon, and the time since.
    :param others: those that are behind it; one that is ahead is never the earliest.
    """

    server: datetime
    others: tuple[Clock, ...] = ()

    @classmethod
    def known(cls, server: datetime, skew_seconds: float, mid: MidFigures | None = None) -> Clocks:
        """The clocks of the server, of the controller, and of the mid where it was asked.

        :param skew_seconds: by how much the server's clock is ahead of the controller's **at this moment**. While the
            server's runs on from its logon, the controller's is read each time: a server that is set right, or was
            ahead all the time, is noticed by it.
        """
        ahead = {"the controller": -skew_seconds}
        if mid is not None and mid.ahead_seconds is not None:
            ahead[f"the mid-sourcing server {mid.name}"] = mid.ahead_seconds
        behind = {host: seconds for host, seconds in ahead.items() if seconds < 0}
        return cls(server, tuple(Clock(host, server + timedelta(seconds=seconds)) for host, seconds in behind.items()))

    @classmethod
    def of(cls, facts: Facts, mid: MidFigures | None = None) -> Clocks:
        """The clocks of the moment of a diagnosis."""
        return cls.known(facts.server_time, facts.skew_seconds, mid)

    @property
    def earliest(self) -> Clock:
        """The earliest, at whole seconds as values are; of equal ones the server's."""
        return min((Clock("the server", self.server), *self.others), key=lambda one: one.now.replace(microsecond=0))

    @property
    def behind(self) -> int:
        """By how many seconds the earliest is behind the server's; 0 when it is the server's."""
        return math.ceil((self.server - self.earliest.now).total_seconds())
