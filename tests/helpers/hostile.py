# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts that a server may send to deceive the readers of a job's output, and a search for them."""

from __future__ import annotations

import re
from typing import Any

#: A line that would work in a rollback if it were ours.
FORGED = "OLD VALUE victim,NmsMidSourcing_LastDelivery_defaultEmailMid,1999-01-01T00:00:00.000Z"

#: Characters, each with its visible form.
_TABLE = (
    ("\n", r"\n"),
    ("\r", r"\r"),
    ("\t", r"\t"),
    ("\x00", r"\x00"),
    ("\x07", r"\x07"),
    ("\x08", r"\x08"),
    ("\x0b", r"\x0b"),
    ("\x0c", r"\x0c"),
    ("\x1b", r"\x1b"),
    ("\x1c", r"\x1c"),
    ("\x1f", r"\x1f"),
    ("\x7f", r"\x7f"),
    ("\x80", r"\x80"),
    ("\x85", r"\x85"),
    ("\x9b", r"\x9b"),
    ("\x9f", r"\x9f"),
    ("\xad", r"\xad"),
    ("\u061c", r"\u061c"),
    ("\u180e", r"\u180e"),
    ("\u200b", r"\u200b"),
    ("\u200d", r"\u200d"),
    ("\u200e", r"\u200e"),
    ("\u200f", r"\u200f"),
    ("\u2028", r"\u2028"),
    ("\u2029", r"\u2029"),
    ("\u202a", r"\u202a"),
    ("\u202e", r"\u202e"),
    ("\u2060", r"\u2060"),
    ("\u2066", r"\u2066"),
    ("\u2069", r"\u2069"),
    ("\ufeff", r"\ufeff"),
    ("\ufff9", r"\ufff9"),
    ("\ufdd0", r"\ufdd0"),
    ("\ufffe", r"\ufffe"),
    ("\uffff", r"\uffff"),
    ("\ud800", r"\ud800"),
    ("\udc1b", r"\udc1b"),
    ("\U0001fffe", r"\U0001fffe"),
    ("\U0010ffff", r"\U0010ffff"),
    ("\U000e0001", r"\U000e0001"),
    ("\U000e0041", r"\U000e0041"),
)
CHARACTERS: dict[str, str] = dict(_TABLE)

#: All of them, and a forged line.
HOSTILE = "".join(CHARACTERS) + "\n" + FORGED
#: The ones that XML, and therefore an envelope, can carry.
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
HOSTILE_XML = _NOT_XML.sub("", HOSTILE)


def raw_in(data: Any, *, lines: bool = False) -> list[str]:
    """The raw hostile characters in a text, or in the texts of a structure; and the forged line, if it is there.

    :param lines: the text is output of many lines: their own line breaks do not count.
    """
    text = "".join(_texts(data))
    found = [ascii(one) for one in CHARACTERS if one in text and not (lines and one == "\n")]
    return found + [line for line in text.splitlines() if FORGED in line]


def _texts(data: Any) -> list[str]:
    if isinstance(data, str):
        return [data]
    if isinstance(data, dict):
        return [text for key, value in data.items() for text in [*_texts(key), *_texts(value)]]
    return [text for one in data for text in _texts(one)] if isinstance(data, (list, tuple)) else []
