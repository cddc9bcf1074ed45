# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds the collection's archive, from a copy that contains only the project's files.

With ``--check`` the archive is then read as Galaxy and Automation Hub would read it, and every warning counts, although
their importer succeeds with warnings. It would also run ansible-lint, which is a check of its own here.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from .environment import BUILD, ROOT, make_folders, suite_environment
from .tree import copy_project

IMPORTER = """\
[galaxy-importer]
RUN_ANSIBLE_DOC = True
RUN_ANSIBLE_LINT = False
"""


def build(folder: Path) -> Path:
    """Build the archive in an empty folder and return it.

    :raises subprocess.CalledProcessError: the build failed; its output was printed.
    """
    shutil.rmtree(folder, ignore_errors=True)
    command = ["ansible-galaxy", "collection", "build", "--output-path", str(folder)]
    copy = copy_project(folder.name)
    subprocess.run(command, cwd=copy, env=suite_environment(os.environ), stdout=subprocess.DEVNULL, check=True)
    (archive,) = folder.glob("*.tar.gz")
    return archive


def findings(output: str) -> list[str]:
    """The problems that the importer has printed about an archive."""
    return re.findall(r"^(?:WARNING|ERROR|CRITICAL): .*$", output, re.MULTILINE)


def check(archive: Path) -> list[str]:
    """Read an archive with the importer of Galaxy; its problems, one line each."""
    config = archive.parent / "galaxy-importer.cfg"
    config.write_text(IMPORTER, encoding="utf-8")
    result = subprocess.run(
        [sys.executable, "-m", "galaxy_importer.main", archive.name],
        cwd=archive.parent,
        env={**suite_environment(os.environ), "GALAXY_IMPORTER_CONFIG": str(config)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    found = findings(result.stdout)
    if not found and (result.returncode != 0 or "completed successfully" not in result.stdout):
        found = [result.stdout]
    return found


def main(arguments: Sequence[str]) -> int:
    """Build into ``.build/dist``, or check a build of its own."""
    make_folders(os.environ)
    if "--check" not in arguments:
        print(build(BUILD / "dist").relative_to(ROOT))
        return 0
    found = check(build(BUILD / "import"))
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
