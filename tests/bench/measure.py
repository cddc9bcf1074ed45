# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs contestants against the server of the bench, in turn, and takes medians."""

from __future__ import annotations

import contextlib
import json
import os
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from .contestants import CONTESTANTS, HERE, Stage
from .cures import cured, stuck_instances, waited

#: No single run takes longer, in seconds.
LONGEST_RUN = 900


class BenchError(Exception):
    """A contestant did not do its job, so its time means nothing."""


@dataclass(frozen=True)
class Run:
    """One run: seconds, seconds of processor time, the main process's peak in megabytes, what the server counted; bytes
    of output; and the seconds in which it waited for nothing but a server's engine."""

    wall: float
    cpu: float
    memory: float
    calls: int
    logons: int
    output: int = 0
    waiting: float = 0.0


@dataclass(frozen=True)
class Figure:
    """The medians of a contestant's runs. ``scaled_from`` is the measured size, if it is another."""

    contestant: str
    size: int
    latency: float
    runs: int
    wall: float
    cpu: float
    memory: float
    calls: float
    logons: float
    scaled_from: int | None = None
    output: float = 0.0
    waiting: float = 0.0

    @property
    def busy(self) -> float:
        """The seconds without those of waiting."""
        return self.wall - self.waiting

    def as_dict(self) -> dict[str, object]:
        """Its form in the JSON file."""
        return asdict(self)


class Server:
    """The control side of server.py."""

    def __init__(self, url: str) -> None:
        self.url = url

    def ask(self, path: str) -> dict[str, int]:
        """One question."""
        with urllib.request.urlopen(f"{self.url}/_bench/{path}", timeout=30) as answer:
            found: dict[str, int] = json.load(answer)
        return found


@contextmanager
def serving(recording: Path) -> Iterator[Server]:
    """The server in a process of its own."""
    process = subprocess.Popen(
        [sys.executable, str(HERE / "server.py"), str(recording)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        if not url:
            raise BenchError("the server did not start")
        yield Server(url)
    finally:
        process.terminate()
        process.wait(timeout=20)


def run(stage: Stage, server: Server, key: str, size: int) -> Run:
    """One run of one contestant.

    :raises BenchError: it failed, made the wrong number of calls for the job, or left a session open.
    """
    if CONTESTANTS[key].simulated:
        with stuck_instances() as urls:
            found = _run(stage, server, key, size, stage.command(key, size, urls))
        if len(cured(stage.evidence)) != len(urls):
            raise BenchError(f"({key}) at {size} has cured {cured(stage.evidence)}")
        return replace(found, waiting=waited(stage.evidence))
    return _run(stage, server, key, size, stage.command(key, size))


def _run(stage: Stage, server: Server, key: str, size: int, command: Sequence[str]) -> Run:
    server.ask("reset")
    log = stage.work / f"{key}-{size}.log"
    with log.open("wb") as output:
        started = time.monotonic()
        process = subprocess.Popen(
            command, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, env=stage.environment(key)
        )
        status, usage, peak = watched(process, started + LONGEST_RUN, CONTESTANTS[key].shares)
        wall = time.monotonic() - started
    counts = server.ask("counts")
    recorded = size - CONTESTANTS[key].simulated
    calls = CONTESTANTS[key].calls * recorded
    expected = {"calls": calls, "logons": recorded if calls else 0, "open": 0, "refused": 0}
    found = {name: counts[name] for name in expected}
    if status != 0 or found != expected:
        raise BenchError(f"({key}) at {size} ended with {status} and {found} instead of {expected}; see {log}")
    said = log.stat().st_size
    return Run(wall, usage.ru_utime + usage.ru_stime, peak, counts["calls"], counts["logons"], said)


def watched(process: subprocess.Popen[bytes], until: float, shares: bool) -> tuple[int, os.struct_rusage, float]:
    """Wait for a process: its status, its usage with that of all processes that it waited for, its peak in megabytes.

    The peak is read from /proc while it runs: wait4 never reports less than this process's own size. A contestant that
    ``shares`` its work counts with its children: their common memory counts more than once.
    """
    peak = 0.0
    while True:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            process.returncode = os.waitstatus_to_exitcode(status)
            return process.returncode, usage, peak
        if time.monotonic() > until:
            process.kill()
        family = [process.pid, *(_children(process.pid) if shares else ())]
        peak = max(peak, sum(_megabytes(one) for one in family))
        time.sleep(0.02)


def _children(pid: int) -> list[int]:
    file = Path(f"/proc/{pid}/task/{pid}/children")
    with contextlib.suppress(OSError):
        return [int(child) for child in file.read_text(encoding="ascii").split()]
    return []


def _megabytes(pid: int) -> float:
    """The peak of a process so far; 0 when it is gone."""
    with contextlib.suppress(OSError):
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace").splitlines()
        return sum(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:"))
    return 0.0


def round_of(
    stage: Stage, server: Server, keys: Sequence[str], size: int, latency: float, runs: Mapping[str, int]
) -> list[Figure]:
    """All contestants at one size, in turn rather than one after the other, so that a slow minute affects all alike.

    :param runs: how often each runs; a contestant with zero takes no part.
    """
    server.ask(f"latency/{latency}")
    seen: dict[str, list[Run]] = {key: [] for key in keys}
    for turn in range(max(runs.values())):
        for key in keys:
            if turn < runs[key]:
                seen[key].append(run(stage, server, key, size))
                print(f"  {key} {size:5} {latency:4}  {seen[key][-1].wall:8.2f} s", flush=True)
    server.ask("latency/0")
    return [median(key, size, latency, found) for key, found in seen.items() if found]


def median(key: str, size: int, latency: float, runs: Sequence[Run]) -> Figure:
    """The medians of some runs, each figure separately."""

    def middle(name: str) -> float:
        return round(statistics.median(getattr(one, name) for one in runs), 3)

    names = ("wall", "cpu", "memory", "calls", "logons", "output", "waiting")
    return Figure(key, size, latency, len(runs), **{name: middle(name) for name in names})


def scaled(figure: Figure, size: int) -> Figure:
    """A figure at a larger size, as if every instance cost the same."""
    factor = size / figure.size
    return Figure(
        figure.contestant,
        size,
        figure.latency,
        figure.runs,
        round(figure.wall * factor, 3),
        round(figure.cpu * factor, 3),
        figure.memory,
        figure.calls * factor,
        figure.logons * factor,
        scaled_from=figure.size,
    )
