# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The README, executed as written: its ansible-playbook lines against the demo fleet, its inventory through Ansible."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from ansible_collections.campaign.classic.plugins.module_utils._change_window.policy import decide
from ansible_collections.campaign.classic.plugins.module_utils._client.connect import ENVIRONMENT
from ansible_collections.campaign.classic.plugins.module_utils._client.credentials_file import read_credentials
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.catalogue import CATALOGUE, with_extra
from ansible_collections.campaign.classic.plugins.module_utils._diagnosis.causes import BUILT_IN, causes_of
from simulator.testing import Remote

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


#: These instances of the demo fleet: well, stuck in three ways, failing for another reason, down, and a mid.
SOME = "mkt-milan,mkt-paris,mkt-oslo,mkt-vienna,mkt-rome,mkt-lima,mid-eu,localhost"


def commands() -> list[str]:
    """Every ansible-playbook line of the README's shell blocks, in its order."""
    shell = [text.replace("\\\n", " ") for language, text in BLOCKS if language == "sh"]
    lines = [line.strip() for text in shell for line in text.splitlines()]
    return [line for line in lines if line.startswith("ansible-playbook")]


@contextmanager
def make_simulator() -> Iterator[Remote]:
    """The simulator as ``make simulator`` starts it, but for the port: what it runs comes out of the Makefile."""
    make = ["make", "--no-print-directory", "--dry-run", "simulator", "LISTEN=127.0.0.1:0"]
    told = subprocess.run(make, cwd=ROOT, capture_output=True, text=True, timeout=30, check=True).stdout
    command = shlex.split(told.splitlines()[-1])
    assert command[1:3] == ["-m", "simulator"], told
    with subprocess.Popen([sys.executable, *command[1:]], cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield Remote(json.loads(process.stdout.readline())["url"])
        finally:
            process.terminate()


def hold_still(fleet: Remote) -> None:
    """Stop the clock while no run is on: one that begins between a look and a write is another test."""
    fleet.time_scale(0)
    while any(fleet.workflow(name, "defaultMidSourcingDlv")["processId"] for name in SOME.split(",") if "mkt" in name):
        fleet.advance(5)


def test_clock_of_make_simulator_passes_a_period_of_the_demo_within_seconds() -> None:
    periods = yaml.safe_load((ROOT / "examples/demo/fleet.yml").read_text(encoding="utf-8"))["defaults"]["workflows"]
    minutes = int(periods["defaultMidSourcingDlv"]["every"].removesuffix("m"))
    with make_simulator() as fleet:
        scale = fleet.control("GET", "clock")["time_scale"]
    assert 60 * minutes / scale <= 30


@pytest.mark.timeout(600)
def test_the_commands_of_the_readme_end_well_in_their_order_while_make_simulator_runs(tmp_path: Path) -> None:
    found = commands()
    assert len(found) >= 5
    with make_simulator() as fleet:
        environment = {
            **os.environ,
            "CAMPAIGN_DEMO_URL": fleet.url,
            "ANSIBLE_HOME": str(tmp_path / "ansible"),
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        }
        for line in found:
            words = [str(ROOT / word) if word.startswith("examples/") else word for word in shlex.split(line)]
            if "rollback" in line:
                hold_still(fleet)
            # All of the fleet is for `make demo`: here it would only take longer.
            words += ["--limit", SOME]
            done = subprocess.run(
                words,
                cwd=tmp_path,
                env={**environment, "PWD": str(tmp_path)},
                capture_output=True,
                text=True,
                timeout=200,
                check=False,
            )
            assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"


@pytest.mark.parametrize("text", [text for language, text in BLOCKS if language == "yaml"])
def test_each_yaml_block_of_the_readme_is_what_ansible_accepts(text: str, tmp_path: Path) -> None:
    data = yaml.safe_load(text)
    assert data
    if isinstance(data, list):
        book = tmp_path / "book.yml"
        book.write_text(yaml.safe_dump([{"hosts": "localhost", "tasks": data}]), encoding="utf-8")
        command = [str(Path(sys.executable).parent / "ansible-playbook"), "--syntax-check", str(book)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
    elif "instances" in data:
        credentials = tmp_path / "credentials.yml"
        credentials.write_text(text, encoding="utf-8")
        credentials.chmod(0o600)
        assert read_credentials(str(credentials), ENVIRONMENT).instances
    elif isinstance(data, dict) and all(name.startswith("change_window_") for name in data):
        settings = {name.removeprefix("change_window_"): value for name, value in data.items()}
        assert decide({**settings, "ticket": "CHG0012345"}, datetime.now(UTC)).state != "wrong"
    elif "mid_sourcing_causes" in data:
        assert causes_of(data["mid_sourcing_causes"]) is not BUILT_IN
    elif "mid_sourcing_extra_cursors" in data:
        assert len(with_extra(data["mid_sourcing_extra_cursors"])) == len(CATALOGUE) + 1
    else:
        inventory = tmp_path / "inventory.yml"
        inventory.write_text(text, encoding="utf-8")
        done = subprocess.run(
            [str(Path(sys.executable).parent / "ansible-inventory"), "-i", str(inventory), "--graph"],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0 and "@campaign:" in done.stdout, done.stderr
