# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where commands put what they have measured."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.guide import GUIDE, put_figures, with_figures

TEXT = "Before\n\n.. figures of soak\n\nold\n\n.. end of soak\n\nAfter\n"


def test_figures_take_the_place_of_the_last_ones(tmp_path: Path) -> None:
    guide = tmp_path / "guide.rst"
    guide.write_text(TEXT, encoding="utf-8")
    for _time in range(2):
        put_figures("soak", "one  two\n\n1    2", guide)
    assert guide.read_text(encoding="utf-8") == (
        "Before\n\n.. figures of soak\n\n.. code-block:: text\n\n    one  two\n\n    1    2\n\n"
        ".. end of soak\n\nAfter\n"
    )


@pytest.mark.parametrize("guide", ["", ".. figures of soak\n", ".. end of soak\n"])
def test_guide_without_a_place_is_left_alone(guide: str) -> None:
    with pytest.raises(ValueError, match="no place for figures of soak"):
        with_figures(guide, "soak", "1")


def test_proof_has_its_place() -> None:
    assert with_figures(GUIDE.read_text(encoding="utf-8"), "proof", "1").count("1\n\n.. end of proof") == 1
