# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that the repository cites is in the repository: pages, their sections, and files."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FACTS = "docs/docsite/rst/campaign_facts.rst"
ARCHITECTURE = "docs/architecture.md"

#: Documents that were never in the repository.
GONE = re.compile(r"\bdomain\.md\b|\bDESIGN(?:\.md\b|\s+\d)")
#: Paths that are checked begin with one of these. Others may be a user's, or an installed collection's.
FOLDERS = "plugins|roles|simulator|tests|tools|docs|examples|playbooks|extensions|meta|requirements"
#: A path in backticks: of one file or folder, without wildcards and place holders.
TICKED = re.compile(rf"(?<!`)(`{{1,2}})((?:{FOLDERS})/[\w./-]*[\w/])(?:::[\w\[\]]+)?\1(?!`)")
#: A path of a file without backticks.
BARE = re.compile(rf"(?<![\w./{{}}<>*~$-])(?:{FOLDERS})/[\w./-]+\.(?:py|yml|md|rst|mjs|toml|json|svg)\b")
#: A link of Markdown or reStructuredText to something beside the page.
LINK = re.compile(
    r"\]\((?!\w+:|#)([^)\s#]+)(?:#[^)\s]*)?\)|^\.\. (?:image|literalinclude|figure):: (?!\w+:)(\S+)", re.MULTILINE
)
#: A line break within a comment or a text.
BREAK = re.compile(r"\n[ \t]*(?:#:|#|//)?[ \t]*")
#: What is made and not kept.
MADE = ("docs/changelogs", "tests/output", "docs/docsite/bench")


@lru_cache
def files(root: Path) -> tuple[str, ...]:
    """The files of the repository, those that are not committed yet included."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "-co", "--exclude-standard"], cwd=root, check=True, capture_output=True, timeout=60
    )
    return tuple(sorted(name for name in listed.stdout.decode().split("\0") if name and (root / name).is_file()))


@lru_cache
def titles(root: Path, page: str) -> tuple[str, ...]:
    """The titles of a page's sections, the longest first."""
    text = (root / page).read_text(encoding="utf-8")
    form = r"^#+ (.+)$" if page.endswith(".md") else r"^(\S.*)\n([=^~-])\2+$"
    return tuple(sorted((found[1] for found in re.finditer(form, text, re.MULTILINE)), key=len, reverse=True))


@lru_cache
def unknowns(root: Path) -> frozenset[str]:
    """The numbers of the unknowns."""
    text = (root / FACTS).read_text(encoding="utf-8").partition("\nNot known\n")[2]
    return frozenset(re.findall(r"^(\d+)\. ", text, re.MULTILINE))


def problems(root: Path, name: str, text: str) -> Iterator[str]:
    """What a file cites that does not exist. A log of changes may name what is gone."""
    flat = BREAK.sub(" ", text)
    yield from (f"{name} cites {found[0]!r}" for found in GONE.finditer(flat))
    for found in re.finditer(r"\bcampaign_facts, (?=[\w`'])", flat):
        yield from _sections(root, name, FACTS, flat[found.end() :])
    for found in re.finditer(rf"(?<!/){re.escape(ARCHITECTURE)}, (?=[A-Z])", flat):
        yield from _sections(root, name, ARCHITECTURE, flat[found.end() :])
    # Unit tests make up files as examples.
    bare = () if name.startswith("tests/unit/") else (found[0] for found in BARE.finditer(text))
    for path in sorted({*(found[2] for found in TICKED.finditer(text)), *bare}):
        if not (root / path).exists() and not ((root / name).parent / path).exists() and not path.startswith(MADE):
            yield f"{name} cites the path {path}"
    if name.endswith((".md", ".rst")):
        for found in LINK.finditer(text):
            target = found[1] or found[2]
            if not ((root / name).parent / target).exists():
                yield f"{name} links to {target}"


def _sections(root: Path, name: str, page: str, rest: str) -> Iterator[str]:
    """A list of titles and unknowns: `Calls`, `Types and Values`, `Types to Literals`, `Failures and unknown 7`."""
    first = True
    while True:
        row = re.match(r"unknown (\d+)\b", rest) if page == FACTS else None
        if row is not None:
            if row[1] not in unknowns(root):
                yield f"{name} cites unknown {row[1]} of {page}"
            length = row.end()
        else:
            title = next((one for one in titles(root, page) if re.match(rf"{re.escape(one)}\b", rest)), None)
            if title is None:
                if first:
                    yield f"{name} cites a section that {page} does not have: {rest[:40]!r}"
                return
            length = len(title)
        first = False
        comma = re.match(r", (?=[A-Z]|unknown )|,? and (?=[A-Z]|unknown )| to (?=[A-Z])", rest[length:])
        if comma is None:
            return
        rest = rest[length + comma.end() :]


def test_nothing_is_cited_that_is_not_there() -> None:
    found: list[str] = []
    for name in files(ROOT):
        if name.startswith(("changelogs/", "CHANGELOG", "LICENSES/")) or name == "tests/unit/test_citations.py":
            continue
        try:
            text = (ROOT / name).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += problems(ROOT, name, text)
    assert not found, "\n".join(found)


# -- the check itself ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("plugins/a.py", '"""Said (domain.md 3.5)."""'),
        ("plugins/a.py", "# the table of DESIGN 5"),
        ("plugins/a.py", "# as DESIGN\n# 7 says"),
        ("README.md", "See DESIGN.md."),
        ("plugins/a.py", '"""Said (campaign_facts, Nowhere)."""'),
        ("plugins/a.py", '"""Said (campaign_facts,\n    Nowhere)."""'),
        ("plugins/a.py", '"""Said (campaign_facts, unknown 99)."""'),
        ("plugins/a.py", '"""Said (campaign_facts, Calls and unknown 99)."""'),
        ("plugins/a.py", '"""Said (docs/architecture.md, Basement)."""'),
        ("plugins/a.py", "# see ``plugins/module_utils/_nothing.py``"),
        ("plugins/a.py", "# see simulator/nothing.py for that"),
        ("README.md", "See `tests/unit/test_nothing.py`."),
        ("README.md", "See [this](docs/nothing.md)."),
        ("docs/docsite/rst/a.rst", ".. image:: nothing.svg\n"),
    ],
)  # fmt: skip
def test_what_is_not_there_is_told(name: str, text: str) -> None:
    assert list(problems(ROOT, name, text))


@pytest.mark.parametrize(
    "text",
    [
        '"""Said (campaign_facts, Calls)."""',
        "# Said (campaign_facts, Types,\n# Values and Literals; and so on).",
        '"""Said (campaign_facts, Writing options and unknown 12: a defect)."""',
        '"""Said (docs/architecture.md, Curing): and so on."""',
        "See [the guide](docs/docsite/rst/speed_guide.rst#floor), [Adobe](https://example.com) and `tests/unit`.",
        "A `DESIGN` of one's own, `plugins/*.py` and `roles/<name>/tasks`.",
    ],
)
def test_what_is_there_is_no_problem(text: str) -> None:
    assert list(problems(ROOT, "README.md", text)) == []
