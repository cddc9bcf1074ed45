# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ``make fuzz`` counts, and that it finds what it is for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import strategies as st

from ansible_collections.campaign.classic.plugins.module_utils._core.errors import ValidationError
from ansible_collections.campaign.classic.plugins.module_utils._soap.conditions import condition
from ansible_collections.campaign.classic.plugins.module_utils._soap.envelope import read_reply
from tests.fuzz import product, reach
from tests.fuzz.targets import TARGETS, Target

CONDITIONS = "module_utils/_soap/conditions.py"
ENVELOPE = "module_utils/_soap/envelope.py"


def test_functions_count_that_a_target_can_reach_also_by_a_table_or_a_class() -> None:
    (found,) = reach.reachable([condition], [CONDITIONS]).values()
    assert {"condition", "_each", "_one", "_combined", "_contains", "no_password"} <= set(found)
    assert not {"checked_expression", "_without_texts"} & set(found)
    (found,) = reach.reachable([read_reply], [ENVELOPE]).values()
    assert {"Output.__init__", "_outputs"} <= set(found) and "build_request" not in found


def test_function_that_is_in_none_of_the_files_is_refused() -> None:
    with pytest.raises(ValueError, match="condition: not all of them are in"):
        reach.reachable([condition], [ENVELOPE])


def test_every_target_can_reach_something_in_each_of_its_files() -> None:
    for target in TARGETS.values():
        assert all(reach.reachable(target.entries, target.files).values())


def test_lines_and_branches_count_that_were_not_reached() -> None:
    figures = {
        "a.py": {
            "all": {
                "summary": {"covered_lines": 3, "num_statements": 3, "covered_branches": 2, "num_branches": 2},
                "missing_lines": [],
                "missing_branches": [],
            },
            "half": {
                "summary": {"covered_lines": 2, "num_statements": 3, "covered_branches": 1, "num_branches": 2},
                "missing_lines": [7],
                "missing_branches": [[6, -5]],
            },
        }
    }
    found = reach.reached_of({"a.py": ["all", "half"], "b.py": ["none"]}, figures)
    assert (found.functions, found.done, found.whole, found.share) == (3, 8, 11, 72)
    assert found.missing == ["a.py half: 5, 7", "b.py none"]
    assert product.problems([], {"x": found}) == ["LEFT OUT x: less than 90 % were reached: a.py half: 5, 7; b.py none"]
    assert product.problems([], {"x": replace(found, done=10)}) == []


def _target(read: Any) -> Target:
    return Target(st.integers(0, 1000), read, [], [])


def test_smallest_input_that_is_a_defect_is_told() -> None:
    def read(value: int) -> None:
        if value > 41:
            raise KeyError("no such key")
        raise ValidationError("It is refused.")

    tally = product.fuzz("x", _target(read), 0, 1)
    assert tally.problem == "KeyError: 'no such key' (read) for [42]"
    assert product.problems([tally], {}) == [f"DEFECT x: {tally.problem}"]


@pytest.mark.parametrize("refused", [0, 100])
def test_target_that_refuses_everything_or_nothing_is_told(refused: int) -> None:
    assert product.problems([product.Tally("x", 100, refused)], {}) == [
        f"ONE-SIDED x: {refused} of 100 inputs were refused"
    ]
    assert product.problems([product.Tally("x", 100, 1)], {}) == []


def test_target_gets_inputs_for_its_time_and_what_it_gets_of_the_processor_at_least() -> None:
    seen: list[int] = []
    times, seconds = iter(range(100)), iter(range(100))
    one = product.fuzz("x", _target(seen.append), 3, 1, clock=lambda: float(next(times)))
    assert (one.inputs, one.refused, one.problem) == (3 * product.ROUND, 0, "") and len(seen) == one.inputs
    busy = product.fuzz("x", _target(lambda _value: None), 0, 1, least=4, processor=lambda: float(next(seconds)))
    assert busy.inputs == 4 * product.ROUND


def test_same_seed_gives_the_same_inputs() -> None:
    def inputs(seed: int) -> list[int]:
        seen: list[int] = []
        product.fuzz("x", _target(seen.append), 0, seed)
        return seen

    assert inputs(1) == inputs(1) != inputs(2)
