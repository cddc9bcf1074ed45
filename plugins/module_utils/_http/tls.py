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

#: The errors of a failed handshake. urllib3 before 2 checks the name itself, with an error of its own.
HANDSHAKE_ERRORS = (ssl.SSLError, CertificateError)


#: With a cache alone, all threads of a sweep would load the authorities at the same time.
_LOADING = threading.Lock()


def tls_context(
    validate_certs: bool, ca_path: str | None, client_cert: str | None = None, client_key: str | None = None
) -> ssl.SSLContext:
    """The TLS settings, loaded once per process: a system's bundle of authorities takes 0.1 seconds.

    Call it once before forking workers, and each of them saves that time.

    :param ca_path: a file or a directory of authorities; only these are trusted. Without it the system's are, as
        with Ansible's own modules; where the system has none (slim images), those of the library certifi.
    :param client_cert: a file with the client certificate, for a server that asks for one.
    :param client_key: the file with its key, unless that is in the same file.
    :raises ConfigurationError: ``ca_path``, ``client_cert`` or ``client_key`` cannot be read as such, or somebody
        else can have written it (see ``_core/trust.py``): an authority of theirs would get the password.
    """
    with configuring(), _LOADING, before_any_write():
        return _load_context(validate_certs, ca_path, client_cert, client_key, _named_authorities())


def _named_authorities() -> tuple[str | None, ...]:
    """The system's authorities according to the environment: ``SSL_CERT_FILE`` and ``SSL_CERT_DIR``."""
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
    # urllib3 before 2 does not pass IP addresses to the handshake; it compares them with the certificate itself.
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
        # OpenSSL would ask at the terminal, and the job would hang.
        raise ValidationError(
            "The key of the client certificate is encrypted.",
            next_step="Set client_key to a key without a passphrase.",
        )

    for option, path in (("client_cert", client_cert), ("client_key", client_key)):
        if path:
            _require_file(path, option)
    try:
        context.load_cert_chain(client_cert, client_key, password=no_passphrase)
    except OSError as error:  # ssl.SSLError is one
        raise ValidationError(
            _client_problem(client_cert, client_key, error),
            next_step="Set client_cert and client_key to files in PEM form on the machine that runs the module.",
        ) from error


def _client_problem(client_cert: str, client_key: str | None, error: OSError) -> str:
    """Why readable files are not a certificate with its key."""
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
    """Why a file holds no certificate; '' when it seems to hold one."""
    data = _beginning(path)
    if b"-----BEGIN CERTIFICATE-----" in data or b"-----BEGIN TRUSTED CERTIFICATE-----" in data:
        return ""
    if b"PRIVATE KEY-----" in data:
        return "holds a private key and no certificate"
    if data[:1] == b"\x30":
        return f"is in DER form; write it as PEM with: openssl x509 -inform der -in {path} -out FILE.pem"
    return "is empty" if not data.strip() else "holds no certificate in PEM form"


def _load_authorities(context: ssl.SSLContext, ca_path: str) -> None:
    next_step = "Set ca_path to a file in PEM form, or to a directory prepared by openssl rehash."
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
    """:raises ValidationError: OpenSSL finds no certificate there. It looks only for files named by hash."""
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
        "expects, so none of its files would be trusted.",
        next_step=f"Run: openssl rehash {directory}; or set ca_path to one file in PEM form.",
    )


def _load_system_authorities(context: ssl.SSLContext, chosen: bool) -> None:
    """The authorities that the system trusts. ``chosen``: the environment names them."""
    paths = ssl.get_default_verify_paths()
    if not chosen and paths.capath and any(map(_HASHED.fullmatch, os.listdir(paths.capath))):
        # OpenSSL reads such a directory on demand; it would load the bundle beside it completely.
        context.load_verify_locations(capath=paths.capath)
    elif chosen or paths.cafile:
        context.load_default_certs()
    else:
        context.load_verify_locations(DEFAULT_CA_BUNDLE_PATH)


#: OpenSSL's verification errors, with our text and what to do next.
_UNTRUSTED = ("is not trusted", "Set ca_path to the certificate of the authority that issued it.")
_OTHER_NAME = ("is for another host name", "Use a name from the certificate in the URL.")
_CERTIFICATE_PROBLEMS = {
    9: ("is not valid yet", "Check the clock of this machine, then the certificate on the server."),
    10: ("has expired", "Renew it on the server, or check the clock of this machine."),
    62: _OTHER_NAME,
    64: _OTHER_NAME,
}


#: The alert with which a server rejects a client certificate. In TLS 1.3 it comes after the handshake.
_CLIENT_REFUSED = re.compile(r"ALERT_(CERTIFICATE_REQUIRED|BAD_CERTIFICATE|UNKNOWN_CA|CERTIFICATE_(?:EXPIRED|REVOKED))")


def client_refused(peer: str, error: Exception | None) -> TlsError | None:
    """The error when the server requires a client certificate or rejects ours; None for other failures."""
    found = _CLIENT_REFUSED.search(str(getattr(error, "reason", "") or ""))
    if found is None:
        return None
    required = found.group(1) == "CERTIFICATE_REQUIRED"
    return TlsError(
        f"{peer} {'requires a client certificate' if required else 'refuses the client certificate'} ({found.string}).",
        reached="no",
        next_step="Set client_cert to a certificate that it accepts, and client_key to its key.",
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
            next_step="Check that the port accepts TLS, and any proxy or load balancer in front of it.",
        )
    else:
        return client_refused(peer, error) or TlsError(
            f"{peer} and this machine could not negotiate TLS ({text}).",
            reached="no",
            next_step=("Check that the port accepts TLS 1.2 or later, or use http:// in the URL."),
        )
    return TlsError(f"The certificate of {peer} {what} ({text}).", reached="no", next_step=next_step)
