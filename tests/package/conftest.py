# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The archive, and the archive installed beside nothing but what the collection says that it needs."""

from __future__ import annotations

import json
import os
import subprocess
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tools import compat
from tools.dist import build
from tools.environment import BUILD, ROOT


@dataclass(frozen=True)
class Alone:
    """An installation with an empty home, and nothing of this clone or its environment on any path."""

    programs: Path
    home: Path

    @property
    def collection(self) -> Path:
        """Where the collection is."""
        return self.home / ".ansible/collections/ansible_collections/campaign/classic"

    def run(self, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a program of the installation in its home."""
        own = {
            "PATH": f"{self.programs}:/usr/bin:/bin",
            "HOME": str(self.home),
            "LC_ALL": "C.UTF-8",
            "ANSIBLE_NOCOLOR": "1",
            "no_proxy": "127.0.0.1,localhost",
        }
        return subprocess.run(
            [str(self.programs / command[0]), *command[1:]],
            cwd=self.home,
            env={**own, **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )


@pytest.fixture(scope="session")
def archive() -> Path:
    """The archive, as `make dist` builds it."""
    return build(BUILD / "package")


@pytest.fixture(scope="session")
def content(archive: Path) -> list[str]:
    """The files in it."""
    with tarfile.open(archive) as tar:
        return sorted(member.name for member in tar if member.isfile())


@pytest.fixture(scope="session")
def alone(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Alone:
    """The archive installed with the oldest ansible-core and the Python libraries of meta/ee-requirements.txt."""
    return _installed(archive, tmp_path_factory.mktemp("home"), lambda: compat.provide(os.environ))


@pytest.fixture(scope="session")
def rehearsing(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Alone:
    """The same with what requirements/simulator.txt says that a simulator needs."""

    def provided() -> Path:
        python = compat.find_python(os.environ)
        listed = BUILD / "package.txt"
        files = [compat.REQUIREMENTS[0], ROOT / "requirements/simulator.txt"]
        listed.write_text("".join(f"-r {path}\n" for path in files), encoding="utf-8")
        return compat.install(compat.place_of("rehearsing", python, [listed, *files]), python, listed)

    return _installed(archive, tmp_path_factory.mktemp("rehearsing"), provided)


def _installed(archive: Path, home: Path, provided: Callable[[], Path]) -> Alone:
    try:
        programs = provided()
    except compat.NoPython as error:
        pytest.skip(str(error))
    made = Alone(programs, home)
    done = made.run("ansible-galaxy", "collection", "install", "--offline", str(archive))
    assert done.returncode == 0, done.stderr
    return made


@pytest.fixture
def ansible_doc(alone: Alone) -> Callable[[str], set[str]]:
    """The names of the plugins of a kind that ansible-doc shows."""

    def listed(kind: str) -> set[str]:
        done = alone.run("ansible-doc", "--list", "--json", "--type", kind, "campaign.classic")
        assert done.returncode == 0, done.stderr
        return {name.removeprefix("campaign.classic.") for name in json.loads(done.stdout)}

    return listed
