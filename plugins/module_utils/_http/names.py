# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The addresses of a host name, within a deadline.

The resolver of the operating system cannot be interrupted: while no name server answers, it may take minutes. So a
thread of its own asks it, and whoever needs the name waits no longer than there is time. Such a thread is a daemon that
nobody joins: a process ends without it, and so does a fork. It holds no lock, so that Ansible may fork meanwhile.
"""

from __future__ import annotations

import socket
import threading
import typing as t

from .._core.errors import TimedOut

Addresses = list[tuple[t.Any, ...]]


class NameUnanswered(TimedOut):
    """No name server answered in time. Nothing was sent, and it says nothing of the instance."""

    kind = "unresolved"
    transient = False


class _Lookup(threading.Thread):
    """Asks the resolver once, however long that takes."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(name="campaign-name", daemon=True)
        self._place = host, port
        self.found: Addresses = []
        self.error: Exception | None = None

    def run(self) -> None:
        """Ask."""
        try:
            self.found = _ask(*self._place)
        except Exception as error:  # whoever waits raises it
            self.error = error


#: What is asked now, or was a moment ago. Several that need one name wait for one answer.
_asking: dict[tuple[str, int], _Lookup] = {}


def addresses(where: str, host: str, port: int, seconds: float) -> Addresses:
    """As ``socket.getaddrinfo`` for TCP, within so many seconds.

    :param where: the peer, for the message.
    :raises NameUnanswered: nobody has answered by then.
    :raises OSError: and UnicodeError, as ``socket.getaddrinfo``.
    """
    if _is_numeric(host):
        return _ask(host, port)
    lookup = _asking.get((host, port))
    if lookup is None or not lookup.is_alive():
        lookup = _Lookup(host, port)
        try:
            lookup.start()
        except RuntimeError:  # the system allows no more threads
            return _ask(host, port)
        _asking[host, port] = lookup
    lookup.join(seconds)
    if lookup.is_alive():
        raise NameUnanswered(
            f"{where} was not asked: no name server said within {seconds:.3g} seconds which address {host} has.",
            reached="no",
            next_step="Check the name servers of the machine that runs this task, and the host name in the URL.",
        )
    _asking.pop((host, port), None)
    if lookup.error is not None:
        raise lookup.error
    return lookup.found


def _ask(host: str, port: int) -> Addresses:
    return t.cast("Addresses", socket.getaddrinfo(host, port, socket.AF_UNSPEC, socket.SOCK_STREAM))


def _is_numeric(host: str) -> bool:
    """Whether a host is an address already, for which nobody is asked."""
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            socket.inet_pton(family, host)
        except (OSError, ValueError):
            continue
        return True
    return False
