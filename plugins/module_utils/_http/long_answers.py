# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""Many transports in one process: how much memory their answers may take together."""

from __future__ import annotations

import threading

from .._core.limits import AnswerLimit


class LongAnswers:
    """How many transports of this process may hold long answers at the same time.

    An answer takes several times its size while it is read. So a transport that gets a long one waits for a place, and
    keeps it until it is closed.

    :param limit: an answer with more bytes, tags or attributes is long.
    :param most: how many transports have a place.
    """

    def __init__(self, limit: AnswerLimit, most: int) -> None:
        self.limit = limit
        self.most = most
        self._places = threading.BoundedSemaphore(most)

    def begin(self, seconds: float) -> bool:
        """Take a place, once there is one; False when there is none within so many seconds."""
        return self._places.acquire(timeout=seconds)

    def end(self) -> None:
        """Give the place back."""
        self._places.release()
