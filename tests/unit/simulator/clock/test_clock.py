# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import asyncio
import contextlib
import gc
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import aiohttp
import pytest
from aiohttp import web

from simulator.clock.clock import WORK_HEADER, Clock, ClockStuckError, InternalWorkError, VirtualTimeoutError

START = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
DAY = 86_400.0


def seconds(clock: Clock) -> float:
    return (clock.now() - START).total_seconds()


class Stopwatch:
    """Real time for a running clock, moved by the test."""

    def __init__(self) -> None:
        self.value = 0.0

    def __call__(self) -> float:
        return self.value


# -- timers -------------------------------------------------------------------------------------------------------


def test_time_stands_still_without_advance() -> None:
    async def scenario() -> None:
        clock = Clock(START)
        await asyncio.sleep(0.01)
        assert clock.now() == START
        await clock.advance(0.25)
        assert clock.now() == START + timedelta(milliseconds=250)

    asyncio.run(scenario())


def test_timers_fire_in_order_of_time_then_of_making_and_see_their_own_time() -> None:
    async def scenario() -> None:
        clock = Clock(START)
        fired: list[tuple[str, float]] = []

        def note(name: str) -> Callable[[], None]:
            return lambda: fired.append((name, seconds(clock)))

        clock.call_later(20, note("late"))
        clock.call_at(START + timedelta(seconds=10), note("first"))
        clock.call_later(10, note("second"))
        clock.call_later(30.5, note("beyond"))
        await clock.advance(30)
        assert fired == [("first", 10), ("second", 10), ("late", 20)]
        assert seconds(clock) == 30
        await clock.advance(0.5)
        assert fired[-1] == ("beyond", 30.5)

    asyncio.run(scenario())


def test_a_timer_made_by_a_timer_fires_in_the_same_advance() -> None:
    async def scenario() -> None:
        clock = Clock(START)
        fired: list[float] = []

        def again() -> None:
            fired.append(seconds(clock))
            clock.call_later(60, again)

        clock.call_later(60, again)
        await clock.advance(300)
        assert fired == [60, 120, 180, 240, 300]

    asyncio.run(scenario())


def test_a_time_that_has_passed_means_the_next_step() -> None:
    async def scenario() -> None:
        clock = Clock(START)
        await clock.advance(100)
        fired: list[float] = []
        clock.call_at(START, lambda: fired.append(seconds(clock)))
        assert fired == []
        await clock.advance(0)
        assert fired == [100]

    asyncio.run(scenario())


def test_a_cancelled_timer_never_fires_and_the_heap_is_rid_of_many() -> None:
    async def scenario() -> None:
        clock = Clock(START)
        fired: list[int] = []
        timers = [clock.call_later(DAY, lambda: fired.append(1)) for _unused in range(5_000)]
        survivor = clock.call_later(DAY, lambda: fired.append(2))
        for timer in timers:
            timer.cancel()
            timer.cancel()
        assert len(clock._timers) < 2_000
        assert survivor.active and clock.next_due == START + timedelta(days=1)
        await clock.advance(2 * DAY)
        assert fired == [2]

    asyncio.run(scenario())


@pytest.mark.parametrize("wrong", [-1.0, float("nan"), float("inf")])
def test_impossible_durations_are_refused(wrong: float) -> None:
    async def scenario() -> None:
        clock = Clock(START)
        with pytest.raises(ValueError, match="seconds"):
            await clock.advance(wrong)
        with pytest.raises(ValueError, match="time_scale"):
            await clock.set_time_scale(wrong)
        assert clock.now() == START

    asyncio.run(scenario())


def test_a_start_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        Clock(datetime(2026, 1, 1))  # noqa: DTZ001


# -- internal work --------------------------------------------------------------------------------------------------


def test_time_waits_for_internal_work_and_sleeping_work_lets_it_pass() -> None:
    async def scenario() -> None:
        clock = Clock(START)
        history: list[tuple[str, float]] = []

        async def job() -> None:
            for _unused in range(20):  # many turns of the event loop at one instant of virtual time
                await asyncio.sleep(0)
            history.append(("read", seconds(clock)))
            await clock.sleep(45)
            await asyncio.sleep(0.01)
            history.append(("done", seconds(clock)))

        def start() -> None:
            history.append(("order", seconds(clock)))
            clock.spawn(job(), "job")

        clock.call_later(10, start)
        clock.call_later(10, lambda: history.append(("other", seconds(clock))))
        clock.call_later(55, lambda: history.append(("later", seconds(clock))))
        await clock.advance(DAY)
        assert history == [("order", 10), ("read", 10), ("other", 10), ("later", 55), ("done", 55)]

    asyncio.run(scenario())


def test_a_block_counted_as_work_holds_time() -> None:
    async def scenario() -> None:
        clock = Clock(START)
        entered = asyncio.Event()
        leave = asyncio.Event()

        async def block() -> None:
            with clock.work("block"):
                entered.set()
                await leave.wait()

        task = asyncio.create_task(block())
        await entered.wait()
        advance = asyncio.create_task(clock.advance(5))
        await asyncio.sleep(0.01)
        assert not advance.done() and clock.now() == START
        leave.set()
        await advance
        await task
        assert seconds(clock) == 5

    asyncio.run(scenario())


def test_cancelled_work_cleans_up_before_time_moves_on() -> None:
    async def scenario() -> None:
        clock = Clock(START)
        history: list[tuple[str, float]] = []

        async def job() -> None:
            try:
                await clock.sleep(1_000)
            finally:
                await asyncio.sleep(0)
                history.append(("cut off", seconds(clock)))
                await clock.sleep(3)
                history.append(("clean", seconds(clock)))

        started = clock.spawn(job(), "job")
        clock.call_later(10, started.cancel)
        await clock.advance(100)
        assert history == [("cut off", 10), ("clean", 13)]
        assert started.done

    asyncio.run(scenario())


def test_work_cancelled_before_its_first_step_does_not_hold_time() -> None:
    async def scenario() -> None:
        clock = Clock(START, quiet_limit=0.5)
        ended: list[str] = []

        async def job() -> None:
            try:
                await clock.sleep(10)
            finally:
                ended.append("ended")

        clock.spawn(job(), "job").cancel()
        await clock.advance(1)
        assert ended == ["ended"]

    asyncio.run(scenario())


def test_work_that_never_rests_is_reported_by_name_instead_of_hanging() -> None:
    async def scenario() -> None:
        clock = Clock(START, quiet_limit=0.05)

        async def deaf() -> None:
            await asyncio.Event().wait()

        job = clock.spawn(deaf(), "deaf run")
        with pytest.raises(ClockStuckError, match="deaf run"):
            await clock.advance(1)
        assert clock.now() == START
        job.cancel()
        await clock.advance(1)
        assert seconds(clock) == 1

    asyncio.run(scenario())


def test_a_defect_in_internal_work_is_told_by_the_advance_that_met_it() -> None:
    async def scenario() -> None:
        clock = Clock(START)

        async def job() -> None:
            await clock.sleep(1)
            raise KeyError("row")

        def broken() -> None:
            raise ZeroDivisionError

        clock.spawn(job(), "bad run")
        with pytest.raises(InternalWorkError, match="bad run.*row"):
            await clock.advance(10)
        assert seconds(clock) == 10
        clock.call_later(1, broken)
        with pytest.raises(InternalWorkError, match="ZeroDivisionError"):
            await clock.advance(10)
        await clock.advance(1)

    asyncio.run(scenario())


def test_internal_work_cannot_advance_the_clock() -> None:
    async def scenario() -> None:
        clock = Clock(START)
        refused: list[str] = []

        async def job() -> None:
            try:
                await clock.advance(1)
            except RuntimeError as error:
                refused.append(str(error))

        clock.spawn(job(), "job")
        await clock.advance(0)
        assert len(refused) == 1 and "wait for itself" in refused[0]

    asyncio.run(scenario())


def test_concurrent_advances_take_turns_and_add_up() -> None:
    async def scenario() -> None:
        clock = Clock(START)

        async def job() -> None:
            await clock.sleep(7)

        clock.call_later(5, lambda: clock.spawn(job(), "job"))
        await asyncio.gather(*(clock.advance(10) for _unused in range(5)))
        assert seconds(clock) == 50

    asyncio.run(scenario())


def test_each_call_from_outside_moves_time_by_per_call() -> None:
    async def scenario() -> None:
        clock = Clock(START, per_call=2.5)
        await clock.pass_call()
        await clock.pass_call()
        assert seconds(clock) == 5
        clock.per_call = 0
        await clock.pass_call()
        assert seconds(clock) == 5

    asyncio.run(scenario())


def test_a_sleep_from_outside_costs_nothing_under_a_manual_clock() -> None:
    async def scenario() -> None:
        clock = Clock(START)
        before = time.monotonic()
        await asyncio.wait_for(clock.sleep(DAY), 2)
        assert time.monotonic() - before < 1
        assert clock.now() == START

    asyncio.run(scenario())


# -- requests to this process over real loopback HTTP -----------------------------------------------------------------


class Loopback:
    """A server of this process, and a client whose requests are internal when they carry the header."""

    def __init__(self, clock: Clock, session: aiohttp.ClientSession, url: str) -> None:
        self.clock = clock
        self.session = session
        self.url = url
        self.history: list[tuple[str, float]] = []

    def note(self, what: str) -> None:
        self.history.append((what, seconds(self.clock)))

    async def post(self, path: str, work: str | None = None) -> str:
        headers = {} if work is None else {WORK_HEADER: work}
        async with self.session.post(self.url + path, headers=headers) as answer:
            return await answer.text()

    async def ask(self, path: str, timeout: float = 60) -> str:
        return await self.clock.ask(lambda work: self.post(path, work), timeout, path)


@contextlib.asynccontextmanager
async def loopback(clock: Clock) -> AsyncIterator[Loopback]:
    async def handle(request: web.Request) -> web.StreamResponse:
        with clock.adopt(request.headers.get(WORK_HEADER)) as internal:
            cost = float(request.query["cost"])
            there.note(f"asked {'internal' if internal else 'external'}")
            await asyncio.sleep(0.005)  # the server's own real work
            await clock.sleep(cost)
            there.note("answered")
            if "reset" in request.query:
                transport = request.transport
                assert transport is not None
                transport.close()
            return web.Response(text=f"cost {cost:g}")

    app = web.Application()
    app.router.add_post("/", handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    async with aiohttp.ClientSession() as session:
        there = Loopback(clock, session, str(site.name))
        try:
            yield there
        finally:
            await clock.close()
            await runner.cleanup()


def with_loopback(clock: Clock, scenario: Callable[[Loopback], Awaitable[None]]) -> None:
    async def run() -> None:
        async with loopback(clock) as there:
            await asyncio.wait_for(scenario(there), 20)

    asyncio.run(run())


def test_time_waits_for_an_http_exchange_within_the_process() -> None:
    clock = Clock(START)

    async def scenario(there: Loopback) -> None:
        async def run() -> None:
            there.note(await there.ask("/?cost=0"))

        for delay in (10, 20):
            clock.call_later(delay, lambda: clock.spawn(run(), "run"))
            clock.call_later(delay, lambda: there.note("next timer"))
        await clock.advance(DAY)
        once = ["asked internal", "answered", "cost 0", "next timer"]
        assert there.history == [(what, 10) for what in once] + [(what, 20) for what in once]

    with_loopback(clock, scenario)


def test_a_handler_that_sleeps_on_virtual_time_holds_its_requester_but_not_the_clock() -> None:
    clock = Clock(START)

    async def scenario(there: Loopback) -> None:
        async def run() -> None:
            there.note(await there.ask("/?cost=40"))

        clock.spawn(run(), "run")
        await clock.advance(39)
        assert there.history == [("asked internal", 0)]
        await clock.advance(1)
        assert there.history == [("asked internal", 0), ("answered", 40), ("cost 40", 40)]

    with_loopback(clock, scenario)


def test_a_requester_that_gives_up_goes_on_while_the_server_works_to_its_end() -> None:
    clock = Clock(START)

    async def scenario(there: Loopback) -> None:
        async def run() -> None:
            try:
                await there.ask("/?cost=400", timeout=60)
            except VirtualTimeoutError:
                there.note("gave up")
                await clock.sleep(5)
                there.note("went on")

        clock.spawn(run(), "run")
        await clock.advance(399)
        assert there.history == [("asked internal", 0), ("gave up", 60), ("went on", 65)]
        await clock.advance(1)
        assert there.history[-1] == ("answered", 400)
        assert not clock._calls and not clock._tracker.busy

    with_loopback(clock, scenario)


def test_an_answer_at_the_very_second_of_the_timeout_depends_on_the_order_of_making_only() -> None:
    clock = Clock(START)

    async def scenario(there: Loopback) -> None:
        async def run() -> None:
            try:
                there.note(await there.ask("/?cost=60", timeout=60))
            except VirtualTimeoutError:
                there.note("gave up")

        for _unused in range(3):
            clock.spawn(run(), "run")
            await clock.advance(100)
        assert [what for what, _unused in there.history].count("gave up") == 3  # the time limit was set first

    with_loopback(clock, scenario)


def test_a_cancelled_requester_leaves_the_server_working() -> None:
    clock = Clock(START)

    async def scenario(there: Loopback) -> None:
        async def run() -> None:
            try:
                await there.ask("/?cost=100")
            except asyncio.CancelledError:
                there.note("stopped")
                raise

        job = clock.spawn(run(), "run")
        clock.call_later(10, job.cancel)
        await clock.advance(99)
        assert there.history == [("asked internal", 0), ("stopped", 10)]
        await clock.advance(1)
        assert there.history[-1] == ("answered", 100)
        assert not clock._calls

    with_loopback(clock, scenario)


def test_a_connection_closed_without_an_answer_reaches_the_requester_as_an_error() -> None:
    clock = Clock(START)

    async def scenario(there: Loopback) -> None:
        async def run() -> None:
            try:
                await there.ask("/?cost=3&reset=1")
            except aiohttp.ClientError as error:
                there.note(type(error).__name__)

        clock.spawn(run(), "run")
        await clock.advance(10)
        assert there.history[-1] == ("ServerDisconnectedError", 3)
        assert not clock._calls and not clock._tracker.busy

    with_loopback(clock, scenario)


def test_many_concurrent_runs_keep_their_order() -> None:
    def history() -> list[tuple[str, float]]:
        clock = Clock(START)
        found: list[tuple[str, float]] = []

        async def scenario(there: Loopback) -> None:
            async def run(number: int) -> None:
                for leg in range(3):
                    await there.ask(f"/?cost={(number * 7 + leg) % 5}")
                    there.note(f"run {number} leg {leg}")

            def start(number: int) -> None:
                clock.spawn(run(number), "run")

            for number in range(12):
                clock.call_later(10 + number % 3, partial(start, number))
            await clock.advance(60)
            found.extend(there.history)

        with_loopback(clock, scenario)
        return found

    first = history()
    assert len(first) == 12 * 3 * 3
    assert first == history()
    assert [when for _unused, when in first] == sorted(when for _unused, when in first)


def test_a_request_from_outside_is_not_internal_whatever_its_header_says() -> None:
    clock = Clock(START)

    async def scenario(there: Loopback) -> None:
        assert await there.post("/?cost=500") == "cost 500"
        assert await there.post("/?cost=500", work="999") == "cost 500"
        assert [what for what, _unused in there.history] == ["asked external", "answered"] * 2
        assert clock.now() == START

    with_loopback(clock, scenario)


# -- the running clock ------------------------------------------------------------------------------------------------


def test_a_running_clock_flows_with_real_time_but_never_past_a_timer_that_has_not_fired() -> None:
    async def scenario() -> None:
        real = Stopwatch()
        clock = Clock(START, time_scale=100, monotonic=real)
        await clock.start()
        clock.call_later(1_000, lambda: None)
        real.value = 3
        assert seconds(clock) == 300
        real.value = 30
        assert seconds(clock) == 1_000
        await clock.close()

    asyncio.run(scenario())


def test_a_running_clock_fires_timers_and_stands_still_while_work_is_busy() -> None:
    async def scenario() -> None:
        clock = Clock(START, time_scale=1_000)
        await clock.start()
        done: asyncio.Future[datetime] = asyncio.get_running_loop().create_future()

        async def job() -> None:
            await asyncio.sleep(0.05)  # 50 virtual seconds, had time not stood still
            await clock.sleep(100)
            done.set_result(clock.now())

        clock.call_later(20, lambda: clock.spawn(job(), "job"))
        due = clock.next_due
        assert due is not None
        assert await asyncio.wait_for(done, 5) == due + timedelta(seconds=100)
        await clock.close()

    asyncio.run(scenario())


def test_a_timer_set_for_sooner_wakes_the_driver_that_waits_for_a_later_one() -> None:
    async def scenario() -> None:
        clock = Clock(START, time_scale=1_000)
        await clock.start()
        fired = asyncio.Event()
        clock.call_later(DAY, fired.set)
        await asyncio.sleep(0.01)
        clock.call_later(30, fired.set)
        await asyncio.wait_for(fired.wait(), 5)
        assert seconds(clock) < DAY
        await clock.close()

    asyncio.run(scenario())


def test_a_sleep_from_outside_lasts_its_share_of_real_time_and_ends_when_the_clock_is_stopped() -> None:
    async def scenario() -> None:
        clock = Clock(START, time_scale=1_000)
        await clock.start()
        before = time.monotonic()
        await asyncio.wait_for(clock.sleep(50), 5)
        assert time.monotonic() - before >= 0.045
        sleeper = asyncio.create_task(clock.sleep(DAY))
        await asyncio.sleep(0.01)
        assert not sleeper.done()
        await clock.set_time_scale(0)
        await asyncio.wait_for(sleeper, 5)
        stopped = clock.now()
        await asyncio.sleep(0.02)
        assert clock.now() == stopped
        await clock.advance(1)
        assert clock.now() == stopped + timedelta(seconds=1)
        await clock.close()

    asyncio.run(scenario())


def test_a_running_clock_can_be_advanced_too() -> None:
    async def scenario() -> None:
        real = Stopwatch()
        clock = Clock(START, time_scale=10, monotonic=real)
        await clock.start()
        fired: list[float] = []
        clock.call_later(3_600, lambda: fired.append(seconds(clock)))
        await clock.advance(2 * 3_600)
        assert fired == [3_600]
        assert seconds(clock) == 7_200
        real.value = 1
        assert seconds(clock) == 7_210
        await clock.close()

    asyncio.run(scenario())


def test_a_running_clock_that_has_nothing_to_do_does_not_spin() -> None:
    async def scenario() -> None:
        clock = Clock(START, time_scale=1)
        await clock.start()
        clock.call_later(DAY, lambda: None)
        await asyncio.sleep(0.01)
        before = time.process_time()
        await asyncio.sleep(0.3)
        assert time.process_time() - before < 0.1
        await clock.close()

    asyncio.run(scenario())


def test_a_running_clock_survives_a_defect_in_a_timer() -> None:
    async def scenario() -> None:
        told: list[str] = []
        asyncio.get_running_loop().set_exception_handler(lambda _loop, context: told.append(context["message"]))
        clock = Clock(START, time_scale=1_000)
        await clock.start()
        fired = asyncio.Event()

        def broken() -> None:
            raise ZeroDivisionError

        clock.call_later(1, broken)
        clock.call_later(2, fired.set)
        await asyncio.wait_for(fired.wait(), 5)
        assert told == ["internal work 'timer' failed"]
        await clock.close()

    asyncio.run(scenario())


def test_close_ends_jobs_and_sleepers_even_those_that_clean_up_on_virtual_time() -> None:
    async def scenario() -> None:
        clock = Clock(START)
        ended: list[str] = []

        async def stubborn() -> None:
            try:
                await clock.sleep(DAY)
            finally:
                try:
                    await clock.sleep(DAY)
                finally:
                    ended.append("stubborn")

        clock.spawn(stubborn(), "stubborn")
        await clock.advance(0)
        await asyncio.wait_for(clock.close(), 5)
        assert ended == ["stubborn"]
        gc.collect()
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(scenario())
