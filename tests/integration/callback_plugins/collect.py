# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes every task result of a run as one line of JSON, so that tests look at results and not at a screen."""

from __future__ import annotations

import json
import os
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: collect
type: notification
short_description: Results as JSON lines
description:
  - Writes every task result as one line of JSON to the file that COLLECT_RESULTS names.
"""


class CallbackModule(CallbackBase):
    """Collects results."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "collect"
    CALLBACK_NEEDS_ENABLED = True

    def _write(self, result: Any, status: str) -> None:
        # ansible-core 2.19 gave the private names public ones.
        task = getattr(result, "task", None) or result._task
        host = getattr(result, "host", None) or result._host
        data = getattr(result, "result", None) or result._result
        line = {
            "task": task.get_name().strip(),
            "host": host.get_name(),
            "status": status,
            "result": json.loads(self._dump_results(data, indent=None, keep_invocation=True)),
        }
        with open(os.environ["COLLECT_RESULTS"], "a", encoding="utf-8") as stream:  # noqa: PTH123 (Ansible's process)
            stream.write(json.dumps(line) + "\n")

    def v2_runner_on_ok(self, result: Any) -> None:
        self._write(result, "ok")

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        self._write(result, "ignored" if ignore_errors else "failed")

    def v2_runner_on_unreachable(self, result: Any) -> None:
        self._write(result, "unreachable")

    def v2_runner_on_skipped(self, result: Any) -> None:
        self._write(result, "skipped")
