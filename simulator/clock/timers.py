# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The heap of timers: ordered by virtual time, and by making where the time is the same."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable

_STALE = 512  # cancelled timers in the heap before it is worth cleaning


class Timer:
    """A callback at a virtual time, in microseconds since the clock's start. It fires once or is cancelled."""

    __slots__ = ("_callback", "_heap", "micros")

    def __init__(self, heap: Timers, micros: int, callback: Callable[[], object]) -> None:
        self._heap = heap
        self._callback: Callable[[], object] | None = callback
        self.micros = micros

    @property
    def active(self) -> bool:
        """Whether it has neither fired nor been cancelled."""
        return self._callback is not None

    def cancel(self) -> None:
        """Never fire. Has no effect once it has fired."""
        if self._callback is not None:
            self._callback = None
            self._heap.cancelled()

    def fire(self) -> None:
        """Call back (called by the clock, once the timer is out of the heap)."""
        callback, self._callback = self._callback, None
        if callback is not None:
            callback()


class Timers:
    """All timers that have not fired."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Timer]] = []
        self._order = itertools.count()
        self._stale = 0

    def __len__(self) -> int:
        """How many there are, with those that are cancelled but not yet cleaned away."""
        return len(self._heap)

    def add(self, micros: int, callback: Callable[[], object]) -> Timer:
        """A new timer."""
        timer = Timer(self, micros, callback)
        heapq.heappush(self._heap, (micros, next(self._order), timer))
        return timer

    def next(self) -> int | None:
        """When the first one is due, or None."""
        while self._heap and not self._heap[0][2].active:
            heapq.heappop(self._heap)
            self._stale -= 1
        return self._heap[0][0] if self._heap else None

    def take(self) -> Timer:
        """Take the first one out; `next()` has said that there is one."""
        return heapq.heappop(self._heap)[2]

    def cancelled(self) -> None:
        """Count a cancelled timer; clean the heap when they are the greater part of it."""
        self._stale += 1
        if self._stale > _STALE and self._stale * 2 > len(self._heap):
            self._heap = [entry for entry in self._heap if entry[2].active]
            heapq.heapify(self._heap)
            self._stale = 0
