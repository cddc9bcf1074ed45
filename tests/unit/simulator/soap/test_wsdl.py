# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The WSDL page, and that a WSDL, its schema and what the router really answers are the same thing three times."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from lxml import etree

from simulator.documents.entities import entity
from simulator.methods.services import build_router
from simulator.methods.workflow_methods import UNDOCUMENTED
from simulator.soap import wsdl
from simulator.testing import RunningSimulator, running_simulator
from tests.unit.simulator.by_hand import COUNTERS, CURSOR, Hand, bare, context, results
from tests.unit.simulator.router_world import World

PAGE = "/nl/jsp/schemawsdl.jsp"
SERVICES = sorted({name.partition("#")[0] for name in build_router().names()})
FLEET: dict[str, Any] = {
    "start": "2026-11-23T02:00:00Z",
    "defaults": {
        "operators": [
            {"login": "ops", "password": "ops-secret", "rights": ["admin"]},
            {"login": "robot", "token": "ims-token"},
        ]
    },
    "instances": {"mkt-a": {"role": "marketing"}},
}


@pytest.fixture(scope="module")
def sim() -> Iterator[RunningSimulator]:
    with running_simulator(FLEET) as running:
        yield running


def get(sim: RunningSimulator, schema: str, **headers: str) -> requests.Response:
    url = sim.instances["mkt-a"] + PAGE
    return requests.get(url, params={"schema": schema}, headers=headers, timeout=30, allow_redirects=False)


def operations(service: str) -> list[wsdl.Operation]:
    schema = entity(f"xtk:schema|{service}", must_exist=True)
    assert schema is not None
    return wsdl.operations(schema)


# -- the page -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("service", SERVICES)
def test_without_a_session_the_page_redirects_to_the_logon_with_one_it_is_there(
    sim: RunningSimulator, service: str
) -> None:
    answer = get(sim, service)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/mkt-a/nl/jsp/logon.jsp?target=/mkt-a/nl/jsp/schemawsdl.jsp%3Fschema")
    assert answer.content == b""
    hand = Hand(sim.instances["mkt-a"]).logon()
    by_session = get(sim, service, Cookie=f"__sessiontoken={hand.token}")
    by_bearer = get(sim, service, Authorization="Bearer ims-token")
    assert (by_session.status_code, by_session.headers["Content-Type"]) == (200, "text/xml; charset=utf-8")
    assert (by_bearer.status_code, by_bearer.content) == (200, by_session.content)
    assert etree.fromstring(by_session.content).get("targetNamespace") == f"urn:{service}"
    hand.logoff()
    assert get(sim, service, Cookie=f"__sessiontoken={hand.token}").status_code == 302
    assert get(sim, service, Authorization="Bearer other").status_code == 302


@pytest.mark.parametrize("schema", ["", "cus:nothing", "<x>", "xtk:schema|xtk:session"])
def test_a_service_that_does_not_exist_is_not_found(sim: RunningSimulator, schema: str) -> None:
    answer = get(sim, schema, Authorization="Bearer ims-token")
    assert (answer.status_code, answer.text) == (404, f"No service '{schema}'.\n")


@pytest.mark.parametrize(
    ("host", "shown"),
    [("campaign.example.com", "campaign.example.com"), ("[::1]:80", "[::1]:80"), ('x"<y>', "127.0.0.1")],
)
def test_the_address_is_the_one_by_which_the_client_came(sim: RunningSimulator, host: str, shown: str) -> None:
    answer = get(sim, "xtk:session", Authorization="Bearer ims-token", Host=host)
    (address,) = etree.fromstring(answer.content).iter(f"{{{wsdl.SOAP}}}address")
    assert address.get("location") == f"http://{shown}/mkt-a/nl/jsp/soaprouter.jsp"


def test_the_wsdl_follows_the_switch_for_the_name_of_the_servers_time(sim: RunningSimulator) -> None:
    names = {}
    for word in ("ptsTime", "ptsDate"):
        sim.change("mkt-a", switches={"server_time_name": word})
        document = etree.fromstring(get(sim, "xtk:session", Authorization="Bearer ims-token").content)
        (answer,) = (node for node in document.iter() if node.get("name") == "GetServerTimeResponse")
        names[word] = [node.get("name") for node in answer.iter() if node.get("type")]
    assert names == {"ptsTime": ["ptsTime"], "ptsDate": ["ptsDate"]}


# -- the document -------------------------------------------------------------------------------------------------


def test_the_schemas_describe_exactly_the_methods_that_the_router_has() -> None:
    described = {f"{one.service}#{one.name}" for service in SERVICES for one in operations(service)}
    undocumented = {f"xtk:workflow#{name}" for name in UNDOCUMENTED}
    assert described | undocumented == set(build_router().names())
    assert not described & undocumented


def test_a_service_offers_what_its_interface_promises_by_the_name_that_works() -> None:
    actions = {
        f"{one.service}#{one.name}": (one.request_namespace, one.answer_namespace) for one in operations("xtk:session")
    }
    assert actions["xtk:persist#Write"] == ("urn:xtk:persist", "urn:wpp:default")
    assert actions["xtk:session#GetOption"] == ("urn:xtk:session", "urn:xtk:session")
    assert "xtk:session#Write" not in actions, "that one ends in SOP-330024"


def test_the_names_are_those_of_the_documented_samples() -> None:
    found = {one.name: one for service in SERVICES for one in operations(service)}
    assert found["Logon"].takes == (
        ("strLogin", "s:string"),
        ("strPassword", "s:string"),
        ("elemParameters", "Element"),
    )
    assert found["GetOption"].takes == (("strName", "s:string"),)
    assert found["GetEntityIfMoreRecent"].takes[2] == ("bMustExist", "s:boolean")
    assert found["Write"].takes == (("domDoc", "Element"),)
    assert found["ExecuteQuery"].takes == (("entity", "Element"),)
    assert found["Start"].takes == (("strWorkflowId", "s:string"),)


def test_a_method_of_an_object_takes_it_first_and_gives_it_back_unless_it_is_const() -> None:
    found = {one.name: one for one in operations("xtk:queryDef")}
    assert found["ExecuteQuery"].gives == (("pdomOutput", "Element"),)
    assert found["SelectAll"].takes[0] == ("entity", "Element")
    assert found["SelectAll"].gives == (("entity", "Element"),)


QUERY = '<queryDef operation="count" schema="xtk:option"/>'
CALLS: dict[str, tuple[str, ...]] = {
    "xtk:session#Logon": ("ops", "ops-secret", ""),
    "xtk:session#BearerTokenLogon": ("ims-token",),
    "xtk:session#Logoff": (),
    "xtk:session#TestCnx": (),
    "xtk:session#GetServerTime": (),
    "xtk:session#GetUserInfo": (),
    "xtk:session#GetOption": (CURSOR,),
    "xtk:persist#Write": (f'<option xtkschema="xtk:option" name="{CURSOR}" description="x"/>',),
    "xtk:persist#WriteCollection": ('<option-collection xtkschema="xtk:option"/>',),
    "xtk:persist#GetEntityIfMoreRecent": ("xtk:schema|xtk:session", "", "true"),
    "xtk:queryDef#ExecuteQuery": (QUERY,),
    "xtk:queryDef#SelectAll": (QUERY, "false"),
    "xtk:workflow#StartWithParameters": ("campaign", "<variables/>"),
    "xtk:workflow#SimulateWithParameters": ("campaign", "<variables/>"),
    "xtk:workflow#WakeupTask": (COUNTERS, "", ""),
    "xtk:workflow#PostEvent": (COUNTERS, "a", "t", "<variables/>", "true"),
    "xtk:workflow#Spawn": ("template",),
    "xtk:workflow#SpawnWithParameters": ("template", "<variables/>"),
    "xtk:workflow#SpawnWithParametersEx": ("template", "false", "<variables/>"),
    "xtk:workflow#Execute": ('<workflow internalName="campaign"/>',),
    "xtk:workflow#ExecuteInstance": ('<workflow internalName="campaign"/>', "false", "false", "false"),
    **{f"xtk:workflow#{name}": ("campaign",) for name in ("Start", "Pause", "Stop", "Kill", "Restart", "Simulate")},
    "xtk:workflow#Wakeup": (COUNTERS,),
}


def answered(world: World, service: str, method: str) -> bytes:
    """A call's answer. Execute waits for its run: time goes by until there is one."""
    token, headers = world.logon()
    params = CALLS[f"{service}#{method}"]
    call = context(world.simulator, world.instance, service, method, *params, token=token, headers=headers)

    async def wait() -> bytes:
        answer = asyncio.ensure_future(world.simulator.router.run(call))
        await asyncio.sleep(0)
        while not answer.done():
            await world.simulator.clock.advance(10)
        return await answer

    return asyncio.run(wait())


@pytest.mark.parametrize("call", sorted({f"{o.service}#{o.name}" for name in SERVICES for o in operations(name)}))
def test_what_a_method_takes_and_answers_is_what_its_wsdl_says(call: str) -> None:
    service, _unused, method = call.partition("#")
    (described,) = {one for one in operations(service) if one.name == method}
    assert len(CALLS[call]) == len(described.takes)
    world = World(workflows={COUNTERS: {"every": "10m"}, "campaign": {"state": "stopped", "technical": False},
                             "template": {"state": "edit", "technical": False}})  # fmt: skip
    (row,) = world.instance.rows.find("xtk:workflow", internalName="template")
    world.instance.rows.update("xtk:workflow", row["id"], {"isModel": True})
    outputs = results(answered(world, service, method), method)
    gives = described.gives
    if method in ("Execute", "ExecuteInstance"):
        assert gives == (("entity", "Element"),), "they may give the object back, and do not"
        gives = ()
    assert [bare(node) for node in outputs] == [name for name, _unused in gives]
    for node, (_unused, type_) in zip(outputs, gives, strict=True):
        assert node.tag.startswith(f"{{{described.answer_namespace}}}")
        told = node.attrib["{http://www.w3.org/2001/XMLSchema-instance}type"]
        assert told == ("ns:Element" if type_ == "Element" else type_.replace("s:", "xsd:"))
