# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The action base of a backfill: evidence as for a cure, and the deliveries that stay possibly affected as CSV."""

from __future__ import annotations

import csv
import io
import typing as t

from .._evidence.files import write_file
from .._spreadsheet import no_formula
from .cure import NOTE, EvidenceAction, why
from .worker import Result

COLUMNS = ("id", "internal_name", "label", "state", "last_modified")


class BackfillAction(EvidenceAction):
    """A backfill leaves the evidence of a cure, and a list."""

    KIND = "backfill"
    WAY_ON = NOTE

    def after(self, arguments: Result, result: Result) -> None:
        """Write the list beside the evidence, then the outcome."""
        affected = result.get("affected") or {}
        if self._path is not None and affected.get("deliveries"):
            path = self._path.with_suffix(".affected.csv")
            try:
                write_file(path, table(affected["deliveries"]))
                result["affected_file"] = str(path)
            except Exception as error:  # noqa: BLE001  # the backfill is over: its result must not be lost
                self.incomplete(
                    result, f"The list of deliveries could not be written to {path} ({why(error)}). {self.WAY_ON}"
                )
        super().after(arguments, result)


def table(deliveries: t.Sequence[t.Mapping[str, t.Any]]) -> str:
    """The deliveries as CSV, with a line of headings. No cell is a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for delivery in deliveries:
        writer.writerow([no_formula(str(delivery.get(name, ""))) for name in COLUMNS])
    return out.getvalue()
