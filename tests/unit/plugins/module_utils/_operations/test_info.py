# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The information about an instance and its external accounts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._client.session import BearerCredentials, Session
from ansible_collections.campaign.classic.plugins.module_utils._core.errors import TransportError
from ansible_collections.campaign.classic.plugins.module_utils._http.transport import HttpReply
from ansible_collections.campaign.classic.plugins.module_utils._operations.info import (
    EXTERNAL_ACCOUNT_INFO,
    INSTANCE_INFO,
    describe,
)
from ansible_collections.campaign.classic.plugins.module_utils._operations.runner import Request
from tests.helpers.cure_world import World, marketing, world
from tests.unit.plugins.module_utils.fake_transport import FakeTransport, answer

TIME = answer("GetServerTime", "2026-11-23T08:00:00Z")
USER_INFO = (
    "<userInfo login='robot'><login-right right='workflow'/><login-right right='admin'/>"
    "<installed-package name='core' namespace='nms'/></userInfo>"
)
PAGE = b"<redir status='OK' build='9396' version='7.4.3' instance='mkt'/>"


@pytest.fixture(scope="module")
def there() -> Iterator[World]:
    with world({"mkt": marketing(cursor="2026-11-22T00:00:00Z")}) as started:
        yield started


def test_logon_tells_all_of_the_instance(there: World) -> None:
    there.sim.clear_ledger()
    found = there.ask("mkt", INSTANCE_INFO).result
    assert found["user"] == "ops" and found["rights"] == ["admin"] and found["packages"] == ["nms:core"]
    assert found["build"] and found["version"] and found["instance_name"] == "mkt"
    assert found["url"] == f"{there.sim.instances['mkt']}/nl/jsp/soaprouter.jsp"
    assert found["server_time"].endswith("Z") and isinstance(found["skew"], float)
    assert there.calls("mkt") == ["xtk:session#Logon", "xtk:session#Logoff"]


def through_a_token(*answers: Any, page: HttpReply | Exception) -> dict[str, Any]:
    transport = FakeTransport(*answers)
    transport.pages = [page]
    # Its clock stands still: on a busy machine milliseconds pass.
    session = Session("mkt1", "http://mkt1:8080/x", BearerCredentials("token"), transport, clock=lambda: 0.0)
    with session:
        found = INSTANCE_INFO.run(Request({}), session).result
    assert transport.fetched == [("http://mkt1:8080/x/r/test", {})], "and no token goes there"
    return found


def test_session_without_a_logon_is_asked() -> None:
    found = through_a_token(answer("GetUserInfo", USER_INFO), TIME, page=HttpReply(200, {}, PAGE, 0.0))
    assert (found["user"], found["rights"], found["packages"]) == ("robot", ["admin", "workflow"], ["nms:core"])
    assert (found["build"], found["version"], found["instance_name"]) == ("9396", "7.4.3", "mkt")
    assert found["server_time"] == "2026-11-23 08:00:00.000Z"


@pytest.mark.parametrize(
    "page",
    [
        HttpReply(404, {}, b"<html/>", 0.0),
        HttpReply(200, {}, b"no XML", 0.0),
        HttpReply(200, {}, b"<redir status='OK'/>", 0.0),
        TransportError("gone", reached="no"),
    ],
)
def test_instance_that_hides_its_build_is_none_the_worse(page: Any) -> None:
    found = through_a_token(answer("GetUserInfo"), TIME, page=page)
    assert (found["build"], found["version"], found["user"], found["rights"]) == ("", "", "", [])


# -- accounts ---------------------------------------------------------------------------------------------------------


def test_accounts_come_by_name_and_never_with_their_passwords(there: World) -> None:
    there.sim.clear_ledger()
    found = there.ask("mkt", EXTERNAL_ACCOUNT_INFO, names=["mid", "nowhere"]).result
    (account,) = found["accounts"]
    assert (account["name"], account["login"], account["active"], account["type"]) == ("mid", "mid", True, 3)
    assert account["server"] == there.sim.instances["mid"]
    assert found["missing"] == ["nowhere"]
    assert "password" not in str(found)


def test_accounts_of_a_type_are_all_there_are(there: World) -> None:
    assert [one["name"] for one in there.ask("mkt", EXTERNAL_ACCOUNT_INFO, type=3).result["accounts"]] == ["mid"]
    assert there.ask("mkt", EXTERNAL_ACCOUNT_INFO, type=0).result == {"accounts": [], "missing": []}


def test_password_in_an_address_is_not_shown() -> None:
    assert describe({"server": "http://me:secret@mid:8080/x"})["server"] == "http://mid:8080/x"
