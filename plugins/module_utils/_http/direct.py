# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""Requests over one kept connection to a server, without a proxy and without urllib3's pool.

urllib3 connects (names, certificates, TLS) and http.client reads the answer, as with the pool. What is left out is what
a single connection does not need, and what takes longer than the rest of a request: a sweep makes thousands. Through a
proxy, ``WireAdapter`` makes the requests.
"""

from __future__ import annotations

import errno
import ssl
import typing as t
from http.client import HTTPException, HTTPResponse
from urllib.parse import urlsplit

from .address import PORTS
from .connections import DeadlineHTTPConnection, DeadlineHTTPSConnection, Wire

if t.TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from requests import PreparedRequest
    from urllib3 import connectionpool
else:
    try:
        from urllib3 import connectionpool
    except ImportError:  # reported by transport.py, before anything of this is used
        connectionpool = None

#: The connection was closed by the other side.
_CLOSED = frozenset((errno.EPIPE, errno.ECONNRESET, errno.EPROTOTYPE))


class RequestTarget(t.NamedTuple):
    """Where a request goes. ``host_header`` is the value of the header Host, ``target`` the path with its query."""

    scheme: str
    host: str
    port: int
    host_header: str
    target: str


def target_of(request: PreparedRequest) -> RequestTarget:
    """Where a prepared request goes.

    :raises ValueError: its URL is none of http or https.
    """
    parts = urlsplit(str(request.url))
    host = parts.hostname or ""
    if parts.scheme not in PORTS or not host:
        raise ValueError("not a URL for HTTP")
    port = parts.port or PORTS[parts.scheme]
    shown = f"[{host}]" if ":" in host else host
    return RequestTarget(
        parts.scheme,
        host,
        port,
        shown if port == PORTS[parts.scheme] else f"{shown}:{port}",
        str(request.path_url),
    )


class DirectConnection:
    """One kept connection. It never sends anything twice.

    :param context: returns the TLS settings; called only when TLS is needed.
    """

    def __init__(self, wire: Wire, context: Callable[[], ssl.SSLContext]) -> None:
        self._wire = wire
        self._context = context
        self._connection: t.Any = None
        self._to: tuple[str, str, int] | None = None

    def exchange(
        self, method: str, place: RequestTarget, headers: Mapping[str, str], body: bytes | None
    ) -> HTTPResponse:
        """Send a request; return the answer with its body unread.

        :raises ValueError: a header cannot be sent.
        """
        lines = [f"{method} {place.target} HTTP/1.1", f"Host: {place.host_header}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        whole = "\r\n".join((*lines, "\r\n")).encode("latin-1") + (body or b"")
        connection = self._connected_to(place)
        try:
            _send(connection, whole)
            response = _begun(connection, method)
        except BaseException:
            self.close()
            raise
        if response.will_close:
            self.close()
        return response

    def _connected_to(self, place: RequestTarget) -> t.Any:
        """The connection to be used: the kept one, unless the server has closed it."""
        if self._to != place[:3]:
            self.close()
            kind = DeadlineHTTPSConnection if place.scheme == "https" else DeadlineHTTPConnection
            self._connection = kind(place.host, place.port)
            self._connection.wire, self._connection.context = self._wire, self._context
            self._to = place[:3]
        # urllib3 does not name it among what the module exports.
        elif self._connection.sock is not None and connectionpool.is_connection_dropped(  # type: ignore[attr-defined]
            self._connection
        ):
            self._connection.close()
        return self._connection

    def close(self) -> None:
        """Close the connection; the next request makes a new one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = self._to = None


def _send(connection: t.Any, whole: bytes) -> None:
    """Send all of a request. A server that refuses it may close the connection before, and its answer says why."""
    try:
        connection.send(whole)
    except OSError as error:
        # Python before 3.13 says of a TLS connection, which the server may have ended with an alert, SSLEOFError.
        if connection.sock is None or not (error.errno in _CLOSED or isinstance(error, ssl.SSLEOFError)):
            raise


def _begun(connection: t.Any, method: str) -> HTTPResponse:
    """The answer, as far as its headers.

    :raises HTTPException: it says twice how long it is, and means two lengths.
    """
    response = t.cast(HTTPResponse, connection.response_class(connection.sock, method=method))
    try:
        response.begin()
        if len(set(response.headers.get_all("Content-Length", ()))) > 1:
            raise HTTPException("two lengths")
    except BaseException:
        response.close()
        raise
    return response


def pieces(response: HTTPResponse, size: int) -> Iterator[bytes]:
    """The body in pieces of at most ``size`` bytes, as it was sent."""
    while piece := response.read(size):
        yield piece
