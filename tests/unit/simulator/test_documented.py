# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Statements of campaign_facts that no other test of the simulator holds it to; FIDELITY.md names them all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from simulator.database.schemas import LOG_TYPES, Schema, schema_of
from tests.unit.simulator.by_hand import COUNTERS, CURSOR, bare, results
from tests.unit.simulator.engine_mid import fleet
from tests.unit.simulator.engine_world import HOUR, MINUTE, START, real_store, run
from tests.unit.simulator.engine_world import World as EngineWorld
from tests.unit.simulator.router_world import World


@pytest.fixture
def world() -> World:
    return World()


# -- sessions -----------------------------------------------------------------------------------------------------


def test_the_session_info_of_a_v7_server(world: World) -> None:
    _token, info, _security = results(world.raw("xtk:session", "Logon", "ops", "ops-secret", ""), "Logon")
    (server,) = (node.attrib for node in info.iter() if bare(node) == "serverInfo")
    assert (server["majNumber"], server["minNumber"], server["releaseName"]) == ("6", "7", "7.4.3")
    (user,) = (node.attrib for node in info.iter() if bare(node) == "userInfo")
    assert {"login", "loginId", "loginCS", "timezone", "locale"} <= set(user)


def test_the_security_token_of_one_session_is_none_of_another(world: World) -> None:
    first, second = (world.logon()[1] for _unused in range(2))
    assert first["X-Security-Token"] != second["X-Security-Token"]
    mixed = {"Cookie": first["Cookie"], "X-Security-Token": second["X-Security-Token"]}
    with pytest.raises(Exception, match="XSV-350008"):
        world.raw("xtk:session", "TestCnx", headers=mixed)


# -- attributes ---------------------------------------------------------------------------------------------------


def known(name: str) -> set[str]:
    """The attributes of a schema that a client may use."""
    schema: Schema = schema_of(name)
    return {attribute.name for attribute in schema.attributes if not attribute.guessed}


def test_an_option_has_the_documented_attributes() -> None:
    assert known("xtk:option") == set(
        "id name dataType stringValue longValue doubleValue timeStampValue memoValue description".split()  # noqa: SIM905
    )


def test_a_workflow_has_the_documented_attributes_and_no_name(world: World) -> None:
    documented = """
        id internalName label state status failed production builtIn isModel schema modelName lastStart processDate
        nextProcessingDate nextProcessingAfn nextProcessingHost processId hostname port inProcess unlockedCount
        errorActivity errorCount errorLimit onError eventCount taskCount currentOrderId expiration history order
        simulation queryRestart timezone supervisor-id scenario-id scenario-cs folder-id folderProcess-id operation-id
        routingOperation-id aggregate-id recurrentMdl created createdBy-id lastModified modifiedBy-id _cs
    """
    assert known("xtk:workflow") == set(documented.split())


def test_a_journal_line_has_the_documented_attributes() -> None:
    assert known("xtk:workflowLog") == {"id", "workflow-id", "activity", "logDate", "logType", "error", "message"}


def test_the_types_of_journal_lines_are_numbered_as_in_the_sibling_enumeration() -> None:
    assert [LOG_TYPES.name(number) for number in range(5)] == ["error", "warning", "info", "status", "verbose"]


def test_a_task_has_the_documented_attributes() -> None:
    documented = """
        id workflow-id activity taskIdentifier status creationDate processingDate processingCount nextProcessingDate
        hostname operator-id assignee-id abortReason title objectId objectSchema
    """
    assert known("xtk:workflowTask") == set(documented.split())


def test_an_account_has_the_documented_attributes() -> None:
    documented = "id name label type active server account password provider port"
    assert known("nms:extAccount") == set(documented.split())


def test_a_delivery_has_the_documented_attributes() -> None:
    documented = """
        id internalName label state status deliveryMode messageType isModel lastModified created folder-id
        deliveryProvider-id deleteStatus
    """
    assert known("nms:delivery") == set(documented.split())


def test_the_typical_answers_have_their_attributes(world: World) -> None:
    def answer(schema: str, *columns: str, where: str) -> dict[str, str]:
        nodes = "".join(f'<node expr="@{column}"/>' for column in columns)
        (output,) = world.as_(
            "ops", "xtk:queryDef", "ExecuteQuery",
            f'<queryDef operation="get" schema="{schema}"><select>{nodes}</select>'
            f'<where><condition expr="{where}"/></where></queryDef>',
        )  # fmt: skip
        return dict(output[0].attrib)

    option = answer("xtk:option", "name", "dataType", "timeStampValue", where=f"@name = '{CURSOR}'")
    assert option == {"name": CURSOR, "dataType": "7", "timeStampValue": "2020-03-01 10:00:00.000Z"}
    columns = ("state", "status", "failed", "processId", "processDate", "nextProcessingDate", "lastStart")
    workflow = answer("xtk:workflow", *columns, where=f"@internalName = '{COUNTERS}'")
    assert set(workflow) == set(columns)
    assert (workflow["state"], workflow["failed"], workflow["processId"]) == ("11", "0", "0")
    account = answer("nms:extAccount", "name", "type", "server", where="@type = 3")
    assert account == {"name": "defaultEmailBulk", "type": "3", "server": ""}


# -- queries ------------------------------------------------------------------------------------------------------


def count(world: World, schema: str, condition: str) -> int:
    (output,) = world.as_(
        "ops", "xtk:queryDef", "ExecuteQuery",
        f'<queryDef operation="count" schema="{schema}"><where><condition expr="{condition}"/></where></queryDef>',
    )  # fmt: skip
    return int(output[0].attrib["count"])


def test_getdate_follows_the_servers_own_clock(world: World) -> None:
    option = "xtk:option"
    world.instance.rows.update(
        option, world.instance.rows.find(option, name=CURSOR)[0]["id"], {"timeStampValue": START + timedelta(hours=1)}
    )
    assert count(world, option, f"@name = '{CURSOR}' and @timeStampValue &lt; GetDate()") == 0
    world.instance.skew = 2 * HOUR
    assert count(world, option, f"@name = '{CURSOR}' and @timeStampValue &lt; GetDate()") == 1


def test_an_unescaped_quote_changes_the_condition(world: World) -> None:
    name = "' or @name like '%"
    assert count(world, "xtk:option", f"@name = '{name}'") > 1, "not escaped: every option"
    escaped = name.replace("'", "\\'")
    assert count(world, "xtk:option", f"@name = '{escaped}'") == 0


# -- workflows ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("defaultMidSourcingDlv", "Mid-sourcing (delivery counters)"),
        ("defaultMidSourcingLog", "Mid-sourcing (delivery logs)"),
        ("deliveryIndicators", "Delivery indicators"),
        ("tracking", "Tracking"),
        ("cleanup", "Database cleanup"),
    ],
)
def test_technical_workflows_have_their_labels_and_their_folder(name: str, label: str) -> None:
    rows = World(workflows={name: {"every": "1h"}}).instance.rows
    (workflow,) = rows.find("xtk:workflow", internalName=name)
    assert workflow["label"] == label
    (folder,) = rows.find("xtk:folder", id=workflow["folder-id"])
    assert folder["label"] == "Technical workflows"


def test_history_is_thirty_days_unless_told_otherwise() -> None:
    rows = World(workflows={"a": {"every": "1h"}, "b": {"every": "1h", "history": 0}}).instance.rows
    assert [rows.find("xtk:workflow", internalName=name)[0]["history"] for name in "ab"] == [30, 0]


def test_the_journal_outlives_a_restart_and_a_stop() -> None:
    async def scenario() -> None:
        here = EngineWorld(real_store)
        here.add(first_run=0)
        await here.clock.advance(MINUTE)
        before = here.journal()
        assert before
        for method in ("Restart", "Stop", "Start"):
            here.order(method)
            await here.clock.advance(MINUTE)
            assert here.journal()[: len(before)] == before
            before = here.journal()

    run(scenario())


def test_without_wfserver_a_started_workflow_stays_start_in_progress() -> None:
    async def scenario() -> None:
        here = EngineWorld(real_store)
        here.add(state="stopped")
        here.engine.set_wfserver(False)
        here.order("Start")
        await here.clock.advance(24 * HOUR)
        assert here.state == (10, False)
        here.engine.set_wfserver(True)
        await here.clock.advance(MINUTE)
        assert here.state == (11, False)

    run(scenario())


def test_what_lies_behind_the_cursor_is_pulled_only_when_the_cursor_is_moved_back() -> None:
    async def scenario() -> None:
        async with fleet(seconds_per_row=0.001) as here:
            here.add_account()
            here.add_cursor(START - timedelta(days=1))
            here.mid.fill(50, datetime(2020, 3, 1, tzinfo=UTC), START - timedelta(days=2))
            here.add_workflow()
            await here.clock.advance(31 * MINUTE)
            assert here.store.find("nms:delivery") == []
            here.move_cursor(datetime(2020, 1, 1, tzinfo=UTC))
            await here.clock.advance(10 * MINUTE)
            assert len(here.store.find("nms:delivery")) == 50

    run(scenario())
