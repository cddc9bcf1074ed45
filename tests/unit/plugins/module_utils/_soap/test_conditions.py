# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Conditions as data become one expression with exactly their meaning; a user's own expression is whole or refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.campaign.classic.plugins.module_utils._core.errors import ValidationError
from ansible_collections.campaign.classic.plugins.module_utils._soap.conditions import (
    OPERATORS,
    checked_expression,
    condition,
    no_password,
)
from simulator.database.expression import parse


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        ([], ""),
        ([{"field": "@name", "equals": "a'b"}], "@name = 'a\\'b'"),
        ([{"field": "@state", "not_equals": 13}], "not (@state = 13)"),
        ([{"field": "@id", "less_than": 5}, {"field": "@id", "at_most": 5}], "(@id < 5) and (@id <= 5)"),
        ([{"field": "@id", "more_than": -5}, {"field": "@id", "at_least": 1.5}], "(@id > -5) and (@id >= 1.5)"),
        ([{"field": "@failed", "equals": True}], "@failed = 1"),
        ([{"field": "@name", "begins_with": "a_"}], "@name like 'a\\_%'"),
        ([{"field": "@name", "begins_with": 7}], "@name like '7%'"),
        ([{"field": "@name", "contains": "50%"}], "@name like '%50\\%%'"),
        ([{"field": "@name", "contains": "a$b"}], "@name like '%a' + Char('36') + 'b%'"),
        ([{"field": "@state", "one_of": [13, 20]}], "@state IN (13, 20)"),
        ([{"field": "@id", "one_of": ["1", "2"], "type": "integer"}], "@id IN (1, 2)"),
        ([{"field": "@x", "is_null": True}], "@x IS NULL"),
        ([{"field": "folder/@label", "is_null": False}], "[folder/@label] IS NOT NULL"),
        ([{"field": "@d", "at_least": "2026-11-23T02:00:00+01:00", "type": "datetime"}],
         "@d >= #2026-11-23T01:00:00.000Z#"),
        ([{"field": "@d", "equals": "2026-11-23", "type": "date"}], "@d = #2026/11/23#"),
        ([{"field": "@s", "equals": "007", "type": "string"}], "@s = '007'"),
        (
            [{"any_of": [{"field": "@a", "equals": 1}, {"all_of": [{"field": "@b", "equals": 2}]}]},
             {"field": "@c", "equals": 3}],
            "((@a = 1) or (@b = 2)) and (@c = 3)",
        ),
    ],
)  # fmt: skip
def test_conditions_become_one_expression(given_: list[Any], expected: str) -> None:
    found = condition(given_)
    assert found == expected
    if found:
        parse(found)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("@id = 1", "where is not a list"),
        (["@id = 1"], "where[0] is not a condition"),
        ([{"field": "@id"}], "where[0] is not a condition: it needs a field and one operator"),
        ([{"field": "@id", "equals": 1, "more_than": 2}], "one operator"),
        ([{"field": "@id", "equal": 1}], "It has equal, which is unknown"),
        ([{"equals": 1}], "it needs a field"),
        ([{"field": 7, "equals": 1}], "it needs a field"),
        ([{"any_of": []}], "where[0]: any_of holds a list"),
        ([{"any_of": [{"field": "@a", "equals": 1}], "field": "@b"}], "allows no other key"),
        ([{"any_of": [{"field": "@a", "equals": 1}, {"field": "@b"}]}], "where[0].any_of[1] is not a condition"),
        ([{"field": "@id or 1=1", "equals": 1}], "where[0]: '@id or 1=1' is not the path"),
        ([{"field": "@id", "equals": None}], "where[0]: A NoneType cannot be used"),
        ([{"field": "@id", "equals": [1]}], "where[0]: A list cannot be used"),
        ([{"field": "@id", "one_of": 1}], "where[0]: one_of holds a list"),
        ([{"field": "@id", "one_of": []}], "where[0]: No value was given"),
        ([{"field": "@id", "is_null": "yes"}], "is_null is true or false"),
        ([{"field": "@id", "contains": ""}], "No text was given"),
        ([{"field": "@id", "contains": 5}], "No text was given"),
        ([{"field": "@id", "equals": "x", "type": "integer"}], "where[0]: "),
        ([{"field": "@id", "equals": "x", "type": "number"}], "'number' is not a type"),
        ([{"field": "@id", "equals": "x", "type": ["long"]}], "is not a type"),
        ([{"field": "@d", "equals": "2026-11-23 02:00:00", "type": "datetime"}], "time zone"),
        ([{"field": "@password", "equals": "x"}], "Passwords are never read"),
        ([{"field": "@name", "equals": "a\x00"}], "where[0]: "),
    ],
)
def test_condition_that_is_none_says_where_it_stands(wrong: Any, words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        condition(wrong)
    assert words in str(caught.value)


def test_conditions_that_never_end_are_refused() -> None:
    endless: dict[str, Any] = {}
    endless["any_of"] = [endless]
    with pytest.raises(ValidationError, match="nested more than"):
        condition([endless])


def test_every_operator_is_tried_above() -> None:
    assert set(OPERATORS) == {
        "equals", "not_equals", "less_than", "at_most", "more_than", "at_least", "begins_with", "contains", "one_of",
        "is_null",
    }  # fmt: skip


@settings(deadline=None)
@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1))
def test_value_never_changes_what_is_asked(text: str) -> None:
    """Whatever the text, the expression has the shape of one comparison, and is whole."""
    for operator in ("equals", "begins_with", "contains"):
        found = condition([{"field": "@name", operator: text}, {"field": "@id", "equals": 1}])
        assert found.endswith(") and (@id = 1)")
        if "@password" not in text.lower():
            checked_expression(found)


# -- a user's own ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "@id = 1",
        "(@a = 1 or @b = 'it\\'s (not) closed') and [folder/@label] like '%)%'",
        '@d > #2026/11/23# and @s = "a \' b"',
        "@s = '\\\\'",
        "@s = 'a\nb' and\n@t = 1",
        "@passwordAge = 1",
    ],
)
def test_expression_that_is_whole_goes_as_it_is(text: str) -> None:
    assert checked_expression(text) == text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        (" \n", "is empty"),
        ("@id = 1) or (1 = 1", "closing ) without"),
        ("@id = 1]", "closing ] without"),
        ("(@id = 1]", "closing ] without"),
        ("(@id = 1", "that is never closed"),
        ("[@id = 1", "that is never closed"),
        ("@name = 'a", "date after '"),
        ("@name = 'a\\'", "date after '"),
        ("@d = #2026", "date after #"),
        ('@name = "a', 'date after "'),
        ("@name = 'a\x00'", ""),
        ("@password = 'x'", "Passwords are never read"),
        ("Length([@PassWord]) > 3", "Passwords are never read"),
    ],
)
def test_expression_that_is_not_whole_is_refused(text: str, words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        checked_expression(text)
    assert words in str(caught.value)


def test_password_is_refused_wherever_it_is_named() -> None:
    for text in ("@password", "account/@password", "Max(@password) as @x", "@ password"):
        with pytest.raises(ValidationError):
            no_password(text)
    for text in ("@passwords", "@password-age", "password", "@name"):
        no_password(text)
