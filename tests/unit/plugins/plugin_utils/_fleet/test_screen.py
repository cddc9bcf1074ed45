# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All output fits on a screen of 80 columns, in the form in which Ansible shows a list of messages."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.campaign.classic.plugins.module_utils._core.counted import counted, noun, verb
from ansible_collections.campaign.classic.plugins.plugin_utils._fleet.screen import (
    ROOM,
    SCREEN,
    paragraphs,
    table,
    width,
    wrapped,
)

TEXTS = st.text(alphabet='ab "\\/é表 -,', max_size=300)
NAMES = st.text(alphabet="abcdefgh.-", min_size=1, max_size=90)


def on_screen(lines: list[str]) -> list[str]:
    """As Ansible's default callback shows them."""
    return json.dumps({"msg": lines}, indent=4, ensure_ascii=False).splitlines()[2:-2]


@given(TEXTS)
def test_no_line_is_wider_than_the_screen_and_no_word_is_lost(text: str) -> None:
    lines = wrapped(text)
    assert all(width(line) <= ROOM for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(len(line) <= SCREEN for line in on_screen(lines))


@given(st.lists(st.tuples(NAMES, st.sampled_from(["stuck", "failing_unknown", "cured"]), TEXTS), max_size=5))
def test_no_line_of_a_table_is_wider_than_the_screen_however_long_names_are(rows: list[tuple[str, str, str]]) -> None:
    lines = table(rows)
    assert all(width(line) <= ROOM for line in lines)
    said = "".join("".join(lines).split())
    assert said == "".join("".join("".join(row) for row in rows).split())


def test_sentences_stand_under_their_own_column() -> None:
    rows = [("a", "stuck", "one two three " * 8), ("long-name", "cured", "Well.")]
    assert table(rows)[0].startswith("a          stuck  one two three")
    assert table(rows)[1].startswith(" " * 18 + "o") or table(rows)[1].startswith(" " * 18 + "t")
    assert table(rows)[-1] == "long-name  cured  Well."


def test_long_names_have_their_sentence_below() -> None:
    assert table([("marketing.campaign.example.com", "failing_unknown", "Look at it.")]) == [
        "marketing.campaign.example.com  failing_unknown",
        "    Look at it.",
    ]


def test_each_text_begins_a_line_and_empty_ones_have_none() -> None:
    assert paragraphs(["One.", "", " ", "Two."]) == ["One.", "Two."]


@pytest.mark.parametrize(
    ("number", "what", "said"),
    [
        (0, "host", "0 hosts"),
        (1, "host", "1 host"),
        (2, "host", "2 hosts"),
        (1, "delivery", "1 delivery"),
        (1200, "delivery", "1,200 deliveries"),
        (1, "stuck host", "1 stuck host"),
        (3, "stuck host", "3 stuck hosts"),
    ],
)
def test_a_number_has_the_noun_that_goes_with_it(number: int, what: str, said: str) -> None:
    assert counted(number, what) == said
    assert said.endswith(noun(number, what))


def test_a_number_has_the_verb_that_goes_with_it() -> None:
    assert [verb(0), verb(1), verb(2), verb(1, "was", "were"), verb(2, "was", "were")] == [
        "are", "is", "are", "was", "were",
    ]  # fmt: skip
