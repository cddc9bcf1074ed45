# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bad input against a simulator: it must not crash, leak memory, or keep the clients of other instances waiting.

``python -m tests.fuzz.simulator --requests 100000 [--seed N]`` starts one as a process of its own, with running
workflows, and sends it bad requests. It prints how many of each kind were sent, the results, its memory before and
after, and whether an unattacked instance answered throughout. The exit status is 1 when anything was wrong. The same
seed sends the same requests.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from random import SystemRandom
from typing import Any
from urllib.parse import urlsplit

import requests as http_client

from tests.helpers.simulator_process import SimulatorProcess

from .attack import Tally, Watcher, attack, shape
from .cases import ROUTER, Cases, Session, envelope

PASSWORD = "fuzz-secret"
OPTION = "NmsMidSourcing_LastDelivery_defaultEmailMid"
_MARKETING = {
    "role": "marketing",
    "accounts": [{"name": "defaultEmailMid", "mid": "mid-eu", "login": "ops", "password": PASSWORD}],
    "options": {OPTION: {"type": "datetime", "age": "5m"}},
    "workflows": {"defaultMidSourcingDlv": {"every": "1m", "on_error": "ignore"}, "tracking": {"every": "1m"}},
}
FLEET: dict[str, Any] = {
    "start": "2026-11-23T02:00:00Z",
    "defaults": {"operators": [{"login": "ops", "password": PASSWORD, "rights": ["admin"]}]},
    "instances": {
        "mid-eu": {
            "role": "mid",
            "deliveries": {"count": 200, "from": "2026-11-22T00:00:00Z", "to": "now", "for": ["mkt-a", "mkt-z"]},
        },
        "mkt-a": _MARKETING,
        "mkt-b": {**_MARKETING, "switches": {"expired_answer": "200-fault"}},
        "mkt-z": _MARKETING,
    },
}
BETWEEN = 6
"""Connections between the instances themselves: both ends of one for each marketing instance, at most."""

ATTACKED, WATCHED = ("mkt-a", "mkt-b", "mid-eu"), "mkt-z"
PARTS = 10
LEAK = 64.0
"""MiB by which the memory may grow from the first parts of the requests to the last ones, the smallest of three each:
a body of 16 MiB that is just being read is no leak."""

SLOW = 5.0
"""Seconds that a good client of another instance may have to wait once, on a machine that does other things too."""


@dataclass(slots=True)
class Findings:
    """All observations."""

    seed: int
    tally: Tally
    seconds: float
    memory: list[float]  # MiB: when ready, and after each part
    files: tuple[int, int]  # open files of the process, before and after
    watched: list[float]
    problems: list[str] = field(default_factory=list)


def logon(url: str, instance: str) -> Session:
    """A session on one instance."""
    body = envelope("xtk:session", "Logon", f"<l>ops</l><p>{PASSWORD}</p><e/>")
    headers = {"SOAPAction": "xtk:session#Logon"}
    answer = http_client.post(f"{url}/{instance}/{ROUTER}", data=body, headers=headers, timeout=30)
    token = re.search(r"<pstrSessionToken[^>]*>([^<]+)<", answer.text)
    security = re.search(r"<pstrSecurityToken[^>]*>([^<]+)<", answer.text)
    if token is None or security is None:
        raise RuntimeError(f"{instance}: logon was answered with {shape(answer.content)}")
    return Session(instance, token[1], security[1])


def fuzz(requests: int, seed: int) -> Findings:
    """Start a simulator, attack it, and check its state afterwards."""
    with SimulatorProcess(FLEET, time_scale=60) as simulator:
        parts = urlsplit(simulator.url)
        address = (parts.hostname or "", parts.port or 0)
        sessions = tuple(logon(simulator.url, name) for name in ATTACKED)
        cases = iter(Cases(seed, ATTACKED, sessions))
        watcher = Watcher(address, logon(simulator.url, WATCHED), OPTION)
        ready, files = simulator.memory(), simulator.files()
        tally, memory = Tally(), [ready]
        begun = time.monotonic()
        for number in range(1, PARTS + 1):
            asyncio.run(attack(address, cases, requests * number // PARTS, watcher, tally))
            # The ledger grows by design, up to its own limit: it is no leak.
            simulator.control.clear_ledger()
            memory.append(simulator.memory())
        took = time.monotonic() - begun
        after = simulator.wait_for_files(files + BETWEEN)
        findings = Findings(seed, tally, took, memory, (files, after), watcher.seconds)
        findings.problems = _problems(findings, watcher, simulator, Cases(seed, ATTACKED, sessions).kinds)
        return findings


def _problems(findings: Findings, watcher: Watcher, simulator: SimulatorProcess, kinds: set[str]) -> list[str]:
    """Everything that is wrong, in sentences."""
    problems = []
    for case, answer in findings.tally.defects[:5]:
        problems.append(f"{case.kind}: {case.data[:300]!r} -> {answer[-300:]!r}")
    if watcher.wrong:
        problems.append(f"{WATCHED} did not answer as it should: {dict(Counter(watcher.wrong))}")
    if (grown := min(findings.memory[-3:]) - min(findings.memory[1:4])) > LEAK:
        problems.append(f"the memory grew by {grown:.0f} MiB")
    if findings.files[1] > findings.files[0] + BETWEEN:
        problems.append(f"{findings.files[1] - findings.files[0]} files or connections were left open")
    if missing := kinds - set(findings.tally.kinds):
        problems.append(f"never sent: {', '.join(sorted(missing))}")
    if said := simulator.complaints():
        problems.append(f"the simulator complained:\n{said}")
    for instance in (*ATTACKED, WATCHED):
        try:
            logon(simulator.url, instance)
        except (OSError, RuntimeError) as error:
            problems.append(f"{instance} does not work any more: {error}")
    return problems


def report(findings: Findings) -> str:
    """The figures as text."""
    tally, memory = findings.tally, findings.memory
    lines = [
        f"{tally.kinds.total()} bad requests in {findings.seconds:.0f} s, seed {findings.seed}",
        "sent:",
        *(f"  {count:7}  {kind}" for kind, count in sorted(tally.kinds.items())),
        "came back:",
        *(f"  {count:7}  {answer}" for answer, count in sorted(tally.answers.items())),
        f"memory: {memory[0]:.0f} MiB when ready; {', '.join(f'{size:.0f}' for size in memory[1:])} after each tenth",
        f"open files: {findings.files[0]} before, {findings.files[1]} after",
        f"meanwhile {WATCHED} answered {len(findings.watched)} calls of a good client, the slowest after"
        f" {max(findings.watched):.2f} s",
    ]
    lines += [f"PROBLEM: {problem}" for problem in findings.problems] or ["no problem was found"]
    return "\n".join(lines)


def main() -> int:
    """Attack and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=SystemRandom().randrange(10**9))
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    findings = fuzz(options.requests, options.seed)
    if max(findings.watched) > SLOW:
        findings.problems.append(f"{WATCHED} answered only after {max(findings.watched):.1f} s")
    print(report(findings))
    return 1 if findings.problems else 0


if __name__ == "__main__":
    sys.exit(main())
