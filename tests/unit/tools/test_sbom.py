# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The bill of materials names every file of an archive and every package that it needs, and fits its schema."""

from __future__ import annotations

import hashlib
import json
import tarfile
from datetime import UTC, datetime
from pathlib import Path

from tools.sbom import REQUIREMENTS, bill_of, text_of

GALAXY = {"namespace": "campaign", "name": "classic", "version": "1.2.3", "description": "A collection."}
COMMITTED = datetime(2026, 11, 29, 8, tzinfo=UTC)


def archive(work: Path) -> Path:
    """An archive of two files in a folder."""
    folder = work / "plugins"
    folder.mkdir()
    (folder / "one.py").write_text("pass\n", encoding="ascii")
    (work / "README.md").write_text("# Read\n", encoding="ascii")
    path = work / "campaign-classic-1.2.3.tar.gz"
    with tarfile.open(path, "w:gz") as content:
        content.add(folder, "plugins")
        content.add(work / "README.md", "README.md")
    return path


def test_bill_names_files_with_their_digests_and_what_is_needed(tmp_path: Path) -> None:
    bill = json.loads(
        text_of(bill_of(archive(tmp_path), GALAXY, "# ours\nrequests>=2.28\nlxml>=4.9  # XML\n\n", COMMITTED))
    )
    about = bill["metadata"]["component"]
    assert (about["name"], about["version"]) == ("campaign.classic", "1.2.3")
    parts = {one["name"]: one for one in bill["components"]}
    assert set(parts) == {"plugins/one.py", "README.md", "ansible-core", "requests", "lxml"}
    assert parts["plugins/one.py"]["hashes"][0]["content"] == hashlib.sha256(b"pass\n").hexdigest()
    assert parts["requests"]["version"] == ">=2.28" and parts["requests"]["purl"] == "pkg:pypi/requests"
    needed = {one["ref"]: one.get("dependsOn", []) for one in bill["dependencies"]}["collection"]
    assert set(needed) == {"ansible-core", "pypi:requests", "pypi:lxml"}


def test_same_archive_has_the_same_bill(tmp_path: Path) -> None:
    path = archive(tmp_path)
    first, second = (text_of(bill_of(path, GALAXY, "lxml\n", COMMITTED)) for _time in range(2))
    assert first == second


def test_packages_are_those_that_an_execution_environment_gets() -> None:
    lines = [
        line for line in REQUIREMENTS.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")
    ]
    assert {line.partition(">")[0] for line in lines} >= {"requests", "lxml", "jmespath"}
