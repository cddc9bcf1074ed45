# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The drawing of cursor ages on a logarithmic scale, as numbers for a template. Pure.

A lane for each verdict that has a cursor with an age, and above them a line for each cured cursor: where it stood, and
where it stands. Where many cursors share a place, bars stand for dots.
"""

from __future__ import annotations

import math
import typing as t
from collections.abc import Mapping, Sequence

from ...module_utils._core.counted import counted
from .ends import still_cured
from .times import DAY, HOUR, MINUTE, YEAR, age_text, short
from .verdicts import WORST_FIRST, group_of

Data = dict[str, t.Any]
Document = Mapping[str, t.Any]

#: The drawing, in units of its own.
WIDTH, LEFT, RIGHT, TOP, LANE, CURE = 1000, 200, 980, 26, 30, 18
#: Where cursors stand that are ahead of the clock.
AHEAD = 176
#: The youngest age that is told apart.
YOUNGEST = MINUTE
#: The least that the scale goes to.
LEAST = 30 * DAY
TICKS = (
    *((MINUTE, "1 min"), (10 * MINUTE, "10 min"), (HOUR, "1 h"), (6 * HOUR, "6 h"), (DAY, "1 d"), (7 * DAY, "7 d")),
    *((30 * DAY, "30 d"), (YEAR, "1 y"), (5 * YEAR, "5 y"), (20 * YEAR, "20 y"), (100 * YEAR, "100 y")),
)
#: Cursors within so many units share a place; up to so many dots stand above each other there.
BIN, MOST_DOTS = 8, 4
#: No more cured cursors than this have a line of their own.
MOST_CURES = 8


# Complex: a flat list of numbers.
def timeline(document: Document) -> Data:
    """The numbers: ``width``, ``height``, ``ticks``, ``cures``, ``more_cures``, ``lanes`` (each with ``dots`` or
    ``bars``), ``without`` (hosts that have no age) and ``label``, the same in words."""
    marks = _marks(document)
    cures = _cured(document)
    scale = _Scale([one["age_seconds"] for one in marks] + [one["before"] for one in cures])
    shown = cures[:MOST_CURES]
    lanes = [(verdict, found) for verdict in WORST_FIRST if (found := _of(verdict, marks))]
    begin = TOP + CURE * len(shown) + (8 if shown else 0)
    without = sum(row["age_seconds"] is None for row in document["hosts"])
    return {
        "width": WIDTH,
        "left": LEFT,
        "right": RIGHT,
        "top": TOP,
        "height": begin + LANE * len(lanes) + 6,
        "bottom": begin + LANE * len(lanes),
        "ticks": [{"x": scale.x(age), "text": text} for age, text in TICKS if age <= scale.oldest],
        "cures": [_line(one, scale, TOP + CURE * number + CURE / 2) for number, one in enumerate(shown)],
        "more_cures": len(cures) - len(shown),
        "lanes": [_lane(verdict, found, scale, begin + LANE * n) for n, (verdict, found) in enumerate(lanes)],
        "without": without,
        "label": _words(lanes),
    }


def _marks(document: Document) -> list[Data]:
    """The cursors that have an age, each with its host."""
    found = [{"host": row["host"], **cursor} for row in document["hosts"] for cursor in row["cursors"]]
    return [one for one in found if one["age_seconds"] is not None]


class _Scale:
    """The place of an age."""

    def __init__(self, ages: Sequence[float]) -> None:
        most = max([LEAST, *ages])
        self.oldest = next((age for age, _text in TICKS if age >= most), most)
        self._length = math.log(self.oldest / YOUNGEST)

    def x(self, age: float) -> float:
        """Where an age stands; what is ahead of the clock has a place of its own."""
        if age < 0:
            return AHEAD
        return round(LEFT + (RIGHT - LEFT) * math.log(max(age, YOUNGEST) / YOUNGEST) / self._length, 1)


def _of(verdict: str, marks: Sequence[Data]) -> list[Data]:
    return [one for one in marks if one["verdict"] == verdict]


def _words(lanes: Sequence[tuple[str, Sequence[Data]]]) -> str:
    """The drawing for somebody who does not see it."""
    said = []
    for verdict, marks in lanes:
        ages = [one["age_seconds"] for one in marks]
        low, high = age_text(min(ages)), age_text(max(ages))
        said.append(f"{counted(len(marks), 'cursor')} {verdict}, {low if low == high else f'{low} to {high}'} old")
    return f"Ages of cursors: {'; '.join(said)}." if said else "No cursor has an age."


# -- lanes ------------------------------------------------------------------------------------------------------------


def _lane(verdict: str, marks: Sequence[Data], scale: _Scale, top: float) -> Data:
    bins: dict[int, list[Data]] = {}
    for one in marks:
        bins.setdefault(int(scale.x(one["age_seconds"]) // BIN), []).append(one)
    most = max(map(len, bins.values()))
    base = {"verdict": verdict, "group": group_of(verdict), "count": len(marks), "y": top, "middle": top + LANE / 2}
    if most > MOST_DOTS:
        return {**base, "dots": [], "bars": [_bar(place, found, most, top) for place, found in sorted(bins.items())]}
    dots = [
        {
            "x": scale.x(one["age_seconds"]),
            "y": _height(number, len(found), top),
            "host": one["host"],
            "text": _dot(one),
        }
        for found in bins.values()
        for number, one in enumerate(found)
    ]
    return {**base, "dots": dots, "bars": []}


def _height(number: int, of: int, top: float) -> float:
    """The height of one of several dots that share a place: around the middle of the lane."""
    return top + LANE / 2 + (number - (of - 1) / 2) * (LANE - 14) / MOST_DOTS


def _dot(mark: Data) -> str:
    name = mark["account"] or mark["option"]
    return f"{mark['host']}, {name}: {age_text(mark['age_seconds'])}, {short(mark['value'])} UTC"


def _bar(place: int, found: Sequence[Data], most: int, top: float) -> Data:
    """A bar whose area grows with the square root: one cursor beside a thousand can still be seen."""
    height = round(4 + (LANE - 8) * math.sqrt(len(found) / most), 1)
    ages = [one["age_seconds"] for one in found]
    names = ", ".join(one["host"] for one in found[:5]) + (" ..." if len(found) > 5 else "")
    text = f"{counted(len(found), 'cursor')}, {age_text(min(ages))} to {age_text(max(ages))}: {names}"
    return {"x": place * BIN, "y": round(top + LANE - 2 - height, 1), "width": BIN - 1, "height": height, "text": text}


# -- cures ------------------------------------------------------------------------------------------------------------


def _cured(document: Document) -> list[Data]:
    """The cured cursors whose age before and now is known."""
    now = {(one["host"], one["option"]): one["age_seconds"] for one in _marks(document)}
    found = []
    for one in document["treated"]:
        for cursor in (end.cursor for end in still_cured(one["attempts"])):
            before, age = cursor["before_age_seconds"], now.get((one["host"], cursor["option"]))
            if cursor["written"] and None not in (before, age):
                name = cursor["account"] or cursor["option"]
                found.append({"host": one["host"], "name": name, "before": before, "now": age})
    return found


def _line(cure: Data, scale: _Scale, y: float) -> Data:
    before, now = age_text(cure["before"]), age_text(cure["now"])
    text = f"{cure['host']}, {cure['name']}: {before} before its cure, {now} when it was read"
    ends = {"from": scale.x(cure["before"]), "to": scale.x(cure["now"])}
    return {**ends, "y": y, "host": cure["host"], "name": cure["name"], "text": text}
