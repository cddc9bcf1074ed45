# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether an instance is what a plan was made for: every answer, to the letter, without an instance."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._core.cursor_value import CursorValue
from ansible_collections.campaign.classic.plugins.module_utils._cure.checks import (
    check_move,
    check_runs,
    check_turn,
    settle,
    started_since,
    target_of,
)
from ansible_collections.campaign.classic.plugins.module_utils._cure.clocks import Clocks
from ansible_collections.campaign.classic.plugins.module_utils._cure.model import Ended, Move
from ansible_collections.campaign.classic.plugins.module_utils._cure.state import CureState
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.attempts import Attempt, Mark, ResumePoint
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.model import Diagnosis, Verdict
from ansible_collections.campaign.classic.plugins.module_utils._resources.workflows import Workflow
from tests.helpers.cure_world import CURSOR, OLD, WORKFLOW, plan_for
from tests.helpers.cursors import DAY, HOUR, NOW, ago, workflow

OTHER, NEWER = "NmsMidSourcing_LastDelivery_other", "2026-11-22 12:00:00.000Z"
PLAN = plan_for("mkt")
IN_VAIN = "It was moved for nothing, and its old value was put back."
FAILED = {"workflow": {"state": 13}}
WRITTEN = ResumePoint("r1", CursorValue.read(OLD), written=True, stopped=True)


def value(text: str) -> dict[str, Any]:
    read = CursorValue.read(text)
    return {"value_text": read.text, "value": read.moment}


def found(verdict: str = "stuck", **more: Any) -> Diagnosis:
    """What was found of the cursor: stuck where the plan knows it, except for the changes."""
    known: dict[str, Any] = {"option": CURSOR, "workflow": WORKFLOW, "cure": "move" if verdict == "stuck" else "none"}
    known.update(evidence=FAILED, **value(OLD))
    return Diagnosis(Verdict(verdict), 1, f"It is {verdict}.", "Look.", **{**known, **more})


def attempt(**more: Any) -> Attempt:
    """An attempt at the same cursor that did not end."""
    known: dict[str, Any] = {"run_id": "r1", "started": ago(HOUR), "workflow": WORKFLOW, "old_values": {CURSOR: OLD}}
    return Attempt(**{**known, **more})


def cure(*options: str, **more: Any) -> CureState:
    moves = tuple(Move(replace(PLAN, option=option), **more) for option in options or (CURSOR,))
    return CureState(moves)


def checked(mine: Diagnosis, *attempts: Attempt, state: CureState | None = None) -> CureState:
    others = [found(option=OTHER, cure="none")]
    return check_move(
        state or cure(), CURSOR, [*others, mine], workflow=WORKFLOW, attempts=attempts, clocks=Clocks(NOW)
    )


def refused(mine: Diagnosis, *attempts: Attempt, state: CureState | None = None) -> str:
    with pytest.raises(Ended) as end:
        checked(mine, *attempts, state=state)
    assert end.value.outcome == "refused"
    return end.value.reason


# -- a run that is going on --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mine", "attempts", "waits"),
    [
        (found("running"), [], False),
        (found("stuck"), [], True),
        (found("running", option=OTHER), [], True),
        (found("running", resume_point=WRITTEN), [], True),
        (found("running"), [attempt()], True),
        (found("running"), [attempt(outcome="cured")], False),
        (found("running"), [attempt(outcome="cured"), attempt()], True),
        (found("running"), [attempt(workflow="cleanup")], False),
        (found("running"), [attempt(old_values={OTHER: OLD})], False),
    ],
)
def test_run_on_the_cursor_is_waited_for_if_an_attempt_of_ours_may_have_begun_it(
    mine: Diagnosis, attempts: list[Attempt], waits: bool
) -> None:
    if waits:
        check_runs(cure(), [mine], attempts)
        return
    with pytest.raises(Ended) as end:
        check_runs(cure(), [mine], attempts)
    assert (end.value.outcome, end.value.reason) == (
        "refused",
        "A run is going on, and nothing shows that the cursor is stuck: It is running. Nothing was sent; detect again "
        "when it has ended.",
    )


# -- the cursor beside its plan ----------------------------------------------------------------------------------------


def test_stuck_cursor_on_the_value_of_its_plan_is_to_be_moved() -> None:
    assert checked(found()) == cure()


def test_cursor_that_is_not_seen_is_refused() -> None:
    assert refused(found(option="Another")) == (
        f"The workflow '{WORKFLOW}' has no cursor '{CURSOR}', or the operator may not see it."
    )


def test_cursor_elsewhere_than_in_its_plan_is_refused() -> None:
    moved = "somebody moved it since. Detect again and make a new plan."
    assert refused(found(**value(NEWER))) == f"The cursor is {NEWER} and not {OLD} as planned: {moved}"
    assert refused(found(**value(""))) == f"The cursor is empty and not {OLD} as planned: {moved}"


def test_other_verdict_is_refused_with_its_reason() -> None:
    assert refused(found("held")) == "The verdict is 'held' and not 'stuck': It is held."


def test_plan_that_leads_nowhere_now_is_refused_unless_its_value_is_written() -> None:
    late = replace(PLAN, lookback_seconds=3000 * DAY)
    state = CureState((Move(late),))
    assert "is not later than the old one" in refused(found(), state=state)
    known = CureState((Move(late, target=CursorValue.at(NOW)),))
    assert checked(found(), state=known) == known
    assert checked(found(resume_point=WRITTEN, **value(NEWER)), state=state).in_flight
    assert target_of(late, Clocks(NOW)) is None
    assert target_of(PLAN, Clocks(NOW)) == ago(DAY)


def test_value_that_an_attempt_has_written_is_gone_on_with() -> None:
    after = checked(found(resume_point=WRITTEN, **value(NEWER)))
    move = after.move(CURSOR)
    assert (move.written, move.resumed, move.assumed) == (CursorValue.read(NEWER), "r1", False)
    assert checked(found(resume_point=replace(WRITTEN, certain=False), **value(NEWER))).move(CURSOR).assumed
    assert (after.found_stopped, after.stopped_by_us) == (False, False)
    assert checked(found(resume_point=replace(WRITTEN, found_stopped=True), **value(NEWER))).found_stopped
    known = replace(cure(), found_stopped=True)
    assert checked(found(resume_point=WRITTEN, **value(NEWER)), state=known).found_stopped


@pytest.mark.parametrize(
    "point", [replace(WRITTEN, written=False), replace(WRITTEN, old_value=CursorValue.read("2019-01-01 00:00:00.000Z"))]
)
def test_value_that_no_attempt_at_this_plan_has_written_is_somebody_elses(point: ResumePoint) -> None:
    assert "as planned: somebody moved it since" in refused(found(resume_point=point, **value(NEWER)))


@pytest.mark.parametrize(
    ("state", "stopped", "ours"),
    [(20, True, True), (15, True, True), (20, False, False), (11, True, False), (13, True, False)],
)
def test_workflow_that_stands_still_after_an_attempt_is_our_stop(state: int, stopped: bool, ours: bool) -> None:
    point = replace(WRITTEN, stopped=stopped)
    mine = found(resume_point=point, evidence={"workflow": {"state": state}}, **value(NEWER))
    assert checked(mine).stopped_by_us is ours


def test_workflow_that_is_not_seen_counts_as_standing_still() -> None:
    assert checked(found(resume_point=WRITTEN, evidence={"workflow": None}, **value(NEWER))).stopped_by_us
    assert not checked(found(evidence={"workflow": {"state": 20}})).stopped_by_us


# -- a healthy cursor --------------------------------------------------------------------------------------------------

HEALTHY = found("healthy", **value("2026-11-23 11:50:00.000Z"))
MARK = Mark(CursorValue.read(OLD), CursorValue.read(NEWER), "r1").added_to("Pull")


@pytest.mark.parametrize(
    ("mine", "attempts", "cured"),
    [
        (HEALTHY, [], False),
        (HEALTHY, [attempt(written={CURSOR: NEWER})], True),
        (HEALTHY, [attempt(written={CURSOR: NEWER}, unsure=frozenset({CURSOR}))], None),
        (HEALTHY, [attempt(written={CURSOR: NEWER}, unsure=frozenset({OTHER}))], True),
        (HEALTHY, [attempt(written={CURSOR: NEWER}, old_values={CURSOR: NEWER})], False),
        (HEALTHY, [attempt(written={OTHER: NEWER})], None),
        (HEALTHY, [attempt()], None),
        (HEALTHY, [attempt(outcome="cured")], False),
        (HEALTHY, [attempt(old_values={CURSOR: NEWER})], False),
        (HEALTHY, [attempt(old_values={OTHER: OLD})], False),
        (replace(HEALTHY, value=None), [attempt(written={CURSOR: NEWER})], None),
        (replace(HEALTHY, **value(OLD)), [attempt(written={CURSOR: NEWER})], None),
        (replace(HEALTHY, **value("2020-03-01 10:00:01.000Z")), [attempt(written={CURSOR: NEWER})], True),
        (replace(HEALTHY, description=MARK), [], False),
        (replace(HEALTHY, description=MARK), [attempt(run_id="r2", outcome="cured")], False),
        (replace(HEALTHY, description=MARK), [attempt(outcome="cured")], False),
        (replace(HEALTHY, description=MARK), [attempt(old_values={OTHER: OLD})], True),
        (replace(HEALTHY, description=MARK, **value(NEWER)), [attempt(old_values={OTHER: OLD})], False),
        (replace(HEALTHY, description=MARK.replace("2020-03", "2020-04")), [attempt(old_values={OTHER: OLD})], False),
    ],
)
def test_healthy_cursor_was_cured_if_an_attempt_that_did_not_end_is_known_to_have_moved_it(
    mine: Diagnosis, attempts: list[Attempt], cured: bool | None
) -> None:
    known = "" if cured is not None else " Whether the run 'r1', which did not end, had moved it is not known."
    move = checked(mine, *attempts).move(CURSOR)
    assert (move.outcome, move.reason) == (
        (
            "cured",
            f"An earlier attempt moved the cursor from {OLD}, and the workflow has moved it on since, to "
            f"{mine.value_text}. It is healthy.",
        )
        if cured
        else ("unchanged", f"Nothing to do: It is healthy.{known}")
    )


def test_first_of_several_attempts_that_did_not_end_is_named() -> None:
    several = [attempt(run_id="r0", outcome="cured"), attempt(), attempt(run_id="r2")]
    assert "Whether the run 'r1', which did not end" in checked(HEALTHY, *several).move(CURSOR).reason


# -- a start since -----------------------------------------------------------------------------------------------------


def seen_so(state: int, started: float | None) -> Diagnosis:
    """What was found of a cursor whose workflow was so."""
    last_start = None if started is None else str(CursorValue.at(ago(started)))
    return found(evidence={"workflow": {"state": state, "last_start": last_start}})


@pytest.mark.parametrize(
    ("before", "now", "started"),
    [
        (seen_so(13, DAY), workflow(11, started=DAY), True),
        (seen_so(20, DAY), workflow(11, started=DAY), True),
        (seen_so(11, DAY), workflow(11, started=DAY), False),
        (seen_so(11, DAY), workflow(11, started=HOUR), True),
        (seen_so(11, None), workflow(11, started=None), False),
        (seen_so(11, None), workflow(11, started=HOUR), True),
        (seen_so(11, DAY), workflow(11, started=None), True),
        (seen_so(13, DAY), workflow(13, failed=True, started=HOUR), False),
        (seen_so(13, DAY), workflow(20, started=HOUR), False),
        (found(evidence={"workflow": None}), workflow(11), False),
        (found(evidence={}), workflow(11), False),
        (None, workflow(11), False),
    ],
)
def test_workflow_was_started_since_where_it_is_and_was_not_or_at_another_time(
    before: Diagnosis | None, now: Workflow, started: bool
) -> None:
    assert started_since(now, before) is started


# -- whose turn it is --------------------------------------------------------------------------------------------------


def test_cursors_that_are_stuck_and_not_planned_are_rivals() -> None:
    older = found(option=OTHER, **value("2019-01-01 00:00:00.000Z"))
    newer = found(option=OTHER, **value(NEWER))
    fine = found("healthy", option="Third")
    assert check_turn(cure(), [found(), newer, fine]).rivals == (OTHER,)
    assert check_turn(cure(), [fine]).rivals == ()
    assert check_turn(cure(CURSOR, OTHER), [found(), older]).rivals == ()
    assert check_turn(cure(written=CursorValue.read(NEWER)), [found(), older]).rivals == (OTHER,)
    with pytest.raises(Ended) as end:
        check_turn(cure(), [found(), older])
    assert (end.value.outcome, end.value.reason) == (
        "refused",
        f"The cursor '{OTHER}' of the same workflow is stuck too and is to be moved first: it may be what holds this "
        "one back.",
    )


def test_a_cursor_that_only_its_name_puts_first_may_wait() -> None:
    named = found(option=OTHER, evidence={**FAILED, "named_in_errors": True})
    assert check_turn(cure(), [found(), found(option="A")]).rivals == ("A",)
    with pytest.raises(Ended):
        check_turn(cure(), [found("held"), found(option="A")])  # the planned one is none that is to be moved
    for first in (named, found(option=OTHER, **value("2020-02-01 10:00:00.000Z"))):
        with pytest.raises(Ended):
            check_turn(cure(), [found(), first])


def test_other_cursors_in_use_are_remembered() -> None:
    others = [
        found("stale", option="A", account="a"),
        found("stale", option="B"),
        found("inactive", option="C", account="c"),
        found("empty", option="D", account="d", value=None),
        found(option="E", account="e"),
    ]
    assert [one.option for one in check_turn(cure(), [found(account="mid"), *others]).beside] == ["A", "E"]


def test_each_account_that_is_not_planned_and_not_well_may_be_why_a_run_fails() -> None:
    others = [
        found("stale", option="A", account="a"),
        found("failing_other", option="B", account="b"),
        found("missing", option="C", account="c", value=None),
        found("stale", option="D"),  # of no account: nobody asks with it
        found("inactive", option="E", account="e"),
        found("healthy", option="F", account="f"),
        found("not_applicable", option="G", account="g"),
        found(option="H", account="h"),  # a rival
    ]
    assert check_turn(cure(), [found(account="mid"), *others]).suspects == ("A", "B", "C")


@pytest.mark.parametrize(
    ("mine", "outcome", "reason"),
    [
        ([found("healthy", option=OTHER)], "unchanged", f"{IN_VAIN} Nothing to do any more: It is healthy."),
        ([found("held", option=OTHER)], "restored", f"{IN_VAIN} After the next run the verdict is 'held': It is held."),
        ([], "restored", f"{IN_VAIN} After the next run it is gone"),
    ],
)
def test_cursor_that_was_moved_in_vain_says_so(mine: list[Diagnosis], outcome: str, reason: str) -> None:
    state = CureState((Move(PLAN), Move(replace(PLAN, option=OTHER), put_back=True)))
    after = settle(state, [found(), *mine])
    assert (after.move(OTHER).outcome, after.move(OTHER).reason) == (outcome, reason)


@pytest.mark.parametrize(
    ("mine", "outcome", "reason"),
    [
        ([found(option=OTHER)], None, ""),
        ([found("healthy", option=OTHER)], "unchanged", "Nothing to do any more: It is healthy."),
        ([], "refused", "Nothing was written to it, because after the run it is gone"),
        (
            [found("held", option=OTHER)],
            "refused",
            "Nothing was written to it, because after the run the verdict is 'held': It is held.",
        ),
    ],
)
def test_cursor_that_waits_is_judged_again_after_a_run(mine: list[Diagnosis], outcome: str | None, reason: str) -> None:
    written = Move(PLAN, written=CursorValue.read(NEWER))
    state = CureState((written, Move(replace(PLAN, option=OTHER))))
    after = settle(state, mine)
    assert (after.move(OTHER).outcome, after.move(OTHER).reason) == (outcome, reason)
    assert after.move(CURSOR) == written
