# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ansible-builder takes the definition, and finds what other execution environments need of the collection."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import yaml

from tests.ee.main import BASE, missing
from tools.environment import COLLECTIONS, ROOT

BUILDER = Path(sys.executable).parent / "ansible-builder"


def builder(*arguments: str) -> str:
    """The output of ansible-builder, which must succeed."""
    done = subprocess.run([BUILDER, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def lines(path: Path) -> list[str]:
    """What a file of requirements requires."""
    text = path.read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in text if line.strip() and not line.startswith("#")]


def test_definition_is_taken_and_its_base_image_is_an_argument(tmp_path: Path) -> None:
    builder("create", "--context", str(tmp_path / "context"), "--output-file", "Containerfile")
    made = (tmp_path / "context" / "Containerfile").read_text(encoding="utf-8")
    assert 'ARG EE_BASE_IMAGE="localhost/campaign-classic-ee-base:latest"' in made
    assert "FROM $EE_BASE_IMAGE AS base" in made
    build = tmp_path / "context" / "_build"
    assert lines(build / "requirements.txt") == lines(ROOT / "meta" / "ee-requirements.txt")
    assert yaml.safe_load((build / "requirements.yml").read_text(encoding="utf-8")) == {
        "collections": [{"name": "campaign.classic"}]
    }


def test_introspect_finds_what_the_collection_needs(tmp_path: Path) -> None:
    found = tmp_path / "found.txt"
    builder("introspect", str(COLLECTIONS), "--write-pip", str(found))
    needed = [line.partition("#")[0].strip() for line in lines(found)]
    assert sorted(needed) == sorted(lines(ROOT / "meta" / "ee-requirements.txt"))


def test_every_requirement_is_one_that_pip_takes() -> None:
    command = [sys.executable, "-m", "pip", "install", "--dry-run", "--quiet", "--no-index", "--requirement"]
    done = subprocess.run(
        [*command, "requirements.txt"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr


def test_where_no_image_can_be_built_the_reason_is_said() -> None:
    (reason,) = missing(BASE, is_root=False)
    assert "as root on Debian" in reason
    assert missing("other:latest", is_root=False, needs=[("sh", "dash"), ("debootstrap", "no-such-package")]) == []
