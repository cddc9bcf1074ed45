# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""A transport that ends by a moment: whatever is asked through it takes a bounded time, at the socket."""

from __future__ import annotations

import time
import typing as t
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from .._core.errors import TransportError
from .._http.transport import LOGOFF, host_of

if t.TYPE_CHECKING:
    from .._http.transport import HttpReply
    from .session import Transport


_LOGONS = ("xtk:session#Logon", "xtk:session#BearerTokenLogon")


@dataclass
class Reading:
    """How far the requests of a transport have come.

    :param asked: a request was begun; ``sent``: one may have arrived.
    :param logged_on: whether the logon was answered, or none was needed; ``answered``: how many calls after it.
    :param is_over: whether the time is.
    """

    asked: bool = False
    sent: bool = False
    logged_on: bool = False
    answered: int = 0
    is_over: bool = False

    def note(self, action: str) -> None:
        """A call was answered."""
        if action in _LOGONS:
            self.logged_on = True
        elif action != LOGOFF:
            self.logged_on, self.answered = True, self.answered + 1


#: See :class:`EndingTransport`.
Cut = Callable[[str, t.Optional[TransportError], Reading], t.Optional[TransportError]]


class EndingTransport:
    """A transport whose requests all end by a deadline, except the Logoff, which has a limit of its own.

    :param until: by the monotonic clock. To divide a time among several requests, set it again for each.
    :param over: makes the error for a request for which no time is left, from ``host:port``.
    :param late: the same for every request but the first one, where that is another error.
    :param cut: is asked first where a request has failed, or could not be made (then without an error): what to raise
        instead, or None.
    """

    def __init__(
        self,
        inner: Transport,
        until: float,
        clock: Callable[[], float] = time.monotonic,
        *,
        over: Callable[[str], TransportError],
        late: Callable[[str], TransportError] | None = None,
        cut: Cut | None = None,
    ) -> None:
        self._inner = inner
        self.until = until
        self._clock = clock
        self._over = over
        self._late = late or over
        self._cut: Cut = cut or (lambda _peer, _error, _came: None)
        self._failure: TransportError | None = None
        self._came = Reading()

    def post(
        self,
        url: str,
        body: bytes,
        headers: Mapping[str, str],
        *,
        timeout: float | None = None,
        max_idle: float | None = None,
    ) -> HttpReply:
        """As the transport's, within the time that is left.

        :raises TimedOut: there is none. An earlier failure says more, and is raised again instead.
        """
        if headers.get("SOAPAction") != LOGOFF:
            timeout = self._within(url, timeout)
        try:
            reply = self._inner.post(url, body, headers, timeout=timeout, max_idle=max_idle)
        except TransportError as error:
            self._failure = error
            self._came.sent = self._came.sent or error.reached == "maybe"
            self._came.is_over = self._clock() >= self.until
            instead = self._cut(host_of(url), error, self._came)
            if instead is not None:
                self._failure = instead
                raise instead from error
            raise
        self._failure = None
        self._came.note(headers.get("SOAPAction", ""))
        return reply

    def get(self, url: str, headers: Mapping[str, str], *, timeout: float | None = None) -> HttpReply:
        """As the transport's, within the time that is left. Raises TimedOut when there is none."""
        return self._inner.get(url, headers, timeout=self._within(url, timeout))

    def _within(self, url: str, timeout: float | None) -> float:
        left = self.until - self._clock()
        if left <= 0:
            raise self._failure or self._without_time(host_of(url))
        self._came.asked = True
        return left if timeout is None else min(timeout, left)

    def _without_time(self, peer: str) -> TransportError:
        return self._cut(peer, None, self._came) or (self._late if self._came.asked else self._over)(peer)

    def close(self) -> None:
        """Close the connection."""
        self._inner.close()
