# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who logs on where, and what a logon answers."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.campaign.classic.plugins.module_utils._client.logon import (
    BearerCredentials,
    PasswordCredentials,
    ServerInfo,
    TokenCredentials,
    logon_params,
    read_logon,
    read_time,
    router_url,
)
from ansible_collections.campaign.classic.plugins.module_utils._core.errors import ProtocolError, ValidationError
from ansible_collections.campaign.classic.plugins.module_utils._soap.envelope import Output, Reply, read_reply
from tests.unit.plugins.module_utils.fake_transport import SESSION_INFO, answer

ROUTER = "/nl/jsp/soaprouter.jsp"


def outputs(*texts: str) -> list[Output]:
    return read_reply(Reply(200, "", answer("Logon", *texts).body), "xtk:session", "Logon")


# -- URLs -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://host:8080", f"http://host:8080{ROUTER}"),
        ("https://host/", f"https://host{ROUTER}"),
        ("https://host//", f"https://host{ROUTER}"),
        ("http://127.0.0.1:8080/mkt-a", f"http://127.0.0.1:8080/mkt-a{ROUTER}"),
        ("http://127.0.0.1:8080/mkt-a/", f"http://127.0.0.1:8080/mkt-a{ROUTER}"),
        (f"https://host{ROUTER}", f"https://host{ROUTER}"),
        (f"https://host/mkt-a{ROUTER}", f"https://host/mkt-a{ROUTER}"),
        ("https://host/nl/jsp/logon.jsp", f"https://host{ROUTER}"),
        (" HTTPS://Host:443/ \n", f"https://Host:443{ROUTER}"),
        ("http://[::1]:8080/", f"http://[::1]:8080{ROUTER}"),
    ],
)
def test_url_is_completed_once(url: str, expected: str) -> None:
    assert router_url(url) == expected
    assert router_url(expected) == expected


@pytest.mark.parametrize(
    "url",
    [
        "",
        "host",
        "host:8080",
        "ftp://host",
        "//host",
        "http://",
        "http:///path",
        "http://ho st",
        "http://host/a b",
        "http://host:port",
        "http://host:99999",
        "http://[::1",
        "http://host/?x=1",
        "http://host/#x",
        "http://ho\x00st",
    ],
)
def test_url_that_is_none_is_invalid(url: str) -> None:
    with pytest.raises(ValidationError) as caught:
        router_url(url)
    assert "http://HOST:PORT" in caught.value.next_step


@pytest.mark.parametrize(
    "url", ["http://me:secret@host", "me:secret@host", "http://host/me:secret@x", "http://me:secret@host:port"]
)
def test_url_with_a_password_is_invalid_and_not_shown(url: str) -> None:
    with pytest.raises(ValidationError) as caught:
        router_url(url)
    assert "secret" not in str(caught.value)


# -- credentials ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "credentials",
    [
        PasswordCredentials("api", "secret"),
        BearerCredentials("secret"),
        TokenCredentials("secret", "secret"),
    ],
)
def test_credentials_know_their_secret_and_do_not_show_it(
    credentials: PasswordCredentials | BearerCredentials | TokenCredentials,
) -> None:
    assert "secret" not in repr(credentials) + str(credentials)
    assert credentials.secrets() == {"secret"}


def test_empty_password_is_allowed_and_no_secret() -> None:
    assert PasswordCredentials("api", "").secrets() == frozenset()


def test_empty_user_is_invalid() -> None:
    with pytest.raises(ValidationError, match="user is empty"):
        PasswordCredentials("", "secret")


def test_access_token_from_a_file_loses_its_line_break() -> None:
    assert BearerCredentials(" secret\r\n").token == "secret"


@pytest.mark.parametrize("token", ["", " \n", "sec ret", "sec\nret", "secret\u20ac", "secret\x00"])
def test_access_token_that_is_none_is_invalid_and_not_shown(token: str) -> None:
    with pytest.raises(ValidationError, match="access token is empty, or holds") as caught:
        BearerCredentials(token)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "token", ["", "sec ret", "secret\n", "secret;x", 'secret"', "secret,x", "secret\\", "secret\u20ac"]
)
def test_session_token_that_no_header_carries_is_invalid_and_not_shown(token: str) -> None:
    for tokens in ((token, "@good=="), ("___good", token)):
        with pytest.raises(ValidationError) as caught:
            TokenCredentials(*tokens)
        assert "secret" not in str(caught.value)


def test_logon_has_the_parameters_in_order() -> None:
    assert logon_params(PasswordCredentials("api", "secret")) == [
        ("strLogin", "api"),
        ("strPassword", "secret"),
        ("elemParameters", ""),
    ]


# -- the answer -------------------------------------------------------------------------------------------------------


def test_logon_answers_tokens_and_server() -> None:
    opened = read_logon(outputs(" ___a-b ", SESSION_INFO.format(date="2025-11-29 22:33:07.413Z"), "@c=="))
    assert opened.tokens == TokenCredentials("___a-b", "@c==")
    assert opened.info == ServerInfo(
        build="9364",
        release="7.3.4",
        instance_name="instance1",
        user="admin",
        rights=("admin", "workflow"),
        packages=("nms:core",),
        server_date=datetime(2025, 11, 29, 22, 33, 7, 413000, tzinfo=UTC),
    )


@pytest.mark.parametrize("info", ["", "<sessionInfo/>", "<sessionInfo><serverInfo/><userInfo/></sessionInfo>", "text"])
def test_logon_that_says_less_is_taken(info: str) -> None:
    assert read_logon(outputs("___a", info, "@c==", "more")).info == ServerInfo()


@pytest.mark.parametrize("date", ["", "soon", "2025-11-29 22:33:07"])
def test_time_that_cannot_be_told_is_none(date: str) -> None:
    assert read_logon(outputs("___a", SESSION_INFO.format(date=date), "@c==")).info.server_date is None
    assert read_time(date) is None


@pytest.mark.parametrize(
    "texts",
    [
        (),
        ("___a",),
        ("___a", "<sessionInfo/>"),
        ("", "", "@c=="),
        ("___a", "", ""),
        ("___a", "", "@ c"),
    ],
)
def test_logon_without_both_tokens_is_refused_and_not_shown(texts: tuple[str, ...]) -> None:
    with pytest.raises(ProtocolError, match="has no session token or no security token") as caught:
        read_logon(outputs(*texts))
    assert "___a" not in str(caught.value)


@settings(deadline=None)  # a busy machine is no failure
@given(st.text())
def test_any_url_is_completed_or_invalid(text: str) -> None:
    for url in (text, f"http://{text}", f"https://host/{text}"):
        try:
            completed = router_url(url)
        except ValidationError:
            continue
        assert completed.endswith(ROUTER)
        assert router_url(completed) == completed


def test_token_that_no_header_can_carry_is_none() -> None:
    with pytest.raises(ValidationError, match="longer than 16384 characters"):
        TokenCredentials("a" * 16385, "b")
    with pytest.raises(ValidationError, match="longer than 16384 characters"):
        BearerCredentials("a" * 16385)
    assert TokenCredentials("a" * 16384, "b").session_token
