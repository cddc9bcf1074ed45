# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The schemas that the simulator knows: tables of attributes, keys, links and enumerations.

Only what is known is here (campaign_facts, Option rows, Samples, Attributes and States); everything else is an unknown
attribute and faults. An attribute whose name or place is a `[guess]` there is marked `guessed`: it is stored and the
simulator's own code may use it, but a client reaches it only with the switch `guessed_attributes` (campaign_facts,
unknown 9).

The tables are data: one line an attribute, ``name type`` and flags. They are parsed once and shared by every instance.
"""

from __future__ import annotations

from types import MappingProxyType

from .guesses import GUESSED
from .schema_types import Attribute, Enumeration, Link, Schema, attributes, enumeration, table

__all__ = ["SCHEMAS", "Attribute", "Enumeration", "Link", "Schema", "schema_of", "visible_schema"]


# Names of 0, 11, 13, 14 and 20 were seen in console traffic; the others are the constants' own names (campaign_facts,
# States).
WORKFLOW_STATES = enumeration("""
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
DELIVERY_STATES = enumeration("""
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
LOG_TYPES = enumeration("""
    0 error Error
    1 warning Warning
    2 info Info
    3 status Status
    4 verbose Verbose
""")
ACCOUNT_TYPES = enumeration("""
    0 bounces Bounce mails
    3 routing Routing
    17 hdfs HDFS
""")
DELIVERY_MODES = enumeration("4 midSourcing Mid-sourcing")


# -- the tables ---------------------------------------------------------------------------------------------------

_OPTION = attributes("""
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

_WORKFLOW = attributes(
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

_WORKFLOW_LOG = attributes(
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

_WORKFLOW_TASK = attributes("""
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

_FOLDER = attributes("""
    name string
    label string
""")

_EXT_ACCOUNT = attributes(
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
_DELIVERY = attributes(
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
            table("xtk:option", "Options", _OPTION, natural_key="name"),
            table(
                "xtk:workflow",
                "Workflows",
                _WORKFLOW,
                natural_key="internalName",
                folder_path="@folder-id",
                links="folder xtk:folder, createdBy xtk:operator, modifiedBy xtk:operator",
            ),
            table(
                "xtk:workflowLog",
                "Workflow logs",
                _WORKFLOW_LOG,
                folder_path="workflow/@folder-id",
                links="workflow xtk:workflow",
                indexes=(("workflow-id", "logDate"),),
            ),
            table(
                "xtk:workflowTask",
                "Workflow tasks",
                _WORKFLOW_TASK,
                folder_path="workflow/@folder-id",
                links="workflow xtk:workflow",
                indexes=(("workflow-id",),),
            ),
            table("xtk:folder", "Folders", _FOLDER, natural_key="name", folder_path="@id"),
            table("xtk:operator", "Operators", _FOLDER, natural_key="name"),
            table("nms:extAccount", "External accounts", _EXT_ACCOUNT, natural_key="name"),
            table(
                "nms:delivery",
                "Deliveries",
                _DELIVERY,
                natural_key="internalName",
                folder_path="@folder-id",
                links="folder xtk:folder, deliveryProvider nms:extAccount",
                indexes=(("lastModified",),),
            ),
            *GUESSED,
        )
    }
)


def schema_of(name: str) -> Schema:
    """The schema of that name; LookupError for one the simulator does not have."""
    try:
        return SCHEMAS[name]
    except KeyError:
        raise LookupError(f"unknown schema '{name}'") from None


def visible_schema(name: str, *, guessed: bool) -> Schema:
    """The schema of that name as a client may use it; without `guessed`, a table that is a guess is not there."""
    schema = schema_of(name)
    if schema.guessed and not guessed:
        raise LookupError(f"unknown schema '{name}'")
    return schema
