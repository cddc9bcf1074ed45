# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A blank variable counts as not set: where one has no default, the roles and playbooks ask whether it is blank."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.campaign.classic.plugins.plugin_utils._variables.reading import specs

ROOT = Path(__file__).resolve().parents[3]
FILES = [path for folder in ("roles", "playbooks") for path in sorted((ROOT / folder).rglob("*.yml"))]
#: A blank pattern of hosts is refused, and the connection's blanks have a meaning of their own.
NAMES = [
    name
    for name, spec in specs().items()
    if "default" not in spec and not name.startswith("campaign_") and not name.endswith("_hosts")
]
#: ``NAME is defined``, and ``NAME | default(X)`` that leaves a blank, unless it is looked at right there.
_ASKS = re.compile(rf"(?<![\w.])({'|'.join(NAMES)}) (?:is (?:not )?(?:un)?defined|\| default(?P<rest>\(.*))")


def blind_spots(text: str) -> Iterator[str]:
    """The expressions in which a blank counts as set."""
    for found in _ASKS.finditer(text):
        rest = found["rest"]
        if rest is None or not (_inner(rest).endswith(", true") or rest.startswith("('') | string ")):
            yield found.group()[:120]


def _inner(text: str) -> str:
    """What is between the first bracket and the one that closes it."""
    depth = 0
    for place, sign in enumerate(text):
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if depth == 0:
            return text[1:place]
    return text


def test_there_is_something_to_look_at() -> None:
    assert len(NAMES) > 20 and len(FILES) > 50


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_blank_counts_as_not_set(path: Path) -> None:
    assert list(blind_spots(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "text",
    [
        "mid_sourcing_run_id is defined",
        "mid_sourcing_run_id is not defined",
        "mid_sourcing_run_id | default('')",
        "mid_sourcing_run_id | default(now(fmt='x'))",
        "mid_sourcing_run_id | default(a | default('', true))",
        "mid_sourcing_run_id | default('') | int",
    ],
)
def test_a_blank_that_counts_as_set_is_found(text: str) -> None:
    assert list(blind_spots(text)) == [text]
    assert not list(blind_spots(f"x_{text}"))


@pytest.mark.parametrize(
    "text",
    ["mid_sourcing_run_id | default(now(fmt='x'), true)", "mid_sourcing_run_id | default('') | string else omit"],
)
def test_a_question_for_a_blank_is_right(text: str) -> None:
    assert not list(blind_spots(text))
