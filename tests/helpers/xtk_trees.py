# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Random expressions of XTK, and an interpreter of them that shares nothing with the simulator's own."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from hypothesis import strategies as st

from simulator.database.store import Store
from tests.helpers.expressions import quoted

NOW = datetime(2026, 11, 23, 2, 0, 0, 250_000, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# A tree is (operation, *operands). `show` writes it as XTK, `run` computes it for one row by the known rules
# (campaign_facts, Query syntax and Functions): strings and numbers are never null, a date can be (None), and a
# comparison with a null date is unknown (None).

ALPHABET = "aAbB'\\%_$ é€😀"
TEXTS = ("label", "schema", "folder/label")
NUMBERS = ("state", "errorCount", "failed")
DATES = ("lastStart", "processDate")

texts = st.text(ALPHABET, max_size=4)
moments = st.datetimes(datetime(1969, 12, 30), datetime(1970, 1, 3)).map(
    lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000, tzinfo=UTC)
)
rows = st.lists(
    st.fixed_dictionaries(
        {
            "label": texts,
            "schema": texts,
            "state": st.integers(-3, 3),
            "errorCount": st.integers(-3, 3),
            "failed": st.integers(0, 1),
            "lastStart": st.none() | moments,
            "processDate": st.none() | moments,
            "folder/label": st.none() | texts,
        }
    ),
    min_size=1,
    max_size=6,
)

small = st.integers(-3, 3)
patterns = st.lists(st.sampled_from(["%", "_"]) | st.tuples(st.just("is"), st.sampled_from(ALPHABET)), max_size=4)


def op(name: str, *operands: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.tuples(st.just(name), *operands)


@dataclass
class Trees:
    """Strategies for trees up to a depth, by the type of their value."""

    text: st.SearchStrategy[Any]
    number: st.SearchStrategy[Any]
    date: st.SearchStrategy[Any]
    condition: st.SearchStrategy[Any]


def conditions(trees: Trees) -> st.SearchStrategy[Any]:
    kinds = (trees.text, trees.number, trees.date)
    return st.one_of(
        *(op(sign, kind, kind) for sign in ("=", "<>", "<", ">=") for kind in kinds),
        *(op(sign, kind, st.lists(kind, min_size=1, max_size=3)) for sign in ("in", "not in") for kind in kinds),
        *(op(sign, kind) for sign in ("is null", "is not null") for kind in kinds),
        *(op(sign, trees.text, patterns) for sign in ("like", "not like")),
    )


def leaves() -> Trees:
    trees = Trees(
        op("attribute", st.sampled_from(TEXTS)) | op("text", texts),
        op("attribute", st.sampled_from(NUMBERS)) | op("number", small | st.sampled_from([0.5, -1.25])),
        op("attribute", st.sampled_from(DATES)) | op("date", moments) | op("GetDate"),
        st.nothing(),
    )
    return replace(trees, condition=conditions(trees))


def deeper(trees: Trees) -> Trees:
    text, number, date, condition = trees.text, trees.number, trees.date, trees.condition
    grown = Trees(
        text | op("concat", text, text) | op("Lower", text) | op("Upper", text) | op("Iif", condition, text, text)
        | op("Left", text, op("number", small)) | op("Substring", text, op("number", small), op("number", small)),
        number | op("+", number, number) | op("-", number, number) | op("*", number, number) | op("neg", number)
        | op("/", number, op("number", st.sampled_from([-2, 2, 3, 0.5]))) | op("Length", text)
        | op("DaysDiff", date, date) | op("Iif", condition, number, number),
        date | op("AddDays", date, op("number", small)) | op("SubHours", date, op("number", small))
        | op("DateOnly", date) | op("TruncDate", date, op("number", st.sampled_from([60, 3600])))
        | op("Iif", condition, date, date),
        st.nothing(),
    )  # fmt: skip
    logic = op("not", condition) | op("and", condition, condition) | op("or", condition, condition)
    return replace(grown, condition=conditions(trees) | logic)


TREES = deeper(deeper(deeper(leaves())))


def for_like(pattern: list[Any]) -> str:
    """As the SDK's escapeForLike does, so that every character except the wildcards stands for itself."""
    return "'" + "".join(part if isinstance(part, str) else re.sub(r"([\\'%_])", r"\\\1", part[1])
                         for part in pattern) + "'"  # fmt: skip


BINDING = {"or": 1, "and": 2, "not": 3, "+": 5, "-": 5, "concat": 5, "*": 6, "/": 6, "neg": 7}


def show(tree: Any, least: int = 0) -> str:
    """XTK text, with parentheses only where operator precedence needs them."""
    name, *operands = tree
    strength = BINDING.get(name, 4 if name in COMPARING or name in ("in", "not in", "like", "not like", "is null",
                                                                    "is not null") else 9)  # fmt: skip
    plain = _show(name, operands, strength)
    return f"({plain})" if strength < least else plain


# Complex: one case for each kind of expression.
def _show(name: str, operands: list[Any], strength: int) -> str:
    match name, operands:
        case "attribute", [path]:
            return "[folder/@label]" if path == "folder/label" else f"@{path}"
        case "text", [raw]:
            return quoted(raw)
        case "number", [literal]:
            return str(literal)
        case "date", [moment]:
            return f"#{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z#"
        case (("in" | "not in"), [left, items]):
            return f"{show(left, 5)} {name} ({', '.join(show(item, 5) for item in items)})"
        case (("like" | "not like"), [left, pattern]):
            return f"{show(left, 5)} {name} {for_like(pattern)}"
        case (("is null" | "is not null"), [left]):
            return f"{show(left, 5)} {name}"
        case (("not" | "neg"), [operand]):
            return f"{'not ' if name == 'not' else '-'}{show(operand, strength)}"
        case _ if name in BINDING or name in COMPARING:
            sign = "+" if name == "concat" else name
            same = name in ("and", "or")
            return (
                f"{show(operands[0], strength + (name in COMPARING))} {sign} {show(operands[1], strength + (not same))}"
            )
        case _:
            return f"{name}({', '.join(show(operand) for operand in operands)})"


COMPARING = {
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    ">=": lambda a, b: a >= b,
}


def known(function: Any) -> Any:
    """A function of SQL: unknown when an operand is."""
    return lambda *values: None if None in values else function(*values)


def divide(left: float, right: float) -> float:
    return math.trunc(left / right) if isinstance(left, int) and isinstance(right, int) else left / right


def floor(moment: datetime, seconds: int) -> datetime:
    step = timedelta(seconds=seconds)
    return EPOCH + (moment - EPOCH) // step * step


FUNCTIONS = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": divide,
    "neg": lambda a: -a,
    "concat": lambda a, b: a + b,
    "Lower": str.lower,
    "Upper": str.upper,
    "Length": len,
    "Left": lambda raw, length: raw[: max(length, 0)],
    "Substring": lambda raw, start, length: "".join(
        letter for place, letter in enumerate(raw, 1) if start <= place < start + length
    ),
    "AddDays": lambda moment, days: moment + timedelta(days=days),
    "SubHours": lambda moment, hours: moment - timedelta(hours=hours),
    "DateOnly": lambda moment: floor(moment, 86400),
    "TruncDate": floor,
    "DaysDiff": lambda end, start: math.trunc((end - start) / timedelta(days=1)),
    "GetDate": lambda: NOW,
    **COMPARING,
}


# Complex: one case for each kind of expression.
def run(tree: Any, row: dict[str, Any]) -> Any:
    name, *operands = tree
    match name, operands:
        case "attribute", [path]:
            return "" if path == "folder/label" and row[path] is None else row[path]
        case (("text" | "number" | "date" | "known"), [literal]):
            return literal
        case "Iif", [test, then, otherwise]:
            return run(then if run(test, row) is True else otherwise, row)
        case "not", [operand]:
            return known(lambda truth: not truth)(run(operand, row))
        case (("and" | "or"), [left, right]):
            decisive, values = name == "or", (run(left, row), run(right, row))
            return decisive if decisive in values else None if None in values else not decisive
        case (("in" | "not in"), [left, items]):
            found = run_any([run(("=", left, item), row) for item in items])
            return found if name == "in" else known(lambda truth: not truth)(found)
        case (("like" | "not like"), [left, pattern]):
            wild = {"%": ".*", "_": "."}
            rule = "".join(wild[part] if isinstance(part, str) else re.escape(part[1]) for part in pattern)
            return (re.fullmatch(rule, run(left, row), re.DOTALL) is not None) == (name == "like")
        case (("is null" | "is not null"), [left]):
            return (run(left, row) in (None, "")) == (name == "is null")
        case _:
            return known(FUNCTIONS[name])(*(run(operand, row) for operand in operands))


def run_any(truths: list[bool | None]) -> bool | None:
    return True if True in truths else None if None in truths else False


def filled(data: list[dict[str, Any]]) -> Store:
    store, sequence = Store(lambda: NOW), count()
    for row in data:
        name = f"w{next(sequence)}"
        values = {"internalName": name, **row}
        label = values.pop("folder/label")
        if label is not None:
            values["folder-id"] = store.insert("xtk:folder", {"name": name, "label": label})
        store.insert("xtk:workflow", values)
    return store
