# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One task against a simulated instance of its own, over real HTTP, and what it does when nothing disturbs it.

A job runs the module's operation in this process. Waits move the clock of the simulator and take no time.
"""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from ansible_collections.campaign.classic.plugins.module_utils._client.connect import DEFAULTS, open_session
from ansible_collections.campaign.classic.plugins.module_utils._client.session import Session
from ansible_collections.campaign.classic.plugins.module_utils._core.errors import TimedOut
from ansible_collections.campaign.classic.plugins.module_utils._http.transport import (
    HttpReply,
    HttpSettings,
    HttpTransport,
)
from ansible_collections.campaign.classic.plugins.module_utils._operations.runner import Operation, execute
from ansible_collections.campaign.classic.plugins.plugin_utils._variables.as_module import Validator
from tests.chaos.rig import wait_for
from tests.helpers.cure_world import CURSOR, PASSWORD, USER, World, marketing, world

Data = Mapping[str, Any]
#: The values of all options, and the states of all workflows, of an instance, by name.
Standing = Mapping[str, Any]

STARTED, PAUSED, STOPPING, STOPPED = 11, 13, 15, 20


@dataclass
class Sent:
    """One request.

    :param body: without its tokens.
    :param stood: what stood in the instance when it was sent, for a request that may write; else nothing.
    :param timed_out: no answer came in time.
    """

    body: str
    stood: Standing
    timed_out: bool = False


class Overdue(BaseException):
    """A task takes longer than it may. No handler of errors sees this."""


@dataclass
class Deadline:
    """When a task must have ended: in virtual time, and in real time, of which each request has its share.

    :param more: called with the number of a request that is about to be sent.
    """

    until: float = float("inf")
    more: Callable[[int], None] = lambda _number: None


@dataclass(frozen=True)
class Place:
    """An instance of its own in a running world.

    :param at: the instance whose calls are disturbed; another than ``name`` for a job that asks a mid.
    :param sent: each request to the instance itself, in order.
    :param given: what was prepared for the task, such as a session: more of its options.
    """

    world: World
    name: str
    at: str
    sent: list[Sent] = field(default_factory=list)
    given: Data = field(default_factory=dict)
    deadline: Deadline = field(default_factory=Deadline)

    @property
    def row(self) -> dict[str, Any]:
        """The workflow's."""
        return self.world.row(self.name)

    def standing(self) -> Standing:
        """What stands in the instance now."""
        state = self.world.sim.state(self.name)
        options = {name: row["value"] for name, row in state["options"].items()}
        return {**options, **{name: row["state"] for name, row in state["workflows"].items()}}

    def sleep(self, seconds: float) -> None:
        """Let virtual time pass. A request that is still under way comes first: it is late by less than a second."""
        wait_for(lambda: all(call["outcome"] for call in self.world.sim.ledger(instance=self.name)), 60, "last answer")
        if self.world.passed + seconds > self.deadline.until:
            raise Overdue(f"it hangs: it would wait for {seconds:.0f} s more than it may, in virtual time")
        self.world.sleep(seconds)

    def value(self, name: str) -> Any:
        """The value of an option; None if there is none."""
        found = self.world.sim.option(self.name, name)
        return None if found is None else found["value"]

    def expect(self, what: str, found: Any, wanted: Any) -> list[str]:
        """What is wrong, if anything."""
        return [] if found == wanted else [f"{self.name}: {what} is {found!r} and not {wanted!r}"]


@dataclass(frozen=True)
class Job:
    """One task.

    :param module: its name.
    :param finds: the keys of the instance in the fleet file, as ``marketing`` makes them.
    :param params: the options of the task.
    :param prepare: what has to be there before, such as an open session: more options of the task.
    :param done: what is wrong with the instance after a success.
    :param answer: the part of the result that is the same after every success.
    :param writes: whether it changes anything.
    :param at: the name of the disturbed instance; '' for its own.
    :param theirs: the option that somebody else changes meanwhile, and to which value: what the task is about.
    :param declares: it is asked for a value or a state, whatever the present one is; it names a value that it replaces.
    :param played: the options of its task in a play, where they are others.
    :param here_only: on another machine its module refuses to run.
    """

    name: str
    module: str
    operation: Operation
    params: Callable[[Place], Data]
    finds: Callable[[], dict[str, Any]] = marketing
    prepare: Callable[[Place], Data] = lambda _place: {}
    done: Callable[[Place], list[str]] = lambda _place: []
    answer: Callable[[Data], Any] = lambda _result: None
    writes: bool = False
    at: str = ""
    theirs: tuple[str, Any] = (CURSOR, "2026-11-20T00:00:00Z")
    declares: bool = False
    played: Callable[[Place], Data] | None = None
    here_only: bool = False

    def run(self, place: Place, *, check_mode: bool = False, read_only: bool = False, timeout: float = 10.0) -> Data:
        """The result of the task, as Ansible gets it."""
        given = {
            **DEFAULTS,
            "url": place.world.sim.instances[place.name],
            "user": USER,
            "password": PASSWORD,
            "instance": place.name,
            "timeout": timeout,
            "read_only": read_only,
            **self.params(place),
            **place.given,
        }
        world = place.world
        # A job that asks a mid waits for nothing but answers, and its deadline is one of real time.
        passing: dict[str, Any] = {} if self.at else {"clock": world.clock, "sleep": place.sleep}
        result, _distinct = execute(
            self.operation,
            Validator(self.operation).read(given, {}),
            check_mode=check_mode,
            environ={},
            opened=partial(_opened, place),
            **passing,
        )
        return result


class _Noted(HttpTransport):
    """A transport that notes what it sends."""

    def __init__(self, settings: HttpSettings, place: Place) -> None:
        super().__init__(settings)
        self._place = place

    def post(self, url: str, body: bytes, headers: Mapping[str, str], **more: Any) -> HttpReply:
        reads = headers["SOAPAction"].startswith(_READING)
        sent = Sent(_TOKEN.sub("", body.decode()), {} if reads else self._place.standing())
        self._place.sent.append(sent)
        self._place.deadline.more(len(self._place.sent))
        try:
            return super().post(url, body, headers, **more)
        except TimedOut:
            sent.timed_out = True
            raise


_TOKEN = re.compile(r"<(\w+:)?sessiontoken[^>]*>[^<]*</(\w+:)?sessiontoken>")
_READING = ("xtk:session#", "xtk:queryDef#")


def _opened(place: Place, params: Data, environ: Mapping[str, str]) -> Session:
    return open_session(
        params,
        environ,
        transport=lambda settings: _Noted(settings, place),
        clock=place.world.clock,
        sleep=place.sleep,
        now=place.world.now,
        random=lambda: 0.5,
    )


@dataclass
class Undisturbed:
    """What a job does when nothing disturbs it.

    :param calls: their methods, in order; ``kinds``: whether each is of a session, a read or a write.
    :param left: how many sessions more are open after it.
    :param before: what stood in its instance before it, and ``after`` it.
    :param passed: virtual seconds that it has taken.
    :param seconds: real ones.
    """

    calls: list[str]
    kinds: list[str]
    written: dict[tuple[str, str], int]
    answer: Any
    left: int
    before: Standing
    after: Standing
    passed: float
    seconds: float


@contextlib.contextmanager
def places(job: Job, number: int) -> Iterator[list[Place]]:
    """So many instances that this job finds, in one world: they share its clock, and are used one after the other."""
    names = [f"mkt{n}" for n in range(number)]
    with world({name: job.finds() for name in names}) as there:
        made = [Place(there, name, job.at or name) for name in names]
        yield [replace(place, given=job.prepare(place)) for place in made]


def executed(place: Place, since: int) -> dict[tuple[str, str], int]:
    """How often each write was executed on the instance of a place, by method and object."""
    found: dict[tuple[str, str], int] = {}
    for call in place.world.sim.ledger(place.name, kind="write", since=since):
        if call["outcome"] in ("ok", "lost"):
            key = (str(call["call"]), str(call["object"]))
            found[key] = found.get(key, 0) + 1
    return found


def undisturbed(job: Job) -> Undisturbed:
    """Run a job once without a disturbance.

    :raises AssertionError: it is no success.
    """
    with places(job, 1) as (place,):
        sim, before = place.world.sim, place.standing()
        since, open_before = sim.mark(), len(sim.sessions(place.name))
        passed, began = place.world.passed, time.monotonic()
        result = job.run(place)
        passed, seconds = place.world.passed - passed, time.monotonic() - began
        assert not result.get("failed"), f"{job.name}: {result.get('msg')}"
        calls = sim.ledger(place.at, since=since)
        written = executed(place, since)
        left = len(sim.sessions(place.name)) - open_before
        after, problems = place.standing(), job.done(place)
        assert not problems, f"{job.name}: {problems}"
        assert calls, f"{job.name}: it asks nothing"
        assert bool(written) is job.writes and bool(result["changed"]) is job.writes, f"{job.name}: {written}, {result}"
        methods, kinds = [str(call["call"]) for call in calls], [str(call["class"]) for call in calls]
        return Undisturbed(methods, kinds, written, job.answer(result), left, before, after, passed, seconds)
