# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How scenarios ended: the table of counts, the lines of the failures, and a file from which a later part goes on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tests.chaos.scenarios import Scenario

ROOT = Path(__file__).resolve().parents[2]
#: What a trial consists of: a verdict stands until one of these files changes.
_PRODUCT = (
    "plugins", "roles", "playbooks", "simulator", "tests/chaos", "tests/helpers/faults.py",
    "tests/integration/fleets.py", "tests/integration/runner.py",
)  # fmt: skip
#: The problem of a scenario that proves nothing.
NOT_SEEN = "the disturbance was not seen to take place"


@dataclass
class Verdict:
    """How a scenario ended.

    :param struck: whether the disturbance was seen to happen; see :mod:`tests.chaos.evidence`.
    :param runs: how many runs came after it.
    :param seed: of the trial, whose scenarios are ``beside``.
    :param product: which files of the product and of the rig it was; see :func:`product_digest`.
    """

    scenario: Scenario
    struck: bool = False
    runs: int = 0
    problems: list[str] = field(default_factory=list)
    seed: int = 0
    beside: Sequence[str] = ()
    product: str = ""

    @property
    def is_missed(self) -> bool:
        """Whether the disturbance was not seen, which another try may show."""
        return not self.struck and not self.problems

    @property
    def is_right(self) -> bool:
        """Whether it was disturbed, and all is right."""
        return self.struck and not self.problems


def wrong_lines(verdicts: Sequence[Verdict]) -> list[str]:
    """The failures, with the command that repeats each, together with what shared its playbook."""
    lines = []
    for verdict in verdicts:
        lines += [f"WRONG {verdict.scenario.name}: {problem}" for problem in verdict.problems]
        if verdict.problems:
            names = " ".join(f"--only {name}" for name in verdict.beside or [verdict.scenario.name])
            lines.append(f'  repeat it: make chaos ARGS="--seed {verdict.seed} {names}"')
    return lines


def table(verdicts: Sequence[Verdict]) -> str:
    """The counts of each kind."""
    kinds = sorted({verdict.scenario.kind for verdict in verdicts})
    lines = [f"{'kind':16} {'runs':>5} {'struck':>7} {'again':>6} {'wrong':>6}"]
    for kind in [*kinds, "all"]:
        some = [verdict for verdict in verdicts if kind in ("all", verdict.scenario.kind)]
        lines.append(
            f"{kind:16} {len(some):5} {sum(one.struck for one in some):7} {sum(one.runs > 1 for one in some):6}"
            f" {sum(bool(one.problems) for one in some):6}"
        )
    lines.append("struck: the disturbance was seen to take place; again: more than one run was needed after it")
    return "\n".join(lines)


def product_digest(root: Path = ROOT) -> str:
    """Changes with any file of the product or of the rig. Tests of the rig are none."""
    digest = hashlib.sha256()
    for path in (path for name in _PRODUCT for path in _files(root / name)):
        if "__pycache__" not in path.parts and not path.name.startswith("test_"):
            digest.update(f"{path.relative_to(root)}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def _files(place: Path) -> list[Path]:
    return [path for path in [place, *sorted(place.rglob("*"))] if path.is_file()]


class Results:
    """A file with a line of JSON for each verdict; the last one about a scenario counts."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def add(self, verdicts: Sequence[Verdict], seconds: float) -> None:
        """Keep these, whose trial has taken so many seconds."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as file:
            for verdict in verdicts:
                line = {**asdict(verdict), "scenario": verdict.scenario.name, "seconds": seconds / len(verdicts)}
                file.write(json.dumps(line) + "\n")

    def read(self, product: str) -> dict[Scenario, Verdict]:
        """The last verdict about each scenario, of those that were seen with these files."""
        return {verdict.scenario: verdict for verdict in map(_verdict, self._lines(product))}

    def seconds(self, product: str) -> float:
        """How long all trials with these files took together."""
        return sum(line["seconds"] for line in self._lines(product))

    def _lines(self, product: str) -> list[dict[str, Any]]:
        if not self._path.exists():
            return []
        lines = [json.loads(line) for line in self._path.read_text(encoding="utf-8").splitlines()]
        return [line for line in lines if line["product"] == product]


def _verdict(line: dict[str, Any]) -> Verdict:
    kept = {name: line[name] for name in ("struck", "runs", "problems", "seed", "beside", "product")}
    return Verdict(Scenario.named(line["scenario"]), **kept)
