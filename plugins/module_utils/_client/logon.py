# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""Who logs on where, and what a logon answers (campaign_facts, Endpoints, Requests, Calls and Authentication). Pure."""

from __future__ import annotations

import re
import typing as t
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import urlunsplit

from .._core.errors import ProtocolError, ValidationError, XtkValueError
from .._core.limits import MOST_TOKEN
from .._core.xtk import parse_datetime
from .._http.address import read_url
from .._soap.envelope import Output, Param

if t.TYPE_CHECKING:
    from datetime import datetime

    from lxml.etree import _Element as Element

ROUTER = "/nl/jsp/soaprouter.jsp"

_SECONDS = re.compile(r"[1-9][0-9]{0,8}")
#: The characters of a token: it is sent in HTTP headers, one of them a cookie.
_TOKEN = re.compile(rf"[!#-+\--:<-\[\]-~]{{1,{MOST_TOKEN}}}")


@dataclass(frozen=True)
class PasswordCredentials:
    """An operator of the instance; logs on. The password may be empty where the security zone allows it."""

    user: str
    password: str = field(repr=False)

    def __post_init__(self) -> None:
        if not self.user:
            raise ValidationError("The user is empty.", next_step="Set user (campaign_user, CAMPAIGN_USER).")

    def secrets(self) -> frozenset[str]:
        """What must not be shown."""
        return frozenset(filter(None, (self.password,)))


@dataclass(frozen=True)
class BearerCredentials:
    """An access token of Adobe's identity service (IMS); sent with every call, without a logon."""

    token: str = field(repr=False)

    def __post_init__(self) -> None:
        # A token that was read from a file ends in a line break.
        object.__setattr__(self, "token", self.token.strip())
        if not re.fullmatch(rf"[!-~]{{1,{MOST_TOKEN}}}", self.token):
            raise ValidationError(
                "The access token is empty, or holds a space or a character that is not ASCII, or is longer than "
                f"{MOST_TOKEN} characters.",
                next_step="Set access_token (campaign_access_token, CAMPAIGN_ACCESS_TOKEN) again.",
            )

    def secrets(self) -> frozenset[str]:
        """What must not be shown."""
        return frozenset((self.token,))


@dataclass(frozen=True)
class TokenCredentials:
    """The tokens of a session that another task opened and will close."""

    session_token: str = field(repr=False)
    security_token: str = field(repr=False)

    def __post_init__(self) -> None:
        if not all(_TOKEN.fullmatch(token) for token in (self.session_token, self.security_token)):
            raise ValidationError(
                "The session's tokens are empty, or have a character that no token has, or are longer than "
                f"{MOST_TOKEN} characters.",
                next_step="Pass both tokens as the session module returned them.",
            )

    def secrets(self) -> frozenset[str]:
        """What must not be shown."""
        return frozenset((self.session_token, self.security_token))


Credentials = t.Union[PasswordCredentials, BearerCredentials, TokenCredentials]


@dataclass(frozen=True)
class ServerInfo:
    """What the logon says about server and operator. '' or empty for what it does not say, or without a logon."""

    build: str = ""
    release: str = ""
    instance_name: str = ""
    user: str = ""
    rights: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    server_date: datetime | None = None
    #: Maximum lifetime of a session in seconds; 0 if not stated.
    session_seconds: int = 0


@dataclass(frozen=True)
class Opened:
    """A session that the server opened."""

    tokens: TokenCredentials
    info: ServerInfo


@lru_cache(maxsize=256)
def router_url(url: str) -> str:
    """The URL of the SOAP router for a base URL, an instance's URL, or that of any of Campaign's pages under them.

    :raises ValidationError: it is malformed or not http or https, or has a user, a password or a query.
    """
    parts = read_url(url, "url", query=False)
    base = parts.path.partition("/nl/jsp")[0].rstrip("/")
    return urlunsplit((parts.scheme, parts.netloc, base + ROUTER, "", ""))


def logon_params(credentials: PasswordCredentials) -> list[Param]:
    """The parameters of ``xtk:session#Logon``."""
    values = {"strLogin": credentials.user, "strPassword": credentials.password, "elemParameters": ""}
    return [Param(name, value) for name, value in values.items()]


def read_logon(outputs: Sequence[Output]) -> Opened:
    """Tokens and server information of a logon's outputs.

    :raises ProtocolError: a token is missing or malformed. Anything else that is missing stays empty.
    """
    session_token, info, security_token = (*outputs[:3], None, None, None)[:3]
    try:
        tokens = TokenCredentials(session_token=_token(session_token), security_token=_token(security_token))
    except ValidationError:
        raise ProtocolError(
            "The answer to the logon has no session token or no security token.", reached="maybe"
        ) from None
    return Opened(tokens, _server_info(info.element if info else None))


def read_user_info(outputs: Sequence[Output]) -> ServerInfo:
    """What ``xtk:session#GetUserInfo`` says about the operator; it says nothing about the server."""
    info = outputs[0].element if outputs else None
    if info is None:
        return ServerInfo()
    return ServerInfo(
        user=info.get("login", ""),
        rights=_each(info, "{*}login-right", "{right}", "right"),
        packages=_each(info, "{*}installed-package", "{namespace}:{name}", "namespace", "name"),
    )


def _token(output: Output | None) -> str:
    return output.text.strip() if output else ""


def _server_info(session_info: Element | None) -> ServerInfo:
    if session_info is None:
        return ServerInfo()

    def attribute(path: str, name: str) -> str:
        node = session_info.find(path)
        return "" if node is None else node.get(name, "")

    return ServerInfo(
        build=attribute("{*}serverInfo", "buildNumber"),
        release=attribute("{*}serverInfo", "releaseName"),
        instance_name=attribute("{*}serverInfo", "instanceName"),
        user=attribute("{*}userInfo", "login"),
        rights=_each(session_info, "{*}userInfo/{*}login-right", "{right}", "right"),
        packages=_each(session_info, "{*}userInfo/{*}installed-package", "{namespace}:{name}", "namespace", "name"),
        server_date=read_time(attribute("{*}serverInfo", "serverDate")),
        session_seconds=min(
            (
                int(text)
                for text in (attribute("{*}serverInfo", name) for name in ("sessionTimeOut", "securityTimeOut"))
                if _SECONDS.fullmatch(text)
            ),
            default=0,
        ),
    )


def _each(session_info: Element, path: str, form: str, *names: str) -> tuple[str, ...]:
    return tuple(form.format(**{name: node.get(name, "") for name in names}) for node in session_info.iterfind(path))


def read_time(text: str) -> datetime | None:
    """A server's time; ``None`` if it is unusable: one without a zone is ambiguous (campaign_facts, Values)."""
    try:
        return parse_datetime(text)
    except XtkValueError:
        return None
