# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The loop of a watch: sweep, compare, write down, deliver, wait.

Whatever blocks (the sweep, the disk) runs in a thread. A cancel stops the sweep, waits until its sessions are closed
and the state is on disk, and ends then.
"""

from __future__ import annotations

import asyncio
import logging
import random
import threading
import time
import typing as t
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timezone
from functools import partial

from ...module_utils._core.errors import CampaignError
from .arguments import WatchSettings
from .transitions import Event, SeenRow, WatchState, after_failure, after_sweep

LOGGER = logging.getLogger("campaign.classic.cursor_watch")

#: Reads all instances until it is told to stop; None if it was.
ReadAll = Callable[[threading.Event], t.Optional[Mapping[str, SeenRow]]]


class Store(t.Protocol):
    """Where the state is kept."""

    def load(self) -> WatchState:
        """The last state. Raises ValidationError."""

    def save(self, state: WatchState) -> None:
        """Keep it. Raises OSError."""


def _now() -> datetime:
    return datetime.now(timezone.utc)


# Kept: the event source uses it.
class Watcher:
    """A watch.

    :param deliver: takes one event, and returns once it is delivered.
    :param before_sweep: is called before each sweep, in the thread of the loop.
    :param now: the controller's time, in UTC.
    :param sleep: waits so many seconds.
    :param chance: a random number from 0 to 1.
    :param clock: monotonic seconds.
    """

    def __init__(
        self,
        settings: WatchSettings,
        look: ReadAll,
        store: Store,
        deliver: Callable[[Event], Awaitable[None]],
        *,
        before_sweep: Callable[[], None] = lambda: None,
        now: Callable[[], datetime] = _now,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        chance: Callable[[], float] = random.random,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._look = look
        self._store = store
        self._deliver = deliver
        self._before_sweep = before_sweep
        self._now = now
        self._sleep = sleep
        self._chance = chance
        self._clock = clock
        self._failures = 0

    async def run(self) -> None:
        """Watch until it is cancelled.

        :raises ValidationError: the state cannot be used; nothing was asked then.
        """
        state = await to_its_end(self._store.load)
        state = await self._delivered(state)
        while True:
            begun = self._clock()
            self._before_sweep()
            state = await self._delivered(await self._after_sweep(state))
            await self._sleep(self._pause(self._clock() - begun))

    async def _after_sweep(self, state: WatchState) -> WatchState:
        """The state after one more sweep, on disk before anything of it is delivered."""
        stop = threading.Event()
        rules = self._settings.rules
        try:
            rows = await to_its_end(partial(self._look, stop), stop.set)
        except (CampaignError, OSError, RuntimeError) as error:
            self._failures += 1
            reason, proposal = _told(error)
            LOGGER.error("No instance was asked, attempt %d: %s %s", self._failures, reason, proposal)
            after = after_failure(state, reason, proposal, self._now(), rules)
        else:
            self._failures = 0
            # It is None only after a cancel, which has ended this.
            after = after_sweep(state, rows or {}, self._now(), rules)
        if after != state:
            await self._save(after)
        return after

    async def _delivered(self, state: WatchState) -> WatchState:
        """The state when no event waits any more."""
        while state.waiting:
            await self._deliver(state.waiting[0])
            state = state.delivered()
            await self._save(state)
        return state

    async def _save(self, state: WatchState) -> None:
        """A full disk does not silence the watch: it goes on with what it has in memory."""
        try:
            await to_its_end(partial(self._store.save, state))
        except OSError as error:
            LOGGER.error(
                "The state of the watch cannot be written to %s: %s. The watch goes on; after a restart it repeats "
                "what it has told since.",
                self._settings.state_file,
                error.strerror or error,
            )

    def _pause(self, took: float) -> float:
        """Seconds until the next sweep.

        After failures it is longer each time, and random, so that many watches do not come back together.
        """
        if not self._failures:
            return max(0.0, self._settings.interval - took)
        longest = min(self._settings.longest_interval, self._settings.interval * 2.0 ** min(self._failures, 30))
        return longest * (0.5 + 0.5 * self._chance())


def _told(error: Exception) -> tuple[str, str]:
    """What happened, and what to do next."""
    if isinstance(error, CampaignError):
        return error.message, error.next_step
    return f"The sweep could not be made: {error}.", "See the log of ansible-rulebook."


Found = t.TypeVar("Found")


async def to_its_end(work: Callable[[], Found], stop: Callable[[], None] = lambda: None) -> Found:
    """What a function gives that runs in a thread. A cancel waits until it has ended.

    :param stop: is called by a cancel, and makes the function end soon.
    """
    task = asyncio.get_running_loop().run_in_executor(None, work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        stop()
        while not task.done():
            try:
                await asyncio.wait([task])
            except asyncio.CancelledError:
                continue
        raise
