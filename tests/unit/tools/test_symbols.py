# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The check of symbols: what counts as a use, and which types may share a name."""

from __future__ import annotations

import textwrap

import pytest

from tools.symbols import find_ambiguous, find_unused

PATH = "plugins/module_utils/_core/one.py"
OTHER = "plugins/plugin_utils/_fleet/two.py"


def unused(source: str, **others: str) -> list[str]:
    sources = {PATH: textwrap.dedent(source), **{f"plugins/modules/{name}.py": text for name, text in others.items()}}
    return [line.split(": ")[1].split()[0] for line in find_unused(sources)]


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("def one(): pass", ["one"]),
        ("def one(): one()", ["one"]),
        ("ONE = 1", ["ONE"]),
        ("ONE: int = 1", ["ONE"]),
        ("class One: pass", ["One"]),
        ("class _One:\n    field: int\n\n_One(field=1)", ["field"]),
        ("class _One:\n    field: int\n\n_One().field = 2", ["field"]),
        ("class _One:\n    def method(self): self.method()\n\n_One()", ["method"]),
        ("class _One:\n    def method(self): pass\n\n_One().method()", []),
        ("class _One:\n    field: int\n\nprint(_One().field)", []),
        ("class _One:\n    field: int\n    def all(self): return asdict(self)\n\n_One().all()", []),
        ("class _One(t.NamedTuple):\n    field: int\n\n_One()", []),
        ("class _One(Enum):\n    FIRST = 1\n\n_One()", []),
        ("class _One:\n    def __len__(self): return 0\n\n_One()", []),
        ("# Kept: a library calls it.\ndef one(): pass", []),
        ("# Kept: a library calls it.\n@wrapped\ndef one(): pass", []),
        ("ONE = 1  # Kept: Ansible reads it.", []),
        ("# Kept:\ndef one(): pass", ["one"]),
    ],
)
def test_what_is_not_read_is_named(source: str, names: list[str]) -> None:
    assert unused(source) == names


def test_what_another_file_of_the_product_imports_is_used() -> None:
    assert unused("def one(): pass", two="from ..module_utils._core.one import one") == []


def test_only_the_private_files_are_looked_at() -> None:
    assert find_unused({"plugins/modules/one.py": "def one(): pass", "tests/one.py": "def one(): pass"}) == []


@pytest.mark.parametrize(
    ("one", "other", "is_ambiguous"),
    [
        ("class Rule: pass", "class Rule: pass", True),
        ("class Rule: pass", "Rule = dict[str, int]", True),
        ("Rule = dict[str, str]", "Rule = dict[str, int]", True),
        ("Rule = dict[str, int]", "Rule = dict[str, int]", False),
        ("class _Rule: pass", "class _Rule: pass", False),
        ("RULE = 1", "RULE = 2", False),
        ("class Rule: pass", "class Ruler: pass", False),
    ],
)
def test_a_public_type_has_one_meaning(one: str, other: str, is_ambiguous: bool) -> None:
    found = find_ambiguous({PATH: one, OTHER: other})
    assert found == ([f"Rule means several things, in {PATH}, {OTHER}: give each a name of its own."] * is_ambiguous)
