# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Virtual time: one clock and one heap of timers for the whole process.

Manual (`time_scale` 0): time moves by `advance()` alone. It fires the timers that are due one by one, in order of time
and then of making; before each, and at the end, it waits until all internal work is quiet (see work.py). Work that asks
another instance over real loopback HTTP therefore finishes, or goes to sleep on virtual time, before time moves on, and
the same steps always give the same history.

Running (`time_scale` n): a driver task does the same steps when their real time has come. Virtual time runs n times as
fast as real time, but stands still while internal work is busy, so that a fast clock does not turn the real
milliseconds of an HTTP exchange into a virtual time-out.

Requests from outside are no internal work. A virtual sleep in their handlers takes seconds / n real seconds when the
clock runs, and nothing under a manual clock, which may never be advanced; unless `calls_advance` is set: then the
clock is advanced by it.
"""

from __future__ import annotations

import asyncio
import itertools
import math
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from .tasks import InternalRequest, Job, Tracker, Work
from .timers import Timer, Timers

T = TypeVar("T")

WORK_HEADER = "X-Simulator-Work"
"""The HTTP header by which a request of this process to itself names its `InternalRequest`."""

_MICRO = 1_000_000
_SHORTEST_WAIT = 0.0005  # real seconds: below this the event loop's own timers are no longer exact

_current: ContextVar[tuple[Clock, Work] | None] = ContextVar("simulator_work", default=None)


class ClockStuckError(RuntimeError):
    """Internal work neither ended nor went to sleep on virtual time, for longer than the limit in real seconds."""


class InternalWorkError(RuntimeError):
    """Internal work ended with an uncaught exception: a defect of the simulator."""


class VirtualTimeoutError(Exception):
    """The answer of a call did not come within its virtual seconds."""


class Clock:
    """See the module's text. Times are aware datetimes in UTC; durations are virtual seconds unless said otherwise."""

    def __init__(
        self,
        start: datetime,
        *,
        time_scale: float = 0,
        per_call: float = 0,
        monotonic: Callable[[], float] = time.monotonic,
        quiet_limit: float = 60,
    ) -> None:
        """`time_scale`: virtual seconds per real second, 0 = manual; a running clock begins to run with `start()`.

        `per_call`: virtual seconds that `pass_call()` lets go by. `quiet_limit`: real seconds that internal work may
        be busy before `advance()` gives up with `ClockStuckError`. Raises ValueError for a naive or impossible value.
        """
        if start.tzinfo is None:
            raise ValueError("the clock's start needs a time zone")
        self._origin = start.astimezone(UTC)
        self._micros = 0  # virtual time since the origin, as long as it does not flow
        self._since: float | None = None  # real time at which `_micros` was right and from which time flows
        self._scale = _positive(time_scale, "time_scale")
        self.calls_advance = False  # under a manual clock: what a request from outside takes, time goes by
        self.per_call = _positive(per_call, "per_call")
        self._monotonic = monotonic
        self._quiet_limit = quiet_limit
        self._timers = Timers()
        self._tracker = Tracker(self._busy_changed)
        self._calls: dict[str, InternalRequest] = {}
        self._call_ids = itertools.count(1)
        self._jobs: set[Job] = set()
        self._sleepers: dict[asyncio.Future[None], bool] = {}  # -> whether a request from outside sleeps there
        self._failures: list[tuple[str, Exception]] = []
        self._stepping = asyncio.Lock()
        self._changed = asyncio.Event()  # the driver has something new to look at
        self._driver: asyncio.Task[None] | None = None

    # -- reading ------------------------------------------------------------------------------------------------

    def now(self) -> datetime:
        """The virtual time, UTC."""
        return self._at(self._now())

    @property
    def time_scale(self) -> float:
        """Virtual seconds per real second; 0 = manual."""
        return self._scale

    @property
    def next_due(self) -> datetime | None:
        """When the next timer fires, or None."""
        micros = self._timers.next()
        return None if micros is None else self._at(micros)

    def _at(self, micros: int) -> datetime:
        return self._origin + timedelta(microseconds=micros)

    def _now(self) -> int:
        if self._since is None:
            return self._micros
        flowed = self._micros + int((self._monotonic() - self._since) * self._scale * _MICRO)
        due = self._timers.next()
        # Time never overtakes a timer that has not fired yet.
        return flowed if due is None else max(self._micros, min(flowed, due))

    # -- timers -------------------------------------------------------------------------------------------------

    def call_at(self, when: datetime, callback: Callable[[], object]) -> Timer:
        """Call back at `when` (aware). A time that has passed means the next step, that is `advance(0)` or later."""
        return self._push(round((when - self._origin) / timedelta(microseconds=1)), callback)

    def call_later(self, seconds: float, callback: Callable[[], object]) -> Timer:
        """Call back after so many virtual seconds."""
        return self._push(self._now() + round(seconds * _MICRO), callback)

    def _push(self, micros: int, callback: Callable[[], object]) -> Timer:
        timer = self._timers.add(max(micros, self._now()), callback)
        self._changed.set()
        return timer

    async def sleep(self, seconds: float) -> None:
        """Sleep for virtual seconds, as the current internal work or as a request from outside."""
        work = self.current()
        if seconds <= 0 or (work is None and not self._scale):
            if seconds > 0 and self.calls_advance:
                await self.advance(seconds)
            await asyncio.sleep(0)
            return
        slept: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def wake() -> None:
            if not slept.done():
                if work is not None:
                    work.wake()
                slept.set_result(None)

        timer = self.call_later(seconds, wake)
        self._sleepers[slept] = work is None
        if work is not None:
            work.rest()
        try:
            await slept
        finally:
            del self._sleepers[slept]
            timer.cancel()
            if work is not None:
                work.wake()

    # -- moving -------------------------------------------------------------------------------------------------

    async def advance(self, seconds: float) -> None:
        """Let virtual seconds go by, step by step. Also moves a running clock.

        Several callers take turns. Raises ValueError for a negative or endless duration, RuntimeError when called by
        internal work (it would wait for itself), `ClockStuckError`, and `InternalWorkError` for a defect met on the
        way, after the whole time has passed.
        """
        _positive(seconds, "seconds")
        if self.current() is not None:
            raise RuntimeError("internal work cannot advance the clock: it would wait for itself")
        async with self._stepping:
            self._stop_flow()
            try:
                await self._run_until(self._micros + round(seconds * _MICRO))
            finally:
                self._flow()
        self._raise_failures()

    async def pass_call(self) -> None:
        """Let `per_call` seconds go by: the server calls this at the start of every SOAP call from outside."""
        if self.per_call:
            await self.advance(self.per_call)

    async def _run_until(self, target: int) -> None:
        await self._quiet()
        while (due := self._timers.next()) is not None and due <= target:
            timer = self._timers.take()
            self._micros = max(self._micros, due)
            try:
                timer.fire()
            except Exception as error:
                self._report("timer", error)
            await self._quiet()
            await asyncio.sleep(0)  # requests from outside are served while a long time goes by
        self._micros = max(self._micros, target)

    async def _quiet(self) -> None:
        if not self._tracker.busy:
            return
        try:
            async with asyncio.timeout(self._quiet_limit):
                await self._tracker.quiet()
        except TimeoutError:
            names = ", ".join(self._tracker.names()[:5])
            raise ClockStuckError(
                f"virtual time stands at {self.now():%Y-%m-%d %H:%M:%S}Z: after {self._quiet_limit:g} real seconds"
                f" internal work is still busy ({names})"
            ) from None

    # -- running ------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Begin to run, when the scale is not 0. Needs the event loop; may be called more than once."""
        if self._scale and self._driver is None:
            self._driver = asyncio.get_running_loop().create_task(self._drive(), name="clock")
            self._flow()

    async def set_time_scale(self, scale: float) -> None:
        """Change the speed; 0 stops the clock and lets requests from outside that sleep on it go at once."""
        scale = _positive(scale, "time_scale")
        async with self._stepping:
            self._stop_flow()
            self._scale = scale
            self._flow()
        if scale:
            await self.start()
        else:
            await self._stop_driver()
            for future in [future for future, outside in self._sleepers.items() if outside and not future.done()]:
                future.set_result(None)

    async def close(self) -> None:
        """Stop the clock for good: the driver, all jobs and everybody who sleeps on it."""
        await self._stop_driver()
        self._stop_flow()
        tasks = [job.task for job in self._jobs]
        for job in list(self._jobs):
            job.cancel()
        for future in list(self._sleepers):
            future.cancel()
        # A clean-up that itself sleeps on virtual time would never end: cancel until all are done.
        while pending := [task for task in tasks if not task.done()]:
            await asyncio.wait(pending, timeout=0.05)
            for task in pending:
                task.cancel()

    async def _stop_driver(self) -> None:
        driver, self._driver = self._driver, None
        if driver is not None:
            driver.cancel()
            await asyncio.wait([driver])

    async def _drive(self) -> None:
        while True:
            self._changed.clear()
            due = self._timers.next()
            wait = None if due is None or self._since is None else (due - self._now()) / self._scale / _MICRO
            if wait is None or wait > 0:
                try:
                    async with asyncio.timeout(None if wait is None else max(wait, _SHORTEST_WAIT)):
                        await self._changed.wait()
                except TimeoutError:
                    pass
                continue
            async with self._stepping:
                self._stop_flow()
                try:
                    await self._run_until(self._micros)
                except ClockStuckError as error:
                    self._report("clock", error)
                finally:
                    self._flow()

    def _stop_flow(self) -> None:
        self._micros = self._now()
        self._since = None

    def _flow(self) -> None:
        """Let time flow if it may: the clock runs and no internal work is busy."""
        if self._scale and self._since is None and not self._tracker.busy and self._driver is not None:
            self._since = self._monotonic()
        self._changed.set()

    def _busy_changed(self, busy: bool) -> None:
        if busy:
            self._stop_flow()
        elif not self._stepping.locked():
            self._flow()

    # -- work ---------------------------------------------------------------------------------------------------

    def current(self) -> Work | None:
        """The internal work on whose behalf the running task acts, or None."""
        entry = _current.get()
        return entry[1] if entry is not None and entry[0] is self else None

    @contextmanager
    def work(self, name: str = "work") -> Iterator[Work]:
        """Count the block as internal work: time stands still until it ends or sleeps."""
        work = Work(self._tracker, name)
        token = _current.set((self, work))
        try:
            yield work
        finally:
            _current.reset(token)
            work.end()

    def spawn(self, coroutine: Coroutine[Any, Any, None], name: str) -> Job:
        """Run a coroutine as a work of its own, busy from this moment. The clock keeps it until it is over."""
        job = Job(Work(self._tracker, name), coroutine, lambda work: _current.set((self, work)), self._report)
        self._jobs.add(job)
        job.task.add_done_callback(lambda _task: self._jobs.discard(job))
        return job

    async def ask(self, send: Callable[[str], Coroutine[Any, Any, T]], timeout: float, name: str = "call") -> T:
        """Send a request to this process and wait for its answer, at most `timeout` virtual seconds.

        `send` gets the value for WORK_HEADER. What it raises is raised; `VirtualTimeoutError` when time ran out, and
        then the request is cut off here while its handler continues by itself.
        """
        requester = self.current()
        call = InternalRequest(self._tracker, name, str(next(self._call_ids)), self._forget_call)
        self._calls[call.id] = call
        task = asyncio.get_running_loop().create_task(send(call.id), name=name)

        def give_up() -> None:
            if requester is not None:
                requester.wake()
            task.cancel()

        timer = self.call_later(timeout, give_up)
        if requester is not None:
            requester.rest()
        try:
            await asyncio.wait([task])
        finally:
            if requester is not None:
                requester.wake()
            call.release()
            expired = not timer.active
            timer.cancel()
            if not task.done():  # the requester itself was cancelled
                task.cancel()
        if task.cancelled() and expired:
            raise VirtualTimeoutError(f"no answer within {timeout:g} seconds")
        return task.result()

    @contextmanager
    def adopt(self, identity: str | None) -> Iterator[bool]:
        """Handle a request on behalf of the `InternalRequest` that its WORK_HEADER names; gives whether there is one.

        Without a header, or with one that names no call that is under way, the request counts as one from outside.
        """
        call = self._calls.get(identity) if identity else None
        if call is None or not call.enter():
            yield False
            return
        token = _current.set((self, call))
        try:
            yield True
        finally:
            _current.reset(token)
            call.leave()

    def _forget_call(self, identity: str) -> None:
        self._calls.pop(identity, None)

    # -- defects ------------------------------------------------------------------------------------------------

    def _report(self, name: str, error: Exception) -> None:
        if self._driver is None:
            self._failures.append((name, error))
            return
        loop = asyncio.get_running_loop()
        loop.call_exception_handler({"message": f"internal work '{name}' failed", "exception": error})

    def _raise_failures(self) -> None:
        if self._failures:
            failures, self._failures = self._failures, []
            name, error = failures[0]
            raise InternalWorkError(f"internal work '{name}' failed: {error!r} ({len(failures)} in all)") from error


def _positive(value: float, name: str) -> float:
    if not math.isfinite(value) or value < 0:
        raise ValueError(f"{name} must be a number of seconds that is neither negative nor endless, not {value!r}")
    return value
