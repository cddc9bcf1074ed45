# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The bench works as documented. The test checks counts of calls, logons and open sessions, and never a clock."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.whole
def test_the_quick_bench_counts_one_logon_and_the_same_calls_for_every_contestant(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench", "--quick", "--output", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    figures = json.loads((tmp_path / "bench.json").read_text(encoding="utf-8"))["figures"]
    assert {figure["contestant"] for figure in figures} == set("abcdefghijlm")
    for figure in figures:
        busy = figure["contestant"] != "g"
        recorded = figure["size"] - 3 * (figure["contestant"] == "l")
        assert figure["calls"] == 6 * recorded * busy
        assert figure["logons"] == recorded * busy
        assert (figure["waiting"] > 0) == (figure["contestant"] == "l") and figure["waiting"] < figure["wall"]
        assert figure["output"] > 0
    ElementTree.fromstring((tmp_path / "bench.svg").read_text(encoding="utf-8"))
