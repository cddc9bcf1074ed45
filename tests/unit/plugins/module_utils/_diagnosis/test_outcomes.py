# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The meaning of a cure's outcomes: each set agrees with the others."""

from __future__ import annotations

from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.outcomes import (
    CURED,
    CURED_OR_WARNED,
    FINAL,
    GOOD_OUTCOMES,
    HEALTHY_AFTER,
    OUTCOMES,
    ROLLED_BACK,
    UNFINISHED,
    rank,
)


def test_each_set_is_part_of_the_next_and_all_are_outcomes() -> None:
    assert CURED < CURED_OR_WARNED < HEALTHY_AFTER < GOOD_OUTCOMES < set(OUTCOMES)
    assert set(OUTCOMES) > FINAL > CURED_OR_WARNED


def test_the_bad_ones_are_the_worst() -> None:
    bad = len(OUTCOMES) - len(GOOD_OUTCOMES)
    assert GOOD_OUTCOMES.isdisjoint(OUTCOMES[:bad])


def test_an_attempt_that_may_be_half_done_has_not_ended() -> None:
    assert {"", "pending"} == UNFINISHED
    assert UNFINISHED.isdisjoint(FINAL | GOOD_OUTCOMES)


def test_ends_of_every_kind_of_attempt_have_one_order() -> None:
    backfill = ["pending", "kept", "refused", "partial", "complete", "unchanged"]
    option = ["failed", "not_attempted", "changed", "unchanged"]
    workflow = ["interrupted", "done"]
    for kind in (OUTCOMES, backfill, option, workflow):
        ranks = [rank(outcome) for outcome in kind]
        assert ranks == sorted(set(ranks)), "the worst is first"


def test_rolled_back_hides_nothing_that_failed_or_stays_cured_and_is_hidden_by_nothing_that_was_not_needed() -> None:
    worse = {outcome for outcome in OUTCOMES if rank(outcome) < rank(ROLLED_BACK)}
    assert worse == set(OUTCOMES) - {"unchanged", "planned"}
    assert rank("unchanged") > rank(ROLLED_BACK)
