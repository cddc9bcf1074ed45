# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The finder of mids that the threads of a sweep share."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._core.errors import ValidationError
from ansible_collections.campaign.classic.plugins.plugin_utils._sweep.fleet import SharedFinder


def test_a_mid_is_looked_for_once_however_many_threads_ask_for_it() -> None:
    asked: list[str] = []

    def find(server: str) -> dict[str, Any] | None:
        asked.append(server)
        return {"url": server} if "eu" in server else None

    shared = SharedFinder(find)
    servers = ["https://mid-eu", "HTTPS://mid-eu:443/", "https://mid-us", "no url"] * 20
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(shared, servers))
    assert found[0] == found[1] and found[0] is not None and found[2:4] == [None, None]
    assert len(asked) == 3 and {"https://mid-us", "no url"} < set(asked)


def test_one_that_cannot_be_resolved_is_told_to_each_that_asks_and_looked_for_once() -> None:
    asked: list[str] = []

    def find(server: str) -> dict[str, Any] | None:
        asked.append(server)
        raise ValidationError("It cannot be resolved.")

    shared = SharedFinder(find)
    for _time in range(3):
        with pytest.raises(ValidationError, match="cannot be resolved"):
            shared("https://mid-eu")
    assert len(asked) == 1
