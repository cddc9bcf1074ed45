# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers that HTTP does not bring whole, or slowly: cut connections, broken encodings, drips and floods."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping, Sequence

from aiohttp import web

from ..faults.rules import FaultRule
from .answers import XML

_PIECE = 65_536  # bytes of a flood that are sent at once


def cut(request: web.BaseRequest, *, reset: bool = False) -> web.StreamResponse:
    """Close the connection without an answer; with a TCP reset when asked for."""
    transport = request.transport
    if transport is not None:
        if reset:
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    return web.Response()


async def _truncated(rule: FaultRule, request: web.BaseRequest, answer: bytes) -> web.StreamResponse:
    """Announce the whole answer, send its first bytes, close."""
    response = web.StreamResponse(headers=XML)
    response.content_length = len(answer)
    response.force_close()
    await response.prepare(request)
    await response.write(answer[: rule.size])
    if request.transport is not None:
        request.transport.close()
    return response


async def _broken_chunks(rule: FaultRule, request: web.BaseRequest, answer: bytes) -> web.StreamResponse:
    """Send the first bytes as a chunk, announce another, close."""
    response = web.StreamResponse(headers=XML)
    response.enable_chunked_encoding()
    response.force_close()
    await response.prepare(request)
    await response.write(answer[: rule.size])
    if request.transport is not None:
        request.transport.write(b"fff\r\n<")
        request.transport.close()
    return response


async def _broken_gzip(_rule: FaultRule, _request: web.BaseRequest, answer: bytes) -> web.StreamResponse:
    return web.Response(body=answer, headers={**XML, "Content-Encoding": "gzip"})


async def _drip(rule: FaultRule, request: web.BaseRequest, answer: bytes) -> web.StreamResponse:
    pieces = [answer[start : start + rule.size] for start in range(0, len(answer), rule.size)]
    return await _in_pieces(request, pieces, len(answer), rule.seconds)


async def _flood(rule: FaultRule, request: web.BaseRequest, answer: bytes) -> web.StreamResponse:
    whole, rest = divmod(rule.size, _PIECE)
    pieces = [answer, *(b" " * _PIECE for _number in range(whole)), b" " * rest]
    return await _in_pieces(request, pieces, len(answer) + rule.size, 0)


async def _in_pieces(
    request: web.BaseRequest, pieces: Sequence[bytes], length: int, seconds: float
) -> web.StreamResponse:
    """Send an answer bit by bit, as long as the client's connection is open."""
    response = web.StreamResponse(headers=XML)
    response.content_length = length
    response.force_close()
    await response.prepare(request)
    # A client may close while a piece is on its way: that is its right, and no error of the server.
    with contextlib.suppress(ConnectionError):
        for piece in pieces:
            if request.transport is None or request.transport.is_closing():
                break
            await response.write(piece)
            await asyncio.sleep(seconds)
    return response


SENT: Mapping[str, Callable[[FaultRule, web.BaseRequest, bytes], Awaitable[web.StreamResponse]]] = {
    "truncate": _truncated,
    "broken_chunks": _broken_chunks,
    "broken_gzip": _broken_gzip,
    "drip": _drip,
    "flood": _flood,
}
"""By kind of rule: how the answer is sent."""
