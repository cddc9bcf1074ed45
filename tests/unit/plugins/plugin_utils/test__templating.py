# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""XTK's timestamps, durations and literals in templates."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.campaign.classic.plugins.filter import (
    duration_seconds as _seconds,
)
from ansible_collections.campaign.classic.plugins.filter import (
    duration_text as _text,
)
from ansible_collections.campaign.classic.plugins.filter import (
    xtk_literal as _literal,
)
from ansible_collections.campaign.classic.plugins.filter import (
    xtk_timestamp as _timestamp,
)
from ansible_collections.campaign.classic.plugins.plugin_utils._templating import (
    duration_seconds,
    duration_text,
    stale,
    xtk_literal,
    xtk_timestamp,
)
from ansible_collections.campaign.classic.plugins.test import stale as _stale

MOMENT = "2026-11-23 02:00:00.000Z"


def test_each_plugin_has_the_function_of_its_name() -> None:
    found: dict[str, Any] = {}
    for module in (_seconds, _text, _literal, _timestamp):
        found.update(module.FilterModule().filters())
    found.update(_stale.TestModule().tests())
    assert found == {
        "duration_seconds": duration_seconds,
        "duration_text": duration_text,
        "xtk_literal": xtk_literal,
        "xtk_timestamp": xtk_timestamp,
        "stale": stale,
    }


@pytest.mark.parametrize(
    "value",
    [MOMENT, "2026-11-23T03:00:00+01:00", datetime(2026, 11, 23, 2, tzinfo=UTC), 1795399200, 1795399200.0],
)
def test_moment_is_written_as_campaign_does(value: Any) -> None:
    assert xtk_timestamp(value) == MOMENT


@pytest.mark.parametrize("value", ["2026-11-23 02:00:00", datetime(2026, 11, 23), "soon", None, True, 1e20])
def test_moment_that_is_none_is_an_error_in_one_sentence(value: Any) -> None:
    with pytest.raises(AnsibleFilterError):
        xtk_timestamp(value)


def test_duration_is_read_and_shown() -> None:
    assert duration_seconds("1d12h") == 129600
    assert duration_text(129600) == "1d 12h" and duration_text(-61.5) == "-1m 1s"
    for function, value in ((duration_seconds, "long"), (duration_text, "1d"), (duration_text, True)):
        with pytest.raises(AnsibleFilterError):
            function(value)


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        ("Rock 'n' Roll", None, "'Rock \\'n\\' Roll'"),
        ("a\\b$c", None, "'a\\\\b' + Char('36') + 'c'"),
        (True, None, "1"),
        (42, None, "42"),
        (date(2026, 11, 23), None, "#2026/11/23#"),
        ("42", "integer", "42"),
        ("true", "boolean", "1"),
        ("42", "string", "'42'"),
        ("2026-11-23T02:00:00Z", "datetime", "#2026-11-23T02:00:00.000Z#"),
    ],
)
def test_value_is_written_as_a_literal(value: Any, kind: str | None, expected: str) -> None:
    assert xtk_literal(value, kind) == expected


@pytest.mark.parametrize(
    ("value", "kind"), [(None, None), ([], None), ("x", "integer"), ("x", "number"), (42, "string")]
)
def test_value_that_is_no_literal_is_an_error(value: Any, kind: str | None) -> None:
    with pytest.raises(AnsibleFilterError):
        xtk_literal(value, kind)


@pytest.mark.parametrize(
    ("seconds", "expected"), [(-1, False), (0, False), (21600, False), (21601, True), (10**9, True)]
)
def test_moment_is_stale_once_it_is_older_than_allowed(seconds: int, expected: bool) -> None:
    now = datetime(2026, 11, 23, 2, tzinfo=UTC)
    assert stale(now - timedelta(seconds=seconds), "6h", now) is expected
    assert stale((now - timedelta(seconds=seconds)).isoformat(), 21600, MOMENT) is expected


def test_no_value_is_stale_and_the_clock_is_the_controllers_by_default() -> None:
    assert stale("", "6h") and stale(None, "6h")
    assert stale("2020-03-01 10:00:00.000Z", "7d")
    assert not stale(datetime.now(UTC), "7d")
    for wrong in (("2026-11-23", "6h"), (MOMENT, "long"), ("", "long")):
        with pytest.raises(AnsibleFilterError):
            stale(*wrong)
