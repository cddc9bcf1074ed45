# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The manifest is ahead of every write; a file that it does not name was changed by somebody else."""

from __future__ import annotations

import hashlib
import json
import os
import stat
import threading
from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleActionFail

from ansible_collections.campaign.classic.plugins.plugin_utils._evidence import files as _evidence
from ansible_collections.campaign.classic.plugins.plugin_utils._evidence.file_names import list_name
from ansible_collections.campaign.classic.plugins.plugin_utils._evidence.files import (
    FORMAT,
    MANIFEST,
    attempts_in,
    check_run,
    evidence_file,
    keep_plan,
    listed_files,
    manifest_digest,
    read_evidence,
    read_plan,
    remove_file,
    write_file,
)
from tests.helpers.evidence_files import write_evidence


def record(**more: Any) -> dict[str, Any]:
    return {"format": FORMAT, "state": "started", **more}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the evidence of one host goes; its directories are not there yet."""
    return evidence_file(str(tmp_path / "evidence"), "change-1", "mkt1")


@pytest.mark.parametrize("name", ["", "../x", "a/b", "..", ".hidden", "a b", "ünder", "x" * 256])
def test_run_whose_name_is_no_file_name_is_refused(name: str) -> None:
    with pytest.raises(AnsibleActionFail, match="cannot be a file name.*Nothing was written"):
        evidence_file("d", name, "mkt1")


def test_task_without_a_host_has_no_file() -> None:
    with pytest.raises(AnsibleActionFail, match="cannot be a file name"):
        evidence_file("d", "change-1", "")


def test_files_are_for_this_user_alone_and_listed(path: Path) -> None:
    write_evidence(path, record())
    assert {stat.S_IMODE(one.stat().st_mode) for one in path.parent.iterdir()} == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == stat.S_IMODE(path.parent.parent.stat().st_mode) == 0o700
    sums = (path.parent / MANIFEST).read_text()
    assert sums == f"{hashlib.sha256(path.read_bytes()).hexdigest()}  mkt1.json\n"
    assert read_evidence(path) == record()
    assert check_run(path.parent) == []


def test_manifest_is_on_disk_before_the_file_and_names_both(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_evidence(path, record(number=1))
    seen = []
    replace = _evidence._replace

    def watch(target: Path, content: bytes) -> None:
        replace(target, content)
        seen.append((target.name, check_run(path.parent)))

    monkeypatch.setattr(_evidence, "_replace", watch)
    # check_run takes the lock that write_evidence holds: in one process a second descriptor would never get it.
    monkeypatch.setattr(_evidence.fcntl, "flock", lambda *_arguments: None)
    write_evidence(path, record(number=2))
    assert seen == [(MANIFEST, []), ("mkt1.json", []), (MANIFEST, [])]


@pytest.mark.parametrize("step", [1, 2, 3])
def test_crash_between_two_steps_leaves_evidence_that_is_trusted(
    step: int, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_evidence(path, record(number=1))
    steps = iter(range(1, 4))
    replace = _evidence._replace

    def die(target: Path, content: bytes) -> None:
        if next(steps) == step:
            raise KeyboardInterrupt
        replace(target, content)

    with monkeypatch.context() as patch:
        patch.setattr(_evidence, "_replace", die)
        with pytest.raises(KeyboardInterrupt):
            write_evidence(path, record(number=2))
    assert check_run(path.parent) == []
    assert read_evidence(path)["number"] == (1 if step < 3 else 2)
    write_evidence(path, record(number=3))
    assert (read_evidence(path)["number"], check_run(path.parent)) == (3, [])
    assert "next" not in (path.parent / MANIFEST).read_text()


def test_crash_before_the_first_file_is_there_is_no_lack(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace = _evidence._replace

    def die(target: Path, content: bytes) -> None:
        if target == path:
            raise KeyboardInterrupt
        replace(target, content)

    monkeypatch.setattr(_evidence, "_replace", die)
    with pytest.raises(KeyboardInterrupt):
        write_evidence(path, record())
    assert check_run(path.parent) == []


def test_failed_write_leaves_nothing_half_done(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_evidence(path, record(number=1))

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_evidence(path, record(number=2))
    monkeypatch.undo()
    assert sorted(one.name for one in path.parent.iterdir()) == [".lock", MANIFEST, "mkt1.json"]
    assert read_evidence(path)["number"] == 1


def test_changed_planted_and_removed_files_are_told(path: Path) -> None:
    for name in ("mkt1", "mkt2", "mkt3"):
        write_evidence(path.with_name(f"{name}.json"), record(host=name))
    digest = manifest_digest(path.parent)
    path.write_text(path.read_text().replace("mkt1", "mkt9"))
    path.with_name("mkt2.json").unlink()
    path.with_name("planted.json").write_text(json.dumps(record()))
    path.with_name("_plan.json").write_text("{}")
    path.with_name("notes.txt").write_text("of a person")
    assert check_run(path.parent, digest) == [
        "mkt1.json was changed since it was written.",
        "planted.json was put there by somebody else.",
        "mkt2.json is gone.",
    ]
    with pytest.raises(AnsibleActionFail, match="is not what was written"):
        read_evidence(path)
    assert read_evidence(path.with_name("mkt3.json"))["host"] == "mkt3"


def test_manifest_that_was_changed_with_its_file_is_told_by_its_digest(path: Path) -> None:
    write_evidence(path, record(number=1))
    digest = manifest_digest(path.parent)
    write_evidence(path, record(number=2))
    assert check_run(path.parent) == []
    assert check_run(path.parent, manifest_digest(path.parent).upper()) == []
    assert "is not the one" in check_run(path.parent, digest)[0]


def test_run_without_a_manifest_is_not_trusted(path: Path) -> None:
    write_evidence(path, record())
    (path.parent / MANIFEST).unlink()
    assert "has no manifest" in check_run(path.parent)[0]
    assert manifest_digest(path.parent) == ""
    with pytest.raises(AnsibleActionFail, match="is not what was written"):
        read_evidence(path)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"format": "another/1"}'])
def test_file_that_is_none_of_ours_is_refused(content: str, path: Path) -> None:
    write_evidence(path, record())
    path.write_text(content)
    (path.parent / MANIFEST).write_text(f"{hashlib.sha256(content.encode()).hexdigest()}  mkt1.json\n")
    with pytest.raises(AnsibleActionFail, match="is empty|is cut off|is not an evidence file"):
        read_evidence(path)


def test_damaged_manifest_is_not_written_over(path: Path) -> None:
    write_evidence(path, record(number=1))
    sums = path.parent / MANIFEST
    sums.write_text(sums.read_text()[:40])
    for act in (lambda: write_evidence(path.with_name("mkt2.json"), record()), lambda: read_evidence(path)):
        with pytest.raises(AnsibleActionFail, match="line 1 was cut off") as caught:
            act()
        assert str(sums) in str(caught.value) and "Nothing was written" in str(caught.value)
    assert "line 1 was cut off" in check_run(path.parent)[0]


def test_every_file_that_the_run_keeps_is_in_the_manifest(path: Path) -> None:
    write_evidence(path, record())
    write_file(path.with_suffix(".affected.csv"), "id\n1\n")
    keep_plan(path.parent, {"digest": "one"})
    keep_plan(path.parent, {"digest": "another"})
    assert read_plan(path.parent) == {"digest": "one"}, "the plan of a run is the one that it began with"
    kept = sorted(one.name for one in path.parent.iterdir() if one.name not in (MANIFEST, ".lock"))
    listed = [line.split("  ")[1] for line in (path.parent / MANIFEST).read_text().splitlines()]
    assert sorted(listed) == kept == ["_plan.json", "mkt1.affected.csv", "mkt1.json"]
    assert check_run(path.parent, manifest_digest(path.parent)) == []
    for name in ("_plan.json", "mkt1.affected.csv"):
        path.with_name(name).write_text("{}")
    with pytest.raises(AnsibleActionFail, match="_plan.json is not what was written.*Nothing was written"):
        read_plan(path.parent)
    path.unlink()
    assert check_run(path.parent) == [
        "_plan.json was changed since it was written.",
        "mkt1.affected.csv was changed since it was written.",
        "mkt1.json is gone.",
    ]


def test_file_that_is_removed_is_not_missed(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lists = [path.with_name(list_name("mkt1", option)) for option in ("eu", "us")]
    for one in lists:
        write_file(one, "id\n1\n")
    write_evidence(path, record())
    for _time in range(2):
        remove_file(lists[0])
    assert [one.exists() for one in lists] == [False, True]
    assert set(listed_files(path.parent)) == {MANIFEST, path.name, lists[1].name} and check_run(path.parent) == []

    def killed(_path: Path, **_options: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", killed)
        with pytest.raises(KeyboardInterrupt):
            remove_file(lists[1])
    assert check_run(path.parent) == [] and set(listed_files(path.parent)) == {MANIFEST, path.name}
    remove_file(lists[1])
    assert not lists[1].exists()


def test_older_run_whose_manifest_does_not_name_its_plan_is_trusted(path: Path) -> None:
    write_evidence(path, record())
    assert read_plan(path.parent) is None
    path.with_name("_plan.json").write_text('{"digest": "one"}')
    assert check_run(path.parent, manifest_digest(path.parent)) == []
    assert read_plan(path.parent) == {"digest": "one"}
    path.with_name("_plan.json").write_text('{"digest": "on')
    with pytest.raises(AnsibleActionFail, match="The plan .*_plan.json is cut off.*Nothing was written"):
        read_plan(path.parent)


def test_reading_writes_nothing(path: Path) -> None:
    write_evidence(path, record())
    (path.parent / ".lock").unlink()
    before = sorted(path.parent.iterdir())
    assert read_evidence(path) == record() and check_run(path.parent) == []
    assert sorted(path.parent.iterdir()) == before


def test_record_that_is_no_json_is_not_written(path: Path) -> None:
    with pytest.raises(ValueError, match="JSON"):
        write_evidence(path, record(skew=float("nan")))
    assert not path.exists()


def test_hosts_whose_names_a_file_system_may_take_for_one_do_not_share_a_record(path: Path) -> None:
    write_evidence(path, record(instance="MKT1"))
    with pytest.raises(AnsibleActionFail, match="mkt1.json is that of MKT1.*Nothing was written"):
        read_evidence(path)


def test_writers_side_by_side_lose_no_line_of_the_manifest(path: Path) -> None:
    names = [f"mkt{number}" for number in range(12)]
    threads = [
        threading.Thread(target=write_evidence, args=(path.with_name(f"{name}.json"), record(host=name)))
        for name in names
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert check_run(path.parent) == []
    assert len((path.parent / MANIFEST).read_text().splitlines()) == len(names)


def test_attempts_are_in_order_and_each_alone() -> None:
    found = attempts_in({"number": 3, "earlier": [{"number": 1}, {"number": 2}]})
    assert found == [{"number": 1}, {"number": 2}, {"number": 3}]
    assert attempts_in({"number": 1}) == [{"number": 1}]


@pytest.mark.parametrize("content", [b"{", b"\0" * 100, b"old value: 2020"])
def test_what_is_wrong_with_a_file_is_said_once(content: bytes, path: Path) -> None:
    """Ansible adds the cause of an error to its message, which already has it."""
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    (path.parent / "SHA256SUMS").write_text(f"{hashlib.sha256(content).hexdigest()}  {path.name}\n", encoding="utf-8")
    with pytest.raises(AnsibleActionFail) as caught:
        read_evidence(path)
    assert str(caught.value).count(str(path)) == 1
