# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the engine needs of an instance's store: a few calls, no more.

Rows are dictionaries of Python values by attribute name (``internalName``, ``folder-id``): datetimes aware in UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

WORKFLOW = "xtk:workflow"
WORKFLOW_LOG = "xtk:workflowLog"
WORKFLOW_TASK = "xtk:workflowTask"
OPTION = "xtk:option"
ACCOUNT = "nms:extAccount"
DELIVERY = "nms:delivery"


class Rows(Protocol):
    """The part of the store that the engine uses."""

    def insert(self, schema: str, values: Mapping[str, object], /) -> int:
        """Add a row; its id."""

    def update(self, schema: str, row_id: int, values: Mapping[str, object], /) -> object:
        """Change attributes of one row."""

    def get(self, schema: str, row_id: int, /) -> dict[str, Any] | None:
        """One row by id, or None."""

    def find(self, schema: str, /, **equals: object) -> list[dict[str, Any]]:
        """The rows whose attributes have these values, ordered by id."""

    def count_between(self, schema: str, attribute: str, after: datetime, until: datetime, /, **equals: object) -> int:
        """How many rows with these values have a date after one moment and not after another."""

    def delete(self, schema: str, row_id: int, /) -> object:
        """Delete one row."""

    def delete_before(self, schema: str, attribute: str, moment: datetime, /, **equals: object) -> int:
        """Delete the rows whose date lies before a moment and whose attributes have these values; how many went."""
