# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How often the old value of a cursor is parsed on its way from the diagnosis to the evidence of its cure."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.action.sync_cursor import ActionModule
from ansible_collections.campaign.classic.plugins.module_utils._core import xtk
from ansible_collections.campaign.classic.plugins.module_utils._operations import sync_cursor as _operation
from ansible_collections.campaign.classic.plugins.module_utils._operations.sync_cursor import SYNC_CURSOR_INFO
from tests.helpers.actions import action
from tests.helpers.cure_world import OLD, OLD_TIME, PASSWORD, USER, marketing, world

#: Where the old value's text enters the process: the diagnosis, the plan in the action, the plan in the operation, the
#: diagnosis before the cure, and the row that is compared right before the write.
TEXTS = [OLD] * 5
#: A mark brings it in again, in another form, in each row that is read after the write and must be ours.
MARKS = [OLD.replace(" ", "T")] * 2


@contextmanager
def parsed() -> Iterator[list[str]]:
    """Each text that is parsed as a moment in this thread, and means the old value."""
    texts: list[str] = []

    def seen(frame: FrameType, event: str, _argument: object) -> None:
        if event == "call" and frame.f_code is xtk.parse_datetime.__code__:
            texts.append(frame.f_locals["text"])

    before = sys.getprofile()
    sys.setprofile(seen)
    try:
        yield texts
    finally:
        sys.setprofile(before)
        texts[:] = [text for text in texts if text and xtk.parse_datetime(text) == OLD_TIME]


@pytest.mark.parametrize("mark", [False, True])
def test_old_value_is_parsed_once_for_each_time_that_its_text_comes_in(
    mark: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with world({"mkt": marketing()}) as there:
        monkeypatch.setattr(_operation, "Pace", there.pace)
        with parsed() as texts:
            [plan] = there.ask("mkt", SYNC_CURSOR_INFO).result["plans"]
            arguments: dict[str, Any] = {
                "url": there.sim.instances["mkt"],
                "user": USER,
                "password": PASSWORD,
                "plans": [json.loads(json.dumps(plan))],
                "mark": mark,
                "evidence_dir": str(tmp_path),
                "run_id": "r1",
            }
            result = action(ActionModule, arguments).run(task_vars={"inventory_hostname": "mkt"})
    assert result.get("outcome") == "cured", result
    assert texts == TEXTS + (MARKS if mark else [])
    [record] = [json.loads(path.read_text()) for path in tmp_path.rglob("*.json")]
    assert record["cursors"][0]["old_value"] == record["result"]["moves"][0]["old_value"] == OLD
