# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``python -m tests.proof.one_instance URL TIMEOUT PASSWORD [MODULE]``: a module as Ansible runs it, by real clocks."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping
from typing import Any

from tests.helpers.older_ansible import patch_module_args

#: What each module is asked.
ASKED: Mapping[str, Mapping[str, Any]] = {
    "sync_cursor_info": {},
    "option_info": {"prefix": "Nms"},
    "query": {"schema": "xtk:option", "fields": ["@a", "memoValue"], "order_by": [{"field": "@a"}], "limit": 1_000_000},
}


def main(url: str, timeout: str, password: str, module: str = "sync_cursor_info") -> None:
    """Entry point. Ends as the module does."""
    given = {"url": url, "user": "ops", "password": password, "timeout": float(timeout), "instance": "mkt"}
    found = importlib.import_module(f"ansible_collections.campaign.classic.plugins.modules.{module}")
    with patch_module_args({**given, **ASKED[module]}):
        found.main()


if __name__ == "__main__":
    main(*sys.argv[1:])
