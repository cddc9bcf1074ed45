# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ansible-rulebook in a virtual environment below ``.build``, and whether the Java and a Python at hand can run it.

``python -m tools.eda`` installs it and prints where it is.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from . import compat
from .environment import ROOT

#: What is installed; ``requirements/eda.txt`` says why.
REQUIREMENTS = ROOT / "requirements/eda.lock.txt"
#: The Pythons that it has files for, the best first.
PYTHONS = ("3.13", "3.12", "3.11")
JAVA, JAVA_PACKAGE = "java", "openjdk-17-jre-headless"
OLDEST = 17


def unusable_java(environ: Mapping[str, str]) -> str:
    """Why Java cannot be used, "" when it can.

    :param environ: its search path is used.
    """
    java = shutil.which(JAVA, path=environ.get("PATH"))
    if java is None:
        return f"'{JAVA}' is not installed; Java {OLDEST} or newer is needed (on Debian {JAVA_PACKAGE})"
    try:
        done = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"'{JAVA}' cannot be started: {error}"
    said = done.stdout + done.stderr
    version = re.search(r'version "(\d+)', said)
    if version is None:
        return f"'{JAVA} -version' says '{said.strip()[:40]}', which is no version"
    if int(version[1]) < OLDEST:
        return f"Java {version[1]} is too old: {OLDEST} or newer is needed (on Debian {JAVA_PACKAGE})"
    return ""


def unusable(environ: Mapping[str, str]) -> str:
    """Why it cannot run here, "" when it can."""
    if reason := unusable_java(environ):
        return reason
    try:
        find_python(environ)
    except compat.NoPython as error:
        return f"{error} ansible-rulebook needs one."
    return ""


def find_python(environ: Mapping[str, str]) -> str:
    """The Python to run it: this one, if it serves.

    :raises compat.NoPython: there is none.
    """
    this = "{}.{}".format(*sys.version_info)
    return sys.executable if this in PYTHONS else compat.find_python(environ, PYTHONS)


def provide() -> Path:
    """The folder with its programs; it is installed if it is not there.

    :raises compat.NoPython: there is no Python for it.
    :raises subprocess.CalledProcessError: pip could not install it.
    """
    python = find_python(os.environ)
    return compat.install(compat.place_of("eda", python, [REQUIREMENTS]), python, REQUIREMENTS, "--require-hashes")


def main() -> int:
    """Install it and say where."""
    if reason := unusable(os.environ):
        print(reason, file=sys.stderr)
        return 1
    print(provide())
    return 0


if __name__ == "__main__":
    sys.exit(main())
