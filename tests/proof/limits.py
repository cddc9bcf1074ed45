# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How long a disturbed task may take: as long as the guides say (recovery_guide, If an answer is lost), and no longer.

A task has two clocks. Answers come in real time: each attempt ends with its ``timeout``. All waits, those between two
attempts and those for a workflow, are in virtual time.
"""

from __future__ import annotations

import contextlib
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from types import FrameType

from tests.proof.jobs import Deadline, Job, Overdue, Place, Undisturbed

#: Real seconds: for an answer, and for a late one. A cell with a fault that waits takes a few of them.
TIMEOUT, LATE = 0.6, 0.9

#: The most attempts of one call, before and after the session has changed its instance, and the seconds for all.
ATTEMPTS, PATIENT_ATTEMPTS = 6, 18
REPEATED, PATIENTLY_REPEATED = 30.0, 60.0
#: Seconds for a Logoff.
LOGOFF = 2.0
#: Two periods of the workflow, ten minutes each: how long a cure waits for its proof.
PROOF = 1200.0
#: The work itself, by request, which grows with other work on the machine: so many times that of the undisturbed task,
#: and at least these real seconds.
BUSY, LEAST = 10, 0.5


@dataclass(frozen=True)
class Limit:
    """Seconds after which a task counts as hanging, by each clock; the real ones are more with ``each`` request."""

    real: float
    each: float
    virtual: float


def limit_of(job: Job, place: Place, known: Undisturbed) -> Limit:
    """How long this job may take when one fault strikes, wherever."""
    attempts = PATIENT_ATTEMPTS if job.writes else ATTEMPTS
    each = max(BUSY * known.seconds / len(known.calls), LEAST)
    return Limit(attempts * TIMEOUT + LOGOFF, each, known.passed + _waits(job, place, known))


def _waits(job: Job, place: Place, known: Undisturbed) -> float:
    """Virtual seconds: for one call again and again; for each order of the task and of its way back; for the proof."""
    options = {name: spec.get("default") for name, spec in job.operation.options.items()}
    given = {**options, **job.params(place)}
    for_order = given.get("order_timeout") or given.get("wait_timeout") or 0.0
    proofs = ("verify_timeout" in options) * (1 + bool(given.get("confirm")))
    repeated = PATIENTLY_REPEATED if job.writes else REPEATED
    return float(repeated + 2 * sum(known.written.values()) * for_order + proofs * PROOF)


@contextlib.contextmanager
def no_longer_than(place: Place, limit: Limit) -> Iterator[None]:
    """Whatever hangs here raises Overdue at its limit. It needs the main thread of a process: alarms come there."""

    began = time.monotonic()

    def until(number: int) -> float:
        return limit.real + limit.each * number

    def more(number: int) -> None:
        signal.setitimer(signal.ITIMER_REAL, max(began + until(number) - time.monotonic(), 0.001))

    def ring(_signal: int, _frame: FrameType | None) -> None:
        sent = len(place.sent)
        raise Overdue(f"it hangs: after {sent} requests {until(sent):.0f} s are over")

    place.deadline.until, place.deadline.more = place.world.passed + limit.virtual, more
    before = signal.signal(signal.SIGALRM, ring)
    more(1)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        place.deadline.until, place.deadline.more = Deadline.until, lambda _number: None
