# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ansible-rulebook in a virtual environment below ``.build``, and whether the Java at hand can run it.

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

REQUIREMENTS = (ROOT / "requirements/eda.txt", ROOT / "meta/ee-requirements.txt")
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


def provide() -> Path:
    """The folder with its programs; it is installed if it is not there.

    :raises subprocess.CalledProcessError: pip could not install it.
    """
    return compat.install(compat.place_of("eda", sys.executable, REQUIREMENTS), sys.executable, REQUIREMENTS[0])


def main() -> int:
    """Install it and say where."""
    if reason := unusable_java(os.environ):
        print(reason, file=sys.stderr)
        return 1
    print(provide())
    return 0


if __name__ == "__main__":
    sys.exit(main())
