# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One simulator with 1,000 marketing and 20 mid instances: how soon it is ready, how large it is, how fast it answers.

``python -m tests.bench.simulator_scale`` starts it as a process of its own on loopback, with the clock running and the
schedules spread over their periods. It sends requests over 32 connections of another process, and prints the figures
with the bar for each. The exit status is 1 when one is missed. Medians of several rounds; nothing here is a test.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.bench.simulator_load import OPTION
from tests.helpers.simulator_process import ROOT, SimulatorProcess

LOGIN, PASSWORD = "ops", "bench-secret"
READY, MEMORY, CALLS = 10.0, 1024.0, 1000.0


@dataclass(frozen=True, slots=True)
class Size:
    """How large the fleet is, and how it is asked."""

    marketing: int = 1000
    mids: int = 20
    connections: int = 32
    seconds: float = 5.0
    rounds: int = 5


def fleet(size: Size) -> dict[str, Any]:
    """Every marketing instance has the counters every ten minutes, and four more technical workflows."""
    mids = [f"mid-{number:02}" for number in range(size.mids)]
    owners = {mid: [f"mkt-{n:04}" for n in range(size.marketing) if n % size.mids == at] for at, mid in enumerate(mids)}
    instances: dict[str, Any] = {
        mid: {
            "role": "mid",
            "seconds_per_row": 0.02,
            "deliveries": {"count": 5000, "from": "2020-01-01T00:00:00Z", "to": "now", "for": owners[mid]},
        }
        for mid in mids
    }
    for number in range(size.marketing):
        account = {"name": "defaultEmailMid", "mid": mids[number % size.mids], "login": LOGIN, "password": PASSWORD}
        instances[f"mkt-{number:04}"] = {
            "role": "marketing",
            "accounts": [account],
            "options": {OPTION: {"type": "datetime", "age": "5m"}},
        }
    return {
        "start": "2026-11-23T02:00:00Z",
        "stagger": True,
        "defaults": {
            "operators": [{"login": LOGIN, "password": PASSWORD, "rights": ["admin"]}],
            "workflows": {
                "defaultMidSourcingDlv": {"every": "10m"},
                "defaultMidSourcingLog": {"every": "1h"},
                "tracking": {"every": "1h"},
                "billing": {"every": "30d"},
                "cleanup": {"at": "04:00"},
            },
        },
        "instances": instances,
    }


def load(urls: Sequence[str], size: Size) -> list[dict[str, float]]:
    """The results of the client process, round by round."""
    chosen = [urls[number * len(urls) // size.connections] for number in range(size.connections)]
    command = [sys.executable, "-m", "tests.bench.simulator_load", "--login", LOGIN, "--password", PASSWORD]
    command += ["--seconds", str(size.seconds), "--rounds", str(size.rounds), *chosen]
    limit = 60 + 2 * size.seconds * size.rounds
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=limit, check=True, cwd=ROOT)
    found: list[dict[str, float]] = json.loads(done.stdout)
    return found


def measure(size: Size) -> dict[str, float]:
    """All figures of one simulator."""
    with SimulatorProcess(fleet(size), time_scale=1) as simulator:
        at_start = simulator.memory()
        rounds = load([url for name, url in simulator.instances.items() if name.startswith("mkt-")], size)
        begun = time.perf_counter()
        simulator.control.advance("1h")
        an_hour = time.perf_counter() - begun
        complaints = simulator.complaints()
        if complaints:
            raise RuntimeError(f"the simulator complained: {complaints}")
        return {
            "ready_seconds": simulator.ready_seconds,
            "memory_at_start": at_start,
            "memory_at_end": simulator.memory(),
            "memory_highest": simulator.memory(highest=True),
            "hour_seconds": an_hour,
            "all_calls": simulator.control.mark(),
            "calls": sum(one["calls"] for one in rounds),
            "errors": sum(one["errors"] for one in rounds),
            **{name: statistics.median(one[name] for one in rounds) for name in ("per_second", "median_ms", "p99_ms")},
        }


def report(size: Size, found: Mapping[str, float]) -> tuple[str, bool]:
    """The figures as text, and whether all bars are met."""
    bars = [
        (f"ready after {found['ready_seconds']:.1f} s", f"at most {READY:g} s", found["ready_seconds"] <= READY),
        (
            f"resident memory {found['memory_highest']:.0f} MiB at its highest"
            f" ({found['memory_at_start']:.0f} when ready, {found['memory_at_end']:.0f} at the end)",
            f"below {MEMORY:g} MiB",
            found["memory_highest"] < MEMORY,
        ),
        (
            f"{found['per_second']:.0f} GetOption calls a second from {size.connections} connections"
            f" (median {found['median_ms']:.1f} ms, 99 % within {found['p99_ms']:.1f} ms; {found['calls']:.0f} calls)",
            f"at least {CALLS:g} a second",
            found["per_second"] >= CALLS,
        ),
        (f"{found['errors']:.0f} wrong answers", "none", found["errors"] == 0),
    ]
    lines = [f"{size.marketing} marketing and {size.mids} mid instances in one process, schedulers running:"]
    lines += [f"  {'met   ' if met else 'MISSED'}  {text}; the bar: {limit}" for text, limit, met in bars]
    lines.append(
        f"  an hour of all schedules takes {found['hour_seconds']:.1f} s; {found['all_calls']:.0f} calls in all"
    )
    return "\n".join(lines), all(met for _text, _limit, met in bars)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    for name, kind in (("marketing", int), ("mids", int), ("connections", int), ("rounds", int), ("seconds", float)):
        parser.add_argument(f"--{name}", type=kind, default=getattr(Size(), name))
    size = Size(**vars(parser.parse_args()))
    text, met = report(size, measure(size))
    print(text)
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
