# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sends bad requests to a simulator on many connections, while a good client of another instance watches."""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import struct
import time
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from .cases import Case, Session, envelope, http

PATIENCE = 30.0
"""Seconds after which an answer counts as missing."""

_PARKED = 40  # connections that stall at one time
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_DEFECT = b"The simulator failed"
_INTERIM = b"HTTP/1.1 100 Continue\r\n\r\n"


@dataclass(slots=True)
class Tally:
    """The requests and the results."""

    kinds: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    defects: list[tuple[Case, bytes]] = field(default_factory=list)


def shape(answer: bytes) -> str:
    """An answer in a few words."""
    if not answer:
        return "closed without an answer"
    answer = answer.removeprefix(_INTERIM)
    if not answer.startswith(b"HTTP/1."):
        return "no HTTP"
    status = answer[9:12].decode("ascii", "replace")
    body = answer.partition(b"\r\n\r\n")[2]
    if _DEFECT in body:
        return "DEFECT"
    if b"SOAP-ENV:Fault" in body:
        code = re.search(rb"<faultcode>SOAP-ENV:(\w+)", body)
        return f"{status} fault ({code[1].decode() if code else '?'})"
    if b"Response xmlns" in body:
        return f"{status} result"
    if re.match(rb"[A-Z]{3}-\d{6}", body):
        return f"{status} {body[:10].decode()}"
    return f"{status} other"


class Attacker:
    """One worker: it keeps a connection for as long as the server does."""

    def __init__(self, address: tuple[str, int], tally: Tally, parked: deque[asyncio.StreamWriter]) -> None:
        self._address = address
        self._tally = tally
        self._parked = parked
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def attack(self, cases: Iterator[Case], until: int) -> None:
        """Send case after case until all workers together have sent this many."""
        while self._tally.kinds.total() < until:
            case = next(cases)
            self._tally.kinds[case.kind] += 1
            try:
                async with asyncio.timeout(PATIENCE):
                    answer = await self._send(case)
            except TimeoutError:
                self._drop()
                self._tally.answers["NONE IN TIME"] += 1
                self._tally.defects.append((case, b"no answer in time"))
                continue
            except (ConnectionError, asyncio.IncompleteReadError):
                self._drop()
                self._tally.answers["connection closed by the server"] += 1
                continue
            said = shape(answer) if case.ending in ("answer", "shut") else f"none awaited ({case.ending})"
            self._tally.answers[said] += 1
            if said == "DEFECT":
                self._tally.defects.append((case, answer))
        self._drop()

    async def _send(self, case: Case) -> bytes:
        reader, writer = await self._connection()
        writer.write(case.data)
        if case.ending == "stall":
            self._streams = None
            self._park(writer)
            return b""
        if case.ending == "reset":
            self._streams = None
            _reset(writer)
            return b""
        with contextlib.suppress(ConnectionError):
            await writer.drain()
        if case.ending == "shut":
            with contextlib.suppress(OSError):
                writer.write_eof()
            answer = await reader.read()
            self._drop()
            return answer
        head = await reader.readuntil(b"\r\n\r\n")
        length = _LENGTH.search(head)
        answer = head + await reader.readexactly(int(length[1]) if length else 0)
        if b"connection: close" in head.lower():
            self._drop()
        return answer

    async def _connection(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._streams is None or self._streams[1].is_closing() or self._streams[0].at_eof():
            self._drop()
            self._streams = await asyncio.open_connection(*self._address)
        return self._streams

    def _park(self, writer: asyncio.StreamWriter) -> None:
        self._parked.append(writer)
        while len(self._parked) > _PARKED:
            self._parked.popleft().close()

    def _drop(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
        self._streams = None


def _reset(writer: asyncio.StreamWriter) -> None:
    raw = writer.get_extra_info("socket")
    if raw is not None:
        with contextlib.suppress(OSError):
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


class Watcher:
    """A good client of an instance that nobody attacks."""

    def __init__(self, address: tuple[str, int], session: Session, option: str) -> None:
        self._address = address
        headers = {
            "SOAPAction": "xtk:session#GetOption",
            "Cookie": f"__sessiontoken={session.token}",
            "X-Security-Token": session.security,
        }
        body = envelope("xtk:session", "GetOption", f"<n>{option}</n>", session.token)
        self._ask = http(f"/{session.instance}/nl/jsp/soaprouter.jsp", body, headers=headers)
        self.seconds: list[float] = []
        self.wrong: list[str] = []

    async def watch(self, ended: asyncio.Event) -> None:
        """Ask, and ask again, until it is over."""
        while not ended.is_set():
            begun = time.monotonic()
            try:
                async with asyncio.timeout(PATIENCE):
                    answer = await self._once()
                if b"<pbtType xsi:type='xsd:byte'>7</pbtType>" not in answer:
                    self.wrong.append(shape(answer))
            except (TimeoutError, OSError, asyncio.IncompleteReadError) as error:
                self.wrong.append(type(error).__name__)
            self.seconds.append(time.monotonic() - begun)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(ended.wait(), 0.02)

    async def _once(self) -> bytes:
        reader, writer = await asyncio.open_connection(*self._address)
        try:
            writer.write(self._ask)
            head = await reader.readuntil(b"\r\n\r\n")
            length = _LENGTH.search(head)
            return head + await reader.readexactly(int(length[1]) if length else 0)
        finally:
            writer.close()


async def attack(
    address: tuple[str, int], cases: Iterator[Case], until: int, watcher: Watcher, tally: Tally, workers: int = 16
) -> None:
    """All workers at once, with the watcher beside them, until `tally` counts this many requests."""
    parked: deque[asyncio.StreamWriter] = deque()
    ended = asyncio.Event()
    watching = asyncio.create_task(watcher.watch(ended))
    try:
        await asyncio.gather(*(Attacker(address, tally, parked).attack(cases, until) for _number in range(workers)))
    finally:
        ended.set()
        await watching
        for writer in parked:
            writer.close()
