# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compiled expressions answer as a plain interpreter of the same trees does, over random rows and trees."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.database.expression import Text, parse
from tests.helpers.expressions import ask, names, quoted
from tests.helpers.xtk_trees import TREES, filled, rows, run, show


@settings(max_examples=200, deadline=None)
@given(rows, TREES.condition)
def test_a_condition_selects_the_rows_for_which_it_is_true(data: list[dict[str, Any]], tree: Any) -> None:
    store = filled(data)
    wanted = {f"w{place}" for place, row in enumerate(data) if run(tree, row) is True}
    assert names(store, show(tree)) == wanted
    store.close()


@settings(max_examples=80, deadline=None)
@given(rows, TREES.number)
def test_a_number_is_computed_for_every_row(data: list[dict[str, Any]], tree: Any) -> None:
    store = filled(data)
    answers = {row["internalName"]: float(row["v"]) for row in ask(store, "", (show(tree), "@v"))}
    assert answers == {f"w{place}": float(run(tree, row) or 0) for place, row in enumerate(data)}
    store.close()


@settings(max_examples=80, deadline=None)
@given(rows, TREES.text)
def test_a_text_is_computed_for_every_row(data: list[dict[str, Any]], tree: Any) -> None:
    store = filled(data)
    answers = {row["internalName"]: row["v"] for row in ask(store, "", (show(tree), "@v"))}
    assert answers == {f"w{place}": run(tree, row) for place, row in enumerate(data)}
    store.close()


@settings(max_examples=200)
@given(st.text(max_size=12))
def test_a_quoted_text_is_read_back(raw: str) -> None:
    tree = parse(quoted(raw))
    assert isinstance(tree, Text)
    assert tree.value == raw
