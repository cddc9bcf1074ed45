# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What pip may install for development: exact versions with their SHA-256, in ``requirements/*.lock.txt``.

``make lock`` makes these files from the requirements, by uv, for the Pythons and systems of those who develop this.
A version that is in a lock stays there as long as the requirements allow it: ``ARGS="--upgrade-package NAME"`` and
``ARGS=--upgrade`` take newer ones. ``python -m tools.lock --check`` says without network whether all of them agree.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from .environment import BUILD, ROOT
from .metadata import HEADER

#: As ``tools/setup.sh`` has them.
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
#: By uv's name for a system: what its Python says of itself.
SYSTEMS = {
    "x86_64-manylinux_2_28": {"sys_platform": "linux", "platform_system": "Linux", "platform_machine": "x86_64"},
    "aarch64-manylinux_2_28": {"sys_platform": "linux", "platform_system": "Linux", "platform_machine": "aarch64"},
    "x86_64-apple-darwin": {"sys_platform": "darwin", "platform_system": "Darwin", "platform_machine": "x86_64"},
    "aarch64-apple-darwin": {"sys_platform": "darwin", "platform_system": "Darwin", "platform_machine": "arm64"},
}
_UV = (sys.executable, "-m", "uv", "pip")
_HASH = re.compile(r"sha256:[0-9a-f]{64}")
#: In the head of a lock. Without network nobody knows what a package needs itself: that a line is gone is seen by it.
_SEAL = "# SHA-256 of the lines below: "


@dataclass(frozen=True)
class Lock:
    """A file of requirements, and the file with what is installed for it.

    :param built: what has no wheel for everybody. Everything else comes as a wheel: to build is to run programs that
        the package names itself, without a hash.
    :param options: for uv.
    """

    name: str
    pythons: Sequence[str] = PYTHONS
    built: Sequence[str] = ()
    options: Sequence[str] = ()

    @property
    def requirements(self) -> str:
        """Relative to the root, as uv notes it in the lock."""
        return f"requirements/{self.name}.txt"

    @property
    def path(self) -> Path:
        """The lock."""
        return ROOT / f"requirements/{self.name}.lock.txt"

    @property
    def formats(self) -> list[str]:
        """The options of pip and uv that allow wheels only. Their order matters to pip."""
        return ["--only-binary :all:", *(f"--no-binary {package}" for package in self.built)]


LOCKS = (
    Lock("build"),
    Lock("dev", built=("reuse",)),
    # jpy, which connects it with Java, has no wheel for a newer Python.
    Lock("eda", pythons=PYTHONS[:3]),
    # One file of the bundle is unpacked, none is installed.
    Lock("controller", pythons=PYTHONS[1:], options=("--no-deps",)),
)


@dataclass(frozen=True)
class Pin:
    """One version in a lock."""

    requirement: Requirement
    hashes: Sequence[str]

    @property
    def version(self) -> str:
        """The one that is installed; "" when the lock leaves it open."""
        found = [one.version for one in self.requirement.specifier if one.operator == "=="]
        return found[0] if len(self.requirement.specifier) == 1 and found and "*" not in found[0] else ""

    @property
    def problem(self) -> str:
        """Why pip would not, or must not, install it; "" for nothing."""
        if not self.version or self.requirement.url:
            return f"{self.requirement} is not one version"
        if not self.hashes or not all(_HASH.fullmatch(one) for one in self.hashes):
            return f"{self.requirement} has not a SHA-256 for each of its files"
        return ""


def pins_of(text: str) -> list[Pin]:
    """What a lock installs. Its options are no pins."""
    found = []
    for line in _lines(text.replace("\\\n", " ")):
        if not line.startswith("--"):
            requirement, *hashes = re.split(r"\s+--hash=", line)
            found.append(Pin(Requirement(requirement), hashes))
    return found


def requirements_of(path: Path) -> list[Requirement]:
    """What a file requires, with the files that it names."""
    found = []
    for line in _lines(path.read_text(encoding="utf-8")):
        if line.startswith("-r "):
            found += requirements_of(path.parent / line.removeprefix("-r ").strip())
        else:
            found.append(Requirement(line))
    return found


def _lines(text: str) -> list[str]:
    lines = (re.sub(r"(^|\s)#.*", "", line).strip() for line in text.splitlines())
    return [line for line in lines if line]


def disagreements(lock: Lock, requirements: Sequence[Requirement], text: str) -> Iterator[str]:
    """Where a lock is no lock, or does not do what the requirements ask for."""
    options = [line for line in _lines(text) if line.startswith("-") and not line.startswith("--hash=")]
    if options != lock.formats:
        yield f"its options are {', '.join(options) or 'none'} and not {', '.join(lock.formats)}"
    pins = pins_of(text)
    yield from filter(None, (pin.problem for pin in pins))
    unmet: dict[str, list[str]] = {}
    for python, system in product(lock.pythons, SYSTEMS):
        for problem in _unmet(requirements, pins, _environment(python, system)):
            unmet.setdefault(problem, []).append(f"{python} on {system}")
    yield from (f"{problem} (Python {', '.join(places)})" for problem, places in unmet.items())


def _environment(python: str, system: str) -> dict[str, str]:
    here = {name: str(value) for name, value in default_environment().items()}
    names = {"implementation_name": "cpython", "platform_python_implementation": "CPython", "os_name": "posix"}
    versions = {"python_version": python, "python_full_version": f"{python}.0", "implementation_version": f"{python}.0"}
    return {**here, **names, **versions, **SYSTEMS[system]}


def _unmet(requirements: Sequence[Requirement], pins: Sequence[Pin], environment: dict[str, str]) -> Iterator[str]:
    def applies(one: Requirement) -> bool:
        return one.marker is None or one.marker.evaluate(environment)

    installed: dict[str, str] = {}
    for pin in (pin for pin in pins if applies(pin.requirement)):
        name = canonicalize_name(pin.requirement.name)
        if name in installed:
            yield f"{name} has two versions at once, {installed[name]} and {pin.version}"
        installed[name] = pin.version
    for requirement in filter(applies, requirements):
        version = installed.get(canonicalize_name(requirement.name))
        if version is None:
            yield f"{requirement.name} is required, and not locked"
        elif version and not requirement.specifier.contains(version, prereleases=True):
            yield f"{requirement} is required, and {version} is locked"


def seal(body: str) -> str:
    """The line for the head of a lock."""
    return _SEAL + hashlib.sha256(body.encode()).hexdigest()


def edited(text: str) -> Iterator[str]:
    """Whether a lock is not as ``make lock`` has written it: a line is missing, another, or new."""
    _before, _found, rest = text.partition(_SEAL)
    line, _newline, body = rest.partition("\n")
    if _SEAL + line != seal(body):
        yield "it is not as `make lock` has written it"


def unsealed(text: str) -> list[str]:
    """The packages in a lock of npm that have no SHA-512, or that name a registry."""
    packages = json.loads(text)["packages"]
    return [
        name
        for name, package in packages.items()
        if name and (not package.get("integrity", "").startswith("sha512-") or "resolved" in package)
    ]


def check() -> list[str]:
    """Every problem of the locks of this tree, one line each."""
    found = []
    for lock in LOCKS:
        required = requirements_of(ROOT / lock.requirements)
        text = lock.path.read_text(encoding="utf-8") if lock.path.exists() else ""
        problems = [*edited(text), *disagreements(lock, required, text)]
        found += [f"{lock.path.name}: {problem}" for problem in problems]
    for path in sorted(ROOT.glob("tests/*/package-lock.json")):
        names = unsealed(path.read_text(encoding="utf-8"))
        found += [f"{path.relative_to(ROOT)}: {name} has no SHA-512, or names a registry" for name in names]
    return found


def make(lock: Lock, more: Sequence[str]) -> None:
    """Write a lock, if every Python on every system can install it.

    :param more: options of the caller for uv.
    :raises subprocess.CalledProcessError: uv found no versions, or a package has no file for a system. It said which.
    """
    work = BUILD / "lock"
    work.mkdir(parents=True, exist_ok=True)
    draft = work / lock.path.name
    draft.unlink(missing_ok=True)
    if lock.path.exists():
        shutil.copy(lock.path, draft)  # uv keeps the versions that it finds there
    formats = [word for option in lock.formats for word in option.split()]
    common = ["--quiet", "--no-config", "--no-python-downloads", *formats, *lock.options]
    resolve = ["--universal", "--generate-hashes", "--no-header", "--python-version", lock.pythons[0], *more]
    _uv("compile", *common, *resolve, "--output-file", str(draft), lock.requirements)
    for python, system in product(lock.pythons, SYSTEMS):
        target = ["--target", str(work / "nowhere"), "--python-version", python, "--python-platform", system]
        _uv("install", "--dry-run", "--require-hashes", *common, *target, "--requirement", str(draft))
    body = "\n".join([*lock.formats, "", draft.read_text(encoding="utf-8")])
    head = [*HEADER, "", "# Made by `make lock`: do not edit.", seal(body)]
    lock.path.write_text("\n".join([*head, body]), encoding="utf-8")
    print(f"{lock.path.name}: {len(pins_of(draft.read_text(encoding='utf-8')))} versions")


def _uv(*arguments: str) -> None:
    command = [*_UV, *arguments, "--cache-dir", str(BUILD / "lock" / "cache")]
    subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, check=True)


def main(arguments: Sequence[str]) -> int:
    """Make the locks, or check them. Returns the exit status."""
    if list(arguments) != ["--check"]:
        try:
            for lock in LOCKS:
                make(lock, arguments)
        except subprocess.CalledProcessError as error:
            return int(error.returncode)
    found = check()
    print("\n".join([*found, "Run `make lock`."] if found else ["locks and requirements agree"]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
