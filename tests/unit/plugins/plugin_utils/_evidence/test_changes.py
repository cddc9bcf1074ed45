# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs did since a moment, as a report reads it."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ansible_collections.campaign.classic.plugins.plugin_utils._evidence.changes import changes_since
from ansible_collections.campaign.classic.plugins.plugin_utils._evidence.files import evidence_file
from tests.helpers.evidence_files import write_evidence

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
STARTED = datetime(2026, 11, 29, 8, 0, tzinfo=UTC)


def write(root: Path, run: str, host: str, kind: str = "cure", started: datetime = STARTED, **other: object) -> Path:
    path = evidence_file(str(root), run, host)
    cursors = [
        {"option": other.pop("option", "NmsMidSourcing_LastDelivery_a"), "old_value": "2020-01-01 00:00:00.000Z"}
    ]
    record = {
        "format": "campaign.classic/evidence/1",
        "instance": host,
        "kind": kind,
        "state": "ended",
        "failed": False,
        "started": started.isoformat().replace("+00:00", "Z"),
        "by": {"user": "anna"},
        "cursors": cursors,
        "result": {"outcome": "cured", "calls": {"log": ["long"]}, "steps": []},
        **other,
    }
    write_evidence(path, record)
    return path


def test_changes_come_oldest_first_without_their_calls(tmp_path: Path) -> None:
    write(tmp_path, "second", "b", started=STARTED + timedelta(hours=1))
    write(tmp_path, "first", "a")
    found = changes_since(str(tmp_path), LONG_AGO)
    assert [(one["run_id"], one["host"], one["kind"], one["by"]) for one in found["changes"]] == [
        ("first", "a", "cure", "anna"),
        ("second", "b", "cure", "anna"),
    ]
    assert found["changes"][0]["result"] == {"outcome": "cured", "steps": []}
    assert found["damaged"] == []


def test_what_began_before_is_left_out_also_within_a_record(tmp_path: Path) -> None:
    path = write(tmp_path, "run", "a", started=STARTED - timedelta(days=2))
    old = {"kind": "cure", "started": (STARTED - timedelta(days=9)).isoformat(), "cursors": []}
    write(tmp_path, "run", "a", earlier=[{**old, "cursors": [{"option": "o", "old_value": "v"}]}])
    assert len(changes_since(str(tmp_path), STARTED - timedelta(days=3))["changes"]) == 1
    assert len(changes_since(str(tmp_path), LONG_AGO)["changes"]) == 2
    # A directory that nothing was written to since is not even read.
    path.write_text("damaged", encoding="utf-8")
    os.utime(path.parent, (0, 0))
    assert changes_since(str(tmp_path), STARTED) == {"changes": [], "damaged": []}


def test_siblings_are_another_story_and_a_rollback_is_known(tmp_path: Path) -> None:
    write(tmp_path, "run", "a", kind="option")
    write(tmp_path, "run", "b", kind="option", option="MC_LastRtEventStat")
    write(tmp_path, "run", "c", kind="workflow")
    assert [(one["host"], one["kind"]) for one in changes_since(str(tmp_path), LONG_AGO)["changes"]] == [
        ("a", "rollback")
    ]


def test_damaged_record_is_named_and_hides_nothing_else(tmp_path: Path) -> None:
    write(tmp_path, "run", "a")
    write(tmp_path, "run", "b").write_text("{", encoding="utf-8")
    found = changes_since(str(tmp_path), LONG_AGO)
    assert [one["host"] for one in found["changes"]] == ["a"]
    assert len(found["damaged"]) == 1 and "b.json" in found["damaged"][0]


def test_directory_of_others_is_named_and_none_has_no_changes(tmp_path: Path) -> None:
    assert changes_since(str(tmp_path / "none"), LONG_AGO) == {"changes": [], "damaged": []}
    tmp_path.chmod(0o777)
    found = changes_since(str(tmp_path), LONG_AGO)
    assert found["changes"] == [] and "chmod" in found["damaged"][0]
