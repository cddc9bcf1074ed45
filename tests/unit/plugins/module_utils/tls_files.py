# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates for tests, from an authority of their own."""

from __future__ import annotations

import datetime
import hashlib
import ssl
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import serialization


class Authority:
    """An unknown authority; ``file`` contains its certificate."""

    def __init__(self, folder: Path) -> None:
        self._authority = trustme.CA()
        self.file = str(folder / "authority.pem")
        self._authority.cert_pem.write_to_path(self.file)

    @property
    def name_hash(self) -> str:
        """The name of its file in a directory of authorities, without the number, as ``openssl rehash`` gives it.

        It is computed from the name's parts in lower case, as DER without the frame around them all.
        """
        name = x509.load_pem_x509_certificate(self._authority.cert_pem.bytes()).subject
        der = x509.Name([x509.NameAttribute(part.oid, str(part.value).lower()) for part in name]).public_bytes()
        assert der[1] < 128, "the frame is two bytes long"
        return hashlib.sha1(der[2:], usedforsecurity=False).digest()[3::-1].hex()

    def server(
        self, host: str, *, not_before: datetime.datetime | None = None, not_after: datetime.datetime | None = None
    ) -> ssl.SSLContext:
        """The context of a server with a certificate for this name or address."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._authority.issue_cert(host, not_before=not_before, not_after=not_after).configure_cert(context)
        return context

    def client(self, folder: Path) -> tuple[str, str]:
        """The files of a client's certificate and of its key; both.pem has both, encrypted.pem with a passphrase."""
        issued = self._authority.issue_cert("client@campaign.example")
        cert, key = folder / "client.pem", folder / "client.key"
        certificate, private = issued.cert_chain_pems[0].bytes(), issued.private_key_pem.bytes()
        cert.write_bytes(certificate)
        key.write_bytes(private)
        (folder / "both.pem").write_bytes(private + certificate)
        encrypted = serialization.load_pem_private_key(private, None).private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"passphrase"),
        )
        (folder / "encrypted.pem").write_bytes(encrypted + certificate)
        return str(cert), str(key)
