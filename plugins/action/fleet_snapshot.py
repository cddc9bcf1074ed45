# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ..plugin_utils._action.snapshot import SnapshotAction


class ActionModule(SnapshotAction):
    """Runs campaign.classic.fleet_snapshot in the controller's worker."""
