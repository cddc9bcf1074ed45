# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The test C(within_window): the controller's clock or a moment, and an error for what cannot be right."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.campaign.classic.plugins.test.within_window import TestModule as Plugin

within_window = Plugin().tests()["within_window"]
NIGHT = [{"rrule": "FREQ=DAILY;BYHOUR=2", "duration": "3h"}]


def around_now(hours: float) -> list[dict[str, Any]]:
    """A window that began an hour ago and ends in so many hours."""
    now = datetime.now(UTC)
    return [{"from": now - timedelta(hours=1), "to": now + timedelta(hours=hours)}]


def test_now_is_the_controllers_clock() -> None:
    assert within_window("now", around_now(1))
    assert within_window("now", around_now(1), needs="59m")
    assert not within_window("now", around_now(1), needs="61m")
    assert not within_window("now", around_now(-0.5))


def test_moment_zone_blackouts_and_need_count() -> None:
    assert within_window("2026-11-24T02:00:00Z", NIGHT)
    assert within_window("2026-11-24T01:00:00Z", NIGHT, timezone="Europe/Paris", needs=3 * 3600)
    assert not within_window("2026-11-24T02:00:00Z", NIGHT, [{"from": "2026-11-24 00:00", "to": "2026-11-25 00:00"}])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("2026-11-24 02:00:00", NIGHT), "has no time zone"),
        (("soon", NIGHT), "is not a date"),
        (("now", "nightly"), "windows must be a list"),
        (("now", NIGHT, (), "Europe/Atlantis"), "no time zone"),
        (("now", NIGHT, (), "UTC", "long"), "not a duration"),
    ],
)
def test_mistake_is_an_error_and_opens_nothing(arguments: tuple[Any, ...], words: str) -> None:
    with pytest.raises(AnsibleFilterError, match=words):
        within_window(*arguments)
