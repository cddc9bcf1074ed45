# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line, the time before the fleet is ready, and data that are kept."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from simulator.__main__ import listen_address, main, serve
from simulator.clock.clock import Clock
from simulator.fleet import load_fleet
from simulator.http.server import Server, loopback
from simulator.simulator import Simulator
from simulator.testing import RunningSimulator, running_simulator
from tests.unit.simulator.by_hand import COUNTERS, CURSOR, Hand
from tests.unit.simulator.http.test_server import FLEET

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def sim() -> Iterator[RunningSimulator]:
    with running_simulator(FLEET) as running:
        yield running


# -- listening ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.8.8.8", "::1", "[::1]"])
def test_loopback_addresses_are_accepted(host: str) -> None:
    assert loopback(host)


@pytest.mark.parametrize("text", ["0.0.0.0:0", "192.0.2.1:80", "[::]:80", "example.org:80", ":80", "127.0.0.1",
                                  "127.0.0.1:x", "127.0.0.1:70000", "127.0.0.1:-1"])  # fmt: skip
def test_the_simulator_refuses_to_listen_elsewhere(
    tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ValueError, match=re.escape(text)):
        listen_address(text)
    assert main(["--fleet", str(fleet_file(tmp_path)), "--listen", text]) == 2
    assert text in capsys.readouterr().err


# -- the command --------------------------------------------------------------------------------------------------


def fleet_file(tmp_path: Path, fleet: dict[str, Any] | None = None) -> Path:
    path = tmp_path / "fleet.yml"
    path.write_text(json.dumps(fleet or FLEET), encoding="utf-8")
    return path


def test_check_says_what_the_file_holds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--fleet", str(fleet_file(tmp_path)), "--check"]) == 0
    assert "5 marketing and 0 mid instances, 1 workflows" in capsys.readouterr().out


def test_a_wrong_fleet_ends_with_the_place_on_stderr(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = fleet_file(tmp_path, {"instances": {"a": {"role": "x"}}})
    assert main(["--fleet", str(path), "--check"]) == 2
    assert capsys.readouterr().err.startswith(f"simulator: {path}: instances.a.role: 'x' is not one of")


def test_a_port_that_is_taken_is_said(tmp_path: Path, sim: RunningSimulator) -> None:
    taken = urlsplit(sim.url).netloc
    code = subprocess.run(
        [sys.executable, "-m", "simulator", "--fleet", str(fleet_file(tmp_path)), "--listen", taken],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert code.returncode == 1
    assert code.stderr.startswith(f"simulator: cannot listen on {taken}: ")
    assert "make simulator LISTEN=127.0.0.1:PORT" in code.stderr


def test_the_command_says_when_it_is_ready_and_ends_on_sigterm(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "simulator", "--fleet", str(fleet_file(tmp_path)), "--listen", "127.0.0.1:0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        guard = threading.Timer(60, process.kill)
        guard.start()
        assert process.stdout is not None
        assert process.stderr is not None
        ready = json.loads(process.stdout.readline())
        assert ready["ready"] is True
        assert set(ready["instances"]) == set(FLEET["instances"])
        hand = Hand(ready["instances"]["mkt-a"]).logon()
        assert hand.option()[1] == "7"
        process.send_signal(signal.SIGTERM)
        assert process.wait() == 0
        guard.cancel()
        assert process.stdout.read() == ""
        assert process.stderr.read() == ""


def test_data_are_kept_from_one_start_to_the_next(tmp_path: Path) -> None:
    fleet = {**FLEET, "warm_up": "30m"}
    with running_simulator(fleet, state=tmp_path / "kept") as sim:
        sim.order("mkt-a", COUNTERS, "Stop")
        moved = sim.advance("1h")
        hand = Hand(sim.instances["mkt-a"]).logon()
        hand.write_option(CURSOR, "2026-05-05 05:05:05.000Z")
        lines = len(sim.journal("mkt-a", limit=1000))
    with running_simulator(fleet, state=tmp_path / "kept") as sim:
        assert sim.now() == moved, "time goes on where it stood, without another warm-up"
        assert sim.workflow("mkt-a", COUNTERS)["state"] == 20
        assert sim.option_time("mkt-a", CURSOR).year == 2026
        assert len(sim.journal("mkt-a", limit=1000)) == lines
        sim.order("mkt-a", COUNTERS, "Start")
        sim.advance("1h")
        assert sim.now() - moved == timedelta(hours=1)
        assert sim.workflow("mkt-a", COUNTERS)["state"] == 11


def test_deliveries_of_a_mid_are_made_once_and_numbered_on(tmp_path: Path) -> None:
    mid = {"role": "mid", "deliveries": {"count": 4, "from": "now", "for": ["mkt-a"]}}
    fleet = {**FLEET, "instances": {**FLEET["instances"], "mid": mid}}
    for expected in ("4", "6"):
        with running_simulator(fleet, state=tmp_path / "kept") as sim:
            hand = Hand(sim.instances["mid"]).logon()
            assert hand.query("nms:delivery", "@id", operation="count").attrib["count"] == expected
            sim.add_deliveries("mid", count=2, from_="now", for_=["mkt-a"])
            assert hand.query("nms:delivery", "@id", operation="count").attrib["count"] == str(int(expected) + 2)
            hand.logoff()


# -- before it is ready -------------------------------------------------------------------------------------------


def test_clients_are_told_to_wait_while_the_fleet_warms_up(monkeypatch: pytest.MonkeyPatch) -> None:
    async def warming() -> None:
        warm, held = asyncio.Event(), asyncio.Event()
        advance = Clock.advance

        async def slow(clock: Clock, seconds: float) -> None:
            held.set()
            await warm.wait()
            await advance(clock, seconds)

        monkeypatch.setattr(Clock, "advance", slow)
        server = Server(Simulator(load_fleet({**FLEET, "warm_up": "1h"})))
        starting = asyncio.create_task(server.start())
        await held.wait()
        url = server.simulator.base_url
        refused = await asyncio.to_thread(requests.get, f"{url}/mkt-a/r/test", timeout=30)
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "1")
        assert (await asyncio.to_thread(requests.get, f"{url}/_simulator/ready", timeout=30)).json()["ready"] is False
        warm.set()
        await starting
        served = await asyncio.to_thread(requests.get, f"{url}/mkt-a/r/test", timeout=30)
        assert served.status_code == 200
        await server.stop()

    asyncio.run(warming())


def test_a_signal_ends_the_warm_up_too(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    async def signalled(_clock: Clock, _seconds: float) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.Event().wait()

    monkeypatch.setattr(Clock, "advance", signalled)
    asyncio.run(serve(load_fleet(FLEET), "127.0.0.1", 0, time_scale=0, state=None))
    assert capsys.readouterr().out == ""
