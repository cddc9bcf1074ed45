# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A guide whose steps are commands with their output: what it says, and whether it is what was printed."""

from __future__ import annotations

import itertools
import os
import re
import subprocess
import sys
from pathlib import Path

from tools.environment import COLLECTIONS

_BLOCK = re.compile(r"^\.\. code-block:: (\w+)\n\n((?:   .*\n|\n)+)", re.MULTILINE)
_SHA256 = re.compile(r"\b[0-9a-f]{64}\b")
_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}Z")
COLOUR = re.compile(r"\x1b\[[0-9;]*[mK]")


def blocks(text: str) -> list[tuple[str, str]]:
    """The code blocks of a page of reStructuredText: what each is, and its text."""
    return [
        (kind, re.sub(r"^   ", "", body, flags=re.MULTILINE).rstrip("\n") + "\n") for kind, body in _BLOCK.findall(text)
    ]


def steps(text: str, command: str) -> list[tuple[str, str]]:
    """The commands of each step with a certain word, as a script for a shell, and the output below it."""
    return [
        (re.sub(r"^[$>] ", "", body, flags=re.MULTILINE), output)
        for (kind, body), (below, output) in itertools.pairwise(blocks(text))
        if (kind, below) == ("console", "text") and command in body
    ]


def plain(text: str) -> str:
    """A text without the form of the screen, and with one word for what differs from run to run."""
    return " ".join(_TIME.sub("TIME", _SHA256.sub("SHA256", text)).split())


def not_printed(shown: str, said: str) -> str:
    """The first part of an output of the guide that was not printed, in this order; '' when all were.

    :param shown: its parts stand between lines ``...``.
    """
    rest = plain(said)
    for part in re.split(r"^\.\.\.\n", shown, flags=re.MULTILINE):
        _before, match, rest = rest.partition(plain(part))
        if not match:
            return part
    return ""


def shell(script: str, where: Path, seconds: int, **environment: str) -> str:
    """What the commands of a script print.

    :param where: the directory in which they run.
    :param seconds: after which they end.
    """
    environment = {
        **os.environ,
        "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
        "ANSIBLE_HOME": str(where / ".ansible"),
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        **environment,
    }
    command = ["timeout", str(seconds), "bash", "-c", script]
    done = subprocess.run(command, cwd=where, env=environment, capture_output=True, text=True, check=False)
    return COLOUR.sub("", done.stdout + done.stderr)
