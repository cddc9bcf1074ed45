# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logon, tokens and the end of sessions, without HTTP (campaign_facts, Requests, Sessions and Authentication)."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.config.spec import Operator
from simulator.soap.errors import FleetError, PlainRefusal, SoapFault
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
    ("answer", "status"),
    [("403-plain", 403), ("401-plain", 401), ("200-plain", 200), ("500-plain", 500), ("200-fault", None)],
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


def test_a_bearer_token_that_was_replaced_is_refused(world: World) -> None:
    world.instance.sessions.replace_operator(Operator("robot", token="new-token"))
    world.raw("xtk:session", "TestCnx", headers={"Authorization": "Bearer new-token"})
    with pytest.raises(PlainRefusal, match="XSV-350008"):
        world.raw("xtk:session", "TestCnx", headers={"Authorization": "Bearer ims-token"})


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


@pytest.mark.parametrize(
    ("zone", "refusal"),
    [
        ({"session_token_only": True, "allow_user_password": True}, ""),
        ({"session_token_only": True}, "Error while reading parameters of method 'TestCnx' of service 'xtk:session'."),
        ({"allow_user_password": True}, "XSV-350008"),
        ({}, "XSV-350008"),
    ],
)
def test_a_login_and_password_as_token_need_both_flags_of_the_zone(zone: dict[str, bool], refusal: str) -> None:
    world = World(zone=zone)
    for shown in ({"token": "ops/ops-secret"}, {"headers": {"Cookie": "__sessiontoken=ops/ops-secret"}}):
        if not refusal:
            assert results(world.raw("xtk:session", "TestCnx", **shown), "TestCnx") == []
            continue
        with pytest.raises((SoapFault, PlainRefusal), match=refusal):
            world.raw("xtk:session", "TestCnx", **shown)


def test_a_login_and_password_as_token_open_no_session_and_carry_the_rights_of_their_operator() -> None:
    world = World(zone={"session_token_only": True, "allow_user_password": True})
    assert results(world.raw("xtk:workflow", "Start", "campaign", token="runner/pw"), "Start") == []
    assert world.instance.sessions.open_sessions() == []
    with pytest.raises(SoapFault, match="QUE-370030"):
        world.raw("xtk:workflow", "Kill", "campaign", token="runner/pw")
    with pytest.raises(SoapFault, match="Invalid login or password"):
        world.raw("xtk:session", "TestCnx", token="gone/pw")


def test_a_wrong_login_as_token_is_a_fault_that_names_the_method() -> None:
    world = World(zone={"session_token_only": True, "allow_user_password": True})
    with pytest.raises(SoapFault, match="Error while reading parameters") as caught:
        world.raw("xtk:session", "TestCnx", token="ops/wrong")
    assert (caught.value.code, caught.value.detail) == (
        "SOAP-ENV:Client", "Invalid login or password. Connection denied.",
    )  # fmt: skip


# -- how long tokens work -----------------------------------------------------------------------------------------


def usable(world: World, token: str, headers: dict[str, str]) -> bool:
    """Whether a session still works."""
    try:
        world.raw("xtk:session", "TestCnx", token=token, headers=headers)
    except PlainRefusal as refusal:
        assert refusal.text == "XSV-350008 Session has expired or is invalid. Please reconnect."
        return False
    return True


@pytest.mark.parametrize(
    ("timeouts", "zone", "ends"),
    [
        ({"session": "1h", "security": "2h"}, {}, 3600),
        ({"session": "2h", "security": "1h"}, {}, 3600),
        ({"session": "2h", "security": "1h"}, {"session_token_only": True}, 7200),
        ({"session": "1h"}, {}, 3600),
        ({"security": "1h"}, {}, 3600),
    ],
)
def test_each_token_ends_at_its_own_time_to_the_second(
    timeouts: dict[str, str], zone: dict[str, bool], ends: int
) -> None:
    world = World(timeouts=timeouts, zone=zone, workflows={})
    token, headers = world.logon()
    world.pass_time(ends - 1)
    assert usable(world, token, headers)
    world.pass_time(1)
    assert not usable(world, token, headers)
    assert usable(world, *world.logon()), "a new logon is all that it takes"


def test_the_logon_tells_how_long_its_tokens_work() -> None:
    world = World(timeouts={"session": "2h", "security": "90m"})
    info = results(world.raw("xtk:session", "Logon", "ops", "ops-secret", ""), "Logon")[1]
    (server,) = (node.attrib for node in info.iter() if bare(node) == "serverInfo")
    assert (server["sessionTimeOut"], server["securityTimeOut"]) == ("7200", "5400")
    (server,) = (
        node.attrib
        for node in results(World().raw("xtk:session", "Logon", "ops", "ops-secret", ""), "Logon")[1].iter()
        if bare(node) == "serverInfo"
    )
    assert (server["sessionTimeOut"], server["securityTimeOut"]) == ("86400", "86400")


def test_an_expired_session_is_counted_no_more() -> None:
    world = World(timeouts={"session": "1h", "long_session": "2h"}, workflows={})
    world.logon()
    world.raw("xtk:session", "Logon", "ops", "ops-secret", '<parameters rememberMe="true"/>')
    assert len(world.instance.sessions.open_sessions()) == 2
    world.pass_time(3600)
    assert len(world.instance.sessions.open_sessions()) == 1
    world.pass_time(3600)
    assert world.instance.sessions.open_sessions() == []


def test_a_time_that_is_none_is_refused_with_its_place() -> None:
    with pytest.raises(FleetError, match="mkt-a.timeouts.security: 'soon' is no duration"):
        World(timeouts={"security": "soon"})
    with pytest.raises(FleetError, match="mkt-a.timeouts.session: '0s' is less than 1"):
        World(timeouts={"session": "0s"})


# -- who may log on from where ------------------------------------------------------------------------------------


def test_an_empty_password_needs_the_flag_of_the_zone() -> None:
    nobody = [{"login": "nopw", "password": ""}]
    with pytest.raises(PlainRefusal, match="XSV-350012"):
        World(operators=nobody).logon("nopw", "")
    assert World(operators=nobody, zone={"allow_empty_password": True}).logon("nopw", "")
    with pytest.raises(PlainRefusal, match="XSV-350012"):
        World(zone={"allow_empty_password": True}).logon("ops", "")


def test_an_adobe_id_cannot_log_on_by_password() -> None:
    world = World(operators=[{"login": "ims", "token": "ims-token"}], zone={"allow_empty_password": True})
    with pytest.raises(PlainRefusal, match="XSV-350012"):
        world.logon("ims", "")
    world.raw("xtk:session", "TestCnx", headers={"Authorization": "Bearer ims-token"})


def test_without_allow_http_no_session_is_created_by_any_means() -> None:
    world = World(zone={"allow_http": False})
    bearer = {"Authorization": "Bearer ims-token"}
    calls = (
        world.logon,
        lambda: world.raw("xtk:session", "BearerTokenLogon", "ims-token"),
        lambda: world.raw("xtk:session", "TestCnx", headers=bearer),
    )
    for call in calls:
        with pytest.raises(PlainRefusal, match="A session cannot be created over plain HTTP") as caught:
            call()
        assert caught.value.status == 403
    assert results(world.raw("xtk:session", "GetServerTime"), "GetServerTime"), "an anonymous call needs no session"


@pytest.mark.parametrize(
    ("zone", "kind", "text"),
    [
        ({"refused": 403}, 403, "XSV-350013 The '127.0.0.1' IP address"),
        ({"refused": 500}, 500, "XSV-350014 The '127.0.0.1' IP address"),
        ({"refused": 200}, None, "XSV-350013 The '127.0.0.1' IP address"),
        ({"networks": ["10.0.0.0/8"]}, 403, "XSV-350013 The '127.0.0.1' IP address"),
        ({"networks": ["10.0.0.0/8"], "refused": 500}, 500, "XSV-350014 The '127.0.0.1' IP address"),
    ],
)
def test_a_refused_address_is_told_in_the_zones_shape(zone: dict[str, Any], kind: int | None, text: str) -> None:
    world = World(zone=zone)
    for call in ("Logon", "GetServerTime", "NoSuchMethod"):
        with pytest.raises((PlainRefusal, SoapFault), match=text) as caught:
            world.raw("xtk:session", call, "ops", "ops-secret", "")
        assert getattr(caught.value, "status", None) == kind
    accepted = World(zone={"networks": ["10.0.0.0/8", "127.0.0.0/8"], "refused": 500})
    assert usable(accepted, *accepted.logon())


def test_an_operator_may_come_from_its_own_networks_only() -> None:
    mid = {"login": "mid", "password": "pw", "networks": ["10.0.0.0/8", "::1"], "token": "mid-token"}
    ops = {"login": "ops", "password": "ops-secret", "networks": ["127.0.0.1"]}
    world = World(operators=[mid, ops])
    assert usable(world, *world.logon())
    with pytest.raises(PlainRefusal, match="XSV-350013"):
        world.logon("mid", "pw")
    with pytest.raises(PlainRefusal, match="XSV-350013"):
        world.raw("xtk:session", "TestCnx", headers={"Authorization": "Bearer mid-token"})
    with pytest.raises(PlainRefusal, match="XSV-350012"):
        world.logon("mid", "wrong")
