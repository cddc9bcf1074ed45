# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The events of a job stay below what AWX keeps, whatever the fleet: a larger result would be lost silently."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.bench import floor
from tests.bench.measure import serving
from tests.bench.record import record
from tests.runner.jobs import FIGURES, Awx

#: Hosts, those of them that are stuck, and the playbooks. What grows is the number of events: one for each of those.
FLEETS = [
    (120, 3, ("detect",)),
    pytest.param(1000, 20, ("detect", "plan", "reconcile"), marks=pytest.mark.every_job),
]
#: Bytes of the largest result of a task.
LARGEST = 20_000


@pytest.mark.timeout(900)
@pytest.mark.parametrize(("hosts", "stuck", "playbooks"), FLEETS)
def test_no_event_grows_with_the_fleet(
    hosts: int, stuck: int, playbooks: tuple[str, ...], site: Callable[..., Awx], tmp_path: Path
) -> None:
    recording = tmp_path / "recording.json"
    record(recording)
    with serving(recording) as server:
        names = [f"{'mkt' if number < stuck else 'well'}-{number:04d}" for number in range(hosts)]
        awx = site({name: f"{server.url}/{name}" for name in names})
        awx.environment = {"CAMPAIGN_USER": floor.USER, "CAMPAIGN_PASSWORD": floor.PASSWORD}
        for playbook in playbooks:
            done = awx.job(playbook)
            assert done.status == "successful", done.stdout[-3000:]
            assert not done.dropped
            assert done.artifacts["mid_sourcing_outcome"]["verdicts"] == {"healthy": hosts - stuck, "stuck": stuck}
            assert FIGURES[-1].largest <= LARGEST, FIGURES[-1]
