# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Packages of npm that a suite needs, below ``.build``, once for each content of ``package.json`` and its lock file."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

INSTALL_LIMIT = 300
_FILES = ("package.json", "package-lock.json")


@dataclass(frozen=True)
class Package:
    """A package that the ``package.json`` in a folder names.

    :param name: as npm has it.
    :param here: the folder of ``package.json`` and its lock file.
    """

    name: str
    here: Path

    def pinned(self) -> str:
        """The requested version, exactly."""
        version = json.loads((self.here / _FILES[0]).read_text(encoding="utf-8"))["dependencies"][self.name]
        if not re.fullmatch(r"\d+\.\d+\.\d+", version):
            raise ValueError(f"package.json must name one version of {self.name}, not '{version}'")
        return str(version)

    def installed(self, folder: Path) -> str:
        """The version in a folder, "" for none."""
        with contextlib.suppress(FileNotFoundError):
            text = (folder / "node_modules" / self.name / "package.json").read_text(encoding="utf-8")
            return str(json.loads(text)["version"])
        return ""

    def folder(self, base: Path) -> Path:
        """The folder in which it is installed; npm runs when there is none yet. RuntimeError when npm fails."""
        digest = hashlib.sha256(b"".join((self.here / name).read_bytes() for name in _FILES)).hexdigest()[:16]
        folder = base / digest
        with _alone(base):
            if self.installed(folder) != self.pinned():
                self._install(base, folder)
        return folder

    def _install(self, base: Path, folder: Path) -> None:
        with tempfile.TemporaryDirectory(dir=base) as name:
            fresh = Path(name, "packages")
            fresh.mkdir()
            for file in _FILES:
                shutil.copy(self.here / file, fresh)
            command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
            done = subprocess.run(
                command,
                cwd=fresh,
                capture_output=True,
                text=True,
                timeout=INSTALL_LIMIT,
                stdin=subprocess.DEVNULL,
                check=False,
            )
            if done.returncode != 0 or self.installed(fresh) != self.pinned():
                raise RuntimeError(f"npm could not install {self.name} {self.pinned()}:\n{done.stdout}{done.stderr}")
            shutil.rmtree(folder, ignore_errors=True)
            fresh.rename(folder)


@contextlib.contextmanager
def _alone(base: Path) -> Iterator[None]:
    base.mkdir(parents=True, exist_ok=True)
    with (base / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
