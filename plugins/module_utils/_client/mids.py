# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""Where the mid-sourcing servers are that external accounts name, and how somebody logs on there, only to read.

A connection is configured for a server, or comes from a finder: on the controller, the inventory. It is
only looked up when a mid must be queried, so that a healthy instance costs no search.
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

#: Finds the connection of a mid by the URL in its account; None if unknown.
Finder = Callable[[str], t.Optional[Connection]]

#: The connection options of a mid: all but the read-only switch, which is always on.
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
    :param environ: the source of proxies.
    """

    def __init__(
        self, given: Sequence[Connection] = (), environ: Mapping[str, str] | None = None, find: Finder | None = None
    ) -> None:
        self._given = given
        self._environ = environ or {}
        self._find = find

    def check(self) -> None:
        """Check the configured addresses before anything is sent.

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
        """The connection options of the mid with this URL; None if there are none.

        :raises CampaignError: there are some, but they cannot be used.
        """
        found = self._said_of(server)
        if found is None:
            return None
        masking = current()
        if masking is not None:
            masking.add(secrets_in(found))
        own = {name: found[name] for name in CONNECTION if found.get(name) is not None}
        return {
            **DEFAULTS,
            # Not the account's spelling: an https URL must not become http because an account says so.
            "url": found.get("server") or server,
            **own,
            "instance": found.get("name") or "",
            "read_only": True,
        }

    def _said_of(self, server: str) -> Mapping[str, t.Any] | None:
        wanted = address(server)
        for one in self._given:
            if address(one["server"]) == wanted:
                return one
        return None if self._find is None else self._find(server)

    def open(
        self, connection: Connection, transport: Callable[[HttpSettings], Transport], **behaviour: t.Any
    ) -> Session:
        """A read-only session with a mid; nothing is sent yet. Raises as ``open_session`` does."""
        return open_session(connection, self._environ, transport=transport, **behaviour)


def shown(server: str) -> str:
    """The URL of an account for a message, without a secret of ours in it.

    If it is an address, secrets that may be part of one stay: operators know a mid by its address.
    """
    masking = current()
    if masking is None:
        return server
    words = len(server.split()) != 1 or address(server).startswith(_NO_URL)
    return masking.others(server) if words else masking.ours(server)


def address(url: str) -> str:
    """A URL in the form for comparisons; a malformed one equals only itself."""
    try:
        return canonical(url)
    except CampaignError:
        return f"{_NO_URL}{url.strip()}"
