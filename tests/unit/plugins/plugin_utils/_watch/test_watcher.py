# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The loop of a watch: what is on disk when, what a failure does, how a cancel ends it. No sleep, no network."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._core.errors import ValidationError
from ansible_collections.campaign.classic.plugins.plugin_utils._watch import watcher as _watcher
from ansible_collections.campaign.classic.plugins.plugin_utils._watch.arguments import read_arguments
from ansible_collections.campaign.classic.plugins.plugin_utils._watch.transitions import WatchState
from ansible_collections.campaign.classic.plugins.plugin_utils._watch.watcher import Watcher
from tests.unit.plugins.plugin_utils._watch.test_arguments import GIVEN, SCHEMA
from tests.unit.plugins.plugin_utils._watch.test_transitions import row

NOW = datetime(2026, 11, 28, 20, 0, tzinfo=UTC)
WATCH = "6f1d4c1e-0000-4000-8000-000000000000"


class Disk:
    """Keeps the states that were saved, unless it is full."""

    def __init__(self) -> None:
        self.states = [WatchState(WATCH)]
        self.is_full = False

    def load(self) -> WatchState:
        return self.states[-1]

    def save(self, state: WatchState) -> None:
        if self.is_full:
            raise OSError(28, "No space left on device")
        self.states.append(state)


class World:
    """A watch whose sweeps are given, and which ends when there are none left."""

    def __init__(self, *sweeps: str | Exception, disk: Disk | None = None) -> None:
        self.sweeps = list(sweeps)
        self.disk = disk or Disk()
        self.events: list[dict[str, Any]] = []
        self.pauses: list[float] = []
        self.killed_by: Callable[[dict[str, Any]], bool] = lambda _event: False

    def look(self, _stop: threading.Event) -> Mapping[str, Any]:
        sweep = self.sweeps.pop(0)
        if isinstance(sweep, Exception):
            raise sweep
        return {"a": row(sweep)}

    async def deliver(self, event: dict[str, Any]) -> None:
        self.events.append(event)
        if self.killed_by(event):
            raise KeyboardInterrupt

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        if not self.sweeps:
            raise asyncio.CancelledError

    def run(self, **given: Any) -> list[str]:
        """What was told."""
        settings = read_arguments({**GIVEN, **given}, SCHEMA)
        given_time: dict[str, Any] = {"now": lambda: NOW, "sleep": self.sleep, "clock": lambda: 0.0}
        watch = Watcher(settings, self.look, self.disk, self.deliver, chance=lambda: 0.5, **given_time)
        with contextlib.suppress(asyncio.CancelledError, KeyboardInterrupt):
            asyncio.run(watch.run())
        return [one["campaign"]["verdict"] for one in self.events]


def test_a_restart_neither_repeats_nor_loses_a_transition() -> None:
    first = World("healthy", "stuck", "stuck")
    assert first.run() == ["stuck"]
    again = World("stuck", "healthy", "healthy", disk=first.disk)
    assert again.run() == ["healthy"]
    assert World("healthy", disk=first.disk).run() == []


def test_what_changed_while_nobody_watched_is_told_after_the_restart() -> None:
    first = World("healthy")
    assert first.run() == []
    assert World("stuck", disk=first.disk).run() == ["stuck"]


def test_an_event_is_on_disk_before_it_is_delivered_and_leaves_it_afterwards() -> None:
    world = World("stuck")
    seen = []
    world.killed_by = lambda event: bool(seen.append(world.disk.states[-1].waiting == (event,)))
    world.run()
    assert seen == [True]
    assert world.disk.states[-1].waiting == ()


def test_a_kill_between_delivery_and_the_note_of_it_repeats_the_event_with_its_id() -> None:
    first = World("stuck")
    first.killed_by = lambda _event: True
    assert first.run() == ["stuck"]
    again = World("healthy", disk=first.disk)
    assert again.run() == ["stuck", "healthy"]
    assert again.events[0] == first.events[0]


def test_a_full_disk_does_not_silence_the_watch(caplog: pytest.LogCaptureFixture) -> None:
    world = World("stuck", "stuck", "healthy")
    world.disk.is_full = True
    assert world.run() == ["stuck", "healthy"]
    assert "cannot be written to s.json: No space left on device. The watch goes on" in caplog.text


def test_a_state_that_does_not_change_is_not_written_again() -> None:
    world = World("healthy", "healthy", "healthy")
    world.run()
    assert len(world.disk.states) == 2


def test_the_pause_counts_from_the_beginning_of_a_sweep() -> None:
    watch = Watcher(read_arguments({**GIVEN, "interval": 60}, SCHEMA), World().look, Disk(), World().deliver)
    assert [watch._pause(took) for took in (0, 12.5, 60, 700)] == [60, 47.5, 0, 0]


def test_failed_sweeps_are_told_once_and_made_again_later_each_time(caplog: pytest.LogCaptureFixture) -> None:
    wrong = ValidationError("The list is broken.", next_step="Correct it.")
    world = World("healthy", wrong, OSError("no file"), RuntimeError("can't start new thread"), wrong, wrong, "healthy")
    assert world.run(interval=100, longest_interval=1000) == ["watch_failed", "watching"]
    assert world.pauses == [100, 150, 300, 600, 750, 750, 100]
    assert world.events[0]["campaign"]["reason"] == "The list is broken."
    assert world.events[0]["campaign"]["proposal"] == "Correct it."
    assert "No instance was asked, attempt 3: The sweep could not be made: can't start new thread." in caplog.text


@pytest.mark.parametrize(("chance", "pause"), [(0.0, 100), (1.0, 200)])
def test_the_pause_after_a_failure_is_random(chance: float, pause: float) -> None:
    world = World(OSError("x"))
    settings = read_arguments({**GIVEN, "interval": 100}, SCHEMA)
    watch = Watcher(settings, world.look, world.disk, world.deliver, sleep=world.sleep, chance=lambda: chance)
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(watch.run())
    assert world.pauses == [pause]


async def test_a_cancel_stops_the_sweep_and_waits_for_its_end_without_blocking_the_loop() -> None:
    entered, may_end, ended = threading.Event(), threading.Event(), []

    def look(stop: threading.Event) -> None:
        entered.set()
        assert stop.wait(30)
        assert may_end.wait(30)
        ended.append(True)

    watch = Watcher(read_arguments(GIVEN, SCHEMA), look, Disk(), World().deliver)
    task = asyncio.create_task(watch.run())
    while not entered.is_set():
        await asyncio.sleep(0)  # the loop goes on while a sweep blocks its thread
    for _twice in range(2):  # ansible-rulebook cancels its tasks, and asyncio cancels them again at the end
        task.cancel()
        await asyncio.sleep(0)
    assert not task.done()
    may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended == [True]


async def test_a_cancel_while_the_state_is_written_waits_for_the_disk() -> None:
    entered, may_end, ended = threading.Event(), threading.Event(), []

    def write() -> None:
        entered.set()
        assert may_end.wait(30)
        ended.append(True)

    task = asyncio.create_task(_watcher.to_its_end(write))
    while not entered.is_set():
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.sleep(0)
    assert not task.done()
    may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended == [True]
