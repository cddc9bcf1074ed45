# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The evidence of a run as one file: the same bytes for the same evidence, and nothing that was changed is taken."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleActionFail

from ansible_collections.campaign.classic.plugins.module_utils._core.content import UnusableFile
from ansible_collections.campaign.classic.plugins.plugin_utils._evidence.bundle import (
    FORMAT as BUNDLE_FORMAT,
)
from ansible_collections.campaign.classic.plugins.plugin_utils._evidence.bundle import (
    pack,
    read_bundle,
    unpack,
    write_bundle,
)
from ansible_collections.campaign.classic.plugins.plugin_utils._evidence.file_names import list_name
from ansible_collections.campaign.classic.plugins.plugin_utils._evidence.files import (
    FORMAT,
    check_run,
    evidence_file,
    keep_plan,
    read_evidence,
    remove_file,
    write_file,
)
from tests.helpers.evidence_files import write_evidence


def record(host: str, **more: Any) -> dict[str, Any]:
    """A record as a cure leaves it."""
    cursors = [{"option": "cursor", "old_value": "2020-03-01", "plan": None}]
    return {"format": FORMAT, "kind": "cure", "run_id": "one", "instance": host, "cursors": cursors, **more}


@pytest.fixture
def runs(tmp_path: Path) -> str:
    """A directory with the evidence of one run: two hosts, a plan and a list."""
    directory = str(tmp_path / "runs")
    for host in ("mkt-a", "hôte"):
        write_evidence(evidence_file(directory, "one", host), record(host))
    keep_plan(Path(directory, "one"), {"digest": "d"})
    write_file(Path(directory, "one", "mkt-a.affected.csv"), "id\r\n1\r\n")
    return directory


def test_same_evidence_gives_the_same_bytes_wherever_it_is(runs: str, tmp_path: Path) -> None:
    shutil.copytree(runs, tmp_path / "copy")
    os.utime(tmp_path / "copy" / "one", (1, 1))
    assert pack(runs, "one").to_bytes() == pack(str(tmp_path / "copy"), "one").to_bytes()


def test_bundle_is_a_file_for_this_user_alone_and_names_what_a_rollback_asks_for(runs: str) -> None:
    found = write_bundle(runs, "one")
    path = Path(found["path"])
    assert (path.name, path.stat().st_mode & 0o777) == ("one.bundle.json", 0o600)
    document = json.loads(path.read_text(encoding="ascii"))
    assert (document["format"], document["run_id"]) == (BUNDLE_FORMAT, "one")
    assert set(document["files"]) == {"SHA256SUMS", "_plan.json", "h%C3%B4te.json", "mkt-a.affected.csv", "mkt-a.json"}
    assert document["manifest"] == found["manifest"] == read_bundle(path.read_bytes(), "x").manifest


def test_evidence_comes_back_as_it_was_and_can_be_checked_as_if_the_run_had_been_here(
    runs: str, tmp_path: Path
) -> None:
    bundle = read_bundle(pack(runs, "one").to_bytes(), "x", run_id="one", manifest=pack(runs, "one").manifest.upper())
    there = str(tmp_path / "there")
    unpack(bundle, there)
    unpack(bundle, there)
    assert check_run(Path(there, "one"), bundle.manifest) == []
    assert pack(there, "one") == pack(runs, "one")
    assert {path.stat().st_mode & 0o777 for path in Path(there, "one").iterdir()} == {0o600}


def test_evidence_that_goes_on_from_the_bundle_stays(runs: str) -> None:
    bundle = pack(runs, "one")
    path = evidence_file(runs, "one", "mkt-a")
    write_evidence(path, record("mkt-a", kind="option", earlier=[read_evidence(path)]))
    unpack(bundle, runs)
    assert read_evidence(path)["kind"] == "option"


@pytest.mark.parametrize("later", ["id\r\n2\r\n", None])
def test_list_that_a_later_backfill_has_replaced_or_removed_makes_it_no_other_evidence(
    later: str | None, runs: str
) -> None:
    path = Path(runs, "one", list_name("mkt-a", "cursor"))
    write_file(path, "id\r\n1\r\n")
    bundle = pack(runs, "one")
    assert read_bundle(bundle.to_bytes(), "x").files[path.name] == "id\r\n1\r\n"
    remove_file(path) if later is None else write_file(path, later)
    unpack(bundle, runs)
    assert (path.read_bytes().decode() if path.exists() else None) == later


def test_other_evidence_of_a_run_with_this_name_is_not_replaced(runs: str) -> None:
    bundle = pack(runs, "one")
    path = evidence_file(runs, "one", "mkt-a")
    write_evidence(path, record("mkt-a", started="another day"))
    with pytest.raises(AnsibleActionFail, match=r"other evidence of a run with this name \(mkt-a\.json\)"):
        unpack(bundle, runs)
    assert read_evidence(path)["started"] == "another day"


def test_an_unpacking_that_broke_off_is_done_again(runs: str, tmp_path: Path) -> None:
    bundle, there = pack(runs, "one"), tmp_path / "there"
    unpack(bundle, str(there))
    (there / "one" / "SHA256SUMS").unlink()
    (there / "one" / "mkt-a.json").unlink()
    unpack(bundle, str(there))
    assert check_run(there / "one") == []


@pytest.mark.parametrize("host", ["m" * 244, "\u672c" * 30, "a.json"])
def test_a_host_with_a_name_of_any_length_comes_back(host: str, tmp_path: Path) -> None:
    evidence = str(tmp_path / "evidence")
    path = evidence_file(evidence, "one", host)
    write_evidence(path, record(host))
    write_file(path.with_name(f"{path.stem}.affected.csv"), "id\n1\n")
    bundle = read_bundle(Path(write_bundle(evidence, "one")["path"]).read_bytes(), "x")
    assert set(bundle.files) == {"SHA256SUMS", path.name, f"{path.stem}.affected.csv"}


@pytest.mark.parametrize("name", ["mkt-a.json", "SHA256SUMS", "_plan.json", "mkt-a.affected.csv"])
def test_every_file_that_was_changed_is_found(name: str, runs: str) -> None:
    document = json.loads(pack(runs, "one").to_bytes())
    document["files"][name] = document["files"][name].replace("1", "2") + "\n"
    with pytest.raises(UnusableFile):
        read_bundle(json.dumps(document).encode(), "x")


def test_file_that_was_taken_out_or_put_in_is_found(runs: str) -> None:
    document = json.loads(pack(runs, "one").to_bytes())
    text = document["files"].pop("mkt-a.json")
    with pytest.raises(UnusableFile, match=r"mkt-a\.json is missing"):
        read_bundle(json.dumps(document).encode(), "x")
    document["files"].update({"mkt-a.json": text, "other.json": text})
    with pytest.raises(UnusableFile, match=r"other\.json was changed"):
        read_bundle(json.dumps(document).encode(), "x")


@pytest.mark.parametrize("name", ["../evil.json", "/etc/passwd", ".lock", "a/b.json", ""])
def test_name_that_leads_out_of_the_directory_makes_it_no_bundle(name: str, runs: str) -> None:
    document = json.loads(pack(runs, "one").to_bytes())
    document["files"][name] = "x"
    with pytest.raises(UnusableFile, match="is no evidence bundle"):
        read_bundle(json.dumps(document).encode(), "x")


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"<html>", b'{"format": "campaign.classic/evidence-bundle/1"}', b"\xff\xfe"]
)
def test_what_is_no_bundle_is_refused(content: bytes) -> None:
    with pytest.raises(UnusableFile):
        read_bundle(content, "x")


def test_another_run_and_another_manifest_are_refused(runs: str) -> None:
    content = pack(runs, "one").to_bytes()
    with pytest.raises(UnusableFile, match="is that of the run one, and mid_sourcing_run says two"):
        read_bundle(content, "x", run_id="two")
    with pytest.raises(UnusableFile, match="is not the one that the run's output named"):
        read_bundle(content, "x", manifest="0" * 64)


def test_damaged_evidence_is_not_packed(runs: str) -> None:
    evidence_file(runs, "one", "mkt-a").write_text("{}")
    with pytest.raises(AnsibleActionFail, match=r"mkt-a\.json was changed"):
        pack(runs, "one")
