# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each module in the controller's worker, as a module on a host that is not the controller, and in the background."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from simulator.testing import RunningSimulator
from tests.integration.both_ways import CONTROLLER_ONLY, TASKS, compared, interpreter, play
from tests.integration.fleets import PASSWORD, small_fleet
from tests.integration.test_modules import MODULES

PROGRAMS = Path(sys.executable).parent
Serve = Callable[..., RunningSimulator]


def test_every_module_is_run_both_ways() -> None:
    modules = {path.stem for path in MODULES.glob("*.py") if path.stem != "__init__"}
    assert modules == {module for module, _instance, _arguments in TASKS} | CONTROLLER_ONLY


@pytest.mark.timeout(550)  # two whole plays, one of them with a process for each task
# A poll is a process too: twenty tasks with their polls take minutes on a slow machine.
@pytest.mark.whole  # of `make test`, compat does the same, with the newest core beside the oldest
@pytest.mark.parametrize("way", ["another host", "async"])
def test_module_that_is_sent_elsewhere_returns_what_the_worker_does(way: str, serve: Serve, tmp_path: Path) -> None:
    here_fleet, there_fleet = serve(small_fleet()), serve(small_fleet())
    here = play(here_fleet, tmp_path / "here", PROGRAMS)
    if way == "async":
        there = play(there_fleet, tmp_path / "there", PROGRAMS, **{"async": 90, "poll": 3})
    else:
        there = play(there_fleet, tmp_path / "there", PROGRAMS, python=interpreter(tmp_path, sys.executable))
    assert "far-python" in there.output or way == "async", "the modules have not left the worker"
    assert "AnsiballZ" not in here.output, "a module has left the worker"
    expected, found = compared(here, here_fleet), compared(there, there_fleet)
    assert [name for name, _result in expected] == [f"{n} {module}" for n, (module, _i, _a) in enumerate(TASKS)]
    for (name, worker), (_name, module) in zip(expected, found, strict=True):
        assert module == worker, name
    for done in (here, there):
        assert PASSWORD not in done.output and "far-canary" not in done.output and "wrong-canary" not in done.output
    assert not here_fleet.sessions() and not there_fleet.sessions()
