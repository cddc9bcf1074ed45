# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts what a command has measured into the guide *Proof*, in place of what it measured last.

The guide has a place for each command, between two comments: ``.. figures of NAME`` and ``.. end of NAME``.
"""

from __future__ import annotations

from pathlib import Path

from .environment import ROOT

GUIDE = ROOT / "docs" / "docsite" / "rst" / "proof_guide.rst"


def with_figures(guide: str, name: str, figures: str) -> str:
    """The text of a guide with other figures in the place of this name.

    :raises ValueError: the guide has no such place.
    """
    begin, end = f".. figures of {name}\n", f".. end of {name}\n"
    before, found, rest = guide.partition(begin)
    _last, closed, after = rest.partition(end)
    if not found or not closed:
        raise ValueError(f"The guide has no place for figures of {name}.")
    block = "\n".join(f"    {line}".rstrip() for line in figures.splitlines())
    return f"{before}{begin}\n.. code-block:: text\n\n{block}\n\n{end}{after}"


def put_figures(name: str, figures: str, guide: Path = GUIDE) -> None:
    """Write these figures into the guide."""
    guide.write_text(with_figures(guide.read_text(encoding="utf-8"), name, figures), encoding="utf-8")
