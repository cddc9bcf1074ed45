# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers of queryDef: a plan is run and its rows become the XML that ExecuteQuery returns (campaign_facts, Calls and
Samples)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from lxml import etree
from lxml.etree import _Element as Element

from ..soap.documents import elements, local_name
from ..soap.errors import MethodFailure, record_missing
from .querydef import Output, Plan, refuse
from .schemas import visible_schema
from .sql import bind
from .values import BadValue, Stored, encode

Row = tuple[Stored, ...]
Run = Callable[[str, Sequence[Stored]], list[Row]]


@dataclass(frozen=True, slots=True)
class QueryResult:
    """`element` is the child of pdomOutput.

    `matched_rows` counts the rows that the query's conditions match, whatever page of them is returned: what the
    server had to go through. `returned_rows` counts those in the answer. Both are known before the answer is sent, so
    that the caller can charge a time for them.
    """

    element: Element
    matched_rows: int
    returned_rows: int


@dataclass(frozen=True, slots=True)
class Paging:
    """`default_line_count` is the cap when a query names none, None for no cap (campaign_facts, unknown 13).

    With `start_line_quirk` every page but the first begins with the last row of the page before (row 14).
    """

    default_line_count: int | None = 200
    start_line_quirk: bool = False


def answer(plan: Plan, run: Run, now: int, paging: Paging) -> QueryResult:
    """Run the plan. `now` in milliseconds since 1970 UTC. A `get` that finds nothing raises MethodFailure."""
    name = plan.schema.element
    if plan.operation == "count":
        matched = _matched(plan, run, now)
        return QueryResult(etree.Element(name, {"count": str(matched)}), matched, 1)
    if plan.operation != "select":
        rows = run(f"{plan.sql} LIMIT 1", bind(plan.parameters, now))
        if not rows and plan.operation == "get":
            raise record_missing(plan.schema.title)
        element = etree.Element(name)
        for row in rows:
            _fill(element, plan.outputs, row)
        return QueryResult(element, _matched(plan, run, now) if rows else 0, len(rows))

    limit = plan.line_count or paging.default_line_count
    offset = max(plan.start_line - 1, 0) if paging.start_line_quirk else plan.start_line
    parameters = [*bind(plan.parameters, now), -1 if limit is None else limit, offset]
    rows = run(f"{plan.sql} LIMIT ? OFFSET ?", parameters)
    collection = etree.Element(f"{name}-collection")
    for row in rows:
        _fill(etree.SubElement(collection, name), plan.outputs, row)
    # A page that is neither full nor shifted holds all there is: no need to count.
    whole = not plan.grouped and not offset and (limit is None or len(rows) < limit)
    return QueryResult(collection, len(rows) if whole else _matched(plan, run, now), len(rows))


def _matched(plan: Plan, run: Run, now: int) -> int:
    return int(run(plan.counting, bind(plan.counting_parameters, now))[0][0] or 0)


def _fill(element: Element, outputs: Sequence[Output], row: Row) -> None:
    inner: dict[tuple[str, ...], Element] = {(): element}
    for output, value in zip(outputs, row, strict=True):
        try:
            text = encode(output.kind, value)
        except BadValue as error:
            raise MethodFailure(f"PGS-220000 PostgreSQL error: ERROR:  value out of range: {error}") from error
        target = inner.get(output.elements)
        if target is None:
            target = _child(inner, output.elements)
        if output.is_text:
            etree.SubElement(target, output.name).text = text if "]]>" in text else etree.CDATA(text)
        else:
            target.set(output.name, text)
        if output.enumeration is not None:
            number = int(value or 0)
            target.set(f"{output.name}Name", output.enumeration.name(number))
            target.set(f"{output.name}Label", output.enumeration.label(number))


def _child(inner: dict[tuple[str, ...], Element], steps: tuple[str, ...]) -> Element:
    """The nested element for a path such as ``folder/@label``, made once a row."""
    for shorter, longer in pairwise(steps[:length] for length in range(len(steps) + 1)):
        if longer not in inner:
            inner[longer] = etree.SubElement(inner[shorter], longer[-1])
    return inner[steps]


def select_all(query: Element) -> Element:
    """What queryDef#SelectAll does: the `select` of the query is filled with every column (campaign_facts, Calls).

    The element is changed and returned.
    """
    try:
        schema = visible_schema(query.get("schema", ""), guessed=False)
    except LookupError:
        raise MethodFailure(f"XFR-180000 Unknown schema '{query.get('schema', '')}'.") from None
    present = [part for part in elements(query) if local_name(part) == "select"]
    if len(present) > 1:
        refuse("select", "Element 'select' is there twice.")
    select = present[0] if present else etree.SubElement(query, "select")
    for node in list(select):
        select.remove(node)
    for attribute in schema.stored:
        if not attribute.guessed:
            path = attribute.path
            etree.SubElement(select, "node", {"expr": f"[{path}]" if "-" in path or "/" in path else path})
    return query
