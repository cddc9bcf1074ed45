# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds the documentation as a site below ``.build/site``; every warning about our own pages is an error.

antsibull-docs makes the pages of plugins and roles, and takes the guides along; Sphinx makes HTML of all. Without the
internet, Sphinx cannot fetch the lists of what other projects have, and links to them stay plain text: that is no
warning about our pages.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from .environment import BUILD, ROOT, make_folders, suite_environment
from .tree import copy_project

COLLECTION = "campaign.classic"
WORK = BUILD / "site"
INDEX = WORK / "site" / "build" / "html" / "index.html"
#: Sphinx could not fetch the list of another project.
UNREACHED = "failed to reach any of the inventories"
#: A link to a page of such a project: of another collection, or of Ansible itself.
FOREIGN = re.compile(r"undefined label: (?!'?ansible_collections\.campaign\.classic\.)")


def own_problems(output: str) -> list[str]:
    """The warnings and errors that are about our pages.

    :param output: what antsibull-docs and Sphinx have printed.
    """
    found = [line for line in output.splitlines() if re.search(r"\b(?:WARNING|ERROR|CRITICAL|SEVERE)\b", line)]
    unreached = any(UNREACHED in line for line in found)
    return [line for line in found if UNREACHED not in line and not (unreached and FOREIGN.search(line))]


def _run(command: Sequence[str], environment: Mapping[str, str], folder: Path) -> str:
    done = subprocess.run(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode != 0:
        return f"{done.stdout}\nERROR: {' '.join(command)} ended with {done.returncode}"
    return done.stdout


def build() -> str:
    """Make the site. Returns what the tools have printed."""
    copy = copy_project(WORK.name)
    site = WORK / "site"
    site.mkdir(mode=0o700)
    environment = {**suite_environment(os.environ), "ANSIBLE_COLLECTIONS_PATH": str(copy.parents[2])}
    names = ("--project", COLLECTION, "--title", COLLECTION, "--copyright", "campaign.classic maintainers")
    options = ("--use-current", "--fail-on-error", "--squash-hierarchy", "--lenient")
    command = ("antsibull-docs", "sphinx-init", *options, *names, "--dest-dir", str(site), COLLECTION)
    return _run(command, environment, WORK) + _run(("bash", "build.sh"), environment, site)


def main() -> int:
    """Build, and show what is wrong."""
    make_folders(os.environ)
    shutil.rmtree(WORK, ignore_errors=True)
    output = build()
    problems = own_problems(output)
    if problems or not INDEX.is_file():
        print(output)
        print("\n".join(problems) or "There is no page.")
        return 1
    print(f"{len(list(INDEX.parent.rglob('*.html')))} pages without a warning of our own: {INDEX.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
