# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""A sweep that several processes share: threads wait together, but in one process the GIL serialises CPU work.

The first share is read by this process, each other one by a fork of it. A fork notes what it found, and which sessions
it has opened, in a ledger (see ``_sweep/ledger.py``), so that nobody waits for a pipe. It ends by itself, as a sweep
does. Whatever it did not note, because it was killed or could not be made, is read here, and the sessions that it left
open are closed. The forks of a process that is killed end in order, with their logoffs.
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
#: Processes, when nobody says how many: each takes up to 50 MB.
MOST_UNASKED = 4
#: Seconds that a fork may take beyond its deadline: for logoffs, and to write down what it found.
GRACE = 5.0


def processes_for(instances: int, limits: SweepLimits, wanted: int = 0) -> int:
    """How many processes share so many instances.

    :param wanted: the most; 0 for as many as there are processors, up to ``MOST_UNASKED``.
    :raises ValidationError: less than 0 are wanted.
    """
    if wanted < 0:
        raise ValidationError(f"processes must not be less than 0, and is {wanted}.")
    if not hasattr(os, "fork") or threading.active_count() > 1:
        return 1  # a fork would wait without end for a lock that another thread holds in this moment
    return max(1, min(wanted or min(_processors(), MOST_UNASKED), instances // LEAST_SHARE, limits.concurrency))


def _processors() -> int:
    """Those that this process may use, where the system tells."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def shared_sweep(
    targets: Sequence[SweepTarget],
    look: Look,
    limits: SweepLimits,
    wanted: int = 0,
    clock: Callable[[], float] = time.monotonic,
) -> dict[str, Result]:
    """As ``sweep``, by as many processes as ``processes_for`` says. What ``look`` returns must be data for JSON."""
    with interruptible(pass_on=True):
        return _shared(targets, look, limits, wanted, clock)


# Complex: whatever happens to a fork, it is interrupted, ended and, if need be, done without.
def _shared(
    targets: Sequence[SweepTarget], look: Look, limits: SweepLimits, wanted: int, clock: Callable[[], float]
) -> dict[str, Result]:
    count = processes_for(len(targets), limits, wanted)
    until = clock() + limits.deadline
    share = replace(limits, concurrency=limits.concurrency // count, start=-(-limits.start // count))
    forks: list[_Fork] = []
    try:
        for number in range(1, count):
            # OSError: the system allows no more, and what would be its share is read below.
            with uninterrupted(), contextlib.suppress(OSError):
                forks.append(_Fork(targets[number::count], look, share))
        found = sweep(targets[::count], look, share, clock)
        left_open: dict[str, dict[str, t.Any]] = {}
        for fork in forks:
            results, sessions = fork.found(until + GRACE - clock())
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
        found.update(sweep(left, look, replace(limits, deadline=max(until - clock(), 0.001)), clock))
    return {target.name: found[target.name] for target in targets}


class _Fork:
    """A process that reads its share, made while Ctrl-C is held back. Raises OSError when it cannot be made."""

    def __init__(self, targets: Sequence[SweepTarget], look: Look, limits: SweepLimits) -> None:
        self._ledger = Ledger()
        self._process = get_context("fork").Process(target=self._work, args=(targets, look, limits), daemon=True)
        try:
            self._process.start()
        except BaseException:
            self._ledger.close()
            raise

    def _work(self, targets: Sequence[SweepTarget], look: Look, limits: SweepLimits) -> None:
        try:
            keep(self._ledger)
            current().adopt()
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
            sweep(targets, look, limits, tell=self._ledger.result)
        except BaseException:
            # Whatever it is, a Ctrl-C too: it ends here without a word, and the other process reads what is not there.
            raise SystemExit(1) from None
        finally:
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})

    def found(self, seconds: float) -> tuple[dict[str, Result], dict[str, dict[str, t.Any]]]:
        """What it found until it ended, was killed, or stood still for so many seconds; and the sessions that it has
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
        """See that it is gone, within so many seconds."""
        self._process.join(seconds)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._process.close()
        self._ledger.close()
