# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The sweep: many instances read at once, in one process, within a deadline. For several, see ``_sweep/forks.py``.

No thread outlives :func:`sweep`; otherwise Ansible's forks, which come after it, would hang. No thread is ended from
outside: every wait ends by itself, because the transport enforces each instance's time at the socket. Beyond its time
an instance has only the two seconds of its logoff, so that no session stays open.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
import typing as t
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from functools import partial

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ...module_utils._client.connect import open_session, resolve
from ...module_utils._client.deadline import EndingTransport
from ...module_utils._client.retry import RetryPolicy
from ...module_utils._core.errors import (
    CampaignError,
    ConfigurationError,
    NotAsked,
    ValidationError,
    for_lack,
)
from ...module_utils._core.interrupts import Interrupted, cut_short, join, pause
from ...module_utils._core.limits import LONG, MOST_LONG, SWEEP
from ...module_utils._diagnosis.model import SILENT
from ...module_utils._http.long_answers import LongAnswers
from ...module_utils._http.transport import HttpSettings, HttpTransport
from ...module_utils._operations.runner import connection_spec, execute
from ...module_utils._operations.sync_cursor import GLANCE
from .endings import EndOfSweep, cut_off, late, out_of_time
from .ledger import note_session
from .observations import observation
from .pace import MOST, PATIENCE, START, AdaptivePace, affordable

if t.TYPE_CHECKING:
    from ...module_utils._client.session import Session, Transport

Result = dict[str, t.Any]

#: One repetition, for an instance that answers 503 while it restarts. The instance's time limits the rest.
_ATTEMPTS = 2
#: More repetitions if a page, or anything else that is not SOAP, comes in place of an answer.
_ANSWERED = 4

#: How many instances of one process may have long answers in memory at the same time.
LONG_ANSWERS = LongAnswers(LONG, MOST_LONG)

_VALIDATOR = ArgumentSpecValidator(connection_spec())
#: Options that each instance has of its own: a text is valid as it is.
_EACH = ("url", "instance")
_PLAIN = frozenset({str, int, float, bool, type(None)})


@dataclass(frozen=True)
class SweepLimits:
    """The limits of a sweep.

    :param concurrency: how many instances are read at the same time, at most; see ``_sweep/pace.py``.
    :param instance_timeout: seconds for one instance, its logoff aside.
    :param deadline: seconds for all.
    :param start: how many are read at the same time at the beginning.
    :raises ValidationError: one of them is not more than 0.
    """

    concurrency: int = MOST
    instance_timeout: float = 30.0
    deadline: float = 300.0
    start: int = START

    def __post_init__(self) -> None:
        for name in ("concurrency", "instance_timeout", "deadline", "start"):
            positive = 0 < getattr(self, name) < float("inf")  # false for a NaN too
            if not positive:
                raise ValidationError(f"{name} must be more than 0, not {getattr(self, name)}.")


@dataclass(frozen=True)
class SweepTarget:
    """One instance to read.

    :param options: options of the connection in the inventory, as they were written.
    """

    name: str
    url: str
    options: Mapping[str, t.Any]


#: A key of a result, with true: this machine lacked resources, and nothing was sent. The instance is asked again later,
#: at most ``MOST_TRIES`` times in all; the key is removed from the result.
AGAIN = "again"
MOST_TRIES = 5
#: Seconds between two checks of the number of threads.
TICK = 0.05

#: Reads one target until a moment of the monotonic clock, and never raises.
Look = Callable[[SweepTarget, float], Result]
#: Makes a session from validated options and an environment; nothing is sent yet.
SessionOpener = Callable[[Mapping[str, t.Any], Mapping[str, str]], "Session"]


def sweep(
    targets: Sequence[SweepTarget],
    look: Look,
    limits: SweepLimits,
    clock: Callable[[], float] = time.monotonic,
    tell: Callable[[str, Result], None] | None = None,
    stop: threading.Event | None = None,
) -> dict[str, Result]:
    """The result of ``look`` for each target, by name, in the order of the targets.

    :param tell: is called with each target's name and result, as soon as it is there; by any thread.
    :param stop: when another thread sets it, the sweep ends as after Ctrl-C.
    :raises Interrupted: it was stopped; every session is closed.

    Targets without remaining time are still passed to ``look``, with a moment in the past: it reports them.
    """
    work = _Work(targets, look, limits, clock, tell)
    try:
        work.run(stop or threading.Event())
    except BaseException:
        # Somebody pressed Ctrl-C: begin nothing more, and wait for the requests in progress, and for logoffs.
        work.begin_nothing()
        with cut_short():
            work.join()
        raise
    return {target.name: work.found[target.name] for target in targets}


class _Work:
    """One sweep: its threads, their waits, and their results."""

    def __init__(
        self,
        targets: Sequence[SweepTarget],
        look: Look,
        limits: SweepLimits,
        clock: Callable[[], float],
        tell: Callable[[str, Result], None] | None,
    ) -> None:
        self.found: dict[str, Result] = {}
        self._tell = tell
        self._look = look
        self._instance_timeout = limits.instance_timeout
        self._clock = clock
        self._until = EndOfSweep(clock() + limits.deadline)
        self._waiting = deque(targets)
        self._tries = dict.fromkeys((target.name for target in targets), 0)
        self._pace = AdaptivePace(limits.start, min(limits.concurrency, affordable()))
        self._threads: list[threading.Thread] = []
        #: When each thread began with its instance, by the number of the thread.
        self._begun: dict[int, float] = {}

    def run(self, stop: threading.Event) -> None:
        """Read all. Raises Interrupted."""
        self._start(self._pace.allowed(0))
        while self._threads:
            if stop.is_set():
                raise Interrupted("whoever has started it")
            join(self._threads[0], TICK)
            self._threads = [thread for thread in self._threads if thread.is_alive()]
            self._start(self._pace.allowed(self._slow()) - len(self._threads))

    def begin_nothing(self) -> None:
        """Begin nothing more, and report nothing more: an interrupted reading is no result."""
        self._tell = None
        self._waiting.clear()

    def join(self) -> None:
        """Wait for the readings in progress."""
        for thread in self._threads:
            thread.join()

    def _slow(self) -> int:
        before = time.monotonic() - PATIENCE
        return sum(begun < before for begun in list(self._begun.values()))

    def _start(self, number: int) -> None:
        """Start this many threads, or as many as the system allows.

        :raises RuntimeError: it allows none at all.
        """
        with uninterrupted():
            for _one in range(min(number, len(self._waiting))):
                thread = threading.Thread(target=self._work, name="campaign-sweep")
                try:
                    thread.start()
                except RuntimeError:
                    if not self._threads:
                        raise
                    self._pace.lower(len(self._threads))
                    return
                self._threads.append(thread)

    def _work(self) -> None:
        me = threading.get_ident()
        try:
            while True:
                try:
                    target = self._waiting.popleft()
                except IndexError:
                    return
                begun = self._begun[me] = time.monotonic()
                result = self._look(target, self._ends())
                if result.get("verdict") not in SILENT:
                    self._pace.ended(time.monotonic() - begun)
                again = result.pop(AGAIN, False)
                self.found[target.name] = result
                tell = self._tell
                if tell is not None:
                    tell(target.name, result)
                if again and self._later(target):
                    return
        finally:
            self._begun.pop(me, None)

    def _ends(self) -> float:
        """When the time of an instance is over that begins now."""
        own = self._clock() + self._instance_timeout
        return own if own <= self._until else self._until

    def _later(self, target: SweepTarget) -> bool:
        """Put an instance for which this machine lacked resources at the end of the queue, and read fewer at once.

        :returns: whether there is now one thread too many.
        """
        running = len(self._begun)
        self._pace.lower(running - 1)
        self._tries[target.name] += 1
        if self._tries[target.name] < MOST_TRIES and self._clock() < self._until:
            pause(TICK * self._tries[target.name])
            self._waiting.append(target)
        return running > 1


@contextlib.contextmanager
def uninterrupted() -> Iterator[None]:
    """Defer Ctrl-C for a moment, so that whatever begins in it is registered before it comes."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class Reader:
    """Reads targets: the diagnosis of ``sync_cursor_info``, in a session that cannot write.

    :param params: the options of that module, such as ``max_age``; what is left out has its default.
    :param environ: the source of connection options that the inventory does not set.
    """

    def __init__(self, params: Mapping[str, t.Any], environ: Mapping[str, str], limits: SweepLimits) -> None:
        defaults = {name: spec.get("default") for name, spec in GLANCE.options.items()}
        # No mid is asked: a sweep has one session for each instance, and its verdicts are for choosing hosts.
        self._params = {**defaults, **params, "ask_mid": "never"}
        self._environ = dict(environ)
        self._retries = RetryPolicy(attempts=_ATTEMPTS, answered=_ANSWERED, total=limits.instance_timeout)
        #: Options without ``_EACH``, with their types, and the same validated.
        self._known: dict[tuple[t.Any, ...], Result] = {}

    def __call__(self, target: SweepTarget, until: float) -> Result:
        """The observation of one instance (see ``_sweep/observations.py``). Contains no secret."""
        result = self._result(target, until)
        seen = observation(result, datetime.now(timezone.utc))
        return {**seen, AGAIN: True} if may_ask_again(result, until) else seen

    def _result(self, target: SweepTarget, until: float) -> Result:
        """What ``sync_cursor_info`` returns."""
        try:
            options = self._validated(
                resolve({**target.options, "url": target.url, "read_only": True}, self._environ, target.name)
            )
        except CampaignError as problem:
            error = for_lack("The instance", problem) or problem
            error.instance = error.instance or target.name
            return {"failed": True, **error.to_result()}
        result, _distinct = execute(
            GLANCE,
            {**self._params, **options},
            check_mode=True,
            environ=self._environ,
            opened=opener(until, retries=self._retries),
        )
        return result

    def _validated(self, options: Mapping[str, t.Any]) -> Result:
        """As :func:`validated`, but what all instances have in common is validated once.

        Where any value is not of a plain type, nothing is compared: it may be equal to another and mean something else.
        """
        if not all(type(value) in _PLAIN for value in options.values()):
            return validated(options)
        each = {name: options[name] for name in _EACH if isinstance(options.get(name), str)}
        # With the types: 1 and True are equal, and their texts are not.
        key = tuple((name, type(value), value) for name, value in options.items() if name not in each)
        if key not in self._known:
            found = validated(options)
            self._known[key] = {name: value for name, value in found.items() if name not in each}
        return {**self._known[key], **each}


def may_ask_again(result: Mapping[str, t.Any], until: float) -> bool:
    """Whether a result of ``execute`` says that this machine lacked resources, and nothing was sent."""
    kind = (result.get("error") or {}).get("kind")
    calls = (result.get("calls") or {}).get("total", 0)
    return kind == NotAsked.kind and calls <= 1 and time.monotonic() < until


def opener(until: float, **behaviour: t.Any) -> SessionOpener:
    """The opener of a session whose requests all end by a moment of the monotonic clock.

    :param behaviour: further arguments of the session, such as ``retries``.
    """

    def ending(settings: HttpSettings) -> Transport:
        sparing = replace(settings, answers=SWEEP, long_answers=LONG_ANSWERS)
        return EndingTransport(HttpTransport(sparing), until, over=out_of_time, late=late, cut=cut_off(until))

    def wait(seconds: float) -> None:
        pause(max(0.0, min(seconds, until - time.monotonic())))

    def opened(params: Mapping[str, t.Any], environ: Mapping[str, str]) -> Session:
        try:
            noted = partial(note_session, params)
            return open_session(params, environ, transport=ending, sleep=wait, on_logon=noted, **behaviour)
        except (CampaignError, OSError) as error:
            raise for_lack("The instance", error) or error from None

    return opened


def log_off(target: SweepTarget, until: float) -> Result:
    """A look that closes a session whose process was killed; ``options`` are those of the ledger. Never raises."""
    open_it = opener(until)
    with contextlib.suppress(CampaignError), open_it({**target.options, "read_only": True}, os.environ) as session:
        session.logoff()
    return {}


def validated(options: Mapping[str, t.Any]) -> Result:
    """Connection options of the right types, as the modules' own validation makes them.

    :raises ConfigurationError: a text that is not valid. The message does not show it.
    """
    checked = _VALIDATOR.validate(options)
    if checked.error_messages:
        raise ConfigurationError(
            f"{'; '.join(message.partition(': ')[0] for message in checked.error_messages)}.",
            next_step="Check it where it is given: the inventory, the environment, or the credentials file.",
        )
    found: Result = checked.validated_parameters
    return found
