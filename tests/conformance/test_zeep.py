# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""zeep, a SOAP client that knows nothing of Campaign, loads the WSDL of every service and calls through it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
import zeep
from lxml import etree
from zeep.transports import Transport

from simulator.testing import RunningSimulator, running_simulator

CURSOR = "NmsMidSourcing_LastDelivery_defaultEmailMid"
COUNTERS = "defaultMidSourcingDlv"
FLEET: dict[str, Any] = {
    "start": "2026-11-23T02:00:00Z",
    "instances": {
        "mkt-a": {
            "role": "marketing",
            "operators": [
                {"login": "ops", "password": "ops-secret", "rights": ["admin"]},
                {"login": "robot", "token": "ims-token", "rights": ["admin"]},
            ],
            "options": {
                CURSOR: {"type": "datetime", "value": "2020-03-01T10:00:00Z"},
                "Text": {"value": "Rock 'n' Roll & <more>"},
            },
            "workflows": {COUNTERS: {"state": "stopped"}, "template": {"state": "edit", "technical": False}},
        }
    },
}


@pytest.fixture
def sim() -> Iterator[RunningSimulator]:
    with running_simulator(FLEET) as running:
        yield running


class Client:
    """The services of one instance by their WSDL, in a session that was opened through zeep itself."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = requests.Session()
        self.http.trust_env = False
        self.token = ""

    def service(self, name: str) -> Any:
        """Its operations; the WSDL is loaded again."""
        transport = Transport(session=self.http, cache=None)
        wsdl = f"{self.url}/nl/jsp/schemawsdl.jsp?schema={name}"
        return zeep.Client(wsdl, transport=transport, settings=zeep.Settings(strict=True)).service

    def bearer(self) -> Client:
        """An IMS token in each call, as documented (campaign_facts, Authentication): no logon, no token in the body."""
        self.http.headers["Authorization"] = "Bearer ims-token"
        return self

    def logon(self, login: str = "ops", password: str = "ops-secret") -> Any:  # noqa: S107
        """Log on by password. The WSDL needs a session: it is read with the bearer token, which is then removed."""
        session = self.bearer().service("xtk:session")
        del self.http.headers["Authorization"]
        answer = session.Logon("", login, password, {})
        self.token = answer.pstrSessionToken
        self.http.headers["Cookie"] = f"__sessiontoken={self.token}"
        self.http.headers["X-Security-Token"] = answer.pstrSecurityToken
        return answer


@pytest.fixture
def client(sim: RunningSimulator) -> Client:
    found = Client(sim.instances["mkt-a"])
    found.logon()
    return found


def parsed(text: str) -> Any:
    return etree.fromstring(text)


def attributes(element: Any) -> dict[str, str]:
    return dict(element.attrib)


def local(element: Any) -> str:
    return str(etree.QName(element).localname)


# -- sessions -----------------------------------------------------------------------------------------------------


def test_a_logon_through_the_wsdl_gives_tokens_that_work(sim: RunningSimulator) -> None:
    client = Client(sim.instances["mkt-a"])
    answer = client.logon()
    assert (len(answer.pstrSessionToken), answer.pstrSecurityToken[0]) == (39, "@")
    (server, user, *_rest) = answer.pSessionInfo._value_1
    assert (server.get("instanceName"), user.get("login")) == ("mkt-a", "ops")
    assert client.service("xtk:session").TestCnx(client.token) is None
    assert [(call["call"], call["login"]) for call in sim.ledger()][-1] == ("xtk:session#TestCnx", "ops")


def test_a_session_ends_with_its_logoff(sim: RunningSimulator, client: Client) -> None:
    session = client.service("xtk:session")
    session.Logoff(client.token)
    with pytest.raises(zeep.exceptions.TransportError) as caught:
        session.TestCnx(client.token)
    assert caught.value.status_code == 403
    assert sim.sessions("mkt-a") == []


def test_a_refused_logon_is_no_soap_at_all(sim: RunningSimulator) -> None:
    with pytest.raises(zeep.exceptions.TransportError) as caught:
        Client(sim.instances["mkt-a"]).logon(password="wrong")  # noqa: S106
    assert caught.value.status_code == 403
    assert b"XSV-350012" in caught.value.content


def test_a_bearer_token_is_exchanged_or_used_as_it_is(sim: RunningSimulator) -> None:
    client = Client(sim.instances["mkt-a"]).bearer()
    session = client.service("xtk:session")
    assert session.BearerTokenLogon("", "ims-token").pstrSessionToken.startswith("___")
    assert session.GetOption("", "Text").pstrValue == "Rock 'n' Roll & <more>"
    user = session.GetUserInfo("")
    assert user.get("login") == "robot"


def test_the_servers_time_is_a_date_of_the_wsdl(client: Client) -> None:
    assert client.service("xtk:session").GetServerTime("") == datetime(2026, 11, 23, 2, tzinfo=UTC)


# -- options ------------------------------------------------------------------------------------------------------


def test_options_are_read_with_their_types(client: Client) -> None:
    session = client.service("xtk:session")
    found = session.GetOption(client.token, CURSOR)
    assert (found.pstrValue, found.pbtType) == ("2020-03-01 10:00:00.000Z", 7)
    missing = session.GetOption(client.token, "Missing")
    assert (missing.pstrValue, missing.pbtType) == (None, 0)


def test_a_document_is_written_through_either_service(sim: RunningSimulator, client: Client) -> None:
    for service, day in (("xtk:persist", "21"), ("xtk:session", "22")):
        document = parsed(
            f'<option xtkschema="xtk:option" _operation="update" _key="@name" name="{CURSOR}" dataType="7"'
            f' timeStampValue="2026-11-{day} 02:00:00.000Z"/>'
        )
        assert client.service(service).Write(client.token, {"_value_1": document}) is None
        assert sim.option_time("mkt-a", CURSOR) == datetime(2026, 11, int(day), 2, tzinfo=UTC)
    assert {call["call"] for call in sim.ledger("mkt-a", kind="write")} == {"xtk:persist#Write"}


def test_a_collection_is_written(sim: RunningSimulator, client: Client) -> None:
    collection = parsed(
        '<option-collection xtkschema="xtk:option"><option name="A" dataType="6" stringValue="1"/>'
        '<option name="B" dataType="3" longValue="2"/></option-collection>'
    )
    client.service("xtk:persist").WriteCollection(client.token, {"_value_1": collection})
    options = sim.state("mkt-a")["options"]
    assert (options["A"]["value"], options["B"]["value"]) == ("1", 2)


def test_a_schema_is_read(client: Client) -> None:
    persist = client.service("xtk:persist")
    schema = persist.GetEntityIfMoreRecent(client.token, "xtk:schema|xtk:session", "", False)
    assert (local(schema), schema.get("name")) == ("schema", "session")
    unknown = persist.GetEntityIfMoreRecent(client.token, "xtk:schema|cus:nothing", "", False)
    assert unknown is None


# -- queries ------------------------------------------------------------------------------------------------------

QUERY = (
    '<queryDef operation="{}" schema="xtk:option" lineCount="10"><select><node expr="@name"/><node expr="{}"/></select>'
    """<where><condition expr="@name like 'NmsMid%'"/></where></queryDef>"""
)


def test_a_query_is_executed(client: Client) -> None:
    query = {"_value_1": parsed(QUERY.format("select", "@timeStampValue"))}
    found = client.service("xtk:queryDef").ExecuteQuery(client.token, query)
    assert local(found) == "option-collection"
    assert [attributes(row) for row in found] == [{"name": CURSOR, "timeStampValue": "2020-03-01 10:00:00.000Z"}]


def test_a_query_comes_back_filled(client: Client) -> None:
    query = {"_value_1": parsed('<queryDef operation="select" schema="xtk:option"/>')}
    filled = client.service("xtk:queryDef").SelectAll(client.token, query, False)
    assert local(filled) == "queryDef"
    assert "@timeStampValue" in {node.get("expr") for node in filled.iter("{*}node")}


def test_a_fault_is_one_of_the_wsdl_too(client: Client) -> None:
    with pytest.raises(zeep.exceptions.Fault) as caught:
        query = {"_value_1": parsed(QUERY.format("select", "@nope"))}
        client.service("xtk:queryDef").ExecuteQuery(client.token, query)
    assert caught.value.message.startswith("SOP-330011 ")
    assert caught.value.code == "SOAP-ENV:Server"
    assert "XTK-170036" in (caught.value.detail.text or "")


# -- workflows ----------------------------------------------------------------------------------------------------


def test_orders_are_given(sim: RunningSimulator, client: Client) -> None:
    workflow = client.service("xtk:workflow")
    for order, state in (("Start", 11), ("Pause", 13), ("Start", 11), ("Stop", 20), ("Restart", 11), ("Kill", 20)):
        assert workflow[order](client.token, COUNTERS) is None
        sim.advance(20)
        assert sim.workflow("mkt-a", COUNTERS)["state"] == state, order


def test_orders_with_more_parameters_are_given(sim: RunningSimulator, client: Client) -> None:
    workflow = client.service("xtk:workflow")
    variables = {"_value_1": parsed('<variables a="b"/>')}
    workflow.StartWithParameters(client.token, COUNTERS, variables)
    sim.advance(20)
    workflow.Wakeup(client.token, COUNTERS)
    workflow.WakeupTask(client.token, COUNTERS, "", "")
    workflow.PostEvent(client.token, COUNTERS, "in", "ok", variables, False)
    sim.advance(20)
    assert any("Event posted on transition 'ok'" in line["message"] for line in sim.journal("mkt-a", COUNTERS))


def test_a_new_instance_of_a_template_has_a_number(sim: RunningSimulator, client: Client) -> None:
    template = parsed('<workflow xtkschema="xtk:workflow" _operation="update" internalName="template" isModel="1"/>')
    client.service("xtk:persist").Write(client.token, {"_value_1": template})
    made = client.service("xtk:workflow").Spawn(client.token, "template")
    assert isinstance(made, int)
    assert made in {row["id"] for row in sim.state("mkt-a")["workflows"].values()}


# -- the WSDL -----------------------------------------------------------------------------------------------------


def test_the_envelope_that_the_wsdl_leads_to_is_the_minimal_dialect(client: Client) -> None:
    wsdl = f"{client.url}/nl/jsp/schemawsdl.jsp?schema=xtk:session"
    loaded = zeep.Client(wsdl, transport=Transport(session=client.http, cache=None))
    message = loaded.create_message(loaded.service, "GetOption", "___S", "Text")
    (call,) = message.find("{http://schemas.xmlsoap.org/soap/envelope/}Body")
    assert [(node.tag, node.text, dict(node.attrib)) for node in call.iter()] == [
        ("{urn:xtk:session}GetOption", None, {}),
        ("{urn:xtk:session}sessiontoken", "___S", {}),
        ("{urn:xtk:session}strName", "Text", {}),
    ]


def test_the_wsdl_cannot_be_loaded_without_a_session(sim: RunningSimulator) -> None:
    with pytest.raises(ValueError, match="no default service"):
        Client(sim.instances["mkt-a"]).service("xtk:session")  # it gets the logon page
