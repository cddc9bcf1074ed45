# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sessions of one instance: the two tokens, who holds them, until when (domain.md 3.2, 3.5, 3.7, 3.8)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from .errors import CLIENT, EXPIRED_TEXT, PlainRefusal, SoapFault, logon_refused
from .spec import Operator, Zone
from .wire import Call

SESSION_SECONDS = 86_400
REMEMBERED_SECONDS = 1_296_000  # longSessionTimeOutSec; that rememberMe uses it is inferred (domain.md 3.7)

ANSWERS = ("403-plain", "200-plain", "500-plain", "200-fault")
"""How an expired session is reported: the real status is not known (domain.md 7 row 7)."""


@dataclass(slots=True)
class Session:
    """One open session. Times are the instance's own (virtual) clock."""

    token: str
    security: str
    operator: Operator
    opened: datetime
    expires: datetime
    internal: bool
    calls: int = 0

    @property
    def short(self) -> str:
        """Enough of the token to tell sessions apart, too little to use one."""
        return self.token[3:11]


class Credentials:
    """What a request shows: cookie, security token and bearer token, from its HTTP headers."""

    __slots__ = ("bearer", "cookie", "security")

    def __init__(self, headers: Mapping[str, str]) -> None:
        self.cookie = _cookie(headers.get("Cookie", ""))
        self.security = headers.get("X-Security-Token", "")
        kind, _unused, token = headers.get("Authorization", "").partition(" ")
        self.bearer = token.strip() if kind.lower() == "bearer" else ""


def _cookie(header: str) -> str:
    for part in header.split(";"):
        name, _unused, value = part.strip().partition("=")
        if name == "__sessiontoken":
            return value.strip('"')
    return ""


class Sessions:
    """Opens, finds and closes the sessions of one instance."""

    def __init__(
        self, name: str, operators: Sequence[Operator], zone: Zone, now: Callable[[], datetime], seed: int
    ) -> None:
        self._operators = {operator.login: operator for operator in operators}
        self._bearers = {operator.token: operator for operator in operators if operator.token}
        self.zone = zone
        self._now = now
        self._random = Random(f"{seed}:{name}")
        self._secret = self._random.randbytes(32)
        self._open: dict[str, Session] = {}
        self.expired_answer = ANSWERS[0]
        self.seconds = SESSION_SECONDS

    def operator(self, login: str) -> Operator | None:
        """The operator of this name, enabled or not."""
        return self._operators.get(login)

    def replace_operator(self, operator: Operator) -> None:
        """Change an operator (a rotated password, a disabled account); its open sessions keep working."""
        self._operators[operator.login] = operator

    def logon(self, login: str, password: str, *, internal: bool, remember: bool = False) -> Session:
        """Open a session, or refuse with XSV-350012 in plain text."""
        return self._open_for(self._checked(login, password), internal=internal, remember=remember)

    def bearer_logon(self, token: str, *, internal: bool) -> Session:
        """Exchange an IMS token for a session of Campaign's own."""
        operator = self._bearers.get(token)
        if operator is None or not operator.enabled:
            raise logon_refused()
        return self._open_for(operator, internal=internal, remember=False)

    def close(self, session: Session) -> None:
        """Logoff. Its tokens are refused from now on."""
        self._open.pop(session.token, None)

    def expire_all(self) -> int:
        """End every session at once (a restart of the web process); how many there were."""
        count = len(self._open)
        self._open.clear()
        return count

    def open_sessions(self) -> list[Session]:
        """The sessions that still work now."""
        now = self._now()
        return [session for session in self._open.values() if session.expires > now]

    def authenticate(self, shown: Credentials, call: Call) -> Session:
        """The session that a call may use. Raises `PlainRefusal` or `SoapFault` (XSV-350008)."""
        if shown.bearer and not shown.cookie and not call.token:
            return self._of_bearer(shown.bearer, call)
        if self.zone.session_token_only:
            token = shown.cookie or call.token
            if "/" in token:
                return self._of_password(token, call)
            return self._valid(token, call)
        # Both the cookie and the security token are needed on every call; a token in the body may be empty (the
        # console's dialect), but an outdated one is not overlooked.
        if not shown.cookie or (call.token and call.token != shown.cookie):
            raise self._expired(call)
        session = self._valid(shown.cookie, call)
        if not hmac.compare_digest(session.security.encode(), shown.security.encode()):
            raise self._expired(call)
        return session

    def page_session(self, shown: Credentials) -> Session | None:
        """The session of a JSP page: its cookie alone, or None (then the page answers with a redirection)."""
        session = self._open.get(shown.cookie)
        return session if session is not None and session.expires > self._now() else None

    def _valid(self, token: str, call: Call) -> Session:
        session = self._open.get(token)
        if session is None:
            raise self._expired(call)
        if session.expires <= self._now():
            del self._open[token]
            raise self._expired(call)
        session.calls += 1
        return session

    def _of_bearer(self, token: str, call: Call) -> Session:
        operator = self._bearers.get(token)
        if operator is None or not operator.enabled:
            raise self._expired(call)
        return self._passing(operator)

    def _of_password(self, token: str, call: Call) -> Session:
        login, _unused, password = token.partition("/")
        if self.zone.allow_user_password:
            try:
                return self._passing(self._checked(login, password))
            except PlainRefusal:
                pass
        raise SoapFault(
            CLIENT,
            f"Error while reading parameters of method '{call.method}' of service '{call.service}'.",
            "Invalid login or password. Connection denied.",
        )

    def _passing(self, operator: Operator) -> Session:
        """A session for one call, which is not kept: there is nothing to log off."""
        now = self._now()
        return Session("___per-call", "", operator, now, now, internal=False, calls=1)

    def _checked(self, login: str, password: str) -> Operator:
        operator = self._operators.get(login)
        if operator is None or not operator.enabled:
            raise logon_refused()
        if not hmac.compare_digest(operator.password.encode(), password.encode()):
            raise logon_refused()
        return operator

    def _open_for(self, operator: Operator, *, internal: bool, remember: bool) -> Session:
        now = self._now()
        token = f"___{uuid.UUID(bytes=self._random.randbytes(16), version=4)}"
        life = timedelta(seconds=REMEMBERED_SECONDS if remember else self.seconds)
        session = Session(token, self._security(token), operator, now, now + life, internal)
        self._open[token] = session
        return session

    def _security(self, token: str) -> str:
        """109 characters that begin with '@', made from the session token (domain.md 3.5, 3.7)."""
        digest = hashlib.shake_256(self._secret + token.encode()).digest(79)
        return "@" + base64.urlsafe_b64encode(digest).decode()

    def _expired(self, call: Call) -> Exception:
        return expired(self.expired_answer, call)


def expired(answer: str, call: Call) -> Exception:
    """XSV-350008 in one of the shapes of ANSWERS."""
    status, _unused, shape = answer.partition("-")
    if shape == "fault":
        return SoapFault("SOAP-ENV:Server", EXPIRED_TEXT, f"Method '{call.method}' of service '{call.service}'.")
    return PlainRefusal(int(status), EXPIRED_TEXT)
