# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The methods of xtk:workflow beyond the plain orders (campaign_facts, Calls)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from simulator.config.switches import Switches
from simulator.database.rows import WORKFLOW, WORKFLOW_LOG
from simulator.engine.orders import State
from simulator.methods.workflow_methods import UNDOCUMENTED
from simulator.soap.errors import MethodFailure, SoapFault
from tests.unit.simulator.engine_world import WORK, Step, fake_store, real_store, run
from tests.unit.simulator.engine_world import World as EngineWorld
from tests.unit.simulator.router_world import World

TEMPLATE = "campaign"


@pytest.fixture
def world() -> World:
    """With 'campaign' as a template, which the named right WORKFLOW is enough for."""
    made = World()
    (row,) = made.instance.rows.find(WORKFLOW, internalName=TEMPLATE)
    made.instance.rows.update(WORKFLOW, int(row["id"]), {"isModel": True, "label": "Welcome"})
    return made


def row_of(world: World, row_id: int) -> dict[str, Any]:
    row = world.instance.rows.get(WORKFLOW, row_id)
    assert row is not None
    return dict(row)


def journal(world: World, row_id: int) -> list[str]:
    return [str(row["message"]) for row in world.instance.rows.find(WORKFLOW_LOG, **{"workflow-id": row_id})]


# -- spawning -----------------------------------------------------------------------------------------------------


def test_spawn_makes_an_instance_of_a_template_and_starts_it(world: World) -> None:
    (answer,) = world.as_("runner", "xtk:workflow", "Spawn", TEMPLATE)
    assert answer.attrib["{http://www.w3.org/2001/XMLSchema-instance}type"] == "xsd:int"
    made = int(answer.text or 0)
    row = row_of(world, made)
    assert (row["modelName"], row["label"], row["isModel"]) == (TEMPLATE, "Welcome", False)
    assert row["internalName"] == f"{TEMPLATE}_{made}"
    assert row["state"] == State.STARTING
    world.pass_time(5)
    assert row_of(world, made)["state"] == State.STARTED
    assert world.instance.rows.find(WORKFLOW, internalName=TEMPLATE)[0]["state"] == State.STOPPED


@pytest.mark.parametrize(
    ("method", "params", "simulated"),
    [
        ("SpawnWithParameters", ['<variables city="Rome"/>'], False),
        ("SpawnWithParametersEx", ["false", '<variables city="Rome"/>'], False),
        ("SpawnWithParametersEx", ["true", '<variables city="Rome"/>'], True),
    ],
)
def test_an_instance_is_spawned_with_variables(world: World, method: str, params: list[str], simulated: bool) -> None:
    (answer,) = world.as_("runner", "xtk:workflow", method, TEMPLATE, *params)
    made = int(answer.text or 0)
    world.pass_time(5)
    assert bool(row_of(world, made)["simulation"]) is simulated
    text = "Workflow started in simulation mode." if simulated else "Workflow started."
    assert journal(world, made) == [text]


def test_two_instances_of_one_template_live_side_by_side(world: World) -> None:
    ids = [int(world.as_("runner", "xtk:workflow", "Spawn", TEMPLATE)[0].text or 0) for _unused in range(2)]
    assert len(set(ids)) == 2
    world.as_("runner", "xtk:workflow", "Stop", str(ids[0]))
    world.pass_time(10)
    assert [row_of(world, row_id)["state"] for row_id in ids] == [State.STOPPED, State.STARTED]


def test_the_switch_leaves_a_spawned_instance_to_be_edited() -> None:
    world = World(switches={"spawned": "edited"})
    (row,) = world.instance.rows.find(WORKFLOW, internalName=TEMPLATE)
    world.instance.rows.update(WORKFLOW, int(row["id"]), {"isModel": True})
    made = int(world.as_("runner", "xtk:workflow", "Spawn", TEMPLATE)[0].text or 0)
    world.pass_time(5)
    assert row_of(world, made)["state"] == State.EDITION


@pytest.mark.parametrize(("name", "text"), [("nowhere", "does not exist"), ("defaultMidSourcingDlv", "no template")])
def test_only_a_template_can_be_spawned(world: World, name: str, text: str) -> None:
    with pytest.raises(SoapFault) as caught:
        world.as_("ops", "xtk:workflow", "Spawn", name)
    assert caught.value.string.startswith("SOP-330011")
    assert text in (caught.value.detail or "")


def test_who_may_not_start_a_workflow_may_not_spawn_it(world: World) -> None:
    with pytest.raises(SoapFault, match="SOP-330011"):
        world.as_("robot", "xtk:workflow", "Spawn", TEMPLATE)
    assert len(world.instance.rows.find(WORKFLOW)) == 2


# -- simulation ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["Simulate", "SimulateWithParameters"])
def test_a_simulated_run_passes_its_activities_by(method: str) -> None:
    async def scenario() -> None:
        world = EngineWorld(real_store)
        world.add(state="stopped", every=60)
        world.order(method)
        await world.clock.advance(70)
        assert world.row()["simulation"]
        assert "Simulation: not executed." in world.journal()
        assert world.step.done == []

        world.order("Stop")
        await world.clock.advance(10)
        world.order("Start")
        await world.clock.advance(120)
        assert not world.row()["simulation"]
        assert len(world.step.done) == 1

    run(scenario())


def test_a_simulation_begins_only_what_can_begin() -> None:
    async def scenario() -> None:
        world = EngineWorld(fake_store, switches=Switches(order_without_effect="fault"))
        world.add()
        with pytest.raises(MethodFailure, match="BAS-010003"):
            world.order("Simulate")

    run(scenario())


# -- Execute ------------------------------------------------------------------------------------------------------


def test_execute_runs_now_and_waits_for_the_end() -> None:
    async def scenario() -> None:
        world = EngineWorld(real_store)
        world.add(state="stopped")
        waiting = asyncio.create_task(world.engine.execute(WORK))
        await asyncio.sleep(0)
        await world.clock.advance(20)
        assert not waiting.done()
        assert world.state == (State.STARTED, True)
        await world.clock.advance(20)
        await waiting
        assert world.state == (State.STOPPED, False)
        assert len(world.step.done) == 1

    run(scenario())


def test_execute_tells_why_the_run_failed() -> None:
    async def scenario() -> None:
        step = Step()
        step.failing = "PGS-220000 PostgreSQL error\nSCR-160012 in script"
        world = EngineWorld(real_store, steps=[step])
        world.add(state="stopped")
        waiting = asyncio.create_task(world.engine.execute(WORK))
        await asyncio.sleep(0)
        await world.clock.advance(40)
        with pytest.raises(MethodFailure) as caught:
            await waiting
        assert caught.value.detail == step.failing
        assert world.row()["failed"]

    run(scenario())


@pytest.mark.parametrize("state", ["started", "paused"])
def test_execute_is_refused_in_a_state_of_which_nothing_is_said(state: str) -> None:
    async def scenario() -> None:
        world = EngineWorld(fake_store)
        world.add(state=state)
        with pytest.raises(MethodFailure, match="BAS-010003"):
            await world.engine.execute(WORK)

    run(scenario())


def test_execute_is_refused_without_a_workflow_server_and_without_a_workflow() -> None:
    async def scenario() -> None:
        world = EngineWorld(fake_store)
        world.add(state="stopped")
        world.engine.set_wfserver(False)
        with pytest.raises(MethodFailure, match="BAS-010003"):
            await world.engine.execute(WORK)
        with pytest.raises(MethodFailure, match="does not exist"):
            await world.engine.execute("nowhere")

    run(scenario())


@pytest.mark.parametrize(("method", "params"), [("Execute", []), ("ExecuteInstance", ["true", "false", "false"])])
def test_execute_is_not_for_technical_workflows(world: World, method: str, params: list[str]) -> None:
    document = '<workflow internalName="defaultMidSourcingDlv" xtkschema="xtk:workflow"/>'
    with pytest.raises(SoapFault) as caught:
        world.as_("ops", "xtk:workflow", method, document, *params)
    assert "not for technical workflows" in (caught.value.detail or "")


# -- the others ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", UNDOCUMENTED)
def test_a_method_whose_parameters_are_not_documented_is_refused_and_changes_nothing(world: World, method: str) -> None:
    before = world.instance.rows.find(WORKFLOW)
    with pytest.raises(SoapFault) as caught:
        world.as_("ops", "xtk:workflow", method, TEMPLATE)
    assert caught.value.string.startswith("SOP-330011")
    assert "not documented" in (caught.value.detail or "")
    assert world.instance.rows.find(WORKFLOW) == before


def test_a_variable_does_not_take_the_place_of_a_parameter(world: World) -> None:
    world.as_("ops", "xtk:workflow", "Start", TEMPLATE)
    world.pass_time(5)
    world.as_(
        "ops", "xtk:workflow", "PostEvent", TEMPLATE, "signal", "ok", '<variables transition="x" activity="y"/>', "0"
    )
    world.pass_time(5)
    (row,) = world.instance.rows.find(WORKFLOW, internalName=TEMPLATE)
    lines = world.instance.rows.find(WORKFLOW_LOG, **{"workflow-id": row["id"]})
    assert [(line["activity"], line["message"]) for line in lines][-1] == (
        "signal",
        "Event posted on transition 'ok'.",
    )


def test_select_all_returns_the_query_with_every_column(world: World) -> None:
    query = '<queryDef schema="xtk:option" operation="get"><where><condition expr="@id = 1"/></where></queryDef>'
    (entity,) = world.as_("ops", "xtk:queryDef", "SelectAll", query, "false")
    assert entity.tag.endswith("entity")
    expressions = [node.attrib["expr"] for node in entity.iter() if node.tag.endswith("node")]
    assert {"@id", "@name", "@dataType", "memoValue"} <= set(expressions)
    assert "@lastModified" not in expressions  # a guess
