# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The results of a suite, case by case, in the JUnit form that pytest writes and everybody's tools read."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Outcome = Literal["passed", "failed", "skipped"]


@dataclass(frozen=True)
class Case:
    """One test or one check. ``detail`` says why it was skipped or what failed; ``seconds`` is how long it took."""

    name: str
    outcome: Outcome
    detail: str = ""
    seconds: float = 0.0


def write_results(path: Path, suite: str, cases: Iterable[Case]) -> None:
    """Write cases to a file."""
    root = ET.Element("testsuite", name=suite)
    for case in cases:
        element = ET.SubElement(root, "testcase", name=case.name, time=f"{case.seconds:.3f}")
        if case.outcome != "passed":
            tag = "failure" if case.outcome == "failed" else "skipped"
            ET.SubElement(element, tag, message=case.detail)
    path.parent.mkdir(parents=True, exist_ok=True)
    ET.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)


def read_results(path: Path) -> list[Case]:
    """Read the cases that a suite wrote; none when it ended before."""
    try:
        root = ET.parse(path).getroot()
    except (FileNotFoundError, ET.ParseError):
        return []
    return [_case(element) for element in root.iter("testcase")]


def _case(element: ET.Element) -> Case:
    name = ".".join(filter(None, [element.get("classname"), element.get("name")]))
    seconds = float(element.get("time") or 0)
    for child in element:
        if child.tag in {"failure", "error"}:
            return Case(name, "failed", child.get("message") or "", seconds)
        if child.tag == "skipped":
            return Case(name, "skipped", child.get("message") or "", seconds)
    return Case(name, "passed", "", seconds)
