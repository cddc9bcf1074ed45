# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The last line of a run that is interrupted while it writes: what may have been written, and what to do next.

Ansible runs no task after an interrupt, so the report does not come. This line does not replace it: it says where to
look. It is written directly to standard error, since a signal handler may write it.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import threading
import typing as t
from types import FrameType

from ...module_utils._core.interrupts import SIGNAL_NAMES

SignalHandler = t.Union[t.Callable[[int, t.Optional[FrameType]], t.Any], int, None]

#: The signals that end ansible-playbook.
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
#: A readable line has room for this many names of hosts.
_NAMED = 5


def notice(playbook: str, by: str, hosts: t.Sequence[str]) -> str:
    """The sentence.

    :param hosts: the hosts that the gate let through.
    """
    more = f" and {len(hosts) - _NAMED} more" if len(hosts) > _NAMED else ""
    return (
        f"{playbook} was interrupted by {by}. The workers end in order, within ten seconds. Cursors or workflows of "
        f"{', '.join(hosts[:_NAMED])}{more} may have been changed. 'ansible-playbook campaign.classic.runs' shows how "
        "far each host came; run the same command again to go on."
    )


class InterruptNotice:
    """Prints it when this process is interrupted, and passes the signal on to the previous handler.

    :param say: prints the line.
    """

    def __init__(self, say: t.Callable[[str], None] | None = None) -> None:
        self._say = say or _to_stderr
        self._process = os.getpid()
        self._playbook = ""
        self._hosts: t.Sequence[str] = ()
        self._by = ""
        self._before: dict[int, SignalHandler] = {}

    def begin(self, playbook: str, hosts: t.Sequence[str]) -> None:
        """From now on the run writes to these hosts."""
        self._playbook, self._hosts = playbook, hosts
        if not hosts or self._before or threading.current_thread() is not threading.main_thread():
            return
        for number in _SIGNALS:
            handler = signal.getsignal(number)
            if handler not in (signal.SIG_IGN, None):
                self._before[number] = handler
                signal.signal(number, self._on_signal)
        atexit.register(self._at_exit)

    def end(self) -> None:
        """The writing play is over: the report says the rest."""
        self._hosts = ()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        before = self._before[number]
        signal.signal(number, before)
        if os.getpid() == self._process:
            self._by = SIGNAL_NAMES[signal.Signals(number)]
            if number != signal.SIGINT:
                self._at_exit()  # this process does not get that far
        if callable(before):
            before(number, frame)
        else:
            os.kill(os.getpid(), number)

    def _at_exit(self) -> None:
        if self._by and self._hosts and os.getpid() == self._process:
            self._say(notice(self._playbook, self._by, self._hosts))
            self._by = ""


def _to_stderr(line: str) -> None:
    with contextlib.suppress(OSError):  # nobody reads it any more
        os.write(2, f"{line}\n".encode())
