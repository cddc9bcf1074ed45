# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The operation behind the module ``fleet_rehearsal``: what may be asked of it. The action carries it out."""

from __future__ import annotations

from .fleet import JUDGING
from .runner import ArgumentSpec, Operation, on_controller_only
from .sync_cursor import SYNC_CURSOR

#: The options of ``sync_cursor`` that a rehearsal takes beside those of the diagnosis.
CURING: tuple[str, ...] = (
    *("on_failure", "confirm", "mark", "force", "verify_timeout", "order_timeout", "poll_interval"),
)
#: What names real servers: it may be given, as for the cure, and has no part in a rehearsal.
UNUSED = frozenset({"mids"})

REHEARSED: ArgumentSpec = {**JUDGING, **{name: SYNC_CURSOR.options[name] for name in CURING}}


FLEET_REHEARSAL = Operation(
    name="fleet_rehearsal",
    options={
        "snapshot": {"type": "path", "required": True},
        "prefix": {"type": "str", "default": ""},
        **REHEARSED,
        "gate": {"type": "dict", "default": {}},
        "both_ways": {"type": "bool", "default": True},
        "play": {"type": "bool", "default": True},
        "deadline": {"type": "float", "default": 3600.0},
    },
    run=on_controller_only("fleet_rehearsal"),
    constraints={"required_if": [("strategy", "explicit", ["value"])]},
    controller_only=True,
)
