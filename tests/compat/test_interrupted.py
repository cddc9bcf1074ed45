# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Signals under the oldest ansible-core, whose workers share a process group with it and get no signal from it.

Ctrl-C comes to them from the terminal, and SIGTERM from ansible-playbook right after it; when only ansible-playbook
gets SIGTERM they notice that it is gone.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos.scenarios import Scenario
from tests.chaos.trial import Trial

#: Installing the core may be part of the first test.
pytestmark = pytest.mark.timeout(600)


@pytest.mark.parametrize(
    "name", ["int-group/stop/14/late", "term-playbook/ignore/14/after", "hup-group/ignore/16/late"]
)
def test_workers_that_are_told_to_end_or_left_alone_end_in_order(name: str, tmp_path: Path, oldest: Path) -> None:
    (verdict,) = Trial([Scenario.named(name)], tmp_path / "trial", 1, programs=oldest).run()
    assert verdict.struck
    assert verdict.problems == []
