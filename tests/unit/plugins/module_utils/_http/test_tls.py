# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whom a TLS connection trusts. test_transport.py tests the messages of real failed handshakes."""

from __future__ import annotations

import contextlib
import errno
import ssl
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest
from urllib3 import __version__ as URLLIB3_VERSION

from ansible_collections.campaign.classic.plugins.module_utils._core.errors import (
    ConfigurationError,
    TlsError,
    TransportError,
    ValidationError,
)
from ansible_collections.campaign.classic.plugins.module_utils._http import tls as _tls
from ansible_collections.campaign.classic.plugins.module_utils._http.connections import DeadlineHTTPSConnection
from ansible_collections.campaign.classic.plugins.module_utils._http.direct import _send
from ansible_collections.campaign.classic.plugins.module_utils._http.tls import client_refused, tls_context, tls_problem
from ansible_collections.campaign.classic.plugins.module_utils._http.transport import HttpSettings, HttpTransport
from tests.unit.plugins.module_utils._http.test_transport import without
from tests.unit.plugins.module_utils.scripted_server import ScriptedServer
from tests.unit.plugins.module_utils.tls_files import Authority

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def authorities(context: ssl.SSLContext) -> int:
    return context.cert_store_stats()["x509_ca"]


def test_context_verifies_certificate_and_host_name() -> None:
    context = tls_context(True, None)
    # An older urllib3 compares the name itself: test_certificate_of_another_host_is_refused.
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, not URLLIB3_VERSION.startswith("1."))
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_server_that_speaks_an_old_protocol_only_is_refused_and_gets_no_request(
    tmp_path: Path, version: ssl.TLSVersion
) -> None:
    authority = Authority(tmp_path)
    old, ours = authority.server("127.0.0.1"), tls_context(True, authority.file)
    old.minimum_version = old.maximum_version = version
    for context in (old, ours):
        # What OpenSSL itself forbids is let in: so our own minimum alone decides, and the first round shows that.
        context.set_ciphers("ALL:@SECLEVEL=0")
    usual = ours.minimum_version
    for minimum, outcome in ((version, "spoke"), (usual, "refused")):
        ours.minimum_version = minimum
        with ScriptedServer(lambda peer: peer.request() and peer.send(OK), tls=old) as served:
            with HttpTransport(HttpSettings(timeout=5, ca_path=authority.file)) as transport:
                try:
                    found = "spoke" if transport.get(served.url, {}).status == 200 else "other"
                except TlsError:
                    found = "refused"
            assert (found, len(served.requests)) == (outcome, int(outcome == "spoke"))


def test_context_without_validation_verifies_nothing() -> None:
    context = tls_context(False, "/nonexistent")
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_NONE, False)


def test_context_is_loaded_once_for_the_same_settings(tmp_path: Path) -> None:
    file = Authority(tmp_path).file
    assert tls_context(True, file) is tls_context(True, file)
    assert tls_context(True, file) is not tls_context(False, file)


def test_file_of_authorities_replaces_those_of_the_system(tmp_path: Path) -> None:
    assert authorities(tls_context(True, Authority(tmp_path).file)) == 1


def test_directory_of_authorities_is_taken(tmp_path: Path) -> None:
    (tmp_path / "0a1b2c3d.0").write_bytes(Path(Authority(tmp_path).file).read_bytes())
    assert authorities(tls_context(True, str(tmp_path))) == 0, "a directory is read when a certificate is verified"


@pytest.mark.parametrize("name", ["authority.pem", "missing.pem"])
def test_authorities_that_cannot_be_read_are_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "authority.pem").write_text("no certificate\n", encoding="utf-8")
    with pytest.raises(ValidationError, match=name) as caught:
        tls_context(True, str(tmp_path / name))
    assert "ca_path" in caught.value.next_step


def test_client_certificate_is_shown_to_a_server_that_asks_for_one(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    cert, key = authority.client(tmp_path)
    server = authority.server("127.0.0.1")
    server.verify_mode = ssl.CERT_REQUIRED
    server.load_verify_locations(authority.file)
    for files, outcome in (
        ((cert, key), "spoke"),
        ((f"{tmp_path}/both.pem", None), "spoke"),
        ((None, None), "refused"),
    ):
        with ScriptedServer(lambda peer: peer.request() and peer.send(OK), tls=server) as served:
            settings = HttpSettings(timeout=5, ca_path=authority.file, client_cert=files[0], client_key=files[1])
            with HttpTransport(settings) as transport:
                try:
                    found = "spoke" if transport.get(served.url, {}).status == 200 else "other"
                except TransportError:
                    found = "refused"
        assert found == outcome, files


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_server_that_refuses_the_client_certificate_is_told_from_one_that_breaks_off(
    tmp_path: Path, version: ssl.TLSVersion
) -> None:
    """In TLS 1.3 the server says so after the handshake, in place of an answer."""
    for name in ("ours", "theirs"):
        (tmp_path / name).mkdir()
    ours, theirs = Authority(tmp_path / "ours"), Authority(tmp_path / "theirs")
    cert, key = theirs.client(tmp_path / "theirs")
    server = ours.server("127.0.0.1")
    server.maximum_version = version
    server.verify_mode = ssl.CERT_REQUIRED
    server.load_verify_locations(ours.file)
    with ScriptedServer(lambda peer: peer.request() and peer.send(OK), tls=server) as served:
        settings = HttpSettings(timeout=5, ca_path=ours.file, client_cert=cert, client_key=key)
        with (
            HttpTransport(settings) as transport,
            pytest.raises(TlsError, match="refuses the client certificate") as caught,
        ):
            transport.get(served.url, {})
    assert caught.value.reached == "no" and "client_cert" in caught.value.next_step


@pytest.mark.parametrize(
    ("error", "is_borne"),
    [
        (BrokenPipeError(errno.EPIPE, "Broken pipe"), True),
        (ssl.SSLEOFError(8, "EOF occurred in violation of protocol"), True),
        (ssl.SSLError(1, "internal error"), False),
        (OSError(errno.ENETUNREACH, "Network is unreachable"), False),
    ],
)
def test_answer_is_read_where_the_server_closes_before_it_has_the_whole_request(error: OSError, is_borne: bool) -> None:
    def send(_data: bytes) -> None:
        raise error

    with contextlib.nullcontext() if is_borne else pytest.raises(type(error)):
        _send(SimpleNamespace(sock=object(), send=send), b"x")


def test_connection_that_no_pool_has_made_has_what_an_older_urllib3_reads() -> None:
    assert DeadlineHTTPSConnection.assert_hostname is None


def test_server_that_wants_a_client_certificate_says_so() -> None:
    error = ssl.SSLError(1, "[SSL: TLSV13_ALERT_CERTIFICATE_REQUIRED] tlsv13 alert certificate required")
    error.reason = "TLSV13_ALERT_CERTIFICATE_REQUIRED"
    assert "requires a client certificate" in str(client_refused("mkt1:443", error))
    assert client_refused("mkt1:443", None) is None and client_refused("mkt1:443", OSError("reset")) is None


@pytest.mark.parametrize("file", ["missing.pem", "authority.pem", "encrypted.pem"])
def test_client_certificate_that_cannot_be_used_is_told_and_nobody_is_asked_for_a_passphrase(
    tmp_path: Path, file: str
) -> None:
    Authority(tmp_path).client(tmp_path)
    with pytest.raises(ValidationError) as caught:
        tls_context(True, None, str(tmp_path / file))
    assert "client_key" in caught.value.next_step


def test_client_key_without_its_certificate_is_refused() -> None:
    with pytest.raises(ValidationError, match="client_key without its client_cert"):
        tls_context(True, None, None, "/key.pem")


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    """The paths of the system's authorities, to be set; no context is remembered."""
    paths = SimpleNamespace(
        cafile=None, capath=None, openssl_cafile_env="SSL_CERT_FILE", openssl_capath_env="SSL_CERT_DIR", loaded=False
    )
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: paths)
    monkeypatch.setattr(ssl.SSLContext, "load_default_certs", lambda _self: setattr(paths, "loaded", True))
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    _tls._load_context.cache_clear()
    yield paths
    _tls._load_context.cache_clear()


def test_authorities_of_the_system_are_trusted_first(system: SimpleNamespace, tmp_path: Path) -> None:
    system.cafile = str(tmp_path / "bundle.pem")
    tls_context(True, None)
    assert system.loaded


def test_directory_of_the_system_spares_reading_its_bundle(system: SimpleNamespace, tmp_path: Path) -> None:
    system.cafile = str(tmp_path / "bundle.pem")
    system.capath = str(tmp_path)
    (tmp_path / "0123abcd.0").touch()
    assert authorities(tls_context(True, None)) == 0, "it is looked into when a certificate is verified"
    assert not system.loaded


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
def test_environment_of_openssl_goes_before_the_directory(
    system: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    system.capath = str(tmp_path)
    (tmp_path / "0123abcd.0").touch()
    monkeypatch.setenv(name, str(tmp_path))
    tls_context(True, None)
    assert system.loaded


@pytest.mark.parametrize("directory", [True, False])
def test_authorities_of_certifi_serve_where_the_system_has_none(
    system: SimpleNamespace, tmp_path: Path, directory: bool
) -> None:
    (tmp_path / "README").touch()
    system.capath = str(tmp_path) if directory else None
    assert authorities(tls_context(True, None)) > 50
    assert not system.loaded


def test_old_urllib3_compares_host_names_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_tls, "URLLIB3_VERSION", "1.26.5")
    _tls._load_context.cache_clear()
    context = tls_context(True, None)
    _tls._load_context.cache_clear()
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, False)
    error = tls_problem("mkt-a.example:443", _tls.HANDSHAKE_ERRORS[1]("hostname 'mkt-a.example' doesn't match 'x'"))
    assert "The certificate of mkt-a.example:443 is for another host name" in error.message
    assert error.reached == "no"


def test_threads_that_need_one_context_at_once_load_it_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = Authority(tmp_path).file
    loaded: list[str] = []
    load = _tls._load_authorities
    together = threading.Barrier(8, timeout=20)

    def noted(context: ssl.SSLContext, path: str) -> None:
        loaded.append(path)
        load(context, path)

    def ask(_number: int) -> ssl.SSLContext:
        together.wait()
        return tls_context(True, file)

    monkeypatch.setattr(_tls, "_load_authorities", noted)
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(ask, range(8)))) == 1
    assert loaded == [file]


def test_module_loads_without_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    assert without(monkeypatch, _tls, "requests", "urllib3").HANDSHAKE_ERRORS[0] is ssl.SSLError


# -- what is wrong with a file, and in which option --------------------------------------------------------------------


def refused(ca_path: object = None, *client: object) -> str:
    with pytest.raises(ConfigurationError) as caught:
        tls_context(True, None if ca_path is None else str(ca_path), *map(str, client))
    return str(caught.value)


def test_directory_without_hashes_is_told_apart(tmp_path: Path) -> None:
    Authority(tmp_path)
    assert "named by the hash" in refused(tmp_path) and f"openssl rehash {tmp_path}" in refused(tmp_path)
    (tmp_path / "authority.pem").unlink()
    assert f"ca_path: the directory {tmp_path} is empty" in refused(tmp_path)


def test_file_of_authorities_says_what_it_holds_instead(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    _cert, key = authority.client(tmp_path)
    der = tmp_path / "authority.der"
    der.write_bytes(ssl.PEM_cert_to_DER_cert(Path(authority.file).read_text()))
    (tmp_path / "empty.pem").touch()
    assert "ca_path" in refused(key) and "a private key and no certificate" in refused(key)
    assert "is in DER form" in refused(der) and "openssl x509 -inform der" in refused(der)
    assert "is empty" in refused(tmp_path / "empty.pem")


def test_client_certificate_says_which_option_is_wrong(tmp_path: Path) -> None:
    cert, key = Authority(tmp_path).client(tmp_path)
    (other := tmp_path / "other").mkdir()
    _other_cert, other_key = Authority(other).client(other)
    assert f"client_key: {tmp_path}/missing.key cannot be read" in refused(None, cert, tmp_path / "missing.key")
    assert f"client_cert: {tmp_path}/missing.pem cannot be read" in refused(None, tmp_path / "missing.pem", key)
    assert f"The key in {other_key} belongs to another certificate" in refused(None, cert, other_key)
    assert f"client_cert: {cert} holds no private key" in refused(None, cert)
    assert f"client_key: {cert} holds no private key" in refused(None, cert, cert)
    assert f"client_cert: {key} holds a private key and no certificate" in refused(None, key, key)
    assert "encrypted" in refused(None, tmp_path / "encrypted.pem")
