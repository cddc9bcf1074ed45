# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""How long a change may take at most, by its own timeouts: what a change window must hold. Pure.

Every wait of a cure, of a backfill and of a restart is counted as long as it may be, and so is what puts things right
after it. The calls themselves are not counted, nor what a person does meanwhile: a cure that meets a person begins its
tries again (``turns.py``).
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .verify_timeout import run_timeout

if t.TYPE_CHECKING:
    from .turns import Tries


@dataclass(frozen=True)
class Timeouts:
    """How long each wait may take. Seconds.

    :param order: one order to a workflow, until it is carried out.
    :param verify: the proof, which is one run of the workflow.
    :param ask: one question to a mid.
    :param force: a stop that is not carried out is followed by an unconditional one.
    """

    order: float
    verify: float
    ask: float = 0.0
    force: bool = False

    @property
    def stop(self) -> float:
        """A stop, until it is carried out."""
        return self.order * (2 if self.force else 1)


def cure_seconds(tries: Tries, timeouts: Timeouts, *, confirm: bool = False) -> float:
    """The longest cure of one workflow: each run with a stop, a start and its proof, and the stop and the start with
    which all is put back."""
    runs, several = tries.most, int(tries.several)
    # Of a workflow with several cursors, a run that is on is waited for before the first order, and again where the
    # workflow is run as it stands.
    proofs = runs + several + int(tries.as_it_stands) + int(confirm)
    asked = (runs + several) * tries.planned
    return (runs + 1) * (timeouts.stop + timeouts.order) + proofs * timeouts.verify + asked * timeouts.ask


def backfill_seconds(windows: int, timeouts: Timeouts, *, max_run: float) -> float:
    """The longest backfill of one cursor: each window after a run that may be on, and then back to the last good
    cursor: a stop, a start, one more wait where the stop is late, and a run.

    :param windows: how many times the cursor is set back.
    """
    window = timeouts.order + run_timeout(timeouts.verify, max_run)
    return windows * window + timeouts.stop + 2 * timeouts.order + timeouts.verify + timeouts.ask


def restart_seconds(timeouts: Timeouts) -> float:
    """The longest restart of a workflow with its proof: an order that is on its way, a stop, a start, a run."""
    return timeouts.order + timeouts.stop + timeouts.order + timeouts.verify
