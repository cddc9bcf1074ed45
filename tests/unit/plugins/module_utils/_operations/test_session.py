# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A session for several tasks: what it costs, and what it returns."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._client import connect as _connection
from ansible_collections.campaign.classic.plugins.module_utils._client.connect import resolve
from ansible_collections.campaign.classic.plugins.module_utils._core.errors import CampaignError
from ansible_collections.campaign.classic.plugins.module_utils._operations.runner import execute
from ansible_collections.campaign.classic.plugins.module_utils._operations.session import SESSION, session_operation
from tests.helpers.actions import CONNECTION
from tests.unit.plugins.module_utils.fake_transport import FakeTransport, answer, expired, fault, logon

URL = "http://mkt1:8080/nl/jsp/soaprouter.jsp"
TOKENS = {"session_token": "___token-1", "security_token": "@security-1=="}
SHARED = {"url": URL, **TOKENS}
ABOUT = {"url": URL, "instance": "mkt1", "expires": ""}
HANDED = {"handle": "handle-1", **ABOUT}


class Keeper:
    """Keeps tokens in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, Any] = {}

    def keep(self, tokens: Any, handle: str = "") -> str:
        self.kept[handle or "handle-1"] = dict(tokens)
        return handle or "handle-1"

    def forget(self, handle: str) -> None:
        self.kept.pop(handle, None)


def run(
    monkeypatch: pytest.MonkeyPatch,
    *answers: Any,
    check_mode: bool = False,
    keeper: Keeper | None = None,
    **params: Any,
) -> tuple[dict[str, Any], FakeTransport]:
    transport = FakeTransport(*answers)
    monkeypatch.setattr(_connection, "HttpTransport", lambda _settings: transport)
    given = resolve({"state": "open", **CONNECTION, **params}, {}, "mkt1")
    operation = SESSION if keeper is None else session_operation(keeper)
    result, _distinct = execute(operation, given, check_mode=check_mode, environ={})
    return result, transport


@pytest.mark.parametrize("check_mode", [False, True])
def test_session_that_is_opened_stays_open_and_is_handed_over(
    monkeypatch: pytest.MonkeyPatch, check_mode: bool
) -> None:
    keeper = Keeper()
    result, transport = run(monkeypatch, logon(), check_mode=check_mode, keeper=keeper)
    assert transport.methods == ["Logon"]
    assert (result["session"], result["user"], result["state"]) == (HANDED, "admin", "open")
    assert keeper.kept == {"handle-1": {**ABOUT, **TOKENS}}
    assert result["changed"] is False


def test_session_whose_tokens_cannot_be_kept_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    keeper = Keeper()

    def full(_tokens: Any, _handle: str = "") -> str:
        raise CampaignError("The directory is full.")

    monkeypatch.setattr(keeper, "keep", full)
    result, transport = run(monkeypatch, logon(), answer("Logoff"), keeper=keeper)
    assert (result["failed"], "The directory is full." in result["msg"]) == (True, True)
    assert transport.methods == ["Logon", "Logoff"]


def test_session_that_is_refused_hands_nothing_over(monkeypatch: pytest.MonkeyPatch) -> None:
    result, _transport = run(monkeypatch, fault("XSV-350012 Invalid login or password."))
    assert result["failed"] is True and "session" not in result


def test_token_that_is_given_is_handed_over_without_a_call(monkeypatch: pytest.MonkeyPatch) -> None:
    keeper = Keeper()
    result, transport = run(monkeypatch, user=None, password=None, access_token="token", keeper=keeper)
    assert result["session"] == HANDED
    assert keeper.kept == {"handle-1": {**ABOUT, "access_token": "token"}}
    assert transport.methods == []


def test_session_that_still_works_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    keeper = Keeper()
    result, transport = run(monkeypatch, answer("TestCnx"), session={**SHARED, "handle": "mine"}, keeper=keeper)
    assert transport.methods == ["TestCnx"]
    assert result["session"] == {**HANDED, "handle": "mine"}
    assert keeper.kept == {"mine": {**ABOUT, **TOKENS}}


def test_session_that_has_expired_is_opened_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    keeper, given = Keeper(), {**SHARED, "handle": "mine"}
    result, transport = run(monkeypatch, expired(), logon(2), answer("TestCnx"), session=given, keeper=keeper)
    assert transport.methods == ["TestCnx", "Logon", "TestCnx"]
    assert keeper.kept["mine"]["session_token"] == "___token-2"
    assert "token-2" not in str(result)


def test_session_that_has_expired_and_cannot_be_renewed_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    result, _transport = run(monkeypatch, expired(), user=None, password=None, session=SHARED)
    assert result["error"]["kind"] == "session_expired"


@pytest.mark.parametrize("end", [answer("Logoff"), expired()])
def test_session_is_closed_whether_it_still_works_or_not(monkeypatch: pytest.MonkeyPatch, end: Any) -> None:
    keeper = Keeper()
    keeper.keep(TOKENS, "mine")
    given = {**SHARED, "handle": "mine"}
    result, transport = run(monkeypatch, end, state="closed", session=given, keeper=keeper)
    assert transport.methods == ["Logoff"] and not keeper.kept
    assert (result["state"], result["changed"], "session" in result) == ("closed", False, False)


def test_token_of_an_account_is_closed_without_a_call(monkeypatch: pytest.MonkeyPatch) -> None:
    shared = {"url": URL, "access_token": "token"}
    result, transport = run(monkeypatch, state="closed", user=None, password=None, session=shared)
    assert (transport.methods, result["state"]) == ([], "closed")
