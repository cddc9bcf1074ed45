# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole job on a fleet of simulated Campaign servers, over real HTTP: detect, plan, cure, detect again.

Ends with 0 only if exactly the stuck instances are cured, no other instance saw a write, and no session stayed open.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import textwrap
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
COLLECTIONS = ROOT / ".build" / "collections"
#: Where the report stays: all else goes when the demo ends.
REPORT = ROOT / ".build" / "demo-report"

#: What the demo must show, by instance: the verdict before, the outcome of the cure, the verdict after.
EXPECTED = {
    "mkt-milan": ("healthy", None, "healthy"),
    "mkt-paris": ("stuck", "cured", "healthy"),
    "mkt-oslo": ("stuck", "cured", "healthy"),
    "mkt-vienna": ("stuck", "cured", "healthy"),
    "mkt-rome": ("failing_other", None, "failing_other"),
    "mkt-dublin": ("failing_unknown", None, "failing_unknown"),
    "mkt-bern": ("running", None, "running"),
    "mkt-madrid": ("held", None, "held"),
    "mkt-prague": ("engine_down", None, "engine_down"),
    "mkt-tokyo": ("stale", None, "stale"),
    "mkt-sofia": ("future", None, "future"),
    "mkt-athens": ("empty", None, "empty"),
    "mkt-lisbon": ("unsupported", None, "unsupported"),
    "mkt-riga": ("missing", None, "missing"),
    "mkt-ghent": ("unmatched", None, "unmatched"),
    "mkt-turin": ("inactive", None, "inactive"),
    "mkt-cork": ("denied", None, "denied"),
    "mkt-lima": ("unreachable", None, "unreachable"),
    "mid-eu": ("not_applicable", None, "not_applicable"),
    "mid-slow": ("not_applicable", None, "not_applicable"),
}
#: The instance that answers slowly, and by how many real seconds.
SLOW, SLOW_SECONDS = "mkt-tokyo", 1.5
#: Virtual seconds in a second: ten minutes of the servers pass in twenty seconds.
TIME_SCALE = 30


class Demo:
    """One run of the demo in a directory of its own."""

    def __init__(self, work: Path, url: str, verbose: bool) -> None:
        self.work = work
        self.url = url
        self.verbose = verbose

    def playbook(self, name: str, *arguments: str) -> dict[str, Any]:
        """Run one playbook of the collection and return its report."""
        report = self.work / f"{name}.json"
        ansible = str(Path(sys.executable).parent / "ansible-playbook")
        variables = {"report_file": report, "evidence_dir": self.work / "evidence", "poll_interval": 1}
        extra = [word for key, value in variables.items() for word in ("-e", f"mid_sourcing_{key}={value}")]
        command = [ansible, "-i", str(HERE / "inventory.yml"), f"campaign.classic.{name}", *extra, *arguments]
        environment = {
            **os.environ,
            "CAMPAIGN_DEMO_URL": self.url,
            "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_HOME": str(self.work / "ansible"),
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml",
        }
        print(f"$ ansible-playbook campaign.classic.{name} {' '.join(arguments)}".rstrip(), flush=True)
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
        if self.verbose or done.returncode != 0:
            print(done.stdout, done.stderr, sep="\n")
        if done.returncode != 0:
            raise SystemExit(f"ansible-playbook campaign.classic.{name} ended with {done.returncode}")
        result: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
        return result

    def report(self) -> Path:
        """Make the report of the fleet, with what was done to it, and return its page."""
        self.playbook("report", "-e", f"fleet_report_dir={REPORT}")
        return REPORT / "fleet.html"

    def ask(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """Ask the simulator itself, beside Campaign's own interface. With a body it is told something."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/_simulator/{path}", data=data)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)


@contextmanager
def simulator() -> Iterator[str]:
    """The demo fleet on a free port of the loopback. Yields its URL."""
    command = [
        sys.executable,
        "-m",
        "simulator",
        "--fleet",
        str(HERE / "fleet.yml"),
        "--listen",
        "127.0.0.1:0",
        "--time-scale",
        str(TIME_SCALE),
    ]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise SystemExit("The simulator did not start; see the messages above.")
        yield json.loads(line)["url"]
    finally:
        process.terminate()
        process.wait(timeout=20)


def table(headers: list[str], rows: list[list[str]]) -> str:
    """A table for a person; the last column is wrapped."""
    widths = [max(len(row[column]) for row in [headers, *rows]) for column in range(len(headers))]
    widths[-1] = min(widths[-1], max(40, 118 - sum(widths[:-1]) - 2 * len(headers)))
    lines = []
    for row in [headers, ["-" * width for width in widths], *rows]:
        wrapped = textwrap.wrap(row[-1], widths[-1]) or [""]
        for number, text in enumerate(wrapped):
            cells = [*(row[:-1] if number == 0 else [""] * (len(row) - 1)), text]
            lines.append("  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip())
    return "\n".join(lines)


def verdicts(report: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The report's rows by host."""
    return {row["host"]: row for row in report["hosts"]}


def show_plan(report: dict[str, Any]) -> None:
    """The changes that a reconcile would make."""
    rows = [
        [row["host"], plan["option"], plan["old_value"], plan["new_value"], plan["digest"][:12]]
        for row in report["hosts"]
        for plan in row["plans"]
    ]
    print(table(["instance", "cursor", "from", "to", "plan"], rows), end="\n\n")


def run(demo: Demo) -> list[str]:
    """The job itself. Returns what is not as it should be."""
    demo.ask("faults", {"kind": "delay", "instance": SLOW, "seconds": SLOW_SECONDS})
    before = verdicts(demo.playbook("detect"))
    rows = [[row["host"], row["verdict"], row["reason"]] for row in before.values()]
    print(table(["instance", "verdict", "why"], rows), end="\n\n")
    show_plan(demo.playbook("plan"))
    writes_by_reading = demo.ask("ledger?class=write&origin=external")["calls"]
    cured = verdicts(demo.playbook("reconcile", "-e", "mid_sourcing_apply=true"))
    rows = [[host, cure["outcome"], cure["reason"]] for host, row in cured.items() for cure in row["cures"]]
    print(table(["instance", "outcome", "what happened"], rows), end="\n\n")
    after = verdicts(demo.playbook("detect"))
    outcomes = {host: row["cures"][0]["outcome"] if row["cures"] else None for host, row in cured.items()}
    rows = [[host, before[host]["verdict"], outcomes[host] or "-", after[host]["verdict"]] for host in before]
    print(table(["instance", "before", "done", "after"], rows), end="\n\n")
    seen = {host: (before[host]["verdict"], outcomes[host], after[host]["verdict"]) for host in before}
    return judge(demo, seen, len(writes_by_reading))


def judge(demo: Demo, seen: dict[str, tuple[Any, ...]], early_writes: int) -> list[str]:
    """Compare with what must be, and ask the servers' own ledger who was written to."""
    wrong = [
        f"{host}: {seen.get(host)} instead of {expected}"
        for host, expected in EXPECTED.items()
        if seen.get(host) != expected
    ]
    writes = demo.ask("ledger?class=write&origin=external")["calls"]
    written = sorted({call["instance"] for call in writes})
    stuck = sorted(host for host, expected in EXPECTED.items() if expected[1] is not None)
    print(f"Writes in the servers' ledger: {len(writes)}, on {', '.join(written) or 'no instance'}.")
    if written != stuck:
        wrong.append(f"written to: {written} instead of {stuck}")
    if early_writes:
        wrong.append(f"detect and plan made {early_writes} writes")
    open_sessions = demo.ask("sessions?origin=external")["sessions"]
    print(f"Sessions left open: {len(open_sessions)}.")
    print(f"Verdicts shown: {len({verdicts[0] for verdicts in seen.values()})}.")
    if open_sessions:
        wrong.append(f"sessions left open: {open_sessions}")
    return wrong


def main() -> int:
    """Entry point. Returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--verbose", action="store_true", help="show Ansible's own output")
    options = parser.parse_args()
    print(f"Starting the demo fleet: {len(EXPECTED)} instances, one for each verdict at least, and one of them slow.")
    print("Their servers run two hours of their own time first.", end="\n\n", flush=True)
    with tempfile.TemporaryDirectory(prefix="campaign-demo-") as work, simulator() as url:
        demo = Demo(Path(work), url, options.verbose)
        wrong = run(demo)
        page = demo.report()
    for line in wrong:
        print(f"NOT AS EXPECTED: {line}")
    if not wrong:
        print("Exactly the stuck instances were cured; no other instance saw a write.")
        print(f"Before and after as a page: {page}")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
