# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files that belong to the project, and copies of them.

Tools that walk the whole folder would meet the virtual environment, and the link from ``.build`` back to the root.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from .environment import BUILD, ROOT

#: For a tree that is no git clone (an unpacked archive): what .gitignore would keep out.
LOCAL = {
    ".ansible",
    ".build",
    ".git",
    ".hypothesis",
    ".mypy_cache",
    ".nox",
    ".pytest_cache",
    ".ruff_cache",
    ".venv",
    "__pycache__",
}


#: What stands behind the commit of a tree that is not as it was committed.
CHANGED = ", with changes"


def revision(root: Path = ROOT, beside: Sequence[Path] = ()) -> str:
    """The commit of a tree, with ``CHANGED`` if something of it is in no commit; "" where there is no git.

    :param beside: files of the tree whose changes do not count.
    """
    but = [f":(exclude){path.relative_to(root)}" for path in beside]
    commit, status = (
        subprocess.run(["git", *command], cwd=root, capture_output=True, text=True, check=False)
        for command in (("rev-parse", "HEAD"), ("status", "--porcelain", "--", ".", *but))
    )
    if not (root / ".git").exists() or commit.returncode or status.returncode:
        return ""
    return commit.stdout.strip() + (CHANGED if status.stdout else "")


def project_files(root: Path = ROOT) -> list[Path]:
    """The files of the project, relative to its root: those that git tracks, and new ones that it does not ignore."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        capture_output=True,
        check=False,
    )
    if (root / ".git").exists() and listing.returncode == 0:
        names = listing.stdout.decode().split("\0")
        return sorted({Path(name) for name in names if name and (root / name).is_file()})
    return sorted(path for path in _walk(root, Path()))


def _walk(root: Path, folder: Path) -> list[Path]:
    found: list[Path] = []
    for entry in (root / folder).iterdir():
        if entry.name in LOCAL:
            continue
        path = folder / entry.name
        if entry.is_dir() and not entry.is_symlink():
            found += _walk(root, path)
        elif entry.is_file():
            found.append(path)
    return found


def copy_project(purpose: str) -> Path:
    """A fresh copy of the project where Ansible's tools want a collection to be.

    :param purpose: the name of a folder of its own below ``.build``.
    :returns: the copy's root, ``.build/<purpose>/ansible_collections/campaign/classic``.
    """
    return copy_to(BUILD / purpose / "ansible_collections" / "campaign" / "classic")


def copy_to(destination: Path) -> Path:
    """A fresh copy of the project in a folder, which is returned."""
    shutil.rmtree(destination, ignore_errors=True)
    for path in project_files():
        target = destination / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / path, target, follow_symlinks=False)
    return destination
