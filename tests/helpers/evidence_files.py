# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Evidence as a run leaves it, without a run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible_collections.campaign.classic.plugins.plugin_utils._evidence.files import update_evidence


def write_evidence(path: Path, record: Mapping[str, Any]) -> None:
    """Write a record in the place of the one that may be there."""
    update_evidence(path, lambda _before: record)
