# Copyright: (c) 2026, campaign.classic maintainers
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The slices of a sweep as one result: that of a single sweep, or with what is missing named."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ansible_collections.campaign.classic.plugins.plugin_utils._fleet.plan import fleet_plan
from ansible_collections.campaign.classic.plugins.plugin_utils._fleet.rows import DIAGNOSIS
from ansible_collections.campaign.classic.plugins.plugin_utils._fleet.seen import Seen, row_of, summary, updated
from ansible_collections.campaign.classic.plugins.plugin_utils._slices.merging import merge
from ansible_collections.campaign.classic.plugins.plugin_utils._slices.packing import Slice, lines_of, read_slices
from tests.helpers.diagnoses import fleet

NOW = datetime(2026, 11, 28, 21, 30, tzinfo=UTC)
MADE = NOW - timedelta(minutes=5)
HOSTS, HOSTVARS = fleet(4, healthy=8)
ROWS = {host: row_of(HOSTVARS[host][DIAGNOSIS]) for host in HOSTS}
WHOLE = summary(HOSTS, ROWS, [])


def part(number: int, count: int = 3, *, run: str = "sweep-1", made: datetime = MADE, known: bool = True) -> str:
    """The output of a slice, with the hosts that AWX deals out to it."""
    rows = {host: ROWS[host] for host in sorted(HOSTS)[number - 1 :: count]}
    return "\n".join(lines_of(Slice(run, number if known else 0, count if known else 0, made, rows)))


def merged(*outputs: str, hosts: Sequence[str] = HOSTS, run: str = "", partial: bool = False) -> dict[str, Any]:
    """What these outputs make."""
    slices, problems = [], []
    for number, text in enumerate(outputs):
        found, wrong = read_slices(text, f"out{number}")
        slices += found
        problems += wrong
    return merge(hosts, slices, problems, now=NOW, max_age=3600, run=run, partial=partial)


def of_slice(number: int) -> list[str]:
    """The hosts of a slice, in the order of the fleet."""
    mine = set(sorted(HOSTS)[number - 1 :: 3])
    return [host for host in HOSTS if host in mine]


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 1, 2)])
@pytest.mark.parametrize("known", [True, False])
def test_the_slices_of_a_fleet_are_one_sweep_of_it(order: tuple[int, ...], known: bool) -> None:
    found = merged(*(part(number, known=known) for number in order))
    assert {key: found[key] for key in WHOLE} == WHOLE
    assert list(found["rows"]) == HOSTS
    bare: dict[str, dict[str, Any]] = {host: {} for host in HOSTS}
    assert fleet_plan(HOSTS, Seen(bare, found)) == fleet_plan(HOSTS, HOSTVARS)
    assert found["slices"] == {
        **{"run": "sweep-1", "merged": 3, "lost": [], "problems": [], "asking": []},
        "said": ["3 slices of run sweep-1 with 12 hosts are merged."],
    }


def assert_lost(found: dict[str, Any], lost: Sequence[str], *words: str) -> None:
    """These hosts and no others are not asked, nothing is planned for them, and it is said."""
    assert found["slices"]["lost"] == list(lost)
    for host in HOSTS:
        if host in lost:
            assert found["rows"][host]["verdict"] == "not_asked" and found["rows"][host]["plans"] == []
        else:
            assert found["rows"][host] == ROWS[host]
    assert found["stuck"] == [host for host in WHOLE["stuck"] if host not in lost]
    said = " ".join([*found["slices"]["said"], *found["slices"]["problems"]])
    for word in words:
        assert word in said
    for host in lost:
        assert host in said or found["slices"]["problems"]


def test_a_missing_slice_loses_its_hosts_and_no_others() -> None:
    found = merged(part(1), part(3))
    assert_lost(found, of_slice(2), "Slice 2 of 3 is missing, or cannot be used.")
    row = found["rows"][of_slice(2)[0]]
    assert (
        row["reason"] == "No slice of run sweep-1 that can be used has it. Slice 2 of 3 is missing, or cannot be used."
    )
    assert "Run its slice again" in row["proposal"]


def test_a_lost_host_fails_the_run_unless_a_part_of_the_fleet_is_enough() -> None:
    lost = f"Nothing is known of 4 hosts, and nothing is planned for them: {', '.join(of_slice(2))}."
    whole, some = (merged(part(1), part(3), partial=partial)["slices"] for partial in (False, True))
    assert whole["problems"] == [f"{lost} Run their slice again, or accept that with mid_sourcing_slices_partial=true."]
    assert not some["problems"] and some["said"] == [*whole["said"], lost]


def test_a_missing_slice_is_missed_by_the_inventory_where_no_slice_knows_its_number() -> None:
    assert_lost(
        merged(part(1, known=False), part(3, known=False)), of_slice(2), f"Nothing is known of {len(of_slice(2))}"
    )


@pytest.mark.parametrize(
    ("second", "words"),
    [
        (part(2)[:-40], "out1: slice 2 of 3 of run sweep-1 is damaged: its digest is another's."),
        ("PLAY [Detect]\nfatal", "out1: there is no slice in it."),
        (part(2, run="sweep-0"), "Slice 2 of 3 in out1 is of run sweep-0, and not of sweep-1."),
        (
            part(2, made=NOW - timedelta(hours=2)),
            "Slice 2 of 3 in out1 is 2h old, more than mid_sourcing_slices_max_age (1h).",
        ),
        (part(2, made=NOW + timedelta(hours=1)), "which is to come: check the clocks."),
    ],
    ids=["damaged", "empty", "foreign", "old", "future"],
)
def test_a_slice_that_cannot_be_used_loses_its_hosts_and_no_others(second: str, words: str) -> None:
    assert_lost(merged(part(1), second, part(3), run="sweep-1"), of_slice(2), words, "Slice 2 of 3 is missing")


def test_the_same_output_twice_is_one_slice() -> None:
    found = merged(part(1), part(2), part(3), part(2))
    assert {key: found[key] for key in WHOLE} == WHOLE and found["slices"]["merged"] == 3


def test_hosts_in_two_slices_that_differ_are_in_none() -> None:
    again = part(2, made=MADE + timedelta(minutes=1))
    found = merged(part(1), part(2), part(3), again)
    assert_lost(found, of_slice(2), "It is in several slices that differ: slice 2 of 3 (out1) and slice 2 of 3 (out3).")


def test_a_host_that_is_new_in_the_inventory_is_missed_and_one_that_is_not_in_the_play_is_said() -> None:
    fewer = [*HOSTS[1:], "new"]
    found = merged(part(1), part(2), part(3), hosts=fewer)
    assert found["hosts"] == fewer and found["slices"]["lost"] == ["new"] and HOSTS[0] not in found["rows"]
    assert f"1 host of the slices is not in this play: {HOSTS[0]}." in found["slices"]["said"]


@pytest.mark.parametrize(
    ("outputs", "run", "words"),
    [
        ((), "", "No slice was found."),
        (("PLAY",), "", "No slice was found. out0: there is no slice in it."),
        ((part(1), part(2, run="sweep-2")), "", "There are slices of several runs: sweep-1, sweep-2."),
        ((part(1),), "sweep-9", "No slice of run sweep-9 can be used. Slice 1 of 3 in out0 is of run sweep-1"),
        ((part(1, made=NOW - timedelta(days=1)),), "", "No slice of run sweep-1 can be used."),
    ],
)
def test_without_any_slice_nothing_is_known_and_the_run_must_fail(
    outputs: tuple[str, ...], run: str, words: str
) -> None:
    found = merged(*outputs, run=run)
    assert_lost(found, HOSTS, words)
    assert len(found["slices"]["problems"]) == 1 and found["slices"]["merged"] == 0


def test_a_slice_without_hosts_is_a_slice() -> None:
    empty = "\n".join(lines_of(Slice("sweep-1", 4, 4, MADE, {})))
    found = merged(part(1, known=False), part(2, known=False), part(3, known=False), empty)
    assert {key: found[key] for key in WHOLE} == WHOLE and found["slices"]["merged"] == 4


def test_a_host_whose_mid_its_slice_did_not_know_is_to_be_asked_again() -> None:
    host = WHOLE["stuck"][0]
    evidence = {"account": {"server": "https://mid"}, "mid": {"state": "not_asked"}}
    diagnosis = HOSTVARS[host][DIAGNOSIS]
    unasked = row_of({**diagnosis, "cursors": [{**diagnosis["cursors"][0], "evidence": evidence}]})
    assert unasked["mids_not_asked"] == ["https://mid"] and row_of(unasked) == unasked
    lines = lines_of(Slice("sweep-1", 0, 0, MADE, {**ROWS, host: unasked}))
    found = merged("\n".join(lines))
    assert found["slices"]["asking"] == [host]
    again = summary([host], {host: {**ROWS[host], "verdict": "failing_other", "plans": []}}, [])
    after = updated(found, again)
    assert host not in after["stuck"] and after["rows"][host] == again["rows"][host]
    assert list(after["rows"]) == HOSTS and after["slices"] == found["slices"]
