# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every secret that the collection is given, as its code declares it; and a canary for each, in all ways to log on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import yaml

from ansible_collections.campaign.classic.plugins.module_utils._client.connect import DEFAULTS, open_session
from ansible_collections.campaign.classic.plugins.module_utils._client.session import TokenCredentials
from ansible_collections.campaign.classic.plugins.plugin_utils._slices.controller import PASSWORDS, TOKENS
from tools.environment import ROOT

PLUGINS = "ansible_collections.campaign.classic.plugins"
USER, MID_USER = "ops", "mid-ops"
#: None has a piece of eight characters in common with another one, or with a word of ours.
PASSWORD = "CANARY&x<y/pw+12345é"
PROXY_PASSWORD = "pröxy&<secret>/77"
CLIENT, CLIENT_SECRET = "robot-client-9", "ims+secret/of=20&char"
ACCESS_TOKEN = "eyJ.hOlder<of>&/IMS+4711=.x"
MID_PASSWORD = "mid-CANARY&<77>/é"
MID_CLIENT, MID_CLIENT_SECRET = "mid-robot-8", "0ne=more+ims/of&a-Mid"
MID_ACCESS_TOKEN = "eyJ.anOther<0ne>&/8822+=.y"
#: In the address of an account's server. A slash, and the address is no URL.
SERVER_PASSWORD = "s3rver/of?an@acc0unt#77"
CONTROLLER_SECRET = "awx-t0ken&of<a>job/55"


@dataclass(frozen=True)
class Logon:
    """A way to log on.

    :param options: of the connection, with everything that is secret in it.
    :param issued: the secrets that the servers issue to it, by the names that the echo server gives them.
    """

    options: Mapping[str, Any]
    issued: frozenset[str] = field(default_factory=frozenset)

    @property
    def secrets(self) -> dict[str, str]:
        """What is secret of the options, by its place."""
        return {place: value for place, value in _values(self.options) if place in declared()}


def operators() -> list[dict[str, Any]]:
    """Of a fleet in which every logon works."""
    return _operators("", (USER, PASSWORD), ACCESS_TOKEN, (CLIENT, CLIENT_SECRET))


def mid_operators() -> list[dict[str, Any]]:
    """Of its mid."""
    return _operators("mid-", (MID_USER, MID_PASSWORD), MID_ACCESS_TOKEN, (MID_CLIENT, MID_CLIENT_SECRET))


def _operators(prefix: str, person: tuple[str, str], token: str, robot: tuple[str, str]) -> list[dict[str, Any]]:
    """One for each way to log on."""
    rights = {"rights": ["admin"]}
    return [
        {"login": person[0], "password": person[1], **rights},
        {"login": f"{prefix}of-token", "token": token, **rights},
        {"login": f"{prefix}robot", "client_id": robot[0], "client_secret": robot[1], **rights},
    ]


#: The ways to log on, by name.
LOGONS = ("password", "token", "account", "session", "session of a token")
_SESSION = frozenset({"session token", "security token"})


def logon(kind: str, url: str, token_url: str, mid: Mapping[str, str]) -> Logon:
    """A way to log on by its name.

    :param url: of an instance that opens a session for it.
    :param token_url: where access tokens are issued.
    :param mid: ``server`` and ``url`` of its mid.
    """
    service = {"scope": "openid", "token_url": token_url}
    password = {"user": USER, "password": PASSWORD}
    mid_password = {"mids": [{**mid, "user": MID_USER, "password": MID_PASSWORD}]}
    if kind == "token":
        return Logon({"access_token": ACCESS_TOKEN, "mids": [{**mid, "access_token": MID_ACCESS_TOKEN}]})
    if kind == "account":
        of_mid = {**mid, "client_id": MID_CLIENT, "client_secret": MID_CLIENT_SECRET, **service}
        own = {"client_id": CLIENT, "client_secret": CLIENT_SECRET, **service, "mids": [of_mid]}
        return Logon(own, frozenset({"bearer token"}))
    if kind == "session":
        return Logon({"session": _opened(url), **mid_password})
    if kind == "session of a token":
        return Logon({"session": {"access_token": ACCESS_TOKEN}, **mid_password})
    return Logon({**password, **mid_password}, _SESSION)


def _opened(url: str) -> dict[str, str]:
    """The tokens of a new session, that stays open."""
    session = open_session({**DEFAULTS, "url": url, "user": USER, "password": PASSWORD}, {})
    with session:
        tokens = session.hand_over()
    assert isinstance(tokens, TokenCredentials)
    return {"session_token": tokens.session_token, "security_token": tokens.security_token}


# -- what the collection declares --------------------------------------------------------------------------------------


def declared() -> set[str]:
    """The secret options of all modules, such as ``password`` and ``session.security_token``."""
    names = [path.stem for path in (ROOT / "plugins/modules").glob("[a-z]*.py")]
    actions = [import_module(f"{PLUGINS}.action.{name}").ActionModule for name in names]
    return {place for action in actions for place in _secret(action.OPERATION.argument_spec)}


def declared_of_roles() -> set[str]:
    """The same of the variables of all roles."""
    found = set()
    for path in (ROOT / "roles").glob("*/meta/argument_specs.yml"):
        for entry in yaml.safe_load(path.read_text(encoding="utf-8"))["argument_specs"].values():
            found |= set(_secret(entry.get("options") or {}))
    return found


def of_controller() -> list[str]:
    """The variables of a job's environment with a secret of its controller."""
    return [*TOKENS, *PASSWORDS]


def _secret(spec: Mapping[str, Any], above: str = "") -> Iterator[str]:
    for name, option in spec.items():
        if option.get("no_log") is True:
            yield above + name
        yield from _secret(option.get("options") or {}, f"{above}{name}.")


def _values(options: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    for name, value in options.items():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, Mapping):
                yield from _values(one, f"{above}{name}.")
            else:
                yield above + name, str(one)
