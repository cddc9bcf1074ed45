# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The functions of XTK expressions (campaign_facts, Functions) as SQL. Names are case-sensitive, as documented.

Choices where the documentation is silent, each taken so that the answer is never wider:

* ``DaysAgo(n)`` is the present moment less n days, not that day's midnight;
* ``DaysDiff`` and its family count whole units, truncated toward zero;
* a function of a missing date is missing, and so satisfies no comparison;
* aggregates skip "" as they skip null, since the two are the same (campaign_facts, Values).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from .expression import ExpressionError
from .sql import NOW, Fragment, combine, literal
from .values import DAY, BadValue, Kind, parse_moment, store


@dataclass(frozen=True, slots=True)
class Function:
    """`parameters` holds one letter an argument: t text, n number, d date, m date or text, a any."""

    parameters: str
    build: Callable[..., Fragment]
    aggregate: bool = False
    guessed: bool = False


_UNITS = {"Days": DAY, "Hours": 3_600_000, "Minutes": 60_000, "Seconds": 1000}


def accepts(letter: str, kind: Kind) -> bool:
    """Whether an argument of that kind fits the parameter."""
    return {
        "t": kind.textual,
        "n": kind.numeric,
        "d": kind.temporal,
        "m": kind.temporal or kind.textual,
        "a": True,
    }[letter]


# -- dates --------------------------------------------------------------------------------------------------------


def _shift(sign: str, unit: int) -> Callable[[Fragment, Fragment], Fragment]:
    def build(date: Fragment, amount: Fragment) -> Fragment:
        return combine(f"xtk_shift({{}}, {{}}, {sign}{unit})", Kind.DATETIME, date, amount)

    return build


def _difference(unit: int) -> Callable[[Fragment, Fragment], Fragment]:
    def build(end: Fragment, start: Fragment) -> Fragment:
        return combine(f"(({{}} - {{}}) / {unit})", Kind.LONG, end, start)

    return build


def _get_date() -> Fragment:
    return literal(NOW, Kind.DATETIME)


def _days_ago(amount: Fragment) -> Fragment:
    return _shift("-", DAY)(_get_date(), amount)


def _date_only(date: Fragment) -> Fragment:
    # The server's zone decides which day it is; the simulated servers run in UTC.
    return combine(f"xtk_floor({{}}, {DAY})", Kind.DATE, date)


def _trunc_date(date: Fragment, seconds: Fragment) -> Fragment:
    return combine("xtk_floor({}, CAST({} * 1000 AS INTEGER))", Kind.DATETIME, date, seconds)


def _to_datetime(value: Fragment) -> Fragment:
    if value.kind is not None and value.kind.temporal:
        return Fragment(value.sql, value.parameters, Kind.DATETIME)
    if isinstance(value.constant, str):
        try:
            return literal(parse_moment(value.constant)[0], Kind.DATETIME)
        except BadValue as error:
            raise ExpressionError(str(error)) from error
    return combine("xtk_moment({})", Kind.DATETIME, value)


def _to_date(value: Fragment) -> Fragment:
    return _date_only(_to_datetime(value))


# -- text and numbers ---------------------------------------------------------------------------------------------


def _char(code: Fragment) -> Fragment:
    """``Char('36')``: the character of that code; a literal only (campaign_facts, Literals)."""
    text = str(code.constant)
    if not re.fullmatch(r"[0-9]{1,7}", text):
        raise ExpressionError("Char takes the code of a character")
    try:
        return literal(store(Kind.STRING, chr(int(text))), Kind.STRING)
    except ValueError as error:
        raise ExpressionError(f"{text} is the code of no character") from error


def _to_string(value: Fragment) -> Fragment:
    if value.kind is None or value.kind.textual:
        return value
    return combine(f"xtk_text('{value.kind.value}', {{}})", Kind.STRING, value)


def _call(template: str, kind: Kind) -> Callable[..., Fragment]:
    def build(*arguments: Fragment) -> Fragment:
        return combine(template, kind, *arguments)

    return build


# -- aggregates ---------------------------------------------------------------------------------------------------


def _present(value: Fragment) -> Fragment:
    """The value with "" turned into NULL, so that SQL's aggregates skip it."""
    return combine("NULLIF({}, '')", value.kind, value) if value.kind and value.kind.textual else value


def _count(value: Fragment) -> Fragment:
    return combine("COUNT({})", Kind.LONG, _present(value))


def _extreme(name: str) -> Callable[[Fragment], Fragment]:
    def build(value: Fragment) -> Fragment:
        kind = value.kind
        if kind is None or kind.temporal:
            return combine(f"{name}({{}})", kind, value)
        missing = "''" if kind.textual else "0"
        return combine(f"COALESCE({name}({{}}), {missing})", kind, _present(value))

    return build


def _sum(value: Fragment) -> Fragment:
    kind = Kind.DOUBLE if value.kind is Kind.DOUBLE else Kind.LONG
    return combine("COALESCE(SUM({}), 0)", kind, value)


FUNCTIONS: dict[str, Function] = {
    "GetDate": Function("", _get_date),
    "DaysAgo": Function("n", _days_ago),
    **{f"Add{name}": Function("dn", _shift("+", unit)) for name, unit in _UNITS.items()},
    **{f"Sub{name}": Function("dn", _shift("-", unit)) for name, unit in _UNITS.items()},
    **{f"{name}Diff": Function("dd", _difference(unit)) for name, unit in _UNITS.items()},
    "DateOnly": Function("d", _date_only),
    "ToDate": Function("m", _to_date),
    "ToDateTime": Function("m", _to_datetime),
    "TruncDate": Function("dn", _trunc_date),
    "Lower": Function("t", _call("xtk_lower({})", Kind.STRING)),
    "Upper": Function("t", _call("xtk_upper({})", Kind.STRING)),
    "Length": Function("t", _call("LENGTH({})", Kind.LONG)),
    "Left": Function("tn", _call("xtk_substring({}, 1, CAST({} AS INTEGER))", Kind.STRING)),
    "Substring": Function("tnn", _call("xtk_substring({}, CAST({} AS INTEGER), CAST({} AS INTEGER))", Kind.STRING)),
    "ToString": Function("a", _to_string),
    "ToInteger": Function("a", _call("CAST({} AS INTEGER)", Kind.LONG), guessed=True),
    "Char": Function("a", _char),
    "CountAll": Function("", _call("COUNT(*)", Kind.LONG), aggregate=True),
    "Count": Function("a", _count, aggregate=True),
    "Min": Function("a", _extreme("MIN"), aggregate=True),
    "Max": Function("a", _extreme("MAX"), aggregate=True),
    "Sum": Function("n", _sum, aggregate=True),
    "Avg": Function("n", _call("COALESCE(AVG({}), 0.0)", Kind.DOUBLE), aggregate=True),
}
