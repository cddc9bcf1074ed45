# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``python -m tests.proof.one_instance URL TIMEOUT PASSWORD``: what sync_cursor_info says, as JSON, by real clocks."""

from __future__ import annotations

import json
import sys

from ansible_collections.campaign.classic.plugins.module_utils._client.connect import DEFAULTS
from ansible_collections.campaign.classic.plugins.module_utils._operations.runner import execute
from ansible_collections.campaign.classic.plugins.module_utils._operations.sync_cursor import SYNC_CURSOR_INFO
from ansible_collections.campaign.classic.plugins.plugin_utils._variables.as_module import Validator


def main(url: str, timeout: str, password: str) -> int:
    """Entry point."""
    given = {**DEFAULTS, "url": url, "user": "ops", "password": password, "timeout": float(timeout), "instance": "mkt"}
    params = Validator(SYNC_CURSOR_INFO).read(given, {})
    result, _distinct = execute(SYNC_CURSOR_INFO, params, check_mode=False, environ={})
    print(json.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
