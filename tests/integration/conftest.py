# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fleet of simulated servers and an Ansible to drive them with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from simulator.testing import RunningSimulator, running_simulator
from tests.helpers import canaries
from tests.helpers.echo_server import EchoServer
from tests.integration.fleets import PASSWORD, USER, small_fleet
from tests.integration.runner import Ansible, inventory


@pytest.fixture
def serve() -> Iterator[Callable[..., RunningSimulator]]:
    """Starts a fleet under a clock that only the test moves; stops it at the end."""
    contexts = []

    def start(fleet: dict[str, Any]) -> RunningSimulator:
        context = running_simulator(fleet)
        running = context.__enter__()
        contexts.append(context)
        return running

    yield start
    for context in reversed(contexts):
        context.__exit__(None, None, None)


@pytest.fixture
def fleet(serve: Callable[..., RunningSimulator]) -> RunningSimulator:
    """One instance of each kind that matters, and their mid."""
    return serve(small_fleet())


@pytest.fixture
def echo(serve: Callable[..., RunningSimulator]) -> Iterator[EchoServer]:
    """A hostile server before a fleet in which every way to log on works."""
    whole = small_fleet()
    whole["defaults"]["operators"] = canaries.operators()
    whole["instances"]["mid"]["operators"] += canaries.mid_operators()
    fleet = serve(whole)
    fleet.per_call(5)  # its clock keeps running, or a wait for a workflow would never end
    with EchoServer(fleet.url, canaries.USER) as server:
        yield server


@pytest.fixture
def ansible(fleet: RunningSimulator, tmp_path: Path) -> Ansible:
    """Ansible with the fleet as its inventory."""
    return Ansible(tmp_path, inventory(dict(fleet.instances), USER, PASSWORD))
