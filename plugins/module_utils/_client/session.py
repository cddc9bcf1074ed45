# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""One session with one instance: logon, calls, one new logon when the session has expired, logoff.

Every error from a session names its instance and contains no secret. ``calls`` has a line for every request that
was made, including logons: its method, whether it writes, how it ended. It has no content.

A write that may have reached the server is not sent again (campaign_facts, Timeouts): the caller reads the state
and decides. The only exception is an expired session, in any form: the server then refused the call before
executing it (campaign_facts, Sessions), so the call is repeated once in a new session.

A read or a logon without a SOAP answer is sent again (see ``_client/retry.py``), more often once this
session has changed its instance. A read that is redirected to the logon page twice is repeated in a new session.
"""

from __future__ import annotations

import contextlib
import time
import typing as t
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from random import random as _random

from .._core.errors import (
    CampaignError,
    DeniedError,
    FaultError,
    HttpStatusError,
    ProtocolError,
    ReadOnlyError,
    SessionExpired,
    TransportError,
)
from .._core.interrupts import Interrupted, pause
from .._core.masking import Masking, Secret, current
from .._core.xtk import format_datetime
from .._soap.envelope import Output, Param, Reply, build_request, parse_xml, read_reply, require_lxml, soap_action
from .ims import TokenSource
from .logon import (
    ROUTER,
    BearerCredentials,
    Credentials,
    PasswordCredentials,
    ServerInfo,
    TokenCredentials,
    logon_params,
    read_logon,
    read_time,
    router_url,
)
from .methods import ANSWERING, MethodClass, classify
from .retry import Retrier, RetryPolicy

if t.TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .._http.transport import HttpReply

__all__ = [
    "BearerCredentials",
    "CallRecord",
    "MethodClass",
    "Param",
    "PasswordCredentials",
    "RetryPolicy",
    "ServerInfo",
    "Session",
    "TokenCredentials",
    "TokenSource",
    "Transport",
    "classify",
    "router_url",
]

#: Seconds for a Logoff: it runs in a ``finally``, which a task's timeout does not limit.
LOGOFF_TIMEOUT = 2.0

#: How often a read must be redirected to the logon page before its session counts as ended: one such answer may be
#: a transient error of a proxy in front of the server.
LOGON_PAGES = 2

#: Seconds for a page that is not SOAP.
PAGE_TIMEOUT = 5.0

#: A write uses a kept connection that was idle for at most so many seconds: web servers close idle ones (Apache after
#: 5 s), and a write on a closing connection would be ambiguous.
WRITE_MAX_IDLE = 2.0

_RETRIES = RetryPolicy()


class Transport(t.Protocol):
    """The part of a transport that a session uses; see ``HttpTransport``."""

    def post(
        self,
        url: str,
        body: bytes,
        headers: Mapping[str, str],
        *,
        timeout: float | None = None,
        max_idle: float | None = None,
    ) -> HttpReply:
        """Send one request."""

    def get(self, url: str, headers: Mapping[str, str], *, timeout: float | None = None) -> HttpReply:
        """Fetch a page."""

    def close(self) -> None:
        """Close the connection."""


#: How a call ends that the server has refused to carry out; of every other call that was sent it may have been.
_REFUSED = frozenset({FaultError.kind, DeniedError.kind, SessionExpired.kind})

_MAYBE_WRITTEN = "The server may have carried it out: read the state back before repeating it."


@dataclass(frozen=True)
class CallRecord:
    """One request. ``started`` is monotonic; ``outcome`` is ``ok``, the kind of the error, or ``interrupted``."""

    service: str
    method: str
    kind: MethodClass
    started: float
    seconds: float
    outcome: str
    bytes_sent: int
    attempt: int

    @property
    def may_have_written(self) -> bool:
        """Whether it is a write that the server may have carried out, be its answer lost or not."""
        return self.kind is MethodClass.WRITE and self.bytes_sent > 0 and self.outcome not in _REFUSED


def _utc_now() -> datetime:
    return datetime.now(timezone.utc)


class Session:
    """A session with one instance. Use it as a context manager; not from two threads at once.

    :param name: the instance's name, for errors.
    :param url: any URL of the instance that :func:`router_url` takes.
    :param transport: closed with the session.
    :param renewal: opens a new session when the one of ``credentials`` has ended; by default the
        credentials do, if they can.
    :param read_only: refuse writes before anything is sent, whatever the caller intends.
    :param clock: monotonic seconds.
    :param sleep: waits for seconds.
    :param random: a uniform number from 0 to 1.
    :param now: the controller's time, in UTC.
    :param on_logon: is called with this session after each Logon.
    :raises ValidationError: the URL is invalid.
    :raises MissingLibrary: lxml is not installed.
    """

    def __init__(
        self,
        name: str,
        url: str,
        credentials: Credentials | TokenSource,
        transport: Transport,
        *,
        renewal: PasswordCredentials | TokenSource | None = None,
        read_only: bool = False,
        retries: RetryPolicy = _RETRIES,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = pause,
        random: Callable[[], float] = _random,
        now: Callable[[], datetime] = _utc_now,
        on_logon: Callable[[Session], None] | None = None,
    ) -> None:
        self.name = name
        self.read_only = read_only
        self.calls: list[CallRecord] = []
        #: Repairs of answers, as sentences.
        self.notes: list[str] = []
        self.info = ServerInfo()
        self._credentials = credentials
        self._renewal = renewal
        self._tokens: TokenCredentials | None = None
        self._bearer = credentials.token if isinstance(credentials, BearerCredentials) else ""
        self._masking = current() or Masking()
        self._secrets: set[str] = set()
        for known in (credentials, renewal):
            if known is not None:
                self._learn(known.secrets(), getattr(known, "user", ""))
        self._transport = transport
        self._clock = clock
        self._now = now
        self._on_logon = on_logon
        self._retrier = Retrier(retries, clock, sleep, random)
        self._patient = Retrier(retries.patient(), clock, sleep, random)
        self._has_written = False
        self._lapsed = False  # it has ended, and could not be reopened because the server did not answer
        self._server_time: tuple[datetime, float] | None = None  # the server's time, and the clock's at that moment
        with self._reported():
            require_lxml()
            self.url = router_url(url)

    def __repr__(self) -> str:
        return f"<Session {self.name} at {self.url}, {'open' if self.is_open else 'closed'}>"

    def __enter__(self) -> Session:
        try:
            self.logon()
        except BaseException:
            self._transport.close()
            raise
        return self

    def __exit__(self, *exc_info: object) -> None:
        try:
            if isinstance(self._credentials, PasswordCredentials):
                self.logoff()
        finally:
            self._transport.close()

    @property
    def is_open(self) -> bool:
        """Whether calls can be made: after a logon; with a bearer token always."""
        return bool(self._bearer) or self._tokens is not None

    @property
    def tokens(self) -> TokenCredentials | None:
        """The tokens of the open session, for other tasks; none with a bearer token."""
        return self._tokens

    def hand_over(self) -> TokenCredentials | BearerCredentials:
        """The tokens for other tasks that use this session. It then stays open when this object is closed.

        :raises CampaignError: the session is not open.
        """
        if self._tokens is not None:
            self._credentials = self._tokens
            return self._tokens
        if self._bearer:
            return BearerCredentials(self._bearer)
        raise CampaignError("The session is not open.", next_step="Log on first.")

    def expires(self) -> datetime | None:
        """When the session ends by the controller's clock; None if the logon did not say."""
        seconds = self.info.session_seconds
        return self._now() + timedelta(seconds=seconds) if seconds else None

    def secrets(self) -> frozenset[str]:
        """All secrets that this session has known: password, access token, tokens issued by the server."""
        return frozenset(self._secrets)

    def _learn(self, secrets: Iterable[str], user: str = "") -> None:
        self._secrets.update(secrets)
        self._masking.add(Secret(secret, user) for secret in secrets)

    # -- opening and closing --------------------------------------------------------------------------------------

    def logon(self) -> None:
        """Open the session: a Logon for a user and password; an access token for a technical account, which is then
        sent with every call; nothing is sent for given tokens.

        :raises DeniedError: user, password, technical account or address refused.
        :raises TransportError: no usable answer, after the retries.
        :raises ProtocolError: the answer holds no tokens.
        """
        if isinstance(self._credentials, TokenCredentials):
            self._tokens = self._credentials
        else:
            with self._reported():
                self._open(self._credentials)

    def _open(self, credentials: Credentials | TokenSource) -> None:
        if isinstance(credentials, PasswordCredentials):
            self._logon(credentials)
        elif isinstance(credentials, TokenSource):
            self._bearer = self._retries.run(MethodClass.SESSION, lambda _attempt, timeout: credentials.token(timeout))
            self._learn((self._bearer,))

    def _logon(self, credentials: PasswordCredentials) -> None:
        self._tokens = None
        params = logon_params(credentials)
        opened = self._retries.run(
            MethodClass.SESSION,
            # Read within the attempt: a restarting server answers a logon with an empty envelope (KA-05406).
            lambda attempt, timeout: read_logon(
                self._exchange("xtk:session", "Logon", params, attempt=attempt, timeout=timeout)
            ),
        )
        self._tokens = opened.tokens
        self._learn(opened.tokens.secrets())
        self.info = opened.info
        if opened.info.server_date is not None:
            self._set_clock(opened.info.server_date)
        if self._on_logon is not None:
            self._on_logon(self)

    def logoff(self) -> None:
        """Close the session on the server: one attempt, two seconds, and never an error."""
        if self._tokens is None:
            return
        try:
            self._exchange("xtk:session", "Logoff", (), attempt=1, timeout=LOGOFF_TIMEOUT)
        except Exception:  # a failed Logoff must not turn a success into a failure
            pass
        finally:
            self._tokens = None

    # -- calling --------------------------------------------------------------------------------------------------

    def call(self, service: str, method: str, params: Sequence[Param] = ()) -> list[Output]:
        """The outputs of one method.

        :raises ReadOnlyError: the method writes, and the session is read-only. Nothing was sent.
        :raises ValidationError: a parameter cannot be sent in XML. Nothing was sent.
        :raises SessionExpired: the session has expired, and a new logon was not possible or did not help.
        :raises DeniedError: a right is missing.
        :raises FaultError: the method failed.
        :raises TransportError: no usable answer. After a write with ``reached`` "maybe" it is not known whether it was
            carried out.
        """
        with self._reported():
            if self.read_only and classify(service, method) is MethodClass.WRITE:
                raise ReadOnlyError(
                    f"{soap_action(service, method)} changes the instance, and this session is "
                    "read-only. Nothing was sent."
                )
            if self._lapsed:
                self._renew()
            if not self.is_open:
                raise CampaignError("The session is not open.", next_step="Log on first.")
            try:
                return self._repeated(service, method, params)
            except SessionExpired as error:
                if not self._renew():
                    error.next_step = "Get a new token: there is no password for a new logon."
                    raise
                return self._repeated(service, method, params)

    def _renew(self) -> bool:
        """Open a new session after the end of this one; False without credentials to do so."""
        credentials = self._renewal or self._credentials
        if not isinstance(credentials, (PasswordCredentials, TokenSource)):
            return False
        if isinstance(credentials, TokenSource):
            credentials.forget(self._bearer)
        # From now on the session is ours, and we close it.
        self._credentials, self._tokens, self._bearer = credentials, None, ""
        try:
            self._open(credentials)
            self._lapsed = False
        except TransportError:
            self._lapsed = True  # the next call of a wait tries again; a refusal is final
            raise
        return True

    @property
    def _retries(self) -> Retrier:
        return self._patient if self._has_written else self._retrier

    def _repeated(self, service: str, method: str, params: Sequence[Param]) -> list[Output]:
        """One call, repeated as the policy allows."""
        kind = classify(service, method)
        pages = 0

        def attempt(number: int, timeout: float | None) -> list[Output]:
            nonlocal pages
            try:
                return self._exchange(service, method, params, attempt=number, timeout=timeout)
            except HttpStatusError as error:
                pages += error.logon_page
                if kind is MethodClass.READ and error.logon_page and pages == LOGON_PAGES:
                    self._renew_after_page()
                raise

        return self._retries.run(kind, attempt)

    def _renew_after_page(self) -> None:
        """Open a new session, if possible, after the server has redirected a read to its logon page.

        The session has probably ended, but not certainly: one of ours is closed, so that none stays open.
        """
        if isinstance(self._credentials, PasswordCredentials):
            self.logoff()
        self._renew()

    # Complex: each way in which a request can end has its line in the ledger of calls.
    def _exchange(
        self, service: str, method: str, params: Sequence[Param], *, attempt: int, timeout: float | None
    ) -> list[Output]:
        """One request and its answer, with a line in ``calls``."""
        kind = classify(service, method)
        body = build_request(service, method, self._tokens.session_token if self._tokens else "", params)
        max_idle = WRITE_MAX_IDLE if kind is MethodClass.WRITE else None
        started = self._clock()
        outcome, sent = "interrupted", len(body)
        was_made = True
        try:
            answer = self._transport.post(
                self.url, body, self._headers(service, method), timeout=timeout, max_idle=max_idle
            )
            reply = Reply(answer.status, answer.content_type, answer.body, answer.headers)
            outputs = read_reply(reply, service, method, notes=self.notes)
            if not outputs and (service, method) in ANSWERING:
                raise ProtocolError(f"{soap_action(service, method)} had an empty answer.", reached="maybe")
            outcome = "ok"
            return outputs
        except CampaignError as error:
            outcome = error.kind
            if isinstance(error, TransportError) and error.reached == "no":
                sent = 0
            elif isinstance(error, TransportError) and kind is MethodClass.WRITE:
                # Only from here on the call may have changed something.
                error.next_step = f"{_MAYBE_WRITTEN} {error.next_step}".strip()
            raise
        except Interrupted as stop:
            was_made = stop.under_way
            raise
        finally:
            if was_made:
                self._has_written = self._has_written or (kind is MethodClass.WRITE and sent > 0)
                self.calls.append(
                    CallRecord(service, method, kind, started, self._clock() - started, outcome, sent, attempt)
                )

    def _headers(self, service: str, method: str) -> dict[str, str]:
        """The headers of a request (campaign_facts, Requests)."""
        headers = {"SOAPAction": soap_action(service, method), "Content-Type": "text/xml; charset=utf-8"}
        if self._bearer:
            headers["Authorization"] = f"Bearer {self._bearer}"
        elif self._tokens is not None:
            headers["Cookie"] = f"__sessiontoken={self._tokens.session_token}"
            headers["X-Security-Token"] = self._tokens.security_token
        return headers

    def trace(self) -> dict[str, t.Any]:
        """Every request so far, with its time by the controller's clock, and the clocks' difference. Sends nothing."""
        ahead = self._now() - timedelta(seconds=self._clock())
        log = [
            {
                "at": f"{(ahead + timedelta(seconds=call.started)).astimezone(timezone.utc):%Y-%m-%dT%H:%M:%S.%f}"[:-3]
                + "Z",
                "method": f"{call.service}#{call.method}",
                "class": call.kind.value,
                "outcome": call.outcome,
                "seconds": round(call.seconds, 3),
                "attempt": call.attempt,
                "may_have_written": call.may_have_written,
            }
            for call in self.calls
        ]
        return {
            "log": log,
            "server_time": format_datetime(self.server_now()) if self.knows_time else "",
            "skew_seconds": round(self.skew, 3) if self.knows_time else None,
        }

    # -- beside SOAP ----------------------------------------------------------------------------------------------

    def redirection_test(self) -> dict[str, str]:
        """The public build and version from ``/r/test`` (campaign_facts, Endpoints). Sends no credentials.

        Empty if there is no answer, as on the port of the application server, or the zone hides it.
        """
        try:
            reply = self._transport.get(self.url[: -len(ROUTER)] + "/r/test", {}, timeout=PAGE_TIMEOUT)
            page = parse_xml(reply.body) if reply.status == 200 else None
        except CampaignError:
            return {}
        return {str(name): str(value) for name, value in page.attrib.items()} if page is not None else {}

    # -- the server's clock ---------------------------------------------------------------------------------------

    @property
    def knows_time(self) -> bool:
        """Whether the server's time is known, so that no call is needed for it."""
        return self._server_time is not None

    def server_now(self) -> datetime:
        """The server's time now, in UTC: the time of the logon plus what has passed since; queried once if the logon
        did not say (campaign_facts, Calls)."""
        if self._server_time is None:
            self.refresh_clock()
        moment, at = t.cast("tuple[datetime, float]", self._server_time)
        return moment + timedelta(seconds=self._clock() - at)

    def refresh_clock(self) -> None:
        """Query the server's time again.

        :raises ProtocolError: it has no time zone, or is not a time.
        """
        with self._reported():
            outputs = self.call("xtk:session", "GetServerTime")
            text = outputs[0].text if outputs else ""
            moment = read_time(text)
            if moment is None:
                raise ProtocolError(
                    "The server's answer has no usable time.",
                    reached="maybe",
                    server_text=text,
                    next_step="Compare the clocks by hand; report this answer.",
                )
            self._set_clock(moment)

    @property
    def skew(self) -> float:
        """Seconds by which the server's clock, as it runs on from the logon, is ahead of the controller's as it is now.
        May query the server's time once."""
        return (self.server_now() - self._now()).total_seconds()

    def _set_clock(self, moment: datetime) -> None:
        """Note that ``moment`` was the server's time in the middle of the last call."""
        last = self.calls[-1]
        self._server_time = (moment, last.started + last.seconds / 2)

    # -- errors ---------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _reported(self) -> Iterator[None]:
        """Name the instance in every error, and mask known secrets in its texts."""
        try:
            with self._masking.active():
                yield
        except CampaignError as error:
            error.instance = error.instance or self.name
            error.mask(self._masking)
            raise
