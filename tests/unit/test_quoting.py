# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An example with a text of several words has the quotes of Ansible within those of the shell."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted(
    path
    for pattern in (
        "*.md",
        "docs/**/*.rst",
        "docs/*.md",
        "roles/**/*.*",
        "playbooks/**/*.yml",
        "examples/**/*.*",
        "plugins/**/*.py",
    )
    for path in ROOT.glob(pattern)
    if path.suffix in (".md", ".rst", ".yml", ".py")
)
#: A value in quotes whose argument is in none: the shell takes them away, and Ansible ends the value at its first
#: blank. The lines to restore are put together again.
BARE = re.compile(r"""-e[ ]+(?!mid_sourcing_restore=)[a-z_]+=\\?["'](?!\s+~)""")


def test_there_are_files_to_look_at() -> None:
    assert {"README.md", "windows_guide.rst", "change_guide.rst", "servicenow.yml"} <= {path.name for path in FILES}


@pytest.mark.parametrize("text", ["-e change_window_override='why'", '-e  a="b c"', "-e a=\\'b"])
def test_bare_value_is_found(text: str) -> None:
    assert BARE.search(text)


@pytest.mark.parametrize("text", ["-e \"a='b c'\"", "-e '{\"a\": 1}'", "-e a=b", "-e mid_sourcing_restore='x y'"])
def test_other_values_are_not(text: str) -> None:
    assert not BARE.search(text)


def test_no_example_has_a_value_that_ansible_would_cut() -> None:
    found = [f"{path.relative_to(ROOT)}: {hit[0]}" for path in FILES for hit in BARE.finditer(path.read_text("utf-8"))]
    assert not found
