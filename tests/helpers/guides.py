# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The steps of a guide: its commands as a shell runs them, and what it says that they print."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from tests.helpers.guide import COLOUR
from tests.helpers.guide import blocks as blocks_of

GUIDES = Path(__file__).resolve().parents[2] / "docs" / "docsite" / "rst"
_SHA256 = re.compile(r"[0-9a-f]{64}")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TIME = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d)?(?:[.,]\d{3})?(?:Z| CET| UTC)?")
_AGE = re.compile(r"\d+d(?: \d+h)? ago|\b\d{9,}\b")
#: A line of a list of messages.
_MESSAGE = re.compile(r'^\s*"((?:[^"\\]|\\.)*)",?\s*$', re.MULTILINE)


@dataclass(frozen=True)
class Step:
    """A command and the output below it; ``output`` is '' where the guide shows none."""

    command: str
    output: str


def blocks(guide: str, kind: str) -> list[str]:
    """The blocks of a guide of a kind, without their indentation."""
    text = (GUIDES / f"{guide}.rst").read_text(encoding="utf-8")
    return [body.strip("\n") for found, body in blocks_of(text) if found == kind]


def steps(guide: str, program: str) -> list[Step]:
    """The steps of a guide whose command begins with a program: ``$ PROGRAM ...`` with its output in the same block."""
    found = []
    for block in blocks(guide, "text"):
        command, output = _split(block)
        if command.startswith(program):
            found.append(Step(command, output))
    return found


def _split(block: str) -> tuple[str, str]:
    """The command in front, which goes on behind a backslash, and the rest."""
    lines = block.splitlines()
    if not lines or not lines[0].startswith("$ "):
        return "", block
    last = next(number for number, line in enumerate(lines) if not line.endswith("\\"))
    command = " ".join(line.removesuffix("\\").strip() for line in lines[: last + 1])
    return command.removeprefix("$ "), "\n".join(lines[last + 1 :])


def plain(text: str) -> str:
    """A text without the form of the screen, and with one word for what differs from run to run."""
    bare = _MESSAGE.sub(r"\1", COLOUR.sub("", text))
    for pattern, word in ((_SHA256, "SHA256"), (_UUID, "UUID"), (_TIME, "TIME"), (_AGE, "AGE")):
        bare = pattern.sub(word, bare)
    return " ".join(bare.split())
