# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""Texts of a server as they may be shown: nothing in them ends a line, moves a cursor or hides. Pure.

A text in a journal, a label or an error page ends up in the output of a job. A line break there
could fake a line of ours, an escape sequence could overwrite the lines above it, and a mark of
direction could reverse a text. So each such character is shown as an ASCII escape of Python: ``\\n``,
``\\r``, ``\\t``, ``\\x1b``, ``\\u202e``, ``\\U000e0041``. A backslash stays as it is: escaping a text twice
has no further effect, and a path does not change.

Data that a caller compares or writes back is never changed. An operation says
which of its results are such data; see ``_operations/runner.py``.
"""

from __future__ import annotations

import re
import typing as t
from collections.abc import Mapping

#: Begins the lines with the values for a rollback (``OLD VALUE HOST,OPTION,VALUE``). Only we may write them, so the
#: space in this text is shown as ``\x20`` where it comes from a server. Other or repeated spaces, which nobody
#: can tell apart from it, are made visible too.
MARKER = "OLD VALUE"
#: Begins the lines in which a slice of a fleet leaves its rows (``_slices/packing.py``): only we may write them, too.
SLICE_MARKER = "CAMPAIGN SLICE"

#: Control characters (with all line breaks), marks and overrides of direction, invisible characters,
#: halves of surrogate pairs, and noncharacters of Unicode.
_HIDDEN = re.compile(
    "["
    "\x00-\x1f\x7f-\x9f"
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    "\ud800-\udfff\ufdd0-\ufdef"
    "\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff"
    + "".join(f"{chr((plane << 16) + 0xFFFE)}{chr((plane << 16) + 0xFFFF)}" for plane in range(1, 17))
    + "]"
    + "".join(
        f"|(?<={before})[ \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+(?={behind})"
        for before, behind in (MARKER.split(), SLICE_MARKER.split())
    )
)

_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def visible(text: str) -> str:
    """The text with every invisible or control character escaped.

    The same text if there is none, or if it was escaped before.
    """
    return _HIDDEN.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    return "".join(map(_escape, found.group()))


def _escape(character: str) -> str:
    number = ord(character)
    if character in _SHORT:
        return _SHORT[character]
    if number <= 0xFF:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"


def visible_lines(text: str) -> str:
    """The same for a text whose line breaks (``\\n``) are ours: they stay, and each line is escaped."""
    return "\n".join(map(visible, text.split("\n")))


def shown(value: t.Any, data: t.Collection[str] = (), *, at: str = "") -> t.Any:
    """A structure of plain data with all its texts escaped, keys too.

    :param data: the fields that stay unchanged, as keys joined by dots; lists add no part:
        ``options.value`` is the value of each option.
    :param at: the path of ``value``.
    """
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, Mapping):
        return {_key(key): _below(one, data, f"{at}.{key}" if at else str(key)) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [shown(one, data, at=at) for one in value]
    return value


def _below(value: t.Any, data: t.Collection[str], place: str) -> t.Any:
    return value if place in data else shown(value, data, at=place)


def _key(key: t.Any) -> t.Any:
    return visible(key) if isinstance(key, str) else key
