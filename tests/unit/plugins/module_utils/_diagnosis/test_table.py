# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of verdicts (docs/architecture.md, Diagnosis) against a second implementation of it, over the product of
all its inputs.

The axes below are plain numbers and words. From one point of their product the rows are built that a server would hold,
and the rules judge those; from the same point ``reading`` says what that page says, without the help of the rules. Ages
and times stand at each threshold and one second beyond it, so that every boundary is in the product.
"""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._core.cursor_value import CursorValue
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.attempts import ResumePoint
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.diagnose import judge
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.model import CursorFacts, Thresholds
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.rules import RULES
from ansible_collections.campaign.classic.plugins.module_utils._resources.options import Option
from ansible_collections.campaign.classic.plugins.module_utils._resources.workflow_states import (
    TRANSITIONAL,
    WorkflowState,
)
from tests.helpers.cursors import (
    DAY,
    HOUR,
    OTHER,
    TIMEOUT,
    UNKNOWN,
    YEARS,
    account,
    ago,
    cursor,
    line,
    option,
    workflow,
)

#: Where an earlier attempt found the cursor.
EARLIER = CursorValue.read("2020-03-01 10:00:00.000Z")

T = Thresholds()
TEXTS = {"unknown": UNKNOWN, "timeout": TIMEOUT, "other": OTHER}
#: Every state that is known (campaign_facts, States), an unknown one, and no workflow at all.
EVERY_STATE = (None, *map(int, WorkflowState), 99)

#: A time of each threshold and one second beyond it.
AGES = tuple(
    at + beyond for at in (-int(T.future_tolerance) - 1, int(T.max_age), int(T.remediate_after)) for beyond in (0, 1)
)
GRACE, MAX_RUN = int(T.engine_grace), int(T.max_run)


#: What an earlier attempt has left where the value counts as its own.
OURS = ("value", "maybe")


@dataclass(frozen=True)
class Point:
    """One point of the product. Times are seconds before now; None where there is none.

    :param held: what the option is: ``none``, ``text``, ``unreadable``, ``null`` or ``moment``.
    :param owner: ``ok``, ``none``, ``disabled``, ``serverless`` or ``rivals``.
    :param runs: failed runs, newest first: when, and what they named.
    :param past: what an earlier attempt has left: ``nothing``, a ``stop``, its ``value`` (and a stop), or ``maybe``, a
        value that it can have calculated.
    """

    held: str = "moment"
    age: int = 300
    owner: str = "ok"
    state: int | None = 11
    failed: bool = False
    pid: int = 0
    processed: int | None = 300
    due: int | None = -300
    runs: tuple[tuple[int, str], ...] = ()
    past: str = "nothing"
    asked: bool = False

    def facts(self) -> CursorFacts:
        """The rows that a server would hold."""
        # Made only when chosen: there are a hundred thousand points.
        options: dict[str, Callable[[], Option | None]] = {
            "none": lambda: None,
            "text": lambda: option(self.age, data_type=6),
            "unreadable": lambda: option(raw="soon"),
            "null": lambda: option(raw=""),
            "moment": lambda: option(self.age),
        }
        owners: dict[str, Callable[[], dict[str, Any]]] = {
            "ok": lambda: {"account": account()},
            "none": lambda: {"account": None},
            "disabled": lambda: {"account": account(active=False)},
            "serverless": lambda: {"account": account(server=""), "mismatch": self._mismatch("No server.")},
            "rivals": lambda: {"account": account(), "mismatch": self._mismatch("Several.")},
        }
        row = None
        if self.state is not None:
            row = workflow(
                self.state, failed=self.failed, pid=self.pid, processed=self.processed, due=self.due, started=None
            )
        value = self.past in OURS
        point = ResumePoint("r1", EARLIER, written=True, stopped=True, certain=self.past == "value")
        return cursor(
            option=options[self.held](),
            workflow=row,
            journal=tuple(line(when, TEXTS[kind]) for when, kind in self.runs),
            ours=self.past != "nothing",
            moved_at=ago(100 * DAY) if value else None,
            resume_point=point if value else None,
            start_stopped=self.asked,
            **owners[self.owner](),
        )

    def _mismatch(self, text: str) -> str:
        return text if self.held != "none" else ""

    # -- what the rows mean, told without the rules

    @property
    def overdue(self) -> bool:
        return self.state == 11 and self.pid == 0 and self.due is not None and self.due >= 0

    @property
    def idle(self) -> int:
        """Since the last sign of the engine: a processing, a journal line, a due time; else the cursor's own value."""
        signs = [when for when, _kind in self.runs]
        signs += [self.processed] if self.processed is not None else []
        signs += [self.due] if self.overdue and self.due is not None else []
        return min(signs, default=self.age)

    @property
    def on_value(self) -> list[tuple[int, str]]:
        """Runs that failed on the present value, unless one succeeded since."""
        since = min(self.age, 100 * DAY) if self.past in OURS else self.age
        found = [run for run in self.runs if run[0] < since]
        well = self.state == 11 and not self.failed and self.pid == 0 and self.processed is not None
        if found and well and self.processed is not None and found[0][0] - self.processed > T.max_run:
            return []
        return found

    @property
    def slow(self) -> int:
        """How many failed because an answer was too slow; none if any failed otherwise, or none tells of the last."""
        kinds = [kind for _when, kind in self.on_value]
        return len(kinds) if set(kinds) == {"timeout"} and not self.unseen else 0

    @property
    def unseen(self) -> bool:
        """In error by a run that was processed too long after the newest failure to be that one."""
        if not self.failed or self.processed is None or not self.on_value:
            return False
        return self.on_value[0][0] - self.processed > T.max_run

    @property
    def earlier(self) -> list[tuple[int, str]]:
        """The failing runs other than the current run."""
        known = [when for when in (self.processed, self.due) if when is not None and when >= 0]
        return [run for run in self.on_value if run[0] > min(known)] if known else self.on_value[1:]

    @property
    def lasts(self) -> bool:
        """In error; or under ignored errors, failing often enough, or late."""
        found = self.on_value
        return (self.failed and self.state is not None) or len(found) >= 2 or bool(found and self.age > T.max_age)

    @property
    def stands(self) -> bool:
        if self.state == 20:
            return self.past == "nothing"
        return self.state == 0 or (self.state == 13 and not self.failed)

    @property
    def other(self) -> bool:
        return bool(self.on_value) and self.on_value[0][1] == "other" and self.lasts

    @property
    def is_stuck(self) -> bool:
        ours = self.state == 20 and self.past != "nothing"
        if not (self.state in (11, 13) or ours or (self.asked and self.stands)):
            return False
        # A healthy cursor near the time looks like one that an attempt can have calculated.
        goes_on = self.past == "maybe" and self.state == 11 and not self.lasts and self.age <= T.max_age
        unfinished = self.past in OURS and not goes_on
        return unfinished or (self.age > T.remediate_after and self.slow >= T.min_failed_runs)


def reading(p: Point) -> tuple[int, str]:
    """The first match of the table of verdicts, row and verdict."""
    young = p.processed is None and (p.due is None or p.due < 0)
    young = young or min(when for when in (p.processed, p.due, 10**9) if when is not None and when >= 0) < MAX_RUN
    nothing = p.state is None or p.owner == "serverless" or (p.owner == "none" and not p.failed)
    treated = p.asked and p.pid == 0 and not p.other and p.is_stuck
    rows: list[tuple[int, str, bool]] = [
        (2, "not_applicable", p.held == "none" and nothing),
        (3, "unmatched", p.held != "none" and p.owner in ("none", "serverless", "rivals")),
        (4, "inactive", p.owner == "disabled"),
        (5, "missing", p.held == "none"),
        (5, "unsupported", p.held in ("text", "unreadable")),
        (5, "empty", p.held == "null"),
        (5, "future", p.age < -T.future_tolerance),
        (6, "engine_down", (p.state in TRANSITIONAL or p.overdue) and p.idle > T.engine_grace),
        (7, "held", p.stands and not treated),
        (
            8,
            "running",
            p.state in TRANSITIONAL
            or (p.state is not None and p.pid != 0 and p.state != 11 and p.idle < T.max_run)
            or (p.state == 11 and p.pid != 0 and young and not p.earlier),
        ),
        (9, "failing_other", p.other),
        (10, "stuck", p.is_stuck),
        (11, "failing_unknown", p.lasts),
        (12, "stale", p.age > T.max_age or (p.state == 20 and p.past != "nothing")),
        (13, "healthy", True),
    ]
    return next((number, verdict) for number, verdict, applies in rows if applies)


# -- the product -------------------------------------------------------------------------------------------------------

RUNS: tuple[tuple[tuple[int, str], ...], ...] = (
    (),
    ((600, "unknown"),),
    ((600, "unknown"), (1200, "unknown")),
    ((600, "timeout"),),
    ((600, "other"),),
    ((600, "other"), (1200, "timeout")),
    ((600, "timeout"), (1200, "other")),
    ((600, "unknown"), (1200, "other")),
    ((600, "timeout"), (1200, "timeout")),
    ((600, "timeout"), (1200, "unknown")),
    ((MAX_RUN + 300, "timeout"), (MAX_RUN + 900, "timeout")),
    ((MAX_RUN + 301, "timeout"), (MAX_RUN + 901, "timeout")),
)
#: Last processed, and due: lately, long ago, and at the thresholds of the engine and of a run.
TIMES: tuple[tuple[int | None, int | None], ...] = (
    (300, -300),
    (3 * HOUR, None),
    (HOUR, GRACE),
    (HOUR, GRACE + 1),
    (GRACE, None),
    (GRACE + 1, None),
    (MAX_RUN - 1, None),
    (MAX_RUN, None),
    (None, None),
)


def product() -> Iterator[Point]:
    """Whatever an option and its account can be, in every state; then, for a matched moment, all times and journals."""
    yield from itertools.starmap(
        lambda held, owner, state, failed, pid, runs: Point(held, YEARS, owner, state, failed, pid, runs=runs),
        itertools.product(
            ("none", "text", "unreadable", "null", "moment"),
            ("ok", "none", "disabled", "serverless", "rivals"),
            EVERY_STATE,
            (False, True),
            (0, 7),
            ((), ((600, "timeout"),)),
        ),
    )
    for age, state, failed, pid, (processed, due), runs, (past, asked) in itertools.product(
        (300, *AGES, YEARS),
        (None, 0, 10, 11, 13, 15, 20, 99),
        (False, True),
        (0, 7),
        TIMES,
        RUNS,
        (("nothing", False), ("nothing", True), ("stop", False), ("value", False), ("maybe", False)),
    ):
        yield Point("moment", age, "ok", state, failed, pid, processed, due, runs, past, asked)


@pytest.fixture(scope="module")
def judged() -> list[tuple[Point, tuple[int, str]]]:
    """Every point with the first rule that applies to its rows."""
    found = []
    for point in product():
        seen = point.facts()
        rule = next(rule for rule in RULES if rule.applies(seen, T))
        found.append((point, (rule.number, rule.verdict.value)))
    return found


def test_rules_say_what_the_design_says_at_every_point(judged: list[tuple[Point, tuple[int, str]]]) -> None:
    wrong = [(point, said, reading(point)) for point, said in judged if said != reading(point)]
    assert wrong[:5] == []
    assert len(judged) > 90_000


def test_every_row_fires_often(judged: list[tuple[Point, tuple[int, str]]]) -> None:
    fired = Counter(said for _point, said in judged)
    assert set(fired) == {(rule.number, rule.verdict.value) for rule in RULES}
    assert min(fired.values()) >= 30, fired


def test_order_of_the_rows_matters_and_is_kept(judged: list[tuple[Point, tuple[int, str]]]) -> None:
    """To most pairs of rows there are points to which both apply: the first of them is always the one that counts."""
    pairs: set[tuple[int, int]] = set()
    for point, said in judged[::23]:
        seen = point.facts()
        applying = [rule for rule in RULES if rule.applies(seen, T)]
        assert (applying[0].number, applying[0].verdict.value) == said
        pairs.update((applying[0].number, rule.number) for rule in applying[1:])
    numbers = sorted({rule.number for rule in RULES})
    # Some cannot meet: a cursor that is not there is neither empty nor stuck.
    assert len(pairs) >= len(numbers) * 2
    assert all(first <= second for first, second in pairs)
    assert {first for first, _second in pairs} == set(numbers) - {13}


#: Of each threshold: the axis on which it lies, and the two neighbours between which something must change.
BOUNDARIES: dict[str, tuple[str, Any, Any]] = {
    "max_age": ("age", int(T.max_age), int(T.max_age) + 1),
    "remediate_after": ("age", int(T.remediate_after), int(T.remediate_after) + 1),
    "future_tolerance": ("age", -int(T.future_tolerance) - 1, -int(T.future_tolerance)),
    "engine_grace": ("processed", GRACE, GRACE + 1),
    "engine_grace of a due time": ("due", GRACE, GRACE + 1),
    "max_run": ("processed", MAX_RUN - 1, MAX_RUN),
    "max_run since an error": ("runs", RUNS[-2], RUNS[-1]),
    "min_failed_runs": ("runs", RUNS[0], RUNS[3]),
}


@pytest.mark.parametrize("name", BOUNDARIES)
def test_one_second_to_either_side_of_a_threshold_is_another_verdict(
    name: str, judged: list[tuple[Point, tuple[int, str]]]
) -> None:
    axis, within, beyond = BOUNDARIES[name]
    rest = [one.name for one in fields(Point) if one.name != axis]
    sides: dict[tuple[Any, ...], dict[Any, str]] = defaultdict(dict)
    for point, (_number, verdict) in judged:
        value = getattr(point, axis)
        if value in (within, beyond):
            sides[tuple(getattr(point, one) for one in rest)][value] = verdict
    both = [found for found in sides.values() if len(found) == 2]
    assert both
    changes = Counter((found[within], found[beyond]) for found in both if found[within] != found[beyond])
    assert changes, f"nothing changes at {name}"


def test_every_threshold_has_a_boundary_in_the_product() -> None:
    covered = {name.split()[0] for name in BOUNDARIES}
    # How far apart two lines of one run may be is a boundary of the grouping: see test_rules.py. How many deliveries
    # are few is one of the figures of a mid: see test_mid_rules.py.
    assert covered | {"run_gap", "small_gap"} == {one.name for one in fields(Thresholds)}


def test_second_reading_and_judge_agree_on_the_words(judged: list[tuple[Point, tuple[int, str]]]) -> None:
    for point, (number, verdict) in judged[::997]:
        found = judge(point.facts(), T)
        assert (found.rule, found.verdict.value) == (number, verdict)
        assert found.cures == (verdict == "stuck")
        assert found.reason.endswith((".", "?"))
