# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The operation behind ``fleet_snapshot``: what the cure depends on, read from one instance, as plain data for a file
that is kept in git. Reads only.

Nothing in it is a secret or about a recipient: no password, no login, no label, no text of a journal, no delivery; of
options only those of the catalogue, and of these only moments.
"""

from __future__ import annotations

import typing as t
from dataclasses import replace
from datetime import timedelta

from .._client.mids import address
from .._core.errors import CampaignError, HttpStatusError, ValidationError, shorten
from .._core.xtk import format_datetime
from .._diagnosis.attempts import read_mark
from .._diagnosis.catalogue import moment_in, with_extra
from .._diagnosis.causes import causes_of
from .._diagnosis.journal_digest import digest
from .._diagnosis.model import verdict_of_kind
from .._diagnosis.snapshot import Facts, read_facts
from .._resources.deliveries import Deliveries, MidDeliveries
from .runner import Answer, ArgumentSpec, Operation, Request, on_controller_only
from .sync_cursor import DIAGNOSIS_OPTIONS, EXTRA_OPTIONS

if t.TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from .._client.session import Session
    from .._diagnosis.catalogue import CursorKind
    from .._diagnosis.causes import Causes
    from .._diagnosis.journal_digest import Entry
    from .._resources.options import Option
    from .._resources.workflows import Workflow

Data = dict[str, t.Any]

#: The options of ``sync_cursor_info`` on which it depends what is read.
READING: ArgumentSpec = {"causes": DIAGNOSIS_OPTIONS["causes"], **EXTRA_OPTIONS}

_DAY = timedelta(days=1)


# Complex: one line for each key of the row.
def read_snapshot(request: Request, session: Session) -> Answer:
    """One instance: one logon, at most four queries for the facts, and at most three about its deliveries."""
    kinds = with_extra(request.params["extra_cursors"])
    causes = causes_of(request.params["causes"])
    started = request.clock()
    if not session.calls:
        session.server_now()  # the logon, or what takes its place under a bearer token
    seconds = request.clock() - started
    facts = read_facts(session, kinds)
    moved = [kind for kind in kinds if not kind.sibling]
    row: Data = {
        "build": facts.build,
        "release": session.info.release,
        "rights": sorted(set(session.info.rights) & {"admin", "workflow"}) if session.info.user else None,
        "server_time": format_datetime(facts.server_time),
        "skew_seconds": round(facts.skew_seconds, 3),
        "logon_seconds": round(seconds, 3),
        "accounts": {
            one.name: {"active": one.active, "server": address(one.server) if one.server else ""}
            for one in facts.accounts
        },
        "options": {one.name: _option(one) for one in facts.options},
        "workflows": {one.internal_name: _workflow(one) for one in facts.workflows},
        "deliveries": _of_marketing(session, facts) if _sends(facts, moved) else _of_mid(session, facts, request.clock),
    }
    for one in facts.workflows:
        if one.internal_name in {kind.workflow for kind in moved}:
            row["workflows"][one.internal_name]["journal"] = _journal(facts, one, causes)
    return Answer(False, {"instance": row})


def _sends(facts: Facts, moved: Sequence[CursorKind]) -> bool:
    """Whether an instance has a workflow or an option of these cursors: then it is a marketing instance."""
    names = [option.name for option in facts.options]
    workflows = {one.internal_name for one in facts.workflows}
    return any(kind.workflow in workflows or any(map(kind.covers, names)) for kind in moved)


def _journal(facts: Facts, workflow: Workflow, causes: Causes) -> list[Entry]:
    """The end of the journal of a workflow."""
    return digest(
        [line for line in facts.journal if line.workflow_id == workflow.id],
        failed=workflow.failed,
        complete=facts.journal_complete,
        accounts={one.name for one in facts.accounts},
        options={option.name for option in facts.options},
        causes=causes,
    )


def _option(option: Option) -> Data:
    """Its type and its moment. A text without a moment is not kept: it may be anything."""
    found: Data = {"type": option.data_type, "value": _moment_of(option)}
    if found["value"] is None and not option.is_null:
        found["unreadable"] = True
    mark = read_mark(option.description)
    if mark is not None:
        found["mark"] = {
            "was": mark.old_value.text,
            "to": mark.written.text,
            "run_id": mark.run_id,
            "found_stopped": mark.found_stopped,
        }
    return found


def _moment_of(option: Option) -> str | None:
    if not option.value_read or option.is_null:
        return None
    moment = option.cursor_value.moment or moment_in(option.raw)
    return None if moment is None else format_datetime(moment)


def _workflow(row: Workflow) -> Data:
    return {
        "state": row.state,
        "failed": row.failed,
        "running": row.running,
        "errors": row.error_count,
        "processed": _text(row.process_date),
        "started": _text(row.last_start),
        "due": _text(row.next_processing_date),
    }


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else format_datetime(moment)


# -- deliveries --------------------------------------------------------------------------------------------------------


def _of_marketing(session: Session, facts: Facts) -> Data:
    """How many of its own deliveries changed on each day since its oldest cursor: what a move may leave stale."""
    cursors = [one.cursor_value.moment for one in facts.options if "LastDelivery_" in one.name and not one.is_null]
    since = min((moment for moment in cursors if moment is not None), default=facts.server_time - _DAY)
    return _counted(lambda: {"by_day": Deliveries(session).by_day(since)})


def _of_mid(session: Session, facts: Facts, clock: Callable[[], float]) -> Data:
    """How many deliveries changed on each day, and how long the mid takes to give what changed in the last day: that is
    what a run asks after a cure with the default lookback."""
    mid = MidDeliveries(session)
    since = facts.server_time - _DAY

    def counted() -> Data:
        by_day, number = mid.by_day(), mid.changed_since(since)
        if not by_day:
            return {"by_day": {}}
        started = clock()
        given = mid.given_since(since)
        return {
            "by_day": by_day,
            "last_day": {"deliveries": number, "given": given, "seconds": round(clock() - started, 3)},
        }

    return _counted(counted)


def _counted(ask: Callable[[], Data]) -> Data:
    """What was counted, or why nothing was: that is no reason to have no snapshot of the instance."""
    try:
        return ask()
    except CampaignError as error:
        return {"not_counted": error.kind}


def _unread(error: CampaignError, request: Request) -> Answer | None:
    """An instance that could not be read is a row that says so."""
    if isinstance(error, ValidationError) and not request.params.get("url"):
        return None
    return Answer(False, {"instance": unread_row(error)})


def unread_row(error: CampaignError) -> Data:
    """The row of an instance that could not be read."""
    status = error.status if isinstance(error, HttpStatusError) else 0
    return {"unread": {"verdict": verdict_of_kind(error.kind, status).value, "why": shorten(error.message, 200)}}


FLEET_READING = Operation(name="fleet_snapshot", options=READING, run=read_snapshot, on_error=_unread)


FLEET_SNAPSHOT = replace(
    FLEET_READING,
    options={
        "hosts": {"type": "list", "elements": "str", "required": True},
        "dest": {"type": "path", "required": True},
        "prefix": {"type": "str", "default": ""},
        **READING,
        "concurrency": {"type": "str", "default": "auto"},
        "processes": {"type": "int", "default": 0},
        "instance_timeout": {"type": "float", "default": 300.0},
        "deadline": {"type": "float", "default": 3600.0},
    },
    run=on_controller_only("fleet_snapshot"),
    on_error=None,
    controller_only=True,
)
