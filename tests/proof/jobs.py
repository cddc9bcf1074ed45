# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One job, at least, for every module: what it finds, what it is asked, and how a success is recognised.

A job runs the module's operation in this process, over real HTTP against a simulated instance of its own. Waits move
the clock of the simulator and take no time.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

from ansible_collections.campaign.classic.plugins.module_utils._client.connect import DEFAULTS, open_session
from ansible_collections.campaign.classic.plugins.module_utils._client.session import Session
from ansible_collections.campaign.classic.plugins.module_utils._core.xtk import format_datetime
from ansible_collections.campaign.classic.plugins.module_utils._http.transport import (
    HttpReply,
    HttpSettings,
    HttpTransport,
)
from ansible_collections.campaign.classic.plugins.module_utils._operations import info, option, workflow
from ansible_collections.campaign.classic.plugins.module_utils._operations.query import QUERY
from ansible_collections.campaign.classic.plugins.module_utils._operations.runner import Operation, execute
from ansible_collections.campaign.classic.plugins.module_utils._operations.session import Nowhere, session_operation
from ansible_collections.campaign.classic.plugins.module_utils._operations.snapshot import FLEET_READING
from ansible_collections.campaign.classic.plugins.module_utils._operations.sync_cursor import (
    GLANCE,
    SYNC_CURSOR,
    SYNC_CURSOR_INFO,
)
from ansible_collections.campaign.classic.plugins.module_utils._operations.sync_cursor_backfill import (
    SYNC_CURSOR_BACKFILL,
)
from ansible_collections.campaign.classic.plugins.plugin_utils._variables.as_module import Validator
from tests.chaos.rig import wait_for
from tests.helpers.cure_world import CURSOR, OLD, PASSWORD, USER, WORKFLOW, World, marketing, world

Data = Mapping[str, Any]

STARTED, STOPPING, STOPPED = 11, 15, 20
NUMBER, NEW = "opsNumber", "opsNew"

#: Modules without a job, and why no server can harm them.
WITHOUT = {"fleet_rehearsal": "it asks no server but the simulator that it has started itself"}


@dataclass(frozen=True)
class Place:
    """An instance of its own in a running world.

    :param at: the instance whose calls are disturbed; another than ``name`` for a job that asks a mid.
    :param sent: the body of each request to the instance itself, without its tokens, in order.
    """

    world: World
    name: str
    at: str
    sent: list[str] = field(default_factory=list)

    @property
    def row(self) -> dict[str, Any]:
        """The workflow's."""
        return self.world.row(self.name)

    def sleep(self, seconds: float) -> None:
        """Let virtual time pass. A request that is still under way comes first: it is late by less than a second."""
        wait_for(lambda: all(call["outcome"] for call in self.world.sim.ledger(instance=self.name)), 60, "last answer")
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
    :param done: what is wrong with the instance after a success.
    :param answer: the part of the result that is the same after every success.
    :param writes: whether it changes anything.
    :param at: the name of the disturbed instance; '' for its own.
    """

    name: str
    module: str
    operation: Operation
    params: Callable[[Place], Data]
    finds: Callable[[], dict[str, Any]] = marketing
    done: Callable[[Place], list[str]] = lambda _place: []
    answer: Callable[[Data], Any] = lambda _result: None
    writes: bool = False
    at: str = ""

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
        }
        world = place.world
        # A job that asks a mid waits for nothing but answers, and its deadline is one of real time.
        time: dict[str, Any] = {} if self.at else {"clock": world.clock, "sleep": place.sleep}
        result, _distinct = execute(
            self.operation,
            Validator(self.operation).read(given, {}),
            check_mode=check_mode,
            environ={},
            opened=partial(_opened, place),
            **time,
        )
        return result


class _Noted(HttpTransport):
    """A transport that notes what it sends."""

    def __init__(self, settings: HttpSettings, sent: list[str]) -> None:
        super().__init__(settings)
        self._sent = sent

    def post(self, url: str, body: bytes, headers: Mapping[str, str], **more: Any) -> HttpReply:
        self._sent.append(_TOKEN.sub("", body.decode()))
        return super().post(url, body, headers, **more)


_TOKEN = re.compile(r"<(\w+:)?sessiontoken[^>]*>[^<]*</(\w+:)?sessiontoken>")


def _opened(place: Place, params: Data, environ: Mapping[str, str]) -> Session:
    return open_session(
        params,
        environ,
        transport=lambda settings: _Noted(settings, place.sent),
        clock=place.world.clock,
        sleep=place.sleep,
        now=place.world.now,
        random=lambda: 0.5,
    )


# -- instances ---------------------------------------------------------------------------------------------------------


def _with_number() -> dict[str, Any]:
    return marketing(options={NUMBER: {"type": "long", "value": 7}})


def _ignoring() -> dict[str, Any]:
    return marketing(on_error="ignore")


def _well() -> dict[str, Any]:
    """One whose workflow runs and moves its cursor."""
    return marketing(cursor="2026-11-23 01:55:00.000Z")


# -- how a success is recognised ---------------------------------------------------------------------------------------


def _names(key: str, name: str = "name") -> Callable[[Data], Any]:
    return lambda result: sorted(str(one[name]) for one in result[key])


def _has(**values: Any) -> Callable[[Place], list[str]]:
    return lambda place: [
        problem for name, value in values.items() for problem in place.expect(name, place.value(name), value)
    ]


def _state(*wanted: int) -> Callable[[Place], list[str]]:
    def done(place: Place) -> list[str]:
        state = place.row["state"]
        return [] if state in wanted else [f"{place.name}: the workflow is at {state}, and not at one of {wanted}"]

    return done


def _moves_itself(place: Place) -> list[str]:
    """As after an undisturbed cure: the workflow runs, and moves its cursor on."""
    row, before = place.row, place.world.cursor(place.name)
    problems = place.expect("state", row["state"], STARTED) + place.expect("failed", bool(row["failed"]), False)
    now = place.world.sim.now()
    if now - before > timedelta(hours=2):
        problems.append(f"{place.name}: the cursor stands at {before}, and it is {now}")
    place.world.sleep(25 * 60)
    if place.world.cursor(place.name) <= before:
        problems.append(f"{place.name}: the workflow does not move its cursor from {before}")
    return problems


def _backfill(place: Place) -> Data:
    now = place.world.cursor(place.name)
    return {
        "cursor": CURSOR,
        "since": format_datetime(now - timedelta(days=2)),
        "expected_value": format_datetime(now),
        "windows": ["3d"],
        "run_id": "proof",
        "poll_interval": 15,
    }


def _mid_of(place: Place) -> Data:
    """The connection of the mid, so that it is asked."""
    url = place.world.sim.instances["mid"]
    return {
        "ask_mid": "require",
        "ask_mid_timeout": 1.0,
        "small_gap": 0,
        "mids": [{"server": url, "url": url, "user": "mid", "password": "mid-canary"}],
    }


def _verdict(result: Data) -> Any:
    return result["verdict"]


def _as_its_mid_says(result: Data) -> Any:
    """Whether it is stuck, with a plan, where its mid has told what a run would fetch; and neither where it has not."""
    figures = [cursor["evidence"]["mid"] for cursor in result["cursors"]]
    told = all(one["changed_since_cursor"] is not None or one["changed_since_planned"] is not None for one in figures)
    return (result["verdict"] == "stuck", bool(result["plans"])) == (told, told)


def _job(module: str, how: str, operation: Operation, params: Data | Callable[[Place], Data], **more: Any) -> Job:
    given = params if callable(params) else lambda _place: params
    return Job(f"{module}/{how}", module, operation, given, **more)


_LAST = "NmsMidSourcing_Last"
_CURE: Data = {"cursors": [{"cursor": CURSOR, "expected_value": OLD}], "poll_interval": 15}

JOBS: Sequence[Job] = (
    _job("instance_info", "read", info.INSTANCE_INFO, {}, answer=lambda result: result["build"]),
    _job("external_account_info", "read", info.EXTERNAL_ACCOUNT_INFO, {}, answer=_names("accounts")),
    _job("option_info", "prefix", option.OPTION_INFO, {"prefix": _LAST}, answer=_names("options")),
    _job(
        "query", "select", QUERY, {"schema": "xtk:workflow", "fields": ["@internalName"]},
        answer=_names("rows", "internalName"),
    ),
    _job("workflow_info", "read", workflow.WORKFLOW_INFO, {"names": [WORKFLOW]}, answer=_names("workflows")),
    _job("session", "open", session_operation(Nowhere()), {"state": "open"}, answer=lambda result: result["state"]),
    _job("fleet_info", "one of its instances", GLANCE, {"ask_mid": "never"}, answer=_verdict),
    _job("fleet_snapshot", "one of its instances", FLEET_READING, {}, answer=lambda result: sorted(result["instance"])),
    _job("sync_cursor_info", "alone", SYNC_CURSOR_INFO, {"ask_mid": "never"}, answer=_verdict),
    _job("sync_cursor_info", "with its mid", SYNC_CURSOR_INFO, _mid_of, answer=_as_its_mid_says, at="mid"),
    _job(
        "option", "set", option.OPTION, {"name": NUMBER, "value": "14", "expected_value": "7"},
        finds=_with_number, done=_has(opsNumber=14), writes=True,
    ),
    _job(
        "option", "create", option.OPTION, {"name": NEW, "value": "x", "type": "string", "create": True},
        done=_has(opsNew="x"), writes=True,
    ),
    _job(
        "option", "several", option.OPTION,
        {"options": [{"name": NUMBER, "value": "14"}, {"name": NEW, "value": "x", "type": "string", "create": True}]},
        finds=_with_number, done=_has(opsNumber=14, opsNew="x"), writes=True,
    ),
    _job(
        "workflow", "stopped", workflow.WORKFLOW, {"name": WORKFLOW, "state": "stopped"},
        finds=_well, done=_state(STOPPED), writes=True,
    ),
    _job(
        "workflow", "restarted", workflow.WORKFLOW, {"name": WORKFLOW, "state": "restarted"},
        finds=_well, done=_state(STARTED), writes=True,
    ),
    _job(
        "workflow_run", "now", workflow.WORKFLOW_RUN, {"name": WORKFLOW, "wait_timeout": 900},
        finds=_well, done=_state(STARTED), writes=True,
    ),
    _job("sync_cursor", "cure", SYNC_CURSOR, _CURE, done=_moves_itself, writes=True),
    _job("sync_cursor", "cure, ignoring", SYNC_CURSOR, _CURE, finds=_ignoring, done=_moves_itself, writes=True),
    _job(
        "sync_cursor_backfill", "two days", SYNC_CURSOR_BACKFILL, _backfill,
        finds=_well, done=_moves_itself, writes=True,
    ),
)  # fmt: skip

BY_NAME: Mapping[str, Job] = {job.name: job for job in JOBS}


@dataclass
class Undisturbed:
    """What a job does when nothing disturbs it."""

    calls: list[str]
    written: dict[tuple[str, str], int]
    answer: Any
    #: Sessions that it leaves open.
    left: int


@contextlib.contextmanager
def places(job: Job, number: int) -> Iterator[list[Place]]:
    """So many instances that this job finds, in one world: they share its clock, and are used one after the other."""
    names = [f"mkt{n}" for n in range(number)]
    with world({name: job.finds() for name in names}) as there:
        yield [Place(there, name, job.at or name) for name in names]


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
        since = place.world.sim.mark()
        result = job.run(place)
        assert not result.get("failed"), f"{job.name}: {result.get('msg')}"
        calls = [str(call["call"]) for call in place.world.sim.ledger(place.at, since=since)]
        written = executed(place, since)
        problems = job.done(place)
        assert not problems, f"{job.name}: {problems}"
        assert bool(written) is job.writes and bool(result["changed"]) is job.writes, f"{job.name}: {written}, {result}"
        return Undisturbed(calls, written, job.answer(result), len(place.world.sim.sessions(place.name)))
