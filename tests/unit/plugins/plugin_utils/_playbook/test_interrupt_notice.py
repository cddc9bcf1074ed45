# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The last line of a run that is interrupted, in a process of its own that gets the signal."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from ansible_collections.campaign.classic.plugins.plugin_utils._playbook.interrupt_notice import notice

_RUN = """
import os, signal, sys
from ansible_collections.campaign.classic.plugins.plugin_utils._playbook.interrupt_notice import InterruptNotice
number, when = signal.Signals[sys.argv[1]], sys.argv[2]
if when == "ignored":
    signal.signal(number, signal.SIG_IGN)
one = InterruptNotice()
one.begin("reconcile", [] if when == "nobody" else ["a", "b"])
if when == "reported":
    one.end()
if when == "worker":
    child = os.fork()
    if child == 0:
        os.kill(os.getpid(), number)
        os._exit(7)
    os.waitpid(child, 0)
elif when != "never":
    try:
        os.kill(os.getpid(), number)
    except KeyboardInterrupt:
        sys.exit(99)
"""


def run(number: str, when: str) -> subprocess.CompletedProcess[str]:
    """The output of a process that gets the signal at a given point."""
    command = [sys.executable, "-c", _RUN, number, when]
    variables = {**os.environ, "PYTHONPATH": os.environ["ANSIBLE_COLLECTIONS_PATH"]}
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False, env=variables)


@pytest.mark.parametrize(
    ("number", "status"), [("SIGINT", 99), ("SIGTERM", -signal.SIGTERM), ("SIGHUP", -signal.SIGHUP)]
)
def test_an_interrupt_is_said_once_and_ends_the_process_as_before(number: str, status: int) -> None:
    done = run(number, "now")
    assert done.returncode == status
    assert done.stderr.count("reconcile was interrupted by") == 1
    assert number in done.stderr
    assert "a, b may have been changed" in done.stderr


@pytest.mark.parametrize("number", ["SIGINT", "SIGTERM"])
@pytest.mark.parametrize("when", ["nobody", "reported", "worker", "never"])
def test_nothing_is_said_where_nothing_is_being_written_or_by_a_worker(number: str, when: str) -> None:
    done = run(number, when)
    assert "interrupted by" not in done.stderr
    assert "Error" not in done.stderr


def test_a_signal_that_is_ignored_stays_ignored() -> None:
    done = run("SIGHUP", "ignored")
    assert (done.returncode, done.stderr) == (0, "")


def test_many_hosts_are_counted() -> None:
    assert "h0, h1, h2, h3, h4 and 7 more may" in notice("reconcile", "SIGTERM", [f"h{one}" for one in range(12)])
