# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""Where the mid-sourcing servers are that external accounts name, and how somebody logs on there, only to read.

A connection is one that was given for a server, or one that a finder knows: on the controller the inventory's. It is
looked for when a mid is to be asked and not before, so that an instance that is well costs no search.
"""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Mapping, Sequence

from .._core.errors import CampaignError, configuring
from .._core.masking import current
from .._http.address import canonical, read_url
from .connect import DEFAULTS, ENVIRONMENT, open_session, secrets_in

if t.TYPE_CHECKING:
    from .._http.transport import HttpSettings
    from .session import Session, Transport

Connection = Mapping[str, t.Any]

#: Finds the connection of the mid that an account names by its URL; None when it is not known.
Finder = Callable[[str], t.Optional[Connection]]

#: What of a connection may be given for a mid: all but the read-only switch, which is always on.
CONNECTION = tuple(name for name in ENVIRONMENT if name != "read_only")
_SECRET = ("password", "access_token", "client_secret")
_NO_URL = "not a URL: "

#: The option ``mids`` of the modules.
MIDS_OPTION: dict[str, t.Any] = {
    "type": "list",
    "elements": "dict",
    "default": [],
    "options": {
        "server": {"type": "str", "required": True},
        "name": {"type": "str"},
        **{name: {"type": "str"} for name in ("url", "user", "client_id", "scope", "proxy")},
        **{name: {"type": "str", "no_log": True} for name in _SECRET},
        "token_url": {"type": "str", "no_log": False},
        "validate_certs": {"type": "bool"},
        "ca_path": {"type": "path"},
        "client_cert": {"type": "path"},
        "client_key": {"type": "path", "no_log": False},
        "timeout": {"type": "float"},
    },
}


class Mids:
    """The connections to mids.

    :param given: elements of the option ``mids``.
    :param environ: where proxies come from.
    """

    def __init__(
        self, given: Sequence[Connection] = (), environ: Mapping[str, str] | None = None, find: Finder | None = None
    ) -> None:
        self._given = given
        self._environ = environ or {}
        self._find = find

    def check(self) -> None:
        """Look at the addresses that were given, before anything is sent.

        :raises ConfigurationError: one of them is malformed.
        """
        with configuring():
            for one in self._given:
                server = str(one["server"])
                # An account may name its mid without a scheme.
                read_url(server if "://" in server else f"http://{server}", "server in mids")
                if one.get("url"):
                    read_url(str(one["url"]), "url in mids", query=False)

    def connection(self, server: str) -> Connection | None:
        """How the mid of this URL is reached; None when nobody has said it.

        :raises CampaignError: somebody has, and it cannot be used.
        """
        wanted = address(server)
        given = next((one for one in self._given if address(one["server"]) == wanted), None)
        found = given if given is not None else self._find(server) if self._find is not None else None
        if found is None:
            return None
        masking = current()
        if masking is not None:
            masking.add(secrets_in(found))
        own = {name: found[name] for name in CONNECTION if found.get(name) is not None}
        return {
            **DEFAULTS,
            # Not the account's spelling: a URL of https is not to become one of http because an account says so.
            "url": found.get("server") or server,
            **own,
            "instance": found.get("name") or "",
            "read_only": True,
        }

    def open(
        self, connection: Connection, transport: Callable[[HttpSettings], Transport], **behaviour: t.Any
    ) -> Session:
        """A session with a mid, which cannot write; nothing is sent yet. Raises as ``open_session`` does."""
        return open_session(connection, self._environ, transport=transport, **behaviour)


def shown(server: str) -> str:
    """The URL of an account for a message: without a password that somebody has put into it.

    Secrets are masked before anything is taken from it, for a part of one would not be known as such. Where it is an
    address, those are left that can be a word of one: by its address a person knows a mid.
    """
    masking = current()
    if masking is not None:
        words = len(server.split()) != 1 or address(server).startswith(_NO_URL)
        server = masking.others(server) if words else masking.ours(server)
    scheme, sign, rest = server.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{sign}{host.rpartition('@')[2]}{slash}{path}" if sign else server.rpartition("@")[2]


def address(url: str) -> str:
    """A URL in the form by which two of them are compared; one that is none is like no other but itself."""
    try:
        return canonical(url)
    except CampaignError:
        return f"{_NO_URL}{url.strip()}"
