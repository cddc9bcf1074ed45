# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps the RETURN parts that several modules share equal to ``tools/returns.yml``.

Ansible has fragments for DOCUMENTATION only: a fragment with RETURN breaks ``ansible-doc`` before 2.20. So a module
contains the text itself, below a comment that names the part::

    # From tools/returns.yml (make returns): calls
    calls:
      description: What the task cost the server.

``python -m tools.returns`` reports where a module differs, or describes a shared part by hand, and ends with 1;
``python -m tools.returns --write`` corrects it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml

from .environment import ROOT

SOURCE = "tools/returns.yml"
#: What every module returns, and none describes itself.
OF_ALL = frozenset({"calls", "error"})
COMMENT = f"# From {SOURCE} (make returns): "
_RETURN = re.compile(r'(?<=^RETURN = r"""\n).*?(?=^""")', re.DOTALL | re.MULTILINE)
_KEY = re.compile(r"( *)(\w+):")


def rewritten(module: str, parts: Mapping[str, str]) -> str:
    """The source of a module with the correct shared parts.

    :param parts: name -> text.
    :raises KeyError: a comment names an unknown part.
    """
    return _RETURN.sub(lambda found: "".join(_lines(found.group().splitlines(keepends=True), parts)), module)


def _lines(lines: Sequence[str], parts: Mapping[str, str]) -> list[str]:
    kept: list[str] = []
    at = 0
    while at < len(lines):
        line = lines[at]
        kept.append(line)
        at += 1
        if line.lstrip().startswith(COMMENT):
            indent = line[: len(line) - len(line.lstrip())]
            part = parts[line.strip().removeprefix(COMMENT)]
            kept += [f"{indent}{one}" for one in part.splitlines(keepends=True)]
            at = _end(lines, at, len(indent), set(yaml.safe_load(part)))
    return kept


def _end(lines: Sequence[str], at: int, indent: int, keys: set[str]) -> int:
    """The end of a part's present text: at another part, or at a key that is not its own."""
    for number, line in enumerate(lines[at:], at):
        if line.lstrip().startswith(COMMENT):
            return number
        found = _KEY.match(line)
        if found and (len(found.group(1)) < indent or (len(found.group(1)) == indent and found.group(2) not in keys)):
            return number
    return len(lines)


def by_hand(module: str, parts: Mapping[str, str]) -> list[str]:
    """The keys of a module's RETURN that it describes by hand, although they are shared, or their text is."""
    found = _RETURN.search(module)
    if found is None:
        return []
    shared: dict[str, object] = {}
    for part in parts.values():
        shared.update(yaml.safe_load(part))
    lines = ["", *found.group().splitlines()]
    return [
        key
        for key, value in yaml.safe_load(found.group()).items()
        if (key in OF_ALL or shared.get(key) == value) and not lines[lines.index(f"{key}:") - 1].startswith(COMMENT)
    ]


def main(arguments: Sequence[str], root: Path = ROOT) -> int:
    """Look at the modules, or rewrite them."""
    parts: dict[str, str] = yaml.safe_load((root / SOURCE).read_text(encoding="utf-8"))
    found = []
    for path in sorted((root / "plugins/modules").glob("*.py")):
        module = path.read_text(encoding="utf-8")
        wanted = rewritten(module, parts)
        if "--write" in arguments:
            path.write_text(wanted, encoding="utf-8")
        elif wanted != module:
            found.append(f"{path.relative_to(root)}: RETURN is not as {SOURCE} says. Run make returns.")
        found += [
            f"{path.relative_to(root)}: {key} is to come from {SOURCE}. Name the part in a comment above it."
            for key in by_hand(wanted, parts)
        ]
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
