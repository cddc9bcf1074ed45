# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts ansible-rulebook as an operator would, and observes it from outside: its log, its state, the servers."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from simulator.testing import RunningSimulator
from tests.eda.recorder import PREFIX, Recorder
from tests.integration.fleets import CURSOR, PASSWORD, USER
from tests.integration.runner import inventory

ROOT = Path(__file__).resolve().parents[2]
RULEBOOKS, EXAMPLES = ROOT / "extensions/eda/rulebooks", ROOT / "examples/eda"


class Rig:
    """One working directory, in which rulebooks run one after the other.

    :param programs: the folder with ansible-rulebook.
    """

    def __init__(self, programs: Path, sim: RunningSimulator, recorder: Recorder, work: Path) -> None:
        self._programs = programs
        self._sim = sim
        self.work = work
        self._process: subprocess.Popen[bytes] | None = None
        self._count = 0
        self.variables = {
            "watch_instances_from": [str(work / "instances.yml")],
            "watch_state_file": str(work / "state" / "watch.json"),
            "watch_interval": 1,
            "watch_evidence_dir": str(work / "evidence"),
            "watch_plan_file": str(work / "plan.json"),
            "watch_notify_url": f"{recorder.url}/notify",
            "watch_organization": "Operations",
            "watch_job_template_prefix": PREFIX,
        }
        instances = [{"name": name, "url": url} for name, url in sim.instances.items()]
        self._write("instances.yml", instances)
        self.write_inventory()

    def write_inventory(self, **variables: Any) -> None:
        """The inventory of the playbooks, with these variables of the group."""
        own = {"mid_sourcing_poll_interval": 0.2, **variables}
        self._write("inventory.yml", inventory(dict(self._sim.instances), USER, PASSWORD, **own))

    def _write(self, name: str, content: Any) -> Path:
        path = self.work / name
        path.write_text(yaml.safe_dump(content), encoding="utf-8")
        return path

    # -- the process

    def start(self, rulebook: str, *arguments: str) -> None:
        """Start a rulebook of the collection, with a short time in which events are gathered."""
        text = (RULEBOOKS / f"{rulebook}.yml").read_text(encoding="utf-8")
        copy = self.work / f"{rulebook}.yml"
        copy.write_text(text.replace("once_after: 30 seconds", "once_after: 1 seconds"), encoding="utf-8")
        self.start_named(str(copy), *arguments)

    def start_named(self, rulebook: str, *arguments: str) -> None:
        """Start a rulebook by its file or name; one that needs no instance gets the inventory of the examples."""
        variables = self._write("variables.yml", self.variables)
        places = EXAMPLES / "localhost.yml" if rulebook.endswith("_notify") else self.work / "inventory.yml"
        given = ["-r", rulebook, "-i", str(places), "--vars", str(variables), *arguments]
        self.launch(
            [str(self._programs / "ansible-rulebook"), *given],
            {"CAMPAIGN_USER": USER, "CAMPAIGN_PASSWORD": PASSWORD},
        )

    def launch(self, command: Sequence[str], more: Mapping[str, str]) -> None:
        """Start a program in the working directory.

        :param more: what its environment has beside that of the tests.
        """
        self._count += 1
        environment = {
            **os.environ,
            "PATH": os.pathsep.join([str(self._programs), os.environ["PATH"]]),
            # It compiles nothing twice: the tests end before that is worth its time.
            "JAVA_TOOL_OPTIONS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xshare:auto",
            "PWD": str(self.work),
            **more,
        }
        with self._log().open("wb") as log:
            self._process = subprocess.Popen(
                command,
                cwd=self.work,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and wait for the end; the exit status."""
        self.signal(number)
        return self.wait()

    def signal(self, number: int) -> None:
        """Send a signal."""
        assert self._process is not None
        self._process.send_signal(number)

    def wait(self) -> int:
        """Wait for the end; the exit status."""
        assert self._process is not None
        status = self._process.wait(60)
        self._process = None
        return status

    def kill(self) -> None:
        """SIGKILL to it and to whatever it has started, as when a container ends."""
        assert self._process is not None
        children = _descendants(self._process.pid)
        for pid in [self._process.pid, *children]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self._process.wait(60)
        self._process = None

    def end(self) -> None:
        """See that nothing is left."""
        if self._process is not None:
            self.kill()

    # -- what happened

    def _log(self) -> Path:
        return self.work / f"log-{self._count}.txt"

    @property
    def log(self) -> str:
        """The output of the last process."""
        return self._log().read_text(encoding="utf-8", errors="replace")

    @property
    def logs(self) -> str:
        """That of all processes."""
        return "".join(one.read_text(encoding="utf-8", errors="replace") for one in self.work.glob("log-*.txt"))

    def wait_for(self, condition: Callable[[], Any], seconds: float = 90) -> Any:
        """What a condition gives once it holds; the log is shown if the process ends before, or time is over."""
        until = time.monotonic() + seconds
        while not (found := condition()):
            alive = self._process is None or self._process.poll() is None
            assert alive and time.monotonic() < until, f"it did not come:\n{self.log[-6000:]}"
            time.sleep(0.05)
        return found

    def state(self) -> dict[str, Any]:
        """The state on disk; empty before there is one."""
        path = Path(str(self.variables["watch_state_file"]))
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"known": {}, "waiting": []}

    def verdict(self, name: str) -> str:
        """The verdict that the watch has of an instance."""
        return str(self.state()["known"].get(name, {}).get("verdict", ""))

    def sweeps(self, number: int = 2) -> None:
        """Wait for so many more whole sweeps."""
        before = self._sim.mark()

        def swept() -> bool:
            calls = self._sim.ledger("mkt-b", kind="session", since=before)
            return sum(call["call"].endswith("Logoff") for call in calls) >= number

        self.wait_for(swept)

    # -- the fleet

    def get_stuck(self, name: str) -> None:
        """Let the cursor of an instance fall behind, and its workflow fail on it."""
        self._sim.set_option(name, CURSOR, "2020-03-01T10:00:00Z")
        self._sim.advance("30m")

    def written(self, name: str) -> list[str]:
        """The calls that may have changed an instance."""
        return [call["call"] for call in self._sim.ledger(name, kind="write")]


def _descendants(pid: int) -> list[int]:
    """All that a process has started, and they."""
    try:
        listed = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    except FileNotFoundError:
        return []
    return [one for child in map(int, listed) for one in (child, *_descendants(child))]
