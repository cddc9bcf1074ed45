# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the archive of a release, from what is committed, and checks it. It publishes nothing.

``python -m tools.release --changelog`` moves the fragments into the entry of the version in galaxy.yml, in a
copy, since antsibull-changelog walks through all folders of a tree. ``python -m tools.release`` refuses a tree with
changes, a version without an entry, fragments that are in no entry yet, a SECURITY.md that does not say which key
signs, and an archive of which the importer of Galaxy says anything. At the end it names what is left to do.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import yaml

from . import dist, sbom
from .environment import BUILD, ROOT, make_folders, suite_environment
from .tree import copy_project

#: Of an OpenPGP key, as gpg shows it.
_FINGERPRINT = re.compile(r"\b(?:[0-9A-F]{4}\s*){10}\b")


def obstacles(root: Path = ROOT) -> Iterator[str]:
    """Why the tree is no release, one sentence each."""
    version = version_of(root)
    status = subprocess.run(["git", "status", "--porcelain"], cwd=root, capture_output=True, text=True, check=True)
    if status.stdout:
        yield f"Not everything is committed:\n{status.stdout.rstrip()}"
    tags = subprocess.run(["git", "tag", "--list", version], cwd=root, capture_output=True, text=True, check=True)
    if tags.stdout.strip():
        yield f"There is a tag {version} already. Write the next version into galaxy.yml."
    changelog = yaml.safe_load((root / "changelogs/changelog.yaml").read_text(encoding="utf-8"))
    if version not in changelog["releases"]:
        yield f"CHANGELOG.md has no entry {version}: run antsibull-changelog release."
    fragments = sorted(path.name for path in (root / "changelogs/fragments").glob("*.y*ml"))
    if fragments:
        yield f"Fragments are in no entry of the changelog: {', '.join(fragments)}."
    if not _FINGERPRINT.search((root / "SECURITY.md").read_text(encoding="utf-8")):
        yield "SECURITY.md has no fingerprint of the key that signs: write it there, and add the key as KEYS.asc."


def version_of(root: Path) -> str:
    """The version in galaxy.yml."""
    return str(yaml.safe_load((root / "galaxy.yml").read_text(encoding="utf-8"))["version"])


def write_changelog(root: Path = ROOT) -> None:
    """Make the entry of the version, and remove the fragments that are in it.

    :raises subprocess.CalledProcessError: antsibull-changelog has printed why there is none.
    """
    copy = copy_project("changelog")
    command = ("antsibull-changelog", "release", "--version", version_of(root))
    subprocess.run(command, cwd=copy, env=suite_environment(os.environ), check=True)
    for name in ("CHANGELOG.md", "changelogs/changelog.yaml"):
        shutil.copyfile(copy / name, root / name)
    for fragment in (root / "changelogs/fragments").glob("*.y*ml"):
        fragment.unlink()


def main(arguments: Sequence[str]) -> int:
    """Write the changelog, or check, build, and check the archive."""
    make_folders(os.environ)
    if "--changelog" in arguments:
        write_changelog()
        return 0
    if found := list(obstacles()):
        print("\n".join(found))
        return 1
    archive = dist.build(BUILD / "dist")
    if found := dist.check(archive):
        print("\n".join(found))
        return 1
    version, place, bill = version_of(ROOT), archive.relative_to(ROOT), sbom.write_beside(archive).relative_to(ROOT)
    print(f"{place}\nSHA-256 {hashlib.sha256(archive.read_bytes()).hexdigest()}\n{bill}\n")
    print(f"Once CI has passed on this commit:\n  git tag --sign {version} --message 'Release {version}'")
    print(f"  gpg --armor --detach-sign {place}\n  git push origin {version}")
    print(f"  ansible-galaxy collection publish {place}")
    print("Attach the archive, its signature and its bill of materials to the release, with the SHA-256 above.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
