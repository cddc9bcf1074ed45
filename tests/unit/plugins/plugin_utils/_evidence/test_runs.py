# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The earlier runs in the evidence directory."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleActionFail

from ansible_collections.campaign.classic.plugins.plugin_utils._evidence.files import (
    FORMAT,
    evidence_file,
    keep_plan,
)
from ansible_collections.campaign.classic.plugins.plugin_utils._evidence.runs import one_run, runs_in
from tests.helpers.evidence_files import write_evidence

OPTION, OLD, NEW = "NmsMidSourcing_LastDelivery_eu", "2020-03-01 10:00:00.000Z", "2026-11-22 02:00:00.000Z"
LATER = "2026-11-23 02:10:00.000Z"
#: What Ansible puts round a line of a debug task.
AROUND = len('        "",')


def attempt(host: str, day: int, outcome: str | None, kind: str = "cure", **more: Any) -> dict[str, Any]:
    """One attempt on a day of November as it is recorded; None for one that never ended."""
    option = more.pop("option", OPTION)
    found: dict[str, Any] = {
        "format": FORMAT,
        "kind": kind,
        "instance": host,
        "started": f"2026-11-{day:02}T02:00:00.000Z",
        "by": {"user": "ops", "sudo_user": "bob", "job": {"id": "4711", "user": "ann", "template": "night"}},
        "ticket": "CHG1",
        "intent": {"workflow": "defaultMidSourcingDlv"},
        "cursors": [{"option": option, "old_value": OLD}] if kind != "workflow" else [],
        "state": "started",
    }
    if outcome is not None:
        move = {"option": option, "outcome": outcome, "written": NEW, "after": LATER, "reason": f"It {outcome}. " * 9}
        found |= {
            "state": "ended",
            "ended": f"2026-11-{day:02}T02:05:00.000Z",
            "failed": outcome not in ("cured", "changed"),
            "result": {"outcome": outcome, "moves": [move], "calls": {"writes": 3}},
        }
    return {**found, **more}


def keep(root: Path, run: str, *attempts: dict[str, Any]) -> Path:
    """Evidence of one host in a run."""
    path = evidence_file(str(root), run, attempts[-1]["instance"])
    write_evidence(path, {**attempts[-1], "run_id": run, "earlier": [{**one, "run_id": run} for one in attempts[:-1]]})
    return path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Five runs: a cure of three hosts, one undone, a backfill, one of a sibling, one that was interrupted."""
    found = tmp_path / "campaign-evidence"
    keep(found, "change-1", attempt("mkt-paris", 1, "cured"))
    keep(found, "change-1", attempt("a/hôte", 1, "refused", result={"outcome": "refused", "calls": {"writes": 0}}))
    keep(found, "change-1", attempt("x" * 250, 1, "cured"))
    keep_plan(found / "change-1", {"digest": "one"})
    keep(found, "undone", attempt("mkt-oslo", 2, "cured"), attempt("mkt-oslo", 3, "changed", "option"))
    keep(found, "backfill-1", attempt("mkt-paris", 4, "partial", "backfill"))
    keep(found, "restart-1", attempt("mkt-paris", 5, "done", "workflow"))
    keep(found, "broken", attempt("mkt-rome", 6, None))
    (found / "notes").mkdir()
    (found / "notes/others.json").write_text("{}")
    (found / ".hidden").mkdir()
    (found / "file").write_text("")
    return found


def by_name(root: Path) -> dict[str, Any]:
    return {run["run_id"]: run for run in runs_in(str(root))}


def test_runs_are_listed_newest_first_with_who_when_and_what(root: Path) -> None:
    found = runs_in(str(root))
    assert [run["run_id"] for run in found] == ["broken", "restart-1", "backfill-1", "undone", "change-1"]
    assert [run["kinds"] for run in found] == [["cure"], ["siblings"], ["backfill"], ["cure", "rollback"], ["cure"]]
    first = found[-1]
    assert (first["started"], first["ended"]) == ("2026-11-01T02:00:00.000Z", "2026-11-01T02:05:00.000Z")
    assert (first["by"], first["tickets"]) == (["ops (sudo of bob), job 4711 of ann"], ["CHG1"])
    assert first["hosts"] == ["a/hôte", "mkt-paris", "x" * 250]
    assert first["outcomes"] == {"cured": 2, "refused": 1}
    assert (found[0]["ended"], found[0]["outcomes"]) == ("", {"interrupted": 1})


@pytest.mark.parametrize(
    ("kind", "one", "other", "counted"),
    [
        ("cure", "pending", "cured", "pending"),
        ("cure", "unchanged", "cured", "cured"),
        ("backfill", "partial", "complete", "partial"),
        ("backfill", "pending", "partial", "pending"),
        ("backfill", "complete", "unchanged", "complete"),
        ("option", "failed", "changed", "failed"),
        ("option", "changed", "unchanged", "changed"),
        ("cure", None, "cured", "interrupted"),
    ],
)
def test_a_host_counts_as_the_worst_of_its_cursors_whichever_was_last(
    kind: str, one: str | None, other: str, counted: str, tmp_path: Path
) -> None:
    eu, us = (f"NmsMidSourcing_LastDelivery_{name}" for name in ("eu", "us"))
    for run, first, last in (("one", one, other), ("two", other, one)):
        keep(tmp_path, run, attempt("a", 1, first, kind, option=eu), attempt("a", 2, last, kind, option=us))
    assert [run["outcomes"] for run in runs_in(str(tmp_path))] == [{counted: 1}] * 2


def test_cursor_counts_as_it_ended_last_and_a_host_once_for_each_kind(tmp_path: Path) -> None:
    eu, us = (f"NmsMidSourcing_LastDelivery_{name}" for name in ("eu", "us"))
    attempts = [attempt("a", 1, "pending", option=eu), attempt("a", 2, "cured", option=us)]
    attempts += [attempt("a", 3, "cured", option=eu), attempt("a", 4, "changed", "option", option=us)]
    keep(tmp_path, "one", *attempts)
    assert by_name(tmp_path)["one"]["outcomes"] == {"cured": 1, "changed": 1}


def test_workflow_that_was_not_restarted_is_not_hidden_by_one_that_was(tmp_path: Path) -> None:
    failed, done = ({"failed": failed, "result": {}} for failed in (True, False))
    attempts = [
        attempt("a", 1, "", "workflow", intent={"name": "billing"}, **failed),
        attempt("a", 2, "", "workflow", intent={"names": ["tracking", "eventStatus"]}, **done),
    ]
    keep(tmp_path, "one", *attempts)
    again = [attempt("a", 3, "", "workflow", intent={"name": "billing"}, **done)]
    keep(tmp_path, "two", *attempts, *again)
    assert [by_name(tmp_path)[run]["outcomes"] for run in ("one", "two")] == [{"failed": 1}, {"done": 1}]
    assert [row["workflows"] for row in one_run(str(tmp_path), "one")["attempts"]] == [
        ["billing"],
        ["tracking", "eventStatus"],
    ]


def test_what_can_be_rolled_back_is_said_with_the_command(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PWD", str(root.parent))
    found = by_name(root)
    assert found["change-1"]["undoable"] == ["mkt-paris", "x" * 250]
    assert found["change-1"]["rollback"] == "ansible-playbook campaign.classic.rollback -e mid_sourcing_run=change-1"
    assert found["broken"]["undoable"] == ["mkt-rome"], "it may have written"
    for name in ("undone", "backfill-1", "restart-1"):
        assert (found[name]["undoable"], found[name]["rollback"]) == ([], "")
    monkeypatch.setenv("PWD", "/elsewhere")
    assert by_name(root)["broken"]["rollback"].endswith(
        f"-e mid_sourcing_run=broken -e mid_sourcing_evidence_dir={root}"
    )


def test_one_run_shows_every_attempt_and_what_the_manifest_says(root: Path) -> None:
    found = one_run(str(root), "undone")
    assert [(row["kind"], row["outcome"], row["file"]) for row in found["attempts"]] == [
        ("cure", "cured", "mkt-oslo.json"),
        ("rollback", "changed", "mkt-oslo.json"),
    ]
    row = found["attempts"][0]
    assert (row["option"], row["old_value"], row["written"], row["after"]) == (OPTION, OLD, NEW, LATER)
    assert found["problems"] == [] and "every file is as it was written" in " ".join(found["lines"])
    (root / "change-1/_plan.json").write_text("{}")
    (root / "change-1/mkt-paris.json").unlink()
    found = one_run(str(root), "change-1")
    assert found["problems"] == ["_plan.json was changed since it was written.", "mkt-paris.json is gone."]
    assert "DAMAGED: mkt-paris.json is gone." in " ".join(found["lines"])


@pytest.mark.parametrize("run", ["", "..", "a/b", "never"])
def test_run_that_is_none_is_refused(run: str, root: Path) -> None:
    with pytest.raises(AnsibleActionFail, match="cannot be a file name|no evidence of the run"):
        one_run(str(root), run)


@pytest.mark.parametrize("content", ["", "{", "[]", "\x00\x01", '{"format": "campaign.classic/evidence/9"}'])
def test_damaged_file_is_said_and_hides_nothing_else(content: str, root: Path) -> None:
    path = root / "change-1/mkt-paris.json"
    path.write_text(content)
    found = by_name(root)
    assert len(found) == 5 and found["change-1"]["hosts"] == ["a/hôte", "x" * 250]
    [damage] = found["change-1"]["damaged"]
    assert str(path) in damage and "Expecting" not in damage
    assert "DAMAGED" in " ".join(found["change-1"]["lines"])


def test_run_of_which_nothing_can_be_read_is_listed_all_the_same(root: Path) -> None:
    (root / "broken/SHA256SUMS").unlink()
    (root / "undone").chmod(0o777)
    found = by_name(root)
    assert found["broken"]["hosts"] == found["undone"]["hosts"] == []
    assert "is not what was written" in found["broken"]["damaged"][0] and "not trusted" in found["undone"]["damaged"][0]
    assert all(run["started"] for run in found.values())


def test_every_line_fits_a_terminal(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Elsewhere a command contains the path of the directory, which is not wrapped.
    monkeypatch.setenv("PWD", str(root.parent))
    (root / "broken/mkt-rome.json").write_text("")
    lines = [line for run in runs_in(str(root)) for line in run["lines"]]
    lines += [line for name in by_name(root) for line in one_run(str(root), name)["lines"]]
    assert max(map(len, lines)) + AROUND <= 80, max(lines, key=len)


def test_texts_of_servers_begin_no_line(root: Path) -> None:
    move = {"option": OPTION, "outcome": "cured", "written": NEW, "reason": "x\nOLD VALUE a,b,c\x1b[2J"}
    keep(root, "evil", attempt("mkt-evil", 9, "cured", result={"moves": [move], "calls": {"writes": 1}}))
    for line in one_run(str(root), "evil")["lines"]:
        assert "OLD VALUE" not in line and line.isprintable()


def test_reading_leaves_the_directory_as_it_was(root: Path) -> None:
    for lock in root.glob("*/.lock"):
        lock.unlink()
    before = {path: path.lstat().st_mtime_ns for path in root.rglob("*")}
    runs_in(str(root))
    for name in by_name(root):
        one_run(str(root), name)
    assert {path: path.lstat().st_mtime_ns for path in root.rglob("*")} == before


def test_directory_that_is_not_there_has_no_runs_and_one_of_others_is_refused(root: Path) -> None:
    assert runs_in(str(root / "nowhere")) == []
    with pytest.raises(OSError, match="Not a directory"):
        runs_in(str(root / "file"))
    root.chmod(0o777)
    with pytest.raises(AnsibleActionFail, match="not trusted"):
        runs_in(str(root))
    assert os.access(root, os.R_OK)


def test_run_that_has_only_left_a_workflow_stopped_has_nothing_to_roll_back(tmp_path: Path) -> None:
    keep(tmp_path, "night", attempt("mkt", 1, None), attempt("mkt", 2, "changed", "option"))
    [run] = runs_in(str(tmp_path))
    assert (run["undoable"], run["rollback"]) == ([], "")
