# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``python -m tests.bench.guide``: put the figures of docs/docsite/bench.json, and the floor's source, into the guide.

make bench ARGS="--output docs/docsite"
.venv/bin/python -m tests.bench.guide
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .contestants import CONTESTANTS, HERE, ROOT

DOCS = ROOT / "docs" / "docsite"
GUIDE = DOCS / "rst" / "speed_guide.rst"

#: Generated parts are between two comments of this form.
PARTS = ("figures", "floor")
_HEAD = ("contestant", "instances", "latency", "wall", "processor", "memory", "calls", "logons", "runs")


def filled(guide: str, content: Mapping[str, Any], floor: str) -> str:
    """The guide with the figures of a bench.json, and the source of the floor, in their places.

    :raises ValueError: a place is missing.
    """
    made = {
        "figures": f"{conditions(content['conditions'])}\n\n{aims(content['bars'])}\n\n{figures(content['figures'])}",
        "floor": f".. code-block:: python\n\n{textwrap.indent(floor.strip(), '   ', lambda line: bool(line.strip()))}",
    }
    for name in PARTS:
        before, begin, rest = guide.partition(f".. {name} begin\n")
        _old, end, after = rest.partition(f".. {name} end\n")
        if not begin or not end:
            raise ValueError(f"The guide has no place for the {name}.")
        guide = f"{before}{begin}\n{made[name]}\n\n{end}{after}"
    return guide


def conditions(where: Mapping[str, Any]) -> str:
    """Where it was measured, as a sentence."""
    return (
        f"Measured on {where['cpus']} processors ({where['machine']}, load {where['load_before']:.1f} before it began) "
        f"with Python {where['python']},\nansible-core {where['ansible_core']} and requests {where['requests']}."
    )


def aims(bars: Iterable[Mapping[str, Any]]) -> str:
    """The targets, and the results."""
    rows = [(aim["bar"], f"{aim['value']:g}", "reached" if aim["reached"] else "missed") for aim in bars]
    return _table(("aim", "measured", "result"), rows)


def figures(found: Iterable[Mapping[str, Any]]) -> str:
    """All figures, one a row."""
    ordered = sorted(found, key=lambda one: (one["latency"], one["size"], one["contestant"]))
    return _table(_HEAD, [_row(one) for one in ordered])


def _row(one: Mapping[str, Any]) -> tuple[str, ...]:
    scaled, waiting = one["scaled_from"], one.get("waiting")
    return (
        f"({one['contestant']}) {CONTESTANTS[one['contestant']].name}",
        f"{one['size']:,}",
        f"{one['latency'] * 1000:.0f} ms",
        f"{one['wall']:.2f} s" + (f", of which {waiting:.2f} s waiting" if waiting else ""),
        f"{one['cpu']:.2f} s",
        "" if scaled else f"{one['memory']:.0f} MB",
        f"{one['calls']:.0f}",
        f"{one['logons']:.0f}",
        f"scaled from {scaled}" if scaled else str(one["runs"]),
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [".. list-table::", "   :header-rows: 1", ""]
    for row in (head, *rows):
        lines += [f"   {'* -' if number == 0 else '  -'} {cell}".rstrip() for number, cell in enumerate(row)]
    return "\n".join(lines)


def main() -> None:
    """Write the guide again."""
    content = json.loads((DOCS / "bench.json").read_text(encoding="utf-8"))
    floor = (HERE / "floor.py").read_text(encoding="utf-8")
    GUIDE.write_text(filled(GUIDE.read_text(encoding="utf-8"), content, floor), encoding="utf-8")


if __name__ == "__main__":
    main()
