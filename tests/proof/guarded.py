# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a guarded playbook says, in each mode, when it had something to do and has withheld it.

Its hosts stand in the words: on a fleet with nothing to do no playbook says them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tests.guards.world import EARLIER
from tests.proof.books import READ_ONLY


@dataclass(frozen=True)
class Words:
    """A regular expression for the last words of a run, and its exit status."""

    says: str
    status: int = 0


_NOTHING = ".*PLAN ONLY: nothing was written"
_CURES = Words(rf"2 hosts would be cured now: ignoring, stuck\.{_NOTHING}")
_READ_ONLY = "session is read-only"


def _withheld(foretold: str, refused: str) -> Mapping[str, Words]:
    """What check mode foretells, and what is said of the read-only refusal, which is a failure of the run."""
    return {"foretold": Words(foretold + _NOTHING), "refused": Words(refused, 2)}


#: By playbook. One that only reads says the same in every mode.
WORDS: Mapping[str, Mapping[str, Words]] = {
    "detect": {"foretold": _CURES},
    "plan": {"foretold": _CURES},
    "reconcile": _withheld(
        r"2 hosts would be cured now: ignoring, stuck\.",
        rf"ignoring refused Would move .*{_READ_ONLY}.* stuck refused Would move .*{_READ_ONLY}.* 2 failed\.",
    ),
    "rollback": _withheld(r"Would roll back: ignoring, stuck\.", rf"{_READ_ONLY}.*FAILED: ignoring, stuck\."),
    "backfill": _withheld(r"Would backfill: ignoring, stuck\.", rf"{_READ_ONLY}.*FAILED: ignoring\."),
    "restart_event_status": _withheld(r"Would change: frozen\.", rf"{_READ_ONLY}.*planned: restart.*FAILED: frozen\."),
    "repull_tracking": _withheld(r"Would change: control\.", rf"{_READ_ONLY}.*planned: MC_.*FAILED: control\."),
    # It asks no server: it reads the evidence of the run before.
    "runs": {"foretold": Words(rf"{EARLIER}: cure .* 2 cured")},
}


def words_of(playbook: str, mode: str) -> Words:
    """What this playbook has to say in this mode. Check mode comes first where both are given."""
    its = WORDS[playbook]
    return its["refused"] if mode == READ_ONLY and "refused" in its else its["foretold"]
