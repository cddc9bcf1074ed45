# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The faults of the simulator that proof, chaos and soak inject: one list, so that none of them lacks a kind."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

STOPPED, MOVED = "stopped-by-somebody", "moved-by-somebody"
#: Where somebody else moves the cursor to.
ELSEWHERE = "2026-11-20T00:00:00Z"
#: A rule that only stops a call until a test lets it go on is no fault of a server.
NO_FAULT = frozenset({"hold"})

#: The workflow server notices at once that its clock was set. Whether a real one does is not known.
NOTICED = {"switches": {"clock_set": "date"}}

#: By name: the rule, without its place. CURSOR and WORKFLOW are filled in by who uses it.
FAULTS: Mapping[str, dict[str, Any]] = {
    "slow-request": {"kind": "delay", "seconds": 4},
    "slow-answer": {"kind": "late", "seconds": 4},
    "dripping-answer": {"kind": "drip", "size": 1, "seconds": 0.2},
    "reset": {"kind": "reset"},
    "reset-after": {"kind": "reset", "executed": True},
    "lost-answer": {"kind": "lose_answer"},
    "truncated": {"kind": "truncate", "size": 200},
    "garbled": {"kind": "garble", "size": 200},
    "entities": {"kind": "entities"},
    "502": {"kind": "status", "status": 502},
    "503": {"kind": "status", "status": 503},
    "504-after": {"kind": "status", "status": 504, "executed": True},
    "html": {"kind": "html"},
    "html-after": {"kind": "html", "executed": True},
    "redirect": {"kind": "redirect"},
    "redirect-after": {"kind": "redirect", "executed": True},
    "moved": {"kind": "redirect", "location": "https://elsewhere.example/maintenance"},
    "empty": {"kind": "empty"},
    "plain-after": {"kind": "plain", "executed": True},
    "json": {"kind": "json"},
    "other-method": {"kind": "other_method"},
    "page-403": {"kind": "status", "status": 403},
    "404": {"kind": "status", "status": 404},
    "429": {"kind": "status", "status": 429, "retry_after": "1"},
    "500-after": {"kind": "status", "status": 500, "executed": True},
    "broken-chunks": {"kind": "broken_chunks", "size": 200},
    "broken-gzip": {"kind": "broken_gzip"},
    "expired": {"kind": "expired"},
    "refused": {"kind": "refused"},
    "address": {"kind": "address"},
    "deadlock": {"kind": "deadlock"},
    "session-lost": {"kind": "change", "change": {"instance": {"expire_sessions": True}}},
    "engine-down": {"kind": "change", "change": {"instance": {"wfserver": "down"}}},
    "clock-ahead": {"kind": "change", "change": {"instance": {"skew": "20m"}}},
    "clock-behind": {"kind": "change", "change": {"instance": {"skew": "-20m"}}},
    "clock-ahead-noticed": {"kind": "change", "change": {"instance": {"skew": "20m", **NOTICED}}},
    "clock-behind-noticed": {"kind": "change", "change": {"instance": {"skew": "-20m", **NOTICED}}},
    MOVED: {"kind": "change", "change": {"options": {"CURSOR": ELSEWHERE}}},
    STOPPED: {"kind": "change", "change": {"orders": {"WORKFLOW": "Stop"}}},
    "soap-fault": {"kind": "fault", "text": "XTK-170006 The database is not there."},
    "flood": {"kind": "flood", "size": 4 * 1024 * 1024},
    "interim": {"kind": "interim", "times": 3},
    "control-character": {"kind": "forbidden"},
    "control-reference": {"kind": "forbidden", "form": "reference"},
    "408": {"kind": "status", "status": 408},
    "401": {"kind": "status", "status": 401},
    "501-after": {"kind": "status", "status": 501, "executed": True},
}

#: The playbooks respect a simultaneous change by somebody else, so these do not end as an undisturbed run would.
BY_SOMEBODY = (MOVED, STOPPED)


def filled(rule: Mapping[str, Any], cursor: str, workflow: str) -> dict[str, Any]:
    """A rule with the names of the cursor and of the workflow filled in."""
    text = json.dumps(dict(rule)).replace("CURSOR", cursor).replace("WORKFLOW", workflow)
    found: dict[str, Any] = json.loads(text)
    return found
