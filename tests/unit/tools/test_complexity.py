# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gate of complexity: what it counts, and what it accepts as a reason."""

from __future__ import annotations

import textwrap

import pytest

from tools.complexity import functions_of, problems, table

TEN = "    return " + " or ".join(["a"] * 10)
ELEVEN = "    return " + " or ".join(["a"] * 11)


def _problems(source: str) -> list[str]:
    return list(problems({"one.py": source}))


@pytest.mark.parametrize(
    ("body", "complexity"),
    [
        ("return a", 1),
        ("if a:\n    return 1\nreturn 2", 2),
        ("return a and b or c", 3),
        ("return [one for one in a if one]", 3),
        ("try:\n    a()\nexcept KeyError:\n    pass", 2),
        ("while a:\n    a -= 1", 2),
    ],
)
def test_conditions_loops_and_their_operators_count(body: str, complexity: int) -> None:
    source = f"def one(a, b, c):\n{textwrap.indent(body, '    ')}\n"
    assert [one.complexity for one in functions_of("one.py", source)] == [complexity]


def test_a_function_of_ten_needs_no_reason() -> None:
    assert _problems(f"def one(a):\n{TEN}\n") == []


def test_a_function_of_eleven_is_named_with_its_place() -> None:
    (line,) = _problems(f"\n\ndef one(a):\n{ELEVEN}\n")
    assert line.startswith("one.py:3: one has the complexity 11, more than 10.")


@pytest.mark.parametrize("above", ["", "@first\n", "@first(\n    1,\n)\n@second\n", "# And so on.\n"])
def test_a_reason_stands_above_the_function_and_its_decorators(above: str) -> None:
    assert _problems(f"# Complex: each word has its case.\n{above}def one(a):\n{ELEVEN}\n") == []


@pytest.mark.parametrize(
    "before", ["# Complex:\n", "# Complex: far away.\n\n", "# A remark.\n", '"""Complex: in a text."""\n']
)
def test_anything_else_is_no_reason(before: str) -> None:
    assert any("has the complexity 11" in line for line in _problems(f"{before}def one(a):\n{ELEVEN}\n"))


def test_a_reason_that_is_no_longer_needed_must_go() -> None:
    (line,) = _problems(f"# Complex: once.\ndef one(a):\n{TEN}\n")
    assert "needs no reason any more" in line


def test_a_reason_above_no_function_must_go() -> None:
    (line,) = _problems("# Complex: of what?\nONE = 1\n")
    assert line == "one.py: 1 of its '# Complex:' comments stand above no function."


def test_a_method_within_a_class_has_its_own_reason() -> None:
    method = textwrap.indent(f"def one(self, a):\n{ELEVEN}\n", "    ")
    assert len(_problems(f"class One:\n{method}")) == 1
    assert _problems(f"class One:\n    # Complex: a table.\n{method}") == []


def test_the_table_has_a_line_for_each_folder_and_one_for_all() -> None:
    lines = list(table({"a/b/one.py": f"def one(a):\n{ELEVEN}\n", "a/two.py": "def two(a):\n    return a\n"}))
    assert [line.split() for line in lines[1:]] == [
        ["a/b", "1", "11.0", "11", "1", "2"],
        ["a", "1", "1.0", "1", "0", "2"],
        ["all", "2", "6.0", "11", "1", "2"],
    ]
