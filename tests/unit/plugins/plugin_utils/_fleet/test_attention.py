# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of hosts that need attention: each thing once, in few bytes, whatever the sentences are."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.campaign.classic.plugins.plugin_utils._fleet.attention import (
    CUT,
    EACH,
    LEAST,
    SHORTEST,
    WHERE,
    Need,
    attention,
    cut,
    fitted,
    room_for,
)
from ansible_collections.campaign.classic.plugins.plugin_utils._fleet.screen import ROOM, width

TEXTS = st.text(alphabet='ab "\\/é表 -,', max_size=3000)


def size(lines: list[str]) -> int:
    """As Ansible's default callback shows a message."""
    return len(json.dumps({"msg": lines}, indent=4, ensure_ascii=False).encode()) - len('{\n    "msg": [\n    ]\n}')


def needs(number: int, words: int, advice: str = "") -> list[Need]:
    return [Need(f"h{one}", "failing_other", f"{one} failed. " * words, advice) for one in range(number)]


@given(st.lists(TEXTS, min_size=10, max_size=40))
def test_the_table_takes_a_number_of_bytes_that_grows_with_its_hosts_alone(texts: list[str]) -> None:
    said = [Need(f"h{number}", "stuck", text, text[::-1]) for number, text in enumerate(texts)]
    lines = attention(said, room_for(len(said)))
    assert size(lines) <= max(LEAST, EACH * len(texts))
    assert all(width(line) <= ROOM for line in lines)
    assert [line.split()[0] for line in lines if line.startswith("h")] == [f"h{number}" for number in range(len(texts))]


def test_short_sentences_are_whole_beside_a_long_one() -> None:
    said = [*needs(9, 3), Need("long", "stuck", "So it goes on. " * 300, "Do this.")]
    lines = attention(said, room_for(10))
    text = " ".join(" ".join(lines).split())
    assert all(f"{number} failed. {number} failed. {number} failed." in text for number in range(9))
    assert f"{CUT} Do this." in text and text.endswith(WHERE) and size(lines) <= LEAST


def test_few_hosts_have_their_whole_sentences_beside_their_names() -> None:
    lines = attention(needs(2, 10), room_for(2))
    assert WHERE not in " ".join(" ".join(lines).split()) and lines[1].startswith(" " * 19)


def test_what_to_do_is_said_once_for_all_hosts_of_a_verdict() -> None:
    advice = "See the logs of the web server, and of any proxy or load balancer in front of it."
    text = " ".join(" ".join(attention(needs(12, 2, advice), room_for(12))).split())
    assert text.count(advice) == 1 and text.count("Do as for h0.") == 11
    short = " ".join(" ".join(attention(needs(3, 2, "Wait."), room_for(3))).split())
    assert short.count("Wait.") == 3


def test_a_reason_does_not_repeat_the_name_that_stands_before_it() -> None:
    assert attention([Need("h0", "denied", "h0: The logon was refused.")], 900) == [
        "h0  denied  The logon was refused."
    ]


@given(st.lists(TEXTS, min_size=1, max_size=30), st.integers(0, 12))
def test_the_last_line_of_all_is_whole(texts: list[str], number: int) -> None:
    lines = fitted([*texts, "PLAN ONLY: nothing was written."], number)
    assert lines[-1] == "PLAN ONLY: nothing was written."
    assert size(lines) <= max(2300, 230 * number) + 16 * SHORTEST * len(texts) // 10


def test_the_old_values_and_the_last_lines_take_from_the_same_bytes() -> None:
    assert room_for(10, old_values=["x" * 88] * 10) == LEAST - 1000
    assert room_for(10, closing=["x" * 88]) == LEAST - 100


@pytest.mark.parametrize(("most", "said"), [(30, "one two three"), (12, "one two ..."), (6, "on ...")])
def test_a_text_is_cut_between_words(most: int, said: str) -> None:
    assert cut("one two three", most) == said
