# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""Lines that fit a screen of 80 columns, in the form in which Ansible shows its output. Pure.

Ansible's default callback shows a list of messages as JSON: each line after eight columns, between quotes and with a
comma behind. A quote or a backslash takes two columns there, and so does a wide character.
"""

from __future__ import annotations

import json
import typing as t
from collections.abc import Iterable, Sequence
from unicodedata import east_asian_width

#: Columns of the screen, and the columns that a line of a list of messages has of them.
SCREEN = 80
ROOM = SCREEN - len('        "') - len('",')
#: A sentence needs this many columns beside its row; with less it goes below.
LEAST = 36
GAP = "  "
#: What stands between a host and its word, where the sentence is below them.
BETWEEN = GAP

#: A line of a table: what it is about, one word, a sentence.
Line = tuple[str, str, str]


def width(text: str) -> int:
    """The columns of a text on the screen, within Ansible's output."""
    if text.isascii() and text.isprintable():
        return len(text) + text.count('"') + text.count("\\")
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

    If long names leave too little of the screen, the sentences go below them.
    """
    columns = [max((width(row[place]) for row in rows), default=0) + len(GAP) for place in (0, 1)]
    if sum(columns) > room - LEAST:
        return below(rows, room)
    lines = []
    for host, word, sentence in rows:
        before = _padded(host, columns[0]) + _padded(word, columns[1])
        lines += wrapped(sentence, room, first=before, rest=" " * sum(columns))
    return lines


def below(rows: Sequence[Line], room: int = ROOM) -> list[str]:
    """The rows as host and word on a line, and the sentence below them: much text takes less of the screen so."""
    lines = []
    for host, word, sentence in rows:
        head = f"{host}{BETWEEN}{word}"
        lines += [head] if width(head) <= room else wrapped(f"{host} {word}", room)
        lines += wrapped(sentence, room, first=GAP * 2, rest=GAP * 2) if sentence.strip() else []
    return lines


def _padded(text: str, to: int) -> str:
    return text + " " * (to - width(text))


def _words(text: str, room: int) -> t.Iterator[str]:
    """The words of a text; a word that is wider than ``room``, such as a path, in narrower pieces."""
    for word in text.split():
        piece = ""
        for character in word:
            if piece and width(piece + character) > room:
                yield piece
                piece = ""
            piece += character
        yield piece
