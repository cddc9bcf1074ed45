# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What somebody has made of the workflow is theirs: a stop that a cure was allowed to treat, and a start of late."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._cure.model import CureResult
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.attempts import Attempt
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.catalogue import CATALOGUE
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.diagnose import (
    Thresholds,
    Verdict,
    diagnose,
)
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.snapshot import read_facts
from tests.helpers.cure_world import CURSOR, WORKFLOW, World, attempt_for, make_slow, marketing, plan_for, world
from tests.helpers.unfinished_cures import told

STOPPED = 20


def evidence_of(result: CureResult, began: datetime) -> Attempt:
    return attempt_for(began, [plan_for("mkt")], **told(result))


def verdict(there: World, attempts: Sequence[Attempt]) -> Verdict:
    with there.session("mkt") as session:
        found = diagnose(read_facts(session, CATALOGUE), Thresholds(), attempts=attempts)
    return next(one.verdict for one in found if one.option == CURSOR)


@pytest.mark.parametrize("mark", [False, True])
def test_what_a_failed_cure_leaves_stopped_as_it_was_found_is_still_somebody_elses(mark: bool) -> None:
    with world({"mkt": marketing()}) as there:
        make_slow(there)
        there.sim.order("mkt", WORKFLOW, "Stop")
        there.sleep(30)
        began, plans = there.now(), [plan_for("mkt")]
        result = there.cure("mkt", plans=plans, start_stopped=True, mark=mark, run_id="r1")
        assert (result.outcome, there.row("mkt")["state"]) == ("restored", STOPPED)
        attempts = [evidence_of(result, began)]
        assert attempts[0].found_stopped and not attempts[0].may_have_stopped
        assert verdict(there, attempts) is Verdict.HELD
        written = there.writes("mkt")
        refused = there.cure("mkt", plans=plans, attempts=attempts)
        assert (refused.outcome, there.writes("mkt")) == ("refused", written)
        # Allowed again, and failed again, it is left as it was found again.
        there.sleep(600)
        again = there.cure("mkt", plans=plans, attempts=attempts, start_stopped=True, mark=mark, run_id="r1")
        assert (again.outcome, there.row("mkt")["state"]) == ("restored", STOPPED)


def test_resumed_attempt_that_found_it_stopped_leaves_it_stopped() -> None:
    with world({"mkt": marketing()}) as there:
        make_slow(there)
        there.sim.order("mkt", WORKFLOW, "Stop")
        there.sleep(30)
        began, plans = there.now(), [plan_for("mkt")]
        result = there.cure("mkt", plans=plans, start_stopped=True, verify_timeout=10.0)
        assert (result.outcome, there.row("mkt")["state"]) == ("pending", 11)
        there.sleep(600)
        again = there.cure("mkt", plans=plans, attempts=[evidence_of(result, began)], start_stopped=True)
        assert (again.outcome, there.row("mkt")["state"]) == ("restored", STOPPED), again.reason


@pytest.mark.parametrize(("found_stopped", "expected"), [(True, Verdict.HELD), (False, Verdict.STUCK)])
def test_attempt_that_was_killed_before_it_told_claims_a_stop_only_where_none_can_have_been_there(
    found_stopped: bool, expected: Verdict
) -> None:
    with world({"mkt": marketing()}) as there:
        there.sim.order("mkt", WORKFLOW, "Stop")
        there.sleep(30)
        attempt = attempt_for(there.now(), [plan_for("mkt")], found_stopped=found_stopped)
        assert verdict(there, [attempt]) is expected


@pytest.mark.parametrize(
    ("call", "outcome", "written"), [(5, "refused", []), (6, "refused", []), (7, "kept", ["Write"])]
)
def test_run_that_somebody_has_started_since_the_diagnosis_is_not_stopped(
    call: int, outcome: str, written: list[str]
) -> None:
    """From call 7 on the next one is the write: it is sent, and their run goes on with the value that it has read."""
    with world({"mkt": marketing()}) as there:
        calls = iter(range(1, 1000))

        def before(_method: str) -> None:
            if next(calls) == call:
                there.before = lambda _method: None
                there.sim.order("mkt", WORKFLOW, "Stop")
                there.sleep(20)
                there.sim.order("mkt", WORKFLOW, "Start")
                there.sleep(5)

        there.before = before
        result = there.cure("mkt")
        assert (result.outcome, there.writes("mkt")) == (outcome, written), result.reason
        assert there.row("mkt")["state"] == 11
        assert "detect again" in result.reason.lower()


def test_a_marked_value_that_a_run_has_left_there_gives_nobody_the_right_to_start_the_workflow() -> None:
    with world({"mkt": marketing()}) as there:
        make_slow(there)
        began = there.now()
        result = there.cure("mkt", mark=True, run_id="r1", on_failure="keep")
        assert (result.outcome, there.row("mkt")["state"]) == ("kept", 13), result.reason
        there.sleep(3600)
        there.sim.order("mkt", WORKFLOW, "Stop")
        there.sleep(30)
        ended = replace(evidence_of(result, began), run_id="r1", orders=(), starts=(), left_stopped=False)
        assert verdict(there, [ended]) is Verdict.HELD


def test_a_marked_value_on_a_workflow_that_was_found_stopped_needs_the_permission_again() -> None:
    with world({"mkt": marketing()}) as there:
        make_slow(there)
        there.sim.order("mkt", WORKFLOW, "Stop")
        there.sleep(30)
        result = there.cure("mkt", mark=True, run_id="r1", on_failure="keep", start_stopped=True)
        assert (result.outcome, there.row("mkt")["state"]) == ("kept", STOPPED), result.reason
        there.sleep(3600)
        assert verdict(there, []) is Verdict.HELD
