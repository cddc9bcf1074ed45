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
import typing as t
import unicodedata
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
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
_LETTERS = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "v": "\v", "0": "\0"}

_IN_RUN = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/_-"
_SPACE = frozenset(map(ord, " \t\r\n\v\f"))
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


class TooManyEscapes(Exception):
    """A text has so many that it cannot be searched in a reasonable time."""


class Effort:
    """How many escapes may still be resolved: a text of nothing else would take minutes.

    :param most: for a text of any length; ``each``: for each of its characters.
    """

    def __init__(self, most: int, each: float) -> None:
        self.left = most
        self._each = each
        self._until = 0

    def begin(self, length: int) -> None:
        """Begin a text: it may use what its length allows, and what earlier texts have left."""
        self._until = max(0, self.left - LEAST_EFFORT - int(self._each * length))

    def spend(self, escapes: int) -> None:
        """Note that so many were resolved.

        :raises TooManyEscapes: that was too many.
        """
        is_enough = self.left - escapes >= self._until
        self.left = max(0, self.left - escapes)
        if not is_enough:
            raise TooManyEscapes


#: Escapes that even a short text may use: in each reading, each counts again.
LEAST_EFFORT = 50_000
#: A secret in Base64 takes as long as so many.
RUN_EFFORT = 20
#: Escapes of all texts of an operation together, some five seconds; and those for each character of one of them. A
#: script has a tenth of one for each character, a text of escapes alone more than five.
MOST_EFFORT, EFFORT_EACH = 1_000_000, 1 / 3

#: A long text is searched in windows that overlap: a reading takes many times the memory of its text.
WINDOW = 64 * 1024


def find(text: str, needles: Iterable[Needle], effort: Effort | None = None) -> Iterator[TextSpan]:
    """Where a text contains any of these, in any form: ranges that do not overlap, in order.

    :raises TooManyEscapes: ``effort`` does not suffice to say.
    """
    wanted = list(needles)
    if not wanted or not text:
        return
    effort = effort or Effort(MOST_EFFORT, EFFORT_EACH)
    effort.begin(len(text))
    # A secret is found whole in one window, unless an escape of an escape made each of its characters very long.
    overlap = 4096 + 40 * max(len(needle.secret) for needle in wanted)
    waiting: list[TextSpan] = []
    for start in range(0, max(1, len(text) - overlap), WINDOW):
        end = start + WINDOW + overlap
        window = TextWindow(text[start:end], start == 0, end >= len(text))
        found = _in_window(window, wanted, effort)
        waiting = _merged([*waiting, *((begin + start, end + start) for begin, end in found)])
        while waiting and waiting[0][1] < start + WINDOW:
            yield waiting.pop(0)
    yield from waiting


class TextWindow(t.NamedTuple):
    """A part of a text, and whether the text begins and ends with it."""

    text: str
    is_first: bool
    is_last: bool


def _in_window(window: TextWindow, wanted: list[Needle], effort: Effort) -> list[TextSpan]:
    spaced = any(" " in one for needle in wanted for one in needle.texts)
    found: list[TextSpan] = []
    for reading in _readings(window.text, spaced, effort):
        place = window._replace(text=reading.text)
        found += [reading.span(begin, end) for begin, end in _in_reading(place, wanted, effort)]
    found += _in_hex(window.text, wanted)
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
    """One way to read a text.

    :param of: the reading whose escapes were resolved; None: the text itself.
    :param starts: where in ``text`` a part begins, and ``places`` where it stands in the other one. In between, the
        characters are the same.
    """

    def __init__(
        self, text: str, of: _Reading | None = None, starts: Sequence[int] = (), places: Sequence[int] = ()
    ) -> None:
        self.text = text
        self._of = of
        self._starts = starts
        self._places = places

    def _origin(self, offset: int) -> int:
        """The offset of a character in the original text."""
        if self._of is None:
            return offset
        part = bisect_right(self._starts, offset) - 1
        return self._of._origin(self._places[part] + offset - self._starts[part])

    def span(self, begin: int, end: int) -> TextSpan:
        """The part of the original text that was read as ``text[begin:end]``."""
        last, after = self._origin(end - 1), end
        while after < len(self.text) and self._origin(after) <= last:
            after += 1  # one escape may stand for two characters
        return self._origin(begin), self._origin(after)

    def resolved(self, escapes: re.Pattern[str], pieces: Callable[[re.Match[str]], Pieces], effort: Effort) -> _Reading:
        """The same text with its escapes of one kind resolved."""
        parts: list[str] = []
        starts, places = array("L"), array("L")
        length = last = 0
        for match in escapes.finditer(self.text):
            begin = match.start()
            if begin > last:
                starts.append(length)
                places.append(last)
                parts.append(self.text[last:begin])
                length += begin - last
            for piece, offset in pieces(match):
                parts.append(piece)
                for _character in piece:
                    starts.append(length)
                    places.append(begin + offset)
                    length += 1
            last = match.end()
        effort.spend(len(starts))
        starts.append(length)
        places.append(last)
        parts.append(self.text[last:])
        return _Reading("".join(parts), self, starts, places)


def _readings(text: str, spaced: bool, effort: Effort) -> Iterator[_Reading]:
    """Every way to read a text, each once."""
    seen = {text}
    level = [_Reading(text)]
    if "\n" in text:
        level.append(level[0].resolved(_BROKEN, lambda _match: [], effort))
    yield from level
    for depth in range(DEPTH):
        following = []
        for reading in level:
            for further in _read_once_more(reading, spaced, effort):
                if further.text not in seen:
                    seen.add(further.text)
                    yield further
                    if depth + 1 < DEPTH:
                        following.append(further)
        level = following


def _read_once_more(reading: _Reading, spaced: bool, effort: Effort) -> Iterator[_Reading]:
    """A reading with one more kind of escape resolved, for each kind that it may have."""
    for mark, escapes, pieces in _ESCAPES:
        is_form = spaced and mark == "%"
        if is_form or mark in reading.text:
            yield reading.resolved(_FORM if is_form else escapes, pieces, effort)
    if spaced:
        yield reading.resolved(_SPACES, lambda _match: [(" ", 0)], effort)


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


def _in_reading(window: TextWindow, needles: list[Needle], effort: Effort) -> Iterator[TextSpan]:
    text = window.text
    small = _lowered(text)
    ends = _ends(text)
    for needle in needles:
        for wanted in needle.texts:
            yield from _whole(text, wanted)
            if len(wanted) >= WHOLE_BELOW:
                yield from _parts(window, wanted, ends)
                yield from _whole(small, _lowered(wanted))
        if needle.hex:
            yield from _whole(small, needle.hex)
    for span in _in_runs(text, needles):
        effort.spend(RUN_EFFORT)
        yield span
    if window.is_last:
        yield from _cut_base64(text, needles)


def _in_runs(text: str, needles: list[Needle]) -> Iterator[TextSpan]:
    """The Base64 that encodes a secret."""
    characters = _squeezed(text)
    places: list[int] = []
    for needle in needles:
        for core in needle.cores:
            if core in characters:
                places = places or [place for place, char in enumerate(text) if ord(char) not in _SPACE]
                yield from _in_base64(text, characters, core, places)


def _lowered(text: str) -> str:
    """In lower case, of the same length: ``lower`` makes some letters longer, and none shorter."""
    lowered = text.lower()
    return (
        lowered if len(lowered) == len(text) else "".join(one if len(one.lower()) > 1 else one.lower() for one in text)
    )


def _squeezed(text: str) -> str:
    """Without white space, in the first of the two alphabets of Base64."""
    for space in " \t\r\n\v\f":
        text = text.replace(space, "")
    return text.replace("-", "+").replace("_", "/")


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


def _parts(window: TextWindow, wanted: str, ends: tuple[int, int, int]) -> Iterator[TextSpan]:
    """The beginning of a secret at the end of a cut text, and its end at the beginning of one."""
    text = window.text
    begin, *cuts = ends
    for end in cuts if window.is_last else ():
        place = text.find(wanted[:PART], max(0, end - len(wanted) + 1), end)
        while place >= 0:
            if wanted.startswith(text[place:end]):
                yield place, len(text)
                break
            place = text.find(wanted[:PART], place + 1, end)
    for first in (0, begin) if window.is_first else ():
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
    characters = _squeezed(text[begin:end])
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
    return len(text[:begin].rstrip(_IN_RUN))


def _run(text: str, begin: int, end: int) -> TextSpan:
    """All of the Base64 around a match: beside it are the user, or the ends of the secret."""
    after = text[end:].lstrip(_IN_RUN).lstrip("=")
    return _begin_of_run(text, begin), len(text) - len(after)
