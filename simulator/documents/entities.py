# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documents of GetEntityIfMoreRecent and of a logon: what clients read of the server itself (campaign_facts, Calls
and Call sequences).

Adobe's JavaScript client reads the schema of a service before its first call there, to learn parameters and types.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from lxml import etree
from lxml.etree import _Element as Element

from ..config.spec import InstanceSpec, Operator, Timeouts
from ..database.schemas import SCHEMAS
from ..soap.errors import MethodFailure
from .described import described


def _method(name: str, *params: tuple[str, str, str], static: bool = True, const: bool = False) -> str:
    """One method: params are (name, type, 'in' or 'out')."""
    flags = (" static='true'" if static else "") + (" const='true'" if const else "")
    listed = "".join(
        f"<param name='{param}' type='{type_}'" + (" inout='out'" if way == "out" else "") + "/>"
        for param, type_, way in params
    )
    return f"<method name='{name}'{flags}><parameters>{listed}</parameters></method>"


_WRITE = _method("Write", ("doc", "DOMDocument", "in"))
_WRITE_COLLECTION = _method("WriteCollection", ("doc", "DOMDocument", "in"))
_ENTITY = _method(
    "GetEntityIfMoreRecent",
    ("pk", "string", "in"),
    ("md5", "string", "in"),
    ("mustExist", "boolean", "in"),
    ("doc", "DOMDocument", "out"),
)
_TOKENS = (
    ("sessionToken", "string", "out"),
    ("sessionInfo", "DOMElement", "out"),
    ("securityToken", "string", "out"),
)
_ID = ("workflowId", "string", "in")
_VARIABLES = ("parameters", "DOMElement", "in")
_SIMULATION = ("simulation", "boolean", "in")
_INSTANCE = ("instanceId", "long", "out")

_SCHEMAS = {
    "xtk:session": (
        "<schema namespace='xtk' name='session' label='Session' implements='xtk:persist' xtkschema='xtk:schema'>"
        f"<interface name='persist'>{_WRITE}{_WRITE_COLLECTION}</interface>"
        "<methods>"
        + _method(
            "Logon",
            ("login", "string", "in"),
            ("password", "string", "in"),
            ("parameters", "DOMElement", "in"),
            *_TOKENS,
        )
        + _method("BearerTokenLogon", ("bearerToken", "string", "in"), *_TOKENS)
        + _method("Logoff")
        + _method("GetOption", ("name", "string", "in"), ("value", "string", "out"), ("type", "byte", "out"))
        + _method("TestCnx")
        + _method("GetServerTime", ("date", "datetime", "out"))
        + _method("GetUserInfo", ("userInfo", "DOMElement", "out"))
        + "</methods><element name='session' label='Session'/></schema>"
    ),
    "xtk:persist": (
        "<schema namespace='xtk' name='persist' label='Persistence' xtkschema='xtk:schema'>"
        f"<interface name='persist'>{_WRITE}{_WRITE_COLLECTION}{_ENTITY}</interface></schema>"
    ),
    "xtk:queryDef": (
        "<schema namespace='xtk' name='queryDef' label='Query' xtkschema='xtk:schema'><methods>"
        + _method("ExecuteQuery", ("output", "DOMDocument", "out"), static=False, const=True)
        + _method("SelectAll", ("duplicate", "boolean", "in"), static=False)
        + "</methods><element name='queryDef' label='Query'/></schema>"
    ),
    "xtk:workflow": (
        "<schema namespace='xtk' name='workflow' label='Workflows' xtkschema='xtk:schema'><methods>"
        + "".join(_method(name, _ID) for name in ("Start", "Pause", "Stop", "Kill", "Restart", "Wakeup", "Simulate"))
        + _method("WakeupTask", _ID, ("taskIdentifier", "string", "in"), ("activityName", "string", "in"))
        + _method("StartWithParameters", _ID, _VARIABLES)
        + _method("SimulateWithParameters", _ID, _VARIABLES)
        + _method("Spawn", _ID, _INSTANCE)
        + _method("SpawnWithParameters", _ID, _VARIABLES, _INSTANCE)
        + _method("SpawnWithParametersEx", _ID, _SIMULATION, _VARIABLES, _INSTANCE)
        + _method("Execute", static=False)
        + _method(
            "ExecuteInstance",
            _SIMULATION,
            ("keepResult", "boolean", "in"),
            ("logSQL", "boolean", "in"),
            static=False,
        )
        + _method(
            "PostEvent",
            _ID,
            ("activity", "string", "in"),
            ("transition", "string", "in"),
            _VARIABLES,
            ("complete", "boolean", "in"),
        )
        + "</methods><element name='workflow' label='Workflows'/></schema>"
    ),
}


@lru_cache(maxsize=64)
def _schema(name: str, guessed: bool) -> Element | None:
    """A service, a schema with rows, or both in one; None for a name that is neither."""
    text, table = _SCHEMAS.get(name), SCHEMAS.get(name)
    if text is not None:
        root = etree.fromstring(text)
    elif table is not None:
        namespace, _unused, local = name.partition(":")
        root = etree.Element("schema", namespace=namespace, name=local, label=table.label, xtkschema="xtk:schema")
    else:
        return None
    if table is not None:
        for bare in root.findall("element"):
            root.remove(bare)
        root.append(described(table, guessed=guessed))
    return root


def entity(key: str, must_exist: bool, *, guessed: bool = False) -> Element | None:
    """The document of a key such as 'xtk:schema|xtk:session'; None when there is none and there need not be.

    Works for what is keyed by a name only; a workflow is not (campaign_facts, Calls). With `guessed` a schema names the
    attributes that are only guesses, too.
    """
    kind, _unused, name = key.partition("|")
    if kind == "xtk:workflow":
        raise MethodFailure(
            "XTK-170036 Unable to parse expression '@name'. Attribute 'name' unknown"
            " (see definition of schema 'Workflows (xtk:workflow)')."
        )
    found = _schema(name, guessed) if kind == "xtk:schema" else None
    if found is None and must_exist:
        raise MethodFailure(
            "The requested database record does not exist.", f"Cannot load document of type '{kind}' ({name})."
        )
    return found


def wire_time(moment: datetime, separator: str = " ") -> str:
    """'2026-11-23 02:00:00.000Z', or with a T as results of type xsd:dateTime have it. UTC is expected."""
    return f"{moment:%Y-%m-%d}{separator}{moment:%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def session_info(spec: InstanceSpec, operator: Operator, login_id: int, now: datetime, timeouts: Timeouts) -> Element:
    """The document that a logon returns: about the server, the user and the installed packages."""
    root = etree.Element("sessionInfo")
    etree.SubElement(
        root,
        "serverInfo",
        advisedClientBuildNumber="0",
        allowSQL="false",
        buildNumber=str(spec.build),
        commitId="0000000",
        databaseId=database_id(spec),
        defaultNameSpace="cus",
        fohVersion="2",
        instanceName=spec.name,
        majNumber="6",
        minClientBuildNumber="9333",
        minNumber="7",
        minNumberTechnical="0",
        releaseName=spec.release,
        securityTimeOut=f"{timeouts.security:.0f}",
        serverDate=wire_time(now),
        servicePack="0",
        sessionTimeOut=f"{timeouts.session:.0f}",
        useVault="false",
    )
    root.append(user_info(operator, login_id))
    etree.SubElement(root, "option", name="Nms_DefaultRcpSchema", type="6", value="nms:recipient")
    return root


def user_info(operator: Operator, login_id: int) -> Element:
    """The document of GetUserInfo, part of the logon's."""
    info = etree.Element(
        "userInfo",
        datakitInDatabase="true",
        homeDir="",
        instanceLocale="en-US",
        locale="en-US",
        login=operator.login,
        loginCS=f"{operator.login} ({operator.login})",
        loginId=str(login_id),
        noConsoleCnx="false",
        orgUnitId="0",
        theme="",
        timezone="UTC",
    )
    for right in operator.rights:
        etree.SubElement(info, "login-right", right=right)
    # The names of the mid-sourcing packages are in no public sample: only what was seen is served.
    etree.SubElement(info, "installed-package", name="core", namespace="nms")
    return info


def database_id(spec: InstanceSpec) -> str:
    """The option XtkDatabaseId: given in the fleet file, or made of the instance's name."""
    return spec.database_id or f"u{spec.name.encode().hex().upper()[:32]}"
