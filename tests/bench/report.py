# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The results of the bench: the bars, a table and a chart."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from .contestants import CONTESTANTS
from .measure import Figure

COLOURS = {
    "a": "#b3261e",
    "b": "#c77700",
    "c": "#1b6ef3",
    "d": "#0b7a4b",
    "e": "#6b7280",
    "f": "#4fb286",
    "g": "#9ca3af",
    "h": "#7c3aed",
    "i": "#a855f7",
    "j": "#d946ef",
    "k": "#78350f",
    "l": "#be185d",
    "m": "#6d28d9",
}
DASHES = {"e": "6 4", "f": "2 3", "g": "2 4"}


@dataclass(frozen=True)
class Bar:
    """A target for a factor. ``upper`` says whether it is a maximum or a minimum."""

    text: str
    of: tuple[str, int]
    to: tuple[str, int]
    limit: float
    upper: bool
    latency: float = 0.0

    def value(self, figures: Sequence[Figure]) -> float | None:
        """The factor, without the time of waiting; None when one side was not measured."""
        of, to = (lookup(figures, *side, self.latency) for side in (self.of, self.to))
        return None if of is None or to is None else round(of.busy / to.busy, 3 if self.limit < 0.1 else 2)

    def reached(self, value: float) -> bool:
        """Whether a value is good enough."""
        return value <= self.limit if self.upper else value >= self.limit


BARS = (
    Bar("(c) within 1.8 times (g) at 100", ("c", 100), ("g", 100), 1.8, True),
    Bar("(c) at least 40 times faster than (a) at 100", ("a", 100), ("c", 100), 40, False),
    Bar("(c) at least 8 times faster than (b) at 100", ("b", 100), ("c", 100), 8, False),
    Bar("(d) within 1.3 times (e) at 1,000", ("d", 1000), ("e", 1000), 1.3, True),
    Bar("(d) at least 200 times faster than (a) at 1,000", ("a", 1000), ("d", 1000), 200, False),
    Bar("(d) linear: 5,000 within 5.5 times 1,000", ("d", 5000), ("d", 1000), 5.5, True),
)
#: The same for the commands that users type.
PLAYBOOK_BARS = (
    Bar("(h) within 0.5 times (g) at 1,000", ("h", 1000), ("g", 1000), 0.5, True),
    Bar("(i) within 0.6 times (g) at 1,000", ("i", 1000), ("g", 1000), 0.6, True),
    Bar("(j) within 0.6 times (g) at 1,000", ("j", 1000), ("g", 1000), 0.6, True),
)
#: The sweep, and a task, where the fleet is large or far away; and what today's build is compared to.
FLEET_BARS = (
    Bar("(h) within 1/16 of (k) at 1,000", ("h", 1000), ("k", 1000), 1 / 16, True),
    Bar("(l) without waiting within 1.6 times (h) at 1,000", ("l", 1000), ("h", 1000), 1.6, True),
    Bar("(f) within 1.1 times (e) at 1,000", ("f", 1000), ("e", 1000), 1.1, True),
    Bar("(d) within 0.35 times (e) at 1,000, with 200 ms of latency", ("d", 1000), ("e", 1000), 0.35, True, 0.2),
    Bar("(d) linear: 10,000 within 10.5 times 1,000", ("d", 10000), ("d", 1000), 10.5, True),
    Bar("(c) within 1.5 times (g) at 100", ("c", 100), ("g", 100), 1.5, True),
)
#: Megabytes that the processes of a sweep may take together.
MEMORY_BAR = 300
#: Bytes of output of a playbook at 1,000.
OUTPUT_BARS = {"h": 3000, "m": 8000}


def lookup(figures: Sequence[Figure], key: str, size: int, latency: float = 0.0) -> Figure | None:
    """The figure of a contestant at a size."""
    return next((one for one in figures if (one.contestant, one.size, one.latency) == (key, size, latency)), None)


def judged(figures: Sequence[Figure]) -> list[dict[str, object]]:
    """Each bar with what was reached."""
    found = _judged(BARS, figures) + _memory(5000, figures)
    found += _judged(PLAYBOOK_BARS, figures) + _judged(FLEET_BARS, figures) + _memory(10000, figures)
    for key, most in OUTPUT_BARS.items():
        one = lookup(figures, key, 1000)
        if one is not None and one.output:
            text = f"({key}) says at most {most:,} bytes at 1,000"
            found.append({"bar": text, "value": round(one.output), "reached": one.output <= most})
    return found


def _memory(size: int, figures: Sequence[Figure]) -> list[dict[str, object]]:
    one = lookup(figures, "d", size)
    text = f"(d) below {MEMORY_BAR} MB at {size:,}"
    return [] if one is None else [{"bar": text, "value": round(one.memory), "reached": one.memory < MEMORY_BAR}]


def _judged(bars: Sequence[Bar], figures: Sequence[Figure]) -> list[dict[str, object]]:
    values = [(aim, aim.value(figures)) for aim in bars]
    return [
        {"bar": aim.text, "value": value, "reached": aim.reached(value)} for aim, value in values if value is not None
    ]


def table(figures: Sequence[Figure]) -> str:
    """All figures, one a line."""
    lines = [f"{'':28} {'size':>6} {'latency':>8} {'wall s':>9} {'cpu s':>8} {'MB':>6} {'calls':>7} {'logons':>7} runs"]
    for one in sorted(figures, key=lambda figure: (figure.latency, figure.size, figure.contestant)):
        note = f"  scaled from {one.scaled_from}" if one.scaled_from else ""
        note += f"  {one.waiting:.2f} s of it waiting" if one.waiting else ""
        lines.append(
            f"({one.contestant}) {CONTESTANTS[one.contestant].name:24} {one.size:6} {one.latency:8.1f} {one.wall:9.2f} "
            f"{one.cpu:8.2f} {one.memory:6.0f} {one.calls:7.0f} {one.logons:7.0f} {one.runs:4}{note}"
        )
    return "\n".join(lines)


# -- the chart ---------------------------------------------------------------------------------------------------------

PANEL, HEIGHT, LEFT, TOP, GAP, TEXT = 420, 380, 70, 60, 90, 15


def chart(figures: Sequence[Figure]) -> str:
    """The wall times over the number of instances, both on logarithmic scales, as SVG."""
    latencies = sorted({one.latency for one in figures})
    width = LEFT + len(latencies) * (PANEL + GAP) + 170
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {HEIGHT + 130}" font-family="sans-serif" '
        'font-size="13" role="img">',
        "<title>Wall time of the same job by number of instances</title>",
        f'<rect width="{width}" height="{HEIGHT + 130}" fill="#ffffff"/>',
    ]
    for number, latency in enumerate(latencies):
        chosen = [one for one in figures if one.latency == latency]
        parts += _panel(chosen, LEFT + number * (PANEL + GAP), latency, last=number == len(latencies) - 1)
    parts.append(
        f'<text x="{LEFT}" y="{HEIGHT + 115}" fill="#444">Medians; hollow points are scaled from 100 instances. '
        "Logon, four reads, a decision and a logoff for each instance.</text>"
    )
    return "\n".join([*parts, "</svg>\n"])


def _panel(figures: Sequence[Figure], left: int, latency: float, *, last: bool) -> list[str]:
    sizes = sorted({one.size for one in figures})
    low = math.floor(math.log10(min(one.wall for one in figures)))
    high = math.ceil(math.log10(max(one.wall for one in figures)))

    def x_of(size: int) -> float:
        span = math.log10(sizes[-1] / sizes[0]) or 1.0
        return round(left + PANEL * math.log10(size / sizes[0]) / span, 1)

    def y_of(wall: float) -> float:
        return round(TOP + HEIGHT * (high - math.log10(wall)) / max(high - low, 1), 1)

    title = "no latency" if latency == 0 else f"{latency * 1000:.0f} ms of latency in every answer"
    parts = [f'<text x="{left}" y="{TOP - 25}" font-weight="bold">{escape(title)}</text>']
    for power in range(low, high + 1):
        y = y_of(10.0**power)
        parts.append(f'<line x1="{left}" y1="{y}" x2="{left + PANEL}" y2="{y}" stroke="#e5e7eb"/>')
        parts.append(f'<text x="{left - 8}" y="{y + 4}" text-anchor="end" fill="#444">{10.0**power:g} s</text>')
    for size in sizes:
        parts.append(f'<text x="{x_of(size)}" y="{TOP + HEIGHT + 22}" text-anchor="middle" fill="#444">{size:,}</text>')
    ends: dict[str, tuple[float, float]] = {}
    for key in CONTESTANTS:
        own = sorted((one for one in figures if one.contestant == key), key=lambda one: one.size)
        if own:
            parts += _line(key, [(x_of(one.size), y_of(one.wall), one.scaled_from is not None) for one in own])
            ends[key] = (x_of(own[-1].size), y_of(own[-1].wall))
    return parts + _names(ends) if last else parts


def _names(ends: Mapping[str, tuple[float, float]]) -> list[str]:
    """The labels of the lines at their ends, from the top, each at least a line of text below the previous one."""
    parts: list[str] = []
    free = 0.0
    for key, (x, y) in sorted(ends.items(), key=lambda item: item[1][1]):
        free = max(y + 4, free)
        name = escape(f"({key}) {CONTESTANTS[key].name}")
        parts.append(f'<text x="{x + 10}" y="{free}" fill="{COLOURS[key]}">{name}</text>')
        free += TEXT
    return parts


def _line(key: str, points: Sequence[tuple[float, float, bool]]) -> list[str]:
    colour = COLOURS[key]
    path = " ".join(f"{x},{y}" for x, y, _scaled in points)
    dash = f' stroke-dasharray="{DASHES[key]}"' if key in DASHES else ""
    parts = [f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"{dash}/>']
    for x, y, scaled in points:
        fill = "#ffffff" if scaled else colour
        parts.append(f'<circle cx="{x}" cy="{y}" r="4" fill="{fill}" stroke="{colour}" stroke-width="2"/>')
    return parts
