# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The check of plain words finds an expression of its table in every kind of text, and in nothing else."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tools import words
from tools.words import Word, find_words, load_table

TABLE = load_table()
PLANTED = Word("purple cows?", "red cattle", ("a purple cow",))


@pytest.mark.parametrize("word", TABLE, ids=lambda word: word.pattern)
def test_each_pattern_finds_its_examples_and_spares_what_is_similar(word: Word) -> None:
    assert word.finds, "an entry needs an example"
    for text in word.finds:
        assert find_words("page.md", text, [word]), text
    for text in word.spares:
        assert not find_words("page.md", text, [word]), text


@pytest.mark.parametrize("word", TABLE, ids=lambda word: word.pattern)
def test_a_plain_term_is_not_in_the_table_itself(word: Word) -> None:
    assert word.plain
    assert not find_words("page.md", word.plain, TABLE)


@pytest.mark.parametrize(
    ("name", "source", "line"),
    [
        pytest.param("a.py", '"""About\na purple cow."""\n', 2, id="docstring"),
        pytest.param("a.py", "x = 1\ny = 2  # a purple cow\n", 2, id="comment"),
        pytest.param("a.py", "#: a purple\n#: cow\nx = 1\n", 1, id="comment of two lines"),
        pytest.param("a.py", 'raise ValueError("No purple cow.")\n', 1, id="message"),
        pytest.param("a.py", 'f(\n    "no purple "\n    "cow",\n)\n', 2, id="message of two literals"),
        pytest.param("a.py", 'f(f"{a[0]} is a purple cow: {b}")\n', 1, id="f-string"),
        pytest.param("a.py", 'f(\n    f"a {b} purple "\n    f"cow {c}"\n)\n', 2, id="f-string of two literals"),
        pytest.param("a.py", 'f(f"a {", ".join(b)} purple cow {f"{c}"}")\n', 1, id="f-string in an f-string"),
        pytest.param("a.yml", "---\n- name: See a Purple Cow\n", 2, id="name of a task"),
        pytest.param("a.yml", "---\n# Two purple\n# cows.\n", 2, id="comment of YAML"),
        pytest.param("a.yml", "description:\n  - That is a purple\n    cow.\n", 2, id="documentation"),
        pytest.param("a.md", "# Title\n\nThe purple\ncow.\n", 3, id="Markdown"),
        pytest.param("a.rst", "Purple cows\n===========\n", 1, id="RST"),
        pytest.param("a.j2", "{# a purple cow #}\n", 1, id="template"),
        pytest.param("a.mjs", "// a purple\n// cow\n", 1, id="JavaScript"),
        pytest.param("Makefile", "all: ## a purple cow\n", 1, id="Makefile"),
    ],
)
def test_a_planted_expression_is_found_with_its_line_and_the_plain_term(name: str, source: str, line: int) -> None:
    (found,) = find_words(name, source, [PLANTED])
    assert found.lower().startswith(f"{name.lower()}:{line}: 'purple cow")
    assert found.endswith("write 'red cattle'")


@pytest.mark.parametrize(
    ("name", "source"),
    [
        pytest.param("a.py", "purple = cow\n", id="names"),
        pytest.param("a.py", 'f("purple", "cow")\n', id="two texts"),
        pytest.param("a.py", 'f(f"purple {a} cow")\n', id="a field in between"),
        pytest.param("a.py", 'f(f"{purple} cow")\n', id="a field"),
        pytest.param("a.py", "# a purple_cow, a purple cow-boy\n", id="parts of words"),
    ],
)
def test_code_and_parts_of_words_are_not_found(name: str, source: str) -> None:
    assert find_words(name, source, [PLANTED]) == []


def test_the_files_of_a_project_are_searched_except_texts_of_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(words, "load_table", lambda: [PLANTED])
    for name in ("README.md", "plugins/modules/a.py", "CHANGELOG.md", "tests/golden/a.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("# a purple cow\n", encoding="utf-8")
    (tmp_path / "ignored.md").write_text("a purple cow", encoding="utf-8")
    (tmp_path / ".gitignore").write_text("ignored.md\n", encoding="utf-8")
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True, timeout=60)
    assert [line.split(": ")[0] for line in words.check(tmp_path)] == ["README.md:1", "plugins/modules/a.py:1"]
