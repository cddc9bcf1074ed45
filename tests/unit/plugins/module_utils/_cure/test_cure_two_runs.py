# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two runs of the cure on one instance at once. Campaign has no lock: one of them sees the other, and stops cleanly.

First the whole of one run takes place right before each call of the other. Then both go on in turns, call by call, in
an order that a seed decides.
"""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._cure.model import CureResult
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.outcomes import GOOD_OUTCOMES
from tests.helpers.cure_world import OLD, OLD_TIME, START, World, marketing, world

#: Ends of a run that has seen the other one after its own write.
GONE_BACK = frozenset({"restored", "kept"})


def both_ends(there: World, results: list[CureResult]) -> Iterator[str]:
    """Conditions that hold after two runs, in whatever order they ran."""
    row = there.row("mkt")
    if row["state"] != 11 or row["failed"]:
        yield f"left in state {row['state']}, failed {row['failed']}"
    if there.cursor("mkt") < START:
        yield f"the cursor stands at {there.cursor('mkt')}"
    if not any(result.outcome in GOOD_OUTCOMES for result in results):
        yield "none has cured it"
    if any(move.plan.old_value.text != OLD for result in results for move in result.moves):
        yield "the old value is lost"


def told(there: World, results: list[CureResult]) -> str:
    ends = " | ".join(f"{result.outcome}: {result.reason}" for result in results)
    return f"{ends} {there.writes('mkt')}"


def count_calls(on_error: str) -> int:
    with world({"mkt": marketing(on_error=on_error)}) as there:
        there.cure("mkt")
        return len(there.calls("mkt"))


def with_another_run(there: World, number: int) -> list[CureResult]:
    """A cure, during whose call of this number a second one runs from beginning to end."""
    results: list[CureResult] = []
    count = iter(range(1, 10_000))

    def before(_method: str) -> None:
        if next(count) == number:
            there.before = lambda _method: None
            results.append(there.cure("mkt", run_id="other"))

    there.before = before
    return [there.cure("mkt", run_id="mine"), *results]


@pytest.mark.parametrize("on_error", ["stop", "ignore"])
def test_run_that_takes_place_at_any_call_of_another_is_seen_by_it(on_error: str) -> None:
    found: list[str] = []
    for number in range(1, count_calls(on_error) + 1):
        with world({"mkt": marketing(on_error=on_error)}) as there:
            results = with_another_run(there, number)
            if results[0].outcome == "kept":
                # Its write met the other's start, and the workflow is left to that one, whose next run goes on there.
                there.sleep(660)
            problems = list(both_ends(there, results))
            orders = [name for name in there.writes("mkt") if name in ("Stop", "Start")]
            problems += [f"{one} twice" for one, two in pairwise(orders) if one == two]
            found += [f"at call {number}: {problem}. {told(there, results)}" for problem in problems]
    assert found == []


class Turns:
    """Two threads of which one runs at a time; at each call the seed decides which."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.alive = [0, 1]
        self.current = self.random.choice(self.alive)
        self.changed = threading.Condition()
        self.names: dict[int, int] = {}

    def enter(self, me: int) -> None:
        self.names[threading.get_ident()] = me
        with self.changed:
            self.changed.wait_for(lambda: self.current == me, timeout=60)

    def at_a_call(self, _method: str) -> None:
        me = self.names[threading.get_ident()]
        with self.changed:
            self.current = self.random.choice(self.alive)
            self.changed.notify_all()
            if not self.changed.wait_for(lambda: self.current == me, timeout=60):
                raise TimeoutError("the other thread hangs")

    def leave(self, me: int) -> None:
        with self.changed:
            self.alive.remove(me)
            self.current = self.alive[0] if self.alive else -1
            self.changed.notify_all()


def in_turns(there: World, seed: int, *, mark: bool) -> list[CureResult]:
    turns = Turns(seed)
    there.before = turns.at_a_call
    results: dict[int, CureResult | BaseException] = {}

    def run(me: int) -> None:
        turns.enter(me)
        try:
            results[me] = there.cure("mkt", run_id=f"run{me}", mark=mark)
        except BaseException as error:  # the test reports it, not the thread
            results[me] = error
        finally:
            turns.leave(me)

    threads = [threading.Thread(target=run, args=(me,)) for me in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    found = [results[me] for me in (0, 1)]
    assert all(isinstance(one, CureResult) for one in found), found
    return [one for one in found if isinstance(one, CureResult)]


@pytest.mark.parametrize("mark", [False, True], ids=["plain", "marked"])
@pytest.mark.parametrize("on_error", ["stop", "ignore"])
def test_runs_that_go_on_in_turns_lose_nothing_and_mostly_end_with_one_cure(on_error: str, mark: bool) -> None:
    """No time passes between their calls, so both always write the same second: it cannot be worse.

    What remains possible when each has looked before the other acted: both go back, or both see the one run that moved
    the cursor past what either wrote. Nothing is lost then, and the workflow is started, or failed as it was found.
    """
    found: list[str] = []
    ends: Counter[tuple[str, ...]] = Counter()
    for seed in range(30):
        with world({"mkt": marketing(on_error=on_error)}) as there:
            found_failed = (there.row("mkt")["state"], there.row("mkt")["failed"])
            results = in_turns(there, seed, mark=mark)
            ends[tuple(sorted(result.outcome for result in results))] += 1
            row = there.row("mkt")
            stands = (row["state"], row["failed"]) == (11, 0)
            as_found = (row["state"], row["failed"]) == found_failed and there.cursor("mkt") == OLD_TIME
            if (stands or as_found) and all(result.outcome in GONE_BACK for result in results):
                continue
            found += [f"seed {seed}: {problem}. {told(there, results)}" for problem in both_ends(there, results)]
    assert found == []
    one_cure = sum(number for end, number in ends.items() if ("cured" in end) and end != ("cured", "cured"))
    assert one_cure >= 20, ends
