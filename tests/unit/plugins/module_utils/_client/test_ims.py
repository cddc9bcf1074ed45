# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Access tokens of a technical account: asked for once, kept in memory, refused in words."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._client import ims as _ims
from ansible_collections.campaign.classic.plugins.module_utils._client.ims import (
    MARGIN,
    SHORT_LIFE,
    TOKEN_URL,
    ImsAccount,
    TokenSource,
    read_token,
)
from ansible_collections.campaign.classic.plugins.module_utils._core.errors import (
    CampaignError,
    DeniedError,
    HttpStatusError,
    ProtocolError,
    ValidationError,
)
from ansible_collections.campaign.classic.plugins.module_utils._http.transport import HttpReply

SECRET = "ims-secret-canary"
ACCOUNT = ImsAccount("client", SECRET, "openid,AdobeID", "https://ims.example/token")


def reply(data: Any = None, status: int = 200, **fields: Any) -> HttpReply:
    body = data if isinstance(data, bytes) else json.dumps(data if data is not None else fields).encode()
    return HttpReply(status, {}, body, 0.0)


class Service:
    """An identity service that answers in turn, and the time."""

    def __init__(self, *answers: HttpReply | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, dict[str, list[str]], float | None]] = []
        self.closed = 0
        self.now = 0.0

    def post(
        self, url: str, body: bytes, headers: Any, *, timeout: float | None = None, max_idle: float | None = None
    ) -> HttpReply:
        assert headers["Content-Type"] == "application/x-www-form-urlencoded"
        self.asked.append((url, parse_qs(body.decode()), timeout))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def close(self) -> None:
        self.closed += 1

    def source(self, account: ImsAccount = ACCOUNT) -> TokenSource:
        return TokenSource(account, lambda: self, lambda: self.now)  # type: ignore[arg-type,return-value]


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    _ims._KEPT.clear()
    yield
    _ims._KEPT.clear()


def test_token_is_asked_for_with_the_account_and_its_scope() -> None:
    service = Service(reply(access_token="token-1", expires_in=86399))
    assert service.source().token(7.0) == "token-1"
    form = {"grant_type": ["client_credentials"], "client_id": ["client"], "client_secret": [SECRET]}
    assert service.asked == [("https://ims.example/token", {**form, "scope": ["openid,AdobeID"]}, 7.0)]
    assert service.closed == 1


def test_token_is_kept_until_shortly_before_its_end() -> None:
    service = Service(reply(access_token="token-1", expires_in=1000), reply(access_token="token-2", expires_in=1000))
    assert [service.source().token(), service.source().token()] == ["token-1", "token-1"]
    service.now = 1000 - MARGIN - 1
    assert service.source().token() == "token-1"
    service.now += 1
    assert service.source().token() == "token-2"
    assert len(service.asked) == 2


def test_token_of_unknown_life_is_kept_for_a_short_time() -> None:
    assert read_token(reply(access_token="t"), "ims")[1] == SHORT_LIFE
    assert read_token(reply(access_token="t", expires_in="soon"), "ims")[1] == SHORT_LIFE


def test_token_of_another_account_is_not_used() -> None:
    service = Service(reply(access_token="token-1", expires_in=1000), reply(access_token="token-2", expires_in=1000))
    other = ImsAccount("client", "another secret", "openid,AdobeID", "https://ims.example/token")
    assert [service.source().token(), service.source(other).token()] == ["token-1", "token-2"]


def test_token_that_was_refused_is_fetched_anew_once() -> None:
    service = Service(reply(access_token="token-1", expires_in=1000), reply(access_token="token-2", expires_in=1000))
    first, second = service.source(), service.source()
    first.token()
    first.forget("token-1")
    assert second.token() == "token-2"
    second.forget("token-1")
    assert first.token() == "token-2", "what somebody else has renewed is not renewed again"


def test_instances_that_are_read_side_by_side_ask_once() -> None:
    service = Service(reply(access_token="token-1", expires_in=1000))
    got: list[str] = []
    threads = [threading.Thread(target=lambda: got.append(service.source().token())) for _number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert got == ["token-1"] * 8


def test_connection_is_closed_when_nobody_answers() -> None:
    service = Service(HttpStatusError("busy", status=503))
    with pytest.raises(HttpStatusError):
        service.source().token()
    assert service.closed == 1


def test_secrets_are_those_of_the_account_and_the_token_that_is_kept() -> None:
    service = Service(reply(access_token="token-1", expires_in=1000))
    source = service.source()
    assert source.secrets() == {SECRET}
    source.token()
    assert source.secrets() == {SECRET, "token-1"}
    assert SECRET not in repr(ACCOUNT)


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (
            reply({"error": "invalid_client", "error_description": "wrong"}, 400),
            DeniedError,
            'refused the technical account. The server said: "invalid_client: wrong"',
        ),
        (reply({"error": "invalid_scope"}, 401), DeniedError, '"invalid_scope". Check client_id'),
        (reply(b"<html>", 503), HttpStatusError, "HTTP status 503"),
        (reply({"error": "busy"}, 429), HttpStatusError, "HTTP status 429"),
        (reply(b"", 500), HttpStatusError, "HTTP status 500"),
        (reply(b"<html>", 200), ProtocolError, "no access token"),
        (reply(["token"], 200), ProtocolError, "no access token"),
        (reply({"access_token": 7}, 200), ProtocolError, "no access token"),
        (reply(b"\xff", 200), ProtocolError, "no access token"),
        (reply({"access_token": "t"}, 302), ProtocolError, "HTTP status 302"),
    ],
)
def test_answer_without_a_token_says_what_to_do(answer: HttpReply, kind: type[CampaignError], words: str) -> None:
    with pytest.raises(kind) as caught:
        read_token(answer, "ims.example:443")
    assert words in str(caught.value) and "ims.example:443" in str(caught.value)


def test_busy_service_may_be_asked_again() -> None:
    with pytest.raises(HttpStatusError) as caught:
        read_token(reply(b"", 503), "ims")
    assert caught.value.transient


@pytest.mark.parametrize("missing", ["client_id", "client_secret", "scope"])
def test_account_that_is_incomplete_names_what_it_lacks(missing: str) -> None:
    fields = {"client_id": "a", "client_secret": SECRET, "scope": "c", missing: ""}
    with pytest.raises(ValidationError, match=f"lacks {missing}") as caught:
        ImsAccount(**fields)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("url", ["", "ims.example", "ftp://ims", "https://", "https://a:b@ims", "http://[::1"])
def test_token_url_that_is_none_is_invalid(url: str) -> None:
    with pytest.raises(ValidationError, match="is not a URL"):
        ImsAccount("a", SECRET, "c", url)


def test_token_url_is_adobes_unless_it_is_said() -> None:
    assert ImsAccount("a", SECRET, "c").token_url == TOKEN_URL
