# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server on raw sockets that does on each connection exactly what a test's script says."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import NamedTuple


class Request(NamedTuple):
    """One request that arrived. Names of headers are in lower case."""

    line: str
    headers: dict[str, str]
    body: bytes


class Peer:
    """The server's end of one connection."""

    def __init__(self, sock: socket.socket, server: ScriptedServer) -> None:
        self.sock = sock
        self.server = server
        self._pending = b""

    def request(self) -> Request | None:
        """The next request; None when the client has closed."""
        while b"\r\n\r\n" not in self._pending:
            if not self._more():
                return None
        head, _blank, self._pending = self._pending.partition(b"\r\n\r\n")
        line, *fields = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _colon, value in (field.partition(":") for field in fields)}
        length = int(headers.get("content-length", 0))
        while len(self._pending) < length:
            if not self._more():
                return None
        body, self._pending = self._pending[:length], self._pending[length:]
        request = Request(line, headers, body)
        self.server.requests.append(request)
        return request

    def _more(self) -> bool:
        data = self.sock.recv(65536)
        self._pending += data
        return bool(data)

    def receive(self) -> None:
        """Wait for anything, and drop it."""
        self.sock.recv(65536)

    def send(self, data: bytes) -> None:
        """Send all at once."""
        self.sock.sendall(data)

    def drip(self, data: bytes, pause: float = 0.03) -> None:
        """Send byte by byte, until the client has enough."""
        for index in range(len(data)):
            if self.server.stopping.wait(pause):
                return
            self.sock.sendall(data[index : index + 1])

    def hold(self) -> None:
        """Do nothing until the server stops."""
        self.server.stopping.wait()

    def close(self) -> None:
        """Close in an orderly way."""
        self.sock.close()

    def reset(self) -> None:
        """Close with a reset."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()


Script = Callable[[Peer], None]


class ScriptedServer:
    """Listens on a free port of 127.0.0.1. The n-th connection runs the n-th script; further ones run the last.

    :param tls: a server-side context, for TLS.
    """

    def __init__(self, *scripts: Script, tls: ssl.SSLContext | None = None) -> None:
        self.scripts = scripts
        self.tls = tls
        self.accepted = 0
        self.requests: list[Request] = []
        self.stopping = threading.Event()
        #: Set when a script has ended and its connection is closed.
        self.ended = threading.Event()
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    @property
    def peer(self) -> str:
        """``host:port``."""
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """A URL of this server."""
        return f"{'https' if self.tls else 'http'}://{self.peer}/nl/jsp/soaprouter.jsp"

    def __enter__(self) -> ScriptedServer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stopping.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for sock in self._open:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)
            assert not thread.is_alive(), "a script has not ended"

    def _accept(self) -> None:
        while True:
            try:
                sock, _address = self._listener.accept()
            except OSError:
                return
            script = self.scripts[min(self.accepted, len(self.scripts) - 1)]
            self.accepted += 1
            self._open.append(sock)
            thread = threading.Thread(target=self._run, args=(sock, script), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _run(self, sock: socket.socket, script: Script) -> None:
        with contextlib.suppress(
            OSError
        ):  # the client disconnected, or refuses the handshake: tests see it on their side
            if self.tls is not None:
                sock = self.tls.wrap_socket(sock, server_side=True)
                self._open.append(sock)
            script(Peer(sock, self))
        sock.close()
        self.ended.set()


def answer(body: bytes = b"<ok/>", status: str = "200 OK", headers: Sequence[str] = ()) -> bytes:
    """The bytes of an HTTP answer."""
    lines = [f"HTTP/1.1 {status}", "Content-Type: text/xml", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def in_turn(*steps: Callable[[Peer], object]) -> Script:
    """A script that does one thing after the other."""

    def script(peer: Peer) -> None:
        for step in steps:
            step(peer)

    return script


def sending(data: bytes) -> Script:
    """A step that sends this."""
    return lambda peer: peer.send(data)


def answering(*answers: bytes) -> Script:
    """A script that gives these answers in turn, and the last one again to further requests."""

    def script(peer: Peer) -> None:
        for data in _with_last_repeated(answers):
            if peer.request() is None:
                return
            peer.send(data)

    return script


def _with_last_repeated(answers: Sequence[bytes]) -> Iterator[bytes]:
    yield from answers
    while True:
        yield answers[-1]


def tunnel(to_port: int) -> Script:
    """A proxy's script: takes a CONNECT, and passes bytes to and fro."""

    def script(peer: Peer) -> None:
        assert peer.request() is not None
        with socket.create_connection(("127.0.0.1", to_port)) as target:
            peer.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=_pump, args=(target, peer.sock), daemon=True)
            back.start()
            _pump(peer.sock, target)
            back.join(5)

    return script


def _pump(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_RDWR)
