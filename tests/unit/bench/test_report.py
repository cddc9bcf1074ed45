# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the bench says of its figures."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.bench.contestants import CONTESTANTS
from tests.bench.measure import BenchError, Figure, Run, Server, Stage, median, run, scaled
from tests.bench.report import BARS, chart, judged, table


def figure(key: str, size: int, wall: float, latency: float = 0.0) -> Figure:
    return Figure(key, size, latency, 5, wall, wall, 100.0, 6.0 * size, size)


def test_medians_are_taken_of_each_figure_by_itself() -> None:
    runs = [Run(3.0, 1.0, 90.0, 6, 1), Run(1.0, 3.0, 70.0, 6, 1), Run(2.0, 2.0, 80.0, 6, 1)]
    found = median("c", 1, 0.0, runs)
    assert (found.wall, found.cpu, found.memory, found.calls, found.runs) == (2.0, 2.0, 80.0, 6, 3)


def test_a_scaled_figure_says_from_where() -> None:
    large = scaled(figure("a", 100, 60.0), 1000)
    assert (large.wall, large.calls, large.memory, large.scaled_from) == (600.0, 6000, 100.0, 100)
    assert "scaled from 100" in table([large])


def test_a_bar_is_reached_at_its_limit_and_missed_beyond() -> None:
    at_limit = judged([figure("c", 100, 1.8), figure("g", 100, 1.0)])
    assert at_limit == [
        {"bar": BARS[0].text, "value": 1.8, "reached": True},
        {"bar": "(c) within 1.5 times (g) at 100", "value": 1.8, "reached": False},
    ]
    assert not judged([figure("c", 100, 1.81), figure("g", 100, 1.0)])[0]["reached"]
    faster = {aim["bar"]: aim["reached"] for aim in judged([figure("a", 100, 39.0), figure("c", 100, 1.0)])}
    assert faster == {BARS[1].text: False}


def test_latency_does_not_count_for_bars() -> None:
    assert judged([figure("c", 100, 1.8, 0.2), figure("g", 100, 1.0, 0.2)]) == []


def test_the_chart_is_svg_with_every_contestant_and_hollow_points_for_what_is_scaled() -> None:
    figures = [figure(key, size, 0.1 * size) for key in CONTESTANTS for size in (1, 100)]
    figures += [scaled(figure("a", 100, 10.0), 1000), figure("d", 100, 20.0, 0.2)]
    text = chart(figures)
    ElementTree.fromstring(text)
    assert text.count('fill="#ffffff" stroke=') == 1
    assert "200 ms of latency" in text
    assert "(d) inventory sweep" in text


def test_a_contestant_that_did_not_do_the_job_has_no_figure(tmp_path: Path) -> None:
    class Nothing(Server):
        def ask(self, path: str) -> dict[str, int]:
            return {"calls": 0, "logons": 0, "open": 0, "refused": 0}

    stage = Stage.__new__(Stage)
    stage.work = tmp_path
    stage.command = lambda _key, _size: ["true"]  # type: ignore[method-assign]
    stage.environment = lambda _key: {"PATH": "/usr/bin:/bin"}  # type: ignore[method-assign]
    with pytest.raises(BenchError, match=r"\(e\) at 2 .*'calls': 0"):
        run(stage, Nothing(""), "e", 2)
