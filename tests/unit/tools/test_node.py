# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where Node.js is missing or too old, the suite that needs it says so."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from tools import run
from tools.node import unusable_node
from tools.run import run_suite, summary
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


def test_an_unusable_suite_is_skipped_and_the_last_lines_say_why(monkeypatch: pytest.MonkeyPatch) -> None:
    suite = Suite("conformance", ("false",), "galaxy.yml", unusable=lambda _environment: "Node.js 18 is too old")
    report = run_suite(suite, (), {}, show=False)
    assert report.outcome == "skipped"
    assert summary([report]).splitlines()[-2:] == [
        "skipped: conformance: Node.js 18 is too old",
        "0 passed, 0 failed, 1 skipped",
    ]
    monkeypatch.setattr(run, "provide", lambda *_need: "'node' is not installed")
    missing = run_suite(dataclasses.replace(suite, needs=(("node", "nodejs"),)), (), {}, show=False)
    assert [case.detail for case in missing.cases] == ["'node' is not installed"]


def test_the_conformance_suite_is_one_of_all_and_needs_node() -> None:
    (suite,) = [suite for suite in all_suites() if suite.name == "conformance"]
    assert suite.needs == (("node", "nodejs"), ("npm", "npm"))
    assert suite.unusable is unusable_node
