# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stays possibly affected, in every order of cures, rollbacks and backfills: as a model says that knows of each
day whether it was fetched."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.campaign.classic.plugins.plugin_utils._report.cures import treated_hosts
from ansible_collections.campaign.classic.plugins.plugin_utils._report.gaps import Gap, counted_again, fetched

OPTION = "NmsMidSourcing_LastDelivery_a"
DAYS = 12

days = st.integers(0, DAYS)
counts = st.one_of(st.none(), st.sampled_from([0, 0, 3, 50]))
cures = st.tuples(st.just("cure"), days, days, counts, st.sampled_from(["cured", "kept", "restored"]))
rollbacks = st.tuples(st.just("rollback"), days, days)
backfills = st.tuples(st.just("backfill"), days, days, counts)


def at(day: int) -> str:
    return f"{datetime(2026, 11, 1, tzinfo=UTC) + timedelta(days=day):%Y-%m-%d %H:%M:%S}.000Z"


def change(number: int, action: tuple[Any, ...]) -> dict[str, Any]:
    """An attempt as the evidence has it."""
    kind, before, after, *rest = action
    result: dict[str, Any]
    if kind == "backfill":
        result = {"outcome": "partial", "since": at(before), "covered_from": at(after), "affected": {"count": rest[0]}}
    else:
        move = {"option": OPTION, "old_value": at(before), "written": at(after), "after": at(after)}
        result = {"moves": [move if kind == "rollback" else {**move, "changed_between": rest[0], "outcome": rest[1]}]}
    return {
        **{"host": "a", "run_id": f"r{number}", "kind": kind, "by": "", "state": "ended", "failed": False},
        **{"started": at(DAYS + number), "cursors": [{"option": OPTION, "old_value": at(before)}], "result": result},
    }


class Model:
    """Which days of a cursor were skipped, each with the move that did it."""

    def __init__(self) -> None:
        self.skipped: dict[int, int] = {}
        self.whole: dict[int, set[int]] = {}
        self.counts: dict[int, int | None] = {}

    def move(self, number: int, before: int, after: int, count: int | None) -> None:
        self.fetch(min(before, after))
        self.skipped.update(dict.fromkeys(range(before, after), number))
        self.whole[number], self.counts[number] = set(range(before, after)), count

    def fetch(self, since: int) -> None:
        self.skipped = {day: number for day, number in self.skipped.items() if day < since}

    def left(self, number: int) -> set[int]:
        return {day for day, one in self.skipped.items() if one == number}

    def count(self, since: int, until: int, count: int | None) -> None:
        asked = set(range(since, until))
        for number in set(self.skipped.values()):
            left = self.left(number)
            if count == 0 and left <= asked:
                self.skipped = {day: one for day, one in self.skipped.items() if one != number}
            elif left == asked:
                self.whole[number], self.counts[number] = left, count

    def do(self, number: int, action: tuple[Any, ...]) -> None:
        kind, before, after, *rest = action
        if kind == "backfill":
            self.fetch(after)
            self.count(before, after, rest[0])
        elif kind == "rollback":
            self.move(number, before, after, None)
        else:
            self.move(number, before, before if rest[1] == "restored" else after, rest[0])

    def told(self) -> list[tuple[str, str, int | None]]:
        if not self.skipped:
            return []
        known = [
            self.counts[number] if self.left(number) == self.whole[number] or self.counts[number] == 0 else None
            for number in set(self.skipped.values())
        ]
        number = None if None in known else sum(one or 0 for one in known)
        return [(at(min(self.skipped)), at(max(self.skipped) + 1), number)]


@given(st.lists(st.one_of(cures, rollbacks, backfills), max_size=8))
def test_what_stays_affected_is_what_nothing_has_fetched(actions: list[tuple[Any, ...]]) -> None:
    model = Model()
    model.do(0, first := ("cure", 2, 5, 7, "cured"))
    for number, action in enumerate(actions, 1):
        model.do(number, action)
    [host] = treated_hosts([change(number, action) for number, action in enumerate([first, *actions])])
    found = [(one["since"], one["until"], one["count"]) for one in host["affected"]]
    assert found == [(_iso(since), _iso(until), count) for since, until, count in model.told()]


def test_a_part_of_a_gap_has_a_known_number_where_the_whole_has_none() -> None:
    assert Gap("1", "5", 3).before("5") == Gap("1", "5", 3)
    assert Gap("1", "5", 3).before("4") == Gap("1", "4", None)
    assert Gap("1", "5", 0).before("4") == Gap("1", "4", 0)
    assert fetched((Gap("1", "5", 0), Gap("6", "8", 3)), "7") == (Gap("1", "5", 0), Gap("6", "7", None))


def test_a_mid_that_has_counted_again_says_something_of_the_gaps_within_or_of_that_very_one() -> None:
    both = (Gap("1", "5", 3), Gap("6", "8", None))
    assert counted_again(both, "6", "8", 4) == (Gap("1", "5", 3), Gap("6", "8", 4))
    assert counted_again(both, "6", "9", 4) == counted_again(both, "5", "8", 4) == both
    assert counted_again(both, "6", "8", None) == both
    assert counted_again(both, "6", "9", 0) == counted_again(both, "6", "8", 0) == both[:1]
    assert counted_again(both, "7", "9", 0) == counted_again(both, "6", "7", 0) == both


def _iso(text: str) -> str:
    return text.replace(" ", "T").replace(".000Z", "Z")
