# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection awx.awx, out of the bundle of collections on PyPI that has it. Nothing of it is committed."""

from __future__ import annotations

import fcntl
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from tools.environment import BUILD, ROOT

#: Names the bundle, with the digest of its file.
BUNDLE = ROOT / "requirements/controller.lock.txt"
#: Where the collection is then, for ANSIBLE_COLLECTIONS_PATH.
PLACE = BUILD / "controller/collections"
_INSIDE = "ansible_collections/awx/awx/"


class Missing(Exception):
    """It cannot be had here; the message says why."""


def awx_collection() -> Path:
    """The folder with the collection, downloaded once.

    :raises Missing: pip cannot download it.
    """
    PLACE.parent.mkdir(parents=True, exist_ok=True)
    with (PLACE.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (PLACE / _INSIDE / "MANIFEST.json").exists():
            _download(PLACE.parent / "download")
    return PLACE


def main() -> int:
    """Provide it, for a scenario of molecule. Returns the exit status."""
    try:
        print(awx_collection())
    except Missing as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _download(folder: Path) -> None:
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"]
    command = [*pip, "--dest", str(folder), "--requirement", str(BUNDLE)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    wheels = list(folder.glob("*.whl"))
    if ended.returncode or not wheels:
        said = ended.stderr.strip().splitlines()
        raise Missing(f"pip cannot download the bundle with awx.awx: {said[-1] if said else 'no wheel'}")
    half = PLACE.with_name("half")
    with zipfile.ZipFile(wheels[0]) as wheel:
        wheel.extractall(half, [name for name in wheel.namelist() if name.startswith(_INSIDE)])
    half.rename(PLACE)
    shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main())
