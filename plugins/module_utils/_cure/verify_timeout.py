# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""How long a cure waits for the proof when nobody has said it: two periods of the workflow's schedule. And a backfill
for the run of a window."""

from __future__ import annotations

from collections.abc import Iterable

#: The period where no row shows one, and the longest that counts: a task does not wait for days. Seconds.
FALLBACK_PERIOD = 600.0
LONGEST_PERIOD = 86400.0


def two_periods(spans: Iterable[float]) -> float:
    """Seconds to wait.

    :param spans: what rows of the workflow show as its period, in seconds. The longest counts; one that is not above 0
        shows nothing.
    """
    return 2 * min(max((span for span in spans if span > 0), default=FALLBACK_PERIOD), LONGEST_PERIOD)


def run_timeout(verify: float, max_run: float) -> float:
    """Seconds that a backfill waits for the run of a window: a run may take as long as it is allowed to."""
    return max(verify, max_run)
