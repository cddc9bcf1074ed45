# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two commands of the guide to rehearsals are run as they stand there, and say what the guide shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.testing import running_simulator
from tests.helpers.guide import not_printed, shell, steps

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs/docsite/rst/rehearsal_guide.rst"


@pytest.mark.whole  # a rehearsal of the demo's eighteen instances, each unknown both ways
@pytest.mark.timeout(1200)
def test_each_command_of_the_guide_prints_what_the_guide_shows(tmp_path: Path) -> None:
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    found = steps(GUIDE.read_text(encoding="utf-8"), "ansible-playbook")
    assert len(found) == 2
    with running_simulator(ROOT / "examples/demo/fleet.yml") as fleet:
        for script, shown in found:
            said = shell(script, tmp_path, 550, CAMPAIGN_DEMO_URL=fleet.url)
            missing = not_printed(shown, said)
            assert not missing, f"{script} does not print:\n{missing}\nbut:\n{said}"
    assert (tmp_path / "fleet.json").exists()
