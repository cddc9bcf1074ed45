# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The states of a workflow and what an order may ask for in each of them (campaign_facts, States and Orders). Pure.

An order is asynchronous. Accepting it puts the workflow into a transitional state, which everybody can see; wfserver
takes it later, and carries it out only if that state still stands: a later order may have overruled it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum


class State(IntEnum):
    """xtk:workflow/@state."""

    EDITION = 0
    STARTING = 10
    STARTED = 11
    PAUSING = 12
    PAUSED = 13
    RESUMING = 14
    STOPPING = 15
    STOPPING2 = 16
    RESTARTING = 17
    RESTARTING2 = 18
    STOPPED = 20


def state_of(number: int) -> State:
    """The state of a row. Clients may write any number there; one that the engine does not use counts as EDITION."""
    return State(number) if number in _NUMBERS else State.EDITION


_NUMBERS = frozenset(int(state) for state in State)

TRANSITIONAL = frozenset(
    {
        State.STARTING, State.PAUSING, State.RESUMING, State.STOPPING, State.STOPPING2, State.RESTARTING,
        State.RESTARTING2,
    }
)  # fmt: skip

STATE_WORDS: Mapping[str, State] = {
    "started": State.STARTED,
    "stopped": State.STOPPED,
    "paused": State.PAUSED,
    "edit": State.EDITION,
}
"""The states in which a workflow of a fleet file may begin."""

STATUS: Mapping[State, int] = {State.EDITION: 0, State.STARTED: 2, State.PAUSED: 3, State.STOPPED: 5}
"""xtk:workflow/@status as operations scripts read it; weakly sourced, clients must not rely on it (campaign_facts,
Attributes)."""

_ID = re.compile(r"-?[0-9]{1,10}")
_IN_BETWEEN = (State.STARTING, State.STARTED, State.PAUSING, State.PAUSED, State.RESUMING)

_REQUESTS: Mapping[str, Mapping[State, State]] = {
    "Start": {State.EDITION: State.STARTING, State.STOPPED: State.STARTING, State.PAUSED: State.RESUMING},
    "Pause": {State.STARTED: State.PAUSING, State.RESUMING: State.PAUSING},
    "Stop": dict.fromkeys((*_IN_BETWEEN, State.RESTARTING), State.STOPPING),
    "Restart": dict.fromkeys((*_IN_BETWEEN, State.EDITION, State.STOPPED), State.RESTARTING),
    "Wakeup": {State.STARTED: State.STARTED},
    "Kill": {state: State.STOPPED for state in State if state is not State.STOPPED},
    # Only from the beginning: what a simulation of a paused workflow would be is not documented.
    "Simulate": {State.EDITION: State.STARTING, State.STOPPED: State.STARTING},
}

_ALIASES = {"StartWithParameters": "Start", "SimulateWithParameters": "Simulate", "WakeupTask": "Wakeup"}

METHODS = (*_REQUESTS, *_ALIASES, "PostEvent")
"""The methods of xtk:workflow that are orders (campaign_facts, Calls)."""

REDONE: Mapping[State, str] = {
    State.STARTING: "Start",
    State.PAUSING: "Pause",
    State.RESUMING: "Start",
    State.STOPPING: "Stop",
    State.STOPPING2: "Stop",
    State.RESTARTING: "Restart",
    State.RESTARTING2: "Restart",
}
"""Which order wfserver finds waiting in a transitional state, when it starts again on stored data."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """What some orders carry besides the workflow: StartWithParameters, Simulate, WakeupTask, PostEvent."""

    variables: Mapping[str, str] = field(default_factory=dict)
    activity: str = ""
    transition: str = ""
    simulation: bool = False


_NAMED = {
    "WakeupTask": ("taskIdentifier", "activityName"),
    "PostEvent": ("activity", "transition", "complete"),
}
"""The parameters of a method that are no variables."""


def parameters_of(method: str, given: Mapping[str, object] | None) -> Parameters:
    """The parameters of a method from its arguments by name; whatever is not named here is an instance variable."""
    arguments = {} if given is None else {name: str(value) for name, value in given.items()}
    named = {name: arguments.pop(name, "") for name in _NAMED.get(method, ())}
    activity = named.get("activity") or named.get("activityName") or ""
    return Parameters(arguments, activity, named.get("transition", ""), plain_method(method) == "Simulate")


@dataclass(frozen=True, slots=True)
class Order:
    """An accepted order. `state` is the one it left behind; `due` is when wfserver takes it (the clock's time)."""

    method: str
    workflow_id: int
    login: str
    state: State
    due: datetime
    parameters: Parameters


def as_id(reference: str) -> int | None:
    """The id that a reference to a workflow is, or None for an internal name. Ids have 32 bits and may be negative."""
    if not _ID.fullmatch(reference) or abs(int(reference)) >= 2**31:
        return None
    return int(reference)


def plain_method(method: str) -> str:
    """The order behind a method: ``Start`` for ``StartWithParameters``."""
    return _ALIASES.get(method, method)


def requested(method: str, state: State) -> State | None:
    """The state into which accepting an order puts a workflow; None when it has no effect in this state."""
    return _REQUESTS[plain_method(method)].get(state)
