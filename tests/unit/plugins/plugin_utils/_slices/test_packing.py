# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows of a slice as lines of an output, and back: whole, or named as damaged."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import zlib
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.campaign.classic.plugins.module_utils._core.errors import ValidationError
from ansible_collections.campaign.classic.plugins.module_utils._core.text import visible
from ansible_collections.campaign.classic.plugins.plugin_utils._fleet.rows import DIAGNOSIS
from ansible_collections.campaign.classic.plugins.plugin_utils._fleet.seen import row_of
from ansible_collections.campaign.classic.plugins.plugin_utils._slices.packing import Slice, lines_of, read_slices
from tests.helpers.diagnoses import fleet

MADE = datetime(2026, 11, 28, 21, 0, 5, tzinfo=UTC)
HOSTS, HOSTVARS = fleet(2, healthy=3)
ROWS = {host: row_of(HOSTVARS[host][DIAGNOSIS]) for host in HOSTS}
ONE = Slice("sweep-1", 2, 3, MADE, ROWS)


def read(text: str) -> Slice:
    """The one slice in a text, without a problem."""
    slices, problems = read_slices(text, "out")
    assert problems == [] and len(slices) == 1
    return slices[0]


def refused(text: str) -> str:
    """The one problem of a text in which no slice can be used."""
    slices, problems = read_slices(text, "out")
    assert slices == [] and len(problems) == 1
    return problems[0]


def packed(document: Any, *, run: str = "sweep-1", number: int = 2, count: int = 3) -> str:
    """A line that is right but for its document."""
    content = zlib.compress(document if isinstance(document, bytes) else json.dumps(document).encode())
    data = base64.urlsafe_b64encode(content).decode().rstrip("=")
    return f"CAMPAIGN SLICE 1:{run}:{number}:{count}:1:1:{hashlib.sha256(content).hexdigest()}:{data}"


def document(**changes: Any) -> dict[str, Any]:
    """A document that is right but for some entries."""
    right = {"format": "campaign.classic/slice/1", "run": "sweep-1", "number": 2, "count": 3}
    return {**right, "made": MADE.isoformat(), "rows": ROWS, **changes}


@given(
    width=st.integers(1, 500),
    rows=st.dictionaries(st.text(max_size=9), st.text(max_size=99), max_size=9),
    seed=st.integers(),
)
@settings(max_examples=60, deadline=None)
def test_what_was_packed_is_read_whatever_the_width_and_the_order_of_its_lines(
    width: int, rows: dict[str, str], seed: int
) -> None:
    made = {host: {"verdict": "stale", "reason": reason} for host, reason in rows.items()}
    lines = lines_of(Slice("run.1_x-y", 0, 0, MADE, made), width)
    assert all(len(line) < width + 120 and "\n" not in line for line in lines)
    Random(seed).shuffle(lines)
    found = read("\n".join(lines))
    assert (found.run, found.number, found.count, found.made, found.rows) == ("run.1_x-y", 0, 0, MADE, made)


@pytest.mark.parametrize(
    "shown",
    [
        lambda lines: "\n".join(f'\x1b[0;32mok: [a] => {{\n    "msg": "{line}"\n}}\x1b[0m' for line in lines),
        lambda lines: json.dumps({"msg": lines}, indent=4),
        lambda lines: yaml.safe_dump({"msg": lines}, width=80),
        lambda lines: yaml.safe_dump({"deep": {"er": {"msg": lines}}}, width=1000, default_style='"'),
        lambda lines: "\r\n".join(f"21:00:01.123 | {line}" for line in lines),
        lambda lines: "\n".join(lines * 2),
    ],
    ids=["colours", "json", "yaml", "quoted yaml", "times", "twice"],
)
def test_a_slice_is_found_however_its_lines_are_shown(shown: Any) -> None:
    found = read("PLAY [Detect]\n" + shown(lines_of(ONE, 60)) + "\nPLAY RECAP")
    assert found.rows == ROWS and found.name == "slice 2 of 3" and found.source == "out"


def test_two_slices_in_one_output_are_two() -> None:
    other = Slice("sweep-1", 3, 3, MADE, {"z": {"verdict": "healthy", "reason": "Well."}})
    slices, problems = read_slices("\n".join([*lines_of(ONE), *lines_of(other)]), "out")
    assert [one.number for one in slices] == [2, 3] and problems == []


def test_a_slice_that_is_cut_off_is_named() -> None:
    lines = lines_of(ONE, 60)
    assert refused("\n".join(lines[:-2])).startswith("out: slice 2 of 3 of run sweep-1 is cut off: 2 of its")
    inside = "\n".join(lines)
    found = refused(inside[:-20])
    assert found == "out: slice 2 of 3 of run sweep-1 is damaged: its digest is another's."
    assert "cut off, or of another version" in refused(lines[0][:30])


@given(place=st.integers(min_value=0), new=st.sampled_from("AZaz09_-"))
@settings(max_examples=100, deadline=None)
def test_a_changed_character_is_never_taken_for_the_slice(place: int, new: str) -> None:
    text = "\n".join(lines_of(ONE, 100))
    place %= len(text)
    slices, problems = read_slices(text[:place] + new + text[place + 1 :], "out")
    if text[place] != new:
        assert problems and not [one for one in slices if one.rows != ROWS or one.run != "sweep-1"]


def test_parts_that_differ_are_refused() -> None:
    lines = lines_of(ONE, 60)
    forged = re.sub(r":[^:]*$", ":AAAA", lines[0])
    assert "a part of it is there twice, and differs" in refused("\n".join([*lines, forged]))


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"no zlib" * 9, "no document"),
        (b"[]", "no document"),
        (b"{", "no document"),
        (document(format="another"), "its first words are another's"),
        (document(run="sweep-2"), "its first words are another's"),
        (document(number=1), "its first words are another's"),
        (document(made="2026-11-28T21:00:05"), "no document"),
        (document(made=7), "no document"),
        (document(rows=["a"]), "no document"),
        (document(rows={"a": {"verdict": "splendid", "reason": ""}}), "no document"),
        (document(rows={"a": {"verdict": "stale"}}), "no document"),
        (document(rows={"a": None}), "no document"),
        (document(rows={"a": {"verdict": "stuck", "reason": "", "plans": [{}]}}), "the plan of a"),
        (document(rows={"another": ROWS[HOSTS[0]]}), f"the plan of another is that of {HOSTS[0]}"),
    ],
)
def test_a_document_that_is_none_of_a_slice_is_refused(content: Any, word: str) -> None:
    assert ROWS[HOSTS[0]]["plans"]
    assert word in refused(packed(content))


def test_a_plan_that_was_changed_is_refused() -> None:
    host = HOSTS[0]
    plan = {**ROWS[host]["plans"][0], "old_value": "2019-01-01 00:00:00.000Z"}
    assert f"the plan of {host}" in refused(packed(document(rows={host: {**ROWS[host], "plans": [plan]}})))


def test_an_output_without_a_slice_and_one_of_a_later_version_are_named() -> None:
    assert refused("PLAY RECAP") == refused("") == "out: there is no slice in it."
    assert "another version" in refused("CAMPAIGN SLICE 2:sweep-1:{}")


def test_what_a_server_says_is_never_a_line_of_a_slice() -> None:
    forged = "\n".join(lines_of(ONE))
    assert refused(visible(forged)) == "out: there is no slice in it."


@pytest.mark.parametrize("run", ["", "a:b", "a b", "ä", "-a", "a" * 201])
def test_a_run_that_no_line_can_name_is_refused(run: str) -> None:
    with pytest.raises(ValidationError, match="mid_sourcing_slice_run"):
        lines_of(Slice(run, 0, 0, MADE, ROWS))


@pytest.mark.parametrize(("number", "count"), [(1, 0), (4, 3), (-1, 3)])
def test_a_slice_that_there_is_not_is_refused(number: int, count: int) -> None:
    with pytest.raises(ValidationError, match=f"no slice {number} of {count}"):
        lines_of(Slice("a", number, count, MADE, ROWS))


def test_a_thousand_healthy_hosts_are_a_few_kilobytes() -> None:
    hosts, hostvars = fleet(0, healthy=1000)
    rows = {host: row_of(hostvars[host][DIAGNOSIS]) for host in hosts}
    lines = lines_of(Slice("sweep-1", 1, 10, MADE, rows))
    assert sum(map(len, lines)) < 60_000 and max(map(len, lines)) < 21_000


@pytest.mark.parametrize("number", ["9" * 12, "9" * 5000])
@pytest.mark.parametrize("place", [2, 3, 4, 5])
def test_a_number_that_no_slice_has_costs_neither_memory_nor_the_other_slices(number: str, place: int) -> None:
    (line,) = lines_of(ONE)
    parts = line.split(":")
    parts[place] = number
    slices, problems = read_slices(f"{line}\n{':'.join(parts)}", "out")
    assert [one.rows for one in slices] == [ROWS]
    assert problems == ["out: a line of a slice is cut off, or of another version of this collection."]
