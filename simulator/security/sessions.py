# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sessions of one instance: the two tokens, who holds them, until when (campaign_facts, Requests, Calls, Sessions and
Authentication)."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from ..config.access import within
from ..config.spec import Operator, Timeouts, Zone
from ..soap.envelope import Call
from ..soap.errors import CLIENT, EXPIRED_TEXT, PlainRefusal, SoapFault, address_refused, http_refused, logon_refused

ANSWERS = ("403-plain", "401-plain", "200-plain", "500-plain", "200-fault")
"""How an expired session is reported: the real status is not known (campaign_facts, unknown 7)."""


@dataclass(slots=True)
class Session:
    """One open session. Times are the instance's own (virtual) clock. Its two tokens end each at its own time."""

    token: str
    security: str
    operator: Operator
    opened: datetime
    expires: datetime
    security_expires: datetime
    internal: bool
    calls: int = 0

    @property
    def short(self) -> str:
        """Enough of the token to tell sessions apart, too little to use one."""
        return self.token[3:11]


class Credentials:
    """What a request shows: cookie, security token and bearer token, from its HTTP headers, and where it comes from."""

    __slots__ = ("address", "bearer", "cookie", "security")

    def __init__(self, headers: Mapping[str, str], address: str = "127.0.0.1") -> None:
        self.address = address
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
        self._issued: dict[str, tuple[str, datetime]] = {}  # token -> login, end
        self.zone = zone
        self.timeouts = Timeouts()
        self._now = now
        self._random = Random(f"{seed}:{name}")
        self._secret = self._random.randbytes(32)
        self._open: dict[str, Session] = {}
        self.expired_answer = ANSWERS[0]

    def operator(self, login: str) -> Operator | None:
        """The operator of this name, enabled or not."""
        return self._operators.get(login)

    def replace_operator(self, operator: Operator) -> None:
        """Change an operator (a rotated password, a disabled account); its open sessions keep working."""
        known = self._operators.get(operator.login)
        if known is not None:
            self._bearers.pop(known.token, None)
        self._operators[operator.login] = operator
        if operator.token:
            self._bearers[operator.token] = operator

    def take_token(self, client: str, secret: str, token: str, ends: datetime) -> bool:
        """A token was issued for a client: it is good here if an operator has that client; whether one has."""
        for operator in self._operators.values():
            right = hmac.compare_digest(operator.client_secret.encode(), secret.encode())
            if right and operator.client_id == client:
                self._issued[token] = (operator.login, ends)
                return True
        return False

    def drop_tokens(self) -> None:
        """Refuse the tokens that were issued so far."""
        self._issued.clear()

    def _bearer(self, token: str) -> Operator | None:
        """The enabled operator to whom a token belongs."""
        login, ends = self._issued.get(token, ("", self._now()))
        operator = self._operators.get(login) if ends > self._now() else self._bearers.get(token)
        return operator if operator is not None and operator.enabled else None

    def admit(self, shown: Credentials) -> None:
        """Refuse a caller whose address is in no network of the zone (XSV-350013, XSV-350014)."""
        zone = self.zone
        if zone.networks:
            if not within(shown.address, zone.networks):
                raise address_refused(shown.address, status=zone.refused or 403)
        elif zone.refused:
            raise address_refused(shown.address, status=zone.refused)

    def logon(
        self, login: str, password: str, shown: Credentials, *, internal: bool, remember: bool = False
    ) -> Session:
        """Open a session, or refuse with XSV-350012 in plain text."""
        return self._open_for(self._checked(login, password), shown, internal=internal, remember=remember)

    def bearer_logon(self, token: str, shown: Credentials, *, internal: bool) -> Session:
        """Exchange an IMS token for a session of Campaign's own."""
        operator = self._bearer(token)
        if operator is None:
            raise logon_refused()
        return self._open_for(operator, shown, internal=internal, remember=False)

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
            return self._of_bearer(shown, call)
        if self.zone.session_token_only:
            return self._of_session_token(shown, call)
        return self._of_both_tokens(shown, call)

    def _of_session_token(self, shown: Credentials, call: Call) -> Session:
        token = shown.cookie or call.token
        if "/" in token:
            return self._of_password(token, shown, call)
        return self._valid(token, call)

    def _of_both_tokens(self, shown: Credentials, call: Call) -> Session:
        # Both the cookie and the security token are needed on every call; a token in the body may be empty (the
        # console's dialect), but an outdated one is not overlooked.
        if not shown.cookie or (call.token and call.token != shown.cookie):
            raise self._expired(call)
        session = self._valid(shown.cookie, call)
        right = hmac.compare_digest(session.security.encode(), shown.security.encode())
        if not right or session.security_expires <= self._now():
            raise self._expired(call)
        return session

    def page_operator(self, shown: Credentials) -> Operator | None:
        """Who asks for a JSP page, by its cookie or bearer token alone; None is answered with a redirection."""
        session = self._open.get(shown.cookie)
        if session is not None and session.expires > self._now():
            return session.operator
        return self._bearer(shown.bearer)

    def _valid(self, token: str, call: Call) -> Session:
        session = self._open.get(token)
        if session is None:
            raise self._expired(call)
        if session.expires <= self._now():
            del self._open[token]
            raise self._expired(call)
        session.calls += 1
        return session

    def _of_bearer(self, shown: Credentials, call: Call) -> Session:
        operator = self._bearer(shown.bearer)
        if operator is None:
            raise self._expired(call)
        return self._passing(operator, shown)

    def _of_password(self, token: str, shown: Credentials, call: Call) -> Session:
        login, _unused, password = token.partition("/")
        operator = None
        if self.zone.allow_user_password:
            with contextlib.suppress(PlainRefusal):
                operator = self._checked(login, password)
        if operator is None:
            raise SoapFault(
                CLIENT,
                f"Error while reading parameters of method '{call.method}' of service '{call.service}'.",
                "Invalid login or password. Connection denied.",
            )
        return self._passing(operator, shown)

    def _passing(self, operator: Operator, shown: Credentials) -> Session:
        """A session for one call, which is not kept: there is nothing to log off."""
        self._may_connect(operator, shown, internal=False)
        now = self._now()
        return Session("___per-call", "", operator, now, now, now, internal=False, calls=1)

    def _checked(self, login: str, password: str) -> Operator:
        operator = self._operators.get(login)
        if (
            operator is None
            or not operator.enabled
            or ((operator.token or operator.client_id) and not operator.password)
        ):
            raise logon_refused()  # the last: an Adobe ID has no password here (campaign_facts, Authentication)
        if not password and not self.zone.allow_empty_password:
            raise logon_refused()
        if not hmac.compare_digest(operator.password.encode(), password.encode()):
            raise logon_refused()
        return operator

    def _may_connect(self, operator: Operator, shown: Credentials, *, internal: bool) -> None:
        if operator.networks and not within(shown.address, operator.networks):
            raise address_refused(shown.address, status=self.zone.refused or 403)
        if not self.zone.allow_http and not internal:
            raise http_refused()

    def _open_for(self, operator: Operator, shown: Credentials, *, internal: bool, remember: bool) -> Session:
        self._may_connect(operator, shown, internal=internal)
        now, lives = self._now(), self.timeouts
        token = f"___{uuid.UUID(bytes=self._random.randbytes(16), version=4)}"
        ends = now + timedelta(seconds=lives.long_session if remember else lives.session)
        security_ends = ends if remember else now + timedelta(seconds=lives.security)
        session = Session(token, self._security(token), operator, now, ends, security_ends, internal)
        self._open[token] = session
        return session

    def _security(self, token: str) -> str:
        """109 characters that begin with '@', made from the session token (campaign_facts, Calls and Sessions)."""
        digest = hashlib.shake_256(self._secret + token.encode()).digest(79)
        return "@" + base64.urlsafe_b64encode(digest).decode()

    def _expired(self, call: Call) -> SoapFault | PlainRefusal:
        return expired(self.expired_answer, call)


def expired(answer: str, call: Call) -> SoapFault | PlainRefusal:
    """XSV-350008 in one of the shapes of ANSWERS."""
    status, _unused, shape = answer.partition("-")
    if shape == "fault":
        return SoapFault("SOAP-ENV:Server", EXPIRED_TEXT, f"Method '{call.method}' of service '{call.service}'.")
    return PlainRefusal(int(status), EXPIRED_TEXT)
