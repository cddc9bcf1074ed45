# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The operations behind the modules ``instance_info`` and ``external_account_info``."""

from __future__ import annotations

import typing as t
from dataclasses import asdict, replace

from .._client.logon import read_user_info
from .._core.xtk import format_datetime
from .._resources.external_accounts import SCHEMA, account_of
from .._resources.paging import Selection, select
from .._soap.querydef import all_of, equals, integer, one_of
from .runner import Answer, Operation, Request

if t.TYPE_CHECKING:
    from .._client.session import ServerInfo, Session

#: What is read of an account. An attribute that a server does not know would fail the whole query, so these are the
#: ones that were seen on the wire (campaign_facts, Samples). Never @password.
COLUMNS = ("@id", "@name", "@label", "@type", "@active", "@server", "@account")
#: More accounts than an instance has.
MOST_ACCOUNTS = 10_000


def read_instance(_request: Request, session: Session) -> Answer:
    """``instance_info``: what a logon tells. A session that was opened without one is asked for it."""
    info = _server_info(session)
    return Answer(
        False,
        {
            "instance_name": info.instance_name,
            "url": session.url,
            "build": info.build,
            "version": info.release,
            "user": info.user,
            "rights": sorted(info.rights),
            "packages": sorted(info.packages),
            "server_time": format_datetime(session.server_now()),
            "skew": round(session.skew, 3),
        },
    )


def _server_info(session: Session) -> ServerInfo:
    info = session.info
    if not info.user:
        asked = read_user_info(session.call("xtk:session", "GetUserInfo"))
        info = replace(info, user=asked.user, rights=asked.rights, packages=asked.packages)
    if not info.build:
        page = session.redirection_test()
        info = replace(
            info,
            build=page.get("build", ""),
            release=page.get("version", ""),
            instance_name=page.get("instance", ""),
        )
    return info


def read_accounts(request: Request, session: Session) -> Answer:
    """``external_account_info``: accounts by name and type, never with their passwords."""
    names, kind = request.params.get("names"), request.params.get("type")
    where = all_of(one_of("@name", names) if names else "", equals("@type", kind) if kind is not None else "")
    rows, _more = select(session, Selection(SCHEMA, COLUMNS, where=where, limit=MOST_ACCOUNTS))
    accounts = [describe(row) for row in rows]
    missing = sorted(set(names or ()) - {account["name"] for account in accounts})
    return Answer(False, {"accounts": sorted(accounts, key=lambda one: (one["name"], one["id"])), "missing": missing})


def describe(row: t.Mapping[str, str]) -> dict[str, t.Any]:
    """An account as the module returns it."""
    return {**asdict(account_of(row)), "type": integer(row, "type"), "login": row.get("account", "")}


INSTANCE_INFO = Operation(name="instance_info", options={}, run=read_instance)

EXTERNAL_ACCOUNT_INFO = Operation(
    name="external_account_info",
    options={"names": {"type": "list", "elements": "str", "aliases": ["name"]}, "type": {"type": "int"}},
    run=read_accounts,
)
