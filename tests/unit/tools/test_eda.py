# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the Java at hand can run ansible-rulebook."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tools import eda
from tools.suites import all_suites


def java(folder: Path, says: str) -> dict[str, str]:
    program = folder / "java"
    program.write_text(f"#!/bin/sh\necho '{says}' >&2\n", encoding="utf-8")
    program.chmod(0o755)
    return {"PATH": os.pathsep.join([str(folder), "/usr/bin", "/bin"])}


@pytest.mark.parametrize("version", ["17.0.15", "21", "25.0.1"])
def test_java_17_and_newer_are_usable(version: str, tmp_path: Path) -> None:
    assert eda.unusable_java(java(tmp_path, f'openjdk version "{version}" 2025-04-15')) == ""


@pytest.mark.parametrize(
    ("says", "reason"),
    [
        ('java version "1.8.0_202"', "Java 1 is too old: 17 or newer is needed (on Debian openjdk-17-jre-headless)"),
        ('openjdk version "11.0.2"', "Java 11 is too old"),
        ("no such thing", "'java -version' says 'no such thing', which is no version"),
    ],
)
def test_an_older_java_or_something_else_is_told(says: str, reason: str, tmp_path: Path) -> None:
    assert eda.unusable_java(java(tmp_path, says)).startswith(reason)


def test_no_java_is_told_with_the_package(tmp_path: Path) -> None:
    assert "'java' is not installed; Java 17 or newer is needed" in eda.unusable_java({"PATH": str(tmp_path)})


def test_the_suite_installs_java_and_runs_without_it() -> None:
    suite = next(one for one in all_suites() if one.name == "eda")
    assert (suite.wants, suite.needs) == (((eda.JAVA, eda.JAVA_PACKAGE),), ())
