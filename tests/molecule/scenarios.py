# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs molecule as a person does, in a folder of the test's own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import yaml

ROOT = Path(__file__).resolve().parents[2]
SCENARIOS = ROOT / "extensions" / "molecule"
PROGRAMS = Path(sys.executable).parent
#: Seconds that no run of all scenarios takes, also on a busy machine.
LIMIT = 1200


def settings(name: str) -> dict[str, Any]:
    """What a scenario adds to config.yml."""
    found: dict[str, Any] = yaml.safe_load((SCENARIOS / name / "molecule.yml").read_text(encoding="utf-8"))
    return found


def sequences() -> dict[str, list[str]]:
    """The steps of each scenario, without the one that only serves the others."""
    common = yaml.safe_load((SCENARIOS / "config.yml").read_text(encoding="utf-8"))["scenario"]["test_sequence"]
    names = sorted(path.parent.name for path in SCENARIOS.glob("*/molecule.yml"))
    return {
        name: settings(name).get("scenario", {}).get("test_sequence", common) for name in names if name != "default"
    }


@dataclass
class Run:
    """One run of molecule that has ended."""

    status: int
    output: str

    @property
    def steps(self) -> dict[str, list[tuple[str, str]]]:
        """The steps of each scenario as molecule's last lines show them: (step, how it ended)."""
        found: dict[str, list[tuple[str, str]]] = {}
        lines = self.output.partition("DETAILS")[2]
        for name, step, how in re.findall(r"^(\S+) (?:➜|>) (\S+): (.*)$", lines, re.MULTILINE):
            found.setdefault(name, []).append((step, how))
        return found

    @property
    def failed(self) -> set[str]:
        """The scenarios that failed. Of a second converge that changed something, the last lines say `Successful`."""
        names = re.findall(r"Scenarios failed: (.*)", self.output)
        return {name for line in names for name in line.replace(",", " ").split()}

    def said(self, name: str) -> str:
        """What was printed about a scenario that failed."""
        start = self.output.find(f"Failed: {name}")
        return self.output[start if start >= 0 else -4000 :]


class Molecule:
    """molecule with a memory, a home and a simulator of its own."""

    def __init__(self, work: Path) -> None:
        self.memory = work / "memory"
        self.environment = {
            **os.environ,
            "MOLECULE_EPHEMERAL_DIRECTORY": str(self.memory),
            "HOME": str(work),
            "ANSIBLE_HOME": str(work / "ansible"),
            "NO_COLOR": "1",
            "COLUMNS": "200",
            "PATH": os.pathsep.join([str(PROGRAMS), os.environ.get("PATH", os.defpath)]),
        }
        self.memory.mkdir(parents=True)

    @property
    def state(self) -> Path:
        """The file that says where the servers are, while they are there."""
        return self.memory / "simulator.json"

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start molecule in the process group of the tests: who ends that ends molecule, and so the simulator."""
        return subprocess.Popen(
            [str(PROGRAMS / "molecule"), *arguments],
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *arguments: str) -> Run:
        """Run molecule to its end."""
        process = self.start(*arguments)
        try:
            output, _nothing = process.communicate(timeout=LIMIT)
        finally:
            self.end()
        return Run(process.returncode, output)

    def playbook(self, scenario: str, name: str, *arguments: str, collections: str = "") -> Run:
        """Run a playbook of a scenario without molecule, on the servers that :attr:`state` names.

        :param collections: where the collection is, if it is not this one.
        """
        environment = {"MOLECULE_SCENARIO_NAME": scenario, "ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml"}
        if collections:
            environment["ANSIBLE_COLLECTIONS_PATH"] = collections
        done = subprocess.run(
            [str(PROGRAMS / "ansible-playbook"), f"--inventory={SCENARIOS / 'inventory.yml'}", name, *arguments],
            cwd=SCENARIOS / scenario,
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        return Run(done.returncode, done.stdout + done.stderr)

    def processes(self) -> list[psutil.Process]:
        """What has been started here and has not ended."""
        return [
            process
            for process in psutil.process_iter()
            if _environment(process).get("MOLECULE_EPHEMERAL_DIRECTORY") == str(self.memory)
        ]

    def end(self) -> None:
        """Kill what is left."""
        for process in self.processes():
            process.send_signal(signal.SIGKILL)


def _environment(process: psutil.Process) -> Mapping[str, str]:
    try:
        return process.environ() if process.status() != psutil.STATUS_ZOMBIE else {}
    except psutil.Error:
        return {}


def wait_until_gone(processes: Sequence[psutil.Process], seconds: float) -> list[psutil.Process]:
    """Those that are still there after so long."""
    _gone, alive = psutil.wait_procs(processes, timeout=seconds)
    return list(alive)
