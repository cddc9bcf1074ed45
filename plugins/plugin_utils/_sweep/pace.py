# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""How many instances a sweep reads at the same time: as many as this machine and the servers can handle.

It begins with a few. While the processor has spare time, the number doubles each time that half as many instances have
answered as are read at once. If they then answer more slowly, the servers or the network are at their limit: the number
is halved, and the next attempt comes later. An instance that has not finished after ``PATIENCE`` seconds yields its
place to the next one and keeps its connection. So hanging instances do not keep others from being asked, and none needs
a second logon.

The limits of all this: the number that the user sets, and the file descriptors of this process.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable

from ...module_utils._core.errors import ValidationError, shorten

try:
    import resource
except ImportError:  # no such limits on this system
    resource = None  # type: ignore[assignment]

#: Instances at the same time: at the beginning, and at most by default.
START, MOST = 32, 512
#: Seconds after which an unfinished instance yields its place to the next one.
PATIENCE = 1.0
#: More are read at once while this process uses less than this share of one processor ...
BUSY = 0.8
#: ... and an instance takes at most this many times as long as before. If not, this many decisions change nothing, and
#: the next time twice as many.
SLOWER, REST = 1.5, 4
#: File descriptors that this process may need besides those of instances, and those that an instance may need: for its
#: connection, and during the lookup of its name.
RESERVED, EACH = 16, 2


def concurrency_of(given: str | int) -> int:
    """The option ``concurrency``: a whole number, or ``auto``.

    :raises ValidationError: it is neither.
    """
    text = str(given).strip()
    if text == "auto":
        return MOST
    try:
        return int(text)
    except ValueError:
        raise ValidationError(f"concurrency must be a whole number or auto, not {shorten(text, 60)}.") from None


def affordable() -> int:
    """How many instances this process may read at once by its limit of file descriptors (``ulimit -n``), at least 1."""
    if resource is None:
        return MOST
    soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return MOST
    return max(1, (soft - _descriptors() - RESERVED) // EACH)


def _descriptors() -> int:
    """The number of open descriptors, and the one that counts them."""
    for directory in ("/proc/self/fd", "/dev/fd"):
        try:
            return len(os.listdir(directory))
        except OSError:
            continue
    return RESERVED


class AdaptivePace:
    """The number of instances that may be read at the same time. Ask it in one thread; ``ended`` may be called in any.

    :param start: the number at the beginning.
    :param most: the largest number.
    :param clock: monotonic seconds.
    :param processor: seconds of processor time that this process has used.
    """

    def __init__(
        self,
        start: int,
        most: int,
        clock: Callable[[], float] = time.monotonic,
        processor: Callable[[], float] = time.process_time,
    ) -> None:
        self.most = max(1, most)
        self.level = max(1, min(start, most))
        self._clock = clock
        self._processor = processor
        self._since = (clock(), processor())
        self._seconds: list[float] = []
        self._before: float | None = None  # an instance's duration before the number was doubled
        self._rest, self._next_rest = 0, REST

    def ended(self, seconds: float) -> None:
        """Note that an instance answered, and its total duration."""
        self._seconds.append(seconds)

    def lower(self, number: int) -> None:
        """Never read more than ``number`` at once from now on: the machine has refused more."""
        self.most = max(1, min(self.most, number))
        self.level = min(self.level, self.most)

    def allowed(self, patience_lost: int) -> int:
        """How many may be read at once now.

        :param patience_lost: how many have been in progress for longer than ``PATIENCE``.
        """
        idle = self._is_idle()
        if len(self._seconds) >= max(1, self.level // 2):
            self._judge(idle)
        return min(self.most, self.level + (patience_lost if idle else 0))

    def _judge(self, idle: bool) -> None:
        seconds, self._seconds = self._seconds, []
        typical = statistics.median(seconds)
        before, self._before = self._before, None
        if before is not None and typical > SLOWER * before:
            self.level = max(1, self.level // 2)
            self._rest, self._next_rest = self._next_rest, 2 * self._next_rest
        elif self._rest:
            self._rest -= 1
        elif idle and self.level < self.most:
            self.level = min(self.most, 2 * self.level)
            self._before = typical
        self._since = (self._clock(), self._processor())

    def _is_idle(self) -> bool:
        wall, used = self._clock() - self._since[0], self._processor() - self._since[1]
        return used < BUSY * wall
