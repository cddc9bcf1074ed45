# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""Lines as a person reads them on a screen of 80 columns, in the output that Ansible shows by itself. Pure.

Ansible's default callback shows a list of messages as JSON: each line with eight columns before it, between quotes and
with a comma behind. A quote or a backslash takes two columns there, and a wide character two of the screen.
"""

from __future__ import annotations

import json
import typing as t
from collections.abc import Iterable, Sequence
from unicodedata import east_asian_width

#: Columns of the screen, and those that a line of a list of messages has of them.
SCREEN = 80
ROOM = SCREEN - len('        "') - len('",')
#: A sentence needs so many columns to be read beside what it belongs to; else it stands below.
LEAST = 36
GAP = "  "

#: A line of a table: what it is about, one word, a sentence.
Line = tuple[str, str, str]


def width(text: str) -> int:
    """The columns that a text takes on the screen, once it stands in Ansible's output."""
    inside = json.dumps(text, ensure_ascii=False)[1:-1]
    return len(inside) + sum(east_asian_width(character) in "WF" for character in inside)


def wrapped(text: str, room: int = ROOM, *, first: str = "", rest: str = "") -> list[str]:
    """The words of a text on lines that are no wider than ``room``. A word that is wider is cut.

    :param first: stands before the first line, and ``rest`` before each other one. Both count.
    """
    lines, line, empty = [], first, True
    for word in _words(text, max(1, room - max(width(first), width(rest)))):
        joined = line + word if empty else f"{line} {word}"
        if not empty and width(joined) > room:
            lines.append(line)
            joined = rest + word
        line, empty = joined, False
    return [one.rstrip() for one in [*lines, line]]


def paragraphs(texts: Iterable[str], room: int = ROOM) -> list[str]:
    """Several texts, each beginning on a line of its own; empty ones are left out."""
    return [line for text in texts if text.strip() for line in wrapped(text, room)]


def table(rows: Sequence[Line], room: int = ROOM) -> list[str]:
    """The rows in three columns, the sentences wrapped under their own column.

    Where names are so long that too little is left of the screen, the sentences stand below them instead.
    """
    columns = [max((width(row[place]) for row in rows), default=0) + len(GAP) for place in (0, 1)]
    lines = []
    for host, word, sentence in rows:
        before = _padded(host, columns[0]) + _padded(word, columns[1])
        if sum(columns) <= room - LEAST:
            lines += wrapped(sentence, room, first=before, rest=" " * sum(columns))
        else:
            head = f"{host}{GAP}{word}"
            lines += [head] if width(head) <= room else wrapped(f"{host} {word}", room)
            lines += wrapped(sentence, room, first=GAP * 2, rest=GAP * 2) if sentence.strip() else []
    return lines


def _padded(text: str, to: int) -> str:
    return text + " " * (to - width(text))


def _words(text: str, room: int) -> t.Iterator[str]:
    """The words of a text; one that is wider than ``room``, such as a path, in pieces that are not."""
    for word in text.split():
        piece = ""
        for character in word:
            if piece and width(piece + character) > room:
                yield piece
                piece = ""
            piece += character
        yield piece
