# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where Node.js is missing or too old, the suite that wants it says so."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tools import run
from tools.environment import ROOT
from tools.node import unusable_node
from tools.results import Case, read_results
from tools.run import run_suite
from tools.suites import Suite, all_suites


def programs(folder: Path, **answers: str) -> dict[str, str]:
    """An environment in which these programs are found; each prints its answer."""
    for name, answer in answers.items():
        file = folder / name
        file.write_text(f"#!/bin/sh\necho '{answer}'\n", encoding="utf-8")
        file.chmod(0o755)
    return {"PATH": str(folder)}


@pytest.mark.parametrize("version", ["v20.19.0", "v20.20.2", "v22.12.0", "v100.0.0-nightly"])
def test_a_recent_node_is_usable(tmp_path: Path, version: str) -> None:
    assert unusable_node(programs(tmp_path, node=version, npm="10.0.0")) == ""


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ({}, "'node' is not installed; Node.js 20.19 or newer is needed"),
        ({"node": "v20.19.0"}, "'npm' is not installed; Node.js 20.19 or newer is needed"),
        ({"node": "v18.20.4", "npm": "9"}, "Node.js 18.20.4 is too old: 20.19 or newer is needed"),
        ({"node": "v20.18.3", "npm": "9"}, "Node.js 20.18.3 is too old: 20.19 or newer is needed"),
        ({"node": "hello", "npm": "9"}, "'node --version' says 'hello', which is no version"),
    ],
)
def test_the_reason_names_what_is_missing(tmp_path: Path, answers: dict[str, str], reason: str) -> None:
    assert unusable_node(programs(tmp_path, **answers)).startswith(reason)


def test_a_node_that_cannot_be_started_is_unusable(tmp_path: Path) -> None:
    environment = programs(tmp_path, node="v20.19.0", npm="10")
    (tmp_path / "node").write_text("#!/nonexistent/interpreter\n", encoding="utf-8")
    assert unusable_node(environment).startswith("'node' cannot be started: ")


def test_a_suite_is_run_without_what_it_merely_wants(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def provide(command: str, _package: str, _environment: object) -> str:
        asked.append(command)
        return f"'{command}' is not installed"

    monkeypatch.setattr(run, "provide", provide)
    suite = Suite("quick", ("true",), "galaxy.yml", has_results=False, wants=(("node", "nodejs"),))
    assert run_suite(suite, (), {}, show=False).cases == [Case("quick", "passed")]
    assert asked == ["node"]


def test_the_conformance_suite_is_one_of_all_and_wants_node() -> None:
    (suite,) = [suite for suite in all_suites() if suite.name == "conformance"]
    assert suite.wants == (("node", "nodejs"), ("npm", "npm"))
    assert suite.needs == ()


def test_without_node_one_skipped_test_says_why_and_the_others_run(tmp_path: Path) -> None:
    results = tmp_path / "results.xml"
    command = [sys.executable, "-m", "pytest", "-k", "node or sdk", "tests/conformance", f"--junitxml={results}"]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    (case,) = read_results(results)
    assert case.outcome == "skipped"
    assert case.detail.startswith("no check of Adobe's SDK was run: 'node' is not installed")
