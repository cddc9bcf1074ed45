# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds the execution environment and runs ``detect`` in it, against a simulator on the loopback.

Podman and buildah build without a daemon, isolated by chroot, which also works in a container. The base is a
Debian of debootstrap, so that no registry is asked; the packages of Python come as wheels. Root on Debian installs what
is missing; elsewhere the last line says what was skipped, and why.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from simulator.testing import running_simulator
from tests.integration.fleets import PASSWORD, USER, small_fleet
from tests.integration.runner import inventory
from tools.dist import build as build_archive
from tools.environment import BUILD, ROOT, make_folders, suite_environment
from tools.packages import provide

BASE = "localhost/campaign-classic-ee-base:latest"
IMAGE = "localhost/campaign-classic-ee:latest"
WORK = BUILD / "ee"
#: Seconds for one command.
LIMIT = 1200
NEEDS = (("podman", "podman"), ("buildah", "buildah"), ("debootstrap", "debootstrap"))


def call(*command: str | Path, quiet: bool = True) -> str:
    """The output of a command.

    :raises SystemExit: it failed. Says the command and the end of its output.
    """
    print("+", shlex.join(map(str, command)), flush=True)
    done = subprocess.run(
        list(command),
        cwd=ROOT,
        env={**os.environ, "BUILDAH_ISOLATION": "chroot"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    if done.returncode != 0:
        print(done.stdout[-6000:])
        raise SystemExit(f"ended with {done.returncode}: {shlex.join(map(str, command))}")
    if not quiet:
        print(done.stdout)
    return done.stdout


@contextlib.contextmanager
def timed(what: str) -> Iterator[None]:
    """Say how long a step took."""
    started = time.monotonic()
    yield
    print(f"{what}: {time.monotonic() - started:.0f} s", flush=True)


def missing(base: str, *, is_root: bool, needs: Sequence[tuple[str, str]] = NEEDS) -> list[str]:
    """Why no image can be built here.

    :param base: the base image. One that is named need not be made.
    """
    if base == BASE and (not is_root or shutil.which("apt-get") is None):
        return ["a base is made by debootstrap, as root on Debian; name another image with --base"]
    wanted = [need for need in needs if base == BASE or need[0] != "debootstrap"]
    return [reason for command, package in wanted if (reason := provide(command, package, os.environ))]


def make_base(mirror: str) -> None:
    """Import a minimal Debian as the base image, unless it is there."""
    found = subprocess.run(["podman", "image", "exists", BASE], check=False)
    if found.returncode == 0:
        return
    release = dict(
        line.split("=", 1) for line in Path("/etc/os-release").read_text(encoding="utf-8").splitlines() if "=" in line
    )
    folder = WORK / "base"
    shutil.rmtree(folder, ignore_errors=True)
    packages = "--include=python3,python3-pip,ca-certificates"
    call("debootstrap", "--variant=minbase", packages, release["VERSION_CODENAME"].strip('"'), folder, mirror)
    archive = WORK / "base.tar"
    call("tar", "--create", "--file", archive, "--directory", folder, ".")
    call("podman", "import", archive, BASE)
    shutil.rmtree(folder)
    archive.unlink()


def first_mirror() -> str:
    """Where this machine has its packages from."""
    found = call("apt-get", "indextargets", "--format", "$(SITE) $(RELEASE)", "Created-By: Packages").split()
    if not found:
        raise SystemExit("apt-get has no source of packages; name one with --mirror")
    return found[0]


def inside(image: str, *command: str, options: Sequence[str] = ()) -> str:
    """The output of a command in a new container of an image."""
    container = call("buildah", "from", "--pull-never", image).strip().splitlines()[-1]
    try:
        words = ("buildah", "run", "--isolation", "chroot", "--user", "root", "--env", "HOME=/root", *options)
        return call(*words, container, "--", *command)
    finally:
        call("buildah", "rm", container)


def get_wheels(folder: Path) -> None:
    """The packages of Python that the image gets, for the Python of its base."""
    version = inside(BASE, "python3", "-c", "import sys; print('%d.%d' % sys.version_info[:2])").split()[-1]
    shutil.rmtree(folder, ignore_errors=True)
    dependencies = definition()["dependencies"]
    wanted = [dependencies[name]["package_pip"] for name in ("ansible_core", "ansible_runner")]
    # What ansible-builder itself asks for: to read the requirements, and to start a container.
    wanted += ["bindep", "pyyaml", "packaging", "dumb-init==1.2.5"]
    platforms = [f"--platform={name}_{os.uname().machine}" for name in ("manylinux2014", "manylinux_2_28", "linux")]
    words = ["--only-binary=:all:", f"--python-version={version}", *platforms, f"--dest={folder}"]
    more = ["--requirement", str(ROOT / "meta" / "ee-requirements.txt")]
    call(sys.executable, "-m", "pip", "download", "--quiet", *words, *wanted, *more)


def definition() -> dict[str, Any]:
    """The definition of the repository."""
    found: dict[str, Any] = yaml.safe_load((ROOT / "execution-environment.yml").read_text(encoding="utf-8"))
    return found


def write_definition(path: Path, base: str, archive: Path, wheels: Path) -> None:
    """The same definition, with this tree as the collection, and everything from this disk."""
    found = definition()
    found["images"] = {"base_image": {"name": base}}
    found["dependencies"]["galaxy"] = {"collections": [{"name": f"archive/{archive.name}", "type": "file"}]}
    for name in ("python", "system"):
        found["dependencies"][name] = str(ROOT / found["dependencies"][name])
    found["options"] = {"skip_pip_install": True, "package_manager_path": "/usr/bin/true"}
    found["additional_build_files"] = [
        {"src": str(archive), "dest": "archive"},
        {"src": str(wheels), "dest": "wheels"},
    ]
    local = ["COPY _build/wheels /wheels", "ENV PIP_NO_INDEX=1 PIP_FIND_LINKS=/wheels PIP_BREAK_SYSTEM_PACKAGES=1"]
    found["additional_build_steps"] = {"prepend_base": local, "append_final": ["RUN rm -rf /wheels"]}
    path.write_text(yaml.safe_dump(found, sort_keys=False), encoding="utf-8")


def build_image(base: str) -> None:
    """Build the image from this tree."""
    wheels = WORK / "wheels"
    with timed("the wheels"):
        get_wheels(wheels)
    write_definition(WORK / "execution-environment.yml", base, build_archive(BUILD / "ee-archive"), wheels)
    command = [str(Path(sys.executable).parent / "ansible-builder"), "build", "--container-runtime", "podman"]
    places = ["--file", str(WORK / "execution-environment.yml"), "--context", str(WORK / "context"), "--tag", IMAGE]
    with timed("the build"):
        call(*command, *places, "--extra-build-cli-args", "--isolation chroot --pull=never")
    size = call("podman", "image", "inspect", "--format", "{{.Size}}", IMAGE).split()[-1]
    print(f"the image has {int(size) / 1e6:.0f} MB")


def run_detect() -> None:
    """Run ``detect`` in the image against a simulator, and ask the simulator's ledger for what came."""
    with running_simulator(small_fleet()) as sim:
        hosts = inventory(dict(sim.instances), USER, PASSWORD)
        (WORK / "run").mkdir(exist_ok=True)
        (WORK / "run" / "hosts.yml").write_text(yaml.safe_dump(hosts), encoding="utf-8")
        volume = ["--volume", f"{WORK / 'run'}:/runner/inventory:ro"]
        with timed("detect in the image"):
            book = ("ansible-playbook", "-i", "/runner/inventory/hosts.yml", "campaign.classic.detect")
            said = inside(IMAGE, *book, options=volume)
        print(said[-1500:])
        asked = {call["instance"] for call in sim.ledger(kind="read")}
        if not {"stuck", "ignoring", "healthy"} <= asked or "2 hosts would be cured now" not in said:
            raise SystemExit(f"detect in the image has not read the fleet: {sorted(asked)}")
        if sim.ledger(kind="write") or sim.sessions():
            raise SystemExit("detect in the image has written, or left a session open")


def main() -> int:
    """Build and run; 0 when it worked or was skipped."""
    parser = argparse.ArgumentParser(prog="make ee-test", description=__doc__)
    parser.add_argument("--base", default=BASE, help="the base image; without it a Debian is made by debootstrap")
    parser.add_argument("--mirror", default="", help="the mirror of debootstrap; without it the one of this machine")
    options = parser.parse_args()
    make_folders(os.environ)
    WORK.mkdir(parents=True, exist_ok=True)
    reasons = missing(options.base, is_root=os.geteuid() == 0)
    if reasons:
        print(f"skipped: {'; '.join(reasons)}")
        print("0 passed, 0 failed, 1 skipped")
        return 0
    if options.base == BASE:
        with timed("the base"):
            make_base(options.mirror or first_mirror())
    build_image(options.base)
    run_detect()
    call("podman", "image", "rm", IMAGE)
    print("1 passed, 0 failed, 0 skipped")
    return 0


if __name__ == "__main__":
    os.environ.update(suite_environment(os.environ))
    sys.exit(main())
