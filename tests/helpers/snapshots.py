# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows of a snapshot, as ``fleet_snapshot`` reads them."""

from __future__ import annotations

from typing import Any

CURSOR = "NmsMidSourcing_LastDelivery_defaultEmailMid"
WORKFLOW = "defaultMidSourcingDlv"

#: A marketing instance whose cursor stands at 2020, and whose last run failed after a minute.
STUCK: dict[str, Any] = {
    "build": "9396",
    "release": "7.4.3",
    "rights": ["admin"],
    "server_time": "2026-11-23 12:00:00.000Z",
    "skew_seconds": 0.0,
    "logon_seconds": 0.1,
    "accounts": {"defaultEmailMid": {"active": True, "server": "mid.example.com:443"}},
    "options": {CURSOR: {"type": 7, "value": "2020-03-01 10:00:00.000Z"}},
    "workflows": {
        WORKFLOW: {
            "state": 13,
            "failed": True,
            "running": False,
            "errors": 1,
            "processed": "2026-11-23 11:06:02.000Z",
            "started": "2026-11-23 11:00:00.000Z",
            "due": None,
            "journal": [
                {"at": "2026-11-23 11:05:00.000Z", "what": "other"},
                {
                    "at": "2026-11-23 11:06:01.000Z",
                    "what": "failed",
                    "cause": "timeout",
                    "class": "slow",
                    "accounts": ["defaultEmailMid"],
                },
                {"at": "2026-11-23 11:06:02.000Z", "what": "other"},
            ],
        }
    },
    "deliveries": {"by_day": {}},
}
#: Its mid, which serves a delivery in a tenth of a second.
MID: dict[str, Any] = {
    **STUCK,
    "accounts": {},
    "options": {},
    "workflows": {},
    "deliveries": {
        "by_day": {"2020-06-01": 4000, "2026-11-22": 20, "2026-11-23": 10},
        "last_day": {"deliveries": 20, "given": 20, "seconds": 2.0},
    },
}
