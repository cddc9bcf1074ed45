# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Queries of any schema, against a simulated instance: what is read, what is shaped, what is refused before a logon."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._core.errors import (
    FaultError,
    MissingLibrary,
    ProtocolError,
    ValidationError,
)
from ansible_collections.campaign.classic.plugins.module_utils._core.masking import MASK
from ansible_collections.campaign.classic.plugins.module_utils._operations import query as _op_query
from ansible_collections.campaign.classic.plugins.module_utils._operations.query import QUERY
from ansible_collections.campaign.classic.plugins.module_utils._operations.runner import Request
from tests.helpers.cure_world import World, marketing, world
from tests.helpers.fake_session import FakeSession, module_without, nothing, result

ODD = "it's a \\ $name\nwith {{ 7 * 7 }}"
OPTIONS: dict[str, dict[str, Any]] = {
    **{f"opsNumber{n}": {"type": "long", "value": n} for n in range(7)},
    "opsOdd": {"type": "string", "value": ODD},
}


@pytest.fixture(scope="module")
def there() -> Iterator[World]:
    """One instance for all tests here: nothing is written."""
    with world({"mkt": marketing(cursor="2026-11-22T00:00:00Z", options=OPTIONS)}) as started:
        yield started


def ask(there: World, **params: Any) -> dict[str, Any]:
    answer = there.ask("mkt", QUERY, **{"schema": "xtk:option", **params})
    assert (answer.changed, answer.failed) == (False, None)
    return answer.result


NUMBERS = {"fields": ["@name", "@longValue"], "where": [{"field": "@name", "begins_with": "opsNumber"}]}


def test_select_reads_all_pages(there: World) -> None:
    there.sim.clear_ledger()
    found = ask(there, **NUMBERS, page_size=3)
    assert [row["name"] for row in found["rows"]] == [f"opsNumber{n}" for n in range(7)]
    assert all(set(row) == {"name", "longValue"} for row in found["rows"])
    assert (found["count"], found["truncated"]) == (7, False)
    assert there.calls("mkt").count("xtk:queryDef#ExecuteQuery") == 3


def test_limit_is_said_to_have_cut(there: World) -> None:
    found = ask(there, **NUMBERS, limit=2)
    assert (found["count"], found["truncated"]) == (2, True)


def test_order_is_the_users(there: World) -> None:
    found = ask(there, **NUMBERS, order_by=[{"field": "@longValue", "descending": True}], limit=2)
    assert [row["longValue"] for row in found["rows"]] == ["6", "5"]


def test_expression_and_conditions_must_both_hold(there: World) -> None:
    found = ask(there, **NUMBERS, expression="@longValue = 2 or @longValue = 3 or @name = 'XtkDatabaseId'")
    assert [row["longValue"] for row in found["rows"]] == ["2", "3"]


def test_get_returns_the_row_or_none(there: World) -> None:
    found = ask(there, operation="get", fields=["@name"], where=[{"field": "@name", "equals": "opsNumber3"}])
    assert (found["rows"][0]["name"], found["count"]) == ("opsNumber3", 1)
    found = ask(there, operation="get", fields=["@name"], where=[{"field": "@name", "equals": "nowhere"}])
    assert (found["rows"], found["count"], found["truncated"]) == ([], 0, False)


def test_count_counts(there: World) -> None:
    assert ask(there, operation="count", where=NUMBERS["where"]) == {"rows": [], "count": 7, "truncated": False}


def test_aggregate_is_one_row(there: World) -> None:
    found = ask(there, fields=["Max(@longValue) as @most"], where=NUMBERS["where"])
    assert found["rows"] == [{"most": "6"}]


def test_value_with_all_that_is_special_is_found_and_comes_back_as_it_is(there: World) -> None:
    there.sim.clear_ledger()
    found = ask(there, fields=["@name", "@stringValue"], where=[{"field": "@stringValue", "equals": ODD}])
    assert [row["name"] for row in found["rows"]] == ["opsOdd"]
    # An XML attribute's line break arrives as one; what the server keeps of it is the server's.
    assert found["rows"][0]["stringValue"].split() == ODD.split()


def test_jmespath_shapes_the_rows(there: World) -> None:
    found = ask(there, **NUMBERS, jmespath="[?to_number(longValue) > `4`].name")
    assert (found["result"], found["rows"], found["count"]) == (["opsNumber5", "opsNumber6"], [], 7)


def test_jmespath_that_does_not_fit_the_rows_says_so(there: World) -> None:
    with pytest.raises(ValidationError, match="cannot be applied.*to_number"):
        ask(there, **NUMBERS, jmespath="sum([].longValue)")


def test_unknown_attribute_is_told_in_the_servers_words(there: World) -> None:
    with pytest.raises(FaultError, match="XTK-170036"):
        ask(there, fields=["@nothing"])


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"fields": ["@name"], "jmespath": "[].{"}, "The jmespath expression is wrong"),
        ({"fields": ["@name"], "jmespath": "nothing(@)", "operation": "count"}, "no rows that jmespath could shape"),
        ({"fields": ["@name"], "schema": "option"}, "is not the name of a schema"),
        ({"fields": ["@name or 1"]}, "is not the path"),
        ({"fields": ["account/@password"]}, "Passwords are never read"),
        ({"fields": ["Max(@password) as @x"]}, "Passwords are never read"),
        ({"fields": ["Max(@id)) , (@x)"]}, "The field has a closing ) without"),
        ({"fields": ["@name"], "order_by": [{"field": "@password"}]}, "Passwords are never read"),
        ({"fields": ["@name"], "order_by": [{"field": "1 or 2"}]}, "is not the path"),
        ({"fields": ["@name"], "expression": "@id = 1) or (1 = 1"}, "closing ) without"),
        ({"fields": ["@name"], "expression": ""}, "is empty"),
        ({"fields": ["@name"], "where": [{"field": "@x"}]}, "where[0]"),
        ({"fields": []}, "No field is named"),
        ({"fields": None, "operation": "get"}, "No field is named"),
        ({"fields": ["@name"], "limit": 0}, "limit must be at least 1"),
        ({"fields": ["@name"], "key": "1"}, "The key is not"),
    ],
)
def test_query_that_cannot_be_right_is_refused_before_a_session_is_opened(wrong: dict[str, Any], words: str) -> None:
    defaults = {name: option.get("default") for name, option in QUERY.options.items()}
    assert QUERY.check is not None
    with pytest.raises(ValidationError) as caught:
        QUERY.check({**defaults, "schema": "xtk:option", **wrong})
    assert words in str(caught.value)


def test_error_of_jmespath_is_one_line() -> None:
    with pytest.raises(ValidationError) as caught:
        _op_query._compiled("[].{\nname: 'x'")
    assert "\n" not in str(caught.value)


def test_missing_jmespath_is_named_where_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    module = module_without("jmespath", "_operations.query", monkeypatch)
    with pytest.raises(MissingLibrary, match="jmespath"):
        module._compiled("[]")


def test_answer_without_a_result_is_an_error() -> None:
    params = {**{name: option.get("default") for name, option in QUERY.options.items()}, "schema": "xtk:option"}
    session: Any = FakeSession(nothing("ExecuteQuery"))
    with pytest.raises(ProtocolError, match="without a result"):
        QUERY.run(Request({**params, "operation": "count"}), session)


def test_password_that_nobody_asked_for_is_dropped_from_a_row() -> None:
    params = {**{name: option.get("default") for name, option in QUERY.options.items()}, "schema": "nms:extAccount"}
    session: Any = FakeSession(result("<extAccount name='a' password='@x'/>"))
    answer = QUERY.run(Request({**params, "operation": "get", "fields": ["@name"]}), session)
    assert answer.result["rows"] == [{"name": "a"}]


@pytest.mark.parametrize("fields", [["@id", "@name"], ["@name", " @id"], ["[@id]", "@name"], ["@name", "@id as @id"]])
def test_key_that_was_asked_for_is_in_the_rows_in_every_spelling(there: World, fields: list[str]) -> None:
    numbers = {**NUMBERS, "fields": fields, "page_size": 3}
    found = ask(there, **numbers)["rows"]
    assert [row["name"] for row in found] == [f"opsNumber{n}" for n in range(7)]
    assert ask(there, **numbers, jmespath="[].id")["result"] == [row["id"] for row in found]


@pytest.mark.parametrize(
    "asked",
    [
        {"where": [{"field": "@name", "equals": f"a {MASK}"}]},
        {"where": [{"field": "@name", "begins_with": MASK}]},
        {"expression": f"@name = '{MASK}'"},
        {"jmespath": f"[?name=='{MASK}']"},
    ],
)
def test_query_with_a_masked_text_warns_that_it_finds_nothing(there: World, asked: dict[str, Any]) -> None:
    found = ask(there, fields=["@name"], **asked)
    (warning,) = found["warnings"]
    assert MASK in warning
    assert "warnings" not in ask(there, **NUMBERS)
