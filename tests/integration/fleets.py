# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fleets that tests run against. What is stuck becomes stuck by running."""

from __future__ import annotations

from typing import Any

USER, PASSWORD = "ops", "ops-canary-7f3a"
CLIENT, CLIENT_SECRET = "robot-client", "ims-canary-88d1"
CURSOR = "NmsMidSourcing_LastDelivery_defaultEmailMid"
WORKFLOW = "defaultMidSourcingDlv"
#: The cursor that stands still on the stuck instances.
OLD = "2020-03-01 10:00:00.000Z"


def marketing(
    *, cursor: dict[str, Any], on_error: str = "stop", mid_password: str = "mid-canary-51c9", **more: Any
) -> dict[str, Any]:
    """A marketing instance with one account and the counters workflow."""
    return {
        "role": "marketing",
        "accounts": [{"name": "defaultEmailMid", "mid": "mid", "login": "mid", "password": mid_password}],
        "options": {CURSOR: {"type": "datetime", **cursor}, **more.pop("options", {})},
        "workflows": {
            WORKFLOW: {
                "state": "started",
                "every": "10m",
                "on_error": on_error,
                "timeout": "60s",
                **more.pop("workflow", {}),
            }
        },
        **more,
    }


def mid(*customers: str) -> dict[str, Any]:
    """A mid that cannot serve years within a minute, and days at once."""
    return {
        "role": "mid",
        "operators": [{"login": "mid", "password": "mid-canary-51c9", "rights": ["admin"]}],
        "seconds_per_row": 0.1,
        "deliveries": {"count": 6000, "from": "2020-01-01T00:00:00Z", "to": "now", "for": list(customers)},
    }


def fleet(instances: dict[str, Any], **top: Any) -> dict[str, Any]:
    """A whole fleet file around instances that share the mid ``mid``."""
    customers = [name for name, instance in instances.items() if instance["role"] == "marketing"]
    return {
        "start": "2026-11-23T02:00:00Z",
        "warm_up": "1h",
        "seed": 1,
        "defaults": {
            "build": 9396,
            "release": "7.4.3",
            "operators": [
                {"login": USER, "password": PASSWORD, "rights": ["admin"]},
                {"login": "reader", "password": PASSWORD, "rights": []},
                {"login": "robot", "client_id": CLIENT, "client_secret": CLIENT_SECRET, "rights": ["admin"]},
            ],
        },
        "instances": {"mid": mid(*customers), **instances},
        **top,
    }


def small_fleet() -> dict[str, Any]:
    """One instance of each kind that matters in the issue of the day."""
    return fleet(
        {
            "healthy": marketing(
                cursor={"age": "5m"},
                options={
                    "NmsServer_PausedWorkflowPeriod": {"type": "long", "value": 7},
                    "opsText": {"type": "string", "value": "abc"},
                    "opsNumber": {"type": "long", "value": 7},
                    "opsDate": {"type": "datetime", "value": "2026-01-02T03:04:05Z"},
                },
            ),
            "stuck": marketing(cursor={"value": "2020-03-01T10:00:00Z"}),
            "ignoring": marketing(cursor={"value": "2020-03-01T10:00:00Z"}, on_error="ignore"),
            "refused": marketing(cursor={"age": "30d"}, mid_password="an-old-one"),
            "down": marketing(cursor={"value": "2020-03-01T10:00:00Z"}, down=True),
        }
    )
