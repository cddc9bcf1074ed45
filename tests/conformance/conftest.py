# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs Adobe's SDK once for all tests, and prints at the end what it did."""

from __future__ import annotations

import collections
import os
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from simulator.testing import running_simulator
from tests.conformance.fleet import conformance_fleet
from tests.conformance.sdk import PACKAGE, Report, pinned, run_checks, sdk_folder
from tools.node import unusable_node

_NO_NODE = unusable_node(os.environ)
# One skipped test says why (test_node.py), not one for each check.
collect_ignore = ["test_sdk.py"] if _NO_NODE else []

_RUN = pytest.StashKey["Run"]()


@dataclass(frozen=True)
class Run:
    """The SDK's report, the simulator's ledger, and the sessions that were left open."""

    report: Report
    calls: list[dict[str, str]]
    sessions: int


@pytest.fixture(scope="session")
def run(pytestconfig: pytest.Config) -> Iterator[Run]:
    """One run of all checks."""
    if _NO_NODE:
        pytest.skip(_NO_NODE)
    folder = sdk_folder()
    with running_simulator(conformance_fleet()) as simulator:
        report = run_checks(simulator.url, folder)
        found = Run(report, simulator.ledger(), len(simulator.sessions()))
    pytestconfig.stash[_RUN] = found
    yield found


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """How many calls of the SDK passed, and which methods they were."""
    found = config.stash.get(_RUN, None)
    if found is None:
        return
    passed = [result for result in found.report.results.values() if result.outcome == "pass"]
    methods = collections.Counter(call["call"] for call in found.calls)
    outcomes = collections.Counter(call["outcome"] for call in found.calls)
    terminalreporter.section(f"{PACKAGE} {pinned()} against the simulator")
    for method, count in sorted(methods.items()):
        terminalreporter.write_line(f"{count:6} {method}")
    calls, pages = (sum(getattr(result, kind) for result in passed) for kind in ("soap", "pages"))
    listed = ", ".join(f"{count} {outcome}" for outcome, count in outcomes.most_common())
    terminalreporter.write_line(
        f"{calls} of {len(found.calls)} SOAP calls of the SDK passed ({listed}, each as its check expects),"
        f" {pages} of {found.report.pages} pages, in {len(passed)} of {len(found.report.results)} checks"
    )
