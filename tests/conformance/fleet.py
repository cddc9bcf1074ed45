# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The servers for Adobe's SDK: one instance for each concern, so that no check disturbs another's."""

from __future__ import annotations

from typing import Any

CURSOR = "NmsMidSourcing_LastDelivery_defaultEmailMid"
OLD = "2020-03-01T10:00:00Z"
MID_PASSWORD = "mid-secret-51c9"

_TYPED: dict[str, dict[str, Any]] = {
    "aString": {"value": "Rock 'n' Roll & <more> \"€\""},
    "aByte": {"type": "byte", "value": 7},
    "aShort": {"type": "short", "value": -300},
    "aLong": {"type": "long", "value": 2_147_483_647},
    "aFloat": {"type": "float", "value": 1.5},
    "aDouble": {"type": "double", "value": 3.14159265358979},
    "aDatetime": {"type": "datetime", "value": "2026-01-02T03:04:05.678Z"},
    "aDate": {"type": "date", "value": "2026-01-02T00:00:00Z"},
    "aMemo": {"type": "memo", "value": "first line\nsecond <line>"},
    "aCdata": {"type": "cdata", "value": "<x>&amp;</x>"},
    "aTimespan": {"type": "timespan", "value": 90},
    "aBoolean": {"type": "boolean", "value": True},
    "anEmptyDatetime": {"type": "datetime"},
    "aTextToSet": {"value": "old"},
    "aNumberToSet": {"type": "long", "value": 1},
    "aDoubleToSet": {"type": "double", "value": 1.0},
    "aBooleanToSet": {"type": "boolean", "value": False},
    "aMemoToSet": {"type": "memo", "value": "old"},
    "aDateToSet": {"type": "date", "value": "2026-01-02T00:00:00Z"},
    "aTimespanToSet": {"type": "timespan", "value": 90},
    CURSOR: {"type": "datetime", "value": OLD},
}

_TEXTS = ("Rock 'n' Roll", "back\\slash", "both \\' ways", 'a "double" one', "' or 1=1 or '")
_LIKE = ("a_b", "axb", "100%b", "100xb", "a$b2", "a$b")
_QUERIED: dict[str, dict[str, Any]] = {
    **{f"page{number:02}": {"type": "long", "value": number} for number in range(25)},
    **{f"text {text}": {"value": text} for text in _TEXTS},
    **{f"like:{text}": {"value": text} for text in _LIKE},
    "date:long ago": {"type": "datetime", "value": OLD},
    "date:recent": {"type": "datetime", "age": "1h"},
    "date:none": {"type": "datetime"},
}


def _account(name: str, password: str) -> dict[str, Any]:
    return {"name": name, "mid": "mid", "login": "mid", "password": password}


def _marketing(**more: Any) -> dict[str, Any]:
    return {"role": "marketing", **more}


def conformance_fleet() -> dict[str, Any]:
    """The fleet file."""
    operators = [
        {"login": "ops", "password": "ops-secret", "rights": ["admin"]},
        {"login": "runner", "password": "runner-secret", "rights": ["workflow"]},
        {"login": "reader", "password": "reader-secret"},
        {"login": "gone", "password": "gone-secret", "rights": ["admin"], "enabled": False},
        {"login": "robot", "token": "ims-token-of-robot", "rights": ["admin"]},
    ]
    counters = {"defaultMidSourcingDlv": {"every": "10m", "timeout": "60s"}}
    return {
        "start": "2026-11-23T02:00:00Z",
        "warm_up": "1h",
        "seed": 3,
        "defaults": {"build": 9396, "release": "7.4.3", "operators": operators},
        "instances": {
            "sessions": _marketing(),
            "health": _marketing(),
            "schemas": _marketing(workflows={"tracking": {"every": "1h"}}),
            "faults": _marketing(),
            "sequences": _marketing(workflows={"plain": {"state": "stopped"}}),
            "options": _marketing(options=_TYPED),
            "writes": _marketing(),
            "queries": _marketing(options=_QUERIED, workflows={"tracking": {"every": "1h"}}),
            "representations": _marketing(
                options={
                    "number1": {"type": "long", "value": 1},
                    "number2": {"type": "long", "value": 2},
                    "memo": {"type": "memo", "value": "one\ntwo <three> ]]> & four"},
                }
            ),
            "workflows": _marketing(
                workflows={
                    "plain": {"state": "stopped"},
                    "scheduled": {"state": "stopped", "every": "24h", "seconds": 20},
                    "campaign": {"state": "stopped", "technical": False, "seconds": 20},
                }
            ),
            "mkt": _marketing(
                accounts=[
                    _account("defaultEmailMid", MID_PASSWORD),
                    _account("oddPassword", 'pä§$ "wörd" €\\'),
                    _account("longPassword", "x" * 200),
                    {"name": "defaultEmailBulk"},
                    {"name": "bounces", "type": 0},
                ]
            ),
            "stuck": _marketing(
                accounts=[_account("defaultEmailMid", MID_PASSWORD)],
                options={CURSOR: {"type": "datetime", "value": OLD}},
                workflows=counters,
            ),
            "mid": {
                "role": "mid",
                "operators": [{"login": "mid", "password": MID_PASSWORD, "rights": ["admin"]}],
                "seconds_per_row": 1.0,
                "deliveries": {"count": 600, "from": "2020-01-01T00:00:00Z", "to": "now", "for": ["stuck"]},
            },
        },
    }
