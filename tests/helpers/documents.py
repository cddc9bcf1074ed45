# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pages that people read, and the blocks of code in them."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
GUIDES = sorted((ROOT / "docs/docsite/rst").glob("*.rst"))
#: Every page with commands or examples for users.
PAGES = (README, *GUIDES, *sorted(ROOT.glob("roles/*/README.md")), ROOT / "simulator/README.md")

_FENCED = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_DIRECTIVE = re.compile(r"^( *)\.\. code-block:: (\S+)\n\n((?:\1 {3}.*\n|\n)+)", re.MULTILINE)
#: What the two forms call the same.
_SHELL = {"sh", "bash", "shell", "console"}


class Block(NamedTuple):
    """A block of code. ``language`` is ``shell`` for all that is typed into one."""

    page: str
    language: str
    text: str


def blocks(page: Path) -> list[Block]:
    """The blocks of a page, in their order."""
    text = page.read_text(encoding="utf-8") + "\n"
    found = (
        _FENCED.findall(text)
        if page.suffix == ".md"
        else [(name, body) for _in, name, body in _DIRECTIVE.findall(text)]
    )
    name = page.relative_to(ROOT).as_posix()
    return [_block(name, language, textwrap.dedent(body).strip("\n") + "\n") for language, body in found]


def _block(page: str, language: str, text: str) -> Block:
    """A block that begins with a prompt is typed into a shell, with the output below, whatever it is called."""
    return Block(page, "shell" if language in _SHELL or text.startswith("$ ") else language, text)


def commands(block: Block) -> Iterator[str]:
    """The commands of a block, each on one line. In one with prompts, lines without a prompt are output."""
    lines = re.sub(r"\\\n(?:> ?)?\s*", "", block.text).splitlines()
    prompted = any(line.startswith("$ ") for line in lines)
    for line in lines:
        if prompted and line.startswith("$ "):
            yield line[2:].strip()
        elif not prompted and line.strip() and not line.startswith("#"):
            yield line.strip()
