# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plain words: finds the expressions of ``words.toml`` in every text of the project, and names the plain term.

Texts are the docstrings, comments and string literals of Python files, and all other files that people read: YAML,
Markdown, RST, templates. An expression may continue on the next line. Names in Python code are not texts.
``python -m tools.words`` prints ``FILE:LINE: 'found': write 'plain'`` for each, and ends with 1 if there is one.
"""

from __future__ import annotations

import io
import re
import sys
import token
import tokenize
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from .environment import ROOT
from .tree import project_files

TABLE = Path("tools/words.toml")
#: Texts of others, texts that programs write, and the table itself.
NOT_OURS = (
    TABLE.as_posix(),
    "CHANGELOG.md",
    "LICENSE",
    "changelogs/changelog.yaml",
    "tests/conformance/package-lock.json",
    "tests/unit/plugins/module_utils/_diagnosis/causes_corpus.txt",
)
TEXTS = {".cfg", ".j2", ".json", ".md", ".mjs", ".py", ".rst", ".sh", ".toml", ".txt", ".yaml", ".yml", ""}
#: Replaces code: no expression continues across it.
CODE = "\0"
#: The mark of a comment. It does not separate the words of two lines.
COMMENT = re.compile(r"(?m)(?<!\S)(?:#:|#|//)(?=\s|$)")
FIELD = re.compile(r"\{[^{}]*\}")
_FSTRING_START = getattr(token, "FSTRING_START", None)  # from Python 3.12 on
_FSTRING_END = getattr(token, "FSTRING_END", None)


@dataclass(frozen=True)
class Word:
    """An expression that is not plain.

    :param pattern: a regular expression for whole words, in lower case. A space in it is any space or line break.
    :param plain: what to write instead.
    :param finds: texts in which the pattern is found.
    :param spares: similar texts in which it is not.
    """

    pattern: str
    plain: str
    finds: tuple[str, ...]
    spares: tuple[str, ...] = ()

    @property
    def spaced(self) -> str:
        """The pattern with any white space for a space."""
        return self.pattern.replace(" ", r"\s+")

    def search(self, text: str) -> Iterator[re.Match[str]]:
        """Every occurrence in a text that :func:`readable` has prepared."""
        return re.finditer(rf"(?<![\w-])(?:{self.spaced})(?![\w-])", text, re.IGNORECASE)


def load_table(path: Path = ROOT / TABLE) -> list[Word]:
    """The table of expressions."""
    rows = tomllib.loads(path.read_text(encoding="utf-8"))["words"]
    return [Word(row["pattern"], row["plain"], tuple(row["finds"]), tuple(row.get("spares", ()))) for row in rows]


def readable(name: str, source: str) -> str:
    """The text that people read in a file. Code and comment marks are replaced, and each word keeps its position."""
    if name.endswith(".py"):
        return COMMENT.sub(_blank, _python_texts(source))
    return COMMENT.sub(_blank, source)


def _blank(found: re.Match[str]) -> str:
    return " " * len(found[0])


# Complex: one case for each kind of token.
def _python_texts(source: str) -> str:
    """Comments and strings stay. Quotes become spaces, so that the parts of a text stay together."""
    lines = source.splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))

    def offset(position: tuple[int, int]) -> int:
        return starts[position[0] - 1] + position[1]

    texts = [character if character.isspace() else CODE for character in source]
    depth, begin = 0, 0
    for item in tokenize.generate_tokens(io.StringIO(source).readline):
        first, last = offset(item.start), offset(item.end)
        if item.type == tokenize.COMMENT:
            texts[first:last] = source[first:last]
        elif item.type == tokenize.STRING and not depth:
            texts[first:last] = _unquoted(source[first:last])
        elif item.type == _FSTRING_START:
            begin = begin if depth else first
            depth += 1
        elif item.type == _FSTRING_END:
            depth -= 1
            if not depth:
                texts[begin:last] = _unquoted(source[begin:last])
    return "".join(texts)


def _unquoted(literal: str) -> str:
    """A literal with spaces for its prefix and quotes, and with code where an f-string has a field."""
    match = re.match(r"""(?s)(\w*)("{3}|'{3}|"|')(.*)\2$""", literal)
    assert match is not None, literal
    prefix, quote, content = match.groups()
    if "f" in prefix.lower():
        content = FIELD.sub(lambda field: re.sub(r"\S", CODE, field[0]), content)
    return " " * (len(prefix) + len(quote)) + content + " " * len(quote)


@lru_cache
def _any_of(table: tuple[Word, ...]) -> re.Pattern[str]:
    """Finds nothing where none of the expressions is: one search is much faster than one for each of them."""
    return re.compile(rf"\b(?:{'|'.join(word.spaced for word in table)})\b")


def find_words(name: str, source: str, table: Sequence[Word]) -> list[str]:
    """One line for each expression of the table in a file.

    :param name: the file's path, relative to the root.
    """
    text = readable(name, source)
    if not _any_of(tuple(table)).search(text.lower()):
        return []
    found = [(match.start(), match[0], word.plain) for word in table for match in word.search(text)]
    return [
        f"{name}:{text.count(chr(10), 0, start) + 1}: {' '.join(said.split())!r}: write {plain!r}"
        for start, said, plain in sorted(found)
    ]


def check(root: Path = ROOT) -> list[str]:
    """Every expression of the table in the project, one line each."""
    table = load_table()
    found = []
    for path in project_files(root):
        if path.suffix in TEXTS and not path.as_posix().startswith(NOT_OURS) and "golden" not in path.parts:
            found += find_words(path.as_posix(), (root / path).read_text(encoding="utf-8"), table)
    return found


def main() -> int:
    """Print what was found."""
    found = check()
    print(*found, sep="\n", end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
