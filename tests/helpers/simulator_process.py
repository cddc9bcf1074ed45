# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulator as a process of its own, observed from outside: its cost, and its error output."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from simulator.testing import Remote

ROOT = Path(__file__).resolve().parents[2]
LINUX = Path("/proc/self/status").exists()
"""Elsewhere a process cannot be looked at in this way."""


class SimulatorProcess:
    """Starts with the `with` block, and always ends with it."""

    def __init__(self, fleet: Mapping[str, Any], *, time_scale: float) -> None:
        self._fleet = fleet
        self._time_scale = time_scale
        self.url = ""
        self.instances: dict[str, str] = {}
        self.ready_seconds = 0.0
        """Real seconds from the start of the process until it was ready."""

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory()
        fleet_file = Path(self._folder.name, "fleet.yml")
        fleet_file.write_text(json.dumps(self._fleet), encoding="utf-8")  # JSON is YAML
        self._errors = Path(self._folder.name, "errors.log")
        command = [sys.executable, "-m", "simulator", "--fleet", str(fleet_file), "--time-scale", str(self._time_scale)]
        begun = time.perf_counter()
        with self._errors.open("wb") as errors:
            self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, cwd=ROOT)
        try:
            line = self._process.stdout.readline() if self._process.stdout else b""
        except BaseException:  # such as Ctrl-C, before the block has begun
            self._end()
            raise
        self.ready_seconds = time.perf_counter() - begun
        if not line:
            text = self._errors.read_text(encoding="utf-8", errors="replace")
            self._end()
            raise RuntimeError(f"the simulator did not start: {text[-3000:]}")
        answer = json.loads(line)
        self.url, self.instances = answer["url"], answer["instances"]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def _end(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()
        self._folder.cleanup()

    @property
    def control(self) -> Remote:
        """Its control endpoints."""
        return Remote(self.url)

    def memory(self, *, highest: bool = False) -> float:
        """Resident memory in MiB, now or at its highest. Raises an error when the process is gone."""
        text = Path(f"/proc/{self._process.pid}/status").read_text(encoding="ascii")
        found = re.search(rf"^{'VmHWM' if highest else 'VmRSS'}:\s+(\d+) kB", text, re.MULTILINE)
        if found is None:
            raise RuntimeError("the simulator has ended")
        return int(found[1]) / 1024

    def files(self) -> int:
        """How many files and connections it has open."""
        return sum(1 for _file in Path(f"/proc/{self._process.pid}/fd").iterdir())

    def wait_for_files(self, most: int, limit: float = 30.0) -> int:
        """The open files, once they are at most `most` or the time is over: closing takes a moment."""
        end = time.monotonic() + limit
        while (now := self.files()) > most and time.monotonic() < end:
            time.sleep(0.05)
        return now

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    def complaints(self) -> str:
        """The end of its log, if it contains a traceback or an error."""
        text = self._errors.read_text(encoding="utf-8", errors="replace")
        return text[-3000:] if re.search(r"Traceback|ERROR|CRITICAL", text) else ""
