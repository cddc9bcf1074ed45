# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""What the evidence tells about earlier attempts, to a run that resumes or undoes.

A record that cannot be used stops whoever would build on it: the host of this very run, whose record would be
overwritten and its old value with it, and a rollback. Of other runs only an attempt that broke off matters: it tells
that a stopped workflow, or the present value, is our doing. A damaged record of theirs blocks nobody: it is
named, and neither it nor what is older than it is relied on. Then the server alone decides, as if there were no
evidence: a workflow that stands stopped is taken for a person's and left alone, and a value that an attempt has written
is too young to be stuck. Either way nothing is written that would not be written on an instance without evidence.
"""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Mapping

from ...module_utils._diagnosis.outcomes import FINAL, HEALTHY_AFTER
from .attempt import (
    Data,
    as_option,
    cured_rows,
    has_kept,
    has_left_stopped,
    has_seen_a_run,
    is_after,
    is_unfinished,
    lands_until,
    may_land,
    moves_of,
    workflow_of_attempt,
    wrote_nothing,
)
from .files import attempts_in
from .records import Listing, Say, only_here, other_records, run_of

#: The kinds of a task that undoes a cure: a backfill goes on from it.
UNDOING = frozenset({"option"})
#: Those that end what a cure left half done at a cursor.
_ENDING = UNDOING | {"backfill"}


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
    own = only_here(run_of(directory, run_id, instance) if run_id else {}, url, say)
    # All of them first: a record that was written again, or copied, is no younger for it than what it tells of.
    known = other_records(listing or Listing(directory, instance), run_id, instance, say)
    records = list(filter(None, (only_here(record, url, say) for record in known)))
    found, ended = open_attempts(own), _ended([own, *records])
    open_ones = [one for record in records for one in reversed(half_done(open_attempts(record), ended))]
    if open_ones:
        found.append(max(open_ones, key=lambda one: str(one.get("started"))))
    ran = last_runs([own, *records])
    told = [*map(as_option, found), *_put_back([own, *records])]
    return [*_marked([without_stop(one, ran) for one in told], [own, *records]), *_over(records)]


def last_runs(records: t.Iterable[Mapping[str, t.Any]]) -> dict[str, str]:
    """For each workflow, the start of the last attempt that has seen it run: what an earlier one may have stopped is
    started since."""
    found: dict[str, str] = {}
    for attempt in filter(has_seen_a_run, (one for record in records for one in attempts_in(record))):
        workflow = workflow_of_attempt(attempt)
        found[workflow] = max(found.get(workflow, ""), str(attempt.get("started")))
    return found


def without_stop(told: Data, ran: Mapping[str, str]) -> Data:
    """An attempt as the module is told of it; one that a later one has seen run has left nothing stopped."""
    return {**told, "left_stopped": False} if ran.get(told["workflow"], "") > str(told["started"]) else told


def _over(records: t.Iterable[Mapping[str, t.Any]]) -> list[Data]:
    """The newest attempt at each cursor that has left its value there, as the module option ``earlier`` takes it.
    Nothing of it is to be resumed, so nothing but its end is told."""
    newest: dict[str, Data] = {}
    for attempt in filter(has_kept, _in_order(records)):
        newest.update(dict.fromkeys((str(row["option"]) for row in attempt["cursors"]), attempt))
    ended = {str(one.get("started")): as_option(one) for one in newest.values()}
    return [{**one, "orders": [], "starts": [], "left_stopped": False} for one in ended.values()]


def _put_back(records: t.Iterable[Mapping[str, t.Any]]) -> list[Data]:
    """The newest attempt at each cursor that has ended since, because a rollback, say, has set the cursor: as the
    module option ``earlier`` takes it. That has started nothing, so a Stop of the attempt is still its own."""
    attempts = _in_order(records)
    found: dict[str, Data | None] = {}
    for number, attempt in enumerate(attempts):
        for row in cured_rows(attempt):
            option = str(row["option"])
            ending = next((one for one in attempts[number:] if option in _set_by(one)), None)
            found[option] = None if ending is None else _stop_of({**attempt, "cursors": [row]}, ending)
    return list(filter(None, found.values()))


def _stop_of(attempt: Mapping[str, t.Any], ending: Mapping[str, t.Any]) -> Data | None:
    """What there is to tell of an attempt whose value was put back; None if it has not left its workflow stopped."""
    told = as_option(attempt)
    if not has_left_stopped(told):
        return None
    cursors = [{**one, "written": None, "unsure": False} for one in told["cursors"]]
    put_back = str(ending.get("started"))
    ended = {"outcome": "restored", "put_back": put_back, "left_stopped": True, "cursors": cursors}
    return {**told, **ended, "orders": [], "starts": [], "runs": [], "stood": {}}


def _set_by(attempt: Mapping[str, t.Any]) -> set[str]:
    """The options that a task of :data:`UNDOING` has set, or found as they were to be."""
    if str(attempt.get("kind")) not in UNDOING or attempt.get("failed", True):
        return set()
    return {str(one["option"]) for one in attempt.get("cursors") or []}


def _in_order(records: t.Iterable[Mapping[str, t.Any]]) -> list[Data]:
    """All attempts of these records, oldest first."""
    attempts = (one for record in records for one in attempts_in(record))
    return sorted(attempts, key=lambda one: str(one.get("started")))


def _undone(records: t.Iterable[Mapping[str, t.Any]]) -> set[tuple[t.Any, t.Any]]:
    """The cures of which a later task has put a cursor back, each by its run and its start."""
    attempts = _in_order(records)
    found = set()
    for number, attempt in enumerate(attempts):
        options = {str(row["option"]) for row in cured_rows(attempt)}
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
            found = _without(found, options, but=_may_land_after(attempt) if wrote_nothing(attempt) else None)
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
    return lambda attempt, option: may_land(attempt, option) and not is_after(ending, lands_until(attempt))


def ended_options(directory: str, run_id: str, instance: str, *, url: str = "") -> dict[str, Data]:
    """The options of an instance at which a run, this one or another, has ended what was begun before, each with the
    last attempt that did. A damaged record of another run ends nothing, nor do those before it.

    :raises AnsibleActionFail: as in :func:`earlier_attempts`.
    """
    known = other_records(Listing(directory, instance), run_id, instance, lambda _sentence: None)
    return _ended(
        only_here(record, url, lambda _sentence: None) for record in (run_of(directory, run_id, instance), *known)
    )


def _ended(records: t.Iterable[Mapping[str, t.Any]]) -> dict[str, Data]:
    """The options at which these runs have ended what was begun before, with the last attempt that did.

    It saw the cursor healthy, gave it up, or set it: what an earlier attempt left there is over then, however like its
    own a later value looks.
    """
    found: dict[str, Data] = {}
    for attempt in _in_order(records):
        if attempt.get("kind") == "cure":
            moves = moves_of(attempt).items()
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
    return is_later and not (wrote_nothing(later) and _may_land_after(later)(attempt, option))
