# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run has shown, and what becomes of the cure then: every answer, to the letter, without an instance."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._core.cursor_value import CursorValue
from ansible_collections.campaign.classic.plugins.module_utils._cure.judging import (
    NOT_SHOWN,
    WayOn,
    after_failure,
    is_doubtful,
    is_named,
    journal_text,
    moved_and_failed,
    proven,
)
from ansible_collections.campaign.classic.plugins.module_utils._cure.model import CureOptions, Move
from ansible_collections.campaign.classic.plugins.module_utils._cure.state import CureState
from ansible_collections.campaign.classic.plugins.module_utils._cure.turns import MOST_TRIES
from ansible_collections.campaign.classic.plugins.module_utils._cure.workflow_waiter import RunEnd
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.causes import BUILT_IN
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.diagnose import judge
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.mid_figures import Count, MidFigures
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.model import Thresholds
from ansible_collections.campaign.classic.plugins.module_utils._resources.workflows import JournalLine
from tests.helpers.cure_world import CURSOR, plan_for
from tests.helpers.cursors import OTHER, TIMEOUT, YEARS, account, ago, failed_cursor, line, option, workflow

SECOND = "NmsMidSourcing_LastDelivery_b"
WROTE, CAME_TO = CursorValue.read("2026-11-22 12:00:00.000Z"), CursorValue.read("2026-11-23 11:50:00.000Z")
REFUSED = "XSV-350014 The '10.0.0.7' IP address via which you are accessing the server is not accepted."
REMEDY = (
    "The mid-sourcing server refuses this instance's IP address: have the address added to the security zone of the "
    "operator there."
)
ALL_THE_SAME = "and the run failed all the same: it was refused"


def diagnosis(name: str = "mid") -> Any:
    seen = failed_cursor(YEARS, line(600, TIMEOUT), option=option(YEARS, account=name), account=account(name))
    return judge(seen, Thresholds())


def move(name: str = "mid", *, written: CursorValue | None = WROTE, **more: Any) -> Move:
    """A cursor that was written, except for the changes."""
    plan = plan_for("mkt", option=f"NmsMidSourcing_LastDelivery_{name}", account=name)
    return Move(plan, **{"diagnosis": diagnosis(name), "written": written, "after": CAME_TO, **more})


def end(*errors: str, told: tuple[JournalLine, ...] = ()) -> RunEnd:
    lines = tuple(line(60, error) for error in errors)
    return RunEnd(workflow(13, failed=bool(errors)), lines, told or lines)


def way(*moves: Move, errors: tuple[str, ...] = (TIMEOUT,), rivals: tuple[str, ...] = (), **choices: Any) -> WayOn:
    state = CureState(moves, rivals=rivals)
    return after_failure(state, end(*errors), CureOptions(**choices), BUILT_IN)


# -- what the journal says ---------------------------------------------------------------------------------------------


def test_journal_is_quoted_or_said_to_be_silent() -> None:
    assert journal_text((line(60, TIMEOUT),), BUILT_IN) == TIMEOUT
    assert journal_text((), BUILT_IN) == "the journal names no error"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("The account 'mid' failed.", True),
        ("mid", True),
        ("The account 'mid2' failed.", False),
        ("The account 'amid' failed.", False),
        ("Nothing.", False),
    ],
)
def test_account_is_named_by_a_word_of_its_own(text: str, named: bool) -> None:
    assert is_named(end(text), move(), BUILT_IN) is named
    # Without an error, what else was told may name it.
    assert is_named(end(told=(line(60, message=text),)), move(), BUILT_IN) is named
    assert not is_named(end("Another.", told=(line(60, message=text),)), move(), BUILT_IN)


def test_cursor_without_a_diagnosis_or_an_account_is_named_by_nothing() -> None:
    for text in ("XX", "A text, with signs."):
        assert not is_named(end(text), move(diagnosis=None), BUILT_IN)
        assert not is_named(end(text), move(diagnosis=replace(diagnosis(), account="")), BUILT_IN)


def test_one_of_several_errors_is_enough() -> None:
    assert is_named(end(TIMEOUT, "The account 'mid' failed."), move(), BUILT_IN)


# -- a cursor that was moved -------------------------------------------------------------------------------------------


def test_cursor_that_a_run_without_errors_has_moved_is_cured() -> None:
    after = proven(CureState((move(), move("b"))), CURSOR, end(), "")
    assert (after.move(CURSOR).outcome, after.move(CURSOR).reason) == (
        "cured",
        f"The workflow ran and moved its cursor itself, from {WROTE} to {CAME_TO}.",
    )
    assert after.move(SECOND).is_open


def test_cured_cursor_says_what_it_has_jumped_over() -> None:
    figures = MidFigures("eu", "answered", since_cursor=Count(ago(9), 12, 0.1), since_planned=Count(ago(1), 2, 0.1))
    told = replace(diagnosis(), mid=figures)
    assert (
        proven(CureState((move(diagnosis=told),)), CURSOR, end(), "")
        .move(CURSOR)
        .reason.endswith(f"to {CAME_TO}. 10 deliveries changed between its old value and the new one.")
    )


def test_errors_beside_a_cursor_that_was_moved_are_warnings() -> None:
    after = proven(CureState((move(), move("b"))), CURSOR, end(OTHER), "it was refused")
    assert (after.move(CURSOR).outcome, after.move(CURSOR).reason) == (
        "cured_with_warnings",
        f"The workflow moved its cursor to {CAME_TO}, but its journal has errors: it was refused",
    )
    assert after.move(SECOND).is_open


@pytest.mark.parametrize(
    ("others", "error", "outcome", "reason"),
    [
        ([move("b", written=None)], OTHER, "cured_with_warnings", "and failed for another account then."),
        (
            [move("b", written=None)],
            "The account 'mid' failed.",
            "kept",
            "and the run failed all the same: it was refused",
        ),
        ([move("b")], OTHER, "kept", ALL_THE_SAME),
    ],
)
def test_cursor_that_was_moved_in_a_run_that_failed(others: list[Move], error: str, outcome: str, reason: str) -> None:
    after = moved_and_failed(CureState((move(), *others)), CURSOR, end(error), "it was refused", BUILT_IN)
    begins = "The workflow moved its cursor" if outcome != "kept" else "The cursor was moved"
    assert (after.move(CURSOR).outcome, after.move(CURSOR).reason) == (outcome, f"{begins} to {CAME_TO}, {reason}")
    assert after.move(SECOND).is_open


def beside(account: str) -> Any:
    return replace(diagnosis(account), account=account)


@pytest.mark.parametrize(
    ("moves", "others", "error", "doubtful"),
    [
        ([], [], TIMEOUT, True),
        ([], [], OTHER, True),
        ([], [], "A text that nobody knows", False),
        ([], [], f"{TIMEOUT} (account mid)", True),
        ([], [], f"{TIMEOUT} (account b)", True),
        ([], ["b"], f"{TIMEOUT} (account b)", False),
        ([], ["b"], f"{TIMEOUT} (accounts b, mid)", True),
        ([], ["b"], TIMEOUT, True),
        ([move("b").ended("cured", ".")], [], f"{TIMEOUT} (account b)", False),
        ([move("b").ended("cured", ".")], [], TIMEOUT, True),
        ([move("b", written=None)], [], TIMEOUT, False),
        ([move("b", written=None)], [], f"{TIMEOUT} (account mid)", True),
        ([move("b")], [], TIMEOUT, False),
    ],
)
def test_cursor_that_was_moved_is_in_doubt_where_it_can_be_that_of_the_account_that_failed(
    moves: list[Move], others: list[str], error: str, doubtful: bool
) -> None:
    state = CureState((move(), *moves), beside=tuple(map(beside, others)))
    assert is_doubtful(state, CURSOR, [CURSOR], end(error), BUILT_IN) is doubtful
    assert not is_doubtful(state, CURSOR, [CURSOR], end(), BUILT_IN)
    assert not is_doubtful(state, CURSOR, [CURSOR], end(told=(line(60, error),)), BUILT_IN), "it is no error"


def test_moved_in_doubt_is_kept_and_tells_what_may_be_missing() -> None:
    ignored = replace(end(OTHER), workflow=workflow(11))
    after = moved_and_failed(CureState((move(),)), CURSOR, ignored, "it was refused", BUILT_IN)
    assert (after.move(CURSOR).outcome, after.move(CURSOR).reason) == (
        "kept",
        f"The cursor was moved to {CAME_TO}, {ALL_THE_SAME} Whether it has fetched what changed since {WROTE} is not "
        "known: repair the cause, and compare the deliveries of the two servers. A rollback puts the old value "
        "2020-03-01 10:00:00.000Z back.",
    )


# -- a cursor that was not ---------------------------------------------------------------------------------------------


def test_failure_as_before_restores_or_keeps_as_is_wanted() -> None:
    assert way(move()) == WayOn("restore", f"The run failed again: {TIMEOUT}")
    assert way(move(), errors=("A text that nobody knows",)).way == "restore"
    assert way(move(), move("b")) == WayOn("restore", f"The run failed again: {TIMEOUT}")
    stays = f"The run failed: {TIMEOUT} The new value {WROTE} stays (on_failure=keep)."
    assert way(move(), on_failure="keep") == WayOn("keep", stays)
    assert way(move(), move("b"), on_failure="keep").reason == (
        f"The run failed: {TIMEOUT} The new value stays (on_failure=keep)."
    )


def test_failure_for_another_reason_keeps_what_was_written() -> None:
    reason = f"The run failed for another reason than before (address_refused): {REFUSED}"
    assert way(move(), errors=(OTHER,)) == WayOn("keep", f"{reason} The new value {WROTE} stays. {REMEDY}")
    assert way(move(shown=True), move("b", written=None), errors=(OTHER,)).way == "keep"


def test_failure_for_another_reason_puts_back_what_is_not_shown_to_be_the_cause() -> None:
    reason = f"The run failed for another reason than before (address_refused): {REFUSED} {REMEDY} {NOT_SHOWN}"
    assert way(move(), move("b", written=None), errors=(OTHER,)) == WayOn("restore", reason)
    assert way(move(), rivals=("X",), errors=(OTHER,)).way == "restore"
    assert way(move(), move("b"), errors=(OTHER,)).way == "restore"
    assert way(move(), move("b").ended("cured", "."), errors=(OTHER,)).way == "restore"


def test_failure_while_others_wait_is_theirs_unless_it_names_the_cursor() -> None:
    waits = move("b", written=None)
    named = f"The account 'mid' failed: {TIMEOUT}"
    assert way(move(), waits) == WayOn("next", "")
    assert way(move(), waits, errors=(named,)).way == "restore"
    assert way(move("c"), move(), waits, errors=(named,)).way == "restore"
    assert way(move().ended("cured", "."), waits, errors=(OTHER,)) == WayOn("next", "")


def test_failure_beside_a_cursor_that_is_not_planned_may_be_of_that_one() -> None:
    may = "X, Y of the same workflow is stuck too and may be the cause."
    kept = WayOn(
        "keep",
        f"The run failed: {TIMEOUT} The new value {WROTE} stays, because {may} Detect again and cure it next.",
    )
    assert way(move(shown=True), rivals=("X", "Y")) == kept
    assert way(move(), rivals=("X", "Y"), on_failure="keep") == kept
    assert way(move(), rivals=("X", "Y")) == WayOn(
        "restore", f"The run failed: {TIMEOUT} {may} {NOT_SHOWN} Detect again and plan them together."
    )
    named = way(move(), rivals=("X",), errors=(f"The account 'mid' failed: {TIMEOUT}",))
    assert named == WayOn("restore", f"The run failed again: The account 'mid' failed: {TIMEOUT}")


def test_tries_are_not_endless() -> None:
    waits = move("b", written=None)
    for number, expected in ((MOST_TRIES - 1, "next"), (MOST_TRIES, "restore")):
        state = CureState((move(), waits), tried=(frozenset[str](),) * number)
        found = after_failure(state, end(TIMEOUT), CureOptions(), BUILT_IN)
        assert found.way == expected
        assert ("15 tries have not found it. Let the mid-sourcing servers be asked" in found.reason) == (
            expected == "restore"
        )


def test_failure_of_a_run_that_has_moved_all_of_them_is_no_error() -> None:
    assert way(move().ended("kept", "."), on_failure="keep").way == "keep"


def test_cause_that_names_this_very_account_is_a_doubt_also_where_its_row_is_no_error() -> None:
    """The wrapper alone is one then (campaign_facts, unknown 8)."""
    cause = line(60, message=f"The account 'mid' failed: {TIMEOUT}")
    wrapper = line(60, "SCR-160012 JavaScript error while evaluating script 'activity/script'.")
    said = RunEnd(workflow(11), (wrapper,), (wrapper, cause))
    assert is_doubtful(CureState((move(),)), CURSOR, [CURSOR], said, BUILT_IN)
    # So says each that asks: another cursor waits, or stands where it was.
    assert is_named(said, move(), BUILT_IN)
    after = moved_and_failed(CureState((move(), move("b", written=None))), CURSOR, said, "it was refused", BUILT_IN)
    assert after.move(CURSOR).outcome == "kept"


def test_error_of_another_account_without_the_cause_takes_no_doubt_away() -> None:
    beside_it = CureState((move(),), beside=(beside("b"),))
    said = end(TIMEOUT, "The account 'b': 3 deliveries were left out.")
    assert is_doubtful(beside_it, CURSOR, [CURSOR], said, BUILT_IN)


@pytest.mark.parametrize("beside_it", ["Account mid: asking for deliveries", "The account 'mid' was asked."])
@pytest.mark.parametrize("fails", [True, False], ids=["as an error", "as an information"])
def test_guess_that_is_named_beside_the_cause_does_not_end_the_tries(beside_it: str, fails: bool) -> None:
    """Also with on_failure=keep, a guess stays moved only where the failure is its own."""
    cause = line(60, f"The account 'b' failed: {TIMEOUT}")
    other = line(60, beside_it) if fails else line(60, message=beside_it)
    said = RunEnd(workflow(13, failed=True), (cause, other) if fails else (cause,), (cause, other))
    silent = RunEnd(workflow(13, failed=True), (), (line(60, message=beside_it),))
    state = CureState((move(), move("b", written=None)))
    for run in (said, silent):
        assert after_failure(state, run, CureOptions(on_failure="keep"), BUILT_IN) == WayOn("next", "")
