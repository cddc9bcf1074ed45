# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A sweep shared by processes: nothing is lost with a process, and none is left behind.

Each runs in a Python of its own: pytest's has threads, and what has threads is not forked.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import textwrap
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._core.errors import ValidationError
from ansible_collections.campaign.classic.plugins.plugin_utils._sweep import forks as _processes
from ansible_collections.campaign.classic.plugins.plugin_utils._sweep.forks import processes_for
from ansible_collections.campaign.classic.plugins.plugin_utils._sweep.threads import SweepLimits

ROOT = Path(__file__).resolve().parents[5]

PROGRAM = """
import json, os, signal, sys, threading, time
from ansible_collections.campaign.classic.plugins.plugin_utils._sweep import forks as _processes
from ansible_collections.campaign.classic.plugins.plugin_utils._sweep.forks import shared_sweep
from ansible_collections.campaign.classic.plugins.plugin_utils._sweep.threads import SweepLimits, SweepTarget
from ansible_collections.campaign.classic.plugins.plugin_utils._sweep.ledger import note_session
from ansible_collections.campaign.classic.plugins.module_utils._client.session import TokenCredentials

PARENT = os.getpid()
targets = [SweepTarget(f"mkt-{number}", "http://127.0.0.1:1", {}) for number in range(200)]

def look(target, until):
    disturb(target)
    return {"pid": os.getpid(), "left": until - time.monotonic()}

def disturb(target):
    pass

prepare = _processes.as_they_are

BODY

limits = SweepLimits(concurrency=8, instance_timeout=3, deadline=DEADLINE)
try:
    found = shared_sweep(targets, look, limits, WANTED, prepare=prepare)
    print(json.dumps({"order": list(found) == [one.name for one in targets], "found": found, "parent": PARENT}))
finally:
    try:
        os.waitpid(-1, os.WNOHANG)
        print("a process is left")
    except ChildProcessError:
        print("no process is left")
    assert threading.active_count() == 1
"""


def run(
    body: str = "", wanted: int = 4, deadline: float = 60, environ: dict[str, str] | None = None
) -> tuple[dict[str, Any], subprocess.CompletedProcess[str]]:
    """The results of the program, and how it ended. ``body`` may replace ``disturb``, with which a look begins."""
    program = PROGRAM.replace("BODY", textwrap.dedent(body)).replace("WANTED", str(wanted))
    paths = [os.environ["ANSIBLE_COLLECTIONS_PATH"], str(ROOT)]
    done = subprocess.run(
        [sys.executable, "-c", program.replace("DEADLINE", str(deadline))],
        env={**os.environ, **(environ or {}), "PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    lines = done.stdout.splitlines()
    assert lines and lines[-1] == "no process is left", done.stdout + done.stderr
    return (json.loads(lines[0]) if len(lines) > 1 else {}), done


def pids(said: dict[str, Any]) -> set[int]:
    return {one["pid"] for one in said["found"].values()}


def test_every_target_is_found_in_the_order_of_the_list_by_as_many_processes_as_are_wanted() -> None:
    said, done = run(wanted=4)
    assert done.returncode == 0 and not done.stderr
    assert said["order"] and len(said["found"]) == 200
    assert len(pids(said)) == 4 and said["parent"] in pids(said)


def test_one_process_reads_all_when_one_is_wanted() -> None:
    said, _done = run(wanted=1)
    assert pids(said) == {said["parent"]}


def test_what_a_killed_process_would_have_read_is_read_by_the_other() -> None:
    body = """
        def disturb(target):
            if os.getpid() != PARENT and target.name == "mkt-9":
                os.kill(os.getpid(), signal.SIGKILL)
    """
    said, done = run(body)
    assert done.returncode == 0 and not done.stderr
    assert said["order"]
    assert len(pids(said)) == 4, "what the killed process had read is read again"
    assert said["found"]["mkt-9"]["pid"] == said["parent"]


PREPARING = """
        prepared = {}
        def prepare(share):
            time.sleep(1)
            if os.getpid() != PARENT and DIES:
                os.kill(os.getpid(), signal.SIGKILL)
            prepared.update({one.name: os.getpid() for one in share})
            return share[1:], {share[0].name: {"pid": os.getpid(), "refused": True}}
        def look(target, until):
            return {"pid": os.getpid(), "by": prepared[target.name], "left": until - time.monotonic()}
"""


def test_each_process_prepares_its_share_and_that_is_no_part_of_the_deadline() -> None:
    said, done = run(PREPARING.replace("DIES", "False"), wanted=2, deadline=0.9)
    assert done.returncode == 0 and not done.stderr and said["order"]
    assert [name for name, one in said["found"].items() if one.get("refused")] == ["mkt-0", "mkt-1"]
    read = [one for one in said["found"].values() if not one.get("refused")]
    assert len(read) == 198 and all(one["by"] == one["pid"] and one["left"] > 0 for one in read)
    assert len(pids(said)) == 2


def test_what_a_killed_process_would_have_prepared_is_prepared_by_the_other() -> None:
    said, done = run(PREPARING.replace("DIES", "True"), wanted=2)
    assert done.returncode == 0 and not done.stderr
    assert pids(said) == {said["parent"]} and len(said["found"]) == 200


def test_an_instance_that_a_killed_process_has_read_is_not_asked_again() -> None:
    body = """
        asked = os.open(os.environ["TMPDIR"] + "/asked", os.O_CREAT | os.O_APPEND | os.O_WRONLY)
        def disturb(target):
            if os.getpid() != PARENT and target.name == "mkt-41":
                os.kill(os.getpid(), signal.SIGKILL)
            os.write(asked, (target.name + "\\n").encode())
    """
    with tempfile.TemporaryDirectory() as place:
        said, _done = run(body, wanted=2, environ={"TMPDIR": place})
        asked = Counter(Path(place, "asked").read_text().split())
    assert set(asked) == set(said["found"])
    # Those in progress when it was killed, one for each of its threads, may be asked again.
    assert sum(number - 1 for number in asked.values()) <= 4


def test_sessions_that_a_killed_process_left_open_are_closed() -> None:
    body = """
        class Session:
            def __init__(self, name):
                self.name, self.url = name, "http://127.0.0.1:1"
                self.tokens = TokenCredentials("___" + name, "@" + name)

        closed = []
        _processes.log_off = lambda target, until: closed.append([target.name, target.options["session"]]) or {}
        def look(target, until):
            note_session({"timeout": 5.0}, Session(target.name))
            if os.getpid() != PARENT and target.name == "mkt-9":
                os.kill(os.getpid(), signal.SIGKILL)
            return {"pid": os.getpid(), "left": 1.0, "closed": closed}
    """
    said, done = run(body, wanted=4)
    assert done.returncode == 0, done.stderr
    closed = said["found"]["mkt-9"]["closed"]
    assert ["mkt-9", {"session_token": "___mkt-9", "security_token": "@mkt-9"}] in closed
    # One for each thread of that process, and none of an instance that was read.
    assert len(closed) <= 2 and {int(name.partition("-")[2]) % 4 for name, _tokens in closed} == {1}


def test_a_result_that_cannot_be_handed_over_is_read_again() -> None:
    body = """
        def look(target, until):
            return {"pid": os.getpid(), "left": 1.0, "more": set() if os.getpid() != PARENT else 0}
    """
    said, done = run(body)
    assert done.returncode == 0 and not done.stderr
    assert pids(said) == {said["parent"]}


def test_no_process_can_be_made_and_all_is_read_in_this_one() -> None:
    body = """
        def refuse():
            raise BlockingIOError(11, "Resource temporarily unavailable")
        os.fork = refuse
    """
    said, done = run(body)
    assert done.returncode == 0 and not done.stderr
    assert pids(said) == {said["parent"]} and len(said["found"]) == 200


def test_a_process_that_stands_still_is_ended_and_its_share_is_told_to_be_out_of_time() -> None:
    body = """
        _processes.GRACE = 0.2
        limits = SweepLimits
        def SweepLimits(**given):
            return limits(**{**given, "instance_timeout": 0.2})
        def disturb(target):
            if os.getpid() != PARENT and target.name == "mkt-9":
                os.kill(os.getpid(), signal.SIGSTOP)
                threading.Event().wait(60)  # another thread may be stopped first
    """
    said, done = run(body, deadline=1)
    assert done.returncode == 0 and not done.stderr
    assert said["order"] and len(pids(said)) == 4
    assert said["found"]["mkt-9"]["pid"] == said["parent"]
    assert said["found"]["mkt-9"]["left"] <= 0.001


def test_ctrl_c_begins_nothing_more_and_leaves_no_process_behind() -> None:
    body = """
        def disturb(target):
            if target.name == "mkt-0":
                os.kill(PARENT, signal.SIGINT)
            time.sleep(0.2)  # a slow instance: Ctrl-C comes while others are under way, and others wait
    """
    said, done = run(body)
    assert not said
    assert "KeyboardInterrupt" in done.stderr.splitlines()[-1]
    assert "ForkProcess" not in done.stderr


def test_ctrl_c_of_a_terminal_reaches_all_of_them_and_shows_one_traceback() -> None:
    body = """
        os.setpgid(0, 0)
        def disturb(target):
            if target.name == "mkt-0":
                os.killpg(0, signal.SIGINT)
            time.sleep(0.2)  # a slow instance: Ctrl-C comes while others are under way, and others wait
    """
    said, done = run(body)
    assert not said
    assert done.stderr.count("Traceback") == 1 and "ForkProcess" not in done.stderr


# -- how many ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process without threads, on a machine with eight processors."""
    monkeypatch.setattr(_processes.threading, "active_count", lambda: 1)
    monkeypatch.setattr(_processes, "_processors", lambda: 8)


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize(
    ("instances", "concurrency", "wanted", "expected"),
    [
        (1000, 32, 0, 4),
        (1000, 32, 6, 6),
        (1000, 32, 1, 1),
        (149, 32, 0, 2),
        (99, 32, 0, 1),
        (0, 32, 4, 1),
        (1000, 3, 0, 3),
    ],
)
def test_processes_have_enough_to_do_each(instances: int, concurrency: int, wanted: int, expected: int) -> None:
    assert processes_for(instances, SweepLimits(concurrency=concurrency), wanted) == expected


@pytest.mark.usefixtures("alone")
def test_less_than_no_process_is_an_error() -> None:
    with pytest.raises(ValidationError, match="processes must not be less than 0"):
        processes_for(100, SweepLimits(), -1)


@pytest.mark.usefixtures("alone")
def test_a_process_with_threads_is_not_forked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_processes.threading, "active_count", lambda: 2)
    assert processes_for(1000, SweepLimits(), 4) == 1


@pytest.mark.usefixtures("alone")
def test_a_system_without_fork_has_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "fork")
    assert processes_for(1000, SweepLimits(), 4) == 1


def test_the_processors_are_those_that_this_process_may_use() -> None:
    assert 1 <= _processes._processors() <= (os.cpu_count() or 1)
