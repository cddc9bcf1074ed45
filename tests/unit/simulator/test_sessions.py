# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logon, tokens and the end of sessions, without HTTP (domain.md 3.2, 3.7, 3.8)."""

from __future__ import annotations

import pytest

from simulator.errors import PlainRefusal, SoapFault
from tests.unit.simulator.by_hand import CURSOR, bare, results
from tests.unit.simulator.router_world import World


@pytest.fixture
def world() -> World:
    return World()


# -- logon and sessions -------------------------------------------------------------------------------------------


def test_a_logon_gives_tokens_of_the_documented_shape_and_the_servers_facts(world: World) -> None:
    token, info, security = results(world.raw("xtk:session", "Logon", "ops", "ops-secret", ""), "Logon")
    assert (token.text or "").startswith("___")
    assert len(token.text or "") == 39
    assert (security.text or "").startswith("@")
    assert len(security.text or "") == 109
    found = {bare(node): node.attrib for node in info.iter()}
    assert found["serverInfo"]["buildNumber"] == "9396"
    assert found["serverInfo"]["serverDate"] == "2026-11-23 02:00:00.000Z"
    assert found["serverInfo"]["instanceName"] == "mkt-a"
    assert found["userInfo"]["login"] == "ops"
    assert found["login-right"]["right"] == "admin"


def test_the_same_seed_gives_the_same_tokens_and_each_logon_others() -> None:
    first, second = World(), World()
    tokens = [first.logon()[0], first.logon()[0], second.logon()[0], second.logon()[0]]
    assert tokens[:2] == tokens[2:]
    assert tokens[0] != tokens[1]


@pytest.mark.parametrize(
    ("login", "password"),
    [("ops", "wrong"), ("nobody", "pw"), ("gone", "pw"), ("", ""), ("ops", ""), ("robot", "p\u00e9")],
)
def test_a_refused_logon_is_403_with_plain_text(world: World, login: str, password: str) -> None:
    with pytest.raises(PlainRefusal) as caught:
        world.raw("xtk:session", "Logon", login, password, "")
    assert caught.value.status == 403
    assert caught.value.text == "XSV-350012 Invalid login or password. Connection denied."


def test_a_call_needs_both_the_cookie_and_the_security_token(world: World) -> None:
    token, headers = world.logon()
    cookie, security = {"Cookie": headers["Cookie"]}, {"X-Security-Token": headers["X-Security-Token"]}
    assert results(world.raw("xtk:session", "TestCnx", token=token, headers=headers), "TestCnx") == []
    assert results(world.raw("xtk:session", "TestCnx", headers=headers), "TestCnx") == [], "the body's may be empty"
    outdated = {**headers, "Cookie": "__sessiontoken=___old"}
    for shown in ({}, cookie, security, {**cookie, "X-Security-Token": "@wrong"}, outdated):
        with pytest.raises(PlainRefusal, match="XSV-350008 Session has expired or is invalid. Please reconnect."):
            world.raw("xtk:session", "TestCnx", token=token, headers=shown)
    with pytest.raises(PlainRefusal, match="XSV-350008"):
        world.raw("xtk:session", "TestCnx", token="___old", headers=headers)


def test_a_session_ends_with_its_logoff(world: World) -> None:
    token, headers = world.logon()
    assert len(world.instance.sessions.open_sessions()) == 1
    world.raw("xtk:session", "Logoff", token=token, headers=headers)
    assert world.instance.sessions.open_sessions() == []
    with pytest.raises(PlainRefusal, match="XSV-350008"):
        world.raw("xtk:session", "TestCnx", token=token, headers=headers)


def test_a_session_ends_a_day_after_its_logon_by_the_virtual_clock(world: World) -> None:
    token, headers = world.logon()
    world.pass_time(86_399)
    world.raw("xtk:session", "TestCnx", token=token, headers=headers)
    world.pass_time(1)
    with pytest.raises(PlainRefusal, match="XSV-350008"):
        world.raw("xtk:session", "TestCnx", token=token, headers=headers)


def test_a_remembered_session_lives_fifteen_days(world: World) -> None:
    outputs = results(
        world.raw("xtk:session", "Logon", "ops", "ops-secret", '<parameters rememberMe="true"/>'), "Logon"
    )
    headers = {"Cookie": f"__sessiontoken={outputs[0].text}", "X-Security-Token": outputs[2].text or ""}
    world.pass_time(14 * 86_400)
    world.raw("xtk:session", "TestCnx", headers=headers)


@pytest.mark.parametrize(
    ("answer", "status"), [("403-plain", 403), ("200-plain", 200), ("500-plain", 500), ("200-fault", None)]
)
def test_an_expired_session_is_reported_as_the_switch_says(answer: str, status: int | None) -> None:
    world = World(switches={"expired_answer": answer})
    with pytest.raises((PlainRefusal, SoapFault), match="XSV-350008") as caught:
        world.raw("xtk:session", "TestCnx")
    assert getattr(caught.value, "status", None) == status


def test_a_bearer_token_needs_no_logon_and_leaves_no_session(world: World) -> None:
    headers = {"Authorization": "Bearer ims-token"}
    value, kind = results(world.raw("xtk:session", "GetOption", CURSOR, headers=headers), "GetOption")
    assert (value.text, kind.text) == ("2020-03-01 10:00:00.000Z", "7")
    assert world.instance.sessions.open_sessions() == []
    with pytest.raises(PlainRefusal, match="XSV-350008"):
        world.raw("xtk:session", "GetOption", CURSOR, headers={"Authorization": "Bearer other"})


def test_a_bearer_token_can_be_exchanged_for_tokens_of_campaign(world: World) -> None:
    token, _unused, security = results(world.raw("xtk:session", "BearerTokenLogon", "ims-token"), "BearerTokenLogon")
    headers = {"Cookie": f"__sessiontoken={token.text}", "X-Security-Token": security.text or ""}
    world.raw("xtk:session", "TestCnx", headers=headers)
    with pytest.raises(PlainRefusal, match="XSV-350012"):
        world.raw("xtk:session", "BearerTokenLogon", "other")


def test_a_zone_without_security_tokens_takes_the_session_token_from_the_body() -> None:
    world = World(zone={"session_token_only": True})
    token, _unused = world.logon()
    world.raw("xtk:session", "TestCnx", token=token)
    with pytest.raises(SoapFault, match="Error while reading parameters of method 'TestCnx'"):
        world.raw("xtk:session", "TestCnx", token="ops/ops-secret")


def test_a_login_and_password_as_token_need_both_flags_of_the_zone() -> None:
    world = World(zone={"session_token_only": True, "allow_user_password": True})
    world.raw("xtk:session", "TestCnx", token="ops/ops-secret")
    with pytest.raises(SoapFault, match="Error while reading parameters") as caught:
        world.raw("xtk:session", "TestCnx", token="ops/wrong")
    assert (caught.value.code, caught.value.detail) == (
        "SOAP-ENV:Client", "Invalid login or password. Connection denied.",
    )  # fmt: skip
