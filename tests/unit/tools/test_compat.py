# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the oldest ansible-core is searched for and installed, and when again."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from tools import compat


def python(path: Path, version: str = "3.11", status: int = 0) -> Path:
    """A program that answers as a Python of this version does, or fails as a shim."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho {version}\nexit {status}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def test_best_python_that_runs_is_taken(tmp_path: Path) -> None:
    python(tmp_path / "shims/python3.11", status=127)
    other = python(tmp_path / "versions/3.11.7/bin/python")
    python(tmp_path / "versions/3.10.1/bin/python", "3.10")
    assert compat.find_python({"PATH": f"{tmp_path}/shims"}) == str(other)
    assert compat.find_python({"PATH": "/nowhere", "PYENV_ROOT": str(tmp_path)}) == str(other)


def test_python_of_another_version_does_not_serve(tmp_path: Path) -> None:
    python(tmp_path / "python3.11", "3.13")
    with pytest.raises(compat.NoPython, match=r"no Python 3.11, 3.10 or 3.12"):
        compat.find_python({"PATH": str(tmp_path)})


def test_it_is_installed_once_for_each_content_of_its_requirements(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    requirements = tmp_path / "compat.txt"
    requirements.write_text("ansible-core\n", encoding="utf-8")
    done: list[list[str]] = []

    def run(command: list[str], **_more: Any) -> subprocess.CompletedProcess[str]:
        if "venv" in command:
            Path(command[-1], "bin").mkdir(parents=True)
        done.append(command)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(compat, "BUILD", tmp_path)
    monkeypatch.setattr(compat, "REQUIREMENTS", (requirements,))
    monkeypatch.setattr(compat, "find_python", lambda _environ: "/usr/bin/python3.11")
    monkeypatch.setattr(compat.subprocess, "run", run)
    first = compat.provide({})
    assert compat.provide({}) == first and len(done) == 2
    requirements.write_text("ansible-core>=2.16\n", encoding="utf-8")
    assert compat.provide({}) != first and len(done) == 4


def test_installation_that_failed_is_begun_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    requirements = tmp_path / "compat.txt"
    requirements.write_text("ansible-core\n", encoding="utf-8")
    monkeypatch.setattr(compat, "BUILD", tmp_path)
    monkeypatch.setattr(compat, "REQUIREMENTS", (requirements,))
    monkeypatch.setattr(compat, "find_python", lambda _environ: "/usr/bin/python3.11")
    left = compat.place("/usr/bin/python3.11") / "half"
    left.mkdir(parents=True)

    def run(command: list[str], **_more: Any) -> None:
        raise subprocess.CalledProcessError(1, command)

    monkeypatch.setattr(compat.subprocess, "run", run)
    with pytest.raises(subprocess.CalledProcessError):
        compat.provide({})
    assert not left.exists()


def test_place_is_told_on_the_command_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(compat, "provide", lambda _environ: Path("/there/bin"))
    assert compat.main() == 0
    assert capsys.readouterr().out == "/there/bin\n"

    def none(_environ: Any) -> Path:
        raise compat.NoPython("none here")

    monkeypatch.setattr(compat, "provide", none)
    assert compat.main() == 1
    assert "none here" in capsys.readouterr().err
