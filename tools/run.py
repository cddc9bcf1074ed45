# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs suites, some in parallel, and reports at the end the result of every one.

``python -m tools.run`` runs all of them, with the output of each in ``.build/logs``; ``python -m tools.run NAME`` runs
one and shows its output as it comes. The last line is always ``N passed, N failed, N skipped``; the exit status is 1
when something failed.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from .environment import ROOT, make_folders, suite_environment
from .packages import provide
from .results import Case, read_results
from .suites import Suite, all_suites

#: How many lines of a failed suite's log are shown.
TAIL = 60
#: Seconds after which a suite counts as hanging.
LIMIT = 2700
#: The running processes: an interrupted run must not leave servers behind.
RUNNING: set[subprocess.Popen[bytes]] = set()


@dataclass(frozen=True)
class Report:
    """How one suite ended."""

    name: str
    cases: list[Case]
    seconds: float
    #: Tests that it has and did not run here.
    left_out: int = 0

    def count(self, outcome: str) -> int:
        return sum(case.outcome == outcome for case in self.cases)

    @property
    def outcome(self) -> str:
        """``failed``, ``skipped`` when everything was skipped, else ``passed``."""
        if self.count("failed"):
            return "failed"
        return "passed" if self.count("passed") else "skipped"

    @property
    def counts(self) -> str:
        return ", ".join(f"{self.count(outcome)} {outcome}" for outcome in ("passed", "failed", "skipped"))


def judge(suite: Suite, status: int, cases: Sequence[Case], seconds: float) -> Report:
    """The report of a finished suite.

    A suite that fails without naming a failed test counts as one failure of its own (a coverage gate, a crash); so does
    one that succeeds without having tested anything, because nobody would notice otherwise.
    """
    found = list(cases)
    if not suite.has_results and status == 0:
        found = [Case(suite.name, "passed")]
    if status != 0 and not any(case.outcome == "failed" for case in found):
        found.append(Case(suite.name, "failed", f"ended with exit status {status}"))
    if not found:
        found.append(Case(suite.name, "failed", "succeeded, but no test was run"))
    return Report(suite.name, found, seconds)


def run_suite(suite: Suite, arguments: Sequence[str], base: Mapping[str, str], *, show: bool) -> Report:
    """Run one suite.

    :param arguments: passed to it.
    :param base: the caller's environment.
    :param show: show its output instead of writing it to its log.
    """
    if not (ROOT / suite.path).exists():
        return Report(suite.name, [Case(suite.name, "skipped", f"there is no {suite.path} in this tree")], 0.0)
    environment = suite_environment(base)
    missing = [reason for need in suite.needs if (reason := provide(*need, environment))]
    if missing:
        return Report(suite.name, [Case(suite.name, "skipped", "; ".join(missing))], 0.0)
    for want in suite.wants:
        provide(*want, environment)
    with _alone(suite):
        for file in (suite.results, suite.left_out):
            file.unlink(missing_ok=True)
        started = time.monotonic()
        if show:
            status = _run([*suite.command, *arguments], environment, None)
        else:
            suite.log.parent.mkdir(parents=True, exist_ok=True)
            with suite.log.open("wb") as log:
                status = _run([*suite.command, *arguments], environment, log.fileno())
        cases = read_results(suite.results) if suite.has_results else []
        report = judge(suite, status, cases, time.monotonic() - started)
        return replace(report, left_out=_number_in(suite.left_out))


def _number_in(path: Path) -> int:
    return int(path.read_text(encoding="ascii")) if path.exists() else 0


@contextlib.contextmanager
def _alone(suite: Suite) -> Iterator[None]:
    """Wait until no other run of this suite is in progress in this clone: it would use the same copies and results."""
    suite.lock.parent.mkdir(parents=True, exist_ok=True)
    with suite.lock.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"waiting  {suite.name:12} another run of it is on in this clone", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _run(command: Sequence[str], environment: Mapping[str, str], output: int | None) -> int:
    """The exit status of a command. Everything that it started ends with it."""
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=None if output is None else subprocess.STDOUT,
        start_new_session=True,
    )
    RUNNING.add(process)
    try:
        return process.wait(timeout=LIMIT)
    except subprocess.TimeoutExpired:
        return 124
    finally:
        _end_group(process)
        RUNNING.discard(process)


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """End the remaining processes of a suite: a forgotten server would keep its port and its memory."""
    for which in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, which)
        except (ProcessLookupError, PermissionError):
            break
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            continue
        time.sleep(0.2)


def run_all(suites: Sequence[Suite], jobs: int, base: Mapping[str, str]) -> list[Report]:
    """Run suites, at most ``jobs`` at once, with a line for each when it ends, and the log's end when it failed."""

    def one(suite: Suite) -> Report:
        report = run_suite(suite, (), base, show=False)
        print(f"{report.outcome:8} {suite.name:12} {report.seconds:6.1f} s  {report.counts}", flush=True)
        return report

    with ThreadPoolExecutor(jobs) as pool:
        try:
            reports = list(pool.map(one, suites))
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in list(RUNNING):
                _end_group(process)
            raise
    for suite, report in zip(suites, reports, strict=True):
        if report.outcome == "failed" and suite.log.exists():
            print(f"\n--- {suite.name}: the end of {suite.log.relative_to(ROOT)}")
            lines = suite.log.read_text(encoding="utf-8", errors="replace").splitlines()
            print("\n".join(lines[-TAIL:]))
    return reports


def summary(reports: Sequence[Report]) -> str:
    """The table of all suites, what was skipped and why, what failed, and the line with the sums."""
    lines = [f"{'suite':12} {'result':8} {'passed':>7} {'failed':>7} {'skipped':>7} {'seconds':>8}"]
    lines += [
        f"{report.name:12} {report.outcome:8} {report.count('passed'):7} {report.count('failed'):7} "
        f"{report.count('skipped'):7} {report.seconds:8.1f}"
        for report in reports
    ]
    for outcome in ("skipped", "failed"):
        lines += [
            f"{outcome}: {_in_a_line(report.name, case)}"
            for report in reports
            for case in report.cases
            if case.outcome == outcome
        ]
    lines += _left_out(reports)
    sums = [
        f"{sum(report.count(outcome) for report in reports)} {outcome}" for outcome in ("passed", "failed", "skipped")
    ]
    return "\n".join([*lines, ", ".join(sums)])


def _left_out(reports: Sequence[Report]) -> list[str]:
    """A line for what the suites have and did not run."""
    found = [f"{report.name} {report.left_out}" for report in reports if report.left_out]
    return [f"left out here, and run by the make target of the suite: {', '.join(found)}"] if found else []


def _in_a_line(suite: str, case: Case) -> str:
    detail = case.detail.strip().splitlines()
    place = suite if case.name == suite else f"{suite}: {case.name}"
    return f"{place}: {detail[0][:160]}" if detail else place


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the suites of the command line."""
    suites = {suite.name: suite for suite in all_suites()}
    parser = argparse.ArgumentParser(prog="python -m tools.run", description="Run test suites.")
    parser.add_argument("suite", nargs="?", choices=sorted(suites), help="one suite; all of them when left out")
    parser.add_argument("--jobs", type=int, default=2, help="how many suites run side by side (default: 2)")
    options, rest = parser.parse_known_args(arguments)
    make_folders(os.environ)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if options.suite is None:
        if rest:
            parser.error(f"all suites together take no arguments: {' '.join(rest)}")
        reports = run_all(list(suites.values()), options.jobs, os.environ)
    else:
        suite = suites[options.suite]
        if rest and not suite.takes_arguments:
            parser.error(f"{suite.name} takes no arguments: {' '.join(rest)}")
        reports = [run_suite(suite, rest, os.environ, show=True)]
    print("\n" + summary(reports))
    return 1 if any(report.outcome == "failed" for report in reports) else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
