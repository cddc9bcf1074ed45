# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What attempts have left half done, once later ones have ended some of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.plugin_utils._evidence.attempts import ended_options, half_done
from ansible_collections.campaign.classic.plugins.plugin_utils._evidence.files import FORMAT, evidence_file
from tests.helpers.evidence_files import write_evidence

HERE, ELSEWHERE = "http://mkt1.example.com", "http://mkt1.test.example.com"


def killed(hour: int, *options: str, unsure: bool = False) -> dict[str, Any]:
    """A cure of these options that did not end, or one that knows no answer to its writes."""
    moves = [{"option": name, "outcome": "pending", "written": "new", "unsure": True} for name in options]
    ended = {"state": "ended", "failed": True, "result": {"outcome": "pending", "moves": moves}}
    return {
        "format": FORMAT,
        "kind": "cure",
        "started": f"2026-11-23T{hour:02}:00:00.000Z",
        "intent": {"url": HERE},
        "cursors": [{"option": name, "old_value": "old"} for name in options],
        **(ended if unsure else {"state": "started"}),
    }


def cured(hour: int, *options: str, outcome: str = "cured", url: str = HERE) -> dict[str, Any]:
    moves = [{"option": name, "outcome": outcome, "written": "new"} for name in options]
    ended = {"state": "ended", "failed": False, "result": {"outcome": outcome, "moves": moves}}
    return {**killed(hour, *options), "intent": {"url": url}, **ended}


def put_back(hour: int, *options: str, writes: int, failed: bool = False) -> dict[str, Any]:
    ended = {"state": "ended", "failed": failed, "result": {"calls": {"writes": writes}}}
    return {**killed(hour, *options), "kind": "option", **ended}


def left(*attempts: dict[str, Any], by: dict[str, dict[str, Any]]) -> list[list[str]]:
    return [[row["option"] for row in one["cursors"]] for one in half_done(attempts, by)]


def test_an_option_is_half_done_until_a_later_attempt_has_ended_it() -> None:
    assert left(killed(2, "a", "b"), by={}) == [["a", "b"]]
    assert left(killed(2, "a", "b"), by={"a": cured(3, "a")}) == [["b"]]
    assert left(killed(2, "a", "b"), by={"a": cured(1, "a"), "b": cured(2, "b")}) == [["a", "b"]]
    assert left(killed(2, "a"), killed(4, "a"), by={"a": cured(3, "a")}) == [["a"]]
    assert left(cured(2, "a"), by={}) == []


def test_an_order_is_half_done_whatever_has_become_of_the_options() -> None:
    order = {**killed(2), "kind": "workflow", "intent": {"name": "defaultMidSourcingDlv"}}
    assert half_done([order], {"a": cured(3, "a")}) == [order]


@pytest.mark.parametrize(
    ("unsure", "ender", "over"),
    [
        (True, put_back(3, "a", writes=0), False),
        (True, put_back(3, "a", writes=1), True),
        (True, put_back(3, "a", writes=0) | {"started": "2026-11-24T02:00:00.000Z"}, True),
        (False, put_back(3, "a", writes=0), True),
    ],
)
def test_a_rollback_that_found_the_old_value_ends_nothing_that_may_land_yet(
    unsure: bool, ender: dict[str, Any], over: bool
) -> None:
    assert left(killed(2, "a", unsure=unsure), by={"a": ender}) == ([] if over else [["a"]])


def keep(directory: Path, run: str, *attempts: dict[str, Any]) -> None:
    told = [{**one, "run_id": run, "instance": "mkt1"} for one in attempts]
    write_evidence(evidence_file(str(directory), run, "mkt1"), {**told[-1], "earlier": told[:-1]})


def test_the_last_attempt_of_any_run_that_has_ended_an_option_counts(tmp_path: Path) -> None:
    keep(tmp_path, "own", killed(1, "a", "b", "c", "d"), cured(4, "a"))
    keep(tmp_path, "other", cured(2, "a", "b"), put_back(5, "d", writes=1), put_back(6, "b", writes=1, failed=True))
    keep(tmp_path, "third", cured(3, "c", outcome="pending"), cured(7, "c", url=ELSEWHERE))
    found = ended_options(str(tmp_path), "own", "mkt1", url=HERE)
    assert {option: one["started"][11:13] for option, one in found.items()} == {"a": "04", "b": "02", "d": "05"}
    anywhere = ended_options(str(tmp_path), "own", "mkt1")
    assert {option: one["started"][11:13] for option, one in anywhere.items()} == {
        "a": "04",
        "b": "02",
        "c": "07",
        "d": "05",
    }


def test_a_damaged_record_of_another_run_ends_nothing(tmp_path: Path) -> None:
    keep(tmp_path, "own", killed(1, "a"))
    keep(tmp_path, "other", cured(2, "a"))
    path = evidence_file(str(tmp_path), "other", "mkt1")
    path.write_text("{", encoding="utf-8")
    assert ended_options(str(tmp_path), "own", "mkt1") == {}
