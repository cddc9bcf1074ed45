# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with a lock is found, and ``make lock`` writes only what every system can install."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tools import lock as locking
from tools.environment import ROOT
from tools.lock import (
    LOCKS,
    PYTHONS,
    Lock,
    check,
    disagreements,
    edited,
    main,
    make,
    pins_of,
    requirements_of,
    unsealed,
)

HASH = f" \\\n    --hash=sha256:{'0' * 64}"
HEAD = "# ours\n--only-binary :all:\n\n"
ONE = f"one==1.0{HASH}\n    # via -r requirements/x.txt\n"
TWO = f"two==2.0 ; python_full_version >= '3.12'{HASH}\ntwo==1.9 ; python_full_version < '3.12'{HASH}{HASH}\n"


def problems(text: str, *required: str) -> str:
    return "\n".join(disagreements(Lock("x"), [Requirement(one) for one in required], text))


def test_locks_of_this_tree_agree_with_their_requirements() -> None:
    assert check() == []
    assert len(pins_of(LOCKS[1].path.read_text(encoding="utf-8"))) > 100


def test_lock_that_does_what_is_required_has_no_problem() -> None:
    assert problems(HEAD + ONE + TWO, "One", "two>=1.9", 'two==2.0; python_version >= "3.12"') == ""


@pytest.mark.parametrize(
    ("text", "required", "problem"),
    [
        (HEAD + ONE, ["three"], "three is required, and not locked"),
        (HEAD + ONE, ["one>1"], "one>1 is required, and 1.0 is locked"),
        (HEAD + TWO, ["two==2.0"], "two==2.0 is required, and 1.9 is locked (Python 3.11 on x86_64-manylinux"),
        (HEAD + ONE, ['three; sys_platform == "darwin"'], "(Python 3.11 on x86_64-apple-darwin, 3.11 on aarch64-app"),
        (HEAD + ONE + ONE.replace("1.0", "1.1"), [], "one has two versions at once, 1.0 and 1.1"),
        (HEAD + "one==1.0\n", [], "one==1.0 has not a SHA-256 for each of its files"),
        (HEAD + ONE.replace("sha256:", "md5:"), [], "has not a SHA-256"),
        (HEAD + ONE.replace("0" * 64, "0" * 63), [], "has not a SHA-256"),
        (HEAD + ONE.replace("==1.0", ">=1.0"), [], "one>=1.0 is not one version"),
        (HEAD + ONE.replace("==1.0", "==1.*"), [], "one==1.* is not one version"),
        (HEAD + ONE.replace("==1.0", " @ https://example.com/one.whl"), [], "is not one version"),
        (ONE, [], "its options are none and not --only-binary :all:"),
        (HEAD + "--index-url https://example.com\n", [], "its options are --only-binary :all:, --index-url"),
    ],
)
def test_what_is_wrong_with_a_lock_is_found(text: str, required: list[str], problem: str) -> None:
    assert problem in problems(text, *required)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_lock_from_which_a_package_that_others_need_is_gone_is_not_as_it_was_written(lock: Lock) -> None:
    text = lock.path.read_text(encoding="utf-8")
    assert list(edited(text)) == []
    last = pins_of(text)[-1].requirement.name
    without = re.sub(rf"(?ms)^{re.escape(last)}==.*?(?=^\S|\Z)", "", text)
    fewer = re.sub(r" \\\n    --hash=sha256:[0-9a-f]{64}(?=\n)", "", text, count=1)
    assert len(pins_of(without)) < len(pins_of(text))
    for changed in (without, fewer, f"{text}more==1.0\n", text.replace("SHA-256 of the lines", ""), ""):
        assert list(edited(changed)) == ["it is not as `make lock` has written it"]


def test_requirement_of_another_system_is_not_missed() -> None:
    assert problems(HEAD + ONE, 'three; sys_platform == "win32"', 'three; python_version < "3.11"') == ""


def test_files_that_a_file_of_requirements_names_count(tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    (tmp_path / "more/b.txt").write_text("# of b\ntwo[fast]>=2  # why\n", encoding="ascii")
    (tmp_path / "a.txt").write_text("-r more/b.txt\n\none==1.0\n", encoding="ascii")
    assert list(map(str, requirements_of(tmp_path / "a.txt"))) == ["two[fast]>=2", "one==1.0"]


def test_packages_of_npm_without_a_digest_or_with_a_registry_are_found() -> None:
    right = {"version": "1.0.0", "integrity": "sha512-abc="}
    packages = {
        "": {"dependencies": {}},
        "node_modules/right": right,
        "node_modules/plain": {"version": "1.0.0"},
        "node_modules/weak": {**right, "integrity": "sha1-abc="},
        "node_modules/from": {**right, "resolved": "https://example.com/from.tgz"},
    }
    assert unsealed(json.dumps({"packages": packages})) == [
        f"node_modules/{name}" for name in ("plain", "weak", "from")
    ]


def test_pythons_are_those_of_the_setup() -> None:
    setup = (ROOT / "tools/setup.sh").read_text(encoding="utf-8")
    oldest, newest = (int(re.findall(rf"^{name}=(\d+)$", setup, re.MULTILINE)[0]) for name in ("oldest", "newest"))
    assert [f"3.{minor}" for minor in range(oldest, newest + 1)] == list(PYTHONS)


def fake_uv(monkeypatch: pytest.MonkeyPatch, root: Path, refuses: str = "") -> list[str]:
    """A uv that resolves to one version, and cannot install it where its command has this text: its commands."""
    commands: list[str] = []

    def run(command: Sequence[str], **_more: object) -> None:
        commands.append(" ".join(command))
        if refuses and refuses in commands[-1]:
            raise subprocess.CalledProcessError(2, command)
        if "compile" in command:
            Path(command[command.index("--output-file") + 1]).write_text(ONE, encoding="ascii")

    (root / "requirements").mkdir()
    (root / "requirements/x.txt").write_text("one\n", encoding="ascii")
    monkeypatch.setattr(locking, "ROOT", root)
    monkeypatch.setattr(locking, "BUILD", root / "build")
    monkeypatch.setattr(locking, "LOCKS", (Lock("x", built=("one",)),))
    monkeypatch.setattr(locking.subprocess, "run", run)
    return commands


def test_lock_is_written_when_every_system_can_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commands = fake_uv(monkeypatch, tmp_path)
    assert main(["--upgrade-package", "one"]) == 0
    written = (tmp_path / "requirements/x.lock.txt").read_text(encoding="ascii")
    assert written.startswith("# Copyright") and written.endswith(ONE) and not list(edited(written))
    assert written.index("--only-binary :all:\n--no-binary one\n") > 0 and str(tmp_path) not in written
    assert commands[0].startswith(f"{sys.executable} -m uv pip compile") and "--upgrade-package one" in commands[0]
    assert len(commands) == 1 + 4 * 4 and all("--require-hashes" in one for one in commands[1:])


def test_lock_that_a_system_cannot_install_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_uv(monkeypatch, tmp_path, "3.14 --python-platform aarch64-apple-darwin")
    assert main([]) == 2 and not (tmp_path / "requirements/x.lock.txt").exists()


def test_versions_of_the_lock_are_what_uv_begins_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_uv(monkeypatch, tmp_path)
    lock = locking.LOCKS[0]
    lock.path.write_text(HEAD + ONE, encoding="ascii")
    seen: list[str] = []
    copy = locking.shutil.copy
    monkeypatch.setattr(locking.shutil, "copy", lambda one, two: seen.append(Path(copy(one, two)).read_text()))
    make(lock, [])
    assert seen == [HEAD + ONE]
