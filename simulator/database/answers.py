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

from ..config.switches import Switches
from ..soap.documents import elements, local_name
from ..soap.errors import MethodFailure, record_missing
from .querydef import Output, Plan, refuse
from .schemas import visible_schema
from .sql import bind
from .values import BadValue, Stored, encode

Row = tuple[Stored, ...]
RunSql = Callable[[str, Sequence[Stored]], list[Row]]


@dataclass(frozen=True, slots=True)
class QueryResult:
    """`element` is the child of pdomOutput.

    `matched_rows` counts the rows that the query's conditions match, whatever page of them is returned: what the
    server had to go through, so that the caller can charge a time for it before the answer is sent.
    """

    element: Element
    matched_rows: int


def answer(plan: Plan, run: RunSql, now: int, switches: Switches) -> QueryResult:
    """Run the plan. `now` in milliseconds since 1970 UTC. A `get` that finds nothing raises MethodFailure."""
    match plan.operation:
        case "count":
            matched = _matched(plan, run, now)
            return QueryResult(etree.Element(plan.schema.element, {"count": str(matched)}), matched)
        case "select":
            return _selected(plan, run, now, switches)
        case _:
            return _first(plan, run, now)


def _first(plan: Plan, run: RunSql, now: int) -> QueryResult:
    """The first row as the answer's own element: `get` and `getIfExists`."""
    rows = run(f"{plan.sql} LIMIT 1", bind(plan.parameters, now))
    if not rows and plan.operation == "get":
        raise record_missing(plan.schema.title)
    element = etree.Element(plan.schema.element)
    for row in rows:
        _fill(element, plan.outputs, row)
    return QueryResult(element, _matched(plan, run, now) if rows else 0)


def _selected(plan: Plan, run: RunSql, now: int, switches: Switches) -> QueryResult:
    """A page of rows in a collection. Row cap and startLine: campaign_facts, unknown 13 and unknown 14."""
    name = plan.schema.element
    limit = plan.line_count or switches.row_cap
    offset = max(plan.start_line - 1, 0) if switches.start_line == "off_by_one" else plan.start_line
    rows = run(f"{plan.sql} LIMIT ? OFFSET ?", [*bind(plan.parameters, now), limit, offset])
    collection = etree.Element(f"{name}-collection")
    for row in rows:
        _fill(etree.SubElement(collection, name), plan.outputs, row)
    # A page that is neither full nor shifted holds all there is: no need to count.
    whole = not plan.grouped and not offset and len(rows) < limit
    return QueryResult(collection, len(rows) if whole else _matched(plan, run, now))


def _matched(plan: Plan, run: RunSql, now: int) -> int:
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
    select = _emptied_select(query)
    for attribute in schema.stored:
        if not attribute.guessed:
            path = attribute.path
            etree.SubElement(select, "node", {"expr": f"[{path}]" if "-" in path or "/" in path else path})
    return query


def _emptied_select(query: Element) -> Element:
    """The `select` of a query without its nodes; made when there is none."""
    present = [part for part in elements(query) if local_name(part) == "select"]
    if len(present) > 1:
        refuse("select", "Element 'select' is there twice.")
    select = present[0] if present else etree.SubElement(query, "select")
    for node in list(select):
        select.remove(node)
    return select
