# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Truncated, empty or invalid files of the inventory: an error names them, without a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.testing import RunningSimulator
from tests.integration.inventories import Inventory


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"\x89PNG\r\n\x1a\n", "is not text"),
        (b"- name: mkt\n  url: 'http://a", "instances.d/b.yml"),
        (b"mkt-paris", "is not a list of instances"),
    ],
)
def test_damaged_list_of_instances_is_named_and_the_inventory_does_not_look_whole(
    content: bytes, words: str, tmp_path: Path
) -> None:
    lists = tmp_path / "instances.d"
    lists.mkdir()
    (lists / "a.yml").write_text("- {name: mkt, url: 'http://127.0.0.1:9'}\n")
    (lists / "b.yml").write_bytes(content)
    said = Inventory(tmp_path, instances_from=["instances.d"]).error()
    assert str(lists / "b.yml") in said and words in said, said


@pytest.mark.parametrize("content", [b"", b"{", b"7", b"QUESTION"])
def test_damaged_cache_is_told_and_every_instance_is_read_anew(
    content: bytes, fleet: RunningSimulator, tmp_path: Path
) -> None:
    folder = tmp_path / "cache"
    cache = {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": str(folder)}
    made = Inventory(tmp_path, {"stuck": fleet.instances["stuck"]}, **cache)
    made.hosts()
    (kept,) = [path for path in folder.iterdir() if path.is_file()]
    whole = kept.read_bytes()
    kept.write_bytes(whole.replace(b"verdict", b"word") if content == b"QUESTION" else content)
    done = made.run("--list")
    said = " ".join(done.stderr.split())
    assert done.returncode == 0 and "Traceback" not in said, said
    assert made.hosts()["stuck"]["campaign_verdict"] == "stuck"
    assert "cannot be used, and every instance is read again" in said and str(folder) in said, said
