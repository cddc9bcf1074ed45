# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A slice as a controller runs it with ansible-runner: sent to a node, worked on there, its output brought back."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ansible_runner
import psutil

BIN = Path(sys.executable).parent
#: No slice takes longer, in seconds.
LONGEST = 600
#: Seconds between two looks at a node.
PAUSE = 0.05


@dataclass(frozen=True)
class Worked:
    """How a slice went on its node. ``memory``: of all its processes together at their peak, in megabytes."""

    number: int
    status: str
    wall: float
    cpu: float
    memory: float
    output: Path


def slice_of(names: Sequence[str], number: int, count: int) -> list[str]:
    """The hosts of a slice as AWX deals them out: by name, every ``count``-th one."""
    return sorted(names)[number - 1 :: count]


class Nodes:
    """The slices of one sweep.

    :param work: a directory; each slice has one below it.
    :param collections: where Ansible finds this collection.
    :param run: what its slices call it.
    :param count: how many slices there are.
    """

    def __init__(self, work: Path, collections: str, run: str, count: int) -> None:
        self.work = work
        self._collections = collections
        self._variables = {
            "mid_sourcing_slice_output": True,
            "mid_sourcing_slice_run": run,
            "mid_sourcing_slice_count": count,
        }

    @property
    def outputs(self) -> str:
        """A pattern of the outputs of all slices."""
        return str(self.work / "slice-*" / "artifacts" / "*" / "stdout")

    def run(
        self,
        number: int,
        hosts: Mapping[str, Any],
        kill_when: Callable[[], bool] | None = None,
        *,
        measures: bool = False,
    ) -> Worked:
        """Run detect on the hosts of a slice.

        :param hosts: its inventory.
        :param kill_when: asked again and again; once it is true, the node dies.
        :param measures: whether its memory is looked at, which takes time.
        """
        folder = self._written(number, hosts)
        ident = f"slice-{number}"
        there, back = folder / "transmitted", folder / "returned"
        with there.open("wb") as target:
            ansible_runner.run(
                streamer="transmit",
                _output=target,
                private_data_dir=str(folder),
                playbook="campaign.classic.detect",
                ident=ident,
            )
        with there.open("rb") as source, back.open("wb") as target:
            (folder / "node").mkdir(mode=0o700)
            process = subprocess.Popen(
                [str(BIN / "ansible-runner"), "worker", "--private-data-dir", str(folder / "node")],
                stdin=source,
                stdout=target,
                stderr=subprocess.DEVNULL,
                env=environment(),
                start_new_session=True,
            )
            wall, cpu, memory = watched(process, kill_when, measures)
        # What came back of a node that died ends in the middle of a line.
        with back.open("rb") as source, contextlib.redirect_stderr(io.StringIO()):
            done = ansible_runner.run(
                streamer="process", _input=source, private_data_dir=str(folder), ident=ident, quiet=True
            )
        status = str(done.status) if process.returncode == 0 else "killed"
        return Worked(number, status, wall, cpu, memory, folder / "artifacts" / ident / "stdout")

    def _written(self, number: int, hosts: Mapping[str, Any]) -> Path:
        folder = self.work / f"slice-{number}"
        shutil.rmtree(folder, ignore_errors=True)
        for name, content in {
            "inventory/hosts.json": hosts,
            "env/extravars": {**self._variables, "mid_sourcing_slice_number": number},
            "env/envvars": {"ANSIBLE_COLLECTIONS_PATH": self._collections, "ANSIBLE_HOME": str(folder / "home")},
            "env/settings": {"job_timeout": LONGEST},
        }.items():
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            file.write_text(json.dumps(content), encoding="utf-8")
        return folder


def environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CAMPAIGN_", "ANSIBLE_"))}
    return {**kept, "PATH": f"{BIN}:{os.environ['PATH']}"}


def watched(
    process: subprocess.Popen[bytes], kill_when: Callable[[], bool] | None, measures: bool
) -> tuple[float, float, float]:
    """Wait for a node: seconds, seconds of processor time, and the most memory that its processes had together."""
    started, peak = time.monotonic(), 0.0
    while True:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            process.returncode = os.waitstatus_to_exitcode(status)
            return time.monotonic() - started, usage.ru_utime + usage.ru_stime, peak
        if (kill_when is not None and kill_when()) or time.monotonic() - started > LONGEST:
            _kill_all(process.pid)
        if measures:
            peak = max(peak, _megabytes(process.pid))
        time.sleep(PAUSE)


def _family(pid: int) -> list[psutil.Process]:
    with contextlib.suppress(psutil.Error):
        first = psutil.Process(pid)
        return [first, *first.children(recursive=True)]
    return []


def _kill_all(pid: int) -> None:
    """A node that dies takes all of its processes with it, also those in sessions of their own."""
    for one in _family(pid):
        with contextlib.suppress(psutil.Error):
            one.send_signal(signal.SIGKILL)


def _megabytes(pid: int) -> float:
    """What all processes of a node have, with what they share counted once."""
    total = 0
    for one in _family(pid):
        with contextlib.suppress(psutil.Error):
            total += one.memory_full_info().pss
    return total / 1024 / 1024
