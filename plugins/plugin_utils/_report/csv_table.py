# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The document as CSV: a line for each cursor, and one for each host that has none. No cell is a formula. Pure."""

from __future__ import annotations

import csv
import io
import typing as t
from collections.abc import Iterator, Mapping

from .._spreadsheet import no_formula
from .ends import decisive_end

Document = Mapping[str, t.Any]

COLUMNS = (
    *("host", "verdict", "group", "kind", "option", "account", "workflow", "cursor_verdict", "value", "age_seconds"),
    *("reason", "proposal", "url", "release", "build", "server_time", "skew_seconds"),
    *("cure_outcome", "cure_run", "cured_at", "possibly_affected", "observed_at"),
)


def csv_text(document: Document) -> str:
    """The table, with a line of headings; lines end as RFC 4180 has it."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    treated = {one["host"]: one for one in document["treated"]}
    for row in document["hosts"]:
        for line in _lines(row, treated.get(row["host"])):
            writer.writerow([_cell(line.get(name)) for name in COLUMNS])
    return out.getvalue()


def _lines(row: Document, cure: Document | None) -> Iterator[dict[str, t.Any]]:
    of_host = {name: row[name] for name in COLUMNS if name in row and name != "age_seconds"}
    gaps: dict[str, t.Any] = {}
    if cure is not None:
        of_host.update(_cure(cure))
        gaps = {one["option"]: one["count"] for one in cure["affected"]}
    for cursor in row["cursors"]:
        yield {**of_host, **_cursor(cursor, "cursor", row), "possibly_affected": gaps.get(cursor["option"])}
    for sibling in row["siblings"]:
        # What a person does about a host is not said of its siblings.
        yield {**of_host, **_cursor(sibling, "sibling", row), "proposal": ""}
    if not [*row["cursors"], *row["siblings"]]:
        yield of_host


def _cursor(cursor: Document, kind: str, row: Document) -> dict[str, t.Any]:
    names = ("option", "account", "workflow", "value", "age_seconds")
    reason = cursor["reason"] or row["reason"]
    return {
        **{name: cursor[name] for name in names},
        "kind": kind,
        "cursor_verdict": cursor["verdict"],
        "reason": reason,
    }


def _cure(cure: Document) -> dict[str, t.Any]:
    run_id = decisive_end(cure["attempts"]).attempt["run_id"]
    return {"cure_outcome": cure["outcome"], "cure_run": run_id, "cured_at": cure["cured_at"]}


def _cell(value: t.Any) -> str:
    """A number as it is, and a text that no spreadsheet takes for a formula."""
    if value is None:
        return ""
    return str(value) if isinstance(value, (int, float)) else no_formula(str(value))
