# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fleet that is healthy, a recorder, and ansible-rulebook where Java can run it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulator.testing import RunningSimulator, running_simulator
from tests.eda.recorder import Recorder
from tests.eda.rig import Rig
from tests.integration.fleets import fleet, marketing
from tools import eda

UNUSABLE = eda.unusable(os.environ)


@pytest.fixture
def sim() -> Iterator[RunningSimulator]:
    """Two healthy instances and their mid. The clock moves with each call, so that a cure goes on."""
    instances = {name: marketing(cursor={"age": "5m"}) for name in ("mkt-a", "mkt-b")}
    with running_simulator(fleet(instances)) as running:
        running.per_call(2)
        yield running


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    """What takes notifications and launches jobs."""
    with Recorder() as running:
        yield running


@pytest.fixture
def rig(sim: RunningSimulator, recorder: Recorder, tmp_path: Path) -> Iterator[Rig]:
    """ansible-rulebook with the fleet."""
    if UNUSABLE:
        pytest.skip(UNUSABLE)
    made = Rig(eda.provide(), sim, recorder, tmp_path)
    yield made
    made.end()
