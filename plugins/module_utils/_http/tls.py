# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""TLS: whom to trust, and what a failed handshake means."""

from __future__ import annotations

import os
import re
import ssl
import threading
import typing as t
from functools import lru_cache

from .._core.content import before_any_write
from .._core.errors import TlsError, TransportError, ValidationError, configuring
from .._core.trust import require

if t.TYPE_CHECKING:
    from requests.utils import DEFAULT_CA_BUNDLE_PATH
    from urllib3.util.ssl_match_hostname import CertificateError

    URLLIB3_VERSION: str
else:
    try:
        from requests.utils import DEFAULT_CA_BUNDLE_PATH
        from urllib3 import __version__ as URLLIB3_VERSION
        from urllib3.connection import CertificateError
    except ImportError:  # reported by transport.py, before anything of this is used
        DEFAULT_CA_BUNDLE_PATH = URLLIB3_VERSION = ""
        CertificateError = ssl.CertificateError

#: A certificate in a directory that was prepared by openssl rehash.
_HASHED = re.compile(r"[0-9a-f]{8}\.[0-9]+")

#: What a handshake fails with: urllib3 before 2 has a check of the name, and an error, of its own.
HANDSHAKE_ERRORS = (ssl.SSLError, CertificateError)


#: A cache alone would let every thread of a sweep load the authorities at once.
_LOADING = threading.Lock()


def tls_context(
    validate_certs: bool, ca_path: str | None, client_cert: str | None = None, client_key: str | None = None
) -> ssl.SSLContext:
    """The TLS settings, loaded once a process: a system's bundle of authorities takes a tenth of a second.

    A process that forks workers saves each of them that time by calling it once before.

    :param ca_path: a file or a directory of authorities, which alone are then trusted. Without it the system's are, as
        with Ansible's own modules; where the system has none (slim images), those of the library certifi.
    :param client_cert: a file with a certificate that the server is shown, if it asks for one.
    :param client_key: the file of its key, unless that is in the same file.
    :raises ConfigurationError: ``ca_path``, ``client_cert`` or ``client_key`` cannot be read as such, or somebody
        else can have written it (see ``_core/trust.py``): an authority of theirs would get the password.
    """
    with configuring(), _LOADING, before_any_write():
        return _load_context(validate_certs, ca_path, client_cert, client_key, _named_authorities())


def _named_authorities() -> tuple[str | None, ...]:
    """What the environment says of the system's authorities: ``SSL_CERT_FILE`` and ``SSL_CERT_DIR``."""
    paths = ssl.get_default_verify_paths()
    return tuple(map(os.environ.get, (paths.openssl_cafile_env, paths.openssl_capath_env)))


@lru_cache(maxsize=16)
def _load_context(
    validate_certs: bool,
    ca_path: str | None,
    client_cert: str | None,
    client_key: str | None,
    named: tuple[str | None, ...],
) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # Before 2, urllib3 withholds addresses from the handshake, and compares them with the certificate by itself.
    context.check_hostname = validate_certs and not URLLIB3_VERSION.startswith("1.")
    if not validate_certs:
        context.verify_mode = ssl.CERT_NONE
    elif ca_path:
        _load_authorities(context, ca_path)
    else:
        _load_system_authorities(context, any(one is not None for one in named))
    if client_cert:
        _load_client_certificate(context, client_cert, client_key)
    elif client_key:
        raise ValidationError("There is a client_key without its client_cert.", next_step="Give both.")
    return context


def _load_client_certificate(context: ssl.SSLContext, client_cert: str, client_key: str | None) -> None:
    def no_passphrase() -> str:
        # OpenSSL would ask at the terminal, and a job would wait for ever.
        raise ValidationError(
            "The key of the client certificate is encrypted.",
            next_step="Give a key without a passphrase in client_key.",
        )

    for option, path in (("client_cert", client_cert), ("client_key", client_key)):
        if path:
            _require_file(path, option)
    try:
        context.load_cert_chain(client_cert, client_key, password=no_passphrase)
    except OSError as error:  # ssl.SSLError is one
        raise ValidationError(
            _client_problem(client_cert, client_key, error),
            next_step="Give files in PEM form, where the module runs, in client_cert and client_key.",
        ) from error


def _client_problem(client_cert: str, client_key: str | None, error: OSError) -> str:
    """What is wrong with files that can be read and are no certificate with its key."""
    if getattr(error, "reason", "") == "KEY_VALUES_MISMATCH":
        return f"The key in {client_key or client_cert} belongs to another certificate than that in client_cert."
    why = _no_certificate(client_cert)
    if why:
        return f"client_cert: {client_cert} {why}."
    holder = client_key or client_cert
    if b"PRIVATE KEY-----" not in _beginning(holder):
        return f"{'client_key' if client_key else 'client_cert'}: {holder} holds no private key in PEM form."
    return f"{client_cert} and {holder} cannot be read as a client certificate with its key ({error})."


def _require_file(path: str, option: str) -> None:
    """:raises ValidationError: there is none, nobody may read it, or somebody else can have written it."""
    try:
        require(path, option)
        with open(path, "rb"):
            pass
    except OSError as error:
        raise ValidationError(
            f"{option}: {path} cannot be read ({error.strerror or error}).",
            next_step="Give files that are there where the module runs, and that its user may read, in client_cert and "
            "client_key.",
        ) from error


def _beginning(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read(16 * 1024 * 1024)


def _no_certificate(path: str) -> str:
    """Why there is no certificate in a file; '' when one seems to be there."""
    data = _beginning(path)
    if b"-----BEGIN CERTIFICATE-----" in data or b"-----BEGIN TRUSTED CERTIFICATE-----" in data:
        return ""
    if b"PRIVATE KEY-----" in data:
        return "holds a private key and no certificate"
    if data[:1] == b"\x30":
        return f"is in DER form; write it as PEM with: openssl x509 -inform der -in {path} -out FILE.pem"
    return "is empty" if not data.strip() else "holds no certificate in PEM form"


def _load_authorities(context: ssl.SSLContext, ca_path: str) -> None:
    next_step = "Give a file in PEM form, or a directory prepared by openssl rehash, in ca_path."
    directory = os.path.isdir(ca_path)
    if not directory and not os.path.isfile(ca_path):
        raise ValidationError(f"There is no file or directory {ca_path} where the module runs.", next_step=next_step)
    try:
        require(ca_path, "ca_path")
        if directory:
            _require_hashed(ca_path)
        context.load_verify_locations(**{"capath" if directory else "cafile": ca_path})
    except OSError as error:  # ssl.SSLError is one
        readable = isinstance(error, ssl.SSLError) and not directory
        why = f"it {said}" if readable and (said := _no_certificate(ca_path)) else error.strerror or str(error)
        raise ValidationError(
            f"ca_path: {ca_path} cannot be read as certificates of authorities ({why}).", next_step=next_step
        ) from error


def _require_hashed(directory: str) -> None:
    """:raises ValidationError: OpenSSL finds no certificate there: it looks for nothing but hashes of names."""
    names = [name for name in os.listdir(directory) if not name.startswith(".")]
    if any(map(_HASHED.fullmatch, names)):
        return
    if not names:
        raise ValidationError(
            f"ca_path: the directory {directory} is empty.",
            next_step=f"Put the certificates of the authorities there, then run: openssl rehash {directory}",
        )
    raise ValidationError(
        f"ca_path: the directory {directory} has no file that is named by the hash of its certificate, as OpenSSL "
        "looks for them, so that none of its files would be trusted.",
        next_step=f"Run: openssl rehash {directory}; or give one file in PEM form in ca_path.",
    )


def _load_system_authorities(context: ssl.SSLContext, chosen: bool) -> None:
    """What the system trusts. ``chosen``: the environment names it."""
    paths = ssl.get_default_verify_paths()
    if not chosen and paths.capath and any(map(_HASHED.fullmatch, os.listdir(paths.capath))):
        # OpenSSL looks into such a directory when it needs to; the bundle beside it would be read whole.
        context.load_verify_locations(capath=paths.capath)
    elif chosen or paths.cafile:
        context.load_default_certs()
    else:
        context.load_verify_locations(DEFAULT_CA_BUNDLE_PATH)


#: OpenSSL's numbers of what is wrong with a certificate, with our words and what to do.
_UNTRUSTED = ("is not trusted", "Give the certificate of the authority that issued it in ca_path.")
_OTHER_NAME = ("is for another host name", "Use in the URL a name that the certificate holds.")
_CERTIFICATE_PROBLEMS = {
    9: ("is not valid yet", "Check the clock of this machine, then the certificate on the server."),
    10: ("has expired", "Have it renewed on the server; check the clock of this machine."),
    62: _OTHER_NAME,
    64: _OTHER_NAME,
}


#: What a server says that has looked at the client's certificate, which in TLS 1.3 comes after the handshake.
_CLIENT_REFUSED = re.compile(r"ALERT_(CERTIFICATE_REQUIRED|BAD_CERTIFICATE|UNKNOWN_CA|CERTIFICATE_(?:EXPIRED|REVOKED))")


def client_refused(peer: str, error: Exception | None) -> TlsError | None:
    """The error for a server that refuses whoever has no client certificate, or not that one; None for any other."""
    found = _CLIENT_REFUSED.search(str(getattr(error, "reason", "") or ""))
    if found is None:
        return None
    wants = found.group(1) == "CERTIFICATE_REQUIRED"
    return TlsError(
        f"{peer} {'wants a client certificate' if wants else 'refuses the client certificate'} ({found.string}).",
        reached="no",
        next_step="Give one that it accepts in client_cert, with its key in client_key.",
    )


def tls_problem(peer: str, error: Exception) -> TransportError:
    """The error for a TLS handshake that failed."""
    text = getattr(error, "verify_message", "") or getattr(error, "reason", "") or str(error)
    number = getattr(error, "verify_code", 0)
    if number:
        what, next_step = _CERTIFICATE_PROBLEMS.get(number, _UNTRUSTED)
    elif isinstance(error, CertificateError):  # urllib3's own check of the name, before 2
        what, next_step = _OTHER_NAME
    elif isinstance(error, (ssl.SSLEOFError, ssl.SSLZeroReturnError)):
        return TransportError(
            f"{peer} closed the connection in the TLS handshake.",
            reached="no",
            next_step=("Check that the port speaks TLS, and what stands in front of it."),
        )
    else:
        return client_refused(peer, error) or TlsError(
            f"{peer} and this machine could not agree on TLS ({text}).",
            reached="no",
            next_step=("Check that the port speaks TLS (else the URL begins with http://), in a version from 1.2 on."),
        )
    return TlsError(f"The certificate of {peer} {what} ({text}).", reached="no", next_step=next_step)
