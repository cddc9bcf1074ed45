# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the installed Node.js can run Adobe's SDK."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping

#: The SDK itself needs 20; its version of jsdom needs 20.19.
OLDEST = (20, 19)


def unusable_node(environment: Mapping[str, str]) -> str:
    """Why Node.js and npm are not usable, "" when they are.

    :param environment: its search path is used.
    """
    path = environment.get("PATH")
    wanted = ".".join(map(str, OLDEST))
    for program in ("node", "npm"):
        if not shutil.which(program, path=path):
            return f"'{program}' is not installed; Node.js {wanted} or newer is needed"
    node = shutil.which("node", path=path) or "node"
    try:
        done = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"'node' cannot be started: {error}"
    version = re.match(r"v(\d+)\.(\d+)", done.stdout)
    if version is None:
        return f"'node --version' says '{done.stdout.strip()[:40]}', which is no version"
    if tuple(map(int, version.groups())) < OLDEST:
        found = done.stdout.strip().removeprefix("v")
        return f"Node.js {found} is too old: {wanted} or newer is needed (Debian has it since version 13)"
    return ""
