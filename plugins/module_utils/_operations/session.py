# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The operation behind the module ``session``.

What is registered can be looped over, and a loop prints its items. So the tokens of a session are no part of any
result: a keeper on the controller has them, and the result holds the handle by which it finds them again.
"""

from __future__ import annotations

import typing as t

from .._client.session import TokenCredentials
from .._core.xtk import format_datetime
from .runner import Answer, Operation, Request

if t.TYPE_CHECKING:
    from .._client.session import Session


class Keeper(t.Protocol):
    """Keeps tokens on the controller for the tasks that follow."""

    def keep(self, tokens: t.Mapping[str, str], handle: str = "") -> str:
        """Keep tokens, in place of those of ``handle`` where it is given; returns the handle."""

    def forget(self, handle: str) -> None:
        """Keep them no longer."""


class Nowhere:
    """The keeper where there is no controller."""

    def keep(self, tokens: t.Mapping[str, str], handle: str = "") -> str:  # noqa: ARG002 - as the protocol has it
        """Keep nothing: who has no handle has no session."""
        return ""

    def forget(self, handle: str) -> None:
        """Nothing is kept."""


def session_operation(keeper: Keeper) -> Operation:
    """The operation with somebody who keeps the tokens."""

    def keep_session(request: Request, session: Session) -> Answer:
        """``session``: open one and keep it, or close one that was kept.

        A logon changes nothing of the instance, so it is done in check mode too: the tasks that follow read through it.
        """
        given = request.params.get("session") or {}
        handle = str(given.get("handle") or "")
        if request.params["state"] == "closed":
            session.logoff()  # the access token of a technical account belongs to no session: it just ends
            if handle:
                keeper.forget(handle)
            return Answer(False, {"state": "closed"})
        if given:
            session.call("xtk:session", "TestCnx")  # it may have expired, and is then opened again
        ends = session.expires()
        expires = format_datetime(ends) if ends is not None else str(given.get("expires") or "")
        about = {"url": session.url, "instance": session.name, "expires": expires}
        tokens = _tokens(session)
        try:
            kept = keeper.keep({**about, **tokens}, handle)
        except BaseException:
            session.logoff()  # nobody could find it again
            raise
        return Answer(False, {"session": {"handle": kept, **about}, "state": "open", "user": session.info.user})

    return Operation(
        name="session",
        options={"state": {"type": "str", "choices": ["open", "closed"], "default": "open"}},
        run=keep_session,
        constraints={"required_if": [("state", "closed", ("session",))]},
        controller_only=True,
    )


def _tokens(session: Session) -> dict[str, str]:
    handed = session.hand_over()
    if isinstance(handed, TokenCredentials):
        return {"session_token": handed.session_token, "security_token": handed.security_token}
    return {"access_token": handed.token}


SESSION = session_operation(Nowhere())
