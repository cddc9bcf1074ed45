# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""Ends an operation cleanly and within seconds after a signal, or when its parent process ends.

A signal only sets a flag. Where nothing is half done, before the next request and in a wait, the flag raises
:class:`Interrupted` once. A request under way may finish, since its answer says what became of it; one that takes
longer than ``GRACE`` is abandoned. From then on everything must fit into the rest of ``SECONDS``, except the Logoff,
which has a limit of its own. Then the signal is sent again, to the original handler.

Ansible sends a worker a second signal right after the first: a Ctrl-C is followed by SIGTERM. So one within
``AGAIN`` seconds belongs to the first; a later one ends the process immediately.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
import typing as t
from collections.abc import Iterator

from .errors import CampaignError, TimedOut

#: Seconds from the signal to the end, the Logoff included; of these, for a request under way; of these, reserved for
#: the Logoff; and for which a further signal counts as the same one.
SECONDS, GRACE, FOR_LOGOFF, AGAIN = 10.0, 3.0, 2.5, 2.0

#: A wait checks the flag after so many seconds.
_LOOK = 0.2

#: What people call the signals that end a run.
SIGNAL_NAMES = {
    signal.SIGINT: "Ctrl-C (SIGINT)",
    signal.SIGTERM: "SIGTERM",
    signal.SIGHUP: "SIGHUP",
    signal.SIGALRM: "the timeout of the task",
}
_ORPHANED = "the end of the process that started it"


class WasInterrupted(CampaignError):
    """The operation was interrupted, and ended cleanly."""

    kind = "interrupted"


class Interrupted(BaseException):
    """Ends an operation. ``except Exception`` does not catch it: code that undoes something on the way out names it.

    :param by: what ended it, for messages.
    :param under_way: a request may have been sent without its answer being known.

    ``left``: sentences on what was done about it.
    """

    def __init__(self, by: str, *, under_way: bool = False) -> None:
        super().__init__(f"Interrupted by {by}.")
        self.under_way = under_way
        self.left = ""

    def as_error(self) -> WasInterrupted:
        """The same as an error, for a result."""
        return WasInterrupted(f"{self} {self.left}".strip(), next_step="Run the same again.")


class Interrupts:
    """The signals that an operation gets while it runs.

    :param parent: the process that started this one; the operation ends when it is gone. None: not checked.
    """

    def __init__(self, parent: int | None = None) -> None:
        self._parent = parent
        self._by = ""
        self._signal = 0
        self._since = 0.0
        self._told = False
        self._sending = False
        self._before: dict[int, t.Any] = {}

    def listen(self) -> None:
        """Install the handlers. A signal that is ignored, such as SIGHUP under nohup, stays ignored."""
        for number in SIGNAL_NAMES:
            before = signal.getsignal(number)
            if before not in (signal.SIG_IGN, None):
                self._before[number] = before
                signal.signal(number, self._on_signal)

    def leave(self) -> None:
        """Restore the original handlers."""
        if self._by:
            signal.setitimer(signal.ITIMER_REAL, 0)
        for number, before in self._before.items():
            signal.signal(number, before)

    def adopt(self) -> None:
        """In a fork of this process: end when the process that made it is gone, and not the one above that."""
        self._parent = os.getppid()

    def pass_on(self) -> None:
        """Let the process end as it would have: send the signal to the restored handler.

        So does a process whose parent is gone, however well it ended: nobody takes its result, and Ansible's pipe would
        block it without end once it is full.
        """
        if not self._by and self._is_orphan():
            self._by, self._signal = _ORPHANED, signal.SIGTERM
        if self._by:
            try:
                os.kill(os.getpid(), self._signal)
            except BaseException as error:
                # Python's own for Ctrl-C, or Ansible's for a timeout. The interruption is not its context.
                raise error from None

    def _on_signal(self, number: int, _frame: t.Any) -> None:
        if not self._by:
            self._begin(number, SIGNAL_NAMES[signal.Signals(number)])
        elif number == signal.SIGALRM:
            if self._sending and not self._told:
                self._tell(under_way=True)
        elif time.monotonic() - self._since > AGAIN:
            self.leave()
            os.kill(os.getpid(), number)

    def _begin(self, number: int, by: str) -> None:
        self._by, self._signal, self._since = by, number, time.monotonic()
        if signal.SIGALRM in self._before:
            signal.setitimer(signal.ITIMER_REAL, GRACE)

    def _tell(self, *, under_way: bool = False) -> t.NoReturn:
        self._told = True
        raise Interrupted(self._by, under_way=under_way)

    def check(self) -> None:
        """Raise Interrupted once when the operation must end. Does nothing outside the main thread."""
        if threading.current_thread() is not threading.main_thread():
            return
        if not self._by and self._is_orphan():
            self._begin(signal.SIGTERM, _ORPHANED)
        if self._by and not self._told:
            self._tell()

    def _is_orphan(self) -> bool:
        return self._parent is not None and os.getppid() != self._parent

    def left(self) -> float | None:
        """Seconds left for the remaining work, without the Logoff; None if the operation was not interrupted."""
        return max(0.0, self._since + SECONDS - FOR_LOGOFF - time.monotonic()) if self._told else None

    @contextlib.contextmanager
    def request(self, seconds: float, peer: str) -> Iterator[float]:
        """A context in which a request is under way; yields the seconds that it may take.

        :raises Interrupted: the operation must end. Nothing was sent.
        :raises TimedOut: it is ending, and no time is left.
        """
        self.check()
        left = self.left()
        if left == 0:
            late = TimedOut(f"No time was left for a request to {peer}.", reached="no")
            late.transient = False
            raise late
        self._sending = True
        try:
            yield seconds if left is None else min(seconds, left)
        finally:
            self._sending = False


class _Over(Interrupts):
    """An operation that has no time left."""

    def left(self) -> float:
        """None."""
        return 0.0


class _Joined(t.Protocol):
    """A thread, or a process."""

    def is_alive(self) -> bool:
        """Whether it runs."""

    def join(self, timeout: float | None = None) -> None:
        """Wait for it."""


#: One per process, as signals are.
_NOBODY = Interrupts()
_current = _NOBODY


@contextlib.contextmanager
def cut_short() -> Iterator[None]:
    """A context in which no thread of this process sends anything but its Logoff. Requests under way end."""
    global _current  # noqa: PLW0603  # one per process, as signals are
    before, _current = _current, _Over()
    try:
        yield
    finally:
        _current = before


def join(thread: _Joined, seconds: float | None = None) -> None:
    """Wait for a thread or a process to end, with a limit. Raises Interrupted."""
    until = None if seconds is None else time.monotonic() + seconds
    while thread.is_alive():
        current().check()
        rest = _LOOK if until is None else until - time.monotonic()
        if rest <= 0:
            return
        thread.join(min(rest, _LOOK))


def current() -> Interrupts:
    """The interrupts of this process; those that never happen if no handler is installed."""
    return _current


def pause(seconds: float) -> None:
    """Wait, as ``time.sleep`` does, but no longer than the operation may go on. Raises Interrupted."""
    interrupts = current()
    if interrupts is _NOBODY:
        time.sleep(seconds)
        return
    until = time.monotonic() + seconds
    while True:
        interrupts.check()
        left = interrupts.left()
        rest = until - time.monotonic()
        if rest <= 0 or left == 0:
            return
        time.sleep(min(rest, _LOOK, _LOOK if left is None else left))


@contextlib.contextmanager
def interruptible(*, pass_on: bool) -> Iterator[None]:
    """Run an operation that ends cleanly on a signal. Outside the main thread it runs without
    handlers.

    :param pass_on: afterwards the process ends as the signal would have ended it. Otherwise it continues, to
        return a result.
    """
    global _current  # noqa: PLW0603  # one per process, as signals are
    if threading.current_thread() is not threading.main_thread() or _current is not _NOBODY:
        yield
        return
    # Only a fork of Ansible must end together with the process that started it.
    # A process that has not imported this is no fork of it, and importing it takes 8 ms.
    forks = sys.modules.get("multiprocessing")
    parent = forks.parent_process() if forks is not None else None
    interrupts = Interrupts(None if parent is None or not pass_on else parent.pid)
    try:
        _current = interrupts
        interrupts.listen()
        yield
    finally:
        interrupts.leave()
        _current = _NOBODY
        if pass_on:
            interrupts.pass_on()
