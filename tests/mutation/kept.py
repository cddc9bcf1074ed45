# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was tried before, and whether it still holds: files in ``.build/mutation``."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from tests.mutation.mutants import Mutant
from tests.mutation.runs import KILLED, ROOT, Ran, Result, as_it_is, check
from tests.mutation.targets import Target

_RUNS = ROOT / "tests/mutation/runs.py"
#: What results depend on, too: how tests are run, and what they use.
_BESIDE = ("tests/mutation/runs.py", "tests/helpers")


def _hash(paths: Iterable[Path]) -> str:
    found = hashlib.sha256()
    for path in sorted(paths):
        found.update(path.read_bytes())
    return found.hexdigest()


def _files(places: Iterable[str]) -> list[Path]:
    """The Python files at these places."""
    return [
        file
        for place in places
        for file in ((ROOT / place).rglob("*.py") if (ROOT / place).is_dir() else [ROOT / place])
    ]


class Kept:
    """The results of a target on disk, each with what it depends on."""

    def __init__(self, target: Target) -> None:
        self._file = target.file("jsonl")
        self._tests = _hash(_files((*target.tests, *_BESIDE)))
        self._sources = {module: _hash([ROOT / "plugins" / module]) for module in target.modules}
        self._lines: dict[str, dict[str, str]] = {}
        if self._file.exists():
            for line in self._file.read_text(encoding="utf-8").splitlines():
                entry = json.loads(line)
                self._lines[entry["mutant"]] = entry

    def _key(self, mutant: Mutant) -> str:
        return " | ".join([*mutant.name, str(mutant.nth)])

    def _depends(self, mutant: Mutant, result: Result) -> str:
        """What must be the same for it to hold. What was noticed still is while that test is the same."""
        file = ROOT / result.by.partition("::")[0]
        tests = _hash([file, _RUNS]) if result.outcome == KILLED and file.is_file() else self._tests
        return f"{self._sources[mutant.module]} {tests}"

    def old(self, mutant: Mutant) -> tuple[Result | None, bool]:
        """What it was the last time, perhaps in another text of the module, and whether that still holds."""
        entry = self._lines.get(self._key(mutant))
        if entry is None:
            return None, False
        result = Result(entry["outcome"], entry["by"], float(entry["seconds"]))
        return result, entry["depends"] == self._depends(mutant, result)

    def add(self, mutant: Mutant, result: Result) -> None:
        """Keep it."""
        entry = {"mutant": self._key(mutant), "depends": self._depends(mutant, result), **asdict(result)}
        with self._file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")


def ran(target: Target) -> Ran:
    """The tests without a mutant, from disk if nothing of the collection has changed since."""
    file = target.file("json")
    now = _hash(_files((*target.tests, *_BESIDE, "plugins")))
    if file.exists():
        kept = json.loads(file.read_text(encoding="utf-8"))
        if kept.pop("hash") == now:
            reached = {
                one: {int(line): tests for line, tests in lines.items()} for one, lines in kept["reached"].items()
            }
            return Ran(kept["seconds"], reached, kept["imported"])
    found = as_it_is(target.tests, target.modules, target.file("log"))
    check(found, target.modules[0], target.file("log"))
    file.write_text(json.dumps({"hash": now, **asdict(found)}), encoding="utf-8")
    return found
