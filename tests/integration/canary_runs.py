# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of secrets share: hosts that log on with canaries at a hostile server, and what their runs show."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.helpers.canaries import PROXY_PASSWORD, SERVER_PASSWORD, USER, Logon, logon
from tests.helpers.echo_server import EchoServer
from tests.helpers.watching import Sink
from tests.integration.both_ways import interpreter
from tests.integration.runner import Run

#: A mask in a text, and not the line of asterisks below the name of a task.
MASKED = re.compile(r"(?<![*])[*]{8}(?![*])")
#: The modules that ask a mid.
ASK_MIDS = frozenset({"sync_cursor", "sync_cursor_info"})


def elsewhere(folder: Path) -> dict[str, Any]:
    """The variables of a host that is not the controller."""
    return {"ansible_connection": "elsewhere", "ansible_python_interpreter": interpreter(folder, sys.executable)}


def where(echo: EchoServer, instance: str) -> str:
    """The address of an instance behind the hostile server."""
    return f"{echo.url}/{instance}"


def logon_at(echo: EchoServer, kind: str) -> Logon:
    """A way to log on there."""
    behind = echo.behind.geturl()
    echo.issues = kind == "account"
    echo.kept = frozenset({b"server"})  # or the mid is not known by its URL
    echo.server_password = SERVER_PASSWORD
    return logon(kind, f"{behind}/stuck", f"{echo.url}/ims", {"server": f"{behind}/mid", "url": where(echo, "mid")})


def variables(echo: EchoServer, way: Logon) -> dict[str, Any]:
    """Of a host. Ansible shows the lines of a failed task unchanged: so the secrets are variables."""
    password = quote(PROXY_PASSWORD, safe="")
    proxy = f"http://{USER}:{password}@{echo.url.partition('://')[2]}"
    return {"the_proxy": proxy, "given": dict(way.options)}


def connection(way: Logon, module: str) -> dict[str, Any]:
    """The arguments of a task that uses those variables."""
    names = [name for name in way.options if name != "mids" or module in ASK_MIDS]
    given = {name: f"{{{{ given.{name} }}}}" for name in names}
    return {"url": "{{ campaign_url }}", "proxy": "{{ the_proxy }}", **given}


def shown(done: Run) -> tuple[Sink, ...]:
    """What a run has shown: on its screen, and to its callbacks."""
    return (
        Sink("output", done.output),
        Sink("results", json.dumps(done.tasks)),
        Sink("raw results", str(done.tasks)),
    )


def arrived(echo: EchoServer, way: Logon, *more: str, mids: bool) -> None:
    """Every secret has come to a server, which could give it back. Otherwise a test would prove nothing.

    :param mids: whether mids were asked.
    """
    sent = {value for place, value in way.secrets.items() if mids or not place.startswith("mids.")}
    missing = sent - set(echo.told.values())
    assert not missing, missing
    assert way.issued | set(more) <= set(echo.told), set(echo.told)


def everything_told(echo: EchoServer, way: Logon) -> Mapping[str, str]:
    """What must be seen nowhere."""
    return {**echo.told, **way.secrets, "proxy password": PROXY_PASSWORD}
