# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A reconcile that is interrupted when its first order has reached the server, with any ansible-core."""

from __future__ import annotations

import os
import signal

from simulator.testing import RunningSimulator
from tests.integration.runner import Ansible
from tests.integration.waiting import wait_for

#: Seconds for a run to come to its first order, and to end.
LONGEST = 120.0


def interrupted(ansible: Ansible, fleet: RunningSimulator, number: signal.Signals) -> tuple[int, list[str]]:
    """How the run ended, and what it said on its standard error. Time stands still, so the cure waits for the Stop."""
    path = ansible.work / "errors.txt"
    with path.open("wb") as errors:
        run = ansible.start("campaign.classic.reconcile", "-e", "mid_sourcing_apply=true", errors=errors)
        try:
            wait_for(lambda: fleet.ledger(kind="write") or run.poll() is not None, LONGEST)
            assert run.poll() is None, path.read_text(encoding="utf-8")
            os.kill(run.pid, number)
            status = run.wait(LONGEST)
        finally:
            if run.poll() is None:
                os.killpg(run.pid, signal.SIGKILL)
                run.wait()
    return status, path.read_text(encoding="utf-8").splitlines()


def check_last_line(ansible: Ansible, fleet: RunningSimulator, number: signal.Signals) -> None:
    """The last line says what may have been written and what to do next."""
    status, said = interrupted(ansible, fleet, number)
    assert status == (99 if number == signal.SIGINT else -number), said
    assert said[-1].startswith("reconcile was interrupted by "), said
    assert "stuck" in said[-1]
    assert "run the same command again" in said[-1]
    assert sum("was interrupted by" in line for line in said) == 1
