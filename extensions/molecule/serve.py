# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts and ends the one simulator of all scenarios, with a recorder of the API of AWX beside it.

The playbooks of the scenario ``default`` call it.

``serve.py start`` returns when the servers are ready, and leaves in the file of --state where they are, as JSON:
{"url", "instances": {NAME: URL}, "controller": {"url", "token"}, "work": a directory for what the scenarios leave
behind, "pid"}. ``serve.py stop``
ends them. Both may be repeated.

A `molecule test` that is killed destroys nothing. So the simulator ends by itself when the molecule that started it has
ended, and then makes molecule forget that it was created, or the next run would not create it. One that a `molecule
converge` has started stays until `molecule destroy`, so that a person can look at it.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import psutil

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from simulator.testing import running_simulator  # noqa: E402
from tests.controller.recorder import TOKEN, Awx, serving  # noqa: E402

#: Virtual seconds that go by with each call from outside: what is waited for comes, and nothing waits in real time.
PER_CALL = 1
#: Real seconds until a simulator that is asked to end is killed.
PATIENCE = 20


def owner() -> psutil.Process | None:
    """The molecule whose end is the end of the simulator, if the one that runs this destroys what it creates."""
    for process in psutil.Process().parents():
        with contextlib.suppress(psutil.Error):
            words = process.cmdline()
            if any(Path(word).name == "molecule" for word in words[:3]):
                destroys = {"test", "check"} & set(words) and not {"never", "--destroy=never"} & set(words)
                return process if destroys else None
    return None


def start(state: Path, memory: Path) -> str:
    """Start a simulator in a process of its own. Returns why it did not start, or nothing."""
    stop(state)
    molecule = owner()
    command = [sys.executable, __file__, "serve", "--state", str(state), "--memory", str(memory)]
    if molecule is not None:
        command += ["--until", str(molecule.pid)]
    with tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, start_new_session=True, text=True
        )
        assert process.stdout is not None
        if process.stdout.readline():
            return ""
        errors.seek(0)
        return f"the simulator did not start: {errors.read().strip()}"


def stop(state: Path) -> None:
    """End the simulator that the file names, if it is still there."""
    with contextlib.suppress(FileNotFoundError, psutil.NoSuchProcess):
        process = psutil.Process(json.loads(state.read_text(encoding="utf-8"))["pid"])
        if str(state) in process.cmdline():
            process.terminate()
            try:
                process.wait(PATIENCE)
            except psutil.TimeoutExpired:
                process.kill()
    state.unlink(missing_ok=True)


def serve(state: Path, memory: Path, until: int | None) -> None:
    """Serve until SIGTERM, or until a process has ended."""
    signal.signal(signal.SIGTERM, lambda *_unused: sys.exit(0))
    molecule = None if until is None else psutil.Process(until)
    work = Path(tempfile.mkdtemp(prefix="molecule-"))
    try:
        with running_simulator(HERE / "fleet.yml") as servers, serving(Awx()) as awx:
            servers.per_call(PER_CALL)
            there = {"url": servers.url, "instances": servers.instances, "work": str(work)}
            there["controller"] = {"url": awx.url, "token": TOKEN}
            state.write_text(json.dumps({**there, "pid": psutil.Process().pid}), encoding="utf-8")
            print("ready", flush=True)
            if molecule is None:
                threading.Event().wait()
            else:
                molecule.wait()
                memory.unlink(missing_ok=True)
    finally:
        state.unlink(missing_ok=True)
        shutil.rmtree(work)


def main() -> int:
    """The command. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="serve.py", description="The simulator of the scenarios.")
    parser.add_argument("order", choices=("start", "stop", "serve"))
    parser.add_argument("--state", type=Path, required=True, help="the file that says where the servers are")
    parser.add_argument("--memory", type=Path, required=True, help="the file in which molecule notes what it created")
    parser.add_argument("--until", type=int, help="the process after whose end nothing is served")
    options = parser.parse_args()
    if options.order == "stop":
        stop(options.state)
    elif options.order == "serve":
        serve(options.state, options.memory, options.until)
    elif problem := start(options.state, options.memory):
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
