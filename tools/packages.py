# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs that a suite needs from the system."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence

Run = Callable[[Sequence[str]], bool]


def _run(command: Sequence[str]) -> bool:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    return subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, check=False).returncode == 0


def provide(
    command: str,
    package: str,
    environment: Mapping[str, str],
    *,
    run: Run = _run,
    is_root: bool | None = None,
) -> str:
    """Make sure that a program is installed: root on Debian installs it, other users get a message.

    :param command: the program's name on the search path of ``environment``.
    :param package: the Debian package that holds it.
    :returns: an empty text, or the reason why the program is missing.
    """
    path = environment.get("PATH")
    if shutil.which(command, path=path):
        return ""
    apt_get = shutil.which("apt-get", path=path)
    if not apt_get:
        return f"'{command}' is not installed"
    if not (os.geteuid() == 0 if is_root is None else is_root):
        return f"'{command}' is not installed (as root: apt-get install {package})"
    install = [apt_get, "install", "--yes", "--quiet", "--no-install-recommends", package]
    if run(install) or (run([apt_get, "update", "--quiet"]) and run(install)):
        return ""
    return f"'{command}' is not installed, and apt-get could not install {package}"
