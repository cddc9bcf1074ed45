# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Python raises ValueError for some texts that are no URL, such as ``https://host:abc/`` and ``http://[::1``. Where the
collection takes one apart, it expects that: otherwise a typing mistake ends as a traceback."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2] / "plugins"
#: What raises it.
TAKES_APART = {"urlsplit", "urlparse", "urljoin"}
#: Functions that need not expect one, and why.
EXPECTED = {
    "module_utils/_http/address.py:read_url": "it has looked at the text before",
    "module_utils/_http/direct.py:target_of": "it says that it raises ValueError",
}


def unexpected(node: ast.AST, function: str = "", guarded: bool = False) -> Iterator[str]:
    """The functions in which such a call stands outside of a ``try`` that expects a ValueError."""
    if isinstance(node, ast.FunctionDef):
        function, guarded = node.name, False
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in TAKES_APART and not guarded:
        yield function
    for name, field in ast.iter_fields(node):
        inside = guarded or (isinstance(node, ast.Try) and name == "body" and "ValueError" in handled(node))
        for child in field if isinstance(field, list) else [field]:
            if isinstance(child, ast.AST):
                yield from unexpected(child, function, inside)


def handled(node: ast.Try) -> set[str]:
    """The names of the exceptions that a ``try`` expects."""
    kinds = [kind for one in node.handlers if one.type for kind in ast.walk(one.type)]
    return {kind.id for kind in kinds if isinstance(kind, ast.Name)}


def test_a_url_is_taken_apart_only_where_a_text_that_is_none_is_expected() -> None:
    found = {
        f"{path.relative_to(ROOT)}:{function}"
        for path in ROOT.rglob("*.py")
        for function in unexpected(ast.parse(path.read_text(encoding="utf-8")))
    }
    assert found == set(EXPECTED)


def test_a_call_that_expects_nothing_is_found() -> None:
    text = "def f():\n    try:\n        {}\n    except {}:\n        {}\n"
    assert list(unexpected(ast.parse(text.format("urlsplit(x)", "ValueError", "pass")))) == []
    assert list(unexpected(ast.parse(text.format("urlsplit(x)", "(OSError, ValueError)", "pass")))) == []
    assert list(unexpected(ast.parse(text.format("urlsplit(x)", "OSError", "pass")))) == ["f"]
    assert list(unexpected(ast.parse(text.format("pass", "ValueError", "urlsplit(x)")))) == ["f"]
