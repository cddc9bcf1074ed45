# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stuck instances of contestant (l).

Recorded answers have no state that a cure could change, so these instances are simulated, beside the recorded ones in
the same inventory. Their time is scaled, so that a cure waits for seconds.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from simulator.testing import running_simulator

from .record import FLEET

#: How many are stuck, and how many times as fast as ours their time goes.
STUCK, SPEED = 3, 60.0
NAMES = tuple(f"stuck-{number}" for number in range(STUCK))
#: Seconds between two looks of a cure, and what is no waiting since it is much less.
POLL, LEAST = 1, 0.5

Interval = tuple[float, float]


@contextmanager
def stuck_instances() -> Iterator[Mapping[str, str]]:
    """Fresh stuck instances: their URLs by name. None may have an open session at the end."""
    parts: dict[str, Any] = FLEET["instances"]
    mid = {**parts["mid"], "deliveries": {**parts["mid"]["deliveries"], "for": list(NAMES)}}
    content = {**FLEET, "instances": {"mid": mid, **dict.fromkeys(NAMES, parts["mkt"])}}
    with running_simulator(content, time_scale=SPEED) as fleet:
        yield {name: fleet.instances[name] for name in NAMES}


def cured(evidence: Path) -> list[str]:
    """The instances that a run has cured, by its evidence."""
    return [found["instance"] for found in _attempts(evidence) if not found["failed"]]


def waited(evidence: Path) -> float:
    """The seconds in which every cure of a run that was under way waited for its server's engine.

    Each call is in the evidence with its time. What lies between two calls of a cure is waiting, and nothing else is.
    """
    waits: list[Interval] = []
    busy: list[Interval] = []
    for attempt in _attempts(evidence):
        calls = sorted(_interval(call) for call in attempt["result"]["calls"]["log"])
        for (_begun, ended), (begun, _ended) in zip(calls, calls[1:], strict=False):
            (waits if begun - ended > LEAST else busy).append((ended, begun))
        busy += calls
    return round(_length(waits + busy) - _length(busy), 3)


def _attempts(evidence: Path) -> Iterator[dict[str, Any]]:
    for file in sorted(evidence.glob("*/stuck-*.json")):
        yield json.loads(file.read_text(encoding="utf-8"))


def _interval(call: Mapping[str, Any]) -> Interval:
    begun = datetime.fromisoformat(call["at"]).timestamp()
    return begun, begun + float(call["seconds"])


def _length(intervals: Iterable[Interval]) -> float:
    """How much time intervals cover together."""
    covered, until = 0.0, float("-inf")
    for begun, ended in sorted(intervals):
        covered += max(0.0, ended - max(begun, until))
        until = max(until, ended)
    return covered
