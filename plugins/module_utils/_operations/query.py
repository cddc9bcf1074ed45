# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The operation behind the module ``query``."""

from __future__ import annotations

import sys
import typing as t
from dataclasses import dataclass

from .._core.errors import MissingLibrary, ProtocolError, ValidationError, shorten
from .._core.masking import MASK, is_masked, masked_data
from .._resources.paging import Selection, select, without_password
from .._soap.conditions import checked_expression, condition, no_password
from .._soap.envelope import Param
from .._soap.querydef import all_of, count, query, single, xpath
from .runner import Answer, Operation, Request

if t.TYPE_CHECKING:
    from lxml.etree import _Element as Element

    from .._client.session import Session
    from .._soap.envelope import Output

    jmespath: t.Any
else:
    try:
        import jmespath
    except ImportError:
        jmespath = None


@dataclass(frozen=True)
class Question:
    """A query whose every part has been seen to be right."""

    columns: tuple[str, ...]
    where: str
    selection: Selection | None


def question(params: t.Mapping[str, t.Any]) -> Question:
    """What is asked.

    :raises ValidationError: a part of it cannot be right.
    :raises MissingLibrary: jmespath or lxml is not installed here.
    """
    columns = tuple(params.get("fields") or ())
    if not columns and params["operation"] != "count":
        raise ValidationError("No field is named.", next_step="Say in fields what to read of each row.")
    for column in columns:
        no_password(column)
        if "(" in column:
            checked_expression(column, "field")
    where = all_of(
        condition(params.get("where") or []),
        checked_expression(params["expression"]) if params.get("expression") is not None else "",
    )
    _check_jmespath(params)
    query(params["schema"], params["operation"], columns, where=where, line_count=1)  # raises what is malformed
    return Question(columns, where, _selection(params, columns, where) if params["operation"] == "select" else None)


def _check_jmespath(params: t.Mapping[str, t.Any]) -> None:
    if params.get("jmespath") is None:
        return
    if params["operation"] == "count":
        raise ValidationError("A count has no rows that jmespath could shape.")
    _compiled(params["jmespath"])


def check_query(params: t.Mapping[str, t.Any]) -> None:
    """Everything that can be seen to be wrong before a session is opened."""
    question(params)


def run_query(request: Request, session: Session) -> Answer:
    """``query``: select, get or count."""
    asked = question(request.params)
    answer = _answered(asked, request.params, session)
    if is_masked(asked.where) or is_masked(request.params.get("jmespath") or ""):
        # Not refused: it is also how to find what holds a mask.
        answer.result["warnings"] = [
            f"{session.name}: The query compares with {MASK}, which results have in place of a secret. Where a secret "
            "was masked, it does not find the row that was read. Give the real text."
        ]
    return answer


def _answered(asked: Question, params: t.Mapping[str, t.Any], session: Session) -> Answer:
    if params["operation"] == "count":
        definition = query(params["schema"], "count", asked.columns, where=asked.where, line_count=1)
        return Answer(False, {"rows": [], "count": count(_execute(session, definition)), "truncated": False})
    if asked.selection is not None:
        rows, truncated = select(session, asked.selection)
    else:
        definition = query(params["schema"], "getIfExists", asked.columns, where=asked.where, line_count=1)
        row = single(_execute(session, definition))
        rows, truncated = ([without_password(row)] if row else []), False
    return Answer(False, _shaped(params.get("jmespath"), rows, truncated, session))


def _selection(params: t.Mapping[str, t.Any], columns: tuple[str, ...], where: str) -> Selection:
    order_by = tuple((one["field"], bool(one.get("descending"))) for one in params.get("order_by") or ())
    for field, _descending in order_by:
        no_password(field)
        xpath(field)
    return Selection(
        params["schema"],
        columns,
        where=where,
        limit=params["limit"],
        order_by=order_by,
        key=params["key"],
        page_size=params["page_size"],
    )


def _execute(session: Session, definition: Element) -> Output:
    outputs = session.call("xtk:queryDef", "ExecuteQuery", [Param("entity", definition)])
    if not outputs:
        raise ProtocolError("The query was answered without a result.", reached="maybe", instance=session.name)
    return outputs[0]


def _shaped(shape: str | None, rows: list[dict[str, str]], truncated: bool, session: Session) -> dict[str, t.Any]:
    """The result: the rows, or what a jmespath expression makes of them."""
    size: dict[str, t.Any] = {"count": len(rows), "truncated": truncated}
    if shape is None:
        return {"rows": masked_data(rows), **size}
    try:
        return {"rows": [], **size, "result": masked_data(_compiled(shape).search(rows))}
    except ValueError as error:  # every error of jmespath is one
        raise ValidationError(
            f"The jmespath expression cannot be applied to the rows: {_first_line(error)}",
            instance=session.name,
            next_step="Every value in a row is a text; use to_number() to calculate.",
        ) from None


def _compiled(shape: str) -> t.Any:
    if jmespath is None:
        raise MissingLibrary("jmespath", sys.executable or "python3")
    try:
        return jmespath.compile(shape)
    except ValueError as error:
        raise ValidationError(
            f"The jmespath expression is wrong: {_first_line(error)}",
            next_step='Names with @ or / stand in double quotes, as in [].{label: "folder/@label"}.',
        ) from None


def _first_line(error: Exception) -> str:
    return shorten(str(error).strip().partition("\n")[0], 200)


QUERY = Operation(
    name="query",
    options={
        "schema": {"type": "str", "required": True},
        "operation": {"type": "str", "choices": ["select", "get", "count"], "default": "select"},
        "fields": {"type": "list", "elements": "str"},
        "where": {"type": "list", "elements": "dict"},
        "expression": {"type": "str"},
        "order_by": {
            "type": "list",
            "elements": "dict",
            "options": {
                "field": {"type": "str", "required": True},
                "descending": {"type": "bool", "default": False},
            },
        },
        "limit": {"type": "int", "default": 1000},
        "page_size": {"type": "int", "default": 500},
        "key": {"type": "str", "default": "@id", "no_log": False},
        "jmespath": {"type": "str"},
    },
    run=run_query,
    check=check_query,
    data=("rows", "result"),
    constraints={"required_if": [("operation", "select", ("fields",)), ("operation", "get", ("fields",))]},
)
