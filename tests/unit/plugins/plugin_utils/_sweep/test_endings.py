# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the machine that asks has too little of ends a reading without a verdict on the instance."""

from __future__ import annotations

import errno
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._client import session as _session
from ansible_collections.campaign.classic.plugins.module_utils._core.errors import for_lack
from ansible_collections.campaign.classic.plugins.plugin_utils._sweep import threads as _sweep
from ansible_collections.campaign.classic.plugins.plugin_utils._sweep.forks import shared_sweep
from ansible_collections.campaign.classic.plugins.plugin_utils._sweep.threads import (
    Reader,
    Result,
    SweepLimits,
    SweepTarget,
    sweep,
)
from simulator.testing import RunningSimulator
from tests.integration.fleets import PASSWORD, USER, fleet, marketing
from tests.unit.plugins.module_utils.fake_transport import FakeTransport, logon

ENVIRON = {"CAMPAIGN_USER": USER, "CAMPAIGN_PASSWORD": PASSWORD}
QUERY, LOGON = "xtk:queryDef#ExecuteQuery", "xtk:session#Logon"
SHORT = SweepLimits(deadline=1.5, instance_timeout=60)

Sweep = Callable[..., dict[str, Result]]


@pytest.fixture(scope="module")
def simulator() -> Any:
    with RunningSimulator(fleet({"a": marketing(cursor={"age": "5m"}), "b": marketing(cursor={"age": "5m"})})) as one:
        yield one


@pytest.fixture(autouse=True)
def clean(simulator: RunningSimulator) -> Any:
    simulator.clear_ledger()
    yield
    simulator.clear_faults()


def targets(simulator: RunningSimulator, *names: str) -> list[SweepTarget]:
    return [SweepTarget(name, simulator.instances[name], {}) for name in names]


def read(simulator: RunningSimulator, limits: SweepLimits = SHORT) -> dict[str, Result]:
    return sweep(targets(simulator, "a", "b"), Reader({}, ENVIRON, limits), limits)


@pytest.mark.parametrize(
    ("method", "after", "came"),
    [
        (QUERY, 2, "logged on, 2 of at most 4 queries answered"),
        (QUERY, 0, "logged on, 0 of at most 4 queries answered"),
        (LOGON, 0, "the logon had no answer yet"),
    ],
)
def test_an_instance_cut_off_by_the_deadline_of_the_sweep_has_no_verdict(
    simulator: RunningSimulator, method: str, after: int, came: str
) -> None:
    began = time.monotonic()
    assert read(simulator, SweepLimits())["a"]["verdict"] == "healthy"
    rule = simulator.fault("hold", instance="a", method=method, nth=after + 1, count=9)
    # However busy this machine is, there is time for all the calls that are answered.
    found = read(simulator, replace(SHORT, deadline=0.5 + 5 * (time.monotonic() - began)))
    simulator.clear_faults(rule)
    assert found["b"]["verdict"] == "healthy"
    assert found["a"]["verdict"] == "not_asked"
    assert f"{came}, then the deadline of the sweep ended." in found["a"]["reason"]
    assert found["a"]["proposal"].startswith("Raise the time of the whole sweep (deadline)")
    assert "tried" not in found["a"]["reason"]


def test_an_instance_that_had_all_its_own_time_is_unreachable(simulator: RunningSimulator) -> None:
    rule = simulator.fault("hold", instance="a", method=QUERY, count=9)
    found = read(simulator, SweepLimits(deadline=60, instance_timeout=1.0))
    simulator.clear_faults(rule)
    assert found["a"]["verdict"] == "unreachable" and "sweep" not in found["a"]["reason"]


def test_what_a_server_said_before_the_deadline_is_its_verdict(simulator: RunningSimulator) -> None:
    simulator.fault("fault", instance="a", method=QUERY, text="XTK-170019 No.", count=9)
    assert read(simulator)["a"]["verdict"] == "denied"


def test_files_that_run_out_after_the_logon_are_told_with_how_far_it_came(monkeypatch: pytest.MonkeyPatch) -> None:
    lack = for_lack("mkt:80", OSError(errno.EMFILE, "Too many open files"))
    assert lack is not None
    monkeypatch.setattr(_sweep, "HttpTransport", lambda _settings: FakeTransport(logon(), lack))
    seen = Reader({}, ENVIRON, SHORT)(SweepTarget("mkt-a", "http://mkt", {}), 1e12)
    assert seen["verdict"] == "not_asked"
    assert "too little left to connect" in seen["reason"]
    assert "until then: logged on, 0 of at most 4 queries answered." in seen["reason"]


def test_memory_that_runs_out_is_no_verdict_and_no_defect(
    simulator: RunningSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, left = _session.read_reply, [2]

    def scarce(*given: Any, **more: Any) -> Any:
        left[0] -= 1
        if left[0] < 0:
            raise MemoryError
        return whole(*given, **more)

    monkeypatch.setattr(_session, "read_reply", scarce)
    (found,) = sweep(targets(simulator, "a"), Reader({}, ENVIRON, SHORT), SHORT).values()
    assert found["verdict"] == "not_asked" and "too little memory" in found["reason"]
    assert "Of 3 calls 2 were answered." in found["reason"]


def test_what_a_killed_process_left_is_told_alike_when_no_time_is_left(simulator: RunningSimulator) -> None:
    many = [SweepTarget(f"h{number}", simulator.instances["a"], {}) for number in range(100)]
    rule = simulator.fault("hold", instance="a", method=QUERY, count=10000)
    found = shared_sweep(many, Reader({}, ENVIRON, SHORT), SHORT, wanted=2)
    simulator.clear_faults(rule)
    assert {one["verdict"] for one in found.values()} == {"not_asked"}


@pytest.mark.parametrize("processes", [1, 2])
@pytest.mark.parametrize("shorter", ["deadline", "instance_timeout"])
def test_name_servers_that_do_not_answer_hold_neither_the_sweep_nor_the_others(
    monkeypatch: pytest.MonkeyPatch, processes: int, shorter: str
) -> None:
    ended = threading.Event()

    def blocked(_host: str, *_given: Any) -> Any:
        assert ended.wait(120)
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", blocked)
    names = [f"mute-{number}" if number in (0, 1, 50, 51) else f"h{number}" for number in range(120)]
    limits = SweepLimits(**{"deadline": 90.0, "instance_timeout": 90.0, shorter: 1.0})
    reader = Reader({}, ENVIRON, limits)

    def look(target: SweepTarget, until: float) -> Result:
        return reader(target, until) if target.name.startswith("mute") else {"verdict": "healthy"}

    began = time.monotonic()
    found = shared_sweep([SweepTarget(name, f"http://{name}.example", {}) for name in names], look, limits, processes)
    took = time.monotonic() - began
    ended.set()
    assert took < 60, "the sweep has waited for the resolver"
    assert list(found) == names
    for name, one in found.items():
        assert one["verdict"] == ("not_asked" if name.startswith("mute") else "healthy")
        assert "reason" not in one or f"address {name}.example has" in one["reason"]
