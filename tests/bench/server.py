# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The server of the bench: any number of instances that give recorded answers, as fast as possible.

The simulator recorded them (record.py). It is not measured itself, so the bench compares clients: a server that
computes for a millisecond would make every client look alike. It keeps everything that a client can do wrong: each
logon opens a session with tokens of its own, a call without them is refused, a logoff closes it. It counts.

    GET /_bench/counts        {"calls", "logons", "logoffs", "refused", "open", "connections"}
    GET /_bench/reset         forget the counts
    GET /_bench/latency/0.2   every answer waits so many seconds from now on
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import sys
from pathlib import Path
from typing import Any

_LATIN = "latin-1"
#: The path of a healthy instance begins with this; all others are stuck.
HEALTHY = b"POST /well-"


class Book:
    """The server's recorded answers, and its counts."""

    def __init__(self, recording: dict[str, Any]) -> None:
        self.answers = {name: text.encode() for name, text in recording["answers"].items()}
        self.healthy = {name: text.encode() for name, text in recording["healthy"].items()}
        self.token = recording["session_token"].encode()
        self.schemas = [name.encode() for name in self.answers if ":" in name]
        self.latency = 0.0
        self.open: set[bytes] = set()
        self.issued = 0
        self.reset()

    def reset(self) -> None:
        """Reset the counts; open sessions stay open."""
        self.counts = {"calls": 0, "logons": 0, "logoffs": 0, "refused": 0, "connections": 0}

    def soap(self, head: bytes, body: bytes) -> tuple[bytes, bytes]:
        """Status line and body of the answer to one call."""
        self.counts["calls"] += 1
        if b"#Logon" in head:
            self.counts["logons"] += 1
            self.issued += 1
            token = b"___%036d" % self.issued
            self.open.add(token)
            return b"200 OK", self.answers["Logon"].replace(self.token, token)
        _before, _name, after = head.partition(b"__sessiontoken=")
        token = after[:39]
        if token not in self.open or b"security-token:" not in head.lower():
            self.counts["refused"] += 1
            return b"403 Forbidden", b"XSV-350008 Session has expired or is invalid. Please reconnect."
        if b"#Logoff" in head:
            self.counts["logoffs"] += 1
            self.open.discard(token)
            return b"200 OK", self.answers["Logoff"]
        for schema in self.schemas:
            if b'"%s"' % schema in body:
                return b"200 OK", (self.healthy if HEALTHY in head else self.answers)[schema.decode()]
        self.counts["refused"] += 1
        return b"404 Not Found", b"no such call"

    def control(self, path: str) -> bytes:
        """The answer to a question about the bench itself."""
        if path == "/_bench/reset":
            self.reset()
        elif path.startswith("/_bench/latency/"):
            self.latency = float(path.rpartition("/")[2])
        return json.dumps({**self.counts, "open": len(self.open)}).encode()


class Connection(asyncio.Protocol):
    """One connection; requests on it are answered in turn."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.book.counts["connections"] += 1

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, found, rest = self.buffer.partition(b"\r\n\r\n")
        if not found:
            return
        _before, _name, length = head.lower().partition(b"content-length:")
        size = int(length.partition(b"\r\n")[0] or 0)
        if len(rest) < size:
            return
        self.buffer = rest[size:]
        path = head.split(b" ", 2)[1].decode(_LATIN)
        if path.startswith("/_bench/"):
            self._write(b"200 OK", self.book.control(path), b"application/json")
            return
        status, body = self.book.soap(head, rest[:size])
        if self.book.latency:
            asyncio.get_running_loop().call_later(self.book.latency, self._write, status, body)
        else:
            self._write(status, body)

    def _write(self, status: bytes, body: bytes, kind: bytes = b"text/xml;charset=utf-8") -> None:
        if not self.transport.is_closing():
            head = b"HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n" % (status, kind, len(body))
            self.transport.write(head + body)


async def serve(book: Book) -> None:
    """Serve on a free port of the loopback until SIGTERM; the first line printed is the base URL."""
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    server = await loop.create_server(lambda: Connection(book), "127.0.0.1", 0, backlog=4096)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await ended.wait()
    server.close()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(Book(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))))
