# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""AWX with an inventory of simulated servers, and the figures of its jobs at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from simulator.testing import RunningSimulator, running_simulator
from tests.integration.fleets import PASSWORD, USER, fleet, marketing
from tests.integration.runner import inventory
from tests.runner.jobs import FIGURES, Awx


@pytest.fixture
def sim() -> Iterator[RunningSimulator]:
    """A stuck instance, a healthy one and their mid."""
    instances = {
        "healthy": marketing(cursor={"age": "5m"}),
        "stuck": marketing(cursor={"value": "2020-03-01T10:00:00Z"}),
    }
    with running_simulator(fleet(instances)) as running:
        running.per_call(2)
        yield running


def bare_inventory(instances: dict[str, str], **variables: Any) -> dict[str, Any]:
    """An inventory that knows no credential."""
    data = inventory(instances, USER, PASSWORD, **variables)
    for name in ("campaign_user", "campaign_password"):
        del data["campaign"]["vars"][name]
    return data


@pytest.fixture
def site(tmp_path: Path) -> Callable[..., Awx]:
    """Makes an AWX for some instances, with a credential of user and password unless another one is given."""

    def make(instances: dict[str, str], **more: Any) -> Awx:
        given = {"environment": {"CAMPAIGN_USER": USER, "CAMPAIGN_PASSWORD": PASSWORD}, **more}
        return Awx(tmp_path, bare_inventory(instances), **given)

    return make


@pytest.fixture
def awx(site: Callable[..., Awx], sim: RunningSimulator) -> Awx:
    """AWX with the servers of ``sim``."""
    return site(dict(sim.instances))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """How many jobs were run, and how large their largest event was."""
    if FIGURES:
        jobs = len(FIGURES)
        events = sum(one.events for one in FIGURES)
        most = max(FIGURES, key=lambda one: one.largest)
        terminalreporter.write_line(
            f"{jobs} jobs, {events} events; the largest result of a task has {most.largest} bytes "
            f"({most.playbook}: {most.task}). AWX drops one of more than 700000."
        )
