# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The time in which cures wait is reported apart from what they take."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.bench.cures import cured, waited
from tests.bench.measure import Figure
from tests.bench.report import FLEET_BARS, judged


def call(second: float, seconds: float = 0.1) -> dict[str, Any]:
    return {"at": f"2026-11-23T02:00:{second:06.3f}Z", "seconds": seconds}


def evidence(work: Path, **calls: list[dict[str, Any]]) -> Path:
    (work / "run").mkdir()
    for name, log in calls.items():
        found = {"instance": name, "failed": False, "result": {"calls": {"log": log}}}
        (work / "run" / f"{name.replace('_', '-')}.json").write_text(json.dumps(found), encoding="utf-8")
    return work


def test_what_lies_between_two_calls_is_waiting_and_short_pauses_are_none(tmp_path: Path) -> None:
    calls = [call(0), call(0.2), call(5), call(5.2)]
    assert waited(evidence(tmp_path, stuck_0=calls)) == pytest.approx(4.7)


def test_while_one_cure_works_the_others_do_not_wait(tmp_path: Path) -> None:
    first, second = [call(0), call(10)], [call(0), call(4, 2.0), call(10)]
    assert waited(evidence(tmp_path, stuck_0=first, stuck_1=second)) == pytest.approx(7.9)


def test_between_two_batches_nobody_waits(tmp_path: Path) -> None:
    assert waited(evidence(tmp_path, stuck_0=[call(0), call(2)], stuck_1=[call(20), call(22)])) == pytest.approx(3.8)


def test_a_cure_that_failed_is_none(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    for name, failed in (("stuck-0", False), ("stuck-1", True)):
        text = json.dumps({"instance": name, "failed": failed})
        (tmp_path / "run" / f"{name}.json").write_text(text, encoding="utf-8")
    assert cured(tmp_path) == ["stuck-0"]


def test_a_bar_counts_the_time_without_waiting() -> None:
    detect = Figure("h", 1000, 0.0, 3, 10.0, 9.0, 100.0, 6000, 1000)
    cure = replace(detect, contestant="l", wall=30.0, waiting=15.0)
    (found,) = judged([detect, cure])
    assert found == {"bar": FLEET_BARS[1].text, "value": 1.5, "reached": True}


def test_bytes_of_output_and_the_sweep_of_ten_thousand_have_bars() -> None:
    large = Figure("d", 10000, 0.0, 3, 21.0, 30.0, 280.0, 60000, 10000)
    small = replace(large, size=1000, wall=2.0)
    loud = replace(small, contestant="m", output=8001)
    found = {aim["bar"]: (aim["value"], aim["reached"]) for aim in judged([large, small, loud])}
    assert found == {
        "(d) linear: 10,000 within 10.5 times 1,000": (10.5, True),
        "(d) below 300 MB at 10,000": (280, True),
        "(m) says at most 8,000 bytes at 1,000": (8001, False),
    }
