# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The operation behind the module ``session``."""

from __future__ import annotations

import typing as t

from ._module import Answer, Operation, Request
from ._session import TokenCredentials

if t.TYPE_CHECKING:
    from ._session import Session


def keep_session(request: Request, session: Session) -> Answer:
    """``session``: open one and hand it over, or close one that was handed over.

    A logon changes nothing of the instance, so it is done in check mode too: the tasks that follow read through it.
    """
    if request.params["state"] == "closed":
        session.logoff()  # the access token of a technical account belongs to no session: it just ends
        return Answer(False, {"state": "closed"})
    if request.params.get("session"):
        session.call("xtk:session", "TestCnx")  # it may have expired, and is then opened anew
    handed = session.hand_over()
    if isinstance(handed, TokenCredentials):
        tokens = {"session_token": handed.session_token, "security_token": handed.security_token}
    else:
        tokens = {"access_token": handed.token}
    return Answer(False, {"session": {"url": session.url, **tokens}, "state": "open", "user": session.info.user})


SESSION = Operation(
    name="session",
    options={"state": {"type": "str", "choices": ["open", "closed"], "default": "open"}},
    run=keep_session,
    constraints={"required_if": [("state", "closed", ("session",))]},
    private=("session",),
    data=("session",),
)
