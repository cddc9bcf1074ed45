# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""A sweep that several processes share: threads wait together, but in one process the GIL serialises CPU work.

This process reads the first share, and a fork of it each other one. A fork notes its results, and the sessions that it
has opened, in a ledger (see ``_sweep/ledger.py``), so that nobody waits for a pipe. It ends by itself, as a sweep does.
If a fork was killed or could not be made, this process reads the missing instances, and closes the sessions that the
fork left open. The forks of a killed process end in order, with their logoffs.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
import typing as t
from collections.abc import Callable, Sequence
from dataclasses import replace
from multiprocessing import get_context

from ...module_utils._core.errors import ValidationError
from ...module_utils._core.interrupts import current, interruptible, join
from .ledger import Ledger, keep
from .threads import Look, Result, SweepLimits, SweepTarget, log_off, sweep, uninterrupted

#: Fewer instances are not worth a process.
LEAST_SHARE = 50
#: The number of processes by default: each takes up to 50 MB.
MOST_UNASKED = 4
#: Seconds that a fork may take beyond its deadline: for logoffs, and to write its results.
GRACE = 5.0

#: What a process does with its share before its threads begin: the targets as they are read, and the results of those
#: that are not.
Prepare = Callable[[Sequence[SweepTarget]], tuple[Sequence[SweepTarget], dict[str, Result]]]


def as_they_are(targets: Sequence[SweepTarget]) -> tuple[Sequence[SweepTarget], dict[str, Result]]:
    """Nothing has to be prepared."""
    return targets, {}


def processes_for(instances: int, limits: SweepLimits, wanted: int = 0) -> int:
    """How many processes share this many instances.

    :param wanted: the most; 0 for as many as there are processors, up to ``MOST_UNASKED``.
    :raises ValidationError: less than 0 are wanted.
    """
    if wanted < 0:
        raise ValidationError(f"processes must not be less than 0, and is {wanted}.")
    if not hasattr(os, "fork") or threading.active_count() > 1:
        return 1  # a fork would wait without end for a lock that another thread now holds
    return max(1, min(wanted or min(_processors(), MOST_UNASKED), instances // LEAST_SHARE, limits.concurrency))


def _processors() -> int:
    """The processors that this process may use, if the system tells."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def shared_sweep(
    targets: Sequence[SweepTarget],
    look: Look,
    limits: SweepLimits,
    wanted: int = 0,
    clock: Callable[[], float] = time.monotonic,
    prepare: Prepare = as_they_are,
) -> dict[str, Result]:
    """As ``sweep``, by as many processes as ``processes_for`` says. ``look`` must return data for JSON.

    :param prepare: in each process, for its share. It is no part of the deadline, and returns data for JSON too.
    """
    with interruptible(pass_on=True):
        return _shared(targets, look, limits, wanted, clock, prepare)


# Complex: whatever happens to a fork, it is interrupted, ended and, if necessary, replaced by this process.
def _shared(
    targets: Sequence[SweepTarget],
    look: Look,
    limits: SweepLimits,
    wanted: int,
    clock: Callable[[], float],
    prepare: Prepare,
) -> dict[str, Result]:
    count = processes_for(len(targets), limits, wanted)
    begun = clock()
    share = replace(limits, concurrency=limits.concurrency // count, start=-(-limits.start // count))
    forks: list[_Fork] = []
    try:
        for number in range(1, count):
            # OSError: the system allows no more processes, and this one reads the share below.
            with uninterrupted(), contextlib.suppress(OSError):
                forks.append(_Fork(targets[number::count], look, share, prepare))
        ready, found = prepare(targets[::count])
        until = clock() + limits.deadline
        # A fork has prepared about as much, and may have begun later.
        last = until + (clock() - begun) + GRACE
        found.update(sweep(ready, look, share, clock))
        left_open: dict[str, dict[str, t.Any]] = {}
        for fork in forks:
            results, sessions = fork.found(last - clock())
            found.update(results)
            left_open.update(sessions)
    except BaseException:
        for fork in forks:
            fork.interrupt()
        for fork in forks:
            fork.end(limits.instance_timeout + GRACE)
        raise
    for fork in forks:
        fork.end(0)
    if left_open:
        sessions_of = [SweepTarget(name, options["url"], options) for name, options in left_open.items()]
        sweep(sessions_of, log_off, replace(limits, deadline=GRACE), clock)
    if left := [target for target in targets if target.name not in found]:
        ready, more = prepare(left)
        found.update(more)
        found.update(sweep(ready, look, replace(limits, deadline=max(until - clock(), 0.001)), clock))
    return {target.name: found[target.name] for target in targets}


class _Fork:
    """A process that reads its share, made while Ctrl-C is deferred. Raises OSError when the fork fails."""

    def __init__(self, targets: Sequence[SweepTarget], look: Look, limits: SweepLimits, prepare: Prepare) -> None:
        self._ledger = Ledger()
        arguments = (targets, look, limits, prepare)
        self._process = get_context("fork").Process(target=self._work, args=arguments, daemon=True)
        try:
            self._process.start()
        except BaseException:
            self._ledger.close()
            raise

    def _work(self, targets: Sequence[SweepTarget], look: Look, limits: SweepLimits, prepare: Prepare) -> None:
        try:
            keep(self._ledger)
            current().adopt()
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
            ready, found = prepare(targets)
            for name, result in found.items():
                self._ledger.result(name, result)
            sweep(ready, look, limits, tell=self._ledger.result)
        except BaseException:
            # Whatever it is, also a Ctrl-C: it ends here in silence, and the other process reads what is missing.
            raise SystemExit(1) from None
        finally:
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})

    def found(self, seconds: float) -> tuple[dict[str, Result], dict[str, dict[str, t.Any]]]:
        """Its results until it ended, was killed, or made no progress for this many seconds; and the sessions that it
        left open, by name."""
        join(self._process, max(seconds, 0.0))
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        return self._ledger.read()

    def interrupt(self) -> None:
        """As Ctrl-C: begin nothing more."""
        pid = self._process.pid
        if pid is not None and self._process.is_alive():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGINT)

    def end(self, seconds: float) -> None:
        """End it within this many seconds."""
        self._process.join(seconds)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._process.close()
        self._ledger.close()
