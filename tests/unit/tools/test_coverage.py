# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ``make coverage`` measures in every process, and how it counts."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tools import coverage
from tools.coverage import Reached, by_folder, table
from tools.environment import BUILD, ROOT


def file(lines: int, lines_of: int, branches: int, branches_of: int) -> dict[str, Any]:
    """A file in a report of coverage."""
    names = ("covered_lines", "num_statements", "covered_branches", "num_branches")
    return {"summary": dict(zip(names, (lines, lines_of, branches, branches_of), strict=True))}


def test_lines_and_branches_are_added_up_by_folder() -> None:
    report = {
        "files": {
            "plugins/module_utils/_core/xtk.py": file(10, 10, 4, 5),
            "plugins/module_utils/_core/text.py": file(5, 10, 0, 0),
            "plugins/filter/visible.py": file(3, 3, 0, 0),
        }
    }
    core, visible = Reached("module_utils/_core", 15, 20, 4, 5), Reached("filter", 3, 3, 0, 0)
    found = by_folder(report)
    assert found == [visible, core, Reached("all of plugins/", 18, 23, 4, 5)]
    assert core.share == 76 and visible.share == 100 and Reached("empty", 0, 0, 0, 0).share == 100
    assert list(table(found))[-1].split() == ["all", "of", "plugins/", "18/23", "4/5", "78.6", "%"]


def test_process_that_a_test_starts_and_its_fork_measure_themselves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coverage, "FOLDER", tmp_path)
    source = tmp_path / "plugins" / "filter" / "tried.py"
    source.parent.mkdir(parents=True)
    source.write_text(
        "import os\nchild = os.fork()\nif child == 0:\n    x = 1\n    os._exit(0)\nos.waitpid(child, 0)\n",
        encoding="utf-8",
    )
    settings = coverage.SETTINGS.replace(str(ROOT / "plugins"), str(source.parent))
    settings = settings.replace(str(BUILD / "covered"), str(tmp_path))
    (tmp_path / "settings").write_text(settings, encoding="utf-8")
    (tmp_path / "data").mkdir()
    environment = {**os.environ, "COVERAGE_PROCESS_START": str(tmp_path / "settings")}
    subprocess.run([sys.executable, source], env=environment, check=True)
    (told,) = coverage.read()["files"].values()
    assert told["summary"]["covered_lines"] == 6 and told["summary"]["num_branches"] == 2


@pytest.mark.parametrize(("lines", "status"), [(95, 0), (94, 1)])
def test_less_than_the_gate_fails(
    lines: int, status: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(coverage, "measure", lambda _names, _environ: [])
    monkeypatch.setattr(coverage, "read", lambda: {"files": {"plugins/test/a.py": file(lines, 100, 0, 0)}})
    assert coverage.main([]) == status
    assert ("less than 95 %" in capsys.readouterr().out) == bool(status)


def test_part_of_the_tests_is_not_written_into_the_guide(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(coverage, "measure", lambda _names, _environ: [])
    monkeypatch.setattr(coverage, "read", lambda: {"files": {"plugins/test/a.py": file(99, 100, 0, 0)}})
    put: list[str] = []
    monkeypatch.setattr(coverage, "put_figures", lambda name, _text: put.append(name))
    with pytest.raises(SystemExit):
        coverage.main(["--units", "--write"])
    assert "the table of everything" in capsys.readouterr().err and not put
    assert coverage.main(["--write"]) == 0 and put == ["coverage"]
