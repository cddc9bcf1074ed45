# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The schemas that the simulator knows: tables of attributes, keys, links and enumerations.

Only what domain.md 4.4, 5.5, 5.6 and 6.1 list is here; everything else is an unknown attribute and faults. An
attribute whose name or place is a `[guess]` there is marked `guessed`: it is stored and the simulator's own code may
use it, but a client reaches it only with the switch `guessed_attributes` (domain.md 7 row 9).

The tables are data: one line an attribute, ``name type`` and flags. They are parsed once and shared by every instance.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

from .values import Kind


@dataclass(frozen=True)
class Enumeration:
    """The names and labels behind a numeric attribute, served for ``analyze="true"`` (domain.md 4.2)."""

    entries: MappingProxyType[int, tuple[str, str]]

    def name(self, value: int) -> str:
        """ "" for a value outside the enumeration."""
        return self.entries.get(value, ("", ""))[0]

    def label(self, value: int) -> str:
        """ "" for a value outside the enumeration."""
        return self.entries.get(value, ("", ""))[1]


@dataclass(frozen=True)
class Attribute:
    """One column. `path` is how expressions and documents reach it: ``@id``, ``memoValue``, ``indicators/@sent``."""

    name: str
    kind: Kind
    path: str
    guessed: bool = False
    computed: tuple[str, str] | None = None  # the label and name attributes of a compute string; nothing is stored
    enumeration: Enumeration | None = None


@dataclass(frozen=True)
class Link:
    """A to-one link; `column` of this schema holds the id of a row of `target`."""

    name: str
    column: str
    target: str


@dataclass(frozen=True)
class Schema:
    """A table. `natural_key` is the key people use (a unique, non-empty name), "" when there is only the id.

    `folder_path` leads to the id of the folder whose rights decide who sees a row (domain.md 1.4), "" for none.
    """

    name: str
    label: str
    attributes: tuple[Attribute, ...]
    links: tuple[Link, ...] = ()
    natural_key: str = ""
    folder_path: str = ""
    indexes: tuple[tuple[str, ...], ...] = ()

    @property
    def element(self) -> str:
        """The name of a row's element: ``option`` for ``xtk:option``."""
        return self.name.partition(":")[2]

    @property
    def title(self) -> str:
        """How faults name the type: ``Options (xtk:option)``."""
        return f"{self.label} ({self.name})"

    @cached_property
    def by_path(self) -> dict[str, Attribute]:
        return {attribute.path: attribute for attribute in self.attributes}

    @cached_property
    def by_name(self) -> dict[str, Attribute]:
        return {attribute.name: attribute for attribute in self.attributes}

    @cached_property
    def link_by_name(self) -> dict[str, Link]:
        return {link.name: link for link in self.links}

    @cached_property
    def stored(self) -> tuple[Attribute, ...]:
        """The attributes that are columns of the table, `id` first."""
        return tuple(attribute for attribute in self.attributes if attribute.computed is None)

    def attribute(self, name: str) -> Attribute:
        """The stored attribute of that name; raises LookupError for the simulator's own programming mistakes."""
        found = self.by_name.get(name)
        if found is None or found.computed is not None:
            raise LookupError(f"{self.name} has no stored attribute '{name}'")
        return found


def _enumeration(text: str) -> Enumeration:
    """``value name label`` a line; ``11-15`` is a range of values."""
    entries: dict[int, tuple[str, str]] = {}
    for line in text.strip().splitlines():
        values, name, label = line.split(maxsplit=2)
        first, _unused, last = values.partition("-")
        entries.update(dict.fromkeys(range(int(first), int(last or first) + 1), (name, label)))
    return Enumeration(MappingProxyType(entries))


# Names of 0, 11, 13, 14 and 20 were seen in console traffic; the others are the constants' own names (domain.md 6.1).
WORKFLOW_STATES = _enumeration("""
    0 edit Being edited
    2 running Running
    9 testing Testing
    10 starting Start in progress
    11 started Started
    12 pausing Pausing
    13 paused Paused
    14 resuming Resuming
    15 stopping Stop requested
    16 stopping2 Stop requested
    17 restarting Restart requested
    18 restarting2 Restart requested
    20 stopped Finished
""")
DELIVERY_STATES = _enumeration("""
    0 edition Being edited
    11-15 targeting Targeting
    21-25 preparation Preparation
    37 failed Failed
    45 ready Ready
    51 delayed Start pending
    55 started Started
    61-62 retry Retry
    71 pausing Pausing
    75 paused Paused
    81 cancelling Cancelling
    85 stopped Stopped
    95 finished Finished
    100 deleted Deleted
""")
LOG_TYPES = _enumeration("""
    0 error Error
    1 warning Warning
    2 info Info
    3 status Status
    4 verbose Verbose
""")
ACCOUNT_TYPES = _enumeration("""
    0 bounces Bounce mails
    3 routing Routing
    17 hdfs HDFS
""")
DELIVERY_MODES = _enumeration("4 midSourcing Mid-sourcing")


def _attributes(text: str, enumerations: dict[str, Enumeration] | None = None) -> tuple[Attribute, ...]:
    """``name type [guess] [element=path] [computed=label,name]`` a line; the id comes first in every schema."""
    found = []
    for line in ("id long", *text.strip().splitlines()):
        name, kind, *flags = line.split()
        options = dict(flag.partition("=")[::2] for flag in flags)
        label, _unused, key = options.get("computed", "").partition(",")
        found.append(
            Attribute(
                name,
                Kind(kind),
                options.get("element") or f"@{name}",
                guessed="guess" in options,
                computed=(label, key) if key else None,
                enumeration=(enumerations or {}).get(name),
            )
        )
    return tuple(found)


def _schema(
    name: str,
    label: str,
    attributes: tuple[Attribute, ...],
    *,
    links: str = "",
    natural_key: str = "",
    folder_path: str = "",
    indexes: tuple[tuple[str, ...], ...] = (),
) -> Schema:
    """`links` is ``name target`` a comma; the column of link `folder` is ``folder-id``, as in every listed schema."""
    parsed = tuple(Link(link, f"{link}-id", target) for link, target in (item.split() for item in links.split(",")
                   if item.strip()))  # fmt: skip
    if natural_key:
        indexes = ((natural_key,), *indexes)
    return Schema(name, label, attributes, parsed, natural_key, folder_path, indexes)


# -- the tables ---------------------------------------------------------------------------------------------------

_OPTION = _attributes("""
    name string
    dataType byte
    stringValue string
    longValue long
    doubleValue double
    timeStampValue datetime
    memoValue memo element=memoValue
    description string
    created datetime guess
    createdBy-id long guess
    lastModified datetime guess
    modifiedBy-id long guess
""")

_WORKFLOW = _attributes(
    """
    internalName string
    label string
    state short
    status short
    failed boolean
    production boolean
    builtIn boolean
    isModel boolean
    schema string
    modelName string
    lastStart datetime
    processDate datetime
    nextProcessingDate datetime
    nextProcessingAfn string
    nextProcessingHost string
    processId long
    hostname string
    port long
    inProcess boolean
    unlockedCount long
    errorActivity string
    errorCount long
    errorLimit long
    onError short
    eventCount long
    taskCount long
    currentOrderId long
    expiration datetime
    history long
    order long
    simulation boolean
    queryRestart boolean
    timezone string
    supervisor-id long
    scenario-id long
    scenario-cs string
    folder-id long
    folderProcess-id long
    operation-id long
    routingOperation-id long
    aggregate-id long
    recurrentMdl boolean
    created datetime
    createdBy-id long
    lastModified datetime
    modifiedBy-id long
    _cs string computed=label,internalName
""",
    {"state": WORKFLOW_STATES},
)

_WORKFLOW_LOG = _attributes(
    """
    workflow-id long
    activity string
    logDate datetime
    logType short
    error string
    message string
""",
    {"logType": LOG_TYPES},
)

_WORKFLOW_TASK = _attributes("""
    workflow-id long
    activity string
    taskIdentifier string
    status short
    creationDate datetime
    processingDate datetime
    processingCount long
    nextProcessingDate datetime
    hostname string
    operator-id long
    assignee-id long
    abortReason string
    title string
    objectId string
    objectSchema string
""")

_FOLDER = _attributes("""
    name string
    label string
""")

_EXT_ACCOUNT = _attributes(
    """
    name string
    label string
    type short
    active boolean
    server string
    account string
    password string
    provider string
    port long
    deliveryMode short guess
""",
    {"type": ACCOUNT_TYPES, "deliveryMode": DELIVERY_MODES},
)

# The SQL columns iToDeliver, iProcessed, tsValidity, tsBroadEnd and iMidRemoteId are documented, their attribute names
# are not: they are here under the names that follow from the SQL, as guesses.
_DELIVERY = _attributes(
    """
    internalName string
    label string
    state short
    status short
    deliveryMode short
    messageType short
    isModel boolean
    lastModified datetime
    created datetime
    folder-id long
    deliveryProvider-id long
    deleteStatus short
    toDeliver long guess element=indicators/@toDeliver
    processed long guess element=indicators/@processed
    validity datetime guess
    broadEnd datetime guess
    midRemoteId long guess
""",
    {"state": DELIVERY_STATES, "deliveryMode": DELIVERY_MODES},
)

SCHEMAS: MappingProxyType[str, Schema] = MappingProxyType(
    {
        schema.name: schema
        for schema in (
            _schema("xtk:option", "Options", _OPTION, natural_key="name"),
            _schema(
                "xtk:workflow",
                "Workflows",
                _WORKFLOW,
                natural_key="internalName",
                folder_path="@folder-id",
                links="folder xtk:folder, createdBy xtk:operator, modifiedBy xtk:operator",
            ),
            _schema(
                "xtk:workflowLog",
                "Workflow logs",
                _WORKFLOW_LOG,
                folder_path="workflow/@folder-id",
                links="workflow xtk:workflow",
                indexes=(("workflow-id", "logDate"),),
            ),
            _schema(
                "xtk:workflowTask",
                "Workflow tasks",
                _WORKFLOW_TASK,
                folder_path="workflow/@folder-id",
                links="workflow xtk:workflow",
                indexes=(("workflow-id",),),
            ),
            _schema("xtk:folder", "Folders", _FOLDER, natural_key="name", folder_path="@id"),
            _schema("xtk:operator", "Operators", _FOLDER, natural_key="name"),
            _schema("nms:extAccount", "External accounts", _EXT_ACCOUNT, natural_key="name"),
            _schema(
                "nms:delivery",
                "Deliveries",
                _DELIVERY,
                natural_key="internalName",
                folder_path="@folder-id",
                links="folder xtk:folder, deliveryProvider nms:extAccount",
                indexes=(("lastModified",),),
            ),
        )
    }
)


def schema_of(name: str) -> Schema:
    """The schema of that name; LookupError for one the simulator does not have."""
    try:
        return SCHEMAS[name]
    except KeyError:
        raise LookupError(f"unknown schema '{name}'") from None
