# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""Which SOAP methods read, which write, and which open or close a session.

A closed list of the methods that change nothing; every other method counts as a write. Classified by SOAP method
and not by HTTP verb: with SOAP every call is a POST (campaign_facts, Requests and Calls).
"""

from __future__ import annotations

import enum


class MethodClass(enum.Enum):
    """What a method does to the server."""

    SESSION = "session"
    READ = "read"
    WRITE = "write"


_SESSION = {
    "xtk:session": ("Logon", "BearerTokenLogon", "Logoff"),
}
_READ = {
    "xtk:session": ("GetOption", "GetServerTime", "GetUserInfo", "TestCnx"),
    "xtk:persist": ("GetEntityIfMoreRecent",),
    "xtk:queryDef": ("ExecuteQuery", "SelectAll", "BuildQuery", "BuildQueryEx"),
}

#: Methods that always have outputs: an answer without any is invalid (a restarting server sends such).
ANSWERING = frozenset({("xtk:queryDef", "ExecuteQuery"), ("xtk:session", "GetServerTime")})


def classify(service: str, method: str) -> MethodClass:
    """The class of a method; an unknown one is a write."""
    if method in _SESSION.get(service, ()):
        return MethodClass.SESSION
    if method in _READ.get(service, ()):
        return MethodClass.READ
    return MethodClass.WRITE
