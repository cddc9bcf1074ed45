# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of verdicts (docs/architecture.md, Diagnosis): each row by example, each boundary at one second on either
side, and all combinations."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.diagnose import judge
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.model import (
    CursorFacts,
    Thresholds,
    Verdict,
    VerdictRule,
)
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.rules import RULES
from ansible_collections.campaign.classic.plugins.module_utils._resources.workflow_states import (
    TRANSITIONAL,
    WorkflowState,
)
from tests.helpers.cursors import (
    DAY,
    HOUR,
    KIND,
    MINUTE,
    NIGHTLY,
    OTHER,
    TIMEOUT,
    UNKNOWN,
    YEARS,
    account,
    ago,
    audit,
    cursor,
    failed_cursor,
    line,
    option,
    workflow,
)

T = Thresholds()
#: A transitional workflow without any time of its own, so that its journal alone tells since when.
SILENT: dict[str, Any] = {"processed": None, "started": None, "due": None}
TWO_UNKNOWN = (line(20 * MINUTE, UNKNOWN), line(10 * MINUTE, UNKNOWN))
TWO_TIMEOUTS = (line(20 * MINUTE, TIMEOUT), line(10 * MINUTE, TIMEOUT))
ONE_TIMEOUT = (line(10 * MINUTE, TIMEOUT),)
ONE_OTHER = (line(10 * MINUTE, OTHER),)


def verdict(seen: CursorFacts, thresholds: Thresholds = T) -> str:
    return judge(seen, thresholds).verdict.value


# -- examples ---------------------------------------------------------------------------------------------------------

EXAMPLES: list[tuple[str, str, CursorFacts]] = [
    # row 2
    ("not_applicable", "a mid host", cursor(option=None, account=None, workflow=None)),
    ("not_applicable", "a mid host with routing accounts", cursor(option=None, workflow=None)),
    ("not_applicable", "a bulk account", cursor(option=None, account=account(server=""))),
    (
        "not_applicable",
        "a bulk account beside a failed workflow",
        cursor(option=None, account=account(server=" "), workflow=workflow(13, failed=True)),
    ),
    ("not_applicable", "a workflow and nothing to synchronise", cursor(option=None, account=None)),
    (
        "not_applicable",
        "a kind without accounts on a host without its workflow",
        cursor(kind=NIGHTLY, option=None, account=None, workflow=None),
    ),
    # row 3
    ("unmatched", "a suffix of no account", cursor(account=None)),
    ("unmatched", "several cursors of one account", cursor(mismatch="Several.")),
    ("unmatched", "no account and no workflow", cursor(account=None, workflow=None)),
    ("unmatched", "an orphan that looks stuck", failed_cursor(YEARS, *TWO_UNKNOWN, account=None)),
    # row 4
    ("inactive", "a disabled account", failed_cursor(YEARS, *TWO_UNKNOWN, account=account(active=False))),
    ("inactive", "a disabled account without a cursor", cursor(option=None, account=account(active=False))),
    # row 5
    ("missing", "an account without a cursor", cursor(option=None)),
    (
        "missing",
        "a failed workflow with nothing to be seen around it",
        cursor(option=None, account=None, workflow=workflow(13, failed=True)),
    ),
    ("missing", "a kind without accounts", cursor(kind=NIGHTLY, option=None, account=None)),
    ("unsupported", "a text", cursor(option=option(YEARS, data_type=6))),
    ("unsupported", "an empty text", cursor(option=option(data_type=6, raw=""))),
    ("unsupported", "a date", cursor(option=option(data_type=10, raw="2020/03/01"))),
    ("unsupported", "a moment without a zone", cursor(option=option(raw="2020-03-01 10:00:00"))),
    ("empty", "a null", cursor(option=option(raw=""))),
    ("future", "a cursor of tomorrow", cursor(option=option(-DAY))),
    # row 6
    ("engine_down", "a start that nobody takes", cursor(workflow=workflow(10, processed=DAY))),
    ("engine_down", "a due time that passed", cursor(workflow=workflow(due=HOUR, processed=HOUR + 600))),
    (
        "engine_down",
        "a start that was never taken and left no time",
        cursor(option=option(HOUR), workflow=workflow(10, **SILENT)),
    ),
    (
        "engine_down",
        "an engine that died while runs were failing",
        cursor(
            option=option(YEARS),
            workflow=workflow(due=HOUR, processed=HOUR + 600),
            journal=(line(2 * HOUR, TIMEOUT), line(90 * MINUTE, TIMEOUT)),
        ),
    ),
    # row 7
    ("held", "stopped", cursor(workflow=workflow(20))),
    (
        "held",
        "stopped with failures on an ancient cursor",
        failed_cursor(YEARS, *ONE_TIMEOUT, *TWO_UNKNOWN, workflow=workflow(20, failed=True)),
    ),
    ("held", "paused by a person", cursor(option=option(YEARS), workflow=workflow(13), journal=TWO_UNKNOWN)),
    ("held", "never started", cursor(option=option(YEARS), workflow=workflow(0))),
    ("held", "paused after we stopped it", cursor(workflow=workflow(13), ours=True)),
    ("held", "stopped, with a process left", cursor(workflow=workflow(20, pid=7))),
    # row 8
    ("running", "a young run", cursor(workflow=workflow(pid=7))),
    (
        "running",
        "a young run on an ancient cursor that never failed",
        cursor(option=option(YEARS), workflow=workflow(pid=7)),
    ),
    ("running", "a run of unknown age", cursor(option=option(YEARS), workflow=workflow(pid=7, **SILENT))),
    (
        "running",
        "a run that has logged an error of its own",
        cursor(option=option(YEARS), workflow=workflow(pid=7, processed=11 * MINUTE), journal=ONE_TIMEOUT),
    ),
    (
        "running",
        "a run of unknown age with one error, perhaps its own",
        cursor(option=option(YEARS), workflow=workflow(pid=7, **SILENT), journal=ONE_TIMEOUT),
    ),
    (
        "running",
        "stopping, with failures on an ancient cursor",
        cursor(option=option(YEARS), workflow=workflow(15, processed=MINUTE), journal=TWO_UNKNOWN),
    ),
    (
        "running",
        "paused in error with a process that goes on",
        failed_cursor(YEARS, *TWO_UNKNOWN, workflow=workflow(13, failed=True, pid=7)),
    ),
    # row 9
    ("failing_other", "another cause on an ancient cursor", failed_cursor(YEARS, *ONE_OTHER)),
    ("failing_other", "another cause on a recent cursor", failed_cursor(HOUR, *ONE_OTHER)),
    ("failing_other", "another cause after timeouts", failed_cursor(YEARS, line(HOUR, TIMEOUT), *ONE_OTHER)),
    ("failing_other", "another cause beside a timeout", failed_cursor(YEARS, line(601, TIMEOUT), line(600, OTHER))),
    (
        "failing_other",
        "another cause under ignored errors",
        cursor(option=option(HOUR), journal=(line(20 * MINUTE, OTHER), *ONE_OTHER)),
    ),
    (
        "failing_other",
        "another cause while the next doomed run goes on",
        cursor(option=option(YEARS), workflow=workflow(pid=7), journal=ONE_OTHER),
    ),
    # row 10
    ("stuck", "failed twice with a timeout", failed_cursor(YEARS, *TWO_TIMEOUTS)),
    ("stuck", "failed once with a timeout", failed_cursor(YEARS, *ONE_TIMEOUT)),
    ("stuck", "failing under ignored errors", cursor(option=option(YEARS), journal=TWO_TIMEOUTS)),
    (
        "stuck",
        "a doomed run that is started again and again",
        cursor(option=option(YEARS), workflow=workflow(pid=7), journal=ONE_TIMEOUT),
    ),
    (
        "stuck",
        "a doomed run of unknown age",
        cursor(option=option(YEARS), workflow=workflow(pid=7, **SILENT), journal=(line(HOUR, TIMEOUT), *ONE_TIMEOUT)),
    ),
    (
        "stuck",
        "stopped by us in the middle of a cure",
        failed_cursor(YEARS, *ONE_TIMEOUT, workflow=workflow(20, failed=True), ours=True),
    ),
    ("stuck", "a kind that is never moved", failed_cursor(YEARS, *TWO_TIMEOUTS, kind=NIGHTLY, account=None)),
    # row 11
    ("failing_unknown", "failed twice without a cause", failed_cursor(YEARS, *TWO_UNKNOWN)),
    (
        "failing_unknown",
        "failing under ignored errors without a cause",
        cursor(option=option(YEARS), journal=TWO_UNKNOWN),
    ),
    ("failing_unknown", "a timeout after another cause", failed_cursor(YEARS, line(HOUR, OTHER), *ONE_TIMEOUT)),
    ("failing_unknown", "timeouts long after another cause", failed_cursor(YEARS, line(9 * DAY, OTHER), *TWO_TIMEOUTS)),
    (
        "failing_unknown",
        "a timeout after a text that nobody knows",
        failed_cursor(YEARS, line(HOUR, UNKNOWN), *ONE_TIMEOUT),
    ),
    (
        "failing_unknown",
        "a text that nobody knows after a timeout",
        failed_cursor(YEARS, line(HOUR, TIMEOUT), line(600, UNKNOWN)),
    ),
    ("failing_unknown", "failed with a purged journal", failed_cursor(YEARS)),
    ("failing_unknown", "failed once without a cause", failed_cursor(YEARS, line(600, UNKNOWN))),
    ("failing_unknown", "a timeout on a recent cursor", failed_cursor(DAY, *ONE_TIMEOUT)),
    (
        "failing_unknown",
        "failed twice, once for another cause",
        failed_cursor(YEARS, line(HOUR, OTHER), line(600, UNKNOWN)),
    ),
    ("failing_unknown", "failures from before the value", failed_cursor(5 * MINUTE, *TWO_UNKNOWN)),
    ("failing_unknown", "another cause from before the value", failed_cursor(5 * MINUTE, *ONE_OTHER)),
    (
        "failing_unknown",
        "failures from before the workflow moved it",
        failed_cursor(YEARS, *TWO_UNKNOWN, audit(5 * MINUTE)),
    ),
    (
        "failing_unknown",
        "failures from before we set it back",
        failed_cursor(30 * DAY, *TWO_UNKNOWN, moved_at=ago(MINUTE)),
    ),
    (
        "failing_unknown",
        "failing in a state that nobody can explain",
        cursor(option=option(YEARS), workflow=workflow(9), journal=TWO_UNKNOWN),
    ),
    (
        "failing_unknown",
        "a single old failure under ignored errors",
        cursor(option=option(YEARS), journal=(line(600, UNKNOWN),)),
    ),
    # row 12
    ("stale", "late without a failure", cursor(option=option(DAY))),
    ("stale", "ancient without a failure", cursor(option=option(YEARS))),
    (
        "stale",
        "ancient, with runs that succeeded after the failures",
        cursor(option=option(YEARS), journal=(line(DAY, TIMEOUT), line(DAY - 600, TIMEOUT))),
    ),
    ("stale", "late, and the workflow is not to be seen", cursor(option=option(YEARS), workflow=None)),
    ("stale", "stopped by us and not started again", cursor(workflow=workflow(20), ours=True)),
    (
        "stale",
        "late, with a run that takes too long",
        cursor(option=option(YEARS), workflow=workflow(pid=7, processed=3 * HOUR)),
    ),
    # row 13
    ("healthy", "moved a moment ago", cursor()),
    ("healthy", "a little ahead of the server", cursor(option=option(-MINUTE))),
    ("healthy", "one error under ignored errors", cursor(option=option(20 * MINUTE), journal=ONE_OTHER)),
    (
        "healthy",
        "the cursor of an account that moves while another one fails",
        cursor(option=option(11 * MINUTE), journal=(line(2 * HOUR, TIMEOUT), line(HOUR, TIMEOUT), *ONE_TIMEOUT)),
    ),
    (
        "healthy",
        "a kind with an idea of its own of what is late",
        cursor(kind=NIGHTLY, option=option(DAY), account=None),
    ),
]


@pytest.mark.parametrize(
    ("expected", "seen"), [pytest.param(expected, seen, id=f"{expected}: {name}") for expected, name, seen in EXAMPLES]
)
def test_example_has_its_verdict(expected: str, seen: CursorFacts) -> None:
    assert verdict(seen) == expected


def test_every_rule_has_an_example() -> None:
    fired = {(found.rule, found.verdict) for found in (judge(seen, T) for _expected, _name, seen in EXAMPLES)}
    assert fired == {(rule.number, rule.verdict) for rule in RULES}


# -- the table itself -------------------------------------------------------------------------------------------------


def test_table_has_the_rows_of_the_design_in_order() -> None:
    assert [(rule.number, rule.verdict.value) for rule in RULES] == [
        (2, "not_applicable"),
        (3, "unmatched"),
        (4, "inactive"),
        (5, "missing"),
        (5, "unsupported"),
        (5, "empty"),
        (5, "future"),
        (6, "engine_down"),
        (7, "held"),
        (8, "running"),
        (9, "failing_other"),
        (10, "stuck"),
        (11, "failing_unknown"),
        (12, "stale"),
        (13, "healthy"),
    ]


def test_table_and_row_one_have_every_verdict_between_them() -> None:
    of_errors = {Verdict.UNREACHABLE, Verdict.NOT_ASKED, Verdict.DENIED, Verdict.MISCONFIGURED}
    assert {rule.verdict for rule in RULES} | of_errors == set(Verdict)


# -- boundaries -------------------------------------------------------------------------------------------------------

#: What is measured, in seconds: the last number within, the first beyond, and the verdicts on both sides.
BOUNDARIES: list[tuple[str, Callable[[int], CursorFacts], int, str, str]] = [
    ("max_age", lambda at: cursor(option=option(at)), 6 * HOUR, "healthy", "stale"),
    (
        "max_age under ignored errors",
        lambda at: cursor(option=option(at), journal=ONE_TIMEOUT),
        6 * HOUR,
        "healthy",
        "failing_unknown",
    ),
    ("remediate_after", lambda at: failed_cursor(at, *TWO_TIMEOUTS), 7 * DAY, "failing_unknown", "stuck"),
    ("future_tolerance", lambda at: cursor(option=option(-at)), 10 * MINUTE, "healthy", "future"),
    (
        "engine_grace of an order",
        lambda at: cursor(workflow=workflow(17, processed=at)),
        15 * MINUTE,
        "running",
        "engine_down",
    ),
    (
        "engine_grace of a due time",
        lambda at: cursor(workflow=workflow(due=at, processed=HOUR)),
        15 * MINUTE,
        "healthy",
        "engine_down",
    ),
    (
        "engine_grace after a journal line",
        lambda at: cursor(workflow=workflow(due=HOUR, processed=HOUR), journal=(line(at, message="x"),)),
        15 * MINUTE,
        "healthy",
        "engine_down",
    ),
    ("max_run", lambda at: cursor(workflow=workflow(pid=7, processed=at)), 2 * HOUR - 1, "running", "healthy"),
    (
        "max_run beside a state without runs",
        lambda at: failed_cursor(YEARS, line(at, TIMEOUT), workflow=workflow(13, failed=True, pid=7, processed=at)),
        2 * HOUR - 1,
        "running",
        "stuck",
    ),
    (
        "max_run after the last error",
        lambda at: cursor(option=option(YEARS), workflow=workflow(processed=60), journal=(line(60 + at, TIMEOUT),)),
        2 * HOUR,
        "stuck",
        "stale",
    ),
    (
        "run_gap",
        lambda at: failed_cursor(YEARS, line(600, TIMEOUT), line(600 + at, UNKNOWN)),
        60,
        "stuck",
        "failing_unknown",
    ),
]


@pytest.mark.parametrize(
    ("seen", "last", "within", "beyond"), [pytest.param(*rest, id=name) for name, *rest in BOUNDARIES]
)
def test_boundary_lies_between_one_second_and_the_next(
    seen: Callable[[int], CursorFacts], last: int, within: str, beyond: str
) -> None:
    assert (verdict(seen(last)), verdict(seen(last + 1))) == (within, beyond)


@pytest.mark.parametrize(
    ("needed", "texts", "expected"),
    [
        (1, [UNKNOWN], "failing_unknown"),
        (1, [UNKNOWN] * 50, "failing_unknown"),
        (1, [TIMEOUT], "stuck"),
        (2, [TIMEOUT], "failing_unknown"),
        (2, [TIMEOUT, TIMEOUT], "stuck"),
        (3, [TIMEOUT, TIMEOUT], "failing_unknown"),
        (3, [TIMEOUT] * 3, "stuck"),
        (1, [TIMEOUT, UNKNOWN], "failing_unknown"),
        (1, [TIMEOUT, OTHER], "failing_unknown"),
    ],
)
def test_boundary_of_failed_runs_counts_slow_ones_and_only_if_all_are(
    needed: int, texts: list[str], expected: str
) -> None:
    lines = [line(600 * (number + 1), text) for number, text in enumerate(texts)]
    assert verdict(failed_cursor(YEARS, *lines), Thresholds(min_failed_runs=needed)) == expected


@pytest.mark.parametrize(
    ("name", "seen", "before"),
    [
        ("max_age", cursor(option=option(DAY)), "stale"),
        ("remediate_after", failed_cursor(YEARS, *TWO_TIMEOUTS), "stuck"),
        ("engine_grace", cursor(workflow=workflow(due=HOUR, processed=HOUR)), "engine_down"),
        ("future_tolerance", cursor(option=option(-DAY)), "future"),
        ("max_run", cursor(workflow=workflow(pid=7, processed=3 * HOUR)), "healthy"),
        ("run_gap", failed_cursor(YEARS, line(1200, UNKNOWN), *ONE_TIMEOUT), "failing_unknown"),
    ],
)
def test_every_threshold_can_be_moved(name: str, seen: CursorFacts, before: str) -> None:
    changes: dict[str, Any] = (
        {name: 10000 * DAY, "remediate_after": 10000 * DAY} if name == "max_age" else {name: 10000 * DAY}
    )
    assert verdict(seen) == before
    assert verdict(seen, Thresholds(**changes)) != before


# -- all combinations -------------------------------------------------------------------------------------------------

OPTIONS = {
    "none": None,
    "text": option(YEARS, data_type=6),
    "unreadable": option(raw="soon"),
    "null": option(raw=""),
    **{f"age {age}": option(age) for age in (-601, -600, 300, 6 * HOUR, 6 * HOUR + 1, 7 * DAY, 7 * DAY + 1, YEARS)},
}
ACCOUNTS: dict[str, dict[str, Any]] = {
    "ok": {"account": account()},
    "none": {"account": None},
    "disabled": {"account": account(active=False)},
    "serverless": {"account": account(server=""), "mismatch": "No server."},
    "rivals": {"mismatch": "Several."},
}
JOURNALS = {
    "empty": (),
    "information": (line(600, message="Starting"),),
    "one unknown": (line(600, UNKNOWN),),
    "two unknown": TWO_UNKNOWN,
    "timeout": ONE_TIMEOUT,
    "two timeouts": TWO_TIMEOUTS,
    "timeout, then unknown": (line(1200, TIMEOUT), line(600, UNKNOWN)),
    "other": ONE_OTHER,
    "timeout, then other": (line(1200, TIMEOUT), *ONE_OTHER),
    "both at once": (line(601, TIMEOUT), line(600, OTHER)),
    "moved since": (*TWO_UNKNOWN, audit(30)),
    "long ago": (line(YEARS + DAY, TIMEOUT), line(YEARS + 2 * DAY, TIMEOUT)),
}
TIMES: dict[str, dict[str, Any]] = {
    "lately": {},
    "long ago": {"processed": 3 * HOUR, "due": None},
    "due 15 min ago": {"processed": HOUR, "due": 900},
    "due more than 15 min ago": {"processed": HOUR, "due": 901},
    "unknown": SILENT,
}
#: Every state that is known (campaign_facts, States), and an unknown one.
EVERY_STATE = (*map(int, WorkflowState), 99)


def workflows(states: Iterable[int], times: dict[str, dict[str, Any]]) -> Iterator[Any]:
    yield None
    for state, failed, pid, when in itertools.product(states, (False, True), (0, 7), times.values()):
        yield workflow(state, failed=failed, pid=pid, **when)


def combinations() -> Iterator[CursorFacts]:
    """All options with all accounts and states; then, for a matched cursor, all times, journals and evidence."""
    lately = {"lately": TIMES["lately"]}
    for one, owner, row, lines in itertools.product(
        OPTIONS.values(), ACCOUNTS.values(), workflows(EVERY_STATE, lately), (JOURNALS["empty"], JOURNALS["timeout"])
    ):
        yield cursor(option=one, workflow=row, journal=lines, **owner)
    ages = [OPTIONS[name] for name in ("age 300", f"age {7 * DAY}", f"age {7 * DAY + 1}")]
    for one, row, lines in itertools.product(ages, workflows((0, 10, 11, 13, 15, 20, 99), TIMES), JOURNALS.values()):
        yield cursor(option=one, workflow=row, journal=lines)
        if row is not None and row.state in (0, 13, 20):
            yield cursor(option=one, workflow=row, journal=lines, ours=True)


@pytest.fixture(scope="module")
def judged() -> list[tuple[CursorFacts, VerdictRule]]:
    """Every combination with the first rule that applies."""
    return [(seen, next(rule for rule in RULES if rule.applies(seen, T))) for seen in combinations()]


def may_be_stuck(seen: CursorFacts) -> bool:
    """The minimum that must be true of a cursor with the verdict stuck, without the help of the rules."""
    if seen.option is None or seen.option.data_type != 7 or not seen.option.raw.endswith("Z"):
        return False
    if seen.account is None or not seen.account.active or seen.mismatch or seen.workflow is None:
        return False
    if seen.age <= T.remediate_after or seen.state in TRANSITIONAL or seen.state in (0, 2, 9, 99):
        return False
    if (seen.state == 20 and not seen.ours) or (seen.state == 13 and not seen.workflow.failed):
        return False
    errors = sorted((one for one in seen.journal if one.is_error), key=lambda one: one.at)
    slow = bool(errors) and all(one.text == TIMEOUT for one in errors)
    return slow and not any("AuditTrail" in one.text for one in seen.journal)


def test_every_combination_has_a_verdict_and_every_rule_fires(judged: list[tuple[CursorFacts, VerdictRule]]) -> None:
    assert len(judged) > 12000
    assert {(rule.number, rule.verdict) for _seen, rule in judged} == {(rule.number, rule.verdict) for rule in RULES}


def test_no_combination_is_stuck_without_what_that_takes(judged: list[tuple[CursorFacts, VerdictRule]]) -> None:
    stuck = [seen for seen, rule in judged if rule.verdict is Verdict.STUCK]
    assert [seen for seen in stuck if not may_be_stuck(seen)] == []
    assert len(stuck) > 50


def test_every_verdict_is_explained_in_plain_data(judged: list[tuple[CursorFacts, VerdictRule]]) -> None:
    explained: Counter[Verdict] = Counter()
    for number, (seen, rule) in enumerate(judged):
        # Enough of each verdict, and of all the rest a sample.
        if explained[rule.verdict] >= 25 and number % 101:
            continue
        explained[rule.verdict] += 1
        found = judge(seen, T)
        assert (found.verdict, found.rule) == (rule.verdict, rule.number)
        assert found.reason.endswith((".", "?"))
        assert found.proposal
        assert found.cures == (found.verdict is Verdict.STUCK)
        assert ("Move the cursor" in found.proposal) == found.cures
        plain = found.to_dict()
        assert json.loads(json.dumps(plain)) == plain
    assert set(explained) == {rule.verdict for rule in RULES}
    assert min(explained.values()) >= 10


@pytest.mark.parametrize("state", EVERY_STATE)
def test_ancient_failing_cursor_is_moved_in_two_states_only(state: int) -> None:
    seen = failed_cursor(YEARS, *ONE_TIMEOUT, workflow=workflow(state, failed=True))
    assert (verdict(seen) == "stuck") is (state in (11, 13))
    assert (verdict(replace(seen, ours=True)) == "stuck") is (state in (11, 13, 20))


def test_kind_that_is_never_moved_is_stuck_without_a_cure() -> None:
    found = judge(failed_cursor(YEARS, *TWO_TIMEOUTS, kind=NIGHTLY, account=None), T)
    assert (found.verdict, found.cure, found.cures) == (Verdict.STUCK, "none", False)
    assert "does not move this kind" in found.proposal
    assert KIND.cure == "move"


# -- words ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seen", "says"),
    [
        (
            failed_cursor(YEARS, *TWO_TIMEOUTS),
            [
                "The cursor stands at 2020-04-28 12:00:00.000Z, 2400d ago (more than 7d)",
                "2 runs have failed on this value",
                "the last at 2026-11-23 11:50:00.000Z (timeout): SCR-160012",
            ],
        ),
        (failed_cursor(YEARS, *ONE_TIMEOUT), ["1 run has failed on this value"]),
        (
            failed_cursor(YEARS),
            ["Paused (13), in error", "no run is known to have failed", "no error tells why it failed"],
        ),
        (
            failed_cursor(YEARS, *TWO_UNKNOWN),
            ["JavaScript error while evaluating script", "nobody knows this text", "however often a run fails"],
        ),
        (
            failed_cursor(YEARS, line(7200, OTHER), line(3600, OTHER), *ONE_TIMEOUT),
            ["They failed for several reasons: 1 x timeout, 2 x address_refused.", "and all of them, show that"],
        ),
        (
            failed_cursor(YEARS, line(3600, TIMEOUT), *ONE_OTHER),
            ["They failed for several reasons: 1 x address_refused, 1 x timeout."],
        ),
        (failed_cursor(DAY, *ONE_TIMEOUT), ["Not shown to be stuck: the cursor is not older than 7d."]),
        (failed_cursor(7 * DAY, *ONE_TIMEOUT), ["Not shown to be stuck: the cursor is not older than 7d."]),
        (cursor(workflow=None), ["has no rights on its folder"]),
        (cursor(option=option(-DAY)), ["1d ahead of the server's clock (more than 10m)"]),
        (cursor(option=option(-MINUTE)), ["1m ahead of the server's clock"]),
        (cursor(option=option(data_type=6)), ["has data type 6 and not 7 (datetime)"]),
        (cursor(option=option(raw="soon")), ["cannot be read as a moment: soon."]),
        (cursor(workflow=workflow(due=HOUR, processed=HOUR)), ["a due time has passed and nothing runs for 1h"]),
        (
            cursor(workflow=workflow(15, processed=HOUR)),
            ["Stopping (15): an order is not carried out", "no sign of the workflow engine for 1h"],
        ),
        (cursor(workflow=workflow(15, processed=MINUTE)), ["an order is being carried out, for at most 1m"]),
        (cursor(workflow=workflow(pid=7, **SILENT)), ["process 7", "for an unknown time (allowed: 2h)"]),
        (cursor(workflow=workflow(pid=7)), ["for 5m (allowed: 2h)"]),
        (cursor(account=None), ["belongs to no one account. None was found for it."]),
        (cursor(mismatch="Several."), ["belongs to no one account. Several."]),
        (cursor(option=None), ["of the account 'mid1'", "or the operator has no rights to see it"]),
        (cursor(option=None, account=account(server="")), ["neither a server nor a cursor"]),
        (cursor(option=None, account=None), ["nor a routing account with a server"]),
        (cursor(account=account(active=False)), ["The account 'mid1' is disabled."]),
        (cursor(workflow=workflow(20), ours=True), ["our own run stopped it and did not start it again"]),
    ],
)
def test_reason_says_values_and_thresholds(seen: CursorFacts, says: list[str]) -> None:
    reason = judge(seen, T).reason
    for words in says:
        assert words.lower() in reason.lower()


@pytest.mark.parametrize(
    ("seen", "proposal"),
    [
        (failed_cursor(YEARS, *ONE_OTHER), "refuses this instance's IP address"),
        (failed_cursor(YEARS), "Restart the workflow, and look"),
        (
            failed_cursor(YEARS, *TWO_UNKNOWN),
            "a run from where the cursor stands may succeed, and then nothing is lost",
        ),
        (failed_cursor(YEARS, *TWO_UNKNOWN), "say so with mid_sourcing_causes"),
        (failed_cursor(YEARS, line(3600, OTHER), *ONE_TIMEOUT), "refuses this instance's IP address"),
        (
            cursor(option=option(DAY), workflow=workflow(pid=7, processed=3 * HOUR), journal=TWO_UNKNOWN),
            "Wait for the run that is going on",
        ),
        (cursor(option=option(DAY)), "Wait for the next run"),
        (cursor(option=option(DAY), workflow=workflow(pid=7, processed=3 * HOUR)), "Wait for the run that is going on"),
        (cursor(option=option(DAY), workflow=None), "an operator who may see the workflow's folder"),
        (cursor(workflow=workflow(20), ours=True), "Start the workflow."),
        (cursor(workflow=workflow(20)), "start_stopped: true"),
        (cursor(account=None), "cursor_map"),
        (cursor(workflow=workflow(10, processed=HOUR)), "wfserver"),
    ],
)
def test_proposal_says_what_to_do(seen: CursorFacts, proposal: str) -> None:
    assert proposal in judge(seen, T).proposal
