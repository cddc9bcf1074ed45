# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scheduled cures: ``campaign.classic.reconcile`` over the fleet, on its clock, one run at a time."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from tests.soak.shifted import keep_time

ROOT = Path(__file__).resolve().parents[2]
#: Real seconds: a run that takes longer hangs.
RUN_LIMIT = 600.0
#: Time of the fleet between the end of a run and the beginning of the next.
PAUSE = timedelta(minutes=40)


class Cures:
    """Runs of the playbook, each with a log and a report of its own.

    :param timeout: real seconds for an answer of a server.
    """

    def __init__(self, work: Path, inventory: Mapping[str, Any], timeout: float) -> None:
        self._work = work
        self._clock = work / "clock"
        self._timeout = str(timeout)
        self._inventory = work / "inventory.yml"
        self._inventory.write_text(yaml.safe_dump(dict(inventory)), encoding="utf-8")
        self._process: subprocess.Popen[bytes] | None = None
        self._ended_at: datetime | None = None
        self.count = 0
        self.began = 0.0

    @property
    def running(self) -> bool:
        """Whether a run has begun whose end was not seen."""
        return self._process is not None

    def may_begin(self, now: datetime) -> bool:
        """Whether the last one has ended some time ago."""
        return not self.running and (self._ended_at is None or now - self._ended_at >= PAUSE)

    def keep_time(self, now: datetime) -> None:
        """Tell the playbooks the time of the fleet."""
        keep_time(self._clock, now)

    def start(self, real: float) -> None:
        """Begin a run."""
        self.count += 1
        self.began = real
        variables = {
            "mid_sourcing_apply": True,
            "mid_sourcing_run_id": f"soak-{self.count}",
            "mid_sourcing_evidence_dir": str(self._work / "evidence"),
            "mid_sourcing_report_file": str(self._file("json")),
            "mid_sourcing_poll_interval": 0.5,
            "mid_sourcing_max_hosts": 100,
            "mid_sourcing_serial": [1, 10],
        }
        given = ["-i", str(self._inventory), "--forks", "10", "campaign.classic.reconcile", "-e", json.dumps(variables)]
        environment = {
            **os.environ,
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_HOME": str(self._work / "ansible"),
            "CAMPAIGN_TIMEOUT": self._timeout,
            "PWD": str(self._work),
            "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
        }
        with self._file("log").open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.soak.shifted", str(self._clock), *given],
                cwd=self._work,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def ended(self, now: datetime, real: float) -> bool:
        """Whether the run has ended just now. One that hangs is ended.

        :raises TimeoutError: it hung.
        """
        if self._process is None:
            return False
        if self._process.poll() is None:
            if real - self.began < RUN_LIMIT:
                return False
            self.end()
            raise TimeoutError(f"run {self.count} did not end in {RUN_LIMIT:g} s")
        self._process, self._ended_at = None, now
        return True

    def end(self) -> None:
        """See that nothing is left."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def outcomes(self) -> dict[str, dict[str, Any]]:
        """The rows of the last report by host; empty when there is none."""
        path = self._file("json")
        rows = json.loads(path.read_text(encoding="utf-8"))["hosts"] if path.exists() else []
        return {row["host"]: row for row in rows}

    def said(self) -> str:
        """The output of the last run."""
        return self._file("log").read_text(encoding="utf-8", errors="replace")

    def _file(self, kind: str) -> Path:
        return self._work / f"run-{self.count}.{kind}"
