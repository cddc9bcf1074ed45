# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which folder of the collection may import which: import-linter holds the contracts of ``pyproject.toml``.

``python -m tools.layers`` prints the folders from the lowest up, how many floors there are, and every violation; the
exit status is 1 when there is one.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

from .environment import ROOT

COLLECTIONS = ROOT / ".build" / "collections"


def contracts(root: Path = ROOT) -> list[dict[str, Any]]:
    """The contracts as ``pyproject.toml`` has them."""
    settings = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = settings["tool"]["importlinter"]["contracts"]
    return found


def floors(root: Path = ROOT) -> list[str]:
    """One line for each package of layers: its folders, the lowest first."""
    lines = []
    for contract in contracts(root):
        for container in contract.get("containers", ()):
            layers = list(reversed(contract["layers"]))
            lines.append(f"{container.rpartition('classic.')[2]} ({len(layers)} floors): {' < '.join(layers)}")
    return lines


def check(root: Path, collections: Path) -> tuple[int, str]:
    """The number of broken contracts of a tree, and import-linter's report on them.

    :param root: the tree, with its ``pyproject.toml`` and ``simulator``.
    :param collections: the folder that holds the same tree as ``ansible_collections/campaign/classic``.
    """
    environment = {**os.environ, "PYTHONPATH": f"{collections}{os.pathsep}{root}", "NO_COLOR": "1"}
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as main; main()"]
    command += ["pyproject.toml", "--no-cache"]
    ended = subprocess.run(
        command, cwd=root, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    counted = re.search(r"Contracts: \d+ kept, (\d+) broken", ended.stdout)
    if counted is None:
        return len(contracts(root)), ended.stdout
    return int(counted[1]), ended.stdout[ended.stdout.index("Contracts\n") :]


def main() -> int:
    """Check the tree that this file is in."""
    broken, said = check(ROOT, COLLECTIONS)
    print("\n".join(floors()))
    if broken:
        print(said)
    print(f"{len(contracts())} contracts, {broken} violated")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
