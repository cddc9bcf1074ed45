# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is no release is refused, and the recording of the demo is what the demo must show."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.helpers.demo import expected_of_demo
from tools import recording
from tools.release import obstacles

FINGERPRINT = "0123 4567 89AB CDEF 0123  4567 89AB CDEF 0123 4567"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A clone of version 1.0.0, which is in its changelog."""
    (tmp_path / "changelogs/fragments").mkdir(parents=True)
    (tmp_path / "galaxy.yml").write_text("version: 1.0.0\n", encoding="utf-8")
    (tmp_path / "changelogs/changelog.yaml").write_text("releases: {1.0.0: {}}\n", encoding="utf-8")
    (tmp_path / "SECURITY.md").write_text(f"The key has the fingerprint\n{FINGERPRINT}.\n", encoding="utf-8")
    git(tmp_path, "init", "--quiet")
    commit(tmp_path)
    return tmp_path


def git(tree: Path, *words: str) -> None:
    own = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *own, *words], cwd=tree, check=True, capture_output=True)


def commit(tree: Path) -> None:
    git(tree, "add", "--all")
    git(tree, "commit", "--quiet", "--message", "docs: x")


def test_a_tree_that_is_committed_and_in_the_changelog_is_a_release(tree: Path) -> None:
    assert list(obstacles(tree)) == []


def test_what_is_no_release_is_named(tree: Path) -> None:
    git(tree, "tag", "1.0.0")
    assert "There is a tag 1.0.0 already" in "".join(obstacles(tree))
    (tree / "galaxy.yml").write_text("version: 1.1.0\n", encoding="utf-8")
    (tree / "changelogs/fragments/new.yml").write_text("bugfixes: [x]\n", encoding="utf-8")
    told = " ".join(obstacles(tree))
    assert "Not everything is committed" in told
    assert "no entry 1.1.0" in told
    assert "new.yml" in told


def test_release_that_nobody_could_verify_is_refused(tree: Path) -> None:
    (tree / "SECURITY.md").write_text("It is signed with SHA-256.\n", encoding="utf-8")
    commit(tree)
    assert ["no fingerprint" in told for told in obstacles(tree)] == [True]


def test_a_recording_has_a_head_and_lines_whose_times_grow_with_a_pause_round_each_command() -> None:
    head, *events = (json.loads(line) for line in recording.cast(["Starting.", "$ ansible-playbook x", "done"]))
    assert (head["version"], head["width"], head["height"]) == (2, 122, 40)
    assert [event[1:] for event in events] == [
        ["o", "$ make demo\r\n"],
        ["o", "Starting.\r\n"],
        ["o", "$ ansible-playbook x\r\n"],
        ["o", "done\r\n"],
    ]
    times = [event[0] for event in events]
    assert times == sorted(times) and times[2] - times[1] >= 1 and times[3] - times[2] >= 1


def test_the_recording_of_the_demo_shows_what_the_demo_must_show() -> None:
    expected = expected_of_demo()
    head, *events = (json.loads(line) for line in recording.CAST.read_text(encoding="utf-8").splitlines())
    lines = [event[2].rstrip("\r\n") for event in events]
    assert max(map(len, lines)) <= head["width"]
    table = next(number for number, line in enumerate(lines) if line.split() == ["instance", "before", "done", "after"])
    after = [line.split() for line in lines[table:]]
    rows = {words[0]: tuple(words[1:]) for words in after if len(words) == 4}
    assert {host: rows[host] for host in expected} == {
        host: (before, outcome or "-", then) for host, (before, outcome, then) in expected.items()
    }
    assert lines[-1] == "Exactly the stuck instances were cured; no other instance saw a write."
