# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._core.xtk import format_datetime
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.attempts import (
    CLOCK_TOLERANCE,
    START_TAKES,
    Attempt,
)
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.catalogue import CATALOGUE
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.matching import match_cursors
from tests.helpers.cursors import DAY, HOUR, KIND, NIGHTLY, NOW, account, ago, facts, line, option, workflow

MID1, MID2, BULK = account("mid1"), account("mid2"), account("bulk", server="")
OLD = option(name=f"{KIND.prefix}old")
PREFIX = KIND.prefix


def test_cursor_is_seen_with_its_account_workflow_and_journal() -> None:
    mine, foreign = line(10, "x"), line(10, "x", workflow_id=9)
    (seen,) = match_cursors(facts(accounts=(MID1,), journal=(mine, foreign)))
    assert (seen.kind, seen.server_time, seen.account, seen.mismatch, seen.ours) == (KIND, NOW, MID1, "", False)
    assert seen.option is not None
    assert seen.workflow is not None
    assert seen.journal == (mine,)


def test_workflow_of_another_name_is_not_taken() -> None:
    other = workflow(internal_name="defaultMidSourcingLog")
    (seen,) = match_cursors(facts(workflows=(other,), journal=(line(10, "x"),)))
    assert (seen.workflow, seen.journal) == (None, ())


def test_cursors_come_by_name_and_accounts_without_one_after_them() -> None:
    found = match_cursors(
        facts(options=(option(account="mid2"), option(account="mid1")), accounts=(BULK, MID2, MID1, account("aaa")))
    )
    assert [(one.option.name if one.option else "", one.account.name if one.account else "") for one in found] == [
        (f"{PREFIX}mid1", "mid1"),
        (f"{PREFIX}mid2", "mid2"),
        ("", "aaa"),
        ("", "bulk"),
    ]
    assert [one.mismatch for one in found] == [""] * 4


def test_options_of_other_kinds_are_left_out() -> None:
    options = (option(name="NmsMidSourcing_LastBroadLog_mid1"), option(name="NmsMidSourcing_LogsPeriodHour"), option())
    found = match_cursors(facts(options=options, accounts=(MID1,)), kinds=(KIND,))
    assert [one.option.name for one in found if one.option] == [f"{PREFIX}mid1"]


def test_cursor_of_no_account_is_seen_with_the_reason() -> None:
    orphan, missing = match_cursors(facts(options=(OLD,), accounts=(MID1,)))
    assert orphan.account is None
    assert orphan.mismatch == (
        "Its name ends in 'old', which is no routing account that the operator can see (seen: 'mid1')."
    )
    assert (missing.option, missing.account) == (None, MID1)


def test_cursor_is_an_orphan_when_there_are_no_accounts() -> None:
    (orphan,) = match_cursors(facts(accounts=()))
    assert "(seen: none)" in orphan.mismatch


def test_cursor_map_gives_a_cursor_to_an_account() -> None:
    (seen,) = match_cursors(facts(options=(OLD,), accounts=(MID1,)), cursor_map={OLD.name: "mid1"})
    assert (seen.account, seen.mismatch) == (MID1, "")


def test_cursor_map_that_names_no_account_is_said() -> None:
    seen = match_cursors(facts(accounts=(MID1,)), cursor_map={f"{PREFIX}mid1": "mid9"})[0]
    assert seen.account is None
    assert seen.mismatch.startswith("cursor_map names 'mid9', which is no routing account")


def test_cursor_map_for_an_option_that_is_not_there_changes_nothing() -> None:
    (seen,) = match_cursors(facts(accounts=(MID1,)), cursor_map={f"{PREFIX}elsewhere": "mid1"})
    assert (seen.account, seen.mismatch) == (MID1, "")


def test_accounts_of_one_name_are_a_mismatch() -> None:
    seen = match_cursors(facts(accounts=(MID1, account("mid1"))))[0]
    assert seen.account is None
    assert "2 routing accounts have that internal name" in seen.mismatch


def test_of_several_cursors_of_an_account_the_mapped_one_is_its_cursor() -> None:
    own, other = match_cursors(facts(options=(OLD, option()), accounts=(MID1,)), cursor_map={OLD.name: "mid1"})
    assert (own.option and own.option.name, own.mismatch) == (
        f"{PREFIX}mid1",
        f"cursor_map gives the account 'mid1' the cursor '{OLD.name}' and not this one.",
    )
    assert (other.option, other.account, other.mismatch) == (OLD, MID1, "")


def test_several_mapped_cursors_of_an_account_are_none_of_them_its_cursor() -> None:
    found = match_cursors(
        facts(options=(OLD, option()), accounts=(MID1,)), cursor_map={OLD.name: "mid1", f"{PREFIX}mid1": "mid1"}
    )
    assert len(found) == 2
    assert all(one.mismatch.startswith("The account 'mid1' has several cursors: this one, and") for one in found)


@pytest.mark.parametrize("server", ["", "  "])
def test_cursor_of_an_account_without_server_is_a_mismatch(server: str) -> None:
    (seen,) = match_cursors(facts(accounts=(account("mid1", server=server),)))
    assert seen.account is not None
    assert "has no server" in seen.mismatch


def test_instance_without_cursors_and_mid_accounts_has_one_view() -> None:
    (seen,) = match_cursors(facts(options=(), accounts=(BULK, account("bulk2", server=" "))))
    assert (seen.option, seen.account) == (None, None)
    assert seen.workflow is not None


def test_accounts_are_seen_when_none_of_those_with_a_server_has_a_cursor() -> None:
    found = match_cursors(facts(options=(), accounts=(BULK, MID1)))
    assert [(one.option, one.account) for one in found] == [(None, BULK), (None, MID1)]


def test_accounts_of_an_instance_without_the_workflow_are_not_seen_one_by_one() -> None:
    (seen,) = match_cursors(facts(options=(), accounts=(MID1, MID2), workflows=()))
    assert (seen.option, seen.account, seen.workflow) == (None, None, None)


def test_instance_without_anything_has_one_view_for_each_kind_that_may_be_moved() -> None:
    found = match_cursors(facts(options=(), accounts=(), workflows=()), kinds=(KIND, NIGHTLY))
    assert [one.kind for one in found] == [KIND]


def test_siblings_are_seen_as_far_as_they_are_there() -> None:
    log = next(kind for kind in CATALOGUE if kind.prefix == "NmsMidSourcing_LastBroadLog_")
    there = option(name=f"{log.prefix}mid1")
    found = match_cursors(facts(options=(there,), accounts=(MID1, MID2)), kinds=(log,))
    assert [(one.option, one.account) for one in found] == [(there, MID1)]
    assert match_cursors(facts(options=()), kinds=(log,)) == ()


@pytest.mark.parametrize(("names", "expected"), [(["mcSynch_a"], "mcSynch_a"), (["mcSynch_a", "mcSynch_b"], None)])
def test_workflow_of_a_family_is_known_when_there_is_one(names: list[str], expected: str | None) -> None:
    kind = next(kind for kind in CATALOGUE if kind.workflow == "mcSynch_")
    rows = tuple(workflow(internal_name=name) for name in names)
    (seen,) = match_cursors(facts(options=(option(name="MC_LastTlRtSynch_1"),), workflows=rows), kinds=(kind,))
    assert (seen.workflow.internal_name if seen.workflow else None) == expected


def test_kind_without_accounts_is_seen_by_its_option_alone() -> None:
    last = option(name="NmsCleanup_LastCleanup")
    (seen,) = match_cursors(facts(options=(last,), accounts=(MID1,)), kinds=(NIGHTLY,))
    assert (seen.option, seen.account, seen.mismatch, seen.workflow) == (last, None, "", None)


def attempt(**changes: Any) -> Attempt:
    known: dict[str, Any] = {
        "run_id": "r1",
        "started": ago(300),
        "workflow": KIND.workflow,
        "old_values": {f"{PREFIX}mid1": "2020-03-01 10:00:00.000Z"},
        "back_seconds": 300,
    }
    return Attempt(**{**known, **changes})


def test_earlier_attempt_reaches_the_cursor_that_it_is_of() -> None:
    first, second = match_cursors(
        facts(options=(option(300), option(account="mid2")), accounts=(MID1, MID2)), attempts=(attempt(),)
    )
    assert (first.ours, first.moved_at, first.unfinished) == (True, ago(300), True)
    assert (second.ours, second.moved_at, second.resume_point) == (False, None, None)


def test_earlier_attempt_whose_old_value_stands_says_nothing_of_the_failures() -> None:
    (seen,) = match_cursors(facts(options=(option(raw="2020-03-01 10:00:00.000Z"),)), attempts=(attempt(),))
    assert (seen.ours, seen.moved_at, seen.unfinished) == (True, None, False)


@pytest.mark.parametrize("written", [True, False], ids=["value of the attempt", "old value"])
@pytest.mark.parametrize(("seconds", "ours"), [(9 * DAY, True), (9 * DAY - 1, False)])
def test_stop_is_not_the_attempts_if_the_workflow_ran_long_after_it(written: bool, seconds: int, ours: bool) -> None:
    raw = format_datetime(ago(10 * DAY + 300)) if written else "2020-03-01 10:00:00.000Z"
    row = workflow(20, processed=seconds)
    (seen,) = match_cursors(
        facts(options=(option(raw=raw),), workflows=(row,)), attempts=(attempt(started=ago(10 * DAY)),)
    )
    assert (seen.ours, seen.unfinished) == (ours, written)
    assert (seen.resume_point is not None) == (ours or written)


@pytest.mark.parametrize(("seconds", "ours"), [(600, True), (599, False)])
def test_stop_is_not_the_attempts_if_the_workflow_ran_after_a_rollback_of_it(seconds: int, ours: bool) -> None:
    over = attempt(started=ago(HOUR), outcome="restored", left_stopped=True, put_back=ago(600))
    row = workflow(20, processed=seconds)
    found = facts(options=(option(raw="2020-03-01 10:00:00.000Z"),), workflows=(row,))
    (seen,) = match_cursors(found, attempts=(over,))
    assert (seen.ours, seen.resume_point is not None) == (ours, ours)


@pytest.mark.parametrize(
    ("began", "changes", "ours"),
    [
        (HOUR, {}, True),
        (HOUR - CLOCK_TOLERANCE, {}, True),
        (HOUR - CLOCK_TOLERANCE - 1, {}, False),  # the start came before the attempt
        (2 * HOUR, {}, True),
        (2 * HOUR + 1, {}, False),
        (HOUR, {"outcome": "restored"}, False),  # it is known to have started nothing
        (HOUR, {"outcome": "restored", "starts": (ago(HOUR - START_TAKES),)}, True),
        (2 * HOUR, {"outcome": "pending", "starts": (ago(2 * HOUR), ago(HOUR + START_TAKES))}, True),
        (HOUR, {"outcome": "restored", "starts": (ago(HOUR - START_TAKES - 1),)}, False),
        (HOUR, {"outcome": "restored", "starts": (ago(HOUR + START_TAKES + 1),)}, False),  # a person did, later
        (HOUR, {"writes": 0}, False),
        (HOUR, {"workflow": "another"}, False),
        (HOUR, {"old_values": {f"{PREFIX}mid1": "2020-03-01 10:00:01.000Z"}}, False),  # somebody has set it since
    ],
)
def test_start_after_an_attempt_that_came_to_nothing_was_its_own(
    began: int, changes: dict[str, Any], ours: bool
) -> None:
    one = attempt(**{"started": ago(began), "orders": ("stop", "start"), **changes})
    (seen,) = match_cursors(
        facts(options=(option(raw="2020-03-01 10:00:00.000Z"),), workflows=(workflow(started=HOUR),)), attempts=(one,)
    )
    assert (seen.started_by_us, seen.started_since) == (ours, None if ours else ago(HOUR))


def test_skew_moves_the_attempt_to_the_servers_clock() -> None:
    (seen,) = match_cursors(replace(facts(options=(option(300),)), skew_seconds=60.0), attempts=(attempt(),))
    assert seen.moved_at == ago(240)


def test_attempts_at_siblings_are_not_heeded() -> None:
    mine = attempt(workflow="cleanup", old_values={NIGHTLY.prefix: "2020-03-01 10:00:00.000Z"})
    (seen,) = match_cursors(
        facts(options=(option(300, name=NIGHTLY.prefix),)), (NIGHTLY,), {}, (mine,), start_stopped=True
    )
    assert (seen.resume_point, seen.start_stopped) == (None, False)


def test_wish_to_treat_what_was_stopped_is_passed_on() -> None:
    assert match_cursors(facts(), start_stopped=True)[0].start_stopped
    assert not match_cursors(facts())[0].start_stopped
