# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The jobs: one, at least, for every module and for every choice among its options that leads to another write.

Each says what it finds, what it is asked, and how a success is recognised.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from ansible_collections.campaign.classic.plugins.module_utils._core.xtk import format_datetime
from ansible_collections.campaign.classic.plugins.module_utils._operations import info, option, workflow
from ansible_collections.campaign.classic.plugins.module_utils._operations.query import QUERY
from ansible_collections.campaign.classic.plugins.module_utils._operations.runner import Operation
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
from tests.helpers.cure_world import CURSOR, OLD, PREFIX, WORKFLOW, marketing, plan_for
from tests.proof.jobs import PAUSED, STARTED, STOPPED, STOPPING, Data, Job, Place

NUMBER, NEW = "opsNumber", "opsNew"
#: A second workflow, and a second cursor of the first.
OTHER, SECOND = "tracking", f"{PREFIX}second"

#: Modules without a job, and why no server can harm them.
WITHOUT = {"fleet_rehearsal": "it asks no server but the simulator that it has started itself"}

# -- instances ---------------------------------------------------------------------------------------------------------


def _with_number() -> dict[str, Any]:
    return marketing(options={NUMBER: {"type": "long", "value": 7}})


def _well(**workflow: Any) -> dict[str, Any]:
    """One whose workflow runs and moves its cursor."""
    return marketing(cursor="2026-11-23 01:55:00.000Z", workflow=workflow)


def _two_workflows() -> dict[str, Any]:
    its = _well()
    return {**its, "workflows": {**its["workflows"], OTHER: {"every": "1h"}}}


def _stop(place: Place) -> Data:
    """Somebody has stopped the workflow, whose runs had failed."""
    place.world.sim.order(place.name, WORKFLOW, "Stop")
    place.world.sleep(10)
    return {}


def _opened(place: Place) -> Data:
    """A session that another task has opened, as a play passes it on."""
    with place.world.unopened(place.name) as session:
        tokens = session.hand_over()  # which keeps it open
    return {"session": {name: getattr(tokens, name) for name in ("session_token", "security_token")}}


# -- how a success is recognised ---------------------------------------------------------------------------------------


def _names(key: str, name: str = "name") -> Callable[[Data], Any]:
    return lambda result: sorted(str(one[name]) for one in result[key])


def _has(**values: Any) -> Callable[[Place], list[str]]:
    return lambda place: [
        problem for name, value in values.items() for problem in place.expect(name, place.value(name), value)
    ]


def _of_session(result: Data) -> Any:
    return result["state"]


def _state(*wanted: int) -> Callable[[Place], list[str]]:
    def done(place: Place) -> list[str]:
        state = place.row["state"]
        return [] if state in wanted else [f"{place.name}: the workflow is at {state}, and not at one of {wanted}"]

    return done


def _both_stopped(place: Place) -> list[str]:
    stands = place.standing()
    return [problem for name in (WORKFLOW, OTHER) for problem in place.expect(name, stands[name], STOPPED)]


def _both_moved(place: Place) -> list[str]:
    second = str(place.value(SECOND))
    return _moves_itself(place) + ([] if second > "2026" else [f"{place.name}: {SECOND} stands at {second}"])


def _described(place: Place) -> list[str]:
    found = place.world.sim.option(place.name, NUMBER) or {}
    return place.expect("value", found.get("value"), 14) + place.expect("text", found.get("description"), "Ours")


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


def _backfill(place: Place, **more: Any) -> Data:
    now = place.world.cursor(place.name)
    return {
        "cursor": CURSOR,
        "since": format_datetime(now - timedelta(days=2)),
        "expected_value": format_datetime(now),
        "windows": ["3d"],
        "run_id": "proof",
        "poll_interval": 15,
        **more,
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


def _plans(place: Place) -> Data:
    """Plans as sync_cursor_info makes them, of two cursors of one workflow."""
    made = [plan_for(place.name, option=f"{PREFIX}{account}", account=account) for account in ("mid", "second")]
    return {"plans": [{**plan.to_dict(), "digest": plan.digest} for plan in made], "poll_interval": 60}


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
#: What somebody else changes in place of the cursor, where a task is about another option.
_THEIR_NUMBER: Data = {"theirs": (NUMBER, 99)}
_THEIR_NEW: Data = {"theirs": (NEW, {"type": "string", "value": "theirs"})}
_SESSION = session_operation(Nowhere())


def _reading() -> list[Job]:
    """Those that change nothing."""
    return [
        _job("instance_info", "read", info.INSTANCE_INFO, {}, answer=lambda result: result["build"]),
        _job("external_account_info", "read", info.EXTERNAL_ACCOUNT_INFO, {}, answer=_names("accounts")),
        _job("option_info", "prefix", option.OPTION_INFO, {"prefix": _LAST}, answer=_names("options")),
        _job("option_info", "name", option.OPTION_INFO, {"name": CURSOR}, answer=_names("options")),
        _job("query", "select", QUERY, {"schema": "xtk:workflow", "fields": ["@internalName"]},
             answer=_names("rows", "internalName")),
        _job("query", "count", QUERY, {"schema": "xtk:workflow", "operation": "count"},
             answer=lambda result: result["count"]),
        _job("workflow_info", "read", workflow.WORKFLOW_INFO, {"names": [WORKFLOW]}, answer=_names("workflows")),
        _job("session", "open", _SESSION, {"state": "open"}, answer=_of_session, here_only=True),
        _job("session", "open again", _SESSION, {"state": "open"}, prepare=_opened, answer=_of_session, here_only=True),
        _job("session", "closed", _SESSION, {"state": "closed"}, prepare=_opened, answer=_of_session, here_only=True),
        _job("fleet_info", "one of its instances", GLANCE, {"ask_mid": "never"}, answer=_verdict,
             played=lambda place: {"hosts": [place.name]}, here_only=True),
        _job("fleet_snapshot", "one of its instances", FLEET_READING, {},
             answer=lambda result: sorted(result["instance"]),
             played=lambda place: {"hosts": [place.name], "dest": "snapshot.json"}, here_only=True),
        _job("sync_cursor_info", "alone", SYNC_CURSOR_INFO, {"ask_mid": "never"}, answer=_verdict),
        _job("sync_cursor_info", "with its mid", SYNC_CURSOR_INFO, _mid_of, answer=_as_its_mid_says, at="mid"),
    ]  # fmt: skip


def _of_options() -> list[Job]:
    number, new = {"name": NUMBER, "value": "14"}, {"name": NEW, "value": "x", "type": "string", "create": True}
    made = partial(_job, "option", writes=True)
    return [
        made("set", option.OPTION, {**number, "expected_value": "7"}, finds=_with_number, done=_has(opsNumber=14),
             **_THEIR_NUMBER),
        made("described", option.OPTION, {**number, "description": "Ours"}, finds=_with_number, done=_described,
             declares=True, **_THEIR_NUMBER),
        made("create", option.OPTION, new, done=_has(opsNew="x"), declares=True, **_THEIR_NEW),
        made("several", option.OPTION, {"options": [number, new]}, finds=_with_number,
             done=_has(opsNumber=14, opsNew="x"), declares=True, **_THEIR_NUMBER),
    ]  # fmt: skip


def _of_workflows() -> list[Job]:
    made = partial(_job, "workflow", writes=True, finds=_well)
    one = {"name": WORKFLOW}
    return [
        made("stopped", workflow.WORKFLOW, {**one, "state": "stopped"}, done=_state(STOPPED)),
        made("stopped, unwatched", workflow.WORKFLOW, {**one, "state": "stopped", "wait": False},
             done=_state(STOPPING, STOPPED)),
        made("several stopped", workflow.WORKFLOW, {"names": [WORKFLOW, OTHER], "state": "stopped"},
             finds=_two_workflows, done=_both_stopped),
        made("paused", workflow.WORKFLOW, {**one, "state": "paused"}, done=_state(PAUSED)),
        made("started", workflow.WORKFLOW, {**one, "state": "started"}, finds=partial(_well, state="stopped"),
             done=_state(STARTED), declares=True),
        made("restarted", workflow.WORKFLOW, {**one, "state": "restarted"}, done=_state(STARTED), declares=True),
        _job("workflow_run", "now", workflow.WORKFLOW_RUN, {**one, "wait_timeout": 900}, finds=_well,
             done=_state(STARTED), writes=True),
    ]  # fmt: skip


def _of_cursors() -> list[Job]:
    made = partial(_job, "sync_cursor", done=_moves_itself, writes=True)
    explicit = {"strategy": "explicit", "value": "2026-11-22 00:00:00.000Z"}
    # Two runs are waited for: with fewer looks at them, each of which is a call to be struck.
    kept = {"mark": True, "run_id": "proof", "on_failure": "keep", "confirm": True, "poll_interval": 150}
    back = partial(_job, "sync_cursor_backfill", operation=SYNC_CURSOR_BACKFILL, finds=_well, done=_moves_itself,
                   writes=True)  # fmt: skip
    return [
        made("cure", SYNC_CURSOR, _CURE),
        made("cure, ignoring", SYNC_CURSOR, _CURE, finds=partial(marketing, on_error="ignore")),
        made("cure, marked and kept", SYNC_CURSOR, {**_CURE, **explicit, **kept}),
        made("cure, found stopped", SYNC_CURSOR, {**_CURE, "strategy": "now", "start_stopped": True}, prepare=_stop),
        made("several plans", SYNC_CURSOR, _plans, finds=partial(marketing, "mid", "second"), done=_both_moved),
        back("two days", params=_backfill),
        back("two days, unmarked", params=partial(_backfill, mark=False)),
    ]  # fmt: skip


JOBS: Sequence[Job] = (*_reading(), *_of_options(), *_of_workflows(), *_of_cursors())
BY_NAME: Mapping[str, Job] = {job.name: job for job in JOBS}
