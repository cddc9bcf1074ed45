# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ..module_utils._operations.sync_cursor_backfill import SYNC_CURSOR_BACKFILL
from ..plugin_utils._action.backfill import BackfillAction
from ..plugin_utils._action.mids import MidAction


class ActionModule(MidAction, BackfillAction):
    """Runs campaign.classic.sync_cursor_backfill in the controller's worker."""

    OPERATION = SYNC_CURSOR_BACKFILL
    WRITES = True
