# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A job that is cancelled is killed with its container, disk and all; the next one ends healthy all the same."""

from __future__ import annotations

import contextlib

import psutil
import pytest

from simulator.testing import RunningSimulator
from tests.integration.fleets import WORKFLOW
from tests.runner.jobs import Awx

#: With the mark, the server alone tells the next job what was done.
CURE = {"mid_sourcing_apply": "true", "mid_sourcing_mark": "true", "mid_sourcing_poll_interval": "0.2"}


def kill_all() -> None:
    """What the end of a container does to its processes, also to those that have left ansible-playbook's group."""
    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            child.kill()


@pytest.mark.parametrize("method", ["*#Stop", pytest.param("*#Start", marks=pytest.mark.every_job)])
def test_next_job_ends_healthy_after_one_that_was_cancelled_in_the_middle_of_a_cure(
    method: str, awx: Awx, sim: RunningSimulator
) -> None:
    rule = sim.fault("hold", instance="stuck", method=method, executed=True)

    def cancelled() -> bool:
        if not sim.faults()[rule]["held"]:
            return False
        kill_all()
        return True

    first = awx.cancelled_job("reconcile", cancelled, **CURE)
    assert first.status == "canceled", first.stdout
    assert "Run " not in first.closing
    sim.clear_faults()
    second = awx.job("reconcile", **CURE)
    assert second.status == "successful", second.stdout
    assert "1 cured." in second.closing
    assert sim.workflow("stuck", WORKFLOW)["state"] == 11
    last = awx.job("detect")
    assert last.artifacts["mid_sourcing_outcome"]["verdicts"] == {"healthy": 2, "not_applicable": 1}
