# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a cure waits for the proof by itself."""

from __future__ import annotations

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._cure.verify_timeout import (
    FALLBACK_PERIOD,
    LONGEST_PERIOD,
    two_periods,
)


@pytest.mark.parametrize(
    ("spans", "seconds"),
    [
        ([], 2 * FALLBACK_PERIOD),
        ([0.0], 2 * FALLBACK_PERIOD),
        ([-5.0], 2 * FALLBACK_PERIOD),
        ([60.0], 120.0),
        ([60.0, 90.0, -5.0], 180.0),
        ([LONGEST_PERIOD + 1], 2 * LONGEST_PERIOD),
    ],
)
def test_the_longest_period_that_rows_show_counts_twice(spans: list[float], seconds: float) -> None:
    assert two_periods(spans) == seconds
