# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The oldest ansible-core that the collection supports, in a virtual environment below ``.build``.

It is installed once for each content of its requirements; ``python -m tools.compat`` prints where it is.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from .environment import BUILD, ROOT

REQUIREMENTS = (ROOT / "requirements/compat.txt", ROOT / "meta/ee-requirements.txt")
#: The Pythons that this ansible-core runs on, the one of most execution environments first.
PYTHONS = ("3.11", "3.10", "3.12")
#: Seconds that an installation may take.
LIMIT = 600


class NoPython(Exception):
    """There is no Python for the oldest ansible-core."""


def candidates(environ: Mapping[str, str], versions: Sequence[str] = PYTHONS) -> Iterator[str]:
    """Where such a Python may be: on the search path, or beside the shims of pyenv, best first."""
    shims = [Path(folder) for folder in environ.get("PATH", "").split(os.pathsep) if folder.endswith("/shims")]
    roots = [Path(environ["PYENV_ROOT"])] if environ.get("PYENV_ROOT") else [shim.parent for shim in shims]
    for version in versions:
        found = shutil.which(f"python{version}", path=environ.get("PATH"))
        yield from [found] if found else []
        for root in roots:
            yield from sorted(map(str, root.glob(f"versions/{version}.*/bin/python")), reverse=True)


def find_python(environ: Mapping[str, str], versions: Sequence[str] = PYTHONS) -> str:
    """The first candidate that runs.

    :raises NoPython: none does.
    """
    for candidate in candidates(environ, versions):
        if version_of(candidate) in versions:
            return candidate
    raise NoPython(f"There is no Python {', '.join(versions[:-1])} or {versions[-1]} here.")


def version_of(python: str) -> str:
    """Its version, as in 3.12; '' where it does not run: pyenv has a shim also for versions that it does not have."""
    probe = "import ensurepip, ssl, sys, venv; print('%d.%d' % sys.version_info[:2])"
    done = subprocess.run([python, "-c", probe], capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


def place(python: str) -> Path:
    """Where the environment of this Python and these requirements is, or will be."""
    return place_of("compat", python, REQUIREMENTS)


def place_of(kind: str, python: str, requirements: Sequence[Path]) -> Path:
    """The same for an environment of another kind.

    :param requirements: the first one is installed; the others are those that it names.
    """
    content = b"".join(path.read_bytes() for path in requirements)
    digest = hashlib.sha256(content + python.encode() + str(ROOT).encode()).hexdigest()[:12]
    return BUILD / kind / digest


def provide(environ: Mapping[str, str]) -> Path:
    """The folder with the programs of the oldest ansible-core; it is installed if it is not there.

    :raises NoPython: there is no Python for it.
    :raises subprocess.CalledProcessError: pip could not install it.
    """
    python = find_python(environ)
    return install(place(python), python, REQUIREMENTS[0])


def install(home: Path, python: str, requirements: Path, *options: str) -> Path:
    """The folder with the programs of an environment; it is made if it is not there.

    :param options: for pip.
    :raises subprocess.CalledProcessError: pip could not install it.
    """
    home.parent.mkdir(parents=True, exist_ok=True)
    with (home.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (home / "complete").exists():
            shutil.rmtree(home, ignore_errors=True)
            pip = [str(home / "bin/python"), "-m", "pip", "install", "--quiet"]
            install = [*pip, *options, "-r", str(requirements)]
            for command in ([python, "-m", "venv", str(home)], install):
                subprocess.run(command, check=True, timeout=LIMIT, stdin=subprocess.DEVNULL)
            (home / "complete").touch()
    return home / "bin"


def main() -> int:
    """Install it and say where."""
    try:
        print(provide(os.environ))
    except NoPython as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
