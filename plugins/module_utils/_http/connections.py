# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""Connections that keep a deadline and know whether a request has left.

requests and urllib3 bound each single wait for the network, never their sum, and cannot say afterwards whether any
byte went out. Both are decided here, where the socket is: every connect, send and receive is given what is left of one
deadline, and the first byte of a request that leaves is noted. No thread and no signal is used, so that nothing
outlives a request (forked workers would hang on a thread).

The resolver of the operating system cannot be interrupted: its time counts against the deadline, which is looked at
when it returns.
"""

from __future__ import annotations

import io
import socket
import ssl
import traceback
import typing as t
from http.client import HTTPException, HTTPResponse

from .._core.errors import REFUSED_STATUSES, CampaignError, ProtocolError, TimedOut, TransportError, shorten
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

#: One TLS record; what is sent in one piece, so that the deadline is looked at in between.
_PIECE = 16 * 1024

_MAYBE_DONE = "The server may still be at it. If it is only slow, raise timeout."


class Wire:
    """What one transport knows of the request under way. One request at a time.

    :param clock: a monotonic clock, in seconds.
    :param connect_timeout: seconds for connecting, with the TLS handshake.
    """

    def __init__(self, clock: Callable[[], float], connect_timeout: float) -> None:
        self.clock = clock
        self.connect_timeout = connect_timeout
        self.begin("", 0.0)

    def begin(self, peer: str, seconds: float) -> None:
        """A new request to ``peer`` (``host:port``) that may take ``seconds``."""
        self.peer = peer
        self.seconds = seconds
        self.deadline = self.clock() + seconds
        self.connecting = False
        self.sent = False
        self.received = 0
        self.head = b""
        self.ended = False
        self.failure: OSError | None = None

    @property
    def speaks_http(self) -> bool:
        """Whether what came so far can be the beginning of an HTTP answer."""
        return _STATUS_LINE.startswith(self.head)

    @property
    def reached(self) -> t.Literal["no", "maybe"]:
        """Whether the request may have reached the server: ``maybe`` from the first byte that left."""
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
        """Receive once, within the deadline; keep count of what came."""
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
        return count

    def drain(self, sock: socket.socket, data: bytes) -> None:
        """Send everything, within the deadline; note when the first byte of the request has left.

        A connection that the server closed while it lay idle fails at the first send, before anything left: that
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


#: So many interim answers (HTTP 100, 102, 103) may come before the answer.
MOST_INTERIM = 20


class _FinalResponse(HTTPResponse):
    """Reads past every interim answer to the final one; ``http.client`` itself passes over HTTP 100 alone.

    A server that works for long sends 102 (RFC 2518), a gateway 103 (RFC 8297).
    """

    wire: t.ClassVar[Wire]
    _heads = 0

    def begin(self) -> None:
        """As ``http.client`` calls it to read status and headers.

        :raises ProtocolError: nothing but interim answers.
        """
        super().begin()
        while 100 < self.status < 200 and self.status != 101:
            self.headers = None  # type: ignore[assignment]  # as before the first
            super().begin()

    def _read_status(self) -> t.Any:
        self._heads += 1
        if self._heads > MOST_INTERIM + 1:
            raise ProtocolError(
                f"{self.wire.peer} sent more than {MOST_INTERIM} interim answers and none that is final.",
                reached=self.wire.reached,
                next_step="Look at what stands between this machine and the server.",
            )
        return super()._read_status()  # type: ignore[misc]


class _Deadlines:
    """Mixed into urllib3's connections: connect, send and receive within the deadline, with errors of our own.

    Errors of ours pass through http.client, urllib3 and requests as they are: none of those knows their base class.
    """

    wire: t.ClassVar[Wire]
    sock: t.Any
    is_verified: bool
    _held: bytearray | None = None

    def response_class(self, sock: socket.socket, *args: t.Any, **kwargs: t.Any) -> HTTPResponse:
        """As ``http.client`` calls it to read an answer."""
        response = type("Response", (_FinalResponse,), {"wire": self.wire})
        return t.cast(HTTPResponse, response(t.cast(socket.socket, _SocketView(sock, self.wire)), *args, **kwargs))

    def _where(self) -> str:
        """Who is at the other end: the server, or a proxy."""
        connection = t.cast("HTTPConnection", self)
        if connection.proxy:
            return f"The proxy {connection.proxy.host}:{connection.proxy.port} (for {self.wire.peer})"
        return self.wire.peer

    def _new_conn(self) -> socket.socket:
        connection = t.cast("HTTPConnection", self)
        return _connected(self.wire, self._where(), connection.host, connection.port, connection.socket_options or ())

    def connect(self) -> None:
        """Connect, with tunnel and TLS handshake where needed.

        :raises TransportError: with ``reached`` "no".
        """
        self.wire.connecting = True
        try:
            super().connect()  # type: ignore[misc]
        except CampaignError:
            raise
        except HANDSHAKE_ERRORS as error:
            raise tls_problem(self.wire.peer, error) from error
        except socket.timeout:
            raise TimedOut(
                f"{self.wire.peer} did not finish the TLS handshake in time.",
                reached="no",
                next_step=("Nothing was sent. Check that the port speaks TLS, or raise timeout."),
            ) from None
        except (OSError, HTTPException, ValueError) as error:
            raise _broken_connect(self.wire.peer, self._where(), error) from error
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

    context: t.ClassVar[Callable[[], ssl.SSLContext]]

    def connect(self) -> None:
        """As the base, save that no authorities are loaded anew, which takes longer than all the rest."""
        self.ssl_context = type(self).context()
        self.cert_reqs = self.ssl_context.verify_mode
        self.ca_certs = self.ca_cert_dir = self.ca_cert_data = None
        super().connect()
        # Who switches verification off has said so once, in the inventory: no warning for each of 1,000 instances.
        self.is_verified = True


class WireAdapter(HTTPAdapter):
    """requests' adapter with our connections. It never sends anything twice (``max_retries`` is 0 and read False).

    :param context: gives the TLS settings; not called as long as nobody needs TLS.
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

    def init_poolmanager(self, *args: t.Any, **kwargs: t.Any) -> None:
        """As requests calls it from the constructor."""
        super().init_poolmanager(*args, **kwargs)
        self._equip(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **kwargs: t.Any) -> t.Any:
        """As requests calls it for a request through a proxy."""
        if proxy.startswith("https:"):
            kwargs["proxy_ssl_context"] = self._context()
        manager = super().proxy_manager_for(proxy, **kwargs)
        self._equip(manager)
        return manager

    def exchange(self, request: PreparedRequest, **how: t.Any) -> HTTPResponse3:
        """Send a request as ``send`` does, and return urllib3's answer, whose body is still to be read."""
        return t.cast("HTTPResponse3", self.send(request, stream=True, **how))

    def build_response(self, _req: t.Any, resp: t.Any) -> t.Any:
        """urllib3's answer as it is: requests' own wraps it with cookies and an encoding that nobody asks for."""
        return resp

    def get_connection_with_tls_context(
        self, request: PreparedRequest, verify: t.Any, proxies: t.Any = None, cert: t.Any = None
    ) -> t.Any:
        """As requests calls it for each request: the same pool, as long as the request is for the same URL."""
        if self._pool is None or self._pool_url != request.url:
            self._pool = super().get_connection_with_tls_context(request, verify, proxies=proxies, cert=cert)
            self._pool_url = request.url
        return self._pool

    def cert_verify(self, *args: t.Any, **kwargs: t.Any) -> None:
        """Nothing: requests would load certifi's file, and the context has all that verification needs."""

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
    """A connected socket, whose timeout is what is left for the handshake."""
    try:
        addresses = socket.getaddrinfo(host.strip("[]"), port, socket.AF_UNSPEC, socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or "not a valid name"
        raise TransportError(
            f"{where}: the host name cannot be resolved ({reason}).",
            reached="no",
            next_step="Check the host name in the URL, and the name servers of the machine that runs this task.",
        ) from error
    until = wire.clock() + min(wire.connect_timeout, wire.left())
    problem: OSError | None = None
    for index, (family, kind, protocol, _name, address) in enumerate(addresses):
        # An equal share for each address: a dead IPv6 address must not eat the time of a living IPv4 one.
        share = (until - wire.clock()) / (len(addresses) - index)
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
    if problem is None or isinstance(problem, socket.timeout):
        seconds = min(wire.connect_timeout, wire.seconds)
        return TimedOut(
            f"{where} did not accept a connection within {seconds:g} seconds.",
            reached="no",
            next_step="Nothing was sent. Check that this machine may reach that port: a firewall may drop the packets.",
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
    """A connection that was made and lost before the request: in the handshake, or by a proxy."""
    text = shorten(getattr(error, "strerror", None) or str(error) or type(error).__name__, 200)
    if "unnel" in text:  # http.client's only mark of a proxy that answers CONNECT with anything but 200
        refused = TransportError(
            f"The proxy opens no way to {peer}: {text}.",
            reached="no",
            next_step="Check the proxy in https_proxy, its user and password, and whether it allows that host and "
            "port; or name the host in no_proxy.",
        )
        # To ask again with credentials that are not accepted may lock an account.
        refused.transient = not any(f" {status} " in f"{text} " for status in REFUSED_STATUSES)
        return refused
    return TransportError(
        f"{where} broke the connection off before the request could be sent ({text}).",
        reached="no",
        next_step="Check that the port is that of the web server, and what stands in front of it.",
    )
