# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""Why the reading of an instance ended too early, and how far it had come.

What ends it may lie with the instance: it had all its own time (``instance_timeout``), and that was too little. Or with
the machine that asks: the deadline of the sweep, or too little memory, or too few open files. That says nothing of the
instance, so it is no verdict on it: it is ``not_asked``, and the sentence says how far the reading had come.
"""

from __future__ import annotations

import typing as t

from ...module_utils._core.errors import NotAsked, TimedOut, TransportError
from ...module_utils._http.names import NameUnanswered

if t.TYPE_CHECKING:
    from ...module_utils._client.deadline import Reading

#: The most queries that a diagnosis asks an instance.
QUERIES = 4
#: In brackets, so that a playbook says its own variables instead (role_words).
_WAIT_LONGER = (
    "Raise the time of the whole sweep (deadline), or how many are asked at once (concurrency). If only the instance "
    "is slow, raise instance_timeout."
)


class EndOfSweep(float):
    """A moment of the monotonic clock at which the whole sweep ends, before an instance has had all its own time."""


class OutOfTime(TimedOut):
    """The time was over before all was asked that is asked: that says nothing of the instance."""

    kind = NotAsked.kind


def out_of_time(peer: str) -> OutOfTime:
    """The error for an instance for which no time was left."""
    return OutOfTime(f"{peer} was not asked: the time of the sweep was over.", reached="no", next_step=_WAIT_LONGER)


def late(peer: str) -> TimedOut:
    """The error for an instance whose own time was over in the middle."""
    return TimedOut(
        f"{peer} was not asked all that it is asked in a sweep: its time was over.",
        reached="no",
        next_step="Raise instance_timeout if only the instance is slow, or the time of the whole sweep (deadline).",
    )


def cut_off(until: float) -> t.Callable[[str, TransportError | None, Reading], TransportError | None]:
    """What the transport of an instance calls where a request has failed, or could not be made for lack of time.

    :param until: when its time is over.
    :returns: a function of ``host:port``, the error or None, and how far the reading had come: the error to raise
        instead, or None.
    """

    def told(peer: str, error: TransportError | None, came: Reading) -> TransportError | None:
        if isinstance(error, NameUnanswered):
            return None
        if isinstance(error, NotAsked):
            if came.logged_on:
                error.message = f"{error.message.rstrip('.')}; until then: {how_far(came)}."
            return None
        if not isinstance(until, EndOfSweep) or not (error is None or came.is_over):
            return None
        if not (came.asked or error):
            return out_of_time(peer)
        ended = OutOfTime(
            f"{peer} was not asked all that it is asked: {how_far(came)}, then the deadline of the sweep ended.",
            reached=error.reached if error is not None else "no",
            next_step=_WAIT_LONGER,
        )
        ended.transient = False  # there is no later moment
        return ended

    return told


def how_far(came: Reading) -> str:
    """How far a reading came, in words."""
    if not came.logged_on:
        return "the logon had no answer yet" if came.sent else "no connection was made yet"
    return f"logged on, {came.answered} of at most {QUERIES} queries answered"
