# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""Answers with characters that XML 1.0 forbids: one bad character in one row must not hide all others. Pure.

A forbidden character is read as U+FFFD, which no date or number can contain, and is reported with row and field.
"""

from __future__ import annotations

import re
import typing as t

from .._core.errors import shorten

if t.TYPE_CHECKING:
    from lxml.etree import _Element as Element

#: Replaces a forbidden character.
MARK = "\ufffd"
#: The longest text that libxml2 accepts by default.
LONG = 10_000_000
#: The deepest document that libxml2 accepts by default.
DEEPEST = 256
#: At most this many fields are named one by one.
_MOST_TOLD = 20
_ENCODING = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
#: A character reference; within CDATA it is ordinary text.
_REFERENCE = re.compile(r"<!\[CDATA\[.*?\]\]>|&#(?:x([0-9A-Fa-f]+)|([0-9]+));", re.DOTALL)


def repaired(data: bytes) -> bytes | None:
    """The same document without forbidden characters, in UTF-8; None if it cannot be repaired: it is in
    another encoding than UTF-8, or declares a document type."""
    found = _ENCODING.match(data)
    if (found and found.group(1).lower() not in (b"utf-8", b"us-ascii")) or b"<!DOCTYPE" in data or data[1:2] == b"\0":
        return None
    text = _FORBIDDEN.sub(MARK, data.decode("utf-8", "replace"))
    return _REFERENCE.sub(_allowed, text).encode("utf-8")


def _allowed(found: re.Match[str]) -> str:
    hexadecimal, decimal = found.groups()
    if not hexadecimal and not decimal:
        return found.group()  # CDATA
    digits = (hexadecimal or decimal).lstrip("0")
    code = int(digits or "0", 16 if hexadecimal else 10) if len(digits) < 9 else 0
    return found.group() if _is_xml(code) else MARK


def _is_xml(code: int) -> bool:
    """Whether XML 1.0 allows a character."""
    if 0xD800 <= code <= 0xDFFF or code in (0xFFFE, 0xFFFF):
        return False
    return code in (9, 10, 13) or 0x20 <= code <= 0x10FFFF


def too_deep(root: Element) -> bool:
    """Whether a document is deeper than libxml2 accepts by default."""
    level: list[Element] = [root]
    for _depth in range(DEEPEST):
        level = [child for node in level for child in node]
        if not level:
            return False
    return True


def told(root: Element) -> list[str]:
    """A sentence for each field that has a replaced character or is very long, with its row but not its text."""
    found: list[str] = []
    for node in root.iter():
        if not isinstance(node.tag, str):
            continue
        fields = [("attribute " + str(name), str(value)) for name, value in node.attrib.items()]
        for field, value in [*fields, ("text", node.text or "")]:
            what = _problem(str(value))
            if what:
                found.append(f"The {field} of {_row(node)} {what}")
    more = len(found) - _MOST_TOLD
    return found[:_MOST_TOLD] + ([f"{more} more fields are like that."] if more > 0 else [])


def _problem(value: str) -> str:
    if MARK in value:
        return f"holds characters that XML forbids ({value.count(MARK)}), read as {MARK}."
    return f"is {len(value)} characters long." if len(value) > LONG else ""


def _row(node: Element) -> str:
    """The element and the nearest one around it that has a name or an id."""
    owner: Element | None = node
    while owner is not None:
        known = {str(key).rpartition("}")[2].lstrip("@"): str(value) for key, value in owner.attrib.items()}
        key = next((key for key in ("name", "internalName", "id") if known.get(key)), "")
        if key:
            own = "" if owner is node else f" in <{_tag(owner)}>"
            return f"<{_tag(node)}>{own} with {key} {shorten(known[key], 100)!r}"
        owner = owner.getparent()
    return f"<{_tag(node)}>"


def _tag(node: Element) -> str:
    return shorten(str(node.tag).rpartition("}")[2], 60)
