# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The action base of a backfill: evidence as for a cure, and the deliveries that stay possibly affected as CSV."""

from __future__ import annotations

import csv
import io
import typing as t
from pathlib import Path

from ...module_utils._cure.backfill_model import NOT_LISTED
from .._evidence.file_names import list_name
from .._evidence.files import remove_file, write_file
from .._spreadsheet import no_formula
from .cure import NOTE, EvidenceAction, why
from .worker import Result

COLUMNS = ("id", "internal_name", "label", "state", "last_modified")


class BackfillAction(EvidenceAction):
    """A backfill leaves the evidence of a cure, and a list for each cursor."""

    KIND = "backfill"
    WAY_ON = NOTE

    def after(self, arguments: Result, result: Result) -> None:
        """Write the list beside the evidence, then the outcome."""
        if self._path is not None and result.get("outcome") not in (None, *NOT_LISTED):
            option = self._record["cursors"][0]["option"]
            self._keep_list(self._path.with_name(list_name(self._path.stem, option)), result)
        super().after(arguments, result)

    def _keep_list(self, path: Path, result: Result) -> None:
        """Write the list. Where there is nothing to list, that of an earlier backfill of this cursor does not hold any
        more; where it could not be read, it does."""
        affected = result.get("affected") or {}
        deliveries = affected.get("deliveries")
        try:
            if deliveries:
                write_file(path, table(deliveries))
                result["affected_file"] = str(path)
            elif affected.get("listed") == 0:
                remove_file(path)
        except Exception as error:  # noqa: BLE001  # the backfill is over: its result must not be lost
            failed = "could not be written" if deliveries else "does not hold any more and could not be removed"
            self.incomplete(result, f"The list of deliveries {path} {failed} ({why(error)}). {self.WAY_ON}")


def table(deliveries: t.Sequence[t.Mapping[str, t.Any]]) -> str:
    """The deliveries as CSV, with a line of headings. No cell is a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for delivery in deliveries:
        writer.writerow([no_formula(str(delivery.get(name, ""))) for name in COLUMNS])
    return out.getvalue()
