# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which of several cursors are moved for the next run: in the end no other than those that are too slow."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._core.cursor_value import CursorValue
from ansible_collections.campaign.classic.plugins.module_utils._core.xtk import format_datetime
from ansible_collections.campaign.classic.plugins.module_utils._cure.model import Move
from ansible_collections.campaign.classic.plugins.module_utils._cure.state import CureState
from ansible_collections.campaign.classic.plugins.module_utils._cure.turns import (
    MOST_TRIES,
    Tries,
    Turn,
    in_use,
    next_turn,
    put_out_of_use,
    somebody_moved,
)
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.attempts import ResumePoint
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.diagnose import (
    Diagnosis,
    Thresholds,
    Verdict,
    judge,
)
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.mid_figures import Count, MidFigures
from tests.helpers.cure_in_course import SENT
from tests.helpers.cure_world import PREFIX, attempt_for, plan_for
from tests.helpers.cursors import DAY, TIMEOUT, account, ago, failed_cursor, line, option, stuck

WROTE = CursorValue.read("2026-11-22 12:00:00.000Z")


def told(since_cursor: int | None, since_planned: int | None = 10, why: str = "") -> MidFigures:
    """What a mid says that answers. None: it was too slow to count."""
    first, second = Count(ago(30 * DAY), since_cursor, 9.0, why), Count(ago(DAY), since_planned, 0.1)
    return MidFigures("eu", "answered", seconds=0.1, since_cursor=first, since_planned=second, last_day=second)


def cure(*names: str, **changes: dict[str, Any]) -> CureState:
    """A cure of these accounts' cursors; ``changes`` by account."""
    old = str(CursorValue.at(ago(30 * DAY)))
    moves = [Move(plan_for("mkt", option=PREFIX + name, account=name, old_value=old)) for name in names]
    return CureState(tuple(replace(move, **changes.get(move.plan.account, {})) for move in moves))


def values(**ages: float) -> dict[str, CursorValue]:
    """Where the cursors of these accounts stand: that many seconds ago."""
    return {PREFIX + name: CursorValue.at(ago(age)) for name, age in ages.items()}


def resumed(name: str) -> Diagnosis:
    """A cursor that an earlier attempt has moved from where the others are."""
    point = ResumePoint("r1", CursorValue.at(ago(30 * DAY)), True, False)
    return replace(stuck(name, DAY), resume_point=point)


def turn(back: str = "", write: str = "", *, shown: bool = False) -> Turn:
    return Turn(*(tuple(PREFIX + name for name in names.split()) for names in (back, write)), shown)


MOVED = {"written": WROTE}


def tried(state: CureState) -> CureState:
    """After a run that failed."""
    return replace(state, tried=(*state.tried, state.moved_now), steps=(SENT,))


# -- how many ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tries", "most"),
    [
        (Tries(1, named=False, several=False), 1),
        (Tries(1, named=True, several=True), 1),
        (Tries(1, named=False, several=True), 2),
        (Tries(2, named=False, several=True), 4),
        (Tries(2, named=True, several=True), 2),
        (Tries(3, named=False, several=True), 8),
        (Tries(3, named=True, several=True), 4),
        (Tries(4, named=False, several=True), MOST_TRIES),
        (Tries(9, named=True, several=True), MOST_TRIES),
    ],
)
def test_a_workflow_is_run_once_for_each_choice_of_cursors_and_once_as_it_stands(tries: Tries, most: int) -> None:
    assert tries.most == most


@pytest.mark.parametrize(
    ("tries", "is_run"),
    [
        (Tries(1, named=False, several=False), False),
        (Tries(1, named=False, several=True), True),
        (Tries(2, named=False, several=True), True),
        (Tries(2, named=True, several=True), False),
    ],
)
def test_a_workflow_of_several_cursors_may_be_run_as_it_stands_while_no_account_is_named(
    tries: Tries, is_run: bool
) -> None:
    assert tries.as_it_stands is is_run


# -- one turn ----------------------------------------------------------------------------------------------------------


def test_oldest_is_tried_first_and_a_planned_one_only() -> None:
    found = [stuck("a", 10 * DAY), stuck("b", 20 * DAY), stuck("nobodys", 40 * DAY)]
    assert next_turn(tried(cure("a", "b")), found) == turn(write="b")


def test_of_equally_old_ones_that_of_the_mid_with_most_to_tell_is_tried_first() -> None:
    found = [stuck("a", figures=told(600)), stuck("b", figures=told(9000)), stuck("c")]
    assert next_turn(cure("a", "b", "c"), found) == turn(write="b")


def test_account_that_the_journal_names_is_moved_and_stays() -> None:
    named = stuck("b", text=f"{TIMEOUT} (account b)")
    assert next_turn(cure("a", "b"), [stuck("a", 40 * DAY), named]) == turn(write="b", shown=True)
    state = tried(cure("a", "b", b={**MOVED, "shown": True}))
    assert next_turn(state, [stuck("a"), stuck("b", DAY)]) == turn(write="a")


def test_account_whose_mid_cannot_count_is_tried_first() -> None:
    """It is a guess all the same: a mid counts what it has for all its customers and accounts."""
    slow = stuck("b", figures=told(None))
    assert next_turn(cure("a", "b"), [stuck("a"), slow]) == turn(write="b")
    for figures in (told(None, why="It broke."), told(None, None), told(700)):
        found = [stuck("a", 40 * DAY), stuck("b", figures=figures)]
        assert next_turn(tried(cure("a", "b")), found) == turn(write="a")


def healthy(name: str, age: float) -> Diagnosis:
    """A cursor that stands elsewhere than the one that is stuck."""
    return replace(stuck(name, age), verdict=Verdict.STALE, cure="none")


@pytest.mark.parametrize(
    ("age", "untried"),
    [
        (30 * DAY, False),  # one run has left both there
        (30 * DAY - 7200, False),
        (30 * DAY - 7201, True),
        (30 * DAY + 7201, True),
        (600 + 7201, True),
        (600 + 7200, False),  # the last run that failed may have moved it
        (0, False),
        (-1, True),  # later than that run: somebody has moved it since
    ],
)
def test_where_another_cursor_stands_elsewhere_the_workflow_is_run_as_it_stands(age: float, untried: bool) -> None:
    found = [stuck("a"), healthy("b", age)]
    assert next_turn(cure("a"), found) == (Turn() if untried else turn(write="a"))
    assert next_turn(tried(cure("a")), found) == turn(write="a"), "it was run so already"


@pytest.mark.parametrize(
    ("after", "age", "untried"),
    [
        (1200, 1800, False),
        (1200, 1801, True),
        (7200, 600 + 7200, False),  # a run is never taken to have been longer than max_run
        (7200, 600 + 7201, True),
        (None, 600 + 7200, False),  # nothing is known of either
        (None, 600 + 7201, True),
    ],
)
def test_a_run_can_have_moved_a_cursor_since_the_start_or_the_run_before_it(
    after: float | None, age: float, untried: bool
) -> None:
    """Ten minutes more or less, which the clock of its mid may be off."""
    first = stuck("a")
    known = None if after is None else format_datetime(ago(after))
    first = replace(first, evidence={**first.evidence, "last_failed_after": known})
    assert next_turn(cure("a"), [first, healthy("b", age)]) == (Turn() if untried else turn(write="a"))


@pytest.mark.parametrize(
    ("changes", "untried"),
    [
        ({}, False),
        ({"stood": {}}, True),  # where the other stood then is not known
        ({"stood": {PREFIX + "b": CursorValue.at(ago(6 * DAY))}}, True),  # somebody has moved it since
        ({"stood": {PREFIX + "a": CursorValue.at(ago(5 * DAY))}}, True),
        ({"runs": (ago(600),)}, True),
        ({"runs": (ago(500),)}, True),  # no run has failed since
        ({"runs": ()}, True),
        ({"outcome": "restored"}, False),
        ({"written": {PREFIX + "a": "2026-11-22 12:00:00.000Z"}}, False),  # it has written after that run
    ],
)
def test_a_run_as_it_stands_that_an_earlier_attempt_has_not_seen_end_is_not_repeated(
    changes: dict[str, Any], untried: bool
) -> None:
    stood = {PREFIX + "b": CursorValue.at(ago(5 * DAY))}
    known: dict[str, Any] = {"outcome": "pending", "runs": (ago(3600),), "writes": 3, "stood": stood, **changes}
    earlier = replace(attempt_for(ago(3700), [plan_for("mkt")]), **known)
    found = [stuck("a"), healthy("b", 5 * DAY)]
    assert next_turn(cure("a"), found, [earlier]) == (Turn() if untried else turn(write="a"))
    assert next_turn(cure("a"), [stuck("a"), healthy("b", 1800)], [earlier]) == turn(write="a")


@pytest.mark.parametrize(("stood", "untried"), [({}, False), ({PREFIX + "b": CursorValue.at(ago(30 * DAY))}, True)])
def test_an_account_that_was_put_out_of_use_after_a_run_as_it_stood_is_news(
    stood: dict[str, CursorValue], untried: bool
) -> None:
    """A run without it has not been seen, though its cursor stands where it stood."""
    earlier = attempt_for(ago(3700), [plan_for("mkt")], outcome="pending", runs=(ago(3600),), writes=3, stood=stood)
    gone = replace(stuck("b"), verdict=Verdict.INACTIVE, cure="none")
    assert next_turn(cure("a"), [stuck("a"), gone], [earlier]) == (Turn() if untried else turn(write="a"))


def test_accounts_that_somebody_has_put_out_of_use_between_two_looks_are_told() -> None:
    gone = replace(stuck("b"), verdict=Verdict.INACTIVE, cure="none")
    assert put_out_of_use([stuck("a"), stuck("b")], [stuck("a"), gone]) == {f"{PREFIX}b"}
    assert not put_out_of_use([stuck("a"), gone], [stuck("a"), gone])
    assert not put_out_of_use([stuck("a")], [stuck("a"), gone]), "it was not seen before"


@pytest.mark.parametrize("verdict", [Verdict.INACTIVE, Verdict.UNMATCHED])
@pytest.mark.parametrize(("age", "untried"), [(30 * DAY, True), (30 * DAY - 7200, True), (30 * DAY - 7201, False)])
def test_account_that_was_put_out_of_use_since_the_runs_failed_may_have_been_the_cause(
    verdict: Verdict, age: float, untried: bool
) -> None:
    gone = replace(stuck("b", age), verdict=verdict, cure="none", account="b" if verdict is Verdict.INACTIVE else "")
    assert next_turn(cure("a"), [stuck("a"), gone]) == (Turn() if untried else turn(write="a"))


def test_what_is_shown_or_of_nobody_needs_no_run_as_it_stands() -> None:
    elsewhere = healthy("b", 5 * DAY)
    named = stuck("a", text=f"{TIMEOUT} (account a)")
    assert next_turn(cure("a"), [named, elsewhere]) == turn(write="a", shown=True)
    for other in (
        replace(elsewhere, account=""),
        replace(elsewhere, verdict=Verdict.INACTIVE),
        replace(elsewhere, value=None),
    ):
        assert next_turn(cure("a"), [stuck("a"), other]) == turn(write="a")
    silent = stuck("a")
    silent = replace(silent, evidence={**silent.evidence, "last_errors": []})
    assert next_turn(cure("a"), [silent, elsewhere]) == turn(write="a")


@pytest.mark.parametrize(("age", "untried"), [(3000, False), (4200, False), (5400, True)])
def test_of_several_runs_that_failed_the_last_one_counts(age: float, untried: bool) -> None:
    """The last of them is ten minutes old, and its run of at most an hour may have moved the other one."""
    lines = [line(at, TIMEOUT) for at in (600, 4200)]
    facts = failed_cursor(30 * DAY, *reversed(lines), option=option(30 * DAY, account="a"), account=account("a"))
    first = judge(facts, Thresholds(max_run=3600))
    assert [one["at"] for one in first.evidence["last_errors"]] == [format_datetime(one.at) for one in lines]
    assert next_turn(cure("a"), [first, healthy("b", age)]) == (Turn() if untried else turn(write="a"))


@pytest.mark.parametrize(
    ("ago_", "moved"),
    [
        (30 * DAY, False),  # it stands where it stood
        (5 * DAY, True),
        (300 + 600, False),  # the run may have moved it
        (300 + 601, True),
        (-600, False),
        (-601, True),
    ],
)
def test_somebody_else_has_moved_what_neither_the_cure_nor_the_run_has(ago_: float, moved: bool) -> None:
    before, ran = [stuck("a"), stuck("b")], (ago(300), ago(0))
    for state in (cure("a"), cure("a", "b"), cure("a", "b", b={"put_back": True})):
        found = somebody_moved(state, before, values(b=ago_), ran=ran)
        assert found == ({f"{PREFIX}b"} if moved else set())
    known = replace(cure("a"), met=frozenset({f"{PREFIX}b"}))
    assert not somebody_moved(known, before, values(b=ago_), ran=ran), "a run may do so each time"
    assert not somebody_moved(cure("a", "b", b=MOVED), before, values(b=ago_), ran=ran)
    assert not somebody_moved(cure("a"), [stuck("a")], values(b=ago_), ran=ran), "it was not seen before"
    nobodys = [stuck("a"), replace(stuck("b"), account="")]
    assert not somebody_moved(cure("a"), nobodys, values(b=ago_), ran=ran)
    for one in (CursorValue.read(""), CursorValue.read("soon")):
        assert not somebody_moved(cure("a"), before, {f"{PREFIX}b": one}, ran=ran)


@pytest.mark.parametrize(("ago_", "moved"), [(30 * DAY, False), (30 * DAY - 0.4, False), (5 * DAY, True), (0, True)])
def test_where_nothing_can_have_run_somebody_else_has_moved_what_is_elsewhere(ago_: float, moved: bool) -> None:
    found = somebody_moved(cure("a", "b"), [stuck("a"), stuck("b")], values(b=ago_), ran=None)
    assert found == ({f"{PREFIX}b"} if moved else set())


def test_somebody_else_may_have_set_a_cursor_to_the_value_that_it_had_when_it_was_planned() -> None:
    found = somebody_moved(cure("a", "b"), [stuck("a"), stuck("b", 5 * DAY)], values(b=30 * DAY), ran=None)
    assert found == {f"{PREFIX}b"}


def test_cursors_are_remembered_where_a_run_asks_for_them() -> None:
    gone = [
        replace(stuck(name), verdict=verdict) for name, verdict in (("b", Verdict.INACTIVE), ("c", Verdict.UNMATCHED))
    ]
    first = stuck("a")
    assert in_use([first, *gone, replace(stuck("d"), option="")]) == {f"{PREFIX}a": first.value_text}


def test_what_was_put_back_stands_at_its_old_value_and_not_where_it_was_seen() -> None:
    state, before = cure("a", "b", b={"put_back": True}), [stuck("a"), stuck("b", 5 * DAY)]
    assert not somebody_moved(state, before, values(b=30 * DAY), ran=None)
    assert somebody_moved(state, before, values(b=5 * DAY), ran=None) == {f"{PREFIX}b"}
    ended = cure("a", "b", b={"put_back": True, "outcome": "restored"})
    assert not somebody_moved(ended, before, values(b=30 * DAY), ran=None)
    served = cure("a", "b", b={"put_back": True, "outcome": "unchanged"})
    assert not somebody_moved(served, before, values(b=5 * DAY), ran=None), "a run has served it since"
    assert somebody_moved(served, before, values(b=4 * DAY), ran=None) == {f"{PREFIX}b"}


def test_account_that_the_journal_names_later_is_moved_without_the_one_that_was_tried() -> None:
    state = tried(cure("a", "b", a=MOVED))
    named = stuck("b", text=f"{TIMEOUT} (account b)")
    assert next_turn(state, [stuck("a", DAY), named]) == turn("a", "b", shown=True)


def test_cursor_that_an_earlier_attempt_has_moved_gets_its_run_before_anything_is_written() -> None:
    state = cure("a", "b", a={**MOVED, "resumed": "r1"})
    assert next_turn(state, [resumed("a"), stuck("b")]) == Turn()
    assert next_turn(tried(state), [resumed("a"), stuck("b")]) == turn("a", "b")


def test_guess_of_an_earlier_attempt_is_put_back_first_where_somebody_has_moved_another_cursor_since() -> None:
    state = cure("a", "b", a={**MOVED, "resumed": "r1"})
    assert next_turn(state, [resumed("a"), healthy("b", 5 * DAY)]) == turn("a")
    for known in ({"shown": True}, {"assumed": True}):
        shown = cure("a", "b", a={**MOVED, "resumed": "r1", **known})
        assert next_turn(shown, [resumed("a"), healthy("b", 5 * DAY)]) == Turn()
    alone = cure("a", a={**MOVED, "resumed": "r1"})
    assert next_turn(alone, [resumed("a"), healthy("b", 5 * DAY)]) == turn("a")
    disabled = replace(stuck("b"), verdict=Verdict.INACTIVE, cure="none")
    assert next_turn(alone, [resumed("a"), disabled]) == turn("a")
    assert next_turn(alone, [resumed("a"), healthy("b", 600)]) == Turn()
    both = cure("a", "b", a={**MOVED, "resumed": "r1"}, b={**MOVED, "resumed": "r1"})
    assert next_turn(both, [resumed("a"), resumed("b")]) == Turn(), "what the attempt itself has moved is nobody else's"
    gone = replace(resumed("a"), verdict=Verdict.INACTIVE, cure="none")
    assert next_turn(alone, [gone, stuck("b")]) == Turn(), "it repairs nothing for itself"


def test_without_anything_to_move_what_is_moved_still_gets_a_run() -> None:
    assert next_turn(cure("a"), []) is None
    assert next_turn(replace(cure("a", a=MOVED), steps=(SENT,)), []) == Turn()


def test_where_every_choice_of_cursors_was_tried_nothing_more_is_moved() -> None:
    tried_all = tuple(frozenset(PREFIX + name for name in names) for names in ("a", "b", "ab"))
    state = replace(cure("a", "b"), tried=tried_all, steps=(SENT,))
    assert next_turn(state, [stuck("a"), stuck("b")]) is None
    moved = replace(cure("a", "b", a=MOVED), tried=tried_all, steps=(SENT,))
    assert next_turn(moved, [stuck("a", DAY), stuck("b")]) == Turn(), "what stands moved still gets its run"


# -- all turns of a cure -----------------------------------------------------------------------------------------------


def played(names: Sequence[str], slow: Collection[str], *, named: bool = False) -> tuple[set[str], int]:
    """The cursors that a run that succeeds finds moved, and how many runs there were.

    :param named: the journal names the first slow account that is not moved, as where a run stops at it.
    """
    state = cure(*names)
    for number in itertools.count(1):
        moved = {move.plan.account for move in state.in_flight}
        left = [name for name in names if name in slow and name not in moved]
        text = f"{TIMEOUT} (account {left[0]})" if named and left else TIMEOUT
        now = next_turn(state, [stuck(name, text=text) for name in names if name not in moved])
        assert now is not None
        for one in now.back:
            state = state.with_move(one, written=None, put_back=True)
        for one in now.write:
            state = state.with_move(one, written=WROTE, shown=now.shown)
        moved = {move.plan.account for move in state.in_flight}
        if moved >= set(slow):
            return moved, number
        state = tried(state)
    raise AssertionError


def subsets(names: Sequence[str]) -> list[tuple[str, ...]]:
    return [some for size in range(1, len(names) + 1) for some in itertools.combinations(names, size)]


@pytest.mark.parametrize("names", ["ab", "ba", "abc", "cab", "abcd"])
@pytest.mark.parametrize("named", [True, False])
def test_exactly_the_slow_ones_are_moved_in_the_end(names: str, named: bool) -> None:
    for slow in subsets(names):
        moved, runs = played(names, slow, named=named)
        assert moved == set(slow)
        assert runs <= (len(slow) if named else MOST_TRIES)


def test_two_accounts_need_one_two_or_three_runs() -> None:
    assert [played("ab", slow)[1] for slow in subsets("ab")] == [1, 2, 3]


def test_any_one_of_fifteen_is_found_in_time() -> None:
    names = "abcdefghijklmno"
    assert all(played(names, name) == ({name}, number) for number, name in enumerate(names, 1))
    assert len(names) == MOST_TRIES


def test_cursor_that_a_run_has_moved_counts_as_moved_for_the_others() -> None:
    """First b alone, and the run stopped at a; then a, whose cursor the run moves before it stops at b."""
    state = tried(cure("a", "b", b=MOVED))
    state = state.with_move(PREFIX + "b", written=None).with_move(PREFIX + "a", **MOVED)
    state = tried(state).ended("cured_with_warnings", ".", {PREFIX + "a"})
    assert next_turn(state, [stuck("a", DAY), stuck("b")]) == turn(write="b")
