# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fleet for the chaos tests: instances with the incident in both error managements, and bystanders."""

from __future__ import annotations

from typing import Any

from tests.integration.fleets import CURSOR, OLD, fleet, marketing

__all__ = ["BYSTANDERS", "CURSOR", "OLD", "chaos_fleet", "stuck_name"]

#: Nobody may write to these, whatever happens: a healthy instance, one that fails for another reason, one that somebody
#: stopped, and the mid.
BYSTANDERS = ("healthy", "refused", "held", "mid")

MODES = ("stop", "ignore")

#: Deliveries of an instance since 2020; each costs its mid a tenth of a second.
DELIVERIES = 1200


def stuck_name(mode: str, number: int) -> str:
    """The name of the n-th stuck instance whose workflow has this error management."""
    return f"{mode}{number}"


def chaos_fleet(pairs: int) -> dict[str, Any]:
    """``pairs`` stuck instances of each error management, and the bystanders."""
    stuck = {
        stuck_name(mode, number): marketing(cursor={"value": "2020-03-01T10:00:00Z"}, on_error=mode)
        for number in range(pairs)
        for mode in MODES
    }
    whole = fleet(
        {
            **stuck,
            "healthy": marketing(cursor={"age": "5m"}),
            "refused": marketing(cursor={"age": "30d"}, mid_password="an-old-one"),
            "held": marketing(cursor={"value": "2020-03-01T10:00:00Z"}, workflow={"state": "stopped"}),
        }
    )
    # Each instance has more than its mid can tell in a minute, however many share it.
    deliveries = whole["instances"]["mid"]["deliveries"]
    deliveries["count"] = DELIVERIES * len(deliveries["for"])
    return whole
