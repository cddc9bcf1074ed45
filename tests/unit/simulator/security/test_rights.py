# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Operators with and without the rights that are needed (campaign_facts, Rights), without HTTP: named rights, folders,
platform tables."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.soap.errors import FleetError, PlainRefusal, SoapFault
from tests.unit.simulator.by_hand import COUNTERS, CURSOR
from tests.unit.simulator.router_world import World

HERE, THERE = "here", "there"
READER = {"login": "reader", "password": "pw", "rights": ["workflow"], "folders": {HERE: ["read"]}}
WRITER = {"login": "writer", "password": "pw", "rights": [], "folders": {HERE: ["read", "write"], THERE: ["write"]}}
CLEANER = {"login": "cleaner", "password": "pw", "folders": {HERE: ["read", "delete"]}}
OPERATORS: list[dict[str, Any]] = [
    {"login": "ops", "password": "ops-secret", "rights": ["admin"], "folders": False}, READER, WRITER, CLEANER,
    {"login": "blind", "password": "pw", "rights": ["workflow"], "folders": False},
]  # fmt: skip
WORKFLOWS = {
    COUNTERS: {"every": "10m"},
    "mine": {"state": "stopped", "technical": False, "folder": HERE},
    "theirs": {"state": "stopped", "technical": False, "folder": THERE},
}
ORDERS = ("Start", "Pause", "Stop", "Restart", "Wakeup")


@pytest.fixture
def world() -> World:
    return folders()


def folders(**changes: Any) -> World:
    return World(**{"operators": OPERATORS, "workflows": WORKFLOWS, **changes})


def refused(world: World, login: str, service: str, method: str, *params: str) -> str:
    """The detail of the fault that a call ends in."""
    with pytest.raises(SoapFault, match="SOP-330011") as caught:
        world.as_(login, service, method, *params)
    return caught.value.detail or ""


def seen(world: World, login: str, schema: str = "xtk:workflow", column: str = "@internalName") -> set[str]:
    query = f'<queryDef operation="select" schema="{schema}"><select><node expr="{column}"/></select></queryDef>'
    (output,) = world.as_(login, "xtk:queryDef", "ExecuteQuery", query)
    return {row.attrib[column.strip("[]@")] for row in output[0]}


def delivery(world: World, folder: str, name: str = "DM1") -> None:
    """A delivery that lies in a folder."""
    rows = world.instance.rows
    rows.insert("nms:delivery", {"internalName": name, "folder-id": rows.find("xtk:folder", name=folder)[0]["id"]})


def document(name: str = "DM1", operation: str = "update", **attributes: object) -> str:
    listed = "".join(f' {key.replace("_", "-")}="{value}"' for key, value in attributes.items())
    return (
        f'<delivery xtkschema="nms:delivery" _operation="{operation}" _key="@internalName"'
        f' internalName="{name}"{listed}/>'
    )


# -- orders -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ORDERS)
def test_every_order_for_a_technical_workflow_needs_administration(method: str) -> None:
    world = folders()
    assert "QUE-370030" in refused(world, "reader", "xtk:workflow", method, COUNTERS)
    assert world.as_("ops", "xtk:workflow", method, COUNTERS) == []


@pytest.mark.parametrize("method", ORDERS)
def test_every_order_for_another_workflow_needs_the_named_right(method: str) -> None:
    world = folders()
    assert "named right 'workflow'" in refused(world, "writer", "xtk:workflow", method, "mine")
    assert world.as_("reader", "xtk:workflow", method, "mine") == []


def test_the_unconditional_stop_is_for_administrators_only(world: World) -> None:
    assert "named right 'admin'" in refused(world, "reader", "xtk:workflow", "Kill", "mine")
    assert world.as_("ops", "xtk:workflow", "Kill", "mine") == []


def test_a_workflow_in_a_folder_that_one_cannot_read_is_refused_or_missing_as_the_switch_says() -> None:
    by_folder = refused(folders(), "reader", "xtk:workflow", "Start", "theirs")
    assert by_folder.startswith("QUE-370030 You do not have the rights needed on folder of identifier ")
    world = folders(switches={"rights_refusal": "missing"})
    missing = refused(world, "reader", "xtk:workflow", "Start", "theirs")
    assert missing == refused(world, "reader", "xtk:workflow", "Start", "no-such-workflow")
    assert missing == (
        "The requested database record does not exist.\nCannot load document of type 'Workflows (xtk:workflow)'."
    )


# -- reading ------------------------------------------------------------------------------------------------------


def test_only_what_lies_in_readable_folders_is_seen(world: World) -> None:
    assert seen(world, "ops") == {COUNTERS, "mine", "theirs"}, "ADMINISTRATION needs no right on a folder"
    assert seen(world, "reader") == {"mine"}
    assert seen(world, "writer") == {"mine"}, "a right to write is none to read"
    assert seen(world, "blind") == set()
    assert seen(world, "reader", "xtk:folder", "@name") == {HERE}


def test_a_record_in_a_hidden_folder_looks_like_one_that_does_not_exist(world: World) -> None:
    query = (
        '<queryDef operation="get" schema="xtk:workflow"><select><node expr="@id"/></select>'
        """<where><condition expr="@internalName = '{}'"/></where></queryDef>"""
    )
    hidden = refused(world, "reader", "xtk:queryDef", "ExecuteQuery", query.format("theirs"))
    assert hidden == refused(world, "reader", "xtk:queryDef", "ExecuteQuery", query.format("nothing"))
    assert "The requested database record does not exist." in hidden
    assert world.as_("ops", "xtk:queryDef", "ExecuteQuery", query.format("theirs"))


def test_the_journal_of_a_hidden_workflow_is_hidden_too(world: World) -> None:
    for name in ("mine", "theirs"):
        world.as_("ops", "xtk:workflow", "Start", name)
    world.pass_time(60)
    ids = {name: world.instance.rows.find("xtk:workflow", internalName=name)[0]["id"] for name in ("mine", "theirs")}
    assert {str(ids["mine"]), str(ids["theirs"])} <= seen(world, "ops", "xtk:workflowLog", "[@workflow-id]")
    assert seen(world, "reader", "xtk:workflowLog", "[@workflow-id]") == {str(ids["mine"])}


def test_by_switch_the_tables_of_the_platform_are_for_administrators() -> None:
    world = folders(switches={"system_tables": "admin"})
    query = '<queryDef operation="count" schema="{}"/>'
    text = refused(world, "reader", "xtk:queryDef", "ExecuteQuery", query.format("xtk:option"))
    assert text.startswith("QUE-370030 ")
    assert "Options (xtk:option)" in text
    assert world.as_("reader", "xtk:queryDef", "ExecuteQuery", query.format("nms:delivery"))
    assert world.as_("ops", "xtk:queryDef", "ExecuteQuery", query.format("xtk:option"))
    hidden = (
        '<queryDef operation="count" schema="nms:delivery"><where><condition expr="@id" setOperator="IN">'
        '<subQuery schema="xtk:option"><select><node expr="@id"/></select></subQuery></condition></where></queryDef>'
    )
    assert "QUE-370030" in refused(world, "reader", "xtk:queryDef", "ExecuteQuery", hidden)
    assert world.as_("reader", "xtk:session", "GetOption", CURSOR)[1].text == "7", "GetOption is no query"


# -- writing ------------------------------------------------------------------------------------------------------

OPTION = f'<option xtkschema="xtk:option" _operation="update" _key="@name" name="{CURSOR}" description="new"/>'


def test_options_are_for_administrators_unless_an_option_says_otherwise(world: World) -> None:
    assert "QUE-370023" in refused(world, "writer", "xtk:persist", "Write", OPTION)
    world.instance.rows.insert(
        "xtk:option", {"name": "XtkSecurity_SaveOptions_AllowNonAdmin", "dataType": 6, "stringValue": "1"}
    )
    assert world.as_("writer", "xtk:persist", "Write", OPTION) == []
    assert world.instance.rows.find("xtk:option", name=CURSOR)[0]["description"] == "new"
    workflow = '<workflow xtkschema="xtk:workflow" _operation="update" internalName="mine" label="new"/>'
    assert "QUE-370023" in refused(world, "writer", "xtk:persist", "Write", workflow), "it is about options only"


def test_a_row_is_written_only_with_the_right_on_its_folder(world: World) -> None:
    delivery(world, HERE)
    assert "QUE-370023" in refused(world, "reader", "xtk:persist", "Write", document(label="no"))
    assert world.as_("writer", "xtk:persist", "Write", document(label="yes")) == []
    assert "QUE-370023" in refused(world, "cleaner", "xtk:persist", "Write", document(label="no"))
    assert world.instance.rows.find("nms:delivery")[0]["label"] == "yes"


def test_a_row_that_one_cannot_see_is_refused_by_its_folder(world: World) -> None:
    delivery(world, THERE)
    assert "QUE-370030" in refused(world, "reader", "xtk:persist", "Write", document(label="no"))
    assert "QUE-370030" in refused(world, "reader", "xtk:persist", "Write", document(operation="none"))
    assert world.instance.rows.find("nms:delivery")[0]["label"] == ""


def test_a_row_is_deleted_only_with_that_right(world: World) -> None:
    delivery(world, HERE)
    assert "QUE-370023" in refused(world, "writer", "xtk:persist", "Write", document(operation="delete"))
    assert world.as_("cleaner", "xtk:persist", "Write", document(operation="delete")) == []
    assert world.instance.rows.find("nms:delivery") == []


def test_a_row_is_made_or_moved_only_where_one_may_write(world: World) -> None:
    rows = world.instance.rows
    here, there, technical = (
        rows.find("xtk:folder", name=name)[0]["id"] for name in (HERE, THERE, "technicalWorkflows")
    )
    assert world.as_("writer", "xtk:persist", "Write", document("A", "insert", folder_id=there)) == []
    assert "QUE-370030" in refused(
        world, "writer", "xtk:persist", "Write", document("B", "insert", folder_id=technical)
    )
    assert "QUE-370030" in refused(world, "writer", "xtk:persist", "Write", document("B", "insert"))
    delivery(world, HERE)
    assert "QUE-370030" in refused(world, "writer", "xtk:persist", "Write", document(folder_id=technical))
    assert world.as_("writer", "xtk:persist", "Write", document(folder_id=there)) == []
    assert [(row["internalName"], row["folder-id"]) for row in rows.find("nms:delivery")] == [
        ("A", there), ("DM1", there),
    ]  # fmt: skip
    assert here != there


def test_an_update_of_what_does_not_exist_needs_no_right(world: World) -> None:
    assert world.as_("reader", "xtk:persist", "Write", document("nothing")) == []


# -- operators ----------------------------------------------------------------------------------------------------


def test_the_session_tells_the_rights_of_its_operator(world: World) -> None:
    rights = {}
    for login in ("ops", "reader", "cleaner"):
        (info,) = world.as_(login, "xtk:session", "GetUserInfo")
        rights[login] = [node.attrib["right"] for node in info.iter() if node.tag.endswith("login-right")]
    assert rights == {"ops": ["admin"], "reader": ["workflow"], "cleaner": []}


def test_a_disabled_operator_cannot_log_on_and_workflows_in_its_name_fail() -> None:
    admin = {"login": "admin", "password": "pw", "rights": ["admin"]}
    world = folders(operators=[*OPERATORS, {**admin, "enabled": False}])
    with pytest.raises(PlainRefusal, match="XSV-350012"):
        world.logon("admin", "pw")
    world.pass_time(600)
    (row,) = world.instance.rows.find("xtk:workflow", internalName=COUNTERS)
    assert (row["state"], bool(row["failed"])) == (13, True)
    (line,) = (line["error"] for line in world.instance.rows.find("xtk:workflowLog") if line["error"])
    assert "XSV-350012 Invalid login or password. Connection denied." in line


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"rights": ["admins"]}, r"rights\[0\]: 'admins' is not one of: admin, workflow"),
        ({"folders": {HERE: ["see"]}}, r"folders.here\[0\]: 'see' is not one of: read, write, delete"),
        ({"folders": {HERE: "read"}}, "folders.here: a list is expected"),
        ({"folders": "none"}, "folders: true or false is expected"),
        ({"networks": ["10.0.0.0/40"]}, r"networks\[0\]: '10.0.0.0/40' is no network"),
    ],
)
def test_a_wrong_right_is_refused_with_its_place(changes: dict[str, Any], place: str) -> None:
    with pytest.raises(FleetError, match=place):
        folders(operators=[{**READER, **changes}])
