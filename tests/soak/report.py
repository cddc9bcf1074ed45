# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The result of a soak as one table, and what was wrong."""

from __future__ import annotations

from collections import Counter
from typing import Any

from tests.soak import growth, minima
from tests.soak.incidents import PASSING
from tests.soak.soak import Result
from tests.soak.windows import WINDOWS

#: What is shown of a series, in this order.
SERIES = (
    *(f"{name}: {unit}" for name in ("event source", "simulator") for unit in ("MB", "files", "threads")),
    "left behind: sessions",
)


def grown(result: Result) -> list[growth.Growth]:
    """Each series, judged."""
    return [growth.judge(name, result.samples.get(name, [])) for name in SERIES]


def wrong(result: Result) -> list[str]:
    """All that was wrong: growth, and less than must happen, included."""
    found = [
        f"{one.name} has grown from {one.first:.1f} to {one.last:.1f}, more than {one.allowed:.1f}"
        for one in grown(result)
        if one.grown
    ]
    return [*result.wrong, *found, *minima.too_little(result)]


def table(result: Result) -> str:
    """The one table."""
    plan, days = result.plan, (result.ended - result.began).total_seconds() / 86400
    share = sum(result.processor.values()) / result.seconds
    return "\n".join(
        [
            f"{plan.instances} instances and {result.mids} mids for {result.seconds / 60:.0f} minutes, which are "
            f"{days:.1f} days of the fleet; seed {plan.seed}; {share:.2f} of a processor",
            "",
            growth.table(grown(result)),
            f"{len(next(iter(result.samples.values())))} samples; the first {growth.WARM_UP:.0%} are warm-up",
            "",
            _stuck(result),
            "",
            _left_alone(result),
            _faults(result),
            _runs(result),
            f"{len(wrong(result))} wrong",
        ]
    )


def _stuck(result: Result) -> str:
    lines = [f"{'stuck cursors':14}  made  named  cured  in their first window  not due at the end  hours, at most"]
    for name in [*(one.name for one in WINDOWS), "all"]:
        some = [one for one in result.world.stuck if name in ("all", one.window.name)]
        waited = [(one.cured - one.named).total_seconds() / 3600 for one in some if one.cured and one.named]
        due = [one for one in some if one.cured is None and (one.first is None or one.first[1] > result.ended)]
        lines.append(
            f"{name:14}  {len(some):4}  {sum(bool(one.named) for one in some):5}  "
            f"{sum(bool(one.cured) for one in some):5}  {sum(one.in_time for one in some):21}  {len(due):18}  "
            f"{max(waited, default=0):14.1f}"
        )
    return "\n".join(lines)


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))


def _left_alone(result: Result) -> str:
    kinds = Counter({name: count for name, count in result.world.made.items() if name != "faults"})
    return f"left alone: {_listed(kinds)}"


def _faults(result: Result) -> str:
    struck = result.world.struck
    return (
        f"faults: {result.world.made['faults']} drawn of {len(PASSING)} kinds; {struck.total()} have struck, of "
        f"{sum(bool(count) for count in struck.values())} kinds"
    )


def _runs(result: Result) -> str:
    return (
        f"events: {_listed(result.events)}\n"
        f"runs of reconcile: {_listed(result.runs)}; {result.writes} writes\n"
        f"the servers were too busy to answer in time for {result.busy / result.seconds:.0%} of the time\n"
        f"processor seconds: {', '.join(f'{seconds:.0f} {name}' for name, seconds in result.processor.items())}"
    )


def document(result: Result, text: str) -> dict[str, Any]:
    """The result as data."""
    return {
        "table": text,
        "wrong": wrong(result),
        "seed": result.plan.seed,
        "minutes": result.plan.minutes,
        "instances": result.plan.instances,
        "samples": result.samples,
        "stuck": [
            {
                "host": one.host,
                "window": one.window.name,
                "made": one.made.isoformat(),
                "named": one.named.isoformat() if one.named else None,
                "first_window": [moment.isoformat() for moment in one.first] if one.first else None,
                "cured": one.cured.isoformat() if one.cured else None,
                "in_time": one.in_time,
            }
            for one in result.world.stuck
        ],
    }
