# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each command of the guide to changes is run as it stands there, and says what the guide shows."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.helpers.guides import blocks, plain, steps
from tests.helpers.recorders import Tickets
from tests.integration.test_documents import ROOT, make_simulator

GUIDE = "change_guide"
#: Where the guide was written.
HOME = "/home/ops"


@pytest.fixture
def home() -> Iterator[Path]:
    """A directory with a short name: a longer one would be broken in the lines of the output."""
    with tempfile.TemporaryDirectory(prefix="g", dir="/tmp") as name:
        shutil.copytree(ROOT / "examples", Path(name) / "examples")
        yield Path(name)


def closed_now(windows: str) -> str:
    """The windows of the guide, on days that are neither today nor next to it."""
    days = [(datetime.now(UTC) + timedelta(days=number)).strftime("%a")[:2].upper() for number in (2, 3, 4)]
    return windows.replace("MO,TU,WE,TH", ",".join(days))


@pytest.mark.whole
@pytest.mark.timeout(900)
def test_each_command_of_the_guide_prints_what_the_guide_shows(home: Path) -> None:
    windows = next(block for block in blocks(GUIDE, "yaml") if "change_window_windows" in block)
    (home / "windows.yml").write_text(closed_now(windows), encoding="utf-8")
    found = steps(GUIDE, "ansible-playbook")
    assert len(found) == 5
    with make_simulator() as fleet, Tickets() as desk:
        desk.approval = "waiting"
        environment = {
            **os.environ,
            "CAMPAIGN_DEMO_URL": fleet.url,
            "TICKET_URL": desk.url,
            "TICKET_TOKEN": "ticket-canary",
            # Nobody listens there.
            "SLACK_WEBHOOK_URL": "http://127.0.0.1:1/",
            "ANSIBLE_HOME": str(home / "ansible"),
            "ANSIBLE_NOCOLOR": "1",
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "PWD": str(home),
        }
        for step in found:
            if "change_window_ticket=" in step.command:
                desk.changes["CHG0000001"].approval = "approved"
            done = subprocess.run(
                step.command,
                shell=True,
                cwd=home,
                env=environment,
                capture_output=True,
                text=True,
                timeout=200,
                check=False,
            )
            said = plain((done.stdout + done.stderr).replace(str(home), HOME))
            assert plain(step.output) in said, f"{step.command}\ndoes not print:\n{step.output}\nbut:\n{done.stdout}"
    (shown,) = blocks(GUIDE, "json")
    fields = json.loads(json.dumps(desk.changes["CHG0000001"].fields))
    assert json.loads(plain(shown)) == json.loads(plain(json.dumps({name: fields[name] for name in json.loads(shown)})))
