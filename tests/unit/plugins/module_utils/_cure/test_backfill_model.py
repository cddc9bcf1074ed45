# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a backfill is asked, its windows and its result, as plain data."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._core.errors import (
    ValidationError,
)
from ansible_collections.campaign.classic.plugins.module_utils._cure.backfill_model import (
    GOOD_ENDS,
    SHORTEST_RUN,
    BackfillOptions,
    BackfillResult,
    Window,
    predict,
)
from ansible_collections.campaign.classic.plugins.module_utils._resources.deliveries import Delivery
from tests.helpers.backfills import BACK
from tests.helpers.cure_world import CURSOR, OLD
from tests.helpers.cursors import DAY, NOW, ago


@pytest.mark.parametrize("wrong", [{"windows": ()}, {"windows": (0,)}, {"windows": (DAY, -1)}, {"max_window": 0}])
def test_windows_are_durations(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=r"^windows and max_window must be durations of more than 0 seconds\."):
        BackfillOptions(**wrong)
    assert BackfillOptions(windows=(1,), max_window=1).windows == (1,)


def test_defaults_are_a_day_a_week_and_a_month_and_five_minutes() -> None:
    given = BackfillOptions()
    assert (given.windows, given.max_window, given.max_run) == ((DAY, 7 * DAY, 30 * DAY), 30 * DAY, 300.0)


@pytest.mark.parametrize("wrong", [-1.0, float("nan"), float("inf")])
def test_the_longest_run_is_a_time_and_named_where_it_is_none(wrong: float) -> None:
    with pytest.raises(ValidationError, match="^max_run "):
        BackfillOptions(max_run=wrong)


def test_ends_that_are_good_and_the_least_that_is_predicted() -> None:
    assert {"partial", "complete", "unchanged", "planned"} == GOOD_ENDS
    assert SHORTEST_RUN == 30.0


@pytest.mark.parametrize(
    ("before", "window", "seconds"),
    [
        (Window(ago(DAY), 10, seconds=60.0), Window(ago(7 * DAY), 25), 150.0),
        (Window(ago(DAY), 10, seconds=60.0), Window(ago(7 * DAY), 5), 60.0),
        (Window(ago(DAY), 0, seconds=60.0), Window(ago(7 * DAY), 5), 420.0),
        (Window(ago(DAY), 10, seconds=60.0), Window(ago(7 * DAY)), 420.0),
        (Window(ago(1), seconds=60.0), Window(ago(10)), 600.0),
        (Window(ago(0), seconds=60.0), Window(ago(10)), 600.0),
        (Window(ago(DAY), 1), Window(ago(7 * DAY), 900), 30.0),
        (Window(ago(DAY), 10, seconds=1.0), Window(ago(7 * DAY), 20), 30.0),
    ],
)
def test_a_run_is_predicted_by_deliveries_or_by_the_length_of_the_windows(
    before: Window, window: Window, seconds: float
) -> None:
    assert predict(before, window, NOW) == pytest.approx(seconds)


def test_window_and_result_are_plain_data() -> None:
    window = Window(ago(DAY), 3, 30.26, 12.06, "fetched")
    assert window.to_dict() == {
        "since": str(BACK),
        "deliveries": 3,
        "predicted_seconds": 30.3,
        "seconds": 12.1,
        "outcome": "fetched",
    }
    assert Window(ago(DAY)).to_dict() == {
        "since": str(BACK),
        "deliveries": None,
        "predicted_seconds": None,
        "seconds": None,
        "outcome": "planned",
    }
    found = BackfillResult(CURSOR, OLD)
    assert found.to_dict() == {
        "outcome": "refused",
        "reason": "",
        "option": CURSOR,
        "since": OLD,
        "covered_from": "",
        "after": None,
        "changed": False,
        "windows": [],
        "steps": [],
        "affected": {"count": None, "counted_by": "", "listed": None, "deliveries": []},
    }


def test_deliveries_that_may_be_stale_are_told_with_all_that_is_known_of_them() -> None:
    first, second = Delivery(1, "DM1", "Hello", 95, OLD), Delivery(2, "DM2", "", 85, OLD)
    found = BackfillResult(CURSOR, OLD, affected=7, counted_by="mid1", deliveries=[first, second])
    assert found.to_dict()["affected"] == {
        "count": 7,
        "counted_by": "mid1",
        "listed": 2,
        "deliveries": [
            {"id": 1, "internal_name": "DM1", "label": "Hello", "state": 95, "last_modified": OLD},
            {"id": 2, "internal_name": "DM2", "label": "", "state": 85, "last_modified": OLD},
        ],
    }
    assert BackfillResult(CURSOR, OLD, deliveries=[]).to_dict()["affected"]["listed"] == 0
