# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the bill of materials of the collection's archive, in CycloneDX: what is in it, and what it needs to run.

``python -m tools.sbom`` builds the archive in ``.build/dist`` and leaves ``.cdx.json`` beside it. The same commit makes
the same file: it has no time but that of the commit, and its number is made from its content.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import tarfile
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import LicenseExpression
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

from . import dist
from .environment import BUILD, ROOT

REQUIREMENTS = ROOT / "meta" / "ee-requirements.txt"
_REQUIREMENT = re.compile(r"([A-Za-z0-9._-]+)\s*(.*)")


def bill_of(archive: Path, galaxy: dict[str, Any], requirements: str, moment: datetime) -> Bom:
    """The bill of an archive.

    :param galaxy: the content of galaxy.yml.
    :param requirements: the Python packages that it needs, as pip reads them.
    :param moment: of the commit.
    """
    bom = Bom()
    bom.metadata.timestamp = moment
    whole = bom.metadata.component = Component(
        name=f"{galaxy['namespace']}.{galaxy['name']}",
        version=galaxy["version"],
        type=ComponentType.LIBRARY,
        description=galaxy["description"],
        bom_ref="collection",
        licenses=[LicenseExpression("GPL-3.0-or-later")],
        hashes=[_sha256(archive.read_bytes())],
    )
    needed = [
        Component(name="ansible-core", type=ComponentType.FRAMEWORK, bom_ref="ansible-core"),
        *_needed(requirements),
    ]
    for component in [*_files(archive), *needed]:
        bom.components.add(component)
    bom.register_dependency(whole, needed)
    bom.serial_number = uuid.uuid5(uuid.NAMESPACE_URL, hashlib.sha256(archive.read_bytes()).hexdigest())
    return bom


def _files(archive: Path) -> Iterator[Component]:
    with tarfile.open(archive) as content:
        for member in content.getmembers():
            file = content.extractfile(member) if member.isfile() else None
            if file is not None:
                yield Component(
                    name=member.name,
                    type=ComponentType.FILE,
                    bom_ref=f"file:{member.name}",
                    hashes=[_sha256(file.read())],
                )


def _needed(requirements: str) -> Iterator[Component]:
    for line in requirements.splitlines():
        found = _REQUIREMENT.fullmatch(line.partition("#")[0].strip())
        if found:
            name, versions = found.groups()
            yield Component(
                name=name,
                version=versions or None,
                type=ComponentType.LIBRARY,
                bom_ref=f"pypi:{name}",
                purl=PackageURL("pypi", name=name.lower()),
            )


def _sha256(content: bytes) -> HashType:
    return HashType(alg=HashAlgorithm.SHA_256, content=hashlib.sha256(content).hexdigest())


def text_of(bom: Bom) -> str:
    """The bill as JSON, which must be as the schema has it.

    :raises ValueError: it is not.
    """
    text: str = JsonV1Dot6(bom).output_as_string(indent=1)
    problem = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    if problem is not None:
        raise ValueError(f"The bill of materials does not fit its schema: {problem}")
    return text + "\n"


def write_beside(archive: Path) -> Path:
    """Write the bill of an archive of this tree beside it; its path."""
    galaxy = yaml.safe_load((ROOT / "galaxy.yml").read_text(encoding="utf-8"))
    said = subprocess.run(["git", "log", "-1", "--format=%ct"], cwd=ROOT, capture_output=True, text=True, check=True)
    moment = datetime.fromtimestamp(int(said.stdout), UTC)
    path = archive.with_name(archive.name.replace(".tar.gz", ".cdx.json"))
    bom = bill_of(archive, galaxy, REQUIREMENTS.read_text(encoding="utf-8"), moment)
    path.write_text(text_of(bom), encoding="utf-8")
    return path


def main() -> int:
    """Build the archive, and write the bill beside it."""
    print(write_beside(dist.build(BUILD / "dist")).relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
