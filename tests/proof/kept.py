# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What whole runs of ``make proof`` have left for the guide: the result of each part, and the commit that it is of."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

RESULTS = Path(__file__).resolve().parents[2] / ".build" / "proof"
#: What a commit is called beside which there were other files.
CHANGED = "with changes"


@dataclass(frozen=True)
class Part:
    """One line of the table: what was tried, how often, and what went wrong.

    :param commit: what it was tried with; '' where that is no clone.
    """

    name: str
    what: str
    tried: int
    wrong: Sequence[str]
    seconds: float
    table: str = ""
    commit: str = ""


def commit_of(root: Path) -> str:
    """The commit of a clone, and whether anything but its documentation, into which figures go, is not committed."""
    head = _git(root, "rev-parse", "HEAD")
    return f"{head} {CHANGED}" if head and _git(root, "status", "--porcelain", "--", ".", ":!docs") else head


def _git(root: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, text=True, check=False)
    return "" if done.returncode else done.stdout.strip()


def keep(part: Part, results: Path = RESULTS) -> None:
    """Leave the result of a whole part for ``--write``."""
    results.mkdir(parents=True, exist_ok=True)
    (results / f"{part.name}.json").write_text(json.dumps(asdict(part), indent=1), encoding="utf-8")


def kept(names: Sequence[str], results: Path = RESULTS) -> list[Part]:
    """The last results of these parts.

    :raises SystemExit: one of them has not run, or they are not of one commit.
    """
    missing = [name for name in names if not (results / f"{name}.json").exists()]
    if missing:
        raise SystemExit(f"Not written: these parts have not run: {', '.join(missing)}.")
    found = [Part(**json.loads((results / f"{name}.json").read_text(encoding="utf-8"))) for name in names]
    loose = [one.name for one in found if not one.commit or one.commit.endswith(CHANGED)]
    if loose:
        raise SystemExit(f"Not written: these parts ran on files that are not committed: {', '.join(loose)}.")
    if len({one.commit for one in found}) > 1:
        of = ", ".join(f"{one.name} of {one.commit[:12]}" for one in found)
        raise SystemExit(f"Not written: the parts are of different commits: {of}. Run all of them again on one.")
    return found
