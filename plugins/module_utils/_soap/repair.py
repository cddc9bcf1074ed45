# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""Answers with characters that XML 1.0 forbids: one bad character in one row must not hide all others. Pure.

A forbidden character is read as U+FFFD, which no date or number can contain, and is reported with row and field.
"""

from __future__ import annotations

import codecs
import re
import typing as t

from .._core.errors import ProtocolError, shorten

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
_DECLARED = re.compile(rb"""<\?xml\s[^?>]*?encoding\s*=\s*["']([^"'?>]*)["']""")
#: Encodings in which every "<" of a document is this byte. In others, such as UTF-7, tags could not be counted.
_COUNTABLE = re.compile(
    rb"(utf-?8|(us-)?ascii|iso-?8859|latin|windows-|cp125|koi8|shift|sjis|euc|gb|big5).*", re.IGNORECASE
)
#: The forbidden characters of ASCII, and the two at the end of the plane.
_CONTROLS = dict.fromkeys([*range(9), 0x0B, 0x0C, *range(0x0E, 0x20), 0xFFFE, 0xFFFF], MARK)
_BEFORE_ROOT = ((b"<?", b"?>"), (b"<!--", b"-->"))
_SPACES = re.compile(rb"\s*")
#: A character reference; within CDATA it is ordinary text.
_REFERENCE = re.compile(rb"<!\[CDATA\[|&#(?:x([0-9A-Fa-f]+)|([0-9]+));")
#: Bytes that are decoded at once: decoded, a character may take four times as many.
_PIECE = 1024 * 1024
#: A document may become so much longer when it is repaired: some fields are bad, and not all of it.
_MOST_ADDED = 1024 * 1024


def readable(data: bytes) -> bytes:
    """The document in an encoding in which the counts of the transport hold, and without a document type.

    :raises ProtocolError: it is in another, or declares a document type: the parser would build what it says.
    """
    if data.startswith(codecs.BOM_UTF8):
        data = data[len(codecs.BOM_UTF8) :]
    declared = _DECLARED.match(data)
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or data[1:2] == b"\0":
        data = _from_utf16(data)
    elif declared and not _COUNTABLE.fullmatch(declared.group(1)):
        raise ProtocolError(
            f"The answer is encoded as {shorten(declared.group(1).decode('latin-1'), 40)}, which no Campaign server "
            "uses.",
            reached="maybe",
        )
    if _declares_type(data):
        raise ProtocolError("The answer declares a document type, which no Campaign server does.", reached="maybe")
    return data


def _declares_type(data: bytes) -> bool:
    """Whether a document type stands before the root element, after instructions and comments."""
    place = 0
    while True:
        spaces = _SPACES.match(data, place)
        place = spaces.end() if spaces else place
        end = next((end for begin, end in _BEFORE_ROOT if data.startswith(begin, place)), None)
        after = -1 if end is None else data.find(end, place)
        if end is None or after < 0:
            return data.startswith(b"<!DOCTYPE", place)
        place = after + len(end)


def _from_utf16(data: bytes) -> bytes:
    """The same in UTF-8, without a declaration."""
    has_mark = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = data.decode("utf-16" if has_mark else "utf-16-le")
    except UnicodeDecodeError:
        raise ProtocolError("The answer is not well-formed XML: it is no UTF-16.", reached="maybe") from None
    return re.sub(r"\A\s*<\?xml\s[^?]*\?>", "", text).encode("utf-8")


def repaired(data: bytes) -> bytes | None:
    """The same document without forbidden characters, in UTF-8; None if it cannot be repaired: it is in
    another encoding than UTF-8, or nearly all of it is bad."""
    declared = _DECLARED.match(data)
    if declared and declared.group(1).lower() not in (b"utf-8", b"us-ascii"):
        return None
    most = len(data) + _MOST_ADDED
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    found = bytearray()
    for start in range(0, len(data), _PIECE):
        piece = decoder.decode(data[start : start + _PIECE], start + _PIECE >= len(data))
        found += piece.translate(_CONTROLS).encode("utf-8")
        if len(found) > most:
            return None
    return _without_references(found)


def _without_references(data: bytearray) -> bytes:
    """The same without references to forbidden characters, put together in place: there may be very many."""
    found = bytearray()
    copied = place = 0
    while (reference := _REFERENCE.search(data, place)) is not None:
        place = reference.end()
        hexadecimal, decimal = reference.groups()
        if not hexadecimal and not decimal:
            place = data.find(b"]]>", place)
            if place < 0:
                break
        elif not _names_character(hexadecimal or decimal, 16 if hexadecimal else 10):
            found += data[copied : reference.start()] + MARK.encode("utf-8")
            copied = place
    return bytes(found + data[copied:])


def _names_character(digits: bytes, base: int) -> bool:
    significant = digits.lstrip(b"0")
    return len(significant) < 9 and _is_xml(int(significant or b"0", base))


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
    more = 0
    for node in root.iter():
        if not isinstance(node.tag, str):
            continue
        fields = [("attribute " + str(name), str(value)) for name, value in node.attrib.items()]
        for field, value in [*fields, ("text", node.text or "")]:
            what = _problem(str(value))
            if what and len(found) < _MOST_TOLD:
                found.append(f"The {field} of {_row(node)} {what}")
            elif what:
                more += 1
    return found + ([f"{more} more fields are like that."] if more else [])


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
