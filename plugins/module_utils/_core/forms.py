# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""Where in a text a secret stands, in whatever form somebody has written it down. Pure.

Instead of listing the forms of a secret, the text is decoded in every way that may apply: unchanged, with its XML
references, its percent signs or its backslashes resolved, one after the other and up to three deep. The plain secret
is searched in each result. So a form that is half escaped, in capitals or escaped twice is found like any other.
In addition: lines wrapped anywhere, Base64 at each of its alignments (of the secret, of its escaped forms, and
of Base64), and hexadecimal digits with anything between them.
"""

from __future__ import annotations

import binascii
import codecs
import html
import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import quote, quote_plus

TextSpan = tuple[int, int]
#: The meaning of an escape: texts, each with its offset from the beginning of the escape.
Pieces = Iterable[tuple[str, int]]

#: In which a secret may stand within encoded bytes. They are loaded here, before Ansible forks a worker for each host:
#: each of them would load them again.
CHARSETS = ("utf-8", "utf-16-le", "utf-16-be")
for _charset in CHARSETS:
    codecs.lookup(_charset)

#: How deep a text may be escaped: an XML text in a JSON text in a URL.
DEPTH = 3
#: The shortest part of a secret that is masked at the edge of a text: less of it reveals nothing.
PART = 4
#: Of shorter secrets only the whole is searched: half of a word is another word.
WHOLE_BELOW = 8

_XML = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});?")
_PERCENT = re.compile(r"(?:%[0-9A-Fa-f]{2})+|%u[0-9A-Fa-f]{4}")
_FORM = re.compile(_PERCENT.pattern + r"|\+")
_QUOTED = re.compile(r"(?:=[0-9A-F]{2})+|=[ \t]*\r?\n")
_BACKSLASH = re.compile(
    r"(?:\\x[0-9a-fA-F]{2})+|(?:\\[0-3][0-7]{2})+|\\u\{[0-9a-fA-F]{1,6}\}|(?:\\u[0-9a-fA-F]{4})+|\\U[0-9a-fA-F]{8}|\\.",
    re.DOTALL,
)
_SPACES = re.compile(r"\s+")
_BROKEN = re.compile(r"\r?\n[ \t]*")
#: Four bytes or more as a dump of memory shows them, or an array of a programming language.
_HEX = re.compile(r"(?:0[xX])?[0-9A-Fa-f]{2}(?:[\s:,;.-]{0,2}(?:0[xX])?[0-9A-Fa-f]{2}){3,}")
_BETWEEN_HEX = re.compile(r"0[xX]|[^0-9A-Fa-f]")
#: Lower case of the same length: ``lower`` makes some letters longer.
_SMALL = {ord(char): char.lower() for char in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
_LETTERS = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "v": "\v", "0": "\0"}

_ALPHABET = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/_-")
#: Without white space, in the first of the two alphabets.
_SPACE = frozenset(map(ord, " \t\r\n\v\f"))
_SQUEEZED = {**dict.fromkeys(_SPACE), ord("-"): "+", ord("_"): "/"}
#: The shortest run of such characters at the end of a text that is decoded.
_SHORTEST_RUN = 10
#: What may follow a text that was cut: quotes, an ellipsis, the beginning of an escape.
_CUT_ENDS = re.compile(r"(?:&[#A-Za-z0-9]{0,9}|%[0-9A-Fa-f]?|\\u?[0-9A-Fa-f]{0,3}|=[0-9A-F]?)?[\s\"'.…\]\)]*\Z")


class Needle:
    """A secret in the forms that a decoded text may contain.

    :param user: its user: both are encoded together in Base64.
    """

    def __init__(self, secret: str, user: str = "") -> None:
        self.secret = secret
        self.texts = _texts(secret)
        short = len(secret.encode("utf-8", "surrogatepass")) < PART
        pair = _bytes(f"{user}:{secret}") if user else []
        self.bytes = pair + _twice(pair) + ([] if short else _bytes(secret) + _spelled(secret))
        self.shortest = min(map(len, self.bytes), default=0)
        self.cores = {core for one in self.bytes for core in _cores(one)}
        self.hex = "" if short else secret.encode("utf-8", "surrogatepass").hex()


def _texts(secret: str) -> tuple[str, ...]:
    """The secret, and its variants in other spacing, Unicode normalisation or charset."""
    found = [secret, secret.strip(), " ".join(secret.split())]
    # Quotes as SQL, tables and shells double them.
    found += [secret.replace("'", "''"), secret.replace('"', '""'), secret.replace("'", "'\\''")]
    if not secret.isascii():
        found += [unicodedata.normalize("NFC", secret), unicodedata.normalize("NFD", secret)]
        for charset in ("latin-1", "cp1252"):
            found.append(secret.encode("utf-8", "replace").decode(charset, "replace"))
    return tuple(one for one in dict.fromkeys(found) if one)


def _bytes(text: str) -> list[bytes]:
    if not text:
        return []
    found = [text.encode(charset, "surrogatepass") for charset in CHARSETS]
    if not text.isascii():
        found.append(text.encode("latin-1", "replace"))
    return found


def _twice(found: list[bytes]) -> list[bytes]:
    """Base64 of the first of these at any alignment, to be encoded a second time."""
    return [core.encode("ascii") for one in found[:1] for core in _cores(one)]


def _spelled(secret: str) -> list[bytes]:
    """The text may have been escaped before it was encoded in Base64: a document, an address."""
    data = secret.encode("utf-8", "replace")
    texts = [html.escape(secret), html.escape(secret, quote=False), quote(data, safe=""), quote(data), quote_plus(data)]
    texts += [json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]]
    found = [one.encode("utf-8", "surrogatepass") for one in dict.fromkeys(texts) if one != secret]
    return found + _twice(_bytes(secret))


def _cores(data: bytes) -> Iterator[str]:
    """Base64 of bytes within other bytes: at each of the three alignments."""
    for before in range(3):
        characters = binascii.b2a_base64(bytes(before) + data, newline=False).decode("ascii")
        core = characters[(before * 4 + 2) // 3 : (before + len(data)) * 4 // 3]
        if len(core) >= PART:
            yield core


def find(text: str, needles: Iterable[Needle]) -> list[TextSpan]:
    """Where a text contains any of these, in any form: ranges that do not overlap, in order."""
    wanted = list(needles)
    if not wanted or not text:
        return []
    spaced = any(" " in one for needle in wanted for one in needle.texts)
    found: list[TextSpan] = []
    for reading in _readings(text, spaced):
        found += [reading.span(begin, end) for begin, end in _in_reading(reading.text, wanted)]
    found += _in_hex(text, wanted)
    return _merged(found)


def _merged(spans: list[TextSpan]) -> list[TextSpan]:
    merged: list[TextSpan] = []
    for begin, end in sorted(spans):
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((begin, end))
    return merged


# -- readings of a text ------------------------------------------------------------------------------------------------


class _Reading:
    """One way to read a text. ``places[i]`` is the offset of character ``i`` in the original text; None: the same."""

    def __init__(self, text: str, places: list[int] | None = None) -> None:
        self.text = text
        self.places = places

    def span(self, begin: int, end: int) -> TextSpan:
        """The part of the original text that was read as ``text[begin:end]``."""
        if self.places is None:
            return begin, end
        first, after = self.places[begin], end
        while after < len(self.text) and self.places[after] <= self.places[end - 1]:
            after += 1  # one escape may stand for two characters
        return first, self.places[after]

    def resolved(self, escapes: re.Pattern[str], pieces: Callable[[re.Match[str]], Pieces]) -> _Reading:
        """The same text with its escapes of one kind resolved."""
        parts: list[str] = []
        places: list[int] = []
        last = 0
        for match in escapes.finditer(self.text):
            parts.append(self.text[last : match.start()])
            places.extend(range(last, match.start()))
            for piece, offset in pieces(match):
                parts.append(piece)
                places.extend([match.start() + offset] * len(piece))
            last = match.end()
        parts.append(self.text[last:])
        places.extend(range(last, len(self.text) + 1))
        if self.places is not None:
            places = [self.places[place] for place in places]
        return _Reading("".join(parts), places)


def _readings(text: str, spaced: bool) -> Iterator[_Reading]:
    """Every way to read a text, each once."""
    seen = {text}
    level = [_Reading(text)]
    if "\n" in text:
        level.append(level[0].resolved(_BROKEN, lambda _match: []))
    yield from level
    for _depth in range(DEPTH):
        following = [further for reading in level for further in _read_once_more(reading, spaced)]
        level = []
        for reading in following:
            if reading.text not in seen:
                seen.add(reading.text)
                level.append(reading)
        yield from level


def _read_once_more(reading: _Reading, spaced: bool) -> Iterator[_Reading]:
    """A reading with one more kind of escape resolved, for each kind that it may have."""
    for mark, escapes, pieces in _ESCAPES:
        is_form = spaced and mark == "%"
        if is_form or mark in reading.text:
            yield reading.resolved(_FORM if is_form else escapes, pieces)
    if spaced:
        yield reading.resolved(_SPACES, lambda _match: [(" ", 0)])


def _of_xml(match: re.Match[str]) -> Pieces:
    return [(html.unescape(match.group()), 0)]


def _of_percent(match: re.Match[str]) -> Pieces:
    text = match.group()
    if text == "+":
        return [(" ", 0)]
    if text.startswith("%u"):
        return [(chr(int(text[2:], 16)), 0)]
    return _of_bytes(bytes.fromhex(text.replace("%", "")), 3)


def _of_quoted(match: re.Match[str]) -> Pieces:
    text = match.group()
    return [] if text.endswith("\n") else _of_bytes(bytes.fromhex(text.replace("=", "")), 3)


# Complex: one case for each way to write a character with a backslash.
def _of_backslash(match: re.Match[str]) -> Pieces:
    text = match.group()
    kind = text[1]
    if kind == "x" and len(text) > 2:
        return _of_bytes(bytes.fromhex(text.replace("\\x", "")), 4)
    if kind in "0123" and len(text) > 2:
        return _of_bytes(bytes(int(one, 8) for one in text.split("\\")[1:]), 4)
    if kind == "u" and len(text) > 2 and "{" not in text:
        units = bytes.fromhex(text.replace("\\u", ""))
        return _at(units.decode("utf-16-be", "replace"), lambda char: 6 * (len(char.encode("utf-16-be")) // 2))
    if kind in "uU" and len(text) > 2:
        number = int(text[2:].strip("{}"), 16)
        return [(chr(number) if number <= 0x10FFFF else "\ufffd", 0)]
    return [(_LETTERS.get(kind, kind), 0)]


def _of_bytes(data: bytes, width: int) -> Pieces:
    """Bytes of which each was written with ``width`` characters."""
    try:
        return _at(data.decode("utf-8"), lambda char: width * len(char.encode("utf-8")))
    except UnicodeDecodeError:
        return _at(data.decode("latin-1"), lambda _char: width)


def _at(text: str, width: Callable[[str], int]) -> Pieces:
    place = 0
    for char in text:
        yield char, place
        place += width(char)


_ESCAPES: tuple[tuple[str, re.Pattern[str], Callable[[re.Match[str]], Pieces]], ...] = (
    ("&", _XML, _of_xml),
    ("%", _PERCENT, _of_percent),
    ("\\", _BACKSLASH, _of_backslash),
    ("=", _QUOTED, _of_quoted),
)


# -- secrets in a reading ----------------------------------------------------------------------------------------------


def _in_reading(text: str, needles: list[Needle]) -> Iterator[TextSpan]:
    small = text.translate(_SMALL)
    ends = _ends(text)
    characters = text.translate(_SQUEEZED)
    places: list[int] = []
    for needle in needles:
        for wanted in needle.texts:
            yield from _whole(text, wanted)
            if len(wanted) >= WHOLE_BELOW:
                yield from _parts(text, wanted, ends)
                yield from _whole(small, wanted.translate(_SMALL))
        if needle.hex:
            yield from _whole(small, needle.hex)
        for core in needle.cores:
            if core in characters:
                places = places or [place for place, char in enumerate(text) if ord(char) not in _SPACE]
                yield from _in_base64(text, characters, core, places)
    yield from _cut_base64(text, needles)


def _whole(text: str, wanted: str) -> Iterator[TextSpan]:
    place = text.find(wanted)
    while place >= 0:
        yield place, place + len(wanted)
        place = text.find(wanted, place + 1)


def _ends(text: str) -> tuple[int, int, int]:
    """Where a text begins after quotes and the like, where it ends before them, and where it ends."""
    begin = len(text) - len(text.lstrip(" \t\r\n\"'….[("))
    cut = _CUT_ENDS.search(text, max(0, len(text) - 64))
    return begin, len(text) if cut is None else cut.start(), len(text)


def _parts(text: str, wanted: str, ends: tuple[int, int, int]) -> Iterator[TextSpan]:
    """The beginning of a secret at the end of a cut text, and its end at the beginning of one."""
    begin, *cuts = ends
    for end in cuts:
        place = text.find(wanted[:PART], max(0, end - len(wanted) + 1), end)
        while place >= 0:
            if wanted.startswith(text[place:end]):
                yield place, len(text)
                break
            place = text.find(wanted[:PART], place + 1, end)
    for first in (0, begin):
        last = min(len(text), first + len(wanted) - 1)
        place = text.rfind(wanted[-PART:], first, last)
        while place >= 0:
            if wanted.endswith(text[first : place + PART]):
                yield 0, place + PART
                break
            place = text.rfind(wanted[-PART:], first, place + PART - 1)


def _in_hex(text: str, needles: list[Needle]) -> Iterator[TextSpan]:
    """All digits around a secret, with anything between them."""
    for match in _HEX.finditer(text):
        data = bytes.fromhex(_BETWEEN_HEX.sub("", match.group()))
        # A time is such digits too, and shorter than most secrets.
        if any(one in data for needle in needles if len(data) >= needle.shortest for one in needle.bytes):
            yield match.span()


def _in_base64(text: str, characters: str, core: str, places: list[int]) -> Iterator[TextSpan]:
    """The ranges of the characters that encode a secret; ``places`` are those of ``characters`` in the text."""
    last = 0
    for begin, end in _whole(characters, core):
        if places[end - 1] >= last:  # else it is in the run that was just found: each run is processed once
            span = _run(text, places[begin], places[end - 1] + 1)
            last = span[1]
            yield span


def _cut_base64(text: str, needles: list[Needle]) -> Iterator[TextSpan]:
    """The Base64 at the end of a cut text, if it ends within a secret."""
    end = len(text.rstrip(" \t\r\n\"'.…"))
    begin = _begin_of_run(text, end)
    if end - begin < _SHORTEST_RUN:
        return
    characters = text[begin:end].translate(_SQUEEZED)
    long = [one for needle in needles for one in needle.bytes if len(one) >= WHOLE_BELOW]
    for offset in range(4):
        data = _from_base64(characters[offset:])
        for one in long:
            place = data.find(one[:PART], max(0, len(data) - len(one) - 1))
            # The cut may have damaged the last byte.
            if place >= 0 and any(one.startswith(data[place : len(data) - lost]) for lost in (0, 1)):
                yield begin, len(text)


def _from_base64(characters: str) -> bytes:
    """What whole bytes such characters stand for, without padding."""
    usable = characters[:-1] if len(characters) % 4 == 1 else characters
    return binascii.a2b_base64(usable + "=" * (-len(usable) % 4))


def _begin_of_run(text: str, begin: int) -> int:
    while begin > 0 and text[begin - 1] in _ALPHABET:
        begin -= 1
    return begin


def _run(text: str, begin: int, end: int) -> TextSpan:
    """All of the Base64 around a match: beside it are the user, or the ends of the secret."""
    begin = _begin_of_run(text, begin)
    while end < len(text) and text[end] in _ALPHABET:
        end += 1
    while end < len(text) and text[end] == "=":
        end += 1
    return begin, end
