# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""When a call is sent again, and after how long. Pure: clock, sleep and chance are given.

One rule for all: a read or a logon without a SOAP answer is sent again until its time is over, whatever came
instead: nothing, half of it, a web page, a redirect, another method's answer. A write is sent again only if
it cannot have reached the server; for any other the caller reads the state and decides. An answer of Campaign
itself (a fault, a refusal) is final.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, replace

from .._core.errors import (
    REFUSED_STATUSES,
    CampaignError,
    HttpStatusError,
    NotAsked,
    ProtocolError,
    TimedOut,
    TransportError,
)
from .methods import MethodClass

if t.TYPE_CHECKING:
    from collections.abc import Callable

Answered = t.TypeVar("Answered")


@dataclass(frozen=True)
class RetryPolicy:
    """How often and for how long a call is tried.

    :param attempts: the most attempts, including the first.
    :param answered: the same if something else answered instead of the server, such as a proxy with a page: the
        network works, and another attempt costs little.
    :param base: seconds; the wait before attempt ``n + 1`` is drawn uniformly from 0 to ``base * 2 ** (n - 1)`` ("full
        jitter"), so that the hosts of a fleet do not repeat at the same moment.
    :param cap: seconds; the longest such wait.
    :param total: seconds from the beginning of the first attempt within which all of them end, except that the first
        may take the transport's whole timeout.
    """

    attempts: int = 3
    answered: int = 6
    base: float = 0.5
    cap: float = 8.0
    total: float = 30.0

    def wait(self, attempt: int, chance: float, retry_after: float | None = None) -> float:
        """Seconds to wait after a failed ``attempt`` (from 1), for ``chance`` from 0 to 1; never less than the server
        asked for."""
        return max(chance * min(self.cap, self.base * 2.0 ** (attempt - 1)), retry_after or 0.0)

    def patient(self) -> RetryPolicy:
        """The policy for a session that has changed its instance. Giving up then means undoing a partial change, and a
        restarting web server is back in half a minute. A single attempt stays one."""
        if self.attempts == 1:
            return self
        attempts, answered = PATIENCE * self.attempts, PATIENCE * self.answered
        return replace(self, attempts=attempts, answered=answered, total=2 * self.total)

    def limit(self, error: CampaignError) -> int:
        """The most attempts after this error."""
        foreign = isinstance(error, (ProtocolError, HttpStatusError)) and self.attempts > 1
        return max(self.answered, self.attempts) if foreign else self.attempts


#: The factor for attempts once something was changed.
PATIENCE = 3


def may_repeat(kind: MethodClass, error: CampaignError) -> bool:
    """Whether the same call may be sent again: a write only if it cannot have reached the server, or it could be
    done twice.

    A logon that a web page refuses is not repeated: too many of those lock an operator out.
    """
    if not isinstance(error, TransportError) or not error.transient:
        return False
    if kind is MethodClass.WRITE:
        return error.reached == "no"
    return kind is MethodClass.READ or getattr(error, "status", None) not in REFUSED_STATUSES


def without_frames(error: CampaignError) -> CampaignError:
    """The same error without the frames it has passed: they hold the answer, as bytes and as a tree, until the next one
    is there."""
    error.__cause__ = error.__context__ = None
    return error.with_traceback(None)


@dataclass(frozen=True)
class Retrier:
    """Applies a policy.

    :param clock: monotonic seconds.
    :param sleep: waits for seconds.
    :param random: a uniform number from 0 to 1.
    """

    policy: RetryPolicy
    clock: Callable[[], float]
    sleep: Callable[[float], None]
    random: Callable[[], float]

    def run(self, kind: MethodClass, attempt: Callable[[int, float | None], Answered]) -> Answered:
        """The result of the first attempt that succeeds.

        :param attempt: called with its number (from 1) and its seconds; ``None`` for the transport's timeout.
        :raises CampaignError: the last one, if no attempt is left or allowed, or the next would come too late. It
            counts the attempts. An attempt without enough time says less than the one before it.
        """
        started = self.clock()
        number = 1
        left: float | None = None
        earlier: list[CampaignError] = []
        while True:
            try:
                return attempt(number, left)
            except CampaignError as error:
                if earlier and isinstance(error, (TimedOut, NotAsked)) and error.reached == "no":
                    raise earlier[-1] from error
                error.attempts = number
                if number >= self.policy.limit(error) or not may_repeat(kind, error):
                    raise
                wait = self.policy.wait(number, self.random(), getattr(error, "retry_after", None))
                left = self.policy.total - (self.clock() - started) - wait
                if left <= 0:
                    raise
                earlier = [without_frames(error)]
            self.sleep(wait)
            number += 1
