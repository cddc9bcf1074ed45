# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: may change at any time.
"""The simulator as a process of its own, for the time of a rehearsal. It is a Python package beside ``plugins/``, which
is imported by nothing here: it serves the copy of a fleet on loopback, as any server would.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
import typing as t
from collections.abc import Iterator, Mapping
from pathlib import Path

from ...module_utils._core.errors import ConfigurationError
from .control import SimulatorError
from .rehearsing import Started

#: The root of the collection.
ROOT = Path(__file__).resolve().parents[3]
#: The oldest Python that the simulator runs on.
OLDEST = (3, 11)
#: Seconds until a fleet is ready, for any number of instances, and until a process has ended.
START_LIMIT, END_LIMIT = 300.0, 10.0
#: What a program needs of the environment. Nothing of Campaign and nothing of a proxy.
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "VIRTUAL_ENV", "PYTHONHOME", "SYSTEMROOT")


def require_simulator(root: Path = ROOT) -> None:
    """Check that there is a simulator that can run here.

    :raises ConfigurationError: there is none, or it lacks something; the message says what to do.
    """
    if not (root / "simulator/__main__.py").exists():
        raise ConfigurationError(
            f"A rehearsal needs the simulator, and this copy of the collection has none: there is no {root}/simulator.",
            next_step="Install the collection from its archive or its repository, where the folder simulator is.",
        )
    if sys.version_info < OLDEST:
        raise ConfigurationError(
            f"The simulator needs Python {OLDEST[0]}.{OLDEST[1]} or newer, and Ansible runs on "
            f"{sys.version_info[0]}.{sys.version_info[1]}.",
            next_step="Run the rehearsal where Ansible has a newer Python.",
        )


def plain_environment(**more: str) -> dict[str, str]:
    """The environment of a process of a rehearsal."""
    return {**{name: os.environ[name] for name in _KEPT if name in os.environ}, **more}


@contextlib.contextmanager
def started(fleet: Mapping[str, t.Any], root: Path = ROOT) -> Iterator[Started]:
    """A simulator of this fleet, which ends with the block.

    :raises ConfigurationError: there is none here, or it lacks a library.
    :raises SimulatorError: it ended, or was not ready in time.
    """
    require_simulator(root)
    with tempfile.TemporaryDirectory(prefix="campaign-rehearsal-") as folder:
        file = Path(folder) / "fleet.json"
        file.write_text(json.dumps(fleet), encoding="utf-8")
        log = Path(folder) / "log"
        with log.open("wb") as errors:
            process = subprocess.Popen(
                [sys.executable, "-m", "simulator", "--fleet", str(file), "--listen", "127.0.0.1:0"],
                cwd=folder,
                env=plain_environment(PYTHONPATH=str(root), PYTHONDONTWRITEBYTECODE="1"),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
            )
        try:
            ready = _ready(process, log)
            yield Started(ready["url"], ready["instances"])
        finally:
            end(process)


def _ready(process: subprocess.Popen[bytes], log: Path) -> dict[str, t.Any]:
    """The line in which the simulator says that it is ready."""
    stream = t.cast("t.IO[bytes]", process.stdout)
    until = time.monotonic() + START_LIMIT
    line = b""
    while not line.endswith(b"\n"):
        readable, _writable, _wrong = select.select([stream], [], [], max(0.0, until - time.monotonic()))
        part = os.read(stream.fileno(), 65536) if readable else b""
        if not part:
            raise _not_ready(process, log)
        line += part
    found: dict[str, t.Any] = json.loads(line)
    return found


def _not_ready(process: subprocess.Popen[bytes], log: Path) -> ConfigurationError | SimulatorError:
    end(process)
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines() or [""]
    if "ModuleNotFoundError" in lines[-1]:
        return ConfigurationError(
            f"The simulator cannot start: {lines[-1]}.",
            next_step="Install what it needs for the Python that runs Ansible: pip install aiohttp lark lxml PyYAML.",
        )
    return SimulatorError(f"The simulator did not start within {START_LIMIT:.0f} s: {lines[-1][:500]}")


def end(process: subprocess.Popen[bytes]) -> None:
    """End a process that was started here."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        try:
            process.wait(END_LIMIT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    if process.stdout is not None:
        process.stdout.close()
