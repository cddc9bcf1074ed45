# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""Asking the mid-sourcing servers of cursors that look stuck, before anything is moved. Reads only.

Only what would be moved is asked for, so that a sweep costs no other server a call. One logon for each mid, however
many cursors go through it; all of it ends within a time of its own. What an earlier attempt has begun is resumed
without asking: it must be completed, and the run that follows is the better proof.
"""

from __future__ import annotations

import time
import typing as t
from dataclasses import dataclass, field, replace
from datetime import timedelta

from .._client.deadline import EndingTransport
from .._client.mids import Mids, address, shown
from .._client.retry import RetryPolicy
from .._core.errors import (
    CampaignError,
    DeniedError,
    FaultError,
    HttpStatusError,
    NotAsked,
    TimedOut,
    TlsError,
    TransportError,
    ValidationError,
    shorten,
)
from .._core.interrupts import pause
from .._diagnosis.causes import BUILT_IN
from .._diagnosis.mid_figures import Count, MidFigures
from .._http.transport import HttpTransport
from .._resources.deliveries import MidDeliveries

if t.TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from .._client.session import Session, Transport
    from .._diagnosis.diagnose import Diagnosis
    from .._http.transport import HttpSettings

Policy = t.Literal["auto", "never", "require"]

#: The value that a cursor would be moved to, by what is known of its mid until then; None when there is none that fits.
Planned = t.Callable[["Diagnosis", MidFigures], "t.Optional[datetime]"]

#: One repetition, for a mid that answers 503 while it restarts.
_ATTEMPTS = 2
_DAY = timedelta(days=1)
#: As many characters of what a server said are shown.
_SHOWN_TEXT = 300
#: HTTP statuses that are meant for us, or for the proxy between us and the mid. With another, such as 404, nothing of
#: Campaign is there, and no run could follow either.
_OURS = frozenset({401, 403, 407, 429})
#: HTTP statuses of one that is too busy, or whose answer took too long for the gateway before it.
_SLOW = frozenset({503, 504})
_NO_CREDENTIALS = "it is no host whose campaign_url is known here, and no credentials for it are given (mids=...)"


@dataclass
class MidAsker:
    """Asks mids. ``warnings``: failures that do not rule out the incident, to be shown.

    :param timeout: seconds for one mid, its logoff aside.
    :param clock: monotonic seconds.
    :raises ValidationError: the timeout is none.
    """

    mids: Mids = field(default_factory=Mids)
    policy: Policy = "auto"
    timeout: float = 30.0
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = pause
    transport: Callable[[HttpSettings], Transport] = HttpTransport
    warnings: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        if not 0 < self.timeout < float("inf"):  # false for a NaN too
            raise ValidationError(f"ask_mid_timeout must be more than 0 seconds, and is {self.timeout!r}.")

    def figures(self, found: Sequence[Diagnosis], planned: Planned, now: datetime) -> dict[str, MidFigures]:
        """The figures for each cursor that would be moved, by its option.

        :param now: the clock of the instance whose cursors they are.
        """
        if self.policy == "never":
            return {}
        by_server: dict[str, list[Diagnosis]] = {}
        for one in candidates(found):
            by_server.setdefault(address(server_of(one)), []).append(one)
        figures: dict[str, MidFigures] = {}
        asked = _Asked(planned, now, self.clock())
        for group in by_server.values():
            figures.update(self._ask(group, asked))
        return figures

    def changed_since(self, server: str, moments: Sequence[datetime]) -> MidCounts:
        """How many deliveries changed at a mid since each of these moments: the measure of ``figures``. Never raises.

        :param server: the mid's URL, as the account names it; '' when no account is known.
        """
        name = shown(server)
        if self.policy == "never" or not server:
            why = "asking it is turned off (ask_mid)" if server else "no account names one"
            return MidCounts(name, f"The mid-sourcing server was not asked: {why}")
        try:
            connection = self.mids.connection(server)
            if connection is None:
                return MidCounts(name, f"The mid-sourcing server was not asked: {name}: {_NO_CREDENTIALS}")
            name = connection["instance"] or name
            return MidCounts(name, counts=_Talk(self, connection).changed_since(moments))
        except CampaignError as error:
            return MidCounts(name, f"{name} could not be asked: {_words(error).rstrip('. ')}")

    def _ask(self, group: Sequence[Diagnosis], asked: _Asked) -> dict[str, MidFigures]:
        """The figures of cursors that go through one mid."""
        server = server_of(group[0])
        name = shown(server)
        try:
            connection = self.mids.connection(server)
            if connection is None:
                return self.alike(group, MidFigures(name, "not_asked", f"{name}: {_NO_CREDENTIALS}"))
            name = connection["instance"] or name
            talk = _Talk(self, connection)
        except CampaignError as error:
            return self.alike(group, self.not_asked(name, error))
        return talk.figures(group, asked, name)

    def alike(self, group: Sequence[Diagnosis], figures: MidFigures) -> dict[str, MidFigures]:
        """The same for each of these cursors."""
        return dict.fromkeys((one.option for one in group), replace(figures, required=self.policy == "require"))

    def not_asked(self, name: str, error: CampaignError) -> MidFigures:
        """The figures of a mid that would not have us, or cannot be asked as it is configured: with a warning."""
        why = _words(error)
        warning = f"The mid-sourcing server {name} could not be asked: {why}"
        if warning not in self.warnings:
            self.warnings.append(warning)
        return MidFigures(name, "not_asked", why)


class _Asked(t.NamedTuple):
    """What the caller asks for: ``now`` is the time of the instance, and ``at`` what our clock said then."""

    planned: Planned
    now: datetime
    at: float


@dataclass(frozen=True)
class MidCounts:
    """How many deliveries a mid has that changed since moments.

    :param why: what kept it from being counted at all, without a full stop; '' when it was asked.
    """

    name: str
    why: str = ""
    counts: t.Mapping[datetime, Count] = field(default_factory=dict)

    def since(self, moment: datetime) -> int | None:
        """How many changed since a moment; None when that is not known."""
        count = self.counts.get(moment)
        return None if count is None else count.deliveries

    def why_unknown(self, moment: datetime) -> str:
        """Why it is not known, without a full stop."""
        count = self.counts.get(moment)
        return (
            self.why or f"{self.name} {f'said: {count.why}' if count and count.why else 'did not count them in time'}"
        )


class MidQuestion(t.NamedTuple):
    """What is counted for a cursor, or for all that go through a mid (''), into which field of its figures."""

    option: str
    what: t.Literal["since_cursor", "since_planned", "last_day"]
    since: datetime


class _Talk:
    """One session with one mid.

    :raises CampaignError: it cannot be opened as it is configured; nothing was sent.
    """

    def __init__(self, asker: MidAsker, connection: t.Mapping[str, t.Any]) -> None:
        self.asker = asker
        self.clock = asker.clock
        self.ends = asker.clock() + asker.timeout
        self.ending: EndingTransport | None = None
        self.session: Session = asker.mids.open(
            connection, self._limited, retries=RetryPolicy(attempts=_ATTEMPTS, total=asker.timeout), sleep=self._wait
        )
        self.deliveries = MidDeliveries(self.session)

    def _limited(self, settings: HttpSettings) -> Transport:
        self.ending = EndingTransport(self.asker.transport(settings), self.ends, self.clock, over=_over)
        return self.ending

    def _wait(self, seconds: float) -> None:
        self.asker.sleep(max(0.0, min(seconds, self.ends - self.clock())))

    def figures(self, group: Sequence[Diagnosis], asked: _Asked, name: str) -> dict[str, MidFigures]:
        """The figures of cursors that go through this mid. Never raises: whatever the mid does is a finding."""
        started = self.clock()
        try:
            with self.session:
                return self._of_open(group, asked, name, started)
        except CampaignError as error:  # the logon: what comes after it is told by _of_open
            return self.asker.alike(group, self._no_logon(name, error))

    def changed_since(self, moments: Sequence[datetime]) -> dict[datetime, Count]:
        """One count for each moment.

        :raises CampaignError: the mid does not answer, or does not let us count.
        """
        with self.session:
            counts = self._counts([MidQuestion("", "since_cursor", moment) for moment in moments])
        return {asked.since: count for asked, count in counts.items()}

    def _no_logon(self, name: str, error: CampaignError) -> MidFigures:
        """A refusal is meant for us; an identity service that fails is not the mid. Else the mid does not answer."""
        if _refuses_us(error) or not self._sent_to_mid():
            return self.asker.not_asked(name, error)
        return MidFigures(name, "silent", _words(error))

    def _sent_to_mid(self) -> bool:
        return bool(self.session.calls)

    def _ahead(self, asked: _Asked) -> float | None:
        """By how many seconds the mid's clock is ahead of the instance's; None where its logon did not say."""
        if not self.session.knows_time:
            return None
        try:
            passed = timedelta(seconds=self.clock() - asked.at)
            return (self.session.server_now() - asked.now - passed).total_seconds()
        except OverflowError:  # at the end of the calendar
            return None

    def _of_open(self, group: Sequence[Diagnosis], asked: _Asked, name: str, started: float) -> dict[str, MidFigures]:
        if not self.session.calls:
            self.session.refresh_clock()  # a bearer token has no logon: whether the mid answers, a cheap call tells
        told = MidFigures(
            name,
            "answered",
            required=self.asker.policy == "require",
            seconds=self.clock() - started,
            ahead_seconds=self._ahead(asked),
        )
        questions = [MidQuestion("", "last_day", asked.now - _DAY)]
        for one in group:
            target = asked.planned(one, told)
            if target is not None:
                questions.append(MidQuestion(one.option, "since_planned", target))
            questions.append(MidQuestion(one.option, "since_cursor", t.cast("datetime", one.value)))
        try:
            counts = self._counts(questions)
        except CampaignError as error:
            if _is_gone(error):
                return self.asker.alike(group, MidFigures(name, "silent", _words(error)))
            refused = self.asker.not_asked(name, error)
            why = f"{name} answers, but does not let us count: {refused.why}"
            return self.asker.alike(group, replace(told, state="not_asked", why=why, seconds=None))
        figures = {}
        for one in group:
            own = {question.what: count for question, count in counts.items() if question.option in ("", one.option)}
            figures[one.option] = replace(
                told,
                since_cursor=own["since_cursor"],
                since_planned=own.get("since_planned"),
                last_day=own["last_day"],
            )
        return figures

    def _counts(self, questions: Sequence[MidQuestion]) -> dict[MidQuestion, Count]:
        """One counting query each, the latest moment first: the smaller question comes before the one that may take all
        the time, and none gets more than its share of what is left."""
        counts: dict[MidQuestion, Count] = {}
        order = sorted(questions, key=lambda asked: asked.since, reverse=True)
        for number, asked in enumerate(order):
            started = self.clock()
            if self.ending is not None:
                self.ending.until = started + max(0.0, self.ends - started) / (len(order) - number)
            deliveries, why = self._count(asked.since)
            counts[asked] = Count(asked.since, deliveries, self.clock() - started, why)
        return counts

    def _count(self, since: datetime) -> tuple[int | None, str]:
        """How many changed; None when the mid, or its database, was too slow to tell: that is an answer too. None and
        what happened when there was no usable answer for another reason.

        :raises CampaignError: it would not let us count.
        """
        try:
            return self.deliveries.changed_since(since), ""
        except TransportError as error:
            if _refuses_us(error) or _is_gone(error):
                raise
            return None, "" if _is_slow(error) else _words(error)
        except FaultError as error:
            cause = BUILT_IN.of(error.server_text or error.message)
            if cause is None or not cause.is_slow:
                raise
            return None, ""


def candidates(found: Sequence[Diagnosis]) -> list[Diagnosis]:
    """The cursors that would be moved, and that nobody has begun to move: see above."""
    return [one for one in found if one.cures and one.value is not None and not _is_begun(one)]


def _is_begun(one: Diagnosis) -> bool:
    row, point = one.evidence.get("workflow") or {}, one.resume_point
    if point is not None and (point.written or point.over is not None):
        return point.written  # a rollback has ended it, though not its Stop
    return bool(row.get("stopped_by_us"))


def server_of(one: Diagnosis) -> str:
    """The URL of the mid that the account of a cursor names; '' when none is known."""
    account = one.evidence.get("account") or {}
    return str(account.get("server") or "")


def _refuses_us(error: CampaignError) -> bool:
    """Whether it is meant for us and not for the workflow: our logon, address, rights or trust, or our own machine."""
    if isinstance(error, HttpStatusError):
        return error.status in _OURS
    return isinstance(error, (DeniedError, NotAsked, TlsError)) or not isinstance(error, (TransportError, FaultError))


def _is_slow(error: TransportError) -> bool:
    """Whether no answer came in time."""
    return isinstance(error, TimedOut) or (isinstance(error, HttpStatusError) and error.status in _SLOW)


def _is_gone(error: CampaignError) -> bool:
    """Whether a mid that let us in is not to be reached any more, or has nothing there that answers."""
    if isinstance(error, HttpStatusError):
        return 400 <= error.status < 500 and error.status not in _OURS
    return isinstance(error, TransportError) and not isinstance(error, (TimedOut, TlsError)) and error.reached == "no"


def _words(error: CampaignError) -> str:
    """What happened and what was said, without what to do: that is said of the cursor."""
    if not error.server_text:
        return error.message
    return f'{error.message.rstrip(". ")}. The server said: "{shorten(error.server_text, _SHOWN_TEXT)}".'


def _over(peer: str) -> TimedOut:
    return TimedOut(
        f"{peer} was not asked any more: the time for asking it was over.",
        reached="no",
        next_step="Raise ask_mid_timeout if the mid is only slow.",
    )
