# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fleet file: which instances there are and in what state they begin. YAML (or JSON) in, dataclasses out.

Every error is a `FleetError` that names the file and the place, e.g. `instances.mkt-a.accounts[0].mid`, and says what
is allowed there. Nothing is guessed: an unknown key is an error.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from .config.access import read_operator, read_timeouts, read_zone
from .config.spec import (
    OPTION_TYPES,
    TECHNICAL_FOLDER,
    Account,
    Deliveries,
    FleetSpec,
    FoundRow,
    InstanceSpec,
    JournalRow,
    Operator,
    OptionSpec,
    WorkflowSpec,
)
from .config.switches import read_switches
from .config.validation import Section, kind
from .database.passwords import KEY_OPTION, is_key
from .engine.journal import LogType
from .engine.orders import State
from .soap.errors import FleetError
from .technical.messagecenter import SYNCH_PREFIX
from .technical.midsourcing import ROUTING

ROLES = ("marketing", "mid", "execution")
EXECUTION_TYPE = 99
"""The type of an account for an execution instance; which number Campaign gives it is not known."""
STATES = ("started", "stopped", "paused", "edit")
ON_ERROR = ("stop", "ignore")
STATE_NUMBERS = frozenset(int(state) for state in State)
LOG_TYPES = tuple(kind.name.lower() for kind in LogType)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """A safe loader that refuses the same key twice, which YAML would silently resolve to the last."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Hashable, Any]:
        seen = set()
        for key_node, _unused in node.value:
            key = key_node.value
            if key_node.tag != "tag:yaml.org,2002:merge" and isinstance(key, str):
                if key in seen:
                    raise yaml.MarkedYAMLError("", None, f"the key '{key}' occurs twice", key_node.start_mark)
                seen.add(key)
        result: dict[Hashable, Any] = super().construct_mapping(node, deep=deep)
        return result


def load_fleet(source: str | Path | Mapping[str, Any], *, now: datetime | None = None) -> FleetSpec:
    """Read a fleet from a file, or from a mapping of the same shape. Raises FleetError.

    `now` (aware) is what `start: now` means; the machine's clock by default.
    """
    if isinstance(source, Mapping):
        return parse_fleet(source, "fleet", now=now)
    path = Path(source)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FleetError(str(path), "", f"cannot be read: {error}") from None
    try:
        data = yaml.load(text, Loader=_Loader)  # noqa: S506 - the loader is a SafeLoader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f"line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise FleetError(str(path), place, str(error.problem)) from None
    except yaml.YAMLError as error:
        raise FleetError(str(path), "", " ".join(str(error).split())) from None
    return parse_fleet(data, str(path), now=now)


def parse_fleet(data: object, source: str, *, now: datetime | None = None) -> FleetSpec:
    """Check a document and make dataclasses of it."""
    if not isinstance(data, Mapping):
        raise FleetError(source, "", f"a mapping with the key 'instances' is expected, not {kind(data)}")
    top = Section(source, "", data)
    machine = (now or datetime.now(UTC)).astimezone(UTC)
    machine = machine.replace(microsecond=machine.microsecond // 1000 * 1000)
    start = top.moment("start", machine, machine)
    warm_up = top.seconds("warm_up", 0.0)
    seed = top.integer("seed", 1)
    stagger = top.flag("stagger")
    defaults = top.place_of("defaults")
    top.raw("instances")
    named = top.named("instances")
    top.done()
    if not named:
        top.fail("instances", "at least one instance is needed")
    _check_defaults(defaults)
    instances = {name: _instance(name, place, defaults, start) for name, place in named}
    fleet = FleetSpec(source, start, warm_up, seed, stagger, instances)
    _check_references(fleet)
    return fleet


_DEFAULT_KEYS = (
    "build", "release", "operators", "zone", "timeouts", "switches", "seconds_per_row", "skew", "workflows",
)  # fmt: skip


def _check_defaults(defaults: Section) -> None:
    for key in _DEFAULT_KEYS:
        defaults.raw(key)
    defaults.done()


def _instance(name: str, place: Section, defaults: Section, start: datetime) -> InstanceSpec:
    if not _NAME.fullmatch(name):
        place.fail("", "an instance's name holds letters, digits, '_', '-' and '.' only: it is part of its URL")
    role = place.one_of("role", ROLES)
    operators = _all_operators(place, defaults)
    own = place if place.has("zone") else defaults
    zone = read_zone(own.place_of("zone"))
    place.raw("zone")
    switches = {**read_switches(defaults.place_of("switches")), **read_switches(place.place_of("switches"))}
    spec = InstanceSpec(
        name=name,
        role=role,
        build=place.integer("build", defaults.integer("build", 9396), least=1),
        release=place.text("release", defaults.text("release", "7.4.3")),
        operators=operators,
        zone=zone,
        timeouts=read_timeouts(place.place_of("timeouts"), read_timeouts(defaults.place_of("timeouts"))),
        accounts=tuple(_account(item) for item in place.places("accounts")),
        options=tuple(read_option(option, item, start) for option, item in place.named("options")),
        workflows=_workflows(place, defaults, role, start),
        deliveries=_deliveries(place, start),
        seconds_per_row=place.number("seconds_per_row", defaults.number("seconds_per_row", 0.0), least=0.0),
        switches=switches,
        skew=place.seconds("skew", defaults.seconds("skew", 0.0, least=None), least=None),
        down=place.flag("down"),
        wfserver=place.one_of("wfserver", ("up", "down"), "up") == "up",
        database_id=place.text("database_id", ""),
        hits=place.seconds("hits", 0.0),
        events=place.seconds("events", 0.0),
    )
    place.done()
    _check_instance(place, spec)
    return spec


def _check_instance(place: Section, spec: InstanceSpec) -> None:
    _check_unique(place, "accounts", [account.name for account in spec.accounts])
    _check_key(place, spec)
    if spec.events and spec.role != "execution":
        place.fail("events", "only an execution instance has events")
    for workflow in spec.workflows:
        _check_workflow(place, workflow, spec)


def _check_workflow(place: Section, workflow: WorkflowSpec, spec: InstanceSpec) -> None:
    """The workflow of an account needs that account."""
    if not workflow.name.startswith(SYNCH_PREFIX):
        return
    account = workflow.name.removeprefix(SYNCH_PREFIX)
    known = [one.name for one in spec.accounts if one.execution]
    if account not in known:
        there = ", ".join(known) or "none"
        place.fail(
            f"workflows.{workflow.name}", f"no account '{account}' leads to an execution instance; there are: {there}"
        )


def _check_key(place: Section, spec: InstanceSpec) -> None:
    for option in spec.options:
        if option.name == KEY_OPTION and (option.data_type != OPTION_TYPES["string"] or not is_key(option.value or "")):
            place.fail(f"options.{KEY_OPTION}", "a text is expected: the base64 of 32 bytes")


def _check_unique(place: Section, key: str, names: list[str]) -> None:
    for index, name in enumerate(names):
        if name in names[:index]:
            place.fail(f"{key}[{index}]", f"'{name}' occurs twice")


def _all_operators(place: Section, defaults: Section) -> tuple[Operator, ...]:
    """The operators of the defaults and the instance's own, which replace those of the same login."""
    read = [read_operator(item) for section in (defaults, place) for item in section.places("operators")]
    if not read:
        place.fail("operators", "at least one operator is needed, here or in defaults")
    return tuple({operator.login: operator for operator in read}.values())


def _account(place: Section) -> Account:
    name = place.text("name")
    execution = place.text("execution", "")
    number = place.integer("execution_id", 1, least=1) if execution else 0
    account = Account(
        name=name,
        label=place.text("label", name),
        mid=place.text("mid", ""),
        login=place.text("login", ""),
        password=place.text("password", ""),
        active=place.flag("active", True),
        type=place.integer("type", EXECUTION_TYPE if execution else ROUTING, least=0),
        suffix=place.text("suffix", str(number) if execution else name),
        execution=execution,
    )
    if account.mid and execution:
        place.fail("execution", "an account leads to a mid or to an execution instance, not to both")
    if account.peer and not account.login:
        place.fail("login", "an account with a server needs the operator with whom it logs on there")
    place.done()
    return account


def read_option(name: str, place: Section, now: datetime) -> OptionSpec:
    """An option: `type` with `value`, or with `age` (before `now`, in seconds) for the types that are times."""
    data_type = OPTION_TYPES[place.one_of("type", OPTION_TYPES, "string")]
    description = place.text("description", "")
    if place.raw("age") is not None:
        if data_type not in (7, 10):
            place.fail("age", "only an option of type datetime or date has an age")
        if place.raw("value") is not None:
            place.fail("age", "give either a value or an age")
        moment = now - timedelta(seconds=place.seconds("age", least=None))
        place.done()
        return OptionSpec(name, data_type, moment, description)
    place.raw("value")
    value = option_value(place, data_type, now)
    place.done()
    return OptionSpec(name, data_type, value, description)


def option_value(place: Section, data_type: int, now: datetime) -> Any:
    """The `value` below a place, as the Python value of an option's type; None stands for null."""
    if not place.has("value") or (place.data["value"] == "" and data_type in (7, 10)):
        return None
    if data_type in (7, 10):
        return place.moment("value", now)
    if data_type in (4, 5):
        return place.number("value")
    if data_type == 15:
        return int(place.flag("value"))
    if data_type in (1, 2, 3, 14):
        return place.integer("value")
    return place.text("value")


_LABELS = {
    "defaultMidSourcingDlv": "Mid-sourcing (delivery counters)",
    "defaultMidSourcingLog": "Mid-sourcing (delivery logs)",
    "deliveryIndicators": "Delivery indicators",
    "tracking": "Tracking",
    "cleanup": "Database cleanup",
    "cleanupPausedWorkflows": "Paused workflows cleanup",
    "billing": "Billing",
    "updateEventsStatus": "Update of event status",
}
_DAY = 86_400.0
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")


def _workflows(place: Section, defaults: Section, role: str, start: datetime) -> tuple[WorkflowSpec, ...]:
    """The workflows of a marketing instance are those of `defaults`, replaced by its own of the same name."""
    found: dict[str, WorkflowSpec] = {}
    if role == "marketing":
        found = {name: _workflow(name, item, start) for name, item in defaults.named("workflows")}
    found.update({name: _workflow(name, item, start) for name, item in place.named("workflows")})
    return tuple(found.values())


def _time_of_day(place: Section) -> float | None:
    """`at` in seconds from midnight."""
    if not place.has("at"):
        place.raw("at")
        return None
    text = place.text("at")
    match = _TIME.fullmatch(text)
    if match is None:
        place.fail("at", f"'{text}' is no time of day; write \"04:00\"")
    if place.has("first_run"):
        place.fail("at", "give either a time of day or a first_run")
    return int(match[1]) * 3600.0 + int(match[2]) * 60.0


def _workflow(name: str, place: Section, start: datetime) -> WorkflowSpec:
    at = _time_of_day(place)
    spec = WorkflowSpec(
        name=name,
        label=place.text("label", _LABELS.get(name, name)),
        state=place.one_of("state", STATES, "started"),
        every=place.seconds("every", 0.0 if at is None else _DAY),
        on_error=place.one_of("on_error", ON_ERROR, "stop"),
        error_limit=place.integer("error_limit", 0, least=0),
        timeout=place.seconds("timeout", 60.0),
        technical=place.flag("technical", True),
        folder=place.text("folder", TECHNICAL_FOLDER),
        seconds=place.seconds("seconds", 5.0),
        first_run=place.seconds("first_run") if place.raw("first_run") is not None else None,
        marks=place.texts("marks"),
        at=at,
        fda=place.flag("fda"),
        history=place.integer("history", 30, least=0),
        found=_found(place, start),
        journal=tuple(_journal_row(item, start) for item in place.places("journal")),
    )
    place.done()
    if spec.found is not None and place.has("state"):
        place.fail("state", "give either a state or what is found")
    return spec


def _found(place: Section, start: datetime) -> FoundRow | None:
    """`found`: the row of a workflow at the start."""
    if not isinstance(place.raw("found"), Mapping):
        return None if place.raw("found") is None else place.fail("found", "a mapping is expected here")
    below = place.place_of("found")
    row = FoundRow(
        state=below.integer("state", least=0),
        failed=below.flag("failed"),
        running=below.flag("running"),
        errors=below.integer("errors", 0, least=0),
        **{name: _moment_or_none(below, name, start) for name in ("processed", "started", "due")},
    )
    below.done()
    if row.state not in STATE_NUMBERS:
        below.fail("state", f"{row.state} is not one of: {', '.join(map(str, sorted(STATE_NUMBERS)))}")
    return row


def _moment_or_none(place: Section, key: str, start: datetime) -> datetime | None:
    return place.moment(key, start) if place.raw(key) is not None else None


def _journal_row(place: Section, start: datetime) -> JournalRow:
    row = JournalRow(
        at=place.moment("at", start),
        type=place.one_of("type", LOG_TYPES, "info"),
        activity=place.text("activity", ""),
        error=place.text("error", ""),
        message=place.text("message", ""),
    )
    place.done()
    return row


def _deliveries(place: Section, start: datetime) -> tuple[Deliveries, ...]:
    """One mapping, or a list of them."""
    value = place.raw("deliveries")
    if value is None:
        return ()
    items = place.places("deliveries") if isinstance(value, (list, tuple)) else [place.place_of("deliveries")]
    return tuple(read_deliveries(item, start) for item in items)


def read_deliveries(place: Section, now: datetime) -> Deliveries:
    """Deliveries of a mid, of a fleet file or a control request."""
    first = place.moment("from", now)
    deliveries = Deliveries(
        place.integer("count", least=0),
        first,
        place.moment("to", now, max(now, first)),
        place.texts("for"),
        logs=place.integer("logs", 0, least=0),
        sending=place.seconds("sending", 3600.0),
        validity=place.seconds("validity", _DAY, least=None),
    )
    place.done()
    if deliveries.end < deliveries.start:
        place.fail("to", "lies before 'from'")
    if not deliveries.owners:
        place.fail("for", "name the marketing instances whose deliveries these are")
    return deliveries


def _check_references(fleet: FleetSpec) -> None:
    for spec in fleet.instances.values():
        here = Section(fleet.source, f"instances.{spec.name}", {})
        for index, account in enumerate(spec.accounts):
            _check_peer(fleet, here, f"accounts[{index}].mid", account.mid, "mid")
            _check_peer(fleet, here, f"accounts[{index}].execution", account.execution, "execution")
        if spec.deliveries and spec.role != "mid":
            here.fail("deliveries", "only a mid is given deliveries; a marketing instance copies them")
        for owner in (owner for deliveries in spec.deliveries for owner in deliveries.owners):
            if owner not in fleet.instances or fleet.instances[owner].role != "marketing":
                here.fail("deliveries.for", f"'{owner}' is no marketing instance of this fleet")


def _check_peer(fleet: FleetSpec, here: Section, key: str, name: str, role: str) -> None:
    """An account leads to an instance of its role, or nowhere."""
    known = [other.name for other in fleet.instances.values() if other.role == role]
    if name and name not in known:
        shown = "execution instance" if role == "execution" else role
        there = ", ".join(known) or f"none, the fleet has no {shown}"
        here.fail(key, f"'{name}' is no {shown} of this fleet; there are: {there}")
