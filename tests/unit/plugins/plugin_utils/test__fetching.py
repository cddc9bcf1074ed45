# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a server on loopback answers to one GET: its words, or a sentence without a secret; never a traceback."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._core.errors import ValidationError
from ansible_collections.campaign.classic.plugins.plugin_utils._fetching import fetch, shown

SECRETS = ("pass-canary", "sig-canary")


@contextmanager
def server(answer: bytes) -> Iterator[str]:
    """Answers one request with these bytes, and requires that the other side goes."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(10)
        last: list[bytes] = []

        def serve() -> None:
            connection, _address = listening.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(answer)
                connection.shutdown(socket.SHUT_WR)
                connection.settimeout(3)
                with suppress(TimeoutError):
                    last.append(connection.recv(1))

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://robot:pass-canary@127.0.0.1:{listening.getsockname()[1]}/x?sig=sig-canary"
        thread.join(10)
        assert last == [b""], "the connection is still open"


def test_the_text_is_what_the_server_sent() -> None:
    with server(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi") as url:
        assert fetch(url, {}) == "hi"


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", "HTTP 403 Forbidden"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhi", "IncompleteRead"),
        (b"", "closed connection"),
    ],
)
def test_whatever_else_it_answers_is_a_sentence_without_a_secret(answer: bytes, why: str) -> None:
    with server(answer) as url, pytest.raises(ValidationError) as raised:
        fetch(url, {})
    said = str(raised.value)
    assert why in said and said.startswith(shown(url))
    assert not [secret for secret in SECRETS if secret in said]


def test_a_url_that_is_none_is_a_sentence_too() -> None:
    with pytest.raises(ValidationError) as raised:
        fetch("http://robot:pass-canary@[::1/x?sig=sig-canary", {})
    assert not [secret for secret in SECRETS if secret in str(raised.value)]
