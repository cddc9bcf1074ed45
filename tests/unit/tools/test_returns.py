# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Equal RETURN parts of several modules are generated, and a difference is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.returns import COMMENT, SOURCE, by_hand, main, rewritten

PARTS = {
    "calls": "calls:\n  contains:\n    total:\n      type: int\n",
    "log": "log:\n  type: list\n",
    "row": "name:\n  type: str\nstate:\n  type: int\n",
    "error": "error:\n  type: dict\n",
}
MODULE = f'''RETURN = r"""
own:
  contains:
    {COMMENT}row
    name:
      type: str
    state:
      type: int
    more:
      type: str
{COMMENT}calls
calls:
  contains:
    total:
      type: int
    {COMMENT}log
    log:
      type: list
{COMMENT}error
error:
  type: dict
"""

calls: int = 1
'''


def test_what_is_as_it_is_to_be_stays() -> None:
    assert rewritten(MODULE, PARTS) == MODULE


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("      type: int\n    more:", "      type: float\n    more:"),
        ("    total:\n      type: int\n", "    total:\n      type: float\n      sample: 1\n"),
        ("    log:\n      type: list\n", ""),
        ("error:\n  type: dict\n", "error:\n  type: str\n"),
        ("    name:\n      type: str\n    state:", "    state:\n      type: int\n    name:"),
    ],
)
def test_what_was_changed_by_hand_is_put_right(old: str, new: str) -> None:
    changed = MODULE.replace(old, new, 1)
    assert changed != MODULE
    assert rewritten(changed, PARTS) == MODULE


def test_a_change_of_the_source_reaches_every_place_of_a_part() -> None:
    found = rewritten(MODULE, {**PARTS, "row": "name:\n  type: raw\n"})
    assert "    name:\n      type: raw\n    state:" in found


def test_a_part_that_there_is_not_is_an_error() -> None:
    with pytest.raises(KeyError, match="other"):
        rewritten(MODULE.replace(f"{COMMENT}error", f"{COMMENT}other"), PARTS)


@pytest.mark.parametrize(
    ("block", "keys"),
    [
        (f"{COMMENT}calls\ncalls:\n  type: dict\n", []),
        ("calls:\n  type: dict\n", ["calls"]),
        ("one:\n  type: str\nerror:\n  type: dict\n", ["error"]),
        ("log:\n  type: list\n", ["log"]),
        ("log:\n  type: dict\n", []),
    ],
)
def test_what_is_shared_is_not_described_by_hand(block: str, keys: list[str]) -> None:
    assert by_hand(f'RETURN = r"""\n{block}"""\n', PARTS) == keys


def test_the_tool_tells_a_difference_and_writes_it_away(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "tools").mkdir()
    (tmp_path / SOURCE).write_text("error: |\n  error:\n    type: dict\n", encoding="utf-8")
    module = tmp_path / "plugins/modules/one.py"
    module.parent.mkdir(parents=True)
    module.write_text(f'RETURN = r"""\n{COMMENT}error\nerror:\n  type: str\n"""\n', encoding="utf-8")
    assert main([], tmp_path) == 1
    assert (
        "plugins/modules/one.py: RETURN is not as tools/returns.yml says. Run make returns." in capsys.readouterr().out
    )
    assert main(["--write"], tmp_path) == 0
    assert main([], tmp_path) == 0
    assert "type: dict" in module.read_text(encoding="utf-8")
