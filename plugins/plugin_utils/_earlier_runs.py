# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""What the evidence tells of earlier attempts: to whoever goes on, and to whoever undoes."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from ansible.errors import AnsibleActionFail

from ..module_utils._cursors import CATALOGUE
from ..module_utils._errors import ValidationError
from ..module_utils._xtk import format_datetime, parse_datetime
from ._evidence import SAFE_NAME, attempts_in, believed_run, evidence_file, read_evidence

Data = dict[str, t.Any]

#: Outcomes of an attempt that may have left its work half done.
UNFINISHED = frozenset({"", "pending"})
#: An attempt that broke off is gone on with for so long after it began: also outside the window, and also where
#: somebody must be asked otherwise.
GOES_ON_FOR = timedelta(days=1)
#: Most earlier runs whose evidence is looked at for one that did not end: the newest.
MOST_RUNS = 50


def earlier_attempts(directory: str, run_id: str, instance: str) -> list[Data]:
    """What earlier attempts on an instance did, as the module option ``earlier`` takes it: those of this run, and the
    newest one of another run that did not end.

    :param run_id: '' when no run is going on.
    :raises AnsibleActionFail: evidence that is not as it was written.
    """
    found: list[Data] = []
    if run_id:
        path = evidence_file(directory, run_id, instance)
        found = open_attempts(read_evidence(path)) if path.exists() else []
    for path in _other_runs(Path(directory), run_id, instance):
        open_ones = [one for one in open_attempts(read_evidence(path)) if is_unfinished(one)]
        if open_ones:
            return [as_option(one) for one in [*found, open_ones[-1]]]
    return [as_option(one) for one in found]


def _other_runs(directory: Path, run_id: str, instance: str) -> list[Path]:
    """The evidence of an instance in other runs, newest first."""
    if not SAFE_NAME.fullmatch(instance):
        return []
    paths = [path for path in directory.glob(f"*/{instance}.json") if path.parent.name != run_id]
    return sorted(paths, key=lambda path: path.stat().st_mtime, reverse=True)[:MOST_RUNS]


def open_attempts(record: Mapping[str, t.Any]) -> list[Data]:
    """The cures of a record that still stand, oldest first. What set the options afterwards, as a rollback does, ended
    those before it."""
    found: list[Data] = []
    for attempt in attempts_in(record):
        if attempt.get("kind") == "cure":
            found.append(attempt)
        elif not attempt.get("failed", True):
            names = {one["option"] for one in attempt["cursors"]}
            left = ({**one, "cursors": [row for row in one["cursors"] if row["option"] not in names]} for one in found)
            found = [one for one in left if one["cursors"]]
    return found


def is_unfinished(attempt: Mapping[str, t.Any]) -> bool:
    """Whether an attempt may have left its work half done."""
    result = attempt.get("result") or {}
    return str(result.get("outcome") or "") in UNFINISHED and not _wrote_nothing(attempt)


def _wrote_nothing(attempt: Mapping[str, t.Any]) -> bool:
    """Whether an attempt is known to have sent nothing that changes the instance."""
    calls = (attempt.get("result") or {}).get("calls") or {}
    return attempt.get("state") == "ended" and calls.get("writes") == 0


def _moves(attempt: Mapping[str, t.Any]) -> dict[str, Mapping[str, t.Any]]:
    """What is known to have become of each cursor of an attempt."""
    return {str(move["option"]): move for move in (attempt.get("result") or {}).get("moves") or []}


def as_option(attempt: Mapping[str, t.Any]) -> Data:
    """One attempt as the module option ``earlier`` takes it."""
    intent, result, moves = attempt.get("intent") or {}, attempt.get("result") or {}, _moves(attempt)
    cursors = [
        {
            "cursor": one["option"],
            "expected_value": one["old_value"],
            "written": moves.get(one["option"], {}).get("written"),
        }
        for one in attempt["cursors"]
    ]
    return {
        "run_id": attempt.get("run_id"),
        "started": attempt.get("started"),
        "outcome": result.get("outcome"),
        "workflow": intent.get("workflow") or workflow_of(str(attempt["cursors"][0]["option"])),
        "strategy": intent.get("strategy") or "lookback",
        "lookback": intent.get("lookback") or "1d",
        "value": intent.get("value"),
        "cursors": cursors,
        "orders": [step["action"] for step in result.get("steps") or [] if step.get("action") in _ORDERS],
        "writes": (result.get("calls") or {}).get("writes"),
    }


def is_recent(attempt: Mapping[str, t.Any], now: datetime) -> bool:
    """Whether an attempt began within ``GOES_ON_FOR``."""
    return now - parse_datetime(str(attempt["started"])) < GOES_ON_FOR


def unfinished_restarts(directory: str, instance: str, now: datetime) -> list[str]:
    """The workflows of an instance that a restart of any run may have left stopped.

    It began within ``GOES_ON_FOR``, may have sent an order, and is not known to have started the workflow; nor has an
    attempt since.

    :param now: the controller's time, in UTC.
    :raises AnsibleActionFail: evidence that is not as it was written.
    """
    paths = _other_runs(Path(directory), "", instance)
    attempts = [one for path in paths for one in attempts_in(read_evidence(path)) if one.get("kind") == "workflow"]
    found: set[str] = set()
    for attempt in sorted(attempts, key=lambda one: str(one["started"])):
        intent = attempt.get("intent") or {}
        names = {str(name) for name in intent.get("names") or [intent.get("name")] if name}
        if attempt.get("state") == "ended" and not attempt.get("failed", True):
            found -= names
        elif intent.get("state") == "restarted" and not _wrote_nothing(attempt):
            found |= names if is_recent(attempt, now) else set()
    return sorted(found)


_ORDERS = frozenset({"start", "stop", "kill", "pause", "resume", "wakeup"})


# -- undoing ------------------------------------------------------------------------------------------------------


def rollback_targets(record: Mapping[str, t.Any]) -> list[Data]:
    """What a run has to put back on an instance: for each option the value that its first writing attempt found.

    An attempt that has no result may have written; one whose result says that nothing stands of it has not.
    """
    found: dict[str, Data] = {}
    for attempt in open_attempts(record):
        if _wrote_nothing(attempt):
            continue
        moves, workflow = _moves(attempt), (attempt.get("intent") or {}).get("workflow")
        for cursor in attempt["cursors"]:
            option = str(cursor["option"])
            move = moves.get(option)
            if move is not None and (move.get("outcome") == "restored" or not move.get("written")):
                continue
            target = {"option": option, "value": cursor["old_value"], "workflow": workflow or workflow_of(option)}
            found.setdefault(option, target)
    return list(found.values())


def read_restore(given: t.Any) -> list[Data]:
    """The hosts, options and values in ``mid_sourcing_restore``: one line or a list of them, with commas or spaces.

    :raises ValidationError: no such form, no moment, or an option that the collection does not move.
    """
    lines = given if isinstance(given, Sequence) and not isinstance(given, str) else str(given).splitlines()
    found = [_restored(str(line).strip()) for line in lines if str(line).strip()]
    if not found:
        raise ValidationError("mid_sourcing_restore is empty.", next_step=_RESTORE_FORM)
    return found


_RESTORE_FORM = (
    "Give HOST,OPTION,VALUE as a job's output shows it, such as "
    "mkt-paris,NmsMidSourcing_LastDelivery_defaultEmailMid,2020-03-01T10:00:00.000Z"
)


def _restored(line: str) -> Data:
    parts = line.replace(",", " ").split(maxsplit=2)
    if len(parts) != 3:
        raise ValidationError(
            f"mid_sourcing_restore: '{line}' does not name host, option and value.", next_step=_RESTORE_FORM
        )
    host, option, text = parts
    workflow = workflow_of(option)
    if not workflow:
        raise ValidationError(
            f"mid_sourcing_restore: '{option}' is no cursor that this collection moves.",
            next_step="Put other options back with the module campaign.classic.option.",
        )
    try:
        value = format_datetime(parse_datetime(text))
    except ValidationError as error:
        raise ValidationError(f"mid_sourcing_restore: {error.message}", next_step=_RESTORE_FORM) from error
    return {"host": host, "option": option, "value": value, "workflow": workflow}


def workflow_of(option: str) -> str:
    """The workflow that moves a cursor which the collection may move; '' for any other option."""
    return next((kind.workflow for kind in CATALOGUE if kind.cure == "move" and kind.covers(option)), "")


def run_of(directory: str, run_id: str, instance: str) -> Data:
    """The record of an instance in a run; empty when there is none.

    :raises AnsibleActionFail: evidence that is not as it was written.
    """
    path = evidence_file(directory, run_id, instance)
    return read_evidence(path) if path.exists() else {}


def hosts_of(directory: str, run_id: str) -> list[str]:
    """The instances that a run has evidence of.

    :raises AnsibleActionFail: evidence that somebody else can have written.
    """
    if not SAFE_NAME.fullmatch(run_id):
        raise AnsibleActionFail(f"run_id '{run_id}' cannot be a file name; use letters, digits, '.', '_' and '-'.")
    believed_run(Path(directory) / run_id)
    paths = (Path(directory) / run_id).glob("*.json")
    return sorted(path.stem for path in paths if SAFE_NAME.fullmatch(path.name))
