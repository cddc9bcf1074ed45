# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An undisturbed run, for its calls in the ledger: each of them can be disturbed."""

from __future__ import annotations

from pathlib import Path

from tests.chaos.fleets import MODES, stuck_name
from tests.chaos.scenarios import Scenario
from tests.chaos.trial import Trial


def undisturbed_calls(work: Path) -> dict[str, list[str]]:
    """By error management: the calls that a run makes to a stuck instance, in order. Raises AssertionError when it does
    not cure."""
    trial = Trial([Scenario("reference", mode, 0, "") for mode in MODES], work, 0)
    trial.server.start()
    try:
        run = trial.playbook("reference").finish()
        assert run.status == 0, run.output
        return {mode: [call["call"] for call in trial.server.remote.ledger(stuck_name(mode, 0))] for mode in MODES}
    finally:
        trial.server.stop()
