# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How much a server may send."""

from __future__ import annotations

import tracemalloc

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._core.errors import FaultError
from ansible_collections.campaign.classic.plugins.module_utils._core.limits import (
    MODULE,
    MOST_SAID,
    QUERY,
    attributes_in,
)


def test_only_the_answer_to_a_query_may_be_long() -> None:
    assert MODULE.of({"SOAPAction": QUERY}) is MODULE.query
    assert MODULE.of({"SOAPAction": "xtk:session#Logon"}) is MODULE.of({}) is MODULE.other


@pytest.mark.parametrize(
    ("content", "number"),
    [
        (b"<a/>", 0),
        (b"<a b='1' c = \"2\"><d e=''/></a>", 3),
        (b"<a b='x=y>z'>if (a == \"b\") c = 'd'; e > f</a><g h=\"1\"/>", 2),
        (b"<a>it's <b c='1'/> and that's all, 1 > 0</a>", 1),
        ("<a b='1' c=\"2\"/>".encode("utf-16"), 2),
    ],
)
def test_attributes_are_counted_and_texts_are_not(content: bytes, number: int) -> None:
    assert attributes_in(content, 100) == number


def test_count_stops_above_the_limit_and_takes_no_memory() -> None:
    content = b"<a " + b"b='' " * 200_000 + b"/>"
    tracemalloc.start()
    found = attributes_in(content, 10)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found == 11
    assert peak < 100_000


def test_error_keeps_the_beginning_of_what_a_server_said() -> None:
    error = FaultError("It failed.", fault_string="x" * 10 * MOST_SAID, detail="y" * 10 * MOST_SAID)
    assert max(map(len, (error.server_text, error.fault_string, error.detail))) == MOST_SAID
