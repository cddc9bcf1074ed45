# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two processes of a chaos run, which can be killed: the simulator, and ansible-playbook."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil
import yaml

from simulator.testing import Remote
from tests.chaos.runs import Run
from tests.integration.fleets import PASSWORD, USER
from tests.integration.runner import inventory

ROOT = Path(__file__).resolve().parents[2]

#: Real seconds: for a server to start, for a playbook to end, for orphans to end.
START_LIMIT, RUN_LIMIT, ORPHAN_LIMIT = 60.0, 150.0, 90.0

#: Real seconds for a worker that was told to end: ten, and a reserve for a busy machine.
TOLD_LIMIT = 20.0

#: Virtual seconds that pass while each stuck instance of a fleet is called once, so that waiting makes time pass. More
#: would take the servers' clocks so far from the controller's in a trial that evidence counts no more.
PER_ROUND = 4.0

#: Hosts side by side: all of the fleet.
FORKS = 28


class Hung(AssertionError):
    """Something did not end in time."""


def wait_for(condition: Callable[[], bool], limit: float, what: str) -> None:
    """Look until the condition holds. Raises Hung."""
    deadline = time.monotonic() + limit
    while not condition():
        if time.monotonic() > deadline:
            raise Hung(f"after {limit:g} s there is still no {what}")
        time.sleep(0.01)


def _private_data(folder: Path, variables: Mapping[str, Any]) -> Path:
    """The folder with the input of a job of ansible-runner, which looks often whether it is cancelled."""
    settings = {"pexpect_timeout": 0.05, "suppress_ansible_output": False}
    (folder / "env").mkdir(parents=True)
    (folder / "project").mkdir()
    for name, content in {"extravars": variables, "settings": settings}.items():
        (folder / "env" / name).write_text(json.dumps(dict(content)), encoding="utf-8")
    return folder


class Server:
    """A simulator in a process of its own, whose data survive its death."""

    def __init__(self, work: Path, fleet: Mapping[str, Any], stuck: int) -> None:
        self._work = work
        self._per_call = PER_ROUND / stuck
        (work / "fleet.yml").write_text(yaml.safe_dump(dict(fleet)), encoding="utf-8")
        self._process: subprocess.Popen[str] | None = None
        self.instances: dict[str, str] = {}
        self.remote = Remote("")
        self.port = 0

    def start(self) -> None:
        """Start, on the previous port if there was one, and wait until it is ready."""
        command = [sys.executable, "-m", "simulator", "--fleet", str(self._work / "fleet.yml"), "--state",
                   str(self._work / "state"), "--listen", f"127.0.0.1:{self.port}"]  # fmt: skip
        with (self._work / "simulator.log").open("ab") as log:
            self._process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=log, text=True)
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise Hung(f"the simulator did not start: {(self._work / 'simulator.log').read_text()[-2000:]}")
        ready = json.loads(line)
        self.instances = ready["instances"]
        self.remote = Remote(ready["url"])
        self.port = int(ready["url"].rsplit(":", 1)[1])
        self.remote.per_call(self._per_call)

    def kill(self) -> bool:
        """kill -9. Returns whether it has died of that."""
        return self._end(signal.SIGKILL) == -signal.SIGKILL

    def stop(self) -> None:
        """End it as a user would."""
        self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> int | None:
        """Returns its exit status; None when it was not there."""
        process, self._process = self._process, None
        if process is None:
            return None
        process.send_signal(number)
        status = process.wait(START_LIMIT)
        if process.stdout is not None:
            process.stdout.close()
        return status


class Playbook:
    """One ansible-playbook campaign.classic.reconcile that has been started."""

    def __init__(
        self,
        work: Path,
        name: str,
        instances: Mapping[str, str],
        variables: Mapping[str, Any],
        *,
        own_group: bool = False,
        by_runner: bool = False,
        programs: Path = Path(sys.executable).parent,
    ) -> None:
        """``name`` is that of its log and report; ``variables`` go in as extra variables.

        :param own_group: it leads a process group, as a job of a shell does.
        :param by_runner: ansible-runner starts it, as in a controller.
        :param programs: the folder of the ansible-playbook to run.
        """
        self.report_file = work / f"{name}.json"
        self.log = work / f"{name}.log"
        #: The hosts that it was narrowed to; empty for all.
        self.only = [name for name in str(variables.get("mid_sourcing_hosts", "")).split(":") if name]
        self._jobs = work / f"{name}.runner" / "artifacts"
        inventory_file = work / "inventory.yml"
        inventory_file.write_text(yaml.safe_dump(inventory(instances, USER, PASSWORD)), encoding="utf-8")
        given = {"mid_sourcing_report_file": str(self.report_file), **variables}
        command = [str(programs / "ansible-playbook"), "-i", str(inventory_file), "--forks", str(FORKS),
                   "campaign.classic.reconcile", "-e", json.dumps(given)]  # fmt: skip
        if by_runner:
            command = [str(programs / "ansible-runner"), "run", str(_private_data(work / f"{name}.runner", given)),
                       "--playbook", "campaign.classic.reconcile", "--inventory", str(inventory_file),
                       "--forks", str(FORKS)]  # fmt: skip
        environment = {**os.environ, "ANSIBLE_NOCOLOR": "1", "ANSIBLE_HOME": str(work / "ansible"), "PWD": str(work),
                       "PATH": f"{programs}:{os.environ['PATH']}",
                       "CAMPAIGN_TIMEOUT": "3"}  # fmt: skip
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(
                command,
                env=environment,
                cwd=work,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                process_group=0 if own_group else None,
            )

    @property
    def ended(self) -> bool:
        """Whether ansible-playbook itself is over."""
        return self._process.poll() is not None

    def finish(self) -> Run:
        """Wait for its end, and return what it left. Raises Hung."""
        try:
            status = self._process.wait(RUN_LIMIT)
        except subprocess.TimeoutExpired:
            self.kill_job()
            raise Hung(f"ansible-playbook did not end in {RUN_LIMIT:g} s; see {self.log}") from None
        report = json.loads(self.report_file.read_text(encoding="utf-8")) if self.report_file.exists() else {}
        return Run(
            self.log.stem,
            status,
            output=self.log.read_text(encoding="utf-8", errors="replace"),
            report={row["host"]: row for row in report.get("hosts", ())},
            outcome=report.get("outcome", {}),
            job="".join(path.read_text(encoding="utf-8") for path in self._jobs.glob("*/status")),
        )

    # -- killing ------------------------------------------------------------------------------------------------

    def kill_playbook(self) -> list[psutil.Process]:
        """kill -9 of ansible-playbook alone. Returns its workers, which continue."""
        workers = self._workers()
        self._process.kill()
        self._process.wait(START_LIMIT)
        return workers

    def kill_worker(self, port: int) -> None:
        """kill -9 of the worker that talks to the server at this port."""
        talking = [worker for worker in self._workers() if _talks_to(worker, port)]
        if not talking:
            raise AssertionError("no worker talks to the server")
        _kill(talking)

    def kill_job(self) -> None:
        """kill -9 of ansible-playbook and all that it started."""
        if not self.ended:
            _kill([*self._workers(), psutil.Process(self._process.pid)])
        self._process.wait(START_LIMIT)

    # -- telling it to end --------------------------------------------------------------------------------------

    def tell(self, whom: str, numbers: Sequence[signal.Signals], port: int) -> list[psutil.Process]:
        """Send signals to ``playbook``, its ``group``, or the ``worker`` that talks to the server at this port: each
        one when those before it have been taken.

        :returns: the workers that there were.
        """
        workers = self._workers()
        told = [psutil.Process(self._process.pid)]
        if whom == "worker":
            told = [worker for worker in workers if _talks_to(worker, port)]
        for number in numbers:
            wait_for(lambda: not any(_has_pending(one) for one in told), TOLD_LIMIT, "signal that was taken")
            if whom == "group":
                with contextlib.suppress(ProcessLookupError):  # it took the first one, and is gone
                    os.killpg(self._process.pid, number)
            for one in told if whom != "group" else ():
                with contextlib.suppress(psutil.NoSuchProcess):
                    one.send_signal(number)
        return workers

    def cancel(self) -> list[psutil.Process]:
        """Cancel the job of ansible-runner that this is. Returns the workers, which continue."""
        workers = self._workers()
        self._process.send_signal(signal.SIGTERM)
        self._process.wait(START_LIMIT)
        return workers

    def _workers(self) -> list[psutil.Process]:
        try:
            return psutil.Process(self._process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []


def _kill(processes: list[psutil.Process]) -> None:
    """kill -9 of all; one of them may have ended in this moment."""
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()


def _talks_to(process: psutil.Process, port: int) -> bool:
    try:
        return any(one.raddr and one.raddr.port == port for one in process.net_connections("tcp"))
    except psutil.NoSuchProcess:
        return False


def _has_pending(process: psutil.Process) -> bool:
    """Whether a signal waits to be taken by it (Linux)."""
    with contextlib.suppress(OSError):
        lines = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii", errors="replace").splitlines()
        return any(int(line.split()[1], 16) for line in lines if line.startswith(("SigPnd:", "ShdPnd:")))
    return False


def _waits_for_a_reader(process: psutil.Process) -> bool:
    """Whether it is blocked because a pipe is full (Linux)."""
    with contextlib.suppress(OSError):
        return "pipe_write" in Path(f"/proc/{process.pid}/wchan").read_text(encoding="ascii")
    return False


def gone(workers: list[psutil.Process]) -> None:
    """Wait until these have ended. Raises Hung."""

    def alive(worker: psutil.Process) -> bool:
        with contextlib.suppress(psutil.NoSuchProcess):
            return worker.is_running() and worker.status() != psutil.STATUS_ZOMBIE
        return False

    wait_for(lambda: not any(alive(worker) for worker in workers), TOLD_LIMIT, "end of the workers that were told to")


def outlive(workers: list[psutil.Process], port: int) -> None:
    """Wait until none of these talks to the server at this port any more: its work is done, or it is gone. Raises Hung.

    A worker whose ansible-playbook was killed may wait without end to pass on its result, with its connection still
    open: nobody reads that pipe any more. Then this ends it.
    """

    def at_work(worker: psutil.Process) -> bool:
        return _talks_to(worker, port) and not _waits_for_a_reader(worker)

    wait_for(lambda: not any(at_work(worker) for worker in workers), ORPHAN_LIMIT, "end of what orphans do")
    _kill(workers)
