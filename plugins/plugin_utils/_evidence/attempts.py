# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""What the evidence tells about earlier attempts: to a run that resumes, and to one that undoes.

A record that cannot be used stops whoever would build on it: the host of this very run, whose record would be
overwritten and its old value with it, and a rollback. Of other runs only an attempt that broke off matters: it tells
that a stopped workflow, or the present value, is our doing. A damaged record of theirs blocks nobody: it is
named, and neither it nor what is older than it is relied on. Then the server alone decides, as if there were no
evidence: a workflow that stands stopped is taken for a person's and left alone, and a value that an attempt has written
is too young to be stuck. Either way nothing is written that would not be written on an instance without evidence.
"""

from __future__ import annotations

import glob
import typing as t
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timezone
from pathlib import Path
from urllib.parse import urlsplit

from ansible.errors import AnsibleActionFail

from ...module_utils._core.errors import ValidationError
from ...module_utils._core.xtk import format_datetime, parse_datetime
from ...module_utils._cure.workflow_waiter import ALREADY
from ...module_utils._diagnosis.attempts import AS_IT_STANDS, GOES_ON_FOR, may_have_stopped
from ...module_utils._diagnosis.catalogue import CATALOGUE
from ...module_utils._diagnosis.outcomes import CURED_OR_WARNED, FINAL, HEALTHY_AFTER, UNFINISHED
from ...module_utils._resources.workflows import ORDERS, SCHEMA
from ...module_utils._soap.envelope import soap_action
from .file_names import host_of, host_stem, is_host_stem
from .files import attempts_in, evidence_file, read_evidence, run_directory, trusted_run

Data = dict[str, t.Any]
#: Takes a sentence about damaged evidence that was ignored.
Say = Callable[[str], object]

#: The kinds of a task that ends what a cure left half done at a cursor; and those that undo a cure: a backfill goes on
#: from it.
_ENDING, _UNDOING = frozenset({"option", "backfill"}), frozenset({"option"})

#: At most this many earlier runs, the newest, are searched for an attempt that did not end.
MOST_RUNS = 50


class Listing:
    """The records below a directory of runs, by instance. One listing serves a whole fleet.

    :param instance: list only the records of this one.
    :raises AnsibleActionFail: somebody else can have written the directory.
    """

    def __init__(self, directory: str, instance: str = "") -> None:
        trusted_run(Path(directory))
        self._paths: dict[str, list[Path]] = {}
        stem = glob.escape(host_stem(instance)) if instance else "*"
        # Not Path.glob: before Python 3.13 it leaves out a link to nowhere, and what is older would be relied on.
        for path in map(Path, glob.iglob(f"{glob.escape(directory)}/*/{stem}.json")):
            self._paths.setdefault(path.stem, []).append(path)

    def newest(self, instance: str, run_id: str = "") -> list[Path]:
        """The records of an instance, newest first, without that of the run."""
        # Not stat(): the target of a link need not exist.
        found = [(path.lstat().st_mtime, path) for path in self._of(instance) if path.parent.name != run_id]
        return [path for _time, path in sorted(found, reverse=True)[:MOST_RUNS]]

    def _of(self, instance: str) -> list[Path]:
        return self._paths.get(host_stem(instance), [])


def earlier_attempts(
    directory: str,
    run_id: str,
    instance: str,
    say: Say = lambda _sentence: None,
    listing: Listing | None = None,
    *,
    url: str = "",
) -> list[Data]:
    """What earlier attempts on an instance did, as the module option ``earlier`` takes it: those of this run, and of
    other runs the newest one that did not end, unless a later run has ended what it began, and the newest one at each
    cursor that has left its value there: its mark stands beside it.

    :param run_id: '' outside a run.
    :param say: is called with a sentence about each damaged record of another run.
    :param listing: of the directory, where it serves several instances.
    :param url: where the instance is. What is known of one elsewhere, of the same name in another environment, is left
        out.
    :raises AnsibleActionFail: evidence of this run that is not as it was written; somebody else can have written the
        directory of all the runs.
    """
    own = _at(run_of(directory, run_id, instance) if run_id else {}, url, say)
    # All of them first: a record that was written again, or copied, is no younger for it than what it tells of.
    known = _records(listing or Listing(directory, instance), run_id, instance, say)
    records = list(filter(None, (_at(record, url, say) for record in known)))
    found, ended = open_attempts(own), _ended([own, *records])
    open_ones = [one for record in records for one in reversed(half_done(open_attempts(record), ended))]
    if open_ones:
        found.append(max(open_ones, key=lambda one: str(one.get("started"))))
    ran = _last_runs([own, *records])
    told = [*map(as_option, found), *_put_back([own, *records])]
    return [*_marked([_without_stop(one, ran) for one in told], [own, *records]), *_over(records)]


def _at(record: Data, url: str, say: Say) -> Data:
    """A record without the attempts at an instance elsewhere; empty when there are no others.

    :param say: is called about one that may be going on: it is the same instance if that has another name now.
    """
    attempts = attempts_in(record)
    here = [one for one in attempts if not is_elsewhere(one, url)]
    for one in attempts:
        if one not in here and is_unfinished(one) and is_recent(one, datetime.now(timezone.utc)):
            say(
                f"The run '{one.get('run_id')}' has an attempt at {one.get('instance')} that did not end, at "
                f"{one['intent']['url']}. That host is at {url.rpartition('@')[2]} now, so it is not relied on."
            )
    return {**here[-1], "earlier": here[:-1]} if here else {}


def is_elsewhere(attempt: Mapping[str, t.Any], url: str) -> bool:
    """Whether an attempt was at an instance on another host than this one: two environments may have the same names of
    hosts, and one directory. Another port, path or protocol may be the same instance."""
    there, here = (_host_of(str(one or "")) for one in ((attempt.get("intent") or {}).get("url"), url))
    return bool(there and here) and there != here


def _host_of(url: str) -> str:
    """Its host; '' where there is none, or where the evidence hides it as a secret."""
    try:
        return "" if "*" in url else urlsplit(url if "//" in url else f"//{url}").hostname or ""
    except ValueError:
        return ""


def require_here(record: Mapping[str, t.Any], url: str) -> None:
    """Refuse evidence of an instance elsewhere.

    :param url: where the instance is.
    :raises AnsibleActionFail: an attempt of the record was elsewhere.
    """
    for attempt in attempts_in(record):
        if is_elsewhere(attempt, url):
            raise AnsibleActionFail(
                f"The run '{attempt.get('run_id')}' has evidence of {attempt.get('instance')} at "
                f"{attempt['intent']['url']}, and that host is at {url.rpartition('@')[2]} now. Nothing was written. "
                "Where that is another environment, give each its own directory of evidence. Where the instance has "
                "moved, give another name of the run; to put a value back, give its line OLD VALUE in "
                "mid_sourcing_restore."
            )


def _last_runs(records: t.Iterable[Mapping[str, t.Any]]) -> dict[str, str]:
    """For each workflow, the start of the last attempt that has seen it run: what an earlier one may have stopped is
    started since."""
    found: dict[str, str] = {}
    for attempt in filter(_has_seen_a_run, (one for record in records for one in attempts_in(record))):
        workflow = _workflow_of_attempt(attempt)
        found[workflow] = max(found.get(workflow, ""), str(attempt.get("started")))
    return found


def _has_seen_a_run(attempt: Mapping[str, t.Any]) -> bool:
    return any(step.get("action") in _RUNS for step in _steps(attempt.get("result") or {}))


def _workflow_of_attempt(attempt: Mapping[str, t.Any]) -> str:
    """The workflow of a cure or a backfill, whose intent holds no defaults."""
    given = (attempt.get("intent") or {}).get("workflow")
    return str(given or workflow_of(str(attempt["cursors"][0]["option"])))


def _without_stop(told: Data, ran: Mapping[str, str]) -> Data:
    """An attempt as the module is told of it; one that a later one has seen run has left nothing stopped."""
    return {**told, "left_stopped": False} if ran.get(told["workflow"], "") > str(told["started"]) else told


def _over(records: t.Iterable[Mapping[str, t.Any]]) -> list[Data]:
    """The newest attempt at each cursor that has left its value there, as the module option ``earlier`` takes it.
    Nothing of it is to be resumed, so nothing but its end is told."""
    newest: dict[str, Data] = {}
    for attempt in filter(_has_kept, _in_order(records)):
        newest.update(dict.fromkeys((str(row["option"]) for row in attempt["cursors"]), attempt))
    ended = {str(one.get("started")): as_option(one) for one in newest.values()}
    return [{**one, "orders": [], "starts": [], "left_stopped": False} for one in ended.values()]


def _put_back(records: t.Iterable[Mapping[str, t.Any]]) -> list[Data]:
    """The newest attempt at each cursor that has ended since, because a rollback, say, has set the cursor: as the
    module option ``earlier`` takes it. That has started nothing, so a Stop of the attempt is still its own."""
    attempts = _in_order(records)
    found: dict[str, Data | None] = {}
    for number, attempt in enumerate(attempts):
        for row in _cured_rows(attempt):
            option = str(row["option"])
            ending = next((one for one in attempts[number:] if option in _set_by(one)), None)
            found[option] = None if ending is None else _stop_of({**attempt, "cursors": [row]}, ending)
    return list(filter(None, found.values()))


def _in_order(records: t.Iterable[Mapping[str, t.Any]]) -> list[Data]:
    """All attempts of these records, oldest first."""
    attempts = (one for record in records for one in attempts_in(record))
    return sorted(attempts, key=lambda one: str(one.get("started")))


def _undone(records: t.Iterable[Mapping[str, t.Any]]) -> set[tuple[t.Any, t.Any]]:
    """The cures of which a later task has put a cursor back, each by its run and its start."""
    attempts = _in_order(records)
    found = set()
    for number, attempt in enumerate(attempts):
        options = {str(row["option"]) for row in _cured_rows(attempt)}
        if any(options & _set_by(one) for one in attempts[number:]):
            found.add((attempt.get("run_id"), attempt.get("started")))
    return found


def _marked(told: t.Iterable[Data], records: t.Iterable[Mapping[str, t.Any]]) -> list[Data]:
    """These attempts, as the module is told of them, each with whether it is undone."""
    undone = _undone(records)
    return [{**one, "undone": (one["run_id"], one["started"]) in undone} for one in told]


def standing(record: Mapping[str, t.Any]) -> list[Data]:
    """The cures of a record that still stand, without those of which a rollback has put a cursor back: to go on with
    one of them is a new change."""
    undone = _undone([record])
    return [one for one in open_attempts(record) if (one.get("run_id"), one.get("started")) not in undone]


def _cured_rows(attempt: Mapping[str, t.Any]) -> list[Data]:
    """The cursors of a cure that may have sent something; none of any other task."""
    return list(attempt["cursors"]) if attempt.get("kind") == "cure" and not _wrote_nothing(attempt) else []


def _set_by(attempt: Mapping[str, t.Any]) -> set[str]:
    """The options that a task of :data:`_UNDOING` has set, or found as they were to be."""
    if str(attempt.get("kind")) not in _UNDOING or attempt.get("failed", True):
        return set()
    return {str(one["option"]) for one in attempt.get("cursors") or []}


def _stop_of(attempt: Mapping[str, t.Any], ending: Mapping[str, t.Any]) -> Data | None:
    """What there is to tell of an attempt whose value was put back; None if it has not left its workflow stopped."""
    told = as_option(attempt)
    if not _has_left_stopped(told):
        return None
    cursors = [{**one, "written": None, "unsure": False} for one in told["cursors"]]
    put_back = str(ending.get("started"))
    ended = {"outcome": "restored", "put_back": put_back, "left_stopped": True, "cursors": cursors}
    return {**told, **ended, "orders": [], "starts": [], "runs": [], "stood": {}}


def _has_left_stopped(told: Data) -> bool:
    """Whether an attempt that may have sent something, as the module is told of it, may have left its workflow
    stopped."""
    return may_have_stopped(
        told["outcome"] or "", told["orders"], left_stopped=told["left_stopped"], is_theirs=told["found_stopped"]
    )


def _has_kept(attempt: Mapping[str, t.Any]) -> bool:
    return attempt.get("kind") == "cure" and (attempt.get("result") or {}).get("outcome") == "kept"


def ended_options(directory: str, run_id: str, instance: str, *, url: str = "") -> dict[str, Data]:
    """The options of an instance at which a run, this one or another, has ended what was begun before, each with the
    last attempt that did. A damaged record of another run ends nothing, nor do those before it.

    :raises AnsibleActionFail: as in :func:`earlier_attempts`.
    """
    known = _records(Listing(directory, instance), run_id, instance, lambda _sentence: None)
    return _ended(_at(record, url, lambda _sentence: None) for record in (run_of(directory, run_id, instance), *known))


def _ended(records: t.Iterable[Mapping[str, t.Any]]) -> dict[str, Data]:
    """The options at which these runs have ended what was begun before, with the last attempt that did.

    It saw the cursor healthy, gave it up, or set it: what an earlier attempt left there is over then, however like its
    own a later value looks.
    """
    found: dict[str, Data] = {}
    for attempt in _in_order(records):
        if attempt.get("kind") == "cure":
            moves = _moves(attempt).items()
            options = {option for option, move in moves if move.get("outcome") in FINAL | HEALTHY_AFTER}
        else:
            failed = attempt.get("failed", True)
            options = set() if failed else {str(one["option"]) for one in attempt.get("cursors") or []}
        found.update(dict.fromkeys(options, attempt))
    return found


def half_done(attempts: t.Iterable[Data], ended: Mapping[str, Data]) -> list[Data]:
    """Those of the attempts that may have left their work half done, without the options at which a later one has
    ended it. An order has no options, and no other ends it.

    :param ended: as :func:`ended_options` tells.
    """
    found = []
    for attempt in filter(is_unfinished, attempts):
        over = {option for option, later in ended.items() if _is_over(attempt, option, later)}
        found += _without([attempt], over) if attempt.get("cursors") else [attempt]
    return found


def _is_over(attempt: Data, option: str, later: Data) -> bool:
    """Whether an attempt that ended what was begun at an option came after this one, and after its writes."""
    is_later = str(later.get("started")) > str(attempt.get("started"))
    return is_later and not (_wrote_nothing(later) and _may_land_after(later)(attempt, option))


def _records(listing: Listing, run_id: str, instance: str, say: Say) -> Iterator[Data]:
    """The records of an instance in other runs, newest first, up to a damaged one: it may have ended the attempts in
    the older ones."""
    for path in listing.newest(instance, run_id):
        try:
            yield read_evidence(path)
        except AnsibleActionFail as error:
            say(
                f"{error} It is of another run, so this host is not held up by it: neither it nor older evidence of "
                f"the host is relied on. To have no more of this, move it away: {path}"
            )
            return


def open_attempts(record: Mapping[str, t.Any], ending: t.Container[str] = _ENDING) -> list[Data]:
    """The cures of a record that still stand, oldest first. A later change of the options, such as a rollback, ended
    those before it.

    :param ending: the kinds of such a change.
    """
    found: list[Data] = []
    for attempt in attempts_in(record):
        if attempt.get("kind") == "cure":
            found.append(attempt)
        elif str(attempt.get("kind")) in ending and not attempt.get("failed", True):
            options = {one["option"] for one in attempt.get("cursors") or []}
            found = _without(found, options, but=_may_land_after(attempt) if _wrote_nothing(attempt) else None)
    return found


def _without(
    attempts: t.Iterable[Data], options: t.Container[str], but: Callable[[Data, str], bool] | None = None
) -> list[Data]:
    """The attempts without these options; those without others are left out.

    :param but: keeps an option of an attempt all the same.
    """
    left = (
        {
            **one,
            "cursors": [
                row for row in one["cursors"] if row["option"] not in options or (but and but(one, row["option"]))
            ],
        }
        for one in attempts
    )
    return [one for one in left if one["cursors"]]


def _may_land_after(ending: Mapping[str, t.Any]) -> Callable[[Data, str], bool]:
    """Whether a write of an attempt may land after this task: who finds the old value there has ended nothing then."""
    return lambda attempt, option: _may_land(attempt, option) and not _is_after(ending, _lands_until(attempt))


def _is_after(attempt: Mapping[str, t.Any], moment: datetime | None) -> bool:
    started = _moment(attempt)
    return started is not None and moment is not None and started >= moment


def _may_land(attempt: Mapping[str, t.Any], option: str) -> bool:
    """Whether the answer to the write of a new value was lost. That of the old one does no harm where it lands."""
    return bool(_moves(attempt).get(option, {}).get("unsure"))


def _lands_until(attempt: Mapping[str, t.Any]) -> datetime | None:
    """From when on no write of an attempt is on its way any more; None where its start is not known."""
    started = _moment(attempt)
    try:
        return None if started is None else started + GOES_ON_FOR
    except OverflowError:  # a year that no calendar goes beyond
        return None


def _moment(attempt: Mapping[str, t.Any]) -> datetime | None:
    """When an attempt began, by the controller's clock; None where that cannot be read."""
    try:
        return parse_datetime(str(attempt.get("started")))
    except ValidationError:
        return None


def is_unfinished(attempt: Mapping[str, t.Any]) -> bool:
    """Whether an attempt may have left its work half done. A task that has succeeded has not, and an option or a
    workflow has no outcome that could say so."""
    if attempt.get("state") == "ended" and not attempt.get("failed", True):
        return False
    result = attempt.get("result") or {}
    return str(result.get("outcome") or "") in UNFINISHED and not _wrote_nothing(attempt)


def changed_by(attempt: Mapping[str, t.Any]) -> frozenset[str]:
    """The names of what an attempt was to change: its options, or of an order its workflows."""
    options = [str(one["option"]) for one in attempt.get("cursors") or []]
    return frozenset(options or workflows_ordered(attempt))


def _wrote_nothing(attempt: Mapping[str, t.Any]) -> bool:
    """Whether an attempt is known to have sent nothing that changes the instance."""
    calls = (attempt.get("result") or {}).get("calls") or {}
    return attempt.get("state") == "ended" and calls.get("writes") == 0


def _moves(attempt: Mapping[str, t.Any]) -> dict[str, Mapping[str, t.Any]]:
    """The known result of each cursor of an attempt."""
    return {str(move["option"]): move for move in (attempt.get("result") or {}).get("moves") or []}


# Complex: what a record does not tell has a default.
def as_option(attempt: Mapping[str, t.Any]) -> Data:
    """One attempt as the module option ``earlier`` takes it."""
    intent, result = attempt.get("intent") or {}, attempt.get("result") or {}
    return {
        "run_id": attempt.get("run_id"),
        "started": attempt.get("started"),
        "outcome": result.get("outcome"),
        "workflow": _workflow_of_attempt(attempt),
        "strategy": intent.get("strategy") or "lookback",
        "lookback": intent.get("lookback") or "1d",
        "value": intent.get("value"),
        "cursors": _cursors(attempt),
        # A result that is not there does not tell: whoever was allowed to treat a stopped workflow may have found one.
        "found_stopped": bool(result.get("found_stopped", intent.get("start_stopped"))),
        "orders": [action for step in _steps(result) if (action := str(step.get("action"))) in _ORDERS],
        "left_stopped": result.get("left_stopped"),
        "runs": [str(step.get("at")) for step in _steps(result) if step.get("action") == AS_IT_STANDS],
        "stood": result.get("stood") or {},
        "starts": [str(step.get("at")) for step in _steps(result) if _is_start(step)],
        "writes": (result.get("calls") or {}).get("writes"),
    }


def _cursors(attempt: Mapping[str, t.Any]) -> list[Data]:
    moves, found = _moves(attempt), []
    for one in attempt["cursors"]:
        move = moves.get(one["option"], {})
        gone = move.get("undone") or move.get("outcome") == "restored"
        # Where the old value may have landed, whether the new one stayed is as unsure.
        unsure = bool(move.get("unsure") or move.get("back_lost"))
        row = {"written": None if gone else move.get("written"), "unsure": unsure}
        found.append({"cursor": one["option"], "expected_value": one["old_value"], **row})
    return found


def _steps(result: Mapping[str, t.Any]) -> list[Mapping[str, t.Any]]:
    return list(result.get("steps") or [])


def _is_start(step: Mapping[str, t.Any]) -> bool:
    """Whether a step is an order to start that found a workflow which was not started yet."""
    return step.get("action") == "start" and step.get("detail") != ALREADY


def is_recent(attempt: Mapping[str, t.Any], now: datetime) -> bool:
    """Whether an attempt began within ``GOES_ON_FOR``. An attempt without a start time did not."""
    until = _lands_until(attempt)
    return until is not None and now < until


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
    records = _records(Listing(directory, instance), "", instance, say)
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


def workflows_ordered(attempt: Mapping[str, t.Any]) -> list[str]:
    """The names of the workflows to which an attempt was to give orders."""
    intent = attempt.get("intent") or {}
    return [str(name) for name in intent.get("names") or [intent.get("name")] if name]


def _ordered(attempt: Mapping[str, t.Any]) -> dict[str, str]:
    """The workflows to which an attempt was to give orders, each ``done``, ``failed`` or ``untouched``. One whose end
    is not known has failed."""
    names = workflows_ordered(attempt)
    if attempt.get("state") == "ended" and not attempt.get("failed", True):
        return dict.fromkeys(names, "done")
    if _wrote_nothing(attempt):
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


#: The steps of a cure or a backfill by which it has seen a run of the workflow.
_RUNS = frozenset({"verified", "failed", "confirmed", "fetched"})
#: The order to start a workflow, as the log of calls names it.
_START = soap_action(SCHEMA, ORDERS["start"])
#: What the outcomes of a list of workflows say of each.
_OUTCOMES = {"changed": "done", "unchanged": "done", "not_attempted": "untouched"}
_ORDERS = frozenset({"start", "stop", "kill", "wakeup"})


# -- undoing ------------------------------------------------------------------------------------------------------


def rollback_targets(record: Mapping[str, t.Any], now: datetime | None = None) -> list[Data]:
    """What a run has to restore on an instance: for each option the value that its first writing attempt found, since
    the last one that has cured it: a name may be used for another change, months later.

    An attempt without a result may have written; one whose result says that nothing of it remains has not. ``lost`` is
    the new value whose write got no answer, so that it may land until ``lost_until``. With ``is_back`` nothing is to be
    restored, and the run may have left the workflow stopped.

    :param now: the controller's time, in UTC; None where no write can still be on its way.
    """
    found: dict[str, Data] = {}
    cured: set[str] = set()
    for attempt in open_attempts(record, _UNDOING):
        until = _lands_until(attempt) if now is not None and is_recent(attempt, now) else None
        for target, outcome in _written(attempt, until):
            option = target["option"]
            if option not in found or option in cured:
                found[option] = target
            cured.discard(option)
            cured.update({option} if outcome in CURED_OR_WARNED else ())
    return [*found.values(), *(one for one in _left_stopped(record) if one["option"] not in found)]


def _left_stopped(record: Mapping[str, t.Any]) -> list[Data]:
    """The cursors whose newest attempt in a record may have left the workflow stopped, as targets of a rollback."""
    ran = _last_runs([record])
    newest: dict[str, Data] = {}
    for attempt in attempts_in(record):
        newest.update({str(row["option"]): {**attempt, "cursors": [row]} for row in _cured_rows(attempt)})
    left = (one for one in newest.values() if _has_left_stopped(_without_stop(as_option(one), ran)))
    return [{**_target(one, one["cursors"][0]), "is_back": True} for one in left]


def _target(attempt: Mapping[str, t.Any], cursor: Mapping[str, t.Any]) -> Data:
    """One cursor of an attempt as a target of a rollback."""
    option = str(cursor["option"])
    workflow = (attempt.get("intent") or {}).get("workflow") or workflow_of(option)
    return {
        "option": option,
        "value": cursor["old_value"],
        "workflow": workflow,
        "lost": "",
        "lost_until": "",
        "is_back": False,
    }


def _written(attempt: Mapping[str, t.Any], until: datetime | None) -> Iterator[tuple[Data, str]]:
    """What an attempt has written, or may have: how to undo it, and its outcome.

    :param until: a write of it may still be on its way until then; None where none can be.
    """
    moves = _moves(attempt)
    for cursor in () if _wrote_nothing(attempt) else attempt["cursors"]:
        option = str(cursor["option"])
        move = moves.get(option)
        if move is None or _remains(move):
            target = _target(attempt, cursor)
            if until and move and _may_land(attempt, option):
                target.update(lost=move["written"], lost_until=format_datetime(until))
            yield target, "" if move is None else str(move.get("outcome"))


def _remains(move: Mapping[str, t.Any]) -> bool:
    """Whether something of a write may stand there, or may yet: it was not undone."""
    if not move.get("written") or move.get("outcome") == "restored":
        return False
    return bool(not move.get("undone") or move.get("unsure"))


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
    """The instances for which a run has evidence.

    :raises AnsibleActionFail: evidence that somebody else can have written; an unusable record of which only the record
        itself could tell the instance.
    """
    run = run_directory(directory, run_id)
    trusted_run(run)
    return sorted(host_of(path.stem) or str(read_evidence(path).get("instance")) for path in records_of(run))


def records_of(run: Path) -> list[Path]:
    """The records in the directory of a run, by name."""
    return sorted(path for path in run.glob("*.json") if is_host_stem(path.stem))
