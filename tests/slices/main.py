# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``make slices``: a fleet in slices on the nodes of ansible-runner, one after the other, and merged.

The instances are those of the bench, which give recorded answers. Prints the time and the memory of each slice, of one
sweep of the whole fleet, and of the merge; then a node dies in the middle of its slice. The exit status is 1 when the
merged plan is not that of the one sweep, byte for byte, or when another host is missed than those of the dead node.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.floor import PASSWORD, USER
from tests.bench.measure import Server, serving
from tests.bench.record import record
from tests.integration.runner import inventory
from tests.slices.nodes import BIN, Nodes, Worked, environment, slice_of, watched

ROOT = Path(__file__).resolve().parents[2]
#: Every so many hundredth instance is stuck; the others are healthy, as nearly all of a fleet are.
STUCK_EACH = 1000
#: Calls of one instance.
CALLS = 6


@dataclass(frozen=True)
class Book:
    """A playbook that was run on the controller: seconds, seconds of processor time, megabytes, and what it said."""

    status: int
    wall: float
    cpu: float
    memory: float
    output: str


class Sweep:
    """A fleet, one server for all of it, and a directory for what is written."""

    def __init__(self, work: Path, server: Server, hosts: int, count: int) -> None:
        self.work = work
        self.server = server
        self.count = count
        names = [f"mkt-{number:05d}" for number in range(hosts)]
        #: The path of a healthy one begins with well-, by which the recorded server knows them.
        self.urls = {
            name: f"{server.url}/{name if number % STUCK_EACH == 0 else name.replace('mkt', 'well')}"
            for number, name in enumerate(names)
        }
        self.collections = str(_copied(work / "collections"))
        (work / "whole.json").write_text(json.dumps(inventory(self.urls, USER, PASSWORD)), encoding="utf-8")

    def part(self, number: int) -> dict[str, Any]:
        """The inventory of a slice."""
        return inventory({name: self.urls[name] for name in self.lost_with(number)}, USER, PASSWORD)

    def lost_with(self, number: int) -> list[str]:
        """The hosts of a slice."""
        return slice_of(list(self.urls), number, self.count)

    def play(self, name: str, **variables: str) -> Book:
        """Run a playbook on the controller, with the inventory of the whole fleet."""
        log = self.work / f"{name}.log"
        given = [part for key, value in variables.items() for part in ("-e", f"{key}={value}")]
        with log.open("wb") as output:
            process = subprocess.Popen(
                [str(BIN / "ansible-playbook"), "-i", "whole.json", f"campaign.classic.{name}", *given],
                cwd=self.work,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={
                    **environment(),
                    "PWD": str(self.work),
                    "ANSIBLE_COLLECTIONS_PATH": self.collections,
                    "ANSIBLE_HOME": str(self.work / "home"),
                    "ANSIBLE_NOCOLOR": "1",
                },
            )
            wall, cpu, memory = watched(process, None, measures=True)
        return Book(process.returncode, wall, cpu, memory, log.read_text(encoding="utf-8"))


def _copied(collections: Path) -> Path:
    """A copy of what Ansible uses of this collection, so that nobody changes it meanwhile."""
    target = collections / "ansible_collections" / "campaign" / "classic"
    for part in ("meta", "plugins", "playbooks", "roles"):
        shutil.copytree(ROOT / part, target / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "galaxy.yml", target)
    return collections


def largest_event(folder: Path) -> tuple[int, str]:
    """The size of the largest event of a job in bytes, and the name of its task."""
    found = max(folder.glob("job_events/*.json"), key=lambda file: file.stat().st_size, default=None)
    if found is None:
        return 0, ""
    event = json.loads(found.read_text(encoding="utf-8"))
    return found.stat().st_size, str((event.get("event_data") or {}).get("task") or event.get("event"))


def line_of(worked: Worked) -> str:
    """A slice in the table."""
    text = worked.output.read_text(encoding="utf-8") if worked.output.exists() else ""
    packed = sum(len(line) for line in text.splitlines() if "CAMPAIGN SLICE" in line)
    size, task = largest_event(worked.output.parent)
    return (
        f"slice {worked.number:2}  {worked.status:10} {worked.wall:6.1f} s  {worked.cpu:6.1f} s  {worked.memory:5.0f}"
        f" MB  {len(text) / 1000:6.0f} KB  {packed / 1000:5.0f} KB  {size / 1000:5.0f} KB ({task})"
    )


def measured(sweep: Sweep) -> list[str]:
    """Run everything, and print it; what was wrong, as sentences."""
    print(
        f"{len(sweep.urls)} instances in {sweep.count} slices: ansible-runner transmit | worker | process", flush=True
    )
    one = sweep.play("detect", mid_sourcing_plan_file="one.json")
    print(f"one sweep            {one.wall:6.1f} s  {one.cpu:6.1f} s  {one.memory:5.0f} MB", flush=True)
    print("                        wall   processor   memory   output   packed   largest event", flush=True)
    nodes = Nodes(sweep.work, sweep.collections, "sweep-1", sweep.count)
    slices = []
    for number in range(1, sweep.count + 1):
        slices.append(nodes.run(number, sweep.part(number), measures=True))
        print(line_of(slices[-1]), flush=True)
    merged = sweep.play("merge_slices", mid_sourcing_slices=nodes.outputs, mid_sourcing_plan_file="merged.json")
    print(f"merge_slices         {merged.wall:6.1f} s  {merged.cpu:6.1f} s  {merged.memory:5.0f} MB", flush=True)
    wrong = _whole(sweep, [one, merged], slices)
    gate = sweep.play("reconcile", mid_sourcing_slices=nodes.outputs, mid_sourcing_plan_file="merged.json")
    print(f"reconcile, to gate   {gate.wall:6.1f} s  {gate.cpu:6.1f} s  {gate.memory:5.0f} MB", flush=True)
    if gate.status or "would be cured now" not in " ".join(gate.output.split()):
        wrong.append("The gate of reconcile did not take the merged slices, see reconcile.log.")
    return wrong + _with_a_dead_node(sweep, nodes)


def _whole(sweep: Sweep, books: Sequence[Book], slices: Sequence[Worked]) -> list[str]:
    found = [f"A playbook ended with {book.status}." for book in books if book.status]
    found += [f"Slice {one.number} ended as {one.status}." for one in slices if one.status != "successful"]
    before, after = (sweep.work / name for name in ("one.json", "merged.json"))
    if before.read_bytes() != after.read_bytes():
        found.append("The merged plan is another than that of the one sweep.")
    plan = json.loads(after.read_text(encoding="utf-8"))
    if not found:
        print(f"the plan of {len(plan['hosts'])} hosts is the same, byte for byte: {plan['digest']}", flush=True)
    return found


def _with_a_dead_node(sweep: Sweep, nodes: Nodes) -> list[str]:
    """A node dies when a half of the calls of its slice are made."""
    dead = (sweep.count + 1) // 2
    lost = sweep.lost_with(dead)
    sweep.server.ask("reset")
    half = len(lost) * CALLS // 2
    died = nodes.run(dead, sweep.part(dead), lambda: sweep.server.ask("counts")["calls"] >= half, measures=True)
    print(f"{line_of(died)}, after {sweep.server.ask('counts')['calls']} calls", flush=True)
    merged = sweep.play("merge_slices", mid_sourcing_slices=nodes.outputs, mid_sourcing_plan_file="less.json")
    plans = {name: json.loads((sweep.work / name).read_text(encoding="utf-8")) for name in ("one.json", "less.json")}
    expected = [host for host in plans["one.json"]["hosts"] if host not in lost]
    said = " ".join(merged.output.replace('",', " ").replace('"', " ").split())
    found = [] if died.status == "killed" and merged.status == 2 else ["The dead node was none, or the merge passed."]
    if plans["less.json"]["hosts"] != expected:
        found.append("Something is planned for a host of the dead node, or another one is missed.")
    if f"Nothing is known of {len(lost):,} hosts" not in said or any(f"{host} not_asked" not in said for host in lost):
        found.append("The report does not name the hosts of the dead node.")
    if not found:
        print(f"merged without slice {dead}: it fails, names its {len(lost)} hosts, and plans nothing for them")
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, in a directory that is removed afterwards unless it was named."""
    parser = argparse.ArgumentParser(prog="python -m tests.slices.main", description="A fleet in slices, and merged.")
    parser.add_argument("--slices", type=int, default=10, help="how many slices (default: 10)")
    parser.add_argument("--hosts", type=int, default=1000, help="instances of a slice (default: 1000)")
    options = parser.parse_args(arguments)
    work = ROOT / ".build" / "slices"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True, mode=0o700)
    recording = work / "recording.json"
    record(recording)
    started = time.monotonic()
    with serving(recording) as server:
        wrong = measured(Sweep(work, server, options.hosts * options.slices, options.slices))
    for sentence in wrong:
        print(f"WRONG: {sentence}")
    print(f"{time.monotonic() - started:.0f} s, {len(wrong)} wrong; everything is in {work.relative_to(ROOT)}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
