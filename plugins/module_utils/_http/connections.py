# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""Connections that keep a deadline and know whether a request has left.

requests and urllib3 limit each wait for the network but not their sum, and cannot tell afterwards whether any
byte was sent. This file does both at the socket: every connect, send and receive gets the time that is left of one
deadline, and the first byte of a request that is sent is noted. It uses no thread and no signal, so that nothing
outlives a request (forked workers would hang on a thread). Only the resolver, which cannot be interrupted, has one: see
``_http/names.py``.
"""

from __future__ import annotations

import io
import socket
import ssl
import traceback
import typing as t
from http.client import HTTPException, HTTPResponse

from .._core.errors import REFUSED_STATUSES, CampaignError, ProtocolError, TimedOut, TransportError, for_lack, shorten
from .names import addresses
from .tls import HANDSHAKE_ERRORS, tls_problem

REQUESTS_IMPORT_ERROR: str | None = None
if t.TYPE_CHECKING:
    from collections.abc import Callable

    from requests import PreparedRequest
    from requests.adapters import HTTPAdapter
    from urllib3.connection import HTTPConnection, HTTPSConnection
    from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
    from urllib3.poolmanager import PoolManager
    from urllib3.response import HTTPResponse as HTTPResponse3
else:
    try:
        from requests.adapters import HTTPAdapter
        from urllib3.connection import HTTPConnection, HTTPSConnection
        from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
    except ImportError:
        REQUESTS_IMPORT_ERROR = traceback.format_exc()
        HTTPAdapter = HTTPConnection = HTTPSConnection = object
        HTTPConnectionPool = HTTPSConnectionPool = None

_STATUS_LINE = b"HTTP/"

#: The most bytes of status lines and headers, interim answers included.
MOST_HEAD = 128 * 1024

#: One TLS record: the size of one send. The deadline is checked after each.
_PIECE = 16 * 1024

_MAYBE_DONE = "The server may still be working on it. If it is only slow, raise timeout."


class Wire:
    """The state of a transport's current request. One request at a time.

    :param clock: a monotonic clock, in seconds.
    :param connect_timeout: seconds for connecting, including the TLS handshake.
    """

    def __init__(self, clock: Callable[[], float], connect_timeout: float) -> None:
        self.clock = clock
        self.connect_timeout = connect_timeout
        self.begin("", 0.0)

    def begin(self, peer: str, seconds: float) -> None:
        """Start a request to ``peer`` (``host:port``) that may take ``seconds``."""
        self.peer = peer
        self.seconds = seconds
        self.deadline = self.clock() + seconds
        self.connecting = False
        self.sent = False
        self.received = 0
        self.head = b""
        self.ended = False
        self.in_head = False
        self.failure: OSError | None = None

    @property
    def speaks_http(self) -> bool:
        """Whether the bytes received so far can be the beginning of an HTTP answer."""
        return _STATUS_LINE.startswith(self.head)

    @property
    def reached(self) -> t.Literal["no", "maybe"]:
        """Whether the request may have reached the server: ``maybe`` once the first byte was sent."""
        return "maybe" if self.sent else "no"

    def left(self) -> float:
        """Seconds left, more than 0.

        :raises TimedOut: none is left.
        """
        left = self.deadline - self.clock()
        if left <= 0:
            raise self.timed_out()
        return left

    def timed_out(self) -> TimedOut:
        """The error for a deadline that passed."""
        if self.received:
            what = f"did not finish its answer within {self.seconds:g} seconds ({self.received} bytes came)"
        elif self.sent:
            what = f"did not answer within {self.seconds:g} seconds"
        else:
            what = f"could not be sent the request within {self.seconds:g} seconds"
        return TimedOut(
            f"{self.peer} {what}.",
            reached=self.reached,
            next_step=_MAYBE_DONE
            if self.sent
            else ("Nothing was sent. Check the network between this machine and the server."),
        )

    def fill(self, sock: socket.socket, receive: Callable[[], int | None]) -> int:
        """Receive once, within the deadline, and count the bytes."""
        sock.settimeout(self.left())
        try:
            count = receive() or 0
        except socket.timeout:
            raise self.timed_out() from None
        except OSError as error:
            self.failure = error
            raise
        if not self.connecting:  # a proxy's answer to CONNECT is not the server's
            self.received += count
            self.ended = count == 0
            if self.in_head and self.received > MOST_HEAD:
                raise ProtocolError(
                    f"{self.peer} sent more than {MOST_HEAD} bytes of headers.",
                    reached=self.reached,
                    next_step="Check the port in the URL, and the proxies and gateways before the server.",
                )
        return count

    def drain(self, sock: socket.socket, data: bytes) -> None:
        """Send everything, within the deadline; note when the first byte of the request has left.

        A connection that the server closed while it was idle fails at the first send, before anything was sent: that
        request has not reached the server, and a write may be sent again.
        """
        view = memoryview(data)
        while view:
            sock.settimeout(self.left())
            try:
                count = sock.send(view[:_PIECE])
            except socket.timeout:
                raise self.timed_out() from None
            except OSError as error:
                self.failure = error
                raise
            self.sent = self.sent or not self.connecting
            view = view[count:]


class _DeadlineReader(io.RawIOBase):
    """The receiving side of a socket, under the wire's deadline."""

    def __init__(self, sock: socket.socket, wire: Wire) -> None:
        super().__init__()
        self._sock = sock
        self._raw = t.cast(io.RawIOBase, sock.makefile("rb", buffering=0))
        self._wire = wire

    def readable(self) -> bool:
        return True

    # Kept: the response reads through it.
    def readinto(self, buffer: t.Any) -> int:
        before = self._wire.received
        count = self._wire.fill(self._sock, lambda: self._raw.readinto(buffer))
        if before == 0 and self._wire.received:
            self._wire.head = bytes(memoryview(buffer)[: min(count, len(_STATUS_LINE))])
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class _SocketView:
    """As much of a socket as ``http.client.HTTPResponse`` uses."""

    def __init__(self, sock: socket.socket, wire: Wire) -> None:
        self._sock = sock
        self._wire = wire

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_DeadlineReader(self._sock, self._wire))


#: At most this many interim answers (HTTP 100, 102, 103) may come before the final one.
MOST_INTERIM = 20


class _FinalResponse(HTTPResponse):
    """Skips every interim answer; ``http.client`` itself skips only HTTP 100.

    A server sends 102 (RFC 2518) while it works on a long request, a gateway 103 (RFC 8297).
    """

    wire: Wire
    _heads = 0

    def begin(self) -> None:
        """As ``http.client`` calls it to read status and headers.

        :raises ProtocolError: nothing but interim answers.
        """
        self.wire.in_head = True
        super().begin()
        while 100 < self.status < 200 and self.status != 101:
            self.headers = None  # type: ignore[assignment]  # as before the first
            super().begin()
        self.wire.in_head = False

    # Kept: http.client calls it.
    def _read_status(self) -> t.Any:
        self._heads += 1
        if self._heads > MOST_INTERIM + 1:
            raise ProtocolError(
                f"{self.wire.peer} sent more than {MOST_INTERIM} interim answers and no final one.",
                reached=self.wire.reached,
                next_step="Check the proxies and gateways between this machine and the server.",
            )
        return super()._read_status()  # type: ignore[misc]


class _Deadlines:
    """A mixin for urllib3's connections: connects, sends and receives within the deadline, and raises our errors.

    Our errors pass through http.client, urllib3 and requests unchanged: none of these knows their base class.
    """

    wire: Wire
    sock: t.Any
    is_verified: bool  # Kept: urllib3 reads it.
    _held: bytearray | None = None

    # Kept: http.client calls it.
    def response_class(self, sock: socket.socket, *args: t.Any, **kwargs: t.Any) -> HTTPResponse:
        """As ``http.client`` calls it to read an answer."""
        response = _FinalResponse(t.cast(socket.socket, _SocketView(sock, self.wire)), *args, **kwargs)
        response.wire = self.wire
        return response

    def _where(self) -> str:
        """The peer for messages: the server or a proxy."""
        connection = t.cast("HTTPConnection", self)
        if connection.proxy:
            return f"The proxy {connection.proxy.host}:{connection.proxy.port} (for {self.wire.peer})"
        return self.wire.peer

    # Kept: urllib3 calls it.
    def _new_conn(self) -> socket.socket:
        connection = t.cast("HTTPConnection", self)
        return _connected(self.wire, self._where(), connection.host, connection.port, connection.socket_options or ())

    def connect(self) -> None:
        """Connect, with CONNECT tunnel and TLS handshake where needed.

        :raises TransportError: with ``reached`` "no".
        """
        self.wire.connecting = True
        try:
            super().connect()  # type: ignore[misc]
        except CampaignError as error:
            raise for_lack(self.wire.peer, error) or error from None
        except HANDSHAKE_ERRORS as error:
            raise tls_problem(self.wire.peer, error) from error
        except socket.timeout:
            raise TimedOut(
                f"{self.wire.peer} did not finish the TLS handshake in time.",
                reached="no",
                next_step=("Nothing was sent. Check that the port accepts TLS, or raise timeout."),
            ) from None
        except (OSError, HTTPException, ValueError) as error:
            lack = for_lack(self.wire.peer, error)
            raise lack or _broken_connect(self.wire.peer, self._where(), error) from error
        finally:
            self.wire.connecting = False

    def request(self, *args: t.Any, **kwargs: t.Any) -> None:
        """As urllib3 calls it. Head and body leave together: two sends would be two packets, and two wake-ups of the
        server."""
        self._held = bytearray()
        try:
            super().request(*args, **kwargs)  # type: ignore[misc]
            whole = bytes(self._held)
        finally:
            self._held = None
        self.send(whole)

    def send(self, data: bytes) -> None:
        """As ``http.client`` calls it, with bytes; connects first when there is no connection."""
        if self._held is not None:
            self._held += data
            return
        if self.sock is None:
            self.connect()
        self.wire.drain(self.sock, data)


class DeadlineHTTPConnection(_Deadlines, HTTPConnection):  # type: ignore[misc]
    """A plain connection; see :class:`_Deadlines`."""


class DeadlineHTTPSConnection(_Deadlines, HTTPSConnection):  # type: ignore[misc]
    """A TLS connection with a context that is shared by all connections with the same settings."""

    context: Callable[[], ssl.SSLContext]
    # Kept: urllib3 before 2 reads it, and has it only if a pool made the connection. None: the name in the URL.
    assert_hostname: t.Any = None

    def connect(self) -> None:
        """As the base, but without loading the authorities again, which takes longer than everything else."""
        self.ssl_context = self.context()
        self.cert_reqs = self.ssl_context.verify_mode
        self.ca_certs = self.ca_cert_dir = self.ca_cert_data = None
        super().connect()
        # Verification is switched off once, in the inventory: no warning for each of 1,000 instances.
        self.is_verified = True


class WireAdapter(HTTPAdapter):
    """requests' adapter with our connections. It never sends anything twice (``max_retries`` is 0 and read False).

    :param context: returns the TLS settings; called only when TLS is needed.
    """

    def __init__(self, wire: Wire, context: Callable[[], ssl.SSLContext]) -> None:
        self._connections = {
            "http": type("Connection", (DeadlineHTTPConnection,), {"wire": wire}),
            "https": type("Connection", (DeadlineHTTPSConnection,), {"wire": wire, "context": staticmethod(context)}),
        }
        self._context = context
        self._pool: t.Any = None
        self._pool_url: str | None = None
        super().__init__(pool_connections=2, pool_maxsize=1)

    # Kept: requests calls it.
    def init_poolmanager(self, *args: t.Any, **kwargs: t.Any) -> None:
        """As requests calls it from the constructor."""
        super().init_poolmanager(*args, **kwargs)
        self._equip(self.poolmanager)

    # Kept: requests calls it.
    def proxy_manager_for(self, proxy: str, **kwargs: t.Any) -> t.Any:
        """As requests calls it for a request through a proxy."""
        if proxy.startswith("https:"):
            kwargs["proxy_ssl_context"] = self._context()
        manager = super().proxy_manager_for(proxy, **kwargs)
        self._equip(manager)
        return manager

    def exchange(self, request: PreparedRequest, **how: t.Any) -> HTTPResponse3:
        """Send a request as ``send`` does, and return urllib3's answer with its body unread."""
        return t.cast("HTTPResponse3", self.send(request, stream=True, **how))

    # Kept: requests calls it.
    def build_response(self, _req: t.Any, resp: t.Any) -> t.Any:
        """urllib3's answer itself: requests would wrap it and add cookies and an encoding that nobody needs."""
        return resp

    # Kept: requests calls it.
    def get_connection_with_tls_context(
        self, request: PreparedRequest, verify: t.Any, proxies: t.Any = None, cert: t.Any = None
    ) -> t.Any:
        """As requests calls it for each request. Returns the same pool while the URL stays the same."""
        if self._pool is None or self._pool_url != request.url:
            self._pool = super().get_connection_with_tls_context(request, verify, proxies=proxies, cert=cert)
            self._pool_url = request.url
        return self._pool

    # Kept: requests calls it.
    def cert_verify(self, *args: t.Any, **kwargs: t.Any) -> None:
        """Do nothing: requests would load certifi's file, but the context has all that verification needs."""

    def forget_connections(self) -> None:
        """Close the idle connections; the next request makes a new one."""
        self._pool = None
        for manager in (self.poolmanager, *self.proxy_manager.values()):
            manager.clear()

    def _equip(self, manager: PoolManager) -> None:
        def factory(pool_class: type[HTTPConnectionPool], scheme: str) -> t.Any:
            def make(*args: t.Any, **kwargs: t.Any) -> HTTPConnectionPool:
                pool = pool_class(*args, **kwargs)
                pool.ConnectionCls = self._connections[scheme]
                return pool

            return make

        manager.pool_classes_by_scheme = {
            "http": factory(HTTPConnectionPool, "http"),
            "https": factory(HTTPSConnectionPool, "https"),
        }


# -- connecting -------------------------------------------------------------------------------------------------------


def _connected(wire: Wire, where: str, host: str, port: int, options: t.Iterable[t.Any]) -> socket.socket:
    """A connected socket. Its timeout is the time left for the handshake."""
    try:
        found = addresses(where, host.strip("[]"), port, wire.left())
    except (socket.gaierror, UnicodeError) as error:
        lack = for_lack(where, error)
        if lack is not None:
            raise lack from error
        reason = getattr(error, "strerror", None) or "not a valid name"
        raise TransportError(
            f"{where}: the host name cannot be resolved ({reason}).",
            reached="no",
            next_step="Check the host name in the URL, and the name servers of the machine that runs this task.",
        ) from error
    until = wire.clock() + min(wire.connect_timeout, wire.left())
    problem: OSError | None = None
    for index, (family, kind, protocol, _name, address) in enumerate(found):
        # An equal share for each address: an unreachable IPv6 address must not use up the time of an IPv4 one.
        share = (until - wire.clock()) / (len(found) - index)
        if share <= 0:
            break
        try:
            return _connect_one(socket.socket(family, kind, protocol), address, options, share, until - wire.clock())
        except OSError as error:
            problem = error
    raise _no_connection(wire, where, problem)


def _connect_one(
    sock: socket.socket, address: t.Any, options: t.Iterable[t.Any], share: float, afterwards: float
) -> socket.socket:
    try:
        for option in options:
            sock.setsockopt(*option)
        sock.settimeout(share)
        sock.connect(address)
        sock.settimeout(afterwards)
    except OSError:
        sock.close()
        raise
    return sock


def _no_connection(wire: Wire, where: str, problem: OSError | None) -> TransportError:
    lack = None if problem is None else for_lack(where, problem)
    if lack is not None:
        return lack
    if problem is None or isinstance(problem, socket.timeout):
        seconds = min(wire.connect_timeout, wire.seconds)
        return TimedOut(
            f"{where} did not accept a connection within {seconds:g} seconds.",
            reached="no",
            next_step="Nothing was sent. Check that this machine can reach that port: a firewall may drop the packets.",
        )
    if isinstance(problem, ConnectionRefusedError):
        return TransportError(
            f"{where} refused the connection.",
            reached="no",
            next_step="Check that the web server of the instance is running and that the port in the URL is right.",
        )
    return TransportError(
        f"{where} cannot be reached ({problem.strerror or problem}).",
        reached="no",
        next_step="Check the network, the routes and the firewall between this machine and the server.",
    )


def _broken_connect(peer: str, where: str, error: Exception) -> TransportError:
    """The error for a connection that was lost before the request: in the handshake, or by a proxy."""
    text = shorten(getattr(error, "strerror", None) or str(error) or type(error).__name__, 200)
    if "unnel" in text:  # how http.client says that a proxy did not answer CONNECT with 200
        refused = TransportError(
            f"Proxy CONNECT failed for {peer}: {text}.",
            reached="no",
            next_step="Check the proxy in https_proxy, its user and password, and whether it allows that host and "
            "port; or add the host to no_proxy.",
        )
        # Repeating a request with rejected credentials may lock the account.
        refused.transient = not any(f" {status} " in f"{text} " for status in REFUSED_STATUSES)
        return refused
    return TransportError(
        f"{where} closed the connection before the request could be sent ({text}).",
        reached="no",
        next_step="Check that the port is that of the web server, and any proxy or load balancer in front of it.",
    )
