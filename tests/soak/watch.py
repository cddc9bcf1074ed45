# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The event source over the whole fleet, as one process that lives as long as the soak."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import psutil
import yaml

from tests.chaos.rig import wait_for
from tests.soak.fleet import PASSWORD, WATCHER

ROOT = Path(__file__).resolve().parents[2]
SOURCE = (
    ROOT / ".build/collections/ansible_collections/campaign/classic/extensions/eda/plugins/event_source/cursor_watch.py"
)
#: Real seconds for its first sweep, and for its end.
START_LIMIT, END_LIMIT = 300.0, 60.0
#: How many instances it reads at the same time: all their servers are one process on a machine with other work.
CONCURRENCY = "32"


class Watch:
    """Starts with the ``with`` block, and is ended by Ctrl-C with it.

    :param interval: real seconds from sweep to sweep.
    :param timeout: real seconds for an answer of a server.
    """

    def __init__(self, work: Path, urls: Mapping[str, str], interval: float, timeout: float) -> None:
        self._work = work
        self._events = work / "events.jsonl"
        self._log = work / "watch.log"
        self._state = work / "watch.json"
        self._read = 0
        self._timeout = str(timeout)
        lists = work / "instances.yml"
        lists.write_text(yaml.safe_dump([{"name": name, "url": url} for name, url in urls.items()]), encoding="utf-8")
        self._arguments = {
            "instances_from": [str(lists)],
            "state_file": str(self._state),
            "interval": interval,
            "concurrency": CONCURRENCY,
            "instance_timeout": 2 * timeout,
            "remind_after": 6 * interval,
        }
        self.count = 0

    def __enter__(self) -> Watch:
        environment = {
            **os.environ,
            "CAMPAIGN_USER": WATCHER,
            "CAMPAIGN_PASSWORD": PASSWORD,
            "CAMPAIGN_TIMEOUT": self._timeout,
        }
        with self._events.open("wb") as events, self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, str(SOURCE), json.dumps(self._arguments)],
                cwd=self._work,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=events,
                stderr=log,
            )
        self.process = psutil.Process(self._process.pid)
        try:
            wait_for(self._has_swept, START_LIMIT, "first sweep of the event source")
        except BaseException:  # such as Ctrl-C, before the block has begun
            self.end()
            raise
        return self

    def _has_swept(self) -> bool:
        """Whether its first sweep is over: what it needs to live is in its memory then."""
        if self.ended:
            raise RuntimeError(f"The event source did not start: {self.complaints()[-3:]}")
        return self._state.exists()

    def __exit__(self, *_error: object) -> None:
        self.end()

    def end(self) -> int:
        """Ctrl-C, once; the exit status. One that does not end is killed, and has none of its own then."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(END_LIMIT)
            except subprocess.TimeoutExpired:
                self._process.kill()
        return self._process.wait()

    @property
    def ended(self) -> bool:
        """Whether it is over, which nobody has asked for."""
        return self._process.poll() is not None

    def events(self) -> Iterator[dict[str, Any]]:
        """What it has told since the last time."""
        with self._events.open("rb") as file:
            file.seek(self._read)
            lines = file.read()
        whole = lines[: lines.rfind(b"\n") + 1]
        self._read += len(whole)
        for line in whole.splitlines():
            self.count += 1
            yield json.loads(line)["campaign"]

    def complaints(self) -> list[str]:
        """What it has written beside its events."""
        return self._log.read_text(encoding="utf-8", errors="replace").splitlines()
