# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""Texts of a server as they may be shown: nothing in them ends a line, moves a cursor or hides. Pure.

Whoever can write into a journal, a label or an error page writes into the output of a job too. A line break there
would begin a line that looks like one of ours, an escape sequence would paint over what stands above it, and a mark of
direction would turn a text round. So each such character is shown as Python writes it in a string, in ASCII: ``\\n``,
``\\r``, ``\\t``, ``\\x1b``, ``\\u202e``, ``\\U000e0041``. A backslash stays as it is: a text that is made visible
twice is the same as once, and a path is not changed.

Data stays data: what a caller reads in order to compare it or to write it back is never changed. An operation says
which of its results are such data; see ``_operations/runner.py``.
"""

from __future__ import annotations

import re
import typing as t
from collections.abc import Mapping

#: Begins the lines that a rollback can be typed from (``OLD VALUE HOST,OPTION,VALUE``). Only we may write them, so the
#: space in these words is shown as ``\x20`` where a server says them. Spaces of another kind or number, which nobody
#: tells from it, are made visible too.
MARKER = "OLD VALUE"

#: Control characters (line breaks of every kind among them), marks and overrides of direction, characters that nobody
#: sees, halves of surrogate pairs, and what Unicode calls no character.
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
    + "]|(?<=OLD)[ \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+(?=VALUE)"
)

_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def visible(text: str) -> str:
    """The text with every character visible that would not be, or would do something.

    The same text when there is none, and when it has been made visible before.
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
    """The same for a text whose line breaks (``\\n``) are ours: they stay, and every line is made visible."""
    return "\n".join(map(visible, text.split("\n")))


def shown(value: t.Any, data: t.Collection[str] = (), *, at: str = "") -> t.Any:
    """A structure of plain data with all its texts made visible, keys too.

    :param data: the places whose content stays as it is, as keys joined by dots; lists have no part in them:
        ``options.value`` is the value of each option.
    :param at: where ``value`` stands.
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
