# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One soak: a fleet on an advancing clock, the event source, what happens to the fleet, and the cures that follow."""

from __future__ import annotations

import os
import resource
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psutil

from tests.helpers.simulator_process import SimulatorProcess
from tests.integration.fleets import USER
from tests.soak import growth, judge
from tests.soak.cures import PAUSE, Cures
from tests.soak.fleet import WATCHER, Fleet
from tests.soak.incidents import Trouble, World
from tests.soak.watch import Watch
from tests.soak.windows import NEEDS

#: Virtual seconds in a real one while a cure runs: it waits for runs of a workflow, which take minutes.
WITH_A_CURE = 60.0
#: Real seconds between two moves of the clock.
TICK = 0.5
#: Real seconds for which one move stands, at most: on a busy machine the fleet has less time, not more to do at once.
MOST = 1.0
#: Real seconds that servers may be busy with a move: a logoff waits for two. After a longer one, a session may be left.
BUSY = 1.5
#: The last share of the time, in which nothing more happens, so that what is stuck can be cured.
QUIET = 0.2
#: Real seconds after which a session that is still open is left behind: no sweep and no cure takes so long.
LEFT = 60.0
#: One run in so many of the fleet's days begins while all windows are closed.
EARLY = timedelta(hours=10)


@dataclass(frozen=True)
class Plan:
    """How large a soak is.

    :param pace: virtual seconds in a real one; ``every``: virtual time between two cursors that get stuck.
    :param interval: real seconds from sweep to sweep; ``sample``: from one measurement to the next.
    :param timeout: real seconds for an answer, which a busy machine needs.
    """

    minutes: float = 60.0
    instances: int = 200
    mids: int = 10
    seed: int = 1
    pace: float = 180.0
    every: timedelta = timedelta(minutes=75)
    interval: float = 30.0
    sample: float = 10.0
    timeout: float = 15.0


@dataclass
class Result:
    """What came out of it."""

    plan: Plan
    began: datetime
    ended: datetime
    world: World
    samples: dict[str, list[float]] = field(default_factory=dict)
    runs: Counter[str] = field(default_factory=Counter)
    writes: int = 0
    events: Counter[str] = field(default_factory=Counter)
    processor: dict[str, float] = field(default_factory=dict)
    seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)
    mids: int = 0
    #: Real seconds of moves that took so long that servers could not answer in time.
    busy: float = 0.0


class Soak:
    """See the module's text. ``work`` is a directory of its own; ``say`` takes a line of progress."""

    def __init__(self, plan: Plan, work: Path, say: Callable[[str], None] = print) -> None:
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(parents=True, mode=0o700)
        self._plan, self._work, self._say = plan, work, say
        self._fleet = Fleet.of(plan.instances, plan.mids)
        self._left: dict[str, str] = {}
        self._told: list[str] = []
        self._samples = growth.Samples()
        self._processes: dict[str, psutil.Process] = {}

    def run(self) -> Result:
        """Run it to its end."""
        with SimulatorProcess(self._fleet.document(self._plan.seed), time_scale=0) as simulator:
            self._simulator = simulator
            self._remote = simulator.control
            self._now = self._remote.now()
            self._processes["simulator"] = psutil.Process(simulator.pid)
            warm_up = _processor(self._processes["simulator"])
            world = World(
                self._remote, self._fleet, self._plan.seed, self._now, self._plan.every, self._plan.timeout + 2
            )
            self._world, self._result = (
                world,
                Result(self._plan, self._now, self._now, world, mids=len(self._fleet.mids)),
            )
            self._cures = Cures(self._work, self._fleet.inventory(simulator.instances), self._plan.timeout)
            self._early = self._now
            with Watch(self._work, simulator.instances, self._plan.interval, self._plan.timeout) as self._watch:
                self._processes["event source"] = self._watch.process
                try:
                    self._loop()
                finally:
                    self._cures.end()
                self._finish(warm_up)
        self._result.samples = self._samples.series
        self._result.wrong += [*world.wrong, *self._left.values()]
        return self._result

    # -- the loop

    def _loop(self) -> None:
        began = last = sampled = told = time.monotonic()
        end = began + 60 * self._plan.minutes
        while last < end or self._cures.running:
            real = time.monotonic()
            quiet = real > began + (end - began) * (1 - QUIET)
            self._move(real - last, quiet=quiet)
            last = real
            self._hear()
            self._cure(real)
            if self._watch.ended:
                raise RuntimeError(f"The event source has ended: {self._watch.complaints()[-3:]}")
            for name, process in self._processes.items():
                self._samples.see(growth.of_process(name, process))
            if real - sampled >= self._plan.sample:
                self._sample()
                sampled = real
            if real - told >= 60:
                self._progress(real - began)
                told = real
            time.sleep(max(0.0, TICK - (time.monotonic() - real)))
        self._result.seconds = time.monotonic() - began

    def _move(self, seconds: float, *, quiet: bool) -> None:
        """Let happen what is due, and advance the clock by what belongs to these real seconds."""
        rate = WITH_A_CURE if self._cures.running else self._plan.pace
        passed = timedelta(seconds=min(seconds, MOST) * rate)
        self._world.pass_time(self._now, quiet=quiet)
        before, began = self._now, time.monotonic()
        self._now = self._remote.advance(passed.total_seconds())
        if (taken := time.monotonic() - began) > BUSY:
            self._world.troubles.append(Trouble("", before, self._now))
            self._result.busy += taken
        self._cures.keep_time(self._now)
        self._world.look(self._now)

    def _hear(self) -> None:
        """Take the events: who is stuck, and who is healthy again."""
        stuck = self._world.open_stuck()
        lately = {
            one.host: one for one in self._world.stuck if one.cured and self._now - one.cured < timedelta(hours=5)
        }
        for event in self._watch.events():
            host, verdict = event["instance"], event["verdict"]
            self._result.events["reminder" if event["reminder"] else verdict] += 1
            if verdict == "stuck" and host in stuck:
                if stuck[host].named is None:
                    stuck[host].name(self._now)
            elif verdict == "stuck" and host not in lately:
                self._result.wrong.append(f"{host}: named as stuck, and it is not: {event['reason'][:200]}")
            elif verdict == "healthy" and host in lately:
                lately[host].told = self._now

    # -- cures

    def _cure(self, real: float) -> None:
        """Begin a run when a window opens for a cursor that was named, and now and then while all are closed."""
        if self._cures.ended(self._now, real):
            self._after_run()
        named = [one for one in self._world.open_stuck().values() if one.named]
        if not named or not self._cures.may_begin(self._now):
            return
        due = [one for one in named if one.window.is_open(self._now, NEEDS)]
        if due or self._now - self._early > EARLY:
            self._early = self._early if due else self._now
            self._result.runs["with an open window" if due else "with all windows closed"] += 1
            self._before, self._run_began = self._mine(), self._now
            self._cures.start(real)

    def _after_run(self) -> None:
        """Judge what the run wrote, what it said, and what it left open."""
        self._world.look(self._now)
        stuck = self._world.stuck
        calls, rows = self._remote.ledger(kind="write"), self._cures.outcomes()
        self._remote.clear_ledger()
        self._result.writes += len(calls)
        self._result.runs.update(cure["outcome"] for row in rows.values() for cure in row["cures"])
        said = judge.outcomes(self._cures.said(), rows, stuck, self._run_began)
        self._result.wrong += judge.writes(calls, stuck)
        self._result.wrong += [f"run {self._cures.count}: {problem}, see its log" for problem in said]
        for host, session in sorted(self._mine() - self._before):
            if not self._world.troubled(host, self._now - PAUSE):
                self._result.wrong.append(f"{host}: run {self._cures.count} has left session {session} open")

    def _mine(self) -> set[tuple[str, str]]:
        """The open sessions of the playbooks."""
        return {(one["instance"], one["session"]) for one in self._remote.sessions() if one["login"] == USER}

    # -- measuring

    def _sample(self) -> None:
        """See what is left open, and make a sample of what was seen."""
        old = self._now - timedelta(seconds=LEFT * self._plan.pace)
        left = judge.left_open(self._remote.sessions(origin="any"), old)
        self._note_left(left)
        if not self._cures.running:
            self._remote.clear_ledger()
        self._samples.see({"left behind: sessions": float(len(left))})
        self._samples.take()

    def _note_left(self, sessions: Iterable[Mapping[str, Any]]) -> None:
        """A fault may leave a session open, until it expires. Without one, nothing may."""
        for one in sessions:
            if not self._world.troubled(one["instance"], datetime.fromisoformat(one["opened"])):
                self._left[one["session"]] = f"{one['instance']}: a session of {one['login']} is left open"

    def _progress(self, seconds: float) -> None:
        stuck, latest = self._world.stuck, self._samples.latest
        wrong = [*self._result.wrong, *self._world.wrong, *self._left.values()]
        for problem in wrong:
            if problem not in self._told:
                self._told.append(problem)
                self._say(f"WRONG so far: {problem}")
        self._say(
            f"minute {seconds / 60:3.0f}: day {(self._now - self._result.began).days + 1} {self._now:%H:%M}, "
            f"{len(stuck)} stuck, {sum(bool(one.cured) for one in stuck)} cured in {self._cures.count} runs, "
            f"{len(self._world.others)} otherwise disturbed; event source {latest('event source: MB'):.0f} MB "
            f"{latest('event source: files'):.0f} files, simulator {latest('simulator: MB'):.0f} MB, "
            f"{latest('left behind: sessions'):.0f} sessions left; {len(wrong)} wrong"
        )

    def _finish(self, warm_up: float) -> None:
        """The last look, the processor time, and what the end of the event source leaves."""
        result = self._result
        result.ended, children, own = self._now, resource.getrusage(resource.RUSAGE_CHILDREN), os.times()
        result.processor = {
            **{name: _processor(process) for name, process in self._processes.items()},
            "playbooks": children.ru_utime + children.ru_stime,
            "the soak itself": own.user + own.system,
        }
        result.processor["simulator"] -= warm_up
        if status := self._watch.end():
            result.wrong.append(f"the event source ended with {status}")
        # Now there is nobody any more whose sessions these could be.
        self._note_left([one for one in self._remote.sessions() if one["login"] == WATCHER])
        result.wrong += self._world.unaided()
        result.wrong += [f"the event source said: {line[:300]}" for line in self._watch.complaints()]
        if complaints := self._simulator.complaints():
            result.wrong.append(f"the simulator complained: {complaints[-300:]}")


def _processor(process: psutil.Process) -> float:
    """Seconds of processor time so far."""
    times = process.cpu_times()
    return float(times.user + times.system)
