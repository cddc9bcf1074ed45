# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Data that the modules return are in no text of a role unless they are made visible."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
FILES = sorted([*ROOT.glob("roles/*/tasks/*.yml"), *ROOT.glob("playbooks/**/*.yml")])
#: The results that are data, and the variables that hold one. What makes one visible stands behind it, or is the filter
#: that takes it as the value of a line OLD VALUE.
DATA = re.compile(
    r"(?P<shown>old_value_line\([^)]*?)?"
    r"(?P<data>options\[0\]\.(?:value|description)|__mid_sourcing_live)"
    r"(?P<visible>\s*\|\s*campaign\.classic\.(?:visible|xtk_timestamp))?"
)
#: The visible parts of a task.
SHOWN = ("msg", "fail_msg", "success_msg", "label", "name")


def texts(node: Any, key: str = "") -> Iterator[str]:
    """The texts of a task that are shown, and the facts that it sets, which others show."""
    if isinstance(node, dict):
        for name, value in node.items():
            facts = name in ("ansible.builtin.set_fact", "ansible.builtin.set_stats")
            yield from texts(value, "msg" if facts or key == "msg" else str(name))
    elif isinstance(node, list):
        for value in node:
            yield from texts(value, key)
    elif isinstance(node, str) and key in SHOWN:
        yield node


def raw_data_in(text: str) -> list[str]:
    return [found["data"] for found in DATA.finditer(text) if not (found["shown"] or found["visible"])]


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parts[-3]}-{file.stem}")
def test_no_text_shows_data_as_the_server_sent_it(file: Path) -> None:
    tasks = yaml.safe_load(file.read_text(encoding="utf-8")) or []
    assert [found for text in texts(tasks) for found in raw_data_in(text)] == []


def test_data_in_a_text_is_found() -> None:
    task = {"ansible.builtin.debug": {"msg": "it is {{ found.options[0].value }}"}}
    assert [found for text in texts([task]) for found in raw_data_in(text)] == ["options[0].value"]
