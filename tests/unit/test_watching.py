# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tests of secrets notice a secret wherever a run shows or leaves it, also for a moment only."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.helpers.watching import PAYLOAD, Sink, Watched

SECRET = "watched-canary-4711"
#: Programs that let a secret out, and where it is found. {0} is a folder of the run, {1} one that is not.
LEAKS = {
    "a file that stays": ("open('{0}/left', 'w').write(secret)", "{0}/left"),
    "a file outside of the folder": ("open('{1}/left', 'a').write(secret)", "{1}/left"),
    "a file that is removed at once": ("open('{0}/a', 'w').write(secret); os.remove('{0}/a')", "{0}/a"),
    "one with a name by its folder": (
        "import shutil; os.mkdir('{0}/b'); open('{0}/b/c', 'w').write(secret); shutil.rmtree('{0}/b')",
        "{0}/b/c",
    ),
    "one outside that is removed": ("open('{1}/a', 'w').write(secret); os.remove('{1}/a')", "{1}/a"),
    "one that is replaced": (
        "open('{0}/a', 'w').write(secret); open('{0}/b', 'w').write('x'); os.replace('{0}/b', '{0}/a')",
        "{0}/a",
    ),
    "one that is emptied": ("open('{0}/a', 'w').write(secret); open('{0}/a', 'w').close()", "{0}/a"),
    "one of tempfile": (
        "import tempfile\nwith tempfile.NamedTemporaryFile('w') as one: one.write(secret); one.flush()",
        "{0}/tmp/",
    ),
    "base64 in a file": ("open('{0}/a', 'wb').write(base64.b64encode(secret.encode())); os.remove('{0}/a')", "{0}/a"),
    "a command line": ("import subprocess; subprocess.run(['true', secret])", "a command line"),
    "a shell's command line": ("os.system(f'true {{secret}}')", "a command line"),
    "an environment": ("import subprocess; subprocess.run(['true'], env={{'A': secret}})", "an environment"),
    "an environment that is inherited": (
        "import subprocess; os.environ['A'] = secret; subprocess.run(['true'])",
        "an environment",
    ),
}


def ran(watched: Watched, code: str, **more: str) -> None:
    """Run a program that gets the secret by its standard input, as a watched run."""
    subprocess.run(
        [sys.executable, "-"],
        input=code,
        env={**os.environ, **watched.environment, **more},
        text=True,
        timeout=60,
        check=True,
    )


@pytest.fixture
def work(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    return folder


@pytest.mark.parametrize("kind", LEAKS)
def test_secret_is_seen(kind: str, work: Path, elsewhere: Path) -> None:
    program, place = (text.format(work, elsewhere) for text in LEAKS[kind])
    with Watched(work) as watched:
        ran(watched, f"import base64, os\nsecret = {SECRET!r}\n{program}\n")
    with pytest.raises(AssertionError, match=re.escape(f"password in {place}")):
        watched.unseen({"password": SECRET})


def test_what_is_shown_is_looked_at_and_without_a_secret_nothing_is_found(work: Path) -> None:
    with Watched(work) as watched:
        ran(watched, "import os\nopen('x', 'w').write('nothing')\nos.remove('x')")
    watched.unseen({"password": SECRET}, Sink("output", "nothing"))
    with pytest.raises(AssertionError, match="password in output"):
        watched.unseen({"password": SECRET}, Sink("output", f"It was {SECRET[4:14]}."))


def test_a_shell_is_seen_while_it_runs(work: Path) -> None:
    # It waits for a line of ours, that comes when the thread has looked.
    with Watched(work) as watched:
        environ = {**os.environ, **watched.environment}
        ran(watched, "")
        one = subprocess.Popen(
            ["sh", "-c", f"echo {SECRET} > {work}/a; read line; rm {work}/a; exit 0", SECRET],
            env=environ,
            stdin=subprocess.PIPE,
        )
        wait_until(lambda: any(SECRET in sink.text for sink in watched.files()))
        wait_until(lambda: any(SECRET in text for _kind, text in list(watched.processes)))
        one.communicate(b"go on\n", timeout=60)
    assert not (work / "a").exists()
    with pytest.raises(AssertionError, match="password in a command line in /proc"):
        watched.unseen({"password": SECRET})
    with pytest.raises(AssertionError, match=re.escape(f"password in {work}/a")):
        watched.unseen({"password": SECRET})


def wait_until(holds: Callable[[], bool]) -> None:
    """The test's own time limit ends it."""
    while not holds():
        os.sched_yield()


def test_what_the_user_has_set_in_the_environment_is_expected_there_and_nowhere_else(work: Path) -> None:
    with Watched(work, {"CAMPAIGN_PASSWORD": SECRET}) as watched:
        ran(watched, "import subprocess\nsubprocess.run(['true'])")
    watched.unseen({"password": SECRET})
    with Watched(work, {"CAMPAIGN_PASSWORD": SECRET}) as watched:
        ran(watched, "import os, subprocess\nsubprocess.run(['true'], env={'B': os.environ['CAMPAIGN_PASSWORD']})")
    with pytest.raises(AssertionError, match="password in an environment"):
        watched.unseen({"password": SECRET})


@pytest.mark.parametrize(
    ("folder", "file", "allowed"), [(0o700, 0o644, True), (0o755, 0o600, True), (0o755, 0o644, False)]
)
def test_payload_of_a_module_may_hold_secrets_where_nobody_else_can_read_it(
    folder: int, file: int, allowed: bool, work: Path
) -> None:
    place = work / "ansible-local-1"
    place.mkdir(mode=folder)
    with Watched(work) as watched:
        steps = f"open(n, 'w').write({SECRET!r})", f"os.chmod(n, {file})", "os.remove(n)"
        ran(watched, "\n".join(["import os", f"n = '{place}/tmpx'", *steps]))
    if allowed:
        watched.unseen({"password": SECRET}, allowed=[PAYLOAD])
    with pytest.raises(AssertionError, match="tmpx"):
        watched.unseen({"password": SECRET}, allowed=[] if allowed else [PAYLOAD])


def test_a_run_without_a_process_that_tells_something_proves_nothing(work: Path) -> None:
    with Watched(work) as watched:
        subprocess.run(["true"], check=True)
    with pytest.raises(FileNotFoundError):
        watched.unseen({"password": SECRET})
