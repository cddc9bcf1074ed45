# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which internal work is busy at this instant of virtual time.

The clock lets time move on only while nothing is busy. A `Work` is one logical thread: a run of a workflow, the tail of
a request. It is busy from its making until its end, except while it rests (asleep on virtual time, or waiting for the
answer of an `InternalRequest`, which is then busy in its stead).

An `InternalRequest` goes from this process to itself over HTTP. It has two parties, which may leave in either order:

* the requester, which waits for the answer or gives up on it;
* the handler on the server's side, which works and may sleep.

While a handler is in, the call is busy as the handler is. While there is none (bytes are on their way to it, or back),
the call is busy as long as somebody waits. So a requester that gives up leaves the handler to continue by itself, as a
client's time-out does on a real server (campaign_facts, Timeouts).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any


class Tracker:
    """The set of busy works, and a wait for the moment when it is empty."""

    def __init__(self, changed: Callable[[bool], None]) -> None:
        """`changed` is called with True when the first work becomes busy and False when the last one comes to rest."""
        self._busy: dict[Work, None] = {}
        self._changed = changed
        self._quiet = asyncio.Event()
        self._quiet.set()

    @property
    def busy(self) -> bool:
        """Whether any work is busy."""
        return bool(self._busy)

    def names(self) -> list[str]:
        """The busy works by name, oldest first: for the error text when they never come to rest."""
        return [work.name for work in self._busy]

    def put(self, work: Work, busy: bool) -> None:
        """Count a work as busy or not; counting it twice changes nothing."""
        before = bool(self._busy)
        if busy:
            self._busy[work] = None
        else:
            self._busy.pop(work, None)
        after = bool(self._busy)
        if before == after:
            return
        if after:
            self._quiet.clear()
        else:
            self._quiet.set()
        self._changed(after)

    async def quiet(self) -> None:
        """Wait until nothing is busy. Returns without a pause when that is so already."""
        while self._busy:
            await self._quiet.wait()


class Work:
    """One logical thread of internal work; made busy."""

    __slots__ = ("_ended", "_tracker", "name")

    def __init__(self, tracker: Tracker, name: str) -> None:
        self.name = name
        self._tracker = tracker
        self._ended = False
        tracker.put(self, True)

    def rest(self) -> None:
        """It waits for virtual time or for a call: time may pass."""
        self._tracker.put(self, False)

    def wake(self) -> None:
        """It continues: time stands still until it rests again. Has no effect after the end."""
        if not self._ended:
            self._tracker.put(self, True)

    def end(self) -> None:
        """It has ended. May be called more than once."""
        self._ended = True
        self._tracker.put(self, False)


class InternalRequest(Work):
    """A request to this same process; see the module's text."""

    __slots__ = ("_asleep", "_forget", "_handled", "_waited_for", "id")

    def __init__(self, tracker: Tracker, name: str, identity: str, forget: Callable[[str], object]) -> None:
        """`forget` is called with `identity` when both parties have left."""
        self.id = identity
        self._forget = forget
        self._waited_for = True
        self._handled = False
        self._asleep = False
        super().__init__(tracker, name)

    def enter(self) -> bool:
        """A handler takes the call up. False when one already has."""
        if self._handled:
            return False
        self._handled = True
        self._asleep = False
        self._count()
        return True

    def leave(self) -> None:
        """The handler is done."""
        self._handled = False
        self._count()

    def release(self) -> None:
        """The requester is done: it has the answer, or gave up."""
        self._waited_for = False
        self._count()

    def rest(self) -> None:
        self._asleep = True
        self._count()

    def wake(self) -> None:
        self._asleep = False
        self._count()

    def _count(self) -> None:
        if self._handled:
            self._tracker.put(self, not self._asleep)
        else:
            self._tracker.put(self, self._waited_for)
            if not self._waited_for:
                self._forget(self.id)


class Job:
    """A task that runs as a work of its own."""

    __slots__ = ("_started", "task", "work")

    def __init__(
        self,
        work: Work,
        coroutine: Coroutine[Any, Any, None],
        enter: Callable[[Work], object],
        failed: Callable[[str, Exception], None],
    ) -> None:
        """`enter` makes the work the current one of the new task; `failed` is called for an uncaught exception."""
        self.work = work
        self._started = False
        self.task = asyncio.get_running_loop().create_task(self._run(coroutine, enter, failed), name=work.name)

    @property
    def done(self) -> bool:
        """Whether the task is over."""
        return self.task.done()

    def cancel(self) -> None:
        """Cancel the task. It counts as busy until its clean-up is done or sleeps on virtual time."""
        if self.task.done():
            return
        self.work.wake()
        if self._started:
            self.task.cancel()
        else:
            # A task cancelled before its first step would never run, and so never end its work.
            asyncio.get_running_loop().call_soon(self.cancel)

    async def _run(
        self,
        coroutine: Coroutine[Any, Any, None],
        enter: Callable[[Work], object],
        failed: Callable[[str, Exception], None],
    ) -> None:
        self._started = True
        enter(self.work)
        try:
            await coroutine
        except Exception as error:
            failed(self.work.name, error)
        finally:
            self.work.end()
