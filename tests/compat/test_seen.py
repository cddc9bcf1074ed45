# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The worker sees what a module would see, under the oldest ansible-core, which has value types of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from simulator.testing import RunningSimulator, running_simulator
from tests.integration.seen import Serve, judge_environment, judge_values, judge_vaulted_inventory


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Starts fleets; stops them at the end."""
    fleets: list[RunningSimulator] = []

    def start(fleet: dict[str, Any]) -> RunningSimulator:
        fleets.append(running_simulator(fleet).start())
        return fleets[-1]

    yield start
    for simulator in fleets:
        simulator.stop()


@pytest.mark.timeout(300)  # two plays, one of them with a process for each task
def test_values_of_every_kind_arrive_as_in_a_module(serve: Serve, tmp_path: Path, oldest: Path) -> None:
    judge_values(serve, tmp_path, oldest, str(oldest / "python"))


def test_environment_of_the_task_counts_as_in_a_module(tmp_path: Path, oldest: Path) -> None:
    judge_environment(tmp_path, oldest, str(oldest / "python"))


def test_vaulted_values_of_an_instance_list_are_used_and_stay_vaulted(
    serve: Serve, tmp_path: Path, oldest: Path
) -> None:
    judge_vaulted_inventory(serve, tmp_path, oldest)
