# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The operation behind the module ``fleet_info``: what may be asked of it. The action carries it out."""

from __future__ import annotations

from .runner import ArgumentSpec, Operation, on_controller_only
from .sync_cursor import DIAGNOSIS_OPTIONS, EXTRA_OPTIONS, STRATEGY_OPTIONS

#: The options of ``sync_cursor_info`` that somebody may give. What earlier attempts did is read from the evidence.
JUDGING: ArgumentSpec = {
    name: spec for name, spec in {**DIAGNOSIS_OPTIONS, **EXTRA_OPTIONS, **STRATEGY_OPTIONS}.items() if name != "earlier"
}


FLEET_INFO = Operation(
    name="fleet_info",
    options={
        "hosts": {"type": "list", "elements": "str", "required": True},
        "prefix": {"type": "str", "default": ""},
        **JUDGING,
        "evidence_dir": {"type": "path"},
        "run_id": {"type": "str"},
        "values": {"type": "bool", "default": False},
        "concurrency": {"type": "str", "default": "auto"},
        "processes": {"type": "int", "default": 0},
        "instance_timeout": {"type": "float", "default": 300.0},
        "deadline": {"type": "float", "default": 3600.0},
    },
    run=on_controller_only("fleet_info"),
    constraints={"required_if": [("strategy", "explicit", ["value"])]},
    controller_only=True,
)
