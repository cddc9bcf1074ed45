# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The transport, against a server that does on the wire exactly what a script says."""

from __future__ import annotations

import contextlib
import datetime
import gzip
import importlib.util
import logging
import socket
import sys
import threading
import time
import traceback
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._core.errors import (
    CampaignError,
    ConfigurationError,
    MissingLibrary,
    ProtocolError,
    TimedOut,
    TlsError,
    TransportError,
    ValidationError,
)
from ansible_collections.campaign.classic.plugins.module_utils._core.limits import MODULE, QUERY, AnswerLimits
from ansible_collections.campaign.classic.plugins.module_utils._http import connections as _wire
from ansible_collections.campaign.classic.plugins.module_utils._http import transport as _http
from ansible_collections.campaign.classic.plugins.module_utils._http.packed import unpacked
from ansible_collections.campaign.classic.plugins.module_utils._http.transport import (
    HttpSettings,
    HttpTransport,
    host_of,
    proxies_from_environment,
)
from tests.unit.plugins.module_utils.scripted_server import (
    Peer,
    Script,
    ScriptedServer,
    answer,
    answering,
    in_turn,
    sending,
    tunnel,
)
from tests.unit.plugins.module_utils.tls_files import Authority

BODY = b"<envelope>a body that nobody logs</envelope>"
#: Limits of a thousand bytes.
SMALL = AnswerLimits(MODULE.query._replace(size=1000), MODULE.other._replace(size=1000))
HEADERS = {"SOAPAction": "xtk:session#Logon"}


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@contextlib.contextmanager
def talking(*scripts: Script, **settings: Any) -> Iterator[tuple[ScriptedServer, HttpTransport]]:
    """A server with these scripts, and a transport with these settings."""
    with ScriptedServer(*scripts) as server, HttpTransport(HttpSettings(**settings)) as transport:
        yield server, transport


def failure(script: Script, error: type[TransportError] = TransportError, **settings: Any) -> tuple[str, str]:
    """``reached`` and message of the error of a POST to a server with this script; the port is left out."""
    with talking(script, **{"timeout": 5.0, **settings}) as (server, transport):
        with pytest.raises(error) as caught:
            transport.post(server.url, BODY, HEADERS)
        assert caught.value.__class__ is error
        assert caught.value.next_step
        assert server.accepted == 1, "nothing is ever sent twice"
        return caught.value.reached, caught.value.message.replace(server.peer, "HOST:PORT")


# -- what is sent and what comes back ---------------------------------------------------------------------------------


def test_post_sends_body_and_headers_and_returns_the_whole_answer() -> None:
    with talking(answering(answer(b"<a/>", "207 Odd", ["X-One: 1"]))) as (server, transport):
        reply = transport.post(server.url, BODY, HEADERS)
    (request,) = server.requests
    assert request.line == "POST /nl/jsp/soaprouter.jsp HTTP/1.1"
    assert request.body == BODY
    assert request.headers["soapaction"] == "xtk:session#Logon"
    assert request.headers["user-agent"] == "campaign.classic"
    assert request.headers["accept-encoding"] == "identity"
    assert (reply.status, reply.body, reply.headers["x-one"]) == (207, b"<a/>", "1")
    assert reply.content_type == "text/xml"
    assert 0 < reply.seconds < 5


def test_head_and_body_leave_in_one_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    pieces: list[bytes] = []
    drain = _wire.Wire.drain

    def noted(self: Any, sock: Any, data: bytes) -> None:
        pieces.append(data)
        drain(self, sock, data)

    monkeypatch.setattr(_wire.Wire, "drain", noted)
    with talking(answering(answer())) as (server, transport):
        transport.post(server.url, BODY, HEADERS)
    (piece,) = pieces
    assert piece.startswith(b"POST ") and piece.endswith(b"\r\n\r\n" + BODY)


def test_get_sends_no_body() -> None:
    with talking(answering(answer(b"OK"))) as (server, transport):
        assert transport.get(f"{server.url}?x=1", {}).body == b"OK"
    assert server.requests[0].line == "GET /nl/jsp/soaprouter.jsp?x=1 HTTP/1.1"
    assert server.requests[0].body == b""


def test_answer_without_content_type_has_an_empty_one() -> None:
    with talking(answering(b"HTTP/1.1 204 No Content\r\n\r\n")) as (server, transport):
        assert transport.post(server.url, BODY, HEADERS).content_type == ""


def test_one_connection_serves_a_whole_session() -> None:
    with talking(answering(answer())) as (server, transport):
        for _unused in range(5):
            transport.post(server.url, BODY, HEADERS)
        assert (server.accepted, len(server.requests)) == (1, 5)


def test_one_tls_connection_serves_a_whole_session(authority: Authority) -> None:
    with (
        ScriptedServer(answering(answer()), tls=authority.server("127.0.0.1")) as server,
        HttpTransport(HttpSettings(ca_path=authority.file)) as transport,
    ):
        for _unused in range(5):
            assert transport.post(server.url, BODY, HEADERS).status == 200
        assert (server.accepted, len(server.requests)) == (1, 5)


def test_redirect_is_returned_and_not_followed() -> None:
    moved = answer(b"moved", "302 Found", ["Location: /nl/jsp/logon.jsp"])
    with talking(answering(moved)) as (server, transport):
        reply = transport.post(server.url, BODY, HEADERS)
        assert (reply.status, reply.body, reply.headers["location"]) == (302, b"moved", "/nl/jsp/logon.jsp")
        assert len(server.requests) == 1


def test_cookie_of_the_server_is_not_sent_back() -> None:
    with talking(answering(answer(headers=["Set-Cookie: __sessiontoken=other; Path=/"]))) as (server, transport):
        transport.post(server.url, BODY, HEADERS)
        transport.post(server.url, BODY, {"Cookie": "__sessiontoken=ours"})
        transport.post(server.url, BODY, HEADERS)
    assert [request.headers.get("cookie") for request in server.requests] == [None, "__sessiontoken=ours", None]


def test_environment_and_netrc_change_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n", encoding="utf-8")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nonexistent")
    with talking(answering(answer())) as (server, transport):
        transport.post(server.url, BODY, {"Authorization": "Bearer ours"})
    assert server.requests[0].headers["authorization"] == "Bearer ours"


def test_logs_hold_no_body_and_no_header(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with talking(answering(answer(b"an answer that nobody logs"))) as (server, transport):
        reply = transport.post(server.url, BODY, {"Cookie": "__sessiontoken=a-token"})
    assert "nobody logs" not in caplog.text + repr(reply)
    assert "a-token" not in caplog.text


def test_compressed_answer_is_unpacked() -> None:
    packed = answer(gzip.compress(b"<a/>" * 100), headers=["Content-Encoding: gzip"])
    with talking(answering(packed)) as (server, transport):
        assert transport.post(server.url, BODY, HEADERS).body == b"<a/>" * 100


def packed_as(name: str, body: bytes) -> bytes:
    return answer(body, headers=[f"Content-Encoding: {name}"])


@pytest.mark.parametrize(
    ("name", "packed"),
    [
        ("deflate", zlib.compress(b"<a/>" * 100)),
        ("deflate", zlib.compress(b"<a/>" * 100, wbits=-15)),
        ("X-Gzip", gzip.compress(b"<a/>" * 100)),
        ("identity", b"<a/>" * 100),
    ],
    ids=["zlib", "raw", "gzip", "not"],
)
def test_every_usual_packing_is_unpacked(name: str, packed: bytes) -> None:
    with talking(answering(packed_as(name, packed))) as (server, transport):
        assert transport.post(server.url, BODY, HEADERS).body == b"<a/>" * 100


@pytest.mark.parametrize(
    ("name", "packed"),
    [
        ("gzip, gzip", gzip.compress(gzip.compress(b"<a/>"))),
        ("br", b"<a/>"),
        ("gzip", gzip.compress(b"<a/>" * 100)[:-12]),
    ],
    ids=["twice", "unasked", "half"],
)
def test_no_other_packing_is_unpacked(name: str, packed: bytes) -> None:
    _reached, message = failure(in_turn(Peer.request, sending(packed_as(name, packed)), Peer.hold), ProtocolError)
    assert message == "HOST:PORT answered with something that is not HTTP."


def test_what_is_packed_tight_is_unpacked_as_far_as_the_limit() -> None:
    pieces = unpacked([gzip.compress(b"x" * 50_000_000)], {"Content-Encoding": "gzip"})
    assert max(len(next(pieces)) for _number in range(20)) <= 64 * 1024
    script = answering(packed_as("gzip", gzip.compress(b"x" * 50_000_000)))
    assert "is longer than 1048576 bytes" in failure(script, ProtocolError)[1]


def test_answer_above_a_limit_says_what_came_and_what_to_do() -> None:
    long = answer(b"x" * 2000, headers=["Content-Type: text/html"])
    with talking(answering(long), answering(long), answers=SMALL) as (server, transport):
        errors = []
        for call in ("xtk:session#Logon", QUERY):
            with pytest.raises(ProtocolError, match="longer than") as caught:
                transport.post(server.url, BODY, {"SOAPAction": call})
            errors.append(caught.value)
    assert (
        errors[0]
        .message.replace(server.peer, "HOST:PORT")
        .startswith(
            "The answer of HOST:PORT to xtk:session#Logon is longer than 1000 bytes, the limit of such an answer. "
            "It has 2000 bytes ("
        )
    )
    assert "proxy or gateway" in errors[0].next_step and "fewer rows" not in errors[0].next_step
    assert "fewer rows" in errors[1].next_step
    assert not any(error.transient for error in errors)


def test_tags_are_counted_while_they_come() -> None:
    endless = b"HTTP/1.1 200 OK\r\n\r\n" + b"<a/>" * 20_000
    # The connection stays open, and no piece is longer than 64 KB: what has come is counted.
    script = in_turn(Peer.request, sending(endless), Peer.hold)
    assert "more than 5000 tags or attributes" in failure(script, ProtocolError, timeout=20)[1]


def test_chunked_answer_is_put_together() -> None:
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n<a>\r\n4\r\n</a>\r\n0\r\n\r\n"
    with talking(answering(chunked)) as (server, transport):
        for _unused in range(2):
            assert transport.post(server.url, BODY, HEADERS).body == b"<a></a>"
        assert server.accepted == 1


def test_answer_that_ends_with_the_connection_is_read_whole() -> None:
    with talking(in_turn(Peer.request, sending(b"HTTP/1.0 200 OK\r\n\r\n<a/>"))) as (server, transport):
        assert transport.post(server.url, BODY, HEADERS).body == b"<a/>"
        assert transport.post(server.url, BODY, HEADERS).body == b"<a/>"
        assert server.accepted == 2


@pytest.mark.parametrize("status", ["200 OK", "302 Found"])
def test_answer_longer_than_allowed_is_refused_and_its_connection_dropped(status: str) -> None:
    long = answer(b"x" * 200_000, status, ["Location: /elsewhere"])
    with talking(answering(long), answering(answer()), answers=SMALL) as (server, transport):
        with pytest.raises(ProtocolError, match="longer than 1000 bytes") as caught:
            transport.post(server.url, BODY, HEADERS)
        assert caught.value.reached == "maybe"
        assert transport.post(server.url, BODY, HEADERS).body == b"<ok/>"
        assert server.accepted == 2


def test_answer_as_long_as_allowed_is_taken() -> None:
    with talking(answering(answer(b"x" * 1000)), answers=SMALL) as (server, transport):
        assert len(transport.post(server.url, BODY, HEADERS).body) == 1000


def test_ten_megabytes_go_both_ways() -> None:
    big = b"x" * 10_000_000
    with talking(answering(answer(big))) as (server, transport):
        assert transport.post(server.url, big, {"SOAPAction": QUERY}).body == big
    assert server.requests[0].body == big


# -- the deadline -----------------------------------------------------------------------------------------------------


def dripping(before: bytes, dripped: bytes) -> Script:
    return in_turn(Peer.request, sending(before), lambda peer: peer.drip(dripped))


@pytest.mark.parametrize(
    ("before", "dripped"),
    [
        pytest.param(b"", b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nX-Pad: " + b"x" * 500, id="headers"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n", b"x" * 500, id="body"),
        pytest.param(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n" * 100, id="chunks"),
        pytest.param(b"HTTP/1.0 200 OK\r\n\r\n", b"x" * 500, id="body-without-length"),
    ],
)
def test_answer_that_drips_ends_at_the_deadline(before: bytes, dripped: bytes) -> None:
    started = time.monotonic()
    reached, message = failure(dripping(before, dripped), TimedOut, timeout=0.3)
    assert 0.3 <= time.monotonic() - started < 5
    assert reached == "maybe"
    assert message.startswith("HOST:PORT did not finish its answer within 0.3 seconds (")


def test_answer_that_drips_over_tls_ends_at_the_deadline(authority: Authority) -> None:
    script = dripping(b"HTTP/1.1 200 OK\r\n", b"x" * 500)
    with (
        ScriptedServer(script, tls=authority.server("127.0.0.1")) as server,
        HttpTransport(HttpSettings(ca_path=authority.file, timeout=0.4)) as transport,
    ):
        with pytest.raises(TimedOut, match="did not finish its answer within 0.4 seconds") as caught:
            transport.post(server.url, BODY, HEADERS)
        assert caught.value.reached == "maybe"


class TimedSocket:
    """A socket that takes three seconds for everything, and remembers how long it was allowed to take."""

    def __init__(self) -> None:
        self.now = 0.0
        self.allowed: list[float] = []

    def settimeout(self, seconds: float) -> None:
        self.allowed.append(seconds)

    def recv(self) -> int:
        self.now += 3
        return 1

    def send(self, data: bytes) -> int:
        self.now += 3
        return min(len(data), 100)


def test_each_wait_gets_what_is_left_of_the_deadline() -> None:
    sock: Any = TimedSocket()
    wire = _wire.Wire(lambda: sock.now, 10.0)
    wire.begin("127.0.0.1:1", 10.0)
    wire.drain(sock, b"x" * 150)
    wire.fill(sock, sock.recv)
    wire.fill(sock, sock.recv)
    assert sock.allowed == [10.0, 7.0, 4.0, 1.0]
    with pytest.raises(TimedOut, match="2 bytes came"):
        wire.fill(sock, sock.recv)


def test_silent_server_ends_at_the_deadline() -> None:
    reached, message = failure(in_turn(Peer.request, Peer.hold), TimedOut, timeout=0.3)
    assert (reached, message) == ("maybe", "HOST:PORT did not answer within 0.3 seconds.")


def test_server_that_does_not_read_ends_at_the_deadline() -> None:
    with talking(Peer.hold, timeout=0.3) as (server, transport):
        with pytest.raises(TimedOut, match="did not answer within 0.3 seconds") as caught:
            transport.post(server.url, b"x" * 20_000_000, HEADERS)
        assert caught.value.reached == "maybe", "the beginning has left"


def test_timeout_of_a_call_can_only_shorten_that_of_the_settings() -> None:
    with talking(in_turn(Peer.request, Peer.hold), timeout=0.3) as (server, transport):
        for timeout, said in ((0.1, "within 0.1 seconds"), (60.0, "within 0.3 seconds")):
            with pytest.raises(TimedOut, match=said):
                transport.post(server.url, BODY, HEADERS, timeout=timeout)


def test_time_that_the_resolver_takes_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    resolve = socket.getaddrinfo

    def slowly(*args: Any) -> Any:
        now[0] += 31
        return resolve(*args)

    monkeypatch.setattr(socket, "getaddrinfo", slowly)
    with ScriptedServer(answering(answer())) as server, HttpTransport(clock=lambda: now[0]) as transport:
        with pytest.raises(TimedOut, match="could not be sent the request within 30 seconds") as caught:
            transport.post(server.url, BODY, HEADERS)
        assert caught.value.reached == "no"
        assert "Nothing was sent" in caught.value.next_step
    assert server.requests == []


def test_no_thread_is_left_behind() -> None:
    with talking(in_turn(Peer.request, Peer.hold), timeout=0.1) as (server, transport):
        before = threading.active_count()
        with pytest.raises(TimedOut):
            transport.post(server.url, BODY, HEADERS)
        assert threading.active_count() <= before + 1, "only the server may have one more, for the connection"


# -- no connection ----------------------------------------------------------------------------------------------------


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextlib.contextmanager
def deaf_port() -> Iterator[int]:
    """A port where connecting hangs: its queue is full, and nobody takes from it."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _unused in range(4):
            client = stack.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


def problem(url: str, error: type[CampaignError] = TransportError, **settings: Any) -> CampaignError:
    """The error of a POST to this URL, which reached nobody."""
    with HttpTransport(HttpSettings(**{"timeout": 5.0, **settings})) as transport, pytest.raises(error) as caught:
        transport.post(url, BODY, HEADERS)
    assert caught.value.__class__ is error
    assert getattr(caught.value, "reached", "no") == "no"
    assert caught.value.next_step
    return caught.value


def resolving_to(monkeypatch: pytest.MonkeyPatch, *ports: int) -> None:
    """Let every host name stand for these ports of 127.0.0.1."""
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda *_args: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port)) for port in ports],
    )


def test_refused_connection_names_host_and_port() -> None:
    port = free_port()
    assert problem(f"http://127.0.0.1:{port}/x").message == f"127.0.0.1:{port} refused the connection."


def test_unknown_host_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def getaddrinfo(*args: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    error = problem("http://mkt-a.example/x")
    assert error.message == "mkt-a.example:80: the host name cannot be resolved (Name or service not known)."
    assert "name servers" in error.next_step


def test_host_name_with_an_overlong_part_is_named() -> None:
    error = problem(f"http://{'x' * 70}.example:8080/x")
    assert f"{'x' * 70}.example:8080: the host name cannot be resolved" in error.message


def test_connect_timeout_is_its_own() -> None:
    with deaf_port() as port:
        started = time.monotonic()
        error = problem(f"http://127.0.0.1:{port}/x", TimedOut, connect_timeout=0.2)
    assert time.monotonic() - started < 5
    assert error.message == f"127.0.0.1:{port} did not accept a connection within 0.2 seconds."
    assert "firewall" in error.next_step


def test_connect_timeout_ends_with_the_whole_deadline() -> None:
    with deaf_port() as port:
        assert "within 0.2 seconds" in problem(f"http://127.0.0.1:{port}/x", TimedOut, timeout=0.2).message


def test_no_address_is_tried_when_no_time_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    tried = []

    def connect_one(sock: socket.socket, address: tuple[str, int], *args: object) -> None:
        sock.close()
        tried.append(address[1])
        now[0] += 11
        raise TimeoutError

    resolving_to(monkeypatch, 1, 2)
    monkeypatch.setattr(_wire, "_connect_one", connect_one)
    with HttpTransport(clock=lambda: now[0]) as transport, pytest.raises(TimedOut, match="did not accept") as caught:
        transport.post("http://mkt-a.example/x", BODY, HEADERS)
    assert caught.value.reached == "no"
    assert tried == [1]


def test_unreachable_network_is_named() -> None:
    error = problem("http://255.255.255.255:8080/x")
    assert error.message.startswith("255.255.255.255:8080 cannot be reached (")


def test_second_address_is_tried_when_the_first_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    with talking(answering(answer())) as (server, transport):
        resolving_to(monkeypatch, free_port(), server.port)
        assert transport.post("http://mkt-a.example/x", BODY, HEADERS).status == 200


def test_dead_address_leaves_time_for_a_living_one(monkeypatch: pytest.MonkeyPatch) -> None:
    with deaf_port() as dead, talking(answering(answer()), connect_timeout=0.6) as (server, transport):
        resolving_to(monkeypatch, dead, server.port)
        assert transport.post("http://mkt-a.example/x", BODY, HEADERS).seconds < 0.6


@pytest.mark.parametrize("url", ["ftp://mkt-a.example/x", "http://", "mkt-a.example"])
def test_url_that_cannot_be_asked_is_invalid(url: str) -> None:
    assert "No request can be made" in problem(url, ConfigurationError).message


@pytest.mark.parametrize("value", ["secret\r\nX-Evil: 1", " secret", "secret \U0001f511"])
def test_header_that_cannot_be_sent_is_invalid_and_not_shown(value: str) -> None:
    with talking(answering(answer())) as (server, transport):
        with pytest.raises(ValidationError) as caught:
            transport.post(server.url, BODY, {"Authorization": value})
        error = caught.value
        assert "secret" not in "".join(traceback.format_exception(type(error), error, error.__traceback__))
    assert server.requests == []


# -- TLS --------------------------------------------------------------------------------------------------------------

LONG_AGO = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
ONE_DAY = datetime.timedelta(days=1)


def tls_failure(
    authority: Authority,
    script: Script = Peer.hold,
    *,
    host: str = "127.0.0.1",
    trusted: bool = True,
    **dates: datetime.datetime,
) -> str:
    """The message of the error of a POST to a TLS server with such a certificate; the port is left out."""
    with ScriptedServer(script, tls=authority.server(host, **dates)) as server:
        settings = {"ca_path": authority.file} if trusted else {}
        error = problem(server.url, TlsError, **settings)
        assert server.requests == []
        return error.message.replace(server.peer, "HOST:PORT")


def test_untrusted_certificate_is_refused(authority: Authority) -> None:
    message = tls_failure(authority, trusted=False)
    assert message.startswith("The certificate of HOST:PORT is not trusted (unable to get local issuer certificate")


def test_expired_certificate_is_refused(authority: Authority) -> None:
    message = tls_failure(authority, not_before=LONG_AGO, not_after=LONG_AGO + ONE_DAY)
    assert message == "The certificate of HOST:PORT has expired (certificate has expired)."


def test_certificate_of_tomorrow_is_refused(authority: Authority) -> None:
    now = datetime.datetime.now(datetime.UTC)
    message = tls_failure(authority, not_before=now + ONE_DAY, not_after=now + 2 * ONE_DAY)
    assert message == "The certificate of HOST:PORT is not valid yet (certificate is not yet valid)."


@pytest.mark.parametrize("host", ["127.0.0.2", "mkt-b.example"])
def test_certificate_of_another_host_is_refused(authority: Authority, host: str) -> None:
    assert tls_failure(authority, host=host).startswith("The certificate of HOST:PORT is for another host name (")


def test_plain_server_asked_with_https_is_told_apart() -> None:
    with ScriptedServer(in_turn(Peer.receive, sending(b"HTTP/1.1 400 Bad Request\r\n\r\n"))) as server:
        error = problem(server.url.replace("http:", "https:"), TlsError)
    assert f"{server.peer} and this machine could not negotiate TLS" in error.message
    assert "http://" in error.next_step


def test_tls_server_asked_with_http_is_told_apart() -> None:
    alert = b"\x15\x03\x01\x00\x02\x02\x46"
    reached, message = failure(in_turn(Peer.request, sending(alert)), ProtocolError)
    assert (reached, message) == ("maybe", "HOST:PORT answered with something that is not HTTP.")


def test_connection_that_is_closed_in_the_handshake_is_named() -> None:
    with ScriptedServer(in_turn(Peer.receive, Peer.close)) as server:
        error = problem(server.url.replace("http:", "https:"))
    assert error.message == f"{server.peer} closed the connection in the TLS handshake."


def test_connection_that_is_reset_in_the_handshake_is_named() -> None:
    with ScriptedServer(in_turn(Peer.receive, Peer.reset)) as server:
        error = problem(server.url.replace("http:", "https:"))
    assert error.message.startswith(f"{server.peer} closed the connection before the request could be sent (")


def test_silence_in_the_handshake_ends_with_the_connect_timeout() -> None:
    with ScriptedServer(Peer.hold) as server:
        error = problem(server.url.replace("http:", "https:"), TimedOut, connect_timeout=0.2)
    assert error.message == f"{server.peer} did not finish the TLS handshake in time."


def test_authorities_are_looked_for_only_where_tls_is_spoken(tmp_path: Path) -> None:
    missing = str(tmp_path / "missing.pem")
    with ScriptedServer(answering(answer())) as server:
        with HttpTransport(HttpSettings(ca_path=missing)) as transport:
            assert transport.post(server.url, BODY, HEADERS).status == 200
        assert missing in problem(server.url.replace("http:", "https:"), ConfigurationError, ca_path=missing).message


def test_certificate_is_verified_with_a_directory_of_authorities(authority: Authority, tmp_path: Path) -> None:
    (directory := tmp_path / "authorities").mkdir()
    (directory / f"{authority.name_hash}.0").write_bytes(Path(authority.file).read_bytes())
    with (
        ScriptedServer(answering(answer()), tls=authority.server("127.0.0.1")) as server,
        HttpTransport(HttpSettings(ca_path=str(directory))) as transport,
    ):
        assert transport.post(server.url, BODY, HEADERS).status == 200


def test_request_goes_through_a_proxy_that_is_spoken_to_in_tls(authority: Authority) -> None:
    with (
        ScriptedServer(answering(answer()), tls=authority.server("127.0.0.1")) as proxy,
        HttpTransport(HttpSettings(ca_path=authority.file, proxies={"http": f"https://{proxy.peer}"})) as transport,
    ):
        assert transport.post("http://mkt-a.example/x", BODY, HEADERS).status == 200
    assert proxy.requests[0].line == "POST http://mkt-a.example/x HTTP/1.1"


def test_certificate_is_not_looked_at_when_validation_is_off(authority: Authority) -> None:
    tls = authority.server("mkt-b.example", not_before=LONG_AGO, not_after=LONG_AGO + ONE_DAY)
    with (
        ScriptedServer(answering(answer()), tls=tls) as server,
        HttpTransport(HttpSettings(validate_certs=False)) as transport,
    ):
        assert transport.post(server.url, BODY, HEADERS).status == 200


# -- interrupted ------------------------------------------------------------------------------------------------------


def test_reset_after_the_request_may_have_reached_the_server() -> None:
    reached, message = failure(in_turn(Peer.request, Peer.reset))
    assert (reached, message) == ("maybe", "HOST:PORT closed the connection (Connection reset by peer).")


def test_close_without_an_answer_may_have_reached_the_server() -> None:
    reached, message = failure(in_turn(Peer.request, Peer.close))
    assert (reached, message) == ("maybe", "HOST:PORT closed the connection without an answer.")


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n<a>", id="body"),
        pytest.param(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<a>", id="chunk"),
        pytest.param(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n<a>\r\n", id="between-chunks"),
    ],
)
def test_answer_that_is_cut_off_is_no_answer(data: bytes) -> None:
    reached, message = failure(in_turn(Peer.request, sending(data), Peer.close))
    assert reached == "maybe"
    assert message == f"HOST:PORT closed the connection in the middle of its answer ({len(data)} bytes came)."


def test_reset_in_the_answer_is_no_answer() -> None:
    arrived = threading.Event()

    def script(peer: Peer) -> None:
        peer.request()
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n<a>")
        arrived.wait(5)
        peer.reset()

    with talking(script) as (server, transport):
        fill = transport._wire.fill

        def filled(sock: socket.socket, receive: Callable[[], int | None]) -> int:
            count = fill(sock, receive)
            arrived.set()
            return count

        transport._wire.fill = filled  # type: ignore[method-assign]  # tells the script when the first part has come
        with pytest.raises(TransportError, match="closed the connection") as caught:
            transport.post(server.url, BODY, HEADERS)
    assert caught.value.reached == "maybe"


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"220 mail.example ESMTP\r\n" + b"x" * 10, id="other-protocol"),
        pytest.param(b"HTTP/1.1 200 OK\r\n" + b"X-A: b\r\n" * 200 + b"\r\n", id="too-many-headers"),
        pytest.param(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", id="not-chunks"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd", id="not-gzip"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", id="two-lengths"),
    ],
)
def test_what_is_not_http_is_told_apart(data: bytes) -> None:
    reached, message = failure(in_turn(Peer.request, sending(data), Peer.hold), ProtocolError)
    assert reached == "maybe"
    assert message == "HOST:PORT answered with something that is not HTTP."


def test_body_that_ends_early_is_found_without_the_help_of_urllib3(monkeypatch: pytest.MonkeyPatch) -> None:
    # urllib3 before 2 takes it for whole.
    monkeypatch.setattr("urllib3.response.HTTPResponse._init_length", lambda *_args: None)
    data = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n<a>"
    reached, message = failure(in_turn(Peer.request, sending(data), Peer.close))
    assert (reached, "in the middle of its answer" in message) == ("maybe", True)


# -- kept connections and writes --------------------------------------------------------------------------------------


def once(ending: Callable[[Peer], None]) -> Script:
    """Answer one request, then end the connection without having announced it."""
    return in_turn(Peer.request, sending(answer()), ending)


def test_connection_that_the_server_closed_in_between_is_noticed_before_anything_is_sent() -> None:
    with talking(once(Peer.close), answering(answer())) as (server, transport):
        transport.post(server.url, b"first", HEADERS)
        assert server.ended.wait(5)
        transport.post(server.url, b"second", HEADERS)
        assert server.accepted == 2
        assert [request.body for request in server.requests] == [b"first", b"second"]


def test_request_on_a_connection_reset_unnoticed_has_not_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("urllib3.connectionpool.is_connection_dropped", lambda _connection: False)
    with talking(once(Peer.reset), answering(answer())) as (server, transport):
        transport.post(server.url, b"first", HEADERS)
        assert server.ended.wait(5)
        with pytest.raises(TransportError, match="closed the connection before the request could be sent") as caught:
            transport.post(server.url, b"second", HEADERS)
        assert caught.value.reached == "no", "a write may be sent again"
        assert [request.body for request in server.requests] == [b"first"]
        assert server.accepted == 1, "and nobody sent it again by himself"


def test_request_on_a_connection_closed_unnoticed_may_have_reached_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("urllib3.connectionpool.is_connection_dropped", lambda _connection: False)
    with talking(once(Peer.close), answering(answer())) as (server, transport):
        transport.post(server.url, b"first", HEADERS)
        assert server.ended.wait(5)
        with pytest.raises(TransportError) as caught:
            transport.post(server.url, b"second", HEADERS)
        assert caught.value.reached == "maybe"
        assert server.accepted == 1, "nothing is sent again here"


@pytest.mark.parametrize(("idle", "connections"), [(2.0, 1), (2.1, 2)])
def test_connection_idle_for_longer_than_allowed_is_not_used(idle: float, connections: int) -> None:
    now = [1000.0]
    with ScriptedServer(answering(answer())) as server, HttpTransport(clock=lambda: now[0]) as transport:
        transport.post(server.url, BODY, HEADERS)
        now[0] += idle
        transport.post(server.url, BODY, HEADERS, max_idle=2.0)
        assert server.accepted == connections


def test_request_without_a_limit_uses_a_connection_however_idle() -> None:
    now = [1000.0]
    with ScriptedServer(answering(answer())) as server, HttpTransport(clock=lambda: now[0]) as transport:
        transport.post(server.url, BODY, HEADERS)
        now[0] += 3600
        transport.post(server.url, BODY, HEADERS)
        assert server.accepted == 1


# -- proxies ----------------------------------------------------------------------------------------------------------


def test_plain_request_goes_through_the_proxy() -> None:
    with (
        ScriptedServer(answering(answer())) as proxy,
        HttpTransport(HttpSettings(proxies={"http": f"http://me:pass-word@{proxy.peer}"})) as transport,
    ):
        transport.post("http://mkt-a.example/x", BODY, HEADERS)
        transport.post("http://mkt-a.example/x", BODY, HEADERS)
        assert proxy.accepted == 1
    assert proxy.requests[0].line == "POST http://mkt-a.example/x HTTP/1.1"
    assert proxy.requests[0].headers["proxy-authorization"].startswith("Basic ")


def test_tls_request_goes_through_a_tunnel_of_the_proxy(authority: Authority) -> None:
    with (
        ScriptedServer(answering(answer()), tls=authority.server("127.0.0.1")) as server,
        ScriptedServer(tunnel(server.port)) as proxy,
        HttpTransport(HttpSettings(ca_path=authority.file, proxies={"https": f"http://{proxy.peer}"})) as transport,
    ):
        for _unused in range(2):
            assert transport.post(server.url, BODY, HEADERS).body == b"<ok/>"
        transport.post(server.url, BODY, HEADERS, max_idle=0.0)
        assert proxy.requests[0].line.startswith(f"CONNECT {server.peer} ")
        assert len(proxy.requests) == proxy.accepted == server.accepted == 2


def proxy_problem(*scripts: Script, port: int | None = None) -> tuple[str, str]:
    """The message and next step of the error of a TLS request through a proxy; the proxy's port is left out."""
    with ScriptedServer(*scripts) as proxy:
        port = port or proxy.port
        error = problem("https://mkt-a.example/x", proxies={"https": f"http://me:pass-word@127.0.0.1:{port}"})
    assert "pass-word" not in str(error)
    return error.message.replace(str(port), "PORT"), error.next_step


def test_proxy_that_refuses_the_tunnel_is_named() -> None:
    message, next_step = proxy_problem(answering(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"))
    assert message == (
        "Proxy CONNECT failed for mkt-a.example:443: Tunnel connection failed: 407 Proxy Authentication Required."
    )
    assert "https_proxy" in next_step


def test_proxy_that_is_down_is_named() -> None:
    message, _next_step = proxy_problem(answering(b""), port=free_port())
    assert message == "The proxy 127.0.0.1:PORT (for mkt-a.example:443) refused the connection."


def test_proxy_that_hangs_up_is_named() -> None:
    message, _next_step = proxy_problem(in_turn(Peer.request, Peer.close))
    assert message.startswith("The proxy 127.0.0.1:PORT (for mkt-a.example:443) closed the connection before")


def test_proxy_that_speaks_no_http_is_named() -> None:
    message, _next_step = proxy_problem(answering(b"220 mail.example ESMTP\r\n"))
    assert message.startswith("The proxy 127.0.0.1:PORT (for mkt-a.example:443) closed the connection before")


def test_proxy_that_drips_ends_at_the_deadline() -> None:
    with ScriptedServer(dripping(b"", b"HTTP/1.1 200 OK" * 50)) as proxy:
        error = problem("https://mkt-a.example/x", TimedOut, timeout=0.3, proxies={"https": f"http://{proxy.peer}"})
    assert "within 0.3 seconds" in error.message


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1080", "127.0.0.1:3128", "http://", "http:///x"])
def test_proxy_that_is_no_http_url_is_invalid(proxy: str) -> None:
    with pytest.raises(ValidationError, match="URL of a proxy"):
        HttpSettings(proxies={"http": proxy})


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, {}),
        ({"http_proxy": "http://p:1"}, {"http": "http://p:1"}),
        ({"HTTP_PROXY": "http://p:1"}, {"http": "http://p:1"}),
        ({"HTTP_PROXY": "http://big:1", "http_proxy": "http://small:1"}, {"http": "http://small:1"}),
        ({"https_proxy": "http://p:1"}, {}),
        ({"ALL_PROXY": "http://p:1"}, {"http": "http://p:1"}),
        ({"http_proxy": "p:1"}, {"http": "http://p:1"}),
        ({"http_proxy": " "}, {}),
    ],
)
def test_proxy_is_taken_from_the_environment(environ: dict[str, str], expected: dict[str, str]) -> None:
    assert proxies_from_environment("http://mkt-a.example:8080/x", environ) == expected


@pytest.mark.parametrize(
    ("no_proxy", "exempt"),
    [
        ("*", True),
        ("mkt-a.example", True),
        ("MKT-A.example", True),
        ("example", True),
        (".example", True),
        ("other,  example", True),
        ("mkt-a.example:8080", True),
        ("example:8080", True),
        ("mkt-a.example:80", False),
        ("a.example", False),
        ("mkt-a", False),
        ("10.0.0.0/8", False),
        ("", False),
    ],
)
def test_no_proxy_exempts_names(no_proxy: str, exempt: bool) -> None:
    environ = {"http_proxy": "http://p:1", "no_proxy": no_proxy}
    assert (proxies_from_environment("http://mkt-a.example:8080/x", environ) == {}) is exempt


@pytest.mark.parametrize(
    ("url", "no_proxy", "exempt"),
    [
        ("http://10.1.2.3/x", "10.0.0.0/8", True),
        ("http://10.1.2.3/x", "10.1.2.3", True),
        ("http://11.1.2.3/x", "10.0.0.0/8", False),
        ("http://11.1.2.3/x", "1.2.3", False),
        ("http://[fd00::1]/x", "fd00::/8", True),
        ("http://[fd00::1]:8080/x", "[fd00::1]:8080", True),
        ("http://[fe00::1]/x", "fd00::/8", False),
    ],
)
def test_no_proxy_exempts_addresses(url: str, no_proxy: str, exempt: bool) -> None:
    assert (proxies_from_environment(url, {"http_proxy": "http://p:1", "NO_PROXY": no_proxy}) == {}) is exempt


# -- settings and names -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("settings", [{"timeout": 0}, {"connect_timeout": -1}, {"timeout": float("nan")}])
def test_setting_that_cannot_be_is_invalid(settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=f"{next(iter(settings))} must be more than 0"):
        HttpSettings(**settings)


def test_settings_do_not_show_the_password_of_a_proxy() -> None:
    assert "pass-word" not in repr(HttpSettings(proxies={"http": "http://me:pass-word@p:1"}))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://mkt-a.example/x", "mkt-a.example:80"),
        ("https://mkt-a.example/x", "mkt-a.example:443"),
        ("http://MKT-A.example:8080", "mkt-a.example:8080"),
        ("http://[::1]:8080/x", "[::1]:8080"),
        ("http://me:pass-word@mkt-a.example/x", "mkt-a.example:80"),
        ("mkt-a.example/x", "mkt-a.example"),
        ("http://me:pass-word@mkt-a.example:port/x", "mkt-a.example:port"),
        ("http://[bad", "http:"),
    ],
)
def test_host_of_a_url_holds_no_secret(url: str, expected: str) -> None:
    assert host_of(url) == expected


# -- without requests -------------------------------------------------------------------------------------------------


def without(monkeypatch: pytest.MonkeyPatch, module: ModuleType, *libraries: str) -> ModuleType:
    """The module, loaded again under another name where these libraries are not installed."""
    for name in [name for name in sys.modules if name.split(".")[0] in libraries]:
        monkeypatch.setitem(sys.modules, name, None)
    for name in libraries:
        monkeypatch.setitem(sys.modules, name, None)
    name = f"{module.__name__}_without"
    spec = importlib.util.spec_from_file_location(name, str(module.__file__))
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, name, loaded)
    spec.loader.exec_module(loaded)
    return loaded


def test_missing_requests_is_reported_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = without(monkeypatch, _wire, "requests", "urllib3")
    assert "import of requests" in wire.REQUESTS_IMPORT_ERROR
    monkeypatch.setitem(sys.modules, _wire.__name__, wire)
    http = without(monkeypatch, _http, "requests", "urllib3")
    with pytest.raises(MissingLibrary, match="pip install requests"):
        http.HttpTransport()


# -- interim answers --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["100 Continue", "102 Processing", "103 Early Hints\r\nLink: </x>"])
def test_interim_answers_are_read_past(status: str) -> None:
    interim = f"HTTP/1.1 {status}\r\n\r\n".encode()
    with talking(answering(interim * 3 + answer(b"<a/>"), answer(b"<b/>"))) as (server, transport):
        assert transport.post(server.url, BODY, HEADERS).body == b"<a/>"
        assert transport.post(server.url, BODY, HEADERS).body == b"<b/>"
        assert server.accepted == 1


@pytest.mark.parametrize("status", [100, 102, 103])
def test_interim_answers_without_end_are_refused(status: int) -> None:
    interim = f"HTTP/1.1 {status} Wait\r\n\r\n".encode()
    reached, message = failure(answering(interim * 1000), ProtocolError)
    assert (reached, message) == ("maybe", "HOST:PORT sent more than 20 interim answers and no final one.")
