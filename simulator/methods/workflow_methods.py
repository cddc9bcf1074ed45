# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The methods of xtk:workflow (campaign_facts, Calls), one handler each.

All but Execute and ExecuteInstance are orders: accepted now, applied later by the workflow server. Methods of which no
public source tells the parameters are refused, each call of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lxml.etree import _Element as Element

from ..security import rights
from ..soap import envelope as wire
from ..soap.envelope import Out
from ..soap.errors import technical_workflow, undocumented
from .router import WRITE, Context, Router

SERVICE = "xtk:workflow"
ORDERS = ("Start", "Pause", "Stop", "Restart", "Kill", "Wakeup", "Simulate")
UNDOCUMENTED = (
    "RestartTask", "Cleanup", "DeleteResult", "GetLogin", "SetLogin", "Reply", "GetValidationParameters",
)  # fmt: skip


def add_to(router: Router) -> None:
    """Register them."""
    for name in ORDERS:
        router.add(SERVICE, name, WRITE, order)
    for name in ("StartWithParameters", "SimulateWithParameters"):
        router.add(SERVICE, name, WRITE, order_with_parameters)
    router.add(SERVICE, "WakeupTask", WRITE, wakeup_task)
    router.add(SERVICE, "PostEvent", WRITE, post_event)
    for name in ("Spawn", "SpawnWithParameters", "SpawnWithParametersEx"):
        router.add(SERVICE, name, WRITE, spawn)
    for name in ("Execute", "ExecuteInstance"):
        router.add(SERVICE, name, WRITE, execute)
    for name in UNDOCUMENTED:
        router.add(SERVICE, name, WRITE, refuse)


def order(context: Context) -> bytes:
    """Start, Pause, Stop, Restart, Kill, Wakeup, Simulate."""
    _order(context)
    return wire.response(SERVICE, context.call.method)


def order_with_parameters(context: Context) -> bytes:
    """Start or simulate with instance variables."""
    _order(context, _variables(context.call.element(1, "variables")))
    return wire.response(SERVICE, context.call.method)


def wakeup_task(context: Context) -> bytes:
    """Early processing of one task or activity; of all when both are empty."""
    call = context.call
    _order(context, {"taskIdentifier": call.text(1), "activityName": call.text(2)})
    return wire.response(SERVICE, call.method)


def post_event(context: Context) -> bytes:
    """An event for a started workflow. What becomes of it stands in that workflow's journal only."""
    call = context.call
    variables = _variables(call.element(3, "variables"))
    # Last, so that a variable of such a name does not take the place of a parameter.
    named = {"activity": call.text(1), "transition": call.text(2), "complete": call.boolean(4)}
    _order(context, {**variables, **named})
    return wire.response(SERVICE, call.method)


def spawn(context: Context) -> bytes:
    """Make an instance of a template; the answer is its id.

    Spawn(template), SpawnWithParameters(template, variables), SpawnWithParametersEx(template, simulation, variables).
    """
    call = context.call
    template = call.text(0).strip()
    extended = call.method == "SpawnWithParametersEx"
    simulation = call.boolean(1) if extended else False
    variables: dict[str, object] = {}
    if call.method != "Spawn":
        variables = _variables(call.element(2 if extended else 1, "variables"))
    _checked(context, template)
    row_id = context.instance.engine.spawn(template, context.operator.login, variables, simulation=simulation)
    return wire.response(SERVICE, call.method, (Out("plInstanceId", "xsd:int", str(row_id)),))


async def execute(context: Context) -> bytes:
    """Execute, ExecuteInstance(simulation, keepResult, logSQL): run the workflow of the document and wait.

    Not meant for calls from outside on technical workflows (campaign_facts, Calls): those are refused.
    """
    call = context.call
    document = call.element(0, "workflow")
    reference = str(document.get("id") or document.get("internalName") or "")
    workflow = _checked(context, reference)
    if workflow is not None and context.instance.technical(workflow):
        raise technical_workflow(call.method, str(workflow["internalName"]))
    simulation = False
    if call.method == "ExecuteInstance":
        simulation, _keep_result, _log_sql = (call.boolean(index) for index in (1, 2, 3))
    await context.instance.engine.execute(reference, simulation=simulation)
    return wire.response(SERVICE, call.method)


def refuse(context: Context) -> bytes:
    """A method that exists, but whose parameters are not documented."""
    raise undocumented(context.call.method)


def _variables(element: Element) -> dict[str, object]:
    return {str(name): str(value) for name, value in element.attrib.items()}


def _order(context: Context, parameters: dict[str, object] | None = None) -> None:
    call = context.call
    reference = call.text(0).strip()
    _checked(context, reference)
    context.instance.engine.order(call.method, reference, context.operator.login, parameters)


def _checked(context: Context, reference: str) -> Mapping[str, Any] | None:
    """The workflow's row, if there is one, to which the operator may give orders; the ledger notes its name."""
    instance = context.instance
    context.entry.object = reference
    workflow = instance.find_workflow(reference)
    if workflow is not None:
        rights.check_order(
            context.operator,
            context.call.method,
            workflow,
            technical=instance.technical(workflow),
            readable=instance.may(context.operator, "read", int(workflow["folder-id"] or 0)),
            refusal=instance.switches.rights_refusal,
        )
    return workflow
