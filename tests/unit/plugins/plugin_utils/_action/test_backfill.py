# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of deliveries as CSV: a server's text is data, also for a spreadsheet."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.plugin_utils._action import backfill as _backfill_action
from ansible_collections.campaign.classic.plugins.plugin_utils._action import cure as _cure_action
from ansible_collections.campaign.classic.plugins.plugin_utils._action.backfill import BackfillAction, table
from ansible_collections.campaign.classic.plugins.plugin_utils._evidence.bundle import pack, read_bundle
from ansible_collections.campaign.classic.plugins.plugin_utils._evidence.files import FORMAT, check_run, evidence_file
from ansible_collections.campaign.classic.plugins.plugin_utils._fleet.rows import fleet_rows


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


def test_list_and_outcome_that_cannot_be_written_are_both_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, _content: Any) -> None:
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(_backfill_action, "write_file", full)
    monkeypatch.setattr(_cure_action, "update_evidence", full)
    path = tmp_path / "mkt1.json"
    path.write_text("{}")
    result: dict[str, Any] = {"outcome": "partial", "affected": {"count": 1, "deliveries": [{"id": 1}]}}
    begun = BackfillAction.__new__(BackfillAction)
    begun._path, begun._record, begun.environ = path, {"run_id": "one", "cursors": [{"option": "eu"}]}, {}
    begun.after({}, result)
    assert result["outcome"] == "partial" and "affected_file" not in result
    assert f"{tmp_path / 'mkt1~eu.affected.csv'} could not be written (No space left" in result["evidence_problem"]
    assert f"{path} could not be completed (No space left" in result["evidence_problem"]
    assert len(result["warnings"]) == 2


def backfilled(path: Path, option: str, outcome: str | None, *ids: int, **read: int | None) -> dict[str, Any]:
    """The result of a backfill of one cursor that has ended, once its list and its evidence are written."""
    action = BackfillAction.__new__(BackfillAction)
    action._path, action.environ = path, {}
    action._record = {"format": FORMAT, "kind": "backfill", "run_id": "one", "cursors": [{"option": option}]}
    affected = {"listed": len(ids), "deliveries": [{"id": number} for number in ids], **read}
    result: dict[str, Any] = {"affected": affected}
    action.after({}, result | {"outcome": outcome} if outcome else result)
    return result


def ids_in(path: Path) -> list[str]:
    return [row["id"] for row in csv.DictReader(io.StringIO(path.read_text()))]


def test_each_cursor_has_a_list_of_its_own_and_the_bundle_has_both(tmp_path: Path) -> None:
    path = evidence_file(str(tmp_path), "one", "mkt1")
    lists = {option: path.with_name(f"mkt1~{option}.affected.csv") for option in ("eu", "us")}
    backfilled(path, "eu", "partial", 1, 2)
    backfilled(path, "us", "partial", 3)
    assert [ids_in(one) for one in lists.values()] == [["1", "2"], ["3"]]
    assert check_run(path.parent) == []
    files = read_bundle(pack(str(tmp_path), "one").to_bytes(), "x").files
    assert [files[one.name] for one in lists.values()] == [one.read_text() for one in lists.values()]


@pytest.mark.parametrize("outcome", ["complete", "partial", "unchanged", "kept"])
def test_list_goes_when_a_later_backfill_of_the_same_cursor_has_none(outcome: str, tmp_path: Path) -> None:
    path = evidence_file(str(tmp_path), "one", "mkt1")
    for option in ("eu", "us"):
        backfilled(path, option, "partial", 1)
    backfilled(path, "eu", outcome)
    assert sorted(one.name for one in path.parent.glob("*.csv")) == ["mkt1~us.affected.csv"]
    assert check_run(path.parent) == []


def test_list_stays_when_that_of_a_later_backfill_could_not_be_read(tmp_path: Path) -> None:
    path = evidence_file(str(tmp_path), "one", "mkt1")
    backfilled(path, "eu", "partial", 1)
    backfilled(path, "eu", "partial", listed=None)
    assert ids_in(path.with_name("mkt1~eu.affected.csv")) == ["1"] and check_run(path.parent) == []


@pytest.mark.parametrize("outcome", ["refused", "pending", None])
def test_list_stays_when_a_later_backfill_has_not_looked(outcome: str | None, tmp_path: Path) -> None:
    path = evidence_file(str(tmp_path), "one", "mkt1")
    backfilled(path, "eu", "partial", 1)
    backfilled(path, "eu", outcome)
    assert ids_in(path.with_name("mkt1~eu.affected.csv")) == ["1"] and check_run(path.parent) == []


def test_rows_of_the_fleet_carry_what_went_wrong_with_the_evidence() -> None:
    moves = [{"option": "a", "outcome": "cured"}, {"option": "b", "outcome": "cured"}]
    broken = {"mid_sourcing_cure": {"results": [{"moves": moves, "evidence": "f", "evidence_problem": "It is full."}]}}
    whole = {"mid_sourcing_cure": {"results": [{"moves": moves, "evidence": "f"}]}}
    rows = fleet_rows(["h1", "h2"], {"h1": broken, "h2": whole})
    assert [one["evidence_problem"] for one in rows[0]["cures"]] == ["It is full."] * 2
    assert [one["evidence_problem"] for one in rows[1]["cures"]] == [None] * 2
