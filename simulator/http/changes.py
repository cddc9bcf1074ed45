# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The changes that the control endpoints make to an instance.

A request is read whole before anything is changed: a wrong one (FleetError) changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ..config.access import read_operator, read_timeouts, read_zone
from ..config.spec import OPTION_TYPES, OptionSpec
from ..config.switches import read_switches
from ..config.validation import Section
from ..database.rows import OPTION
from ..database.values import OPTION_COLUMNS
from ..engine.orders import METHODS
from ..fleet import option_value, read_deliveries, read_option
from ..instance import Instance, option_values
from ..simulator import Simulator
from ..soap.errors import MethodFailure

_TYPE_NAMES = {code: name for name, code in OPTION_TYPES.items()}


Step = Callable[[], None]
"""What was read, ready to be done."""


def apply(instance: Instance, place: Section) -> float:
    """A `change` of several sorts at once: `instance` (as change_instance), `options`, `orders` ({workflow: order}).

    Returns the seconds of `advance`, by which the caller advances the clock afterwards.
    """
    steps, seconds = plan(instance, place)
    for step in steps:
        step()
    return seconds


def plan(instance: Instance, place: Section) -> tuple[list[Step], float]:
    """The steps of such a change and its `advance`, without doing anything. Raises FleetError."""
    steps = []
    if place.has("instance"):
        steps.append(_plan_instance(instance, place.place_of("instance")))
    if place.has("options"):
        steps.append(_plan_options(instance, place.place_of("options")))
    if place.has("orders"):
        orders = place.place_of("orders")
        steps += [_plan_order(instance, name, orders.one_of(name, ORDERS), "somebody", orders) for name in orders.data]
    for key in ("instance", "options", "orders"):
        place.raw(key)
    seconds = place.seconds("advance", 0.0)
    place.done()
    return steps, seconds


def change_instance(instance: Instance, place: Section) -> None:
    """down, skew, wfserver, switches, zone, timeouts, operators, accounts,
    pending_events, expire_sessions: any of them."""
    _plan_instance(instance, place)()


def _plan_instance(instance: Instance, place: Section) -> Step:
    down = place.flag("down", instance.down)
    skew = place.seconds("skew", instance.skew, least=None)
    wfserver = place.one_of("wfserver", ("up", "down"), "up" if instance.engine.wfserver else "down")
    switches = replace(instance.switches, **read_switches(place.place_of("switches")))
    zone = read_zone(place.place_of("zone")) if place.has("zone") else instance.zone
    place.raw("zone")
    timeouts = read_timeouts(place.place_of("timeouts"), instance.sessions.timeouts)
    operators = [read_operator(item) for item in place.places("operators")]
    accounts = [(name, _account_change(instance, name, below)) for name, below in place.named("accounts")]
    pending = place.integer("pending_events", instance.pending_events, least=0)
    expire = place.flag("expire_sessions")
    place.done()

    def step() -> None:
        instance.down = down
        instance.switches = switches
        instance.skew = skew
        instance.pending_events = pending
        instance.set_zone(zone)
        instance.sessions.timeouts = timeouts
        instance.engine.set_wfserver(wfserver == "up")
        for operator in operators:
            instance.sessions.replace_operator(operator)
        for name, change in accounts:
            instance.change_account(name, **change)
        if expire:
            instance.sessions.expire_all()

    return step


def _account_change(instance: Instance, name: str, place: Section) -> dict[str, Any]:
    if instance.account(name) is None:
        place.fail("", "there is no such external account")
    change = {
        "password": place.text("password") if place.has("password") else None,
        "active": place.flag("active") if place.has("active") else None,
    }
    place.raw("password")
    place.raw("active")
    place.done()
    return change


def set_options(instance: Instance, place: Section) -> None:
    """Each value is a scalar of the option's own type, {"type":, "value": or "age":}, or {"delete": true}."""
    _plan_options(instance, place)()


def _plan_options(instance: Instance, place: Section) -> Step:
    planned = [(name, _read_option(instance, name, place)) for name in place.data]

    def step() -> None:
        for name, option in planned:
            _set_option(instance, name, option)

    return step


def _set_option(instance: Instance, name: str, option: OptionSpec | None) -> None:
    found = instance.rows.find(OPTION, name=name)
    if option is None:
        instance.store.delete(OPTION, found[0]["id"])
        return
    # A null is written as one: the column must not keep the old value.
    values = {OPTION_COLUMNS[option.data_type]: None, **option_values(option)}
    if found:
        instance.rows.update(OPTION, found[0]["id"], {**values, "lastModified": instance.now()})
    else:
        instance.rows.insert(OPTION, values)


def _read_option(instance: Instance, name: Any, place: Section) -> OptionSpec | None:
    if not isinstance(name, str) or not name:
        place.fail(str(name), "an option's name is a text")
    found = instance.rows.find(OPTION, name=name)
    given = place.raw(name)
    if isinstance(given, dict):
        below = place.place_of(name)
        if below.flag("delete"):
            below.done()
            if not found:
                below.fail("", "there is no such option to delete")
            return None
        kept = {}
        if found:
            kept = {"type": _TYPE_NAMES.get(found[0]["dataType"], "string"), "description": found[0]["description"]}
        spec = read_option(name, Section(place.source, below.place, {**kept, **given}), instance.now())
    elif found:
        below = Section(place.source, place.at(name), {"value": given})
        value = option_value(below, found[0]["dataType"], instance.now())
        spec = OptionSpec(name, found[0]["dataType"], value, found[0]["description"])
    else:
        place.fail(name, 'there is no such option; to create it give {"type": ..., "value": ...}')
    return spec


_FURTHER = ("WakeupTask", "StartWithParameters", "SimulateWithParameters", "PostEvent")
ORDERS = tuple(method for method in METHODS if method not in _FURTHER)
"""The orders that need no parameters."""


def give_order(instance: Instance, workflow: str, place: Section) -> None:
    """An order for a workflow: Start, Pause, Stop, Kill, Restart, Wakeup, Simulate."""
    order = place.one_of("order", ORDERS)
    login = place.text("login", "somebody")
    place.done()
    _plan_order(instance, workflow, order, login, place)()


def _plan_order(instance: Instance, workflow: str, order: str, login: str, place: Section) -> Step:
    if instance.find_workflow(workflow) is None:
        place.fail("", f"there is no workflow '{workflow}' on {instance.name}")

    def step() -> None:
        try:
            instance.engine.order(order, workflow, login)
        except MethodFailure as failure:
            place.fail("order", failure.detail or failure.string)

    return step


def add_deliveries(instance: Instance, place: Section, simulator: Simulator) -> None:
    """More deliveries on a mid; `now` is its own time."""
    if instance.spec.role != "mid":
        place.fail("", f"{instance.name} is no mid")
    deliveries = read_deliveries(place, instance.now())
    for owner in deliveries.owners:
        if owner not in simulator.instances:
            place.fail("for", f"there is no instance '{owner}'")
    simulator.send(instance, deliveries)
