# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""simulator/FIDELITY.md is right about its tests: they exist, and every documented statement has one."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from simulator.config.switches import Switches
from tests.helpers.fidelity import SECTIONS, UNKNOWNS, exists, problems, read

ROOT = Path(__file__).resolve().parents[3]
TEXT = (ROOT / "simulator/FIDELITY.md").read_text(encoding="utf-8")


def test_every_statement_can_be_relied_on() -> None:
    fidelity = read(TEXT)
    found = problems(fidelity, ROOT)
    assert not found, "\n".join(found)
    assert len(fidelity.rows) > 200
    assert len(fidelity.gaps) > 20


def test_every_switch_has_its_row() -> None:
    told = {
        name for unknown in read(TEXT).unknowns for name in unknown.switch.replace("`", " ").replace(",", " ").split()
    }
    told |= {word for row in read(TEXT).rows for word in row.statement.replace("`", " ").split()}
    assert [field.name for field in fields(Switches) if field.name not in told] == []


# -- the check itself ---------------------------------------------------------------------------------------------

ROW = "| One thing. | instances | doc | ACC | `test_fidelity.py::test_every_switch_has_its_row` |"
GAPS = "| Nothing. | {} | A fault. |"


def document(row: str = ROW, *, gaps: str = GAPS, last: int = UNKNOWNS[-1]) -> str:
    unknowns = "\n".join(f"| {number} | Something. | none: why | |" for number in range(1, last + 1))
    return (
        f"| Statement | Section | Certainty | Source | Test |\n|---|---|---|---|---|\n{row}\n\n"
        f"| # | Not known | Switch | Test |\n|---|---|---|---|\n{unknowns}\n\n"
        f"| Not done | Section | Instead |\n|---|---|---|\n{gaps.format(' '.join(SECTIONS))}\n"
    )


def test_a_document_without_fault_has_no_problem() -> None:
    assert problems(read(document()), ROOT) == []


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (ROW.replace("its_row", "its_column"), "no test 'test_fidelity.py::test_every_switch_has_its_column'"),
        (ROW.replace("test_fidelity.py", "test_missing.py"), "no test 'test_missing.py::"),
        (ROW.replace("::test_every_switch_has_its_row", ""), "no test 'test_fidelity.py'"),
        (ROW.replace("test_every_switch_has_its_row", "document"), "no test 'test_fidelity.py::document'"),
        ("| One thing. | instances | doc | ACC | |", "a [doc] or [cap] statement without a test"),
        ("| One thing. | instances | cap sdk | own SDK | |", "a [doc] or [cap] statement without a test"),
        ("| One thing. | instances | rumour | | |", "unknown certainty 'rumour'"),
        ("| One thing. | instances | | | |", "no certainty"),
        ("| One thing. | nowhere | infer | | |", "the page of facts has no section 'nowhere'"),
        ("| One thing. | instances | sdk | | |", "a certainty without its source"),
        ("| One thing. | instances | sdk | ACC | |", "the source 'ACC' is unknown"),
        ("| One thing. | instances | infer | B7 | |", "the source 'B7' is unknown"),
        (ROW.replace("ACC", "KA-1"), "the source 'KA-1' is unknown"),
        (ROW.replace("ACC", "KA-17742"), "the section 'instances' of the page of facts does not name KA-17742"),
        (ROW.replace("doc | ACC", "cap | own"), "has no statement of certainty 'cap'"),
        (f"{ROW}\n{ROW}", "there twice"),
    ],
)
def test_a_row_that_cannot_be_relied_on_is_told(row: str, problem: str) -> None:
    assert any(problem in found for found in problems(read(document(row)), ROOT))


def test_what_the_other_tables_lack_is_told() -> None:
    assert "nothing is said of section retention" in problems(read(document(gaps="| A. | instances | B. |")), ROOT)
    assert any("not 1 to 23" in found for found in problems(read(document(last=22)), ROOT))
    assert any("all needed" in found for found in problems(read(document(gaps=f"{GAPS}\n| A. | instances | |")), ROOT))
    assert any(
        "no section 'eight'" in found for found in problems(read(document(gaps=f"{GAPS}\n| A. | eight | B. |")), ROOT)
    )
    unknown = document().replace("| 3 | Something. | none: why |", "| 3 | Something. | `row_cap` |")
    assert any("a switch without a test" in found for found in problems(read(unknown), ROOT))
    with pytest.raises(ValueError, match="line 3: 4 cells"):
        read(document("| One thing. | instances | doc | ACC |"))


def test_a_check_in_javascript_is_found_by_its_name(tmp_path: Path) -> None:
    folder = tmp_path / "tests/conformance/checks"
    folder.mkdir(parents=True)
    (folder / "a.mjs").write_text(
        """check('logs on', () => {}); check(\n  "logs off", () => {}); check('it\\'s', () => { f('logs in'); });"""
    )
    assert [exists(f"a.mjs::{name}", tmp_path) for name in ("logs on", "logs off", "it's")] == [True] * 3
    assert exists("tests/conformance/checks/a.mjs::logs on", tmp_path)
    assert not exists("a.mjs::logs in", tmp_path)
    assert not exists("b.mjs::logs on", tmp_path)
