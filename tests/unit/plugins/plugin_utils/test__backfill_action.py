# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of deliveries as CSV: what servers say is data, also for a spreadsheet."""

from __future__ import annotations

import csv
import io

import pytest

from ansible_collections.campaign.classic.plugins.plugin_utils._backfill_action import table


def test_a_label_that_looks_like_a_formula_is_a_text_and_commas_and_lines_stay_in_their_cell() -> None:
    label = '=HYPERLINK("http://evil","x"),\n2'
    given = [
        {"id": 1, "internal_name": "DM1", "label": label, "state": 95, "last_modified": "2026-11-01 00:00:00.000Z"}
    ]
    text = table([*given, {**given[0], "id": 2, "label": "plain"}])
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["label"] for row in rows] == [f"'{label}", "plain"]
    assert [row["id"] for row in rows] == ["1", "2"]
    assert text.splitlines()[0] == "id,internal_name,label,state,last_modified"


@pytest.mark.parametrize("label", ["=1", "+1", "-1", "@SUM", " =1", "\uff1d1", "\uff0b1", "\uff0d1", "\uff20x", "\t=1"])
def test_every_beginning_of_a_formula_is_a_text(label: str) -> None:
    (row,) = csv.DictReader(io.StringIO(table([{"label": label}])))
    assert row["label"] == f"'{label}"
