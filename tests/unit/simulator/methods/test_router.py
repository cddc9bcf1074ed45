# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Methods and rights, without HTTP (campaign_facts, Rights, Calls and Failures)."""

from __future__ import annotations

import asyncio

import pytest

from simulator.methods.router import READ, SESSION, WRITE
from simulator.soap.errors import PlainRefusal, SoapFault
from tests.unit.simulator.by_hand import COUNTERS, CURSOR, bare, context, results
from tests.unit.simulator.router_world import World


@pytest.fixture
def world() -> World:
    return World()


# -- methods ------------------------------------------------------------------------------------------------------


def test_every_method_has_its_class(world: World) -> None:
    kinds = {
        name: method.kind
        for name in world.simulator.router.names()
        if (method := world.simulator.router.find(context(world.simulator, world.instance, *name.split("#")).call))
    }
    assert {name for name, kind in kinds.items() if kind == SESSION} == {
        "xtk:session#Logon", "xtk:session#BearerTokenLogon", "xtk:session#Logoff",
    }  # fmt: skip
    assert {name for name, kind in kinds.items() if kind == READ} == {
        "xtk:session#TestCnx", "xtk:session#GetServerTime", "xtk:session#GetUserInfo", "xtk:session#GetOption",
        "xtk:persist#GetEntityIfMoreRecent", "xtk:queryDef#ExecuteQuery", "xtk:queryDef#SelectAll",
    }  # fmt: skip
    writes = {name for name, kind in kinds.items() if kind == WRITE}
    assert {"xtk:persist#Write", "xtk:persist#WriteCollection", "xtk:workflow#Kill"} < writes
    assert len(writes) == 2 + 23


def test_an_option_is_a_text_with_its_type_and_a_missing_one_is_no_fault(world: World) -> None:
    value, kind = world.as_("ops", "xtk:session", "GetOption", "Text")
    assert (value.text, kind.text) == ("a & b", "6")
    value, kind = world.as_("ops", "xtk:session", "GetOption", "Missing")
    assert (value.text, kind.text) == (None, "0")
    assert world.object == "Missing"


def test_the_servers_time_is_anonymous_and_follows_the_instances_skew(world: World) -> None:
    (time,) = results(world.raw("xtk:session", "GetServerTime"), "GetServerTime")
    assert time.text == "2026-11-23T02:00:00.000Z"
    world.instance.skew = -90
    (time,) = results(world.raw("xtk:session", "GetServerTime"), "GetServerTime")
    assert time.text == "2026-11-23T01:58:30.000Z"


def test_user_info_is_that_of_the_session(world: World) -> None:
    (info,) = world.as_("runner", "xtk:session", "GetUserInfo")
    assert info[0].attrib["login"] == "runner"


@pytest.mark.parametrize("service", ["xtk:persist", "xtk:persist|xtk:session"])
def test_a_write_changes_the_option_under_both_names_of_the_service(world: World, service: str) -> None:
    document = f'<option xtkschema="xtk:option" _operation="update" _key="@name" name="{CURSOR}" dataType="7"'
    token, headers = world.logon()
    call = context(
        world.simulator, world.instance, service, "Write",
        document + ' timeStampValue="2026-11-22 02:00:00.000Z"/>', token=token, headers=headers,
    )  # fmt: skip
    assert b"<WriteResponse xmlns='urn:wpp:default'" in asyncio.run(world.simulator.router.run(call))
    assert world.instance.store.get_option(CURSOR) == ("2026-11-22 02:00:00.000Z", 7)
    assert call.entry.object == f"xtk:option {CURSOR} update"


@pytest.mark.parametrize("method", ["Write", "WriteCollection", "GetEntityIfMoreRecent"])
def test_methods_of_persist_called_on_the_session_service_lack_a_library(world: World, method: str) -> None:
    with pytest.raises(SoapFault, match="SOP-330011") as caught:
        world.as_("ops", "xtk:session", method, "<a/>")
    assert (caught.value.detail or "").startswith("SOP-330024 Unspecified function library")


def test_a_method_that_does_not_exist_is_the_callers_fault(world: World) -> None:
    with pytest.raises(SoapFault) as caught:
        world.as_("ops", "xtk:session", "GetModifiedEntities")
    assert caught.value.code == "SOAP-ENV:Client"
    assert caught.value.string == (
        "SOP-330006 The method 'GetModifiedEntities' is not defined in SOAP service 'xtk:session'."
    )


def test_a_failed_method_is_wrapped_with_its_cause_as_detail(world: World) -> None:
    query = '<queryDef operation="select" schema="xtk:option"><select><node expr="@nope"/></select></queryDef>'
    with pytest.raises(SoapFault) as caught:
        world.as_("ops", "xtk:queryDef", "ExecuteQuery", query)
    assert caught.value.string == (
        "SOP-330011 Error while executing the method 'ExecuteQuery' of service 'xtk:queryDef'."
    )
    assert "XTK-170036" in (caught.value.detail or "")


def test_a_collection_writes_all_its_documents(world: World) -> None:
    world.as_(
        "ops", "xtk:persist", "WriteCollection",
        '<option-collection xtkschema="xtk:option"><option name="A" dataType="6" stringValue="1"/>'
        '<option name="B" dataType="6" stringValue="2"/></option-collection>',
    )  # fmt: skip
    assert [world.instance.store.get_option(name)[0] for name in "AB"] == ["1", "2"]


def test_the_schemas_that_the_sdk_reads_are_served(world: World) -> None:
    (document,) = world.as_("ops", "xtk:persist", "GetEntityIfMoreRecent", "xtk:schema|xtk:session", "", "false")
    schema = document[0]
    assert schema.attrib["implements"] == "xtk:persist"
    methods = {node.attrib["name"] for node in schema.iter() if bare(node) == "method"}
    assert {"GetOption", "TestCnx", "GetServerTime", "GetUserInfo", "Write", "WriteCollection"} <= methods


def test_an_unknown_entity_is_empty_unless_it_must_exist(world: World) -> None:
    (document,) = world.as_("ops", "xtk:persist", "GetEntityIfMoreRecent", "xtk:schema|cus:x", "", "false")
    assert len(document) == 0
    with pytest.raises(SoapFault):
        world.as_("ops", "xtk:persist", "GetEntityIfMoreRecent", "xtk:schema|cus:x", "", "true")
    with pytest.raises(SoapFault) as caught:
        world.as_("ops", "xtk:persist", "GetEntityIfMoreRecent", f"xtk:workflow|{COUNTERS}", "", "false")
    assert "Attribute 'name' unknown" in (caught.value.detail or "")


def test_a_deleted_workflow_is_not_run_any_more(world: World) -> None:
    world.as_(
        "ops", "xtk:persist", "Write",
        f'<workflow xtkschema="xtk:workflow" _operation="delete" _key="@internalName" internalName="{COUNTERS}"/>',
    )  # fmt: skip
    world.pass_time(3600)
    with pytest.raises(SoapFault, match="SOP-330011"):
        world.as_("ops", "xtk:workflow", "Start", COUNTERS)


@pytest.mark.parametrize(
    ("service", "method", "params"),
    [
        ("xtk:session", "GetOption", ()),
        ("xtk:session", "Logon", ("ops",)),
        ("xtk:persist", "Write", ("text",)),
        ("xtk:persist", "Write", ("<a/><b/>",)),
        ("xtk:queryDef", "ExecuteQuery", ("<query/>",)),
        ("xtk:workflow", "Start", ("<a/>",)),
        ("xtk:workflow", "PostEvent", (COUNTERS, "a", "t", "<variables/>", "perhaps")),
        ("xtk:workflow", "StartWithParameters", (COUNTERS, "<parameters/>")),
        ("xtk:persist", "GetEntityIfMoreRecent", ("xtk:schema", "", "false")),
    ],
)
def test_parameters_that_cannot_be_read_are_the_callers_fault(
    world: World, service: str, method: str, params: tuple[str, ...]
) -> None:
    with pytest.raises(SoapFault, match=f"Error while reading parameters of method '{method}'") as caught:
        world.as_("ops", service, method, *params)
    assert caught.value.code == "SOAP-ENV:Client"


def test_orders_with_more_parameters_reach_the_workflow(world: World) -> None:
    assert world.as_("ops", "xtk:workflow", "StartWithParameters", "campaign", '<variables a="b"/>') == []
    world.pass_time(10)
    assert world.as_("ops", "xtk:workflow", "WakeupTask", COUNTERS, "", "") == []
    assert world.as_("ops", "xtk:workflow", "PostEvent", "campaign", "in", "ok", '<variables c="d"/>', "false") == []
    world.pass_time(10)
    lines = world.instance.rows.find("xtk:workflowLog")
    assert any("Event posted on transition 'ok'" in line["message"] for line in lines)
    (started,) = world.instance.rows.find("xtk:workflow", internalName="campaign")
    assert started["state"] == 11


def test_a_state_that_a_client_has_made_up_harms_nobody(world: World) -> None:
    text = f'<workflow xtkschema="xtk:workflow" _operation="update" internalName="{COUNTERS}" state="2"/>'
    world.as_("ops", "xtk:persist", "Write", text)
    world.pass_time(3600)
    assert world.as_("ops", "xtk:workflow", "Start", COUNTERS) == []
    world.pass_time(10)
    (row,) = world.instance.rows.find("xtk:workflow", internalName=COUNTERS)
    assert row["state"] == 11


def test_an_order_may_name_the_workflow_by_its_id(world: World) -> None:
    (row,) = world.instance.rows.find("xtk:workflow", internalName="campaign")
    assert world.as_("runner", "xtk:workflow", "Start", str(row["id"])) == []
    assert world.object == str(row["id"])
    with pytest.raises(SoapFault):
        world.as_("ops", "xtk:workflow", "Start", "99999999999999999999")


def test_a_call_without_the_leading_token_is_not_authenticated(world: World) -> None:
    _unused, headers = world.logon()
    with pytest.raises(PlainRefusal, match="XSV-350008"):
        world.raw("xtk:session", "GetOption", token=CURSOR, headers=headers)


def test_logging_off_twice_says_that_the_session_is_gone(world: World) -> None:
    token, headers = world.logon()
    world.raw("xtk:session", "Logoff", token=token, headers=headers)
    with pytest.raises(PlainRefusal, match="XSV-350008"):
        world.raw("xtk:session", "Logoff", token=token, headers=headers)


def test_a_document_of_a_schema_that_does_not_exist_is_a_fault(world: World) -> None:
    assert "cus:x" in refused(world, "ops", "xtk:persist", "Write", '<x xtkschema="cus:x"/>')
    assert refused(world, "runner", "xtk:persist", "Write", "<x/>")


def test_a_failing_collection_leaves_what_came_before_where_the_switch_says_so() -> None:
    text = (
        '<option-collection xtkschema="xtk:option"><option name="A" dataType="6" stringValue="1"/>'
        '<option nope="B"/></option-collection>'
    )
    for switch, kept in (("atomic", ""), ("each", "1")):
        world = World(switches={"collection": switch})
        assert refused(world, "ops", "xtk:persist", "WriteCollection", text)
        assert world.instance.store.get_option("A")[0] == kept


# -- rights -------------------------------------------------------------------------------------------------------

OPTION = f'<option xtkschema="xtk:option" _operation="update" _key="@name" name="{CURSOR}" description="x"/>'


def refused(world: World, login: str, service: str, method: str, *params: str) -> str:
    with pytest.raises(SoapFault, match="SOP-330011") as caught:
        world.as_(login, service, method, *params)
    return caught.value.detail or ""


def test_a_technical_workflow_needs_administration_another_the_named_right(world: World) -> None:
    assert "QUE-370030" in refused(world, "runner", "xtk:workflow", "Stop", COUNTERS)
    assert world.as_("runner", "xtk:workflow", "Start", "campaign") == []
    assert "named right 'workflow'" in refused(world, "robot", "xtk:workflow", "Start", "campaign")
    assert "named right 'admin'" in refused(world, "runner", "xtk:workflow", "Kill", "campaign")
    assert world.as_("ops", "xtk:workflow", "Kill", "campaign") == []


def test_missing_rights_can_look_like_a_missing_record() -> None:
    world = World(switches={"rights_refusal": "missing"})
    text = refused(world, "runner", "xtk:workflow", "Stop", COUNTERS)
    assert text == refused(world, "ops", "xtk:workflow", "Stop", "no-such-workflow")
    assert "The requested database record does not exist." in text


def test_options_are_written_by_administrators_only(world: World) -> None:
    assert "QUE-370023" in refused(world, "runner", "xtk:persist", "Write", OPTION)
    assert "QUE-370023" in refused(
        world, "runner", "xtk:persist", "WriteCollection",
        f'<option-collection xtkschema="xtk:option">{OPTION}</option-collection>',
    )  # fmt: skip
    assert world.instance.rows.find("xtk:option", name=CURSOR)[0]["description"] == ""


def test_a_linked_document_is_no_way_round_the_rights(world: World) -> None:
    text = '<delivery xtkschema="nms:delivery" internalName="D1" label="D">{}</delivery>'
    linked = '<folder name="mine" label="x"{}/>'
    assert "QUE-370023" in refused(world, "runner", "xtk:persist", "Write", text.format(linked.format("")))
    assert world.as_("runner", "xtk:persist", "Write", text.format("")) == []


def test_what_lies_in_folders_is_hidden_from_an_operator_without_folder_rights(world: World) -> None:
    query = '<queryDef operation="select" schema="xtk:workflow"><select><node expr="@id"/></select></queryDef>'
    (seen,) = world.as_("runner", "xtk:queryDef", "ExecuteQuery", query)
    (hidden,) = world.as_("blind", "xtk:queryDef", "ExecuteQuery", query)
    assert (len(seen[0]), len(hidden[0])) == (2, 0)


def test_the_log_of_logons_tells_sessions_apart_without_giving_them_away(world: World) -> None:
    token, _unused = world.logon()
    (session,) = world.instance.sessions.open_sessions()
    assert session.short in token
    assert len(session.short) == 8
