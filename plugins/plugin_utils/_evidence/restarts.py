# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The restarts that may have left a workflow stopped."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping
from datetime import datetime

from ...module_utils._resources.workflows import ORDERS, SCHEMA
from ...module_utils._soap.envelope import soap_action
from .attempt import Data, is_recent, workflows_ordered, wrote_nothing
from .files import attempts_in
from .records import Listing, Say, is_elsewhere, other_records

#: The order to start a workflow, as the log of calls names it.
_START = soap_action(SCHEMA, ORDERS["start"])
#: What the outcomes of a list of workflows say of each.
_OUTCOMES = {"changed": "done", "unchanged": "done", "not_attempted": "untouched"}


def unfinished_restarts(
    directory: str, instance: str, now: datetime, say: Say = lambda _sentence: None, *, url: str = ""
) -> list[str]:
    """The workflows of an instance that a restart of any run may have left stopped.

    It began within ``GOES_ON_FOR``, may have given an order, and is not known to have ended with a start; nor has an
    attempt since.

    :param now: the controller's time, in UTC.
    :param say: is called about a damaged record. What it hides counts as a person's change.
    :param url: where the instance is. A restart of one elsewhere is none of this one.
    :raises AnsibleActionFail: somebody else can have written the directory of all the runs.
    """
    records = other_records(Listing(directory, instance), "", instance, say)
    found: set[str] = set()
    here = (one for one in _of_workflows(records) if not is_elsewhere(one, url))
    for attempt in sorted(here, key=lambda one: str(one.get("started"))):
        restarted = (attempt.get("intent") or {}).get("state") == "restarted"
        for name, outcome in _ordered(attempt).items():
            if outcome == "done":
                found.discard(name)
            elif restarted and outcome == "failed" and is_recent(attempt, now):
                found.add(name)
    return sorted(found)


def _ordered(attempt: Mapping[str, t.Any]) -> dict[str, str]:
    """The workflows to which an attempt was to give orders, each ``done``, ``failed`` or ``untouched``. One whose end
    is not known has failed."""
    names = workflows_ordered(attempt)
    if attempt.get("state") == "ended" and not attempt.get("failed", True):
        return dict.fromkeys(names, "done")
    if wrote_nothing(attempt):
        return dict.fromkeys(names, "untouched")
    # The failure of a list ends it. So the last orders are those to the workflow that failed, if it got any.
    return {**dict.fromkeys(names, _by_its_orders(attempt)), **_told(attempt)}


def _told(attempt: Mapping[str, t.Any]) -> dict[str, str]:
    """What the result of a list of workflows says of each that has not failed."""
    rows = (attempt.get("result") or {}).get("workflows") or []
    outcomes = {str(row.get("name")): _OUTCOMES.get(str(row.get("outcome"))) for row in rows}
    return {name: outcome for name, outcome in outcomes.items() if outcome}


def _by_its_orders(attempt: Mapping[str, t.Any]) -> str:
    """How an attempt that failed has left its workflow: an order that was refused, or never left, has changed nothing,
    and an accepted start ends a restart, whatever has become of the workflow since."""
    orders = _own_orders(attempt) if attempt.get("state") == "ended" else None
    if orders is None:
        return "failed"
    if not orders:
        return "untouched"
    return "done" if _is_accepted_start(orders[-1]) else "failed"


# Complex: a record of an older release does not tell which calls may have written.
def _own_orders(attempt: Mapping[str, t.Any]) -> list[Mapping[str, t.Any]] | None:
    """The calls by which an attempt may have changed the workflow at which it failed; None where they are not known."""
    result = attempt.get("result") or {}
    log = (result.get("calls") or {}).get("log")
    if not log:
        return None
    orders = [call for call in log if call.get("may_have_written", call.get("class") == "write")]
    # Those before it in a list have been restarted, with one accepted start each.
    before = sum(row.get("outcome") == "changed" for row in result.get("workflows") or [])
    starts = [number for number, call in enumerate(orders, 1) if _is_accepted_start(call)]
    if before > len(starts):
        return None
    return orders[starts[before - 1] :] if before else orders


def _is_accepted_start(call: Mapping[str, t.Any]) -> bool:
    return (call.get("method"), call.get("outcome")) == (_START, "ok")


def _of_workflows(records: t.Iterable[Mapping[str, t.Any]]) -> t.Iterator[Data]:
    return (one for record in records for one in attempts_in(record) if one.get("kind") == "workflow")
