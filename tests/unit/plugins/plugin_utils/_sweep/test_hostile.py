# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers that send far more than requested: what one of them may cost a sweep is bounded."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._core.errors import NotAsked
from ansible_collections.campaign.classic.plugins.module_utils._core.limits import MODULE, SWEEP, AnswerLimit
from ansible_collections.campaign.classic.plugins.module_utils._http.connections import MOST_HEAD
from ansible_collections.campaign.classic.plugins.module_utils._http.long_answers import LongAnswers
from ansible_collections.campaign.classic.plugins.module_utils._http.transport import HttpSettings, HttpTransport
from ansible_collections.campaign.classic.plugins.module_utils._resources.options import COLUMNS, MOST_MATCHES
from ansible_collections.campaign.classic.plugins.plugin_utils._sweep.threads import Reader, SweepLimits, SweepTarget
from tests.unit.plugins.module_utils.scripted_server import Peer, ScriptedServer

ENVIRON = {"CAMPAIGN_USER": "ops", "CAMPAIGN_PASSWORD": "hostile-canary-1"}
BODY = b"<a>" + b"x" * 200 + b"</a>"


class Sent:
    """How many bytes a server could send before its client disconnected."""

    total = 0


def endless(sent: Sent, head: bytes, piece: bytes) -> object:
    """A script: an answer that never ends."""

    def script(peer: Peer) -> None:
        peer.request()
        peer.send(head)
        while True:
            peer.send(piece)
            sent.total += len(piece)

    return script


@pytest.mark.parametrize(
    ("head", "piece", "words", "most"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\n<a>", b"x" * 60000, "is longer than", SWEEP.other.size),
        (b"HTTP/1.1 200 OK\r\n", b"X-A: " + b"y" * 60000 + b"\r\n", "bytes of headers", MOST_HEAD),
    ],
    ids=["body", "headers"],
)
def test_an_answer_without_end_ends_at_the_limit(head: bytes, piece: bytes, words: str, most: int) -> None:
    sent = Sent()
    with ScriptedServer(endless(sent, head, piece)) as server:
        seen = Reader({}, ENVIRON, SweepLimits())(SweepTarget("mkt-a", server.url, {}), 1e12)
    assert seen["verdict"] == "unreachable" and words in seen["reason"]
    # The contents of the buffers at both ends were sent too.
    assert sent.total < 5 * (most + 4 * 1024 * 1024)


@pytest.mark.parametrize("body", [b"<a/>" * 1001, b"<a " + b"b='' " * 1001 + b"/>"], ids=["tags", "attributes"])
def test_more_tags_than_an_answer_has_are_not_parsed(body: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[int] = []
    monkeypatch.setattr(
        "ansible_collections.campaign.classic.plugins.module_utils._soap.envelope.parse_xml",
        lambda data, _notes=None: parsed.append(len(data)),
    )

    def script(peer: Peer) -> None:
        peer.request()
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    with ScriptedServer(script) as server:
        seen = Reader({}, ENVIRON, SweepLimits())(SweepTarget("mkt-a", server.url, {}), 1e12)
    assert "holds more than 1000 tags or attributes" in seen["reason"]
    assert not parsed


@pytest.fixture
def long_server() -> Iterator[ScriptedServer]:
    def script(peer: Peer) -> None:
        peer.request()
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(BODY) + BODY)

    with ScriptedServer(script) as server:
        yield server


def test_a_long_answer_waits_until_another_transport_is_closed(long_server: ScriptedServer) -> None:
    settings = HttpSettings(timeout=20, long_answers=LongAnswers(AnswerLimit(100, 100), 1))
    first, second = HttpTransport(settings), HttpTransport(settings)
    first.post(long_server.url, b"x", {})
    read: list[bytes] = []
    thread = threading.Thread(target=lambda: read.append(second.post(long_server.url, b"x", {}).body))
    thread.start()
    with HttpTransport(replace(settings, timeout=0.2)) as third, pytest.raises(NotAsked, match="at most 1 answers"):
        third.post(long_server.url, b"x", {})
    assert not read
    first.close()
    thread.join(20)
    assert read == [BODY]
    second.close()
    with HttpTransport(settings) as fourth:
        fourth.post(long_server.url, b"x", {})  # the place was given back


def test_answer_with_many_tags_is_long_too(long_server: ScriptedServer) -> None:
    settings = HttpSettings(timeout=20, long_answers=LongAnswers(AnswerLimit(len(BODY), 1), 1))
    with HttpTransport(settings) as first, HttpTransport(replace(settings, timeout=0.2)) as second:
        first.post(long_server.url, b"x", {})
        with pytest.raises(NotAsked, match="at most 1 answers"):
            second.post(long_server.url, b"x", {})


def test_short_answers_need_no_place(long_server: ScriptedServer) -> None:
    settings = HttpSettings(timeout=20, long_answers=LongAnswers(AnswerLimit(len(BODY), 2), 1))
    opened = [HttpTransport(settings) for _number in range(3)]
    assert {one.post(long_server.url, b"x", {}).body for one in opened} == {BODY}
    for one in opened:
        one.close()


def test_a_module_has_limits_like_a_sweep_and_larger_ones() -> None:
    assert HttpSettings().answers is MODULE
    for module, of_sweep in zip(MODULE, SWEEP, strict=True):
        assert 0 < of_sweep.size < module.size and 0 < of_sweep.marks < module.marks
    # Nine attributes of as many options as one query may return, and what a diagnosis of one instance reads.
    assert MODULE.query.marks > MOST_MATCHES * (len(COLUMNS) + 1)
