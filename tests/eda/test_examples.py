# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The EXAMPLES of the event source: a rulebook, run unchanged except for its files and its interval."""

from __future__ import annotations

import pytest

from simulator.testing import RunningSimulator
from tests.eda.rig import ROOT, Rig
from tests.integration.test_examples import blocks

SOURCE = ROOT / "extensions/eda/plugins/event_source/cursor_watch.py"


@pytest.mark.whole
def test_the_examples_block_is_a_rulebook_that_tells_which_instance_is_stuck(rig: Rig, sim: RunningSimulator) -> None:
    text = blocks(SOURCE)["EXAMPLES"]
    for theirs, ours in (
        ("/etc/campaign/instances.yml", str(rig.work / "instances.yml")),
        ("/var/lib/campaign/watch.json", str(rig.variables["watch_state_file"])),
        ("interval: 300", "interval: 1"),
    ):
        assert theirs in text
        text = text.replace(theirs, ours)
    rulebook = rig.work / "examples.yml"
    rulebook.write_text(text, encoding="utf-8")
    rig.start_named(str(rulebook))
    rig.wait_for(lambda: rig.verdict("mkt-a") == "healthy")
    rig.get_stuck("mkt-a")
    rig.wait_for(lambda: "mkt-a: " in rig.log and "2020-03-01" in rig.log)
    assert rig.stop() == 0
    assert rig.written("mkt-a") == []
