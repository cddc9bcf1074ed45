# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real failed runs, with the error in each place of the journal that the simulator supports: the same verdicts."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any, get_args, get_type_hints

import pytest

from ansible_collections.campaign.classic.plugins.module_utils._operations import sync_cursor as _op_cursor
from ansible_collections.campaign.classic.plugins.module_utils._operations.sync_cursor import (
    SYNC_CURSOR,
    SYNC_CURSOR_INFO,
)
from simulator.config.switches import Switches
from tests.helpers.cure_world import CURSOR, OLD, World, marketing, world

AXES = ("error_place", "error_rows", "log_type_numbers")
PLACES: list[dict[str, str]] = [
    dict(zip(AXES, words, strict=True))
    for words in itertools.product(*(get_args(get_type_hints(Switches)[axis]) for axis in AXES))
]
SLOW = ("timed_out", "gateway", "statement", "curl")


def _instances() -> dict[str, Any]:
    """In each place: a slow answer, a refused logon and an unknown text."""
    found = {}
    for number, place in enumerate(PLACES):
        found[f"slow{number}"] = marketing(switches={"timeout_text": SLOW[number % len(SLOW)], **place})
        found[f"unknown{number}"] = marketing(switches={"timeout_text": "unnamed", **place})
        refused = marketing(switches=place)
        refused["accounts"][0]["password"] = "rotated"
        found[f"refused{number}"] = refused
    return found


@pytest.fixture(scope="module")
def there() -> Iterator[World]:
    with world(_instances()) as made:
        yield made


def ask(there: World, name: str, **more: Any) -> Mapping[str, Any]:
    return there.ask(name, SYNC_CURSOR_INFO, **more).result


@pytest.mark.parametrize("number", range(len(PLACES)), ids=[" ".join(place.values()) for place in PLACES])
def test_each_class_has_its_verdict_wherever_the_journal_says_it(there: World, number: int) -> None:
    slow = ask(there, f"slow{number}")
    assert (slow["verdict"], len(slow["plans"])) == ("stuck", 1), slow["reason"]
    refused = ask(there, f"refused{number}")
    assert (refused["verdict"], refused["plans"]) == ("failing_other", []), refused["reason"]
    assert "(password_refused)" in refused["reason"]
    unknown = ask(there, f"unknown{number}")
    assert (unknown["verdict"], unknown["plans"]) == ("failing_unknown", []), unknown["reason"]
    assert "mid_sourcing_causes" in unknown["proposal"]


@pytest.mark.parametrize("number", range(len(PLACES)), ids=[" ".join(place.values()) for place in PLACES])
def test_what_a_site_says_of_its_texts_counts_in_every_place(there: World, number: int) -> None:
    told = ask(there, f"unknown{number}", causes=[{"pattern": "while executing the activ", "class": "slow"}])
    assert told["verdict"] == "stuck", told["reason"]


@pytest.mark.parametrize("number", [0, 5, 11, 14, 23])
def test_cure_that_fails_for_another_reason_keeps_the_value_wherever_the_journal_says_it(
    there: World, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_op_cursor, "Pace", there.pace)
    name = f"slow{number}"
    there.sim.change("mid", operators=[{"login": "mid", "password": "rotated", "rights": ["admin"]}])
    done = there.ask(name, SYNC_CURSOR, cursor=CURSOR, expected_value=OLD, account="mid")
    assert done.result["outcome"] == "kept", done.failed
    assert "(password_refused)" in str(done.failed)
