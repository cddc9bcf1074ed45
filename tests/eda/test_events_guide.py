# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each command of the guide to events is run as it stands there, and prints what the guide shows."""

from __future__ import annotations

import json
import shutil
import signal
from pathlib import Path

import pytest

from simulator.testing import RunningSimulator, running_simulator
from tests.eda.conftest import UNUSABLE
from tests.eda.recorder import Recorder
from tests.eda.rig import ROOT, Rig
from tests.helpers.guides import Step, blocks, plain, steps
from tools import eda
from tools.environment import COLLECTIONS

GUIDE = "events_guide"
#: Where the guide has its servers, its recorder, and the files of its runs.
SERVERS, RECORDER, FILES = "http://127.0.0.1:8080", "http://127.0.0.1:9000/", "/srv/campaign"
SOURCE = "extensions/eda/plugins/event_source/cursor_watch.py"
OPERATOR = {"CAMPAIGN_USER": "ops", "CAMPAIGN_PASSWORD": "demo-ops"}


def write_files(work: Path, fleet: RunningSimulator, recorder: Recorder) -> None:
    """The files of the guide, with the addresses of this test."""
    shutil.copytree(ROOT / "examples", work / "examples")
    listed, variables = (
        next(block for block in blocks(GUIDE, "yaml") if word in block) for word in ("mkt-milan", "watch_interval")
    )
    (work / "instances.yml").write_text(listed.replace(SERVERS, fleet.url), encoding="utf-8")
    here = variables.replace(RECORDER, f"{recorder.url}/notify").replace(FILES, str(work))
    for name in ("plan", "reconcile", "notify"):
        # A rulebook runs in the directory in which it was started.
        own = here.replace("watch.json", f"{name}.json")
        (work / f"{name}.yml").write_text(own, encoding="utf-8")


def events(text: str) -> set[str]:
    """The events in an output, whatever their order."""
    return {part.strip() for part in plain(text).split('{"campaign":')[1:]}


@pytest.mark.whole
@pytest.mark.timeout(900)
@pytest.mark.skipif(bool(UNUSABLE), reason=UNUSABLE)
def test_each_command_of_the_guide_prints_what_the_guide_shows(recorder: Recorder, tmp_path: Path) -> None:
    source = steps(GUIDE, "python $SOURCE")
    plan, reconcile, notify = steps(GUIDE, "ansible-rulebook")
    posted = next(block for block in blocks(GUIDE, "text") if block.startswith('{"event"'))
    # As `make simulator`.
    with running_simulator(ROOT / "examples" / "demo" / "fleet.yml", time_scale=30) as fleet:
        rig = Rig(eda.provide(), fleet, recorder, tmp_path)
        write_files(tmp_path, fleet, recorder)
        own = {**OPERATOR, "CAMPAIGN_DEMO_URL": fleet.url}
        own["SOURCE"] = str(COLLECTIONS / "ansible_collections/campaign/classic" / SOURCE)

        def run(step: Step, until: str, number: int = signal.SIGTERM) -> str:
            rig.launch(["bash", "-c", f"exec {step.command}"], own)
            rig.wait_for(lambda: until in " ".join(rig.log.split()), 240)
            rig.stop(number)
            return rig.log.replace(fleet.url.removeprefix("http://"), SERVERS.removeprefix("http://"))

        try:
            (first,) = source
            assert events(run(first, '"unreachable"', signal.SIGINT)) == events(first.output)
            for step in (plan, reconcile):
                said = plain(run(step, "PLAY RECAP"))
                assert plain(step.output.replace("[...]", "")) in said, rig.log[-6000:]
            rig.launch(["bash", "-c", f"exec {notify.command}"], own)
            rig.wait_for(lambda: recorder.posted, 240)
            rig.stop()
        finally:
            rig.end()
    told = [
        json.dumps(body, sort_keys=True) for _path, body in recorder.posted if body["event"]["instance"] == "mkt-lima"
    ]
    assert plain(told[0].replace(fleet.url.removeprefix("http://"), "127.0.0.1:8080")) == plain(posted)
