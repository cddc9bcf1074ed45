# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""Answers that a server, or a proxy before it, has packed unasked.

Requests and urllib3 unpack as much as arrives at once, which may become a thousand times as long. Here every piece has
a limit, so that whoever counts the pieces can stop.
"""

from __future__ import annotations

import typing as t
import zlib
from collections.abc import Iterable, Iterator
from http.client import HTTPException

_PIECE = 64 * 1024
#: The names of gzip and zlib, which tell themselves apart. No other was asked for.
_KNOWN = frozenset(("gzip", "x-gzip", "deflate"))
_EITHER, _RAW = 32 + zlib.MAX_WBITS, -zlib.MAX_WBITS


def unpacked(pieces: Iterable[bytes], headers: t.Any) -> Iterator[bytes]:
    """The body of an answer, in pieces of at most 64 KB where it was packed.

    :raises HTTPException: it is packed in another way, several times, or not as its header says.
    """
    packing = str(headers.get("Content-Encoding") or "identity").strip().lower()
    if packing == "identity":
        yield from pieces
        return
    if packing not in _KNOWN:
        raise HTTPException("packed in a way that was not asked for")
    unpacking: t.Any = None
    for piece in filter(None, pieces):
        if unpacking is None:
            # Some servers leave out the head of zlib.
            is_raw = packing == "deflate" and piece[0] & 0x0F != zlib.DEFLATED
            unpacking = zlib.decompressobj(_RAW if is_raw else _EITHER)
        yield from _parts(unpacking, piece)
    if unpacking is not None and not unpacking.eof:
        raise HTTPException("the packed answer ends too early")


def _parts(unpacking: t.Any, packed: bytes) -> Iterator[bytes]:
    try:
        while packed and not unpacking.eof:
            part = unpacking.decompress(packed, _PIECE)
            packed = unpacking.unconsumed_tail
            if part:
                yield part
    except zlib.error as error:
        raise HTTPException("not packed as its header says") from error
