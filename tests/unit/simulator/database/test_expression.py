# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Expressions: literals, operators and functions, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from simulator.config.switches import Switches
from simulator.database.expression import ExpressionError, parse
from simulator.database.functions import FUNCTIONS
from simulator.database.store import Store
from simulator.soap.errors import MethodFailure
from tests.helpers.expressions import ask, names, quoted

NOW = datetime(2026, 11, 23, 2, 0, 0, 250_000, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def value(store: Store, expression: str) -> str:
    """The value of an expression, taken from the one row of the store."""
    return ask(store, "", (expression, "@v"))[0]["v"]


@pytest.fixture
def store() -> Store:
    return Store(lambda: NOW)


@pytest.fixture
def one(store: Store) -> Store:
    store.insert(
        "xtk:workflow",
        {"internalName": "wf", "label": "Rock 'n' Roll", "state": 13, "failed": True, "lastStart": EPOCH},
    )
    return store


# -- literals and functions ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "answer"),
    [
        ("@label = 'Rock \\'n\\' Roll'", True),
        ("@label like 'Rock \\'n\\'%'", True),
        ("@label = 'Rock' + Char('32') + '\\'n\\' Roll'", True),
        ("@label like 'R_ck%'", True),
        ("@label like 'R\\_ck%'", False),
        ("@label like 'rock%'", False),
        ("@label like '%' + Char('36') + '%'", False),
        ("@failed = 1 and @failed = true and not @failed = false", True),
        ("@state != 13 OR @STATE = 13".replace("@STATE", "@state"), True),
        ("@state IN (11, 13) AND @state NOT IN (20)", True),
        ("@processDate IS NULL and @lastStart Is Not Null", True),
        ("@lastStart = #1970/01/01#", True),
        ("@lastStart = #1970-01-01T02:00:00.000+02:00#", True),
        ("@lastStart < #1970-01-01T00:00:00.001Z#", True),
        ("[@state] = 13", True),
        ("[@folder-id] = 0", True),
        ("[folder/@label] = ''", True),
        ("@state - 3 * 2 = 7 and (@state - 3) * 2 = 20", True),
        ("-@state = -13", True),
        ("@state / 2 = 6 and @state / 2.0 = 6.5", True),
    ],
)
def test_literals_and_operators(one: Store, expression: str, answer: bool) -> None:
    assert names(one, expression) == ({"wf"} if answer else set())


@pytest.mark.parametrize(
    ("expression", "answer"),
    [
        ("GetDate()", "2026-11-23 02:00:00.250Z"),
        ("AddDays(GetDate(), 1)", "2026-11-24 02:00:00.250Z"),
        ("SubMinutes(AddHours(GetDate(), 1), 30)", "2026-11-23 02:30:00.250Z"),
        ("SubSeconds(AddSeconds(GetDate(), 1), 2)", "2026-11-23 01:59:59.250Z"),
        ("DaysAgo(7)", "2026-11-16 02:00:00.250Z"),
        ("DateOnly(GetDate())", "2026/11/23"),
        ("ToDate('2026-11-23 23:59:00Z')", "2026/11/23"),
        ("ToDateTime('2026-11-23T01:00:00.000Z')", "2026-11-23 01:00:00.000Z"),
        ("ToDateTime(@label)", ""),
        ("TruncDate(GetDate(), 3600)", "2026-11-23 02:00:00.000Z"),
        ("HoursDiff(#2026-11-23T03:30:00Z#, #2026-11-23T01:00:00Z#)", "2"),
        ("MinutesDiff(#2026-11-23T01:00:00Z#, #2026-11-23T03:30:00Z#)", "-150"),
        ("SecondsDiff(GetDate(), @processDate)", "0"),
        ("ToString(@state) + '/' + ToString(@lastStart)", "13/1970-01-01 00:00:00.000Z"),
        ("ToString(1.50)", "1.5"),
        ("Iif(@state = 13, 'paused', 'other')", "paused"),
        ("Iif(@state = 1, 1, 1.5)", "1.5"),
        ("Iif(@state = 1, GetDate(), DateOnly(GetDate()))", "2026-11-23 00:00:00.000Z"),
        ("ToDateTime(DateOnly(GetDate()))", "2026-11-23 00:00:00.000Z"),
        ("ToString(@label)", "Rock 'n' Roll"),
        ("Left(@label, 9223372036854775807)", "Rock 'n' Roll"),
        ("Iif(@processDate > GetDate(), 'later', 'unknown')", "unknown"),
        ("Length(@label)", "13"),
        ("Char('36')", "$"),
        ("Lower(@label) + Upper(Left(@label, 4))", "rock 'n' rollROCK"),
        ("Substring(@label, 6, 3)", "'n'"),
        ("SubHours(SubDays(GetDate(), 1), 2)", "2026-11-22 00:00:00.250Z"),
        ("AddMinutes(GetDate(), 1)", "2026-11-23 02:01:00.250Z"),
        ("DaysDiff(GetDate(), SubDays(GetDate(), 3))", "3"),
        ("-42.3", "-42.3"),
        ("2 * 1.5", "3"),
        ("@_cs", "Rock 'n' Roll (wf)"),
    ],
)
def test_functions(one: Store, expression: str, answer: str) -> None:
    assert value(one, expression) == answer


def test_the_functions_are_those_of_the_documentation() -> None:
    documented = """
        GetDate AddDays AddHours AddMinutes AddSeconds SubDays SubHours SubMinutes SubSeconds DaysAgo DaysDiff HoursDiff
        MinutesDiff SecondsDiff DateOnly ToDate ToDateTime TruncDate Count CountAll Min Max Sum Avg Lower Upper Length
        Left Substring ToString ToInteger
    """
    # Iif takes a condition and is part of the grammar; Char comes from the SDK's escaping.
    assert set(FUNCTIONS) == {*documented.split(), "Char"}
    assert [name for name, function in FUNCTIONS.items() if function.guessed] == ["ToInteger"]


def test_a_function_that_is_only_a_guess_needs_the_switch(one: Store) -> None:
    with pytest.raises(MethodFailure, match="ToInteger"):
        value(one, "ToInteger('12')")
    one.switches = Switches(guessed_attributes="served")
    assert value(one, "ToInteger('12')") == "12"


# -- what is refused ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "@state = 1 @failed = 1",
        "@state == 1",
        "@state in ()",
        "@state < 1 < 2",
        "@state = 'x",
        '@label = "x"',
        "@label = 'it's'",
        "@state = 1; delete",
        "1e5 = @state",
        "@state = 99999999999999999999",
        "[] = 1",
        "[../@id] = 1",
        "[/@id] = 1",
        "#2026-13-01# = @lastStart",
        "#yesterday# = @lastStart",
    ],
)
def test_what_is_outside_the_grammar_is_refused(expression: str) -> None:
    with pytest.raises(ExpressionError):
        parse(expression)


@pytest.mark.parametrize(
    "expression",
    [
        "@name = 'x'",
        "@folder-id = 1",
        "[folder/@nothing] = 'x'",
        "[nothing/@label] = 'x'",
        "[folder] = 1",
        "state = 1",
        "@state = 'started'",
        "@label = 3",
        "@lastStart > '2026-01-01'",
        "@lastStart > 3",
        "@state like '1%'",
        "@label like 3",
        "@label + 1 = 'x'",
        "@label - 'x' = 'y'",
        "@lastStart - 1 > GetDate()",
        "-@label = 'x'",
        "@state",
        "true",
        "not @failed",
        "@state = 1 -- comment",
        "(@state = 1) = true",
        "@state in (1, 'x')",
        "@state in (@state = 1)",
        "Iif(@state, 1, 2) = 1",
        "Iif(@state = 1, 1, 'x') = 1",
        "Frobnicate(@state) = 1",
        "getdate() > @lastStart",
        "GetDate(1) > @lastStart",
        "AddDays(@lastStart) > GetDate()",
        "AddDays(@state, 1) > GetDate()",
        "Lower(@state) = 'x'",
        "Char(@label) = 'x'",
        "Char('0') = 'x'",
        "Char(GetDate()) = 'x'",
        "Char('1114112') = 'x'",
        "ToDateTime('soon') > GetDate()",
        "Max(@state) = 1",
        "CountAll() > 0",
    ],
)
def test_what_is_unknown_or_ill_typed_faults_and_selects_nothing(one: Store, expression: str) -> None:
    with pytest.raises(MethodFailure) as caught:
        names(one, expression)
    fault = caught.value.wrapped("xtk:queryDef", "ExecuteQuery")
    assert fault.string.startswith("SOP-330011 ")
    assert f"XTK-170036 Unable to parse expression '{expression}'." in (fault.detail or "")


def test_an_unknown_attribute_is_named_with_its_schema(one: Store) -> None:
    with pytest.raises(MethodFailure, match=r"Attribute 'name' unknown .*'Workflows \(xtk:workflow\)'"):
        names(one, "@name = 'x'")


@pytest.mark.parametrize(
    "expression",
    [
        "not " * 200 + "@state = 1",
        "@state" + " + 1" * 200 + " = 1",
        " or ".join(f"@state = {number}" for number in range(600)),
        "Lower(" * 60 + "@label" + ")" * 60 + " = 'x'",
    ],
    ids=["negations", "sum", "alternatives", "functions"],
)
def test_an_expression_that_is_too_complex_faults(one: Store, expression: str) -> None:
    with pytest.raises(MethodFailure, match="XTK-170092"):
        names(one, expression)


def test_long_lists_and_chains_are_answered(one: Store) -> None:
    assert names(one, f"@state in ({', '.join(map(str, range(2000)))})") == {"wf"}
    assert names(one, " or ".join(f"@state = {number}" for number in range(400))) == {"wf"}


def test_division_by_zero_is_an_error_of_the_database_not_an_answer(one: Store) -> None:
    with pytest.raises(MethodFailure, match="PGS-220000 .* division by zero"):
        names(one, "@state / @errorCount = 1")
    assert names(one, "Iif(@errorCount = 0, 0, @state / @errorCount) = 0") == {"wf"}


def test_a_date_beyond_the_calendar_is_an_error_not_an_answer(one: Store) -> None:
    for expression in (
        "AddDays(@lastStart, 99999999)",
        "ToString(SubDays(@lastStart, 9223372036854775807))",
        "ToString(TruncDate(#1969-01-01#, 9223372036854775))",
    ):
        with pytest.raises(MethodFailure, match="PGS-220000 .* out of range"):
            value(one, expression)
    with pytest.raises(MethodFailure, match="PGS-220000 .* out of range"):
        names(one, "AddDays(@lastStart, 99999999) > GetDate()")


def test_a_whole_number_that_no_column_holds_is_an_error_not_an_answer(one: Store) -> None:
    with pytest.raises(MethodFailure, match="PGS-220000 .* out of range"):
        value(one, "@state * 9223372036854775807")


def test_values_are_bound_and_never_part_of_the_sql(one: Store) -> None:
    hostile = 'x\' OR 1=1; DROP TABLE "xtk:workflow" --'
    assert names(one, f"@label = {quoted(hostile)}") == set()
    assert names(one, "@state = 13") == {"wf"}
