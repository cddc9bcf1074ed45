# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""An operation that is told to end, ends in order and within seconds: by a signal, or by the end of its parent.

A signal only leaves word. It is taken up where nothing is half done: before the next request, and in a wait, by raising
:class:`Interrupted` once. A request that is under way may end, since its answer says what became of it; one that takes
longer than ``GRACE`` is left alone. From then on everything is bounded by what is left of ``SECONDS``, save the logoff,
which has a cap of its own. Then the signal is sent once more, to whoever would have had it.

Ansible sends a worker one signal for another: a Ctrl-C is followed by SIGTERM at once. So one that comes within
``AGAIN`` belongs to the first; a later one ends the process without more ado.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
import time
import typing as t
from collections.abc import Iterator

from .errors import CampaignError, TimedOut

#: Seconds from the word to the end, the logoff included; what of them a request under way may take; what is kept for
#: the logoff; within how many a further signal is the same one.
SECONDS, GRACE, GOODBYE, AGAIN = 10.0, 3.0, 2.5, 2.0

#: A wait looks up after so many seconds.
_LOOK = 0.2

_WORDS = {
    signal.SIGINT: "Ctrl-C (SIGINT)",
    signal.SIGTERM: "SIGTERM",
    signal.SIGHUP: "SIGHUP",
    signal.SIGALRM: "the timeout of the task",
}
_ORPHANED = "the end of the process that had begun it"


class WasInterrupted(CampaignError):
    """The operation was told to end, and has ended in order."""

    kind = "interrupted"


class Interrupted(BaseException):
    """Ends an operation. No ``except Exception`` sees it: whoever undoes something on the way out names it.

    :param by: who wanted it, for a sentence.
    :param under_way: a request may have been sent whose answer is not known.

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
    """What an operation is told while it runs.

    :param parent: the process that began this one; the operation ends when it is gone. None for whichever.
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
        """Take the signals. One that is ignored, as SIGHUP is under nohup, stays ignored."""
        for number in _WORDS:
            before = signal.getsignal(number)
            if before not in (signal.SIG_IGN, None):
                self._before[number] = before
                signal.signal(number, self._on_signal)

    def leave(self) -> None:
        """Give the signals back."""
        if self._by:
            signal.setitimer(signal.ITIMER_REAL, 0)
        for number, before in self._before.items():
            signal.signal(number, before)

    def pass_on(self) -> None:
        """Let the process end as it would have: send the signal to whoever has it now."""
        if self._by:
            try:
                os.kill(os.getpid(), self._signal)
            except BaseException as error:
                # Python's own for Ctrl-C, or Ansible's for a timeout. What has been ended meanwhile is no part of it.
                raise error from None

    def _on_signal(self, number: int, _frame: t.Any) -> None:
        if not self._by:
            self._begin(number, _WORDS[signal.Signals(number)])
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
        """Raise Interrupted, once, when the operation is to end. Nothing in a thread beside the process's first."""
        if threading.current_thread() is not threading.main_thread():
            return
        if not self._by and self._parent is not None and os.getppid() != self._parent:
            self._begin(signal.SIGTERM, _ORPHANED)
        if self._by and not self._told:
            self._tell()

    def left(self) -> float | None:
        """Seconds that are left for what is still to be done, the logoff aside; None while nobody has told to end."""
        return max(0.0, self._since + SECONDS - GOODBYE - time.monotonic()) if self._told else None

    @contextlib.contextmanager
    def request(self, seconds: float, peer: str) -> Iterator[float]:
        """While this lasts, a request is under way; gives the seconds that it may take.

        :raises Interrupted: the operation is to end. Nothing was sent.
        :raises TimedOut: it is ending, and no time is left.
        """
        self.check()
        left = self.left()
        if left == 0:
            late = TimedOut(f"No time was left to ask {peer}.", reached="no")
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


#: Of this process: signals are the process's, too.
_NOBODY = Interrupts()
_current = _NOBODY


@contextlib.contextmanager
def cut_short() -> Iterator[None]:
    """While this lasts, no thread of this process sends anything more but its logoff: what is under way ends."""
    global _current  # noqa: PLW0603  # there is one for the process, as of its signals
    before, _current = _current, _Over()
    try:
        yield
    finally:
        _current = before


def join(thread: _Joined, seconds: float | None = None) -> None:
    """Wait for a thread or a process to end, at most so long. Raises Interrupted."""
    until = None if seconds is None else time.monotonic() + seconds
    while thread.is_alive():
        current().check()
        rest = _LOOK if until is None else until - time.monotonic()
        if rest <= 0:
            return
        thread.join(min(rest, _LOOK))


def current() -> Interrupts:
    """What the operation of this process is told; nothing where nobody listens."""
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
    """Run an operation that ends in order when it is told to; everywhere but in a process's main thread, run it as it
    is.

    :param pass_on: afterwards the process ends as the signal would have ended it. Without, it goes on: it has a result
        to hand over.
    """
    global _current  # noqa: PLW0603  # there is one for the process, as of its signals
    if threading.current_thread() is not threading.main_thread() or _current is not _NOBODY:
        yield
        return
    # Only a fork of Ansible's has no business without the process that began it.
    parent = multiprocessing.parent_process()
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
